#include "formats/xsd/ident.h"

#include "base/clock.h"

static bool
is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool
all_digits(const char *p, size_t n)
{
    while (n && span_digit(*p))
        p++, n--;
    return n == 0;
}

/* Digits and capital letters. */
static bool
all_code(const char *p, size_t n)
{
    while (n && (span_digit(*p) || is_capital(*p)))
        p++, n--;
    return n == 0;
}

static enum ident_fault
compare(char seen, char should, char want[IDENT_WANT])
{
    if (seen == should)
        return IDENT_GOOD;
    want[0] = should;
    want[1] = 0;
    return IDENT_CHECK;
}

/* Digits count as themselves, letters from A = 10 on. */
static int
weighted_sum(const char *p, const unsigned char *weights, size_t n)
{
    int sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += weights[i] * (span_digit(p[i]) ? p[i] - '0' : p[i] - 'A' + 10);
    return sum;
}

/* Check character of the eight at p. */
static char
organisation_check(const char *p)
{
    static const unsigned char weights[] = {3, 7, 9, 10, 5, 8, 4, 2};

    return "0X987654321"[weighted_sum(p, weights, 8) % 11];
}

/* 00000000 stands for "has none", its check character would be right. */
static bool
organisation_form(const char *p)
{
    return all_code(p, 8) && memcmp(p, "00000000", 8) != 0;
}

enum ident_fault
ident_organisation(struct span v, char want[IDENT_WANT])
{
    bool hyphen = v.n == 10 && v.p[8] == '-';

    if ((v.n != 9 && !hyphen) || !organisation_form(v.p))
        return IDENT_FORM;
    return compare(v.p[v.n - 1], organisation_check(v.p), want);
}

/* Value of a character of GB 32100: digits, then the letters without I O S V Z. -1: none. */
static int
credit_value(char c)
{
    static const signed char letters[] = {10, 11, 12, 13, 14, 15, 16, 17, -1, 18, 19, 20, 21,
                                          22, -1, 23, 24, 25, -1, 26, 27, -1, 28, 29, 30, -1};

    return span_digit(c) ? c - '0' : is_capital(c) ? letters[c - 'A'] : -1;
}

enum ident_fault
ident_credit_code(struct span v, char want[IDENT_WANT])
{
    static const unsigned char weights[] = {1,  3,  9,  27, 19, 26, 16, 17, 20,
                                            29, 25, 13, 8,  24, 10, 30, 28};
    static const char characters[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    int sum = 0;

    if (v.n != 18)
        return IDENT_FORM;
    for (size_t i = 0; i < 18; i++) {
        int value = credit_value(v.p[i]);

        if (value < 0)
            return IDENT_FORM;
        sum += i < 17 ? weights[i] * value : 0;
    }

    const char *organisation = v.p + 8;

    if (!organisation_form(organisation))
        return IDENT_FORM;
    if (organisation[8] != organisation_check(organisation)) {
        memcpy(want, organisation, 8);
        want[8] = organisation_check(organisation);
        want[9] = 0;
        return IDENT_CHECK;
    }
    return compare(v.p[17], characters[(31 - sum % 31) % 31], want);
}

enum ident_fault
ident_resident(struct span v, char want[IDENT_WANT])
{
    static const unsigned char weights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};

    if (v.n != 18 || !all_digits(v.p, 17) || (!span_digit(v.p[17]) && v.p[17] != 'X'))
        return IDENT_FORM;
    if (!clock_date_exists(v.p + 6))
        return IDENT_DATE;
    return compare(v.p[17], "10X98765432"[weighted_sum(v.p, weights, 17) % 11], want);
}

enum ident_fault
ident_customs_code(struct span v, char want[IDENT_WANT])
{
    (void)want;
    return v.n == 10 && all_code(v.p, v.n) ? IDENT_GOOD : IDENT_FORM;
}

enum ident_fault
ident_mobile(struct span v, char want[IDENT_WANT])
{
    char digits[11];
    size_t n = 0, i = 0;

    (void)want;
    while (i < v.n && v.p[i] == ' ')
        i++;
    if (v.n - i > 3 && memcmp(v.p + i, "+86", 3) == 0)
        i += 3;
    for (; i < v.n; i++) {
        if (v.p[i] == ' ' || v.p[i] == '-')
            continue;
        if (!span_digit(v.p[i]) || n == sizeof(digits))
            return IDENT_FORM;
        digits[n++] = v.p[i];
    }
    return n == sizeof(digits) && digits[0] == '1' && digits[1] >= '3' ? IDENT_GOOD : IDENT_FORM;
}

/* What makes the weighted sum of n digits and itself a multiple of ten. Every second digit, from
 * the right, weighs three, or by Luhn two with the digits of the product added up. */
static char
mod10_check(const char *p, size_t n, bool luhn)
{
    unsigned sum = 0;

    for (size_t i = 0; i < n; i++) {
        unsigned digit = (unsigned)(p[n - 1 - i] - '0');

        if (i % 2 == 0)
            digit = luhn ? 2 * digit / 10 + 2 * digit % 10 : 3 * digit;
        sum = (sum + digit) % 10;
    }
    return (char)('0' + (10 - sum) % 10);
}

enum ident_fault
ident_luhn(struct span v, char want[IDENT_WANT])
{
    if (v.n < 2 || !all_digits(v.p, v.n))
        return IDENT_FORM;
    return compare(v.p[v.n - 1], mod10_check(v.p, v.n - 1, true), want);
}

enum ident_fault
ident_bank_card(struct span v, char want[IDENT_WANT])
{
    return v.n >= 13 && v.n <= 19 ? ident_luhn(v, want) : IDENT_FORM;
}

static enum ident_fault
gs1(struct span v, char want[IDENT_WANT])
{
    if (!all_digits(v.p, v.n))
        return IDENT_FORM;
    return compare(v.p[v.n - 1], mod10_check(v.p, v.n - 1, false), want);
}

enum ident_fault
ident_gtin(struct span v, char want[IDENT_WANT])
{
    return v.n == 8 || (v.n >= 12 && v.n <= 14) ? gs1(v, want) : IDENT_FORM;
}

enum ident_fault
ident_sscc(struct span v, char want[IDENT_WANT])
{
    return v.n == 18 ? gs1(v, want) : IDENT_FORM;
}

enum ident_fault
ident_declaration(struct span v, char want[IDENT_WANT])
{
    (void)want;
    return v.n == 18 && all_digits(v.p, v.n) ? IDENT_GOOD : IDENT_FORM;
}

enum ident_fault
ident_transit(struct span v, char want[IDENT_WANT])
{
    (void)want;
    return v.n == 16 && all_digits(v.p, v.n) ? IDENT_GOOD : IDENT_FORM;
}

/* Region 6, bank 6, date YYMMDD, then a letter for the kind of client and a number from 001 on. */
enum ident_fault
ident_safe_number(struct span v, char want[IDENT_WANT])
{
    char date[8] = "20";

    (void)want;
    if (v.n != 22 || !all_digits(v.p, 6) || !all_code(v.p + 6, 6) || !all_digits(v.p + 12, 6) ||
        !memchr("NPQRSTUVW", v.p[18], 9) || !all_digits(v.p + 19, 3) ||
        memcmp(v.p + 19, "000", 3) == 0)
        return IDENT_FORM;
    memcpy(date + 2, v.p + 12, 6);
    return clock_date_exists(date) ? IDENT_GOOD : IDENT_DATE;
}

/* The Harmonized System keeps chapter 77 free. */
static bool
tariff_form(struct span v)
{
    int chapter = v.n >= 10 && all_digits(v.p, v.n) ? 10 * (v.p[0] - '0') + v.p[1] - '0' : 0;

    return chapter >= 1 && chapter <= 97 && chapter != 77;
}

enum ident_fault
ident_gcode(struct span v, char want[IDENT_WANT])
{
    (void)want;
    return v.n == 10 && tariff_form(v) ? IDENT_GOOD : IDENT_FORM;
}

enum ident_fault
ident_hs_code(struct span v, char want[IDENT_WANT])
{
    (void)want;
    return (v.n == 10 || v.n == 13) && tariff_form(v) ? IDENT_GOOD : IDENT_FORM;
}

enum ident_fault
ident_s10(struct span v, char want[IDENT_WANT])
{
    static const unsigned char weights[] = {8, 6, 4, 2, 3, 5, 9, 7};

    if (v.n != 13 || !is_capital(v.p[0]) || !is_capital(v.p[1]) || !all_digits(v.p + 2, 9) ||
        !is_capital(v.p[11]) || !is_capital(v.p[12]))
        return IDENT_FORM;
    return compare(v.p[10], "50987654321"[weighted_sum(v.p + 2, weights, 8) % 11], want);
}

/* Letters count from A = 10 on without the multiples of 11. */
static unsigned
container_value(char c)
{
    unsigned letter = (unsigned)(c - 'A');

    return span_digit(c) ? (unsigned)(c - '0') : letter + 10 + (letter + 9) / 10;
}

enum ident_fault
ident_container(struct span v, char want[IDENT_WANT])
{
    unsigned sum = 0;

    if (v.n != 11 || !is_capital(v.p[0]) || !is_capital(v.p[1]) || !is_capital(v.p[2]) ||
        !memchr("UJZ", v.p[3], 3) || !all_digits(v.p + 4, 7))
        return IDENT_FORM;
    for (unsigned i = 0; i < 10; i++)
        sum += container_value(v.p[i]) << i;
    return compare(v.p[10], (char)('0' + sum % 11 % 10), want);
}
