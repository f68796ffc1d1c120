/*
 * check.c - field checks. Called some twenty million times a night, mostly with short ASCII text,
 * so eight bytes are looked at together and anything unusual takes the slow way.
 */
#include "formats/xsd/check.h"

#include <libxml/xmlregexp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "formats/xsd/codes.h"

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

static bool bad(struct finding *f, err_code_t code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool
bad(struct finding *f, err_code_t code, const char *format, ...)
{
    va_list ap;

    f->code = code;
    va_start(ap, format);
    int n = vsnprintf(f->want, sizeof(f->want), format, ap);
    va_end(ap);
    if (n >= (int)sizeof(f->want)) /* never half a character */
        f->want[span_valid_utf8(span_of(f->want))] = 0;
    return false;
}

static bool
all_digits(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!span_digit(s.p[i]))
            return false;
    return true;
}

/* The number in n digits. */
static int
digits(const char *p, size_t n)
{
    int value = 0;

    while (n--)
        value = 10 * value + (*p++ - '0');
    return value;
}

/* Dates and codes: the named checks. */

static bool
good_date8(struct span v, struct finding *f)
{
    if (v.n == 8 && clock_date_exists(v.p))
        return true;
    return bad(f, ERR_DATE, "YYYYMMDD");
}

static bool
good_datetime14(struct span v, struct finding *f)
{
    if (v.n == 14 && all_digits(v) && clock_date_exists(v.p) && digits(v.p + 8, 2) < 24 &&
        digits(v.p + 10, 2) < 60 && digits(v.p + 12, 2) < 60)
        return true;
    return bad(f, ERR_DATE, "YYYYMMDDhhmmss");
}

/* Is v written as the form is? 9 in the form is a digit, all else itself. */
static bool
has_form(struct span v, const char *form)
{
    size_t i = 0;

    for (; i < v.n && form[i]; i++)
        if (form[i] == '9' ? !span_digit(v.p[i]) : v.p[i] != form[i])
            return false;
    return i == v.n && form[i] == 0;
}

/* Cut a time zone, Z or +hh:mm, off v. */
static bool
zone_cut(struct span *v)
{
    if (v->n && v->p[v->n - 1] == 'Z') {
        v->n--;
        return true;
    }
    if (v->n <= 10 || (v->p[v->n - 6] != '+' && v->p[v->n - 6] != '-'))
        return true;

    struct span zone = {v->p + v->n - 5, 5};

    if (!has_form(zone, "99:99"))
        return true; /* no zone: the minus signs are the date's own */
    v->n -= 6;
    int minutes = digits(zone.p, 2) * 60 + digits(zone.p + 3, 2);
    return minutes <= 14 * 60 && digits(zone.p + 3, 2) < 60;
}

static bool
iso_date_exists(struct span v)
{
    char ymd[8];

    if (!has_form(v, "9999-99-99"))
        return false;
    memcpy(ymd, v.p, 4);
    memcpy(ymd + 4, v.p + 5, 2);
    memcpy(ymd + 6, v.p + 8, 2);
    return clock_date_exists(ymd);
}

static bool
good_xs_date(struct span v, struct finding *f)
{
    if (zone_cut(&v) && iso_date_exists(v))
        return true;
    return bad(f, ERR_DATE, "YYYY-MM-DD");
}

static bool
good_xs_datetime(struct span v, struct finding *f)
{
    if (!zone_cut(&v) || v.n < 19 || !iso_date_exists((struct span){v.p, 10}) ||
        !has_form((struct span){v.p + 10, 9}, "T99:99:99") || digits(v.p + 11, 2) > 23 ||
        digits(v.p + 14, 2) > 59 || digits(v.p + 17, 2) > 59)
        return bad(f, ERR_DATE, "YYYY-MM-DDThh:mm:ss");
    if (v.n > 19 && (v.n == 20 || v.p[19] != '.' || !all_digits((struct span){v.p + 20, v.n - 20})))
        return bad(f, ERR_DATE, "YYYY-MM-DDThh:mm:ss.s");
    return true;
}

/* Nobody means to write it, and few see it: another blank than the ASCII one, a character of no width, a
 * full-width form of an ASCII one. */
static bool
is_stray(uint32_t c)
{
    return (c >= 0x80 && c <= 0xA0) || c == 0xAD || c == 0x061C || c == 0x180E ||
           (c >= 0x2000 && c <= 0x200F) || (c >= 0x2028 && c <= 0x202F) ||
           (c >= 0x205F && c <= 0x206F) || c == 0x3000 || (c >= 0xFE00 && c <= 0xFE0F) ||
           c == 0xFEFF || (c >= 0xFF01 && c <= 0xFF5E) || (c >= 0xFFF9 && c <= 0xFFFB) ||
           (c >= 0xE0000 && c <= 0xE0FFF);
}

/* The first such character; 0: none. Valid UTF-8. */
static uint32_t
stray_character(struct span v)
{
    for (size_t i = 0; i < v.n;) {
        unsigned char lead = (unsigned char)v.p[i++];
        uint32_t c = lead < 0x80   ? lead
                     : lead < 0xE0 ? lead & 0x1Fu
                     : lead < 0xF0 ? lead & 0xFu
                                   : lead & 7u;

        while (i < v.n && ((unsigned char)v.p[i] & 0xC0) == 0x80)
            c = c << 6 | ((unsigned char)v.p[i++] & 0x3Fu);
        if (is_stray(c))
            return c;
    }
    return 0;
}

/* 1.23E+17: what a spreadsheet writes in place of a long number. */
static bool
is_floating(struct span v)
{
    const char *e = memchr(v.p, 'E', v.n);
    size_t whole = e ? (size_t)(e - v.p) : 0;

    return e && v.n - whole >= 4 && e[1] == '+' &&
           all_digits((struct span){e + 2, v.n - whole - 2}) && all_digits((struct span){v.p, 1}) &&
           (whole == 1 ||
            (whole > 2 && v.p[1] == '.' && all_digits((struct span){v.p + 2, whole - 2})));
}

/* 12345678.0 of a program that has numbers for texts; more than fifteen digits, and what a spreadsheet
 * does not keep of them is zeros. */
static bool
is_rounded(struct span v)
{
    const char *point = memchr(v.p, '.', v.n);
    size_t whole = point ? (size_t)(point - v.p) : v.n;
    bool zeros = true;

    for (size_t i = point ? whole + 1 : 15; i < v.n; i++)
        zeros &= v.p[i] == '0';
    return zeros && all_digits((struct span){v.p, whole}) &&
           (point ? whole > 0 && v.n > whole + 1 : v.n >= 20);
}

/* Cuts a number of one to `most` digits off v, and one of `then` behind it. */
static bool
number_cut(struct span *v, size_t most, const char *const *then, int *number)
{
    size_t n = 0;

    while (n < v->n && n < most && span_digit(v->p[n]))
        n++;
    *number = digits(v->p, n);
    *v = (struct span){v->p + n, v->n - n};
    for (; n && *then; then++) {
        size_t m = strlen(*then);

        if (v->n < m || memcmp(v->p, *then, m) != 0)
            continue;
        *v = (struct span){v->p + m, v->n - m};
        return true;
    }
    return false;
}

/* 2026-11-29, 2026/1/5 9:30, 2026年11月29日: what a spreadsheet shows where a date was typed, or 11-29. Digits written
 * like that of which no day can be made are a number. */
static bool
is_spelt_date(struct span v)
{
    static const char *const after_year[] = {"-", "/", "年", NULL};
    static const char *const after_month[] = {"-", "/", "月", NULL};
    static const char *const after_day[] = {"日", "", NULL};
    int year, month, day;
    char date8[16];

    if (v.n < 8 || v.n > 40 || !all_digits((struct span){v.p, 4}) ||
        !number_cut(&v, 4, after_year, &year) || !number_cut(&v, 2, after_month, &month) ||
        !number_cut(&v, 2, after_day, &day) || (v.n && *v.p != ' ' && *v.p != 'T'))
        return false;
    for (size_t i = 1; i < v.n; i++)
        if (!span_digit(v.p[i]) && v.p[i] != ':' && v.p[i] != '.')
            return false;
    snprintf(date8, sizeof date8, "%04d%02d%02d", year % 10000, month % 100, day % 100);
    return clock_date_exists(date8);
}

/* What may be typed around a number, and never belongs to it. */
static const char *
edge_of(struct span v)
{
    /* clang-format off */
    static const char *const marks[] = {"\"", "`", ";", ",", "“", "”", "‘", "’", "；", "，", "、"};
    /* clang-format on */

    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        size_t n = strlen(marks[i]);

        if (v.n > n && (memcmp(v.p, marks[i], n) == 0 || memcmp(v.p + v.n - n, marks[i], n) == 0))
            return marks[i];
    }
    return NULL;
}

static bool
good_document_no(struct span v, struct finding *f)
{
    uint32_t stray = stray_character(v);
    const char *edge = v.n ? edge_of(v) : NULL;

    if (v.n && (*v.p == '=' || *v.p == '\''))
        return bad(f, ERR_NOT_PLAIN, "%c", *v.p);
    if (stray)
        return bad(f, ERR_NOT_PLAIN, "U+%04X", stray);
    if (edge)
        return bad(f, ERR_NOT_PLAIN, "%s", edge);
    if (is_spelt_date(v))
        return bad(f, ERR_DATE_NUMBER, "%s", "");
    return !v.n || (!is_floating(v) && !is_rounded(v)) || bad(f, ERR_CELL_NUMBER, "%s", "");
}

bool
check_is_example(struct span v)
{
    const size_t n = sizeof(CHECK_EXAMPLE) - 1;

    return v.n > n && memcmp(v.p, CHECK_EXAMPLE, n) == 0 && (span_digit(v.p[n]) || v.p[n] == '-');
}

/* Identifiers with a sentence of their own: what should stand there is not told, a wrong code or
 * number of a person is not to be made right by changing its last digit. */

static bool
good_party_code(struct span v, struct finding *f)
{
    char want[IDENT_WANT];
    enum ident_fault fault = v.n == 10 ? ident_customs_code(v, want) : ident_credit_code(v, want);

    return fault == IDENT_GOOD || bad(f, ERR_PARTY_CODE, "%s", "");
}

static bool
good_party_code_or_none(struct span v, struct finding *f)
{
    return span_is(v, "无") || good_party_code(v, f) || bad(f, ERR_PARTY_CODE, "/ 无");
}

static bool
good_party_code_or_no(struct span v, struct finding *f)
{
    return span_is(v, "NO") || good_party_code(v, f) || bad(f, ERR_PARTY_CODE, "/ NO");
}

static bool
good_resident_id(struct span v, struct finding *f)
{
    char want[IDENT_WANT];

    return ident_resident(v, want) == IDENT_GOOD || bad(f, ERR_PERSON_ID, "%s", "");
}

/* Name in the XSD, the function or the identifier and its form, an example; sorted by name, found by
 * bsearch. */
/* clang-format off */
static const struct check checks[] = {
    {"bank-card",          NULL, ident_bank_card,    "[0-9]{13,19}", "6217001234567890122"},
    {"container",          NULL, ident_container,    "[A-Z]{3}[UJZ][0-9]{7}", "CSQU3054383"},
    {"credit-code",        NULL, ident_credit_code,  "[0-9A-HJ-NP-RTUWXY]{18}", "91350800MA0LY001XF"},
    {"customs-code",       NULL, ident_customs_code, "[0-9A-Z]{10}", "3508960001"},
    {"date8",              good_date8, NULL, NULL, "20260302"},
    {"datetime14",         good_datetime14, NULL, NULL, "20260301093000"},
    {"declaration-no",     NULL, ident_declaration,  "[0-9]{18}", "370620260000000001"},
    {"document-no",        good_document_no, NULL, NULL, "LY202611240001"},
    {"gcode",              NULL, ident_gcode,        "NN######## (NN = 01-76, 78-97)", "9404909000"},
    {"gtin",               NULL, ident_gtin,         "[0-9]{8}|[0-9]{12,14}", "6901234567892"},
    {"hs-code",            NULL, ident_hs_code,      "NN########(###) (NN = 01-76, 78-97)", "9404909000101"},
    {"luhn",               NULL, ident_luhn,         "[0-9]{2,}", "79927398713"},
    {"mobile",             NULL, ident_mobile,       "1[3-9][0-9]{9}", "13800138000"},
    {"organisation-code",  NULL, ident_organisation, "[0-9A-Z]{8}-?[0-9X]", "MA0LY001-X"},
    {"party-code",         good_party_code, NULL, NULL, "91350800MA0LY001XF"},
    {"party-code-or-no",   good_party_code_or_no, NULL, NULL, "91350800MA0LY001XF"},
    {"party-code-or-none", good_party_code_or_none, NULL, NULL, "91350800MA0LY001XF"},
    {"resident-id",        good_resident_id, NULL, NULL, "11010519491231002X"},
    {"s10",                NULL, ident_s10,          "[A-Z]{2}[0-9]{9}[A-Z]{2}", "LX123456785CN"},
    {"safe-no",            NULL, ident_safe_number,  "[0-9]{6}[0-9A-Z]{6}YYMMDD[NP-W]001-999", "350800012301260315N001"},
    {"sscc",               NULL, ident_sscc,         "[0-9]{18}", "106141411234567897"},
    {"transit-no",         NULL, ident_transit,      "[0-9]{16}", "3706202600000001"},
    {"xs-date",            good_xs_date, NULL, NULL, "2026-03-02"}, /* what xs:date and xs:dateTime stand for */
    {"xs-datetime",        good_xs_datetime, NULL, NULL, "2026-03-01T09:30:00"},
};
/* clang-format on */

static int
by_name(const void *name, const void *check)
{
    return strcmp(name, ((const struct check *)check)->name);
}

const struct check *
check_find(const char *name)
{
    return bsearch(name, checks, sizeof(checks) / sizeof(checks[0]), sizeof(checks[0]), by_name);
}

/* How many digits a date of the column has; 0: it has no dates. */
static size_t
date_digits(const struct plan_type *t)
{
    for (const struct check *const *check = t->checks; check && *check; check++)
        if ((*check)->good == good_datetime14 || (*check)->good == good_date8)
            return (*check)->good == good_date8 ? 8 : 14;
    return 0;
}

const char *
check_date_form(const struct plan_type *t)
{
    size_t n = date_digits(t);

    return n == 8    ? "YYYYMMDD / YYYY-MM-DD"
           : n == 14 ? "YYYYMMDDhhmmss / YYYY-MM-DD hh:mm:ss"
                     : NULL;
}

/* One or two digits that become two, and what must follow them. */
static bool
two_digits(struct span *v, char **to, const char *then)
{
    size_t n = 0;

    while (n < v->n && n < 2 && span_digit(v->p[n]))
        n++;
    if (!n || (*then ? n == v->n || !strchr(then, v->p[n]) : n != v->n))
        return false;
    *(*to)++ = n == 2 ? v->p[0] : '0';
    *(*to)++ = v->p[n - 1];
    n += *then != 0;
    *v = (struct span){v->p + n, v->n - n};
    return true;
}

struct span
check_date_plain(const struct plan_type *t, struct span value, char *scratch)
{
    size_t n = date_digits(t);
    struct span v = value;
    char *to = scratch;

    if (!n || v.n < 8 || !all_digits((struct span){v.p, 4}) || !strchr("-/", v.p[4]))
        return value;
    memcpy(to, v.p, 4);
    to += 4;
    v = (struct span){v.p + 5, v.n - 5};
    if (two_digits(&v, &to, (char[]){value.p[4], 0}) &&
        (n == 8 ? two_digits(&v, &to, "")
                : two_digits(&v, &to, " T") && two_digits(&v, &to, ":") &&
                      two_digits(&v, &to, ":") && two_digits(&v, &to, "")))
        return (struct span){scratch, n};
    return value;
}

bool
check_is_far_date(const struct plan_type *t, struct span v, const char *day, struct finding *f)
{
    int years;

    if (v.n < 8 || strlen(day) != 8 || !date_digits(t))
        return false;
    years = digits(v.p, 4) - digits(day, 4);
    if (years >= -CHECK_YEARS_BEFORE && years <= CHECK_YEARS_AFTER)
        return false;
    return !bad(f, ERR_FAR_DATE, "%04d-%04d", digits(day, 4) - CHECK_YEARS_BEFORE,
                digits(day, 4) + CHECK_YEARS_AFTER);
}

static bool
good_ident(const struct check *check, struct span v, struct finding *f)
{
    char want[IDENT_WANT];

    switch (check->ident(v, want)) {
    case IDENT_GOOD:
        return true;
    case IDENT_FORM:
        break;
    case IDENT_DATE:
        return bad(f, ERR_DATE, "YYMMDD");
    case IDENT_CHECK:
        return bad(f, ERR_CHECK_DIGIT, "%s", want);
    }
    return bad(f, ERR_PATTERN, "%s", check->form);
}

bool
check_named(const struct check *check, struct span v, struct finding *f)
{
    return check->good ? check->good(v, f) : good_ident(check, v, f);
}

/* White space and characters. */

/* Is every byte ASCII, none below `least` and none DEL? One borrow or carry can only hit a byte
 * above a bad one, so a yes is always right and a no is looked at again, byte by byte. */
static bool
plain(struct span s, unsigned char least)
{
    uint64_t seen = 0, word;
    size_t i = 0;

    for (; i + 8 <= s.n; i += 8) {
        memcpy(&word, s.p + i, 8);
        seen |= (word | (word - EACH(least)) | (word + EACH(1))) & EACH(0x80);
    }
    for (; i < s.n; i++)
        seen |= (unsigned char)s.p[i] < least || (unsigned char)s.p[i] >= 0x7f;
    return seen == 0;
}

/* Count the characters; false where XML has no place for one of them. */
static bool
legal(struct span s, size_t *chars)
{
    *chars = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if ((c < 0x20 && !span_blank(s.p[i])) || c == 0x7F)
            return false;
        if (c == 0xEF && i + 2 < s.n && (unsigned char)s.p[i + 1] == 0xBF &&
            (unsigned char)s.p[i + 2] >= 0xBE)
            return false; /* U+FFFE, U+FFFF */
        *chars += (c & 0xC0) != 0x80;
    }
    return true;
}

/* Holds it what is not seen and makes it read as another text? */
static bool
hides(struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c >= 0xC2 && c <= 0xE2 && span_hidden_control(s.p + i, s.n - i))
            return true;
    }
    return false;
}

static struct span
replace(struct span s, char *scratch)
{
    size_t i = 0;

    while (i < s.n && (!span_blank(s.p[i]) || s.p[i] == ' '))
        i++;
    if (i == s.n)
        return s;
    for (i = 0; i < s.n; i++)
        scratch[i] = span_blank(s.p[i]) ? ' ' : s.p[i];
    return (struct span){scratch, s.n};
}

static struct span
collapse(struct span s, char *scratch)
{
    size_t i = 0, n = 0;

    while (s.n && span_blank(s.p[s.n - 1]))
        s.n--;
    while (s.n && span_blank(s.p[0]))
        s.p++, s.n--;
    while (i < s.n && (!span_blank(s.p[i]) || (s.p[i] == ' ' && !span_blank(s.p[i + 1]))))
        i++; /* the last byte is no blank, so i + 1 is inside */
    if (i == s.n)
        return s;
    for (i = 0; i < s.n; i++)
        if (!span_blank(s.p[i]))
            scratch[n++] = s.p[i];
        else if (!span_blank(s.p[i - 1]))
            scratch[n++] = ' ';
    return (struct span){scratch, n};
}

static struct span
treat_space(enum plan_space space, struct span s, char *scratch)
{
    switch (space) {
    case PLAN_REPLACE:
        return replace(s, scratch);
    case PLAN_COLLAPSE:
        return collapse(s, scratch);
    case PLAN_PRESERVE:
        break;
    }
    return s;
}

/* Numbers. */

/* A decimal cut into parts, without leading zeros and without zeros at the end of the fraction. */
struct number {
    bool negative;
    struct span whole, fraction;
};

static bool
number_read(struct span s, struct number *n)
{
    const char *p = s.p, *end = s.p + s.n;

    n->negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;

    const char *first = p;

    while (p < end && *p == '0')
        p++;
    n->whole.p = p;
    while (p < end && span_digit(*p))
        p++;
    n->whole.n = (size_t)(p - n->whole.p);

    size_t seen = (size_t)(p - first);

    n->fraction = (struct span){p, 0};
    if (p < end && *p == '.') {
        n->fraction.p = ++p;
        while (p < end && span_digit(*p))
            p++;
        n->fraction.n = (size_t)(p - n->fraction.p);
        seen += n->fraction.n;
        while (n->fraction.n && n->fraction.p[n->fraction.n - 1] == '0')
            n->fraction.n--;
    }
    if (n->whole.n + n->fraction.n == 0)
        n->negative = false; /* -0 is 0 */
    return p == end && seen > 0;
}

/* As text: both fractions end in no zero, so the longer one of two with a common start is more. */
static int
compare_amounts(const struct number *a, const struct number *b)
{
    if (a->whole.n != b->whole.n)
        return a->whole.n < b->whole.n ? -1 : 1;

    size_t common = a->fraction.n < b->fraction.n ? a->fraction.n : b->fraction.n;
    int order = memcmp(a->whole.p, b->whole.p, a->whole.n);

    if (order == 0)
        order = memcmp(a->fraction.p, b->fraction.p, common);
    if (order == 0)
        order = (a->fraction.n > common) - (b->fraction.n > common);
    return order;
}

static int
compare(const struct number *a, const struct number *b)
{
    if (a->negative != b->negative)
        return a->negative ? -1 : 1;
    return a->negative ? compare_amounts(b, a) : compare_amounts(a, b);
}

int
check_compare(struct span a, struct span b)
{
    struct number x, y;

    if (!number_read(a, &x) || !number_read(b, &y))
        BUG("check_compare: not a number");
    return compare(&x, &y);
}

static bool
good_range(const struct plan_type *t, const struct number *n, struct finding *f)
{
    struct number bound;

    if (t->min && number_read(span_of(t->min), &bound)) {
        int order = compare(n, &bound);

        if (order < 0 || (order == 0 && t->min_exclusive))
            return bad(f, ERR_TOO_SMALL, "%s %s", t->min_exclusive ? ">" : ">=", t->min);
    }
    if (t->max && number_read(span_of(t->max), &bound)) {
        int order = compare(n, &bound);

        if (order > 0 || (order == 0 && t->max_exclusive))
            return bad(f, ERR_TOO_LARGE, "%s %s", t->max_exclusive ? "<" : "<=", t->max);
    }
    return true;
}

/* What columns hold: a bigint, a numeric that is sent in binary (sql/copy.c). */
static const struct plan_type bigint = {.min = "-9223372036854775808",
                                        .max = "9223372036854775807"};
#define NUMBER_CHARS 1000

static bool
good_number(const struct plan_type *t, struct span v, struct finding *f)
{
    struct number n;
    bool read = number_read(v, &n);

    if (t->base == PLAN_INTEGER && (!read || memchr(v.p, '.', v.n)))
        return bad(f, ERR_NOT_INTEGER, "%s", "");
    if (!read)
        return bad(f, ERR_NOT_NUMBER, "%s", "");
    if (t->fraction_digits >= 0 && n.fraction.n > (size_t)t->fraction_digits)
        return bad(f, ERR_FRACTION, "%d", (int)t->fraction_digits);
    if (t->total_digits >= 0 && n.whole.n + n.fraction.n > (size_t)t->total_digits)
        return bad(f, ERR_TOTAL_DIGITS, "%d", (int)t->total_digits);
    if (v.n > NUMBER_CHARS)
        return bad(f, ERR_TOTAL_DIGITS, "%d", NUMBER_CHARS);
    if ((t->min || t->max) && !good_range(t, &n, f))
        return false;
    return t->base != PLAN_INTEGER || n.whole.n < 19 || good_range(&bigint, &n, f);
}

static bool
good_boolean(struct span v, struct finding *f)
{
    return span_is(v, "true") || span_is(v, "false") || span_is(v, "1") || span_is(v, "0") ||
           bad(f, ERR_NOT_BOOLEAN, "%s", "");
}

/* Facets of all bases. */

/* Characters beyond U+FFFF: two units of UTF-16 each, four bytes here. */
static size_t
long_chars(struct span v)
{
    size_t count = 0;

    for (size_t i = 0; i < v.n; i++)
        count += (unsigned char)v.p[i] >= 0xf0;
    return count;
}

static bool
good_length(const struct plan_type *t, size_t chars, struct finding *f)
{
    if (t->length >= 0 && chars != (size_t)t->length)
        return bad(f, ERR_LENGTH, "%d", (int)t->length);
    if (t->max_length >= 0 && chars > (size_t)t->max_length)
        return bad(f, ERR_TOO_LONG, "%d", (int)t->max_length);
    if (t->min_length > 0 && chars < (size_t)t->min_length)
        return bad(f, ERR_TOO_SHORT, "%d", (int)t->min_length);
    return true;
}

/* "E|B|W|I", whole values only, the rest of a long list as "…". */
static bool
bad_value(const char *const *values, struct finding *f)
{
    static const char more[] = "|…";
    size_t n = 0;

    f->code = ERR_NOT_IN_LIST;
    for (; *values; values++) {
        size_t length = strlen(*values);

        if (n + 1 + length + sizeof(more) > sizeof(f->want)) {
            memcpy(f->want + n, n ? more : more + 1, n ? sizeof(more) : sizeof(more) - 1);
            return false;
        }
        if (n)
            f->want[n++] = '|';
        memcpy(f->want + n, *values, length);
        n += length;
    }
    f->want[n] = 0;
    return false;
}

static bool
good_enumeration(const struct plan_type *t, struct span v, struct finding *f)
{
    bool number = t->base == PLAN_DECIMAL || t->base == PLAN_INTEGER;

    for (const char *const *value = t->values; *value; value++)
        if (number ? check_compare(v, span_of(*value)) == 0
                   : strncmp(*value, v.p, v.n) == 0 && (*value)[v.n] == 0)
            return true;
    return bad_value(t->values, f);
}

/* The regular expressions want a NUL at the end, which a span does not have. */
static bool
good_patterns(const struct plan_type *t, struct span v, struct finding *f)
{
    char small[256], *text = v.n < sizeof(small) ? small : malloc(v.n + 1);
    bool good = true;

    if (!text)
        BUG("out of memory");
    memcpy(text, v.p, v.n);
    text[v.n] = 0;
    for (size_t i = 0; t->compiled[i] && good; i++)
        if (xmlRegexpExec(t->compiled[i], (const xmlChar *)text) != 1)
            good = bad(f, ERR_PATTERN, "%s", t->patterns[i]);
    if (text != small)
        free(text);
    return good;
}

static bool
good_code(const struct plan_type *t, struct span v, struct finding *f)
{
    const char *when;

    switch (codes_find(t->codes, v, t->day, &when)) {
    case CODES_HAS:
        return true;
    case CODES_NOT_YET:
        return bad(f, ERR_CODE_NOT_YET, "%s", when);
    case CODES_OVER:
        return bad(f, ERR_CODE_OVER, "%s", when);
    case CODES_UNKNOWN:
        break;
    }
    return bad(f, ERR_CODE_UNKNOWN, "%s", codes_name(t->codes));
}

/* A word that stands for nothing: 无, N.A. */
static bool
is_never(const struct codes *never, struct span v)
{
    char small[24]; /* no such word is longer */
    const char *when;

    if (v.n > sizeof small)
        return false;
    for (size_t i = 0; i < v.n; i++)
        small[i] = v.p[i] >= 'A' && v.p[i] <= 'Z' ? (char)(v.p[i] | 0x20) : v.p[i];
    return codes_find(never, (struct span){small, v.n}, "", &when) == CODES_HAS;
}

static bool
good_checks(const struct plan_type *t, struct span v, struct finding *f)
{
    for (const struct check *const *check = t->checks; *check; check++)
        if (!check_named(*check, v, f))
            return false;
    return true;
}

bool
check_value(const struct plan_type *t, struct span value, char *scratch, struct span *normal,
            struct finding *f)
{
    struct span v = value.p ? value : SPAN("");
    size_t chars = v.n;

    *normal = v;
    if (!plain(v, t->space == PLAN_COLLAPSE ? 0x21 : 0x20)) {
        if (!legal(v, &chars))
            return bad(f, ERR_CONTROL_CHAR, "%s", "");
        v = treat_space(t->space, v, scratch);
        chars -= normal->n - v.n; /* only blanks went, one byte each */
        *normal = v;
    }
    if (!good_length(t, chars == v.n || !t->utf16 || !*t->utf16 ? chars : chars + long_chars(v), f))
        return false;
    if (t->base == PLAN_BOOLEAN ? !good_boolean(v, f)
                                : t->base != PLAN_STRING && !good_number(t, v, f))
        return false;
    if (t->values && !good_enumeration(t, v, f))
        return false;
    if (t->compiled && !good_patterns(t, v, f))
        return false;
    if (t->codes && !good_code(t, v, f))
        return false;
    if (t->never && is_never(t->never, v))
        return bad(f, ERR_NO_VALUE, "%s", "");
    if (t->checks && !good_checks(t, v, f)) /* which may say more of it */
        return false;
    return chars == v.n || !hides(v) || bad(f, ERR_CONTROL_CHAR, "%s", "");
}
