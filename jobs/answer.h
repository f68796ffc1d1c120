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

#include "ingest_rows.h"
#include "job.h"
#include "message.h"

/* task: how the upload was read; NULL where it could not be (held): then only an ack. */
rc_t answer_write(struct hub *hub, const struct format *ack, int64_t batch_id,
                  const struct rows_task *task, struct err *e);

#endif
