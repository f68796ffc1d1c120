/*
 * unknown.h - landport batch unknown: what lies in done/ and no batch stands for.
 *
 * A database that was put back from a backup has forgotten what was picked up after it. Nothing is taken
 * back unasked: what lies there may also be of another time, or put there by hand.
 */
#ifndef LANDPORT_UNKNOWN_H
#define LANDPORT_UNKNOWN_H

#include "job.h"

rc_t batch_unknown(struct hub *hub, int argc, char **argv, struct err *e);

#endif
