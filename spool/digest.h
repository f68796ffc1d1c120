/*
 * digest.h - SHA-256 as bytes pass by.
 */
#ifndef LANDPORT_DIGEST_H
#define LANDPORT_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_HEX 65 /* 64 lower-case digits and NUL */

struct digest;
struct digest *digest_new(void);
void digest_update(struct digest *d, const void *p, size_t n);
/* Write the hex form and start anew. */
void digest_hex(struct digest *d, char out[DIGEST_HEX]);
/* Its first 64 bits, to tell contents apart; and start anew. */
int64_t digest_word(struct digest *d);
void digest_free(struct digest **d);

#endif
