#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "formats/read/csv.h"

/* Gives at most `piece` bytes a call, and fails after fail_at if that is not 0. */
struct pieces {
    struct span text;
    size_t at, piece, fail_at;
    rc_t fail_rc;
};

static rc_t
pieces_read(void *ctx, void *buf, size_t size, size_t *n, struct err *e)
{
    struct pieces *s = ctx;
    size_t left = s->text.n - s->at;

    if (s->fail_at && s->at >= s->fail_at)
        return err_set(e, s->fail_rc, ERR_ARCHIVE, "entry is cut off");
    *n = left < size ? left : size;
    *n = *n < s->piece ? *n : s->piece;
    if (*n > 0)
        memcpy(buf, s->text.p + s->at, *n);
    s->at += *n;
    return RC_OK;
}

/* One record a line: "line:field<>field", or "line!code@offset#field raw". */
static void
show(struct buf *out, rc_t rc, const struct csv_record *r)
{
    if (rc == RC_OK) {
        buf_printf(out, "%llu:", (unsigned long long)r->line);
        for (uint32_t i = 0; i < r->count; i++) {
            buf_str(out, i > 0 ? "<>" : "");
            buf_put(out, r->fields[i].p, r->fields[i].n);
        }
    } else {
        buf_printf(out, "%llu!%d@%llu#%u ", (unsigned long long)r->line, (int)r->bad,
                   (unsigned long long)r->bad_offset, r->bad_field);
        buf_put(out, r->raw.p, r->raw.n);
    }
    buf_str(out, "\n");
}

static rc_t
read_all(struct pieces *from, const struct csv_form *form, struct buf *out)
{
    struct csv *c = NULL;
    struct csv_record r;
    struct err e;
    rc_t rc;

    assert_int_equal(csv_open(&c, (struct source){pieces_read, from}, form, &e), RC_OK);
    while ((rc = csv_next(c, &r, &e)) == RC_OK || rc == RC_REJECT)
        show(out, rc, &r);
    csv_close(&c);
    assert_null(c);
    return rc;
}

struct csv_case {
    const char *name;
    struct csv_form form;
    struct span input;
    const char *want;
};

#define UTF8                                                                                       \
    {                                                                                              \
        CHARSET_UTF8, 0, 0, 0                                                                      \
    }
#define COMMA                                                                                      \
    {                                                                                              \
        CHARSET_UTF8, ',', 0, 0                                                                    \
    }
#define GB                                                                                         \
    {                                                                                              \
        CHARSET_GB18030, 0, 0, 0                                                                   \
    }
#define LOW                                                                                        \
    {                                                                                              \
        CHARSET_UTF16LE, 0, 0, 0                                                                   \
    }
#define HIGH                                                                                       \
    {                                                                                              \
        CHARSET_UTF16BE, 0, 0, 0                                                                   \
    }
#define HIGH_SHORT                                                                                 \
    {                                                                                              \
        CHARSET_UTF16BE, ',', 10, 3                                                                \
    }
#define SHORT                                                                                      \
    {                                                                                              \
        CHARSET_UTF8, ',', 10, 3                                                                   \
    }
#define IN(lit)                                                                                    \
    {                                                                                              \
        "" lit "", sizeof(lit) - 1                                                                 \
    }

/* clang-format off */
static const struct csv_case csv_cases[] = {
    {"nothing",                  UTF8,  IN(""), ""},
    {"only a line end",          UTF8,  IN("\n"), ""},
    {"two lines",                UTF8,  IN("a,b\nc,d\n"), "1:a<>b\n2:c<>d\n"},
    {"no final line end",        UTF8,  IN("a,b\nc,d"), "1:a<>b\n2:c<>d\n"},
    {"CR LF",                    UTF8,  IN("a,b\r\nc,d\r\n"), "1:a<>b\n2:c<>d\n"},
    {"bare CR is data",          UTF8,  IN("a\rb,c\r,d\r\r\n\"e\rf\",g\r"), "1:a\rb<>c\r<>d\r\n2:e\rf<>g\r\n"},
    {"blank records",            UTF8,  IN("\n \n,,\t\na,b\n\r\n ,\n\nc,d\n\n"), "4:a<>b\n8:c<>d\n"},
    {"quoted blanks count",      COMMA, IN("\"\"\n\" \",\n"), "1:\n2: <>\n"},
    {"empty fields",             COMMA, IN(",a,,b,\n,,\"\"\n"), "1:<>a<><>b<>\n2:<><>\n"},
    {"BOM",                      UTF8,  IN("\xEF\xBB\xBF" "a,b\n"), "1:a<>b\n"},
    {"BOM before a quote",       UTF8,  IN("\xEF\xBB\xBF\"a\",b\n"), "1:a<>b\n"},
    {"BOM alone",                UTF8,  IN("\xEF\xBB\xBF"), ""},
    {"tab",                      UTF8,  IN("a\tb,c\td\n"), "1:a<>b,c<>d\n"},
    {"semicolon",                UTF8,  IN("\"a,b,c\";d\n1;2\n"), "1:a,b,c<>d\n2:1<>2\n"},
    {"bar",                      UTF8,  IN("\"a,\n,;b\"|d\n1|2\n"), "1:a,\n,;b<>d\n3:1<>2\n"},
    {"told by the first record", UTF8,  IN("a,b,c\nd;e;f;g;h\n"), "1:a<>b<>c\n2:d;e;f;g;h\n"},
    {"one column",               UTF8,  IN("abc\nd;e\n"), "1:abc\n2:d;e\n"},
    {"long fields",              UTF8,  IN("1234567,12345678,123456789,1234567890123456\n"),
                                 "1:1234567<>12345678<>123456789<>1234567890123456\n"},
    {"a DOS end mark",           COMMA, IN("a,b\n1,2\n\x1a"), "1:a<>b\n2:1<>2\n"},
    {"... and more of them",     COMMA, IN("a\r\n1\x1a\x1a\r\n"), "1:a\n2:1\n"},
    {"... in the middle",        COMMA, IN("a\n\x1a\n2\n"), "1:a\n2:\x1a\n3:2\n"},
    {"quotes",                   COMMA, IN("\"a\",\"b,c\"\n\"d\"\"e\",\"\"\"\"\n"), "1:a<>b,c\n2:d\"e<>\"\n"},
    {"lines in quotes",          COMMA, IN("\"a\nb\r\nc\",d\ne\n\"\n\"\nf"), "1:a\nb\r\nc<>d\n4:e\n5:\n\n7:f\n"},
    {"a text kept as one",       COMMA, IN("=\"01\",=\"a,b\"\n=,=\"2\"\nx=\"1\",\n"), "1:01<>a,b\n2:=<>2\n3!3002@22#0 x=\"1\",\n"},
    {"quote ends the file",      COMMA, IN("a,\"b\""), "1:a<>b\n"},
    {"quote inside a value",     COMMA, IN("a,5\" disk,c\nd\n"), "1!3002@3#1 a,5\" disk,c\n2:d\n"},
    {"text after a quote",       COMMA, IN("\"a\"b,c\r\nd\n"), "1!3002@3#0 \"a\"b,c\n2:d\n"},
    {"CR after a quote",         COMMA, IN("b\n\"a\"\r"), "1:b\n2!3002@5#0 \"a\"\r\n"},
    {"CR alone ends lines",      COMMA, IN("a,b\r\"c\rd\",e\r\rf,\"\"\"\"\r"), "1:a<>b\n2:c\nd<>e\n5:f<>\"\n"},
    {"CR alone at the end",      COMMA, IN("a,\"b\"\r"), "1:a<>b\n"},
    {"open to the end",          COMMA, IN("a\nb,\"c\nd,\"\"\"\"\ne"), "1:a\n2!3002@4#1 b,\"c\n3:d<>\"\n4:e\n"},
    {"open costs one line",      COMMA, IN("\"a,b\n\"c\",\"d\"\n"), "1!3002@6#0 \"a,b\n2:c<>d\n"},
    {"open at the end",          COMMA, IN("\""), "1!3002@0#0 \"\n"},
    {"open in the first record", UTF8,  IN("a;\"b\nc,d,e\n"), "1!3002@2#1 a;\"b\n2:c,d,e\n"},
    {"NUL",                      COMMA, IN("a,b\0c\nd\n\"\",\"\0\"\n"), NULL},
    {"UTF-8",                    UTF8,  IN("\xE5\x95\x86,\xF0\x9F\x98\x80\n"), "1:\xE5\x95\x86<>\xF0\x9F\x98\x80\n"},
    {"broken UTF-8",             COMMA, IN("a,b,\xE5\x95,d\nok\n\"\n,\",\xFF\n"),
                                 "1!2018@4#2 a,b,\xE5\x95,d\n2:ok\n3!2018@17#1 \"\n,\",\xFF\n"},
    {"too long",                 SHORT, IN("1234567890\n12345678901\n\"234567\n9\"\r\nok\n1,2,3,4\n"),
                                 "1:1234567890\n2!3003@21#0 1234567890\n3:234567\n9\n5:ok\n6!3003@38#3 1,2,3,4\n"},
    {"much too long",            SHORT, IN("12345678901234567890123456789\nok"), "1!3003@10#0 1234567890\n2:ok\n"},
    {"too long in quotes",       SHORT, IN("a,\"2\n4\n6\n8\n0\n2\"\nok\n"),
                                 "1!3002@2#1 a,\"2\n2:4\n3:6\n4:8\n5:0\n6!3002@14#0 2\"\n7:ok\n"},
    {"GB18030",                  GB,    IN("\xB6\xA9\xB5\xA5,\x81\x30\x81\x30,\"\xC9\xCC\"\"\"\na,b,c\n"),
                                 "1:\xE8\xAE\xA2\xE5\x8D\x95<>\xC2\x80<>\xE5\x95\x86\"\n2:a<>b<>c\n"},
    {"| as second byte",         GB,    IN("a|\x81\x7C|b\n\"\x81\x7C\"|\x81\x7C\x81\x7C|\n\x81\x7C|\"c\"\n"),
                                 "1:a<>\xE4\xBA\x85<>b\n2:\xE4\xBA\x85<>\xE4\xBA\x85\xE4\xBA\x85<>\n3:\xE4\xBA\x85<>c\n"},
    {"UTF-16, low first",        LOW,   IN("\xFF\xFE" "a\0,\0\x46\x55\r\0\n\0\"\0,\0\"\0\"\0\"\0,\0b\0\n\0"),
                                 "1:a<>\xE5\x95\x86\n2:,\"<>b\n"},
    {"UTF-16, high first",       HIGH,  IN("\xFE\xFF\0a\0|\xD8\x3D\xDE\0\0\n\0b\0|\0c"), "1:a<>\xF0\x9F\x98\x80\n2:b<>c\n"},
    {"UTF-16, mark alone",       LOW,   IN("\xFF\xFE"), ""},
    {"UTF-16 without a mark",    HIGH,  IN("\0a\0,\0b"), "1:a<>b\n"},
    {"UTF-16 characters of delimiters", HIGH, IN("\0a\0,\x2C\x2C\x0A\x22\0\n\x22\x0A\0,\0d"),
                                 "1:a<>\xE2\xB0\xAC\xE0\xA8\xA2\n2:\xE2\x88\x8A<>d\n"},
    {"broken GB18030",           GB,    IN("a,b\nc,\x81,d\n\x81\"\ne,f\n\xFF,\n"), NULL},
};
/* clang-format on */

static void
records_and_rejects(void **state)
{
    static const size_t sizes[] = {1, 2, 3, 7, 4096};

    (void)state;
    for (size_t i = 0; i < sizeof(csv_cases) / sizeof(csv_cases[0]); i++) {
        const struct csv_case *row = &csv_cases[i];

        for (size_t k = 0; row->want && k < sizeof(sizes) / sizeof(sizes[0]); k++) {
            struct pieces from = {.text = row->input, .piece = sizes[k]};
            struct buf got = {0};

            assert_int_equal(read_all(&from, &row->form, &got), RC_END);
            buf_put(&got, "", 1);
            if (strcmp(got.p, row->want) != 0)
                print_error("case: %s\n", row->name);
            assert_string_equal(got.p, row->want);
            buf_free(&got);
        }
    }
}

static const struct csv_case *
find_case(const char *name)
{
    for (size_t i = 0; i < sizeof(csv_cases) / sizeof(csv_cases[0]); i++) {
        if (strcmp(csv_cases[i].name, name) == 0)
            return &csv_cases[i];
    }
    fail_msg("no case %s", name);
    return NULL;
}

static void
expect(const char *name, struct span want)
{
    const struct csv_case *row = find_case(name);
    struct pieces from = {.text = row->input, .piece = 5};
    struct buf got = {0};

    assert_int_equal(read_all(&from, &row->form, &got), RC_END);
    assert_int_equal(got.n, want.n);
    assert_memory_equal(got.p, want.p, want.n);
    buf_free(&got);
}

static void
nul_and_broken_gb18030_are_refused(void **state)
{
    (void)state;
    expect("NUL", SPAN("1!2018@3#1 a,b\0c\n2:d\n3!2018@12#1 \"\",\"\0\"\n"));
    expect("broken GB18030", SPAN("1:a<>b\n2!2018@6#1 c,\x81,d\n3!3002@11#0 \x81\"\n4:e<>f\n"
                                  "5!2018@17#0 \xFF,\n"));
}

/* Raw records and offsets are those of the file, not of what it was turned into. */
static void
utf16_is_refused_as_it_came(void **state)
{
    static const struct {
        struct csv_form form;
        struct span text, want;
    } rows[] = {
        {HIGH,       IN("\xFE\xFF\x55\x46\0,\0b\0\n\0c\0,\xD8\x3D\0d\0\n\0e\0,\0f\0\n"),
         IN("1:\xE5\x95\x86<>b\n2!2018@14#1 \0c\0,\xD8\x3D\0d\n3:e<>f\n")                     },
        {LOW,
         IN("\xFF\xFE"
            "a\0,\0b\0\r\0\n\0x\0,\0\0\xDE\n\0\x46\x55,\0y\0\n\0z"),
         IN("1:a<>b\n2!2018@16#1 x\0,\0\0\xDE\n3:\xE5\x95\x86<>y\n4!2018@28#0 z\n")           },
        {LOW,
         IN("\xFF\xFE"
            "a\0,\0b\0\n\0c\0,\0\0\0\n\0\"\0d\0\"\0e\0\n\0\xFF\xFF,\0g\0"),
         IN("1:a<>b\n2!2018@14#1 c\0,\0\0\0\n3!3002@24#0 \"\0d\0\"\0e\0\n4:\xEF\xBF\xBF<>g\n")},
        {HIGH_SHORT, IN("\0\x31\x55\x46\x55\x46\x55\x46\x55\x46\0\n\0k\0\n\xD8\x3D"),
         IN("1!3003@8#0 \0\x31\x55\x46\x55\x46\x55\x46\n2:k\n3!2018@16#0 \xD8\x3D\n")         },
        {HIGH_SHORT,
         IN("\x55\x46\x55\x46\x55\x46\x55\x46\x55\x46\x55\x46\x55\x46\x55\x46\0\n\xDE\x3D\0k"),
         IN("1!3003@8#0 \x55\x46\x55\x46\x55\x46\n2!2018@18#0 \xDE\x3D\0k\n")                 },
    };
    static const size_t sizes[] = {1, 2, 3, 5, 4096};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
            struct pieces from = {.text = rows[i].text, .piece = sizes[k]};
            struct buf got = {0};

            assert_int_equal(read_all(&from, &rows[i].form, &got), RC_END);
            if (!span_eq((struct span){got.p, got.n}, rows[i].want))
                fail_msg("row %zu: %.*s", i, (int)got.n, got.p);
            buf_free(&got);
        }
    }
}

static bool
is_ascii(struct span s)
{
    return span_valid_utf8(s) == s.n && span_chars(s) == s.n;
}

/* What a file of ASCII gives it gives as UTF-16 too. */
static void
utf16_is_read_as_ascii_is(void **state)
{
    unsigned read = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(csv_cases) / sizeof(csv_cases[0]); i++) {
        const struct csv_case *row = &csv_cases[i];
        struct csv_form form = row->form;
        struct buf wide = {0}, got = {0};

        if (!row->want || strchr(row->want, '!') || charset_is_utf16(form.charset) ||
            !is_ascii(row->input))
            continue;
        for (size_t at = 0; at < row->input.n; at++) {
            buf_put(&wide, row->input.p + at, 1);
            buf_put(&wide, "", 1);
        }
        struct pieces from = {
            .text = {wide.p, wide.n},
              .piece = 7
        };
        form.charset = CHARSET_UTF16LE;
        assert_int_equal(read_all(&from, &form, &got), RC_END);
        if (!span_is((struct span){got.p, got.n}, row->want))
            fail_msg("%s: %.*s", row->name, (int)got.n, got.p);
        buf_free(&wide);
        buf_free(&got);
        read++;
    }
    assert_true(read > 15);
}

static void
utf16_needs_its_byte_order(void **state)
{
    struct csv_form form = {CHARSET_UTF16, 0, 0, 0};
    struct stream_mem mem = {"a", 1, 0};
    struct csv *c = NULL;
    struct err e;

    (void)state;
    assert_int_equal(csv_open(&c, source_mem(&mem), &form, &e), RC_REJECT);
    assert_int_equal(e.code, ERR_CHARSET);
    assert_null(c);
}

static void
fill_value(struct buf *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_put(b, i % 50 ? "x" : "\n", 1);
}

/* Records larger than the first buffer, at every side of its borders. */
static void
a_buffer_that_grows_changes_nothing(void **state)
{
    static const size_t sizes[] = {1, 65536, 262140, 262143, 262144, 300000, 1048570};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct buf text = {0}, got = {0}, want = {0};
        struct csv_form form = COMMA;

        buf_str(&text, "a,b\n\"");
        fill_value(&text, sizes[i]);
        buf_str(&text, "\",c\nlast,d\n");
        buf_str(&want, "1:a<>b\n2:");
        fill_value(&want, sizes[i]);
        buf_printf(&want, "<>c\n%zu:last<>d\n", 3 + (sizes[i] + 49) / 50);
        struct pieces from = {
            .text = {text.p, text.n},
              .piece = 10007
        };
        assert_int_equal(read_all(&from, &form, &got), RC_END);
        assert_int_equal(got.n, want.n);
        assert_memory_equal(got.p, want.p, want.n);
        buf_free(&text);
        buf_free(&got);
        buf_free(&want);
    }
}

static void
a_failing_source_is_not_a_bad_record(void **state)
{
    struct csv_form form = COMMA;

    (void)state;
    for (size_t at = 1; at < 8; at++) {
        struct pieces from = {SPAN("a,b\n\"c\"\n"), 0, 1, at, RC_REJECT};
        struct buf got = {0};

        assert_int_equal(read_all(&from, &form, &got), RC_FAIL);
        buf_free(&got);
    }
}

static void
first_record_tells_form(void **state)
{
    static const struct {
        const char *input, *line_end;
        char delimiter;
    } rows[] = {
        {"a;b\r\nc;d\n",   "\r\n", ';' },
        {"a\tb\nc\td\r\n", "\n",   '\t'},
        {"\"a\nb\"|c\r\n", "\r\n", '|' },
        {"a;b\rc;d\r",     "\r",   ';' },
        {"a",              "\n",   ',' },
        {"a;b;c,d",        "\n",   ';' },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct stream_mem mem = {rows[i].input, strlen(rows[i].input), 0};
        struct csv_form form = UTF8;
        struct csv_record r;
        struct csv *c = NULL;

        assert_int_equal(csv_open(&c, source_mem(&mem), &form, NULL), RC_OK);
        assert_int_equal(csv_next(c, &r, NULL), RC_OK);
        assert_int_equal(csv_delimiter(c), rows[i].delimiter);
        assert_string_equal(csv_line_end(c), rows[i].line_end);
        csv_close(&c);
    }
}

static void
unknown_delimiter_is_a_configuration_error(void **state)
{
    struct csv_form form = {CHARSET_UTF8, '#', 0, 0};
    struct stream_mem mem = {"", 0, 0};
    struct csv *c = NULL;
    struct err e;

    (void)state;
    assert_int_equal(csv_open(&c, source_mem(&mem), &form, &e), RC_FAIL);
    assert_int_equal(e.code, ERR_CONFIG);
    csv_close(&c);
}

static void
put_quotes_where_it_must(void **state)
{
    static const struct {
        const char *field, *want;
        char delimiter;
    } rows[] = {
        {"",         "",               ','},
        {"plain",    "plain",          ','},
        {" a ",      " a ",            ','},
        {"=1+1",     "=1+1",           ','},
        {"a,b",      "\"a,b\"",        ','},
        {"a,b",      "a,b",            ';'},
        {"5\" disk", "\"5\"\" disk\"", ','},
        {"\"",       "\"\"\"\"",       ','},
        {"a\nb",     "\"a\nb\"",       ','},
        {"a\rb",     "\"a\rb\"",       ','},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf b = {0};

        csv_put(&b, span_of(rows[i].field), rows[i].delimiter);
        buf_put(&b, "", 1);
        assert_string_equal(b.p, rows[i].want);
        buf_free(&b);
    }
}

static void
the_first_fields_of_a_record(void **state)
{
    static const struct {
        struct span raw;
        enum charset charset;
        size_t head;
    } cases[] = {
        {{"a,b,c", 5},               CHARSET_UTF8,    3 },
        {{"a,b", 3},                 CHARSET_UTF8,    3 },
        {{"a", 1},                   CHARSET_UTF8,    1 },
        {{"", 0},                    CHARSET_UTF8,    0 },
        {{"\"a,\"\"\",\",\",c", 12}, CHARSET_UTF8,    10},
        {{"=\"a,\",b,c", 9},         CHARSET_UTF8,    7 },
        {{"5\"x,7\",c", 8},          CHARSET_UTF8,    6 },
        {{"a\0,\0b\0,\0c\0", 10},    CHARSET_UTF16LE, 6 },
        {{"\0a\0,,,\0,\0c", 10},     CHARSET_UTF16BE, 6 },
        {{"\0a\0,\0b\0", 7},         CHARSET_UTF16BE, 7 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(csv_head(cases[i].raw, cases[i].charset, ',', 2), cases[i].head);
    assert_int_equal(csv_head((struct span){"\x81||b|c", 7}, CHARSET_GB18030, '|', 2), 4);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_and_rejects),
        cmocka_unit_test(nul_and_broken_gb18030_are_refused),
        cmocka_unit_test(utf16_is_refused_as_it_came),
        cmocka_unit_test(utf16_is_read_as_ascii_is),
        cmocka_unit_test(utf16_needs_its_byte_order),
        cmocka_unit_test(a_buffer_that_grows_changes_nothing),
        cmocka_unit_test(a_failing_source_is_not_a_bad_record),
        cmocka_unit_test(first_record_tells_form),
        cmocka_unit_test(unknown_delimiter_is_a_configuration_error),
        cmocka_unit_test(put_quotes_where_it_must),
        cmocka_unit_test(the_first_fields_of_a_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
