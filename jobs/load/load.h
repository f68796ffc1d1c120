/*
 * load.h - the rows of an upload in staging tables, and the verdict on them: what ingest does before
 * it keeps anything, and all that a check does.
 *
 * Shape    load_verdict() asks whether the file came before, reads it in a child, copies its rows into
 *          staging tables (temporary, gone with the transaction), runs the rules of its feed, holds the
 *          rows against the archive and asks the partner's limits. stage_reject has every fault then.
 *          What is to become of the file is in the result. Rows that stay were written if feeds_tables()
 *          said where: whoever does not take the file takes them out again (hub.take_out_all).
 * Several  Files of an agency, small ones above all, are staged side by side and judged by one run of the
 *          rules, as if each came after the one before it; rows are named by file and line (row_id).
 *          Those that are held take no rows with them.
 * Faults   The child tells the first of them (rows_task.faults). Rows whose faults it only counted are in
 *          stage_reject with an empty code where the rules may ask for them; a file that is refused whole for
 *          so many is not judged by rules any more, and they are only counted.
 * Trial    Nothing will follow: the feed's lock is not taken, so others go on meanwhile, and the
 *          verdict holds for the archive as it is seen now.
 * Calls    In an open transaction, once.
 * Errors   RC_RETRY ERR_CHILD when the child died; the database's own.
 */
#ifndef LANDPORT_LOAD_H
#define LANDPORT_LOAD_H

#include <time.h>

#include "base/stream.h"
#include "job.h"
#include "load/feeds.h"
#include "load/rows_take.h"
#include "load/task.h"

#define NOTICES_MAX 8

struct load {
    struct hub *hub;
    struct db *db;
    const struct feeds *feeds;
    bool trial;
    const struct rows_shape *stage; /* whose rows it holds; NULL: there is none yet */
    struct rows_room room;
    struct rows_taker taker; /* of the file at hand */
    struct buf rows, sealed; /* on their way to the database, as they came and as they go on */
};

struct load_batch {
    const char *id, *party, *name;
    const char *file_id; /* NULL: over the limit, not downloaded */
    uint64_t size;
    int attempts;
    const char *overrides; /* codes of holds that a person has released */
    time_t received;
    const char *upload, *item; /* upload_id; which data file of it */
    const char *entry;         /* its name inside an upload of several; NULL: it is all of it */
    const char *label;         /* for people: its name, and that inside the upload */
    bool part;                 /* one of several */
    bool whole;                /* of what was taken before it was whole */
    struct span sum;           /* in a trial: the control totals beside it */
    const struct conf_partner *partner; /* NULL: an agency; in a trial, nobody in particular */
    bool agency;
};

struct load_result {
    const char *state; /* NULL: it is to be split, or loaded alone */
    bool staged;       /* its rows and their faults lie in the staging tables */
    const char *feed;
    const char *rows_of; /* the feed whose statements take its rows */
    const struct rows_shape *shape;
    int copying; /* 1 + the table of it a COPY is open into, 0: none */
    struct buf
        names;  /* of the upload's data files, a JSON array without its end; null: passed over */
    int *items; /* numbers of those that are not */
    int item_count, items_seen;              /* how many they are; of all */
    struct rows_reason notices[NOTICES_MAX]; /* told beside its state */
    int notice_count;
    int64_t files_today; /* data files that the partner sent before it on its business date */
    struct rows_facts facts;
    struct rows_reason reason;
    struct rows_totals totals;
    struct rows_untold *untold; /* NULL: every fault is in stage_reject; else as many rows as */
    int64_t unlisted;           /* are refused without being named there */
    bool hopeless;              /* refused whole, whatever rules would say */
    const char *duplicate_of;
    int64_t rows, accepted, repeated, rejected;
};

struct load_file {
    struct load_batch batch;
    struct rows_task task;
    struct load_result res;
};

void load_free(struct load *l);
/* Of a row of ingest/claim.sql; the partner is not looked up yet. */
struct load_batch load_batch_of(struct arena *a, const struct db_result *r, int row);
/* How the file is read: its task out of its batch, with the file open where there is one. */
rc_t load_open(struct load *l, struct load_file *f, struct err *e);
/* Several files: all of one agency. One that is to be split (state NULL, several items) is not staged; of
 * several nor is one whose rows go into another stage than those before it. */
rc_t load_verdict(struct load *l, struct arena *a, struct load_file *files, uint32_t count,
                  struct err *e);
/* Parts of it: control totals beside the file, which may hold it before a row is read; */
rc_t load_hear(struct load *l, struct arena *a, struct load_file *f, struct err *e);
/* whether several data files together are what these say, which takes a reading of its own; */
rc_t load_count_parts(const struct rows_task *task, struct load_result *res, struct err *e);
/* the end of it: what the counts of rows mean to this partner (NULL: to nobody in particular). */
void load_conclude(struct arena *a, const struct load_batch *b, struct load_result *res);

/* So many faults of a data file are told, by the size of its upload: what comes back shall go with what came.
 * told: what was of other data files of the upload before. */
uint64_t load_faults(uint64_t size, uint64_t told);
/* Has a person said that the file shall be loaded in spite of this? */
bool load_released(const struct load_batch *b, err_code_t code);
/* The file as a whole ends so, because of this. */
void load_whole_file(struct load_result *res, const char *state, err_code_t code, const char *seen,
                     const char *want);
/* What the child says beside that, a struct rows_reason; more than NOTICES_MAX are not kept. */
void load_notice(struct load_result *res, const char *payload);
/* All of them as a JSON array. */
const char *load_notices(struct arena *a, const struct load_result *res);
/* Another data file of the upload, as the child names it (FRAME_ITEM). */
rc_t load_add_item(struct load_result *res, const char *name, uint32_t n, struct err *e);
void load_items_free(struct load_result *res);
/* Names of a workbook's sheets (rows_task) as a JSON object, by number; NULL for none. */
const char *load_sheets(struct arena *a, const char *const *sheets);
/* What the child says of the file as a whole: a struct rows_reason. */
void load_reason(struct load_result *res, const struct rows_task *t, enum frame_type type,
                 const char *payload);
bool load_is_held(const struct load_result *res);
/* Run sql/NAME.sql, which shows as progress over the rows of the file. */
rc_t load_run(struct load *l, struct arena *a, const struct load_result *res, const char *name,
              struct err *e);
#endif
