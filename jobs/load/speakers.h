/*
 * speakers.h - may this sender say what this row says?
 *
 * Shape    An XSD marks columns that hold the code of who speaks in a row, each for partners of a role
 *          (lp:speaker, formats/xsd/schema.h). Of the columns of one role the first that does not say
 *          "nobody" counts; that one of the partner's roles speaks with one of its codes is enough.
 *          Who sends for others, as an agent does, is in no role the feed knows: any speaker will do.
 */
#ifndef LANDPORT_SPEAKERS_H
#define LANDPORT_SPEAKERS_H

#include "base/arena.h"
#include "base/span.h"
#include "formats/xsd/schema.h"

struct speaker {
    uint32_t field, role;
    const char *unless;
};

struct speakers {
    const struct plan *plan;
    const char *const *codes; /* the sender's; borrowed */
    struct speaker *list;
    uint32_t count; /* 0: anybody may say anything */
};

/* codes and roles end with NULL; codes NULL or empty: of anybody. */
void speakers_find(struct speakers *s, struct arena *a, const struct plan *plan,
                   const char *const *codes, const char *const *roles);
/* values: of the plan's elements. The element that names somebody else and what it says; NULL: it is well. */
const struct plan_node *speakers_wrong(const struct speakers *s, const struct span *values,
                                       struct span *seen);

#endif
