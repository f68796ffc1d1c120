#include "spool/login.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "spool/fsio.h"
#include "spool/pem.h"
#include "spool/wire.h"

#define FILE_MAX         (64 << 10)
#define ED25519_BYTES    32
#define POINT_MAX        133 /* of nistp521, uncompressed */
#define INTEGER_MAX      2048
#define USERAUTH_REQUEST 50
#define OPENSSH_BEGIN    "-----BEGIN OPENSSH PRIVATE KEY-----"
#define OPENSSH_END      "-----END OPENSSH PRIVATE KEY-----"
#define OPENSSH_MAGIC    "openssh-key-v1" /* with its NUL */

struct login {
    EVP_PKEY *key;
    struct buf public;
};

/* What a signature method is to OpenSSL. */
static const struct method {
    const char *name, *digest, *curve; /* NULL: none */
} methods[] = {
    {"ssh-ed25519",         NULL,     NULL        },
    {"ecdsa-sha2-nistp256", "SHA256", "prime256v1"},
    {"ecdsa-sha2-nistp384", "SHA384", "secp384r1" },
    {"ecdsa-sha2-nistp521", "SHA512", "secp521r1" },
    {"ssh-rsa",             "SHA1",   NULL        },
    {"rsa-sha2-256",        "SHA256", NULL        },
    {"rsa-sha2-512",        "SHA512", NULL        },
};
#define METHODS     (sizeof methods / sizeof *methods)
#define CURVE_NAME  "nistp256"
#define CURVE_AT(m) ((m)->name + sizeof "ecdsa-sha2-" - 1)

static const struct method *
find_method(struct span name)
{
    for (size_t i = 0; i < METHODS; i++)
        if (span_is(name, methods[i].name))
            return &methods[i];
    return NULL;
}

/* ---- keys out of numbers ---- */

static EVP_PKEY *
key_from(const char *type, int selection, OSSL_PARAM_BLD *params)
{
    OSSL_PARAM *all = OSSL_PARAM_BLD_to_param(params);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;

    if (!all || !ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &key, selection, all) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(all);
    return key;
}

static BIGNUM *
integer(struct span s)
{
    return s.n > INTEGER_MAX ? NULL : BN_bin2bn((const unsigned char *)s.p, (int)s.n, NULL);
}

/* secret: NULL for a public key. */
static EVP_PKEY *
curve_key(const struct method *m, struct span point, const struct span *secret)
{
    OSSL_PARAM_BLD *params = OSSL_PARAM_BLD_new();
    BIGNUM *d = secret ? integer(*secret) : NULL;
    EVP_PKEY *key = NULL;

    if (params && point.n <= POINT_MAX && (d || !secret) &&
        OSSL_PARAM_BLD_push_utf8_string(params, OSSL_PKEY_PARAM_GROUP_NAME, m->curve, 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(params, OSSL_PKEY_PARAM_PUB_KEY, point.p, point.n) == 1 &&
        (!d || OSSL_PARAM_BLD_push_BN(params, OSSL_PKEY_PARAM_PRIV_KEY, d) == 1))
        key = key_from("EC", secret ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params);
    OSSL_PARAM_BLD_free(params);
    BN_clear_free(d);
    return key;
}

static EVP_PKEY *
rsa_key(struct span n, struct span e, struct span d)
{
    OSSL_PARAM_BLD *params = OSSL_PARAM_BLD_new();
    BIGNUM *all[] = {integer(n), integer(e), integer(d)};
    static const char *const names[] = {OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E,
                                        OSSL_PKEY_PARAM_RSA_D};
    EVP_PKEY *key = NULL;
    bool good = params != NULL;

    for (int i = 0; good && i < 3; i++)
        good = all[i] && OSSL_PARAM_BLD_push_BN(params, names[i], all[i]) == 1;
    if (good)
        key = key_from("RSA", EVP_PKEY_KEYPAIR, params);
    OSSL_PARAM_BLD_free(params);
    for (int i = 0; i < 3; i++)
        BN_clear_free(all[i]);
    return key;
}

/* ---- the file ---- */

/* The part of an OpenSSH key that would be encrypted: twice a number, type, numbers, a comment. */
static EVP_PKEY *
take_secret(struct span in)
{
    struct span type, curve, point, secret, n, e, d;
    const struct method *m;
    uint32_t check[2];

    if (!wire_take_number(&in, &check[0]) || !wire_take_number(&in, &check[1]) ||
        check[0] != check[1] || !wire_take_string(&in, &type) || !(m = find_method(type)))
        return NULL;
    if (m->curve)
        return wire_take_string(&in, &curve) && span_is(curve, CURVE_AT(m)) &&
                       wire_take_string(&in, &point) && wire_take_string(&in, &secret)
                   ? curve_key(m, point, &secret)
                   : NULL;
    if (m->digest)
        return wire_take_string(&in, &n) && wire_take_string(&in, &e) && wire_take_string(&in, &d)
                   ? rsa_key(n, e, d)
                   : NULL;
    if (!wire_take_string(&in, &point) || !wire_take_string(&in, &secret) ||
        secret.n != 2 * ED25519_BYTES)
        return NULL;
    return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, (const unsigned char *)secret.p,
                                        ED25519_BYTES);
}

static EVP_PKEY *
take_openssh(struct span in)
{
    struct span magic, options, public, secret;
    uint32_t keys;

    if (!wire_take(&in, sizeof OPENSSH_MAGIC, &magic) ||
        memcmp(magic.p, OPENSSH_MAGIC, sizeof OPENSSH_MAGIC) != 0 || !wire_take_word(&in, "none") ||
        !wire_take_word(&in, "none") || !wire_take_string(&in, &options) ||
        !wire_take_number(&in, &keys) || keys != 1 || !wire_take_string(&in, &public) ||
        !wire_take_string(&in, &secret))
        return NULL;
    return take_secret(secret);
}

/* Base64 between the two lines; bytes has room for all of it. */
static size_t
decode(const char *text, const char *end, unsigned char *bytes)
{
    EVP_ENCODE_CTX *ctx = EVP_ENCODE_CTX_new();
    int n = 0, last = 0;

    if (!ctx)
        BUG("out of memory");
    EVP_DecodeInit(ctx);
    if (EVP_DecodeUpdate(ctx, bytes, &n, (const unsigned char *)text, (int)(end - text)) < 0 ||
        EVP_DecodeFinal(ctx, bytes + n, &last) < 0)
        n = last = 0;
    EVP_ENCODE_CTX_free(ctx);
    return (size_t)(n + last);
}

static EVP_PKEY *
read_openssh(struct span text)
{
    const char *begin = text.p + sizeof OPENSSH_BEGIN - 1, *end = strstr(begin, OPENSSH_END);
    unsigned char *bytes = calloc(1, text.n + 1);
    EVP_PKEY *key = NULL;
    size_t n;

    if (!bytes)
        BUG("out of memory");
    if (end) {
        n = decode(begin, end, bytes);
        key = take_openssh((struct span){(const char *)bytes, n});
    }
    OPENSSL_cleanse(bytes, text.n);
    free(bytes);
    return key;
}

/* A key that others can read is no secret. */
static rc_t
check_file(const char *name, const char *file, struct err *e)
{
    struct stat st;

    if (stat(file, &st) != 0)
        return err_set(e, RC_FAIL, ERR_CONFIG, "%s: key %s: %s", name, file, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return err_set(e, RC_FAIL, ERR_CONFIG, "%s: key %s: not a regular file", name, file);
    if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return err_set(e, RC_FAIL, ERR_CONFIG, "%s: key %s: mode %04o, expected 0600 or 0400", name,
                       file, (unsigned)(st.st_mode & 07777));
    if (st.st_uid != geteuid() && st.st_uid != 0)
        return err_set(e, RC_FAIL, ERR_CONFIG, "%s: key %s: owned by uid %lu", name, file,
                       (unsigned long)st.st_uid);
    return RC_OK;
}

static rc_t
read_key(const char *file, EVP_PKEY **key, struct err *e)
{
    static const char *const types[] = {"ED25519", "EC", "RSA", NULL};
    struct arena *a = arena_new("key");
    struct span text = {NULL, 0};
    rc_t rc = fsio_read_file(a, file, FILE_MAX, &text, e);

    if (rc == RC_OK && strncmp(text.p, OPENSSH_BEGIN, sizeof OPENSSH_BEGIN - 1) != 0) {
        struct err why = {0};

        if ((rc = pem_key(file, types, key, &why)) != RC_OK)
            rc = err_set(e, RC_FAIL, ERR_CONFIG, "%s", why.text);
    }
    if (rc == RC_OK && !*key && !(*key = read_openssh(text)))
        rc = err_set(e, RC_FAIL, ERR_CONFIG, "%s: not a key without passphrase", file);
    if (text.n > 0)
        OPENSSL_cleanse((void *)(uintptr_t)text.p, text.n);
    arena_free(&a);
    ERR_clear_error();
    return rc;
}

/* ---- its public half ---- */

static bool
put_integer(struct buf *b, const EVP_PKEY *key, const char *param)
{
    unsigned char bytes[INTEGER_MAX];
    BIGNUM *bn = NULL;
    int n = -1;

    if (EVP_PKEY_get_bn_param(key, param, &bn) == 1 && BN_num_bytes(bn) <= INTEGER_MAX)
        n = BN_bn2bin(bn, bytes);
    BN_free(bn);
    if (n > 0)
        wire_put_integer(b, (struct span){(const char *)bytes, (size_t)n});
    return n > 0;
}

static bool
put_point(struct buf *b, EVP_PKEY *key)
{
    char group[32];
    unsigned char point[POINT_MAX];
    size_t n = 0;
    const struct method *m = methods;

    if (EVP_PKEY_get_group_name(key, group, sizeof group, &n) != 1)
        return false;
    while (m < methods + METHODS && (!m->curve || strcmp(m->curve, group) != 0))
        m++;
    if (m == methods + METHODS ||
        EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                       "uncompressed") != 1 ||
        EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &n) != 1)
        return false;
    wire_put_string(b, span_of(m->name));
    wire_put_string(b, span_of(CURVE_AT(m)));
    wire_put_string(b, (struct span){(const char *)point, n});
    return true;
}

static bool
put_public(struct buf *b, EVP_PKEY *key)
{
    unsigned char raw[ED25519_BYTES];
    size_t n = sizeof raw;

    if (EVP_PKEY_is_a(key, "EC"))
        return put_point(b, key);
    if (EVP_PKEY_is_a(key, "RSA")) {
        wire_put_string(b, SPAN("ssh-rsa"));
        return put_integer(b, key, OSSL_PKEY_PARAM_RSA_E) &&
               put_integer(b, key, OSSL_PKEY_PARAM_RSA_N);
    }
    if (EVP_PKEY_get_raw_public_key(key, raw, &n) != 1)
        return false;
    wire_put_string(b, SPAN("ssh-ed25519"));
    wire_put_string(b, (struct span){(const char *)raw, n});
    return true;
}

rc_t
login_open(struct login **out, const char *name, const char *file, struct err *e)
{
    struct login *l = calloc(1, sizeof *l);
    struct err why = {.text = "of a kind that is not used"};
    rc_t rc;

    if (!l)
        BUG("out of memory");
    if ((rc = check_file(name, file, e)) == RC_OK &&
        (read_key(file, &l->key, &why) != RC_OK || !put_public(&l->public, l->key)))
        rc = err_set(e, RC_FAIL, ERR_CONFIG,
                     "%s: key %s: %s (an ed25519 or ecdsa key in OpenSSH format without passphrase "
                     "is expected)",
                     name, file, why.text);
    if (rc != RC_OK)
        login_close(&l);
    ERR_clear_error();
    *out = l;
    return rc;
}

void
login_close(struct login **l)
{
    if (!*l)
        return;
    EVP_PKEY_free((*l)->key);
    buf_free(&(*l)->public);
    free(*l);
    *l = NULL;
}

struct span
login_public(const struct login *l)
{
    return (struct span){l->public.p, l->public.n};
}

/* ---- the server's signature ---- */

static EVP_PKEY *
host_key(struct span blob, const struct method **m)
{
    struct span type, curve, point;

    if (!wire_take_string(&blob, &type) || !(*m = find_method(type)))
        return NULL;
    if ((*m)->curve)
        return wire_take_string(&blob, &curve) && wire_take_string(&blob, &point)
                   ? curve_key(*m, point, NULL)
                   : NULL;
    if ((*m)->digest || !wire_take_string(&blob, &point) || point.n != ED25519_BYTES)
        return NULL;
    return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, (const unsigned char *)point.p,
                                       point.n);
}

/* r and s as SSH has them into DER as OpenSSL has it; freed with OPENSSL_free. */
static int
to_der(struct span value, unsigned char **der)
{
    struct span r, s;
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *a = NULL, *b = NULL;
    int n = -1;

    if (sig && wire_take_string(&value, &r) && wire_take_string(&value, &s) && value.n == 0 &&
        (a = integer(r)) && (b = integer(s)) && ECDSA_SIG_set0(sig, a, b) == 1) {
        a = b = NULL;
        n = i2d_ECDSA_SIG(sig, der);
    }
    BN_free(a);
    BN_free(b);
    ECDSA_SIG_free(sig);
    return n;
}

static bool
verify(EVP_PKEY *key, const struct method *m, struct span bytes, struct span value)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned char *der = NULL;
    bool good;

    if (!ctx)
        BUG("out of memory");
    if (m->curve) {
        int n = to_der(value, &der);

        value = (struct span){(const char *)der, n > 0 ? (size_t)n : 0};
    }
    good = value.n > 0 &&
           EVP_DigestVerifyInit_ex(ctx, NULL, m->digest, NULL, NULL, key, NULL) == 1 &&
           EVP_DigestVerify(ctx, (const unsigned char *)value.p, value.n,
                            (const unsigned char *)bytes.p, bytes.n) == 1;
    OPENSSL_free(der);
    EVP_MD_CTX_free(ctx);
    ERR_clear_error();
    return good;
}

/* Has the server said that this session is its own? */
static bool
is_its_session(const struct login_request *r, struct span session)
{
    struct span rest = r->host_signature, value;
    const struct method *m = NULL;
    EVP_PKEY *key = host_key(r->host_key, &m);
    bool good = key && wire_take_word(&rest, m->name) && wire_take_string(&rest, &value) &&
                verify(key, m, session, value);

    EVP_PKEY_free(key);
    ERR_clear_error();
    return good;
}

/* ---- signing ---- */

/* What is wrong with the request; NULL: nothing, and *m is how it wants to be signed. */
static const char *
look_at(const struct login *l, const struct login_request *r, const struct method **m)
{
    struct span in = r->bytes, session, user, service, way, name, key, own = login_public(l), type;
    unsigned char kind = 0, with = 0;

    if (!wire_take_string(&in, &session) || !wire_take_byte(&in, &kind) ||
        kind != USERAUTH_REQUEST || !wire_take_string(&in, &user) ||
        !wire_take_string(&in, &service) || !wire_take_string(&in, &way) ||
        !wire_take_byte(&in, &with) || with != 1 || !wire_take_string(&in, &name) ||
        !wire_take_string(&in, &key) || in.n != 0)
        return "which is no request to log in";
    if (!span_is(user, r->user))
        return "for another user";
    if (!span_is(service, "ssh-connection") || !span_is(way, "publickey"))
        return "for another service";
    if (!span_eq(key, own))
        return "with another key";
    if (!wire_take_string(&own, &type) || !(*m = find_method(name)) ||
        !(EVP_PKEY_is_a(l->key, "RSA") ? (*m)->digest && !(*m)->curve : span_eq(name, type)))
        return "by another method";
    return is_its_session(r, session) ? NULL : "for a session that its server has not signed";
}

/* DER into r and s. */
static bool
put_curve_value(struct buf *out, const unsigned char *der, size_t n)
{
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)n);
    const BIGNUM *parts[2];
    unsigned char bytes[POINT_MAX];

    if (!sig)
        return false;
    ECDSA_SIG_get0(sig, &parts[0], &parts[1]);
    for (int i = 0; i < 2; i++)
        wire_put_integer(out,
                         (struct span){(const char *)bytes, (size_t)BN_bn2bin(parts[i], bytes)});
    ECDSA_SIG_free(sig);
    return true;
}

static bool
put_value(const struct login *l, const struct method *m, struct span bytes, struct buf *out)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned char value[INTEGER_MAX];
    size_t n = sizeof value;
    bool good;

    if (!ctx)
        BUG("out of memory");
    good = EVP_DigestSignInit_ex(ctx, NULL, m->digest, NULL, NULL, l->key, NULL) == 1 &&
           EVP_DigestSign(ctx, value, &n, (const unsigned char *)bytes.p, bytes.n) == 1;
    EVP_MD_CTX_free(ctx);
    ERR_clear_error();
    if (!good)
        return false;
    if (m->curve)
        return put_curve_value(out, value, n);
    buf_put(out, value, n);
    return true;
}

rc_t
login_sign(const struct login *l, const char *name, const struct login_request *r, struct buf *out,
           struct err *e)
{
    const struct method *m = NULL;
    const char *why = look_at(l, r, &m);

    if (why)
        return err_set(
            e, RC_RETRY, ERR_FETCH_SIGN,
            "%s: the process that talks to the server asked for a signature %s; none was "
            "given",
            name, why);
    if (!put_value(l, m, r->bytes, out))
        return err_set(e, RC_FAIL, ERR_SFTP_KEY, "%s: the login key does not sign", name);
    return RC_OK;
}
