/*
 * Against a real, private sshd on loopback: its own folder, port, host keys and log. And against a process in
 * the place of the one that talks to it, which says what it likes.
 */
/* wrap: apart_start */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/apart.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/parcel.h"
#include "spool/digest.h"
#include "spool/fetch.h"
#include "spool/fsio.h"
#include "spool/sftp.h"

#define SSHD "/usr/sbin/sshd"
#define BIG  ((size_t)48 * 1024 * 1024)

static struct server {
    char dir[64];
    struct arena *a;
    pid_t pid;
    int port;
    const char *url, *key, *other_key, *known_hosts, *box;
} server;

struct fixture {
    struct arena *a;
    struct sftp_site site;
    struct sftp *s;
    const char *dir; /* fresh, on the server's side */
    struct err e;
};

/* --- the server ---------------------------------------------------------------------------- */

static void shell(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void
shell(const char *format, ...)
{
    char command[2048];
    va_list args;
    pid_t pid;
    int status = -1;

    va_start(args, format);
    vsnprintf(command, sizeof(command), format, args);
    va_end(args);
    if ((pid = fork()) == 0) {
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    if (waitpid(pid, &status, 0) != pid || status != 0)
        fail_msg("failed: %s", command);
}

static int
free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t size = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
    close(fd);
    return ntohs(at.sin_port);
}

static void
write_config(void)
{
    char *text = arena_printf(server.a,
                              "Port %d\nListenAddress 127.0.0.1\n"
                              "HostKey %s/host_ed25519\nHostKey %s/host_ecdsa\n"
                              "PidFile none\nAuthorizedKeysFile %s/key.pub\n"
                              "StrictModes no\nUsePAM %s\nPasswordAuthentication no\n"
                              "KbdInteractiveAuthentication no\nMaxStartups 100\nLogLevel VERBOSE\n"
                              "Subsystem sftp internal-sftp -d %s\n",
                              server.port, server.dir, server.dir, server.dir,
                              geteuid() == 0 ? "no" : "yes", /* only root can read who is locked */
                              server.box);

    assert_int_equal(fsio_replace(arena_printf(server.a, "%s/sshd_config", server.dir), text,
                                  strlen(text), 0600, NULL),
                     RC_OK);
}

static void
wait_until_up(int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < 500; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        int n = connect(fd, (struct sockaddr *)&at, sizeof(at));

        close(fd);
        if (n == 0)
            return;
        usleep(10000);
    }
    fail_msg("sshd did not start, see %s/sshd.log", server.dir);
}

static int
start_server(void **state)
{
    const struct passwd *me = getpwuid(geteuid());
    const char *d = server.dir;

    (void)state;
    if (access(SSHD, X_OK) != 0) {
        print_error("%s is missing: install openssh-server (scripts/setup does)\n", SSHD);
        return -1;
    }
    if (geteuid() == 0 && mkdir("/run/sshd", 0755) != 0)
        assert_int_equal(errno, EEXIST);
    snprintf(server.dir, sizeof(server.dir), "/tmp/sftp_test.XXXXXX");
    assert_non_null(mkdtemp(server.dir));
    server.a = arena_new("server");
    server.port = free_port();
    server.url = arena_printf(server.a, "sftp://%s@127.0.0.1:%d", me->pw_name, server.port);
    server.key = arena_printf(server.a, "%s/key", d);
    server.other_key = arena_printf(server.a, "%s/other_key", d);
    server.known_hosts = arena_printf(server.a, "%s/known_hosts", d);
    server.box = arena_printf(server.a, "%s/box", d);
    shell("cd %s && mkdir box && for k in host_ed25519 key other_key; do "
          "ssh-keygen -q -t ed25519 -N '' -f $k; done; ssh-keygen -q -t ecdsa -N '' -f host_ecdsa; "
          "sed 's/^/[127.0.0.1]:%d /' host_ed25519.pub > known_hosts",
          d, server.port);
    write_config();
    if ((server.pid = fork()) == 0) {
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);

        for (int fd = 0; fd < 3; fd++)
            (void)dup2(null, fd);
        execl(SSHD, SSHD, "-D", "-f", arena_printf(server.a, "%s/sshd_config", d), "-E",
              arena_printf(server.a, "%s/sshd.log", d), (char *)NULL);
        _exit(127);
    }
    wait_until_up(server.port);
    return 0;
}

static int
parent_of(pid_t pid)
{
    char path[64], text[512] = "", *end;
    int parent = -1;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    if ((f = fopen(path, "r")) == NULL)
        return -1;
    if (fgets(text, sizeof(text), f) != NULL && (end = strrchr(text, ')')) != NULL)
        parent = (int)strtol(end + 4, NULL, 10);
    fclose(f);
    return parent;
}

static bool
is_session(pid_t pid)
{
    int up = parent_of(pid);

    for (int depth = 0; depth < 4 && up > 1 && up != server.pid; depth++)
        up = parent_of(up);
    return up == server.pid;
}

/* Signal every process that the server started, not the server. All are found before the first is
 * signalled: the child of a killed one is nobody's child. */
static void
signal_sessions(int sig)
{
    DIR *proc = opendir("/proc");
    pid_t sessions[64], pid;
    int n = 0;

    assert_non_null(proc);
    for (struct dirent *entry; (entry = readdir(proc)) != NULL && n < 64;) {
        pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid > 1 && is_session(pid))
            sessions[n++] = pid;
    }
    closedir(proc);
    while (n > 0)
        kill(sessions[--n], sig);
}

static int
stop_server(void **state)
{
    (void)state;
    if (server.pid > 0) {
        signal_sessions(SIGKILL);
        kill(server.pid, SIGKILL);
        waitpid(server.pid, NULL, 0);
    }
    if (server.a != NULL)
        shell("rm -rf %s", server.dir);
    arena_free(&server.a);
    return 0;
}

/* --- one test ------------------------------------------------------------------------------ */

static int
setup(void **state)
{
    static int number;
    struct fixture *fx = calloc(1, sizeof(*fx));

    assert_non_null(fx);
    fx->a = arena_new("test");
    fx->site = (struct sftp_site){server.url, server.key, server.known_hosts, 5000, 5000, 0};
    fx->dir = arena_printf(fx->a, "%s/%d", server.box, number++);
    assert_int_equal(fsio_mkdirs(fx->dir, 0700, NULL), RC_OK);
    *state = fx;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *fx = *state;

    sftp_close(&fx->s);
    arena_free(&fx->a);
    free(fx);
    return 0;
}

#define ok(fx, call)                                                                               \
    do {                                                                                           \
        if ((call) != RC_OK)                                                                       \
            fail_msg("%s: %s", #call, (fx)->e.text);                                               \
    } while (0)

static void
wants(struct fixture *fx, rc_t rc, rc_t want, err_code_t code)
{
    if (rc != want || fx->e.code != code)
        fail_msg("rc %d code %d, expected %d and %d: %s", (int)rc, (int)fx->e.code, (int)want,
                 (int)code, fx->e.text);
}

static void
open_site(struct fixture *fx)
{
    ok(fx, sftp_open(&fx->s, &fx->site, &fx->e));
}

static const char *
remote(struct fixture *fx, const char *name)
{
    return arena_printf(fx->a, "%s/%s", fx->dir, name);
}

static void
put_text(struct fixture *fx, const char *name, const char *text)
{
    ok(fx, fsio_replace(remote(fx, name), text, strlen(text), 0600, &fx->e));
}

static struct span
text_of(struct fixture *fx, const char *name)
{
    struct span text;

    ok(fx, fsio_read_file(fx->a, remote(fx, name), 2 * BIG, &text, &fx->e));
    return text;
}

/* A local file of n bytes that never repeat, open for reading; its hash in hex. */
static int
local_file(size_t n, char hex[DIGEST_HEX])
{
    FILE *f = tmpfile();
    struct digest *d = digest_new();
    uint64_t x = 88172645463325252u, block[512];
    int fd;

    assert_non_null(f);
    for (size_t at = 0, part; at < n; at += part) {
        for (size_t i = 0; i < 512; i++) {
            x ^= x << 13;
            x ^= x >> 7;
            block[i] = x ^= x << 17;
        }
        part = n - at < sizeof(block) ? n - at : sizeof(block);
        assert_int_equal(fwrite(block, 1, part, f), part);
        digest_update(d, block, part);
    }
    digest_hex(d, hex);
    digest_free(&d);
    assert_int_equal(fflush(f), 0);
    fd = dup(fileno(f));
    fclose(f);
    return fd;
}

/* --- tests --------------------------------------------------------------------------------- */

static void
host_is_known_and_named(void **state)
{
    struct fixture *fx = *state;

    open_site(fx);
    assert_non_null(strstr(sftp_banner(fx->s), "OpenSSH"));
    shell("ssh-keygen -l -f %s/host_ed25519.pub > %s", server.dir, remote(fx, "fingerprint"));
    assert_int_equal(strlen(sftp_fingerprint(fx->s)), 50);
    assert_non_null(strstr(text_of(fx, "fingerprint").p, sftp_fingerprint(fx->s)));
}

static void
list_tells_names_sizes_and_kinds(void **state)
{
    struct fixture *fx = *state;
    char long_name[201];
    struct sftp_file *files = NULL, file;
    uint32_t count = 0, regular = 0, bytes = 0;

    memset(long_name, 'n', 200);
    long_name[200] = '\0';
    put_text(fx, "ORDER_1.csv", "12345");
    put_text(fx, "订单 2.csv", "123");
    put_text(fx, long_name, "");
    assert_int_equal(mkdir(remote(fx, "sub"), 0700), 0);
    assert_int_equal(symlink("ORDER_1.csv", remote(fx, "link")), 0);
    open_site(fx);
    ok(fx, sftp_list(fx->s, fx->a, fx->dir, &files, &count, &fx->e));
    assert_int_equal(count, 5);
    for (uint32_t i = 0; i < count; i++) {
        regular += files[i].regular;
        bytes += files[i].regular ? (uint32_t)files[i].size : 0;
        assert_true(files[i].mtime > 1500000000);
    }
    assert_int_equal(regular, 3);
    assert_int_equal(bytes, 8);
    ok(fx, sftp_stat(fx->s, remote(fx, "订单 2.csv"), &file, &fx->e));
    assert_int_equal(file.size, 3);
    assert_true(file.regular);
    wants(fx, sftp_list(fx->s, fx->a, "/nowhere", &files, &count, &fx->e), RC_REJECT,
          ERR_NOT_FOUND);
}

static void
many_files_are_listed(void **state)
{
    struct fixture *fx = *state;
    struct sftp_file *files = NULL;
    uint32_t count = 0;

    shell("cd %s && seq -f 'f%%05g' 3000 | xargs touch", fx->dir);
    open_site(fx);
    ok(fx, sftp_list(fx->s, fx->a, fx->dir, &files, &count, &fx->e));
    assert_int_equal(count, 3000);
}

static void
relative_paths_start_at_login(void **state)
{
    struct fixture *fx = *state;
    const char *base = strrchr(fx->dir, '/') + 1;
    struct sftp_file *files = NULL, file;
    uint32_t count = 0;
    char hex[DIGEST_HEX];
    int fd = local_file(10, hex);

    put_text(fx, "a", "12");
    open_site(fx);
    ok(fx, sftp_stat(fx->s, arena_printf(fx->a, "%s/a", base), &file, &fx->e));
    assert_int_equal(file.size, 2);
    ok(fx, sftp_publish(fx->s, &(struct sftp_delivery){blob_plain(fd), base, "b", 10, hex, false},
                        &fx->e));
    ok(fx, sftp_list(fx->s, fx->a, base, &files, &count, &fx->e));
    assert_int_equal(count, 2);
    ok(fx, sftp_list(fx->s, fx->a, "", &files, &count, &fx->e));
    assert_true(count > 0);
    close(fd);
}

static const size_t sizes[] = {0, 1, 29999, 30001, 32768, 1048576, 4194304, 4194305, 9000001};

static void
files_go_and_come_back(void **state)
{
    struct fixture *fx = *state;
    char hex[DIGEST_HEX];
    uint64_t bytes;

    open_site(fx);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct buf got = {0};
        int fd = local_file(sizes[i], hex);
        char *want = malloc(sizes[i] + 1);

        assert_non_null(want);
        ok(fx, sftp_put(fx->s, blob_plain(fd), remote(fx, "f"), NULL, NULL, &bytes, &fx->e));
        assert_int_equal(bytes, sizes[i]);
        ok(fx, sftp_verify(fx->s, remote(fx, "f"), sizes[i], hex, &fx->e));
        ok(fx, sftp_get(fx->s, remote(fx, "f"), sink_buf(&got), NULL, NULL, &bytes, &fx->e));
        assert_int_equal(bytes, sizes[i]);
        assert_int_equal(got.n, sizes[i]);
        assert_int_equal(pread(fd, want, sizes[i] + 1, 0), sizes[i]);
        if (sizes[i] > 0)
            assert_memory_equal(want, got.p, sizes[i]);
        free(want);
        buf_free(&got);
        close(fd);
    }
}

static void
difference_is_found_by_reading_back(void **state)
{
    struct fixture *fx = *state;
    char hex[DIGEST_HEX];
    uint64_t bytes;
    int fd = local_file(1000, hex), other;

    open_site(fx);
    ok(fx, sftp_put(fx->s, blob_plain(fd), remote(fx, "f"), NULL, NULL, &bytes, &fx->e));
    wants(fx, sftp_verify(fx->s, remote(fx, "f"), 999, hex, &fx->e), RC_FAIL, ERR_VERIFY);
    other = open(remote(fx, "f"), O_WRONLY);
    assert_int_equal(pwrite(other, "changed", 7, 500), 7);
    close(other);
    wants(fx, sftp_verify(fx->s, remote(fx, "f"), 1000, hex, &fx->e), RC_FAIL, ERR_VERIFY);
    wants(fx, sftp_verify(fx->s, remote(fx, "g"), 1000, hex, &fx->e), RC_REJECT, ERR_NOT_FOUND);
    close(fd);
}

static void
publish_once_and_never_over_another(void **state)
{
    struct fixture *fx = *state;
    char hex[DIGEST_HEX], other_hex[DIGEST_HEX];
    int fd = local_file(100000, hex), other = local_file(70000, other_hex);

    put_text(fx, "B.zip.part", "left behind by a crash");
    open_site(fx);
    ok(fx, sftp_publish(
               fx->s, &(struct sftp_delivery){blob_plain(fd), fx->dir, "B.zip", 100000, hex, false},
               &fx->e));
    assert_int_equal(access(remote(fx, "B.zip.part"), F_OK), -1);
    assert_int_equal(text_of(fx, "B.zip").n, 100000);
    put_text(fx, "B.zip.part", "left behind by another");
    ok(fx, sftp_publish(
               fx->s, &(struct sftp_delivery){blob_plain(fd), fx->dir, "B.zip", 100000, hex, false},
               &fx->e));
    assert_int_equal(access(remote(fx, "B.zip.part"), F_OK), -1);
    wants(fx,
          sftp_publish(
              fx->s,
              &(struct sftp_delivery){blob_plain(other), fx->dir, "B.zip", 70000, other_hex, false},
              &fx->e),
          RC_FAIL, ERR_VERIFY);
    assert_int_equal(text_of(fx, "B.zip").n, 100000);
    ok(fx, sftp_publish(
               fx->s,
               &(struct sftp_delivery){blob_plain(other), fx->dir, "B.zip", 70000, other_hex, true},
               &fx->e));
    assert_int_equal(text_of(fx, "B.zip").n, 70000);
    /* a caller whose figures are wrong publishes nothing */
    wants(fx,
          sftp_publish(
              fx->s,
              &(struct sftp_delivery){blob_plain(fd), fx->dir, "C.zip", 100000, other_hex, false},
              &fx->e),
          RC_FAIL, ERR_VERIFY);
    assert_int_equal(access(remote(fx, "C.zip"), F_OK), -1);
    wants(fx,
          sftp_publish(
              fx->s,
              &(struct sftp_delivery){blob_plain(fd), "/nowhere", "B.zip", 100000, hex, false},
              &fx->e),
          RC_REJECT, ERR_NOT_FOUND);
    close(fd);
    close(other);
}

static void
rename_and_remove(void **state)
{
    struct fixture *fx = *state;
    struct sftp_file file;

    put_text(fx, "a", "a");
    put_text(fx, "b", "bb");
    open_site(fx);
    wants(fx, sftp_rename(fx->s, remote(fx, "a"), remote(fx, "b"), &fx->e), RC_FAIL, ERR_SFTP);
    assert_non_null(strstr(fx->e.text, "exists"));
    ok(fx, sftp_rename(fx->s, remote(fx, "a"), remote(fx, "c"), &fx->e));
    wants(fx, sftp_rename(fx->s, remote(fx, "a"), remote(fx, "d"), &fx->e), RC_REJECT,
          ERR_NOT_FOUND);
    ok(fx, sftp_remove(fx->s, remote(fx, "b"), &fx->e));
    ok(fx, sftp_remove(fx->s, remote(fx, "b"), &fx->e));
    wants(fx, sftp_stat(fx->s, remote(fx, "b"), &file, &fx->e), RC_REJECT, ERR_NOT_FOUND);
    assert_true(text_of(fx, "c").n == 1 && text_of(fx, "c").p[0] == 'a');
}

static void
missing_file_is_a_reject_and_the_session_lives(void **state)
{
    struct fixture *fx = *state;
    struct buf got = {0};
    uint64_t bytes = 7;

    put_text(fx, "a", "a");
    open_site(fx);
    wants(fx, sftp_get(fx->s, remote(fx, "x"), sink_buf(&got), NULL, NULL, &bytes, &fx->e),
          RC_REJECT, ERR_NOT_FOUND);
    assert_int_equal(bytes, 0);
    ok(fx, sftp_get(fx->s, remote(fx, "a"), sink_buf(&got), NULL, NULL, &bytes, &fx->e));
    assert_int_equal(got.n, 1);
    wants(fx, sftp_get(fx->s, fx->dir, sink_buf(&got), NULL, NULL, &bytes, &fx->e), RC_FAIL,
          ERR_SFTP);
    buf_free(&got);
}

static rc_t
full_sink(void *ctx, const void *p, size_t n, struct err *e)
{
    (void)ctx, (void)p, (void)n;
    return err_set(e, RC_RETRY, ERR_NO_SPACE, "full");
}

static void
a_failing_sink_stops_the_download(void **state)
{
    struct fixture *fx = *state;
    struct sftp_file file;
    char hex[DIGEST_HEX];
    int fd = local_file(9000000, hex);
    uint64_t bytes;

    open_site(fx);
    ok(fx, sftp_put(fx->s, blob_plain(fd), remote(fx, "f"), NULL, NULL, &bytes, &fx->e));
    wants(fx,
          sftp_get(fx->s, remote(fx, "f"), (struct sink){full_sink, NULL}, NULL, NULL, &bytes,
                   &fx->e),
          RC_RETRY, ERR_NO_SPACE);
    ok(fx, sftp_stat(fx->s, remote(fx, "f"), &file, &fx->e));
    close(fd);
}

/* How known_hosts ($k) is made, %d being the port, and what comes of it. */
static const struct host_case {
    const char *what, *shell;
    err_code_t want; /* ERR_CONFIG: what lies here is at fault */
} host_cases[] = {
  /* clang-format off */
    {"nothing",                 ": > $k # %d", ERR_HOST_KEY},
    {"another key",             "(printf '[127.0.0.1]:%d '; cat other_key.pub) > $k", ERR_HOST_KEY},
    {"the key of another host", "(printf '[127.0.0.2]:%d '; cat host_ed25519.pub) > $k", ERR_HOST_KEY},
    {"the ecdsa key",           "(printf '[127.0.0.1]:%d '; cat host_ecdsa.pub) > $k", ERR_NONE},
    {"hashed",                  "cp known_hosts $k; ssh-keygen -H -f $k >/dev/null 2>&1 # %d", ERR_NONE},
    {"comment, blank line",     "(echo '# c'; echo; cat known_hosts) > $k # %d", ERR_NONE},
    {"a revoked key",           "(printf '@revoked * '; cat host_ed25519.pub known_hosts) > $k # %d", ERR_CONFIG},
    {"garbage",                 "(cat known_hosts; echo 'garbage') > $k # %d", ERR_CONFIG},
    {"no file",                 "rm -f $k # %d", ERR_CONFIG},
  /* clang-format on */
};

static void
host_keys_fail_closed(void **state)
{
    struct fixture *fx = *state;
    char *path = arena_printf(fx->a, "%s/known", fx->dir);

    fx->site.known_hosts = path;
    for (size_t i = 0; i < sizeof(host_cases) / sizeof(host_cases[0]); i++) {
        char command[512], number[16], *port;
        rc_t rc;

        print_message("%s\n", host_cases[i].what);
        snprintf(command, sizeof(command), "cd %s; k=%s; %s", server.dir, path,
                 host_cases[i].shell);
        port = strstr(command, "%d");
        snprintf(number, sizeof(number), "%d", server.port);
        shell("%.*s%s%s", (int)(port - command), command, number, port + 2);
        rc = sftp_open(&fx->s, &fx->site, &fx->e);
        if (host_cases[i].want == ERR_NONE)
            ok(fx, rc);
        else
            wants(fx, rc, RC_FAIL, host_cases[i].want);
        assert_true((fx->s != NULL) == (rc == RC_OK));
        sftp_close(&fx->s);
    }
}

static void
login_keys_are_checked(void **state)
{
    struct fixture *fx = *state;
    char *key = arena_printf(fx->a, "%s/key", fx->dir);

    fx->site.key = server.other_key;
    wants(fx, sftp_open(&fx->s, &fx->site, &fx->e), RC_FAIL, ERR_SFTP_KEY);
    fx->site.key = key;
    wants(fx, sftp_open(&fx->s, &fx->site, &fx->e), RC_FAIL, ERR_CONFIG);
    shell("cp %s %s && chmod 0640 %s", server.key, key, key);
    wants(fx, sftp_open(&fx->s, &fx->site, &fx->e), RC_FAIL, ERR_CONFIG);
    assert_non_null(strstr(fx->e.text, "0640"));
    shell("chmod 0400 %s", key);
    open_site(fx);
    sftp_close(&fx->s);
    shell("chmod 0600 %s && echo x > %s", key, key);
    wants(fx, sftp_open(&fx->s, &fx->site, &fx->e), RC_FAIL, ERR_CONFIG);
    fx->site.key = "/dev/null";
    wants(fx, sftp_open(&fx->s, &fx->site, &fx->e), RC_FAIL, ERR_CONFIG);
}

static void
urls_are_read_strictly(void **state)
{
    static const char *const bad[] = {
        "",
        "sftp://",
        "sftp://127.0.0.1",
        "sftp://@127.0.0.1",
        "sftp://u@",
        "sftp://u@:22",
        "sftp://u:secret@127.0.0.1",
        "sftp://u@127.0.0.1:0",
        "sftp://u@127.0.0.1:65536",
        "sftp://u@127.0.0.1:22x",
        "sftp://u@127.0.0.1/in",
        "sftp://u@[::1",
        "ssh://u@127.0.0.1",
    };
    struct fixture *fx = *state;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        fx->site.url = bad[i];
        wants(fx, sftp_open(&fx->s, &fx->site, &fx->e), RC_FAIL, ERR_CONFIG);
    }
    fx->site.url = arena_printf(fx->a, "sftp://u@[::1]:%d/", free_port());
    wants(fx, sftp_open(&fx->s, &fx->site, &fx->e), RC_RETRY, ERR_SFTP_AWAY);
}

/* A port where somebody listens and says nothing. */
static void
a_silent_server_ends_the_opening_in_time(void **state)
{
    struct fixture *fx = *state;
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t size = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int64_t began = clock_ms();

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, size), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
    fx->site.url = arena_printf(fx->a, "sftp://u@127.0.0.1:%d", ntohs(at.sin_port));
    fx->site.connect_ms = 500;
    wants(fx, sftp_open(&fx->s, &fx->site, &fx->e), RC_RETRY, ERR_SFTP_AWAY);
    assert_in_range(clock_ms() - began, 450, 1500);
    close(fd);
}

/* Called as bytes arrive: does something to the server once, at a given offset. */
struct trouble {
    uint64_t seen, at;
    int signal, times;
};

static void
make_trouble(void *ctx, size_t n)
{
    struct trouble *t = ctx;

    t->seen += n;
    if (t->seen >= t->at && t->times > 0) {
        t->times--;
        signal_sessions(t->signal);
    }
}

static void
a_frozen_server_is_left_in_time(void **state)
{
    struct fixture *fx = *state;
    struct trouble t = {0, 4000000, SIGSTOP, 1};
    struct buf got = {0};
    char hex[DIGEST_HEX];
    int fd = local_file(BIG, hex);
    uint64_t bytes = 0;
    int64_t began;

    fx->site.idle_ms = 1000;
    open_site(fx);
    ok(fx, sftp_put(fx->s, blob_plain(fd), remote(fx, "f"), NULL, NULL, &bytes, &fx->e));
    began = clock_ms();
    wants(fx, sftp_get(fx->s, remote(fx, "f"), sink_buf(&got), make_trouble, &t, &bytes, &fx->e),
          RC_RETRY, ERR_SFTP_AWAY);
    assert_in_range(clock_ms() - began, 900, 3000);
    began = clock_ms();
    sftp_close(&fx->s);
    assert_in_range(clock_ms() - began, 0, 200);
    signal_sessions(SIGKILL);

    t = (struct trouble){0, 4000000, SIGSTOP, 1};
    open_site(fx);
    began = clock_ms();
    wants(fx, sftp_put(fx->s, blob_plain(fd), remote(fx, "g"), make_trouble, &t, &bytes, &fx->e),
          RC_RETRY, ERR_SFTP_AWAY);
    assert_in_range(clock_ms() - began, 900, 3000);
    sftp_close(&fx->s);
    signal_sessions(SIGKILL);
    buf_free(&got);
    close(fd);
}

static void
a_cut_download_goes_on_where_it_was(void **state)
{
    struct fixture *fx = *state;
    struct trouble t = {0, 20000000, SIGKILL, 1};
    struct buf got = {0};
    char hex[DIGEST_HEX], got_hex[DIGEST_HEX];
    struct digest *d = digest_new();
    int fd = local_file(BIG, hex);
    uint64_t bytes = 0;

    open_site(fx);
    ok(fx, sftp_put(fx->s, blob_plain(fd), remote(fx, "f"), NULL, NULL, &bytes, &fx->e));
    ok(fx, sftp_get(fx->s, remote(fx, "f"), sink_buf(&got), make_trouble, &t, &bytes, &fx->e));
    assert_int_equal(t.times, 0);
    assert_int_equal(t.seen, BIG); /* nothing came twice */
    assert_int_equal(got.n, BIG);
    digest_update(d, got.p, got.n);
    digest_hex(d, got_hex);
    assert_string_equal(got_hex, hex);
    /* once: a second cut ends the call, and the next call opens again */
    got.n = 0;
    t = (struct trouble){0, 4000000, SIGKILL, 1000000};
    wants(fx, sftp_get(fx->s, remote(fx, "f"), sink_buf(&got), make_trouble, &t, &bytes, &fx->e),
          RC_RETRY, ERR_SFTP_AWAY);
    ok(fx, sftp_verify(fx->s, remote(fx, "f"), BIG, hex, &fx->e));
    digest_free(&d);
    buf_free(&got);
    close(fd);
}

static void
a_cut_upload_starts_again(void **state)
{
    struct fixture *fx = *state;
    struct trouble t = {0, 20000000, SIGKILL, 1};
    char hex[DIGEST_HEX];
    int fd = local_file(BIG, hex);
    uint64_t bytes = 0;

    open_site(fx);
    ok(fx, sftp_put(fx->s, blob_plain(fd), remote(fx, "f"), make_trouble, &t, &bytes, &fx->e));
    assert_int_equal(t.times, 0);
    assert_int_equal(bytes, BIG);
    ok(fx, sftp_verify(fx->s, remote(fx, "f"), BIG, hex, &fx->e));
    signal_sessions(SIGKILL); /* between two calls */
    ok(fx, sftp_rename(fx->s, remote(fx, "f"), remote(fx, "g"), &fx->e));
    close(fd);
}

/* The file is replaced by another while the connection is cut: no mixture of the two. */
static void
replace_and_cut(void *ctx, size_t n)
{
    struct trouble *t = ctx;

    t->seen += n;
    if (t->seen >= t->at && t->times-- == 1) {
        shell("cd %s/box/changing && head -c %zu /dev/zero > g && mv g f", server.dir, BIG / 2);
        signal_sessions(SIGKILL);
    }
}

static void
a_file_that_changed_is_read_another_time(void **state)
{
    struct fixture *fx = *state;
    struct trouble t = {0, 20000000, SIGKILL, 1};
    struct buf got = {0};
    uint64_t bytes = 0;

    shell("mkdir %s/changing && head -c %zu /dev/zero > %s/changing/f", server.box, BIG,
          server.box);
    open_site(fx);
    wants(fx, sftp_get(fx->s, "changing/f", sink_buf(&got), replace_and_cut, &t, &bytes, &fx->e),
          RC_RETRY, ERR_SFTP);
    buf_free(&got);
}

static void
permission_is_told_apart(void **state)
{
    struct fixture *fx = *state;
    bool root = geteuid() == 0; /* may do nearly all, but not take a name from the kernel */

    open_site(fx);
    wants(fx, sftp_remove(fx->s, root ? "/proc/sys/kernel/ostype" : "/etc/passwd", &fx->e), RC_FAIL,
          ERR_SFTP);
    if (!root)
        assert_non_null(strstr(fx->e.text, "permission denied"));
}

/* --- keys and algorithms of all kinds ------------------------------------------------------- */

/* One more server for a moment, on a port of its own, with options before those of the other. */
static pid_t
other_server(int port, const char *options)
{
    char *file = arena_printf(server.a, "%s/other_config", server.dir);
    pid_t pid;

    shell("cd %s && (printf 'Port %%d\n' %d; printf '%s'; grep -v ^Port sshd_config) > "
          "other_config && "
          "(cat known_hosts; for k in host_*.pub; do printf '[127.0.0.1]:%d '; cat $k; done) > "
          "known_other",
          server.dir, port, options, port);
    if ((pid = fork()) == 0) {
        execl(SSHD, SSHD, "-D", "-f", file, "-E",
              arena_printf(server.a, "%s/other.log", server.dir), (char *)NULL);
        _exit(127);
    }
    wait_until_up(port);
    return pid;
}

static void
end_server(pid_t pid)
{
    kill(pid, SIGTERM);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static const char *const key_kinds[] = {
    "-t ed25519",      "-t ecdsa -b 256",        "-t ecdsa -b 384",
    "-t ecdsa -b 521", "-t ecdsa -b 256 -m PEM", "-t ecdsa -b 521 -m PKCS8",
    "-t rsa -b 2048",  "-t rsa -b 3072 -m PEM",
};

static void
keys_of_all_kinds_log_in(void **state)
{
    struct fixture *fx = *state;
    int port = free_port();
    pid_t pid;

    shell("cd %s && : > more.pub", server.dir);
    /* libssh2 1.10 has RSA with SHA-1 only */
    pid = other_server(
        port,
        arena_printf(fx->a, "AuthorizedKeysFile %s/more.pub\nPubkeyAcceptedAlgorithms +ssh-rsa\n",
                     server.dir));
    fx->site.url =
        arena_printf(fx->a, "sftp://%s@127.0.0.1:%d", getpwuid(geteuid())->pw_name, port);
    fx->site.known_hosts = arena_printf(fx->a, "%s/known_other", server.dir);
    fx->site.key = arena_printf(fx->a, "%s/a_key", server.dir);
    for (size_t i = 0; i < sizeof(key_kinds) / sizeof(key_kinds[0]); i++) {
        print_message("%s\n", key_kinds[i]);
        shell("cd %s && rm -f a_key* && ssh-keygen -q %s -N '' -f a_key && cp a_key.pub more.pub",
              server.dir, key_kinds[i]);
        open_site(fx);
        sftp_close(&fx->s);
    }
    shell("cd %s && ssh-keygen -q -p -N secret -f a_key", server.dir);
    wants(fx, sftp_open(&fx->s, &fx->site, &fx->e), RC_FAIL, ERR_CONFIG);
    end_server(pid);
}

static const struct exchange {
    const char *kex, *host; /* the key in a file host_… */
} exchanges[] = {
    {"curve25519-sha256",                    "ecdsa"   },
    {"ecdh-sha2-nistp256",                   "ed25519" },
    {"ecdh-sha2-nistp384",                   "ecdsa384"},
    {"ecdh-sha2-nistp521",                   "ecdsa521"},
    {"diffie-hellman-group-exchange-sha256", "ed25519" },
    {"diffie-hellman-group14-sha256",        "ecdsa"   },
    {"diffie-hellman-group16-sha512",        "ed25519" },
};

/* Whatever is used for the first time behind the walls must be there. */
static void
servers_of_all_kinds_are_known(void **state)
{
    struct fixture *fx = *state;

    shell("cd %s && for b in 384 521; do ssh-keygen -q -t ecdsa -b $b -N '' -f host_ecdsa$b; done",
          server.dir);
    for (size_t i = 0; i < sizeof(exchanges) / sizeof(exchanges[0]); i++) {
        const struct exchange *x = &exchanges[i];
        int port = free_port();
        pid_t pid;

        print_message("%s %s\n", x->kex, x->host);
        pid = other_server(port, arena_printf(fx->a, "HostKey %s/host_%s\nKexAlgorithms %s\n",
                                              server.dir, x->host, x->kex));
        shell("cd %s && (printf '[127.0.0.1]:%d '; cat host_%s.pub) > known_other", server.dir,
              port, x->host);
        fx->site.url =
            arena_printf(fx->a, "sftp://%s@127.0.0.1:%d", getpwuid(geteuid())->pw_name, port);
        fx->site.known_hosts = arena_printf(fx->a, "%s/known_other", server.dir);
        open_site(fx);
        sftp_close(&fx->s);
        end_server(pid);
    }
}

/* --- a process that was taken over ---------------------------------------------------------- */

rc_t __wrap_apart_start(const char *word, const int fds[], size_t n, struct child **c,
                        struct err *e);
rc_t __real_apart_start(const char *word, const int fds[], size_t n, struct child **c,
                        struct err *e);

/* What it does in place of fetch_main(), with its end of the talk; NULL: the real one is started. */
static void (*captured)(int fd);
static int started;

static int
run_captured(void *fd, int in, int out)
{
    (void)in;
    (void)out;
    captured(*(int *)fd);
    return 7;
}

rc_t
__wrap_apart_start(const char *word, const int fds[], size_t n, struct child **c, struct err *e)
{
    int fd = fds[0];

    started++;
    if (captured == NULL)
        return __real_apart_start(word, fds, n, c, e);
    return child_start(c, &(struct child_form){.name = word, .run = run_captured, .ctx = &fd}, e);
}

static void
says(int fd, uint32_t kind, const void *p, size_t n)
{
    struct fetch_head head = {kind, (uint32_t)n};

    if (write(fd, &head, sizeof(head)) != (ssize_t)sizeof(head) ||
        (n > 0 && write(fd, p, n) != (ssize_t)n))
        _exit(8);
}

static void
says_numbers(int fd, uint32_t kind, size_t n, const int64_t numbers[])
{
    says(fd, kind, numbers, n * sizeof(*numbers));
}

/* -1 in place of a text: none */
static void
says_result(int fd, int64_t what)
{
    says_numbers(fd, FETCH_RESULT, 5, (const int64_t[]){what, FETCH_DO_LIST, 0, 0, -1});
}

static uint32_t
hears(int fd)
{
    struct fetch_head head;
    char c;

    if (read(fd, &head, sizeof(head)) != (ssize_t)sizeof(head))
        _exit(9);
    for (uint32_t i = 0; i < head.bytes; i++)
        if (read(fd, &c, 1) != 1)
            _exit(9);
    return head.kind;
}

/* The server's true key: it is no secret. */
static void
shows_host(int fd)
{
    struct buf b = {0};
    unsigned char key[256];
    char type[32], base64[256];
    FILE *f = fopen(arena_printf(server.a, "%s/host_ed25519.pub", server.dir), "r");
    int n;

    if (f == NULL || fscanf(f, "%31s %255s", type, base64) != 2)
        _exit(10);
    n = EVP_DecodeBlock(key, (const unsigned char *)base64, (int)strlen(base64));
    n -= base64[strlen(base64) - 1] == '=';
    n -= base64[strlen(base64) - 2] == '=';
    parcel_put_number(&b, n);
    buf_put(&b, key, (size_t)n);
    parcel_put_number(&b, 0);
    parcel_put_text(&b, "SSH-2.0-captured");
    says(fd, FETCH_HOST, b.p, b.n);
    buf_free(&b);
    fclose(f);
}

static void
opens(int fd)
{
    hears(fd);
    shows_host(fd);
    if (hears(fd) != FETCH_GO)
        _exit(11);
    says_result(fd, FETCH_WELL);
    hears(fd); /* the first question */
}

static void
says_name(int fd, const char *name, int64_t n, int64_t type)
{
    struct buf b = {0};

    parcel_put_number(&b, n);
    buf_put(&b, name, strlen(name));
    for (int i = 0; i < 3; i++)
        parcel_put_number(&b, 1);
    parcel_put_number(&b, type);
    says(fd, FETCH_NAMES, b.p, b.n);
    buf_free(&b);
}

static const int64_t attributes[] = {1, 10, 1, '-'};

/* clang-format off */
static void dies(int fd) { opens(fd); raise(SIGKILL); }
static void dies_early(int fd) { (void)fd; raise(SIGKILL); }
static void does_not_start(int fd) { (void)fd; _exit(126); }
static void leaves_early(int fd) { says(fd, FETCH_ALIVE, NULL, 0); hears(fd); }
static void crashes(int fd) { opens(fd); signal(SIGSEGV, SIG_DFL); raise(SIGSEGV); }
static void leaves(int fd) { opens(fd); }
static void no_frame(int fd) { opens(fd); says_numbers(fd, 4711, 0, NULL); }
static void our_frame(int fd) { opens(fd); says_numbers(fd, FETCH_GO, 0, NULL); }
static void endless_frame(int fd) { opens(fd); says(fd, FETCH_NAMES, "", 0);
    (void)!write(fd, &(struct fetch_head){FETCH_NAMES, UINT32_MAX}, sizeof(struct fetch_head)); }
static void long_data(int fd) { opens(fd);
    (void)!write(fd, &(struct fetch_head){FETCH_DATA, FETCH_PIECE + 1}, sizeof(struct fetch_head)); }
static void other_answer(int fd) { opens(fd); says(fd, FETCH_DATA, "x", 1); }
static void no_result(int fd) { opens(fd); says_result(fd, 99); }
static void no_doing(int fd) { opens(fd); says_numbers(fd, FETCH_RESULT, 5, (const int64_t[]){1, 4711, 0, 0, -1}); }
static void half_result(int fd) { opens(fd); says_numbers(fd, FETCH_RESULT, 2, (const int64_t[]){1, 1}); }
static void long_text(int fd) { opens(fd); says_numbers(fd, FETCH_RESULT, 5, (const int64_t[]){1, 1, 1, 1, 1 << 30}); }
static void negative_name(int fd) { opens(fd); says_name(fd, "x", -5, '-'); }
static void name_past_its_end(int fd) { opens(fd); says_name(fd, "x", 3000, '-'); }
static void half_a_name(int fd) { opens(fd); says_numbers(fd, FETCH_NAMES, 1, (const int64_t[]){0}); }
static void no_type(int fd) { opens(fd); says_name(fd, "x", 1, 0); }
static void nothing(int fd) { opens(fd); says_result(fd, FETCH_WELL); }
static void twice(int fd) { opens(fd); says_numbers(fd, FETCH_ATTRIBUTES, 4, attributes);
    says_numbers(fd, FETCH_ATTRIBUTES, 4, attributes); }
static void more_than_sent(int fd) { opens(fd); says_numbers(fd, FETCH_TAKEN, 1, (const int64_t[]){1 << 20}); hears(fd);
    sleep(5); }
static void negative_taken(int fd) { opens(fd); says_numbers(fd, FETCH_TAKEN, 1, (const int64_t[]){-1}); sleep(5); }
static void none_taken(int fd) { opens(fd); while (hears(fd) == FETCH_DATA) says_result(fd, FETCH_WELL); }
static void silent(int fd) { opens(fd); sleep(60); }
static void no_host(int fd) { hears(fd); says_result(fd, FETCH_WELL); sleep(5); }
static void half_a_host(int fd) { hears(fd); says_numbers(fd, FETCH_HOST, 1, (const int64_t[]){1 << 20}); sleep(5); }
static void host_twice(int fd) { hears(fd); shows_host(fd); shows_host(fd); sleep(5); }
static void sign_first(int fd) { hears(fd); says(fd, FETCH_SIGN, "x", 1); sleep(5); }
static void sign_anything(int fd) { hears(fd); shows_host(fd); hears(fd); says(fd, FETCH_SIGN, "pay me", 6); hears(fd);
    sleep(5); }
/* clang-format on */

static rc_t
try_list(struct fixture *fx)
{
    struct sftp_file *files;
    uint32_t count;

    return sftp_list(fx->s, fx->a, "in", &files, &count, &fx->e);
}

static rc_t
try_stat(struct fixture *fx)
{
    struct sftp_file file;

    return sftp_stat(fx->s, "x", &file, &fx->e);
}

static rc_t
try_get(struct fixture *fx)
{
    struct buf got = {0};
    uint64_t bytes;
    rc_t rc = sftp_get(fx->s, "x", sink_buf(&got), NULL, NULL, &bytes, &fx->e);

    buf_free(&got);
    return rc;
}

static rc_t
try_put(struct fixture *fx)
{
    char hex[DIGEST_HEX];
    int fd = local_file(100000, hex);
    uint64_t bytes;
    rc_t rc = sftp_put(fx->s, blob_plain(fd), "x", NULL, NULL, &bytes, &fx->e);

    close(fd);
    return rc;
}

static const struct capture {
    const char *what;
    void (*does)(int fd);
    rc_t (*tries)(struct fixture *fx); /* NULL: the opening ends it */
    const char *text;                  /* what is said of it */
    err_code_t code;
} captures[] = {
  /* clang-format off */
    {"killed",                    dies,              try_list, "ended by signal 9",       ERR_FETCH_KILLED},
    {"killed at once",            dies_early,        NULL,     "ended by signal 9",       ERR_FETCH_KILLED},
    {"not there",                 does_not_start,    NULL,     "ended with status 126",   ERR_FETCH_KILLED},
    {"crashed",                   crashes,           try_list, "ended by signal 11",      ERR_FETCH},
    {"gone early",                leaves_early,      NULL,     "ended with status 7",     ERR_FETCH},
    {"gone",                      leaves,            try_list, "ended with status 7",     ERR_FETCH},
    {"no frame",                  no_frame,          try_list, "no known kind or length", ERR_FETCH},
    {"a frame of ours",           our_frame,         try_list, "no known kind or length", ERR_FETCH},
    {"a frame without end",       endless_frame,     try_list, "no known kind or length", ERR_FETCH},
    {"too much at once",          long_data,         try_get,  "no known kind or length", ERR_FETCH},
    {"data for a list",           other_answer,      try_list, "a wrong result",          ERR_FETCH},
    {"data for a stat",           other_answer,      try_stat, "a wrong result",          ERR_FETCH},
    {"data of no file",           other_answer,      try_get,  "a wrong result",          ERR_FETCH},
    {"no result",                 no_result,         try_list, "a wrong result",          ERR_FETCH},
    {"no such step",              no_doing,          try_list, "a wrong result",          ERR_FETCH},
    {"half a result",             half_result,       try_list, "a wrong result",          ERR_FETCH},
    {"a text past its end",       long_text,         try_list, "a wrong result",          ERR_FETCH},
    {"a name of -5 bytes",        negative_name,     try_list, "a wrong name",            ERR_FETCH},
    {"a name past its end",       name_past_its_end, try_list, "a wrong name",            ERR_FETCH},
    {"half a name",               half_a_name,       try_list, "a wrong name",            ERR_FETCH},
    {"a name of no type",         no_type,           try_list, "a wrong name",            ERR_FETCH},
    {"no attributes",             nothing,           try_stat, "no attributes",           ERR_FETCH},
    {"no file",                   nothing,           try_get,  "was not opened",          ERR_FETCH},
    {"attributes twice",          twice,             try_stat, "a wrong result",          ERR_FETCH},
    {"a file that opens twice",   twice,             try_get,  "a wrong result",          ERR_FETCH},
    {"more taken than sent",      more_than_sent,    try_put,  "were not sent",           ERR_FETCH},
    {"less than nothing taken",   negative_taken,    try_put,  "were not sent",           ERR_FETCH},
    {"nothing taken, and well",   none_taken,        try_put,  "before all was taken",    ERR_FETCH},
    {"silence",                   silent,            try_list, "it said nothing",         ERR_FETCH},
    {"no host",                   no_host,           NULL,     "without a host",          ERR_FETCH},
    {"half a host",               half_a_host,       NULL,     "a wrong host",            ERR_FETCH},
    {"two hosts",                 host_twice,        NULL,     "out of order",            ERR_FETCH},
    {"a signature without host",  sign_first,        NULL,     "out of order",            ERR_FETCH},
    {"a signature for anything",  sign_anything,     NULL,     "no request to log in",    ERR_FETCH_SIGN},
  /* clang-format on */
};

/* Costs one visit: try again later, told, no memory overrun, nothing left, and never a second try at once. */
static void
a_captured_process_is_not_believed(void **state)
{
    struct fixture *fx = *state;

    fx->site.idle_ms = 100;
    for (size_t i = 0; i < sizeof(captures) / sizeof(captures[0]); i++) {
        const struct capture *c = &captures[i];
        rc_t rc;

        print_message("%s\n", c->what);
        captured = c->does;
        started = 0;
        rc = sftp_open(&fx->s, &fx->site, &fx->e);
        if (c->tries != NULL) {
            if (rc != RC_OK)
                fail_msg("opening: %s", fx->e.text);
            rc = c->tries(fx);
        }
        captured = NULL;
        wants(fx, rc, RC_RETRY, c->code);
        if (strstr(fx->e.text, c->text) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", fx->e.text, c->text);
        assert_int_equal(started, 1);
        sftp_close(&fx->s);
        assert_int_equal(waitpid(-1, NULL, WNOHANG), 0); /* only the server */
    }
}

static void
odd_names(int fd)
{
    static const char *const names[] = {"..", ".", "a/b", "/etc/passwd", "", "good"};

    opens(fd);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        says_name(fd, names[i], (int64_t)strlen(names[i]), '-');
    says_result(fd, FETCH_WELL);
    sleep(5);
}

static void
names_are_names(void **state)
{
    struct fixture *fx = *state;
    struct sftp_file *files = NULL;
    uint32_t count = 0;

    captured = odd_names;
    open_site(fx);
    ok(fx, sftp_list(fx->s, fx->a, "in", &files, &count, &fx->e));
    captured = NULL;
    assert_int_equal(count, 1);
    assert_string_equal(files[0].name, "good");
}

/* After one that was killed the next call has another. */
static void
a_killed_process_costs_one_call(void **state)
{
    struct fixture *fx = *state;
    struct sftp_file file;

    captured = dies;
    open_site(fx);
    captured = NULL;
    put_text(fx, "a", "12");
    wants(fx, sftp_stat(fx->s, remote(fx, "a"), &file, &fx->e), RC_RETRY, ERR_FETCH_KILLED);
    ok(fx, sftp_stat(fx->s, remote(fx, "a"), &file, &fx->e));
    assert_int_equal(file.size, 2);
}

int
main(int argc, char **argv)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(host_is_known_and_named),
        TEST(list_tells_names_sizes_and_kinds),
        TEST(many_files_are_listed),
        TEST(relative_paths_start_at_login),
        TEST(files_go_and_come_back),
        TEST(difference_is_found_by_reading_back),
        TEST(publish_once_and_never_over_another),
        TEST(rename_and_remove),
        TEST(missing_file_is_a_reject_and_the_session_lives),
        TEST(a_failing_sink_stops_the_download),
        TEST(host_keys_fail_closed),
        TEST(login_keys_are_checked),
        TEST(urls_are_read_strictly),
        TEST(a_silent_server_ends_the_opening_in_time),
        TEST(a_frozen_server_is_left_in_time),
        TEST(a_cut_download_goes_on_where_it_was),
        TEST(a_cut_upload_starts_again),
        TEST(a_file_that_changed_is_read_another_time),
        TEST(permission_is_told_apart),
        TEST(keys_of_all_kinds_log_in),
        TEST(servers_of_all_kinds_are_known),
        TEST(a_captured_process_is_not_believed),
        TEST(names_are_names),
        TEST(a_killed_process_costs_one_call),
    };

    if (argc == 2 && strcmp(argv[1], FETCH_WORD) == 0)
        return fetch_main();
    return cmocka_run_group_tests_name("sftp", tests, start_server, stop_server);
}
