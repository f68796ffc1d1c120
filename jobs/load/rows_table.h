/*
 * rows_table.h - which tables the rows of a feed go into, and a row in COPY's binary form.
 *
 * Shape    stage_<feed>, temporary, is what the rules of sql/ingest/ read: a row a record. Good records
 *          are written at once into the feed's tables (lp:feed table, lines, or such as landport init
 *          makes), to be taken out again where a rule refuses them; where a feed marks what its rules
 *          read (lp:staged), the stage holds only that and what follows: wide rows are written once. A
 *          table takes the feed's columns of the same name. A feed with lines has a row of `table` for
 *          each run of records with the same head, and a row of `lines` for each record.
 * Unmade   Where a table is missing, such as landport init makes, or a column of it, or what is in it was named, sealed or
 *          typed otherwise, `unmade` says so, and the feed has no tables.
 * Ours     line, bad (has an error), digest (of the record's content; of a thing's records all),
 *          head (digest of the head columns), first_line (where this head began) and alone (no other
 *          record has it before or behind), issuer and subject_hash (of issuer and number: what it is about),
 *          part_key (which part of that: the lp:key columns), again (a record before this, or before its run, is
 *          perhaps of the same subject and part), and in the tables number, row_id (batch and first line), batch_id,
 *          current.
 * Shown    The child's rows for the stage also have the columns that tell whose a row is; they go to its
 *          parent (rows_take.h), not to the database.
 * Errors   RC_FAIL ERR_SCHEMA for a table that is not there, or has a column of another type.
 */
#ifndef LANDPORT_ROWS_TABLE_H
#define LANDPORT_ROWS_TABLE_H

#include "base/stream.h"
#include "formats/xsd/schema.h"
#include "sql/db.h"

/* What the names of tables begin with that landport init makes; none of sql/schema/ does. */
#define ROWS_MADE  "rows_"
#define LINES_MADE "lines_"
/* What the remark of a made table begins with; rows_named_by() follows. */
#define ROWS_NAMED_BY "rows named by "

enum { ROWS_STAGE, ROWS_THINGS, ROWS_LINES, ROWS_TABLES };

enum rows_what {
    ROWS_FIELD,
    ROWS_LINE,
    ROWS_BAD,
    ROWS_DIGEST,
    ROWS_HEAD,
    ROWS_FIRST_LINE,
    ROWS_ALONE,
    ROWS_ISSUER,
    ROWS_NUMBER,
    ROWS_SUBJECT_HASH,
    ROWS_AGAIN,
    ROWS_PART_KEY,
    ROWS_ROW_ID,
    ROWS_BATCH_ID,
    ROWS_CURRENT
};

struct rows_column {
    const char *name;
    enum rows_what what;
    uint32_t field; /* ROWS_FIELD: index of the plan's element */
    bool shown;     /* to the parent alone: it leaves the column out */
};

struct rows_table {
    const char *name; /* NULL: the feed has none */
    struct rows_column *columns;
    uint32_t count;
};

struct rows_shape {
    const struct plan *plan;
    bool named;     /* its rows have issuer and number: they go into tables */
    bool has_lines; /* a thing takes several rows, with head columns that are the same on each */
    bool has_part;  /* a subject may have several parts (lp:key) */
    bool whole;     /* the stage has all columns, since none is marked lp:staged */
    const char *unmade; /* why its rows cannot be written before landport init; NULL: they can */
    struct rows_table tables[ROWS_TABLES];
};

/* A record, read. Values are indexed like the plan's elements; p NULL: none, or a bad one. */
struct rows_values {
    const struct span *fields;
    int64_t line, first_line, digest, head, batch_id, subject_hash;
    struct span issuer, number, part_key;
    bool bad, alone, again, has_trade;
};

/* Where values lie that are known later than the row is written. */
struct rows_marks {
    size_t digest, alone;
};

/* db NULL: the stage alone. */
rc_t rows_shape(struct rows_shape *s, struct arena *a, const struct plan *plan, struct db *db,
                struct err *e);
/* A table as another process had it from the database; false: no column of that name can be. */
void rows_table_begin(struct rows_shape *s, struct arena *a, int which, const char *name,
                      uint32_t columns);
bool rows_table_add(struct rows_shape *s, int which, const char *column);
/* Elements that name its rows and number their lines, each with what it is, as people read them: what is found by one of
 * these is found by no other. */
const char *rows_named_by(const struct plan *plan, struct arena *a);
/* Of a column for such values in the database. */
const char *rows_type(const struct plan_type *type);
/* DDL of the stage; with what the stage of `base` has beyond it, whose statements a variant goes through. COPY of a table. */
const char *rows_stage_ddl(struct arena *a, const struct rows_shape *s,
                           const struct rows_shape *base);
const char *rows_copy(struct arena *a, const struct rows_table *t);

/* Says what it is about, and which part of that; scratch holds what had to be joined. */
void rows_keys(const struct rows_shape *s, struct rows_values *v, struct buf *scratch);
/* Append a row; marks may be NULL. */
void rows_put(struct buf *out, const struct rows_shape *s, const struct rows_table *t,
              const struct rows_values *v, struct rows_marks *marks);

#endif
