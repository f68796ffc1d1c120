#include "sftp_link.h"

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
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "fsio.h"
#include "log.h"

#define CONNECT_MS 10000
#define IDLE_MS    30000
#define HOSTS_MAX  (1 << 20) /* bytes of a known_hosts file */

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

static void
begin_window(struct sftp *s)
{
    s->window.waited = 0;
    s->window.moved = s->moved;
}

void
sftp_link_transfer(struct sftp *s, bool begins)
{
    s->window.transfer = begins;
    begin_window(s);
}

/* Has the server had its time, and given or taken too little in it? A byte every now and then is no
 * progress: whoever waits for it keeps all others waiting. */
static bool
too_slow(struct sftp *s)
{
    if (!s->window.rate || s->opening || s->window.waited < s->idle_ms)
        return false;
    s->slow = s->moved - s->window.moved < (uint64_t)s->window.rate * s->idle_ms / 1000;
    begin_window(s);
    return s->slow;
}

static bool
wait_measured(struct sftp *s, short events)
{
    int ready = 0;

    while (!too_slow(s)) {
        int64_t begun = clock_ms(), until = s->deadline;

        if (s->window.rate && !s->opening && begun + s->idle_ms - s->window.waited < until)
            until = begun + s->idle_ms - s->window.waited;
        ready = poll_until(s->fd, events, until);
        s->window.waited += clock_ms() - begun;
        if (ready != 0 || clock_ms() >= s->deadline)
            break;
    }
    return ready > 0;
}

/* Until the socket can go on; false when the deadline passed. Idle time starts anew whenever bytes
 * have moved; an opening has one deadline for all of it. */
bool
sftp_link_wait(struct sftp *s)
{
    int way = libssh2_session_block_directions(s->session);
    short events = POLLIN;

    if (!s->waiting && !s->window.transfer)
        begin_window(s);
    if (!s->opening && (!s->waiting || s->moved != s->moved_seen))
        s->deadline = clock_ms() + s->idle_ms;
    s->waiting = true;
    s->moved_seen = s->moved;
    if (way & LIBSSH2_SESSION_BLOCK_OUTBOUND)
        events = way & LIBSSH2_SESSION_BLOCK_INBOUND ? POLLIN | POLLOUT : POLLOUT;
    return wait_measured(s, events);
}

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
rc_t
sftp_link_failed(struct sftp *s, ssize_t n, const char *doing, const char *path, struct err *e)
{
    char *why = NULL;

    if (n == LIBSSH2_ERROR_SFTP_PROTOCOL && s->sftp != NULL)
        return refused(s, doing, path, e);
    if (n == LIBSSH2_ERROR_BUFFER_TOO_SMALL)
        return err_set(e, RC_FAIL, ERR_SFTP, "%s: %s %s: a name is longer than %d bytes", s->name,
                       doing, path, SFTP_NAME_SIZE);
    drop(s, n == LIBSSH2_ERROR_EAGAIN);
    if (s->slow)
        return err_set(e, RC_RETRY, ERR_SFTP_SLOW,
                       "%s: %s %s: fewer than %u bytes a second over %u ms", s->name, doing, path,
                       s->window.rate, s->idle_ms);
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
        rc = sftp_link_failed(s, n, "handshake", "", e);
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
        return sftp_link_failed(s, n, "log in", "", e);
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
    return n == 0 ? RC_OK : sftp_link_failed(s, n, "start sftp", "", e);
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
    s->gone = s->late = s->slow = false;
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
    s->window.rate = site->rate;
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
rc_t
sftp_link_run(struct sftp *s, rc_t (*op)(struct sftp *, void *, struct err *), void *arg,
              struct err *e)
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
