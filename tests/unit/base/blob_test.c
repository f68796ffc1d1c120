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

#include "base/blob.h"

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
    assert_int_equal(blob_write(&b, block, 1000, NULL), RC_OK);
    assert_int_equal(blob_read(&b, block, 5, 100), 5);
    assert_int_equal(block[0], letter(100));
    block[0] = letter(0);
    for (size_t i = 0; i < 5; i++)
        block[i] = letter(i);
    assert_int_equal(blob_write(&b, block + 1000, BIG - 1000, NULL), RC_OK);
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
    assert_int_equal(blob_read(&b, block, BIG, 3), BIG - 3);
    for (size_t i = 0; i < BIG - 3; i++)
        assert_int_equal(block[i], letter(3 + i));
    assert_int_equal(blob_empty(&b, NULL), RC_OK);
    assert_int_equal(blob_read(&b, block, 5, 0), 0);
    assert_int_equal(blob_write(&b, "anew", 4, NULL), RC_OK);
    assert_int_equal(blob_read(&b, block, 5, 0), 4);
    blob_close(&b);
    assert_int_equal(b.fd, -1);
}

/* A file of that many bytes under its name; its path. */
static void
make(char path[FOLDER_SIZE + 8], const char *name, size_t n)
{
    struct blob b;
    int fd;

    snprintf(path, FOLDER_SIZE + 8, "%s/%s", dir, name);
    fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(blob_create(&b, fd, NULL), RC_OK);
    for (size_t at = 0; at < n;) {
        char block[1000];
        size_t step = n - at < sizeof block ? n - at : sizeof block;

        for (size_t i = 0; i < step; i++)
            block[i] = letter(at + i);
        assert_int_equal(blob_write(&b, block, step, NULL), RC_OK);
        at += step;
    }
    assert_int_equal(blob_end(&b, name, NULL), RC_OK);
    blob_close(&b);
}

/* What is read of it to the end: bytes, or -1 as soon as one is not what was written. */
static ssize_t
read_through(const char *path, const char *name, size_t piece, struct err *e)
{
    static char block[BIG];
    int fd = open(path, O_RDONLY);
    struct blob b;
    uint64_t bytes = 0, at = 0;
    ssize_t n = -1;

    if (blob_open(&b, fd, name, &bytes, e) == RC_OK)
        for (; (n = blob_read(&b, block, piece, at)) > 0; at += (uint64_t)n)
            for (ssize_t i = 0; i < n; i++)
                assert_int_equal(block[i], letter(at + (uint64_t)i)); /* never a wrong one */
    if (n < 0 && e->code == ERR_NONE)
        blob_failed(name, e);
    if (n == 0)
        assert_int_equal(at, bytes);
    blob_close(&b);
    return n < 0 ? -1 : (ssize_t)at;
}

static const size_t sizes[] = {0,
                               1,
                               BLOB_PIECE - 1,
                               BLOB_PIECE,
                               BLOB_PIECE + 1,
                               3 * BLOB_PIECE,
                               17 * BLOB_PIECE,
                               17 * BLOB_PIECE + 5};
#define SIZES (sizeof sizes / sizeof *sizes)

static void
what_was_sealed_comes_back(void **state)
{
    char path[FOLDER_SIZE + 8];

    (void)state;
    for (size_t i = 0; i < SIZES; i++) {
        struct err e = {0};

        make(path, "f", sizes[i]);
        assert_int_equal(read_through(path, "f", 777, &e), sizes[i]);
        assert_int_equal(read_through(path, "f", BIG, &e), sizes[i]);
    }
}

/* Any byte changed, any length cut off or added, any name but its own. */
static void
what_is_not_as_it_was_is_damaged(void **state)
{
    char path[FOLDER_SIZE + 8];

    (void)state;
    for (size_t i = 0; i < SIZES; i++) {
        struct err e = {0};
        off_t end, at;
        char byte;
        int fd;

        make(path, "f", sizes[i]);
        assert_int_equal(read_through(path, "g", BIG, &e), -1);
        assert_int_equal(e.code, ERR_SPOOL_DAMAGED);
        fd = open(path, O_RDWR);
        end = lseek(fd, 0, SEEK_END);
        for (off_t k = 0; k < 40; k++) {
            at = k < 36 ? end * k / 36 : end - 40 + k;
            if (at < 0)
                continue;
            assert_int_equal(pread(fd, &byte, 1, at), 1);
            byte ^= 1;
            assert_int_equal(pwrite(fd, &byte, 1, at), 1);
            e = (struct err){0};
            assert_int_equal(read_through(path, "f", 777, &e), -1);
            assert_int_equal(e.code, ERR_SPOOL_DAMAGED);
            byte ^= 1;
            assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        }
        e = (struct err){0};
        assert_int_equal(read_through(path, "f", BIG, &e), sizes[i]);
        assert_int_equal(ftruncate(fd, end + 1), 0);
        assert_int_equal(read_through(path, "f", BIG, &e), -1);
        for (at = end - 1; at >= 0; at -= at > BLOB_PIECE ? BLOB_PIECE + CIPHER_TAG : 13) {
            e = (struct err){0};
            assert_int_equal(ftruncate(fd, at), 0);
            assert_int_equal(read_through(path, "f", BIG, &e), -1);
            assert_int_equal(e.code, ERR_SPOOL_DAMAGED);
        }
        close(fd);
    }
}

/* Pieces that stand in each other's place, and a tail of another file. */
static void
pieces_stay_where_they_were(void **state)
{
    static char a[BLOB_PIECE + CIPHER_TAG], b[BLOB_PIECE + CIPHER_TAG];
    char path[FOLDER_SIZE + 8], other[FOLDER_SIZE + 8];
    struct err e = {0};
    int fd, from;

    (void)state;
    make(path, "f", 3 * BLOB_PIECE);
    fd = open(path, O_RDWR);
    assert_int_equal(pread(fd, a, sizeof a, BLOB_HEAD), sizeof a);
    assert_int_equal(pread(fd, b, sizeof b, BLOB_HEAD + sizeof a), sizeof b);
    assert_int_equal(pwrite(fd, b, sizeof b, BLOB_HEAD), sizeof b);
    assert_int_equal(pwrite(fd, a, sizeof a, BLOB_HEAD + sizeof a), sizeof a);
    assert_int_equal(read_through(path, "f", BIG, &e), -1);
    make(path, "f", 3 * BLOB_PIECE);
    make(other, "other", 3 * BLOB_PIECE);
    from = open(other, O_RDONLY);
    assert_int_equal(pread(from, a, sizeof a, BLOB_HEAD), sizeof a);
    assert_int_equal(pwrite(fd, a, sizeof a, BLOB_HEAD), sizeof a);
    e = (struct err){0};
    assert_int_equal(read_through(path, "f", BIG, &e), -1);
    assert_int_equal(e.code, ERR_SPOOL_DAMAGED);
    assert_int_equal(rename(other, path), 0); /* a whole file, under another's name */
    e = (struct err){0};
    assert_int_equal(read_through(path, "f", BIG, &e), -1);
    assert_int_equal(e.code, ERR_SPOOL_DAMAGED);
    close(from);
    close(fd);
}

static void
what_is_not_sealed_is_refused(void **state)
{
    static const char *const texts[] = {"", "x", "LPSEALED",
                                        "a text that is longer than any head can be"};
    char path[FOLDER_SIZE + 8];

    (void)state;
    snprintf(path, sizeof path, "%s/f", dir);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
        struct err e = {0};

        assert_int_equal(write(fd, texts[i], strlen(texts[i])), strlen(texts[i]));
        assert_int_equal(read_through(path, "f", BIG, &e), -1);
        assert_int_equal(e.code, ERR_SPOOL_DAMAGED);
        close(fd);
    }
}

/* One file's key and its descriptor are all that another process needs. */
static void
another_process_reads_what_it_is_given(void **state)
{
    char path[FOLDER_SIZE + 8], byte = 0;
    struct blob_pass pass;
    struct err e = {0};
    uint64_t bytes;
    struct blob b, taken;

    (void)state;
    make(path, "f", 100000);
    assert_int_equal(blob_open(&b, open(path, O_RDONLY), "f", &bytes, &e), RC_OK);
    assert_int_equal(blob_give(&b, &pass, &e), RC_OK);
    blob_close(&b);
    cipher_forget();
    taken = blob_take(open(path, O_RDONLY), &pass);
    assert_int_equal(blob_read(&taken, &byte, 1, 99999), 1);
    assert_int_equal(byte, letter(99999));
    assert_int_equal(blob_read(&taken, &byte, 1, 100000), 0);
    blob_close(&taken);
    assert_int_equal(blob_temporary(&b, dir, NULL), RC_OK);
    assert_int_equal(blob_write(&b, "12345", 5, &e), RC_OK);
    assert_int_equal(blob_give(&b, &pass, &e), RC_OK);
    taken = blob_take(dup(b.fd), &pass);
    assert_int_equal(blob_read(&taken, &byte, 1, 4), 1);
    assert_int_equal(byte, '5');
    blob_close(&taken);
    blob_close(&b);
}

static void
a_sealed_file_needs_the_key(void **state)
{
    char path[FOLDER_SIZE + 8];
    struct err e = {0};

    (void)state;
    make(path, "f", 5);
    cipher_forget();
    assert_int_equal(read_through(path, "f", BIG, &e), -1);
    assert_int_equal(e.rc, RC_FATAL);
    assert_int_equal(e.code, ERR_KEY);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_file_without_a_name_is_read_anywhere),
        TEST(what_was_sealed_comes_back),
        TEST(what_is_not_as_it_was_is_damaged),
        TEST(pieces_stay_where_they_were),
        TEST(what_is_not_sealed_is_refused),
        TEST(another_process_reads_what_it_is_given),
        TEST(a_sealed_file_needs_the_key),
    };

    return cmocka_run_group_tests_name("blob", tests, NULL, NULL);
}
