/*
 * sftp_link.h - the connection under sftp.c: opening, waiting, what a failed call means.
 *
 * Calls    libssh2 is called through CALL and CALL_PTR, which wait for the socket; what did not go
 *          well is handed to sftp_link_failed(). An operation runs inside sftp_link_run(), which
 *          opens a connection that was cut once more and runs it again.
 */
#ifndef LANDPORT_SFTP_LINK_H
#define LANDPORT_SFTP_LINK_H

#include <libssh2.h>
#include <libssh2_sftp.h>
#include <sys/types.h>

#include "sftp.h"

#define SFTP_NAME_SIZE 4096 /* a name that does not fit is offered again for ever */

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
    struct {
        uint32_t rate; /* bytes a second that idle_ms of waiting must bring; 0: any */
        int64_t
            waited; /* ms for the server since it began; what we did meanwhile is not its fault */
        uint64_t moved; /* as it began */
        bool transfer;  /* goes on from call to call; else each call has its own */
    } window;
    bool opening, waiting;
    bool gone;  /* the connection can do nothing any more */
    bool late;  /* … because nobody answered in time */
    bool slow;  /* … or answered too slowly */
    bool again; /* this is the second try after reopening */
    char fingerprint[64], banner[256];
    void (*on_bytes)(void *, size_t); /* of sftp_watch() */
    void *watcher;
};

/* Until the socket can go on; false when the deadline passed. */
bool sftp_link_wait(struct sftp *s);

/* Repeat a call, with the same arguments as libssh2 asks, until it is through or late. */
#define CALL(s, n, call)                                                                           \
    do {                                                                                           \
        (s)->waiting = false;                                                                      \
        do                                                                                         \
            (n) = (call);                                                                          \
        while ((n) == LIBSSH2_ERROR_EAGAIN && sftp_link_wait(s));                                  \
    } while (0)

/* The same for calls that return a pointer; n is 0 or the error. */
#define CALL_PTR(s, n, p, call)                                                                    \
    CALL(s, n, ((p) = (call)) != NULL ? 0 : libssh2_session_last_errno((s)->session))

/* Between the two, bytes are measured over all calls. */
void sftp_link_transfer(struct sftp *s, bool begins);

/* An answer (RC_REJECT, RC_FAIL), or the end of the connection (RC_RETRY). */
rc_t sftp_link_failed(struct sftp *s, ssize_t n, const char *doing, const char *path,
                      struct err *e);
rc_t sftp_link_run(struct sftp *s, rc_t (*op)(struct sftp *, void *, struct err *), void *arg,
                   struct err *e);

#endif
