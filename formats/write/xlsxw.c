#include "formats/write/xlsxw.h"

#include <string.h>

#include "formats/write/markup.h"

#define LAST_ROW   1048576
#define LIST_BYTES 255 /* of a list written into its rule */
#define MAIN       "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define RELS       "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define PACKAGE    "http://schemas.openxmlformats.org/package/2006"
#define XML        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"

/* Numbers of the cell formats in styles.xml. */
enum style { PLAIN, TEXT, OPTIONAL, REQUIRED, EXAMPLE_TEXT, EXAMPLE_NUMBER };

static void
put(struct buf *out, const char *text)
{
    markup_str(out, text);
}

/* AB7: column 27, row 7. */
void
xlsxw_ref(struct buf *out, uint32_t column, uint32_t row)
{
    char name[4], *p = name + sizeof name;
    uint32_t n = column + 1;

    for (; n; n = (n - 1) / 26)
        *--p = (char)('A' + (n - 1) % 26);
    buf_put(out, p, (size_t)(name + sizeof name - p));
    buf_printf(out, "%u", row);
}

static bool
has_notes(const struct xlsxw_sheet *s)
{
    bool notes = *s->example_note;

    for (uint32_t i = 0; i < s->count; i++)
        notes = notes || *s->columns[i].note;
    return notes;
}

static uint32_t
sheets(const struct xlsxw_sheet *s)
{
    return s->sheets ? s->sheets : 1;
}

static void
content_types(const struct xlsxw_sheet *s, struct buf *out)
{
    buf_str(out, XML "<Types xmlns=\"" PACKAGE "/content-types\">"
                     "<Default Extension=\"rels\" "
                     "ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
                     "<Default Extension=\"xml\" ContentType=\"application/xml\"/>"
                     "<Default Extension=\"vml\" "
                     "ContentType=\"application/vnd.openxmlformats-officedocument.vmlDrawing\"/>"
                     "<Override PartName=\"/xl/workbook.xml\" ContentType=\"application/"
                     "vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>"
                     "<Override PartName=\"/xl/styles.xml\" ContentType=\"application/"
                     "vnd.openxmlformats-officedocument.spreadsheetml.styles+xml\"/>");
    for (uint32_t n = 1; n <= sheets(s); n++)
        buf_printf(out,
                   "<Override PartName=\"/" XLSXW_NTH_SHEET "\" ContentType=\"application/"
                   "vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/>",
                   n);
    if (has_notes(s))
        buf_str(out, "<Override PartName=\"/xl/comments1.xml\" ContentType=\"application/"
                     "vnd.openxmlformats-officedocument.spreadsheetml.comments+xml\"/>");
    buf_str(out, "</Types>");
}

static void
package_rels(const struct xlsxw_sheet *s, struct buf *out)
{
    (void)s;
    buf_str(out, XML "<Relationships xmlns=\"" PACKAGE "/relationships\">"
                     "<Relationship Id=\"rId1\" Type=\"" RELS "/officeDocument\" "
                     "Target=\"xl/workbook.xml\"/></Relationships>");
}

static void
workbook(const struct xlsxw_sheet *s, struct buf *out)
{
    buf_str(out, XML "<workbook xmlns=\"" MAIN "\" xmlns:r=\"" RELS "\"><sheets><sheet name=\"");
    put(out, s->name);
    buf_str(out, "\" sheetId=\"1\" r:id=\"rId1\"/>");
    for (uint32_t n = 2; n <= sheets(s); n++) { /* rId2 are the styles */
        buf_str(out, "<sheet name=\"");
        put(out, s->name);
        buf_printf(out, "-%u\" sheetId=\"%u\" r:id=\"rId%u\"/>", n, n, n + 1);
    }
    buf_str(out, "</sheets></workbook>");
}

static void
workbook_rels(const struct xlsxw_sheet *s, struct buf *out)
{
    buf_str(out, XML "<Relationships xmlns=\"" PACKAGE "/relationships\">"
                     "<Relationship Id=\"rId1\" Type=\"" RELS "/worksheet\" "
                     "Target=\"worksheets/sheet1.xml\"/>"
                     "<Relationship Id=\"rId2\" Type=\"" RELS "/styles\" Target=\"styles.xml\"/>");
    for (uint32_t n = 2; n <= sheets(s); n++)
        buf_printf(out,
                   "<Relationship Id=\"rId%u\" Type=\"" RELS "/worksheet\" "
                   "Target=\"worksheets/sheet%u.xml\"/>",
                   n + 1, n);
    buf_str(out, "</Relationships>");
}

/* Excel wants the first two fills to be these, and the parts in this order. 49 is "as text". */
static void
styles(const struct xlsxw_sheet *s, struct buf *out)
{
    (void)s;
    buf_str(out,
            XML "<styleSheet xmlns=\"" MAIN "\">"
                "<fonts count=\"3\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font>"
                "<font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font>"
                "<font><i/><sz val=\"11\"/><color rgb=\"FF7F7F7F\"/><name val=\"Calibri\"/></font>"
                "</fonts>"
                "<fills count=\"4\"><fill><patternFill patternType=\"none\"/></fill>"
                "<fill><patternFill patternType=\"gray125\"/></fill>"
                "<fill><patternFill patternType=\"solid\"><fgColor rgb=\"FFEDEDED\"/></patternFill>"
                "</fill>"
                "<fill><patternFill patternType=\"solid\"><fgColor rgb=\"FFFFD966\"/></patternFill>"
                "</fill></fills>"
                "<borders count=\"2\"><border><left/><right/><top/><bottom/><diagonal/></border>"
                "<border><left/><right style=\"thin\"><color rgb=\"FFBFBFBF\"/></right><top/>"
                "<bottom style=\"thin\"><color rgb=\"FF7F7F7F\"/></bottom><diagonal/></border>"
                "</borders>"
                "<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" "
                "borderId=\"0\"/></cellStyleXfs><cellXfs count=\"6\">"
                "<xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>"
                "<xf numFmtId=\"49\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" "
                "applyNumberFormat=\"1\"/>");
    for (int fill = 2; fill <= 3; fill++)
        buf_printf(out,
                   "<xf numFmtId=\"49\" fontId=\"1\" fillId=\"%d\" borderId=\"1\" xfId=\"0\" "
                   "applyNumberFormat=\"1\" applyFont=\"1\" applyFill=\"1\" applyBorder=\"1\" "
                   "applyAlignment=\"1\"><alignment vertical=\"center\" wrapText=\"1\"/></xf>",
                   fill);
    for (int format = 49; format >= 0; format -= 49)
        buf_printf(out,
                   "<xf numFmtId=\"%d\" fontId=\"2\" fillId=\"0\" borderId=\"0\" xfId=\"0\" "
                   "applyNumberFormat=\"1\" applyFont=\"1\"/>",
                   format);
    buf_str(out, "</cellXfs><cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" "
                 "builtinId=\"0\"/></cellStyles></styleSheet>");
}

static void
text_cell(struct buf *out, uint32_t column, uint32_t row, enum style style, const char *text)
{
    buf_str(out, "<c r=\"");
    xlsxw_ref(out, column, row);
    buf_printf(out, "\" s=\"%d\" t=\"inlineStr\"><is><t xml:space=\"preserve\">", (int)style);
    put(out, text);
    buf_str(out, "</t></is></c>");
}

static void
example_cell(struct buf *out, uint32_t column, const struct xlsxw_column *c)
{
    if (c->text && *c->example) {
        text_cell(out, column, 2, EXAMPLE_TEXT, c->example);
        return;
    }
    buf_str(out, "<c r=\"");
    xlsxw_ref(out, column, 2);
    buf_printf(out, "\" s=\"%d\"", c->text ? EXAMPLE_TEXT : EXAMPLE_NUMBER);
    if (*c->example) {
        buf_str(out, "><v>");
        put(out, c->example);
        buf_str(out, "</v></c>");
    } else {
        buf_str(out, "/>");
    }
}

static size_t
list_bytes(const char *const *values)
{
    size_t n = 0;

    for (; values && *values; values++)
        n += strlen(*values) + 1;
    return n;
}

static bool
has_list(const struct xlsxw_column *c)
{
    return c->values && *c->values && list_bytes(c->values) <= LIST_BYTES;
}

static void
validations(const struct xlsxw_sheet *s, struct buf *out)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < s->count; i++)
        count += has_list(&s->columns[i]);
    if (!count)
        return;
    buf_printf(out, "<dataValidations count=\"%u\">", count);
    for (uint32_t i = 0; i < s->count; i++) {
        const char *const *v = s->columns[i].values;

        if (!has_list(&s->columns[i]))
            continue;
        buf_str(out, "<dataValidation type=\"list\" allowBlank=\"1\" showErrorMessage=\"1\" "
                     "sqref=\"");
        xlsxw_ref(out, i, 2);
        buf_str(out, ":");
        xlsxw_ref(out, i, LAST_ROW);
        buf_str(out, "\"><formula1>&quot;");
        for (; *v; v++) {
            put(out, *v);
            buf_str(out, v[1] ? "," : "&quot;</formula1></dataValidation>");
        }
    }
    buf_str(out, "</dataValidations>");
}

static void
worksheet(const struct xlsxw_sheet *s, struct buf *out)
{
    buf_str(out, XML "<worksheet xmlns=\"" MAIN "\" xmlns:r=\"" RELS "\"><sheetViews><sheetView "
                     "workbookViewId=\"0\"><pane ySplit=\"1\" topLeftCell=\"A2\" "
                     "activePane=\"bottomLeft\" state=\"frozen\"/></sheetView></sheetViews><cols>");
    for (uint32_t i = 0; i < s->count; i++)
        buf_printf(out, "<col min=\"%u\" max=\"%u\" width=\"%u\" style=\"%d\" customWidth=\"1\"/>",
                   i + 1, i + 1, s->columns[i].width, s->columns[i].text ? TEXT : PLAIN);
    buf_str(out, "</cols><sheetData><row r=\"1\" ht=\"33\" customHeight=\"1\">");
    for (uint32_t i = 0; i < s->count; i++)
        text_cell(out, i, 1, s->columns[i].required ? REQUIRED : OPTIONAL, s->columns[i].heading);
    buf_str(out, "</row><row r=\"2\">");
    for (uint32_t i = 0; i < s->count; i++)
        example_cell(out, i, &s->columns[i]);
    buf_str(out, "</row></sheetData>");
    validations(s, out);
    if (has_notes(s))
        buf_str(out, "<legacyDrawing r:id=\"rId1\"/>");
    buf_str(out, "</worksheet>");
}

static void
sheet_rels(const struct xlsxw_sheet *s, struct buf *out)
{
    buf_str(out, XML "<Relationships xmlns=\"" PACKAGE "/relationships\">");
    if (has_notes(s))
        buf_str(out, "<Relationship Id=\"rId1\" Type=\"" RELS "/vmlDrawing\" "
                     "Target=\"../drawings/vmlDrawing1.vml\"/>"
                     "<Relationship Id=\"rId2\" Type=\"" RELS "/comments\" "
                     "Target=\"../comments1.xml\"/>");
    buf_str(out, "</Relationships>");
}

/* Row 2 has at most one note, on its first cell. */
static const char *
note_at(const struct xlsxw_sheet *s, uint32_t n, uint32_t *column, uint32_t *row)
{
    bool heading = n < s->count;

    *column = heading ? n : 0;
    *row = heading ? 1 : 2;
    return heading ? s->columns[n].note : s->example_note;
}

static void
comments(const struct xlsxw_sheet *s, struct buf *out)
{
    uint32_t column, row;

    buf_str(out, XML "<comments xmlns=\"" MAIN "\"><authors><author>landport</author></authors>"
                     "<commentList>");
    for (uint32_t n = 0; n <= s->count; n++) {
        const char *note = note_at(s, n, &column, &row);

        if (!*note)
            continue;
        buf_str(out, "<comment ref=\"");
        xlsxw_ref(out, column, row);
        buf_str(out, "\" authorId=\"0\"><text><r><rPr><sz val=\"10\"/><rFont val=\"Calibri\"/>"
                     "</rPr><t xml:space=\"preserve\">");
        put(out, note);
        buf_str(out, "</t></r></text></comment>");
    }
    buf_str(out, "</commentList></comments>");
}

/* Height of a note's box in points: its lines, long ones wrapped. */
static unsigned
box_height(const char *note)
{
    unsigned lines = 0;

    while (*note) {
        size_t n = strcspn(note, "\n");

        lines += 1 + (unsigned)(span_chars((struct span){note, n}) / 46);
        note += n + (note[n] == '\n');
    }
    return 14 * (lines + 1);
}

/* Without its shape Excel does not show a comment. */
static void
drawing(const struct xlsxw_sheet *s, struct buf *out)
{
    uint32_t column, row;

    buf_str(out, "<xml xmlns:v=\"urn:schemas-microsoft-com:vml\" "
                 "xmlns:o=\"urn:schemas-microsoft-com:office:office\" "
                 "xmlns:x=\"urn:schemas-microsoft-com:office:excel\">"
                 "<v:shapetype id=\"note\" coordsize=\"21600,21600\" o:spt=\"202\" "
                 "path=\"m,l,21600r21600,l21600,xe\"><v:stroke joinstyle=\"miter\"/>"
                 "<v:path gradientshapeok=\"t\" o:connecttype=\"rect\"/></v:shapetype>");
    for (uint32_t n = 0; n <= s->count; n++) {
        const char *note = note_at(s, n, &column, &row);

        if (!*note)
            continue;
        buf_printf(out,
                   "<v:shape id=\"n%u\" type=\"#note\" style=\"position:absolute;width:260pt;"
                   "height:%upt;visibility:hidden\" fillcolor=\"#ffffe1\" o:insetmode=\"auto\">"
                   "<v:fill color2=\"#ffffe1\"/><v:textbox><div style=\"text-align:left\"/>"
                   "</v:textbox><x:ClientData ObjectType=\"Note\"><x:MoveWithCells/>"
                   "<x:SizeWithCells/><x:AutoFill>False</x:AutoFill><x:Row>%u</x:Row>"
                   "<x:Column>%u</x:Column></x:ClientData></v:shape>",
                   n, box_height(note), row - 1, column);
    }
    buf_str(out, "</xml>");
}

bool
xlsxw_part(const struct xlsxw_sheet *s, uint32_t n, const char **name, struct buf *out)
{
    static const struct {
        const char *name;
        void (*write)(const struct xlsxw_sheet *s, struct buf *out);
        bool of_notes;
    } parts[] = {
        {"[Content_Types].xml",                 content_types, false},
        {"_rels/.rels",                         package_rels,  false},
        {"xl/workbook.xml",                     workbook,      false},
        {"xl/_rels/workbook.xml.rels",          workbook_rels, false},
        {"xl/styles.xml",                       styles,        false},
        {"xl/worksheets/sheet1.xml",            worksheet,     false},
        {"xl/worksheets/_rels/sheet1.xml.rels", sheet_rels,    false},
        {"xl/comments1.xml",                    comments,      true },
        {"xl/drawings/vmlDrawing1.vml",         drawing,       true },
    };

    if (n >= sizeof parts / sizeof *parts || (parts[n].of_notes && !has_notes(s)))
        return false;
    *name = parts[n].name;
    parts[n].write(s, out);
    return true;
}

bool
xlsxw_frame(const struct xlsxw_sheet *s, uint32_t n, const char **name, struct buf *out)
{
    static const struct {
        const char *name;
        void (*write)(const struct xlsxw_sheet *s, struct buf *out);
    } parts[] = {
        {"[Content_Types].xml",        content_types},
        {"_rels/.rels",                package_rels },
        {"xl/workbook.xml",            workbook     },
        {"xl/_rels/workbook.xml.rels", workbook_rels},
        {"xl/styles.xml",              styles       },
    };

    if (n >= sizeof parts / sizeof *parts)
        return false;
    *name = parts[n].name;
    parts[n].write(s, out);
    return true;
}

void
xlsxw_table_begin(struct buf *out, uint32_t columns)
{
    buf_printf(out,
               XML "<worksheet xmlns=\"" MAIN "\"><sheetViews><sheetView workbookViewId=\"0\">"
                   "<pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" "
                   "state=\"frozen\"/></sheetView></sheetViews><cols><col min=\"1\" max=\"%u\" "
                   "width=\"18\" style=\"%d\" customWidth=\"1\"/></cols><sheetData>",
               columns, (int)TEXT);
}

/* Would it be read as an escaped character? _x000D_ */
static bool
reads_as_escape(const char *p, size_t left)
{
    return left >= 7 && p[0] == '_' && p[1] == 'x' && p[6] == '_' &&
           strspn(p + 2, "0123456789abcdefABCDEF") >= 4;
}

static void
put_value(struct buf *out, struct span v)
{
    size_t from = 0;

    for (size_t i = 0; i < v.n; i++) {
        unsigned char c = (unsigned char)v.p[i];
        bool escape =
            c == '_' ? reads_as_escape(v.p + i, v.n - i) : c < 0x20 && c != '\t' && c != '\n';

        if (!escape)
            continue;
        markup_text(out, (struct span){v.p + from, i - from});
        buf_printf(out, "_x%04X_", c);
        from = i + 1;
    }
    markup_text(out, (struct span){v.p + from, v.n - from});
}

void
xlsxw_table_row(struct buf *out, uint32_t row, const struct span *cells, uint32_t count,
                bool heading)
{
    buf_printf(out, "<row r=\"%u\">", row);
    for (uint32_t i = 0; i < count; i++) {
        if (!cells[i].n)
            continue;
        buf_str(out, "<c r=\"");
        xlsxw_ref(out, i, row);
        buf_printf(out, "\" s=\"%d\" t=\"inlineStr\"><is><t xml:space=\"preserve\">",
                   heading ? (int)OPTIONAL : (int)TEXT);
        put_value(out, cells[i]);
        buf_str(out, "</t></is></c>");
    }
    buf_str(out, "</row>");
}

void
xlsxw_table_end(struct buf *out)
{
    buf_str(out, "</sheetData></worksheet>");
}

void
xlsxw_cell(struct buf *out, uint32_t column, uint32_t row, const char *style, struct span value,
           bool number)
{
    buf_str(out, "<c r=\"");
    xlsxw_ref(out, column, row);
    buf_str(out, "\"");
    if (style)
        buf_printf(out, " s=\"%s\"", style);
    if (!value.n) {
        buf_str(out, "/>");
    } else if (number) {
        buf_str(out, "><v>");
        buf_put(out, value.p, value.n);
        buf_str(out, "</v></c>");
    } else {
        buf_str(out, " t=\"inlineStr\"><is><t xml:space=\"preserve\">");
        put_value(out, value);
        buf_str(out, "</t></is></c>");
    }
}

void
xlsxw_sheet_begin(struct buf *out, uint32_t frozen, const char *const *styles, uint32_t count)
{
    buf_str(out, XML "<worksheet xmlns=\"" MAIN "\">");
    if (frozen)
        buf_printf(out,
                   "<sheetViews><sheetView workbookViewId=\"0\"><pane ySplit=\"%u\" "
                   "topLeftCell=\"A%u\" activePane=\"bottomLeft\" state=\"frozen\"/>"
                   "</sheetView></sheetViews>",
                   frozen, frozen + 1);
    if (count)
        buf_str(out, "<cols>");
    for (uint32_t i = 0; i < count; i++)
        buf_printf(out, "<col min=\"%u\" max=\"%u\" width=\"18\" style=\"%s\" customWidth=\"1\"/>",
                   i + 1, i + 1, styles[i]);
    buf_str(out, count ? "</cols><sheetData>" : "<sheetData>");
}
