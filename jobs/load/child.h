/*
 * child.h - the parent's side of the child process that reads what partners sent.
 *
 * Shape    Uploads are unpacked, decoded, split and checked in a child of a process of its own (reader.h)
 *          that has the open file, its key and one pipe, and nothing else (read_rows.h). The parent gets
 *          frames and believes none of their content: rows go to PostgreSQL as COPY data, texts are shown.
 * Errors   One whose bytes in the spool are damaged is RC_FAIL ERR_SPOOL_DAMAGED, out of rows_frame(). A
 *          child that dies, or sends nothing for quiet_s while it is waited for, is RC_RETRY ERR_CHILD.
 */
#ifndef LANDPORT_CHILD_H
#define LANDPORT_CHILD_H

#include "load/task.h"

struct rows_child {
    int control; /* of its end (reader.h); -1: there is none */
    int fd;
    uint32_t quiet_s;
    char *payload;
    uint32_t size;
};

void rows_room_close(struct rows_room *m);
rc_t rows_start(struct rows_child *c, const struct rows_task *t, struct err *e);
/* Next frame; payload is valid until the next call. RC_END after the child closed its end. */
rc_t rows_frame(struct rows_child *c, enum frame_type *type, const char **payload, uint32_t *n,
                struct err *e);
/* What it says, as it may be used: texts have their end, numbers are within bounds. RC_RETRY ERR_CHILD. */
rc_t rows_facts_read(struct rows_facts *facts, const char *p, uint32_t n, uint32_t feeds,
                     uint32_t mappings, struct err *e);
rc_t rows_totals_read(struct rows_totals *totals, const char *p, uint32_t n, struct err *e);
rc_t rows_untold_read(struct rows_untold *untold, const char *p, uint32_t n, struct err *e);
/* Keep the name of a sheet (FRAME_SHEET) in the task. */
rc_t rows_sheet(struct rows_task *t, struct arena *a, const char *payload, uint32_t n,
                struct err *e);
/* A line as people find it: of the first sheet its row, of another "sheet!5". */
const char *rows_place(const struct rows_task *t, struct arena *a, uint64_t line);
/* Reap; kills what still runs. RC_RETRY ERR_CHILD unless it ended by itself in good order. */
rc_t rows_finish(struct rows_child *c, struct err *e);

#endif
