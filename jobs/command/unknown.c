#include "command/unknown.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "party.h"
#include "show.h"
#include "sql/statements.h"
#include "table.h"

struct unknown {
    struct hub *hub;
    const char *partner, *reason;
    bool take;
    struct buf cells; /* const char *, five a row */
    int rows, failed;
};

static const char *
files_json(struct arena *a, const struct sftp_file *files, uint32_t count)
{
    struct buf b = {0};

    buf_str(&b, "[");
    for (uint32_t i = 0; i < count; i++) {
        struct span name = span_of(files[i].name);

        if (!files[i].regular || !span_is_name(name))
            continue;
        buf_str(&b, b.n > 1 ? ", [" : "[");
        json_string(&b, files[i].name);
        buf_printf(&b, ", %lld, %lld]", (long long)files[i].size, (long long)files[i].mtime);
    }
    buf_str(&b, "]");
    return buf_text(&b, a);
}

/* Back into in/, with what lies beside it, which comes first: the next pickup takes them together. */
static rc_t
take_back(struct visit *v, struct arena *a, const char *name, const char *upload, struct err *e)
{
    const struct conf_dropbox *box = v->party.box;
    const char *sum = arena_printf(a, "%s/%s.sum", box->done, name);
    struct sftp_file there;
    rc_t rc = sftp_stat(v->link, sum, &there, e);

    if (rc == RC_OK)
        rc = sftp_rename(v->link, sum, arena_printf(a, "%s/%s.sum", box->in, upload), e);
    if (rc != RC_OK && rc != RC_REJECT)
        return rc;
    return sftp_rename(v->link, arena_printf(a, "%s/%s", box->done, name),
                       arena_printf(a, "%s/%s", box->in, upload), e);
}

static void
add(struct unknown *u, const char *party, const struct db_result *r, int row, const char *what)
{
    struct arena *a = u->hub->arena;
    const char *const cells[] = {party, arena_str(a, db_text(r, row, "name")),
                                 arena_str(a, db_text(r, row, "bytes")),
                                 arena_str(a, db_text(r, row, "written")), arena_str(a, what)};

    buf_put(&u->cells, cells, sizeof cells);
    u->rows++;
}

static rc_t
look_into_done(struct unknown *u, struct visit *v, struct err *e)
{
    struct arena *a = u->hub->arena;
    struct sftp_file *files;
    struct db_result *r;
    uint32_t count;
    rc_t rc = party_link(v, e);

    if (rc != RC_OK || (rc = sftp_list(v->link, a, v->party.box->done, &files, &count, e)) != RC_OK)
        return rc;
    rc = db_query(u->hub->db, a, SQL_PICKUP_UNKNOWN,
                  DB_ARGS(v->party.id, files_json(a, files, count)), &r, e);
    for (int i = 0; rc == RC_OK && i < r->rows; i++) {
        struct err why = {0};
        bool taken = u->take &&
                     take_back(v, a, db_text(r, i, "name"), db_text(r, i, "upload"), &why) == RC_OK;

        if (u->take && !taken) {
            log_err(LOG_ERROR, &why);
            u->failed++;
        }
        add(u, v->party.id, r, i, taken ? "in in/ again" : "in done/");
    }
    return rc;
}

static void
visit(struct unknown *u, const char *id, bool agency, const struct conf_dropbox *box)
{
    struct visit v = {
        .hub = u->hub, .party = {id, agency, box}
    };
    struct err e = {0};

    if ((u->partner && strcmp(u->partner, id) != 0) || !*box->done)
        return;
    if (look_into_done(u, &v, &e) != RC_OK) {
        err_prefix(&e, "%s", id);
        log_err(LOG_ERROR, &e);
        u->failed++;
    }
    sftp_close(&v.link);
}

static void
print(const struct unknown *u)
{
    static const struct table_column columns[] = {
        {"partner", TABLE_TEXT  },
        {"file",    TABLE_TEXT  },
        {"bytes",   TABLE_NUMBER},
        {"written", TABLE_TEXT  },
        {"lies",    TABLE_TEXT  }
    };
    const char *const *cells = (const char *const *)(const void *)u->cells.p;

    table_show_cells(u->hub->json, columns, 5, cells, u->rows, "files that no batch stands for");
}

rc_t
batch_unknown(struct hub *hub, int argc, char **argv, struct err *e)
{
    struct unknown u = {.hub = hub};
    const struct conf *c = hub->conf;
    const struct option options[] = {
        {"--partner", &u.partner, NULL   },
        {"--reason",  &u.reason,  NULL   },
        {"--take",    NULL,       &u.take},
        {NULL,        NULL,       NULL   },
    };
    rc_t rc = show_options(options, argc, argv, 0,
                           "batch unknown [--partner P] [--take --reason TEXT]", e);

    if (rc != RC_OK || (u.take && (rc = show_needs_reason(u.reason, e)) != RC_OK) ||
        (rc = db_set(hub->db, "timezone", c->zone.timezone, e)) != RC_OK)
        return rc;
    for (uint32_t i = 0; i < c->partner_count; i++)
        visit(&u, c->partners[i].id, false, &c->partners[i].box);
    for (uint32_t i = 0; i < c->agency_count; i++)
        visit(&u, c->agencies[i].id, true, &c->agencies[i].box);
    if (u.take && u.rows)
        rc = db_exec(hub->db,
                     "INSERT INTO hub.audit (who, what, object, reason) "
                     "VALUES ($1, 'batch unknown --take', $2, $3)",
                     DB_ARGS(show_operator(hub->arena), u.partner ? u.partner : "all", u.reason),
                     NULL, e);
    print(&u);
    buf_free(&u.cells);
    if (rc == RC_OK && u.failed)
        rc = err_set(e, RC_FAIL, ERR_SFTP, "not all of them; see the lines above");
    return rc;
}
