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

/* The file and what the database has of it: the same? One that cannot be read is another one; who takes it says why. */
static rc_t
compare(struct hub *hub, const char *file, bool *same, struct err *e)
{
    struct err unread = {0};
    struct db_result *r;
    const char *text;
    rc_t rc;

    *same = false;
    if (read_text(hub, file, &text, &unread) != RC_OK)
        return RC_OK;
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

/* In the caller's transaction; *fault NULL: it fits. */
static rc_t
hold(struct hub *hub, const char *file, bool trial, const char **fault, struct err *e)
{
    struct db *db = hub->db;
    struct err unread = {0};
    struct db_result *r;
    const char *text;
    rc_t rc;

    *fault = NULL;
    if (read_text(hub, file, &text, &unread) != RC_OK) {
        *fault = arena_str(hub->arena, unread.text);
        return RC_OK;
    }
    if ((rc = db_set(db, "hub.rows_file", file, e)) != RC_OK ||
        (rc = db_set(db, "hub.rows_text", text, e)) != RC_OK ||
        (rc = db_set(db, "hub.rows_trial", trial ? "yes" : "", e)) != RC_OK ||
        (rc = db_exec(db, "SELECT set_config('hub.rows_fault', '', false)", DB_NONE, NULL, e)) !=
            RC_OK ||
        (rc = db_script(db, hub->arena, SQL_INIT_ROWS, NULL, e)) != RC_OK)
        return rc == RC_OK ? rc : err_prefix(e, "%s", conf_share(hub->conf, hub->arena, file));
    rc = db_query(db, hub->arena, "SELECT (SELECT current_setting('hub.rows_fault')) AS fault",
                  DB_NONE, &r, e);
    if (rc == RC_OK && *db_text(r, 0, "fault"))
        *fault = arena_printf(hub->arena, "%s%s", conf_share(hub->conf, hub->arena, file),
                              db_text(r, 0, "fault"));
    return rc;
}

rc_t
rows_file_take(struct hub *hub, const char **files, const char ***refused, struct err *e)
{
    const char **taken = files, *fault;
    size_t count = 0;
    rc_t rc = RC_OK;

    while (files[count])
        count++;
    *refused = ARENA_ARRAY(hub->arena, const char *, count + 1);
    count = 0;
    for (; *files && rc == RC_OK; files++) {
        if ((rc = hold(hub, *files, false, &fault, e)) != RC_OK)
            break;
        if (fault) {
            (*refused)[count++] = fault;
        } else {
            log_info("rows of %s", *files);
            *taken++ = *files;
        }
    }
    *taken = (*refused)[count] = NULL;
    return rc;
}

rc_t
rows_file_try(struct hub *hub, const char *file, const char **fault, struct err *e)
{
    rc_t rc = db_begin(hub->db, e);

    if (rc == RC_OK)
        rc = hold(hub, file, true, fault, e);
    db_rollback(hub->db);
    return rc;
}
