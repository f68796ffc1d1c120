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
#include <stdbool.h>

#include "base/span.h"
#include "made.h"
#include "spool/unpack.h"

#define TEXT "x,y\n1,2\n"

/* ---- archives by libarchive ---- */

struct member {
    const char *name, *data;
    size_t n;         /* 0: strlen */
    unsigned type;    /* AE_IF…; 0: a plain file */
    const char *link; /* target, with AE_IFLNK; of a plain file: a hard link */
};

static la_ssize_t
on_write(struct archive *archive, void *ctx, const void *p, size_t n)
{
    (void)archive;
    buf_put(ctx, p, n);
    return (la_ssize_t)n;
}

static void
put_member(struct archive *a, const struct member *m)
{
    struct archive_entry *entry = archive_entry_new();
    size_t n = m->n ? m->n : m->data ? strlen(m->data) : 0;

    archive_entry_set_pathname(entry, m->name);
    archive_entry_set_filetype(entry, m->type ? m->type : AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_mtime(entry, 1700000000, 0);
    if (m->link && m->type == AE_IFLNK)
        archive_entry_set_symlink(entry, m->link);
    else if (m->link)
        archive_entry_set_hardlink(entry, m->link);
    else
        archive_entry_set_size(entry, (la_int64_t)n);
    if (archive_write_header(a, entry) != ARCHIVE_OK)
        fail_msg("'%s': %s", m->name, archive_error_string(a));
    if (n && !m->link)
        assert_int_equal(archive_write_data(a, m->data, n), (la_ssize_t)n);
    archive_entry_free(entry);
}

static struct buf
made(const char *format, const char *filter, const char *options, const struct member *members,
     size_t count)
{
    struct archive *a = archive_write_new();
    struct buf out = {0};

    assert_int_equal(archive_write_set_format_by_name(a, format), ARCHIVE_OK);
    if (filter)
        assert_int_equal(archive_write_add_filter_by_name(a, filter), ARCHIVE_OK);
    archive_write_set_bytes_in_last_block(a, 1);
    if (options) {
        assert_int_equal(archive_write_set_options(a, options), ARCHIVE_OK);
        assert_int_equal(archive_write_set_passphrase(a, "secret"), ARCHIVE_OK);
    }
    assert_int_equal(archive_write_open(a, &out, NULL, on_write, NULL), ARCHIVE_OK);
    for (size_t i = 0; i < count; i++)
        put_member(a, &members[i]);
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
    return out;
}

/* A gzip member with a name in its header. */
static struct buf
gzipped(const char *name, const char *data, size_t n)
{
    z_stream z = {0};
    gz_header header = {.name = (Bytef *)(uintptr_t)name};
    struct buf out = {0};

    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, MAX_WBITS + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflateSetHeader(&z, &header), Z_OK);
    buf_reserve(&out, deflateBound(&z, n) + 2000);
    z.next_in = (Bytef *)(uintptr_t)data;
    z.avail_in = (uInt)n;
    z.next_out = (Bytef *)out.p;
    z.avail_out = (uInt)out.size;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out.n = out.size - z.avail_out;
    deflateEnd(&z);
    return out;
}

/* One member that holds what `inner` holds, which is freed. */
static struct buf
around(const char *format, const char *filter, const char *name, struct buf inner)
{
    struct buf out =
        made(format, filter, NULL, &(struct member){name, inner.p, inner.n, 0, NULL}, 1);

    buf_free(&inner);
    return out;
}

/* ---- what a walk sees ---- */

struct seen {
    struct buf names, content; /* "a.csv\n", one after the other */
    uint32_t files, office;
    struct err e;
};

static void
seen_free(struct seen *s)
{
    buf_free(&s->names);
    buf_free(&s->content);
}

static rc_t
read_nth(int fd, const char *upload, uint32_t n, const struct unpack_limit *limit, struct seen *s)
{
    struct unpack *u = NULL;
    struct unpack_item item;
    rc_t rc = unpack_open_nth(&u, blob_plain(fd), upload, n, limit, &item, &s->e);

    if (rc != RC_OK)
        return rc;
    assert_int_equal(item.number, n);
    assert_string_equal(item.name, unpack_name(u));
    buf_str(&s->names, item.name);
    buf_str(&s->names, "\n");
    s->office += item.kind == UNPACK_XLSX;
    rc = drain(unpack_source(u), &s->content, &s->e);
    if (rc == RC_OK && item.bytes >= 0 && unpack_is_archive(u))
        assert_true((uint64_t)item.bytes <= s->content.n);
    unpack_close(&u);
    return rc;
}

/* As ingest does: all are listed, then each is opened and read. */
static rc_t
walk(const struct buf *b, const char *upload, const struct unpack_limit *asked, struct seen *s)
{
    struct unpack *u = NULL;
    struct unpack_limit with = asked ? *asked : (struct unpack_limit){0}, *limit = &with;
    int fd = file_of(b->p, b->n), room = file_of("", 0);
    rc_t rc;

    if (!with.spill.fd)
        with.spill = blob_plain(room);
    s->names.n = s->content.n = s->files = s->office = 0;
    s->e = (struct err){0};
    rc = unpack_begin(&u, blob_plain(fd), upload, limit, &s->e);
    while (rc == RC_OK && (rc = unpack_next(u, NULL, &s->e)) == RC_OK)
        s->files++;
    if (rc != RC_END && u) /* and it stays so */
        assert_int_equal(unpack_next(u, NULL, NULL), rc);
    unpack_close(&u);
    if (rc == RC_END)
        rc = RC_OK;
    for (uint32_t i = 0; rc == RC_OK && i < s->files; i++)
        rc = read_nth(fd, upload, i, limit, s);
    if (rc == RC_OK)
        assert_int_equal(unpack_open_nth(&u, blob_plain(fd), upload, s->files, limit, NULL, &s->e),
                         RC_REJECT);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), (off_t)b->n); /* only borrowed */
    close(fd);
    close(room);
    buf_put(&s->names, "", 1);
    s->names.n--;
    return rc;
}

static void
expect(const char *what, struct buf b, const char *upload, const char *names, const char *content)
{
    struct seen s = {0};
    rc_t rc = walk(&b, upload, NULL, &s);

    if (rc != RC_OK)
        fail_msg("%s: rc %d code %d %s", what, (int)rc, (int)s.e.code, s.e.text);
    if (strcmp(s.names.p, names) != 0)
        fail_msg("%s: names\n%s", what, s.names.p);
    if (s.content.n != strlen(content) || memcmp(s.content.p, content, s.content.n) != 0)
        fail_msg("%s: other content", what);
    seen_free(&s);
    buf_free(&b);
}

static void
refuse(const char *what, struct buf b, const struct unpack_limit *limit, err_code_t code,
       const char *text)
{
    struct seen s = {0};
    rc_t rc = walk(&b, "up.load", limit, &s);

    if (rc != RC_REJECT || s.e.code != code || !strstr(s.e.text, text))
        fail_msg("%s: rc %d code %d %s", what, (int)rc, (int)s.e.code, s.e.text);
    seen_free(&s);
    buf_free(&b);
}

static const struct member two[] = {
    {"ORDER_1.csv",      "a1\n", 0, 0, NULL},
    {"sub/订单_2.csv", "a2\n", 0, 0, NULL},
};

static const struct packing {
    const char *format, *filter;
} packings[] = {
    {"zip",    NULL  },
    {"7zip",   NULL  },
    {"ustar",  NULL  },
    {"pax",    NULL  },
    {"gnutar", NULL  },
    {"v7tar",  NULL  },
    {"ustar",  "gzip"},
    {"pax",    "xz"  },
    {"gnutar", "zstd"},
};
#define PACKINGS (sizeof packings / sizeof *packings)

/* ---- tests ---- */

static void
every_kind_gives_every_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < PACKINGS; i++)
        expect(packings[i].format, made(packings[i].format, packings[i].filter, NULL, two, 2), "up",
               "ORDER_1.csv\nsub/订单_2.csv\n", "a1\na2\n");
}

static void
a_compressed_file_has_its_own_name_or_the_uploads(void **state)
{
    static const struct {
        const char *what, *told, *upload, *name;
    } cases[] = {
        {"told",                   "a.csv",                "b.csv.gz", "a.csv\n"     },
        {"told with a path",       "/tmp/../a.csv",        "b.csv.gz", "a.csv\n"     },
        {"told in GBK",            "\xb6\xa9\xb5\xa5.csv", "b.csv.gz", "订单.csv\n"},
        {"told in nothing",        "\xff\xff.csv",         "b.csv.gz", "b.csv\n"     },
        {"told with a line end",   "a\nb.csv",             "b.csv.gz", "b.csv\n"     },
        {"told a folder",          "a/",                   "b.csv.gz", "b.csv\n"     },
        {"not told",               NULL,                   "b.csv.GZ", "b.csv\n"     },
        {"not told, other suffix", NULL,                   "b.csv",    "b.csv\n"     },
        {"nothing but a suffix",   NULL,                   ".gz",      ".gz\n"       },
        {"nothing",                NULL,                   "",         "\n"          },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect(cases[i].what, gzipped(cases[i].told, TEXT, 8), cases[i].upload, cases[i].name,
               TEXT);
    expect("xz", made("raw", "xz", NULL, &(struct member){"x", TEXT, 0, 0, NULL}, 1), "b.csv.xz",
           "b.csv\n", TEXT);
    expect("zstd", made("raw", "zstd", NULL, &(struct member){"x", TEXT, 0, 0, NULL}, 1),
           "b.csv.zst", "b.csv\n", TEXT);
}

static void
archives_nest_once(void **state)
{
    static const char *const outer[] = {"zip", "7zip", "ustar"};
    static const struct unpack_limit nowhere = {.spill = {.fd = -1}};

    (void)state;
    for (size_t o = 0; o < 3; o++)
        for (size_t i = 0; i < PACKINGS; i++) {
            struct buf in = made(packings[i].format, packings[i].filter, NULL, two, 2);

            expect(packings[i].format, around(outer[o], NULL, "d/in", in), "up",
                   "d/in/ORDER_1.csv\nd/in/sub/订单_2.csv\n", "a1\na2\n");
        }
    refuse("7z inside, and nowhere to write it",
           around("zip", NULL, "d/in", made("7zip", NULL, NULL, two, 2)), &nowhere, ERR_NESTED,
           "'d/in': a 7z inside");
    refuse("zip inside, and nowhere to write it",
           around("ustar", NULL, "d/in", made("zip", NULL, NULL, two, 2)), &nowhere, ERR_NESTED,
           "'d/in': a zip inside");
    expect("zip in tar.gz", around("ustar", "gzip", "in", made("zip", NULL, NULL, two, 2)), "up",
           "in/ORDER_1.csv\nin/sub/订单_2.csv\n", "a1\na2\n");
    expect("gz in zip", around("zip", NULL, "b.csv.gz", gzipped(NULL, TEXT, 8)), "up",
           "b.csv.gz/b.csv\n", TEXT);
    expect("zip in gz", around("raw", "gzip", "x", made("zip", NULL, NULL, two, 2)), "a.zip.gz",
           "a.zip/ORDER_1.csv\na.zip/sub/订单_2.csv\n", "a1\na2\n");
}

static void
deeper_is_refused(void **state)
{
    struct buf b = around("zip", NULL, "b", made("zip", NULL, NULL, two, 2));

    (void)state;
    refuse("zip, zip, zip", around("zip", NULL, "a", b), NULL, ERR_NESTED, "'a/b': an archive in");
    b = around("zip", NULL, "b", gzipped(NULL, TEXT, 8));
    refuse("zip, zip, gz", around("zip", NULL, "a", b), NULL, ERR_NESTED, "'a/b': an archive in");
    b = around("ustar", "xz", "b", gzipped(NULL, TEXT, 8));
    refuse("gz, tar.xz, gz", around("raw", "gzip", "a", b), NULL, ERR_NESTED, "an archive in");
}

/* Where the nth mark of four bytes begins. */
static char *
mark_at(const struct buf *zip, const char *mark, int n)
{
    for (size_t i = 0; i + 4 <= zip->n; i++)
        if (memcmp(zip->p + i, mark, 4) == 0 && n-- == 0)
            return zip->p + i;
    fail_msg("no such mark");
    return NULL;
}

/* Take the nth entry out of the directory, as programs do that delete a file and leave its bytes. */
static struct buf
forgotten(struct buf zip, int n)
{
    char *entry = mark_at(&zip, "PK\1\2", n), *end = mark_at(&zip, "PK\5\6", 0);
    size_t length = 46u + (unsigned char)entry[28] + (unsigned char)entry[30];
    unsigned size = (unsigned char)end[12] | (unsigned)(unsigned char)end[13] << 8;

    size -= (unsigned)length;
    end[8]--, end[10]--;
    end[12] = (char)size, end[13] = (char)(size >> 8);
    memmove(entry, entry + length, zip.n - (size_t)(entry - zip.p) - length);
    zip.n -= length;
    return zip;
}

/* `at` bytes behind the nth mark there stands another byte. */
static struct buf
patched(struct buf zip, const char *mark, int n, size_t at, char byte)
{
    mark_at(&zip, mark, n)[at] = byte;
    return zip;
}

/* As bsdtar and others write it, with sizes before the bytes: nothing behind them. */
static struct buf
small_zip(void)
{
    static const struct member three[] = {
        {"a.csv", "a\n", 0, 0, NULL},
        {"b.csv", "b\n", 0, 0, NULL},
        {"c.csv", "c\n", 0, 0, NULL},
    };

    return made("zip", NULL, "zip:compression=store", three, 3);
}

static void
a_zip_is_read_by_its_directory(void **state)
{
    (void)state;
    for (int n = 0; n < 3; n++) {
        static const char *const names[] = {"b.csv\nc.csv\n", "a.csv\nc.csv\n", "a.csv\nb.csv\n"};
        static const char *const inside[] = {"i/b.csv\ni/c.csv\n", "i/a.csv\ni/c.csv\n",
                                             "i/a.csv\ni/b.csv\n"};
        static const char *const content[] = {"b\nc\n", "a\nc\n", "a\nb\n"};

        expect("one forgotten", forgotten(small_zip(), n), "up", names[n], content[n]);
        expect("in a zip", around("zip", NULL, "i", forgotten(small_zip(), n)), "up", inside[n],
               content[n]);
        expect("in a tar", around("ustar", "gzip", "i", forgotten(small_zip(), n)), "up", inside[n],
               content[n]);
        expect("in a 7z", around("7zip", NULL, "i", forgotten(small_zip(), n)), "up", inside[n],
               content[n]);
    }
}

static void
a_zip_that_says_two_things_is_refused(void **state)
{
    (void)state;
    refuse("another name", patched(small_zip(), "PK\3\4", 1, 30, 'x'), NULL, ERR_ARCHIVE,
           "'b.csv' has another name");
    refuse("in a zip", around("zip", NULL, "i", patched(small_zip(), "PK\3\4", 1, 30, 'x')), NULL,
           ERR_ARCHIVE, "'i': zip: 'b.csv' has another name");
    refuse("a longer name", patched(small_zip(), "PK\3\4", 2, 26, 6), NULL, ERR_ARCHIVE,
           "'c.csv' has another name");
    refuse("another method", patched(small_zip(), "PK\3\4", 0, 8, 8), NULL, ERR_ARCHIVE,
           "'a.csv' has another method");
    refuse("one file under two names", patched(small_zip(), "PK\1\2", 1, 42, 0), NULL, ERR_ARCHIVE,
           "another name");
    refuse("an entry too few", patched(patched(small_zip(), "PK\5\6", 0, 10, 2), "PK\5\6", 0, 8, 2),
           NULL, ERR_ARCHIVE, "more entries");
    refuse("an entry too many",
           patched(patched(small_zip(), "PK\5\6", 0, 10, 4), "PK\5\6", 0, 8, 4), NULL, ERR_ARCHIVE,
           "its directory");
    refuse("elsewhere", patched(small_zip(), "PK\5\6", 0, 16, 9), NULL, ERR_ARCHIVE,
           "not where its end says");
}

/* Several archives inside, plain files between them, one read and one skipped. */
static void
many_archives_inside(void **state)
{
    struct buf zip = made("zip", NULL, NULL, two, 2), tar = made("ustar", "gzip", NULL, two, 2);
    struct buf gz = gzipped("c.csv", "c\n", 2), seven = made("7zip", NULL, NULL, two, 2);
    struct buf shorter = made("7zip", NULL, NULL, two + 1, 1);
    const struct member all[] = {
        {"1.zip",    zip.p,     zip.n,     0, NULL},
        {"b.csv",    "b\n",     0,         0, NULL},
        {"2.tar.gz", tar.p,     tar.n,     0, NULL},
        {"3.gz",     gz.p,      gz.n,      0, NULL},
        {"4.7z",     seven.p,   seven.n,   0, NULL},
        {"5.7z",     shorter.p, shorter.n, 0, NULL},
        {"d.csv",    "d\n",     0,         0, NULL},
    };

    (void)state;
    for (size_t i = 0; i < PACKINGS; i++)
        expect(packings[i].format, made(packings[i].format, packings[i].filter, NULL, all, 7), "up",
               "1.zip/ORDER_1.csv\n1.zip/sub/订单_2.csv\nb.csv\n2.tar.gz/ORDER_1.csv\n"
               "2.tar.gz/sub/订单_2.csv\n3.gz/c.csv\n4.7z/ORDER_1.csv\n4.7z/sub/订单_2.csv\n"
               "5.7z/sub/订单_2.csv\nd.csv\n",
               "a1\na2\nb\na1\na2\nc\na1\na2\na2\nd\n");
    buf_free(&seven);
    buf_free(&shorter);
    buf_free(&zip);
    buf_free(&tar);
    buf_free(&gz);
}

static const struct member workbook[] = {
    {"[Content_Types].xml", "<Types/>",    0, 0, NULL},
    {"_rels/.rels",         "<r/>",        0, 0, NULL},
    {"xl/workbook.xml",     "<workbook/>", 0, 0, NULL},
};

static void
expect_office(struct buf b, const struct buf *book, const char *names)
{
    struct seen s = {0};
    rc_t rc = walk(&b, "up", NULL, &s);

    if (rc != RC_OK || s.office != 1 || s.files != 1 || strcmp(s.names.p, names) != 0)
        fail_msg("rc %d, %u of %u, names %s: %s", (int)rc, s.office, s.files, s.names.p, s.e.text);
    assert_int_equal(s.content.n, book->n);
    assert_memory_equal(s.content.p, book->p, book->n);
    seen_free(&s);
    buf_free(&b);
}

static void
a_workbook_is_one_file(void **state)
{
    /* the order of Excel, and of a library that writes the types last */
    const struct member late[] = {
        {"docProps/app.xml", "<a/>", 0, 0, NULL},
        workbook[2], workbook[0]
    };

    (void)state;
    for (int i = 0; i < 2; i++) {
        const struct member *members = i ? late : workbook;
        struct buf book = made("zip", NULL, NULL, members, 3), b = {0};

        buf_put(&b, book.p, book.n);
        expect_office(b, &book, "\n");
        for (size_t k = 0; k < PACKINGS; k++)
            expect_office(made(packings[k].format, packings[k].filter, NULL,
                               &(struct member){"a.xlsx", book.p, book.n, 0, NULL}, 1),
                          &book, "a.xlsx\n");
        expect_office(gzipped("a.xlsx", book.p, book.n), &book, "a.xlsx\n");
        b = around("zip", NULL, "in.zip",
                   made("zip", NULL, NULL, &(struct member){"a.xlsx", book.p, book.n, 0, NULL}, 1));
        expect_office(b, &book, "in.zip/a.xlsx\n");
        buf_free(&book);
    }
    expect("a folder of that name",
           made("zip", NULL, NULL, &(struct member){"xl/ORDER.csv", TEXT, 0, 0, NULL}, 1), "up",
           "xl/ORDER.csv\n", TEXT);
}

/* Made by 7z -p and 7z -p -mhe=on. */
static const char locked_data[] =
    "7z\274\257'\34\0\4,\240\36\37\20\0\0\0\0\0\0\0b\0\0\0\0\0\0\0d\364(\326\225Z\244 \257p\230"
    "6\20\235\261\326\257\256o\6\1\4\6\0\1\t\20\0\a\v\1\0\2$\6\361\a\1\22S\17\240a\365*\30\345@"
    "\365\315\205\252\375`\177\30\210!!\1\0\1\0\f\f\b\0\b\n\1#\337r\0\0\0\5\1\31\1\0\21\r\0a\0."
    "\0c\0s\0v\0\0\0\24\n\1\0\220\345~$\311{\335\1\25\6\1\0 \200\244\201\0";
static const char locked_names[] =
    "7z\274\257'\34\0\4\21\241\202\345\200\0\0\0\0\0\0\0.\0\0\0\0\0\0\0\260\227\3538P\211\206"
    "\320`zA\267\330$\35\275N\236\355\224<I\215\2\345\216\363\264\264P\3638\357D\264\34\240O"
    "\200\203\0255W%W\326\203h\267\225U\256\347pZ\301\311;\227\374:n/\31\276\bs\a\17 \227X\3431"
    "v\304\301\247\0\t\324S\\\335\245\367s\f\343\a\367\351\365i\226\320\3010\215\207d\17)\375^"
    "\267\276\255\247\266\35\271\244\267\265;\271\274\232t(\307sf\343{\323\315\266o\332\267\27"
    "\6\20\1\tp\0\a\v\1\0\1$\6\361\a\1\22S\17\tY\313\371\317MqpUa\260\277\331\350\241\227\fb\n"
    "\1\334\354\217\305\0";

static struct buf
copy_of(const char *p, size_t n)
{
    struct buf b = {0};

    buf_put(&b, p, n);
    return b;
}

static void
locked_ones_say_so(void **state)
{
    static const struct member m = {"a.csv", TEXT, 0, 0, NULL};
    static const char *const how[] = {"zip:encryption=zipcrypt", "zip:encryption=aes128",
                                      "zip:encryption=aes256"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        refuse(how[i], made("zip", NULL, how[i], &m, 1), NULL, ERR_ENCRYPTED, "'a.csv'");
        refuse(how[i], around("ustar", "gzip", "in", made("zip", NULL, how[i], &m, 1)), NULL,
               ERR_ENCRYPTED, "'a.csv'");
    }
    refuse("7z", copy_of(locked_data, sizeof locked_data), NULL, ERR_ENCRYPTED, "'a.csv'");
    refuse("7z, names too", copy_of(locked_names, sizeof locked_names), NULL, ERR_ENCRYPTED, "7z");
}

static void
only_plain_files(void **state)
{
    static const struct member kinds[][2] = {
        {{"a.csv", TEXT, 0, 0, NULL}, {"b.csv", NULL, 0, AE_IFLNK, "/etc/passwd"}},
        {{"a.csv", TEXT, 0, 0, NULL}, {"b.csv", NULL, 0, 0, "a.csv"}             },
        {{"a.csv", TEXT, 0, 0, NULL}, {"b.csv", NULL, 0, AE_IFCHR, NULL}         },
        {{"a.csv", TEXT, 0, 0, NULL}, {"b.csv", NULL, 0, AE_IFBLK, NULL}         },
        {{"a.csv", TEXT, 0, 0, NULL}, {"b.csv", NULL, 0, AE_IFIFO, NULL}         },
    };

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        refuse("tar", made("ustar", NULL, NULL, kinds[i], 2), NULL, ERR_ARCHIVE,
               "'b.csv' is not a regular file");
        refuse("tar.gz", made("pax", "gzip", NULL, kinds[i], 2), NULL, ERR_ARCHIVE,
               "'b.csv' is not a regular file");
    }
    refuse("zip", made("zip", NULL, NULL, kinds[0], 2), NULL, ERR_ARCHIVE, "not a regular file");
    refuse("7z", made("7zip", NULL, NULL, kinds[0], 2), NULL, ERR_ARCHIVE, "not a regular file");
}

/* Names are data: whatever they say, nothing is opened by them. */
static void
names_of_strangers(void **state)
{
    static const struct {
        const char *raw;
        uint32_t flags;
        const char *name; /* NULL: refused */
    } names[] = {
        {"..a/b..csv/...",       0,    "..a/b..csv/...\n"},
        {"./a.csv",              0,    "./a.csv\n"       },
        {"a\\b.csv",             0,    "a/b.csv\n"       },
        {"\xb6\xa9\xb5\xa5.csv", 0,    "订单.csv\n"    },
        {"\x81\x30\x86\x37.csv", 0,    "\xc2\xbf.csv\n"  }, /* four bytes in GB18030 */
        {"\xe8\xae\xa2.csv",     0,    "订.csv\n"       },
        {"\xe8\xae\xa2.csv",     UTF8, "订.csv\n"       },
        {"\xff\xfe.csv",         0,    NULL              },
        {"a\tb.csv",             0,    NULL              },
        {"a\x7f.csv",            0,    NULL              },
        {"a\nb.csv",             UTF8, NULL              },
        {"a\xef\xbf\xbe.csv",    UTF8, NULL              },
    };

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct item it = {names[i].raw, TEXT, REG, names[i].flags};
        struct buf flat = zip_of(&it, 1), inner = zip_of(&it, 1);
        struct buf nested = around("ustar", NULL, "in", inner);
        char want[100];

        snprintf(want, sizeof want, "in/%s", names[i].name ? names[i].name : "");
        if (names[i].name) {
            expect(names[i].raw, flat, "up", names[i].name, TEXT);
            expect(names[i].raw, nested, "up", want, TEXT);
        } else {
            refuse(names[i].raw, flat, NULL, ERR_ARCHIVE, "neither UTF-8 nor GB18030");
            refuse(names[i].raw, nested, NULL, ERR_ARCHIVE, "neither UTF-8 nor GB18030");
        }
    }
}

static void
names_that_lead_out_are_refused(void **state)
{
    static const char *const names[] = {
        "../../etc/passwd", "/etc/passwd",       "a/../../b.csv", "..",      "a/..",
        "..\\..\\b.csv",    "\\\\server\\a.csv", "C:\\a.csv",     "c:a.csv", "\\a.csv",
    };

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct member m = {names[i], TEXT, 0, 0, NULL};
        struct item it = {names[i], TEXT, REG, 0};

        refuse(names[i], zip_of(&it, 1), NULL, ERR_ENTRY_PATH, "leads out of the archive");
        refuse(names[i], around("ustar", NULL, "in", zip_of(&it, 1)), NULL, ERR_ENTRY_PATH,
               "leads out of the archive");
        refuse(names[i], made("pax", "gzip", NULL, &m, 1), NULL, ERR_ENTRY_PATH,
               "leads out of the archive");
    }
}

/* A name that claims to be UTF-8 and is not: libarchive says so, whatever we make of the bytes. */
static void
a_false_flag_is_no_way_around(void **state)
{
    struct item it = {"\xb6\xa9\xb5\xa5.csv", TEXT, REG, UTF8};
    struct buf zip = zip_of(&it, 1);
    struct seen s = {0};
    rc_t rc = walk(&zip, "up", NULL, &s);

    (void)state;
    assert_true(rc == RC_REJECT ? s.e.code == ERR_ARCHIVE : strcmp(s.names.p, "订单.csv\n") == 0);
    buf_free(&zip);
    seen_free(&s);
}

static void
a_name_ends_at_its_nul(void **state)
{
    struct item it = {"a.csv#b.exe", TEXT, REG, 0};
    struct buf zip = zip_of(&it, 1);

    (void)state;
    for (size_t i = 0; i + 7 < zip.n; i++)
        if (memcmp(zip.p + i, "a.csv#b", 7) == 0)
            zip.p[i + 5] = '\0';
    expect("NUL", zip, "up", "a.csv\n", TEXT);
}

static void
long_names_are_refused(void **state)
{
    char name[400];

    (void)state;
    memset(name, 'a', sizeof name);
    name[256] = '\0';
    refuse("256", made("pax", NULL, NULL, &(struct member){name, TEXT, 0, 0, NULL}, 1), NULL,
           ERR_ARCHIVE, "longer than 255");
    name[254] = '\0';
    refuse("both together",
           around("ustar", NULL, "in",
                  made("zip", NULL, NULL, &(struct member){name, TEXT, 0, 0, NULL}, 1)),
           NULL, ERR_ARCHIVE, "longer than 255");
}

static void
what_desktops_add_is_passed_over(void **state)
{
    static const struct member members[] = {
        {"d",               NULL, 0, AE_IFDIR, NULL},
        {"d/._a.csv",       "?",  0, 0,        NULL},
        {"d/a.csv",         TEXT, 0, 0,        NULL},
        {"__MACOSX/d/x",    "?",  0, 0,        NULL},
        {"d/.DS_Store",     "?",  0, 0,        NULL},
        {"d/Thumbs.db",     "?",  0, 0,        NULL},
        {"d/e/desktop.INI", "?",  0, 0,        NULL},
    };

    (void)state;
    for (size_t i = 0; i < PACKINGS; i++) {
        expect(packings[i].format, made(packings[i].format, packings[i].filter, NULL, members, 7),
               "up", "d/a.csv\n", TEXT);
        refuse(packings[i].format, made(packings[i].format, packings[i].filter, NULL, members, 2),
               NULL, ERR_ENTRIES, "no file");
    }
}

static void
one_name_once(void **state)
{
    static const struct member same[] = {two[0], two[1], two[0]};

    (void)state;
    for (size_t i = 0; i < PACKINGS; i++)
        refuse(packings[i].format, made(packings[i].format, packings[i].filter, NULL, same, 3),
               NULL, ERR_ENTRIES, "'ORDER_1.csv' twice");
}

static void
other_packers_are_named(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *text;
    } cases[] = {
        {"Rar!\x1a\x07\x01\x00", 8,  "rar"     },
        {"BZh91AY&SY....",       14, "bzip2"   },
        {"\x04\x22\x4d\x18....", 8,  "lz4"     },
        {"\x1f\x9d\x90..",       5,  "compress"},
        {"MSCF\0\0\0\0",         8,  "cabinet" },
        {"PK00PK\3\4",           8,  "parts"   },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        refuse(cases[i].text, copy_of(cases[i].bytes, cases[i].n), NULL, ERR_ARCHIVE,
               cases[i].text);
        refuse(cases[i].text, around("zip", NULL, "in", copy_of(cases[i].bytes, cases[i].n)), NULL,
               ERR_ARCHIVE, "'in'");
    }
    expect("not bzip2", copy_of("BZhang,1\n", 9), "up", "\n", "BZhang,1\n");
    refuse("empty zip", copy_of("PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22), NULL,
           ERR_ENTRIES, "no file");
}

/* "-": nothing that is known. */
static const char *
document_in(struct buf b, const char *upload)
{
    struct unpack *u = NULL;
    struct unpack_item item;
    int fd = file_of(b.p, b.n);
    const char *found;

    assert_int_equal(unpack_open_nth(&u, blob_plain(fd), upload, 0, NULL, &item, NULL), RC_OK);
    found = item.kind != UNPACK_DOCUMENT ? "-" : item.document ? item.document : "encrypted";
    unpack_close(&u);
    close(fd);
    buf_free(&b);
    return found;
}

/* They are no archives, and no reason to refuse what lies beside them. */
static void
documents_are_named(void **state)
{
#define OLE "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    static const struct {
        struct span head;
        const char *text;
    } cases[] = {
        {SPAN(OLE),                                                                   "old (.xls) or has a password"},
        {SPAN(OLE "\0\0E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0"),            "encrypted"                   },
        {SPAN(OLE "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g"),                     "old (.xls) or has a password"},
        {SPAN("%PDF-1.7\n"),                                                          "a PDF"                       },
        {SPAN("\xEF\xBB\xBF \r\n<!DOCTYPE HTML>"),                                    "a web page"                  },
        {SPAN("<Html>"),                                                              "a web page"                  },
        {SPAN("<table class='x'><tr><td>"),                                           "a web page"                  },
        {SPAN("<table><payment>"),                                                    "-"                           },
        {SPAN("<?xml version='1.0'?><?mso-application progid=\"Excel.Sheet\"?><W/>"), "Excel"                       },
        {SPAN("<?xml version='1.0'?><payments/>"),                                    "-"                           },
        {SPAN("payNo,<html>\n"),                                                      "-"                           },
        {SPAN("\0<html>"),                                                            "-"                           },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_non_null(
            strstr(document_in(copy_of(cases[i].head.p, cases[i].head.n), "up"), cases[i].text));
        assert_non_null(
            strstr(document_in(around("zip", NULL, "in", copy_of(cases[i].head.p, cases[i].head.n)),
                               "up.zip"),
                   cases[i].text));
    }
}

/* ---- damage ---- */

static struct buf
lines(unsigned count)
{
    struct buf b = {0};
    uint32_t x = 1;

    for (unsigned i = 0; i < count; i++, x = x * 1664525 + 1013904223)
        buf_printf(&b, "A%u,%08x\n", i, x);
    return b;
}

/* Wherever a file is cut: never RC_OK with other content. Ends that carry nothing may go. */
static void
cut_off_never_passes(void **state)
{
    struct buf text = lines(300);
    const struct member members[] = {
        {"a.csv", text.p, text.n, 0, NULL},
        {"b.csv", text.p, text.n, 0, NULL},
    };

    (void)state;
    for (size_t i = 0; i < PACKINGS; i++) {
        struct buf whole = made(packings[i].format, packings[i].filter, NULL, members, 2);
        struct seen s = {0};

        for (size_t n = 600; n < whole.n; n += n % 512 ? 512 - n % 512 : i < 6 ? 37 : 5) {
            struct buf cut = {whole.p, n, n};
            rc_t rc = walk(&cut, "up", NULL, &s);

            if (rc == RC_OK && (s.files != 2 || s.content.n != 2 * text.n))
                fail_msg("%s cut at %zu of %zu passes", packings[i].format, n, whole.n);
            assert_true(rc == RC_OK || rc == RC_REJECT);
        }
        seen_free(&s);
        buf_free(&whole);
    }
    buf_free(&text);
}

/* Whatever byte is damaged, where a check sum covers it: never RC_OK with other content. */
static void
damage_never_passes(void **state)
{
    static const size_t checked[] = {0, 1, 6, 7}; /* zip, 7z, tar.gz, tar.xz */
    struct buf text = lines(40);
    const struct member m = {"a.csv", text.p, text.n, 0, NULL};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        const struct packing *p = &packings[checked[i]];
        struct buf whole = made(p->format, p->filter, NULL, &m, 1);
        struct seen s = {0};

        for (size_t at = 8; at < whole.n; at++) {
            rc_t rc;

            whole.p[at] ^= 0x41;
            rc = walk(&whole, "up", NULL, &s);
            if (rc == RC_OK && (s.content.n != text.n || memcmp(s.content.p, text.p, text.n) != 0))
                fail_msg("%s damaged at %zu of %zu passes", p->format, at, whole.n);
            assert_true(rc == RC_OK || rc == RC_REJECT);
            whole.p[at] ^= 0x41;
        }
        seen_free(&s);
        buf_free(&whole);
    }
    buf_free(&text);
}

/* The listing reads all that is a stream: the second file's end is known before the first's rows. */
static void
a_damaged_end_shows_in_the_list(void **state)
{
    struct buf text = lines(3000);
    const struct member members[] = {
        {"a.csv", text.p, text.n, 0, NULL},
        {"b.csv", text.p, text.n, 0, NULL},
    };
    struct buf tgz = made("ustar", "gzip", NULL, members, 2);
    struct buf zip = around("ustar", NULL, "in", made("zip", NULL, NULL, members, 2));
    struct seen s = {0};

    (void)state;
    tgz.p[tgz.n - 8] ^= 1; /* gzip's CRC */
    assert_int_equal(walk(&tgz, "up", NULL, &s), RC_REJECT);
    assert_int_equal(s.files, 2);
    assert_int_equal(s.content.n, 0);
    zip.p[zip.n / 2 + 20000] ^= 1; /* in the second entry */
    assert_int_equal(walk(&zip, "up", NULL, &s),
                     RC_REJECT); /* read by its directory: when it is its turn */
    assert_int_equal(s.files, 2);
    assert_true(s.content.n >= text.n && memcmp(s.content.p, text.p, text.n) == 0);
    seen_free(&s);
    buf_free(&tgz);
    buf_free(&zip);
    buf_free(&text);
}

static void
a_tar_without_end_is_cut_off(void **state)
{
    struct buf tar = made("ustar", NULL, NULL, two, 2);

    (void)state;
    tar.n = 4 * 512; /* both entries, and nothing after them */
    refuse("tar", tar, NULL, ERR_ARCHIVE_CUT, "end mark");
}

/* ---- bombs and limits ---- */

static void
endless_zeros_stop_early(void **state)
{
    static char zeros[64 << 20];
    struct buf one = gzipped(NULL, zeros, sizeof zeros), all = {0};
    struct seen s = {0};

    (void)state;
    for (int i = 0; i < 672; i++) /* 42 GiB */
        buf_put(&all, one.p, one.n);
    assert_int_equal(walk(&all, "zeros.gz", NULL, &s), RC_REJECT);
    assert_int_equal(s.e.code, ERR_TOO_BIG);
    assert_true(s.content.n < 20u << 20);
    refuse("inside", around("zip", NULL, "a.gz", all), NULL, ERR_TOO_BIG, "200 times");
    refuse("one file", around("raw", "xz", "x", copy_of(zeros, sizeof zeros)), NULL, ERR_TOO_BIG,
           "200 times");
    refuse("a tar of it", around("ustar", "zstd", "x", copy_of(zeros, sizeof zeros)), NULL,
           ERR_TOO_BIG, "200 times");
    refuse("a 7z of it", around("7zip", NULL, "x", copy_of(zeros, sizeof zeros)), NULL, ERR_TOO_BIG,
           "200 times");
    refuse("twice packed",
           around("zip", NULL, "b", around("zip", NULL, "a", copy_of(zeros, sizeof zeros))), NULL,
           ERR_TOO_BIG, "200 times");
    seen_free(&s);
    buf_free(&one);
}

/* The fields that local header and directory share, of a deflated entry. */
static void
put_deflated(struct buf *b, const struct buf *content, size_t packed)
{
    put_le(b, 20, 2);
    put_le(b, 0, 2);
    put_le(b, 8, 2);
    put_le(b, 0x58210000, 4);
    put_le(b, crc32(0, (const Bytef *)content->p, (uInt)content->n), 4);
    put_le(b, packed, 4);
    put_le(b, content->n, 4);
    put_le(b, 5, 2);
    put_le(b, 0, 2);
}

static void
put_stored_block(struct buf *b, size_t n, bool last)
{
    put_le(b, last, 1);
    put_le(b, n, 2);
    put_le(b, n ^ 0xffff, 2);
}

/* `front` before what is there. */
static void
prepend(struct buf *b, const struct buf *front)
{
    struct buf all = {0};

    buf_put(&all, front->p, front->n);
    buf_put(&all, b->p, b->n);
    buf_free(b);
    *b = all;
}

/*
 * Entries that overlap: each one's content is a stored block that quotes the local header behind
 * it, goes on with that entry's content, and ends in a body that all of them share. Made from the
 * last one forward, since a header holds the CRC of what follows it.
 */
static struct buf
quoted(size_t count, const struct buf *body)
{
    struct buf content = {0}, zip = {0}, directory = {0}, text = copy_of("x,y\n", 4);

    buf_put(&content, body->p, body->n);
    put_stored_block(&zip, body->n, true);
    buf_put(&zip, body->p, body->n);
    for (size_t i = count; i-- > 0;) {
        struct buf header = {0}, block = {0};

        buf_put(&header, "PK\3\4", 4);
        put_deflated(&header, &content, zip.n);
        buf_printf(&header, "a%04zu", i);
        buf_put(&directory, "PK\1\2\24\3", 6);
        put_deflated(&directory, &content, zip.n);
        put_le(&directory, 0, 6);
        put_le(&directory, (uint64_t)REG << 16, 4);
        put_le(&directory, i * (35 + 9 + 5), 4);
        buf_printf(&directory, "a%04zu", i);
        prepend(&zip, &header);
        if (i > 0) {
            put_stored_block(&block, 4, false);
            buf_put(&block, text.p, text.n); /* else it would be taken for a zip itself */
            put_stored_block(&block, header.n, false);
            prepend(&zip, &block);
            prepend(&content, &header);
            prepend(&content, &text);
        }
        buf_free(&header);
        buf_free(&block);
    }
    put_le(&content, zip.n, 4); /* where the directory begins */
    buf_put(&zip, directory.p, directory.n);
    buf_put(&zip, "PK\5\6\0\0\0\0", 8);
    put_le(&zip, count, 2);
    put_le(&zip, count, 2);
    put_le(&zip, directory.n, 4);
    buf_put(&zip, content.p + content.n - 4, 4);
    put_le(&zip, 0, 2);
    buf_free(&directory);
    buf_free(&content);
    buf_free(&text);
    return zip;
}

static void
overlapping_entries_are_refused(void **state)
{
    struct buf body = lines(3700);

    (void)state;
    assert_true(body.n < 65536);
    refuse("3 files of one body", quoted(3, &body), NULL, ERR_ARCHIVE, "belong to two files");
    refuse("600 files of one body", quoted(600, &body), NULL, ERR_ARCHIVE, "belong to two files");
    buf_free(&body);
}

static void
sizes_have_limits(void **state)
{
    struct buf text = lines(20000); /* 300 kB */
    const struct member members[] = {
        {"a.csv", text.p, text.n, 0, NULL},
        {"b.csv", text.p, text.n, 0, NULL},
    };

    (void)state;
    for (size_t i = 0; i < PACKINGS; i++) {
        const char *format = packings[i].format, *filter = packings[i].filter;
        struct unpack_limit one = {.bytes = text.n - 1}, both = {.total = 2 * text.n - 1};
        struct unpack_limit fits = {.bytes = text.n, .total = 4 * text.n};
        struct buf b = made(format, filter, NULL, members, 2);
        struct seen s = {0};

        assert_int_equal(walk(&b, "up", &fits, &s), RC_OK);
        seen_free(&s);
        refuse(format, b, &one, ERR_TOO_BIG, "more than");
        refuse(format, made(format, filter, NULL, members, 2), &both, ERR_TOO_BIG, "more than");
    }
    refuse("gz", gzipped(NULL, text.p, text.n), &(struct unpack_limit){.bytes = text.n - 1},
           ERR_TOO_BIG, "more than");
    buf_free(&text);
}

/* A header may promise an exabyte of holes: the promise is enough. */
static void
promises_count(void **state)
{
    struct buf tar = made("gnutar", NULL, NULL, two, 1);
    unsigned sum = 0;

    (void)state;
    memcpy(tar.p + 124, "77777777777", 11);
    memset(tar.p + 148, ' ', 8);
    for (int i = 0; i < 512; i++)
        sum += (unsigned char)tar.p[i];
    snprintf(tar.p + 148, 8, "%06o", sum);
    refuse("8 GiB", tar, NULL, ERR_TOO_BIG, "200 times");
}

static void
entries_are_counted_through_all_layers(void **state)
{
    static struct item items[400];
    static char names[400][12];
    struct buf zips[3], all;
    struct member members[3];

    (void)state;
    for (int i = 0; i < 400; i++) {
        snprintf(names[i], sizeof names[i], "%d", i);
        items[i] = (struct item){names[i], "x", REG, 0};
    }
    for (int i = 0; i < 3; i++) {
        zips[i] = zip_of(items, 400);
        members[i] = (struct member){i ? i > 1 ? "c" : "b" : "a", zips[i].p, zips[i].n, 0, NULL};
    }
    all = made("ustar", NULL, NULL, members, 2);
    refuse("803 of 802", all, &(struct unpack_limit){.entries = 801}, ERR_ENTRIES, "801");
    refuse("1203", made("ustar", NULL, NULL, members, 3), NULL, ERR_ENTRIES, "1000");
    for (int i = 0; i < 3; i++)
        buf_free(&zips[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_gives_every_file),
        cmocka_unit_test(a_compressed_file_has_its_own_name_or_the_uploads),
        cmocka_unit_test(archives_nest_once),
        cmocka_unit_test(deeper_is_refused),
        cmocka_unit_test(a_zip_is_read_by_its_directory),
        cmocka_unit_test(a_zip_that_says_two_things_is_refused),
        cmocka_unit_test(many_archives_inside),
        cmocka_unit_test(a_workbook_is_one_file),
        cmocka_unit_test(locked_ones_say_so),
        cmocka_unit_test(only_plain_files),
        cmocka_unit_test(names_of_strangers),
        cmocka_unit_test(names_that_lead_out_are_refused),
        cmocka_unit_test(a_false_flag_is_no_way_around),
        cmocka_unit_test(a_name_ends_at_its_nul),
        cmocka_unit_test(long_names_are_refused),
        cmocka_unit_test(what_desktops_add_is_passed_over),
        cmocka_unit_test(one_name_once),
        cmocka_unit_test(other_packers_are_named),
        cmocka_unit_test(documents_are_named),
        cmocka_unit_test(cut_off_never_passes),
        cmocka_unit_test(damage_never_passes),
        cmocka_unit_test(a_damaged_end_shows_in_the_list),
        cmocka_unit_test(a_tar_without_end_is_cut_off),
        cmocka_unit_test(endless_zeros_stop_early),
        cmocka_unit_test(overlapping_entries_are_refused),
        cmocka_unit_test(sizes_have_limits),
        cmocka_unit_test(promises_count),
        cmocka_unit_test(entries_are_counted_through_all_layers),
    };

    setlocale(LC_CTYPE, "C.UTF-8"); /* as main does: libarchive decides by it what a name is */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
