/* wrap: pwrite pread */
#define _GNU_SOURCE /* memfd_create */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "formats/read/xlsx_strings.h"

#define COUNT 50000

ssize_t __real_pwrite(int fd, const void *p, size_t n, off_t at);
ssize_t __wrap_pwrite(int fd, const void *p, size_t n, off_t at);
ssize_t __real_pread(int fd, void *p, size_t n, off_t at);
ssize_t __wrap_pread(int fd, void *p, size_t n, off_t at);

/* Calls that fail, and how few bytes the others move. */
static struct {
    int fail_after, error;
    size_t most;
} disk;

ssize_t
__wrap_pwrite(int fd, const void *p, size_t n, off_t at)
{
    if (disk.error && disk.fail_after-- <= 0) {
        errno = disk.error;
        return -1;
    }
    return __real_pwrite(fd, p, disk.most && n > disk.most ? disk.most : n, at);
}

ssize_t
__wrap_pread(int fd, void *p, size_t n, off_t at)
{
    return __real_pread(fd, p, disk.most && n > disk.most ? disk.most : n, at);
}

/* Texts of all lengths: some none, some longer than a page. */
static void
text_of(uint32_t i, struct buf *out)
{
    out->n = 0;
    buf_printf(out, "%u", i);
    for (uint32_t k = 0; k < i * 7919 % 41 + (i % 5000 == 0 ? 20000 : 0); k++)
        buf_put(out, "abcdefghijklmnopqrstuvwxyz" + (i + k) % 26, 1);
    if (i % 97 == 0)
        out->n = 0;
}

struct fixture {
    struct buf part;
    struct stream_mem mem;
    int fd;
};

static rc_t
part_open(void *ctx, const char *name, struct source *in, struct err *e)
{
    struct fixture *fx = ctx;

    (void)name, (void)e;
    fx->mem = (struct stream_mem){fx->part.p, fx->part.n, 0};
    *in = source_mem(&fx->mem);
    return RC_OK;
}

static void
part_close(void *ctx)
{
    (void)ctx;
}

static int
setup(void **state)
{
    struct fixture *fx = calloc(1, sizeof *fx);
    struct buf text = {0};

    buf_str(&fx->part, "<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">");
    for (uint32_t i = 0; i < COUNT; i++) {
        text_of(i, &text);
        buf_str(&fx->part, "<si><t>");
        buf_put(&fx->part, text.p, text.n);
        buf_str(&fx->part, "</t></si>");
    }
    buf_str(&fx->part, "</sst>");
    buf_free(&text);
    fx->fd = memfd_create("strings-test", MFD_CLOEXEC);
    memset(&disk, 0, sizeof disk);
    *state = fx;
    return fx->fd < 0;
}

static int
teardown(void **state)
{
    struct fixture *fx = *state;

    buf_free(&fx->part);
    close(fx->fd);
    free(fx);
    return 0;
}

static rc_t
read_strings(struct fixture *fx, struct strings **s, int fd, size_t resident, struct err *e)
{
    const struct xlsx_parts parts = {fx, part_open, part_close};

    return strings_read(s, &parts, "strings", UINT64_MAX, blob_plain(fd), resident, e);
}

static void
check_string(struct strings *s, uint32_t i)
{
    static struct buf want, got; /* kept for all calls; freed with the process */

    text_of(i, &want);
    got.n = 0;
    buf_str(&got, "x");
    assert_int_equal(strings_get(s, i, &got, NULL), RC_OK);
    assert_int_equal(got.n, want.n + 1);
    assert_memory_equal(got.p + 1, want.p, want.n);
}

static void
check_strings(struct strings *s)
{
    assert_int_equal(strings_count(s), COUNT);
    for (uint32_t i = 0; i < COUNT; i++)
        check_string(s, i);
    for (uint32_t i = COUNT; i-- > COUNT - 1000;)
        check_string(s, i);
    for (uint32_t i = 0, at = 1; i < 20000; i++, at = at * 48271 % 2147483647)
        check_string(s, at % COUNT);
    for (uint32_t i = 0; i < 100; i++)
        check_string(s, 5000); /* longer than two pages */
}

static void
in_memory(void **state)
{
    struct strings *s = NULL;

    assert_int_equal(read_strings(*state, &s, -1, 64 << 20, NULL), RC_OK);
    check_strings(s);
    strings_free(&s);
    assert_null(s);
    strings_free(&s);
}

static void
on_disk(void **state)
{
    static const size_t residents[] = {1, 1000, 1 << 20};
    struct fixture *fx = *state;
    struct strings *s = NULL;

    for (size_t i = 0; i < sizeof residents / sizeof *residents; i++) {
        assert_int_equal(ftruncate(fx->fd, 0), 0);
        assert_int_equal(read_strings(fx, &s, fx->fd, residents[i], NULL), RC_OK);
        assert_true(lseek(fx->fd, 0, SEEK_END) > (off_t)(1 << 20)); /* that is where they are */
        check_strings(s);
        strings_free(&s);
    }
}

static void
a_disk_that_takes_little(void **state)
{
    struct fixture *fx = *state;
    struct strings *s = NULL;

    disk.most = 777;
    assert_int_equal(read_strings(fx, &s, fx->fd, 100000, NULL), RC_OK);
    check_strings(s);
    strings_free(&s);
}

static void
nowhere_to_put_them(void **state)
{
    struct strings *s = NULL;
    struct err e;

    assert_int_equal(read_strings(*state, &s, -1, 1 << 20, &e), RC_REJECT);
    assert_int_equal(e.code, ERR_TOO_BIG);
    assert_null(s);
}

static void
a_full_disk_is_for_later(void **state)
{
    struct fixture *fx = *state;
    struct strings *s = NULL;
    rc_t rc = RC_RETRY;
    struct err e;
    int n;

    for (n = 0; rc != RC_OK; n++) { /* walk the failure over every write */
        disk.error = ENOSPC;
        disk.fail_after = n;
        rc = read_strings(fx, &s, fx->fd, 300000, &e);
        assert_true(rc == RC_OK || (rc == RC_RETRY && e.code == ERR_NO_SPACE && !s));
    }
    assert_in_range(n, 6, 100);
    strings_free(&s);
    disk.error = EIO;
    disk.fail_after = 1;
    assert_int_equal(read_strings(fx, &s, fx->fd, 300000, &e), RC_FAIL);
    assert_int_equal(e.code, ERR_SYSTEM);
}

static void
a_file_that_shrinks(void **state)
{
    struct fixture *fx = *state;
    struct strings *s = NULL;
    struct buf out = {0};
    struct err e;

    assert_int_equal(read_strings(fx, &s, fx->fd, 1000, &e), RC_OK);
    assert_int_equal(ftruncate(fx->fd, 10000), 0);
    assert_int_equal(strings_get(s, 1, &out, &e), RC_OK);
    assert_int_equal(strings_get(s, COUNT - 1, &out, &e), RC_FAIL);
    assert_int_equal(e.code, ERR_SYSTEM);
    strings_free(&s);
    buf_free(&out);
}

static void
none_at_all(void **state)
{
    const struct xlsx_parts parts = {*state, part_open, part_close};
    struct strings *s = NULL;

    assert_int_equal(strings_read(&s, &parts, NULL, 0, BLOB_NONE, 0, NULL), RC_OK);
    assert_int_equal(strings_count(s), 0);
    strings_free(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(in_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(on_disk, setup, teardown),
        cmocka_unit_test_setup_teardown(a_disk_that_takes_little, setup, teardown),
        cmocka_unit_test_setup_teardown(nowhere_to_put_them, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_disk_is_for_later, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_that_shrinks, setup, teardown),
        cmocka_unit_test_setup_teardown(none_at_all, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
