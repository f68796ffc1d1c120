/*
 * table.h - results as a table people can read or as JSON for scripts.
 *
 * Shape    Columns are named once; cells are text. Widths count Chinese characters as two. JSON is
 *          one document: an array of objects, numbers unquoted where the column says so.
 */
#ifndef LANDPORT_TABLE_H
#define LANDPORT_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/stream.h"

enum table_kind { TABLE_TEXT, TABLE_NUMBER, TABLE_BOOL };
struct table_column {
    const char *name; /* JSON key; the heading is the same in capitals with _ as blank */
    enum table_kind kind;
};

/* Cells row by row, NULL for nothing; `what` is used for "no <what>". */
void table_print_cells(FILE *out, const struct table_column *columns, int count,
                       const char *const *cells, int rows, const char *what);
void table_json_cells(struct buf *out, const struct table_column *columns, int count,
                      const char *const *cells, int rows);
/* One or the other, on standard output. */
void table_show_cells(bool json, const struct table_column *columns, int count,
                      const char *const *cells, int rows, const char *what);
void json_string(struct buf *out, const char *s); /* quoted and escaped; NULL gives null */
/* "name": behind whatever of its object stands there already; then comes the value. */
void json_name(struct buf *out, const char *name);
void json_pair(struct buf *out, const char *name, const char *text);
void json_flag(struct buf *out, const char *name, bool flag);

#endif
