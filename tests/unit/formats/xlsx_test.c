#define _GNU_SOURCE /* memfd_create, memmem */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../zip.h"
#include "formats/read/xlsx.h"

#define MAIN     "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define STRICT   "http://purl.oclc.org/ooxml/spreadsheetml/main"
#define DOC_RELS "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define PKG_RELS "http://schemas.openxmlformats.org/package/2006/relationships"
#define XML      "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\r\n"

/* A part, or with text NULL the lack of one. */
struct file {
    const char *name, *text;
};

#define RELS(body) XML "<Relationships xmlns=\"" PKG_RELS "\">" body "</Relationships>"
#define REL(id, type, target)                                                                      \
    "<Relationship Id=\"" id "\" Type=\"" DOC_RELS "/" type "\" Target=\"" target "\"/>"
#define BOOK(settings, sheets)                                                                     \
    XML "<workbook xmlns=\"" MAIN "\" xmlns:r=\"" DOC_RELS "\">" settings "<sheets>" sheets        \
        "</sheets></workbook>"
#define SHEET(rows) XML "<worksheet xmlns=\"" MAIN "\"><sheetData>" rows "</sheetData></worksheet>"

#define P_RELS    "_rels/.rels"
#define P_BOOK    "xl/workbook.xml"
#define P_LINKS   "xl/_rels/workbook.xml.rels"
#define P_STYLES  "xl/styles.xml"
#define P_STRINGS "xl/sharedStrings.xml"
#define P_SHEET   "xl/worksheets/sheet1.xml"

/* As Excel writes them; styles: 0 general, 1 date, 2 moment, 3 zeros, 4 h:mm, 5 text, 6 [h]:mm. */
static const struct file usual[] = {
    {P_RELS,                    RELS(REL("rId1",                                     "officeDocument", "xl/workbook.xml"))},
    {P_BOOK,      BOOK("<workbookPr/>",                                                         "<sheet name=\"S\" sheetId=\"1\" r:id=\"rId1\"/>")},
    {P_LINKS,
     RELS(REL("rId3","styles", "styles.xml") REL("rId1", "worksheet", "worksheets/sheet1.xml")
              REL("rId4", "sharedStrings", "sharedStrings.xml"))},
    {P_STYLES,                   XML
     "<styleSheet xmlns=\"" MAIN "\"><numFmts count=\"3\">"
     "<numFmt numFmtId=\"176\" formatCode=\"yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;;@\"/>"
     "<numFmt numFmtId=\"177\" formatCode=\"yyyy/m/d\\ h:mm:ss;@\"/>"
     "<numFmt numFmtId=\"178\" formatCode=\"0000&amp;\"/>"
     "<numFmt numFmtId=\"179\" formatCode=\"00000\"/></numFmts>"
     "<cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs>"
     "<cellXfs count=\"7\"><xf numFmtId=\"0\" xfId=\"0\"/><xf numFmtId=\"176\"/>"
     "<xf numFmtId=\"177\"/><xf numFmtId=\"179\"/><xf numFmtId=\"20\"/><xf numFmtId=\"49\"/>"
     "<xf numFmtId=\"46\"><alignment wrapText=\"1\"/></xf></cellXfs>"
     "<dxfs><dxf><numFmt numFmtId=\"0\" formatCode=\"yyyy\"/></dxf></dxfs></styleSheet>"                                                               },
    {P_STRINGS,
     XML "<sst xmlns=\"" MAIN "\" count=\"9\" uniqueCount=\"5\"><si><t>orderNo</t></si>"
         "<si><t xml:space=\"preserve\"> two  blanks </t></si>"
         "<si><r><rPr><b/><sz val=\"9\"/></rPr><t>龙岩</t></r><r><t xml:space=\"preserve\"> A&amp;B"
         "</t></r><rPh sb=\"0\" eb=\"1\"><t>long</t></rPh><phoneticPr fontId=\"1\"/></si>"
         "<si/><si><t>a_x000D_\nb_x005F_x000D_</t></si></sst>"                                        },
};

/* ---- parts from memory, in pieces, or from a real zip ---- */

struct memory {
    const struct file *files;
    size_t count, piece;
    struct span text;
    unsigned open;
};

static rc_t
memory_read(void *ctx, void *buf, size_t size, size_t *n, struct err *e)
{
    struct memory *m = ctx;

    (void)e;
    *n = m->text.n < size ? m->text.n : size;
    *n = *n < m->piece ? *n : m->piece;
    memcpy(buf, m->text.p, *n);
    m->text.p += *n;
    m->text.n -= *n;
    return RC_OK;
}

static rc_t
memory_open(void *ctx, const char *name, struct source *in, struct err *e)
{
    struct memory *m = ctx;

    assert_int_equal(m->open, 0); /* one at a time */
    for (size_t i = 0; i < m->count; i++) {
        if (m->files[i].text && strcmp(m->files[i].name, name) == 0) {
            m->text = span_of(m->files[i].text);
            m->open++;
            *in = (struct source){memory_read, m};
            return RC_OK;
        }
    }
    return err_set(e, RC_REJECT, ERR_NOT_FOUND, "no part %s", name);
}

static void
memory_close(void *ctx)
{
    struct memory *m = ctx;

    m->open--;
}

static int
empty_file(void)
{
    int fd = memfd_create("xlsx-test", MFD_CLOEXEC);

    assert_true(fd >= 0);
    return fd;
}

static void
put_entry(struct archive *a, const char *name, const void *p, size_t n)
{
    struct archive_entry *entry = archive_entry_new();

    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)n);
    assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
    assert_int_equal(archive_write_data(a, p, n), (la_ssize_t)n);
    archive_entry_free(entry);
}

static int
zip_of(const struct file *files, size_t count)
{
    struct archive *a = archive_write_new();
    int fd = empty_file();

    archive_write_set_format_zip(a);
    assert_int_equal(archive_write_open_fd(a, fd), ARCHIVE_OK);
    put_entry(a, "[Content_Types].xml", "<Types/>", 8);
    for (size_t i = 0; i < count; i++)
        if (files[i].text)
            put_entry(a, files[i].name, files[i].text, strlen(files[i].text));
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
    return fd;
}

/* ---- what a workbook holds, as one text ---- */

static const struct xlsx_form plain = {.spill = BLOB_NONE};

/* "[S]", then a row a line: "7:a<>b", with faults " !2021#3" behind. */
static void
show(struct buf *out, rc_t rc, const struct xlsx_record *r)
{
    buf_printf(out, "%llu:", (unsigned long long)r->line);
    for (uint32_t i = 0; i < r->count; i++) {
        buf_str(out, i > 0 ? "<>" : "");
        assert_int_equal(span_valid_utf8(r->fields[i]), r->fields[i].n);
        assert_non_null(r->fields[i].p);
        buf_put(out, r->fields[i].p, r->fields[i].n);
    }
    for (uint32_t i = 0; i < r->fault_count; i++)
        buf_printf(out, " !%d#%u", (int)r->faults[i].code, r->faults[i].field);
    buf_str(out, "\n");
    assert_int_equal(rc == RC_REJECT, r->fault_count > 0);
    assert_int_equal(r->bad, r->fault_count > 0 ? r->faults[0].code : ERR_NONE);
    assert_int_equal(r->bad_field, r->fault_count > 0 ? r->faults[0].field : 0);
}

static rc_t
read_sheets(struct xlsx *x, struct buf *out, struct err *e)
{
    struct xlsx_record r;
    rc_t rc;

    while ((rc = xlsx_next_sheet(x, e)) == RC_OK) {
        buf_printf(out, "[%s%s]\n", xlsx_sheet(x), xlsx_hidden(x) ? " hidden" : "");
        while ((rc = xlsx_next(x, &r, e)) == RC_OK || rc == RC_REJECT)
            show(out, rc, &r);
        assert_int_equal(xlsx_next(x, &r, NULL), rc); /* and it stays so */
        if (rc != RC_END)
            return rc;
    }
    assert_int_equal(xlsx_next_sheet(x, e), rc);
    return rc;
}

static rc_t
read_all(const struct xlsx_parts *parts, const struct xlsx_form *form, struct buf *out,
         struct err *e)
{
    struct xlsx *x = NULL;
    rc_t rc;

    *e = (struct err){0};
    out->n = 0;
    rc = xlsx_open(&x, parts, form, e);
    assert_int_equal(rc == RC_OK, x != NULL);
    if (rc == RC_OK)
        rc = read_sheets(x, out, e);
    xlsx_close(&x);
    assert_null(x);
    buf_put(out, "", 1);
    if (rc != RC_END) {
        assert_int_equal(e->rc, rc);
        assert_true(strlen(e->text) > 0);
    }
    return rc;
}

static rc_t
read_memory(const struct file *files, size_t count, size_t piece, const struct xlsx_form *form,
            struct buf *out, struct err *e)
{
    struct memory m = {.files = files, .count = count, .piece = piece};
    rc_t rc = read_all(&(struct xlsx_parts){&m, memory_open, memory_close}, form, out, e);

    assert_int_equal(m.open, 0);
    return rc;
}

static rc_t
read_zip(const struct file *files, size_t count, struct buf *out, struct err *e)
{
    struct zip z = {.fd = zip_of(files, count)};
    rc_t rc = read_all(&(struct xlsx_parts){&z, zip_open, zip_close}, &plain, out, e);

    assert_null(z.entry);
    close(z.fd);
    return rc;
}

static void
same(const char *name, const char *how, rc_t rc, const struct err *e, rc_t want_rc,
     err_code_t want_code, const char *out, const char *want)
{
    if (rc != want_rc || (rc != RC_END && e->code != want_code))
        fail_msg("%s, %s: rc %d, code %d, '%s'", name, how, (int)rc, (int)e->code, e->text);
    if (strcmp(out, want) != 0)
        fail_msg("%s, %s: gives\n%s\nmust give\n%s", name, how, out, want);
}

/* It must come out the same from a zip, however it is cut, and with the strings on disk. */
static void
check_files(const char *name, const struct file *files, size_t count, rc_t want_rc, err_code_t code,
            const char *want)
{
    static const size_t pieces[] = {SIZE_MAX, 1, 2, 3, 7};
    struct xlsx_form spilled = {.spill = blob_plain(empty_file()), .max_resident = 1};
    struct buf out = {0};
    struct err e;
    rc_t rc = read_zip(files, count, &out, &e);

    same(name, "zip", rc, &e, want_rc, code, out.p, want);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        rc = read_memory(files, count, pieces[i], &plain, &out, &e);
        same(name, "pieces", rc, &e, want_rc, code, out.p, want);
    }
    rc = read_memory(files, count, SIZE_MAX, &spilled, &out, &e);
    same(name, "spilled", rc, &e, want_rc, code, out.p, want);
    close(spilled.spill.fd);
    buf_free(&out);
}

#define USUAL (sizeof usual / sizeof *usual)

/* The usual workbook with one part in its place. */
static size_t
with(struct file *files, const char *name, const char *text)
{
    size_t n = USUAL;

    memcpy(files, usual, sizeof usual);
    files[n++] = (struct file){P_SHEET, SHEET("<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>")};
    for (size_t i = 0; i < n; i++)
        if (strcmp(files[i].name, name) == 0)
            files[i].text = text;
    return n;
}

struct sheet_case {
    const char *name, *rows, *want;
};

/* clang-format off */
static const struct sheet_case sheet_cases[] = {
    {"nothing",             "", ""},
    {"empty rows and cells", "<row r=\"1\"/><row r=\"2\" ht=\"20\"><c r=\"A2\" s=\"1\"/><c r=\"B2\" t=\"s\"/></row>"
                            "<row r=\"4\"><c r=\"B4\"><v>1</v></c><c r=\"D4\" s=\"2\"/></row>", "4:<>1\n"},
    {"blank texts",         "<row r=\"3\"><c r=\"A3\" t=\"inlineStr\"><is><t> </t></is></c><c r=\"B3\" t=\"s\"><v>3</v></c>"
                            "<c r=\"C3\" t=\"str\"><v>\t</v></c></row><row r=\"5\"><c r=\"A5\" t=\"str\"><v> .</v></c></row>", "5: .\n"},
    {"shared strings",      "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c><c r=\"C1\" t=\"s\"><v>2</v></c>"
                            "<c r=\"E1\" t=\"s\"><v>4</v></c></row><row r=\"2\"><c r=\"A2\" t=\"s\"><v>2</v></c><c r=\"B2\" t=\"s\"><v>\n 0 </v></c></row>",
                            "1:orderNo<> two  blanks <>龙岩 A&B<><>a\r\nb_x000D_\n2:龙岩 A&B<>orderNo\n"},
    {"inline strings",      "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>x&lt;y</t></is></c><c r=\"B1\" t=\"inlineStr\"><is><r><rPr><b/></rPr><t>a</t></r>"
                            "<r><t> b</t></r><rPh sb=\"0\" eb=\"1\"><t>no</t></rPh></is></c><c r=\"C1\" t=\"inlineStr\"><is><t><![CDATA[<c>]]>_x4E2D_</t></is></c></row>",
                            "1:x<y<>a b<><c>中\n"},
    {"numbers",             "<row r=\"1\"><c r=\"A1\"><v>12</v></c><c r=\"B1\" t=\"n\"><v>94.357609999999994</v></c><c r=\"C1\"><v>1E-3</v></c><c r=\"D1\"><v>-0.50</v></c>"
                            "<c r=\"E1\" s=\"3\"><v>42</v></c><c r=\"F1\" s=\"5\"><v>1.5E3</v></c></row>", "1:12<>94.35761<>0.001<>-0.5<>00042<>1500\n"},
    {"a number too long",   "<row r=\"1\"><c r=\"A1\"><v>1.2345678901234501E+17</v></c><c r=\"B1\"><v>x</v></c></row><row r=\"2\"><c r=\"A2\"><v>7</v></c></row>",
                            "1:1.2345678901234501E+17<>x !2021#0 !2005#1\n2:7\n"},
    {"dates",               "<row r=\"1\"><c r=\"A1\" s=\"1\"><v>46350</v></c><c r=\"B1\" s=\"2\"><v>46350.521006944444</v></c><c r=\"C1\" s=\"4\"><v>0.75</v></c>"
                            "<c r=\"D1\" s=\"1\" t=\"d\"><v>2026-11-24</v></c><c r=\"E1\" t=\"d\"><v>2026-11-24T12:30:15.5Z</v></c></row>",
                            "1:20261124<>20261124123015<>180000<>20261124<>20261124123015\n"},
    {"no such dates",       "<row r=\"1\"><c r=\"A1\" s=\"1\"><v>60</v></c><c r=\"B1\" s=\"2\"><v>-1</v></c><c r=\"C1\" s=\"6\"><v>1.5</v></c></row>",
                            "1:60<>-1<>1.5 !2014#0 !2014#1 !2014#2\n"},
    {"booleans, errors",    "<row r=\"1\"><c r=\"A1\" t=\"b\"><v>1</v></c><c r=\"B1\" t=\"b\"><v>false</v></c><c r=\"C1\" t=\"e\"><v>#N/A</v></c></row>",
                            "1:TRUE<>FALSE<>#N/A !2022#2\n"},
    {"formulas",            "<row r=\"1\"><c r=\"A1\"><f>1+1</f><v>2</v></c><c r=\"B1\" t=\"str\"><f t=\"shared\" ref=\"B1:B2\" si=\"0\">A1&amp;\"x\"</f><v>2x</v></c>"
                            "<c r=\"C1\" t=\"str\"><f t=\"shared\" si=\"0\"/><v></v></c><c r=\"D1\" t=\"e\"><f>NA()</f><v>#N/A</v></c></row>",
                            "1:2<>2x<><>#N/A !2022#3\n"},
    {"no stored result",    "<row r=\"1\"><c r=\"A1\"><f>1+1</f></c><c r=\"B1\"><f>1+1</f><v/></c><c r=\"C1\" t=\"str\"><f>A1</f></c><c r=\"D1\"><v>4</v></c></row>",
                            "1:<><><>4 !2023#0 !2023#1 !2023#2\n"},
    {"no references",       "<row><c><v>1</v></c><c/><c><v>3</v></c></row><row r=\"7\"><c r=\"B7\"><v>2</v></c><c><v>3</v></c></row><row><c><v>8</v></c></row>",
                            "1:1<><>3\n7:<>2<>3\n8:8\n"},
    {"the last row",        "<row r=\"1048576\"><c r=\"A1048576\"><v>1</v></c></row>", "1048576:1\n"},
    {"a column too far",    "<row r=\"1\"><c r=\"ALL1\"><v>1</v></c></row><row r=\"2\"><c r=\"A2\"><v>5</v></c><c r=\"ALM2\"><v>1</v></c></row>"
                            "<row r=\"3\"><c r=\"A3\"><v>5</v></c><c r=\"XFD3\" s=\"1\"/></row>", NULL},
    {"others' elements",    "<x:row xmlns:x=\"urn:x\"><c r=\"A1\"><v>9</v></c></x:row><row r=\"2\" xmlns:x=\"urn:x\" x:r=\"1\"><c r=\"A2\" x:t=\"s\"><extLst><ext><v>7</v></ext></extLst><v>1</v>"
                            "<x:v>2</x:v></c></row><v>3</v>", "2:1\n"},
    {"values given twice",  "<row r=\"1\"><c r=\"A1\"><v>1</v><v>2</v></c></row>", "1:2\n"},
    {"comments",            "<!-- <row> --><row r=\"1\"><c r=\"A1\"><v>1<!-- 2 -->3</v><?x y?></c></row>", "1:13\n"},
};
/* clang-format on */

static void
sheets_of_all_kinds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sheet_cases / sizeof *sheet_cases; i++) {
        const struct sheet_case *c = &sheet_cases[i];
        struct file files[USUAL + 1];
        struct buf sheet = {0}, want = {0};
        size_t n;

        buf_printf(&sheet,
                   "%s<worksheet xmlns=\"%s\"><dimension ref=\"A1\"/><sheetData>%s</sheetData>",
                   XML, MAIN, c->rows);
        buf_str(&sheet, "<mergeCells><mergeCell ref=\"A1:D1\"/></mergeCells></worksheet>");
        buf_put(&sheet, "", 1);
        buf_printf(&want, "[S]\n%s", c->want ? c->want : "");
        for (int k = 0; !c->want && k < 999; k++) /* column ALL is the thousandth */
            buf_str(&want, k == 0 ? "1:<>" : "<>");
        if (!c->want)
            buf_str(&want, "1\n2: !3003#1000\n3:5\n");
        buf_put(&want, "", 1);
        n = with(files, P_SHEET, sheet.p);
        check_files(c->name, files, n, RC_END, ERR_NONE, want.p);
        buf_free(&sheet);
        buf_free(&want);
    }
}

/* ---- workbooks as programs write them ---- */

/* clang-format off */
static const struct file libre[] = { /* LibreOffice: 1904, absolute types, all attributes */
    {P_RELS, RELS(REL("rId1", "officeDocument", "xl/workbook.xml")
                  "<Relationship Id=\"rId2\" Type=\"" PKG_RELS "/metadata/core-properties\" Target=\"docProps/core.xml\"/>")},
    {P_BOOK, BOOK("<fileVersion appName=\"Calc\"/><workbookPr backupFile=\"false\" showObjects=\"all\" date1904=\"true\"/><workbookProtection/>"
                  "<bookViews><workbookView/></bookViews>",
                  "<sheet name=\"R&amp;D &lt;1&gt;\" sheetId=\"1\" state=\"visible\" r:id=\"rId3\"/>"
                  "<sheet name=\"列表\" sheetId=\"2\" state=\"hidden\" r:id=\"rId4\"/>")},
    {P_LINKS, RELS(REL("rId1", "theme", "theme/theme1.xml") REL("rId2", "styles", "styles.xml") REL("rId3", "worksheet", "worksheets/sheet1.xml")
                   REL("rId4", "worksheet", "worksheets/sheet2.xml") REL("rId5", "sharedStrings", "sharedStrings.xml"))},
    {P_STYLES, XML "<styleSheet xmlns=\"" MAIN "\"><numFmts count=\"3\"><numFmt numFmtId=\"164\" formatCode=\"General\"/>"
                   "<numFmt numFmtId=\"165\" formatCode=\"yyyy\\-mm\\-dd\\ hh:mm:ss\"/><numFmt numFmtId=\"166\" formatCode=\"0.00E+00\"/></numFmts>"
                   "<cellXfs count=\"3\"><xf numFmtId=\"164\" applyAlignment=\"true\"/><xf numFmtId=\"165\"/><xf numFmtId=\"166\"/></cellXfs></styleSheet>"},
    {P_STRINGS, XML "<sst xmlns=\"" MAIN "\" count=\"2\" uniqueCount=\"2\"><si><t xml:space=\"preserve\">标题</t></si><si><t xml:space=\"preserve\">号</t></si></sst>"},
    {P_SHEET, XML "<worksheet xmlns=\"" MAIN "\" xmlns:r=\"" DOC_RELS "\"><sheetPr filterMode=\"false\"/><dimension ref=\"A1:C3\"/><sheetViews><sheetView workbookViewId=\"0\"/></sheetViews>"
                  "<sheetFormatPr defaultRowHeight=\"12.8\"></sheetFormatPr><cols><col min=\"1\" max=\"1\" width=\"9\"/></cols><sheetData>"
                  "<row r=\"1\" customFormat=\"false\" ht=\"12.8\"><c r=\"A1\" s=\"0\" t=\"s\"><v>0</v></c><c r=\"B1\" s=\"0\"/><c r=\"C1\" s=\"0\"/></row>"
                  "<row r=\"2\" ht=\"12.8\"><c r=\"A2\" s=\"0\" t=\"s\"><v>1</v></c><c r=\"B2\" s=\"1\" t=\"n\"><v>44888.5210069444</v></c>"
                  "<c r=\"C2\" s=\"2\" t=\"n\"><f aca=\"false\">1/8</f><v>0.125</v></c><c r=\"D2\" s=\"0\" t=\"str\"><f aca=\"false\">\"\"</f><v></v></c>"
                  "<c r=\"E2\" s=\"0\" t=\"b\"><f aca=\"false\">TRUE()</f><v>1</v></c></row></sheetData>"
                  "<mergeCells count=\"1\"><mergeCell ref=\"A1:C1\"/></mergeCells><pageSetup/></worksheet>"},
    {"xl/worksheets/sheet2.xml", SHEET("<row r=\"2\"><c r=\"A2\"><v>1</v></c></row>")},
};

static const struct file openpyxl[] = { /* absolute targets, strings inline, no sharedStrings part */
    {P_RELS, RELS("<Relationship Type=\"" DOC_RELS "/officeDocument\" Target=\"/xl/workbook.xml\" Id=\"rId1\"/>")},
    {P_BOOK, "<workbook xmlns=\"" MAIN "\"><workbookPr /><sheets><sheet xmlns:ns0=\"" DOC_RELS "\" name=\"Sheet\" sheetId=\"1\" state=\"visible\" ns0:id=\"rId1\" /></sheets></workbook>"},
    {P_LINKS, RELS("<Relationship Type=\"" DOC_RELS "/worksheet\" Target=\"/xl/worksheets/sheet1.xml\" Id=\"rId1\" />"
                   "<Relationship Type=\"" DOC_RELS "/styles\" Target=\"/xl/styles.xml\" Id=\"rId2\" />")},
    {P_STYLES, "<styleSheet xmlns=\"" MAIN "\"><numFmts count=\"1\"><numFmt numFmtId=\"164\" formatCode=\"yyyy-mm-dd h:mm:ss\" /></numFmts>"
               "<cellXfs count=\"2\"><xf numFmtId=\"0\" pivotButton=\"0\" /><xf numFmtId=\"164\" applyNumberFormat=\"0\" /></cellXfs></styleSheet>"},
    {P_SHEET, "<worksheet xmlns=\"" MAIN "\"><sheetPr><outlinePr summaryBelow=\"1\" /></sheetPr><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>orderNo</t></is></c>"
              "<c r=\"B1\" s=\"1\" t=\"n\"><v>46350.52100694444</v></c><c r=\"C1\"><f>1+1</f><v /></c><c r=\"D1\" t=\"n\"><v>123456789012345678</v></c></row></sheetData></worksheet>"},
};

static const struct file strict[] = { /* prefixes everywhere, the strict namespaces, a chart between the sheets, parts elsewhere */
    {P_RELS, "<p:Relationships xmlns:p=\"" PKG_RELS "\"><p:Relationship Id=\"a\" Type=\"http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument\" Target=\"./books/./b.xml\"/></p:Relationships>"},
    {"books/b.xml", "<x:workbook xmlns:x=\"" STRICT "\" xmlns:rr=\"http://purl.oclc.org/ooxml/officeDocument/relationships\" conformance=\"strict\"><x:workbookPr date1904=\"0\"/>"
                    "<x:sheets><x:sheet name=\"图\" rr:id=\"c\"/><x:sheet name=\"B\" rr:id=\"b\"/><x:sheet name=\"A\" rr:id=\"a\" state=\"veryHidden\"/></x:sheets></x:workbook>"},
    {"books/_rels/b.xml.rels", "<p:Relationships xmlns:p=\"" PKG_RELS "\">"
                    "<p:Relationship Id=\"a\" Type=\"http://purl.oclc.org/ooxml/officeDocument/relationships/worksheet\" Target=\"../data/a.xml\"/>"
                    "<p:Relationship Id=\"b\" Type=\"http://purl.oclc.org/ooxml/officeDocument/relationships/worksheet\" Target=\"/data//b.xml\"/>"
                    "<p:Relationship Id=\"c\" Type=\"http://purl.oclc.org/ooxml/officeDocument/relationships/chartsheet\" Target=\"c.xml\"/>"
                    "<p:Relationship Id=\"d\" Type=\"http://purl.oclc.org/ooxml/officeDocument/relationships/hyperlink\" Target=\"http://example.com/\" TargetMode=\"External\"/></p:Relationships>"},
    {"data/a.xml", "<x:worksheet xmlns:x=\"" STRICT "\"><x:sheetData><x:row r=\"1\"><x:c r=\"A1\" t=\"d\"><x:v>2026-11-24T12:30:15</x:v></x:c></x:row></x:sheetData></x:worksheet>"},
    {"data/b.xml", "<x:worksheet xmlns:x=\"" STRICT "\"><x:sheetData><x:row r=\"1\"><x:c r=\"A1\" t=\"inlineStr\"><x:is><x:t xml:space=\"preserve\"> b </x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>"},
};
/* clang-format on */

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void
workbooks_as_programs_write_them(void **state)
{
    (void)state;
    check_files("LibreOffice", libre, COUNT(libre), RC_END, ERR_NONE,
                "[R&D <1>]\n1:标题\n2:号<>20261124123015<>0.125<><>TRUE\n[列表 hidden]\n2:1\n");
    check_files("openpyxl", openpyxl, COUNT(openpyxl), RC_END, ERR_NONE,
                "[Sheet]\n1:orderNo<>20261124123015<><>123456789012345678 !2023#2 !2021#3\n");
    check_files("strict", strict, COUNT(strict), RC_END, ERR_NONE,
                "[B]\n1: b \n[A hidden]\n1:20261124123015\n");
}

/* UTF-16 is allowed; a declared encoding is not looked at, and so loads no converter. */
static void
encodings(void **state)
{
    static const char body[] = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><worksheet xmlns=\"" MAIN
                               "\"><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>@</t>"
                               "</is></c></row></sheetData></worksheet>";
    static const char gbk[] = "<?xml version=\"1.0\" encoding=\"GBK\"?><worksheet xmlns=\"" MAIN
                              "\"><sheetData><row r=\"1\"><c r=\"A1\" t=\"str\"><v>%s</v></c></row>"
                              "</sheetData></worksheet>";
    struct file files[USUAL + 1];
    struct buf wide = {0}, out = {0}, text = {0};
    struct zip z;
    struct archive *a = archive_write_new();
    struct err e;

    (void)state;
    buf_put(&wide, "\xFF\xFE", 2);
    for (const char *p = body; *p; p++)
        buf_put(&wide, *p == '@' ? "\x2D\x4E" : (char[]){*p, 0}, 2);
    z = (struct zip){.fd = empty_file()};
    archive_write_set_format_zip(a);
    assert_int_equal(archive_write_open_fd(a, z.fd), ARCHIVE_OK);
    for (size_t i = 0; i < USUAL; i++)
        put_entry(a, usual[i].name, usual[i].text, strlen(usual[i].text));
    put_entry(a, P_SHEET, wide.p, wide.n);
    archive_write_close(a);
    archive_write_free(a);
    assert_int_equal(read_all(&(struct xlsx_parts){&z, zip_open, zip_close}, &plain, &out, &e),
                     RC_END);
    assert_string_equal(out.p, "[S]\n1:中\n");
    close(z.fd);

    buf_printf(&text, gbk, "中");
    buf_put(&text, "", 1);
    assert_int_equal(read_memory(files, with(files, P_SHEET, text.p), 9, &plain, &out, &e), RC_END);
    assert_string_equal(out.p, "[S]\n1:中\n");
    text.n = 0;
    buf_printf(&text, gbk, "\xD6\xD0");
    buf_put(&text, "", 1);
    assert_int_equal(read_memory(files, with(files, P_SHEET, text.p), 9, &plain, &out, &e),
                     RC_FAIL);
    assert_int_equal(e.code, ERR_WORKBOOK);
    buf_free(&wide);
    buf_free(&out);
    buf_free(&text);
}

/* ---- hostile workbooks ---- */

struct bad_case {
    const char *name, *part, *text;
    rc_t rc; /* RC_REJECT: refused on opening */
    const char *says;
};

#define CELL(attrs, body)                                                                          \
    SHEET("<row r=\"2\"><c r=\"A2\"><v>1</v></c></row><row r=\"3\"><c " attrs ">" body "</c></"    \
          "row>")
#define DTD "<!DOCTYPE worksheet [<!ENTITY a \"b\"><!ENTITY x SYSTEM \"file:///etc/passwd\">]>"

/* clang-format off */
static const struct bad_case bad_cases[] = {
    {"no package",         P_RELS,    NULL, RC_REJECT, "'_rels/.rels' is missing"},
    {"no workbook",        P_BOOK,    NULL, RC_REJECT, "'xl/workbook.xml' is missing"},
    {"no links",           P_LINKS,   NULL, RC_REJECT, "workbook.xml.rels' is missing"},
    {"no styles",          P_STYLES,  NULL, RC_REJECT, "'xl/styles.xml' is missing"},
    {"no strings",         P_STRINGS, NULL, RC_REJECT, "'xl/sharedStrings.xml' is missing"},
    {"no sheet",           P_SHEET,   NULL, RC_FAIL,   "'xl/worksheets/sheet1.xml' is missing"},
    {"not a workbook",     P_RELS,    RELS(REL("rId1", "extended-properties", "app.xml")), RC_REJECT, "the package has no workbook"},
    {"leads outside",      P_RELS,    RELS(REL("rId1", "officeDocument", "../../etc/passwd")), RC_REJECT, "the package has no workbook"},
    {"external",           P_RELS,    RELS("<Relationship Id=\"a\" TargetMode=\"External\" Type=\"x/officeDocument\" Target=\"xl/workbook.xml\"/>"), RC_REJECT, "no workbook"},
    {"a document",         P_BOOK,    "<w:document xmlns:w=\"urn:w\"/>", RC_REJECT, "is no workbook"},
    {"no sheets",          P_BOOK,    BOOK("", ""), RC_REJECT, "has no sheets"},
    {"unknown link",       P_BOOK,    BOOK("", "<sheet name=\"S\" r:id=\"rId99\"/>"), RC_REJECT, "sheet 'S' has no part"},
    {"one part twice",     P_BOOK,    BOOK("", "<sheet name=\"S\" r:id=\"rId1\"/><sheet name=\"T\" r:id=\"rId1\"/>"), RC_REJECT, "'S' and 'T' are one part"},
    {"not XML",            P_BOOK,    "PK\3\4 binary", RC_REJECT, "not well-formed XML"},
    {"empty part",         P_STYLES,  "", RC_REJECT, "not well-formed XML"},
    {"doctype",            P_SHEET,   DTD SHEET(""), RC_FAIL, "document type declarations"},
    {"doctype in strings", P_STRINGS, DTD "<sst xmlns=\"" MAIN "\"><si><t>&a;&x;</t></si></sst>", RC_REJECT, "document type declarations"},
    {"doctype elsewhere",  P_LINKS,   "<!DOCTYPE x SYSTEM \"http://127.0.0.1:9/x.dtd\"><x/>", RC_REJECT, "document type declarations"},
    {"unknown entity",     P_SHEET,   CELL("r=\"A3\"", "<v>&a;</v>"), RC_FAIL, "not well-formed"},
    {"cut off",            P_SHEET,   "<worksheet xmlns=\"" MAIN "\"><sheetData><row r=\"2\"><c r=\"A2\"><v>1</v></c></row>", RC_FAIL, "not well-formed"},
    {"string too high",    P_SHEET,   CELL("r=\"A3\" t=\"s\"", "<v>5</v>"), RC_FAIL, "shared string '5' of 5"},
    {"string too long",    P_SHEET,   CELL("r=\"A3\" t=\"s\"", "<v>99999999999999999999999999</v>"), RC_FAIL, "'99999999999999999999' of 5"},
    {"string negative",    P_SHEET,   CELL("r=\"A3\" t=\"s\"", "<v>-1</v>"), RC_FAIL, "shared string '-1'"},
    {"string of letters",  P_SHEET,   CELL("r=\"A3\" t=\"s\"", "<v>1x</v>"), RC_FAIL, "shared string '1x'"},
    {"column XFE",         P_SHEET,   CELL("r=\"XFE3\"", "<v>1</v>"), RC_FAIL, "row 3 has a cell 'XFE3'"},
    {"many letters",       P_SHEET,   CELL("r=\"AAAAAAAAAAAAAAAAAAAAAAAA3\"", ""), RC_FAIL, "has a cell"},
    {"no column",          P_SHEET,   CELL("r=\"3\"", ""), RC_FAIL, "has a cell '3'"},
    {"lower case",         P_SHEET,   CELL("r=\"a3\"", ""), RC_FAIL, "has a cell 'a3'"},
    {"empty reference",    P_SHEET,   CELL("r=\"\"", ""), RC_FAIL, "has a cell ''"},
    {"of another row",     P_SHEET,   CELL("r=\"A4\"", ""), RC_FAIL, "has a cell 'A4'"},
    {"a range",            P_SHEET,   CELL("r=\"A3:B3\"", ""), RC_FAIL, "has a cell 'A3:B3'"},
    {"cell twice",         P_SHEET,   CELL("r=\"B3\"", "</c><c r=\"B3\">"), RC_FAIL, "'B3' stands after column 2"},
    {"cells unsorted",     P_SHEET,   CELL("r=\"C3\"", "</c><c r=\"B3\">"), RC_FAIL, "'B3' stands after column 3"},
    {"beyond the last",    P_SHEET,   CELL("r=\"XFD3\"", "</c><c>"), RC_FAIL, "row 3 has a cell ''"},
    {"style too high",     P_SHEET,   CELL("r=\"A3\" s=\"7\"", ""), RC_FAIL, "has style '7' of 7"},
    {"style of letters",   P_SHEET,   CELL("r=\"A3\" s=\"1x\"", ""), RC_FAIL, "has style '1x'"},
    {"style huge",         P_SHEET,   CELL("r=\"A3\" s=\"4294967297\"", ""), RC_FAIL, "has style '4294967297'"},
    {"unknown type",       P_SHEET,   CELL("r=\"A3\" t=\"x\"", ""), RC_FAIL, "of type 'x'"},
    {"row 0",              P_SHEET,   CELL("", "</c></row><row r=\"0\"><c>"), RC_FAIL, "row number '0'"},
    {"row twice",          P_SHEET,   CELL("", "</c></row><row r=\"3\"><c>"), RC_FAIL, "row 3 after row 3"},
    {"rows unsorted",      P_SHEET,   CELL("", "</c></row><row r=\"1\"><c>"), RC_FAIL, "row 1 after row 3"},
    {"row 1048577",        P_SHEET,   CELL("", "</c></row><row r=\"1048577\"><c>"), RC_FAIL, "row number '1048577'"},
    {"row of letters",     P_SHEET,   CELL("", "</c></row><row r=\"4x\"><c>"), RC_FAIL, "row number '4x'"},
    {"after the last row", P_SHEET,   CELL("", "</c></row><row r=\"1048576\"/><row><c>"), RC_FAIL, "row number ''"},
    {"format too high",    P_STYLES,  "<styleSheet xmlns=\"" MAIN "\"><cellXfs><xf numFmtId=\"65536\"/></cellXfs></styleSheet>", RC_REJECT, "above 65535"},
};
/* clang-format on */

static void
hostile_workbooks(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad_cases); i++) {
        const struct bad_case *c = &bad_cases[i];
        struct file files[USUAL + 1];
        size_t n = with(files, c->part, c->text);
        struct buf out = {0};
        struct err e;

        check_files(c->name, files, n, c->rc, ERR_WORKBOOK,
                    c->rc == RC_REJECT ? ""
                    : strstr(c->text ? c->text : "", "<v>1</v></c></row>") ? "[S]\n2:1\n"
                    : c->text ? "[S]\n"
                              : "");
        read_memory(files, n, SIZE_MAX, &plain, &out, &e);
        if (!strstr(e.text, c->says))
            fail_msg("%s: says '%s', not '%s'", c->name, e.text, c->says);
        buf_free(&out);
    }
}

static void
repeat(struct buf *b, const char *s, size_t times)
{
    for (size_t i = 0; i < times; i++)
        buf_str(b, s);
}

/* What only its size makes bad. */
static void
check_size(const char *part, const char *before, const char *piece, size_t times, const char *after,
           const struct xlsx_form *form, rc_t rc, err_code_t code, const char *want)
{
    struct file files[USUAL + 1];
    struct buf text = {0}, out = {0};
    struct err e;

    buf_str(&text, before);
    repeat(&text, piece, times);
    buf_str(&text, after);
    buf_put(&text, "", 1);
    assert_int_equal(read_memory(files, with(files, part, text.p), SIZE_MAX, form, &out, &e), rc);
    if (rc != RC_END)
        assert_int_equal(e.code, code);
    assert_string_equal(out.p, want);
    buf_free(&text);
    buf_free(&out);
}

#define SHEET_BEGIN "<worksheet xmlns=\"" MAIN "\"><sheetData>"
#define SHEET_END   "</sheetData></worksheet>"
#define SST         "<sst xmlns=\"" MAIN "\">"

static void
sizes_are_bounded(void **state)
{
    const struct xlsx_form small = {BLOB_NONE, 100, 3, 2000, 50, 100};
    const struct xlsx_form records = {BLOB_NONE, 100, 0, 0, 0, 0};

    (void)state;
    check_size(P_SHEET, SHEET_BEGIN, "<x>", 100, "", &plain, RC_FAIL, ERR_WORKBOOK, "[S]\n");
    check_size(P_SHEET, SHEET_BEGIN "<!--", "0123456789", 30000, "-->" SHEET_END, &plain, RC_FAIL,
               ERR_WORKBOOK, "[S]\n");
    check_size(P_SHEET, SHEET_BEGIN "<row r=\"1\"><c r=\"B1\" t=\"str\"><v>", "0123456789", 200000,
               "</v></c></row><row><c><v>1</v></c></row>" SHEET_END, &plain, RC_END, ERR_NONE,
               "[S]\n1: !3003#1\n2:1\n");
    check_size(P_SHEET, SHEET_BEGIN "<row r=\"1\">", "<c t=\"s\"><v>0</v></c>", 20,
               "</row><row><c><v>1</v></c></row>" SHEET_END, &records, RC_END, ERR_NONE,
               "[S]\n1: !3003#14\n2:1\n");
    check_size(P_STRINGS, SST "<si><t>", "0123456789", 30000, "</t></si></sst>", &plain, RC_REJECT,
               ERR_TOO_BIG, "");
    check_size(P_STRINGS, SST, "<si><t>0123456789</t></si>", 7, "</sst>", &small, RC_END, ERR_NONE,
               "[S]\n1:1\n");
    check_size(P_STRINGS, SST, "<si><t>0123456789</t></si>", 8, "</sst>", &small, RC_REJECT,
               ERR_TOO_BIG, "");
    check_size(P_SHEET, SHEET_BEGIN, "          ", 200, SHEET_END, &small, RC_FAIL, ERR_TOO_BIG,
               "[S]\n");
    check_size(P_SHEET, SHEET_BEGIN, "<row><c><v>123456789012345</v></c></row>", 4, SHEET_END,
               &small, RC_FAIL, ERR_TOO_BIG,
               "[S]\n1:123456789012345\n2:123456789012345\n3:123456789012345\n");
    check_size(P_SHEET, SHEET_BEGIN "<row>", "<c><v>1</v></c>", 4, "</row>" SHEET_END, &small,
               RC_END, ERR_NONE, "[S]\n1: !3003#3\n");
}

/* Each new name costs libxml2 more than the last. */
static void
names_are_bounded(void **state)
{
    struct file files[USUAL + 1];
    struct buf text = {0}, out = {0};
    struct err e;

    (void)state;
    buf_str(&text, SHEET_BEGIN);
    for (int i = 0; i < 100000; i++)
        buf_printf(&text, "<n%d/>", i);
    buf_str(&text, SHEET_END);
    buf_put(&text, "", 1);
    assert_int_equal(read_memory(files, with(files, P_SHEET, text.p), SIZE_MAX, &plain, &out, &e),
                     RC_FAIL);
    assert_int_equal(e.code, ERR_WORKBOOK);
    assert_non_null(strstr(e.text, "names"));
    buf_free(&text);
    buf_free(&out);
}

/* ---- the rest of the interface ---- */

static void
a_fault_names_its_cell(void **state)
{
    struct file files[USUAL + 1];
    struct memory m = {.files = files, .piece = SIZE_MAX};
    const struct xlsx_parts parts = {&m, memory_open, memory_close};
    struct xlsx_record r;
    struct xlsx *x = NULL;
    struct err e;

    (void)state;
    m.count = with(files, P_SHEET,
                   SHEET("<row r=\"12\"><c r=\"AB12\"><v>1e17</v></c><c r=\"AC12\" t=\"e\"><v>#REF!"
                         "</v></c></row><row r=\"13\"><c r=\"A13\" s=\"1\"><v>-1</v></c></row>"
                         "<row r=\"14\"><c r=\"ZZZ14\"><v>1</v></c></row>"));
    assert_int_equal(xlsx_open(&x, &parts, &plain, &e), RC_OK);
    assert_string_equal(xlsx_sheet(x), "");
    assert_int_equal(xlsx_next(x, &r, &e), RC_END); /* no sheet yet */
    assert_int_equal(xlsx_next_sheet(x, &e), RC_OK);
    assert_int_equal(xlsx_next(x, &r, &e), RC_REJECT);
    assert_int_equal(e.code, ERR_CELL_NUMBER);
    assert_non_null(strstr(e.text, "sheet 'S', cell AB12: is a number"));
    assert_int_equal(r.fault_count, 2);
    assert_int_equal(xlsx_next(x, &r, &e), RC_REJECT);
    assert_non_null(strstr(e.text, "cell A13: must be an existing date YYYYMMDD"));
    assert_string_equal(r.faults[0].want, "YYYYMMDD");
    assert_int_equal(xlsx_next(x, &r, &e), RC_FAIL); /* there is no column ZZZ */
    assert_int_equal(xlsx_next(x, &r, &e), RC_FAIL);
    assert_int_equal(e.code, ERR_WORKBOOK);
    xlsx_close(&x);
    xlsx_close(&x);
}

static void
rows_are_as_wide_as_the_header(void **state)
{
    struct memory m = {.files = libre, .count = COUNT(libre), .piece = SIZE_MAX};
    const struct xlsx_parts parts = {&m, memory_open, memory_close};
    struct xlsx_record r;
    struct xlsx *x = NULL;
    struct err e;

    (void)state;
    assert_int_equal(xlsx_open(&x, &parts, &plain, &e), RC_OK);
    assert_int_equal(xlsx_next_sheet(x, &e), RC_OK);
    assert_int_equal(xlsx_next(x, &r, &e), RC_OK);
    assert_int_equal(r.count, 1);
    xlsx_width(x, 7);
    assert_int_equal(xlsx_next(x, &r, &e), RC_OK);
    assert_int_equal(r.count, 7);
    assert_true(span_is(r.fields[4], "TRUE"));
    assert_true(r.fields[3].p && r.fields[3].n == 0 && r.fields[6].p && r.fields[6].n == 0);
    assert_int_equal(xlsx_next_sheet(x, &e), RC_OK); /* the rest of the sheet is left */
    assert_string_equal(xlsx_sheet(x), "列表");
    assert_true(xlsx_hidden(x));
    assert_int_equal(xlsx_next(x, &r, &e), RC_OK);
    assert_int_equal(r.count, 1); /* another sheet, another header */
    assert_int_equal(xlsx_next_sheet(x, &e), RC_END);
    assert_int_equal(xlsx_next(x, &r, &e), RC_END);
    xlsx_close(&x);
}

/* A checksum that is wrong is seen at a part's end, which lies behind the last row. */
static void
damage_is_seen_at_the_end(void **state)
{
    struct zip z = {.fd = zip_of(openpyxl, COUNT(openpyxl))};
    const struct xlsx_parts parts = {&z, zip_open, zip_close};
    struct xlsx_record r;
    struct buf bytes = {0};
    struct xlsx *x = NULL;
    struct err e;
    off_t size = lseek(z.fd, 0, SEEK_END);
    char *at;
    rc_t rc;

    (void)state;
    buf_reserve(&bytes, (size_t)size);
    assert_int_equal(pread(z.fd, bytes.p, (size_t)size, 0), size);
    at = memmem(bytes.p, (size_t)size, "PK\1\2", 4); /* in the directory: the last entry's CRC */
    for (char *next; (next = memmem(at + 1, (size_t)(bytes.p + size - at - 1), "PK\1\2", 4));)
        at = next;
    at[16] ^= 1;
    assert_int_equal(pwrite(z.fd, bytes.p, (size_t)size, 0), size);
    assert_int_equal(xlsx_open(&x, &parts, &plain, &e), RC_OK);
    assert_int_equal(xlsx_next_sheet(x, &e), RC_OK);
    while ((rc = xlsx_next(x, &r, &e)) == RC_OK || rc == RC_REJECT)
        assert_int_equal(r.line, 1);
    assert_int_equal(rc, RC_FAIL);
    assert_int_equal(e.code, ERR_ARCHIVE);
    xlsx_close(&x);
    buf_free(&bytes);
    close(z.fd);
}

/* A piece ends within a row, behind rows that were not yet taken. */
static void
rows_lie_across_pieces(void **state)
{
    static const size_t pieces[] = {SIZE_MAX, 1000, 333, 50};
    struct file files[USUAL + 1];
    struct buf sheet = {0}, want = {0}, out = {0};
    struct err e;

    (void)state;
    buf_str(&sheet, SHEET_BEGIN);
    buf_str(&want, "[S]\n");
    for (int row = 1; row <= 3000; row++) {
        buf_printf(&sheet, "<row r=\"%d\">", row);
        buf_printf(&want, "%d:", row);
        for (int c = 0; c < 5; c++) {
            buf_printf(&sheet, "<c t=\"str\"><v>%d in %d</v></c>", c, row);
            buf_printf(&want, "%s%d in %d", c > 0 ? "<>" : "", c, row);
        }
        buf_str(&sheet, "</row>");
        buf_str(&want, "\n");
    }
    buf_str(&sheet, SHEET_END);
    buf_put(&sheet, "", 1);
    buf_put(&want, "", 1);
    for (size_t i = 0; i < COUNT(pieces); i++) {
        assert_int_equal(
            read_memory(files, with(files, P_SHEET, sheet.p), pieces[i], &plain, &out, &e), RC_END);
        assert_string_equal(out.p, want.p);
    }
    buf_free(&sheet);
    buf_free(&want);
    buf_free(&out);
}

/* ---- much of it ---- */

#define ROWS    100000
#define COLUMNS 10

/* Writes its parts as they are read: a sheet of shared strings that are all different. */
struct endless {
    struct buf block;
    size_t at;
    uint32_t row;
    bool strings, done, fixed;
};

static void
endless_block(struct endless *g)
{
    g->block.n = g->at = 0;
    if (g->row == 0)
        buf_str(&g->block, g->strings ? SST : SHEET_BEGIN);
    buf_str(&g->block, g->strings ? "" : "<row>");
    for (uint32_t c = 0; c < COLUMNS && g->row < ROWS; c++)
        buf_printf(&g->block,
                   g->strings ? "<si><t>a text of thirty-two bytes, %08u</t></si>"
                              : "<c t=\"s\"><v>%u</v></c>",
                   g->row * COLUMNS + c);
    buf_str(&g->block, g->strings ? "" : "</row>");
    if (g->row++ == ROWS) {
        buf_str(&g->block, g->strings ? "</sst>" : SHEET_END);
        g->done = true;
    }
}

static rc_t
endless_read(void *ctx, void *buf, size_t size, size_t *n, struct err *e)
{
    struct endless *g = ctx;

    (void)e;
    if (g->at == g->block.n && !g->done && !g->fixed)
        endless_block(g);
    *n = g->block.n - g->at < size ? g->block.n - g->at : size;
    memcpy(buf, g->block.p + g->at, *n);
    g->at += *n;
    return RC_OK;
}

static rc_t
endless_open(void *ctx, const char *name, struct source *in, struct err *e)
{
    struct endless *g = ctx;

    (void)e;
    g->block.n = g->at = g->row = 0;
    g->done = false;
    g->strings = strcmp(name, P_STRINGS) == 0;
    g->fixed = !g->strings && strcmp(name, P_SHEET) != 0;
    for (size_t i = 0; i < USUAL && g->fixed; i++)
        if (strcmp(usual[i].name, name) == 0)
            buf_str(&g->block, usual[i].text);
    *in = (struct source){endless_read, g};
    return RC_OK;
}

static void
endless_close(void *ctx)
{
    (void)ctx;
}

/* 40 MB of shared strings, of which 16 MiB may stay in memory. */
static void
memory_stays_small(void **state)
{
    struct endless g = {0};
    const struct xlsx_parts parts = {&g, endless_open, endless_close};
    const struct xlsx_form form = {.spill = blob_plain(empty_file())};
    struct rusage usage;
    struct xlsx_record r;
    struct xlsx *x = NULL;
    char want[64];
    uint32_t rows = 0;

    (void)state;
    assert_int_equal(xlsx_open(&x, &parts, &form, NULL), RC_OK);
    assert_int_equal(xlsx_next_sheet(x, NULL), RC_OK);
    for (; xlsx_next(x, &r, NULL) == RC_OK; rows++) {
        snprintf(want, sizeof want, "a text of thirty-two bytes, %08u", rows * COLUMNS + 9);
        assert_int_equal(r.count, COLUMNS);
        assert_true(span_is(r.fields[9], want));
    }
    assert_int_equal(rows, ROWS);
    xlsx_close(&x);
    buf_free(&g.block);
    assert_true(lseek(form.spill.fd, 0, SEEK_END) > (off_t)40000000 - 1);
    close(form.spill.fd);
    getrusage(RUSAGE_SELF, &usage);
#ifndef __SANITIZE_ADDRESS__
    assert_in_range(usage.ru_maxrss, 1, 48 << 10); /* the tests before count too */
#endif
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_stays_small),
        cmocka_unit_test(sheets_of_all_kinds),
        cmocka_unit_test(workbooks_as_programs_write_them),
        cmocka_unit_test(encodings),
        cmocka_unit_test(hostile_workbooks),
        cmocka_unit_test(sizes_are_bounded),
        cmocka_unit_test(names_are_bounded),
        cmocka_unit_test(a_fault_names_its_cell),
        cmocka_unit_test(rows_are_as_wide_as_the_header),
        cmocka_unit_test(damage_is_seen_at_the_end),
        cmocka_unit_test(rows_lie_across_pieces),
    };

    setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
