/* tally.c - a job of a version to come, added as jobs/README.md says under "Add a job". */
#include "job.h"
#include "sql/statements.h"

rc_t
tally_run(struct job *job, struct err *e)
{
    struct db_result *r;
    rc_t rc = db_query(job->hub->db, job->hub->arena, SQL_TALLY_BUNDLES, DB_NONE, &r, e);

    if (rc == RC_OK)
        job_count(job, "bundles", db_int(r, 0, "bundles"));
    return rc;
}
