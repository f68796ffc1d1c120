/* wrap: isatty */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/log.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static char seen[8192];

/* Standard error goes to a file while one test looks. */
static int saved;
static FILE *file;

static void
capture_file(void)
{
    saved = dup(STDERR_FILENO);
    file = tmpfile();
    assert_non_null(file);
    dup2(fileno(file), STDERR_FILENO);
}

static const char *
captured(void)
{
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(file);
    seen[fread(seen, 1, sizeof seen - 1, file)] = '\0';
    fclose(file);
    return seen;
}

static void
matches(const char *name, const char *text, const char *pattern)
{
    regex_t re;

    assert_int_equal(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB), 0);
    if (regexec(&re, text, 0, NULL, 0) != 0)
        fail_msg("%s: got \"%s\", want \"%s\"", name, text, pattern);
    regfree(&re);
}

#define STAMP "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z "

static const struct value_case {
    const char *name, *value, *want;
} value_cases[] = {
    {"plain",      "B000012",       "v=B000012"        },
    {"blank",      "my file.csv",   "v=\"my file.csv\""},
    {"empty",      "",              "v=\"\""           },
    {"quote",      "a\"b",          "v=\"a\\\"b\""     },
    {"equals",     "a=b",           "v=\"a=b\""        },
    {"backslash",  "a\\ b",         "v=\"a\\\\ b\""    },
    {"line end",   "a\nb",          "v=\"a b\""        },
    {"escape",     "a\033b",        "v=a?b"            },
    {"Chinese",    "订单",        "v=订单"         },
    {"wide blank", "a\xe3\x80\x80", "v=a\xe3\x80\x80"  },
};

static void
values_are_quoted_where_needed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof value_cases / sizeof *value_cases; i++) {
        const struct value_case *c = &value_cases[i];

        log_field("v", c->value);
        capture_file();
        log_info("text");
        captured();
        log_field("v", NULL);
        if (!strstr(seen, c->want))
            fail_msg("%s: got %s", c->name, seen);
    }
}

static void
line_has_the_documented_form(void **state)
{
    (void)state;
    log_job("ingest");
    log_field("batch", "B000012");
    log_field("partner", "LYLOGI01");
    capture_file();
    log_info("%d rows", 3);
    matches("line", captured(), STAMP "info ingest batch=B000012 partner=LYLOGI01 3 rows\n$");

    log_field("batch", "B000013");
    capture_file();
    log_warn("x");
    matches("changed in place", captured(),
            STAMP "warn ingest batch=B000013 partner=LYLOGI01 x\n$");

    log_field("batch", NULL);
    log_field("batch", NULL);
    capture_file();
    log_error("x\ny\n");
    matches("taken back", captured(), STAMP "error ingest partner=LYLOGI01 x y\n$");

    log_field("partner", NULL);
    log_job(NULL);
    capture_file();
    log_error("x");
    matches("no job", captured(), STAMP "error landport x\n$");
}

static const struct level_case {
    enum log_level shown;
    int lines;
} level_cases[] = {
    {LOG_ERROR, 1},
    {LOG_WARN,  2},
    {LOG_INFO,  3},
    {LOG_DEBUG, 4},
};

static void
levels_hide_what_is_below(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof level_cases / sizeof *level_cases; i++) {
        int lines = 0;

        log_open(level_cases[i].shown);
        capture_file();
        log_error("x");
        log_warn("x");
        log_info("x");
        log_debug("x");
        for (const char *p = captured(); (p = strchr(p, '\n')); p++)
            lines++;
        assert_int_equal(lines, level_cases[i].lines);
    }
    log_open(LOG_INFO);
}

static void
error_is_told_with_what_to_do(void **state)
{
    struct err e;

    (void)state;
    err_set(&e, RC_RETRY, ERR_SFTP_AWAY, "sftp://a:22: refused");
    capture_file();
    log_err(LOG_ERROR, &e);
    matches("with code", captured(),
            "error landport E1009 sftp://a:22: refused; run again when the server is back\n$");
    err_set(&e, RC_OK, ERR_NONE, "nothing");
    capture_file();
    log_err(LOG_WARN, &e);
    matches("without", captured(), "warn landport nothing\n$");
}

static void
progress_is_silent_in_a_file(void **state)
{
    struct progress p;

    (void)state;
    capture_file();
    progress_begin(&p, "order.csv", 100);
    p.started_ms -= 10000;
    progress_step(&p, "merge", 0);
    progress_add(&p, 1, 50);
    progress_end(&p);
    assert_string_equal(captured(), "");
    assert_int_equal(p.rows, 1);
    assert_int_equal(p.bytes, 50);
}

/* wrapped: standard error is a terminal when the test says so */
static int terminal;
int __wrap_isatty(int fd);
int
__wrap_isatty(int fd)
{
    return fd == STDERR_FILENO && terminal;
}

static void
progress_is_drawn_on_a_terminal_and_wiped(void **state)
{
    struct progress p;

    (void)state;
    capture_file();
    terminal = 1;
    progress_begin(&p, "order.csv", 4 << 20);
    progress_add(&p, 1, 1 << 20); /* too early: drawn twice a second */
    p.drawn_ms -= 1000;
    p.started_ms -= 1000;
    progress_add(&p, 1, 1 << 20);
    log_info("between");
    p.drawn_ms -= 1000;
    progress_add(&p, 1, 0);
    progress_end(&p);
    progress_end(&p);
    terminal = 0;
    matches("drawn, wiped for a line, drawn, wiped", captured(),
            "^\r\033\\[Korder.csv, 2 rows, 2\\.0 MiB \\(50 %\\), [0-9]+ rows/s, [0-9.]+ MiB/s"
            "\r\033\\[K[^\r\n]* info landport between\n"
            "\r\033\\[Korder.csv, 3 rows[^\r\n]*\r\033\\[K$");
}

static void
a_drawn_name_commands_nothing(void **state)
{
    struct progress p;

    (void)state;
    capture_file();
    terminal = 1;
    progress_begin(&p,
                   "a\033[2J\xc2\x9b"
                   "1m\xe2\x80\xae"
                   "b.csv",
                   0);
    p.started_ms -= 1000;
    progress_step(&p, p.what, 1);
    progress_end(&p);
    terminal = 0;
    matches("its controls are shown as question marks", captured(),
            "^\r\033\\[Ka\\?\\[2J\\?1m\\?b.csv, 1 row,[^\r\n]*\r\033\\[K$");
}

static void
a_step_is_drawn_at_once(void **state)
{
    struct progress p;

    (void)state;
    capture_file();
    terminal = 1;
    progress_begin(&p, "order.csv", 0);
    p.started_ms -= 1000;
    progress_step(&p, "merge", 2000);
    progress_step(&p, "not counted", 0);
    progress_end(&p);
    terminal = 0;
    matches("drawn, wiped", captured(),
            "^\r\033\\[Kmerge, 2000 rows, (1999|2000) rows/s\r\033\\[Knot counted\r\033\\[K$");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_has_the_documented_form),
        cmocka_unit_test(values_are_quoted_where_needed),
        cmocka_unit_test(levels_hide_what_is_below),
        cmocka_unit_test(error_is_told_with_what_to_do),
        cmocka_unit_test(progress_is_silent_in_a_file),
        cmocka_unit_test(progress_is_drawn_on_a_terminal_and_wiped),
        cmocka_unit_test(a_drawn_name_commands_nothing),
        cmocka_unit_test(a_step_is_drawn_at_once),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
