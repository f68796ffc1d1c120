#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "formats/read/xlsx_value.h"

struct form_case {
    const char *code;
    uint8_t form;
};

/* clang-format off */
static const struct form_case form_cases[] = {
    {"General",                              FORM_NUMBER},
    {"GENERAL",                              FORM_NUMBER},
    {"G/通用格式",                           FORM_NUMBER},
    {"",                                     FORM_NUMBER},
    {"0",                                    FORM_NUMBER},
    {"00",                                   FORM_ZEROS + 2},
    {"0000000000",                           FORM_ZEROS + 10},
    {"00000000000000000000000000000000",     FORM_ZEROS + 32},
    {"000000000000000000000000000000000",    FORM_NUMBER},
    {"0.00",                                 FORM_NUMBER},
    {"#,##0.00_);[Red]\\(#,##0.00\\)",       FORM_NUMBER},
    {"0.00E+00",                             FORM_NUMBER},
    {"0.00\" days\"",                        FORM_NUMBER},
    {"0\\d",                                 FORM_NUMBER},
    {"0_d*m",                                FORM_NUMBER},
    {"[Red]0;[Magenta]-0",                   FORM_NUMBER},
    {"[$USD] 0.00",                          FORM_NUMBER},
    {"[$-804]0",                             FORM_NUMBER},
    {"0;yyyy",                               FORM_NUMBER}, /* only negative ones */
    {"@",                                    FORM_NUMBER},
    {"\"yyyy",                               FORM_NUMBER},
    {"[yyyy",                                FORM_NUMBER},
    {"\\",                                   FORM_NUMBER},
    {"yyyy\\-mm\\-dd",                       FORM_DATE},
    {"YYYY/M/D;@",                           FORM_DATE},
    {"[$-804]yyyy\"年\"m\"月\"d\"日\";@",    FORM_DATE},
    {"[DBNum1][$-804]m\"月\"",               FORM_DATE},
    {"mmm\\-yy",                             FORM_DATE},
    {"[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", FORM_DATE},
    {"yyyy\"h\"",                            FORM_DATE},
    {"[Red]yyyy",                            FORM_DATE},
    {"yyyymmddhhmmss",                       FORM_DATE_TIME},
    {"yyyy/m/d h:mm",                        FORM_DATE_TIME},
    {"m/d/yy h:mm AM/PM",                    FORM_DATE_TIME},
    {"yyyy-mm-dd\\Thh:mm:ss.000",            FORM_DATE_TIME},
    {"h:mm",                                 FORM_TIME},
    {"mm:ss.0",                              FORM_TIME},
    {"[$-F400]h:mm:ss\\ AM/PM",              FORM_TIME},
    {"上午/下午h\"时\"mm\"分\"",             FORM_TIME},
    {"h A/P",                                FORM_TIME},
    {"[h]:mm:ss",                            FORM_ELAPSED},
    {"[MM]:ss",                              FORM_ELAPSED},
    {"[Red][ss]",                            FORM_ELAPSED},
};
/* clang-format on */

static void
format_codes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof form_cases / sizeof *form_cases; i++) {
        uint8_t form = value_form(span_of(form_cases[i].code));

        if (form != form_cases[i].form)
            fail_msg("%s: is %u, must be %u", form_cases[i].code, form, form_cases[i].form);
    }
}

static void
formats_without_code(void **state)
{
    static const struct {
        uint32_t id;
        uint8_t form;
    } rows[] = {
        {0,     FORM_NUMBER   },
        {13,    FORM_NUMBER   },
        {14,    FORM_DATE     },
        {17,    FORM_DATE     },
        {18,    FORM_TIME     },
        {21,    FORM_TIME     },
        {22,    FORM_DATE_TIME},
        {23,    FORM_NUMBER   },
        {27,    FORM_DATE     },
        {31,    FORM_DATE     },
        {33,    FORM_TIME     },
        {36,    FORM_DATE     },
        {37,    FORM_NUMBER   },
        {45,    FORM_TIME     },
        {46,    FORM_ELAPSED  },
        {47,    FORM_TIME     },
        {48,    FORM_NUMBER   },
        {49,    FORM_NUMBER   },
        {50,    FORM_DATE     },
        {55,    FORM_TIME     },
        {58,    FORM_DATE     },
        {59,    FORM_NUMBER   },
        {65535, FORM_NUMBER   },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(value_form_builtin(rows[i].id), rows[i].form);
}

struct number_case {
    const char *raw;
    uint8_t form;
    bool from_1904;
    err_code_t code;
    const char *want;
};

#define N FORM_NUMBER
#define D FORM_DATE
#define T FORM_TIME
#define M FORM_DATE_TIME
#define Z FORM_ZEROS

/* clang-format off */
static const struct number_case number_cases[] = {
    {"0",                        N,     false, ERR_NONE, "0"},
    {"-0",                       N,     false, ERR_NONE, "0"},
    {"0.000",                    N,     false, ERR_NONE, "0"},
    {"0E+99",                    N,     false, ERR_NONE, "0"},
    {"7",                        N,     false, ERR_NONE, "7"},
    {"  12.50\n",                N,     false, ERR_NONE, "12.5"},
    {"+007",                     N,     false, ERR_NONE, "7"},
    {"-3.10",                    N,     false, ERR_NONE, "-3.1"},
    {".5",                       N,     false, ERR_NONE, "0.5"},
    {"5.",                       N,     false, ERR_NONE, "5"},
    {"1200",                     N,     false, ERR_NONE, "1200"},
    {"1.2E3",                    N,     false, ERR_NONE, "1200"},
    {"1.2345e2",                 N,     false, ERR_NONE, "123.45"},
    {"1E-3",                     N,     false, ERR_NONE, "0.001"},
    {"1.5E-07",                  N,     false, ERR_NONE, "0.00000015"},
    {"123456789012",             N,     false, ERR_NONE, "123456789012"},
    {"1.23456789012E+11",        N,     false, ERR_NONE, "123456789012"},
    {"123456789012345",          N,     false, ERR_NONE, "123456789012345"},
    {"999999999999999",          N,     false, ERR_NONE, "999999999999999"},
    /* 17 digits that stand for what a person typed, and the noise of arithmetic */
    {"94.357609999999994",       N,     false, ERR_NONE, "94.35761"},
    {"94.35760999999999",        N,     false, ERR_NONE, "94.35761"},
    {"0.10000000000000001",      N,     false, ERR_NONE, "0.1"},
    {"0.30000000000000004",      N,     false, ERR_NONE, "0.3"},
    {"0.99999999999999989",      N,     false, ERR_NONE, "1"},
    {"1234567.8900000001",       N,     false, ERR_NONE, "1234567.89"},
    {"0.33333333333333331",      N,     false, ERR_NONE, "0.333333333333333"},
    {"12345678901.230001",       N,     false, ERR_NONE, "12345678901.23"},
    /* digits that may have been meant and that a double does not keep */
    {"12345678901234.562",       N,     false, ERR_CELL_NUMBER, "12345678901234.562"},
    {"1000000000000000",         N,     false, ERR_CELL_NUMBER, "1000000000000000"},
    {"999999999999999.99",       N,     false, ERR_CELL_NUMBER, "999999999999999.99"},
    {"1234567890123456",         N,     false, ERR_CELL_NUMBER, "1234567890123456"},
    {"123456789012345670",       N,     false, ERR_CELL_NUMBER, "123456789012345670"},
    {"1.23E+17",                 N,     false, ERR_CELL_NUMBER, "1.23E+17"},
    {"-1.23456789012345E+17",    N,     false, ERR_CELL_NUMBER, "-1.23456789012345E+17"},
    {"1E+999",                   N,     false, ERR_CELL_NUMBER, "1E+999"},
    {"1.23E+17",                 Z + 4, false, ERR_CELL_NUMBER, "1.23E+17"},
    /* no numbers */
    {"",                         N,     false, ERR_NOT_NUMBER, ""},
    {"-",                        N,     false, ERR_NOT_NUMBER, "-"},
    {".",                        N,     false, ERR_NOT_NUMBER, "."},
    {"1.2.3",                    N,     false, ERR_NOT_NUMBER, "1.2.3"},
    {"1e",                       N,     false, ERR_NOT_NUMBER, "1e"},
    {"1e+",                      N,     false, ERR_NOT_NUMBER, "1e+"},
    {"0x10",                     N,     false, ERR_NOT_NUMBER, "0x10"},
    {"INF",                      N,     false, ERR_NOT_NUMBER, "INF"},
    {"NaN",                      D,     false, ERR_NOT_NUMBER, "NaN"},
    {"1,5",                      N,     false, ERR_NOT_NUMBER, "1,5"},
    {"00000000000000000000000000000000000000000000000000000000000000001", N, false, ERR_NOT_NUMBER,
     "00000000000000000000000000000000000000000000000000000000000000001"},
    /* codes */
    {"42",                       Z + 5, false, ERR_NONE, "00042"},
    {"0",                        Z + 3, false, ERR_NONE, "000"},
    {"123456",                   Z + 4, false, ERR_NONE, "123456"},
    {"120",                      Z + 4, false, ERR_NONE, "0120"},
    {"1.5",                      Z + 4, false, ERR_NONE, "1.5"},
    {"0.5",                      Z + 4, false, ERR_NONE, "0.5"},
    /* moments */
    {"1",                        D,     false, ERR_NONE, "19000101"},
    {"59",                       D,     false, ERR_NONE, "19000228"},
    {"60",                       D,     false, ERR_DATE, "60"},
    {"61",                       D,     false, ERR_NONE, "19000301"},
    {"25569",                    D,     false, ERR_NONE, "19700101"},
    {"36585",                    D,     false, ERR_NONE, "20000229"},
    {"46350",                    D,     false, ERR_NONE, "20261124"},
    {"4.6350E4",                 D,     false, ERR_NONE, "20261124"},
    {"46350.99",                 D,     false, ERR_NONE, "20261124"},
    {"46350.9999999999",         D,     false, ERR_NONE, "20261125"},
    {"2958465",                  D,     false, ERR_NONE, "99991231"},
    {"2958466",                  D,     false, ERR_DATE, "2958466"},
    {"2958465.9999999999",       D,     false, ERR_DATE, "2958465.9999999999"},
    {"1e300",                    D,     false, ERR_DATE, "1e300"},
    {"-1",                       D,     false, ERR_DATE, "-1"},
    {"0",                        D,     false, ERR_DATE, "0"},
    {"0.5",                      M,     false, ERR_DATE, "0.5"},
    {"20261124",                 D,     false, ERR_DATE, "20261124"},
    {"0",                        D,     true,  ERR_NONE, "19040101"},
    {"0.5",                      M,     true,  ERR_NONE, "19040101120000"},
    {"44888",                    D,     true,  ERR_NONE, "20261124"},
    {"2957003",                  D,     true,  ERR_NONE, "99991231"},
    {"2957004",                  D,     true,  ERR_DATE, "2957004"},
    {"60",                       D,     true,  ERR_NONE, "19040301"},
    {"46350",                    M,     false, ERR_NONE, "20261124000000"},
    {"46350.521006944444",       M,     false, ERR_NONE, "20261124123015"},
    {"46350.5210069444",         M,     false, ERR_NONE, "20261124123015"},
    {"46350.52101388",           M,     false, ERR_NONE, "20261124123015"}, /* 15.6 s */
    {"46350.9999884259",         M,     false, ERR_NONE, "20261124235959"},
    {"0",                        T,     false, ERR_NONE, "000000"},
    {"0.75",                     T,     false, ERR_NONE, "180000"},
    {"46350.75",                 T,     false, ERR_NONE, "20261124180000"},
    {"0.5",                      FORM_ELAPSED, false, ERR_DATE, "0.5"},
};
/* clang-format on */

static void
numbers_and_moments(void **state)
{
    struct buf out = {0};

    (void)state;
    for (size_t i = 0; i < sizeof number_cases / sizeof *number_cases; i++) {
        const struct number_case *c = &number_cases[i];
        const char *want = NULL;
        err_code_t code;

        out.n = 0;
        buf_str(&out, "|");
        code = value_number(span_of(c->raw), c->form, c->from_1904, &out, &want);
        buf_put(&out, "", 1);
        if (code != c->code || strcmp(out.p + 1, c->want) != 0)
            fail_msg("%s: code %d, '%s', must be %d, '%s'", c->raw, (int)code, out.p + 1,
                     (int)c->code, c->want);
        assert_true(code == ERR_NONE || want);
    }
    buf_free(&out);
}

static void
moments_in_words(void **state)
{
    static const struct number_case cases[] = {
        {"2026-11-24",               N, false, ERR_NONE, "20261124"           },
        {" 2026-11-24 ",             D, false, ERR_NONE, "20261124"           },
        {"2026-11-24",               M, false, ERR_NONE, "20261124000000"     },
        {"2026-11-24T12:30:15",      D, false, ERR_NONE, "20261124"           },
        {"2026-11-24T12:30:15.999Z", N, false, ERR_NONE, "20261124123015"     },
        {"2024-02-29",               D, false, ERR_NONE, "20240229"           },
        {"2000-02-29",               D, false, ERR_NONE, "20000229"           },
        {"2026-02-29",               D, false, ERR_DATE, "2026-02-29"         },
        {"1900-02-29",               D, false, ERR_DATE, "1900-02-29"         },
        {"2026-13-01",               D, false, ERR_DATE, "2026-13-01"         },
        {"2026-00-01",               D, false, ERR_DATE, "2026-00-01"         },
        {"2026/11/24",               D, false, ERR_DATE, "2026/11/24"         },
        {"2026-11-24T24:00:00",      M, false, ERR_DATE, "2026-11-24T24:00:00"},
        {"2026-11-24T12:30",         M, false, ERR_DATE, "2026-11-24T12:30"   },
        {"2026-11-24T",              M, false, ERR_DATE, "2026-11-24T"        },
        {"2026-11",                  D, false, ERR_DATE, "2026-11"            },
        {"12:30:15",                 T, false, ERR_DATE, "12:30:15"           },
        {"",                         D, false, ERR_DATE, ""                   },
    };
    struct buf out = {0};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *want;
        err_code_t code;

        out.n = 0;
        code = value_iso(span_of(cases[i].raw), cases[i].form, &out, &want);
        buf_put(&out, "", 1);
        if (code != cases[i].code || strcmp(out.p, cases[i].want) != 0)
            fail_msg("%s: code %d, '%s'", cases[i].raw, (int)code, out.p);
    }
    buf_free(&out);
}

static void
escaped_characters(void **state)
{
    static const char *const cases[][2] = {
        {"",                       ""                      },
        {"plain",                  "plain"                 },
        {"a_x000D_b",              "a\rb"                  },
        {"_x4E2D__x00e9_",         "中é"                 },
        {"_x005F_x000D_",          "_x000D_"               },
        {"__x0041__",              "_A_"                   },
        {"_x000_ _x000G_ _X0041_", "_x000_ _x000G_ _X0041_"},
        {"_x0000__xD83D__xDFFF_",  "_x0000__xD83D__xDFFF_" },
        {"_x0041",                 "_x0041"                },
        {"x_",                     "x_"                    },
    };
    struct buf b = {0};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        b.n = 0;
        buf_str(&b, "_x0042_"); /* what lies before is left alone */
        buf_str(&b, cases[i][0]);
        value_unescape(&b, 7);
        buf_put(&b, "", 1);
        assert_memory_equal(b.p, "_x0042_", 7);
        assert_string_equal(b.p + 7, cases[i][1]);
    }
    buf_free(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(format_codes),        cmocka_unit_test(formats_without_code),
        cmocka_unit_test(numbers_and_moments), cmocka_unit_test(moments_in_words),
        cmocka_unit_test(escaped_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
