/*
 * mend.h - bytes that the spool should have and has not, or not whole, are found again.
 *
 * Shape    In a visit of a party, of whose files they are: from the archive, else from the party's
 *          done/ (or in/, where it still lies taken); a bundle is written again. Only bytes of the
 *          right hash are taken; but of an answer that waits, which is made again (remake.h). What is found nowhere is noted (hub.damaged_file): status shows it,
 *          and each pickup looks again.
 *          A batch that was discarded, or closed by a person, waits for its bytes no more.
 * Errors   RC_FAIL ERR_SPOOL_DAMAGED: found nowhere, and noted.
 */
#ifndef LANDPORT_MEND_H
#define LANDPORT_MEND_H

#include "party.h"

/* In no transaction. RC_OK: the spool has it, whole; answers that were it may have another file now. */
rc_t mend_file(struct visit *v, const char *file_id, struct err *e);
/* Found damaged outside of a visit: from now on each pickup of whose it is looks for it. *wanted: does
 * anybody still wait for it? In no transaction that is given up. */
rc_t mend_remember(struct hub *hub, const char *file_id, const struct err *found, bool *wanted,
                   struct err *e);
/* The same in a job, counted. Returns RC_FAIL; RC_OK where nobody waits for it any more. */
rc_t mend_note(struct job *job, const char *file_id, const struct err *found, struct err *e);
/* What was noted of the party; what is still missing is told and is no error. */
rc_t mend_noted(struct visit *v, struct err *e);

#endif
