#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"

#include <stdio.h>

enum { BLOCK = 64 * 1024 };

static struct arena *arena;
static char calls[8];

static int
setup(void **state)
{
    (void)state;
    memset(calls, 0, sizeof calls);
    arena = arena_new("test");
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    arena_free(&arena);
    assert_null(arena);
    arena_free(&arena);
    return 0;
}

static void
note(void *p)
{
    strcat(calls, p);
}

static void
note_and_defer(void *p)
{
    note(p);
    arena_defer(arena, note, arena_str(arena, "z"));
}

static const struct size_case {
    const char *name;
    size_t size;
} size_cases[] = {
    {"nothing",           0            },
    {"one byte",          1            },
    {"one alignment",     16           },
    {"one more",          17           },
    {"quarter of block",  BLOCK / 4    },
    {"own block",         BLOCK / 4 + 1},
    {"block",             BLOCK        },
    {"larger than block", BLOCK + 1    },
    {"many blocks",       10 * BLOCK   },
    {"small after large", 24           },
};

/* Twice, with a reset between: memory used before must come back zeroed. */
static void
memory_is_zeroed_aligned_and_apart(void **state)
{
    enum { N = sizeof size_cases / sizeof *size_cases };
    unsigned char *got[N];

    (void)state;
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < N; i++) {
            got[i] = arena_alloc(arena, size_cases[i].size);
            assert_int_equal((uintptr_t)got[i] % 16, 0);
            for (size_t at = 0; at < size_cases[i].size; at++)
                if (got[i][at])
                    fail_msg("%s: byte %zu is not zero", size_cases[i].name, at);
            memset(got[i], (int)i + 1, size_cases[i].size);
        }
        for (size_t i = 0; i < N; i++)
            for (size_t at = 0; at < size_cases[i].size; at++)
                if (got[i][at] != i + 1)
                    fail_msg("%s: byte %zu was overwritten", size_cases[i].name, at);
        arena_reset(arena);
    }
}

static void
copies_end_with_nul(void **state)
{
    (void)state;
    assert_string_equal(arena_str(arena, "报关单"), "报关单");
    assert_string_equal(arena_strn(arena, "abcdef", 3), "abc");
    assert_memory_equal(arena_strn(arena, "a\0b", 3), "a\0b", 4);
    assert_string_equal(arena_span(arena, SPAN("x,y")), "x,y");
    assert_string_equal(arena_span(arena, (struct span){"", 0}), "");
    assert_string_equal(arena_printf(arena, "%s_%06d", "CUSTOMS", 42), "CUSTOMS_000042");
    assert_string_equal(arena_printf(arena, "%s", ""), "");
}

static void
no_text_stays_null(void **state)
{
    (void)state;
    assert_null(arena_str(arena, NULL));
    assert_null(arena_strn(arena, NULL, 0));
    assert_null(arena_span(arena, (struct span){NULL, 0}));
}

static void
long_text_survives_many_blocks(void **state)
{
    const char *texts[200];
    char want[1000];

    (void)state;
    for (int i = 0; i < 200; i++)
        texts[i] = arena_printf(arena, "%0999d", i);
    for (int i = 0; i < 200; i++) {
        snprintf(want, sizeof want, "%0999d", i);
        assert_string_equal(texts[i], want);
    }
}

static void
arrays_are_typed(void **state)
{
    uint64_t *n = ARENA_ARRAY(arena, uint64_t, 1000);

    (void)state;
    for (int i = 0; i < 1000; i++)
        assert_int_equal(n[i], 0);
    assert_non_null(ARENA_NEW(arena, long double));
    assert_non_null(ARENA_ARRAY(arena, uint64_t, 0));
}

static void
lists_grow_and_keep_what_they_hold(void **state)
{
    uint32_t *list = NULL;

    (void)state;
    for (uint32_t i = 0; i < 1000; i++) {
        list = arena_grow(arena, list, sizeof *list, i);
        list[i] = i;
    }
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(list[i], i);
}

static void
deferred_calls_run_last_first_and_once(void **state)
{
    (void)state;
    arena_defer(arena, note, arena_str(arena, "a"));
    arena_defer(arena, note, arena_str(arena, "b"));
    arena_reset(arena);
    assert_string_equal(calls, "ba");
    arena_reset(arena);
    assert_string_equal(calls, "ba");
    arena_defer(arena, note, arena_str(arena, "c"));
    arena_free(&arena);
    assert_string_equal(calls, "bac");
}

static void
deferred_call_may_defer(void **state)
{
    (void)state;
    arena_defer(arena, note_and_defer, arena_str(arena, "a"));
    arena_reset(arena);
    assert_string_equal(calls, "az");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(memory_is_zeroed_aligned_and_apart),
        TEST(copies_end_with_nul),
        TEST(no_text_stays_null),
        TEST(long_text_survives_many_blocks),
        TEST(arrays_are_typed),
        TEST(lists_grow_and_keep_what_they_hold),
        TEST(deferred_calls_run_last_first_and_once),
        TEST(deferred_call_may_defer),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
