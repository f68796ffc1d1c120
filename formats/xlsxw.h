/*
 * xlsxw.h - writes a small workbook: one sheet, a row of headings, a row of examples.
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

#include "stream.h"

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
};

/* Part n of the package, into out; false after the last. */
bool xlsxw_part(const struct xlsxw_sheet *s, uint32_t n, const char **name, struct buf *out);

#endif
