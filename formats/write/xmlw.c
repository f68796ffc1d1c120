/*
 * xmlw.c - messages as XML: every tag is ready text, every value is escaped in one place.
 *
 * In another charset than UTF-8 tags are converted once and values as they are written. What the charset does not
 * have is named by its number in a value; in a tag it cannot be said.
 */
#include "formats/write/encode.h"
#include "formats/write/writer_form.h"

#define LONGEST_ESCAPE 6 /* &quot; */
#define EACH(byte)     (UINT64_C(0x0101010101010101) * (byte))

struct xml {
    iconv_t to;                /* (iconv_t)-1: it stays UTF-8 */
    struct buf escaped, value; /* of one at a time */
};

/* Tags. */

static bool
tag_encode(struct writer *w, struct span *tag)
{
    struct xml *x = w->own;
    struct buf out = {0};
    size_t bad;
    bool good = encode_put(&out, x->to, *tag, &bad);

    if (good)
        *tag = (struct span){arena_strn(w->arena, out.p, out.n), out.n};
    buf_free(&out);
    return good;
}

static bool
tags_encode(struct writer *w, struct step *s)
{
    bool good = true;

    for (uint32_t i = 0; good && i < s->attribute_count; i++)
        good = tag_encode(w, &s->attributes[i].open);
    return good && tag_encode(w, &s->open) && tag_encode(w, &s->inside) && tag_encode(w, &s->close);
}

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

static rc_t
steps_build(struct writer *w, struct step *s, struct err *e)
{
    const enum written_charset charset = w->plan->written.charset;
    rc_t rc = RC_OK;

    if (s->kind == STEP_LEAF || s->kind == STEP_NODE) {
        tags_build(w, s);
        if (charset != WRITTEN_UTF8 && !tags_encode(w, s))
            return err_set(e, RC_FAIL, ERR_SCHEMA, "%s:%d: %s cannot be said in %s", w->plan->file,
                           s->node->line, s->node->name, encode_label(charset));
    }
    for (uint32_t i = 0; rc == RC_OK && i < s->child_count; i++)
        rc = steps_build(w, &s->children[i], e);
    return rc;
}

static rc_t
xml_open(struct writer *w, struct err *e)
{
    struct xml *x = ARENA_NEW(w->arena, struct xml);
    rc_t rc;

    w->own = x;
    rc = encode_open(&x->to, w->plan->written.charset, e);
    return rc == RC_OK ? steps_build(w, w->root, e) : rc;
}

static void
xml_close(struct writer *w)
{
    struct xml *x = w->own;

    if (!x)
        return;
    buf_free(&x->escaped);
    buf_free(&x->value);
    encode_close(&x->to);
    w->own = NULL;
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

/* The one place that escapes. There is room for LONGEST_ESCAPE times the text. Returns the end. */
static char *
escaped(char *to, struct span s, const struct span table[256])
{
    for (size_t i = 0; i < s.n; i++) {
        struct span escape = table[(unsigned char)s.p[i]];

        if (escape.n) {
            memcpy(to, escape.p, escape.n);
            to += escape.n;
        } else
            *to++ = s.p[i];
    }
    return to;
}

static void
put_escaped(struct writer *w, struct span s, const struct span table[256])
{
    w->at = (size_t)(escaped(w->buffer + w->at, s, table) - w->buffer);
}

/* Escaped, then in the message's charset: what that does not have as &#x12A0;. A value that is no UTF-8 is no text. */
static rc_t
put_converted(struct writer *w, const struct step *s, const char *name, struct span value,
              const struct span table[256], struct err *e)
{
    struct xml *x = w->own;
    struct span left;
    size_t bad, before, bytes;

    if (span_valid_utf8(value) < value.n)
        return writer_fail(w, s, name, e, "has bytes that are no character");
    x->escaped.n = x->value.n = 0;
    buf_reserve(&x->escaped, LONGEST_ESCAPE * value.n + 1);
    left.p = x->escaped.p;
    left.n = (size_t)(escaped(x->escaped.p, value, table) - left.p);
    while (!encode_put(&x->value, x->to, left, &bad)) {
        if (bad == left.n) /* it took another character for one, and does not say which */
            return writer_fail(w, s, name, e, "has a character that %s does not have",
                               encode_label(w->plan->written.charset));
        encode_put(&x->value, x->to, (struct span){left.p, bad}, &before);
        buf_printf(&x->value, "&#x%X;", encode_code_point(left.p + bad, left.n - bad, &bytes));
        left = (struct span){left.p + bad + bytes, left.n - bad - bytes};
    }
    return put_text(w, (struct span){x->value.p, x->value.n}, e);
}

static bool
is_converted(const struct writer *w)
{
    return w->plan->written.charset != WRITTEN_UTF8;
}

/* What the walk tells. */

static rc_t
xml_begin(struct writer *w, struct err *e)
{
    rc_t rc = put_mark(w, e);

    if (rc == RC_OK)
        rc = put_text(w, SPAN("<?xml version=\"1.0\" encoding=\""), e);
    if (rc == RC_OK)
        rc = put_text(w, span_of(encode_label(w->plan->written.charset)), e);
    return rc == RC_OK ? put_text(w, SPAN("\"?>\n"), e) : rc;
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

    if (rc != RC_OK)
        return rc;
    put(w, a->open);
    if (is_converted(w)) {
        rc = put_converted(w, s, a->plan->name, value, attribute_escapes, e);
        return rc == RC_OK ? put_text(w, SPAN("\""), e) : rc;
    }
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
    if (is_converted(w) && !s->no_escape) {
        rc = put_converted(w, s, s->node->name, value, escapes, e);
        return rc == RC_OK ? put_text(w, s->close, e) : rc;
    }
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
    .close = xml_close,
    .begin = xml_begin,
    .end = xml_end,
    .element = xml_element,
    .attribute = xml_attribute,
    .inside = xml_inside,
    .leaf = xml_leaf,
    .ended = xml_ended,
};
