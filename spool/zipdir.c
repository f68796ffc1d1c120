#include "spool/zipdir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"

#define END         22 /* bytes of the end of the directory, before its comment */
#define COMMENT     65535
#define LOCATOR     20
#define END_64      56
#define ENTRY       46
#define LOCAL       30
#define HAS_TRAILER 0x08 /* sizes stand behind the bytes */
#define ENCRYPTED   0x01
#define ALL_ONES    UINT32_MAX
#define NAME_SHOWN  160

/* What an entry takes of the file, with the header before it. */
struct range {
    uint64_t from, to;
};

struct zipdir {
    const struct entries_input *input;
    uint64_t size, at, bytes, count; /* of the file; of its directory */
    struct range *ranges;
    size_t taken;
    char name[COMMENT + 1], again[COMMENT + 1];
};

static rc_t
differs(const char *what, struct err *e)
{
    return err_set(e, RC_REJECT, ERR_ARCHIVE, "zip: %s", what);
}

static rc_t
read_at(struct zipdir *z, uint64_t at, void *p, size_t n, struct err *e)
{
    size_t got, done = 0;
    rc_t rc;

    if (at > z->size || n > z->size - at ||
        z->input->seek(z->input->in.ctx, (int64_t)at, SEEK_SET) < 0)
        return differs("its directory points outside of the file", e);
    for (; done < n; done += got) {
        if ((rc = z->input->in.read(z->input->in.ctx, (char *)p + done, n - done, &got, e)) !=
            RC_OK)
            return rc;
        if (!got)
            return differs("ends before its end", e);
    }
    return RC_OK;
}

/* The mark whose comment ends with the file; another one inside of that comment would be another
 * directory. RC_END: there is none at all. */
static rc_t
find_end(struct zipdir *z, unsigned char end[END], uint64_t *at, struct err *e)
{
    size_t n = z->size < END + COMMENT ? (size_t)z->size : END + COMMENT;
    unsigned char *tail = malloc(n + 1);
    unsigned found = 0, marks = 0;
    rc_t rc;

    if (!tail)
        BUG("out of memory");
    rc = read_at(z, z->size - n, tail, n, e);
    for (size_t i = 0; rc == RC_OK && i + END <= n; i++) {
        if (memcmp(tail + i, "PK\5\6", 4) != 0)
            continue;
        marks++;
        if (i + END + zip_number(tail + i + 20, 2) != n)
            continue;
        memcpy(end, tail + i, END);
        *at = z->size - n + i;
        found++;
    }
    free(tail);
    if (rc == RC_OK && found > 1)
        return differs("has two directories", e);
    if (rc == RC_OK && !found)
        return marks ? differs("something follows its end", e) : RC_END;
    return rc;
}

/* Where the directory lies; numbers too large for it stand in a second end before the first. */
static rc_t
find_directory(struct zipdir *z, struct err *e)
{
    unsigned char end[END] = {0}, locator[LOCATOR], large[END_64];
    uint64_t at = 0;
    rc_t rc = find_end(z, end, &at, e);

    if (rc != RC_OK)
        return rc;
    z->count = zip_number(end + 10, 2);
    z->bytes = zip_number(end + 12, 4);
    z->at = zip_number(end + 16, 4);
    if (zip_number(end + 4, 2) || zip_number(end + 6, 2) || zip_number(end + 8, 2) != z->count)
        return differs("is one of several parts", e);
    if (z->count == UINT16_MAX || z->bytes == ALL_ONES || z->at == ALL_ONES) {
        if (at < LOCATOR + END_64)
            return differs("its directory is incomplete", e);
        if ((rc = read_at(z, at - LOCATOR, locator, LOCATOR, e)) != RC_OK)
            return rc;
        if (memcmp(locator, "PK\6\7", 4) == 0) {
            at = zip_number(locator + 8, 8);
            if ((rc = read_at(z, at, large, END_64, e)) != RC_OK)
                return rc;
            z->count = zip_number(large + 32, 8);
            z->bytes = zip_number(large + 40, 8);
            z->at = zip_number(large + 48, 8);
        }
    }
    if (z->at > at || z->bytes != at - z->at)
        return differs("its directory is not where its end says", e);
    return RC_OK;
}

/* The entry's numbers as they are where 32 bits do not hold them: in this order, only those. */
static void
large_numbers(const unsigned char *extra, size_t n, uint64_t *const numbers[3])
{
    while (n >= 4) {
        size_t length = (size_t)zip_number(extra + 2, 2), at = 0;

        if (length > n - 4)
            return;
        for (int i = 0; zip_number(extra, 2) == 1 && i < 3; i++)
            if (*numbers[i] == ALL_ONES && at + 8 <= length) {
                *numbers[i] = zip_number(extra + 4 + at, 8);
                at += 8;
            }
        extra += 4 + length;
        n -= 4 + length;
    }
}

static rc_t
other(const struct zipdir *z, const char *what, struct err *e)
{
    char shown[NAME_SHOWN];

    return err_set(e, RC_REJECT, ERR_ARCHIVE, "zip: '%s' has another %s in the directory than %s",
                   span_show(shown, sizeof shown, span_of(z->name)), what, "before its bytes");
}

/* The header before its bytes, held against what the directory says (z->name, head). */
static rc_t
check_local(struct zipdir *z, const unsigned char *head, uint64_t packed, uint64_t plain,
            uint64_t at, struct err *e)
{
    unsigned char local[LOCAL];
    size_t length = (size_t)zip_number(head + 28, 2);
    unsigned flags;
    rc_t rc = read_at(z, at, local, LOCAL, e);

    if (rc != RC_OK)
        return rc;
    if (memcmp(local, "PK\3\4", 4) != 0)
        return differs("its directory names what is not there", e);
    flags = (unsigned)zip_number(local + 6, 2);
    if (zip_number(local + 26, 2) != length)
        return other(z, "name", e);
    if ((rc = read_at(z, at + LOCAL, z->again, length, e)) != RC_OK)
        return rc;
    if (memcmp(z->name, z->again, length) != 0)
        return other(z, "name", e);
    if (zip_number(local + 8, 2) != zip_number(head + 10, 2))
        return other(z, "method", e);
    if ((flags ^ (unsigned)zip_number(head + 8, 2)) & (HAS_TRAILER | ENCRYPTED))
        return other(z, "kind", e);
    if (!(flags & HAS_TRAILER) &&
        ((zip_number(local + 18, 4) != packed && zip_number(local + 18, 4) != ALL_ONES) ||
         (zip_number(local + 22, 4) != plain && zip_number(local + 22, 4) != ALL_ONES)))
        return other(z, "size", e);
    z->ranges[z->taken++] =
        (struct range){at, at + LOCAL + length + zip_number(local + 28, 2) + packed};
    return RC_OK;
}

/* One entry of the directory, at *at, which is moved behind it. */
static rc_t
check_entry(struct zipdir *z, uint64_t *at, struct err *e)
{
    unsigned char head[ENTRY], extra[COMMENT];
    uint64_t packed, plain, local;
    size_t length, more;
    rc_t rc = read_at(z, *at, head, ENTRY, e);

    if (rc != RC_OK)
        return rc;
    if (memcmp(head, "PK\1\2", 4) != 0)
        return differs("its directory has fewer entries than its end says", e);
    packed = zip_number(head + 20, 4);
    plain = zip_number(head + 24, 4);
    local = zip_number(head + 42, 4);
    length = (size_t)zip_number(head + 28, 2);
    more = (size_t)zip_number(head + 30, 2);
    if ((rc = read_at(z, *at + ENTRY, z->name, length, e)) != RC_OK ||
        (rc = read_at(z, *at + ENTRY + length, extra, more, e)) != RC_OK)
        return rc;
    z->name[length] = '\0';
    large_numbers(extra, more, (uint64_t *const[]){&plain, &packed, &local});
    *at += ENTRY + length + more + zip_number(head + 32, 2);
    return check_local(z, head, packed, plain, local, e);
}

static int
by_place(const void *a, const void *b)
{
    const struct range *x = a, *y = b;

    return (x->from > y->from) - (x->from < y->from);
}

/* Bytes of two entries, or of one and the directory. */
static rc_t
check_ranges(struct zipdir *z, struct err *e)
{
    qsort(z->ranges, z->taken, sizeof *z->ranges, by_place);
    for (size_t i = 0; i < z->taken; i++)
        if (z->ranges[i].to < z->ranges[i].from ||
            z->ranges[i].to > (i + 1 < z->taken ? z->ranges[i + 1].from : z->at))
            return differs("bytes belong to two files of it", e);
    return RC_OK;
}

rc_t
zipdir_check(const struct entries_input *input, uint32_t most, struct err *e)
{
    struct zipdir *z = calloc(1, sizeof *z);
    int64_t size = input->seek(input->in.ctx, 0, SEEK_END);
    uint64_t at;
    rc_t rc;

    if (!z)
        BUG("out of memory");
    z->input = input;
    z->size = size < 0 ? 0 : (uint64_t)size;
    if ((rc = find_directory(z, e)) != RC_OK) {
        rc = rc == RC_END ? RC_OK : rc; /* who reads it knows best what it is then */
        goto out;
    }
    if (!(z->ranges = calloc((size_t)(z->count < most ? z->count : most) + 1, sizeof *z->ranges)))
        BUG("out of memory");
    at = z->at;
    while (rc == RC_OK && z->taken < z->count && z->taken < most)
        rc = check_entry(z, &at, e);
    if (rc == RC_OK && z->taken == z->count && at != z->at + z->bytes)
        rc = differs("its directory has more entries than its end says", e);
    if (rc == RC_OK)
        rc = check_ranges(z, e);
out:
    free(z->ranges);
    free(z);
    (void)input->seek(input->in.ctx, 0, SEEK_SET);
    return rc;
}
