/*
 * signer.h - a private key that signs, wherever it is: in a PEM file, or behind a program.
 *
 * Shape    RSA gives a PKCS#1 v1.5 value, the same for the same bytes; SM2 gives the 64 bytes r and s
 *          over SM3 with the user id that both sides must know, another value each time. A
 *          certificate of the same key stands in a PEM file; what was signed is verified against
 *          it before it is returned, since a card or a service can answer anything.
 * Program  Runs for every signature with the words of `command` (no shell), standard input the bytes
 *          to be signed, LANDPORT_SIGN the method's name in its environment; it prints the value as
 *          base64 and ends with 0 within `deadline_s`. SM2 values may be DER or r and s.
 * Errors   RC_FAIL ERR_SIGNATURE key, certificate or value do not fit; RC_RETRY ERR_SIGNATURE the
 *          program failed or did not answer in time; signer_verify: RC_REJECT ERR_SIGNATURE.
 * Signals  The process ignores SIGPIPE: a program may end before it has read all.
 * Owner    struct signer belongs to the caller, its form's texts are borrowed.
 */
#ifndef LANDPORT_SIGNER_H
#define LANDPORT_SIGNER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

enum signer_method { SIGNER_RSA_SHA1, SIGNER_RSA_SHA256, SIGNER_SM2_SM3 };

struct signer_form {
    enum signer_method method;
    const char *key_file;  /* NULL: command */
    const char *cert_file; /* PEM */
    const char **command;  /* path and words, NULL-terminated; NULL: key_file */
    uint32_t deadline_s;
    const char *user_id; /* SM2; NULL: 1234567812345678 */
};

struct signer;
rc_t signer_open(struct signer **s, const struct signer_form *form, struct err *e);
void signer_close(struct signer **s);
rc_t signer_sign(struct signer *s, struct arena *a, struct span bytes, struct span *value,
                 struct err *e);
rc_t signer_verify(struct signer *s, struct span bytes, struct span value, struct err *e);
enum signer_method signer_method(const struct signer *s);
/* Base64 of the certificate's DER, in the arena. */
rc_t signer_certificate(struct signer *s, struct arena *a, const char **base64, struct err *e);

/* The value as the openssl command takes it, and back: SM2 in DER, RSA as it is. */
struct span signer_to_der(const struct signer *s, struct arena *a, struct span value);
rc_t signer_from_der(const struct signer *s, struct arena *a, struct span der, struct span *value,
                     struct err *e);
/* What OpenSSL calls keys of this method, NULL-terminated. */
const char *const *signer_key_types(enum signer_method m);
/* "rsa-sha1", "rsa-sha256", "sm2-sm3". */
bool signer_method_parse(enum signer_method *m, const char *name);

#endif
