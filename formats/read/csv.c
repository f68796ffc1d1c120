#include "formats/read/csv.h"

#include <stdio.h>
#include <stdlib.h>

#include "formats/read/utf16.h"

#define FIRST_SIZE    ((size_t)256 << 10)
#define MAX_RECORD    ((uint32_t)1 << 20)
#define MAX_FIELDS    1000
#define LINE_END      ((size_t)2) /* "\r\n" */
#define EVERY_BYTE(c) (UINT64_C(0x0101010101010101) * (unsigned char)(c))
#define ORDINARY      EVERY_BYTE('a') /* fills the last word of a text */

static const char delimiters[] = {',', '\t', ';', '|'};

/* What a text holds besides ordinary bytes. */
enum { HAS_QUOTE = 1, HAS_NUL = 2, HAS_HIGH = 4 };

struct csv {
    struct source in;
    struct csv_form form;
    struct utf16 *utf16; /* the source below `in`; NULL: the file is not UTF-16 */
    struct charset_conv *conv;
    struct arena *scratch; /* converted and unquoted text of the present record */
    struct buf buf;        /* [beg, buf.n) is not yet given out */
    size_t beg, room;      /* room: bytes of buf in use at most */
    uint64_t offset;       /* in the file, of buf.p[beg] */
    uint64_t record;       /* in the file, of the present record */
    uint64_t line;         /* of buf.p[beg] */
    bool began, eof;
    bool cr;           /* CR ends lines: in buf it stands for LF, LF for CR */
    bool in_long_line; /* the line at beg was refused; drop the rest of it */
    bool scratched;
    const char *line_end;
    struct span *fields;
    uint32_t count; /* of fields; those over form.max_fields are counted and not kept */
};

/* Where a record ends, or what is wrong with it. */
struct cut {
    enum { CUT_RECORD, CUT_MORE, CUT_BAD } how; /* CUT_MORE: its end is not in the text */
    size_t n, used;                             /* bytes without and with the line end */
    size_t bad_at;
    const char *why;
};

rc_t
csv_open(struct csv **c, struct source in, const struct csv_form *form, struct err *e)
{
    struct csv *new;

    *c = NULL;
    if (form->charset == CHARSET_AUTO)
        BUG("csv_open: the charset must be known");
    if (form->charset == CHARSET_UTF16)
        return err_set(e, RC_REJECT, ERR_CHARSET, "UTF-16 without a byte order mark");
    if (form->delimiter && !memchr(delimiters, form->delimiter, sizeof(delimiters)))
        return err_set(e, RC_FAIL, ERR_CONFIG,
                       "delimiter 0x%02X; must be comma, tab, semicolon or |",
                       (unsigned char)form->delimiter);
    new = calloc(1, sizeof(*new));
    if (!new)
        BUG("out of memory");
    new->in = in;
    new->form = *form;
    if (new->form.max_record == 0)
        new->form.max_record = MAX_RECORD;
    if (new->form.max_fields == 0)
        new->form.max_fields = MAX_FIELDS;
    new->fields = calloc(new->form.max_fields, sizeof(*new->fields));
    if (!new->fields)
        BUG("out of memory");
    if (charset_is_utf16(form->charset)) {
        new->utf16 = malloc(sizeof(*new->utf16));
        if (!new->utf16)
            BUG("out of memory");
        utf16_init(new->utf16, in, form->charset == CHARSET_UTF16BE);
        new->in = utf16_source(new->utf16);
    }
    new->conv = charset_open(new->utf16 ? CHARSET_UTF8 : form->charset);
    new->scratch = arena_new("csv");
    new->room = FIRST_SIZE;
    new->line = 1;
    *c = new;
    return RC_OK;
}

void
csv_close(struct csv **c)
{
    if (!*c)
        return;
    charset_close(&(*c)->conv);
    arena_free(&(*c)->scratch);
    buf_free(&(*c)->buf);
    free((*c)->fields);
    free((*c)->utf16);
    free(*c);
    *c = NULL;
}

/* Eight bytes of text, the first of them lowest; after the end ordinary ones. */
static inline uint64_t
word_at(const char *p, size_t n)
{
    uint64_t w = ORDINARY;

    if (n >= sizeof(w))
        memcpy(&w, p, sizeof(w));
    else
        memcpy(&w, p, n);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    w = __builtin_bswap64(w);
#endif
    return w;
}

/* The high bit of each byte that is zero, and of no other. */
static inline uint64_t
zero_bytes(uint64_t w)
{
    const uint64_t low = EVERY_BYTE(0x7F);

    return ~(((w & low) + low) | w | low);
}

static inline void
add_field(struct csv *c, const char *p, size_t n)
{
    if (c->count < c->form.max_fields)
        c->fields[c->count] = (struct span){p, n};
    c->count++;
}

/* Cut a text without quotes into fields; says what it holds. With HAS_QUOTE it has given up. */
static unsigned
split_plain(struct csv *c, const char *p, size_t n)
{
    const uint64_t delimiter = EVERY_BYTE(c->form.delimiter);
    uint64_t high = 0, nul = 0, w;
    size_t from = 0;

    c->count = 0;
    for (size_t at = 0; at < n; at += sizeof(w)) {
        w = word_at(p + at, n - at);
        high |= w;
        nul |= zero_bytes(w);
        if (zero_bytes(w ^ EVERY_BYTE('"')))
            return HAS_QUOTE;
        for (uint64_t hits = zero_bytes(w ^ delimiter); hits; hits &= hits - 1) {
            size_t end = at + (size_t)__builtin_ctzll(hits) / 8;

            add_field(c, p + from, end - from);
            from = end + 1;
        }
    }
    add_field(c, p + from, n - from);
    return (nul ? HAS_NUL : 0) | (high & EVERY_BYTE(0x80) ? HAS_HIGH : 0);
}

static unsigned
text_holds(const char *p, size_t n)
{
    uint64_t high = 0, nul = 0, w;

    for (size_t at = 0; at < n; at += sizeof(w)) {
        w = word_at(p + at, n - at);
        high |= w;
        nul |= zero_bytes(w);
    }
    return (nul ? HAS_NUL : 0) | (high & EVERY_BYTE(0x80) ? HAS_HIGH : 0);
}

/*
 * Of all characters we look for only | can be the second byte of a GB18030 character (0x40 to
 * 0x7E). A lead byte before anything else is left alone: the conversion will find it.
 */
static inline size_t
trail_bytes(const char *p, const char *end)
{
    unsigned char lead = (unsigned char)p[0];

    return lead > 0x80 && lead < 0xFF && p + 1 < end && (unsigned char)p[1] >= 0x40 &&
           p[1] != 0x7F && (unsigned char)p[1] != 0xFF;
}

/* Length of the line end at p: 0 where there is none. */
static inline size_t
line_end_at(const char *p, const char *end)
{
    if (p < end && *p == '\n')
        return 1;
    return end - p > 1 && p[0] == '\r' && p[1] == '\n' ? 2 : 0;
}

/* A quoted field's text: as it lies there, or a copy with its doubled quotes made single. */
static void
add_quoted(struct csv *c, const char *p, size_t n, size_t doubled)
{
    const char *end = p + n;
    char *copy, *to;

    if (doubled == 0) {
        add_field(c, p, n);
        return;
    }
    copy = to = arena_alloc(c->scratch, n - doubled);
    c->scratched = true;
    while (p < end) {
        const char *quote = memchr(p, '"', (size_t)(end - p));
        size_t piece = quote ? (size_t)(quote - p) + 1 : (size_t)(end - p);

        memcpy(to, p, piece);
        to += piece;
        p += piece + (quote != NULL);
    }
    add_field(c, copy, n - doubled);
}

/* Read the field whose quote stands at p; returns what follows its closing quote. */
static const char *
quoted_field(struct csv *c, const char *p, const char *end, bool last, struct cut *cut)
{
    const char *open = p, *quote = p + 1;
    size_t doubled = 0;

    for (;; doubled++, quote += 2) {
        quote = memchr(quote, '"', (size_t)(end - quote));
        if (!quote || (quote + 1 == end && !last)) {
            cut->how = last ? CUT_BAD : CUT_MORE;
            cut->why = "quote is not closed";
            return open;
        }
        if (quote + 1 == end || quote[1] != '"')
            break;
    }
    p = quote + 1;
    if (p == end || *p == c->form.delimiter || line_end_at(p, end) > 0) {
        add_quoted(c, open + 1, (size_t)(quote - open - 1), doubled);
        return p;
    }
    cut->how = *p == '\r' && p + 1 == end && !last ? CUT_MORE : CUT_BAD;
    cut->why = "text after a closing quote";
    return p;
}

/* The next delimiter, quote or line feed, or the end: eight bytes at a time. */
static const char *
bare_end(const struct csv *c, const char *p, const char *end)
{
    const uint64_t delimiter = EVERY_BYTE(c->form.delimiter);
    uint64_t hits = 0;

    for (; p < end; p += sizeof(hits)) {
        uint64_t w = word_at(p, (size_t)(end - p));

        hits = zero_bytes(w ^ delimiter) | zero_bytes(w ^ EVERY_BYTE('"')) |
               zero_bytes(w ^ EVERY_BYTE('\n'));
        if (hits)
            return p + __builtin_ctzll(hits) / 8;
    }
    return end;
}

static const char *
bare_field(struct csv *c, const char *p, const char *end, bool step, struct cut *cut)
{
    const char *from = p;

    for (;;) {
        p = step ? p : bare_end(c, p, end);
        if (p == end || *p == c->form.delimiter || *p == '\n')
            break;
        if (*p == '"') {
            cut->how = CUT_BAD;
            cut->why = "quote inside a value that does not begin with one";
            return p;
        }
        p += 1 + (step ? trail_bytes(p, end) : 0);
    }
    if (p < end && *p == '\n' && p > from && p[-1] == '\r')
        p--;
    add_field(c, from, (size_t)(p - from));
    return p;
}

/* ="001": how a text is kept from being made a number. */
static inline bool
is_kept_text(const char *at, const char *end)
{
    return end - at > 1 && at[0] == '=' && at[1] == '"';
}

/*
 * Cut the record at p into fields, of which some are quoted. last: nothing follows the text; step:
 * it is GB18030.
 */
static struct cut
split_quoted(struct csv *c, const char *p, size_t n, bool last, bool step)
{
    const char *at = p, *end = p + n;
    struct cut cut = {CUT_RECORD, 0, 0, 0, NULL};

    c->count = 0;
    for (;; at++) {
        at += is_kept_text(at, end);
        at = at < end && *at == '"' ? quoted_field(c, at, end, last, &cut)
                                    : bare_field(c, at, end, step, &cut);
        if (cut.how != CUT_RECORD || at == end || *at != c->form.delimiter)
            break;
    }
    if (cut.how == CUT_RECORD && at == end && !last)
        cut.how = CUT_MORE;
    cut.n = cut.bad_at = (size_t)(at - p);
    cut.used = cut.n + line_end_at(at, end);
    return cut;
}

/* How many bytes of the file this text of the buffer is. */
static size_t
size_in_file(const struct csv *c, const char *p, size_t n)
{
    return c->utf16 ? utf16_size((struct span){p, n}) : n;
}

/* The next n bytes of the buffer are done with. */
static void
advance(struct csv *c, size_t n)
{
    c->offset += size_in_file(c, c->buf.p + c->beg, n);
    c->beg += n;
}

/* CR for LF and LF for CR, so that nothing is lost. */
static void
swap_line_ends(char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = p[i] == '\r' ? '\n' : p[i] == '\n' ? '\r' : p[i];
}

/* What DOS ended a text with, and some programs still do; what follows is nothing. */
#define DOS_END '\x1a'

static void
drop_end_mark(struct csv *c)
{
    size_t n = c->buf.n;

    while (n > c->beg && (c->buf.p[n - 1] == '\r' || c->buf.p[n - 1] == '\n'))
        n--;
    if (n == c->beg || c->buf.p[n - 1] != DOS_END)
        return;
    while (n > c->beg && c->buf.p[n - 1] == DOS_END)
        n--;
    c->buf.n = n;
}

/* Read until the buffer is full or the source ends; what lies before beg makes way. */
static rc_t
fill(struct csv *c, struct err *e)
{
    struct buf *b = &c->buf;
    size_t limit = (size_t)c->form.max_record + LINE_END, n;
    rc_t rc;

    if (c->beg > 0) {
        memmove(b->p, b->p + c->beg, b->n - c->beg);
        b->n -= c->beg;
        c->beg = 0;
    }
    if (b->n == c->room)
        c->room = c->room * 2 < limit ? c->room * 2 : limit;
    buf_reserve(b, c->room - b->n);
    while (b->n < c->room && !c->eof) {
        rc = c->in.read(c->in.ctx, b->p + b->n, c->room - b->n, &n, e);
        if (rc != RC_OK && rc != RC_END) {
            if (rc == RC_REJECT && e)
                e->rc = RC_FAIL;
            return rc == RC_REJECT ? RC_FAIL : rc;
        }
        if (rc == RC_END || n == 0)
            c->eof = true;
        else if (c->cr)
            swap_line_ends(b->p + b->n, n);
        b->n += c->eof ? 0 : n;
    }
    if (c->eof)
        drop_end_mark(c);
    return RC_OK;
}

static rc_t
begin(struct csv *c, struct err *e)
{
    struct span bom = charset_bom(c->utf16 ? CHARSET_UTF8 : c->form.charset);
    rc_t rc = fill(c, e);

    if (rc != RC_OK)
        return rc;
    c->began = true;
    if (c->buf.n >= bom.n && memcmp(c->buf.p, bom.p, bom.n) == 0)
        advance(c, bom.n);
    c->cr = c->buf.n && !memchr(c->buf.p, '\n', c->buf.n) && memchr(c->buf.p, '\r', c->buf.n);
    if (c->cr)
        swap_line_ends(c->buf.p, c->buf.n);
    return RC_OK;
}

/* Have the whole next line in the buffer, or of a longer one more than a record may hold. */
static rc_t
next_line(struct csv *c, size_t *n, struct err *e)
{
    size_t seen = 0, have;
    rc_t rc = c->began ? RC_OK : begin(c, e);

    for (; rc == RC_OK; rc = fill(c, e)) {
        const char *p = c->buf.p + c->beg, *lf;

        have = c->buf.n - c->beg;
        lf = have > seen ? memchr(p + seen, '\n', have - seen) : NULL;
        *n = lf ? (size_t)(lf + 1 - p) : have;
        if (lf || c->eof || have >= c->form.max_record + LINE_END)
            return *n > 0 ? RC_OK : RC_END;
        seen = have;
    }
    return rc;
}

static size_t
without_line_end(const char *p, size_t n)
{
    if (n == 0 || p[n - 1] != '\n')
        return n;
    return n > 1 && p[n - 2] == '\r' ? n - 2 : n - 1;
}

static bool
is_empty_line(const struct csv *c, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] == ' ' || p[i] == '\t' || p[i] == c->form.delimiter)
            continue;
        if (c->form.delimiter || !memchr(delimiters, p[i], sizeof(delimiters)))
            return false;
    }
    return true;
}

/* The one that occurs most outside quotes; a quote left open spoils only what is after it. */
static char
tell_delimiter(const struct csv *c, const char *p, size_t n, size_t first_line)
{
    size_t count[sizeof(delimiters)] = {0}, in_line[sizeof(delimiters)] = {0}, best = 0;
    const bool gb18030 = c->form.charset == CHARSET_GB18030;
    const char *hit;
    bool quoted = false;

    for (size_t i = 0; i < n && (p[i] != '\n' || quoted); i++) {
        if (i == first_line)
            memcpy(in_line, count, sizeof(count));
        if (p[i] == '"')
            quoted = !quoted;
        else if (!quoted && (hit = memchr(delimiters, p[i], sizeof(delimiters))))
            count[hit - delimiters]++;
        else
            i += gb18030 ? trail_bytes(p + i, p + n) : 0;
    }
    if (quoted && n > first_line)
        memcpy(count, in_line, sizeof(count));
    for (size_t i = 1; i < sizeof(delimiters); i++)
        best = count[i] > count[best] ? i : best;
    return delimiters[best];
}

/* Which field of the raw record the byte at `at` belongs to. */
static uint32_t
field_of(const struct csv *c, const char *p, size_t at)
{
    const bool gb18030 = c->form.charset == CHARSET_GB18030;
    uint32_t field = 0;
    bool quoted = false;

    for (size_t i = 0; i < at; i++) {
        if (p[i] == '"')
            quoted = !quoted;
        else if (p[i] == c->form.delimiter && !quoted)
            field++;
        else
            i += gb18030 ? trail_bytes(p + i, p + at) : 0;
    }
    return field;
}

/* The record is given out: n bytes, and its line end. Moves nothing, so that spans stay valid. */
static void
consume(struct csv *c, struct csv_record *r, size_t n, size_t used)
{
    const char *p = c->buf.p + c->beg, *end = p + n;

    r->raw = (struct span){p, n};
    r->line = c->line;
    r->open_end = used == n && c->eof && c->beg + n == c->buf.n;
    c->record = c->offset;
    if (!c->line_end && used > n)
        c->line_end = c->cr ? "\r" : used - n == 2 ? "\r\n" : "\n";
    while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
        c->line++;
        p++;
    }
    c->line += used > n;
    advance(c, used);
}

static rc_t
reject(struct csv *c, struct csv_record *r, err_code_t code, uint32_t field, size_t at,
       const char *why, struct err *e)
{
    r->fields = NULL;
    r->count = 0;
    r->bad = code;
    r->bad_field = field;
    r->bad_offset = c->record + size_in_file(c, r->raw.p, at);
    return err_set(e, RC_REJECT, code, "line %llu, field %u, byte %llu of the file: %s",
                   (unsigned long long)r->line, field + 1, (unsigned long long)r->bad_offset, why);
}

static rc_t
reject_long(struct csv *c, struct csv_record *r, struct err *e)
{
    char why[64];

    r->raw.n = r->raw.n < c->form.max_record ? r->raw.n : c->form.max_record;
    snprintf(why, sizeof(why), "record is longer than %u bytes", c->form.max_record);
    return reject(c, r, ERR_TOO_BIG, field_of(c, r->raw.p, r->raw.n), r->raw.n, why, e);
}

/*
 * The bytes of a record whose ends are known: fields, charset. GB18030 is converted as a whole and
 * then cut again, since fields lie elsewhere in the converted text; what separates them is the
 * same.
 */
static rc_t
finish(struct csv *c, struct csv_record *r, unsigned holds, struct err *e)
{
    struct span text = r->raw;
    char why[64];
    size_t bad = 0;
    rc_t rc = RC_OK;

    if (holds & HAS_NUL) {
        bad = (size_t)((const char *)memchr(text.p, 0, text.n) - text.p);
        return reject(c, r, ERR_BAD_BYTES, field_of(c, text.p, bad), bad, "NUL byte", e);
    }
    if (holds & HAS_HIGH)
        rc = charset_to_utf8(c->conv, c->scratch, r->raw, &text, &bad, e);
    if (rc == RC_REJECT) {
        snprintf(why, sizeof(why), "not valid %s", charset_name(c->form.charset));
        return reject(c, r, ERR_BAD_BYTES, field_of(c, r->raw.p, bad), bad, why, e);
    }
    if (rc != RC_OK)
        return rc;
    if (text.p != r->raw.p) {
        c->scratched = true;
        if (split_plain(c, text.p, text.n) & HAS_QUOTE)
            split_quoted(c, text.p, text.n, true, false);
    }
    if (c->count > c->form.max_fields) {
        snprintf(why, sizeof(why), "more than %u fields", c->form.max_fields);
        return reject(c, r, ERR_TOO_BIG, c->form.max_fields, 0, why, e);
    }
    r->fields = c->fields;
    r->count = c->count;
    return RC_OK;
}

static void
forget_scratch(struct csv *c)
{
    if (c->scratched)
        arena_reset(c->scratch);
    c->scratched = false;
}

/* Cut the record at beg, which may go on over further lines. */
static rc_t
cut_quoted(struct csv *c, struct cut *cut, struct err *e)
{
    const size_t limit = (size_t)c->form.max_record + LINE_END;
    const bool gb18030 = c->form.charset == CHARSET_GB18030;
    rc_t rc;

    for (;;) {
        size_t have = c->buf.n - c->beg, n = have < limit ? have : limit;

        forget_scratch(c);
        *cut = split_quoted(c, c->buf.p + c->beg, n, c->eof && n == have, gb18030);
        if (cut->how != CUT_MORE)
            return RC_OK;
        if (n == limit) {
            cut->how = CUT_BAD;
            cut->why = "quote is not closed, or its value too long";
            return RC_OK;
        }
        if ((rc = fill(c, e)) != RC_OK)
            return rc;
    }
}

static rc_t
next_quoted(struct csv *c, struct csv_record *r, size_t line, struct err *e)
{
    struct cut cut;
    rc_t rc = cut_quoted(c, &cut, e);

    if (rc != RC_OK)
        return rc;
    if (cut.how == CUT_BAD) {
        consume(c, r, without_line_end(c->buf.p + c->beg, line), line);
        return reject(c, r, ERR_QUOTE, c->count, cut.bad_at, cut.why, e);
    }
    consume(c, r, cut.n, cut.used);
    if (cut.n > c->form.max_record)
        return reject_long(c, r, e);
    return finish(c, r, text_holds(r->raw.p, r->raw.n), e);
}

/* Go to the next line that is not blank; *n is its length with its end. */
static rc_t
next_start(struct csv *c, size_t *n, struct err *e)
{
    const char *p;
    rc_t rc;

    for (;;) {
        if ((rc = next_line(c, n, e)) != RC_OK)
            return rc;
        p = c->buf.p + c->beg;
        if (!c->in_long_line && !is_empty_line(c, p, without_line_end(p, *n)))
            return RC_OK;
        advance(c, *n);
        if (p[*n - 1] == '\n') {
            c->line++;
            c->in_long_line = false;
        }
    }
}

static rc_t
next_record(struct csv *c, struct csv_record *r, struct err *e)
{
    size_t line, n;
    unsigned holds;
    const char *p;
    rc_t rc;

    *r = (struct csv_record){0};
    forget_scratch(c);
    if ((rc = next_start(c, &line, e)) != RC_OK)
        return rc;
    p = c->buf.p + c->beg;
    n = without_line_end(p, line);
    if (!c->form.delimiter)
        c->form.delimiter = tell_delimiter(c, p, c->buf.n - c->beg, line);
    if (n > c->form.max_record) {
        c->in_long_line = p[line - 1] != '\n';
        consume(c, r, n, line);
        return reject_long(c, r, e);
    }
    holds = split_plain(c, p, n);
    if (holds & HAS_QUOTE)
        return next_quoted(c, r, line, e);
    consume(c, r, n, line);
    return finish(c, r, holds, e);
}

rc_t
csv_next(struct csv *c, struct csv_record *r, struct err *e)
{
    rc_t rc = next_record(c, r, e);

    if (c->cr && r->raw.n) {
        char *raw = arena_alloc(c->scratch, r->raw.n);

        memcpy(raw, r->raw.p, r->raw.n);
        swap_line_ends(raw, r->raw.n);
        r->raw.p = raw;
        c->scratched = true;
    }
    if (c->utf16 && (rc == RC_OK || rc == RC_REJECT)) {
        char *raw = arena_alloc(c->scratch, utf16_size(r->raw));
        size_t n = utf16_back(raw, r->raw, c->form.charset == CHARSET_UTF16BE);

        r->raw = (struct span){raw, n};
        c->scratched = true;
    }
    return rc;
}

char
csv_delimiter(const struct csv *c)
{
    return c->form.delimiter;
}

const char *
csv_line_end(const struct csv *c)
{
    return c->line_end ? c->line_end : "\n";
}

size_t
csv_head(struct span raw, enum charset charset, char delimiter, uint32_t fields)
{
    const size_t unit = charset_is_utf16(charset) ? 2 : 1, low = charset == CHARSET_UTF16BE;
    bool quoted = false, opens = true; /* a quote here begins a value, or goes on with it */

    for (size_t at = 0; at + unit <= raw.n; at += unit) {
        const char *p = raw.p + at;
        char c = unit == 1 ? *p : p[!low] ? '\0' : p[low];

        if (c == '"' && (quoted || opens)) {
            quoted = !quoted;
            opens = true;
        } else if (c == delimiter && !quoted) {
            if (--fields == 0)
                return at;
            opens = true;
        } else {
            opens = opens && (quoted || c == ' ' || c == '=');
            at += charset == CHARSET_GB18030 ? trail_bytes(p, raw.p + raw.n) : 0;
        }
    }
    return raw.n;
}

void
csv_put(struct buf *out, struct span field, char delimiter)
{
    const char *p = field.p, *end = field.p + field.n;

    if (field.n == 0)
        return;
    if (!memchr(p, delimiter, field.n) && !memchr(p, '"', field.n) && !memchr(p, '\n', field.n) &&
        !memchr(p, '\r', field.n)) {
        buf_put(out, p, field.n);
        return;
    }
    buf_put(out, "\"", 1);
    while (p < end) {
        const char *quote = memchr(p, '"', (size_t)(end - p));
        size_t piece = quote ? (size_t)(quote + 1 - p) : (size_t)(end - p);

        buf_put(out, p, piece);
        if (quote)
            buf_put(out, "\"", 1);
        p += piece;
    }
    buf_put(out, "\"", 1);
}
