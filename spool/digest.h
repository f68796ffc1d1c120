/*
 * digest.h - SHA-256 as bytes pass by.
 */
#ifndef LANDPORT_DIGEST_H
#define LANDPORT_DIGEST_H

#include <stddef.h>

#define DIGEST_HEX 65 /* 64 lower-case digits and NUL */

struct digest;
struct digest *digest_new(void);
void digest_update(struct digest *d, const void *p, size_t n);
/* Write the hex form and start anew. */
void digest_hex(struct digest *d, char out[DIGEST_HEX]);
void digest_free(struct digest **d);

#endif
