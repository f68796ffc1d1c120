/*
 * The writer of messages against tests/golden/<format>/: one <level>.tsv a level ("." for "/", root
 * for the root; \t \n \r \\ as in COPY, empty: no value) and want.xml, want-2.xml … a message of
 * at most two documents each; its plan is formats/<folder>/<format>.xsd. LANDPORT_GOLDEN=write
 * writes the want files anew.
 * The customs schema as published is looked for in ../shared/official or $LANDPORT_OFFICIAL.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <glob.h>
#include <libxml/xmlschemas.h>
#include <libxml/xmlschemastypes.h>
#include <unistd.h>

#include "formats/write/writer.h"

#define CODES        "formats/codes"
#define CUSTOMS_NS   "http://www.chinaport.gov.cn/ceb"
#define MAX_LEVELS   8
#define DOCUMENTS    2 /* a message in the golden cases */
#define MAX_MESSAGES 4

struct table {
    struct writer_level level;
    struct span **rows;
    struct span *given; /* a copy that is overwritten, so that a stale row shows */
    uint32_t count, at;
};

struct input {
    struct arena *a;
    struct table tables[MAX_LEVELS];
    uint32_t count;
};

/* Reading the case. */

static struct buf
file_read(const char *path)
{
    struct buf b = {NULL, 0, 0};
    char piece[4096];
    size_t n;
    FILE *f = fopen(path, "rb");

    if (!f)
        fail_msg("%s: not there", path);
    while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
        buf_put(&b, piece, n);
    fclose(f);
    buf_put(&b, "", 1); /* a NUL that does not count */
    b.n--;
    return b;
}

static struct span
unescape(struct arena *a, const char *p, size_t n)
{
    static const char from[] = "tnr\\", to[] = "\t\n\r\\";
    char *out = arena_alloc(a, n + 1);
    size_t used = 0;

    for (size_t i = 0; i < n; i++) {
        const char *at = p[i] == '\\' && i + 1 < n ? strchr(from, p[i + 1]) : NULL;

        out[used++] = at ? to[at - from] : p[i];
        i += at != NULL;
    }
    return n ? (struct span){out, used} : (struct span){NULL, 0};
}

static uint32_t
count_of(const char *p, char c, char end)
{
    uint32_t n = 0;

    for (; *p && *p != end; p++)
        n += *p == c;
    return n;
}

static struct span *
row_parse(struct arena *a, const char **p, uint32_t columns)
{
    struct span *row = ARENA_ARRAY(a, struct span, columns);

    for (uint32_t i = 0; i < columns; i++) {
        size_t n = strcspn(*p, "\t\n");

        row[i] = unescape(a, *p, n);
        *p += n;
        assert_true(**p == (i + 1 < columns ? '\t' : '\n'));
        ++*p;
    }
    return row;
}

static rc_t
table_next(void *ctx, const struct span **values, struct err *e)
{
    struct table *t = ctx;

    (void)e;
    if (t->at == t->count)
        return RC_END;
    memcpy(t->given, t->rows[t->at++], t->level.rows.count * sizeof(*t->given));
    *values = t->given;
    return RC_OK;
}

static void
table_parse(struct input *in, const char *path, const char *text)
{
    struct table *t = &in->tables[in->count++];
    uint32_t columns = count_of(text, '\t', '\n') + 1, lines = count_of(text, '\n', 0);
    struct span *names = row_parse(in->a, &text, columns);

    t->level.path = path;
    t->level.rows = (struct writer_rows){table_next, t, NULL, columns};
    t->level.rows.columns = ARENA_ARRAY(in->a, const char *, columns);
    for (uint32_t i = 0; i < columns; i++)
        t->level.rows.columns[i] = arena_span(in->a, names[i]);
    t->rows = ARENA_ARRAY(in->a, struct span *, lines);
    t->given = ARENA_ARRAY(in->a, struct span, columns);
    for (t->count = 0; *text; t->count++)
        t->rows[t->count] = row_parse(in->a, &text, columns);
}

/* "tests/golden/ceb303/Order.OrderHead.tsv" is level Order/OrderHead */
static const char *
level_of(struct arena *a, const char *file)
{
    char *path = arena_str(a, strrchr(file, '/') + 1);

    *strrchr(path, '.') = 0;
    for (char *p = path; *p; p++)
        if (*p == '.')
            *p = '/';
    return strcmp(path, "root") == 0 ? "" : path;
}

static void
input_read(struct input *in, const char *name)
{
    glob_t found;

    in->a = arena_new("input");
    in->count = 0;
    assert_int_equal(glob(arena_printf(in->a, "tests/golden/%s/*.tsv", name), 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct buf text = file_read(found.gl_pathv[i]);

        table_parse(in, level_of(in->a, found.gl_pathv[i]), text.p);
        buf_free(&text);
    }
    globfree(&found);
}

static struct writer *
open_writer(struct input *in, const struct plan *plan, struct err *e, rc_t *rc)
{
    struct writer_level levels[MAX_LEVELS];
    struct writer *w = NULL;

    for (uint32_t i = 0; i < in->count; i++) {
        in->tables[i].at = 0;
        levels[i] = in->tables[i].level;
    }
    *rc = writer_open(&w, in->a, plan, levels, in->count, e);
    return w;
}

static struct plan *
plan_read(struct arena *a, const char *file, const char *root)
{
    struct plan *plan = NULL;
    struct err e;

    if (schema_compile(&plan, a, file, root, CODES, &e) != RC_OK)
        fail_msg("%s", e.text);
    return plan;
}

/* Where the messages that were written last are to be filled. */
static uint64_t holes[MAX_MESSAGES];

/* All messages of the input; how many. */
static uint32_t
write_all(struct input *in, const struct plan *plan, struct buf out[MAX_MESSAGES])
{
    struct writer_done done;
    struct err e;
    uint32_t n = 0;
    rc_t rc;
    struct writer *w = open_writer(in, plan, &e, &rc);

    memset(out, 0, MAX_MESSAGES * sizeof(*out));
    if (rc == RC_OK)
        writer_fills(w);
    while (rc == RC_OK && n < MAX_MESSAGES) {
        rc = writer_message(w, n + 1, DOCUMENTS, sink_buf(&out[n]), &done, &e);
        assert_int_equal(done.bytes, out[n].n);
        if (rc == RC_OK)
            holes[n++] = done.hole;
    }
    if (rc != RC_END)
        fail_msg("%s", e.text);
    writer_close(&w);
    writer_close(&w);
    return n;
}

/* Validation by libxml2. */

static void say(void *ctx, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void
say(void *ctx, const char *format, ...)
{
    va_list ap;

    (void)ctx;
    va_start(ap, format);
    vfprintf(stderr, format, ap);
    va_end(ap);
}

static void
assert_valid(const char *xsd, const struct buf *xml)
{
    xmlSchemaParserCtxtPtr parser = xmlSchemaNewParserCtxt(xsd);
    xmlSchemaPtr schema = xmlSchemaParse(parser);
    xmlSchemaValidCtxtPtr valid = xmlSchemaNewValidCtxt(schema);
    xmlDocPtr doc = xmlReadMemory(xml->p, (int)xml->n, "message", NULL, XML_PARSE_NONET);

    assert_non_null(schema);
    assert_non_null(doc);
    xmlSchemaSetValidErrors(valid, say, say, NULL);
    assert_int_equal(xmlSchemaValidateDoc(valid, doc), 0);
    xmlFreeDoc(doc);
    xmlSchemaFreeValidCtxt(valid);
    xmlSchemaFree(schema);
    xmlSchemaFreeParserCtxt(parser);
}

/* The published schemas: export and import messages. Absent: a line says so. */
static const char *const official_names[] = {"exp22.xsd", "imp22.xsd"};

static const char *
official_file(struct arena *a, const char *name)
{
    const char *dir = getenv("LANDPORT_OFFICIAL");
    const char *file = arena_printf(a, "%s/%s", dir ? dir : "../shared/official", name);

    if (access(file, R_OK) == 0)
        return file;
    print_message("not tested: %s is not there (set LANDPORT_OFFICIAL)\n", file);
    return NULL;
}

/* Some messages must bear a signature, which is put in after they are written; this one verifies
 * nothing, it only stands in the place. */
static const char signature[] =
    "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>"
    "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315\"/>"
    "<ds:SignatureMethod Algorithm=\"http://www.w3.org/2000/09/xmldsig#rsa-sha1\"/>"
    "<ds:Reference URI=\"\"><ds:DigestMethod Algorithm=\"http://www.w3.org/2000/09/xmldsig#sha1\"/>"
    "<ds:DigestValue>AAAA</ds:DigestValue></ds:Reference></ds:SignedInfo>"
    "<ds:SignatureValue>AAAA</ds:SignatureValue></ds:Signature>";

static void
fill(struct buf *xml, uint64_t hole, const char *with)
{
    struct buf out = {NULL, 0, 0};

    assert_true(hole > 0 && hole < xml->n);
    buf_put(&out, xml->p, hole);
    buf_str(&out, with);
    buf_put(&out, xml->p + hole, xml->n - hole);
    buf_free(xml);
    *xml = out;
}

/* Golden cases. */

/* formats/<folder>/<name>.xsd */
static const struct plan *
plan_of(struct arena *a, const char *name)
{
    const struct plan *plan;
    glob_t found;

    if (glob(arena_printf(a, "formats/*/%s.xsd", name), 0, NULL, &found) != 0)
        fail_msg("tests/golden/%s: there is no formats/*/%s.xsd", name, name);
    plan = plan_read(a, found.gl_pathv[0], NULL);
    globfree(&found);
    return plan;
}

/* Each folder with a root.tsv is a case; calls fn for it with its input and plan. */
static void
each_golden_case(void (*fn)(const char *name, struct input *in, const struct plan *plan))
{
    glob_t found;

    assert_int_equal(glob("tests/golden/*/root.tsv", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char *name = found.gl_pathv[i] + strlen("tests/golden/");
        struct input in;

        *strchr(name, '/') = 0;
        input_read(&in, name);
        fn(name, &in, plan_of(in.a, name));
        arena_free(&in.a);
    }
    globfree(&found);
}

static void
compare_golden(struct arena *a, const char *name, uint32_t message, const struct buf *got)
{
    const char *number = message > 1 ? arena_printf(a, "-%u", message) : "";
    const char *path = arena_printf(a, "tests/golden/%s/want%s.xml", name, number);
    const char *mode = getenv("LANDPORT_GOLDEN");

    if (mode && strcmp(mode, "write") == 0) {
        FILE *f = fopen(path, "wb");

        assert_non_null(f);
        assert_int_equal(fwrite(got->p, 1, got->n, f), got->n);
        assert_int_equal(fclose(f), 0);
    }

    struct buf want = file_read(path);

    if (want.n != got->n || memcmp(want.p, got->p, want.n) != 0)
        fail_msg("%s differs; got:\n%.*s", path, (int)got->n, got->p);
    buf_free(&want);
}

static void
golden_case(const char *name, struct input *in, const struct plan *plan)
{
    struct buf out[MAX_MESSAGES];
    uint32_t n = write_all(in, plan, out);

    assert_true(n > 0);
    for (uint32_t i = 0; i < n; i++) {
        compare_golden(in->a, name, i + 1, &out[i]);
        assert_valid(plan->file, &out[i]);
        buf_free(&out[i]);
    }
}

static void
golden_cases_come_out_and_are_valid(void **state)
{
    (void)state;
    each_golden_case(golden_case);
}

static void
assert_published_writes(const char *file, struct input *in, const struct plan *plan)
{
    struct buf ours[MAX_MESSAGES], theirs[MAX_MESSAGES];
    uint32_t n = write_all(in, plan, ours);

    assert_int_equal(write_all(in, plan_read(in->a, file, plan->root->name), theirs), n);
    for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(ours[i].n, theirs[i].n);
        assert_memory_equal(ours[i].p, theirs[i].p, ours[i].n);
        fill(&ours[i], holes[i], signature);
        assert_valid(file, &ours[i]);
        buf_free(&ours[i]);
        buf_free(&theirs[i]);
    }
}

static bool
declares(const char *file, const char *root)
{
    struct buf text = file_read(file);
    char declaration[96];
    bool found;

    snprintf(declaration, sizeof(declaration), "<xs:element name=\"%s\">", root);
    found = strstr(text.p, declaration) != NULL;
    buf_free(&text);
    return found;
}

static uint32_t official_cases;

static void
official_case(const char *name, struct input *in, const struct plan *plan)
{
    if (strcmp(plan->target_ns, CUSTOMS_NS) != 0)
        return;
    for (size_t i = 0; i < 2; i++) {
        const char *file = official_file(in->a, official_names[i]);

        if (file && declares(file, plan->root->name)) {
            assert_published_writes(file, in, plan);
            official_cases++;
            return;
        }
    }
    fail_msg("%s: no published schema has %s", name, plan->root->name);
}

/* Every message of ours that is sent to customs. */
static void
published_schema_accepts_and_writes_the_same_bytes(void **state)
{
    struct arena *a = arena_new("official");

    (void)state;
    if (official_file(a, official_names[0]) && official_file(a, official_names[1])) {
        official_cases = 0;
        each_golden_case(official_case);
        assert_true(official_cases >= 19);
    }
    arena_free(&a);
}

/* What must not be written: one value of a golden case changed, and what the error says. */

static const struct bad_case {
    const char *what, *golden, *level;
    uint32_t row;
    const char *column, *value, *want;
} bad_cases[] = {
  /* clang-format off: it would give each column of the table the width of the longest text */
    {"required empty",       "ceb303",   "Order/OrderHead",         1, "order_no",    "",
     "CEB303Message document 2 OrderHead orderNo: a required value is missing"                                                        },
    {"too long",             "ceb303",   "Order/OrderList",         1, "unit",        "0077",
     "CEB303Message document 1 OrderList 2 unit: must be exactly 3 characters, is \"0077\""                                           },
    {"not a number",         "ceb303",   "Order/OrderHead",         2, "goods_value", "1,5",   "must be a number"                     },
    {"not a truth value",    "manifest", "",                        0, "test",        "yes",   "must be true or false"                },
    {"not the fixed value",  "ceb603",   "Inventory/InventoryHead", 0, "i_flag",      "1",     "must be 3"                            },
    {"bad attribute",        "ceb403",   "",                        0, "guid",        "short", "CEB403Message message 1 guid: must be"},
    {"no attribute",         "ceb403",   "",                        0, "version",     "",      "version: a required value is missing" },
    {"only blanks",          "ceb505",   "Logistics",               0, "goods_info",  " \t",   "goodsInfo: a required"                },
    {"control character",    "ceb505",   "Logistics",               0, "note",        "\x01",  "control character"                    },
    {"no number",            "ceb303",   "Order/OrderList",         0, "doc_no",      "x",     "has no number"                        },
    {"not in order",         "ceb303",   "Order/OrderList",         3, "doc_no",      "1",     "not ordered"                          },
    {"list away",            "ceb303",   "Order/OrderList",         0, "doc_no",      "99",
     "CEB303Message document 1 OrderList: stands 0 times, at least 1 needed"                                                          },
    {"head away",            "ceb303",   "Order/OrderHead",         0, "doc_no",      "2",
     "CEB303Message document 1 OrderHead: stands 0 times, at least 1 needed"                                                          },
    {"document twice",       "ceb403",   "Receipts",                1, "doc_no",      "1",     "stands more than 1 times"             },
    {"head twice",           "ceb303",   "Order/OrderHead",         1, "doc_no",      "1",     "OrderHead: stands more than 1"        },
    {"message row twice",    "ceb303",   "BaseTransfer",            1, "message_no",  "1",     "more than 1 times"                    },
    {"root row twice",       "ceb303",   "",                        1, "message_no",  "1",     "no place for"                         },
    {"message row away",     "ceb303",   "BaseTransfer",            1, "message_no",  "3",
     "message 2 BaseTransfer: stands 0 times"                                                                                         },
    {"message row too late", "ceb303",   "BaseTransfer",            0, "message_no",  "0",
     "message was written without this row"                                                                                           },
    {"not in the list",      "ack",      "",                        0, "state",       "maybe", "ack message 1 state: must be one of"  },
 /* clang-format on */
};

static struct table *
table_of(struct input *in, const char *level)
{
    for (uint32_t i = 0; i < in->count; i++)
        if (strcmp(in->tables[i].level.path, level) == 0)
            return &in->tables[i];
    fail_msg("no level %s", level);
    return NULL;
}

static uint32_t
column_of(const struct table *t, const char *column)
{
    for (uint32_t i = 0; i < t->level.rows.count; i++)
        if (strcmp(t->level.rows.columns[i], column) == 0)
            return i;
    fail_msg("no column %s", column);
    return 0;
}

/* Write until an error; e holds it. */
static rc_t
write_until(struct input *in, const struct plan *plan, struct err *e)
{
    struct writer_done done;
    struct buf out = {NULL, 0, 0};
    rc_t rc;
    struct writer *w = open_writer(in, plan, e, &rc);

    for (uint64_t message = 1; rc == RC_OK; message++)
        rc = writer_message(w, message, DOCUMENTS, sink_buf(&out), &done, e);
    writer_close(&w);
    buf_free(&out);
    return rc;
}

static void
bad_rows_are_refused_with_their_place(void **state)
{
    (void)state;
    for (size_t c = 0; c < sizeof(bad_cases) / sizeof(bad_cases[0]); c++) {
        const struct bad_case *bad = &bad_cases[c];
        struct input in;
        struct err e = {0};

        input_read(&in, bad->golden);
        struct table *t = table_of(&in, bad->level);
        const struct plan *plan = plan_of(in.a, bad->golden);

        t->rows[bad->row][column_of(t, bad->column)] = span_of(bad->value);
        /* what is a document's own costs only that document */
        rc_t rc = write_until(&in, plan, &e);

        assert_int_equal(rc, strstr(e.text, "Message document ") ? RC_REJECT : RC_FAIL);
        if (!strstr(e.text, bad->want))
            fail_msg("%s: \"%s\" is not in \"%s\"", bad->what, bad->want, e.text);
        arena_free(&in.a);
    }
}

static void
levels_that_do_not_fit_are_refused(void **state)
{
    struct err e = {0};
    struct input in;

    (void)state;
    input_read(&in, "ceb303");
    const struct plan *plan = plan_of(in.a, "ceb303");
    struct table *t = table_of(&in, "Order/OrderHead");

    t->level.rows.columns[3] = "no_such_column";
    assert_int_equal(write_until(&in, plan, &e), RC_FAIL);
    assert_int_equal(e.code, ERR_EXTRACT);
    assert_non_null(strstr(e.text, "column no_such_column is no element or attribute of"));
    t->level.path = "Order/Nothing";
    assert_int_equal(write_until(&in, plan, &e), RC_FAIL);
    assert_non_null(strstr(e.text, "level \"Order/Nothing\": there is no such element"));
    arena_free(&in.a);
}

/* More lines than the schema allows. */
static void
the_hundred_and_first_line_is_refused(void **state)
{
    struct err e = {0};
    struct input in;

    (void)state;
    input_read(&in, "ceb303");
    const struct plan *plan = plan_of(in.a, "ceb303");
    struct table *t = table_of(&in, "Order/OrderList");
    struct span **rows = ARENA_ARRAY(in.a, struct span *, 104);

    for (uint32_t i = 0; i < 101; i++)
        rows[i] = t->rows[0];
    memcpy(rows + 101, t->rows + 2, 2 * sizeof(*rows));
    t->rows = rows;
    t->count = 103;
    assert_int_equal(write_until(&in, plan, &e), RC_REJECT);
    assert_non_null(strstr(e.text, "document 1 OrderList 101: stands more than 100 times"));
    t->rows = rows + 1;
    t->count = 102;
    assert_int_equal(write_until(&in, plan, &e), RC_END);
    arena_free(&in.a);
}

/* Schemas of other shapes, written to a temporary file. */

struct shape {
    struct input in;
    const struct plan *plan;
    char file[64];
};

static void
shape_open(struct shape *s, const char *xsd)
{
    int fd;

    snprintf(s->file, sizeof(s->file), "/tmp/landport-xmlw-XXXXXX");
    fd = mkstemp(s->file);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, xsd, strlen(xsd)), strlen(xsd));
    close(fd);
    s->in.a = arena_new("shape");
    s->in.count = 0;
    s->plan = plan_read(s->in.a, s->file, NULL);
}

static void
shape_level(struct shape *s, const char *path, const char *tsv)
{
    table_parse(&s->in, path, tsv);
}

static void
shape_close(struct shape *s)
{
    unlink(s->file);
    arena_free(&s->in.a);
}

/* The message without its first line and without line feeds. */
static void
shape_assert(struct shape *s, const char *want)
{
    static const char declaration[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    struct buf out[MAX_MESSAGES];

    assert_int_equal(write_all(&s->in, s->plan, out), 1);
    assert_valid(s->file, &out[0]);
    assert_memory_equal(out[0].p, declaration, sizeof(declaration) - 1);
    buf_put(&out[0], "", 1);
    assert_string_equal(out[0].p + sizeof(declaration) - 1, want);
    buf_free(&out[0]);
}

#define XS "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'"

static const char choice_xsd[] =
    XS " xmlns='urn:t' targetNamespace='urn:t' elementFormDefault='qualified'>"
       "<xs:element name='m'><xs:complexType><xs:sequence>"
       "<xs:element name='head' minOccurs='0'><xs:complexType><xs:sequence>"
       "<xs:element name='at' type='xs:string'/></xs:sequence></xs:complexType></xs:element>"
       "<xs:element name='doc' maxOccurs='unbounded'><xs:complexType><xs:sequence>"
       "<xs:choice><xs:element name='person' type='xs:string'/>"
       "<xs:sequence><xs:element name='firm' type='xs:string'/>"
       "<xs:element name='seat' type='xs:string'/></xs:sequence></xs:choice>"
       "<xs:sequence minOccurs='0'><xs:element name='net' type='xs:decimal'/>"
       "<xs:element name='gross' type='xs:decimal'/></xs:sequence>"
       "<xs:element name='kind' type='xs:string' fixed='K'/>"
       "<xs:element name='tag' type='xs:string' minOccurs='0' maxOccurs='3'/>"
       "</xs:sequence></xs:complexType></xs:element>"
       "</xs:sequence></xs:complexType></xs:element></xs:schema>";

static void
a_column_that_must_be_there_is_missed_before_a_row_is(void **state)
{
    static const struct {
        const char *doc, *head, *want; /* head NULL: that level is not asked for */
    } cases[] = {
        {"n\tperson\n",          NULL,      NULL                                    },
        {"n\tfirm\tseat\tnet\n", "n\tat\n",
         NULL                                                                       }, /* of what may be away no row says so before it is there */
        {"n\n",                  NULL,      "level \"doc\" gives no column person; "},
        {"n\tperson\n",          "n\n",     "level \"head\" gives no column at; "   },
    };
    struct err e = {0};
    uint32_t level;
    rc_t rc;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct shape s;

        shape_open(&s, choice_xsd);
        shape_level(&s, "doc", cases[i].doc);
        if (cases[i].head)
            shape_level(&s, "head", cases[i].head);
        struct writer *w = open_writer(&s.in, s.plan, &e, &rc);

        assert_int_equal(rc, RC_OK);
        rc = writer_required(w, &level, &e);
        writer_close(&w);
        assert_int_equal(rc, cases[i].want ? RC_FAIL : RC_OK);
        if (cases[i].want) {
            assert_int_equal(level, cases[i].head ? 1 : 0);
            assert_int_equal(e.code, ERR_EXTRACT);
            if (!strstr(e.text, cases[i].want))
                fail_msg("%s", e.text);
        }
        shape_close(&s);
    }
}

/* What has a fixed value or is made by whoever takes the message needs no column; what no level gives at all does. */
static void
golden_levels_have_what_must_be_there(void **state)
{
    static const char *const names[] = {"ceb303", "ceb403", "ack"};
    struct err e = {0};
    uint32_t level;
    rc_t rc;

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct input in;

        input_read(&in, names[i]);
        struct writer *w = open_writer(&in, plan_of(in.a, names[i]), &e, &rc);

        assert_int_equal(rc, RC_OK);
        if (writer_required(w, &level, &e) != RC_OK)
            fail_msg("%s: %s", names[i], e.text);
        writer_close(&w);
        arena_free(&in.a);
    }
}

static void
choices_groups_and_the_default_namespace(void **state)
{
    struct shape s;
    struct err e = {0};

    (void)state;
    shape_open(&s, choice_xsd);
    shape_level(&s, "doc", "n\tperson\tfirm\tseat\tnet\tgross\n1\tp\t\t\t\t\n2\t\tf\ts\t1\t2.0\n");
    shape_level(&s, "doc/tag", "n\ttag\n2\ta\"<\n2\tb\n");
    shape_assert(&s, "<m xmlns=\"urn:t\">\n<doc><person>p</person><kind>K</kind></doc>\n"
                     "<doc><firm>f</firm><seat>s</seat><net>1</net><gross>2.0</gross>"
                     "<kind>K</kind><tag>a\"&lt;</tag><tag>b</tag></doc>\n</m>\n");
    s.in.tables[0].rows[0][2] = SPAN("both");
    assert_int_equal(write_until(&s.in, s.plan, &e), RC_REJECT);
    assert_non_null(strstr(e.text, "excludes the alternative before it"));
    s.in.tables[0].rows[0][1] = s.in.tables[0].rows[0][2] = SPAN("");
    assert_int_equal(write_until(&s.in, s.plan, &e), RC_REJECT);
    assert_non_null(strstr(e.text, "m document 1 doc person: or one of its alternatives"));
    shape_close(&s);
}

/* "2 4 5 " and what was said of them last. */
struct named {
    char numbers[64];
    struct err last;
};

static void
name_document(void *ctx, uint64_t document, const struct err *e)
{
    struct named *n = ctx;
    size_t used = strlen(n->numbers);

    assert_int_equal(e->rc, RC_REJECT);
    snprintf(n->numbers + used, sizeof(n->numbers) - used, "%d ", (int)document);
    n->last = *e;
}

/* The second has both alternatives, the fourth no rows at all, the fifth a tag too many, the last of
 * seven is not there either. */
static void
documents_at_fault_are_named_alone(void **state)
{
    static const struct {
        uint64_t counted;
        bool after;
        const char *want;
    } cases[] = {
        {7, false, "2 4 5 7 "},
        {7, true,  "4 5 7 "  },
        {0, false, "2 5 "    },
        {0, true,  "5 "      },
    };
    struct shape s;

    (void)state;
    shape_open(&s, choice_xsd);
    shape_level(&s, "doc", "n\tperson\tfirm\n1\ta\t\n2\tb\tb\n3\tc\t\n5\te\t\n6\tf\t\n");
    shape_level(&s, "doc/tag", "n\ttag\n2\tx\n2\ty\n5\t1\n5\t2\n5\t3\n5\t4\n");
    for (size_t c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
        struct named named = {0};
        struct writer_done done;
        struct buf out = {NULL, 0, 0};
        struct err e = {0};
        rc_t rc;
        struct writer *w = open_writer(&s.in, s.plan, &e, &rc);

        writer_counts(w, cases[c].counted);
        if (cases[c].after) {
            assert_int_equal(writer_message(w, 1, 0, sink_buf(&out), &done, &e), RC_REJECT);
            assert_int_equal(done.document, 2);
        }
        assert_int_equal(writer_faults(w, name_document, &named, &e), RC_OK);
        assert_string_equal(named.numbers, cases[c].want);
        assert_string_equal(named.last.text,
                            cases[c].counted ? "m document 7 doc: stands 0 times, at least 1 needed"
                                             : "m document 5 doc 4: stands more than 3 times");
        writer_close(&w);
        buf_free(&out);
    }
    shape_close(&s);
}

static const char attribute_xsd[] =
    XS " xmlns:lp='urn:landport:format' xmlns:t='urn:t' targetNamespace='urn:t'>"
       "<xs:element name='m'><xs:complexType><xs:sequence>"
       "<xs:element name='name' minOccurs='0'><xs:annotation><xs:appinfo><lp:personal/>"
       "</xs:appinfo></xs:annotation><xs:simpleType><xs:restriction base='xs:string'>"
       "<xs:maxLength value='300000'/></xs:restriction></xs:simpleType></xs:element>"
       "<xs:element name='amount' minOccurs='0'><xs:complexType><xs:simpleContent>"
       "<xs:extension base='xs:decimal'><xs:attribute name='ccy' type='xs:string'/>"
       "</xs:extension></xs:simpleContent></xs:complexType></xs:element>"
       "</xs:sequence><xs:attribute name='id' type='xs:string' use='required'/>"
       "<xs:attribute name='v' type='xs:string' default='1'/>"
       "</xs:complexType></xs:element></xs:schema>";

static void
attributes_are_escaped_and_persons_kept_quiet(void **state)
{
    struct shape s;
    struct err e = {0};

    (void)state;
    shape_open(&s, attribute_xsd);
    shape_level(&s, "", "n\tid\tname\tamount\tamount_ccy\n1\t\"<&>\\t\\n\\r'\t>\\r&\t1.5\tE\"R\n");
    shape_assert(&s, "<t:m xmlns:t=\"urn:t\" id=\"&quot;&lt;&amp;&gt;&#9;&#10;&#13;'\" v=\"1\">\n"
                     "<name>&gt;&#13;&amp;</name>\n<amount ccy=\"E&quot;R\">1.5</amount>\n"
                     "</t:m>\n");
    char *secret = arena_alloc(s.in.a, 300001);

    memset(secret, 'x', 300001);
    s.in.tables[0].rows[0][2] = (struct span){secret, 300001};
    assert_int_equal(write_until(&s.in, s.plan, &e), RC_FAIL);
    assert_string_equal(e.text, "m message 1 name: must be at most 300000 characters");
    shape_close(&s);
}

static const char hole_xsd[] =
    XS " xmlns:lp='urn:landport:format'>"
       "<xs:element name='m'><xs:complexType><xs:sequence>"
       "<xs:element name='head' type='xs:string'/>"
       "<xs:element name='data' type='xs:base64Binary'><xs:annotation><xs:appinfo><lp:payload/>"
       "</xs:appinfo></xs:annotation></xs:element>"
       "</xs:sequence></xs:complexType></xs:element></xs:schema>";

/* A message around another; by itself it is not complete. */
static void
a_payload_has_its_place(void **state)
{
    struct buf out[MAX_MESSAGES];
    struct shape s;
    struct err e = {0};

    (void)state;
    shape_open(&s, hole_xsd);
    shape_level(&s, "", "n\thead\n1\th\n");
    assert_int_equal(write_until(&s.in, s.plan, &e), RC_FAIL);
    assert_string_equal(e.text, "m message 1 data: a required value is missing");
    assert_int_equal(write_all(&s.in, s.plan, out), 1);
    fill(&out[0], holes[0], "AAAA");
    buf_put(&out[0], "", 1);
    assert_string_equal(strchr(out[0].p, '\n'), "\n<m>\n<head>h</head>\n<data>AAAA</data>\n</m>\n");
    buf_free(&out[0]);
    shape_close(&s);
}

/* Every kind of byte at every place, and values larger than the output buffer. */
static void
what_is_written_reads_back_the_same(void **state)
{
    static const char mix[] = "ab<c&d>\"\r\n\t 茶𠮷'";
    struct shape s;

    (void)state;
    shape_open(&s, attribute_xsd);
    shape_level(&s, "", "n\tid\tname\n1\ti\tx\n");
    char *text = arena_alloc(s.in.a, 300000);

    for (size_t i = 0; i + sizeof(mix) <= 300000; i += sizeof(mix) - 1)
        memcpy(text + i, mix, sizeof(mix));
    for (size_t n = 1; n < 250000; n = n < 60 ? n + 1 : n * 3) {
        struct buf out[MAX_MESSAGES];
        struct span value = {text + n % 7, n};

        value.n = span_valid_utf8(value);
        if (!value.n)
            continue;
        s.in.tables[0].rows[0][2] = value;
        assert_int_equal(write_all(&s.in, s.plan, out), 1);
        xmlDocPtr doc = xmlReadMemory(out[0].p, (int)out[0].n, "m", NULL, XML_PARSE_HUGE);
        xmlChar *read = xmlNodeGetContent(xmlFirstElementChild(xmlDocGetRootElement(doc)));

        assert_int_equal(strlen((const char *)read), value.n);
        assert_memory_equal(read, value.p, value.n);
        xmlFree(read);
        xmlFreeDoc(doc);
        buf_free(&out[0]);
    }
    shape_close(&s);
}

/* Errors of others come back as they are. */

static rc_t
sink_full(void *ctx, const void *buf, size_t n, struct err *e)
{
    (void)ctx;
    (void)buf;
    (void)n;
    return err_set(e, RC_RETRY, ERR_NO_SPACE, "full");
}

static rc_t
rows_away(void *ctx, const struct span **values, struct err *e)
{
    (void)ctx;
    (void)values;
    return err_set(e, RC_RETRY, ERR_DATABASE_AWAY, "away");
}

static void
errors_of_rows_and_sink_come_back(void **state)
{
    struct sink full = {sink_full, NULL};
    struct writer_done done;
    struct input in;
    struct err e = {0};
    rc_t rc;

    (void)state;
    input_read(&in, "ceb303");
    const struct plan *plan = plan_of(in.a, "ceb303");
    struct writer *w = open_writer(&in, plan, &e, &rc);

    assert_int_equal(writer_message(w, 1, 2, full, &done, &e), RC_RETRY);
    assert_int_equal(e.code, ERR_NO_SPACE);
    writer_close(&w);
    in.tables[2].level.rows.next = rows_away;
    w = open_writer(&in, plan, &e, &rc);
    assert_int_equal(writer_message(w, 1, 2, full, &done, &e), RC_RETRY);
    assert_int_equal(e.code, ERR_DATABASE_AWAY);
    writer_close(&w);
    arena_free(&in.a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_cases_come_out_and_are_valid),
        cmocka_unit_test(published_schema_accepts_and_writes_the_same_bytes),
        cmocka_unit_test(bad_rows_are_refused_with_their_place),
        cmocka_unit_test(levels_that_do_not_fit_are_refused),
        cmocka_unit_test(the_hundred_and_first_line_is_refused),
        cmocka_unit_test(a_column_that_must_be_there_is_missed_before_a_row_is),
        cmocka_unit_test(golden_levels_have_what_must_be_there),
        cmocka_unit_test(choices_groups_and_the_default_namespace),
        cmocka_unit_test(documents_at_fault_are_named_alone),
        cmocka_unit_test(attributes_are_escaped_and_persons_kept_quiet),
        cmocka_unit_test(a_payload_has_its_place),
        cmocka_unit_test(what_is_written_reads_back_the_same),
        cmocka_unit_test(errors_of_rows_and_sink_come_back),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    xmlSchemaCleanupTypes();
    xmlCleanupParser();
    return failed;
}
