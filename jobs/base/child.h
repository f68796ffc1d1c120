/*
 * child.h - a process of our own: started, watched, ended in time, reaped, and how it ended in words.
 *
 * Shape    child_start() forks; in the new process form->run() is called, and what it returns is the exit
 *          status. It may as well execute another program. With `hears` there is a pipe to it, with `says` one
 *          from it; our ends never block.
 * Apart    The new process has no descriptor of its parent's other children and none of the pipes its
 *          parent has to its own parent; all those are closed on exec too. No signal is blocked there. When
 *          its parent dies (that thread), it is killed.
 * Deadline After deadline_ms it gets SIGTERM, and grace_ms later SIGKILL; with `group`, the whole process group
 *          that it leads does, of which nothing is left after its end either.
 * Waiting  child_wait() for several of them, with a time limit. A loop with other things to watch polls `fd`,
 *          which is readable once the process has ended, for no longer than child_patience() says, and
 *          calls child_look() on each turn: deadlines are kept by whoever waits.
 * Errors   RC_RETRY ERR_SYSTEM: there is no such process.
 * Calls    From one thread. Nobody else waits for processes of ours: no waitpid(-1).
 * Owner    child_free() by who started it; it kills what still runs. Name and ctx are borrowed.
 */
#ifndef LANDPORT_BASE_CHILD_H
#define LANDPORT_BASE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/span.h"

#define CHILD_WORDS 80  /* bytes for child_words() */
#define CHILD_MOST  128 /* that child_wait() takes */

struct child_form {
    const char *name;                       /* for who cannot be started */
    int (*run)(void *ctx, int in, int out); /* in the new process; -1 where there is no pipe */
    void *ctx;
    bool hears, says, group;
    uint32_t deadline_ms; /* 0: none */
    uint32_t grace_ms;    /* 0: SIGKILL at once */
};

enum child_how { CHILD_RUNS, CHILD_EXITED, CHILD_SIGNALLED };
struct child_end {
    enum child_how how;
    int number; /* exit status or signal; -1: somebody else has reaped it */
};

struct child {
    struct child_form form;
    pid_t pid;
    int fd;       /* for poll(), until it has ended; then -1 */
    int to, from; /* -1: there is none, or no more */
    struct child_end end;
    bool late; /* it was ended over its deadline */
    int64_t started_ms;

    int64_t due_ms; /* the next signal; INT64_MAX: none */
    bool warned, stopped;
    struct child *next;
};

rc_t child_start(struct child **c, const struct child_form *form, struct err *e);
/* Has it ended? Does not wait, but does what its deadline asks for. */
bool child_look(struct child *c);
/* ms until it must be looked at again even if it has not ended; -1: not before it ends. As poll() takes it. */
int child_patience(const struct child *c);
/* The first that has ended; NULL: none within timeout_ms (-1: as long as it takes). NULLs in `all` are passed over, so
 * whoever has got one takes it out. */
struct child *child_wait(struct child *const all[], size_t n, int timeout_ms);
/* As if its deadline had come; it is waited for like any other. */
void child_stop(struct child *c);
/* SIGKILL, and its end; one that had ended keeps its own reason. */
void child_kill(struct child *c);
/* NULL is fine. */
void child_free(struct child **c);

/* Did it end by itself, with status 0? */
bool child_well(const struct child *c);
/* "ended with status 3", "was ended by signal 9", "took longer than 30 s and was ended". Returns out. */
const char *child_words(const struct child *c, char out[CHILD_WORDS]);
const char *child_end_words(struct child_end end, char out[CHILD_WORDS]);

/* The n bytes it has said, at most PIPE_BUF and in one write(); false: it has not. Does not wait. */
bool child_told(struct child *c, void *p, size_t n);

struct child_talk {
    struct span say; /* it need not read all of it */
    char *heard;
    size_t size; /* of heard */
    size_t n;    /* heard */
    bool last;   /* of more than size bytes the last are kept */
    bool excess; /* it said more than size bytes, and was killed for that */
};
/* Say, hear until it closes its output, and wait for its end; for who `hears` what there is to say, and `says`. */
void child_talk(struct child *c, struct child_talk *t);

#endif
