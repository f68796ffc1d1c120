#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <fcntl.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

#include "base/span.h"
#include "made.h"
#include "spool/pack.h"
#include "spool/unpack.h"

/* Open, read to the end, close; the content stays in *out. */
static rc_t
take(const void *p, size_t n, const struct unpack_limit *limit, struct buf *out, char *name,
     struct err *e)
{
    struct unpack *u = NULL;
    int fd = file_of(p, n);
    rc_t rc;

    *e = (struct err){0};
    out->n = 0;
    rc = unpack_open(&u, blob_plain(fd), limit, e);
    if (rc == RC_OK) {
        if (name)
            snprintf(name, 100, "%s", unpack_name(u));
        rc = drain(unpack_source(u), out, e);
        assert_int_equal(drain(unpack_source(u), out, NULL), rc); /* and it stays so */
        unpack_close(&u);
    }
    assert_null(u);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), (off_t)n); /* only borrowed */
    close(fd);
    return rc;
}

static struct buf
packed(const char *name, const void *data, size_t n, int times)
{
    struct buf zip = {0};
    struct pack *p = NULL;
    struct pack_entry done;
    struct sink s;

    assert_int_equal(pack_open(&p, PACK_ZIP, NULL, sink_buf(&zip), 1700000000, NULL), RC_OK);
    assert_int_equal(pack_begin(p, name, NULL), RC_OK);
    s = pack_sink(p);
    for (int i = 0; i < times; i++)
        assert_int_equal(s.write(s.ctx, data, n, NULL), RC_OK);
    assert_int_equal(pack_end(p, &done, NULL), RC_OK);
    assert_int_equal(pack_close(&p, NULL), RC_OK);
    return zip;
}

static const struct zip_case {
    const char *what;
    struct item items[3];
    size_t count;
    rc_t rc;
    err_code_t code;
    const char *name;
} zip_cases[] = {
    {"one file",                         {{"a.csv", "x,y\n", REG, 0}},                          1, RC_OK,     ERR_NONE,       "a.csv"     },
    {"no mode, as from Windows",         {{"a.csv", "x,y\n", 0, 0}},                            1, RC_OK,     ERR_NONE,       "a.csv"     },
    {"empty file",                       {{"a.csv", "", REG, 0}},                               1, RC_REJECT, ERR_EMPTY_FILE, NULL        },
    {"folders and what the Finder adds",
     {{"d/", "", DIR_, 0}, {"d/a.csv", "x,y\n", REG, 0}, {"__MACOSX/d/._a.csv", "??", REG, 0}},
     3,                                                                                            RC_OK,
     ERR_NONE,                                                                                                                "d/a.csv"   },
    {"DS_Store first",
     {{"d/.DS_Store", "??", REG, 0}, {"a.csv", "x,y\n", REG, 0}},
     2,                                                                                            RC_OK,
     ERR_NONE,                                                                                                                "a.csv"     },
    {"a way out of the folder",
     {{"../../etc/passwd", "x,y\n", REG, 0}},
     1,                                                                                            RC_REJECT,
     ERR_ENTRY_PATH,                                                                                                          NULL        },
    {"absolute",                         {{"/etc/passwd", "x,y\n", REG, 0}},                    1, RC_REJECT, ERR_ENTRY_PATH, NULL        },
    {"UTF-8, flagged",                   {{"订单.csv", "x,y\n", REG, UTF8}},                  1, RC_OK,     ERR_NONE,       "订单.csv"},
    {"UTF-8, not flagged",               {{"订单.csv", "x,y\n", REG, 0}},                     1, RC_OK,     ERR_NONE,       "订单.csv"},
    {"GBK",                              {{"\xb6\xa9\xb5\xa5.csv", "x,y\n", REG, 0}},           1, RC_OK,     ERR_NONE,       "订单.csv"},
    {"neither",                          {{"\xff\xff.csv", "x,y\n", REG, 0}},                   1, RC_REJECT, ERR_ARCHIVE,    NULL        },
    {"no name",                          {{"", "x,y\n", REG, 0}},                               1, RC_REJECT, ERR_ARCHIVE,    NULL        },
    {"no entry",                         {{0}},                                                 0, RC_REJECT, ERR_ENTRIES,    NULL        },
    {"only a folder",                    {{"d/", "", DIR_, 0}},                                 1, RC_REJECT, ERR_ENTRIES,    NULL        },
    {"two files",
     {{"a.csv", "x", REG, 0}, {"b.csv", "y", REG, 0}},
     2,                                                                                            RC_REJECT,
     ERR_ENTRIES,                                                                                                             NULL        },
    {"the same name twice",
     {{"a.csv", "x", REG, 0}, {"a.csv", "y", REG, 0}},
     2,                                                                                            RC_REJECT,
     ERR_ENTRIES,                                                                                                             NULL        },
    {"workbook",
     {{"[Content_Types].xml", "x", REG, 0}, {"xl/workbook.xml", "y", REG, 0}},
     2,                                                                                            RC_REJECT,
     ERR_ARCHIVE,                                                                                                             NULL        },
    {"symbolic link",                    {{"a.csv", "/etc/passwd", LINK, 0}},                   1, RC_REJECT, ERR_ARCHIVE,    NULL        },
    {"device",                           {{"a.csv", "", 0020666, 0}},                           1, RC_REJECT, ERR_ARCHIVE,    NULL        },
    {"encrypted",                        {{"a.csv", "0123456789abcdef", REG, LOCKED}},          1, RC_REJECT, ERR_ENCRYPTED,  NULL        },
};

static void
zips_of_strangers(void **state)
{
    struct buf out = {0};

    (void)state;
    for (size_t i = 0; i < sizeof zip_cases / sizeof *zip_cases; i++) {
        const struct zip_case *c = &zip_cases[i];
        struct buf zip = zip_of(c->items, c->count);
        char name[100] = "";
        struct err e;
        rc_t rc = take(zip.p, zip.n, NULL, &out, name, &e);

        if (rc != c->rc || e.code != c->code || (c->name && strcmp(name, c->name) != 0))
            fail_msg("%s: rc %d code %d name '%s': %s", c->what, (int)rc, (int)e.code, name,
                     e.text);
        if (rc == RC_OK && out.n && memcmp(out.p, "x,y\n", out.n) != 0)
            fail_msg("%s: other content", c->what);
        buf_free(&zip);
    }
    buf_free(&out);
}

static void
plain_files_pass(void **state)
{
    static const struct span files[] = {SPAN(""), SPAN("P"), SPAN("PK"),
                                        SPAN("orderNo,ebpCode\n1,2\n"), SPAN("PK\3\5 not a zip")};
    struct buf out = {0};
    struct err e;

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char name[100] = "?";

        assert_int_equal(take(files[i].p, files[i].n, NULL, &out, name, &e), RC_OK);
        assert_int_equal(out.n, files[i].n);
        if (out.n)
            assert_memory_equal(out.p, files[i].p, out.n);
        assert_string_equal(name, "");
    }
    assert_int_equal(take("0123456789", 10, &(struct unpack_limit){.bytes = 9}, &out, NULL, &e),
                     RC_REJECT);
    assert_int_equal(e.code, ERR_TOO_BIG);
    buf_free(&out);
}

/* A name that promises an archive, over bytes that are neither one nor a text. */
static void
lost_archives_are_no_text(void **state)
{
    static const struct {
        const char *name;
        struct span bytes;
        err_code_t code; /* ERR_NONE: a reader's */
    } cases[] = {
        {"PAYMENT_1.zip",    SPAN("\x9c\x41\"\x07\xe1random\x02"), ERR_ARCHIVE },
        {"PAYMENT_1.CSV.GZ", SPAN("\x9c\x41\"\x07\xe1random\x02"), ERR_ARCHIVE },
        {"a.7z",             SPAN("\0\0\0\0\0\0\0\0"),             ERR_ARCHIVE },
        {"a.tar",            SPAN("\1\2\3"),                       ERR_ARCHIVE },
        {"a.xlsx",           SPAN("\x9c\x41\"\x07\xe1random\x02"), ERR_WORKBOOK},
        {"a.zip",            SPAN("payNo,charge\r\n1,\"2\n\x1A"),  ERR_NONE    },
        {"a.zip",            SPAN("\xFF\xFEp\0a\0y\0"),            ERR_NONE    },
        {"a.csv",            SPAN("\x9c\x41\"\x07\xe1random\x02"), ERR_NONE    },
        {"zip",              SPAN("\1\2\3"),                       ERR_NONE    },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct unpack *u = NULL;
        struct err e = {0};
        FILE *f = tmpfile();
        rc_t rc;

        assert_non_null(f);
        assert_int_equal(fwrite(cases[i].bytes.p, 1, cases[i].bytes.n, f), cases[i].bytes.n);
        fflush(f);
        rc = unpack_begin(&u, blob_plain(fileno(f)), cases[i].name, NULL, &e);
        if (e.code != cases[i].code || rc != (cases[i].code == ERR_NONE ? RC_OK : RC_REJECT))
            fail_msg("%s, case %zu: %s", cases[i].name, i, e.text);
        unpack_close(&u);
        fclose(f);
    }
}

/* Whatever single byte is damaged and wherever the file is cut: never other content and RC_OK. */
static void
damage_never_passes(void **state)
{
    static const char text[] = "orderNo,ebpCode,goodsValue\nA1,B,12.50\nA2,B,12.50\nA3,B,1.00\n";
    struct buf zip = packed("a.csv", text, sizeof text - 1, 3), out = {0};
    struct err e;
    size_t passed = 0;

    (void)state;
    for (size_t i = 4; i < zip.n; i++) {
        zip.p[i] ^= 0x41;
        if (take(zip.p, zip.n, NULL, &out, NULL, &e) == RC_OK) {
            passed++; /* a time, a mode, a version */
            assert_int_equal(out.n, 3 * (sizeof text - 1));
            assert_memory_equal(out.p, text, sizeof text - 1);
        } else {
            assert_int_equal(e.rc, RC_REJECT);
            assert_true(*e.text);
        }
        zip.p[i] ^= 0x41;
    }
    assert_true(passed < zip.n / 2);
    for (size_t n = 4; n < zip.n; n++) {
        assert_int_equal(take(zip.p, n, NULL, &out, NULL, &e), RC_REJECT);
        assert_int_equal(e.code, ERR_ARCHIVE_CUT);
    }
    buf_free(&zip);
    buf_free(&out);
}

static void
bad_crc_comes_at_the_end(void **state)
{
    struct buf zip = zip_of(&(struct item){"a.csv", "x,y\n1,2\n", REG, 0}, 1), out = {0};
    struct err e;

    (void)state;
    zip.p[30 + 5 + 4] = '9';
    assert_int_equal(take(zip.p, zip.n, NULL, &out, NULL, &e), RC_REJECT);
    assert_int_equal(e.code, ERR_ARCHIVE);
    assert_non_null(strstr(e.text, "CRC"));
    buf_free(&zip);
    buf_free(&out);
}

static void
bombs_stop(void **state)
{
    static char zeros[1 << 20];
    struct buf zip = packed("a.csv", zeros, sizeof zeros, 64), out = {0};
    struct unpack_limit loose = {.ratio = 2000}, strict = {.ratio = 20}, small = {.bytes = 1000};
    struct err e;

    (void)state;
    assert_int_equal(take(zip.p, zip.n, NULL, &out, NULL, &e), RC_REJECT);
    assert_int_equal(e.code, ERR_TOO_BIG);
    assert_int_equal(take(zip.p, zip.n, &strict, &out, NULL, &e), RC_REJECT);
    assert_true(out.n < 8u << 20);
    assert_int_equal(take(zip.p, zip.n, &loose, &out, NULL, &e), RC_OK);
    assert_int_equal(out.n, 64u << 20);
    assert_int_equal(take(zip.p, zip.n, &small, &out, NULL, &e), RC_REJECT);
    assert_int_equal(e.code, ERR_TOO_BIG);
    assert_int_equal(out.n, 0);
    buf_free(&zip);
    buf_free(&out);
}

/* The directory says 10 bytes, the data are a mebibyte. */
static void
false_size_stops(void **state)
{
    static char zeros[1 << 20];
    struct buf zip = packed("a.csv", zeros, sizeof zeros, 1), out = {0};
    struct unpack_limit small = {.bytes = 4000};
    struct err e;
    char *directory = zip.p + zip.n - 22 - 46;

    (void)state;
    while (memcmp(directory, "PK\1\2", 4) != 0)
        directory--;
    memcpy(directory + 24, "\12\0\0\0", 4);
    assert_int_equal(take(zip.p, zip.n, &small, &out, NULL, &e), RC_REJECT);
    assert_true(e.code == ERR_TOO_BIG || e.code == ERR_ARCHIVE);
    assert_true(out.n <= small.bytes);
    assert_int_equal(take(zip.p, zip.n, NULL, &out, NULL, &e), RC_REJECT);
    assert_int_equal(e.code, ERR_ARCHIVE);
    buf_free(&zip);
    buf_free(&out);
}

static void
too_many_entries(void **state)
{
    static struct item folders[1001];
    struct buf zip, out = {0};
    struct err e;

    (void)state;
    for (size_t i = 0; i < 1001; i++)
        folders[i] = (struct item){"d/", "", DIR_, 0};
    zip = zip_of(folders, 1001);
    assert_int_equal(take(zip.p, zip.n, NULL, &out, NULL, &e), RC_REJECT);
    assert_int_equal(e.code, ERR_ENTRIES);
    assert_non_null(strstr(e.text, "1000"));
    buf_free(&zip);
    buf_free(&out);
}

static void
an_unreadable_file_is_no_reject(void **state)
{
    struct unpack *u = NULL;
    struct err e;
    int fd = open("/", O_RDONLY);

    (void)state;
    assert_int_equal(unpack_open(&u, blob_plain(fd), NULL, &e), RC_FAIL);
    assert_int_equal(e.code, ERR_SYSTEM);
    assert_null(u);
    close(fd);
    assert_int_equal(unpack_entry(&u, blob_plain(-1), "x", &e), RC_FAIL);
}

static const struct item bundle[] = {
    {"manifest.xml",          "<manifest/>",      REG,  0},
    {"messages/",             "",                 DIR_, 0},
    {"messages/CEB303_1.xml", "<CEB303Message/>", REG,  0},
};

static rc_t
on_listed(void *ctx, const char *name, uint64_t bytes, struct source data, struct err *e)
{
    struct buf *log = ctx, content = {0};
    rc_t rc = RC_OK;

    buf_printf(log, "%s %llu ", name, (unsigned long long)bytes);
    if (strcmp(name, "stop") == 0)
        return err_set(e, RC_FAIL, ERR_LOCKED, "stopped");
    if (strcmp(name, "manifest.xml") != 0) /* one is skipped unread */
        rc = drain(data, &content, e);
    buf_put(log, content.p, content.n);
    buf_str(log, "\n");
    buf_free(&content);
    return rc;
}

static void
bundles_are_listed_and_searched(void **state)
{
    struct buf zip = zip_of(bundle, 3), log = {0}, out = {0};
    struct unpack *u = NULL;
    struct err e = {0};
    int fd = file_of(zip.p, zip.n);

    (void)state;
    assert_int_equal(unpack_list(blob_plain(fd), on_listed, &log, &e), RC_OK);
    buf_put(&log, "", 1);
    assert_string_equal(log.p, "manifest.xml 11 \nmessages/CEB303_1.xml 16 <CEB303Message/>\n");

    assert_int_equal(unpack_entry(&u, blob_plain(fd), "messages/CEB303_1.xml", &e), RC_OK);
    assert_true(unpack_is_archive(u));
    assert_int_equal(drain(unpack_source(u), &out, &e), RC_OK);
    assert_int_equal(out.n, 16);
    unpack_close(&u);
    assert_int_equal(unpack_entry(&u, blob_plain(fd), "messages/CEB303_2.xml", &e), RC_REJECT);
    assert_int_equal(e.code, ERR_NOT_FOUND);
    close(fd);
    fd = file_of("plain", 5);
    assert_int_equal(unpack_entry(&u, blob_plain(fd), "x", &e), RC_REJECT);
    assert_int_equal(e.code, ERR_ARCHIVE);
    assert_int_equal(unpack_list(blob_plain(fd), on_listed, &log, &e), RC_REJECT);
    close(fd);
    buf_free(&zip);
    buf_free(&log);
    buf_free(&out);
}

static void
a_listing_stops_when_asked(void **state)
{
    struct item items[] = {
        {"stop", "x", REG, 0},
        {"b",    "y", REG, 0}
    };
    struct buf zip = zip_of(items, 2), log = {0};
    struct err e = {0};
    int fd = file_of(zip.p, zip.n);

    (void)state;
    assert_int_equal(unpack_list(blob_plain(fd), on_listed, &log, &e), RC_FAIL);
    assert_int_equal(e.code, ERR_LOCKED);
    assert_int_equal(log.n, strlen("stop 1 "));
    close(fd);
    buf_free(&zip);
    buf_free(&log);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zips_of_strangers),
        cmocka_unit_test(plain_files_pass),
        cmocka_unit_test(lost_archives_are_no_text),
        cmocka_unit_test(damage_never_passes),
        cmocka_unit_test(bad_crc_comes_at_the_end),
        cmocka_unit_test(bombs_stop),
        cmocka_unit_test(false_size_stops),
        cmocka_unit_test(too_many_entries),
        cmocka_unit_test(an_unreadable_file_is_no_reject),
        cmocka_unit_test(bundles_are_listed_and_searched),
        cmocka_unit_test(a_listing_stops_when_asked),
    };

    setlocale(LC_CTYPE, "C.UTF-8"); /* as main does: libarchive decides by it what a name is */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
