/*
 * sheetw.h - the sheet that a table is written into: one of a workbook that is given, or a made one.
 *
 * Shape    Ready text around rows. Rows above the table stay where they are; the table's first row
 *          lends its formats (and cells that are no column of ours) to all; what stands below it moves
 *          down with the rows, merged cells too. What else names cells, as print areas and rules for
 *          what may be typed, stays as it was.
 * Cells    A cell may be filled: from a slot of the table, or with a fixed text.
 * Errors   RC_FAIL ERR_SCHEMA for what cannot be filled: no such file or sheet, a formula anywhere
 *          (its stored result would be that of the template), cells merged across the table's
 *          edge, XML with a prefix. What is no workbook: as formats/read/xlsx.h says, but RC_FAIL.
 * Memory   The workbook's parts, at most 32 MiB, in the arena.
 */
#ifndef LANDPORT_SHEETW_H
#define LANDPORT_SHEETW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"
#include "base/stream.h"

#define SHEETW_NO_SLOT  UINT32_MAX
#define SHEETW_LAST_ROW 1048576u

struct sheetw_cell {
    uint32_t column;   /* from 1 */
    const char *style; /* NULL: none */
    const char *rest;  /* what follows in its tag, and its content; NULL: filled */
    uint32_t slot;
    const char *text; /* NULL: the slot's */
};

struct sheetw_row {
    uint32_t number;
    const char *attributes; /* beside its number, each with a blank before */
    struct sheetw_cell *cells;
    uint32_t count;
};

struct sheetw_merge {
    uint32_t column, row, last_column, last_row;
};

struct sheetw_part {
    const char *name;
    struct span bytes;
};

struct sheetw {
    const char *file; /* for errors; NULL: it is made */
    struct sheetw_part *parts;
    uint32_t part_count, sheet_part;         /* which part is the sheet, whose bytes are these: */
    struct span before, after_rows, after;   /* merged cells stand between the last two */
    struct sheetw_row *above, *below, table; /* table.number: where its first row is */
    uint32_t above_count, below_count;
    struct sheetw_merge *merges;
    uint32_t merge_count;
    const char **column_styles; /* of the first columns; NULL: none */
    uint32_t style_count;
};

/* sheet NULL: the first. first_row is where rows go; beyond SHEETW_LAST_ROW there are none. */
rc_t sheetw_read(struct sheetw *s, struct arena *a, const char *file, const char *sheet,
                 uint32_t first_row, struct err *e);
/* A workbook that is made: frozen rows above, a style for each of the first columns. */
void sheetw_make(struct sheetw *s, struct arena *a, const char *sheet, uint32_t frozen,
                 const char **styles, uint32_t count, uint32_t first_row);
/* Fill a cell above or below the table. */
void sheetw_fill(struct sheetw *s, struct arena *a, uint32_t column, uint32_t row, uint32_t slot,
                 const char *text, const char *style);
/* Mark a cell of the table's rows as a column of ours. */
void sheetw_column(struct sheetw *s, struct arena *a, uint32_t column, uint32_t slot);
/* The merged cells, of a table of so many rows (at least 1). */
rc_t sheetw_merged(const struct sheetw *s, uint32_t rows, struct sink out, struct err *e);

#endif
