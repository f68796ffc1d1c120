/*
 * lock.h - who works on what: a job, or one party's or agency's part of it, is one process's at a time.
 *
 * Shape    A lock of the database's, named by job and party. It is taken on the connection that commits the
 *          work, and ends with it: whoever lost the connection can commit nothing any more. Parts of one job for different
 *          parties exclude each other no more than different jobs do. What a job does for all parties has a lock
 *          without a party.
 * Errors   RC_RETRY ERR_LOCKED: another has it; says who: run, process, host, and since when.
 */
#ifndef LANDPORT_LOCK_H
#define LANDPORT_LOCK_H

#include "job.h"

/* party NULL: what the job does for all. */
rc_t lock_take(const struct job *job, struct db *db, const char *party, struct err *e);
/* As the database has it, in the arena. */
const char *lock_name(const struct job *job, struct arena *a, const char *party);
/* Rolls back what is open there. */
void lock_give(const struct job *job, struct db *db, const char *party);
/* Let the database know whose connection this is: lock_take() of others says it. */
rc_t lock_sign(const struct job *job, struct db *db, struct err *e);

#endif
