#define _GNU_SOURCE /* memmem */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cipher.h"

struct fixture {
    char dir[FOLDER_SIZE], key[FOLDER_SIZE + 16];
    struct err e;
};

static int
setup(void **state)
{
    struct fixture *fx = calloc(1, sizeof *fx);

    folder_make(fx->dir);
    snprintf(fx->key, sizeof fx->key, "%s/key", fx->dir);
    assert_int_equal(cipher_make(fx->key, &fx->e), RC_OK);
    assert_int_equal(cipher_load(fx->key, &fx->e), RC_OK);
    *state = fx;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *fx = *state;

    cipher_forget();
    folder_remove(fx->dir);
    free(fx);
    return 0;
}

static struct span
sealed(struct buf *b, const char *value)
{
    b->n = 0;
    cipher_seal(b, span_of(value));
    return (struct span){b->p, b->n};
}

static void
write_key(struct fixture *fx, const char *text, mode_t mode)
{
    int fd = open(fx->key, O_WRONLY | O_TRUNC);

    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    assert_int_equal(chmod(fx->key, mode), 0);
}

static void
values_come_back_and_are_not_seen(void **state)
{
    static const char *const values[] = {
        "",      "a", "13800000000", "350802199003070010", "龙岩市新罗区示例路 1 号, flat \"2\"",
        "*1*1*1"};
    struct buf b = {0}, plain = {0};

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct span s = sealed(&b, values[i]);

        assert_true(cipher_is_sealed(s));
        assert_false(strlen(values[i]) > 2 && memmem(s.p, s.n, values[i], strlen(values[i])));
        for (size_t at = 0; at < s.n; at++)
            assert_true(s.p[at] > ' ' && s.p[at] < 127);
        plain.n = 0;
        assert_true(cipher_open(&plain, s));
        assert_int_equal(plain.n, strlen(values[i]));
        assert_memory_equal(plain.p, values[i], plain.n);
    }
    buf_free(&b);
    buf_free(&plain);
}

static void
equal_values_stay_equal(void **state)
{
    struct buf a = {0}, b = {0};

    (void)state;
    sealed(&a, "13800000000");
    sealed(&b, "13800000000");
    assert_int_equal(a.n, b.n);
    assert_memory_equal(a.p, b.p, a.n);
    sealed(&b, "13800000001");
    assert_memory_not_equal(a.p, b.p, 20);
    buf_free(&a);
    buf_free(&b);
}

static void
what_was_changed_does_not_open(void **state)
{
    struct buf b = {0}, plain = {0};
    struct span s;

    (void)state;
    s = sealed(&b, "13800000000");
    for (size_t at = 2; at < s.n; at++) {
        char was = b.p[at];

        b.p[at] = was == 'A' ? 'B' : 'A';
        /* the last letter before the filling holds bits that mean nothing */
        if (at + 3 < s.n || b.p[s.n - 1] != '=')
            assert_false(cipher_open(&plain, s));
        b.p[at] = was;
    }
    assert_false(cipher_open(&plain, (struct span){s.p, s.n - 4}));
    assert_false(cipher_open(&plain, (struct span){s.p, s.n - 1}));
    assert_false(cipher_open(&plain, SPAN("*1")));
    assert_false(cipher_open(&plain, SPAN("*1????????????????????????")));
    assert_false(cipher_open(&plain, SPAN("plain")));
    assert_false(cipher_is_sealed(SPAN("*1 short")));
    assert_int_equal(plain.n, 0);
    buf_free(&b);
    buf_free(&plain);
}

static void
another_key_opens_nothing(void **state)
{
    struct fixture *fx = *state;
    struct buf b = {0}, plain = {0};
    char name[CIPHER_NAME], other[CIPHER_NAME];
    struct span s = sealed(&b, "13800000000");

    cipher_name(name);
    assert_int_equal(strlen(name), CIPHER_NAME - 1);
    write_key(fx, "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n", 0600);
    assert_int_equal(cipher_load(fx->key, &fx->e), RC_OK);
    cipher_name(other);
    assert_string_not_equal(name, other);
    assert_false(cipher_open(&plain, s));
    cipher_forget();
    assert_false(cipher_loaded());
    assert_false(cipher_open(&plain, s));
    buf_free(&b);
    buf_free(&plain);
}

static void
a_known_key_gives_known_bytes(void **state)
{
    struct fixture *fx = *state;
    struct buf b = {0};

    write_key(fx, "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", 0400);
    assert_int_equal(cipher_load(fx->key, &fx->e), RC_OK);
    sealed(&b, "13800000000");
    buf_put(&b, "", 1);
    /* made once by openssl(1): HMAC under HMAC(key, "value mac" NUL), AES under HMAC(key, "value" NUL) */
    assert_string_equal(b.p, "*1gaeIak4kj2Hgld7UCT+6AlPiypCmnJY83yK5");
    buf_free(&b);
}

static void
key_files_are_looked_at(void **state)
{
    static const struct {
        const char *text;
        mode_t mode;
        const char *why;
    } rows[] = {
        {"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n", 0640, "mode 0640"},
        {"00112233445566778899aabbccddeeff00112233445566778899aabbccddeef\n",  0600, "64 digits"},
        {"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff00", 0600, "64 digits"},
        {"0011223344556677X899aabbccddeeff00112233445566778899aabbccddeeff\n", 0600, "64 digits"},
        {"",                                                                   0600, "64 digits"},
    };
    struct fixture *fx = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        write_key(fx, rows[i].text, rows[i].mode);
        assert_int_equal(cipher_load(fx->key, &fx->e), RC_FATAL);
        assert_int_equal(fx->e.code, ERR_KEY);
        assert_non_null(strstr(fx->e.text, rows[i].why));
        assert_false(cipher_loaded());
    }
    assert_int_equal(cipher_make(fx->key, &fx->e), RC_FATAL); /* never over another */
    unlink(fx->key);
    assert_int_equal(cipher_load(fx->key, &fx->e), RC_FATAL);
    assert_non_null(strstr(fx->e.text, "is not there"));
}

/* Opened as another piece than it was sealed as, or with any byte another one, it does not open. */
static void
a_piece_opens_as_what_it_was_sealed_as(void **state)
{
    static const struct {
        struct piece as;
        bool opens;
    } cases[] = {
        {{7, false, SPAN("of this")},                     true },
        {{8, false, SPAN("of this")},                     false},
        {{7, true, SPAN("of this")},                      false},
        {{7, false, SPAN("of that")},                     false},
        {{7, false, {NULL, 0}},                           false},
        {{7 | UINT64_C(1) << 40, false, SPAN("of this")}, false},
    };
    unsigned char salt[CIPHER_SALT], key[CIPHER_KEY], sealed[100 + CIPHER_TAG], back[100], x[100];
    struct cipher *c[3];

    (void)state;
    memset(x, 'x', sizeof x);
    cipher_salt(salt);
    c[0] = cipher_new(salt);
    c[1] = cipher_new(salt);
    cipher_key(c[0], key);
    c[2] = cipher_of_key(key);
    cipher_piece_seal(c[0], &cases[0].as, x, sizeof x, sealed);
    assert_memory_not_equal(sealed, x, sizeof x);
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            memset(back, 0, sizeof back);
            assert_int_equal(cipher_piece_open(c[k], &cases[i].as, sealed, sizeof sealed, back),
                             cases[i].opens);
            assert_int_equal(memcmp(back, x, sizeof x) == 0, cases[i].opens);
        }
    for (size_t at = 0; at < sizeof sealed; at++) {
        sealed[at] ^= 0x20;
        assert_false(cipher_piece_open(c[1], &cases[0].as, sealed, sizeof sealed, back));
        assert_false(cipher_piece_open(c[1], &cases[0].as, sealed, at, back)); /* cut off */
        sealed[at] ^= 0x20;
    }
    cipher_free(&c[1]);
    c[1] = cipher_new(NULL);
    assert_false(cipher_piece_open(c[1], &cases[0].as, sealed, sizeof sealed, back));
    for (size_t k = 0; k < 3; k++)
        cipher_free(&c[k]);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(values_come_back_and_are_not_seen),      TEST(equal_values_stay_equal),
        TEST(what_was_changed_does_not_open),         TEST(another_key_opens_nothing),
        TEST(a_known_key_gives_known_bytes),          TEST(key_files_are_looked_at),
        TEST(a_piece_opens_as_what_it_was_sealed_as),
    };

    return cmocka_run_group_tests_name("cipher", tests, NULL, NULL);
}
