/*
 * sftp_link.h - the connection under sftp.c: opening, asking, what an answer means.
 *
 * Shape    We resolve and connect, and look at host key and logins; a process of its own (fetch.h) has the
 *          connected socket and talks. An operation runs inside sftp_link_run(), which opens a connection that
 *          was cut once more and runs it again.
 * Calls    sftp_link_ask(), then sftp_link_next() until a frame is no more what the question brings, and that
 *          one to sftp_link_result().
 */
#ifndef LANDPORT_SFTP_LINK_H
#define LANDPORT_SFTP_LINK_H

#include "base/parcel.h"
#include "spool/fetch.h"
#include "spool/sftp.h"

struct sftp {
    struct arena *a;
    const char *name; /* the URL, for error texts */
    const char *user, *host, *key, *known_hosts;
    int port;
    uint32_t connect_ms, idle_ms, rate;
    int fd; /* until the process has it */
    struct fetch *fetch;
    char *buffer;     /* made at the first upload */
    int64_t deadline; /* of the opening */
    bool opening;
    bool gone;  /* the connection can do nothing any more */
    bool cut;   /* … and was well before: it may be opened again */
    bool again; /* this is the second try after reopening */
    char fingerprint[64], banner[256];
    void (*on_bytes)(void *, size_t); /* of sftp_watch() */
    void *watcher;
};

/* other and number may be NULL. */
rc_t sftp_link_ask(struct sftp *s, enum fetch_kind kind, const char *path, const char *other,
                   const uint64_t *number, struct err *e);
rc_t sftp_link_say(struct sftp *s, enum fetch_kind kind, const void *p, size_t n, struct err *e);
rc_t sftp_link_next(struct sftp *s, struct fetch_frame *frame, struct err *e);
int64_t sftp_link_deadline(const struct sftp *s);
/* What the RESULT says (anything else is nonsense): RC_OK, an answer (RC_REJECT, RC_FAIL), or the end of the
 * connection (RC_RETRY). */
rc_t sftp_link_result(struct sftp *s, const struct fetch_frame *frame, const char *path,
                      struct err *e);
/* RC_RETRY ERR_FETCH: what it said has no sense. */
rc_t sftp_link_nonsense(struct sftp *s, const char *what, struct err *e);
/* In the middle of an answer nobody wants: the next call opens another one. */
void sftp_link_drop(struct sftp *s);
rc_t sftp_link_run(struct sftp *s, rc_t (*op)(struct sftp *, void *, struct err *), void *arg,
                   struct err *e);

#endif
