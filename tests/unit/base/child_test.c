/* child_test.c - real processes: how they end, in time, with nothing left of them and nothing of ours in them. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/child.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#define SOON 5000 /* ms that nothing here takes */

static struct child *
started(const struct child_form *form)
{
    struct child *c = NULL;
    struct err e = {0};

    if (child_start(&c, form, &e) != RC_OK)
        fail_msg("%s", e.text);
    return c;
}

/* ended(), and no zombie of it */
static const char *
how_it_ended(struct child **c)
{
    static char words[CHILD_WORDS];

    assert_ptr_equal(child_wait(c, 1, SOON), *c);
    child_words(*c, words);
    child_free(c);
    assert_null(*c);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    return words;
}

/* ---- what they do ---- */

static int
ends_with(void *status, int in, int out)
{
    (void)in;
    (void)out;
    return *(int *)status;
}

static int
raises(void *number, int in, int out)
{
    (void)in;
    (void)out;
    raise(*(int *)number);
    return 0;
}

static int
sleeps(void *ctx, int in, int out)
{
    (void)ctx;
    (void)in;
    (void)out;
    while (pause() != 0)
        ;
    return 1;
}

static int
heeds_nothing(void *ctx, int in, int out)
{
    signal(SIGTERM, SIG_IGN);
    (void)!write(out, "x", 1);
    return sleeps(ctx, in, out);
}

static void
says_and_ends(int number)
{
    (void)number;
    _exit(11);
}

static int
puts_in_order(void *ctx, int in, int out)
{
    signal(SIGTERM, says_and_ends);
    (void)!write(out, "x", 1);
    return sleeps(ctx, in, out);
}

/* Until it has come so far. */
static void
await_word(struct child *c)
{
    struct pollfd p = {c->from, POLLIN, 0};
    char x;

    assert_int_equal(poll(&p, 1, SOON), 1);
    assert_true(child_told(c, &x, 1));
}

/* ---- ends ---- */

static void
an_end_has_words(void **state)
{
    int status = 3, number = SIGUSR1;
    struct child *c = started(&(struct child_form){.name = "x", .run = ends_with, .ctx = &status});

    (void)state;
    assert_false(child_well(c));
    assert_string_equal(how_it_ended(&c), "ended with status 3");
    c = started(&(struct child_form){.name = "x", .run = raises, .ctx = &number});
    assert_string_equal(how_it_ended(&c), "was ended by signal 10");
    status = 0;
    c = started(&(struct child_form){.name = "x", .run = ends_with, .ctx = &status});
    assert_ptr_equal(child_wait(&c, 1, SOON), c);
    assert_true(child_well(c));
    child_kill(c); /* too late: it keeps its own reason */
    assert_string_equal(how_it_ended(&c), "ended with status 0");
    c = started(&(struct child_form){.name = "x", .run = sleeps});
    child_kill(c);
    assert_string_equal(how_it_ended(&c), "was ended by signal 9");
    c = started(&(struct child_form){.name = "x", .run = sleeps});
    child_stop(c);
    assert_string_equal(how_it_ended(&c), "was ended by signal 9"); /* no grace */
}

static void
a_deadline_is_kept(void **state)
{
    static const struct {
        int (*run)(void *, int, int);
        uint32_t grace_ms;
        struct child_end end;
        int64_t least_ms;
    } cases[] = {
        {sleeps,        2000, {CHILD_SIGNALLED, SIGTERM}, 150},
        {puts_in_order, 2000, {CHILD_EXITED, 11},         150},
        {heeds_nothing, 300,  {CHILD_SIGNALLED, SIGKILL}, 450},
        {heeds_nothing, 0,    {CHILD_SIGNALLED, SIGKILL}, 150},
    };
    char words[CHILD_WORDS];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct child *c = started(&(struct child_form){.name = "x",
                                                       .run = cases[i].run,
                                                       .says = true,
                                                       .deadline_ms = 150,
                                                       .grace_ms = cases[i].grace_ms});
        int64_t took;

        assert_null(child_wait(&c, 1, 20));
        assert_ptr_equal(child_wait(&c, 1, SOON), c);
        took = clock_ms() - c->started_ms;
        assert_int_equal(c->end.how, cases[i].end.how);
        assert_int_equal(c->end.number, cases[i].end.number);
        assert_true(c->late);
        assert_string_equal(child_words(c, words), "took longer than 0.15 s and was ended");
        assert_in_range(took, cases[i].least_ms, cases[i].least_ms + 1800);
        child_free(&c);
    }
}

static void
who_ends_in_time_is_not_late(void **state)
{
    struct child *c = started(&(struct child_form){
        .name = "x", .run = puts_in_order, .says = true, .deadline_ms = SOON, .grace_ms = 2000});

    (void)state;
    await_word(c);
    child_stop(c);
    child_stop(c); /* once is enough */
    assert_ptr_equal(child_wait(&c, 1, SOON), c);
    assert_false(c->late);
    assert_string_equal(how_it_ended(&c), "ended with status 11");
}

static void
one_of_several_ends_first(void **state)
{
    static int status[] = {0, 1, 2};
    struct child *all[4] = {NULL};
    bool seen[4] = {false};

    (void)state;
    assert_null(child_wait(all, 4, 0));
    all[0] = started(&(struct child_form){.name = "slow", .run = sleeps, .deadline_ms = 300});
    for (int i = 1; i < 3; i++)
        all[i] =
            started(&(struct child_form){.name = "quick", .run = ends_with, .ctx = &status[i]});
    for (int n = 0; n < 3; n++) {
        struct child *c = child_wait(all, 4, SOON);
        int i = c == all[0] ? 0 : c == all[1] ? 1 : 2;

        assert_non_null(c);
        assert_false(seen[i]);
        assert_true(n < 2 || i == 0);
        seen[i] = true;
        child_free(&all[i]);
    }
    assert_null(child_wait(all, 4, 0));
}

/* As a daemon would have it: children, a signal and an interval in one poll(). */
static void
a_loop_of_ones_own(void **state)
{
    struct child *late = started(&(struct child_form){
        .name = "x", .run = heeds_nothing, .says = true, .deadline_ms = 100, .grace_ms = 100});
    struct child *calm = started(&(struct child_form){.name = "y", .run = sleeps});
    sigset_t term;
    int signals, heard = 0, intervals = 0;

    (void)state;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    assert_int_equal(sigprocmask(SIG_BLOCK, &term, NULL), 0);
    assert_true((signals = signalfd(-1, &term, SFD_CLOEXEC | SFD_NONBLOCK)) >= 0);
    assert_int_equal(child_patience(calm), -1);
    while (!child_look(late)) {
        struct pollfd fds[] = {
            {signals,  POLLIN, 0},
            {late->fd, POLLIN, 0},
            {calm->fd, POLLIN, 0}
        };
        struct signalfd_siginfo info;
        int patience = child_patience(late);

        assert_true(clock_ms() - late->started_ms < SOON);
        intervals += poll(fds, 3, patience < 0 || patience > 40 ? 40 : patience) == 0;
        if (intervals == 2 && !heard)
            kill(getpid(), SIGTERM);
        if (fds[0].revents)
            heard += read(signals, &info, sizeof info) == sizeof info;
        assert_false(child_look(calm));
    }
    assert_int_equal(heard, 1);
    assert_true(intervals >= 3);
    assert_true(late->late);
    assert_int_equal(late->end.number, SIGKILL);
    child_free(&late);
    child_free(&calm); /* kills it */
    close(signals);
    assert_int_equal(sigprocmask(SIG_UNBLOCK, &term, NULL), 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* ---- what is left ---- */

static int
says_signals(void *ctx, int in, int out)
{
    sigset_t now;

    (void)ctx;
    (void)in;
    sigprocmask(SIG_SETMASK, NULL, &now);
    return write(out, &now, sizeof now) == sizeof now ? 0 : 1;
}

static void
no_signal_is_blocked_there(void **state)
{
    struct child *c;
    sigset_t all, before, told;

    (void)state;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    c = started(&(struct child_form){.name = "x", .run = says_signals, .says = true});
    sigprocmask(SIG_SETMASK, &before, NULL);
    assert_ptr_equal(child_wait(&c, 1, SOON), c);
    assert_true(child_told(c, &told, sizeof told));
    assert_false(sigismember(&told, SIGTERM));
    assert_false(sigismember(&told, SIGCHLD));
    child_free(&c);
}

/* The starter of a daemon may have left SIGCHLD ignored. */
static void
ignored_endings_are_heard(void **state)
{
    int status = 4;
    struct child *c;

    (void)state;
    signal(SIGCHLD, SIG_IGN);
    c = started(&(struct child_form){.name = "x", .run = ends_with, .ctx = &status});
    assert_string_equal(how_it_ended(&c), "ended with status 4");
}

static int
has_a_child(void *group, int in, int out)
{
    struct child *c = NULL;

    (void)in;
    if (child_start(&c, &(struct child_form){.name = "grandchild", .run = sleeps}, NULL) != RC_OK ||
        write(out, &c->pid, sizeof c->pid) != sizeof c->pid)
        return 1;
    if (*(bool *)group) { /* one that is not tied to its parent's life */
        pid_t pid = fork();

        if (pid == 0)
            sleeps(NULL, -1, -1);
        if (write(out, &pid, sizeof pid) != sizeof pid)
            return 1;
    }
    return sleeps(NULL, in, out);
}

/* A process that was not ours to reap: gone, or a zombie of somebody else's. */
static bool
is_gone(pid_t pid)
{
    char path[40], text[200] = "";
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    f = fopen(path, "r");
    if (!f)
        return true;
    (void)!fread(text, 1, sizeof text - 1, f);
    fclose(f);
    return strstr(text, ") Z") != NULL || strstr(text, ") X") != NULL;
}

static void
await_gone(pid_t pid)
{
    int64_t until = clock_ms() + SOON;

    while (!is_gone(pid)) {
        assert_true(clock_ms() < until);
        poll(NULL, 0, 5);
    }
}

static pid_t
told_pid(struct child *c)
{
    struct pollfd p = {c->from, POLLIN, 0};
    pid_t pid = 0;

    assert_int_equal(poll(&p, 1, SOON), 1);
    assert_true(child_told(c, &pid, sizeof pid));
    return pid;
}

static void
children_die_with_their_parent(void **state)
{
    bool group = false;
    struct child *c =
        started(&(struct child_form){.name = "x", .run = has_a_child, .ctx = &group, .says = true});
    pid_t grandchild = told_pid(c);

    (void)state;
    assert_false(is_gone(grandchild));
    child_free(&c);
    await_gone(grandchild);
}

static void
of_a_group_nothing_is_left(void **state)
{
    bool group = true;
    struct child *c = started(&(struct child_form){.name = "x",
                                                   .run = has_a_child,
                                                   .ctx = &group,
                                                   .says = true,
                                                   .group = true,
                                                   .deadline_ms = 200,
                                                   .grace_ms = 1000});
    pid_t child = told_pid(c), stranger = told_pid(c);

    (void)state;
    assert_int_equal(getpgid(c->pid), c->pid);
    assert_int_equal(getpgid(stranger), c->pid);
    assert_string_equal(how_it_ended(&c), "took longer than 0.2 s and was ended");
    await_gone(child);
    await_gone(stranger);
}

/* A descriptor of each of these in the new process would keep a pipe of ours open, or watch a stranger. */
static int
counts_descriptors(void *ctx, int in, int out)
{
    DIR *d = opendir("/proc/self/fd");
    int count = 0;

    (void)ctx;
    (void)in;
    while (d && readdir(d))
        count++;
    return write(out, &count, sizeof count) == sizeof count ? 0 : 1;
}

static int
descriptors_of(struct child *c)
{
    int count = 0;

    assert_ptr_equal(child_wait(&c, 1, SOON), c);
    assert_true(child_told(c, &count, sizeof count));
    child_free(&c);
    return count;
}

/* In a child, so that it has pipes to its own parent as well. */
static int
starts_counting(void *ctx, int in, int out)
{
    struct child *c = NULL;
    int count;

    (void)ctx;
    (void)in;
    if (child_start(&c, &(struct child_form){.name = "x", .run = counts_descriptors, .says = true},
                    NULL) != RC_OK ||
        child_wait(&c, 1, SOON) != c || !child_told(c, &count, sizeof count))
        return 1;
    child_free(&c);
    return write(out, &count, sizeof count) == sizeof count ? 0 : 1;
}

static void
nothing_of_others_is_open_there(void **state)
{
    const struct child_form counting = {.name = "x", .run = counts_descriptors, .says = true};
    const struct child_form deeper = {
        .name = "x", .run = starts_counting, .says = true, .hears = true};
    int alone = descriptors_of(started(&counting));
    struct child *others[3];

    (void)state;
    for (int i = 0; i < 3; i++)
        others[i] =
            started(&(struct child_form){.name = "x", .run = sleeps, .says = true, .hears = true});
    assert_int_equal(descriptors_of(started(&counting)), alone);
    assert_int_equal(descriptors_of(started(&deeper)), alone);
    for (int i = 0; i < 3; i++)
        child_free(&others[i]);
}

static void
what_cannot_be_started_leaves_nothing(void **state)
{
    struct rlimit before, few;
    struct child *c = NULL;
    struct err e = {0};
    int status = 0, most;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    for (most = 0; most < 40; most++) { /* each call that needs a descriptor fails in turn */
        few = (struct rlimit){(rlim_t)most, before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
        if (child_start(&c,
                        &(struct child_form){.name = "the thing",
                                             .run = ends_with,
                                             .ctx = &status,
                                             .says = true,
                                             .hears = true},
                        &e) == RC_OK)
            break;
        assert_null(c);
        assert_int_equal(e.rc, RC_RETRY);
        assert_string_equal(e.text, "cannot start the thing: Too many open files");
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    }
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_in_range(most, 3, 39);
    assert_string_equal(how_it_ended(&c), "ended with status 0");
}

/* ---- talks ---- */

static int
executes(void *script, int in, int out)
{
    char sh[] = "sh", option[] = "-c", *argv[] = {sh, option, script, NULL};

    if (dup2(in, 0) < 0 || dup2(out, 1) < 0)
        return 126;
    execv("/bin/sh", argv);
    return 127;
}

static void
talks(void **state)
{
    static char much[300000];
    static const struct {
        const char *script;
        size_t size;
        bool last;
        struct child_end end;
        const char *heard; /* NULL: what was said */
        bool excess;
    } cases[] = {
        {"cat",                               sizeof much + 1, false, {CHILD_EXITED, 0},          NULL,     false},
        {"printf yes",                        100,             false, {CHILD_EXITED, 0},          "yes",    false}, /* deaf */
        {"exec <&-; printf no; exit 3",       100,             false, {CHILD_EXITED, 3},          "no",     false},
        {"printf 12345678901; exec sleep 60", 10,              false, {CHILD_SIGNALLED, SIGKILL}, NULL,     true },
        {"printf 1234567890; printf abcdef",  10,              true,  {CHILD_EXITED, 0},          "abcdef", false},
        {"exec >&-; sleep 0.05; exit 5",      100,             false, {CHILD_EXITED, 5},          "",       false},
        {"sleep 60 & printf z",               100,             false, {CHILD_EXITED, 0},          "z",      false}, /* holds our pipe */
        {"printf a; exec sleep 60",           100,             false, {CHILD_SIGNALLED, SIGTERM}, "a",      false},
        {"while :; do echo yes; done",        100,             true,  {CHILD_SIGNALLED, SIGTERM}, NULL,     false},
    };

    (void)state;
    signal(SIGPIPE, SIG_IGN); /* as the program has it */
    memset(much, 'm', sizeof much);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct child_talk t = {
            .say = {much, sizeof much},
            .heard = malloc(cases[i].size),
            .size = cases[i].size,
            .last = cases[i].last
        };
        struct child *c = started(
            &(struct child_form){.name = "talk",
                                 .run = executes,
                                 .ctx = (void *)(uintptr_t)cases[i].script,
                                 .hears = true,
                                 .says = true,
                                 .group = true,
                                 .deadline_ms = cases[i].end.number == SIGTERM ? 500 : 20000,
                                 .grace_ms = 1000});

        print_message("%s\n", cases[i].script);
        child_talk(c, &t);
        assert_int_equal(c->end.how, cases[i].end.how);
        assert_int_equal(c->end.number, cases[i].end.number);
        assert_int_equal(t.excess, cases[i].excess);
        assert_int_equal(c->late, c->end.number == SIGTERM);
        if (cases[i].heard) {
            size_t n = strlen(cases[i].heard);

            assert_true(t.n >= n);
            assert_memory_equal(t.heard + t.n - n, cases[i].heard, n);
        } else if (!t.excess && !t.last) {
            assert_int_equal(t.n, sizeof much);
            assert_memory_equal(t.heard, much, sizeof much);
        }
        child_free(&c);
        free(t.heard);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_end_has_words),
        cmocka_unit_test(a_deadline_is_kept),
        cmocka_unit_test(who_ends_in_time_is_not_late),
        cmocka_unit_test(one_of_several_ends_first),
        cmocka_unit_test(a_loop_of_ones_own),
        cmocka_unit_test(no_signal_is_blocked_there),
        cmocka_unit_test(ignored_endings_are_heard),
        cmocka_unit_test(children_die_with_their_parent),
        cmocka_unit_test(of_a_group_nothing_is_left),
        cmocka_unit_test(nothing_of_others_is_open_there),
        cmocka_unit_test(what_cannot_be_started_leaves_nothing),
        cmocka_unit_test(talks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
