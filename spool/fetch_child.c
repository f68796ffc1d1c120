/* fetch_child.c - the side of fetch.h that libssh2 is on: it reads what a stranger's server sends. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <libssh2.h>
#include <libssh2_sftp.h>
#include <openssl/rand.h>

#include "base/apart.h"
#include "base/clock.h"
#include "base/confine.h"
#include "base/fault.h"
#include "base/parcel.h"
#include "spool/digest.h"
#include "spool/fetch.h"
#include "spool/wire.h"

#define CONTROL_FD  APART_FD
#define SERVER_FD   (APART_FD + 1)
#define WINDOW      ((size_t)2 * 1024 * 1024) /* kept in flight while uploading */
#define WRITE_SIZE  (2 * WINDOW)
#define TOLD_SIZE   ((size_t)256 * 1024) /* moved, before it is said: each time wakes two processes */
#define READ_SIZE   (FETCH_PIECE - TOLD_SIZE)
#define NAMES_SIZE  (FETCH_SMALL - FETCH_NAME - 256)
#define EARLY_MAX   ((size_t)128 * 1024) /* of what a server sends in clear */
#define PUT_MODE    0640
#define MEMORY      ((uint64_t)256 << 20)
#define KEXINIT_END 21 /* SSH_MSG_NEWKEYS: what follows is encrypted */
#define KEX_REPLY   31 /* SSH_MSG_KEXDH_REPLY, SSH_MSG_KEX_ECDH_REPLY */
#define GEX_REPLY   33 /* SSH_MSG_KEX_DH_GEX_REPLY */

struct talker {
    LIBSSH2_SESSION *session;
    LIBSSH2_SFTP *sftp;
    char *buffer; /* of WRITE_SIZE */
    struct buf reply;
    struct buf early;    /* what the server sent in clear, up to the login */
    uint64_t moved;      /* bytes over the socket, either way */
    uint64_t moved_seen; /* at the last look of wait_socket */
    int64_t deadline;    /* of the current wait, or of the whole opening */
    int64_t said;        /* when we last said something */
    uint32_t idle_ms;
    struct {
        uint32_t rate; /* bytes a second that idle_ms of waiting must bring; 0: any */
        int64_t
            waited; /* ms for the server since it began; what we did meanwhile is not its fault */
        uint64_t moved; /* as it began */
        bool transfer;  /* goes on from call to call; else each call has its own */
    } window;
    uint64_t taken; /* bytes the server acknowledged, not said yet */
    size_t held;    /* bytes of a file in the buffer, not said yet */
    bool opening, waiting;
    bool slow; /* the server, too slow */
};

/* ---- what is said ---- */

/* Whoever asked is gone: there is nobody to serve. */
_Noreturn static void
leave(void)
{
    _exit(0);
}

static void
say(struct talker *c, enum fetch_kind kind, const void *p, size_t n)
{
    struct fetch_head head = {kind, (uint32_t)n};
    char *at[] = {(char *)&head, (char *)(uintptr_t)p};
    size_t left[] = {sizeof head, n};

    while (left[0] + left[1] > 0) {
        struct iovec iov[] = {
            {at[0], left[0]},
            {at[1], left[1]}
        };
        ssize_t sent = writev(CONTROL_FD, iov, 2);

        if (sent < 0 && errno != EINTR)
            leave();
        for (int i = 0; i < 2 && sent > 0; i++) {
            size_t part = (size_t)sent < left[i] ? (size_t)sent : left[i];

            at[i] += part;
            left[i] -= part;
            sent -= (ssize_t)part;
        }
    }
    c->said = clock_ms();
}

static void
say_reply(struct talker *c, enum fetch_kind kind)
{
    say(c, kind, c->reply.p, c->reply.n);
    c->reply.n = 0;
}

static void
say_taken(struct talker *c)
{
    parcel_put_number(&c->reply, (int64_t)c->taken);
    say_reply(c, FETCH_TAKEN);
    c->taken = 0;
}

static void
say_held(struct talker *c)
{
    say(c, FETCH_DATA, c->buffer, c->held);
    c->held = 0;
}

/* Once a second, so that nobody takes us for dead. */
static void
say_something(struct talker *c)
{
    if (clock_ms() - c->said < FETCH_BEAT)
        return;
    if (c->held > 0)
        say_held(c);
    else if (c->taken > 0)
        say_taken(c);
    else
        say(c, FETCH_ALIVE, NULL, 0);
}

static void
read_all(void *out, size_t n)
{
    for (char *p = out; n > 0;) {
        ssize_t got = read(CONTROL_FD, p, n);

        if (got == 0 || (got < 0 && errno != EINTR))
            leave();
        if (got > 0) {
            p += got;
            n -= (size_t)got;
        }
    }
}

/* ---- waiting ---- */

/* Our own calls count what moves: that, not a busy socket, is progress. */
static LIBSSH2_SEND_FUNC(count_send)
{
    struct talker *c = *abstract;
    ssize_t n = write(socket, buffer, length);

    (void)flags; /* SIGPIPE is ignored */
    if (n < 0)
        return errno == EWOULDBLOCK || errno == EINTR ? -EAGAIN : -errno;
    c->moved += (uint64_t)n;
    return n;
}

static LIBSSH2_RECV_FUNC(count_recv)
{
    struct talker *c = *abstract;
    ssize_t n = read(socket, buffer, length);

    (void)flags;
    if (n < 0)
        return errno == EWOULDBLOCK || errno == EINTR ? -EAGAIN : -errno;
    c->moved += (uint64_t)n;
    if (c->opening && c->early.n < EARLY_MAX)
        buf_put(&c->early, buffer, (size_t)n);
    return n;
}

/* A wait is told of once a second; and who waits for us may be gone. */
static int
poll_until(struct talker *c, short events, int64_t deadline)
{
    struct pollfd p[] = {
        {.fd = SERVER_FD, .events = events},
        {.fd = CONTROL_FD              }
    };
    int64_t left;
    int n;

    do {
        say_something(c);
        left = deadline - clock_ms();
        n = left <= 0 ? 0 : poll(p, 2, left > FETCH_BEAT ? FETCH_BEAT : (int)left);
        if (n > 0 && p[1].revents)
            leave();
    } while (left > 0 && (n == 0 || (n < 0 && errno == EINTR)));
    return n;
}

static void
begin_window(struct talker *c)
{
    c->window.waited = 0;
    c->window.moved = c->moved;
}

/* Between the two, bytes are measured over all calls. */
static void
transfer(struct talker *c, bool begins)
{
    c->window.transfer = begins;
    begin_window(c);
}

/* Has the server had its time, and given or taken too little in it? A byte every now and then is no
 * progress: whoever waits for it keeps all others waiting. */
static bool
too_slow(struct talker *c)
{
    if (!c->window.rate || c->opening || c->window.waited < c->idle_ms)
        return false;
    c->slow = c->moved - c->window.moved < (uint64_t)c->window.rate * c->idle_ms / 1000;
    begin_window(c);
    return c->slow;
}

static bool
wait_measured(struct talker *c, short events)
{
    int ready = 0;

    while (!too_slow(c)) {
        int64_t begun = clock_ms(), until = c->deadline;

        if (c->window.rate && !c->opening && begun + c->idle_ms - c->window.waited < until)
            until = begun + c->idle_ms - c->window.waited;
        ready = poll_until(c, events, until);
        c->window.waited += clock_ms() - begun;
        if (ready != 0 || clock_ms() >= c->deadline)
            break;
    }
    return ready > 0;
}

/* Until the socket can go on; false when the deadline passed. Idle time starts anew whenever bytes
 * have moved; an opening has one deadline for all of it. */
static bool
wait_socket(struct talker *c)
{
    int way = libssh2_session_block_directions(c->session);
    short events = POLLIN;

    if (!c->waiting && !c->window.transfer)
        begin_window(c);
    if (!c->opening && (!c->waiting || c->moved != c->moved_seen))
        c->deadline = clock_ms() + c->idle_ms;
    c->waiting = true;
    c->moved_seen = c->moved;
    if (way & LIBSSH2_SESSION_BLOCK_OUTBOUND)
        events = way & LIBSSH2_SESSION_BLOCK_INBOUND ? POLLIN | POLLOUT : POLLOUT;
    return wait_measured(c, events);
}

/* Repeat a call, with the same arguments as libssh2 asks, until it is through or late. */
#define CALL(c, n, call)                                                                           \
    do {                                                                                           \
        (c)->waiting = false;                                                                      \
        do                                                                                         \
            (n) = (call);                                                                          \
        while ((n) == LIBSSH2_ERROR_EAGAIN && wait_socket(c));                                     \
    } while (0)

/* The same for calls that return a pointer; n is 0 or the error. */
#define CALL_PTR(c, n, p, call)                                                                    \
    CALL(c, n, ((p) = (call)) != NULL ? 0 : libssh2_session_last_errno((c)->session))

/* ---- results ---- */

static void
put_result(struct talker *c, enum fetch_what what, enum fetch_doing doing, ssize_t n,
           unsigned long status, const char *text)
{
    char shown[FETCH_TEXT];

    c->reply.n = 0;
    parcel_put_number(&c->reply, what);
    parcel_put_number(&c->reply, doing);
    parcel_put_number(&c->reply, n);
    parcel_put_number(&c->reply, (int64_t)status);
    parcel_put_text(&c->reply, span_show(shown, sizeof shown, span_of(text ? text : "")));
}

static const char *
last_error(struct talker *c)
{
    char *why = NULL;

    (void)libssh2_session_last_error(c->session, &why, NULL, 0);
    return why;
}

static void
well(struct talker *c)
{
    put_result(c, FETCH_WELL, 0, 0, 0, NULL);
}

/* What a failed libssh2 call means: an answer, or (nearly everything) the end of the connection. */
static void
failed(struct talker *c, ssize_t n, enum fetch_doing doing)
{
    enum fetch_what what = FETCH_LOST;

    if (n == LIBSSH2_ERROR_SFTP_PROTOCOL && c->sftp != NULL) {
        put_result(c, FETCH_REFUSED, doing, n, libssh2_sftp_last_error(c->sftp), NULL);
        return;
    }
    if (n == LIBSSH2_ERROR_BUFFER_TOO_SMALL)
        what = FETCH_LONG_NAME;
    else if (c->slow)
        what = FETCH_SLOW;
    else if (n == LIBSSH2_ERROR_EAGAIN)
        what = FETCH_LATE;
    put_result(c, what, doing, n, 0, last_error(c));
}

/* ---- opening ---- */

/* Explicit lists: what is weak cannot be negotiated. */
static bool
set_methods(struct talker *c, const char *host_keys)
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
        if (libssh2_session_method_pref(c->session, methods[i].what, methods[i].list) != 0)
            return false;
    return true;
}

/* The packet's payload; false: no more in clear. */
static bool
take_packet(struct span *in, struct span *payload)
{
    unsigned char padding;

    return wire_take_string(in, payload) && wire_take_byte(payload, &padding) &&
           payload->n > padding && (payload->n -= padding) > 0;
}

/* libssh2 verifies the server's signature and keeps it to itself. Whoever has our key wants to see it: it
 * stands in the answer to the key exchange, which is in clear, behind the host key and the server's number. */
static struct span
host_signature(const struct talker *c, struct span host_key)
{
    struct span in = {c->early.p, c->early.n}, payload, key, number, signature;
    unsigned char kind = 0;

    for (const char *end; in.n >= 4 && memcmp(in.p, "SSH-", 4) != 0; in.p = end) {
        if ((end = memchr(in.p, '\n', in.n)) == NULL)
            return SPAN("");
        in.n -= (size_t)(++end - in.p); /* a line before its banner */
    }
    for (const char *p = memchr(in.p, '\n', in.n); p; p = NULL)
        in = (struct span){p + 1, in.n - (size_t)(p + 1 - in.p)};
    while (take_packet(&in, &payload) && wire_take_byte(&payload, &kind) && kind != KEXINIT_END)
        if ((kind == KEX_REPLY || kind == GEX_REPLY) && wire_take_string(&payload, &key) &&
            span_eq(key, host_key) && wire_take_string(&payload, &number) &&
            wire_take_string(&payload, &signature))
            return signature;
    return SPAN("");
}

static void
put_span(struct buf *b, struct span s)
{
    parcel_put_number(b, (int64_t)s.n);
    buf_put(b, s.p, s.n);
}

/* The other side compares the key with the one it knows. */
static void
show_host(struct talker *c)
{
    const char *key, *banner = libssh2_session_banner_get(c->session);
    size_t n = 0;
    int kind = 0;
    struct fetch_head head;
    struct span blob, signature;

    key = libssh2_session_hostkey(c->session, &n, &kind);
    blob = (struct span){key, key ? n : 0};
    signature = host_signature(c, blob);
    if (blob.n + signature.n > FETCH_SMALL / 2)
        blob.n = signature.n = 0;
    c->reply.n = 0;
    put_span(&c->reply, blob);
    put_span(&c->reply, signature);
    parcel_put_text(&c->reply, banner && strlen(banner) < FETCH_TEXT ? banner : "");
    say_reply(c, FETCH_HOST);
    read_all(&head, sizeof head);
    if (head.kind != FETCH_GO || head.bytes != 0)
        leave();
}

static bool
handshake(struct talker *c, const char *host_keys)
{
    int n;

    if (!set_methods(c, host_keys))
        BUG("libssh2 refuses our algorithms");
    CALL(c, n, libssh2_session_handshake(c->session, SERVER_FD));
    if (n == LIBSSH2_ERROR_KEX_FAILURE)
        put_result(c, FETCH_NO_COMMON, FETCH_DO_HANDSHAKE, n, 0, NULL);
    else if (n != 0)
        failed(c, n, FETCH_DO_HANDSHAKE);
    else
        show_host(c);
    return n == 0;
}

/* Who has the key signs, or ends us. */
static LIBSSH2_USERAUTH_PUBLICKEY_SIGN_FUNC(ask_signature)
{
    struct talker *c = *abstract;
    struct fetch_head head;

    (void)session;
    say(c, FETCH_SIGN, data, data_len);
    read_all(&head, sizeof head);
    if (head.kind != FETCH_SIGNED || head.bytes > FETCH_SMALL)
        leave();
    *sig = malloc(head.bytes + 1); /* libssh2 frees it, as it frees its own */
    if (*sig == NULL)
        return -1;
    read_all(*sig, head.bytes);
    *sig_len = head.bytes;
    return 0;
}

static bool
login(struct talker *c, const char *user, struct span public)
{
    void *context = c;
    int n;

    CALL(c, n,
         libssh2_userauth_publickey(c->session, user, (const unsigned char *)public.p, public.n,
                                    ask_signature, &context));
    if (n == LIBSSH2_ERROR_AUTHENTICATION_FAILED || n == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED)
        put_result(c, FETCH_NO_LOGIN, FETCH_DO_LOGIN, n, 0, last_error(c));
    else if (n != 0)
        failed(c, n, FETCH_DO_LOGIN);
    return n == 0;
}

static bool
start_sftp(struct talker *c)
{
    int n;

    CALL_PTR(c, n, c->sftp, libssh2_sftp_init(c->session));
    if (n == LIBSSH2_ERROR_CHANNEL_FAILURE || n == LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED)
        put_result(c, FETCH_NO_SFTP, FETCH_DO_START, n, 0, NULL);
    else if (n != 0)
        failed(c, n, FETCH_DO_START);
    else
        well(c);
    return n == 0;
}

static struct span
take_span(struct parcel *p)
{
    int64_t n = parcel_number(p);
    const char *at = p->p;

    if (p->broken || n < 0 || n > p->end - p->p)
        leave();
    p->p += n;
    return (struct span){at, (size_t)n};
}

static void
open_session(struct talker *c, struct parcel *p)
{
    const char *user = parcel_text(p), *host_keys;
    struct span public = take_span(p);

    host_keys = parcel_text(p);
    c->opening = true;
    c->deadline = clock_ms() + parcel_number(p);
    c->idle_ms = (uint32_t)parcel_number(p);
    c->window.rate = (uint32_t)parcel_number(p);
    if (p->broken || !user || !host_keys)
        leave();
    c->session = libssh2_session_init_ex(NULL, NULL, NULL, c);
    if (c->session == NULL)
        BUG("out of memory");
    /* the library's interface for callbacks is a data pointer */
    (void)libssh2_session_callback_set(c->session, LIBSSH2_CALLBACK_SEND, (void *)count_send);
    (void)libssh2_session_callback_set(c->session, LIBSSH2_CALLBACK_RECV, (void *)count_recv);
    libssh2_session_set_blocking(c->session, 0);
    if (handshake(c, host_keys) && login(c, user, public))
        (void)start_sftp(c);
    c->opening = false;
    buf_free(&c->early);
}

/* ---- handles and attributes ---- */

static bool
open_handle(struct talker *c, LIBSSH2_SFTP_HANDLE **h, const char *path, unsigned long flags,
            int type)
{
    int n;

    if (*path == '\0')
        path = "."; /* the login directory */
    CALL_PTR(c, n, *h,
             libssh2_sftp_open_ex(c->sftp, path, (unsigned)strlen(path), flags, PUT_MODE, type));
    if (n != 0)
        failed(c, n, FETCH_DO_OPEN);
    return n == 0;
}

/* What the server says to the close counts only where all was well before. */
static void
close_handle(struct talker *c, LIBSSH2_SFTP_HANDLE *h, bool good)
{
    struct parcel first = {c->reply.p, c->reply.p + c->reply.n, NULL, false};
    int n;

    if (!good && parcel_number(&first) >= FETCH_LATE)
        return; /* the connection's end is the handle's */
    CALL(c, n, libssh2_sftp_close_handle(h));
    if (good && n == 0)
        well(c);
    else if (good)
        failed(c, n, FETCH_DO_CLOSE);
}

static char
type_of(unsigned long mode)
{
    return LIBSSH2_SFTP_S_ISREG(mode)    ? '-'
           : LIBSSH2_SFTP_S_ISDIR(mode)  ? 'd'
           : LIBSSH2_SFTP_S_ISLNK(mode)  ? 'l'
           : LIBSSH2_SFTP_S_ISFIFO(mode) ? 'p'
           : LIBSSH2_SFTP_S_ISSOCK(mode) ? 's'
           : LIBSSH2_SFTP_S_ISBLK(mode)  ? 'b'
           : LIBSSH2_SFTP_S_ISCHR(mode)  ? 'c'
                                         : '?';
}

static void
put_attributes(struct buf *b, const LIBSSH2_SFTP_ATTRIBUTES *at)
{
    parcel_put_number(b, (int64_t)at->flags);
    parcel_put_number(b, at->flags & LIBSSH2_SFTP_ATTR_SIZE ? (int64_t)at->filesize : 0);
    parcel_put_number(b, at->flags & LIBSSH2_SFTP_ATTR_ACMODTIME ? (int64_t)at->mtime : 0);
    parcel_put_number(b,
                      at->flags & LIBSSH2_SFTP_ATTR_PERMISSIONS ? type_of(at->permissions) : '?');
}

/* ---- what is asked ---- */

static bool
list_names(struct talker *c, LIBSSH2_SFTP_HANDLE *h)
{
    LIBSSH2_SFTP_ATTRIBUTES at;
    char name[FETCH_NAME];
    int n;

    c->reply.n = 0;
    for (;;) {
        CALL(c, n, libssh2_sftp_readdir_ex(h, name, sizeof(name), NULL, 0, &at));
        if (n <= 0)
            break;
        if (memchr(name, '\0', (size_t)n) == NULL) {
            put_span(&c->reply, (struct span){name, (size_t)n});
            put_attributes(&c->reply, &at);
        }
        if (c->reply.n > NAMES_SIZE)
            say_reply(c, FETCH_NAMES);
    }
    if (c->reply.n > 0)
        say_reply(c, FETCH_NAMES);
    if (n < 0)
        failed(c, n, FETCH_DO_LIST);
    return n == 0;
}

static void
do_list(struct talker *c, struct parcel *p)
{
    LIBSSH2_SFTP_HANDLE *h = NULL;

    if (open_handle(c, &h, parcel_text(p), 0, LIBSSH2_SFTP_OPENDIR))
        close_handle(c, h, list_names(c, h));
}

static void
do_stat(struct talker *c, struct parcel *p, int type)
{
    const char *path = parcel_text(p);
    LIBSSH2_SFTP_ATTRIBUTES at;
    int n;

    CALL(c, n, libssh2_sftp_stat_ex(c->sftp, path, (unsigned)strlen(path), type, &at));
    if (n != 0) {
        failed(c, n, FETCH_DO_STAT);
        return;
    }
    c->reply.n = 0;
    put_attributes(&c->reply, &at);
    say_reply(c, FETCH_ATTRIBUTES);
    well(c);
}

static bool
get_bytes(struct talker *c, LIBSSH2_SFTP_HANDLE *h)
{
    ssize_t n;

    transfer(c, true);
    for (;;) {
        /* as much each time: libssh2 asks ahead for four times the size */
        CALL(c, n, libssh2_sftp_read(h, c->buffer + c->held, READ_SIZE));
        if (n <= 0)
            break;
        c->held += (size_t)n;
        if (c->held >= TOLD_SIZE)
            say_held(c);
    }
    if (c->held > 0)
        say_held(c);
    transfer(c, false);
    if (n < 0)
        failed(c, n, FETCH_DO_GET);
    return n == 0;
}

static void
do_get(struct talker *c, struct parcel *p)
{
    const char *path = parcel_text(p);
    uint64_t offset = (uint64_t)parcel_number(p);
    LIBSSH2_SFTP_HANDLE *h = NULL;
    LIBSSH2_SFTP_ATTRIBUTES at;
    int n;

    if (!open_handle(c, &h, path, LIBSSH2_FXF_READ, LIBSSH2_SFTP_OPENFILE))
        return;
    CALL(c, n, libssh2_sftp_fstat_ex(h, &at, 0));
    if (n != 0) {
        failed(c, n, FETCH_DO_STAT);
        close_handle(c, h, false);
        return;
    }
    c->reply.n = 0;
    put_attributes(&c->reply, &at);
    say_reply(c, FETCH_ATTRIBUTES);
    libssh2_sftp_seek64(h, offset);
    close_handle(c, h, get_bytes(c, h));
}

/*
 * The sliding window: [beg, end) of the buffer was given to us but is not acknowledged. libssh2 has sent part
 * of it already, so each call must pass all of it, unchanged, from its first byte.
 */
struct window {
    char *buffer;
    size_t beg, end;
    bool eof;
};

/* One piece of the file into p; 0 at its end. */
static size_t
read_piece(char *p)
{
    struct fetch_head head;

    read_all(&head, sizeof head);
    if (head.kind != FETCH_DATA || head.bytes > FETCH_PIECE)
        leave();
    read_all(p, head.bytes);
    return head.bytes;
}

static void
window_refill(struct window *w)
{
    if (w->eof || w->end - w->beg >= WINDOW)
        return;
    memmove(w->buffer, w->buffer + w->beg, w->end - w->beg);
    w->end -= w->beg;
    w->beg = 0;
    while (!w->eof && w->end + FETCH_PIECE <= WRITE_SIZE) {
        size_t n = read_piece(w->buffer + w->end);

        w->eof = n == 0;
        w->end += n;
    }
}

static bool
put_bytes(struct talker *c, LIBSSH2_SFTP_HANDLE *h, struct window *w)
{
    ssize_t n = 0;

    transfer(c, true);
    for (window_refill(w); w->beg < w->end; window_refill(w)) {
        CALL(c, n, libssh2_sftp_write(h, w->buffer + w->beg, w->end - w->beg));
        if (n < 0)
            break;
        w->beg += (size_t)n;
        c->taken += (uint64_t)n;
        if (c->taken >= TOLD_SIZE)
            say_taken(c);
    }
    if (c->taken > 0)
        say_taken(c);
    transfer(c, false);
    fault_point("fetch-put");
    if (n < 0)
        failed(c, n, FETCH_DO_PUT);
    return n >= 0;
}

/* Not every server has the fsync extension; one that has must succeed. */
static bool
sync_handle(struct talker *c, LIBSSH2_SFTP_HANDLE *h)
{
    int n;

    CALL(c, n, libssh2_sftp_fsync(h));
    if (n == 0 || (n == LIBSSH2_ERROR_SFTP_PROTOCOL &&
                   libssh2_sftp_last_error(c->sftp) == LIBSSH2_FX_OP_UNSUPPORTED))
        return true;
    failed(c, n, FETCH_DO_FSYNC);
    return false;
}

static void
do_put(struct talker *c, struct parcel *p)
{
    struct window w = {.buffer = c->buffer};
    LIBSSH2_SFTP_HANDLE *h = NULL;

    if (open_handle(c, &h, parcel_text(p),
                    LIBSSH2_FXF_WRITE | LIBSSH2_FXF_CREAT | LIBSSH2_FXF_TRUNC,
                    LIBSSH2_SFTP_OPENFILE))
        close_handle(c, h, put_bytes(c, h, &w) && sync_handle(c, h));
    if (w.eof)
        return;
    say_reply(c, FETCH_RESULT); /* at once, and then what is still coming goes nowhere */
    while (read_piece(w.buffer) > 0)
        ;
}

static void
do_rename(struct talker *c, struct parcel *p)
{
    const char *from = parcel_text(p), *to = parcel_text(p);
    int n;

    CALL(
        c, n,
        libssh2_sftp_rename_ex(c->sftp, from, (unsigned)strlen(from), to, (unsigned)strlen(to), 0));
    fault_point("fetch-renamed");
    if (n == 0)
        well(c);
    else
        failed(c, n, FETCH_DO_RENAME);
}

static void
do_remove(struct talker *c, struct parcel *p)
{
    const char *path = parcel_text(p);
    int n;

    CALL(c, n, libssh2_sftp_unlink_ex(c->sftp, path, (unsigned)strlen(path)));
    if (n == 0)
        well(c);
    else
        failed(c, n, FETCH_DO_REMOVE);
}

static void
do_folder(struct talker *c, struct parcel *p)
{
    const char *path = parcel_text(p);
    int n;

    CALL(c, n, libssh2_sftp_mkdir_ex(c->sftp, path, (unsigned)strlen(path), 0755));
    if (n == 0)
        well(c);
    else
        failed(c, n, FETCH_DO_FOLDER);
}

/* ---- from the beginning ---- */

static void
answer(struct talker *c, enum fetch_kind kind, struct parcel *p)
{
    switch (kind) {
    case FETCH_START:
        open_session(c, p);
        break;
    case FETCH_LIST:
        do_list(c, p);
        break;
    case FETCH_STAT:
        do_stat(c, p, LIBSSH2_SFTP_STAT);
        break;
    case FETCH_LSTAT:
        do_stat(c, p, LIBSSH2_SFTP_LSTAT);
        break;
    case FETCH_GET:
        do_get(c, p);
        break;
    case FETCH_PUT:
        do_put(c, p);
        break;
    case FETCH_RENAME:
        do_rename(c, p);
        break;
    case FETCH_REMOVE:
        do_remove(c, p);
        break;
    case FETCH_FOLDER:
        do_folder(c, p);
        break;
    default:
        leave();
    }
    if (c->reply.n > 0)
        say_reply(c, FETCH_RESULT);
}

_Noreturn static void
serve(struct talker *c)
{
    char *body = malloc(FETCH_SMALL);

    if (!body || !(c->buffer = malloc(WRITE_SIZE)))
        BUG("out of memory");
    for (;;) {
        struct arena *a = arena_new("question");
        struct fetch_head head;
        struct parcel p;

        read_all(&head, sizeof head);
        if (head.bytes > FETCH_SMALL || (head.kind == FETCH_START) != (c->session == NULL))
            leave();
        read_all(body, head.bytes);
        p = (struct parcel){body, body + head.bytes, a, false};
        answer(c, head.kind, &p);
        arena_free(&a);
    }
}

/* What is loaded when first used is used once, while files can still be opened. */
static bool
use_once(void)
{
    struct digest *d = digest_new();
    unsigned char random[16];

    digest_free(&d);
    return libssh2_init(0) == 0 && RAND_bytes(random, sizeof random) == 1;
}

int
fetch_main(void)
{
    static struct talker c;
    const int keep[] = {CONTROL_FD, SERVER_FD};
    const struct confine_limits limits = {.memory = MEMORY, .waits = true};
    struct stat st;

    if (fstat(CONTROL_FD, &st) != 0 || !S_ISSOCK(st.st_mode) || fstat(SERVER_FD, &st) != 0 ||
        !S_ISSOCK(st.st_mode))
        return 64;
    signal(SIGPIPE, SIG_IGN);
    if (!use_once() || !apart_enter() || confine_self(keep, 2, &limits, NULL) != RC_OK)
        return 1;
    say(&c, FETCH_ALIVE, NULL, 0);
    serve(&c);
}
