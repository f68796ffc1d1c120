/*
 * migrate.h - brings schema hub to the version this program wants.
 *
 * Shape    An empty database gets the tables (sql/schema) and the number of the newest migration; an older
 *          one each migration (sql/migrations/NNNN_name.sql) after its own, one transaction each with its
 *          row in hub.migration (the files hold no BEGIN or COMMIT). Functions and views (sql/functions)
 *          have no versions: they are made anew wherever the database has others, each with CREATE OR
 *          REPLACE; what that refuses, such as a view with other columns, is dropped and made again, and
 *          what no file makes any more is dropped.
 * Errors   RC_FAIL ERR_DATABASE for a statement that fails; RC_FATAL ERR_DATABASE, with what to do, for a
 *          database that is newer than the program or, once it should run, older or half made.
 */
#ifndef LANDPORT_MIGRATE_H
#define LANDPORT_MIGRATE_H

#include "sql/db.h"

#define MIGRATE_FIRST 1 /* the version before any migration; they count from the next */

/* Lists of files that end with NULL; a function or table comes after what it names. */
struct sql_file;
struct migrate_plan {
    const struct sql_file *schema, *functions, *migrations;
};
extern const struct migrate_plan migrate_ours; /* the program's own */

/* The tables. *from and *to receive version numbers. */
rc_t migrate_run(struct db *db, const struct migrate_plan *plan, int *from, int *to, struct err *e);
/* Functions and views, in the caller's transaction. *made: they were others, or not there. */
rc_t migrate_make(struct db *db, const struct migrate_plan *plan, bool *made, struct err *e);
/* What init itself has changed of them since is as it should be, in the same transaction. */
rc_t migrate_note(struct db *db, struct err *e);
/* Is the database what the program wants, tables, functions and views? */
rc_t migrate_check(struct db *db, const struct migrate_plan *plan, struct err *e);

#endif
