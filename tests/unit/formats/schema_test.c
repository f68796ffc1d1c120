/* schema: what compiles into which plan, what is refused where; the agencies' own files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../folder.h"
#include <libxml/parser.h>

#include "formats/xsd/check.h"
#include "formats/xsd/codes.h"
#include "formats/xsd/schema.h"

#define HEAD                                                                                       \
    "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:t=\"urn:t\" "                  \
    "xmlns:lp=\"urn:landport:format\" targetNamespace=\"urn:t\" "                                  \
    "elementFormDefault=\"qualified\">\n"
#define TAIL "</xs:schema>\n"
/* An element of simple type on line 2: restriction on line 3, facets from line 4. */
#define SIMPLE(base, facets)                                                                       \
    "<xs:element name=\"a\"><xs:simpleType>\n<xs:restriction base=\"xs:" base "\">\n" facets       \
    "</xs:restriction></xs:simpleType></xs:element>\n"
/* A root r on line 2 whose sequence holds what starts on line 3. */
#define ROOT(members)                                                                              \
    "<xs:element name=\"r\"><xs:complexType><xs:sequence>\n" members                               \
    "</xs:sequence></xs:complexType></xs:element>\n"
/* A root above, where the others refer to each other. */
#define TOP(name)                                                                                  \
    "<xs:element name='top'><xs:complexType><xs:sequence><xs:element ref='t:" name                 \
    "'/></xs:sequence></xs:complexType></xs:element>\n"
#define APPINFO(remark) "<xs:annotation><xs:appinfo>" remark "</xs:appinfo></xs:annotation>\n"
/* A feed's root and its columns. */
#define FEED_NAMED(name, columns)                                                                  \
    "<xs:element name='r'>" APPINFO("<lp:feed name='" name                                         \
                                    "'/>") "<xs:complexType><xs:sequence>" columns                 \
                                           "</xs:sequence></xs:complexType></xs:element>"
#define FEED(columns) FEED_NAMED("x", columns)

struct fixture {
    char dir[FOLDER_SIZE], path[96];
    struct arena *a;
    struct err e;
};

static int
set_up(void **state)
{
    struct fixture *fx = calloc(1, sizeof(*fx));

    folder_make(fx->dir);
    snprintf(fx->path, sizeof(fx->path), "%s/t.xsd", fx->dir);
    fx->a = arena_new("schema_test");
    *state = fx;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *fx = *state;

    arena_free(&fx->a);
    folder_remove(fx->dir);
    free(fx);
    return 0;
}

static void
put_file(struct fixture *fx, const char *text)
{
    FILE *f = fopen(fx->path, "wb");

    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static rc_t
compile(struct fixture *fx, const char *body, const char *root, struct plan **plan)
{
    put_file(fx, arena_printf(fx->a, "%s%s%s", HEAD, body, TAIL));
    return schema_compile(plan, fx->a, fx->path, root, "formats/codes", &fx->e);
}

static struct plan *
compiled(struct fixture *fx, const char *body, const char *root)
{
    struct plan *plan;

    if (compile(fx, body, root, &plan) != RC_OK)
        fail_msg("%s", fx->e.text);
    return plan;
}

/* What is refused: ":line: start of the text". */
/* clang-format off */
static const struct refusal {
    const char *name, *body, *text;
} refusals[] = {
    {"all", "<xs:element name='a'><xs:complexType>\n<xs:all/></xs:complexType></xs:element>",
     ":3: xs:all in xs:complexType is not supported; write xs:sequence"},
    {"group", "<xs:group name='g'/>", ":2: xs:group in xs:schema is not supported; write its"},
    {"union",
     "<xs:simpleType name='u'>\n<xs:union memberTypes='xs:int'/></xs:simpleType><xs:element "
     "name='a'/>", ":3: xs:union in xs:simpleType is not supported; write xs:string with a pattern"},
    {"list", "<xs:simpleType name='u'>\n\n<xs:list itemType='xs:int'/></xs:simpleType>",
     ":4: xs:list in xs:simpleType"},
    {"complexContent", "<xs:complexType name='c'>\n<xs:complexContent/></xs:complexType>",
     ":3: xs:complexContent in xs:complexType is not supported; write the whole type out"},
    {"key", "<xs:element name='a'>\n<xs:key name='k'/></xs:element>",
     ":3: xs:key in xs:element is not supported; uniqueness is checked by SQL"},
    {"unique", "<xs:element name='a'>\n<xs:unique name='k'/></xs:element>", ":3: xs:unique in"},
    {"redefine", "<xs:redefine schemaLocation='x.xsd'/>",
     ":2: xs:redefine in xs:schema is not supported; put the definitions into this file"},
    {"include from above", "<xs:include schemaLocation='../x.xsd'/>",
     ":2: xs:include of \"../x.xsd\"; name a file in this folder or below"},
    {"include from anywhere", "\n<xs:include schemaLocation='/etc/x.xsd'/>",
     ":3: xs:include of \"/etc/x.xsd\"; name a file in this folder or below"},
    {"include from the network", "<xs:include schemaLocation='http://127.0.0.1/x.xsd'/>",
     ":2: xs:include of \"http://127.0.0.1/x.xsd\"; name a file in this folder or below"},
    {"include without location", "<xs:include/>", ":2: xs:include of \"\""},
    {"anyAttribute", "<xs:complexType name='c'>\n<xs:anyAttribute/></xs:complexType>",
     ":3: xs:anyAttribute in"},
    {"abstract", "<xs:element name='a' abstract='true'/>",
     ":2: attribute abstract of xs:element is not supported"},
    {"form", ROOT("<xs:element name='b' form='unqualified'/>"),
     ":3: attribute form of xs:element is not supported; set elementFormDefault"},
    {"nillable", "<xs:element name='a' nillable='true'/>", ":2: nillable=\"true\""},
    {"mixed", "<xs:complexType name='a' mixed='true'/>", ":2: mixed=\"true\""},
    {"foreign element", "\n<p xmlns='urn:p'/>", ":3: element p is not of XML Schema"},
    {"not XML", "\n<xs:element", ":3: "},

    {"unknown base", SIMPLE("float", ""), ":3: type xs:float is not supported"},
    {"undefined type", "<xs:element name='a' type='t:x'/>", ":2: simple type t:x is not defined"},
    {"unbound prefix", "<xs:element name='a' type='q:x'/>", ":2: prefix q is not bound"},
    {"undefined ref", ROOT("<xs:element ref='t:x'/>"), ":3: element t:x is not defined"},
    {"not imported", ROOT("<xs:element ref='lp:x'/>"), ":3: namespace of lp:x is not imported"},
    {"defined twice", "<xs:element name='a'/>\n<xs:element name='a'/>",
     ":3: a is defined in line 2 too"},
    {"type twice",
     "<xs:element name='a' type='xs:int'><xs:simpleType><xs:restriction "
     "base='xs:int'/></xs:simpleType></xs:element>", ":2: a has a type twice"},
    {"beside ref", "<xs:element name='x'/>" ROOT("<xs:element ref='t:x' default='1'/>"),
     ":3: default beside ref"},
    {"no name", ROOT("<xs:element/>"), ":3: xs:element without name or ref"},
    {"two contents",
     "<xs:element name='a'><xs:complexType><xs:sequence/>\n<xs:choice/></xs:complexType>"
     "</xs:element>", ":3: a second content of a complexType"},

    {"element in itself", ROOT("<xs:element ref='t:r'/>") TOP("r"), ":3: r contains itself"},
    {"element in itself through another",
     "<xs:element name='b'><xs:complexType><xs:sequence>\n<xs:element ref='t:a'/></xs:sequence>"
     "</xs:complexType></xs:element>\n"
     "<xs:element name='a'><xs:complexType><xs:sequence><xs:element ref='t:b'/></xs:sequence>"
     "</xs:complexType></xs:element>" TOP("a"), ":3: a contains itself"},
    {"type in itself",
     "<xs:complexType name='c'><xs:sequence>\n<xs:element name='b' type='t:c'/></xs:sequence>"
     "</xs:complexType><xs:element name='a' type='t:c'/>", ":3: c contains itself"},
    {"type from itself",
     "<xs:simpleType name='s'>\n<xs:restriction base='t:s'/></xs:simpleType><xs:element name='a' "
     "type='t:s'/>", ":3: type t:s is derived from itself"},

    {"length of a number", SIMPLE("decimal", "<xs:length value='1'/>"),
     ":4: length makes no sense for xs:decimal"},
    {"length of bytes", SIMPLE("base64Binary", "<xs:maxLength value='1'/>"),
     ":4: maxLength makes no sense for xs:base64Binary"},
    {"digits of text", SIMPLE("string", "\n<xs:totalDigits value='1'/>"),
     ":5: totalDigits makes no sense for xs:string"},
    {"range of text", SIMPLE("string","<xs:minInclusive value='1'/>"), ":4: minInclusive makes"},
    {"list of booleans", SIMPLE("boolean", "<xs:enumeration value='1'/>"), ":4: enumeration makes"},
    {"fraction of an integer", SIMPLE("int", "<xs:fractionDigits value='1'/>"),
     ":4: fractionDigits of an integer must be 0"},
    {"no digits", SIMPLE("decimal", "<xs:totalDigits value='0'/>"),":4: totalDigits must be"},
    {"length not a number", SIMPLE("string", "<xs:length value='-1'/>"), ":4: length \"-1\" must"},
    {"length too large", SIMPLE("string","<xs:length value='99999999999999999999'/>"),
     ":4: length \"99999999999999999999\" must be a whole number up to"},
    {"facet twice", SIMPLE("string", "<xs:length value='1'/>\n<xs:length value='1'/>"),
     ":5: length stands twice"},
    {"facet without value", SIMPLE("string", "<xs:length/>"), ":4: length without value"},
    {"min above max", SIMPLE("string", "<xs:minLength value='3'/><xs:maxLength value='2'/>"),
     ":3: minLength is above maxLength"},
    {"length outside", SIMPLE("string", "<xs:length value='3'/><xs:maxLength value='2'/>"),
     ":3: length is outside"},
    {"fraction above total",
     SIMPLE("decimal","<xs:totalDigits value='2'/><xs:fractionDigits value='3'/>"),
     ":3: fractionDigits is above totalDigits"},
    {"empty range", SIMPLE("decimal", "<xs:minInclusive value='2'/><xs:maxExclusive value='2.0'/>"),
     ":3: the smallest value is above the largest"},
    {"two minima", SIMPLE("decimal", "<xs:minInclusive value='2'/>\n<xs:minExclusive value='2'/>"),
     ":5: minExclusive and minInclusive exclude each other"},
    {"bound not a number", SIMPLE("decimal", "<xs:minInclusive value='x'/>"),
     ":4: minInclusive \"x\" is not a value of the base type"},
    {"bound outside base", SIMPLE("byte", "<xs:maxInclusive value='128'/>"),
     ":4: maxInclusive \"128\" is not a value of the base type"},
    {"enumeration outside base",
     SIMPLE("int","<xs:enumeration value='1'/>\n<xs:enumeration value='x'/>"),
     ":5: enumeration value \"x\" is not a value"},
    {"weaker white space", SIMPLE("token", "<xs:whiteSpace value='preserve'/>"),
     ":4: whiteSpace preserve is weaker than collapse"},
    {"unknown white space", SIMPLE("string", "<xs:whiteSpace value='trim'/>"),
     ":4: whiteSpace \"trim\" must be"},
    {"bad pattern", SIMPLE("string", "<xs:pattern value='[0-9'/>"), ":4: pattern \"[0-9\" is not"},
    {"bad second pattern", SIMPLE("string", "<xs:pattern value='a'/>\n<xs:pattern value='(b'/>"),
     ":5: pattern \"(b\""},
    {"wider than base",
     "<xs:simpleType name='s'><xs:restriction base='xs:string'><xs:maxLength value='5'/>"
     "</xs:restriction></xs:simpleType><xs:element name='a'><xs:simpleType>"
     "<xs:restriction base='t:s'>\n<xs:maxLength value='6'/></xs:restriction></xs:simpleType>"
     "</xs:element>", ":3: maxLength 6 is wider than 5"},

    {"default not of its type", ROOT("<xs:element name='b' type='xs:int' default='x'/>"),
     ":3: default \"x\" is not a value of the type"},
    {"fixed and default", ROOT("<xs:element name='b' fixed='1' default='1'/>"),
     ":3: default and fixed exclude each other"},
    {"fixed without text", ROOT("<xs:element name='b' fixed='1'><xs:complexType/></xs:element>"),
     ":3: fixed belongs to an element with a simple type"},
    {"never", ROOT("<xs:element name='b' minOccurs='0' maxOccurs='0'/>"),":3: maxOccurs 0"},
    {"min above max occurrence", ROOT("<xs:element name='b' minOccurs='2'/>"),
     ":3: minOccurs 2 is above maxOccurs 1"},
    {"bad occurrence", ROOT("<xs:element name='b' maxOccurs='many'/>"),
     ":3: maxOccurs \"many\" must be"},
    {"empty choice", ROOT("<xs:choice/>"), ":3: xs:choice without members"},
    {"same column", ROOT("<xs:element name='orderNo'/><xs:element name='order_no'/>"),
     ":2: orderNo and order_no are both column order_no"},
    {"use",
     "<xs:element name='a'><xs:complexType>\n<xs:attribute name='b' use='prohibited'/>"
     "</xs:complexType></xs:element>", ":3: use=\"prohibited\" is not supported"},

    {"unknown check", "<xs:element name='a'>" APPINFO("<lp:check name='x'/>") "</xs:element>",
     ":2: there is no check \"x\""},
    {"unknown table", "<xs:element name='a'>" APPINFO("<lp:codes table='x'/>") "</xs:element>",
     ":2: formats/codes/x.tsv: cannot be opened"},
    {"table outside", "<xs:element name='a'>" APPINFO("<lp:codes table='../x'/>") "</xs:element>",
     ":2: code table \"../x\": use small letters"},
    {"unknown words", "<xs:element name='a' type='xs:string'>" APPINFO("<lp:never table='x'/>") "</xs:element>",
     ":2: formats/codes/x.tsv: cannot be opened"},
    {"unknown remark", "<xs:element name='a'>" APPINFO("\n<lp:x/>") "</xs:element>",
     ":3: lp:x is not known"},
    {"example without value", "<xs:element name='a'>" APPINFO("<lp:example/>") "</xs:element>",
     ":2: lp:example needs a value"},
    {"example that does not fit", "<xs:element name='a'>"
     APPINFO("<lp:example value='20260230'/><lp:check name='date8'/>") "</xs:element>",
     ":2: example \"20260230\" is not a value of the type"},
    {"unknown attribute", "<xs:element name='a'>" APPINFO("<lp:key name='x'/>") "</xs:element>",
     ":2: lp:key has no attribute name"},
    {"speaker in no role", "<xs:element name='a'>" APPINFO("<lp:speaker/>") "</xs:element>",
     ":2: lp:speaker without a role"},
    {"remark without effect", "<xs:complexType name='c'>" APPINFO("<lp:key/>") "</xs:complexType>",
     ":2: lp:key has no effect at xs:complexType"},
    {"key without type",
     "<xs:element name='a'>" APPINFO("<lp:key/>") "<xs:complexType/></xs:element>",
     ":2: lp:key belongs to an element with a simple type"},
    {"key at an attribute",
     "<xs:element name='a'><xs:complexType><xs:attribute name='b'>\n" APPINFO(
         "<lp:key/>") "</xs:attribute></xs:complexType></xs:element>",
     ":3: lp:key belongs to an element"},
    {"message below the root",
     ROOT("<xs:element name='b'>" APPINFO("<lp:message feed='f' document='D'/>") "</xs:element>"),
     ":3: lp:message belongs to the root element"},
    {"message in a feed", "<xs:element name='r'>" APPINFO("<lp:feed name='x'/><lp:message feed='x' document='D'/>")
     "</xs:element>", ":2: lp:message beside lp:feed"},
    {"message without document", "<xs:element name='r'>\n" APPINFO("<lp:message feed='f'/>")
     "</xs:element>", ":3: lp:message needs feed and document"},
    {"message with more", "<xs:element name='r'>\n" APPINFO("<lp:message feed='f' document='D' line='x'/>")
     "</xs:element>", ":3: lp:message has no attribute line"},
    {"message of something", "<xs:element name='r'>\n"
     APPINFO("<lp:message feed='f' document='D'><lp:skip/></lp:message>") "</xs:element>",
     ":3: skip in lp:message is not known; only lp:map"},
    {"map of nothing", "<xs:element name='r'>\n"
     APPINFO("<lp:message feed='f' document='D'><lp:map column='b'/></lp:message>") "</xs:element>",
     ":3: lp:map needs the element it is about, or column and value"},
    {"feed below the root",
     ROOT("<xs:element name='b'>" APPINFO("<lp:feed name='x'/>") "</xs:element>"),
     ":3: lp:feed belongs to the root element"},
    {"feed that no table can be named after", FEED_NAMED("My-Book", ""), ":2: lp:feed name=\"My-Book\" must be small letters"},
    {"number without issuer", FEED("<xs:element name='b' type='xs:string'>" APPINFO("<lp:number/>") "</xs:element>"),
     ":2: 0 columns are lp:issuer and 1 lp:number"},
    {"number that is one", FEED("<xs:element name='b' type='xs:integer'>" APPINFO("<lp:number/>") "</xs:element>"),
     ":2: b is lp:number and a number; make it a text"},
    {"number that is a person's", FEED("<xs:element name='b' type='xs:integer'>" APPINFO("<lp:personal/>") "</xs:element>"),
     ":3: lp:personal of a number cannot be stored sealed"},
    {"person who names rows", FEED("<xs:element name='b' type='xs:string'>" APPINFO("<lp:issuer/><lp:personal/>") "</xs:element>"),
     ":2: b is lp:issuer and lp:personal"},
    {"issuer who is nobody", FEED("<xs:element name='b' type='xs:string'>" APPINFO("<lp:issuer unless='x' else='c'/>") "</xs:element>"),
     ":2: else=\"c\" of b is no column of x"},
    {"number that may be missing", FEED("<xs:element name='b' type='xs:string' minOccurs='0'>" APPINFO("<lp:number/>") "</xs:element>"),
     ":2: rows are named by b, which need not be there"},
    {"half an issuer", FEED("<xs:element name='b' type='xs:string'>" APPINFO("<lp:issuer unless='x'/>") "</xs:element>"),
     ":3: lp:issuer needs both of unless and else"},
    {"what a variant has beyond no table", "<xs:element name='r'>" APPINFO("<lp:feed name='x' rows='y' more='z'/>") "</xs:element>",
     ":2: lp:feed with more=\"…\" needs table=\"…\""},
    {"feed named like what messages are told of", FEED_NAMED("void", ""), ":2: lp:feed name=\"void\" is what messages of ours are told of"},
    {"key behind the lines", FEED("<xs:element name='b' type='xs:integer'>" APPINFO("<lp:line/>") "</xs:element><xs:element name='c' type='xs:string'>" APPINFO("<lp:key/>") "</xs:element>"),
     ":2: c is lp:key and stands at or behind b, which is lp:line"},
    {"number behind the lines", FEED("<xs:element name='b' type='xs:integer'>" APPINFO("<lp:line/>") "</xs:element><xs:element name='c' type='xs:string'>" APPINFO("<lp:number/>") "</xs:element>"),
     ":2: c is lp:number and stands at or behind b, which is lp:line"},
    {"control behind the lines", FEED("<xs:element name='b' type='xs:integer'>" APPINFO("<lp:line/>") "</xs:element><xs:element name='appType' type='xs:string'>" APPINFO("<lp:control/>") "</xs:element>"),
     ":2: appType is lp:control and stands at or behind b, which is lp:line"},
    {"sum of what lines say", "<xs:element name='r'>" APPINFO("<lp:feed name='x'/><lp:totals amount='c' currency='d'/>") "<xs:complexType><xs:sequence>"
     "<xs:element name='d' type='xs:string'/><xs:element name='b' type='xs:integer'>" APPINFO("<lp:line/>") "</xs:element><xs:element name='c' type='xs:decimal'/>"
     "</xs:sequence></xs:complexType></xs:element>",
     ":2: c is what the ack adds up once a thing (lp:totals; name another by lp:sum) and stands at or behind b"},
    {"line without number", FEED("<xs:element name='b' type='xs:string'>" APPINFO("<lp:line/>") "</xs:element>"),
     ":2: b is lp:line, which numbers the rows"},
    {"sum of nothing", "<xs:element name='r'>" APPINFO("<lp:feed name='x'/><lp:sum column='b'/>") "</xs:element>",
     ":2: column \"b\" is none of r"},
    {"no root", "", ":1: there is no root element"},
    {"two roots", "<xs:element name='a'/>\n<xs:element name='b'/>",
     ":3: a and b may both be the root"},
};
/* clang-format on */

static void
what_is_refused_and_where(void **state)
{
    struct fixture *fx = *state;
    int failed = 0;

    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        const struct refusal *r = &refusals[i];
        const char *want = arena_printf(fx->a, "%s%s", fx->path, r->text);
        struct plan *plan;

        if (compile(fx, r->body, NULL, &plan) != RC_FAIL || plan)
            fail_msg("%s: compiled", r->name);
        assert_int_equal(fx->e.code, ERR_SCHEMA);
        if (strncmp(fx->e.text, want, strlen(want)) != 0) {
            print_error("%s: %s\nwanted %s\n", r->name, fx->e.text, want);
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

static void
whole_files_are_refused(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"",                                                     ":1: "                   },
        {"<a/>",                                                 ":1: a is not xs:schema" },
        {"<!DOCTYPE xs:schema [<!ENTITY x \"y\">]>\n" HEAD TAIL, ":1: has a document type"},
        {"<!DOCTYPE a SYSTEM \"http://127.0.0.1/a.dtd\"><a/>",   ":1: has a document type"},
    };
    struct fixture *fx = *state;
    struct plan *plan;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        put_file(fx, rows[i].text);
        assert_int_equal(schema_compile(&plan, fx->a, fx->path, NULL, NULL, &fx->e), RC_FAIL);
        const char *want = arena_printf(fx->a, "%s%s", fx->path, rows[i].want);
        if (strncmp(fx->e.text, want, strlen(want)) != 0)
            fail_msg("%s\nwanted %s", fx->e.text, want);
    }
    assert_int_equal(schema_compile(&plan, fx->a, "/tmp/none.xsd", NULL, NULL, &fx->e), RC_FAIL);
    assert_string_equal(fx->e.text, "/tmp/none.xsd:1: cannot be opened; check name and rights");
    assert_int_equal(schema_compile(&plan, fx->a, "-", NULL, NULL, &fx->e), RC_FAIL);
}

/* What is declared in a file beside: types, elements, and its own include of a third. */

static char *
put_beside(struct fixture *fx, const char *name, const char *text)
{
    char *path = fx->path, *file = arena_printf(fx->a, "%s/%s", fx->dir, name);

    snprintf(fx->path, sizeof(fx->path), "%s", file);
    put_file(fx, text);
    snprintf(path, sizeof(fx->path), "%s/t.xsd", fx->dir);
    return file;
}

#define INCLUDE(name) "<xs:include schemaLocation='" name "'/>\n"

static void
files_may_share_what_another_declares(void **state)
{
    struct fixture *fx = *state;
    char *b = put_beside(fx, "b.xsd",
                         HEAD INCLUDE("c.xsd") "<xs:element name='unused'/>"
                                               "<xs:element name='head' type='t:three'/>" TAIL);
    char *c = put_beside(fx, "c.xsd",
                         HEAD INCLUDE("b.xsd")
                             INCLUDE("t.xsd") "<xs:simpleType name='three'><xs:restriction "
                                              "base='xs:string'><xs:length value='3'/>"
                                              "</xs:restriction></xs:simpleType>" TAIL);
    struct plan *plan = compiled(fx,
                                 INCLUDE("b.xsd") ROOT("<xs:element ref='t:head'/>"
                                                       "<xs:element name='own' type='t:three'/>"),
                                 NULL);

    assert_string_equal(plan->root->name, "r");
    assert_string_equal(plan->root->children[0]->name, "head");
    assert_int_equal(plan->root->children[0]->type->length, 3);
    assert_int_equal(plan->root->children[1]->type->length, 3);
    unlink(b);
    unlink(c);
}

static void
errors_of_shared_files_name_them(void **state)
{
    static const struct {
        const char *beside, *want;
    } rows[] = {
        {HEAD "<xs:element name='x'>\n<xs:key name='k'/></xs:element>" TAIL, "b.xsd:3: xs:key in"                 },
        {HEAD "<xs:element name='r'/>" TAIL,                                 "b.xsd:2: r is defined in line 3 of "},
        {HEAD "<xs:element name='x' type='t:none'/>" TAIL,                   "b.xsd:2: simple type t:none is not" },
        {"<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'/>",         "b.xsd:1: targetNamespace or"        },
        {"<a/>",                                                             "b.xsd:1: a is not xs:schema"        },
        {NULL,                                                               "b.xsd:1: cannot be opened"          },
    };
    struct fixture *fx = *state;
    struct plan *plan;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *b = put_beside(fx, "b.xsd", rows[i].beside ? rows[i].beside : "");

        if (!rows[i].beside)
            unlink(b);
        assert_int_equal(compile(fx, INCLUDE("b.xsd") ROOT("<xs:element ref='t:x'/>"), NULL, &plan),
                         RC_FAIL);
        if (!strstr(fx->e.text, rows[i].want))
            fail_msg("%s\nwanted %s", fx->e.text, rows[i].want);
        unlink(b);
    }
}

/* Each of 20 levels names the next twice: a million elements out of two kilobytes. */
static void
a_small_file_cannot_ask_for_a_huge_tree(void **state)
{
    struct fixture *fx = *state;
    char *body = arena_str(fx->a, "<xs:element name='e20'/>");
    struct plan *plan;

    for (int i = 0; i < 20; i++)
        body = arena_printf(fx->a,
                            "%s<xs:element name='e%d'><xs:complexType><xs:sequence>"
                            "<xs:element ref='t:e%d'/><xs:choice><xs:element ref='t:e%d'/>"
                            "</xs:choice></xs:sequence></xs:complexType></xs:element>\n",
                            body, i, i + 1, i + 1);
    assert_int_equal(compile(fx, body, "e0", &plan), RC_FAIL);
    assert_non_null(strstr(fx->e.text, "elements once all references are followed"));

    body = arena_str(fx->a, "<xs:element name='e99'/>");
    for (int i = 0; i < 99; i++)
        body = arena_printf(fx->a,
                            "%s<xs:element name='e%d'><xs:complexType><xs:sequence>"
                            "<xs:element ref='t:e%d'/></xs:sequence></xs:complexType>"
                            "</xs:element>\n",
                            body, i, i + 1);
    assert_int_equal(compile(fx, body, "e0", &plan), RC_FAIL);
    assert_non_null(strstr(fx->e.text, "references deeper than 64"));
}

static void
the_plan_has_the_shape_of_the_schema(void **state)
{
    struct plan *plan = compiled(
        *state,
        "<xs:import namespace='urn:other' schemaLocation='other.xsd'/>\n"
        "<xs:element name='item'><xs:annotation><xs:documentation>商品-按行</xs:documentation>"
        "</xs:annotation><xs:complexType><xs:sequence>\n<xs:sequence><xs:element name='qty' "
        "type='xs:int'/></xs:sequence><xs:choice minOccurs='0'><xs:element name='x'/><xs:sequence>"
        "<xs:element name='y'/></xs:sequence></xs:choice></xs:sequence></xs:complexType>"
        "</xs:element>\n" ROOT(
            "<xs:element ref='t:item' minOccurs='0' maxOccurs='unbounded'/>"
            "<xs:sequence><xs:element name='orderNo' default=' 7 ' type='xs:int'/></xs:sequence>"
            "<xs:sequence minOccurs='0'><xs:element name='note'/></xs:sequence>"
            "<xs:element xmlns:o='urn:other' ref='o:Signature' minOccurs='0'/>"
            "<xs:any minOccurs='0' processContents='skip'/>"),
        NULL);
    const struct plan_node *r = plan->root, *item = r->children[0];

    assert_string_equal(plan->target_ns, "urn:t");
    assert_string_equal(plan->prefix, "t");
    assert_true(plan->qualified);
    assert_null(plan->feed);
    assert_string_equal(r->name, "r");
    assert_int_equal(r->child_count, 5);
    assert_string_equal(item->title, "商品");
    assert_int_equal(item->min, 0);
    assert_int_equal(item->max, PLAN_UNBOUNDED);
    assert_int_equal(item->line, 6);
    assert_int_equal(item->child_count, 2);
    assert_int_equal(item->children[0]->type->base, PLAN_INTEGER);
    assert_int_equal(item->children[1]->kind, PLAN_CHOICE);
    assert_int_equal(item->children[1]->min, 0);
    assert_int_equal(item->children[1]->children[1]->kind, PLAN_SEQUENCE);
    assert_string_equal(r->children[1]->column, "order_no");
    assert_string_equal(r->children[1]->dflt, "7");
    assert_int_equal(r->children[2]->kind, PLAN_SEQUENCE);
    assert_null(r->children[2]->name);
    assert_true(r->children[3]->foreign);
    assert_string_equal(r->children[3]->name, "Signature");
    assert_null(r->children[3]->type);
    assert_int_equal(r->children[4]->kind, PLAN_ANY);
}

static void
types_inherit_and_narrow(void **state)
{
    struct plan *plan = compiled(
        *state,
        "<xs:simpleType name='code'><xs:restriction base='xs:token'><xs:maxLength value='9'/>"
        "<xs:pattern value='[a-z]+'/></xs:restriction></xs:simpleType>"
        "<xs:simpleType name='short'><xs:restriction base='t:code'><xs:maxLength value='3'/>"
        "<xs:pattern value='a.*'/><xs:pattern value='b.*'/><xs:enumeration value='ab'/>"
        "<xs:enumeration value='b'/></xs:restriction></xs:simpleType>\n" ROOT(
            "<xs:element name='a' type='t:short'/><xs:element name='b' type='t:code'/>"
            "<xs:element name='c'><xs:simpleType><xs:restriction base='xs:decimal'>"
            "<xs:totalDigits value='19'/><xs:fractionDigits value='5'/><xs:minExclusive value='0'/>"
            "</xs:restriction></xs:simpleType></xs:element>"
            "<xs:element name='d'><xs:simpleType><xs:restriction><xs:simpleType><xs:restriction "
            "base='xs:int'/></xs:simpleType><xs:maxInclusive value='9'/></xs:restriction>"
            "</xs:simpleType></xs:element><xs:element name='e' type='xs:string'/>"),
        NULL);
    struct plan_node **n = plan->root->children;
    const struct plan_type *a = n[0]->type, *b = n[1]->type, *c = n[2]->type, *d = n[3]->type;

    assert_int_equal(a->max_length, 3);
    assert_int_equal(a->space, PLAN_COLLAPSE);
    assert_string_equal(a->patterns[0], "[a-z]+");
    assert_string_equal(a->patterns[1], "(a.*)|(b.*)");
    assert_null(a->patterns[2]);
    assert_non_null(a->compiled[1]);
    assert_string_equal(a->values[1], "b");
    assert_null(a->values[2]);
    assert_int_equal(b->max_length, 9);
    assert_null(b->values);
    assert_int_equal(c->total_digits, 19);
    assert_int_equal(c->fraction_digits, 5);
    assert_string_equal(c->min, "0");
    assert_true(c->min_exclusive);
    assert_int_equal(c->length, -1);
    assert_string_equal(d->min, "-2147483648");
    assert_string_equal(d->max, "9");
    assert_int_equal(n[4]->type->space, PLAN_PRESERVE);
}

static void
attributes_and_simple_content(void **state)
{
    struct plan *plan = compiled(
        *state,
        "<xs:element name='r'><xs:complexType><xs:simpleContent><xs:extension base='xs:decimal'>"
        "<xs:attribute name='payCode' use='required' type='xs:token'><xs:annotation>"
        "<xs:documentation>代码。说明</xs:documentation></xs:annotation></xs:attribute>"
        "<xs:attribute name='ver' fixed='1.0'/></xs:extension></xs:simpleContent></xs:complexType>"
        "</xs:element>",
        "r");
    const struct plan_node *r = plan->root;

    assert_int_equal(r->type->base, PLAN_DECIMAL);
    assert_int_equal(r->attribute_count, 2);
    assert_string_equal(r->attributes[0].column, "pay_code");
    assert_string_equal(r->attributes[0].title, "代码");
    assert_true(r->attributes[0].required);
    assert_int_equal(r->attributes[0].type->space, PLAN_COLLAPSE);
    assert_string_equal(r->attributes[1].fixed, "1.0");
    assert_false(r->attributes[1].required);
}

/* clang-format off */
static const char remarks_xsd[] =
    "<xs:element name='r'>" APPINFO(
        "<lp:feed name='importorder' rows='order' title='订单'/>")
    "<xs:complexType><xs:sequence>\n"
    "<xs:element name='a' type='t:s'><xs:annotation><xs:documentation>编号-x</xs:documentation>"
    "<xs:documentation xml:lang='en'>number - x\nmore</xs:documentation>"
    "<xs:appinfo><lp:key/><lp:check name='date8'/><x xmlns='urn:other'/></xs:appinfo>"
    "</xs:annotation></xs:element>\n"
    "<xs:element name='b' type='t:s'>" APPINFO("<lp:personal/><lp:codes table='currency'/>") "</xs:element>"
    "<xs:element name='c' type='t:s'>" APPINFO("<lp:control/>") "</xs:element>"
    "<xs:element name='d' type='t:s'>" APPINFO("<lp:speaker role='seller' unless='无'/><lp:speaker role='agent'/>") "</xs:element>"
    "</xs:sequence></xs:complexType></xs:element>\n"
    "<xs:simpleType name='s'>" APPINFO("<lp:check name='gcode'/>") "<xs:restriction base='xs:string'/></xs:simpleType>";
/* clang-format on */

static void
our_remarks(void **state)
{
    struct plan *plan = compiled(*state, remarks_xsd, NULL);
    struct plan_node **n = plan->root->children;

    assert_string_equal(plan->feed, "importorder");
    assert_string_equal(plan->rows, "order");
    assert_string_equal(plan->feed_title, "订单");
    assert_string_equal(n[0]->title, "编号");
    assert_string_equal(n[0]->hint, "x");
    assert_string_equal(n[0]->title_en, "number - x");
    assert_string_equal(n[1]->hint, "");
    assert_true(n[0]->key && !n[0]->personal && !n[0]->control);
    assert_ptr_equal(n[0]->type->checks[0], check_find("gcode"));
    assert_ptr_equal(n[0]->type->checks[1], check_find("date8"));
    assert_null(n[0]->type->checks[2]);
    assert_null(n[0]->type->codes);
    assert_true(n[1]->personal);
    assert_string_equal(codes_name(n[1]->type->codes), "currency");
    assert_null(n[1]->type->checks[1]);
    assert_true(n[2]->control);
    assert_int_equal(n[2]->speaker_count, 0);
    assert_int_equal(n[3]->speaker_count, 2);
    assert_string_equal(n[3]->speakers[0].role, "seller");
    assert_string_equal(n[3]->speakers[0].unless, "无");
    assert_string_equal(n[3]->speakers[1].role, "agent");
    assert_null(n[3]->speakers[1].unless);
}

/* clang-format off */
static const char message_xsd[] =
    "<xs:element name='m'>" APPINFO(
        "<lp:message feed='importorder' document='Order' head='OrderHead' lines='OrderList'>"
        "<lp:map element='OrderList/note'/><lp:map element='no' column='a'/></lp:message>"
        "<lp:message feed='other' document='D'><lp:map element='x' column='e'/></lp:message>")
    "</xs:element>";
/* clang-format on */

static void
a_feed_takes_a_message(void **state)
{
    struct fixture *fx = *state;
    struct plan *message = compiled(fx, message_xsd, NULL), *feed = compiled(fx, remarks_xsd, NULL);

    assert_int_equal(message->message_count, 2);
    assert_int_equal(schema_take(feed, fx->a, "sale", message, &fx->e), RC_OK);
    assert_int_equal(feed->message_count, 1);
    assert_string_equal(feed->messages[0].format, "sale");
    assert_string_equal(feed->messages[0].document, "Order");
    assert_string_equal(feed->messages[0].head, "OrderHead");
    assert_string_equal(feed->messages[0].lines, "OrderList");
    assert_int_equal(feed->messages[0].map_count, 2);
    assert_string_equal(feed->messages[0].maps[0].element, "OrderList/note");
    assert_null(feed->messages[0].maps[0].column);
    assert_ptr_equal(feed->messages[0].maps[1].column, feed->root->children[0]->name);
    feed->feed = "other";
    assert_int_equal(schema_take(feed, fx->a, "sale", message, &fx->e), RC_FAIL);
    assert_int_equal(fx->e.code, ERR_SCHEMA);
    assert_non_null(strstr(fx->e.text, "column \"e\" in lp:message is none of feed other"));
}

static void
columns_are_snake_case(void **state)
{
    static const struct {
        const char *name, *column;
    } rows[] = {
        {"orderNo",        "order_no"        },
        {"fCurrency",      "f_currency"      },
        {"POD",            "pod"             },
        {"qty1",           "qty1"            },
        {"totalPackageNo", "total_package_no"},
        {"OrderHead",      "order_head"      },
        {"payIDNumber",    "pay_id_number"   },
        {"CEB303Message",  "ceb303_message"  },
        {"a-b.c",          "a_b_c"           },
        {"",               ""                },
    };
    struct fixture *fx = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(schema_column(fx->a, rows[i].name), rows[i].column);
}

static bool
ends_in(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);

    return n >= m && strcmp(s + n - m, end) == 0;
}

/* Compile every global element whose name ends in `end` of an agency's file; returns how many. */
static int
compile_official(struct fixture *fx, const char *name, const char *end)
{
    const char *dir = getenv("LANDPORT_OFFICIAL");
    const char *path =
        arena_printf(fx->a, "%s/%s", dir && dir[0] ? dir : "../shared/official", name);
    xmlDocPtr doc;
    int count = 0;

    if (access(path, R_OK) != 0) {
        print_message("absent: %s (set LANDPORT_OFFICIAL); not tested\n", path);
        return -1;
    }
    doc = xmlReadFile(path, NULL, XML_PARSE_NONET);
    assert_non_null(doc);
    for (xmlNodePtr n = xmlDocGetRootElement(doc)->children; n; n = n->next) {
        xmlChar *root = n->type == XML_ELEMENT_NODE && strcmp((const char *)n->name, "element") == 0
                            ? xmlGetNoNsProp(n, (const xmlChar *)"name")
                            : NULL;
        struct plan *plan;

        if (root && ends_in((const char *)root, end)) {
            if (schema_compile(&plan, fx->a, path, (const char *)root, NULL, &fx->e) != RC_OK)
                fail_msg("%s: %s", (const char *)root, fx->e.text);
            assert_string_equal(plan->root->name, (const char *)root);
            assert_true(plan->root->child_count > 0);
            count++;
        }
        xmlFree(root);
    }
    xmlFreeDoc(doc);
    return count;
}

static void
the_agencies_files_compile(void **state)
{
    struct fixture *fx = *state;
    int exports = compile_official(fx, "exp22.xsd", "Message");
    int imports = compile_official(fx, "imp22.xsd", "Message");
    int terminal = compile_official(fx, "term22.xsd", "");

    assert_true(exports == -1 || exports == 24);
    assert_true(imports == -1 || imports == 20);
    assert_true(terminal == -1 || terminal == 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_refused_and_where, set_up, tear_down),
        cmocka_unit_test_setup_teardown(whole_files_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_small_file_cannot_ask_for_a_huge_tree, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_may_share_what_another_declares, set_up, tear_down),
        cmocka_unit_test_setup_teardown(errors_of_shared_files_name_them, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_plan_has_the_shape_of_the_schema, set_up, tear_down),
        cmocka_unit_test_setup_teardown(types_inherit_and_narrow, set_up, tear_down),
        cmocka_unit_test_setup_teardown(attributes_and_simple_content, set_up, tear_down),
        cmocka_unit_test_setup_teardown(our_remarks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_feed_takes_a_message, set_up, tear_down),
        cmocka_unit_test_setup_teardown(columns_are_snake_case, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_agencies_files_compile, set_up, tear_down),
    };
    int failed = cmocka_run_group_tests_name("schema", tests, NULL, NULL);

    xmlCleanupParser();
    return failed;
}
