/*
 * cell.c - called for every value of a night, and hardly any of them is odd: a table says of each byte whether
 * anything below could care for it, and only then is the value looked at closely.
 */
#include "formats/read/cell.h"

#include <stdio.h>
#include <strings.h>

/* Bytes that may belong to something odd: anywhere, or as the first of a value. */
enum { ANYWHERE = 1, FIRST = 2 };

static const unsigned char odd[256] = {
    ['?'] = ANYWHERE,  ['&'] = ANYWHERE, ['\\'] = ANYWHERE, ['<'] = ANYWHERE | FIRST,
    [0xC3] = ANYWHERE, /* U+00C0 to U+00FF */
    [0xE9] = ANYWHERE, /* among others 锟, 错 */
    [0xEF] = ANYWHERE, /* among others U+FFFD */
    ['#'] = FIRST,     ['='] = FIRST,    ['@'] = FIRST,     ['-'] = FIRST,
    ['+'] = FIRST,     ['_'] = FIRST,    ['.'] = FIRST,     ['*'] = FIRST,
    ['~'] = FIRST,     [0xE2] = FIRST, /* — */
    ['('] = FIRST,     ['['] = FIRST,    ['n'] = FIRST,     ['N'] = FIRST,
    ['u'] = FIRST,     ['U'] = FIRST,    ['E'] = FIRST,     ['S'] = FIRST,
    [0xE5] = FIRST, /* 屯 */
    [0xE7] = FIRST, /* 烫 */
};

static bool
found(struct finding *f, err_code_t code, const char *what, size_t n)
{
    f->code = code;
    snprintf(f->want, sizeof f->want, "%.*s", (int)n, what);
    return true;
}

static bool
garbled(struct finding *f, const char *what)
{
    return found(f, ERR_GARBLED, what, strlen(what));
}

static bool
is_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* A character of a word: a letter, a digit, or one of another script. */
static bool
is_word(char c)
{
    return span_digit(c) || is_letter(c) || (unsigned char)c >= 0x80;
}

static bool
is_any_case(struct span v, const char *word)
{
    return v.n == strlen(word) && strncasecmp(v.p, word, v.n) == 0;
}

/* ---- what is taken off ---- */

/* A number or code as a spreadsheet would spoil it: letters, digits and what parts them, a digit among them. */
static bool
is_code(struct span v)
{
    bool digit = false;

    for (size_t i = 0; i < v.n; i++) {
        digit |= span_digit(v.p[i]);
        if (!span_digit(v.p[i]) && !is_letter(v.p[i]) && !strchr("-_./+:#", v.p[i]))
            return false;
    }
    return digit;
}

/* 's-Hertogenbosch begins with one as well; a digit or a character of another script does not follow there. */
static struct span
without_apostrophe(struct span v)
{
    struct span rest = {v.p + 1, v.n - 1};

    if (rest.n > 1 && rest.p[rest.n - 1] == '\'' && is_code((struct span){rest.p, rest.n - 1}))
        return span_trim((struct span){rest.p, rest.n - 1});
    if (memchr(rest.p, '\'', rest.n))
        return v;
    return is_code(rest) || (unsigned char)*rest.p >= 0x80 ? span_trim(rest) : v;
}

struct span
cell_plain(struct span v)
{
    if (v.n < 2)
        return v;
    if (*v.p == '\'')
        return without_apostrophe(v);
    if (v.n < 3 || v.p[0] != '=' || v.p[1] != '"' || v.p[v.n - 1] != '"' ||
        memchr(v.p + 2, '"', v.n - 3))
        return v;
    return span_trim((struct span){v.p + 2, v.n - 3});
}

/* ---- a spreadsheet's errors ---- */

static bool
all_are(struct span v, char c)
{
    for (size_t i = 0; i < v.n; i++)
        if (v.p[i] != c)
            return false;
    return true;
}

/* #REF!, #NAME?, #¡VALOR!, #ЗНАЧ!, #Error, #Deleted; ######## where a column was too narrow. */
static bool
is_sheet_error(struct span v)
{
    static const char *const others[] = {"#N/A",          "#N/D",   "#NV",      "#Н/Д",
                                         "#GETTING_DATA", "#Error", "#Deleted", "#N/A N/A"};
    char last = v.p[v.n - 1];

    if (*v.p != '#')
        return span_begins(v, "Err:5") || span_begins(v, "错误:5") || span_begins(v, "错误：5");
    if (v.n > 1 && all_are(v, '#'))
        return true;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (is_any_case(v, others[i]))
            return true;
    return v.n > 3 && v.n <= 32 && (last == '!' || last == '?') && !memchr(v.p, ' ', v.n) &&
           is_word(v.p[1]);
}

/* ---- what stands for nothing ---- */

static bool
is_nothing(struct span v, bool personal)
{
    static const char *const words[] = {
        "null",          "(null)",       "[null]",   "<null>", "#null",
        "\\N",           "nan",          "n/a",      "<na>",   "NaT",
        "undefined",     "(blank)",      "（空白）", "(空白)", "[object Object]",
        "System.Byte[]", "System.DBNull"};

    if (personal && span_is(v, "Null")) /* people are called so */
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is_any_case(v, words[i]))
            return true;
    return span_is(v, "None") || span_begins(v, "[object ");
}

/* -, --, ——, ._ */
static bool
only_dashes(struct span v)
{
    while (v.n && (strchr("-_.*~", *v.p) || span_begins(v, "—"))) {
        size_t n = span_begins(v, "—") ? 3 : 1;

        v = (struct span){v.p + n, v.n - n};
    }
    return v.n == 0;
}

/* ---- lost characters ---- */

/* A ? that ends a sentence stays one; the others stand for a character that the program's charset lacked. */
static bool
is_lost_at(struct span v, size_t i, bool personal)
{
    bool more = i + 1 < v.n, before = i > 0 && is_word(v.p[i - 1]);
    size_t blanks = 0;

    if (more && v.p[i + 1] == '?') {
        for (size_t k = 0; k < i; k++)
            blanks += v.p[k] == ' ';
        return blanks < 2 || !before || i + 2 < v.n; /* "is this all??" */
    }
    if (i == 0)
        return true;
    if (v.p[i - 1] == '?')
        return false; /* the run before it was judged */
    if (personal)
        for (size_t k = 0; k < v.n; k++)
            if ((unsigned char)v.p[k] >= 0x80)
                return true;
    return before && more && is_word(v.p[i + 1]);
}

static bool
has_lost(struct span v, bool personal)
{
    bool address = span_holds(v, "://") || span_holds(v, "www.");

    if (address)
        return false;
    for (size_t i = 0; i < v.n; i++)
        if (v.p[i] == '?' && is_lost_at(v, i, personal))
            return true;
    return false;
}

/* The character at *p, as Latin-1 or Windows-1252 has it; 0: neither has. */
static unsigned
western(const unsigned char **p, const unsigned char *end)
{
    static const unsigned others[] = {0x152,  0x153,  0x160,  0x161,  0x178,  0x17D,  0x17E,
                                      0x192,  0x2C6,  0x2DC,  0x2013, 0x2014, 0x2018, 0x2019,
                                      0x201A, 0x201C, 0x201D, 0x201E, 0x2020, 0x2021, 0x2022,
                                      0x2026, 0x2030, 0x2039, 0x203A, 0x20AC, 0x2122};
    unsigned c = *(*p)++;
    int more = c < 0x80 ? 0 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;

    if (more)
        c &= 0x3Fu >> more;
    for (; more > 0 && *p < end; more--)
        c = c << 6 | (*(*p)++ & 0x3Fu);
    if (c >= 0x80 && c <= 0xFF)
        return c;
    if (c < others[0] || c > others[sizeof others / sizeof *others - 1])
        return 0; /* ASCII and Chinese, which is nearly all there is */
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (c == others[i])
            return c;
    return 0;
}

/* æ”¯ä»˜, Ö§¸¶: Chinese in UTF-8 or GB18030 that was read as a Western charset. No word of a Western language has
 * four such characters in a row. */
static bool
is_mojibake(struct span v)
{
    const unsigned char *p = (const unsigned char *)v.p, *end = p + v.n;
    unsigned run = 0, letters = 0;

    while (p < end) {
        unsigned c = western(&p, end);

        run = c ? run + 1 : 0;
        letters = c ? letters + (c >= 0xC0 && c <= 0xFF) : 0;
        if (run >= 4 && letters >= 2)
            return true;
    }
    return false;
}

/* &amp; and the like, &#40857; - what stands between & and ; */
static bool
is_entity(struct span v, size_t at, size_t *n)
{
    static const char *const names[] = {"amp", "lt", "gt", "quot", "apos", "nbsp"};
    size_t end = at + 1;

    while (end < v.n && end - at < 10 && v.p[end] != ';')
        end++;
    if (end == v.n || v.p[end] != ';' || end == at + 1)
        return false;
    *n = end + 1 - at;
    if (v.p[at + 1] == '#')
        return end > at + 2 && (span_digit(v.p[at + 2]) || (v.p[at + 2] | 0x20) == 'x');
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (span_is((struct span){v.p + at + 1, end - at - 1}, names[i]))
            return true;
    return false;
}

static bool
is_hex(char c)
{
    return span_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

static bool
is_escape(struct span v, size_t at)
{
    return at + 6 <= v.n && v.p[at + 1] == 'u' && is_hex(v.p[at + 2]) && is_hex(v.p[at + 3]) &&
           is_hex(v.p[at + 4]) && is_hex(v.p[at + 5]);
}

static bool
is_tag(struct span v, size_t at, size_t *n)
{
    static const char *const tags[] = {"<br>",  "<br/>",  "<br />",  "<p>",      "</p>",
                                       "<div",  "</div>", "<span",   "</span>",  "<td",
                                       "</td>", "<font",  "</font>", "<![CDATA["};

    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        *n = strlen(tags[i]);
        if (v.n - at >= *n && strncasecmp(v.p + at, tags[i], *n) == 0)
            return true;
    }
    return false;
}

/* A program's way to write a character, where the character should stand. */
static bool
has_markup(struct span v, struct finding *f)
{
    size_t n = 6;

    for (size_t i = 0; i < v.n; i++)
        if ((v.p[i] == '&' && is_entity(v, i, &n)) || (v.p[i] == '<' && is_tag(v, i, &n)) ||
            (v.p[i] == '\\' && is_escape(v, i)))
            return found(f, ERR_GARBLED, v.p + i, n);
    return false;
}

/* Memory that a program never wrote to, read as GBK. */
static bool
is_unwritten(struct span v)
{
    return span_begins(v, "烫烫烫") || span_begins(v, "屯屯屯");
}

static bool
is_garbled(struct span v, bool personal, struct finding *f)
{
    if (span_holds(v, "\xEF\xBF\xBD"))
        return garbled(f, "U+FFFD");
    if (span_holds(v, "锟斤拷"))
        return garbled(f, "锟斤拷");
    if (is_unwritten(v))
        return garbled(f, "烫烫烫");
    if (memchr(v.p, '?', v.n) && has_lost(v, personal))
        return garbled(f, "?");
    return has_markup(v, f) || (is_mojibake(v) && garbled(f, "é¾™å²©"));
}

/* Before it stands what a formula has before a value. */
static bool
is_operand(struct span v, size_t at)
{
    while (at > 1 && v.p[at - 1] == ' ')
        at--;
    return strchr("+-*/^&=<>(,;{|", v.p[at - 1]) != NULL;
}

static size_t
word_at(struct span v, size_t at)
{
    size_t n = 0;

    while (at + n < v.n && (is_letter(v.p[at + n]) || v.p[at + n] == '_' ||
                            (n && (span_digit(v.p[at + n]) || v.p[at + n] == '.'))))
        n++;
    return n;
}

static bool
ends_name(char c)
{
    return is_letter(c) || span_digit(c) || c == '\'';
}

/* A1, $A$1 */
static bool
begins_cell(struct span v, size_t at)
{
    return at < v.n && (is_letter(v.p[at]) || v.p[at] == '$');
}

/* Behind a sign, what no text has there: a function called as a value, another program (cmd|'/C calc'!A0), a cell
 * of another sheet. Spreadsheets compute these too when they open a CSV; "-5℃", "+86 597" and "-5 piece(s)" are text. */
static bool
is_computed(struct span v)
{
    bool program = false;

    for (size_t i = 1; i < v.n; i++) {
        size_t n = is_operand(v, i) ? word_at(v, i) : 0;

        if (n && i + n < v.n && v.p[i + n] == '(')
            return true;
        i += n;
        if (i == v.n)
            break;
        program |= v.p[i] == '|' && ends_name(v.p[i - 1]);
        if (v.p[i] == '!' && (program || (ends_name(v.p[i - 1]) && begins_cell(v, i + 1))))
            return true;
    }
    return false;
}

/* =A1+B1, @SUM(A1), +SUM(A1) */
static bool
is_formula(struct span v)
{
    size_t i = 1;

    if (*v.p == '=')
        return true;
    if (*v.p == '+' || *v.p == '-')
        return is_computed(v);
    if (*v.p != '@')
        return false;
    while (i < v.n && v.p[i] >= 'A' && v.p[i] <= 'Z')
        i++;
    return i > 1 && i < v.n && v.p[i] == '(';
}

bool
cell_is_no_data(const struct plan_node *column, struct span v, struct finding *f)
{
    unsigned seen = 0;

    if (!v.n)
        return false;
    for (size_t i = 0; i < v.n; i++)
        seen |= odd[(unsigned char)v.p[i]] & ANYWHERE;
    if (!seen && !(odd[(unsigned char)*v.p] & FIRST))
        return false;
    if (is_sheet_error(v))
        return found(f, ERR_CELL_ERROR, "", 0);
    if (is_nothing(v, column->personal) || (column->min && only_dashes(v)))
        return found(f, ERR_NO_VALUE, "", 0);
    if (is_formula(v))
        return found(f, ERR_FORMULA, "", 0);
    return is_garbled(v, column->personal, f);
}
