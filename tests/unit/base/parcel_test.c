/* parcel: what was put in comes out, and what was cut off is known to be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/parcel.h"

static const char *const list[] = {"a", "", "\xE4\xB8\xAD", NULL};

static struct buf
packed(void)
{
    struct buf b = {0};

    parcel_put_number(&b, -7);
    parcel_put_text(&b, "text");
    parcel_put_text(&b, NULL);
    parcel_put_list(&b, list);
    parcel_put_list(&b, NULL);
    parcel_put(&b, "xyz", 3);
    return b;
}

static void
what_was_put_comes_out(void **state)
{
    struct arena *a = arena_new("test");
    struct buf b = packed();
    struct parcel p = {b.p, b.p + b.n, a, false};
    const char **texts;
    char three[3];

    (void)state;
    assert_int_equal(parcel_number(&p), -7);
    assert_string_equal(parcel_text(&p), "text");
    assert_null(parcel_text(&p));
    texts = parcel_list(&p);
    for (int i = 0; i < 3; i++)
        assert_string_equal(texts[i], list[i]);
    assert_null(texts[3]);
    assert_null(parcel_list(&p));
    parcel_take(&p, three, 3);
    assert_memory_equal(three, "xyz", 3);
    assert_true(p.p == p.end && !p.broken);
    parcel_take(&p, three, 1);
    assert_true(p.broken);
    buf_free(&b);
    arena_free(&a);
}

static void
what_is_cut_off_is_known_to_be(void **state)
{
    struct buf b = packed();

    (void)state;
    for (size_t n = 0; n < b.n; n++) {
        struct arena *a = arena_new("test");
        struct parcel p = {b.p, b.p + n, a, false};
        char three[3];

        (void)parcel_number(&p);
        (void)parcel_text(&p);
        (void)parcel_text(&p);
        (void)parcel_list(&p);
        (void)parcel_list(&p);
        parcel_take(&p, three, 3);
        assert_true(p.broken);
        arena_free(&a);
    }
    buf_free(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_comes_out),
        cmocka_unit_test(what_is_cut_off_is_known_to_be),
    };

    return cmocka_run_group_tests_name("parcel", tests, NULL, NULL);
}
