/*
 * declare.c - matched trades become one bundle an agency.
 *
 * Three steps, each with its state: `begun` (it has its number and time), `open` (it has its
 * documents, and they are not ready any more), `closed` (all its bytes are in the spool). Killed in
 * between, the next run goes on from there and writes the same bytes.
 */
#include "declare.h"

#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "fault.h"
#include "lanes.h"
#include "log.h"
#include "message.h"
#include "pack.h"
#include "seal.h"
#include "signing.h"
#include "statements.h"
#include "table.h"

/* ---- writing a bundle ---- */

struct writing {
    struct hub *hub;
    struct arena *arena;
    const struct conf_agency *agency;
    const char *id, *name, *state, *stored_signature, *business_date, *envelope, *seal_suffix;
    time_t created;
    struct message_pool
        *pools[2]; /* the kind being written, and the next: its queries run already */
    struct pack *pack;
    struct signing *signing;
    struct bundle_made *made;
    struct progress show;
    int place;
};

static rc_t
set_pools(struct writing *w, const char *name, const char *value, struct err *e)
{
    rc_t rc = message_set(w->pools[0], name, value, e);

    return rc == RC_OK ? message_set(w->pools[1], name, value, e) : rc;
}

/*
 * How its rows are fetched. A backend a level keeps both cores busy, workers of one query would
 * only take turns. The planner takes (trade_hash, row_id) for two independent conditions and expects
 * one row: of an archive that is mostly this bundle it would look each up, and read any larger one
 * through for each level.
 */
static rc_t
tune(struct writing *w, struct err *e)
{
    static const char *const joins[] = {"enable_nestloop", "enable_hashjoin", "enable_mergejoin"};
    struct db_result *r;
    rc_t rc = db_query(w->hub->db, w->arena,
                       "SELECT reltuples > 2 * (SELECT sum(documents) FROM hub.message "
                       "                        WHERE bundle_id = $1::bigint) "
                       "FROM pg_class WHERE oid = 'hub.document'::regclass",
                       DB_ARGS(w->id), &r, e);

    if (rc == RC_OK)
        rc = set_pools(w, "max_parallel_workers_per_gather", "0", e);
    for (size_t i = 0; rc == RC_OK && i < sizeof joins / sizeof *joins; i++)
        rc = set_pools(w, joins[i], db_bool(r, 0, 0) == (i == 0) ? "on" : "off", e);
    return rc;
}

/* Settings the bundle was begun with, for every connection that reads its rows. */
static rc_t
bundle_settings(struct writing *w, struct err *e)
{
    struct db_result *r;
    rc_t rc = db_query(w->hub->db, w->arena,
                       "SELECT 'hub.' || key, value FROM hub.bundle, jsonb_each_text(settings) "
                       "WHERE bundle_id = $1::bigint UNION ALL SELECT 'hub.app_time', app_time "
                       "FROM hub.bundle WHERE bundle_id = $1::bigint",
                       DB_ARGS(w->id), &r, e);

    for (int i = 0; rc == RC_OK && i < r->rows; i++)
        if ((rc = db_set(w->hub->db, db_text(r, i, 0), db_text(r, i, 1), e)) == RC_OK)
            rc = set_pools(w, db_text(r, i, 0), db_text(r, i, 1), e);
    if (rc == RC_OK && (rc = db_set(w->hub->db, "hub.bundle_id", w->id, e)) == RC_OK &&
        (rc = set_pools(w, "hub.bundle_id", w->id, e)) == RC_OK)
        rc = tune(w, e);
    return rc;
}

static rc_t
bundle_load(struct writing *w, struct err *e)
{
    struct db_result *r;
    rc_t rc = db_query(w->hub->db, w->arena, SQL_DECLARE_BUNDLE, DB_ARGS(w->id), &r, e);

    if (rc != RC_OK)
        return rc;
    if (!r->rows)
        return err_set(e, RC_FAIL, ERR_NOT_FOUND, "no bundle %s", w->id);
    w->agency = conf_agency(w->hub->conf, db_text(r, 0, 0));
    if (!w->agency)
        return err_set(e, RC_FAIL, ERR_CONFIG, "agency %s of bundle %s is not in the configuration",
                       db_text(r, 0, 0), db_text(r, 0, 1));
    w->name = db_text(r, 0, 1);
    w->created = (time_t)db_int(r, 0, 3);
    w->state = db_text(r, 0, 5);
    w->stored_signature = db_value(r, 0, 8);
    w->business_date = db_text(r, 0, 9);
    w->envelope = db_text(r, 0, 10);
    w->seal_suffix = db_text(r, 0, 11);
    return RC_OK;
}

static bool
is_sent(const struct writing *w)
{
    return !strcmp(w->state, "closed") || !strcmp(w->state, "published");
}

/* A format whose code tables are asked about the bundle's day, also when it is written again. */
static rc_t
load_format(struct writing *w, struct arena *a, const char *folder, const char *kind,
            struct format **f, struct err *e)
{
    rc_t rc = format_load(f, w->hub, a, folder, kind, e);

    if (rc == RC_OK)
        snprintf((*f)->plan->day, sizeof(*f)->plan->day, "%s", w->business_date);
    return rc;
}

/* As it comes out of the writer, or by way of its signature. */
static rc_t
write_message(struct writing *w, struct arena *a, struct message_run *run, int number,
              struct signing_message *m, struct xmlw_done *done, struct err *e)
{
    struct sink out = pack_sink(w->pack);
    const uint32_t most = w->agency->per_message;
    struct buf xml = {0};
    rc_t rc;

    if (!signing_wants(w->signing, m))
        return xmlw_message(run->writer, (uint64_t)number, most, out, done, e);
    xmlw_fills(run->writer);
    rc = xmlw_message(run->writer, (uint64_t)number, most, sink_buf(&xml), done, e);
    if (rc == RC_OK)
        rc = signing_write(w->signing, a, m, (struct span){xml.p, xml.n}, done->hole, out, e);
    buf_free(&xml);
    return rc;
}

/* All messages of one kind into the zip; a line a message for `written`. */
static rc_t
write_messages(struct writing *w, const struct format *f, struct message_run *run,
               struct buf *lines, struct err *e)
{
    struct arena *one = arena_new("message"); /* a signature, until its line is written */
    struct db_result *guids;
    rc_t rc = db_query(w->hub->db, w->arena,
                       "SELECT upper(guid::text), signature FROM hub.message "
                       "WHERE bundle_id = $1::bigint AND kind = $2 ORDER BY message_no",
                       DB_ARGS(w->id, f->kind), &guids, e);

    for (int i = 0; rc == RC_OK && i < guids->rows; i++) {
        struct xmlw_done done;
        struct pack_entry entry;
        struct signing_message m = {.kind = f->kind,
                                    .guid = db_text(guids, i, 0),
                                    .sent = is_sent(w),
                                    .signature = span_of(db_value(guids, i, 1))};
        char name[128];

        snprintf(name, sizeof name, "messages/%s_%s.xml", f->kind, m.guid);
        if ((rc = pack_begin(w->pack, name, e)) != RC_OK)
            break;
        rc = write_message(w, one, run, i + 1, &m, &done, e);
        if (rc == RC_END)
            rc = err_set(e, RC_FAIL, ERR_EXTRACT, "%s: documents ended before message %d of %d",
                         f->extract.file, i + 1, guids->rows);
        if (rc != RC_OK || (rc = pack_end(w->pack, &entry, e)) != RC_OK)
            break;
        buf_printf(lines, "%d\t%s\t%d\t%s\t%llu\t%llu\t%s\t%s\n", ++w->place, f->kind, i + 1, name,
                   (unsigned long long)done.documents, (unsigned long long)entry.bytes,
                   entry.sha256, m.signature.n ? m.signature.p : "\\N");
        w->made->messages++;
        w->made->documents += done.documents;
        w->made->bytes += entry.bytes;
        progress_add(&w->show, done.documents, entry.bytes);
        fault_point("declare-message");
        arena_reset(one);
    }
    arena_free(&one);
    return rc;
}

static rc_t
keep_written(struct writing *w, const struct buf *lines, struct err *e)
{
    rc_t rc = db_copy_in(w->hub->db, "COPY written FROM STDIN", e);

    if (rc == RC_OK && lines->n)
        rc = db_copy_put(w->hub->db, lines->p, lines->n, e);
    return rc == RC_OK ? db_copy_end(w->hub->db, NULL, NULL, e) : rc;
}

/* One kind of message: its format, and its rows as they stream. */
struct kind {
    struct arena *arena;
    struct format *format;
    struct message_run run;
};

static rc_t
kind_start(struct writing *w, struct kind *k, const char *name, int pool, struct err *e)
{
    rc_t rc;

    k->arena = arena_new("kind");
    rc = load_format(w, k->arena, NULL, name, &k->format, e);
    return rc == RC_OK ? message_start(&k->run, w->pools[pool], k->arena, k->format, e) : rc;
}

static void
kind_close(struct kind *k)
{
    message_close(&k->run);
    arena_free(&k->arena);
}

static rc_t
write_kind(struct writing *w, struct kind *k, struct err *e)
{
    struct arena *outer = w->arena;
    struct buf lines = {0};
    rc_t rc;

    w->arena = k->arena;
    if ((rc = message_open(&k->run, e)) == RC_OK &&
        (rc = write_messages(w, k->format, &k->run, &lines, e)) == RC_OK)
        rc = keep_written(w, &lines, e);
    w->arena = outer;
    buf_free(&lines);
    return rc == RC_OK ? rc : err_prefix(e, "%s", k->format->kind);
}

/* The agency's kinds of which this bundle has messages, in the agency's order. */
static rc_t
kinds_told(struct writing *w, const char ***names, struct err *e)
{
    struct db_result *r;
    int count = 0;
    rc_t rc = db_query(w->hub->db, w->arena,
                       "SELECT DISTINCT kind FROM hub.message WHERE bundle_id = $1::bigint",
                       DB_ARGS(w->id), &r, e);

    if (rc != RC_OK)
        return rc;
    *names = ARENA_ARRAY(w->arena, const char *, (size_t)r->rows + 1);
    for (const char **kind = w->agency->messages; *kind; kind++)
        for (int i = 0; i < r->rows; i++)
            if (!strcmp(*kind, db_text(r, i, 0)))
                (*names)[count++] = *kind;
    return RC_OK;
}

static rc_t
write_kinds(struct writing *w, struct err *e)
{
    const char **names;
    struct kind kinds[2] = {0};
    rc_t rc = kinds_told(w, &names, e);

    if (rc == RC_OK && *names)
        rc = kind_start(w, &kinds[0], *names, 0, e);

    for (int i = 0; rc == RC_OK && names[i]; i++) {
        if (names[i + 1] &&
            (rc = kind_start(w, &kinds[(i + 1) % 2], names[i + 1], (i + 1) % 2, e)) != RC_OK)
            break;
        rc = write_kind(w, &kinds[i % 2], e);
        kind_close(&kinds[i % 2]);
    }
    kind_close(&kinds[0]);
    kind_close(&kinds[1]);
    return rc;
}

static rc_t
write_entry(struct writing *w, const char *name, struct span content, struct err *e)
{
    struct pack_entry entry;
    struct sink out;
    rc_t rc = pack_begin(w->pack, name, e);

    if (rc != RC_OK)
        return rc;
    out = pack_sink(w->pack);
    rc = out.write(out.ctx, content.p, content.n, e);
    return rc == RC_OK ? pack_end(w->pack, &entry, e) : rc;
}

/* What was sent has the seal it was sent with, whatever key the agency has by now. One that is built
 * again before it was sent keeps its seal where that still fits, since not every key gives the same. */
static rc_t
sign(struct writing *w, struct span manifest, struct span *seal, struct err *e)
{
    if (w->stored_signature) {
        *seal = db_unhex(w->arena, w->stored_signature);
        if (is_sent(w) || seal_verify(&w->agency->seal, manifest, *seal, NULL) == RC_OK)
            return RC_OK;
    }
    return seal_sign(w->arena, &w->agency->seal, manifest, w->created, seal, e);
}

static rc_t
write_manifest(struct writing *w, struct err *e)
{
    const char *suffix = is_sent(w) ? w->seal_suffix : seal_suffix(&w->agency->seal);
    struct format *f;
    struct buf text = {0};
    struct span manifest, seal;
    rc_t rc = load_format(w, w->arena, "bundle", "manifest", &f, e);

    if (rc == RC_OK)
        rc = message_small(w->hub, f, sink_buf(&text), e);
    manifest = (struct span){text.p, text.n};
    if (rc == RC_OK && (rc = sign(w, manifest, &seal, e)) == RC_OK &&
        (rc = write_entry(w, "manifest.xml", manifest, e)) == RC_OK)
        rc = write_entry(w, arena_printf(w->arena, "manifest.xml%s", suffix), seal, e);
    if (rc == RC_OK) {
        w->made->signature = span_hex(arena_alloc(w->arena, seal.n * 2 + 1), seal);
        w->made->seal = suffix;
    }
    buf_free(&text);
    return rc;
}

/* Its name says what the bundle is packed as, whatever the configuration says by now. */
static rc_t
begin_packing(struct writing *w, struct spool_file *out, struct err *e)
{
    size_t n = strlen(w->name);
    bool zip = n > 4 && strcmp(w->name + n - 4, ".zip") == 0;

    return pack_open(&w->pack, zip ? PACK_ZIP : PACK_TAR_ZSTD,
                     arena_printf(w->arena, "%s/tmp", w->hub->conf->spool.root), spool_sink(out),
                     w->created, e);
}

rc_t
bundle_write(struct hub *hub, struct arena *a, int64_t bundle_id, struct spool_file *out,
             struct bundle_made *made, struct err *e)
{
    struct writing w = {.hub = hub, .arena = a, .id = db_number(a, bundle_id), .made = made};
    rc_t rc;

    memset(made, 0, sizeof *made);
    w.pools[0] = message_pool_new(hub, a);
    w.pools[1] = message_pool_new(hub, a);
    progress_begin(&w.show, "bundle", 0);
    if ((rc = bundle_load(&w, e)) != RC_OK || (rc = bundle_settings(&w, e)) != RC_OK ||
        (rc = signing_open(&w.signing, hub, a, w.agency, w.envelope, e)) != RC_OK ||
        (rc = db_script(hub->db, a, SQL_DECLARE_WRITTEN, NULL, e)) != RC_OK ||
        (rc = begin_packing(&w, out, e)) != RC_OK)
        goto out;
    if ((rc = write_kinds(&w, e)) == RC_OK && (rc = write_manifest(&w, e)) == RC_OK)
        rc = pack_close(&w.pack, e);
out:
    progress_end(&w.show);
    pack_abort(&w.pack);
    message_pool_free(&w.pools[0]);
    message_pool_free(&w.pools[1]);
    return rc;
}

/* ---- beginning a bundle ---- */

static const char *
joined(struct arena *a, const char **words)
{
    const char *all = "";

    for (; *words; words++)
        all = arena_printf(a, "%s%s%s", all, *all ? "," : "", *words);
    return all;
}

static const char *
settings_json(struct arena *a, const struct conf *c, const struct conf_agency *g)
{
    struct buf b = {0};
    const char *json;
    const char *receivers = g->envelope.format ? joined(a, g->envelope.receivers) : "";
    const char *const pairs[][2] = {
        {"zone",           c->zone.code      },
        {"customs",        c->zone.customs   },
        {"declarant_code", g->declarant_code },
        {"declarant_name", g->declarant_name },
        {"cop_code",       g->cop_code       },
        {"cop_name",       g->cop_name       },
        {"dxp_id",         g->dxp_id         },
        {"envelope",       g->envelope.format},
        {"sender",         g->envelope.sender},
        {"receivers",      receivers         },
    };

    buf_str(&b, "{");
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        buf_printf(&b, "%s\"%s\":", i ? "," : "", pairs[i][0]);
        json_string(&b, pairs[i][1] ? pairs[i][1] : "");
    }
    buf_str(&b, "}");
    json = arena_span(a, (struct span){b.p, b.n});
    buf_free(&b);
    return json;
}

/* The statement that makes the documents of one kind, and how many of them a message holds. */
static rc_t
assign_sql(const char **sql, uint32_t *most, struct hub *hub, struct arena *a, const char *kind,
           struct err *e)
{
    struct format *f;
    const char *mark = strstr(SQL_DECLARE_ASSIGN, "%1$s");
    rc_t rc = format_load(&f, hub, a, NULL, kind, e);

    if (rc != RC_OK)
        return rc;
    if (!f->extract.documents)
        return err_set(e, RC_FAIL, ERR_EXTRACT, "%s: no section \"-- documents\"", f->extract.file);
    *sql = arena_printf(a, "%.*s%s%s", (int)(mark - SQL_DECLARE_ASSIGN), SQL_DECLARE_ASSIGN,
                        f->extract.documents, mark + 4);
    *most = format_documents(f);
    return RC_OK;
}

/* As many kinds as there are lanes, side by side. */
static rc_t
assign_kinds(struct lanes *l, struct hub *hub, struct arena *a, const struct conf_agency *g,
             const char **kinds, int count, struct err *e)
{
    const char *sql[LANES] = {NULL}, *messages[LANES] = {NULL};
    rc_t rc = RC_OK;

    for (int i = 0; rc == RC_OK && i < count; i++) {
        uint32_t most = 1;

        messages[i] = SQL_DECLARE_MESSAGES;
        if ((rc = assign_sql(&sql[i], &most, hub, a, kinds[i], e)) == RC_OK &&
            (rc = db_set(l->db[i], "hub.kind", kinds[i], e)) == RC_OK)
            rc = db_set(l->db[i], "hub.per_message",
                        db_number(a, most < g->per_message ? most : g->per_message), e);
    }
    if (rc == RC_OK && (rc = lanes_run(l, sql, e)) == RC_OK)
        rc = lanes_run(l, messages, e);
    return rc == RC_OK ? rc
                       : err_prefix(e, "documents of %s%s%s", kinds[0], count > 1 ? ", " : "",
                                    count > 1 ? kinds[1] : "");
}

/*
 * All lanes see the same moment of the database, and lane 0, which says that the bundle has its
 * documents, commits last: killed before, the bundle stays `begun` and is assigned anew.
 */
static rc_t
assign(struct lanes *l, struct hub *hub, struct arena *a, const struct conf_agency *g,
       const char *bundle, struct err *e)
{
    struct progress show;
    int kinds = 0;
    rc_t rc;

    while (g->messages[kinds])
        kinds++;
    if ((rc = lanes_set(l, "hub.agency", g->id, e)) != RC_OK ||
        (rc = lanes_set(l, "hub.order", g->order, e)) != RC_OK ||
        (rc = lanes_set(l, "hub.bundle_id", bundle, e)) != RC_OK ||
        (rc = lanes_set(l, "hub.zone", hub->conf->zone.code, e)) != RC_OK ||
        (rc = lanes_set(l, "hub.kinds", joined(a, g->messages), e)) != RC_OK ||
        (rc = lanes_begin(l, true, e)) != RC_OK ||
        (rc = lanes_all(l, SQL_DECLARE_READY, e)) != RC_OK ||
        (rc = db_exec(hub->db, SQL_DECLARE_OVER, DB_ARGS(bundle), NULL, e)) != RC_OK ||
        (rc = db_exec(hub->db, SQL_DECLARE_GOODS, DB_NONE, NULL, e)) != RC_OK)
        return rc;
    progress_begin(&show, g->id, 0);
    for (int i = 0; rc == RC_OK && i < kinds; i += LANES) {
        progress_step(&show, arena_printf(a, "documents of %s", g->messages[i]), 0);
        rc = assign_kinds(l, hub, a, g, g->messages + i, kinds - i < LANES ? kinds - i : LANES, e);
    }
    progress_end(&show);
    if (rc == RC_OK)
        rc = db_exec(hub->db, SQL_DECLARE_CONSUME, DB_ARGS(g->id, bundle), NULL, e);
    fault_point("declare-assigned");
    if (rc == RC_OK)
        rc = lanes_commit(l, e);
    fault_point("declare-half");
    return rc == RC_OK ? db_commit(hub->db, e) : rc;
}

static rc_t
refresh_statistics(struct hub *hub, struct err *e)
{
    return db_exec(hub->db, "SELECT hub.refresh_statistics()", DB_NONE, NULL, e);
}

static rc_t
assign_documents(struct hub *hub, struct arena *a, const struct conf_agency *g, const char *bundle,
                 struct err *e)
{
    struct lanes lanes = {0};
    rc_t rc;

    if ((rc = refresh_statistics(hub, e)) == RC_OK && (rc = lanes_open(&lanes, hub, e)) == RC_OK)
        rc = assign(&lanes, hub, a, g, bundle, e);
    if (rc == RC_OK)
        rc = lanes_all(&lanes, "SELECT pg_stat_force_next_flush()", e);
    lanes_close(&lanes);
    return rc == RC_OK ? refresh_statistics(hub, e) : rc;
}

/* Begin a bundle if one is due: RC_OK with its id, RC_END when there is nothing to do. */
static rc_t
begin(struct hub *hub, struct arena *a, const struct conf_agency *g, const char **bundle,
      struct err *e)
{
    const struct conf *c = hub->conf;
    char date[9], app_time[15], iso[21];
    struct db_result *r;
    rc_t rc;

    clock_business_date(clock_now(), c->zone.timezone, g->cutoff_minutes, date);
    rc = db_query(hub->db, a, SQL_DECLARE_NEEDED,
                  DB_ARGS(g->id, date, arena_printf(a, "{%s}", joined(a, g->messages))), &r, e);
    if (rc != RC_OK)
        return rc;
    if (!db_bool(r, 0, 0))
        return RC_END;
    rc = db_query(hub->db, a, SQL_DECLARE_BEGIN,
                  DB_ARGS(g->id, c->zone.code, date,
                          clock_local14(clock_now(), c->zone.timezone, app_time),
                          clock_iso(clock_now(), iso), c->zone.test ? "true" : "false",
                          settings_json(a, c, g), g->container),
                  &r, e);
    if (rc == RC_OK)
        *bundle = db_text(r, 0, 0);
    fault_point("declare-begun");
    return rc;
}

/* A bundle with its documents: one that was left half made, or a new one; RC_END: none is due. */
static rc_t
open_bundle(struct hub *hub, struct arena *a, const struct conf_agency *g, const char **bundle,
            struct err *e)
{
    struct db_result *r;
    rc_t rc = db_query(hub->db, a, SQL_DECLARE_OPEN, DB_ARGS(g->id), &r, e);

    if (rc != RC_OK)
        return rc;
    if (r->rows) {
        *bundle = db_text(r, 0, 0);
        log_info("goes on with an open bundle");
        if (!db_bool(r, 0, 1))
            return RC_OK;
        if ((rc = db_set(hub->db, "hub.bundle_id", *bundle, e)) == RC_OK)
            rc = db_script(hub->db, a, SQL_DECLARE_AGAIN, NULL, e);
    } else {
        rc = begin(hub, a, g, bundle, e);
    }
    return rc == RC_OK ? assign_documents(hub, a, g, *bundle, e) : rc;
}

/* ---- the job ---- */

static rc_t
close_bundle(struct job *job, struct arena *a, const char *bundle, struct err *e)
{
    struct hub *hub = job->hub;
    struct spool_file *out = NULL;
    struct bundle_made made;
    const char *id;
    char iso[21];
    uint64_t bytes;
    rc_t rc;

    if ((rc = spool_begin(hub->spool, &out, e)) != RC_OK ||
        (rc = bundle_write(hub, a, strtoll(bundle, NULL, 10), out, &made, e)) != RC_OK)
        goto out;
    bytes = spool_bytes(out);
    if ((rc = spool_commit(&out, a, &id, e)) != RC_OK)
        goto out;
    fault_point("declare-written");
    if ((rc = db_begin(hub->db, e)) != RC_OK ||
        (rc = db_exec(hub->db, SQL_DECLARE_CLOSE,
                      DB_ARGS(bundle, id, db_number(a, (int64_t)bytes), made.signature,
                              clock_iso(clock_now(), iso), made.seal),
                      NULL, e)) != RC_OK ||
        (rc = db_exec(hub->db, SQL_DECLARE_QUOTA, DB_ARGS(bundle), NULL, e)) != RC_OK ||
        (rc = db_commit(hub->db, e)) != RC_OK)
        goto out;
    fault_point("declare-closed");
    job_count(job, "bundles", 1);
    job_count(job, "messages", (int64_t)made.messages);
    job_count(job, "documents", (int64_t)made.documents);
    job_count(job, "xml_bytes", (int64_t)made.bytes);
out:
    db_rollback(hub->db);
    spool_abort(&out);
    return rc;
}

static rc_t
declare_agency(struct job *job, const struct conf_agency *g, struct err *e)
{
    struct arena *a = arena_new("declare");
    const char *bundle = NULL;
    rc_t rc;

    log_field("agency", g->id);
    /* an open bundle first, then what became ready meanwhile */
    while ((rc = open_bundle(job->hub, a, g, &bundle, e)) == RC_OK &&
           (rc = close_bundle(job, a, bundle, e)) == RC_OK)
        ;
    log_field("agency", NULL);
    arena_free(&a);
    return rc == RC_END ? RC_OK : rc;
}

rc_t
declare_run(struct job *job, struct err *e)
{
    struct conf *c = job->hub->conf;
    rc_t worst = RC_OK;

    for (uint32_t i = 0; i < c->agency_count; i++) {
        rc_t rc = declare_agency(job, &c->agencies[i], e);
        if (rc != RC_OK) {
            log_err(LOG_ERROR, e);
            worst = worst > rc ? worst : rc;
        }
    }
    return worst;
}
