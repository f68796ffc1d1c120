/*
 * sheetw.c - a workbook's parts, and its sheet taken apart into what is written before, in and after
 * the rows of a table.
 */
#define _GNU_SOURCE /* memmem */
#include "formats/write/sheetw.h"

#include <archive.h>
#include <archive_entry.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdlib.h>
#include <string.h>

#include "formats/read/xlsx_book.h"
#include "formats/write/markup.h"
#include "formats/write/xlsxw.h"

#define PARTS_MAX    1000
#define BYTES_MAX    ((size_t)32 << 20)
#define COLUMNS_MAX  16384u
#define MERGES_BLOCK ((size_t)64 << 10)
#define CUT          "landport-rows" /* a comment where the sheet is cut */

/* The file's parts. */

static rc_t
part_take(struct sheetw *s, struct arena *a, struct archive *z, struct archive_entry *entry,
          size_t *room, struct err *e)
{
    struct sheetw_part *part;
    char *bytes = NULL;
    size_t n = 0;
    la_ssize_t got = 1;

    if (archive_entry_filetype(entry) != AE_IFREG)
        return RC_OK;
    if (s->part_count == PARTS_MAX)
        return err_set(e, RC_FAIL, ERR_SCHEMA, "%s: more than %d parts", s->file, PARTS_MAX);
    bytes = malloc(*room + 1);
    if (!bytes)
        BUG("out of memory");
    while (got > 0 && n <= *room) {
        got = archive_read_data(z, bytes + n, *room + 1 - n);
        n += got > 0 ? (size_t)got : 0;
    }
    part = &s->parts[s->part_count++];
    part->name = arena_str(a, archive_entry_pathname(entry));
    part->bytes = (struct span){arena_strn(a, bytes, n <= *room ? n : 0), n};
    free(bytes);
    if (got < 0)
        return err_set(e, RC_FAIL, ERR_SCHEMA, "%s: %s is damaged", s->file, part->name);
    if (n > *room)
        return err_set(e, RC_FAIL, ERR_SCHEMA, "%s: more than %zu MiB", s->file, BYTES_MAX >> 20);
    *room -= n;
    return RC_OK;
}

static rc_t
parts_read(struct sheetw *s, struct arena *a, struct err *e)
{
    struct archive *z = archive_read_new();
    struct archive_entry *entry;
    size_t room = BYTES_MAX;
    int got;
    rc_t rc = RC_OK;

    if (!z)
        BUG("out of memory");
    s->parts = ARENA_ARRAY(a, struct sheetw_part, PARTS_MAX);
    archive_read_support_format_zip(z);
    got = archive_read_open_filename(z, s->file, 65536);
    while (rc == RC_OK && got == ARCHIVE_OK &&
           (got = archive_read_next_header(z, &entry)) == ARCHIVE_OK)
        rc = part_take(s, a, z, entry, &room, e);
    if (rc == RC_OK && got != ARCHIVE_EOF)
        rc = err_set(e, RC_FAIL, ERR_SCHEMA, "%s cannot be read as a workbook: %s", s->file,
                     archive_error_string(z) ? archive_error_string(z) : "no zip");
    archive_read_free(z);
    return rc;
}

/* Parts as the reader of workbooks wants them. */
struct opened {
    const struct sheetw *sheet;
    struct stream_mem mem;
};

static rc_t
opened_open(void *ctx, const char *name, struct source *in, struct err *e)
{
    struct opened *o = ctx;

    for (uint32_t i = 0; i < o->sheet->part_count; i++) {
        const struct sheetw_part *part = &o->sheet->parts[i];

        if (strcmp(part->name, name) == 0) {
            o->mem = (struct stream_mem){part->bytes.p, part->bytes.n, 0};
            *in = source_mem(&o->mem);
            return RC_OK;
        }
    }
    return err_set(e, RC_REJECT, ERR_NOT_FOUND, "there is no part %s", name);
}

static void
opened_close(void *ctx)
{
    (void)ctx;
}

static const struct sheetw_part *
part_named(const struct sheetw *s, const char *name)
{
    for (uint32_t i = 0; i < s->part_count; i++)
        if (strcmp(s->parts[i].name, name) == 0)
            return &s->parts[i];
    return NULL;
}

static bool
has_formula(struct span xml)
{
    return memmem(xml.p, xml.n, "<f>", 3) || memmem(xml.p, xml.n, "<f ", 3);
}

/* What a formula of the template shows was worked out from the template's cells. */
static rc_t
formulas_none(const struct sheetw *s, const struct book *book, struct err *e)
{
    for (uint32_t i = 0; i < book->count; i++) {
        const struct sheetw_part *part = part_named(s, book->sheets[i].part);

        if (part && has_formula(part->bytes))
            return err_set(e, RC_FAIL, ERR_SCHEMA,
                           "%s: sheet \"%s\" has a formula, whose stored result would be that of "
                           "the template; put its value in its place, or fill it from the query",
                           s->file, book->sheets[i].name);
    }
    return RC_OK;
}

static rc_t
sheet_find(struct sheetw *s, struct arena *a, const char *sheet, struct err *e)
{
    struct opened o = {.sheet = s};
    const struct xlsx_parts parts = {&o, opened_open, opened_close};
    struct book book;
    const char *part = NULL;
    struct err why = {0};
    rc_t rc = book_read(&book, a, &parts, &why);

    if (rc != RC_OK)
        return err_set(e, RC_FAIL, ERR_SCHEMA, "%s: %s", s->file, why.text);
    for (uint32_t i = 0; i < book.count && !part; i++)
        if (!sheet || strcmp(book.sheets[i].name, sheet) == 0)
            part = book.sheets[i].part;
    if (!part)
        return err_set(e, RC_FAIL, ERR_SCHEMA, "%s: there is no sheet \"%s\"", s->file, sheet);
    while (s->sheet_part < s->part_count && strcmp(s->parts[s->sheet_part].name, part) != 0)
        s->sheet_part++;
    if (s->sheet_part == s->part_count)
        return err_set(e, RC_FAIL, ERR_SCHEMA, "%s: part %s is missing", s->file, part);
    return formulas_none(s, &book, e);
}

/* The sheet's XML. */

static bool
is_named(const xmlNode *n, const char *name)
{
    return n->type == XML_ELEMENT_NODE && strcmp((const char *)n->name, name) == 0;
}

static xmlNode *
child_named(const xmlNode *parent, const char *name)
{
    xmlNode *n = parent->children;

    while (n && !is_named(n, name))
        n = n->next;
    return n;
}

/* In the arena; NULL where there is none. */
static const char *
attribute_of(struct arena *a, const xmlNode *n, const char *name)
{
    xmlChar *text = xmlGetNoNsProp(n, (const xmlChar *)name);
    const char *kept = arena_str(a, (const char *)text);

    xmlFree(text);
    return kept;
}

static uint32_t
number_of(struct arena *a, const xmlNode *n, const char *name)
{
    const char *text = attribute_of(a, n, name);

    return text ? (uint32_t)strtoul(text, NULL, 10) : 0;
}

/* "AB7" */
static const char *
ref_parse(const char *p, uint32_t *column, uint32_t *row)
{
    char *end;

    for (*column = 0; *p >= 'A' && *p <= 'Z' && *column <= COLUMNS_MAX; p++)
        *column = *column * 26 + (uint32_t)(*p - 'A') + 1;
    *row = (uint32_t)strtoul(p, &end, 10);
    return end;
}

static void
attributes_put(struct arena *a, const xmlNode *n, const char *without, struct buf *out)
{
    for (const xmlAttr *p = n->properties; p; p = p->next) {
        const char *name = (const char *)p->name;
        xmlChar *text;

        if (!p->ns && strstr(without, arena_printf(a, " %s ", name)))
            continue;
        text = xmlNodeListGetString(n->doc, p->children, 1);
        buf_printf(out, " %s%s%s=\"", p->ns && p->ns->prefix ? (const char *)p->ns->prefix : "",
                   p->ns && p->ns->prefix ? ":" : "", name);
        markup_str(out, text ? (const char *)text : "");
        buf_str(out, "\"");
        xmlFree(text);
    }
}

static void
content_put(const xmlNode *n, struct buf *out)
{
    xmlBuffer *text = xmlBufferCreate();

    for (xmlNode *child = n->children; child; child = child->next)
        xmlNodeDump(text, n->doc, child, 0, 0);
    buf_put(out, xmlBufferContent(text), (size_t)xmlBufferLength(text));
    xmlBufferFree(text);
}

static const char *
text_of(struct buf *b, struct arena *a)
{
    const char *text = arena_strn(a, b->p ? b->p : "", b->n);

    buf_free(b);
    return text;
}

static void
cell_take(struct arena *a, const xmlNode *n, struct sheetw_cell *cell)
{
    struct buf b = {0};

    cell->style = attribute_of(a, n, "s");
    cell->slot = SHEETW_NO_SLOT;
    attributes_put(a, n, " r s ", &b);
    if (n->children) {
        buf_str(&b, ">");
        content_put(n, &b);
        buf_str(&b, "</c>");
    } else {
        buf_str(&b, "/>");
    }
    cell->rest = text_of(&b, a);
}

static void
row_take(struct arena *a, const xmlNode *n, struct sheetw_row *row)
{
    struct buf b = {0};
    uint32_t column = 0;

    attributes_put(a, n, " r spans ", &b);
    row->attributes = text_of(&b, a);
    for (const xmlNode *c = n->children; c; c = c->next) {
        const char *ref = is_named(c, "c") ? attribute_of(a, c, "r") : NULL;
        uint32_t ignored;

        if (!is_named(c, "c"))
            continue;
        if (ref)
            ref_parse(ref, &column, &ignored);
        else
            column++;
        row->cells = arena_grow(a, row->cells, sizeof *row->cells, row->count);
        row->cells[row->count].column = column;
        cell_take(a, c, &row->cells[row->count++]);
    }
}

static void
row_add(struct arena *a, struct sheetw_row **rows, uint32_t *count, struct sheetw_row row)
{
    *rows = arena_grow(a, *rows, sizeof **rows, *count);
    (*rows)[(*count)++] = row;
}

static void
rows_take(struct sheetw *s, struct arena *a, const xmlNode *data)
{
    uint32_t number = 0;

    for (const xmlNode *n = data->children; n; n = n->next) {
        uint32_t said = is_named(n, "row") ? number_of(a, n, "r") : 0;
        struct sheetw_row row = {.attributes = ""};

        if (!is_named(n, "row"))
            continue;
        row.number = number = said ? said : number + 1;
        row_take(a, n, &row);
        if (number < s->table.number)
            row_add(a, &s->above, &s->above_count, row);
        else if (number == s->table.number)
            s->table = row;
        else
            row_add(a, &s->below, &s->below_count, row);
    }
}

static rc_t
merges_take(struct sheetw *s, struct arena *a, const xmlNode *all, struct err *e)
{
    for (const xmlNode *n = all->children; n; n = n->next) {
        struct sheetw_merge m;
        const char *ref = is_named(n, "mergeCell") ? attribute_of(a, n, "ref") : NULL;
        const char *colon = ref ? ref_parse(ref, &m.column, &m.row) : NULL;

        if (!colon || *colon != ':')
            continue;
        ref_parse(colon + 1, &m.last_column, &m.last_row);
        if (m.row <= s->table.number && m.last_row >= s->table.number && m.row != m.last_row)
            return err_set(e, RC_FAIL, ERR_SCHEMA,
                           "%s: cells %s are merged across row %u, which is written once a row of "
                           "the table; part them",
                           s->file, ref, s->table.number);
        s->merges = arena_grow(a, s->merges, sizeof *s->merges, s->merge_count);
        s->merges[s->merge_count++] = m;
    }
    return RC_OK;
}

/* Of <cols>, as far as they say a style. */
static void
styles_take(struct sheetw *s, struct arena *a, const xmlNode *cols)
{
    s->column_styles = ARENA_ARRAY(a, const char *, COLUMNS_MAX);
    for (const xmlNode *n = cols->children; n; n = n->next) {
        const char *style = is_named(n, "col") ? attribute_of(a, n, "style") : NULL;
        uint32_t from = style ? number_of(a, n, "min") : 0, to = style ? number_of(a, n, "max") : 0;

        for (uint32_t i = from; style && i && i <= to && i <= COLUMNS_MAX; i++) {
            s->column_styles[i - 1] = style;
            if (s->style_count < i)
                s->style_count = i;
        }
    }
}

static void
remove_named(xmlNode *root, const char *name)
{
    xmlNode *n = child_named(root, name);

    if (!n)
        return;
    xmlUnlinkNode(n);
    xmlFreeNode(n);
}

/* The rest of the sheet as text, in three pieces. */
static rc_t
cut(struct sheetw *s, struct arena *a, xmlDoc *doc, xmlNode *data, struct err *e)
{
    static const char mark[] = "<!--" CUT "-->";
    xmlNode *root = xmlDocGetRootElement(doc), *merged = child_named(root, "mergeCells");
    xmlChar *text = NULL;
    const char *first, *second;
    int n = 0;

    xmlNodeSetContent(data, NULL);
    xmlAddChild(data, xmlNewComment((const xmlChar *)CUT));
    if (merged)
        xmlAddNextSibling(merged, xmlNewComment((const xmlChar *)CUT));
    else
        xmlAddNextSibling(data, xmlNewComment((const xmlChar *)CUT));
    remove_named(root, "mergeCells");
    remove_named(root, "dimension"); /* would be wrong; who reads it takes it for the truth */
    xmlDocDumpMemoryEnc(doc, &text, &n, "UTF-8");
    if (!text)
        BUG("out of memory");
    first = arena_strn(a, (const char *)text, (size_t)n);
    xmlFree(text);
    second = strstr(first, mark);
    if (!second || !strstr(second + 1, mark))
        return err_set(e, RC_FAIL, ERR_SCHEMA, "%s: the sheet has no rows", s->file);
    s->before = (struct span){first, (size_t)(second - first)};
    second += sizeof mark - 1;
    first = strstr(second, mark);
    s->after_rows = (struct span){second, (size_t)(first - second)};
    s->after = span_of(first + sizeof mark - 1);
    return RC_OK;
}

static rc_t
sheet_take(struct sheetw *s, struct arena *a, struct err *e)
{
    struct span xml = s->parts[s->sheet_part].bytes;
    xmlDoc *doc = xmlReadMemory(xml.p, (int)xml.n, NULL, NULL,
                                XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL, *found;
    rc_t rc = RC_OK;

    if (!root || xmlGetIntSubset(doc) || !is_named(root, "worksheet") ||
        !(found = child_named(root, "sheetData")))
        rc = err_set(e, RC_FAIL, ERR_SCHEMA, "%s: %s is no sheet", s->file,
                     s->parts[s->sheet_part].name);
    else if (root->ns && root->ns->prefix)
        rc = err_set(e, RC_FAIL, ERR_SCHEMA,
                     "%s: the sheet's XML has a prefix; save it once with a spreadsheet", s->file);
    else {
        rows_take(s, a, found);
        if (child_named(root, "cols"))
            styles_take(s, a, child_named(root, "cols"));
        if (child_named(root, "mergeCells"))
            rc = merges_take(s, a, child_named(root, "mergeCells"), e);
        if (rc == RC_OK)
            rc = cut(s, a, doc, found, e);
    }
    xmlFreeDoc(doc);
    return rc;
}

rc_t
sheetw_read(struct sheetw *s, struct arena *a, const char *file, const char *sheet,
            uint32_t first_row, struct err *e)
{
    rc_t rc;

    *s = (struct sheetw){
        .file = file, .table = {.number = first_row, .attributes = ""}
    };
    if ((rc = parts_read(s, a, e)) == RC_OK && (rc = sheet_find(s, a, sheet, e)) == RC_OK)
        rc = sheet_take(s, a, e);
    return rc;
}

/* One that is made. */

void
sheetw_make(struct sheetw *s, struct arena *a, const char *sheet, uint32_t frozen,
            const char **styles, uint32_t count, uint32_t first_row)
{
    const struct xlsxw_sheet frame = {.name = sheet, .example_note = ""};
    struct buf b = {0};
    const char *name;

    *s = (struct sheetw){
        .table = {.number = first_row, .attributes = ""},
        .column_styles = styles,
        .style_count = count,
        .after_rows = SPAN("</sheetData>"),
        .after = SPAN("</worksheet>")
    };
    s->parts = ARENA_ARRAY(a, struct sheetw_part, PARTS_MAX);
    while (xlsxw_frame(&frame, s->part_count, &name, &b)) {
        size_t n = b.n;

        s->parts[s->part_count].name = name;
        s->parts[s->part_count++].bytes = (struct span){text_of(&b, a), n};
    }
    s->sheet_part = s->part_count;
    s->parts[s->part_count++].name = XLSXW_SHEET;
    xlsxw_sheet_begin(&b, frozen, styles, count);
    s->before.n = b.n;
    s->before.p = text_of(&b, a);
}

/* Cells that are filled. */

static struct sheetw_cell *
cell_in(struct arena *a, struct sheetw_row *row, uint32_t column)
{
    uint32_t i = 0;

    while (i < row->count && row->cells[i].column < column)
        i++;
    if (i < row->count && row->cells[i].column == column)
        return &row->cells[i];
    row->cells = arena_grow(a, row->cells, sizeof *row->cells, row->count);
    memmove(row->cells + i + 1, row->cells + i, (row->count - i) * sizeof *row->cells);
    row->count++;
    row->cells[i] = (struct sheetw_cell){.column = column, .slot = SHEETW_NO_SLOT};
    return &row->cells[i];
}

static struct sheetw_row *
row_in(struct arena *a, struct sheetw_row **rows, uint32_t *count, uint32_t number)
{
    uint32_t i = 0;

    while (i < *count && (*rows)[i].number < number)
        i++;
    if (i < *count && (*rows)[i].number == number)
        return &(*rows)[i];
    *rows = arena_grow(a, *rows, sizeof **rows, *count);
    memmove(*rows + i + 1, *rows + i, (*count - i) * sizeof **rows);
    ++*count;
    (*rows)[i] = (struct sheetw_row){.number = number, .attributes = ""};
    return &(*rows)[i];
}

static const char *
column_style(const struct sheetw *s, uint32_t column)
{
    return column <= s->style_count ? s->column_styles[column - 1] : NULL;
}

void
sheetw_fill(struct sheetw *s, struct arena *a, uint32_t column, uint32_t row, uint32_t slot,
            const char *text, const char *style)
{
    struct sheetw_row *at = row < s->table.number ? row_in(a, &s->above, &s->above_count, row)
                                                  : row_in(a, &s->below, &s->below_count, row);
    struct sheetw_cell *cell = cell_in(a, at, column);

    if (!cell->style)
        cell->style = style ? style : column_style(s, column);
    cell->rest = NULL;
    cell->slot = slot;
    cell->text = text;
}

void
sheetw_column(struct sheetw *s, struct arena *a, uint32_t column, uint32_t slot)
{
    struct sheetw_cell *cell = cell_in(a, &s->table, column);

    if (!cell->style)
        cell->style = column_style(s, column);
    cell->rest = NULL;
    cell->slot = slot;
}

/* Merged cells. */

static void
merge_put(struct buf *out, const struct sheetw_merge *m, uint32_t down)
{
    buf_str(out, "<mergeCell ref=\"");
    xlsxw_ref(out, m->column - 1, m->row + down);
    buf_str(out, ":");
    xlsxw_ref(out, m->last_column - 1, m->last_row + down);
    buf_str(out, "\"/>");
}

/* What has gathered in b, if it is enough or the last. */
static rc_t
merges_send(struct buf *b, bool last, struct sink out, struct err *e)
{
    rc_t rc = b->n > MERGES_BLOCK || last ? out.write(out.ctx, b->p, b->n, e) : RC_OK;

    if (b->n > MERGES_BLOCK)
        b->n = 0;
    return rc;
}

rc_t
sheetw_merged(const struct sheetw *s, uint32_t rows, struct sink out, struct err *e)
{
    struct buf b = {0};
    uint64_t count = 0;
    rc_t rc = RC_OK;

    for (uint32_t i = 0; i < s->merge_count; i++)
        count += s->merges[i].row == s->table.number ? rows : 1;
    if (!count)
        return RC_OK;
    buf_printf(&b, "<mergeCells count=\"%llu\">", (unsigned long long)count);
    for (uint32_t i = 0; i < s->merge_count && rc == RC_OK; i++) {
        const struct sheetw_merge *m = &s->merges[i];
        const bool repeats = m->row == s->table.number;

        for (uint32_t n = 0; n < (repeats ? rows : 1) && rc == RC_OK; n++) {
            merge_put(&b, m, repeats ? n : m->row > s->table.number ? rows - 1 : 0);
            rc = merges_send(&b, false, out, e);
        }
    }
    buf_str(&b, "</mergeCells>");
    if (rc == RC_OK)
        rc = merges_send(&b, true, out, e);
    buf_free(&b);
    return rc;
}
