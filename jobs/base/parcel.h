/*
 * parcel.h - values on their way to another process of this program.
 *
 * Shape    Numbers, texts and lists put into a buffer, and taken out in the same order. The one who takes
 *          asks at the end whether all was there; what was not is 0 or NULL.
 */
#ifndef LANDPORT_PARCEL_H
#define LANDPORT_PARCEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/stream.h"

void parcel_put(struct buf *b, const void *p, size_t n);
void parcel_put_number(struct buf *b, int64_t n);
void parcel_put_text(struct buf *b, const char *text);         /* may be NULL */
void parcel_put_list(struct buf *b, const char *const *texts); /* ends with NULL; may be NULL */

struct parcel {
    const char *p, *end;
    struct arena *a;
    bool broken;
};
/* n bytes into out. */
void parcel_take(struct parcel *p, void *out, size_t n);
int64_t parcel_number(struct parcel *p);
const char *parcel_text(struct parcel *p);
const char **parcel_list(struct parcel *p);

#endif
