/*
 * lanes.h - the same work on several connections at once, each with its part of the trades.
 *
 * Shape    A backend a connection is PostgreSQL's unit of parallelism: two of them keep two cores
 *          busy where workers of one query would take turns. Lane 0 is the hub's own connection.
 *          A lane knows its share of the trades by the settings hub.low and hub.high, bounds of
 *          subject_hash, both included.
 * State    Each lane has its own transaction. Lane 0 is committed last and by the caller: what
 *          says that the work is done belongs there.
 * Errors   The first lane's that failed; all lanes have ended their statement by then.
 */
#ifndef LANDPORT_LANES_H
#define LANDPORT_LANES_H

#include "job.h"

#define LANES 2

struct lanes {
    struct db *db[LANES];
};

rc_t lanes_open(struct lanes *l, struct hub *hub, struct err *e);
/* Roll back what is open; close all but the hub's own. */
void lanes_close(struct lanes *l);
rc_t lanes_set(struct lanes *l, const char *name, const char *value, struct err *e);
/* BEGIN; with one_view all lanes see the database as it is now, whatever is committed later. */
rc_t lanes_begin(struct lanes *l, bool one_view, struct err *e);
/* A file of statements on each lane; sql[i] NULL: lane i has nothing to do. */
rc_t lanes_run(struct lanes *l, const char *const sql[LANES], struct err *e);
/* The same where one lane may fail without the other: how each ended. */
struct lane_end {
    rc_t rc;
    struct err err;
};
void lanes_each(struct lanes *l, const char *const sql[LANES], struct lane_end ends[LANES]);
rc_t lanes_all(struct lanes *l, const char *sql, struct err *e);
/* All but lane 0. */
rc_t lanes_commit(struct lanes *l, struct err *e);

#endif
