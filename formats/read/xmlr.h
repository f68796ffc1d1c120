/*
 * xmlr.h - an XML upload, row by row: a feed's own format, or an agency's message.
 *
 * Shape    Own format: below a root of any name (<orders>) elements named like the feed (<order>),
 *          which tell the feed; their children are columns, by name, title or alias, in any
 *          order, as in a CSV file. An element whose name starts with _ is ignored.
 *          Message (lp:message of the feed's XSD, schema.h): known by the root's name; each element
 *          of `lines`, or each document where there are none, is a row; the columns of document and
 *          head are repeated on each. Held to the message's format: names, order, occurrences, and
 *          the values that go into no column; those that go into one are left to the feed's own
 *          checks. How many documents a message holds is not counted: we make messages of our own.
 *          Elements are known by namespace and local name, whatever the prefix; a message whose
 *          namespace was lost on its way is taken too. Other namespaces are passed over where the
 *          format has an xs:any. Attributes, comments and processing instructions are ignored.
 * Charset  What the declaration or the byte order mark says: UTF-8, UTF-16, GB18030; GBK and GB2312
 *          are read as GB18030, their superset. Fields are UTF-8, not trimmed, nothing collapsed.
 * Lines    Count from 1. A row's line is where its start tag begins; rows may share a line, so a
 *          row is known by its number.
 * Faults   Of a row: with it, and its fields should be checked all the same. Of the file, outside
 *          of rows, and elements no column has, each name once: xmlr_faults(), complete when
 *          xmlr_next() has given RC_END. A file with such faults should be refused as a whole.
 * Memory   The rows of one piece of 64 KiB; does not grow with the file. A row's text beyond
 *          max_row is dropped and the row has a fault.
 * Errors   RC_REJECT: the file is bad from here on (not well-formed, DOCTYPE, unknown feed, too deep,
 *          too many names): take none of it. The text has line and column, the last of
 *          xmlr_faults() line, code and want. What the source returned comes through as it is.
 *          RC_FAIL ERR_SCHEMA from xmlr_open: message and format do not fit. What failed stays
 *          failed.
 * Safety   No document type, hence no entities but the five; nothing else is opened; libxml2 prints
 *          nothing. Depth, names, the length of a tag and the number of faults are bounded.
 * Calls    A confined process opens the reader, and so the converter of GB18030, beforehand.
 */
#ifndef LANDPORT_XMLR_H
#define LANDPORT_XMLR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "base/stream.h"
#include "formats/read/charset.h"
#include "formats/read/header.h"
#include "formats/xsd/schema.h"

struct xmlr_form {
    const struct plan *feed;
    const struct plan_message *message; /* one of feed->messages; NULL: the feed's own format */
    const struct plan *format;          /* of the message */
};

struct xmlr_limit {
    uint32_t max_row;   /* bytes of text in a row and its head; 0: 1 MiB */
    uint32_t max_names; /* different names of elements, attributes, namespaces; 0: 2000 */
    uint32_t max_depth; /* 0: 32 */
    struct header_aliases aliases; /* the sender's own words for columns, in a feed's own format */
};

struct xmlr_fault {
    uint64_t line;
    err_code_t code;
    char element[100]; /* its name; "" where there is none to name */
    char seen[240];    /* as shown in a log: cut, "***" for a person's data */
    char want[200];    /* as in struct finding */
};

struct xmlr_record {
    uint64_t line;
    uint64_t number;           /* rows count from 1; the header is 0 */
    const struct span *fields; /* one for each column of the feed; {NULL, 0}: no element */
    uint32_t count;            /* of fields: child_count of the feed's root */
    const struct xmlr_fault *faults;
    uint32_t fault_count;
};

struct xmlr;
/* forms and what they point to are borrowed. */
rc_t xmlr_open(struct xmlr **x, struct source in, const struct xmlr_form *forms, uint32_t count,
               const struct xmlr_limit *limit, struct err *e);
void xmlr_close(struct xmlr **x);
/*
 * Read on until the form is known: its index, and the feed's columns as a record on the line of
 * the root. RC_OK; RC_END: a file without rows; RC_REJECT, ERR_FEED_UNKNOWN among others.
 */
rc_t xmlr_header(struct xmlr *x, uint32_t *form, struct xmlr_record *header, struct err *e);
/* The next row, valid until the next call. RC_OK, RC_END, RC_REJECT */
rc_t xmlr_next(struct xmlr *x, struct xmlr_record *r, struct err *e);
/* What is wrong with the file outside of its rows. */
uint32_t xmlr_faults(const struct xmlr *x, const struct xmlr_fault **faults);
/* CHARSET_GB18030, or CHARSET_UTF8 which stands for UTF-16 too; known with the header. */
enum charset xmlr_charset(const struct xmlr *x);
/* Does a file that begins with these bytes want to be XML? */
bool xmlr_is_xml(struct span start);

#endif
