#include "spool/digest.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/span.h"

struct digest {
    EVP_MD_CTX *ctx;
    EVP_MD *sha256;
};

static void
start(struct digest *d)
{
    if (EVP_DigestInit_ex(d->ctx, d->sha256, NULL) != 1)
        BUG("SHA-256 does not start");
}

struct digest *
digest_new(void)
{
    struct digest *d = calloc(1, sizeof(*d));

    if (d == NULL || (d->ctx = EVP_MD_CTX_new()) == NULL)
        BUG("out of memory");
    if ((d->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL)) == NULL)
        BUG("OpenSSL has no SHA-256");
    start(d);
    return d;
}

void
digest_update(struct digest *d, const void *p, size_t n)
{
    if (EVP_DigestUpdate(d->ctx, p, n) != 1)
        BUG("SHA-256 failed");
}

static void
finish(struct digest *d, unsigned char raw[EVP_MAX_MD_SIZE])
{
    unsigned n = 0;

    if (EVP_DigestFinal_ex(d->ctx, raw, &n) != 1 || n * 2 + 1 != DIGEST_HEX)
        BUG("SHA-256 failed");
    start(d);
}

void
digest_hex(struct digest *d, char out[DIGEST_HEX])
{
    unsigned char raw[EVP_MAX_MD_SIZE];

    finish(d, raw);
    span_hex(out, (struct span){(const char *)raw, DIGEST_HEX / 2});
}

int64_t
digest_word(struct digest *d)
{
    unsigned char raw[EVP_MAX_MD_SIZE];
    uint64_t word = 0;

    finish(d, raw);
    for (int i = 0; i < 8; i++)
        word = word << 8 | raw[i];
    return (int64_t)word;
}

void
digest_free(struct digest **d)
{
    if (*d == NULL)
        return;
    EVP_MD_CTX_free((*d)->ctx);
    EVP_MD_free((*d)->sha256);
    free(*d);
    *d = NULL;
}
