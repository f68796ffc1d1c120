/*
 * notice.h - notice-YYYYMMDD-NN.txt in a partner's out/: what lies in its in/ and can be no upload,
 *              and which of its returns wait (hub.return_wait), each in a notice of its own.
 *
 * Shape    pickup notes what it passes by (hub.odd): names that are not UTF-8, too long or hold control
 *          characters, folders, links, pipes. Each is told once, as long as it lies there; status
 *          shows all of them. Agencies are told nothing.
 */
#ifndef LANDPORT_NOTICE_H
#define LANDPORT_NOTICE_H

#include "base/stream.h"
#include "job.h"

/* Before publish looks for answers. */
rc_t notice_make(struct job *job, struct err *e);
/* The text of that notice once more, of what still lies there or waits; RC_END: nothing does. */
rc_t notice_again(struct hub *hub, struct arena *a, const char *party, const char *name,
                  struct sink out, struct err *e);

#endif
