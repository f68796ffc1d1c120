/*
 * csv.h - delimited text, record by record (RFC 4180; comma, tab, semicolon or |).
 *
 * Shape    Records are split on the raw bytes (GB18030 trail bytes are stepped over), so that the
 *          raw record can be given back to the partner as it came; fields are then UTF-8. UTF-16 is
 *          read through utf16.h and turned back for the raw record. Lines count from 1, a record's
 *          line is its first. Blank records are skipped: those of nothing but blanks, tabs and
 *          delimiters, as spreadsheets leave them below a table. CR counts as part of a line end
 *          only before LF; a DOS end mark (0x1A) at the
 *          end of the file is no part of it; in a file whose beginning (256 KiB) has CR and no LF it is the line end,
 *          and in a quoted value of such a file each stands for the other. A BOM is skipped.
 * Memory   One record and its fields; does not grow with the file.
 * Errors   csv_open: RC_FAIL for a delimiter that is none, RC_REJECT ERR_CHARSET for CHARSET_UTF16,
 *          whose byte order nothing told. csv_next: RC_REJECT for a record with a bad quote, bad
 *          bytes or too long (the next call goes on with the record after it); RC_FAIL when the
 *          source fails, whose code is kept (its own RC_REJECT too becomes RC_FAIL, so that it is
 *          not taken for a record's). With a bad quote the record ends at its first line end: a
 *          quote that was left open costs one line, not the rest of the file. Of a line too long,
 *          raw is the beginning.
 */
#ifndef LANDPORT_CSV_H
#define LANDPORT_CSV_H

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "base/stream.h"
#include "formats/read/charset.h"

struct csv_record {
    uint64_t line;       /* of its first byte */
    struct span raw;     /* bytes as they came, without the line end */
    struct span *fields; /* UTF-8, unquoted, not trimmed; valid until the next call */
    uint32_t count;
    err_code_t bad;      /* with RC_REJECT: why; ERR_BAD_BYTES, ERR_QUOTE, ERR_TOO_BIG */
    uint32_t bad_field;  /* with RC_REJECT: index of the field */
    uint64_t bad_offset; /* with RC_REJECT: byte offset in the file */
    bool open_end;       /* the file ends with it, without a line end: it may be cut off */
};

struct csv_form {
    enum charset charset; /* not CHARSET_AUTO */
    char delimiter;       /* 0: told from the first record */
    uint32_t max_record;  /* bytes, of UTF-16 as UTF-8; 0: 1 MiB */
    uint32_t max_fields;  /* 0: 1000 */
};

struct csv;
rc_t csv_open(struct csv **c, struct source in, const struct csv_form *form, struct err *e);
void csv_close(struct csv **c);
/* RC_OK, RC_END, RC_REJECT, RC_FAIL */
rc_t csv_next(struct csv *c, struct csv_record *r, struct err *e);
char csv_delimiter(const struct csv *c); /* known after the first record */
const char *
csv_line_end(const struct csv *c); /* "\r\n", "\n" or "\r", as the first record had it */
/* How many bytes of a record, as it came, its first `fields` fields have; all, where it has no more. */
size_t csv_head(struct span raw, enum charset charset, char delimiter, uint32_t fields);
/* Append one field, quoted where it must be; formula starts (= + - @) are not touched. */
void csv_put(struct buf *out, struct span field, char delimiter);

#endif
