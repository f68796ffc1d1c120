/*
 * read_rows.c - the child: an upload's bytes in, frames out.
 *
 * What it reads may have been made to break it, and one day it will: nothing is relied upon here for safety. It has the file, its
 * pipe and a few files without names, can open nothing else (confine()), and ends with its file. What it is relied upon for is what
 * partners are told: all faults of a row at once, at their line and column, without what a person might be known by.
 *
 * Memory does not grow with the file. What is of one record lies in `scratch` until the next; what is of the file in `arena`; of things of
 * several rows only the one at hand is kept, so rows of one thing that stand apart come together in the database (ingest/keep.sql).
 */
#include "load/read_rows.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/bloom.h"
#include "base/confine.h"
#include "base/fault.h"
#include "base/log.h"
#include "formats/read/cell.h"
#include "formats/read/csv.h"
#include "formats/read/header.h"
#include "formats/xsd/check.h"
#include "formats/xsd/mask.h"
#include "load/feeds.h"
#include "load/records.h"
#include "load/speakers.h"
#include "spool/digest.h"
#include "spool/fsio.h"
#include "spool/unpack.h"
#include "sql/copy.h"
#include "sql/hash.h"

#define BLOCK     (128u * 1024)
#define BURST     (1024u * 1024)     /* of one table before another is turned to */
#define SORTED    (4u * 1024 * 1024) /* of things, written in the order of their trades */
#define SPILL_MAX (4ul << 30)
#define CPU_MAX_S                                                                                  \
    1500 /* less than a party's deadline, so that the file is held and not its partner */
#define ITEMS_MOST 1000 /* data files of an archive */
#define JUNK_BYTES 4096 /* of a file whose first lines are all of it */
#define JUNK_ALONE 20   /* more of them are told together, */
#define JUNK_NAMED 5    /* so many by name */

struct lines {
    uint64_t read; /* bytes of the file */
    size_t at, n;
    uint64_t block[512];
};

/* A row in the buffer of things, and where its trade belongs. */
struct thing_row {
    int64_t subject_hash;
    size_t at, n;
};

struct reader {
    const struct rows_task *task;
    int out;
    struct arena *scratch; /* reset per record */
    struct records *records;
    struct rows_facts facts;
    const struct plan *plan;
    struct arena *arena; /* as long as the child */
    struct header header;
    struct mapped
        *mapped; /* the file is read by a mapping: header is by the plan's elements; NULL: not */
    uint64_t left_out; /* rows that it leaves out, */
    bool ended;        /* what follows is below the table; */
    bool missing;      /* a sheet lacks what stands above it: the file is held */
    const struct rows_shape *shape;
    struct span *values; /* of the record at hand, as rows_values.fields */
    int64_t *names;      /* of its columns, hashed: they are put into digests, */
    uint32_t *by_name;   /* in this order, whichever the XSD has */
    uint32_t head_end;   /* columns before this one are the head of a thing of several rows */
    struct buf rows[ROWS_TABLES], errors, raw;
    struct buf thing, staged; /* row of the thing at hand, of the last record: not complete yet */
    struct rows_marks thing_marks, staged_marks;
    int64_t thing_digest, thing_trade;
    bool thing_bad;
    struct thing_row *things; /* of rows[ROWS_THINGS] */
    size_t thing_count, thing_room;
    struct buf sorted;
    struct bloom *met; /* things: trade and part */
    struct buf keys;   /* scratch */
    struct speakers speakers;
    struct span *spoken;              /* what its columns say in the record at hand */
    char own_codes[200];              /* as they are told */
    struct buf content, head_content; /* of the record at hand, for its digests */
    struct digest *digest;
    bool lines;   /* rows of this feed have a head */
    int64_t head; /* digest of the head of each row since first_line */
    uint64_t first_line;
    uint64_t seen;   /* records */
    uint64_t hidden; /* of these, rows that a person does not see */
    bool bad;        /* the record at hand has an error */
    bool told;       /* some record had */
    uint64_t faults; /* that were told */
    uint64_t faulty; /* the line whose faults come now, 0: none had any yet; */
    bool counting;   /* they are not told any more */
    struct rows_untold untold;
    uint64_t untold_staged; /* rows */
    struct lines lines_left;
    struct totals_check totals;
    struct span amount, currency; /* of the record at hand */
    uint32_t part;                /* sheet it stands in */
    uint64_t header_line;
    bool given_back; /* raw: the file has columns that we had added */
    bool ends_known; /* how rows end was asked */
    enum records_ends ends;
    uint64_t footers;     /* lines below the rows that are none */
    char footer_seen[80]; /* where the first of them is */
    uint64_t cut;         /* line of a record cut off at the end of the file; 0: none */
};

/* Errors of the pipe end the child: nobody listens any more. */
static void
send_parts(struct reader *r, enum frame_type type, const void *first, size_t first_n, const void *p,
           size_t n)
{
    size_t all = first_n + n;
    unsigned char head[5] = {(unsigned char)type, (unsigned char)(all >> 24),
                             (unsigned char)(all >> 16), (unsigned char)(all >> 8),
                             (unsigned char)all};

    if (fsio_write_all(r->out, head, sizeof head, "pipe", NULL) != RC_OK ||
        (first_n && fsio_write_all(r->out, first, first_n, "pipe", NULL) != RC_OK) ||
        fsio_write_all(r->out, p, n, "pipe", NULL) != RC_OK)
        _exit(1);
}

static void
send_frame(struct reader *r, enum frame_type type, const void *p, size_t n)
{
    send_parts(r, type, NULL, 0, p, n);
}

static void
send_block(struct reader *r, enum frame_type type, struct buf *b, size_t at_least)
{
    if (b->n < at_least || !b->n)
        return;
    send_frame(r, type, b->p, b->n);
    b->n = 0;
}

static void
send_reason(struct reader *r, enum frame_type type, err_code_t code, struct span seen,
            const char *want)
{
    struct rows_reason reason = {.code = code};

    span_show(reason.seen, sizeof reason.seen, seen);
    span_show(reason.want, sizeof reason.want, span_of(want));
    memcpy(reason.entry, r->facts.entry, sizeof reason.entry);
    send_frame(r, type, &reason, sizeof reason);
}

static void
count_fault(struct rows_untold *u, err_code_t code)
{
    uint32_t i = 0;

    while (i < u->count && u->by[i].code != code)
        i++;
    if (i == ROWS_CODES)
        BUG("more than %d codes", ROWS_CODES);
    if (i == u->count)
        u->by[u->count++] = (struct rows_code){code, 0};
    u->by[i].faults++;
}

/* All faults of a row are told, or none. */
static bool
is_told(struct reader *r, uint64_t line)
{
    if (r->faulty != line) {
        r->counting = r->task->faults && r->faults >= r->task->faults;
        r->untold.rows += r->counting;
        r->faulty = line;
    }
    r->faults += !r->counting;
    return !r->counting;
}

static void
row_error(struct reader *r, uint64_t line, const char *column, err_code_t code, struct span seen,
          const char *want)
{
    char name[8], shown[240];

    r->bad = true;
    if (!is_told(r, line)) {
        count_fault(&r->untold, code);
        return;
    }
    if (!r->told)
        copy_begin(&r->errors);
    r->told = true;
    copy_row_begin(&r->errors, 5);
    copy_int8(&r->errors, (int64_t)line);
    copy_text(&r->errors, span_of(column));
    copy_text(&r->errors, span_of(err_name(code, name)));
    copy_text(&r->errors, seen.p ? span_of(span_show(shown, sizeof shown, seen)) : seen);
    copy_text(&r->errors, span_of(want));
    send_block(r, FRAME_ERRORS, &r->errors, BLOCK);
}

/* A value as it was, unless a person might be known by it; what agencies answer is about rows they were sent. */
static struct span
shown_value(const struct reader *r, const struct plan_node *field, struct span value)
{
    if (r->task->feeds->partners)
        return mask_value(field, value);
    return field->personal ? SPAN("***") : value;
}

/* The name of a column that is not to be there, and which one it is. */
static struct span
shown_title(struct reader *r, const struct record *h, struct span title)
{
    char known[MASK_TITLE];
    struct span shown = mask_title(r->plan, title, known);

    if (!r->task->feeds->partners || span_eq(shown, title))
        return title;
    for (uint32_t i = 0; i < h->count; i++)
        if (title.p >= h->fields[i].p && title.p < h->fields[i].p + h->fields[i].n)
            return span_of(arena_printf(r->arena, "%.*s (column %u)", SPAN_F(shown), i + 1));
    return span_of(arena_span(r->arena, shown));
}

/* A row of data in place of a header, by its numbers: people may be in it. */
static bool
is_data(const struct record *rec)
{
    for (uint32_t i = 0; i < rec->count; i++) {
        uint32_t run = 0;

        for (size_t k = 0; k < rec->fields[i].n; k++)
            if ((run = isdigit((unsigned char)rec->fields[i].p[k]) ? run + 1 : 0) == 6)
                return true;
    }
    return false;
}

/* What of it stands in a title of some feed. */
static struct span
title_of_any(const struct feeds *feeds, struct span title, char *known)
{
    struct span shown = title;

    for (uint32_t i = 0; feeds->partners && title.n && i < feeds->count; i++) {
        shown = mask_title(feeds->plans[i], title, known);
        if (!span_is(shown, "***"))
            break;
    }
    return shown;
}

static struct span
joined_fields(const struct reader *r, struct arena *a, const struct record *rec)
{
    char known[MASK_TITLE];
    struct buf b = {0};

    for (uint32_t i = 0; i < rec->count && b.n < sizeof((struct rows_reason *)0)->seen; i++)
        buf_printf(&b, "%s%.*s", i ? "," : "",
                   SPAN_F(title_of_any(r->task->feeds, rec->fields[i], known)));
    return span_of(buf_text(&b, a));
}

static void
find_speakers(struct reader *r)
{
    const char *const *code = r->task->codes;
    struct buf codes = {0};

    for (; code && *code; code++)
        buf_printf(&codes, "%s%s", codes.n ? ", " : "", *code);
    span_show(r->own_codes, sizeof r->own_codes, (struct span){codes.p, codes.n});
    buf_free(&codes);
    speakers_find(&r->speakers, r->arena, r->plan, r->task->codes, r->task->roles);
    r->spoken = ARENA_ARRAY(r->arena, struct span, r->plan->root->child_count);
}

/* A header of no feed and no mapping: what would have been known is told. */
static bool
wants_titles(struct reader *r, int plan)
{
    const char *titles = plan < 0 ? records_wanted(r->records, r->arena) : NULL;

    if (titles)
        send_reason(r, FRAME_HOLD, ERR_MAPPED_HEADER, SPAN(""), titles);
    return titles != NULL;
}

/* Whoever moves a column in the XSD, rows that came before it say the same. */
static void
name_columns(struct reader *r)
{
    const struct plan_node *root = r->plan->root;

    r->names = ARENA_ARRAY(r->arena, int64_t, root->child_count);
    r->by_name = ARENA_ARRAY(r->arena, uint32_t, root->child_count);
    for (uint32_t i = 0, at; i < root->child_count; i++) {
        r->names[i] = hash_text(span_of(root->children[i]->name));
        for (at = i;
             at && strcmp(root->children[r->by_name[at - 1]]->name, root->children[i]->name) > 0;
             at--)
            r->by_name[at] = r->by_name[at - 1];
        r->by_name[at] = i;
        if (root->children[i]->line_part && !r->head_end)
            r->head_end = i;
    }
}

static bool
choose_plan(struct reader *r, const struct record *h)
{
    int plan = records_plan(r->records, h);

    if (wants_titles(r, plan))
        return false;
    if (plan < 0) {
        send_reason(r, FRAME_HOLD, ERR_FEED_UNKNOWN,
                    is_data(h) ? SPAN("***") : joined_fields(r, r->scratch, h), "");
        return false;
    }
    r->facts.plan = (uint32_t)plan;
    r->plan = r->task->feeds->plans[plan];
    r->shape = &r->task->feeds->shapes[plan];
    r->lines = r->shape->has_lines;
    r->values = ARENA_ARRAY(r->arena, struct span, r->plan->root->child_count);
    name_columns(r);
    find_speakers(r);
    return true;
}

/* Every fault of a header is told, as errors of its line. */
static void
header_errors(struct reader *r, const struct record *h, const struct header *header)
{
    for (uint32_t i = 0; i < header->fault_count; i++) {
        const struct header_fault *f = &header->faults[i];
        const char *missing = f->code == ERR_COLUMN_MISSING && f->field ? f->field->name : "";

        row_error(r, h->line, missing, f->code, shown_title(r, h, f->seen), f->want);
    }
}

static void
name_mapping(struct reader *r, const struct mapping *mapping)
{
    while (r->task->feeds->mappings[r->facts.mapping++] != mapping)
        continue;
}

/* A title that a mapping does not know may be the mapping's fault as well as the file's. */
static void
of_mapping(struct header *h)
{
    for (uint32_t i = 0; i < h->fault_count; i++)
        if (h->faults[i].code == ERR_COLUMN_NEAR)
            h->faults[i].code = ERR_MAPPED_NEAR;
        else if (h->faults[i].code == ERR_COLUMN_UNKNOWN)
            h->faults[i].code = ERR_MAPPED_UNKNOWN;
}

/* The mapping's columns as if the file had the feed's: each field stands at its own place. */
static bool
map_titles(struct reader *r, const struct mapping *mapping, const struct record *h)
{
    uint32_t fields = r->plan->root->child_count;
    bool good;

    r->mapped = ARENA_NEW(r->arena, struct mapped);
    good = mapped_begin(r->mapped, r->arena, mapping, h->fields, h->count);
    r->header = r->mapped->header;
    r->header.column = ARENA_ARRAY(r->arena, int, fields);
    for (uint32_t i = 0; i < fields; i++)
        r->header.column[i] = -1;
    for (uint32_t i = 0; i < mapping->column_count; i++)
        r->header.column[mapping->columns[i].at] = (int)mapping->columns[i].at;
    name_mapping(r, mapping);
    of_mapping(&r->header);
    memcpy(r->facts.chosen, r->mapped->chosen, sizeof r->facts.chosen);
    header_errors(r, h, &r->header);
    return good;
}

/* What stands above each table, for all its rows. False: it is not there, and the file was held. */
static bool
read_above(struct reader *r)
{
    const struct record *above;
    uint32_t count = records_above(r->records, &above);
    struct mapped_cells *rows = ARENA_ARRAY(r->scratch, struct mapped_cells, count + 1);
    const struct mapping_column *missing;

    for (uint32_t i = 0; i < count; i++)
        rows[i] = (struct mapped_cells){above[i].fields, above[i].count};
    missing = mapped_above(r->mapped, r->arena, rows, count);
    if (missing)
        send_reason(r, FRAME_HOLD, ERR_MAPPED_ABOVE, SPAN(""), missing->above[0]);
    return !missing;
}

static bool
map_header(struct reader *r, const struct record *h)
{
    const struct mapping *mapping = records_mapping(r->records);
    bool good;

    if (mapping)
        return map_titles(r, mapping, h);
    good = header_map(&r->header, r->arena, r->plan, r->task->aliases, h->fields, h->count);
    header_errors(r, h, &r->header);
    return good;
}

/* 1.50, +1.5 and 01.5 are the same amount, so are .5 and 0.5, and 0 and -0. */
static void
plain_decimal(struct buf *b, struct span v)
{
    bool negative = *v.p == '-';

    if (negative || *v.p == '+')
        v.p++, v.n--;
    while (v.n && *v.p == '0')
        v.p++, v.n--;
    if (memchr(v.p, '.', v.n)) {
        while (v.p[v.n - 1] == '0')
            v.n--;
        if (v.p[v.n - 1] == '.')
            v.n--;
    }
    if (negative && v.n)
        buf_put(b, "-", 1);
    if (!v.n || *v.p == '.')
        buf_put(b, "0", 1);
    buf_put(b, v.p, v.n);
}

/* What two rows have in common if they say the same, however they write it: what is filled, under its column's name, so
 * that rows keep their digest when the XSD gets a column that they have not. */
static void
put_content(struct buf *b, const struct plan_node *field, int64_t name, struct span v)
{
    if (!v.n || (field->dflt && span_is(v, field->dflt)))
        return;
    buf_put(b, &name, sizeof name);
    if (field->type->base == PLAN_BOOLEAN)
        buf_put(b, *v.p == 't' || *v.p == '1' ? "1" : "0", 1);
    else if (field->type->base != PLAN_STRING)
        plain_decimal(b, v);
    else
        buf_put(b, v.p, v.n);
    buf_put(b, "\x1f", 1);
}

static int64_t
content_word(struct reader *r, struct buf *b)
{
    digest_update(r->digest, b->p, b->n);
    b->n = 0;
    return digest_word(r->digest);
}

/* What the spreadsheet did to this cell, if anything. */
static const struct xlsx_fault *
cell_fault(const struct reader *r, const struct record *rec, uint32_t field)
{
    for (uint32_t i = 0; i < rec->fault_count; i++)
        if (r->mapped ? mapped_uses(r->mapped, field, rec->faults[i].field)
                      : (int)rec->faults[i].field == r->header.column[field])
            return &rec->faults[i];
    return NULL;
}

/* What the mapping could not make of the row's cells for this field, if anything. */
static const struct mapped_fault *
mapped_fault(const struct reader *r, uint32_t field)
{
    for (uint32_t i = 0; r->mapped && i < r->mapped->fault_count; i++)
        if (r->mapped->faults[i].field == field)
            return &r->mapped->faults[i];
    return NULL;
}

/* The value of a column as it is meant; without the column, none. */
static struct span
field_value(const struct reader *r, const struct record *rec, uint32_t field)
{
    int column = r->header.column[field];

    return column >= 0 ? cell_plain(span_trim(rec->fields[column])) : (struct span){NULL, 0};
}

/* What an agency answers is its own business; a partner's value may be none. */
static bool
good_value(const struct reader *r, const struct plan_node *field, struct span value,
           struct span *normal, struct finding *f)
{
    const char *form;

    if (!r->task->feeds->partners)
        return check_value(field->type, value, arena_alloc(r->scratch, value.n + 1), normal, f);
    if (cell_is_no_data(field, value, f))
        return false;
    if (!(form = check_date_form(field->type)))
        return check_value(field->type, value, arena_alloc(r->scratch, value.n + 1), normal, f);
    value = check_date_plain(field->type, value, arena_alloc(r->scratch, CHECK_DATE_ROOM));
    if (check_value(field->type, value, arena_alloc(r->scratch, value.n + 1), normal, f))
        return !check_is_far_date(field->type, *normal, r->plan->day, f);
    f->code = ERR_DATE; /* not how long it must be: what it must be */
    snprintf(f->want, sizeof f->want, "%s", form);
    return false;
}

static void
read_field(struct reader *r, const struct record *rec, uint32_t i)
{
    const struct plan_node *field = r->plan->root->children[i];
    struct span value = field_value(r, rec, i), normal = {NULL, 0};
    const struct xlsx_fault *fault;
    const struct mapped_fault *unmapped;
    struct finding f; /* filled by who finds something: to clear it costs more than most checks */

    r->values[i] = normal;
    if ((fault = cell_fault(r, rec, i))) {
        row_error(r, rec->line, field->name, fault->code, shown_value(r, field, value),
                  fault->want);
        return;
    }
    if ((unmapped = mapped_fault(r, i))) {
        row_error(r, rec->line, field->name, unmapped->code, shown_value(r, field, unmapped->seen),
                  unmapped->want);
        return;
    }
    if (!value.n && field->dflt)
        value = span_of(field->dflt);
    if (!value.n) {
        if (field->min)
            row_error(r, rec->line, field->name, ERR_EMPTY, SPAN(""), "");
    } else if (!good_value(r, field, value, &normal, &f)) {
        row_error(r, rec->line, field->name, f.code, shown_value(r, field, value), f.want);
        normal = (struct span){NULL, 0};
    }
    if (field == r->plan->amount)
        r->amount = normal;
    if (field == r->plan->currency)
        r->currency = normal;
    r->values[i] = normal;
}

static void
put_contents(struct reader *r)
{
    for (uint32_t k = 0; k < r->plan->root->child_count; k++) {
        uint32_t i = r->by_name[k];
        const struct plan_node *field = r->plan->root->children[i];

        if (!field->control)
            put_content(&r->content, field, r->names[i], r->values[i]);
        if (r->lines && i < r->head_end)
            put_content(&r->head_content, field, r->names[i], r->values[i]);
    }
}

/* Rows of one thing usually follow each other: they share the line their head was first seen in. */
static void
end_head(struct reader *r, uint64_t line)
{
    int64_t head = content_word(r, &r->head_content);

    if (head != r->head || !r->first_line)
        r->first_line = line;
    r->head = head;
}

/* What a partner's XML has in place of a column or in a value; the name of an element nobody knows may be anything. */
static const char *
shown_text(struct reader *r, const char *text)
{
    char known[MASK_TITLE];

    return r->task->feeds->partners
               ? arena_span(r->scratch, mask_title(r->plan, span_of(text), known))
               : text;
}

static const char *
shown_element(struct reader *r, const struct xmlr_fault *f)
{
    bool unknown = f->code == ERR_COLUMN_UNKNOWN || f->code == ERR_COLUMN_NEAR;

    return unknown ? shown_text(r, f->element) : f->element;
}

/* line 0: each at its own. */
static void
element_errors(struct reader *r, uint64_t line, const struct xmlr_fault *faults, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        row_error(r, line ? line : faults[i].line, shown_element(r, &faults[i]), faults[i].code,
                  span_of(shown_text(r, faults[i].seen)),
                  *faults[i].want == '<' ? "<***>" : faults[i].want);
}

static void
check_speaker(struct reader *r, const struct record *rec)
{
    const struct plan_node *wrong;
    struct span seen = SPAN("");

    for (uint32_t i = 0; i < r->speakers.count; i++) {
        uint32_t field = r->speakers.list[i].field;

        r->spoken[field] = field_value(r, rec, field);
    }
    wrong = speakers_wrong(&r->speakers, r->spoken, &seen);
    if (wrong && (seen.n || !wrong->min)) /* that it is empty was said already */
        row_error(r, rec->line, wrong->name, ERR_NOT_OWN_CODE, shown_value(r, wrong, seen),
                  r->own_codes);
}

static void
unnamed_field(struct reader *r, const struct record *rec, uint32_t column)
{
    char position[16];

    snprintf(position, sizeof position, "%u", column + 1);
    if (span_trim(rec->fields[column]).n)
        row_error(r, rec->line, "", ERR_COLUMN_UNNAMED, SPAN("***"), position);
}

/* Nobody knows what they mean, and nothing is dropped in silence. */
static void
unnamed_fields(struct reader *r, const struct record *rec)
{
    for (uint32_t i = 0; i < r->header.unnamed_count; i++)
        unnamed_field(r, rec, r->header.unnamed[i]);
}

static int
by_trade(const void *a, const void *b)
{
    const struct thing_row *x = a, *y = b;

    return (x->subject_hash > y->subject_hash) - (x->subject_hash < y->subject_hash);
}

/* The index on subject_hash is a sixth of a load when neighbours in it come one after the other, a
 * third when each row's place is far from the last one's. */
static void
sort_things(struct reader *r)
{
    struct buf *b = &r->rows[ROWS_THINGS];
    struct buf other = *b;

    qsort(r->things, r->thing_count, sizeof *r->things, by_trade);
    r->sorted.n = 0;
    for (size_t i = 0; i < r->thing_count; i++)
        buf_put(&r->sorted, b->p + r->things[i].at, r->things[i].n);
    r->thing_count = 0;
    *b = r->sorted;
    r->sorted = other;
}

/* A thing's row was written from `at` on. */
static void
add_thing(struct reader *r, size_t at, int64_t subject_hash)
{
    if (r->thing_count == r->thing_room) {
        r->thing_room = r->thing_room ? r->thing_room * 2 : 1024;
        r->things = realloc(r->things, r->thing_room * sizeof *r->things);
        if (!r->things)
            BUG("out of memory");
    }
    r->things[r->thing_count++] = (struct thing_row){subject_hash, at, r->rows[ROWS_THINGS].n - at};
}

/* Rows of one table, in pieces that its connection takes without making the child wait. */
static void
send_rows(struct reader *r, int table, size_t at_least)
{
    struct buf *b = &r->rows[table];
    unsigned char head[2] = {0, (unsigned char)table};

    if (b->n < at_least)
        return;
    if (table == ROWS_THINGS)
        sort_things(r);
    for (size_t at = 0; at < b->n; at += BLOCK) {
        size_t n = b->n - at < BLOCK ? b->n - at : BLOCK;

        send_parts(r, FRAME_ROWS, head, sizeof head, b->p + at, n);
    }
    b->n = 0;
}

/* The thing's last record was read. Only now its own row goes out: its digest is that of all its rows, and one bad row keeps it out: an order
 * without one of its lines would be another order. */
static void
end_thing(struct reader *r)
{
    size_t at = r->rows[ROWS_THINGS].n;

    buf_put(&r->rows[ROWS_STAGE], r->staged.p, r->staged.n);
    if (r->thing.n && !r->thing_bad) {
        copy_patch_int8(&r->thing, r->thing_marks.digest, r->thing_digest);
        buf_put(&r->rows[ROWS_THINGS], r->thing.p, r->thing.n);
        add_thing(r, at, r->thing_trade);
    }
    r->thing.n = r->staged.n = 0;
    r->thing_bad = false;
    r->thing_digest = 0;
}

/* A row of a thing of several. The last one of the stage waits too: that it is all of its thing (alone) is wrong as soon as another row
 * follows, and is put right in its bytes. */
static void
put_line(struct reader *r, struct rows_values *v)
{
    const struct rows_table *t = r->shape->tables;

    v->alone = v->line == v->first_line;
    if (v->alone)
        end_thing(r);
    else if (r->staged.n)
        r->staged.p[r->staged_marks.alone] = false;
    buf_put(&r->rows[ROWS_STAGE], r->staged.p, r->staged.n);
    r->staged.n = 0;
    rows_put(&r->staged, r->shape, &t[ROWS_STAGE], v, &r->staged_marks);
    r->thing_digest ^= v->digest;
    r->thing_bad = r->thing_bad || r->bad || !v->has_trade;
    r->thing_trade = v->subject_hash;
    if (!t[ROWS_LINES].name || r->bad || !v->has_trade)
        return;
    if (v->alone)
        rows_put(&r->thing, r->shape, &t[ROWS_THINGS], v, &r->thing_marks);
    rows_put(&r->rows[ROWS_LINES], r->shape, &t[ROWS_LINES], v, NULL);
}

static void
put_thing(struct reader *r, const struct rows_values *v)
{
    const struct rows_table *t = r->shape->tables;
    size_t at = r->rows[ROWS_THINGS].n;

    rows_put(&r->rows[ROWS_STAGE], r->shape, &t[ROWS_STAGE], v, NULL);
    if (!t[ROWS_THINGS].name || r->bad || !v->has_trade)
        return;
    rows_put(&r->rows[ROWS_THINGS], r->shape, &t[ROWS_THINGS], v, NULL);
    add_thing(r, at, v->subject_hash);
}

static void
put_record(struct reader *r, uint64_t line)
{
    struct rows_values v = {.fields = r->values,
                            .line = (int64_t)line,
                            .first_line = (int64_t)(r->lines ? r->first_line : line),
                            .digest = content_word(r, &r->content),
                            .head = r->head,
                            .batch_id = r->task->batch_id,
                            .bad = r->bad};

    v.batch_id -= fault_lies("lie-batch");
    if (r->shape->named)
        rows_keys(r->shape, &v, &r->keys);
    if (r->bad && r->counting && r->shape->named && !v.has_trade) {
        end_thing(r); /* it is nobody's row: that it is refused is all there is to know */
        return;
    }
    if (v.has_trade && v.line == v.first_line)
        v.again = bloom_add(r->met, (uint64_t)(v.subject_hash ^ hash_text(v.part_key)));
    if (r->shape->named && r->shape->has_lines)
        put_line(r, &v);
    else
        put_thing(r, &v);
    r->untold_staged += r->bad && r->counting;
    if (fault_lies("lie-rows"))
        r->rows[ROWS_STAGE].n = 0;
    for (int i = 0; i < ROWS_TABLES; i++)
        send_rows(r, i, i == ROWS_THINGS ? SORTED : BURST);
}

/* The row of examples that a template begins with: nothing else is to be said of it. */
static bool
is_example(struct reader *r, const struct record *rec)
{
    for (uint32_t i = 0; i < r->plan->root->child_count; i++) {
        const struct plan_node *field = r->plan->root->children[i];
        struct span value;

        if (!schema_names_row(field))
            continue;
        value = field_value(r, rec, i);
        if (check_is_example(value)) {
            row_error(r, rec->line, field->name, ERR_EXAMPLE_ROW, shown_value(r, field, value), "");
            return true;
        }
    }
    return false;
}

static bool
is_blank_beyond(const struct reader *r, const struct record *rec)
{
    for (uint32_t i = r->header.width; i < rec->count; i++)
        if (span_trim(rec->fields[i]).n)
            return false;
    return true;
}

/* Whether a row with more or fewer fields than the header may be one: asked of the whole file, once. */
static bool
may_end_so(struct reader *r, const struct record *rec)
{
    bool early = rec->count < r->header.width;
    struct err e = {0};

    if (r->mapped && !early && is_blank_beyond(r, rec)) /* below the table others may stand */
        return true;

    if (early && rec->count >= r->header.named)
        return true;
    if (!r->ends_known &&
        records_ends(r->records, r->header_line, r->header.width, &r->ends, &e) != RC_OK)
        r->ends = ENDS_ODD; /* what cannot be read again says nothing for them */
    r->ends_known = true;
    return r->ends == (early ? ENDS_EARLY : ENDS_LATE);
}

/* What is missing at its end is empty, what is too much there is nothing. */
static void
fit_record(struct reader *r, struct record *rec)
{
    struct span *fields = ARENA_ARRAY(r->scratch, struct span, r->header.width);

    for (uint32_t i = 0; i < r->header.width; i++)
        fields[i] = i < rec->count ? rec->fields[i] : SPAN("");
    rec->fields = fields;
    rec->count = r->header.width;
}

static void
odd_count(struct reader *r, const struct record *rec)
{
    char seen[16], want[16];

    snprintf(want, sizeof want, "%u", r->header.width);
    snprintf(seen, sizeof seen, "%u", rec->count);
    row_error(r, rec->line, "", ERR_COLUMN_COUNT, span_of(seen), want);
}

/* A head that stands on the first row of a thing only, as in a sheet with merged cells. */
static bool
lacks_head(struct reader *r, const struct record *rec)
{
    char line[24];

    if (!r->lines || !r->first_line)
        return false;
    for (uint32_t i = 0; i < r->plan->root->child_count; i++) {
        const struct plan_node *field = r->plan->root->children[i];

        if (field->line_part)
            break;
        if (!field->control && field_value(r, rec, i).n)
            return false;
    }
    snprintf(line, sizeof line, "%llu", (unsigned long long)r->first_line);
    row_error(r, rec->line, "", ERR_HEAD_ONCE, SPAN(""), line);
    return true;
}

/* The sender's cells become the feed's columns. */
static void
map_record(struct reader *r, struct record *rec)
{
    mapped_row(r->mapped, r->scratch, rec->fields, rec->count);
    rec->fields = r->mapped->fields;
    rec->count = r->plan->root->child_count;
}

static void
read_record(struct reader *r, struct record *rec)
{
    uint32_t fields = r->plan->root->child_count;
    bool others = r->mapped && r->mapped->mapping->slots.others; /* columns nobody asks about */
    struct record cells;

    r->bad = false;
    if (rec->count != r->header.width) {
        for (uint32_t i = r->header.width; r->facts.book && !others && i < rec->count; i++)
            unnamed_field(r, rec, i); /* in a sheet nothing shifts */
        if (!r->facts.book && !may_end_so(r, rec)) {
            odd_count(r, rec);
            return;
        }
        fit_record(r, rec);
    }
    cells = *rec;
    if (r->mapped)
        map_record(r, rec);
    if (is_example(r, rec) || lacks_head(r, rec))
        return;
    if (!others)
        unnamed_fields(r, &cells);
    element_errors(r, rec->line, rec->elements, rec->element_count);
    for (uint32_t i = 0; i < fields; i++)
        read_field(r, rec, i);
    put_contents(r);
    if (r->lines)
        end_head(r, rec->line);
    if (r->speakers.count)
        check_speaker(r, rec);
    put_record(r, rec->line);
}

static const char *
field_name(const struct reader *r, uint32_t column)
{
    const int *columns = r->mapped ? r->mapped->column : r->header.column;

    for (uint32_t i = 0; i < r->plan->root->child_count; i++)
        if (columns[i] >= 0 && columns[i] == (int)column)
            return r->plan->root->children[i]->name;
    return "";
}

/* "byte 17", or nothing. */
static struct span
bad_place(const struct record *rec, char at[40])
{
    snprintf(at, 40, "byte %llu", (unsigned long long)rec->bad_offset);
    return rec->bad_offset ? span_of(at) : (struct span){NULL, 0};
}

/* What cannot be read is not shown, but where it is. */
static void
bad_record(struct reader *r, const struct record *rec)
{
    char at[40];

    row_error(r, rec->line, field_name(r, rec->bad_field), rec->bad, bad_place(rec, at),
              r->facts.charset);
}

/* The file ends within this record: a value, or some of them, are missing. */
static bool
is_cut(const struct reader *r, const struct record *rec, rc_t rc)
{
    if (!rec->open_end)
        return false;
    return rc == RC_OK ? rec->count < r->header.named
                       : rec->bad == ERR_QUOTE || rec->bad == ERR_BAD_BYTES;
}

static bool
is_trailer(const struct reader *r, const struct record *rec, rc_t rc)
{
    return rc == RC_OK && totals_is_trailer(&r->totals, rec->fields, rec->count);
}

static bool
is_footer(const struct reader *r, const struct record *rec, rc_t rc)
{
    return rc == RC_OK && totals_is_footer(&r->totals, rec->fields, rec->count);
}

/* Blank but for columns of ours, as the last row of what was given back is (rejects.h). */
static bool
is_nothing(const struct reader *r, const struct record *rec)
{
    if (!r->header.correction || rec->count != r->header.width || rec->element_count)
        return false;
    if (r->mapped)
        return mapped_blank(r->mapped, rec->fields, rec->count);
    for (uint32_t i = 0; i < r->plan->root->child_count; i++)
        if (r->header.column[i] >= 0 && span_trim(rec->fields[r->header.column[i]]).n)
            return false;
    return true;
}

static void
send_sheet(struct reader *r, uint32_t number)
{
    const char *name = records_sheet(r->records);

    send_parts(r, FRAME_SHEET, &number, sizeof number, name, strlen(name) + 1);
}

static void
add_footer(struct reader *r, const struct record *rec)
{
    uint64_t row = rec->line % SHEET_LINES;

    if (r->footers++)
        return;
    if (r->facts.book)
        snprintf(r->footer_seen, sizeof r->footer_seen, "%.60s!%llu", records_sheet(r->records),
                 (unsigned long long)row);
    else
        snprintf(r->footer_seen, sizeof r->footer_seen, "line %llu", (unsigned long long)rec->line);
}

/* What is left out was sent all the same: control totals speak of it too. No amount is zero there. */
static void
count_left_out(struct reader *r, const struct record *rec)
{
    const struct plan_node *root = r->plan->root;
    struct span amount = SPAN("0"), currency = {NULL, 0};

    mapped_row(r->mapped, r->scratch, rec->fields, rec->count);
    for (uint32_t i = 0; i < root->child_count; i++) {
        if (root->children[i] == r->plan->amount && mapped_fault(r, i))
            amount = SPAN("");
        else if (root->children[i] == r->plan->amount && r->mapped->fields[i].n)
            amount = r->mapped->fields[i];
        if (root->children[i] == r->plan->currency)
            currency = r->mapped->fields[i];
    }
    totals_check_row(&r->totals, amount, currency);
    r->left_out++;
}

static enum mapped_what
mapped_what(const struct reader *r, const struct record *rec)
{
    const struct mapped_cells own = {rec->own, rec->own_count};

    return mapped_look(r->mapped, r->scratch, rec->fields, rec->count, rec->own ? &own : NULL);
}

/* Rows that are none by the mapping: the header again, what was agreed to be left out, what is below the table. */
static bool
is_passed_by(struct reader *r, const struct record *rec, rc_t rc)
{
    enum mapped_what what;

    if (!r->mapped || rc != RC_OK)
        return false;
    what = mapped_what(r, rec);
    if (what == MAPPED_END || what == MAPPED_HEADER)
        r->ended = what == MAPPED_END;
    if (r->ended)
        add_footer(r, rec);
    else if (what == MAPPED_OUT)
        count_left_out(r, rec);
    return r->ended || what != MAPPED_ROW;
}

static bool
is_row(struct reader *r, const struct record *rec, rc_t rc)
{
    if (r->mapped && rc == RC_OK && (r->ended || mapped_what(r, rec) != MAPPED_ROW))
        return false;
    return !is_trailer(r, rec, rc) && !is_footer(r, rec, rc);
}

static void
next_part(struct reader *r)
{
    totals_check_part(&r->totals);
    r->ended = false;
    if (r->mapped && !r->missing)
        r->missing = !read_above(r);
}

static void
next_record(struct reader *r, struct record *rec, rc_t rc)
{
    if (rec->part != r->part)
        next_part(r);
    if (r->facts.book && (rec->part != r->part || !r->seen))
        send_sheet(r, rec->part);
    r->part = rec->part;
    if (is_passed_by(r, rec, rc))
        return;
    if (is_trailer(r, rec, rc)) {
        totals_check_trailer(&r->totals, rec->line, rec->fields, rec->count);
        return;
    }
    if (is_footer(r, rec, rc)) {
        add_footer(r, rec);
        return;
    }
    if (is_cut(r, rec, rc))
        r->cut = rec->line;
    if (rc == RC_OK && is_nothing(r, rec))
        return;
    r->seen++;
    r->hidden += rec->hidden;
    r->amount = r->currency = (struct span){NULL, 0};
    if (rc == RC_OK)
        read_record(r, rec);
    else if (rec->header)
        header_errors(r, rec, rec->header);
    else
        bad_record(r, rec);
    totals_check_row(&r->totals, r->amount, r->currency);
}

static rc_t
too_many_rows(struct reader *r)
{
    char limit[24];

    snprintf(limit, sizeof limit, "%llu", (unsigned long long)r->task->row_limit);
    send_reason(r, FRAME_HOLD, ERR_LIMIT_ROWS, SPAN(""), limit);
    return RC_OK;
}

/* RC_END after the last; RC_OK: they were too many, and the file is held. */
static rc_t
all_rows(struct reader *r, struct err *e)
{
    struct record rec;
    rc_t rc;

    while ((rc = records_next(r->records, &rec, e)) == RC_OK || rc == RC_REJECT) {
        if (r->seen == r->task->row_limit && r->task->row_limit && is_row(r, &rec, rc))
            return too_many_rows(r);
        next_record(r, &rec, rc);
        arena_reset(r->scratch);
    }
    return rc;
}

static void
begin_totals(struct reader *r)
{
    struct totals_check *c = &r->totals;

    *c = (struct totals_check){.plan = r->plan,
                               .said = r->task->said,
                               .required = r->task->totals_required,
                               .overrides = r->task->overrides,
                               .columns = r->mapped ? r->mapped->column : r->header.column,
                               .width = r->header.width,
                               .amount_column = -1};
    for (uint32_t i = 0; i < r->plan->root->child_count; i++)
        if (r->plan->root->children[i] == r->plan->amount)
            c->amount_column = c->columns[i];
}

/* What was passed by, or may be, told once each. */
static void
send_notices(struct reader *r)
{
    char text[24];

    if (r->footers) {
        snprintf(text, sizeof text, "%llu", (unsigned long long)r->footers);
        send_reason(r, FRAME_NOTICE, ERR_FOOTER, span_of(r->footer_seen), text);
    }
    if (r->left_out) {
        snprintf(text, sizeof text, "%llu", (unsigned long long)r->left_out);
        send_reason(r, FRAME_NOTICE, ERR_MAPPED_OUT, SPAN(""), text);
    }
    if (*records_hidden(r->records))
        send_reason(r, FRAME_NOTICE, ERR_SHEET_HIDDEN, span_of(records_hidden(r->records)), "");
    if (r->hidden) {
        snprintf(text, sizeof text, "%llu", (unsigned long long)r->hidden);
        send_reason(r, FRAME_NOTICE, ERR_ROWS_HIDDEN, SPAN(""), text);
    }
    for (uint32_t i = 0; i < records_passed(r->records); i++) {
        struct records_sheet sheet = records_passed_by(r->records, i);

        send_reason(r, FRAME_NOTICE, ERR_SHEET_OTHER, span_of(sheet.name), sheet.feed);
    }
}

/* Whether the file is all there; COPY goes to its end all the same. */
static void
send_totals(struct reader *r)
{
    struct rows_totals totals = {0};
    char line[32];

    totals_check_end(&r->totals);
    memcpy(totals.trailer, r->totals.trailers, sizeof totals.trailer);
    totals.counted = r->totals.all;
    send_frame(r, FRAME_TOTALS, &totals, sizeof totals);
    snprintf(line, sizeof line, "line %llu", (unsigned long long)r->cut);
    if (r->cut && !err_listed(r->task->overrides, ERR_TRUNCATED))
        send_reason(r, FRAME_HOLD, ERR_TRUNCATED, span_of(line), "");
    else if (r->totals.fault)
        send_reason(r, FRAME_HOLD, r->totals.fault, span_of(r->totals.seen), r->totals.want);
}

/* FACTS go out before the first row, since the parent makes the stage by them and may not want the file. From there on the file is read to
 * its end whatever is wrong with it, so that its partner hears of all faults; only too many rows end it. Behind the last row come notices
 * and control totals, then what is left in the buffers, then END, without which the parent takes nothing. */
static rc_t
check_rows(struct reader *r, struct err *e)
{
    struct record h = {0};
    const struct xmlr_fault *faults;
    uint32_t count;
    char at[40];
    bool good;
    rc_t rc = records_open(&r->records, r->task, &r->facts, e);

    if (rc == RC_OK)
        rc = records_header(r->records, &h, e);
    if (rc == RC_END || (rc == RC_REJECT && h.bad)) {
        send_reason(r, rc == RC_END ? FRAME_REFUSE : FRAME_HOLD,
                    rc == RC_END ? ERR_EMPTY_FILE : h.bad, bad_place(&h, at),
                    rc == RC_END ? "" : r->facts.charset);
        return RC_END;
    }
    if (rc != RC_OK)
        return rc;
    if (!choose_plan(r, &h))
        return RC_END;
    good = map_header(r, &h);
    r->facts.correction = r->header.correction;
    send_frame(r, FRAME_FACTS, &r->facts, sizeof r->facts);
    if (good && r->mapped && !read_above(r))
        return RC_END;
    if (!good) {
        send_reason(r, FRAME_REFUSE, r->header.faults[0].code,
                    shown_title(r, &h, r->header.faults[0].seen), r->header.faults[0].want);
    } else {
        begin_totals(r);
        r->part = h.part;
        r->header_line = h.line;
        if ((rc = all_rows(r, e)) != RC_END)
            return rc == RC_OK ? RC_END : rc;
        send_notices(r);
        send_totals(r);
    }
    if ((count = records_faults(r->records, &faults))) {
        element_errors(r, 0, faults, count);
        send_reason(r, FRAME_REFUSE, faults[0].code, span_of(shown_element(r, &faults[0])),
                    faults[0].want);
    }
    end_thing(r);
    for (int i = 0; i < ROWS_TABLES; i++)
        send_rows(r, i, 1);
    if (r->told) {
        copy_end(&r->errors);
        send_block(r, FRAME_ERRORS, &r->errors, 1);
    }
    if (r->untold.rows) {
        r->untold.unstaged = r->untold.rows - r->untold_staged;
        send_frame(r, FRAME_UNTOLD, &r->untold, sizeof r->untold);
    }
    send_frame(r, FRAME_END, &r->seen, sizeof r->seen);
    return RC_END;
}

/* ---- which data files the upload holds ---- */

struct listed {
    const char *names[ITEMS_MOST]; /* in the order of their numbers; NULL: junk */
    uint32_t count, kept, junk;
    char first[160]; /* names of junk */
};

static rc_t
list_items(struct reader *r, struct listed *l, struct err *e)
{
    struct unpack *u = NULL;
    struct unpack_item item;
    const struct unpack_limit limit = {.spill = r->task->spills[ROWS_NEST], .entries = ITEMS_MOST};
    char empty[16];
    rc_t rc = unpack_begin(&u, r->task->file, r->task->upload, &limit, e);

    while (rc == RC_OK && (rc = unpack_next(u, &item, e)) == RC_OK && l->count < ITEMS_MOST)
        l->names[l->count++] = arena_str(r->arena, item.name);
    l->kept = l->count;
    if (rc == RC_END && unpack_empty(u)) {
        snprintf(empty, sizeof empty, "%u", unpack_empty(u));
        send_reason(r, FRAME_NOTICE, ERR_EMPTY_ENTRIES, SPAN(""), empty);
    }
    unpack_close(&u);
    return rc;
}

/* Of a few bytes that say nothing to any feed. */
static bool
is_junk(struct reader *r, struct unpack *u, const struct unpack_item *item)
{
    struct source in = unpack_source(u);
    char text[JUNK_BYTES + 1];
    struct err damaged; /* told by itself */
    size_t n = 0, got;

    if (item->kind == UNPACK_DOCUMENT)
        return true;
    if (item->kind != UNPACK_PLAIN || item->bytes > JUNK_BYTES)
        return false;
    do {
        if (in.read(in.ctx, text + n, sizeof text - n, &got, &damaged) != RC_OK)
            return false;
        n += got;
    } while (got && n < sizeof text);
    return n <= JUNK_BYTES && records_is_junk(r->task, (struct span){text, n});
}

static void
pass_over(struct listed *l, uint32_t number)
{
    size_t n = strlen(l->first);

    if (l->junk < JUNK_NAMED)
        snprintf(l->first + n, sizeof l->first - n, "%s%s", n ? ", " : "", l->names[number]);
    else if (l->junk == JUNK_NAMED)
        snprintf(l->first + n, sizeof l->first - n, ", …");
    l->names[number] = NULL;
    l->junk++;
    l->kept--;
}

/* A few such files are told one by one, as any that nobody knows; hundreds of them are one thing. */
static rc_t
find_junk(struct reader *r, struct listed *l, struct err *e)
{
    const struct unpack_limit limit = {.spill = r->task->spills[ROWS_NEST], .entries = ITEMS_MOST};
    bool junk[ITEMS_MOST] = {false};
    struct unpack *u = NULL;
    struct unpack_item item;
    uint32_t found = 0;
    rc_t rc = unpack_begin(&u, r->task->file, r->task->upload, &limit, e);

    for (uint32_t i = 0; rc == RC_OK && i < l->count; i++)
        if ((rc = unpack_next(u, &item, e)) == RC_OK)
            found += junk[i] = is_junk(r, u, &item);
    unpack_close(&u);
    for (uint32_t i = 0; found > JUNK_ALONE && i < l->count; i++)
        if (junk[i])
            pass_over(l, i);
    return rc == RC_OK ? RC_END : rc;
}

static void
send_items(struct reader *r, const struct listed *l)
{
    char junk[16];

    for (uint32_t i = 0; i < l->count; i++)
        if (l->names[i])
            send_frame(r, FRAME_ITEM, l->names[i], strlen(l->names[i]) + 1);
        else
            send_frame(r, FRAME_ITEM, NULL, 0);
    snprintf(junk, sizeof junk, "%u", l->junk);
    if (l->junk)
        send_reason(r, l->kept ? FRAME_NOTICE : FRAME_HOLD, ERR_JUNK_ENTRIES, span_of(l->first),
                    junk);
}

static rc_t
check_upload(struct reader *r, struct err *e)
{
    struct rows_task *task = ARENA_NEW(r->arena, struct rows_task);
    struct listed *l;
    rc_t rc;

    if (r->task->item != ROWS_LIST)
        return check_rows(r, e);
    l = ARENA_NEW(r->arena, struct listed);
    rc = list_items(r, l, e);
    if (rc == RC_END && l->count > JUNK_ALONE)
        rc = find_junk(r, l, e);
    send_items(r, l);
    if (rc != RC_END || l->kept != 1)
        return rc;
    *task = *r->task; /* the only one */
    for (task->item = 0; !l->names[task->item]; task->item++)
        continue;
    r->task = task;
    return check_rows(r, e);
}

/* Of a text the bytes as they came, up to the columns that we had added ourselves. */
static void
put_raw_text(struct reader *r, const struct record *rec)
{
    size_t before = r->raw.n, n;
    enum charset charset;

    records_text(rec, &r->raw);
    if (!r->given_back || !charset_parse(&charset, r->facts.charset))
        return;
    n = csv_head((struct span){r->raw.p + before, r->raw.n - before}, charset, r->facts.delimiter,
                 r->facts.width);
    r->raw.n = before + n;
}

/* The columns of its own that a record has. */
static void
send_raw(struct reader *r, enum frame_type type, const struct record *rec)
{
    r->raw.n = 0;
    buf_put(&r->raw, &rec->line, sizeof rec->line);
    for (uint32_t i = 0; r->facts.book && i < rec->count && i < r->facts.width; i++) {
        uint32_t n = (uint32_t)rec->fields[i].n;

        buf_put(&r->raw, &n, sizeof n);
        buf_put(&r->raw, rec->fields[i].p, n);
    }
    if (!r->facts.book)
        put_raw_text(r, rec);
    send_frame(r, type, r->raw.p, r->raw.n);
}

/* A file of ours cannot be read: the parent hears that the child did not end well. */
static void
give_up(struct reader *r, const char *what)
{
    struct err e;

    blob_failed(what, &e);
    send_reason(r, FRAME_FAILED, e.code, span_of(e.text), "");
    _exit(1);
}

/* The next line that is asked for; 0 after the last. */
static uint64_t
next_line(struct reader *r)
{
    struct lines *l = &r->lines_left;

    if (l->at == l->n) {
        ssize_t got = blob_read(&r->task->lines, l->block, sizeof l->block, l->read);

        if (got < 0)
            give_up(r, "lines of an answer");
        l->read += (uint64_t)got;
        l->n = (size_t)got / sizeof *l->block;
        l->at = 0;
    }
    return l->at < l->n ? l->block[l->at++] : 0;
}

/* What the rows of a sheet stand below: what stood above them, and the header of the first. */
static void
send_head(struct reader *r, const struct record *header)
{
    const struct record *above;
    uint32_t above_count = records_above(r->records, &above);

    for (uint32_t i = 0; i < above_count; i++)
        send_raw(r, FRAME_ABOVE, &above[i]);
    send_raw(r, FRAME_RAW, header);
}

static rc_t
raw_header(struct reader *r, struct record *rec, struct err *e)
{
    const struct mapping *mapping;
    rc_t rc = records_open(&r->records, r->task, &r->facts, e);

    if (rc == RC_OK)
        rc = records_header(r->records, rec, e);
    if (rc != RC_OK)
        return rc;
    r->facts.width = header_own(r->arena, rec->fields, rec->count);
    r->given_back = r->facts.width < rec->count;
    if ((mapping = records_mapping(r->records)))
        name_mapping(r, mapping);
    send_frame(r, FRAME_FACTS, &r->facts, sizeof r->facts);
    return RC_OK;
}

/* By a mapping rows of a workbook may mean what stands above their sheet: it goes with them. */
static rc_t
raw_rows(struct reader *r, struct err *e)
{
    struct record rec, header;
    uint64_t line = next_line(r);
    rc_t rc = raw_header(r, &rec, e);
    bool by_sheet = r->facts.book && r->facts.mapping;

    if (rc != RC_OK)
        return rc;
    header = rec; /* of a workbook it stays */
    if (!by_sheet)
        send_head(r, &header);
    do {
        while (line && line < rec.line) /* a fault between two records */
            line = next_line(r);
        if (line && rec.line == line) {
            if (by_sheet && rec.part != r->part) {
                send_sheet(r, rec.part);
                send_head(r, &header);
                r->part = rec.part;
            }
            send_raw(r, FRAME_RAW, &rec);
            line = next_line(r);
        }
        rc = records_next(r->records, &rec, e);
    } while (line && (rc == RC_OK || rc == RC_REJECT));
    if (by_sheet && !r->part)
        send_head(r, &header);
    return RC_END;
}

/* Only what cannot be read as it comes may be written, into files that have no name. */
static rc_t
confine(const struct rows_task *t, int out, struct err *e)
{
    const int keep[] = {t->file.fd,
                        out,
                        t->spills[ROWS_SPILL].fd,
                        t->spills[ROWS_BOOK].fd,
                        t->spills[ROWS_NEST].fd,
                        t->line_count ? t->lines.fd : -1};
    const struct rlimit file = {SPILL_MAX, SPILL_MAX};
    const struct confine_limits limits = {.cpu_s = CPU_MAX_S};

    setrlimit(RLIMIT_FSIZE, &file);
    return confine_self(keep, sizeof keep / sizeof *keep, &limits, e);
}

/* It is confined before a byte of the file is looked at. Out by _exit(): what the process was made of (its heap, handlers) may be
 * whatever the file made of it, and nothing is left to be done. */
void
rows_child_main(const struct rows_task *t, int out)
{
    struct reader r = {.task = t,
                       .out = out,
                       .arena = arena_new("file"),
                       .scratch = arena_new("rows"),
                       .met = bloom_new(),
                       .digest = digest_new()};
    struct err e = {0};
    rc_t rc = confine(t, out, &e);

    if (rc == RC_OK)
        rc = t->line_count ? raw_rows(&r, &e) : check_upload(&r, &e);
    /* codes from 2000 on speak of the partner's file, whatever call found the fault */
    if (rc == RC_FAIL && e.code >= ERR_EMPTY)
        rc = RC_REJECT;
    if (rc == RC_REJECT)
        send_reason(&r, e.code == ERR_EMPTY_FILE ? FRAME_REFUSE : FRAME_HOLD, e.code,
                    e.code == ERR_MAPPED_HEADER ? SPAN("") : span_of(e.text),
                    e.code == ERR_CHARSET         ? "UTF-8, GB18030, UTF-16 (BOM)"
                    : e.code == ERR_MAPPED_HEADER ? e.text
                                                  : "");
    else if (rc == RC_FAIL && e.code == ERR_SPOOL_DAMAGED)
        send_frame(&r, FRAME_DAMAGED, NULL, 0);
    else if (rc != RC_END)
        send_reason(&r, FRAME_FAILED, e.code, span_of(e.text), "");
    _exit(rc == RC_END || rc == RC_REJECT ? 0 : 1);
}
