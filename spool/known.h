/*
 * known.h - the host keys that a known_hosts file has for a server.
 *
 * Shape    Lines as OpenSSH writes them, plain and hashed names; ed25519 and ecdsa keys. What the server
 *          shows is compared byte by byte, and fails closed.
 * Errors   RC_FAIL ERR_HOST_KEY.
 */
#ifndef LANDPORT_KNOWN_H
#define LANDPORT_KNOWN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

#define KNOWN_PRINT 64 /* "SHA256:…" of a key, and NUL */

struct known {
    const char *name, *file; /* of the server, for error texts; of the keys */
    struct arena *a;
    struct known_key {
        int type;
        const char *base64;
    } * keys;
    size_t count;
    const char *methods; /* to ask the server for, in the order of preference */
};

/* All in the arena. */
rc_t known_read(struct known *k, struct arena *a, const char *name, const char *file,
                const char *host, int port, struct err *e);
/* A stranger's bytes. */
rc_t known_check(const struct known *k, struct span key, char fingerprint[KNOWN_PRINT],
                 struct err *e);

#endif
