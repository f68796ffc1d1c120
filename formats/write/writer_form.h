/*
 * writer_form.h - the writers' own: the walk over plan and rows (writer.c), and the forms it is
 * written in (xmlw.c, textw.c, bookw.c). For nobody else.
 *
 * Shape    The walk decides what is there, checks it and knows the place of what is wrong; a form
 *          is told each element that opens, its attributes, the values, and that it closes, in the
 *          order of the schema. What is empty and optional a form never hears of.
 * Output   Through room, put and put_text; the walk counts the bytes. In a search for faults
 *          (w->dry) nothing is written, but what a form refuses it refuses then too.
 * Errors   writer_fail(): RC_REJECT within a document, else RC_FAIL.
 */
#ifndef LANDPORT_WRITER_FORM_H
#define LANDPORT_WRITER_FORM_H

#include "formats/write/writer.h"

#define NO_COLUMN UINT32_MAX

struct step;

struct level {
    const char *path;
    struct writer_rows rows;
    const struct step *step; /* the element its rows are */
    bool *used;              /* columns some element or attribute takes */
    bool document;           /* numbered by document, else by message */
    const struct span *row;  /* the row read ahead; NULL: none */
    uint64_t number;         /* of the last row read */
    bool ended;
    const struct span *current; /* the row being written; NULL: none */
    uint64_t index;             /* its place among the rows of its number, from 1 */
};

struct attribute {
    const struct plan_attribute *plan;
    struct span open;     /* ` guid="` */
    struct span fallback; /* fixed or default value */
    uint32_t column;
    uint32_t slot; /* of a table, table.h */
};

enum step_kind { STEP_LEAF, STEP_NODE, STEP_SEQUENCE, STEP_CHOICE, STEP_OPAQUE };

struct step {
    enum step_kind kind;
    bool live;                       /* a level's rows are written at it or below */
    bool no_escape;                  /* a number or truth value */
    uint32_t column;                 /* LEAF: in the rows of source */
    struct level *source;            /* whose row fills attributes and value; NULL: none does */
    struct level *level;             /* whose rows repeat the element; NULL: it stands once */
    struct span open, inside, close; /* "<ceb:a>" "" "</ceb:a>", with attributes "<ceb:a" ">" */
    struct span fallback;            /* LEAF: fixed or default value */
    const struct plan_node *node;
    const struct step *parent; /* the element around it */
    struct attribute *attributes;
    struct step *children;
    uint32_t attribute_count, child_count;
    uint32_t slot, slot_first, slot_end; /* of a table: its value's, and those of it and below */
};

struct writer;

struct writer_form {
    bool fillable; /* the message may have a hole */
    /* Steps are there and bound to their levels; w->own is the form's to set. */
    rc_t (*open)(struct writer *w, struct err *e);
    void (*close)(struct writer *w); /* NULL: nothing to free */
    rc_t (*begin)(struct writer *w, struct err *e);
    rc_t (*end)(struct writer *w, struct err *e);
    /* An element of simple type has these calls only where it has attributes, leaf after inside. */
    rc_t (*element)(struct writer *w, const struct step *s, struct err *e);
    rc_t (*attribute)(struct writer *w, const struct step *s, const struct attribute *a,
                      struct span value, struct err *e);
    rc_t (*inside)(struct writer *w, const struct step *s, struct err *e);
    rc_t (*leaf)(struct writer *w, const struct step *s, struct span value, struct err *e);
    rc_t (*ended)(struct writer *w, const struct step *s, struct err *e);
};

extern const struct writer_form xmlw_form, textw_form, bookw_form;

struct writer {
    const struct writer_form *form;
    void *own; /* the form's */
    struct arena *arena;
    const struct plan *plan;
    const char *prefix; /* "ceb:" or "" */
    struct level *levels;
    uint32_t level_count;
    struct level *root_level;
    struct step *root, *document_step; /* document_step NULL: the message is one document */
    bool started;
    bool alone;
    bool fills;
    bool dry; /* only faults are looked for */
    uint64_t message, document, documents, bytes, hole;
    uint64_t expected; /* documents are numbered 1 to this; 0: as they come */
    uint32_t max_documents;
    struct sink out;
    char *buffer, *scratch;
    struct buf opened; /* a value that lay sealed */
    size_t at, size, scratch_size;
};

rc_t writer_fail(const struct writer *w, const struct step *s, const char *name, struct err *e,
                 const char *format, ...) __attribute__((format(printf, 5, 6)));
bool writer_is_within(const struct step *s, const struct step *outer);
bool writer_is_group(const struct step *s);

/* Make room for n bytes; the buffer grows only for a value that is larger than it. */
rc_t writer_room(struct writer *w, size_t n, struct err *e);

static inline rc_t
room(struct writer *w, size_t n, struct err *e)
{
    return n <= w->size - w->at ? RC_OK : writer_room(w, n, e);
}

/* Into room that was made. */
static inline void
put(struct writer *w, struct span s)
{
    memcpy(w->buffer + w->at, s.p, s.n);
    w->at += s.n;
}

static inline rc_t
put_text(struct writer *w, struct span s, struct err *e)
{
    rc_t rc = room(w, s.n, e);

    if (rc == RC_OK && s.n)
        put(w, s);
    return rc;
}

/* What a file in UTF-8 begins with, where lp:written asks for it. */
static inline rc_t
put_mark(struct writer *w, struct err *e)
{
    return w->plan->written.bom ? put_text(w, SPAN("\xEF\xBB\xBF"), e) : RC_OK;
}

#endif
