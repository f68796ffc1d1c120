/*
 * reconcile.h - what landport check asks of reconcile.
 *
 * Calls    reconcile_empty() is called within a transaction of hub->db, which the caller rolls back.
 */
#ifndef LANDPORT_RECONCILE_H
#define LANDPORT_RECONCILE_H

#include "job.h"

/* The tables and settings rules look at, without any trade: for rules_try(). */
rc_t reconcile_empty(struct hub *hub, struct arena *a, struct err *e);

#endif
