#include "base/roff.h"

#include <ctype.h>
#include <string.h>

/* A backslash begins an escape, a hyphen would become a typographic one, a line that begins with a
 * full stop or an apostrophe would be a macro. */
static void
put_escaped(struct buf *b, const char *s, size_t n, bool line_start)
{
    if (line_start && n > 0 && (*s == '.' || *s == '\''))
        buf_str(b, "\\&");
    for (; n > 0; s++, n--)
        if (*s == '\\')
            buf_str(b, "\\e");
        else if (*s == '-')
            buf_str(b, "\\-");
        else
            buf_put(b, s, 1);
}

void
roff_line(struct buf *b, const char *macro, const char *text)
{
    buf_printf(b, ".%s", macro);
    if (text) {
        buf_str(b, " \"");
        for (const char *s = text; *s; s++)
            if (*s == '"')
                buf_str(b, "\\(dq");
            else
                put_escaped(b, s, 1, false);
        buf_str(b, "\"");
    }
    buf_str(b, "\n");
}

void
roff_text(struct buf *b, const char *text)
{
    put_escaped(b, text, strlen(text), true);
    buf_str(b, "\n");
}

void
roff_code(struct buf *b, const char *text)
{
    buf_str(b, ".nf\n");
    for (const char *s = text; *s;) {
        size_t n = strcspn(s, "\n");

        put_escaped(b, s, n, true);
        buf_str(b, "\n");
        s += n + (s[n] == '\n');
    }
    buf_str(b, ".fi\n");
}

void
roff_page(struct buf *b, const char *name, int section, const char *version, const char *what)
{
    buf_str(b, ".TH ");
    for (const char *s = name; *s; s++)
        buf_printf(b, "%c", toupper((unsigned char)*s));
    buf_printf(b, " %d \"\" \"landport %s\" \"landport\"\n", section, version);
    roff_line(b, "SH", "NAME");
    buf_printf(b, "%s \\- ", name);
    roff_text(b, what);
}
