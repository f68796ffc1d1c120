/*
 * magic.h - what a file is, by its first bytes.
 *
 * Shape    Looks at up to MAGIC_HEAD bytes; more are not needed, fewer are a short file. Names and
 *          extensions say nothing, except of bytes that nothing else is known of.
 * Memory   None; *what points to a constant.
 */
#ifndef LANDPORT_MAGIC_H
#define LANDPORT_MAGIC_H

#include <stdbool.h>
#include <stddef.h>

#define MAGIC_HEAD 4096

enum magic {
    MAGIC_DATA, /* nothing we know: CSV, XML, whatever the readers make of it */
    MAGIC_ZIP,
    MAGIC_ZIP_EMPTY, /* nothing but the end of a directory, which libarchive does not recognise */
    MAGIC_7Z,
    MAGIC_TAR,
    MAGIC_GZIP,
    MAGIC_XZ,
    MAGIC_ZSTD,
    MAGIC_REFUSED,  /* packed in a way we do not take; *what names it */
    MAGIC_DOCUMENT, /* made for people, and no workbook we read */
    MAGIC_ENCRYPTED
};

enum magic magic_of(const char *head, size_t n, const char **what);
/* Of what magic_of() does not know: "zip", "gz" … where its name says that it is one of what we take, and its bytes
 * are no text; NULL: what a reader makes of it. */
const char *magic_lost(const char *name, const char *head, size_t n);
/* A zip whose first local headers are those of an Office package (XLSX). */
bool magic_is_office(const char *head, size_t n);

#endif
