/* migrate.c - tables once and then by numbered migrations, functions and views whenever they differ. */
#include "sql/migrate.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "sql/statements.h"

#define DIGEST_SIZE 65 /* sha256 in hex, and NUL */

const struct migrate_plan migrate_ours = {sql_schema, sql_functions, sql_migrations};

/* 12 of "0012_name" */
static int
number_of(const struct sql_file *m)
{
    return (int)strtol(m->name, NULL, 10);
}

static int
newest(const struct migrate_plan *plan)
{
    int version = MIGRATE_FIRST;

    for (const struct sql_file *m = plan->migrations; m->name; m++)
        if (number_of(m) > version)
            version = number_of(m);
    return version;
}

/* Two programs upgrading at once wait for each other; the lock goes with the transaction. */
static rc_t
lock(struct db *db, struct err *e)
{
    return db_exec(db, "SELECT pg_advisory_xact_lock(hashtextextended('migrate', 0))", DB_NONE,
                   NULL, e);
}

static rc_t
read_version(struct db *db, int *version, struct err *e)
{
    static const char may[] = "SELECT current_user AS login, current_database() AS base,"
                              " has_schema_privilege(to_regnamespace('hub'), 'USAGE') AS may";
    struct arena *a = arena_new("migrate");
    struct db_result *r;
    rc_t rc = db_query(db, a, may, DB_NONE, &r, e);

    *version = 0;
    if (rc == RC_OK && db_value(r, 0, "may") && !db_bool(r, 0, "may"))
        rc = err_set(e, RC_FATAL, ERR_DATABASE,
                     "role %s may not use schema hub of database %s: jobs connect as the role that "
                     "landport init grants it to (database { conninfo job-role })",
                     db_text(r, 0, "login"), db_text(r, 0, "base"));
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
run_files(struct db *db, const struct sql_file *files, struct err *e)
{
    rc_t rc = RC_OK;

    for (; files->name && rc == RC_OK; files++)
        if ((rc = db_script(db, NULL, files->text, NULL, e)) != RC_OK)
            err_prefix(e, "%s.sql", files->name);
    return rc;
}

static rc_t
reached(struct db *db, int version, const char *name, struct err *e)
{
    char number[16];

    snprintf(number, sizeof(number), "%d", version);
    return db_exec(db, "INSERT INTO hub.migration (version, name) VALUES ($1, $2)",
                   DB_ARGS(number, name), NULL, e);
}

/* All tables at once, unless somebody else just did. */
static rc_t
create(struct db *db, const struct migrate_plan *plan, struct err *e)
{
    int now;
    rc_t rc;

    if ((rc = db_begin(db, e)) != RC_OK || (rc = lock(db, e)) != RC_OK ||
        (rc = read_version(db, &now, e)) != RC_OK)
        goto out;
    if (now == 0 && ((rc = run_files(db, plan->schema, e)) != RC_OK ||
                     (rc = reached(db, newest(plan), "schema", e)) != RC_OK))
        goto out;
    rc = db_commit(db, e);
out:
    db_rollback(db);
    return rc;
}

/* Apply one migration unless somebody else just did. */
static rc_t
apply(struct db *db, const struct sql_file *m, struct err *e)
{
    const char *name = strchr(m->name, '_');
    int version = number_of(m), now;
    rc_t rc;

    if ((rc = db_begin(db, e)) != RC_OK || (rc = lock(db, e)) != RC_OK ||
        (rc = read_version(db, &now, e)) != RC_OK)
        goto out;
    if (now < version) {
        log_info("migration %s", m->name);
        if ((rc = db_script(db, NULL, m->text, NULL, e)) != RC_OK ||
            (rc = reached(db, version, name ? name + 1 : m->name, e)) != RC_OK)
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
too_new(const struct migrate_plan *plan, int version, struct err *e)
{
    return err_set(
        e, RC_FATAL, ERR_DATABASE,
        "the database is at version %d, this program knows %d: install the newer program", version,
        newest(plan));
}

rc_t
migrate_run(struct db *db, const struct migrate_plan *plan, int *from, int *to, struct err *e)
{
    rc_t rc;

    *to = 0;
    if ((rc = read_version(db, from, e)) != RC_OK)
        return rc;
    if (*from > newest(plan))
        return too_new(plan, *from, e);
    if (*from == 0)
        rc = create(db, plan, e);
    else
        for (const struct sql_file *m = plan->migrations; m->name && rc == RC_OK; m++)
            if (number_of(m) > *from)
                rc = apply(db, m, e);
    return rc == RC_OK ? read_version(db, to, e) : rc;
}

/* ---- functions and views ---- */

/*
 * Of the texts that make them: a program with others wants others. And of the tables' version, since a
 * view keeps the columns of the tables it was made from, even where its text says all of them.
 */
static void
digest_of(const struct migrate_plan *plan, char hex[DIGEST_SIZE])
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    unsigned char bytes[EVP_MAX_MD_SIZE];
    int version = newest(plan);
    unsigned n = 0;

    if (!md || !EVP_DigestInit_ex(md, EVP_sha256(), NULL))
        BUG("no sha256");
    EVP_DigestUpdate(md, &version, sizeof version);
    for (const struct sql_file *f = plan->functions; f->name; f++)
        EVP_DigestUpdate(md, f->text, strlen(f->text));
    EVP_DigestFinal_ex(md, bytes, &n);
    EVP_MD_CTX_free(md);
    for (unsigned i = 0; i < n; i++)
        snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
}

/*
 * What CREATE OR REPLACE refuses, since its columns, arguments or result are others, is dropped first, and
 * with it whatever hangs on it. Only then: what is replaced keeps what somebody was granted on it, and a
 * view of somebody else's that looks at it.
 */
static rc_t
make_all(struct db *db, const struct sql_file *functions, struct err *e)
{
    rc_t rc;

    if ((rc = db_script(db, NULL, SQL_INIT_BEFORE, NULL, e)) != RC_OK ||
        (rc = db_script(db, NULL, "SAVEPOINT make", NULL, e)) != RC_OK)
        return rc;
    if ((rc = run_files(db, functions, e)) == RC_FAIL) {
        log_info("functions and views are dropped and made again: %s", e->text);
        if ((rc = db_script(db, NULL, "ROLLBACK TO make", NULL, e)) == RC_OK &&
            (rc = db_script(db, NULL, SQL_INIT_UNMAKE, NULL, e)) == RC_OK)
            rc = run_files(db, functions, e);
    }
    return rc == RC_OK ? db_script(db, NULL, SQL_INIT_UNMAKE, NULL, e) : rc;
}

rc_t
migrate_make(struct db *db, const struct migrate_plan *plan, bool *made, struct err *e)
{
    struct arena *a = arena_new("migrate");
    struct db_result *r;
    char digest[DIGEST_SIZE];
    rc_t rc;

    *made = false;
    digest_of(plan, digest);
    if ((rc = lock(db, e)) != RC_OK ||
        (rc = db_query(db, a, SQL_INIT_STATE, DB_NONE, &r, e)) != RC_OK)
        goto out;
    /* to make a view anew would wait for all jobs that look at it, so what is there stays */
    if (strcmp(db_text(r, 0, "brought"), digest) == 0 &&
        strcmp(db_text(r, 0, "then_there"), db_text(r, 0, "now_there")) == 0)
        goto out;
    if ((rc = make_all(db, plan->functions, e)) != RC_OK ||
        (rc = db_query(db, a, SQL_INIT_STATE, DB_NONE, &r, e)) != RC_OK)
        goto out;
    rc = db_exec(db, SQL_INIT_INSTALLED, DB_ARGS("functions", digest, db_text(r, 0, "now_there")),
                 NULL, e);
    *made = rc == RC_OK;
out:
    arena_free(&a);
    return rc;
}

rc_t
migrate_note(struct db *db, struct err *e)
{
    struct arena *a = arena_new("migrate");
    struct db_result *r;
    rc_t rc = db_query(db, a, SQL_INIT_STATE, DB_NONE, &r, e);

    if (rc == RC_OK)
        rc = db_exec(db, SQL_INIT_INSTALLED,
                     DB_ARGS("functions", db_text(r, 0, "brought"), db_text(r, 0, "now_there")),
                     NULL, e);
    arena_free(&a);
    return rc;
}

rc_t
migrate_check(struct db *db, const struct migrate_plan *plan, struct err *e)
{
    char digest[DIGEST_SIZE];
    struct arena *a;
    struct db_result *r;
    int version;
    rc_t rc = read_version(db, &version, e);

    if (rc != RC_OK)
        return rc;
    if (version > newest(plan))
        return too_new(plan, version, e);
    if (version < newest(plan))
        return err_set(e, RC_FATAL, ERR_DATABASE,
                       "the database is at version %d, this program wants %d: run landport init",
                       version, newest(plan));
    digest_of(plan, digest);
    a = arena_new("migrate");
    rc = db_query(db, a, "SELECT content FROM hub.installed WHERE name = 'functions'", DB_NONE, &r,
                  e);
    if (rc == RC_OK && (!r->rows || strcmp(db_text(r, 0, 0), digest) != 0))
        rc =
            err_set(e, RC_FATAL, ERR_DATABASE,
                    "the database's functions and views are not this program's: run landport init, "
                    "or the newer program if this is the older one");
    arena_free(&a);
    return rc;
}
