/*
 * fuzz_header.c - any bytes as the header row of a feed, with a partner's own words for columns.
 *
 * The first byte chooses the feed and how many of the names that follow, one a line, are pairs of
 * such words; the rest is the row. Beyond not crashing: a name that was made comparable stays as it
 * is, columns lie in the row and no two fields have the same, what is wrong is told with a code, and
 * a row means the same read backwards.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "formats/read/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FEEDS = 3, NAMES = 200 };

static void
require(bool holds)
{
    if (!holds)
        abort();
}

static const struct plan *
feed(unsigned which)
{
    static const char *const files[FEEDS] = {"formats/feed/order.xsd", "formats/feed/payment.xsd",
                                             "formats/feed/logistics.xsd"};
    static struct plan *plans[FEEDS];
    static struct arena *a;
    struct err e;

    if (!a)
        a = arena_new("feeds");
    if (!plans[which] &&
        schema_compile(&plans[which], a, files[which], NULL, "formats/codes", &e) != RC_OK) {
        fprintf(stderr, "%s\n", e.text);
        exit(1);
    }
    return plans[which];
}

static uint32_t
cut_names(const char *p, size_t n, struct span *names)
{
    uint32_t count = 0;

    while (count < NAMES && n > 0) {
        const char *end = memchr(p, '\n', n);
        size_t length = end ? (size_t)(end - p) : n;

        names[count++] = (struct span){p, length};
        p = end ? end + 1 : p + n;
        n -= length + (end != NULL);
    }
    return count;
}

static void
check_name(struct arena *a, struct span name)
{
    struct span once = header_name(a, name);

    require(once.n <= name.n && span_eq(header_name(a, once), once));
}

static void
check_header(const struct header *h, const struct plan *plan, uint32_t count)
{
    for (uint32_t i = 0; i < plan->root->child_count; i++) {
        require(h->column[i] >= -1 && h->column[i] < (int)count);
        for (uint32_t k = 0; k < i; k++)
            require(h->column[i] < 0 || h->column[i] != h->column[k]);
    }
    for (uint32_t i = 0; i < h->fault_count; i++) {
        const struct header_fault *f = &h->faults[i];

        require(err_text(f->code)->en[0]);
        require((f->code == ERR_COLUMN_TWICE || f->code == ERR_COLUMN_MISSING ||
                 f->code == ERR_COLUMN_NEAR) == !!f->field);
    }
}

/* The same fields are there, and the same are missing. */
static void
same_backwards(struct arena *a, const struct plan *plan, struct header_aliases aliases,
               const struct header *there, const struct span *names, uint32_t count)
{
    struct span back[NAMES];
    struct header h;
    bool good;

    for (uint32_t i = 0; i < count; i++)
        back[i] = names[count - 1 - i];
    good = header_map(&h, a, plan, aliases, back, count);
    require(good == (there->fault_count == 0) && h.fault_count == there->fault_count);
    for (uint32_t i = 0; i < plan->root->child_count; i++)
        require((h.column[i] < 0) == (there->column[i] < 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct header_alias words[16];
    struct header_aliases aliases = {words, 0};
    struct span names[NAMES], *row = names;
    struct arena *a;
    const struct plan *plan;
    struct header h;
    uint32_t count;
    bool good;

    if (size == 0)
        return 0;
    plan = feed(data[0] % FEEDS);
    a = arena_new("fuzz");
    count = cut_names((const char *)data + 1, size - 1, names);
    for (; aliases.count < (data[0] >> 4) && count >= 2; count -= 2, row += 2)
        words[aliases.count++] =
            (struct header_alias){arena_span(a, row[0]), arena_span(a, row[1])};
    for (uint32_t i = 0; i < count; i++)
        check_name(a, row[i]);
    good = header_map(&h, a, plan, aliases, row, count);
    require(good == (h.fault_count == 0) && h.width == count);
    check_header(&h, plan, count);
    require(header_known(a, plan, aliases, row, count) <= count);
    same_backwards(a, plan, aliases, &h, row, count);
    arena_free(&a);
    return 0;
}
