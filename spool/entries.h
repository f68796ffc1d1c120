/*
 * entries.h - the entries of one container (zip, tar, 7z), in their order.
 *
 * Shape    libarchive reads, we decide: what an entry is called, and that it is a plain file.
 *          Names are data in UTF-8: compared and shown, never opened. Folders and what desktops add
 *          (__MACOSX/, ._*, .DS_Store, Thumbs.db, desktop.ini) are passed over.
 * Input    With `seek` a zip is read by its directory and bodies are passed over without reading
 *          them. Without, a zip is read from its local headers and passing over means reading; 7z
 *          cannot be read at all.
 * Memory   libarchive keeps the directory of a zip or 7z, and the window that a stranger's 7z asks
 *          for: bounded by the process's RLIMIT_AS alone.
 * Errors   RC_REJECT: ERR_ARCHIVE_CUT its end is missing; ERR_ARCHIVE damaged, not a regular file, a name nobody can read; ERR_ENCRYPTED;
 *          ERR_ENTRIES more than `most`, folders counted. What the input fails with is passed on.
 *          A bad CRC shows only at an entry's end.
 * Calls    The process has a UTF-8 LC_CTYPE, else libarchive gives no names.
 */
#ifndef LANDPORT_ENTRIES_H
#define LANDPORT_ENTRIES_H

#include <stdint.h>

#include "base/err.h"
#include "base/stream.h"

#define ENTRIES_NAME_MAX 255 /* bytes in UTF-8, as for the uploads themselves */

enum entries_form { ENTRIES_ZIP, ENTRIES_TAR, ENTRIES_7Z };

struct entries_input {
    struct source in;
    /* Where the next read begins; NULL: cannot. Returns the new place, -1 when it is outside. */
    int64_t (*seek)(void *ctx, int64_t offset, int whence);
};

struct entries;
rc_t entries_open(struct entries **x, enum entries_form form, const struct entries_input *input,
                  uint32_t most, struct err *e);
void entries_close(struct entries **x);
/* The next plain file; RC_END after the last. Passes over what is left of the one before. */
rc_t entries_next(struct entries *x, struct err *e);
const char *entries_name(const struct entries *x);
int64_t entries_bytes(const struct entries *x); /* as the archive says; -1: it does not */
uint32_t entries_seen(const struct entries *x); /* headers so far, folders too */
/* The content of the entry at hand. */
struct source entries_source(struct entries *x);
const char *entries_form_name(enum entries_form form);
/* A name's bytes from UTF-8, else GB18030, to be freed; NULL: neither, or control characters. */
char *entries_decode_name(const char *raw);

#endif
