#include "formats/read/xlsx.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "formats/read/xlsx_book.h"
#include "formats/read/xlsx_sheet.h"
#include "formats/read/xlsx_strings.h"
#include "formats/read/xlsx_styles.h"
#include "formats/read/xlsx_value.h"

#define MAX_RECORD   ((uint32_t)1 << 20)
#define MAX_FIELDS   1000
#define MAX_PART     ((uint64_t)4 << 30)
#define MAX_TEXT     ((uint64_t)4 << 30)
#define MAX_RESIDENT ((uint32_t)16 << 20)

struct xlsx {
    struct arena *arena;
    struct xlsx_parts parts;
    struct xlsx_form form;
    struct book book;
    struct strings *strings;
    struct styles *styles;
    uint32_t number; /* of the present sheet, from 1; 0: before the first */
    struct sheet *sheet;
    rc_t ended; /* RC_END, of the sheet, or a failure: nothing more comes */
    struct err failed;
    uint32_t width;
    uint64_t given; /* bytes of text, in all records */
    struct buf text;
    size_t *places; /* of the fields in text, which may yet move */
    struct span *fields;
    struct xlsx_fault *faults;
    char bytes_text[32], fields_text[32]; /* the limits, as a fault tells them */
};

/* ---- records ---- */

/* What a cell turned out to be. */
struct value {
    err_code_t code;
    const char *want;
};

/* The number of a shared string; count if it is none of them. */
static uint32_t
index_of(struct span digits, uint32_t count)
{
    uint32_t i = 0;

    for (size_t k = 0; k < digits.n && i < count; k++)
        i = digits.p[k] >= '0' && digits.p[k] <= '9' ? i * 10 + (uint32_t)(digits.p[k] - '0')
                                                     : count;
    return digits.n > 0 && i < count ? i : count;
}

static rc_t
shared_text(struct xlsx *x, struct span digits, struct err *e)
{
    uint32_t count = strings_count(x->strings), i = index_of(digits, count);

    if (i < count)
        return strings_get(x->strings, i, &x->text, e);
    digits.n = digits.n < 20 ? digits.n : 20;
    return err_set(e, RC_FAIL, ERR_WORKBOOK, "shared string '%.*s' of %u", SPAN_F(digits), count);
}

static void
put_boolean(struct span raw, struct buf *out)
{
    raw = span_trim(raw);
    if (span_is(raw, "true") || span_is(raw, "1"))
        buf_str(out, "TRUE");
    else if (span_is(raw, "false") || span_is(raw, "0"))
        buf_str(out, "FALSE");
    else
        buf_put(out, raw.p, raw.n);
}

/* Append the cell's text. */
static rc_t
cell_value(struct xlsx *x, const struct sheet_cell *c, struct value *v, struct err *e)
{
    struct span raw = sheet_text(x->sheet, c);
    size_t from = x->text.n;

    *v = (struct value){ERR_NONE, ""};
    if (c->n == 0) { /* only a formula brings it here; a text may be empty */
        v->code = c->valued && c->type != CELL_NUMBER ? ERR_NONE : ERR_CELL_FORMULA;
        return RC_OK;
    }
    switch (c->type) {
    case CELL_SHARED:
        return shared_text(x, span_trim(raw), e);
    case CELL_NUMBER:
        v->code = value_number(raw, c->form, x->book.from_1904, &x->text, &v->want);
        break;
    case CELL_DATE:
        v->code = value_iso(raw, c->form, &x->text, &v->want);
        break;
    case CELL_BOOLEAN:
        put_boolean(raw, &x->text);
        break;
    case CELL_ERROR:
        v->code = ERR_CELL_ERROR;
        buf_put(&x->text, raw.p, raw.n);
        break;
    case CELL_TEXT:
        buf_put(&x->text, raw.p, raw.n);
        value_unescape(&x->text, from);
        break;
    }
    return RC_OK;
}

static void
too_big(struct xlsx *x, struct xlsx_record *r, uint32_t column, const char *want)
{
    x->faults[0] = (struct xlsx_fault){column, ERR_TOO_BIG, want};
    r->fault_count = 1;
    r->count = 0;
}

/* There are that many fields, those that no cell filled empty. */
static void
fill_up(struct xlsx *x, struct xlsx_record *r, uint32_t count)
{
    for (; r->count < count; r->count++) {
        x->places[r->count] = 0;
        x->fields[r->count] = (struct span){"", 0};
    }
}

/* All cells of a row; what is too much for a record ends it. */
static rc_t
take_cells(struct xlsx *x, const struct sheet_row *row, struct xlsx_record *r, struct err *e)
{
    const struct sheet_cell *c = row->cells;
    struct value v;
    rc_t rc;

    if (row->big > 0)
        too_big(x, r, row->big - 1, x->bytes_text);
    for (size_t i = 0; i < row->count && row->big == 0; i++, c++) {
        size_t from = x->text.n;

        if ((rc = cell_value(x, c, &v, e)) != RC_OK)
            return rc;
        if (x->text.n == from && v.code == ERR_NONE)
            continue;
        if (c->column >= x->form.max_fields || x->text.n > x->form.max_record) {
            too_big(x, r, c->column,
                    c->column >= x->form.max_fields ? x->fields_text : x->bytes_text);
            return RC_OK;
        }
        fill_up(x, r, c->column + 1);
        x->places[c->column] = from;
        x->fields[c->column].n = x->text.n - from;
        if (v.code != ERR_NONE)
            x->faults[r->fault_count++] = (struct xlsx_fault){c->column, v.code, v.want};
    }
    return RC_OK;
}

/* A row of nothing but blanks, as csv.h has it. */
static bool
is_empty_row(const struct xlsx *x, const struct xlsx_record *r)
{
    if (r->fault_count > 0)
        return false;
    for (size_t i = 0; i < x->text.n; i++)
        if (x->text.p[i] != ' ' && x->text.p[i] != '\t')
            return false;
    return true;
}

static rc_t
reject(const struct xlsx *x, const struct xlsx_record *r, struct err *e)
{
    const struct xlsx_fault *f = r->faults;
    char column[4], *p = column + sizeof column - 1, why[200];

    *p = '\0';
    for (uint32_t c = f->field + 1; c > 0; c = (c - 1) / 26) /* three letters at most */
        *--p = (char)('A' + (c - 1) % 26);
    err_fill(why, sizeof why, err_text(f->code)->en, f->want);
    return err_set(e, RC_REJECT, f->code, "sheet '%s', cell %s%llu: %s", xlsx_sheet(x), p,
                   (unsigned long long)r->line, why);
}

/* The fields are where they will stay: *r is what a caller sees. */
static rc_t
give(struct xlsx *x, struct xlsx_record *r, struct err *e)
{
    for (uint32_t i = 0; i < r->count; i++)
        if (x->fields[i].n > 0)
            x->fields[i].p = x->text.p + x->places[i];
    if (r->count > 0)
        fill_up(x, r, x->width);
    r->fields = x->fields;
    if (r->fault_count == 0)
        return RC_OK;
    r->faults = x->faults;
    r->bad = x->faults[0].code;
    r->bad_field = x->faults[0].field;
    return reject(x, r, e);
}

/* What a file is bad for must not be taken for a record's, and it stays so. */
static rc_t
broken(struct xlsx *x, rc_t rc, struct err *e)
{
    x->ended = x->failed.rc = rc == RC_REJECT ? RC_FAIL : rc;
    err_prefix(&x->failed, "sheet '%s'", xlsx_sheet(x));
    if (e)
        *e = x->failed;
    return x->ended;
}

static rc_t
again(const struct xlsx *x, struct err *e)
{
    if (x->ended != RC_END && e)
        *e = x->failed;
    return x->ended;
}

rc_t
xlsx_next(struct xlsx *x, struct xlsx_record *r, struct err *e)
{
    struct sheet_row row = {0};
    rc_t rc;

    do {
        *r = (struct xlsx_record){0};
        x->text.n = 0;
        if (x->ended != RC_OK)
            return again(x, e);
        rc = sheet_next(x->sheet, &row, &x->failed);
        if (rc == RC_END)
            return x->ended = RC_END;
        r->line = row.number;
        r->hidden = row.hidden;
        if (rc != RC_OK || (rc = take_cells(x, &row, r, &x->failed)) != RC_OK)
            return broken(x, rc, e);
    } while (is_empty_row(x, r));
    x->given += x->text.n;
    if (x->given > x->form.max_text) {
        rc = err_set(&x->failed, RC_FAIL, ERR_TOO_BIG, "more than %llu bytes of text",
                     (unsigned long long)x->form.max_text);
        return broken(x, rc, e);
    }
    return give(x, r, e);
}

/* ---- the workbook ---- */

static struct xlsx *
xlsx_new(const struct xlsx_parts *parts, const struct xlsx_form *form)
{
    struct xlsx *x = calloc(1, sizeof *x);

    if (!x)
        BUG("out of memory");
    x->parts = *parts;
    x->form = *form;
    if (!x->form.max_record)
        x->form.max_record = MAX_RECORD;
    if (!x->form.max_fields)
        x->form.max_fields = MAX_FIELDS;
    if (!x->form.max_part)
        x->form.max_part = MAX_PART;
    if (!x->form.max_text)
        x->form.max_text = MAX_TEXT;
    if (!x->form.max_resident)
        x->form.max_resident = MAX_RESIDENT;
    x->arena = arena_new("xlsx");
    x->fields = ARENA_ARRAY(x->arena, struct span, x->form.max_fields);
    x->places = ARENA_ARRAY(x->arena, size_t, x->form.max_fields);
    x->faults = ARENA_ARRAY(x->arena, struct xlsx_fault, x->form.max_fields);
    snprintf(x->bytes_text, sizeof x->bytes_text, "%u bytes", x->form.max_record);
    snprintf(x->fields_text, sizeof x->fields_text, "%u fields", x->form.max_fields);
    x->ended = RC_END;
    return x;
}

rc_t
xlsx_open(struct xlsx **out, const struct xlsx_parts *parts, const struct xlsx_form *form,
          struct err *e)
{
    struct xlsx *x = xlsx_new(parts, form);
    rc_t rc;

    if ((rc = book_read(&x->book, x->arena, &x->parts, e)) == RC_OK &&
        (rc = styles_read(&x->styles, &x->parts, x->book.styles, e)) == RC_OK)
        rc = strings_read(&x->strings, &x->parts, x->book.strings, x->form.max_part, x->form.spill,
                          x->form.max_resident, e);
    if (rc != RC_OK)
        xlsx_close(&x);
    *out = x;
    return rc;
}

void
xlsx_close(struct xlsx **x)
{
    if (!*x)
        return;
    sheet_close(&(*x)->sheet);
    strings_free(&(*x)->strings);
    styles_free(&(*x)->styles);
    buf_free(&(*x)->text);
    arena_free(&(*x)->arena);
    free(*x);
    *x = NULL;
}

rc_t
xlsx_next_sheet(struct xlsx *x, struct err *e)
{
    rc_t rc;

    if (x->ended != RC_OK && x->ended != RC_END)
        return again(x, e);
    sheet_close(&x->sheet);
    x->width = 0;
    x->ended = RC_END;
    if (x->number == x->book.count)
        return RC_END;
    x->number++;
    rc = sheet_open(&x->sheet, &x->parts, x->book.sheets[x->number - 1].part, &x->form, x->styles,
                    &x->failed);
    if (rc != RC_OK)
        return broken(x, rc, e);
    return x->ended = RC_OK;
}

void
xlsx_rewind(struct xlsx *x)
{
    if (x->ended != RC_OK && x->ended != RC_END)
        return;
    sheet_close(&x->sheet);
    x->number = 0;
    x->width = 0;
    x->given = 0;
    x->ended = RC_END;
}

uint32_t
xlsx_sheets(const struct xlsx *x)
{
    return x->book.count;
}

const char *
xlsx_sheet_name(const struct xlsx *x, uint32_t i)
{
    return x->book.sheets[i].name;
}

const char *
xlsx_sheet(const struct xlsx *x)
{
    return x->number > 0 ? x->book.sheets[x->number - 1].name : "";
}

bool
xlsx_hidden(const struct xlsx *x)
{
    return x->number > 0 && x->book.sheets[x->number - 1].hidden;
}

void
xlsx_width(struct xlsx *x, uint32_t count)
{
    x->width = count < x->form.max_fields ? count : x->form.max_fields;
}
