/*
 * pickup.c - drop boxes into the spool, one batch a file.
 *
 * A file that is ready is first taken: renamed to TAKEN + its name, where no listing of the partner's
 * programs shows it and no upload meets it. From then on whatever comes under its name is another
 * file, so that the bytes that are read are the bytes that are moved away. What lies beside it,
 * NAME.sum and the marker NAME.ok, is taken before it.
 *
 * It is registered in one transaction and only then moved away on the other side. Killed between the
 * two, the next run finds it still taken, sees by its hash that it is the same, and moves it; killed
 * after the move, the next run does not find it any more and notes that. What its writer still adds
 * to it over there is seen by watch.c, which fetches it back: it is read anew like one that a killed
 * run had taken, and registered as the whole of the batch it was.
 */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "formats/read/charset.h"
#include "formats/read/totals.h"
#include "mend.h"
#include "party.h"
#include "pickup.h"
#include "spool/digest.h"
#include "spool/fsio.h"
#include "sql/statements.h"
#include "table.h"
#include "watch.h"

/* What uploading clients, browsers, editors and office programs call a file they are not done with. */
const char *const pickup_ignored[] = {
    ".part",       ".tmp",        ".temp",       ".filepart", ".partial", ".uploading", ".writing",
    ".inprogress", ".incomplete", ".crdownload", ".download", ".swp",     "~",          NULL};
const char *const pickup_ignored_starts[] = {".", "~$", NULL};

static bool
ignored(const char *name)
{
    size_t n = strlen(name);

    for (const char *const *start = pickup_ignored_starts; *start; start++)
        if (!*name || !strncmp(name, *start, strlen(*start)))
            return true;
    for (const char *const *end = pickup_ignored; *end; end++) {
        size_t m = strlen(*end);
        if (n >= m && !strcasecmp(name + n - m, *end))
            return true;
    }
    return false;
}

#define TAKEN          PICKUP_TAKEN
#define TAKEN_N        (sizeof TAKEN - 1)
#define NAME_MAX_BYTES 230 /* with what we put before and after it, a name has 255 */

#define FAILED_MS    10000 /* of a visit, for files that cannot be taken */
#define FAILED_LINES 20    /* in the log */

/* What a listing showed. */
struct listing {
    struct sftp_file *files; /* by name, each once */
    uint32_t count;
    int64_t *same_s; /* of each file: how long it has been listed with the same size and mtime */
    int *failures;   /* of each file: how many visits could not take it */
};

/* What could not be taken in this visit costs the others nothing but this. */
struct failed {
    struct buf names; /* as a text[] without its end */
    uint32_t count;
    int64_t ms;
    struct err first; /* a refusal of the server's */
};

/* Control totals, as text; or what is wrong with them. */
struct said {
    struct totals totals;
    const char *fault; /* NULL: nothing */
};

/* The batch a remote file is already: id 0 none, file_id NULL its bytes were left where they are. */
struct known {
    int64_t id;
    const char *file_id, *state;
    bool released;
    bool grown; /* it is more of that: taken before its writer was done, and fetched back */
    bool cut;   /* ... or cut off, and uploaded anew */
};

/* A file and what lies beside it; what has become of it so far. */
struct arrival {
    struct visit *visit;
    struct arena *arena; /* as long as it is taken */
    const char *name;
    const struct sftp_file *file;
    const struct sftp_file *sum, *marker; /* NULL: none */
    const char *file_id;                  /* once its bytes are in the spool */
    struct said said;
    struct known known; /* then the batch it has become */
};

static bool
is_taken(const char *name)
{
    return !strncmp(name, TAKEN, TAKEN_N);
}

/* The name its partner gave it. */
static const char *
own_name(const struct sftp_file *f)
{
    return is_taken(f->name) ? f->name + TAKEN_N : f->name;
}

static bool
ends_in(const char *name, const char *suffix)
{
    size_t n = strlen(name), m = strlen(suffix);

    return n > m && !strcasecmp(name + n - m, suffix);
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(((const struct sftp_file *)a)->name, ((const struct sftp_file *)b)->name);
}

static const struct sftp_file *
find(const struct listing *l, const char *name)
{
    const struct sftp_file key = {.name = name};
    const struct sftp_file *f =
        l->count ? bsearch(&key, l->files, l->count, sizeof key, by_name) : NULL;

    return f && f->regular ? f : NULL;
}

/* NAME.sum or NAME.SUM, as it came or, by a run that was killed, taken already. */
static const struct sftp_file *
beside(const struct listing *l, struct arena *a, const char *name, const char *suffix,
       const char *capital)
{
    const struct sftp_file *f = NULL;

    for (int taken = 0; !f && taken < 2; taken++)
        if (!(f = find(l, arena_printf(a, "%s%s%s", taken ? TAKEN : "", name, suffix))))
            f = find(l, arena_printf(a, "%s%s%s", taken ? TAKEN : "", name, capital));
    return f;
}

/* Has it been listed with the same size and mtime for `settle`? */
static bool
settled(const struct visit *v, const struct listing *l, const struct sftp_file *f)
{
    return l->same_s[f - l->files] >= (int64_t)v->party.box->settle_s;
}

/*
 * Complete, as its partner says by the marker, or as it seems: it and its .sum stay as they are. One
 * that was taken has lost its marker to the run that was killed.
 */
static bool
ready(const struct listing *l, const struct arrival *in)
{
    const struct visit *v = in->visit;

    if (v->party.box->marker && !is_taken(in->file->name))
        return in->marker != NULL;
    return settled(v, l, in->file) &&
           (!in->sum || is_taken(in->sum->name) || settled(v, l, in->sum));
}

/* ---- taking it ---- */

static const char *
path_in(const struct visit *v, struct arena *a, const char *prefix, const char *name)
{
    return arena_printf(a, "%s/%s%s", v->party.box->in, prefix, name);
}

/* RC_REJECT when it is gone. One left over from a run that was killed makes way for what is newer. */
static rc_t
take_beside(struct visit *v, struct arena *a, const struct sftp_file *f, struct err *e)
{
    const char *to;
    rc_t rc;

    if (!f || is_taken(f->name))
        return RC_OK;
    to = path_in(v, a, TAKEN, f->name);
    if ((rc = sftp_remove(v->link, to, e)) != RC_OK)
        return rc;
    return sftp_rename(v->link, path_in(v, a, "", f->name), to, e);
}

/* RC_REJECT when it is not as it was listed. */
static rc_t
as_listed(struct visit *v, const char *path, const struct sftp_file *f, struct err *e)
{
    struct sftp_file now;
    rc_t rc = sftp_stat(v->link, path, &now, e);

    if (rc == RC_OK && (now.size != f->size || now.mtime != f->mtime))
        rc = err_set(e, RC_REJECT, ERR_IN_MOTION, "not as it was listed");
    return rc;
}

static rc_t
take_name(const struct arrival *in, struct err *e)
{
    struct visit *v = in->visit;
    struct arena *a = in->arena;
    const char *from = path_in(v, a, "", in->name), *to = path_in(v, a, TAKEN, in->name);
    struct err ignored_error;
    rc_t rc;

    if (is_taken(in->file->name))
        return RC_OK;
    if ((rc = take_beside(v, a, in->sum, e)) != RC_OK ||
        (rc = take_beside(v, a, in->marker, e)) != RC_OK ||
        (rc = sftp_rename(v->link, from, to, e)) != RC_OK)
        return rc;
    fault_point("pickup-taken");
    rc = as_listed(v, to, in->file, e);
    if (rc == RC_REJECT) /* it is being written: its writer finds it where it was */
        (void)sftp_rename(v->link, to, from, &ignored_error);
    return rc;
}

static void
arrived(void *ctx, size_t n)
{
    progress_add(ctx, 0, n);
}

/* What changes while it is read, or is gone, waits for the next run; the others go on. A file that
 * grows must not fill the disk: no more than was listed. */
static rc_t
get(struct visit *v, const char *path, struct sink out, uint64_t limit, struct progress *show,
    uint64_t *bytes, struct err *e)
{
    struct bounded b = {out, limit, ERR_IN_MOTION, "more bytes than were listed"};
    rc_t rc = sftp_get(v->link, path, sink_bounded(&b), show ? arrived : NULL, show, bytes, e);

    if (rc == RC_RETRY && e->code == ERR_SFTP) {
        rc = e->rc = RC_REJECT;
        e->code = ERR_IN_MOTION;
    }
    return rc;
}

static rc_t
download(struct arrival *in, struct err *e)
{
    struct visit *v = in->visit;
    const char *path = path_in(v, in->arena, TAKEN, in->name);
    struct spool_file *out = NULL;
    struct progress show;
    uint64_t bytes = 0;
    rc_t rc = spool_begin(v->hub->spool, &out, e);

    progress_begin(&show, in->name, in->file->size);
    if (rc == RC_OK)
        rc = get(v, path, spool_sink(out), in->file->size, &show, &bytes, e);
    progress_end(&show);
    if (rc == RC_OK && bytes != in->file->size)
        rc = err_set(e, RC_REJECT, ERR_IN_MOTION, "%llu bytes listed, %llu read",
                     (unsigned long long)in->file->size, (unsigned long long)bytes);
    if (rc == RC_OK)
        rc = as_listed(v, path, in->file, e);
    if (rc == RC_OK)
        rc = spool_commit(&out, in->arena, &in->file_id, e);
    spool_abort(&out);
    return rc;
}

/* ---- what is said of it ---- */

/* A fault of the text is the batch's, which will be held; the file itself comes in. */
static rc_t
read_beside(struct arrival *in, const struct sftp_file *f, struct err *e)
{
    struct arena *a = in->arena;
    struct said *said = &in->said;
    struct buf text = {0};
    uint64_t bytes;
    struct err why = {0};
    rc_t rc;

    if (!f || !f->size)
        return RC_OK;
    if (f->size > PICKUP_SUM_MAX) {
        said->fault = arena_printf(a, "%s: more than %zu bytes", f->name, PICKUP_SUM_MAX);
        return RC_OK;
    }
    rc = get(in->visit, path_in(in->visit, a, TAKEN, own_name(f)), sink_buf(&text), PICKUP_SUM_MAX,
             NULL, &bytes, e);
    if (rc == RC_OK &&
        totals_read(&said->totals, (struct span){text.p, text.n}, in->name, &why) != RC_OK)
        said->fault = arena_printf(a, "%s: %s", own_name(f), why.text);
    buf_free(&text);
    return rc;
}

/* A .sum that says nothing is a control that is missing; a marker may be empty. */
static rc_t
read_said(struct arrival *in, struct err *e)
{
    struct said *said = &in->said;
    rc_t rc = read_beside(in, in->sum, e);

    if (rc == RC_OK && in->sum && !said->fault && !totals_any(&said->totals))
        said->fault = arena_printf(in->arena, "%s: says nothing", own_name(in->sum));
    return rc == RC_OK ? read_beside(in, in->marker, e) : rc;
}

/* ---- registering it ---- */

static rc_t
find_known(struct arrival *in, struct err *e)
{
    struct visit *v = in->visit;
    struct arena *a = in->arena;
    struct db_result *r;
    rc_t rc = db_query(v->hub->db, a, SQL_PICKUP_KNOWN,
                       DB_ARGS(v->party.id, in->name, db_number(a, (int64_t)in->file->size),
                               db_number(a, (int64_t)in->file->mtime),
                               is_taken(in->file->name) ? "t" : "f"),
                       &r, e);

    if (rc == RC_OK && r->rows)
        in->known = (struct known){db_int(r, 0, "upload_id"), db_value(r, 0, "file_id"),
                                   db_text(r, 0, "state"),    db_bool(r, 0, "released"),
                                   db_bool(r, 0, "grew"),     false};
    return rc;
}

/* Are the first bytes of a file all of another? */
static rc_t
begins_with(struct visit *v, const char *file_id, uint64_t size, const char *beginning, bool *yes,
            struct err *e)
{
    struct digest *d = digest_new();
    struct blob b = BLOB_NONE;
    char block[32 << 10], sha256[DIGEST_HEX];
    uint64_t bytes, at = 0;
    rc_t rc = spool_read(v->hub->spool, file_id, &b, &bytes, e);

    while (rc == RC_OK && at < size) {
        size_t most = size - at < sizeof block ? (size_t)(size - at) : sizeof block;
        ssize_t n = blob_read(&b, block, most, at);

        if (n <= 0) {
            rc = n < 0 ? blob_failed(file_id, e) : RC_END;
            break;
        }
        digest_update(d, block, (size_t)n);
        at += (uint64_t)n;
    }
    digest_hex(d, sha256);
    *yes = rc == RC_OK && strcmp(sha256, beginning) == 0;
    digest_free(&d);
    blob_close(&b);
    return rc == RC_END ? RC_OK : rc;
}

/* A file that is held because it was cut off is waited for no longer once its whole is here, under the same
 * name. That this is its whole its first bytes say: under one name a partner may send other rows each day. */
static rc_t
find_cut(struct arrival *in, struct err *e)
{
    struct visit *v = in->visit;
    struct known *k = &in->known;
    struct db_result *r;
    bool yes = false;
    rc_t rc;

    if (k->grown || !in->file_id)
        return RC_OK;
    rc = db_query(v->hub->db, in->arena, SQL_PICKUP_CUT, DB_ARGS(v->party.id, in->name), &r, e);
    if (rc != RC_OK || !r->rows || (uint64_t)db_int(r, 0, "size") >= in->file->size)
        return rc;
    rc = begins_with(v, in->file_id, (uint64_t)db_int(r, 0, "size"), db_text(r, 0, "file_id"), &yes,
                     e);
    if (rc == RC_OK && yes) {
        k->id = db_int(r, 0, "upload_id");
        k->cut = true;
    }
    return rc;
}

static rc_t
enrol(struct arrival *in, struct err *e)
{
    struct visit *v = in->visit;
    struct arena *a = in->arena;
    const struct said *said = &in->said;
    struct known *k = &in->known;
    const struct sftp_file *f = in->file;
    struct db_result *r;
    char iso[21], text[TOTALS_TEXT], ended[8];
    rc_t rc = find_cut(in, e);

    if (rc == RC_OK)
        rc = db_query(v->hub->db, a, SQL_PICKUP_REGISTER,
                      DB_ARGS(v->party.id, in->name, db_number(a, (int64_t)f->size),
                              db_number(a, (int64_t)f->mtime), in->file_id,
                              clock_iso(clock_now(), iso), totals_text(&said->totals, text),
                              said->fault, k->grown || k->cut ? db_number(a, k->id) : NULL,
                              err_name(k->cut ? ERR_CUT_ENDED : ERR_TAKEN_EARLY, ended)),
                      &r, e);
    if (rc != RC_OK)
        return rc;
    if (k->grown)
        log_info("%s: the whole of batch B%06lld", in->name, (long long)k->id);
    else if (k->cut)
        log_info("%s: the whole of batch B%06lld, which was cut off and held and ends with this",
                 in->name, (long long)k->id);
    k->id = db_int(r, 0, 0);
    job_count(v->job, "files", 1);
    job_count(v->job, "bytes", in->file_id ? (int64_t)f->size : 0);
    log_info("%s: %llu bytes, batch B%06lld", in->name, (unsigned long long)f->size,
             (long long)k->id);
    if (in->file_id && *said->totals.sha256 && strcmp(said->totals.sha256, in->file_id) != 0)
        log_warn("%s: its sha256 is not what its .sum says; it will be held", in->name);
    return RC_OK;
}

/* ---- moving it away ---- */

/* Where it goes: under its own name or, where that is taken, with the batch's; NULL: nowhere. What is to
 * be deleted is kept out of sight as long as its writer might not be done. */
static rc_t
place_in_done(const struct arrival *in, bool was_read, const char **to, struct err *e)
{
    struct visit *v = in->visit;
    struct arena *a = in->arena;
    const struct conf_dropbox *box = v->party.box;
    struct sftp_file there;
    rc_t rc;

    *to = NULL;
    if (!*box->done) {
        if (box->watch_s && was_read)
            *to = watch_kept(a, box, in->known.id);
        return RC_OK;
    }
    *to = arena_printf(a, "%s/%s", box->done, in->name);
    rc = sftp_stat(v->link, *to, &there, e);
    if (rc == RC_REJECT && in->sum)
        rc = sftp_stat(v->link, arena_printf(a, "%s" PICKUP_SUM, *to), &there, e);
    if (rc == RC_REJECT)
        return RC_OK;
    *to = arena_printf(a, "%s.B%06lld", *to, (long long)in->known.id);
    return rc;
}

/* A server may say yes and do nothing. Nobody else makes a file of the name we take files by. */
static rc_t
move_one(struct visit *v, struct arena *a, const char *name, const char *to, struct err *e)
{
    const char *from = path_in(v, a, TAKEN, name);
    struct sftp_file there;
    struct err gone;
    rc_t rc = to ? sftp_rename(v->link, from, to, e) : sftp_remove(v->link, from, e);

    if (rc != RC_OK || sftp_stat(v->link, from, &there, &gone) == RC_REJECT)
        return rc;
    return err_set(e, RC_FAIL, ERR_VERIFY,
                   "%s: still there, although the server said that it was moved away", from);
}

/* Itself last: what is beside it would be taken for the next file of that name. */
static rc_t
move_away(const struct arrival *in, bool was_read, struct err *e)
{
    struct visit *v = in->visit;
    struct arena *a = in->arena;
    const struct conf_dropbox *box = v->party.box;
    const char *to;
    char iso[21];
    rc_t rc = place_in_done(in, was_read, &to, e);

    if (rc == RC_OK && in->sum)
        rc = move_one(v, a, own_name(in->sum),
                      *box->done ? arena_printf(a, "%s" PICKUP_SUM, to) : NULL, e);
    if (rc == RC_OK && in->marker)
        rc = move_one(v, a, own_name(in->marker), NULL, e);
    if (rc == RC_OK)
        rc = move_one(v, a, in->name, to, e);
    if (rc != RC_OK)
        return rc;
    fault_point("pickup-moved");
    return db_exec(v->hub->db, SQL_PICKUP_MOVED,
                   DB_ARGS(db_number(a, in->known.id), to, db_number(a, (int64_t)in->file->size),
                           db_number(a, (int64_t)in->file->mtime), clock_iso(clock_now(), iso),
                           db_number(a, box->watch_s)),
                   NULL, e);
}

/*
 * A file over its partner's limit is registered without its bytes, which stay where they are until a
 * person has decided: released, they are fetched; discarded, they are moved away unread. False when
 * there is nothing to be fetched.
 */
static bool
wanted(struct arrival *in, rc_t *rc, struct err *e)
{
    struct visit *v = in->visit;
    const struct known *k = &in->known;
    const struct conf_partner *p = conf_partner(v->hub->conf, v->party.id);
    bool fits = !p || in->file->size <= p->limits.size;

    if (k->grown) {
        if (fits)
            return true;
        *rc = enrol(in, e);
    } else if (k->id && !k->file_id && !strcmp(k->state, "discarded")) {
        if ((*rc = take_name(in, e)) == RC_OK)
            *rc = move_away(in, false, e);
    } else if (k->id && !k->file_id && (strcmp(k->state, "received") || !(fits || k->released))) {
        job_count(v->job, "waiting", 1);
    } else if (!k->id && !fits) {
        *rc = enrol(in, e);
    } else {
        return true;
    }
    return false;
}

static rc_t
record(struct arrival *in, struct err *e)
{
    const struct known *k = &in->known;
    const struct said *said = &in->said;
    char text[TOTALS_TEXT];

    if (k->id && !k->file_id)
        return db_exec(in->visit->hub->db, SQL_PICKUP_FETCHED,
                       DB_ARGS(db_number(in->arena, k->id), in->file_id,
                               totals_text(&said->totals, text), said->fault),
                       NULL, e);
    if (k->id && !strcmp(k->file_id, in->file_id))
        return RC_OK;
    return enrol(in, e);
}

static rc_t
take(struct arrival *in, struct err *e)
{
    rc_t rc;

    if ((rc = find_known(in, e)) != RC_OK || !wanted(in, &rc, e) ||
        (rc = take_name(in, e)) != RC_OK || (rc = download(in, e)) != RC_OK ||
        (rc = read_said(in, e)) != RC_OK)
        return rc;
    fault_point("pickup-downloaded");
    if ((rc = record(in, e)) != RC_OK)
        return rc;
    fault_point("pickup-registered");
    return move_away(in, true, e);
}

/* ---- a visit ---- */

/* Can the database keep the name, and a drop box one with our endings? */
static bool
nameable(const struct sftp_file *f)
{
    struct span name = span_of(own_name(f));

    return span_is_name(name) && name.n <= NAME_MAX_BYTES;
}

/* As a text[] */
static const char *
names_array(struct arena *a, const struct listing *l, bool own)
{
    struct buf names = {0};

    for (uint32_t i = 0; i < l->count; i++)
        if (nameable(&l->files[i]))
            db_array_add(&names, own ? own_name(&l->files[i]) : l->files[i].name);
    return db_array_end(&names, a);
}

/* Another name is the partner's to give; the neighbours go on. */
static bool
usable(const struct sftp_file *f)
{
    char shown[80];

    if (nameable(f))
        return true;
    log_warn("'%s' is left in in/: its name is not UTF-8, holds control characters or is longer "
             "than %d bytes",
             span_show(shown, sizeof shown, span_of(f->name)), NAME_MAX_BYTES);
    return false;
}

/* Why it can be nobody's upload; NULL: it can, or is known as temporary. */
static const char *
odd(const struct sftp_file *f)
{
    struct span name = span_of(own_name(f));

    if (ignored(own_name(f)))
        return NULL;
    if (!f->regular)
        return f->type == 'd' ? "folder" : f->type == 'l' ? "link" : "special";
    if (nameable(f))
        return NULL;
    return span_valid_utf8(name) != name.n ? "charset" : !span_is_name(name) ? "control" : "long";
}

/* A name of Chinese in GB18030 is shown as it was meant; what cannot be shown is a question mark. */
static const char *
shown_name(struct arena *a, const char *name)
{
    struct charset_conv *conv = charset_open(CHARSET_GB18030);
    struct span text = span_of(name), utf8;
    char shown[400];
    size_t bad;

    if (span_valid_utf8(text) != text.n && conv &&
        charset_to_utf8(conv, a, text, &utf8, &bad, NULL) == RC_OK)
        text = utf8;
    charset_close(&conv);
    return arena_str(a, span_show(shown, sizeof shown, text));
}

static void
put_odd(struct buf *json, struct arena *a, const struct sftp_file *f, const char *why)
{
    struct digest *d = digest_new();
    char hex[DIGEST_HEX];

    digest_update(d, f->name, strlen(f->name));
    digest_hex(d, hex);
    digest_free(&d);
    buf_printf(json, "%s[\"%s\", ", json->n > 1 ? ", " : "", hex);
    json_string(json, shown_name(a, f->name));
    buf_printf(json, ", \"%s\"]", why);
}

#define ODD_MAX 1000 /* a drop box with more is not told of all of them at once */

/* What is passed by without a word would lie there for ever. */
static rc_t
note_odd(struct visit *v, struct arena *a, const struct listing *l, struct err *e)
{
    struct buf json = {0};
    char iso[21];
    rc_t rc;

    buf_str(&json, "[");
    for (uint32_t i = 0, count = 0; i < l->count && count < ODD_MAX; i++) {
        const char *why = odd(&l->files[i]);

        if (why && ++count)
            put_odd(&json, a, &l->files[i], why);
    }
    buf_put(&json, "]", 2); /* with its NUL */
    rc = db_exec(v->hub->db, SQL_PICKUP_ODD,
                 DB_ARGS(v->party.id, json.p, clock_iso(clock_now(), iso)), NULL, e);
    buf_free(&json);
    return rc;
}

/* A change comes after its original. */
static int
by_arrival(const void *x, const void *y)
{
    const struct sftp_file *a = *(const struct sftp_file *const *)x;
    const struct sftp_file *b = *(const struct sftp_file *const *)y;

    if (a->mtime != b->mtime)
        return a->mtime < b->mtime ? -1 : 1;
    return strcmp(own_name(a), own_name(b));
}

/* One that earlier visits could not take waits for those that may be. */
static bool
failed_before(const struct listing *l, const struct sftp_file *f)
{
    return l->failures[f - l->files] > 0;
}

static const struct sftp_file **
in_order(struct arena *a, const struct listing *l)
{
    const struct sftp_file **files = ARENA_ARRAY(a, const struct sftp_file *, l->count + 1);

    uint32_t good = 0, n = 0;

    for (int bad = 0; bad < 2; bad++) {
        for (uint32_t i = 0; i < l->count; i++)
            if (failed_before(l, &l->files[i]) == (bad == 1))
                files[n++] = &l->files[i];
        good = bad ? good : n;
    }
    if (good)
        qsort(files, good, sizeof *files, by_arrival);
    if (n > good)
        qsort(files + good, n - good, sizeof *files, by_arrival);
    return files;
}

/* Gone, changed since it was listed, or refused by the server: told, tried again by the next run, and
 * passed by. What is ours to mend, or the connection's end, ends the visit. */
static rc_t
passed_by(struct visit *v, struct failed *bad, const struct sftp_file *f, rc_t rc, int64_t ms,
          struct err *e)
{
    bool refused = rc == RC_FAIL && (e->code == ERR_SFTP || e->code == ERR_VERIFY);

    if (rc != RC_REJECT && !refused)
        return rc;
    err_prefix(e, "%s", own_name(f));
    bad->count++;
    if (refused && bad->first.code == ERR_NONE)
        bad->first = *e; /* told as the visit's error */
    else if (bad->count <= FAILED_LINES)
        log_err(refused ? LOG_ERROR : LOG_WARN, e);
    bad->ms += ms;
    db_array_add(&bad->names, f->name);
    job_count(v->job, "not_taken", 1);
    return RC_OK;
}

static rc_t
take_file(struct visit *v, const struct listing *l, const struct sftp_file *f, struct failed *bad,
          struct err *e)
{
    struct arena *a = arena_new("file");
    struct arrival in = {.visit = v, .arena = a, .name = own_name(f), .file = f};
    int64_t begun = clock_ms();
    rc_t rc = RC_OK;

    in.sum = beside(l, a, in.name, PICKUP_SUM, PICKUP_SUM_CAPITAL);
    if (v->party.box->marker)
        in.marker = beside(l, a, in.name, PICKUP_MARKER, PICKUP_MARKER_CAPITAL);
    if (!ready(l, &in))
        job_count(v->job, "waiting", 1);
    else
        rc = take(&in, e);
    arena_free(&a);
    return passed_by(v, bad, f, rc, clock_ms() - begun, e);
}

/* NAME.sum and, where that is asked for, NAME.ok are no files of their own. */
static bool
lies_beside(const struct conf_dropbox *box, const char *name)
{
    return ends_in(name, PICKUP_SUM) || (box->marker && ends_in(name, PICKUP_MARKER));
}

/* A .sum alone waits for its file, and is reported when that stays away. A marker that a killed run
 * had taken must not call another file of that name complete. */
static rc_t
lies_alone(struct visit *v, const struct listing *l, const struct sftp_file *f, struct err *e)
{
    struct arena *a = arena_new("alone");
    const char *name = own_name(f);
    bool sum = ends_in(name, PICKUP_SUM);
    const char *of = arena_strn(a, name, strlen(name) - (sum ? 4 : 3));
    rc_t rc = RC_OK;

    if (find(l, of) || find(l, arena_printf(a, TAKEN "%s", of))) {
        ;
    } else if (!sum && is_taken(f->name)) {
        rc = sftp_remove(v->link, path_in(v, a, "", f->name), e);
    } else if (sum && settled(v, l, f)) {
        log_warn("%s: there is no %s; upload them together", name, of);
        job_count(v->job, "sums_alone", 1);
    }
    arena_free(&a);
    return rc;
}

static rc_t
visit_file(struct visit *v, struct arena *a, const struct listing *l, const struct sftp_file *f,
           struct failed *bad, struct err *e)
{
    const char *name = own_name(f);

    if (!f->regular || ignored(name) || !usable(f))
        return RC_OK;
    if (lies_beside(v->party.box, name))
        return passed_by(v, bad, f, lies_alone(v, l, f, e), 0, e);
    if (!is_taken(f->name) && find(l, arena_printf(a, TAKEN "%s", name))) {
        job_count(v->job, "waiting", 1); /* for the one taken before it */
        return RC_OK;
    }
    return take_file(v, l, f, bad, e);
}

/* A server may list a name twice. */
static void
sort_names(struct listing *l)
{
    uint32_t n = 0;

    if (l->count)
        qsort(l->files, l->count, sizeof *l->files, by_name);
    for (uint32_t i = 0; i < l->count; i++)
        if (!i || strcmp(l->files[i].name, l->files[i - 1].name) != 0)
            l->files[n++] = l->files[i];
    l->count = n;
}

/* What earlier listings showed of them, all in one question. */
static rc_t
compare(struct visit *v, struct arena *a, struct listing *l, struct err *e)
{
    struct buf names = {0}, sizes = {0}, times = {0};
    uint32_t *asked = ARENA_ARRAY(a, uint32_t, l->count + 1), n = 0;
    struct db_result *r;
    char iso[21];
    rc_t rc;

    l->same_s = ARENA_ARRAY(a, int64_t, l->count + 1);
    l->failures = ARENA_ARRAY(a, int, l->count + 1);
    for (uint32_t i = 0; i < l->count; i++) {
        const struct sftp_file *f = &l->files[i];

        if (!f->regular || ignored(own_name(f)) || !nameable(f))
            continue;
        db_array_add(&names, f->name);
        buf_printf(&sizes, "%s%lld", n ? "," : "{", (long long)f->size);
        buf_printf(&times, "%s%lld", n ? "," : "{", (long long)f->mtime);
        asked[n++] = i;
    }
    buf_put(&names, "}", 2); /* with its NUL */
    buf_put(&sizes, "}", 2);
    buf_put(&times, "}", 2);
    rc = !n ? RC_OK
            : db_query(v->hub->db, a, SQL_PICKUP_SEEN,
                       DB_ARGS(v->party.id, names.p, sizes.p, times.p, clock_iso(clock_now(), iso),
                               v->party.box->marker ? "f" : "t"),
                       &r, e);
    for (uint32_t i = 0; rc == RC_OK && i < n; i++) {
        l->same_s[asked[i]] = db_int(r, (int)i, "same_s");
        l->failures[asked[i]] = (int)db_int(r, (int)i, "failures");
    }
    buf_free(&names);
    buf_free(&sizes);
    buf_free(&times);
    return rc;
}

static rc_t
list_box(struct visit *v, struct arena *a, struct listing *l, struct err *e)
{
    char iso[21];
    rc_t rc = sftp_list(v->link, a, v->party.box->in, &l->files, &l->count, e);

    if (rc != RC_OK)
        return rc;
    sort_names(l);
    rc = db_exec(v->hub->db, SQL_PICKUP_FORGET,
                 DB_ARGS(v->party.id, names_array(a, l, true), names_array(a, l, false),
                         clock_iso(clock_now(), iso), db_number(a, v->party.box->watch_s)),
                 NULL, e);
    return rc == RC_OK ? compare(v, a, l, e) : rc;
}

/* They come last the next time. A refusal is the visit's error, once all others were served. */
static rc_t
end_failed(struct visit *v, struct failed *bad, uint32_t left, struct err *e)
{
    rc_t rc;

    if (bad->count > FAILED_LINES)
        log_warn("%u files could not be taken, of which %d are named above", bad->count,
                 FAILED_LINES);
    if (left)
        log_warn("%u files are left for the next run: this took %lld s", left,
                 (long long)bad->ms / 1000);
    buf_put(&bad->names, "}", 2);
    rc = db_exec(v->hub->db, SQL_PICKUP_FAILED, DB_ARGS(v->party.id, bad->names.p), NULL, e);
    if (rc != RC_OK || bad->first.code == ERR_NONE)
        return rc;
    *e = bad->first;
    return RC_FAIL;
}

static rc_t
visit(struct visit *v, struct err *e)
{
    struct arena *a = arena_new("pickup");
    struct listing l = {.count = 0};
    struct failed bad = {.count = 0};
    const struct sftp_file **order = NULL;
    uint32_t i = 0;
    rc_t rc = party_link(v, e);

    if (rc == RC_OK)
        rc = mend_noted(v, e);
    if (rc == RC_OK)
        rc = watch_look(v, a, e);
    if (rc == RC_OK && (rc = list_box(v, a, &l, e)) == RC_OK) {
        order = in_order(a, &l);
        rc = note_odd(v, a, &l, e);
    }
    /* Files that failed before come last (in_order), and they may use up FAILED_MS of the visit: a box full of what cannot be
     * taken delays what can be by no more. */
    for (; rc == RC_OK && i < l.count && bad.ms < FAILED_MS; i++)
        rc = visit_file(v, a, &l, order[i], &bad, e);
    if (rc == RC_OK && bad.count)
        rc = end_failed(v, &bad, l.count - i, e);
    else if (bad.first.code != ERR_NONE)
        log_err(LOG_ERROR, &bad.first);
    buf_free(&bad.names);
    arena_free(&a);
    return rc;
}

rc_t
pickup_run(struct job *job, struct err *e)
{
    const struct conf *c = job->hub->conf;
    const struct party_round round = {visit, NULL, LINKS_AT_ONCE, LINK_PATIENCE_MS, true, NULL};
    uint64_t removed = 0, left = 0;
    rc_t rc = spool_clean(job->hub->spool, &removed, e);

    if (rc == RC_OK)
        rc = fsio_free_bytes(c->spool.root, &left, e);
    if (rc == RC_OK && left < c->spool.min_free)
        rc = err_set(e, RC_RETRY, ERR_NO_SPACE,
                     "%s: %llu MiB free, spool.min-free asks for %llu MiB; nothing is picked up",
                     c->spool.root, (unsigned long long)left >> 20,
                     (unsigned long long)c->spool.min_free >> 20);
    return rc == RC_OK ? party_each(job, &round, e) : rc;
}
