/*
 * clock.h - time in the two forms the hub needs.
 *
 * Shape    Moments are UTC seconds; business dates are YYYYMMDD in the zone's own time.
 * Tests    In a zone with test = true, LANDPORT_NOW=2026-11-24T05:00:00Z stands still at that
 *          moment (clock_freeze); a zone in production never reads it.
 * Errors   NULL or (time_t)-1: the timezone is not known, the date does not exist, or the year has
 *          not four digits.
 * Calls    Local times change TZ for an instant: from one thread only.
 */
#ifndef LANDPORT_CLOCK_H
#define LANDPORT_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

int64_t clock_ms(void); /* monotonic, for deadlines and rates */
time_t clock_now(void); /* wall clock, or the frozen moment */
/* Freeze the wall clock at LANDPORT_NOW if it is set; 0, or -1 if it cannot be read. */
int clock_freeze(void);
/* ISO form, 21 bytes with NUL: 2026-11-24T05:00:00Z */
char *clock_iso(time_t t, char out[21]);
/* YYYYMMDDhhmmss in the zone's time (15 bytes with NUL); timezone is an Olson name. */
char *clock_local14(time_t t, const char *timezone, char out[15]);
/* Only the date of it, YYYYMMDD (9 bytes with NUL). */
char *clock_local_date(time_t t, const char *timezone, char out[9]);
/* The date whose cut-off ("06:00", minutes after local midnight) is the next one strictly after
 * t: at exactly the cut-off it is the next day. */
char *clock_business_date(time_t t, const char *timezone, int cutoff_minutes, char out[9]);
/* Are the eight bytes at p digits YYYYMMDD of a day that exists, from the year 1 on? */
bool clock_date_exists(const char *p);
/* UTC moment of local date YYYYMMDD plus minutes after midnight. */
time_t clock_local_moment(const char *date8, int minutes, const char *timezone);

#endif
