#include "formats/write/template.h"

#include "formats/read/csv.h"
#include "formats/write/wants.h"

static rc_t
example(const char **out, struct arena *a, const struct plan *feed, const struct plan_node *column,
        struct err *e)
{
    if ((*out = wants_example(a, column)))
        return RC_OK;
    return err_set(e, RC_FAIL, ERR_SCHEMA,
                   "%s:%d: %s has no example; add <lp:example value=\"…\"/>", feed->file,
                   column->line, column->name);
}

rc_t
template_examples(const char ***out, struct arena *a, const struct plan *feed, struct err *e)
{
    uint32_t count = feed->root->child_count;
    const char **all = *out = ARENA_ARRAY(a, const char *, count + 1);
    bool marked = false;
    rc_t rc;

    for (uint32_t i = 0; i < count; i++) {
        const struct plan_node *column = feed->root->children[i];

        if ((rc = example(&all[i], a, feed, column, e)) != RC_OK)
            return rc;
        marked |= schema_names_row(column) && check_is_example(span_of(all[i]));
    }
    for (uint32_t i = 0; i < count && !marked; i++) {
        const struct plan_node *column = feed->root->children[i];

        marked = schema_names_row(column) && wants_mark(a, column, &all[i]);
    }
    if (marked)
        return RC_OK;
    return err_set(e, RC_FAIL, ERR_SCHEMA,
                   "%s: no column with lp:key or lp:trade takes " CHECK_EXAMPLE
                   "-1, so its example row could not be told from data",
                   feed->file);
}

/* ---- notes ---- */

static void
note_line(struct buf *out, const char *zh, const char *en)
{
    buf_printf(out, "%s%s%s\n", zh, *zh && *en ? " / " : "", en);
}

static void
note_want(struct buf *out, const struct finding *f)
{
    const struct err_text *t = err_text(f->code);
    char zh[600], en[600];

    if (f->code == ERR_CODE_UNKNOWN) { /* its sentences say what was wrong */
        buf_printf(out, "· 代码表 / code table: %s\n", f->want);
        return;
    }
    err_fill(zh, sizeof zh, t->zh, f->want);
    err_fill(en, sizeof en, t->en, f->want);
    buf_str(out, "· ");
    note_line(out, zh, en);
}

static const char *
note_of(struct arena *a, const struct plan_node *column)
{
    struct finding wants[WANTS_MAX];
    uint32_t count = wants_of(column->type, wants);
    struct buf out = {0};
    const char *note;

    note_line(&out, column->title, column->title_en);
    if (*column->hint)
        note_line(&out, column->hint, "");
    if (column->min && !column->dflt)
        note_line(&out, "必填", "required");
    else
        note_line(&out, "选填", "optional");
    for (uint32_t i = 0; i < count; i++)
        note_want(&out, &wants[i]);
    note = arena_strn(a, out.p, out.n - 1);
    buf_free(&out);
    return note;
}

/* ---- a workbook ---- */

/* Chinese characters are two wide. */
static uint32_t
wide(const char *text)
{
    struct span s = span_of(text);
    size_t chars = span_chars(s);

    return (uint32_t)(chars + (s.n - chars) / 2);
}

static uint32_t
width_of(const struct plan_node *column, const char *shown)
{
    uint32_t width = wide(column->name) + 2;

    if (wide(column->title) + 2 > width)
        width = wide(column->title) + 2;
    if (wide(shown) + 2 > width)
        width = wide(shown) + 2;
    return width < 10 ? 10 : width > 40 ? 40 : width;
}

rc_t
template_sheet(struct xlsxw_sheet *s, struct arena *a, const struct plan *feed, struct err *e)
{
    uint32_t count = feed->root->child_count;
    struct xlsxw_column *columns = ARENA_ARRAY(a, struct xlsxw_column, count);
    const char **shown;
    rc_t rc = template_examples(&shown, a, feed, e);

    if (rc != RC_OK)
        return rc;

    *s = (struct xlsxw_sheet){.name = schema_sheet_name(a, feed->feed_title, feed->feed),
                              .columns = columns,
                              .count = count,
                              .example_note =
                                  "示例行，上传前请删除，否则将被退回\nAn example: delete this row "
                                  "before you upload, it would be refused"};
    for (uint32_t i = 0; i < count; i++) {
        const struct plan_node *n = feed->root->children[i];
        struct xlsxw_column *c = &columns[i];

        c->example = shown[i];
        c->heading = *n->title ? arena_printf(a, "%s\n%s", n->title, n->name) : n->name;
        c->note = note_of(a, n);
        c->values = n->type->values;
        c->width = width_of(n, c->example);
        c->text = n->type->base == PLAN_STRING || n->type->base == PLAN_BOOLEAN;
        c->required = n->min && !n->dflt;
    }
    return RC_OK;
}

/* ---- CSV ---- */

void
template_header(struct buf *out, const struct plan *feed, bool titles)
{
    for (uint32_t i = 0; i < feed->root->child_count; i++) {
        const struct plan_node *n = feed->root->children[i];

        buf_str(out, i ? "," : "");
        csv_put(out, span_of(titles && *n->title ? n->title : n->name), ',');
    }
    buf_str(out, "\r\n");
}

rc_t
template_row(struct buf *out, struct arena *a, const struct plan *feed, struct err *e)
{
    const char **values;
    rc_t rc = template_examples(&values, a, feed, e);

    if (rc != RC_OK)
        return rc;
    for (uint32_t i = 0; i < feed->root->child_count; i++) {
        buf_str(out, i ? "," : "");
        csv_put(out, span_of(values[i]), ',');
    }
    buf_str(out, "\r\n");
    return RC_OK;
}
