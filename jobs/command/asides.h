/* asides.h - what is aside, listed, tried again or given up. */
#ifndef LANDPORT_ASIDES_H
#define LANDPORT_ASIDES_H

#include "job.h"

/* landport bundle aside, retry, give-up */
rc_t bundle_aside(struct hub *hub, int argc, char **argv, struct err *e);
rc_t bundle_retry(struct hub *hub, int argc, char **argv, struct err *e);
rc_t bundle_give_up(struct hub *hub, int argc, char **argv, struct err *e);

#endif
