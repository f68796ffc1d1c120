#include "base/bloom.h"

#include <sys/mman.h>

#include "base/err.h"

#define LINE_WORDS 8
#define LINES      ((uint64_t)1 << 16) /* of 64 bytes */

struct bloom {
    uint64_t lines[LINES][LINE_WORDS];
};

/* Mapped, not allocated: calloc() clears what the heap has at hand, and few numbers need few pages. */
struct bloom *
bloom_new(void)
{
    void *b = mmap(NULL, sizeof(struct bloom), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                   -1, 0);

    if (b == MAP_FAILED)
        BUG("out of memory");
    return b;
}

void
bloom_free(struct bloom **b)
{
    if (*b)
        munmap(*b, sizeof **b);
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
