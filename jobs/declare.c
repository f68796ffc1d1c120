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

#include "agency.h"
#include "aside.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "closing.h"
#include "documents.h"
#include "lanes.h"
#include "lock.h"
#include "message.h"
#include "signing.h"
#include "spool/pack.h"
#include "spool/seal.h"
#include "sql/statements.h"
#include "table.h"

/* ---- writing a bundle ---- */

struct writing {
    struct hub *hub;
    struct arena *arena;
    const struct conf_agency *agency;
    struct conf_agency
        named; /* ... with the settings the bundle was begun with, for names of files */
    const char *id, *name, *state, *stored_signature, *business_date, *envelope, *seal_suffix;
    const char *container, *file_name, *companions, *sequence, *nth; /* as it was begun with */
    const char *settings, *app_time;
    uint32_t per_message; /* as it was begun with, whatever the configuration says by now */
    time_t created;
    struct message_pool
        *pools[2]; /* the kind being written, and the next: its queries run already */
    struct pack *pack;
    struct signing *signing;
    struct bundle_made *made;
    struct faults *faults; /* NULL: what is at fault ends it */
    struct progress show;
    int place;
};

/* Once something is at fault the bundle is only gone through for what else is. */
static bool
is_spoilt(const struct writing *w)
{
    return w->faults && w->faults->count > 0;
}

/* What is wrong with one kind costs only that kind. */
static rc_t
costs_kind(struct writing *w, const char *kind, rc_t rc, struct err *e)
{
    if (!w->faults || !fault_of_kind(rc, e))
        return rc;
    faults_kind(w->faults, kind, e);
    memset(e, 0, sizeof *e);
    return RC_OK;
}

static rc_t
set_pools(struct writing *w, const char *name, const char *value, struct err *e)
{
    rc_t rc = message_set(w->pools[0], name, value, e);

    return rc == RC_OK ? message_set(w->pools[1], name, value, e) : rc;
}

/*
 * How its rows are fetched. A backend a level keeps both cores busy, workers of one query would
 * only take turns. The planner takes (subject_hash, row_id) for two independent conditions and expects
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

/* Names of files may hold what the settings say, and a bundle that is made again has those it had. */
static void
name_as_begun(struct writing *w, const struct db_result *r)
{
    struct conf_setting *s = ARENA_ARRAY(w->arena, struct conf_setting, (size_t)r->rows + 1);

    for (int i = 0; i < r->rows; i++)
        s[i] =
            (struct conf_setting){db_text(r, i, "name") + strlen("hub."), db_text(r, i, "value")};
    s[r->rows] = (struct conf_setting){NULL, NULL};
    w->named = *w->agency;
    w->named.settings = s;
}

/* Settings the bundle was begun with, for every connection that reads its rows. */
static rc_t
bundle_settings(struct writing *w, struct err *e)
{
    struct db_result *r;
    rc_t rc =
        db_query(w->hub->db, w->arena,
                 "SELECT 'hub.' || key AS name, value FROM hub.bundle, jsonb_each_text(settings) "
                 "WHERE bundle_id = $1::bigint",
                 DB_ARGS(w->id), &r, e);

    if (rc == RC_OK)
        name_as_begun(w, r);
    for (int i = 0; rc == RC_OK && i < r->rows; i++)
        rc = set_pools(w, db_text(r, i, "name"), db_text(r, i, "value"), e);
    if (rc == RC_OK && (rc = agency_set(w->hub->db, w->settings, e)) == RC_OK &&
        (rc = db_set(w->hub->db, "hub.app_time", w->app_time, e)) == RC_OK &&
        (rc = set_pools(w, "hub.app_time", w->app_time, e)) == RC_OK &&
        (rc = db_set(w->hub->db, "hub.bundle_id", w->id, e)) == RC_OK &&
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
    w->agency = conf_agency(w->hub->conf, db_text(r, 0, "agency"));
    if (!w->agency)
        return err_set(e, RC_FAIL, ERR_CONFIG, "agency %s of bundle %s is not in the configuration",
                       db_text(r, 0, "agency"), db_text(r, 0, "name"));
    w->name = db_text(r, 0, "name");
    w->created = (time_t)db_int(r, 0, "created");
    w->state = db_text(r, 0, "state");
    w->stored_signature = db_value(r, 0, "signature");
    w->business_date = db_text(r, 0, "business_date");
    w->envelope = db_text(r, 0, "envelope");
    w->seal_suffix = db_text(r, 0, "seal");
    w->per_message = (uint32_t)db_int(r, 0, "per_message");
    w->container = db_text(r, 0, "container");
    w->file_name = db_text(r, 0, "file_name");
    w->companions = db_text(r, 0, "companions");
    w->sequence = db_text(r, 0, "sequence");
    w->nth = db_text(r, 0, "nth");
    w->settings = db_text(r, 0, "settings");
    w->app_time = db_text(r, 0, "app_time");
    return RC_OK;
}

/* The bundle's name, without the ending of an archive. */
static const char *
package_name(const struct writing *w)
{
    size_t n = strlen(w->name);

    if (conf_is_packed(w->container))
        n -= strlen(w->container) + 1;
    return arena_strn(w->arena, w->name, n);
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
              struct signing_message *m, struct writer_done *done, struct err *e)
{
    struct sink out = pack_sink(w->pack);
    const uint32_t most = w->per_message;
    struct buf xml = {0};
    rc_t rc;

    if (signing_wants(w->signing, m) && run->format->plan->written.as != WRITTEN_XML)
        return err_set(e, RC_FAIL, ERR_MESSAGE,
                       "%s is not XML (lp:written): it can neither bear a signature nor lie in an "
                       "envelope; see message-sign and envelope of %s",
                       m->kind, w->agency->id);
    if (!signing_wants(w->signing, m))
        return writer_message(run->writer, (uint64_t)number, most, out, done, e);
    writer_fills(run->writer);
    rc = writer_message(run->writer, (uint64_t)number, most, sink_buf(&xml), done, e);
    if (rc == RC_OK)
        rc = signing_write(w->signing, a, m, (struct span){xml.p, xml.n}, done->hole, out, e);
    buf_free(&xml);
    return rc;
}

/* One kind of message: its format, and its rows as they stream. */
struct kind {
    const char *name;
    uint64_t documents;
    struct arena *arena;
    struct format *format;
    struct message_run run;
    bool broken; /* it could not be begun */
};

struct faulty {
    struct faults *faults;
    const char *kind;
};

static void
note_fault(void *ctx, uint64_t document, const struct err *e)
{
    const struct faulty *f = ctx;

    faults_document(f->faults, f->kind, document, e);
}

/* The other documents that cannot be written, so that all are set aside at once. */
static rc_t
look_for_faults(struct writing *w, struct kind *k, struct err *e)
{
    struct faulty f = {w->faults, k->name};

    return writer_faults(k->run.writer, note_fault, &f, e);
}

/* A document is at fault: where others can go on without it all such are noted. */
static rc_t
at_fault(struct writing *w, struct kind *k, const struct writer_done *done, struct err *e)
{
    if (!w->faults)
        return e->rc = RC_FAIL;
    faults_document(w->faults, k->name, done->document, e);
    memset(e, 0, sizeof *e);
    return look_for_faults(w, k, e);
}

static rc_t
message_name(struct writing *w, struct arena *a, const struct format *f, const char *guid,
             int number, const char **name, struct err *e)
{
    const struct agency_file file = {.kind = f->kind,
                                     .guid = guid,
                                     .suffix = f->plan->written.suffix,
                                     .number = db_number(a, number),
                                     .place = db_number(a, w->place + 1),
                                     .package = package_name(w),
                                     .file = "",
                                     .date = w->business_date,
                                     .sequence = w->sequence,
                                     .nth = w->nth};

    return agency_file_name(name, a, w->file_name, &w->named, &file, e);
}

/* All messages of one kind into the zip; a line a message for `written`. How many there are, with which guid, was decided when the bundle
 * took its documents; the rows stream in that order, so a message ends where its number does. At the first document that cannot be
 * written the bundle is spoilt: nothing more is written, and the rest is only gone through for what else is at fault. */
static rc_t
write_messages(struct writing *w, struct kind *k, struct buf *lines, struct err *e)
{
    const struct format *f = k->format;
    struct arena *one = arena_new("message"); /* a signature, until its line is written */
    struct db_result *guids;
    rc_t rc = db_query(w->hub->db, w->arena,
                       "SELECT upper(guid::text) AS guid, signature FROM hub.message "
                       "WHERE bundle_id = $1::bigint AND kind = $2 ORDER BY message_no",
                       DB_ARGS(w->id, f->kind), &guids, e);

    for (int i = 0; rc == RC_OK && !is_spoilt(w) && i < guids->rows; i++) {
        struct writer_done done;
        struct pack_entry entry;
        struct signing_message m = {.kind = f->kind,
                                    .guid = db_text(guids, i, "guid"),
                                    .sent = is_sent(w),
                                    .signature = span_of(db_value(guids, i, "signature"))};
        const char *name;

        if ((rc = message_name(w, one, f, m.guid, i + 1, &name, e)) != RC_OK ||
            (rc = pack_begin(w->pack, name, e)) != RC_OK)
            break;
        rc = write_message(w, one, &k->run, i + 1, &m, &done, e);
        if (rc == RC_REJECT) {
            rc = at_fault(w, k, &done, e);
            break;
        }
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

static rc_t
kind_start(struct writing *w, struct kind *k, int pool, struct err *e)
{
    rc_t rc;

    k->arena = arena_new("kind");
    if ((rc = load_format(w, k->arena, w->agency->formats, k->name, &k->format, e)) == RC_OK)
        rc = message_start(&k->run, w->pools[pool], k->arena, k->format, e);
    k->broken = rc != RC_OK;
    return costs_kind(w, k->name, rc, e);
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
    if ((rc = message_open(&k->run, e)) == RC_OK) {
        writer_counts(k->run.writer, k->documents);
        rc = is_spoilt(w) ? look_for_faults(w, k, e) : write_messages(w, k, &lines, e);
    }
    if (rc == RC_OK)
        rc = keep_written(w, &lines, e);
    w->arena = outer;
    buf_free(&lines);
    return rc == RC_OK ? rc : costs_kind(w, k->name, err_prefix(e, "%s", k->name), e);
}

/* The kinds of which this bundle has messages, in the order the agency had them when it took its
 * documents: what is no longer in the configuration would stay in it untold, and the other order
 * would give other bytes. */
static rc_t
kinds_told(struct writing *w, struct kind **kinds, int *count, struct err *e)
{
    struct db_result *r;
    rc_t rc = db_query(w->hub->db, w->arena, SQL_DECLARE_KINDS, DB_ARGS(w->id), &r, e);

    if (rc != RC_OK)
        return rc;
    *kinds = ARENA_ARRAY(w->arena, struct kind, (size_t)r->rows + 1);
    *count = r->rows;
    for (int i = 0; i < r->rows; i++)
        (*kinds)[i] = (struct kind){.name = db_text(r, i, "kind"),
                                    .documents = (uint64_t)db_int(r, i, "documents")};
    return RC_OK;
}

/* The queries of the next kind run while one is written. */
static rc_t
write_kinds(struct writing *w, struct err *e)
{
    struct kind *kinds = NULL;
    int count = 0;
    rc_t rc = kinds_told(w, &kinds, &count, e);

    if (rc == RC_OK && count)
        rc = kind_start(w, &kinds[0], 0, e);
    for (int i = 0; rc == RC_OK && i < count; i++) {
        if (i + 1 < count && (rc = kind_start(w, &kinds[i + 1], (i + 1) % 2, e)) != RC_OK)
            break;
        if (!kinds[i].broken)
            rc = write_kind(w, &kinds[i], e);
        kind_close(&kinds[i]);
    }
    for (int i = 0; i < count; i++)
        kind_close(&kinds[i]);
    return rc;
}

static rc_t
write_entry(struct writing *w, const char *name, struct span content, struct pack_entry *entry,
            struct err *e)
{
    struct sink out;
    rc_t rc = pack_begin(w->pack, name, e);

    if (rc != RC_OK)
        return rc;
    out = pack_sink(w->pack);
    rc = out.write(out.ctx, content.p, content.n, e);
    return rc == RC_OK ? pack_end(w->pack, entry, e) : rc;
}

/* ---- companions ---- */

/* Of the package, or of the file in row `of` of what was written. */
static rc_t
write_companion(struct writing *w, const struct conf_companion *c, const struct db_result *files,
                int of, struct err *e)
{
    struct arena *a = w->arena;
    const char *whose = of < 0 ? "" : db_text(files, of, "name"), *slash = strrchr(whose, '/');
    const char *bare = slash ? slash + 1 : whose, *dot = strrchr(bare, '.'), *name;
    struct agency_file file = {.kind = c->kind,
                               .guid = of < 0 ? "" : db_text(files, of, "guid"),
                               .number = of < 0 ? "" : db_text(files, of, "message_no"),
                               .place = of < 0 ? "" : db_text(files, of, "place"),
                               .package = package_name(w),
                               .file =
                                   arena_strn(a, bare, dot ? (size_t)(dot - bare) : strlen(bare)),
                               .date = w->business_date,
                               .sequence = w->sequence,
                               .nth = w->nth};
    struct pack_entry entry;
    struct buf text = {0}, line = {0};
    struct format *f;
    rc_t rc = load_format(w, a, w->agency->formats, c->kind, &f, e);

    if (rc == RC_OK && (rc = db_set(w->hub->db, "hub.kind", c->kind, e)) == RC_OK &&
        (rc = db_set(w->hub->db, "hub.package", package_name(w), e)) == RC_OK &&
        (rc = db_set(w->hub->db, "hub.file_name", whose, e)) == RC_OK)
        rc = message_small(w->hub, f, sink_buf(&text), e);
    file.suffix = rc == RC_OK ? f->plan->written.suffix : "";
    if (rc == RC_OK && (rc = agency_file_name(&name, a, c->name, &w->named, &file, e)) == RC_OK &&
        (rc = write_entry(w, name, (struct span){text.p, text.n}, &entry, e)) == RC_OK) {
        buf_printf(&line, "%d\t%s\t%d\t%s\t0\t%llu\t%s\t\\N\n", ++w->place, c->kind, of + 2, name,
                   (unsigned long long)entry.bytes, entry.sha256);
        rc = keep_written(w, &line, e);
    }
    buf_free(&text);
    buf_free(&line);
    return rc == RC_OK ? rc : err_prefix(e, "companion %s", c->kind);
}

/* The one a line of the settings tells of; *line to the next; false: there is none. */
static bool
next_companion(struct arena *a, const char **line, struct conf_companion *c)
{
    size_t kind = strcspn(*line, "\t"), each, name;

    if (!**line)
        return false;
    c->kind = arena_strn(a, *line, kind);
    each = strcspn(*line + kind + 1, "\t");
    c->each = arena_strn(a, *line + kind + 1, each);
    name = strcspn(*line + kind + each + 2, "\n");
    c->name = arena_strn(a, *line + kind + each + 2, name);
    *line += kind + each + name + 3;
    return true;
}

/* Behind all messages, which they tell of: those of each file, then those of the package. */
static rc_t
write_companions(struct writing *w, struct err *e)
{
    struct db_result *files = NULL;
    rc_t rc = RC_OK;

    if (!*w->companions)
        return RC_OK;
    rc = db_query(w->hub->db, w->arena, SQL_DECLARE_FILES, DB_ARGS(w->id), &files, e);
    for (int package = 0; rc == RC_OK && package < 2; package++) {
        struct conf_companion c;

        for (const char *line = w->companions;
             rc == RC_OK && next_companion(w->arena, &line, &c);) {
            bool whole = !strcmp(c.each, "package");

            if (whole && package)
                rc = write_companion(w, &c, files, -1, e);
            for (int i = 0; rc == RC_OK && !whole && !package && i < files->rows; i++)
                rc = write_companion(w, &c, files, i, e);
        }
    }
    return rc;
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
    struct pack_entry entry;
    rc_t rc = load_format(w, w->arena, "bundle", "manifest", &f, e);

    if (rc == RC_OK)
        rc = message_small(w->hub, f, sink_buf(&text), e);
    manifest = (struct span){text.p, text.n};
    if (rc == RC_OK && (rc = sign(w, manifest, &seal, e)) == RC_OK &&
        (rc = write_entry(w, "manifest.xml", manifest, &entry, e)) == RC_OK)
        rc = write_entry(w, arena_printf(w->arena, "manifest.xml%s", suffix), seal, &entry, e);
    if (rc == RC_OK) {
        w->made->signature = span_hex(arena_alloc(w->arena, seal.n * 2 + 1), seal);
        w->made->seal = suffix;
    }
    buf_free(&text);
    return rc;
}

/* What goes out as plain files is kept as a zip. */
static rc_t
begin_packing(struct writing *w, struct spool_file *out, struct err *e)
{
    return pack_open(&w->pack, strcmp(w->container, "tar.zst") ? PACK_ZIP : PACK_TAR_ZSTD,
                     arena_printf(w->arena, "%s/tmp", w->hub->conf->spool.root), spool_sink(out),
                     w->created, e);
}

rc_t
bundle_write(struct hub *hub, struct arena *a, int64_t bundle_id, struct spool_file *out,
             struct bundle_made *made, struct faults *faults, struct err *e)
{
    struct writing w = {
        .hub = hub, .arena = a, .id = db_number(a, bundle_id), .made = made, .faults = faults};
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
    if ((rc = write_kinds(&w, e)) == RC_OK && is_spoilt(&w)) {
        rc = RC_REJECT;
        *e = faults->first;
    } else if (rc == RC_OK && (rc = write_companions(&w, e)) == RC_OK &&
               (rc = write_manifest(&w, e)) == RC_OK) {
        rc = pack_close(&w.pack, e);
    }
out:
    progress_end(&w.show);
    pack_abort(&w.pack);
    message_pool_free(&w.pools[0]);
    message_pool_free(&w.pools[1]);
    return rc;
}

/* ---- beginning a bundle ---- */

/* A bundle takes its documents: by kind, as many side by side as there are lanes. */
struct assigning {
    struct lanes *lanes;
    struct hub *hub;
    struct arena *arena;
    const struct conf_agency *agency;
    const char *bundle;
    uint32_t per_message;
    struct err broken; /* of the first kind whose documents could not be made */
    struct assigned {
        const char *kind;                /* NULL: the lane is free */
        const struct extract_part *part; /* whose faults its are */
        const char *documents, *prepare; /* the extract file's sections; "" : none */
        const char *sql;
    } now[LANES]; /* what the lanes do next */
    struct prepared {
        const char *sql;
        int lane;
    } * prepared; /* what was prepared so far, and where */
    uint32_t prepared_count;
};

#define READY_HASHES "SELECT subject_hash FROM ready_now UNION SELECT subject_hash FROM things_now"

/* A kind that cannot be made costs only itself: what asks for it waits. Of a report nothing need be ready to ask, so the bundle says by
 * itself what it goes out without. */
static rc_t
kind_waits(struct assigning *s, const char *kind, const struct err *why, struct err *e)
{
    char code[8], now[21];
    rc_t rc;

    if (s->broken.code == ERR_NONE)
        s->broken = *why;
    err_name(why->code, code);
    rc = db_exec(
        s->hub->db, SQL_DECLARE_BROKEN,
        DB_ARGS(s->agency->id, s->bundle, kind, code, why->text, clock_iso(clock_now(), now)), NULL,
        e);
    return rc == RC_OK ? db_exec(s->hub->db, SQL_DECLARE_LACKS,
                                 DB_ARGS(s->bundle, kind, code, why->text), NULL, e)
                       : rc;
}

/* How many documents a message of it may hold and what its agency's settings were when it was begun (NULL: not asked). */
static rc_t
begun_with(struct hub *hub, struct arena *a, const char *bundle, uint32_t *most,
           const char **settings, struct err *e)
{
    struct db_result *r;
    rc_t rc = db_query(hub->db, a, SQL_DECLARE_BUNDLE, DB_ARGS(bundle), &r, e);

    if (rc != RC_OK)
        return rc;
    *most = (uint32_t)db_int(r, 0, "per_message");
    if (settings)
        *settings = db_text(r, 0, "settings");
    return RC_OK;
}

/* The lanes run for this agency: before their transactions begin, since a rollback would take it back. */
static rc_t
set_agency(struct assigning *s, struct err *e)
{
    const char *settings;
    rc_t rc = begun_with(s->hub, s->arena, s->bundle, &s->per_message, &settings, e);

    for (int i = 0; rc == RC_OK && i < LANES; i++)
        rc = agency_set(s->lanes->db[i], settings, e);
    return rc;
}

/* RC_END: it waits. */
static rc_t
kind_sections(struct assigning *s, const char *kind, struct assigned *k, uint32_t *most,
              struct err *e)
{
    struct err why = {0};
    struct format *f;
    rc_t rc = format_load(&f, s->hub, s->arena, s->agency->formats, kind, &why);

    if (rc == RC_OK)
        rc = documents_there(&f->extract, &why);
    if (rc != RC_OK)
        return (rc = kind_waits(s, kind, &why, e)) == RC_OK ? RC_END : rc;
    *k = (struct assigned){.kind = kind,
                           .part = documents_part(&f->extract),
                           .documents = documents_query(s->arena, &f->extract),
                           .prepare = f->extract.prepare.sql ? f->extract.prepare.sql : ""};
    *most = format_size(f, s->per_message);
    return RC_OK;
}

static const char *
kind_script(struct assigning *s, const char *before, const char *documents, const char *after)
{
    return arena_printf(s->arena, "%s;\n%s;\n%s;\n%s", before,
                        extract_filled(s->arena, SQL_DECLARE_ASSIGN, documents),
                        SQL_DECLARE_MESSAGES, after);
}

/* Its documents cannot be stored as they are named: perhaps some are named twice, or told before. */
static rc_t
look_closer(struct assigning *s, struct db *db, const struct assigned *k, struct err *e)
{
    struct arena *a = s->arena;
    const char *before = arena_printf(
        a, "%s;\n%s;\n%s", k->prepare, extract_filled(a, SQL_DECLARE_NAMED, k->documents),
        extract_filled(a, SQL_DECLARE_DECLARED,
                       READY_HASHES " UNION SELECT subject_hash FROM named"));
    struct db_result *r;
    rc_t rc =
        db_script(db, a, kind_script(s, before, "SELECT * FROM named", SQL_DECLARE_OUTSIDE), &r, e);

    if (rc == RC_OK)
        log_warn("%s: section documents of its extract file names %lld documents of what is not "
                 "ready (compared with what was told) and %lld twice, differently (set aside)",
                 k->kind, (long long)db_int(r, 0, "outside"), (long long)db_int(r, 0, "twice"));
    return rc;
}

/* One statement does all of a kind and does not say which document was at fault. So it is undone and done once more step by step, which
 * sets aside what is named twice and compares what was not ready (look_closer()). Only where that fails too it is undone
 * again, and the kind waits (*made: it does not). */
static rc_t
kind_failed(struct assigning *s, int lane, const struct assigned *k, struct lane_end *end,
            bool *made, struct err *e)
{
    struct db *db = s->lanes->db[lane];
    rc_t rc = end->rc;

    if (!fault_of_kind(rc, &end->err)) {
        *e = end->err;
        return rc;
    }
    if ((rc = db_exec(db, "ROLLBACK TO SAVEPOINT kind", DB_NONE, NULL, e)) != RC_OK ||
        (rc = look_closer(s, db, k, e)) == RC_OK || !fault_of_kind(rc, e)) {
        *made = rc == RC_OK;
        return rc;
    }
    err_prefix(e, "%s:%d: documents of %s", k->part->file, k->part->line, k->kind);
    end->err = *e;
    memset(e, 0, sizeof *e);
    if ((rc = db_exec(db, "ROLLBACK TO SAVEPOINT kind", DB_NONE, NULL, e)) == RC_OK)
        rc = kind_waits(s, k->kind, &end->err, e);
    return rc;
}

/* What the lanes have to do is done, side by side. */
static rc_t
assign_now(struct assigning *s, struct err *e)
{
    const char *sql[LANES];
    struct lane_end ends[LANES];
    rc_t rc;

    for (int i = 0; i < LANES; i++)
        sql[i] = s->now[i].sql;
    /* by itself: of a script that does not parse nothing is done */
    if ((rc = lanes_all(s->lanes, "SAVEPOINT kind", e)) != RC_OK)
        return rc;
    lanes_each(s->lanes, sql, ends);
    for (int i = 0; rc == RC_OK && i < LANES; i++) {
        const struct assigned *k = &s->now[i];
        bool made = ends[i].rc == RC_OK;

        if (!made)
            rc = kind_failed(s, i, k, &ends[i], &made, e);
        if (made && k->kind && *k->prepare) {
            s->prepared = arena_grow(s->arena, s->prepared, sizeof *s->prepared, s->prepared_count);
            s->prepared[s->prepared_count++] = (struct prepared){k->prepare, i};
        }
    }
    memset(s->now, 0, sizeof s->now);
    return rc;
}

/* The lane that has prepared this: what it made is seen there alone. -1: none. */
static int
prepared_on(const struct assigning *s, const char *prepare)
{
    for (uint32_t i = 0; i < s->prepared_count; i++)
        if (!strcmp(s->prepared[i].sql, prepare))
            return s->prepared[i].lane;
    return -1;
}

/* May it not be done beside what the lanes have to do: its lane is taken, or one of them prepares what it needs? */
static bool
must_wait(const struct assigning *s, const struct assigned *k)
{
    int lane = prepared_on(s, k->prepare), taken = 0;

    for (int i = 0; i < LANES; i++) {
        taken += s->now[i].kind != NULL;
        if (s->now[i].kind && *k->prepare && !strcmp(s->now[i].prepare, k->prepare))
            return true;
    }
    return taken == LANES || (lane >= 0 && s->now[lane].kind);
}

/* It gets a lane. What several kinds prepare in the same words is done once, and they go where it was done. */
static rc_t
assign_kind(struct assigning *s, const char *kind, struct err *e)
{
    struct assigned k;
    uint32_t most;
    int lane;
    rc_t rc = kind_sections(s, kind, &k, &most, e);

    if (rc == RC_OK && must_wait(s, &k))
        rc = assign_now(s, e);
    if (rc != RC_OK)
        return rc == RC_END ? RC_OK : rc;
    if ((lane = prepared_on(s, k.prepare)) >= 0)
        k.prepare = "";
    else
        for (lane = 0; s->now[lane].kind;)
            lane++;
    if ((rc = db_set(s->lanes->db[lane], "hub.kind", kind, e)) == RC_OK)
        rc = db_set(s->lanes->db[lane], "hub.per_message", db_number(s->arena, most), e);
    k.sql = kind_script(s, k.prepare, k.documents, "RELEASE SAVEPOINT kind");
    s->now[lane] = k;
    return rc;
}

/* A bundle without a document although kinds wait would say that there is nothing to tell. */
static rc_t
holds_something(struct assigning *s, struct err *e)
{
    int64_t messages = 0;
    rc_t rc = RC_OK;

    if (s->broken.code == ERR_NONE)
        return RC_OK;
    for (int i = 0; rc == RC_OK && i < LANES; i++) {
        struct db_result *r;

        rc = db_query(s->lanes->db[i], s->arena,
                      "SELECT count(*) FROM hub.message WHERE bundle_id = $1::bigint",
                      DB_ARGS(s->bundle), &r, e);
        messages += rc == RC_OK ? db_int(r, 0, 0) : 0;
    }
    if (rc != RC_OK || messages)
        return rc;
    *e = s->broken;
    return e->rc;
}

/*
 * All lanes see the same moment of the database, and lane 0, which says that the bundle has its
 * documents, commits last: killed before, the bundle stays `begun` and is assigned anew.
 */
static rc_t
assign(struct lanes *l, struct hub *hub, struct arena *a, const struct conf_agency *g,
       const char *bundle, struct err *e)
{
    struct assigning s = {.lanes = l, .hub = hub, .arena = a, .agency = g, .bundle = bundle};
    struct progress show;
    char now[21];
    rc_t rc;

    if ((rc = set_agency(&s, e)) != RC_OK || (rc = lanes_set(l, "hub.agency", g->id, e)) != RC_OK ||
        (rc = lanes_set(l, "hub.order", g->order, e)) != RC_OK ||
        (rc = lanes_set(l, "hub.bundle_id", bundle, e)) != RC_OK ||
        (rc = lanes_set(l, "hub.zone", hub->conf->zone.code, e)) != RC_OK ||
        (rc = lanes_set(l, "hub.now", clock_iso(clock_now(), now), e)) != RC_OK ||
        (rc = lanes_set(l, "hub.kinds", arena_join(a, g->messages, ","), e)) != RC_OK ||
        (rc = lanes_begin(l, true, e)) != RC_OK ||
        (rc = lanes_all(l, SQL_DECLARE_READY, e)) != RC_OK ||
        (rc = lanes_all(
             l, extract_filled(a, SQL_DECLARE_DECLARED, READY_HASHES " ORDER BY subject_hash"),
             e)) != RC_OK ||
        (rc = lanes_all(l, SQL_DECLARE_STANDING, e)) != RC_OK ||
        (rc = db_exec(hub->db, SQL_DECLARE_OVER, DB_ARGS(bundle), NULL, e)) != RC_OK)
        return rc;
    progress_begin(&show, g->id, 0);
    for (const char **kind = g->messages; rc == RC_OK && *kind; kind++) {
        progress_step(&show, arena_printf(a, "documents of %s", *kind), 0);
        rc = assign_kind(&s, *kind, e);
    }
    if (rc == RC_OK)
        rc = assign_now(&s, e);
    progress_end(&show);
    if (rc == RC_OK && (rc = holds_something(&s, e)) == RC_OK)
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

/*
 * What a report says hangs on what was told, and reconcile takes what is ready of it for what was not
 * (reconcile/report.sql): so neither of the two sees the other half way. A session's lock, since it must be there
 * before the moment is fixed that the lanes see.
 */
static rc_t
assign_documents(struct hub *hub, struct arena *a, const struct conf_agency *g, const char *bundle,
                 struct err *e)
{
    const char *lock = arena_printf(a, "hub.report.%s", g->id);
    struct lanes lanes = {0};
    rc_t rc;

    if ((rc = refresh_statistics(hub, e)) != RC_OK || (rc = db_lock(hub->db, lock, e)) != RC_OK)
        return rc;
    if ((rc = lanes_open(&lanes, hub, e)) == RC_OK)
        rc = assign(&lanes, hub, a, g, bundle, e);
    if (rc == RC_OK)
        rc = lanes_all(&lanes, "SELECT pg_stat_force_next_flush()", e);
    lanes_close(&lanes);
    (void)db_unlock(hub->db, lock, NULL);
    return rc == RC_OK ? refresh_statistics(hub, e) : rc;
}

/* What a bundle says of itself: day and time it was begun, its number, the settings it was begun with. */
struct beginning {
    char date[9], app_time[15], now[21];
    const char *sequence, *name, *settings;
};

static void
begin_today(struct beginning *b, struct hub *hub, const struct conf_agency *g)
{
    const char *zone = hub->conf->zone.timezone;

    clock_business_date(clock_now(), zone, g->cutoff_minutes, b->date);
    clock_local14(clock_now(), zone, b->app_time);
    clock_iso(clock_now(), b->now);
}

/* By the number it has, in the row of `r`: of all, and of its day. */
static rc_t
begin_named(struct beginning *b, struct hub *hub, struct arena *a, const struct conf_agency *g,
            const struct db_result *r, struct err *e)
{
    const struct agency_bundle number = {b->date, db_text(r, 0, "sequence"), db_text(r, 0, "nth")};

    b->sequence = number.sequence;
    b->settings = agency_bundle_settings(hub->conf, a, g, &number);
    return agency_bundle_name(&b->name, hub->conf, a, g, &number, e);
}

/* A night that failed left it begun: what it tells now must not be younger than its own time says. */
static rc_t
begin_anew(struct hub *hub, struct arena *a, const struct conf_agency *g, const char *bundle,
           struct err *e)
{
    struct beginning b;
    struct db_result *r;
    rc_t rc;

    begin_today(&b, hub, g);
    rc = db_query(hub->db, a, SQL_DECLARE_RENEWED, DB_ARGS(bundle, b.date), &r, e);
    if (rc != RC_OK || !r->rows || (rc = begin_named(&b, hub, a, g, r, e)) != RC_OK)
        return rc;
    return db_exec(hub->db, "SELECT hub.begin_anew($1, $2, $3, $4, $5, $6)",
                   DB_ARGS(bundle, b.name, b.date, b.app_time, b.now, b.settings), NULL, e);
}

/* Begin a bundle if one is due: RC_OK with its id, RC_END when there is nothing to do. Its number is given with its row:
 * killed behind it the next run finds a bundle that is begun and goes on with it, so numbers have no gaps. */
static rc_t
begin(struct hub *hub, struct arena *a, const struct conf_agency *g, const char **bundle,
      struct err *e)
{
    const char *kinds = arena_printf(a, "{%s}", arena_join(a, g->messages, ",")); /* an array */
    struct beginning b;
    struct db_result *r;
    rc_t rc;

    begin_today(&b, hub, g);
    rc = db_query(hub->db, a, SQL_DECLARE_NEEDED, DB_ARGS(g->id, b.date, kinds), &r, e);
    if (rc != RC_OK)
        return rc;
    if (!db_bool(r, 0, 0))
        return RC_END;
    if ((rc = closing_ready(hub, a, g, e)) != RC_OK ||
        (rc = agency_names_fit(hub->db, a, g, e)) != RC_OK)
        return rc;
    if ((rc = db_query(hub->db, a, SQL_DECLARE_NEXT, DB_ARGS(g->id, b.date), &r, e)) != RC_OK ||
        (rc = begin_named(&b, hub, a, g, r, e)) != RC_OK)
        return rc;
    rc = db_query(hub->db, a, SQL_DECLARE_BEGIN,
                  DB_ARGS(g->id, b.sequence, b.name, b.date, b.app_time, b.now,
                          hub->conf->zone.test ? "true" : "false", b.settings, kinds),
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
        *bundle = db_text(r, 0, "bundle_id");
        log_info("goes on with an open bundle");
        if (!db_bool(r, 0, "begun"))
            return RC_OK;
        /* begun before a night that failed: its documents are only chosen now */
        if ((rc = closing_ready(hub, a, g, e)) == RC_OK &&
            (rc = begin_anew(hub, a, g, *bundle, e)) == RC_OK &&
            (rc = db_set(hub->db, "hub.bundle_id", *bundle, e)) == RC_OK)
            rc = db_script(hub->db, a, SQL_DECLARE_AGAIN, NULL, e);
    } else {
        rc = begin(hub, a, g, bundle, e);
    }
    if (rc == RC_OK)
        rc = aside_take_up(hub, g->id, e);
    return rc == RC_OK ? assign_documents(hub, a, g, *bundle, e) : rc;
}

/* ---- the job ---- */

/* Of what was ready nothing differs from what was told (a rule looked at a trade again): on a business date that has its bundle that is
 * none. Not where it takes its documents, so that a run killed behind that ends the same. */
static rc_t
drop_unneeded(struct hub *hub, struct arena *a, const char *bundle, bool *gone, struct err *e)
{
    struct db_result *r;
    rc_t rc = db_set(hub->db, "hub.bundle_id", bundle, e);

    if (rc == RC_OK && (rc = db_script(hub->db, a, SQL_DECLARE_EMPTY, NULL, e)) == RC_OK)
        rc = db_query(hub->db, a, "SELECT 1 FROM hub.bundle WHERE bundle_id = $1::bigint",
                      DB_ARGS(bundle), &r, e);
    *gone = rc == RC_OK && !r->rows;
    return rc;
}

/* Its bytes in the spool. What cannot be written is set aside first: at the second time all of it is
 * gone, unless that left nothing but kinds that wait (RC_FAIL, and the bundle is begun again), or
 * nothing at all where no bundle was due (RC_END: there is none any more). */
static rc_t
write_bundle(struct hub *hub, struct arena *a, const char *bundle, struct spool_file **out,
             struct bundle_made *made, struct err *e)
{
    uint32_t per_message;
    bool gone = false;
    rc_t rc = begun_with(hub, a, bundle, &per_message, NULL, e);

    if (rc == RC_OK && (rc = drop_unneeded(hub, a, bundle, &gone, e)) == RC_OK && gone)
        rc = RC_END;
    while (rc == RC_OK) {
        struct faults faults = {0};

        if ((rc = spool_begin(hub->spool, out, e)) == RC_OK)
            rc = bundle_write(hub, a, strtoll(bundle, NULL, 10), *out, made, &faults, e);
        if (rc != RC_REJECT) {
            faults_free(&faults);
            return rc;
        }
        spool_abort(out);
        rc = aside_keep(hub, a, per_message, bundle, &gone, &faults, e);
        if (rc == RC_OK) {
            memset(e, 0, sizeof *e);
            rc = gone ? RC_END : RC_OK;
        } else if (rc == RC_END) {
            *e = faults.first;
            rc = e->rc = RC_FAIL;
        }
        faults_free(&faults);
    }
    return rc;
}

/* What its kinds ask for once a bundle with such messages is closed, in the transaction that closes it: what they book (a buyer's quota) and the
 * bundle that uses it are there together or not at all. */
static rc_t
run_closed(struct hub *hub, struct arena *a, const struct conf_agency *g, const char *bundle,
           struct err *e)
{
    struct db_result *r;
    rc_t rc = db_query(hub->db, a, SQL_DECLARE_KINDS, DB_ARGS(bundle), &r, e);

    for (int i = 0; rc == RC_OK && i < r->rows; i++) {
        struct format *f;

        if ((rc = format_load(&f, hub, a, g->formats, db_text(r, i, "kind"), e)) != RC_OK ||
            !f->extract.closed.sql)
            continue;
        if ((rc = db_set(hub->db, "hub.bundle_id", bundle, e)) == RC_OK &&
            (rc = db_set(hub->db, "hub.kind", f->kind, e)) == RC_OK)
            rc = db_script(hub->db, a, f->extract.closed.sql, NULL, e);
        if (rc != RC_OK)
            err_prefix(e, "%s:%d, section closed", f->extract.closed.file, f->extract.closed.line);
    }
    return rc;
}

/* First the bytes are in the spool, under their hash, then the state points to them: killed between the two the file is one nobody
 * points to, and the next run writes the same bytes under the same name. The other way round a bundle would be closed without its
 * bytes. */
static rc_t
close_bundle(struct job *job, struct arena *a, const struct conf_agency *g, const char *bundle,
             struct err *e)
{
    struct hub *hub = job->hub;
    struct spool_file *out = NULL;
    struct bundle_made made;
    const char *id;
    char iso[21];
    uint64_t bytes;
    rc_t rc;

    if ((rc = write_bundle(hub, a, bundle, &out, &made, e)) == RC_END) {
        rc = aside_tell(job, a, bundle, e);
        goto out;
    }
    if (rc != RC_OK)
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
        (rc = run_closed(hub, a, g, bundle, e)) != RC_OK ||
        (rc = aside_settle(hub, g->id, e)) != RC_OK || (rc = db_commit(hub->db, e)) != RC_OK)
        goto out;
    fault_point("declare-closed");
    job_count(job, "bundles", 1);
    job_count(job, "messages", (int64_t)made.messages);
    job_count(job, "documents", (int64_t)made.documents);
    job_count(job, "xml_bytes", (int64_t)made.bytes);
    rc = aside_tell(job, a, bundle, e);
out:
    db_rollback(hub->db);
    spool_abort(&out);
    return rc;
}

/* An agency's bundles one after the other, since each names the one before it. What goes wrong is this agency's alone, and the next one is
 * asked all the same. */
static rc_t
declare_agency(struct job *job, const struct conf_agency *g, struct err *e)
{
    struct arena *a = arena_new("declare");
    const char *bundle = NULL;
    int ending = 0;
    rc_t rc;

    log_field("agency", g->id);
    rc = agency_set(job->hub->db, agency_own_settings(job->hub->conf, a, g), e);
    if (rc == RC_OK)
        rc = closing_signs(g, &ending, e);
    job_count(job, "certificates_ending", ending);
    /* an open bundle first, then what became ready meanwhile */
    while (rc == RC_OK && (rc = open_bundle(job->hub, a, g, &bundle, e)) == RC_OK)
        rc = close_bundle(job, a, g, bundle, e);
    if (rc == RC_END)
        rc = RC_OK;
    if (rc != RC_OK && e->code != ERR_WAITS) /* whose reasons are told */
        log_err(rc == RC_RETRY ? LOG_WARN : LOG_ERROR, e);
    log_field("agency", NULL);
    arena_free(&a);
    return rc;
}

/* Another process may be at this agency's bundle, and this one goes on with the next agency. */
static rc_t
declare_alone(struct job *job, const struct conf_agency *g, struct err *e)
{
    struct db *db = job->hub->db;
    rc_t rc = lock_take(job, db, g->id, e);

    if (rc == RC_OK) {
        rc = declare_agency(job, g, e);
        lock_give(job, db, g->id);
    } else {
        log_field("agency", g->id);
        log_err(LOG_WARN, e);
        log_field("agency", NULL);
    }
    return rc;
}

rc_t
declare_run(struct job *job, struct err *e)
{
    struct conf *c = job->hub->conf;
    rc_t worst = hub_limit(job->hub, e);

    if (worst != RC_OK)
        return worst;
    for (uint32_t i = 0; i < c->agency_count; i++) {
        struct err why = {0};
        rc_t rc = declare_alone(job, &c->agencies[i], &why);

        if (rc > worst) {
            worst = rc;
            *e = why;
        }
    }
    return worst;
}
