/* xsd_written.c - what a message is written as when it is not XML: lp:written and lp:cell. */
#include <stdlib.h>
#include <string.h>

#include "formats/xsd/xsd.h"

#define LAST_COLUMN 16384 /* of a sheet */
#define LAST_ROW    1048576
#define SUFFIX_MAX  8
#define SHEET_MAX   31 /* characters of a sheet's name, as spreadsheets have it */

/* Spreadsheets call a workbook damaged whose sheet has another. */
static bool
is_sheet_name(const char *name)
{
    size_t n = strlen(name);

    return n && span_chars(span_of(name)) <= SHEET_MAX && !strpbrk(name, "[]:*?/\\") &&
           *name != '\'' && name[n - 1] != '\'';
}

const char *
schema_sheet_name(struct arena *a, const char *title, const char *name)
{
    if (title && is_sheet_name(title))
        return title;
    return arena_strn(a, name, strnlen(name, SHEET_MAX));
}

/* One of the words of an attribute, which parts them by | for who reads the refusal; `standard` without it. */
static rc_t
word_of(struct compile *c, const xmlNode *at, const char *name, const char *words, int standard,
        int *which)
{
    const char *given = xsd_attribute(c, at, name), *p = words;

    *which = 0;
    if (!given) {
        *which = standard;
        return RC_OK;
    }
    for (size_t n; *p; p += n + (p[n] == '|'), ++*which) {
        n = strcspn(p, "|");
        if (strlen(given) == n && memcmp(p, given, n) == 0)
            return RC_OK;
    }
    return xsd_refuse(c, at, "%s=\"%s\" of lp:written; one of %s", name, given, words);
}

/* "AB7", or only the letters where `row` is NULL. */
static bool
position_parse(const char *text, uint32_t *column, uint32_t *row)
{
    uint32_t digits = 0;

    for (*column = 0; *text >= 'A' && *text <= 'Z' && *column <= LAST_COLUMN; text++)
        *column = *column * 26 + (uint32_t)(*text - 'A') + 1;
    if (*column == 0 || *column > LAST_COLUMN)
        return false;
    if (!row)
        return !*text;
    for (*row = 0; *text >= '0' && *text <= '9' && *row <= LAST_ROW; text++, digits++)
        *row = *row * 10 + (uint32_t)(*text - '0');
    return digits && !*text && *row > 0 && *row <= LAST_ROW;
}

rc_t
xsd_cell(struct compile *c, const xmlNode *at, struct plan_cell *cell)
{
    const char *place = xsd_attribute(c, at, "at"), *column = xsd_attribute(c, at, "column");

    if (!place == !column)
        return xsd_refuse(c, at, "lp:cell needs at=\"D3\" or column=\"D\", one of both");
    if (place && !position_parse(place, &cell->column, &cell->row))
        return xsd_refuse(c, at, "at=\"%s\" of lp:cell is no cell of a sheet; like D3", place);
    if (column && !position_parse(column, &cell->column, NULL))
        return xsd_refuse(c, at, "column=\"%s\" of lp:cell is no column of a sheet; like D",
                          column);
    return RC_OK;
}

/* Only what that kind of file has may be said: elsewhere it would be thought to be so, and is not. */
static rc_t
only_for(struct compile *c, const xmlNode *at, const char *as, const char *names)
{
    for (const xmlAttr *p = at->properties; p; p = p->next)
        if (!xsd_word_in(names, (const char *)p->name))
            return xsd_refuse(c, at, "%s of lp:written says nothing where it is as=\"%s\"",
                              (const char *)p->name, as);
    return RC_OK;
}

static rc_t
delimiter_of(struct compile *c, const xmlNode *at, bool tsv, char *delimiter)
{
    const char *given = xsd_attribute(c, at, "delimiter");

    *delimiter = tsv ? '\t' : ',';
    if (!given)
        return RC_OK;
    if (strlen(given) != 1 || !strchr(",;|^", *given))
        return xsd_refuse(c, at, "delimiter=\"%s\" of lp:written; one of , ; | ^, or as=\"tsv\"",
                          given);
    *delimiter = *given;
    return RC_OK;
}

static rc_t
suffix_of(struct compile *c, const xmlNode *at, const char *as, const char **suffix)
{
    const char *given = xsd_attribute(c, at, "suffix");
    size_t n = given ? strlen(given) : 0;

    *suffix = as;
    if (!given)
        return RC_OK;
    if (n == 0 || n > SUFFIX_MAX ||
        strspn(given, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != n)
        return xsd_refuse(c, at, "suffix=\"%s\" of lp:written; 1 to %d letters and digits", given,
                          SUFFIX_MAX);
    *suffix = arena_str(c->a, given);
    return RC_OK;
}

static rc_t
charset_of(struct compile *c, const xmlNode *at, struct plan_written *w)
{
    int charset, bom;
    rc_t rc;

    if ((rc = word_of(c, at, "charset", "UTF-8|GB18030|GBK", WRITTEN_UTF8, &charset)) != RC_OK ||
        (rc = word_of(c, at, "bom", "no|yes", 0, &bom)) != RC_OK)
        return rc;
    w->charset = (enum written_charset)charset;
    w->bom = bom == 1;
    if (w->bom && w->charset != WRITTEN_UTF8)
        return xsd_refuse(c, at, "bom=\"yes\" of lp:written belongs to charset=\"UTF-8\" alone");
    return RC_OK;
}

static rc_t
text_written(struct compile *c, const xmlNode *at, bool tsv, struct plan_written *w)
{
    int quote, line_end;
    rc_t rc;

    w->as = WRITTEN_TEXT;
    if ((rc = only_for(c, at, tsv ? "tsv" : "csv",
                       tsv ? "as bom charset head header line-end quote suffix"
                           : "as bom charset delimiter head header line-end quote suffix")) !=
            RC_OK ||
        (rc = charset_of(c, at, w)) != RC_OK ||
        (rc = word_of(c, at, "quote", "needed|always|never", tsv ? WRITTEN_NEVER : WRITTEN_NEEDED,
                      &quote)) != RC_OK ||
        (rc = word_of(c, at, "line-end", "CRLF|LF", 0, &line_end)) != RC_OK ||
        (rc = delimiter_of(c, at, tsv, &w->delimiter)) != RC_OK)
        return rc;
    w->quote = (enum written_quote)quote;
    w->line_end = line_end ? "\n" : "\r\n";
    return RC_OK;
}

/* The workbook lies beside the XSD, as what an XSD includes does. */
static rc_t
workbook_of(struct compile *c, const xmlNode *at, const char **workbook)
{
    const char *given = xsd_attribute(c, at, "template"), *file = c->plan->file;
    const char *slash = strrchr(file, '/');

    if (!given)
        return RC_OK;
    if (!*given || strchr(given, '/') || *given == '.')
        return xsd_refuse(c, at, "template=\"%s\" of lp:written; the name of a file beside the XSD",
                          given);
    *workbook = arena_printf(c->a, "%.*s%s", slash ? (int)(slash - file) + 1 : 0, file, given);
    return RC_OK;
}

static rc_t
workbook_written(struct compile *c, const xmlNode *at, struct plan_written *w)
{
    const char *start = xsd_attribute(c, at, "start"), *sheet = xsd_attribute(c, at, "sheet");
    rc_t rc;

    w->as = WRITTEN_XLSX;
    w->start = (struct plan_cell){1, 1};
    if ((rc = only_for(c, at, "xlsx", "as head header sheet start suffix template")) != RC_OK ||
        (rc = workbook_of(c, at, &w->workbook)) != RC_OK)
        return rc;
    if (w->workbook && !start)
        return xsd_refuse(c, at,
                          "lp:written with a template needs start=\"A6\", where its table begins");
    if (start && !position_parse(start, &w->start.column, &w->start.row))
        return xsd_refuse(c, at, "start=\"%s\" of lp:written is no cell of a sheet; like A6",
                          start);
    if (sheet && !is_sheet_name(sheet))
        return xsd_refuse(c, at, "sheet=\"%s\" of lp:written is no name of a sheet", sheet);
    w->sheet = arena_str(c->a, sheet);
    if (w->head == WRITTEN_LINE)
        return xsd_refuse(c, at,
                          "head=\"line\" of lp:written belongs to text; in a workbook "
                          "lp:cell says where each value stands");
    return RC_OK;
}

rc_t
xsd_written(struct compile *c, const xmlNode *at, struct plan_written *w)
{
    enum { XML, CSV, TSV, XLSX };
    static const char *const names[] = {"xml", "csv", "tsv", "xlsx"};
    const bool filled = xsd_attribute(c, at, "template") != NULL;
    int as, header, head;
    rc_t rc;

    if (!xsd_attribute(c, at, "as"))
        return xsd_refuse(c, at, "lp:written needs as=\"xml\", \"csv\", \"tsv\" or \"xlsx\"");
    if (w->line_end)
        return xsd_refuse(c, at, "a second lp:written; take one out");
    if ((rc = word_of(c, at, "as", "xml|csv|tsv|xlsx", XML, &as)) != RC_OK ||
        /* a template brings its titles */
        (rc = word_of(c, at, "header", "names|titles|none",
                      filled ? WRITTEN_NO_HEADER : WRITTEN_NAMES, &header)) != RC_OK ||
        (rc = word_of(c, at, "head", "columns|line|none", WRITTEN_COLUMNS, &head)) != RC_OK)
        return rc;
    w->header = (enum written_header)header;
    w->head = (enum written_head)head;
    w->line_end = "\n";
    if (as == XML)
        rc = (rc = only_for(c, at, "xml", "as bom charset suffix")) == RC_OK ? charset_of(c, at, w)
                                                                             : rc;
    else
        rc = as == XLSX ? workbook_written(c, at, w) : text_written(c, at, as == TSV, w);
    return rc == RC_OK ? suffix_of(c, at, names[as], &w->suffix) : rc;
}

static rc_t
cells_fit(struct compile *c, const struct plan_node *n)
{
    rc_t rc = RC_OK;

    if (n->cell.column && c->plan->written.as != WRITTEN_XLSX)
        return xsd_refuse(c, c->root, "lp:cell of %s belongs to lp:written as=\"xlsx\"", n->name);
    for (uint32_t i = 0; i < n->child_count && rc == RC_OK; i++)
        rc = cells_fit(c, n->children[i]);
    return rc;
}

rc_t
xsd_written_whole(struct compile *c)
{
    struct plan_written *w = &c->plan->written;

    if (!w->suffix)
        w->suffix = "xml";
    if (w->line_end && c->plan->feed)
        return xsd_refuse(c, c->root, "lp:written belongs to messages; %s is a feed",
                          c->plan->feed);
    return cells_fit(c, c->plan->root);
}
