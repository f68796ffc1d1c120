/*
 * cluster.h - the private PostgreSQL cluster of `database { embedded = "…" }`.
 *
 * Shape    <dir>/data, <dir>/log, socket in <dir>/run (or a short folder below /tmp when the path
 *          would pass 107 bytes); no TCP. As root everything belongs to and runs as the account
 *          `postgres`; as an ordinary user it is the user's own. Database name: landport; role:
 *          the account's name, trust on the socket whose folder only that account (and root) enters.
 * Errors   RC_FAIL ERR_DATABASE with the last lines of the server's log; RC_RETRY when it does not
 *          come up in time.
 */
#ifndef LANDPORT_CLUSTER_H
#define LANDPORT_CLUSTER_H

#include <stdbool.h>

#include "arena.h"
#include "err.h"

/* Path of initdb and pg_ctl: /usr/lib/postgresql/15/bin, else found by PATH. */
/* initdb where nothing is, start where it does not run, create the database; *conninfo for db_open. */
rc_t cluster_start(struct arena *a, const char *dir, const char **conninfo, struct err *e);
rc_t cluster_stop(struct arena *a, const char *dir,
                  struct err *e); /* fast mode; not running is fine */
bool cluster_running(struct arena *a, const char *dir);
/* Is there one to start? False only where nothing lies at all. */
bool cluster_made(struct arena *a, const char *dir);
/* Only the connection string, no start. */
const char *cluster_conninfo(struct arena *a, const char *dir);

#endif
