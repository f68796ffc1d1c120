/*
 * migrate.h - brings schema hub to the version this program wants.
 *
 * Shape    sql/migrations/NNNN_name.sql, embedded, applied in order, one transaction each (the
 *          file holds no BEGIN or COMMIT), recorded in hub.migration in the same transaction.
 * Errors   RC_FAIL ERR_DATABASE; a database newer than the program is refused.
 */
#ifndef LANDPORT_MIGRATE_H
#define LANDPORT_MIGRATE_H

#include "db.h"

/* *from and *to receive version numbers. */
rc_t migrate_run(struct db *db, int *from, int *to, struct err *e);
/* RC_OK when the database is at the program's version; RC_FAIL says what to do. */
rc_t migrate_check(struct db *db, struct err *e);

#endif
