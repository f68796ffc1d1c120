/*
 * seal.h - the detached signature of a bundle's manifest.
 *
 * Shape    Either CMS in DER (SHA-256 with RSA or ECDSA), one signer, signing time as given: with an
 *          RSA key the same input gives the same bytes. Or a bare signature of signer.h, as the
 *          openssl command takes it (SM2 in DER): OpenSSL 3.0 cannot make CMS with SM2, nor with a
 *          key behind a program.
 *          Verification is against a pinned certificate, never one out of the signature; the time
 *          signed in CMS must be there and within that certificate's validity.
 * Errors   RC_FAIL ERR_SIGNATURE, ERR_CERTIFICATE; RC_REJECT ERR_SIGNATURE when a signature does not verify; those of
 *          signer.h.
 */
#ifndef LANDPORT_SEAL_H
#define LANDPORT_SEAL_H

#include <time.h>

#include "spool/signer.h"

struct seal_form {
    bool cms;               /* else bare, by the signer's method */
    struct signer_form key; /* with cms key_file and cert_file only */
};

/* What is added to the manifest's name: ".p7s" or ".sig". */
const char *seal_suffix(const struct seal_form *f);
rc_t seal_sign(struct arena *a, const struct seal_form *f, struct span content, time_t when,
               struct span *seal, struct err *e);
rc_t seal_verify(const struct seal_form *f, struct span content, struct span seal, struct err *e);
/* Does the seal say that it is of that certificate? A bare one says nothing: true. */
bool seal_names(const struct seal_form *f, struct span seal);
/* For a verifier who has only the certificate: the form of a bare seal by that key. */
rc_t seal_bare(struct seal_form *f, const char *cert_file, struct err *e);
/* Key and certificate belong together and the certificate is valid at `now`; days left in *days. Of a
 * key behind a program the certificate only. */
rc_t seal_check(const struct seal_form *f, time_t now, int *days, struct err *e);

#endif
