/*
 * Messages that are tables: what lp:written says against the bytes that come out, what is refused and
 * as whose fault, and that our own readers take from each file what was put into it.
 * tests/unit/formats/xmlw_test.c has the same walk for XML.
 */
#define _GNU_SOURCE /* memfd_create */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <glob.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../folder.h"
#include "../zip.h"
#include "formats/read/csv.h"
#include "formats/read/xlsx.h"
#include "formats/write/writer.h"
#include "formats/write/zipw.h"

#define LEVELS 3
#define XS     "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' xmlns:lp='urn:landport:format'>"

#define PLAN(written, body)                                                                        \
    XS "<xs:element name='report'><xs:annotation><xs:documentation>月报</xs:documentation>"      \
       "<xs:appinfo>" written "</xs:appinfo></xs:annotation><xs:complexType><xs:sequence>" body    \
       "</xs:sequence></xs:complexType></xs:element></xs:schema>"
#define NODE(name, occurs, body)                                                                   \
    "<xs:element name='" name "' " occurs "><xs:complexType><xs:sequence>" body                    \
    "</xs:sequence></xs:complexType></xs:element>"
#define LEAF(name, type) "<xs:element name='" name "' type='xs:" type "' minOccurs='0'/>"
#define SAID(name, type, title, remark)                                                            \
    "<xs:element name='" name "' type='xs:" type                                                   \
    "' minOccurs='0'><xs:annotation><xs:documentation>" title                                      \
    "</xs:documentation><xs:appinfo>" remark "</xs:appinfo></xs:annotation></xs:element>"

/* One value of the file's own, and records of three, of which at most three go into a file. */
#define RECORDS                                                                                    \
    LEAF("period", "string")                                                                       \
    NODE("record", "maxOccurs='3'",                                                                \
         SAID("name", "string", "名称-店铺", "") LEAF("amount", "decimal") LEAF("day", "date"))
#define RECORD_ROWS "n\tname\tamount\tday\n1\t甲\t1.50\t2026-03-01\n2\tb\t-2\t\n"
#define ROOT        "n\tperiod\n1\t2026Q1\n"

/* ---- input: levels as text, columns parted by tabs, \t \n \r \\ as in COPY ---- */

struct rows {
    struct arena *a;
    const char *text, *at;
    uint32_t columns;
    struct span *values;
    uint64_t times; /* the last row is given so often, each with the next number; 0: once */
    uint64_t given;
};

static struct span
field(struct arena *a, const char **p)
{
    static const char from[] = "tnr\\", to[] = "\t\n\r\\";
    size_t n = strcspn(*p, "\t\n"), used = 0;
    char *out = arena_alloc(a, n + 1);

    for (size_t i = 0; i < n; i++) {
        const char *at = (*p)[i] == '\\' && i + 1 < n ? strchr(from, (*p)[i + 1]) : NULL;

        out[used++] = at ? to[at - from] : (*p)[i];
        i += at != NULL;
    }
    *p += n + 1;
    return n ? (struct span){out, used} : (struct span){NULL, 0};
}

static rc_t
rows_next(void *ctx, const struct span **values, struct err *e)
{
    struct rows *r = ctx;

    (void)e;
    if (!*r->at && r->given >= r->times)
        return RC_END;
    if (*r->at)
        for (uint32_t i = 0; i < r->columns; i++)
            r->values[i] = field(r->a, &r->at);
    if (r->times && !*r->at) {
        static char number[24];

        snprintf(number, sizeof number, "%llu", (unsigned long long)++r->given);
        r->values[0] = span_of(number);
    }
    *values = r->values;
    return RC_OK;
}

static struct writer_rows
rows_open(struct arena *a, struct rows *r, const char *text)
{
    struct writer_rows rows = {rows_next, r, NULL, 1};

    *r = (struct rows){.a = a, .text = text, .at = text};
    for (const char *p = text; *p != '\n'; p++)
        rows.count += *p == '\t';
    rows.columns = ARENA_ARRAY(a, const char *, rows.count);
    for (r->columns = 0; r->columns < rows.count; r->columns++)
        rows.columns[r->columns] = arena_span(a, field(a, &r->at));
    r->values = ARENA_ARRAY(a, struct span, rows.count);
    return rows;
}

struct given {
    const char *path, *rows;
};

struct file {
    const char *folder;
    struct arena *a;
    struct rows rows[LEVELS];
    struct writer *w;
};

/* Plan and writer of an XSD that lies in a folder of its own, beside what else the test put there. */
static rc_t
file_open(struct file *f, const char *xsd, const struct given *given, struct err *e)
{
    struct writer_level levels[LEVELS];
    struct plan *plan;
    const char *path;
    uint32_t count = 0;
    FILE *out;
    rc_t rc;

    f->w = NULL;
    path = arena_printf(f->a, "%s/report.xsd", f->folder);
    assert_non_null(out = fopen(path, "w"));
    fputs(xsd, out);
    fclose(out);
    if ((rc = schema_compile(&plan, f->a, path, NULL, NULL, e)) != RC_OK)
        return rc;
    for (; count < LEVELS && given[count].rows; count++) {
        levels[count].path = given[count].path;
        levels[count].rows = rows_open(f->a, &f->rows[count], given[count].rows);
    }
    return writer_open(&f->w, f->a, plan, levels, count, e);
}

static rc_t
write_one(struct file *f, uint64_t number, struct buf *out, struct writer_done *done, struct err *e)
{
    rc_t rc;

    out->n = 0;
    rc = writer_message(f->w, number, 0, sink_buf(out), done, e);
    if (rc == RC_OK) {
        assert_int_equal(done->bytes, out->n);
        assert_int_equal(done->hole, 0);
    }
    return rc;
}

static void
begin(struct file *f, char dir[FOLDER_SIZE])
{
    folder_make(dir);
    *f = (struct file){.folder = dir, .a = arena_new("writer-test")};
}

static void
end(struct file *f)
{
    writer_close(&f->w);
    arena_free(&f->a);
    folder_remove(f->folder);
}

/* The first file that comes of it, as text. */
static const char *
first_file(struct file *f, const char *xsd, const struct given *given)
{
    struct writer_done done;
    struct err e = {0};
    struct buf out = {0};
    const char *text;

    if (file_open(f, xsd, given, &e) != RC_OK || write_one(f, 1, &out, &done, &e) != RC_OK)
        fail_msg("%s", e.text);
    text = arena_strn(f->a, out.p, out.n);
    buf_free(&out);
    return text;
}

/* ---- text ---- */

/* clang-format off */
#define RECORD_GIVEN                                                                               \
    {                                                                                              \
        {"", ROOT},                                                                                \
        {                                                                                          \
            "record", RECORD_ROWS                                                                  \
        }                                                                                          \
    }
/* Orders of lines, as the customs' messages have them, and a list without documents. */
#define ORDERS                                                                                     \
    NODE("order", "maxOccurs='9'",                                                                 \
         NODE("head", "", LEAF("no", "string") LEAF("buyer", "string"))                            \
             NODE("line", "minOccurs='0' maxOccurs='9'", LEAF("item", "string") LEAF("qty", "integer")))
#define LIST                                                                                       \
    LEAF("file", "string")                                                                         \
    "<xs:element name='name' type='xs:string' minOccurs='0' maxOccurs='9'/>"

static const struct text_case {
    const char *name, *xsd;
    struct given given[LEVELS];
    const char *want;
} text_cases[] = {
    {"as a program expects it", PLAN("<lp:written as='csv'/>", RECORDS), RECORD_GIVEN,
     "period,name,amount,day\r\n2026Q1,甲,1.50,2026-03-01\r\n2026Q1,b,-2,\r\n"},
    {"titles, BOM, LF, semicolons",
     PLAN("<lp:written as='csv' header='titles' bom='yes' line-end='LF' delimiter=';'/>", RECORDS),
     RECORD_GIVEN, "\xEF\xBB\xBFperiod;名称;amount;day\n2026Q1;甲;1.50;2026-03-01\n2026Q1;b;-2;\n"},
    {"quotes around everything",
     PLAN("<lp:written as='csv' quote='always' header='none'/>", RECORDS), RECORD_GIVEN,
     "\"2026Q1\",\"甲\",\"1.50\",\"2026-03-01\"\r\n\"2026Q1\",\"b\",\"-2\",\"\"\r\n"},
    {"what stands once in a line of its own",
     PLAN("<lp:written as='tsv' head='line' line-end='LF'/>", RECORDS), RECORD_GIVEN,
     "2026Q1\nname\tamount\tday\n甲\t1.50\t2026-03-01\nb\t-2\t\n"},
    {"what stands once left out",
     PLAN("<lp:written as='tsv' head='none' header='none' line-end='LF'/>", RECORDS), RECORD_GIVEN,
     "甲\t1.50\t2026-03-01\nb\t-2\t\n"},
    {"GB18030", PLAN("<lp:written as='csv' charset='GB18030' header='titles' head='none' line-end='LF'/>", RECORDS),
     RECORD_GIVEN, "\xC3\xFB\xB3\xC6,amount,day\n\xBC\xD7,1.50,2026-03-01\nb,-2,\n"},
    {"XML in GB18030", PLAN("<lp:written as='xml' charset='GB18030'/>", RECORDS),
     {{"", "n\tperiod\n1\t\xE5\xAD\xA3 & \xF0\x9F\x98\x80\n"}, {"record", "n\tname\tamount\n1\t甲\t1.50\n"}},
     "<?xml version=\"1.0\" encoding=\"GB18030\"?>\n<report>\n<period>\xBC\xBE &amp; \x94\x39\xFC\x36</period>\n"
     "<record><name>\xBC\xD7</name><amount>1.50</amount></record>\n</report>\n"},
    {"XML in GBK: what it does not have by its number", PLAN("<lp:written as='xml' charset='GBK'/>", LEAF("a", "string")),
     {{"", "n\ta\n1\t\xE1\x8A\xA0甲\xF0\xA0\x80\x80<\n"}},
     "<?xml version=\"1.0\" encoding=\"GBK\"?>\n<report>\n<a>&#x12A0;\xBC\xD7&#x20000;&lt;</a>\n</report>\n"},
    {"XML that begins with its mark", PLAN("<lp:written as='xml' bom='yes'/>", LEAF("a", "string")),
     {{"", "n\ta\n1\tx\n"}}, "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<report>\n<a>x</a>\n</report>\n"},
    {"quotes where a reader needs them", PLAN("<lp:written as='csv' head='none' header='none' line-end='LF'/>", RECORDS),
     {{"record", "n\tname\n1\ta,b\n2\tsays \"hi\"\n3\ttwo\\nlines\n"}},
     "\"a,b\",,\n\"says \"\"hi\"\"\",,\n\"two\nlines\",,\n"},
    {"a line a row, its order on each", PLAN("<lp:written as='csv' line-end='LF'/>", ORDERS),
     {{"order/head", "n\tno\tbuyer\n1\tA\tx\n2\tB\t\n3\tC\tz\n"},
      {"order/line", "n\titem\tqty\n1\ti\t1\n1\tj\t\n3\tk\t3\n"}},
     "no,buyer,item,qty\nA,x,i,1\nA,x,j,\nB,,,\nC,z,k,3\n"},
    {"a list", PLAN("<lp:written as='csv' head='line' line-end='LF'/>", LIST),
     {{"", "n\tfile\n1\tf\n"}, {"name", "n\tname\n1\ta\n1\tb\n"}}, "f\nname\na\nb\n"},
    {"a list of nothing", PLAN("<lp:written as='csv' head='line' line-end='LF'/>", LIST),
     {{"", "n\tfile\n1\tf\n"}, {"name", "n\tname\n"}}, "f\nname\n"},
    {"a control file", PLAN("<lp:written as='tsv' head='line' suffix='ctl' line-end='LF'/>", LEAF("file", "string") LEAF("rows", "integer")),
     {{"", "n\tfile\trows\n1\tf.csv\t12\n"}}, "f.csv\t12\n"},
    {"... with names", PLAN("<lp:written as='csv' line-end='LF'/>", LEAF("file", "string") LEAF("rows", "integer")),
     {{"", "n\tfile\trows\n1\tf.csv\t12\n"}}, "file,rows\nf.csv,12\n"},
    {"XML all the same", PLAN("<lp:written as='xml'/>", RECORDS), {{"record", "n\tname\n1\ta\n"}},
     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<report>\n<record><name>a</name></record>\n</report>\n"},
};
/* clang-format on */

static void
text_is_what_the_format_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof text_cases / sizeof *text_cases; i++) {
        const struct text_case *c = &text_cases[i];
        char dir[FOLDER_SIZE];
        struct file f;
        const char *got;

        begin(&f, dir);
        got = first_file(&f, c->xsd, c->given);
        if (strcmp(got, c->want) != 0)
            fail_msg("%s: gives\n%s\nmust give\n%s", c->name, got, c->want);
        end(&f);
    }
}

static void
a_file_takes_as_many_documents_as_its_format(void **state)
{
    static const char *const want[] = {"a\nb\nc\n", "d\ne\nf\n", "g\n"};
    const struct given given[LEVELS] = {
        {"record", "n\tname\n1\ta\n2\tb\n3\tc\n4\td\n5\te\n6\tf\n7\tg\n"}
    };
    char dir[FOLDER_SIZE];
    struct writer_done done;
    struct buf out = {0};
    struct err e;
    struct file f;

    (void)state;
    begin(&f, dir);
    assert_int_equal(
        file_open(&f,
                  PLAN("<lp:written as='tsv' head='none' header='none' line-end='LF'/>",
                       NODE("record", "maxOccurs='3'", LEAF("name", "string"))),
                  given, &e),
        RC_OK);
    for (uint64_t i = 0; i < 3; i++) {
        assert_int_equal(write_one(&f, i + 1, &out, &done, &e), RC_OK);
        assert_string_equal(arena_strn(f.a, out.p, out.n), want[i]);
        assert_int_equal(done.documents, i < 2 ? 3 : 1);
    }
    assert_int_equal(write_one(&f, 4, &out, &done, &e), RC_END);
    buf_free(&out);
    end(&f);
}

/* A control file of a folder without files: the message is one, whatever rows there are. */
static void
a_message_alone_needs_no_row(void **state)
{
#define NAMES(occurs) NODE("file", occurs " maxOccurs='9'", LEAF("name", "string"))
    static const struct {
        const char *xsd, *want; /* what it gives, or what is said */
        rc_t rc;
    } cases[] = {
        {PLAN("<lp:written as='csv' line-end='LF'/>", NAMES("minOccurs='0'")), "name\n",                                  RC_OK  },
        {PLAN("",                                     NAMES("minOccurs='0'")),
         "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<report>\n</report>\n",                                             RC_OK  },
        {PLAN("",                                     NAMES("")),              "file: stands 0 times, at least 1 needed", RC_FAIL},
    };
    const struct given given[LEVELS] = {
        {"file", "n\tname\n"}
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char dir[FOLDER_SIZE];
        struct writer_done done;
        struct buf out = {0};
        struct err e = {0};
        struct file f;

        begin(&f, dir);
        assert_int_equal(file_open(&f, cases[i].xsd, given, &e), RC_OK);
        assert_int_equal(write_one(&f, 1, &out, &done, &e), RC_END);
        writer_alone(f.w);
        assert_int_equal(write_one(&f, 1, &out, &done, &e), cases[i].rc);
        if (cases[i].rc == RC_OK)
            assert_string_equal(arena_strn(f.a, out.p, out.n), cases[i].want);
        else
            assert_non_null(strstr(e.text, cases[i].want));
        buf_free(&out);
        end(&f);
    }
}

/* ---- what is refused ---- */

/* clang-format off */
static const struct bad_value {
    const char *written, *value;
    const char *want; /* NULL: it is good */
} bad_values[] = {
    {"as='tsv'", "a\\tb", "has a tab in it, which a file without quotes cannot hold"},
    {"as='tsv'", "a\\nb", "has a line end in it"},
    {"as='tsv'", "a\\rb", "has a line end in it"},
    {"as='tsv'", "a,\"b", NULL},
    {"as='csv' quote='never'", "a,b", "has the delimiter in it"},
    {"as='csv' quote='never' delimiter='|'", "a,b", NULL},
    {"as='csv'", "a\\tb,\\n", NULL},
    {"as='csv' charset='GBK'", "\xF0\xA0\x80\x80", "has the character U+20000, which GBK does not have"},
    {"as='csv' charset='GBK'", "\xE1\x8A\xA0", "has the character U+12A0, which GBK does not have"},
    {"as='csv' charset='GB18030'", "\xF0\xA0\x80\x80 \xE1\x8A\xA0 \xF0\x9F\x98\x80", NULL},
    {"as='csv' charset='GB18030'", "\xED\xA0\x80", "has the character U+D800, which GB18030 does not have"},
    {"as='csv'", "x\xED\xA0\x80", "has the character U+D800, which UTF-8 does not have"},
    {"as='xlsx'", "\xED\xA0\x80", "has a character that a workbook cannot hold"},
    {"as='xlsx'", "a\\tb\\nc", NULL},
};
/* clang-format on */

/* The second of three documents has it: it alone is refused, and it alone is named when all are gone through. */
static void
note(void *ctx, uint64_t document, const struct err *e)
{
    (void)e;
    *(uint64_t *)ctx = *(uint64_t *)ctx * 10 + document;
}

static void
what_a_file_cannot_hold_is_its_documents_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_values / sizeof *bad_values; i++) {
        const struct bad_value *c = &bad_values[i];
        char dir[FOLDER_SIZE];
        struct writer_done done;
        struct buf out = {0};
        struct err e = {0};
        struct file f;
        uint64_t named = 0;

        begin(&f, dir);
        const char *xsd = arena_printf(f.a, PLAN("<lp:written %s/>", RECORDS), c->written);
        const struct given given[LEVELS] = {
            {"record",
             arena_printf(f.a, "n\tname\n1\ta\n2\t%s\n3\tc\n4\t%s\n", c->value, c->value)}
        };

        assert_int_equal(file_open(&f, xsd, given, &e), RC_OK);
        rc_t rc = write_one(&f, 1, &out, &done, &e);
        assert_int_equal(rc, c->want ? RC_REJECT : RC_OK);
        if (c->want) {
            assert_int_equal(done.document, 2);
            if (!strstr(e.text, "report document 2 record name: ") || !strstr(e.text, c->want))
                fail_msg("%s: \"%s\" is not in \"%s\"", c->written, c->want, e.text);
            assert_int_equal(e.code, ERR_MESSAGE);
            assert_int_equal(writer_faults(f.w, note, &named, &e), RC_OK);
            assert_int_equal(named, 4);
            named = 0;
            writer_close(&f.w);
            assert_int_equal(file_open(&f, xsd, given, &e), RC_OK);
            assert_int_equal(writer_faults(f.w, note, &named, &e), RC_OK);
            assert_int_equal(named, 24);
        }
        buf_free(&out);
        end(&f);
    }
}

/* clang-format off */
#define TWO_LISTS                                                                                  \
    NODE("a", "minOccurs='0' maxOccurs='3'", LEAF("x", "string"))                                  \
    NODE("b", "minOccurs='0' maxOccurs='3'", LEAF("y", "string"))
#define BEHIND                                                                                     \
    NODE("order", "maxOccurs='9'",                                                                 \
         NODE("line", "maxOccurs='9'", LEAF("item", "string")) LEAF("total", "decimal"))
#define CELLS(one, two)                                                                            \
    SAID("period", "string", "", one)                                                              \
    NODE("record", "maxOccurs='3'", SAID("name", "string", "", two) LEAF("amount", "decimal"))

static const struct bad_format {
    const char *xsd, *want;
} bad_formats[] = {
    {PLAN("<lp:written/>", RECORDS), "lp:written needs as="},
    {PLAN("<lp:written as='pdf'/>", RECORDS), "as=\"pdf\" of lp:written; one of xml|csv|tsv|xlsx"},
    {PLAN("<lp:written as='csv'/><lp:written as='csv'/>", RECORDS), "a second lp:written"},
    {PLAN("<lp:written as='csv' sheet='x'/>", RECORDS), "sheet of lp:written says nothing where it is as=\"csv\""},
    {PLAN("<lp:written as='xml' delimiter=';'/>", RECORDS), "delimiter of lp:written says nothing where it is as=\"xml\""},
    {PLAN("<lp:written as='xml' charset='GB18030' bom='yes'/>", RECORDS), "bom=\"yes\" of lp:written belongs to"},
    {PLAN("<lp:written as='xlsx' charset='GBK'/>", RECORDS), "charset of lp:written says nothing"},
    {PLAN("<lp:written as='tsv' delimiter=','/>", RECORDS), "delimiter of lp:written says nothing"},
    {PLAN("<lp:written as='csv' delimiter='a'/>", RECORDS), "delimiter=\"a\" of lp:written; one of"},
    {PLAN("<lp:written as='csv' charset='GBK' bom='yes'/>", RECORDS), "bom=\"yes\" of lp:written belongs to"},
    {PLAN("<lp:written as='csv' charset='BIG5'/>", RECORDS), "charset=\"BIG5\" of lp:written; one of UTF-8|GB18030|GBK"},
    {PLAN("<lp:written as='csv' suffix='a/b'/>", RECORDS), "suffix=\"a/b\""},
    {PLAN("<lp:written as='xlsx' template='../x.xlsx' start='A2'/>", RECORDS), "the name of a file beside the XSD"},
    {PLAN("<lp:written as='xlsx' template='x.xlsx'/>", RECORDS), "needs start="},
    {PLAN("<lp:written as='xlsx' template='x.xlsx' start='A2'/>", RECORDS), "x.xlsx cannot be read as a workbook"},
    {PLAN("<lp:written as='xlsx' start='7'/>", RECORDS), "start=\"7\""},
    {PLAN("<lp:written as='xlsx' head='line'/>", RECORDS), "head=\"line\" of lp:written belongs to text"},
    {PLAN("<lp:written as='xlsx' sheet='a/b'/>", RECORDS), "is no name of a sheet"},
    {PLAN("<lp:written as='csv'/>", CELLS("<lp:cell at='A1'/>", "")), "lp:cell of period belongs to lp:written as=\"xlsx\""},
    {PLAN("<lp:written as='xlsx'/>", CELLS("<lp:cell at='1A'/>", "")), "is no cell of a sheet"},
    {PLAN("<lp:written as='xlsx'/>", CELLS("<lp:cell at='XFE1'/>", "")), "is no cell of a sheet"},
    {PLAN("<lp:written as='xlsx'/>", CELLS("<lp:cell/>", "")), "lp:cell needs"},
    {PLAN("<lp:written as='xlsx'/>", CELLS("", "<lp:cell at='A1'/>")), "name stands in each row"},
    {PLAN("<lp:written as='xlsx'/>", CELLS("<lp:cell column='A'/>", "")), "period stands once in the message"},
    {PLAN("<lp:written as='xlsx' start='A3'/>", CELLS("<lp:cell at='B3'/>", "")), "the cell of period lies where the table begins"},
    {PLAN("<lp:written as='xlsx' start='C1' head='none'/>", CELLS("", "<lp:cell column='A'/>")), "no further right"},
    {PLAN("<lp:written as='csv'/>", TWO_LISTS), "b repeats beside other elements that do"},
    {PLAN("<lp:written as='csv'/>", BEHIND), "total stands behind the rows in the schema"},
    {PLAN("<lp:written as='csv'/>", LEAF("name", "string") RECORDS), "gives the header a name twice"},
    {PLAN("<lp:written as='csv' head='none'/>", LEAF("a", "string")), "nothing of it is written"},
    {PLAN("<lp:feed name='book'/><lp:written as='csv'/>", LEAF("a", "string")), "book is a feed"},
};
/* clang-format on */

static void
nonsense_is_refused(void **state)
{
    static const struct given all[] = {
        {"record",     "n\n"},
        {"a",          "n\n"},
        {"b",          "n\n"},
        {"order/line", "n\n"}
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad_formats / sizeof *bad_formats; i++) {
        const struct bad_format *c = &bad_formats[i];
        struct given given[LEVELS + 1] = {{0}};
        char dir[FOLDER_SIZE];
        struct err e = {0};
        struct file f;
        size_t n = 0;

        begin(&f, dir);
        for (size_t l = 0; l < sizeof all / sizeof *all; l++) /* the levels that it has */
            if (strstr(c->xsd, arena_printf(f.a, "'%s' m",
                                            strrchr(all[l].path, '/') ? "line" : all[l].path)))
                given[n++] = all[l];
        assert_int_equal(file_open(&f, c->xsd, given, &e), RC_FAIL);
        if (e.code != ERR_SCHEMA || !strstr(e.text, c->want) || !strstr(e.text, dir))
            fail_msg("\"%s\" is not in \"%s\"", c->want, e.text);
        assert_null(f.w);
        end(&f);
    }
}

/* ---- read back by our own readers ---- */

static const char *const values[] = {
    "plain", "逗,号", "say \"x\"",        " blanks ", "two\nlines\r\nand a\ttab",
    "=1+1",  "0012",  "\xF0\xA0\x80\x80", "_x000D_",  "a|b;c",
};
#define VALUES (sizeof values / sizeof *values)

/* A record each, in COPY's escapes. */
static const char *
values_given(struct arena *a)
{
    const char *text = "n\tname\n";

    for (size_t i = 0; i < VALUES; i++) {
        char escaped[100], *to = escaped;

        for (const char *p = values[i]; *p; p++) {
            const char *at = strchr("\t\n\r\\", *p);

            if (at)
                *to++ = '\\';
            *to++ = at ? "tnr\\"[at - "\t\n\r\\"] : *p;
        }
        *to = 0;
        text = arena_printf(a, "%s%zu\t%s\n", text, i + 1, escaped);
    }
    return text;
}

#define VALUE_XSD(written)                                                                         \
    PLAN("<lp:written " written " head='none'/>",                                                  \
         LEAF("period", "string")                                                                  \
             NODE("record", "maxOccurs='99'", LEAF("name", "string") LEAF("other", "string")))

static void
text_reads_back(void **state)
{
    /* clang-format off */
    static const struct {
        const char *xsd;
        struct csv_form form;
    } cases[] = {
        {VALUE_XSD("as='csv'"), {.charset = CHARSET_UTF8, .delimiter = ','}},
        {VALUE_XSD("as='csv' bom='yes' quote='always' delimiter=';' line-end='LF'"), {.charset = CHARSET_UTF8, .delimiter = ';'}},
        {VALUE_XSD("as='csv' charset='GB18030' delimiter='|'"), {.charset = CHARSET_GB18030, .delimiter = '|'}},
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char dir[FOLDER_SIZE];
        struct csv_record r;
        struct csv *csv;
        struct err e;
        struct file f;

        begin(&f, dir);
        const struct given given[LEVELS] = {
            {"record", values_given(f.a)}
        };
        const char *text = first_file(&f, cases[i].xsd, given);
        struct stream_mem mem = {text, strlen(text), 0};

        assert_int_equal(csv_open(&csv, source_mem(&mem), &cases[i].form, &e), RC_OK);
        assert_int_equal(csv_next(csv, &r, &e), RC_OK);
        assert_true(r.count == 2 && span_is(r.fields[0], "name"));
        for (size_t v = 0; v < VALUES; v++) {
            assert_int_equal(csv_next(csv, &r, &e), RC_OK);
            if (r.count != 2 || !span_is(r.fields[0], values[v]) || r.fields[1].n)
                fail_msg("case %zu: %s came back as %.*s", i, values[v], SPAN_F(r.fields[0]));
        }
        assert_int_equal(csv_next(csv, &r, &e), RC_END);
        csv_close(&csv);
        end(&f);
    }
}

/* ---- workbooks ---- */

static struct zip
zip_of(const struct buf *b)
{
    struct zip z = {memfd_create("writer-test", MFD_CLOEXEC), NULL};

    assert_true(z.fd >= 0);
    assert_int_equal(write(z.fd, b->p, b->n), (ssize_t)b->n);
    return z;
}

/* "[sheet]" and a line "7:a<>b" a row. */
static const char *
workbook_text(struct arena *a, const struct buf *b)
{
    struct zip z = zip_of(b);
    const struct xlsx_parts parts = {&z, zip_open, zip_close};
    const struct xlsx_form form = {.spill = BLOB_NONE};
    struct xlsx_record r;
    struct xlsx *x = NULL;
    struct buf out = {0};
    struct err e = {0};

    if (xlsx_open(&x, &parts, &form, &e) != RC_OK)
        fail_msg("%s", e.text);
    while (xlsx_next_sheet(x, &e) == RC_OK) {
        buf_printf(&out, "[%s]\n", xlsx_sheet(x));
        while (xlsx_next(x, &r, &e) == RC_OK) {
            buf_printf(&out, "%llu:", (unsigned long long)r.line);
            for (uint32_t i = 0; i < r.count; i++) {
                buf_str(&out, i ? "<>" : "");
                buf_put(&out, r.fields[i].p, r.fields[i].n);
            }
            buf_str(&out, "\n");
        }
    }
    if (e.rc != RC_OK && e.rc != RC_END)
        fail_msg("%s", e.text);
    xlsx_close(&x);
    close(z.fd);
    const char *text = arena_strn(a, out.p, out.n);
    buf_free(&out);
    return text;
}

static const char *
part_text(struct arena *a, const struct buf *b, const char *name)
{
    struct zip z = zip_of(b);
    struct source in;
    struct buf out = {0};
    struct err e = {0};
    char piece[4096];
    size_t n = 1;

    if (zip_open(&z, name, &in, &e) != RC_OK)
        fail_msg("%s: %s", name, e.text);
    while (n) {
        if (in.read(in.ctx, piece, sizeof piece, &n, &e) != RC_OK)
            fail_msg("%s: %s", name, e.text);
        buf_put(&out, piece, n);
    }
    zip_close(&z);
    close(z.fd);
    const char *text = arena_strn(a, out.p, out.n);
    buf_free(&out);
    return text;
}

/* clang-format off */
static const struct {
    const char *name, *xsd;
    struct given given[LEVELS];
    const char *want;
} book_cases[] = {
    {"as it comes", PLAN("<lp:written as='xlsx'/>", RECORDS), RECORD_GIVEN,
     "[月报]\n1:period<>name<>amount<>day\n2:2026Q1<>甲<>1.5<>2026-03-01\n3:2026Q1<>b<>-2\n"},
    {"titles, a sheet's name, somewhere else",
     PLAN("<lp:written as='xlsx' header='titles' head='none' sheet='表 1' start='B3'/>", RECORDS), RECORD_GIVEN,
     "[表 1]\n3:<>名称<>amount<>day\n4:<>甲<>1.5<>2026-03-01\n5:<>b<>-2\n"},
    {"a cell of its own, a column left free",
     PLAN("<lp:written as='xlsx' start='A3'/>", CELLS("<lp:cell at='B1'/>", "<lp:cell column='C'/>")),
     {{"", ROOT}, {"record", "n\tname\tamount\n1\ta\t12345678901234567.25\n2\tb\t.5\n"}},
     "[月报]\n1:<>2026Q1\n3:<><>name<>amount\n4:<><>a<>12345678901234567.25\n5:<><>b<>0.5\n"},
    {"a list of nothing", PLAN("<lp:written as='xlsx'/>", LIST), {{"", "n\tfile\n1\tf\n"}, {"name", "n\tname\n"}},
     "[月报]\n1:file<>name\n"},
    {"cells alone", PLAN("<lp:written as='xlsx'/>", SAID("a", "string", "", "<lp:cell at='B2'/>") SAID("b", "integer", "", "<lp:cell at='A1'/>")),
     {{"", "n\ta\tb\n1\tx\t7\n"}}, "[月报]\n1:7\n2:<>x\n"},
};
/* clang-format on */

static void
workbooks_are_made(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof book_cases / sizeof *book_cases; i++) {
        char dir[FOLDER_SIZE];
        struct writer_done done;
        struct buf out = {0}, again = {0};
        struct err e = {0};
        struct file f;

        begin(&f, dir);
        if (file_open(&f, book_cases[i].xsd, book_cases[i].given, &e) != RC_OK ||
            write_one(&f, 1, &out, &done, &e) != RC_OK)
            fail_msg("%s: %s", book_cases[i].name, e.text);
        const char *got = workbook_text(f.a, &out);
        if (strcmp(got, book_cases[i].want) != 0)
            fail_msg("%s: gives\n%s\nmust give\n%s", book_cases[i].name, got, book_cases[i].want);
        writer_close(&f.w);
        assert_int_equal(file_open(&f, book_cases[i].xsd, book_cases[i].given, &e), RC_OK);
        assert_int_equal(write_one(&f, 1, &again, &done, &e), RC_OK);
        assert_true(again.n == out.n && memcmp(again.p, out.p, out.n) == 0);
        buf_free(&out);
        buf_free(&again);
        end(&f);
    }
}

/* Texts come back as they went; a reader of workbooks parts lines by LF alone. */
static void
workbook_texts_read_back(void **state)
{
    char dir[FOLDER_SIZE];
    struct writer_done done;
    struct buf out = {0}, want = {0};
    struct err e = {0};
    struct file f;

    (void)state;
    begin(&f, dir);
    const struct given given[LEVELS] = {
        {"record", values_given(f.a)}
    };
    assert_int_equal(file_open(&f, VALUE_XSD("as='xlsx' header='none'"), given, &e), RC_OK);
    assert_int_equal(write_one(&f, 1, &out, &done, &e), RC_OK);
    buf_str(&want, "[月报]\n");
    for (size_t i = 0; i < VALUES; i++)
        buf_printf(&want, "%zu:%s\n", i + 1, values[i]);
    assert_string_equal(workbook_text(f.a, &out), arena_strn(f.a, want.p, want.n));
    buf_free(&out);
    buf_free(&want);
    end(&f);
}

/* ---- golden cases: tests/golden/tables/<case>/ ---- */

/* Its files by a pattern, the first. */
static const char *
case_file(struct arena *a, const char *folder, const char *pattern)
{
    glob_t found;
    const char *file;

    if (glob(arena_printf(a, "%s/%s", folder, pattern), 0, NULL, &found) != 0)
        fail_msg("%s: there is no %s", folder, pattern);
    file = arena_str(a, found.gl_pathv[0]);
    globfree(&found);
    return file;
}

static const char *
file_text(struct arena *a, const char *path)
{
    FILE *f = fopen(path, "rb");
    struct buf b = {0};

    if (!f || !buf_read(&b, f, 1 << 20))
        fail_msg("%s: cannot be read", path);
    fclose(f);
    const char *text = arena_strn(a, b.p ? b.p : "", b.n);
    buf_free(&b);
    return text;
}

/* "folder/Order.Head.tsv" is level Order/Head, root.tsv the root's. */
static struct writer *
case_open(struct file *f, const char *folder)
{
    struct writer_level levels[LEVELS];
    struct plan *plan;
    struct err e = {0};
    glob_t found;

    assert_int_equal(glob(arena_printf(f->a, "%s/*.tsv", folder), 0, NULL, &found), 0);
    assert_in_range(found.gl_pathc, 1, LEVELS);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char *path = arena_str(f->a, strrchr(found.gl_pathv[i], '/') + 1);

        *strrchr(path, '.') = '\0';
        for (char *p = path; *p; p++)
            *p = *p == '.' ? '/' : *p;
        levels[i].path = strcmp(path, "root") == 0 ? "" : path;
        levels[i].rows = rows_open(f->a, &f->rows[i], file_text(f->a, found.gl_pathv[i]));
    }
    if (schema_compile(&plan, f->a, case_file(f->a, folder, "*.xsd"), NULL, NULL, &e) != RC_OK ||
        writer_open(&f->w, f->a, plan, levels, (uint32_t)found.gl_pathc, &e) != RC_OK)
        fail_msg("%s", e.text);
    globfree(&found);
    return f->w;
}

/* want holds a text's bytes, or of a workbook what our reader finds in it; LANDPORT_GOLDEN=write writes it. */
static void
golden_cases_come_out_the_same(void **state)
{
    const char *mode = getenv("LANDPORT_GOLDEN");
    glob_t found;

    (void)state;
    assert_int_equal(glob("tests/golden/tables/*", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct file f = {.a = arena_new("golden")};
        struct writer_done done;
        struct buf out = {0};
        struct err e = {0};
        const char *want, *got;

        f.w = case_open(&f, found.gl_pathv[i]);
        want = arena_printf(f.a, "%s/want", found.gl_pathv[i]);
        if (write_one(&f, 1, &out, &done, &e) != RC_OK)
            fail_msg("%s: %s", found.gl_pathv[i], e.text);
        got =
            memcmp(out.p, "PK", 2) == 0 ? workbook_text(f.a, &out) : arena_strn(f.a, out.p, out.n);
        if (mode && strcmp(mode, "write") == 0) {
            FILE *to = fopen(want, "wb");

            assert_non_null(to);
            fputs(got, to);
            assert_int_equal(fclose(to), 0);
        }
        if (strcmp(got, file_text(f.a, want)) != 0)
            fail_msg("%s: gives\n%s", want, got);
        buf_free(&out);
        writer_close(&f.w);
        arena_free(&f.a);
    }
    globfree(&found);
}

/* ---- into a workbook that is given ---- */

#define MAIN               "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define RELS               "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define LINK(id, type, to) "<Relationship Id='" id "' Type='" RELS "/" type "' Target='" to "'/>"
#define LINKS(all)                                                                                 \
    "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>" all     \
    "</Relationships>"
#define XFS                   "<xf numFmtId='0'/><xf numFmtId='49'/>"
#define STRING(ref, style, n) "<c r='" ref "' s='" style "' t='s'><v>" n "</v></c>"

/* A form as printed: a title over four columns, whose it is, titles, one row to copy, and a line for the seal. */
#define FORM_ROWS                                                                                  \
    "<row r='1' ht='30' customHeight='1'>" STRING(                                                 \
        "A1", "4",                                                                                 \
        "0") "</row>"                                                                              \
             "<row r='3'>" STRING(                                                                 \
                 "A3", "0",                                                                        \
                 "1") "<c r='B3' s='5' t='str'><v>(here)</v></c></row>"                            \
                      "<row r='5'>" STRING("A5", "6", "2") STRING(                                 \
                          "B5", "6",                                                               \
                          "3") "</row>"                                                            \
                               "<row r='6' ht='18'><c r='A6' s='7'/><c r='B6' "                    \
                               "s='8'><v>0</v></c><c r='C6' s='9'/></row>"                         \
                               "<row r='7'>" STRING("A7", "0", "4") "</row><row r='9'>" STRING(    \
                                   "B9", "0", "1") "<c r='C9' s='5'/></row>"
#define FORM_MERGES                                                                                \
    "<mergeCells count='3'><mergeCell ref='A1:D1'/><mergeCell ref='C6:D6'/><mergeCell "            \
    "ref='A7:C7'/></mergeCells>"
#define FORM_SHEET(rows, merges)                                                                   \
    "<?xml version='1.0' encoding='UTF-8'?><worksheet xmlns='" MAIN "' xmlns:r='" RELS "'>"        \
    "<dimension ref='A1:D9'/><cols><col min='1' max='9' width='14' style='3'/></cols>"             \
    "<sheetData>" rows "</sheetData>" merges "<pageSetup orientation='landscape'/></worksheet>"
#define FORM_STRINGS                                                                               \
    "<sst xmlns='" MAIN "'><si><t>报送表</t></si><si><t>单位</t></si><si><t>名称</t></si>"  \
    "<si><t>金额</t></si><si><t>声明</t></si></sst>"

static void
form_put(struct file *f, const char *sheet)
{
    /* clang-format off */
    const char *const parts[][2] = {
        {"[Content_Types].xml", "<Types/>"},
        {"_rels/.rels", LINKS(LINK("r1", "officeDocument", "xl/workbook.xml"))},
        {"xl/workbook.xml", "<workbook xmlns='" MAIN "' xmlns:r='" RELS "'><sheets><sheet name='说明' sheetId='1' r:id='r1'/>"
                            "<sheet name='表' sheetId='2' r:id='r2'/></sheets></workbook>"},
        {"xl/_rels/workbook.xml.rels", LINKS(LINK("r1", "worksheet", "worksheets/sheet1.xml") LINK("r2", "worksheet", "worksheets/sheet2.xml")
                                             LINK("r3", "sharedStrings", "sharedStrings.xml") LINK("r4", "styles", "styles.xml"))},
        {"xl/styles.xml", "<styleSheet xmlns='" MAIN "'><cellXfs>" XFS XFS XFS XFS XFS "</cellXfs></styleSheet>"},
        {"xl/worksheets/sheet1.xml", FORM_SHEET("<row r='1'><c r='A1'><v>1</v></c></row>", "")},
        {"xl/worksheets/sheet2.xml", sheet},
        {"xl/sharedStrings.xml", FORM_STRINGS},
        {"docProps/seal.bin", "\x01\x02 as it was"},
    };
    /* clang-format on */
    struct buf out = {0};
    struct err e;
    struct zipw *z = zipw_open(sink_buf(&out));
    FILE *to = fopen(arena_printf(f->a, "%s/form.xlsx", f->folder), "w");

    assert_non_null(to);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        assert_int_equal(zipw_begin(z, parts[i][0], &e), RC_OK);
        assert_int_equal(zipw_put(z, parts[i][1], strlen(parts[i][1]), &e), RC_OK);
        assert_int_equal(zipw_end(z, &e), RC_OK);
    }
    assert_int_equal(zipw_finish(z, &e), RC_OK);
    zipw_close(&z);
    assert_int_equal(fwrite(out.p, 1, out.n, to), out.n);
    assert_int_equal(fclose(to), 0);
    buf_free(&out);
}

/* The seal's line is told behind the records, and moves down with them. */
#define FORM_XSD                                                                                   \
    PLAN("<lp:written as='xlsx' template='form.xlsx' sheet='表' start='A6'/>",                     \
         SAID("company", "string", "", "<lp:cell at='B3'/>")                                       \
             NODE("record", "maxOccurs='9'", LEAF("name", "string") LEAF("amount", "decimal"))     \
                 NODE("seal", "minOccurs='0'", SAID("by", "string", "", "<lp:cell at='C9'/>")))
#define FORM_GIVEN(records)                                                                        \
    {                                                                                              \
        {"", "n\tcompany\n1\t甲公司\n2\t乙公司\n"}, {"record", records},                           \
        {                                                                                          \
            "seal", "n\tby\n1\t章\n"                                                              \
        }                                                                                          \
    }

static void
templates_keep_what_they_have(void **state)
{
    const struct given given[LEVELS] = FORM_GIVEN("n\tname\tamount\n1\ta\t1.5\n2\tb\t2\n3\tc\t\n");
    char dir[FOLDER_SIZE];
    struct writer_done done;
    struct buf out = {0};
    struct err e = {0};
    struct file f;

    (void)state;
    begin(&f, dir);
    form_put(&f, FORM_SHEET(FORM_ROWS, FORM_MERGES));
    if (file_open(&f, FORM_XSD, given, &e) != RC_OK || write_one(&f, 1, &out, &done, &e) != RC_OK)
        fail_msg("%s", e.text);
    assert_string_equal(workbook_text(f.a, &out),
                        "[说明]\n1:1\n[表]\n1:报送表\n3:单位<>甲公司\n5:名称<>金额\n"
                        "6:a<>1.5\n7:b<>2\n8:c\n9:声明\n11:<>单位<>章\n");
    assert_string_equal(part_text(f.a, &out, "docProps/seal.bin"), "\x01\x02 as it was");
    assert_string_equal(part_text(f.a, &out, "xl/sharedStrings.xml"), FORM_STRINGS);
    const char *sheet = part_text(f.a, &out, "xl/worksheets/sheet2.xml");
    /* clang-format off */
    const char *const kept[] = {
        "<row r=\"1\" ht=\"30\" customHeight=\"1\"><c r=\"A1\" s=\"4\" t=\"s\"><v>0</v></c></row>",
        "<c r=\"B3\" s=\"5\" t=\"inlineStr\">",
        "<row r=\"7\" ht=\"18\"><c r=\"A7\" s=\"7\" t=\"inlineStr\"><is><t xml:space=\"preserve\">b</t></is></c>"
        "<c r=\"B7\" s=\"8\"><v>2</v></c><c r=\"C7\" s=\"9\"/></row>",
        "<c r=\"B8\" s=\"8\"/>",
        "<mergeCells count=\"5\"><mergeCell ref=\"A1:D1\"/><mergeCell ref=\"C6:D6\"/><mergeCell ref=\"C7:D7\"/>"
        "<mergeCell ref=\"C8:D8\"/><mergeCell ref=\"A9:C9\"/></mergeCells><pageSetup orientation=\"landscape\"/>",
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (!strstr(sheet, kept[i]))
            fail_msg("%s is not in %s", kept[i], sheet);
    assert_null(strstr(sheet, "(here)"));
    assert_null(strstr(sheet, "dimension"));
    buf_free(&out);
    end(&f);
}

static void
templates_that_cannot_be_filled_are_refused(void **state)
{
    /* clang-format off */
    static const struct {
        const char *sheet, *xsd, *want;
    } cases[] = {
        {FORM_SHEET("<row r='1'><c r='A1'><f>SUM(A6:A6)</f><v>0</v></c></row>", ""), FORM_XSD, "sheet \"表\" has a formula"},
        {FORM_SHEET(FORM_ROWS, "<mergeCells><mergeCell ref='A5:A6'/></mergeCells>"), FORM_XSD, "cells A5:A6 are merged across row 6"},
        {"<x:worksheet xmlns:x='" MAIN "'><x:sheetData/></x:worksheet>", FORM_XSD, "the sheet's XML has a prefix"},
        {"<worksheet xmlns='" MAIN "'/>", FORM_XSD, "is no sheet"},
        {"<worksheet xmlns='" MAIN "'><sheetData>", FORM_XSD, "is no sheet"},
        {FORM_SHEET(FORM_ROWS, ""), PLAN("<lp:written as='xlsx' template='form.xlsx' sheet='不在' start='A6'/>", RECORDS), "there is no sheet \"不在\""},
        {FORM_SHEET(FORM_ROWS, ""),
         PLAN("<lp:written as='xlsx' template='form.xlsx' sheet='表' start='A6'/>",
              NODE("record", "maxOccurs='9'", LEAF("name", "string")) NODE("seal", "", SAID("by", "string", "", "<lp:cell at='C4'/>"))),
         "the cell of by lies above the rows, and the schema has it behind them"},
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct given given[LEVELS] = {
            {"record", "n\n"}
        };
        char dir[FOLDER_SIZE];
        struct err e = {0};
        struct file f;

        begin(&f, dir);
        form_put(&f, cases[i].sheet);
        assert_int_equal(file_open(&f, cases[i].xsd, given, &e), RC_FAIL);
        if (e.code != ERR_SCHEMA || !strstr(e.text, cases[i].want))
            fail_msg("\"%s\" is not in \"%s\"", cases[i].want, e.text);
        end(&f);
    }
}

/* ---- long ones ---- */

static rc_t
count_bytes(void *ctx, const void *p, size_t n, struct err *e)
{
    (void)p, (void)e;
    *(uint64_t *)ctx += n;
    return RC_OK;
}

static long
peak_kib(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return u.ru_maxrss;
}

static void
memory_does_not_grow_with_the_rows(void **state)
{
    static const char *const forms[] = {"as='xlsx'", "as='csv' charset='GB18030'"};
    const uint64_t rows = 200000;

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        const struct given given[LEVELS] = {
            {"record", "n\tname\tamount\n1\t一个名称\t12.50\n"}
        };
        char dir[FOLDER_SIZE];
        struct writer_done done;
        struct err e = {0};
        struct file f;
        uint64_t bytes = 0;
        long before;

        begin(&f, dir);
        const char *xsd = arena_printf(f.a,
                                       PLAN("<lp:written %s head='none'/>",
                                            NODE("record", "maxOccurs='unbounded'",
                                                 LEAF("name", "string") LEAF("amount", "decimal"))),
                                       forms[i]);
        assert_int_equal(file_open(&f, xsd, given, &e), RC_OK);
        f.rows[0].times = rows;
        before = peak_kib();
        assert_int_equal(writer_message(f.w, 1, 0, (struct sink){count_bytes, &bytes}, &done, &e),
                         RC_OK);
        assert_int_equal(done.documents, rows);
        assert_int_equal(done.bytes, bytes);
        assert_in_range(peak_kib() - before, 0, 4096);
        end(&f);
    }
}

static void
more_rows_than_a_sheet_has_are_refused(void **state)
{
    char dir[FOLDER_SIZE];
    struct writer_done done;
    struct err e = {0};
    struct file f;
    uint64_t bytes = 0;

    (void)state;
    begin(&f, dir);
    const struct given names[LEVELS] = {
        {"record", "n\tname\n1\ta\n"}
    };
    for (uint32_t more = 0; more < 2; more++) { /* the last row there is, and one more */
        assert_int_equal(
            file_open(&f,
                      PLAN("<lp:written as='xlsx' head='none' start='A1048000'/>",
                           NODE("record", "maxOccurs='unbounded'", LEAF("name", "string"))),
                      names, &e),
            RC_OK);
        f.rows[0].times = 576 + more;
        assert_int_equal(writer_message(f.w, 1, 0, (struct sink){count_bytes, &bytes}, &done, &e),
                         more ? RC_FAIL : RC_OK);
        if (!more)
            writer_close(&f.w);
    }
    assert_non_null(strstr(e.text, "more rows than a sheet has"));
    end(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_what_the_format_says),
        cmocka_unit_test(a_file_takes_as_many_documents_as_its_format),
        cmocka_unit_test(a_message_alone_needs_no_row),
        cmocka_unit_test(what_a_file_cannot_hold_is_its_documents_fault),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(text_reads_back),
        cmocka_unit_test(workbooks_are_made),
        cmocka_unit_test(workbook_texts_read_back),
        cmocka_unit_test(golden_cases_come_out_the_same),
        cmocka_unit_test(templates_keep_what_they_have),
        cmocka_unit_test(templates_that_cannot_be_filled_are_refused),
        cmocka_unit_test(memory_does_not_grow_with_the_rows),
        cmocka_unit_test(more_rows_than_a_sheet_has_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
