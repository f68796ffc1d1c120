#include "formats/read/xml_in.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Partners declare GB2312 or GBK and write characters only GB18030 has. */
static const char *const chinese[] = {"GB2312", "GBK",   "CP936", "MS936",
                                      "EUC-CN", "EUCCN", "X-GBK"};
static const char *const unicode[] = {"UTF-8", "UTF8",  "UTF-16",   "UTF-16LE",   "UTF-16BE",
                                      "UTF16", "ASCII", "US-ASCII", "ISO-8859-1", "GB18030"};

static void
prepare(void)
{
    static bool prepared;

    if (prepared)
        return;
    xmlInitParser();
    for (size_t i = 0; i < COUNT(chinese); i++)
        xmlAddEncodingAlias("GB18030", chinese[i]);
    prepared = true;
}

xmlParserCtxtPtr
xml_in_parser(xmlSAXHandler *sax, void *ctx)
{
    xmlParserCtxtPtr xml;

    prepare();
    xml = xmlCreatePushParserCtxt(sax, ctx, NULL, 0, NULL);
    if (!xml)
        BUG("out of memory");
    xmlCtxtUseOptions(xml, XML_PARSE_NONET | XML_PARSE_BIG_LINES);
    return xml;
}

static void
say_nothing(void *ctx, const char *format, ...)
{
    (void)ctx, (void)format;
}

static bool
is_one_of(struct span name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (name.n == strlen(names[i]) && strncasecmp(name.p, names[i], name.n) == 0)
            return true;
    return false;
}

/* Between the quotes of encoding="…"; empty: the declaration has none. */
static struct span
declared(const char *text)
{
    const char *end = strstr(text, "?>"), *at = strstr(text, "encoding"), *quote;

    if (strncmp(text, "<?xml", 5) != 0 || !end || !at || at > end)
        return SPAN("");
    at += strlen("encoding");
    at += strspn(at, " \t\r\n=");
    quote = (*at == '"' || *at == '\'') ? strchr(at + 1, *at) : NULL;
    return quote && quote < end ? (struct span){at + 1, (size_t)(quote - at - 1)} : SPAN("");
}

/* It says GB2312, and its bytes are UTF-8 all the same: some programs write the one and never asked what the
 * other is. Of Chinese in GB18030 hardly two characters are UTF-8 by chance. */
static bool
is_utf8_in_disguise(const char *p, size_t n)
{
    char text[512];
    size_t head = n < sizeof text - 1 ? n : sizeof text - 1, valid;
    struct span bytes = {p, n};

    memcpy(text, p, head);
    text[head] = '\0';
    if (!is_one_of(declared(text), chinese, COUNT(chinese)) &&
        !is_one_of(declared(text), (const char *const[]){"GB18030"}, 1))
        return false;
    valid = span_valid_utf8(bytes);
    return n - valid < 4 && span_chars((struct span){p, valid}) + 4 <= valid;
}

int
xml_in_parse(xmlParserCtxtPtr xml, const char *p, size_t n, xmlStructuredErrorFunc on_error,
             void *ctx)
{
    xmlStructuredErrorFunc structured = xmlStructuredError;
    xmlGenericErrorFunc generic = xmlGenericError;
    void *structured_ctx = xmlStructuredErrorContext, *generic_ctx = xmlGenericErrorContext;
    int code;

    if (n && xml->instate == XML_PARSER_START && is_utf8_in_disguise(p, n))
        xmlCtxtUseOptions(xml, XML_PARSE_NONET | XML_PARSE_BIG_LINES | XML_PARSE_IGNORE_ENC);
    xmlSetStructuredErrorFunc(ctx, on_error);
    xmlSetGenericErrorFunc(NULL, say_nothing);
    code = xmlParseChunk(xml, p, (int)n, n == 0);
    xmlSetStructuredErrorFunc(structured_ctx, structured);
    xmlSetGenericErrorFunc(generic_ctx, generic);
    return code;
}

bool
xml_in_is_foreign(struct span start, char name[24])
{
    char text[512];
    size_t n = 0;
    struct span found;

    if (start.n >= 4 &&
        (memcmp(start.p, "\0\0", 2) == 0 || memcmp(start.p, "<\0\0", 3) == 0 ||
         memcmp(start.p, "\0<\0\0", 4) == 0 || memcmp(start.p, "\x4C\x6F\xA7\x94", 4) == 0)) {
        snprintf(name, 24, "%s", start.p[0] == 'L' ? "EBCDIC" : "UCS-4");
        return true;
    }
    /* of UTF-16 as of the others: its letters without the zeros between them */
    for (size_t i = 0; i < start.n && i < 2 * sizeof text && n < sizeof text - 1; i++)
        if (start.p[i] && !(i < 3 && (unsigned char)start.p[i] > 0x7F))
            text[n++] = start.p[i];
    text[n] = '\0';
    found = declared(text);
    if (!found.n || is_one_of(found, unicode, COUNT(unicode)) ||
        is_one_of(found, chinese, COUNT(chinese)))
        return false;
    span_show(name, 24, found);
    return true;
}
