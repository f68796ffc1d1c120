#include "base/clock.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_S = 24 * 60 * 60, DAY_MIN = 24 * 60 };

static bool frozen;
static time_t frozen_at;

int64_t
clock_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

time_t
clock_now(void)
{
    return frozen ? frozen_at : time(NULL);
}

static void
put_digits(char *out, int width, int value)
{
    for (int i = width - 1; i >= 0; i--, value /= 10)
        out[i] = (char)('0' + value % 10);
}

/* -1 unless all are digits */
static int
get_digits(const char *s, int width)
{
    int value = 0;

    for (int i = 0; i < width; i++) {
        if (s[i] < '0' || s[i] > '9')
            return -1;
        value = value * 10 + (s[i] - '0');
    }
    return value;
}

/* Broken-down UTC; false outside the years that four digits can hold. */
static bool
split(time_t t, struct tm *tm)
{
    return gmtime_r(&t, tm) && tm->tm_year >= -1900 && tm->tm_year <= 9999 - 1900;
}

char *
clock_iso(time_t t, char out[21])
{
    struct tm tm;

    if (!split(t, &tm))
        return NULL;
    memcpy(out, "yyyy-mm-ddThh:mm:ssZ", 21);
    put_digits(out, 4, tm.tm_year + 1900);
    put_digits(out + 5, 2, tm.tm_mon + 1);
    put_digits(out + 8, 2, tm.tm_mday);
    put_digits(out + 11, 2, tm.tm_hour);
    put_digits(out + 14, 2, tm.tm_min);
    put_digits(out + 17, 2, tm.tm_sec);
    return out;
}

int
clock_freeze(void)
{
    const char *now = getenv("LANDPORT_NOW");
    struct tm tm = {0};
    char again[21];
    time_t t;

    frozen = false;
    if (!now || !*now)
        return 0;
    if (strlen(now) != 20)
        return -1;
    tm.tm_year = get_digits(now, 4) - 1900;
    tm.tm_mon = get_digits(now + 5, 2) - 1;
    tm.tm_mday = get_digits(now + 8, 2);
    tm.tm_hour = get_digits(now + 11, 2);
    tm.tm_min = get_digits(now + 14, 2);
    tm.tm_sec = get_digits(now + 17, 2);
    t = timegm(&tm);
    /* Written back it must be the same text: no 30 February, no other separators. */
    if (!clock_iso(t, again) || strcmp(again, now) != 0)
        return -1;
    frozen_at = t;
    frozen = true;
    return 0;
}

/* libc takes an unknown name for UTC without a word, so look for the zone's file first. */
static bool
zone_exists(const char *zone)
{
    const char *dir = getenv("TZDIR");
    char path[PATH_MAX], magic[4];
    FILE *f;
    bool found;
    int n;

    if (!zone || !*zone || *zone == '/' || strstr(zone, ".."))
        return false;
    n = snprintf(path, sizeof path, "%s/%s", dir ? dir : "/usr/share/zoneinfo", zone);
    if (n < 0 || (size_t)n >= sizeof path || !(f = fopen(path, "rb")))
        return false;
    found = fread(magic, 1, sizeof magic, f) == sizeof magic && memcmp(magic, "TZif", 4) == 0;
    fclose(f);
    return found;
}

/* A zone's offset from UTC in seconds between two moments, as libc tells it. */
struct offset {
    char zone[40];
    time_t from, to; /* to is not in it */
    long seconds;
};

/* Ask libc in the zone, then put TZ back. Both moments in one visit: changing TZ reads a file. */
static bool
ask_libc(const char *zone, time_t first, time_t last, long *at_first, long *at_last)
{
    const char *old = getenv("TZ");
    char *saved = old ? strdup(old) : NULL;
    struct tm tm;
    bool done;

    if ((old && !saved) || setenv("TZ", zone, 1) != 0) {
        free(saved);
        return false;
    }
    tzset();
    done = localtime_r(&first, &tm);
    *at_first = done ? tm.tm_gmtoff : 0;
    done = done && localtime_r(&last, &tm);
    *at_last = done ? tm.tm_gmtoff : 0;
    if (saved)
        setenv("TZ", saved, 1);
    else
        unsetenv("TZ");
    tzset();
    free(saved);
    return done;
}

/* Seconds east of UTC at t. A day whose ends agree has one offset and is remembered: rows of one
 * file fall on few days. */
static bool
zone_offset(const char *zone, time_t t, long *seconds)
{
    static struct offset seen[64];
    long start, end, unused;
    time_t day = t / DAY_S - (t % DAY_S < 0);
    struct offset *slot = &seen[(size_t)day % (sizeof seen / sizeof *seen)];

    if (zone && slot->to && t >= slot->from && t < slot->to && strcmp(slot->zone, zone) == 0) {
        *seconds = slot->seconds;
        return true;
    }
    if (!zone_exists(zone))
        return false;
    if (!ask_libc(zone, day * DAY_S, day * DAY_S + DAY_S - 1, &start, &end))
        return false;
    if (start != end)
        return ask_libc(zone, t, t, seconds, &unused);
    *seconds = start;
    if (strlen(zone) < sizeof slot->zone) {
        *slot = (struct offset){"", day * DAY_S, (day + 1) * DAY_S, start};
        snprintf(slot->zone, sizeof slot->zone, "%s", zone);
    }
    return true;
}

char *
clock_local14(time_t t, const char *timezone, char out[15])
{
    struct tm tm;
    long offset;

    if (!zone_offset(timezone, t, &offset) || !split(t + offset, &tm))
        return NULL;
    put_digits(out, 4, tm.tm_year + 1900);
    put_digits(out + 4, 2, tm.tm_mon + 1);
    put_digits(out + 6, 2, tm.tm_mday);
    put_digits(out + 8, 2, tm.tm_hour);
    put_digits(out + 10, 2, tm.tm_min);
    put_digits(out + 12, 2, tm.tm_sec);
    out[14] = '\0';
    return out;
}

char *
clock_local_date(time_t t, const char *timezone, char out[9])
{
    char all[15];

    if (!clock_local14(t, timezone, all))
        return NULL;
    memcpy(out, all, 8);
    out[8] = '\0';
    return out;
}

/* The moment when the zone's clocks show `local` (seconds as if it were UTC): the first of two
 * where clocks went back, as long after the jump as asked where they went forward. */
static bool
moment_of(time_t local, const char *zone, time_t *t)
{
    long before, after, there;

    if (!zone_offset(zone, local - DAY_S, &before) || !zone_offset(zone, local + DAY_S, &after))
        return false;
    *t = local - before;
    if (before == after || !zone_offset(zone, *t, &there) || there == before)
        return true;
    if (zone_offset(zone, local - after, &there) && there == after)
        *t = local - after;
    return true;
}

bool
clock_date_exists(const char *p)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = get_digits(p, 4), month = get_digits(p + 4, 2), day = get_digits(p + 6, 2);
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return year > 0 && month >= 1 && month <= 12 && day >= 1 &&
           day <= days[month - 1] + (month == 2 && leap);
}

/* Days since 1970-01-01 of YYYYMMDD; false for a date that does not exist. */
static bool
parse_date(const char *date8, time_t *day)
{
    struct tm tm = {0};
    time_t t;

    if (!date8 || strlen(date8) != 8 || !clock_date_exists(date8))
        return false;
    tm.tm_year = get_digits(date8, 4) - 1900;
    tm.tm_mon = get_digits(date8 + 4, 2) - 1;
    tm.tm_mday = get_digits(date8 + 6, 2);
    t = timegm(&tm);
    *day = (t - (t % DAY_S + DAY_S) % DAY_S) / DAY_S;
    return true;
}

time_t
clock_local_moment(const char *date8, int minutes, const char *timezone)
{
    time_t day, t;

    if (!parse_date(date8, &day) || !moment_of(day * DAY_S + (time_t)minutes * 60, timezone, &t))
        return (time_t)-1;
    return t;
}

char *
clock_business_date(time_t t, const char *timezone, int cutoff_minutes, char out[9])
{
    long offset;
    struct tm tm;
    time_t day, moment;

    if (!zone_offset(timezone, t, &offset))
        return NULL;
    /* Early enough even on a day that the clocks made longer, then the first that is later. */
    day = (t + offset) / DAY_S - cutoff_minutes / DAY_MIN - 2;
    do {
        day++;
        if (!moment_of(day * DAY_S + (time_t)cutoff_minutes * 60, timezone, &moment))
            return NULL;
    } while (moment <= t);
    if (!split(day * DAY_S, &tm))
        return NULL;
    put_digits(out, 4, tm.tm_year + 1900);
    put_digits(out + 4, 2, tm.tm_mon + 1);
    put_digits(out + 6, 2, tm.tm_mday);
    out[8] = '\0';
    return out;
}
