/*
 * cell.h - what partners' programs leave in a cell in place of a value.
 *
 * Shape    Pure functions over one value, its blanks trimmed. They say what a program did, not what the column
 *          wants: that is check.h's, which sees what is left.
 * Sure     What a spreadsheet puts around a text to keep it one, ="001" and a ' before it, is taken off where it can
 *          be nothing else. What stands for "nothing here" or for a lost value is never taken off: it is
 *          a reject that says so, since what was there is not known.
 * Speed    One look at each byte of an ordinary value.
 */
#ifndef LANDPORT_CELL_H
#define LANDPORT_CELL_H

#include <stdbool.h>

#include "formats/xsd/check.h"

/* ="001" and '001 as 001; a value without such marks as it is. */
struct span cell_plain(struct span value);

/*
 * Is it no data? Fills the finding then:
 * ERR_CELL_ERROR  #N/A, #REF!, #NV, ######## … : a spreadsheet's error, in whatever language
 * ERR_NO_VALUE    NULL, \N, nan, undefined, - …: what programs write where there is nothing
 * ERR_GARBLED     want: U+FFFD, ??, &#…; …: characters that were lost, or stand as a program's code
 * ERR_FORMULA     a formula's text
 * In a column that is personal, a name or an address, even one ? among other characters was one of them; in
 * one that is required a hyphen alone says as little as nothing.
 */
bool cell_is_no_data(const struct plan_node *column, struct span value, struct finding *f);

#endif
