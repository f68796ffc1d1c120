/* bundle.c - landport bundle: what was sent to agencies, its files, its proof, its bytes again. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "command/again.h"
#include "command/asides.h"
#include "command/verify.h"
#include "declare.h"
#include "show.h"
#include "spool/fsio.h"
#include "spool/unpack.h"
#include "sql/statements.h"
#include "stored.h"
#include "table.h"

static rc_t
bundle_list(struct hub *hub, int argc, char **argv, struct err *e)
{
    const char *agency = NULL, *date = NULL;
    const struct option options[] = {
        {"--agency", &agency, NULL},
        {"--date",   &date,   NULL},
        {NULL,       NULL,    NULL},
    };
    rc_t rc = show_options(options, argc, argv, 0, "bundle list [--agency A] [--date YYYYMMDD]", e);

    if (rc != RC_OK)
        return rc;
    return show_list(hub, "bundles", SQL_REPORT_BUNDLE_LIST, DB_ARGS(agency, date), e);
}

struct known {
    const char *name, *state, *file_id;
    int64_t id, bytes;
};

static rc_t
find_bundle(struct hub *hub, const char *word, struct known *k, struct err *e)
{
    struct db_result *r;
    rc_t rc = db_query(hub->db, hub->arena, SQL_REPORT_BUNDLE_FIND, DB_ARGS(word), &r, e);

    if (rc != RC_OK)
        return rc;
    if (!r->rows)
        return err_set(e, RC_FAIL, ERR_NOT_FOUND, "there is no bundle %s", word);
    k->id = db_int(r, 0, "bundle_id");
    k->name = db_text(r, 0, "name");
    k->state = db_text(r, 0, "state");
    k->file_id = db_value(r, 0, "file_id");
    k->bytes = db_int(r, 0, "bytes");
    return RC_OK;
}

static rc_t
open_bundle(struct hub *hub, const char *word, struct known *k, struct blob *b, struct err *e)
{
    rc_t rc = find_bundle(hub, word, k, e);

    if (rc != RC_OK)
        return rc;
    if (!k->file_id)
        return err_set(e, RC_FAIL, ERR_WRONG_STATE, "bundle %s is %s; run landport run declare",
                       k->name, k->state);
    return stored_open(hub, k->file_id, b, e);
}

/* ---- show ---- */

/* Only names a bundle of ours has: a file, or a file in messages/; nothing that climbs or hides. */
static bool
good_name(const char *name)
{
    const char *base = strncmp(name, "messages/", 9) == 0 ? name + 9 : name;

    return *base && *base != '.' && !strchr(base, '/');
}

static rc_t
extract_entry(void *ctx, const char *name, uint64_t bytes, struct source data, struct err *e)
{
    const int *dir = ctx;
    struct stream_fd to = {-1, name};
    struct sink out = sink_fd(&to);
    char block[65536];
    size_t n;
    rc_t rc;

    (void)bytes;
    if (!good_name(name))
        return err_set(e, RC_REJECT, ERR_ARCHIVE, "the bundle holds a file named '%s'", name);
    if (strchr(name, '/') && mkdirat(*dir, "messages", 0700) != 0 && errno != EEXIST)
        return fsio_fail("create", "messages", e);
    to.fd = openat(*dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (to.fd < 0)
        return fsio_fail("create", name, e);
    while ((rc = data.read(data.ctx, block, sizeof block, &n, e)) == RC_OK && n)
        if ((rc = out.write(out.ctx, block, n, e)) != RC_OK)
            break;
    if (close(to.fd) != 0 && rc == RC_OK)
        rc = fsio_fail("close", name, e);
    return rc;
}

static rc_t
empty_folder(const char *path, int *dir, struct err *e)
{
    struct dirent *entry;
    bool empty = true;
    DIR *d;

    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return fsio_fail("create", path, e);
    if (!(d = opendir(path)))
        return fsio_fail("open", path, e);
    while ((entry = readdir(d)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            empty = false;
    *dir = empty ? dup(dirfd(d)) : -1;
    closedir(d);
    if (!empty)
        return err_set(e, RC_FAIL, ERR_USAGE, "%s is not empty; name a new folder", path);
    return *dir < 0 ? fsio_fail("open", path, e) : RC_OK;
}

static rc_t
extract(struct hub *hub, const char *word, const char *path, struct err *e)
{
    struct known k;
    struct blob b = BLOB_NONE;
    int dir = -1;
    rc_t rc = open_bundle(hub, word, &k, &b, e);

    if (rc == RC_OK && (rc = empty_folder(path, &dir, e)) == RC_OK)
        rc = unpack_list(b, extract_entry, &dir, e);
    if (rc == RC_OK) {
        log_info("%s: files are in %s", k.name, path);
        show_written(hub, "bundle", k.name, path);
    }
    blob_close(&b);
    if (dir >= 0)
        close(dir);
    return rc;
}

static rc_t
bundle_show(struct hub *hub, int argc, char **argv, struct err *e)
{
    static const struct section sections[] = {
        {"bundle",   "bundle",           SHOW_FACTS, SQL_REPORT_BUNDLE         },
        {"kinds",    "messages by kind", SHOW_LIST,  SQL_REPORT_BUNDLE_KINDS   },
        {NULL,       NULL,               SHOW_LIST,  NULL                      },
        {"messages", "messages",         SHOW_LIST,  SQL_REPORT_BUNDLE_MESSAGES},
        {NULL,       NULL,               SHOW_LIST,  NULL                      },
    };
    struct section chosen[sizeof sections / sizeof *sections];
    const char *dir = NULL;
    bool messages = false;
    const struct option options[] = {
        {"--extract",  &dir, NULL     },
        {"--messages", NULL, &messages},
        {NULL,         NULL, NULL     },
    };
    struct known k;
    rc_t rc =
        show_options(options, argc, argv, 1, "bundle show NAME [--messages] [--extract DIR]", e);

    if (rc != RC_OK || (rc = find_bundle(hub, argv[1], &k, e)) != RC_OK)
        return rc;
    if (dir)
        return extract(hub, argv[1], dir, e);
    memcpy(chosen, sections, sizeof chosen);
    if (messages)
        chosen[2] = chosen[3];
    chosen[3] = sections[4];
    return show_report(hub, chosen, DB_ARGS(k.name), e);
}

/* ---- verify ---- */

static void
show_checks(struct hub *hub, const struct verify *v)
{
    static const struct table_column columns[] = {
        {"check",  TABLE_TEXT},
        {"result", TABLE_TEXT},
        {"detail", TABLE_TEXT}
    };
    static const char *const words[] = {"ok", "BAD", "not checked"};
    const char **cells = ARENA_ARRAY(hub->arena, const char *, 3 * (size_t)v->count + 1);
    struct buf json = {0};
    int n = 0;

    for (const struct verify_check *c = v->checks; c; c = c->next) {
        cells[n++] = c->what;
        cells[n++] = words[c->result];
        cells[n++] = c->detail;
    }
    if (!hub->json) {
        printf("== %s\n", v->bundle);
        table_print_cells(stdout, columns, 3, cells, v->count, "checks");
        return;
    }
    buf_str(&json, "{\"bundle\": ");
    json_string(&json, v->bundle);
    buf_printf(&json, ", \"good\": %s, \"checks\": ", v->bad ? "false" : "true");
    table_json_cells(&json, columns, 3, cells, v->count);
    printf("%.*s}\n", (int)json.n, json.p);
    buf_free(&json);
}

/* A file can be verified where there is no database; a name cannot. */
static rc_t
open_named(struct hub *hub, const char *word, struct blob *b, struct err *e)
{
    struct err away = {0};
    struct known k;
    rc_t rc;

    if (access(word, F_OK) == 0) {
        log_info("%s is a file here: that is looked at", word);
        if (hub_open_db(hub, &away) != RC_OK)
            log_warn("%s; the chain of bundles is not checked", away.text);
        *b = blob_plain(open(word, O_RDONLY | O_CLOEXEC));
        return b->fd < 0 ? fsio_fail("open", word, e) : RC_OK;
    }
    if ((rc = hub_open_db(hub, e)) != RC_OK || (rc = hub_open_spool(hub, e)) != RC_OK)
        return rc;
    return open_bundle(hub, word, &k, b, e);
}

static rc_t
bundle_verify(struct hub *hub, int argc, char **argv, struct err *e)
{
    const char *cert = NULL;
    const struct option options[] = {
        {"--cert", &cert, NULL},
        {NULL,     NULL,  NULL},
    };
    struct verify v = {0};
    struct blob b = BLOB_NONE;
    rc_t rc;

    if ((rc = show_options(options, argc, argv, 1, "bundle verify NAME|FILE [--cert FILE]", e)) !=
            RC_OK ||
        (rc = open_named(hub, argv[1], &b, e)) != RC_OK)
        return rc;
    if ((rc = verify_bundle(hub, hub->arena, b, cert, &v, e)) == RC_OK) {
        show_checks(hub, &v);
        hub->answered = true;
        if (v.bad)
            rc = err_set(e, RC_FAIL, v.other_cert ? ERR_SIGNATURE : ERR_VERIFY, "%s: %d %s failed",
                         argv[1], v.bad, count_word(v.bad, "check", "checks"));
    }
    blob_close(&b);
    /* a damaged file is this command's failure, and not an upload whose partner packs it again */
    return rc == RC_REJECT
               ? err_set(e, RC_FAIL, ERR_VERIFY, "%s: %s", argv[1], arena_str(hub->arena, e->text))
               : rc;
}

/* ---- rebuild ---- */

static rc_t
compare(struct hub *hub, const struct known *k, const char *id, uint64_t bytes, struct err *e)
{
    bool same = strcmp(id, k->file_id) == 0 && bytes == (uint64_t)k->bytes;

    if (hub->json)
        printf("{\"bundle\": \"%s\", \"same\": %s, \"bytes\": %llu, \"sha256\": \"%s\"}\n", k->name,
               same ? "true" : "false", (unsigned long long)bytes, id);
    else if (same)
        printf("%s: rebuilt byte for byte, %llu bytes, sha256 %s\n", k->name,
               (unsigned long long)bytes, id);
    hub->answered = true;
    if (same)
        return RC_OK;
    return err_set(e, RC_FAIL, ERR_VERIFY,
                   "%s: rebuilt %llu bytes, sha256 %s; sent were %lld bytes, sha256 %s", k->name,
                   (unsigned long long)bytes, id, (long long)k->bytes, k->file_id);
}

/* What was rebuilt lies in the spool under its hash for as long as it is looked at. */
static rc_t
use_rebuilt(struct hub *hub, const struct known *k, const char *id, uint64_t bytes, bool verify,
            const char *file, struct err *e)
{
    struct blob b;
    uint64_t size;
    rc_t rc;

    if (verify)
        return compare(hub, k, id, bytes, e);
    if (strcmp(id, k->file_id) != 0)
        log_warn("%s: what was rebuilt differs from what was sent", k->name);
    if ((rc = spool_read(hub->spool, id, &b, &size, e)) != RC_OK)
        return rc;
    if ((rc = show_place(hub, file, e)) == RC_OK && (rc = stored_copy(b, file, e)) == RC_OK)
        show_written(hub, "bundle", k->name, file);
    blob_close(&b);
    return rc;
}

static rc_t
rebuild(struct hub *hub, const struct known *k, bool verify, const char *file, struct err *e)
{
    bool kept = access(spool_path(hub->spool, hub->arena, k->file_id), F_OK) == 0;
    struct spool_file *out = NULL;
    struct bundle_made made;
    const char *id;
    uint64_t bytes;
    rc_t rc;

    if ((rc = spool_begin(hub->spool, &out, e)) != RC_OK ||
        (rc = bundle_write(hub, hub->arena, k->id, out, &made, NULL, e)) != RC_OK) {
        spool_abort(&out);
        return rc;
    }
    bytes = spool_bytes(out);
    if ((rc = spool_commit(&out, hub->arena, &id, e)) != RC_OK)
        return rc;
    rc = use_rebuilt(hub, k, id, bytes, verify, file, e);
    if (!kept || strcmp(id, k->file_id) != 0)
        spool_remove(hub->spool, id, NULL);
    return rc;
}

static rc_t
bundle_rebuild(struct hub *hub, int argc, char **argv, struct err *e)
{
    const char *file = NULL;
    bool verify = false;
    const struct option options[] = {
        {"--verify", NULL,  &verify},
        {"-o",       &file, NULL   },
        {NULL,       NULL,  NULL   },
    };
    struct known k;
    rc_t rc;

    if ((rc = show_options(options, argc, argv, 1, "bundle rebuild NAME [--verify | -o FILE]",
                           e)) != RC_OK)
        return rc;
    if (verify == (file != NULL))
        return err_set(e, RC_FAIL, ERR_USAGE, "say either --verify or, where to, -o FILE");
    if ((rc = find_bundle(hub, argv[1], &k, e)) != RC_OK)
        return rc;
    if (!k.file_id)
        return err_set(e, RC_FAIL, ERR_WRONG_STATE, "bundle %s is %s; run landport run declare",
                       k.name, k.state);
    return rebuild(hub, &k, verify, file, e);
}

static rc_t
bundle_republish(struct hub *hub, int argc, char **argv, struct err *e)
{
    const char *reason = NULL;
    const struct option options[] = {
        {"--reason", &reason, NULL},
        {NULL,       NULL,    NULL},
    };
    struct known k;
    rc_t rc = show_options(options, argc, argv, 1, "bundle republish NAME --reason TEXT", e);

    if (rc != RC_OK || (rc = show_needs_reason(reason, e)) != RC_OK ||
        (rc = find_bundle(hub, argv[1], &k, e)) != RC_OK)
        return rc;
    return again_republish(hub, k.name, k.state, k.file_id, db_number(hub->arena, k.id), reason, e);
}

rc_t
cmd_bundle(struct hub *hub, int argc, char **argv, struct err *e)
{
    static const struct subcommand table[] = {
        {"list",      bundle_list     },
        {"show",      bundle_show     },
        {"verify",    bundle_verify   },
        {"rebuild",   bundle_rebuild  },
        {"republish", bundle_republish},
        {"resend",    bundle_resend   },
        {"aside",     bundle_aside    },
        {"retry",     bundle_retry    },
        {"give-up",   bundle_give_up  },
        {NULL,        NULL            },
    };
    rc_t rc;

    /* verify opens what it finds it needs; the dispatcher may leave both to us */
    if (argc < 2 || strcmp(argv[1], "verify") != 0)
        if ((rc = hub_open_db(hub, e)) != RC_OK || (rc = hub_open_spool(hub, e)) != RC_OK)
            return rc;
    return show_subcommand(table, hub, argc, argv, e);
}
