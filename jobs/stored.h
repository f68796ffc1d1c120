/*
 * stored.h - the bytes of a file the hub once had: from the spool, else from the archive.
 *
 * Shape    A descriptor at the file's beginning; the caller closes it. The spool's copy is read through
 *          first; where it is damaged, the archive's go into a file without a name under the spool's
 *          tmp and are compared with their hash.
 * Needs    hub->db and hub->spool.
 * Errors   RC_FAIL ERR_NOT_FOUND in neither place, ERR_SPOOL_DAMAGED when the archive's bytes don't
 *          match their name; the database's own.
 */
#ifndef LANDPORT_STORED_H
#define LANDPORT_STORED_H

#include "job.h"

/* Is it an error of bytes that are gone or are not what they were? */
bool stored_is_damage(const struct err *e);
rc_t stored_open(struct hub *hub, const char *file_id, struct blob *b, struct err *e);
/* Put the file back into the spool if only the archive has it whole. */
rc_t stored_restore(struct hub *hub, const char *file_id, struct err *e);
/* Copy all of fd into `file`; NULL or "-" is standard output. */
rc_t stored_copy(struct blob b, const char *file, struct err *e);

#endif
