/*
 * xlsx_strings.h - the texts that cells share, by number.
 *
 * Shape    Each is kept with its length in front, one after the other, with the place of every
 *          32nd; phonetic hints are left out.
 * Memory   `resident` bytes of texts; with more of them all go to spill (pwrite and pread from
 *          offset 0) and pages of that are kept instead, 8 MiB. Places: 8 bytes for 32 texts.
 * Errors   strings_read: RC_REJECT ERR_WORKBOOK, ERR_TOO_BIG (also where they don't fit and there
 *          is no file); RC_RETRY ERR_NO_SPACE; RC_FAIL ERR_SYSTEM; what the part's source says.
 */
#ifndef LANDPORT_XLSX_STRINGS_H
#define LANDPORT_XLSX_STRINGS_H

#include "formats/read/xlsx.h"

struct strings;
/* part NULL: there are none. */
rc_t strings_read(struct strings **s, const struct xlsx_parts *parts, const char *part,
                  uint64_t limit, struct blob spill, size_t resident, struct err *e);
void strings_free(struct strings **s);
uint32_t strings_count(const struct strings *s);
/* Append one; index is below the count. RC_FAIL when the spill file cannot be read. */
rc_t strings_get(struct strings *s, uint32_t index, struct buf *out, struct err *e);

#endif
