/*
 * apart.h - this program started anew, apart from all that its parent knows.
 *
 * Shape    apart_start() forks and executes /proc/self/exe with one word: an empty environment, /dev/null as
 *          0 to 2, the descriptors given as APART_FD and on, and nothing else. main() looks for the word
 *          before it does anything. There apart_enter() makes it `nobody` where root started it, takes away
 *          new rights and, with landlock, the file system; confine.h does the rest.
 * Errors   RC_RETRY ERR_SYSTEM. What fails in the new process ends it.
 * Owner    The caller ends and frees the child (child.h); it has no deadline.
 */
#ifndef LANDPORT_APART_H
#define LANDPORT_APART_H

#include <stdbool.h>
#include <stddef.h>

#include "base/child.h"
#include "base/err.h"

#define APART_FD  3
#define APART_FDS 4 /* at most */

/* The caller keeps its own copies of the descriptors. */
rc_t apart_start(const char *word, const int fds[], size_t n, struct child **c, struct err *e);
/* What opens files when first used must have been used. false: nothing hostile may be read. */
bool apart_enter(void);

#endif
