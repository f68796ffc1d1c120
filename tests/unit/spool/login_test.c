/* login: what the login key signs, and all that it does not. A real sshd judges its signatures in sftp_test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "spool/login.h"
#include "spool/wire.h"

#define SESSION "a session's number is 32 bytes !"

static char folder[] = "/tmp/login_test.XXXXXX";
static struct login *logins[2]; /* ours, and another */
static EVP_PKEY *host;          /* the server's ed25519 key */

static void
make_key(const char *name, struct login **l)
{
    char path[64];
    struct err e = {0};
    int status = -1;
    pid_t pid;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    if ((pid = fork()) == 0) {
        execlp("ssh-keygen", "ssh-keygen", "-q", "-t", name, "-N", "", "-f", path, (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    if (login_open(l, "server", path, &e) != RC_OK)
        fail_msg("%s", e.text);
}

static int
set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    make_key("ed25519", &logins[0]);
    make_key("ecdsa", &logins[1]);
    host = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    assert_non_null(host);
    return 0;
}

static int
tear_down(void **state)
{
    static const char *const names[] = {"ed25519", "ed25519.pub", "ecdsa", "ecdsa.pub"};
    char path[64];

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
    login_close(&logins[0]);
    login_close(&logins[1]);
    EVP_PKEY_free(host);
    return 0;
}

static struct span
of(const struct buf *b)
{
    return (struct span){b->p, b->n};
}

static void
put_host_key(struct buf *b)
{
    unsigned char raw[32];
    size_t n = sizeof raw;

    assert_int_equal(EVP_PKEY_get_raw_public_key(host, raw, &n), 1);
    wire_put_string(b, SPAN("ssh-ed25519"));
    wire_put_string(b, (struct span){(const char *)raw, n});
}

static void
put_host_signature(struct buf *b, struct span session)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned char value[64];
    size_t n = sizeof value;

    assert_int_equal(EVP_DigestSignInit(ctx, NULL, NULL, NULL, host), 1);
    assert_int_equal(EVP_DigestSign(ctx, value, &n, (const unsigned char *)session.p, session.n),
                     1);
    EVP_MD_CTX_free(ctx);
    wire_put_string(b, SPAN("ssh-ed25519"));
    wire_put_string(b, (struct span){(const char *)value, n});
}

/* One thing that is not as it must be. */
static const struct demand {
    const char *what;
    struct span session; /* in the request; the server signed SESSION */
    int kind, with;
    const char *user, *service, *way, *method;
    int key; /* whose */
    const char *behind;
    const char *text; /* in the refusal; NULL: signed */
} demands[] = {
  /* clang-format off */
    {"a login",                 {SESSION, 32},                         50, 1, "us", "ssh-connection", "publickey", "ssh-ed25519",         0, "",  NULL},
    {"another session",         {"another session's number, 32 byte", 32}, 50, 1, "us", "ssh-connection", "publickey", "ssh-ed25519",     0, "",  "has not signed"},
    {"no session",              {"", 0},                               50, 1, "us", "ssh-connection", "publickey", "ssh-ed25519",         0, "",  "has not signed"},
    {"another message",         {SESSION, 32},                         51, 1, "us", "ssh-connection", "publickey", "ssh-ed25519",         0, "",  "no request to log in"},
    {"without signature",       {SESSION, 32},                         50, 0, "us", "ssh-connection", "publickey", "ssh-ed25519",         0, "",  "no request to log in"},
    {"another user",            {SESSION, 32},                         50, 1, "root", "ssh-connection", "publickey", "ssh-ed25519",       0, "",  "another user"},
    {"a user that goes on",     {SESSION, 32},                         50, 1, "us2", "ssh-connection", "publickey", "ssh-ed25519",        0, "",  "another user"},
    {"another service",         {SESSION, 32},                         50, 1, "us", "ssh-userauth",   "publickey", "ssh-ed25519",         0, "",  "another service"},
    {"another way",             {SESSION, 32},                         50, 1, "us", "ssh-connection", "hostbased", "ssh-ed25519",         0, "",  "another service"},
    {"another method",          {SESSION, 32},                         50, 1, "us", "ssh-connection", "publickey", "ecdsa-sha2-nistp256", 0, "",  "another method"},
    {"a method of another key", {SESSION, 32},                         50, 1, "us", "ssh-connection", "publickey", "rsa-sha2-256",        0, "",  "another method"},
    {"an unknown method",       {SESSION, 32},                         50, 1, "us", "ssh-connection", "publickey", "none",                0, "",  "another method"},
    {"another key",             {SESSION, 32},                         50, 1, "us", "ssh-connection", "publickey", "ssh-ed25519",         1, "",  "another key"},
    {"something behind it",     {SESSION, 32},                         50, 1, "us", "ssh-connection", "publickey", "ssh-ed25519",         0, "x", "no request to log in"},
  /* clang-format on */
};

static void
put_demand(struct buf *b, const struct demand *d)
{
    wire_put_string(b, d->session);
    buf_put(b, &(char){(char)d->kind}, 1);
    wire_put_string(b, span_of(d->user));
    wire_put_string(b, span_of(d->service));
    wire_put_string(b, span_of(d->way));
    buf_put(b, &(char){(char)d->with}, 1);
    wire_put_string(b, span_of(d->method));
    wire_put_string(b, login_public(logins[d->key]));
    buf_str(b, d->behind);
}

static void
only_a_login_is_signed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof demands / sizeof *demands; i++) {
        struct buf key = {0}, signature = {0}, bytes = {0}, value = {0};
        struct err e = {0};
        rc_t rc;

        put_host_key(&key);
        put_host_signature(&signature, (struct span){SESSION, 32});
        put_demand(&bytes, &demands[i]);
        rc = login_sign(logins[0], "server",
                        &(struct login_request){"us", of(&key), of(&signature), of(&bytes)}, &value,
                        &e);
        if (demands[i].text == NULL) {
            assert_int_equal(rc, RC_OK);
            assert_int_equal(value.n, 64);
        } else if (rc != RC_RETRY || e.code != ERR_FETCH_SIGN || !strstr(e.text, demands[i].text) ||
                   value.n > 0) {
            fail_msg("%s: %d %zu %s", demands[i].what, (int)rc, value.n, e.text);
        }
        buf_free(&key);
        buf_free(&signature);
        buf_free(&bytes);
        buf_free(&value);
    }
}

/* Cut anywhere, and with any one byte of it changed, nothing is signed. */
static void
nothing_like_a_login_is_signed(void **state)
{
    struct buf key = {0}, signature = {0}, bytes = {0}, value = {0};
    struct login_request r;

    (void)state;
    put_host_key(&key);
    put_host_signature(&signature, (struct span){SESSION, 32});
    put_demand(&bytes, &demands[0]);
    r = (struct login_request){"us", of(&key), of(&signature), of(&bytes)};
    for (r.bytes.n = 0; r.bytes.n < bytes.n; r.bytes.n++)
        assert_int_equal(login_sign(logins[0], "server", &r, &value, NULL), RC_RETRY);
    for (size_t i = 0; i < bytes.n; i++) {
        bytes.p[i] ^= 1;
        assert_int_equal(login_sign(logins[0], "server", &r, &value, NULL), RC_RETRY);
        bytes.p[i] ^= 1;
    }
    for (size_t i = 0; i < signature.n; i++) {
        signature.p[i] ^= 1;
        assert_int_equal(login_sign(logins[0], "server", &r, &value, NULL), RC_RETRY);
        signature.p[i] ^= 1;
    }
    for (r.host_signature.n = 0; r.host_signature.n < signature.n; r.host_signature.n++)
        assert_int_equal(login_sign(logins[0], "server", &r, &value, NULL), RC_RETRY);
    assert_int_equal(value.n, 0);
    assert_int_equal(login_sign(logins[0], "server", &r, &value, NULL), RC_OK);
    buf_free(&key);
    buf_free(&signature);
    buf_free(&bytes);
    buf_free(&value);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_login_is_signed),
        cmocka_unit_test(nothing_like_a_login_is_signed),
    };

    return cmocka_run_group_tests_name("login", tests, set_up, tear_down);
}
