/*
 * conf.h - landport.conf (libConfuse), read once, everything wrong with it said at once.
 *
 * Shape    Plain structs, strings in the configuration's arena, relative paths made absolute
 *          against the folder of the main file. Durations in seconds, sizes in bytes.
 * Bounds   Every number has them, and most options a default: options.c, whose rows name these
 *          fields. An error names file and line.
 * Secrets  Only paths of files; their contents are never read here.
 */
#ifndef LANDPORT_CONF_H
#define LANDPORT_CONF_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/arena.h"
#include "base/err.h"
#include "formats/read/header.h"
#include "spool/dsig.h"
#include "spool/seal.h"

struct conf_dropbox {
    const char *url, *key, *known_hosts, *in, *out, *done; /* done "": delete after pick-up */
    bool marker;                                           /* ready = "marker" */
    uint32_t settle_s;
    uint32_t watch_s; /* 0: not at all */
    uint32_t idle_s;
    uint32_t rate; /* bytes a second a transfer must have over idle_s; 0: any */
    uint32_t visit_s;
};

/* What partners are told of their drop box, as they see it. */
struct conf_guide {
    const char *url; /* NULL: not said; a guide then says nothing of the hub's own */
    const char *in, *out, *done;
};

/* A file beyond them waits for a person. */
struct conf_limits {
    uint64_t size, rows; /* of a file */
    uint64_t bytes;      /* of all files of a business date */
    uint32_t files;      /* of a business date, those of an archive each */
};

struct conf_partner {
    const char *id, *name;
    const char **roles, **codes, **feeds; /* NULL-terminated; without codes: any */
    const char *charset;
    int deadline_minutes; /* after midnight; -1: none */
    double reject_limit;  /* 0.05: 5 % */
    uint64_t reject_rows; /* UINT64_MAX: only the share counts */
    uint64_t reject_from; /* the share counts in files of so many rows */
    bool totals_required; /* totals = "required": hold what comes without */
    bool soft_reject;     /* what would be refused waits for a person */
    struct conf_limits limits;
    struct header_aliases aliases;
    const char **alias_places; /* "file:line" of each */
    const char **mappings;     /* NULL-terminated: names of formats/mapping/NAME.conf */
    struct conf_pattern {
        const char *feed, *glob;
    } * patterns; /* pattern { order = "DD*.csv" }; ends with feed NULL */
    struct conf_dropbox box;
    struct conf_guide guide;
};

struct conf_agency {
    const char *id, *name;
    const char *formats; /* the folder below formats/ whose kinds come first; as its id, without */
    const char **messages;
    const char **without;  /* what it was told before and is told no more, so that it is no slip */
    uint32_t per_message;  /* documents, at most; its XSD may say less */
    const char *container; /* "zip", "tar.zst", "files", "folder" */
    int cutoff_minutes;    /* after midnight */
    const char **mappings; /* how its answers are read, as of a partner's exports */
    bool utf16;            /* text-length = "utf-16": how its programs count */
    const char *order;     /* "together"; "accepted": a list once what it refers to is accepted */
    uint32_t receipt_within_s; /* without an answer for longer: overdue; 0: never */
    uint32_t receipt_ahead_s;  /* a receipt further ahead of the clock is held */
    uint32_t receipt_skew_s; /* two that contradict each other and are no further apart: a person */
    const struct conf_setting { /* what its messages say of us: hub.NAME; ends with NULL */
        const char *name, *value;
    } * settings;
    /* The rest is as agency.conf has it. */
    const char *package; /* patterns (base/pattern.h): of a bundle's name, without its ending */
    const char *file;    /* ... of a message's; NULL: the container's own */
    const char *lock;    /* the file that says that somebody is at it; NULL: none */
    bool manifest_sent;  /* of plain files and folders: manifest and seal go out too */
    struct conf_fact {
        const char *name, *zh, *en;
        const char *type; /* "text", "number", "date" */
        const char *form; /* an extended regular expression for all of it; NULL: any */
        bool required;
    } * facts; /* ends with name NULL */
    struct conf_companion {
        const char *kind; /* a format of its own */
        const char *name; /* pattern */
        const char *each; /* "package", "file" */
    } * companions;       /* ends with kind NULL */
    struct seal_form seal;
    struct conf_message_sign {
        const char **messages; /* kinds that are signed one by one; NULL-terminated */
        struct signer_form key;
        struct dsig_form form;
    } message_sign;
    struct conf_envelope {
        const char *format; /* of the message around each message; NULL: none */
        const char *sender;
        const char **receivers; /* NULL-terminated */
    } envelope;
    struct conf_dropbox box;
};

struct conf_reconcile {
    const char *tolerance; /* decimal text */
    uint32_t slack_days;   /* export may be this many days before the payment */
    uint32_t overdue_days;
    uint32_t ahead_days;    /* orders and payments are dated at most so far after now */
    uint32_t ship_days;     /* waybills */
    const char *import_tax; /* "told"; "required": an import whose rates are not loaded waits */
};

struct conf {
    const char *file, *dir;
    const char *share,
        *site; /* folders holding formats/, sql/extract/ and sql/reconcile/rules/; site may be NULL */
    struct {
        const char *code, *name, *customs, *timezone;
        bool test;
    } zone;
    struct {
        const char *embedded, *conninfo; /* exactly one is set */
        /* with conninfo; NULL: it is init's too, and roles are named after the database */
        const char *owner, *job_role, *reader_role;
    } database;
    struct {
        const char *root;
        uint32_t keep_s;
        uint64_t min_free;
    } spool;
    struct {
        const char *key; /* file; see base/cipher.h */
    } personal;
    struct {
        uint32_t pickup_s, ingest_s, reconcile_s, publish_s, report_s; /* of the daemon to come */
        int declare_minutes, archive_minutes;
        uint32_t deadline_s; /* of one job run */
        uint32_t quiet_s;    /* how long a file's parser may do nothing */
    } schedule;
    struct conf_reconcile reconcile;
    struct conf_guide guide; /* for all partners; NULL: what is not said */
    struct conf_partner *partners;
    uint32_t partner_count;
    struct conf_agency *agencies;
    uint32_t agency_count;
};

/* A column mapping file, which is not bound to its feed yet; what is wrong with it, NULL: nothing. */
struct mapping;
struct conf_problem *conf_mapping(struct mapping *m, struct arena *a, const char *file);

struct conf_problem {
    const char *text; /* "file:line: what, what to do" */
    struct conf_problem *next;
};

/*
 * Read `file` (NULL: $LANDPORT_CONF, ./landport.conf, /etc/landport/landport.conf). RC_FAIL
 * ERR_CONFIG when it cannot be used: *e has the first problem, *problems (may be NULL) all of them.
 */
rc_t conf_load(struct conf **c, struct arena *a, const char *file, struct conf_problem **problems,
               struct err *e);
/* Is there a file to read, named or in the usual places? */
bool conf_exists(const char *file);
/* What holds without one, as on a partner's own machine: formats, no zone, no database, no partners. */
struct conf *conf_none(struct arena *a);
const struct conf_partner *conf_partner(const struct conf *c, const char *id);
const struct conf_agency *conf_agency(const struct conf *c, const char *id);
/* When the hub's own days end, by which files are counted and partners are late, in minutes after
 * midnight: the earliest cut-off of an agency, 06:00 without one. */
int conf_cutoff(const struct conf *c);
/*
 * The business date of what comes in at t: that of the agency it goes to first, which is the next to
 * close of those that take one of these messages (comma-separated; NULL, or where none takes any: of
 * all). The order of the agencies in the file means nothing.
 */
struct conf_day {
    char date[9];
    time_t ends; /* its cut-off */
};
void conf_day(const struct conf *c, const char *kinds, time_t t, struct conf_day *day);
/* The agencies' cut-offs, each once, ascending: "06:00, 18:00". */
const char *conf_cutoffs(const struct conf *c, struct arena *a);
/* Agencies with order = "accepted", comma-separated. */
const char *conf_in_order(const struct conf *c, struct arena *a);
/* Is a bundle in such a container one archive, or does what lies in it go out by itself? */
bool conf_is_packed(const char *container);
/* Do names of its messages' files say which bundle they are of, so that no two bundles have the same? */
bool conf_files_named_apart(const struct conf_agency *g);
/* Does that agency (NULL: any) take that kind of message? */
bool conf_takes(const struct conf *c, const char *agency, const char *kind);
/* Does an agency that takes one of these messages (as in conf_day) count texts in UTF-16 units? */
bool conf_utf16(const struct conf *c, const char *kinds);
/* {"agency": receipt_within_s, …} */
const char *conf_receipts_within(const struct conf *c, struct arena *a);
/* {"agency": "its folder of formats", …} */
const char *conf_folders(const struct conf *c, struct arena *a);
/* The ids of all agencies, comma-separated, in the arena. */
const char *conf_agencies(const struct conf *c, struct arena *a);
/* site's file of that name if it exists, else ours: conf_share(c, a, "formats/feed/order.xsd"). */
const char *conf_share(const struct conf *c, struct arena *a, const char *relative);
/* A file with every option, commented; it loads as it is. */
const char *conf_example(struct arena *a);
/* landport.conf(5), as man reads it. */
const char *conf_manual(struct arena *a, const char *version);

#endif
