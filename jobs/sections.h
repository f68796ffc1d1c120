/*
 * sections.h - sections of extract files that are asked or run outside of a bundle, agency by agency.
 *
 * Held      "-- held" is a query: what of the things its kind asks for must wait. reconcile asks those of every
 *           agency's kinds in one transaction, each behind a savepoint. One that cannot be asked costs only its
 *           kind: what is held and that kind asks for stays held, the job says so and ends with 65.
 * Answered  "-- answered" are statements, in the transaction that has applied receipts of an agency, for each of
 *           its kinds that some of them spoke of (answered_now). One that fails fails the receipts.
 * Settings  hub.agency, hub.kind; of held also those of sql/reconcile/held.sql.
 * Memory    What was read lies in the arena.
 */
#ifndef LANDPORT_SECTIONS_H
#define LANDPORT_SECTIONS_H

#include "extract.h"
#include "job.h"

/* What an agency takes, with its extract file. */
struct section_kind {
    const struct conf_agency *agency;
    const char *kind;
    struct extract extract;
    const char *unread; /* why the file could not be read; NULL: it was */
};

struct sections {
    struct section_kind *all;
    uint32_t count;
};

/* The extract files of all that agencies take, read once for whoever asks for one of their sections. */
void sections_read(struct sections *s, struct hub *hub, struct arena *a);

/* Can it be asked, and does it give subject_hash and row_id? */
rc_t sections_check_held(struct hub *hub, struct arena *a, const struct extract_part *section,
                         struct err *e);
/* Can it be run, where nothing was answered? Nothing of it stays. */
rc_t sections_check_answered(struct hub *hub, struct arena *a, const struct conf_agency *g,
                             const char *kind, const struct extract_part *section, struct err *e);
/* All that is held is looked at once more, in a transaction of its own. */
rc_t sections_held(struct job *job, const struct sections *s, struct arena *a, struct err *e);
/* Does nothing where the transaction has applied no receipts. */
rc_t sections_answered(struct hub *hub, struct db *db, struct arena *a, const char *agency,
                       struct err *e);

#endif
