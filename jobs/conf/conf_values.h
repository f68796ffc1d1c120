/*
 * conf_values.h - from what libConfuse read to the structs of conf.h, by the table of options.
 *
 * Shape    All options are strings to libConfuse; units, bounds and words are looked at here. What is
 *          wrong goes into the reader's list with its place, and reading goes on.
 */
#ifndef LANDPORT_CONF_VALUES_H
#define LANDPORT_CONF_VALUES_H

#include <confuse.h>

#include "conf/conf_text.h"
#include "conf/options.h"

struct conf_part { /* a section and how it is called */
    struct conf_reader *r;
    cfg_t *cfg;
    const char *path;                  /* "partner LYLOGI01/dropbox" */
    const struct conf_option *options; /* what may stand in it */
    bool given;                        /* the file has it; else its defaults hold */
    bool needed;
};

/* What libConfuse is to take: these options and sections; in the arena. */
cfg_opt_t *conf_grammar(struct conf_reader *r, const struct conf_option *options);
/* The scanned text, by libConfuse; what it finds wrong is a problem. */
cfg_t *conf_parse(struct conf_reader *r);
/* Fill own, the struct of the part, with everything in it and below. */
void conf_read(const struct conf_part *p, void *own);

/* A problem of an option, or with NULL of the section: "file:line: path/name ...". */
void conf_wrong(const struct conf_part *p, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Of an option of one of the file's own sections. */
const char *conf_default(const char *section, const char *name);
/* As it stands there, or the default. */
const char *conf_get(const struct conf_part *p, const char *name);
/* ... and a problem where it is missing or empty: "" then. */
const char *conf_need(const struct conf_part *p, const char *name);
/* Ends with NULL. */
const char **conf_list(const struct conf_part *p, const char *name);
/* Absolute, against the folder of the main file. */
const char *conf_path(const struct conf_part *p, const char *value);

/* A number with a unit, within its bounds. "5m" is 300. */
struct conf_measure {
    const char *example; /* what a person may write */
    struct conf_unit {
        const char *name;
        uint64_t factor;
    } units[6];
};
uint64_t conf_quantity(const struct conf_part *p, const char *name, const char *text,
                       const struct conf_measure *m, const char *low, const char *high);
/* Of a type of quantity; NULL: it is none. */
const struct conf_measure *conf_measure(enum conf_type type);
/* Without bounds, and without a word: false where it is no such number. */
bool conf_parse_quantity(const char *s, const struct conf_measure *m, uint64_t *value);

/* "a, b, c"; with last " or ": "a, b or c". */
const char *conf_join(struct arena *a, const char *const *list, const char *last);

#endif
