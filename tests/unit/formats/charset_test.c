#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "formats/read/charset.h"

#define IN(literal)                                                                                \
    {                                                                                              \
        "" literal "", sizeof(literal) - 1                                                         \
    }

static enum charset
sniff(struct span text, size_t piece)
{
    struct charset_sniff s = {0};

    for (size_t at = 0; at < text.n; at += piece)
        charset_feed(&s, text.p + at, text.n - at < piece ? text.n - at : piece);
    return charset_result(&s);
}

/* clang-format off */
static const struct sniff_case {
    const char *name;
    struct span input;
    enum charset want;
} sniff_cases[] = {
    {"nothing",                IN(""), CHARSET_UTF8},
    {"ASCII",                  IN("orderNo,qty\n"), CHARSET_UTF8},
    {"UTF-8",                  IN("\xE8\xAE\xA2\xE5\x8D\x95,\xF0\x9F\x98\x80,\xC3\xA9"), CHARSET_UTF8},
    {"GBK",                    IN("\xB6\xA9\xB5\xA5,qty"), CHARSET_GB18030},
    {"GBK within words",       IN("order no \xB6\xA9\xB5\xA5 and so on"), CHARSET_GB18030},
    {"GBK that is nearly UTF-8", IN("\xC1\xAA\xCD\xA8"), CHARSET_GB18030},
    {"four bytes",             IN("\x81\x30\x81\x30"), CHARSET_GB18030},
    {"BOM",                    IN("\xEF\xBB\xBF" "a"), CHARSET_UTF8},
    {"BOM and a broken value", IN("\xEF\xBB\xBF\xE8\xAE,\xFF"), CHARSET_UTF8},
    {"part of a BOM",          IN("\xEF\xBB"), CHARSET_GB18030},
    {"no BOM later",           IN("a\xEF\xBB\xBF\xFF\xFF"), CHARSET_GB18030},
    {"ends within a sequence", IN("a\xE8\xAE"), CHARSET_GB18030},
    {"surrogate",              IN("\xED\xA0\x80"), CHARSET_GB18030},
    {"overlong",               IN("\xE0\x80\x80"), CHARSET_GB18030},
    {"over U+10FFFF",          IN("\xF4\x90\x80\x80"), CHARSET_GB18030},
    {"BOM of GB18030",         IN("\x84\x31\x95\x33" "a"), CHARSET_GB18030},
    {"BOM of UTF-16LE",        IN("\xFF\xFE" "a\0"), CHARSET_UTF16LE},
    {"BOM of UTF-16BE",        IN("\xFE\xFF\0" "a"), CHARSET_UTF16BE},
    {"no more than a BOM",     IN("\xFE\xFF"), CHARSET_UTF16BE},
    {"half a BOM",             IN("\xFF"), CHARSET_GB18030},
    {"no UTF-16 BOM later",    IN("a\xFF\xFE"), CHARSET_GB18030},
    {"one value cut in eleven", IN("\xE8\xAE\xA2\xE8\xAE\xA2\xE8\xAE\xA2\xE8\xAE\xA2\xE8\xAE\xA2\xE8\xAE,"
                                 "\xE8\xAE\xA2\xE8\xAE\xA2\xE8\xAE\xA2\xE8\xAE\xA2\xE8\xAE\xA2"), CHARSET_UTF8},
    {"one value cut in ten",    IN("\xE8\xAE\xA2\xE8\xAE\xA2\xE8\xAE\xA2\xE8\xAE\xA2\xE8\xAE\xA2\xE8\xAE,"
                                 "\xE8\xAE\xA2\xE8\xAE\xA2\xE8\xAE\xA2\xE8\xAE\xA2"), CHARSET_GB18030},
};
/* clang-format on */

static void
sniffing_does_not_depend_on_pieces(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(sniff_cases) / sizeof(sniff_cases[0]); i++) {
        for (size_t piece = 1; piece < 40; piece++) {
            if (sniff(sniff_cases[i].input, piece) != sniff_cases[i].want)
                fail_msg("%s, in pieces of %zu", sniff_cases[i].name, piece);
        }
    }
}

/* UTF-16 stands in a configuration without its byte order: the file must begin with a mark. */
static void
what_is_told_and_what_is_found(void **state)
{
    static const struct {
        const char *file;
        enum charset told, found;
        bool decided;
    } rows[] = {
        {"a",            CHARSET_AUTO,    CHARSET_UTF8,    true },
        {"\xB6\xA9",     CHARSET_AUTO,    CHARSET_GB18030, true },
        {"\xB6\xA9",     CHARSET_UTF8,    CHARSET_UTF8,    true },
        {"\xFF\xFE"
         "a",   CHARSET_AUTO,    CHARSET_UTF16LE, true },
        {"\xFF\xFE"
         "a",   CHARSET_UTF16,   CHARSET_UTF16LE, true },
        {"\xFE\xFF"
         "a",   CHARSET_UTF16,   CHARSET_UTF16BE, true },
        {"\xFF\xFE"
         "a",   CHARSET_GB18030, CHARSET_GB18030, true },
        {"a",            CHARSET_UTF16,   CHARSET_AUTO,    false},
        {"\xEF\xBB\xBF", CHARSET_UTF16,   CHARSET_UTF8,    false},
        {"a",            CHARSET_UTF16LE, CHARSET_UTF16LE, true },
    };
    static const char *const marked_by_nul[] = {"a\0,\0b\0\n\0", "\0a\0,\0b\0\n"};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct charset_sniff s = {0};
        enum charset found;

        charset_feed(&s, rows[i].file, strlen(rows[i].file));
        if (charset_decide(&s, rows[i].told, &found) != rows[i].decided || found != rows[i].found)
            fail_msg("row %zu: %s", i, charset_name(found));
    }
    for (size_t i = 0; i < 2; i++) {
        struct charset_sniff s = {0}, zeros = {0};
        enum charset found;

        charset_feed(&s, marked_by_nul[i], 8);
        assert_false(charset_decide(&s, CHARSET_AUTO, &found));
        assert_true(charset_decide(&s, CHARSET_UTF8, &found));
        charset_feed(&zeros, "\0\0\0\0\0\0\0\0", 8); /* of an upload that broke off */
        assert_true(charset_decide(&zeros, CHARSET_AUTO, &found));
    }
}

static void
names(void **state)
{
    enum charset c;

    (void)state;
    assert_true(charset_parse(&c, "GBK"));
    assert_int_equal(c, CHARSET_GB18030);
    assert_true(charset_parse(&c, "utf-8"));
    assert_int_equal(c, CHARSET_UTF8);
    assert_true(charset_parse(&c, "auto"));
    assert_int_equal(c, CHARSET_AUTO);
    assert_true(charset_parse(&c, "utf-16"));
    assert_int_equal(c, CHARSET_UTF16);
    assert_false(charset_parse(&c, "latin-1"));
    for (c = CHARSET_AUTO; c <= CHARSET_UTF16BE; c++) { /* facts are handed on by name */
        enum charset again = CHARSET_AUTO;

        assert_true(charset_parse(&again, charset_name(c)));
        assert_int_equal(again, c);
        assert_true(strlen(charset_name(c)) < 16);
    }
    assert_true(span_is(charset_bom(CHARSET_UTF8), "\xEF\xBB\xBF"));
    assert_true(span_is(charset_bom(CHARSET_UTF16BE), "\xFE\xFF"));
    assert_true(span_is(charset_bom(CHARSET_AUTO), ""));
    assert_string_equal(charset_name(CHARSET_UTF8), "UTF-8");
    assert_string_equal(charset_name(CHARSET_GB18030), "GB18030");
}

/* clang-format off */
static const struct conv_case {
    const char *name;
    enum charset from;
    struct span input;
    rc_t rc;
    const char *want;
    size_t bad;
} conv_cases[] = {
    {"ASCII",             CHARSET_GB18030, IN("abc"),                       RC_OK,     "abc", 0},
    {"nothing",           CHARSET_GB18030, IN(""),                          RC_OK,     "", 0},
    {"no value",          CHARSET_UTF8,    {NULL, 0},                        RC_OK,     "", 0},
    {"UTF-8",             CHARSET_UTF8,    IN("a\xE5\x95\x86"),             RC_OK,     "a\xE5\x95\x86", 0},
    {"broken UTF-8",      CHARSET_UTF8,    IN("ab\xE5\x95"),                RC_REJECT, NULL, 2},
    {"two bytes",         CHARSET_GB18030, IN("1234567890\xC9\xCC"),       RC_OK,     "1234567890\xE5\x95\x86", 0},
    {"four bytes",        CHARSET_GB18030, IN("\x90\x30\x81\x30"),          RC_OK,     "\xF0\x90\x80\x80", 0},
    {"euro of GB18030",   CHARSET_GB18030, IN("\xA2\xE3"),                  RC_OK,     "\xE2\x82\xAC", 0},
    {"euro of Windows",   CHARSET_GB18030, IN("\x80 12\xC9\xCC\x80"),      RC_OK,     "\xE2\x82\xAC 12\xE5\x95\x86\xE2\x82\xAC", 0},
    {"many of them",      CHARSET_GB18030, IN("\x80\x20\x80\x20\x80\x20"), RC_OK, "\xE2\x82\xAC \xE2\x82\xAC \xE2\x82\xAC ", 0},
    {"cut character",     CHARSET_GB18030, IN("ab\xC9"),                    RC_REJECT, NULL, 2},
    {"bad second byte",   CHARSET_GB18030, IN("a\xC9,b"),                   RC_REJECT, NULL, 1},
    {"UTF-16, low first", CHARSET_UTF16LE, IN("a\0\x46\x55"),              RC_OK,     "a\xE5\x95\x86", 0},
    {"UTF-16, high first", CHARSET_UTF16BE, IN("\0a\x55\x46"),             RC_OK,     "a\xE5\x95\x86", 0},
    {"two halves",        CHARSET_UTF16BE, IN("\xD8\x3D\xDE\x00"),        RC_OK,     "\xF0\x9F\x98\x80", 0},
    {"first half only",   CHARSET_UTF16BE, IN("\0a\xD8\x3D\0b"),          RC_REJECT, NULL, 2},
    {"first half at end", CHARSET_UTF16BE, IN("\0a\xD8\x3D"),              RC_REJECT, NULL, 2},
    {"second half only",  CHARSET_UTF16LE, IN("a\0\x00\xDE"),              RC_REJECT, NULL, 2},
    {"odd byte",          CHARSET_UTF16LE, IN("a\0b"),                     RC_REJECT, NULL, 2},
    {"no lead byte",      CHARSET_GB18030, IN("abcdefghi\xFF"),            RC_REJECT, NULL, 9},
};
/* clang-format on */

static void
conversion(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(conv_cases) / sizeof(conv_cases[0]); i++) {
        const struct conv_case *row = &conv_cases[i];
        struct charset_conv *c = charset_open(row->from);
        struct arena *a = arena_new("test");
        struct span out = {0};
        size_t bad = 0;
        struct err e;

        for (int again = 0; again < 2; again++) { /* an error leaves no state behind */
            if (charset_to_utf8(c, a, row->input, &out, &bad, &e) != row->rc)
                fail_msg("%s", row->name);
            if (row->rc == RC_OK)
                assert_true(span_is(out, row->want));
            else
                assert_int_equal(e.code, ERR_BAD_BYTES);
            assert_int_equal(bad, row->bad);
        }
        arena_free(&a);
        charset_close(&c);
        assert_null(c);
    }
}

/* Every character of two bytes fits where we make room for it, and is valid UTF-8. */
static void
all_of_two_bytes(void **state)
{
    struct charset_conv *c = charset_open(CHARSET_GB18030);
    struct arena *a = arena_new("test");
    unsigned good = 0;

    (void)state;
    for (unsigned hi = 0x81; hi <= 0xFF;
         hi++) { /* 0x80 is a euro, and goes back as GB18030 has it */
        for (unsigned lo = 0; lo <= 0xFF; lo++) {
            char text[2] = {(char)hi, (char)lo};
            struct span out;
            size_t bad;

            if (charset_to_utf8(c, a, (struct span){text, 2}, &out, &bad, NULL) != RC_OK)
                continue;
            good++;
            assert_int_equal(span_valid_utf8(out), out.n);
            assert_true(span_eq(charset_from_utf8(c, a, out), (struct span){text, 2}));
        }
        arena_reset(a);
    }
    assert_true(good >= 126 * 190);
    arena_free(&a);
    charset_close(&c);
}

static void
the_way_back(void **state)
{
    struct charset_conv *gb = charset_open(CHARSET_GB18030), *utf8 = charset_open(CHARSET_UTF8);
    struct charset_conv *low = charset_open(CHARSET_UTF16LE), *high = charset_open(CHARSET_UTF16BE);
    struct arena *a = arena_new("test");

    (void)state;
    assert_true(span_is(charset_from_utf8(gb, a, SPAN("a\xE5\x95\x86")), "a\xC9\xCC"));
    assert_true(span_is(charset_from_utf8(gb, a, SPAN("\xF0\x90\x80\x80z")), "\x90\x30\x81\x30z"));
    assert_true(
        span_is(charset_from_utf8(gb, a, SPAN("a\xE5\x95|\xFF\xE5\x95\x86")), "a?|?\xC9\xCC"));
    assert_true(span_is(charset_from_utf8(utf8, a, SPAN("a\xE5\x95\x86")), "a\xE5\x95\x86"));
    assert_true(span_eq(charset_from_utf8(low, a, SPAN(",a\xE5\x95\x86\r\n")),
                        SPAN(",\0a\0\x46\x55\r\0\n\0")));
    assert_true(
        span_eq(charset_from_utf8(high, a, SPAN("\xF0\x9F\x98\x80")), SPAN("\xD8\x3D\xDE\0")));
    assert_true(span_eq(charset_from_utf8(high, a, SPAN("\xE5\x95|\xFF\xED\xA0\x80")),
                        SPAN("\0?\0|\0?\0?\0?\0?")));
    assert_int_equal(charset_from_utf8(high, a, (struct span){NULL, 0}).n, 0);
    arena_free(&a);
    charset_close(&gb);
    charset_close(&utf8);
    charset_close(&low);
    charset_close(&high);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sniffing_does_not_depend_on_pieces),
        cmocka_unit_test(what_is_told_and_what_is_found),
        cmocka_unit_test(names),
        cmocka_unit_test(conversion),
        cmocka_unit_test(all_of_two_bytes),
        cmocka_unit_test(the_way_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
