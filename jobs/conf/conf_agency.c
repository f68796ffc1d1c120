/* conf_agency.c - what an agency prescribes: agency.conf in its folder of formats. */
#include <ctype.h>
#include <regex.h>
#include <string.h>
#include <unistd.h>

#include "base/pattern.h"
#include "conf/conf_checks.h"

/* ---- single values ---- */

void
conf_check_file_name(const struct conf_part *p, const char *name, const char *value)
{
    if (!*value || strchr(value, '/') || *value == '.')
        conf_wrong(p, name, "is \"%s\"; write the name of a file, without a folder", value);
}

/* Its braces; which names it may have is known where it is filled. */
void
conf_check_pattern(const struct conf_part *p, const char *name, const char *value)
{
    struct pattern_value any[] = {
        {NULL, "x" },
        {NULL, NULL}
    };
    const char *out, *place;
    struct err e = {0};

    if (!*value || *value == '/' || strstr(value, "..")) {
        conf_wrong(p, name, "is \"%s\"; write a name such as {kind}_{guid}.{suffix}", value);
        return;
    }
    for (place = value; (place = strchr(place, '{')); place++) {
        char *word = arena_strn(p->r->arena, place + 1, strcspn(place + 1, ":}"));

        for (char *c = word; *c; c++)
            *c = (char)tolower((unsigned char)*c);
        any[0].name = word;
        if (pattern_fill(&out, p->r->arena, arena_strn(p->r->arena, place, strcspn(place, "}") + 1),
                         any, &e) != RC_OK) {
            conf_wrong(p, name, "is \"%s\": %s", value, e.text);
            return;
        }
    }
}

void
conf_check_form(const struct conf_part *p, const char *name, const char *value)
{
    regex_t re;

    if (regcomp(&re, value, REG_EXTENDED | REG_NOSUB) != 0)
        conf_wrong(p, name, "is \"%s\", which is no regular expression", value);
    else
        regfree(&re);
}

/* Settings the jobs make themselves. */
static const char *const reserved[] = {"again",
                                       "agencies",
                                       "agency",
                                       "agency_settings",
                                       "app_time",
                                       "batch_id",
                                       "batches",
                                       "bundle_id",
                                       "business_date",
                                       "certificates",
                                       "closing",
                                       "columns",
                                       "companions",
                                       "container",
                                       "customs",
                                       "documents",
                                       "envelope",
                                       "feed",
                                       "feed_tables",
                                       "file_name",
                                       "folders",
                                       "high",
                                       "import_tax",
                                       "in_order",
                                       "kind",
                                       "kinds",
                                       "latest_date",
                                       "latest_time",
                                       "low",
                                       "mark",
                                       "message_guid",
                                       "message_kind",
                                       "messages",
                                       "names",
                                       "need_parts",
                                       "needs",
                                       "now",
                                       "nth",
                                       "of_agency",
                                       "order",
                                       "package",
                                       "party",
                                       "per_message",
                                       "period",
                                       "period_from",
                                       "period_until",
                                       "receipt_latest",
                                       "receipt_now",
                                       "receipt_skew",
                                       "receivers",
                                       "rows",
                                       "rules",
                                       "sender",
                                       "senders",
                                       "shape",
                                       "slack_days",
                                       "timezone",
                                       "tolerance",
                                       "unit",
                                       "zone",
                                       NULL};

void
conf_check_fact(const struct conf_part *p, const char *name, const char *value)
{
    size_t n = strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789_");

    (void)name;
    if (n < 1 || n > 60 || value[n] || isdigit((unsigned char)*value))
        conf_wrong(p, NULL, "is no name for a setting: small letters, digits and _");
    else if (word_among(reserved, value))
        conf_wrong(p, NULL, "is the name of a setting that landport makes itself");
}

/* ---- the file ---- */

/* Fields of options that the file gives and the agency's section, which may have the same, does not. */
static void
take_fields(const struct conf_part *section, const struct conf_reader *file, bool exists,
            const struct conf_agency *from, struct conf_agency *to)
{
    for (const struct conf_option *o = conf_prescribed; o->name; o++) {
        const struct conf_option *own = section->options;
        bool given = conf_find_place(section->r, arena_printf(section->r->arena, "%s/%s",
                                                              section->path, o->name)) != NULL;

        while (own->name && strcmp(own->name, o->name) != 0)
            own++;
        if (own->name && (given || !exists || !conf_find_place(file, o->name)))
            continue;
        memcpy((char *)to + o->field.at, (const char *)from + o->field.at, o->field.size);
    }
}

static void
read_prescribed(struct conf_reader *r, const char *file, bool exists, struct conf_agency *g)
{
    cfg_t *cfg;

    if (exists)
        conf_scan(r, file, 0);
    conf_sort_places(r);
    if (r->unusable)
        return;
    cfg = conf_parse(r);
    if (!r->unusable) {
        struct conf_part root = {r, cfg, "", conf_prescribed, true, true};

        conf_read(&root, g);
    }
    cfg_free(cfg);
}

/* What is wrong in there is told with what is wrong elsewhere. */
static void
tell_problems(struct conf_reader *to, struct conf_reader *from)
{
    if (!from->first)
        return;
    *to->last = from->first;
    to->last = from->last;
    to->problems += from->problems;
}

/* ---- facts ---- */

static bool
is_number(const char *s)
{
    size_t n = strspn(s, "0123456789");

    if (s[n] == '.')
        return n && s[n + 1] && !s[n + 1 + strspn(s + n + 1, "0123456789")];
    return n && !s[n];
}

static const char *
fact_fault(struct arena *a, const struct conf_fact *f, const char *value)
{
    regex_t re;
    bool fits = true;

    if (strcmp(f->type, "number") == 0 && !is_number(value))
        return "a number";
    if (strcmp(f->type, "date") == 0 && (strlen(value) != 8 || strspn(value, "0123456789") != 8))
        return "a date, YYYYMMDD";
    if (f->form &&
        regcomp(&re, arena_printf(a, "^(%s)$", f->form), REG_EXTENDED | REG_NOSUB) == 0) {
        fits = regexec(&re, value, 0, NULL, 0) == 0;
        regfree(&re);
    }
    return fits ? NULL : arena_printf(a, "of the form %s", f->form);
}

static void
check_facts(const struct conf_part *p, const struct conf_agency *g, const char *file)
{
    struct arena *a = p->r->arena;

    for (const struct conf_fact *f = g->facts; f->name; f++) {
        const struct conf_setting *s = g->settings;
        const char *name = arena_printf(a, "settings/%s", f->name), *fault;

        while (s->name && strcmp(s->name, f->name) != 0)
            s++;
        if (!s->name || !*s->value) {
            if (f->required)
                conf_wrong(p, name, "is missing: %s, %s; %s asks for it", f->zh, f->en, file);
            continue;
        }
        if ((fault = fact_fault(a, f, s->value)))
            conf_wrong(p, name, "is \"%s\"; %s (%s) is %s, says %s", s->value, f->zh, f->en, fault,
                       file);
    }
    for (const struct conf_setting *s = g->settings; s->name; s++)
        if (word_among(reserved, s->name))
            conf_wrong(p, arena_printf(a, "settings/%s", s->name),
                       "is the name of a setting that landport makes itself; name it otherwise");
}

/* ---- names ---- */

/* Does such a name say which of an agency's bundles it is of? */
static bool
names_bundle(const char *pattern)
{
    return pattern_has(pattern, "sequence") ||
           (pattern_has(pattern, "nth") &&
            (pattern_has(pattern, "date") || pattern_has(pattern, "yymmdd")));
}

bool
conf_files_named_apart(const struct conf_agency *g)
{
    return pattern_has(g->file, "guid") || pattern_has(g->file, "package") || names_bundle(g->file);
}

static void
check_message_names(const struct conf_part *p, const struct conf_agency *g, const char *file)
{
    if (!pattern_has(g->file, "guid") && !pattern_has(g->file, "place") &&
        !(pattern_has(g->file, "kind") && pattern_has(g->file, "number")))
        conf_wrong(p, NULL,
                   "gives two messages one name: file in %s needs {guid}, {place}, or {kind} and "
                   "{number}",
                   file);
    /* of an archive only where answers name files: landport check knows that */
    if (!conf_is_packed(g->container) && !conf_files_named_apart(g))
        conf_wrong(p, NULL,
                   "gives files of two bundles one name: file in %s needs {guid}, {package}, "
                   "{sequence}, or {date} and {nth}",
                   file);
}

static void
check_companion_names(const struct conf_part *p, const struct conf_agency *g, const char *file)
{
    bool side_by_side = !strcmp(g->container, "files");

    for (const struct conf_companion *c = g->companions; c->kind; c++) {
        bool of_file = !strcmp(c->each, "file");
        bool apart = pattern_has(c->name, "package") || names_bundle(c->name) ||
                     (of_file && (pattern_has(c->name, "file") || pattern_has(c->name, "guid")));

        if (of_file && !pattern_has(c->name, "file") && !pattern_has(c->name, "place") &&
            !pattern_has(c->name, "guid"))
            conf_wrong(p, NULL,
                       "gives two companions one name: companion %s in %s is one of each file and "
                       "needs {file}, {guid} or {place}",
                       c->kind, file);
        if (side_by_side && !apart)
            conf_wrong(p, NULL,
                       "gives companions of two bundles one name: companion %s in %s needs "
                       "{package}, {sequence}, or {date} and {nth}%s",
                       c->kind, file, of_file ? ", or {file} or {guid}" : "");
    }
}

/* What a bundle's manifest and its seal are called is ours. */
static void
check_free_names(const struct conf_part *p, const struct conf_agency *g, const char *file)
{
    static const char ours[] = "manifest.xml";
    bool taken = !strncmp(g->file, ours, strlen(ours));

    for (const struct conf_companion *c = g->companions; c->kind; c++)
        taken = taken || !strncmp(c->name, ours, strlen(ours));
    if (taken)
        conf_wrong(p, NULL,
                   "gives a file the manifest's name: what begins with manifest.xml is ours, name "
                   "file and companions in %s otherwise",
                   file);
}

/* Of two packages or files that had one name the later would take the place of the other, and an answer that
 * names a file would be taken for one of another bundle. */
static void
check_names(const struct conf_part *p, struct conf_agency *g, const char *file)
{
    bool packed = conf_is_packed(g->container);

    if (!g->file)
        g->file = packed ? "messages/{kind}_{guid}.{suffix}" : "{kind}_{guid}.{suffix}";
    if (strchr(g->package, '/') ||
        strchr(packed && !strncmp(g->file, "messages/", 9) ? g->file + 9 : g->file, '/'))
        conf_wrong(p, NULL,
                   "has a pattern with a / in %s; files of an archive may lie in messages/, and "
                   "none elsewhere",
                   file);
    if (!names_bundle(g->package))
        conf_wrong(
            p, NULL,
            "gives two bundles one name: package in %s needs {sequence}, or {date} and {nth}",
            file);
    if (!strcmp(g->container, "files") && g->manifest_sent)
        conf_wrong(p, NULL,
                   "gives manifests of two bundles one name: manifest = \"sent\" in %s goes with a "
                   "folder or an archive",
                   file);
    check_message_names(p, g, file);
    check_companion_names(p, g, file);
    check_free_names(p, g, file);
}

/* ---- names of two agencies ---- */

/* What a pattern gives an agency at a moment that is the same for all; NULL: landport check says what is wrong with it. */
static const char *
tried(struct arena *a, const char *pattern, const struct conf_agency *g, const char *package)
{
    static const char *const same[] = {"zone",   "date", "yymmdd", "sequence", "nth",  "kind",
                                       "suffix", "guid", "number", "place",    "file", NULL};
    struct pattern_value *values;
    const char *name;
    size_t n = 0, settings = 0;

    while (g->settings[settings].name)
        settings++;
    values = ARENA_ARRAY(a, struct pattern_value, settings + sizeof same / sizeof *same + 2);
    values[n++] = (struct pattern_value){"agency", g->id};
    values[n++] = (struct pattern_value){"package", package};
    for (const char *const *s = same; *s; s++)
        values[n++] = (struct pattern_value){*s, "1"};
    for (size_t i = 0; i < settings; i++)
        values[n++] = (struct pattern_value){g->settings[i].name, g->settings[i].value};
    values[n] = (struct pattern_value){NULL, NULL};
    return pattern_fill(&name, a, pattern, values, &(struct err){0}) == RC_OK ? name : NULL;
}

static bool
is_same(const char *one, const char *other)
{
    return one && other && !strcmp(one, other);
}

/* Answers, what waits for what and what uses a quota are found by kind: one of two institutions would be taken for the other's. */
static void
check_kinds_apart(const struct conf_part *p, const struct conf_agency *g,
                  const struct conf_agency *other)
{
    if (!g->messages || !other->messages || !strcmp(g->formats, other->formats))
        return;
    for (const char **kind = g->messages; *kind; kind++)
        if (word_among(other->messages, *kind))
            conf_wrong(p, "messages",
                       "has \"%s\", and so has agency %s, whose folder is another one: a kind "
                       "belongs to one folder of formats; give both formats = \"%s\" if they are "
                       "sent the same message, or one of the messages another name",
                       *kind, other->id, other->formats);
}

void
conf_check_apart(const struct conf_part *p, const struct conf_agency *g,
                 const struct conf_agency *other)
{
    struct arena *a = p->r->arena;
    const char *ours, *theirs;

    check_kinds_apart(p, g, other);
    if (!g->file || !other->file)
        return; /* what they prescribe could not be read */
    ours = tried(a, g->package, g, "");
    theirs = tried(a, other->package, other, "");
    if (is_same(ours, theirs))
        conf_wrong(
            p, NULL,
            "gives its bundles the names of those of agency %s: package of formats/%s/agency.conf "
            "needs {agency}, or a setting in which they differ",
            other->id, g->formats);
    else if (!strcmp(g->box.url, other->box.url) && !strcmp(g->box.out, other->box.out) &&
             !strcmp(g->container, "files") && !strcmp(other->container, "files") &&
             !pattern_has(g->file, "guid") &&
             is_same(tried(a, g->file, g, ours), tried(a, other->file, other, theirs)))
        conf_wrong(p, NULL,
                   "puts its files under the names of those of agency %s into one folder: file of "
                   "formats/%s/agency.conf needs {agency}, {guid} or {package}",
                   other->id, g->formats);
}

bool
conf_take_prescribed(const struct conf_part *p, struct conf_agency *g)
{
    struct arena *a = p->r->arena;
    const char *relative = arena_printf(a, "formats/%s/agency.conf", g->formats);
    const char *file = conf_share(p->r->conf, a, relative);
    bool exists = access(file, F_OK) == 0;
    struct conf_reader r = {.arena = a,
                            .conf = p->r->conf,
                            .opts = conf_prescribed,
                            .help = "formats/README.md",
                            .line = 1};
    struct conf_agency from = {0};
    bool usable;

    r.last = &r.first;
    read_prescribed(&r, file, exists, &from);
    usable = !r.first;
    if (usable) {
        take_fields(p, &r, exists, &from, g);
        check_names(p, g, relative);
        check_facts(p, g, relative);
    }
    tell_problems(p->r, &r);
    buf_free(&r.text);
    buf_free(&r.places);
    buf_free(&r.segments);
    buf_free(&r.names);
    return usable;
}
