/*
 * cluster.h - the private PostgreSQL cluster of `database { embedded = "…" }`.
 *
 * Shape    <dir>/data, <dir>/log, socket in <dir>/run (or a short folder below /tmp when the path
 *          would pass 107 bytes); no TCP. As root everything belongs to and runs as the account
 *          `postgres`; as an ordinary user it is the user's own. The socket's folder only that account
 *          (and root) enters. Database: landport. Roles: the three below, and the account's, the one
 *          superuser; who asks for one must be that account or root, as the kernel says (peer).
 *          Nobody else connects, nobody with a role of ours to another database.
 * Wall     A connection stays what it was opened as. A process of the account may open another one.
 * Errors   RC_FAIL ERR_DATABASE with the last lines of the server's log; RC_RETRY when it does not
 *          come up in time.
 */
#ifndef LANDPORT_CLUSTER_H
#define LANDPORT_CLUSTER_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

/* sql/roles/grants.sql says what they may */
#define CLUSTER_OWNER  "landport_owner"
#define CLUSTER_JOB    "landport_job"
#define CLUSTER_READER "landport_reader"

/* Path of initdb and pg_ctl: /usr/lib/postgresql/15/bin, else found by PATH. */
/* initdb where nothing is, start where it does not run, create database and roles, those of a
 * cluster from before they were as well. */
rc_t cluster_start(struct arena *a, const char *dir, struct err *e);
rc_t cluster_stop(struct arena *a, const char *dir,
                  struct err *e); /* fast mode; not running is fine */
bool cluster_running(struct arena *a, const char *dir);
/* Is there one to start? False only where nothing lies at all. */
bool cluster_made(struct arena *a, const char *dir);
/* Has it the roles? False of one that runs since before they were: cluster_start() brings it up. */
bool cluster_has_roles(struct arena *a, const char *dir);
/* For db_open, as one of the roles; no start. */
const char *cluster_conninfo(struct arena *a, const char *dir, const char *role);

#endif
