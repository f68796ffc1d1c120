/*
 * mask.h - what of a refused value may be shown, in messages, acks, logs and the database.
 *
 * Shape    Columns shift: where a code belongs somebody's name may stand, where a title belongs a number of
 *          a person. So a value is shown only where it looks like what its column is for and like nobody's
 *          name, telephone, document or bank card: an amount, a date, a short code, a number of an order. Of a title
 *          that nobody knows only the part that known titles have is shown. Everything else is "***".
 *          Who sent it finds the value in the row that goes back.
 * Memory   Results are the span given, a constant, or in `out`.
 */
#ifndef LANDPORT_MASK_H
#define LANDPORT_MASK_H

#include "base/err.h"
#include "base/span.h"
#include "formats/xsd/schema.h"

/* The value of a column that was refused for this. */
struct span mask_value(const struct plan_node *column, struct span value);
/* What is in no column: a number or a short code may be shown. */
struct span mask_word(struct span value);
/* The title of a column that no field has; out holds MASK_TITLE bytes. */
#define MASK_TITLE 240
struct span mask_title(const struct plan *plan, struct span title, char *out);

#endif
