/* cluster.c - the private PostgreSQL cluster: made, started and stopped with PostgreSQL's tools. */
#include "sql/cluster.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <limits.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "base/log.h"
#include "sql/db.h"
#include "sql/statements.h"

#define SOCKET_PATH_MAX 90 /* the kernel takes 107 bytes, "/.s.PGSQL.5432.lock" comes behind */
#define START_WAIT_S    "60"
#define DYING_TURNS     12 /* of half a second */
#define TOOL_MS         600000
#define TOOL_GRACE_MS   10000

#define ACCESS_RULES "pg_hba.conf"
#define ACCESS_MAP   "pg_ident.conf"
#define ACCESS_HEADING                                                                             \
    "# written by landport; put your own into a file that hba_file, ident_file name in "           \
    "postgresql.auto.conf\n"

struct cluster {
    struct arena *arena;
    const char *dir, *data, *log, *run;
    const char *account, *home;
    uid_t uid;
    gid_t gid;
    bool as_root; /* the server refuses root, so its account is taken on */
};

static const char settings[] =
    "# written by landport at every start; put your own settings into postgresql.auto.conf\n"
    "listen_addresses = ''\n"
    "unix_socket_permissions = 0700\n"
    "port = 5432\n"
    "max_connections = 50\n"
    "work_mem = 8MB\n"
    "maintenance_work_mem = 64MB\n"
    "max_locks_per_transaction = 256\n"
    "fsync = on\n"
    "synchronous_commit = on\n"
    "wal_level = minimal\n"
    "max_wal_senders = 0\n"
    "max_wal_size = 4GB\n"
    "checkpoint_timeout = 15min\n"
    "random_page_cost = 1.1\n"
    "jit = off\n"
    "timezone = 'UTC'\n"
    "log_timezone = 'UTC'\n"
    "log_checkpoints = off\n"
    "log_line_prefix = '%m [%p] '\n"
    /* A partner's values must not reach the server's log. */
    "log_error_verbosity = terse\n"
    "log_min_error_statement = panic\n";

static const char *
absolute(struct arena *a, const char *dir)
{
    char here[PATH_MAX];

    if (dir[0] == '/' || !getcwd(here, sizeof(here)))
        return arena_str(a, dir);
    return arena_printf(a, "%s/%s", here, dir);
}

/* Beside the data, or below /tmp under a name made of the folder's where that is too long. */
static const char *
socket_dir(struct arena *a, const char *dir)
{
    const char *run = arena_printf(a, "%s/run", dir);
    uint32_t hash = 2166136261U; /* FNV-1a */

    if (strlen(run) <= SOCKET_PATH_MAX)
        return run;
    for (const char *p = dir; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 16777619U;
    return arena_printf(a, "/tmp/landport-%08x", hash);
}

static rc_t
describe(struct cluster *c, struct arena *a, const char *dir, struct err *e)
{
    const struct passwd *pw = geteuid() == 0 ? getpwnam("postgres") : getpwuid(geteuid());

    memset(c, 0, sizeof(*c));
    if (!pw)
        return err_set(e, RC_FAIL, ERR_DATABASE,
                       "no account %s on this machine: install the postgresql package",
                       geteuid() == 0 ? "postgres" : "for this user");
    c->arena = a;
    c->dir = absolute(a, dir);
    c->data = arena_printf(a, "%s/data", c->dir);
    c->log = arena_printf(a, "%s/log", c->dir);
    c->run = socket_dir(a, c->dir);
    c->account = arena_str(a, pw->pw_name);
    c->home = arena_str(a, pw->pw_dir);
    c->uid = pw->pw_uid;
    c->gid = pw->pw_gid;
    c->as_root = geteuid() == 0;
    return RC_OK;
}

static const char *
quoted(struct arena *a, const char *value)
{
    char *out = arena_alloc(a, 2 * strlen(value) + 1), *at = out;

    for (; *value; value++) {
        if (*value == '\'' || *value == '\\')
            *at++ = '\\';
        *at++ = *value;
    }
    return out;
}

/* requirepeer: nobody else's server on a socket of that name is ever talked to. */
static const char *
conninfo_to(const struct cluster *c, const char *role, const char *database)
{
    return arena_printf(c->arena, "host='%s' port=5432 user='%s' requirepeer='%s' dbname=%s",
                        quoted(c->arena, c->run), quoted(c->arena, role),
                        quoted(c->arena, c->account), database);
}

const char *
cluster_conninfo(struct arena *a, const char *dir, const char *role)
{
    struct cluster c;

    return describe(&c, a, dir, NULL) == RC_OK ? conninfo_to(&c, role, "landport") : "";
}

/* The release that made the data, else 15, else whatever PATH finds. */
static const char *
tool(const struct cluster *c, const char *name)
{
    char version[16] = "15";
    FILE *f = fopen(arena_printf(c->arena, "%s/PG_VERSION", c->data), "re");
    const char *path;

    if (f && fgets(version, sizeof(version), f))
        version[strcspn(version, "\r\n")] = '\0';
    if (f)
        fclose(f);
    path = arena_printf(c->arena, "/usr/lib/postgresql/%s/bin/%s", version, name);
    return access(path, X_OK) == 0 ? path : name;
}

struct tool_call {
    const struct cluster *cluster;
    const char *const *argv;
};

/* In the new process: the account's, with nothing of ours open. */
static int
become(void *ctx, int in, int out)
{
    const struct tool_call *call = ctx;
    const struct cluster *c = call->cluster;
    int null = open("/dev/null", O_RDONLY);

    (void)in;
    if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
        return 126;
    closefrom(3); /* the server must not keep our locks, sockets or files open */
    if (c->as_root &&
        (initgroups(c->account, c->gid) != 0 || setgid(c->gid) != 0 || setuid(c->uid) != 0)) {
        dprintf(2, "cannot become %s: %s", c->account, strerror(errno));
        return 126;
    }
    if (setenv("HOME", c->home, 1) != 0 || unsetenv("PGDATA") != 0 || chdir("/") != 0)
        return 126;
    execvp(call->argv[0], (char *const *)(uintptr_t)call->argv);
    dprintf(2, "cannot run %s: %s", call->argv[0], strerror(errno));
    return 127;
}

/* Run a tool as the account: did it end well? *said receives the end of its output, one line: the last words say
 * what went wrong. */
static bool
run_tool(const struct cluster *c, const char *const *argv, char *said, size_t size)
{
    struct tool_call call = {c, argv};
    const struct child_form form = {.name = argv[0],
                                    .run = become,
                                    .ctx = &call,
                                    .says = true,
                                    .deadline_ms = TOOL_MS,
                                    .grace_ms = TOOL_GRACE_MS};
    struct child_talk t = {.heard = said, .size = size - 1, .last = true};
    struct child *child;
    struct err e;
    bool well;

    if (child_start(&child, &form, &e) != RC_OK) {
        snprintf(said, size, "%.*s", (int)size - 1, e.text);
        return false;
    }
    child_talk(child, &t);
    said[t.n] = '\0';
    well = child_well(child);
    if (!well && !t.n)
        (void)child_words(child, said);
    child_free(&child);
    for (char *p = said; *p; p++)
        *p = (char)(*p == '\n' || *p == '\r' ? ' ' : *p);
    return well;
}

static rc_t
system_error(struct err *e, const char *what, const char *path)
{
    return err_set(e, RC_FAIL, ERR_DATABASE, "cannot %s %s: %s", what, path, strerror(errno));
}

/* Missing parents; open for passing through, because the account has to. */
static rc_t
make_parents(const struct cluster *c, struct err *e)
{
    char *path = arena_str(c->arena, c->dir);

    for (char *p = path + 1; (p = strchr(p, '/')) != NULL; p++) {
        *p = '\0';
        if (mkdir(path, 0700) == 0) {
            if (c->as_root && chmod(path, 0711) != 0)
                return system_error(e, "change the mode of", path);
        } else if (errno != EEXIST) {
            return system_error(e, "make folder", path);
        }
        *p = '/';
    }
    return RC_OK;
}

static bool
may_pass(const struct cluster *c, const char *path, const struct stat *st)
{
    gid_t groups[64];
    int count = 64;

    if (!c->as_root)
        return access(path, X_OK) == 0;
    if (st->st_uid == c->uid)
        return (st->st_mode & S_IXUSR) != 0;
    if (getgrouplist(c->account, c->gid, groups, &count) >= 0)
        for (int i = 0; i < count; i++)
            if (groups[i] == st->st_gid)
                return (st->st_mode & S_IXGRP) != 0;
    return (st->st_mode & S_IXOTH) != 0;
}

/* The server cannot say which folder stopped it, so this does. */
static rc_t
check_parents(const struct cluster *c, struct err *e)
{
    char *path = arena_str(c->arena, c->dir);
    struct stat st;

    for (char *p = path + 1; (p = strchr(p, '/')) != NULL; p++) {
        *p = '\0';
        if (stat(path, &st) == 0 && !may_pass(c, path, &st))
            return err_set(e, RC_FAIL, ERR_DATABASE,
                           "account %s cannot pass through folder %s to reach %s: chmod o+x it, or "
                           "put database.embedded elsewhere",
                           c->account, path, c->dir);
        *p = '/';
    }
    return RC_OK;
}

/* A folder only the account enters. One that is there already must be its own. */
static rc_t
own_folder(const struct cluster *c, const char *path, struct err *e)
{
    struct stat st;
    bool made = mkdir(path, 0700) == 0;

    if (!made && errno != EEXIST)
        return system_error(e, "make folder", path);
    if (made && c->as_root && lchown(path, c->uid, c->gid) != 0)
        return system_error(e, "give away folder", path);
    if (lstat(path, &st) != 0)
        return system_error(e, "look at", path);
    /* another starter may just have made it and be about to give it away */
    for (int i = 0; !made && c->as_root && st.st_uid == 0 && c->uid != 0 && i < 50; i++) {
        nanosleep(&(struct timespec){0, 10000000}, NULL);
        if (lstat(path, &st) != 0)
            return system_error(e, "look at", path);
    }
    if (!S_ISDIR(st.st_mode) || st.st_uid != c->uid)
        return err_set(e, RC_FAIL, ERR_DATABASE,
                       "%s must be a folder that belongs to account %s; name another one in "
                       "database.embedded, or remove it",
                       path, c->account);
    if ((st.st_mode & 077) != 0 && chmod(path, 0700) != 0)
        return system_error(e, "change the mode of", path);
    return RC_OK;
}

/* An eighth of the machine: a night's rows fit, and the file cache keeps most of it. */
static unsigned
shared_buffers_mb(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    uint64_t mb = pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page >> 23 : 0;

    return mb < 128 ? 128 : mb > 2048 ? 2048 : (unsigned)mb;
}

/* Into the data folder, whole or not at all, readable by the account alone. */
static rc_t
write_file(const struct cluster *c, const char *name, const char *text, struct err *e)
{
    const char *path = arena_printf(c->arena, "%s/%s", c->data, name);
    const char *temporary = arena_printf(c->arena, "%s.new", path);
    FILE *f = fopen(temporary, "we");
    bool good;

    if (!f)
        return system_error(e, "write", temporary);
    good = fputs(text, f) >= 0;
    good = good && fchmod(fileno(f), 0600) == 0;
    good = good && (!c->as_root || fchown(fileno(f), c->uid, c->gid) == 0);
    good = fflush(f) == 0 && fsync(fileno(f)) == 0 && good;
    if (fclose(f) != 0 || !good || rename(temporary, path) != 0)
        return system_error(e, "write", path);
    return RC_OK;
}

static rc_t
write_settings(const struct cluster *c, struct err *e)
{
    return write_file(c, "landport.conf",
                      arena_printf(c->arena,
                                   "%sshared_buffers = %uMB\nunix_socket_directories = '%s'\n",
                                   settings, shared_buffers_mb(), quoted(c->arena, c->run)),
                      e);
}

/* Who may ask for which role. Peer: the kernel says who is at the other end of the socket, and the
 * map which roles that account may have; without a line for it, a role has no way in. */
static const char *
access_rules(const struct cluster *c)
{
    return arena_printf(c->arena,
                        ACCESS_HEADING "local landport " CLUSTER_OWNER "," CLUSTER_JOB
                                       "," CLUSTER_READER " peer map=landport\n"
                                       "local all \"%s\" peer map=landport\n",
                        c->account);
}

static const char *
access_map(const struct cluster *c)
{
    const struct passwd *pw = c->as_root ? getpwuid(geteuid()) : NULL;
    const char *const roles[] = {CLUSTER_OWNER, CLUSTER_JOB, CLUSTER_READER, c->account};
    const char *text = arena_str(c->arena, ACCESS_HEADING);

    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        text = arena_printf(c->arena, "%slandport \"%s\" \"%s\"\n", text, c->account, roles[i]);
        if (pw)
            text =
                arena_printf(c->arena, "%slandport \"%s\" \"%s\"\n", text, pw->pw_name, roles[i]);
    }
    return text;
}

/* Both are ours, and are written at each start: what a person wants to have otherwise goes into a file that postgresql.auto.conf
 * names, so that nobody's line lets more in by being forgotten here. */
static rc_t
write_access(const struct cluster *c, struct err *e)
{
    rc_t rc = write_file(c, ACCESS_RULES, access_rules(c), e);

    return rc == RC_OK ? write_file(c, ACCESS_MAP, access_map(c), e) : rc;
}

static bool
has_access_map(const struct cluster *c)
{
    FILE *f = fopen(arena_printf(c->arena, "%s/" ACCESS_MAP, c->data), "re");
    char line[sizeof(ACCESS_HEADING)] = "";

    if (f) {
        if (!fgets(line, sizeof(line), f))
            line[0] = '\0';
        fclose(f);
    }
    return strcmp(line, ACCESS_HEADING) == 0;
}

bool
cluster_has_roles(struct arena *a, const char *dir)
{
    struct cluster c;

    return describe(&c, a, dir, NULL) == RC_OK && has_access_map(&c);
}

/* initdb into a folder of another name: killed half-way, the next start begins afresh. */
static rc_t
make_data(const struct cluster *c, struct err *e)
{
    const char *fresh = arena_printf(c->arena, "%s.new", c->data);
    const char *const wipe[] = {"rm", "-rf", "--", fresh, NULL};
    const char *const init[] = {tool(c, "initdb"),
                                "-D",
                                fresh,
                                "-U",
                                c->account,
                                "-A",
                                "trust",
                                "-E",
                                "UTF8",
                                "--locale=C.UTF-8",
                                "--lc-collate=C",
                                NULL};
    char said[600];
    FILE *f;

    log_info("making a database cluster in %s", c->dir);
    if (!run_tool(c, wipe, said, sizeof(said)) || !run_tool(c, init, said, sizeof(said)))
        return err_set(e, RC_FAIL, ERR_DATABASE, "cannot make a cluster in %s: %s", c->dir, said);
    f = fopen(arena_printf(c->arena, "%s/postgresql.conf", fresh), "ae");
    if (!f || fputs("\ninclude 'landport.conf'\n", f) < 0 || fclose(f) != 0)
        return system_error(e, "write postgresql.conf in", fresh);
    if (rename(fresh, c->data) != 0)
        return system_error(e, "rename", fresh);
    return RC_OK;
}

/* Where the server's log ends now. */
static long
log_end(const struct cluster *c)
{
    struct stat st;

    return stat(c->log, &st) == 0 ? (long)st.st_size : 0;
}

/* What it says since then, its last lines, whole ones, in one. */
static const char *
log_since(const struct cluster *c, long from)
{
    char text[500], *line = text;
    size_t n = 0;
    long begin = log_end(c) - (long)(sizeof(text) - 1);
    FILE *f = fopen(c->log, "re");

    if (f) {
        if (fseek(f, begin > from ? begin : from, SEEK_SET) == 0)
            n = fread(text, 1, sizeof(text) - 1, f);
        fclose(f);
    }
    text[n] = '\0';
    if (begin > from && (line = strchr(text, '\n')))
        line++;
    else
        line = text;
    for (char *p = line; *p; p++)
        if (*p == '\n')
            *p = ' ';
    return arena_str(c->arena, line);
}

/* A server that was killed leaves its backends, which take a moment to notice; until then no other starts. */
static bool
is_dying(const char *log)
{
    return strstr(log, "lock file \"postmaster.pid\" already exists") ||
           strstr(log, "pre-existing shared memory block");
}

/* pg_ctl says only that it did not work: why stands in the server's log, and of that only what this start has added counts. */
static rc_t
start_server(const struct cluster *c, struct err *e)
{
    const char *const start[] = {tool(c, "pg_ctl"), "-D",    c->data, "-l", c->log, "-w", "-t",
                                 START_WAIT_S,      "start", NULL};
    const char *log = "";
    char said[600];

    for (int turn = 0; turn < DYING_TURNS; turn++) {
        long from = log_end(c);

        if (run_tool(c, start, said, sizeof(said)))
            return RC_OK;
        log = log_since(c, from);
        if (!is_dying(log))
            break;
        nanosleep(&(struct timespec){0, 500000000}, NULL);
    }
    if (PQping(conninfo_to(c, c->account, "postgres")) == PQPING_REJECT)
        return err_set(e, RC_RETRY, ERR_DATABASE_AWAY,
                       "the cluster in %s is still starting after " START_WAIT_S " s", c->dir);
    if (is_dying(log))
        return err_set(e, RC_RETRY, ERR_DATABASE_AWAY,
                       "the server that ran in %s before has not ended yet; its log: %s", c->dir,
                       log);
    return err_set(e, RC_FAIL, ERR_DATABASE, "the cluster in %s does not start: %s; its log: %s",
                   c->dir, said, log);
}

static rc_t
make_database(const struct cluster *c, struct err *e)
{
    struct db *db = NULL;
    struct db_result *r;
    rc_t rc = db_open(&db, conninfo_to(c, c->account, "postgres"), "landport", e);

    if (rc == RC_OK)
        rc = db_query(db, c->arena, "SELECT 1 FROM pg_database WHERE datname = 'landport'", DB_NONE,
                      &r, e);
    if (rc == RC_OK && r->rows == 0)
        rc = db_exec(db, "CREATE DATABASE landport", DB_NONE, NULL, e);
    db_close(&db);
    if (rc == RC_OK)
        rc = db_open(&db, conninfo_to(c, c->account, "landport"), "landport", e);
    if (rc == RC_OK)
        rc = db_script(db, NULL, SQL_CLUSTER_ROLES, NULL, e);
    db_close(&db);
    return rc;
}

/* One that runs since a former version let everybody in who reached the socket, as whom he liked. */
static rc_t
close_access(const struct cluster *c, struct err *e)
{
    struct db *db = NULL;
    rc_t rc = RC_OK;

    if (has_access_map(c))
        return RC_OK;
    if ((rc = write_access(c, e)) == RC_OK)
        rc = db_open(&db, conninfo_to(c, c->account, "postgres"), "landport", e);
    if (rc == RC_OK)
        rc = db_exec(db, "SELECT pg_reload_conf()", DB_NONE, NULL, e);
    db_close(&db);
    return rc;
}

/* Under the lock: whoever comes second finds everything there. */
static rc_t
start_locked(const struct cluster *c, struct err *e)
{
    rc_t rc;

    if (PQping(conninfo_to(c, c->account, "postgres")) == PQPING_OK) {
        rc = make_database(c, e);
        return rc == RC_OK ? close_access(c, e) : rc;
    }
    if ((rc = own_folder(c, c->run, e)) != RC_OK)
        return rc;
    if (access(c->data, F_OK) != 0 && (rc = make_data(c, e)) != RC_OK)
        return rc;
    if ((rc = write_settings(c, e)) != RC_OK || (rc = write_access(c, e)) != RC_OK ||
        (rc = start_server(c, e)) != RC_OK)
        return rc;
    return make_database(c, e);
}

rc_t
cluster_start(struct arena *a, const char *dir, struct err *e)
{
    struct cluster c;
    rc_t rc;
    int lock;

    if ((rc = describe(&c, a, dir, e)) != RC_OK || (rc = make_parents(&c, e)) != RC_OK ||
        (rc = check_parents(&c, e)) != RC_OK || (rc = own_folder(&c, c.dir, e)) != RC_OK)
        return rc;
    /* Several jobs may find it down at the same moment. The lock is on the folder itself, so that there is no lock file to be left
     * behind, and a tool that is started closes it: a server must not keep it. */
    lock = open(c.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock < 0 || flock(lock, LOCK_EX) != 0)
        rc = system_error(e, "lock folder", c.dir);
    else
        rc = start_locked(&c, e);
    if (lock >= 0)
        close(lock);
    return rc;
}

bool
cluster_made(struct arena *a, const char *dir)
{
    return access(arena_printf(a, "%s/data", dir), F_OK) == 0 || errno != ENOENT;
}

bool
cluster_running(struct arena *a, const char *dir)
{
    struct cluster c;
    PGPing ping;

    if (describe(&c, a, dir, NULL) != RC_OK)
        return false;
    ping = PQping(conninfo_to(&c, c.account, "postgres"));
    return ping == PQPING_OK || ping == PQPING_REJECT;
}

rc_t
cluster_stop(struct arena *a, const char *dir, struct err *e)
{
    struct cluster c;
    char said[600];
    rc_t rc = describe(&c, a, dir, e);

    if (rc != RC_OK || !cluster_running(a, dir))
        return rc;
    const char *const stop[] = {tool(&c, "pg_ctl"), "-D", c.data, "-m", "fast", "-w", "stop", NULL};
    if (!run_tool(&c, stop, said, sizeof(said)))
        return err_set(e, RC_FAIL, ERR_DATABASE, "the cluster in %s does not stop: %s", c.dir,
                       said);
    return RC_OK;
}
