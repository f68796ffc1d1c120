/* utf16: as UTF-8 and back, whole and broken, in pieces of every size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "formats/read/utf16.h"

#define IN(literal)                                                                                \
    {                                                                                              \
        "" literal "", sizeof(literal) - 1                                                         \
    }

/* Gives at most `piece` bytes a call; after the text fails with fail_rc if that is set. */
struct pieces {
    struct span text;
    size_t at, piece;
    rc_t fail_rc;
};

static rc_t
pieces_read(void *ctx, void *buf, size_t size, size_t *n, struct err *e)
{
    struct pieces *s = ctx;
    size_t left = s->text.n - s->at;

    *n = left < size ? left : size;
    *n = *n < s->piece ? *n : s->piece;
    if (*n == 0 && s->fail_rc != RC_OK)
        return err_set(e, s->fail_rc, ERR_ARCHIVE, "entry is cut off");
    if (*n > 0)
        memcpy(buf, s->text.p + s->at, *n);
    s->at += *n;
    return RC_OK;
}

/* Read in: what comes, asked for in pieces of `ask` bytes, to the end or the failure. */
static rc_t
read_all(struct pieces *from, bool big, size_t ask, struct buf *out)
{
    struct utf16 u;
    struct source s;
    rc_t rc;
    size_t n;

    utf16_init(&u, (struct source){pieces_read, from}, big);
    s = utf16_source(&u);
    do {
        buf_reserve(out, ask);
        rc = s.read(s.ctx, out->p + out->n, ask, &n, NULL);
        assert_true(rc != RC_OK || n <= ask);
        out->n += rc == RC_OK ? n : 0;
    } while (rc == RC_OK && n > 0);
    return rc;
}

/* clang-format off */
static const struct utf16_case {
    const char *name;
    struct span big; /* high byte first */
    const char *want;
    size_t valid; /* bytes of it that are valid UTF-8 */
} utf16_cases[] = {
    {"nothing",             IN(""), "", 0},
    {"ASCII",               IN("\0a\0,\0\r\0\n"), "a,\r\n", 4},
    {"two bytes",           IN("\x00\xE9\x07\xFF"), "\xC3\xA9\xDF\xBF", 4},
    {"three bytes",         IN("\x55\x46\xFF\xFD\x08\x00"), "\xE5\x95\x86\xEF\xBF\xBD\xE0\xA0\x80", 9},
    {"around the halves",   IN("\xD7\xFF\xE0\x00"), "\xED\x9F\xBF\xEE\x80\x80", 6},
    {"four bytes",          IN("\xD8\x00\xDC\x00\xDB\xFF\xDF\xFF\0z"), "\xF0\x90\x80\x80\xF4\x8F\xBF\xBFz", 9},
    {"mark",                IN("\xFE\xFF\0a"), "\xEF\xBB\xBF" "a", 4},
    {"first half alone",    IN("\0a\xD8\x3D\0b"), "a\xED\xA0\xBD" "b", 1},
    {"first half twice",    IN("\xD8\x3D\xD8\x3D\xDE\x00"), "\xED\xA0\xBD\xF0\x9F\x98\x80", 0},
    {"second half alone",   IN("\0a\xDE\x00\0b"), "a\xED\xB8\x80" "b", 1},
    {"halves the wrong way", IN("\xDE\x00\xD8\x3D"), "\xED\xB8\x80\xED\xA0\xBD", 0},
    {"first half at end",   IN("\0a\xD8\x3D"), "a\xED\xA0\xBD", 1},
    {"half and odd byte",   IN("\xD8\x3D\xDE"), "\xED\xA0\xBD\xFF\x8D\x8E", 0},
    {"odd byte",            IN("\0a\x0A"), "a\xFF\x80\x8A", 1},
    {"only an odd byte",    IN("\xF0"), "\xFF\x8F\x80", 0},
    {"quote as odd byte",   IN("\0a\""), "a\xFF\x82\x82", 1},
};
/* clang-format on */

static struct span
swapped(struct span big, char *out)
{
    for (size_t i = 0; i < big.n; i++)
        out[i] = big.p[(i ^ 1) < big.n ? i ^ 1 : i];
    return (struct span){out, big.n};
}

static void
expect(const struct utf16_case *row, struct span text, bool big, size_t piece, size_t ask)
{
    struct pieces from = {text, 0, piece, RC_OK};
    struct buf got = {0};
    char back[64];

    assert_int_equal(read_all(&from, big, ask, &got), RC_OK);
    if (!span_is((struct span){got.p, got.n}, row->want))
        fail_msg("%s: pieces of %zu, asked for %zu", row->name, piece, ask);
    assert_int_equal(span_valid_utf8((struct span){got.p, got.n}), row->valid);
    assert_int_equal(utf16_size((struct span){got.p, got.n}), text.n);
    assert_int_equal(utf16_back(back, (struct span){got.p, got.n}, big), text.n);
    assert_memory_equal(back, text.p, text.n);
    buf_free(&got);
}

static void
forth_and_back_in_pieces(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(utf16_cases) / sizeof(utf16_cases[0]); i++) {
        const struct utf16_case *row = &utf16_cases[i];
        char little[64];
        struct span low = swapped(row->big, little);

        for (size_t piece = 1; piece < 12; piece++) {
            for (size_t ask = 1; ask < 12; ask++) {
                expect(row, row->big, true, piece, ask);
                expect(row, low, false, piece, ask);
            }
        }
    }
}

/* Any bytes, longer than what is read at once: nothing is lost, whole or cut in two. */
static void
any_bytes_come_back(void **state)
{
    enum { SIZE = 20001 };
    unsigned seed = 2026;
    char *text = malloc(SIZE), *back = malloc(2 * SIZE);

    (void)state;
    assert_true(text && back);
    for (int round = 0; round < 40; round++) {
        struct pieces from = {
            {text, SIZE - (size_t)round % 2},
            0, 4099, RC_OK
        };
        struct buf got = {0};

        for (size_t i = 0; i < SIZE; i++) {
            seed = seed * 1103515245 + 12345;
            text[i] = (char)(seed >> 16);
            if (round % 4 == 0) /* many halves */
                text[i] = (char)(0xD8 | (text[i] & 7));
        }
        assert_int_equal(read_all(&from, round % 3 == 0, 997, &got), RC_OK);
        struct span all = {got.p, got.n};
        assert_int_equal(utf16_size(all), from.text.n);
        for (size_t cut = 0; cut < 20; cut++)
            assert_int_equal(utf16_size((struct span){all.p, cut}) +
                                 utf16_size((struct span){all.p + cut, all.n - cut}),
                             from.text.n);
        assert_int_equal(utf16_back(back, all, round % 3 == 0), from.text.n);
        assert_memory_equal(back, text, from.text.n);
        buf_free(&got);
    }
    free(text);
    free(back);
}

static void
a_cut_character_is_left_out(void **state)
{
    char out[16];

    (void)state;
    assert_int_equal(utf16_back(out, SPAN("a\xE5\x95"), true), 2);
    assert_memory_equal(out, "\0a", 2);
    assert_int_equal(utf16_back(out, SPAN("a\xF0"), false), 2);
    assert_int_equal(utf16_back(out, SPAN("\xFF\x80"), false), 0);
}

static void
a_failing_source_is_told(void **state)
{
    struct pieces from = {SPAN("\0a\xD8"), 0, 2, RC_REJECT};
    struct buf got = {0};

    (void)state;
    assert_int_equal(read_all(&from, true, 100, &got), RC_REJECT);
    assert_true(span_is((struct span){got.p, got.n}, "a"));
    buf_free(&got);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forth_and_back_in_pieces),
        cmocka_unit_test(any_bytes_come_back),
        cmocka_unit_test(a_cut_character_is_left_out),
        cmocka_unit_test(a_failing_source_is_told),
    };

    return cmocka_run_group_tests_name("utf16", tests, NULL, NULL);
}
