/*
 * mapping.h - somebody's export as rows of a feed, as a mapping file says (formats/mapping/NAME.conf).
 *
 * Shape    struct mapping is the file (conf_mapping() of jobs/conf reads it); mapping_bind() resolves what it names
 *          against the feed's plan. struct mapped is one table of an upload: mapped_begin() finds its columns
 *          by their titles, mapped_row() turns a row's cells into the feed's columns.
 * Order    Of a value: it is taken (from, join, either, minus, filled, above or the constant), without blanks and
 *          the marks that programs put around it (` ' =""); then split, pattern, values, number or date,
 *          sign. The feed's own checks see what comes out.
 * Patterns Plain text, * for any text (as short as can be), {} for the part that is taken, {digits} and {word}
 *          (letters, digits, - and _) for one of that kind. A pattern speaks of the whole value. Dates: YYYY YY
 *          MM M DD D hh h mm ss, MON (Jan, January), AM; * for any rest.
 * Bounds   Time and memory of a value grow with its length alone: patterns look at each place of it once.
 * Memory   Everything of a mapping lives in the arena it was read into, what mapped_row() returns in the scratch
 *          it was handed or in the cells.
 * Errors   Of a file: none but what is said through `wrong`, whoever asked adds the place. Of a row: faults, by
 *          field, each with what was seen in the sender's own words.
 */
#ifndef LANDPORT_MAPPING_H
#define LANDPORT_MAPPING_H

#include "base/arena.h"
#include "base/span.h"
#include "formats/read/header.h"
#include "formats/xsd/schema.h"

#define MAPPING_ARROW  " -> "
#define MAPPING_TITLES 100 /* columns of the sender's that a mapping speaks of */
#define MAPPING_WORDS  8   /* other titles a column goes by */

struct mapping_pair { /* "已支付 -> 1" */
    const char *from, *to;
    int title; /* of minus-if: which of the file's */
};

/* A column of the feed; what the file says, then what becomes of it. */
struct mapping_column {
    const char *name; /* element or title */
    const char *place;
    const char **from, **join, **either, **above, **filled, **values, **pattern, **date, **minus_if;
    const char *with, *minus, *value, *split, *other, *number, *sign, *own_minus;
    uint32_t part;
    bool optional;

    const struct plan_node *field;
    uint32_t at; /* of the plan's root */
    uint32_t *titles, title_count;
    int minus_title; /* -1: none */
    struct mapping_pair *value_pairs, *filled_pairs, *minus_pairs;
    uint32_t value_count, filled_count, minus_count;
    const char *date_as; /* how the feed's column wants it */
};

/* Rows that are left out, or the only ones that are not. */
struct mapping_test {
    const char *title;
    const char *place;
    const char **is, **begins, **holds;
    bool empty;
    uint32_t at;
};

struct mapping_title {
    const char *words[MAPPING_WORDS + 1];
    bool needed;
};

struct mapping {
    const char *name, *file; /* "alipay", the path */
    const char *broken;      /* why it cannot be used: "file:line: …"; NULL: it can */
    const char *place;       /* of `feed` */
    const char *feed, *title;
    const char **files; /* names of files it is for, patterns; none: any */
    const char **end;   /* what a row begins with that ends the table */
    const char **ignore;
    uint32_t within;
    struct mapping_column *columns;
    uint32_t column_count;
    struct mapping_test *skips, *onlys;
    uint32_t skip_count, only_count;

    const struct plan *plan;
    uint32_t plan_at; /* whose it is among many */
    struct mapping_title *titles;
    uint32_t title_count, needed_count;
    struct header_slots slots;
};

bool mapping_pair(struct arena *a, struct mapping_pair *pair, const char *text);

/* place: the column's or test's, "file:line". Returns false where anything was wrong. */
struct mapping_told {
    void (*wrong)(void *ctx, const char *place, const char *text);
    void *ctx;
};
bool mapping_bind(struct mapping *m, struct arena *a, const struct plan *plan,
                  const struct mapping_told *told);

/* Is it for files of that name? What is for any says so too. */
bool mapping_takes(const struct mapping *m, const char *name);
/* Are these the titles of its header? All that are needed; *known receives how many of all. */
bool mapping_fits(const struct mapping *m, struct arena *scratch, const struct span *names,
                  uint32_t count, uint32_t *known);
/* The titles that are needed, joined, for whoever found none. */
const char *mapping_titles(const struct mapping *m, struct arena *a);
/* The sender's word for a field of the feed: "借方发生额 / 贷方发生额"; chosen: of each title, which of its words
 * the file has (NULL: the first). A field that is constant has the feed's own name. */
const char *mapping_name(const struct mapping *m, struct arena *a, uint32_t field,
                         const unsigned char *chosen);

struct mapped_fault {
    uint32_t field;
    err_code_t code;
    struct span seen;
    const char *want;
};

enum mapped_what {
    MAPPED_ROW,
    MAPPED_HEADER, /* the header once more, as on each page of a list */
    MAPPED_OUT,    /* left out, as agreed */
    MAPPED_END     /* what ends the table */
};

struct mapped {
    const struct mapping *mapping;
    struct header header; /* by title */
    int *column;          /* of each field the one column it is taken from, else -1 */
    unsigned char chosen[MAPPING_TITLES]; /* of each title */
    struct span *names;                   /* of the header, as they are compared */
    struct span *above;                   /* of each column that has such */
    struct span *fields;                  /* of the row at hand, by the plan's elements */
    struct mapped_fault *faults;
    uint32_t fault_count;
};

/* True when there is no fault in m->header. */
bool mapped_begin(struct mapped *m, struct arena *a, const struct mapping *mapping,
                  const struct span *names, uint32_t count);
/* The cells above the table, row by row, ended by one whose p is NULL: what stands behind a label. The first
 * column that finds nothing, whose label is its `above`; NULL: all are there. */
struct mapped_cells {
    const struct span *cells;
    uint32_t count;
};
const struct mapping_column *mapped_above(struct mapped *m, struct arena *a,
                                          const struct mapped_cells *rows, uint32_t count);
/* What a row is, before its columns are looked at; own: its cells as they stand in their sheet, where `cells` are
 * in another order, else NULL. */
enum mapped_what mapped_look(const struct mapped *m, struct arena *scratch,
                             const struct span *cells, uint32_t count,
                             const struct mapped_cells *own);
/* Fills fields and faults. */
void mapped_row(struct mapped *m, struct arena *scratch, const struct span *cells, uint32_t count);
/* Does the row say anything in a column of the mapping? */
bool mapped_blank(const struct mapped *m, const struct span *cells, uint32_t count);
/* Is the field taken from that column of the file? */
bool mapped_uses(const struct mapped *m, uint32_t field, uint32_t column);

#endif
