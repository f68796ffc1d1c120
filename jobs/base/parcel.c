#include "base/parcel.h"

#include <string.h>

#define NONE (-1)

void
parcel_put(struct buf *b, const void *p, size_t n)
{
    buf_put(b, p, n);
}

void
parcel_put_number(struct buf *b, int64_t n)
{
    buf_put(b, &n, sizeof n);
}

void
parcel_put_text(struct buf *b, const char *text)
{
    parcel_put_number(b, text ? (int64_t)strlen(text) : NONE);
    if (text)
        buf_put(b, text, strlen(text));
}

void
parcel_put_list(struct buf *b, const char *const *texts)
{
    int64_t count = texts ? 0 : NONE;

    while (texts && texts[count])
        count++;
    parcel_put_number(b, count);
    for (int64_t i = 0; i < count; i++)
        parcel_put_text(b, texts[i]);
}

void
parcel_take(struct parcel *p, void *out, size_t n)
{
    memset(out, 0, n);
    if (p->broken || n > (size_t)(p->end - p->p)) {
        p->broken = true;
        return;
    }
    memcpy(out, p->p, n);
    p->p += n;
}

int64_t
parcel_number(struct parcel *p)
{
    int64_t n;

    parcel_take(p, &n, sizeof n);
    return n;
}

const char *
parcel_text(struct parcel *p)
{
    int64_t n = parcel_number(p);
    const char *text = p->p;

    if (p->broken || n < 0 || n > p->end - p->p) {
        p->broken |= n != NONE;
        return NULL;
    }
    p->p += n;
    return arena_span(p->a, (struct span){text, (size_t)n});
}

const char **
parcel_list(struct parcel *p)
{
    int64_t n = parcel_number(p);
    const char **texts;

    if (p->broken || n < 0 || n > p->end - p->p) {
        p->broken |= n != NONE;
        return NULL;
    }
    texts = ARENA_ARRAY(p->a, const char *, (size_t)n + 1);
    for (int64_t i = 0; i < n; i++)
        texts[i] = parcel_text(p);
    return texts;
}
