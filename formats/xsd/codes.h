/*
 * codes.h - a code table: formats/codes/<name>.tsv, first column `code`, header row required.
 *
 * Shape    Hash set of codes. Columns `from` and `until` (YYYY-MM-DD, both days included, empty: no
 *          bound), where the file has them, bound a code's life; a code with several lives has a
 *          row for each, and they must not overlap. Rows whose column `emit` is "no" are known to
 *          readers of the file but not accepted.
 * Names    Columns name_zh and name_en, where the file has them, are kept for guides.
 * Day      A table is loaded without a day in mind; who asks says which day it is about.
 */
#ifndef LANDPORT_CODES_H
#define LANDPORT_CODES_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

struct codes;
rc_t codes_load(struct codes **c, struct arena *a, const char *dir, const char *name,
                struct err *e);

enum codes_answer {
    CODES_HAS,
    CODES_UNKNOWN,
    CODES_NOT_YET, /* *when: its first day, of the next life where it has had one */
    CODES_OVER     /* *when: its last day */
};
/* Is the code good on that day, YYYYMMDD; "": on any. *when is YYYY-MM-DD and lives as c does. */
enum codes_answer codes_find(const struct codes *c, struct span code, const char *day,
                             const char **when);
const char *codes_name(const struct codes *c);

/* The rows that are accepted, in the order of the file; a name it does not have is "". */
struct codes_row {
    const char *code, *zh, *en;
};
const struct codes_row *codes_rows(const struct codes *c, size_t *count);

#endif
