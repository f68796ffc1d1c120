#include "lanes.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Equal parts of the range of subject_hash. */
static rc_t
set_share(struct lanes *l, int lane, struct err *e)
{
    const uint64_t part = UINT64_MAX / LANES;
    uint64_t low = part * (uint64_t)lane;
    uint64_t high = lane == LANES - 1 ? UINT64_MAX : low + part - 1;
    char text[24];
    rc_t rc;

    /* unsigned parts of the range, seen as the signed numbers that a bigint holds: the top bit turned over */
    snprintf(text, sizeof text, "%" PRId64, (int64_t)(low ^ 1ull << 63));
    if ((rc = db_set(l->db[lane], "hub.low", text, e)) != RC_OK)
        return rc;
    snprintf(text, sizeof text, "%" PRId64, (int64_t)(high ^ 1ull << 63));
    return db_set(l->db[lane], "hub.high", text, e);
}

rc_t
lanes_open(struct lanes *l, struct hub *hub, struct err *e)
{
    rc_t rc = RC_OK;

    *l = (struct lanes){.db = {hub->db}};
    for (int i = 0; rc == RC_OK && i < LANES; i++) {
        if (i > 0)
            rc = hub_connect(hub, &l->db[i], "landport lane", e);
        if (rc == RC_OK && (rc = set_share(l, i, e)) == RC_OK)
            rc = db_set(l->db[i], "max_parallel_workers_per_gather", "0", e);
    }
    return rc;
}

void
lanes_close(struct lanes *l)
{
    db_rollback(l->db[0]);
    for (int i = 1; i < LANES; i++)
        db_close(&l->db[i]);
}

rc_t
lanes_set(struct lanes *l, const char *name, const char *value, struct err *e)
{
    rc_t rc = RC_OK;

    for (int i = 0; rc == RC_OK && i < LANES; i++)
        rc = db_set(l->db[i], name, value, e);
    return rc;
}

/* Else a receipt that is committed between the two BEGINs would count for the trades of one lane and not for those of the
 * other. */
static rc_t
share_view(struct lanes *l, struct err *e)
{
    struct arena *a = arena_new("lanes");
    struct db_result *r;
    rc_t rc = db_query(l->db[0], a, "SELECT pg_export_snapshot()", DB_NONE, &r, e);

    for (int i = 1; rc == RC_OK && i < LANES; i++)
        rc =
            db_exec(l->db[i],
                    arena_printf(a, "SET TRANSACTION SNAPSHOT %s", db_literal(a, db_text(r, 0, 0))),
                    DB_NONE, NULL, e);
    arena_free(&a);
    return rc;
}

rc_t
lanes_begin(struct lanes *l, bool one_view, struct err *e)
{
    rc_t rc = RC_OK;

    for (int i = 0; rc == RC_OK && i < LANES; i++)
        rc = db_exec(l->db[i], one_view ? "BEGIN ISOLATION LEVEL REPEATABLE READ" : "BEGIN",
                     DB_NONE, NULL, e);
    return rc == RC_OK && one_view ? share_view(l, e) : rc;
}

void
lanes_each(struct lanes *l, const char *const sql[LANES], struct lane_end ends[LANES])
{
    bool sent[LANES] = {false};

    memset(ends, 0, LANES * sizeof *ends);
    for (int i = 0; i < LANES; i++)
        if (sql[i]) {
            ends[i].rc = db_send(l->db[i], sql[i], &ends[i].err);
            sent[i] = ends[i].rc == RC_OK;
        }
    /* each is waited for, also after one has failed: a connection in the middle of a statement can be used for nothing else */
    for (int i = 0; i < LANES; i++)
        if (sent[i])
            ends[i].rc = db_wait(l->db[i], sql[i], &ends[i].err);
}

rc_t
lanes_run(struct lanes *l, const char *const sql[LANES], struct err *e)
{
    struct lane_end ends[LANES];

    lanes_each(l, sql, ends);
    for (int i = 0; i < LANES; i++)
        if (ends[i].rc != RC_OK) {
            *e = ends[i].err;
            return ends[i].rc;
        }
    return RC_OK;
}

rc_t
lanes_all(struct lanes *l, const char *sql, struct err *e)
{
    const char *each[LANES];

    for (int i = 0; i < LANES; i++)
        each[i] = sql;
    return lanes_run(l, each, e);
}

/* Backwards, and without lane 0: killed in the middle, what says that the work is done is not there, and the others' part is
 * done again over what they committed. */
rc_t
lanes_commit(struct lanes *l, struct err *e)
{
    rc_t rc = RC_OK;

    for (int i = LANES - 1; rc == RC_OK && i > 0; i--)
        rc = db_commit(l->db[i], e);
    return rc;
}
