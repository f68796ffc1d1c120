/*
 * rejects.h - the refused rows of an upload, as its partner gets them back.
 *
 * Shape    Made from the upload itself, record by record, so that every value is as it came: a text in
 *          its charset, with its delimiter and line ends; of XML a CSV; of a workbook a workbook whose
 *          cells are all text, so that no program makes other numbers of them. Four columns are
 *          added: _line, _column, _code, _message; a row of another sheet than the first says
 *          "sheet!5" in _line. Where they are the upload's own last columns, a correction that was sent back, they
 *          come instead of those. An upload's reader passes them over, and the last row too, which
 *          says how many rows are not there.
 * Limits   `most`: after so many bytes rows are only counted; so are those of faults after the first `faults`.
 * Needs    The faults in stage_reject. Errors as of the sink and of the child that reads.
 */
#ifndef LANDPORT_REJECTS_H
#define LANDPORT_REJECTS_H

#include "base/stream.h"
#include "job.h"
#include "load/task.h"

struct rejects_told {
    uint64_t most;    /* asked: bytes; 0: all */
    uint64_t faults;  /* asked; 0: all */
    uint64_t refused; /* rows, also those without a fault in stage_reject; 0: as many as have one */
    bool book;        /* a workbook was written */
    uint64_t rows, left; /* records that were written; that were not */
};

/* task: how the upload was read. */
rc_t rejects_write(struct hub *hub, const struct rows_task *task, struct sink out,
                   struct rejects_told *told, struct err *e);
/* The same where the upload is nowhere any more: lines and reasons, without what stood there. told->book is asked. */
rc_t rejects_list(struct hub *hub, const struct rows_task *task, struct sink out,
                  struct rejects_told *told, struct err *e);

/* The sentence of an error with what was wanted in its place, then what was seen: "…（实际：…）", "… (seen: …)". */
void rejects_sentence(struct buf *out, const struct err_text *t, bool zh, const char *seen,
                      const char *want);

#endif
