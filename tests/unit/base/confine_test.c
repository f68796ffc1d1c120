#define _GNU_SOURCE /* memfd_create */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/confine.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <libxml/parser.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "formats/read/charset.h"
#include "formats/read/csv.h"
#include "spool/digest.h"
#include "spool/pack.h"
#include "spool/unpack.h"

#define PASSED 7 /* of a child: it came to its end */

/* Run in a child, confined. Returns what waitpid said. */
static int
confined(void (*run)(int fd), int fd, const struct confine_limits *limits)
{
    int status = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        if (confine_self(&fd, fd >= 0, limits, NULL) != RC_OK)
            _exit(1);
        run(fd);
        _exit(PASSED);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

/* ---- what is not allowed ---- */

static void
try_open(int fd)
{
    (void)fd;
    (void)open("/etc/passwd", O_RDONLY);
}

static void
try_create(int fd)
{
    (void)fd;
    (void)open("/tmp/confine-test", O_WRONLY | O_CREAT, 0600);
}

static void
try_unlink(int fd)
{
    (void)fd;
    (void)unlink("/tmp/confine-test");
}

static void
try_stat(int fd)
{
    struct stat st;

    (void)fd;
    (void)stat("/etc/passwd", &st);
}

static void
try_socket(int fd)
{
    (void)fd;
    (void)socket(AF_INET, SOCK_STREAM, 0);
}

static void
try_pipe(int fd)
{
    int ends[2];

    (void)fd;
    (void)!pipe(ends);
}

static void
try_execve(int fd)
{
    char *argv[] = {(char[]){"true"}, NULL};

    (void)fd;
    execve("/bin/true", argv, argv + 1);
}

static void
try_fork(int fd)
{
    (void)fd;
    if (fork() == 0)
        _exit(0);
}

static void
try_kill(int fd)
{
    (void)fd;
    kill(getpid(), 0);
}

static void
try_ptrace(int fd)
{
    (void)fd;
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static void
try_executable(int fd)
{
    (void)fd;
    (void)mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void
try_more_rights(int fd)
{
    (void)fd;
    setrlimit(RLIMIT_AS, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
}

static void
try_unknown_converter(int fd)
{
    (void)fd;
    (void)iconv_open("UTF-8", "EUC-KR");
}

static const struct {
    const char *what;
    void (*run)(int fd);
} forbidden[] = {
    {"open",                             try_open             },
    {"create",                           try_create           },
    {"unlink",                           try_unlink           },
    {"stat by path",                     try_stat             },
    {"socket",                           try_socket           },
    {"pipe",                             try_pipe             },
    {"execve",                           try_execve           },
    {"fork",                             try_fork             },
    {"kill",                             try_kill             },
    {"ptrace",                           try_ptrace           },
    {"memory that is executable",        try_executable       },
    {"limits",                           try_more_rights      },
    {"a converter nobody has asked for", try_unknown_converter},
};

static void
everything_else_kills(void **state)
{
    (void)state;
    if (!confine_filters())
        return;
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++) {
        int status = confined(forbidden[i].run, -1, NULL);

        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
            fail_msg("%s: status %#x", forbidden[i].what, (unsigned)status);
    }
}

/* ---- what is ---- */

/* A CSV in GB18030, in an entry whose name is in GB18030 too. */
static int
upload(void)
{
    static const char text[] = "orderNo,\xb6\xa9\xb5\xa5\r\nA1,\x81\x30\x81\x30\r\n";
    struct buf zip = {0};
    struct pack *p = NULL;
    struct pack_entry done;
    struct sink s;
    int fd = memfd_create("upload", 0);

    assert_int_equal(pack_open(&p, PACK_ZIP, NULL, sink_buf(&zip), 1700000000, NULL), RC_OK);
    assert_int_equal(pack_begin(p, "AB.csv", NULL), RC_OK);
    s = pack_sink(p);
    assert_int_equal(s.write(s.ctx, text, sizeof text - 1, NULL), RC_OK);
    assert_int_equal(pack_end(p, &done, NULL), RC_OK);
    assert_int_equal(pack_close(&p, NULL), RC_OK);
    for (size_t i = 0; i + 6 <= zip.n; i++)
        if (memcmp(zip.p + i, "AB.csv", 6) == 0)
            memcpy(zip.p + i, "\xb6\xa9", 2);
    assert_int_equal(write(fd, zip.p, zip.n), (ssize_t)zip.n);
    buf_free(&zip);
    return fd;
}

static void
require(bool holds, int code)
{
    if (!holds)
        _exit(code);
}

static void
parse(int fd)
{
    const struct csv_form form = {.charset = CHARSET_GB18030};
    struct digest *d = digest_new();
    struct unpack *u = NULL;
    struct csv_record r;
    struct csv *c = NULL;
    char hex[DIGEST_HEX];

    require(unpack_open_nth(&u, blob_plain(fd), "a.zip", 0, NULL, NULL, NULL) == RC_OK, 20);
    require(strcmp(unpack_name(u), "订.csv") == 0, 21);
    require(csv_open(&c, unpack_source(u), &form, NULL) == RC_OK, 22);
    require(csv_next(c, &r, NULL) == RC_OK && r.count == 2, 23);
    require(span_is(r.fields[1], "订单"), 24);
    require(csv_next(c, &r, NULL) == RC_OK && span_is(r.fields[1], "\xc2\x80"), 25);
    digest_update(d, r.raw.p, r.raw.n);
    digest_hex(d, hex);
    require(csv_next(c, &r, NULL) == RC_END, 26);
    csv_close(&c);
    unpack_close(&u);
    digest_free(&d);
    log_error("parsed under the filter"); /* a clock and a write */
}

static void
a_hostile_upload_is_parsed(void **state)
{
    struct digest *d = digest_new(); /* OpenSSL reads its configuration now */
    int fd = upload(), status;

    (void)state;
    digest_free(&d);
    status = confined(parse, fd, NULL);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != PASSED)
        fail_msg("status %#x", (unsigned)status);
    close(fd);
}

/* Two files in each kind of archive. */
static int
packed(const char *format, const char *filter)
{
    struct archive *a = archive_write_new();
    int fd = memfd_create("packed", 0);

    assert_int_equal(archive_write_set_format_by_name(a, format), ARCHIVE_OK);
    if (filter)
        assert_int_equal(archive_write_add_filter_by_name(a, filter), ARCHIVE_OK);
    assert_int_equal(archive_write_open_fd(a, fd), ARCHIVE_OK);
    for (const char *name = "ab"; *name; name++) {
        struct archive_entry *entry = archive_entry_new();

        archive_entry_set_pathname(entry, name);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_mtime(entry, 1700000000, 0);
        archive_entry_set_size(entry, 4);
        assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
        assert_int_equal(archive_write_data(a, "x,y\n", 4), 4);
        archive_entry_free(entry);
    }
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
    return fd;
}

static void
walk(int fd)
{
    struct unpack *u = NULL;
    char block[100];
    size_t n;

    require(unpack_begin(&u, blob_plain(fd), "a", NULL, NULL) == RC_OK, 50);
    for (int i = 0; i < 2; i++) {
        struct source s;

        require(unpack_next(u, NULL, NULL) == RC_OK, 51);
        s = unpack_source(u);
        require(s.read(s.ctx, block, sizeof block, &n, NULL) == RC_OK && n == 4, 52);
        require(s.read(s.ctx, block, sizeof block, &n, NULL) == RC_OK && n == 0, 53);
    }
    require(unpack_next(u, NULL, NULL) == RC_END, 54);
    unpack_close(&u);
}

static void
every_kind_of_archive_is_read(void **state)
{
    static const char *const kinds[][2] = {
        {"zip",   NULL  },
        {"7zip",  NULL  },
        {"ustar", NULL  },
        {"pax",   "gzip"},
        {"pax",   "xz"  },
        {"pax",   "zstd"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        int fd = packed(kinds[i][0], kinds[i][1]), status = confined(walk, fd, NULL);

        if (!WIFEXITED(status) || WEXITSTATUS(status) != PASSED)
            fail_msg("%s: status %#x", kinds[i][0], (unsigned)status);
        close(fd);
    }
}

static void
parse_xml(int fd)
{
    static const char *const texts[] = {
        "<?xml version='1.0' encoding='GB18030'?><o a='\xb6\xa9'>\x81\x30\x81\x30</o>",
        "<?xml version='1.0' encoding='UTF-8'?><o>\xe8\xae\xa2</o>",
        "<o><p></o>",
    };

    (void)fd;
    for (int i = 0; i < 3; i++) {
        xmlSAXHandler sax = {0}; /* its own printing of errors would need a stream */
        xmlParserCtxtPtr x = xmlCreatePushParserCtxt(&sax, NULL, NULL, 0, NULL);

        require(x != NULL, 60);
        require((xmlParseChunk(x, texts[i], (int)strlen(texts[i]), 1) == 0) == (i < 2), 61 + i);
        xmlFreeParserCtxt(x);
    }
}

static void
xml_is_parsed(void **state)
{
    int status;

    (void)state;
    xmlInitParser();
    status = confined(parse_xml, -1, NULL);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != PASSED)
        fail_msg("status %#x", (unsigned)status);
}

static int
by_value(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* Blocks of all sizes, grown and freed, and a sort that asks how much memory there is. */
static void
compute(int fd)
{
    static int many[100000];
    char *p = NULL;

    (void)fd;
    for (size_t n = 1; n < 64u << 20; n *= 2) {
        require((p = realloc(p, n)) != NULL, 30);
        memset(p, 'x', n);
    }
    free(p);
    for (int i = 0; i < 100000; i++)
        many[i] = -i;
    qsort(many, 100000, sizeof *many, by_value);
    require(many[0] == -99999, 31);
}

static void
memory_and_sorting_go_on(void **state)
{
    int status = confined(compute, -1, NULL);

    (void)state;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != PASSED)
        fail_msg("status %#x", (unsigned)status);
}

static void
give_up(int fd)
{
    (void)fd;
    close(STDERR_FILENO);
    BUG("as planned");
}

static void
an_own_bug_still_aborts(void **state)
{
    int status = confined(give_up, -1, NULL);

    (void)state;
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

/* ---- descriptors and limits ---- */

static void
look_around(int fd)
{
    char c;

    for (int other = 3; other < 200; other++)
        if (other != fd)
            require(read(other, &c, 1) == -1 && errno == EBADF, other);
    require(read(fd, &c, 1) == 1 && c == 'x', 19);
}

static void
only_what_is_named_stays_open(void **state)
{
    int low = memfd_create("low", 0), fd = memfd_create("kept", 0), status;
    int high = fcntl(low, F_DUPFD, 150);

    (void)state;
    assert_int_equal(pwrite(fd, "x", 1, 0), 1);
    status = confined(look_around, fd, NULL);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != PASSED)
        fail_msg("status %#x", (unsigned)status);
    close(low);
    close(fd);
    close(high);
}

static void
eat(int fd)
{
    (void)fd;
    require(malloc((size_t)200 << 20) == NULL, 40);
}

static void
memory_has_a_limit(void **state)
{
    int status;

    (void)state;
    if (!confine_filters())
        return;
    status = confined(eat, -1, &(struct confine_limits){.memory = (uint64_t)100 << 20});
    if (!WIFEXITED(status) || WEXITSTATUS(status) != PASSED)
        fail_msg("status %#x", (unsigned)status);
}

static void
spin(int fd)
{
    (void)fd;
    for (volatile unsigned i = 0;; i++)
        continue;
}

static void
time_has_a_limit(void **state)
{
    int status = confined(spin, -1, &(struct confine_limits){.cpu_s = 1});

    (void)state;
    assert_true(WIFSIGNALED(status));
    assert_true(WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL);
}

static void
dies_with_its_parent(void **state)
{
    int ends[2], status;
    pid_t pid;
    char c;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    pid = fork();
    if (pid == 0) {
        if (fork() == 0) {
            if (confine_self(&ends[1], 1, NULL, NULL) != RC_OK || write(ends[1], "x", 1) != 1)
                _exit(1);
            spin(-1);
        }
        (void)!read(ends[0], &c, 1); /* the grandchild is confined now */
        _exit(0);
    }
    close(ends[1]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(read(ends[0], &c, 1), 0); /* the pipe has no writer left */
    close(ends[0]);
}

/* Without the filter of system calls: what is open stays, nothing else opens. */
static void
no_file_opens_any_more(void **state)
{
    int status, fd;
    char byte;
    pid_t pid;

    (void)state;
    if (!confine_filters() || !confine_files_known())
        return;
    fd = open("/etc/passwd", O_RDONLY);
    if ((pid = fork()) == 0) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !confine_files())
            _exit(1);
        if (open("/etc/passwd", O_RDONLY) >= 0 || open("/tmp", O_TMPFILE | O_RDWR, 0600) >= 0 ||
            mkdir("/tmp/confine-test", 0700) == 0 || errno != EACCES)
            _exit(2);
        _exit(read(fd, &byte, 1) == 1 ? PASSED : 3);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WEXITSTATUS(status), PASSED);
    close(fd);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_else_kills),
        cmocka_unit_test(a_hostile_upload_is_parsed),
        cmocka_unit_test(every_kind_of_archive_is_read),
        cmocka_unit_test(xml_is_parsed),
        cmocka_unit_test(memory_and_sorting_go_on),
        cmocka_unit_test(an_own_bug_still_aborts),
        cmocka_unit_test(only_what_is_named_stays_open),
        cmocka_unit_test(memory_has_a_limit),
        cmocka_unit_test(time_has_a_limit),
        cmocka_unit_test(dies_with_its_parent),
        cmocka_unit_test(no_file_opens_any_more),
    };

    setlocale(LC_CTYPE, "C.UTF-8");
    confine_prepare();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
