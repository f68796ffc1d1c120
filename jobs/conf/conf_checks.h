/*
 * conf_checks.h - what the table of options (options.c) asks beyond types and bounds: of one value, and
 * of several options that must fit together. What is wrong is said with conf_wrong().
 */
#ifndef LANDPORT_CONF_CHECKS_H
#define LANDPORT_CONF_CHECKS_H

#include "conf/conf_values.h"

typedef void conf_check(const struct conf_part *p, const char *name, const char *value);
/* own: the struct the section fills, owner: that of the section around it. */
typedef void conf_fit(const struct conf_part *p, void *own, void *owner);

conf_check conf_check_name;      /* an identifier */
conf_check conf_check_each_name; /* ... of a list */
conf_check conf_check_title;     /* ... of a section */
conf_check conf_check_alias;     /* the title of an alias */
conf_check conf_check_district, conf_check_timezone, conf_check_login, conf_check_amount;
conf_check conf_check_url, conf_check_guide_url, conf_check_folder, conf_check_glob;
conf_check conf_check_code, conf_check_feed;
conf_check conf_check_pattern, conf_check_form, conf_check_file_name, conf_check_fact;

conf_fit conf_fit_database, conf_fit_formats, conf_fit_dropbox, conf_fit_guide, conf_fit_pattern;
conf_fit conf_fit_mapping, conf_fit_mapping_column, conf_fit_mapping_test;
conf_fit conf_fit_partner, conf_fit_sign, conf_fit_message_sign, conf_fit_agency, conf_fit_parties;

/* What an agency's agency.conf says, where its section says nothing; and whether that gives the facts
 * which are asked for. false: the file cannot be used, so what it would give is missing. */
bool conf_take_prescribed(const struct conf_part *p, struct conf_agency *g);
/* Of two agencies neither bundles nor files in one folder may have the same names. */
void conf_check_apart(const struct conf_part *p, const struct conf_agency *g,
                      const struct conf_agency *other);
/* The folder of formats and statements where none is named. */
const char *conf_default_share(struct arena *a);

#endif
