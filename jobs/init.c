/* init.c - landport init: cluster, schema, spool; running it again changes nothing. */
#include <stdio.h>
#include <unistd.h>

#include "cipher.h"
#include "cluster.h"
#include "job.h"
#include "mark.h"
#include "migrate.h"
#include "show.h"
#include "statements.h"
#include "table.h"

static void
report(const struct hub *hub, bool started, bool made, int from, int to, const char *given)
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
        printf("key       %s %s\n", c->personal.key,
               made ? "made: keep a copy elsewhere, without it personal data are lost"
                    : "is the one");
        printf("spool     %s ready\n", c->spool.root);
        if (given)
            printf("restored  given since, and not again: %s\n"
                   "          next: landport batch unknown\n",
                   given);
        return;
    }
    buf_str(&out, "{\"cluster\": ");
    json_string(&out, c->database.embedded);
    buf_printf(&out, ", \"started\": %s, \"from\": %d, \"to\": %d, \"key_made\": %s, \"spool\": ",
               started ? "true" : "false", from, to, made ? "true" : "false");
    json_string(&out, c->spool.root);
    buf_str(&out, ", \"given\": ");
    json_string(&out, given);
    buf_str(&out, "}\n");
    fwrite(out.p, 1, out.n, stdout);
    buf_free(&out);
}

/* A zone's first init makes its key; from then on the database knows which one it is. */
static rc_t
first_key(struct hub *hub, bool *made, struct err *e)
{
    struct db_result *r;
    char name[CIPHER_NAME];
    rc_t rc = db_query(hub->db, hub->arena, "SELECT name FROM hub.personal_key", DB_NONE, &r, e);

    if (rc != RC_OK)
        return rc;
    *made = !r->rows && access(hub->conf->personal.key, F_OK) != 0;
    if ((*made && (rc = cipher_make(hub->conf->personal.key, e)) != RC_OK) ||
        (rc = hub_open_key(hub, e)) != RC_OK || r->rows)
        return rc;
    cipher_name(name);
    return db_exec(hub->db, "INSERT INTO hub.personal_key (name) VALUES ($1)", DB_ARGS(name), NULL,
                   e);
}

/* Each time, so that what this program's version wants of the roles is what they have. */
static rc_t
grant(struct hub *hub, struct err *e)
{
    const struct conf *c = hub->conf;
    const char *const names[][3] = {
        {"hub.job_role",    c->database.job_role,    "_job"   },
        {"hub.reader_role", c->database.reader_role, "_reader"}
    };
    rc_t rc = db_begin(hub->db, e);

    for (size_t i = 0; rc == RC_OK && i < 2; i++)
        rc =
            db_exec(hub->db, "SELECT set_config($1, coalesce($2, current_database() || $3), false)",
                    DB_ARGS(names[i][0], names[i][1], names[i][2]), NULL, e);
    if (rc == RC_OK)
        rc = db_script(hub->db, hub->arena, SQL_ROLES_GRANTS, NULL, e);
    if (rc == RC_OK)
        rc = db_commit(hub->db, e);
    db_rollback(hub->db);
    return rc;
}

/* What the spool has seen of a newer database is not given again, if a person says so. */
static rc_t
go_on(struct hub *hub, bool restored, const char *reason, const char **given, struct err *e)
{
    *given = NULL;
    return restored ? mark_accept(hub, reason, given, e) : RC_OK;
}

rc_t
cmd_init(struct hub *hub, int argc, char **argv, struct err *e)
{
    const char *embedded = hub->conf->database.embedded, *reason = NULL, *given;
    bool started = false, made = false, restored = false;
    const struct option options[] = {
        {"--restored", NULL,    &restored},
        {"--reason",   &reason, NULL     },
        {NULL,         NULL,    NULL     },
    };
    int from, to;
    rc_t rc;

    if ((rc = show_options(options, argc, argv, 0, "init [--restored --reason TEXT]", e)) !=
            RC_OK ||
        (restored && (rc = show_needs_reason(reason, e)) != RC_OK))
        return rc;
    hub->as = HUB_OWNER;
    if (embedded) {
        started = !cluster_running(hub->arena, embedded);
        if ((rc = cluster_start(hub->arena, embedded, e)) != RC_OK)
            return rc;
    }
    if ((rc = hub_open_db(hub, e)) != RC_OK ||
        (rc = migrate_run(hub->db, &from, &to, e)) != RC_OK || (rc = grant(hub, e)) != RC_OK ||
        (rc = first_key(hub, &made, e)) != RC_OK ||
        (rc = spool_create(hub->conf->spool.root, e)) != RC_OK ||
        (rc = go_on(hub, restored, reason, &given, e)) != RC_OK)
        return rc;
    report(hub, started, made, from, to, given);
    return RC_OK;
}
