#include "message.h"

#include <ctype.h>
#include <unistd.h>

#include "base/log.h"
#include "load/folders.h"

/* ---- formats ---- */

static const char *
lower(struct arena *a, const char *s)
{
    char *out = arena_str(a, s);

    for (char *p = out; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return out;
}

static const char *
codes_dir(struct hub *hub, struct arena *a)
{
    return arena_printf(a, "%s/formats/codes", hub->conf->share);
}

static const char *
format_file(struct hub *hub, struct arena *a, const char *folder, const char *name)
{
    return conf_share(hub->conf, a, arena_printf(a, "formats/%s/%s.xsd", folder, name));
}

/* `first` if it has it, else any other that has; NULL: none. */
static const char *
find_folder(struct hub *hub, struct arena *a, const char *first, const char *name)
{
    if (first && !access(format_file(hub, a, first, name), R_OK))
        return first;
    for (const char **folder = folders_list(hub->conf, a); *folder; folder++)
        if (!access(format_file(hub, a, *folder, name), R_OK))
            return *folder;
    return NULL;
}

const char *
format_folder(struct hub *hub, struct arena *a, const char *folder, const char *kind)
{
    return find_folder(hub, a, folder, lower(a, kind));
}

static rc_t
no_format(struct hub *hub, const char *kind, const char *name, struct err *e)
{
    return err_set(e, RC_FAIL, ERR_NOT_FOUND,
                   "no format %s: there is no %s.xsd in a folder below %s/formats%s%s%s", kind,
                   name, hub->conf->share, hub->conf->site ? " or " : "",
                   hub->conf->site ? hub->conf->site : "", hub->conf->site ? "/formats" : "");
}

struct extract_place {
    struct hub *hub;
    const char *folder;
    const char *file; /* that includes */
};

/* What an extract file includes: beside it, or in the folder that its agency's share, where it may
 * bear the includer's own name. */
static const char *
find_included(void *ctx, struct arena *a, const char *name)
{
    static const char *const below[] = {"", "common/"};
    const struct extract_place *p = ctx;

    for (size_t i = 0; i < sizeof below / sizeof *below; i++) {
        const char *file = conf_share(
            p->hub->conf, a, arena_printf(a, "sql/extract/%s/%s%s", p->folder, below[i], name));

        if (strcmp(file, p->file) != 0 && !access(file, R_OK))
            return file;
    }
    return NULL;
}

static rc_t
no_extract(struct hub *hub, const char *folder, const char *name, struct err *e)
{
    const char *site = hub->conf->site;

    return err_set(e, RC_FAIL, ERR_NOT_FOUND,
                   "no extract file: there is no sql/extract/%s/%s.sql below %s%s%s", folder, name,
                   site ? site : "", site ? " or " : "", hub->conf->share);
}

static rc_t
extract_load(struct extract *x, struct hub *hub, struct arena *a, const char *folder,
             const char *name, struct err *e)
{
    const char *file =
        conf_share(hub->conf, a, arena_printf(a, "sql/extract/%s/%s.sql", folder, name));
    struct extract_place place = {hub, folder, file};
    rc_t rc;

    if (access(file, F_OK) != 0)
        return no_extract(hub, folder, name, e);
    rc = extract_read(x, a, file, find_included, &place, e);
    return rc == RC_OK ? extract_has_levels(x, e) : rc;
}

rc_t
format_load(struct format **f, struct hub *hub, struct arena *a, const char *folder,
            const char *kind, struct err *e)
{
    struct format *made = ARENA_NEW(a, struct format);
    const char *name = lower(a, kind);
    rc_t rc;

    folder = find_folder(hub, a, folder, name);
    if (!folder)
        return no_format(hub, kind, name, e);
    made->kind = arena_str(a, kind);
    rc = schema_compile(&made->plan, a, format_file(hub, a, folder, name), NULL, codes_dir(hub, a),
                        e);
    if (rc != RC_OK)
        return rc;
    made->plan->utf16 = made->plan->utf16 || conf_utf16(hub->conf, kind);
    rc = extract_load(&made->extract, hub, a, folder, name, e);
    if (rc == RC_OK)
        *f = made;
    return rc;
}

rc_t
format_extract(struct extract *x, struct hub *hub, struct arena *a, const char *folder,
               const char *kind, struct err *e)
{
    const char *name = lower(a, kind);

    folder = find_folder(hub, a, folder, name);
    return folder ? extract_load(x, hub, a, folder, name, e) : no_format(hub, kind, name, e);
}

static rc_t
no_rows(void *ctx, const struct span **values, struct err *e)
{
    (void)ctx, (void)values, (void)e;
    return RC_END;
}

/* The columns a level's query gives; without a database the number that each must give. */
static rc_t
level_columns(struct writer_rows *rows, struct db *db, struct arena *a, const char *query,
              struct err *e)
{
    static const char *numbers[] = {"number"};
    struct db_result *r;
    rc_t rc;

    *rows = (struct writer_rows){no_rows, NULL, numbers, 1};
    if (!db)
        return RC_OK;
    if ((rc = db_describe(db, a, query, &r, e)) != RC_OK)
        return rc;
    rows->count = (uint32_t)r->columns;
    rows->columns = ARENA_ARRAY(a, const char *, (size_t)r->columns);
    for (int i = 0; i < r->columns; i++)
        rows->columns[i] = db_column(r, i);
    return RC_OK;
}

/* Who reads what is wrong looks for it in the extract file. */
static rc_t
open_writer(struct writer **w, struct arena *a, const struct format *f,
            const struct writer_level *levels, struct err *e)
{
    const struct extract *x = &f->extract;
    uint32_t level;
    rc_t rc = writer_open(w, a, f->plan, levels, x->count, e);

    if (rc != RC_OK)
        return err_prefix(e, "%s", x->file);
    if ((rc = writer_required(*w, &level, e)) == RC_OK)
        return rc;
    writer_close(w);
    return level < x->count ? err_prefix(e, "%s:%d", x->levels[level].file, x->levels[level].line)
                            : err_prefix(e, "%s", x->file);
}

rc_t
format_fits(const struct format *f, struct db *db, struct arena *a, struct err *e)
{
    const struct extract *x = &f->extract;
    struct writer_level levels[EXTRACT_LEVELS];
    struct writer *w = NULL;
    rc_t rc = RC_OK;

    for (uint32_t i = 0; rc == RC_OK && i < x->count; i++) {
        levels[i].path = x->levels[i].path;
        if ((rc = level_columns(&levels[i].rows, db, a, x->levels[i].query, e)) != RC_OK)
            err_prefix(e, "%s:%d", x->levels[i].file, x->levels[i].line);
    }
    if (rc == RC_OK)
        rc = db ? open_writer(&w, a, f, levels, e)
                : writer_open(&w, a, f->plan, levels, x->count, e);
    writer_close(&w);
    return rc;
}

/* The first child of the root that may repeat and must be there; without one the message is one. */
uint32_t
format_documents(const struct format *f)
{
    const struct plan_node *root = f->plan->root;

    for (uint32_t i = 0; i < root->child_count; i++)
        if (root->children[i]->kind == PLAN_ELEMENT && root->children[i]->max > 1 &&
            root->children[i]->min > 0)
            return root->children[i]->max;
    return 1;
}

uint32_t
format_size(const struct format *f, uint32_t per_message)
{
    uint32_t most = format_documents(f);

    return most < per_message ? most : per_message;
}

rc_t
format_feed(struct plan **plan, struct hub *hub, struct arena *a, const char *folder,
            const char *feed, struct err *e)
{
    return schema_compile(plan, a, format_file(hub, a, folder, feed), NULL, codes_dir(hub, a), e);
}

rc_t
format_plan(struct plan **plan, struct hub *hub, struct arena *a, const char *folder,
            const char *kind, struct err *e)
{
    const char *name = lower(a, kind);

    folder = find_folder(hub, a, folder, name);
    if (!folder)
        return no_format(hub, kind, name, e);
    return schema_compile(plan, a, format_file(hub, a, folder, name), NULL, codes_dir(hub, a), e);
}

/* ---- small messages: results of the hub's own connection ---- */

struct result_rows {
    struct db_result *r;
    struct span *values;
    int at;
};

static rc_t
result_next(void *ctx, const struct span **values, struct err *e)
{
    struct result_rows *s = ctx;

    (void)e;
    if (s->at == s->r->rows)
        return RC_END;
    for (int i = 0; i < s->r->columns; i++)
        s->values[i] = span_of(db_value_at(s->r, s->at, i));
    s->at++;
    *values = s->values;
    return RC_OK;
}

static rc_t
result_open(struct writer_rows *rows, struct hub *hub, struct arena *a, const char *query,
            struct err *e)
{
    struct result_rows *s = ARENA_NEW(a, struct result_rows);
    rc_t rc = db_query(hub->db, a, query, DB_NONE, &s->r, e);

    if (rc != RC_OK)
        return rc;
    s->values = ARENA_ARRAY(a, struct span, (size_t)s->r->columns);
    rows->columns = ARENA_ARRAY(a, const char *, (size_t)s->r->columns);
    rows->count = (uint32_t)s->r->columns;
    for (int i = 0; i < s->r->columns; i++)
        rows->columns[i] = db_column(s->r, i);
    rows->next = result_next;
    rows->ctx = s;
    return RC_OK;
}

static rc_t
stream_open(struct writer_rows *rows, struct hub *hub, struct db_stream **s, const char *query,
            struct err *e)
{
    rc_t rc = db_stream_open(hub->db, s, query, e);

    if (rc == RC_OK)
        *rows =
            (struct writer_rows){db_stream_next, *s, db_stream_columns(*s), db_stream_count(*s)};
    return rc;
}

static rc_t
message_once(struct hub *hub, const struct format *f, bool streamed, struct sink out,
             uint64_t *hole, struct err *e)
{
    struct arena *a = arena_new("message");
    struct writer_level levels[EXTRACT_LEVELS];
    struct writer_done done = {0};
    struct db_stream *stream = NULL;
    struct writer *w = NULL;
    rc_t rc = RC_OK;

    for (uint32_t i = 0; i < f->extract.count; i++) {
        const char *query = f->extract.levels[i].query;

        levels[i].path = f->extract.levels[i].path;
        rc = streamed && i + 1 == f->extract.count
                 ? stream_open(&levels[i].rows, hub, &stream, query, e)
                 : result_open(&levels[i].rows, hub, a, query, e);
        if (rc != RC_OK) {
            err_prefix(e, "%s", f->extract.file);
            goto out;
        }
    }
    if ((rc = open_writer(&w, a, f, levels, e)) != RC_OK)
        goto out;
    writer_alone(w);
    if (hole)
        writer_fills(w);
    rc = writer_message(w, 1, UINT32_MAX, out, &done, e);
    if (hole)
        *hole = done.hole;
    if (rc == RC_REJECT) /* of a document; here there are no others that could go on */
        rc = e->rc = RC_FAIL;
out:
    writer_close(&w);
    db_stream_close(&stream);
    arena_free(&a);
    return rc;
}

rc_t
message_streamed(struct hub *hub, const struct format *f, struct sink out, struct err *e)
{
    return message_once(hub, f, true, out, NULL, e);
}

rc_t
message_small(struct hub *hub, const struct format *f, struct sink out, struct err *e)
{
    return message_once(hub, f, false, out, NULL, e);
}

rc_t
message_around(struct hub *hub, const struct format *f, struct sink out, uint64_t *hole,
               struct err *e)
{
    return message_once(hub, f, false, out, hole, e);
}

/* ---- many messages: one connection a level ---- */

struct setting {
    const char *name, *value;
    struct setting *next;
};

struct message_pool {
    struct hub *hub;
    struct arena *arena;
    struct db *db[EXTRACT_LEVELS];
    struct setting *settings;
};

struct message_pool *
message_pool_new(struct hub *hub, struct arena *a)
{
    struct message_pool *p = ARENA_NEW(a, struct message_pool);

    p->hub = hub;
    p->arena = a;
    return p;
}

void
message_pool_free(struct message_pool **p)
{
    if (!*p)
        return;
    for (int i = 0; i < EXTRACT_LEVELS; i++)
        db_close(&(*p)->db[i]);
    *p = NULL;
}

rc_t
message_set(struct message_pool *p, const char *name, const char *value, struct err *e)
{
    struct setting *s = p->settings;
    rc_t rc = RC_OK;

    while (s && strcmp(s->name, name) != 0)
        s = s->next;
    if (!s) {
        s = ARENA_NEW(p->arena, struct setting);
        s->name = arena_str(p->arena, name);
        s->next = p->settings;
        p->settings = s;
    }
    s->value = arena_str(p->arena, value);
    for (int i = 0; rc == RC_OK && i < EXTRACT_LEVELS; i++)
        if (p->db[i])
            rc = db_set(p->db[i], name, value, e);
    return rc;
}

static rc_t
pool_connect(struct message_pool *p, uint32_t i, struct err *e)
{
    rc_t rc;

    if (p->db[i])
        return RC_OK;
    rc = hub_connect(p->hub, &p->db[i], "landport level", e);
    for (struct setting *s = p->settings; rc == RC_OK && s; s = s->next)
        rc = db_set(p->db[i], s->name, s->value, e);
    return rc;
}

rc_t
message_start(struct message_run *run, struct message_pool *p, struct arena *a,
              const struct format *f, struct err *e)
{
    rc_t rc = message_set(p, "hub.kind", f->kind, e);

    memset(run, 0, sizeof *run);
    run->format = f;
    run->arena = a;
    for (uint32_t i = 0; rc == RC_OK && i < f->extract.count; i++) {
        if ((rc = pool_connect(p, i, e)) != RC_OK)
            return rc;
        rc = db_stream_send(p->db[i], &run->streams[i], f->extract.levels[i].query, e);
    }
    return rc;
}

rc_t
message_open(struct message_run *run, struct err *e)
{
    const struct extract *x = &run->format->extract;
    struct writer_level levels[EXTRACT_LEVELS];

    for (uint32_t i = 0; i < x->count; i++) {
        struct db_stream *s = run->streams[i];
        rc_t rc = db_stream_ready(s, e);

        if (rc != RC_OK)
            return err_prefix(e, "%s:%d", x->levels[i].file, x->levels[i].line);
        levels[i].path = x->levels[i].path;
        levels[i].rows =
            (struct writer_rows){db_stream_next, s, db_stream_columns(s), db_stream_count(s)};
    }
    return open_writer(&run->writer, run->arena, run->format, levels, e);
}

void
message_close(struct message_run *run)
{
    writer_close(&run->writer);
    for (int i = 0; i < EXTRACT_LEVELS; i++)
        db_stream_close(&run->streams[i]);
}
