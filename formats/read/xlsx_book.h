/*
 * xlsx_book.h - what a workbook consists of: its sheets in order, and the parts they need.
 *
 * Shape    book_read() follows the relationships from the package to the workbook and from there
 *          on; names of parts are full, without a slash in front. NULL: there is no such part.
 * Errors   xlsx.h, xlsx_open.
 */
#ifndef LANDPORT_XLSX_BOOK_H
#define LANDPORT_XLSX_BOOK_H

#include "base/arena.h"
#include "formats/read/xlsx.h"

struct book_sheet {
    const char *name, *part;
    bool hidden;
};

struct book {
    struct book_sheet *sheets;
    uint32_t count;
    const char *strings, *styles;
    bool from_1904; /* day 0 is 1904-01-01 */
};

rc_t book_read(struct book *b, struct arena *a, const struct xlsx_parts *parts, struct err *e);
/* The part a target means, as seen from another part; NULL where it leads out of the package. */
const char *book_resolve(struct arena *a, const char *from, const char *target);

#endif
