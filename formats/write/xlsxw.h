/*
 * xlsxw.h - writes workbooks: a small one of a row of headings and a row of examples, or a long table.
 *
 * Shape    The parts of the package come one by one, as texts; whoever asks puts them into a zip in
 *          that order. The same sheet gives the same bytes. Headings stay in sight; columns of text
 *          are formatted as text down to the last row, so that a long number typed there remains
 *          what was typed; notes are cell comments, choices a list to pick from.
 * Limits   One row of examples, 16,384 columns, names as Excel takes them: everything else is the
 *          caller's business. Texts are UTF-8; what XML has no place for is written as U+FFFD.
 */
#ifndef LANDPORT_XLSXW_H
#define LANDPORT_XLSXW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "base/stream.h"

struct xlsxw_column {
    const char *heading;       /* may have two lines */
    const char *note;          /* of the heading; "": none */
    const char *example;       /* "": an empty cell */
    const char *const *values; /* to choose from, NULL-terminated; NULL: anything */
    uint32_t width;            /* in characters */
    bool text;                 /* else a number */
    bool required;             /* its heading is coloured */
};
struct xlsxw_sheet {
    const char *name;
    const struct xlsxw_column *columns;
    uint32_t count;
    const char *example_note; /* on the first example; "": none */
    uint32_t sheets; /* of a frame; 0: one. Those behind it are called NAME-2, NAME-3 … */
};

#define XLSXW_SHEET     "xl/worksheets/sheet1.xml"
#define XLSXW_NTH_SHEET "xl/worksheets/sheet%u.xml"

/* A table of any length, whose cells are all text: its frame, the parts beside the sheet, one by one; */
bool xlsxw_frame(const struct xlsxw_sheet *s, uint32_t n, const char **name, struct buf *out);
/* then each sheet itself (XLSXW_SHEET), row after row from 1 on, into out. What a cell's text cannot hold
 * as it is (CR and other controls, what reads as such an escape) is escaped as spreadsheets do it. */
void xlsxw_table_begin(struct buf *out, uint32_t columns);
void xlsxw_table_row(struct buf *out, uint32_t row, const struct span *cells, uint32_t count,
                     bool heading);
void xlsxw_table_end(struct buf *out);

/* Cell formats of the frame's styles, as s="…" has them. */
#define XLSXW_PLAIN   "0"
#define XLSXW_TEXT    "1"
#define XLSXW_HEADING "2"
/* "AB7": column 27 (A is 0), row 7. */
void xlsxw_ref(struct buf *out, uint32_t column, uint32_t row);
/* One cell of a row, also of a sheet that is not from here: style as that has it, NULL: none. */
void xlsxw_cell(struct buf *out, uint32_t column, uint32_t row, const char *style,
                struct span value, bool number);
/* What stands before the first row of a sheet that is made, whose first rows stay in sight; a style for
 * each of the first columns. */
void xlsxw_sheet_begin(struct buf *out, uint32_t frozen, const char *const *styles, uint32_t count);

/* Part n of the package, into out; false after the last. */
bool xlsxw_part(const struct xlsxw_sheet *s, uint32_t n, const char **name, struct buf *out);

#endif
