#include "mend.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "declare.h"
#include "pickup.h"
#include "remake.h"
#include "sql/statements.h"
#include "stored.h"

/* Of a file that may be another one by now no more is read than the batch had. */
static rc_t
fetch(struct visit *v, const char *path, uint64_t size, const char *file_id, struct err *e)
{
    struct spool_file *out = NULL;
    uint64_t bytes;
    rc_t rc = spool_begin(v->hub->spool, &out, e);

    if (rc == RC_OK) {
        struct bounded b = {spool_sink(out), size, ERR_SPOOL_DAMAGED,
                            "another file, with more bytes"};

        rc = sftp_get(v->link, path, sink_bounded(&b), NULL, NULL, &bytes, e);
    }
    if (rc == RC_OK)
        rc = spool_commit_as(&out, file_id, e);
    spool_abort(&out);
    return rc;
}

/* Where pickup may have left it. */
static rc_t
fetch_batch(struct visit *v, struct arena *a, const struct db_result *r, int row,
            const char *file_id, struct err *e)
{
    const struct conf_dropbox *box = v->party.box;
    const char *batch = db_text(r, row, "upload"), *name = db_text(r, row, "name");
    const char *const places[] = {
        arena_printf(a, "%s/%s", box->done, name),
        arena_printf(a, "%s/%s.%s", box->done, name, batch),
        arena_printf(a, "%s/" PICKUP_TAKEN "%s", box->in, name),
    };
    rc_t rc = RC_REJECT;

    for (size_t i = *box->done ? 0 : 2; rc != RC_OK && i < sizeof places / sizeof *places; i++) {
        rc = fetch(v, places[i], (uint64_t)db_int(r, row, "size"), file_id, e);
        if (rc == RC_OK)
            log_warn("%s, batch %s: its bytes in the spool were damaged; fetched again from %s",
                     name, batch, places[i]);
        else if (e->code == ERR_SFTP_AWAY || rc == RC_FATAL)
            break;
    }
    return rc;
}

static rc_t
fetch_again(struct visit *v, struct arena *a, const char *file_id, struct err *e)
{
    struct db_result *r;
    rc_t rc =
        db_query(v->hub->db, a, SQL_PICKUP_DAMAGED_PLACES, DB_ARGS(file_id, v->party.id), &r, e);

    if (rc != RC_OK || !r->rows)
        return rc == RC_OK ? RC_REJECT : rc;
    if (!v->link && (rc = party_link(v, e)) != RC_OK)
        return rc;
    rc = RC_REJECT;
    for (int i = 0; rc != RC_OK && rc != RC_FATAL && i < r->rows; i++)
        rc = fetch_batch(v, a, r, i, file_id, e);
    return rc;
}

/* A bundle's bytes are made of what the database says, the same each time. */
static rc_t
write_again(struct visit *v, struct arena *a, const char *file_id, struct err *e)
{
    struct hub *hub = v->hub;
    struct spool_file *out = NULL;
    struct bundle_made made;
    struct db_result *r;
    rc_t rc = db_query(hub->db, a, "SELECT bundle_id, name FROM hub.bundle WHERE file_id = $1",
                       DB_ARGS(file_id), &r, e);

    if (rc != RC_OK || !r->rows)
        return rc == RC_OK ? RC_REJECT : rc;
    if ((rc = db_begin(hub->db, e)) == RC_OK && (rc = spool_begin(hub->spool, &out, e)) == RC_OK &&
        (rc = bundle_write(hub, a, db_int(r, 0, "bundle_id"), out, &made, NULL, e)) == RC_OK)
        rc = spool_commit_as(&out, file_id, e);
    spool_abort(&out);
    db_rollback(hub->db);
    if (rc == RC_OK)
        log_warn("%s: its bytes in the spool were damaged; written again", db_text(r, 0, "name"));
    return rc;
}

/* What was found, without the path of the file, which is made of its hash. */
static const char *
reason_of(const struct err *found)
{
    const char *at = strstr(found->text, ": ");

    return at ? at + 2 : found->text;
}

rc_t
mend_remember(struct hub *hub, const char *file_id, const struct err *found, bool *wanted,
              struct err *e)
{
    struct arena *a = arena_new("mend");
    struct db_result *r;
    char iso[21];
    rc_t rc = db_query(hub->db, a, SQL_PICKUP_DAMAGED_NOTE,
                       DB_ARGS(file_id,
                               arena_printf(a, "%s; whole neither in the archive nor the drop box",
                                            reason_of(found)),
                               clock_iso(clock_now(), iso)),
                       &r, e);

    *wanted = rc == RC_OK && r->rows;
    arena_free(&a);
    return rc;
}

rc_t
mend_note(struct job *job, const char *file_id, const struct err *found, struct err *e)
{
    bool wanted;
    rc_t rc = mend_remember(job->hub, file_id, found, &wanted, e);

    if (rc != RC_OK)
        return rc;
    if (!wanted) {
        log_warn("%s; nobody looks for it, since its batch was discarded", found->text);
        return RC_OK;
    }
    job_count(job, "damaged", 1);
    return err_set(e, RC_FAIL, ERR_SPOOL_DAMAGED,
                   "%s; whole neither in the archive nor the drop box", found->text);
}

rc_t
mend_file(struct visit *v, const char *file_id, struct err *e)
{
    struct arena *a = arena_new("mend");
    struct err found = {0}, other = {0};
    rc_t rc = spool_check(v->hub->spool, file_id, &found);

    /* From what costs least to what is least sure: our own archive; the partner's done/, whose bytes are believed only if their hash
     * is the file's; a bundle or an answer made anew of what the database says. Whatever helps, the bytes end under the same hash,
     * or they don't count. */
    if (rc != RC_OK && stored_is_damage(&found)) {
        if ((rc = stored_restore(v->hub, file_id, &other)) == RC_OK)
            log_warn("%s; taken from the archive", found.text);
        if (rc != RC_OK && (rc = fetch_again(v, a, file_id, &other)) != RC_OK)
            rc = write_again(v, a, file_id, &other);
        if (rc != RC_OK && rc != RC_FATAL && !v->party.agency &&
            (rc = remake_answers(v, file_id, &other)) != RC_OK && rc != RC_REJECT)
            log_err(LOG_WARN, &other);
        job_count(v->job, "mended", rc == RC_OK);
        if (rc != RC_OK && rc != RC_FATAL)
            rc = mend_note(v->job, file_id, &found, e);
        else if (rc == RC_FATAL)
            *e = other;
    } else if (rc != RC_OK) {
        *e = found;
    }
    if (rc == RC_OK)
        rc = db_exec(v->hub->db, SQL_PICKUP_DAMAGED_MENDED, DB_ARGS(file_id), NULL, e);
    arena_free(&a);
    return rc;
}

rc_t
mend_noted(struct visit *v, struct err *e)
{
    struct arena *a = arena_new("mend");
    struct db_result *r;
    rc_t rc = db_query(v->hub->db, a, SQL_PICKUP_DAMAGED, DB_ARGS(v->party.id), &r, e);

    for (int i = 0; rc == RC_OK && i < r->rows; i++) {
        rc = mend_file(v, db_text(r, i, 0), e);
        if (rc == RC_FAIL && e->code == ERR_SPOOL_DAMAGED) {
            log_err(LOG_ERROR, e);
            v->job->retry = true;
            *e = (struct err){0}; /* told */
            rc = RC_OK;
        }
    }
    arena_free(&a);
    return rc;
}
