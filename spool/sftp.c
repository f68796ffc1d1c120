#include "sftp.h"

#include <errno.h>
#include <libssh2.h>
#include <libssh2_sftp.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "digest.h"
#include "fault.h"
#include "fsio.h"
#include "log.h"

#define CONNECT_MS  10000
#define IDLE_MS     30000
#define READ_SIZE   ((size_t)1024 * 1024)
#define WINDOW      ((size_t)2 * 1024 * 1024) /* kept in flight while uploading */
#define WRITE_SIZE  (2 * WINDOW)
#define NAME_SIZE   4096      /* a name that does not fit is offered again for ever */
#define ENTRIES_MAX 1000000   /* of one directory: a server may send without end */
#define HOSTS_MAX   (1 << 20) /* bytes of a known_hosts file */
#define PUT_MODE    0640

struct sftp {
    struct arena *a;
    const char *name; /* the URL, for error texts */
    const char *user, *host, *key, *known_hosts;
    int port;
    uint32_t connect_ms, idle_ms;
    int fd;
    LIBSSH2_SESSION *session;
    LIBSSH2_SFTP *sftp;
    char *buffer;        /* of WRITE_SIZE, made at the first transfer */
    uint64_t moved;      /* bytes over the socket, either way */
    uint64_t moved_seen; /* at the last look of wait_socket */
    int64_t deadline;    /* of the current wait, or of the whole opening */
    bool opening, waiting;
    bool gone;  /* the connection can do nothing any more */
    bool late;  /* … because nobody answered in time */
    bool again; /* this is the second try after reopening */
    char fingerprint[64], banner[256];
    void (*on_bytes)(void *, size_t); /* of sftp_watch() */
    void *watcher;
};

/* --- waiting ------------------------------------------------------------------------------ */

/* Our own calls count what moves: that, not a busy socket, is progress. */
static LIBSSH2_SEND_FUNC(count_send)
{
    struct sftp *s = *abstract;
    ssize_t n = send(socket, buffer, length, flags | MSG_NOSIGNAL);

    if (n < 0)
        return errno == EWOULDBLOCK || errno == EINTR ? -EAGAIN : -errno;
    s->moved += (uint64_t)n;
    return n;
}

static LIBSSH2_RECV_FUNC(count_recv)
{
    struct sftp *s = *abstract;
    ssize_t n = recv(socket, buffer, length, flags);

    if (n < 0)
        return errno == EWOULDBLOCK || errno == EINTR ? -EAGAIN : -errno;
    s->moved += (uint64_t)n;
    return n;
}

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

/* Until the socket can go on; false when the deadline passed. Idle time starts anew whenever bytes
 * have moved; an opening has one deadline for all of it. */
static bool
wait_socket(struct sftp *s)
{
    int way = libssh2_session_block_directions(s->session);
    short events = POLLIN;

    if (!s->opening && (!s->waiting || s->moved != s->moved_seen))
        s->deadline = clock_ms() + s->idle_ms;
    s->waiting = true;
    s->moved_seen = s->moved;
    if (way & LIBSSH2_SESSION_BLOCK_OUTBOUND)
        events = way & LIBSSH2_SESSION_BLOCK_INBOUND ? POLLIN | POLLOUT : POLLOUT;
    return poll_until(s->fd, events, s->deadline) > 0;
}

/* Repeat a call, with the same arguments as libssh2 asks, until it is through or late. */
#define CALL(s, n, call)                                                                           \
    do {                                                                                           \
        (s)->waiting = false;                                                                      \
        do                                                                                         \
            (n) = (call);                                                                          \
        while ((n) == LIBSSH2_ERROR_EAGAIN && wait_socket(s));                                     \
    } while (0)

/* The same for calls that return a pointer; n is 0 or the error. */
#define CALL_PTR(s, n, p, call)                                                                    \
    CALL(s, n, ((p) = (call)) != NULL ? 0 : libssh2_session_last_errno((s)->session))

/* --- errors ------------------------------------------------------------------------------- */

/* After this every libssh2 call on the session fails at once, so that clean-up never waits. */
static void
drop(struct sftp *s, bool late)
{
    s->gone = true;
    s->late = late;
    if (s->fd >= 0)
        (void)shutdown(s->fd, SHUT_RDWR);
}

/* The server answered, and the answer is no. */
static rc_t
refused(struct sftp *s, const char *doing, const char *path, struct err *e)
{
    unsigned long why = libssh2_sftp_last_error(s->sftp);

    switch (why) {
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
        return err_set(e, RC_FAIL, ERR_SFTP, "%s: %s %s: sftp status %lu", s->name, doing, path,
                       why);
    }
}

/* What a failed libssh2 call means: an answer, or (nearly everything) the end of the connection. */
static rc_t
call_failed(struct sftp *s, ssize_t n, const char *doing, const char *path, struct err *e)
{
    char *why = NULL;

    if (n == LIBSSH2_ERROR_SFTP_PROTOCOL && s->sftp != NULL)
        return refused(s, doing, path, e);
    if (n == LIBSSH2_ERROR_BUFFER_TOO_SMALL)
        return err_set(e, RC_FAIL, ERR_SFTP, "%s: %s %s: a name is longer than %d bytes", s->name,
                       doing, path, NAME_SIZE);
    drop(s, n == LIBSSH2_ERROR_EAGAIN);
    if (s->late)
        return err_set(e, RC_RETRY, ERR_SFTP_AWAY, "%s: %s %s: no answer within %u ms", s->name,
                       doing, path, s->opening ? s->connect_ms : s->idle_ms);
    (void)libssh2_session_last_error(s->session, &why, NULL, 0);
    return err_set(e, RC_RETRY, ERR_SFTP_AWAY, "%s: %s %s: connection lost: %s (%zd)", s->name,
                   doing, path, why != NULL ? why : "", n);
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

/* libssh2 never looks at the mode; a key that others can read is no secret. */
static rc_t
check_key_file(const struct sftp *s, struct err *e)
{
    struct stat st;

    if (stat(s->key, &st) != 0)
        return err_set(e, RC_FAIL, ERR_SFTP_KEY, "%s: key %s: %s", s->name, s->key,
                       strerror(errno));
    if (!S_ISREG(st.st_mode))
        return err_set(e, RC_FAIL, ERR_SFTP_KEY, "%s: key %s: not a regular file", s->name, s->key);
    if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return err_set(e, RC_FAIL, ERR_SFTP_KEY, "%s: key %s: mode %04o, expected 0600 or 0400",
                       s->name, s->key, (unsigned)(st.st_mode & 07777));
    if (st.st_uid != geteuid() && st.st_uid != 0)
        return err_set(e, RC_FAIL, ERR_SFTP_KEY, "%s: key %s: owned by uid %lu", s->name, s->key,
                       (unsigned long)st.st_uid);
    return RC_OK;
}

/* --- host keys ---------------------------------------------------------------------------- */

static const struct {
    int bits;
    const char *method;
} host_key_types[] = {
    {LIBSSH2_KNOWNHOST_KEY_ED25519,   "ssh-ed25519"        },
    {LIBSSH2_KNOWNHOST_KEY_ECDSA_256, "ecdsa-sha2-nistp256"},
    {LIBSSH2_KNOWNHOST_KEY_ECDSA_384, "ecdsa-sha2-nistp384"},
    {LIBSSH2_KNOWNHOST_KEY_ECDSA_521, "ecdsa-sha2-nistp521"},
};
#define HOST_KEY_TYPES (sizeof(host_key_types) / sizeof(host_key_types[0]))

static rc_t
add_host_line(struct sftp *s, LIBSSH2_KNOWNHOSTS *hosts, struct span line, unsigned number,
              struct err *e)
{
    line = span_trim(line);
    if (line.n == 0 || line.p[0] == '#')
        return RC_OK;
    /* libssh2 does not know markers: a revoked key would pass as a good one */
    if (line.p[0] == '@')
        return err_set(e, RC_FAIL, ERR_HOST_KEY, "%s:%u: lines with a @marker are not supported",
                       s->known_hosts, number);
    if (memchr(line.p, '\0', line.n) != NULL ||
        libssh2_knownhost_readline(hosts, line.p, line.n, LIBSSH2_KNOWNHOST_FILE_OPENSSH) != 0)
        return err_set(e, RC_FAIL, ERR_HOST_KEY, "%s:%u: not a known_hosts line", s->known_hosts,
                       number);
    return RC_OK;
}

static rc_t
read_hosts(struct sftp *s, LIBSSH2_KNOWNHOSTS *hosts, struct err *e)
{
    struct arena *a = arena_new("known_hosts");
    struct span text = {NULL, 0};
    unsigned number = 0;
    rc_t rc = fsio_read_file(a, s->known_hosts, HOSTS_MAX, &text, e);

    if (rc != RC_OK)
        rc = err_set(e, RC_FAIL, ERR_HOST_KEY, "%s: known_hosts %s cannot be read", s->name,
                     s->known_hosts);
    while (rc == RC_OK && text.n > 0) {
        const char *nl = memchr(text.p, '\n', text.n);
        size_t n = nl != NULL ? (size_t)(nl - text.p) : text.n;
        /* a copy per line: the parser of libssh2 wants each to end with NUL */
        const char *line = arena_strn(a, text.p, n);

        rc = add_host_line(s, hosts, (struct span){line, n}, ++number, e);
        text = (struct span){text.p + n + (nl != NULL), text.n - n - (nl != NULL)};
    }
    arena_free(&a);
    return rc;
}

/* Is this entry's key pinned for our host? Asking the library covers hashed names too. */
static bool
is_pinned(struct sftp *s, LIBSSH2_KNOWNHOSTS *hosts, const struct libssh2_knownhost *entry)
{
    int type = LIBSSH2_KNOWNHOST_TYPE_PLAIN | LIBSSH2_KNOWNHOST_KEYENC_BASE64 |
               (entry->typemask & LIBSSH2_KNOWNHOST_KEY_MASK);

    return entry->key != NULL &&
           libssh2_knownhost_checkp(hosts, s->host, s->port, entry->key, strlen(entry->key), type,
                                    NULL) == LIBSSH2_KNOWNHOST_CHECK_MATCH;
}

/* Without a preference libssh2 takes the ECDSA key, and a pinned ed25519 key would not match. With
 * nothing pinned all types are asked for, to name the key that was seen in the refusal. */
static const char *
host_key_methods(struct sftp *s, LIBSSH2_KNOWNHOSTS *hosts, struct arena *a)
{
    struct libssh2_knownhost *entry = NULL, *before = NULL;
    bool pinned[HOST_KEY_TYPES] = {false}, any = false;
    const char *list = "";

    while (libssh2_knownhost_get(hosts, &entry, before) == 0) {
        for (size_t i = 0; i < HOST_KEY_TYPES; i++)
            if ((entry->typemask & LIBSSH2_KNOWNHOST_KEY_MASK) == host_key_types[i].bits &&
                is_pinned(s, hosts, entry))
                pinned[i] = any = true;
        before = entry;
    }
    for (size_t i = 0; i < HOST_KEY_TYPES; i++)
        if (pinned[i] || !any)
            list = arena_printf(a, "%s%s%s", list, *list ? "," : "", host_key_types[i].method);
    return list;
}

static rc_t
note_fingerprint(struct sftp *s, struct err *e)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *hash = libssh2_hostkey_hash(s->session, LIBSSH2_HOSTKEY_HASH_SHA256);
    unsigned char raw[33] = {0}; /* 32 bytes are 42 digits and 4 bits */
    char *out = s->fingerprint;

    if (hash == NULL)
        return err_set(e, RC_FAIL, ERR_HOST_KEY, "%s: no host key", s->name);
    memcpy(raw, hash, 32);
    out += snprintf(out, sizeof(s->fingerprint), "SHA256:");
    for (size_t i = 0; i < 33; i += 3) {
        unsigned v = (unsigned)raw[i] << 16 | (unsigned)raw[i + 1] << 8 | raw[i + 2];

        for (int shift = 18; shift >= 0; shift -= 6)
            *out++ = digits[v >> shift & 63];
    }
    out[-1] = '\0'; /* the 44th digit would be padding */
    return RC_OK;
}

static rc_t
check_host_key(struct sftp *s, LIBSSH2_KNOWNHOSTS *hosts, struct err *e)
{
    size_t n = 0;
    int kind = 0, found;
    const char *key = libssh2_session_hostkey(s->session, &n, &kind);
    rc_t rc = note_fingerprint(s, e);

    if (rc != RC_OK)
        return rc;
    if (key == NULL || kind < LIBSSH2_HOSTKEY_TYPE_ECDSA_256 || kind > LIBSSH2_HOSTKEY_TYPE_ED25519)
        return err_set(e, RC_FAIL, ERR_HOST_KEY, "%s: host key %s of a type that is not used",
                       s->name, s->fingerprint);
    found = libssh2_knownhost_checkp(hosts, s->host, s->port, key, n,
                                     LIBSSH2_KNOWNHOST_TYPE_PLAIN | LIBSSH2_KNOWNHOST_KEYENC_RAW |
                                         (kind + 1) << LIBSSH2_KNOWNHOST_KEY_SHIFT,
                                     NULL);
    if (found == LIBSSH2_KNOWNHOST_CHECK_MATCH)
        return RC_OK;
    return err_set(e, RC_FAIL, ERR_HOST_KEY, "%s: host key %s %s in %s", s->name, s->fingerprint,
                   found == LIBSSH2_KNOWNHOST_CHECK_MISMATCH ? "differs from the one"
                                                             : "is not to be found",
                   s->known_hosts);
}

/* --- opening and closing ------------------------------------------------------------------ */

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

/* Explicit lists: what is weak cannot be negotiated. */
static bool
set_methods(struct sftp *s, const char *host_keys)
{
    static const char ciphers[] = "aes128-ctr,aes192-ctr,aes256-ctr";
    static const char macs[] = "hmac-sha2-256,hmac-sha2-512";
    const struct {
        int what;
        const char *list;
    } methods[] = {
        {LIBSSH2_METHOD_KEX,
         "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
         "ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,"
         "diffie-hellman-group18-sha512,diffie-hellman-group14-sha256"},
        {LIBSSH2_METHOD_HOSTKEY,  host_keys                           },
        {LIBSSH2_METHOD_CRYPT_CS, ciphers                             },
        {LIBSSH2_METHOD_CRYPT_SC, ciphers                             },
        {LIBSSH2_METHOD_MAC_CS,   macs                                },
        {LIBSSH2_METHOD_MAC_SC,   macs                                },
        {LIBSSH2_METHOD_COMP_CS,  "none"                              },
        {LIBSSH2_METHOD_COMP_SC,  "none"                              },
    };

    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        if (libssh2_session_method_pref(s->session, methods[i].what, methods[i].list) != 0)
            return false;
    return true;
}

static rc_t
handshake(struct sftp *s, struct err *e)
{
    LIBSSH2_KNOWNHOSTS *hosts = libssh2_knownhost_init(s->session);
    struct arena *a = arena_new("handshake");
    const char *methods = "", *banner;
    int n = 0;
    rc_t rc = RC_OK;

    if (hosts == NULL)
        BUG("out of memory");
    if ((rc = read_hosts(s, hosts, e)) != RC_OK)
        goto out;
    methods = host_key_methods(s, hosts, a);
    if (!set_methods(s, methods))
        BUG("libssh2 refuses our algorithms");
    CALL(s, n, libssh2_session_handshake(s->session, s->fd));
    if (n == LIBSSH2_ERROR_KEX_FAILURE) {
        rc = err_set(e, RC_FAIL, ERR_HOST_KEY,
                     "%s: no common algorithms; host keys asked for: %s, as in %s", s->name,
                     methods, s->known_hosts);
        goto out;
    }
    if (n != 0) {
        rc = call_failed(s, n, "handshake", "", e);
        goto out;
    }
    if ((banner = libssh2_session_banner_get(s->session)) != NULL)
        (void)span_show(s->banner, sizeof(s->banner), span_of(banner));
    rc = check_host_key(s, hosts, e);
out:
    libssh2_knownhost_free(hosts);
    arena_free(&a);
    return rc;
}

static rc_t
login(struct sftp *s, struct err *e)
{
    char *why = NULL;
    int n;

    CALL(s, n,
         libssh2_userauth_publickey_fromfile_ex(s->session, s->user, (unsigned)strlen(s->user),
                                                NULL, s->key, NULL));
    if (n == 0)
        return RC_OK;
    if (n != LIBSSH2_ERROR_FILE && n != LIBSSH2_ERROR_AUTHENTICATION_FAILED &&
        n != LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED)
        return call_failed(s, n, "log in", "", e);
    (void)libssh2_session_last_error(s->session, &why, NULL, 0);
    return err_set(e, RC_FAIL, ERR_SFTP_KEY,
                   "%s: login with %s refused: %s (an ed25519 or ecdsa key in OpenSSH format "
                   "without passphrase is expected)",
                   s->name, s->key, why != NULL ? why : "");
}

static rc_t
start_sftp(struct sftp *s, struct err *e)
{
    int n;

    CALL_PTR(s, n, s->sftp, libssh2_sftp_init(s->session));
    if (n == LIBSSH2_ERROR_CHANNEL_FAILURE || n == LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED)
        return err_set(e, RC_FAIL, ERR_SFTP, "%s: the server offers no sftp", s->name);
    return n == 0 ? RC_OK : call_failed(s, n, "start sftp", "", e);
}

/* drop first: then nothing below sends, or waits for an answer */
static void
disconnect(struct sftp *s)
{
    drop(s, s->late);
    if (s->sftp != NULL) /* session_free would forget its open requests */
        (void)libssh2_sftp_shutdown(s->sftp);
    for (int i = 0; i < 8 && s->session != NULL; i++)
        if (libssh2_session_free(s->session) != LIBSSH2_ERROR_EAGAIN)
            break;
    s->session = NULL;
    s->sftp = NULL;
    if (s->fd >= 0)
        (void)close(s->fd);
    s->fd = -1;
}

static rc_t
start_session(struct sftp *s, struct err *e)
{
    rc_t rc;

    s->session = libssh2_session_init_ex(NULL, NULL, NULL, s);
    if (s->session == NULL)
        BUG("out of memory");
    /* the library's interface for callbacks is a data pointer */
    (void)libssh2_session_callback_set(s->session, LIBSSH2_CALLBACK_SEND, (void *)count_send);
    (void)libssh2_session_callback_set(s->session, LIBSSH2_CALLBACK_RECV, (void *)count_recv);
    libssh2_session_set_blocking(s->session, 0);
    if ((rc = handshake(s, e)) != RC_OK || (rc = login(s, e)) != RC_OK)
        return rc;
    return start_sftp(s, e);
}

static rc_t
connect_site(struct sftp *s, struct err *e)
{
    rc_t rc;

    disconnect(s);
    s->gone = s->late = false;
    s->opening = true;
    s->deadline = clock_ms() + s->connect_ms;
    if ((rc = check_key_file(s, e)) == RC_OK && (rc = connect_host(s, e)) == RC_OK)
        rc = start_session(s, e);
    s->opening = false;
    if (rc != RC_OK)
        disconnect(s);
    return rc;
}

rc_t
sftp_open(struct sftp **sp, const struct sftp_site *site, struct err *e)
{
    static bool started;
    struct arena *a = arena_new("sftp");
    struct sftp *s = ARENA_NEW(a, struct sftp);
    rc_t rc;

    *sp = NULL;
    if (!started && libssh2_init(0) != 0)
        BUG("libssh2 does not start");
    started = true;
    s->a = a;
    s->fd = -1;
    s->name = arena_str(a, site->url);
    s->key = arena_str(a, site->key);
    s->known_hosts = arena_str(a, site->known_hosts);
    s->connect_ms = site->connect_ms ? site->connect_ms : CONNECT_MS;
    s->idle_ms = site->idle_ms ? site->idle_ms : IDLE_MS;
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

/*
 * Run one operation; when the connection was cut under it, open it again and run it a second time.
 * A server that does not answer is not asked twice.
 */
static rc_t
run(struct sftp *s, rc_t (*op)(struct sftp *, void *, struct err *), void *arg, struct err *e)
{
    rc_t rc;

    s->again = false;
    if (s->gone && (rc = connect_site(s, e)) != RC_OK)
        return rc;
    rc = op(s, arg, e);
    if (rc != RC_RETRY || !s->gone || s->late)
        return rc;
    log_info("%s: connection lost, opening it again", s->name);
    if ((rc = connect_site(s, e)) != RC_OK)
        return rc;
    s->again = true;
    rc = op(s, arg, e);
    s->again = false;
    return rc;
}

/* --- handles ------------------------------------------------------------------------------ */

static rc_t
open_handle(struct sftp *s, LIBSSH2_SFTP_HANDLE **h, const char *path, unsigned long flags,
            int type, struct err *e)
{
    int n;

    if (*path == '\0')
        path = "."; /* the login directory */
    CALL_PTR(s, n, *h,
             libssh2_sftp_open_ex(s->sftp, path, (unsigned)strlen(path), flags, PUT_MODE, type));
    return n == 0 ? RC_OK : call_failed(s, n, "open", path, e);
}

/* Frees the handle in every case; what the server says to the close counts only after RC_OK. */
static rc_t
close_handle(struct sftp *s, LIBSSH2_SFTP_HANDLE *h, const char *path, rc_t rc, struct err *e)
{
    rc_t closed;
    int n;

    if (h == NULL)
        return rc;
    if (s->gone) {
        (void)libssh2_sftp_close_handle(h);
        return rc;
    }
    CALL(s, n, libssh2_sftp_close_handle(h));
    if (n == 0)
        return rc;
    closed = call_failed(s, n, "close", path, rc == RC_OK ? e : NULL); /* the first error stays */
    return rc == RC_OK ? closed : rc;
}

static char *
transfer_buffer(struct sftp *s)
{
    if (s->buffer == NULL && (s->buffer = malloc(WRITE_SIZE)) == NULL)
        BUG("out of memory");
    return s->buffer;
}

static void
from_attributes(const LIBSSH2_SFTP_ATTRIBUTES *at, struct sftp_file *file)
{
    file->size = at->flags & LIBSSH2_SFTP_ATTR_SIZE ? at->filesize : 0;
    file->mtime = at->flags & LIBSSH2_SFTP_ATTR_ACMODTIME ? at->mtime : 0;
    file->regular =
        at->flags & LIBSSH2_SFTP_ATTR_PERMISSIONS && LIBSSH2_SFTP_S_ISREG(at->permissions);
}

/* --- list and stat ------------------------------------------------------------------------ */

struct list {
    struct arena *a;
    const char *dir;
    struct sftp_file *files;
    uint32_t count, size;
};

static void
list_add(struct list *l, const char *name, size_t n, const LIBSSH2_SFTP_ATTRIBUTES *at)
{
    if (l->count == l->size) {
        struct sftp_file *more;

        l->size = l->size ? 2 * l->size : 64;
        more = ARENA_ARRAY(l->a, struct sftp_file, l->size);
        if (l->count > 0)
            memcpy(more, l->files, l->count * sizeof(*more));
        l->files = more;
    }
    l->files[l->count].name = arena_strn(l->a, name, n);
    from_attributes(at, &l->files[l->count++]);
}

/* A name is one step below its directory, or it is not taken. */
static bool
is_name(const char *name, size_t n)
{
    return n > 0 && memchr(name, '\0', n) == NULL && memchr(name, '/', n) == NULL &&
           !(n == 1 && name[0] == '.') && !(n == 2 && memcmp(name, "..", 2) == 0);
}

static rc_t
list_op(struct sftp *s, void *arg, struct err *e)
{
    struct list *l = arg;
    LIBSSH2_SFTP_HANDLE *h = NULL;
    LIBSSH2_SFTP_ATTRIBUTES at;
    char name[NAME_SIZE];
    rc_t rc = open_handle(s, &h, l->dir, 0, LIBSSH2_SFTP_OPENDIR, e);
    int n;

    l->count = 0;
    while (rc == RC_OK) {
        CALL(s, n, libssh2_sftp_readdir_ex(h, name, sizeof(name), NULL, 0, &at));
        if (n == 0)
            break;
        if (n < 0)
            rc = call_failed(s, n, "list", l->dir, e);
        else if (l->count == ENTRIES_MAX)
            rc = err_set(e, RC_FAIL, ERR_SFTP, "%s: list %s: more than %d entries", s->name, l->dir,
                         ENTRIES_MAX);
        else if (is_name(name, (size_t)n))
            list_add(l, name, (size_t)n, &at);
    }
    return close_handle(s, h, l->dir, rc, e);
}

rc_t
sftp_list(struct sftp *s, struct arena *a, const char *dir, struct sftp_file **files,
          uint32_t *count, struct err *e)
{
    struct list l = {.a = a, .dir = dir};
    rc_t rc = run(s, list_op, &l, e);

    *files = l.files;
    *count = rc == RC_OK ? l.count : 0;
    return rc;
}

struct stat_arg {
    const char *path;
    int type; /* LIBSSH2_SFTP_STAT, or LSTAT for the name itself */
    struct sftp_file *file;
};

static rc_t
stat_op(struct sftp *s, void *arg, struct err *e)
{
    struct stat_arg *t = arg;
    LIBSSH2_SFTP_ATTRIBUTES at;
    int n;

    CALL(s, n, libssh2_sftp_stat_ex(s->sftp, t->path, (unsigned)strlen(t->path), t->type, &at));
    if (n != 0)
        return call_failed(s, n, "stat", t->path, e);
    t->file->name = t->path;
    from_attributes(&at, t->file);
    return RC_OK;
}

rc_t
sftp_stat(struct sftp *s, const char *path, struct sftp_file *file, struct err *e)
{
    struct stat_arg t = {path, LIBSSH2_SFTP_STAT, file};

    return run(s, stat_op, &t, e);
}

/* *there says whether anything, even a dangling link, has this name. */
static rc_t
name_taken(struct sftp *s, const char *path, bool *there, struct err *e)
{
    struct sftp_file file;
    struct stat_arg t = {path, LIBSSH2_SFTP_LSTAT, &file};
    struct err missing;
    rc_t rc = stat_op(s, &t, &missing);

    *there = rc == RC_OK;
    if (rc == RC_REJECT)
        return RC_OK;
    if (rc != RC_OK && e != NULL)
        *e = missing;
    return rc;
}

/* --- download ----------------------------------------------------------------------------- */

struct get {
    const char *path;
    struct sink out;
    void (*on_bytes)(void *, size_t);
    void *ctx;
    uint64_t bytes; /* taken by the sink; a second try goes on from here */
    LIBSSH2_SFTP_ATTRIBUTES first;
};

static rc_t
get_changed(struct sftp *s, const struct get *g, struct err *e)
{
    return err_set(e, RC_RETRY, ERR_SFTP, "%s: get %s: the file changed while it was read", s->name,
                   g->path);
}

/* The rest of the file has to come from the same file. */
static rc_t
get_position(struct sftp *s, struct get *g, LIBSSH2_SFTP_HANDLE *h, struct err *e)
{
    LIBSSH2_SFTP_ATTRIBUTES at;
    int n;

    CALL(s, n, libssh2_sftp_fstat_ex(h, &at, 0));
    if (n != 0)
        return call_failed(s, n, "stat", g->path, e);
    if (g->bytes == 0)
        g->first = at;
    else if (at.flags != g->first.flags || at.filesize != g->first.filesize ||
             at.mtime != g->first.mtime)
        return get_changed(s, g, e);
    libssh2_sftp_seek64(h, g->bytes);
    return RC_OK;
}

static rc_t
get_op(struct sftp *s, void *arg, struct err *e)
{
    struct get *g = arg;
    char *buffer = transfer_buffer(s);
    LIBSSH2_SFTP_HANDLE *h = NULL;
    rc_t rc = open_handle(s, &h, g->path, LIBSSH2_FXF_READ, LIBSSH2_SFTP_OPENFILE, e);
    ssize_t n = 1;

    if (rc == RC_OK)
        rc = get_position(s, g, h, e);
    while (rc == RC_OK) {
        CALL(s, n, libssh2_sftp_read(h, buffer, READ_SIZE));
        if (n < 0)
            rc = call_failed(s, n, "get", g->path, e);
        if (n <= 0)
            break;
        if ((rc = g->out.write(g->out.ctx, buffer, (size_t)n, e)) != RC_OK)
            break;
        g->bytes += (uint64_t)n;
        if (g->on_bytes != NULL)
            g->on_bytes(g->ctx, (size_t)n);
    }
    if (rc == RC_OK && g->first.flags & LIBSSH2_SFTP_ATTR_SIZE && g->bytes != g->first.filesize)
        rc = get_changed(s, g, e);
    return close_handle(s, h, g->path, rc, e);
}

rc_t
sftp_get(struct sftp *s, const char *path, struct sink out, void (*on_bytes)(void *, size_t),
         void *ctx, uint64_t *bytes, struct err *e)
{
    struct get g = {.path = path, .out = out, .on_bytes = on_bytes, .ctx = ctx};
    rc_t rc = run(s, get_op, &g, e);

    *bytes = g.bytes;
    return rc;
}

static rc_t
digest_write(void *ctx, const void *p, size_t n, struct err *e)
{
    (void)e;
    digest_update(ctx, p, n);
    return RC_OK;
}

rc_t
sftp_verify(struct sftp *s, const char *path, uint64_t bytes, const char *sha256, struct err *e)
{
    struct digest *d = NULL;
    struct sftp_file file;
    char hex[DIGEST_HEX];
    uint64_t got = 0;
    rc_t rc = sftp_stat(s, path, &file, e);

    if (rc != RC_OK)
        return rc;
    if (file.size != bytes)
        return err_set(e, RC_FAIL, ERR_VERIFY, "%s: %s has %llu bytes, expected %llu", s->name,
                       path, (unsigned long long)file.size, (unsigned long long)bytes);
    d = digest_new();
    rc = sftp_get(s, path, (struct sink){digest_write, d}, s->on_bytes, s->watcher, &got, e);
    digest_hex(d, hex);
    if (rc == RC_OK && (got != bytes || strcmp(hex, sha256) != 0))
        rc = err_set(e, RC_FAIL, ERR_VERIFY, "%s: %s has sha256 %s, expected %s", s->name, path,
                     hex, sha256);
    digest_free(&d);
    return rc;
}

/* --- upload ------------------------------------------------------------------------------- */

struct put {
    int fd;
    const char *path;
    void (*on_bytes)(void *, size_t);
    void *ctx;
    uint64_t bytes; /* acknowledged by the server */
};

/*
 * The sliding window: [beg, end) of the buffer is read but not acknowledged. libssh2 has sent part
 * of it already, so each call must pass all of it, unchanged, from its first byte.
 */
struct window {
    char *buffer;
    size_t beg, end;
    off_t at; /* in the file */
    bool eof;
};

static rc_t
window_refill(struct window *w, const struct put *p, struct err *e)
{
    if (w->eof || w->end - w->beg >= WINDOW)
        return RC_OK;
    memmove(w->buffer, w->buffer + w->beg, w->end - w->beg);
    w->end -= w->beg;
    w->beg = 0;
    while (!w->eof && w->end < WRITE_SIZE) {
        ssize_t n = pread(p->fd, w->buffer + w->end, WRITE_SIZE - w->end, w->at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fsio_fail("read for upload", p->path, e);
        w->eof = n == 0;
        w->end += (size_t)n;
        w->at += n;
    }
    return RC_OK;
}

static rc_t
put_bytes(struct sftp *s, struct put *p, LIBSSH2_SFTP_HANDLE *h, struct err *e)
{
    struct window w = {.buffer = transfer_buffer(s)};
    rc_t rc = RC_OK;
    ssize_t n;

    while ((rc = window_refill(&w, p, e)) == RC_OK && w.beg < w.end) {
        CALL(s, n, libssh2_sftp_write(h, w.buffer + w.beg, w.end - w.beg));
        if (n < 0)
            return call_failed(s, n, "put", p->path, e);
        w.beg += (size_t)n;
        p->bytes += (uint64_t)n;
        if (p->on_bytes != NULL)
            p->on_bytes(p->ctx, (size_t)n);
    }
    return rc;
}

/* Not every server has the fsync extension; one that has must succeed. */
static rc_t
sync_handle(struct sftp *s, LIBSSH2_SFTP_HANDLE *h, const char *path, struct err *e)
{
    int n;

    CALL(s, n, libssh2_sftp_fsync(h));
    if (n == 0 || (n == LIBSSH2_ERROR_SFTP_PROTOCOL &&
                   libssh2_sftp_last_error(s->sftp) == LIBSSH2_FX_OP_UNSUPPORTED))
        return RC_OK;
    return call_failed(s, n, "fsync", path, e);
}

static rc_t
put_op(struct sftp *s, void *arg, struct err *e)
{
    struct put *p = arg;
    struct sftp_file file;
    struct stat_arg t = {p->path, LIBSSH2_SFTP_STAT, &file};
    LIBSSH2_SFTP_HANDLE *h = NULL;
    rc_t rc = open_handle(s, &h, p->path, LIBSSH2_FXF_WRITE | LIBSSH2_FXF_CREAT | LIBSSH2_FXF_TRUNC,
                          LIBSSH2_SFTP_OPENFILE, e);

    p->bytes = 0;
    if (rc == RC_OK)
        rc = put_bytes(s, p, h, e);
    if (rc == RC_OK)
        rc = sync_handle(s, h, p->path, e);
    rc = close_handle(s, h, p->path, rc, e);
    if (rc == RC_OK && (rc = stat_op(s, &t, e)) == RC_OK && file.size != p->bytes)
        rc = err_set(e, RC_FAIL, ERR_VERIFY, "%s: put %s: %llu bytes sent, %llu arrived", s->name,
                     p->path, (unsigned long long)p->bytes, (unsigned long long)file.size);
    return rc;
}

rc_t
sftp_put(struct sftp *s, int fd, const char *path, void (*on_bytes)(void *, size_t), void *ctx,
         uint64_t *bytes, struct err *e)
{
    struct put p = {fd, path, on_bytes, ctx, 0};
    rc_t rc = run(s, put_op, &p, e);

    *bytes = p.bytes;
    return rc;
}

/* --- names -------------------------------------------------------------------------------- */

struct rename_arg {
    const char *from, *to;
};

/* Protocol 3 knows no flags and some servers overwrite: look before. On the second try the first
 * may have been done and only its answer lost. */
static rc_t
rename_op(struct sftp *s, void *arg, struct err *e)
{
    struct rename_arg *r = arg;
    bool from_there = true, to_there = false;
    rc_t rc = name_taken(s, r->to, &to_there, e);
    int n;

    if (rc == RC_OK && s->again)
        rc = name_taken(s, r->from, &from_there, e);
    if (rc != RC_OK || (to_there && !from_there))
        return rc;
    if (to_there)
        return err_set(e, RC_FAIL, ERR_SFTP, "%s: rename %s: %s exists", s->name, r->from, r->to);
    CALL(s, n,
         libssh2_sftp_rename_ex(s->sftp, r->from, (unsigned)strlen(r->from), r->to,
                                (unsigned)strlen(r->to), 0));
    return n == 0 ? RC_OK : call_failed(s, n, "rename", r->from, e);
}

rc_t
sftp_rename(struct sftp *s, const char *from, const char *to, struct err *e)
{
    struct rename_arg r = {from, to};

    return run(s, rename_op, &r, e);
}

static rc_t
remove_op(struct sftp *s, void *arg, struct err *e)
{
    const char *path = *(const char **)arg;
    struct err missing;
    rc_t rc;
    int n;

    CALL(s, n, libssh2_sftp_unlink_ex(s->sftp, path, (unsigned)strlen(path)));
    if (n == 0)
        return RC_OK;
    rc = call_failed(s, n, "remove", path, &missing);
    if (rc == RC_REJECT)
        return RC_OK;
    if (e != NULL)
        *e = missing;
    return rc;
}

rc_t
sftp_remove(struct sftp *s, const char *path, struct err *e)
{
    return run(s, remove_op, &path, e);
}

/* --- publish ------------------------------------------------------------------------------ */

static const char *
join(struct arena *a, const char *dir, const char *name)
{
    size_t n = strlen(dir);

    return arena_printf(a, "%s%s%s", dir, n > 0 && dir[n - 1] != '/' ? "/" : "", name);
}

/* Is path there, and are these its bytes? */
static rc_t
look(struct sftp *s, const char *path, uint64_t bytes, const char *sha256, bool *there, bool *same,
     struct err *e)
{
    struct err why = {.rc = RC_OK};
    rc_t rc = sftp_verify(s, path, bytes, sha256, &why);

    *there = rc != RC_REJECT;
    *same = rc == RC_OK;
    if (rc == RC_OK || rc == RC_REJECT || (rc == RC_FAIL && why.code == ERR_VERIFY))
        return RC_OK;
    if (e != NULL)
        *e = why;
    return rc;
}

/* The other side may take the file as soon as it has its name: missing is then no fault. */
static rc_t
check_arrived(struct sftp *s, const char *final, uint64_t bytes, struct err *e)
{
    struct sftp_file file;
    struct err why;
    rc_t rc = sftp_stat(s, final, &file, &why);

    if (rc == RC_REJECT)
        return RC_OK;
    if (rc == RC_OK && file.size != bytes)
        return err_set(e, RC_FAIL, ERR_VERIFY, "%s: %s has %llu bytes, expected %llu", s->name,
                       final, (unsigned long long)file.size, (unsigned long long)bytes);
    if (rc != RC_OK && e != NULL)
        *e = why;
    return rc;
}

void
sftp_watch(struct sftp *s, void (*on_bytes)(void *, size_t), void *ctx)
{
    s->on_bytes = on_bytes;
    s->watcher = ctx;
}

/* Read back before the rename: nobody ever sees wrong bytes under the final name. */
static rc_t
upload_and_rename(struct sftp *s, int fd, const char *part, const char *final, bool replace,
                  uint64_t bytes, const char *sha256, struct err *e)
{
    uint64_t sent = 0;
    rc_t rc;

    if ((rc = sftp_put(s, fd, part, s->on_bytes, s->watcher, &sent, e)) != RC_OK)
        return rc;
    fault_point("sftp-uploaded");
    if ((rc = sftp_verify(s, part, bytes, sha256, e)) != RC_OK)
        return rc;
    if (replace && (rc = sftp_remove(s, final, e)) != RC_OK)
        return rc;
    if ((rc = sftp_rename(s, part, final, e)) != RC_OK)
        return rc;
    fault_point("sftp-renamed");
    return check_arrived(s, final, bytes, e);
}

rc_t
sftp_publish(struct sftp *s, int fd, const char *dir, const char *name, uint64_t bytes,
             const char *sha256, bool replace, struct err *e)
{
    struct arena *a = arena_new("publish");
    const char *final = join(a, dir, name), *part = arena_printf(a, "%s.part", final);
    bool there = false, same = false;
    rc_t rc = look(s, final, bytes, sha256, &there, &same, e);

    if (rc != RC_OK)
        goto out;
    if (same) { /* a crash may have left this behind: its rename answered late */
        rc = sftp_remove(s, part, e);
        goto out;
    }
    if (there && !replace) {
        rc = err_set(e, RC_FAIL, ERR_VERIFY, "%s: %s exists with other bytes", s->name, final);
        goto out;
    }
    rc = upload_and_rename(s, fd, part, final, there, bytes, sha256, e);
out:
    arena_free(&a);
    return rc;
}
