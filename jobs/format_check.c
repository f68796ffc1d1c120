/*
 * format_check.c - landport format check: a partner's file as the hub would see it.
 *
 * A file is checked by the very child that reads uploads, so a partner hears here what the hub
 * would say; rules between rows and against the archive are SQL and need the hub.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "feeds.h"
#include "format.h"
#include "fsio.h"
#include "ingest_rows.h"
#include "show.h"
#include "table.h"

enum { C_LINE, C_COLUMN, C_CODE, C_SEEN, C_WANT, C_ZH, C_EN, C_COUNT };

#define ENTRIES_SHOWN 1000 /* no archive may hold more */

struct checking {
    struct hub *hub;
    struct feeds feeds;
    const char *name; /* the file's, without folder */
    struct rows_facts facts;
    struct rows_reason reason;
    bool has_facts, held, header; /* the header of COPY was read */
    uint64_t rows, errors;
    int64_t limit;
    const char **cells;
    int shown, room;
    const char *entries[ENTRIES_SHOWN]; /* the data files, if there are several */
    int entry_count;
};

/* What --feed says; without, names and header tell. */
static rc_t
choose_feed(struct checking *c, const char *feed, int *plan, struct err *e)
{
    if (feed)
        *plan = feeds_find(&c->feeds, feed);
    if (feed && *plan < 0)
        return err_set(e, RC_FAIL, ERR_USAGE, "there is no feed %s; see landport format list",
                       feed);
    return RC_OK;
}

static void
add_error(struct checking *c, const char *line, const char *column, const char *code,
          const char *seen, const char *want)
{
    struct arena *a = c->hub->arena;
    struct show_sentence s;
    const char **row;

    c->errors++;
    if (c->shown >= c->limit)
        return;
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

static void
take_row(struct checking *c, struct cursor *at)
{
    struct arena *keep = c->shown < c->limit ? c->hub->arena : NULL;
    const char *line, *text[4];
    uint64_t number;

    if (take_number(at, 4) != 8)
        at->broken = true;
    number = take_number(at, 8);
    line = keep ? arena_printf(keep, "%llu", (unsigned long long)number) : NULL;
    for (int i = 0; i < 4; i++)
        text[i] = take_text(at, keep);
    if (!at->broken)
        add_error(c, line, text[0], text[1], text[2], text[3]);
}

static rc_t
take_errors(struct checking *c, const char *payload, uint32_t n, struct err *e)
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
    if (type == FRAME_ERRORS)
        return take_errors(c, p, n, e);
    if (type == FRAME_FACTS && n == sizeof c->facts) {
        memcpy(&c->facts, p, n);
        c->has_facts = c->facts.plan < c->feeds.count;
    } else if (type == FRAME_END && n == sizeof c->rows) {
        memcpy(&c->rows, p, n);
    } else if ((type == FRAME_HOLD || type == FRAME_REFUSE) && n == sizeof c->reason) {
        memcpy(&c->reason, p, n);
        c->held = type == FRAME_HOLD;
    } else if (type == FRAME_ITEM && c->entry_count < ENTRIES_SHOWN) {
        c->entries[c->entry_count++] = arena_strn(c->hub->arena, p, n);
    }
    return RC_OK;
}

/* What is wrong with the file as a whole; of a refused one its header's errors tell more. */
static void
add_reason(struct checking *c)
{
    struct arena *a = c->hub->arena;
    char code[8];

    if (!c->reason.code && !c->rows && !c->errors)
        c->reason.code = ERR_NO_ROWS;
    if (!c->reason.code || (!c->held && c->errors))
        return;
    add_error(c, NULL, NULL, arena_str(a, err_name(c->reason.code, code)),
              arena_strn(a, c->reason.seen, strnlen(c->reason.seen, sizeof c->reason.seen)),
              arena_strn(a, c->reason.want, strnlen(c->reason.want, sizeof c->reason.want)));
}

static rc_t
run_child(struct checking *c, const struct rows_task *task, struct err *e)
{
    struct rows_child child;
    struct err ended = {0};
    enum frame_type type;
    const char *p;
    uint32_t n;
    rc_t rc = rows_start(&child, task, e);

    if (rc != RC_OK)
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
    if (c->entry_count < 2)
        add_reason(c);
    return RC_OK;
}

static void
show_result(const struct checking *c)
{
    static const struct table_column columns[] = {
        {"line",       TABLE_NUMBER},
        {"column",     TABLE_TEXT  },
        {"code",       TABLE_TEXT  },
        {"seen",       TABLE_TEXT  },
        {"want",       TABLE_TEXT  },
        {"message_zh", TABLE_TEXT  },
        {"message_en", TABLE_TEXT  }
    };
    const char *feed = c->has_facts ? c->feeds.plans[c->facts.plan]->feed : NULL;
    struct buf json = {0};

    if (c->hub->json) {
        buf_str(&json, "{\"file\": ");
        json_string(&json, c->name);
        buf_str(&json, ", \"feed\": ");
        json_string(&json, feed);
        buf_str(&json, ", \"charset\": ");
        json_string(&json, c->has_facts ? c->facts.charset : NULL);
        buf_printf(&json, ", \"rows\": %llu, \"errors\": %llu,\n \"rejects\": ",
                   (unsigned long long)c->rows, (unsigned long long)c->errors);
        table_json_cells(&json, columns, C_COUNT, c->cells, c->shown);
        printf("%.*s}\n", (int)json.n, json.p);
        buf_free(&json);
        return;
    }
    table_print_cells(stdout, columns, C_COUNT, c->cells, c->shown, "errors");
    if (c->errors > (uint64_t)c->shown)
        printf("... and %llu more; --limit shows them\n",
               (unsigned long long)(c->errors - (uint64_t)c->shown));
    printf("\n%s: %s%s%s, %llu rows, %llu errors\n", c->name, feed ? feed : "no feed",
           c->has_facts ? ", " : "", c->has_facts ? c->facts.charset : "",
           (unsigned long long)c->rows, (unsigned long long)c->errors);
    puts("(rules between rows and against the archive are checked when the file is uploaded)");
}

/* Each data file of an archive as if it had come alone. */
static rc_t
check_entries(const struct checking *all, const struct rows_task *task, struct err *e)
{
    struct rows_task one = *task;
    bool bad = false;

    if (all->hub->json)
        puts("[");
    for (one.item = 0; one.item < all->entry_count; one.item++) {
        struct checking c = {.hub = all->hub, .feeds = all->feeds, .limit = all->limit};
        rc_t rc;

        c.name = arena_printf(c.hub->arena, "%s/%s", all->name, all->entries[one.item]);
        if (one.item)
            puts(c.hub->json ? "," : "");
        if ((rc = run_child(&c, &one, e)) != RC_OK)
            return rc;
        show_result(&c);
        bad |= c.errors > 0;
    }
    if (all->hub->json)
        puts("]");
    return bad ? RC_REJECT : RC_OK;
}

static rc_t
check_upload(struct checking *c, const struct rows_task *task, struct err *e)
{
    rc_t rc = run_child(c, task, e);

    if (rc != RC_OK)
        return rc;
    if (c->entry_count > 1)
        return check_entries(c, task, e);
    show_result(c);
    return c->errors ? RC_REJECT : RC_OK;
}

static rc_t
open_upload(struct checking *c, const char *path, int *fd, struct err *e)
{
    const char *slash = strrchr(path, '/');
    struct stat st;

    c->name = slash ? slash + 1 : path;
    if ((*fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
        return fsio_fail("open", path, e);
    if (fstat(*fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(*fd);
        return err_set(e, RC_FAIL, ERR_USAGE, "%s is not a file; the check reads it twice", path);
    }
    return RC_OK;
}

static rc_t
check_words(struct checking *c, const char *partner, const char *limit,
            const struct conf_partner **p, struct err *e)
{
    char *end;

    c->limit = strtol(limit, &end, 10);
    if (*end || c->limit < 1 || c->limit > 1000000)
        return err_set(e, RC_FAIL, ERR_USAGE, "--limit must be 1 to 1000000, not '%s'", limit);
    return partner ? format_partner(p, c->hub, partner, e) : RC_OK;
}

rc_t
format_check(struct hub *hub, int argc, char **argv, struct err *e)
{
    const char *partner = NULL, *feed = NULL, *limit = "1000";
    const struct option options[] = {
        {"--partner", &partner, NULL},
        {"--feed",    &feed,    NULL},
        {"--limit",   &limit,   NULL},
        {NULL,        NULL,     NULL},
    };
    struct checking c = {.hub = hub};
    struct rows_task task;
    const struct conf_partner *p = NULL;
    int fd = -1;
    rc_t rc;

    if ((rc = show_options(options, argc, argv, 1,
                           "format check FILE [--partner P] [--feed F] [--limit N]", e)) != RC_OK ||
        (rc = check_words(&c, partner, limit, &p, e)) != RC_OK ||
        (rc = feeds_load(&c.feeds, hub, hub->arena, e)) != RC_OK ||
        (rc = open_upload(&c, argv[1], &fd, e)) != RC_OK)
        return rc;
    task = feeds_task(&c.feeds, p, c.name);
    task.fd = fd;
    feeds_today(&c.feeds, hub->conf);
    if ((rc = choose_feed(&c, feed, &task.plan, e)) == RC_OK)
        rc = check_upload(&c, &task, e);
    close(fd);
    return rc;
}
