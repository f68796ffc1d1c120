/*
 * cipher.h - personal data at rest, under one key a zone that lies in a file.
 *
 * Key      64 hex digits in a file that only its owner reads. It is the process's: loaded once, used
 *          by all that follows, forgotten by a child that reads what strangers wrote.
 * Values   "*1" and base64 of 16 bytes of HMAC-SHA256 of the value, then the value under AES-256-CTR
 *          with those 16 bytes as its counter (the SIV construction of RFC 5297, section 2, with HMAC
 *          in place of S2V): equal values stay equal, so that columns can be compared and joined by
 *          what is behind "*1", and one that was changed does not open.
 * Bytes    AES-256-GCM in pieces, under a key of their own, made of the zone's and a salt, or of
 *          nothing but chance for what a process alone reads again. Each piece's place, and that it is
 *          the last, are in its nonce (the STREAM construction), so that pieces that were changed,
 *          moved, left out or added do not open; `of` says whose it is: one put into the place of
 *          another's does not open either.
 * Errors   RC_FATAL ERR_KEY with what to do; a value or a piece that does not open is false.
 * Calls    One thread at a time for values, and for each struct cipher.
 */
#ifndef LANDPORT_CIPHER_H
#define LANDPORT_CIPHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "base/stream.h"

#define CIPHER_KEY   32
#define CIPHER_SALT  16
#define CIPHER_TAG   16
#define CIPHER_PIECE (1u << 30) /* bytes of one, at most */
#define CIPHER_NAME  17         /* 16 hex digits that tell a key from others, and NUL */

/* A new key into a file that is not there yet. */
rc_t cipher_make(const char *path, struct err *e);
rc_t cipher_load(const char *path, struct err *e);
bool cipher_loaded(void);
void cipher_name(char out[CIPHER_NAME]); /* of the key that is loaded */
/* The key and all that was made of it for values are wiped; bytes that are open stay open. */
void cipher_forget(void);

/* Both append; NULL stays out. */
void cipher_seal(struct buf *out, struct span value);
bool cipher_is_sealed(struct span value);
bool cipher_open(struct buf *out, struct span sealed);

struct cipher;
/* salt NULL: by chance. */
struct cipher *cipher_new(const unsigned char *salt);
/* For a process that has this key alone; and what it is to be handed. */
struct cipher *cipher_of_key(const unsigned char key[CIPHER_KEY]);
void cipher_key(const struct cipher *c, unsigned char key[CIPHER_KEY]);
void cipher_free(struct cipher **c);
void cipher_salt(unsigned char salt[CIPHER_SALT]); /* a new one */

struct piece {
    uint64_t number; /* no two pieces under one key have the same and are both last, or both not */
    bool last;
    struct span of; /* of what: has to be the same when it is opened */
};
/* n bytes into n + CIPHER_TAG. */
void cipher_piece_seal(struct cipher *c, const struct piece *piece, const void *plain, size_t n,
                       void *out);
/* n bytes with their tag into n - CIPHER_TAG; false: this is not what was sealed, and out is wiped. */
bool cipher_piece_open(struct cipher *c, const struct piece *piece, const void *sealed, size_t n,
                       void *out);

#endif
