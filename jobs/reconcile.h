/*
 * reconcile.h - what commands ask of reconcile; none of it is kept.
 *
 * Calls    Whoever calls rolls back the transaction of hub->db.
 */
#ifndef LANDPORT_RECONCILE_H
#define LANDPORT_RECONCILE_H

#include <time.h>

#include "job.h"
#include "rules.h"

/* Within a transaction: the tables and settings rules look at, without any trade, for rules_try(). */
rc_t reconcile_empty(struct hub *hub, struct arena *a, struct err *e);
/* Begins one: what two sets of rules say of the trades judged since then, in breaks_before and
 * verdicts_before, breaks and verdicts. None is open after an error. */
rc_t reconcile_trial(struct hub *hub, struct arena *a, const struct rules *now,
                     const struct rules *then, time_t since, struct err *e);

#endif
