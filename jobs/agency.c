#include "agency.h"

#include <string.h>

#include "base/pattern.h"
#include "base/stream.h"
#include "sql/statements.h"
#include "table.h"

/* ---- settings ---- */

static void
put_settings(struct buf *b, const struct conf_agency *g)
{
    for (const struct conf_setting *s = g->settings; s->name; s++)
        json_pair(b, s->name, s->value);
}

const char *
agency_settings(const struct conf *c, struct arena *a)
{
    struct buf b = {0};

    buf_str(&b, "{");
    for (uint32_t i = 0; i < c->agency_count; i++) {
        json_name(&b, c->agencies[i].id);
        buf_str(&b, "{");
        put_settings(&b, &c->agencies[i]);
        buf_str(&b, "}");
    }
    buf_str(&b, "}");
    return buf_text(&b, a);
}

const char *
agency_own_settings(const struct conf *c, struct arena *a, const struct conf_agency *g)
{
    struct buf b = {0};

    buf_str(&b, "{");
    json_pair(&b, "zone", c->zone.code);
    json_pair(&b, "customs", c->zone.customs ? c->zone.customs : "");
    put_settings(&b, g);
    buf_str(&b, "}");
    return buf_text(&b, a);
}

rc_t
agency_set(struct db *db, const char *settings, struct err *e)
{
    return db_exec(db, SQL_DECLARE_AGENCY_SETTINGS, DB_ARGS(settings), NULL, e);
}

/* A line each: kind, each, name. */
static const char *
companions(struct arena *a, const struct conf_agency *g)
{
    const char *all = "";

    for (const struct conf_companion *c = g->companions; c->kind; c++)
        all = arena_printf(a, "%s%s\t%s\t%s\n", all, c->kind, c->each, c->name);
    return all;
}

const char *
agency_bundle_settings(const struct conf *c, struct arena *a, const struct conf_agency *g,
                       const struct agency_bundle *of)
{
    struct buf b = {0};
    const char *receivers = g->envelope.format ? arena_join(a, g->envelope.receivers, ",") : "";
    const char *most = arena_printf(a, "%u", g->per_message), *others = companions(a, g);
    const char *const pairs[][2] = {
        {"zone",       c->zone.code      },
        {"customs",    c->zone.customs   },
        {"envelope",   g->envelope.format},
        {"sender",     g->envelope.sender},
        {"receivers",  receivers         },
        {"documents",  most              },
        {"container",  g->container      },
        {"file_name",  g->file           },
        {"companions", others            },
        {"nth",        of->nth           },
    };

    buf_str(&b, "{");
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        json_pair(&b, pairs[i][0], pairs[i][1] ? pairs[i][1] : "");
    put_settings(&b, g);
    buf_str(&b, "}");
    return buf_text(&b, a);
}

/* ---- names ---- */

#define OWN_VALUES 12

/* What the settings say may stand in a name too. */
static const struct pattern_value *
with_settings(struct arena *a, const struct conf_agency *g, const struct pattern_value *own)
{
    struct pattern_value *all;
    size_t n = 0, at = 0;

    for (const struct conf_setting *s = g->settings; s->name; s++)
        n++;
    all = ARENA_ARRAY(a, struct pattern_value, n + OWN_VALUES + 1);
    for (; own->name; own++)
        all[at++] = *own;
    for (const struct conf_setting *s = g->settings; s->name; s++)
        all[at++] = (struct pattern_value){s->name, s->value};
    all[at] = (struct pattern_value){NULL, NULL};
    return all;
}

/* The name of one file, in which the rest of a path must not lie. */
static rc_t
check_name(const char *name, struct err *e)
{
    if (!*name || *name == '/' || *name == '.' || strstr(name, "/.") || strlen(name) > 200)
        return err_set(e, RC_FAIL, ERR_CONFIG,
                       "\"%s\" is no name for a file: up to 200 bytes, and no . first", name);
    return RC_OK;
}

rc_t
agency_bundle_name(const char **name, const struct conf *c, struct arena *a,
                   const struct conf_agency *g, const struct agency_bundle *b, struct err *e)
{
    const struct pattern_value values[] = {
        {"agency",   g->id                                       },
        {"zone",     c->zone.code                                },
        {"date",     b->date                                     },
        {"yymmdd",   strlen(b->date) == 8 ? b->date + 2 : b->date},
        {"sequence", b->sequence                                 },
        {"nth",      b->nth                                      },
        {NULL,       NULL                                        },
    };
    rc_t rc = pattern_fill(name, a, g->package, with_settings(a, g, values), e);

    if (rc == RC_OK)
        rc = check_name(*name, e);
    if (rc != RC_OK)
        return err_prefix(e, "package of formats/%s/agency.conf", g->formats);
    if (conf_is_packed(g->container))
        *name = arena_printf(a, "%s.%s", *name, g->container);
    return RC_OK;
}

rc_t
agency_names_fit(struct db *db, struct arena *a, const struct conf_agency *g, struct err *e)
{
    struct db_result *r;
    rc_t rc;

    if (conf_files_named_apart(g))
        return RC_OK;
    rc = db_query(db, a, SQL_DECLARE_ANSWERS_BY_FILE, DB_ARGS(g->formats), &r, e);
    if (rc != RC_OK || !r->rows)
        return rc;
    return err_set(
        e, RC_FAIL, ERR_CONFIG,
        "%s names our files in its answers (%s in formats/%s/receipt_kind.tsv), and file in "
        "formats/%s/agency.conf gives files of two bundles one name: it needs {guid}, "
        "{package}, {sequence}, or {date} and {nth}",
        g->id, db_text(r, 0, "kind"), g->formats, g->formats);
}

rc_t
agency_file_name(const char **name, struct arena *a, const char *pattern,
                 const struct conf_agency *g, const struct agency_file *f, struct err *e)
{
    const struct pattern_value values[] = {
        {"agency",   g->id                                       },
        {"kind",     f->kind                                     },
        {"guid",     f->guid                                     },
        {"suffix",   f->suffix                                   },
        {"number",   f->number                                   },
        {"place",    f->place                                    },
        {"package",  f->package                                  },
        {"file",     f->file                                     },
        {"date",     f->date                                     },
        {"yymmdd",   strlen(f->date) == 8 ? f->date + 2 : f->date},
        {"sequence", f->sequence                                 },
        {"nth",      f->nth                                      },
        {NULL,       NULL                                        },
    };
    rc_t rc = pattern_fill(name, a, pattern, with_settings(a, g, values), e);

    if (rc == RC_OK)
        rc = check_name(*name, e);
    return rc == RC_OK ? rc : err_prefix(e, "names of files of agency %s", g->id);
}
