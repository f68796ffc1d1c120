/*
 * aside.h - documents that cannot be written cost only themselves.
 *
 * Shape    Who writes a bundle collects what is at fault, a document or a kind of message as a
 *          whole, and goes on looking; aside_keep() takes all of it out of the bundle in one
 *          transaction. What is left is written again, and each time the same: a rebuild knows
 *          nothing of what was set aside.
 * States   hub.aside: `aside` waits for a person (landport bundle retry, bundle give-up) or for a
 *          corrected row; `waiting`, whose kind could not be made, goes into the next bundle by
 *          itself.
 * Errors   The database's.
 */
#ifndef LANDPORT_ASIDE_H
#define LANDPORT_ASIDE_H

#include "base/stream.h"
#include "job.h"

/* Lines for COPY; zeroed: none yet. */
struct faults {
    struct buf lines;
    uint64_t count;
    struct err first;
};
void faults_free(struct faults *f);
void faults_document(struct faults *f, const char *kind, uint64_t doc_no, const struct err *e);
void faults_kind(struct faults *f, const char *kind, const struct err *e);

/* What went wrong is wrong with this kind of message: its files, its signature, its rows as a
 * whole. Else it is the hub's surroundings, and the same bundle is written again later. */
bool fault_of_kind(rc_t rc, const struct err *e);

/* Out of the bundle with them. RC_END: nothing is left in it but kinds that could not be made, so
 * that it is no bundle yet; it takes its documents anew. *gone: nothing is left, and none was due:
 * there is no such bundle any more. per_message: as it was begun with. */
rc_t aside_keep(struct hub *hub, struct arena *a, uint32_t per_message, const char *bundle,
                bool *gone, const struct faults *f, struct err *e);
/* What waited for its kind becomes ready again, for the bundle that is begun. */
rc_t aside_take_up(struct hub *hub, const char *agency, struct err *e);
/* What a bundle that is closed has of documents that were aside is aside no more. */
rc_t aside_settle(struct hub *hub, const char *agency, struct err *e);
/* Warn of what was to be in this bundle and is not, documents and whole kinds, and count it; the run ends with 65. */
rc_t aside_tell(struct job *job, struct arena *a, const char *bundle, struct err *e);

#endif
