/*
 * xlsx.h - the rows of a workbook (.xlsx), sheet by sheet.
 *
 * Shape    As Excel, WPS, LibreOffice and libraries write it, transitional or strict. line is the
 *          row's number as the spreadsheet shows it, a field's index its column (A is 0); cells
 *          that are missing are empty fields, rows of nothing but blanks are skipped, and so are
 *          empty cells at a row's end beyond xlsx_width(). Sheets come in the order of their tabs;
 *          those that hold no cells (charts) are left out.
 * Values   Text as it is, not trimmed; of a formula the stored result. Numbers in plain notation,
 *          with leading zeros where the format is of zeros alone (0000). Cells with a date format
 *          are YYYYMMDD or, where it shows the time too, YYYYMMDDhhmmss; time alone is hhmmss;
 *          parts of a second are cut. Booleans are the words that are shown, TRUE and FALSE.
 * Memory   At most 16 MiB of shared strings, else they go to the spill file; some 20 MiB besides.
 *          Does not grow with the sheet.
 * Errors   xlsx_open: RC_REJECT when the file is bad: ERR_WORKBOOK, ERR_TOO_BIG, or what the part's
 *          source said. xlsx_next: RC_REJECT for a row with faults, whose fields are given all the
 *          same, a faulty one as the file has it; of a row too big only the first fault. A fault in
 *          a column that does not matter need not either. RC_FAIL when the file or a source is bad
 *          further on, with the code that says so (csv.h). RC_RETRY when the spill file's disk is
 *          full.
 * Safety   No document type, entity, other encoding than UTF-8 or UTF-16, or part of another file.
 *          Nothing is opened but through struct xlsx_parts, which opens one part at a time. A
 *          checksum is known at a part's end: RC_END comes after it.
 * Calls    LC_NUMERIC is "C". A confined process that may spill needs RLIMIT_FSIZE for it: with 0
 *          the first write ends it by SIGXFSZ. How well parts may compress is the archive's to say.
 */
#ifndef LANDPORT_XLSX_H
#define LANDPORT_XLSX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/blob.h"
#include "base/err.h"
#include "base/span.h"
#include "base/stream.h"

/* Where the parts come from; open: RC_REJECT ERR_NOT_FOUND when there is none of that name. */
struct xlsx_parts {
    void *ctx;
    rc_t (*open)(void *ctx, const char *name, struct source *in, struct err *e);
    void (*close)(void *ctx); /* the part that open gave */
};

struct xlsx_form {
    struct blob spill;     /* an empty file for shared strings, borrowed; -1: none */
    uint32_t max_record;   /* bytes of text in a row; 0: 1 MiB */
    uint32_t max_fields;   /* 0: 1000 */
    uint64_t max_part;     /* bytes of a sheet or of the shared strings; 0: 4 GiB */
    uint64_t max_text;     /* bytes of text in all rows; 0: 4 GiB */
    uint32_t max_resident; /* bytes of shared strings in memory; 0: 16 MiB */
};

struct xlsx_fault {
    uint32_t field;
    err_code_t code;  /* ERR_CELL_NUMBER, _ERROR, _FORMULA, ERR_NOT_NUMBER, ERR_DATE, ERR_TOO_BIG */
    const char *want; /* for the code's sentence; valid until xlsx_close() */
};

struct xlsx_record {
    uint64_t line;
    struct span *fields; /* UTF-8; valid until the next call */
    uint32_t count;
    bool hidden; /* a person does not see the row: it is hidden, or filtered out */
    const struct xlsx_fault *faults; /* with RC_REJECT: all of the row, by column */
    uint32_t fault_count;
    err_code_t bad;     /* with RC_REJECT: of the first fault */
    uint32_t bad_field; /* with RC_REJECT: of the first fault */
};

struct xlsx;
/* parts' ctx stays in use until xlsx_close(). Stands before the first sheet. */
rc_t xlsx_open(struct xlsx **x, const struct xlsx_parts *parts, const struct xlsx_form *form,
               struct err *e);
void xlsx_close(struct xlsx **x);
/* Go to the next sheet, the first included, from wherever the present one was left; the width is
 * 0 again. RC_OK, RC_END, RC_FAIL */
rc_t xlsx_next_sheet(struct xlsx *x, struct err *e);
/* Stand before the first sheet again. */
void xlsx_rewind(struct xlsx *x);
uint32_t xlsx_sheets(const struct xlsx *x);                    /* how many there are */
const char *xlsx_sheet_name(const struct xlsx *x, uint32_t i); /* of them, from 0 */
const char *xlsx_sheet(const struct xlsx *x);                  /* the present sheet's name */
bool xlsx_hidden(const struct xlsx *x);                        /* a person does not see the sheet */
/* Records of this sheet have at least this many fields: the header's count. */
void xlsx_width(struct xlsx *x, uint32_t count);
/* RC_OK, RC_END (of the sheet), RC_REJECT, RC_FAIL, RC_RETRY */
rc_t xlsx_next(struct xlsx *x, struct xlsx_record *r, struct err *e);

#endif
