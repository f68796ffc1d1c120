#define _GNU_SOURCE /* O_TMPFILE */
#include "spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fsio.h"

struct spill {
    const char *dir;
    size_t resident;
    int fd;         /* -1: all is in memory */
    uint64_t bytes; /* in the file */
    struct buf tail;
    uint64_t at; /* of the reader */
};

struct spill *
spill_new(const char *dir, size_t resident)
{
    struct spill *s = calloc(1, sizeof *s);

    if (!s)
        BUG("out of memory");
    s->dir = dir;
    s->resident = resident;
    s->fd = -1;
    return s;
}

void
spill_free(struct spill **s)
{
    if (!*s)
        return;
    if ((*s)->fd >= 0)
        close((*s)->fd);
    buf_free(&(*s)->tail);
    free(*s);
    *s = NULL;
}

static rc_t
write_out(struct spill *s, struct err *e)
{
    rc_t rc;

    if (s->fd < 0)
        s->fd = open(s->dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (s->fd < 0)
        return fsio_fail("open a file without a name", s->dir, e);
    if ((rc = fsio_write_all(s->fd, s->tail.p, s->tail.n, s->dir, e)) != RC_OK)
        return rc;
    s->bytes += s->tail.n;
    s->tail.n = 0;
    return RC_OK;
}

rc_t
spill_put(struct spill *s, const void *p, size_t n, struct err *e)
{
    buf_put(&s->tail, p, n);
    return s->tail.n > s->resident ? write_out(s, e) : RC_OK;
}

uint64_t
spill_bytes(const struct spill *s)
{
    return s->bytes + s->tail.n;
}

static rc_t
on_read(void *ctx, void *buf, size_t size, size_t *n, struct err *e)
{
    struct spill *s = ctx;
    ssize_t got;

    *n = 0;
    if (s->at < s->bytes) {
        if (size > s->bytes - s->at)
            size = (size_t)(s->bytes - s->at);
        do
            got = pread(s->fd, buf, size, (off_t)s->at);
        while (got < 0 && errno == EINTR);
        if (got == 0)
            errno = EIO; /* it was longer */
        if (got <= 0)
            return fsio_fail("read back", s->dir, e);
        *n = (size_t)got;
    } else if (s->at < spill_bytes(s)) {
        size_t from = (size_t)(s->at - s->bytes);

        *n = size < s->tail.n - from ? size : s->tail.n - from;
        memcpy(buf, s->tail.p + from, *n);
    }
    s->at += *n;
    return RC_OK;
}

struct source
spill_source(struct spill *s)
{
    s->at = 0;
    return (struct source){on_read, s};
}

rc_t
spill_fd(struct spill *s, int *fd, struct err *e)
{
    rc_t rc = write_out(s, e);

    *fd = s->fd;
    if (rc == RC_OK && lseek(s->fd, 0, SEEK_SET) != 0)
        rc = fsio_fail("rewind", s->dir, e);
    return rc;
}
