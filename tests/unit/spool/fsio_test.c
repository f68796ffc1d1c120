/* wrap: fsync rename close write */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spool/fsio.h"

/* The nth durable call (fsync, rename, write, close of any file) from now on fails with `why`. */
static int fail_at, fail_errno;

static bool
fails(void)
{
    if (fail_at == 0 || --fail_at > 0)
        return false;
    errno = fail_errno;
    return true;
}

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_close(int fd);
int __wrap_close(int fd);
ssize_t __real_write(int fd, const void *p, size_t n);
ssize_t __wrap_write(int fd, const void *p, size_t n);

int
__wrap_fsync(int fd)
{
    return fails() ? -1 : __real_fsync(fd);
}

int
__wrap_rename(const char *from, const char *to)
{
    return fails() ? -1 : __real_rename(from, to);
}

int
__wrap_close(int fd)
{
    bool bad = fails();
    int why = errno, n = __real_close(fd);

    errno = why;
    return bad ? -1 : n;
}

/* A disk that takes three bytes at a time. */
ssize_t
__wrap_write(int fd, const void *p, size_t n)
{
    return fails() ? -1 : __real_write(fd, p, n > 3 && fail_errno != 0 ? 3 : n);
}

struct fixture {
    char dir[FOLDER_SIZE];
    struct arena *a;
    struct err e;
};

static int
setup(void **state)
{
    struct fixture *fx = calloc(1, sizeof(*fx));

    assert_non_null(fx);
    folder_make(fx->dir);
    fx->a = arena_new("test");
    *state = fx;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *fx = *state;

    fail_at = fail_errno = 0;
    folder_remove(fx->dir);
    arena_free(&fx->a);
    free(fx);
    return 0;
}

static int
count_files(const char *dir)
{
    DIR *d = opendir(dir);
    int n = 0;

    assert_non_null(d);
    for (struct dirent *entry; (entry = readdir(d)) != NULL;)
        n += entry->d_name[0] != '.';
    closedir(d);
    return n;
}

static void
directories_are_made_once(void **state)
{
    struct fixture *fx = *state;
    char *deep = arena_printf(fx->a, "%s/a/b/c", fx->dir);
    char *file = arena_printf(fx->a, "%s/a/file", fx->dir);
    struct stat st;

    assert_int_equal(fsio_mkdirs(deep, 0700, &fx->e), RC_OK);
    assert_int_equal(fsio_mkdirs(deep, 0700, &fx->e), RC_OK);
    assert_int_equal(stat(deep, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(fsio_replace(file, "x", 1, 0640, &fx->e), RC_OK);
    assert_int_equal(fsio_mkdirs(file, 0700, &fx->e), RC_FAIL);
    assert_int_equal(fx->e.code, ERR_SYSTEM);
    assert_int_equal(fsio_mkdirs(arena_printf(fx->a, "%s/x", file), 0700, &fx->e), RC_FAIL);
}

static void
a_file_is_replaced_and_read(void **state)
{
    struct fixture *fx = *state;
    char *path = arena_printf(fx->a, "%s/status.html", fx->dir);
    struct span got;
    struct stat st;

    assert_int_equal(fsio_replace(path, "first", 5, 0644, &fx->e), RC_OK);
    assert_int_equal(fsio_replace(path, "second", 6, 0644, &fx->e), RC_OK);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0644);
    assert_int_equal(fsio_read_file(fx->a, path, 6, &got, &fx->e), RC_OK);
    assert_true(span_is(got, "second"));
    assert_int_equal(got.p[got.n], '\0');
    assert_int_equal(fsio_read_file(fx->a, path, 5, &got, &fx->e), RC_FAIL);
    assert_int_equal(fsio_read_file(fx->a, fx->dir, 5, &got, &fx->e), RC_FAIL);
    assert_int_equal(fsio_read_file(fx->a, "/nowhere/x", 5, &got, &fx->e), RC_FAIL);
    assert_non_null(strstr(fx->e.text, "/nowhere/x"));
    assert_int_equal(count_files(fx->dir), 1);
}

static void
a_pipe_is_refused_without_waiting(void **state)
{
    struct fixture *fx = *state;
    char *path = arena_printf(fx->a, "%s/pipe", fx->dir);
    struct span got;

    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(fsio_read_file(fx->a, path, 5, &got, &fx->e), RC_FAIL);
}

/* Whatever call fails, the name holds the old bytes or the new, and no temporary file stays. */
static void
failing_disk_keeps_old_or_new(void **state)
{
    struct fixture *fx = *state;
    char *path = arena_printf(fx->a, "%s/f", fx->dir);
    struct span got;
    rc_t rc = RC_FAIL;
    int nth;

    assert_int_equal(fsio_replace(path, "old bytes", 9, 0600, &fx->e), RC_OK);
    for (nth = 1; rc != RC_OK && nth < 50; nth++) {
        fail_errno = nth % 2 ? ENOSPC : EIO;
        fail_at = nth;
        rc = fsio_replace(path, "new bytes", 9, 0600, &fx->e);
        fail_at = 0;
        assert_true(rc == RC_OK || rc == (nth % 2 ? RC_RETRY : RC_FAIL));
        if (rc != RC_OK)
            assert_int_equal(fx->e.code, nth % 2 ? ERR_NO_SPACE : ERR_SYSTEM);
        assert_int_equal(fsio_read_file(fx->a, path, 9, &got, &fx->e), RC_OK);
        assert_true(span_is(got, "new bytes") || (rc != RC_OK && span_is(got, "old bytes")));
        assert_int_equal(count_files(fx->dir), 1);
    }
    assert_in_range(nth, 7, 49); /* 3 writes, fsync, close, rename, fsync of the directory */
}

static void
free_space_is_told(void **state)
{
    struct fixture *fx = *state;
    uint64_t bytes = 0;

    assert_int_equal(fsio_free_bytes(fx->dir, &bytes, &fx->e), RC_OK);
    assert_true(bytes > 0);
    assert_int_equal(fsio_free_bytes("/nowhere/x", &bytes, &fx->e), RC_FAIL);
    assert_int_equal(fsio_sync_dir(fx->dir, &fx->e), RC_OK);
    assert_int_equal(fsio_sync_dir("/nowhere/x", &fx->e), RC_FAIL);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(directories_are_made_once),
        TEST(a_file_is_replaced_and_read),
        TEST(a_pipe_is_refused_without_waiting),
        TEST(failing_disk_keeps_old_or_new),
        TEST(free_space_is_told),
    };

    return cmocka_run_group_tests_name("fsio", tests, NULL, NULL);
}
