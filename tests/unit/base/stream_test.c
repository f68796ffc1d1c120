/* wrap: read write */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What the next calls on the fake descriptor do: an error, or at most so many bytes. */
enum { FAKE = 12345, STEPS = 4 };
struct step {
    int error;
    size_t bytes;
};
static struct step script[STEPS];
static size_t step_at;
static char device[64];
static size_t device_n;

ssize_t __real_read(int fd, void *buf, size_t n);
ssize_t __wrap_read(int fd, void *buf, size_t n);
ssize_t __real_write(int fd, const void *buf, size_t n);
ssize_t __wrap_write(int fd, const void *buf, size_t n);

static ssize_t
next_step(size_t n)
{
    const struct step *s = &script[step_at < STEPS - 1 ? step_at++ : step_at];

    if (s->error) {
        errno = s->error;
        return -1;
    }
    return (ssize_t)(s->bytes < n ? s->bytes : n);
}

ssize_t
__wrap_read(int fd, void *buf, size_t n)
{
    ssize_t got;

    if (fd != FAKE)
        return __real_read(fd, buf, n);
    if ((got = next_step(n)) > 0)
        memset(buf, 'r', (size_t)got);
    return got;
}

ssize_t
__wrap_write(int fd, const void *buf, size_t n)
{
    ssize_t put;

    if (fd != FAKE)
        return __real_write(fd, buf, n);
    if ((put = next_step(n)) > 0) {
        memcpy(device + device_n, buf, (size_t)put);
        device_n += (size_t)put;
    }
    return put;
}

static const struct fd_case {
    const char *name;
    bool writes;
    struct step script[STEPS];
    rc_t rc;
    err_code_t code;
    size_t n; /* read, or arrived at the device */
} fd_cases[] = {
    {"read",             false, {{0, 5}},                              RC_OK,    ERR_NONE,     5},
    {"read at the end",  false, {{0, 0}},                              RC_OK,    ERR_NONE,     0},
    {"read interrupted", false, {{EINTR, 0}, {EINTR, 0}, {0, 3}},      RC_OK,    ERR_NONE,     3},
    {"read failed",      false, {{EIO, 0}},                            RC_FAIL,  ERR_SYSTEM,   0},
    {"write",            true,  {{0, 99}},                             RC_OK,    ERR_NONE,     8},
    {"write in parts",   true,  {{0, 3}, {EINTR, 0}, {0, 1}, {0, 99}}, RC_OK,    ERR_NONE,     8},
    {"disk full",        true,  {{ENOSPC, 0}},                         RC_RETRY, ERR_NO_SPACE, 0},
    {"full on the way",  true,  {{0, 3}, {ENOSPC, 0}},                 RC_RETRY, ERR_NO_SPACE, 3},
    {"over quota",       true,  {{EDQUOT, 0}},                         RC_RETRY, ERR_NO_SPACE, 0},
    {"write failed",     true,  {{EIO, 0}},                            RC_FAIL,  ERR_SYSTEM,   0},
    {"no progress",      true,  {{0, 0}},                              RC_FAIL,  ERR_SYSTEM,   0},
};

static void
descriptors_keep_their_promise(void **state)
{
    struct stream_fd f = {FAKE, "spool/x"};
    struct source source = source_fd(&f);
    struct sink sink = sink_fd(&f);

    (void)state;
    for (size_t i = 0; i < sizeof fd_cases / sizeof *fd_cases; i++) {
        const struct fd_case *c = &fd_cases[i];
        struct err e = {0};
        char buf[8];
        size_t n = 99;
        rc_t rc;

        memcpy(script, c->script, sizeof script);
        step_at = device_n = 0;
        rc = c->writes ? sink.write(sink.ctx, "ABCDEFGH", 8, &e)
                       : source.read(source.ctx, buf, sizeof buf, &n, &e);
        if (rc != c->rc || e.code != c->code || (c->writes ? device_n : n) != c->n)
            fail_msg("%s: rc %d, %s", c->name, (int)rc, e.text);
        if (rc != RC_OK)
            assert_memory_equal(e.text, "spool/x: ", 9);
        if (c->writes)
            assert_memory_equal(device, "ABCDEFGH", c->n);
    }
}

static void
pipe_carries_bytes(void **state)
{
    int ends[2];
    struct err e;
    char buf[16];
    size_t n;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    struct stream_fd in = {ends[0], "in"}, out = {ends[1], "out"};
    struct source source = source_fd(&in);
    struct sink sink = sink_fd(&out);
    assert_int_equal(sink.write(sink.ctx, "hello", 5, &e), RC_OK);
    close(ends[1]);
    assert_int_equal(source.read(source.ctx, buf, sizeof buf, &n, &e), RC_OK);
    assert_int_equal(n, 5);
    assert_memory_equal(buf, "hello", 5);
    assert_int_equal(source.read(source.ctx, buf, sizeof buf, &n, &e), RC_OK);
    assert_int_equal(n, 0);
    close(ends[0]);
}

static void
memory_is_read_in_pieces(void **state)
{
    struct stream_mem m = {"abcdefg", 7, 0}, none = {NULL, 0, 0};
    struct source source = source_mem(&m);
    char buf[3];
    size_t n, total = 0;
    struct err e;

    (void)state;
    do {
        assert_int_equal(source.read(source.ctx, buf, sizeof buf, &n, &e), RC_OK);
        assert_memory_equal(buf, "abcdefg" + total, n);
        total += n;
    } while (n > 0);
    assert_int_equal(total, 7);
    source = source_mem(&none);
    assert_int_equal(source.read(source.ctx, buf, sizeof buf, &n, &e), RC_OK);
    assert_int_equal(n, 0);
}

static void
buffer_grows(void **state)
{
    struct buf b = {0};
    struct sink sink = sink_buf(&b);

    (void)state;
    buf_put(&b, NULL, 0);
    assert_int_equal(b.n, 0);
    buf_str(&b, "a");
    buf_printf(&b, "%d%s", 23, "");
    assert_int_equal(sink.write(sink.ctx, "b\0c", 3, NULL), RC_OK);
    assert_int_equal(b.n, 6);
    assert_memory_equal(b.p, "a23b\0c", 6);
    for (int i = 0; i < 1000; i++)
        buf_printf(&b, "%0255d", i);
    assert_int_equal(b.n, 6 + 255 * 1000);
    assert_memory_equal(b.p + b.n - 4, "0999", 4);
    buf_reserve(&b, 1 << 20);
    assert_true(b.size - b.n >= 1 << 20);
    buf_free(&b);
    assert_null(b.p);
    buf_free(&b);
    assert_int_equal(b.n + b.size, 0);
}

static void
buffer_takes_a_file(void **state)
{
    static const size_t sizes[] = {0, 1, 16383, 16384, 16385, 40000, 100000};
    enum { MOST = 40000 };

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct buf b = {0};
        FILE *f = tmpfile();
        size_t want = sizes[i] > MOST ? MOST + 1 : sizes[i];

        assert_non_null(f);
        for (size_t k = 0; k < sizes[i]; k++)
            putc((int)('a' + k % 23), f);
        rewind(f);
        assert_true(buf_read(&b, f, MOST));
        assert_int_equal(b.n, want);
        for (size_t k = 0; k < want; k++)
            assert_int_equal(b.p[k], 'a' + k % 23);
        assert_true(b.size <= 2 * (want + 16384));
        buf_free(&b);
        fclose(f);
    }
    FILE *folder = fopen("/", "r");
    struct buf b = {0};

    assert_non_null(folder);
    assert_false(buf_read(&b, folder, MOST));
    buf_free(&b);
    fclose(folder);
}

static void
bounded_takes_what_is_left(void **state)
{
    struct buf b = {0};
    struct bounded five = {sink_buf(&b), 5, ERR_IN_MOTION, "more than it was"};
    struct sink sink = sink_bounded(&five);
    struct err e = {0};

    (void)state;
    assert_int_equal(sink.write(sink.ctx, "abc", 3, &e), RC_OK);
    assert_int_equal(sink.write(sink.ctx, "def", 3, &e), RC_REJECT);
    assert_int_equal(e.code, ERR_IN_MOTION);
    assert_string_equal(e.text, "more than it was");
    assert_int_equal(sink.write(sink.ctx, "de", 2, &e), RC_OK);
    assert_int_equal(b.n, 5);
    assert_memory_equal(b.p, "abcde", 5);
    buf_free(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(descriptors_keep_their_promise),
        cmocka_unit_test(pipe_carries_bytes),
        cmocka_unit_test(memory_is_read_in_pieces),
        cmocka_unit_test(buffer_grows),
        cmocka_unit_test(buffer_takes_a_file),
        cmocka_unit_test(bounded_takes_what_is_left),
    };
    return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
