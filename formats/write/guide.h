/*
 * guide.h - the partner's guide: one HTML page that says all a partner must know to send files.
 *
 * Shape    Made from the plans of the feeds, err.def, the code tables and the facts given here; it
 *          loads nothing and runs nothing, prints, and reads on a phone. Chinese and English stand
 *          side by side, a switch hides one of them.
 * Safety   Whatever comes from a plan or the configuration is escaped.
 * Errors   RC_FAIL ERR_SCHEMA where a required column has no example.
 */
#ifndef LANDPORT_GUIDE_H
#define LANDPORT_GUIDE_H

#include "base/stream.h"
#include "formats/read/mapping.h"
#include "formats/xsd/schema.h"

struct guide_feed {
    const struct plan *plan;
    const char *const *globs; /* names a file of it may have besides FEED_…; NULL-terminated */
    const char *const *rules; /* codes of the rules between rows, "E4003"; NULL-terminated */
};

struct guide {
    const char *zone, *zone_code, *timezone;
    const char *partner, *name;
    const char *const *codes; /* it may speak for; NULL-terminated, empty: any */
    const char *url;          /* what the partner connects to; NULL: not for a guide to say */
    const char *in, *out, *done;
    const char *const *ignored_starts, *const *ignored_ends; /* of names that are passed over;
                                                                NULL-terminated */
    uint32_t watch_s;       /* how long a file that was picked up is looked at; 0: not at all */
    const char *marker_end; /* ".ok": a file is taken when its marker is there; NULL: when it
                                        is stable */
    const char *sum_end;    /* ".sum": control totals lie beside a file */
    bool totals_required;
    uint32_t settle_s;
    const char *charset;  /* "auto" */
    const char *deadline; /* "02:00", NULL: none */
    const char *cutoff;   /* "06:00", or several: "06:00, 18:00" */
    const char *next;     /* the next one: "2026-03-03 06:00" */
    double reject_limit;  /* share of the rows */
    uint64_t reject_rows; /* or so many; UINT64_MAX: only the share counts */
    uint64_t reject_from; /* in files of so many rows */
    bool soft_reject;
    uint64_t max_bytes, max_rows; /* of a file */
    uint32_t max_files;           /* of a business date */
    struct header_aliases aliases;
    const struct mapping *const *mappings; /* its own exports; NULL-terminated; NULL: none */
    const struct guide_feed *feeds;
    uint32_t feed_count;
    const struct plan *ack, *feedback;
};

rc_t guide_write(struct buf *out, struct arena *a, const struct guide *g, struct err *e);

#endif
