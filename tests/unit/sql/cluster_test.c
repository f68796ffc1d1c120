/* cluster_test.c - a private cluster is made, started, found again and stopped. */
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../folder.h"

#include "sql/cluster.h"
#include "sql/db.h"

struct fixture {
    struct arena *arena;
    char dir[FOLDER_SIZE];
};

static int
set_up(void **state)
{
    struct fixture *fx = calloc(1, sizeof(*fx));

    *state = fx;
    fx->arena = arena_new("cluster_test");
    folder_make(fx->dir);
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *fx = *state;

    folder_remove(fx->dir);
    arena_free(&fx->arena);
    free(fx);
    return 0;
}

/* To each of its roles. */
static void
must_answer(struct fixture *fx, const char *dir)
{
    const char *const roles[] = {CLUSTER_OWNER, CLUSTER_JOB, CLUSTER_READER};

    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        struct db *db = NULL;
        struct err e = {0};

        if (db_open(&db, cluster_conninfo(fx->arena, dir, roles[i]), "cluster_test", &e) != RC_OK)
            fail_msg("%s", e.text);
        db_close(&db);
    }
}

static void
starts_stops_and_starts_again(void **state)
{
    struct fixture *fx = *state;
    const char *dir = arena_printf(fx->arena, "%s/a/b/pg", fx->dir);
    struct err e = {0};
    struct stat st;

    assert_false(cluster_running(fx->arena, dir));
    assert_int_equal(cluster_stop(fx->arena, dir, &e), RC_OK);
    if (cluster_start(fx->arena, dir, &e) != RC_OK)
        fail_msg("%s", e.text);
    must_answer(fx, dir);
    assert_int_equal(stat(arena_printf(fx->arena, "%s/run", dir), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_true(cluster_running(fx->arena, dir));
    assert_int_equal(cluster_start(fx->arena, dir, &e), RC_OK); /* changes nothing */
    assert_int_equal(cluster_stop(fx->arena, dir, &e), RC_OK);
    assert_false(cluster_running(fx->arena, dir));
    assert_int_equal(cluster_start(fx->arena, dir, &e), RC_OK);
    must_answer(fx, dir);
    assert_int_equal(cluster_stop(fx->arena, dir, &e), RC_OK);
}

static void
a_long_path_gets_a_short_socket(void **state)
{
    struct fixture *fx = *state;
    char name[80] = {0};
    const char *dir, *run;
    struct err e = {0};

    memset(name, 'x', sizeof(name) - 1);
    dir = arena_printf(fx->arena, "%s/%s", fx->dir, name);
    run = strstr(cluster_conninfo(fx->arena, dir, CLUSTER_JOB), "/tmp/landport-");
    assert_non_null(run);
    if (cluster_start(fx->arena, dir, &e) != RC_OK)
        fail_msg("%s", e.text);
    must_answer(fx, dir);
    assert_int_equal(cluster_stop(fx->arena, dir, &e), RC_OK);
    assert_int_equal(rmdir(arena_strn(fx->arena, run, strcspn(run, "'"))), 0);
}

static void
names_the_folder_that_blocks(void **state)
{
    struct fixture *fx = *state;
    const char *blocked = arena_printf(fx->arena, "%s/closed", fx->dir);
    struct err e = {0};

    /* closed to the account a root's cluster belongs to, or to ourselves */
    assert_int_equal(mkdir(blocked, geteuid() == 0 ? 0700 : 0), 0);
    assert_int_equal(cluster_start(fx->arena, arena_printf(fx->arena, "%s/pg", blocked), &e),
                     RC_FAIL);
    assert_non_null(strstr(e.text, arena_printf(fx->arena, "folder %s to", blocked)));
}

static void
leaves_a_folder_of_others_alone(void **state)
{
    struct fixture *fx = *state;
    const char *file = arena_printf(fx->arena, "%s/file", fx->dir);
    struct err e = {0};
    struct stat st;
    FILE *f = fopen(file, "w");

    assert_non_null(f);
    fclose(f);
    assert_int_equal(cluster_start(fx->arena, file, &e), RC_FAIL);
    if (geteuid() != 0)
        return;
    assert_int_equal(cluster_start(fx->arena, fx->dir, &e), RC_FAIL);
    assert_non_null(strstr(e.text, "belongs to account"));
    assert_int_equal(stat(fx->dir, &st), 0);
    assert_int_equal(st.st_uid, 0);
}

static void
an_interrupted_initdb_is_done_again(void **state)
{
    struct fixture *fx = *state;
    const char *dir = arena_printf(fx->arena, "%s/pg", fx->dir);
    const char *left = arena_printf(fx->arena, "%s/data.new", dir);
    struct err e = {0};

    /* Made by a start whose data is then turned into what a kill would leave. */
    assert_int_equal(cluster_start(fx->arena, dir, &e), RC_OK);
    assert_int_equal(cluster_stop(fx->arena, dir, &e), RC_OK);
    assert_int_equal(rename(arena_printf(fx->arena, "%s/data", dir), left), 0);
    assert_int_equal(unlink(arena_printf(fx->arena, "%s/PG_VERSION", left)), 0);
    if (cluster_start(fx->arena, dir, &e) != RC_OK)
        fail_msg("%s", e.text);
    must_answer(fx, dir);
    assert_int_equal(cluster_stop(fx->arena, dir, &e), RC_OK);
}

static void
a_server_that_cannot_start_says_why(void **state)
{
    struct fixture *fx = *state;
    const char *dir = arena_printf(fx->arena, "%s/pg", fx->dir);
    struct err e = {0};
    FILE *f;

    assert_int_equal(cluster_start(fx->arena, dir, &e), RC_OK);
    assert_int_equal(cluster_stop(fx->arena, dir, &e), RC_OK);
    f = fopen(arena_printf(fx->arena, "%s/data/postgresql.auto.conf", dir), "a");
    assert_non_null(f);
    fputs("no_such_setting = 1\n", f);
    fclose(f);
    assert_int_equal(cluster_start(fx->arena, dir, &e), RC_FAIL);
    assert_non_null(strstr(e.text, "no_such_setting"));
}

/* Its first process, killed; of its others those that wait notice, those at work do not. */
static void
kill_postmaster(struct fixture *fx, const char *dir)
{
    FILE *f = fopen(arena_printf(fx->arena, "%s/data/postmaster.pid", dir), "r");
    char line[32] = {0};
    pid_t pid;

    assert_non_null(f);
    assert_non_null(fgets(line, sizeof(line), f));
    fclose(f);
    pid = (pid_t)strtol(line, NULL, 10);
    assert_true(pid > 1);
    assert_int_equal(kill(pid, SIGKILL), 0);
}

static void
a_killed_server_is_waited_for(void **state)
{
    struct fixture *fx = *state;
    const char *dir = arena_printf(fx->arena, "%s/pg", fx->dir);
    struct db *db = NULL;
    struct db_result *r;
    struct err e = {0};
    pid_t backend;

    assert_int_equal(cluster_start(fx->arena, dir, &e), RC_OK);
    assert_int_equal(db_open(&db, cluster_conninfo(fx->arena, dir, CLUSTER_JOB), "test", &e),
                     RC_OK);
    assert_int_equal(db_query(db, fx->arena, "SELECT pg_backend_pid()", DB_NONE, &r, &e), RC_OK);
    backend = (pid_t)db_int(r, 0, 0);
    assert_int_equal(kill(backend, SIGSTOP), 0);
    kill_postmaster(fx, dir);
    assert_int_equal(cluster_start(fx->arena, dir, &e), RC_RETRY); /* the backend stays */
    assert_int_equal(e.code, ERR_DATABASE_AWAY);
    assert_non_null(strstr(e.text, "has not ended yet; its log: 2"));
    if (fork() == 0) { /* goes within the patience of the next start */
        nanosleep(&(struct timespec){0, 700000000}, NULL);
        _exit(kill(backend, SIGKILL));
    }
    if (cluster_start(fx->arena, dir, &e) != RC_OK)
        fail_msg("%s", e.text);
    must_answer(fx, dir);
    assert_int_equal(cluster_stop(fx->arena, dir, &e), RC_OK);
    db_close(&db);
}

static void
two_starters_make_one_cluster(void **state)
{
    struct fixture *fx = *state;
    const char *dir = arena_printf(fx->arena, "%s/pg", fx->dir);
    struct err e = {0};
    int status = -1;
    pid_t pid = fork();

    if (pid == 0)
        _exit(cluster_start(fx->arena, dir, &e) == RC_OK ? 0 : 1);
    assert_int_equal(cluster_start(fx->arena, dir, &e), RC_OK);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    must_answer(fx, dir);
    assert_int_equal(cluster_stop(fx->arena, dir, &e), RC_OK);
}

/* What a former version left running: everybody in who reaches the socket, all of it the superuser's. */
static void
make_former(struct fixture *fx, struct db *db, const char *dir, const char *account)
{
    const char *const files[][2] = {
        {"pg_hba.conf",   "local all all trust\n"},
        {"pg_ident.conf", "# nobody\n"           }
    };
    const char *script =
        arena_printf(fx->arena,
                     "ALTER DATABASE landport OWNER TO %s;"
                     "DROP ROLE landport_owner, landport_job, landport_reader;"
                     "CREATE SCHEMA hub; CREATE TABLE hub.t (i int PRIMARY KEY);"
                     "CREATE VIEW hub.v AS SELECT i FROM hub.t;"
                     "CREATE FUNCTION hub.f(i int) RETURNS int LANGUAGE sql RETURN i;"
                     "SELECT pg_reload_conf()",
                     db_ident(fx->arena, account));
    struct err e = {0};

    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        FILE *f = fopen(arena_printf(fx->arena, "%s/data/%s", dir, files[i][0]), "w");

        assert_non_null(f);
        fputs(files[i][1], f);
        fclose(f);
    }
    if (db_script(db, fx->arena, script, NULL, &e) != RC_OK)
        fail_msg("%s", e.text);
}

static void
one_from_before_the_roles_is_brought_up(void **state)
{
    static const char owned[] =
        "SELECT count(*) FROM (SELECT relowner FROM pg_class WHERE relnamespace = "
        "'hub'::regnamespace"
        " UNION ALL SELECT proowner FROM pg_proc WHERE pronamespace = 'hub'::regnamespace"
        " UNION ALL SELECT nspowner FROM pg_namespace WHERE nspname = 'hub'"
        " UNION ALL SELECT datdba FROM pg_database WHERE datname = 'landport') o (o)"
        " WHERE o = 'landport_owner'::regrole";
    struct fixture *fx = *state;
    const char *dir = arena_printf(fx->arena, "%s/pg", fx->dir), *job;
    const char *account = geteuid() == 0 ? "postgres" : getpwuid(geteuid())->pw_name;
    struct db *db = NULL, *none = NULL;
    struct db_result *r;
    struct err e = {0};

    assert_int_equal(cluster_start(fx->arena, dir, &e), RC_OK);
    assert_true(cluster_has_roles(fx->arena, dir));
    assert_int_equal(db_open(&db, cluster_conninfo(fx->arena, dir, account), "test", &e), RC_OK);
    make_former(fx, db, dir, account);
    assert_false(cluster_has_roles(fx->arena, dir));
    if (cluster_start(fx->arena, dir, &e) != RC_OK)
        fail_msg("%s", e.text);
    assert_true(cluster_has_roles(fx->arena, dir));
    must_answer(fx, dir);
    assert_int_equal(db_query(db, fx->arena, owned, DB_NONE, &r, &e), RC_OK);
    assert_int_equal(db_int(r, 0, 0), 6); /* table, its key, view, function, schema, database */
    db_close(&db);

    job = cluster_conninfo(fx->arena, dir, CLUSTER_JOB);
    assert_int_equal(db_open(&none, arena_printf(fx->arena, "%s dbname=postgres", job), "test", &e),
                     RC_RETRY);
    assert_non_null(strstr(e.text, "pg_hba.conf"));
    assert_int_equal(cluster_stop(fx->arena, dir, &e), RC_OK);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(starts_stops_and_starts_again),
        TEST(a_long_path_gets_a_short_socket),
        TEST(names_the_folder_that_blocks),
        TEST(leaves_a_folder_of_others_alone),
        TEST(an_interrupted_initdb_is_done_again),
        TEST(a_server_that_cannot_start_says_why),
        TEST(a_killed_server_is_waited_for),
        TEST(two_starters_make_one_cluster),
        TEST(one_from_before_the_roles_is_brought_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
