/*
 * xlsx_styles.h - what each style of a cell makes of a number.
 *
 * Shape    A cell names a style by its number, a style a number format, a format may have a code.
 *          Only the forms (xlsx_value.h) are kept, a byte a style.
 * Errors   RC_REJECT ERR_WORKBOOK, ERR_TOO_BIG; what the part's source says.
 */
#ifndef LANDPORT_XLSX_STYLES_H
#define LANDPORT_XLSX_STYLES_H

#include "formats/read/xlsx.h"

struct styles;
/* part NULL: there is one style, of plain numbers. */
rc_t styles_read(struct styles **s, const struct xlsx_parts *parts, const char *part,
                 struct err *e);
void styles_free(struct styles **s);
uint32_t styles_count(const struct styles *s); /* at least 1 */
uint8_t styles_form(const struct styles *s, uint32_t style);

#endif
