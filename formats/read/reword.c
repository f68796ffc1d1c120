#include "formats/read/reword.h"

#include <ctype.h>
#include <stdio.h>

#include "base/clock.h"

/* ---- patterns ---- */

#define OPS 48

/* ONE takes a character of a kind, MANY any number of them. */
enum op_what { OP_TEXT, OP_ONE, OP_MANY };
enum op_kind { KIND_ANY, KIND_DIGIT, KIND_WORD };

struct op {
    enum op_what what;
    enum op_kind kind;
    struct span text;
    bool taken;
};

struct pattern {
    struct op ops[OPS];
    uint32_t count;
    uint32_t holes;
};

static bool
add(struct pattern *p, struct op op)
{
    if (p->count == OPS)
        return false;
    p->ops[p->count++] = op;
    return true;
}

/* {}, {digits} or {word} at s; how long it is, 0: none. */
static size_t
hole(struct span s, enum op_kind *kind)
{
    static const struct {
        const char *text;
        enum op_kind kind;
    } holes[] = {
        {"{}",       KIND_ANY  },
        {"{digits}", KIND_DIGIT},
        {"{word}",   KIND_WORD }
    };

    for (size_t i = 0; i < sizeof holes / sizeof *holes; i++) {
        size_t n = strlen(holes[i].text);

        *kind = holes[i].kind;
        if (s.n >= n && memcmp(s.p, holes[i].text, n) == 0)
            return n;
    }
    return 0;
}

/* NULL, or what is wrong with it. */
static const char *
parse(struct pattern *p, const char *text)
{
    struct span s = span_of(text);

    *p = (struct pattern){.count = 0};
    for (size_t at = 0, n; at < s.n; at += n) {
        struct span rest = {s.p + at, s.n - at};
        enum op_kind kind;
        bool room = true;

        if ((n = hole(rest, &kind))) {
            room = add(p,
                       (struct op){
                           OP_ONE, kind, {NULL, 0},
                             true
            }) &&
                   add(p, (struct op){OP_MANY, kind, {NULL, 0}, true});
            p->holes++;
        } else if (*rest.p == '*') {
            room = add(p, (struct op){
                              OP_MANY, KIND_ANY, {NULL, 0},
                                false
            });
            n = 1;
        } else if (*rest.p == '{' || *rest.p == '}') {
            return "has a brace that is none of {}, {digits} and {word}";
        } else {
            while (n < rest.n && !strchr("*{}", rest.p[n]))
                n++;
            room = add(p, (struct op){
                              OP_TEXT, KIND_ANY, {rest.p, n},
                                false
            });
        }
        if (!room)
            return "has too many parts";
    }
    return NULL;
}

static bool
is_any(const struct op *op)
{
    return op->what != OP_TEXT && op->kind == KIND_ANY;
}

const char *
reword_pattern_wrong(const char *text)
{
    struct pattern p;
    const char *wrong = parse(&p, text);

    if (wrong)
        return wrong;
    if (p.holes != 1)
        return "must have one of {}, {digits} and {word}, and only one";
    for (uint32_t i = 1; i < p.count; i++)
        if (is_any(&p.ops[i]) && is_any(&p.ops[i - 1]) && !(p.ops[i].taken && p.ops[i - 1].taken))
            return "has * and {} side by side: nobody knows where one ends";
    return NULL;
}

static bool
is_of(enum op_kind kind, char c)
{
    unsigned char u = (unsigned char)c;

    return kind == KIND_ANY     ? true
           : kind == KIND_DIGIT ? isdigit(u) != 0
                                : u < 0x80 && (isalnum(u) || c == '-' || c == '_');
}

/* can[k][p]: from place p on the value is what the ops from k on say. From its end, each once. */
static void
fill(const struct pattern *p, struct span v, bool *can)
{
    size_t row = v.n + 1;

    can[p->count * row + v.n] = true;
    for (uint32_t k = p->count; k-- > 0;) {
        const struct op *op = &p->ops[k];
        bool *here = can + k * row, *next = here + row;

        for (size_t at = v.n + 1; at-- > 0;)
            if (op->what == OP_TEXT)
                here[at] = v.n - at >= op->text.n &&
                           memcmp(v.p + at, op->text.p, op->text.n) == 0 && next[at + op->text.n];
            else if (op->what == OP_ONE)
                here[at] = at < v.n && is_of(op->kind, v.p[at]) && next[at + 1];
            else
                here[at] = next[at] || (at < v.n && is_of(op->kind, v.p[at]) && here[at + 1]);
    }
}

/* As little as can be for any text, as much as can be for digits and words. */
static struct span
walk(const struct pattern *p, struct span v, const bool *can)
{
    size_t row = v.n + 1, at = 0, begin = 0, end = 0;

    for (uint32_t k = 0; k < p->count; k++) {
        const struct op *op = &p->ops[k];
        const bool *here = can + k * row, *next = here + row;

        if (op->what == OP_TEXT) {
            at += op->text.n;
        } else if (op->what == OP_ONE) {
            begin = at++;
        } else {
            while (at < v.n && is_of(op->kind, v.p[at]) && here[at + 1] &&
                   (op->kind != KIND_ANY || !next[at]))
                at++;
            end = op->taken ? at : end;
        }
    }
    return (struct span){v.p + begin, end - begin};
}

bool
reword_pattern(struct arena *scratch, const char *text, struct span value, struct span *taken)
{
    struct pattern p;
    bool *can;

    if (value.n > REWORD_MAX || parse(&p, text))
        return false;
    can = ARENA_ARRAY(scratch, bool, (size_t)(p.count + 1) * (value.n + 1));
    fill(&p, value, can);
    if (!*can)
        return false;
    *taken = walk(&p, value, can);
    return true;
}

bool
reword_split(struct span value, const char *separator, uint32_t n, struct span *piece)
{
    size_t wide = strlen(separator), begin = 0;

    for (size_t at = 0;; at++) {
        bool end = at + wide > value.n;

        if (!end && memcmp(value.p + at, separator, wide) != 0)
            continue;
        if (end)
            at = value.n;
        if (--n == 0) {
            *piece = span_trim((struct span){value.p + begin, at - begin});
            return true;
        }
        if (end)
            return false;
        begin = at + wide;
        at = begin - 1;
    }
}

/* ---- dates ---- */

enum token { YEAR, YEAR2, MONTH_NAME, MONTH, MONTH1, DAY, DAY1, HOUR, HOUR1, MINUTE, SECOND, HALF };

static const struct {
    const char *text;
    enum token token;
} tokens[] = {
    {"YYYY", YEAR      },
    {"YY",   YEAR2     },
    {"MON",  MONTH_NAME},
    {"MM",   MONTH     },
    {"M",    MONTH1    },
    {"DD",   DAY       },
    {"D",    DAY1      },
    {"hh",   HOUR      },
    {"h",    HOUR1     },
    {"mm",   MINUTE    },
    {"ss",   SECOND    },
    {"AM",   HALF      }
};

static size_t
token_at(const char *form, enum token *token)
{
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        size_t n = strlen(tokens[i].text);

        if (strncmp(form, tokens[i].text, n) == 0) {
            *token = tokens[i].token;
            return n;
        }
    }
    return 0;
}

static unsigned
tokens_of(const char *form)
{
    unsigned has = 0;
    enum token token;

    for (size_t n; *form; form += n ? n : 1)
        if ((n = token_at(form, &token)))
            has |= 1u << token;
    return has;
}

bool
reword_date_has_time(const char *form)
{
    return (tokens_of(form) & (1u << HOUR | 1u << HOUR1)) != 0;
}

/* YYY is YY and a letter that every cell would have to have, DDD a day and another one. */
static bool
is_slip(const char *form)
{
    static const unsigned char unit[] = {
        [YEAR] = 1, [YEAR2] = 1, [MONTH_NAME] = 2, [MONTH] = 2,   [MONTH1] = 2,  [DAY] = 4,
        [DAY1] = 4, [HOUR] = 8,  [HOUR1] = 8,      [MINUTE] = 16, [SECOND] = 32, [HALF] = 64};
    unsigned had = 0;
    enum token token;

    for (size_t n; *form; form += n ? n : 1) {
        n = token_at(form, &token);
        if (n ? had & unit[token] : strchr("YyMmDdHhSs", *form) != NULL)
            return true;
        had |= n ? unit[token] : 0u;
    }
    return false;
}

const char *
reword_date_wrong(const char *form)
{
    unsigned has = tokens_of(form);
    const char *star = strchr(form, '*');

    if (!(has & (1u << YEAR | 1u << YEAR2)) ||
        !(has & (1u << MONTH_NAME | 1u << MONTH | 1u << MONTH1)) ||
        !(has & (1u << DAY | 1u << DAY1)))
        return "must say where year (YYYY), month (MM) and day (DD) are";
    if (is_slip(form))
        return "has one of year, month, day, hour, minute, second twice, or a letter of them that "
               "stands for none; they are YYYY YY, MON MM M, DD D, hh h, mm, ss";
    if ((has & (1u << MINUTE | 1u << SECOND | 1u << HALF)) && !reword_date_has_time(form))
        return "has minutes and no hours (hh)";
    if (star && star[1])
        return "may have * at its end alone";
    return NULL;
}

struct moment {
    int year, month, day, hour, minute, second;
    bool afternoon, half;
};

static bool
take_digits(struct span *v, size_t least, size_t most, int *out)
{
    size_t n = 0;

    for (*out = 0; n < most && n < v->n && isdigit((unsigned char)v->p[n]); n++)
        *out = *out * 10 + (v->p[n] - '0');
    *v = (struct span){v->p + n, v->n - n};
    return n >= least;
}

static bool
starts(struct span v, const char *word)
{
    size_t n = strlen(word);

    if (v.n < n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (tolower((unsigned char)v.p[i]) != word[i])
            return false;
    return true;
}

/* Mar, March, MAR. */
static bool
take_month(struct span *v, int *out)
{
    static const char *const names[] = {"january",   "february", "march",    "april",
                                        "may",       "june",     "july",     "august",
                                        "september", "october",  "november", "december"};

    for (int i = 0; i < 12; i++) {
        char brief[4] = {names[i][0], names[i][1], names[i][2], 0};
        size_t n = starts(*v, names[i]) ? strlen(names[i]) : starts(*v, brief) ? 3 : 0;

        if (n) {
            *out = i + 1;
            *v = (struct span){v->p + n, v->n - n};
            return true;
        }
    }
    return false;
}

/* AM, p.m., 上午. */
static bool
take_half(struct span *v, struct moment *m)
{
    static const struct {
        const char *word;
        bool afternoon;
    } words[] = {
        {"am",     false},
        {"pm",     true },
        {"a.m.",   false},
        {"p.m.",   true },
        {"上午", false},
        {"下午", true }
    };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (starts(*v, words[i].word)) {
            size_t n = strlen(words[i].word);

            m->half = true;
            m->afternoon = words[i].afternoon;
            *v = (struct span){v->p + n, v->n - n};
            return true;
        }
    return false;
}

static bool
take_token(enum token token, struct span *v, struct moment *m)
{
    switch (token) {
    case YEAR:
        return take_digits(v, 4, 4, &m->year);
    case YEAR2:
        if (!take_digits(v, 2, 2, &m->year))
            return false;
        m->year += 2000;
        return true;
    case MONTH_NAME:
        return take_month(v, &m->month);
    case MONTH:
        return take_digits(v, 2, 2, &m->month);
    case MONTH1:
        return take_digits(v, 1, 2, &m->month);
    case DAY:
        return take_digits(v, 2, 2, &m->day);
    case DAY1:
        return take_digits(v, 1, 2, &m->day);
    case HOUR:
        return take_digits(v, 2, 2, &m->hour);
    case HOUR1:
        return take_digits(v, 1, 2, &m->hour);
    case MINUTE:
        return take_digits(v, 2, 2, &m->minute);
    case SECOND:
        return take_digits(v, 2, 2, &m->second);
    case HALF:
        return take_half(v, m);
    }
    return false;
}

/* A blank of the form is one or more of the value. */
static bool
take_literal(const char **form, struct span *v)
{
    if (!v->n || *v->p != **form)
        return false;
    do
        *v = (struct span){v->p + 1, v->n - 1};
    while (**form == ' ' && v->n && *v->p == ' ');
    (*form)++;
    return true;
}

static bool
take_moment(const char *form, struct span v, struct moment *m)
{
    while (*form && *form != '*') {
        enum token token;
        size_t n = token_at(form, &token);

        if (n ? !take_token(token, &v, m) : !take_literal(&form, &v))
            return false;
        form += n;
    }
    if (v.n && *form != '*')
        return false;
    if (m->half && (m->hour < 1 || m->hour > 12))
        return false;
    if (m->half)
        m->hour = m->hour % 12 + (m->afternoon ? 12 : 0);
    return true;
}

bool
reword_date(const char *form, struct span value, char digits[REWORD_DATE])
{
    struct moment m = {0};
    int n;

    if (value.n > REWORD_MAX || !take_moment(form, value, &m))
        return false;
    n = snprintf(digits, REWORD_DATE, "%04d%02d%02d", m.year, m.month, m.day);
    /* of several forms another may be meant */
    if (n != 8 || !clock_date_exists(digits) || m.hour > 23 || m.minute > 59 || m.second > 59)
        return false;
    if (n == 8 && reword_date_has_time(form))
        n += snprintf(digits + 8, REWORD_DATE - 8, "%02d%02d%02d", m.hour, m.minute, m.second);
    return n == 8 || n == 14;
}

const char *
reword_date_as(struct arena *a, const char *as, const char *digits)
{
    size_t n = strlen(digits), at = 0;
    char out[32];
    size_t end = 0;

    for (; *as && at < n && end + 1 < sizeof out; as++) {
        bool digit = isalpha((unsigned char)*as) && *as != 'T';

        out[end++] = digit ? digits[at++] : *as;
    }
    return arena_strn(a, out, end);
}

/* ---- amounts ---- */

#define NUMBER_DIGITS 30

static bool
cut(struct span *s, const char *mark, bool behind)
{
    size_t n = strlen(mark);
    const char *at = behind ? s->p + s->n - n : s->p;

    if (s->n < n || memcmp(at, mark, n) != 0)
        return false;
    *s = behind ? (struct span){s->p, s->n - n} : (struct span){s->p + n, s->n - n};
    return true;
}

/* Signs of money and of minus, before or behind. */
static struct span
bare_number(struct span s, bool *minus)
{
    static const char *const money[] = {"¥", "￥", "$", "€", "£", "CNY", "RMB", "USD", "元", "+"};
    static const char *const less[] = {"-", "−", "－", "–"};
    bool again = true;

    *minus = s.n > 2 && *s.p == '(' && s.p[s.n - 1] == ')';
    if (*minus)
        s = (struct span){s.p + 1, s.n - 2};
    while (again && s.n) {
        again = false;
        s = span_trim(s);
        for (int behind = 0; behind <= 1; behind++) {
            for (size_t i = 0; i < sizeof money / sizeof *money; i++)
                again |= cut(&s, money[i], behind);
            for (size_t i = 0; !*minus && i < sizeof less / sizeof *less; i++)
                if (cut(&s, less[i], behind))
                    again = *minus = true;
        }
    }
    return s;
}

/* Digits in groups of three, or without groups; a blank may stand for the separator. */
static bool
put_whole(struct span s, char thousands, char *out, size_t *n)
{
    size_t group = 0;
    bool grouped = false;

    for (size_t i = 0; i < s.n; i++) {
        if (isdigit((unsigned char)s.p[i])) {
            if (*n == NUMBER_DIGITS)
                return false;
            out[(*n)++] = s.p[i];
            group++;
        } else if (s.p[i] == thousands && group && (grouped ? group == 3 : group <= 3)) {
            grouped = true;
            group = 0;
        } else {
            return false;
        }
    }
    return s.n > 0 && (!grouped || group == 3);
}

bool
reword_number(struct arena *scratch, char thousands, char point, struct span value,
              struct span *plain)
{
    bool minus;
    struct span s = bare_number(value, &minus), whole;
    char *out = arena_alloc(scratch, 2 * NUMBER_DIGITS + 4);
    const char *at;
    size_t n = 0, digits = 0;

    if (strspn(value.p ? arena_span(scratch, value) : "", "-") == value.n) /* nothing is there */
        s.n = 0;
    if (!s.n) {
        *plain = SPAN("");
        return true;
    }
    at = memchr(s.p, point, s.n);
    whole = (struct span){s.p, at ? (size_t)(at - s.p) : s.n};
    if (minus)
        *out++ = '-';
    if (!put_whole(whole, thousands, out, &n))
        return false;
    if (at) {
        out[n++] = '.';
        for (at++; at < s.p + s.n; at++) {
            if (!isdigit((unsigned char)*at) || ++digits > NUMBER_DIGITS)
                return false;
            out[n++] = *at;
        }
        n -= digits == 0;
    }
    *plain = (struct span){out - minus, n + minus};
    return true;
}

bool
reword_is_filled(struct span value)
{
    bool minus;
    struct span s = bare_number(span_trim(value), &minus);

    for (size_t i = 0; i < s.n; i++)
        if (!strchr("0.,-", s.p[i]))
            return true;
    return false;
}
