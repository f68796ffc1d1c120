/*
 * bloom.h - was this number seen before? In memory that does not grow.
 *
 * Shape    A Bloom filter (Burton Bloom, 1970) of 4 MiB, three bits a number, in one cache line.
 * Rules    Numbers are hashes already. "Yes" of every number that was added, and of a few that were
 *          not: of a million numbers 2 in 10,000, of ten million 7 in 100.
 */
#ifndef LANDPORT_BLOOM_H
#define LANDPORT_BLOOM_H

#include <stdbool.h>
#include <stdint.h>

struct bloom;
struct bloom *bloom_new(void);
void bloom_free(struct bloom **b);
/* Adds it; was it there already, perhaps? */
bool bloom_add(struct bloom *b, uint64_t hash);

#endif
