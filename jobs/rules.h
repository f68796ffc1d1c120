/*
 * rules.h - the rules trades are judged by, one file each.
 *
 * Shape    sql/reconcile/rules/CODE.sql below the program's share and below the site's folder; of two of
 *          one name the site's counts. A heading ("-- key: value"), then conditions, each of the
 *          sections "-- when" "-- seen" "-- want", or one "-- statement"; "-- touches" once, of
 *          which trades rows of other feeds speak (form: sql/README.md).
 *          The program's codes begin with E; a site's own ones with X, so that neither meets the other.
 * Strict   What a file says and nobody knows is an error: a rule half read would let pass what it is
 *          there to stop. There is always a rule; no rules at all is an error too.
 * Errors   RC_FAIL ERR_RULE, "file:line: what was seen, what is expected".
 */
#ifndef LANDPORT_RULES_H
#define LANDPORT_RULES_H

#include "base/arena.h"
#include "base/err.h"
#include "conf/conf.h"
#include "sql/db.h"

/* A condition and its own line; a statement alone, or the other three. */
struct rule_text {
    const char *sql; /* NULL: has none */
    int line;
};
struct rule_part {
    struct rule_text when, seen, want, statement;
};

struct rule {
    const char *file, *code;
    const char *title_zh, *title_en, *todo_zh, *todo_en; /* todo: "" where it says nothing */
    const char *source, *note;
    const char *since, *until; /* business dates YYYYMMDD, both included; NULL: any */
    const char *modes;         /* "9710,9810"; NULL: any */
    int modes_line;
    const char *over;         /* the table or view its conditions are about; NULL: flows */
    const char *direction;    /* import, export; NULL: both */
    struct rule_text touches; /* sql NULL: only the flows touch its trades */
    struct rule_part *parts;
    uint32_t count;
};

struct rules {
    struct rule *all; /* by code */
    uint32_t count;
};

/* Which files count, unread: file and code of each are filled in. */
rc_t rules_find(struct rules *r, const struct conf *c, struct arena *a, struct err *e);
/* One of them. */
rc_t rules_read(struct rule *r, struct arena *a, struct err *e);
/* Both, of all. */
rc_t rules_load(struct rules *r, const struct conf *c, struct arena *a, struct err *e);
/* The same, where the files of one more folder count before them, as a site's do: what if. */
rc_t rules_load_with(struct rules *r, const struct conf *c, struct arena *a, const char *folder,
                     struct err *e);
/* From now on err_text_of() knows the sentences of those that can be read. */
void rules_tell(const struct conf *c, struct arena *a);
void rules_tell_all(const struct rules *r, struct arena *a);

/* The setting hub.rules of reconcile/breaks.sql: a JSON array, an object a condition. */
const char *rules_json(const struct rules *r, struct arena *a);
/*
 * Asks each by itself, within the caller's transaction, in which touched, payments, waybills and flows
 * are there; the transaction is as it was afterwards. The first that cannot be asked is *e, by its file
 * and section; RC_OK where each can. Sections -- touches need none of these tables.
 */
rc_t rules_try_touches(const struct rules *r, struct db *db, struct arena *a, struct err *e);
/* Are its modes those of hub.trade_mode? */
rc_t rules_try_modes(const struct rule *r, struct db *db, struct arena *a, struct err *e);
rc_t rules_try(const struct rules *r, struct db *db, struct arena *a, struct err *e);

#endif
