#define _GNU_SOURCE /* O_TMPFILE */
#include "base/blob.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC  "LPSEALED\2\0\0\0\0\0\0\0" /* and a version; the salt follows */
#define STORED (BLOB_PIECE + CIPHER_TAG)
#define BURST  16 /* pieces written at once */

_Static_assert(sizeof MAGIC - 1 + CIPHER_SALT == BLOB_HEAD, "a head is magic and salt");

struct blob_seal {
    struct cipher *cipher;
    uint32_t head;
    uint64_t bytes;  /* all of them */
    bool growing;    /* the last piece is in `tail` */
    uint64_t cached; /* 1 + number of the piece in `piece`; 0: none */
    char tail[BLOB_PIECE], piece[BLOB_PIECE];
    char stored[STORED * BURST];
    size_t pending; /* bytes of `stored` that are not on disk yet */
};

static struct blob_seal *
seal_new(struct cipher *cipher, uint32_t head)
{
    struct blob_seal *s = malloc(sizeof *s); /* its buffers cost nothing before they are used */

    if (!s)
        BUG("out of memory");
    s->cipher = cipher;
    s->head = head;
    s->bytes = s->cached = s->pending = 0;
    s->growing = false;
    return s;
}

static void
seal_free(struct blob_seal **s)
{
    if (!*s)
        return;
    cipher_free(&(*s)->cipher);
    free(*s);
    *s = NULL;
}

static rc_t
damaged(const char *why, struct err *e)
{
    return err_set(e, RC_FAIL, ERR_SPOOL_DAMAGED, "%s", why);
}

static rc_t
file_bytes(int fd, uint64_t *bytes, struct err *e)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return err_set(e, RC_FAIL, ERR_SYSTEM, "stat: %s", strerror(errno));
    *bytes = (uint64_t)st.st_size;
    return RC_OK;
}

/* All n, or as many as there are. */
static ssize_t
read_at(int fd, void *p, size_t n, uint64_t at)
{
    size_t have = 0;

    while (have < n) {
        ssize_t got = pread(fd, (char *)p + have, n - have, (off_t)(at + have));

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        have += (size_t)got;
    }
    return (ssize_t)have;
}

static rc_t
write_at(int fd, const char *p, size_t n, uint64_t at, struct err *e)
{
    while (n) {
        ssize_t put = pwrite(fd, p, n, (off_t)at);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return err_set(
                e, put < 0 && (errno == ENOSPC || errno == EDQUOT) ? RC_RETRY : RC_FAIL,
                put < 0 && (errno == ENOSPC || errno == EDQUOT) ? ERR_NO_SPACE : ERR_SYSTEM,
                "write a sealed file: %s", put < 0 ? strerror(errno) : "nothing written");
        p += put;
        n -= (size_t)put;
        at += (uint64_t)put;
    }
    return RC_OK;
}

/* ---- where pieces lie ---- */

static uint64_t
pieces(uint64_t bytes)
{
    return bytes / BLOB_PIECE + (bytes % BLOB_PIECE != 0);
}

static uint64_t
place(const struct blob_seal *s, uint64_t number)
{
    return s->head + number * STORED;
}

static size_t
piece_bytes(const struct blob_seal *s, uint64_t number)
{
    uint64_t left = s->bytes - number * BLOB_PIECE;

    return left < BLOB_PIECE ? (size_t)left : BLOB_PIECE;
}

/* How much a file of this size holds; false: none of ours has it. */
static bool
bytes_of(uint64_t size, uint64_t *bytes)
{
    uint64_t rest;

    if (size < BLOB_HEAD + CIPHER_TAG)
        return false;
    size -= BLOB_HEAD + CIPHER_TAG;
    rest = size % STORED;
    if (rest != 0 && rest <= CIPHER_TAG)
        return false;
    *bytes = size / STORED * BLOB_PIECE + (rest ? rest - CIPHER_TAG : 0);
    return true;
}

/* ---- open, create, close ---- */

static rc_t
read_head(int fd, struct blob_seal **s, struct err *e)
{
    char head[BLOB_HEAD];
    ssize_t n = read_at(fd, head, sizeof head, 0);

    if (n < 0)
        return err_set(e, RC_FAIL, errno == EIO ? ERR_SPOOL_DAMAGED : ERR_SYSTEM, "read: %s",
                       strerror(errno));
    if (n < BLOB_HEAD || memcmp(head, MAGIC, sizeof MAGIC - 1) != 0)
        return damaged("is not sealed: landport did not write it", e);
    if (!cipher_loaded())
        return err_set(e, RC_FATAL, ERR_KEY, "a sealed file, and no key is loaded");
    *s = seal_new(cipher_new((const unsigned char *)head + sizeof MAGIC - 1), BLOB_HEAD);
    return RC_OK;
}

/* The last piece is empty; that it opens says all that a name and a length can be wrong about. */
static rc_t
check_end(int fd, const struct blob_seal *s, const char *name, struct err *e)
{
    const struct piece end = {pieces(s->bytes), true, span_of(name)};
    uint64_t at = place(s, 0) + s->bytes + pieces(s->bytes) * CIPHER_TAG;
    char tag[CIPHER_TAG], nothing;

    if (read_at(fd, tag, sizeof tag, at) != CIPHER_TAG ||
        !cipher_piece_open(s->cipher, &end, tag, sizeof tag, &nothing))
        return damaged("was cut off, changed, or sealed under another name or key", e);
    return RC_OK;
}

rc_t
blob_open(struct blob *b, int fd, const char *name, uint64_t *bytes, struct err *e)
{
    uint64_t size;
    rc_t rc;

    *b = blob_plain(fd);
    if ((rc = file_bytes(fd, &size, e)) != RC_OK || (rc = read_head(fd, &b->seal, e)) != RC_OK)
        return rc;
    if (!bytes_of(size, &b->seal->bytes))
        rc = damaged("was cut off", e);
    else
        rc = check_end(fd, b->seal, name, e);
    if (rc == RC_OK)
        *bytes = b->seal->bytes;
    else
        seal_free(&b->seal);
    return rc;
}

rc_t
blob_create(struct blob *b, int fd, struct err *e)
{
    unsigned char salt[CIPHER_SALT];
    char head[BLOB_HEAD];

    *b = blob_plain(fd);
    if (!cipher_loaded())
        return err_set(e, RC_FATAL, ERR_KEY, "nothing can be sealed: no key is loaded");
    cipher_salt(salt);
    memcpy(head, MAGIC, sizeof MAGIC - 1);
    memcpy(head + sizeof MAGIC - 1, salt, CIPHER_SALT);
    b->seal = seal_new(cipher_new(salt), BLOB_HEAD);
    b->seal->growing = true;
    return write_at(fd, head, sizeof head, 0, e);
}

struct blob
blob_nameless(int fd)
{
    struct blob b = blob_plain(fd);

    if (fd < 0)
        return b;
    b.seal = seal_new(cipher_new(NULL), 0);
    b.seal->growing = true;
    return b;
}

rc_t
blob_temporary(struct blob *b, const char *dir, struct err *e)
{
    *b = blob_nameless(open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (b->fd < 0)
        return err_set(e, RC_FAIL, ERR_SYSTEM, "%s: open a file without a name: %s", dir,
                       strerror(errno));
    return RC_OK;
}

rc_t
blob_bytes(const struct blob *b, uint64_t *bytes, struct err *e)
{
    if (!b->seal)
        return file_bytes(b->fd, bytes, e);
    *bytes = b->seal->bytes;
    return RC_OK;
}

void
blob_close(struct blob *b)
{
    if (b->fd >= 0)
        (void)close(b->fd);
    seal_free(&b->seal);
    *b = BLOB_NONE;
}

/* ---- reading ---- */

static bool
fetch(const struct blob *b, uint64_t number, void *out)
{
    struct blob_seal *s = b->seal;
    const struct piece piece = {
        number, false, {NULL, 0}
    };
    char stored[STORED];
    size_t n = piece_bytes(s, number) + CIPHER_TAG;
    ssize_t got = read_at(b->fd, stored, n, place(s, number));

    if (got < 0)
        return false;
    if ((size_t)got == n && cipher_piece_open(s->cipher, &piece, stored, n, out))
        return true;
    errno = EBADMSG;
    return false;
}

/* What of the piece is in memory, as it is; NULL: it cannot be read. */
static const char *
piece_at(const struct blob *b, uint64_t number)
{
    struct blob_seal *s = b->seal;

    if (s->growing && number == s->bytes / BLOB_PIECE)
        return s->tail;
    if (s->cached == number + 1)
        return s->piece;
    s->cached = 0;
    if (!fetch(b, number, s->piece))
        return NULL;
    s->cached = number + 1;
    return s->piece;
}

static rc_t
write_pending(const struct blob *b, struct err *e)
{
    struct blob_seal *s = b->seal;
    size_t n = s->pending;

    s->pending = 0;
    return n ? write_at(b->fd, s->stored, n, place(s, s->bytes / BLOB_PIECE) - n, e) : RC_OK;
}

static ssize_t
read_sealed(const struct blob *b, char *p, size_t n, uint64_t at)
{
    struct blob_seal *s = b->seal;
    size_t have = 0;

    if (s->pending && write_pending(b, NULL) != RC_OK)
        return -1;
    while (have < n && at + have < s->bytes) {
        uint64_t number = (at + have) / BLOB_PIECE;
        size_t from = (size_t)((at + have) % BLOB_PIECE), size = piece_bytes(s, number);
        size_t step = size - from < n - have ? size - from : n - have;
        const char *piece;

        if (step == BLOB_PIECE &&
            s->cached != number + 1) { /* whole: straight to where it is wanted */
            if (!fetch(b, number, p + have))
                return -1;
        } else if (!(piece = piece_at(b, number))) {
            return -1;
        } else {
            memcpy(p + have, piece + from, step);
        }
        have += step;
    }
    return (ssize_t)have;
}

ssize_t
blob_read(const struct blob *b, void *p, size_t n, uint64_t at)
{
    ssize_t got;

    if (b->seal)
        return read_sealed(b, p, n, at);
    do
        got = pread(b->fd, p, n, (off_t)at);
    while (got < 0 && errno == EINTR);
    return got;
}

rc_t
blob_failed(const char *name, struct err *e)
{
    if (errno == EBADMSG)
        return err_set(e, RC_FAIL, ERR_SPOOL_DAMAGED, "%s: is not what was written", name);
    return err_set(e, RC_FAIL, errno == EIO ? ERR_SPOOL_DAMAGED : ERR_SYSTEM, "read %s: %s", name,
                   strerror(errno));
}

/* ---- writing ---- */

static void
seal_tail(struct blob_seal *s, size_t n)
{
    const struct piece piece = {
        (s->bytes - 1) / BLOB_PIECE, false, {NULL, 0}
    };

    cipher_piece_seal(s->cipher, &piece, s->tail, n, s->stored + s->pending);
    s->pending += n + CIPHER_TAG;
}

rc_t
blob_write(const struct blob *b, const void *p, size_t n, struct err *e)
{
    struct blob_seal *s = b->seal;
    const char *from = p;
    uint64_t bytes;
    rc_t rc = RC_OK;

    if (!s) {
        rc = file_bytes(b->fd, &bytes, e);
        return rc == RC_OK ? write_at(b->fd, p, n, bytes, e) : rc;
    }
    if (!s->growing)
        BUG("a sealed file that has its end is written to");
    while (rc == RC_OK && n) {
        size_t used = (size_t)(s->bytes % BLOB_PIECE);
        size_t step = BLOB_PIECE - used < n ? BLOB_PIECE - used : n;

        memcpy(s->tail + used, from, step);
        s->bytes += step;
        from += step;
        n -= step;
        if (used + step == BLOB_PIECE)
            seal_tail(s, BLOB_PIECE);
        if (s->pending == sizeof s->stored)
            rc = write_pending(b, e);
    }
    return rc;
}

rc_t
blob_empty(const struct blob *b, struct err *e)
{
    struct blob_seal *s = b->seal;

    if (!s && ftruncate(b->fd, 0) != 0)
        return err_set(e, RC_FAIL, ERR_SYSTEM, "empty a file: %s", strerror(errno));
    if (!s)
        return RC_OK;
    if (!s->growing || s->head)
        BUG("a sealed file that has its end is emptied");
    cipher_free(&s->cipher); /* a piece of the same number may not be sealed twice under one key */
    s->cipher = cipher_new(NULL);
    s->bytes = s->cached = s->pending = 0;
    return RC_OK;
}

/* All pieces are on disk, and there will be no more. */
static rc_t
finish(const struct blob *b, struct err *e)
{
    struct blob_seal *s = b->seal;
    size_t rest = (size_t)(s->bytes % BLOB_PIECE);
    uint64_t at = place(s, s->bytes / BLOB_PIECE);
    rc_t rc = write_pending(b, e);

    if (rc == RC_OK && rest) {
        seal_tail(s, rest);
        rc = write_at(b->fd, s->stored, s->pending, at, e);
        s->pending = 0;
    }
    s->growing = false;
    return rc;
}

rc_t
blob_end(const struct blob *b, const char *name, struct err *e)
{
    struct blob_seal *s = b->seal;
    const struct piece end = {pieces(s->bytes), true, span_of(name)};
    char tag[CIPHER_TAG];
    rc_t rc = finish(b, e);

    cipher_piece_seal(s->cipher, &end, NULL, 0, tag);
    return rc == RC_OK ? write_at(b->fd, tag, sizeof tag,
                                  place(s, 0) + s->bytes + pieces(s->bytes) * CIPHER_TAG, e)
                       : rc;
}

/* ---- for another process ---- */

rc_t
blob_give(const struct blob *b, struct blob_pass *pass, struct err *e)
{
    struct blob_seal *s = b->seal;
    rc_t rc = RC_OK;

    memset(pass, 0, sizeof *pass);
    if (!s)
        return file_bytes(b->fd, &pass->bytes, e);
    if (s->growing)
        rc = finish(b, e);
    cipher_key(s->cipher, pass->key);
    pass->bytes = s->bytes;
    pass->head = s->head;
    pass->sealed = true;
    return rc;
}

struct blob
blob_take(int fd, const struct blob_pass *pass)
{
    struct blob b = blob_plain(fd);

    if (!pass->sealed)
        return b;
    b.seal = seal_new(cipher_of_key(pass->key), pass->head);
    b.seal->bytes = pass->bytes;
    return b;
}

/* ---- streams ---- */

static rc_t
stream_read(void *ctx, void *buf, size_t size, size_t *n, struct err *e)
{
    struct blob_stream *s = ctx;
    ssize_t got = blob_read(&s->blob, buf, size, s->at);

    *n = 0;
    if (got < 0)
        return blob_failed(s->name, e);
    *n = (size_t)got;
    s->at += *n;
    return RC_OK;
}

static rc_t
stream_write(void *ctx, const void *buf, size_t n, struct err *e)
{
    return blob_write(&((struct blob_stream *)ctx)->blob, buf, n, e);
}

struct source
source_blob(struct blob_stream *s)
{
    return (struct source){stream_read, s};
}

struct sink
sink_blob(struct blob_stream *s)
{
    return (struct sink){stream_write, s};
}
