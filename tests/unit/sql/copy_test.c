#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "sql/copy.h"

static void
assert_bytes(struct buf *b, const char *name, const void *want, size_t n)
{
    if (b->n != n || memcmp(b->p, want, n) != 0) {
        for (size_t i = 0; i < b->n; i++)
            print_error("%02X ", (unsigned char)b->p[i]);
        fail_msg("%s", name);
    }
    buf_free(b);
}
#define ASSERT_BYTES(b, name, literal) assert_bytes((b), (name), (literal), sizeof(literal) - 1)

/* numeric: count, weight, sign, digits after the point, then the digits of base 10000 */
static const struct numeric_case {
    const char *text;
    int16_t count, weight;
    uint16_t sign, scale;
    uint16_t digits[6];
} numeric_cases[] = {
    {"0",                    0, 0,  0,      0, {0}                               },
    {"-0.00",                0, 0,  0,      2, {0}                               },
    {"0.00",                 0, 0,  0,      2, {0}                               },
    {"1",                    1, 0,  0,      0, {1}                               },
    {"+0001",                1, 0,  0,      0, {1}                               },
    {"-1.5",                 2, 0,  0x4000, 1, {1, 5000}                         },
    {"1.50",                 2, 0,  0,      2, {1, 5000}                         },
    {".5",                   1, -1, 0,      1, {5000}                            },
    {"1.",                   1, 0,  0,      0, {1}                               },
    {"0.0001",               1, -1, 0,      4, {1}                               },
    {"0.00001",              1, -2, 0,      5, {1000}                            },
    {"10000",                1, 1,  0,      0, {1}                               },
    {"1000000",              1, 1,  0,      0, {100}                             },
    {"9999.9999",            2, 0,  0,      4, {9999, 9999}                      },
    {"10000.00001",          4, 1,  0,      5, {1, 0, 0, 1000}                   },
    {"12345678901234.12345", 6, 3,  0,      5, {12, 3456, 7890, 1234, 1234, 5000}},
};

static void
put16(struct buf *b, uint16_t v)
{
    char bytes[2] = {(char)(v >> 8), (char)(v & 0xFF)};

    buf_put(b, bytes, 2);
}

static void
numerics(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(numeric_cases) / sizeof(numeric_cases[0]); i++) {
        const struct numeric_case *row = &numeric_cases[i];
        struct buf got = {0}, want = {0};

        put16(&want, 0);
        put16(&want, (uint16_t)(8 + 2 * row->count));
        put16(&want, (uint16_t)row->count);
        put16(&want, (uint16_t)row->weight);
        put16(&want, row->sign);
        put16(&want, row->scale);
        for (int k = 0; k < row->count; k++)
            put16(&want, row->digits[k]);
        assert_true(copy_numeric(&got, span_of(row->text)));
        assert_bytes(&got, row->text, want.p, want.n);
        buf_free(&want);
    }
}

static void
what_is_no_number_writes_nothing(void **state)
{
    static const char *const rows[] = {"",    " ",  "-",   ".",  "+.",    "1e5", "1,5",
                                       "NaN", "1 ", "--1", "1-", "1.2.3", "0x1"};
    char digits[1002];
    struct buf b = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (copy_numeric(&b, span_of(rows[i])))
            fail_msg("\"%s\" taken", rows[i]);
    }
    memset(digits, '9', sizeof(digits));
    assert_false(copy_numeric(&b, (struct span){digits, 1001}));
    assert_int_equal(b.n, 0);
    assert_true(copy_numeric(&b, (struct span){digits, 1000}));
    assert_int_equal(b.n, 4 + 8 + 2 * 250);
    buf_free(&b);
}

static void
other_values(void **state)
{
    static const unsigned char uuid[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xFF};
    struct buf b = {0};

    (void)state;
    copy_null(&b);
    ASSERT_BYTES(&b, "null", "\xFF\xFF\xFF\xFF");
    copy_text(&b, SPAN("\xE5\x95\x86"));
    ASSERT_BYTES(&b, "text", "\0\0\0\3\xE5\x95\x86");
    copy_text(&b, SPAN(""));
    ASSERT_BYTES(&b, "empty text", "\0\0\0\0");
    copy_text(&b, (struct span){NULL, 0});
    ASSERT_BYTES(&b, "no text", "\xFF\xFF\xFF\xFF");
    assert_true(copy_numeric(&b, (struct span){NULL, 0}));
    ASSERT_BYTES(&b, "no number", "\xFF\xFF\xFF\xFF");
    copy_int8(&b, -2);
    ASSERT_BYTES(&b, "int8", "\0\0\0\10\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFE");
    copy_int8(&b, INT64_MIN);
    ASSERT_BYTES(&b, "least int8", "\0\0\0\10\x80\0\0\0\0\0\0\0");
    copy_int4(&b, 0x01020304);
    ASSERT_BYTES(&b, "int4", "\0\0\0\4\1\2\3\4");
    copy_int4(&b, -1);
    ASSERT_BYTES(&b, "negative int4", "\0\0\0\4\xFF\xFF\xFF\xFF");
    copy_bool(&b, true);
    copy_bool(&b, false);
    ASSERT_BYTES(&b, "bool", "\0\0\0\1\1\0\0\0\1\0");
    copy_uuid(&b, uuid);
    ASSERT_BYTES(&b, "uuid", "\0\0\0\20\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\xFF");
}

static void
frame(void **state)
{
    struct buf b = {0};

    (void)state;
    copy_begin(&b);
    copy_row_begin(&b, 258);
    copy_end(&b);
    ASSERT_BYTES(&b, "frame", "PGCOPY\n\xFF\r\n\0\0\0\0\0\0\0\0\0\1\2\xFF\xFF");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numerics),
        cmocka_unit_test(what_is_no_number_writes_nothing),
        cmocka_unit_test(other_values),
        cmocka_unit_test(frame),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
