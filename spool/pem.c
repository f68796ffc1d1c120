#include "spool/pem.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

/* The oldest entry of OpenSSL's queue is the cause, later ones are its consequences. */
rc_t
pem_failed(struct err *e, rc_t rc, const char *what)
{
    unsigned long code = ERR_get_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;

    ERR_clear_error();
    return err_set(e, rc, ERR_SIGNATURE, "%s: %s", what, reason ? reason : "refused by OpenSSL");
}

/* Without it OpenSSL would ask for a passphrase on the terminal, in the middle of the night. */
static int
no_passphrase(char *buf, int size, int writing, void *ctx)
{
    (void)buf, (void)size, (void)writing, (void)ctx;
    return -1;
}

static bool
is_one_of(const EVP_PKEY *key, const char *const *types)
{
    for (; *types; types++)
        if (EVP_PKEY_is_a(key, *types))
            return true;
    return false;
}

static const char *
joined(char *out, size_t size, const char *const *types)
{
    size_t at = 0;

    out[0] = '\0';
    for (int i = 0; types[i] && at < size; i++)
        at += (size_t)snprintf(out + at, size - at, "%s%s", i ? " or " : "", types[i]);
    return out;
}

/* OpenSSL has no words for what the system says. */
static rc_t
open_file(const char *file, BIO **in, struct err *e)
{
    FILE *f = fopen(file, "re");

    if (!f)
        return err_set(e, RC_FAIL, ERR_SIGNATURE, "%s: %s", file, strerror(errno));
    if (!(*in = BIO_new_fp(f, BIO_CLOSE)))
        BUG("out of memory");
    return RC_OK;
}

rc_t
pem_key(const char *file, const char *const *types, EVP_PKEY **key, struct err *e)
{
    BIO *in = NULL;
    char want[64];
    rc_t rc = open_file(file, &in, e);

    if (rc != RC_OK)
        return rc;
    *key = PEM_read_bio_PrivateKey(in, NULL, no_passphrase, NULL);
    if (!*key) {
        rc = pem_failed(e, RC_FAIL, "private key without passphrase in PEM expected");
        err_prefix(e, "%s", file);
    } else if (!is_one_of(*key, types)) {
        rc = err_set(e, RC_FAIL, ERR_SIGNATURE, "%s: key is %s, must be %s", file,
                     EVP_PKEY_get0_type_name(*key), joined(want, sizeof want, types));
    }
    BIO_free(in);
    return rc;
}

rc_t
pem_cert(const char *file, X509 **cert, struct err *e)
{
    BIO *in = NULL;
    rc_t rc = open_file(file, &in, e);

    if (rc != RC_OK)
        return rc;
    *cert = PEM_read_bio_X509(in, NULL, no_passphrase, NULL);
    if (!*cert) {
        rc = pem_failed(e, RC_FAIL, "certificate in PEM expected");
        err_prefix(e, "%s", file);
    }
    BIO_free(in);
    return rc;
}

rc_t
pem_pair(const char *key_file, const char *cert_file, const char *const *types, EVP_PKEY **key,
         X509 **cert, struct err *e)
{
    rc_t rc;

    if ((rc = pem_key(key_file, types, key, e)) != RC_OK ||
        (rc = pem_cert(cert_file, cert, e)) != RC_OK)
        return rc;
    if (X509_check_private_key(*cert, *key) == 1)
        return RC_OK;
    ERR_clear_error();
    return err_set(e, RC_FAIL, ERR_SIGNATURE, "%s is not the key of certificate %s", key_file,
                   cert_file);
}
