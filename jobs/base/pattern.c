#include "base/pattern.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/stream.h"

#define WIDTH_MAX 20

struct placeholder {
    const char *name;
    size_t n;
    size_t width;
    const char *next; /* behind its brace */
};

/* p stands on the brace. */
static bool
read_placeholder(const char *p, struct placeholder *h)
{
    const char *name = p + 1, *close = strchr(p, '}'), *colon;
    char *end;

    if (!close)
        return false;
    colon = memchr(name, ':', (size_t)(close - name));
    *h = (struct placeholder){name, (size_t)((colon ? colon : close) - name), 0, close + 1};
    if (colon) {
        h->width = strtoul(colon + 1, &end, 10);
        if (!isdigit((unsigned char)colon[1]) || end != close || h->width < 1 ||
            h->width > WIDTH_MAX)
            return false;
    }
    return h->n > 0;
}

static bool
is_named(const struct placeholder *h, const char *name)
{
    return strlen(name) == h->n && strncasecmp(name, h->name, h->n) == 0;
}

static void
put_value(struct buf *b, const struct placeholder *h, const char *value)
{
    size_t n = strlen(value);
    bool capitals = true;

    for (size_t i = 0; i < h->n; i++)
        capitals = capitals && !islower((unsigned char)h->name[i]);
    for (; n < h->width; n++)
        buf_put(b, "0", 1);
    for (; *value; value++) {
        char c = (char)(capitals ? toupper((unsigned char)*value) : *value);

        buf_put(b, &c, 1);
    }
}

static const char *
known(struct arena *a, const struct pattern_value *values)
{
    const char *all = "";

    for (; values->name; values++)
        all = arena_printf(a, "%s%s{%s}", all, *all ? ", " : "", values->name);
    return all;
}

static rc_t
fill_one(struct buf *b, struct arena *a, const char *pattern, const struct placeholder *h,
         const struct pattern_value *values, struct err *e)
{
    const struct pattern_value *v = values;

    while (v->name && !is_named(h, v->name))
        v++;
    if (!v->name)
        return err_set(e, RC_FAIL, ERR_CONFIG, "\"%s\" has {%.*s}, which is none of %s", pattern,
                       (int)h->n, h->name, known(a, values));
    put_value(b, h, v->value);
    return RC_OK;
}

rc_t
pattern_fill(const char **name, struct arena *a, const char *pattern,
             const struct pattern_value *values, struct err *e)
{
    struct buf b = {0};
    rc_t rc = RC_OK;

    for (const char *p = pattern; rc == RC_OK && *p;) {
        struct placeholder h;

        if (*p != '{' && *p != '}') {
            buf_put(&b, p++, 1);
            continue;
        }
        if (*p == '}' || !read_placeholder(p, &h)) {
            rc = err_set(e, RC_FAIL, ERR_CONFIG,
                         "\"%s\" has braces that hold no name, or no width from 1 to %d: {date}, "
                         "{sequence:6}",
                         pattern, WIDTH_MAX);
            break;
        }
        rc = fill_one(&b, a, pattern, &h, values, e);
        p = h.next;
    }
    *name = b.n ? buf_text(&b, a) : "";
    buf_free(&b);
    return rc;
}

bool
pattern_has(const char *pattern, const char *name)
{
    struct placeholder h;

    for (const char *p = pattern; (p = strchr(p, '{')); p++)
        if (read_placeholder(p, &h) && is_named(&h, name))
            return true;
    return false;
}
