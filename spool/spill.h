/*
 * spill.h - bytes that wait until somebody has time for them, in memory while they are few.
 *
 * Shape    Put bytes, then read them from the start, as often as wanted. What exceeds `resident` lies
 *          in a sealed file without a name in `dir` (blob.h), which is gone with the process.
 * Errors   RC_RETRY ERR_NO_SPACE, RC_FAIL ERR_SYSTEM, ERR_SPOOL_DAMAGED.
 */
#ifndef LANDPORT_SPILL_H
#define LANDPORT_SPILL_H

#include <stddef.h>
#include <stdint.h>

#include "base/blob.h"
#include "base/err.h"
#include "base/stream.h"

struct spill;
struct spill *spill_new(const char *dir, size_t resident); /* dir is borrowed */
void spill_free(struct spill **s);
rc_t spill_put(struct spill *s, const void *p, size_t n, struct err *e);
uint64_t spill_bytes(const struct spill *s);
/* From the start again; nothing may be put while it is read. */
struct source spill_source(struct spill *s);
/* All of it as a file, borrowed; nothing may be put any more. */
rc_t spill_file(struct spill *s, struct blob *b, struct err *e);

#endif
