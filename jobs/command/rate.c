/*
 * rate.c - landport rate: exchange and tax rates, which nobody ships with a program.
 *
 * A file is loaded whole or not at all: each row is held to formats/table/rate.xsd, then to what is
 * there already, and all that is wrong is told with its line.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "closing.h"
#include "formats/read/charset.h"
#include "formats/read/csv.h"
#include "formats/read/header.h"
#include "formats/xsd/check.h"
#include "message.h"
#include "show.h"
#include "spool/fsio.h"
#include "sql/statements.h"
#include "table.h"

#define FILE_MAX (32 << 20)

enum { C_LINE, C_COLUMN, C_CODE, C_SEEN, C_ZH, C_EN, C_COUNT };

struct rates {
    struct hub *hub;
    const char *file;
    struct plan *plan;
    struct header header;
    struct buf rows;   /* JSON */
    struct buf faults; /* const char *, C_COUNT a row */
    int64_t row_count;
    int fault_count;
    bool replace;
    int64_t loaded;
    int64_t go, wait;        /* orders that waited for a rate, and now do not or still do */
    const char *still, *day; /* which rates those wait for, and of which day */
};

static void
fault(struct rates *r, const char *line, const char *column, const char *code, const char *seen,
      const char *want)
{
    struct arena *a = r->hub->arena;
    struct show_sentence s;
    const char *row[C_COUNT];

    row[C_LINE] = arena_str(a, line);
    row[C_COLUMN] = column;
    row[C_CODE] = arena_str(a, code);
    row[C_SEEN] = seen;
    show_sentence(&s, code, want);
    row[C_ZH] = arena_str(a, s.zh);
    row[C_EN] = arena_str(a, s.en);
    buf_put(&r->faults, row, sizeof row);
    r->fault_count++;
}

static void
fault_code(struct rates *r, uint64_t line, const char *column, err_code_t code, const char *seen,
           const char *want)
{
    char name[8];

    fault(r, db_number(r->hub->arena, (int64_t)line), column, err_name(code, name), seen, want);
}

/* ---- the file ---- */

/* What its author may not know: the file's columns. */
static const char *
columns_told(const struct rates *r)
{
    struct arena *a = r->hub->arena;
    const char *list[2] = {"", ""}; /* those that may be missing, those that may not */

    for (uint32_t i = 0; i < r->plan->root->child_count; i++) {
        const struct plan_node *f = r->plan->root->children[i];
        const char **to = &list[f->min > 0];

        *to = arena_printf(a, "%s%s%s", *to, **to ? ", " : "", f->name);
    }
    return arena_printf(a, "its columns are %s, and %s where they are needed: landport rate --help",
                        list[1], list[0]);
}

static rc_t
read_text(struct rates *r, struct span *text, struct err *e)
{
    struct arena *a = r->hub->arena;
    struct charset_sniff sniff = {0};
    struct charset_conv *conv;
    enum charset found;
    struct span bytes;
    size_t bad;
    rc_t rc = fsio_read_file(a, r->file, FILE_MAX, &bytes, e);

    if (rc != RC_OK)
        return rc;
    charset_feed(&sniff, bytes.p, bytes.n);
    if (!charset_decide(&sniff, CHARSET_AUTO, &found) || charset_is_utf16(found))
        return err_set(e, RC_FAIL, ERR_CHARSET, "%s: save it as CSV in UTF-8 or GB18030; %s",
                       r->file, columns_told(r));
    conv = charset_open(found);
    rc = charset_to_utf8(conv, a, bytes, text, &bad, e);
    charset_close(&conv);
    return rc == RC_REJECT ? err_set(e, RC_FAIL, ERR_BAD_BYTES, "%s: byte %zu is not valid %s",
                                     r->file, bad, charset_name(found))
                           : rc;
}

static rc_t
map_header(struct rates *r, const struct csv_record *h)
{
    const struct header_aliases none = {NULL, 0};

    if (header_map(&r->header, r->hub->arena, r->plan, none, h->fields, h->count))
        return RC_OK;
    for (uint32_t i = 0; i < r->header.fault_count; i++) {
        const struct header_fault *f = &r->header.faults[i];
        const char *column = f->field ? f->field->name : NULL;

        fault_code(r, h->line, column, f->code, arena_span(r->hub->arena, f->seen), column);
    }
    return RC_REJECT;
}

/* One value into the row's JSON; an optional one that is empty is not there. */
static void
read_field(struct rates *r, const struct csv_record *rec, uint32_t i, struct buf *row)
{
    struct arena *a = r->hub->arena;
    const struct plan_node *field = r->plan->root->children[i];
    int column = r->header.column[i];
    struct span value = column >= 0 ? span_trim(rec->fields[column]) : span_of(""), normal;
    struct finding found;

    if (!value.n && field->dflt)
        value = span_of(field->dflt);
    if (!value.n && !field->min)
        return;
    if (!value.n) {
        fault_code(r, rec->line, field->name, ERR_EMPTY, "", NULL);
        return;
    }
    if (!check_value(field->type, value, arena_alloc(a, value.n), &normal, &found)) {
        fault_code(r, rec->line, field->name, found.code, arena_span(a, value), found.want);
        return;
    }
    buf_str(row, ",");
    json_string(row, field->name);
    buf_str(row, ":");
    json_string(row, arena_span(a, normal));
}

static void
read_row(struct rates *r, const struct csv_record *rec)
{
    struct buf *row = &r->rows;

    r->row_count++;
    if (rec->count != r->header.width) {
        fault_code(r, rec->line, NULL, ERR_COLUMN_COUNT, db_number(r->hub->arena, rec->count),
                   db_number(r->hub->arena, r->header.width));
        return;
    }
    buf_printf(row, "%s{\"line\":%llu", row->n > 1 ? "," : "", (unsigned long long)rec->line);
    for (uint32_t i = 0; i < r->plan->root->child_count; i++)
        read_field(r, rec, i, row);
    buf_str(row, "}");
}

static rc_t
read_rows(struct rates *r, struct csv *csv, struct err *e)
{
    struct csv_record rec;
    rc_t rc = csv_next(csv, &rec, e);

    if (rc == RC_END)
        return err_set(e, RC_FAIL, ERR_EMPTY_FILE, "%s: no header row; %s", r->file,
                       columns_told(r));
    if (rc == RC_OK && map_header(r, &rec) != RC_OK)
        return RC_OK; /* its faults are told, and no row can be read */
    while (rc == RC_OK || rc == RC_REJECT) {
        rc = csv_next(csv, &rec, e);
        if (rc == RC_OK)
            read_row(r, &rec);
        else if (rc == RC_REJECT)
            fault_code(r, rec.line, NULL, rec.bad, "", "UTF-8");
    }
    if (rc == RC_END && !r->row_count && !r->fault_count)
        return err_set(e, RC_FAIL, ERR_NO_ROWS, "%s: no rows; %s", r->file, columns_told(r));
    return rc == RC_END ? RC_OK : rc;
}

static rc_t
read_file(struct rates *r, struct err *e)
{
    const struct csv_form form = {.charset = CHARSET_UTF8};
    struct stream_mem in = {0};
    struct csv *csv = NULL;
    struct span text;
    rc_t rc = format_feed(&r->plan, r->hub, r->hub->arena, "table", "rate", e);

    if (rc != RC_OK || (rc = read_text(r, &text, e)) != RC_OK)
        return rc;
    in.p = text.p;
    in.n = text.n;
    buf_str(&r->rows, "[");
    if ((rc = csv_open(&csv, source_mem(&in), &form, e)) == RC_OK)
        rc = read_rows(r, csv, e);
    csv_close(&csv);
    buf_str(&r->rows, "]");
    return rc;
}

/* ---- the database ---- */

static rc_t
find_faults(struct rates *r, struct err *e)
{
    struct arena *a = r->hub->arena;
    struct db_result *found;
    rc_t rc =
        db_exec(r->hub->db,
                "CREATE TEMP TABLE rate_row (line bigint, kind text, code text, valid_from date, "
                "valid_until date, rate numeric, units numeric, source text, currency text, "
                "gcode text) ON COMMIT DROP",
                DB_NONE, NULL, e);

    if (rc == RC_OK)
        rc = db_exec(r->hub->db, SQL_REPORT_RATE_ROWS,
                     DB_ARGS(arena_span(a, (struct span){r->rows.p, r->rows.n})), NULL, e);
    if (rc == RC_OK)
        rc = db_query(r->hub->db, a, SQL_REPORT_RATE_FAULTS, DB_ARGS(r->replace ? "true" : "false"),
                      &found, e);
    for (int i = 0; rc == RC_OK && i < found->rows; i++)
        fault(r, db_text(found, i, "line"), db_text(found, i, "column_name"),
              db_text(found, i, "code"), db_value(found, i, "seen"), db_value(found, i, "want"));
    return rc;
}

static rc_t
load_rows(struct rates *r, const char *reason, struct err *e)
{
    struct arena *a = r->hub->arena;
    struct db_result *done;
    char now[21], date[9];
    rc_t rc =
        db_query(r->hub->db, a, SQL_REPORT_RATE_LOAD,
                 DB_ARGS(show_operator(a), r->file, reason, clock_iso(clock_now(), now)), &done, e);

    if (rc != RC_OK)
        return rc;
    r->loaded = db_int(done, 0, "loaded");
    if ((rc = closing_trade_date(r->hub, a, date, e)) != RC_OK ||
        (rc = db_query(r->hub->db, a, SQL_REPORT_RATE_EFFECT, DB_NONE, &done, e)) != RC_OK)
        return rc;
    r->go = db_int(done, 0, "go");
    r->wait = db_int(done, 0, "wait");
    r->still = db_text(done, 0, "rates");
    r->day = db_text(done, 0, "day");
    return rc;
}

static rc_t
keep(struct rates *r, const char *reason, struct err *e)
{
    rc_t rc = db_begin(r->hub->db, e);

    if (rc == RC_OK)
        rc = find_faults(r, e);
    if (rc == RC_OK && !r->fault_count)
        rc = load_rows(r, reason, e);
    if (rc == RC_OK && !r->fault_count)
        return db_commit(r->hub->db, e);
    db_rollback(r->hub->db);
    return rc;
}

/* ---- what is told ---- */

static void
say_orders(const struct rates *r)
{
    if (r->go)
        printf("%lld %s with the next run\n", (long long)r->go,
               count_word(r->go, "order that waited goes on", "orders that waited go on"));
    if (r->wait)
        printf("%lld %s: no %s for %s\n", (long long)r->wait,
               count_word(r->wait, "order still waits", "orders still wait"), r->still, r->day);
}

static void
say_outcome(const struct rates *r)
{
    static const struct table_column columns[C_COUNT] = {
        {"line",       TABLE_NUMBER},
        {"column",     TABLE_TEXT  },
        {"code",       TABLE_TEXT  },
        {"seen",       TABLE_TEXT  },
        {"message_zh", TABLE_TEXT  },
        {"message_en", TABLE_TEXT  },
    };
    const char *const *cells = (const char *const *)(const void *)r->faults.p;
    struct buf out = {0};

    if (r->hub->json) {
        buf_printf(&out,
                   "{\"rows\": %lld, \"loaded\": %lld, \"go_on\": %lld, \"still_wait\": %lld, "
                   "\"missing\": ",
                   (long long)r->row_count, (long long)r->loaded, (long long)r->go,
                   (long long)r->wait);
        json_string(&out, r->wait ? r->still : NULL);
        buf_str(&out, ", \"day\": ");
        json_string(&out, r->day);
        buf_str(&out, ", \"rejects\": ");
        table_json_cells(&out, columns, C_COUNT, cells, r->fault_count);
        printf("%.*s}\n", (int)out.n, out.p);
        buf_free(&out);
    } else if (r->fault_count) {
        table_print_cells(stdout, columns, C_COUNT, cells, r->fault_count, "faults");
        printf("nothing was loaded; %s\n", columns_told(r));
    } else {
        printf("%lld %s, %lld of them new\n", (long long)r->row_count,
               count_word(r->row_count, "rate", "rates"), (long long)r->loaded);
        say_orders(r);
    }
}

static rc_t
rate_import(struct hub *hub, int argc, char **argv, struct err *e)
{
    struct rates r = {.hub = hub};
    const char *reason = NULL;
    const struct option options[] = {
        {"--reason",  &reason, NULL      },
        {"--replace", NULL,    &r.replace},
        {NULL,        NULL,    NULL      },
    };
    rc_t rc = show_options(options, argc, argv, 1, "rate import FILE [--replace --reason TEXT]", e);

    if (rc == RC_OK && r.replace)
        rc = show_needs_reason(reason, e);
    if (rc != RC_OK)
        return rc;
    r.file = argv[1];
    if ((rc = read_file(&r, e)) == RC_OK && !r.fault_count)
        rc = keep(&r, reason, e);
    if (rc == RC_OK)
        say_outcome(&r);
    if (rc == RC_OK && r.fault_count)
        rc = RC_REJECT;
    buf_free(&r.rows);
    buf_free(&r.faults);
    return rc;
}

static rc_t
rate_list(struct hub *hub, int argc, char **argv, struct err *e)
{
    const char *kind = NULL, *code = NULL, *date = NULL;
    const struct option options[] = {
        {"--kind", &kind, NULL},
        {"--code", &code, NULL},
        {"--date", &date, NULL},
        {NULL,     NULL,  NULL},
    };
    rc_t rc = show_options(options, argc, argv, 0,
                           "rate list [--kind K] [--code CODE] [--date YYYYMMDD]", e);

    if (rc == RC_OK && date && (strlen(date) != 8 || !clock_date_exists(date)))
        rc = err_set(e, RC_FAIL, ERR_USAGE, "--date must be YYYYMMDD, is %s", date);
    return rc == RC_OK ? show_list(hub, "rates", SQL_REPORT_RATE_LIST, DB_ARGS(kind, code, date), e)
                       : rc;
}

static rc_t
rate_missing(struct hub *hub, int argc, char **argv, struct err *e)
{
    static const struct option none[] = {
        {NULL, NULL, NULL}
    };
    rc_t rc = show_options(none, argc, argv, 0, "rate missing", e);

    char date[9];

    if (rc == RC_OK)
        rc = closing_trade_date(hub, hub->arena, date, e);
    return rc == RC_OK ? show_list(hub, "rates missing", SQL_REPORT_RATES_MISSING, DB_NONE, e) : rc;
}

rc_t
cmd_rate(struct hub *hub, int argc, char **argv, struct err *e)
{
    static const struct subcommand table[] = {
        {"import",  rate_import },
        {"list",    rate_list   },
        {"missing", rate_missing},
        {NULL,      NULL        },
    };

    return show_subcommand(table, hub, argc, argv, e);
}
