/*
 * conf_text.h - the text of landport.conf: its form, its includes, and where everything stands.
 *
 * Shape    conf_scan() walks a file and what it includes, joins them into one text for libConfuse, and
 *          notes the place of every section and option by its path ("partner LYLOGI01/dropbox/url").
 *          An option the table has not is a problem and passed over, so that it hides no other.
 * Why      libConfuse accepts a file that ends inside a section, makes an unset ${VAR} an empty
 *          string, forgets where values stood and silently takes the last of two.
 * Errors   In the reader's list, each with file and line; unusable: what follows would be noise.
 */
#ifndef LANDPORT_CONF_TEXT_H
#define LANDPORT_CONF_TEXT_H

#include "base/stream.h"
#include "conf/conf.h"
#include "conf/options.h"

#define CONF_DEPTH 16

struct conf_place {
    const char *path; /* "partner LYLOGI01/dropbox/url" */
    uint32_t line;    /* of the joined text */
    bool section, adds;
};

struct conf_segment { /* from this line of the joined text on: that file, counting from file_line */
    uint32_t line, file_line;
    const char *file;
};

struct conf_frame { /* an open brace */
    const char *path;
    uint32_t line;
    bool list;
    const struct conf_option *opts; /* what may stand in it */
};

struct conf_reader {
    struct arena *arena;
    struct conf *conf;
    const struct conf_option *opts; /* what may stand in the file */
    const char *help;               /* what shows all of them */
    struct conf_problem *first, **last;
    uint32_t problems;
    bool unusable; /* the form is broken: what follows would only be noise */

    struct buf text; /* the joined files */
    uint32_t line;
    struct buf places, segments;
    struct buf names; /* const char * of each option of a free section, for libConfuse to know */
    struct conf_frame frames[CONF_DEPTH];
    int depth;
    const char *words[2]; /* of the statement being read: name and title */
    int word_count;
    bool value;                        /* after '=' */
    const struct conf_option *subopts; /* of the statement being read */
    bool unknown;                      /* it has no such name; all of it is passed over */
    int unknown_depth;
};

void conf_problem_at(struct conf_reader *r, uint32_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* ... of a file as a whole, which makes it unusable. */
void conf_problem_in(struct conf_reader *r, const char *file, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "file:line" of a line of the joined text. */
const char *conf_where(struct conf_reader *r, uint32_t line);

/* level: how deep in includes, 0 for the main file. */
void conf_scan(struct conf_reader *r, const char *file, int level);
/* Once, after the last scan: what is given twice is a problem; then places are found. */
void conf_sort_places(struct conf_reader *r);
/* The first place of that path; NULL: it is not in the file. */
const struct conf_place *conf_find_place(const struct conf_reader *r, const char *path);

#endif
