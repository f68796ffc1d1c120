#include "formats/write/guide.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "formats/read/csv.h"
#include "formats/read/totals.h"
#include "formats/write/guide_style.h"
#include "formats/write/markup.h"
#include "formats/write/template.h"
#include "formats/write/wants.h"
#include "formats/xsd/codes.h"

#define CODES_OPEN 40 /* a code table with more is folded up */

struct page {
    struct buf *out;
    struct arena *a;
    const struct guide *g;
    const struct codes **tables; /* of all feeds, each once */
    uint32_t table_count;
    struct err *e;
};

/* ---- words in two languages ---- */

static const char *
escaped(struct page *p, const char *text)
{
    struct buf b = {0};
    const char *out;

    markup_str(&b, text ? text : "");
    out = arena_strn(p->a, b.p ? b.p : "", b.n);
    buf_free(&b);
    return out;
}

/* <tag class="zh" lang="zh">…</tag> and the English, of texts that are markup already. What stands
 * in one language alone is shown whichever is chosen. */
static void
both(struct page *p, const char *tag, const char *zh, const char *en)
{
    if (*zh && *en)
        buf_printf(p->out,
                   "<%s class=\"zh\" lang=\"zh\">%s</%s> <%s class=\"en\" lang=\"en\">%s</%s>", tag,
                   zh, tag, tag, en, tag);
    else if (*zh || *en)
        buf_printf(p->out, "<%s lang=\"%s\">%s</%s>", tag, *zh ? "zh" : "en", *zh ? zh : en, tag);
}

static void
both_texts(struct page *p, const char *tag, const char *zh, const char *en)
{
    both(p, tag, escaped(p, zh), escaped(p, en));
}

/* A note: a paragraph in each language; both take the same arguments, which are markup already. */
static void note(struct page *p, const char *zh, const char *en, ...)
    __attribute__((format(printf, 2, 4), format(printf, 3, 4)));

static void
note(struct page *p, const char *zh, const char *en, ...)
{
    char texts[2][2000];
    va_list ap;

    va_start(ap, en);
    vsnprintf(texts[0], sizeof texts[0], zh, ap);
    va_end(ap);
    va_start(ap, en);
    vsnprintf(texts[1], sizeof texts[1], en, ap);
    va_end(ap);
    buf_str(p->out, "<li>");
    both(p, "p", texts[0], texts[1]);
    buf_str(p->out, "</li>\n");
}

/* Headings in both languages, in turn; NULL-terminated. */
static void
begin_table(struct page *p, const char *const *heads)
{
    buf_str(p->out, "<table><thead><tr>");
    for (; *heads; heads += 2) {
        buf_str(p->out, "<th scope=\"col\">");
        both(p, "span", heads[0], heads[1]);
        buf_str(p->out, "</th>");
    }
    buf_str(p->out, "</tr></thead><tbody>\n");
}

static void
end_table(struct page *p)
{
    buf_str(p->out, "</tbody></table>\n");
}

static void
begin_notes(struct page *p)
{
    buf_str(p->out, "<ul class=\"notes\">\n");
}

static void
end_notes(struct page *p)
{
    buf_str(p->out, "</ul>\n");
}

static void
heading(struct page *p, int level, const char *id, const char *zh, const char *en)
{
    buf_printf(p->out, "<h%d id=\"%s\">", level, id);
    both_texts(p, "span", zh, en);
    buf_printf(p->out, "</h%d>\n", level);
}

/* A row of facts; the value is markup already. */
static void
fact(struct page *p, const char *zh, const char *en, const char *value)
{
    buf_str(p->out, "<tr><th scope=\"row\">");
    both(p, "span", zh, en);
    buf_printf(p->out, "</th><td>%s</td></tr>\n", value);
}

static const char *
code(struct page *p, const char *text)
{
    return arena_printf(p->a, "<code>%s</code>", escaped(p, text));
}

static const char *
code_list(struct page *p, const char *const *words)
{
    const char *out = "";

    for (; words && *words; words++)
        out = arena_printf(p->a, "%s%s<code class=\"inline\">%s</code>", out, *out ? " " : "",
                           escaped(p, *words));
    return out;
}

/* "…" in both languages as one value of a table of facts. */
static const char *
pair(struct page *p, const char *zh, const char *en)
{
    return arena_printf(p->a,
                        "<span class=\"zh\" lang=\"zh\">%s</span> "
                        "<span class=\"en\" lang=\"en\">%s</span>",
                        zh, en);
}

static const char *
link_to(struct page *p, err_code_t number)
{
    char name[8];

    err_name(number, name);
    return arena_printf(p->a, "<a class=\"err\" href=\"#%s\">%s</a>", name, name);
}

/* ---- at a glance ---- */

/* 2 GiB */
static const char *
size_text(struct page *p, uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t u = 0;

    while (u + 1 < sizeof units / sizeof *units && bytes >= 1024 && bytes % 1024 == 0) {
        bytes /= 1024;
        u++;
    }
    return arena_printf(p->a, "%llu %s", (unsigned long long)bytes, units[u]);
}

static const char *
number_text(struct page *p, uint64_t n)
{
    return arena_printf(p->a, "%llu", (unsigned long long)n);
}

static void
at_most(struct page *p, const char *zh, const char *en, const char *what)
{
    fact(p, zh, en,
         pair(p, arena_printf(p->a, "至多 %s", what), arena_printf(p->a, "at most %s", what)));
}

static void
limits(struct page *p)
{
    const struct guide *g = p->g;
    const char *most = g->reject_rows == UINT64_MAX
                           ? arena_printf(p->a, "%g%%", g->reject_limit * 100)
                           : number_text(p, g->reject_rows);

    const char *few_zh = "", *few_en = "";

    if (g->reject_rows == UINT64_MAX && g->reject_limit > 0 && g->reject_from > 1) {
        few_zh = arena_printf(p->a, "；少于 %s 行的文件与退回行的更正文件逐行处理",
                              number_text(p, g->reject_from));
        few_en =
            arena_printf(p->a,
                         "; of a file with fewer than %s rows, or of rows that were given back, "
                         "each row is judged alone",
                         number_text(p, g->reject_from));
    }
    fact(p, "退回上限", "Limit of refused rows",
         pair(p, arena_printf(p->a, "错误行超过 %s，整份文件不载入%s", most, few_zh),
              arena_printf(p->a, "with more bad rows than %s nothing of a file is loaded%s", most,
                           few_en)));
    at_most(p, "文件大小", "Size of a file", size_text(p, g->max_bytes));
    at_most(p, "文件行数", "Rows of a file", number_text(p, g->max_rows));
    at_most(p, "每日文件数", "Files a day", number_text(p, g->max_files));
}

static void
section_glance(struct page *p)
{
    const struct guide *g = p->g;
    const char *feeds = "";

    for (uint32_t i = 0; i < g->feed_count; i++)
        feeds = arena_printf(p->a, "%s<a class=\"inline\" href=\"#feed-%s\">%s</a> ", feeds,
                             escaped(p, g->feeds[i].plan->feed),
                             escaped(p, g->feeds[i].plan->feed_title));
    buf_str(p->out, "<table class=\"facts\"><tbody>\n");
    fact(p, "企业", "Partner",
         arena_printf(p->a, "%s <code class=\"inline\">%s</code>", escaped(p, g->name),
                      escaped(p, g->partner)));
    fact(p, "综合试验区", "Zone",
         arena_printf(p->a, "%s <code class=\"inline\">%s</code>", escaped(p, g->zone),
                      escaped(p, g->zone_code)));
    if (g->url)
        fact(p, "投递箱", "Drop box", code(p, g->url));
    else
        fact(p, "投递箱", "Drop box",
             pair(p, "地址与账号由运营人员另行告知",
                  "the operators tell you its address and your account"));
    fact(p, "可报送的文件", "Files you may send", feeds);
    if (g->codes && *g->codes)
        fact(p, "可代表的企业代码", "Codes you may speak for",
             arena_printf(p->a, "%s %s", code_list(p, g->codes), link_to(p, ERR_NOT_OWN_CODE)));
    fact(p, "每日截止时间", "Cut-off of each day",
         pair(p, arena_printf(p->a, "%s（%s），下一次：%s", g->cutoff, g->timezone, g->next),
              arena_printf(p->a, "%s (%s), the next one: %s", g->cutoff, g->timezone, g->next)));
    if (g->deadline)
        fact(p, "最晚送达", "Expected by",
             pair(p, arena_printf(p->a, "%s，届时未收到文件将提醒运营人员", g->deadline),
                  arena_printf(p->a, "%s; the operators are told when nothing has come by then",
                               g->deadline)));
    limits(p);
    end_table(p);
    if (!g->soft_reject)
        return;
    begin_notes(p);
    note(p, "您的接入尚在试运行：有错误的文件先由运营人员查看，不会直接退回。",
         "You are being brought in: a file with errors is looked at by a person before anything of "
         "it "
         "is refused.");
    end_notes(p);
}

/* ---- the drop box ---- */

static void
section_box(struct page *p)
{
    const struct guide *g = p->g;

    buf_str(p->out, "<table class=\"facts\"><tbody>\n");
    fact(p, "您上传到", "You put files into", code(p, g->in));
    fact(p, "您取回自", "You get answers from", code(p, g->out));
    if (*g->done)
        fact(p, "取走的文件移到", "Files picked up go to", code(p, g->done));
    end_table(p);
    begin_notes(p);
    if (g->marker_end)
        note(
            p,
            "文件旁边出现同名加 <code>%s</code> 的标记文件后才取走（如 <code>ORDER_1.csv</code> 与 "
            "<code>ORDER_1.csv%s</code>）。请先传完文件，再放标记。",
            "A file is picked up once a marker lies beside it, its name with <code>%s</code> "
            "behind "
            "(<code>ORDER_1.csv</code> and <code>ORDER_1.csv%s</code>). Put the file first, the "
            "marker "
            "when it is complete.",
            g->marker_end, g->marker_end);
    else
        note(p, "文件大小与修改时间在至少 %u 秒内没有变化，才会取走。",
             "A file is picked up when its size and time have not changed for at least %u seconds.",
             g->settle_s);
    if (!g->marker_end)
        note(p,
             "<strong>请先以 <code>.part</code> 结尾的名字上传，传完再改名</strong>（如 "
             "<code>ORDER_1.csv.part</code> 改为 "
             "<code>ORDER_1.csv</code>）：直接用正式文件名上传，中途停顿时文件会被提前取走。",
             "<strong>Upload under a name that ends in <code>.part</code> and rename it when it is "
             "complete</strong> (<code>ORDER_1.csv.part</code> to <code>ORDER_1.csv</code>): under "
             "its final name a file is picked up too early when the upload pauses.");
    if (!g->marker_end && g->watch_s)
        note(p, "取走后 %u 分钟内如仍有写入，整份文件重新处理，回执以完整文件为准。",
             "What is still written into a file for up to %u minutes after it was picked up is "
             "noticed: the whole file is judged again, and answered again.",
             (g->watch_s + 59) / 60);
    note(p, "以 %s 开头或以 %s 结尾的文件是临时文件，不取。",
         "Names that begin with %s or end in %s are temporary and passed over.",
         code_list(p, g->ignored_starts), code_list(p, g->ignored_ends));
    if (!*g->done)
        note(p, "取走后，原文件从投递箱删除。",
             "Once picked up, the file is deleted from the drop box.");
    note(p, "截止时间之前取走的文件归入当日，之后的归入下一日。",
         "What is picked up before the cut-off belongs to that day, what comes later to the next.");
    end_notes(p);
}

/* ---- names, forms, charsets ---- */

static void
section_names(struct page *p)
{
    begin_table(
        p, (const char *const[]){"文件", "File", "文件名（不分大小写）", "Name (any case)", NULL});
    for (uint32_t i = 0; i < p->g->feed_count; i++) {
        const struct guide_feed *f = &p->g->feeds[i];
        char first[64];
        size_t n = 0;

        for (; f->plan->feed[n] && n + 1 < sizeof first; n++)
            first[n] = (char)(f->plan->feed[n] >= 'a' && f->plan->feed[n] <= 'z'
                                  ? f->plan->feed[n] - 'a' + 'A'
                                  : f->plan->feed[n]);
        first[n] = 0;
        buf_printf(p->out, "<tr><td>%s</td><td>%s", escaped(p, f->plan->feed_title),
                   code_list(p, f->globs));
        buf_printf(p->out, " <code class=\"inline\">%s_*</code></td></tr>\n", escaped(p, first));
    }
    end_table(p);
    begin_notes(p);
    note(p, "文件名看不出种类时，看表头；仍不能确定的，转人工处理。",
         "Where the name does not tell, the header does; a file nobody can place waits for a "
         "person.");
    end_notes(p);
}

/* ---- the partner's own exports ---- */

static const char *
words(struct page *p, const char *const *list, const char *between)
{
    const char *all = "";

    for (; list && *list; list++)
        all = arena_printf(p->a, "%s%s%s", all, *all ? between : "", escaped(p, *list));
    return all;
}

/* What of the file a column is taken from. */
static void
source_of(struct page *p, const struct mapping_column *c)
{
    if (c->value)
        both(p, "span", arena_printf(p->a, "固定为 %s", code(p, c->value)),
             arena_printf(p->a, "always %s", code(p, c->value)));
    else if (c->above && *c->above)
        both(p, "span", arena_printf(p->a, "表格上方的 %s", words(p, c->above, "、")),
             arena_printf(p->a, "above the table: %s", words(p, c->above, ", ")));
    else if (c->minus)
        both(p, "span",
             arena_printf(p->a, "%s，减去 %s", words(p, c->from, " / "), escaped(p, c->minus)),
             arena_printf(p->a, "%s less %s", words(p, c->from, " / "), escaped(p, c->minus)));
    else if (c->either && *c->either)
        both(p, "span", arena_printf(p->a, "其中有值的：%s", words(p, c->either, "、")),
             arena_printf(p->a, "the one that is filled: %s", words(p, c->either, ", ")));
    else if (c->filled && *c->filled)
        both(p, "span", arena_printf(p->a, "有值的列：%s", words(p, c->filled, "；")),
             arena_printf(p->a, "which is filled: %s", words(p, c->filled, "; ")));
    else
        buf_str(p->out, c->join && *c->join ? words(p, c->join, " + ") : words(p, c->from, " / "));
}

/* How its values are read; nothing for those that are taken as they are. */
static void
forms_of(struct page *p, const struct mapping_column *c)
{
    if (c->split)
        both(p, "p", arena_printf(p->a, "以 %s 分开的第 %u 段", code(p, c->split), c->part),
             arena_printf(p->a, "piece %u between %s", c->part, code(p, c->split)));
    if (c->pattern && *c->pattern)
        both(p, "p", arena_printf(p->a, "形式 %s", code_list(p, c->pattern)),
             arena_printf(p->a, "of the form %s", code_list(p, c->pattern)));
    if (c->values && *c->values)
        both(p, "p", arena_printf(p->a, "取值 %s", code_list(p, c->values)),
             arena_printf(p->a, "values %s", code_list(p, c->values)));
    if (c->own_minus && !strcmp(c->own_minus, "always"))
        both(p, "p", "支出本身带负号", "what goes out has a minus of its own");
    if (c->own_minus && !strcmp(c->own_minus, "reversal"))
        both(p, "p", "支出带负号表示冲正", "what goes out with a minus of its own came back");
    if (c->number)
        both(p, "p", arena_printf(p->a, "金额，如 %s", code(p, c->number)),
             arena_printf(p->a, "an amount such as %s", code(p, c->number)));
    if (c->date && *c->date)
        both(p, "p", arena_printf(p->a, "日期 %s", code_list(p, c->date)),
             arena_printf(p->a, "a date %s", code_list(p, c->date)));
    if (c->other)
        both(p, "p", arena_printf(p->a, "其余为 %s", code(p, *c->other ? c->other : "—")),
             arena_printf(p->a, "else %s", code(p, *c->other ? c->other : "—")));
}

static void
mapping_columns(struct page *p, const struct mapping *m)
{
    begin_table(p, (const char *const[]){"您的列", "Your column", "读作", "Read as", "即我方的列",
                                         "Which is our column", NULL});
    for (uint32_t i = 0; i < m->column_count; i++) {
        const struct mapping_column *c = &m->columns[i];

        buf_str(p->out, "<tr><td>");
        source_of(p, c);
        buf_str(p->out, "</td><td>");
        forms_of(p, c);
        buf_printf(p->out, "</td><td>%s %s</td></tr>\n", escaped(p, c->field->title),
                   code(p, c->field->name));
    }
    end_table(p);
}

static void
section_mapping(struct page *p, const struct mapping *m)
{
    const char *title = m->title ? m->title : m->name;

    heading(p, 3, arena_printf(p->a, "export-%s", escaped(p, m->name)), title, "");
    begin_notes(p);
    note(
        p, "照原样上传导出的文件即可（CSV、TSV 或 .xlsx），表格上方和下方的各行不要删除；成为 %s。",
        "Upload the export as it is (CSV, TSV or .xlsx), with the lines above and below its table; "
        "it becomes %s.",
        code(p, m->feed));
    if (m->files && *m->files)
        note(p, "文件名：%s", "Names of its files: %s", code_list(p, m->files));
    note(p, "按列名认表头，列的顺序不限。退回的行仍是您的格式，改正后直接上传。",
         "The header is known by its titles, in any order. Rows that come back have your own form: "
         "correct them and upload them again.");
    for (uint32_t i = 0; i < m->skip_count; i++)
        note(p, "不取的行：%s %s", "Rows that are left out: %s %s", escaped(p, m->skips[i].title),
             arena_printf(p->a, "%s%s%s", code_list(p, m->skips[i].is),
                          code_list(p, m->skips[i].begins), code_list(p, m->skips[i].holds)));
    for (uint32_t i = 0; i < m->only_count; i++)
        note(p, "只取的行：%s %s", "The only rows that are taken: %s %s",
             escaped(p, m->onlys[i].title),
             arena_printf(p->a, "%s%s%s", code_list(p, m->onlys[i].is),
                          code_list(p, m->onlys[i].begins), code_list(p, m->onlys[i].holds)));
    end_notes(p);
    mapping_columns(p, m);
}

static void
section_forms(struct page *p)
{
    const char *charset = p->g->charset;

    begin_notes(p);
    note(p,
         "<b>文本</b>：CSV，分隔符为逗号、制表符、分号或 "
         "<code>|</code>；值中有分隔符、引号或换行时用双引号括起。",
         "<b>Text</b>: CSV with comma, tab, semicolon or <code>|</code>; quote values that hold a "
         "delimiter, a quote or a line end.");
    note(p,
         "<b>工作簿</"
         "b>：.xlsx，可有多个工作表，表头之上可有标题行。长数字（订单号等）请设为文本格式。",
         "<b>Workbook</b>: .xlsx, several sheets, title rows above the header. Format columns with "
         "long "
         "numbers (order numbers) as text.");
    note(p, "<b>XML</b>：每行一个元素，见各文件的示例；也接受其下所列的部门报文。",
         "<b>XML</b>: an element a row, see the example of each file; messages of agencies named "
         "there "
         "are taken too.");
    note(p, "<b>压缩包</b>：zip、7z、tar、gz、xz、zst，可含多个文件，可再套一层压缩包；不得加密。",
         "<b>Packed</b>: zip, 7z, tar, gz, xz, zst, with several files, archives inside one level "
         "deep; "
         "not encrypted.");
    if (!strcmp(charset, "auto"))
        note(p,
             "<b>字符集</b>：UTF-8、GB18030（GBK）或带 BOM 的 UTF-16，自动识别；答复用同一字符集。",
             "<b>Charset</b>: UTF-8, GB18030 (GBK) or UTF-16 with a byte order mark, told from the "
             "bytes; answers come in the same.");
    else
        note(p, "<b>字符集</b>：%s。", "<b>Charset</b>: %s.", escaped(p, charset));
    note(p,
         "<b>表头</b>：第一行写列名（英文名或中文标题），顺序不限，不分大小写和全角半角；"
         "以 <code>_</code> 开头的列不处理。",
         "<b>Header</b>: the first row names the columns, by element name or Chinese title, in any "
         "order and case; columns that begin with <code>_</code> are passed over.");
    end_notes(p);
    for (const struct mapping *const *m = p->g->mappings; m && *m; m++)
        section_mapping(p, *m);
    if (!p->g->aliases.count)
        return;
    begin_table(p, (const char *const[]){"您的列名", "Your name of a column", "即", "Means", NULL});
    for (size_t i = 0; i < p->g->aliases.count; i++)
        buf_printf(p->out, "<tr><td>%s</td><td>%s</td></tr>\n",
                   escaped(p, p->g->aliases.all[i].from), code(p, p->g->aliases.all[i].to));
    end_table(p);
}

/* ---- a feed: its columns ---- */

static void
tag(struct page *p, const char *kind, const char *zh, const char *en)
{
    buf_printf(p->out, "<span class=\"tag %s\">", kind);
    both(p, "span", zh, en);
    buf_str(p->out, "</span>");
}

/* The sentence of a code, what it wants as markup in its place. */
static const char *
sentence(struct page *p, const char *text, const char *want)
{
    char filled[1200];

    err_fill(filled, sizeof filled, escaped(p, text), want);
    return arena_str(p->a, filled);
}

static void
want(struct page *p, const struct finding *f)
{
    const struct err_text *t = err_text(f->code);
    const char *want = escaped(p, f->want);

    buf_printf(p->out, "<li>%s ", link_to(p, f->code));
    if (f->code == ERR_CODE_UNKNOWN) { /* its sentences say what was wrong */
        const char *table = arena_printf(
            p->a, "<a href=\"#codes-%s\"><code class=\"inline\">%s</code></a>", want, want);

        both(p, "span", arena_printf(p->a, "见代码表 %s", table),
             arena_printf(p->a, "a code of table %s", table));
    } else {
        both(p, "span", sentence(p, t->zh, want), sentence(p, t->en, want));
    }
    buf_str(p->out, "</li>");
}

static void
type_name(struct page *p, const struct plan_type *t)
{
    static const struct {
        const char *zh, *en;
    } names[] = {
        [PLAN_STRING] = {"文本", "text"         },
        [PLAN_DECIMAL] = {"数字", "number"       },
        [PLAN_INTEGER] = {"整数", "whole number" },
        [PLAN_BOOLEAN] = {"是否", "true or false"},
    };

    buf_str(p->out, "<span class=\"inline\">");
    both(p, "span", names[t->base].zh, names[t->base].en);
    buf_str(p->out, "</span>");
}

/* What else the column may be called in a file. */
static void
other_names(struct page *p, const struct plan_node *n)
{
    const char *all = "";

    for (const char *const *alias = n->aliases; alias && *alias; alias++)
        all = arena_printf(p->a, "%s%s%s", all, *all ? "、" : "", escaped(p, *alias));
    if (*all)
        both(p, "span", arena_printf(p->a, "也可写作 %s", all), arena_printf(p->a, "or %s", all));
}

static void
column_row(struct page *p, const struct plan_node *n)
{
    struct finding wants[WANTS_MAX];
    uint32_t count = wants_of(n->type, wants);
    const char *example = wants_example(p->a, n);

    buf_printf(p->out, "<tr><td data-l=\"列 Column\"><span class=\"name\">%s</span>%s",
               escaped(p, n->title), code(p, n->name));
    if (n->min && !n->dflt)
        tag(p, "must", "必填", "required");
    else
        tag(p, "may", "选填", "optional");
    if (schema_names_row(n) || n->line_part)
        tag(p, "", "标识", "key");
    if (n->personal)
        tag(p, "may", "个人信息", "personal");
    buf_str(p->out, "</td><td data-l=\"含义 Meaning\">");
    both_texts(p, "span", n->hint, n->title_en);
    other_names(p, n);
    buf_str(p->out, "</td><td data-l=\"规则 Rules\">");
    type_name(p, n->type);
    buf_str(p->out, "<ul>");
    for (uint32_t i = 0; i < count; i++)
        want(p, &wants[i]);
    if (n->dflt) {
        const char *value = code_list(p, (const char *const[]){n->dflt, NULL});

        buf_str(p->out, "<li>");
        both(p, "span", arena_printf(p->a, "空则为 %s", value),
             arena_printf(p->a, "%s when empty", value));
        buf_str(p->out, "</li>");
    }
    buf_printf(p->out, "</ul></td><td data-l=\"示例 Example\">%s</td></tr>\n",
               example && *example ? code(p, example) : "—");
}

static void
part_row(struct page *p, const char *zh, const char *en)
{
    buf_str(p->out, "<tr class=\"part\"><th colspan=\"4\" scope=\"rowgroup\">");
    both(p, "span", zh, en);
    buf_str(p->out, "</th></tr>\n");
}

static void
columns(struct page *p, const struct plan *plan)
{
    static const struct {
        const char *zh, *en;
    } heads[] = {
        {"列",    "Column" },
        {"含义", "Meaning"},
        {"规则", "Rules"  },
        {"示例", "Example"}
    };
    bool parts = false;

    buf_str(p->out, "<table class=\"columns\"><thead><tr>");
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        buf_str(p->out, "<th scope=\"col\">");
        both(p, "span", heads[i].zh, heads[i].en);
        buf_str(p->out, "</th>");
    }
    buf_str(p->out, "</tr></thead><tbody>\n");
    for (uint32_t i = 0; i < plan->root->child_count; i++)
        parts = parts || plan->root->children[i]->line_part;
    if (parts)
        part_row(p, "表头列：同一单各行相同", "Head columns: the same on each row of one thing");
    for (uint32_t i = 0; i < plan->root->child_count; i++) {
        if (plan->root->children[i]->line_part)
            part_row(p, "行列：每行不同", "Line columns: of each row");
        column_row(p, plan->root->children[i]);
    }
    end_table(p);
}

/* ---- a feed: rules between rows, examples ---- */

static void
code_row(struct page *p, err_code_t number, bool anchor)
{
    const struct err_text *t = err_text(number);
    char name[8];

    err_name(number, name);
    if (anchor)
        buf_printf(p->out, "<tr id=\"%s\"><td data-l=\"代码 Code\"><code>%s</code></td>", name,
                   name);
    else
        buf_printf(p->out, "<tr><td data-l=\"代码 Code\">%s</td>", link_to(p, number));
    buf_str(p->out, "<td data-l=\"含义 Meaning\">");
    both(p, "span", sentence(p, t->zh, "…"), sentence(p, t->en, "…"));
    buf_str(p->out, "</td><td data-l=\"处理 What to do\">");
    both_texts(p, "span", t->todo_zh, t->todo_en);
    buf_str(p->out, "</td></tr>\n");
}

static void
begin_codes(struct page *p)
{
    begin_table(
        p, (const char *const[]){"代码", "Code", "含义", "Meaning", "处理", "What to do", NULL});
}

static rc_t
csv_example(struct page *p, const struct plan *plan)
{
    struct buf text = {0};
    size_t kept = 0;
    rc_t rc;

    template_header(&text, plan, false);
    if ((rc = template_row(&text, p->a, plan, p->e)) == RC_OK) {
        buf_str(p->out, "<pre class=\"csv\">");
        for (size_t i = 0; i < text.n; i++) /* a browser's line ends have no CR */
            if (text.p[i] != '\r')
                text.p[kept++] = text.p[i];
        markup_text(p->out, (struct span){text.p, kept});
        buf_str(p->out, "</pre>\n");
    }
    buf_free(&text);
    return rc;
}

static rc_t
xml_example(struct page *p, const struct plan *plan)
{
    struct buf text = {0};
    const char **values;
    rc_t rc = template_examples(&values, p->a, plan, p->e);

    if (rc != RC_OK)
        return rc;
    buf_printf(&text, "<rows>\n  <%s>\n", plan->feed);
    for (uint32_t i = 0; i < plan->root->child_count; i++) {
        const struct plan_node *n = plan->root->children[i];

        if (!*values[i])
            continue;
        buf_printf(&text, "    <%s>", n->name);
        markup_str(&text, values[i]);
        buf_printf(&text, "</%s>\n", n->name);
    }
    buf_printf(&text, "  </%s>\n</rows>\n", plan->feed);
    buf_str(p->out, "<details><summary>XML</summary><pre class=\"xml\">");
    markup_text(p->out, (struct span){text.p, text.n});
    buf_str(p->out, "</pre></details>\n");
    buf_free(&text);
    return RC_OK;
}

static void
messages(struct page *p, const struct plan *plan)
{
    const char *names = "";
    char name[64];

    for (uint32_t i = 0; i < plan->message_count; i++) {
        size_t n = 0;
        for (const char *c = plan->messages[i].format; *c && n + 1 < sizeof name; c++)
            name[n++] = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
        name[n] = 0;
        names = arena_printf(p->a, "%s <code>%s</code>", names, escaped(p, name));
    }
    if (!plan->message_count)
        return;
    begin_notes(p);
    note(p, "也接受部门的报文：%s。报文中没有的列视为空。",
         "Also taken as an agency's message:%s. A column the message does not have is empty.",
         names);
    end_notes(p);
}

static rc_t
section_feed(struct page *p, const struct guide_feed *f)
{
    const struct plan *plan = f->plan;
    rc_t rc;

    heading(p, 2, arena_printf(p->a, "feed-%s", escaped(p, plan->feed)),
            plan->feed_title ? plan->feed_title : plan->feed, plan->feed);
    both_texts(p, "p", plan->root->title, plan->root->title_en);
    columns(p, plan);
    if (f->rules && *f->rules) {
        heading(p, 3, arena_printf(p->a, "rules-%s", escaped(p, plan->feed)), "行间规则",
                "Rules between rows and against what was sent before");
        begin_codes(p);
        for (const char *const *c = f->rules; *c; c++)
            code_row(p, err_code(*c), false);
        end_table(p);
    }
    heading(p, 3, arena_printf(p->a, "example-%s", escaped(p, plan->feed)), "示例文件",
            "An example file");
    begin_notes(p);
    note(p, "示例中的编号以 <code>EXAMPLE</code> 开头；这样的行不是数据，会被退回（%s）。",
         "Its number begins with <code>EXAMPLE</code>: such a row is no data and is refused (%s).",
         link_to(p, ERR_EXAMPLE_ROW));
    end_notes(p);
    if ((rc = csv_example(p, plan)) != RC_OK || (rc = xml_example(p, plan)) != RC_OK)
        return rc;
    messages(p, plan);
    return RC_OK;
}

/* ---- what becomes of a file ---- */

static void
section_versions(struct page *p)
{
    begin_notes(p);
    note(p, "同一文件（字节相同）再次上传：答复为 <code>duplicate</code>，不载入。",
         "The same bytes again: the answer says <code>duplicate</code>, nothing is loaded.");
    note(p, "同号、内容相同的行：计为重复，不影响其他行。",
         "A row known already with the same values counts as repeated and hurts no other.");
    note(p,
         "同号、内容不同：<code>appType</code> 填 <code>2</code> 为变更、<code>3</code> 为删除；填 "
         "<code>1</code> 则退回（%s）。",
         "The same key with other values: <code>appType</code> <code>2</code> changes it, "
         "<code>3</code> voids it, <code>1</code> is refused (%s).",
         link_to(p, ERR_EXISTS));
    note(p, "变更或删除须在原记录之后报送（%s）。",
         "A change or a deletion comes after its original (%s).", link_to(p, ERR_NO_ORIGINAL));
    note(p, "退回过的行改正后可直接重报，不算重复。",
         "What was refused may be corrected and sent again; it does not count as sent.");
    end_notes(p);
}

static void
totals_row(struct page *p, const struct plan *plan)
{
    buf_printf(p->out, "<tr><td>%s</td><td>%s</td><td>%s</td></tr>\n",
               escaped(p, plan->feed_title ? plan->feed_title : plan->feed),
               plan->amount ? code(p, plan->amount->name) : "—", code_list(p, plan->trailers));
}

static void
section_totals(struct page *p)
{
    const struct guide *g = p->g;

    begin_notes(p);
    if (g->totals_required)
        note(p,
             "每个文件都必须有控制合计：旁边的 "
             "<code>文件名%s</code>，或文件末尾的合计行。没有的转人工处理（%s）。",
             "Each file must have control totals: <code>NAME%s</code> beside it, or a trailer row "
             "at its "
             "end. One without waits for a person (%s).",
             g->sum_end, link_to(p, ERR_TOTALS_NONE));
    else
        note(p,
             "可以附上控制合计：旁边的 "
             "<code>文件名%s</code>，或文件末尾的合计行。与所报不符的文件转人工处理（%s）。",
             "You may add control totals: <code>NAME%s</code> beside a file, or a trailer row at "
             "its end. A "
             "file that differs waits for a person (%s).",
             g->sum_end, link_to(p, ERR_TOTALS));
    note(p,
         "内容如 <code>%s</code>，可只写几项；也可以是 <code>sha256sum</code> "
         "的输出。某一币制的合计写 <code>amount.142=…</code>。",
         "It reads <code>%s</code>, or some of these; what <code>sha256sum</code> prints is taken "
         "too. "
         "<code>amount.142=…</code> is the sum of one currency.",
         TOTALS_FORM);
    note(p,
         "合计行写 "
         "<code>合计,行数,金额</"
         "code>，或把金额写在下表所列的列下；写在其他列下的合计数不核对，该行按"
         "说明行略过（%s）。",
         "A trailer row reads <code>合计,rows,amount</code>, or has the amount below the column "
         "named here; sums "
         "below other columns are not compared, such a row is passed over (%s).",
         link_to(p, ERR_FOOTER));
    end_notes(p);
    begin_table(p,
                (const char *const[]){"文件", "File", "金额合计的列", "Column summed up as amount",
                                      "合计行的第一格", "First cell of a trailer row", NULL});
    for (uint32_t i = 0; i < g->feed_count; i++)
        totals_row(p, g->feeds[i].plan);
    end_table(p);
}

static void
element_rows(struct page *p, const struct plan_node *n, const char *before)
{
    for (uint32_t i = 0; i < n->child_count; i++) {
        const struct plan_node *c = n->children[i];
        const char *path = arena_printf(p->a, "%s%s", before, c->name ? c->name : "");

        if (!c->name)
            continue;
        buf_printf(p->out, "<tr><td data-l=\"元素 Element\">%s</td><td data-l=\"含义 Meaning\">",
                   code(p, path));
        both(p, "span",
             arena_printf(p->a, "%s%s%s", escaped(p, c->title), *c->hint ? "：" : "",
                          escaped(p, c->hint)),
             escaped(p, c->title_en));
        buf_str(p->out, "</td></tr>\n");
        element_rows(p, c, arena_printf(p->a, "%s/", path));
    }
}

static void
section_answers(struct page *p)
{
    begin_notes(p);
    note(p,
         "每个文件在 <code>%s</code> 有一份答复 <code>文件名.ack.xml</code>；有退回的行时另有 "
         "<code>文件名.rejects.csv</code>。",
         "Each file is answered in <code>%s</code> by <code>NAME.ack.xml</code>, and by "
         "<code>NAME.rejects.csv</code> where rows were refused.",
         escaped(p, p->g->out));
    note(p,
         "退回文件保留您的列、分隔符、字符集和原值，后加 <code>_line</code> 行号、"
         "<code>_column</code> 列名、<code>_code</code> 错误代码、<code>_message</code> "
         "说明；改正后可原样上传。",
         "The rejects have your columns, delimiter, charset and values as you wrote them, and "
         "behind "
         "them <code>_line</code>, <code>_column</code>, <code>_code</code> and "
         "<code>_message</code>: "
         "correct them and upload that file.");
    note(p, "一行的全部错误一次列出。同一订单有一行出错，其余各行一并退回（%s）。",
         "All errors of a row are told at once. With one bad line the other lines of that order "
         "come "
         "back too (%s).",
         link_to(p, ERR_OTHER_ROW));
    end_notes(p);
    begin_table(p, (const char *const[]){"元素", "Element", "含义", "Meaning", NULL});
    element_rows(p, p->g->ack->root, "");
    end_table(p);
    begin_notes(p);
    note(
        p,
        "各部门对贵方单证的回执见 <code>feedback-YYYYMMDD-NN.csv</code>（另有同名 "
        "<code>.xml</"
        "code>），一行一份单证，以贵方的订单号、支付编号、运单号为准；同一单证以最后一行为准。"
        "被退回的，改正后以 <code>appType</code> 2 重新上传，系统随即重新申报。",
        "What agencies answered to your documents stands in <code>feedback-YYYYMMDD-NN.csv</code> "
        "(the same as <code>.xml</code>), a row a document, by your own numbers; the last row of a "
        "document counts. What was refused: correct it, upload it with <code>appType</code> 2, and "
        "it "
        "is declared anew.");
    end_notes(p);
    begin_table(p, (const char *const[]){"元素", "Element", "含义", "Meaning", NULL});
    element_rows(p, p->g->feedback->root, "");
    end_table(p);
}

/* ---- code tables and error codes ---- */

static void
collect_tables(struct page *p)
{
    for (uint32_t f = 0; f < p->g->feed_count; f++) {
        const struct plan_node *root = p->g->feeds[f].plan->root;

        for (uint32_t i = 0; i < root->child_count; i++) {
            const struct codes *c = root->children[i]->type->codes;
            uint32_t at = 0;

            while (c && at < p->table_count &&
                   strcmp(codes_name(p->tables[at]), codes_name(c)) != 0)
                at++;
            if (!c || at < p->table_count)
                continue;
            p->tables = arena_grow(p->a, p->tables, sizeof *p->tables, p->table_count);
            p->tables[p->table_count++] = c;
        }
    }
}

static void
section_codes(struct page *p)
{
    for (uint32_t t = 0; t < p->table_count; t++) {
        const char *name = escaped(p, codes_name(p->tables[t]));
        const struct codes_row *row;
        size_t count;

        row = codes_rows(p->tables[t], &count);
        buf_printf(p->out, "<details id=\"codes-%s\"%s><summary><code>%s</code> (%zu)</summary>\n",
                   name, count <= CODES_OPEN ? " open" : "", name, count);
        buf_str(p->out, "<ul class=\"codes\">\n");
        for (size_t i = 0; i < count; i++, row++) {
            buf_printf(p->out, "<li><code>%s</code> ", escaped(p, row->code));
            both_texts(p, "span", row->zh, row->en);
            buf_str(p->out, "</li>\n");
        }
        buf_str(p->out, "</ul></details>\n");
    }
}

/* Those a partner may see in an answer. */
static void
section_errors(struct page *p)
{
    static const err_code_t numbers[] = {
#define ERR(name, number, zh, en, todo_zh, todo_en) ERR_##name,
#include "base/err.def"
#undef ERR
    };

    begin_codes(p);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i] >= 2000 && numbers[i] < 5000)
            code_row(p, numbers[i], true);
    end_table(p);
}

/* ---- the page ---- */

struct section {
    const char *id, *zh, *en;
    void (*write)(struct page *p); /* NULL: here the feeds come */
};
static const struct section sections[] = {
    {"glance",   "概览",                   "At a glance",                 section_glance  },
    {"box",      "投递箱",                "The drop box",                section_box     },
    {"names",    "文件名",                "Names of files",              section_names   },
    {"forms",    "文件形式与字符集", "Forms and charsets",          section_forms   },
    {NULL,       NULL,                       NULL,                          NULL            },
    {"versions", "重复、变更与删除", "Repeats, changes, deletions", section_versions},
    {"totals",   "控制合计",             "Control totals",              section_totals  },
    {"answers",  "答复",                   "Answers",                     section_answers },
    {"codes",    "代码表",                "Code tables",                 section_codes   },
    {"errors",   "错误代码",             "Error codes",                 section_errors  },
};
#define SECTIONS (sizeof sections / sizeof *sections)

static void
toc_line(struct page *p, const char *id, const char *zh, const char *en)
{
    buf_printf(p->out, "<li><a href=\"#%s\">", id);
    both_texts(p, "span", zh, en);
    buf_str(p->out, "</a></li>\n");
}

static void
contents(struct page *p)
{
    buf_str(p->out, "<nav aria-label=\"目录 Contents\"><ol>\n");
    for (size_t i = 0; i < SECTIONS; i++) {
        if (sections[i].id) {
            toc_line(p, sections[i].id, sections[i].zh, sections[i].en);
            continue;
        }
        for (uint32_t f = 0; f < p->g->feed_count; f++) {
            const struct plan *plan = p->g->feeds[f].plan;

            toc_line(p, arena_printf(p->a, "feed-%s", escaped(p, plan->feed)),
                     plan->feed_title ? plan->feed_title : plan->feed, plan->feed);
        }
    }
    buf_str(p->out, "</ol></nav>\n");
}

static void
top(struct page *p)
{
    static const struct {
        const char *id, *label;
    } languages[] = {
        {"both", "双语" },
        {"zh",   "中文" },
        {"en",   "English"}
    };

    buf_str(p->out, "<!DOCTYPE html>\n<html lang=\"zh\"><head><meta charset=\"utf-8\">\n"
                    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                    "style-src 'unsafe-inline'\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n");
    buf_printf(
        p->out,
        "<title>%s · 数据报送指南 · Partner guide</title>\n<style>\n%s</style></head>\n<body>\n",
        escaped(p, p->g->name), style);
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++)
        buf_printf(p->out, "<input class=\"lang\" type=\"radio\" name=\"lang\" id=\"%s\"%s>\n",
                   languages[i].id, i ? "" : " checked");
    buf_printf(p->out, "<header><div><b>%s</b><small>", escaped(p, p->g->name));
    both(p, "span", "数据报送指南", "Partner guide");
    buf_printf(p->out, " · %s</small></div><div class=\"switch\">", escaped(p, p->g->zone));
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++)
        buf_printf(p->out, "<label for=\"%s\">%s</label>", languages[i].id, languages[i].label);
    buf_str(p->out, "</div></header>\n<div class=\"page\">\n");
}

rc_t
guide_write(struct buf *out, struct arena *a, const struct guide *g, struct err *e)
{
    struct page p = {.out = out, .a = a, .g = g, .e = e};
    rc_t rc = RC_OK;

    collect_tables(&p);
    top(&p);
    contents(&p);
    buf_str(out, "<main>\n");
    for (size_t i = 0; i < SECTIONS; i++) {
        if (sections[i].id) {
            heading(&p, 2, sections[i].id, sections[i].zh, sections[i].en);
            sections[i].write(&p);
        }
        for (uint32_t f = 0; !sections[i].id && rc == RC_OK && f < g->feed_count; f++)
            rc = section_feed(&p, &g->feeds[f]);
    }
    buf_str(out, "</main></div></body></html>\n");
    return rc;
}
