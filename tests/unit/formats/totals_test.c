#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "formats/read/totals.h"

#define HASH  "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define OTHER "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"
#define FILE  "PAYMENT_1.csv"

/* want NULL: it is refused, and the text holds `why`. */
static const struct text_case {
    const char *name, *text, *want, *why;
} text_cases[] = {
    {"nothing",             "",                                      "",                                   NULL                        },
    {"sha256sum",           HASH "  " FILE "\n",                     "sha256=" HASH,                       NULL                        },
    {"binary mode",         HASH " *" FILE "\r\n",                   "sha256=" HASH,                       NULL                        },
    {"hash alone",          "\xEF\xBB\xBF" HASH,                     "sha256=" HASH,                       NULL                        },
    {"another folder",      HASH "  /tmp/out/" FILE "\n",            "sha256=" HASH,                       NULL                        },
    {"another name, alone", HASH "  export.csv\n",                   "sha256=" HASH,                       NULL                        },
    {"ours of two",         OTHER "  a.csv\n" HASH "  " FILE "\n",   "sha256=" HASH,                       NULL                        },
    {"none of two",         OTHER "  a.csv\n" HASH "  b.csv\n",      NULL,                                 "2 sums, none of them"      },
    {"tag",                 "SHA256 (" FILE ") = " HASH "\n",        "sha256=" HASH,                       NULL                        },
    {"openssl",             "SHA2-256(" FILE ")= " HASH "\n",        "sha256=" HASH,                       NULL                        },
    {"keys",                "rows=120\namount=35000.00\n",           "rows=120 amount=35000",              NULL                        },
    {"one line",            "rows=120 amount=1.5",                   "rows=120 amount=1.5",                NULL                        },
    {"commas between",      "rows=120, amount=1.5,amount.142=0.5",   "rows=120 amount=1.5 amount.142=0.5",
     NULL                                                                                                                              },
    {"blanks and capitals", "  ROWS = 120 ;\r\n\r\n\tAmount : 7\r",  "rows=120 amount=7",                  NULL                        },
    {"full width",          "ｒｏｗｓ＝１２０",              "rows=120",                           NULL                        },
    {"separators",          "rows=1,200 amount=1,234,567.80",        "rows=1200 amount=1234567.8",         NULL                        },
    {"quotes",              "rows=\"120\"",                          "rows=120",                           NULL                        },
    {"comment",             "# night of 20260302\nrows=1",           "rows=1",                             NULL                        },
    {"both",                HASH "  " FILE "\nrows=2\nSHA256=" HASH, "sha256=" HASH " rows=2",             NULL                        },
    {"UTF-16",
     "\xFF\xFEr\0o\0w\0s\0=\0"
     "7\0",                                                          "rows=7",                             NULL                        },
    {"dust of a float",     "amount=35000.000000000007",             "amount=35000",                       NULL                        },
    {"less than one",       "amount=-0.05",                          "amount=-0.05",                       NULL                        },
    {"nothing is zero",     "rows=0 amount=0.00",                    "rows=0 amount=0",                    NULL                        },
    {"said twice alike",    "rows=2\nrows=2",                        "rows=2",                             NULL                        },
    {"said twice",          "rows=2\nrows=3",                        NULL,                                 "line 2: rows is said"      },
    {"two amounts",         "amount=2 amount=3",                     NULL,                                 "amount is said"            },
    {"unknown key",         "rows=2\nrow=3",                         NULL,                                 "line 2: 'row' is not"      },
    {"no key",              "120",                                   NULL,                                 "'120' is not"              },
    {"no value",            "rows=",                                 NULL,                                 "rows '' is not a number"   },
    {"half a row",          "rows=1.5",                              NULL,                                 "rows is not a whole number"},
    {"less than no rows",   "rows=-1",                               NULL,                                 "rows is not a whole number"},
    {"wrong groups",        "amount=1,23.00",                        NULL,                                 "is not a number"           },
    {"decimal comma",       "amount=12,5",                           NULL,                                 "is not a number"           },
    {"too many digits",     "amount=123456789012345678901",          NULL,                                 "is not a number"           },
    {"short hash",          "sha256=9f86d081",                       NULL,                                 "not 64 hexadecimal digits" },
    {"currency with signs", "amount.1\"2=1",                         NULL,                                 "is of no currency"         },
    {"currency too long",   "amount.renminbi=1",                     NULL,                                 "is of no currency"         },
};

/* UTF-16 has NUL bytes in it. */
static struct span
text_span(const struct text_case *t)
{
    return strcmp(t->name, "UTF-16") ? span_of(t->text) : (struct span){t->text, 14};
}

static void
texts_are_read_as_partners_write_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof text_cases / sizeof *text_cases; i++) {
        const struct text_case *t = &text_cases[i];
        struct totals said = {.has_rows = false};
        struct err e = {0};
        char text[TOTALS_TEXT];
        rc_t rc = totals_read(&said, text_span(t), FILE, &e);

        print_message("%s\n", t->name);
        assert_int_equal(rc, t->want ? RC_OK : RC_REJECT);
        if (t->want) {
            assert_string_equal(totals_text(&said, text), t->want);
            assert_int_equal(totals_any(&said), *t->want != '\0');
        } else {
            assert_int_equal(e.code, ERR_TOTALS_TEXT);
            assert_non_null(strstr(e.text, t->why));
        }
    }
}

/* What is written is read again as the same. */
static void
text_survives_the_way_back(void **state)
{
    static const char text[] =
        "sha256=" HASH " rows=120 amount=12.05 amount.142=12 amount.502=0.05";
    struct totals said = {.has_rows = false};
    char out[TOTALS_TEXT];

    (void)state;
    assert_int_equal(totals_read(&said, span_of(text), "", NULL), RC_OK);
    assert_string_equal(totals_text(&said, out), text);
}

static struct tally
counted(void)
{
    struct tally t = {0};

    tally_row(&t, SPAN("10.10"), SPAN("142"));
    tally_row(&t, SPAN("0.20"), SPAN("142"));
    tally_row(&t, SPAN("5"), SPAN("502"));
    return t;
}

static const struct agree_case {
    const char *name, *said, *seen, *want; /* seen "": they agree */
} agree_cases[] = {
    {"nothing said",     "",                                                    "",                   ""                  },
    {"all right",        "rows=3 amount=15.30 amount.142=10.3 amount.502=5.00", "",                   ""                  },
    {"a row is missing", "rows=4",                                              "rows=3",             "rows=4"            },
    {"an amount",        "rows=3 amount=15.31",                                 "amount=15.3",        "amount=15.31"      },
    {"of one currency",  "amount=15.3 amount.142=10",                           "amount.142=10.3",    "amount.142=10"     },
    {"no such currency", "amount.110=1",                                        "amount.110=0",       "amount.110=1"      },
    {"both",             "rows=2 amount=15.1",                                  "rows=3 amount=15.3", "rows=2 amount=15.1"},
};

static void
what_differs_is_told(void **state)
{
    const struct tally t = counted();

    (void)state;
    for (size_t i = 0; i < sizeof agree_cases / sizeof *agree_cases; i++) {
        const struct agree_case *c = &agree_cases[i];
        struct totals said = {.has_rows = false};
        char seen[TOTALS_TEXT], want[TOTALS_TEXT];

        print_message("%s\n", c->name);
        assert_int_equal(totals_read(&said, span_of(c->said), "", NULL), RC_OK);
        assert_int_equal(totals_agree(&said, &t, seen, want), *c->seen == '\0');
        assert_string_equal(seen, c->seen);
        assert_string_equal(want, c->want);
    }
}

/* A row whose amount is refused itself leaves only the rows to compare. */
static void
an_unread_amount_is_not_compared(void **state)
{
    struct tally t = counted();
    struct totals said = {.has_rows = false};
    char seen[TOTALS_TEXT], want[TOTALS_TEXT], text[TOTALS_TEXT];

    (void)state;
    tally_row(&t, (struct span){NULL, 0}, SPAN("142"));
    tally_row(&t, SPAN("7"), SPAN("a currency of that name"));
    assert_string_equal(tally_text(&t, text), "rows=5 amount=15.3 amount.142=10.3 amount.502=5");
    assert_int_equal(totals_read(&said, SPAN("rows=5 amount=99"), "", NULL), RC_OK);
    assert_true(totals_agree(&said, &t, seen, want));
    assert_int_equal(totals_read(&said, SPAN("amount.142=1"), "", NULL), RC_OK);
    assert_true(totals_agree(&said, &t, seen, want));
}

static void
more_currencies_than_there_is_room_for(void **state)
{
    struct tally t = {0};
    char currency[8];

    (void)state;
    for (int i = 0; i < TOTALS_CURRENCIES + 1; i++) {
        snprintf(currency, sizeof currency, "%03d", i);
        tally_row(&t, SPAN("1"), span_of(currency));
    }
    assert_int_equal(t.count, TOTALS_CURRENCIES);
    assert_int_equal(t.rows, TOTALS_CURRENCIES + 1);
    assert_int_equal(t.unread, 1);
}

static const char *const marks[] = {"#TOTAL", "合计", NULL};

static struct plan
plan_with_marks(void)
{
    static struct plan_node amount;

    return (struct plan){.trailers = (const char **)(uintptr_t)marks, .amount = &amount};
}

/* Five columns, the amount in the fourth. */
static const struct trailer_case {
    const char *name, *cells[6], *want; /* NULL: no trailer */
} trailer_cases[] = {
    {"a row of data",           {"1", "x", "y", "2.00", "z", NULL},            NULL                 },
    {"in the second column",    {"", "合计", "3", "2.00", "", NULL},         "amount=2"           },
    {"there, in order",         {"", "", "#TOTAL", "3", "2.00", NULL},         "amount=3"           },
    {"empty",                   {"", NULL},                                    NULL                 },
    {"a longer word",           {"合计金额", NULL},                        NULL                 },
    {"the mark alone",          {"#total", NULL},                              ""                   },
    {"below the column",        {"合计", "", "", "2.00", "", NULL},          "amount=2"           },
    {"other sums beside it",    {"合计：", "7", "", "2.00", "9", NULL},     "amount=2"           },
    {"in order",                {"#TOTAL", "3", "2.00", NULL},                 "rows=3 amount=2"    },
    {"in order, padded",        {"#TOTAL", "3", "2.00", "", "", NULL},         "rows=3 amount=2"    },
    {"pairs in cells",          {"合计", "rows=3", "amount.142=2", NULL},    "rows=3 amount.142=2"},
    {"pairs in one cell",       {"#TOTAL rows=3 amount=2", NULL},              "rows=3 amount=2"    },
    {"pairs without a mark",    {"ROWS = 3", "amount=1,000.00", NULL},         "rows=3 amount=1000" },
    {"a remark in a cell",      {"合计", "rows=3", "制表：张三", NULL}, "rows=3"             },
    {"words in order",          {"#TOTAL", "three", "2.00", NULL},             ""                   },
    {"a number nobody reads",   {"#TOTAL", "rows=three", NULL},                "!"                  },
    {"below it, unreadable",    {"#TOTAL", "", "", "2,0", "", NULL},           "!"                  },
    {"a word for any sum",      {"合计", NULL},                              NULL                 },
    {"with a remark",           {"合计：4单", "", "", "", "", NULL},       NULL                 },
    {"a sum of another column", {"合计", "", "12.50", "", "", NULL},         NULL                 },
    {"beside the word",         {"合计", "12.50", NULL},                     NULL                 },
    {"a count alone",           {"合计", "3", "", "", "", NULL},             NULL                 },
    {"more than two",           {"合计", "3", "2.00", "1.00", NULL},         NULL                 },
    {"no rows",                 {"合计", "3.50", "2.00", NULL},              NULL                 },
    {"below the column, odd",   {"合计", "", "", "￥2.00", "", NULL},       NULL                 },
    {"the word, in order",      {"合计：", "3", "2.00", NULL},              "rows=3 amount=2"    },
    {"the same, padded",        {"合计", "3", "2.00", "", "", NULL},         "rows=3 amount=2"    },
    {"the word, unreadable",    {"合计", "rows=three", NULL},                "!"                  },
};

static void
trailers_are_known_and_read(void **state)
{
    const struct plan plan = plan_with_marks();
    const struct totals_check check = {.plan = &plan, .width = 5, .amount_column = 3};

    (void)state;
    for (size_t i = 0; i < sizeof trailer_cases / sizeof *trailer_cases; i++) {
        const struct trailer_case *t = &trailer_cases[i];
        struct span cells[6];
        struct totals said = {.has_rows = false};
        char text[TOTALS_TEXT];
        uint32_t n = 0;
        rc_t rc;

        print_message("%s\n", t->name);
        for (; t->cells[n]; n++)
            cells[n] = span_of(t->cells[n]);
        assert_int_equal(totals_is_trailer(&check, cells, n), t->want != NULL);
        if (!t->want)
            continue;
        rc = totals_trailer(&said, &plan, cells, n, 5, 3, NULL);
        assert_int_equal(rc, *t->want == '!' ? RC_REJECT : RC_OK);
        if (rc == RC_OK)
            assert_string_equal(totals_text(&said, text), t->want);
    }
}

/* Where the columns behind the word hold numbers themselves, numbers there are their sums. */
static void
sums_of_columns_are_no_totals(void **state)
{
    static const int columns[] = {0, 1, 2};
    const struct plan_type text = {.base = PLAN_STRING}, number = {.base = PLAN_DECIMAL};
    const struct span cells[] = {SPAN("合计"), SPAN("3"), SPAN("2.00")};
    struct plan_node fields[3] = {{.type = &text}, {.type = &text}, {.type = &number}};
    struct plan_node *children[] = {&fields[0], &fields[1], &fields[2]};
    struct plan_node root = {.children = children, .child_count = 3};
    struct plan plan = plan_with_marks();
    const struct totals_check check = {
        .plan = &plan, .columns = columns, .width = 3, .amount_column = -1};

    (void)state;
    plan.root = &root;
    assert_true(totals_is_trailer(&check, cells, 3));
    fields[1].type = &number;
    assert_false(totals_is_trailer(&check, cells, 3));
}

static void
rows_that_are_none(void **state)
{
    static const struct {
        const char *cells[6];
        bool footer;
    } rows[] = {
        {{"制表人：李", "审核：王", "", "", ""},    true },
        {{"", "打印时间：2026-11-30"},                  true },
        {{"小计", "", "", "25.00"},                        true },
        {{"共 12 条"},                                     true },
        {{"-- end --"},                                      true },
        {{"Printed: today", "", "", "", ""},                 true },
        {{"P1", "LY1", "12.50", "142", ""},                  false},
        {{"小计有限公司", "LY1", "12.50", "142", "x"}, false},
        {{"12:30", "", "", "", ""},                          false},
        {{"第一批", "", "", "", ""},                      false},
        {{"P1", "", "", "", ""},                             false},
        {{"", "", "", "", ""},                               false},
        {{"合计", "", "2", "12.50", "￥142", "9.00"},     true },
        {{"", "合　计", "2", "3单", "-", "9.00"},        true },
        {{"本页小计：", "2", "3", "", "4", "5"},        true },
        {{"Grand total (CNY)", "2", "3", "", "4", "5"},      true },
        {{"sum", "2", "3", "", "4", "5"},                    true },
        {{"合计", "2", "3", "1", "4", "5"},                false},
        {{"合计贸易", "2", "3", "", "4", "5"},           false},
        {{"Summer", "2", "3", "", "4", "5"},                 false},
        {{"total-1", "2", "3", "", "4", "5"},                false},
        {{"合计", "LY1Account", "3", "", "4", "5"},        false},
    };
    static const int columns[] = {0, 1, 2, 3, 4, 5};
    struct plan_node fields[6] = {{.min = 1}, {.min = 1}, {.min = 1},
                                  {.min = 1}, {.min = 1}, {.min = 1}};
    struct plan_node *children[] = {&fields[0], &fields[1], &fields[2],
                                    &fields[3], &fields[4], &fields[5]};
    struct plan_node root = {.children = children, .child_count = 6};
    const struct plan plan = {.root = &root};
    const struct totals_check check = {.plan = &plan, .columns = columns};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct span cells[6];
        uint32_t n = 0;

        for (; n < 6 && rows[i].cells[n]; n++)
            cells[n] = span_of(rows[i].cells[n]);
        if (totals_is_footer(&check, cells, n) != rows[i].footer)
            fail_msg("row %zu: %s", i, rows[i].cells[0]);
    }
}

/* Rows r, trailers "t…", the end of a sheet |. */
static const struct walk_case {
    const char *name, *walk, *said;
    bool required;
    err_code_t fault;
    const char *seen;
} walk_cases[] = {
    {"no totals",               "rrr",      NULL,     false, 0,               ""      },
    {"none where some must be", "rrr",      NULL,     true,  ERR_TOTALS_NONE, ""      },
    {"empty words",             "rrr",      "",       true,  ERR_TOTALS_NONE, ""      },
    {"a .sum",                  "rrr",      "rows=3", true,  0,               ""      },
    {"a wrong .sum",            "rrr",      "rows=4", false, ERR_TOTALS,      "rows=3"},
    {"a trailer",               "rrr3",     NULL,     true,  0,               ""      },
    {"a wrong trailer",         "rr3",      NULL,     false, ERR_TOTALS,      "rows=2"},
    {"both, one wrong",         "rr2",      "rows=3", false, ERR_TOTALS,      "rows=2"},
    {"rows after it",           "rr2r",     NULL,     false, ERR_TRAILER,     "line 3"},
    {"two trailers",            "rr22",     NULL,     false, 0,               ""      },
    {"two that differ",         "rr23",     NULL,     false, ERR_TOTALS_TEXT, NULL    },
    {"one a sheet",             "rr2|rrr3", "rows=5", true,  0,               ""      },
    {"one sheet without",       "rr2|rrr",  NULL,     true,  ERR_TOTALS_NONE, ""      },
    {"a wrong one in a sheet",  "rr2|rrr2", NULL,     false, ERR_TOTALS,      "rows=3"},
    {"a sheet without rows",    "rr2|",     NULL,     true,  0,               ""      },
};

static void
walk(struct totals_check *c, const char *steps)
{
    uint64_t line = 0;

    for (const char *p = steps; *p; p++) {
        char rows[] = {'r', 'o', 'w', 's', '=', *p, '\0'};
        struct span cells[] = {SPAN("合计"), span_of(rows)};

        line++;
        if (*p == 'r')
            totals_check_row(c, SPAN("1"), SPAN("142"));
        else if (*p == '|')
            totals_check_part(c);
        else
            totals_check_trailer(c, line, cells, 2);
    }
    totals_check_end(c);
}

static void
a_file_is_compared_as_it_ends(void **state)
{
    const struct plan plan = plan_with_marks();

    (void)state;
    for (size_t i = 0; i < sizeof walk_cases / sizeof *walk_cases; i++) {
        const struct walk_case *w = &walk_cases[i];
        struct totals said = {.has_rows = false};
        struct totals_check c = {
            .plan = &plan, .required = w->required, .width = 5, .amount_column = 3};

        print_message("%s\n", w->name);
        if (w->said) {
            assert_int_equal(totals_read(&said, span_of(w->said), "", NULL), RC_OK);
            c.said = &said;
        }
        walk(&c, w->walk);
        assert_int_equal(c.fault, w->fault);
        if (w->seen)
            assert_string_equal(c.seen, w->seen);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_read_as_partners_write_them),
        cmocka_unit_test(text_survives_the_way_back),
        cmocka_unit_test(what_differs_is_told),
        cmocka_unit_test(an_unread_amount_is_not_compared),
        cmocka_unit_test(more_currencies_than_there_is_room_for),
        cmocka_unit_test(trailers_are_known_and_read),
        cmocka_unit_test(sums_of_columns_are_no_totals),
        cmocka_unit_test(rows_that_are_none),
        cmocka_unit_test(a_file_is_compared_as_it_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
