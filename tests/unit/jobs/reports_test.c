/* reports_test.c - the heading of a report: when it is due, how it is said again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "reports.h"

static rc_t
parse(struct arena *a, const char *heading, struct report_when *w, struct err *e)
{
    const struct extract_part section = {"SELECT 1", "x.sql", 7, heading};

    memset(e, 0, sizeof *e);
    return report_parse(w, a, &section, e);
}

static void
what_a_heading_says(void **state)
{
    static const struct {
        const char *heading, *unit;
        int after, back;
        const char *again, *since;
    } cases[] = {
        {"month",                                                 "month",   0,   2,   "once",     NULL},
        {"day after 1 day",                                       "day",     1,   2,   "once",     NULL},
        {"quarter  after 14 days , again: change",                "quarter", 14,  2,   "change",   NULL},
        {"half,again:whole,back:12",                              "half",    0,   12,  "whole",    NULL},
        {"year after 999 days, since: 20260101, again: negative", "year",    999, 2,   "negative",
         "20260101"                                                                                    },
        {"month after 0 days, back: 400, again: anew",            "month",   0,   400, "anew",     NULL},
    };
    struct arena *a = arena_new("reports_test");
    struct report_when w;
    struct err e;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        print_message("%s\n", cases[i].heading);
        assert_int_equal(parse(a, cases[i].heading, &w, &e), RC_OK);
        assert_string_equal(w.unit, cases[i].unit);
        assert_int_equal(w.after, cases[i].after);
        assert_int_equal(w.back, cases[i].back);
        assert_string_equal(w.again, cases[i].again);
        assert_string_equal(w.since ? w.since : "", cases[i].since ? cases[i].since : "");
    }
    arena_free(&a);
}

static void
what_it_cannot_say(void **state)
{
    static const struct {
        const char *heading, *want;
    } cases[] = {
        {"week",                     "'week', expected day, month"     },
        {"months",                   "'months', expected day, month"   },
        {", again: change",          "'', expected day, month"         },
        {"month later",              "'later', expected 'after N days'"},
        {"month after",              "'', expected days from 0"        },
        {"month after many days",    "'many', expected days from 0"    },
        {"month after 1000 days",    "'1000', expected days from 0"    },
        {"month after -1 days",      "'-1', expected days from 0"      },
        {"month after 5",            "'', expected 'days'"             },
        {"month after 5 weeks",      "'weeks', expected 'days'"        },
        {"month after 5 days again", "'again', expected a comma"       },
        {"month,",                   "'', expected again: HOW"         },
        {"month, again",             "'', expected once, change"       },
        {"month, again: Change",     "'Change', expected once, change" },
        {"month, back: 0",           "'0', expected periods from 1"    },
        {"month, back: 401",         "'401', expected periods from 1"  },
        {"month, since: 20260230",   "'20260230', expected a day"      },
        {"month, since: 2026-02-03", "'2026-02-03', expected a day"    },
        {"month, since: 2026020",    "'2026020', expected a day"       },
        {"month, until: 20260203",   "'until', expected again: HOW"    },
    };
    struct arena *a = arena_new("reports_test");
    struct report_when w;
    struct err e;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        print_message("%s\n", cases[i].heading);
        assert_int_equal(parse(a, cases[i].heading, &w, &e), RC_FAIL);
        assert_int_equal(e.code, ERR_EXTRACT);
        assert_memory_equal(e.text, "x.sql:7: report: ", strlen("x.sql:7: report: "));
        if (!strstr(e.text, cases[i].want))
            fail_msg("%s: %s", cases[i].heading, e.text);
    }
    arena_free(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_heading_says),
        cmocka_unit_test(what_it_cannot_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
