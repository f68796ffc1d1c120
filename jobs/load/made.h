/*
 * made.h - tables of feeds that name none (rows_table.h): made of the feeds' plans, and grown with them.
 *
 * Shape    What is made, what stays and what is refused stands in sql/init/feeds.sql. Afterwards hub.thing
 *          has their rows, so that messages may be told of them (sql/init/things.sql).
 * Calls    By landport init, as the owner, in its transaction.
 * Errors   RC_FAIL ERR_SCHEMA where rows that are there and what a feed's XSD says now do not go together.
 */
#ifndef LANDPORT_MADE_H
#define LANDPORT_MADE_H

#include "job.h"

/* told: what was done, a sentence each, in the arena; ends with NULL. */
rc_t made_tables(struct hub *hub, const char ***told, struct err *e);

#endif
