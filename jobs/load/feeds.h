/*
 * feeds.h - which kinds of file partners or agencies may upload, and which one a file is.
 *
 * Shape    One plan a feed: every formats/<folder>/NAME.xsd of ours and of the site whose root is
 *          marked lp:feed, in the order of their names.
 * Broken   What is read by an XSD that cannot be used waits, with all of its party behind it where the name does not say
 *          that it is something else, until the XSD is mended: nothing is refused for what is our fault.
 */
#ifndef LANDPORT_FEEDS_H
#define LANDPORT_FEEDS_H

#include "formats/read/mapping.h"
#include "formats/read/xmlr.h"
#include "formats/xsd/schema.h"
#include "job.h"
#include "load/task.h"

/* An XSD that cannot be used, of a feed or of a message that brings rows of one. */
struct feeds_broken {
    const char *feed;   /* whose rows it is about; NULL: a message, nobody knows of which */
    const char *folder; /* of a message, where it lies; NULL: it is the feed's own */
    const char *why;
};

/* In the arena of feeds_load(), as many as there are. */
struct feeds {
    struct plan **plans;
    struct rows_shape *shapes;
    const char **kinds; /* messages its rows may end in, comma-separated; NULL: not asked */
    uint32_t count;
    struct xmlr_form *forms; /* as XML: each feed's own, and the messages that carry it */
    uint32_t form_count;
    const struct plan **envelopes; /* what messages may lie in */
    uint32_t envelope_count;
    const char *needs,
        *parts; /* JSON of needs_find(): of rows that are loaded, of parts of a trade */
    struct mapping **mappings; /* of partners: one that cannot be used says why (broken) */
    const struct conf_problem **problems; /* of each, all that is wrong with it */
    uint32_t mapping_count;
    struct feeds_broken *broken;
    uint32_t broken_count;
    bool partners;              /* what partners upload, not what agencies answer */
    struct reader_link *reader; /* the process whose children read them */
};

/* The folders they lie in: what partners upload, what agencies answer. */
#define FEEDS_PARTNERS "feed"
#define FEEDS_AGENCIES "receipt"

/* An XSD that cannot be used costs what it is about alone (broken). */
rc_t feeds_load(struct feeds *f, struct hub *hub, struct arena *a, const char *folder,
                struct err *e);
/* RC_FAIL ERR_SCHEMA where this party may send what an XSD that cannot be used is about: partner, else agency, else anybody. */
rc_t feeds_whole(const struct feeds *f, const struct conf_partner *partner,
                 const struct conf_agency *agency, struct err *e);
/* The same of a partner's feeds themselves, whatever messages bring rows of them. */
rc_t feeds_own_whole(const struct feeds *f, const struct conf_partner *partner, struct err *e);
/* The same of a file of theirs by its name: one that names another feed is not concerned. */
rc_t feeds_file_whole(const struct feeds *f, const struct conf_partner *partner,
                      const struct conf_agency *agency, const char *name, struct err *e);
/* Where the rows of each go, as the database at hand has it. Without it they only go into the stage. */
rc_t feeds_tables(struct feeds *f, struct hub *hub, struct arena *a, struct err *e);
/* Which messages the rows of each may end in, as the database has it; it says whose business date is
 * theirs. Without it, whichever agency closes next. */
rc_t feeds_kinds(struct feeds *f, struct hub *hub, struct arena *a, struct err *e);
/* Lengths are counted as the agencies do that take the rows. Code tables are asked about the business date at hand: what is read now goes into its bundles. */
void feeds_today(struct feeds *f, const struct conf *c);
/* That business date; feed NULL: of a file nobody knows the feed of. */
void feeds_day(const struct feeds *f, const struct conf *c, const char *feed, struct conf_day *day);
/* Index of the feed of that name, any case; -1: there is none. */
int feeds_find(const struct feeds *f, const char *feed);
/* The one a file was read by, as the child said; NULL: none. */
const struct mapping *feeds_mapped(const struct feeds *f, const struct rows_facts *facts);
/* One more, of a file anywhere; before anything is read. */
void feeds_add_mapping(struct feeds *f, struct arena *a, const char *name, const char *file);
/* The mapping of that name; NULL: there is none. */
const struct mapping *feeds_mapping(const struct feeds *f, const char *name);
/* What the file's name says: the partner's pattern (partner may be NULL), else the first word
 * (ORDER_…); -1: the header must tell. */
int feeds_of_name(const struct feeds *f, const struct conf_partner *partner, const char *name);
/* How an upload of that name is read: what it may be, and what the configuration says of its partner
 * (NULL: nothing). The file itself, and which of its data files, is the caller's to add. */
struct rows_task feeds_task(const struct feeds *f, const struct conf_partner *partner,
                            const char *name);
/* Those of its configuration; without any, all. An agency, partner NULL, whatever its folder has. */
bool feeds_may_send(const struct conf_partner *partner, const char *feed);

#endif
