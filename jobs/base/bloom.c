#include "bloom.h"

#include <stdlib.h>

#include "err.h"

#define LINE_WORDS 8
#define LINES      ((uint64_t)1 << 16) /* of 64 bytes */

struct bloom {
    uint64_t lines[LINES][LINE_WORDS];
};

struct bloom *
bloom_new(void)
{
    struct bloom *b = calloc(1, sizeof *b);

    if (!b)
        BUG("out of memory");
    return b;
}

void
bloom_free(struct bloom **b)
{
    free(*b);
    *b = NULL;
}

bool
bloom_add(struct bloom *b, uint64_t hash)
{
    uint64_t *line = b->lines[hash % LINES];
    bool there = true;

    hash /= LINES;
    for (int i = 0; i < 3; i++, hash >>= 9) {
        uint64_t bit = (uint64_t)1 << hash % 64, *word = &line[hash / 64 % LINE_WORDS];

        there = there && *word & bit;
        *word |= bit;
    }
    return there;
}
