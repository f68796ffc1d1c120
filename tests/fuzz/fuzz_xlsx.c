/*
 * fuzz_xlsx.c - any bytes as the parts of a workbook.
 *
 * The first byte chooses limits, the rest is up to five parts with 0xFF between them, which occurs
 * in no UTF-8: sheet, shared strings, styles, workbook, relationships; the usual ones stand for
 * those that are empty. Beyond not crashing: what is read depends neither on how the source cuts it
 * nor on where the shared strings are kept, lines go upwards, fields are valid UTF-8.
 */
#define _GNU_SOURCE /* memfd_create */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "formats/read/xlsx.h"

#define MAIN "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define DOC  "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define PKG  "http://schemas.openxmlformats.org/package/2006/relationships"
#define REL(id, type, target)                                                                      \
    "<Relationship Id=\"" id "\" Type=\"" DOC "/" type "\" Target=\"" target "\"/>"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* clang-format off */
static const char *const usual[][2] = {
    {"s.xml", "<worksheet xmlns=\"" MAIN "\"><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c>"
              "<c r=\"B1\" s=\"1\"><v>46350.5</v></c></row></sheetData></worksheet>"},
    {"t.xml", "<sst xmlns=\"" MAIN "\"><si><t>a</t></si><si><t>_x4E2D_</t></si></sst>"},
    {"f.xml", "<styleSheet xmlns=\"" MAIN "\"><cellXfs><xf/><xf numFmtId=\"22\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>"},
    {"b.xml", "<workbook xmlns=\"" MAIN "\" xmlns:r=\"" DOC "\"><sheets><sheet name=\"S\" r:id=\"s\"/></sheets></workbook>"},
    {"_rels/b.xml.rels", "<Relationships xmlns=\"" PKG "\">" REL("s", "worksheet", "s.xml")
              REL("t", "sharedStrings", "t.xml") REL("f", "styles", "f.xml") "</Relationships>"},
    {"_rels/.rels", "<Relationships xmlns=\"" PKG "\">" REL("b", "officeDocument", "b.xml") "</Relationships>"},
};
/* clang-format on */

#define PARTS (sizeof usual / sizeof *usual)

static struct span texts[PARTS];

struct pieces {
    struct span text;
    size_t piece;
    int open;
};

static void
require(bool holds)
{
    if (!holds)
        abort();
}

static rc_t
pieces_read(void *ctx, void *buf, size_t size, size_t *n, struct err *e)
{
    struct pieces *s = ctx;

    (void)e;
    *n = s->text.n < size ? s->text.n : size;
    *n = *n < s->piece ? *n : s->piece;
    if (*n > 0)
        memcpy(buf, s->text.p, *n);
    s->text.p += *n;
    s->text.n -= *n;
    return RC_OK;
}

static rc_t
pieces_open(void *ctx, const char *name, struct source *in, struct err *e)
{
    struct pieces *s = ctx;

    require(s->open == 0);
    for (size_t i = 0; i < PARTS; i++) {
        if (strcmp(usual[i][0], name) == 0) {
            s->text = texts[i];
            s->open = 1;
            *in = (struct source){pieces_read, s};
            return RC_OK;
        }
    }
    return err_set(e, RC_REJECT, ERR_NOT_FOUND, "no part");
}

static void
pieces_close(void *ctx)
{
    struct pieces *s = ctx;

    require(s->open == 1);
    s->open = 0;
}

static void
show(struct buf *out, rc_t rc, const struct xlsx_record *r)
{
    buf_printf(out, "\n%d %llu ", (int)rc, (unsigned long long)r->line);
    for (uint32_t i = 0; i < r->count; i++) {
        require(span_valid_utf8(r->fields[i]) == r->fields[i].n && r->fields[i].p);
        buf_put(out, r->fields[i].p, r->fields[i].n);
        buf_str(out, "|");
    }
    for (uint32_t i = 0; i < r->fault_count; i++)
        buf_printf(out, " %d#%u", (int)r->faults[i].code, r->faults[i].field);
}

static rc_t
read_sheets(struct xlsx *x, uint32_t max_fields, struct buf *out)
{
    struct xlsx_record r;
    uint64_t line;
    struct err e;
    rc_t rc;

    while ((rc = xlsx_next_sheet(x, &e)) == RC_OK) {
        buf_printf(out, "[%s]", xlsx_sheet(x));
        line = 0;
        while ((rc = xlsx_next(x, &r, &e)) == RC_OK || rc == RC_REJECT) {
            require(r.line > line && r.count <= max_fields);
            require((rc == RC_REJECT) == (r.fault_count > 0));
            require(rc == RC_OK || (e.rc == rc && e.code == r.bad));
            line = r.line;
            show(out, rc, &r);
        }
        if (rc != RC_END)
            break;
    }
    return rc;
}

static rc_t
read_book(size_t piece, const struct xlsx_form *form, struct buf *out)
{
    struct pieces from = {.piece = piece};
    struct xlsx *x = NULL;
    struct err e;
    rc_t rc = xlsx_open(&x, &(struct xlsx_parts){&from, pieces_open, pieces_close}, form, &e);

    require((rc == RC_OK) == (x != NULL));
    if (rc == RC_OK)
        rc = read_sheets(x, form->max_fields, out);
    require(rc == RC_END || rc == RC_REJECT || rc == RC_FAIL);
    xlsx_close(&x);
    require(from.open == 0);
    return rc;
}

/* Where libxml2 sees that a part is broken may depend on the pieces; what comes before may not. */
static void
agree(rc_t a_rc, const struct buf *a, rc_t b_rc, const struct buf *b)
{
    size_t n = a->n < b->n ? a->n : b->n;

    require((a_rc == RC_END) == (b_rc == RC_END));
    require(a_rc != RC_END || a->n == b->n);
    require(n == 0 || memcmp(a->p, b->p, n) == 0);
}

static void
cut_parts(const char *p, size_t n)
{
    for (size_t i = 0; i < PARTS; i++) {
        const char *end = n > 0 ? memchr(p, 0xFF, n) : NULL;
        size_t length = end ? (size_t)(end - p) : n;

        texts[i] = (struct span){p, length};
        if (length == 0 || i == PARTS - 1)
            texts[i] = span_of(usual[i][1]);
        p = end ? end + 1 : p + n;
        n -= length + (end != NULL);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf whole = {0}, cut = {0}, spilled = {0};
    struct xlsx_form form;
    rc_t rc;

    if (size == 0)
        return 0;
    cut_parts((const char *)data + 1, size - 1);
    form = (struct xlsx_form){.spill = BLOB_NONE,
                              .max_record = data[0] & 1 ? 20 : 0,
                              .max_fields = data[0] & 2 ? 3 : 1000,
                              .max_part = data[0] & 4 ? 1000 : 0};
    rc = read_book(SIZE_MAX, &form, &whole);
    agree(rc, &whole, read_book((size_t)(data[0] >> 4) + 1, &form, &cut), &cut);
    form.spill = blob_plain(memfd_create("fuzz", MFD_CLOEXEC));
    form.max_resident = 1;
    agree(rc, &whole, read_book(SIZE_MAX, &form, &spilled), &spilled);
    close(form.spill.fd);
    buf_free(&whole);
    buf_free(&cut);
    buf_free(&spilled);
    return 0;
}
