/*
 * tablew.h - a message as a table: what the forms for text and for workbooks have in common.
 *
 * Shape    A row is an element of the level that repeats innermost: OrderList within Order, or the
 *          document itself. Each value and attribute below the root has a slot, in the order of the
 *          schema, which holds what was told last: what stands around the rows is repeated on each,
 *          and an element that opens empties its slots. A slot is a column of the rows, a value
 *          that stands once (in its cell, or in the line before the header), or is not written.
 * Rows     A document without rows of its own has one, with nothing but what stands around them.
 * Errors   RC_FAIL ERR_SCHEMA for a plan that is no table: two levels that repeat side by side, a
 *          value of each row behind the rows, two columns of one name in the header.
 */
#ifndef LANDPORT_TABLEW_H
#define LANDPORT_TABLEW_H

#include "formats/write/writer_form.h"

enum slot_kind { SLOT_COLUMN, SLOT_CELL, SLOT_LINE, SLOT_DROPPED };

struct slot {
    enum slot_kind kind;
    const struct step *step;           /* its element, an attribute's too */
    const struct attribute *attribute; /* NULL: the element's own value */
    const struct plan_type *type;
    struct plan_cell cell;
    bool is_once;     /* it stands outside of the rows and documents */
    bool behind;      /* it is told after the rows */
    struct buf value; /* as the form keeps it */
};

struct table {
    struct slot *slots;
    uint32_t count;
    uint32_t *columns; /* slots, in the order of their columns */
    uint32_t column_count;
    const struct step *row, *document; /* document NULL: the message is one */
    bool rowed;                        /* the document at hand has had a row */
    /* The form's: how it keeps a value, and what it does with a row whose slots are filled. */
    rc_t (*keep)(struct writer *w, struct slot *s, struct span value, struct err *e);
    rc_t (*emit)(struct writer *w, struct err *e);
};

/* w->own begins with the table. */
rc_t tablew_open(struct writer *w, struct table *t, struct err *e);
void tablew_close(struct table *t);
/* What a column is called; "" where there is no header. */
const char *tablew_heading(const struct writer *w, const struct slot *s);

/* Of struct writer_form. */
rc_t tablew_element(struct writer *w, const struct step *s, struct err *e);
rc_t tablew_attribute(struct writer *w, const struct step *s, const struct attribute *a,
                      struct span value, struct err *e);
rc_t tablew_inside(struct writer *w, const struct step *s, struct err *e);
rc_t tablew_leaf(struct writer *w, const struct step *s, struct span value, struct err *e);
rc_t tablew_ended(struct writer *w, const struct step *s, struct err *e);

#endif
