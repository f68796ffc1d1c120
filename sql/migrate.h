/*
 * migrate.h - brings schema hub to the version this program wants.
 *
 * Shape    sql/migrations/NNNN_name.sql, embedded, applied in order, one transaction each (the
 *          file holds no BEGIN or COMMIT), recorded in hub.migration in the same transaction.
 * Errors   RC_FAIL ERR_DATABASE for a statement that fails; RC_FATAL ERR_DATABASE, with what to do, for a
 *          database that is newer than the program or, once it should run, older.
 */
#ifndef LANDPORT_MIGRATE_H
#define LANDPORT_MIGRATE_H

#include "db.h"

/* *from and *to receive version numbers. */
rc_t migrate_run(struct db *db, int *from, int *to, struct err *e);
/* Is the database at the program's version? */
rc_t migrate_check(struct db *db, struct err *e);

#endif
