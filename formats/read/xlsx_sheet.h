/*
 * xlsx_sheet.h - the rows of one sheet as they stand in its part.
 *
 * Shape    libxml2 pushes, our callers pull: a piece of the sheet is parsed and what its cells hold
 *          is queued, raw; shared strings and forms come in only when a row is asked for. So the
 *          queue never holds more than a piece of XML and an unfinished row. Cells that hold
 *          nothing are left out, and rows of no other cells.
 * Errors   sheet_next: RC_REJECT ERR_WORKBOOK for rows or cells that are absurd, unsorted or
 *          repeated; ERR_TOO_BIG; what the part's source says. The rows before it are given first.
 */
#ifndef LANDPORT_XLSX_SHEET_H
#define LANDPORT_XLSX_SHEET_H

#include "formats/read/xlsx.h"
#include "formats/read/xlsx_styles.h"

enum cell_type { CELL_NUMBER, CELL_SHARED, CELL_TEXT, CELL_BOOLEAN, CELL_ERROR, CELL_DATE };

struct sheet_cell {
    uint32_t column;      /* A is 0 */
    uint8_t type, form;   /* enum cell_type; xlsx_value.h */
    bool formula, valued; /* it has an <f>, a <v> or <is> */
    size_t at, n;         /* for sheet_text() */
};

struct sheet_row {
    uint32_t number; /* from 1 */
    uint32_t big;    /* column, from 1, whose text was dropped for the row's length; else 0 */
    const struct sheet_cell *cells;
    size_t count;
    bool hidden;
};

struct sheet;
/* Borrows all it is given. */
rc_t sheet_open(struct sheet **s, const struct xlsx_parts *parts, const char *part,
                const struct xlsx_form *form, const struct styles *styles, struct err *e);
void sheet_close(struct sheet **s);
/* RC_OK, RC_END or a failure; the row is valid until the next call. */
rc_t sheet_next(struct sheet *s, struct sheet_row *row, struct err *e);
struct span sheet_text(const struct sheet *s, const struct sheet_cell *c);

#endif
