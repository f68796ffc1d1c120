#include "command/again.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "show.h"
#include "sql/statements.h"
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
    const char *hash, *key, *number;    /* of one order, report or row of a feed, else NULL */
    const char *bundle, *before, *last; /* of a message or a bundle, else NULL */
    struct db_result *found;
    int possible;
};

/* A message or a bundle; RC_END: the word is none. A message has documents of one kind. */
static rc_t
find_sent(struct hub *hub, const char *word, struct resend *s, struct err *e)
{
    struct db_result *r;
    rc_t rc = db_query(hub->db, hub->arena, SQL_REPORT_RESEND_WHERE, DB_ARGS(word), &r, e);

    if (rc != RC_OK || !r->rows)
        return rc == RC_OK ? RC_END : rc;
    s->bundle = db_text(r, 0, "bundle_id");
    s->before = db_text(r, 0, "before");
    s->last = db_text(r, 0, "last");
    if (!db_value(r, 0, "kind"))
        return RC_OK;
    if (s->kind && strcmp(s->kind, db_text(r, 0, "kind")) != 0)
        return err_set(e, RC_FAIL, ERR_USAGE, "%s is a message of %s, not of %s", word,
                       db_text(r, 0, "kind"), s->kind);
    s->kind = db_text(r, 0, "kind");
    return RC_OK;
}

static void
take_subject(struct resend *s, const struct db_result *r, const char *number)
{
    s->hash = db_text(r, 0, "subject_hash");
    s->key = db_text(r, 0, "issuer");
    s->number = db_text(r, 0, number);
}

static rc_t
find_trade(struct hub *hub, const char *key, struct resend *s, struct err *e)
{
    struct db_result *r;
    rc_t rc = show_find_trades(hub, key, "message", &r, e);

    if (rc != RC_OK)
        return rc;
    if (r->rows > 1)
        return err_set(e, RC_FAIL, ERR_AMBIGUOUS, "%s leads to %d orders; name one by its number",
                       key, r->rows);
    take_subject(s, r, "order_no");
    return RC_OK;
}

/* A report or a row of a feed, also an order by ISSUER/NUMBER; RC_END: the word is none. */
static rc_t
find_subject(struct hub *hub, const char *word, struct resend *s, struct err *e)
{
    struct db_result *r;
    rc_t rc = db_query(hub->db, hub->arena, SQL_REPORT_TRACE_FIND, DB_ARGS(word), &r, e);

    if (rc != RC_OK || r->rows) /* an order's number comes first */
        return rc == RC_OK ? RC_END : rc;
    rc = db_query(hub->db, hub->arena, SQL_REPORT_RESEND_SUBJECT, DB_ARGS(word), &r, e);
    if (rc != RC_OK || !r->rows)
        return rc == RC_OK ? RC_END : rc;
    if (r->rows > 1)
        return err_set(e, RC_FAIL, ERR_AMBIGUOUS,
                       "%s leads to %d things, %s and others; name one so", word, r->rows,
                       db_text(r, 0, "word"));
    take_subject(s, r, "number");
    return RC_OK;
}

static rc_t
find_documents(struct hub *hub, const char *word, struct resend *s, struct err *e)
{
    rc_t rc = find_sent(hub, word, s, e);

    if (rc == RC_END)
        rc = find_subject(hub, word, s, e);
    if (rc == RC_END)
        rc = find_trade(hub, word, s, e);
    if (rc == RC_OK)
        rc = db_query(
            hub->db, hub->arena, SQL_REPORT_RESEND_FIND,
            DB_ARGS(s->hash, s->key, s->number, s->kind, s->agency, s->bundle, s->before, s->last),
            &s->found, e);
    for (int i = 0; rc == RC_OK && i < s->found->rows; i++)
        s->possible += db_bool(s->found, i, "possible");
    return rc;
}

/* All that can be sent, in one statement; who else asks for the same meanwhile is told. */
static rc_t
resend_all(struct hub *hub, const struct resend *s, struct err *e)
{
    struct buf hashes = {0}, guids = {0};
    struct db_result *r;
    char now[21];
    rc_t rc;

    for (int i = 0; i < s->found->rows; i++)
        if (db_bool(s->found, i, "possible")) {
            buf_printf(&hashes, "%s%s", hashes.n ? "," : "{", db_text(s->found, i, "subject_hash"));
            buf_printf(&guids, "%s%s", guids.n ? "," : "{", db_text(s->found, i, "guid"));
        }
    buf_put(&hashes, "}", 2);
    buf_put(&guids, "}", 2);
    rc = db_query(hub->db, hub->arena, SQL_REPORT_RESEND,
                  DB_ARGS(hashes.p, guids.p, show_operator(hub->arena), s->reason,
                          clock_iso(clock_now(), now), s->bundle, s->kind, s->before, s->last),
                  &r, e);
    if (rc == RC_OK && db_int(r, 0, 0) != s->possible)
        rc = err_set(e, RC_FAIL, ERR_WRONG_STATE,
                     "some were answered, or asked for by somebody else, meanwhile: type it again");
    buf_free(&hashes);
    buf_free(&guids);
    return rc == RC_OK ? db_commit(hub->db, e) : rc;
}

static void
show_document(const struct hub *hub, const struct db_result *r, int row, bool done)
{
    const char *what = !db_bool(r, row, "possible") ? db_text(r, row, "why")
                       : done                       ? "goes into the next bundle"
                                                    : "would go into the next bundle";

    if (hub->json)
        printf("%s{\"agency\": \"%s\", \"kind\": \"%s\", \"guid\": \"%s\", \"state\": \"%s\", "
               "\"resend\": %s}",
               row ? ",\n " : "", db_text(r, row, "agency"), db_text(r, row, "kind"),
               db_text(r, row, "guid"), db_text(r, row, "state"),
               db_bool(r, row, "possible") ? "true" : "false");
    else
        printf("%s %s%s%s, version %s in %s: %s; %s\n", db_text(r, row, "agency"),
               db_text(r, row, "kind"), *db_text(r, row, "number") ? " of " : "",
               db_text(r, row, "number"), db_text(r, row, "version"), db_text(r, row, "bundle"),
               db_text(r, row, "state"), what);
}

#define SHOWN 20 /* of a bundle there may be very many */

static void
show_documents(const struct hub *hub, const struct resend *s, bool done)
{
    int rows = s->found->rows, shown = hub->json || rows <= SHOWN ? rows : SHOWN;

    if (hub->json)
        printf("{\"done\": %s, \"documents\": [", done ? "true" : "false");
    for (int i = 0; i < shown; i++)
        show_document(hub, s->found, i, done);
    if (hub->json)
        printf("]}\n");
    else if (shown < rows)
        printf("… and %d more; %d of all %d %s\n", rows - shown, s->possible, rows,
               done ? "go into the next bundle" : "would go");
}

static rc_t
nothing_to_send(const struct resend *s, const char *key, struct err *e)
{
    if (!s->found->rows)
        return err_set(e, RC_FAIL, ERR_NOT_FOUND,
                       "%s has no documents%s%s%s that were not declared anew since", key,
                       s->kind ? " of kind " : "", s->kind ? s->kind : "",
                       s->agency ? " at that agency" : "");
    return err_set(e, RC_FAIL, ERR_DECLARED, "no document of %s may be sent again (%s, %s, %s)",
                   key, db_text(s->found, 0, "kind"), db_text(s->found, 0, "state"),
                   db_text(s->found, 0, "why"));
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
    rc_t rc = show_options(
        options, argc, argv, 1,
        "bundle resend NUMBER|MESSAGE|BUNDLE [--kind K] [--agency A] --reason TEXT [--yes]", e);

    if (rc != RC_OK || (rc = show_needs_reason(s.reason, e)) != RC_OK ||
        (rc = db_begin(hub->db, e)) != RC_OK)
        return rc;
    rc = find_documents(hub, argv[1], &s, e);
    if (rc == RC_OK && s.kind && !conf_takes(hub->conf, s.agency, s.kind))
        rc = err_set(e, RC_FAIL, ERR_NOT_FOUND,
                     "%s is not taken (messages of the agency), so the next bundle would not have "
                     "it; put it there",
                     s.kind);
    else if (rc == RC_OK && !s.possible)
        rc = nothing_to_send(&s, argv[1], e);
    done = s.possible == 1 || s.yes;
    if (rc == RC_OK && done)
        rc = resend_all(hub, &s, e);
    db_rollback(hub->db);
    if (rc != RC_OK)
        return rc;
    show_documents(hub, &s, done);
    return done ? RC_OK : show_needs_yes(hub, "sends", s.possible, e);
}
