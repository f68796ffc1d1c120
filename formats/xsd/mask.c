#include "formats/xsd/mask.h"

#include <ctype.h>
#include <strings.h>

#include "formats/xsd/check.h"

#define AMOUNT_DIGITS 10 /* a telephone number has eleven */
#define CODE_CHARS    4
#define WORD_CHARS    3
#define CARD_LEAST    15
#define CARD_MOST     19
#define SHARED_CHARS  2 /* of a title in Chinese; of a name in ASCII twice as many */

static const struct span masked = {"***", 3};

static size_t
count(struct span v, int (*is)(int))
{
    size_t n = 0;

    for (size_t i = 0; i < v.n; i++)
        n += is((unsigned char)v.p[i]) != 0;
    return n;
}

/* Of these characters alone? */
static bool
holds_only(struct span v, const char *others)
{
    for (size_t i = 0; i < v.n; i++)
        if ((unsigned char)v.p[i] >= 0x80 || !v.p[i] ||
            (!isdigit((unsigned char)v.p[i]) && !strchr(others, v.p[i])))
            return false;
    return true;
}

static bool
is_code(struct span v)
{
    for (size_t i = 0; i < v.n; i++)
        if (!isdigit((unsigned char)v.p[i]) && !(v.p[i] >= 'A' && v.p[i] <= 'Z'))
            return false;
    return true;
}

/* YYYYMM, of somebody who may live. */
static bool
is_birth(const char *p)
{
    int year = (p[0] - '0') * 1000 + (p[1] - '0') * 100 + (p[2] - '0') * 10 + p[3] - '0';
    int month = (p[4] - '0') * 10 + p[5] - '0';

    return year >= 1900 && year < 2100 && month >= 1 && month <= 12;
}

/* Digits as of a mobile telephone or of a resident's document, old and new ones. */
static bool
is_personal_run(const char *p, size_t n, bool x)
{
    if (n == 11)
        return p[0] == '1' && p[1] >= '3';
    if (n == 15)
        return (p[8] == '0' && p[9] != '0') || (p[8] == '1' && p[9] <= '2');
    return (n == 18 || (n == 17 && x)) && is_birth(p + 6);
}

/* The number of a bank card: its first digit is of a card's issuer, its last checks the others (Luhn). */
static bool
is_card(const char *p, size_t n)
{
    int sum = 0;

    if (n < CARD_LEAST || n > CARD_MOST || p[0] < '3' || p[0] > '6')
        return false;
    for (size_t i = 0; i < n; i++) {
        int digit = p[n - 1 - i] - '0';

        if (i % 2 == 1)
            digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        sum += digit;
    }
    return sum % 10 == 0;
}

/* What looks like the number of a telephone, of a person's document or bank card, or holds one. */
static bool
is_of_person(struct span v)
{
    size_t run = 0;

    for (size_t i = 0; i <= v.n; i++) {
        if (i < v.n && isdigit((unsigned char)v.p[i])) {
            run++;
            continue;
        }
        if (is_personal_run(v.p + i - run, run, i < v.n && (v.p[i] == 'X' || v.p[i] == 'x')) ||
            is_card(v.p + i - run, run))
            return true;
        run = 0;
    }
    return false;
}

static bool
is_amount(struct span v)
{
    return holds_only(v, "+-.,") && count(v, isdigit) <= AMOUNT_DIGITS;
}

static bool
is_moment(struct span v)
{
    size_t digits = count(v, isdigit);

    return holds_only(v, "-/.: TZ") && digits <= 14 && digits != 11 &&
           (digits < 8 || v.p[0] == '1' || v.p[0] == '2');
}

/* A number that a program gave: no words, but digits; no telephone. */
static bool
is_number(struct span v)
{
    size_t digits = count(v, isdigit), letters = count(v, isalpha);

    for (size_t i = 0; i < v.n; i++)
        if ((unsigned char)v.p[i] >= 0x80 ||
            (!isalnum((unsigned char)v.p[i]) && !strchr("-+_./=\"'", v.p[i])))
            return false;
    return digits > 0 && *v.p != '+' && !is_of_person(v) &&
           !(letters == 0 && memchr(v.p, '-', v.n) && digits >= 7 && digits <= 12);
}

/* What programs leave in place of a value: #N/A, NULL, ??? (cell.h). */
static bool
is_no_value(struct span v)
{
    static const char *const words[] = {"null", "nil",       "nan",  "none", "n/a",
                                        "\\n",  "undefined", "true", "false"};
    bool same = v.n > 0;

    for (size_t i = 1; i < v.n; i++)
        same = same && v.p[i] == v.p[0];
    if (same && strchr("?#-*/.", v.p[0]))
        return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (v.n == strlen(words[i]) && strncasecmp(v.p, words[i], v.n) == 0)
            return true;
    return v.n <= 14 && *v.p == '#' && count(v, islower) == 0 &&
           holds_only(v, "#/!?ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
}

static bool
has_check(const struct plan_type *t, const char *part)
{
    for (const struct check *const *c = (const struct check *const *)t->checks; c && *c; c++)
        if (strstr((*c)->name, part))
            return true;
    return false;
}

static bool
is_harmless(const struct plan_type *t, struct span v)
{
    if (t->base != PLAN_STRING)
        return is_amount(v);
    if (has_check(t, "date") || has_check(t, "time"))
        return is_moment(v);
    if (t->values || t->codes)
        return v.n <= CODE_CHARS && is_code(v);
    if (has_check(t, "document"))
        return is_number(v);
    if (t->checks || t->length >= 0 ||
        t->compiled) /* identifiers of companies, codes with a form */
        return v.n <= 18 && is_code(v) && count(v, isdigit) > 0 && !is_of_person(v);
    return false;
}

struct span
mask_value(const struct plan_node *column, struct span value)
{
    if (!value.n)
        return value;
    if (column->personal || (!is_no_value(value) && !is_harmless(column->type, value)))
        return masked;
    return value;
}

struct span
mask_word(struct span v)
{
    if (!v.n || is_amount(v) || (v.n <= WORD_CHARS && count(v, isalnum) == v.n))
        return v;
    return masked;
}

/* ---- titles ---- */

static size_t
char_bytes(const char *p)
{
    unsigned char c = (unsigned char)*p;

    return c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}

/* The longest piece from the beginning of s that stands in `known`. */
static size_t
shared(struct span s, const char *known)
{
    size_t best = 0;

    for (const char *at = known; *at; at += char_bytes(at)) {
        size_t n = 0;

        while (n < s.n && at[n] && tolower((unsigned char)at[n]) == tolower((unsigned char)s.p[n]))
            n++;
        while (n > 0 && n < s.n && ((unsigned char)s.p[n] & 0xC0) == 0x80)
            n--; /* not within a character */
        best = n > best ? n : best;
    }
    return best;
}

static size_t
shared_with_any(const struct plan *plan, struct span s)
{
    size_t best = 0;
    bool ascii;

    for (uint32_t i = 0; i < plan->root->child_count; i++) {
        const struct plan_node *field = plan->root->children[i];
        size_t name = shared(s, field->name), title = shared(s, field->title ? field->title : "");

        best = name > best ? name : best;
        best = title > best ? title : best;
    }
    ascii = best > 0 && (unsigned char)*s.p < 0x80;
    return span_chars((struct span){s.p, best}) >= (ascii ? 2 * SHARED_CHARS : SHARED_CHARS) ? best
                                                                                             : 0;
}

struct span
mask_title(const struct plan *plan, struct span title, char *out)
{
    size_t n = 0, shown = 0;

    if (span_valid_utf8(title) < title.n)
        return masked;
    for (size_t i = 0; i < title.n && n + 8 < MASK_TITLE;) {
        size_t known = shared_with_any(plan, (struct span){title.p + i, title.n - i});

        if (known && n + known < MASK_TITLE) {
            memcpy(out + n, title.p + i, known);
            n += known;
            i += known;
            shown += known;
        } else {
            out[n++] = '*';
            i += char_bytes(title.p + i);
        }
    }
    return shown ? (struct span){out, n} : title.n ? masked : title;
}
