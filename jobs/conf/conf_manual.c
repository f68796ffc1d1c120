/* conf_manual.c - landport.conf(5), out of the table of options. */
#include "conf/conf.h"

#include <ctype.h>
#include <string.h>

#include "base/roff.h"
#include "conf/conf_values.h"

static const char form[] =
    "The file consists of sections with options: name = \"value\". A list is {\"a\", \"b\"}; a "
    "section that may be there several times has a title: partner \"LYLOGI01\" { ... }. Quotes may "
    "be left out around letters, digits and dots. What stands behind # is a comment.";
static const char *const rules[] = {
    "Everything is looked at before anything runs: an option nobody knows, one that is given twice "
    "or is not of its form is told with file and line, all of them at once (landport check).",
    "Durations are whole numbers with s, m, h or d, such as 30s or 7d; sizes have B, KiB, MiB, GiB "
    "or TiB; times of day look like 06:00 and are the zone's own. Relative paths start at the "
    "folder of the main file.",
    "include(\"conf.d/*.conf\") reads other files at its place. ${NAME} in a value in double "
    "quotes "
    "is the environment's variable, ${NAME:-value} with a default. Secrets never stand in the file "
    "itself: files that hold them are named there.",
    NULL,
};

struct manual {
    struct arena *arena;
    struct buf text;
    struct told { /* sections that were described, since some stand in two places */
        const struct conf_option *options;
        const char *path;
    } told[40];
    size_t told_count;
};

/* "How often files are read."; a word that is written so in the file stays as it is. */
static const char *
sentence(struct arena *a, const struct conf_option *o)
{
    const char *first = arena_strn(a, o->text, strcspn(o->text, ": "));
    bool literal = o->words && word_among(o->words, first);

    return arena_printf(a, "%c%s.", literal ? *first : toupper((unsigned char)*first), o->text + 1);
}

static const char *
kind(struct arena *a, const struct conf_option *o)
{
    static const char *const names[] = {
        [CONF_TEXT] = "Text",   [CONF_PATH] = "Path",         [CONF_FLAG] = "True or false",
        [CONF_LIST] = "A list", [CONF_TIME] = "Time of day",  [CONF_DURATION] = "Duration",
        [CONF_DAYS] = "Days",   [CONF_SIZE] = "Size",         [CONF_NUMBER] = "Number",
        [CONF_ROWS] = "Number", [CONF_WORD] = "One of these", [CONF_EITHER] = "One of these",
    };
    const char *text = names[o->type];

    if (o->words)
        text = arena_printf(a, "%s%s: %s", text, o->type == CONF_LIST ? " of" : "",
                            conf_join(a, o->words, ", "));
    else if (o->example && o->type != CONF_FLAG && o->type != CONF_TIME)
        text = arena_printf(a, "%s such as %s", text, o->example);
    if (o->low)
        text = arena_printf(a, "%s from %s to %s", text, o->low, o->high);
    if (o->otherwise)
        text = arena_printf(a, "%s; default %s", text, o->otherwise);
    else if (o->flags & CONF_NEEDED)
        text = arena_printf(a, "%s; must be given", text);
    if (o->also)
        text = arena_printf(a, "%s; may be written %s", text, o->also);
    return arena_printf(a, "%s.", text);
}

static void
tell_option(struct manual *m, const struct conf_option *o)
{
    roff_line(&m->text, "TP", NULL);
    roff_line(&m->text, "B", o->name);
    roff_text(&m->text, sentence(m->arena, o));
    roff_text(&m->text, kind(m->arena, o));
}

/* Where the same options were described before; NULL: nowhere. */
static const char *
told_before(struct manual *m, const struct conf_option *o, const char *path)
{
    for (size_t i = 0; i < m->told_count; i++)
        if (m->told[i].options == o->options)
            return m->told[i].path;
    if (m->told_count < sizeof(m->told) / sizeof(m->told[0]))
        m->told[m->told_count++] = (struct told){o->options, path};
    return NULL;
}

/* Its options first, then the sections inside of it, each under a heading of its own. */
static void
tell_section(struct manual *m, const struct conf_option *section, const char *outside)
{
    struct arena *a = m->arena;
    bool titled = section->type == CONF_TITLED;
    const char *path = arena_printf(a, "%s%s%s%s", outside, *outside ? " / " : "", section->name,
                                    titled ? " \"...\"" : "");
    const char *before = told_before(m, section, path);

    roff_line(&m->text, "SS", path);
    roff_text(&m->text, sentence(a, section));
    if (section->flags & CONF_NEEDED)
        roff_text(&m->text, "The section must be there.");
    if (titled)
        roff_text(&m->text, arena_printf(a,
                                         "There may be any number, each with a title, such as "
                                         "\"%s\".",
                                         section->example));
    if (section->type == CONF_FREE)
        roff_text(&m->text, "Its names are whatever is needed, in small letters; a message reads "
                            "NAME as the setting hub.NAME.");
    if (before) {
        roff_text(&m->text, arena_printf(a, "Its options are those of %s.", before));
        return;
    }
    for (const struct conf_option *o = section->options; o->name; o++)
        if (!o->options)
            tell_option(m, o);
    for (const struct conf_option *o = section->options; o->name; o++)
        if (o->options)
            tell_section(m, o, path);
}

const char *
conf_manual(struct arena *a, const char *version)
{
    struct manual m = {.arena = a};
    struct buf *b = &m.text;

    roff_page(b, "landport.conf", 5, version, "what the hub is and whom it talks to");
    roff_line(b, "SH", "DESCRIPTION");
    roff_text(b, form);
    for (const char *const *rule = rules; *rule; rule++) {
        roff_line(b, "PP", NULL);
        roff_text(b, *rule);
    }
    roff_line(b, "SH", "SECTIONS");
    roff_text(b, "As landport check --example shows them.");
    for (const struct conf_option *o = conf_root.options; o->name; o++)
        tell_section(&m, o, "");
    roff_line(b, "SH", "FILES");
    roff_text(b,
              "The file named with -c, else by the variable LANDPORT_CONF, else ./landport.conf, "
              "else /etc/landport/landport.conf.");
    roff_line(b, "SH", "SEE ALSO");
    buf_str(b, ".BR landport (8)\n");
    return buf_text(b, a);
}
