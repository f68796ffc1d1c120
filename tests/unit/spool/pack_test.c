#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <locale.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/stream.h"
#include "spool/pack.h"
#include "spool/unpack.h"

#define MTIME 1700000001  /* odd: DOS time has only even seconds */
#define HOLD  (16u << 20) /* entries beyond are streamed without a size */

extern char **environ;

struct part {
    const char *name, *data;
    size_t n, times;
};

static const struct part parts[] = {
    {"manifest.xml",          "<manifest/>",        11, 1   },
    {"messages/CEB303_1.xml", "<CEB303Message/>\n", 17, 5000},
    {"empty",                 "",                   0,  0   },
    {"报文.xml",            "<x/>",               4,  1   },
};
#define PARTS (sizeof parts / sizeof *parts)

static rc_t
write_all(enum pack_form form, struct sink to, const struct part *all, size_t count,
          struct pack_entry *done, struct err *e)
{
    struct pack *p = NULL;
    rc_t rc = pack_open(&p, form, "/tmp", to, MTIME, e);

    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        struct sink s = pack_sink(p);

        rc = pack_begin(p, all[i].name, e);
        for (size_t k = 0; k < all[i].times && rc == RC_OK; k++)
            rc = s.write(s.ctx, all[i].data, all[i].n, e);
        if (rc == RC_OK)
            rc = pack_end(p, done ? &done[i] : &(struct pack_entry){0}, e);
    }
    if (rc == RC_OK)
        return pack_close(&p, e);
    pack_abort(&p);
    assert_null(p);
    return rc;
}

static int
file_of(const struct buf *b, char path[32])
{
    int fd;

    snprintf(path, 32, "/tmp/pack-test-XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, b->p, b->n), (ssize_t)b->n);
    return fd;
}

/* Exit status of a program, its output thrown away; -1 where it is not installed. */
static int
run(const char *const *argv)
{
    posix_spawn_file_actions_t files;
    pid_t pid;
    int status = -1, r;

    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", 1, 0);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", 1, 0);
    r = posix_spawnp(&pid, argv[0], &files, NULL, (char *const *)(uintptr_t)argv, environ);
    posix_spawn_file_actions_destroy(&files);
    if (r != 0)
        return -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 256;
}

static void
same_bytes_in_every_time_zone(void **state)
{
    enum pack_form form = *(enum pack_form *)*state;
    static const char *const zones[] = {"UTC", "Asia/Shanghai", "America/New_York", "XXX-9"};
    struct buf first = {0};

    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        struct buf zip = {0};

        setenv("TZ", zones[i], 1);
        tzset();
        assert_int_equal(write_all(form, sink_buf(&zip), parts, PARTS, NULL, NULL), RC_OK);
        assert_string_equal(getenv("TZ"), zones[i]);
        if (!first.p) {
            first = zip;
            continue;
        }
        assert_int_equal(zip.n, first.n);
        assert_memory_equal(zip.p, first.p, first.n);
        buf_free(&zip);
    }
    unsetenv("TZ");
    tzset();
    buf_free(&first);
}

static rc_t
on_entry(void *ctx, const char *name, uint64_t bytes, struct source data, struct err *e)
{
    struct pack_entry **want = ctx;
    struct digest *d = digest_new();
    char block[4096], sha256[DIGEST_HEX];
    size_t n = 0;
    uint64_t sum = 0;
    rc_t rc;

    (void)name;
    while ((rc = data.read(data.ctx, block, sizeof block, &n, e)) == RC_OK && n > 0) {
        digest_update(d, block, n);
        sum += n;
    }
    digest_hex(d, sha256);
    digest_free(&d);
    assert_int_equal(bytes, (*want)->bytes);
    assert_int_equal(sum, (*want)->bytes);
    assert_string_equal(sha256, (*want)->sha256);
    ++*want;
    return rc;
}

static void
what_went_in_comes_out(void **state)
{
    enum pack_form form = *(enum pack_form *)*state;
    struct pack_entry done[PARTS], *want = done;
    struct buf zip = {0};
    struct err e = {0};
    char path[32];
    int fd;

    assert_int_equal(write_all(form, sink_buf(&zip), parts, PARTS, done, &e), RC_OK);
    assert_int_equal(done[1].bytes, 85000);
    assert_string_equal(done[2].sha256,
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    fd = file_of(&zip, path);
    unlink(path);
    assert_int_equal(unpack_list(blob_plain(fd), on_entry, &want, &e), RC_OK);
    assert_int_equal(want - done, PARTS);
    close(fd);
    buf_free(&zip);
}

/* With zip64 in the local header Java's ZipInputStream stops at an entry below 4 GiB. */
static void
small_entries_need_no_zip64(void **state)
{
    struct buf zip = {0};

    (void)state;
    assert_int_equal(write_all(PACK_ZIP, sink_buf(&zip), parts, 1, NULL, NULL), RC_OK);
    assert_memory_equal(zip.p, "PK\3\4\24\0", 6);
    assert_memory_equal(zip.p + 22, "\13\0\0\0", 4); /* size, known beforehand */
    buf_free(&zip);
}

static void
other_tools_read_it(void **state)
{
    static char block[1 << 20];
    struct part all[PARTS + 1];
    struct buf zip = {0};
    char path[32];
    const char *const tools[][6] = {
        {"unzip",   "-t",   path,      NULL, NULL, NULL},
        {"bsdtar",  "-tf",  path,      NULL, NULL, NULL},
        {"bsdtar",  "-xOf", path,      NULL, NULL, NULL},
        {"python3", "-m",   "zipfile", "-t", path, NULL},
    };
    int ran = 0;

    (void)state;
    setenv("LC_ALL", "C.UTF-8", 1); /* bsdtar refuses to list Chinese names in the C locale */
    for (size_t i = 0; i < sizeof block; i++)
        block[i] = (char)('0' + i * i % 7);
    memcpy(all, parts, sizeof parts);
    all[PARTS] = (struct part){"large.xml", block, sizeof block, 17};
    assert_true(sizeof block * 17 > HOLD);
    assert_int_equal(write_all(PACK_ZIP, sink_buf(&zip), all, PARTS + 1, NULL, NULL), RC_OK);
    close(file_of(&zip, path));
    for (size_t i = 0; i < sizeof tools / sizeof *tools; i++) {
        int status = run(tools[i]);

        if (status > 0)
            fail_msg("%s %s: exit status %d", tools[i][0], tools[i][1], status);
        ran += status == 0;
    }
    unlink(path);
    buf_free(&zip);
    if (!ran)
        skip();
}

static void
sizes_around_the_held_ones(void **state)
{
    enum pack_form form = *(enum pack_form *)*state;
    static const size_t sizes[] = {1, HOLD - 1, HOLD, HOLD + 1, 2 * HOLD};
    char *data = calloc(1, 2 * HOLD);

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const struct part part = {"a", data, sizes[i], 1};
        struct pack_entry done, *want = &done;
        struct buf zip = {0};
        char path[32];
        int fd;

        assert_int_equal(write_all(form, sink_buf(&zip), &part, 1, &done, NULL), RC_OK);
        assert_int_equal(done.bytes, sizes[i]);
        fd = file_of(&zip, path);
        unlink(path);
        assert_int_equal(unpack_list(blob_plain(fd), on_entry, &want, NULL), RC_OK);
        assert_ptr_equal(want, &done + 1);
        close(fd);
        buf_free(&zip);
    }
    free(data);
}

struct failing {
    struct buf kept;
    int left;
};

static rc_t
on_failing(void *ctx, const void *buf, size_t n, struct err *e)
{
    struct failing *f = ctx;

    if (f->left-- == 0)
        return err_set(e, RC_RETRY, ERR_NO_SPACE, "disk full");
    buf_put(&f->kept, buf, n);
    return RC_OK;
}

/* Walk a full disk over every write until none is hit; the sink's own error comes back. */
static void
a_full_disk_is_reported_as_such(void **state)
{
    enum pack_form form = *(enum pack_form *)*state;
    static char noise[1 << 20];
    const struct part all[] = {
        {"first", "x",   1,            1},
        {"noise", noise, sizeof noise, 1},
        {"more",  noise, 1000,         1}
    };
    uint32_t r = 1;
    rc_t rc = RC_RETRY;
    int nth;

    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char)((r = r * 1664525 + 1013904223) >> 24);
    for (nth = 0; rc != RC_OK; nth++) {
        struct failing f = {.left = nth};
        struct err e = {0};

        rc = write_all(form, (struct sink){on_failing, &f}, all, 3, NULL, &e);
        if (rc != RC_OK) {
            assert_int_equal(rc, RC_RETRY);
            assert_int_equal(e.code, ERR_NO_SPACE);
            assert_string_equal(e.text, "disk full");
        }
        buf_free(&f.kept);
    }
    assert_true(nth > 10);
}

static void
an_abort_leaves_no_directory(void **state)
{
    struct pack *p = NULL;
    struct pack_entry done;
    struct buf zip = {0};

    (void)state;
    assert_int_equal(pack_open(&p, PACK_ZIP, NULL, sink_buf(&zip), MTIME, NULL), RC_OK);
    assert_int_equal(pack_begin(p, "a", NULL), RC_OK);
    assert_int_equal(pack_end(p, &done, NULL), RC_OK);
    assert_int_equal(pack_begin(p, "b", NULL), RC_OK);
    pack_abort(&p);
    assert_null(p);
    pack_abort(&p);
    for (size_t i = 0; i + 4 <= zip.n; i++)
        assert_int_not_equal(memcmp(zip.p + i, "PK\5\6", 4), 0);
    buf_free(&zip);
}

#define BOTH(f)                                                                                    \
    {"zip " #f, f, NULL, NULL, &zip},                                                              \
    {                                                                                              \
        "tar " #f, f, NULL, NULL, &tar                                                             \
    }

int
main(void)
{
    static enum pack_form zip = PACK_ZIP, tar = PACK_TAR_ZSTD;
    const struct CMUnitTest tests[] = {
        BOTH(same_bytes_in_every_time_zone),
        BOTH(what_went_in_comes_out),
        cmocka_unit_test(small_entries_need_no_zip64),
        cmocka_unit_test(other_tools_read_it),
        BOTH(sizes_around_the_held_ones),
        BOTH(a_full_disk_is_reported_as_such),
        cmocka_unit_test(an_abort_leaves_no_directory),
    };

    setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
