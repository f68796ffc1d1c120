#include "formats/read/xlsx_strings.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "formats/read/xlsx_part.h"
#include "formats/read/xlsx_value.h"

#define GROUP      32
#define MAX_COUNT  ((uint32_t)1 << 25) /* 32 columns of a full sheet, all different */
#define MAX_STRING (256 << 10)         /* 32,767 characters, and twice that */
#define PAGE       8192
#define PAGES      1024
#define HEAD       sizeof(uint32_t)

enum { TAG_ROOT = 1, TAG_ITEM, TAG_RUN, TAG_TEXT };

struct page {
    uint64_t number; /* counts from 1; 0: holds nothing */
    char bytes[PAGE];
};

struct strings {
    uint64_t *groups; /* where the first text of each group lies */
    size_t group_room;
    uint32_t count;
    struct buf texts; /* all, or what is not written yet */
    uint64_t written;
    size_t resident;
    struct blob file;
    struct page *pages; /* not NULL: the texts lie in the file */
    struct buf item;    /* the one being read */
    uint32_t last;      /* texts are mostly asked for in order: the one asked for last, */
    uint64_t last_at;   /* and where it lies */
};

/* Write out what has gathered; from now on the texts are in the file. */
static rc_t
write_out(struct strings *s, struct err *e)
{
    rc_t rc = s->written ? RC_OK : blob_empty(&s->file, e);

    if (rc == RC_OK)
        rc = blob_write(&s->file, s->texts.p, s->texts.n, e);
    if (rc != RC_OK)
        return rc;
    s->written += s->texts.n;
    s->texts.n = 0;
    if (!s->pages && !(s->pages = calloc(PAGES, sizeof *s->pages)))
        BUG("out of memory");
    return RC_OK;
}

static void
note_place(struct strings *s)
{
    size_t group = s->count / GROUP;

    if (s->count % GROUP != 0)
        return;
    if (group == s->group_room) {
        s->group_room = s->group_room ? 2 * s->group_room : 1024;
        s->groups = realloc(s->groups, s->group_room * sizeof *s->groups);
        if (!s->groups)
            BUG("out of memory");
    }
    s->groups[group] = s->written + s->texts.n;
}

static void
add(struct strings *s, struct part *p)
{
    uint32_t n;
    struct err e;

    value_unescape(&s->item, 0);
    if (s->count == MAX_COUNT) {
        part_refuse(p, ERR_TOO_BIG, "more than %u shared strings", MAX_COUNT);
        return;
    }
    if (s->texts.n + HEAD + s->item.n > s->resident) {
        if (s->file.fd < 0) {
            part_refuse(p, ERR_TOO_BIG, "more than %zu bytes of shared strings", s->resident);
            return;
        }
        if (write_out(s, &e) != RC_OK) {
            part_fail(p, &e);
            return;
        }
    }
    note_place(s);
    n = (uint32_t)s->item.n;
    buf_put(&s->texts, &n, HEAD);
    buf_put(&s->texts, s->item.p, s->item.n);
    s->count++;
}

static void
on_begin(void *ctx, struct part *p, int tag)
{
    struct strings *s = ctx;

    (void)p;
    if (tag == TAG_ITEM)
        s->item.n = 0;
}

static void
on_text(void *ctx, struct part *p, int tag, struct span piece)
{
    struct strings *s = ctx;

    if (tag != TAG_TEXT)
        return;
    if (s->item.n + piece.n > MAX_STRING)
        part_refuse(p, ERR_TOO_BIG, "a text of more than %d bytes", MAX_STRING);
    else
        buf_put(&s->item, piece.p, piece.n);
}

static void
on_end(void *ctx, struct part *p, int tag)
{
    if (tag == TAG_ITEM)
        add(ctx, p);
}

rc_t
strings_read(struct strings **out, const struct xlsx_parts *parts, const char *part, uint64_t limit,
             struct blob spill, size_t resident, struct err *e)
{
    static const struct part_element elements[] = {
        {0,        TAG_ROOT, "sst"},
        {TAG_ROOT, TAG_ITEM, "si" },
        {TAG_ITEM, TAG_TEXT, "t"  },
        {TAG_ITEM, TAG_RUN,  "r"  },
        {TAG_RUN,  TAG_TEXT, "t"  },
        {0,        0,        NULL },
    };
    static const struct part_reader reader = {elements, on_begin, on_text, on_end};
    struct strings *s = calloc(1, sizeof *s);
    rc_t rc = RC_OK;

    if (!s)
        BUG("out of memory");
    s->file = spill;
    s->resident = resident;
    s->last = UINT32_MAX;
    if (part)
        rc = part_read(parts, part, limit, &reader, s, e);
    if (rc == RC_OK && s->pages)
        rc = write_out(s, e);
    buf_free(&s->item);
    if (s->pages)
        buf_free(&s->texts);
    if (rc != RC_OK)
        strings_free(&s);
    *out = s;
    return rc;
}

void
strings_free(struct strings **s)
{
    if (!*s)
        return;
    buf_free(&(*s)->texts);
    buf_free(&(*s)->item);
    free((*s)->groups);
    free((*s)->pages);
    free(*s);
    *s = NULL;
}

uint32_t
strings_count(const struct strings *s)
{
    return s->count;
}

/* The file is not ours alone after all. */
static rc_t
changed(struct err *e)
{
    return err_set(e, RC_FAIL, ERR_SYSTEM, "shared strings were changed on disk");
}

static rc_t
load_page(const struct strings *s, struct page *page, uint64_t number, struct err *e)
{
    uint64_t at = (number - 1) * PAGE;
    size_t want = PAGE, have = 0;

    if (at >= s->written)
        return changed(e);
    if (s->written - at < PAGE)
        want = (size_t)(s->written - at);
    page->number = 0;
    while (have < want) {
        ssize_t n = blob_read(&s->file, page->bytes + have, want - have, at + have);

        if (n < 0)
            return blob_failed("shared strings", e);
        if (n == 0)
            return changed(e);
        have += (size_t)n;
    }
    page->number = number;
    return RC_OK;
}

/* n bytes at a place, wherever they are. */
static rc_t
fetch(struct strings *s, uint64_t at, void *to, size_t n, struct err *e)
{
    char *out = to;
    rc_t rc;

    if (!s->pages) {
        memcpy(to, s->texts.p + at, n);
        return RC_OK;
    }
    while (n > 0) {
        uint64_t number = at / PAGE + 1;
        struct page *page = &s->pages[number % PAGES];
        size_t from = (size_t)(at % PAGE), piece = PAGE - from < n ? PAGE - from : n;

        if (page->number != number && (rc = load_page(s, page, number, e)) != RC_OK)
            return rc;
        memcpy(out, page->bytes + from, piece);
        out += piece;
        at += piece;
        n -= piece;
    }
    return RC_OK;
}

rc_t
strings_get(struct strings *s, uint32_t index, struct buf *out, struct err *e)
{
    bool near = s->last <= index && s->last / GROUP == index / GROUP;
    uint64_t at = near ? s->last_at : s->groups[index / GROUP];
    uint32_t i = near ? s->last : index - index % GROUP, n = 0;
    rc_t rc;

    for (;; i++, at += HEAD + n) {
        if ((rc = fetch(s, at, &n, HEAD, e)) != RC_OK)
            return rc;
        if (i == index)
            break;
    }
    if (n > MAX_STRING)
        return changed(e);
    s->last = index;
    s->last_at = at;
    buf_reserve(out, n);
    if (n > 0 && (rc = fetch(s, at + HEAD, out->p + out->n, n, e)) != RC_OK)
        return rc;
    out->n += n;
    return RC_OK;
}
