/*
 * db.h - PostgreSQL through libpq.
 *
 * Shape    One struct db a connection; search_path hub, UTC, UTF8, timeouts set at open. Results
 *          live in the arena they were asked into. Parameters are text; NULL is SQL NULL.
 * Errors   Connection lost, SQLSTATE class 08, 40, 53, 57 and 55P03: RC_RETRY ERR_DATABASE_AWAY;
 *          all else RC_FAIL with SQLSTATE, message and the statement's first words: ERR_QUERY where
 *          the statement or the values it meets are to blame (classes 0A, 20 to 23, 42 …), so that
 *          another may go on, else ERR_DATABASE.
 * Calls    One connection belongs to one process; nothing survives fork().
 */
#ifndef LANDPORT_DB_H
#define LANDPORT_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"
#include "base/stream.h"

struct db;

rc_t db_open(struct db **db, const char *conninfo, const char *application, struct err *e);
void db_close(struct db **db); /* NULL is fine; an open transaction is rolled back by the server */
/* In a child: the parent's connection. Its copy of the socket is closed, and the server is told nothing. */
void db_forget(struct db **db);

/* Parameters: DB_ARGS("a", NULL, "b"); none: DB_NONE. */
struct db_args {
    int count;
    const char *const *values;
};
#define DB_ARGS(...)                                                                               \
    ((struct db_args){(int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)),               \
                      (const char *const[]){__VA_ARGS__}})
#define DB_NONE ((struct db_args){0, NULL})

struct db_result {
    int rows, columns;
    uint64_t affected; /* rows of INSERT, UPDATE, DELETE, COPY */
    void *handle;      /* PGresult, closed with the arena */
};

/* One statement with parameters; the result is dropped. affected may be NULL. */
rc_t db_exec(struct db *db, const char *sql, struct db_args args, uint64_t *affected,
             struct err *e);
/* One statement whose rows are wanted; for small results. */
rc_t db_query(struct db *db, struct arena *a, const char *sql, struct db_args args,
              struct db_result **r, struct err *e);
/* A file of several statements without parameters; the last one's rows if r is not NULL. */
rc_t db_script(struct db *db, struct arena *a, const char *sql, struct db_result **r,
               struct err *e);
/* The same in two steps: other connections may work between them. db_wait: the first error. */
rc_t db_send(struct db *db, const char *sql, struct err *e);
rc_t db_wait(struct db *db, const char *sql, struct err *e);
/* A value, of a column by its name; 0: of the only column there is. A name that the result has not is a bug, and so is 0
 * where it has several. Who goes through many rows looks a name up once, db_named(), and asks the ones below. */
#define db_value(r, row, column) db_value_at(r, row, DB_AT(r, column)) /* NULL for SQL NULL */
#define db_text(r, row, column)  db_text_at(r, row, DB_AT(r, column))  /* "" for SQL NULL */
#define db_int(r, row, column)   db_int_at(r, row, DB_AT(r, column))   /* 0 for SQL NULL */
#define db_bool(r, row, column)  db_bool_at(r, row, DB_AT(r, column))
#define DB_AT(r, column)                                                                           \
    _Generic((column), char * : db_named, const char * : db_named, default : db_only)(r, column)
int db_named(const struct db_result *r, const char *column);
int db_only(const struct db_result *r, int column);
const char *db_value_at(const struct db_result *r, int row, int column);
const char *db_text_at(const struct db_result *r, int row, int column);
int64_t db_int_at(const struct db_result *r, int row, int column);
bool db_bool_at(const struct db_result *r, int row, int column);
const char *db_column(const struct db_result *r, int column);

/* What a query would give, without running it: no rows; columns with their names and, where one is a
 * column of a table as it stands, that table's oid and its number there (0: it is computed). */
rc_t db_describe(struct db *db, struct arena *a, const char *sql, struct db_result **r,
                 struct err *e);
uint32_t db_origin(const struct db_result *r, int column, int *number);

rc_t db_begin(struct db *db, struct err *e);
rc_t db_commit(struct db *db, struct err *e);
/* Roll back; never fails the caller (the first error is the one to tell). Nothing if none open. */
void db_rollback(struct db *db);
/* A step of an open transaction that may fail without failing it: what a failed one did is undone. Gives what the step gave; where that
 * could not be undone either (the connection is gone), that error, with which the transaction ends. */
rc_t db_try(struct db *db, rc_t (*step)(void *ctx, struct err *e), void *ctx, struct err *e);

/* set_config(name, value, is_local = false); how extract files get their parameters. Of names hub.… several go as one before the next
 * statement, whose failure theirs is. */
rc_t db_set(struct db *db, const char *name, const char *value, struct err *e);

/* No statement from here on takes longer, 0: whatever it takes. One that does is at fault by itself, RC_FAIL with ERR_QUERY, not the
 * server. */
rc_t db_limit(struct db *db, uint32_t seconds, struct err *e);

/* COPY … FROM STDIN: begin with the whole statement, put bytes, end. */
rc_t db_copy_in(struct db *db, const char *sql, struct err *e);
rc_t db_copy_put(struct db *db, const void *p, size_t n, struct err *e);
/* failure NULL: done; else the copy is abandoned with that text and RC_OK returned. */
rc_t db_copy_end(struct db *db, const char *failure, uint64_t *rows, struct err *e);
/* The same in two steps, between which the server stores the rows and the caller does other work. */
rc_t db_copy_sent(struct db *db, struct err *e);
rc_t db_copy_wait(struct db *db, struct err *e);

/*
 * COPY (query) TO STDOUT as a stream of rows (text format with header). Values are unescaped and
 * valid until the next call; p NULL is SQL NULL.
 */
struct db_stream;
rc_t db_stream_open(struct db *db, struct db_stream **s, const char *query, struct err *e);
/* The same in two steps: the query runs while others are sent. */
rc_t db_stream_send(struct db *db, struct db_stream **s, const char *query, struct err *e);
rc_t db_stream_ready(struct db_stream *s, struct err *e); /* waits for the first row */
uint32_t db_stream_count(const struct db_stream *s);
const char **db_stream_columns(struct db_stream *s);
/* RC_OK, RC_END, or an error; fits writer_rows.next with ctx = the stream. */
rc_t db_stream_next(void *stream, const struct span **values, struct err *e);
void db_stream_close(struct db_stream **s); /* cancels what has not been read */

/* Did the statement that failed last fail over the data it was given, and would again? */
bool db_data_fault(const struct db *db);

/* Session advisory lock; *got false when another session has it. */
rc_t db_try_lock(struct db *db, const char *name, bool *got, struct err *e);
/* The same, and waits for it, as for a lock of a table: RC_RETRY after a minute. */
rc_t db_lock(struct db *db, const char *name, struct err *e);
rc_t db_unlock(struct db *db, const char *name, struct err *e);

/* The bytes of encode(…, 'hex'), in the arena. */
struct span db_unhex(struct arena *a, const char *hex);
/* A number as a parameter, in the arena. */
const char *db_number(struct arena *a, int64_t n);

/* A text[] as a parameter: one value after the other, then the whole of it, in the arena; the buffer is freed. */
void db_array_add(struct buf *array, const char *value);
const char *db_array_end(struct buf *array, struct arena *a);

/* Quote as identifier or literal, in the arena. */
const char *db_ident(struct arena *a, const char *name);
const char *db_literal(struct arena *a, const char *text);

#endif
