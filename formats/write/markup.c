#include "formats/write/markup.h"

static const char *
escaped(unsigned char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return c < 0x20 && c != '\t' && c != '\n' ? "\xEF\xBF\xBD" : NULL;
    }
}

void
markup_text(struct buf *out, struct span text)
{
    size_t from = 0;

    for (size_t i = 0; i < text.n; i++) {
        const char *to = escaped((unsigned char)text.p[i]);

        if (!to)
            continue;
        buf_put(out, text.p + from, i - from);
        buf_str(out, to);
        from = i + 1;
    }
    if (from < text.n)
        buf_put(out, text.p + from, text.n - from);
}
