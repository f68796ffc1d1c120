#include "again.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "show.h"
#include "statements.h"
#include "stored.h"
#include "table.h"

rc_t
again_republish(struct hub *hub, const char *name, const char *state, const char *file_id,
                const char *bundle_id, const char *reason, struct err *e)
{
    char now[21];
    rc_t rc;

    if (strcmp(state, "published") != 0)
        return err_set(e, RC_FAIL, ERR_WRONG_STATE,
                       "bundle %s is %s, not published yet; landport run publish sends it", name,
                       state);
    if ((rc = stored_restore(hub, file_id, e)) != RC_OK ||
        (rc = db_exec(
             hub->db, SQL_REPORT_REPUBLISH,
             DB_ARGS(bundle_id, show_operator(hub->arena), reason, clock_iso(clock_now(), now)),
             NULL, e)) != RC_OK)
        return rc;
    if (hub->json)
        printf("{\"bundle\": \"%s\", \"state\": \"closed\"}\n", name);
    else
        printf("%s: the next publish puts the same bytes into out/ again.\n"
               "An agency that has taken it refuses its documents as repeats.\n",
               name);
    return RC_OK;
}

struct resend {
    const char *kind, *agency, *reason;
    bool yes;
    struct db_result *trades, *found;
    int possible;
};

static rc_t
find_trade(struct hub *hub, const char *key, struct resend *s, struct err *e)
{
    rc_t rc = db_query(hub->db, hub->arena, SQL_REPORT_TRACE_FIND, DB_ARGS(key), &s->trades, e);

    if (rc == RC_OK && !s->trades->rows)
        rc = err_set(e, RC_FAIL, ERR_NOT_FOUND, "%s is no order, payment or waybill we know", key);
    if (rc == RC_OK && s->trades->rows > 1)
        rc = err_set(e, RC_FAIL, ERR_WRONG_STATE, "%s leads to %d orders; name one by its number",
                     key, s->trades->rows);
    return rc;
}

/* Its documents, locked: whoever else asks for the same waits and is told. */
static rc_t
find_documents(struct hub *hub, struct resend *s, struct err *e)
{
    const struct db_result *t = s->trades;
    rc_t rc =
        db_exec(hub->db, "SELECT 1 FROM hub.document WHERE trade_hash = $1::bigint FOR UPDATE",
                DB_ARGS(db_text(t, 0, 0)), NULL, e);

    if (rc == RC_OK)
        rc = db_query(
            hub->db, hub->arena, SQL_REPORT_RESEND_FIND,
            DB_ARGS(db_text(t, 0, 0), db_text(t, 0, 1), db_text(t, 0, 2), s->kind, s->agency),
            &s->found, e);
    for (int i = 0; rc == RC_OK && i < s->found->rows; i++)
        s->possible += db_bool(s->found, i, 7);
    return rc;
}

static rc_t
resend_all(struct hub *hub, const struct resend *s, struct err *e)
{
    char now[21];
    rc_t rc = RC_OK;

    for (int i = 0; rc == RC_OK && i < s->found->rows; i++)
        if (db_bool(s->found, i, 7))
            rc = db_exec(hub->db, SQL_REPORT_RESEND,
                         DB_ARGS(db_text(s->found, i, 0), db_text(s->found, i, 1),
                                 show_operator(hub->arena), s->reason, clock_iso(clock_now(), now)),
                         NULL, e);
    return rc == RC_OK ? db_commit(hub->db, e) : rc;
}

static void
show_document(const struct hub *hub, const struct db_result *r, int row, bool done)
{
    const char *what = !db_bool(r, row, 7) ? (db_bool(r, row, 8) ? "asked for before" : "stays")
                       : done              ? "goes into the next bundle"
                                           : "would go into the next bundle";

    if (hub->json)
        printf("%s{\"agency\": \"%s\", \"kind\": \"%s\", \"guid\": \"%s\", \"state\": \"%s\", "
               "\"resend\": %s}",
               row ? ",\n " : "", db_text(r, row, 2), db_text(r, row, 3), db_text(r, row, 1),
               db_text(r, row, 5), db_bool(r, row, 7) ? "true" : "false");
    else
        printf("%s %s, version %s in %s: %s; %s\n", db_text(r, row, 2), db_text(r, row, 3),
               db_text(r, row, 4), db_text(r, row, 6), db_text(r, row, 5), what);
}

static void
show_documents(const struct hub *hub, const struct resend *s, bool done)
{
    if (hub->json)
        printf("{\"done\": %s, \"documents\": [", done ? "true" : "false");
    for (int i = 0; i < s->found->rows; i++)
        show_document(hub, s->found, i, done);
    if (hub->json)
        printf("]}\n");
    else if (!done)
        printf("Nothing was done: --yes sends these %d again.\n", s->possible);
}

static rc_t
nothing_to_send(const struct resend *s, const char *key, struct err *e)
{
    if (!s->found->rows)
        return err_set(e, RC_FAIL, ERR_NOT_FOUND, "%s has no documents of that kind", key);
    return err_set(e, RC_FAIL, ERR_WRONG_STATE,
                   "no document of %s may be sent again: what is accepted or under way would be "
                   "declared twice (%s is %s)",
                   key, db_text(s->found, 0, 3), db_text(s->found, 0, 5));
}

rc_t
bundle_resend(struct hub *hub, int argc, char **argv, struct err *e)
{
    struct resend s = {0};
    const struct option options[] = {
        {"--kind",   &s.kind,   NULL  },
        {"--agency", &s.agency, NULL  },
        {"--reason", &s.reason, NULL  },
        {"--yes",    NULL,      &s.yes},
        {NULL,       NULL,      NULL  },
    };
    bool done = false;
    rc_t rc = show_options(options, argc, argv, 1,
                           "bundle resend ORDER [--kind K] [--agency A] --reason TEXT [--yes]", e);

    if (rc != RC_OK || (rc = show_needs_reason(s.reason, e)) != RC_OK ||
        (rc = db_begin(hub->db, e)) != RC_OK)
        return rc;
    if ((rc = find_trade(hub, argv[1], &s, e)) == RC_OK &&
        (rc = find_documents(hub, &s, e)) == RC_OK && !s.possible)
        rc = nothing_to_send(&s, argv[1], e);
    done = s.possible == 1 || s.yes;
    if (rc == RC_OK && done)
        rc = resend_all(hub, &s, e);
    db_rollback(hub->db);
    if (rc == RC_OK)
        show_documents(hub, &s, done);
    return rc;
}
