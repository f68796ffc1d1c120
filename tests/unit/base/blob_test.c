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

#include "blob.h"

#define BIG 200000

static char dir[FOLDER_SIZE];

static int
setup(void **state)
{
    char key[FOLDER_SIZE + 8];

    (void)state;
    folder_make(dir);
    snprintf(key, sizeof key, "%s/key", dir);
    assert_int_equal(cipher_make(key, NULL), RC_OK);
    return cipher_load(key, NULL) == RC_OK ? 0 : -1;
}

static int
teardown(void **state)
{
    (void)state;
    cipher_forget();
    folder_remove(dir);
    return 0;
}

static char
letter(size_t at)
{
    return (char)('a' + at % 23);
}

static void
a_file_without_a_name_is_read_anywhere(void **state)
{
    static char block[BIG];
    struct blob b;
    uint64_t bytes;

    (void)state;
    assert_int_equal(blob_temporary(&b, dir, NULL), RC_OK);
    for (size_t at = 0; at < BIG; at++)
        block[at] = letter(at);
    assert_int_equal(blob_write(&b, block, 1000, 0, NULL), RC_OK);
    assert_int_equal(blob_write(&b, block + 1000, BIG - 1000, 1000, NULL), RC_OK);
    assert_int_equal(blob_bytes(&b, &bytes, NULL), RC_OK);
    assert_int_equal(bytes, BIG);
    for (size_t at = BIG - 5; at > 7919; at -= 7919) {
        assert_int_equal(blob_read(&b, block, 5, at), 5);
        for (size_t i = 0; i < 5; i++)
            assert_int_equal(block[i], letter(at + i));
    }
    assert_int_equal(pread(b.fd, block, 100, 0), 100);
    assert_memory_not_equal(block, "abcdefghij", 10);
    assert_int_equal(blob_read(&b, block, 5, BIG), 0);
    blob_close(&b);
    assert_int_equal(b.fd, -1);
}

static void
what_does_not_begin_sealed_is_as_it_is(void **state)
{
    static const char *const texts[] = {"", "x", "LPSEALED",
                                        "a text that is longer than any head can be"};
    char path[FOLDER_SIZE + 8], block[64];

    (void)state;
    snprintf(path, sizeof path, "%s/f", dir);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
        uint64_t bytes;
        struct blob b;

        assert_int_equal(write(fd, texts[i], strlen(texts[i])), strlen(texts[i]));
        assert_int_equal(blob_open(&b, fd, &bytes, NULL), RC_OK);
        assert_int_equal(bytes, strlen(texts[i]));
        assert_int_equal(blob_read(&b, block, sizeof block, 0), strlen(texts[i]));
        assert_memory_equal(block, texts[i], strlen(texts[i]));
        blob_close(&b);
    }
}

static void
a_sealed_file_needs_the_key(void **state)
{
    unsigned char salt[CIPHER_SALT] = "0123456789abcde";
    char head[BLOB_HEAD], path[FOLDER_SIZE + 8];
    struct err e = {0};
    uint64_t bytes;
    struct blob b;
    int fd;

    (void)state;
    snprintf(path, sizeof path, "%s/s", dir);
    fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    blob_head(head, salt);
    assert_int_equal(write(fd, head, sizeof head), BLOB_HEAD);
    assert_int_equal(write(fd, "12345", 5), 5);
    assert_int_equal(blob_open(&b, fd, &bytes, &e), RC_OK);
    assert_int_equal(bytes, 5);
    cipher_free(&b.cipher);
    cipher_forget();
    assert_int_equal(blob_open(&b, fd, &bytes, &e), RC_FATAL);
    assert_int_equal(e.code, ERR_KEY);
    close(fd);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_file_without_a_name_is_read_anywhere),
        TEST(what_does_not_begin_sealed_is_as_it_is),
        TEST(a_sealed_file_needs_the_key),
    };

    return cmocka_run_group_tests_name("blob", tests, NULL, NULL);
}
