#include "formats/read/xlsx_sheet.h"

#include <stdlib.h>

#include "formats/read/xlsx_part.h"

#define MAX_ROW    1048576
#define MAX_COLUMN 16384

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

struct row {
    uint32_t number, big;
    size_t first, count; /* of cells */
    bool hidden;
};

/* What was parsed and not yet asked for; behind the last row may be a growing one. */
struct sheet {
    const struct styles *styles;
    uint32_t max_record;
    struct part *part;
    struct row *rows;
    struct sheet_cell *cells;
    size_t row_count, row_room, cell_count, cell_room, taken;
    struct buf text;
    bool growing;
    size_t row_text;                /* where the growing row's text begins */
    uint32_t last_row, last_column; /* that the parser saw, from 1 */
    rc_t ended;                     /* RC_END or a failure: nothing more comes */
    struct err failed;
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

/* An attribute's number, or what its lack stands for; false if it is anything else. */
static bool
attr_number(struct span v, uint32_t missing, uint32_t max, uint32_t *number)
{
    const char *p = v.p, *end;

    *number = missing;
    if (!v.p)
        return true;
    end = v.p + v.n;
    *number = number_at(&p, end, max);
    return v.n > 0 && p == end;
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

static bool
is_true(struct span v)
{
    return span_is(v, "1") || span_is(v, "true") || span_is(v, "on");
}

static void
row_begin(struct sheet *s, struct part *p)
{
    struct span r = part_attr(p, "r");
    uint32_t number;

    if (!attr_number(r, s->last_row + 1, MAX_ROW, &number) || number == 0 || number > MAX_ROW) {
        part_refuse(p, ERR_WORKBOOK, "row number '%.*s' after row %u", SPAN_F(r), s->last_row);
        return;
    }
    if (number <= s->last_row) {
        part_refuse(p, ERR_WORKBOOK, "row %u after row %u", number, s->last_row);
        return;
    }
    if (s->row_count == s->row_room)
        s->rows = grown(s->rows, &s->row_room, sizeof *s->rows);
    s->rows[s->row_count] = (struct row){
        .number = number, .first = s->cell_count, .hidden = is_true(part_attr(p, "hidden"))};
    s->growing = true;
    s->last_row = number;
    s->last_column = 0;
    s->row_text = s->text.n;
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
cell_begin(struct sheet *s, struct part *p)
{
    struct span r = part_attr(p, "r"), style = part_attr(p, "s"), t = part_attr(p, "t");
    uint32_t column = r.p ? column_of(r, s->last_row) : s->last_column + 1;
    uint32_t number;
    struct sheet_cell *c;

    if (s->cell_count == s->cell_room)
        s->cells = grown(s->cells, &s->cell_room, sizeof *s->cells);
    c = &s->cells[s->cell_count];
    *c = (struct sheet_cell){.column = column - 1, .at = s->text.n};
    if (column == 0 || column > MAX_COLUMN)
        part_refuse(p, ERR_WORKBOOK, "row %u has a cell '%.*s'", s->last_row, SPAN_F(r));
    else if (column <= s->last_column)
        part_refuse(p, ERR_WORKBOOK, "row %u: cell '%.*s' stands after column %u", s->last_row,
                    SPAN_F(r), s->last_column);
    else if (!attr_number(style, 0, UINT16_MAX, &number) || number >= styles_count(s->styles))
        part_refuse(p, ERR_WORKBOOK, "cell '%.*s' has style '%.*s' of %u", SPAN_F(r), SPAN_F(style),
                    styles_count(s->styles));
    else if (!type_of(t, &c->type))
        part_refuse(p, ERR_WORKBOOK, "cell '%.*s' is of type '%.*s'", SPAN_F(r), SPAN_F(t));
    else
        c->form = styles_form(s->styles, number);
    s->last_column = column;
}

static void
on_begin(void *ctx, struct part *p, int tag)
{
    struct sheet *s = ctx;
    struct sheet_cell *c = tag > TAG_CELL ? &s->cells[s->cell_count] : NULL;

    switch (tag) {
    case TAG_ROW:
        row_begin(s, p);
        break;
    case TAG_CELL:
        cell_begin(s, p);
        break;
    case TAG_FORMULA:
        c->formula = true;
        break;
    case TAG_VALUE: /* a second one takes the place of the first */
        c->valued = true;
        s->text.n = c->at;
        break;
    case TAG_INLINE:
        c->valued = true;
        c->type = CELL_TEXT;
        s->text.n = c->at;
        break;
    }
}

static void
on_text(void *ctx, struct part *p, int tag, struct span piece)
{
    struct sheet *s = ctx;

    (void)p;
    if (tag != TAG_VALUE && tag != TAG_TEXT)
        return;
    if (s->text.n - s->row_text + piece.n > s->max_record)
        s->rows[s->row_count].big = s->last_column;
    else
        buf_put(&s->text, piece.p, piece.n);
}

/* Cells of nothing are all over a sheet that somebody has coloured; they are not kept. */
static void
cell_end(struct sheet *s)
{
    struct sheet_cell *c = &s->cells[s->cell_count];

    c->n = s->text.n - c->at;
    if (c->n > 0 || c->formula) {
        s->cell_count++;
        s->rows[s->row_count].count++;
    }
}

static void
on_end(void *ctx, struct part *p, int tag)
{
    struct sheet *s = ctx;

    if (tag == TAG_CELL)
        cell_end(s);
    if (tag == TAG_ROW) {
        s->growing = false;
        s->row_count += s->rows[s->row_count].count > 0 || s->rows[s->row_count].big > 0;
    }
    if (tag == TAG_DATA) /* what follows is looks */
        part_enough(p);
}

/* ---- the queue ---- */

/* All whole rows were taken: the growing one moves to the front, with its unfinished cell. */
static void
compact(struct sheet *s)
{
    size_t text = s->text.n, cells = 0;

    if (s->growing) {
        struct row *row = &s->rows[s->row_count];

        text = s->row_text;
        cells = row->count;
        for (size_t i = 0; i <= cells && row->first + i < s->cell_room; i++) {
            s->cells[i] = s->cells[row->first + i];
            s->cells[i].at -= text;
        }
        s->rows[0] = *row;
        s->rows[0].first = 0;
    }
    if (text > 0)
        memmove(s->text.p, s->text.p + text, s->text.n - text);
    s->text.n -= text;
    s->cell_count = cells;
    s->row_count = s->taken = 0;
    s->row_text = 0;
}

rc_t
sheet_open(struct sheet **out, const struct xlsx_parts *parts, const char *part,
           const struct xlsx_form *form, const struct styles *styles, struct err *e)
{
    static const struct part_element elements[] = {
        {TAG_CELL,   TAG_VALUE,   "v"        }, /* the most frequent ones first */
        {TAG_ROW,    TAG_CELL,    "c"        },
        {TAG_CELL,   TAG_FORMULA, "f"        },
        {TAG_CELL,   TAG_INLINE,  "is"       },
        {TAG_INLINE, TAG_TEXT,    "t"        },
        {TAG_INLINE, TAG_RUN,     "r"        },
        {TAG_RUN,    TAG_TEXT,    "t"        },
        {TAG_DATA,   TAG_ROW,     "row"      },
        {TAG_ROOT,   TAG_DATA,    "sheetData"},
        {0,          TAG_ROOT,    "worksheet"},
        {0,          0,           NULL       },
    };
    static const struct part_reader reader = {elements, on_begin, on_text, on_end};
    struct sheet *s = calloc(1, sizeof *s);
    rc_t rc;

    if (!s)
        BUG("out of memory");
    s->styles = styles;
    s->max_record = form->max_record;
    rc = part_open(&s->part, parts, part, form->max_part, &reader, s, e);
    if (rc != RC_OK)
        sheet_close(&s);
    *out = s;
    return rc;
}

void
sheet_close(struct sheet **s)
{
    if (!*s)
        return;
    part_close(&(*s)->part);
    buf_free(&(*s)->text);
    free((*s)->rows);
    free((*s)->cells);
    free(*s);
    *s = NULL;
}

rc_t
sheet_next(struct sheet *s, struct sheet_row *row, struct err *e)
{
    const struct row *r;

    while (s->taken == s->row_count && s->ended == RC_OK) {
        compact(s);
        s->ended = part_feed(s->part, &s->failed);
    }
    if (s->taken < s->row_count) {
        r = &s->rows[s->taken++];
        *row = (struct sheet_row){r->number, r->big, s->cells + r->first, r->count, r->hidden};
        return RC_OK;
    }
    if (s->ended != RC_END && e)
        *e = s->failed;
    return s->ended;
}

struct span
sheet_text(const struct sheet *s, const struct sheet_cell *c)
{
    return (struct span){c->n > 0 ? s->text.p + c->at : "", c->n};
}
