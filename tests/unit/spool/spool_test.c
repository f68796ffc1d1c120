/* wrap: fsync rename */
#define _GNU_SOURCE /* unshare */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spool/spool.h"

#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static int fail_at, fail_errno; /* the nth fsync or rename from now on fails */
static bool commit_meanwhile;   /* somebody commits the same bytes just before the next rename */

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);

static bool
fails(void)
{
    if (fail_at == 0 || --fail_at > 0)
        return false;
    errno = fail_errno;
    return true;
}

int
__wrap_fsync(int fd)
{
    return fails() ? -1 : __real_fsync(fd);
}

int
__wrap_rename(const char *from, const char *to)
{
    if (commit_meanwhile)
        utimensat(AT_FDCWD, from, NULL, 0);
    commit_meanwhile = false;
    return fails() ? -1 : __real_rename(from, to);
}

struct fixture {
    char dir[FOLDER_SIZE];
    const char *root, *tmp, *key;
    struct arena *a;
    struct spool *sp;
    struct err e;
};

static int
setup(void **state)
{
    struct fixture *fx = calloc(1, sizeof(*fx));

    assert_non_null(fx);
    folder_make(fx->dir);
    fx->a = arena_new("test");
    fx->root = arena_printf(fx->a, "%s/var/spool", fx->dir);
    fx->tmp = arena_printf(fx->a, "%s/tmp", fx->root);
    fx->key = arena_printf(fx->a, "%s/key", fx->dir);
    assert_int_equal(cipher_make(fx->key, &fx->e), RC_OK);
    assert_int_equal(cipher_load(fx->key, &fx->e), RC_OK);
    assert_int_equal(spool_create(fx->root, &fx->e), RC_OK);
    assert_int_equal(spool_open(&fx->sp, fx->root, &fx->e), RC_OK);
    *state = fx;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *fx = *state;

    fail_at = 0;
    spool_close(&fx->sp);
    spool_close(&fx->sp);
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

    if (d == NULL)
        return 0;
    for (struct dirent *entry; (entry = readdir(d)) != NULL;)
        n += entry->d_name[0] != '.';
    closedir(d);
    return n;
}

static rc_t
store(struct fixture *fx, const char *text, const char **id)
{
    struct spool_file *f = NULL;
    rc_t rc = spool_begin(fx->sp, &f, &fx->e);

    if (rc == RC_OK && (rc = spool_write(f, text, strlen(text), &fx->e)) != RC_OK)
        spool_abort(&f);
    if (rc == RC_OK)
        rc = spool_commit(&f, fx->a, id, &fx->e);
    assert_null(f);
    return rc;
}

static void
bytes_get_the_name_of_their_hash(void **state)
{
    struct fixture *fx = *state;
    const char *id = NULL, *twice = NULL;
    uint64_t bytes = 0;
    struct stat st;
    struct blob b;
    char text[4];

    assert_int_equal(store(fx, "abc", &id), RC_OK);
    assert_string_equal(id, ABC);
    assert_int_equal(store(fx, "abc", &twice), RC_OK);
    assert_string_equal(twice, ABC);
    assert_int_equal(count_files(fx->tmp), 0);
    assert_int_equal(count_files(arena_printf(fx->a, "%s/ba", fx->root)), 1);
    assert_int_equal(spool_read(fx->sp, id, &b, &bytes, &fx->e), RC_OK);
    assert_int_equal(bytes, 3);
    assert_int_equal(blob_read(&b, text, sizeof(text), 0), 3);
    assert_memory_equal(text, "abc", 3);
    blob_close(&b);
    assert_int_equal(stat(spool_path(fx->sp, fx->a, id), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(stat(fx->root, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
}

static void
large_files_come_in_any_pieces(void **state)
{
    static char block[700001];
    const size_t pieces[] = {1, 4096, 262143, 262144, 262145, sizeof(block)};
    struct fixture *fx = *state;
    const char *first = NULL, *id = NULL;

    for (size_t i = 0; i < sizeof(block); i++)
        block[i] = (char)(i * 7 + i / 1000);
    for (size_t k = 0; k < sizeof(pieces) / sizeof(pieces[0]); k++) {
        struct spool_file *f = NULL;
        struct sink out;

        assert_int_equal(spool_begin(fx->sp, &f, &fx->e), RC_OK);
        out = spool_sink(f);
        for (size_t at = 0; at < sizeof(block); at += pieces[k]) {
            size_t left = sizeof(block) - at;

            assert_int_equal(
                out.write(out.ctx, block + at, left < pieces[k] ? left : pieces[k], &fx->e), RC_OK);
        }
        assert_int_equal(spool_bytes(f), sizeof(block));
        assert_int_equal(spool_commit(&f, fx->a, &id, &fx->e), RC_OK);
        assert_int_equal(spool_check(fx->sp, id, &fx->e), RC_OK);
        first = first == NULL ? id : first;
        assert_string_equal(id, first);
    }
}

/* Walk the fault over every durable call. The name may be there after a failed sync of a directory
 * (another state may already point to these bytes), but never without all of its bytes. */
static void
failing_disk_never_leaves_half_a_file(void **state)
{
    struct fixture *fx = *state;
    const char *id = NULL;
    struct stat st;
    rc_t rc = RC_RETRY;
    int nth;

    for (nth = 1; rc != RC_OK && nth < 20; nth++) {
        fail_errno = nth % 2 ? ENOSPC : EIO;
        fail_at = nth;
        rc = store(fx, "abc", &id);
        fail_at = 0;
        assert_true(rc == RC_OK || rc == (nth % 2 ? RC_RETRY : RC_FAIL));
        assert_int_equal(count_files(fx->tmp), 0);
        if (stat(spool_path(fx->sp, fx->a, ABC), &st) == 0)
            assert_int_equal(spool_check(fx->sp, ABC, &fx->e), RC_OK);
        else
            assert_true(nth <= 2 && rc != RC_OK); /* fsync, rename; then two directories */
    }
    assert_int_equal(nth, 6);
}

static void
damage_and_absence_are_told(void **state)
{
    struct fixture *fx = *state;
    const char *id = NULL;
    struct blob b;
    uint64_t bytes;
    int fd;

    assert_int_equal(spool_read(fx->sp, ABC, &b, &bytes, &fx->e), RC_FAIL);
    assert_int_equal(fx->e.code, ERR_NOT_FOUND);
    assert_int_equal(b.fd, -1);
    assert_int_equal(store(fx, "abc", &id), RC_OK);
    assert_int_equal(spool_check(fx->sp, id, &fx->e), RC_OK);
    fd = open(spool_path(fx->sp, fx->a, id), O_WRONLY);
    assert_int_equal(pwrite(fd, "X", 1, BLOB_HEAD + 1), 1);
    close(fd);
    assert_int_equal(spool_check(fx->sp, id, &fx->e), RC_FAIL);
    assert_int_equal(fx->e.code, ERR_SPOOL_DAMAGED);
    assert_int_equal(store(fx, "abc", &id), RC_OK); /* storing again heals */
    assert_int_equal(spool_check(fx->sp, id, &fx->e), RC_OK);
    assert_int_equal(spool_remove(fx->sp, id, &fx->e), RC_OK);
    assert_int_equal(spool_remove(fx->sp, id, &fx->e), RC_OK);
    assert_int_equal(spool_check(fx->sp, id, &fx->e), RC_FAIL);
    assert_int_equal(fx->e.code, ERR_NOT_FOUND);
}

/* A process that leaves a file under tmp/ and ends; it is dead and not yet waited for. */
static pid_t
leaver(struct fixture *fx)
{
    pid_t child = fork();
    siginfo_t info;

    if (child == 0) {
        struct spool_file *f = NULL;

        _exit(spool_begin(fx->sp, &f, NULL) != RC_OK || spool_write(f, "lost", 4, NULL) != RC_OK);
    }
    assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    assert_int_equal(info.si_status, 0);
    return child;
}

static void
only_the_dead_are_cleaned_up(void **state)
{
    struct fixture *fx = *state;
    struct spool_file *mine = NULL;
    uint64_t removed = 0;
    pid_t gone = leaver(fx), zombie = leaver(fx);

    assert_int_equal(waitpid(gone, NULL, 0), gone);
    assert_int_equal(spool_begin(fx->sp, &mine, &fx->e), RC_OK);
    close(open(arena_printf(fx->a, "%s/readme", fx->tmp), O_CREAT | O_WRONLY, 0600));
    assert_int_equal(count_files(fx->tmp), 4);
    assert_int_equal(spool_clean(fx->sp, &removed, &fx->e), RC_OK);
    assert_int_equal(removed, 2);
    assert_int_equal(waitpid(zombie, NULL, 0), zombie);
    assert_int_equal(count_files(fx->tmp), 2);
    spool_abort(&mine);
    spool_abort(&mine);
    assert_int_equal(count_files(fx->tmp), 1);
}

/* As another container has it: pids of its own, and a /proc that shows no others. */
static bool
enter_container(void)
{
    pid_t first;
    int status = 1;

    if (unshare(CLONE_NEWPID | CLONE_NEWNS | (geteuid() == 0 ? 0 : CLONE_NEWUSER)) != 0)
        return false;
    if ((first = fork()) != 0) { /* the next child is the first process there */
        if (first > 0)
            waitpid(first, &status, 0);
        _exit(status != 0);
    }
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("proc", "/proc", "proc", 0, NULL) == 0;
}

/* Says 0 once it writes a file, 255 where it may not be what it should; asked, how many files it has cleaned up. */
static void
be_elsewhere(struct fixture *fx, int in, int out)
{
    struct spool_file *theirs = NULL;
    uint64_t removed = 0;
    uint8_t say = 255, asked;
    bool entered = enter_container();

    if (entered && spool_begin(fx->sp, &theirs, NULL) == RC_OK)
        say = 0;
    while (write(out, &say, 1) == 1 && say != 255 && read(in, &asked, 1) == 1)
        say = spool_clean(fx->sp, &removed, NULL) == RC_OK ? (uint8_t)removed : 254;
    _exit(0);
}

static const char *
file_in_tmp(struct fixture *fx)
{
    DIR *dir = opendir(fx->tmp);
    struct dirent *entry;
    const char *name = NULL;

    while ((entry = readdir(dir)))
        if (entry->d_name[0] != '.')
            name = arena_printf(fx->a, "%s/%s", fx->tmp, entry->d_name);
    closedir(dir);
    return name;
}

static uint8_t
heard(int from)
{
    uint8_t said = 255;

    assert_int_equal(read(from, &said, 1), 1);
    return said;
}

static void
what_another_container_writes_stays(void **state)
{
    const struct timespec long_ago[2] = {
        {1700000000, 0},
        {1700000000, 0}
    };
    struct fixture *fx = *state;
    struct spool_file *mine = NULL;
    uint64_t removed = 0;
    const char *theirs;
    int ask[2], say[2];
    pid_t other;

    assert_int_equal(pipe(ask) | pipe(say), 0);
    if ((other = fork()) == 0) {
        close(ask[1]);
        close(say[0]);
        be_elsewhere(fx, ask[0], say[1]);
    }
    close(ask[0]);
    close(say[1]);
    if (heard(say[0]) != 0) {
        print_message("no pid namespace may be made here\n");
        skip();
    }
    theirs = file_in_tmp(fx);
    assert_int_equal(spool_begin(fx->sp, &mine, &fx->e), RC_OK);
    assert_int_equal(spool_clean(fx->sp, &removed, &fx->e), RC_OK);
    assert_int_equal(removed, 0);
    assert_int_equal(write(ask[1], "", 1), 1);
    assert_int_equal(heard(say[0]), 0);
    assert_int_equal(count_files(fx->tmp), 2);
    /* nobody can tell from here that it is gone, but for that it writes no more */
    close(ask[1]);
    assert_int_equal(waitpid(other, NULL, 0), other);
    assert_int_equal(spool_clean(fx->sp, &removed, &fx->e), RC_OK);
    assert_int_equal(removed, 0);
    assert_int_equal(utimensat(AT_FDCWD, theirs, long_ago, 0), 0);
    assert_int_equal(spool_clean(fx->sp, &removed, &fx->e), RC_OK);
    assert_int_equal(removed, 1);
    assert_int_equal(count_files(fx->tmp), 1);
    spool_abort(&mine);
    close(say[0]);
}

static void
a_root_that_is_not_ours_is_fatal(void **state)
{
    struct fixture *fx = *state;
    struct spool *sp = NULL;

    assert_int_equal(spool_open(&sp, "/nowhere/x", &fx->e), RC_FATAL);
    assert_int_equal(spool_open(&sp, fx->dir, &fx->e), RC_FATAL); /* no tmp */
    assert_int_equal(chmod(fx->root, 0777), 0);
    assert_int_equal(spool_open(&sp, fx->root, &fx->e), RC_FATAL);
    assert_non_null(strstr(fx->e.text, "0777"));
    assert_null(sp);
    assert_int_equal(spool_create(fx->root, &fx->e), RC_OK);
}

#define OLD 1700000000 /* seconds */

static const char *
store_old(struct fixture *fx, const char *text)
{
    const struct timespec times[2] = {
        {OLD, 0},
        {OLD, 0}
    };
    const char *id = NULL;

    assert_int_equal(store(fx, text, &id), RC_OK);
    assert_int_equal(utimensat(AT_FDCWD, spool_path(fx->sp, fx->a, id), times, 0), 0);
    return id;
}

static rc_t
on_old(void *ctx, const char *id, struct err *e)
{
    buf_str(ctx, id);
    buf_str(ctx, "\n");
    return id[0] == '0' ? err_set(e, RC_FAIL, ERR_LOCKED, "enough") : RC_OK;
}

static void
old_files_are_found(void **state)
{
    struct fixture *fx = *state;
    const char *old = store_old(fx, "abc"), *new = NULL;
    struct buf seen = {0};
    int fd;

    assert_int_equal(store(fx, "new", &new), RC_OK);
    fd = open(arena_printf(fx->a, "%s/%.2s/notes.txt", fx->root, old), O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(spool_each_before(fx->sp, OLD, on_old, &seen, &fx->e), RC_OK);
    assert_int_equal(seen.n, 0); /* not before its own second */
    assert_int_equal(spool_each_before(fx->sp, OLD + 1, on_old, &seen, &fx->e), RC_OK);
    assert_int_equal(seen.n, 65);
    assert_memory_equal(seen.p, ABC, 64);
    /* another's failure ends it: "s" has a hash that begins with 0 */
    assert_int_equal(store_old(fx, "s")[0], '0');
    assert_int_equal(spool_each_before(fx->sp, OLD + 1, on_old, &seen, &fx->e), RC_FAIL);
    assert_int_equal(fx->e.code, ERR_LOCKED);
    assert_int_equal(seen.n, 2 * 65);
    buf_free(&seen);
}

static void
only_what_stayed_old_is_removed(void **state)
{
    struct fixture *fx = *state;
    const char *id = store_old(fx, "abc");
    struct stat st;
    bool removed = true;

    assert_int_equal(spool_remove_before(fx->sp, id, OLD, &removed, &fx->e), RC_OK);
    assert_false(removed);
    commit_meanwhile = true;
    assert_int_equal(spool_remove_before(fx->sp, id, OLD + 1, &removed, &fx->e), RC_OK);
    assert_false(removed);
    assert_int_equal(spool_check(fx->sp, id, &fx->e), RC_OK); /* it has its name again */
    assert_int_equal(count_files(fx->tmp), 0);

    assert_string_equal(store_old(fx, "abc"), id);
    fail_at = 1;
    fail_errno = EACCES;
    assert_int_equal(spool_remove_before(fx->sp, id, OLD + 1, &removed, &fx->e), RC_FAIL);
    assert_false(removed);
    assert_int_equal(spool_remove_before(fx->sp, id, OLD + 1, &removed, &fx->e), RC_OK);
    assert_true(removed);
    assert_int_equal(stat(spool_path(fx->sp, fx->a, id), &st), -1);
    assert_int_equal(count_files(fx->tmp), 0);
    assert_int_equal(spool_remove_before(fx->sp, id, OLD + 1, &removed, &fx->e), RC_OK); /* gone */
    assert_false(removed);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(bytes_get_the_name_of_their_hash),      TEST(large_files_come_in_any_pieces),
        TEST(failing_disk_never_leaves_half_a_file), TEST(damage_and_absence_are_told),
        TEST(only_the_dead_are_cleaned_up),          TEST(what_another_container_writes_stays),
        TEST(a_root_that_is_not_ours_is_fatal),      TEST(old_files_are_found),
        TEST(only_what_stayed_old_is_removed),
    };

    return cmocka_run_group_tests_name("spool", tests, NULL, NULL);
}
