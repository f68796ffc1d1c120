/* rows_file.c - rows of files: what has changed is found here, what that means in sql/init/rows.sql. */
#include "rows_file.h"

#include <unistd.h>

#include "base/log.h"
#include "base/span.h"
#include "base/stream.h"
#include "load/folders.h"
#include "spool/fsio.h"
#include "sql/statements.h"

#define FILE_MAX ((size_t)16 << 20)

/* "" for a file that is gone. */
static rc_t
read_text(struct hub *hub, const char *file, const char **text, struct err *e)
{
    const char *path = conf_share(hub->conf, hub->arena, file);
    struct span all = {"", 0};
    rc_t rc = RC_OK;

    *text = "";
    if (access(path, F_OK) != 0)
        return RC_OK;
    if ((rc = fsio_read_file(hub->arena, path, FILE_MAX, &all, e)) != RC_OK)
        return rc;
    if ((all.n && memchr(all.p, 0, all.n)) || span_valid_utf8(all) != all.n)
        return err_set(e, RC_FAIL, ERR_SCHEMA, "%s: not UTF-8 text; save it as UTF-8", path);
    *text = arena_strn(hub->arena, all.p, all.n);
    return RC_OK;
}

/* The file and what the database has of it: the same? */
static rc_t
compare(struct hub *hub, const char *file, bool *same, struct err *e)
{
    struct db_result *r;
    const char *text;
    rc_t rc = read_text(hub, file, &text, e);

    if (rc == RC_OK)
        rc = db_query(hub->db, hub->arena,
                      "SELECT 1 FROM hub.installed WHERE name = $1 AND content = $2",
                      DB_ARGS(file, text), &r, e);
    *same = rc == RC_OK && (r->rows || !*text);
    return rc;
}

rc_t
rows_file_changed(struct hub *hub, const char ***files, struct err *e)
{
    struct arena *a = hub->arena;
    const char **there = folders_rows(hub->conf, a), **list;
    struct db_result *r;
    size_t count = 0, n = 0;
    bool same;
    rc_t rc = db_query(hub->db, a,
                       "SELECT name FROM hub.installed WHERE name LIKE 'formats/%' ORDER BY name",
                       DB_NONE, &r, e);

    if (rc != RC_OK)
        return rc;
    while (there[count])
        count++;
    list = ARENA_ARRAY(a, const char *, count + (size_t)r->rows + 1);
    for (size_t i = 0; i < count && rc == RC_OK; i++)
        if ((rc = compare(hub, there[i], &same, e)) == RC_OK && !same)
            list[n++] = there[i];
    for (int i = 0; i < r->rows; i++)
        if (!word_among(there, db_text(r, i, 0)))
            list[n++] = db_text(r, i, 0);
    list[n] = NULL;
    *files = list;
    return rc;
}

rc_t
rows_file_take(struct hub *hub, const char *const *files, struct err *e)
{
    rc_t rc = RC_OK;

    for (; *files && rc == RC_OK; files++) {
        const char *text;

        if ((rc = read_text(hub, *files, &text, e)) != RC_OK ||
            (rc = db_set(hub->db, "hub.rows_file", *files, e)) != RC_OK ||
            (rc = db_set(hub->db, "hub.rows_text", text, e)) != RC_OK)
            return rc;
        log_info("rows of %s", *files);
        rc = db_script(hub->db, hub->arena, SQL_INIT_ROWS, NULL, e);
        if (rc == RC_FAIL) {
            e->code = ERR_SCHEMA;
            err_prefix(e, "%s", conf_share(hub->conf, hub->arena, *files));
        }
    }
    return rc;
}
