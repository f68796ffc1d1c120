/*
 * show.h - what the operators' commands share: options, subcommands, and reports made of queries.
 *
 * Shape    A report is a table of sections, each one query of sql/report/. Column names and types
 *          are the query's own: they are headings for people and keys in JSON. Times are shown in
 *          the zone's time.
 * Codes    Where a query has the columns `code` and `want`, their sentences follow as
 *          message_zh and message_en.
 * Errors   RC_FAIL ERR_USAGE for wrong words after a command; the database's own.
 */
#ifndef LANDPORT_SHOW_H
#define LANDPORT_SHOW_H

#include "base/stream.h"
#include "job.h"

/* --name VALUE where value is set, --name alone where flag is. Ends with name NULL. */
struct option {
    const char *name;
    const char **value;
    bool *flag;
};
/* Take the options out of argv[1..]; what is left, up to a NULL, must be `words` words ("batch show
 * BATCH"), or any number where that is SHOW_ANY. */
#define SHOW_ANY (-1)
rc_t show_options(const struct option *options, int argc, char **argv, int words, const char *usage,
                  struct err *e);

struct subcommand {
    const char *name;
    rc_t (*run)(struct hub *hub, int argc, char **argv, struct err *e); /* argv[0] its name */
};
/* Ends with name NULL. */
rc_t show_subcommand(const struct subcommand *table, struct hub *hub, int argc, char **argv,
                     struct err *e);

/* A table; one row, a line a column; rows too wide for a table, each shown as facts. */
enum show_shape { SHOW_LIST, SHOW_FACTS, SHOW_CARDS };
struct section {
    const char *name; /* JSON key */
    const char *what; /* heading, and "no <what>" */
    enum show_shape shape;
    const char *sql;
};

/* All sections with the same parameters: printed, or with hub->json one object into json. */
rc_t show_sections(struct hub *hub, const struct section *sections, struct db_args args,
                   struct buf *json, struct err *e);
/* The same as the whole answer of a command. */
rc_t show_report(struct hub *hub, const struct section *sections, struct db_args args,
                 struct err *e);
/* One list as the whole answer; an array in JSON. */
rc_t show_list(struct hub *hub, const char *what, const char *sql, struct db_args args,
               struct err *e);

/* For commands whose answer is a file. With --json standard output is the document's: `file` must
 * name another place (RC_FAIL ERR_USAGE), and what was written where is told afterwards. */
rc_t show_place(const struct hub *hub, const char *file, struct err *e);
void show_written(const struct hub *hub, const char *what, const char *name, const char *file);

/* The sentence for "E2004", in Chinese and English, with `want` filled in; "" where unknown. */
struct show_sentence {
    char zh[512], en[512];
};
void show_sentence(struct show_sentence *s, const char *code, const char *want);

/* What an operator changes needs one: RC_FAIL ERR_USAGE. */
rc_t show_needs_reason(const char *reason, struct err *e);
/* What several things were to be done to was only shown: RC_FAIL ERR_USAGE, which says what --yes does. */
rc_t show_needs_yes(struct hub *hub, const char *does, int count, struct err *e);
/* Who types: under sudo the person, not root. */
const char *show_operator(struct arena *a);

/* Trades that a number leads to, an order's, a payment's or a waybill's: subject_hash, issuer, order_no. RC_FAIL
 * ERR_NOT_FOUND where it leads to none; `other` is what else the command looked for ("batch"). */
rc_t show_find_trades(struct hub *hub, const char *number, const char *other, struct db_result **r,
                      struct err *e);

/* 12 for "B000012" or "12"; NULL when it is neither. With `prefixed` the B must be there. */
const char *show_batch_id(struct arena *a, const char *text, bool prefixed);

#endif
