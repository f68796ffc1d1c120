#include "deliver.h"

#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/log.h"
#include "spool/digest.h"
#include "spool/unpack.h"
#include "sql/statements.h"
#include "table.h"

struct delivery {
    struct visit *v;
    struct arena *arena;
    const struct conf_agency *agency;
    struct deliver_bundle bundle;
    const char *dir;    /* where its files go */
    const char **known; /* what was proven before this visit: names, sorted */
    size_t known_count;
    bool told_only;   /* all of it is there, or was: nothing is sent */
    struct blob file; /* the one at hand */
    bool begun;      /* something was sent in this visit: it may lie there, whatever became of it */
    struct buf told; /* of each, as the proof says it */
    uint32_t count;
    struct sent {
        const char *name;
        uint64_t bytes;
    } * all;
};

static bool
is_folder(const struct delivery *d)
{
    return !strcmp(d->bundle.container, "folder");
}

/* ---- the lock ---- */

static const char *
lock_path(const struct delivery *d)
{
    return arena_printf(d->arena, "%s/%s", d->v->party.box->out, d->agency->lock);
}

/* Its bytes are the same each time, so that one which a killed run left is known for ours. */
static rc_t
lock_take(struct delivery *d, const char *name, struct err *e)
{
    struct arena *a = d->arena;
    const char *text = arena_printf(a, "landport %s %s\n", d->v->hub->conf->zone.code, name);
    struct digest *sum;
    char sha256[DIGEST_HEX];
    rc_t rc;

    if (!d->agency->lock)
        return RC_OK;
    sum = digest_new();
    digest_update(sum, text, strlen(text));
    digest_hex(sum, sha256);
    digest_free(&sum);
    if ((rc = blob_empty(&d->file, e)) != RC_OK ||
        (rc = blob_write(&d->file, text, strlen(text), e)) != RC_OK)
        return rc;
    rc = sftp_publish(d->v->link,
                      &(struct sftp_delivery){d->file, d->v->party.box->out, d->agency->lock,
                                              strlen(text), sha256, false},
                      e);
    if (rc == RC_FAIL && e->code == ERR_VERIFY)
        rc =
            err_set(e, RC_RETRY, ERR_FOLDER_LOCKED,
                    "%s: %s lies in its drop box, so somebody is at work there; the next run looks "
                    "again",
                    d->agency->id, lock_path(d));
    return rc;
}

/* Half of a bundle must not be fetched as if it were all: where something is there and not the rest, the lock stays until
 * the next run has sent that. */
static rc_t
lock_release(struct delivery *d, rc_t rc, struct err *e)
{
    struct err why = {0};
    bool half = rc != RC_OK && (d->begun || d->known_count);
    rc_t gone;

    if (!d->agency->lock)
        return rc;
    if (half) {
        log_warn("%s stays until the rest of %s is there", lock_path(d), d->bundle.name);
        return rc;
    }
    gone = sftp_remove(d->v->link, lock_path(d), &why);
    if (rc == RC_OK && gone != RC_OK) {
        *e = why;
        return gone;
    }
    return rc;
}

/* ---- what is proven ---- */

static int
by_name(const void *name, const void *row)
{
    return strcmp(name, *(const char *const *)row);
}

/* Was it read back before this visit? */
static bool
is_proven(const struct delivery *d, const char *name)
{
    return bsearch(name, d->known, d->known_count, sizeof *d->known, by_name) != NULL;
}

static rc_t
load_proven(struct delivery *d, struct err *e)
{
    struct db_result *r;
    rc_t rc =
        db_query(d->v->hub->db, d->arena, SQL_PUBLISH_DELIVERED, DB_ARGS(d->bundle.id), &r, e);

    if (rc != RC_OK)
        return rc;
    d->known = ARENA_ARRAY(d->arena, const char *, (size_t)r->rows + 1);
    d->known_count = (size_t)r->rows;
    for (int i = 0; i < r->rows; i++)
        d->known[i] = db_text(r, i, 0);
    return RC_OK;
}

static rc_t
prove(struct delivery *d, const char *name, struct err *e)
{
    return db_exec(d->v->hub->db, SQL_PUBLISH_DELIVERED_ADD, DB_ARGS(d->bundle.id, name), NULL, e);
}

/* ---- files ---- */

static bool
is_ours(const char *name)
{
    return !strncmp(name, "manifest.xml", strlen("manifest.xml"));
}

static rc_t
copy_out(struct delivery *d, struct source data, uint64_t *bytes, char sha256[DIGEST_HEX],
         struct err *e)
{
    struct digest *sum = digest_new();
    char block[65536];
    size_t n = 0;
    rc_t rc = blob_empty(&d->file, e);

    *bytes = 0;
    while (rc == RC_OK && (rc = data.read(data.ctx, block, sizeof block, &n, e)) == RC_OK && n) {
        digest_update(sum, block, n);
        *bytes += n;
        rc = blob_write(&d->file, block, n, e);
    }
    digest_hex(sum, sha256);
    digest_free(&sum);
    return rc;
}

/* In a folder that has no name yet nobody fetches: there each file is looked at again. */
static rc_t
send_entry(struct delivery *d, const char *name, uint64_t bytes, const char *sha256, struct err *e)
{
    rc_t rc;

    if (d->told_only || (!is_folder(d) && is_proven(d, name)))
        return RC_OK;
    d->begun = true;
    rc = sftp_publish(d->v->link,
                      &(struct sftp_delivery){d->file, d->dir, name, bytes, sha256, false}, e);
    return rc == RC_OK ? prove(d, name, e) : rc;
}

static rc_t
deliver_entry(void *ctx, const char *name, uint64_t size, struct source data, struct err *e)
{
    struct delivery *d = ctx;
    const char *slash = strrchr(name, '/'), *bare = arena_str(d->arena, slash ? slash + 1 : name);
    char sha256[DIGEST_HEX];
    uint64_t bytes;
    rc_t rc;

    (void)size;
    if ((rc = copy_out(d, data, &bytes, sha256, e)) != RC_OK)
        return rc;
    if (is_ours(name) && !d->agency->manifest_sent)
        return RC_OK;
    if ((rc = send_entry(d, bare, bytes, sha256, e)) != RC_OK)
        return rc;
    buf_str(&d->told, d->count ? "," : "");
    buf_str(&d->told, "{\"name\":");
    json_string(&d->told, bare);
    buf_printf(&d->told, ",\"bytes\":%llu,\"sha256\":\"%s\"}", (unsigned long long)bytes, sha256);
    d->all = arena_grow(d->arena, d->all, sizeof *d->all, d->count);
    d->all[d->count++] = (struct sent){bare, bytes};
    fault_point("deliver-file");
    return RC_OK;
}

/* ---- a folder ---- */

static rc_t
is_there(struct delivery *d, const char *path, bool *there, struct err *e)
{
    struct sftp_file file;
    struct err why = {0};
    rc_t rc = sftp_stat(d->v->link, path, &file, &why);

    *there = rc == RC_OK;
    if (rc == RC_OK || rc == RC_REJECT)
        return RC_OK;
    *e = why;
    return rc;
}

static const struct sent *
sent_as(const struct delivery *d, const char *name)
{
    for (uint32_t i = 0; i < d->count; i++)
        if (!strcmp(d->all[i].name, name))
            return &d->all[i];
    return NULL;
}

/* Under its own name it holds what was sent, or what is left of that, and nothing else. */
static rc_t
check_folder(struct delivery *d, const char *path, struct err *e)
{
    struct sftp_file *files;
    uint32_t count, right = 0;
    rc_t rc = sftp_list(d->v->link, d->arena, path, &files, &count, e);

    for (uint32_t i = 0; rc == RC_OK && i < count; i++) {
        const struct sent *s = sent_as(d, files[i].name);

        if (!s || files[i].size != s->bytes)
            return err_set(e, RC_FAIL, ERR_VERIFY, "%s/%s: %s", path, files[i].name,
                           s ? "has other bytes than were sent" : "was not sent; take it away");
        right++;
    }
    if (rc == RC_OK && right != d->count)
        log_warn("%s: %u of %u files are gone, taken, as it seems", path, d->count - right,
                 d->count);
    return rc;
}

/* Both names gone: it was read back before it was renamed, and is fetched. */
static rc_t
check_arrived(struct delivery *d, const char *final, const char *part, struct err *e)
{
    bool there = false, left = false;
    rc_t rc = is_there(d, final, &there, e);

    if (rc == RC_OK && there)
        return check_folder(d, final, e);
    if (rc == RC_OK && (rc = is_there(d, part, &left, e)) == RC_OK && left)
        return err_set(e, RC_FAIL, ERR_VERIFY,
                       "%s is not there and %s still is, although the rename was acknowledged",
                       final, part);
    if (rc == RC_OK)
        log_warn("%s: gone as soon as it had its name; taken, as it seems", final);
    return rc;
}

/* All is there under the other name: it is kept that it was, then it gets its own. */
static rc_t
name_folder(struct delivery *d, const char *mark, const char *part, const char *final,
            struct err *e)
{
    rc_t rc = prove(d, mark, e);

    fault_point("deliver-whole");
    return rc == RC_OK ? sftp_rename(d->v->link, part, final, e) : rc;
}

static rc_t
deliver_folder(struct delivery *d, struct blob zip, struct err *e)
{
    const char *name = d->bundle.name, *mark = arena_printf(d->arena, "%s/", name);
    const char *final = arena_printf(d->arena, "%s/%s", d->v->party.box->out, name);
    const char *part = arena_printf(d->arena, "%s.part", final);
    bool done = false, left = false, whole = is_proven(d, mark);
    rc_t rc = is_there(d, final, &done, e);

    if (rc == RC_OK && !done)
        rc = is_there(d, part, &left, e);
    /* a run was killed behind the rename, and the folder or part of it may be fetched since */
    d->told_only = whole && !left;
    d->dir = done ? final : part;
    if (rc == RC_OK && !done && !d->told_only)
        rc = sftp_folder(d->v->link, part, e);
    if (rc == RC_OK && (rc = unpack_list(zip, deliver_entry, d, e)) == RC_OK && !done &&
        !d->told_only)
        rc = name_folder(d, mark, part, final, e);
    fault_point("deliver-renamed");
    return rc == RC_OK ? check_arrived(d, final, part, e) : rc;
}

rc_t
deliver_files(struct visit *v, struct arena *a, struct blob zip, const struct deliver_bundle bundle,
              const char **files, struct err *e)
{
    struct delivery d = {.v = v,
                         .arena = a,
                         .agency = conf_agency(v->hub->conf, v->party.id),
                         .bundle = bundle,
                         .dir = v->party.box->out,
                         .file = BLOB_NONE};
    rc_t rc = blob_temporary(&d.file, spool_tmp(v->hub->spool), e);

    if (rc != RC_OK)
        return rc;
    if ((rc = load_proven(&d, e)) == RC_OK && (rc = lock_take(&d, bundle.name, e)) == RC_OK) {
        rc = is_folder(&d) ? deliver_folder(&d, zip, e) : unpack_list(zip, deliver_entry, &d, e);
        rc = lock_release(&d, rc, e);
    }
    buf_put(&d.told, "", 1);
    *files = arena_printf(a, ",\"files\":[%s]", d.told.p);
    buf_free(&d.told);
    blob_close(&d.file);
    return rc;
}
