/*
 * xlsx.c - rows of a sheet. libxml2 pushes, our callers pull: a piece of the sheet is parsed, what
 * its cells hold is queued as it stands, and is made a record, with its shared strings and forms,
 * only when the record is asked for. So the queue never holds more than a piece of XML did.
 */
#include "xlsx.h"

#include <stdio.h>
#include <stdlib.h>

#include "arena.h"
#include "xlsx_book.h"
#include "xlsx_part.h"
#include "xlsx_strings.h"
#include "xlsx_styles.h"
#include "xlsx_value.h"

#define MAX_RECORD   ((uint32_t)1 << 20)
#define MAX_FIELDS   1000
#define MAX_PART     ((uint64_t)4 << 30)
#define MAX_TEXT     ((uint64_t)4 << 30)
#define MAX_RESIDENT ((uint32_t)16 << 20)
#define MAX_ROW      1048576
#define MAX_COLUMN   16384

enum {
    TAG_ROOT = 1,
    TAG_DATA,
    TAG_ROW,
    TAG_CELL,
    TAG_VALUE,
    TAG_FORMULA,
    TAG_INLINE,
    TAG_RUN,
    TAG_TEXT
};

enum cell_type { CELL_NUMBER, CELL_SHARED, CELL_TEXT, CELL_BOOLEAN, CELL_ERROR, CELL_DATE };

struct cell {
    uint32_t column;
    uint8_t type, form;
    bool formula, valued;
    size_t at, n; /* what it holds, in queue.text */
};

struct row {
    uint32_t number;
    size_t first, count; /* of queue.cells */
    uint32_t big;        /* column, from 1, whose text was dropped for the row's length */
};

/* What was parsed and not yet asked for; the last row may still be growing. */
struct queue {
    struct row *rows;
    struct cell *cells;
    size_t row_count, row_room, cell_count, cell_room, taken;
    struct buf text;
    bool growing;
};

struct xlsx {
    struct arena *arena;
    struct xlsx_parts parts;
    struct xlsx_form form;
    struct book book;
    struct strings *strings;
    struct styles *styles;
    uint32_t sheet; /* number of the present one; 0: before the first */
    struct part *part;
    rc_t ended; /* RC_END or a failure: the sheet gives nothing more */
    struct err failed;
    struct queue queue;
    uint32_t last_row, last_column; /* seen by the parser, counted from 1 */
    size_t row_text;                /* where the growing row's text begins */
    uint32_t width;
    uint64_t given; /* bytes of text, in all records */
    struct buf text;
    size_t *places; /* of the fields in text, which may yet move */
    struct span *fields;
    struct xlsx_fault *faults;
    char bytes_text[32], fields_text[32]; /* the limits, as a fault tells them */
};

static void *
grown(void *p, size_t *room, size_t size)
{
    *room = *room ? 2 * *room : 256;
    p = realloc(p, *room * size);
    if (!p)
        BUG("out of memory");
    return p;
}

/* ---- what the parser says ---- */

/* Digits at p; 0 if there are none or the number is above max. */
static uint32_t
number_at(const char **p, const char *end, uint32_t max)
{
    uint32_t n = 0;

    while (*p < end && **p >= '0' && **p <= '9') {
        n = n * 10 + (uint32_t)(**p - '0');
        if (n > max)
            return 0;
        ++*p;
    }
    return n;
}

/* The column of "C7", counted from 1; 0 unless it is a cell of this row. */
static uint32_t
column_of(struct span ref, uint32_t row)
{
    const char *p = ref.p, *end = ref.p + ref.n;
    uint32_t column = 0;

    for (; p < end && *p >= 'A' && *p <= 'Z'; p++) {
        column = column * 26 + (uint32_t)(*p - 'A') + 1;
        if (column > MAX_COLUMN)
            return 0;
    }
    return number_at(&p, end, MAX_ROW) == row && p == end ? column : 0;
}

static void
row_begin(struct xlsx *x, struct part *p)
{
    struct queue *q = &x->queue;
    struct span r = part_attr(p, "r");
    const char *at = r.p;
    uint32_t number = r.p ? number_at(&at, r.p + r.n, MAX_ROW) : x->last_row + 1;

    if (number == 0 || number > MAX_ROW || at != r.p + r.n) {
        part_refuse(p, ERR_WORKBOOK, "row number '%.*s' after row %u", SPAN_F(r), x->last_row);
        return;
    }
    if (number <= x->last_row) {
        part_refuse(p, ERR_WORKBOOK, "row %u after row %u", number, x->last_row);
        return;
    }
    if (q->row_count == q->row_room)
        q->rows = grown(q->rows, &q->row_room, sizeof *q->rows);
    q->rows[q->row_count] = (struct row){number, q->cell_count, 0, 0};
    q->growing = true;
    x->last_row = number;
    x->last_column = 0;
    x->row_text = q->text.n;
}

static bool
type_of(struct span t, uint8_t *type)
{
    static const struct {
        const char *name;
        enum cell_type type;
    } types[] = {
        {"s",         CELL_SHARED },
        {"n",         CELL_NUMBER },
        {"str",       CELL_TEXT   },
        {"inlineStr", CELL_TEXT   },
        {"b",         CELL_BOOLEAN},
        {"e",         CELL_ERROR  },
        {"d",         CELL_DATE   },
    };

    *type = CELL_NUMBER;
    for (size_t i = 0; t.p && i < sizeof types / sizeof *types; i++) {
        if (span_is(t, types[i].name)) {
            *type = (uint8_t)types[i].type;
            return true;
        }
    }
    return !t.p;
}

static void
cell_begin(struct xlsx *x, struct part *p)
{
    struct queue *q = &x->queue;
    struct span r = part_attr(p, "r"), s = part_attr(p, "s"), t = part_attr(p, "t");
    uint32_t column = r.p ? column_of(r, x->last_row) : x->last_column + 1;
    const char *at = s.p;
    uint32_t style = s.p ? number_at(&at, s.p + s.n, UINT16_MAX) : 0;
    struct cell *c;

    if (q->cell_count == q->cell_room)
        q->cells = grown(q->cells, &q->cell_room, sizeof *q->cells);
    c = &q->cells[q->cell_count];
    *c = (struct cell){.column = column - 1, .at = q->text.n};
    if (column == 0 || column > MAX_COLUMN)
        part_refuse(p, ERR_WORKBOOK, "row %u has a cell '%.*s'", x->last_row, SPAN_F(r));
    else if (column <= x->last_column)
        part_refuse(p, ERR_WORKBOOK, "row %u: cell '%.*s' stands after column %u", x->last_row,
                    SPAN_F(r), x->last_column);
    else if (at != s.p + s.n || style >= styles_count(x->styles))
        part_refuse(p, ERR_WORKBOOK, "cell '%.*s' has style '%.*s' of %u", SPAN_F(r), SPAN_F(s),
                    styles_count(x->styles));
    else if (!type_of(t, &c->type))
        part_refuse(p, ERR_WORKBOOK, "cell '%.*s' is of type '%.*s'", SPAN_F(r), SPAN_F(t));
    else
        c->form = styles_form(x->styles, style);
    x->last_column = column;
}

static void
on_begin(void *ctx, struct part *p, int tag)
{
    struct xlsx *x = ctx;
    struct cell *c = x->queue.cells + x->queue.cell_count;

    switch (tag) {
    case TAG_ROW:
        row_begin(x, p);
        break;
    case TAG_CELL:
        cell_begin(x, p);
        break;
    case TAG_FORMULA:
        c->formula = true;
        break;
    case TAG_VALUE: /* a second one takes the place of the first */
        c->valued = true;
        x->queue.text.n = c->at;
        break;
    case TAG_INLINE:
        c->valued = true;
        c->type = CELL_TEXT;
        x->queue.text.n = c->at;
        break;
    }
}

static void
on_text(void *ctx, struct part *p, int tag, struct span piece)
{
    struct xlsx *x = ctx;
    struct queue *q = &x->queue;

    (void)p;
    if (tag != TAG_VALUE && tag != TAG_TEXT)
        return;
    if (q->text.n - x->row_text + piece.n > x->form.max_record)
        q->rows[q->row_count].big = x->last_column;
    else
        buf_put(&q->text, piece.p, piece.n);
}

/* Cells of nothing are all over a sheet that somebody has coloured; they are not kept. */
static void
cell_end(struct queue *q)
{
    struct cell *c = &q->cells[q->cell_count];

    c->n = q->text.n - c->at;
    if (c->n > 0 || c->formula) {
        q->cell_count++;
        q->rows[q->row_count].count++;
    }
}

static void
on_end(void *ctx, struct part *p, int tag)
{
    struct xlsx *x = ctx;
    struct queue *q = &x->queue;

    if (tag == TAG_CELL)
        cell_end(q);
    if (tag == TAG_ROW) {
        q->growing = false;
        q->row_count += q->rows[q->row_count].count > 0 || q->rows[q->row_count].big > 0;
    }
    if (tag == TAG_DATA) /* what follows is looks */
        part_enough(p);
}

/* ---- the queue ---- */

/* All whole rows were taken: the growing one moves to the front, with its unfinished cell. */
static void
queue_compact(struct queue *q, size_t *row_text)
{
    size_t text = q->text.n, cells = 0;

    if (q->growing) {
        struct row *row = &q->rows[q->row_count];

        text = *row_text;
        cells = row->count;
        for (size_t i = 0; i <= cells && row->first + i < q->cell_room; i++) {
            q->cells[i] = q->cells[row->first + i];
            q->cells[i].at -= text;
        }
        q->rows[0] = *row;
        q->rows[0].first = 0;
    }
    if (text > 0)
        memmove(q->text.p, q->text.p + text, q->text.n - text);
    q->text.n -= text;
    q->cell_count = cells;
    q->row_count = q->taken = 0;
    *row_text = 0;
}

/* The next whole row: RC_OK, RC_END, or what was wrong, which it stays. */
static rc_t
queue_next(struct xlsx *x, const struct row **row, struct err *e)
{
    struct queue *q = &x->queue;

    while (q->taken == q->row_count && x->ended == RC_OK) {
        rc_t rc;

        queue_compact(q, &x->row_text);
        rc = part_feed(x->part, &x->failed);
        if (rc == RC_REJECT) /* must not be taken for a record's */
            rc = x->failed.rc = RC_FAIL;
        if (rc != RC_OK && rc != RC_END)
            err_prefix(&x->failed, "sheet '%s'", xlsx_sheet(x));
        x->ended = rc;
    }
    if (q->taken < q->row_count) {
        *row = &q->rows[q->taken++];
        return RC_OK;
    }
    if (x->ended != RC_END && e)
        *e = x->failed;
    return x->ended;
}

/* ---- records ---- */

/* What a cell turned out to be. */
struct value {
    err_code_t code;
    const char *want;
};

static rc_t
shared_text(struct xlsx *x, struct span index, struct err *e)
{
    const char *p = index.p;
    uint32_t count = strings_count(x->strings), i = number_at(&p, index.p + index.n, count);

    if (index.n > 0 && p == index.p + index.n && i < count)
        return strings_get(x->strings, i, &x->text, e);
    index.n = index.n < 20 ? index.n : 20;
    return err_set(e, RC_FAIL, ERR_WORKBOOK, "shared string '%.*s' of %u", SPAN_F(index), count);
}

static void
put_boolean(struct span raw, struct buf *out)
{
    raw = span_trim(raw);
    if (span_is(raw, "true") || span_is(raw, "false"))
        buf_str(out, span_is(raw, "true") ? "1" : "0");
    else
        buf_put(out, raw.p, raw.n);
}

/* Append the cell's text. */
static rc_t
cell_value(struct xlsx *x, const struct cell *c, struct value *v, struct err *e)
{
    struct span raw = {x->queue.text.p + c->at, c->n};
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

/* Fields up to the column are there, those that no cell filled empty. */
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
take_cells(struct xlsx *x, const struct row *row, struct xlsx_record *r, struct err *e)
{
    const struct cell *c = x->queue.cells + row->first;
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
is_blank(const struct xlsx *x, const struct xlsx_record *r)
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
    char name[4] = {0}, *to = name, why[200];
    uint32_t column = f->field + 1;

    for (uint32_t c = column; c > 0; c = (c - 1) / 26)
        memmove(name + 1, name, 2), *to = (char)('A' + (c - 1) % 26);
    err_fill(why, sizeof why, err_text(f->code)->en, f->want);
    return err_set(e, RC_REJECT, f->code, "sheet '%s', cell %s%llu: %s", xlsx_sheet(x), name,
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

static rc_t
broken(struct xlsx *x, rc_t rc, struct err *e)
{
    x->ended = rc;
    x->queue.taken = x->queue.row_count;
    if (e)
        *e = x->failed;
    return rc;
}

rc_t
xlsx_next(struct xlsx *x, struct xlsx_record *r, struct err *e)
{
    const struct row *row = NULL;
    rc_t rc;

    do {
        *r = (struct xlsx_record){0};
        x->text.n = 0;
        if ((rc = queue_next(x, &row, e)) != RC_OK)
            return rc;
        r->line = row->number;
        if ((rc = take_cells(x, row, r, &x->failed)) != RC_OK) {
            err_prefix(&x->failed, "sheet '%s', row %u", xlsx_sheet(x), row->number);
            return broken(x, rc, e);
        }
    } while (is_blank(x, r));
    x->given += x->text.n;
    if (x->given > x->form.max_text)
        return broken(x,
                      err_set(&x->failed, RC_FAIL, ERR_TOO_BIG, "more than %llu bytes of text",
                              (unsigned long long)x->form.max_text),
                      e);
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
        rc = strings_read(&x->strings, &x->parts, x->book.strings, x->form.max_part,
                          x->form.spill_fd, x->form.max_resident, e);
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
    part_close(&(*x)->part);
    strings_free(&(*x)->strings);
    styles_free(&(*x)->styles);
    free((*x)->queue.rows);
    free((*x)->queue.cells);
    buf_free(&(*x)->queue.text);
    buf_free(&(*x)->text);
    arena_free(&(*x)->arena);
    free(*x);
    *x = NULL;
}

rc_t
xlsx_next_sheet(struct xlsx *x, struct err *e)
{
    static const struct part_element elements[] = {
        {TAG_ROW,    TAG_CELL,    "c"        },
        {TAG_CELL,   TAG_VALUE,   "v"        },
        {TAG_CELL,   TAG_FORMULA, "f"        },
        {TAG_CELL,   TAG_INLINE,  "is"       },
        {TAG_INLINE, TAG_TEXT,    "t"        },
        {TAG_INLINE, TAG_RUN,     "r"        },
        {TAG_RUN,    TAG_TEXT,    "t"        },
        {TAG_DATA,   TAG_ROW,     "row"      },
        {0,          TAG_ROOT,    "worksheet"},
        {TAG_ROOT,   TAG_DATA,    "sheetData"},
        {0,          0,           NULL       },
    };
    static const struct part_reader reader = {elements, on_begin, on_text, on_end};
    const struct book_sheet *sheet = &x->book.sheets[x->sheet];

    if (x->ended != RC_OK && x->ended != RC_END)
        return broken(x, x->ended, e);
    part_close(&x->part);
    x->queue.row_count = x->queue.cell_count = x->queue.taken = x->queue.text.n = 0;
    x->queue.growing = false;
    x->last_row = x->width = 0;
    x->ended = RC_END;
    if (x->sheet == x->book.count)
        return RC_END;
    x->sheet++;
    x->ended =
        part_open(&x->part, &x->parts, sheet->part, x->form.max_part, &reader, x, &x->failed);
    if (x->ended == RC_OK)
        return RC_OK;
    if (x->ended == RC_REJECT) /* on opening the workbook it would have been one */
        x->failed.rc = RC_FAIL;
    err_prefix(&x->failed, "sheet '%s'", sheet->name);
    return broken(x, x->failed.rc, e);
}

const char *
xlsx_sheet(const struct xlsx *x)
{
    return x->sheet > 0 ? x->book.sheets[x->sheet - 1].name : "";
}

bool
xlsx_hidden(const struct xlsx *x)
{
    return x->sheet > 0 && x->book.sheets[x->sheet - 1].hidden;
}

void
xlsx_width(struct xlsx *x, uint32_t count)
{
    x->width = count < x->form.max_fields ? count : x->form.max_fields;
}
