/*
 * format.c - landport format: the formats there are.
 */
#include "command/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "load/folders.h"
#include "message.h"
#include "show.h"
#include "spool/fsio.h"
#include "table.h"

#define XSD_MAX (16u << 20)

/* ---- which formats there are ---- */

struct entry {
    const char *name, *folder, *file;
};
struct entries {
    struct entry *all;
    int count;
};

static void
list_formats(struct hub *hub, struct entries *f)
{
    struct arena *a = hub->arena;

    for (const char **folder = folders_list(hub->conf, a); *folder; folder++)
        for (const char **name = folders_names(hub->conf, a, *folder); *name; name++) {
            f->all = arena_grow(a, f->all, sizeof *f->all, (size_t)f->count);
            f->all[f->count++] = (struct entry){
                *name, *folder,
                conf_share(hub->conf, a, arena_printf(a, "formats/%s/%s.xsd", *folder, *name))};
        }
}

static rc_t
compile(struct hub *hub, const struct entry *f, struct plan **plan, struct err *e)
{
    return schema_compile(plan, hub->arena, f->file, NULL,
                          arena_printf(hub->arena, "%s/formats/codes", hub->conf->share), e);
}

/* The name as the root element writes it: sale.xsd describes SALEMessage, so SALE. */
static const char *
kind_of(struct arena *a, const struct entry *f, const struct plan *plan)
{
    size_t n = strlen(f->name);

    return strncasecmp(plan->root->name, f->name, n) ? f->name : arena_strn(a, plan->root->name, n);
}

static rc_t
format_list(struct hub *hub, int argc, char **argv, struct err *e)
{
    static const struct table_column columns[] = {
        {"kind",   TABLE_TEXT},
        {"folder", TABLE_TEXT},
        {"title",  TABLE_TEXT},
        {"use",    TABLE_TEXT},
        {"file",   TABLE_TEXT}
    };
    static const struct option none[] = {
        {NULL, NULL, NULL}
    };
    struct entries f = {.all = NULL};
    const char **cells;
    rc_t rc = show_options(none, argc, argv, 0, "format list", e);

    list_formats(hub, &f);
    cells = ARENA_ARRAY(hub->arena, const char *, 5 * (size_t)f.count + 1);
    for (int i = 0; rc == RC_OK && i < f.count; i++) {
        const char **row = cells + 5 * i;
        struct plan *plan;

        if ((rc = compile(hub, &f.all[i], &plan, e)) != RC_OK)
            break;
        row[0] = kind_of(hub->arena, &f.all[i], plan);
        row[1] = f.all[i].folder;
        row[2] = plan->feed_title ? plan->feed_title : plan->root->title;
        row[3] = plan->feed ? "feed" : "message";
        row[4] = f.all[i].file;
    }
    if (rc == RC_OK)
        table_show_cells(hub->json, columns, 5, cells, f.count, "formats");
    return rc;
}

static rc_t
find_format(struct hub *hub, const char *name, struct entry *found, struct err *e)
{
    struct entries f = {.all = NULL};

    list_formats(hub, &f);
    for (int i = 0; i < f.count; i++)
        if (!strcasecmp(f.all[i].name, name)) {
            *found = f.all[i];
            return RC_OK;
        }
    return err_set(e, RC_FAIL, ERR_NOT_FOUND, "there is no format %s; see landport format list",
                   name);
}

static rc_t
format_xsd(struct hub *hub, int argc, char **argv, struct err *e)
{
    const char *file = NULL;
    const struct option options[] = {
        {"-o", &file, NULL},
        {NULL, NULL,  NULL},
    };
    struct span text;
    struct entry f;
    rc_t rc;

    if ((rc = show_options(options, argc, argv, 1, "format xsd NAME [-o FILE]", e)) != RC_OK ||
        (rc = find_format(hub, argv[1], &f, e)) != RC_OK ||
        (rc = fsio_read_file(hub->arena, f.file, XSD_MAX, &text, e)) != RC_OK)
        return rc;
    return format_write(hub, argv[1], file, text.p, text.n, e);
}

rc_t
format_named_feed(struct plan **plan, struct hub *hub, const char *name, struct err *e)
{
    struct entry f;
    rc_t rc;

    if ((rc = find_format(hub, name, &f, e)) != RC_OK || (rc = compile(hub, &f, plan, e)) != RC_OK)
        return rc;
    if (!(*plan)->feed)
        return err_set(e, RC_FAIL, ERR_USAGE, "%s is a message, not a feed", name);
    return RC_OK;
}

rc_t
format_partner(const struct conf_partner **p, struct hub *hub, const char *id, struct err *e)
{
    if ((*p = conf_partner(hub->conf, id)))
        return RC_OK;
    return err_set(e, RC_FAIL, ERR_USAGE, "partner %s is not in the configuration", id);
}

rc_t
format_write(struct hub *hub, const char *name, const char *file, const void *p, size_t n,
             struct err *e)
{
    rc_t rc = show_place(hub, file, e);

    if (rc != RC_OK)
        return rc;
    if (!file || strcmp(file, "-") == 0)
        return fsio_write_all(STDOUT_FILENO, p, n, "standard output", e);
    if ((rc = fsio_replace(file, p, n, 0644, e)) == RC_OK)
        show_written(hub, "format", name, file);
    return rc;
}

rc_t
cmd_format(struct hub *hub, int argc, char **argv, struct err *e)
{
    static const struct subcommand table[] = {
        {"list",     format_list    },
        {"xsd",      format_xsd     },
        {"template", format_template},
        {"guide",    format_guide   },
        {"check",    format_check   },
        {NULL,       NULL           },
    };

    return show_subcommand(table, hub, argc, argv, e);
}
