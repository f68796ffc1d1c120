/*
 * deliver.h - a bundle whose files go out one by one: plain files in out, or a folder of its own.
 *
 * Shape    What is kept is one zip; its files go out under their names, in their order, so that what tells
 *          of the others comes last. A folder is filled as NAME.part and then renamed. While anything is
 *          under way the agency's lock lies in out, also while what broke off waits for the next run; a lock of
 *          somebody else's is RC_RETRY.
 * Proof    Each file was read back, before it had its name and after; of a folder what lies in it was
 *          listed once more under its own name.
 * Killed   What is there with the same bytes is done already; the lock of a run that was killed is ours. What was
 *          proven is kept (hub.delivered_file): it may be fetched before the rest is there, and is not sent again.
 */
#ifndef LANDPORT_DELIVER_H
#define LANDPORT_DELIVER_H

#include "party.h"

/* *files: ",\"files\":[…]" for the proof. */
struct deliver_bundle {
    const char *id, *name, *container;
};
rc_t deliver_files(struct visit *v, struct arena *a, struct blob zip,
                   const struct deliver_bundle bundle, const char **files, struct err *e);

#endif
