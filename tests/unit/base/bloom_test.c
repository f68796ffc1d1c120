#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/bloom.h"
#include "sql/hash.h"

/* As trades are hashed. */
static uint64_t
hashed(uint64_t n)
{
    char text[32];

    snprintf(text, sizeof text, "LY2026%012llu", (unsigned long long)n);
    return (uint64_t)hash_text(span_of(text));
}

static void
knows_all_that_it_met(void **state)
{
    struct bloom *b = bloom_new();

    (void)state;
    for (uint64_t i = 0; i < 100000; i++)
        bloom_add(b, hashed(i));
    for (uint64_t i = 0; i < 100000; i++)
        assert_true(bloom_add(b, hashed(i)));
    bloom_free(&b);
    assert_null(b);
}

static void
takes_few_for_others(void **state)
{
    static const struct {
        uint64_t numbers, wrong;
    } cases[] = {
        {10000,   0  },
        {1000000, 300},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bloom *b = bloom_new();
        uint64_t wrong = 0;

        for (uint64_t n = 0; n < cases[i].numbers; n++)
            wrong += bloom_add(b, hashed(n));
        assert_in_range(wrong, 0, cases[i].wrong);
        bloom_free(&b);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_all_that_it_met),
        cmocka_unit_test(takes_few_for_others),
    };

    return cmocka_run_group_tests_name("bloom", tests, NULL, NULL);
}
