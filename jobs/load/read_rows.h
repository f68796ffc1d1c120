/*
 * read_rows.h - the child itself: an upload's bytes in, rows and what is wrong with them out (task.h).
 */
#ifndef LANDPORT_READ_ROWS_H
#define LANDPORT_READ_ROWS_H

#include "load/task.h"

/* Reads, sends, and ends. */
_Noreturn void rows_child_main(const struct rows_task *t, int out);

#endif
