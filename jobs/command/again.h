/*
 * again.h - what goes to an agency once more, because somebody says so.
 *
 * Bundle    The same bytes under the same name; each delivery keeps its proof (hub.delivery).
 * Document  The next version of it, with its key and the appType it had: an agency that has it takes
 *           it for a repeat. Not of one that is accepted or under way.
 * Errors    RC_FAIL ERR_WRONG_STATE where it may not; each is in hub.audit.
 */
#ifndef LANDPORT_AGAIN_H
#define LANDPORT_AGAIN_H

#include "job.h"

rc_t again_republish(struct hub *hub, const char *name, const char *state, const char *file_id,
                     const char *bundle_id, const char *reason, struct err *e);
/* landport bundle resend */
rc_t bundle_resend(struct hub *hub, int argc, char **argv, struct err *e);

#endif
