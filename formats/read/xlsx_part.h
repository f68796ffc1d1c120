/*
 * xlsx_part.h - one XML part of a workbook, as a stream of the elements its reader knows.
 *
 * Shape    A reader is a table of elements, each named below its parent (0 is the document), and
 *          three functions called for them. Elements of other names or namespaces are stepped over
 *          with all they hold. Tags are the reader's own, from 1 to 254.
 * Safety   A document type ends it; so do depth, names or tags that no spreadsheet writes.
 * Errors   RC_REJECT ERR_WORKBOOK, ERR_TOO_BIG; what the source says. part_refuse() may be called
 *          from a reader's functions: the first refusal counts, nothing is called after it.
 */
#ifndef LANDPORT_XLSX_PART_H
#define LANDPORT_XLSX_PART_H

#include "formats/read/xlsx.h"

struct part;

struct part_element {
    uint8_t parent, tag;
    const char *name;
};

struct part_reader {
    const struct part_element *elements; /* ends with a name of NULL */
    void (*begin)(void *ctx, struct part *p, int tag);
    void (*text)(void *ctx, struct part *p, int tag, struct span piece); /* NULL: not wanted */
    void (*end)(void *ctx, struct part *p, int tag);                     /* NULL: not wanted */
};

rc_t part_open(struct part **p, const struct xlsx_parts *from, const char *name, uint64_t limit,
               const struct part_reader *reader, void *ctx, struct err *e);
void part_close(struct part **p);
/* Read a piece: RC_OK there may be more, RC_END it is whole. */
rc_t part_feed(struct part *p, struct err *e);
/* All of it in one call. */
rc_t part_read(const struct xlsx_parts *from, const char *name, uint64_t limit,
               const struct part_reader *reader, void *ctx, struct err *e);

/* In begin: an attribute of the element, no value if it has none. A name with a colon stands for
 * any prefix: "r:id" is the id that has one. */
struct span part_attr(const struct part *p, const char *name);
/* The same as text, where an ampersand may occur; appended. */
void part_attr_text(const struct part *p, const char *name, struct buf *out);

void part_refuse(struct part *p, err_code_t code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Refuse with another's error. */
void part_fail(struct part *p, const struct err *e);
/* The rest need not be parsed; it is still read, for the checksum. */
void part_enough(struct part *p);

#endif
