/*
 * format.h - the subcommands of landport format, a file each, and how they find a format.
 */
#ifndef LANDPORT_FORMAT_H
#define LANDPORT_FORMAT_H

#include "formats/xsd/schema.h"
#include "job.h"

/* Compile the feed a user named, any case: RC_FAIL ERR_NOT_FOUND, ERR_USAGE when it is a message. */
rc_t format_named_feed(struct plan **plan, struct hub *hub, const char *name, struct err *e);
/* RC_FAIL ERR_USAGE when the configuration has no such partner. */
rc_t format_partner(const struct conf_partner **p, struct hub *hub, const char *id, struct err *e);
/* Write text to `file`, NULL: standard output. */
rc_t format_write(struct hub *hub, const char *name, const char *file, const void *p, size_t n,
                  struct err *e);

rc_t format_template(struct hub *hub, int argc, char **argv, struct err *e);
rc_t format_guide(struct hub *hub, int argc, char **argv, struct err *e);
rc_t format_check(struct hub *hub, int argc, char **argv, struct err *e);

#endif
