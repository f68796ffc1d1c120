#include "spool/seal.h"

#include <limits.h>
#include <openssl/cms.h>

#include "spool/pem.h"

static const char *const cms_types[] = {"RSA", "EC", NULL};

static rc_t
content_bio(struct span content, BIO **in, struct err *e)
{
    BIO *memory;

    if (content.n > INT_MAX)
        return err_set(e, RC_FAIL, ERR_SIGNATURE, "content of %zu bytes, at most %d can be signed",
                       content.n, INT_MAX);
    /* behind a buffer: of memory itself CMS_verify makes a copy, and loses it where the signature
     * names a digest that does not exist */
    *in = BIO_new(BIO_f_buffer());
    memory = BIO_new_mem_buf(content.n ? content.p : "", (int)content.n);
    if (!*in || !memory)
        BUG("out of memory");
    BIO_push(*in, memory);
    return RC_OK;
}

/* The time is ours to set: OpenSSL adds its own only where none stands yet. */
static bool
add_signer(CMS_ContentInfo *cms, X509 *cert, EVP_PKEY *key, time_t when)
{
    CMS_SignerInfo *signer =
        CMS_add1_signer(cms, cert, key, EVP_sha256(), CMS_BINARY | CMS_NOSMIMECAP);
    ASN1_TIME *at = ASN1_TIME_set(NULL, when);
    bool ok = signer && at &&
              CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_signingTime, ASN1_STRING_type(at), at,
                                          -1) == 1;

    ASN1_TIME_free(at);
    return ok;
}

static rc_t
cms_sign(struct arena *a, const char *key_file, const char *cert_file, struct span content,
         time_t when, struct span *p7s, struct err *e)
{
    EVP_PKEY *key = NULL;
    X509 *cert = NULL;
    CMS_ContentInfo *cms = NULL;
    BIO *in = NULL;
    unsigned char *der = NULL;
    int n = 0;
    rc_t rc;

    if ((rc = pem_pair(key_file, cert_file, cms_types, &key, &cert, e)) != RC_OK ||
        (rc = content_bio(content, &in, e)) != RC_OK)
        goto out;
    cms = CMS_sign(NULL, NULL, NULL, NULL, CMS_DETACHED | CMS_BINARY | CMS_STREAM | CMS_PARTIAL);
    if (!cms || !add_signer(cms, cert, key, when) ||
        CMS_final(cms, in, NULL, CMS_DETACHED | CMS_BINARY) != 1 ||
        (n = i2d_CMS_ContentInfo(cms, &der)) <= 0) {
        rc = pem_failed(e, RC_FAIL, "cannot sign");
        goto out;
    }
    *p7s = (struct span){arena_strn(a, (const char *)der, (size_t)n), (size_t)n};
out:
    OPENSSL_free(der);
    BIO_free_all(in);
    CMS_ContentInfo_free(cms);
    X509_free(cert);
    EVP_PKEY_free(key);
    return rc;
}

static rc_t
parse_p7s(struct span p7s, CMS_ContentInfo **cms, struct err *e)
{
    const unsigned char *at = (const unsigned char *)p7s.p;

    if (p7s.n == 0 || p7s.n > INT_MAX)
        return err_set(e, RC_REJECT, ERR_SIGNATURE, "signature of %zu bytes", p7s.n);
    if (!(*cms = d2i_CMS_ContentInfo(NULL, &at, (long)p7s.n)))
        return pem_failed(e, RC_REJECT, "signature is not CMS in DER");
    /* bytes behind it are under no signature, and a reader that ignores them can be told anything */
    if (at != (const unsigned char *)p7s.p + p7s.n)
        return err_set(e, RC_REJECT, ERR_SIGNATURE, "bytes after the end of the signature");
    if (OBJ_obj2nid(CMS_get0_type(*cms)) != NID_pkcs7_signed || CMS_is_detached(*cms) != 1)
        return err_set(e, RC_REJECT, ERR_SIGNATURE, "not a detached CMS signature");
    return RC_OK;
}

/* A pinned certificate speaks only for its own lifetime; the time is the one that was signed. */
static bool
signed_within(CMS_SignerInfo *signer, const X509 *cert)
{
    int at = CMS_signed_get_attr_by_NID(signer, NID_pkcs9_signingTime, -1);
    ASN1_TYPE *value = at < 0 ? NULL : X509_ATTRIBUTE_get0_type(CMS_signed_get_attr(signer, at), 0);

    if (!value || (value->type != V_ASN1_UTCTIME && value->type != V_ASN1_GENERALIZEDTIME))
        return false;
    return ASN1_TIME_compare(value->value.asn1_string, X509_get0_notBefore(cert)) >= 0 &&
           ASN1_TIME_compare(value->value.asn1_string, X509_get0_notAfter(cert)) <= 0;
}

static rc_t
check_signer(CMS_ContentInfo *cms, X509 *cert, struct err *e)
{
    STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
    int count = signers ? sk_CMS_SignerInfo_num(signers) : 0;
    X509_ALGOR *digest = NULL;
    const ASN1_OBJECT *name = NULL;

    if (count != 1)
        return err_set(e, RC_REJECT, ERR_SIGNATURE, "%d signers, must be 1", count);
    CMS_SignerInfo_get0_algs(sk_CMS_SignerInfo_value(signers, 0), NULL, NULL, &digest, NULL);
    X509_ALGOR_get0(&name, NULL, NULL, digest);
    if (OBJ_obj2nid(name) != NID_sha256)
        return err_set(e, RC_REJECT, ERR_SIGNATURE, "digest is %s, must be SHA256",
                       OBJ_nid2sn(OBJ_obj2nid(name)));
    if (CMS_SignerInfo_cert_cmp(sk_CMS_SignerInfo_value(signers, 0), cert) != 0)
        return err_set(e, RC_REJECT, ERR_SIGNATURE, "made with another certificate");
    if (!signed_within(sk_CMS_SignerInfo_value(signers, 0), cert))
        return err_set(e, RC_REJECT, ERR_SIGNATURE,
                       "signing time is missing or outside of the certificate's validity");
    return RC_OK;
}

static rc_t
cms_verify(const char *cert_file, struct span content, struct span p7s, struct err *e)
{
    X509 *cert = NULL;
    STACK_OF(X509) *pinned = sk_X509_new_null();
    CMS_ContentInfo *cms = NULL;
    BIO *in = NULL;
    rc_t rc;

    if ((rc = pem_cert(cert_file, &cert, e)) != RC_OK ||
        (rc = content_bio(content, &in, e)) != RC_OK || (rc = parse_p7s(p7s, &cms, e)) != RC_OK ||
        (rc = check_signer(cms, cert, e)) != RC_OK)
        goto out;
    /* NOINTERN and the pinned certificate alone: one that comes along inside the signature is the sender's to choose, and proves
     * nothing. Nor is a chain asked for: who is believed is said by the configuration. */
    if (!pinned || sk_X509_push(pinned, cert) <= 0)
        BUG("out of memory");
    if (CMS_verify(cms, pinned, NULL, in, NULL,
                   CMS_BINARY | CMS_NOINTERN | CMS_NO_SIGNER_CERT_VERIFY) != 1)
        rc = pem_failed(e, RC_REJECT, "signature does not verify");
out:
    CMS_ContentInfo_free(cms);
    BIO_free_all(in);
    sk_X509_free(pinned);
    X509_free(cert);
    return rc;
}

/* ---- bare ---- */

static rc_t
bare_sign(struct arena *a, const struct signer_form *key, struct span content, struct span *seal,
          struct err *e)
{
    struct signer *s = NULL;
    struct span value;
    rc_t rc;

    if ((rc = signer_open(&s, key, e)) == RC_OK &&
        (rc = signer_sign(s, a, content, &value, e)) == RC_OK)
        *seal = signer_to_der(s, a, value);
    signer_close(&s);
    return rc;
}

static rc_t
bare_verify(const struct signer_form *key, struct span content, struct span seal, struct err *e)
{
    struct arena *a = arena_new("seal");
    struct signer_form public = *key;
    struct signer *s = NULL;
    struct span value;
    rc_t rc;

    public.key_file = NULL; /* the certificate will do */
    if ((rc = signer_open(&s, &public, e)) == RC_OK &&
        (rc = signer_from_der(s, a, seal, &value, e)) == RC_OK)
        rc = signer_verify(s, content, value, e);
    signer_close(&s);
    arena_free(&a);
    return rc;
}

/* ---- either ---- */

const char *
seal_suffix(const struct seal_form *f)
{
    return f->cms ? ".p7s" : ".sig";
}

rc_t
seal_sign(struct arena *a, const struct seal_form *f, struct span content, time_t when,
          struct span *seal, struct err *e)
{
    if (f->cms)
        return cms_sign(a, f->key.key_file, f->key.cert_file, content, when, seal, e);
    return bare_sign(a, &f->key, content, seal, e);
}

rc_t
seal_verify(const struct seal_form *f, struct span content, struct span seal, struct err *e)
{
    return f->cms ? cms_verify(f->key.cert_file, content, seal, e)
                  : bare_verify(&f->key, content, seal, e);
}

bool
seal_names(const struct seal_form *f, struct span seal)
{
    CMS_ContentInfo *cms = NULL;
    X509 *cert = NULL;
    STACK_OF(CMS_SignerInfo) * signers;
    bool named = !f->cms;

    if (f->cms && pem_cert(f->key.cert_file, &cert, NULL) == RC_OK &&
        parse_p7s(seal, &cms, NULL) == RC_OK && (signers = CMS_get0_SignerInfos(cms)) != NULL)
        for (int i = 0; i < sk_CMS_SignerInfo_num(signers); i++)
            named |= CMS_SignerInfo_cert_cmp(sk_CMS_SignerInfo_value(signers, i), cert) == 0;
    CMS_ContentInfo_free(cms);
    X509_free(cert);
    return named;
}

rc_t
seal_bare(struct seal_form *f, const char *cert_file, struct err *e)
{
    X509 *cert = NULL;
    rc_t rc = pem_cert(cert_file, &cert, e);

    if (rc != RC_OK)
        return rc;
    *f = (struct seal_form){
        .key = {.method = EVP_PKEY_is_a(X509_get0_pubkey(cert), "SM2") ? SIGNER_SM2_SM3
                                                                       : SIGNER_RSA_SHA256,
                .cert_file = cert_file}
    };
    X509_free(cert);
    return RC_OK;
}

rc_t
seal_check(const struct seal_form *f, time_t now, int *days, struct err *e)
{
    const struct signer_form *form = &f->key;
    const char *const *types = f->cms ? cms_types : signer_key_types(form->method);
    EVP_PKEY *key = NULL;
    X509 *cert = NULL;
    ASN1_TIME *at = ASN1_TIME_set(NULL, now);
    int left = 0, seconds = 0;
    rc_t rc;

    if (!at)
        BUG("out of memory");
    rc = form->key_file ? pem_pair(form->key_file, form->cert_file, types, &key, &cert, e)
                        : pem_cert(form->cert_file, &cert, e);
    if (rc != RC_OK)
        goto out;
    if (ASN1_TIME_diff(&left, &seconds, at, X509_get0_notAfter(cert)) != 1)
        rc = pem_failed(e, RC_FAIL, form->cert_file);
    else if (ASN1_TIME_compare(at, X509_get0_notBefore(cert)) < 0)
        rc = err_set(e, RC_FAIL, ERR_CERTIFICATE, "%s is not valid yet", form->cert_file);
    else if (left < 0)
        rc = err_set(e, RC_FAIL, ERR_CERTIFICATE, "%s expired %d %s ago", form->cert_file, -left,
                     count_word(-left, "day", "days"));
    else if (seconds < 0)
        rc = err_set(e, RC_FAIL, ERR_CERTIFICATE, "%s expired today", form->cert_file);
    else
        *days = left;
out:
    ASN1_TIME_free(at);
    X509_free(cert);
    EVP_PKEY_free(key);
    return rc;
}
