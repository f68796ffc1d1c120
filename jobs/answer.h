/*
 * answer.h - what a partner is told about an upload: NAME.ack.xml, NAME.rejects.csv or .xlsx.
 *
 * Shape    answer_write() runs inside the transaction that ends the batch: the files are in the
 *          spool and hub.answer points to them when that transaction commits. One ack
 *          an upload: with the last of its batches. An agency is told nothing: nobody answers an answer.
 * Needs    The row of hub.batch complete, its faults in stage_reject.
 */
#ifndef LANDPORT_ANSWER_H
#define LANDPORT_ANSWER_H

#include "job.h"
#include "load/task.h"
#include "message.h"
#include "rejects.h"

/* task: how the upload was read; NULL where it could not be (held): then only an ack. */
rc_t answer_write(struct hub *hub, const struct format *ack, int64_t batch_id,
                  const struct rows_task *task, struct err *e);

/* The bytes alone, for who has another place for them: of the ack to an upload (its first batch), */
rc_t answer_ack(struct hub *hub, struct arena *a, const struct format *ack, int64_t upload,
                struct sink out, struct err *e);
/* and of what comes back of a batch (upload: its row of ingest/upload.sql). Without its file in the task
 * only lines and reasons; told->book then says as what. */
rc_t answer_rejects(struct hub *hub, const struct db_result *upload, const struct rows_task *task,
                    struct sink out, struct rejects_told *told, struct err *e);

#endif
