/*
 * fuzz_csv.c - any bytes as delimited text.
 *
 * The first byte chooses charset, delimiter and limits, the rest is the file; one that begins with a
 * mark of UTF-16 is read as that. Beyond not crashing: what is read does not depend on how the
 * source cuts it, raw records lie in the file in order, fields are valid UTF-8, and fields written
 * again read back as they were.
 */
#include <stdint.h>
#include <stdlib.h>

#include "formats/read/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct pieces {
    struct span text;
    size_t at, piece;
};

static rc_t
pieces_read(void *ctx, void *buf, size_t size, size_t *n, struct err *e)
{
    struct pieces *s = ctx;
    size_t left = s->text.n - s->at;

    (void)e;
    *n = left < size ? left : size;
    *n = *n < s->piece ? *n : s->piece;
    if (*n > 0)
        memcpy(buf, s->text.p + s->at, *n);
    s->at += *n;
    return RC_OK;
}

static void
require(bool holds)
{
    if (!holds)
        abort();
}

/* A field in front keeps the record from being blank and its first value from being a BOM. */
static void
reads_back(const struct csv_record *r, char delimiter)
{
    const struct csv_form form = {CHARSET_UTF8, delimiter, 1 << 20, 1000};
    struct stream_mem mem = {0};
    struct csv_record again;
    struct csv *c = NULL;
    struct buf b = {0};

    buf_str(&b, "x");
    for (uint32_t i = 0; i < r->count; i++) {
        buf_put(&b, &delimiter, 1);
        csv_put(&b, r->fields[i], delimiter);
    }
    buf_str(&b, "\r\n");
    mem.p = b.p;
    mem.n = b.n;
    require(csv_open(&c, source_mem(&mem), &form, NULL) == RC_OK);
    require(csv_next(c, &again, NULL) == RC_OK && again.count == r->count + 1);
    for (uint32_t i = 0; i < r->count; i++)
        require(span_eq(again.fields[i + 1], r->fields[i]));
    require(csv_next(c, &again, NULL) == RC_END);
    csv_close(&c);
    buf_free(&b);
}

static void
check_record(const struct csv_record *r, struct span file, size_t *at)
{
    for (; *at < file.n; ++*at) { /* blank records may lie between */
        if (file.n - *at >= r->raw.n && memcmp(file.p + *at, r->raw.p, r->raw.n) == 0)
            break;
    }
    require(*at + r->raw.n <= file.n);
    *at += r->raw.n;
    for (uint32_t i = 0; i < r->count; i++) {
        require(span_valid_utf8(r->fields[i]) == r->fields[i].n);
        require(r->fields[i].n == 0 || !memchr(r->fields[i].p, 0, r->fields[i].n));
    }
}

static void
read_file(struct span file, size_t piece, const struct csv_form *form, struct buf *out)
{
    struct pieces from = {file, 0, piece};
    struct csv_record r;
    struct csv *c = NULL;
    uint64_t line = 0;
    size_t at = 0;
    struct err e;
    rc_t rc;

    require(csv_open(&c, (struct source){pieces_read, &from}, form, &e) == RC_OK);
    while ((rc = csv_next(c, &r, &e)) == RC_OK || rc == RC_REJECT) {
        require(r.line > line && (rc == RC_OK) == (r.bad == ERR_NONE));
        require(rc == RC_OK || r.bad_offset <= file.n);
        line = r.line;
        check_record(&r, file, &at);
        if (rc == RC_OK)
            reads_back(&r, csv_delimiter(c));
        buf_printf(out, "\n%d %llu %d %u %llu %u ", (int)rc, (unsigned long long)r.line, (int)r.bad,
                   r.bad_field, (unsigned long long)r.bad_offset, r.count);
        buf_put(out, r.raw.p, r.raw.n);
        for (uint32_t i = 0; i < r.count; i++)
            buf_put(out, r.fields[i].p, r.fields[i].n);
    }
    require(rc == RC_END);
    csv_close(&c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char delimiters[] = {0, ',', '|', ';'};
    struct buf whole = {0}, cut = {0};
    struct charset_sniff sniff = {0};
    struct csv_form form;
    struct span file;

    if (size == 0)
        return 0;
    file = (struct span){(const char *)data + 1, size - 1};
    form = (struct csv_form){.charset = data[0] & 1 ? CHARSET_GB18030 : CHARSET_UTF8,
                             .delimiter = delimiters[data[0] >> 1 & 3],
                             .max_record = data[0] & 8 ? 20 : 0,
                             .max_fields = data[0] & 16 ? 3 : 0};
    charset_feed(&sniff, file.p, file.n);
    if (charset_is_utf16(sniff.bom))
        form.charset = sniff.bom;
    read_file(file, SIZE_MAX, &form, &whole);
    read_file(file, (size_t)(data[0] >> 5) + 1, &form, &cut);
    require(whole.n == cut.n && (whole.n == 0 || memcmp(whole.p, cut.p, whole.n) == 0));
    buf_free(&whole);
    buf_free(&cut);
    return 0;
}
