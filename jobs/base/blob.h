/*
 * blob.h - bytes in a file of our own, read from any place; as they are, or sealed (cipher.h).
 *
 * Shape    A struct by value: who holds it closes it once; copies share what is behind it. A sealed
 *          file is a head with magic and salt, pieces of BLOB_PIECE bytes with a tag each, and a last,
 *          empty piece whose tag is made with the file's name: that it opens says that this is the
 *          file of that name, of this length. Files without a name have a key that nobody else has, no
 *          head and no end: their last, unfinished piece is in memory.
 * Growing  What is written goes behind what was written before.
 * Damage   No byte is given that was not authenticated. A sealed file that is not as it was written, or
 *          that is not sealed at all, is RC_FAIL ERR_SPOOL_DAMAGED; blob_read() says EBADMSG.
 * Errors   blob_read() returns -1 and leaves errno, as pread does; blob_failed() makes an error of it.
 */
#ifndef LANDPORT_BLOB_H
#define LANDPORT_BLOB_H

#include <sys/types.h>

#include "base/cipher.h"
#include "base/stream.h"

#define BLOB_HEAD  32
#define BLOB_PIECE 16384

struct blob_seal;
struct blob {
    int fd;                 /* -1: none */
    struct blob_seal *seal; /* NULL: as they are */
};
#define BLOB_NONE ((struct blob){-1, NULL})

/* A descriptor with bytes as they are. */
static inline struct blob
blob_plain(int fd)
{
    return (struct blob){fd, NULL};
}
/* A file opened for reading, which was sealed under this name. */
rc_t blob_open(struct blob *b, int fd, const char *name, uint64_t *bytes, struct err *e);
/* A new, empty file, opened for writing, to be sealed; and its end, once all of it was written. */
rc_t blob_create(struct blob *b, int fd, struct err *e);
rc_t blob_end(const struct blob *b, const char *name, struct err *e);
/* A file without a name in dir; RC_FAIL. */
rc_t blob_temporary(struct blob *b, const char *dir, struct err *e);
/* A file that was opened with O_TMPFILE, empty, to be sealed for this process alone. */
struct blob blob_nameless(int fd);
void blob_close(struct blob *b);
rc_t blob_bytes(const struct blob *b, uint64_t *bytes, struct err *e);

/* What another process needs besides the descriptor to read it; nothing may be written any more. */
struct blob_pass {
    unsigned char key[CIPHER_KEY];
    uint64_t bytes;
    uint32_t head;
    bool sealed;
};
rc_t blob_give(const struct blob *b, struct blob_pass *pass, struct err *e);
struct blob blob_take(int fd, const struct blob_pass *pass);

/* As pread: fewer than n only at the end. */
ssize_t blob_read(const struct blob *b, void *p, size_t n, uint64_t at);
/* "name: …" of what blob_read() left in errno. */
rc_t blob_failed(const char *name, struct err *e);
/* All of it, behind what is there. */
rc_t blob_write(const struct blob *b, const void *p, size_t n, struct err *e);
/* A file without a name is as new: what was written is forgotten. */
rc_t blob_empty(const struct blob *b, struct err *e);

struct blob_stream {
    struct blob blob;
    const char *name; /* for the error text */
    uint64_t at;
};
/* Both borrow s; a source goes on at s->at. */
struct source source_blob(struct blob_stream *s);
struct sink sink_blob(struct blob_stream *s);

#endif
