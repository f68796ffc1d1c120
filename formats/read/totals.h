/*
 * totals.h - control totals: what a partner says a file holds, against what was counted.
 *
 * Shape    struct totals is what is said, by NAME.sum, by the marker NAME.ok or by a trailer row;
 *          struct tally what was counted: each row once, its amount under its currency.
 *          The amount is the column that the feed's XSD names in lp:totals, the sum over all rows as they
 *          were sent, refused and repeated ones too.
 * Texts    totals_read() takes lines of any of these forms, in UTF-8 or, with a byte order mark,
 *          UTF-16; any letter case, blanks anywhere, CR LF, empty lines, comments after #:
 *              <64 hex>  NAME                what sha256sum prints
 *              SHA256 (NAME) = <64 hex>      what sha256sum --tag and openssl dgst print
 *              rows=120 amount=35,000.00     keys sha256, rows, amount, amount.142 (of that currency
 *                                            alone), with = or :, one or several a line
 *          Of several sums the one of NAME counts; a single one whatever it names. A key it does
 *          not know is an error: a control nobody understands controls nothing.
 * Trailer  A row whose first cell with a text is one of the XSD's trailers, or a key=value. Its cells
 *          may be key=value; else, where the row is as wide as the header, the cell below the amount
 *          column is the amount, else the cells after the mark are the rows and the amount. With a word that
 *          people write before any sum, as 合计, it is one only where all of this is there: a key=value, or a number
 *          below the amount column, or rows and amount directly behind the word and nothing else, of which one at
 *          least stands below a column that holds no numbers. Else it is a footer.
 * Numbers  Exact decimals of up to 20 digits before and 8 after the point; what has more after it is
 *          rounded. Counting stops being exact (tally.unread) with a row whose amount cannot be
 *          read: then amounts are not compared, since that row is refused and says so itself.
 * Errors   RC_REJECT ERR_TOTALS_TEXT, with the line.
 */
#ifndef LANDPORT_TOTALS_H
#define LANDPORT_TOTALS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "formats/read/header.h"
#include "formats/xsd/schema.h"

#define TOTALS_CURRENCIES 16
#define TOTALS_TEXT       1024
#define TOTALS_FORM       "rows=120 amount=35000.00 sha256=…"

__extension__ typedef __int128 totals_number; /* of 10^-8 */

struct totals_amount {
    char currency[8]; /* "": of all rows */
    totals_number value;
};

struct totals {
    char sha256[65]; /* "": not said */
    bool has_rows;
    uint64_t rows;
    struct totals_amount amounts[TOTALS_CURRENCIES];
    uint32_t amount_count;
};

struct tally {
    uint64_t rows, unread; /* unread: rows whose amount cannot be counted */
    totals_number all;
    struct totals_amount by[TOTALS_CURRENCIES]; /* of each currency */
    uint32_t count;
};

/* Add what a text says about file `name`. */
rc_t totals_read(struct totals *t, struct span text, const char *name, struct err *e);
/* rows, amount or sha256 is said. */
bool totals_any(const struct totals *t);
/* "rows=120 amount=35000 amount.142=35000", as totals_read() takes it; returns out. */
const char *totals_text(const struct totals *t, char out[TOTALS_TEXT]);

/* A row; an amount without text could not be read. */
void tally_row(struct tally *t, struct span amount, struct span currency);
/* Add what another file has. */
void tally_add(struct tally *t, const struct tally *more);
const char *tally_text(const struct tally *t, char out[TOTALS_TEXT]);
/* False where rows or amounts are not as said; then what differs, as text. */
bool totals_agree(const struct totals *said, const struct tally *counted, char seen[TOTALS_TEXT],
                  char want[TOTALS_TEXT]);

/* Add what it says; amount_column: index of the amount's cell in rows of `width` cells, or -1. */
rc_t totals_trailer(struct totals *t, const struct plan *plan, const struct span *cells,
                    uint32_t count, uint32_t width, int amount_column, struct err *e);

/*
 * A file's rows and trailers as they come. A sheet of a workbook may have a trailer of its own, which
 * speaks of that sheet; what is said beside the file speaks of all. The first fault is kept.
 */
struct totals_check {
    const struct plan *plan;
    const struct totals *said; /* NULL: nothing */
    bool required;             /* it is a fault if nothing is said at all */
    const char *overrides;     /* codes of faults that count no more; NULL: none */
    const int *columns;        /* of each field, its cell in a row, -1: none */
    uint32_t width;            /* of the header */
    int amount_column;
    struct tally all, part;
    struct totals trailer;      /* what the part at hand says at its end */
    uint64_t trailer_line;      /* 0: nothing so far */
    char trailers[TOTALS_TEXT]; /* what the last one of them said */
    err_code_t fault;
    char seen[TOTALS_TEXT], want[TOTALS_TEXT];
};
/*
 * Is this the feed's trailer row? Its first cell that is not empty tells; where it is a word that people write
 * before any sum (合计), the row must say totals in one of the forms above.
 */
bool totals_is_trailer(const struct totals_check *c, const struct span *cells, uint32_t count);
/*
 * Does the row stand below or between the rows without being one: who made the table and when, a subtotal, a
 * remark? Few cells, the first of which says so, and hardly a required column; or a word for a sum and numbers.
 */
bool totals_is_footer(const struct totals_check *c, const struct span *cells, uint32_t count);
/* A row that is none of the below: a trailer may not come before one. */
void totals_check_row(struct totals_check *c, struct span amount, struct span currency);
void totals_check_trailer(struct totals_check *c, uint64_t line, const struct span *cells,
                          uint32_t count);
void totals_check_part(struct totals_check *c); /* a sheet ends, and another comes */
void totals_check_end(struct totals_check *c);

#endif
