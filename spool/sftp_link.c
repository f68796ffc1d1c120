#include "spool/sftp_link.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libssh2.h>
#include <libssh2_sftp.h>

#include "base/clock.h"
#include "base/log.h"
#include "spool/known.h"
#include "spool/login.h"

#define CONNECT_MS 10000
#define IDLE_MS    30000

/* --- errors ------------------------------------------------------------------------------- */

/* Its process is of no use any more. */
static rc_t
process_failed(struct sftp *s, struct err *e)
{
    s->gone = true;
    return err_set(e, RC_RETRY, fetch_by_us(s->fetch) ? ERR_FETCH_KILLED : ERR_FETCH,
                   "%s: the process that talks to it %s", s->name, fetch_why(s->fetch));
}

rc_t
sftp_link_nonsense(struct sftp *s, const char *what, struct err *e)
{
    fetch_nonsense(s->fetch, what);
    return process_failed(s, e);
}

/* The server answered, and the answer is no. */
static rc_t
refused(struct sftp *s, int64_t status, const char *doing, const char *path, struct err *e)
{
    switch (status) {
    case LIBSSH2_FX_NO_SUCH_FILE:
    case LIBSSH2_FX_NO_SUCH_PATH:
        return err_set(e, RC_REJECT, ERR_NOT_FOUND, "%s: %s %s: no such file", s->name, doing,
                       path);
    case LIBSSH2_FX_PERMISSION_DENIED:
        return err_set(e, RC_FAIL, ERR_SFTP, "%s: %s %s: permission denied", s->name, doing, path);
    case LIBSSH2_FX_FAILURE:
        return err_set(e, RC_FAIL, ERR_SFTP,
                       "%s: %s %s: server failure without a reason (disk full, name taken, other "
                       "file system)",
                       s->name, doing, path);
    default:
        return err_set(e, RC_FAIL, ERR_SFTP, "%s: %s %s: sftp status %lld", s->name, doing, path,
                       (long long)status);
    }
}

/* What a RESULT says. */
struct result {
    int64_t what, doing, n, status;
    char text[FETCH_TEXT];
};

static bool
take_result(struct parcel *p, struct result *r)
{
    struct arena *a = arena_new("result");
    const char *text;

    p->a = a;
    r->what = parcel_number(p);
    r->doing = parcel_number(p);
    r->n = parcel_number(p);
    r->status = parcel_number(p);
    text = parcel_text(p);
    (void)span_show(r->text, sizeof r->text, span_of(text ? text : ""));
    arena_free(&a);
    return !p->broken && p->p == p->end && r->what >= 0 && r->what < FETCH_WHATS && r->doing >= 0 &&
           r->doing < FETCH_DOINGS;
}

/* An answer (RC_REJECT, RC_FAIL), or the end of the connection (RC_RETRY). */
static rc_t
result_rc(struct sftp *s, const struct result *r, const char *path, struct err *e)
{
    static const char *const names[FETCH_DOINGS] = {
        [FETCH_DO_HANDSHAKE] = "handshake",
        [FETCH_DO_LOGIN] = "log in",
        [FETCH_DO_START] = "start sftp",
        [FETCH_DO_OPEN] = "open",
        [FETCH_DO_CLOSE] = "close",
        [FETCH_DO_LIST] = "list",
        [FETCH_DO_STAT] = "stat",
        [FETCH_DO_GET] = "get",
        [FETCH_DO_PUT] = "put",
        [FETCH_DO_FSYNC] = "fsync",
        [FETCH_DO_RENAME] = "rename",
        [FETCH_DO_REMOVE] = "remove",
        [FETCH_DO_FOLDER] = "make folder",
    };
    const char *doing = names[r->doing];

    if (r->what >= FETCH_LATE)
        sftp_link_drop(s);
    s->cut = r->what == FETCH_LOST;
    switch ((enum fetch_what)r->what) {
    case FETCH_WELL:
        return RC_OK;
    case FETCH_REFUSED:
        return refused(s, r->status, doing, path, e);
    case FETCH_LONG_NAME:
        return err_set(e, RC_FAIL, ERR_SFTP, "%s: %s %s: a name is longer than %d bytes", s->name,
                       doing, path, FETCH_NAME);
    case FETCH_SLOW:
        return err_set(e, RC_RETRY, ERR_SFTP_SLOW,
                       "%s: %s%s%s: fewer than %u bytes a second over %u ms", s->name, doing,
                       *path ? " " : "", path, s->rate, s->idle_ms);
    case FETCH_LATE:
        return err_set(e, RC_RETRY, ERR_SFTP_AWAY, "%s: %s%s%s: no answer within %u ms", s->name,
                       doing, *path ? " " : "", path, s->opening ? s->connect_ms : s->idle_ms);
    case FETCH_NO_COMMON:
        return err_set(e, RC_FAIL, ERR_HOST_KEY,
                       "%s: no common algorithms; host keys asked for: %s, as in %s", s->name, path,
                       s->known_hosts);
    case FETCH_NO_LOGIN:
        return err_set(e, RC_FAIL, ERR_SFTP_KEY, "%s: login with %s refused: %s", s->name, s->key,
                       r->text);
    case FETCH_NO_SFTP:
        return err_set(e, RC_FAIL, ERR_SFTP, "%s: the server offers no sftp", s->name);
    default:
        return err_set(e, RC_RETRY, ERR_SFTP_AWAY, "%s: %s%s%s: connection lost: %s (%lld)",
                       s->name, doing, *path ? " " : "", path, r->text, (long long)r->n);
    }
}

rc_t
sftp_link_result(struct sftp *s, const struct fetch_frame *frame, const char *path, struct err *e)
{
    struct parcel p = {frame->p, frame->p + frame->n, NULL, false};
    struct result r;

    if (frame->kind != FETCH_RESULT || !take_result(&p, &r))
        return sftp_link_nonsense(s, "a wrong result", e);
    return result_rc(s, &r, path, e);
}

/* --- question and answer ------------------------------------------------------------------ */

/* It has its own deadlines, and says that it waits: ours is for one that hangs. */
int64_t
sftp_link_deadline(const struct sftp *s)
{
    return s->opening ? s->deadline + FETCH_PATIENCE : clock_ms() + s->idle_ms + FETCH_PATIENCE;
}

rc_t
sftp_link_say(struct sftp *s, enum fetch_kind kind, const void *p, size_t n, struct err *e)
{
    return fetch_say(s->fetch, kind, p, n, sftp_link_deadline(s)) ? RC_OK : process_failed(s, e);
}

rc_t
sftp_link_next(struct sftp *s, struct fetch_frame *frame, struct err *e)
{
    return fetch_next(s->fetch, frame, sftp_link_deadline(s)) ? RC_OK : process_failed(s, e);
}

rc_t
sftp_link_ask(struct sftp *s, enum fetch_kind kind, const char *path, const char *other,
              const uint64_t *number, struct err *e)
{
    struct buf b = {0};
    rc_t rc;

    parcel_put_text(&b, path);
    if (other != NULL)
        parcel_put_text(&b, other);
    if (number != NULL)
        parcel_put_number(&b, (int64_t)*number);
    if (b.n > FETCH_SMALL)
        rc = err_set(e, RC_FAIL, ERR_SFTP, "%s: a path of %zu bytes", s->name, strlen(path));
    else
        rc = sftp_link_say(s, kind, b.p, b.n, e);
    buf_free(&b);
    return rc;
}

/* --- the site ----------------------------------------------------------------------------- */

/* What follows the host: nothing or ":port", and perhaps a slash. */
static bool
parse_port(const char *text, unsigned long *port)
{
    char *end;

    *port = 22;
    if (*text == ':') {
        if (text[1] < '1' || text[1] > '9')
            return false;
        *port = strtoul(text + 1, &end, 10);
        text = end;
    }
    return *port <= 65535 && (*text == '\0' || strcmp(text, "/") == 0);
}

/* sftp://user@host:port; an IPv6 address stands in brackets. No password: secrets are files. */
static rc_t
parse_url(struct sftp *s, const char *url, struct err *e)
{
    static const char scheme[] = "sftp://";
    const char *user = url + strlen(scheme), *at, *host, *end;
    unsigned long port;
    bool bracket;

    if (strncmp(url, scheme, strlen(scheme)) != 0)
        goto bad;
    at = user + strcspn(user, "@:/");
    if (*at != '@' || at == user)
        goto bad;
    bracket = at[1] == '[';
    host = at + 1 + bracket;
    end = host + strcspn(host, bracket ? "]" : ":/");
    if (end == host || (bracket && *end != ']') || !parse_port(end + bracket, &port))
        goto bad;
    s->user = arena_strn(s->a, user, (size_t)(at - user));
    s->host = arena_strn(s->a, host, (size_t)(end - host));
    s->port = (int)port;
    return RC_OK;
bad:
    return err_set(e, RC_FAIL, ERR_CONFIG, "\"%s\": expected sftp://user@host:port", url);
}

/* --- connecting --- */

static int
poll_until(int fd, short events, int64_t deadline)
{
    struct pollfd p = {.fd = fd, .events = events};
    int64_t left;
    int n;

    do {
        left = deadline - clock_ms();
        n = left <= 0 ? 0 : poll(&p, 1, left > INT_MAX ? INT_MAX : (int)left);
    } while (left > 0 && (n == 0 || (n < 0 && errno == EINTR)));
    return n;
}

static int
connect_one(struct sftp *s, const struct addrinfo *ai)
{
    int one = 1, why = 0;
    socklen_t size = sizeof(why);
    int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, ai->ai_protocol);

    if (fd < 0)
        return -1;
    /* without it libssh2 reads 1.4 to 7 times slower */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
    if (connect(fd, ai->ai_addr, ai->ai_addrlen) == 0)
        return fd;
    if (errno != EINPROGRESS)
        why = errno;
    else if (poll_until(fd, POLLOUT, s->deadline) <= 0)
        why = ETIMEDOUT;
    else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &size) != 0)
        why = errno;
    if (why == 0)
        return fd;
    (void)close(fd);
    errno = why;
    return -1;
}

static rc_t
connect_host(struct sftp *s, struct err *e)
{
    struct addrinfo hint = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *list = NULL;
    char port[8];
    int n, why = 0;

    snprintf(port, sizeof(port), "%d", s->port);
    if ((n = getaddrinfo(s->host, port, &hint, &list)) != 0)
        return err_set(e, RC_RETRY, ERR_SFTP_AWAY, "%s: look up %s: %s", s->name, s->host,
                       gai_strerror(n));
    for (struct addrinfo *ai = list; ai != NULL && s->fd < 0; ai = ai->ai_next) {
        s->fd = connect_one(s, ai);
        why = errno;
    }
    freeaddrinfo(list);
    if (s->fd < 0)
        return err_set(e, RC_RETRY, ERR_SFTP_AWAY, "%s: connect: %s", s->name, strerror(why));
    return RC_OK;
}

/* --- opening and closing ------------------------------------------------------------------ */

static void
disconnect(struct sftp *s)
{
    fetch_end(&s->fetch);
    if (s->fd >= 0)
        (void)close(s->fd);
    s->fd = -1;
}

/* The key the server shows, and its signature: what a login may be for. */
struct host {
    struct span key, signature;
};

static struct span
take_bytes(struct parcel *p, struct arena *a)
{
    int64_t n = parcel_number(p);
    const char *at = p->p;

    if (p->broken || n < 0 || n > p->end - p->p) {
        p->broken = true;
        return SPAN("");
    }
    p->p += n;
    return (struct span){arena_strn(a, at, (size_t)n), (size_t)n};
}

/* Nothing is signed, and nothing asked for, before the server's key is the one we know. */
static rc_t
take_host(struct sftp *s, struct arena *a, const struct known *k, const struct fetch_frame *frame,
          struct host *host, struct err *e)
{
    struct parcel p = {frame->p, frame->p + frame->n, a, false};
    const char *banner;
    rc_t rc;

    host->key = take_bytes(&p, a);
    host->signature = take_bytes(&p, a);
    banner = parcel_text(&p);
    if (p.broken || p.p != p.end || !banner)
        return sftp_link_nonsense(s, "a wrong host", e);
    (void)span_show(s->banner, sizeof s->banner, span_of(banner));
    if ((rc = known_check(k, host->key, s->fingerprint, e)) != RC_OK)
        return rc;
    return sftp_link_say(s, FETCH_GO, NULL, 0, e);
}

static rc_t
sign(struct sftp *s, const struct login *l, const struct host *host,
     const struct fetch_frame *frame, struct err *e)
{
    const struct login_request r = {
        s->user, host->key, host->signature, {frame->p, frame->n}
    };
    struct buf value = {0};
    rc_t rc = login_sign(l, s->name, &r, &value, e);

    if (rc == RC_OK)
        rc = sftp_link_say(s, FETCH_SIGNED, value.p, value.n, e);
    buf_free(&value);
    return rc;
}

/* Its questions while it opens: each once, and in this order. */
static rc_t
open_dialog(struct sftp *s, struct arena *a, const struct known *k, const struct login *l,
            struct err *e)
{
    struct host host = {
        {NULL, 0},
        {NULL, 0}
    };
    struct fetch_frame frame;
    bool signed_once = false;
    rc_t rc;

    while ((rc = sftp_link_next(s, &frame, e)) == RC_OK && frame.kind != FETCH_RESULT) {
        if (frame.kind == FETCH_HOST && host.key.p == NULL)
            rc = take_host(s, a, k, &frame, &host, e);
        else if (frame.kind == FETCH_SIGN && host.key.p != NULL && !signed_once)
            rc = sign(s, l, &host, &frame, e);
        else
            rc = sftp_link_nonsense(s, "a question out of order", e);
        signed_once |= frame.kind == FETCH_SIGN;
        if (rc != RC_OK)
            return rc;
    }
    if (rc == RC_OK && (rc = sftp_link_result(s, &frame, k->methods, e)) == RC_OK &&
        host.key.p == NULL)
        rc = sftp_link_nonsense(s, "a session without a host", e);
    return rc;
}

static rc_t
start_session(struct sftp *s, const struct login *l, struct err *e)
{
    struct arena *a = arena_new("opening");
    struct span public = login_public(l);
    struct known k;
    struct buf b = {0};
    rc_t rc = known_read(&k, a, s->name, s->known_hosts, s->host, s->port, e);

    if (rc == RC_OK && (rc = fetch_start(&s->fetch, s->fd, e)) == RC_OK) {
        (void)close(s->fd); /* its own from now on */
        s->fd = -1;
        parcel_put_text(&b, s->user);
        parcel_put_number(&b, (int64_t) public.n);
        buf_put(&b, public.p, public.n);
        parcel_put_text(&b, k.methods);
        parcel_put_number(&b, s->deadline - clock_ms());
        parcel_put_number(&b, s->idle_ms);
        parcel_put_number(&b, s->rate);
        rc = sftp_link_say(s, FETCH_START, b.p, b.n, e);
        if (rc == RC_OK)
            rc = open_dialog(s, a, &k, l, e);
    }
    buf_free(&b);
    arena_free(&a);
    return rc;
}

static rc_t
connect_site(struct sftp *s, struct err *e)
{
    struct login *l = NULL; /* no longer than this */
    rc_t rc;

    disconnect(s);
    s->gone = s->cut = false;
    s->opening = true;
    s->deadline = clock_ms() + s->connect_ms;
    if ((rc = login_open(&l, s->name, s->key, e)) == RC_OK && (rc = connect_host(s, e)) == RC_OK)
        rc = start_session(s, l, e);
    login_close(&l);
    s->opening = false;
    s->gone = rc != RC_OK;
    if (rc != RC_OK)
        disconnect(s);
    return rc;
}

rc_t
sftp_open(struct sftp **sp, const struct sftp_site *site, struct err *e)
{
    struct arena *a = arena_new("sftp");
    struct sftp *s = ARENA_NEW(a, struct sftp);
    rc_t rc;

    *sp = NULL;
    s->a = a;
    s->fd = -1;
    s->name = arena_str(a, site->url);
    s->key = arena_str(a, site->key);
    s->known_hosts = arena_str(a, site->known_hosts);
    s->connect_ms = site->connect_ms ? site->connect_ms : CONNECT_MS;
    s->idle_ms = site->idle_ms ? site->idle_ms : IDLE_MS;
    s->rate = site->rate;
    if ((rc = parse_url(s, s->name, e)) == RC_OK && (rc = connect_site(s, e)) == RC_OK)
        *sp = s;
    else
        sftp_close(&s);
    return rc;
}

void
sftp_close(struct sftp **sp)
{
    struct sftp *s = *sp;
    struct arena *a;

    if (s == NULL)
        return;
    disconnect(s);
    free(s->buffer);
    a = s->a;
    arena_free(&a);
    *sp = NULL;
}

const char *
sftp_fingerprint(const struct sftp *s)
{
    return s->fingerprint;
}

const char *
sftp_banner(const struct sftp *s)
{
    return s->banner;
}

void
sftp_link_drop(struct sftp *s)
{
    s->gone = true;
    s->cut = false;
    fetch_end(&s->fetch);
}

/*
 * Run one operation; when the connection was cut under it, open it again and run it a second time.
 * A server that does not answer is not asked twice, nor a process that ended or made no sense.
 */
rc_t
sftp_link_run(struct sftp *s, rc_t (*op)(struct sftp *, void *, struct err *), void *arg,
              struct err *e)
{
    rc_t rc;

    s->again = false;
    if (s->gone && (rc = connect_site(s, e)) != RC_OK)
        return rc;
    rc = op(s, arg, e);
    if (rc != RC_RETRY || !s->cut)
        return rc;
    log_info("%s: connection lost, opening it again", s->name);
    if ((rc = connect_site(s, e)) != RC_OK)
        return rc;
    s->again = true;
    rc = op(s, arg, e);
    s->again = false;
    return rc;
}
