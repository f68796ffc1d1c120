#include "show.h"

#include <libpq-fe.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "sql/statements.h"
#include "table.h"

/* ---- words after a command ---- */

static const struct option *
find_option(const struct option *options, const char *word)
{
    for (; options->name; options++)
        if (strcmp(options->name, word) == 0)
            return options;
    return NULL;
}

rc_t
show_options(const struct option *options, int argc, char **argv, int words, const char *usage,
             struct err *e)
{
    int kept = 1;

    for (int i = 1; i < argc; i++) {
        const struct option *o = find_option(options, argv[i]);

        if (!o && argv[i][0] == '-' && argv[i][1])
            return err_set(e, RC_FAIL, ERR_USAGE, "no option %s; usage: %s", argv[i], usage);
        if (!o)
            argv[kept++] = argv[i];
        else if (o->flag)
            *o->flag = true;
        else if (i + 1 < argc)
            *o->value = argv[++i];
        else
            return err_set(e, RC_FAIL, ERR_USAGE, "%s needs a value; usage: %s", argv[i], usage);
    }
    argv[kept] = NULL;
    if (words != SHOW_ANY && kept - 1 != words)
        return err_set(e, RC_FAIL, ERR_USAGE, "%d word%s given; usage: %s", kept - 1,
                       kept == 2 ? "" : "s", usage);
    return RC_OK;
}

rc_t
show_subcommand(const struct subcommand *table, struct hub *hub, int argc, char **argv,
                struct err *e)
{
    struct buf names = {0};
    rc_t rc;

    for (const struct subcommand *s = table; s->name; s++) {
        if (argc > 1 && strcmp(s->name, argv[1]) == 0) {
            buf_free(&names);
            return s->run(hub, argc - 1, argv + 1, e);
        }
        buf_printf(&names, "%s%s", names.n ? ", " : "", s->name);
    }
    rc = err_set(e, RC_FAIL, ERR_USAGE, "%s: '%s' is none of %.*s", argv[0],
                 argc > 1 ? argv[1] : "", (int)names.n, names.p);
    buf_free(&names);
    return rc;
}

/* ---- sentences ---- */

void
show_sentence(struct show_sentence *s, const char *code, const char *want)
{
    const struct err_text *text = err_text_of(code);

    err_fill(s->zh, sizeof s->zh, text->zh, want ? want : "");
    err_fill(s->en, sizeof s->en, text->en, want ? want : "");
}

/* ---- a result as cells ---- */

struct cells {
    struct table_column *columns;
    const char **text;
    bool *json; /* the column is JSON itself */
    int count, rows;
};

/* The types PostgreSQL gives numbers, truth and JSON (pg_type.dat; they never change). */
static enum table_kind
kind_of(Oid type)
{
    static const Oid numbers[] = {20, 21, 23, 700, 701, 1700};

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (type == numbers[i])
            return TABLE_NUMBER;
    return type == 16 ? TABLE_BOOL : TABLE_TEXT;
}

static bool
is_json(Oid type)
{
    return type == 114 || type == 3802;
}

static int
column_named(const struct db_result *r, const char *name)
{
    for (int i = 0; i < r->columns; i++)
        if (strcmp(db_column(r, i), name) == 0)
            return i;
    return -1;
}

static void
add_sentences(struct arena *a, struct cells *c, const struct db_result *r, int code, int want)
{
    c->columns[r->columns] = (struct table_column){"message_zh", TABLE_TEXT};
    c->columns[r->columns + 1] = (struct table_column){"message_en", TABLE_TEXT};
    for (int row = 0; row < r->rows; row++) {
        const char **out = c->text + row * c->count + r->columns;
        struct show_sentence s;

        if (!db_value_at(r, row, code))
            continue;
        show_sentence(&s, db_text_at(r, row, code), db_text_at(r, row, want));
        out[0] = arena_str(a, s.zh);
        out[1] = arena_str(a, s.en);
    }
}

static void
cells_of(struct arena *a, struct cells *c, const struct db_result *r)
{
    int code = column_named(r, "code"), want = column_named(r, "want");
    bool sentences = code >= 0 && want >= 0;

    c->count = r->columns + (sentences ? 2 : 0);
    c->rows = r->rows;
    c->columns = ARENA_ARRAY(a, struct table_column, (size_t)c->count);
    c->json = ARENA_ARRAY(a, bool, (size_t)c->count);
    c->text = ARENA_ARRAY(a, const char *, (size_t)c->count *(size_t)c->rows + 1);
    for (int i = 0; i < r->columns; i++) {
        Oid type = PQftype(r->handle, i);
        c->columns[i] = (struct table_column){db_column(r, i), kind_of(type)};
        c->json[i] = is_json(type);
    }
    for (int row = 0; row < c->rows; row++)
        for (int i = 0; i < r->columns; i++)
            c->text[row * c->count + i] = db_value_at(r, row, i);
    if (sentences)
        add_sentences(a, c, r, code, want);
}

/* ---- for people ---- */

/* {"rows": 5, "name": "x"} as rows=5 name=x */
static const char *
flat(struct arena *a, const char *json)
{
    char *out, *to;
    bool text = false;

    if (!json)
        return NULL;
    to = out = arena_alloc(a, strlen(json) + 1);
    for (; *json; json++) {
        if (*json == '"')
            text = !text;
        else if (text && *json == '\\' && json[1])
            *to++ = *++json;
        else if (!text && *json == ':' && json[1] == ' ')
            *to++ = '=', json++;
        else if (text || !strchr("{},", *json))
            *to++ = *json;
    }
    return out;
}

static void
print_facts(struct arena *a, const struct cells *c, int row, const char *what)
{
    static const struct table_column columns[] = {
        {"fact",  TABLE_TEXT},
        {"value", TABLE_TEXT}
    };
    const char **facts = ARENA_ARRAY(a, const char *, 2 * (size_t)c->count + 1);
    int n = 0;

    for (int i = 0; i < c->count; i++) {
        const char *value = c->text[row * c->count + i];
        if (!value || !*value)
            continue;
        if (c->columns[i].kind == TABLE_BOOL)
            value = *value == 't' ? "yes" : "no";
        facts[n++] = c->columns[i].name;
        facts[n++] = value;
    }
    table_print_cells(stdout, columns, 2, facts, n / 2, what);
}

static void
print_section(struct arena *a, const struct section *s, struct cells *c)
{
    for (int i = 0; i < c->rows * c->count; i++)
        if (c->json[i % c->count])
            c->text[i] = flat(a, c->text[i]);
    if (c->rows)
        printf("== %s\n", s->what);
    for (int row = 0; s->shape != SHOW_LIST && row < c->rows; row++)
        print_facts(a, c, row, s->what);
    if (s->shape == SHOW_LIST || !c->rows)
        table_print_cells(stdout, c->columns, c->count, c->text, c->rows, s->what);
    putchar('\n');
}

/* ---- for scripts ---- */

static void
json_row(struct buf *out, const struct cells *c, int row)
{
    struct buf cell = {0};

    buf_str(out, "{");
    for (int i = 0; i < c->count; i++) {
        const char *text = c->text[row * c->count + i];

        buf_printf(out, "%s", i ? ", " : "");
        json_string(out, c->columns[i].name);
        buf_str(out, ": ");
        if (c->json[i]) {
            buf_str(out, text ? text : "null");
            continue;
        }
        cell.n = 0; /* table_json_cells gives [{"name": value}] */
        table_json_cells(&cell, &c->columns[i], 1, &text, 1);
        cell.p[cell.n - 2] = '\0';
        buf_str(out, strchr(cell.p, ':') + 2);
    }
    buf_str(out, "}");
    buf_free(&cell);
}

static void
json_section(struct buf *out, enum show_shape shape, const struct cells *c)
{
    if (shape == SHOW_FACTS) {
        if (c->rows)
            json_row(out, c, 0);
        else
            buf_str(out, "null");
        return;
    }
    buf_str(out, "[");
    for (int row = 0; row < c->rows; row++) {
        buf_str(out, row ? ",\n  " : "");
        json_row(out, c, row);
    }
    buf_str(out, "]");
}

/* ---- reports ---- */

static rc_t
one_section(struct hub *hub, const struct section *s, struct db_args args, struct buf *json,
            struct err *e)
{
    struct arena *a = arena_new("section");
    struct db_result *r;
    struct cells c;
    rc_t rc = db_query(hub->db, a, s->sql, args, &r, e);

    if (rc == RC_OK) {
        cells_of(a, &c, r);
        if (hub->json)
            json_section(json, s->shape, &c);
        else
            print_section(a, s, &c);
    }
    arena_free(&a);
    return rc;
}

rc_t
show_sections(struct hub *hub, const struct section *sections, struct db_args args,
              struct buf *json, struct err *e)
{
    rc_t rc = db_set(hub->db, "timezone", hub->conf->zone.timezone, e);

    for (const struct section *s = sections; rc == RC_OK && s->name; s++) {
        if (hub->json)
            buf_printf(json, "%s\"%s\": ", s == sections ? "{" : ",\n ", s->name);
        rc = one_section(hub, s, args, json, e);
    }
    if (hub->json)
        buf_str(json, "}");
    return rc;
}

static rc_t
put_json(struct hub *hub, struct buf *json, rc_t rc)
{
    if (hub->json && rc == RC_OK)
        printf("%.*s\n", (int)json->n, json->p);
    buf_free(json);
    return rc;
}

rc_t
show_report(struct hub *hub, const struct section *sections, struct db_args args, struct err *e)
{
    struct buf json = {0};

    return put_json(hub, &json, show_sections(hub, sections, args, &json, e));
}

rc_t
show_list(struct hub *hub, const char *what, const char *sql, struct db_args args, struct err *e)
{
    const struct section list = {what, what, SHOW_LIST, sql};
    struct buf json = {0};
    rc_t rc = db_set(hub->db, "timezone", hub->conf->zone.timezone, e);

    if (rc == RC_OK)
        rc = one_section(hub, &list, args, &json, e);
    return put_json(hub, &json, rc);
}

/* ---- files ---- */

rc_t
show_place(const struct hub *hub, const char *file, struct err *e)
{
    if (!hub->json || (file && strcmp(file, "-") != 0))
        return RC_OK;
    return err_set(e, RC_FAIL, ERR_USAGE, "with --json name a file with -o FILE");
}

void
show_written(const struct hub *hub, const char *what, const char *name, const char *file)
{
    struct buf json = {0};

    if (!file || strcmp(file, "-") == 0)
        return; /* it went to standard output */
    if (!hub->json) {
        printf("%s is in %s\n", name, file);
        return;
    }
    buf_printf(&json, "{\"%s\": ", what);
    json_string(&json, name);
    buf_str(&json, ", \"file\": ");
    json_string(&json, file);
    printf("%.*s}\n", (int)json.n, json.p);
    buf_free(&json);
}

/* ---- names ---- */

rc_t
show_find_trades(struct hub *hub, const char *number, const char *other, struct db_result **r,
                 struct err *e)
{
    rc_t rc = db_query(hub->db, hub->arena, SQL_REPORT_TRACE_FIND, DB_ARGS(number), r, e);

    return rc != RC_OK || (*r)->rows
               ? rc
               : err_set(e, RC_FAIL, ERR_NOT_FOUND,
                         "%s is no order, payment, waybill, %s or bundle we know", number, other);
}

const char *
show_batch_id(struct arena *a, const char *text, bool prefixed)
{
    const char *digits = text + (*text == 'B' || *text == 'b');
    size_t n = strspn(digits, "0123456789");

    if (!n || n > 18 || digits[n] || (prefixed && digits == text))
        return NULL;
    return arena_printf(a, "%lld", strtoll(digits, NULL, 10));
}

/* Under sudo the person, not root. */
const char *
show_operator(struct arena *a)
{
    const char *sudo = getenv("SUDO_USER");
    const struct passwd *p = getpwuid(getuid());

    if (sudo && *sudo)
        return sudo;
    return p ? arena_str(a, p->pw_name) : arena_printf(a, "uid %u", (unsigned)getuid());
}

rc_t
show_needs_yes(struct hub *hub, const char *does, int count, struct err *e)
{
    hub->answered = true;
    return err_set(e, RC_FAIL, ERR_USAGE, "nothing was done: --yes %s %s %d", does,
                   count_word(count, "this", "these"), count);
}

rc_t
show_needs_reason(const char *reason, struct err *e)
{
    if (!reason || !*reason)
        return err_set(e, RC_FAIL, ERR_USAGE, "--reason TEXT is needed; it goes into the audit");
    return RC_OK;
}
