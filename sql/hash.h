/*
 * hash.h - PostgreSQL's hashtextextended(text, 0), so that who writes rows can say where they belong.
 *
 * Source   Bob Jenkins, lookup3.c (2006, public domain), as PostgreSQL uses it since release 11: blocks
 *          of 12 bytes taken as little-endian words, the length mixed into the start.
 * Rules    Same value as the server's on machines of little-endian order; hub.subject_hash() in SQL.
 */
#ifndef LANDPORT_HASH_H
#define LANDPORT_HASH_H

#include <stdint.h>

#include "base/span.h"

int64_t hash_text(struct span text);

#endif
