/*
 * bookw.c - messages as workbooks: the rows of a table go into a sheet as they come, and what stands
 * once into the cells that the format names.
 */
#include <stdlib.h>

#include "formats/write/sheetw.h"
#include "formats/write/tablew.h"
#include "formats/write/xlsxw.h"
#include "formats/write/zipw.h"

#define CELL_CHARS  32767 /* as spreadsheets have it */
#define NUMBER_MAX  15    /* digits they keep of a number; more would be rounded */
#define LAST_COLUMN 16384
#define BLOCK       ((size_t)64 << 10)

struct book {
    struct table table; /* first */
    struct sheetw sheet;
    struct zipw *zip; /* of the message at hand */
    struct buf out;
    uint32_t rows;
    bool topped; /* what stands above the rows is written */
};

/* Values. */

static bool
is_number(const struct plan_type *type)
{
    return type->base == PLAN_DECIMAL || type->base == PLAN_INTEGER;
}

/* As a cell has it: 0.5 for +.5, 5 for 5. */
static void
number_put(struct buf *out, struct span v)
{
    if (v.n && (*v.p == '+' || *v.p == '-')) {
        if (*v.p == '-')
            buf_put(out, "-", 1);
        v.p++, v.n--;
    }
    if (v.n && *v.p == '.')
        buf_put(out, "0", 1);
    if (v.n && v.p[v.n - 1] == '.')
        v.n--;
    buf_put(out, v.p, v.n);
}

static bool
is_exact(struct span v)
{
    size_t digits = 0, zeros = 0;
    bool point = false;

    for (size_t i = 0; i < v.n; i++) {
        point |= v.p[i] == '.';
        if (v.p[i] < '0' || v.p[i] > '9' || (v.p[i] == '0' && !digits))
            continue;
        digits++;
        zeros = point && v.p[i] == '0' ? zeros + 1 : 0; /* those at the end say nothing */
    }
    return digits - zeros <= NUMBER_MAX;
}

static rc_t
book_keep(struct writer *w, struct slot *s, struct span value, struct err *e)
{
    const char *name = s->attribute ? s->attribute->plan->name : s->step->node->name;

    if (span_valid_utf8(value) < value.n)
        return writer_fail(w, s->step, name, e, "has a character that a workbook cannot hold");
    if (value.n > CELL_CHARS && span_chars(value) > CELL_CHARS)
        return writer_fail(w, s->step, name, e, "is longer than the %d characters of a cell",
                           CELL_CHARS);
    if (is_number(s->type))
        number_put(&s->value, value);
    else
        buf_put(&s->value, value.p, value.n);
    return RC_OK;
}

/* Output. */

static rc_t
into_message(void *ctx, const void *p, size_t n, struct err *e)
{
    return put_text(ctx, (struct span){p, n}, e);
}

static rc_t
into_zip(void *ctx, const void *p, size_t n, struct err *e)
{
    struct book *b = ctx;

    return zipw_put(b->zip, p, n, e);
}

static rc_t
send(struct book *b, size_t from, struct err *e)
{
    rc_t rc = b->out.n > from ? zipw_put(b->zip, b->out.p, b->out.n, e) : RC_OK;

    if (b->out.n > from)
        b->out.n = 0;
    return rc;
}

/* The parts from one to another, not with that. */
static rc_t
parts_put(struct book *b, uint32_t from, uint32_t to, struct err *e)
{
    rc_t rc = RC_OK;

    for (uint32_t i = from; i < to && rc == RC_OK; i++) {
        const struct sheetw_part *part = &b->sheet.parts[i];

        if ((rc = zipw_begin(b->zip, part->name, e)) == RC_OK &&
            (rc = zipw_put(b->zip, part->bytes.p, part->bytes.n, e)) == RC_OK)
            rc = zipw_end(b->zip, e);
    }
    return rc;
}

/* Rows. */

static void
cell_put(struct book *b, const struct sheetw_cell *cell, uint32_t row)
{
    if (cell->rest) {
        buf_str(&b->out, "<c r=\"");
        xlsxw_ref(&b->out, cell->column - 1, row);
        buf_str(&b->out, "\"");
        if (cell->style)
            buf_printf(&b->out, " s=\"%s\"", cell->style);
        buf_str(&b->out, cell->rest);
    } else if (cell->text) {
        xlsxw_cell(&b->out, cell->column - 1, row, cell->style, span_of(cell->text), false);
    } else {
        const struct slot *s = &b->table.slots[cell->slot];
        const struct span value = {s->value.p, s->value.n};

        xlsxw_cell(&b->out, cell->column - 1, row, cell->style, value,
                   is_number(s->type) && is_exact(value));
    }
}

static rc_t
row_put(struct book *b, const struct sheetw_row *row, uint32_t number, struct err *e)
{
    buf_printf(&b->out, "<row r=\"%u\"", number);
    buf_str(&b->out, row->attributes);
    buf_str(&b->out, ">");
    for (uint32_t i = 0; i < row->count; i++)
        cell_put(b, &row->cells[i], number);
    buf_str(&b->out, "</row>");
    return send(b, BLOCK, e);
}

/* With the first row, when all that stands above it is known. */
static rc_t
top_put(struct book *b, struct err *e)
{
    rc_t rc = RC_OK;

    if (b->topped)
        return RC_OK;
    b->topped = true;
    buf_put(&b->out, b->sheet.before.p, b->sheet.before.n);
    for (uint32_t i = 0; i < b->sheet.above_count && rc == RC_OK; i++)
        rc = row_put(b, &b->sheet.above[i], b->sheet.above[i].number, e);
    return rc;
}

static uint32_t
last_row(const struct book *b)
{
    const struct sheetw *s = &b->sheet;

    return s->below_count ? s->below[s->below_count - 1].number : s->table.number;
}

static rc_t
book_emit(struct writer *w, struct err *e)
{
    struct book *b = w->own;
    rc_t rc = top_put(b, e);

    if (rc != RC_OK)
        return rc;
    if (last_row(b) + b->rows > SHEETW_LAST_ROW)
        return err_set(e, RC_FAIL, ERR_MESSAGE, "%s message %llu: more rows than a sheet has",
                       w->plan->root->name, (unsigned long long)w->message);
    return row_put(b, &b->sheet.table, b->sheet.table.number + b->rows++, e);
}

/* A table without rows has the first one of the template, empty. */
static rc_t
table_end(struct book *b, struct err *e)
{
    if (b->rows || !b->table.column_count)
        return RC_OK;
    for (uint32_t i = 0; i < b->table.column_count; i++)
        b->table.slots[b->table.columns[i]].value.n = 0;
    return row_put(b, &b->sheet.table, b->sheet.table.number + b->rows++, e);
}

static rc_t
sheet_end(struct book *b, struct err *e)
{
    const struct sheetw *s = &b->sheet;
    rc_t rc = top_put(b, e);

    if (rc == RC_OK)
        rc = table_end(b, e);
    for (uint32_t i = 0; i < s->below_count && rc == RC_OK; i++)
        rc = row_put(b, &s->below[i], s->below[i].number + b->rows - 1, e);
    buf_put(&b->out, s->after_rows.p, s->after_rows.n);
    if (rc == RC_OK && (rc = send(b, 0, e)) == RC_OK)
        rc = sheetw_merged(s, b->rows ? b->rows : 1, (struct sink){into_zip, b}, e);
    return rc == RC_OK ? zipw_put(b->zip, s->after.p, s->after.n, e) : rc;
}

/* The sheet's rows and cells that are filled. */

static rc_t
refuse(const struct writer *w, const struct slot *s, struct err *e, const char *what)
{
    return err_set(e, RC_FAIL, ERR_SCHEMA, "%s:%d: the cell of %s %s", w->plan->file,
                   s->step->node->line, s->step->node->name, what);
}

static rc_t
cells_fill(struct writer *w, struct book *b, struct err *e)
{
    const struct plan_written *how = &w->plan->written;
    const uint32_t first = b->sheet.table.number;
    const char *heading = how->workbook ? NULL : XLSXW_HEADING;

    for (uint32_t i = 0; i < b->table.column_count; i++) {
        const uint32_t n = b->table.columns[i];
        const struct slot *s = &b->table.slots[n];

        if (s->cell.column > LAST_COLUMN)
            return refuse(w, s, e, "lies beyond the last column of a sheet");
        sheetw_column(&b->sheet, w->arena, s->cell.column, n);
        if (how->header != WRITTEN_NO_HEADER)
            sheetw_fill(&b->sheet, w->arena, s->cell.column, how->start.row, SHEETW_NO_SLOT,
                        tablew_heading(w, s), heading);
    }
    for (uint32_t i = 0; i < b->table.count; i++) {
        const struct slot *s = &b->table.slots[i];

        if (s->kind != SLOT_CELL)
            continue;
        if (b->table.column_count && s->cell.row >= how->start.row && s->cell.row <= first)
            return refuse(w, s, e, "lies where the table begins");
        if (b->table.column_count && s->behind && s->cell.row < first)
            return refuse(w, s, e,
                          "lies above the rows, and the schema has it behind them: it is not "
                          "known when they are written");
        sheetw_fill(&b->sheet, w->arena, s->cell.column, s->cell.row, i, NULL,
                    how->workbook || is_number(s->type) ? NULL : XLSXW_TEXT);
    }
    return RC_OK;
}

/* The root's title, as far as it may be one. */
static const char *
sheet_name(const struct writer *w)
{
    const struct plan_node *root = w->plan->root;

    if (w->plan->written.sheet)
        return w->plan->written.sheet;
    return schema_sheet_name(w->arena, root->title, root->name);
}

static void
book_make(struct writer *w, struct book *b, uint32_t first)
{
    const struct plan_written *how = &w->plan->written;
    const struct table *t = &b->table;
    uint32_t count = t->column_count ? t->slots[t->columns[t->column_count - 1]].cell.column : 0;
    const char **styles = ARENA_ARRAY(w->arena, const char *, count + 1);

    for (uint32_t i = 0; i < count; i++)
        styles[i] = XLSXW_PLAIN;
    for (uint32_t i = 0; i < t->column_count; i++)
        if (!is_number(t->slots[t->columns[i]].type))
            styles[t->slots[t->columns[i]].cell.column - 1] = XLSXW_TEXT;
    sheetw_make(&b->sheet, w->arena, sheet_name(w),
                count && how->header != WRITTEN_NO_HEADER ? how->start.row : 0, styles, count,
                first);
}

/* The form. */

static rc_t
book_open(struct writer *w, struct err *e)
{
    const struct plan_written *how = &w->plan->written;
    struct book *b = ARENA_NEW(w->arena, struct book);
    uint32_t first;
    rc_t rc;

    b->table.keep = book_keep;
    b->table.emit = book_emit;
    if ((rc = tablew_open(w, &b->table, e)) != RC_OK)
        return rc;
    first = b->table.column_count ? how->start.row + (how->header != WRITTEN_NO_HEADER)
                                  : SHEETW_LAST_ROW + 1; /* all of the sheet is above */
    if (!how->workbook)
        book_make(w, b, first);
    else if ((rc = sheetw_read(&b->sheet, w->arena, how->workbook, how->sheet, first, e)) != RC_OK)
        return rc;
    return cells_fill(w, b, e);
}

static void
book_close(struct writer *w)
{
    struct book *b = w->own;

    if (!b)
        return;
    tablew_close(&b->table);
    buf_free(&b->out);
    zipw_close(&b->zip);
    w->own = NULL;
}

static rc_t
book_begin(struct writer *w, struct err *e)
{
    struct book *b = w->own;
    rc_t rc;

    zipw_close(&b->zip);
    b->zip = zipw_open((struct sink){into_message, w});
    b->out.n = 0;
    b->rows = 0;
    b->topped = false;
    rc = parts_put(b, 0, b->sheet.sheet_part, e);
    return rc == RC_OK ? zipw_begin(b->zip, b->sheet.parts[b->sheet.sheet_part].name, e) : rc;
}

static rc_t
book_end(struct writer *w, struct err *e)
{
    struct book *b = w->own;
    rc_t rc = sheet_end(b, e);

    if (rc == RC_OK && (rc = zipw_end(b->zip, e)) == RC_OK &&
        (rc = parts_put(b, b->sheet.sheet_part + 1, b->sheet.part_count, e)) == RC_OK)
        rc = zipw_finish(b->zip, e);
    return rc;
}

const struct writer_form bookw_form = {
    .open = book_open,
    .close = book_close,
    .begin = book_begin,
    .end = book_end,
    .element = tablew_element,
    .attribute = tablew_attribute,
    .inside = tablew_inside,
    .leaf = tablew_leaf,
    .ended = tablew_ended,
};
