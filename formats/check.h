/*
 * check.h - is this text a value of that type?
 *
 * Shape    One call a value; no allocation. White space is first treated as the type says.
 * Errors   A finding: code and what the rule wants (language-neutral: "60", "E|B|W|I",
 *          "currency"); the sentence is made from err.def where it is shown.
 * Adding   A named check is one row of the table in check.c and one function.
 */
#ifndef LANDPORT_CHECK_H
#define LANDPORT_CHECK_H

#include "err.h"
#include "schema.h"
#include "span.h"

struct finding {
    err_code_t code;
    char want[200];
};

struct check {
    const char *name; /* as in lp:check */
    /* true: good. Otherwise fills the finding. */
    bool (*good)(struct span value, struct finding *f);
};

/* NULL when there is no such check. */
const struct check *check_find(const char *name);

/*
 * Check value against type. *normal receives the text to store and to write: white space treated,
 * decimals as given (still a valid xs:decimal). `scratch` must hold value.n bytes; *normal points
 * into value or scratch. The empty text is checked like any other: required columns are the
 * caller's business.
 */
bool check_value(const struct plan_type *type, struct span value, char *scratch,
                 struct span *normal, struct finding *f);

/* Compare two texts check_value() took as decimals, exactly: below, at or above 0. */
int check_compare(struct span a, struct span b);

#endif
