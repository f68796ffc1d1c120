#define _GNU_SOURCE /* closefrom, setresuid */
#include "base/apart.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/fault.h" /* for LANDPORT_FAULT */

#define NOBODY 65534 /* where no account of that name is */

struct apart {
    char word[32];
    const int *fds;
    size_t n;
};

/* In the new process, before it is another program. */
static int
become(void *ctx, int in, int out)
{
    static char program[] = "landport";
    struct apart *a = ctx;
    const int *fds = a->fds;
    const size_t n = a->n;
    char *const argv[] = {program, a->word, NULL};
#ifdef LANDPORT_FAULT
    static char fault[200];
    char *const env[] = {fault, NULL};
    const char *where = getenv("FAULT");

    snprintf(fault, sizeof fault, "FAULT=%s", where ? where : "");
#else
    static char *const env[] = {NULL};
#endif
    int null = open("/dev/null", O_RDWR);
    int at[APART_FDS];

    (void)in;
    (void)out;
    /* above the places they go to, whichever these are now */
    for (size_t i = 0; i < n; i++)
        if ((at[i] = fcntl(fds[i], F_DUPFD, APART_FD + APART_FDS)) < 0)
            return 126;
    for (int fd = 0; fd < APART_FD; fd++)
        if (null < 0 || dup2(null, fd) < 0)
            return 126;
    for (size_t i = 0; i < n; i++)
        if (dup2(at[i], APART_FD + (int)i) < 0)
            return 126;
    closefrom(APART_FD + (int)n);
    execve("/proc/self/exe", argv, env);
    return 127;
}

rc_t
apart_start(const char *word, const int fds[], size_t n, struct child **c, struct err *e)
{
    struct apart a = {.fds = fds, .n = n};
    const struct child_form form = {.name = word, .run = become, .ctx = &a};

    if (n > APART_FDS || (size_t)snprintf(a.word, sizeof a.word, "%s", word) >= sizeof a.word)
        BUG("no process %s with %zu descriptors", word, n);
    return child_start(c, &form, e);
}

/* Who changes accounts can be traced by nobody of the new one. */
static bool
become_nobody(void)
{
    const struct passwd *pw;
    uid_t uid = NOBODY;
    gid_t gid = NOBODY;

    if (geteuid() != 0)
        return true;
    if ((pw = getpwnam("nobody"))) {
        uid = pw->pw_uid;
        gid = pw->pw_gid;
    }
    return setgroups(0, NULL) == 0 && setresgid(gid, gid, gid) == 0 &&
           setresuid(uid, uid, uid) == 0;
}

bool
apart_enter(void)
{
    if (!become_nobody() || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return false;
    (void)confine_files(); /* landport check says where the kernel has it not */
    return true;
}
