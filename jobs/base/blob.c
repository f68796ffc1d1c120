#define _GNU_SOURCE /* O_TMPFILE */
#include "blob.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC "LPSEALED\1\0\0\0\0\0\0\0" /* and a version; the salt follows */
#define BLOCK 65536

_Static_assert(sizeof MAGIC - 1 + CIPHER_SALT == BLOB_HEAD, "a head is magic and salt");

void
blob_head(char head[BLOB_HEAD], const unsigned char salt[CIPHER_SALT])
{
    memcpy(head, MAGIC, sizeof MAGIC - 1);
    memcpy(head + sizeof MAGIC - 1, salt, CIPHER_SALT);
}

rc_t
blob_open(struct blob *b, int fd, uint64_t *bytes, struct err *e)
{
    char head[BLOB_HEAD];
    ssize_t n;
    rc_t rc;

    *b = blob_plain(fd);
    if ((rc = blob_bytes(b, bytes, e)) != RC_OK)
        return rc;
    do
        n = pread(fd, head, sizeof head, 0);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return err_set(e, RC_FAIL, ERR_SYSTEM, "read: %s", strerror(errno));
    if (n < BLOB_HEAD || memcmp(head, MAGIC, sizeof MAGIC - 1) != 0)
        return RC_OK;
    if (!cipher_loaded())
        return err_set(e, RC_FATAL, ERR_KEY, "a sealed file, and no key is loaded");
    b->cipher = cipher_new((const unsigned char *)head + sizeof MAGIC - 1);
    b->head = BLOB_HEAD;
    *bytes -= BLOB_HEAD;
    return RC_OK;
}

rc_t
blob_temporary(struct blob *b, const char *dir, struct err *e)
{
    *b = blob_plain(open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (b->fd < 0)
        return err_set(e, RC_FAIL, ERR_SYSTEM, "%s: open a file without a name: %s", dir,
                       strerror(errno));
    b->cipher = cipher_new(NULL);
    return RC_OK;
}

rc_t
blob_bytes(const struct blob *b, uint64_t *bytes, struct err *e)
{
    struct stat st;

    if (fstat(b->fd, &st) != 0)
        return err_set(e, RC_FAIL, ERR_SYSTEM, "stat: %s", strerror(errno));
    *bytes = (uint64_t)st.st_size - b->head;
    return RC_OK;
}

void
blob_close(struct blob *b)
{
    if (b->fd >= 0)
        (void)close(b->fd);
    cipher_free(&b->cipher);
    *b = BLOB_NONE;
}

ssize_t
blob_read(const struct blob *b, void *p, size_t n, uint64_t at)
{
    ssize_t got;

    do
        got = pread(b->fd, p, n, (off_t)(b->head + at));
    while (got < 0 && errno == EINTR);
    if (got > 0 && b->cipher)
        cipher_apply(b->cipher, at, p, (size_t)got);
    return got;
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
                "write a file without a name: %s", put < 0 ? strerror(errno) : "nothing written");
        p += put;
        n -= (size_t)put;
        at += (uint64_t)put;
    }
    return RC_OK;
}

rc_t
blob_write(const struct blob *b, const void *p, size_t n, uint64_t at, struct err *e)
{
    char block[BLOCK];
    const char *from = p;
    rc_t rc = RC_OK;

    if (!b->cipher)
        return write_at(b->fd, p, n, b->head + at, e);
    while (rc == RC_OK && n) {
        size_t step = n < sizeof block ? n : sizeof block;

        memcpy(block, from, step);
        cipher_apply(b->cipher, at, block, step);
        rc = write_at(b->fd, block, step, b->head + at, e);
        from += step;
        at += step;
        n -= step;
    }
    return rc;
}

static rc_t
stream_read(void *ctx, void *buf, size_t size, size_t *n, struct err *e)
{
    struct blob_stream *s = ctx;
    ssize_t got = blob_read(&s->blob, buf, size, s->at);

    *n = 0;
    if (got < 0)
        return err_set(e, RC_FAIL, ERR_SYSTEM, "read %s: %s", s->name, strerror(errno));
    *n = (size_t)got;
    s->at += *n;
    return RC_OK;
}

static rc_t
stream_write(void *ctx, const void *buf, size_t n, struct err *e)
{
    struct blob_stream *s = ctx;
    rc_t rc = blob_write(&s->blob, buf, n, s->at, e);

    s->at += n;
    return rc;
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
