#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHANGHAI "Asia/Shanghai"
#define NEW_YORK "America/New_York"

#define EACH(row, table)                                                                           \
    for (size_t row##_at = 0; row##_at < sizeof(table) / sizeof *(table); row##_at++)              \
        for (const __typeof__(*(table)) *row = &(table)[row##_at]; row; row = NULL)

/* The moment of an ISO time, by the same door the program uses. */
static time_t
moment(const char *iso)
{
    time_t t;

    setenv("LANDPORT_NOW", iso, 1);
    if (clock_freeze() != 0)
        fail_msg("not a moment: %s", iso);
    t = clock_now();
    unsetenv("LANDPORT_NOW");
    clock_freeze();
    return t;
}

static void
same(const char *name, const char *got, const char *want)
{
    if (!got != !want || (got && strcmp(got, want) != 0))
        fail_msg("%s: got %s, want %s", name, got ? got : "nothing", want ? want : "nothing");
}

static const struct iso_case {
    const char *name;
    time_t t;
    const char *want;
} iso_cases[] = {
    {"epoch",            0,                     "1970-01-01T00:00:00Z"},
    {"second before",    -1,                    "1969-12-31T23:59:59Z"},
    {"leap day",         1709164800,            "2024-02-29T00:00:00Z"},
    {"after 2038",       4102444800,            "2100-01-01T00:00:00Z"},
    {"last of four",     INT64_C(253402300799), "9999-12-31T23:59:59Z"},
    {"five digit year",  INT64_C(253402300800), NULL                  },
    {"beyond any year",  INT64_MAX,             NULL                  },
    {"before year zero", INT64_C(-62167219201), NULL                  },
};

static void
iso_form(void **state)
{
    char out[21];

    (void)state;
    EACH(c, iso_cases)
    same(c->name, clock_iso(c->t, out), c->want);
}

static const struct freeze_case {
    const char *name, *now;
    int want;
} freeze_cases[] = {
    {"a moment",        "2026-11-24T05:00:00Z",      0 },
    {"leap day",        "2028-02-29T23:59:59Z",      0 },
    {"the epoch",       "1970-01-01T00:00:00Z",      0 },
    {"last second",     "1969-12-31T23:59:59Z",      0 },
    {"no such day",     "2026-02-29T05:00:00Z",      -1},
    {"month 13",        "2026-13-01T05:00:00Z",      -1},
    {"hour 24",         "2026-11-24T24:00:00Z",      -1},
    {"second 60",       "2026-11-24T05:00:60Z",      -1},
    {"no Z",            "2026-11-24T05:00:00",       -1},
    {"small z",         "2026-11-24T05:00:00z",      -1},
    {"blank for T",     "2026-11-24 05:00:00Z",      -1},
    {"offset",          "2026-11-24T05:00:00+08:00", -1},
    {"sign in a field", "2026-11-24T05:00:-1Z",      -1},
    {"words",           "tomorrow, at 5 o'clk",      -1},
};

static void
freezing(void **state)
{
    char out[21];

    (void)state;
    EACH(c, freeze_cases)
    {
        setenv("LANDPORT_NOW", c->now, 1);
        if (clock_freeze() != c->want)
            fail_msg("%s: want %d", c->name, c->want);
        if (c->want == 0)
            same(c->name, clock_iso(clock_now(), out), c->now);
        else
            assert_true(llabs((long long)(clock_now() - time(NULL))) <= 1);
    }
    unsetenv("LANDPORT_NOW");
    assert_int_equal(clock_freeze(), 0);
    assert_true(llabs((long long)(clock_now() - time(NULL))) <= 1);
}

static void
monotonic_never_goes_back(void **state)
{
    int64_t last = clock_ms();

    (void)state;
    assert_true(last > 0);
    for (int i = 0; i < 1000; i++) {
        int64_t now = clock_ms();
        assert_true(now >= last);
        last = now;
    }
}

static const struct local_case {
    const char *name, *utc, *zone, *want;
} local_cases[] = {
    {"Shanghai morning",   "2026-11-24T05:00:00Z", SHANGHAI,         "20261124130000"},
    {"Shanghai next day",  "2026-11-24T16:00:00Z", SHANGHAI,         "20261125000000"},
    {"Shanghai new year",  "2026-12-31T15:59:59Z", SHANGHAI,         "20261231235959"},
    {"Shanghai summer 88", "1988-07-01T00:00:00Z", SHANGHAI,         "19880701090000"},
    {"far future",         "2090-01-01T00:00:00Z", SHANGHAI,         "20900101080000"},
    {"before the epoch",   "1969-12-31T12:00:00Z", SHANGHAI,         "19691231200000"},
    {"UTC",                "2026-11-24T05:00:00Z", "UTC",            "20261124050000"},
    {"half hour",          "2026-11-24T05:00:00Z", "Asia/Kolkata",   "20261124103000"},
    {"quarter hour",       "2026-11-24T05:00:00Z", "Asia/Kathmandu", "20261124104500"},
    {"before clocks jump", "2026-03-08T06:59:59Z", NEW_YORK,         "20260308015959"},
    {"after clocks jump",  "2026-03-08T07:00:00Z", NEW_YORK,         "20260308030000"},
    {"before clocks fall", "2026-11-01T05:59:59Z", NEW_YORK,         "20261101015959"},
    {"after clocks fall",  "2026-11-01T06:00:00Z", NEW_YORK,         "20261101010000"},
    {"rule of the future", "2090-07-01T00:00:00Z", NEW_YORK,         "20900630200000"},
    {"unknown zone",       "2026-11-24T05:00:00Z", "Asia/Nowhere",   NULL            },
    {"folder",             "2026-11-24T05:00:00Z", "Asia",           NULL            },
    {"rule, not a name",   "2026-11-24T05:00:00Z", "CST-8",          NULL            },
    {"no zone",            "2026-11-24T05:00:00Z", "",               NULL            },
    {"null zone",          "2026-11-24T05:00:00Z", NULL,             NULL            },
    {"way out",            "2026-11-24T05:00:00Z", "../passwd",      NULL            },
    {"absolute",           "2026-11-24T05:00:00Z", "/etc/localtime", NULL            },
};

/* Forwards and backwards, so that each row meets what the others left in the cache. */
static void
local_time(void **state)
{
    enum { N = sizeof local_cases / sizeof *local_cases };
    char out[15];

    (void)state;
    for (size_t i = 0; i < 2 * N; i++) {
        const struct local_case *c = &local_cases[i < N ? i : 2 * N - 1 - i];
        same(c->name, clock_local14(moment(c->utc), c->zone, out), c->want);
    }
}

static const struct business_case {
    const char *name, *utc, *zone;
    int cutoff;
    const char *want;
} business_cases[] = {
    {"second before",          "2026-11-23T21:59:59Z", SHANGHAI,       360,  "20261124"},
    {"exactly at cut-off",     "2026-11-23T22:00:00Z", SHANGHAI,       360,  "20261125"},
    {"afternoon",              "2026-11-24T05:00:00Z", SHANGHAI,       360,  "20261125"},
    {"just after midnight",    "2026-11-23T16:00:00Z", SHANGHAI,       360,  "20261124"},
    {"cut-off at midnight",    "2026-11-23T16:00:00Z", SHANGHAI,       0,    "20261125"},
    {"before midnight",        "2026-11-23T15:59:59Z", SHANGHAI,       0,    "20261124"},
    {"late cut-off",           "2026-11-24T15:58:59Z", SHANGHAI,       1439, "20261124"},
    {"late cut-off reached",   "2026-11-24T15:59:00Z", SHANGHAI,       1439, "20261125"},
    {"end of year",            "2026-12-31T05:00:00Z", SHANGHAI,       360,  "20270101"},
    {"leap day",               "2028-02-28T05:00:00Z", SHANGHAI,       360,  "20280229"},
    {"cut-off in the night",   "2026-11-24T16:30:00Z", SHANGHAI,       1500, "20261124"},
    {"and reached",            "2026-11-24T17:00:00Z", SHANGHAI,       1500, "20261125"},
    {"hour that is not there", "2026-03-08T06:59:59Z", NEW_YORK,       150,  "20260308"},
    {"before it is made up",   "2026-03-08T07:29:59Z", NEW_YORK,       150,  "20260308"},
    {"made up",                "2026-03-08T07:30:00Z", NEW_YORK,       150,  "20260309"},
    {"first of two hours",     "2026-11-01T05:30:00Z", NEW_YORK,       90,   "20261102"},
    {"unknown zone",           "2026-11-24T05:00:00Z", "Asia/Nowhere", 360,  NULL      },
};

static void
business_date(void **state)
{
    char out[9];

    (void)state;
    EACH(c, business_cases)
    same(c->name, clock_business_date(moment(c->utc), c->zone, c->cutoff, out), c->want);
}

static const struct moment_case {
    const char *name, *date;
    int minutes;
    const char *zone, *want;
} moment_cases[] = {
    {"midnight",               "20261124",  0,    SHANGHAI,       "2026-11-23T16:00:00Z"},
    {"cut-off",                "20261124",  360,  SHANGHAI,       "2026-11-23T22:00:00Z"},
    {"next day",               "20261124",  1500, SHANGHAI,       "2026-11-24T17:00:00Z"},
    {"leap day",               "20280229",  0,    "UTC",          "2028-02-29T00:00:00Z"},
    {"winter",                 "20260115",  360,  NEW_YORK,       "2026-01-15T11:00:00Z"},
    {"summer",                 "20260715",  360,  NEW_YORK,       "2026-07-15T10:00:00Z"},
    {"hour that is not there", "20260308",  150,  NEW_YORK,       "2026-03-08T07:30:00Z"},
    {"first of two hours",     "20261101",  90,   NEW_YORK,       "2026-11-01T05:30:00Z"},
    {"after both",             "20261101",  120,  NEW_YORK,       "2026-11-01T07:00:00Z"},
    {"no such day",            "20260229",  0,    SHANGHAI,       NULL                  },
    {"month 0",                "20260001",  0,    SHANGHAI,       NULL                  },
    {"too short",              "2026112",   0,    SHANGHAI,       NULL                  },
    {"too long",               "202611240", 0,    SHANGHAI,       NULL                  },
    {"not digits",             "2026-1-1",  0,    SHANGHAI,       NULL                  },
    {"null",                   NULL,        0,    SHANGHAI,       NULL                  },
    {"unknown zone",           "20261124",  0,    "Asia/Nowhere", NULL                  },
};

static void
local_moment(void **state)
{
    char out[21];

    (void)state;
    EACH(c, moment_cases)
    {
        time_t t = clock_local_moment(c->date, c->minutes, c->zone);
        same(c->name, t == (time_t)-1 ? NULL : clock_iso(t, out), c->want);
    }
}

/* An hour at a time over a year with both jumps: the date never goes back and its cut-off lies
 * ahead. */
static void
business_dates_follow_each_other(void **state)
{
    char date[9], last[9] = "20251231";
    time_t end = moment("2027-01-01T00:00:00Z");

    (void)state;
    for (time_t t = moment("2026-01-01T00:00:00Z"); t < end; t += 3600) {
        assert_non_null(clock_business_date(t, NEW_YORK, 150, date));
        assert_true(strcmp(date, last) >= 0);
        assert_true(clock_local_moment(date, 150, NEW_YORK) > t);
        memcpy(last, date, sizeof last);
    }
}

static const char *const tz_cases[] = {"UTC", "Europe/Paris", NULL};

static void
process_keeps_its_zone(void **state)
{
    char out[15];
    struct tm before, after;
    time_t t = moment("2026-07-01T00:00:00Z");

    (void)state;
    EACH(tz, tz_cases)
    {
        if (*tz)
            setenv("TZ", *tz, 1);
        else
            unsetenv("TZ");
        tzset();
        localtime_r(&t, &before);
        assert_non_null(clock_local14(t, "Asia/Tokyo", out));
        assert_string_equal(out + 8, "090000");
        same("TZ", getenv("TZ"), *tz);
        localtime_r(&t, &after);
        assert_int_equal(before.tm_gmtoff, after.tm_gmtoff);
        t += 24 * 60 * 60; /* a remembered day would not touch TZ at all */
    }
    setenv("TZ", "UTC", 1);
    tzset();
}

static void
dates_that_exist(void **state)
{
    static const struct {
        const char *date;
        bool exists;
    } rows[] = {
        {"20260228", true },
        {"20260229", false},
        {"20240229", true },
        {"20000229", true },
        {"19000229", false},
        {"20260431", false},
        {"20261231", true },
        {"20261232", false},
        {"20261301", false},
        {"20260001", false},
        {"20260100", false},
        {"00010101", true },
        {"00000101", false},
        {"2026 101", false},
        {"2026011x", false},
        {"-0260101", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (clock_date_exists(rows[i].date) != rows[i].exists)
            fail_msg("%s", rows[i].date);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iso_form),
        cmocka_unit_test(freezing),
        cmocka_unit_test(monotonic_never_goes_back),
        cmocka_unit_test(process_keeps_its_zone),
        cmocka_unit_test(local_time),
        cmocka_unit_test(business_date),
        cmocka_unit_test(local_moment),
        cmocka_unit_test(dates_that_exist),
        cmocka_unit_test(business_dates_follow_each_other),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
