/*
 * made.h - tables of feeds that name none (rows_table.h): made of the feeds' plans, and grown with them.
 *
 * Shape    What is made, what stays and what is refused stands in sql/init/feeds.sql. Afterwards hub.thing
 *          has their rows, so that messages may be told of them (sql/init/things.sql).
 * Calls    By landport init, as the owner, in its transaction.
 * Errors   A feed whose XSD cannot be read, or does not go together with the rows that are there, is refused by itself: the
 *          others are made, and its own files wait (rows_table.h, feeds.h).
 */
#ifndef LANDPORT_MADE_H
#define LANDPORT_MADE_H

#include "job.h"

/* A sentence each, in the hub's arena; both end with NULL. */
struct made {
    const char **did, **refused;
};

rc_t made_tables(struct hub *hub, struct made *made, struct err *e);

#endif
