#include "formats/read/xlsx_value.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define DIGITS         15 /* that a double always keeps */
#define MAX_NUMBER     64 /* characters of one; programs write 24 at most */
#define ESCAPE         7  /* characters of _x000D_ */
#define MAX_EXPONENT   400
#define NOISE_DIGITS   13 /* a number that needs no more of the 15 was written so by a person */
#define NOISE_POINT    9  /* below a milliard the 15 digits hold six decimals, more than any feed */
#define DAY_MS         86400000.0
#define DAYS_END       2958466 /* 9999-12-31 and one day, counted from 1900 */
#define DAYS_1904      1462
#define DAYS_1970      25569
#define PHANTOM        60 /* 1900-02-29, which spreadsheets have and calendars have not */
#define WANT_DATE      "YYYYMMDD"
#define WANT_DATE_TIME "YYYYMMDDhhmmss"

/* 0.digits times 10 to the power of point; no zeros at either end; zero has no digits. */
struct decimal {
    char digits[MAX_NUMBER];
    int n, point;
    bool negative;
};

/* ---- number formats ---- */

/* [h], [mm], [ss]: counted on beyond its day; other brackets hold colours, locales, conditions. */
static bool
is_elapsed(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strchr("hHmMsS", p[i]))
            return false;
    return n > 0;
}

/* Length of what is not a placeholder at p: 0 where one stands. */
static size_t
literal_length(const char *p, size_t left, bool *elapsed)
{
    const char *end;

    if (*p == '\\' || *p == '_' || *p == '*')
        return left > 1 ? 2 : 1;
    if (*p == '"' || *p == '[') {
        end = memchr(p + 1, *p == '"' ? '"' : ']', left - 1);
        if (*p == '[' && end)
            *elapsed |= is_elapsed(p + 1, (size_t)(end - p - 1));
        return end ? (size_t)(end - p) + 1 : left;
    }
    if (left >= 5 && strncasecmp(p, "AM/PM", 5) == 0)
        return 5;
    if (left >= 3 && strncasecmp(p, "A/P", 3) == 0)
        return 3;
    return 0;
}

static uint8_t
form_of_zeros(struct span code)
{
    for (size_t i = 0; i < code.n; i++)
        if (code.p[i] != '0')
            return FORM_NUMBER;
    if (code.n < 2 || code.n > FORM_ZEROS_MAX - FORM_ZEROS)
        return FORM_NUMBER;
    return (uint8_t)(FORM_ZEROS + code.n);
}

uint8_t
value_form(struct span code)
{
    bool elapsed = false, date = false, month = false, time = false;

    if (code.n == 7 && strncasecmp(code.p, "General", 7) == 0)
        return FORM_NUMBER;
    for (size_t i = 0, n; i < code.n && code.p[i] != ';'; i += n > 0 ? n : 1) {
        n = literal_length(code.p + i, code.n - i, &elapsed);
        if (n > 0)
            continue;
        switch (code.p[i] | 0x20) {
        case 'y':
        case 'd':
            date = true;
            break;
        case 'm':
            month = true;
            break;
        case 'h':
        case 's':
            time = true;
            break;
        }
    }
    if (elapsed)
        return FORM_ELAPSED;
    if (date || (month && !time))
        return time ? FORM_DATE_TIME : FORM_DATE;
    return time ? FORM_TIME : form_of_zeros(code);
}

uint8_t
value_form_builtin(uint32_t id)
{
    static const struct {
        uint8_t from, to, form;
    } builtin[] = {
        {14, 17, FORM_DATE     },
        {18, 21, FORM_TIME     },
        {22, 22, FORM_DATE_TIME},
        {27, 31, FORM_DATE     }, /* from here on as Chinese programs have them */
        {32, 35, FORM_TIME     },
        {36, 36, FORM_DATE     },
        {45, 45, FORM_TIME     },
        {46, 46, FORM_ELAPSED  },
        {47, 47, FORM_TIME     },
        {50, 54, FORM_DATE     },
        {55, 56, FORM_TIME     },
        {57, 58, FORM_DATE     },
    };

    for (size_t i = 0; i < sizeof builtin / sizeof *builtin; i++)
        if (id >= builtin[i].from && id <= builtin[i].to)
            return builtin[i].form;
    return FORM_NUMBER;
}

/* ---- numbers ---- */

static void
trim_zeros(struct decimal *d)
{
    while (d->n > 0 && d->digits[d->n - 1] == '0')
        d->n--;
    if (d->n == 0)
        d->point = 0;
}

/* Digits with at most one point; what follows them, or NULL if there is none. */
static const char *
scan_digits(struct decimal *d, const char *p, const char *end)
{
    bool any = false, after = false;

    for (; p < end && (isdigit((unsigned char)*p) || (*p == '.' && !after)); p++) {
        if (*p == '.') {
            after = true;
            continue;
        }
        any = true;
        if (*p != '0' || d->n > 0) {
            d->digits[d->n++] = *p;
            d->point += !after;
        } else {
            d->point -= after;
        }
    }
    return any ? p : NULL;
}

static bool
scan_exponent(struct decimal *d, const char *p, const char *end)
{
    bool negative = false;
    int exponent = 0;

    if (p == end)
        return true;
    if (*p != 'e' && *p != 'E')
        return false;
    p++;
    if (p < end && (*p == '+' || *p == '-'))
        negative = *p++ == '-';
    if (p == end)
        return false;
    for (; p < end; p++) {
        if (!isdigit((unsigned char)*p))
            return false;
        exponent = exponent < MAX_EXPONENT ? exponent * 10 + (*p - '0') : exponent;
    }
    exponent = exponent < MAX_EXPONENT ? exponent : MAX_EXPONENT;
    d->point += negative ? -exponent : exponent;
    return true;
}

static bool
scan(struct decimal *d, struct span raw)
{
    const char *p = raw.p, *end = raw.p + raw.n;

    d->n = d->point = 0;
    d->negative = false;
    if (raw.n == 0 || raw.n > MAX_NUMBER)
        return false;
    if (*p == '+' || *p == '-')
        d->negative = *p++ == '-';
    p = scan_digits(d, p, end);
    if (!p || !scan_exponent(d, p, end))
        return false;
    trim_zeros(d);
    return true;
}

static double
to_double(struct span raw)
{
    char text[MAX_NUMBER + 1];

    memcpy(text, raw.p, raw.n);
    text[raw.n] = '\0';
    return strtod(text, NULL);
}

/* To the 15 digits that a spreadsheet shows; false if that might lose what was meant. */
static bool
shorten(struct decimal *d, struct span raw)
{
    char text[32];
    double x = to_double(raw);

    snprintf(text, sizeof text, "%.*e", DIGITS - 1, x);
    if (!scan(d, span_of(text)))
        return false;
    return strtod(text, NULL) == x || d->n <= NOISE_DIGITS || d->point <= NOISE_POINT;
}

static void
put_zeros(struct buf *out, int n)
{
    for (int i = 0; i < n; i++)
        buf_put(out, "0", 1);
}

static void
put_plain(struct buf *out, const struct decimal *d, int width)
{
    int whole = d->point > 0 ? d->point : 0, given = whole < d->n ? whole : d->n;

    if (d->negative && d->n > 0)
        buf_put(out, "-", 1);
    if (d->n <= d->point || d->n == 0) /* whole: it may have leading zeros */
        put_zeros(out, width - whole);
    else if (whole == 0)
        buf_put(out, "0", 1);
    buf_put(out, d->digits, (size_t)given);
    put_zeros(out, whole - given);
    if (d->n > whole) {
        buf_put(out, ".", 1);
        put_zeros(out, -d->point);
        buf_put(out, d->digits + given, (size_t)(d->n - given));
    }
}

static err_code_t
fault(struct span raw, err_code_t code, const char *because, struct buf *out, const char **want)
{
    *want = because;
    buf_put(out, raw.p, raw.n);
    return code;
}

/* ---- moments ---- */

/* The civil date of a day counted from 1970-01-01, from the year 0 on. */
static void
civil(int64_t day, int *year, int *month, int *mday)
{
    int64_t n = day + 719468; /* from 0000-03-01: a leap day ends its year */
    int64_t era = n / 146097, of_era = n % 146097;
    int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
    int64_t m = (5 * of_year + 2) / 153;

    *mday = (int)(of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = (int)(y + era * 400 + (m >= 10));
}

static void
put_moment(struct buf *out, int64_t day, int64_t second, uint8_t form)
{
    int year, month, mday;

    if (form != FORM_TIME) {
        civil(day, &year, &month, &mday);
        buf_printf(out, "%04d%02d%02d", year, month, mday);
    }
    if (form != FORM_DATE)
        buf_printf(out, "%02d%02d%02d", (int)(second / 3600), (int)(second / 60 % 60),
                   (int)(second % 60));
}

static const char *
wanted(uint8_t form)
{
    return form == FORM_DATE ? WANT_DATE : WANT_DATE_TIME;
}

static err_code_t
value_serial(struct span raw, uint8_t form, bool from_1904, struct buf *out, const char **want)
{
    double x = to_double(raw);
    int64_t ms, day, second;
    bool early;

    if (!(x >= 0 && x < DAYS_END) || form == FORM_ELAPSED)
        return fault(raw, ERR_DATE, wanted(form), out, want);
    /* 12:30:15 is not a whole part of a day: what is a millisecond short of it is it */
    ms = (int64_t)(x * DAY_MS + 0.5);
    day = ms / (int64_t)DAY_MS;
    second = ms % (int64_t)DAY_MS / 1000;
    if (form == FORM_TIME && day > 0)
        form = FORM_DATE_TIME;
    early = !from_1904 && (day == 0 || day == PHANTOM);
    if ((early && form != FORM_TIME) || day + (from_1904 ? DAYS_1904 : 0) >= DAYS_END)
        return fault(raw, ERR_DATE, wanted(form), out, want);
    if (from_1904)
        day += DAYS_1904;
    else if (day < PHANTOM)
        day++;
    put_moment(out, day - DAYS_1970, second, form);
    return ERR_NONE;
}

err_code_t
value_number(struct span raw, uint8_t form, bool from_1904, struct buf *out, const char **want)
{
    struct decimal d;

    raw = span_trim(raw);
    if (!scan(&d, raw))
        return fault(raw, ERR_NOT_NUMBER, "", out, want);
    if (form > FORM_NUMBER && form < FORM_ZEROS)
        return value_serial(raw, form, from_1904, out, want);
    if (d.point > DIGITS || (d.n > DIGITS && !shorten(&d, raw)) || d.point > DIGITS)
        return fault(raw, ERR_CELL_NUMBER, "", out, want);
    put_plain(out, &d, form >= FORM_ZEROS ? form - FORM_ZEROS : 1);
    return ERR_NONE;
}

/* Two or four digits; -1 if there are none. */
static int
digits_at(struct span raw, size_t at, size_t n)
{
    int v = 0;

    if (at + n > raw.n)
        return -1;
    for (size_t i = at; i < at + n; i++) {
        if (!isdigit((unsigned char)raw.p[i]))
            return -1;
        v = v * 10 + (raw.p[i] - '0');
    }
    return v;
}

static bool
is_day(int year, int month, int day)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return year > 0 && month >= 1 && month <= 12 && day >= 1 &&
           day <= days[month - 1] + (leap && month == 2);
}

/* YYYY-MM-DD or YYYY-MM-DDThh:mm:ss with parts of a second and Z, which both don't count. */
err_code_t
value_iso(struct span raw, uint8_t form, struct buf *out, const char **want)
{
    int year, month, day, hour = 0, minute = 0, second = 0;
    bool time;

    raw = span_trim(raw);
    time = raw.n > 10;
    year = digits_at(raw, 0, 4);
    month = digits_at(raw, 5, 2);
    day = digits_at(raw, 8, 2);
    if (time) {
        hour = digits_at(raw, 11, 2);
        minute = digits_at(raw, 14, 2);
        second = digits_at(raw, 17, 2);
    }
    if (!is_day(year, month, day) || raw.p[4] != '-' || raw.p[7] != '-' ||
        (time && (raw.p[10] != 'T' || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
                  second < 0 || second > 59 || raw.p[13] != ':' || raw.p[16] != ':')))
        return fault(raw, ERR_DATE, wanted(form), out, want);
    buf_printf(out, "%04d%02d%02d", year, month, day);
    if (form == FORM_DATE_TIME || (time && form != FORM_DATE))
        buf_printf(out, "%02d%02d%02d", hour, minute, second);
    return ERR_NONE;
}

/* ---- texts ---- */

/* The number in "_x000D_" at p, else -1; NUL and halves of pairs are left as they stand. */
static long
escape_at(const char *p, size_t left)
{
    char hex[5] = {0};
    long v;

    if (left < ESCAPE || p[0] != '_' || p[1] != 'x' || p[6] != '_')
        return -1;
    for (int i = 0; i < 4; i++)
        if (!isxdigit((unsigned char)p[2 + i]))
            return -1;
    memcpy(hex, p + 2, 4);
    v = strtol(hex, NULL, 16);
    return v == 0 || (v >= 0xD800 && v <= 0xDFFF) ? -1 : v;
}

static char *
put_character(char *to, long v)
{
    if (v < 0x80) {
        *to++ = (char)v;
    } else if (v < 0x800) {
        *to++ = (char)(0xC0 | v >> 6);
        *to++ = (char)(0x80 | (v & 0x3F));
    } else {
        *to++ = (char)(0xE0 | v >> 12);
        *to++ = (char)(0x80 | (v >> 6 & 0x3F));
        *to++ = (char)(0x80 | (v & 0x3F));
    }
    return to;
}

void
value_unescape(struct buf *b, size_t from)
{
    const char *p, *end;
    char *to;

    if (b->n - from < ESCAPE || !(to = memchr(b->p + from, '_', b->n - from)))
        return;
    p = to;
    end = b->p + b->n;
    while (p < end) {
        long v = escape_at(p, (size_t)(end - p));

        if (v < 0) {
            *to++ = *p++;
        } else {
            to = put_character(to, v);
            p += ESCAPE;
        }
    }
    b->n = (size_t)(to - b->p);
}
