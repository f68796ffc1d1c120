/*
 * sftp.h - one SFTP server, seen through libssh2 1.10 in a process of its own.
 *
 * Shape    sftp_open() connects, has the program started anew (fetch.h; main() must know its word),
 *          hands it the socket, compares the host key with known_hosts (fails closed), logs in
 *          with a key file (ed25519 or ecdsa, mode 0600) and starts SFTP. One struct, and one such
 *          process, per connection.
 * Apart    libssh2 sees no key and nothing of ours: what it hears from a server it answers to us in small
 *          frames, which are looked at as a stranger's bytes are; names, steps and what is signed are
 *          decided here. The process ends with its connection, and with us.
 * Time     Every wait for an answer ends after idle_ms, and a transfer that has waited for so long
 *          since it last had `rate` bytes a second. A connection that died is reopened
 *          once by the call that notices it; downloads go on from the last byte kept. A server that
 *          does not answer in time is not asked twice. sftp_open() has connect_ms for all it does.
 *          A sink that refuses, and a file that goes on behind its size, end the connection: the next call
 *          opens another.
 * Errors   RC_RETRY ERR_SFTP_AWAY (no answer, cut, deadline), ERR_SFTP_SLOW, ERR_SFTP (the file changed while
 *          it was downloaded), ERR_FETCH and ERR_FETCH_SIGN (the process ended, or made no sense), ERR_FETCH_KILLED;
 *          RC_FAIL ERR_CONFIG (url, key and known_hosts as they lie here), ERR_HOST_KEY, ERR_SFTP_KEY, ERR_SFTP
 *          (path, permission), ERR_VERIFY; RC_REJECT ERR_NOT_FOUND for a missing file.
 * Paths    Absolute, or relative to the login directory; "" is that directory.
 */
#ifndef LANDPORT_SFTP_H
#define LANDPORT_SFTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/blob.h"
#include "base/err.h"
#include "base/stream.h"

struct sftp_site {
    const char *url;         /* sftp://user@host:port */
    const char *key;         /* private key file */
    const char *known_hosts; /* file */
    uint32_t connect_ms;     /* 0: 10 s */
    uint32_t idle_ms;        /* 0: 30 s */
    uint32_t rate;           /* bytes a second that a transfer must have over idle_ms; 0: any */
};

struct sftp_file {
    const char *name;
    uint64_t size;
    uint64_t mtime; /* seconds */
    bool regular;
    char type; /* as ls shows it: - d l p s b c; ? where the server does not say */
};

struct sftp;
rc_t sftp_open(struct sftp **s, const struct sftp_site *site, struct err *e);
void sftp_close(struct sftp **s); /* never hangs; NULL is fine */
/* "SHA256:…" of the host key, and the server's banner. */
const char *sftp_fingerprint(const struct sftp *s);
const char *sftp_banner(const struct sftp *s);

/* All entries but . and .. and names with NUL or slash; names and array in the arena. */
rc_t sftp_list(struct sftp *s, struct arena *a, const char *dir, struct sftp_file **files,
               uint32_t *count, struct err *e);
/* RC_REJECT ERR_NOT_FOUND when missing. */
rc_t sftp_stat(struct sftp *s, const char *path, struct sftp_file *file, struct err *e);
/* Download; *bytes receives the count. on_bytes (may be NULL) is called as bytes arrive. */
rc_t sftp_get(struct sftp *s, const char *path, struct sink out, void (*on_bytes)(void *, size_t),
              void *ctx, uint64_t *bytes, struct err *e);
/* Upload fd from offset 0 to path, fsync where the server can; overwrites. */
rc_t sftp_put(struct sftp *s, struct blob blob, const char *path, void (*on_bytes)(void *, size_t),
              void *ctx, uint64_t *bytes, struct err *e);
/* Fails when `to` exists (RC_FAIL ERR_SFTP). */
rc_t sftp_rename(struct sftp *s, const char *from, const char *to, struct err *e);
rc_t sftp_remove(struct sftp *s, const char *path, struct err *e); /* a missing file is fine */
rc_t sftp_folder(struct sftp *s, const char *path, struct err *e); /* one that is there is fine */
/* Read path back and compare size and sha256 (hex); RC_FAIL ERR_VERIFY when they differ. */
rc_t sftp_verify(struct sftp *s, const char *path, uint64_t bytes, const char *sha256,
                 struct err *e);

/* Told of the bytes that sftp_publish() sends and reads back; NULL: nobody. */
void sftp_watch(struct sftp *s, void (*on_bytes)(void *, size_t), void *ctx);
/* A file that is to lie there. */
struct sftp_delivery {
    struct blob file;
    const char *dir, *name;
    uint64_t bytes;
    const char *sha256; /* hex */
    bool replace;       /* what lies there under its name */
};
/*
 * Publish a file as dir/name: when name exists there with the same bytes
 * it is done already; else upload name.part, read it back, rename, read it back under its name, and
 * see that name.part is gone: three times the bytes. With `replace` an existing other file is removed
 * first (acks); without, it is RC_FAIL ERR_VERIFY (bundles never change).
 */
rc_t sftp_publish(struct sftp *s, const struct sftp_delivery *d, struct err *e);

#endif
