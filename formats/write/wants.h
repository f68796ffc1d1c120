/*
 * wants.h - what a column asks for, said without a value at hand: for guides and templates.
 *
 * Shape    Each want is the finding a value would have that breaks it and nothing else: err.def has
 *          the sentence. They are found by asking check_value() about such values, so that a guide
 *          says what a check says.
 * Examples A value the column takes: the XSD's own (lp:example), else what its type gives: fixed or
 *          default value, first of a list, a check's example, first of a code table. A required
 *          column without any of these gets a number in range or its title as text, another "",
 *          as does one by which a person might be known.
 */
#ifndef LANDPORT_RULES_H
#define LANDPORT_RULES_H

#include "formats/xsd/check.h"

#define WANTS_MAX 16

/* How many; all but that a required value must be there. */
uint32_t wants_of(const struct plan_type *type, struct finding wants[WANTS_MAX]);
/* NULL: nothing of the kind fits, and the XSD should say lp:example. */
const char *wants_example(struct arena *a, const struct plan_node *column);
/* The example with what tells it from data (check.h) before it, or that alone; false: the column takes neither. */
bool wants_mark(struct arena *a, const struct plan_node *column, const char **example);

#endif
