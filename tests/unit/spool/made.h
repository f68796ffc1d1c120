/*
 * made.h - zips as a stranger might write them, byte by byte, and what tests of unpack share.
 * Include it after cmocka.h.
 */
#ifndef LANDPORT_TEST_MADE_H
#define LANDPORT_TEST_MADE_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/stream.h"

#define REG    0100644u
#define LINK   0120777u
#define DIR_   0040755u
#define UTF8   0x800u
#define LOCKED 1u

/* An entry as a stranger might write it: stored, every field at our will. */
struct item {
    const char *name, *data;
    uint32_t mode, flags;
};

static inline void
put_le(struct buf *b, uint64_t v, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        char c = (char)(v >> 8 * i & 0xff);
        buf_put(b, &c, 1);
    }
}

/* The fields that local header and directory share. */
static inline void
put_common(struct buf *b, const struct item *it)
{
    uint32_t n = (uint32_t)strlen(it->data);

    put_le(b, 20, 2);
    put_le(b, it->flags, 2);
    put_le(b, 0, 2); /* stored */
    put_le(b, 0x58210000, 4);
    put_le(b, crc32(0, (const Bytef *)it->data, n), 4);
    put_le(b, n, 4);
    put_le(b, n, 4);
    put_le(b, strlen(it->name), 2);
    put_le(b, 0, 2);
}

static inline struct buf
zip_of(const struct item *items, size_t count)
{
    struct buf zip = {0}, directory = {0};
    uint64_t start;

    for (size_t i = 0; i < count; i++) {
        const struct item *it = &items[i];
        uint64_t at = zip.n;

        buf_put(&zip, "PK\3\4", 4);
        put_common(&zip, it);
        buf_str(&zip, it->name);
        buf_str(&zip, it->data);
        buf_put(&directory, "PK\1\2\24\3", 6);
        put_common(&directory, it);
        put_le(&directory, 0, 6);
        put_le(&directory, (uint64_t)it->mode << 16, 4);
        put_le(&directory, at, 4);
        buf_str(&directory, it->name);
    }
    start = zip.n;
    buf_put(&zip, directory.p, directory.n);
    buf_put(&zip, "PK\5\6\0\0\0\0", 8);
    put_le(&zip, count, 2);
    put_le(&zip, count, 2);
    put_le(&zip, directory.n, 4);
    put_le(&zip, start, 4);
    put_le(&zip, 0, 2);
    buf_free(&directory);
    return zip;
}

static inline int
file_of(const void *p, size_t n)
{
    char path[] = "/tmp/unpack-test-XXXXXX";
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(write(fd, p, n), (ssize_t)n);
    return fd;
}

static inline rc_t
drain(struct source s, struct buf *out, struct err *e)
{
    char block[1000];
    size_t n;
    rc_t rc;

    while ((rc = s.read(s.ctx, block, sizeof block, &n, e)) == RC_OK && n > 0)
        buf_put(out, block, n);
    return rc;
}

#endif
