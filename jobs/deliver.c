#include "deliver.h"

#include <string.h>

#include "base/fault.h"
#include "base/log.h"
#include "spool/digest.h"
#include "spool/unpack.h"
#include "table.h"

struct delivery {
    struct visit *v;
    struct arena *arena;
    const struct conf_agency *agency;
    const char *dir;  /* where its files go */
    struct blob file; /* the one at hand */
    struct buf told;  /* of each, as the proof says it */
    uint32_t count;
    struct sent {
        const char *name;
        uint64_t bytes;
    } * all;
};

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

/* In any case, also of what failed. */
static rc_t
lock_release(struct delivery *d, rc_t rc, struct err *e)
{
    struct err why = {0};
    rc_t gone = d->agency->lock ? sftp_remove(d->v->link, lock_path(d), &why) : RC_OK;

    if (rc == RC_OK && gone != RC_OK) {
        *e = why;
        return gone;
    }
    return rc;
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
    rc = sftp_publish(d->v->link,
                      &(struct sftp_delivery){d->file, d->dir, bare, bytes, sha256, false}, e);
    if (rc != RC_OK)
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

/* Under its own name it holds what was sent, and nothing else. */
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
        rc = err_set(e, RC_FAIL, ERR_VERIFY, "%s: %u files were sent, %u are there", path, d->count,
                     right);
    return rc;
}

static rc_t
deliver_folder(struct delivery *d, struct blob zip, const char *name, struct err *e)
{
    const char *final = arena_printf(d->arena, "%s/%s", d->v->party.box->out, name);
    const char *part = arena_printf(d->arena, "%s.part", final);
    bool done = false;
    rc_t rc = is_there(d, final, &done, e);

    d->dir = done ? final : part; /* a run was killed behind the rename */
    if (rc == RC_OK && !done)
        rc = sftp_folder(d->v->link, part, e);
    if (rc == RC_OK && (rc = unpack_list(zip, deliver_entry, d, e)) == RC_OK && !done)
        rc = sftp_rename(d->v->link, part, final, e);
    fault_point("deliver-renamed");
    return rc == RC_OK ? check_folder(d, final, e) : rc;
}

rc_t
deliver_files(struct visit *v, struct arena *a, struct blob zip, const char *name,
              const char *container, const char **files, struct err *e)
{
    struct delivery d = {.v = v,
                         .arena = a,
                         .agency = conf_agency(v->hub->conf, v->party.id),
                         .dir = v->party.box->out,
                         .file = BLOB_NONE};
    rc_t rc = blob_temporary(&d.file, spool_tmp(v->hub->spool), e);

    if (rc != RC_OK)
        return rc;
    if ((rc = lock_take(&d, name, e)) == RC_OK) {
        rc = strcmp(container, "folder") ? unpack_list(zip, deliver_entry, &d, e)
                                         : deliver_folder(&d, zip, name, e);
        rc = lock_release(&d, rc, e);
    }
    buf_put(&d.told, "", 1);
    *files = arena_printf(a, ",\"files\":[%s]", d.told.p);
    buf_free(&d.told);
    blob_close(&d.file);
    return rc;
}
