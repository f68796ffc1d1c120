/* conf_example.c - landport.conf with every option there is, out of their table. */
#include "conf/conf.h"

#include <stdio.h>
#include <string.h>

#include "base/stream.h"
#include "conf/conf_values.h"

#define COMMENTS_AT 38
#define LINE_ENDS   124

static const char heading[] =
    "# landport.conf - what the hub is and whom it talks to; landport.conf(5) has all of it.\n"
    "# Relative paths start at this file's folder. Durations: 30s 5m 2h 7d; sizes: 512MiB 2GiB; "
    "times\n"
    "# of day: 06:00, in the zone's own time. Secrets are files named here, never text in this "
    "file.\n"
    "# A partner in a file of its own:  include(\"conf.d/*.conf\")\n";

struct page {
    struct arena *arena;
    struct buf text;
    const char *before; /* of each line: "    # " inside of a section that is a comment */
    int depth;
};

/* In a terminal: what has three bytes or more is Chinese here, and twice as wide. */
static int
width(const char *s)
{
    int n = 0;

    for (; *s; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80 ? 1 + ((unsigned char)*s >= 0xe0) : 0;
    return n;
}

/* The comment behind the code, its further lines below it. */
static void
put_comment(struct buf *b, int at, const char *comment)
{
    int from = at < COMMENTS_AT ? COMMENTS_AT : at + 2, column = LINE_ENDS;

    buf_printf(b, "%*s", from - at, "");
    for (const char *word = comment; *word;) {
        int n = (int)strcspn(word, " ");

        if (column + 1 + n > LINE_ENDS) {
            if (word != comment)
                buf_printf(b, "\n%*s", from, "");
            buf_str(b, "#");
            column = from + 1;
        }
        buf_printf(b, " %.*s", n, word);
        column += 1 + n;
        word += n + (word[n] == ' ');
    }
}

static void
put_line(struct page *p, const char *code, const char *comment)
{
    const char *line = arena_printf(p->arena, "%s%*s%s", p->before, 4 * p->depth, "", code);

    buf_str(&p->text, line);
    if (comment && *comment)
        put_comment(&p->text, width(line), comment);
    buf_str(&p->text, "\n");
}

/* "{"a", "b"}" of "a,b". */
static const char *
list_of(struct arena *a, const char *items)
{
    const char *text = "";

    for (const char *s = items; *s;) {
        int n = (int)strcspn(s, ",");

        text = arena_printf(a, "%s%s\"%.*s\"", text, *text ? ", " : "", n, s);
        s += n + (s[n] == ',');
    }
    return arena_printf(a, "{%s}", text);
}

static const char *
written(struct arena *a, const struct conf_option *o, const char *value)
{
    if (o->type == CONF_LIST)
        return list_of(a, value);
    if (o->type == CONF_FLAG || o->type == CONF_NUMBER)
        return value;
    return arena_printf(a, "\"%s\"", value);
}

/* What it means, may be, and is where the line is left out. */
static const char *
remark(struct arena *a, const struct conf_option *o, const char *value)
{
    const char *text = o->text;

    if (o->words)
        text = arena_printf(a, "%s (%s)", text, conf_join(a, o->words, " or "));
    if (o->low)
        text = arena_printf(a, "%s (%s to %s)", text, o->low, o->high);
    if (o->otherwise && strcmp(o->otherwise, value) != 0)
        text = arena_printf(a, "%s (without: %s)", text, o->otherwise);
    return text;
}

/* Is it among those to be shown, "url=VALUE key", and with a value of its own? */
static bool
is_shown(struct arena *a, const char *shown, const char *name, const char **value)
{
    size_t n = strlen(name);

    if (!shown)
        return true;
    for (; *shown; shown += strcspn(shown, " "), shown += *shown == ' ')
        if (strncmp(shown, name, n) == 0 && strchr("= ", shown[n])) {
            if (shown[n] == '=')
                *value = arena_strn(a, shown + n + 1, strcspn(shown + n + 1, " "));
            return true;
        }
    return false;
}

static void
put_option(struct page *p, const struct conf_option *o, const char *shown)
{
    const char *value = o->example ? o->example : o->otherwise;

    if (!is_shown(p->arena, shown, o->name, &value))
        return;
    put_line(p,
             arena_printf(p->arena, "%s%s = %s", o->flags & CONF_SHY ? "# " : "", o->name,
                          written(p->arena, o, value)),
             remark(p->arena, o, value));
}

/* The names of a free section are anybody's: those of its example. */
static void
put_free(struct page *p, const char *shown)
{
    while (shown && *shown) {
        size_t n = strcspn(shown, " "), name = strcspn(shown, "=");

        put_line(p,
                 arena_printf(p->arena, "%.*s = \"%.*s\"", (int)name, shown, (int)(n - name - 1),
                              shown + name + 1),
                 NULL);
        shown += n + (shown[n] == ' ');
    }
}

static void
put_section(struct page *p, const struct conf_option *section)
{
    struct page outside = *p;
    bool titled = section->type == CONF_TITLED;

    if (section->flags & CONF_SHY) {
        p->before = arena_printf(p->arena, "%s%*s# ", p->before, 4 * p->depth, "");
        p->depth = 0;
    }
    put_line(p,
             titled ? arena_printf(p->arena, "%s \"%s\" {", section->name, section->example)
                    : arena_printf(p->arena, "%s {", section->name),
             section->text);
    p->depth++;
    if (section->type == CONF_FREE)
        put_free(p, section->shown);
    for (const struct conf_option *o = section->options; o->name; o++)
        if (o->options)
            put_section(p, o);
        else
            put_option(p, o, section->shown);
    p->depth--;
    put_line(p, "}", NULL);
    p->before = outside.before;
    p->depth = outside.depth;
}

const char *
conf_example(struct arena *a)
{
    struct page p = {.arena = a, .before = ""};

    buf_str(&p.text, heading);
    for (const struct conf_option *o = conf_root.options; o->name; o++) {
        buf_str(&p.text, "\n");
        put_section(&p, o);
    }
    return buf_text(&p.text, a);
}
