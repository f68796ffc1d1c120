#include "formats/read/totals.h"

#include <stdio.h>

#include "base/stream.h"
#include "formats/read/charset.h"
#include "formats/xsd/mask.h"

#define SCALE      8
#define ONE        100000000
#define MAX_DIGITS 20
#define HEX        64
#define MOST_SHOWN 10000000000 /* a telephone has eleven digits */

/* ---- numbers ---- */

/* Digits before the point, in groups of three where there are commas; returns what follows. */
static const char *
whole_part(const char *p, const char *end, totals_number *v, int *digits)
{
    int group = -1; /* digits since the last comma; -1: there was none */

    for (*digits = 0; p < end && (span_digit(*p) || *p == ','); p++) {
        if (*p == ',') {
            if (group < 0 ? *digits == 0 || *digits > 3 : group != 3)
                return NULL;
            group = 0;
            continue;
        }
        if (++*digits > MAX_DIGITS)
            return NULL;
        group += group >= 0;
        *v = *v * 10 + (*p - '0');
    }
    return group < 0 || group == 3 ? p : NULL;
}

static bool
read_number(struct span s, totals_number *out)
{
    const char *p = s.p, *end = s.p + s.n;
    bool minus = s.n && *p == '-';
    totals_number v = 0;
    int whole, places = 0;

    p += s.n && (*p == '-' || *p == '+');
    if (!(p = whole_part(p, end, &v, &whole)))
        return false;
    if (p < end && *p == '.')
        for (p++; p < end && span_digit(*p); p++, places++) {
            if (places < SCALE)
                v = v * 10 + (*p - '0');
            else if (places == SCALE)
                v += *p >= '5';
        }
    if (p != end || whole + places == 0)
        return false;
    for (; places < SCALE; places++)
        v *= 10;
    *out = minus ? -v : v;
    return true;
}

static void
put_number(struct buf *b, totals_number v)
{
    char digits[48], *p = digits + sizeof digits;
    int places = SCALE;

    if (v < 0)
        buf_put(b, "-", 1);
    v = v < 0 ? -v : v;
    for (; places > 0 && v % 10 == 0; places--)
        v /= 10;
    do {
        *--p = (char)('0' + (int)(v % 10));
        v /= 10;
        if (--places == 0)
            *--p = '.';
    } while (v || places >= 0);
    buf_put(b, p, (size_t)(digits + sizeof digits - p));
}

/* ---- what is said ---- */

static rc_t
twice(const char *key, struct err *e)
{
    return err_set(e, RC_REJECT, ERR_TOTALS_TEXT, "%s is said twice, differently", key);
}

static bool
is_hash(struct span s)
{
    if (s.n != HEX)
        return false;
    for (size_t i = 0; i < HEX; i++)
        if (!span_digit(s.p[i]) && !(s.p[i] >= 'a' && s.p[i] <= 'f'))
            return false;
    return true;
}

static rc_t
say_sha256(struct totals *t, struct span hash, struct err *e)
{
    if (!is_hash(hash))
        return err_set(e, RC_REJECT, ERR_TOTALS_TEXT,
                       "sha256 of %zu characters is not 64 hexadecimal digits", hash.n);
    if (*t->sha256 && memcmp(t->sha256, hash.p, HEX) != 0)
        return twice("sha256", e);
    memcpy(t->sha256, hash.p, HEX);
    t->sha256[HEX] = '\0';
    return RC_OK;
}

static rc_t
say_rows(struct totals *t, totals_number v, struct err *e)
{
    if (v < 0 || v % ONE || v / ONE > INT64_MAX)
        return err_set(e, RC_REJECT, ERR_TOTALS_TEXT, "rows is not a whole number");
    if (t->has_rows && t->rows != (uint64_t)(v / ONE))
        return twice("rows", e);
    t->has_rows = true;
    t->rows = (uint64_t)(v / ONE);
    return RC_OK;
}

/* A code: what is written must be read again as the same. */
static bool
is_currency(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!span_digit(s.p[i]) && !(s.p[i] >= 'a' && s.p[i] <= 'z'))
            return false;
    return s.n < sizeof((struct totals_amount *)0)->currency;
}

static rc_t
say_amount(struct totals *t, struct span currency, totals_number v, struct err *e)
{
    struct totals_amount *a = t->amounts;

    if (!is_currency(currency))
        return err_set(e, RC_REJECT, ERR_TOTALS_TEXT, "amount.%.*s is of no currency",
                       SPAN_F(mask_word(currency)));
    for (uint32_t i = 0; i < t->amount_count; i++, a++)
        if (span_is(currency, a->currency))
            return a->value == v ? RC_OK : twice("amount", e);
    if (t->amount_count == TOTALS_CURRENCIES)
        return err_set(e, RC_REJECT, ERR_TOTALS_TEXT, "more than %d amounts", TOTALS_CURRENCIES);
    snprintf(a->currency, sizeof a->currency, "%.*s", SPAN_F(currency));
    a->value = v;
    t->amount_count++;
    return RC_OK;
}

static bool
is_amount(struct span key)
{
    return span_is(key, "amount") || (key.n > 7 && memcmp(key.p, "amount.", 7) == 0);
}

static rc_t
say(struct totals *t, struct span key, struct span value, struct err *e)
{
    totals_number v;

    if (span_is(key, "sha256"))
        return say_sha256(t, value, e);
    if (!span_is(key, "rows") && !is_amount(key))
        return err_set(e, RC_REJECT, ERR_TOTALS_TEXT, "'%.*s' is not known",
                       SPAN_F(mask_word(key)));
    if (!read_number(value, &v))
        return err_set(e, RC_REJECT, ERR_TOTALS_TEXT, "%s '%.*s' is not a number",
                       is_amount(key) ? "amount" : "rows", SPAN_F(mask_word(value)));
    if (span_is(key, "rows"))
        return say_rows(t, v, e);
    return say_amount(t, key.n > 7 ? (struct span){key.p + 7, key.n - 7} : SPAN(""), v, e);
}

bool
totals_any(const struct totals *t)
{
    return *t->sha256 || t->has_rows || t->amount_count;
}

/* ---- text ---- */

static bool
parts_words(char c)
{
    return c == ' ' || c == '\t' || c == ';' || c == ',';
}

static struct span
after(struct span s, size_t n)
{
    return (struct span){s.p + n, s.n - n};
}

static struct span
skip_blanks(struct span s)
{
    while (s.n && parts_words(*s.p))
        s = after(s, 1);
    return s;
}

/* Where the key of key=value ends; s.n: there is none. */
static size_t
key_length(struct span s)
{
    size_t n = 0;

    while (n < s.n && s.p[n] != '=' && s.p[n] != ':')
        n++;
    return n;
}

/* Up to a blank, or a comma that is none between digits. */
static struct span
value_of(struct span s)
{
    size_t n = 0;

    while (n < s.n &&
           (s.p[n] == ',' ? n + 1 < s.n && span_digit(s.p[n + 1]) : !parts_words(s.p[n])))
        n++;
    return (struct span){s.p, n};
}

static struct span
unquote(struct span s)
{
    if (s.n >= 2 && (*s.p == '"' || *s.p == '\'') && s.p[s.n - 1] == *s.p)
        return (struct span){s.p + 1, s.n - 2};
    return s;
}

static rc_t
read_pairs(struct totals *t, struct span s, struct err *e)
{
    rc_t rc = RC_OK;

    while (rc == RC_OK && (s = skip_blanks(s)).n) {
        size_t n = key_length(s);
        struct span key = span_trim((struct span){s.p, n}), value;

        if (n == s.n)
            return err_set(e, RC_REJECT, ERR_TOTALS_TEXT, "'%.*s' is not known",
                           SPAN_F(mask_word(key)));
        s = after(s, n + 1);
        while (s.n && (*s.p == ' ' || *s.p == '\t'))
            s = after(s, 1);
        value = value_of(s);
        s = after(s, value.n);
        rc = say(t, key, unquote(value), e);
    }
    return rc;
}

/* Sums of files, of which one should be ours. */
struct sums {
    struct span name; /* ours, normal */
    struct span only; /* the only one so far, whatever it names */
    uint32_t count;
    bool named; /* ours is there */
};

static rc_t
note_sum(struct totals *t, struct sums *sums, struct span hash, struct span file, struct err *e)
{
    for (size_t i = file.n; i > 0; i--)
        if (file.p[i - 1] == '/' || file.p[i - 1] == '\\') {
            file = after(file, i); /* its folder on their machine says nothing */
            break;
        }
    sums->only = hash;
    sums->count++;
    if (!span_eq(file, sums->name))
        return RC_OK;
    sums->named = true;
    return say_sha256(t, hash, e);
}

/* "<hex>  NAME", "<hex> *NAME" or the hash alone. */
static bool
is_sum_line(struct span line, struct span *hash, struct span *file)
{
    if (line.n && *line.p == '\\') /* the name has a line end or a backslash in it */
        line = after(line, 1);
    if (line.n < HEX || (line.n > HEX && line.p[HEX] != ' ' && line.p[HEX] != '\t'))
        return false;
    *hash = (struct span){line.p, HEX};
    *file = span_trim(after(line, HEX));
    if (file->n && *file->p == '*')
        *file = after(*file, 1);
    return is_hash(*hash);
}

/* "SHA256 (NAME) = <hex>", "SHA2-256(NAME)= <hex>" */
static bool
is_tag_line(struct span line, struct span *hash, struct span *file)
{
    static const struct span words[] = {
        {"sha256",   6},
        {"sha2-256", 8}
    };
    size_t close;

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (line.n < words[i].n || memcmp(line.p, words[i].p, words[i].n) != 0)
            continue;
        line = span_trim(after(line, words[i].n));
        for (close = line.n; close > 0 && line.p[close - 1] != ')'; close--)
            ;
        if (close < 2 || *line.p != '(')
            return false;
        *file = (struct span){line.p + 1, close - 2};
        line = span_trim(after(line, close));
        if (!line.n || *line.p != '=')
            return false;
        *hash = span_trim(after(line, 1));
        return is_hash(*hash);
    }
    return false;
}

static rc_t
read_line(struct totals *t, struct sums *sums, struct span line, struct err *e)
{
    struct span hash, file;

    if (!line.n || *line.p == '#')
        return RC_OK;
    if (is_sum_line(line, &hash, &file) || is_tag_line(line, &hash, &file))
        return note_sum(t, sums, hash, file, e);
    return read_pairs(t, line, e);
}

static rc_t
read_lines(struct totals *t, struct arena *a, struct span text, const char *name, struct err *e)
{
    struct sums sums = {.name = header_name(a, span_of(name))};
    unsigned number = 1;
    rc_t rc = RC_OK;

    for (; rc == RC_OK && text.n; number++) {
        const char *lf = memchr(text.p, '\n', text.n);
        size_t n = lf ? (size_t)(lf - text.p) : text.n;

        rc = read_line(t, &sums, header_name(a, (struct span){text.p, n}), e);
        text = after(text, lf ? n + 1 : n);
        if (rc != RC_OK)
            return err_prefix(e, "line %u", number);
    }
    if (sums.named || !sums.count)
        return RC_OK;
    if (sums.count > 1)
        return err_set(e, RC_REJECT, ERR_TOTALS_TEXT, "%u sums, none of them of '%s'", sums.count,
                       name);
    return say_sha256(t, sums.only, e);
}

rc_t
totals_read(struct totals *t, struct span text, const char *name, struct err *e)
{
    struct arena *a = arena_new("totals");
    struct charset_sniff sniff = {0};
    struct charset_conv *conv;
    struct span bom, utf8;
    enum charset charset;
    size_t bad = 0;
    rc_t rc;

    charset_feed(&sniff, text.p, text.n);
    charset = charset_result(&sniff);
    bom = charset_bom(charset);
    if (sniff.bom == charset)
        text = after(text, bom.n);
    conv = charset_open(charset);
    if ((rc = charset_to_utf8(conv, a, text, &utf8, &bad, e)) == RC_OK)
        rc = read_lines(t, a, utf8, name, e);
    else if (rc == RC_REJECT)
        rc = err_set(e, RC_REJECT, ERR_TOTALS_TEXT, "byte %zu is not %s", bad,
                     charset_name(charset));
    charset_close(&conv);
    arena_free(&a);
    return rc;
}

/* ---- as text ---- */

static const char *
finish_text(struct buf *b, char out[TOTALS_TEXT])
{
    snprintf(out, TOTALS_TEXT, "%.*s", (int)b->n, b->n ? b->p : "");
    buf_free(b);
    return out;
}

static void
put_amount(struct buf *b, const char *currency, totals_number v)
{
    buf_printf(b, "%samount%s%s=", b->n ? " " : "", *currency ? "." : "", currency);
    put_number(b, v);
}

const char *
totals_text(const struct totals *t, char out[TOTALS_TEXT])
{
    struct buf b = {0};

    if (*t->sha256)
        buf_printf(&b, "sha256=%s", t->sha256);
    if (t->has_rows)
        buf_printf(&b, "%srows=%llu", b.n ? " " : "", (unsigned long long)t->rows);
    for (uint32_t i = 0; i < t->amount_count; i++)
        put_amount(&b, t->amounts[i].currency, t->amounts[i].value);
    return finish_text(&b, out);
}

/* ---- what is counted ---- */

/* Where this currency is added up; NULL: there is no room for it. */
static struct totals_amount *
amount_of(struct tally *t, struct span currency)
{
    struct totals_amount *by = t->by;

    for (uint32_t i = 0; i < t->count; i++, by++)
        if (span_is(currency, by->currency))
            return by;
    if (currency.n >= sizeof by->currency || t->count == TOTALS_CURRENCIES)
        return NULL;
    t->count++;
    *by = (struct totals_amount){.value = 0};
    if (currency.n)
        memcpy(by->currency, currency.p, currency.n);
    return by;
}

void
tally_row(struct tally *t, struct span amount, struct span currency)
{
    struct totals_amount *by;
    totals_number v;

    t->rows++;
    if (!amount.n || !read_number(amount, &v) || !(by = amount_of(t, currency))) {
        t->unread++;
        return;
    }
    t->all += v;
    by->value += v;
}

void
tally_add(struct tally *t, const struct tally *more)
{
    t->rows += more->rows;
    t->unread += more->unread;
    t->all += more->all;
    for (uint32_t i = 0; i < more->count && i < TOTALS_CURRENCIES; i++) {
        const struct totals_amount *a = &more->by[i];
        struct totals_amount *by =
            amount_of(t, (struct span){a->currency, strnlen(a->currency, sizeof a->currency)});

        if (by)
            by->value += a->value;
        else
            t->unread++;
    }
}

const char *
tally_text(const struct tally *t, char out[TOTALS_TEXT])
{
    struct buf b = {0};

    buf_printf(&b, "rows=%llu", (unsigned long long)t->rows);
    if (t->count) {
        put_amount(&b, "", t->all);
        for (uint32_t i = 0; i < t->count; i++)
            if (*t->by[i].currency)
                put_amount(&b, t->by[i].currency, t->by[i].value);
    }
    return finish_text(&b, out);
}

static totals_number
counted_amount(const struct tally *t, const char *currency)
{
    if (!*currency)
        return t->all;
    for (uint32_t i = 0; i < t->count; i++)
        if (!strcmp(t->by[i].currency, currency))
            return t->by[i].value;
    return 0;
}

/* What is too much to be said may have shifted: a telephone, the number of a card. */
static bool
is_absurd(totals_number v)
{
    return v / ONE >= MOST_SHOWN || v / ONE <= -MOST_SHOWN;
}

static void
put_shown(struct buf *b, const char *currency, totals_number v)
{
    if (is_absurd(v))
        buf_printf(b, "%samount%s%s=***", b->n ? " " : "", *currency ? "." : "", currency);
    else
        put_amount(b, currency, v);
}

bool
totals_agree(const struct totals *said, const struct tally *counted, char seen[TOTALS_TEXT],
             char want[TOTALS_TEXT])
{
    struct buf s = {0}, w = {0};
    bool same;

    if (said->has_rows && said->rows != counted->rows) {
        buf_printf(&s, "rows=%llu", (unsigned long long)counted->rows);
        if (said->rows >= MOST_SHOWN)
            buf_str(&w, "rows=***");
        else
            buf_printf(&w, "rows=%llu", (unsigned long long)said->rows);
    }
    for (uint32_t i = 0; i < said->amount_count && !counted->unread; i++) {
        const struct totals_amount *a = &said->amounts[i];
        totals_number is = counted_amount(counted, a->currency);

        if (is != a->value) {
            put_shown(&s, a->currency, is);
            put_shown(&w, a->currency, a->value);
        }
    }
    same = !w.n;
    finish_text(&s, seen);
    finish_text(&w, want);
    return same;
}

/* ---- trailer rows ---- */

static char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Length of `word` at the start of s, in any letter case, with a blank, a colon or nothing after it. */
static size_t
begins_with(struct span s, const char *word)
{
    size_t n = 0;

    while (word[n] && n < s.n && lower(s.p[n]) == lower(word[n]))
        n++;
    if (word[n])
        return 0;
    if (n == s.n || parts_words(s.p[n]) || s.p[n] == ':')
        return n;
    return s.n - n >= 3 && (memcmp(s.p + n, "：", 3) == 0 || memcmp(s.p + n, "　", 3) == 0) ? n : 0;
}

static size_t
mark_length(const struct plan *plan, struct span cell)
{
    size_t n;

    for (const char **mark = plan->trailers; mark && *mark; mark++)
        if ((n = begins_with(cell, *mark)))
            return n;
    return 0;
}

/* rows=… or amount=…, as far as its key goes */
static bool
is_pair(struct span s)
{
    size_t n = 0;
    char key[16];

    for (; n < s.n && n < sizeof key && s.p[n] != '=' && s.p[n] != ':'; n++)
        key[n] = lower(s.p[n]);
    if (n == s.n || n == sizeof key)
        return false;
    s = span_trim((struct span){key, n});
    return span_is(s, "rows") || is_amount(s);
}

static uint32_t
first_cell(const struct span *cells, uint32_t count)
{
    uint32_t i = 0;

    while (i < count && !span_trim(cells[i]).n)
        i++;
    return i;
}

/* ---- rows that are none ---- */

#define FOOTER_CELLS 4 /* that are not blank, at most */

static bool
starts(struct span s, const char *word)
{
    size_t n = 0;

    while (word[n] && n < s.n && lower(s.p[n]) == lower(word[n]))
        n++;
    return !word[n];
}

/* 制表人：李, Printed: 2026-11-30; no time of day, which has digits before its colon. */
static bool
is_labelled(struct span s)
{
    for (size_t i = 1; i < s.n; i++)
        if ((s.p[i] == ':' && !span_digit(s.p[i - 1])) ||
            (s.n - i >= 3 && memcmp(s.p + i, "：", 3) == 0))
            return true;
    return false;
}

static bool
is_footer_word(struct span s)
{
    static const char *const words[] = {
        "小计",    "合计",      "总计",     "共计", "累计", "本页",     "制表",   "填表",
        "审核",    "复核",      "经办",     "打印", "导出", "制单",     "备注",   "说明",
        "注：",    "以上",      "以下",     "完",   "结束", "subtotal", "total",  "page ",
        "printed", "generated", "exported", "--",   "==",   "**",       "end of "};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (starts(s, words[i]))
            return true;
    return (starts(s, "共") || starts(s, "第")) && s.n > 3 && (span_digit(s.p[3]) || s.p[3] == ' ');
}

#define SUM_WORD 48 /* bytes of a cell that may be one */

/* Small letters up to a colon, a bracket or a digit, without the blanks: 合　计（元） is 合计. */
static struct span
plain_word(struct span s, char word[SUM_WORD])
{
    static const char *const ends[] = {":", "(", "：", "（"};
    static const char *const blanks[] = {" ", "\t", "　", "\xc2\xa0"};
    size_t n = 0;

    while (s.n && !span_digit(*s.p)) {
        size_t blank = 0;

        for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
            if (starts(s, ends[i]))
                return (struct span){word, n};
        for (size_t i = 0; i < sizeof blanks / sizeof *blanks && !blank; i++)
            blank = starts(s, blanks[i]) ? strlen(blanks[i]) : 0;
        if (!blank && n == SUM_WORD)
            return SPAN("");
        if (!blank)
            word[n++] = lower(*s.p);
        s = after(s, blank ? blank : 1);
    }
    return (struct span){word, n};
}

/* What people write before a sum: 合计, 本页小计：, Total (CNY). */
static bool
is_sum_word(struct span s)
{
    static const char *const endings[] = {"合计",     "小计",   "总计",   "共计",     "累计",
                                          "汇总",     "总额",   "总和",   "总数",     "合计金额",
                                          "总计金额", "总金额", "合计数", "合计数量", "总数量"};
    static const char *const words[] = {"total",      "totals",      "subtotal", "sub-total",
                                        "grandtotal", "totalamount", "sum",      "sumtotal"};
    char letters[SUM_WORD];
    struct span word = plain_word(s, letters);

    for (size_t i = 0; word.n && i < sizeof endings / sizeof *endings; i++)
        if (span_ends(word, endings[i]))
            return true;
    for (size_t i = 0; word.n && i < sizeof words / sizeof *words; i++)
        if (span_is(word, words[i]))
            return true;
    return false;
}

#define FIGURE_LETTERS 4 /* ￥ 元 CNY */

/* 142,865.02, ￥25.00, 4单, or the dash of an account. */
static bool
is_figure(struct span s)
{
    bool digit = false;
    int letters = 0;

    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        digit |= span_digit(s.p[i]);
        letters += c >= 0xc0 || (lower(s.p[i]) >= 'a' && lower(s.p[i]) <= 'z');
    }
    return letters <= FIGURE_LETTERS && (digit || !letters);
}

struct must {
    uint32_t there, all;
};

/* How many of the fields that a row must have it has. */
static struct must
count_required(const struct totals_check *c, const struct span *cells, uint32_t count)
{
    struct must m = {0, 0};

    for (uint32_t i = 0; i < c->plan->root->child_count; i++) {
        const struct plan_node *field = c->plan->root->children[i];

        if (!field->min || field->dflt || c->columns[i] < 0)
            continue;
        m.all++;
        m.there += (uint32_t)c->columns[i] < count && span_trim(cells[c->columns[i]]).n > 0;
    }
    return m;
}

/* A word for a sum and nothing but numbers below the columns, whose names a row would have. */
static bool
is_sum_row(const struct totals_check *c, const struct span *cells, uint32_t count, uint32_t first)
{
    struct must m;

    if (!is_sum_word(span_trim(cells[first])))
        return false;
    for (uint32_t i = first + 1; i < count; i++) {
        struct span s = span_trim(cells[i]);

        if (s.n && !is_figure(s) && !is_sum_word(s) && !is_labelled(s))
            return false;
    }
    m = count_required(c, cells, count);
    return m.there < m.all;
}

bool
totals_is_footer(const struct totals_check *c, const struct span *cells, uint32_t count)
{
    uint32_t filled = 0, first = first_cell(cells, count);
    struct must m;

    if (first == count)
        return false;
    if (is_sum_row(c, cells, count, first))
        return true;
    for (uint32_t i = first; i < count && filled <= FOOTER_CELLS; i++)
        filled += span_trim(cells[i]).n > 0;
    if (filled > FOOTER_CELLS)
        return false;
    m = count_required(c, cells, count);
    return m.there * 3 <= m.all &&
           (is_footer_word(span_trim(cells[first])) || is_labelled(span_trim(cells[first])));
}

/* What stands in the cells, the mark taken off. */
struct trailer {
    struct totals *said;
    const struct plan *plan;
    struct arena *arena;
    const struct span *cells;
    uint32_t count, first;
};

static struct span
trailer_cell(const struct trailer *t, uint32_t i)
{
    struct span s = span_trim(t->cells[i]);
    size_t n = i == t->first ? mark_length(t->plan, s) : 0;

    s = header_name(t->arena, after(s, n));
    while (n && s.n && (*s.p == ':' || parts_words(*s.p)))
        s = after(s, 1);
    return s;
}

static rc_t
read_cells(const struct trailer *t, bool *found, struct err *e)
{
    rc_t rc = RC_OK;

    for (uint32_t i = 0; rc == RC_OK && i < t->count; i++) {
        struct span s = trailer_cell(t, i);
        if (is_pair(s)) {
            *found = true;
            rc = read_pairs(t->said, s, e);
        }
    }
    return rc;
}

/* Rows and amount, in this order, are the first things after the mark. */
static rc_t
read_in_order(const struct trailer *t, struct err *e)
{
    static const char *const keys[] = {"rows", "amount"};
    size_t key = 0;
    rc_t rc = RC_OK;

    for (uint32_t i = 0; rc == RC_OK && i < t->count && key < 2; i++) {
        struct span s = trailer_cell(t, i);
        totals_number v;

        if (s.n && !read_number(s, &v))
            return RC_OK;
        if (s.n)
            rc = say(t->said, span_of(keys[key++]), s, e);
    }
    return rc;
}

/* The amount, where the row is as wide as the header and it stands below its column; else "". */
static struct span
amount_below(const struct trailer *t, uint32_t width, int amount_column)
{
    return t->count == width && amount_column > (int)t->first
               ? trailer_cell(t, (uint32_t)amount_column)
               : SPAN("");
}

static bool
holds_numbers(const struct totals_check *c, uint32_t column)
{
    for (uint32_t i = 0; c->columns && i < c->plan->root->child_count; i++) {
        const struct plan_type *type = c->plan->root->children[i]->type;

        if (c->columns[i] == (int)column)
            return type && (type->base == PLAN_DECIMAL || type->base == PLAN_INTEGER);
    }
    return false;
}

/* Rows and amount behind the mark and nothing else, and no sums of the columns they happen to stand in. */
static bool
counts_in_order(const struct trailer *t, const struct totals_check *c)
{
    uint32_t at = t->first + 1;
    totals_number rows, amount;

    if (t->count - t->first < 3 || trailer_cell(t, t->first).n ||
        !read_number(trailer_cell(t, at), &rows) || rows < 0 || rows % ONE ||
        !read_number(trailer_cell(t, at + 1), &amount))
        return false;
    for (uint32_t i = at + 2; i < t->count; i++)
        if (span_trim(t->cells[i]).n)
            return false;
    return !holds_numbers(c, at) || !holds_numbers(c, at + 1);
}

/* Does a row that begins with an everyday word for a sum say totals in one of the forms there are? */
static bool
says_totals(const struct trailer *t, const struct totals_check *c)
{
    totals_number v;

    for (uint32_t i = t->first; i < t->count; i++)
        if (is_pair(trailer_cell(t, i)))
            return true;
    return read_number(amount_below(t, c->width, c->amount_column), &v) || counts_in_order(t, c);
}

bool
totals_is_trailer(const struct totals_check *c, const struct span *cells, uint32_t count)
{
    struct trailer t = {NULL, c->plan, NULL, cells, count, first_cell(cells, count)};
    struct span s;
    size_t mark;
    bool is;

    if (t.first == count || !c->plan->trailers)
        return false;
    s = span_trim(cells[t.first]);
    if (!(mark = mark_length(c->plan, s)))
        return (lower(*s.p) == 'r' || lower(*s.p) == 'a') && is_pair(s);
    if (!is_sum_word((struct span){s.p, mark}))
        return true;
    t.arena = arena_new("trailer");
    is = says_totals(&t, c);
    arena_free(&t.arena);
    return is;
}

rc_t
totals_trailer(struct totals *said, const struct plan *plan, const struct span *cells,
               uint32_t count, uint32_t width, int amount_column, struct err *e)
{
    struct trailer t = {said, plan, arena_new("trailer"), cells, count, first_cell(cells, count)};
    bool found = false;
    struct span amount;
    rc_t rc = read_cells(&t, &found, e);

    if (rc == RC_OK && !found) {
        amount = amount_below(&t, width, amount_column);
        rc = amount.n ? say(said, SPAN("amount"), amount, e) : read_in_order(&t, e);
    }
    arena_free(&t.arena);
    return rc;
}

/* ---- a file as it comes ---- */

static void
fault(struct totals_check *c, err_code_t code, const char *seen, const char *want)
{
    if (c->fault || err_listed(c->overrides, code))
        return;
    c->fault = code;
    snprintf(c->seen, sizeof c->seen, "%s", seen);
    snprintf(c->want, sizeof c->want, "%s", want);
}

static void
compare(struct totals_check *c, const struct totals *said, const struct tally *counted,
        const char *who)
{
    char seen[TOTALS_TEXT], want[TOTALS_TEXT], whose[TOTALS_TEXT];

    if (totals_agree(said, counted, seen, want))
        return;
    snprintf(whose, sizeof whose, "%.900s (%s)", want, who);
    fault(c, ERR_TOTALS, seen, whose);
}

void
totals_check_row(struct totals_check *c, struct span amount, struct span currency)
{
    char line[32];

    if (c->trailer_line) {
        snprintf(line, sizeof line, "line %llu", (unsigned long long)c->trailer_line);
        fault(c, ERR_TRAILER, line, "");
    }
    if (c->plan->amount) {
        tally_row(&c->all, amount, currency);
        tally_row(&c->part, amount, currency);
    } else {
        c->all.rows++;
        c->part.rows++;
    }
}

void
totals_check_trailer(struct totals_check *c, uint64_t line, const struct span *cells,
                     uint32_t count)
{
    struct err e = {0};

    c->trailer_line = line;
    if (totals_trailer(&c->trailer, c->plan, cells, count, c->width, c->amount_column, &e) !=
        RC_OK) {
        err_prefix(&e, "line %llu", (unsigned long long)line);
        fault(c, ERR_TOTALS_TEXT, e.text, TOTALS_FORM);
    }
}

void
totals_check_part(struct totals_check *c)
{
    char who[32];

    if (c->trailer_line) {
        snprintf(who, sizeof who, "line %llu", (unsigned long long)c->trailer_line);
        compare(c, &c->trailer, &c->part, who);
        totals_text(&c->trailer, c->trailers);
    }
    if (c->required && !totals_any(&c->trailer) && c->part.rows &&
        !(c->said && totals_any(c->said)))
        fault(c, ERR_TOTALS_NONE, "", TOTALS_FORM);
    c->trailer = (struct totals){0};
    c->trailer_line = 0;
    c->part = (struct tally){0};
}

void
totals_check_end(struct totals_check *c)
{
    totals_check_part(c);
    if (c->said)
        compare(c, c->said, &c->all, ".sum");
}
