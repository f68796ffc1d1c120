#include "mark.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "show.h"
#include "spool/fsio.h"
#include "sql/statements.h"

#define MARK_MAX (256u * 1024) /* a line an agency */

static const char *
path_of(const struct hub *hub, struct arena *a)
{
    return arena_printf(a, "%s/mark", hub->conf->spool.root);
}

/* "" where there is none: a hub that has not run yet. */
static rc_t
read_mark(struct hub *hub, struct arena *a, const char **text, struct err *e)
{
    const char *path = path_of(hub, a);
    struct span all;
    rc_t rc;

    *text = "";
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return RC_OK;
    if ((rc = fsio_read_file(a, path, MARK_MAX, &all, e)) == RC_OK)
        *text = all.p;
    return rc;
}

static rc_t
set_mark(struct hub *hub, struct arena *a, const char **text, struct err *e)
{
    rc_t rc = read_mark(hub, a, text, e);

    return rc == RC_OK ? db_set(hub->db, "hub.mark", *text, e) : rc;
}

rc_t
mark_setting(struct hub *hub, struct err *e)
{
    const char *text;

    return set_mark(hub, hub->arena, &text, e);
}

/* The mark is read first: what others commit and mark meanwhile the database then has. */
rc_t
mark_compare(struct hub *hub, struct err *e)
{
    struct arena *a = arena_new("mark");
    const char *text, *list = "";
    struct db_result *r;
    rc_t rc = set_mark(hub, a, &text, e);

    if (rc == RC_OK && *text &&
        (rc = db_query(hub->db, a, SQL_MARK_AHEAD, DB_NONE, &r, e)) != RC_OK)
        err_prefix(e, "%s", path_of(hub, a));
    for (int i = 0; rc == RC_OK && *text && i < r->rows; i++)
        list = arena_printf(a, "%s%s%s (the database: %s)", list, *list ? ", " : "",
                            db_text(r, i, "seen"), db_text(r, i, "known"));
    if (rc == RC_OK && *list)
        rc =
            err_set(e, RC_FAIL, ERR_RESTORED, "the spool has seen %s: a backup was put back", list);
    arena_free(&a);
    return rc;
}

/* By way of tmp/, where what a killed process leaves behind is cleared away by its number. */
static rc_t
replace(struct hub *hub, struct arena *a, const char *text, struct err *e)
{
    const char *root = hub->conf->spool.root;
    const char *fresh = arena_printf(a, "%s/tmp/%ld.mark", root, (long)getpid());
    rc_t rc = fsio_replace(fresh, text, strlen(text), 0600, e);

    if (rc == RC_OK && rename(fresh, path_of(hub, a)) != 0)
        rc = fsio_fail("rename to this name", path_of(hub, a), e);
    return rc == RC_OK ? fsio_sync_dir(root, e) : rc;
}

static rc_t
raise_locked(struct hub *hub, struct arena *a, struct err *e)
{
    const char *text;
    struct db_result *r;
    rc_t rc = set_mark(hub, a, &text, e);

    if (rc != RC_OK || (rc = db_query(hub->db, a, SQL_MARK_MERGED, DB_NONE, &r, e)) != RC_OK)
        return rc;
    if (strcmp(db_text(r, 0, 0), text) == 0)
        return RC_OK;
    return replace(hub, a, db_text(r, 0, 0), e);
}

rc_t
mark_raise(struct hub *hub, struct err *e)
{
    struct arena *a = arena_new("mark");
    /* Read, merged and replaced under a lock: of two jobs that end together the slower one must not put back a lower number. */
    int lock = open(hub->conf->spool.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    rc_t rc;

    if (lock < 0 || flock(lock, LOCK_EX) != 0)
        rc = fsio_fail("lock", hub->conf->spool.root, e);
    else
        rc = raise_locked(hub, a, e);
    if (lock >= 0)
        close(lock);
    arena_free(&a);
    return rc;
}

rc_t
mark_accept(struct hub *hub, const char *reason, const char **numbers, struct err *e)
{
    struct db_result *r;
    char now[21];
    rc_t rc;

    *numbers = NULL;
    if ((rc = mark_setting(hub, e)) != RC_OK || (rc = db_begin(hub->db, e)) != RC_OK)
        return rc;
    rc = db_query(hub->db, hub->arena, SQL_ROLES_RESTORED,
                  DB_ARGS(show_operator(hub->arena), reason, clock_iso(clock_now(), now)), &r, e);
    for (int i = 0; rc == RC_OK && i < r->rows; i++)
        *numbers = arena_printf(hub->arena, "%s%s%s", *numbers ? *numbers : "",
                                *numbers ? ", " : "", db_text(r, i, "number"));
    if (rc == RC_OK)
        rc = db_commit(hub->db, e);
    db_rollback(hub->db);
    return rc;
}
