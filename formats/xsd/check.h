/*
 * check.h - is this text a value of that type?
 *
 * Shape    One call a value; no allocation. White space is first treated as the type says.
 * Errors   A finding: code and what the rule wants (language-neutral: "60", "E|B|W|I",
 *          "currency"); the sentence is made from err.def where it is shown.
 * Adding   A named check is one row of the table in check.c; an identifier's algorithm stands in
 *          ident.c, any other in a function of check.c.
 */
#ifndef LANDPORT_CHECK_H
#define LANDPORT_CHECK_H

#include "base/err.h"
#include "base/span.h"
#include "formats/xsd/ident.h"
#include "formats/xsd/schema.h"

struct finding {
    err_code_t code;
    char want[200];
};

struct check {
    const char *name;                                   /* as in lp:check */
    bool (*good)(struct span value, struct finding *f); /* NULL: an identifier, the next two */
    ident_fn *ident;
    const char *form; /* what a partner is told when the text has another form */
    const char *example;
};

/* NULL when there is no such check. */
const struct check *check_find(const char *name);
/* One named check; fills the finding unless the value is good. */
bool check_named(const struct check *check, struct span value, struct finding *f);

/*
 * Check value against type. *normal receives the text to store and to write: white space treated,
 * decimals as given (still a valid xs:decimal). `scratch` must hold value.n bytes; *normal points
 * into value or scratch. The empty text is checked like any other: required columns are the
 * caller's business.
 */
bool check_value(const struct plan_type *type, struct span value, char *scratch,
                 struct span *normal, struct finding *f);

/*
 * A column of dates (checks date8, datetime14): its form as files may write it, NULL for other columns; the value
 * as the column wants it, 20260301093000 for 2026-03-01 09:30:00, in scratch of CHECK_DATE_ROOM bytes; and whether
 * a date the column took lies so far from `day` (YYYYMMDD; "": never) that it is a slip: 1900, 2029.
 */
const char *check_date_form(const struct plan_type *type);
struct span check_date_plain(const struct plan_type *type, struct span value, char *scratch);
#define CHECK_DATE_ROOM    16
#define CHECK_YEARS_BEFORE 5
#define CHECK_YEARS_AFTER  1
bool check_is_far_date(const struct plan_type *type, struct span value, const char *day,
                       struct finding *f);

/*
 * Is this number of a document the one of an example? EXAMPLE0001, EXAMPLE-SKU001: the word, then a digit
 * or a hyphen. Templates have such a value in a column that says which thing a row is (lp:key, lp:trade), so
 * that their row of examples is known again, also where it was dragged down to EXAMPLE0002 and further.
 */
#define CHECK_EXAMPLE "EXAMPLE"
bool check_is_example(struct span value);

/* Compare two texts check_value() took as decimals, exactly: below, at or above 0. */
int check_compare(struct span a, struct span b);

#endif
