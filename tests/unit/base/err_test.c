#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/span.h"

static void
set_fills_and_returns(void **state)
{
    struct err e;

    (void)state;
    assert_int_equal(err_set(&e, RC_REJECT, ERR_DATE, "%s:%d: seen %s", "a.csv", 7, "x"),
                     RC_REJECT);
    assert_int_equal(e.rc, RC_REJECT);
    assert_int_equal(e.code, ERR_DATE);
    assert_string_equal(e.text, "a.csv:7: seen x");
    assert_int_equal(err_set(NULL, RC_RETRY, ERR_SFTP_AWAY, "%d", 1), RC_RETRY);
}

static const struct line_case {
    const char *name, *text, *want;
} line_cases[] = {
    {"plain",            "no such table",            "no such table"           },
    {"empty",            "",                         ""                        },
    {"libpq's line end", "ERROR: x\nDETAIL: y\n",    "ERROR: x DETAIL: y"      },
    {"escape sequence",  "a\033[31mb",               "a?[31mb"                 },
    {"Chinese",          "第 3 行：金额不符", "第 3 行：金额不符"},
    {"bad bytes",        "a\xff\xc3",                "a??"                     },
};

static void
text_is_one_clean_line(void **state)
{
    struct err e;

    (void)state;
    for (size_t i = 0; i < sizeof line_cases / sizeof *line_cases; i++) {
        err_set(&e, RC_FAIL, ERR_SYSTEM, "%s", line_cases[i].text);
        if (strcmp(e.text, line_cases[i].want) != 0)
            fail_msg("%s: got \"%s\"", line_cases[i].name, e.text);
    }
}

static void
long_text_is_cut_between_characters(void **state)
{
    struct err e;
    char text[3001];

    (void)state;
    for (size_t lead = 0; lead < 4; lead++) {
        memset(text, 'x', lead);
        text[lead] = '\0';
        while (strlen(text) + 3 < sizeof text)
            strcat(text, "中");
        err_set(&e, RC_FAIL, ERR_SYSTEM, "%s", text);
        assert_true(strlen(e.text) < sizeof e.text && strlen(e.text) > sizeof e.text - 8);
        assert_int_equal(span_valid_utf8(span_of(e.text)), strlen(e.text));
        assert_string_equal(e.text + strlen(e.text) - 3, "…");
    }
}

static void
prefix_keeps_cause(void **state)
{
    struct err e;

    (void)state;
    err_set(&e, RC_RETRY, ERR_DATABASE_AWAY, "refused");
    assert_int_equal(err_prefix(&e, "batch %s", "B7"), RC_RETRY);
    assert_int_equal(e.code, ERR_DATABASE_AWAY);
    assert_string_equal(e.text, "batch B7: refused");
    err_set(&e, RC_FAIL, ERR_SYSTEM, "again: %s", e.text);
    assert_string_equal(e.text, "again: batch B7: refused");
}

static const struct code_case {
    err_code_t code;
    const char *name;
} code_cases[] = {
    {ERR_NONE,            "E0000"},
    {ERR_CONFIG,          "E1001"},
    {ERR_TOO_LONG,        "E2004"},
    {ERR_WAYBILL_SHARED,  "E5008"},
    {(err_code_t)9999999, "E9999"},
    {(err_code_t)-1,      "E7295"},
};

static void
codes_have_names(void **state)
{
    char out[8];

    (void)state;
    for (size_t i = 0; i < sizeof code_cases / sizeof *code_cases; i++)
        assert_string_equal(err_name(code_cases[i].code, out), code_cases[i].name);
}

/* Numbers rise, so that none is given twice, and every sentence stands in both languages with
 * {want} in both or in neither. */
static void
every_code_says_what_and_what_to_do(void **state)
{
    static const err_code_t codes[] = {
#define ERR(name, number, zh, en, todo_zh, todo_en) ERR_##name,
#include "base/err.def"
#undef ERR
    };

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        const struct err_text *t = err_text(codes[i]);

        assert_true(codes[i] > 1000 && codes[i] < 7000);
        assert_true(i == 0 || codes[i] > codes[i - 1]);
        assert_true(*t->zh && *t->en && *t->todo_zh && *t->todo_en);
        assert_int_equal(span_valid_utf8(span_of(t->zh)), strlen(t->zh));
        if (!strstr(t->zh, "{want}") != !strstr(t->en, "{want}"))
            fail_msg("E%d: {want} in one language only", (int)codes[i]);
        assert_null(strstr(t->todo_en, "{want}"));
    }
    assert_string_equal(err_text(ERR_TOO_LONG)->todo_en, "shorten it and upload again");
    assert_string_equal(err_text(ERR_NONE)->zh, "");
    assert_string_equal(err_text((err_code_t)4711)->todo_en, "");
}

static const struct fill_case {
    const char *name, *sentence, *want;
    size_t size;
    const char *out;
    size_t n;
} fill_cases[] = {
    {"middle",             "at most {want} digits", "19",      64, "at most 19 digits", 17},
    {"nothing to fill",    "not a date",            "19",      64, "not a date",        10},
    {"twice",              "{want}{want}",          "ab",      64, "abab",              4 },
    {"no value",           "is {want}!",            NULL,      64, "is !",              4 },
    {"empty",              "",                      "x",       64, "",                  0 },
    {"{want} in a value",  "{want}",                "{want}",  64, "{want}",            6 },
    {"open brace",         "{wan",                  "x",       64, "{wan",              4 },
    {"exact",              "a{want}",               "bc",      4,  "abc",               3 },
    {"cut in value",       "a{want}d",              "bc",      3,  "ab",                4 },
    {"cut keeps order",    "a{want}d",              "bcdefgh", 4,  "abc",               9 },
    {"cut in a character", "中{want}",             "文",     6,  "中",               6 },
    {"only NUL fits",      "abc",                   "",        1,  "",                  3 },
};

static void
sentences_are_filled(void **state)
{
    char out[64];

    (void)state;
    for (size_t i = 0; i < sizeof fill_cases / sizeof *fill_cases; i++) {
        const struct fill_case *c = &fill_cases[i];
        size_t n = err_fill(out, c->size, c->sentence, c->want);

        if (n != c->n || strcmp(out, c->out) != 0)
            fail_msg("%s: got \"%s\", %zu", c->name, out, n);
    }
    assert_int_equal(err_fill(NULL, 0, "a{want}", "bc"), 3);
}

static const struct exit_case {
    rc_t rc;
    int want;
} exit_cases[] = {
    {RC_OK,     0 },
    {RC_END,    0 },
    {RC_REJECT, 65},
    {RC_RETRY,  75},
    {RC_FAIL,   1 },
    {RC_FATAL,  1 },
};

static void
exit_status(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof exit_cases / sizeof *exit_cases; i++)
        assert_int_equal(err_exit(exit_cases[i].rc), exit_cases[i].want);
}

static void
bug_names_the_place_and_aborts(void **state)
{
    char seen[256] = "";
    int status, ends[2];
    pid_t child;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    if ((child = fork()) == 0) {
        dup2(ends[1], STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        err_bug("x.c", 12, "state %d", 3);
    }
    close(ends[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(read(ends[0], seen, sizeof seen - 1) > 0);
    close(ends[0]);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_non_null(strstr(seen, "x.c:12: state 3\n"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_fills_and_returns),
        cmocka_unit_test(text_is_one_clean_line),
        cmocka_unit_test(long_text_is_cut_between_characters),
        cmocka_unit_test(prefix_keeps_cause),
        cmocka_unit_test(codes_have_names),
        cmocka_unit_test(every_code_says_what_and_what_to_do),
        cmocka_unit_test(sentences_are_filled),
        cmocka_unit_test(exit_status),
        cmocka_unit_test(bug_names_the_place_and_aborts),
    };
    return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
