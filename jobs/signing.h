/*
 * signing.h - what becomes of a message between the writer and the bundle: its signature, and the
 * message of a transport around it, each where the agency's configuration asks for it.
 *
 * Shape    One struct signing a bundle, in the arena. signing_wants() says whether a kind passes
 *          through here at all; others stream into the bundle as they are written.
 * Same     An RSA signature is the same each time, an SM2 one is not: a message that was sent keeps
 *          its Signature in hub.message, and is built anew with it, not signed again.
 * Memory   One message, its tree while it is signed, and its envelope.
 */
#ifndef LANDPORT_SIGNING_H
#define LANDPORT_SIGNING_H

#include "job.h"
#include "message.h"

struct signing;
/* `envelope` is the format around each message, as the bundle was begun with; "" : none. */
rc_t signing_open(struct signing **s, struct hub *hub, struct arena *a, const struct conf_agency *g,
                  const char *envelope, struct err *e);

/* sent: the bundle is closed, so a message has the signature it was sent with, or none. */
struct signing_message {
    const char *kind, *guid;
    bool sent;
    struct span signature; /* of a message that was sent; receives it of one that is not */
};
bool signing_wants(const struct signing *s, const struct signing_message *m);
/* The message as it was written, with the place for its signature, to out. */
rc_t signing_write(struct signing *s, struct arena *a, struct signing_message *m, struct span xml,
                   uint64_t hole, struct sink out, struct err *e);

#endif
