/*
 * reword.h - values as people's programs write them, read by a stated form: patterns, dates, amounts.
 *
 * Shape    Pure functions over one value; the forms are those of mapping.h.
 * Bounds   A pattern looks at each place of a value once, whatever the value; values beyond REWORD_MAX
 *          bytes have no form.
 */
#ifndef LANDPORT_REWORD_H
#define LANDPORT_REWORD_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/span.h"

#define REWORD_MAX 4000

/* What is wrong with a form; NULL: nothing. */
const char *reword_pattern_wrong(const char *pattern);
const char *reword_date_wrong(const char *form);
bool reword_date_has_time(const char *form);

/* What stands at the pattern's {}; false: the value is not of that form. */
bool reword_pattern(struct arena *scratch, const char *pattern, struct span value,
                    struct span *taken);

/* The n-th piece, from 1, between separators; false: there are fewer. */
bool reword_split(struct span value, const char *separator, uint32_t n, struct span *piece);

/* YYYYMMDDhhmmss, or with a form without time of day YYYYMMDD; whether there is such a day others ask. */
#define REWORD_DATE 16
bool reword_date(const char *form, struct span value, char digits[REWORD_DATE]);
/* Such digits as "YYYY-MM-DD" or whatever has these tokens. */
const char *reword_date_as(struct arena *a, const char *as, const char *digits);

/* A number of these separators, "," or "." between thousands, as a plain decimal: ¥1,234.50, (12.00), 5- …; a dash
 * alone is no number and none that is wrong: "". */
bool reword_number(struct arena *scratch, char thousands, char point, struct span value,
                   struct span *plain);
/* Is anything there but zero, dashes and signs of money? */
bool reword_is_filled(struct span value);

#endif
