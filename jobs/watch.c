#include "watch.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "pickup.h"
#include "sql/statements.h"

struct watched {
    int64_t id; /* of the upload */
    const char *name, *place;
    uint64_t size, mtime; /* as it was read */
    bool grew;            /* seen by an earlier look, which may have been killed */
    bool over;            /* looked at for the last time */
};

const char *
watch_kept(struct arena *a, const struct conf_dropbox *box, int64_t batch)
{
    return arena_printf(a, "%s/.watched.B%06lld", box->in, (long long)batch);
}

/* RC_REJECT when it is not there. A run that was killed did not say where it had moved it to. */
static rc_t
find_place(struct visit *v, struct arena *a, struct watched *w, struct sftp_file *now,
           struct err *e)
{
    const struct conf_dropbox *box = v->party.box;
    rc_t rc;

    if (w->place)
        return sftp_stat(v->link, w->place, now, e);
    w->place = *box->done ? arena_printf(a, "%s/%s.B%06lld", box->done, w->name, (long long)w->id)
                          : watch_kept(a, box, w->id);
    rc = sftp_stat(v->link, w->place, now, e);
    if (rc != RC_REJECT || !*box->done)
        return rc;
    w->place = arena_printf(a, "%s/%s", box->done, w->name);
    return sftp_stat(v->link, w->place, now, e);
}

/* A control that lies beside it counts for all of it as well. */
static rc_t
fetch_sum(struct visit *v, struct arena *a, const struct watched *w, const char *taken,
          struct err *e)
{
    const char *from = arena_printf(a, "%s" PICKUP_SUM, w->place);
    const char *to = arena_printf(a, "%s" PICKUP_SUM, taken);
    struct sftp_file sum;
    rc_t rc = sftp_stat(v->link, from, &sum, e);

    if (rc == RC_REJECT)
        return RC_OK;
    if (rc == RC_OK && (rc = sftp_remove(v->link, to, e)) == RC_OK)
        rc = sftp_rename(v->link, from, to, e);
    return rc;
}

/* Said in the database first: whoever finds it in in/ must know what it is. */
static rc_t
fetch_back(struct visit *v, struct arena *a, const struct watched *w, const struct sftp_file *now,
           struct err *e)
{
    const char *taken = arena_printf(a, "%s/" PICKUP_TAKEN "%s", v->party.box->in, w->name);
    struct sftp_file other;
    char iso[21];
    rc_t rc = sftp_stat(v->link, taken, &other, e);

    if (rc == RC_OK) /* another of its name is being taken: the next run sees to it */
        return RC_OK;
    if (rc != RC_REJECT || (rc = db_exec(v->hub->db, SQL_PICKUP_GREW,
                                         DB_ARGS(db_number(a, w->id), clock_iso(clock_now(), iso),
                                                 db_number(a, v->party.box->watch_s)),
                                         NULL, e)) != RC_OK)
        return rc;
    fault_point("watch-grew");
    if ((rc = fetch_sum(v, a, w, taken, e)) != RC_OK ||
        (rc = sftp_rename(v->link, w->place, taken, e)) != RC_OK)
        return rc;
    log_warn(
        "%s: batch B%06lld was read with %llu bytes, now it has %llu: its writer was not done; "
        "it is read again once it stays the same",
        w->name, (long long)w->id, (unsigned long long)w->size, (unsigned long long)now->size);
    job_count(v->job, "grown", 1);
    return RC_OK;
}

static rc_t
unwatch(struct visit *v, struct arena *a, const struct watched *w, struct err *e)
{
    return db_exec(v->hub->db, SQL_PICKUP_UNWATCH, DB_ARGS(db_number(a, w->id)), NULL, e);
}

static rc_t
look_at(struct visit *v, struct arena *a, struct watched *w, struct err *e)
{
    struct sftp_file now;
    char iso[21];
    rc_t rc = find_place(v, a, w, &now, e);

    if (rc == RC_REJECT) /* gone; fetched back it waits in in/ */
        return w->grew && !w->over ? RC_OK : unwatch(v, a, w, e);
    if (rc != RC_OK)
        return rc;
    if (now.size != w->size || now.mtime != w->mtime)
        return fetch_back(v, a, w, &now, e);
    if (w->over && !*v->party.box->done && (rc = sftp_remove(v->link, w->place, e)) != RC_OK)
        return rc;
    return db_exec(v->hub->db, SQL_PICKUP_LOOKED,
                   DB_ARGS(db_number(a, w->id), clock_iso(clock_now(), iso)), NULL, e);
}

rc_t
watch_look(struct visit *v, struct arena *a, struct err *e)
{
    struct db_result *r;
    char iso[21];
    rc_t rc = db_query(v->hub->db, a, SQL_PICKUP_WATCHED,
                       DB_ARGS(v->party.id, clock_iso(clock_now(), iso)), &r, e);

    for (int i = 0; rc == RC_OK && i < r->rows; i++) {
        struct watched w = {.id = db_int(r, i, "upload_id"),
                            .name = db_text(r, i, "name"),
                            .place = db_value(r, i, "place"),
                            .size = (uint64_t)db_int(r, i, "size"),
                            .mtime = (uint64_t)db_int(r, i, "mtime"),
                            .grew = db_bool(r, i, "grew"),
                            .over = db_bool(r, i, "over")};

        rc = look_at(v, a, &w, e);
        if (rc == RC_REJECT || (rc == RC_FAIL && e->code == ERR_SFTP)) {
            err_prefix(e, "%s", w.name);
            log_err(LOG_WARN, e);
            rc = RC_OK;
        }
    }
    return rc;
}
