/*
 * rows_file.h - tables whose rows are files: formats/FOLDER/TABLE.tsv, of the program or of the site.
 *
 * Shape    What a file is, and what becomes of rows somebody put in by hand: sql/init/rows.sql. A
 *          site's file takes the place of the program's of the same name.
 *          One that is no table, or does not fit its table, is told with its line and column, and changes nothing; the others
 *          are taken.
 * Errors   The database's.
 */
#ifndef LANDPORT_ROWS_FILE_H
#define LANDPORT_ROWS_FILE_H

#include "job.h"

/* Files that are not as they were when they were taken in, new ones, and those that are gone; a list
 * in the arena that ends with NULL. */
rc_t rows_file_changed(struct hub *hub, const char ***files, struct err *e);
/* Take them in, in the caller's transaction, as who owns the database. Afterwards `files` has those that were taken, *refused
 * a sentence for each that was not; both end with NULL. */
rc_t rows_file_take(struct hub *hub, const char **files, const char ***refused, struct err *e);
/* What init would say of it, in a transaction of its own that is rolled back; *fault NULL: it would take it. */
rc_t rows_file_try(struct hub *hub, const char *file, const char **fault, struct err *e);

#endif
