/*
 * format_check.c - landport format check: what would become of a file if it were uploaded now.
 *
 * With the hub's database the file goes the way of an upload up to where its rows would be kept
 * (load.h), in a transaction that is rolled back. Without, as on a partner's own machine, the child
 * that reads uploads says what it finds in the file itself. What was asked is told with the answer.
 * Of an archive each data file is asked about alone, so one that builds on another in the same
 * archive is seen without it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "command/format.h"
#include "load/child.h"
#include "load/feeds.h"
#include "load/load.h"
#include "load/needs.h"
#include "pickup.h"
#include "rejects.h"
#include "show.h"
#include "spool/digest.h"
#include "spool/fsio.h"
#include "sql/cluster.h"
#include "sql/copy.h"
#include "sql/statements.h"
#include "table.h"

enum { C_LINE, C_COLUMN, C_CODE, C_SEEN, C_WANT, C_ZH, C_EN, C_COUNT };

#define AFTER_ALL "9223372036854775807" /* an upload that comes after all others */

struct checking {
    struct hub *hub;
    struct feeds feeds;
    struct load load;
    struct load_file file;
    const char *alone;       /* why only the file itself is checked; NULL: the hub is asked */
    const char *rejects;     /* file to write; NULL: none */
    const char *mappings[2]; /* named by who asks, in place of its partner's; NULL: none */
    int64_t limit;           /* of faults to show */
    bool bad;                /* something would be refused or held */

    /* of the data file at hand */
    const char **cells;
    int shown, room;
    int64_t faults;
    bool header;         /* of COPY was read */
    uint64_t line;       /* the last with a fault */
    const char *written; /* rejects file */
};

static void
add_fault(struct checking *c, const char *line, const char *column, const char *code,
          const char *seen, const char *want)
{
    struct arena *a = c->hub->arena;
    struct show_sentence s;
    const char **row;

    if (c->shown == c->room) {
        int room = c->room ? 2 * c->room : 64;
        const char **more = ARENA_ARRAY(a, const char *, (size_t)room *C_COUNT);
        if (c->shown)
            memcpy(more, c->cells, sizeof *more * (size_t)c->shown * C_COUNT);
        c->cells = more;
        c->room = room;
    }
    show_sentence(&s, code, want);
    row = c->cells + C_COUNT * c->shown++;
    row[C_LINE] = line;
    row[C_COLUMN] = column && *column ? column : NULL;
    row[C_CODE] = code;
    row[C_SEEN] = seen;
    row[C_WANT] = want && *want ? want : NULL;
    row[C_ZH] = arena_str(a, s.zh);
    row[C_EN] = arena_str(a, s.en);
}

/* ---- the hub's answer ---- */

static rc_t
read_faults(struct checking *c, struct err *e)
{
    struct arena *a = c->hub->arena;
    struct db_result *r, *all;
    const char *first = arena_printf(a, "%s LIMIT %lld", SQL_INGEST_REJECTS, (long long)c->limit);
    rc_t rc = db_query(c->load.db, a, first, DB_NONE, &r, e);

    if (rc == RC_OK)
        rc = db_query(c->load.db, a, "SELECT count(*) FROM stage_reject", DB_NONE, &all, e);
    if (rc != RC_OK)
        return rc;
    c->faults = db_int(all, 0, 0);
    for (int i = 0; i < r->rows; i++)
        add_fault(c, rows_place(&c->file.task, c->hub->arena, (uint64_t)db_int(r, i, "line")),
                  db_text(r, i, "column_name"), db_text(r, i, "code"), db_value(r, i, "seen"),
                  db_text(r, i, "want"));
    return RC_OK;
}

/* As the partner would get it; of several data files each has its number behind the name. */
static rc_t
write_rejects(struct checking *c, struct err *e)
{
    struct arena *a = c->hub->arena;
    const char *path = c->file.batch.part
                           ? arena_printf(a, "%s.%d", c->rejects, c->file.task.item + 1)
                           : c->rejects;
    struct stream_fd file = {.name = path};
    struct rejects_told told = {.most = 0};
    rc_t rc;

    if ((file.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) < 0)
        return fsio_fail("open", path, e);
    rc = rejects_write(c->hub, &c->file.task, sink_fd(&file), &told, e);
    if (close(file.fd) != 0 && rc == RC_OK)
        rc = fsio_fail("write", path, e);
    c->written = path;
    return rc;
}

/* B000012 */
static rc_t
name_duplicate(struct checking *c, struct err *e)
{
    struct db_result *r;
    rc_t rc = db_query(c->load.db, c->hub->arena, "SELECT hub.batch_name($1::bigint)",
                       DB_ARGS(c->file.res.duplicate_of), &r, e);

    if (rc == RC_OK)
        c->file.res.duplicate_of = db_text(r, 0, 0);
    return rc;
}

static rc_t
ask_hub(struct checking *c, struct err *e)
{
    rc_t rc = db_begin(c->load.db, e);

    if (rc == RC_OK)
        rc = needs_find(c->hub, c->load.db, &c->feeds, e);
    if (rc == RC_OK)
        rc = load_verdict(&c->load, c->hub->arena, &c->file, 1, e);
    if (rc == RC_OK && c->file.res.staged)
        rc = read_faults(c, e);
    if (rc == RC_OK && c->file.res.duplicate_of)
        rc = name_duplicate(c, e);
    if (rc == RC_OK && c->rejects && c->file.res.rejected && !load_is_held(&c->file.res))
        rc = write_rejects(c, e);
    db_rollback(c->load.db);
    return rc;
}

/* ---- the child's answer ---- */

/* COPY BINARY as it comes from the child, which is not believed: every length is looked at. */
struct cursor {
    const unsigned char *p;
    size_t n;
    bool broken;
};

static uint64_t
take_number(struct cursor *at, size_t bytes)
{
    uint64_t v = 0;

    if (at->n < bytes) {
        at->broken = true;
        at->n = 0;
        return 0;
    }
    for (size_t i = 0; i < bytes; i++)
        v = v << 8 | at->p[i];
    at->p += bytes;
    at->n -= bytes;
    return v;
}

/* Only texts that will be shown are kept. */
static const char *
take_text(struct cursor *at, struct arena *keep)
{
    uint32_t n = (uint32_t)take_number(at, 4);
    const char *text;

    if (n == UINT32_MAX)
        return NULL;
    if (n > at->n) {
        at->broken = true;
        at->n = 0;
        return NULL;
    }
    text = keep ? arena_strn(keep, (const char *)at->p, n) : NULL;
    at->p += n;
    at->n -= n;
    return text;
}

/* As the sender calls it (ingest/titles.sql). */
static const char *
told_column(const struct checking *c, const char *name)
{
    const struct rows_facts *facts = &c->file.res.facts;
    const struct mapping *m = feeds_mapped(&c->feeds, facts);

    for (uint32_t i = 0; m && name && i < m->plan->root->child_count; i++)
        if (!strcmp(m->plan->root->children[i]->name, name))
            return mapping_name(m, c->hub->arena, i, facts->chosen);
    return name;
}

static void
take_row(struct checking *c, struct cursor *at)
{
    struct arena *keep = c->shown < c->limit ? c->hub->arena : NULL;
    const char *text[4];
    uint64_t line;

    if (take_number(at, 4) != 8)
        at->broken = true;
    line = take_number(at, 8);
    for (int i = 0; i < 4; i++)
        text[i] = take_text(at, keep);
    if (at->broken)
        return;
    c->faults++;
    c->file.res.rejected += line != c->line; /* faults of a row come together */
    c->line = line;
    if (keep)
        add_fault(c, arena_printf(keep, "%llu", (unsigned long long)line), told_column(c, text[0]),
                  text[1], text[2], text[3]);
}

static rc_t
take_faults(struct checking *c, const char *payload, uint32_t n, struct err *e)
{
    static const size_t head = 11 + 4 + 4; /* signature, flags, no extension */
    struct cursor at = {(const unsigned char *)payload, n, false};

    if (!c->header && at.n >= head) {
        at.p += head;
        at.n -= head;
        c->header = true;
    }
    while (at.n && !at.broken) {
        uint64_t columns = take_number(&at, 2);
        if (columns == 0xffff) /* the trailer */
            break;
        if (columns == 5)
            take_row(c, &at);
        else
            at.broken = true;
    }
    if (at.broken)
        return err_set(e, RC_RETRY, ERR_CHILD, "the parsing process sent a broken row");
    return RC_OK;
}

static rc_t
take_frame(struct checking *c, enum frame_type type, const char *p, uint32_t n, struct err *e)
{
    struct load_result *res = &c->file.res;

    if (type == FRAME_ERRORS)
        return take_faults(c, p, n, e);
    if (type == FRAME_FACTS) {
        rc_t rc = rows_facts_read(&res->facts, p, n, c->feeds.count, c->feeds.mapping_count, e);

        if (rc != RC_OK)
            return rc;
        res->feed = c->feeds.plans[res->facts.plan]->feed;
    } else if (type == FRAME_END && n == sizeof res->rows) {
        memcpy(&res->rows, p, n);
    } else if ((type == FRAME_HOLD || type == FRAME_REFUSE) && n == sizeof res->reason) {
        load_reason(res, &c->file.task, type, p);
    } else if (type == FRAME_SHEET) {
        return rows_sheet(&c->file.task, c->hub->arena, p, n, e);
    } else if (type == FRAME_NOTICE && n == sizeof res->reason) {
        load_notice(res, p);
    } else if (type == FRAME_ITEM) {
        return load_add_item(res, p, n, e);
    }
    return RC_OK;
}

static rc_t
ask_child(struct checking *c, struct err *e)
{
    struct rows_child child;
    struct err ended = {0};
    enum frame_type type;
    const char *p;
    uint32_t n;
    rc_t rc = load_hear(&c->load, c->hub->arena, &c->file, e);

    if (rc != RC_OK || c->file.res.state || (rc = rows_start(&child, &c->file.task, e)) != RC_OK)
        return rc;
    while ((rc = rows_frame(&child, &type, &p, &n, e)) == RC_OK)
        if ((rc = take_frame(c, type, p, n, e)) != RC_OK)
            break;
    if (rows_finish(&child, &ended) != RC_OK && rc == RC_END) {
        *e = ended;
        return RC_RETRY;
    }
    if (rc != RC_END)
        return rc;
    if (c->file.res.item_count > 1 && !c->file.res.state)
        return load_count_parts(&c->file.task, &c->file.res, e);
    if (c->file.batch.partner && c->file.res.feed &&
        !feeds_may_send(c->file.batch.partner, c->file.res.feed))
        load_whole_file(&c->file.res, "held", ERR_NOT_ALLOWED, c->file.res.feed, "");
    load_conclude(c->hub->arena, &c->file.batch, &c->file.res);
    return RC_OK;
}

/* ---- showing it ---- */

static const struct table_column columns[] = {
    {"line",       TABLE_NUMBER},
    {"column",     TABLE_TEXT  },
    {"code",       TABLE_TEXT  },
    {"seen",       TABLE_TEXT  },
    {"want",       TABLE_TEXT  },
    {"message_zh", TABLE_TEXT  },
    {"message_en", TABLE_TEXT  }
};

static void
json_text(struct buf *json, const char *key, const char *value)
{
    buf_printf(json, ", \"%s\": ", key);
    json_string(json, value && *value ? value : NULL);
}

static const char *
mapping_of(const struct checking *c)
{
    const struct mapping *m = feeds_mapped(&c->feeds, &c->file.res.facts);

    return m ? m->name : NULL;
}

static void
show_json(const struct checking *c)
{
    const struct load_result *res = &c->file.res;
    struct show_sentence s = {"", ""};
    char code[8] = "";
    struct buf json = {0};

    if (res->reason.code)
        show_sentence(&s, err_name(res->reason.code, code), res->reason.want);
    buf_str(&json, "{\"file\": ");
    json_string(&json, c->file.batch.name);
    json_text(&json, "entry", res->facts.entry);
    json_text(&json, "feed", res->feed);
    json_text(&json, "mapping", mapping_of(c));
    json_text(&json, "charset", res->facts.text ? res->facts.charset : "");
    json_text(&json, "checked", c->alone ? "file" : "upload");
    json_text(&json, "verdict", res->state);
    json_text(&json, "duplicate_of", res->duplicate_of);
    json_text(&json, "code", code);
    json_text(&json, "seen", res->reason.seen);
    json_text(&json, "want", res->reason.want);
    json_text(&json, "message_zh", s.zh);
    json_text(&json, "message_en", s.en);
    json_text(&json, "rejects_file", c->written);
    buf_printf(&json,
               ", \"rows\": %lld, \"accepted\": %lld, \"repeated\": %lld, \"rejected\": %lld,"
               " \"errors\": %lld,\n \"notices\": %s,\n \"rejects\": ",
               (long long)res->rows, (long long)res->accepted, (long long)res->repeated,
               (long long)res->rejected, (long long)c->faults, load_notices(c->hub->arena, res));
    table_json_cells(&json, columns, C_COUNT, c->cells, c->shown);
    printf("%.*s}\n", (int)json.n, json.p);
    buf_free(&json);
}

static void
show_reason(const struct rows_reason *reason)
{
    const struct err_text *t = err_text(reason->code);
    struct show_sentence s;
    char code[8];

    if (!reason->code)
        return;
    show_sentence(&s, err_name(reason->code, code), reason->want);
    printf("  %s %s，%s\n        %s, %s\n", code, s.zh, t->todo_zh, s.en, t->todo_en);
    if (*reason->seen)
        printf("        seen: %s\n", reason->seen);
}

static void
show_text(const struct checking *c)
{
    const struct load_result *res = &c->file.res;
    char label[512];

    if (c->shown) {
        table_print_cells(stdout, columns, C_COUNT, c->cells, c->shown, "errors");
        if (c->faults > c->shown)
            printf("... and %lld more; --limit shows them\n", (long long)(c->faults - c->shown));
        puts("");
    }
    printf("%s: %s", span_show(label, sizeof label, span_of(c->file.batch.label)), res->state);
    if (res->duplicate_of)
        printf(" of %s", res->duplicate_of);
    if (res->feed)
        printf(", %s, %s", res->feed,
               res->facts.text   ? res->facts.charset
               : res->facts.book ? "workbook"
                                 : "XML");
    if (mapping_of(c))
        printf(", by mapping %s", mapping_of(c));
    printf(", %lld %s, %lld accepted, %lld repeated, %lld rejected, %lld %s\n",
           (long long)res->rows, count_word(res->rows, "row", "rows"), (long long)res->accepted,
           (long long)res->repeated, (long long)res->rejected, (long long)c->faults,
           count_word(c->faults, "error", "errors"));
    show_reason(&res->reason);
    for (int i = 0; i < res->notice_count; i++)
        show_reason(&res->notices[i]);
    if (c->written)
        printf("  rejects: %s\n", c->written);
}

static void
show_what(const struct checking *c)
{
    if (c->alone)
        printf(
            "(only the file itself was checked, not the rules between rows, repeats and what the "
            "hub has: %s)\n",
            c->alone);
    else
        printf("(checked like an upload of this moment%s; nothing was sent or kept)\n",
               c->file.batch.part ? ", each data file without those before it" : "");
}

static void
show(struct checking *c)
{
    const struct load_result *res = &c->file.res;

    if (res->rejected || load_is_held(res) || !strcmp(res->state, "rejected"))
        c->bad = true;
    if (c->hub->json)
        show_json(c);
    else
        show_text(c);
}

/* ---- one file ---- */

static rc_t
ask(struct checking *c, struct err *e)
{
    load_items_free(&c->file.res);
    c->file.res = (struct load_result){.state = NULL};
    c->cells = NULL;
    c->shown = c->room = 0;
    c->faults = 0;
    c->header = false;
    c->line = UINT64_MAX;
    c->written = NULL;
    c->file.task.said = NULL;
    return c->alone ? ask_child(c, e) : ask_hub(c, e);
}

/* Each data file of an archive. */
static rc_t
check_entries(struct checking *c, struct err *e)
{
    int count = c->file.res.item_count, *items = ARENA_ARRAY(c->hub->arena, int, (size_t)count);

    memcpy(items, c->file.res.items, (size_t)count * sizeof *items);
    c->file.batch.part = true;
    if (c->hub->json) {
        puts("[");
        c->hub->answered = true;
    }
    for (int i = 0; i < count; i++) {
        rc_t rc;

        c->file.task.item = items[i];
        c->file.batch.item = arena_printf(c->hub->arena, "%d", items[i]);
        if (i)
            puts(c->hub->json ? "," : "");
        if ((rc = ask(c, e)) != RC_OK)
            return rc;
        c->file.batch.label =
            arena_printf(c->hub->arena, "%s: %s", c->file.batch.name, c->file.res.facts.entry);
        show(c);
    }
    if (c->hub->json)
        puts("]");
    return RC_OK;
}

static rc_t
check_upload(struct checking *c, struct err *e)
{
    rc_t rc = ask(c, e);

    if (rc == RC_OK && !c->file.res.state)
        rc = check_entries(c, e);
    else if (rc == RC_OK)
        show(c);
    load_items_free(&c->file.res);
    if (rc != RC_OK)
        return rc;
    if (!c->hub->json)
        show_what(c);
    return c->bad ? RC_REJECT : RC_OK;
}

/* ---- what is asked for ---- */

/* Whether the hub can be asked; a database that is away is no fault of the file's. */
static rc_t
reach_hub(struct checking *c, bool offline, struct err *e)
{
    const struct conf *conf = c->hub->conf;
    struct err away = {0};
    rc_t rc;

    if (offline)
        c->alone = "--offline";
    else if (!conf->database.embedded && !conf->database.conninfo)
        c->alone = "no database is configured";
    else if (!c->file.batch.partner)
        c->alone = "name the partner with --partner";
    else if (conf->database.embedded && !cluster_running(c->hub->arena, conf->database.embedded))
        c->alone = "the database is not running";
    else if ((rc = hub_open_db(c->hub, &away)) == RC_RETRY)
        c->alone = arena_str(c->hub->arena, away.text);
    else if (rc != RC_OK)
        return *e = away, rc;
    if (!c->alone && ((rc = hub_open_key(c->hub, e)) != RC_OK ||
                      (rc = feeds_kinds(&c->feeds, c->hub, c->hub->arena, e)) != RC_OK))
        return rc;
    feeds_today(&c->feeds, conf);
    c->load = (struct load){c->hub, c->hub->db, &c->feeds, .trial = true};
    if (c->alone && c->rejects)
        return err_set(e, RC_FAIL, ERR_USAGE, "--rejects needs the hub: %s", c->alone);
    return RC_OK;
}

static rc_t
open_upload(struct checking *c, const char *path, struct err *e)
{
    const char *slash = strrchr(path, '/');
    struct load_batch *b = &c->file.batch;
    struct stat st;

    c->file.task.file = blob_plain(open(path, O_RDONLY | O_CLOEXEC));
    if (c->file.task.file.fd < 0)
        return fsio_fail("open", path, e);
    if (fstat(c->file.task.file.fd, &st) != 0 || !S_ISREG(st.st_mode))
        return err_set(e, RC_FAIL, ERR_USAGE, "%s is not a file; the check reads it twice", path);
    b->name = b->label = slash ? slash + 1 : path;
    b->size = (uint64_t)st.st_size;
    return RC_OK;
}

/* The bytes' name, by which the hub knows whether they came before. */
static rc_t
hash_upload(struct checking *c, struct err *e)
{
    struct digest *d = digest_new();
    char block[65536], hex[DIGEST_HEX];
    uint64_t at = 0;
    ssize_t n;

    while ((n = blob_read(&c->file.task.file, block, sizeof block, at)) > 0) {
        digest_update(d, block, (size_t)n);
        at += (uint64_t)n;
    }
    digest_hex(d, hex);
    digest_free(&d);
    c->file.batch.file_id = arena_str(c->hub->arena, hex);
    return n < 0 ? fsio_fail("read", c->file.batch.name, e) : RC_OK;
}

/* Its control totals lie beside it, as they would in the drop box. */
static rc_t
read_sum(struct checking *c, const char *path, struct err *e)
{
    static const char *const ends[] = {PICKUP_SUM, PICKUP_SUM_CAPITAL};

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const char *sum = arena_printf(c->hub->arena, "%s%s", path, ends[i]);

        if (access(sum, F_OK) == 0)
            return fsio_read_file(c->hub->arena, sum, PICKUP_SUM_MAX, &c->file.batch.sum, e);
    }
    return RC_OK;
}

/* The batch it would be. */
static rc_t
enrol(struct checking *c, struct err *e)
{
    struct load_batch *b = &c->file.batch;

    b->id = b->upload = AFTER_ALL;
    b->item = "0";
    b->party = b->partner ? b->partner->id : "";
    b->overrides = "";
    b->received = clock_now();
    if (b->partner && b->size > b->partner->limits.size)
        return RC_OK; /* it would not be downloaded */
    return hash_upload(c, e);
}

/* As one that its XSD says cannot be used, if it does: who asks is perhaps who writes it. */
static rc_t
find_feed(const struct checking *c, const char *feed, int *plan, struct err *e)
{
    const struct feeds *f = &c->feeds;

    if ((*plan = feeds_find(f, feed)) >= 0)
        return RC_OK;
    for (uint32_t i = 0; i < f->broken_count; i++)
        if (!f->broken[i].folder && !strcmp(f->broken[i].feed, feed))
            return err_set(e, RC_FAIL, ERR_SCHEMA, "%s", f->broken[i].why);
    return err_set(e, RC_FAIL, ERR_USAGE, "there is no feed %s; see landport format list", feed);
}

static rc_t
check_words(struct checking *c, const char *limit, const char *partner, const char *feed, int *plan,
            struct err *e)
{
    char *end;
    rc_t rc;

    c->limit = strtol(limit, &end, 10);
    if (*end || c->limit < 1 || c->limit > 1000000)
        return err_set(e, RC_FAIL, ERR_USAGE, "--limit must be 1 to 1000000, not '%s'", limit);
    if (feed && (rc = find_feed(c, feed, plan, e)) != RC_OK)
        return rc;
    return partner ? format_partner(&c->file.batch.partner, c->hub, partner, e) : RC_OK;
}

/* A name, or a file that is tried before it is in its place. One that cannot be used is told with its place: who
 * asks is who writes it. */
static rc_t
name_mapping(struct checking *c, const char *name, struct err *e)
{
    const struct mapping *m;

    if (strchr(name, '/') || access(name, F_OK) == 0)
        feeds_add_mapping(&c->feeds, c->hub->arena, name, name);
    if (!(m = feeds_mapping(&c->feeds, name)))
        return err_set(e, RC_FAIL, ERR_USAGE, "there is no mapping %s; formats/mapping/%s.conf",
                       name, name);
    if (m->broken)
        return err_set(e, RC_FAIL, ERR_MAPPING, "%s", m->broken);
    c->mappings[0] = name;
    c->file.task.mappings = c->mappings;
    return RC_OK;
}

/* What the hub would let wait, since our own XSD is at fault. */
static rc_t
ask_whole(const struct checking *c, int plan, struct err *e)
{
    return plan >= 0
               ? RC_OK
               : feeds_file_whole(&c->feeds, c->file.batch.partner, NULL, c->file.batch.name, e);
}

rc_t
format_check(struct hub *hub, int argc, char **argv, struct err *e)
{
    const char *partner = NULL, *feed = NULL, *mapping = NULL, *limit = "1000";
    struct checking *c = ARENA_NEW(hub->arena, struct checking);
    bool offline = false;
    const struct option options[] = {
        {"--partner", &partner,    NULL    },
        {"--feed",    &feed,       NULL    },
        {"--mapping", &mapping,    NULL    },
        {"--limit",   &limit,      NULL    },
        {"--rejects", &c->rejects, NULL    },
        {"--offline", NULL,        &offline},
        {NULL,        NULL,        NULL    },
    };
    int plan = -1;
    rc_t rc;

    c->hub = hub;
    c->file.task.file = BLOB_NONE;
    if ((rc = show_options(options, argc, argv, 1,
                           "format check FILE [--partner P] [--feed F] [--mapping M] [--limit N] "
                           "[--rejects FILE] [--offline]",
                           e)) != RC_OK ||
        (rc = feeds_load(&c->feeds, hub, hub->arena, FEEDS_PARTNERS, e)) != RC_OK ||
        (rc = check_words(c, limit, partner, feed, &plan, e)) != RC_OK)
        return rc;
    c->file.task = feeds_task(&c->feeds, c->file.batch.partner, "");
    c->file.task.plan = plan;
    if (mapping && (rc = name_mapping(c, mapping, e)) != RC_OK)
        return rc;
    c->file.task.spill_dir = "/tmp"; /* the spool is the hub's */
    if ((rc = open_upload(c, argv[1], e)) == RC_OK && (rc = ask_whole(c, plan, e)) == RC_OK &&
        (rc = reach_hub(c, offline, e)) == RC_OK && (rc = enrol(c, e)) == RC_OK &&
        (rc = read_sum(c, argv[1], e)) == RC_OK) {
        c->file.task.upload = c->file.batch.name;
        rc = check_upload(c, e);
    }
    load_free(&c->load);
    blob_close(&c->file.task.file);
    return rc;
}
