#include "formats/read/xlsx_book.h"

#include <stdlib.h>

#include "formats/read/xlsx_part.h"

#define MAX_PART   ((uint64_t)4 << 20)
#define MAX_SHEETS 399 /* their lines are told apart by the sheet: jobs/load/records.h */
#define MAX_LINKS  4000
#define MAX_NAME   2000 /* bytes of a target or id */

enum { TAG_ROOT = 1, TAG_LINK, TAG_SETTINGS, TAG_SHEETS, TAG_SHEET };

/* A relationship: what a part calls another by its id. */
struct link {
    const char *id, *type, *part; /* type: the last word of its address; part: NULL if outside */
};

struct links {
    struct arena *a;
    const char *from; /* the part whose they are */
    struct link *all;
    uint32_t count;
};

struct named {
    const char *name, *id;
    bool hidden;
};

struct names {
    struct arena *a;
    struct named *all;
    uint32_t count;
    bool from_1904, is_book;
};

static char *
attr_copy(struct part *p, struct arena *a, const char *name)
{
    struct buf text = {0};
    char *copy;

    part_attr_text(p, name, &text);
    if (text.n > MAX_NAME) {
        part_refuse(p, ERR_WORKBOOK, "%s is longer than %d bytes", name, MAX_NAME);
        text.n = 0;
    }
    copy = arena_strn(a, text.p ? text.p : "", text.n);
    buf_free(&text);
    return copy;
}

const char *
book_resolve(struct arena *a, const char *from, const char *target)
{
    const char *slash = strrchr(from, '/');
    size_t folder = slash && *target != '/' ? (size_t)(slash - from) + 1 : 0;
    char *name = arena_alloc(a, folder + strlen(target) + 2), *end = name + folder;

    memcpy(name, from, folder);
    while (*target) {
        size_t n = strcspn(target, "/");

        if (n == 2 && memcmp(target, "..", 2) == 0) {
            if (end == name)
                return NULL;
            for (end--; end > name && end[-1] != '/';)
                end--;
        } else if (n > 0 && !(n == 1 && *target == '.')) {
            memcpy(end, target, n);
            end += n;
            *end++ = '/';
        }
        target += n + (target[n] == '/');
    }
    if (end == name)
        return NULL;
    end[-1] = '\0';
    return name;
}

static void
link_begin(void *ctx, struct part *p, int tag)
{
    struct links *l = ctx;
    struct link *new;
    const char *type;

    if (tag != TAG_LINK)
        return;
    if (l->count == MAX_LINKS) {
        part_refuse(p, ERR_WORKBOOK, "more than %d relationships", MAX_LINKS);
        return;
    }
    new = &l->all[l->count++];
    type = attr_copy(p, l->a, "Type");
    new->type = strrchr(type, '/') ? strrchr(type, '/') + 1 : type;
    new->id = attr_copy(p, l->a, "Id");
    if (!span_is(part_attr(p, "TargetMode"), "External"))
        new->part = book_resolve(l->a, l->from, attr_copy(p, l->a, "Target"));
}

/* Of part "a/b.xml" they stand in "a/_rels/b.xml.rels", the package's in "_rels/.rels". */
static rc_t
links_read(struct links *l, struct arena *a, const struct xlsx_parts *parts, const char *from,
           struct err *e)
{
    static const struct part_element elements[] = {
        {0,        TAG_ROOT, "Relationships"},
        {TAG_ROOT, TAG_LINK, "Relationship" },
        {0,        0,        NULL           },
    };
    static const struct part_reader reader = {elements, link_begin, NULL, NULL};
    const char *slash = strrchr(from, '/');
    int folder = slash ? (int)(slash - from) + 1 : 0;
    const char *name = arena_printf(a, "%.*s_rels/%s.rels", folder, from, from + folder);

    *l = (struct links){a, from, ARENA_ARRAY(a, struct link, MAX_LINKS), 0};
    return part_read(parts, name, MAX_PART, &reader, l, e);
}

static const char *
link_by_type(const struct links *l, const char *type)
{
    for (uint32_t i = 0; i < l->count; i++)
        if (l->all[i].part && strcmp(l->all[i].type, type) == 0)
            return l->all[i].part;
    return NULL;
}

static const struct link *
link_by_id(const struct links *l, const char *id)
{
    for (uint32_t i = 0; i < l->count; i++)
        if (strcmp(l->all[i].id, id) == 0)
            return &l->all[i];
    return NULL;
}

static void
names_begin(void *ctx, struct part *p, int tag)
{
    struct names *n = ctx;
    struct named *new;

    if (tag == TAG_ROOT)
        n->is_book = true;
    if (tag == TAG_SETTINGS) {
        struct span v = part_attr(p, "date1904");
        n->from_1904 = span_is(v, "1") || span_is(v, "true") || span_is(v, "on");
    }
    if (tag != TAG_SHEET)
        return;
    if (n->count == MAX_SHEETS) {
        part_refuse(p, ERR_WORKBOOK, "more than %d sheets", MAX_SHEETS);
        return;
    }
    new = &n->all[n->count++];
    new->name = attr_copy(p, n->a, "name");
    new->id = attr_copy(p, n->a, "r:id");
    new->hidden = part_attr(p, "state").n > 0 && !span_is(part_attr(p, "state"), "visible");
}

static rc_t
names_read(struct names *n, struct arena *a, const struct xlsx_parts *parts, const char *workbook,
           struct err *e)
{
    static const struct part_element elements[] = {
        {0,          TAG_ROOT,     "workbook"  },
        {TAG_ROOT,   TAG_SETTINGS, "workbookPr"},
        {TAG_ROOT,   TAG_SHEETS,   "sheets"    },
        {TAG_SHEETS, TAG_SHEET,    "sheet"     },
        {0,          0,            NULL        },
    };
    static const struct part_reader reader = {elements, names_begin, NULL, NULL};
    rc_t rc;

    *n = (struct names){.a = a, .all = ARENA_ARRAY(a, struct named, MAX_SHEETS)};
    rc = part_read(parts, workbook, MAX_PART, &reader, n, e);
    if (rc == RC_OK && !n->is_book)
        rc = err_set(e, RC_REJECT, ERR_WORKBOOK, "%s: is no workbook", workbook);
    return rc;
}

/* A part read for two sheets would be a way to make much of little. */
static rc_t
add_sheet(struct book *b, const struct named *n, const struct link *l, struct err *e)
{
    if (!l || !l->part)
        return err_set(e, RC_REJECT, ERR_WORKBOOK, "sheet '%s' has no part", n->name);
    if (strcmp(l->type, "worksheet") != 0)
        return RC_OK; /* a chart, a dialog */
    for (uint32_t i = 0; i < b->count; i++)
        if (strcmp(b->sheets[i].part, l->part) == 0)
            return err_set(e, RC_REJECT, ERR_WORKBOOK, "sheets '%s' and '%s' are one part",
                           b->sheets[i].name, n->name);
    b->sheets[b->count++] = (struct book_sheet){n->name, l->part, n->hidden};
    return RC_OK;
}

rc_t
book_read(struct book *b, struct arena *a, const struct xlsx_parts *parts, struct err *e)
{
    struct links links;
    struct names names;
    const char *workbook;
    rc_t rc;

    *b = (struct book){0};
    if ((rc = links_read(&links, a, parts, "", e)) != RC_OK)
        return rc;
    if (!(workbook = link_by_type(&links, "officeDocument")))
        return err_set(e, RC_REJECT, ERR_WORKBOOK, "the package has no workbook");
    if ((rc = names_read(&names, a, parts, workbook, e)) != RC_OK ||
        (rc = links_read(&links, a, parts, workbook, e)) != RC_OK)
        return rc;
    b->sheets = ARENA_ARRAY(a, struct book_sheet, names.count);
    for (uint32_t i = 0; i < names.count && rc == RC_OK; i++)
        rc = add_sheet(b, &names.all[i], link_by_id(&links, names.all[i].id), e);
    if (rc == RC_OK && b->count == 0)
        rc = err_set(e, RC_REJECT, ERR_WORKBOOK, "%s: has no sheets", workbook);
    b->from_1904 = names.from_1904;
    b->strings = link_by_type(&links, "sharedStrings");
    b->styles = link_by_type(&links, "styles");
    return rc;
}
