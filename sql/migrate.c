/* migrate.c - numbered migrations, one transaction each. */
#include "migrate.h"

#include <stdio.h>
#include <stdlib.h>

#include "log.h"
#include "statements.h"

/* 12 of "0012_name" */
static int
number_of(const struct sql_file *m)
{
    return (int)strtol(m->name, NULL, 10);
}

/* Two programs upgrading at once wait for each other; the lock goes with the transaction. */
static rc_t
lock(struct db *db, struct err *e)
{
    return db_exec(db, "SELECT pg_advisory_xact_lock(hashtextextended('migrate', 0))", DB_NONE,
                   NULL, e);
}

static int
newest(void)
{
    int version = 0;

    for (const struct sql_file *m = sql_migrations; m->name; m++)
        if (number_of(m) > version)
            version = number_of(m);
    return version;
}

static rc_t
read_version(struct db *db, int *version, struct err *e)
{
    static const char may[] = "SELECT current_user, current_database(),"
                              " has_schema_privilege(to_regnamespace('hub'), 'USAGE')";
    struct arena *a = arena_new("migrate");
    struct db_result *r;
    rc_t rc = db_query(db, a, may, DB_NONE, &r, e);

    *version = 0;
    if (rc == RC_OK && db_value(r, 0, 2) && !db_bool(r, 0, 2))
        rc = err_set(e, RC_FATAL, ERR_DATABASE,
                     "role %s may not use schema hub of database %s: jobs connect as the role that "
                     "landport init grants it to (database { conninfo job-role })",
                     db_text(r, 0, 0), db_text(r, 0, 1));
    if (rc == RC_OK)
        rc = db_query(db, a, "SELECT to_regclass('hub.migration') IS NOT NULL", DB_NONE, &r, e);
    if (rc == RC_OK && db_bool(r, 0, 0)) {
        rc = db_query(db, a, "SELECT coalesce(max(version), 0) FROM hub.migration", DB_NONE, &r, e);
        if (rc == RC_OK)
            *version = (int)db_int(r, 0, 0);
    }
    arena_free(&a);
    return rc;
}

static rc_t
prepare(struct db *db, struct err *e)
{
    static const char script[] =
        "CREATE SCHEMA IF NOT EXISTS hub;"
        "CREATE TABLE IF NOT EXISTS hub.migration (version int PRIMARY KEY, name text NOT NULL,"
        " applied_at timestamptz NOT NULL DEFAULT now())";
    rc_t rc;

    if ((rc = db_begin(db, e)) != RC_OK || (rc = lock(db, e)) != RC_OK ||
        (rc = db_script(db, NULL, script, NULL, e)) != RC_OK || (rc = db_commit(db, e)) != RC_OK)
        db_rollback(db);
    return rc;
}

/* Apply one migration unless somebody else just did. */
static rc_t
apply(struct db *db, const struct sql_file *m, struct err *e)
{
    const char *name = strchr(m->name, '_');
    int version = number_of(m), now;
    char number[16];
    rc_t rc;

    snprintf(number, sizeof(number), "%d", version);
    if ((rc = db_begin(db, e)) != RC_OK || (rc = lock(db, e)) != RC_OK ||
        (rc = read_version(db, &now, e)) != RC_OK)
        goto out;
    if (now < version) {
        log_info("migration %s", m->name);
        if ((rc = db_script(db, NULL, m->text, NULL, e)) != RC_OK)
            goto out;
        rc = db_exec(db, "INSERT INTO hub.migration (version, name) VALUES ($1, $2)",
                     DB_ARGS(number, name ? name + 1 : m->name), NULL, e);
        if (rc != RC_OK)
            goto out;
    }
    rc = db_commit(db, e);
out:
    db_rollback(db);
    if (rc != RC_OK)
        err_prefix(e, "migration %s", m->name);
    return rc;
}

static rc_t
too_new(int version, struct err *e)
{
    return err_set(
        e, RC_FATAL, ERR_DATABASE,
        "the database is at version %d, this program knows %d: install the newer program", version,
        newest());
}

rc_t
migrate_run(struct db *db, int *from, int *to, struct err *e)
{
    rc_t rc;

    *from = *to = 0;
    if ((rc = prepare(db, e)) != RC_OK || (rc = read_version(db, from, e)) != RC_OK)
        return rc;
    if (*from > newest())
        return too_new(*from, e);
    for (const struct sql_file *m = sql_migrations; m->name; m++)
        if (number_of(m) > *from && (rc = apply(db, m, e)) != RC_OK)
            return rc;
    return read_version(db, to, e);
}

rc_t
migrate_check(struct db *db, struct err *e)
{
    int version;
    rc_t rc = read_version(db, &version, e);

    if (rc != RC_OK)
        return rc;
    if (version > newest())
        return too_new(version, e);
    if (version < newest())
        return err_set(e, RC_FATAL, ERR_DATABASE,
                       "the database is at version %d, this program wants %d: run landport init",
                       version, newest());
    return RC_OK;
}
