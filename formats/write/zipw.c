#include "formats/write/zipw.h"

#include <stdlib.h>
#include <zlib.h>

#define LEVEL    6
#define NEEDS    20         /* version 2.0: deflate */
#define FLAGS    0x0808     /* sizes stand behind the bytes; names are UTF-8 */
#define MIDNIGHT 0x00210000 /* 1980-01-01 00:00:00, before which there is no time */
#define BLOCK    ((size_t)64 << 10)

struct zipw {
    struct sink out;
    z_stream deflate;
    struct buf directory;
    uint64_t at, start, in; /* bytes written; where the entry begins; bytes it holds */
    uint32_t crc, entries;
    size_t name_n;
    const char *name;
    char block[BLOCK];
};

struct zipw *
zipw_open(struct sink out)
{
    struct zipw *z = calloc(1, sizeof *z);

    if (!z ||
        deflateInit2(&z->deflate, LEVEL, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        BUG("out of memory");
    z->out = out;
    return z;
}

void
zipw_close(struct zipw **z)
{
    if (!*z)
        return;
    deflateEnd(&(*z)->deflate);
    buf_free(&(*z)->directory);
    free(*z);
    *z = NULL;
}

/* Lowest byte first. */
static void
number(struct buf *b, uint64_t v, size_t bytes)
{
    for (; bytes; bytes--, v >>= 8) {
        char byte = (char)(v & 0xFF);

        buf_put(b, &byte, 1);
    }
}

static rc_t
send(struct zipw *z, const void *p, size_t n, struct err *e)
{
    rc_t rc = z->out.write(z->out.ctx, p, n, e);

    z->at += n;
    return rc;
}

static rc_t
send_buf(struct zipw *z, struct buf *b, struct err *e)
{
    rc_t rc = send(z, b->p, b->n, e);

    buf_free(b);
    return rc;
}

rc_t
zipw_begin(struct zipw *z, const char *name, struct err *e)
{
    struct buf b = {0};

    z->start = z->at;
    z->in = 0;
    z->crc = (uint32_t)crc32(0, NULL, 0);
    z->name = name;
    z->name_n = strlen(name);
    deflateReset(&z->deflate);
    number(&b, 0x04034b50, 4);
    number(&b, NEEDS, 2);
    number(&b, FLAGS, 2);
    number(&b, Z_DEFLATED, 2);
    number(&b, MIDNIGHT, 4);
    number(&b, 0, 4); /* sum and sizes are not known yet */
    number(&b, 0, 4);
    number(&b, 0, 4);
    number(&b, z->name_n, 2);
    number(&b, 0, 2);
    buf_put(&b, name, z->name_n);
    return send_buf(z, &b, e);
}

static rc_t
squeeze(struct zipw *z, int flush, struct err *e)
{
    rc_t rc = RC_OK;

    do {
        z->deflate.next_out = (Bytef *)z->block;
        z->deflate.avail_out = BLOCK;
        if (deflate(&z->deflate, flush) == Z_STREAM_ERROR)
            BUG("deflate");
        if (z->deflate.avail_out < BLOCK)
            rc = send(z, z->block, BLOCK - z->deflate.avail_out, e);
    } while (rc == RC_OK && z->deflate.avail_out == 0);
    return rc;
}

rc_t
zipw_put(struct zipw *z, const void *p, size_t n, struct err *e)
{
    const Bytef *from = p;
    rc_t rc = RC_OK;

    z->crc = (uint32_t)crc32_z(z->crc, from, n);
    z->in += n;
    while (n && rc == RC_OK) {
        uInt some = n > (1u << 30) ? 1u << 30 : (uInt)n;

        z->deflate.next_in = (Bytef *)(uintptr_t)from; /* zlib does not write there */
        z->deflate.avail_in = some;
        rc = squeeze(z, Z_NO_FLUSH, e);
        from += some;
        n -= some;
    }
    return rc;
}

/* What local header and directory say alike. */
static void
directory_add(struct zipw *z, uint64_t size)
{
    struct buf *d = &z->directory;

    number(d, 0x02014b50, 4);
    number(d, NEEDS, 2);
    number(d, NEEDS, 2);
    number(d, FLAGS, 2);
    number(d, Z_DEFLATED, 2);
    number(d, MIDNIGHT, 4);
    number(d, z->crc, 4);
    number(d, size, 4);
    number(d, z->in, 4);
    number(d, z->name_n, 2);
    number(d, 0, 2); /* extra, comment, disk, attributes: none */
    number(d, 0, 2);
    number(d, 0, 2);
    number(d, 0, 2);
    number(d, 0, 4);
    number(d, z->start, 4);
    buf_put(d, z->name, z->name_n);
    z->entries++;
}

rc_t
zipw_end(struct zipw *z, struct err *e)
{
    const uint64_t head = z->start + 30 + z->name_n;
    struct buf b = {0};
    uint64_t size;
    rc_t rc = squeeze(z, Z_FINISH, e);

    if (rc != RC_OK)
        return rc;
    size = z->at - head;
    if (z->in > UINT32_MAX || z->at > UINT32_MAX)
        return err_set(e, RC_FAIL, ERR_TOO_BIG, "%s: more than 4 GiB in one file", z->name);
    directory_add(z, size);
    number(&b, 0x08074b50, 4);
    number(&b, z->crc, 4);
    number(&b, size, 4);
    number(&b, z->in, 4);
    return send_buf(z, &b, e);
}

rc_t
zipw_finish(struct zipw *z, struct err *e)
{
    const uint64_t start = z->at;
    struct buf b = {0};
    rc_t rc = send(z, z->directory.p, z->directory.n, e);

    if (rc != RC_OK)
        return rc;
    number(&b, 0x06054b50, 4);
    number(&b, 0, 2);
    number(&b, 0, 2);
    number(&b, z->entries, 2);
    number(&b, z->entries, 2);
    number(&b, z->at - start, 4);
    number(&b, start, 4);
    number(&b, 0, 2);
    return send_buf(z, &b, e);
}
