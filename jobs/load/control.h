/*
 * control.h - control totals of a batch, between the database and the child that counts.
 *
 * Shape    control_said() gives what the partner said beside the file and holds what is known to be
 *          wrong before a row is read: a text nobody can read, another file than its sha256.
 *          control_keep() stores what the child counted. hub.totals has both.
 */
#ifndef LANDPORT_CONTROL_H
#define LANDPORT_CONTROL_H

#include "load/task.h"
#include "sql/db.h"

/* reason->code says whether the file is to be held; overrides: for what it may not. */
rc_t control_said(struct db *db, struct arena *a, const char *batch, const char *file_id,
                  const char *overrides, struct totals *said, struct rows_reason *reason,
                  struct err *e);
/* The same of a text that is at hand, beside the file `name`. */
void control_heard(struct span text, const char *name, const char *file_id, const char *overrides,
                   struct totals *said, struct rows_reason *reason);
/* Count the parts of an upload with several data files, by their numbers, against task->said; without anything
 * said of rows or amounts, nothing. */
rc_t control_parts(const struct rows_task *task, const int *items, int parts,
                   struct rows_totals *totals, struct rows_reason *reason, struct err *e);
rc_t control_keep(struct db *db, const char *batch, const struct rows_totals *totals,
                  struct err *e);

#endif
