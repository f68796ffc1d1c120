/* db_test.c - statements, transactions, COPY and locks against a cluster of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../folder.h"

#include "base/stream.h"
#include "sql/cluster.h"
#include "sql/db.h"
#include "sql/migrate.h"
#include "sql/statements.h"

struct fixture {
    struct arena *arena;
    char dir[FOLDER_SIZE];
    const char *conninfo;
    struct db *db;
};
static struct fixture fx;

static int
set_up(void **state)
{
    struct err e = {0};

    *state = &fx;
    fx.arena = arena_new("db_test");
    folder_make(fx.dir);
    fx.conninfo =
        cluster_conninfo(fx.arena, arena_printf(fx.arena, "%s/pg", fx.dir), CLUSTER_OWNER);
    if (cluster_start(fx.arena, arena_printf(fx.arena, "%s/pg", fx.dir), &e) != RC_OK ||
        db_open(&fx.db, fx.conninfo, "db_test", &e) != RC_OK) {
        fprintf(stderr, "%s\n", e.text);
        return -1;
    }
    return 0;
}

static int
tear_down(void **state)
{
    struct err e = {0};

    (void)state;
    db_close(&fx.db);
    if (cluster_stop(fx.arena, arena_printf(fx.arena, "%s/pg", fx.dir), &e) != RC_OK)
        fprintf(stderr, "%s\n", e.text);
    arena_free(&fx.arena);
    folder_remove(fx.dir);
    return 0;
}

static struct db_result *
query(const char *sql, struct db_args args)
{
    struct db_result *r = NULL;
    struct err e = {0};

    if (db_query(fx.db, fx.arena, sql, args, &r, &e) != RC_OK)
        fail_msg("%s", e.text);
    return r;
}

static void
exec(const char *sql)
{
    struct err e = {0};

    if (db_exec(fx.db, sql, DB_NONE, NULL, &e) != RC_OK)
        fail_msg("%s", e.text);
}

static void
a_session_is_set_up_the_same_everywhere(void **state)
{
    static const char *const want[][2] = {
        {"search_path",      "hub,public"},
        {"client_encoding",  "UTF8"      },
        {"TimeZone",         "UTC"       },
        {"application_name", "db_test"   },
        {"lock_timeout",     "1min"      },
        {"fsync",            "on"        },
        {"lc_collate",       "C"         }
    };

    (void)state;
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
        assert_string_equal(
            db_text(query("SELECT replace(current_setting($1), '\"', '')", DB_ARGS(want[i][0])), 0,
                    0),
            want[i][1]);
}

static void
values_come_back_as_they_went(void **state)
{
    struct db_result *r = query("SELECT $1::text AS a, $2::text AS b, $3::bigint AS c, true AS d",
                                DB_ARGS("龙岩'\\", NULL, "-9007199254740993"));

    (void)state;
    assert_int_equal(r->rows, 1);
    assert_int_equal(r->columns, 4);
    assert_string_equal(db_column(r, 1), "b");
    assert_string_equal(db_value_at(r, 0, 0), "龙岩'\\");
    assert_null(db_value_at(r, 0, 1));
    assert_string_equal(db_text_at(r, 0, 1), "");
    assert_int_equal(db_int_at(r, 0, 1), 0);
    assert_true(db_int_at(r, 0, 2) == INT64_C(-9007199254740993));
    assert_true(db_bool_at(r, 0, 3));
}

static void
quoting_survives_the_server(void **state)
{
    static const char *const texts[] = {"plain", "it's", "back\\slash", "'\\'", "\"", "龙岩\n"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *sql = arena_printf(fx.arena, "SELECT %s AS %s", db_literal(fx.arena, texts[i]),
                                       db_ident(fx.arena, texts[i]));
        struct db_result *r = query(sql, DB_NONE);

        assert_string_equal(db_text(r, 0, 0), texts[i]);
        assert_string_equal(db_column(r, 0), texts[i]);
    }
}

static void
errors_say_what_and_where(void **state)
{
    struct err e = {0};

    (void)state;
    assert_int_equal(db_exec(fx.db, "SELECT  *\n FROM nowhere", DB_NONE, NULL, &e), RC_FAIL);
    assert_int_equal(e.code, ERR_QUERY);
    assert_non_null(strstr(e.text, "42P01"));
    assert_non_null(strstr(e.text, "SELECT * FROM nowhere"));
    assert_null(strchr(e.text, '\n'));
    assert_int_equal(db_script(fx.db, fx.arena, "SELECT 1; SELEKT 2", NULL, &e), RC_FAIL);
    assert_int_equal(db_exec(fx.db, "SELECT 1; SELECT 2", DB_NONE, NULL, &e), RC_FAIL);
}

static void
nobody_there_means_later(void **state)
{
    struct err e = {0};
    struct db *db = NULL;

    (void)state;
    assert_int_equal(db_open(&db, "host=/nonexistent dbname=x", "t", &e), RC_RETRY);
    assert_int_equal(e.code, ERR_DATABASE_AWAY);
    assert_null(db);
    db_close(&db);
}

static void
a_cut_connection_means_later(void **state)
{
    struct err e = {0};
    struct db *db = NULL;
    struct db_result *r;

    (void)state;
    assert_int_equal(db_open(&db, fx.conninfo, "t", &e), RC_OK);
    assert_int_equal(db_query(db, fx.arena, "SELECT pg_backend_pid()", DB_NONE, &r, &e), RC_OK);
    query("SELECT pg_terminate_backend($1, 2000)", DB_ARGS(db_text(r, 0, 0)));
    assert_int_equal(db_exec(db, "SELECT 1", DB_NONE, NULL, &e), RC_RETRY);
    assert_int_equal(e.code, ERR_DATABASE_AWAY);
    db_rollback(db);
    db_close(&db);
}

static void
a_failed_transaction_cannot_be_committed(void **state)
{
    struct err e = {0};
    uint64_t n = 0;

    (void)state;
    exec("CREATE TEMP TABLE t (a int)");
    assert_int_equal(db_begin(fx.db, &e), RC_OK);
    assert_int_equal(db_exec(fx.db, "INSERT INTO t SELECT generate_series(1, 5)", DB_NONE, &n, &e),
                     RC_OK);
    assert_int_equal(n, 5);
    assert_int_equal(db_exec(fx.db, "SELECT 1 / 0", DB_NONE, NULL, &e), RC_FAIL);
    assert_int_equal(db_commit(fx.db, &e), RC_FAIL);
    db_rollback(fx.db);
    db_rollback(fx.db);
    assert_int_equal(db_int(query("SELECT count(*) FROM t", DB_NONE), 0, 0), 0);
    exec("DROP TABLE t");
}

static void
scripts_give_the_last_result(void **state)
{
    struct db_result *r;
    struct err e = {0};

    (void)state;
    assert_int_equal(db_script(fx.db, fx.arena,
                               "CREATE TEMP TABLE s (a int); INSERT INTO s VALUES (1), (2);\n"
                               "SELECT sum(a) FROM s",
                               &r, &e),
                     RC_OK);
    assert_int_equal(db_int(r, 0, 0), 3);
    exec("DROP TABLE s");
}

static void
copy_in_takes_any_size(void **state)
{
    struct err e = {0};
    uint64_t rows = 0;
    struct buf b = {0};

    (void)state;
    for (int i = 0; i < 50000; i++)
        buf_printf(&b, "%d\t%d characters\n", i, i);
    exec("CREATE TEMP TABLE c (a int, b text)");
    assert_int_equal(db_copy_in(fx.db, "COPY c FROM STDIN", &e), RC_OK);
    assert_int_equal(db_copy_put(fx.db, b.p, b.n, &e), RC_OK);
    assert_int_equal(db_copy_end(fx.db, NULL, &rows, &e), RC_OK);
    assert_int_equal(rows, 50000);
    buf_free(&b);
    exec("DROP TABLE c");
}

static void
copy_in_can_fail_and_be_abandoned(void **state)
{
    struct err e = {0};

    (void)state;
    exec("CREATE TEMP TABLE c (a int)");
    assert_int_equal(db_copy_in(fx.db, "COPY c FROM STDIN", &e), RC_OK);
    assert_int_equal(db_copy_put(fx.db, "1\nsecret\n", 9, &e), RC_OK);
    assert_int_equal(db_copy_end(fx.db, NULL, NULL, &e), RC_FAIL);
    assert_non_null(strstr(e.text, "line 2, column a"));
    assert_int_equal(db_copy_in(fx.db, "COPY c FROM STDIN", &e), RC_OK);
    assert_int_equal(db_copy_put(fx.db, "1\n", 2, &e), RC_OK);
    assert_int_equal(db_copy_end(fx.db, "the file is bad", NULL, &e), RC_OK);
    assert_int_equal(db_int(query("SELECT count(*) FROM c", DB_NONE), 0, 0), 0);
    assert_int_equal(db_begin(fx.db, &e), RC_OK);
    assert_int_equal(db_copy_in(fx.db, "COPY c FROM STDIN", &e), RC_OK);
    db_rollback(fx.db); /* out of the middle of a copy */
    exec("DROP TABLE c");
}

static void
a_stream_undoes_the_escapes(void **state)
{
    static const struct {
        const char *literal, *want; /* want NULL: SQL NULL */
    } cases[] = {
        {"'plain'",                        "plain"             },
        {"''",                             ""                  },
        {"NULL",                           NULL                },
        {"E'\\\\N'",                       "\\N"               },
        {"E'tab\\there'",                  "tab\there"         },
        {"E'\\b\\f\\n\\r\\t\\v\\\\ both'", "\b\f\n\r\tv\\ both"},
        {"E'\\\\'",                        "\\"                },
        {"E'end\\\\'",                     "end\\"             },
        {"'龙岩'",                       "龙岩"            }
    };
    size_t n = sizeof(cases) / sizeof(cases[0]);
    struct buf sql = {0};
    struct db_stream *s = NULL;
    const struct span *values;
    struct err e = {0};

    (void)state;
    buf_str(&sql, "SELECT ");
    for (size_t i = 0; i < n; i++)
        buf_printf(&sql, "%s%s AS \"c\t%zu\"", i ? ", " : "", cases[i].literal, i);
    buf_str(&sql, " -- and a comment ;\n;\n");
    buf_put(&sql, "", 1);
    assert_int_equal(db_stream_open(fx.db, &s, sql.p, &e), RC_OK);
    assert_int_equal(db_stream_count(s), n);
    assert_string_equal(db_stream_columns(s)[3], "c\t3");
    assert_int_equal(db_stream_next(s, &values, &e), RC_OK);
    for (size_t i = 0; i < n; i++) {
        assert_true((values[i].p == NULL) == (cases[i].want == NULL));
        assert_true(span_eq(values[i], span_of(cases[i].want)));
    }
    assert_int_equal(db_stream_next(s, &values, &e), RC_END);
    assert_int_equal(db_stream_next(s, &values, &e), RC_END);
    db_stream_close(&s);
    buf_free(&sql);
}

static void
a_stream_may_be_left_early(void **state)
{
    struct db_stream *s = NULL;
    const struct span *values;
    struct err e = {0};

    (void)state;
    assert_int_equal(
        db_stream_open(fx.db, &s, "SELECT i, i * 2 FROM generate_series(1, 5000000) i", &e), RC_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(db_stream_next(s, &values, &e), RC_OK);
    assert_true(span_is(values[1], "6"));
    db_stream_close(&s);
    assert_null(s);
    assert_int_equal(db_int(query("SELECT 7", DB_NONE), 0, 0), 7);
}

static void
a_stream_tells_of_late_errors(void **state)
{
    struct db_stream *s = NULL;
    const struct span *values;
    struct err e = {0};
    rc_t rc;

    (void)state;
    assert_int_equal(db_stream_open(fx.db, &s, "SELECT * FROM nowhere", &e), RC_FAIL);
    assert_null(s);
    assert_int_equal(
        db_stream_open(fx.db, &s, "SELECT 1 / (500 - i) FROM generate_series(1, 1000) i", &e),
        RC_OK);
    while ((rc = db_stream_next(s, &values, &e)) == RC_OK)
        ;
    assert_int_equal(rc, RC_FAIL);
    assert_non_null(strstr(e.text, "22012"));
    db_stream_close(&s);
    assert_int_equal(db_int(query("SELECT 7", DB_NONE), 0, 0), 7);
}

static void
an_empty_stream_still_has_columns(void **state)
{
    struct db_stream *s = NULL;
    const struct span *values;
    struct err e = {0};

    (void)state;
    assert_int_equal(db_stream_open(fx.db, &s, "SELECT 1 AS a, 2 AS b WHERE false", &e), RC_OK);
    assert_string_equal(db_stream_columns(s)[1], "b");
    assert_int_equal(db_stream_next(s, &values, &e), RC_END);
    db_stream_close(&s);
}

static rc_t
add_and_run(void *ctx, struct err *e)
{
    rc_t rc = db_exec(fx.db, "INSERT INTO tries VALUES (1)", DB_NONE, NULL, e);

    return rc == RC_OK ? db_script(fx.db, NULL, ctx, NULL, e) : rc;
}

/* Of a step that fails nothing is left, and the transaction goes on. */
static void
a_step_may_fail(void **state)
{
    static char steps[][24] = {"SELECT 1", "SELECT 1/0", "no statement; SELECT", "SELECT 2"};
    static const rc_t want[] = {RC_OK, RC_FAIL, RC_FAIL, RC_OK};
    struct err e = {0};

    (void)state;
    exec("CREATE TEMP TABLE tries (a int)");
    assert_int_equal(db_begin(fx.db, &e), RC_OK);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        assert_int_equal(db_try(fx.db, add_and_run, steps[i], &e), want[i]);
    assert_int_equal(db_commit(fx.db, &e), RC_OK);
    assert_int_equal(db_int(query("SELECT count(*) FROM tries", DB_NONE), 0, 0), 2);
    exec("DROP TABLE tries");
}

static void
columns_have_names(void **state)
{
    struct arena *a = arena_new("test");
    const char *name = "third";
    struct db_result *r;
    struct err e = {0};

    (void)state;
    assert_int_equal(db_query(fx.db, a,
                              "SELECT 7 AS first, NULL AS second, true AS third, 'x' AS first",
                              DB_NONE, &r, &e),
                     RC_OK);
    assert_int_equal(db_int(r, 0, "first"), 7); /* of two the first */
    assert_null(db_value(r, 0, "second"));
    assert_string_equal(db_text(r, 0, "second"), "");
    assert_true(db_bool(r, 0, name));
    assert_true(db_bool_at(r, 0, 2));
    arena_free(&a);
}

/* In place of a list that is written by hand, with its quotes. */
static void
a_list_is_one_parameter(void **state)
{
    static const char *const words[] = {"a", "", "b,c", "\"q\" \\ {}", "NULL", "\xe4\xb8\xad"};
    struct arena *a = arena_new("test");
    struct buf list = {0};
    struct db_result *r;
    struct err e = {0};

    (void)state;
    assert_string_equal(db_array_end(&list, a), "{}");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        db_array_add(&list, words[i]);
    assert_int_equal(db_query(fx.db, a, "SELECT w FROM unnest($1::text[]) w",
                              DB_ARGS(db_array_end(&list, a)), &r, &e),
                     RC_OK);
    assert_int_equal(r->rows, sizeof words / sizeof *words);
    for (int i = 0; i < r->rows; i++)
        assert_string_equal(db_value(r, i, 0), words[i]);
    arena_free(&a);
}

/* A child that goes away has said nothing on its parent's connection. */
static void
a_child_forgets_its_parents_connection(void **state)
{
    struct arena *a = arena_new("test");
    struct db_result *r;
    struct err e = {0};
    int status;
    pid_t pid = fork();

    (void)state;
    if (pid == 0) {
        db_forget(&fx.db);
        _exit(fx.db ? 1 : 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(db_query(fx.db, a, "SELECT 1", DB_NONE, &r, &e), RC_OK);
    arena_free(&a);
}

static void
one_lock_one_owner(void **state)
{
    struct err e = {0};
    struct db *other = NULL;
    bool got;

    (void)state;
    assert_int_equal(db_open(&other, fx.conninfo, "other", &e), RC_OK);
    assert_int_equal(db_try_lock(fx.db, "job:x", &got, &e), RC_OK);
    assert_true(got);
    assert_int_equal(db_try_lock(other, "job:x", &got, &e), RC_OK);
    assert_false(got);
    assert_int_equal(db_try_lock(other, "job:y", &got, &e), RC_OK);
    assert_true(got);
    assert_int_equal(db_unlock(fx.db, "job:x", &e), RC_OK);
    assert_int_equal(db_try_lock(other, "job:x", &got, &e), RC_OK);
    assert_true(got);
    db_close(&other);
}

static void
settings_hold_for_the_session(void **state)
{
    struct err e = {0};

    (void)state;
    assert_int_equal(db_set(fx.db, "hub.agency", "customs", &e), RC_OK);
    assert_string_equal(db_text(query("SELECT current_setting('hub.agency')", DB_NONE), 0, 0),
                        "customs");
}

/* Of names of ours several go together, as many as there are, the last of a name counts; of a transaction they end with it. */
static void
settings_go_together(void **state)
{
    const char *last = "SELECT current_setting('hub.nth')";
    struct arena *a = arena_new("names");
    struct err e = {0};

    (void)state;
    for (int i = 0; i < 150; i++) {
        assert_int_equal(db_set(fx.db, arena_printf(a, "hub.n%d", i), arena_printf(a, "%d", i), &e),
                         RC_OK);
        assert_int_equal(db_set(fx.db, "hub.nth", arena_printf(a, "%d", i), &e), RC_OK);
    }
    arena_free(&a);
    assert_string_equal(
        db_text(query("SELECT string_agg(current_setting('hub.n' || i), '' ORDER BY i) = "
                      "string_agg(i::text, '' ORDER BY i) FROM generate_series(0, 149) i",
                      DB_NONE),
                0, 0),
        "t");
    assert_int_equal(db_begin(fx.db, &e), RC_OK);
    assert_int_equal(db_set(fx.db, "hub.nth", "undone", &e), RC_OK);
    db_rollback(fx.db);
    assert_string_equal(db_text(query(last, DB_NONE), 0, 0), "149");
    assert_int_equal(db_set(fx.db, "hub.nth", "before", &e), RC_OK);
    assert_int_equal(db_begin(fx.db, &e), RC_OK);
    db_rollback(fx.db);
    assert_string_equal(db_text(query(last, DB_NONE), 0, 0), "before");
}

/* ---- the schema ---- */

static void
run(const struct migrate_plan *plan, int from, int to)
{
    struct err e = {0};
    int was, is;

    if (migrate_run(fx.db, plan, &was, &is, &e) != RC_OK)
        fail_msg("%s", e.text);
    assert_int_equal(was, from);
    assert_int_equal(is, to);
}

/* Functions and views: were they made anew? */
static bool
make(const struct migrate_plan *plan)
{
    struct err e = {0};
    bool made;

    if (db_begin(fx.db, &e) != RC_OK || migrate_make(fx.db, plan, &made, &e) != RC_OK ||
        db_commit(fx.db, &e) != RC_OK)
        fail_msg("%s", e.text);
    return made;
}

static void
refused(const struct migrate_plan *plan, const char *because)
{
    struct err e = {0};

    assert_int_equal(migrate_check(fx.db, plan, &e), RC_FATAL);
    if (!strstr(e.text, because))
        fail_msg("%s", e.text);
}

static void
accepted(const struct migrate_plan *plan)
{
    struct err e = {0};

    if (migrate_check(fx.db, plan, &e) != RC_OK)
        fail_msg("%s", e.text);
}

static const char *
value(const char *sql)
{
    return db_text(query(sql, DB_NONE), 0, 0);
}

static int
begin_empty(void **state)
{
    (void)state;
    exec("SET client_min_messages = warning");
    exec("DROP SCHEMA IF EXISTS hub CASCADE");
    return 0;
}

static void
a_schema_is_made_once(void **state)
{
    struct err e = {0};
    int from, to;

    (void)state;
    refused(&migrate_ours, "landport init");
    assert_int_equal(migrate_run(fx.db, &migrate_ours, &from, &to, &e), RC_OK);
    assert_int_equal(from, 0);
    assert_true(to >= MIGRATE_FIRST);
    refused(&migrate_ours, "functions and views are not this program's: run landport init");
    assert_true(make(&migrate_ours));
    accepted(&migrate_ours);
    run(&migrate_ours, to, to);
    assert_false(make(&migrate_ours));
    exec("INSERT INTO hub.migration (version, name) VALUES (9999, 'future')");
    assert_int_equal(migrate_run(fx.db, &migrate_ours, &from, &to, &e), RC_FATAL);
    refused(&migrate_ours, "newer program");
}

static const char things[] = "CREATE SCHEMA hub;"
                             "CREATE TABLE hub.migration (version int PRIMARY KEY, name text);"
                             "CREATE TABLE hub.installed (name text PRIMARY KEY, content text,"
                             " state text, at timestamptz);"
                             "CREATE TABLE hub.thing (id int, weight int);";
static const struct sql_file schema_1[] = {
    {"thing", things},
    {NULL,    NULL  }
};
static const struct sql_file schema_3[] = {
    {"thing", things                                              },
    {"grown", "ALTER TABLE hub.thing ADD weight_g bigint NOT NULL"},
    {"tare",  "ALTER TABLE hub.thing DROP weight, ADD tare bigint"},
    {NULL,    NULL                                                }
};
static const struct sql_file migrations_3[] = {
    {"0002_gram", "ALTER TABLE hub.thing ADD weight_g bigint;"
                  "UPDATE hub.thing SET weight_g = weight * 1000;"
                  "ALTER TABLE hub.thing ALTER weight_g SET NOT NULL"},
    {"0003_tare", "ALTER TABLE hub.thing DROP weight CASCADE, ADD tare bigint"        },
    {NULL,        NULL                                                                }
};
/* The program of each version; what looks at a table has its columns, whatever they are. */
static const struct sql_file functions_1[] = {
    {"heavy",
     "CREATE OR REPLACE FUNCTION hub.heavy(int) RETURNS boolean LANGUAGE sql RETURN $1 > 9;"
     "CREATE OR REPLACE VIEW hub.all_things AS SELECT t.*, hub.heavy(weight) FROM hub.thing t"},
    {NULL,    NULL                                                                            }
};
static const struct sql_file functions_3[] = {
    {"all", "CREATE OR REPLACE VIEW hub.all_things AS SELECT t.*, weight_g > 9000 AS heavy FROM "
            "hub.thing t"},
    {NULL,  NULL                    }
};
static const struct sql_file none[] = {
    {NULL, NULL}
};
static const struct migrate_plan version_1 = {schema_1, functions_1, none};
static const struct migrate_plan version_3 = {schema_3, functions_3, migrations_3};

static void
an_upgrade_keeps_the_rows(void **state)
{
    static const char columns[] =
        "SELECT string_agg(column_name || ' ' || data_type || ' ' || is_nullable, ',' ORDER BY 1) "
        "FROM (SELECT * FROM information_schema.columns WHERE table_schema = 'hub' "
        "AND table_name = 'thing' ORDER BY column_name) c";
    const char *upgraded;

    (void)state;
    run(&version_1, 0, 1);
    assert_true(make(&version_1));
    accepted(&version_1);
    exec("INSERT INTO hub.thing VALUES (1, 3), (2, 12)");
    assert_string_equal(value("SELECT string_agg(id || heavy::text, ' ' ORDER BY id)"
                              " FROM hub.all_things"),
                        "1false 2true");

    refused(&version_3, "at version 1, this program wants 3: run landport init");
    run(&version_3, 1, 3);
    assert_true(make(&version_3));
    accepted(&version_3);
    refused(&version_1, "newer program");
    assert_string_equal(value("SELECT string_agg(version || name, ' ' ORDER BY version)"
                              " FROM hub.migration"),
                        "1schema 2gram 3tare");
    assert_string_equal(value("SELECT string_agg(id || heavy::text || weight_g, ' ' ORDER BY id)"
                              " FROM hub.all_things"),
                        "1false3000 2true12000");
    assert_string_equal(value("SELECT count(*) FROM pg_proc WHERE proname = 'heavy'"), "0");

    upgraded = value(columns);
    begin_empty(state);
    run(&version_3, 0, 3);
    assert_string_equal(value(columns), upgraded);
    assert_string_equal(value("SELECT string_agg(version || name, ' ') FROM hub.migration"),
                        "3schema");
}

/* The program's own tables with one column more: views that show all of a table's have it too. */
static void
a_column_more_reaches_the_views(void **state)
{
    static const struct sql_file more[] = {
        {"0099_colour", "ALTER TABLE hub.aside ADD colour text NOT NULL DEFAULT 'red'"},
        {NULL,          NULL                                                          }
    };
    const struct migrate_plan next = {sql_schema, sql_functions, more};
    struct err e = {0};
    int from, to;

    (void)state;
    assert_int_equal(migrate_run(fx.db, &migrate_ours, &from, &to, &e), RC_OK);
    assert_true(make(&migrate_ours));
    exec("INSERT INTO hub.aside (subject_hash, agency, kind, bundle_id, what, issuer, number,"
         " state, code, reason, since)"
         " VALUES (1, 'customs', 'CEB303', 1, 'trade', 'A', '1', 'aside', 'E1014', 'test', now())");
    run(&next, to, 99);
    assert_true(make(&next)); /* from the same texts */
    assert_string_equal(value("SELECT colour FROM hub.aside_place"), "red");
}

static void
a_migration_that_fails_changes_nothing(void **state)
{
    static const struct sql_file bad[] = {
        {"0002_gram", "ALTER TABLE hub.thing ADD weight_g bigint;"
                      "UPDATE hub.thing SET weight_g = 1 / (weight - 3)"},
        {NULL,        NULL                                                                   }
    };
    const struct migrate_plan version_2 = {schema_1, functions_1, bad};
    struct err e = {0};
    int from, to;

    (void)state;
    run(&version_1, 0, 1);
    exec("INSERT INTO hub.thing VALUES (1, 3), (2, 12)");
    assert_int_equal(migrate_run(fx.db, &version_2, &from, &to, &e), RC_FAIL);
    assert_non_null(strstr(e.text, "migration 0002_gram: "));
    assert_non_null(strstr(e.text, "division by zero"));
    assert_string_equal(value("SELECT string_agg(to_jsonb(t)::text, ' ' ORDER BY id)"
                              " FROM hub.thing t"),
                        "{\"id\": 1, \"weight\": 3} {\"id\": 2, \"weight\": 12}");
    run(&version_1, 1, 1);
}

/* Somebody changed, added and dropped some by hand, and has a view of his own that hangs on one. */
static void
functions_are_what_the_program_brings(void **state)
{
    (void)state;
    run(&version_1, 0, 1);
    assert_true(make(&version_1));
    exec("CREATE SCHEMA own");
    exec("CREATE VIEW own.count AS SELECT count(*) FROM hub.all_things");
    exec("CREATE OR REPLACE FUNCTION hub.heavy(int) RETURNS boolean LANGUAGE sql RETURN true");
    exec("CREATE FUNCTION hub.light(int) RETURNS boolean LANGUAGE sql RETURN NOT hub.heavy($1)");
    exec("CREATE VIEW hub.light_things AS SELECT * FROM hub.thing WHERE hub.light(weight)");
    assert_true(make(&version_1));
    assert_false(make(&version_1));
    assert_string_equal(value("SELECT hub.heavy(3)"), "f");
    assert_string_equal(value("SELECT count(*) FROM pg_proc WHERE proname = 'light'"), "0");
    assert_string_equal(value("SELECT count(*) FROM own.count"), "1");
    exec("DROP SCHEMA own CASCADE");
    exec("DROP VIEW hub.all_things");
    exec("DROP FUNCTION hub.heavy");
    exec("CREATE FUNCTION hub.heavy(weight int) RETURNS text LANGUAGE sql RETURN 'no'");
    assert_true(make(&version_1));
    assert_string_equal(value("SELECT hub.heavy(3)"), "f");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_is_set_up_the_same_everywhere),
        cmocka_unit_test(values_come_back_as_they_went),
        cmocka_unit_test(quoting_survives_the_server),
        cmocka_unit_test(errors_say_what_and_where),
        cmocka_unit_test(nobody_there_means_later),
        cmocka_unit_test(a_cut_connection_means_later),
        cmocka_unit_test(a_failed_transaction_cannot_be_committed),
        cmocka_unit_test(scripts_give_the_last_result),
        cmocka_unit_test(copy_in_takes_any_size),
        cmocka_unit_test(copy_in_can_fail_and_be_abandoned),
        cmocka_unit_test(a_stream_undoes_the_escapes),
        cmocka_unit_test(a_stream_may_be_left_early),
        cmocka_unit_test(a_stream_tells_of_late_errors),
        cmocka_unit_test(an_empty_stream_still_has_columns),
        cmocka_unit_test(a_step_may_fail),
        cmocka_unit_test(columns_have_names),
        cmocka_unit_test(a_list_is_one_parameter),
        cmocka_unit_test(a_child_forgets_its_parents_connection),
        cmocka_unit_test(one_lock_one_owner),
        cmocka_unit_test(settings_hold_for_the_session),
        cmocka_unit_test(settings_go_together),
        cmocka_unit_test_setup(a_schema_is_made_once, begin_empty),
        cmocka_unit_test_setup(an_upgrade_keeps_the_rows, begin_empty),
        cmocka_unit_test_setup(a_column_more_reaches_the_views, begin_empty),
        cmocka_unit_test_setup(a_migration_that_fails_changes_nothing, begin_empty),
        cmocka_unit_test_setup(functions_are_what_the_program_brings, begin_empty),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
