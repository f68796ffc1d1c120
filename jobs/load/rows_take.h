/*
 * rows_take.h - rows that a process nobody trusts sent, looked at on their way to the database.
 *
 * Shape    The child that read a file (read_rows.h) sends rows in COPY's binary form. Here each is taken
 *          apart once: what is personal is sealed (cipher.h), what only we look at is left out.
 * Refused  A row of another batch (batch_id, row_id); one whose trade or part is not what its own
 *          columns say; one in which somebody else speaks (speakers.h), unless it is marked as bad and will
 *          be refused; in the tables one without a value its XSD requires, or with a text that is
 *          longer than that allows; and, at the end, rows in the tables that are not those of the stage.
 *          A reader that works sends none of these: the file is not loaded.
 * Errors   RC_RETRY ERR_CHILD. What it said is not shown.
 */
#ifndef LANDPORT_ROWS_TAKE_H
#define LANDPORT_ROWS_TAKE_H

#include "load/rows_table.h"
#include "load/speakers.h"

/* What one of its tables can be asked. */
struct take_table {
    bool keys, number, part, speaks; /* the columns that tell are there */
    bool personal, shown;            /* rows are not passed on as they came */
    uint32_t kept;                   /* columns that go on */
    struct span *cells;              /* of the row at hand */
    struct span *values;             /* the same by the plan's elements */
};

struct rows_taker {
    const struct rows_shape *shape;
    struct speakers speakers;
    int64_t batch_id;
    struct take_table tables[ROWS_TABLES];
    struct buf keys;
    uint64_t staged; /* rows of the stage */
    uint64_t secret; /* nobody else can make two sums the same */
    uint64_t sum[2]; /* of line and trade, of the stage's good rows and of the table's */
};

void rows_take_begin(struct rows_taker *t, struct arena *a, const struct rows_shape *s,
                     int64_t batch_id, const char *const *codes, const char *const *roles);
/* Rows for a table: those that are all there go into out, which is emptied before; the rest stays in rows. */
rc_t rows_take(struct rows_taker *t, int table, struct buf *rows, struct buf *out, struct err *e);
/* After the last; rows: how many records the child says there were. */
rc_t rows_take_end(struct rows_taker *t, int64_t rows, struct err *e);
void rows_take_free(struct rows_taker *t);

#endif
