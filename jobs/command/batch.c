/*
 * batch.c - landport batch: received files, their rejects and their bytes; what a person decides of
 * them. Which actions a state allows stands in the view hub.batch_action.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer.h"
#include "base/clock.h"
#include "command/unknown.h"
#include "mend.h"
#include "show.h"
#include "sql/statements.h"
#include "stored.h"

/* What list and the actions may be asked about. */
struct filter {
    const char *partner, *feed, *date, *state;
    bool failed;
};
#define FILTER_USAGE "[--partner P] [--feed F] [--date YYYYMMDD] [--state S] [--failed]"
/* clang-format off */
#define FILTER_OPTIONS(f)                                                                          \
    {"--partner", &(f)->partner, NULL}, {"--feed", &(f)->feed, NULL}, {"--date", &(f)->date, NULL}, \
    {"--state", &(f)->state, NULL}, {"--failed", NULL, &(f)->failed}
/* clang-format on */

static bool
filter_given(const struct filter *f)
{
    return f->partner || f->feed || f->date || f->state || f->failed;
}

/* A value that nothing can have finds nothing, which reads as if there were no files: it is a slip of the hand. */
static rc_t
check_filter(struct hub *hub, const struct filter *f, struct err *e)
{
    static const char states[] = "received, loaded, rejected, duplicate, held, discarded";
    const struct conf *c = hub->conf;
    bool partner = f->partner && conf_partner(c, f->partner), feed = false;
    struct db_result *r;
    rc_t rc;

    for (uint32_t i = 0; f->feed && i < c->partner_count; i++)
        for (const char **known = c->partners[i].feeds; *known; known++)
            feed = feed || strcmp(*known, f->feed) == 0;
    rc = db_query(hub->db, hub->arena, SQL_REPORT_FILTER,
                  DB_ARGS(partner ? NULL : f->partner, feed ? NULL : f->feed, f->state, states), &r,
                  e);
    if (rc != RC_OK || !r->rows)
        return rc;
    return err_set(e, RC_FAIL, ERR_USAGE, "%s: there is no %s; known are: %s",
                   db_text(r, 0, "option"), db_text(r, 0, "word"), db_text(r, 0, "known"));
}

static rc_t
batch_list(struct hub *hub, int argc, char **argv, struct err *e)
{
    struct filter f = {NULL, NULL, NULL, NULL, false};
    const char *limit = "50";
    const struct option options[] = {
        FILTER_OPTIONS(&f),
        {"--limit", &limit, NULL},
        {NULL,      NULL,   NULL},
    };
    rc_t rc = show_options(options, argc, argv, 0, "batch list " FILTER_USAGE " [--limit N]", e);

    if (rc != RC_OK)
        return rc;
    if (!*limit || strlen(limit) > 9 || limit[strspn(limit, "0123456789")] ||
        strspn(limit, "0") == strlen(limit))
        return err_set(e, RC_FAIL, ERR_USAGE, "--limit must be a number from 1 on, not '%s'",
                       limit);
    if ((rc = check_filter(hub, &f, e)) != RC_OK)
        return rc;
    return show_list(
        hub, "batches", SQL_REPORT_BATCHES,
        DB_ARGS(NULL, f.partner, f.feed, f.date, f.state, f.failed ? "true" : NULL, limit), e);
}

/* The batch's number as a parameter, and its row: file_id. */
static rc_t
find_batch(struct hub *hub, const char *word, const char **id, struct db_result **r, struct err *e)
{
    rc_t rc;

    if (!(*id = show_batch_id(hub->arena, word, false)))
        return err_set(e, RC_FAIL, ERR_USAGE, "'%s' is no batch such as B000012", word);
    rc = db_query(hub->db, hub->arena, "SELECT file_id FROM hub.batch WHERE batch_id = $1::bigint",
                  DB_ARGS(*id), r, e);
    if (rc == RC_OK && !(*r)->rows)
        return err_set(e, RC_FAIL, ERR_NOT_FOUND, "there is no batch %s", word);
    return rc;
}

static rc_t
write_original(struct hub *hub, const char *file_id, const char *file, struct err *e)
{
    struct blob b = BLOB_NONE;
    rc_t rc = stored_open(hub, file_id, &b, e);

    if (rc != RC_OK)
        return rc;
    rc = stored_copy(b, file, e);
    blob_close(&b);
    return rc;
}

static rc_t
batch_show(struct hub *hub, int argc, char **argv, struct err *e)
{
    static const struct section sections[] = {
        {"batch",   "batch",                     SHOW_FACTS, SQL_REPORT_BATCH        },
        {"actions", "what can be done",          SHOW_LIST,  SQL_REPORT_BATCH_ACTIONS},
        {"codes",   "rejects by code",           SHOW_LIST,  SQL_REPORT_REJECT_CODES },
        {"untold",  "rejects only counted",      SHOW_LIST,  SQL_REPORT_REJECT_UNTOLD},
        {"rejects", "rejects (the first 20)",    SHOW_LIST,  SQL_REPORT_REJECT_LINES },
        {"upload",  "other files of its upload", SHOW_LIST,  SQL_REPORT_UPLOAD       },
        {"answers", "answers to the partner",    SHOW_CARDS, SQL_REPORT_ANSWERS      },
        {NULL,      NULL,                        SHOW_LIST,  NULL                    },
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
        (rc = find_batch(hub, argv[1], &id, &r, e)) != RC_OK)
        return rc;
    if (original && !db_value(r, 0, 0))
        return err_set(e, RC_FAIL, ERR_NOT_FOUND, "%s was not downloaded; it lies in the drop box",
                       argv[1]);
    if (original && (rc = show_place(hub, file, e)) == RC_OK &&
        (rc = write_original(hub, db_text(r, 0, 0), file, e)) == RC_OK)
        show_written(hub, "batch", argv[1], file);
    if (original)
        return rc;
    if (file)
        return err_set(e, RC_FAIL, ERR_USAGE, "-o goes with --original");
    return show_report(hub, sections, DB_ARGS(id), e);
}

/* ---- what a person decides ---- */

struct action {
    const char *name, *usage, *does;
    const char *sql; /* one batch: batch_id, who, reason, name, now */
    bool reads;      /* the bytes are needed again */
    bool answers;    /* the partner is told at once; else by the next run */
};

struct decision {
    const struct action *action;
    struct filter filter;
    const char *reason;
    bool yes;
    const char *ids; /* bigint[]; NULL: what the filter finds */
    struct db_result *chosen;
    const char *done; /* bigint[]: those that can be done */
    int count;
    const char *damaged; /* the file whose bytes it would need, and nobody has; NULL: none */
};

static struct db_args
chosen_by(const struct decision *d, const char **args)
{
    args[0] = d->ids;
    args[1] = d->filter.partner;
    args[2] = d->filter.feed;
    args[3] = d->filter.date;
    args[4] = d->filter.state;
    args[5] = d->filter.failed ? "true" : NULL;
    args[6] = d->action->name;
    return (struct db_args){7, args};
}

static rc_t
take_words(struct hub *hub, struct decision *d, char **words, struct err *e)
{
    const char *ids = NULL;

    for (; *words; words++) {
        const char *id = show_batch_id(hub->arena, *words, false);

        if (!id)
            return err_set(e, RC_FAIL, ERR_USAGE, "'%s' is no batch such as B000012", *words);
        ids = arena_printf(hub->arena, "%s%s%s", ids ? ids : "{", ids ? "," : "", id);
    }
    if (!ids == !filter_given(&d->filter))
        return err_set(e, RC_FAIL, ERR_USAGE,
                       "name batches, or say which by --partner, --feed, --date, --state or "
                       "--failed, and not both; usage: %s",
                       d->action->usage);
    d->ids = ids ? arena_printf(hub->arena, "%s}", ids) : NULL;
    return RC_OK;
}

static rc_t
read_words(struct hub *hub, struct decision *d, int argc, char **argv, struct err *e)
{
    const struct option options[] = {
        FILTER_OPTIONS(&d->filter),
        {"--reason", &d->reason, NULL   },
        {"--yes",    NULL,       &d->yes},
        {NULL,       NULL,       NULL   },
    };
    rc_t rc = show_options(options, argc, argv, SHOW_ANY, d->action->usage, e);

    if (rc != RC_OK)
        return rc;
    if ((rc = show_needs_reason(d->reason, e)) != RC_OK ||
        (rc = take_words(hub, d, argv + 1, e)) != RC_OK)
        return rc;
    return check_filter(hub, &d->filter, e);
}

/* One that was named must be there and allow it; of those a filter finds the others are left out. */
static rc_t
check_named(struct hub *hub, const struct decision *d, char **words, struct err *e)
{
    const struct db_result *r = d->chosen;

    for (; *words; words++) {
        const char *id = show_batch_id(hub->arena, *words, false);
        int row = 0;

        while (row < r->rows && strcmp(db_text(r, row, "batch_id"), id) != 0)
            row++;
        if (row == r->rows)
            return err_set(e, RC_FAIL, ERR_NOT_FOUND, "there is no batch %s", *words);
        if (db_bool(r, row, "possible"))
            continue;
        return err_set(e, RC_FAIL, ERR_WRONG_STATE,
                       "%s is %s%s%s%s%s and allows no %s; what can be done: %s",
                       db_text(r, row, "batch"), db_text(r, row, "state"),
                       db_value(r, row, "code") ? " for " : "", db_text(r, row, "code"),
                       db_value(r, row, "damaged") ? ", its bytes are " : "",
                       db_text(r, row, "damaged"), d->action->name,
                       db_value(r, row, "actions") ? db_text(r, row, "actions")
                                                   : "nothing; it has come to its end");
    }
    return RC_OK;
}

static rc_t
choose(struct hub *hub, struct decision *d, char **words, struct err *e)
{
    const char *args[7], *done = "{";
    struct db_args by = chosen_by(d, args);
    struct db_args lock = {by.count - 1, by.values};
    rc_t rc;

    /* --date is a day of the zone */
    if ((rc = db_set(hub->db, "timezone", hub->conf->zone.timezone, e)) != RC_OK ||
        (rc = db_exec(hub->db, SQL_REPORT_CHOSEN_LOCK, lock, NULL, e)) != RC_OK ||
        (rc = db_query(hub->db, hub->arena, SQL_REPORT_CHOSEN, by, &d->chosen, e)) != RC_OK)
        return rc;
    for (int i = 0; i < d->chosen->rows; i++)
        if (db_bool(d->chosen, i, "possible"))
            done = arena_printf(hub->arena, "%s%s%s", done, d->count++ ? "," : "",
                                db_text(d->chosen, i, "batch_id"));
    d->done = arena_printf(hub->arena, "%s}", done);
    return d->ids ? check_named(hub, d, words, e) : RC_OK;
}

static rc_t
apply(struct hub *hub, struct decision *d, const struct format *ack, int row, struct err *e)
{
    const struct action *act = d->action;
    const char *id = db_text(d->chosen, row, "batch_id"),
               *file_id = db_value(d->chosen, row, "file_id");
    char iso[21];
    rc_t rc = RC_OK;

    if (act->reads && file_id && (rc = stored_restore(hub, file_id, e)) != RC_OK) {
        if (stored_is_damage(e))
            d->damaged = file_id;
        return err_prefix(e, "%s", db_text(d->chosen, row, "batch"));
    }
    rc = db_exec(
        hub->db, act->sql,
        DB_ARGS(id, show_operator(hub->arena), d->reason, act->name, clock_iso(clock_now(), iso)),
        NULL, e);
    return rc == RC_OK && act->answers ? answer_write(hub, ack, strtoll(id, NULL, 10), NULL, e)
                                       : rc;
}

/* All of them or none. */
static rc_t
apply_all(struct hub *hub, struct decision *d, struct err *e)
{
    struct format *ack = NULL;
    rc_t rc = RC_OK;

    if (d->action->answers)
        rc = format_load(&ack, hub, hub->arena, "feed", "ack", e);
    for (int i = 0; rc == RC_OK && i < d->chosen->rows; i++)
        if (db_bool(d->chosen, i, "possible"))
            rc = apply(hub, d, ack, i, e);
    return rc == RC_OK ? db_commit(hub->db, e) : rc;
}

static rc_t
show_decision(struct hub *hub, const struct decision *d, bool done, struct err *e)
{
    static const struct section list[] = {
        {"batches", "batches", SHOW_LIST, SQL_REPORT_BATCHES},
        {NULL,      NULL,      SHOW_LIST, NULL              },
    };
    struct buf json = {0};
    rc_t rc = show_sections(
        hub, list,
        DB_ARGS(d->done, NULL, NULL, NULL, NULL, NULL, arena_printf(hub->arena, "%d", d->count)),
        &json, e);

    if (rc == RC_OK && hub->json)
        printf("{\"done\": %s,\n %.*s\n", done ? "true" : "false", (int)json.n - 1, json.p + 1);
    buf_free(&json);
    return rc;
}

/* The drop box may have it still; who goes there is pickup. */
static rc_t
look_for(struct hub *hub, const struct decision *d, struct err *e)
{
    struct err found = {0}, other = {0};
    bool wanted;
    rc_t rc = spool_check(hub->spool, d->damaged, &found);

    if (rc == RC_OK)
        return e->rc;
    if ((rc = mend_remember(hub, d->damaged, &found, &wanted, &other)) != RC_OK) {
        *e = other;
        return rc;
    }
    return err_set(e, RC_FAIL, ERR_SPOOL_DAMAGED,
                   "%s; the next landport run pickup looks for it in the drop box: try again then",
                   arena_str(hub->arena, e->text));
}

static rc_t
decide(struct hub *hub, const struct action *action, int argc, char **argv, struct err *e)
{
    struct decision d = {.action = action};
    bool done = false;
    rc_t rc = read_words(hub, &d, argc, argv, e);

    if (rc != RC_OK)
        return rc;
    if ((rc = db_begin(hub->db, e)) == RC_OK && (rc = choose(hub, &d, argv + 1, e)) == RC_OK) {
        done = d.count == 1 || d.yes;
        if (done)
            rc = apply_all(hub, &d, e);
    }
    db_rollback(hub->db);
    if (rc != RC_OK && d.damaged)
        rc = look_for(hub, &d, e);
    if (rc == RC_OK && (rc = show_decision(hub, &d, done, e)) == RC_OK && !done && d.count)
        rc = show_needs_yes(hub, action->does, d.count, e);
    return rc;
}

#define DECIDE(name, does)                                                                         \
    name, "batch " name " BATCH...|" FILTER_USAGE " --reason TEXT [--yes]", does

static rc_t
batch_hold(struct hub *hub, int argc, char **argv, struct err *e)
{
    return decide(hub, &(struct action){DECIDE("hold", "holds"), SQL_REPORT_STOP, false, true},
                  argc, argv, e);
}

static rc_t
batch_discard(struct hub *hub, int argc, char **argv, struct err *e)
{
    return decide(hub,
                  &(struct action){DECIDE("discard", "discards"), SQL_REPORT_STOP, false, true},
                  argc, argv, e);
}

static rc_t
batch_release(struct hub *hub, int argc, char **argv, struct err *e)
{
    return decide(hub,
                  &(struct action){DECIDE("release", "releases"), SQL_REPORT_RERUN, true, false},
                  argc, argv, e);
}

static rc_t
batch_rerun(struct hub *hub, int argc, char **argv, struct err *e)
{
    return decide(hub,
                  &(struct action){DECIDE("rerun", "runs again"), SQL_REPORT_RERUN, true, false},
                  argc, argv, e);
}

static rc_t
batch_close(struct hub *hub, int argc, char **argv, struct err *e)
{
    return decide(hub, &(struct action){DECIDE("close", "closes"), SQL_REPORT_CLOSE, false, false},
                  argc, argv, e);
}

rc_t
cmd_batch(struct hub *hub, int argc, char **argv, struct err *e)
{
    static const struct subcommand table[] = {
        {"list",    batch_list   },
        {"show",    batch_show   },
        {"hold",    batch_hold   },
        {"release", batch_release},
        {"discard", batch_discard},
        {"rerun",   batch_rerun  },
        {"close",   batch_close  },
        {"unknown", batch_unknown},
        {NULL,      NULL         },
    };

    return show_subcommand(table, hub, argc, argv, e);
}
