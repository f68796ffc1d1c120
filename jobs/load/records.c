/*
 * records.c - where the rows of an upload begin, and each as fields, whatever its form.
 *
 * Text, workbook and XML behind one face. Most of it is the question what the header is: people put titles above it, several sheets
 * beside it, notes below it. A header that is guessed wrongly would read one column as another without a fault, so a row is one only
 * if the file says so itself: by names that a feed or a mapping knows, and more of them than any other row. Where none is, the first
 * row is the header, and what is wrong with it is told.
 */
#include "load/records.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "formats/read/charset.h"
#include "formats/read/csv.h"
#include "formats/read/envelope.h"
#include "formats/read/header.h"
#include "load/feeds.h"
#include "spool/fsio.h"
#include "spool/unpack.h"

#define HEADER_BELOW 50 /* rows of titles above a header, at most */

#define BESIDE_MAX                                                                                 \
    20 /* values of a row in columns without a name that are told, of a later sheet */

/* What stands in a sheet: the row of its first rows that fits a feed best. */
struct look {
    uint64_t line;
    struct span *names;
    uint32_t count;
    int plan; /* -1: none is a header */
    uint32_t misfit, known;
    const struct mapping *mapping; /* whose titles these are; NULL: a feed's own */
    bool hidden;
    /* of any feed, whatever the file's name says: the header that knows most; -1: there is none */
    int other;
    uint32_t other_known;
    bool below; /* something stands below that */
};

struct records {
    const struct rows_task *task;
    struct rows_facts *facts;
    struct arena *arena, *scratch;
    struct unpack *upload, *part; /* part: of a workbook */
    struct csv *csv;
    enum charset charset; /* of the text */
    struct xlsx *xlsx;
    const struct plan *around; /* what the XML lies in; NULL: nothing */
    struct envelope *envelope;
    struct xmlr *xml;
    uint64_t last_line; /* of an XML row */
    bool shared;        /* rows share lines */
    uint32_t sheet;
    const struct mapping **mappings; /* that may be meant, ends with NULL */
    const struct mapping *mapping;   /* that is; NULL: none */
    bool partly;                     /* with a header that lacks titles */
    struct buf start;                /* of a text, where there are mappings; */
    char delimiter;                  /* and where its header is by the mapping */
    uint64_t header_line;
    struct record *above; /* what stands above the header at hand */
    uint32_t above_count, above_room;
    struct arena *above_arena;
    int named;          /* the feed by the task or the file's name, or -1 */
    int outer;          /* by the name of the archive it lies in, or -1 */
    int plan;           /* of a workbook, by its header */
    struct look *looks; /* of its sheets */
    uint32_t known;     /* columns that the best of them knows */
    const char *hidden; /* names of sheets */
    struct blob book;   /* where its parts are read from */
    /* of the first sheet's header, behind them those that only later ones have; where each is found in the
     * present sheet */
    struct span *names;
    uint32_t count;
    int *from; /* NULL: the first sheet, where no later one has more */
    struct span *moved;
    struct xlsx_fault *moved_faults;
    struct header here;        /* with from: the present sheet's */
    struct xmlr_fault *beside; /* what stands in its columns without a name */
};

/* How badly a header fits a feed: required columns that are not there; of two feeds alike, a variant
 * is the worse. */
static uint32_t
misfit(const struct records *r, int plan, const struct record *h)
{
    const struct plan *p = r->task->feeds->plans[plan];
    struct header map;
    uint32_t n = strcmp(p->feed, p->rows) != 0;

    header_map(&map, r->scratch, p, r->task->aliases, h->fields, h->count);
    for (uint32_t i = 0; i < map.fault_count; i++)
        n += map.faults[i].code == ERR_COLUMN_MISSING ? 2 : 0;
    return n;
}

/* The feed whose header this is, of that one alone or (-1) of all; -1: nobody's. */
static int
header_of(struct records *r, const struct record *h, int only)
{
    const struct rows_task *t = r->task;
    uint32_t best = 0, named = 0;
    int plan = -1;

    for (uint32_t i = 0; i < h->count; i++)
        named += span_trim(h->fields[i]).n > 0;
    for (uint32_t i = 0; i < t->feeds->count; i++) {
        uint32_t known =
            header_known(r->scratch, t->feeds->plans[i], t->aliases, h->fields, h->count);

        if (known < best || known == 0 || known * 2 < named || (only >= 0 && only != (int)i))
            continue;
        if (known > best || misfit(r, (int)i, h) < misfit(r, plan, h))
            plan = (int)i;
        best = known;
    }
    arena_reset(r->scratch);
    return plan;
}

static int
header_feed(struct records *r, const struct record *h)
{
    return header_of(r, h, r->named);
}

int
records_plan(struct records *r, const struct record *h)
{
    int plan = r->mapping ? (int)r->mapping->plan_at : r->named >= 0 ? r->named : header_feed(r, h);

    return plan >= 0 ? plan : r->outer;
}

static void
name_feed(struct records *r, const char *entry)
{
    const struct rows_task *t = r->task;
    const char *slash = strrchr(entry, '/');
    int upload = feeds_of_name(t->feeds, t->partner, t->upload);

    r->named = t->plan;
    r->outer = -1;
    if (r->named < 0 && *entry) {
        r->named = feeds_of_name(t->feeds, t->partner, slash ? slash + 1 : entry);
        r->outer = upload;
    } else if (r->named < 0) {
        r->named = upload;
    }
}

static rc_t
open_item(struct records *r, struct unpack **upload, struct blob spill, struct unpack_item *item,
          struct err *e)
{
    const struct rows_task *t = r->task;
    const struct unpack_limit limit = {.spill = spill};

    return unpack_open_nth(upload, t->file, t->upload, t->item > 0 ? (uint32_t)t->item : 0, &limit,
                           item, e);
}

void
records_text(const struct record *rec, struct buf *out)
{
    if (rec->raw.p) {
        buf_put(out, rec->raw.p, rec->raw.n);
        return;
    }
    for (uint32_t i = 0; i < rec->count; i++) {
        if (i)
            buf_put(out, ",", 1);
        csv_put(out, rec->fields[i], ',');
    }
}

/* ---- mappings ---- */

#define START_MAX  ((size_t)256 << 10) /* of a text, in which its header must be */
#define ABOVE_MAX  500                 /* records above a header that are kept, */
#define ABOVE_WIDE 64                  /* with so many fields */

/* Those of the partner's that are for files of its name. One that cannot be used holds what might be its. */
static rc_t
choose_mappings(struct records *r, const char *entry, struct err *e)
{
    const struct rows_task *t = r->task;
    const char *slash = strrchr(entry, '/'), *name = slash ? slash + 1 : *entry ? entry : t->upload;
    uint32_t count = 0, n = 0;

    while (t->mappings && t->mappings[count])
        count++;
    r->mappings = ARENA_ARRAY(r->arena, const struct mapping *, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        const struct mapping *m = feeds_mapping(t->feeds, t->mappings[i]);

        if (!m)
            return err_set(e, RC_REJECT, ERR_MAPPING, "%s", t->mappings[i]);
        if (!mapping_takes(m, name))
            continue;
        if (m->broken)
            return err_set(e, RC_REJECT, ERR_MAPPING, "%s", m->name);
        r->mappings[n++] = m;
    }
    return RC_OK;
}

/* The mapping whose header this is. Where no row has all titles of one, a row with most of them will do: what
 * it lacks is told then. */
static const struct mapping *
mapping_of(struct records *r, const struct record *h)
{
    const struct mapping *best = NULL;
    uint32_t most = 0;

    for (const struct mapping **m = r->mappings; *m; m++) {
        uint32_t known;
        bool fits = mapping_fits(*m, r->scratch, h->fields, h->count, &known);

        if ((fits || (r->partly && known * 2 > (*m)->title_count)) && known > most) {
            best = *m;
            most = known;
        }
    }
    arena_reset(r->scratch);
    return best && r->partly && header_of(r, h, -1) >= 0 ? NULL : best;
}

static uint32_t
rows_within(const struct records *r)
{
    uint32_t most = HEADER_BELOW;

    for (const struct mapping **m = r->mappings; *m; m++)
        most = (*m)->within > most ? (*m)->within : most;
    return most;
}

static rc_t
look_for_titles(struct records *r, char delimiter, struct err *e)
{
    struct stream_mem m = {.p = r->start.p, .n = r->start.n};
    const struct csv_form form = {.charset = r->charset, .delimiter = delimiter};
    struct csv_record c;
    struct csv *csv = NULL;
    rc_t rc = csv_open(&csv, source_mem(&m), &form, e);

    for (uint32_t i = 0; rc == RC_OK && !r->mapping && i < rows_within(r); i++)
        if ((rc = csv_next(csv, &c, e)) == RC_OK) {
            r->mapping = mapping_of(r, &(struct record){.fields = c.fields, .count = c.count});
            r->header_line = c.line;
            r->delimiter = r->mapping ? delimiter : 0; /* 0: the file's own header tells */
        } else if (rc == RC_REJECT) {                  /* of this record alone */
            rc = RC_OK;
        }
    csv_close(&csv);
    return rc == RC_END ? RC_OK : rc;
}

/* Lines above a table say nothing of its delimiter: the titles do. */
static rc_t
find_titles(struct records *r, struct err *e)
{
    static const char delimiters[] = {',', '\t', ';', '|'};
    rc_t rc = RC_OK;

    for (int partly = 0; *r->mappings && partly <= 1; partly++) {
        r->partly = partly;
        for (size_t i = 0; rc == RC_OK && !r->mapping && i < sizeof delimiters; i++)
            rc = look_for_titles(r, delimiters[i], e);
    }
    return rc;
}

static void
forget_above(struct records *r)
{
    if (r->above_arena)
        arena_reset(r->above_arena);
    r->above = NULL;
    r->above_count = r->above_room = 0;
}

static void
keep_above(struct records *r, const struct record *rec, rc_t rc)
{
    struct record *kept;
    struct span *fields;

    if (r->above_count == ABOVE_MAX)
        return;
    if (!r->above_arena)
        r->above_arena = arena_new("above");
    if (!r->above)
        r->above = ARENA_ARRAY(r->above_arena, struct record, ABOVE_MAX);
    kept = &r->above[r->above_count++];
    *kept = (struct record){.line = rec->line};
    kept->raw = rec->raw.p ? span_of(arena_span(r->above_arena, rec->raw)) : rec->raw;
    kept->raw.n = rec->raw.n; /* it may have NULs in it */
    kept->count = rc == RC_OK ? rec->count < ABOVE_WIDE ? rec->count : ABOVE_WIDE : 0;
    fields = ARENA_ARRAY(r->above_arena, struct span, kept->count + 1);
    for (uint32_t i = 0; i < kept->count; i++)
        fields[i] = span_of(arena_span(r->above_arena, rec->fields[i]));
    kept->fields = fields;
}

/* Columns that are looked for in a header, and where: those of the mapping or of the feed. */
static uint32_t
slots_of(const struct records *r)
{
    return r->mapping ? r->mapping->title_count : r->task->feeds->plans[r->plan]->root->child_count;
}

static void
place_names(const struct records *r, struct header *h, struct arena *a, const struct span *names,
            uint32_t count)
{
    if (r->mapping)
        header_place(h, a, &r->mapping->slots, names, count);
    else
        header_map(h, a, r->task->feeds->plans[r->plan], r->task->aliases, names, count);
}

const struct mapping *
records_mapping(const struct records *r)
{
    return r->mapping;
}

const char *
records_wanted(const struct records *r, struct arena *a)
{
    return *r->mappings ? mapping_titles(*r->mappings, a) : NULL;
}

uint32_t
records_above(const struct records *r, const struct record **above)
{
    *above = r->above;
    return r->above_count;
}

/* ---- delimited text ---- */

/* The beginning is kept where a header is looked for in it. */
static void
keep_start(struct records *r, const void *p, size_t n)
{
    size_t room = START_MAX - r->start.n;

    if (*r->mappings)
        buf_put(&r->start, p, n < room ? n : room);
}

/* To the end of the file: its last name may be the first one that is not UTF-8, and whoever decides earlier has loaded half of it in the
 * wrong charset by then. XML says itself. */
static rc_t
sniff(struct records *r, bool *xml, struct err *e)
{
    struct charset_sniff s = {0};
    char block[65536];
    struct source in = unpack_source(r->upload);
    enum charset found;
    size_t n;
    rc_t rc = in.read(in.ctx, block, sizeof block, &n, e);

    *xml = rc == RC_OK && xmlr_is_xml((struct span){block, n});
    if (*xml) {
        const struct feeds *f = r->task->feeds;

        r->around = envelope_of((struct span){block, n}, f->envelopes, f->envelope_count);
        return rc;
    }
    while (rc == RC_OK && n) {
        charset_feed(&s, block, n);
        keep_start(r, block, n);
        rc = in.read(in.ctx, block, sizeof block, &n, e);
    }
    if (rc != RC_OK)
        return rc;
    if (!charset_decide(&s, r->task->charset, &found))
        return err_set(e, RC_REJECT, ERR_CHARSET, "UTF-16 without a byte order mark");
    r->facts->bom = s.bom == found;
    snprintf(r->facts->charset, sizeof r->facts->charset, "%s", charset_name(found));
    return RC_OK;
}

/* Answers as spreadsheets open them. */
static void
table_facts(struct rows_facts *facts)
{
    facts->bom = true;
    facts->delimiter = ',';
    snprintf(facts->charset, sizeof facts->charset, "%s", charset_name(CHARSET_UTF8));
    snprintf(facts->line_end, sizeof facts->line_end, "\r\n");
}

static rc_t
open_xml(struct records *r, struct err *e)
{
    const struct feeds *f = r->task->feeds;
    struct source in = unpack_source(r->upload);

    table_facts(r->facts);
    if (r->around) {
        r->envelope = envelope_open(in, r->around);
        in = envelope_source(r->envelope);
    }
    return xmlr_open(&r->xml, in, f->forms, f->form_count,
                     &(struct xmlr_limit){.aliases = r->task->aliases}, e);
}

/* The charset is told from the whole file, which is then read again. */
static rc_t
open_text(struct records *r, struct err *e)
{
    struct csv_form form = {0};
    struct unpack_item item;
    bool xml;
    rc_t rc = sniff(r, &xml, e);

    if (rc != RC_OK)
        return rc;
    unpack_close(&r->upload);
    if ((rc = open_item(r, &r->upload, r->task->spills[ROWS_NEST], &item, e)) != RC_OK)
        return rc;
    if (xml)
        return open_xml(r, e);
    charset_parse(&form.charset, r->facts->charset);
    r->charset = form.charset;
    r->facts->text = true;
    if ((rc = find_titles(r, e)) != RC_OK)
        return rc;
    form.delimiter = r->delimiter;
    return csv_open(&r->csv, unpack_source(r->upload), &form, e);
}

/* ---- how its rows end ---- */

#define BLOCK_ROWS 16 /* of a spreadsheet that writes delimited text */

/* What was seen of the rows below the header so far. */
struct row_ends {
    uint32_t width;       /* of the header */
    uint64_t block;       /* the one at hand */
    uint32_t block_count; /* fields of each of its rows */
    uint32_t count;       /* of each row so far, 0: there was none */
    uint64_t rows;
    bool early, late;
};

/* A blank behind a comma is a sentence's: the comma may be no delimiter. */
static bool
begins_blank(const struct csv_record *c)
{
    for (uint32_t i = 1; i < c->count; i++)
        if (c->fields[i].n > 1 && *c->fields[i].p == ' ' && span_trim(c->fields[i]).n)
            return true;
    return false;
}

static void
see_row(struct row_ends *s, const struct csv_record *c, uint64_t row)
{
    uint64_t block = (row - 1) / BLOCK_ROWS;

    s->early &= c->count <= s->width && (block != s->block || c->count == s->block_count);
    s->late &= c->count > s->width && (!s->rows || c->count == s->count) && !begins_blank(c);
    for (uint32_t i = s->width; s->late && i < c->count; i++)
        s->late = !span_trim(c->fields[i]).n;
    s->block = block;
    s->block_count = s->count = c->count;
    s->rows++;
}

static uint64_t
line_ends_in(struct span raw)
{
    uint64_t n = 0;

    for (size_t i = 0; i < raw.n; i++)
        n += raw.p[i] == '\n';
    return n;
}

/* Lines of one value count as one row of the sheet. */
static rc_t
see_rows(struct row_ends *s, struct csv *csv, uint64_t header_line, struct err *e)
{
    struct csv_record c;
    uint64_t more = 0;
    rc_t rc;

    while ((rc = csv_next(csv, &c, e)) == RC_OK || rc == RC_REJECT) {
        if (c.line == header_line)
            *s = (struct row_ends){.width = s->width,
                                   .block = (c.line - more - 1) / BLOCK_ROWS,
                                   .block_count = s->width,
                                   .early = true,
                                   .late = true};
        else if (c.line > header_line && rc == RC_OK)
            see_row(s, &c, c.line - more);
        more += line_ends_in(c.raw);
        if (s->rows && !s->early && !s->late)
            return RC_END;
    }
    return rc;
}

rc_t
records_ends(struct records *r, uint64_t header_line, uint32_t width, enum records_ends *ends,
             struct err *e)
{
    struct csv_form form = {.charset = r->charset};
    struct row_ends seen = {.width = width};
    struct unpack *upload = NULL;
    struct unpack_item item;
    struct csv *csv = NULL;
    rc_t rc;

    *ends = ENDS_ODD;
    if (!r->csv)
        return RC_OK;
    form.delimiter = csv_delimiter(r->csv);
    if ((rc = open_item(r, &upload, BLOB_NONE, &item, e)) == RC_OK &&
        (rc = csv_open(&csv, unpack_source(upload), &form, e)) == RC_OK)
        rc = see_rows(&seen, csv, header_line, e);
    csv_close(&csv);
    unpack_close(&upload);
    if (rc != RC_END)
        return rc;
    if (seen.early)
        *ends = ENDS_EARLY;
    else if (seen.late && seen.rows > 1)
        *ends = ENDS_LATE;
    return RC_OK;
}

static rc_t
next_csv(struct records *r, struct record *rec, struct err *e)
{
    struct csv_record c;
    rc_t rc = csv_next(r->csv, &c, e);

    if (rc == RC_OK || rc == RC_REJECT)
        *rec = (struct record){.line = c.line,
                               .raw = c.raw,
                               .fields = c.fields,
                               .count = c.count,
                               .bad = c.bad,
                               .bad_field = c.bad_field,
                               .bad_offset = c.bad_offset,
                               .open_end = c.open_end};
    return rc;
}

/* "sep=;" above the header tells spreadsheet programs the delimiter; so do the header's own. */
static bool
is_hint(const struct record *rec)
{
    return rec->count == 2 && !rec->fields[1].n && rec->fields[0].n == 4 &&
           strncasecmp(rec->fields[0].p, "sep=", 4) == 0;
}

static bool
is_header(struct records *r, const struct record *rec)
{
    const struct rows_task *t = r->task;
    bool known;

    if (r->named < 0)
        return header_feed(r, rec) >= 0;
    known = header_known(r->scratch, t->feeds->plans[r->named], t->aliases, rec->fields,
                         rec->count) > 0;
    arena_reset(r->scratch);
    return known;
}

/* The header below titles; without one what stands above all is the header, and its faults are told. */
static rc_t
below_titles(struct records *r, struct record *h, struct err *e)
{
    struct span *fields = ARENA_ARRAY(r->arena, struct span, h->count);
    struct record first = *h;

    for (uint32_t i = 0; i < first.count; i++)
        fields[i] = span_of(arena_span(r->arena, first.fields[i]));
    first.fields = fields;
    first.raw = span_of(arena_span(r->arena, first.raw));
    for (int i = 0; i < HEADER_BELOW; i++) {
        rc_t rc = next_csv(r, h, e);

        if (rc == RC_OK && header_feed(r, h) >= 0)
            return RC_OK;
        if (rc != RC_OK && rc != RC_REJECT)
            break;
    }
    *h = first;
    return RC_OK;
}

/* Of a mapping; what stands above is kept. */
static rc_t
mapped_header(struct records *r, struct record *h, struct err *e)
{
    rc_t rc;

    while ((rc = next_csv(r, h, e)) == RC_OK || rc == RC_REJECT) {
        if (h->line == r->header_line)
            return rc;
        keep_above(r, h, rc);
    }
    return rc;
}

static rc_t
feeds_header(struct records *r, struct record *h, struct err *e)
{
    rc_t rc = next_csv(r, h, e);

    if (rc == RC_OK && is_hint(h))
        rc = next_csv(r, h, e);
    if (rc == RC_OK && !is_header(r, h))
        rc = below_titles(r, h, e);
    return rc;
}

static rc_t
header_csv(struct records *r, struct record *h, struct err *e)
{
    rc_t rc = r->mapping ? mapped_header(r, h, e) : feeds_header(r, h, e);

    r->facts->delimiter = rc == RC_OK ? csv_delimiter(r->csv) : ',';
    snprintf(r->facts->line_end, sizeof r->facts->line_end, "%s", csv_line_end(r->csv));
    return rc;
}

/* ---- workbooks ---- */

static rc_t
open_part(void *ctx, const char *name, struct source *in, struct err *e)
{
    struct records *r = ctx;
    rc_t rc = unpack_part(&r->part, r->book, name, e);

    if (rc == RC_OK)
        *in = unpack_source(r->part);
    return rc;
}

static void
close_part(void *ctx)
{
    unpack_close(&((struct records *)ctx)->part);
}

/* Out of its archive, since its parts are read in no order. */
static rc_t
unpack_book(struct records *r, struct err *e)
{
    struct source in = unpack_source(r->upload);
    uint64_t bytes = 0;
    char block[65536];
    size_t n;
    rc_t rc;

    r->book = r->task->spills[ROWS_BOOK];
    if (r->book.fd < 0)
        return err_set(e, RC_RETRY, ERR_SYSTEM, "no room for a workbook out of its archive");
    if ((rc = blob_empty(&r->book, e)) != RC_OK)
        return rc;
    while ((rc = in.read(in.ctx, block, sizeof block, &n, e)) == RC_OK && n) {
        if ((rc = blob_write(&r->book, block, n, e)) != RC_OK)
            return rc;
        if ((bytes += n) > BOOK_MAX)
            return err_set(e, RC_REJECT, ERR_TOO_BIG, "a workbook of more than %lu bytes",
                           BOOK_MAX);
    }
    return rc;
}

static rc_t
open_xlsx(struct records *r, struct err *e)
{
    struct xlsx_form form = {.spill = r->task->spills[ROWS_SPILL]};
    rc_t rc = unpack_is_archive(r->upload) ? unpack_book(r, e) : RC_OK;

    if (rc != RC_OK)
        return rc;
    unpack_close(&r->upload);
    table_facts(r->facts);
    r->facts->book = true;
    if ((rc = unpack_check_package(r->book, e)) != RC_OK)
        return rc;
    return xlsx_open(&r->xlsx, &(struct xlsx_parts){r, open_part, close_part}, &form, e);
}

static rc_t
sheet_row(struct records *r, struct record *rec, struct err *e)
{
    struct xlsx_record x;
    rc_t rc = xlsx_next(r->xlsx, &x, e);

    if (rc != RC_OK && rc != RC_REJECT)
        return rc;
    *rec = (struct record){.line = x.line + (r->sheet > 1 ? (uint64_t)r->sheet * SHEET_LINES : 0),
                           .fields = x.fields,
                           .count = x.count,
                           .hidden = x.hidden,
                           .part = r->sheet};
    if (rc == RC_REJECT && x.bad == ERR_TOO_BIG) { /* it has no fields */
        rec->bad = x.bad;
        rec->bad_field = x.bad_field;
        return rc;
    }
    rec->faults = x.faults;
    rec->fault_count = rc == RC_REJECT ? x.fault_count : 0;
    return RC_OK;
}

#define OTHER_KNOWN 4 /* columns that a sheet of another feed has of it, at least */

/* A header of whatever feed, and whether rows follow it: a list of columns alone is a note. */
static void
look_for_other(struct records *r, struct look *look, const struct record *h)
{
    int plan = header_of(r, h, -1);
    uint32_t known;

    if (look->other >= 0)
        for (uint32_t i = 0; i < h->count; i++)
            look->below |= span_trim(h->fields[i]).n > 0;
    if (plan < 0)
        return;
    known = header_known(r->scratch, r->task->feeds->plans[plan], r->task->aliases, h->fields,
                         h->count);
    if (known >= OTHER_KNOWN && known > look->other_known) {
        look->other = plan;
        look->other_known = known;
        look->below = false;
    }
    arena_reset(r->scratch);
}

/* With room for as many more. */
static struct span *
keep_names(struct records *r, const struct record *h, uint32_t more)
{
    struct span *names = ARENA_ARRAY(r->arena, struct span, (size_t)h->count + more);

    for (uint32_t i = 0; i < h->count; i++)
        names[i] = span_of(arena_span(r->arena, h->fields[i]));
    return names;
}

/* The titles of a mapping, before which no header of a feed counts. */
static bool
look_for_mapping(struct records *r, struct look *look, const struct record *h)
{
    const struct mapping *m = mapping_of(r, h);

    if (!m)
        return false;
    look->line = h->line;
    look->names = keep_names(r, h, 0);
    look->count = h->count;
    look->plan = (int)m->plan_at;
    look->mapping = m;
    look->misfit = 0;
    (void)mapping_fits(m, r->scratch, h->fields, h->count, &look->known);
    arena_reset(r->scratch);
    return true;
}

/* The first rows of the present sheet. Not the first row that knows something but the one that fits best: a note about the columns may stand
 * above them. A mapping's titles are looked for first, since the partner has said that its files have them. */
static rc_t
look_at_sheet(struct records *r, struct look *look, struct err *e)
{
    rc_t rc = RC_OK;

    *look = (struct look){.plan = -1, .other = -1, .hidden = xlsx_hidden(r->xlsx)};
    for (uint32_t i = 0; i < rows_within(r); i++) {
        struct record h;
        uint32_t bad;
        int plan;

        if ((rc = sheet_row(r, &h, e)) == RC_REJECT)
            continue;
        if (rc != RC_OK)
            break;
        if (look_for_mapping(r, look, &h))
            return RC_OK;
        look_for_other(r, look, &h);
        if ((plan = header_feed(r, &h)) < 0)
            continue;
        bad = misfit(r, plan, &h);
        if (look->plan < 0 || bad < look->misfit) {
            look->line = h.line;
            look->names = keep_names(r, &h, 0);
            look->count = h.count;
            look->plan = plan;
            look->misfit = bad;
            look->known = header_known(r->scratch, r->task->feeds->plans[plan], r->task->aliases,
                                       h.fields, h.count);
        }
        arena_reset(r->scratch);
    }
    return rc == RC_END || rc == RC_REJECT ? RC_OK : rc;
}

/* A header of the workbook's feed? One that knows far less than the best is a note about it. */
static bool
has_rows(const struct records *r, const struct look *look)
{
    return look->plan >= 0 && look->plan == r->plan && look->mapping == r->mapping &&
           look->known * 2 >= r->known;
}

static void
note_hidden(struct records *r, uint32_t count)
{
    struct buf names = {0};

    for (uint32_t i = 0; i < count; i++)
        if (r->looks[i].hidden && has_rows(r, &r->looks[i]))
            buf_printf(&names, "%s%s", names.n ? ", " : "", xlsx_sheet_name(r->xlsx, i));
    if (names.n)
        r->hidden = arena_span(r->arena, (struct span){names.p, names.n});
    buf_free(&names);
}

static bool
is_passed(const struct records *r, const struct look *look)
{
    return !look->hidden && look->below && look->other != r->plan && !has_rows(r, look);
}

uint32_t
records_passed(const struct records *r)
{
    uint32_t n = 0;

    for (uint32_t i = 0; r->looks && i < xlsx_sheets(r->xlsx); i++)
        n += is_passed(r, &r->looks[i]);
    return n;
}

struct records_sheet
records_passed_by(const struct records *r, uint32_t nth)
{
    for (uint32_t i = 0; r->looks && i < xlsx_sheets(r->xlsx); i++) {
        const struct look *look = &r->looks[i];
        const struct plan *plan;
        char *name;

        if (!is_passed(r, look) || nth--)
            continue;
        plan = r->task->feeds->plans[look->other];
        name = arena_str(r->arena, plan->feed);
        for (char *p = name; *p; p++)
            *p = (char)toupper((unsigned char)*p);
        return (struct records_sheet){
            xlsx_sheet_name(r->xlsx, i),
            arena_printf(r->arena, "%s_… (%s)", name,
                         plan->feed_title ? plan->feed_title : plan->feed)};
    }
    return (struct records_sheet){"", ""};
}

/* Which sheets give rows: the best of those that are seen says of what feed; of none, the best hidden one. */
static void
choose_sheets(struct records *r, uint32_t count)
{
    const struct look *best = NULL;

    for (int hidden = 0; !best && hidden <= 1; hidden++)
        for (uint32_t i = 0; i < count; i++) {
            const struct look *look = &r->looks[i];

            if (look->plan >= 0 && look->hidden == hidden &&
                (!best || look->misfit < best->misfit || (look->mapping && !best->mapping)))
                best = look;
        }
    r->plan = best ? best->plan : -1;
    r->known = best ? best->known : 0;
    r->mapping = best ? best->mapping : NULL;
    note_hidden(r, count);
}

static rc_t
look_at_each(struct records *r, struct err *e)
{
    uint32_t count = xlsx_sheets(r->xlsx);
    rc_t rc = RC_OK;

    r->looks = ARENA_ARRAY(r->arena, struct look, (size_t)count + 1);
    for (r->sheet = 1; r->sheet <= count && rc == RC_OK; r->sheet++)
        if ((rc = xlsx_next_sheet(r->xlsx, e)) == RC_OK)
            rc = look_at_sheet(r, &r->looks[r->sheet - 1], e);
    r->sheet = 0;
    if (rc != RC_OK)
        return rc;
    choose_sheets(r, count);
    xlsx_rewind(r->xlsx);
    return RC_OK;
}

static rc_t
look_at_sheets(struct records *r, struct err *e)
{
    rc_t rc = look_at_each(r, e);

    if (rc != RC_OK || r->plan >= 0 || !*r->mappings)
        return rc;
    r->partly = true;
    return look_at_each(r, e);
}

/* The header of the next sheet that gives rows; RC_END: there is none. */
static rc_t
next_header(struct records *r, struct record *h, struct err *e)
{
    rc_t rc;

    while ((rc = xlsx_next_sheet(r->xlsx, e)) == RC_OK) {
        const struct look *look = &r->looks[r->sheet++];

        if (look->hidden || !has_rows(r, look))
            continue;
        forget_above(r);
        while ((rc = sheet_row(r, h, e)) == RC_OK || rc == RC_REJECT) {
            if (h->line == look->line) {
                xlsx_width(r->xlsx, h->count);
                return RC_OK;
            }
            if (r->mapping)
                keep_above(r, h, rc);
        }
        if (rc != RC_END)
            return rc;
    }
    return rc;
}

/* What is wrong with the header of a later sheet, but for missing columns: its rows will say those. */
static err_code_t
sheet_fault(const struct header *here)
{
    for (uint32_t i = 0; i < here->fault_count; i++)
        if (here->faults[i].code != ERR_COLUMN_MISSING)
            return here->faults[i].code;
    return ERR_NONE;
}

static int
same_name(const struct records *r, const struct span *names, uint32_t count, struct span name,
          const bool *taken)
{
    struct span told = header_name(r->scratch, name);

    for (uint32_t i = 0; told.n && i < count; i++)
        if (!(taken && taken[i]) && span_eq(header_name(r->scratch, names[i]), told))
            return (int)i;
    return -1;
}

/* Nobody asks for them, but they go back with their rows; what means a field was added already. */
static void
add_passed_names(struct records *r, const struct look *look, const struct header *here)
{
    bool *taken = ARENA_ARRAY(r->scratch, bool, (size_t)look->count + 1);

    for (uint32_t f = 0; f < slots_of(r); f++)
        if (here->column[f] >= 0)
            taken[here->column[f]] = true;
    for (uint32_t i = 0; i < look->count; i++) {
        struct span told = header_name(r->scratch, look->names[i]);

        if (!taken[i] && told.n && *told.p != '_' &&
            same_name(r, r->names, r->count, told, NULL) < 0)
            r->names[r->count++] = look->names[i];
    }
}

/* Columns that only a later sheet has: a value in them must not get lost. */
static void
add_names(struct records *r, const struct look *look)
{
    struct header have, here;

    place_names(r, &have, r->scratch, r->names, r->count);
    place_names(r, &here, r->scratch, look->names, look->count);
    for (uint32_t f = 0; f < slots_of(r); f++)
        if (have.column[f] < 0 && here.column[f] >= 0)
            r->names[r->count++] = look->names[here.column[f]];
    if (r->mapping && sheet_fault(&here) == ERR_NONE)
        add_passed_names(r, look, &here);
    arena_reset(r->scratch);
}

static uint32_t
later_names(const struct records *r)
{
    uint32_t n = slots_of(r);

    for (uint32_t i = r->sheet; r->mapping && i < xlsx_sheets(r->xlsx); i++)
        if (!r->looks[i].hidden && has_rows(r, &r->looks[i]))
            n += r->looks[i].count;
    return n;
}

static void
add_later_names(struct records *r)
{
    for (uint32_t i = r->sheet; i < xlsx_sheets(r->xlsx); i++)
        if (!r->looks[i].hidden && has_rows(r, &r->looks[i]))
            add_names(r, &r->looks[i]);
}

static void
begin_moving(struct records *r)
{
    r->from = ARENA_ARRAY(r->arena, int, r->count);
    r->moved = ARENA_ARRAY(r->arena, struct span, r->count);
    r->moved_faults = ARENA_ARRAY(r->arena, struct xlsx_fault, r->count);
    r->beside = ARENA_ARRAY(r->arena, struct xmlr_fault, BESIDE_MAX);
    for (uint32_t i = 0; i < r->count; i++)
        r->from[i] = -1;
}

/* Its columns stay where they are; what stands behind them is not of those that were added. */
static void
map_first(struct records *r, const struct record *h)
{
    begin_moving(r);
    for (uint32_t i = 0; i < h->count; i++)
        r->from[i] = (int)i;
    r->here = (struct header){.width = h->count};
}

static rc_t
header_xlsx(struct records *r, struct record *h, struct err *e)
{
    rc_t rc = look_at_sheets(r, e);

    if (rc == RC_OK)
        rc = next_header(r, h, e);
    if (rc == RC_END && *r->hidden)
        return err_set(e, RC_REJECT, ERR_SHEET_HIDDEN, "%s", r->hidden);
    if (rc == RC_END)
        return *r->mappings
                   ? err_set(e, RC_REJECT, ERR_MAPPED_HEADER, "%s", records_wanted(r, r->arena))
                   : err_set(e, RC_REJECT, ERR_FEED_UNKNOWN, "no sheet has a row of column names");
    if (rc != RC_OK)
        return rc;
    r->names = keep_names(r, h, later_names(r));
    r->count = h->count;
    add_later_names(r);
    if (r->count > h->count)
        map_first(r, h);
    h->fields = r->names;
    h->count = r->count;
    return RC_OK;
}

/* Columns that mean no field stand below their own names. */
static void
map_others(struct records *r, const struct record *h)
{
    bool *taken = ARENA_ARRAY(r->scratch, bool, (size_t)h->count + 1);

    for (uint32_t i = 0; i < r->count; i++)
        if (r->from[i] >= 0)
            taken[r->from[i]] = true;
    for (uint32_t i = 0; i < r->count; i++) {
        if (r->from[i] >= 0)
            continue;
        r->from[i] = same_name(r, h->fields, h->count, r->names[i], taken);
        if (r->from[i] >= 0)
            taken[r->from[i]] = true;
    }
    arena_reset(r->scratch);
}

/* Where the columns of the first sheet are in this one: by the field they mean, else by their name. */
static err_code_t
map_sheet(struct records *r, const struct record *h)
{
    struct header first;

    place_names(r, &first, r->arena, r->names, r->count);
    place_names(r, &r->here, r->arena, h->fields, h->count);
    begin_moving(r);
    for (uint32_t f = 0; f < slots_of(r); f++)
        if (first.column[f] >= 0)
            r->from[first.column[f]] = r->here.column[f];
    map_others(r, h);
    return sheet_fault(&r->here);
}

static uint32_t
add_beside(struct records *r, const struct record *rec, uint32_t column, uint32_t n)
{
    struct xmlr_fault *f = &r->beside[n];

    if (n == BESIDE_MAX || column >= rec->count || !span_trim(rec->fields[column]).n)
        return 0;
    *f = (struct xmlr_fault){.code = ERR_COLUMN_UNNAMED, .seen = "***"};
    snprintf(f->want, sizeof f->want, "%u", column + 1);
    return 1;
}

/* What stands where the header has no name, or behind it. */
static uint32_t
find_beside(struct records *r, const struct record *rec)
{
    uint32_t n = 0;

    if (r->mapping && r->mapping->slots.others)
        return 0;
    for (uint32_t i = 0; i < r->here.unnamed_count; i++)
        n += add_beside(r, rec, r->here.unnamed[i], n);
    for (uint32_t i = r->here.width; i < rec->count && n < BESIDE_MAX; i++)
        n += add_beside(r, rec, i, n);
    return n;
}

static void
move_fields(struct records *r, struct record *rec)
{
    uint32_t faults = 0;

    rec->elements = r->beside;
    rec->element_count = find_beside(r, rec);
    for (uint32_t i = 0; i < r->count; i++) {
        int from = r->from[i];

        r->moved[i] = from >= 0 && (uint32_t)from < rec->count ? rec->fields[from] : SPAN("");
        for (uint32_t k = 0; from >= 0 && k < rec->fault_count; k++)
            if (rec->faults[k].field == (uint32_t)from) {
                r->moved_faults[faults] = rec->faults[k];
                r->moved_faults[faults++].field = i;
            }
    }
    rec->own = rec->fields;
    rec->own_count = rec->count;
    rec->fields = r->moved;
    rec->count = r->count;
    rec->faults = r->moved_faults;
    rec->fault_count = faults;
}

static rc_t
next_xlsx(struct records *r, struct record *rec, struct err *e)
{
    rc_t rc;

    while ((rc = sheet_row(r, rec, e)) == RC_END) {
        struct record h;

        if ((rc = next_header(r, &h, e)) != RC_OK)
            return rc;
        if ((h.bad = map_sheet(r, &h)) != ERR_NONE) { /* a row that says so */
            *rec = h;
            rec->header = &r->here;
            return RC_REJECT;
        }
    }
    if (rc == RC_OK && r->from)
        move_fields(r, rec);
    return rc;
}

/* ---- XML ---- */

/* What is wrong with the file from here on, no record's own fault: take nothing of it. */
static rc_t
whole(rc_t rc, struct err *e)
{
    if (rc == RC_REJECT)
        rc = e->rc = RC_FAIL;
    return rc;
}

static rc_t
header_xml(struct records *r, struct record *h, struct err *e)
{
    struct xmlr_record x;
    uint32_t form;
    rc_t rc = xmlr_header(r->xml, &form, &x, e);

    if (rc == RC_OK)
        *h = (struct record){.line = x.line, .fields = x.fields, .count = x.count};
    return whole(rc, e);
}

static rc_t
next_xml(struct records *r, struct record *rec, struct err *e)
{
    struct xmlr_record x;
    rc_t rc = xmlr_next(r->xml, &x, e);

    if (rc != RC_OK)
        return whole(rc, e);
    r->shared |= x.line <= r->last_line;
    r->last_line = x.line;
    *rec = (struct record){.line = r->shared ? SHARED_LINES + x.number : x.line,
                           .fields = x.fields,
                           .count = x.count,
                           .elements = x.faults,
                           .element_count = x.fault_count};
    return RC_OK;
}

const char *
records_sheet(const struct records *r)
{
    return r->xlsx ? xlsx_sheet(r->xlsx) : "";
}

const char *
records_hidden(const struct records *r)
{
    return r->hidden;
}

uint32_t
records_faults(const struct records *r, const struct xmlr_fault **faults)
{
    return r->xml ? xmlr_faults(r->xml, faults) : 0;
}

/* ---- is it anything? ---- */

static bool
knows_any(const struct rows_task *t, struct arena *scratch, const struct csv_record *c)
{
    uint32_t known = 0;

    for (const char **name = t->mappings; !known && name && *name; name++) {
        const struct mapping *m = feeds_mapping(t->feeds, *name);

        if (m && !m->broken)
            (void)mapping_fits(m, scratch, c->fields, c->count, &known);
    }

    for (uint32_t i = 0; !known && i < t->feeds->count; i++)
        known = header_known(scratch, t->feeds->plans[i], t->aliases, c->fields, c->count);
    arena_reset(scratch);
    return known > 0;
}

static bool
has_header(const struct rows_task *t, struct source in, enum charset charset)
{
    const struct csv_form form = {.charset = charset};
    struct arena *scratch = arena_new("header");
    struct csv_record c;
    struct csv *csv = NULL;
    struct err e;
    bool known = false;
    rc_t rc = csv_open(&csv, in, &form, &e);

    for (int i = 0; rc == RC_OK && !known && i <= HEADER_BELOW; i++)
        if ((rc = csv_next(csv, &c, &e)) == RC_OK)
            known = knows_any(t, scratch, &c);
        else if (rc == RC_REJECT) /* of this record alone */
            rc = RC_OK;
    csv_close(&csv);
    arena_free(&scratch);
    return known;
}

static bool
has_form(const struct rows_task *t, struct span text)
{
    const struct feeds *f = t->feeds;
    struct stream_mem m = {.p = text.p, .n = text.n};
    struct xmlr *xml = NULL;
    struct xmlr_record x;
    struct err e;
    uint32_t form;
    bool known = envelope_of(text, f->envelopes, f->envelope_count) != NULL;

    if (!known && xmlr_open(&xml, source_mem(&m), f->forms, f->form_count,
                            &(struct xmlr_limit){.aliases = t->aliases}, &e) == RC_OK)
        known = xmlr_header(xml, &form, &x, &e) == RC_OK;
    xmlr_close(&xml);
    return known;
}

bool
records_is_junk(const struct rows_task *t, struct span text)
{
    struct stream_mem m = {.p = text.p, .n = text.n};
    struct charset_sniff s = {0};
    enum charset charset;

    if (xmlr_is_xml(text))
        return !has_form(t, text);
    charset_feed(&s, text.p, text.n);
    return !charset_decide(&s, t->charset, &charset) || !has_header(t, source_mem(&m), charset);
}

/* ---- whichever it is ---- */

rc_t
records_open(struct records **out, const struct rows_task *t, struct rows_facts *facts,
             struct err *e)
{
    struct arena *a = arena_new("records");
    struct records *r = ARENA_NEW(a, struct records);
    struct unpack_item item;
    rc_t rc;

    r->arena = a;
    r->scratch = arena_new("header");
    r->hidden = "";
    r->task = t;
    r->facts = facts;
    r->plan = -1;
    r->hidden = "";
    r->book = t->file;
    *out = r;
    if ((rc = open_item(r, &r->upload, r->task->spills[ROWS_NEST], &item, e)) != RC_OK)
        return rc;
    name_feed(r, item.name);
    if ((rc = choose_mappings(r, item.name, e)) != RC_OK)
        return rc;
    snprintf(facts->entry, sizeof facts->entry, "%s", item.name);
    if (item.kind == UNPACK_DOCUMENT && !item.document)
        return err_set(e, RC_REJECT, ERR_ENCRYPTED, "the workbook has a password");
    if (item.kind == UNPACK_DOCUMENT)
        return err_set(e, RC_REJECT, ERR_WORKBOOK,
                       "is %s, must be .xlsx without a password, or CSV", item.document);
    return item.kind == UNPACK_XLSX ? open_xlsx(r, e) : open_text(r, e);
}

rc_t
records_header(struct records *r, struct record *h, struct err *e)
{
    *h = (struct record){0};
    return r->xlsx ? header_xlsx(r, h, e) : r->xml ? header_xml(r, h, e) : header_csv(r, h, e);
}

rc_t
records_next(struct records *r, struct record *rec, struct err *e)
{
    return r->xlsx ? next_xlsx(r, rec, e) : r->xml ? next_xml(r, rec, e) : next_csv(r, rec, e);
}
