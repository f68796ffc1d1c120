/* init.c - landport init: cluster, schema, spool; running it again changes nothing. */
#include <stdio.h>
#include <unistd.h>

#include "base/cipher.h"
#include "base/log.h"
#include "job.h"
#include "load/made.h"
#include "mark.h"
#include "rows_file.h"
#include "show.h"
#include "sql/cluster.h"
#include "sql/migrate.h"
#include "sql/statements.h"
#include "table.h"

/* What was done, for the report. */
struct done {
    bool started, key_made, functions;
    int from, to;
    const char **files, **refused; /* whose rows were taken in; why those of others were not */
    struct made feeds;             /* what was done for feeds that name no tables */
    const char *given;
};

static void
report_plain(const struct conf *c, const struct done *d)
{
    if (c->database.embedded)
        printf("cluster   %s %s\n", c->database.embedded, d->started ? "started" : "was running");
    if (d->from != d->to)
        printf("database  from version %d to %d\n", d->from, d->to);
    else
        printf("database  at version %d%s\n", d->to,
               d->functions || *d->files || *d->feeds.did ? "" : ", nothing to do");
    if (d->functions && d->from)
        printf("          functions and views are this program's now\n");
    for (const char **file = d->files; d->from && *file; file++)
        printf("rows      of %s\n", *file);
    for (const char **feed = d->feeds.did; *feed; feed++)
        printf("feed      %s\n", *feed);
    printf("key       %s %s\n", c->personal.key,
           d->key_made ? "made: keep a copy elsewhere, without it personal data are lost"
                       : "is the one");
    printf("spool     %s ready\n", c->spool.root);
    if (d->given)
        printf("restored  given since, and not again: %s\n"
               "          next: landport batch unknown\n",
               d->given);
}

static void
report_json(const struct conf *c, const struct done *d)
{
    struct buf out = {0};

    buf_str(&out, "{\"cluster\": ");
    json_string(&out, c->database.embedded);
    buf_printf(&out, ", \"started\": %s, \"from\": %d, \"to\": %d, \"functions\": %s, \"rows\": [",
               d->started ? "true" : "false", d->from, d->to, d->functions ? "true" : "false");
    for (const char **file = d->files; *file; file++) {
        buf_str(&out, file == d->files ? "" : ", ");
        json_string(&out, *file);
    }
    buf_str(&out, "], \"feeds\": [");
    for (const char **feed = d->feeds.did; *feed; feed++) {
        buf_str(&out, feed == d->feeds.did ? "" : ", ");
        json_string(&out, *feed);
    }
    buf_printf(&out, "], \"key_made\": %s, \"spool\": ", d->key_made ? "true" : "false");
    json_string(&out, c->spool.root);
    buf_str(&out, ", \"given\": ");
    json_string(&out, d->given);
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
    rc_t rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < 2; i++)
        rc =
            db_exec(hub->db, "SELECT set_config($1, coalesce($2, current_database() || $3), false)",
                    DB_ARGS(names[i][0], names[i][1], names[i][2]), NULL, e);
    if (rc == RC_OK)
        rc = db_script(hub->db, hub->arena, SQL_ROLES_GRANTS, NULL, e);
    return rc;
}

/*
 * What belongs to this program's version and has none of its own: functions and views, rows of files, tables
 * of feeds that are an XSD and nothing else, rights. In one transaction, so that a database either has all of it or is one that no job runs on
 * (migrate_check).
 */
static rc_t
fill(struct hub *hub, struct done *d, struct err *e)
{
    rc_t rc;

    if ((rc = db_begin(hub->db, e)) == RC_OK &&
        (rc = migrate_make(hub->db, &migrate_ours, &d->functions, e)) == RC_OK &&
        (rc = rows_file_changed(hub, &d->files, e)) == RC_OK &&
        (rc = rows_file_take(hub, d->files, &d->refused, e)) == RC_OK &&
        (rc = made_tables(hub, &d->feeds, e)) == RC_OK && (rc = grant(hub, e)) == RC_OK)
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

static int
tell_each(const char *const *why, struct err *e)
{
    int count = 0;

    for (; *why; why++, count++) {
        (void)err_set(e, RC_REJECT, ERR_SCHEMA, "%s", *why);
        log_err(LOG_ERROR, e);
    }
    return count;
}

/* All else was done. */
static rc_t
tell_refused(struct hub *hub, const struct done *d, struct err *e)
{
    int feeds = tell_each(d->feeds.refused, e), files = tell_each(d->refused, e);
    const char *rows = "", *both = feeds && files ? "; " : "";

    if (!feeds && !files)
        return RC_OK;
    if (files)
        rows = arena_printf(hub->arena, "%d %s not taken in, what was there of their rows stays",
                            files, count_word(files, "file of rows was", "files of rows were"));
    if (!feeds)
        return err_set(e, RC_REJECT, ERR_SCHEMA, "%s", rows);
    return err_set(e, RC_REJECT, ERR_SCHEMA, "%s%s%d %s", rows, both, feeds,
                   count_word(feeds, "feed was left as it was, and its files wait",
                              "feeds were left as they were, and their files wait"));
}

rc_t
cmd_init(struct hub *hub, int argc, char **argv, struct err *e)
{
    const char *embedded = hub->conf->database.embedded, *reason = NULL;
    struct done d = {0};
    bool restored = false;
    const struct option options[] = {
        {"--restored", NULL,    &restored},
        {"--reason",   &reason, NULL     },
        {NULL,         NULL,    NULL     },
    };
    rc_t rc;

    if ((rc = show_options(options, argc, argv, 0, "init [--restored --reason TEXT]", e)) !=
            RC_OK ||
        (restored && (rc = show_needs_reason(reason, e)) != RC_OK))
        return rc;
    hub->as = HUB_OWNER;
    if (embedded) {
        d.started = !cluster_running(hub->arena, embedded);
        if ((rc = cluster_start(hub->arena, embedded, e)) != RC_OK)
            return rc;
    }
    if ((rc = hub_open_db(hub, e)) != RC_OK ||
        (rc = migrate_run(hub->db, &migrate_ours, &d.from, &d.to, e)) != RC_OK ||
        (rc = fill(hub, &d, e)) != RC_OK || (rc = first_key(hub, &d.key_made, e)) != RC_OK ||
        (rc = spool_create(hub->conf->spool.root, e)) != RC_OK ||
        (rc = go_on(hub, restored, reason, &d.given, e)) != RC_OK)
        return rc;
    if (hub->json)
        report_json(hub->conf, &d);
    else
        report_plain(hub->conf, &d);
    return tell_refused(hub, &d, e);
}
