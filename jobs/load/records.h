/*
 * records.h - the records of an upload, whatever its form: delimited text, a workbook or XML.
 *
 * Shape    records_open() tells the form from the bytes; records_header() gives the header record,
 *          records_next() what follows. Of a workbook all sheets are looked at first: the header is
 *          the row that fits a feed best, below whatever titles stand above it; sheets without one, or
 *          with one that knows less than half as many columns (notes about them), are passed over, hidden ones are not read.
 *          Further sheets with a header of the same feed are read on, their columns put into the order
 *          of the first; their lines count from sheet number times SHEET_LINES (row 5 of the second
 *          sheet is line 20000005). Of XML the header names all columns of its feed; where rows share
 *          a line, which no other record may, they count from SHARED_LINES.
 *          Where the task names mappings (formats/read/mapping.h), a row with the titles of one is the header, of
 *          a text with whatever delimiter shows them; all records stay as the sender has them.
 * Facts    What an answer needs to speak the partner's way; for a workbook and XML UTF-8 with a byte
 *          order mark, comma and CR LF, which spreadsheets open.
 * Errors   As csv.h and xlsx.h: RC_REJECT from records_next() is one record's (bad, bad_field); from
 *          the others the file's. ERR_FEED_UNKNOWN when no sheet has a header, ERR_SHEET_HIDDEN when only hidden ones have.
 *          A workbook in an archive is first written to the task's book, since its parts are read
 *          in no order: ERR_TOO_BIG beyond BOOK_MAX.
 * Calls    In the confined child: everything that is opened comes with the task.
 */
#ifndef LANDPORT_RECORDS_H
#define LANDPORT_RECORDS_H

#include "formats/read/xlsx.h"
#include "load/task.h"

#define BOOK_MAX     (2ul << 30) /* bytes of a workbook in an archive */
#define SHEET_LINES  10000000u
#define SHARED_LINES 4000000000u

struct record {
    uint64_t line;
    struct span raw; /* as it came, without its line end; p NULL: there is no such text */
    const struct span *fields;
    uint32_t count;
    err_code_t bad; /* with RC_REJECT: why, and in which field */
    uint32_t bad_field;
    uint64_t bad_offset; /* byte in the file; 0: it has no bytes that could be found there */
    const struct xlsx_fault
        *faults; /* of single fields, by index; the record is good all the same */
    uint32_t fault_count;
    const struct xmlr_fault *elements; /* what XML knows to be wrong with it */
    uint32_t element_count;
    uint32_t part;          /* of a workbook: its sheet */
    const struct span *own; /* with fields in another order: as the sheet has them; else NULL */
    uint32_t own_count;
    bool hidden;                 /* of a workbook: a person does not see the row */
    const struct header *header; /* with RC_REJECT, of a later sheet: its header has these faults */
    bool open_end;               /* the file ends with it, without a line end */
};

/* They live as long as the child. */
struct records;
rc_t records_open(struct records **r, const struct rows_task *t, struct rows_facts *facts,
                  struct err *e);
/* Sets facts; RC_END when there is none, RC_REJECT (h->bad) when it cannot be read. */
rc_t records_header(struct records *r, struct record *h, struct err *e);
/* Valid until the next call. */
rc_t records_next(struct records *r, struct record *rec, struct err *e);
/*
 * How the rows of a delimited text end that have not as many fields as the header has names; read from the whole
 * file, which is gone through once more for it. A spreadsheet writes rows in blocks of 16, each as far as the
 * block's last value goes: its last columns are empty then. Other programs write a delimiter after each value.
 */
enum records_ends {
    ENDS_ODD,   /* neither: such a row is a fault of its own */
    ENDS_EARLY, /* all rows of a block alike, none with more fields than the header */
    ENDS_LATE   /* all rows alike, what is beyond the header is blank */
};
rc_t records_ends(struct records *r, uint64_t header_line, uint32_t width, enum records_ends *ends,
                  struct err *e);
/* After RC_END: what is wrong with the file outside of its records; it should be refused then. */
uint32_t records_faults(const struct records *r, const struct xmlr_fault **faults);
/* The feed of the file whose header this is: what the task or the file's name says, else the header,
 * else the name of the archive it lies in; its index, or -1. */
int records_plan(struct records *r, const struct record *h);
/* The mapping whose titles the header has; NULL: it is a feed's own. */
const struct mapping *records_mapping(const struct records *r);
/* The titles of a header that would have been known; NULL: there are no mappings. */
const char *records_wanted(const struct records *r, struct arena *a);
/* What stands above the header at hand; of a record that cannot be read raw alone. */
uint32_t records_above(const struct records *r, const struct record **above);
/* A text that has no column of any feed, nor is XML of one: somebody's notes, or nothing at all. */
bool records_is_junk(const struct rows_task *t, struct span text);
/* Of a workbook: the name of the sheet at hand. */
const char *records_sheet(const struct records *r);
/* Names of sheets that have a header of the feed, and are passed over because a person does not see them;
 * "": none. */
const char *records_hidden(const struct records *r);
/* Of a workbook: sheets that are seen and have a header of another feed than its own, with rows below. */
struct records_sheet {
    const char *name, *feed; /* feed: as its file would be named, and its title */
};
uint32_t records_passed(const struct records *r);
struct records_sheet records_passed_by(const struct records *r, uint32_t nth);
/* The record's text: raw, or its fields as CSV. */
void records_text(const struct record *rec, struct buf *out);

#endif
