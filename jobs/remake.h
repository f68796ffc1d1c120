/*
 * remake.h - an answer that was damaged before its partner had it is made again.
 *
 * Shape    Ack, feedback and notice are made of what the database knows. So are a rejects file's reasons;
 *          its rows are read out of the upload once more, from spool, archive or done/, and where
 *          that is nowhere any more the file says lines and reasons alone. The bytes may be others
 *          than before: hub.answer has their name then. What a notice told of and lies there no more
 *          is not told.
 * Needs    A visit of the partner, no transaction.
 * Errors   RC_REJECT: no answer that waits has these bytes; nothing was done.
 */
#ifndef LANDPORT_REMAKE_H
#define LANDPORT_REMAKE_H

#include "party.h"

rc_t remake_answers(struct visit *v, const char *file_id, struct err *e);

#endif
