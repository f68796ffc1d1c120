/*
 * pickup.h - what pickup asks of the names in a drop box.
 */
#ifndef LANDPORT_PICKUP_H
#define LANDPORT_PICKUP_H

#define PICKUP_TAKEN          ".taken." /* before the name of a file that is being picked up */
#define PICKUP_MARKER         ".ok"     /* NAME.ok beside NAME: it is complete */
#define PICKUP_SUM            ".sum"    /* NAME.sum: its control totals (totals.h) */
#define PICKUP_MARKER_CAPITAL ".OK"
#define PICKUP_SUM_CAPITAL    ".SUM"
#define PICKUP_SUM_MAX        ((size_t)64 * 1024) /* bytes of either */

/* Ends of names that are passed over; NULL-terminated. */
extern const char *const pickup_ignored[];
/* And what they begin with. */
extern const char *const pickup_ignored_starts[];

#endif
