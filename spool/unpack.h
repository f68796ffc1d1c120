/*
 * unpack.h - the data files inside an upload.
 *
 * Shape    An upload is a data file, or one packed by gz, xz or zst, or an archive (zip, tar, 7z,
 *          tar.gz …) of such; told by its bytes, never by its name. unpack_next() steps through the
 *          data files in order, unpack_source() streams the one at hand. Archives nest once:
 *          "outer.zip/inner.csv"; compression around a tar is no level of its own. An Office package
 *          (XLSX) is a data file, not an archive. Nothing is written to disk and no name from an
 *          archive is used as a path. Folders and what desktops add are passed over (entries.h),
 *          and counted files without a byte: 999 of them are no 999 files for anybody.
 * Twice    unpack_next() to its RC_END without reading is the check of the whole: what is wrong with
 *          names, counts, sizes, kinds and, where it is a stream, with its bytes shows there. Then
 *          unpack_open_nth() opens each data file for its own batch.
 * Limits   struct unpack_limit. The ratio is asked of all that came out against all that went in,
 *          for each layer alone. A zip or 7z is also held to the sizes it declares. Wall time is the
 *          caller's. For unpack_entry() and unpack_list(), which read our own bundles, only 16 GiB
 *          an entry.
 * Memory   Blocks, and windows of at most 64 MiB; the directory of a zip or 7z and the window of a
 *          7z are bounded by the process's RLIMIT_AS (jobs/base/confine.h).
 * Errors   RC_REJECT: ERR_ARCHIVE_CUT (its end is missing), ERR_ARCHIVE (damaged, not a regular file, unreadable name, another kind of
 *          archive; a bad CRC is seen only at the end of the source, so act on nothing before it),
 *          ERR_ENCRYPTED, ERR_ENTRIES, ERR_EMPTY_FILE (all of them are), ERR_ENTRY_PATH (absolute or with ".."), ERR_NESTED,
 *          ERR_TOO_BIG. RC_FAIL when the file cannot be read. What a source or the walk refused once
 *          it refuses again.
 * Calls    main has set a UTF-8 LC_CTYPE. A name that is not UTF-8 is taken as GB18030, for which
 *          iconv loads a module: a confined process opens that converter once beforehand.
 */
#ifndef LANDPORT_UNPACK_H
#define LANDPORT_UNPACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/blob.h"
#include "base/err.h"
#include "base/stream.h"

struct unpack_limit {
    uint64_t bytes;   /* of a data file or an archive inside; 0: 16 GiB */
    uint32_t ratio;   /* 0: 200, asked after the first MiB */
    uint32_t entries; /* 0: 1000 */
    uint64_t total;   /* of all data files, and of each layer they lie in; 0: 64 GiB */
    struct blob
        spill; /* for a zip or 7z inside of another archive, which cannot be read as it comes: an
                         empty file, of which up to UNPACK_SPILL bytes are used; fd 0: it is refused */
};
#define UNPACK_SPILL ((uint64_t)2 << 30)

enum unpack_kind { UNPACK_PLAIN, UNPACK_XLSX, UNPACK_DOCUMENT };

struct unpack_item {
    uint32_t number;       /* from 0: what unpack_open_nth() takes */
    const char *name;      /* UTF-8, at most 255 bytes, "" where the upload is the data file */
    enum unpack_kind kind; /* UNPACK_XLSX: any Office package */
    const char *document;  /* UNPACK_DOCUMENT: what it is, made for people; NULL: encrypted */
    int64_t bytes;         /* as the archive says; -1: it does not */
};

struct unpack;
/* The blob is borrowed and read from its start. `upload` is the file's own name, from
 * which a packed file without a name of its own gets one: "a.csv.gz" holds "a.csv". */
rc_t unpack_begin(struct unpack **u, struct blob blob, const char *upload,
                  const struct unpack_limit *limit, struct err *e);
/* The next data file; RC_END after the last, of which there is at least one. item->name is valid
 * until the next call; item may be NULL. */
rc_t unpack_next(struct unpack *u, struct unpack_item *item, struct err *e);
/* Begin and go to data file n; RC_REJECT ERR_NOT_FOUND. */
rc_t unpack_open_nth(struct unpack **u, struct blob blob, const char *upload, uint32_t n,
                     const struct unpack_limit *limit, struct unpack_item *item, struct err *e);
/* Begin and go to the only data file, which is no Office package: else RC_REJECT. */
rc_t unpack_open(struct unpack **u, struct blob blob, const struct unpack_limit *limit,
                 struct err *e);
void unpack_close(struct unpack **u);
uint32_t unpack_empty(const struct unpack *u);   /* files of no bytes passed over so far */
bool unpack_is_archive(const struct unpack *u);  /* false: the upload is the data file */
const char *unpack_name(const struct unpack *u); /* as unpack_item.name */
struct source unpack_source(struct unpack *u);   /* until the next unpack_next() */

/* Find one entry of a bundle, zip or tar.zst, by its exact name and stream it: RC_REJECT
 * ERR_NOT_FOUND. */
rc_t unpack_entry(struct unpack **u, struct blob blob, const char *name, struct err *e);
/* The same of a workbook that a stranger sent: within the limits of an upload. */
rc_t unpack_part(struct unpack **u, struct blob blob, const char *name, struct err *e);
/* Is it a workbook of which there is only one reading: no part twice (in whatever letters), directory and
 * headers alike? RC_REJECT. */
rc_t unpack_check_package(struct blob blob, struct err *e);
/* Names and sizes of all entries, in order; on_entry returns RC_OK to go on. */
rc_t unpack_list(struct blob blob,
                 rc_t (*on_entry)(void *ctx, const char *name, uint64_t bytes, struct source data,
                                  struct err *e),
                 void *ctx, struct err *e);

#endif
