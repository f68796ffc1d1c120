/*
 * watch.h - files that were picked up, looked at again: nothing proves that their writers were done.
 *
 * Shape    A client that uploads under the final name and pauses for longer than `settle` writes on
 *          into the file that was moved away. For as long as dropbox.watch says its size and time are
 *          looked at over there, less often the longer they stay the same. What has changed goes back
 *          to in/, taken: pickup waits until it stays the same, reads it anew and registers it as
 *          the whole of the upload it was.
 * Where    In done/. Where files are deleted, under a hidden name in in/ until they need not be
 *          looked at any more.
 * Errors   What one file does costs the others nothing: it is looked at again by the next run.
 */
#ifndef LANDPORT_WATCH_H
#define LANDPORT_WATCH_H

#include "party.h"

/* Look at those of a party that are due. */
rc_t watch_look(struct visit *v, struct arena *a, struct err *e);
/* Where a file of that batch is kept that is to be deleted. */
const char *watch_kept(struct arena *a, const struct conf_dropbox *box, int64_t batch);

#endif
