/*
 * arena.h - memory with one end.
 *
 * Shape    Blocks that only grow; arena_free() gives all back. One arena per batch or command, a
 *          scratch arena reset per record; what a function returns lives in the arena it was given.
 * Errors   Allocation succeeds or ends the process: the spool is on disk, the next run continues.
 */
#ifndef LANDPORT_ARENA_H
#define LANDPORT_ARENA_H

#include <stddef.h>

#include "base/span.h"

struct arena;

struct arena *arena_new(const char *name);
/* Run what was deferred, last first, free everything and null the pointer. NULL is fine. */
void arena_free(struct arena **a);
/* Forget all allocations, keep one block; deferred calls run. */
void arena_reset(struct arena *a);

/* Zeroed memory, aligned for any type. */
void *arena_alloc(struct arena *a, size_t size);
void *arena_array(struct arena *a, size_t size, size_t count); /* size * count, without overflow */
/* `list` with room for one more element than `count`: itself, or a copy where it was full. It must
 * have come from here, or be NULL with a count of 0. */
void *arena_grow(struct arena *a, void *list, size_t size, size_t count);
#define ARENA_NEW(a, type)          ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, type, count) ((type *)arena_array((a), sizeof(type), (count)))
/* Copies with a NUL at the end. No text (NULL, a span without a value) stays NULL. */
char *arena_str(struct arena *a, const char *s);
char *arena_strn(struct arena *a, const char *s, size_t n);
char *arena_span(struct arena *a, struct span s);
/* "a,b,c"; the list ends with NULL. */
const char *arena_join(struct arena *a, const char *const *words, const char *between);
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Call fn(p) at reset or free: closes read-side foreign handles (PGresult, xmlDoc, archive). */
void arena_defer(struct arena *a, void (*fn)(void *), void *p);

#endif
