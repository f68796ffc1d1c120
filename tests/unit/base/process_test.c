/* process_test.c - a process is told from one that has its number now, and from what cannot be looked at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/process.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/child.h"

static void
we_live(void **state)
{
    struct process p;
    unsigned words = 1;

    (void)state;
    process_self(&p);
    assert_int_equal(p.pid, getpid());
    assert_true(p.born > 0);
    assert_true(p.host[0] != '\0');
    for (const char *c = p.system; *c; c++)
        words += *c == ' ';
    assert_int_equal(words, 3);
    assert_int_equal(process_state(&p), PROCESS_LIVES);
}

static int
tells_who_it_is(void *ctx, int in, int out)
{
    struct process p;

    (void)ctx;
    prctl(PR_SET_NAME, ") R 1 (x)"); /* whatever it calls itself */
    process_self(&p);
    if (write(out, &p, sizeof p) != sizeof p)
        return 1;
    return read(in, &p, 1) == 0 ? 0 : 1; /* until we close it */
}

static void
another_lives_until_it_ends(void **state)
{
    struct child *c = NULL;
    struct process p;
    struct err e = {0};

    (void)state;
    assert_int_equal(
        child_start(
            &c,
            &(struct child_form){.name = "x", .run = tells_who_it_is, .hears = true, .says = true},
            &e),
        RC_OK);
    while (!child_told(c, &p, sizeof p))
        assert_false(child_look(c));
    assert_int_equal(p.pid, c->pid);
    assert_int_equal(process_state(&p), PROCESS_LIVES);
    kill(c->pid, SIGKILL);
    while (process_state(&p) == PROCESS_LIVES) /* a zombie is no more */
        assert_int_equal(c->end.how, CHILD_RUNS);
    assert_int_equal(process_state(&p), PROCESS_GONE);
    child_free(&c);
    assert_int_equal(process_state(&p), PROCESS_GONE);
}

/* What is changed in our own description, and what that makes of us. */
static void
numbers_are_given_again(void **state)
{
    struct process p;
    char machine[40], boot[40], space[40];

    (void)state;
    process_self(&p);
    p.born--;
    assert_int_equal(process_state(&p), PROCESS_GONE);
    process_self(&p);
    p.pid = 0x7fffffff;
    assert_int_equal(process_state(&p), PROCESS_GONE);
    process_self(&p);
    strcat(p.host, "x");
    assert_int_equal(process_state(&p), PROCESS_ELSEWHERE);
    process_self(&p);
    assert_int_equal(sscanf(p.system, "%39s %39s %39s", machine, boot, space), 3);
    snprintf(p.system, sizeof p.system, "%s x%s %s", machine, boot + 1, space);
    assert_int_equal(process_state(&p), PROCESS_GONE); /* booted anew */
    snprintf(p.system, sizeof p.system, "%sx %s %s", machine, boot, space);
    assert_int_equal(process_state(&p), PROCESS_ELSEWHERE); /* another machine of our name */
    snprintf(p.system, sizeof p.system, "%s %s 1", machine, boot);
    assert_int_equal(process_state(&p), PROCESS_ELSEWHERE); /* another container */
}

static void
one_is_known_by_its_word(void **state)
{
    static const char *const none[] = {"",
                                       "readme",
                                       "1234",
                                       "1234.7",
                                       "1234.7.a.b.c",
                                       "-1.7.a.b.c.host",
                                       "x.7.a.b.c.host",
                                       "1234..a.b.c.host"};
    struct process p, q;
    char word[PROCESS_WORD], again[PROCESS_WORD];

    (void)state;
    process_self(&p);
    process_word(&p, word);
    assert_null(strpbrk(word, "/ "));
    assert_true(process_of_word(&q, word));
    assert_memory_equal(&p, &q, sizeof p);
    snprintf(p.host, sizeof p.host, "hub.zone.example");
    process_word(&p, word);
    assert_true(process_of_word(&q, word));
    assert_string_equal(q.host, "hub.zone.example");
    process_word(&q, again);
    assert_string_equal(word, again);
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(process_of_word(&q, none[i]));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(we_live),
        cmocka_unit_test(another_lives_until_it_ends),
        cmocka_unit_test(numbers_are_given_again),
        cmocka_unit_test(one_is_known_by_its_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
