/*
 * reader.h - the process whose children read what partners sent, apart from all we know.
 *
 * Shape    reader_ask() has this program started anew (/proc/self/exe, word "reader") with an empty
 *          environment, a socket, and nothing of ours in its memory: no password, no key, no
 *          connection. It compiles the XSDs, becomes `nobody` where root started it, gives up the file
 *          system (landlock) and forks a child for each file it is asked for. That child has the
 *          upload, its pipe and files without a name (base/confine.h) and, of keys, that of the upload.
 *          One reader serves all that were forked from whoever had it started, and ends after the
 *          last of them; whoever finds it gone starts another.
 * End      Through *control comes how the child ended (struct child_end); closing it, or a byte into it, ends
 *          the child.
 * Errors   RC_RETRY ERR_CHILD or ERR_SYSTEM.
 */
#ifndef LANDPORT_READER_H
#define LANDPORT_READER_H

#include "base/child.h"
#include "load/task.h"

#define READER_WORD "reader"

/* One for a set of feeds, in an arena that lives as long as they do. */
struct reader_link {
    int fd; /* -1: none yet */
    const char *share, *site, *folder;
    struct child *process; /* whoever had it started has it */
};

/* Have it started, before others are forked that will ask it. */
rc_t reader_start(const struct feeds *f, struct err *e);
rc_t reader_ask(const struct rows_task *t, const int room[ROWS_SPILLS], int out, int *control,
                struct err *e);
/* What main() does with the word; the exit status. */
int reader_main(void);

#endif
