/* xlsxw: parts that are XML, the same each time, and say what the sheet says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libxml/parser.h>

#include "formats/write/xlsxw.h"

static const char *const kinds[] = {"E", "B & W", NULL};
static const struct xlsxw_column columns[] = {
    {"订单\norderNo", "必填 <60>", "A\"1\x01", NULL,  20, true,  true },
    {"qty",             "",            "2.5",      NULL,  10, false, true },
    {"kind",            "one of them", "",         kinds, 12, true,  false},
};
static const struct xlsxw_sheet sheet = {"S & T", columns, 3, "delete", 0};

/* All parts one behind the other, each below its name. */
static void
all(struct buf *out, const struct xlsxw_sheet *s)
{
    const char *name;

    for (uint32_t n = 0;; n++) {
        struct buf part = {0};
        bool more = xlsxw_part(s, n, &name, &part);

        if (!more)
            break;
        if (strcmp(name, "xl/drawings/vmlDrawing1.vml") != 0) {
            xmlDocPtr doc = xmlReadMemory(part.p, (int)part.n, name, NULL, XML_PARSE_NONET);

            if (!doc)
                fail_msg("%s is no XML", name);
            xmlFreeDoc(doc);
        }
        buf_printf(out, "\n== %s\n", name);
        buf_put(out, part.p, part.n);
        buf_free(&part);
    }
    buf_put(out, "", 1);
}

static void
has(const char *all_parts, const char *piece)
{
    if (!strstr(all_parts, piece))
        fail_msg("no %s in %s", piece, all_parts);
}

static void
a_sheet(void **state)
{
    struct buf out = {0}, again = {0};

    (void)state;
    all(&out, &sheet);
    all(&again, &sheet);
    assert_int_equal(out.n, again.n);
    assert_memory_equal(out.p, again.p, out.n);
    has(out.p, "<sheet name=\"S &amp; T\"");
    has(out.p, "state=\"frozen\"");
    has(out.p, "<col min=\"1\" max=\"1\" width=\"20\" style=\"1\" customWidth=\"1\"/>");
    has(out.p, "<col min=\"2\" max=\"2\" width=\"10\" style=\"0\" customWidth=\"1\"/>");
    has(out.p,
        "<c r=\"A1\" s=\"3\" t=\"inlineStr\"><is><t xml:space=\"preserve\">订单\norderNo</t>");
    has(out.p, "<c r=\"C1\" s=\"2\"");
    has(out.p, "A&quot;1\xEF\xBF\xBD</t>");
    has(out.p, "<c r=\"B2\" s=\"5\"><v>2.5</v></c>");
    has(out.p, "<c r=\"C2\" s=\"4\"/>");
    has(out.p, "sqref=\"C2:C1048576\"><formula1>&quot;E,B &amp; W&quot;</formula1>");
    has(out.p, "<comment ref=\"A1\" authorId=\"0\">");
    has(out.p, "必填 &lt;60&gt;</t>");
    has(out.p, "<comment ref=\"A2\"");
    has(out.p, "<x:Row>1</x:Row><x:Column>0</x:Column>");
    assert_null(strstr(out.p, "<comment ref=\"B1\""));
    buf_free(&out);
    buf_free(&again);
}

static void
without_notes(void **state)
{
    static const struct xlsxw_column plain[] = {
        {"a", "", "", NULL, 10, true, false}
    };
    struct xlsxw_sheet s = {"x", plain, 1, "", 0};
    struct buf out = {0};

    (void)state;
    all(&out, &s);
    assert_null(strstr(out.p, "comments"));
    assert_null(strstr(out.p, "legacyDrawing"));
    assert_null(strstr(out.p, "dataValidations"));
    buf_free(&out);
}

/* Z is followed by AA, ZZ by AAA. */
static void
many_columns(void **state)
{
    static struct xlsxw_column many[800];
    struct xlsxw_sheet s = {"x", many, 800, "", 0};
    struct buf out = {0};

    (void)state;
    for (int i = 0; i < 800; i++)
        many[i] = (struct xlsxw_column){"h", "", "1", NULL, 10, false, false};
    all(&out, &s);
    has(out.p, "<c r=\"Z1\"");
    has(out.p, "<c r=\"AA1\"");
    has(out.p, "<c r=\"ZZ1\"");
    has(out.p, "<c r=\"AAA1\"");
    has(out.p, "<c r=\"ADT2\"");
    buf_free(&out);
}

/* A list Excel would refuse is none. */
static void
a_list_that_is_too_long(void **state)
{
    static const char *values[100];
    struct xlsxw_column c = {"h", "", "", values, 10, true, false};
    struct xlsxw_sheet s = {"x", &c, 1, "", 0};
    struct buf out = {0};

    (void)state;
    for (int i = 0; i < 99; i++)
        values[i] = "abc";
    all(&out, &s);
    assert_null(strstr(out.p, "dataValidation"));
    buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sheet),
        cmocka_unit_test(without_notes),
        cmocka_unit_test(many_columns),
        cmocka_unit_test(a_list_that_is_too_long),
    };

    return cmocka_run_group_tests_name("xlsxw", tests, NULL, NULL);
}
