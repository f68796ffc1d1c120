/*
 * format.c - landport format: the formats there are, and a partner's file against them.
 *
 * A file is checked by the very child that reads uploads, so a partner hears here what the hub
 * would say; rules between rows and against the archive are SQL and need the hub.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "csv.h"
#include "feeds.h"
#include "fsio.h"
#include "ingest_rows.h"
#include "message.h"
#include "show.h"
#include "stored.h"
#include "table.h"

#define FORMATS_MAX 200

/* ---- which formats there are ---- */

struct entry {
    const char *name, *folder, *file;
};
struct entries {
    struct entry all[FORMATS_MAX];
    int count;
};

static bool
listed(const struct entries *f, const char *folder, const char *name)
{
    for (int i = 0; i < f->count; i++)
        if (!strcmp(f->all[i].folder, folder) && !strcmp(f->all[i].name, name))
            return true;
    return false;
}

static void
list_folder(struct hub *hub, struct entries *f, const char *path, const char *folder)
{
    struct arena *a = hub->arena;
    DIR *d = opendir(path);
    struct dirent *file;

    while (d && (file = readdir(d)) && f->count < FORMATS_MAX) {
        size_t n = strlen(file->d_name);
        const char *name;

        if (n < 5 || strcmp(file->d_name + n - 4, ".xsd") != 0)
            continue;
        name = arena_strn(a, file->d_name, n - 4);
        if (listed(f, folder, name)) /* the site's and ours: conf_share chooses */
            continue;
        f->all[f->count++] = (struct entry){
            name, folder,
            conf_share(hub->conf, a, arena_printf(a, "formats/%s/%s.xsd", folder, name))};
    }
    if (d)
        closedir(d);
}

static int
by_folder(const void *x, const void *y)
{
    const struct entry *a = x, *b = y;
    int order = strcmp(a->folder, b->folder);

    return order ? order : strcmp(a->name, b->name);
}

static void
list_formats(struct hub *hub, struct entries *f)
{
    const char *const roots[] = {hub->conf->share, hub->conf->site};
    struct arena *a = hub->arena;

    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
        const char *path = roots[i] ? arena_printf(a, "%s/formats", roots[i]) : NULL;
        DIR *d = path ? opendir(path) : NULL;
        struct dirent *folder;

        while (d && (folder = readdir(d)))
            if (folder->d_name[0] != '.')
                list_folder(hub, f, arena_printf(a, "%s/%s", path, folder->d_name),
                            arena_str(a, folder->d_name));
        if (d)
            closedir(d);
    }
    qsort(f->all, (size_t)f->count, sizeof *f->all, by_folder);
}

static rc_t
compile(struct hub *hub, const struct entry *f, struct plan **plan, struct err *e)
{
    return schema_compile(plan, hub->arena, f->file, NULL,
                          arena_printf(hub->arena, "%s/formats/codes", hub->conf->share), e);
}

/* The name as the root element writes it: ceb303.xsd describes CEB303Message, so CEB303. */
static const char *
kind_of(struct arena *a, const struct entry *f, const struct plan *plan)
{
    size_t n = strlen(f->name);

    return strncasecmp(plan->root->name, f->name, n) ? f->name : arena_strn(a, plan->root->name, n);
}

static rc_t
format_list(struct hub *hub, int argc, char **argv, struct err *e)
{
    static const struct table_column columns[] = {
        {"kind",   TABLE_TEXT},
        {"folder", TABLE_TEXT},
        {"title",  TABLE_TEXT},
        {"use",    TABLE_TEXT},
        {"file",   TABLE_TEXT}
    };
    static const struct option none[] = {
        {NULL, NULL, NULL}
    };
    struct entries f = {.count = 0};
    struct buf json = {0};
    const char **cells;
    rc_t rc = show_options(none, argc, argv, 0, "format list", e);

    list_formats(hub, &f);
    cells = ARENA_ARRAY(hub->arena, const char *, 5 * (size_t)f.count + 1);
    for (int i = 0; rc == RC_OK && i < f.count; i++) {
        const char **row = cells + 5 * i;
        struct plan *plan;

        if ((rc = compile(hub, &f.all[i], &plan, e)) != RC_OK)
            break;
        row[0] = kind_of(hub->arena, &f.all[i], plan);
        row[1] = f.all[i].folder;
        row[2] = plan->feed_title ? plan->feed_title : plan->root->title;
        row[3] = plan->feed ? "feed" : "message";
        row[4] = f.all[i].file;
    }
    if (rc == RC_OK && hub->json) {
        table_json_cells(&json, columns, 5, cells, f.count);
        printf("%.*s\n", (int)json.n, json.p);
    } else if (rc == RC_OK) {
        table_print_cells(stdout, columns, 5, cells, f.count, "formats");
    }
    buf_free(&json);
    return rc;
}

static rc_t
find_format(struct hub *hub, const char *name, struct entry *found, struct err *e)
{
    struct entries f = {.count = 0};

    list_formats(hub, &f);
    for (int i = 0; i < f.count; i++)
        if (!strcasecmp(f.all[i].name, name)) {
            *found = f.all[i];
            return RC_OK;
        }
    return err_set(e, RC_FAIL, ERR_NOT_FOUND, "there is no format %s; see landport format list",
                   name);
}

static rc_t
format_xsd(struct hub *hub, int argc, char **argv, struct err *e)
{
    static const struct option none[] = {
        {NULL, NULL, NULL}
    };
    struct entry f;
    rc_t rc;
    int fd;

    if ((rc = show_options(none, argc, argv, 1, "format xsd NAME", e)) != RC_OK ||
        (rc = find_format(hub, argv[1], &f, e)) != RC_OK)
        return rc;
    if ((fd = open(f.file, O_RDONLY | O_CLOEXEC)) < 0)
        return fsio_fail("open", f.file, e);
    rc = stored_copy(fd, NULL, e);
    close(fd);
    return rc;
}

static rc_t
format_template(struct hub *hub, int argc, char **argv, struct err *e)
{
    bool titles = false;
    const struct option options[] = {
        {"--titles", NULL, &titles},
        {NULL,       NULL, NULL   },
    };
    struct buf line = {0};
    struct entry f;
    struct plan *plan;
    rc_t rc;

    if ((rc = show_options(options, argc, argv, 1, "format template FEED [--titles]", e)) !=
            RC_OK ||
        (rc = find_format(hub, argv[1], &f, e)) != RC_OK ||
        (rc = compile(hub, &f, &plan, e)) != RC_OK)
        return rc;
    if (!plan->feed)
        return err_set(e, RC_FAIL, ERR_USAGE, "%s is a message, not a feed", argv[1]);
    for (uint32_t i = 0; i < plan->root->child_count; i++) {
        const struct plan_node *n = plan->root->children[i];
        buf_str(&line, i ? "," : "");
        csv_put(&line, span_of(titles && *n->title ? n->title : n->name), ',');
    }
    printf("%.*s\r\n", (int)line.n, line.p);
    buf_free(&line);
    return RC_OK;
}

/* ---- a file against its feed ---- */

enum { C_LINE, C_COLUMN, C_CODE, C_SEEN, C_WANT, C_ZH, C_EN, C_COUNT };

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
};

/* What --feed says; without, what the name says stays. */
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
    if (partner && !(*p = conf_partner(c->hub->conf, partner)))
        return err_set(e, RC_FAIL, ERR_USAGE, "partner %s is not in the configuration", partner);
    return RC_OK;
}

static rc_t
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
    if ((rc = choose_feed(&c, feed, &task.plan, e)) == RC_OK &&
        (rc = run_child(&c, &task, e)) == RC_OK) {
        show_result(&c);
        rc = c.errors ? RC_REJECT : RC_OK;
    }
    close(fd);
    return rc;
}

rc_t
cmd_format(struct hub *hub, int argc, char **argv, struct err *e)
{
    static const struct subcommand table[] = {
        {"list",     format_list    },
        {"xsd",      format_xsd     },
        {"template", format_template},
        {"check",    format_check   },
        {NULL,       NULL           },
    };

    return show_subcommand(table, hub, argc, argv, e);
}
