/*
 * options.h - every option of landport.conf, said once.
 *
 * Shape    A tree of rows. A section's row has the rows that may stand in it; an option's row has its
 *          type, the field it fills, default, bounds, what it means and an example.
 *          What an agency prescribes, its agency.conf, is a tree of its own.
 * Use      What may be written (conf_text, libConfuse), what is read and checked (conf_values),
 *          `landport check --example` (conf_example) and landport.conf(5) (conf_manual) all walk this
 *          tree; no option is named anywhere else, but in the checks of several that must fit together.
 * Fields   The macros that name one, in options.c, refuse a field of another C type when compiled.
 */
#ifndef LANDPORT_OPTIONS_H
#define LANDPORT_OPTIONS_H

#include <stddef.h>

struct conf_part; /* conf_values.h */

enum conf_type {                /* and what its field is */
                 CONF_TEXT,     /* const char *, as it stands there */
                 CONF_PATH,     /* const char *, made absolute */
                 CONF_WORD,     /* const char *, one of the words */
                 CONF_EITHER,   /* bool: the second of the two words */
                 CONF_FLAG,     /* bool: true or false */
                 CONF_LIST,     /* const char **, ends with NULL; where there are words, of these */
                 CONF_TIME,     /* int, minutes after midnight; -1: not given */
                 CONF_DURATION, /* this and what follows: uint32_t or uint64_t; in seconds */
                 CONF_DAYS,     /* in days */
                 CONF_SIZE,     /* in bytes */
                 CONF_NUMBER,   /* plain */
                 CONF_ROWS,     /* "20 rows" */
                 CONF_SECTION,  /* a struct inside of its owner's, or the owner's own */
                 CONF_TITLED,   /* any number of sections with a title each: an array */
                 CONF_FREE, /* a section whose names are anybody's: const struct conf_setting * */
};

enum {
    CONF_NEEDED = 1,  /* must be given where it has no default, and not be empty */
    CONF_SHY = 2,     /* the example has it as a comment */
    CONF_REPEATS = 4, /* a list that may have the same twice: a program's arguments */
    CONF_ALWAYS = 8,  /* a section whose fit() also runs where the file has none */
};

struct conf_field {
    size_t at, size; /* size 0: none, the section's fit() reads it */
};

struct conf_option {
    const char *name;
    enum conf_type type;
    struct conf_field field; /* of a section: where its struct is in its owner's */
    unsigned flags;
    const char *otherwise; /* what holds without it; NULL: nothing */
    const char *low, *high;
    const char *const *words; /* NULL-terminated */
    const char *also;         /* may be written so, too */
    const char *todo;         /* of a list that is needed: what to write */
    const char *text;         /* what it means: a sentence without capital and full stop */
    const char
        *example; /* of a list with commas; of a titled section its title; NULL: the default */
    /* More than its type asks: of the value, of each in a list, of a section's title. */
    void (*check)(const struct conf_part *p, const char *name, const char *value);

    /* Of sections. */
    const struct conf_option *options; /* ends with a row without name */
    struct {
        struct conf_field count; /* size 0: the array ends with one that has no title */
        size_t size, title;      /* of an element; where its const char *title is */
    } items;
    /* What several options must be together, once all are read: own is the section's struct. */
    void (*fit)(const struct conf_part *p, void *own, void *owner);
    const char *shown; /* the example has only these, "url=VALUE key …"; NULL: all */
};

/* The file as a section. */
extern const struct conf_option conf_root;
/* An agency.conf; its fields are those of the agency, whose section may say otherwise where it has
 * the same option. */
extern const struct conf_option conf_prescribed[];
/* Of a free section: no row, and any name. */
extern const struct conf_option conf_free[];
/* A column mapping file, formats/mapping/NAME.conf (formats/read/mapping.h). */
extern const struct conf_option conf_mapping_root;

#endif
