/* job.c - the run row around a job; opening what jobs stand on. */
#include "job.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cipher.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/process.h"
#include "lock.h"
#include "mark.h"
#include "spool/fsio.h"
#include "sql/cluster.h"
#include "sql/migrate.h"
#include "sql/statements.h"
#include "table.h"

void
job_count(struct job *job, const char *name, int64_t value)
{
    size_t max = sizeof(job->counts) / sizeof(job->counts[0]);

    for (size_t i = 0; i < max; i++) {
        struct job_count *c = &job->counts[i];

        if (!c->name)
            c->name = name;
        if (strcmp(c->name, name) == 0) {
            c->value += value;
            return;
        }
    }
    BUG("job %s has more than %zu counts", job->name, max);
}

/* Only init makes one: a folder that is away, on a disk not mounted or under a wrong path, must not
 * become an empty hub because somebody looked at it. */
static rc_t
find_cluster(struct hub *hub, const char *embedded, struct err *e)
{
    static const char *const roles[] = {
        [HUB_JOB] = CLUSTER_JOB, [HUB_READER] = CLUSTER_READER, [HUB_OWNER] = CLUSTER_OWNER};

    hub->conninfo = cluster_conninfo(hub->arena, embedded, roles[hub->as]);
    if (!cluster_made(hub->arena, embedded))
        return err_set(e, RC_FAIL, ERR_CONFIG,
                       "there is no cluster in %s (database.embedded): landport init makes one; if "
                       "there was one, mount or put back that folder first",
                       embedded);
    if (!cluster_has_roles(hub->arena, embedded))
        return err_set(
            e, RC_FAIL, ERR_DATABASE,
            "the cluster in %s was made by an earlier landport, its roles are not there: "
            "run landport init",
            embedded);
    return RC_OK;
}

/* A server of somebody else's: jobs go on as their role, whoever they log in as. Where the login is not
 * theirs alone that keeps off mistakes only, and landport check says so. */
rc_t
hub_connect(struct hub *hub, struct db **db, const char *application, struct err *e)
{
    const struct conf *c = hub->conf;
    bool reads = hub->as == HUB_READER;
    rc_t rc = db_open(db, hub->conninfo, application, e);

    if (rc != RC_OK)
        return rc;
    if (hub->as != HUB_OWNER && !c->database.embedded)
        rc = db_exec(*db, SQL_ROLES_TAKE,
                     DB_ARGS(reads ? c->database.reader_role : c->database.job_role,
                             reads ? "_reader" : "_job"),
                     NULL, e);
    if (rc == RC_OK)
        rc = db_set(*db, "hub.folders", conf_folders(c, hub->arena), e);
    if (rc == RC_OK && hub->limit_s)
        rc = db_limit(*db, hub->limit_s, e);
    if (rc != RC_OK)
        db_close(db);
    return rc;
}

/* Several may be at fault in a night, so a part of the deadline. */
rc_t
hub_limit(struct hub *hub, struct err *e)
{
    hub->limit_s = hub->conf->schedule.deadline_s / 6 + 1;
    return db_limit(hub->db, hub->limit_s, e);
}

/* After a restart of the machine the private cluster comes up with the first who needs it. */
rc_t
hub_open_db(struct hub *hub, struct err *e)
{
    const struct conf *c = hub->conf;
    const char *embedded = c->database.embedded;
    rc_t rc;

    if (hub->db)
        return RC_OK;
    hub->conninfo =
        hub->as == HUB_OWNER && c->database.owner ? c->database.owner : c->database.conninfo;
    if (!embedded && !hub->conninfo)
        return err_set(e, RC_FAIL, ERR_CONFIG,
                       "no configuration, so no database: name the file with -c or LANDPORT_CONF");
    if (embedded) {
        if ((rc = find_cluster(hub, embedded, e)) != RC_OK)
            return rc;
        /* almost always it runs: to ask first would cost a server process for each who comes */
        if (hub_connect(hub, &hub->db, "landport", NULL) == RC_OK)
            return RC_OK;
        if (!cluster_running(hub->arena, embedded) &&
            (rc = cluster_start(hub->arena, embedded, e)) != RC_OK)
            return rc;
    }
    return hub_connect(hub, &hub->db, "landport", e);
}

/* Name and age of the key that this database's data are under; *r NULL: of none yet, or of a database that is
 * older than the key, of which migrate_check() speaks. */
static rc_t
known_key(struct hub *hub, struct db_result **r, struct err *e)
{
    rc_t rc = db_query(hub->db, hub->arena,
                       "SELECT CASE WHEN has_schema_privilege(to_regnamespace('hub'), 'USAGE')"
                       " THEN to_regclass('hub.personal_key') IS NOT NULL END",
                       DB_NONE, r, e);

    if (rc == RC_OK && db_bool(*r, 0, 0))
        rc = db_query(hub->db, hub->arena,
                      "SELECT name, date_trunc('second', made_at) AS made_at FROM hub.personal_key",
                      DB_NONE, r, e);
    else
        *r = NULL;
    if (rc != RC_OK || (*r && !(*r)->rows))
        *r = NULL;
    return rc;
}

static rc_t
compare_key(struct hub *hub, struct err *e)
{
    struct db_result *r;
    char name[CIPHER_NAME];
    rc_t rc = known_key(hub, &r, e);

    if (rc != RC_OK || !r)
        return rc;
    cipher_name(name);
    if (strcmp(name, db_text(r, 0, "name")) == 0)
        return RC_OK;
    cipher_forget();
    return err_set(
        e, RC_FATAL, ERR_KEY,
        "%s holds key %s, this database's data are under key %s of %s: put that one back",
        hub->conf->personal.key, name, db_text(r, 0, "name"), db_text(r, 0, "made_at"));
}

/* Only of a zone that has no data a new one may be made. */
static rc_t
no_key(struct hub *hub, struct err *e)
{
    const char *file = hub->conf->personal.key;
    struct db_result *r = NULL;

    if (hub->db && known_key(hub, &r, NULL) == RC_OK && r)
        return err_set(e, RC_FATAL, ERR_KEY,
                       "%s is not there, and this database's data are under key %s of %s: put it "
                       "back from your backup",
                       file, db_text(r, 0, "name"), db_text(r, 0, "made_at"));
    return err_set(e, RC_FATAL, ERR_KEY,
                   "%s is not there: put it back from your backup; for a new zone landport init "
                   "makes one",
                   file);
}

rc_t
hub_open_key(struct hub *hub, struct err *e)
{
    const char *file = hub->conf->personal.key;
    rc_t rc = RC_OK;

    if (!cipher_loaded())
        rc = access(file, F_OK) != 0 && errno == ENOENT ? no_key(hub, e) : cipher_load(file, e);
    return rc == RC_OK && hub->db ? compare_key(hub, e) : rc;
}

rc_t
hub_look_key(struct hub *hub, struct err *e)
{
    struct stat st;

    return stat(hub->conf->personal.key, &st) == 0 && st.st_uid != geteuid() ? RC_OK
                                                                             : hub_open_key(hub, e);
}

rc_t
hub_open_spool(struct hub *hub, struct err *e)
{
    rc_t rc;

    if (hub->spool || (rc = hub_open_key(hub, e)) != RC_OK)
        return hub->spool ? RC_OK : rc;
    fsio_keep_free(hub->conf->spool.min_free);
    return spool_open(&hub->spool, hub->conf->spool.root, e);
}

/* A run that says nothing any more: its process is gone. One on another host, or where we cannot look, may live. */
static rc_t
end_dead(struct job *job, const struct db_result *runs, int i, struct err *e)
{
    struct process p = {.pid = db_int(runs, i, "pid"), .born = db_int(runs, i, "born")};
    uint64_t ended = 0;
    rc_t rc;

    snprintf(p.host, sizeof(p.host), "%s", db_text(runs, i, "host"));
    snprintf(p.system, sizeof(p.system), "%s", db_text(runs, i, "system"));
    if (process_state(&p) != PROCESS_GONE)
        return RC_OK;
    rc = db_exec(job->hub->db,
                 "UPDATE hub.job_run SET state = 'killed', finished_at = clock_timestamp(),"
                 " error = 'ended without a word' WHERE run_id = $1 AND state = 'running'",
                 DB_ARGS(db_text(runs, i, "run_id")), &ended, e);
    if (rc == RC_OK && ended)
        log_warn("run %s, process %s of %s, was killed; going on from what it had committed",
                 db_text(runs, i, "run_id"), db_text(runs, i, "pid"), p.host);
    return rc;
}

static rc_t
begin_run(struct job *job, struct err *e)
{
    struct hub *hub = job->hub;
    struct process self;
    char iso[21];
    struct db_result *r;
    rc_t rc;

    process_self(&self);
    rc = db_query(hub->db, hub->arena,
                  "SELECT run_id, pid, host, system, born FROM hub.job_run"
                  " WHERE job = $1 AND state = 'running' ORDER BY run_id",
                  DB_ARGS(job->name), &r, e);
    for (int i = 0; rc == RC_OK && i < r->rows; i++)
        rc = end_dead(job, r, i, e);
    if (rc == RC_OK)
        rc = db_query(hub->db, hub->arena,
                      "INSERT INTO hub.job_run (job, pid, host, system, born, clock)"
                      " VALUES ($1, $2, $3, $4, $5, $6) RETURNING run_id",
                      DB_ARGS(job->name, db_number(hub->arena, self.pid), self.host, self.system,
                              db_number(hub->arena, self.born), clock_iso(clock_now(), iso)),
                      &r, e);
    if (rc == RC_OK) {
        job->run_id = db_int(r, 0, 0);
        rc = lock_sign(job, hub->db, e);
    }
    return rc;
}

static const char *
state_of(rc_t rc)
{
    switch (rc) {
    case RC_OK:
        return "done";
    case RC_REJECT:
        return "rejects";
    case RC_RETRY:
        return "retry";
    default:
        return "failed";
    }
}

static void
counts_json(const struct job *job, struct buf *out)
{
    buf_str(out, "{");
    for (size_t i = 0; i < sizeof(job->counts) / sizeof(job->counts[0]); i++) {
        if (!job->counts[i].name)
            break;
        if (i > 0)
            buf_str(out, ", ");
        json_string(out, job->counts[i].name);
        buf_printf(out, ": %lld", (long long)job->counts[i].value);
    }
    buf_str(out, "}");
    buf_put(out, "", 1);
}

static rc_t
end_run(struct job *job, rc_t rc, const struct err *why, struct err *e)
{
    struct buf counts = {0};
    char id[24], status[8];
    rc_t closed;

    snprintf(id, sizeof(id), "%lld", (long long)job->run_id);
    snprintf(status, sizeof(status), "%d", err_exit(rc));
    counts_json(job, &counts);
    closed = db_exec(job->hub->db,
                     "UPDATE hub.job_run SET state = $2, exit_code = $3, counts = $4, error = $5, "
                     "well = $6, todo = $7,"
                     " finished_at = clock_timestamp() WHERE run_id = $1",
                     DB_ARGS(id, state_of(rc), status, counts.p,
                             why->code != ERR_NONE ? why->text : NULL, job->well ? "true" : "false",
                             why->code != ERR_NONE ? err_text(why->code)->todo_en : NULL),
                     NULL, e);
    buf_free(&counts);
    return closed;
}

/* What the job says of itself: an error, something away, something refused, or all well. */
static rc_t
verdict(const struct job *job, rc_t rc)
{
    if (rc != RC_OK && rc != RC_END)
        return rc;
    return job->retry ? RC_RETRY : job->rejects ? RC_REJECT : RC_OK;
}

rc_t
job_run(struct hub *hub, const struct job_type *type, struct job *job, struct err *e)
{
    struct err why = {0}, closing = {0}, marking = {0};
    rc_t rc, closed;

    memset(job, 0, sizeof(*job));
    job->hub = hub;
    job->name = type->name;
    log_job(type->name);
    if ((rc = migrate_check(hub->db, &migrate_ours, e)) != RC_OK ||
        (rc = mark_compare(hub, e)) != RC_OK ||
        (type->whole && (rc = lock_take(job, hub->db, NULL, e)) != RC_OK))
        return rc;
    if ((rc = begin_run(job, e)) != RC_OK)
        goto out;
    if ((rc = hub_open_spool(hub, &why)) == RC_OK)
        rc = type->run(job, &why);
    job->well |= rc == RC_OK || rc == RC_END || rc == RC_REJECT;
    rc = verdict(job, rc);
    /* what the job left open is not to be committed by the row that says how it ended */
    db_rollback(hub->db);
    closed = end_run(job, rc, &why, &closing);
    job->well &= closed == RC_OK;
    if (hub->spool && mark_raise(hub, &marking) != RC_OK) /* the next job raises it */
        log_err(LOG_WARN, &marking);
    if (why.code != ERR_NONE && e)
        *e = why;
    else if (closed != RC_OK && (rc == RC_OK || rc == RC_REJECT)) {
        rc = closed;
        if (e)
            *e = closing;
    }
out:
    if (type->whole)
        lock_give(job, hub->db, NULL);
    return rc;
}
