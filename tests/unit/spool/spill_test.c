/* spill: the same bytes come back, however few stay in memory; what the disk refuses is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "spool/spill.h"

static char
byte_at(size_t i)
{
    return (char)(i * 31 % 251);
}

static void
fill(struct spill *s, size_t n, size_t piece)
{
    char block[100];

    for (size_t at = 0; at < n; at += piece) {
        size_t size = n - at < piece ? n - at : piece;

        for (size_t i = 0; i < size; i++)
            block[i] = byte_at(at + i);
        assert_int_equal(spill_put(s, block, size, NULL), RC_OK);
    }
    assert_int_equal(spill_bytes(s), n);
}

static void
expect(struct source from, size_t n, size_t piece)
{
    char block[100];
    size_t at = 0, got;

    do {
        assert_int_equal(from.read(from.ctx, block, piece, &got, NULL), RC_OK);
        assert_true(got <= piece);
        for (size_t i = 0; i < got; i++)
            assert_int_equal(block[i], byte_at(at + i));
        at += got;
    } while (got > 0);
    assert_int_equal(at, n);
}

static void
what_was_put_comes_back(void **state)
{
    static const size_t residents[] = {0, 1, 10, 999, 1000, 1000000};

    (void)state;
    for (size_t i = 0; i < sizeof residents / sizeof *residents; i++)
        for (size_t n = 0; n <= 1000; n += 500) {
            struct spill *s = spill_new("/tmp", residents[i]);
            struct blob b = BLOB_NONE;
            char first, on_disk;

            fill(s, n, 7);
            expect(spill_source(s), n, 100);
            expect(spill_source(s), n, 3);
            assert_int_equal(spill_file(s, &b, NULL), RC_OK);
            assert_int_equal(blob_read(&b, &first, 1, 0), n ? 1 : 0);
            assert_true(n == 0 || first == byte_at(0));
            assert_int_equal(blob_read(&b, &on_disk, 1, n), 0);
            expect(spill_source(s), n, 100);
            spill_free(&s);
            assert_null(s);
        }
}

static void
no_place_is_told(void **state)
{
    struct spill *s = spill_new("/nowhere", 10);
    struct err e;

    (void)state;
    assert_int_equal(spill_put(s, "0123456789", 10, &e), RC_OK);
    assert_int_equal(spill_put(s, "x", 1, &e), RC_FAIL);
    assert_int_equal(e.code, ERR_SYSTEM);
    assert_non_null(strstr(e.text, "/nowhere"));
    spill_free(&s);
    spill_free(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_comes_back),
        cmocka_unit_test(no_place_is_told),
    };

    return cmocka_run_group_tests_name("spill", tests, NULL, NULL);
}
