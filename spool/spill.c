#include "spool/spill.h"

#include <stdlib.h>
#include <string.h>

#include "spool/fsio.h"

struct spill {
    const char *dir;
    size_t resident;
    struct blob file; /* BLOB_NONE: all is in memory */
    uint64_t bytes;   /* in the file */
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
    s->file = BLOB_NONE;
    return s;
}

void
spill_free(struct spill **s)
{
    if (!*s)
        return;
    blob_close(&(*s)->file);
    buf_free(&(*s)->tail);
    free(*s);
    *s = NULL;
}

static rc_t
write_out(struct spill *s, struct err *e)
{
    rc_t rc = fsio_room(s->dir, e);

    if (rc == RC_OK && s->file.fd < 0)
        rc = blob_temporary(&s->file, s->dir, e);
    if (rc == RC_OK && (rc = blob_write(&s->file, s->tail.p, s->tail.n, e)) != RC_OK)
        err_prefix(e, "%s", s->dir);
    if (rc != RC_OK)
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
        got = blob_read(&s->file, buf, size, s->at);
        if (got <= 0)
            return blob_failed(s->dir, e);
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
spill_file(struct spill *s, struct blob *b, struct err *e)
{
    rc_t rc = write_out(s, e);

    *b = s->file;
    return rc;
}
