/*
 * extract.h - extract files: the queries a message is made of, in sections.
 *
 * Shape    A file begins with what should be known about it, then come sections, each from its
 *          heading to the next: "-- level: PATH" (the rows of one level of the message), and those
 *          of extract_parts[]. "-- include: FILE" stands for the sections of another file. What
 *          reads as a heading, a word in small letters alone or before a colon, and is none of
 *          these, is refused: a slip of the pen would hide the section it was to begin.
 *          Their parameters are settings named hub.*.
 * Memory   All of it lies in the arena.
 * Errors   ERR_EXTRACT with file and line.
 */
#ifndef LANDPORT_EXTRACT_H
#define LANDPORT_EXTRACT_H

#include "base/arena.h"
#include "base/err.h"

#define EXTRACT_LEVELS 8

struct extract_part {
    const char *sql; /* NULL: the file has no such section */
    const char *file;
    int line;             /* of its heading */
    const char *argument; /* behind the heading's colon, "" without */
};

struct extract {
    const char *file;
    struct extract_part documents; /* what a bundle should hold */
    struct extract_part prepare;   /* before that, in its transaction: statements */
    struct extract_part closed;    /* once a bundle that has such messages is closed: statements */
    struct extract_part report;    /* the subjects and figures of a period */
    struct extract_part held;      /* what of the things it is made of must wait */
    struct extract_part answered;  /* after receipts that speak of such documents: statements */
    struct {
        const char *path, *query, *file;
        int line;
    } levels[EXTRACT_LEVELS];
    uint32_t count;
};

/* Where the file that "-- include: NAME" names is; NULL: there is none. */
typedef const char *extract_finder(void *ctx, struct arena *a, const char *name);

/* Read `file` and what it includes. */
rc_t extract_read(struct extract *x, struct arena *a, const char *file, extract_finder *find,
                  void *ctx, struct err *e);
/* What is no message's, a report that no agency gets, has none. */
rc_t extract_has_levels(const struct extract *x, struct err *e);
/* `sql` with a section's `text` in the place of its mark, %1$s. */
const char *extract_filled(struct arena *a, const char *sql, const char *text);

#endif
