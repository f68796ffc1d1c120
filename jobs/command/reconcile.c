/* reconcile.c - landport reconcile: what trades are judged by, and what other rules would say. */
#include "reconcile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "closing.h"
#include "show.h"
#include "sql/statements.h"
#include "table.h"

/* Of each rule what its heading says. */
static const char *
headings(const struct rules *rules, struct arena *a)
{
    struct buf json = {0};

    buf_str(&json, "[");
    for (uint32_t i = 0; i < rules->count; i++) {
        const struct rule *r = &rules->all[i];
        const struct {
            const char *key, *value;
        } all[] = {
            {"code",      r->code     },
            {"title_zh",  r->title_zh },
            {"title_en",  r->title_en },
            {"modes",     r->modes    },
            {"direction", r->direction},
            {"since",     r->since    },
            {"until",     r->until    },
            {"source",    r->source   },
            {"file",      r->file     },
        };

        buf_str(&json, i ? ",{" : "{");
        for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
            buf_printf(&json, "%s\"%s\": ", k ? ", " : "", all[k].key);
            json_string(&json, all[k].value);
        }
        buf_str(&json, "}");
    }
    buf_str(&json, "]");
    return buf_text(&json, a);
}

static rc_t
reconcile_rules(struct hub *hub, int argc, char **argv, struct err *e)
{
    static const struct option none[] = {
        {NULL, NULL, NULL}
    };
    struct rules rules;
    rc_t rc = show_options(none, argc, argv, 0, "reconcile rules", e);

    if (rc == RC_OK && (rc = rules_load(&rules, hub->conf, hub->arena, e)) == RC_OK)
        rc = show_list(hub, "rules", SQL_REPORT_RULES, DB_ARGS(headings(&rules, hub->arena)), e);
    return rc;
}

/* ---- what if ---- */

#define TRIAL_USAGE    "reconcile --dry-run --rules DIR [--days N]"
#define TRIAL_DAYS     "30"
#define TRIAL_DAYS_MAX 36500

static rc_t
days_back(const char *days, time_t *since, const char *usage, struct err *e)
{
    char *end;
    long n = strtol(days, &end, 10);

    if (end == days || *end || n < 1 || n > TRIAL_DAYS_MAX)
        return err_set(e, RC_FAIL, ERR_USAGE, "--days %s: a number of days from 1 to %d; usage: %s",
                       days, TRIAL_DAYS_MAX, usage);
    *since = clock_now() - n * 86400L;
    return RC_OK;
}

/* A rule whose day is to come would say nothing, and look as if it were harmless. */
static rc_t
count_already(struct hub *hub, struct rules *then, struct err *e)
{
    char today[9];
    rc_t rc = closing_trade_date(hub, hub->arena, today, e);

    for (uint32_t i = 0; rc == RC_OK && i < then->count; i++) {
        struct rule *r = &then->all[i];

        if (!r->since || strcmp(r->since, today) <= 0)
            continue;
        log_warn("%s counts since %s; it is tried as if it did already", r->code, r->since);
        r->since = NULL;
    }
    return rc;
}

static rc_t
reconcile_dry_run(struct hub *hub, int argc, char **argv, struct err *e)
{
    static const struct section sections[] = {
        {"rules",    "rules, in trades",         SHOW_LIST, SQL_REPORT_TRIAL_RULES   },
        {"verdicts", "verdicts that would move", SHOW_LIST, SQL_REPORT_TRIAL_VERDICTS},
        {"examples", "examples",                 SHOW_LIST, SQL_REPORT_TRIAL_EXAMPLES},
        {NULL,       NULL,                       SHOW_LIST, NULL                     },
    };
    const char *folder = NULL, *days = TRIAL_DAYS;
    bool dry = false;
    const struct option options[] = {
        {"--dry-run", NULL,    &dry},
        {"--rules",   &folder, NULL},
        {"--days",    &days,   NULL},
        {NULL,        NULL,    NULL},
    };
    struct rules now, then;
    time_t since = 0;
    rc_t rc = show_options(options, argc, argv, 0, TRIAL_USAGE, e);

    if (rc == RC_OK && (!dry || !folder))
        rc =
            err_set(e, RC_FAIL, ERR_USAGE, "usage: %s; landport run reconcile judges", TRIAL_USAGE);
    if (rc == RC_OK && (rc = days_back(days, &since, TRIAL_USAGE, e)) == RC_OK &&
        (rc = rules_load(&now, hub->conf, hub->arena, e)) == RC_OK)
        rc = rules_load_with(&then, hub->conf, hub->arena, folder, e);
    if (rc != RC_OK || (rc = count_already(hub, &then, e)) != RC_OK)
        return rc;
    rules_tell_all(&then, hub->arena);
    if ((rc = reconcile_trial(hub, hub->arena, &now, &then, since, e)) == RC_OK)
        rc = show_report(hub, sections, DB_NONE, e);
    db_rollback(hub->db);
    return rc;
}

#define AGAIN_USAGE "reconcile again --code CODE|--days N --reason TEXT"

/* What a rule said before it was mended stands until its trades are judged anew. */
static rc_t
reconcile_again(struct hub *hub, int argc, char **argv, struct err *e)
{
    const char *code = NULL, *days = NULL, *reason = NULL;
    const struct option options[] = {
        {"--code",   &code,   NULL},
        {"--days",   &days,   NULL},
        {"--reason", &reason, NULL},
        {NULL,       NULL,    NULL},
    };
    struct db_result *r;
    char now[21], iso[21];
    time_t since = 0;
    rc_t rc = show_options(options, argc, argv, 0, AGAIN_USAGE, e);

    if (rc == RC_OK && !code && !days)
        rc = err_set(e, RC_FAIL, ERR_USAGE, "say which trades: usage: %s", AGAIN_USAGE);
    if (rc == RC_OK && days)
        rc = days_back(days, &since, AGAIN_USAGE, e);
    if (rc != RC_OK || (rc = show_needs_reason(reason, e)) != RC_OK ||
        (rc = db_query(hub->db, hub->arena, SQL_REPORT_JUDGE_AGAIN,
                       DB_ARGS(code, days ? clock_iso(since, iso) : NULL, show_operator(hub->arena),
                               reason, clock_iso(clock_now(), now)),
                       &r, e)) != RC_OK)
        return rc;
    if (!db_int(r, 0, 0))
        return err_set(e, RC_FAIL, ERR_NOT_FOUND,
                       "no trade is broken by %s%s; landport reconcile rules lists them",
                       code ? code : "any rule", days ? ", and none was judged in these days" : "");
    if (hub->json)
        printf("{\"again\": %lld}\n", (long long)db_int(r, 0, 0));
    else
        printf("%lld %s; the next reconcile judges them anew\n", (long long)db_int(r, 0, 0),
               count_word(db_int(r, 0, 0), "trade", "trades"));
    return RC_OK;
}

rc_t
cmd_reconcile(struct hub *hub, int argc, char **argv, struct err *e)
{
    static const struct subcommand table[] = {
        {"again", reconcile_again},
        {"rules", reconcile_rules},
        {NULL,    NULL           },
    };

    if (argc > 1 && argv[1][0] == '-')
        return reconcile_dry_run(hub, argc, argv, e);
    return show_subcommand(table, hub, argc, argv, e);
}
