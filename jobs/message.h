/*
 * message.h - messages out of the database: an XSD, an extract file, the writer between them.
 *
 * Shape    An extract file is sql/extract/<folder>/<name>.sql, of the site or ours; its sections
 *          are extract.h's. Its parameters are settings named hub.*, among them hub.kind, which
 *          message it is.
 * Errors   ERR_EXTRACT with the file's name and line, or the writer's and the database's own.
 */
#ifndef LANDPORT_MESSAGE_H
#define LANDPORT_MESSAGE_H

#include "extract.h"
#include "formats/write/writer.h"
#include "formats/xsd/schema.h"
#include "job.h"

struct format {
    const char *kind; /* SALE, ack, manifest */
    struct plan *plan;
    struct extract extract;
};

/* Load formats/<folder>/<kind in lower case>.xsd and its extract file, from `folder` where it has
 * it, else (or where folder is NULL) from whichever has. */
rc_t format_load(struct format **f, struct hub *hub, struct arena *a, const char *folder,
                 const char *kind, struct err *e);
/* Only its extract file. */
rc_t format_extract(struct extract *x, struct hub *hub, struct arena *a, const char *folder,
                    const char *kind, struct err *e);
/* Which folder that is; NULL: none has it. */
const char *format_folder(struct hub *hub, struct arena *a, const char *folder, const char *kind);
/* Could its levels be written as its XSD says? Without a database (NULL) it is not asked what columns they
 * give. There the temporary table of SQL_DECLARE_WRITTEN must be. */
rc_t format_fits(const struct format *f, struct db *db, struct arena *a, struct err *e);
/* How many documents a message of it holds at most. */
uint32_t format_documents(const struct format *f);
/* ... where its agency takes at most so many. */
uint32_t format_size(const struct format *f, uint32_t per_message);
/* Only the plan of a feed: formats/<folder>/<feed>.xsd. */
rc_t format_feed(struct plan **plan, struct hub *hub, struct arena *a, const char *folder,
                 const char *feed, struct err *e);

/* Only the plan of a message, found as by format_load(). */
rc_t format_plan(struct plan **plan, struct hub *hub, struct arena *a, const char *folder,
                 const char *kind, struct err *e);

/* One message whose levels are small, read on the hub's own connection (acks, manifests). */
rc_t message_small(struct hub *hub, const struct format *f, struct sink out, struct err *e);
/* ... whose last level is long: its rows stream. The connection sees what its transaction made. */
rc_t message_streamed(struct hub *hub, const struct format *f, struct sink out, struct err *e);
/* ... with something else in it: *hole is where the caller puts that, 0: the format has no place. */
rc_t message_around(struct hub *hub, const struct format *f, struct sink out, uint64_t *hole,
                    struct err *e);

/*
 * Messages by the thousand: one connection a level, opened when first needed and kept. Settings
 * set with message_set() hold on all of them, not on the hub's own.
 */
struct message_pool;
struct message_pool *message_pool_new(struct hub *hub, struct arena *a);
void message_pool_free(struct message_pool **p);
rc_t message_set(struct message_pool *p, const char *name, const char *value, struct err *e);

/*
 * message_start() sends the queries of all levels of f, which then run side by side;
 * message_open() waits for their first rows. The writer gives message after message.
 */
struct message_run {
    const struct format *format;
    struct arena *arena;
    struct writer *writer;
    struct db_stream *streams[EXTRACT_LEVELS];
};
rc_t message_start(struct message_run *run, struct message_pool *p, struct arena *a,
                   const struct format *f, struct err *e);
rc_t message_open(struct message_run *run, struct err *e);
void message_close(struct message_run *run);

#endif
