/*
 * judge.h - which statements of sql/ingest/ the staged rows of a file go through, in which order.
 *
 * Shape    judge_rows(): what the rows themselves must be (needs, fits), the feed's own rules, if it
 *          has any, then what all feeds share: the same thing twice in the file, what others left of it in
 *          the archive. Afterwards stage_reject and stage_repeat say which rows do not stay.
 *          judge_keep(): of a file that is taken the others become what counts. judge_withdraw():
 *          what its half brought and it has not stands no more.
 * General  What is said of all feeds alike names tables and columns by the setting hub.shape, JSON out of the
 *          feed's plan. A feed needs no file of its own. Rows that have no names (lp:number), agencies'
 *          receipts, have all their statements in ingest/<feed>.sql and <feed>_merge.sql.
 * Calls    In the transaction of load_verdict().
 */
#ifndef LANDPORT_JUDGE_H
#define LANDPORT_JUDGE_H

#include "load/load.h"

rc_t judge_rows(struct load *l, struct arena *a, const struct load_result *res, struct err *e);
rc_t judge_keep(struct load *l, struct arena *a, const struct load_result *res, struct err *e);
/* Rows of a file that is not taken, where they were written already. */
rc_t judge_take_out(struct load *l, const struct load_result *res, struct err *e);
/* withdrawn: how many, of which declared: how many. */
rc_t judge_withdraw(struct load *l, struct arena *a, const struct load_result *res,
                    int64_t *withdrawn, int64_t *declared, struct err *e);

#endif
