#include "formats/read/xlsx_styles.h"

#include <stdlib.h>

#include "formats/read/xlsx_part.h"
#include "formats/read/xlsx_value.h"

#define MAX_PART   ((uint64_t)64 << 20)
#define MAX_STYLES 65536 /* as many as Excel keeps */
#define MAX_FORMAT 65536
#define BUILTIN    64 /* formats from here on always have a code */

enum { TAG_ROOT = 1, TAG_FORMATS, TAG_FORMAT, TAG_STYLES, TAG_STYLE };

struct styles {
    uint8_t forms[MAX_FORMAT]; /* of the number formats, which a file lists first */
    uint8_t style[MAX_STYLES];
    uint32_t count;
};

/* A format's number; -1 for anything else. */
static long
attr_number(const struct part *p, const char *name)
{
    struct span v = part_attr(p, name);
    long n = 0;

    if (v.n == 0 || v.n > 5)
        return -1;
    for (size_t i = 0; i < v.n; i++) {
        if (v.p[i] < '0' || v.p[i] > '9')
            return -1;
        n = n * 10 + (v.p[i] - '0');
    }
    return n < MAX_FORMAT ? n : -1;
}

static void
add_format(struct styles *s, struct part *p, long id)
{
    struct buf code = {0};

    part_attr_text(p, "formatCode", &code);
    s->forms[id] = value_form((struct span){code.p ? code.p : "", code.n});
    buf_free(&code);
}

static void
on_begin(void *ctx, struct part *p, int tag)
{
    struct styles *s = ctx;
    long id;

    if (tag != TAG_FORMAT && tag != TAG_STYLE)
        return;
    id = part_attr(p, "numFmtId").p || tag == TAG_FORMAT ? attr_number(p, "numFmtId") : 0;
    if (id < 0)
        part_refuse(p, ERR_WORKBOOK, "a number format has no number, or one above %d",
                    MAX_FORMAT - 1);
    else if (tag == TAG_FORMAT)
        add_format(s, p, id);
    else if (s->count == MAX_STYLES)
        part_refuse(p, ERR_TOO_BIG, "more than %d styles", MAX_STYLES);
    else
        s->style[s->count++] = s->forms[id];
}

rc_t
styles_read(struct styles **out, const struct xlsx_parts *parts, const char *part, struct err *e)
{
    static const struct part_element elements[] = {
        {0,           TAG_ROOT,    "styleSheet"},
        {TAG_ROOT,    TAG_FORMATS, "numFmts"   },
        {TAG_FORMATS, TAG_FORMAT,  "numFmt"    },
        {TAG_ROOT,    TAG_STYLES,  "cellXfs"   },
        {TAG_STYLES,  TAG_STYLE,   "xf"        },
        {0,           0,           NULL        },
    };
    static const struct part_reader reader = {elements, on_begin, NULL, NULL};
    struct styles *s = calloc(1, sizeof *s);
    rc_t rc = RC_OK;

    if (!s)
        BUG("out of memory");
    for (uint32_t id = 0; id < BUILTIN; id++)
        s->forms[id] = value_form_builtin(id);
    if (part)
        rc = part_read(parts, part, MAX_PART, &reader, s, e);
    if (s->count == 0)
        s->count = 1;
    if (rc != RC_OK)
        styles_free(&s);
    *out = s;
    return rc;
}

void
styles_free(struct styles **s)
{
    free(*s);
    *s = NULL;
}

uint32_t
styles_count(const struct styles *s)
{
    return s->count;
}

uint8_t
styles_form(const struct styles *s, uint32_t style)
{
    return s->style[style];
}
