/*
 * blob.h - bytes in a file of our own, read from any place; as they are, or sealed (cipher.h).
 *
 * Shape    A struct by value: who holds it closes it once. Sealed files of the spool begin with
 *          BLOB_HEAD bytes, which places do not count; files without a name have a key that nobody
 *          else has and no head.
 * Errors   Calls that read or write return -1 and leave errno, as pread and pwrite do.
 */
#ifndef LANDPORT_BLOB_H
#define LANDPORT_BLOB_H

#include <sys/types.h>

#include "cipher.h"
#include "stream.h"

#define BLOB_HEAD 32

struct blob {
    int fd;                /* -1: none */
    struct cipher *cipher; /* NULL: as they are */
    uint32_t head;         /* bytes before the first */
};
#define BLOB_NONE ((struct blob){-1, NULL, 0})

/* A descriptor with bytes as they are. */
static inline struct blob
blob_plain(int fd)
{
    return (struct blob){fd, NULL, 0};
}
/* What a sealed file begins with. */
void blob_head(char head[BLOB_HEAD], const unsigned char salt[CIPHER_SALT]);
/* A file opened for reading: sealed if it begins so, else as it is. *bytes: without the head. */
rc_t blob_open(struct blob *b, int fd, uint64_t *bytes, struct err *e);
/* A file without a name in dir; RC_FAIL. */
rc_t blob_temporary(struct blob *b, const char *dir, struct err *e);
void blob_close(struct blob *b);
rc_t blob_bytes(const struct blob *b, uint64_t *bytes, struct err *e);

ssize_t blob_read(const struct blob *b, void *p, size_t n, uint64_t at);
/* All of it. */
rc_t blob_write(const struct blob *b, const void *p, size_t n, uint64_t at, struct err *e);

struct blob_stream {
    struct blob blob;
    const char *name; /* for the error text */
    uint64_t at;
};
/* Both borrow s; they go on at s->at. */
struct source source_blob(struct blob_stream *s);
struct sink sink_blob(struct blob_stream *s);

#endif
