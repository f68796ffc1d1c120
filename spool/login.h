/*
 * login.h - the key we log in with, and the only thing it signs.
 *
 * Shape    A file with an ed25519, ecdsa or RSA key, in OpenSSH's own form or PEM, without passphrase, that only
 *          its owner reads. What is asked of it comes from a process that reads a stranger's bytes: it signs a
 *          request to log in (RFC 4252, section 7) for our user, with this key, in a session whose number the
 *          server has signed with its own, known host key (RFC 4253, section 8). So a signature is good for that
 *          server and nowhere else.
 * Errors   RC_FAIL ERR_SFTP_KEY; login_sign(): RC_RETRY ERR_FETCH_SIGN.
 */
#ifndef LANDPORT_LOGIN_H
#define LANDPORT_LOGIN_H

#include "base/err.h"
#include "base/span.h"
#include "base/stream.h"

struct login;
/* name: of the server, for error texts. */
rc_t login_open(struct login **l, const char *name, const char *file, struct err *e);
void login_close(struct login **l);
/* As a request names it; lives as long as l. */
struct span login_public(const struct login *l);

struct login_request {
    const char *user;
    struct span host_key;       /* known to be the server's */
    struct span host_signature; /* under the session's number, as the server sent it */
    struct span bytes;          /* to be signed */
};
/* The signature's value without its method, as libssh2 wants it. */
rc_t login_sign(const struct login *l, const char *name, const struct login_request *r,
                struct buf *out, struct err *e);

#endif
