/* mapping: what a mapping file may say, every fault of one with its line, and rows by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../folder.h"
#include "base/stream.h"
#include "conf/conf.h"
#include "formats/read/mapping.h"

struct fixture {
    struct arena *arena;
    char dir[FOLDER_SIZE];
    const char *file;
    struct plan *plan;
    struct buf told;
};

static const char xsd[] =
    "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' xmlns:lp='urn:landport:format'>\n"
    " <xs:element name='bank'><xs:annotation><xs:appinfo><lp:feed name='bank'/></xs:appinfo>"
    "</xs:annotation><xs:complexType><xs:sequence>\n"
    "  <xs:element name='no'><xs:simpleType><xs:restriction base='xs:string'><xs:minLength "
    "value='1'/></xs:restriction></xs:simpleType></xs:element>\n"
    "  <xs:element name='day' type='xs:date'/>\n"
    "  <xs:element name='amount' type='xs:decimal'/>\n"
    "  <xs:element name='kind' type='xs:string' minOccurs='0'/>\n"
    "  <xs:element name='account' type='xs:string' minOccurs='0'/>\n"
    "  <xs:element name='order' type='xs:string' minOccurs='0'/>\n"
    "  <xs:element name='note' type='xs:string' minOccurs='0'/>\n"
    "  <xs:element name='lines' type='xs:integer' minOccurs='0'/>\n"
    "  <xs:element name='fresh' type='xs:boolean' minOccurs='0'/>\n"
    "  <xs:element name='way' minOccurs='0'><xs:simpleType><xs:restriction base='xs:string'>"
    "<xs:enumeration value='in'/><xs:enumeration "
    "value='out'/></xs:restriction></xs:simpleType></xs:element>\n"
    " </xs:sequence></xs:complexType></xs:element>\n"
    "</xs:schema>\n";

static void
put_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    fclose(f);
}

static int
set_up(void **state)
{
    struct fixture *fx = calloc(1, sizeof *fx);
    const char *schema;
    struct err e;

    *state = fx;
    fx->arena = arena_new("mapping_test");
    folder_make(fx->dir);
    fx->file = arena_printf(fx->arena, "%s/bank.conf", fx->dir);
    schema = arena_printf(fx->arena, "%s/bank.xsd", fx->dir);
    put_file(schema, xsd);
    assert_int_equal(schema_compile(&fx->plan, fx->arena, schema, NULL, NULL, &e), RC_OK);
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *fx = *state;

    folder_remove(fx->dir);
    buf_free(&fx->told);
    arena_free(&fx->arena);
    free(fx);
    return 0;
}

/* "3: what is wrong" */
static void
tell(void *ctx, const char *place, const char *text)
{
    struct fixture *fx = ctx;

    assert_int_equal(strncmp(place, fx->file, strlen(fx->file)), 0);
    buf_printf(&fx->told, "%s: %s\n", place + strlen(fx->file) + 1, text);
}

/* NULL where anything is wrong with it, which is in fx->told then. */
static struct mapping *
load(struct fixture *fx, const char *text)
{
    struct mapping *m = ARENA_NEW(fx->arena, struct mapping);
    const struct mapping_told told = {tell, fx};
    struct conf_problem *problems;
    bool good;

    fx->told.n = 0;
    put_file(fx->file, text);
    problems = conf_mapping(m, fx->arena, fx->file);
    good = !problems;
    for (; problems; problems = problems->next)
        buf_printf(&fx->told, "%s\n", problems->text + strlen(fx->file) + 1);
    return good && mapping_bind(m, fx->arena, fx->plan, &told) ? m : NULL;
}

#define BANK                                                                                        \
    "feed = bank\n"                                                                                 \
    "end = { \"合计\", \"---\" }\n"                                                               \
    "column no { from = { \"流水号\", \"交易流水\" } }\n"                                    \
    "column day { join = { \"日期\", \"时间\" } with = \" \" date = { \"YYYYMMDD hh:mm\" } }\n" \
    "column amount { from = \"贷方\" minus = \"借方\" }\n"                                      \
    "column kind { filled = { \"贷方 -> C\", \"借方 -> D\" } }\n"                               \
    "column account { above = { \"账号\" } }\n"                                                   \
    "column order { from = \"摘要\" pattern = { \"*订单{word}*\" } other = \"\" }\n"            \
    "column note { value = \"from the bank\" }\n"

#define CELLS 10
#define SHOWN 7 /* columns of the feed, those behind are only for faults */

/* a|b|c */
static uint32_t
cells_of(struct arena *a, const char *text, struct span cells[CELLS])
{
    uint32_t n = 0;

    for (const char *p = arena_str(a, text);; p++) {
        size_t wide = strcspn(p, "|");

        assert_true(n < CELLS);
        cells[n++] = (struct span){p, wide};
        p += wide;
        if (!*p)
            return n;
    }
}

/* What becomes of a row: fields, then faults as field:code:seen:want. */
static const char *
row(struct fixture *fx, struct mapped *m, const char *text)
{
    static const char *const names[] = {"row", "header", "out", "end"};
    struct span cells[CELLS];
    uint32_t count = cells_of(fx->arena, text, cells);
    enum mapped_what what = mapped_look(m, fx->arena, cells, count, NULL);
    struct buf b = {0};

    if (what != MAPPED_ROW)
        return names[what];
    mapped_row(m, fx->arena, cells, count);
    for (uint32_t i = 0; i < SHOWN; i++)
        buf_printf(&b, "%s%.*s", i ? "|" : "", SPAN_F(m->fields[i]));
    for (uint32_t i = 0; i < m->fault_count; i++)
        buf_printf(&b, " %s:%d:%.*s:%s", fx->plan->root->children[m->faults[i].field]->name,
                   (int)m->faults[i].code, SPAN_F(m->faults[i].seen), m->faults[i].want);
    return buf_text(&b, fx->arena);
}

static bool
begin(struct fixture *fx, struct mapped *m, const struct mapping *mapping, const char *header)
{
    struct span names[CELLS];
    uint32_t count = cells_of(fx->arena, header, names);

    return mapped_begin(m, fx->arena, mapping, names, count);
}

static void
a_statement_becomes_rows(void **state)
{
    struct fixture *fx = *state;
    struct mapping *mapping = load(fx, BANK "ignore = { \"余额\" }\n"
                                            "skip \"摘要\" { begins = { \"冲正\" } }\n");
    struct span above_cells[4] = {SPAN("户名"), SPAN("x"), SPAN("#账号："), SPAN(" 6222 ")};
    const struct mapped_cells above = {above_cells, 4};
    struct mapped m;

    assert_non_null(mapping);
    assert_true(begin(fx, &m, mapping, "交易流水|日期|时间|借方|贷方|余额|摘要"));
    assert_null(mapped_above(&m, fx->arena, &above, 1));
    /* clang-format off */
    assert_string_equal(row(fx, &m, "`001\t|20260301|09:30|-|1,234.50|9|张三 订单A-1 谢"),
                        "001|2026-03-01|1234.50|C|6222|A-1|from the bank");
    assert_string_equal(row(fx, &m, "2|20260301|09:30|5.00|0.00|9|"),
                        "2|2026-03-01|-5.00|D|6222||from the bank");
    assert_string_equal(row(fx, &m, "3|2026-03-01|09:30|5.00|6|9|手续费"),
                        "3||||6222||from the bank day:2042:2026-03-01 09:30:YYYYMMDD hh:mm "
                        "amount:2043::贷方 / 借方 kind:2043::贷方 / 借方");
    assert_string_equal(row(fx, &m, "4|20260301|09:30||x|9|"),
                        "4|2026-03-01||C|6222||from the bank amount:2042:x:1,234.56");
    assert_string_equal(row(fx, &m, "交易流水 |日期|时间|借方|贷方|余额|摘要"), "header");
    assert_string_equal(row(fx, &m, "5|20260301|09:30|||9|冲正 4"), "out");
    assert_string_equal(row(fx, &m, "|合计：2 笔|||5.00"), "end");
    assert_string_equal(row(fx, &m, "------"), "end");
    assert_string_equal(row(fx, &m, "6"), "6||||6222||from the bank");
    /* clang-format on */
    assert_string_equal(mapping_name(mapping, fx->arena, 0, m.chosen), "交易流水");
    assert_string_equal(mapping_name(mapping, fx->arena, 0, NULL), "流水号");
    assert_string_equal(mapping_name(mapping, fx->arena, 1, m.chosen), "日期 / 时间");
    assert_string_equal(mapping_name(mapping, fx->arena, 2, m.chosen), "贷方 / 借方");
    assert_string_equal(mapping_name(mapping, fx->arena, 4, m.chosen), "账号");
    assert_string_equal(mapping_name(mapping, fx->arena, 6, m.chosen), "note");
    assert_true(mapped_uses(&m, 2, 3) && mapped_uses(&m, 2, 4) && !mapped_uses(&m, 2, 0));
}

static void
a_header_is_known_by_its_titles(void **state)
{
    struct fixture *fx = *state;
    struct mapping *mapping = load(fx, BANK);
    struct span names[CELLS];
    struct mapped m;
    uint32_t known;

    assert_non_null(mapping);
    assert_true(mapping_fits(mapping, fx->arena, names,
                             cells_of(fx->arena, "*流水号|日 期|日期|时间|借方|贷方|摘要", names),
                             &known));
    assert_int_equal(known, 6);
    assert_false(mapping_fits(mapping, fx->arena, names,
                              cells_of(fx->arena, "流水号|日期|借方|贷方|摘要", names), &known));
    assert_int_equal(known, 5);
    /* a title that was changed is told with the one it is nearest to */
    assert_false(begin(fx, &m, mapping, "流水号|交易日期|时间|借方|贷方|摘要|余额"));
    assert_int_equal(m.header.fault_count, 2);
    assert_int_equal(m.header.faults[0].code, ERR_COLUMN_NEAR);
    assert_string_equal(m.header.faults[0].want, "日期");
    assert_int_equal(m.header.faults[1].code, ERR_COLUMN_UNKNOWN);
    assert_false(begin(fx, &m, mapping, "流水号|时间|借方|贷方|摘要"));
    assert_int_equal(m.header.faults[0].code, ERR_COLUMN_MISSING);
    assert_string_equal(m.header.faults[0].want, "日期");
    assert_null(m.header.faults[0].field);
}

static void
what_stands_above(void **state)
{
    /* clang-format off */
    static const struct {
        const char *cells, *want;
    } cases[] = {
        {"账号：6222", "6222"}, {"账号:[6222]", "6222"}, {"#账号：[6222]   终止：[x]", "6222"},
        {"账号|6222", "6222"}, {"账号：||6222", "6222"}, {"户名：x  账号：6222  y", "6222"},
        {"户名 x", NULL}, {"对方账号：1", NULL}, {"账号", NULL}, {"账号类型：1", NULL},
    };
    /* clang-format on */
    struct fixture *fx = *state;
    struct mapping *mapping = load(fx, BANK);
    struct mapped m;

    assert_non_null(mapping);
    assert_true(begin(fx, &m, mapping, "流水号|日期|时间|借方|贷方|摘要"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct span cells[CELLS];
        const struct mapped_cells above = {cells, cells_of(fx->arena, cases[i].cells, cells)};
        const struct mapping_column *missing = mapped_above(&m, fx->arena, &above, 1);

        if (!missing != (cases[i].want != NULL))
            fail_msg("%s", cases[i].cells);
        if (!missing)
            assert_true(span_is(m.above[4], cases[i].want));
    }
}

static void
values_and_signs(void **state)
{
    struct fixture *fx = *state;
    struct mapped m;
    struct mapping *mapping = load(
        fx, "feed = bank\n"
            "column no { either = { \"a\", \"b\" } }\n"
            "column day { from = \"c\" date = { \"MM/DD/YYYY\", \"YYYY-MM-DD\" } }\n"
            "column kind { from = { \"收支\", \"e\" } values = { \"收入 -> C\", \"支出 -> D\" } }\n"
            "column amount { from = \"d\" number = \"1.234,56\" "
            "minus-if = { \"e -> 支出\" } }\n"
            "column order { from = \"f\" split = \"/\" part = 2 optional = true }\n"
            "only \"e\" { is = { \"收入\", \"支出\", \"其他\" } }\n");

    if (!mapping)
        fail_msg("%.*s", (int)fx->told.n, fx->told.p);
    assert_true(begin(fx, &m, mapping, "a|b|c|d|e|f"));
    assert_string_equal(row(fx, &m, "-|2|03/01/2026|1.234,50|支出|x/y/z"),
                        "2|2026-03-01|-1234.50|D||y|");
    assert_string_equal(row(fx, &m, "1|2|20260301|1|收入|x"),
                        "1|2026-03-01|1|C||| order:2042:x:/ (2)");
    assert_string_equal(row(fx, &m, "1|2|20260301|1|其他|"),
                        "1|2026-03-01|1|||| kind:2041:其他:收入, 支出");
    assert_string_equal(row(fx, &m, "1|2|20260301|1|不计|"), "out");
    assert_true(begin(fx, &m, mapping, "a|b|c|d|e"));
    assert_string_equal(row(fx, &m, "1|2|2026-03-01|-1|支出"),
                        "1|2026-03-01||D||| amount:2090:-1:1.234,56");
    assert_string_equal(row(fx, &m, "1|2|2026-03-01|-1|收入"), "1|2026-03-01|-1|C|||");
}

/* A minus in the cell itself says what was agreed, or nothing that could be known. */
static void
a_minus_of_its_own(void **state)
{
    /* clang-format off */
    static const struct {
        const char *options, *in, *out, *want_in, *want_out;
    } cases[] = {
        {"", "-5", "5.00", "-5", "-5.00"},
        {"", "5", "-5.00", "5", " amount:2090:-5.00:1,234.56"},
        {"", "", "(5.00)", "", " amount:2090:(5.00):1,234.56"},
        {"own-minus = never", "", "-0.00", "", "0.00"},
        {"own-minus = always", "-5", "-5.00", "-5", "-5.00"},
        {"own-minus = always", "5", "5.00", "5", " amount:2090:5.00:-1,234.56"},
        {"own-minus = always", "5", "0.00", "5", "0.00"},
        {"own-minus = always sign = turn", "5", "-5.00", "-5", "5.00"},
        {"own-minus = reversal", "-5", "-5.00", "-5", "5.00"},
        {"own-minus = reversal", "5", "5.00", "5", "-5.00"},
        {"sign = drop", "5", "5.00", "5", "5.00"},
        {"sign = drop", "-5", "-5.00", " amount:2090:-5:1,234.56", " amount:2090:-5.00:1,234.56"},
        {"sign = drop own-minus = always", "-5", "-5.00", " amount:2090:-5:1,234.56", "5.00"},
    };
    static const char *const ways[] = {"from = \"in\" minus = \"out\"", "from = \"in\" minus-if = { \"out -> x\" }"};
    /* clang-format on */
    struct fixture *fx = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases * 4; i++) {
        const struct mapping *mapping;
        bool is_out = i & 1, by_word = i & 2;
        const char *value = is_out ? cases[i / 4].out : cases[i / 4].in;
        const char *want = is_out ? cases[i / 4].want_out : cases[i / 4].want_in;
        bool bad = *want == ' ';
        struct mapped m;

        mapping = load(fx, arena_printf(fx->arena,
                                        "feed = bank\ncolumn no { value = \"1\" }\n"
                                        "column day { value = \"2026-03-01\" }\n"
                                        "column amount { %s %s }\n",
                                        ways[by_word], cases[i / 4].options));
        if (!mapping)
            fail_msg("%s: %.*s", cases[i / 4].options, (int)fx->told.n, fx->told.p);
        assert_true(begin(fx, &m, mapping, "in|out"));
        assert_string_equal(
            row(fx, &m,
                by_word  ? arena_printf(fx->arena, "%s|%s", value, is_out ? "x" : "")
                : is_out ? arena_printf(fx->arena, "|%s", value)
                         : arena_printf(fx->arena, "%s|", value)),
            arena_printf(fx->arena, "1|2026-03-01|%s||||%s", bad ? "" : want, bad ? want : ""));
    }
}

static void
every_fault_has_its_line(void **state)
{
    /* clang-format off */
    static const char *const cases[][2] = {
        {"", "is missing"},
        {"feed = bank\ncolumn no { }\n", "2: column no: say where its value comes from"},
        {"feed = bank\ncolumn no { from = \"a\" value = \"1\" }\n", "2: column no: say where"},
        {"feed = bank\n\ncolumn nope { from = \"a\" }\n", "3: there is no column nope in feed bank"},
        {"feed = bank\ncolumn no { from = \"a\" }\n", "1: column day is required"},
        {"feed = bank\ncolumn no { from = \"a\"\n colour = 1 }\n", "3: no such option"},
        {"feed = bank\ncolumn no { from = \"a\" }\ncolumn no { from = \"b\" }\n", "3: column no is given twice"},
        {BANK "column kind { from = \"x\" pattern = { \"abc\" } }\n", "10: column kind is given twice"},
        {"feed = bank\ncolumn kind { from = \"x\" pattern = { \"abc\" } }\n", "2: column kind: pattern \"abc\" must have one of"},
        {"feed = bank\ncolumn kind { from = \"x\" values = { \"abc\" } }\n", "2: column kind: values has \"abc\"; write"},
        {"feed = bank\ncolumn day { from = \"x\" date = { \"YYYY\" } }\n", "2: column day: date \"YYYY\" must say"},
        {"feed = bank\ncolumn kind { from = \"x\" number = \"1 234\" }\n", "2: column kind/number is \"1 234\"; write"},
        {"feed = bank\ncolumn kind { from = \"x\" part = 2 }\n", "2: column kind: part goes with split"},
        {"feed = bank\ncolumn kind { from = \"x\" part = 0 }\n", "2: column kind/part is 0; it must lie between"},
        {"feed = bank\ncolumn kind { value = \"x\" minus = \"y\" }\n", "2: column kind: minus goes with from"},
        {"feed = bank\ncolumn amount { from = \"x\" sign = drop }\n", "2: column amount: sign = drop goes with minus"},
        {"feed = bank\ncolumn amount { from = \"x\" own-minus = always }\n", "2: column amount: own-minus goes with"},
        {"feed = bank\ncolumn amount { from = \"x\" minus = \"y\" sign = drop own-minus = reversal }\n", "2: column amount: sign = drop would make"},
        {"feed = bank\nskip \"x\" { }\n", "2: \"x\": say which rows"},
        {"feed = bank\ncolumn no { value = \"1\" }\ncolumn day { value = \"2026-03-01\" }\ncolumn amount { value = \"1\" }\n",
         "1: names no column of the file"},
        {BANK "\ncolumn lines { value = \"viele\" }\n", "11: column lines: value gives \"viele\", which feed bank does not take: must be"},
        {BANK "\ncolumn fresh { from = \"x\" values = { \"生鲜 -> yes\", \"干 -> 0\" } }\n", "11: column fresh: values gives \"yes\", which"},
        {BANK "\ncolumn way { from = \"x\" values = { \"入 -> in\" } other = \"none\" }\n", "11: column way: other gives \"none\", which"},
        {BANK "\ncolumn way { filled = { \"收 -> in\", \"支 -> off\" } }\n", "11: column way: filled gives \"off\", which"},
        {"feed = bank\ncolumn no { value = \" \" }\n", "2: column no is required by feed bank, and value is empty"},
        {"feed = bank\ncolumn day { value = \"2026-02-30\" }\n", "2: column day: value gives \"2026-02-30\", which"},
        {"feed = bank\ncolumn no { from = \"a\"\n", "2: the file ends before the brace"},
    };
    /* clang-format on */
    struct fixture *fx = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (load(fx, cases[i][0]))
            fail_msg("%s is taken", cases[i][0]);
        buf_put(&fx->told, "", 1);
        if (!strstr(fx->told.p, cases[i][1]))
            fail_msg("%s: %s", cases[i][0], fx->told.p);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_statement_becomes_rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_header_is_known_by_its_titles, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_stands_above, set_up, tear_down),
        cmocka_unit_test_setup_teardown(values_and_signs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_minus_of_its_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_fault_has_its_line, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
