#include "spool/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/apart.h"
#include "base/clock.h"

struct fetch {
    struct child *child; /* NULL: it has ended */
    int fd;
    char *buffer; /* one frame */
    size_t have;  /* of it */
    bool taken;   /* the caller has it */
    bool lived;   /* it came up to where it reads what a server sends */
    bool by_us;   /* it ended before that, or was killed */
    char why[128];
};

rc_t
fetch_start(struct fetch **out, int server, struct err *e)
{
    struct fetch *f;
    int ends[2], size = FETCH_PIECE;
    rc_t rc;

    *out = NULL;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return err_set(e, RC_RETRY, ERR_SYSTEM, "socketpair: %s", strerror(errno));
    f = calloc(1, sizeof *f);
    if (!f || !(f->buffer = malloc(sizeof(struct fetch_head) + FETCH_PIECE)))
        BUG("out of memory");
    f->fd = ends[0];
    for (int i = 0; i < 2; i++) /* as much as may be: fewer turns between the two */
        (void)setsockopt(ends[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    rc = apart_start(FETCH_WORD, (const int[]){ends[1], server}, 2, &f->child, e);
    close(ends[1]);
    if (rc == RC_OK)
        *out = f;
    else
        fetch_end(&f);
    return rc;
}

static void
end(struct fetch *f)
{
    child_free(&f->child);
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
}

void
fetch_end(struct fetch **f)
{
    if (!*f)
        return;
    end(*f);
    free((*f)->buffer);
    free(*f);
    *f = NULL;
}

const char *
fetch_why(const struct fetch *f)
{
    return f->why;
}

bool
fetch_by_us(const struct fetch *f)
{
    return f->by_us;
}

void
fetch_nonsense(struct fetch *f, const char *what)
{
    if (!f->child)
        return;
    end(f);
    snprintf(f->why, sizeof f->why, "made no sense: %s", what);
}

static bool
has_ended(struct fetch *f)
{
    if (!f->child)
        return false;
    child_kill(f->child); /* one that is ending keeps its own reason */
    (void)child_words(f->child, f->why);
    f->by_us =
        !f->lived || (f->child->end.how == CHILD_SIGNALLED && f->child->end.number == SIGKILL);
    end(f);
    return false;
}

/* Until the other side can go on. */
static bool
wait_for(struct fetch *f, short events, int64_t deadline)
{
    struct pollfd p = {.fd = f->fd, .events = events};
    int64_t left;
    int n;

    do {
        left = deadline - clock_ms();
        n = poll(&p, 1, left <= 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left);
    } while (n < 0 && errno == EINTR);
    if (n > 0)
        return true;
    fetch_nonsense(f, "it said nothing");
    return false;
}

static bool
would_block(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static bool
send_all(struct fetch *f, const char *p, size_t n, int64_t deadline)
{
    while (n > 0) {
        ssize_t sent = send(f->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (sent < 0 && !would_block())
            return has_ended(f);
        if (sent < 0 && !wait_for(f, POLLOUT, deadline))
            return false;
        if (sent > 0) {
            p += sent;
            n -= (size_t)sent;
        }
    }
    return true;
}

bool
fetch_say(struct fetch *f, enum fetch_kind kind, const void *p, size_t n, int64_t deadline)
{
    const struct fetch_head head = {kind, (uint32_t)n};

    if (!f->child)
        return false;
    return send_all(f, (const char *)&head, sizeof head, deadline) && send_all(f, p, n, deadline);
}

static bool
fill(struct fetch *f, size_t want, int64_t deadline)
{
    while (f->have < want) {
        ssize_t n = recv(f->fd, f->buffer + f->have, want - f->have, MSG_DONTWAIT);

        if (n == 0 || (n < 0 && !would_block()))
            return has_ended(f);
        if (n < 0 && !wait_for(f, POLLIN, deadline))
            return false;
        if (n > 0)
            f->have += (size_t)n;
    }
    return true;
}

static bool
read_frame(struct fetch *f, struct fetch_frame *frame, int64_t deadline)
{
    struct fetch_head head;

    if (f->taken)
        f->have = 0;
    f->taken = false;
    if (!fill(f, sizeof head, deadline))
        return false;
    memcpy(&head, f->buffer, sizeof head);
    if (head.kind < FETCH_DATA || head.kind >= FETCH_KINDS ||
        head.bytes > (head.kind == FETCH_DATA ? FETCH_PIECE : FETCH_SMALL)) {
        fetch_nonsense(f, "a frame of no known kind or length");
        return false;
    }
    if (!fill(f, sizeof head + head.bytes, deadline))
        return false;
    f->lived = true;
    *frame = (struct fetch_frame){head.kind, f->buffer + sizeof head, head.bytes};
    f->taken = true;
    return true;
}

bool
fetch_next(struct fetch *f, struct fetch_frame *frame, int64_t deadline)
{
    int64_t patience = deadline - clock_ms();

    if (!f->child)
        return false;
    while (read_frame(f, frame, deadline)) {
        if (frame->kind != FETCH_ALIVE)
            return true;
        deadline = clock_ms() + patience;
    }
    return false;
}

bool
fetch_has_spoken(const struct fetch *f)
{
    struct pollfd p = {.fd = f->fd, .events = POLLIN};

    return f->child && poll(&p, 1, 0) > 0;
}
