#define _GNU_SOURCE /* pipe2 */
#include "spool/signer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/err.h>

#include "base/stream.h"
#include "spool/pem.h"

#define VALUE_MAX 4096 /* base64 of RSA with 16384 bits is 2732 characters */
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

const char *
signer_method_name(enum signer_method m)
{
    return methods[m].name;
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

struct program {
    const char *name;
    pid_t pid;
    int in, out; /* ends of its pipes: what it reads, what it prints */
    int64_t until_ms;
};

static int64_t
now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void
become(const struct signer *s, int in, int out)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
        setenv("LANDPORT_SIGN", s->method->name, 1) != 0)
        _exit(126);
    execv(s->form.command[0], (char *const *)(uintptr_t)s->form.command);
    _exit(127);
}

static rc_t
program_start(struct program *p, const struct signer *s, struct err *e)
{
    int to[2] = {-1, -1}, from[2] = {-1, -1};

    *p = (struct program){.name = s->form.command[0], .in = -1, .out = -1};
    p->until_ms = now_ms() + (int64_t)s->form.deadline_s * 1000;
    if (pipe2(to, O_CLOEXEC) == 0 && pipe2(from, O_CLOEXEC) == 0)
        p->pid = fork();
    else
        p->pid = -1;
    if (p->pid == 0)
        become(s, to[0], from[1]);
    p->in = to[1];
    p->out = from[0];
    close_end(&to[0]);
    close_end(&from[1]);
    if (p->pid > 0) {
        (void)fcntl(p->in, F_SETFL, O_NONBLOCK);
        return RC_OK;
    }
    close_end(&p->in);
    close_end(&p->out);
    return err_set(e, RC_RETRY, ERR_SYSTEM, "%s: %s", p->name, strerror(errno));
}

/* Write what is left of the bytes, read what there is; RC_END when it closed its output. */
static rc_t
program_turn(struct program *p, struct span *bytes, char *out, size_t *n, struct err *e)
{
    struct pollfd fds[2] = {
        {p->out, POLLIN,  0},
        {p->in,  POLLOUT, 0}
    };
    int64_t left = p->until_ms - now_ms();
    ssize_t got;

    if (left <= 0 || poll(fds, 2, (int)left) == 0)
        return err_set(e, RC_RETRY, ERR_SIGNATURE, "%s: no signature within its deadline", p->name);
    if (fds[1].revents) {
        got = bytes->n ? write(p->in, bytes->p, bytes->n) : 0;
        if (got > 0)
            *bytes = (struct span){bytes->p + got, bytes->n - (size_t)got};
        if (!bytes->n || (got < 0 && errno != EAGAIN && errno != EINTR))
            close_end(&p->in); /* it may need no more to fail, or to sign */
    }
    if (!fds[0].revents)
        return RC_OK;
    got = read(p->out, out + *n, VALUE_MAX - *n);
    if (got < 0 && errno == EINTR)
        return RC_OK;
    if (got <= 0)
        return RC_END;
    *n += (size_t)got;
    return *n < VALUE_MAX ? RC_OK
                          : err_set(e, RC_FAIL, ERR_SIGNATURE, "%s: printed more than %d bytes",
                                    p->name, VALUE_MAX);
}

/* It has closed its output, or must end now. */
static rc_t
program_end(struct program *p, bool kill_it, struct err *e)
{
    int status = 0;

    close_end(&p->in);
    close_end(&p->out);
    if (kill_it)
        kill(p->pid, SIGKILL);
    while (waitpid(p->pid, &status, kill_it ? 0 : WNOHANG) == 0) {
        if (now_ms() > p->until_ms) {
            kill_it = true;
            kill(p->pid, SIGKILL);
        }
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return RC_OK;
    return err_set(e, RC_RETRY, ERR_SIGNATURE, "%s: ended with %s %d", p->name,
                   WIFSIGNALED(status) ? "signal" : "status",
                   WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
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
    struct err end = {0};
    struct program p;
    char *text = arena_alloc(a, VALUE_MAX);
    size_t n = 0;
    rc_t rc = program_start(&p, s, e), ended;

    if (rc != RC_OK)
        return rc;
    while ((rc = program_turn(&p, &bytes, text, &n, e)) == RC_OK)
        ;
    ended = program_end(&p, rc != RC_END, &end);
    if (rc != RC_END)
        return rc;
    if (ended != RC_OK) {
        *e = end;
        return ended;
    }
    if ((rc = from_base64(a, (struct span){text, n}, value, e)) != RC_OK)
        err_prefix(e, "%s", p.name);
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
