/* header: names as partners write them, and every fault a header can have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/stream.h"
#include "formats/read/header.h"

static int
set_up(void **state)
{
    *state = arena_new("header_test");
    return 0;
}

static int
tear_down(void **state)
{
    struct arena *a = *state;

    arena_free(&a);
    return 0;
}

/* clang-format off */
static const struct name_case {
    const char *name, *want;
} name_cases[] = {
    {"orderNo", "orderno"},
    {"ORDERNO", "orderno"},
    {" \t orderNo \r\n", "orderno"},
    {"　订单编号　", "订单编号"},
    {"\xC2\xA0订单编号\xC2\xA0\xC2\xA0", "订单编号"},
    {" \xC2\xA0　\xC2\xA0 qty 　\xC2\xA0", "qty"},
    {"ＯｒｄｅｒＮｏ", "orderno"},
    {"＿ｌｉｎｅ", "_line"},
    {"！～", "!~"},
    {"运抵国（地区）", "运抵国(地区)"},
    {"运抵国(地区)", "运抵国(地区)"},
    {"order No", "order no"},
    {"！｡", "!｡"},   /* U+FF61 is none of them */
    {"É", "É"},       /* ASCII letters only */
    {"", ""},
    {"　", ""},
    {"\xC2\xA0", ""},
    {"\xC2", "\xC2"},
    {"\xEF\xBC", "\xEF\xBC"},
    {"A\xEF\xBD", "a\xEF\xBD"},
    {"\xEF\xBDN", "\xEF\xBDn"}, /* no full-width letter: its third byte is missing */
};
/* clang-format on */

static void
names_as_they_are_compared(void **state)
{
    struct arena *a = *state;

    for (size_t i = 0; i < sizeof(name_cases) / sizeof(name_cases[0]); i++) {
        size_t n = strlen(name_cases[i].name);
        char *exact = malloc(n ? n : 1); /* the sanitizer sees a byte more */

        assert_non_null(exact);
        memcpy(exact, name_cases[i].name, n);
        struct span got = header_name(a, (struct span){exact, n});
        if (!span_is(got, name_cases[i].want))
            fail_msg("\"%s\" became \"%.*s\"", name_cases[i].name, SPAN_F(got));
        free(exact);
    }
}

/* appType has a default, orderNo and country are required, note is not and has no title. */
static struct plan_node app_type = {.name = "appType", .title = "报送类型", .min = 0, .dflt = "1"};
static struct plan_node order_no = {.name = "orderNo", .title = "订单编号", .min = 1};
static struct plan_node country = {.name = "country", .title = "运抵国（地区）", .min = 1};
static struct plan_node weight = {.name = "weight", .title = "重量", .min = 1, .dflt = "0"};
static struct plan_node note = {.name = "note", .title = "", .min = 0};
static struct plan_node *children[] = {&app_type, &order_no, &country, &weight, &note};
static struct plan_node root = {.name = "order", .children = children, .child_count = 5};
static const struct plan plan = {.root = &root};

static const struct header_alias words[] = {
    {"Auftragsnummer", "orderNo"          },
    {"目的国",      "country"          },
    {"目的地",      "运抵国(地区)"},
    {"Note",           "orderNo"          }, /* the partner's words come first */
    {"税号",         "taxNo"            }, /* of another feed */
    {"",               "country"          },
    {"运单号",      ""                 },
};
static const struct header_aliases no_aliases = {NULL, 0};
static const struct header_aliases aliases = {words, sizeof(words) / sizeof(words[0])};

static uint32_t
cut(const char *text, struct span *names)
{
    uint32_t n = 0;
    const char *at = text;

    for (;;) {
        const char *end = strchr(at, ',');
        names[n++] = (struct span){at, end ? (size_t)(end - at) : strlen(at)};
        if (!end)
            return n;
        at = end + 1;
    }
}

/* "1 0 2 - -" for the columns, #3 for one without a name, then code:seen:field of each fault. */
static void
show(struct buf *out, const struct header *h)
{
    for (uint32_t i = 0; i < root.child_count; i++)
        buf_printf(out, h->column[i] < 0 ? "- " : "%d ", h->column[i]);
    for (uint32_t i = 0; i < h->unnamed_count; i++)
        buf_printf(out, "#%u ", h->unnamed[i]);
    for (uint32_t i = 0; i < h->fault_count; i++)
        buf_printf(out, "%d:%.*s:%s ", (int)h->faults[i].code, SPAN_F(h->faults[i].seen),
                   h->faults[i].field ? h->faults[i].field->name : "");
    buf_put(out, "", 1);
}

/* clang-format off */
static const struct map_case {
    const char *name, *header;
    bool with_aliases;
    uint32_t known;
    const char *want;
} map_cases[] = {
    {"element names",        "appType,orderNo,country,weight,note", false, 5, "0 1 2 3 4 "},
    {"titles, another order", "重量,运抵国（地区）,订单编号", false, 3, "- 2 1 0 - "},
    {"written loosely",      " ORDERNO ,运抵国(地区)　,Ｎｏｔｅ", false, 3, "- 0 1 - 2 "},
    {"ours are passed over", "orderNo,_line,＿x,country, _code", false, 2, "- 0 3 - - "},
    {"required and missing", "note", false, 1, "- - - - 0 3005::orderNo 3005::country "},
    {"unknown",              "orderNo,country, 税号 ", false, 2, "- 0 1 - - 3007:税号: "},
    {"without a name",       "orderNo,country,", false, 2, "- 0 1 - - #2 "},
    {"without names",        ",orderNo,,country,　", false, 2, "- 1 3 - - #0 #2 #4 "},
    {"twice",                "orderNo,country,ORDERNO", false, 3, "- 0 1 - - 3006:ORDERNO:orderNo "},
    {"twice, by its title",  "订单编号,country,orderNo", false, 3, "- 0 1 - - 3006:orderNo:orderNo "},
    {"all at once",          "x,note,note,y", false, 2, "- - - - 1 3007:x: 3006:note:note 3007:y: 3005::orderNo 3005::country "},
    {"data",                 "LY2026,142,12.5", false, 0, "- - - - - 3004:: "},
    {"only ours",            "_line,_code", false, 0, "- - - - - 3004:: "},
    {"nothing",              "", false, 0, "- - - - - 3004:: "},
    {"the partner's words",  "auftragsnummer, 目的国", true, 2, "- 0 1 - - "},
    {"word for a title",     "orderNo,目的地", true, 2, "- 0 1 - - "},
    {"both words",           "orderNo,目的国,目的地", true, 3, "- 0 1 - - 3006:目的地:country "},
    {"word before element",  "note,country", true, 2, "- 0 1 - - "},
    {"word of another feed", "orderNo,country,税号", true, 2, "- 0 1 - - 3007:税号: "},
    {"word for nothing",     "orderNo,country,运单号,", true, 2, "- 0 1 - - #3 3007:运单号: "},
    {"title and name",       "订单编号\norderNo,运抵国（地区） country,重量（weight）,报送类型/appType", false, 4, "3 0 1 2 - "},
    {"name and title",       "orderNo 订单编号,country", false, 2, "- 0 1 - - "},
    {"of two fields",        "订单编号 country,orderNo,country", false, 2, "- 1 2 - - 3007:订单编号 country: "},
    {"only a bracket",       "orderNo,country,(,/", false, 2, "- 0 1 - - 3007:(: 3007:/: "},
    {"words not given",      "Auftragsnummer,country", false, 1, "- - 1 - - 3007:Auftragsnummer: 3005::orderNo "},
};
/* clang-format on */

static void
columns_and_faults(void **state)
{
    struct arena *a = *state;

    for (size_t i = 0; i < sizeof(map_cases) / sizeof(map_cases[0]); i++) {
        const struct map_case *row = &map_cases[i];
        struct header_aliases own = row->with_aliases ? aliases : (struct header_aliases){0};
        struct span names[16];
        uint32_t count = cut(row->header, names);
        struct header h;
        struct buf got = {0};

        if (header_map(&h, a, &plan, own, names, count) != !strchr(row->want, ':'))
            fail_msg("%s", row->name);
        assert_int_equal(h.width, count);
        show(&got, &h);
        if (strcmp(got.p, row->want) != 0)
            fail_msg("%s: %s", row->name, got.p);
        if (header_known(a, &plan, own, names, count) != row->known)
            fail_msg("%s: knows %u", row->name, header_known(a, &plan, own, names, count));
        buf_free(&got);
    }
}

static void
fields_of_a_configuration(void **state)
{
    struct arena *a = *state;

    assert_int_equal(header_field(a, &plan, no_aliases, SPAN("orderNo")), 1);
    assert_int_equal(header_field(a, &plan, no_aliases, SPAN("运抵国(地区)")), 2);
    assert_int_equal(header_field(a, &plan, no_aliases, SPAN("Auftragsnummer")), -1);
    assert_int_equal(header_field(a, &plan, no_aliases, SPAN("")), -1);
    assert_int_equal(header_field(a, &plan, aliases, SPAN(" AUFTRAGSNUMMER")), 1);
    assert_int_equal(header_field(a, &plan, aliases, SPAN("税号")), -1);
}

/* The feeds in the tree: every field is found by its name and by its title. */
static void
feeds_of_the_tree(void **state)
{
    static const char *const feeds[] = {"order", "payment", "logistics"};
    struct arena *a = *state;

    for (size_t i = 0; i < sizeof(feeds) / sizeof(feeds[0]); i++) {
        const char *file = arena_printf(a, "formats/feed/%s.xsd", feeds[i]);
        struct plan *feed;
        struct err e;

        if (schema_compile(&feed, a, file, NULL, "formats/codes", &e) != RC_OK)
            fail_msg("%s", e.text);
        for (uint32_t f = 0; f < feed->root->child_count; f++) {
            const struct plan_node *n = feed->root->children[f];

            assert_int_equal(header_field(a, feed, no_aliases, span_of(n->name)), (int)f);
            assert_int_equal(header_field(a, feed, no_aliases, span_of(n->title)), (int)f);
        }
    }
}

static void
columns_that_we_added_are_not_its_own(void **state)
{
#define ADDED SPAN("_line"), SPAN("_column"), SPAN("_code"), SPAN(" _Message")
    const struct span once[] = {SPAN("a"), ADDED}, twice[] = {SPAN("a"), ADDED, ADDED},
                      before[] = {ADDED, SPAN("a")}, alone[] = {ADDED},
                      others[] = {SPAN("a"), SPAN("_line"), SPAN("_code"), SPAN("_column"),
                                  SPAN("_message")};
#undef ADDED
    struct arena *a = arena_new("own");

    (void)state;
    assert_int_equal(header_own(a, once, 5), 1);
    assert_int_equal(header_own(a, twice, 9), 1);
    assert_int_equal(header_own(a, before, 5), 5);
    assert_int_equal(header_own(a, alone, 4), 4);
    assert_int_equal(header_own(a, others, 5), 5);
    arena_free(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_as_they_are_compared, set_up, tear_down),
        cmocka_unit_test_setup_teardown(columns_and_faults, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fields_of_a_configuration, set_up, tear_down),
        cmocka_unit_test_setup_teardown(feeds_of_the_tree, set_up, tear_down),
        cmocka_unit_test(columns_that_we_added_are_not_its_own),
    };

    return cmocka_run_group_tests_name("header", tests, NULL, NULL);
}
