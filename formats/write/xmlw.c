/*
 * xmlw.c - messages as XML: every tag is ready text, every value is escaped in one place.
 */
#include "formats/write/writer_form.h"

#define LONGEST_ESCAPE 6 /* &quot; */
#define EACH(byte)     (UINT64_C(0x0101010101010101) * (byte))

/* Tags. */

/* The root binds the prefix; it and its children each stand on lines of their own. */
static void
tags_build(struct writer *w, struct step *s)
{
    const char *prefix = s == w->root || w->plan->qualified ? w->prefix : "";
    const char *name = s->node->name, *space = "";
    const char *end = s == w->root ? ">\n" : ">", *open_end = s->attribute_count ? "" : end;

    if (s == w->root && *w->plan->target_ns)
        space = arena_printf(w->arena, " xmlns%s%.*s=\"%s\"", *prefix ? ":" : "",
                             (int)strcspn(prefix, ":"), prefix, w->plan->target_ns);
    s->open = span_of(arena_printf(w->arena, "<%s%s%s%s", prefix, name, space, open_end));
    for (uint32_t i = 0; i < s->attribute_count; i++)
        s->attributes[i].open =
            span_of(arena_printf(w->arena, " %s=\"", s->attributes[i].plan->name));
    s->no_escape = s->kind == STEP_LEAF && s->node->type->base != PLAN_STRING;
    s->inside = span_of(s->attribute_count ? end : "");
    s->close = span_of(arena_printf(w->arena, "</%s%s>%s", prefix, name,
                                    s == w->root || s->parent == w->root ? "\n" : ""));
}

static void
steps_build(struct writer *w, struct step *s)
{
    if (s->kind == STEP_LEAF || s->kind == STEP_NODE)
        tags_build(w, s);
    for (uint32_t i = 0; i < s->child_count; i++)
        steps_build(w, &s->children[i]);
}

static rc_t
xml_open(struct writer *w, struct err *e)
{
    (void)e;
    steps_build(w, w->root);
    return RC_OK;
}

/* Values. */

/* What stands for a character; indexed by it. In attributes also what parsers would make a blank.
 * A carriage return would come back as a line feed. */
static const struct span escapes[256] = {
    ['&'] = {"&amp;", 5},
    ['<'] = {"&lt;",  4},
    ['>'] = {"&gt;",  4},
    ['\r'] = {"&#13;", 5},
};
static const struct span attribute_escapes[256] = {
    ['&'] = {"&amp;",  5},
      ['<'] = {"&lt;",   4},
      ['>'] = {"&gt;",   4},
      ['\r'] = {"&#13;",  5},
    ['"'] = {"&quot;", 6},
      ['\t'] = {"&#9;",   4},
      ['\n'] = {"&#10;",  5},
};

/* High bit of every byte that is zero, and perhaps of others above such a byte. */
static uint64_t
zero_bytes(uint64_t word)
{
    return (word - EACH(0x01)) & ~word & EACH(0x80);
}

/* Eight bytes a step; the last step may look at some bytes again. */
static bool
needs_escape(struct span s)
{
    uint64_t seen = 0, word;

    if (s.n < 8) {
        for (size_t i = 0; i < s.n; i++)
            seen |= escapes[(unsigned char)s.p[i]].n;
        return seen;
    }
    for (size_t i = 0; i < s.n; i += 8) {
        memcpy(&word, s.p + (i + 8 <= s.n ? i : s.n - 8), 8);
        seen |= zero_bytes(word ^ EACH('&')) | zero_bytes(word ^ EACH('\r')) |
                zero_bytes((word & EACH(0xFD)) ^ EACH('<')); /* < is 3C, > is 3E */
    }
    return seen;
}

/* The one place that escapes. Room for LONGEST_ESCAPE times the text was made. */
static void
put_escaped(struct writer *w, struct span s, const struct span table[256])
{
    char *to = w->buffer + w->at;

    for (size_t i = 0; i < s.n; i++) {
        struct span escape = table[(unsigned char)s.p[i]];

        if (escape.n) {
            memcpy(to, escape.p, escape.n);
            to += escape.n;
        } else
            *to++ = s.p[i];
    }
    w->at = (size_t)(to - w->buffer);
}

/* What the walk tells. */

static rc_t
xml_begin(struct writer *w, struct err *e)
{
    return put_text(w, SPAN("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"), e);
}

static rc_t
xml_end(struct writer *w, struct err *e)
{
    (void)w, (void)e;
    return RC_OK;
}

static rc_t
xml_element(struct writer *w, const struct step *s, struct err *e)
{
    return put_text(w, s->open, e);
}

static rc_t
xml_attribute(struct writer *w, const struct step *s, const struct attribute *a, struct span value,
              struct err *e)
{
    rc_t rc = room(w, a->open.n + LONGEST_ESCAPE * value.n + 1, e);

    (void)s;
    if (rc != RC_OK)
        return rc;
    put(w, a->open);
    put_escaped(w, value, attribute_escapes);
    put(w, SPAN("\""));
    return RC_OK;
}

static rc_t
xml_inside(struct writer *w, const struct step *s, struct err *e)
{
    return put_text(w, s->inside, e);
}

static rc_t
xml_leaf(struct writer *w, const struct step *s, struct span value, struct err *e)
{
    rc_t rc = room(w, s->open.n + LONGEST_ESCAPE * value.n + s->close.n, e);

    if (rc != RC_OK)
        return rc;
    if (!s->attribute_count)
        put(w, s->open);
    if (s->no_escape || !needs_escape(value))
        put(w, value);
    else
        put_escaped(w, value, escapes);
    put(w, s->close);
    return RC_OK;
}

static rc_t
xml_ended(struct writer *w, const struct step *s, struct err *e)
{
    return put_text(w, s->close, e);
}

const struct writer_form xmlw_form = {
    .fillable = true,
    .open = xml_open,
    .begin = xml_begin,
    .end = xml_end,
    .element = xml_element,
    .attribute = xml_attribute,
    .inside = xml_inside,
    .leaf = xml_leaf,
    .ended = xml_ended,
};
