/* db.c - PostgreSQL through libpq: statements, transactions, COPY in both directions, locks. */
#include "sql/db.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"

#define SEND_BUFFER (1 << 20)
#define COPY_CHUNK  ((size_t)64 * 1024) /* measured: smaller and larger ones are slower */

/* How many settings go into one statement. */
#define SETTINGS 64

struct db {
    PGconn *conn;
    struct arena *arena;
    const char *waiting[2 * SETTINGS]; /* settings that go before the next statement: name, value */
    int waiting_count;                 /* of both together */
    struct arena *waiting_arena;
    char state[6];    /* SQLSTATE of what failed last; "" : none, or the connection itself */
    uint32_t limit_s; /* db_limit */
};

struct db_stream {
    struct db *db;
    struct arena *arena;
    const char *query;
    char *row; /* from libpq, freed before the next one */
    const char **columns;
    struct span *values;
    uint32_t count;
    bool done; /* the server has nothing more to say */
};

/*
 * What every session of the hub relies on. Jobs have their own deadline, so no statement_timeout but by db_limit;
 * a statement whose job was killed ends within a second, and its locks with it.
 */
#define SESSION                                                                                    \
    "-c search_path=hub,public -c timezone=UTC -c datestyle=ISO,YMD -c intervalstyle=postgres "    \
    "-c extra_float_digits=1 -c lock_timeout=60s -c statement_timeout=0 "                          \
    "-c idle_in_transaction_session_timeout=1h -c client_min_messages=notice "                     \
    "-c client_connection_check_interval=1s"

static void
on_notice(void *ctx, const char *message)
{
    size_t n = strcspn(message, "\n");

    (void)ctx;
    log_debug("database: %.*s", (int)n, message);
}

/* One line, blanks collapsed, at most `max` bytes of text. */
static void
one_line(char *out, size_t size, const char *text)
{
    size_t n = 0;

    for (; *text && n + 1 < size; text++) {
        bool blank = span_blank(*text);
        if (!blank)
            out[n++] = *text;
        else if (n > 0 && out[n - 1] != ' ')
            out[n++] = ' ';
    }
    while (n > 0 && out[n - 1] == ' ')
        n--;
    out[n] = '\0';
}

static bool
is_away(const char *state)
{
    static const char *const classes[] = {"08", "40", "53", "57"};

    if (!state)
        return true; /* libpq itself failed: the connection is gone */
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
        if (strncmp(state, classes[i], 2) == 0)
            return true;
    return strcmp(state, "55P03") == 0;
}

/* What the statement asks for, or the values it meets, cannot be: another one may go on. */
static bool
is_refused(const char *state)
{
    static const char *const classes[] = {"0A", "20", "21", "22", "23",
                                          "2F", "42", "44", "54", "P0"};

    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
        if (strncmp(state, classes[i], 2) == 0)
            return true;
    return false;
}

/* "COPY stage, line 3, column charge: …" without the value, which may be a person's. */
static void
copy_place(char *out, size_t size, const char *context)
{
    const char *end;

    out[0] = '\0';
    if (!context || strncmp(context, "COPY ", 5) != 0)
        return;
    end = strstr(context, ": \"");
    snprintf(out, size, " (%.*s)", (int)(end ? end - context : (long)strcspn(context, "\n")),
             context);
}

/* What stands in quotes, to the last of them, since a value may hold some. */
static void
hide_quoted(char *message)
{
    char *from = strchr(message, '"'), *to = from ? strrchr(from + 1, '"') : NULL;

    if (!to)
        return;
    for (char *p = from + 1; p < to; p++)
        *p = '*';
    if (to - from > 4)
        memmove(from + 4, to, strlen(to) + 1);
}

static rc_t
db_fail(struct db *db, const PGresult *result, const char *sql, struct err *e)
{
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *said = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    const char *hint = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_HINT) : NULL;
    char message[400], words[80], place[160];

    if (!said || !*said)
        said = PQerrorMessage(db->conn);
    one_line(message, sizeof(message), said);
    if (state && strncmp(state, "22", 2) == 0)
        hide_quoted(message); /* the value that a type does not take */
    one_line(words, sizeof(words), sql);
    copy_place(place, sizeof(place), result ? PQresultErrorField(result, PG_DIAG_CONTEXT) : NULL);
    if (!hint && state && strcmp(state, "42501") == 0)
        hint = "landport init grants the roles what this version needs; what a new statement of "
               "ours changes is a line in sql/roles/grants.sql (sql/README.md, Who may what)";
    snprintf(db->state, sizeof db->state, "%s", state ? state : "");
    if (db->limit_s && state && strcmp(state, "57014") == 0) /* query_canceled */
        return err_set(e, RC_FAIL, ERR_QUERY, "database: not done within %u s, stopped; in \"%s\"",
                       db->limit_s, words);
    if (is_away(state))
        return err_set(e, RC_RETRY, ERR_DATABASE_AWAY, "database: %s %s%s; in \"%s\"",
                       state ? state : "connection", message, place, words);
    return err_set(e, RC_FAIL, is_refused(state) ? ERR_QUERY : ERR_DATABASE,
                   "database: %s %s%s%s%s; in \"%s\"", state, message, place,
                   hint ? "; hint: " : "", hint ? hint : "", words);
}

/* Cardinality, data exception, integrity, limits, and what our own functions raise. */
bool
db_data_fault(const struct db *db)
{
    static const char *const classes[] = {"21", "22", "23", "54", "P0"};

    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
        if (strncmp(db->state, classes[i], 2) == 0)
            return true;
    return false;
}

/* The session settings after those the administrator wrote into the connection string. */
static char *
session_options(struct arena *a, const char *conninfo)
{
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    char *text = arena_str(a, SESSION);

    for (PQconninfoOption *o = options; o && o->keyword; o++)
        if (strcmp(o->keyword, "options") == 0 && o->val)
            text = arena_printf(a, "%s %s", o->val, SESSION);
    PQconninfoFree(options);
    return text;
}

/* What COPY sends lies here while we make more of it: the kernel wakes a writer when a quarter is left, which
 * of the usual 208 KiB is gone before it runs. Where the kernel allows less it stays as it is. */
static void
widen(const PGconn *conn)
{
    const char *host = PQhost(conn);
    const int bytes = SEND_BUFFER;

    if (host && *host == '/')
        (void)setsockopt(PQsocket(conn), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

rc_t
db_open(struct db **db, const char *conninfo, const char *application, struct err *e)
{
    struct arena *a = arena_new("db");
    struct db *made = ARENA_NEW(a, struct db);
    /* Later keywords win: first what the connection string may change, last what it may not. */
    const char *keys[] = {"connect_timeout",  "keepalives_idle", "tcp_user_timeout", "dbname",
                          "application_name", "client_encoding", "options",          NULL};
    const char *values[] = {
        "10", "30", "30000", conninfo, application, "UTF8", session_options(a, conninfo), NULL};
    char text[400];

    *db = NULL;
    made->arena = a;
    made->waiting_arena = arena_new("settings");
    made->conn = PQconnectdbParams(keys, values, 1);
    if (!made->conn)
        BUG("out of memory in libpq");
    if (PQstatus(made->conn) != CONNECTION_OK) {
        one_line(text, sizeof(text), PQerrorMessage(made->conn));
        db_close(&made);
        return err_set(e, RC_RETRY, ERR_DATABASE_AWAY, "database: cannot connect: %s", text);
    }
    PQsetNoticeProcessor(made->conn, on_notice, NULL);
    widen(made->conn);
    *db = made;
    return RC_OK;
}

void
db_close(struct db **db)
{
    struct arena *a;

    if (!*db)
        return;
    a = (*db)->arena;
    PQfinish((*db)->conn);
    arena_free(&(*db)->waiting_arena);
    *db = NULL;
    arena_free(&a);
}

/* What libpq keeps of it stays in memory: to free that is to say goodbye to the server. */
void
db_forget(struct db **db)
{
    if (*db)
        close(PQsocket((*db)->conn));
    *db = NULL;
}

static bool
result_good(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

/* A statement by itself; settings that wait are not told. */
static rc_t
run_alone(struct db *db, const char *sql, struct db_args args, PGresult **result, struct err *e)
{
    PGresult *got = PQexecParams(db->conn, sql, args.count, NULL, args.values, NULL, NULL, 0);
    rc_t rc;

    *result = NULL;
    if (got && result_good(got)) {
        *result = got;
        return RC_OK;
    }
    rc = db_fail(db, got, sql, e);
    PQclear(got);
    return rc;
}

static void
forget_settings(struct db *db)
{
    db->waiting_count = 0;
    arena_reset(db->waiting_arena);
}

/* A job makes dozens of settings before a statement that reads them; a statement each was a tenth of a small night. */
static rc_t
tell_settings(struct db *db, struct err *e)
{
    const char *sql = "SELECT";
    PGresult *result;
    rc_t rc;

    if (db->waiting_count == 0)
        return RC_OK;
    for (int i = 0; i < db->waiting_count; i += 2)
        sql = arena_printf(db->waiting_arena, "%s%s set_config($%d, $%d, false)", sql, i ? "," : "",
                           i + 1, i + 2);
    rc = run_alone(db, sql, (struct db_args){db->waiting_count, db->waiting}, &result, e);
    PQclear(result);
    forget_settings(db);
    return rc;
}

static rc_t
run_params(struct db *db, const char *sql, struct db_args args, PGresult **result, struct err *e)
{
    rc_t rc = tell_settings(db, e);

    *result = NULL;
    return rc == RC_OK ? run_alone(db, sql, args, result, e) : rc;
}

rc_t
db_exec(struct db *db, const char *sql, struct db_args args, uint64_t *affected, struct err *e)
{
    PGresult *result;
    rc_t rc = run_params(db, sql, args, &result, e);

    if (rc == RC_OK && affected)
        *affected = strtoull(PQcmdTuples(result), NULL, 10);
    PQclear(result);
    return rc;
}

static void
clear_result(void *result)
{
    PQclear(result);
}

static struct db_result *
keep_result(struct arena *a, PGresult *result)
{
    struct db_result *r = ARENA_NEW(a, struct db_result);

    r->rows = PQntuples(result);
    r->columns = PQnfields(result);
    r->affected = strtoull(PQcmdTuples(result), NULL, 10);
    r->handle = result;
    arena_defer(a, clear_result, result);
    return r;
}

rc_t
db_query(struct db *db, struct arena *a, const char *sql, struct db_args args, struct db_result **r,
         struct err *e)
{
    PGresult *result;
    rc_t rc = run_params(db, sql, args, &result, e);

    *r = rc == RC_OK ? keep_result(a, result) : NULL;
    return rc;
}

rc_t
db_script(struct db *db, struct arena *a, const char *sql, struct db_result **r, struct err *e)
{
    rc_t rc = tell_settings(db, e);
    PGresult *result;

    if (r)
        *r = NULL;
    if (rc != RC_OK)
        return rc;
    result = PQexec(db->conn, sql);
    if (!result || !result_good(result)) {
        rc = db_fail(db, result, sql, e);
        PQclear(result);
    } else if (r) {
        *r = keep_result(a, result);
    } else {
        PQclear(result);
    }
    return rc;
}

rc_t
db_describe(struct db *db, struct arena *a, const char *sql, struct db_result **r, struct err *e)
{
    rc_t rc = tell_settings(db, e);
    PGresult *result;

    *r = NULL;
    if (rc != RC_OK)
        return rc;
    result = PQprepare(db->conn, "", sql, 0, NULL);
    if (result && result_good(result)) {
        PQclear(result);
        result = PQdescribePrepared(db->conn, "");
    }
    if (!result || !result_good(result)) {
        rc = db_fail(db, result, sql, e);
        PQclear(result);
        return rc;
    }
    *r = keep_result(a, result);
    return RC_OK;
}

uint32_t
db_origin(const struct db_result *r, int column, int *number)
{
    *number = PQftablecol(r->handle, column);
    return PQftable(r->handle, column);
}

rc_t
db_send(struct db *db, const char *sql, struct err *e)
{
    rc_t rc = tell_settings(db, e);

    if (rc == RC_OK && PQsendQuery(db->conn, sql) != 1)
        rc = db_fail(db, NULL, sql, e);
    return rc;
}

rc_t
db_wait(struct db *db, const char *sql, struct err *e)
{
    PGresult *result;
    rc_t rc = RC_OK;

    while ((result = PQgetResult(db->conn)) != NULL) {
        if (rc == RC_OK && !result_good(result))
            rc = db_fail(db, result, sql, e);
        PQclear(result);
        if (PQstatus(db->conn) == CONNECTION_BAD)
            break;
    }
    return rc;
}

int
db_only(const struct db_result *r, int column)
{
    if (column != 0 || r->columns != 1)
        BUG("column %d of a result of %d columns, by its number", column, r->columns);
    return column;
}

int
db_named(const struct db_result *r, const char *column)
{
    for (int i = 0; i < r->columns; i++)
        if (strcmp(PQfname(r->handle, i), column) == 0)
            return i;
    BUG("a result of %d columns has no %s", r->columns, column);
}

const char *
db_value_at(const struct db_result *r, int row, int column)
{
    return PQgetisnull(r->handle, row, column) ? NULL : PQgetvalue(r->handle, row, column);
}

const char *
db_text_at(const struct db_result *r, int row, int column)
{
    return PQgetvalue(r->handle, row, column); /* libpq gives "" for NULL */
}

int64_t
db_int_at(const struct db_result *r, int row, int column)
{
    return strtoll(PQgetvalue(r->handle, row, column), NULL, 10);
}

bool
db_bool_at(const struct db_result *r, int row, int column)
{
    return PQgetvalue(r->handle, row, column)[0] == 't';
}

const char *
db_column(const struct db_result *r, int column)
{
    return PQfname(r->handle, column);
}

rc_t
db_begin(struct db *db, struct err *e)
{
    return db_exec(db, "BEGIN", DB_NONE, NULL, e);
}

/* COMMIT of a failed transaction answers ROLLBACK without an error; the caller must not miss it. */
rc_t
db_commit(struct db *db, struct err *e)
{
    PGresult *result;
    rc_t rc = run_params(db, "COMMIT", DB_NONE, &result, e);

    if (rc == RC_OK && strcmp(PQcmdStatus(result), "COMMIT") != 0)
        rc = err_set(e, RC_FAIL, ERR_DATABASE,
                     "database: commit answered %s, the transaction had failed before",
                     PQcmdStatus(result));
    PQclear(result);
    return rc;
}

static void
cancel(struct db *db)
{
    char text[256];
    PGcancel *handle = PQgetCancel(db->conn);

    if (handle)
        (void)PQcancel(handle, text, (int)sizeof(text));
    PQfreeCancel(handle);
}

static void
drop_copy_out(struct db *db)
{
    char *row = NULL;

    while (PQgetCopyData(db->conn, &row, 0) > 0)
        PQfreemem(row);
}

/* Read what the server still has to say, whatever it was doing. */
static void
drain(struct db *db, const char *reason)
{
    PGresult *result;

    while ((result = PQgetResult(db->conn)) != NULL) {
        ExecStatusType status = PQresultStatus(result);

        PQclear(result);
        if (PQstatus(db->conn) == CONNECTION_BAD)
            return;
        if (status == PGRES_COPY_IN && PQputCopyEnd(db->conn, reason) != 1)
            return;
        if (status == PGRES_COPY_OUT) {
            cancel(db);
            drop_copy_out(db);
        }
    }
}

void
db_rollback(struct db *db)
{
    if (!db || PQstatus(db->conn) != CONNECTION_OK)
        return;
    if (PQtransactionStatus(db->conn) == PQTRANS_ACTIVE)
        drain(db, "rolled back");
    if (PQtransactionStatus(db->conn) != PQTRANS_IDLE) {
        forget_settings(db); /* made in the transaction, they end with it */
        PQclear(PQexec(db->conn, "ROLLBACK"));
    }
}

/* The savepoint is set by itself: of a script that does not parse nothing is done, its SAVEPOINT neither. */
rc_t
db_try(struct db *db, rc_t (*step)(void *ctx, struct err *e), void *ctx, struct err *e)
{
    struct err undone = {0};
    rc_t rc = db_exec(db, "SAVEPOINT step", DB_NONE, NULL, e);

    if (rc != RC_OK)
        return rc;
    if ((rc = step(ctx, e)) == RC_OK)
        return db_exec(db, "RELEASE SAVEPOINT step", DB_NONE, NULL, e);
    forget_settings(db);
    if (db_script(db, NULL, "ROLLBACK TO SAVEPOINT step; RELEASE SAVEPOINT step", NULL, &undone) !=
        RC_OK) {
        *e = undone;
        rc = e->rc;
    }
    return rc;
}

rc_t
db_set(struct db *db, const char *name, const char *value, struct err *e)
{
    rc_t rc;

    /* the server's own, which others may see, at once and after those that came before */
    if (strncmp(name, "hub.", 4) != 0)
        return db_exec(db, "SELECT set_config($1, $2, false)", DB_ARGS(name, value), NULL, e);
    if (db->waiting_count == 2 * SETTINGS && (rc = tell_settings(db, e)) != RC_OK)
        return rc;
    db->waiting[db->waiting_count++] = arena_str(db->waiting_arena, name);
    db->waiting[db->waiting_count++] = value ? arena_str(db->waiting_arena, value) : NULL;
    return RC_OK;
}

rc_t
db_limit(struct db *db, uint32_t seconds, struct err *e)
{
    char text[16];

    db->limit_s = seconds;
    snprintf(text, sizeof text, "%us", seconds);
    return db_set(db, "statement_timeout", text, e);
}

rc_t
db_copy_in(struct db *db, const char *sql, struct err *e)
{
    rc_t rc = tell_settings(db, e);
    PGresult *result;

    if (rc != RC_OK)
        return rc;
    result = PQexec(db->conn, sql);
    if (!result || PQresultStatus(result) != PGRES_COPY_IN)
        rc = db_fail(db, result, sql, e);
    PQclear(result);
    return rc;
}

rc_t
db_copy_put(struct db *db, const void *p, size_t n, struct err *e)
{
    const char *at = p;

    while (n > 0) {
        size_t some = n < COPY_CHUNK ? n : COPY_CHUNK;

        if (PQputCopyData(db->conn, at, (int)some) != 1)
            return db_fail(db, NULL, "COPY", e);
        at += some;
        n -= some;
    }
    return RC_OK;
}

rc_t
db_copy_sent(struct db *db, struct err *e)
{
    return PQputCopyEnd(db->conn, NULL) == 1 && PQflush(db->conn) == 0
               ? RC_OK
               : db_fail(db, NULL, "COPY", e);
}

static rc_t
copy_results(struct db *db, const char *failure, uint64_t *rows, struct err *e)
{
    PGresult *result;
    rc_t rc = RC_OK;

    while ((result = PQgetResult(db->conn)) != NULL) {
        bool good = PQresultStatus(result) == PGRES_COMMAND_OK;

        if (good && rows)
            *rows = strtoull(PQcmdTuples(result), NULL, 10);
        /* An abandoned copy answers 57014, which is what was asked for. */
        if (!good && rc == RC_OK && (!failure || PQstatus(db->conn) != CONNECTION_OK))
            rc = db_fail(db, result, "COPY", e);
        PQclear(result);
    }
    return rc;
}

rc_t
db_copy_wait(struct db *db, struct err *e)
{
    return copy_results(db, NULL, NULL, e);
}

rc_t
db_copy_end(struct db *db, const char *failure, uint64_t *rows, struct err *e)
{
    if (PQputCopyEnd(db->conn, failure) != 1)
        return db_fail(db, NULL, "COPY", e);
    return copy_results(db, failure, rows, e);
}

/* Undo the escapes of COPY's text format in place; *at..end has at least one backslash. */
static size_t
unescape(char *p, size_t n)
{
    static const char letters[] = "bfnrtv", bytes[] = "\b\f\n\r\t\v";
    char *out = memchr(p, '\\', n), *end = p + n;

    for (char *in = out; in < end; in++) {
        if (*in == '\\' && in + 1 < end) {
            const char *letter = strchr(letters, *++in);
            *out++ = letter && *letter ? bytes[letter - letters] : *in;
        } else {
            *out++ = *in;
        }
    }
    return (size_t)(out - p);
}

/* Split a row of COPY text at its tabs; most rows hold no backslash and are left alone. */
static uint32_t
split_row(char *row, size_t n, struct span *values, uint32_t max)
{
    bool escapes = memchr(row, '\\', n) != NULL;
    uint32_t count = 0;

    for (char *p = row, *end = row + n; count < max; count++) {
        char *tab = memchr(p, '\t', (size_t)(end - p));
        size_t len = (size_t)((tab ? tab : end) - p);

        if (!escapes || !memchr(p, '\\', len))
            values[count] = (struct span){p, len};
        else if (len == 2 && p[1] == 'N')
            values[count] = (struct span){NULL, 0};
        else
            values[count] = (struct span){p, unescape(p, len)};
        if (!tab)
            return count + 1;
        p = tab + 1;
    }
    return count + 1;
}

/* The next line without its end; RC_END after the server has said that all went well. */
static rc_t
stream_line(struct db_stream *s, size_t *n, struct err *e)
{
    PGresult *result;
    rc_t rc = RC_END;
    int got;

    PQfreemem(s->row);
    s->row = NULL;
    got = PQgetCopyData(s->db->conn, &s->row, 0);
    if (got > 0) {
        *n = (size_t)got - (s->row[got - 1] == '\n');
        return RC_OK;
    }
    s->done = true;
    if (got == -2)
        rc = db_fail(s->db, NULL, "COPY TO STDOUT", e);
    while ((result = PQgetResult(s->db->conn)) != NULL) {
        if (!result_good(result) && rc == RC_END)
            rc = db_fail(s->db, result, "COPY TO STDOUT", e);
        PQclear(result);
        if (PQstatus(s->db->conn) == CONNECTION_BAD)
            break;
    }
    return rc;
}

static rc_t
stream_header(struct db_stream *s, struct err *e)
{
    size_t n = 0;
    rc_t rc = stream_line(s, &n, e);

    if (rc != RC_OK)
        return rc == RC_END ? err_set(e, RC_FAIL, ERR_DATABASE, "database: COPY without a header")
                            : rc;
    s->count = 1;
    for (size_t i = 0; i < n; i++)
        s->count += s->row[i] == '\t';
    s->values = ARENA_ARRAY(s->arena, struct span, s->count);
    s->columns = ARENA_ARRAY(s->arena, const char *, s->count + 1);
    split_row(s->row, n, s->values, s->count);
    for (uint32_t i = 0; i < s->count; i++)
        s->columns[i] = arena_span(s->arena, s->values[i]);
    return RC_OK;
}

rc_t
db_stream_send(struct db *db, struct db_stream **s, const char *query, struct err *e)
{
    struct arena *a = arena_new("stream");
    struct db_stream *made = ARENA_NEW(a, struct db_stream);
    size_t n = strlen(query);
    rc_t rc;

    made->db = db;
    made->arena = a;
    while (n > 0 && strchr("; \t\r\n", query[n - 1]))
        n--;
    /* The line end before the bracket closes a comment the query may end with. */
    made->query = arena_printf(a, "COPY (%.*s\n) TO STDOUT (FORMAT text, HEADER)", (int)n, query);
    rc = db_send(db, made->query, e);
    made->done = rc != RC_OK;
    *s = made;
    if (rc != RC_OK)
        db_stream_close(s);
    return rc;
}

rc_t
db_stream_ready(struct db_stream *s, struct err *e)
{
    PGresult *result = PQgetResult(s->db->conn);
    rc_t rc;

    if (result && PQresultStatus(result) == PGRES_COPY_OUT) {
        rc = stream_header(s, e);
    } else {
        rc = db_fail(s->db, result, s->query, e);
        drain(s->db, "closed");
        s->done = true;
    }
    PQclear(result);
    return rc;
}

rc_t
db_stream_open(struct db *db, struct db_stream **s, const char *query, struct err *e)
{
    rc_t rc = db_stream_send(db, s, query, e);

    if (rc == RC_OK && (rc = db_stream_ready(*s, e)) != RC_OK)
        db_stream_close(s);
    return rc;
}

uint32_t
db_stream_count(const struct db_stream *s)
{
    return s->count;
}

const char **
db_stream_columns(struct db_stream *s)
{
    return s->columns;
}

rc_t
db_stream_next(void *stream, const struct span **values, struct err *e)
{
    struct db_stream *s = stream;
    size_t n = 0;
    rc_t rc;

    if (s->done)
        return RC_END;
    if ((rc = stream_line(s, &n, e)) != RC_OK)
        return rc;
    if (split_row(s->row, n, s->values, s->count) != s->count)
        return err_set(e, RC_FAIL, ERR_DATABASE, "database: a row of COPY has not %u columns",
                       s->count);
    *values = s->values;
    return RC_OK;
}

void
db_stream_close(struct db_stream **s)
{
    struct arena *a;

    if (!*s)
        return;
    if (!(*s)->done) {
        cancel((*s)->db);
        drop_copy_out((*s)->db);
        drain((*s)->db, "closed");
    }
    PQfreemem((*s)->row);
    a = (*s)->arena;
    *s = NULL;
    arena_free(&a);
}

static rc_t
ask_lock(struct db *db, const char *sql, const char *name, bool *got, struct err *e)
{
    PGresult *result;
    rc_t rc = run_params(db, sql, DB_ARGS(name), &result, e);

    if (rc == RC_OK && got)
        *got = PQgetvalue(result, 0, 0)[0] == 't';
    PQclear(result);
    return rc;
}

rc_t
db_try_lock(struct db *db, const char *name, bool *got, struct err *e)
{
    *got = false;
    return ask_lock(db, "SELECT pg_try_advisory_lock(hashtextextended($1, 0))", name, got, e);
}

rc_t
db_lock(struct db *db, const char *name, struct err *e)
{
    return ask_lock(db, "SELECT pg_advisory_lock(hashtextextended($1, 0))", name, NULL, e);
}

rc_t
db_unlock(struct db *db, const char *name, struct err *e)
{
    return ask_lock(db, "SELECT pg_advisory_unlock(hashtextextended($1, 0))", name, NULL, e);
}

void
db_array_add(struct buf *array, const char *value)
{
    buf_str(array, array->n ? ",\"" : "{\"");
    for (const char *p = value; *p; p++) {
        if (*p == '"' || *p == '\\')
            buf_str(array, "\\");
        buf_put(array, p, 1);
    }
    buf_str(array, "\"");
}

const char *
db_array_end(struct buf *array, struct arena *a)
{
    buf_str(array, array->n ? "}" : "{}");
    return buf_text(array, a);
}

static const char *
quoted(struct arena *a, const char *text, char quote)
{
    size_t n = strlen(text), at = 0;
    char *out = arena_alloc(a, 2 * n + 3);

    out[at++] = quote;
    for (; *text; text++) {
        if (*text == quote)
            out[at++] = quote;
        out[at++] = *text;
    }
    out[at] = quote;
    return out;
}

struct span
db_unhex(struct arena *a, const char *text)
{
    size_t n = strlen(text) / 2;
    char *out = arena_alloc(a, n + 1);

    if (!span_unhex(out, (struct span){text, 2 * n}))
        BUG("the database wrote \"%.20s\" as hex", text);
    return (struct span){out, n};
}

const char *
db_number(struct arena *a, int64_t n)
{
    return arena_printf(a, "%lld", (long long)n);
}

const char *
db_ident(struct arena *a, const char *name)
{
    return quoted(a, name, '"');
}

/* A backslash needs the E'' form, whatever standard_conforming_strings says. */
const char *
db_literal(struct arena *a, const char *text)
{
    char *doubled, *out;

    if (!strchr(text, '\\'))
        return quoted(a, text, '\'');
    doubled = out = arena_alloc(a, 2 * strlen(text) + 1);
    for (; *text; text++) {
        if (*text == '\\')
            *out++ = '\\';
        *out++ = *text;
    }
    return arena_printf(a, "E%s", quoted(a, doubled, '\''));
}
