#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define HIDE(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define SHOW(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#else
#define HIDE(p, n) ((void)0)
#define SHOW(p, n) ((void)0)
#endif

enum { ALIGN = 16, BLOCK = 64 * 1024 };
_Static_assert(alignof(max_align_t) <= ALIGN, "a block must suit any type");

struct block {
    struct block *next;
    size_t used, size;
    alignas(ALIGN) char bytes[];
};

struct deferred {
    struct deferred *next;
    void (*fn)(void *);
    void *p;
};

struct arena {
    const char *name;
    struct block *blocks; /* the first is the one being filled */
    struct deferred *deferred;
};

static _Noreturn void
out_of_memory(const char *name, size_t size)
{
    fprintf(stderr, "landport: panic: arena %s: no memory for %zu bytes\n", name, size);
    abort();
}

static struct block *
block_new(const char *name, size_t size)
{
    struct block *b = NULL;

    if (size > SIZE_MAX - sizeof *b || !(b = malloc(sizeof *b + size)))
        out_of_memory(name, size);
    b->next = NULL;
    b->used = 0;
    b->size = size;
    HIDE(b->bytes, size);
    return b;
}

struct arena *
arena_new(const char *name)
{
    struct arena *a = malloc(sizeof *a);

    if (!a)
        out_of_memory(name, sizeof *a);
    *a = (struct arena){name, block_new(name, BLOCK), NULL};
    return a;
}

/* A deferred call may itself allocate or defer, so each is taken off before it runs. */
static void
run_deferred(struct arena *a)
{
    struct deferred *d;

    while ((d = a->deferred)) {
        a->deferred = d->next;
        d->fn(d->p);
    }
}

void
arena_reset(struct arena *a)
{
    struct block *keep = NULL;

    run_deferred(a);
    for (struct block *b = a->blocks, *next; b; b = next) {
        next = b->next;
        if (!keep && b->size == BLOCK)
            keep = b;
        else
            free(b);
    }
    keep->next = NULL;
    keep->used = 0;
    HIDE(keep->bytes, keep->size);
    a->blocks = keep;
}

void
arena_free(struct arena **a)
{
    if (!*a)
        return;
    arena_reset(*a);
    free((*a)->blocks);
    free(*a);
    *a = NULL;
}

/* What a quarter of a block cannot hold gets its own, behind the one being filled, so that one
 * large value does not waste the room left there. */
static struct block *
block_for(struct arena *a, size_t size)
{
    struct block *b = a->blocks;

    if (size <= b->size - b->used)
        return b;
    if (size > BLOCK / 4) {
        b = block_new(a->name, size);
        b->next = a->blocks->next;
        a->blocks->next = b;
    } else {
        b = block_new(a->name, BLOCK);
        b->next = a->blocks;
        a->blocks = b;
    }
    return b;
}

void *
arena_alloc(struct arena *a, size_t size)
{
    struct block *b;
    size_t room;
    void *p;

    if (size > SIZE_MAX - ALIGN)
        out_of_memory(a->name, size);
    room = size ? (size + ALIGN - 1) / ALIGN * ALIGN : ALIGN;
    b = block_for(a, room);
    p = b->bytes + b->used;
    b->used += room;
    SHOW(p, size);
    return memset(p, 0, size);
}

void *
arena_array(struct arena *a, size_t size, size_t count)
{
    if (size && count > SIZE_MAX / size)
        out_of_memory(a->name, SIZE_MAX);
    return arena_alloc(a, size * count);
}

char *
arena_strn(struct arena *a, const char *s, size_t n)
{
    char *copy;

    if (!s)
        return NULL;
    if (n == SIZE_MAX)
        out_of_memory(a->name, n);
    copy = arena_alloc(a, n + 1);
    return memcpy(copy, s, n);
}

/* Full whenever the count is a power of two, so that no capacity need be kept. */
void *
arena_grow(struct arena *a, void *list, size_t size, size_t count)
{
    void *larger;

    if (count & (count - 1))
        return list;
    larger = arena_array(a, size, count ? 2 * count : 1);
    if (count)
        memcpy(larger, list, size * count);
    return larger;
}

char *
arena_str(struct arena *a, const char *s)
{
    return s ? arena_strn(a, s, strlen(s)) : NULL;
}

char *
arena_span(struct arena *a, struct span s)
{
    return arena_strn(a, s.p, s.n);
}

const char *
arena_join(struct arena *a, const char *const *words, const char *between)
{
    const char *all = "";

    for (const char *const *w = words; *w; w++)
        all = arena_printf(a, "%s%s%s", all, w == words ? "" : between, *w);
    return all;
}

char *
arena_printf(struct arena *a, const char *format, ...)
{
    va_list args, again;
    char *text;
    int n;

    va_start(args, format);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0)
        out_of_memory(a->name, 0);
    text = arena_alloc(a, (size_t)n + 1);
    vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return text;
}

void
arena_defer(struct arena *a, void (*fn)(void *), void *p)
{
    struct deferred *d = ARENA_NEW(a, struct deferred);

    *d = (struct deferred){a->deferred, fn, p};
    a->deferred = d;
}
