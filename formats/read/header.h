/*
 * header.h - which column of a file is which field of a feed.
 *
 * Shape    header_map() looks every name of the header record up among the element names and the
 *          Chinese titles of a plan, and before these among the partner's own words for them. Any
 *          order; names are alike when header_name() makes them the same: no blanks around them
 *          (U+3000 and no-break ones too), full-width letters as ASCII, small for capital letters.
 *          What a form adds to them is passed over: * before it, (必填) behind it. lp:alias of the XSD and names in
 *          SQL (order_no) are known too. Names that begin with _ are passed over. Title and element name may stand together, on
 *          two lines of a cell or parted by a blank, a slash or brackets, as our template has them.
 *          Columns without a name, as spreadsheets leave them beside a table, are passed over as
 *          long as nothing stands in them.
 * Memory   The result lives in the arena; faults borrow the names they were given.
 * Errors   None: what is wrong is in the result, all of it, in the order of the file, then what is
 *          missing in the order of the plan.
 */
#ifndef LANDPORT_HEADER_H
#define LANDPORT_HEADER_H

#include "base/arena.h"
#include "base/span.h"
#include "formats/xsd/schema.h"

/* A partner's word for a column; `to` is an element name or a title. One whose `to` the plan does
 * not know is for another feed, and passed over. */
struct header_alias {
    const char *from, *to;
};
struct header_aliases {
    const struct header_alias *all;
    size_t count;
};

/*
 * ERR_NO_HEADER       no name is known: the first record is data; the only fault then
 * ERR_COLUMN_UNKNOWN  seen: the name
 * ERR_COLUMN_NEAR     seen: the name, field: what it is nearly called and no other column is; that it is missing
 *                     is not said again
 * ERR_COLUMN_TWICE    seen: the name, field: what stood before; the first one counts
 * ERR_COLUMN_MISSING  field: required, and has no default
 */
struct header_fault {
    err_code_t code;
    struct span seen;              /* as in the file; "" */
    const struct plan_node *field; /* NULL also where the names are no feed's */
    const char *want;              /* what is missing or meant, for its sentence; "" */
    int slot;                      /* -1: none */
};

struct header {
    int *column; /* of each child of the plan's root (slot): index in the record, -1: not there */
    uint32_t width;    /* names in the record */
    uint32_t named;    /* of these up to the last that is not blank */
    uint32_t *unnamed; /* columns without a name: their fields must be blank */
    uint32_t unnamed_count;
    bool correction; /* it has our _code and _message: rows that we gave back */
    struct header_fault *faults;
    uint32_t fault_count;
};

/* What rows that are given back have behind their own columns: _line, _column, _code, _message. */
#define HEADER_ADDED 4
extern const struct span header_added[HEADER_ADDED];
/* How many columns are the file's own: those before ours, which stand at its end once for each time it was given back. */
uint32_t header_own(struct arena *a, const struct span *names, uint32_t count);

/* True when there is no fault. */
bool header_map(struct header *h, struct arena *a, const struct plan *plan,
                struct header_aliases aliases, const struct span *names, uint32_t count);
/* How many of the names a plan knows: tells feeds apart, and a header from data. */
uint32_t header_known(struct arena *scratch, const struct plan *plan, struct header_aliases aliases,
                      const struct span *names, uint32_t count);
/* The field of that name, title or alias, -1: none. */
int header_field(struct arena *scratch, const struct plan *plan, struct header_aliases aliases,
                 struct span name);
/* The column one of whose names is nearest to it, for whoever used a name nobody knows: "orderNo (订单编号)"; NULL: none is near. */
const char *header_near(struct arena *a, const struct plan *plan, struct header_aliases aliases,
                        struct span name);
/* The name as it is compared. */
struct span header_name(struct arena *a, struct span name);

/*
 * The same for names that are no feed's: each of `count` columns that are looked for (slots) has a name that
 * is told, and words that it goes by, which header_word() adds. A word of HEADER_PASSED is passed over.
 */
#define HEADER_PASSED (-2)
struct header_slots {
    uint32_t count;
    const char **told;
    bool *needed;
    bool others; /* unknown names are passed over */
    struct header_words {
        struct span *word;
        int *slot;
        size_t count;
    } words; /* with room for those that are added */
};
void header_word(struct header_slots *s, struct arena *a, const char *word, int slot);
bool header_place(struct header *h, struct arena *a, const struct header_slots *s,
                  const struct span *names, uint32_t count);
/* How many of the slots, and of those that are needed, have a name. */
uint32_t header_slots_known(struct arena *scratch, const struct header_slots *s,
                            const struct span *names, uint32_t count, uint32_t *needed);

#endif
