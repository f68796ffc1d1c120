/*
 * xml_rows.h - any bytes as an XML upload: what must hold whatever comes. Included by its targets.
 *
 * The first byte chooses limits, the rest is the file; formats are ours, so run it in the checkout.
 * Beyond not crashing: rows are numbered without gaps on lines that do not go back, fields are valid
 * UTF-8, a refused file says why, and what ended stays ended.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "formats/read/xmlr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
    if (!holds)
        abort();
}

static struct plan *
compiled(struct arena *a, const char *folder, const char *name)
{
    struct plan *plan;
    struct err e;

    if (schema_compile(&plan, a, arena_printf(a, "formats/%s/%s.xsd", folder, name), NULL,
                       "formats/codes", &e) != RC_OK) {
        fprintf(stderr, "%s\n", e.text);
        exit(1);
    }
    return plan;
}

/* What the feed takes of a message, if that brings rows of it. */
static bool
take(struct xmlr_form *form, struct plan *feed, struct arena *a, const char *folder,
     const char *name)
{
    struct plan *format = compiled(a, folder, name);
    uint32_t had = feed->message_count;
    struct err e;

    require(schema_take(feed, a, name, format, &e) == RC_OK);
    if (feed->message_count == had)
        return false;
    *form = (struct xmlr_form){feed, &feed->messages[had], format};
    return true;
}

static void
check_faults(const struct xmlr_fault *f, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        require(f[i].code != ERR_NONE && err_text(f[i].code)->en[0]);
        require(memchr(f[i].element, 0, sizeof(f[i].element)) != NULL);
        require(memchr(f[i].seen, 0, sizeof(f[i].seen)) != NULL);
        require(memchr(f[i].want, 0, sizeof(f[i].want)) != NULL);
        require(span_valid_utf8(span_of(f[i].element)) == strlen(f[i].element));
    }
}

static void
check_record(const struct xmlr_record *r, size_t most)
{
    size_t n = 0;

    for (uint32_t i = 0; i < r->count; i++) {
        require(span_valid_utf8(r->fields[i]) == r->fields[i].n);
        require(r->fields[i].n == 0 || !memchr(r->fields[i].p, 0, r->fields[i].n));
        n += r->fields[i].n;
    }
    require(n <= most);
    check_faults(r->faults, r->fault_count);
}

/* One input against these forms; constant: bytes of values that no file holds (lp:map value). */
static int
xml_rows(const uint8_t *data, size_t size, const struct xmlr_form *forms, uint32_t count,
         size_t constant)
{
    const struct xmlr_fault *faults;
    struct stream_mem mem = {0};
    struct xmlr_limit limit = {0};
    struct xmlr_record r;
    struct xmlr *x = NULL;
    uint64_t number = 0, line = 0;
    struct err e = {0};
    uint32_t n;
    rc_t rc;

    if (size == 0)
        return 0;
    mem.p = (const char *)data + 1;
    mem.n = size - 1;
    limit.max_row = data[0] & 1 ? 40 : 0;
    limit.max_names = data[0] & 2 ? 60 : 0;
    limit.max_depth = data[0] & 4 ? 4 : 0;
    require(xmlr_open(&x, source_mem(&mem), forms, count, &limit, &e) == RC_OK);
    while ((rc = xmlr_next(x, &r, &e)) == RC_OK) {
        require(r.number == ++number && r.line >= line && r.line <= size + 1);
        line = r.line;
        check_record(&r, (limit.max_row ? limit.max_row : 1 << 20) + constant);
    }
    require(rc == RC_END || rc == RC_REJECT);
    require(xmlr_next(x, &r, &e) == rc);
    n = xmlr_faults(x, &faults);
    check_faults(faults, n);
    require(rc == RC_END || (n > 0 && faults[n - 1].code == e.code && e.text[0]));
    xmlr_close(&x);
    return 0;
}
