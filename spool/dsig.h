/*
 * dsig.h - XML signatures (W3C XMLDSig), enveloped in the document they sign; xmlsec1 does it.
 *
 * Shape    One reference to the whole document (URI ""), transform enveloped-signature, inclusive
 *          C14N without comments, so a document and its signature say the same whatever prefix or
 *          spelling; KeyInfo with the key's name and certificate. The element comes back as text
 *          without a blank, to be put into the document at `at` and nowhere else.
 * Names    Which algorithm a signature says it is made with is the receiver's word: specification
 *          and practice differ for SM2 (ceb-messages.md 1.6). Empty names: the usual ones.
 * Digest   SHA-1, SHA-256 or SM3 of the canonical document.
 * Memory   A tree of the document, some twelve times its bytes: for messages, not for files.
 * Errors   As signer.h. Verifying: RC_REJECT ERR_SIGNATURE, also where the document holds anything
 *          else than exactly such a signature as a child of its root.
 */
#ifndef LANDPORT_DSIG_H
#define LANDPORT_DSIG_H

#include "spool/signer.h"

struct dsig_form {
    const char *digest;           /* "sha1", "sha256", "sm3"; NULL: the signature method's own */
    const char *signature_method; /* Algorithm of SignatureMethod; NULL: the usual one */
    const char *digest_method;    /* ... of DigestMethod; NULL: the usual one */
    const char *key_name;         /* NULL: no KeyName */
};

rc_t dsig_sign(struct arena *a, const struct dsig_form *f, struct signer *s, struct span xml,
               size_t at, struct span *signature, struct err *e);
rc_t dsig_verify(const struct dsig_form *f, struct signer *s, struct span xml, struct err *e);

#endif
