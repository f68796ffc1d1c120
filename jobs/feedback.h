/*
 * feedback.h - what agencies answered, for the partners whose rows it is about.
 *
 * Shape    feedback-YYYYMMDD-NN.csv and .xml (formats/feed/feedback.xsd), one each a partner with news;
 *          which receipts it tells and that they are told commit together, then publish sends the files
 *          like every answer.
 * Memory   Does not grow with the number of answers.
 */
#ifndef LANDPORT_FEEDBACK_H
#define LANDPORT_FEEDBACK_H

#include "base/stream.h"
#include "job.h"

rc_t feedback_make(struct job *job, struct err *e);
/* The same bytes, but for the time in them, of a file that has been made: in a transaction. */
rc_t feedback_again(struct hub *hub, struct arena *a, const char *party, const char *name,
                    struct sink out, struct err *e);

#endif
