/*
 * fetch.h - the process that talks to an SFTP server, and what is said between it and us.
 *
 * Shape    libssh2 reads whatever a server sends; it does so in a process that has nothing else: this program
 *          started anew (base/apart.h, word "fetch") with the connected socket and one end of a pair of
 *          sockets, under base/confine.h. One for each connection; it ends with it, and with us.
 * Talk     Frames of a head and a body, the body's values as parcel.h has them. We ask one thing at a time:
 *          FETCH_START and then what sftp.h can do; every question ends with one FETCH_RESULT. All that comes
 *          from there is taken for hostile: kinds, lengths and counts are looked at here or by the caller.
 *          It is told what it needs, never a key: it asks for a signature (login.h).
 *              START    user, public key, host key methods, ms to open in, idle ms, rate
 *              HOST     host key, server's signature, banner     (answered by GO or the end)
 *              SIGN     bytes                                    (answered by SIGNED: bytes)
 *              LIST     path                     NAMES…: name, size, mtime, type, and again
 *              STAT     path, LSTAT path         ATTRIBUTES: flags, size, mtime, type
 *              GET      path, offset             ATTRIBUTES, DATA…
 *              PUT      path, then DATA… and an empty DATA      TAKEN…: bytes
 *              RENAME   from, to; REMOVE path; FOLDER path
 *              RESULT   enum fetch_what, enum fetch_doing, libssh2's error, SFTP status, text
 *          ALIVE says that it has come up, and once a second that a wait goes on.
 * Owner    A frame's bytes are good until the next fetch_next().
 */
#ifndef LANDPORT_FETCH_H
#define LANDPORT_FETCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/stream.h"

#define FETCH_WORD     "fetch"
#define FETCH_PIECE    ((size_t)1024 * 1024) /* of a DATA at most */
#define FETCH_SMALL    ((size_t)64 * 1024)   /* of any other */
#define FETCH_HAS_SIZE 1                     /* of an ATTRIBUTES' flags: LIBSSH2_SFTP_ATTR_SIZE */
#define FETCH_NAME     4096                  /* bytes of a name at most */
#define FETCH_TEXT     256                   /* bytes of a text in a RESULT */
#define FETCH_BEAT     1000                  /* ms between two ALIVE at most */
#define FETCH_PATIENCE 5000                  /* ms that we wait longer than it does */

enum fetch_kind {
    FETCH_START,
    FETCH_GO,
    FETCH_SIGNED,
    FETCH_LIST,
    FETCH_STAT,
    FETCH_LSTAT,
    FETCH_GET,
    FETCH_PUT,
    FETCH_RENAME,
    FETCH_REMOVE,
    FETCH_FOLDER,
    FETCH_DATA, /* either way */
    FETCH_HOST,
    FETCH_SIGN,
    FETCH_NAMES,
    FETCH_ATTRIBUTES,
    FETCH_TAKEN,
    FETCH_ALIVE,
    FETCH_RESULT,
    FETCH_KINDS
};

enum fetch_what {
    FETCH_WELL,
    FETCH_REFUSED, /* the server said no; its status */
    FETCH_LONG_NAME,
    FETCH_LATE, /* this and all below: the connection is of no use any more */
    FETCH_SLOW,
    FETCH_LOST,
    FETCH_NO_COMMON, /* algorithms */
    FETCH_NO_LOGIN,
    FETCH_NO_SFTP,
    FETCH_WHATS
};

enum fetch_doing {
    FETCH_DO_HANDSHAKE,
    FETCH_DO_LOGIN,
    FETCH_DO_START,
    FETCH_DO_OPEN,
    FETCH_DO_CLOSE,
    FETCH_DO_LIST,
    FETCH_DO_STAT,
    FETCH_DO_GET,
    FETCH_DO_PUT,
    FETCH_DO_FSYNC,
    FETCH_DO_RENAME,
    FETCH_DO_REMOVE,
    FETCH_DO_FOLDER,
    FETCH_DOINGS
};

struct fetch_head {
    uint32_t kind, bytes;
};

struct fetch_frame {
    enum fetch_kind kind;
    const char *p;
    size_t n;
};

struct fetch;
/* The caller closes its own copy of the socket. */
rc_t fetch_start(struct fetch **f, int socket, struct err *e);
/* Kills it and waits for its end. */
void fetch_end(struct fetch **f);
/* False: it is of no use any more, and fetch_why() says why; ends it. */
bool fetch_say(struct fetch *f, enum fetch_kind kind, const void *p, size_t n, int64_t deadline);
/* The next frame but ALIVE; nothing said until the deadline (clock_ms()) is an end too. */
bool fetch_next(struct fetch *f, struct fetch_frame *frame, int64_t deadline);
/* Has it said something that was not taken yet? */
bool fetch_has_spoken(const struct fetch *f);
/* Whoever finds what was said without sense. */
void fetch_nonsense(struct fetch *f, const char *what);
/* "ended by signal 9" */
const char *fetch_why(const struct fetch *f);

/* It ended by itself before a server's first byte, or was killed, which no server can do. */
bool fetch_by_us(const struct fetch *f);

/* The other side; the exit status. */
int fetch_main(void);

#endif
