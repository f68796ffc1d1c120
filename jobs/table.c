/* table.c - results as a table for people or as JSON for scripts. */
#include "table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"

#define CELL_CHARS 120 /* longer text is cut in tables, never in JSON */

/* One character of valid UTF-8; *n receives its bytes. */
static uint32_t
decode(const char *p, size_t *n)
{
    const unsigned char *u = (const unsigned char *)p;

    if (u[0] < 0x80) {
        *n = 1;
        return u[0];
    }
    *n = u[0] >= 0xf0 ? 4 : u[0] >= 0xe0 ? 3 : 2;
    uint32_t c = u[0] & (0x7fU >> *n);
    for (size_t i = 1; i < *n; i++)
        c = c << 6 | (u[i] & 0x3fU);
    return c;
}

/* Columns a terminal gives the character: two for East Asian wide ones, none for combining. */
static int
char_width(uint32_t c)
{
    static const uint32_t wide[][2] = {
        {0x1100,  0x115f },
        {0x2e80,  0x303e },
        {0x3041,  0xa4cf },
        {0xac00,  0xd7a3 },
        {0xf900,  0xfaff },
        {0xfe30,  0xfe6f },
        {0xff00,  0xff60 },
        {0xffe0,  0xffe6 },
        {0x1f300, 0x1f64f},
        {0x20000, 0x3fffd}
    };

    if ((c >= 0x300 && c <= 0x36f) || c == 0x200b || c == 0xfeff)
        return 0;
    for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
        if (c >= wide[i][0] && c <= wide[i][1])
            return 2;
    return 1;
}

static int
text_width(const char *s)
{
    size_t left = span_valid_utf8(span_of(s)), n;
    int width = 0;

    for (; left > 0; s += n, left -= n)
        width += char_width(decode(s, &n));
    return width;
}

static void
pad(FILE *out, int n)
{
    for (; n > 0; n--)
        putc(' ', out);
}

static void
print_cell(FILE *out, const char *text, int width, enum table_kind kind, bool last)
{
    int blanks = width - text_width(text);

    if (kind == TABLE_NUMBER)
        pad(out, blanks);
    fputs(text, out);
    if (kind != TABLE_NUMBER && !last)
        pad(out, blanks);
    fputs(last ? "\n" : "  ", out);
}

static void
heading(char *out, size_t size, const char *name)
{
    size_t n = 0;

    for (; *name && n + 1 < size; name++)
        out[n++] = (char)(*name == '_' ? ' ' : *name >= 'a' && *name <= 'z' ? *name - 32 : *name);
    out[n] = '\0';
}

/* What came from outside must not command the terminal: span_show replaces control characters. */
static const char *
shown(struct arena *a, const char *cell, enum table_kind kind)
{
    char text[4 * CELL_CHARS + 8];
    struct span s = span_of(cell);

    if (!cell)
        return "";
    if (kind == TABLE_BOOL)
        return cell[0] == 't' ? "yes" : "no";
    if (span_chars((struct span){cell, span_valid_utf8(s)}) > CELL_CHARS)
        s.n = 4 * CELL_CHARS < s.n ? 4 * CELL_CHARS : s.n;
    return arena_str(a, span_show(text, sizeof(text), s));
}

void
table_print_cells(FILE *out, const struct table_column *columns, int count,
                  const char *const *cells, int rows, const char *what)
{
    struct arena *a = arena_new("table");
    size_t total = (size_t)count * (size_t)rows;
    const char **text = ARENA_ARRAY(a, const char *, total + 1);
    int *width = ARENA_ARRAY(a, int, (size_t)count);
    char title[64];

    if (rows == 0) {
        fprintf(out, "no %s\n", what);
        arena_free(&a);
        return;
    }
    for (int c = 0; c < count; c++) {
        heading(title, sizeof(title), columns[c].name);
        width[c] = text_width(title);
    }
    for (size_t i = 0; i < total; i++) {
        int c = (int)(i % (size_t)count), n;

        text[i] = shown(a, cells[i], columns[c].kind);
        n = text_width(text[i]);
        width[c] = n > width[c] ? n : width[c];
    }
    for (int c = 0; c < count; c++) {
        heading(title, sizeof(title), columns[c].name);
        print_cell(out, title, width[c], columns[c].kind, c == count - 1);
    }
    for (size_t i = 0; i < total; i++) {
        int c = (int)(i % (size_t)count);

        print_cell(out, text[i], width[c], columns[c].kind, c == count - 1);
    }
    arena_free(&a);
}

static bool
is_json_number(const char *s)
{
    size_t digits;

    s += *s == '-';
    digits = strspn(s, "0123456789");
    if (digits == 0 || (digits > 1 && s[0] == '0'))
        return false;
    s += digits;
    if (*s == '.') {
        digits = strspn(++s, "0123456789");
        if (digits == 0)
            return false;
        s += digits;
    }
    return !*s;
}

static void
json_cell(struct buf *out, const char *cell, enum table_kind kind)
{
    if (!cell)
        buf_str(out, "null");
    else if (kind == TABLE_BOOL)
        buf_str(out, cell[0] == 't' ? "true" : "false");
    else if (kind == TABLE_NUMBER && is_json_number(cell))
        buf_str(out, cell);
    else
        json_string(out, cell);
}

void
table_json_cells(struct buf *out, const struct table_column *columns, int count,
                 const char *const *cells, int rows)
{
    buf_str(out, "[");
    for (int r = 0; r < rows; r++) {
        buf_str(out, r > 0 ? ",\n {" : "{");
        for (int c = 0; c < count; c++) {
            if (c > 0)
                buf_str(out, ", ");
            json_string(out, columns[c].name);
            buf_str(out, ": ");
            json_cell(out, cells[r * count + c], columns[c].kind);
        }
        buf_str(out, "}");
    }
    buf_str(out, "]");
}

void
table_show_cells(bool json, const struct table_column *columns, int count, const char *const *cells,
                 int rows, const char *what)
{
    struct buf out = {0};

    if (!json) {
        table_print_cells(stdout, columns, count, cells, rows, what);
        return;
    }
    table_json_cells(&out, columns, count, cells, rows);
    printf("%.*s\n", (int)out.n, out.p);
    buf_free(&out);
}

void
json_string(struct buf *out, const char *s)
{
    struct span left = span_of(s);

    if (!s) {
        buf_str(out, "null");
        return;
    }
    buf_str(out, "\"");
    while (left.n > 0) {
        unsigned char c = (unsigned char)*left.p;
        size_t plain = span_valid_utf8((struct span){left.p, left.n < 4 ? left.n : 4});
        size_t hidden = plain ? span_hidden_control(left.p, plain) : 0;

        if (c == '"' || c == '\\') {
            buf_printf(out, "\\%c", c);
            plain = 1;
        } else if (c < 0x20 || c == 0x7f) {
            buf_printf(out, "\\u%04x", c);
            plain = 1;
        } else if (hidden) { /* JSON may be shown on a terminal */
            buf_printf(out, "\\u%04x", (unsigned)decode(left.p, &plain));
        } else if (plain == 0) {
            buf_str(out, "\xef\xbf\xbd"); /* a text cut inside a character */
            plain = 1;
        } else {
            (void)decode(left.p, &plain);
            buf_put(out, left.p, plain);
        }
        left.p += plain;
        left.n -= plain;
    }
    buf_str(out, "\"");
}

void
json_name(struct buf *out, const char *name)
{
    if (out->n && out->p[out->n - 1] != '{')
        buf_str(out, ", ");
    json_string(out, name);
    buf_str(out, ": ");
}

void
json_pair(struct buf *out, const char *name, const char *text)
{
    json_name(out, name);
    json_string(out, text);
}

void
json_flag(struct buf *out, const char *name, bool flag)
{
    json_name(out, name);
    buf_str(out, flag ? "true" : "false");
}
