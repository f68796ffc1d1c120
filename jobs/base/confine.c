#define _GNU_SOURCE /* close_range, AT_EMPTY_PATH */
#include "base/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <limits.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MEMORY_DEFAULT ((uint64_t)512 << 20)
#define CPU_DEFAULT    3600
#define FD_FIRST       3
#define POLLED                                                                                     \
    2 /* at a time: poll takes no more than the limit of open files, of which 0 to 2 are */
#define FD_MOST 65536 /* where the kernel cannot close a range */

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_SANITIZER
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define WITH_SANITIZER
#endif

bool
confine_filters(void)
{
#ifdef WITH_SANITIZER
    return false;
#else
    return true;
#endif
}

/* ---- before ---- */

/* Kept open: the C library unloads a converter that nobody uses. */
static iconv_t converters[2][5];

void
confine_prepare(void)
{
    static const char *const charsets[] = {"GB18030", "GBK", "UTF-16", "UTF-16LE", "UTF-16BE"};
    static bool done;

    if (done)
        return;
    for (size_t i = 0; i < sizeof charsets / sizeof *charsets; i++) {
        converters[0][i] = iconv_open("UTF-8", charsets[i]);
        converters[1][i] = iconv_open(charsets[i], "UTF-8");
    }
    done = true;
}

/* ---- descriptors and limits ---- */

static void
close_between(unsigned from, unsigned to)
{
    if (close_range(from, to, 0) == 0)
        return;
    for (unsigned fd = from; fd <= to && fd < FD_MOST; fd++)
        close((int)fd);
}

static void
close_others(const int keep_fds[], size_t n)
{
    unsigned from = FD_FIRST;

    for (;;) {
        unsigned next = UINT_MAX; /* the smallest that is kept */

        for (size_t i = 0; i < n; i++)
            if (keep_fds[i] >= (int)from && (unsigned)keep_fds[i] < next)
                next = (unsigned)keep_fds[i];
        if (next > from)
            close_between(from, next == UINT_MAX ? UINT_MAX : next - 1);
        if (next == UINT_MAX)
            return;
        from = next + 1;
    }
}

static rc_t
set_limits(const struct confine_limits *limits, struct err *e)
{
    const struct {
        int what;
        rlim_t most;
    } all[] = {
        {RLIMIT_CORE,   0                                                         },
        {RLIMIT_CPU,    limits && limits->cpu_s ? limits->cpu_s : CPU_DEFAULT     },
#ifndef WITH_SANITIZER
        {RLIMIT_NOFILE, limits && limits->waits ? POLLED : 0                      }, /* those that are open stay */
        {RLIMIT_AS,     limits && limits->memory ? limits->memory : MEMORY_DEFAULT},
#endif
    };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (setrlimit((__rlimit_resource_t)all[i].what,
                      &(struct rlimit){all[i].most, all[i].most}) != 0)
            return err_set(e, RC_FAIL, ERR_SYSTEM, "confine: limit %d: %s", all[i].what,
                           strerror(errno));
    return RC_OK;
}

/* ---- files ---- */

#ifndef WITH_SANITIZER
/* linux/landlock.h may be older than the kernel: what each version can forbid, of its struct's three words. */
static const struct {
    uint64_t files, net, scoped;
    size_t size;
} landlock[] = {
    [1] = {(1u << 13) - 1, 0, 0, 8 },
      [2] = {(1u << 14) - 1, 0, 0, 8 },
    [3] = {(1u << 15) - 1, 0, 0, 8 },
      [4] = {(1u << 15) - 1, 3, 0, 16},
    [5] = {(1u << 16) - 1, 3, 0, 16},
      [6] = {(1u << 16) - 1, 3, 3, 24},
};
#define LANDLOCK_NEWEST ((long)(sizeof landlock / sizeof *landlock) - 1)
#endif

static long
landlock_version(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, 1 /* which version? */);
}

bool
confine_files_known(void)
{
    return landlock_version() >= 1;
}

bool
confine_files(void)
{
#ifdef WITH_SANITIZER
    return false;
#else
    long version = landlock_version();
    uint64_t handled[3];
    int rules;
    bool good;

    if (version < 1)
        return false;
    if (version > LANDLOCK_NEWEST)
        version = LANDLOCK_NEWEST;
    handled[0] = landlock[version].files;
    handled[1] = landlock[version].net;
    handled[2] = landlock[version].scoped;
    rules = (int)syscall(SYS_landlock_create_ruleset, handled, landlock[version].size, 0);
    good = rules >= 0 &&
           syscall(SYS_landlock_restrict_self, rules, 0) == 0; /* with no rule: nothing */
    if (rules >= 0)
        close(rules);
    return good;
#endif
}

/* ---- system calls ---- */

#ifndef WITH_SANITIZER

static const int allowed[] = {
    SCMP_SYS(read),
    SCMP_SYS(pread64),
    SCMP_SYS(readv),
    SCMP_SYS(write),
    SCMP_SYS(pwrite64),
    SCMP_SYS(writev),
    SCMP_SYS(lseek),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(brk),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    SCMP_SYS(getrandom),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(sysinfo), /* qsort asks how much memory there is */
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(rt_sigprocmask), /* abort */
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

static int
allow_some(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp not_executable = SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    /* the C library's fstat; a path would be allowed with it, its file's size be no secret */
    const struct scmp_arg_cmp open_file = SCMP_A3_64(SCMP_CMP_EQ, AT_EMPTY_PATH, 0);
    const struct scmp_arg_cmp itself = SCMP_A0_64(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0);
    int r;

    if ((r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, not_executable)) != 0 ||
        (r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, not_executable)) !=
            0 ||
        (r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 1, open_file)) != 0)
        return r;
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, itself); /* abort */
}

static int
allow_waits(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp blocks[] = {SCMP_A1_64(SCMP_CMP_EQ, F_GETFL),
                                          SCMP_A1_64(SCMP_CMP_EQ, F_SETFL)};
    int r;

    if ((r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(poll), 0)) != 0 ||
        (r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ppoll), 0)) != 0 ||
        (r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, blocks[0])) != 0)
        return r;
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, blocks[1]);
}

static rc_t
filter_calls(bool waits, struct err *e)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int r = filter ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < sizeof allowed / sizeof *allowed; i++)
        r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    if (r == 0)
        r = allow_some(filter);
    if (r == 0 && waits)
        r = allow_waits(filter);
    if (r == 0)
        r = seccomp_load(filter);
    seccomp_release(filter);
    if (r == 0)
        return RC_OK;
    return err_set(e, RC_FAIL, ERR_SYSTEM, "confine: seccomp: %s", strerror(-r));
}

#endif

rc_t
confine_self(const int keep_fds[], size_t n, const struct confine_limits *limits, struct err *e)
{
    rc_t rc;

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        return err_set(e, RC_FAIL, ERR_SYSTEM, "confine: prctl: %s", strerror(errno));
    /* libarchive turns times of entries: without TZ the C library looks at a file each time */
    if (!getenv("TZ"))
        setenv("TZ", "UTC0", 1);
    tzset();
    close_others(keep_fds, n);
    rc = set_limits(limits, e);
#ifndef WITH_SANITIZER
    if (rc == RC_OK)
        rc = filter_calls(limits && limits->waits, e);
#endif
    return rc;
}
