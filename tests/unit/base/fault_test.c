#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fault.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef LANDPORT_FAULT

enum { ALIVE = 0 };

static const struct fault_case {
    const char *name, *fault;
    int passes, want; /* want: how many points are passed before the signal, or all */
    int sig;
} fault_cases[] = {
    {"not set",            NULL,         4, 4, ALIVE  },
    {"empty",              "",           4, 4, ALIVE  },
    {"first",              "one:1",      4, 0, SIGKILL},
    {"second time round",  "one:2",      4, 2, SIGKILL},
    {"other point",        "two:1",      4, 1, SIGKILL},
    {"never reached",      "one:3",      4, 4, ALIVE  },
    {"every point counts", "?:4",        4, 3, SIGKILL},
    {"part of a name",     "on:1",       4, 4, ALIVE  },
    {"longer name",        "one-more:1", 4, 4, ALIVE  },
    {"no count",           "one",        4, 0, SIGABRT},
    {"count of nothing",   "one:0",      4, 0, SIGABRT},
    {"not a count",        "one:1x",     4, 0, SIGABRT},
};

static void
walk(int passes, int out)
{
    static const char *const points[] = {"one", "two"};

    signal(SIGABRT, SIG_DFL);
    for (int i = 0; i < passes; i++) {
        fault_point(points[i % 2]);
        if (write(out, "x", 1) != 1)
            _exit(1);
    }
    _exit(0);
}

static void
process_dies_where_asked(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof fault_cases / sizeof *fault_cases; i++) {
        const struct fault_case *c = &fault_cases[i];
        int ends[2], status, passed = 0;
        char byte;

        assert_int_equal(pipe(ends), 0);
        fflush(NULL);
        if (fork() == 0) {
            if (c->fault)
                setenv("FAULT", c->fault, 1);
            else
                unsetenv("FAULT");
            walk(c->passes, ends[1]);
        }
        close(ends[1]);
        while (read(ends[0], &byte, 1) == 1)
            passed++;
        close(ends[0]);
        wait(&status);
        if (passed != c->want || (WIFSIGNALED(status) ? WTERMSIG(status) : 0) != c->sig)
            fail_msg("%s: %d passed, status %d", c->name, passed, status);
    }
}

#else

static void
process_dies_where_asked(void **state)
{
    (void)state;
    setenv("FAULT", "one:1", 1);
    fault_point("one"); /* nothing, whatever is asked */
    unsetenv("FAULT");
}

#endif

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(process_dies_where_asked),
    };
    return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
