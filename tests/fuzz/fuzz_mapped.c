/*
 * fuzz_mapped.c - any bytes as somebody's export, read by a column mapping.
 *
 * Lines of cells parted by tabs: those up to the first that has the titles stand above, the others are rows;
 * without such a line the titles are put before them. The first cell of a row is also a pattern and the form of
 * a date for the second. Beyond not crashing: faults have codes and fields of their own, a value that is good is no fault's,
 * what a pattern takes lies in the value, a number is one, and the same row is read the same again.
 */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "conf/conf.h"
#include "formats/read/mapping.h"
#include "formats/read/reword.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CELLS = 40, ROWS = 100 };

static void
require(bool holds)
{
    if (!holds)
        abort();
}

static void
wrong(void *ctx, const char *place, const char *text)
{
    (void)ctx;
    fprintf(stderr, "%s: %s\n", place, text);
    exit(1);
}

static const struct mapping *
mapping(void)
{
    static const char file[] = "tests/site/exports/formats/mapping/alipay.conf";
    static struct mapping m;
    static struct arena *a;
    const struct mapping_told told = {wrong, NULL};
    struct conf_problem *problem;
    struct plan *plan;
    struct err e;

    if (a)
        return &m;
    a = arena_new("mapping");
    if (schema_compile(&plan, a, "formats/feed/payment.xsd", NULL, "formats/codes", &e) != RC_OK)
        wrong(NULL, "payment", e.text);
    if ((problem = conf_mapping(&m, a, file)))
        wrong(NULL, file, problem->text);
    require(mapping_bind(&m, a, plan, &told));
    return &m;
}

static uint32_t
cells_of(struct span line, struct span *cells)
{
    uint32_t count = 0;

    while (count < CELLS) {
        const char *end = line.n ? memchr(line.p, '\t', line.n) : NULL;
        size_t n = end ? (size_t)(end - line.p) : line.n;

        cells[count++] = (struct span){line.p, n};
        if (!end)
            return count;
        line = (struct span){end + 1, line.n - n - 1};
    }
    return count;
}

static void
require_number(struct span v)
{
    size_t digits = 0;

    for (size_t i = 0; i < v.n; i++) {
        digits += isdigit((unsigned char)v.p[i]) != 0;
        require(isdigit((unsigned char)v.p[i]) || v.p[i] == '.' || (i == 0 && v.p[i] == '-'));
    }
    require(!v.n || digits > 0);
}

/* Whatever stands in two cells as a form and a value. */
static void
forms(struct arena *a, struct span form, struct span value)
{
    const char *text = arena_span(a, form.p ? form : SPAN(""));
    char digits[REWORD_DATE];
    struct span out = {NULL, 0};

    if (!reword_pattern_wrong(text) && reword_pattern(a, text, value, &out))
        require(out.n > 0 && out.p >= value.p && out.p + out.n <= value.p + value.n);
    if (!reword_date_wrong(text) && reword_date(text, value, digits))
        require(strlen(digits) == (reword_date_has_time(text) ? 14 : 8));
    if (reword_number(a, ',', '.', value, &out))
        require_number(out);
    if (*text && reword_split(value, text, 2, &out))
        require(out.p >= value.p && out.p + out.n <= value.p + value.n);
}

static void
look_at_row(struct mapped *m, struct arena *a, const struct span *cells, uint32_t count)
{
    uint32_t fields = m->mapping->plan->root->child_count, faults;
    struct span before[64];

    (void)mapped_look(m, a, cells, count, NULL);
    (void)mapped_blank(m, cells, count);
    mapped_row(m, a, cells, count);
    require(m->fault_count <= fields && fields <= 64);
    faults = m->fault_count;
    for (uint32_t i = 0; i < faults; i++) {
        require(m->faults[i].field < fields && m->faults[i].code && m->faults[i].want);
        require(m->fields[m->faults[i].field].n == 0);
        for (uint32_t k = 0; k < i; k++)
            require(m->faults[k].field != m->faults[i].field);
    }
    memcpy(before, m->fields, fields * sizeof *before);
    mapped_row(m, a, cells, count);
    require(m->fault_count == faults);
    for (uint32_t i = 0; i < fields; i++)
        require(span_eq(before[i], m->fields[i]));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char titles[] =
        "交易号\t日期\t时间\t收入金额（+元）\t支出金额（-元）\t币种\t备注\t"
        "交易状态\t渠道|终端";
    struct arena *a = arena_new("fuzz"), *scratch = arena_new("row");
    struct span rows[ROWS], cells[CELLS], rest = {(const char *)data, size};
    struct mapped_cells above[ROWS];
    uint32_t count = 0, header = 0, known;
    struct mapped m;

    while (rest.n && count < ROWS) {
        const char *end = memchr(rest.p, '\n', rest.n);
        size_t n = end ? (size_t)(end - rest.p) : rest.n;

        rows[count++] = (struct span){rest.p, n};
        rest = (struct span){rest.p + n + (end != NULL), rest.n - n - (end != NULL)};
    }
    while (header < count &&
           !mapping_fits(mapping(), scratch, cells, cells_of(rows[header], cells), &known))
        header++;
    if (header == count) {
        header = 0;
        mapped_begin(&m, a, mapping(), cells, cells_of(span_of(titles), cells));
    } else {
        mapped_begin(&m, a, mapping(), cells, cells_of(rows[header], cells));
        for (uint32_t i = 0; i < header; i++) {
            struct span *kept = ARENA_ARRAY(a, struct span, CELLS);

            above[i] = (struct mapped_cells){kept, cells_of(rows[i], kept)};
        }
        (void)mapped_above(&m, a, above, header);
        header++;
    }
    for (uint32_t i = header; i < count; i++) {
        uint32_t wide = cells_of(rows[i], cells);

        if (wide > 1)
            forms(scratch, cells[0], cells[1]);
        look_at_row(&m, scratch, cells, wide);
        arena_reset(scratch);
    }
    arena_free(&scratch);
    arena_free(&a);
    return 0;
}
