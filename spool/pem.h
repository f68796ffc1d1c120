/*
 * pem.h - keys and certificates out of PEM files.
 *
 * Owner    EVP_PKEY and X509 are the caller's to free, also after an error.
 * Errors   RC_FAIL ERR_SIGNATURE with the file's name. A passphrase is never asked for.
 */
#ifndef LANDPORT_PEM_H
#define LANDPORT_PEM_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/err.h"

/* types: names as OpenSSL has them ("RSA", "EC", "SM2"), NULL-terminated. */
rc_t pem_key(const char *file, const char *const *types, EVP_PKEY **key, struct err *e);
rc_t pem_cert(const char *file, X509 **cert, struct err *e);
/* Both, and that they belong together. */
rc_t pem_pair(const char *key_file, const char *cert_file, const char *const *types, EVP_PKEY **key,
              X509 **cert, struct err *e);
/* "what: reason" out of OpenSSL's queue, whose oldest entry is the cause. */
rc_t pem_failed(struct err *e, rc_t rc, const char *what);

#endif
