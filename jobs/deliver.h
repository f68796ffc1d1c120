/*
 * deliver.h - a bundle whose files go out one by one: plain files in out, or a folder of its own.
 *
 * Shape    What is kept is one zip; its files go out under their names, in their order, so that what tells
 *          of the others comes last. A folder is filled as NAME.part and then renamed. While anything is
 *          under way the agency's lock lies in out; a lock of somebody else's is RC_RETRY.
 * Proof    Each file was read back, before it had its name and after; of a folder what lies in it was
 *          listed once more under its own name.
 * Killed   What is there with the same bytes is done already; the lock of a run that was killed is ours.
 */
#ifndef LANDPORT_DELIVER_H
#define LANDPORT_DELIVER_H

#include "party.h"

/* *files: ",\"files\":[…]" for the proof. */
rc_t deliver_files(struct visit *v, struct arena *a, struct blob zip, const char *name,
                   const char *container, const char **files, struct err *e);

#endif
