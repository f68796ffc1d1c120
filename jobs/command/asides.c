#include "command/asides.h"

#include <stdio.h>

#include "base/clock.h"
#include "show.h"
#include "sql/statements.h"

rc_t
bundle_aside(struct hub *hub, int argc, char **argv, struct err *e)
{
    const char *agency = NULL, *kind = NULL;
    const struct option options[] = {
        {"--agency", &agency, NULL},
        {"--kind",   &kind,   NULL},
        {NULL,       NULL,    NULL},
    };
    rc_t rc = show_options(options, argc, argv, 0, "bundle aside [--agency A] [--kind K]", e);

    return rc == RC_OK
               ? show_list(hub, "documents aside", SQL_REPORT_ASIDE, DB_ARGS(agency, kind), e)
               : rc;
}

struct decision {
    const char *usage, *what /* in JSON */, *sql, *done;
    bool sends; /* the next bundle is to take them up */
};

/* Several sellers' reports have one number: which is meant is said. */
static rc_t
check_one(struct hub *hub, const char *word, const char *agency, const char *kind, struct err *e)
{
    struct db_result *r;
    rc_t rc =
        db_query(hub->db, hub->arena, SQL_REPORT_ASIDE_NAMED, DB_ARGS(word, agency, kind), &r, e);

    if (rc == RC_OK && r->rows > 1)
        rc = err_set(e, RC_FAIL, ERR_AMBIGUOUS, "%s leads to %d things, %s and others; name one so",
                     word, r->rows, db_text(r, 0, "word"));
    return rc;
}

/* A number names documents of one order or thing; --all those of a kind or agency. */
static rc_t
decide(struct hub *hub, int argc, char **argv, const struct decision *d, struct err *e)
{
    const char *agency = NULL, *kind = NULL, *reason = NULL, *number;
    bool all = false;
    const struct option options[] = {
        {"--agency", &agency, NULL},
        {"--kind",   &kind,   NULL},
        {"--reason", &reason, NULL},
        {"--all",    NULL,    &all},
        {NULL,       NULL,    NULL},
    };
    struct db_result *r;
    char now[21];
    rc_t rc = show_options(options, argc, argv, SHOW_ANY, d->usage, e);

    if (rc != RC_OK)
        return rc;
    number = argv[1];
    if (!number == !all || (number && argv[2]))
        return err_set(e, RC_FAIL, ERR_USAGE, "name one number, or --all: %s", d->usage);
    if (d->sends && kind && !conf_takes(hub->conf, agency, kind))
        return err_set(e, RC_FAIL, ERR_NOT_FOUND,
                       "no agency takes %s, so the next bundle would not; put it into messages",
                       kind);
    if ((rc = show_needs_reason(reason, e)) != RC_OK ||
        (number && (rc = check_one(hub, number, agency, kind, e)) != RC_OK) ||
        (rc = db_query(hub->db, hub->arena, d->sql,
                       DB_ARGS(number, agency, kind, show_operator(hub->arena), reason,
                               clock_iso(clock_now(), now)),
                       &r, e)) != RC_OK)
        return rc;
    if (!db_int(r, 0, 0))
        return err_set(
            e, RC_FAIL, ERR_NOT_FOUND,
            "no document that is aside and may be told fits; landport bundle aside lists them");
    if (hub->json)
        printf("{\"%s\": %lld}\n", d->what, (long long)db_int(r, 0, 0));
    else
        printf("%lld %s; %s\n", (long long)db_int(r, 0, 0),
               count_word(db_int(r, 0, 0), "document", "documents"), d->done);
    return RC_OK;
}

rc_t
bundle_retry(struct hub *hub, int argc, char **argv, struct err *e)
{
    static const struct decision retry = {
        "bundle retry NUMBER|--all [--agency A] [--kind K] --reason TEXT", "again",
        SQL_REPORT_ASIDE_RETRY, "the next bundle takes up what was aside", true};

    return decide(hub, argc, argv, &retry, e);
}

rc_t
bundle_give_up(struct hub *hub, int argc, char **argv, struct err *e)
{
    static const struct decision give_up = {
        "bundle give-up NUMBER|--all [--agency A] [--kind K] --reason TEXT", "dropped",
        SQL_REPORT_ASIDE_GIVE_UP,
        "no bundle takes what is given up, unless its rows are corrected; bundle retry NUMBER "
        "undoes it",
        false};

    return decide(hub, argc, argv, &give_up, e);
}
