/*
 * copy.h - rows in PostgreSQL's binary COPY format, into memory.
 *
 * Shape    copy_begin, then for every row copy_row_begin and exactly as many values as it said,
 *          then copy_end. What lies in the buffer may be sent and dropped at any time; no call
 *          looks back. Numbers are in network order:
 *            header  "PGCOPY\n\377\r\n\0", int32 flags 0, int32 extension length 0
 *            row     int16 number of fields, then per field int32 length (-1: null) and the value
 *            end     int16 -1
 *          A numeric is int16 count of digits, int16 weight of the first, int16 sign (0, 0x4000),
 *          int16 digits shown after the point, then digits of base 10000, neither the first nor
 *          the last of them zero.
 * Source   PostgreSQL manual, COPY, "Binary Format"; a value is what the type's receive function
 *          takes.
 * Rules    The server does not convert: column types must be those of the calls. A span without
 *          a value (p NULL) is null everywhere.
 * Errors   copy_numeric says false, with nothing written, where the text is no decimal number.
 */
#ifndef LANDPORT_COPY_H
#define LANDPORT_COPY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "base/stream.h"

void copy_begin(struct buf *b);
void copy_end(struct buf *b);
void copy_row_begin(struct buf *b, int16_t fields);

void copy_null(struct buf *b);
void copy_text(struct buf *b, struct span text); /* text, varchar; no NUL inside */
void copy_int8(struct buf *b, int64_t value);
void copy_patch_int8(struct buf *b, size_t at, int64_t value); /* one that was written at `at` */
void copy_int4(struct buf *b, int32_t value);
void copy_bool(struct buf *b, bool value);
void copy_uuid(struct buf *b, const unsigned char uuid[16]);
/* [+-]digits[.digits], at most 1000 digits on each side; the scale is kept as given. */
bool copy_numeric(struct buf *b, struct span decimal);

#endif
