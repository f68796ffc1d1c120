/*
 * template.h - an empty file of a feed, for partners to fill in: its columns, what they want, and a
 * row of examples.
 *
 * Examples Their row can be told from data (check_is_example()) and is refused when it comes back.
 * Errors   RC_FAIL ERR_SCHEMA where a required column has no example (rules.h), or none can be told from data.
 */
#ifndef LANDPORT_TEMPLATE_H
#define LANDPORT_TEMPLATE_H

#include "base/stream.h"
#include "formats/write/xlsxw.h"
#include "formats/xsd/schema.h"

/* The examples of all columns, one of which says that they are no data; in the arena. */
rc_t template_examples(const char ***values, struct arena *a, const struct plan *feed,
                       struct err *e);
/* As a workbook, in the arena. */
rc_t template_sheet(struct xlsxw_sheet *s, struct arena *a, const struct plan *feed, struct err *e);
/* As CSV with comma and CR LF: the header with element names or titles; the row of examples. */
void template_header(struct buf *out, const struct plan *feed, bool titles);
rc_t template_row(struct buf *out, struct arena *a, const struct plan *feed, struct err *e);

#endif
