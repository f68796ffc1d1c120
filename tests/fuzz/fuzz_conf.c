/*
 * fuzz_conf.c - any bytes as landport.conf.
 *
 * Run it in the checkout, whose formats are the ones partners may be given. Beyond not crashing: what
 * is taken has all that the hub relies on, what is refused names the file with each problem. Files
 * that include others by a path that leads out of their folder are passed over.
 */
#define _GNU_SOURCE /* memmem */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/tmp/landport-fuzz-XXXXXX", file[sizeof folder + 20];

static void
require(bool holds)
{
    if (!holds)
        abort();
}

static void
clean_up(void)
{
    unlink(file);
    rmdir(folder);
}

static void
begin(void)
{
    char here[PATH_MAX];

    if (*file)
        return;
    require(mkdtemp(folder) && getcwd(here, sizeof here));
    setenv("LANDPORT_SHARE", here, 1);
    snprintf(file, sizeof file, "%s/landport.conf", folder);
    atexit(clean_up);
}

static bool
leads_out(const uint8_t *data, size_t size)
{
    return memmem(data, size, "include", 7) &&
           (memmem(data, size, "\"/", 2) || memmem(data, size, "'/", 2) ||
            memmem(data, size, "..", 2) || memmem(data, size, "${", 2));
}

static void
write_file(const uint8_t *data, size_t size)
{
    FILE *f = fopen(file, "w");

    require(f && fwrite(data, 1, size, f) == size);
    require(fclose(f) == 0);
}

static void
check_box(const struct conf_dropbox *b)
{
    require(b->url && b->url[0] && b->key && b->known_hosts);
    require(b->in && b->in[0] == '/' && b->out && b->out[0] == '/' && b->done);
    require(b->idle_s > 0);
}

static void
check_conf(const struct conf *c)
{
    require(c->zone.code && c->zone.name && c->zone.customs && c->zone.timezone);
    require(!c->database.embedded != !c->database.conninfo);
    require(c->spool.root && c->share && c->schedule.deadline_s > 0 && c->schedule.quiet_s > 0);
    for (uint32_t i = 0; i < c->partner_count; i++) {
        const struct conf_partner *p = &c->partners[i];

        require(conf_partner(c, p->id) == p && p->name && p->charset);
        require(p->reject_limit >= 0 && p->reject_limit <= 1);
        require(p->deadline_minutes >= -1 && p->deadline_minutes < 24 * 60);
        check_box(&p->box);
    }
    for (uint32_t i = 0; i < c->agency_count; i++) {
        const struct conf_agency *a = &c->agencies[i];

        require(conf_agency(c, a->id) == a && a->name);
        require(a->per_message >= 1 && a->per_message <= 100);
        check_box(&a->box);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct conf_problem *problems = NULL;
    struct conf *c = NULL;
    struct err e = {0};
    struct arena *a;
    rc_t rc;

    begin();
    if (leads_out(data, size))
        return 0;
    write_file(data, size);
    a = arena_new("fuzz");
    rc = conf_load(&c, a, file, &problems, &e);
    if (rc == RC_OK) {
        check_conf(c);
    } else {
        require(rc == RC_FAIL && e.code == ERR_CONFIG && problems);
        for (; problems; problems = problems->next)
            require(strncmp(problems->text, folder, strlen(folder)) == 0);
    }
    arena_free(&a);
    return 0;
}
