#define _GNU_SOURCE /* memmem */
#include "load/feeds.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "load/folders.h"
#include "load/reader.h"
#include "message.h"
#include "spool/fsio.h"
#include "sql/statements.h"

static void
add_form(struct feeds *f, struct arena *a, const struct plan *feed,
         const struct plan_message *message, const struct plan *format)
{
    f->forms = arena_grow(a, f->forms, sizeof *f->forms, f->form_count);
    f->forms[f->form_count++] = (struct xmlr_form){feed, message, format};
}

/* ---- messages of agencies, which bring rows of a feed ---- */

static bool
holds(struct span text, const char *word)
{
    return memmem(text.p, text.n, word, strlen(word)) != NULL;
}

static void
add_broken(struct feeds *f, struct arena *a, const char *feed, const char *folder,
           const struct err *why)
{
    f->broken = arena_grow(a, f->broken, sizeof *f->broken, f->broken_count);
    f->broken[f->broken_count++] =
        (struct feeds_broken){arena_str(a, feed), arena_str(a, folder), arena_str(a, why->text)};
}

static bool
brings(struct arena *a, struct span text, const char *feed)
{
    return holds(text, arena_printf(a, "feed=\"%s\"", feed)) ||
           holds(text, arena_printf(a, "feed='%s'", feed));
}

/* Of which feeds, its text says; of one that cannot be read, nobody can. */
static void
add_broken_message(struct feeds *f, struct arena *a, const char *folder, struct span text,
                   const struct err *why)
{
    uint32_t before = f->broken_count;

    for (uint32_t i = 0; i < f->count; i++)
        if (brings(a, text, f->plans[i]->feed))
            add_broken(f, a, f->plans[i]->feed, folder, why);
    if (f->broken_count == before)
        add_broken(f, a, NULL, folder, why);
}

/* Compiling every format there is would cost more than reading the few files that are about these feeds. */
static bool
is_about(const struct feeds *f, struct arena *a, struct span text)
{
    bool about = false;

    for (uint32_t i = 0; !about && i < f->count; i++)
        about = brings(a, text, f->plans[i]->feed);
    return about;
}

static rc_t
take_message(struct feeds *f, struct arena *a, const char *name, struct plan *plan, struct err *e)
{
    rc_t rc = RC_OK;

    for (uint32_t i = 0; rc == RC_OK && i < f->count; i++) {
        uint32_t had = f->plans[i]->message_count;

        rc = schema_take(f->plans[i], a, name, plan, e);
        for (; rc == RC_OK && had < f->plans[i]->message_count; had++)
            add_form(f, a, f->plans[i], &f->plans[i]->messages[had], plan);
    }
    return rc;
}

static rc_t
add_envelope(struct feeds *f, struct hub *hub, struct arena *a, const char *folder,
             const char *name, struct err *e)
{
    struct plan *plan;
    rc_t rc = format_feed(&plan, hub, a, folder, name, e);

    if (rc != RC_OK)
        return rc;
    f->envelopes = arena_grow(a, f->envelopes, sizeof *f->envelopes, f->envelope_count);
    f->envelopes[f->envelope_count++] = plan;
    return RC_OK;
}

static rc_t
add_message(struct feeds *f, struct hub *hub, struct arena *a, const char *folder, const char *name,
            struct err *e)
{
    struct plan *plan;
    rc_t rc = format_feed(&plan, hub, a, folder, name, e);

    return rc == RC_OK ? take_message(f, a, name, plan, e) : rc;
}

/* The messages of a folder that bring rows; its agency sends them in its own envelopes as well. */
static void
add_folder(struct feeds *f, struct hub *hub, struct arena *a, const char *folder)
{
    struct arena *texts = arena_new("format");
    const char **around = NULL;
    uint32_t had = f->form_count, count = 0;
    struct err e = {0};

    for (const char **name = folders_names(hub->conf, texts, folder); *name; name++) {
        const char *file = arena_printf(texts, "formats/%s/%s.xsd", folder, *name);
        struct span xsd = {NULL, 0};

        file = conf_share(hub->conf, texts, file);
        if (fsio_read_file(texts, file, SCHEMA_FILE_MAX, &xsd, &e) != RC_OK ||
            (is_about(f, texts, xsd) && add_message(f, hub, a, folder, *name, &e) != RC_OK)) {
            add_broken_message(f, a, folder, xsd, &e);
        } else if (holds(xsd, ":payload")) {
            around = arena_grow(texts, around, sizeof *around, count);
            around[count++] = *name;
        }
    }
    for (uint32_t i = 0; f->form_count > had && i < count; i++)
        if (add_envelope(f, hub, a, folder, around[i], &e) != RC_OK)
            add_broken(f, a, NULL, folder, &e);
    arena_free(&texts);
}

static rc_t
check_no_index(const struct plan *plan, struct err *e)
{
    for (uint32_t i = 0; i < plan->root->child_count; i++)
        if (plan->root->children[i]->indexed)
            return err_set(e, RC_FAIL, ERR_SCHEMA,
                           "%s:%d: lp:index is for tables that landport init makes; hub.%s has the "
                           "indexes that its own CREATE TABLE gives it",
                           plan->file, plan->root->children[i]->line, plan->rows_table);
    return RC_OK;
}

/* A feed that names no tables goes into such as are named after it, which landport init makes. */
static rc_t
choose_tables(struct plan *plan, struct arena *a, struct err *e)
{
    const struct plan_node *root = plan->root;
    bool named = false, lines = false;
    const struct plan_node *control = NULL;

    for (uint32_t i = 0; i < root->child_count; i++) {
        named |= root->children[i]->number;
        lines |= root->children[i]->line_part;
        if (root->children[i]->control && !strcmp(root->children[i]->column, "app_type"))
            control = root->children[i];
    }
    if (!named || !control)
        return err_set(e, RC_FAIL, ERR_SCHEMA, "%s: a feed needs %s", plan->file,
                       named ? "a column appType with lp:control"
                             : "columns with lp:issuer and lp:number, which name its rows");
    /* a row that says nothing would neither be new nor change anything */
    if (control->min == 0 && !control->dflt && !control->fixed)
        return err_set(e, RC_FAIL, ERR_SCHEMA,
                       "%s: appType may be left out and has no default; write default=\"1\" beside "
                       "minOccurs=\"0\", or take minOccurs out",
                       plan->file);
    if (plan->rows_table)
        return check_no_index(plan, e);
    plan->tables_made = true;
    plan->rows_table = arena_printf(a, ROWS_MADE "%s", plan->rows);
    if (lines)
        plan->lines_table = arena_printf(a, LINES_MADE "%s", plan->rows);
    return RC_OK;
}

/* All of it or nothing: one that cannot be used has no place among the others. */
static rc_t
add_feed(struct feeds *f, struct arena *a, struct plan *plan, struct err *e)
{
    rc_t rc = f->partners ? choose_tables(plan, a, e) : RC_OK;
    struct rows_shape shape;

    if (rc != RC_OK || (rc = rows_shape(&shape, a, plan, NULL, e)) != RC_OK)
        return rc;
    f->plans = arena_grow(a, f->plans, sizeof *f->plans, f->count);
    f->shapes = arena_grow(a, f->shapes, sizeof *f->shapes, f->count);
    f->kinds = arena_grow(a, f->kinds, sizeof *f->kinds, f->count);
    f->plans[f->count] = plan;
    f->kinds[f->count] = NULL;
    f->shapes[f->count++] = shape;
    add_form(f, a, plan, NULL, NULL);
    return RC_OK;
}

/* ---- column mappings ---- */

struct telling {
    struct arena *arena;
    struct conf_problem *first, **last;
};

static void
tell_wrong(void *ctx, const char *place, const char *text)
{
    struct telling *t = ctx;
    struct conf_problem *p = ARENA_NEW(t->arena, struct conf_problem);

    p->text = arena_printf(t->arena, "%s: %s", place, text);
    *t->last = p;
    t->last = &p->next;
}

/* Against the feed it names; what is wrong with it. */
static const struct conf_problem *
bind_mapping(struct feeds *f, struct arena *a, struct mapping *m)
{
    struct telling t = {.arena = a};
    const struct mapping_told told = {tell_wrong, &t};
    int plan = feeds_find(f, m->feed);

    t.last = &t.first;
    if (plan < 0) {
        tell_wrong(
            &t, m->place,
            arena_printf(a, "there is no feed %s; landport format list shows them", m->feed));
        return t.first;
    }
    m->plan_at = (uint32_t)plan;
    (void)mapping_bind(m, a, f->plans[plan], &told);
    return t.first;
}

/* One that is wrong costs the files it is for alone. */
void
feeds_add_mapping(struct feeds *f, struct arena *a, const char *name, const char *file)
{
    struct mapping *m = ARENA_NEW(a, struct mapping);
    const struct conf_problem *problems;

    m->name = name;
    problems = conf_mapping(m, a, file);
    if (!problems)
        problems = bind_mapping(f, a, m);
    m->broken = problems ? problems->text : NULL;
    f->mappings = arena_grow(a, f->mappings, sizeof *f->mappings, f->mapping_count);
    f->problems = arena_grow(a, f->problems, sizeof *f->problems, f->mapping_count);
    f->problems[f->mapping_count] = problems;
    f->mappings[f->mapping_count++] = m;
}

const struct mapping *
feeds_mapped(const struct feeds *f, const struct rows_facts *facts)
{
    const struct mapping *m = facts->mapping ? f->mappings[facts->mapping - 1] : NULL;

    return m && !m->broken && m->plan == f->plans[facts->plan] ? m : NULL;
}

const struct mapping *
feeds_mapping(const struct feeds *f, const char *name)
{
    for (uint32_t i = 0; i < f->mapping_count; i++)
        if (!strcmp(f->mappings[i]->name, name))
            return f->mappings[i];
    return NULL;
}

/* Partners' exports, or agencies' answers: the feed it names says whose a mapping is. One that cannot be read is told with
 * the partners'. */
static void
add_mappings(struct feeds *f, struct hub *hub, struct arena *a)
{
    const char **of_agencies = folders_names(hub->conf, a, FEEDS_AGENCIES);

    for (const char **name = folders_mappings(hub->conf, a); *name; name++) {
        const char *file =
            conf_share(hub->conf, a, arena_printf(a, FOLDERS_MAPPING "/%s.conf", *name));
        const char *feed;

        feeds_add_mapping(f, a, *name, file);
        feed = f->mappings[f->mapping_count - 1]->feed; /* NULL: it cannot be read */
        if ((feed && word_among(of_agencies, feed)) == f->partners)
            f->mapping_count--;
    }
}

static rc_t
load_feed(struct feeds *f, struct hub *hub, struct arena *a, const char *folder, const char *name,
          struct err *e)
{
    struct plan *plan;
    rc_t rc = format_feed(&plan, hub, a, folder, name, e);

    /* who names the feed finds it by its file */
    if (rc == RC_OK && plan->feed && strcmp(plan->feed, name) != 0)
        return err_set(e, RC_FAIL, ERR_SCHEMA,
                       "%s: lp:feed name=\"%s\" in a file of another name; must be \"%s\", or the "
                       "file %s.xsd",
                       plan->file, plan->feed, name, plan->feed);
    return rc == RC_OK && plan->feed ? add_feed(f, a, plan, e) : rc;
}

rc_t
feeds_load(struct feeds *f, struct hub *hub, struct arena *a, const char *folder, struct err *e)
{
    const char **names = folders_names(hub->conf, a, folder);
    struct err why = {0};

    f->partners = !strcmp(folder, FEEDS_PARTNERS);
    f->reader = ARENA_NEW(a, struct reader_link);
    *f->reader = (struct reader_link){.fd = -1,
                                      .share = hub->conf->share,
                                      .site = hub->conf->site,
                                      .folder = arena_str(a, folder)};
    if (!*names)
        return err_set(e, RC_FAIL, ERR_NOT_FOUND, "%s/formats/%s: no feeds", hub->conf->share,
                       folder);
    for (; *names; names++)
        if (load_feed(f, hub, a, folder, *names, &why) != RC_OK)
            add_broken(f, a, *names, NULL, &why);
    for (const char **of = folders_list(hub->conf, a); *of; of++)
        add_folder(f, hub, a, *of);
    add_mappings(f, hub, a);
    return RC_OK;
}

rc_t
feeds_tables(struct feeds *f, struct hub *hub, struct arena *a, struct err *e)
{
    rc_t rc = RC_OK;

    for (uint32_t i = 0; rc == RC_OK && i < f->count; i++)
        rc = rows_shape(&f->shapes[i], a, f->plans[i], hub->db, e);
    return rc;
}

int
feeds_find(const struct feeds *f, const char *feed)
{
    for (uint32_t i = 0; i < f->count; i++)
        if (!strcasecmp(f->plans[i]->feed, feed))
            return (int)i;
    return -1;
}

static const char *
kinds_of(const struct db_result *r, const char *what)
{
    for (int i = 0; i < r->rows; i++)
        if (!strcmp(db_text(r, i, "what"), what))
            return db_text(r, i, "kinds");
    return NULL;
}

/* What is told of its own rows; else they are part of a trade. */
rc_t
feeds_kinds(struct feeds *f, struct hub *hub, struct arena *a, struct err *e)
{
    struct db_result *r;
    struct conf_day day;
    rc_t rc;

    conf_day(hub->conf, NULL, clock_now(), &day);
    rc = db_query(hub->db, a, SQL_INGEST_KINDS, DB_ARGS(day.date), &r, e);
    for (uint32_t i = 0; rc == RC_OK && i < f->count; i++) {
        const char *own = kinds_of(r, f->plans[i]->rows);

        f->kinds[i] = own ? own : kinds_of(r, "trade");
    }
    return rc;
}

void
feeds_day(const struct feeds *f, const struct conf *c, const char *feed, struct conf_day *day)
{
    int i = feed ? feeds_find(f, feed) : -1;

    conf_day(c, i < 0 ? NULL : f->kinds[i], clock_now(), day);
}

/* What is set here goes to the reader with each file (reader.c). */
void
feeds_today(struct feeds *f, const struct conf *c)
{
    for (uint32_t i = 0; i < f->count; i++) {
        struct conf_day day;

        conf_day(c, f->kinds[i], clock_now(), &day);
        memcpy(f->plans[i]->day, day.date, sizeof day.date);
        f->plans[i]->utf16 = f->plans[i]->utf16 || conf_utf16(c, f->kinds[i]);
    }
}

/* Does the name begin with this one, and no letter behind it? */
static bool
begins_with(const char *name, const char *feed)
{
    size_t n = strlen(feed);

    return strncasecmp(feed, name, n) == 0 && !isalpha((unsigned char)name[n]);
}

static const char *
longer(const char *feed, const char *found, const char *name)
{
    return begins_with(name, feed) && (!found || strlen(feed) > strlen(found)) ? feed : found;
}

/* The feed its name says, which may be a broken one: by the partner's patterns, else by the longest name it begins with. */
static const char *
said_by_name(const struct feeds *f, const struct conf_partner *partner, const char *name)
{
    const char *found = NULL;

    for (const struct conf_pattern *p = partner ? partner->patterns : NULL; p && p->feed; p++)
        if (!fnmatch(p->glob, name, 0))
            return p->feed;
    for (uint32_t i = 0; i < f->count; i++)
        found = longer(f->plans[i]->feed, found, name);
    for (uint32_t i = 0; i < f->broken_count; i++)
        if (!f->broken[i].folder)
            found = longer(f->broken[i].feed, found, name);
    return found;
}

int
feeds_of_name(const struct feeds *f, const struct conf_partner *partner, const char *name)
{
    const char *feed = said_by_name(f, partner, name);

    return feed ? feeds_find(f, feed) : -1;
}

/* What brings messages: anything but a table. An archive may hold some. */
static bool
may_be_xml(const char *name)
{
    static const char *const tables[] = {".csv", ".tsv", ".txt", ".xlsx"};
    const char *end = strrchr(name, '.');

    for (size_t i = 0; end && i < sizeof tables / sizeof *tables; i++)
        if (!strcasecmp(end, tables[i]))
            return false;
    return true;
}

static bool
may_bring(const struct feeds_broken *b, const struct conf_partner *partner,
          const struct conf_agency *agency)
{
    if (agency)
        return !b->folder || !strcmp(b->folder, agency->formats);
    return !b->feed || feeds_may_send(partner, b->feed);
}

/* said: the feed its name says; NULL: none, or nobody asks. */
static bool
may_be(const struct feeds_broken *b, const char *name, const char *said)
{
    return (!b->folder || may_be_xml(name)) && (!said || !b->feed || !strcasecmp(said, b->feed));
}

static rc_t
tell_broken(const struct feeds_broken *b, struct err *e)
{
    return err_set(e, RC_FAIL, ERR_SCHEMA, "%s", b->why);
}

rc_t
feeds_whole(const struct feeds *f, const struct conf_partner *partner,
            const struct conf_agency *agency, struct err *e)
{
    for (uint32_t i = 0; i < f->broken_count; i++)
        if (may_bring(&f->broken[i], partner, agency))
            return tell_broken(&f->broken[i], e);
    return RC_OK;
}

rc_t
feeds_own_whole(const struct feeds *f, const struct conf_partner *partner, struct err *e)
{
    for (uint32_t i = 0; i < f->broken_count; i++)
        if (!f->broken[i].folder && may_bring(&f->broken[i], partner, NULL))
            return tell_broken(&f->broken[i], e);
    return RC_OK;
}

rc_t
feeds_file_whole(const struct feeds *f, const struct conf_partner *partner,
                 const struct conf_agency *agency, const char *name, struct err *e)
{
    const char *said = f->partners ? said_by_name(f, partner, name) : NULL;

    for (uint32_t i = 0; i < f->broken_count; i++)
        if (may_bring(&f->broken[i], partner, agency) && may_be(&f->broken[i], name, said))
            return tell_broken(&f->broken[i], e);
    return RC_OK;
}

struct rows_task
feeds_task(const struct feeds *f, const struct conf_partner *partner, const char *name)
{
    struct rows_task t = {.file = BLOB_NONE,
                          .upload = name,
                          .item = ROWS_LIST,
                          .feeds = f,
                          .partner = partner,
                          .plan = -1};

    if (!partner || !charset_parse(&t.charset, partner->charset))
        t.charset = CHARSET_AUTO;
    if (!partner)
        return t;
    t.aliases = partner->aliases;
    t.mappings = partner->mappings;
    t.codes = partner->codes;
    t.roles = partner->roles;
    t.row_limit = partner->limits.rows;
    t.totals_required = partner->totals_required;
    return t;
}

bool
feeds_may_send(const struct conf_partner *p, const char *feed)
{
    if (!p || !p->feeds || !*p->feeds)
        return true;
    for (const char **f = p->feeds; *f; f++)
        if (!strcmp(*f, feed))
            return true;
    return false;
}
