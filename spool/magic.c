#define _GNU_SOURCE /* memmem */
#include "spool/magic.h"

#include <string.h>
#include <strings.h>

#include "base/span.h"

#define TAR_BLOCK    512
#define TAR_CHECKSUM 148
#define LOCAL_HEADER 30

static const struct {
    const char *bytes;
    size_t n, at;
    enum magic magic;
    const char *what;
} magics[] = {
    {"PK\3\4",                           4, 0, MAGIC_ZIP,       NULL                    },
    {"PK\5\6",                           4, 0, MAGIC_ZIP_EMPTY, NULL                    },
    {"7z\xbc\xaf\x27\x1c",               6, 0, MAGIC_7Z,        NULL                    },
    {"\x1f\x8b\x08",                     3, 0, MAGIC_GZIP,      NULL                    },
    {"\xfd"
     "7zXZ\0",                      6, 0, MAGIC_XZ,        NULL                    },
    {"\x28\xb5\x2f\xfd",                 4, 0, MAGIC_ZSTD,      NULL                    },
    {"PK00PK\3\4",                       8, 0, MAGIC_REFUSED,   "a zip in several parts"},
    {"Rar!\x1a\x07",                     6, 0, MAGIC_REFUSED,   "a rar archive"         },
    {"\x31\x41\x59\x26\x53\x59",         6, 4, MAGIC_REFUSED,   "packed by bzip2"       },
    {"\x04\x22\x4d\x18",                 4, 0, MAGIC_REFUSED,   "packed by lz4"         },
    {"\x1f\x9d",                         2, 0, MAGIC_REFUSED,   "packed by compress"    },
    {"MSCF\0\0\0\0",                     8, 0, MAGIC_REFUSED,   "a cabinet"             },
    {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, 0, MAGIC_DOCUMENT,
     "an Office file that is old (.xls) or has a password"                              },
    {"%PDF-",                            5, 0, MAGIC_DOCUMENT,  "a PDF"                 },
    {"{\\rtf",                           5, 0, MAGIC_DOCUMENT,  "an RTF document"       },
    {"\x89PNG\r\n",                      6, 0, MAGIC_DOCUMENT,  "a picture"             },
    {"\xff\xd8\xff",                     3, 0, MAGIC_DOCUMENT,  "a picture"             },
};

/* The list of what is in an Office file that has a password; in UTF-16. */
static const char encrypted[] = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e";

/* Programs that say they write .xls often write one of these. */
static const struct {
    const char *start, *with, *what;
} texts[] = {
    {"<html",          "<",                                            "a web page"                       },
    {"<!doctype html", "<",                                            "a web page"                       },
    {"<table",         "<td",                                          "a web page"                       },
    {"<?xml",          "urn:schemas-microsoft-com:office:spreadsheet", "a workbook in Excel's XML of 2003"},
    {"<?xml",          "progid=\"Excel.Sheet\"",                       "a workbook in Excel's XML of 2003"},
    {"<workbook",      "urn:schemas-microsoft-com:office:spreadsheet",
     "a workbook in Excel's XML of 2003"                                                                  },
};

/* zstd may begin with frames that say nothing: pzstd writes them. */
static bool
is_skippable(const char *head, size_t n)
{
    return n >= 4 && (head[0] & 0xf0) == 0x50 && memcmp(head + 1, "\x2a\x4d\x18", 3) == 0;
}

/* A tar's header sums itself up, its own sum taken as blanks; old ones have no other sign. */
static bool
is_tar(const char *head, size_t n)
{
    unsigned long sum = 0, want = 0;
    size_t i = TAR_CHECKSUM;

    if (n < TAR_BLOCK || head[0] == '\0')
        return false;
    for (size_t k = 0; k < TAR_BLOCK; k++)
        sum += k - TAR_CHECKSUM < 8 ? ' ' : (unsigned char)head[k];
    while (i < TAR_CHECKSUM + 8 && head[i] == ' ')
        i++;
    for (; i < TAR_CHECKSUM + 8 && head[i] >= '0' && head[i] <= '7'; i++)
        want = want * 8 + (unsigned long)(head[i] - '0');
    return sum == want;
}

/* A text for a browser, or for Excel as it was in 2003; NULL: neither. */
static const char *
page(const char *head, size_t n)
{
    size_t at = n >= 3 && memcmp(head, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

    while (at < n && span_blank(head[at]))
        at++;
    for (size_t i = 0; at < n && head[at] == '<' && i < sizeof texts / sizeof *texts; i++)
        if (n - at >= strlen(texts[i].start) &&
            strncasecmp(head + at, texts[i].start, strlen(texts[i].start)) == 0 &&
            memmem(head + at, n - at, texts[i].with, strlen(texts[i].with)))
            return texts[i].what;
    return NULL;
}

/* OpenDocument begins with a file "mimetype", which says so, and is not compressed. */
static bool
is_open_document(const char *head, size_t n)
{
    static const char name[] = "mimetype", type[] = "application/vnd.oasis.opendocument";
    size_t at = LOCAL_HEADER + sizeof name - 1;

    if (n < at || memcmp(head, "PK\3\4", 4) != 0 || head[26] != sizeof name - 1 || head[27] ||
        memcmp(head + LOCAL_HEADER, name, sizeof name - 1) != 0)
        return false;
    at += (unsigned char)head[28] | (size_t)(unsigned char)head[29] << 8;
    return n >= at + sizeof type - 1 && memcmp(head + at, type, sizeof type - 1) == 0;
}

static enum magic
document(const char *head, size_t n, const char **what)
{
    *what = is_open_document(head, n) ? "an OpenDocument file (.ods)" : page(head, n);
    return *what ? MAGIC_DOCUMENT : MAGIC_DATA;
}

enum magic
magic_of(const char *head, size_t n, const char **what)
{
    enum magic magic = document(head, n, what);

    for (size_t i = 0; magic == MAGIC_DATA && i < sizeof magics / sizeof *magics; i++) {
        if (n < magics[i].at + magics[i].n ||
            memcmp(head + magics[i].at, magics[i].bytes, magics[i].n) != 0)
            continue;
        *what = magics[i].what;
        magic = magics[i].magic;
    }
    if (magic == MAGIC_DOCUMENT && memmem(head, n, encrypted, sizeof encrypted - 1))
        return MAGIC_ENCRYPTED;
    if (magic != MAGIC_DATA)
        return magic;
    if (is_skippable(head, n))
        return MAGIC_ZSTD;
    return is_tar(head, n) ? MAGIC_TAR : MAGIC_DATA;
}

/* Every text has controls for lines and tabs only, and a DOS end mark; in UTF-16 it says what it is. */
static bool
is_text(const char *head, size_t n)
{
    if (n >= 2 && (memcmp(head, "\xFF\xFE", 2) == 0 || memcmp(head, "\xFE\xFF", 2) == 0))
        return true;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)head[i] < ' ' && !memchr("\t\n\v\f\r\x1A", head[i], 6))
            return false;
    return true;
}

const char *
magic_lost(const char *name, const char *head, size_t n)
{
    static const char *const kinds[] = {"zip", "7z",  "tar", "gz",   "tgz",
                                        "xz",  "txz", "zst", "tzst", "xlsx"};
    const char *dot = name ? strrchr(name, '.') : NULL;

    for (size_t i = 0; dot && i < sizeof kinds / sizeof *kinds; i++)
        if (strcasecmp(dot + 1, kinds[i]) == 0)
            return is_text(head, n) ? NULL : kinds[i];
    return NULL;
}

static bool
is_office_name(const char *name, size_t n)
{
    static const char types[] = "[Content_Types].xml";
    static const char *const folders[] = {"xl/", "docProps/", "_rels/"};

    if (n == sizeof types - 1 && memcmp(name, types, n) == 0)
        return true;
    if (n < 5 || (memcmp(name + n - 4, ".xml", 4) != 0 && memcmp(name + n - 5, ".rels", 5) != 0))
        return false;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (n > strlen(folders[i]) && memcmp(name, folders[i], strlen(folders[i])) == 0)
            return true;
    return false;
}

bool
magic_is_office(const char *head, size_t n)
{
    for (size_t at = 0; n - at > LOCAL_HEADER; at++) {
        const char *p = memchr(head + at, 'P', n - at - LOCAL_HEADER);
        size_t length;

        if (!p)
            return false;
        at = (size_t)(p - head);
        length = (unsigned char)p[26] | (size_t)(unsigned char)p[27] << 8;
        if (memcmp(p, "PK\3\4", 4) == 0 && length <= n - at - LOCAL_HEADER &&
            is_office_name(p + LOCAL_HEADER, length))
            return true;
    }
    return false;
}
