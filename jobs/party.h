/*
 * party.h - partners and agencies, each served by a child of its own.
 *
 * Shape    party_each() forks a child a party, some at a time, the one with most to do first, so
 *          that it is not left alone at the end; the child has its own database connection and,
 *          where it asks with party_link(), an SFTP session. A partner that hangs or breaks costs
 *          its own child, ended at the deadline, and delays nobody: the place of a child older
 *          than `patience_ms` is given to the next.
 * Alone    A party's part of a job is one process's at a time (lock.h): the child has the lock on the connection on
 *          which it commits. Where another process is at it, this one passes it by (RC_RETRY), and goes on with the others.
 * Result   Counts come back through a pipe and are added to the job's; the worst rc is returned
 *          after all have ended: RC_FAIL, RC_RETRY, RC_REJECT, RC_OK. How each party's part ended, and which are
 *          at work, is in hub.visit: what is its own affair (server away, refused, slow) holds no agency up,
 *          what broke here does, and so does what has not ended (declare/waits.sql).
 */
#ifndef LANDPORT_PARTY_H
#define LANDPORT_PARTY_H

#include "job.h"
#include "spool/sftp.h"

#define PARTY_AT_ONCE    8
#define PARTY_PLACES     64 /* with those whose place was given on */
#define LINKS_AT_ONCE    3  /* transfers: more of them get less through two cores */
#define LINK_PATIENCE_MS 3000
#define PARTY_DEADLINE_S 1800 /* of one without a drop box */

struct party {
    const char *id; /* partner's or agency's */
    bool agency;
    const struct conf_dropbox *box;
};

struct visit {
    struct hub *hub; /* with the child's own database connection */
    struct party party;
    struct job *job;   /* for counts */
    struct sftp *link; /* after party_link(); closed by the caller */
    void *ctx;
};

typedef rc_t (*party_visit)(struct visit *v, struct err *e);
/* Asked in the parent beforehand: how much there is to do, in any unit; 0: no child is made. */
typedef rc_t (*party_work)(struct job *job, const struct party *p, const void *ctx, uint64_t *work,
                           struct err *e);

struct party_round {
    party_visit visit;
    party_work work; /* NULL: visit all, in the order of the configuration */
    int at_once;     /* children at a time, PARTY_AT_ONCE at most */
    int patience_ms; /* 0: a child keeps its place until it ends */
    bool links;      /* to drop boxes: a child may take as long as its box's `visit` says */
    void *ctx;       /* for visit->ctx and work */
};
rc_t party_each(struct job *job, const struct party_round *round, struct err *e);
/* Connect to the party's drop box: v->link. */
rc_t party_link(struct visit *v, struct err *e);

#endif
