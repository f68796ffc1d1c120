/*
 * pattern.h - names made of a pattern: "{AGENCY}_{date}_{sequence:6}".
 *
 * Shape    A placeholder is a name in braces, with a width behind a colon: shorter values get zeros in
 *          front, longer ones stay. Its name in capitals asks for the value in capitals. What stands
 *          outside of braces is taken as it is.
 * Errors   RC_FAIL ERR_CONFIG: what about the pattern cannot be, for the caller to say where it stands.
 */
#ifndef LANDPORT_PATTERN_H
#define LANDPORT_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

struct pattern_value {
    const char *name, *value; /* name in small letters */
};

/* Fill it; *name lies in the arena. `values` ends with a name of NULL. */
rc_t pattern_fill(const char **name, struct arena *a, const char *pattern,
                  const struct pattern_value *values, struct err *e);
/* Does it have that placeholder? */
bool pattern_has(const char *pattern, const char *name);

#endif
