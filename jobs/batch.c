/* batch.c - landport batch: received files, their rejects and their bytes; trying one again. */
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "show.h"
#include "statements.h"
#include "stored.h"

static rc_t
batch_list(struct hub *hub, int argc, char **argv, struct err *e)
{
    const char *partner = NULL, *feed = NULL, *date = NULL, *state = NULL, *limit = "50";
    bool failed = false;
    const struct option options[] = {
        {"--partner", &partner, NULL   },
        {"--feed",    &feed,    NULL   },
        {"--date",    &date,    NULL   },
        {"--state",   &state,   NULL   },
        {"--limit",   &limit,   NULL   },
        {"--failed",  NULL,     &failed},
        {NULL,        NULL,     NULL   },
    };
    rc_t rc = show_options(options, argc, argv, 0,
                           "batch list [--partner P] [--feed F] [--date YYYYMMDD] [--state S] "
                           "[--failed] [--limit N]",
                           e);

    if (rc != RC_OK)
        return rc;
    if (!*limit || strlen(limit) > 9 || limit[strspn(limit, "0123456789")])
        return err_set(e, RC_FAIL, ERR_USAGE, "--limit must be a number, not '%s'", limit);
    return show_list(hub, "batches", SQL_REPORT_BATCHES,
                     DB_ARGS(partner, feed, date, state, failed ? "true" : NULL, limit), e);
}

/* The batch's number as a parameter, and its row: file_id, state. */
static rc_t
find_batch(struct hub *hub, const char *word, const char *lock, const char **id,
           struct db_result **r, struct err *e)
{
    rc_t rc;

    if (!(*id = show_batch_id(hub->arena, word, false)))
        return err_set(e, RC_FAIL, ERR_USAGE, "'%s' is no batch such as B000012", word);
    rc = db_query(hub->db, hub->arena,
                  arena_printf(hub->arena,
                               "SELECT file_id, state FROM hub.batch WHERE batch_id = $1::bigint%s",
                               lock),
                  DB_ARGS(*id), r, e);
    if (rc == RC_OK && !(*r)->rows)
        return err_set(e, RC_FAIL, ERR_NOT_FOUND, "there is no batch %s", word);
    return rc;
}

static rc_t
write_original(struct hub *hub, const char *file_id, const char *file, struct err *e)
{
    int fd = -1;
    rc_t rc = stored_open(hub, file_id, &fd, e);

    if (rc != RC_OK)
        return rc;
    rc = stored_copy(fd, file, e);
    close(fd);
    return rc;
}

static rc_t
batch_show(struct hub *hub, int argc, char **argv, struct err *e)
{
    static const struct section sections[] = {
        {"batch",   "batch",                  SHOW_FACTS, SQL_REPORT_BATCH       },
        {"codes",   "rejects by code",        SHOW_LIST,  SQL_REPORT_REJECT_CODES},
        {"rejects", "rejects (the first 20)", SHOW_LIST,  SQL_REPORT_REJECT_LINES},
        {"answers", "answers to the partner", SHOW_CARDS, SQL_REPORT_ANSWERS     },
        {NULL,      NULL,                     SHOW_LIST,  NULL                   },
    };
    const char *file = NULL, *id;
    bool original = false;
    const struct option options[] = {
        {"--original", NULL,  &original},
        {"-o",         &file, NULL     },
        {NULL,         NULL,  NULL     },
    };
    struct db_result *r;
    rc_t rc;

    if ((rc = show_options(options, argc, argv, 1, "batch show BATCH [--original [-o FILE]]", e)) !=
            RC_OK ||
        (rc = find_batch(hub, argv[1], "", &id, &r, e)) != RC_OK)
        return rc;
    if (original)
        return write_original(hub, db_text(r, 0, 0), file, e);
    if (file)
        return err_set(e, RC_FAIL, ERR_USAGE, "-o goes with --original");
    return show_report(hub, sections, DB_ARGS(id), e);
}

/* Under sudo the person, not root. */
static const char *
operator_name(struct arena *a)
{
    const char *sudo = getenv("SUDO_USER");
    const struct passwd *p = getpwuid(getuid());

    if (sudo && *sudo)
        return sudo;
    return p ? arena_str(a, p->pw_name) : arena_printf(a, "uid %u", (unsigned)getuid());
}

static rc_t
rerun(struct hub *hub, const char *word, const char *reason, struct err *e)
{
    const char *id, *state;
    struct db_result *r;
    rc_t rc = find_batch(hub, word, " FOR UPDATE", &id, &r, e);

    if (rc != RC_OK)
        return rc;
    state = db_text(r, 0, 1);
    if (strcmp(state, "held") != 0 && strcmp(state, "rejected") != 0)
        return err_set(e, RC_FAIL, ERR_WRONG_STATE,
                       "batch %s is %s; only a held or rejected file can be tried again, a "
                       "correction is a new upload with appType 2 or 3",
                       word, state);
    if ((rc = stored_restore(hub, db_text(r, 0, 0), e)) != RC_OK ||
        (rc = db_exec(hub->db, SQL_REPORT_RERUN, DB_ARGS(id, operator_name(hub->arena), reason),
                      NULL, e)) != RC_OK)
        return rc;
    return db_commit(hub->db, e);
}

static rc_t
batch_rerun(struct hub *hub, int argc, char **argv, struct err *e)
{
    static const struct section after[] = {
        {"batch", "batch", SHOW_FACTS, SQL_REPORT_BATCH},
        {NULL,    NULL,    SHOW_FACTS, NULL            },
    };
    const char *reason = NULL;
    const struct option options[] = {
        {"--reason", &reason, NULL},
        {NULL,       NULL,    NULL},
    };
    rc_t rc = show_options(options, argc, argv, 1, "batch rerun BATCH --reason TEXT", e);

    if (rc != RC_OK)
        return rc;
    if (!reason || !*reason)
        return err_set(e, RC_FAIL, ERR_USAGE, "--reason TEXT is needed; it goes into the audit");
    if ((rc = db_begin(hub->db, e)) == RC_OK)
        rc = rerun(hub, argv[1], reason, e);
    db_rollback(hub->db);
    if (rc != RC_OK)
        return rc;
    return show_report(hub, after, DB_ARGS(show_batch_id(hub->arena, argv[1], false)), e);
}

rc_t
cmd_batch(struct hub *hub, int argc, char **argv, struct err *e)
{
    static const struct subcommand table[] = {
        {"list",  batch_list },
        {"show",  batch_show },
        {"rerun", batch_rerun},
        {NULL,    NULL       },
    };

    return show_subcommand(table, hub, argc, argv, e);
}
