/*
 * xlsx_value.h - from what a cell holds to what a person sees in it.
 *
 * Shape    A cell holds a floating-point number; its number format makes a date or a code of it.
 *          Numbers come out in plain notation, to 15 significant digits as a spreadsheet shows
 *          them: what stands behind those is the noise of arithmetic (94.35760999999999), unless
 *          the number is so large that somebody may have meant them.
 * Errors   The code of a fault, with *want for its sentence, and the value as it was; ERR_NONE.
 * Calls    LC_NUMERIC is "C".
 */
#ifndef LANDPORT_XLSX_VALUE_H
#define LANDPORT_XLSX_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "base/stream.h"

/* What a number format shows. From FORM_ZEROS on: a number of at least form - FORM_ZEROS digits. */
enum {
    FORM_NUMBER,
    FORM_DATE,
    FORM_TIME,
    FORM_DATE_TIME,
    FORM_ELAPSED, /* hours beyond 24: no moment */
    FORM_ZEROS = 16,
    FORM_ZEROS_MAX = FORM_ZEROS + 32
};

uint8_t value_form(struct span code);    /* of a format code: yyyy"年"m"月"d"日" */
uint8_t value_form_builtin(uint32_t id); /* of the numbers that need no code */

/* Append the text of a number (xsd:double), of an ISO 8601 moment. */
err_code_t value_number(struct span raw, uint8_t form, bool from_1904, struct buf *out,
                        const char **want);
err_code_t value_iso(struct span raw, uint8_t form, struct buf *out, const char **want);
/* In the text from `from` on: _x000D_ stands for the character of that number. */
void value_unescape(struct buf *b, size_t from);

#endif
