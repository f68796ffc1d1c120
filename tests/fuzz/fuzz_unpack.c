#define _GNU_SOURCE /* memfd_create */
/*
 * fuzz_unpack.c - any bytes as an upload.
 *
 * The first byte chooses limits and how the content is read, the rest is the file. Beyond not
 * crashing: names are short UTF-8 without controls, no two alike; what the list showed is what each
 * number opens; content does not depend on how it is asked for; limits hold; an error stays.
 */
#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/span.h"
#include "spool/unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);
const char *__asan_default_options(void);

/* A 7z may ask for any amount of memory; it gets none, as in a confined process. */
const char *
__asan_default_options(void)
{
    return "allocator_may_return_null=1:max_allocation_size_mb=512";
}

static void
require(bool holds)
{
    if (!holds)
        abort();
}

static void
check_name(const char *name)
{
    struct span s = span_of(name);

    require(s.n <= 255 && span_valid_utf8(s) == s.n);
    for (size_t i = 0; i < s.n; i++)
        require((unsigned char)name[i] >= ' ' && name[i] != '\x7f');
}

static rc_t
read_all(struct unpack *u, size_t piece, uint64_t most, struct buf *out)
{
    struct source s = unpack_source(u);
    char block[4096];
    struct err e = {0};
    size_t n = 1;
    rc_t rc = RC_OK;

    out->n = 0;
    while (n > 0 && (rc = s.read(s.ctx, block, piece, &n, &e)) == RC_OK) {
        buf_put(out, block, n);
        require(n <= piece && out->n <= most);
    }
    require(rc == RC_OK || (rc == RC_REJECT && e.code != ERR_NONE && *e.text));
    require(s.read(s.ctx, block, piece, &n, NULL) == rc && n == 0);
    return rc;
}

static void
open_one(int fd, uint32_t i, const struct unpack_limit *limit, const char *name, size_t piece)
{
    struct unpack *u = NULL;
    struct unpack_item item;
    struct buf small = {0}, big = {0};
    rc_t rc;

    require(unpack_open_nth(&u, blob_plain(fd), "up.gz", i, limit, &item, NULL) == RC_OK);
    require(item.number == i && strcmp(item.name, name) == 0);
    rc = read_all(u, piece, limit->bytes, &small);
    unpack_close(&u);
    require(unpack_open_nth(&u, blob_plain(fd), "up.gz", i, limit, NULL, NULL) == RC_OK);
    require(read_all(u, 4096, limit->bytes, &big) == rc);
    /* up to an error the pieces may differ, since a block that fails is given whole or not */
    require(rc != RC_OK || (small.n == big.n && (!big.n || !memcmp(small.p, big.p, big.n))));
    unpack_close(&u);
    buf_free(&small);
    buf_free(&big);
}

static void
walk(int fd, const struct unpack_limit *limit, size_t piece)
{
    struct unpack *u = NULL;
    struct unpack_item item;
    char *names[64];
    uint32_t files = 0;
    struct err e = {0};
    rc_t rc = unpack_begin(&u, blob_plain(fd), "up.gz", limit, &e);

    while (rc == RC_OK && (rc = unpack_next(u, &item, &e)) == RC_OK) {
        require(item.number == files && files < limit->entries);
        check_name(item.name);
        for (uint32_t i = 0; i < files; i++)
            require(strcmp(names[i], item.name) != 0);
        names[files++] = strdup(item.name);
    }
    require(rc == RC_END ? files > 0 : rc == RC_REJECT && e.code != ERR_NONE);
    require(!u || unpack_next(u, NULL, NULL) == rc);
    unpack_close(&u);
    for (uint32_t i = 0; i < files; i++) {
        if (rc == RC_END)
            open_one(fd, i, limit, names[i], piece);
        free(names[i]);
    }
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    setlocale(LC_CTYPE, "C.UTF-8"); /* as main does: libarchive decides by it what a name is */
    return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct unpack_limit limit;
    int fd;

    if (size == 0)
        return 0;
    limit = (struct unpack_limit){.bytes = data[0] & 1 ? 1 << 20 : 1000,
                                  .ratio = data[0] & 2 ? 200 : 5,
                                  .entries = data[0] & 4 ? 64 : 3,
                                  .total = 4 << 20,
                                  .spill = blob_plain(memfd_create("spill", 0))};
    fd = memfd_create("upload", 0);
    require(fd >= 0 && write(fd, data + 1, size - 1) == (ssize_t)(size - 1));
    walk(fd, &limit, (size_t)(data[0] >> 3) * 7 + 1);
    close(fd);
    close(limit.spill.fd);
    return 0;
}
