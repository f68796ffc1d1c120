#include "spool/signer.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/err.h>

#include "base/child.h"
#include "base/stream.h"
#include "spool/pem.h"

#define VALUE_MAX 4096 /* base64 of RSA with 16384 bits is 2732 characters */
#define GRACE_MS  1000
#define SM2_HALF  32
#define SM2_USER  "1234567812345678" /* GM/T 0009: where both sides agreed on no other */
#define RSA_TYPES                                                                                  \
    {                                                                                              \
        "RSA", NULL                                                                                \
    }
#define SM2_TYPES                                                                                  \
    {                                                                                              \
        "SM2", NULL                                                                                \
    }

extern char **environ;

struct method {
    const char *name, *digest;
    const char *types[2];
};

/* In the order of enum signer_method. */
static const struct method methods[] = {
    {"rsa-sha1",   "SHA1",   RSA_TYPES},
    {"rsa-sha256", "SHA256", RSA_TYPES},
    {"sm2-sm3",    "SM3",    SM2_TYPES},
};

struct signer {
    struct signer_form form;
    const struct method *method;
    EVP_PKEY *key;    /* NULL: behind a program */
    EVP_PKEY *public; /* the certificate's */
    X509 *cert;
};

const char *const *
signer_key_types(enum signer_method m)
{
    return methods[m].types;
}

bool
signer_method_parse(enum signer_method *m, const char *name)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (!strcmp(methods[i].name, name)) {
            *m = (enum signer_method)i;
            return true;
        }
    return false;
}

rc_t
signer_open(struct signer **out, const struct signer_form *form, struct err *e)
{
    struct signer *s = calloc(1, sizeof *s);
    rc_t rc;

    if (!s)
        BUG("out of memory");
    *out = s;
    s->form = *form;
    s->method = &methods[form->method];
    if (!s->form.user_id)
        s->form.user_id = SM2_USER;
    rc = form->key_file
             ? pem_pair(form->key_file, form->cert_file, s->method->types, &s->key, &s->cert, e)
             : pem_cert(form->cert_file, &s->cert, e);
    if (rc != RC_OK)
        return rc;
    s->public = X509_get_pubkey(s->cert);
    if (!s->public || !EVP_PKEY_is_a(s->public, *s->method->types))
        return err_set(e, RC_FAIL, ERR_SIGNATURE, "%s: key is %s, must be %s for %s",
                       form->cert_file, s->public ? EVP_PKEY_get0_type_name(s->public) : "unknown",
                       *s->method->types, s->method->name);
    return RC_OK;
}

void
signer_close(struct signer **s)
{
    if (!*s)
        return;
    EVP_PKEY_free((*s)->key);
    EVP_PKEY_free((*s)->public);
    X509_free((*s)->cert);
    free(*s);
    *s = NULL;
}

enum signer_method
signer_method(const struct signer *s)
{
    return s->form.method;
}

/* ---- SM2 values: DER between OpenSSL and us, r and s to the world ---- */

static bool
sm2_from_der(const unsigned char *der, size_t n, unsigned char out[2 * SM2_HALF])
{
    const unsigned char *at = der;
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)n);
    bool ok = sig && at == der + n &&
              BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, SM2_HALF) == SM2_HALF &&
              BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + SM2_HALF, SM2_HALF) == SM2_HALF;

    ECDSA_SIG_free(sig);
    return ok;
}

static struct span
sm2_to_der(struct arena *a, struct span value)
{
    const unsigned char *p = (const unsigned char *)value.p;
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(p, SM2_HALF, NULL), *s = BN_bin2bn(p + SM2_HALF, SM2_HALF, NULL);
    unsigned char *der = NULL;
    struct span out;
    int n;

    if (!sig || !r || !s || ECDSA_SIG_set0(sig, r, s) != 1 || (n = i2d_ECDSA_SIG(sig, &der)) <= 0)
        BUG("out of memory");
    out = (struct span){arena_strn(a, (const char *)der, (size_t)n), (size_t)n};
    OPENSSL_free(der);
    ECDSA_SIG_free(sig);
    return out;
}

struct span
signer_to_der(const struct signer *s, struct arena *a, struct span value)
{
    return s->form.method == SIGNER_SM2_SM3 ? sm2_to_der(a, value) : value;
}

rc_t
signer_from_der(const struct signer *s, struct arena *a, struct span der, struct span *value,
                struct err *e)
{
    unsigned char rs[2 * SM2_HALF];

    *value = der;
    if (s->form.method != SIGNER_SM2_SM3)
        return RC_OK;
    if (!sm2_from_der((const unsigned char *)der.p, der.n, rs))
        return err_set(e, RC_REJECT, ERR_SIGNATURE, "a value of %zu bytes is no SM2 signature",
                       der.n);
    *value = (struct span){arena_strn(a, (const char *)rs, sizeof rs), sizeof rs};
    return RC_OK;
}

/* ---- a key at hand ---- */

/* The id goes into the context before the digest begins: OpenSSL's own default is an empty one. */
struct digesting {
    EVP_MD_CTX *md;
    EVP_PKEY_CTX *ctx;
};

static struct digesting
digest_begin(struct signer *s, EVP_PKEY *key)
{
    struct digesting d = {EVP_MD_CTX_new(), EVP_PKEY_CTX_new(key, NULL)};

    if (!d.md || !d.ctx)
        BUG("out of memory");
    if (s->form.method == SIGNER_SM2_SM3 &&
        EVP_PKEY_CTX_set1_id(d.ctx, s->form.user_id, (int)strlen(s->form.user_id)) != 1)
        BUG("SM2 without user id");
    EVP_MD_CTX_set_pkey_ctx(d.md, d.ctx);
    return d;
}

static void
digest_end(struct digesting *d)
{
    EVP_MD_CTX_free(d->md);
    EVP_PKEY_CTX_free(d->ctx);
}

static rc_t
sign_here(struct signer *s, struct arena *a, struct span bytes, struct span *value, struct err *e)
{
    struct digesting d = digest_begin(s, s->key);
    const EVP_MD *digest = EVP_get_digestbyname(s->method->digest);
    const unsigned char *p = (const unsigned char *)bytes.p;
    size_t n = 0;
    unsigned char *out;
    rc_t rc = RC_OK;

    if (EVP_DigestSignInit(d.md, NULL, digest, NULL, s->key) != 1 ||
        EVP_DigestSign(d.md, NULL, &n, p, bytes.n) != 1) {
        rc = pem_failed(e, RC_FAIL, s->form.key_file);
        goto out;
    }
    out = arena_alloc(a, n);
    if (EVP_DigestSign(d.md, out, &n, p, bytes.n) != 1) {
        rc = pem_failed(e, RC_FAIL, s->form.key_file);
        goto out;
    }
    *value = (struct span){(const char *)out, n};
out:
    digest_end(&d);
    return rc;
}

rc_t
signer_verify(struct signer *s, struct span bytes, struct span value, struct err *e)
{
    struct arena *a = arena_new("verify");
    struct digesting d = digest_begin(s, s->public);
    struct span sig = value;
    bool good = s->form.method != SIGNER_SM2_SM3 || value.n == 2 * SM2_HALF;

    if (good && s->form.method == SIGNER_SM2_SM3)
        sig = sm2_to_der(a, value);
    good = good &&
           EVP_DigestVerifyInit(d.md, NULL, EVP_get_digestbyname(s->method->digest), NULL,
                                s->public) == 1 &&
           EVP_DigestVerify(d.md, (const unsigned char *)sig.p, sig.n,
                            (const unsigned char *)bytes.p, bytes.n) == 1;
    ERR_clear_error();
    digest_end(&d);
    arena_free(&a);
    return good ? RC_OK
                : err_set(e, RC_REJECT, ERR_SIGNATURE, "the value does not verify with %s",
                          s->form.cert_file);
}

/* ---- a key behind a program ---- */

/* In the new process. */
static int
become(void *ctx, int in, int out)
{
    const struct signer *s = ctx;

    signal(SIGPIPE, SIG_DFL);
    if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
        setenv("LANDPORT_SIGN", s->method->name, 1) != 0)
        return 126;
    execv(s->form.command[0], (char *const *)(uintptr_t)s->form.command);
    return 127;
}

/* What it prints, at most VALUE_MAX bytes. */
static rc_t
ask_program(struct signer *s, struct child_talk *t, struct err *e)
{
    const char *name = s->form.command[0];
    const struct child_form form = {.name = name,
                                    .run = become,
                                    .ctx = s,
                                    .hears = true,
                                    .says = true,
                                    .deadline_ms = s->form.deadline_s * 1000,
                                    .grace_ms = GRACE_MS};
    struct child *c;
    char words[CHILD_WORDS];
    rc_t rc = child_start(&c, &form, e);

    if (rc != RC_OK)
        return rc;
    child_talk(c, t);
    if (t->excess)
        rc = err_set(e, RC_FAIL, ERR_SIGNATURE, "%s: printed more than %zu bytes", name, t->size);
    else if (c->late)
        rc = err_set(e, RC_RETRY, ERR_SIGNATURE, "%s: no signature within its deadline", name);
    else if (!child_well(c))
        rc = err_set(e, RC_RETRY, ERR_SIGNATURE, "%s: %s", name, child_words(c, words));
    child_free(&c);
    return rc;
}

static rc_t
from_base64(struct arena *a, struct span text, struct span *value, struct err *e)
{
    EVP_ENCODE_CTX *ctx = EVP_ENCODE_CTX_new();
    unsigned char *out = arena_alloc(a, VALUE_MAX);
    int n = 0, rest = 0;
    bool ok;

    if (!ctx)
        BUG("out of memory");
    EVP_DecodeInit(ctx);
    ok = EVP_DecodeUpdate(ctx, out, &n, (const unsigned char *)text.p, (int)text.n) >= 0 &&
         EVP_DecodeFinal(ctx, out + n, &rest) == 1 && n + rest > 0;
    EVP_ENCODE_CTX_free(ctx);
    *value = (struct span){(const char *)out, (size_t)(n + rest)};
    return ok ? RC_OK
              : err_set(e, RC_FAIL, ERR_SIGNATURE, "what the program printed is not base64");
}

static rc_t
sign_outside(struct signer *s, struct arena *a, struct span bytes, struct span *value,
             struct err *e)
{
    struct child_talk t = {.say = bytes, .heard = arena_alloc(a, VALUE_MAX), .size = VALUE_MAX};
    rc_t rc = ask_program(s, &t, e);

    if (rc == RC_OK && (rc = from_base64(a, (struct span){t.heard, t.n}, value, e)) != RC_OK)
        err_prefix(e, "%s", s->form.command[0]);
    return rc;
}

/* ---- either ---- */

rc_t
signer_sign(struct signer *s, struct arena *a, struct span bytes, struct span *value, struct err *e)
{
    struct span got;
    rc_t rc = s->key ? sign_here(s, a, bytes, &got, e) : sign_outside(s, a, bytes, &got, e);

    if (rc != RC_OK)
        return rc;
    *value = got;
    if (s->form.method == SIGNER_SM2_SM3 && got.n != 2 * SM2_HALF) /* cards give either form */
        rc = signer_from_der(s, a, got, value, e);
    if (rc == RC_OK)
        rc = signer_verify(s, bytes, *value, e);
    if (rc == RC_REJECT)
        rc = e->rc = RC_FAIL;
    return rc;
}

rc_t
signer_certificate(struct signer *s, struct arena *a, const char **base64, struct err *e)
{
    unsigned char *der = NULL;
    int n = i2d_X509(s->cert, &der);
    char *out;

    if (n <= 0)
        return pem_failed(e, RC_FAIL, s->form.cert_file);
    out = arena_alloc(a, (size_t)n * 4 / 3 + 8);
    EVP_EncodeBlock((unsigned char *)out, der, n);
    OPENSSL_free(der);
    *base64 = out;
    return RC_OK;
}
