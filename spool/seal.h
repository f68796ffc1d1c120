/*
 * seal.h - detached CMS signatures (SHA-256 with RSA or ECDSA).
 *
 * Shape    DER, one signer, signing time as given: with an RSA key the same input gives the same
 *          bytes. Verification is against a pinned certificate, never one out of the signature;
 *          the signed time must be there and within that certificate's validity.
 * Errors   RC_FAIL ERR_SIGNATURE; RC_REJECT ERR_SIGNATURE when a signature does not verify.
 */
#ifndef LANDPORT_SEAL_H
#define LANDPORT_SEAL_H

#include <time.h>

#include "arena.h"
#include "err.h"
#include "span.h"

rc_t seal_sign(struct arena *a, const char *key_file, const char *cert_file, struct span content,
               time_t when, struct span *p7s, struct err *e);
rc_t seal_verify(const char *cert_file, struct span content, struct span p7s, struct err *e);
/* Key and certificate belong together and the certificate is valid at `now`; days left in *days. */
rc_t seal_check(const char *key_file, const char *cert_file, time_t now, int *days, struct err *e);

#endif
