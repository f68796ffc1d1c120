#include "base/cipher.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY       CIPHER_KEY
#define HEX       (2 * KEY)
#define IV        16
#define MARK      "*1"
#define PACKED    (sizeof MARK - 1)
#define BASE64(n) (((n) + 2) / 3 * 4)
#define NONCE     12

/* What this process may do with the zone's key. */
static struct {
    bool loaded;
    unsigned char key[KEY];
    EVP_MAC_CTX *mac;
    EVP_CIPHER_CTX *values;
    struct buf raw; /* a value between its two forms */
} own;

struct cipher {
    EVP_CIPHER_CTX *sealing, *opening;
    unsigned char key[KEY];
};

static void
must(bool good)
{
    if (!good)
        BUG("libcrypto refused AES or HMAC");
}

static EVP_MAC_CTX *
hmac_new(const unsigned char key[KEY])
{
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                 OSSL_PARAM_construct_end()};

    must(ctx && EVP_MAC_init(ctx, key, KEY, params));
    EVP_MAC_free(mac);
    return ctx;
}

static void
hmac(EVP_MAC_CTX *ctx, const void *p, size_t n, unsigned char out[KEY])
{
    size_t size;

    must(EVP_MAC_init(ctx, NULL, 0, NULL) && EVP_MAC_update(ctx, p, n) &&
         EVP_MAC_final(ctx, out, &size, KEY) && size == KEY);
}

static EVP_CIPHER_CTX *
ctr_new(const unsigned char key[KEY])
{
    static const unsigned char zero[IV];
    EVP_CIPHER *aes = EVP_CIPHER_fetch(NULL, "AES-256-CTR", NULL);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

    must(ctx && EVP_EncryptInit_ex2(ctx, aes, key, zero, NULL));
    EVP_CIPHER_free(aes);
    return ctx;
}

/* A key for one purpose, from the zone's. */
static void
derive(const char *purpose, const void *salt, size_t n, unsigned char out[KEY])
{
    EVP_MAC_CTX *ctx = hmac_new(own.key);

    must(EVP_MAC_update(ctx, (const unsigned char *)purpose, strlen(purpose) + 1));
    if (n)
        must(EVP_MAC_update(ctx, salt, n));
    must(EVP_MAC_final(ctx, out, &(size_t){0}, KEY));
    EVP_MAC_CTX_free(ctx);
}

/* ---- the key ---- */

rc_t
cipher_make(const char *path, struct err *e)
{
    unsigned char key[KEY];
    char text[HEX + 2];
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool good;

    if (fd < 0)
        return err_set(e, RC_FATAL, ERR_KEY, "%s: cannot be made: %s", path, strerror(errno));
    must(RAND_bytes(key, KEY) == 1);
    span_hex(text, (struct span){(const char *)key, KEY});
    text[HEX] = '\n';
    good = write(fd, text, HEX + 1) == HEX + 1 && fsync(fd) == 0;
    good = close(fd) == 0 && good;
    OPENSSL_cleanse(key, sizeof key);
    OPENSSL_cleanse(text, sizeof text);
    if (good)
        return RC_OK;
    unlink(path);
    return err_set(e, RC_FATAL, ERR_KEY, "%s: cannot be written: %s", path, strerror(errno));
}

static rc_t
open_key(const char *path, int *fd, struct err *e)
{
    struct stat st;

    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0 && errno == ENOENT)
        return err_set(e, RC_FATAL, ERR_KEY, "%s is not there", path);
    if (*fd < 0 || fstat(*fd, &st) != 0)
        return err_set(e, RC_FATAL, ERR_KEY, "%s: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077) != 0)
        return err_set(
            e, RC_FATAL, ERR_KEY,
            "%s: owned by uid %lu with mode %04o; it must be this user's alone: chmod 600", path,
            (unsigned long)st.st_uid, (unsigned)(st.st_mode & 07777));
    return RC_OK;
}

static bool
read_hex(const char *text, ssize_t n, unsigned char key[KEY])
{
    return (n == HEX || (n == HEX + 1 && text[HEX] == '\n')) &&
           span_unhex(key, (struct span){text, HEX});
}

static void
use_key(void)
{
    unsigned char key[KEY];

    own.loaded = true;
    derive("value mac", NULL, 0, key);
    own.mac = hmac_new(key);
    derive("value", NULL, 0, key);
    own.values = ctr_new(key);
    OPENSSL_cleanse(key, sizeof key);
}

rc_t
cipher_load(const char *path, struct err *e)
{
    char text[HEX + 2];
    int fd = -1;
    rc_t rc = open_key(path, &fd, e);
    ssize_t n = rc == RC_OK ? read(fd, text, sizeof text) : 0;

    if (fd >= 0)
        close(fd);
    cipher_forget();
    if (rc == RC_OK && !read_hex(text, n, own.key))
        rc = err_set(e, RC_FATAL, ERR_KEY, "%s: not %d digits of 0-9 and a-f", path, HEX);
    if (rc == RC_OK)
        use_key();
    OPENSSL_cleanse(text, sizeof text);
    return rc;
}

bool
cipher_loaded(void)
{
    return own.loaded;
}

void
cipher_name(char out[CIPHER_NAME])
{
    unsigned char name[KEY];

    derive("name", NULL, 0, name);
    span_hex(out, (struct span){(const char *)name, CIPHER_NAME / 2});
}

void
cipher_forget(void)
{
    EVP_MAC_CTX_free(own.mac);
    EVP_CIPHER_CTX_free(own.values);
    if (own.raw.p)
        OPENSSL_cleanse(own.raw.p, own.raw.size);
    buf_free(&own.raw);
    OPENSSL_cleanse(&own, sizeof own);
}

/* ---- values ---- */

static unsigned char *
raw_room(size_t n)
{
    own.raw.n = 0;
    buf_reserve(&own.raw, n);
    return (unsigned char *)own.raw.p;
}

void
cipher_seal(struct buf *out, struct span value)
{
    unsigned char mac[KEY], *raw;
    int done = 0;

    if (!value.p)
        return;
    if (!own.loaded)
        BUG("personal data without a key");
    hmac(own.mac, value.p, value.n, mac);
    buf_str(out, MARK);
    raw = raw_room(IV + value.n);
    memcpy(raw, mac, IV);
    must(EVP_EncryptInit_ex2(own.values, NULL, NULL, mac, NULL) &&
         EVP_EncryptUpdate(own.values, raw + IV, &done, (const unsigned char *)value.p,
                           (int)value.n));
    buf_reserve(out, BASE64(IV + value.n) + 1);
    out->n += (size_t)EVP_EncodeBlock((unsigned char *)out->p + out->n, raw, (int)(IV + value.n));
}

bool
cipher_is_sealed(struct span value)
{
    return value.n >= PACKED + BASE64(IV) && memcmp(value.p, MARK, PACKED) == 0;
}

bool
cipher_open(struct buf *out, struct span sealed)
{
    unsigned char mac[KEY], *raw;
    size_t pad = 0, n = sealed.n;
    int size, done = 0;

    if (!own.loaded || !cipher_is_sealed(sealed) || (n - PACKED) % 4)
        return false;
    while (pad < 2 && sealed.p[n - 1 - pad] == '=')
        pad++;
    raw = raw_room(n);
    size = EVP_DecodeBlock(raw, (const unsigned char *)sealed.p + PACKED, (int)(n - PACKED)) -
           (int)pad;
    if (size >= IV) {
        size_t plain = (size_t)size - IV;

        buf_reserve(out, plain + 1);
        must(EVP_EncryptInit_ex2(own.values, NULL, NULL, raw, NULL) &&
             EVP_EncryptUpdate(own.values, (unsigned char *)out->p + out->n, &done, raw + IV,
                               (int)plain));
        hmac(own.mac, out->p + out->n, plain, mac);
        if (CRYPTO_memcmp(mac, raw, IV) == 0)
            out->n += plain;
        else
            size = -1;
    }
    return size >= IV;
}

/* ---- bytes ---- */

void
cipher_salt(unsigned char salt[CIPHER_SALT])
{
    must(RAND_bytes(salt, CIPHER_SALT) == 1);
}

struct cipher *
cipher_of_key(const unsigned char key[CIPHER_KEY])
{
    struct cipher *c = calloc(1, sizeof *c);
    EVP_CIPHER *aes = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);

    if (!c)
        BUG("out of memory");
    memcpy(c->key, key, KEY);
    c->sealing = EVP_CIPHER_CTX_new();
    c->opening = EVP_CIPHER_CTX_new();
    must(aes && c->sealing && c->opening && EVP_EncryptInit_ex2(c->sealing, aes, key, NULL, NULL) &&
         EVP_DecryptInit_ex2(c->opening, aes, key, NULL, NULL));
    EVP_CIPHER_free(aes);
    return c;
}

struct cipher *
cipher_new(const unsigned char *salt)
{
    unsigned char key[KEY];
    struct cipher *c;

    if (salt && !own.loaded)
        BUG("sealed bytes without a key");
    if (salt)
        derive("bytes", salt, CIPHER_SALT, key);
    else
        must(RAND_bytes(key, KEY) == 1);
    c = cipher_of_key(key);
    OPENSSL_cleanse(key, sizeof key);
    return c;
}

void
cipher_key(const struct cipher *c, unsigned char key[CIPHER_KEY])
{
    memcpy(key, c->key, KEY);
}

void
cipher_free(struct cipher **c)
{
    if (!*c)
        return;
    EVP_CIPHER_CTX_free((*c)->sealing);
    EVP_CIPHER_CTX_free((*c)->opening);
    OPENSSL_cleanse(*c, sizeof **c);
    free(*c);
    *c = NULL;
}

/* The place of a piece and whether it is the last, in 12 bytes that no two pieces of a key share. */
static void
nonce_of(uint64_t number, bool last, unsigned char nonce[NONCE])
{
    memset(nonce, 0, NONCE);
    nonce[0] = last;
    for (int i = 0; i < 8; i++)
        nonce[NONCE - 1 - i] = (unsigned char)(number >> 8 * i);
}

void
cipher_piece_seal(struct cipher *c, const struct piece *piece, const void *plain, size_t n,
                  void *out)
{
    unsigned char nonce[NONCE], *to = out;
    int done = 0;

    nonce_of(piece->number, piece->last, nonce);
    must(n <= CIPHER_PIECE && EVP_EncryptInit_ex2(c->sealing, NULL, NULL, nonce, NULL));
    if (piece->of.n)
        must(EVP_EncryptUpdate(c->sealing, NULL, &done, (const unsigned char *)piece->of.p,
                               (int)piece->of.n));
    if (n)
        must(EVP_EncryptUpdate(c->sealing, to, &done, plain, (int)n) && done == (int)n);
    must(EVP_EncryptFinal_ex(c->sealing, to + n, &done) &&
         EVP_CIPHER_CTX_ctrl(c->sealing, EVP_CTRL_AEAD_GET_TAG, CIPHER_TAG, to + n));
}

bool
cipher_piece_open(struct cipher *c, const struct piece *piece, const void *sealed, size_t n,
                  void *out)
{
    unsigned char nonce[NONCE], tag[CIPHER_TAG];
    const unsigned char *from = sealed;
    size_t plain = n - CIPHER_TAG;
    int done = 0;
    bool good;

    if (n < CIPHER_TAG || plain > CIPHER_PIECE)
        return false;
    nonce_of(piece->number, piece->last, nonce);
    memcpy(tag, from + plain, CIPHER_TAG);
    must(EVP_DecryptInit_ex2(c->opening, NULL, NULL, nonce, NULL));
    if (piece->of.n)
        must(EVP_DecryptUpdate(c->opening, NULL, &done, (const unsigned char *)piece->of.p,
                               (int)piece->of.n));
    if (plain)
        must(EVP_DecryptUpdate(c->opening, out, &done, from, (int)plain) && done == (int)plain);
    must(EVP_CIPHER_CTX_ctrl(c->opening, EVP_CTRL_AEAD_SET_TAG, CIPHER_TAG, tag));
    good = EVP_DecryptFinal_ex(c->opening, tag, &done) == 1;
    if (!good) /* nobody is to see what nobody vouches for */
        OPENSSL_cleanse(out, plain);
    return good;
}
