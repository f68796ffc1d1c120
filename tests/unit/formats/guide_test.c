/* guide: what a configuration says stands on the page as text, whatever it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libxml/HTMLparser.h>
#include <libxml/xpath.h>

#include "formats/write/guide.h"
#include "formats/xsd/codes.h"

#define EVIL "<script>x</script>\"'&amp;</title></style>"

struct fixture {
    struct arena *arena;
    struct plan *order, *ack, *feedback;
    struct buf page;
    htmlDocPtr doc;
};

static struct plan *
compiled(struct arena *a, const char *file)
{
    struct plan *plan;
    struct err e = {0};

    if (schema_compile(&plan, a, file, NULL, "formats/codes", &e) != RC_OK)
        fail_msg("%s", e.text);
    return plan;
}

static int
set_up(void **state)
{
    struct fixture *fx = calloc(1, sizeof *fx);

    if (!fx)
        return -1;
    *state = fx;
    fx->arena = arena_new("guide_test");
    fx->order = compiled(fx->arena, "formats/feed/order.xsd");
    fx->ack = compiled(fx->arena, "formats/feed/ack.xsd");
    fx->feedback = compiled(fx->arena, "formats/feed/feedback.xsd");
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *fx = *state;

    xmlFreeDoc(fx->doc);
    buf_free(&fx->page);
    arena_free(&fx->arena);
    free(fx);
    return 0;
}

static void
write_page(struct fixture *fx, const struct guide *g)
{
    struct err e = {0};

    if (guide_write(&fx->page, fx->arena, g, &e) != RC_OK)
        fail_msg("%s", e.text);
    fx->doc = htmlReadMemory(fx->page.p, (int)fx->page.n, "guide", "UTF-8",
                             HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET);
    assert_non_null(fx->doc);
}

static const char *
found(struct fixture *fx, const char *xpath)
{
    xmlXPathContextPtr context = xmlXPathNewContext(fx->doc);
    xmlXPathObjectPtr got = xmlXPathEvalExpression((const xmlChar *)xpath, context);
    xmlChar *text = xmlXPathCastToString(got);
    const char *copy = arena_str(fx->arena, (const char *)text);

    xmlFree(text);
    xmlXPathFreeObject(got);
    xmlXPathFreeContext(context);
    return copy;
}

static const char *const no_words[] = {NULL};
static const char *const evil_words[] = {EVIL, NULL};
static const struct header_alias evil_alias[] = {
    {EVIL, "orderNo"}
};

static struct guide
evil(struct fixture *fx, const struct guide_feed *feed)
{
    return (struct guide){
        .zone = EVIL,
        .zone_code = EVIL,
        .timezone = "Asia/Shanghai",
        .partner = EVIL,
        .name = EVIL,
        .codes = evil_words,
        .url = EVIL,
        .in = EVIL,
        .out = EVIL,
        .done = EVIL,
        .ignored_ends = evil_words,
        .sum_end = ".sum",
        .settle_s = 45,
        .charset = EVIL,
        .cutoff = "06:00",
        .next = "2026-03-03 06:00",
        .reject_limit = 0.05,
        .reject_rows = UINT64_MAX,
        .reject_from = 20,
        .max_bytes = 2ull << 30,
        .max_rows = 1000,
        .max_files = 9,
        .aliases = {evil_alias, 1},
        .feeds = feed,
        .feed_count = 1,
        .ack = fx->ack,
        .feedback = fx->feedback
    };
}

static void
nothing_becomes_markup(void **state)
{
    struct fixture *fx = *state;
    const struct guide_feed feed = {fx->order, evil_words, no_words};
    struct guide g = evil(fx, &feed);

    write_page(fx, &g);
    assert_string_equal(found(fx, "count(//script)"), "0");
    assert_string_equal(found(fx, "count(//style)"), "1");
    assert_string_equal(found(fx, "count(//title)"), "1");
    assert_string_equal(found(fx, "count(//@*[starts-with(name(), 'on')])"), "0");
    assert_string_equal(found(fx, "string(//header//b)"), EVIL);
    assert_string_equal(found(fx, "string(//*[@id = 'names']/following-sibling::table[1]//code)"),
                        EVIL);
    assert_non_null(strstr(found(fx, "string(//main)"), "at most 2 GiB"));
    assert_non_null(strstr(found(fx, "string(//main)"), "at least 45 seconds"));
    assert_string_equal(found(fx, "count(//*[@id = 'rules-order'])"), "0");
}

static void
other_agreements(void **state)
{
    struct fixture *fx = *state;
    static const char *const rules[] = {"E4003", "E4008", NULL};
    const struct guide_feed feed = {fx->order, no_words, rules};
    struct guide g = evil(fx, &feed);

    g.marker_end = ".ok";
    g.done = "";
    g.reject_rows = 20;
    g.soft_reject = true;
    g.totals_required = true;
    g.deadline = "02:00";
    g.charset = "auto";
    g.codes = NULL;
    g.aliases.count = 0;
    write_page(fx, &g);
    const char *text = found(fx, "string(//main)");

    assert_non_null(strstr(text, "ORDER_1.csv.ok"));
    assert_null(strstr(text, "at least 45 seconds"));
    assert_non_null(strstr(text, "deleted from the drop box"));
    assert_non_null(strstr(text, "more bad rows than 20"));
    assert_non_null(strstr(text, "You are being brought in"));
    assert_non_null(strstr(text, "Each file must have control totals: NAME.sum"));
    assert_non_null(strstr(text, "GB18030"));
    assert_non_null(strstr(text, "the operators are told when nothing has come by then"));
    assert_null(strstr(text, "Codes you may speak for"));
    assert_string_equal(
        found(fx, "count(//*[@id = 'rules-order']/following-sibling::table[1]//tbody/tr)"), "2");
}

/* Each column with its name, title, rules and whether it must be there; each of its tables of codes. */
static void
every_column(void **state)
{
    struct fixture *fx = *state;
    const struct guide_feed feed = {fx->order, no_words, no_words};
    struct guide g = evil(fx, &feed);

    write_page(fx, &g);
    for (uint32_t i = 0; i < fx->order->root->child_count; i++) {
        const struct plan_node *n = fx->order->root->children[i];
        const char *row =
            arena_printf(fx->arena, "//table[@class = 'columns']//tr[td[1]/code = '%s']", n->name);
        const char *text = found(fx, arena_printf(fx->arena, "string(%s)", row));
        bool must = n->min && !n->dflt;

        if (!strstr(text, n->title) || (strstr(text, "required") != NULL) != must)
            fail_msg("%s: %s", n->name, text);
        if (n->type->codes)
            assert_string_equal(
                found(fx, arena_printf(fx->arena, "count(%s//a[@href = '#codes-%s'])", row,
                                       codes_name(n->type->codes))),
                "2");
    }
    assert_string_equal(found(fx, "count(//details[starts-with(@id, 'codes-')])"), "3");
    assert_string_equal(found(fx, "string(//details[@id = 'codes-currency']//li[code = '142'])"),
                        "142 人民币");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_becomes_markup, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_agreements, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_column, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("guide", tests, NULL, NULL);
}
