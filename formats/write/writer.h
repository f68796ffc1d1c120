/*
 * writer.h - writes messages: a plan, and for each level of it a stream of rows; as XML, or as the
 * table that the plan's lp:written says (text: textw.c, workbook: bookw.c).
 *
 * Shape    A level is a path in the plan ("", "Order/OrderHead", "Order/OrderList",
 *          "BaseTransfer"; "" is the root, whose columns fill attributes and simple children).
 *          Its rows come ordered by their first column, the document number (levels at or below
 *          the repeated document element) or the message number (levels outside it). Other columns
 *          bear the elements' or attributes' names in snake_case. The document element is the first
 *          child of the root that may repeat, has levels at or below it and must be there (or has
 *          levels below it). A plan without one has one document a message (acks, manifests); there
 *          the repeated rows of a level are repeated elements. Only a document may both repeat and
 *          have levels below its own.
 * XML      UTF-8 or as lp:written says, prefix as the XSD declares; each child of the root, so each document, stands on a
 *          line of its own, with no white space inside. Optional empty elements are left out;
 *          of required ones fixed values are written even without a column, defaults where the
 *          column is missing or empty. An element of another namespace (a signature) is left to
 *          whoever puts it in, also where it is required.
 * Checks   Every value against its type, every required element present and not empty, child
 *          counts against minOccurs / maxOccurs.
 * Errors   ERR_MESSAGE "SALEMessage document 17 OrderHead orderNo: …" (personal values never
 *          shown); ERR_EXTRACT for a column no element has, a level no path has, rows out of
 *          order or left over. RC_REJECT: that of one document (done->document), the others may be
 *          good: writer_faults() goes on behind it. RC_FAIL: of the format. After an error what out
 *          received is worthless and w only good for writer_faults() and writer_close(). Errors of rows
 *          and of out come back as they are.
 * Hole     One thing may come from elsewhere: a child of the root that is of another namespace (a
 *          signature), or the content of the element with lp:payload (a message around a message).
 *          What was written is well-formed without it; the caller puts it in at done.hole.
 *          Only XML has such a place.
 * Tables   Rows, columns and cells: tablew.h. Their other faults of a document: what charset, quotes or
 *          cell cannot hold. ERR_SCHEMA (RC_FAIL) from writer_open(): the plan is no table, or its
 *          workbook cannot be filled.
 * Memory   One row a level and one output buffer, which grows only for a value larger than it; of a
 *          workbook that is filled also its parts.
 */
#ifndef LANDPORT_WRITER_H
#define LANDPORT_WRITER_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"
#include "base/stream.h"
#include "formats/xsd/schema.h"

struct writer_rows {
    /* RC_OK with values[count] (p NULL: no value; valid until the next call), RC_END, or an error */
    rc_t (*next)(void *ctx, const struct span **values, struct err *e);
    void *ctx;
    const char **columns; /* names; columns[0] is the number */
    uint32_t count;
};

struct writer_level {
    const char *path; /* "" : the root */
    struct writer_rows rows;
};

struct writer_done {
    uint64_t documents, bytes;
    uint64_t hole; /* offset at which the caller puts in what it fills; 0: there is no such place */
    uint64_t document; /* the last one's number; with RC_REJECT that of the one at fault */
};

struct writer;
rc_t writer_open(struct writer **w, struct arena *a, const struct plan *plan,
                 const struct writer_level *levels, uint32_t count, struct err *e);
/* Is there a column for each value that every message must have? ERR_EXTRACT; *level: whose it would be, of those that
 * writer_open() was given, or their count: of none. */
rc_t writer_required(const struct writer *w, uint32_t *level, struct err *e);
/* The caller fills the hole: an XSD that requires it is content. */
void writer_fills(struct writer *w);
/* The message is the only one: it is written without a row too, where the XSD has room for that. */
void writer_alone(struct writer *w);
/* Documents are numbered 1 to `documents`: one of which no level has a row is at fault too. */
void writer_counts(struct writer *w, uint64_t documents);
/* Before the arena ends; NULL is fine. */
void writer_close(struct writer **w);
/*
 * Write the next message with at most max_documents documents (0: as the XSD allows) to out. RC_END,
 * and nothing written, when no document is left. `message` is the number its message levels carry.
 */
rc_t writer_message(struct writer *w, uint64_t message, uint32_t max_documents, struct sink out,
                    struct writer_done *done, struct err *e);

/*
 * All documents left that cannot be written, each with its error; nothing is written. Before the
 * first message, or after RC_REJECT, whose own document is not named again.
 */
typedef void (*writer_fault)(void *ctx, uint64_t document, const struct err *e);
rc_t writer_faults(struct writer *w, writer_fault fault, void *ctx, struct err *e);

#endif
