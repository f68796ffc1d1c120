/* init.c - landport init: cluster, schema, spool; running it again changes nothing. */
#include <stdio.h>

#include "cluster.h"
#include "job.h"
#include "migrate.h"
#include "table.h"

static void
report(const struct hub *hub, bool started, int from, int to)
{
    const struct conf *c = hub->conf;
    struct buf out = {0};

    if (!hub->json) {
        if (c->database.embedded)
            printf("cluster   %s %s\n", c->database.embedded, started ? "started" : "was running");
        if (from == to)
            printf("database  at version %d, nothing to do\n", to);
        else
            printf("database  from version %d to %d\n", from, to);
        printf("spool     %s ready\n", c->spool.root);
        return;
    }
    buf_str(&out, "{\"cluster\": ");
    json_string(&out, c->database.embedded);
    buf_printf(&out, ", \"started\": %s, \"from\": %d, \"to\": %d, \"spool\": ",
               started ? "true" : "false", from, to);
    json_string(&out, c->spool.root);
    buf_str(&out, "}\n");
    fwrite(out.p, 1, out.n, stdout);
    buf_free(&out);
}

rc_t
cmd_init(struct hub *hub, int argc, char **argv, struct err *e)
{
    const char *embedded = hub->conf->database.embedded, *conninfo;
    bool started = false;
    int from, to;
    rc_t rc;

    if (argc > 1)
        return err_set(e, RC_FAIL, ERR_USAGE, "init takes no arguments, not %s", argv[1]);
    if (embedded) {
        started = !cluster_running(hub->arena, embedded);
        if ((rc = cluster_start(hub->arena, embedded, &conninfo, e)) != RC_OK)
            return rc;
    }
    if ((rc = hub_open_db(hub, e)) != RC_OK ||
        (rc = migrate_run(hub->db, &from, &to, e)) != RC_OK ||
        (rc = spool_create(hub->conf->spool.root, e)) != RC_OK)
        return rc;
    report(hub, started, from, to);
    return RC_OK;
}
