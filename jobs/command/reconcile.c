/* reconcile.c - landport reconcile: what trades are judged by. */
#include "rules.h"

#include "show.h"
#include "sql/statements.h"
#include "table.h"

/* Of each rule what its heading says. */
static const char *
headings(const struct rules *rules, struct arena *a)
{
    struct buf json = {0};

    buf_str(&json, "[");
    for (uint32_t i = 0; i < rules->count; i++) {
        const struct rule *r = &rules->all[i];
        const struct {
            const char *key, *value;
        } all[] = {
            {"code",      r->code     },
            {"title_zh",  r->title_zh },
            {"title_en",  r->title_en },
            {"modes",     r->modes    },
            {"direction", r->direction},
            {"since",     r->since    },
            {"until",     r->until    },
            {"source",    r->source   },
            {"file",      r->file     },
        };

        buf_str(&json, i ? ",{" : "{");
        for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
            buf_printf(&json, "%s\"%s\": ", k ? ", " : "", all[k].key);
            json_string(&json, all[k].value);
        }
        buf_str(&json, "}");
    }
    buf_str(&json, "]");
    return buf_text(&json, a);
}

static rc_t
reconcile_rules(struct hub *hub, int argc, char **argv, struct err *e)
{
    static const struct option none[] = {
        {NULL, NULL, NULL}
    };
    struct rules rules;
    rc_t rc = show_options(none, argc, argv, 0, "reconcile rules", e);

    if (rc == RC_OK && (rc = rules_load(&rules, hub->conf, hub->arena, e)) == RC_OK)
        rc = show_list(hub, "rules", SQL_REPORT_RULES, DB_ARGS(headings(&rules, hub->arena)), e);
    return rc;
}

rc_t
cmd_reconcile(struct hub *hub, int argc, char **argv, struct err *e)
{
    static const struct subcommand table[] = {
        {"rules", reconcile_rules},
        {NULL,    NULL           },
    };

    return show_subcommand(table, hub, argc, argv, e);
}
