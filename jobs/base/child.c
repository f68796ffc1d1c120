#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

/* What a new process must not keep: its parent's ends of all children that were not freed yet, and those by
 * which its parent speaks to its own parent. A copy of a pipe's end in a stranger's hands keeps the pipe open, and whoever
 * reads at the other end waits for ever. */
static struct child *family;
static int ours[2] = {-1, -1};

static void
close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void
close_family(void)
{
    for (struct child *c = family; c; c = c->next) {
        close_end(&c->fd);
        close_end(&c->to);
        close_end(&c->from);
        c->end = (struct child_end){CHILD_EXITED, -1}; /* the parent's to end, not ours */
    }
    family = NULL;
    close_end(&ours[0]);
    close_end(&ours[1]);
}

_Noreturn static void
become(const struct child_form *form, pid_t parent, int in, int out)
{
    sigset_t none;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1); /* it died before we asked to be told */
    if (form->group)
        setpgid(0, 0);
    close_family();
    ours[0] = in;
    ours[1] = out;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    _exit(form->run(form->ctx, in, out));
}

/* Whoever started us may have left SIGCHLD ignored. The kernel would then reap our children itself, and nobody
 * would ever hear how they ended. */
static void
want_endings(void)
{
    struct sigaction now;

    if (sigaction(SIGCHLD, NULL, &now) == 0 && now.sa_handler == SIG_IGN)
        signal(SIGCHLD, SIG_DFL);
}

/* ends[0], ends[1]: a pipe, closed on exec; none where it is not wanted. */
static bool
open_pipe(int ends[2], bool wanted)
{
    ends[0] = ends[1] = -1;
    return !wanted || (pipe(ends) == 0 && fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0 &&
                       fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0);
}

static void
fork_it(struct child *c)
{
    const struct child_form *form = &c->form;
    pid_t parent = getpid();
    int to[2] = {-1, -1}, from[2] = {-1, -1}, why = 0;

    if (open_pipe(to, form->hears) && open_pipe(from, form->says))
        c->pid = fork();
    if (c->pid == 0) {
        close_end(&to[1]);
        close_end(&from[0]);
        become(form, parent, to[0], from[1]);
    }
    why = errno;
    close_end(&to[0]);
    close_end(&from[1]);
    c->to = to[1];
    c->from = from[0];
    errno = why;
}

rc_t
child_start(struct child **out, const struct child_form *form, struct err *e)
{
    struct child *c = calloc(1, sizeof *c);
    bool good;
    int why;

    if (!c)
        BUG("out of memory");
    *out = NULL;
    *c = (struct child){.form = *form, .pid = -1, .fd = -1, .to = -1, .from = -1};
    c->started_ms = clock_ms();
    c->due_ms = form->deadline_ms ? c->started_ms + form->deadline_ms : INT64_MAX;
    c->warned = !form->grace_ms;
    want_endings();
    fflush(NULL); /* what is not printed yet would be printed by both */
    fork_it(c);
    c->next = family;
    family = c;
    if (c->pid > 0 && form->group)
        setpgid(c->pid, c->pid); /* here too: whoever comes first */
    good = c->pid > 0 && (c->fd = pidfd_open(c->pid, 0)) >= 0 &&
           (c->to < 0 || fcntl(c->to, F_SETFL, O_NONBLOCK) == 0) &&
           (c->from < 0 || fcntl(c->from, F_SETFL, O_NONBLOCK) == 0);
    why = errno;
    if (good)
        *out = c;
    else
        child_free(&c);
    return good
               ? RC_OK
               : err_set(e, RC_RETRY, ERR_SYSTEM, "cannot start %s: %s", form->name, strerror(why));
}

static void
send_signal(const struct child *c, int number)
{
    kill(c->form.group ? -c->pid : c->pid, number);
}

/* Its group is swept while the process itself is a zombie: until it is reaped nobody else gets its number. */
static void
reap(struct child *c)
{
    siginfo_t info = {.si_pid = 0};
    int rc;

    if (c->form.group)
        kill(-c->pid, SIGKILL);
    do
        rc = waitid(P_PID, (id_t)c->pid, &info, WEXITED);
    while (rc != 0 && errno == EINTR);
    c->end.how = rc == 0 && info.si_code != CLD_EXITED ? CHILD_SIGNALLED : CHILD_EXITED;
    c->end.number = rc == 0 ? info.si_status : -1;
    close_end(&c->fd);
    close_end(&c->to);
}

static bool
is_over(const struct child *c)
{
    siginfo_t info = {.si_pid = 0};

    return waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0
               ? errno != EINTR
               : info.si_pid == c->pid;
}

/* One step of its ending: SIGTERM first, which it may heed to put things in order, then SIGKILL. */
static void
hasten(struct child *c)
{
    send_signal(c, c->warned ? SIGKILL : SIGTERM);
    c->due_ms = c->warned ? INT64_MAX : clock_ms() + c->form.grace_ms;
    c->warned = true;
}

bool
child_look(struct child *c)
{
    if (c->end.how == CHILD_RUNS && is_over(c)) {
        reap(c);
    } else if (c->end.how == CHILD_RUNS && clock_ms() >= c->due_ms) {
        c->late |= !c->stopped;
        hasten(c);
    }
    return c->end.how != CHILD_RUNS;
}

int
child_patience(const struct child *c)
{
    int64_t left = c->due_ms - clock_ms();

    if (c->end.how != CHILD_RUNS)
        return 0;
    return c->due_ms == INT64_MAX ? -1 : left <= 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

static int
sooner(int a, int b)
{
    return a < 0 ? b : b < 0 ? a : a < b ? a : b;
}

static struct child *
first_over(struct child *const all[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (all[i] && child_look(all[i]))
            return all[i];
    return NULL;
}

struct child *
child_wait(struct child *const all[], size_t n, int timeout_ms)
{
    int64_t until = clock_ms() + timeout_ms;
    struct pollfd polls[CHILD_MOST];
    struct child *over;

    if (n > CHILD_MOST)
        BUG("%zu children to wait for", n);
    while (!(over = first_over(all, n))) {
        int64_t left = timeout_ms < 0 ? -1 : until - clock_ms();
        int patience = (int)left;

        if (timeout_ms >= 0 && left <= 0)
            return NULL;
        for (size_t i = 0; i < n; i++) {
            polls[i] = (struct pollfd){all[i] ? all[i]->fd : -1, POLLIN, 0};
            patience = all[i] ? sooner(patience, child_patience(all[i])) : patience;
        }
        poll(polls, (nfds_t)n, patience);
    }
    return over;
}

void
child_stop(struct child *c)
{
    if (c->end.how != CHILD_RUNS || c->stopped)
        return;
    c->stopped = true;
    hasten(c);
}

void
child_kill(struct child *c)
{
    if (c->end.how != CHILD_RUNS)
        return;
    send_signal(c, SIGKILL);
    reap(c);
}

void
child_free(struct child **c)
{
    struct child **at = &family, *old = *c;

    *c = NULL;
    if (!old)
        return;
    if (old->pid > 0)
        child_kill(old);
    close_end(&old->fd);
    close_end(&old->to);
    close_end(&old->from);
    while (*at && *at != old)
        at = &(*at)->next;
    if (*at)
        *at = old->next;
    free(old);
}

bool
child_well(const struct child *c)
{
    return c->end.how == CHILD_EXITED && c->end.number == 0;
}

const char *
child_end_words(struct child_end end, char out[CHILD_WORDS])
{
    if (end.how == CHILD_RUNS)
        snprintf(out, CHILD_WORDS, "runs");
    else if (end.number < 0)
        snprintf(out, CHILD_WORDS, "ended, and nobody knows how");
    else if (end.how == CHILD_SIGNALLED)
        snprintf(out, CHILD_WORDS, "was ended by signal %d", end.number);
    else
        snprintf(out, CHILD_WORDS, "ended with status %d", end.number);
    return out;
}

const char *
child_words(const struct child *c, char out[CHILD_WORDS])
{
    if (!c->late)
        return child_end_words(c->end, out);
    snprintf(out, CHILD_WORDS, "took longer than %g s and was ended", c->form.deadline_ms / 1000.0);
    return out;
}

bool
child_told(struct child *c, void *p, size_t n)
{
    ssize_t got;

    do
        got = c->from >= 0 ? read(c->from, p, n) : 0;
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)n;
}

/* ---- a talk ---- */

static void
say_some(struct child *c, struct span *say)
{
    ssize_t n = say->n ? write(c->to, say->p, say->n) : 0;

    if (n > 0)
        *say = (struct span){say->p + n, say->n - (size_t)n};
    if (!say->n || (n < 0 && errno != EAGAIN && errno != EINTR))
        close_end(&c->to); /* it may need no more to fail, or to answer */
}

static void
hear_some(struct child *c, struct child_talk *t)
{
    ssize_t n = read(c->from, t->heard + t->n, t->size - t->n);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    t->n += n > 0 ? (size_t)n : 0;
    if (n <= 0)
        close_end(&c->from);
    if (t->n < t->size)
        return;
    if (t->last) {
        memmove(t->heard, t->heard + t->size / 2, t->n - t->size / 2);
        t->n -= t->size / 2;
    } else {
        t->excess = true;
        child_kill(c);
        close_end(&c->from);
    }
}

void
child_talk(struct child *c, struct child_talk *t)
{
    struct span say = t->say;

    t->n = 0;
    t->excess = false;
    /* What it has printed is read to the end even of one that has ended. Whoever else holds the pipe then, such as a
     * server that it has started, is not waited for. */
    while (c->from >= 0) {
        bool over = child_look(c);
        struct pollfd fds[3] = {
            {c->from, POLLIN,  0},
            {c->to,   POLLOUT, 0},
            {c->fd,   POLLIN,  0}
        };

        poll(fds, 3, over ? 0 : child_patience(c));
        if (fds[1].revents)
            say_some(c, &say);
        if (fds[0].revents)
            hear_some(c, t);
        else if (over)
            break;
    }
    close_end(&c->to);
    (void)child_wait(&c, 1, -1);
}
