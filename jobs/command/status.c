/* status.c - landport status: last runs, what bundles wait for, backlog, holds, tonight's bundles. */
#include "base/clock.h"
#include "closing.h"
#include "mark.h"
#include "show.h"
#include "sql/statements.h"
#include "table.h"

static const struct section sections[] = {
    {"restored",     "numbers from a newer database", SHOW_LIST,  SQL_MARK_AHEAD          },
    {"jobs",         "last runs",                     SHOW_LIST,  SQL_REPORT_JOBS         },
    {"waits",        "bundles that wait",             SHOW_CARDS, SQL_DECLARE_WAITS       },
    {"certificates", "keys and certificates",         SHOW_CARDS, SQL_REPORT_CERTIFICATES },
    {"visits",       "parties not served",            SHOW_CARDS, SQL_REPORT_VISITS       },
    {"backlog",      "backlog",                       SHOW_LIST,  SQL_REPORT_BACKLOG      },
    {"late",         "late partners",                 SHOW_LIST,  SQL_REPORT_LATE         },
    {"growing",      "uploads without .part",         SHOW_LIST,  SQL_REPORT_GROWING      },
    {"odd",          "left in in/",                   SHOW_LIST,  SQL_REPORT_ODD          },
    {"holds",        "files held",                    SHOW_LIST,  SQL_REPORT_HOLDS        },
    {"receipts",     "receipts held",                 SHOW_CARDS, SQL_REPORT_RECEIPTS_HELD},
    {"unsettled",    "documents not accepted",        SHOW_CARDS, SQL_REPORT_UNSETTLED    },
    {"rates",        "rates missing",                 SHOW_LIST,  SQL_REPORT_RATES_MISSING},
    {"voids",        "withdrawals nobody sends",      SHOW_CARDS, SQL_REPORT_VOIDS        },
    {"aside",        "documents aside",               SHOW_CARDS, SQL_REPORT_ASIDES       },
    {"lacking",      "kinds that could not be made",  SHOW_CARDS, SQL_REPORT_LACKING      },
    {"unanswered",   "documents without an answer",   SHOW_LIST,  SQL_REPORT_UNANSWERED   },
    {"returns",      "returns that wait",             SHOW_CARDS, SQL_REPORT_RETURNS      },
    {"reports",      "reports not all told",          SHOW_CARDS, SQL_REPORT_REPORTS      },
    {"bundles",      "tonight's bundles",             SHOW_LIST,  SQL_REPORT_TONIGHT      },
    {NULL,           NULL,                            SHOW_LIST,  NULL                    },
};

/* The business date at hand and the cut-off that began it. */
static time_t
night(const struct conf *c, char date[9])
{
    int cutoff = conf_cutoff(c);
    time_t now = clock_now();

    clock_business_date(now, c->zone.timezone, cutoff, date);
    return clock_local_moment(date, cutoff - 24 * 60, c->zone.timezone);
}

/* Partners whose deadline of that date has passed, as JSON for the query. */
static const char *
due_partners(struct arena *a, const struct conf *c, const char *date)
{
    struct buf b = {0};
    const char *json;

    for (uint32_t i = 0; i < c->partner_count; i++) {
        const struct conf_partner *p = &c->partners[i];
        time_t due;

        if (p->deadline_minutes < 0)
            continue;
        due = clock_local_moment(date, p->deadline_minutes, c->zone.timezone);
        if (due > clock_now())
            continue;
        buf_str(&b, b.n ? ",[" : "[");
        json_string(&b, p->id);
        buf_printf(&b, ",%lld]", (long long)due);
    }
    json = arena_printf(a, "[%.*s]", (int)b.n, b.n ? b.p : "");
    buf_free(&b);
    return json;
}

static const char *
job_names(struct arena *a)
{
    const char *names = job_types->name;

    for (const struct job_type *t = job_types + 1; t->name; t++)
        names = arena_printf(a, "%s,%s", names, t->name);
    return names;
}

rc_t
cmd_status(struct hub *hub, int argc, char **argv, struct err *e)
{
    static const struct option none[] = {
        {NULL, NULL, NULL}
    };
    char date[9], trades[9], now[21];
    time_t since = night(hub->conf, date);
    rc_t rc = show_options(none, argc, argv, 0, "status", e);

    if (rc != RC_OK || (rc = db_set(hub->db, "hub.jobs", job_names(hub->arena), e)) != RC_OK ||
        (rc = db_set(hub->db, "hub.due", due_partners(hub->arena, hub->conf, date), e)) != RC_OK ||
        (rc = db_set(hub->db, "hub.since", arena_printf(hub->arena, "%lld", (long long)since),
                     e)) != RC_OK ||
        (rc = db_set(hub->db, "hub.within", conf_receipts_within(hub->conf, hub->arena), e)) !=
            RC_OK ||
        (rc = mark_setting(hub, e)) != RC_OK ||
        (rc = closing_settings(hub, hub->arena, e)) != RC_OK ||
        (rc = closing_trade_date(hub, hub->arena, trades, e)) != RC_OK ||
        (rc = db_set(hub->db, "hub.now", clock_iso(clock_now(), now), e)) != RC_OK)
        return rc;
    if ((rc = show_report(hub, sections, DB_NONE, e)) == RC_OK) {
        hub->answered = true;
        rc = hub_look_key(hub, e); /* without it nothing runs, whatever stands above */
    }
    return rc;
}
