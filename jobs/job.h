/*
 * job.h - what every job and command stands on: configuration, database, spool, a run row.
 *
 * Shape    One struct hub a process. job_run() writes a row of hub.job_run and closes it with counts and exit
 *          status. What one process at a time may do has a lock (lock.h): of a job that takes all parties together the
 *          whole of it, else what it does for one of them.
 * Time     A job that passes schedule.deadline is killed by the dispatcher, which runs each job
 *          in a child process.
 */
#ifndef LANDPORT_JOB_H
#define LANDPORT_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "conf/conf.h"
#include "spool/spool.h"
#include "sql/db.h"

/* As whom the database is opened: init as who owns it, all others as a role that owns nothing. */
enum hub_as { HUB_JOB, HUB_READER, HUB_OWNER };

struct hub {
    struct arena *arena;   /* lives as long as the process */
    const char *conf_file; /* of -c; NULL: the usual places */
    struct conf *conf;
    enum hub_as as;
    const char *conninfo;
    struct db *db;
    uint32_t limit_s; /* of each statement, on whatever connection: hub_limit; 0: none */
    struct spool *spool;
    const char
        *broken; /* of the jobs before it in this run: the one that did not end well, and why */
    bool json;
    bool answered; /* a command that failed has given its JSON document all the same */
};

/* What a command needs before it runs. argv[0] is its name; -c, -v and --json are taken out. */
enum {
    CMD_CONF = 1,
    CMD_DB = 2,
    CMD_SPOOL = 4,
    CMD_CONF_IF_ANY = 8, /* with CMD_CONF: goes without a file as well, if none is named */
    CMD_TEST_CLOCK = 16, /* makes data for tests: LANDPORT_NOW holds, whatever the zone */
    CMD_READS = 32       /* with CMD_DB: changes nothing there */
};

struct command {
    const char *name, *usage, *summary, *help;
    unsigned needs;
    rc_t (*run)(struct hub *hub, int argc, char **argv, struct err *e);
};

/* Job counts, shown by run and status and kept in job_run. */
struct job_count {
    const char *name;
    int64_t value;
};
struct job {
    struct hub *hub;
    const char *name;
    int64_t run_id;
    struct job_count counts[16];
    bool rejects; /* rows rejected or files held: exit status 65 */
    bool retry;   /* something was away: exit status 75 */
    bool well; /* receives: it went through; what went wrong was one party's, and is in hub.visit */
};
void job_count(struct job *job, const char *name, int64_t value); /* adds */

/* A job is a function NAME_run(); which there are says jobs.def. */
struct job_type {
    const char *name, *summary;
    rc_t (*run)(struct job *job, struct err *e);
    bool whole; /* of all parties together: one at a time */
};
extern const struct job_type job_types[]; /* in the order of the night; ends with NULL */

/*
 * Run row, run, close; *job keeps the counts. Returns RC_OK, RC_REJECT, RC_RETRY, RC_FAIL;
 * with RC_REJECT or RC_RETRY the error may be empty (the job went through and left something).
 */
rc_t job_run(struct hub *hub, const struct job_type *type, struct job *job, struct err *e);

rc_t hub_open_db(struct hub *hub, struct err *e);
/* One more connection of the same kind, for work beside that of hub->db. */
rc_t hub_connect(struct hub *hub, struct db **db, const char *application, struct err *e);
/* For jobs that ask what agencies' folders and sites wrote: one statement that never ends costs its kind, not the job's deadline and
 * with it everybody behind it. */
rc_t hub_limit(struct hub *hub, struct err *e);
/* The key of personal data, and that it is the one this database's data were sealed with. */
rc_t hub_open_key(struct hub *hub, struct err *e);
/* The same for who only looks, and may be somebody who cannot read it: one that others own is believed. */
rc_t hub_look_key(struct hub *hub, struct err *e);
/* With the key. */
rc_t hub_open_spool(struct hub *hub, struct err *e);

#define JOB(name, whole, summary) rc_t name##_run(struct job *job, struct err *e);
#include "jobs.def"
#undef JOB

rc_t cmd_init(struct hub *hub, int argc, char **argv, struct err *e);
rc_t cmd_check(struct hub *hub, int argc, char **argv, struct err *e);
rc_t cmd_run(struct hub *hub, int argc, char **argv, struct err *e);
rc_t cmd_status(struct hub *hub, int argc, char **argv, struct err *e);
rc_t cmd_batch(struct hub *hub, int argc, char **argv, struct err *e);
rc_t cmd_trace(struct hub *hub, int argc, char **argv, struct err *e);
rc_t cmd_bundle(struct hub *hub, int argc, char **argv, struct err *e);
rc_t cmd_reconcile(struct hub *hub, int argc, char **argv, struct err *e);
rc_t cmd_rate(struct hub *hub, int argc, char **argv, struct err *e);
rc_t cmd_format(struct hub *hub, int argc, char **argv, struct err *e);
rc_t cmd_sample(struct hub *hub, int argc, char **argv, struct err *e);

#endif
