/*
 * agency.h - what an agency's bundles are called and said to be, out of its configuration.
 *
 * Shape    A bundle keeps what it was begun with in its settings (jsonb), so that it is written
 *          again as it was, whatever the configuration says by then: agency_begin() makes them.
 */
#ifndef LANDPORT_AGENCY_H
#define LANDPORT_AGENCY_H

#include "base/arena.h"
#include "conf/conf.h"
#include "sql/db.h"

/* {"agency": {"name": "value", …}, …}: what each agency's section settings says. */
const char *agency_settings(const struct conf *c, struct arena *a);
/* What statements may ask for that run for an agency outside of its bundles: zone, customs, its settings. */
const char *agency_own_settings(const struct conf *c, struct arena *a, const struct conf_agency *g);
/* Statements on this connection run for an agency from here on: they see these settings (JSON), and none of those which it
 * was given before. */
rc_t agency_set(struct db *db, const char *settings, struct err *e);
struct agency_bundle {
    const char *date;     /* YYYYMMDD, the business date */
    const char *sequence; /* of all the agency's bundles */
    const char *nth;      /* of those of that date, from 1; some are left out after a restore */
};
/* The settings of a bundle that is begun now. */
const char *agency_bundle_settings(const struct conf *c, struct arena *a,
                                   const struct conf_agency *g, const struct agency_bundle *b);
/* Its name, with the ending of its container. */
rc_t agency_bundle_name(const char **name, const struct conf *c, struct arena *a,
                        const struct conf_agency *g, const struct agency_bundle *b, struct err *e);
/* Where its answers name our files two bundles must not have files of one name: ERR_CONFIG. */
rc_t agency_names_fit(struct db *db, struct arena *a, const struct conf_agency *g, struct err *e);

/* A file of a bundle. */
struct agency_file {
    const char *kind, *guid, *suffix;
    const char *number;  /* of the messages of its kind */
    const char *place;   /* of all files of the bundle */
    const char *package; /* the bundle's name, without an ending */
    const char *file;    /* of a companion: whose it is, without folder and ending; else "" */
    const char *date, *sequence, *nth; /* of its bundle */
};
rc_t agency_file_name(const char **name, struct arena *a, const char *pattern,
                      const struct conf_agency *g, const struct agency_file *f, struct err *e);

#endif
