/*
 * codes.h - a code table: formats/codes/<name>.tsv, first column `code`, header row required.
 *
 * Shape    Hash set of codes; columns valid_from and valid_to (YYYYMMDD), where the file has
 *          them, bound a code's life. Rows whose column `emit` is "no" are known but not accepted.
 */
#ifndef LANDPORT_CODES_H
#define LANDPORT_CODES_H

#include <stdbool.h>

#include "arena.h"
#include "err.h"
#include "span.h"

struct codes;
rc_t codes_load(struct codes **c, struct arena *a, const char *dir, const char *name,
                struct err *e);
bool codes_has(const struct codes *c, struct span code);
const char *codes_name(const struct codes *c);

#endif
