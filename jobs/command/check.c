/* check.c - landport check: everything the configuration names is tried, everything wrong is said. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agency.h"
#include "base/clock.h"
#include "base/confine.h"
#include "closing.h"
#include "documents.h"
#include "formats/xsd/check.h"
#include "formats/xsd/schema.h"
#include "job.h"
#include "load/feeds.h"
#include "load/folders.h"
#include "load/needs.h"
#include "mark.h"
#include "message.h"
#include "reconcile.h"
#include "reports.h"
#include "rows_file.h"
#include "rules.h"
#include "sections.h"
#include "spool/fsio.h"
#include "spool/seal.h"
#include "spool/sftp.h"
#include "sql/cluster.h"
#include "sql/migrate.h"
#include "sql/statements.h"
#include "stored.h"
#include "table.h"

#define NAMES_SHOWN 3
#define PROBE       "landport-check.part"

struct checks {
    struct hub *hub;
    bool asks;        /* the database has the schema, and can be asked about queries */
    struct buf cells; /* const char *, three a row */
    int rows, wrong;
};

static void
add(struct checks *c, const char *what, const char *state, const char *detail)
{
    const char *row[3];

    row[0] = arena_str(c->hub->arena, what);
    row[1] = state;
    row[2] = arena_str(c->hub->arena, detail);
    buf_put(&c->cells, row, sizeof(row));
    c->rows++;
    if (strcmp(state, "ok") != 0 && strcmp(state, "warning") != 0)
        c->wrong++;
}

static void
add_result(struct checks *c, const char *what, rc_t rc, const char *good, const struct err *e)
{
    if (rc == RC_OK)
        add(c, what, "ok", good);
    else
        add(c, what, rc == RC_RETRY ? "away" : "wrong", e->text);
}

/* A line that somebody put into a file counts once init has read it, which says no to what does not fit its table. */
static void
check_rows(struct checks *c)
{
    const char **files, *fault;
    struct err e = {0};
    rc_t rc = rows_file_changed(c->hub, &files, &e);

    for (; rc == RC_OK && *files; files++) {
        if ((rc = rows_file_try(c->hub, *files, &fault, &e)) != RC_OK)
            break;
        add(c, "rows of files", fault ? "wrong" : "warning",
            fault ? fault
                  : arena_printf(c->hub->arena,
                                 "%s is not what the database has: run landport init", *files));
    }
    if (rc != RC_OK)
        add_result(c, "rows of files", rc, NULL, &e);
}

/* Rows name messages, feeds and kinds of receipts of other files; what names none of them is never looked at by a night. */
static void
check_what_rows_name(struct checks *c)
{
    struct arena *a = c->hub->arena;
    const char **feeds = folders_names(c->hub->conf, a, FEEDS_PARTNERS);
    struct db_result *r;
    struct err e = {0};

    if (!c->hub->db)
        return;
    if (db_query(c->hub->db, a, SQL_REPORT_ROWS_NAMED, DB_NONE, &r, &e) != RC_OK) {
        add(c, "rows of files", "wrong", e.text);
        return;
    }
    for (int i = 0; i < r->rows; i++) {
        const char *folder = db_text(r, i, "folder"), *value = db_text(r, i, "value"),
                   *sort = db_text(r, i, "sort");
        bool known = strcmp(sort, "feed") == 0 ? word_among(feeds, value)
                     : strcmp(sort, "message") == 0
                         ? format_folder(c->hub, a, *folder ? folder : NULL, value) != NULL
                         : false;

        if (!known)
            add(c, "rows of files", "wrong",
                arena_printf(a, "%s: column %s: there is no %s %s%s", db_text(r, i, "place"),
                             db_text(r, i, "column_name"), sort, value, db_text(r, i, "rest")));
    }
}

static void
check_database(struct checks *c)
{
    struct err e = {0};
    rc_t rc = hub_open_db(c->hub, &e);

    if (rc == RC_OK)
        rc = migrate_check(c->hub->db, &migrate_ours, &e);
    if (rc == RC_OK)
        rc = mark_compare(c->hub, &e);
    add_result(c, "database", rc, "answers, schema is up to date", &e);
    if (rc != RC_OK)
        return;
    check_rows(c);
    c->asks = db_script(c->hub->db, c->hub->arena, SQL_DECLARE_WRITTEN, NULL, &e) == RC_OK;
}

/* Whoever gets hold of a job's connection should find nothing there but rows. What its login may, it may,
 * whatever role the session has taken on. */
static void
check_roles(struct checks *c)
{
    struct arena *a = c->hub->arena;
    struct db_result *r;
    struct err e = {0};
    const char *wrong = NULL, *cure;

    if (!c->hub->db)
        return;
    if (db_query(c->hub->db, a, SQL_ROLES_REACH, DB_ARGS(c->hub->conf->database.job_role), &r,
                 &e) != RC_OK) {
        add(c, "roles", "wrong", e.text);
        return;
    }
    cure = arena_printf(
        a,
        "give role %s a login (ALTER ROLE %s LOGIN) and name it in database { conninfo "
        "}, the owner's in database { owner }",
        db_text(r, 0, "job_role"), db_text(r, 0, "job_role"));
    if (db_bool(r, 0, "super"))
        wrong = "who is a superuser of this server";
    else if (db_bool(r, 0, "owns"))
        wrong = "who has or may take on the role that owns the tables";
    else if (db_bool(r, 0, "makes")) {
        wrong = "who may make tables and functions in schema public";
        cure = "REVOKE CREATE ON SCHEMA public FROM PUBLIC";
    }
    add(c, "roles", wrong ? "warning" : "ok",
        wrong ? arena_printf(
                    a, "jobs log in as %s, %s: a job that is led astray could do the same; %s",
                    db_text(r, 0, "login"), wrong, cure)
              : arena_printf(a, "jobs log in as %s, which owns nothing", db_text(r, 0, "login")));
}

/* What reads partners' files does without what this kernel cannot do; it has no key and no connection anyway. */
static void
check_confinement(struct checks *c)
{
    bool files = confine_files_known(), root = geteuid() == 0;

    add(c, "reader", confine_filters() && files ? "ok" : "warning",
        !confine_filters() ? "this program was built without a filter of system calls"
        : !files           ? "no landlock in this kernel: it has only its filter of system calls"
        : root             ? "a process of its own, as nobody, without files or network"
                           : "a process of its own, without files or network");
}

/* What orders wait for because nobody loaded it. */
static void
check_rates(struct checks *c)
{
    struct arena *a = c->hub->arena;
    struct db_result *r, *limits;
    struct err e = {0};
    char date[9];

    if (!c->hub->db)
        return;
    if (closing_trade_date(c->hub, a, date, &e) != RC_OK ||
        db_query(c->hub->db, a, SQL_REPORT_RATES_TOLD, DB_NONE, &r, &e) != RC_OK ||
        db_query(c->hub->db, a,
                 "SELECT max(valid_from) IS NULL FROM hub.import_limit "
                 "WHERE valid_from <= to_date($1, 'YYYYMMDD')",
                 DB_ARGS(date), &limits, &e) != RC_OK) {
        add(c, "rates", "wrong", e.text);
        return;
    }
    for (int i = 0; i < r->rows; i++)
        add(c, "rates", "warning", db_text(r, i, "told"));
    if (!r->rows)
        add(c, "rates", "ok", "no order waits for one");
    if (db_bool(limits, 0, 0))
        add(c, "import limits", "warning",
            arena_printf(a, "hub.import_limit has no row for %s: imports wait", date));
}

/* Each file by itself: read, then asked of a database without trades. */
static void
check_rules(struct checks *c)
{
    struct arena *a = c->hub->arena;
    struct rules rules;
    struct err e = {0};
    bool asked = false;
    int wrong = c->wrong;
    rc_t rc = rules_find(&rules, c->hub->conf, a, &e);

    if (rc == RC_OK && c->hub->db && (rc = db_begin(c->hub->db, &e)) == RC_OK)
        asked = (rc = reconcile_empty(c->hub, a, &e)) == RC_OK;
    if (rc != RC_OK)
        add(c, "rules", rc == RC_RETRY ? "away" : "wrong", e.text);
    for (uint32_t i = 0; rc == RC_OK && i < rules.count; i++) {
        const struct rules one = {&rules.all[i], 1};
        const char *what = arena_printf(a, "rule %s", rules.all[i].code);

        if (rules_read(&rules.all[i], a, &e) != RC_OK ||
            (asked && (rules_try_modes(&rules.all[i], c->hub->db, a, &e) != RC_OK ||
                       rules_try_touches(&one, c->hub->db, a, &e) != RC_OK ||
                       rules_try(&one, c->hub->db, a, &e) != RC_OK)))
            add(c, what, "wrong", e.text);
    }
    if (c->hub->db)
        db_rollback(c->hub->db);
    if (c->wrong == wrong)
        add(c, "rules", "ok",
            arena_printf(a, "%u rules can be %s", rules.count, asked ? "asked" : "read"));
}

/* Of the site's folder: what is below `folder` beside what is read there. "" among those that are read stands for any folder. */
struct read_there {
    const char *folder, *read[3], *hint;
};

static bool
is_read(const struct read_there *at, const char *path, const char *name)
{
    struct stat st;
    bool folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);

    for (size_t i = 0; folder && i < 3 && at->read[i]; i++)
        if (!*at->read[i] || strcmp(at->read[i], name) == 0)
            return true;
    return *name == '.';
}

static void
check_below(struct checks *c, const struct read_there *at)
{
    struct arena *a = c->hub->arena;
    const char *folder = arena_printf(a, "%s/%s", c->hub->conf->site, at->folder);
    DIR *d = opendir(folder);

    for (struct dirent *f; d && (f = readdir(d));) {
        const char *path = arena_printf(a, "%s/%s", folder, f->d_name);

        if (!is_read(at, path, f->d_name))
            add(c, at->folder, "warning", arena_printf(a, "%s is not read: %s", path, at->hint));
    }
    if (d)
        closedir(d);
}

/* What somebody put into a folder where nobody looks would be waited for in vain. */
static void
check_unread(struct checks *c)
{
    static const char built_in[] = "such statements are built into the program; a site has rules, "
                                   "sql/reconcile/rules/X0001.sql, "
                                   "and queries of messages, sql/extract/AGENCY/MESSAGE.sql";
    static const struct read_there folders[] = {
        {"formats",
         {"", NULL, NULL},
         "XSDs and rows of files lie in a folder there, formats/feed, formats/AGENCY"                 },
        {"sql",           {"extract", "reconcile", NULL}, built_in                                    },
        {"sql/extract",   {"", NULL, NULL},               "queries lie in their agency's folder there"},
        {"sql/reconcile", {"rules", NULL, NULL},          built_in                                    },
    };

    for (size_t i = 0; c->hub->conf->site && i < sizeof folders / sizeof *folders; i++)
        check_below(c, &folders[i]);
}

static void
check_personal(struct checks *c)
{
    struct err e = {0};
    rc_t rc = hub_open_key(c->hub, &e);

    add_result(c, "personal key", rc, c->hub->conf->personal.key, &e);
}

/* Each to its end: what publish and archive will need is whole, or is told by the names of its first few. */
static rc_t
check_spooled(struct checks *c, const char **said, bool *whole, struct err *e)
{
    struct arena *a = c->hub->arena;
    const char *names = "";
    struct db_result *r;
    int bad = 0;
    rc_t rc = db_query(c->hub->db, a, SQL_REPORT_SPOOLED, DB_NONE, &r, e);

    for (int i = 0; rc == RC_OK && i < r->rows; i++) {
        struct err why = {0};

        rc = spool_check(c->hub->spool, db_text(r, i, "file_id"), &why);
        if (rc != RC_OK && stored_is_damage(&why)) {
            if (bad++ < NAMES_SHOWN)
                names = arena_printf(a, "%s%s%s", names, *names ? ", " : "", db_text(r, i, "what"));
            rc = RC_OK;
        } else if (rc != RC_OK && e) {
            *e = why;
        }
    }
    if (rc != RC_OK)
        return rc;
    *whole = !bad;
    *said =
        bad ? arena_printf(
                  a,
                  "%d of the %d files it must have %s gone or damaged: %s%s; the next "
                  "landport run looks for them elsewhere, landport status says what is left",
                  bad, r->rows, count_word(bad, "is", "are"), names, bad > NAMES_SHOWN ? ", …" : "")
            : arena_printf(
                  a, "%d %s in it and whole", r->rows,
                  count_word(r->rows, "file that is needed is", "files that are needed are"));
    return RC_OK;
}

static void
check_spool(struct checks *c)
{
    const struct conf *conf = c->hub->conf;
    const char *said = NULL;
    bool whole = true;
    struct err e = {0};
    uint64_t space = 0;
    char detail[160];
    rc_t rc = hub_open_spool(c->hub, &e);

    if (rc == RC_OK)
        rc = fsio_free_bytes(conf->spool.root, &space, &e);
    snprintf(detail, sizeof(detail), "%.1f GiB free", (double)space / (1 << 30));
    if (rc == RC_OK && space < conf->spool.min_free) {
        snprintf(detail, sizeof(detail), "%.1f GiB free, spool.min-free asks for %.1f GiB",
                 (double)space / (1 << 30), (double)conf->spool.min_free / (1 << 30));
        add(c, "spool", "wrong", detail);
        return;
    }
    add_result(c, "spool", rc, detail, &e);
    if (rc != RC_OK || !c->hub->db)
        return;
    if ((rc = check_spooled(c, &said, &whole, &e)) == RC_OK && !whole)
        add(c, "spool files", "wrong", said);
    else
        add_result(c, "spool files", rc, said, &e);
}

/* A private key that others can read is no secret; libssh2 and OpenSSL never look. */
static bool
check_key_file(struct checks *c, const char *what, const char *path)
{
    struct stat st;
    const char *why = NULL;

    if (stat(path, &st) != 0)
        why = strerror(errno);
    else if (!S_ISREG(st.st_mode))
        why = "is not a file";
    else if ((st.st_mode & 077) != 0)
        why = "can be read by others: chmod 600";
    if (why)
        add(c, what, "wrong", arena_printf(c->hub->arena, "%s: %s", path, why));
    return !why;
}

static rc_t
list_folder(struct checks *c, struct sftp *s, const char *folder, uint32_t *count, struct err *e)
{
    struct sftp_file *files;
    rc_t rc = *folder ? sftp_list(s, c->hub->arena, folder, &files, count, e) : RC_OK;

    if (rc != RC_OK)
        err_prefix(e, "folder %s", folder);
    return rc;
}

/* Listing shows nothing of what publish and pickup do, which write, rename and remove. Under a name that either side
 * takes for an upload that is not finished, and gone again. */
static rc_t
write_folder(struct sftp *s, struct arena *a, const char *folder, struct err *e)
{
    const char *path = arena_printf(a, "%s/" PROBE, folder);
    struct blob empty = BLOB_NONE;
    uint64_t bytes;
    rc_t rc;

    if (!*folder)
        return RC_OK;
    if ((rc = blob_temporary(&empty, P_tmpdir, e)) == RC_OK)
        rc = sftp_put(s, empty, path, NULL, NULL, &bytes, e);
    if (rc == RC_OK)
        rc = sftp_remove(s, path, e);
    blob_close(&empty);
    return rc == RC_OK ? rc : err_prefix(e, "folder %s can be listed, not written", folder);
}

static void
check_dropbox(struct checks *c, const char *kind, const char *id, const struct conf_dropbox *box)
{
    struct sftp_site site = {.url = box->url,
                             .key = box->key,
                             .known_hosts = box->known_hosts,
                             .idle_ms = box->idle_s * 1000,
                             .rate = box->rate};
    const char *what = arena_printf(c->hub->arena, "%s %s", kind, id);
    uint32_t in = 0, other = 0;
    struct sftp *s = NULL;
    struct err e = {0};
    char detail[160];
    rc_t rc;

    if (!check_key_file(c, what, box->key))
        return;
    rc = sftp_open(&s, &site, &e);
    if (rc == RC_OK)
        rc = list_folder(c, s, box->in, &in, &e);
    if (rc == RC_OK)
        rc = list_folder(c, s, box->out, &other, &e);
    if (rc == RC_OK)
        rc = list_folder(c, s, box->done, &other, &e);
    if (rc == RC_OK)
        rc = write_folder(s, c->hub->arena, box->out, &e);
    if (rc == RC_OK)
        rc = write_folder(s, c->hub->arena, box->done, &e);
    snprintf(detail, sizeof(detail), "drop box answers, %u in %.100s", in, box->in);
    add_result(c, what, rc, detail, &e);
    /* some servers let us move files away and make none */
    if (rc == RC_OK && write_folder(s, c->hub->arena, box->in, &e) != RC_OK)
        add(c, what, "warning",
            arena_printf(c->hub->arena, "%s; pickup moves files out of it", e.text));
    sftp_close(&s);
}

static void
check_key(struct checks *c, const char *what, const struct seal_form *f)
{
    struct err e = {0};
    char detail[160];
    int days = 0;
    rc_t rc;

    if (f->key.key_file && !check_key_file(c, what, f->key.key_file))
        return;
    rc = seal_check(f, clock_now(), &days, &e);
    if (days)
        snprintf(detail, sizeof(detail), "certificate is good for %d %s", days,
                 count_word(days, "day", "days"));
    else
        snprintf(detail, sizeof(detail), "certificate ends today");
    if (rc == RC_OK && days < CLOSING_WARN_DAYS)
        add(c, what, "warning", arena_printf(c->hub->arena, "%s: renew it", detail));
    else
        add_result(c, what, rc, detail, &e);
}

static void
check_seal(struct checks *c, const struct conf_agency *agency)
{
    struct closing_key keys[2];
    int n = closing_keys(agency, keys);

    for (int i = 0; i < n; i++)
        check_key(c, arena_printf(c->hub->arena, "%s of %s", keys[i].what, agency->id),
                  &keys[i].form);
}

/* Was that name looked at already? Partners share feeds, agencies may share messages. */
static bool
seen_before(struct buf *seen, const char *name)
{
    for (size_t at = 0; at < seen->n; at += strlen(seen->p + at) + 1)
        if (strcmp(seen->p + at, name) == 0)
            return true;
    buf_put(seen, name, strlen(name) + 1);
    return false;
}

/* Names and titles come before what else a column goes by: a word that is another's is never found by. */
static void
check_words(struct checks *c, const char *what, const struct plan *plan)
{
    static const struct header_aliases none = {NULL, 0};
    struct arena *a = c->hub->arena;
    const struct plan_node *root = plan->root;

    for (uint32_t i = 0; i < root->child_count; i++)
        for (const char *const *word = root->children[i]->aliases; word && *word; word++) {
            int at = header_field(a, plan, none, span_of(*word));

            if (at >= 0 && (uint32_t)at != i)
                add(c, what, "wrong",
                    arena_printf(a,
                                 "%s:%d: lp:alias %s of %s is what %s goes by; take it from one "
                                 "of them",
                                 plan->file, root->children[i]->line, *word,
                                 root->children[i]->name, root->children[at]->name));
        }
}

static void
check_feed(struct checks *c, const char *feed)
{
    const char *what = arena_printf(c->hub->arena, "feed %s", feed);
    struct plan *plan = NULL;
    struct err e = {0};
    rc_t rc = format_feed(&plan, c->hub, c->hub->arena, FEEDS_PARTNERS, feed, &e);

    if (rc == RC_OK && !plan->feed)
        add(c, what, "wrong",
            arena_printf(c->hub->arena, "%s describes no feed (no lp:feed)", plan->file));
    else
        add_result(c, what, rc, rc == RC_OK ? plan->file : "", &e);
    if (rc == RC_OK)
        check_words(c, what, plan);
}

/* One that tells of a bundle's files must be able to say that there are none. */
static void
check_without_files(struct checks *c, const char *what, const struct conf_companion *o,
                    const struct format *f)
{
    if (!strcmp(o->each, "package") && format_documents(f) > 1)
        add(c, what, "warning",
            arena_printf(c->hub->arena,
                         "%s wants something of what repeats in it; a bundle with nothing to tell "
                         "may have no file to name there, and could not be made: minOccurs=\"0\"",
                         f->plan->file));
}

/* What an agency is sent: a message, or a companion (`o`, else NULL). */
static void
check_message(struct checks *c, const struct conf_agency *g, const char *word, const char *kind,
              const struct conf_companion *o)
{
    const char *what = arena_printf(c->hub->arena, "%s %s", word, kind);
    struct format *format = NULL;
    struct err e = {0};
    rc_t rc = format_load(&format, c->hub, c->hub->arena, g->formats, kind, &e);

    if (rc == RC_OK)
        rc = format_fits(format, c->asks ? c->hub->db : NULL, c->hub->arena, &e);
    if (rc == RC_OK && !o)
        rc = documents_there(&format->extract, &e);
    if (rc == RC_OK && !o && c->asks)
        rc = documents_check(c->hub, c->hub->arena, g, kind, &format->extract, &e);
    if (rc == RC_OK && format->extract.report.sql)
        rc = report_check(c->hub, c->hub->arena, &format->extract.report, &e);
    if (rc == RC_OK && format->extract.held.sql)
        rc = sections_check_held(c->hub, c->hub->arena, &format->extract.held, &e);
    if (rc == RC_OK && c->asks && format->extract.answered.sql)
        rc = sections_check_answered(c->hub, c->hub->arena, g, kind, &format->extract.answered, &e);
    add_result(c, what, rc, rc == RC_OK ? format->plan->file : "", &e);
    if (rc == RC_OK && o)
        check_without_files(c, what, o, format);
}

/* Places for what we do not write ourselves: below the root a signature goes into the first of them. */
static void
find_places(const struct plan_node *n, bool below_root, const struct plan_node **place,
            const struct plan_node **empty)
{
    for (uint32_t i = 0; i < n->child_count; i++) {
        const struct plan_node *child = n->children[i];
        bool opaque = child->kind == PLAN_ANY || child->foreign;

        if (opaque && below_root && !*place)
            *place = child;
        else if (opaque && child->min && !*empty)
            *empty = child;
        else if (!opaque && child->min && child->kind != PLAN_CHOICE)
            find_places(child, false, place, empty);
    }
}

/* Text and workbooks have no place for a signature, and an envelope holds XML. */
static void
check_unsigned(struct checks *c, const struct conf_agency *g, const char *what,
               const struct plan *plan, bool is_signed)
{
    if (is_signed || g->envelope.format)
        add(c, what, "wrong",
            arena_printf(c->hub->arena,
                         "%s writes it as %s, which can neither bear a signature nor lie in an "
                         "envelope; %s",
                         plan->file, plan->written.suffix,
                         is_signed ? "take it out of message-sign { messages } of the agency"
                                   : "an agency with an envelope takes XML messages alone"));
}

/* What sections find set that no section of the configuration says (sql/README.md, "Add a message" and "Add a report"). */
static const char *const set_by_jobs[] = {
    "agency",    "app_time",     "bundle_id",    "business_date",
    "closing",   "companions",   "container",    "customs",
    "documents", "envelope",     "file_name",    "kind",
    "kinds",     "message_guid", "message_kind", "now",
    "nth",       "order",        "package",      "per_message",
    "period",    "period_from",  "period_until", "receivers",
    "sender",    "told",         "told_later",   "zone",
    NULL};

static bool
setting_given(const struct conf_agency *g, const char *name)
{
    bool given = word_among(set_by_jobs, name);

    for (const struct conf_setting *s = g->settings; !given && s && s->name; s++)
        given = strcmp(s->name, name) == 0;
    return given;
}

/* Asked for so that it must be there, without a second argument: a night's query would fail without it. */
static void
check_settings_of(struct checks *c, const struct conf_agency *g, const char *what, const char *sql,
                  const char *file, int line)
{
    static const char asks[] = "current_"
                               "setting('hub.";
    struct arena *a = c->hub->arena;

    for (const char *at = sql; at && (at = strstr(at, asks)); at++) {
        const char *from = at + sizeof asks - 1, *name;
        size_t n = strcspn(from, "'");

        name = arena_strn(a, from, n);
        if (strncmp(from + n, "')", 2) == 0 && !setting_given(g, name))
            add(c, what, "wrong",
                arena_printf(a,
                             "%s:%d: this section asks for setting hub.%s, which nothing gives; "
                             "agency \"%s\" { settings { %s = \"…\" } }",
                             file, line, name, g->id, name));
    }
}

static void
check_settings(struct checks *c, const struct conf_agency *g, const char *kind)
{
    struct arena *a = c->hub->arena;
    const char *what = arena_printf(a, "settings of %s", g->id);
    struct extract x = {NULL};
    struct err told_as_a_format = {0};

    if (format_extract(&x, c->hub, a, g->formats, kind, &told_as_a_format) != RC_OK)
        return;
    for (size_t i = 0; i < 6; i++) {
        const struct extract_part *const parts[] = {&x.documents, &x.prepare, &x.closed,
                                                    &x.report,    &x.held,    &x.answered};

        check_settings_of(c, g, what, parts[i]->sql, parts[i]->file, parts[i]->line);
    }
    for (uint32_t i = 0; i < x.count; i++)
        check_settings_of(c, g, what, x.levels[i].query, x.levels[i].file, x.levels[i].line);
}

/* Would the message be valid, signed as the configuration says? */
static void
check_signed(struct checks *c, const struct conf_agency *g, const char *kind)
{
    struct arena *a = c->hub->arena;
    const char *what = arena_printf(a, "%s to %s", kind, g->id);
    const struct plan_node *place = NULL, *empty = NULL;
    bool is_signed = word_among(g->message_sign.messages, kind);
    struct plan *plan = NULL;
    struct err e = {0};

    if (format_plan(&plan, c->hub, a, g->formats, kind, &e) != RC_OK)
        return; /* told as a format */
    if (plan->written.as != WRITTEN_XML) {
        check_unsigned(c, g, what, plan, is_signed);
        return;
    }
    find_places(plan->root, true, &place, &empty);
    if (empty)
        add(c, what, "wrong",
            arena_printf(
                a, "%s:%d requires what nothing fills; only below the root a signature is put in",
                plan->file, empty->line));
    if (is_signed && !place)
        add(c, what, "wrong",
            arena_printf(a, "message-sign names it, and %s has no place for a signature",
                         plan->file));
    else if (!is_signed && place && (place->min || place->must_sign))
        add(c, what, place->min ? "wrong" : "warning",
            arena_printf(
                a,
                "the agency's schema requires a signature in it (%s:%d): without one it is not "
                "valid; name it in message-sign { messages } of the agency",
                plan->file, place->line));
}

/* Of two agencies that take a kind each may have its own. */
static const char *
place_of(struct checks *c, const struct conf_agency *g, const char *kind)
{
    struct arena *a = c->hub->arena;
    const char *folder = format_folder(c->hub, a, g->formats, kind);

    return arena_printf(a, "%s/%s", folder ? folder : "", kind);
}

static void
check_formats(struct checks *c)
{
    const struct conf *conf = c->hub->conf;
    struct buf seen = {0};

    for (uint32_t i = 0; i < conf->partner_count; i++)
        for (const char **feed = conf->partners[i].feeds; *feed; feed++)
            if (!seen_before(&seen, *feed))
                check_feed(c, *feed);
    for (uint32_t i = 0; i < conf->agency_count; i++)
        for (const char **kind = conf->agencies[i].messages; *kind; kind++)
            if (!seen_before(&seen, place_of(c, &conf->agencies[i], *kind)))
                check_message(c, &conf->agencies[i], "message", *kind, NULL);
    for (uint32_t i = 0; i < conf->agency_count; i++)
        for (const struct conf_companion *o = conf->agencies[i].companions; o->kind; o++)
            if (!seen_before(&seen, place_of(c, &conf->agencies[i], o->kind)))
                check_message(c, &conf->agencies[i], "companion", o->kind, o);
    for (uint32_t i = 0; i < conf->agency_count; i++)
        for (const char **kind = conf->agencies[i].messages; *kind; kind++)
            check_signed(c, &conf->agencies[i], *kind);
    for (uint32_t i = 0; i < conf->agency_count; i++) {
        for (const char **kind = conf->agencies[i].messages; *kind; kind++)
            check_settings(c, &conf->agencies[i], *kind);
        for (const struct conf_companion *o = conf->agencies[i].companions; o->kind; o++)
            check_settings(c, &conf->agencies[i], o->kind);
    }
    buf_free(&seen);
}

/* ---- names of bundles and files, tried with values such as they will have ---- */

static const char *
suffix_of(struct checks *c, const struct conf_agency *g, const char *kind)
{
    struct plan *plan;
    struct err told_as_a_format = {0};

    return format_plan(&plan, c->hub, c->hub->arena, g->formats, kind, &told_as_a_format) == RC_OK
               ? plan->written.suffix
               : "xml";
}

/* Without folder and ending, as names of companions may have it. */
static const char *
stem(struct arena *a, const char *name)
{
    const char *slash = strrchr(name, '/'), *bare = slash ? slash + 1 : name;
    const char *dot = strrchr(bare, '.');

    return arena_strn(a, bare, dot ? (size_t)(dot - bare) : strlen(bare));
}

/* The first message's file, and each companion of it and of the package. */
static rc_t
try_files(struct checks *c, const struct conf_agency *g, const char *package, struct err *e)
{
    struct arena *a = c->hub->arena;
    struct agency_file file = {.kind = *g->messages,
                               .guid = "0",
                               .suffix = suffix_of(c, g, *g->messages),
                               .number = "1",
                               .place = "1",
                               .package = package,
                               .file = "0",
                               .date = "20261130",
                               .sequence = "1",
                               .nth = "1"};
    const char *name;
    struct buf seen = {0};
    rc_t rc = agency_file_name(&name, a, g->file, g, &file, e);

    if (rc == RC_OK) {
        file.file = stem(a, name);
        (void)seen_before(&seen, name + (strncmp(name, "messages/", 9) ? 0 : 9));
    }
    for (const struct conf_companion *o = g->companions; rc == RC_OK && o->kind; o++) {
        file.kind = o->kind;
        file.suffix = suffix_of(c, g, o->kind);
        file.place = db_number(a, o - g->companions + 2);
        rc = agency_file_name(&name, a, o->name, g, &file, e);
        if (rc == RC_OK && seen_before(&seen, name))
            rc = err_set(e, RC_FAIL, ERR_CONFIG,
                         "companion %s in formats/%s/agency.conf would be named %s, and so would "
                         "another file of its bundle",
                         o->kind, g->formats, name);
    }
    buf_free(&seen);
    return rc;
}

static rc_t
try_names(struct checks *c, const struct conf_agency *g, struct err *e)
{
    const struct agency_bundle bundle = {"20261130", "1", "1"};
    struct arena *a = c->hub->arena;
    const char *name;
    rc_t rc = agency_bundle_name(&name, c->hub->conf, a, g, &bundle, e);

    if (rc == RC_OK)
        rc = try_files(c, g, name, e);
    return rc == RC_OK && c->asks ? agency_names_fit(c->hub->db, a, g, e) : rc;
}

static void
check_names(struct checks *c)
{
    for (uint32_t i = 0; i < c->hub->conf->agency_count; i++) {
        const struct conf_agency *g = &c->hub->conf->agencies[i];
        struct err e = {0};

        if (try_names(c, g, &e) != RC_OK)
            add(c, arena_printf(c->hub->arena, "names for %s", g->id), "wrong", e.text);
    }
}

/* Receipts that answer what nobody sends are never found a document. */
static void
check_answers(struct checks *c)
{
    struct arena *a = c->hub->arena;
    struct db_result *r;
    struct err e = {0};

    if (!c->asks)
        return;
    if (db_query(c->hub->db, a,
                 "SELECT DISTINCT folder, kind, answers FROM hub.receipt_kind "
                 "WHERE answers <> '' ORDER BY 1, 2, 3",
                 DB_NONE, &r, &e) != RC_OK) {
        add(c, "receipts", "wrong", e.text);
        return;
    }
    for (int i = 0; i < r->rows; i++) {
        const char *folder = db_text(r, i, "folder"), *answers = db_text(r, i, "answers");

        if (!format_folder(c->hub, a, *folder ? folder : NULL, answers))
            add(c, arena_printf(a, "receipt %s", db_text(r, i, "kind")), "wrong",
                arena_printf(a,
                             "formats/%s/receipt_kind.tsv says that it answers %s, and there is "
                             "no such format; correct that, then landport init",
                             folder, answers));
    }
}

/* What an agency was told it must be possible to take back. */
static void
check_withdrawals(struct checks *c)
{
    struct arena *a = c->hub->arena;
    const struct conf *conf = c->hub->conf;
    struct db_result *r;
    struct err e = {0};

    if (!c->hub->db)
        return;
    if (db_query(c->hub->db, a,
                 "SELECT DISTINCT withdraws, answers FROM hub.receipt_kind "
                 "WHERE withdraws IS NOT NULL ORDER BY 1, 2",
                 DB_NONE, &r, &e) != RC_OK) {
        add(c, "withdrawals", "wrong", e.text);
        return;
    }
    for (uint32_t i = 0; i < conf->agency_count; i++)
        for (int row = 0; row < r->rows; row++) {
            const struct conf_agency *g = &conf->agencies[i];
            const char *list = db_text(r, row, "withdraws"), *cancel = db_text(r, row, "answers");

            if (word_among(g->messages, list) && !word_among(g->messages, cancel))
                add(c, arena_printf(a, "%s to %s", list, g->id), "warning",
                    arena_printf(a,
                                 "%s withdraws it and is not among the agency's messages: what is "
                                 "voided stays declared over there; add it to messages",
                                 cancel));
        }
}

/* "; the nearest is orderNo (…)", of any of its feeds; "": none is near. */
static const char *
nearest_column(struct checks *c, const struct feeds *f, const struct conf_partner *p,
               const char *column)
{
    static const struct header_aliases none = {NULL, 0};
    const char *near = NULL;

    for (const char **feed = p->feeds; *feed && !near; feed++) {
        int plan = feeds_find(f, *feed);

        near = plan >= 0 ? header_near(c->hub->arena, f->plans[plan], none, span_of(column)) : NULL;
    }
    return near ? arena_printf(c->hub->arena, "; the nearest is %s", near) : "";
}

static bool
column_known(struct checks *c, const struct feeds *f, const struct conf_partner *p,
             const char *column)
{
    static const struct header_aliases none = {NULL, 0};

    for (const char **feed = p->feeds; *feed; feed++) {
        int plan = feeds_find(f, *feed);

        if (plan >= 0 && header_field(c->hub->arena, f->plans[plan], none, span_of(column)) >= 0)
            return true;
    }
    return false;
}

/* Can a column that says who speaks hold that code? None can: *columns is 0 without such a column. */
static bool
code_fits(struct checks *c, const struct plan *plan, const char *code, unsigned *columns)
{
    struct arena *a = c->hub->arena;
    struct span value = span_of(code), normal;
    struct finding finding;
    bool fits = false;

    *columns = 0;
    for (uint32_t i = 0; i < plan->root->child_count; i++) {
        const struct plan_node *field = plan->root->children[i];

        *columns += field->speaker_count;
        fits =
            fits || (field->speaker_count &&
                     check_value(field->type, value, arena_alloc(a, value.n), &normal, &finding));
    }
    return fits;
}

/* Whom the partner speaks for, against what the feed lets anybody be. */
static void
check_codes(struct checks *c, const struct plan *plan, const struct conf_partner *p)
{
    struct arena *a = c->hub->arena;
    const char *what = arena_printf(a, "codes of %s", p->id);
    unsigned columns;

    for (const char **code = p->codes; *code; code++) {
        bool fits = code_fits(c, plan, *code, &columns);

        if (!columns) {
            add(c, what, "warning",
                arena_printf(a, "have no effect on %s: no column is marked lp:speaker",
                             plan->file));
            return;
        }
        if (!fits)
            add(c, what, "warning",
                arena_printf(a, "no row of feed %s can hold %s; compare it with the certificate",
                             plan->feed, *code));
    }
}

static void
check_aliases(struct checks *c, const struct feeds *f, const struct conf_partner *p,
              const char *feeds)
{
    struct arena *a = c->hub->arena;
    const char *what = arena_printf(a, "columns of %s", p->id);
    int wrong = c->wrong;

    for (size_t i = 0; i < p->aliases.count; i++)
        if (!column_known(c, f, p, p->aliases.all[i].to))
            add(c, what, "wrong",
                arena_printf(
                    a,
                    "%s: alias %s: there is no column %s in %s%s; landport format template "
                    "FEED shows the columns",
                    p->alias_places[i], p->aliases.all[i].from, p->aliases.all[i].to, feeds,
                    nearest_column(c, f, p, p->aliases.all[i].to)));
    if (p->aliases.count && c->wrong == wrong)
        add(c, what, "ok", arena_printf(a, "%zu aliases", p->aliases.count));
}

/* Column mapping files, and who names one that is not there. */
static void
check_mappings(struct checks *c, const struct feeds *f)
{
    struct arena *a = c->hub->arena;

    for (uint32_t i = 0; i < f->mapping_count; i++) {
        const struct mapping *m = f->mappings[i];
        const char *what = arena_printf(a, "mapping %s", m->name);

        for (const struct conf_problem *p = f->problems[i]; p; p = p->next)
            add(c, what, "wrong", p->text);
        if (!m->broken)
            add(c, what, "ok", arena_printf(a, "%s, to %s", m->file, m->feed));
    }
}

/* Of a partner, or of an agency (p NULL), whose mappings make receipts. */
static void
check_named_mappings(struct checks *c, const struct feeds *f, const char *party, const char **name,
                     const struct conf_partner *p)
{
    struct arena *a = c->hub->arena;

    for (; name && *name; name++) {
        const struct mapping *m = feeds_mapping(f, *name);

        if (!m)
            add(c, arena_printf(a, "mapping of %s", party), "wrong",
                arena_printf(a, "there is no " FOLDERS_MAPPING "/%s.conf%s: its files are held",
                             *name, p ? "" : " whose feed is one of answers"));
        else if (!m->broken && !feeds_may_send(p, m->feed))
            add(c, arena_printf(a, "mapping of %s", party), "wrong",
                arena_printf(a, "%s makes %s, which is not among its feeds", *name, m->feed));
    }
}

/* What the configuration says of a partner's columns, against the feeds. */
static void
check_columns(struct checks *c, const struct feeds *f, const struct conf_partner *p)
{
    const char *names = "";

    for (const char **feed = p->feeds; *feed; feed++) {
        int plan = feeds_find(f, *feed);

        names = arena_printf(c->hub->arena, "%s%s%s", names, *names ? ", " : "", *feed);
        if (plan >= 0)
            check_codes(c, f->plans[plan], p);
    }
    check_aliases(c, f, p, names);
    check_named_mappings(c, f, p->id, p->mappings, p);
}

/* Columns that take more than the elements they end in: such rows are refused, or break their trade.
 * What is stored sealed cannot be looked at there, so that its documents would go aside. */
static void
check_widths(struct checks *c, struct feeds *f)
{
    struct arena *a = c->hub->arena;
    struct db_result *r;
    struct err e = {0};
    rc_t rc;

    if (!c->hub->db)
        return;
    feeds_today(f, c->hub->conf);
    if ((rc = db_begin(c->hub->db, &e)) == RC_OK &&
        (rc = needs_find(c->hub, c->hub->db, f, &e)) == RC_OK &&
        (rc = needs_load(c->hub->db, f, &e)) == RC_OK)
        rc = db_query(
            c->hub->db, a,
            "SELECT feed, name, string_agg(DISTINCT told, '; ') AS told, sealed FROM need_fit "
            "GROUP BY feed, name, sealed ORDER BY feed, name",
            DB_NONE, &r, &e);
    db_rollback(c->hub->db);
    if (rc != RC_OK) {
        add(c, "widths of columns", "wrong", e.text);
        return;
    }
    for (int i = 0; i < r->rows; i++)
        add(c, arena_printf(a, "%s %s", db_text(r, i, "feed"), db_text(r, i, "name")),
            db_bool(r, i, "sealed") ? "warning" : "ok",
            arena_printf(a, "takes more than %s: %s", db_text(r, i, "told"),
                         db_bool(r, i, "sealed") ? "what is longer goes aside, narrow the column"
                                                 : "rows with more are refused"));
}

/* What is sealed in a feed's rows is opened for an element that is marked personal, and goes out in no other. */
static void
check_sealed(struct checks *c, const struct feeds *f)
{
    struct arena *a = c->hub->arena;
    struct db_result *r;
    struct err e = {0};

    if (!f->needs)
        return;
    if (db_query(c->hub->db, a,
                 "SELECT * FROM jsonb_to_recordset($1::jsonb -> 'sealed')\n"
                 "AS n (feed text, name text, kind text, element text) ORDER BY 1, 2, 3, 4",
                 DB_ARGS(f->needs), &r, &e) != RC_OK) {
        add(c, "personal columns", "wrong", e.text);
        return;
    }
    for (int i = 0; i < r->rows; i++)
        add(c, arena_printf(a, "%s %s", db_text(r, i, "feed"), db_text(r, i, "name")), "wrong",
            arena_printf(a,
                         "is personal, and element %s of %s is not: its documents go aside; mark "
                         "it <lp:personal/>, or leave it out",
                         db_text(r, i, "element"), db_text(r, i, "kind")));
}

/* Where each feed's rows go: some tables landport init makes. */
static void
check_tables(struct checks *c, struct feeds *f)
{
    struct err e = {0};

    if (!c->hub->db)
        return;
    if (feeds_tables(f, c->hub, c->hub->arena, &e) != RC_OK)
        add(c, "feeds", "wrong", e.text);
    for (uint32_t i = 0; i < f->count; i++)
        if (f->shapes[i].unmade)
            add(c, arena_printf(c->hub->arena, "feed %s", f->plans[i]->feed), "wrong",
                f->shapes[i].unmade);
}

static void
check_broken(struct checks *c, const struct feeds *f)
{
    for (uint32_t i = 0; i < f->broken_count; i++)
        add(c, f->partners ? "feeds" : "answers", "wrong",
            arena_printf(c->hub->arena, "%s; what may be read by it waits", f->broken[i].why));
}

static void
check_partners(struct checks *c)
{
    const struct conf *conf = c->hub->conf;
    struct feeds *f = ARENA_NEW(c->hub->arena, struct feeds);
    struct err e = {0};

    if (feeds_load(f, c->hub, c->hub->arena, FEEDS_PARTNERS, &e) != RC_OK) {
        add(c, "feeds", "wrong", e.text);
        return;
    }
    check_broken(c, f);
    check_mappings(c, f);
    for (uint32_t i = 0; i < conf->partner_count; i++)
        check_columns(c, f, &conf->partners[i]);
    check_tables(c, f);
    check_widths(c, f);
    check_sealed(c, f);
}

/* What agencies answer: mappings of theirs. */
static void
check_answer_mappings(struct checks *c)
{
    const struct conf *conf = c->hub->conf;
    struct feeds *f = ARENA_NEW(c->hub->arena, struct feeds);
    struct err e = {0};

    if (feeds_load(f, c->hub, c->hub->arena, FEEDS_AGENCIES, &e) != RC_OK) {
        add(c, "answers", "wrong", e.text);
        return;
    }
    check_broken(c, f);
    check_mappings(c, f);
    for (uint32_t i = 0; i < conf->agency_count; i++)
        check_named_mappings(c, f, conf->agencies[i].id, conf->agencies[i].mappings, NULL);
}

static void
check_parties(struct checks *c)
{
    const struct conf *conf = c->hub->conf;

    for (uint32_t i = 0; i < conf->partner_count; i++)
        check_dropbox(c, "partner", conf->partners[i].id, &conf->partners[i].box);
    for (uint32_t i = 0; i < conf->agency_count; i++) {
        check_dropbox(c, "agency", conf->agencies[i].id, &conf->agencies[i].box);
        check_seal(c, &conf->agencies[i]);
    }
    if (conf->partner_count == 0)
        add(c, "partners", "warning", "the configuration names none");
    if (conf->agency_count == 0)
        add(c, "agencies", "warning", "the configuration names none");
}

static rc_t
check_configuration(struct checks *c, struct err *e)
{
    struct hub *hub = c->hub;
    struct conf_problem *problems = NULL;
    rc_t rc = conf_load(&hub->conf, hub->arena, hub->conf_file, &problems, e);

    if (rc == RC_OK && hub->conf->zone.test && clock_freeze() != 0)
        rc = err_set(e, RC_FAIL, ERR_CONFIG, "LANDPORT_NOW must look like 2026-11-24T05:00:00Z");
    if (rc == RC_OK)
        add(c, "configuration", "ok", hub->conf->file);
    else if (!problems)
        add(c, "configuration", "wrong", e->text);
    for (; problems; problems = problems->next)
        add(c, "configuration", "wrong", problems->text);
    if (rc != RC_OK)
        (void)err_set(e, rc, ERR_CONFIG, "%d %s in the configuration", c->wrong,
                      count_word(c->wrong, "problem", "problems"));
    return rc;
}

static void
print_checks(const struct checks *c)
{
    static const struct table_column columns[] = {
        {"what",   TABLE_TEXT},
        {"state",  TABLE_TEXT},
        {"detail", TABLE_TEXT}
    };
    const char *const *cells = (const char *const *)(const void *)c->cells.p;

    table_show_cells(c->hub->json, columns, 3, cells, c->rows, "checks");
}

static void
print_example(const struct hub *hub)
{
    struct buf json = {0};

    if (!hub->json) {
        fputs(conf_example(hub->arena), stdout);
        return;
    }
    json_string(&json, conf_example(hub->arena));
    printf("{\"example\": %.*s}\n", (int)json.n, json.p);
    buf_free(&json);
}

rc_t
cmd_check(struct hub *hub, int argc, char **argv, struct err *e)
{
    struct checks c = {.hub = hub};
    rc_t rc;

    if (argc == 2 && strcmp(argv[1], "--example") == 0) {
        print_example(hub);
        return RC_OK;
    }
    if (argc > 1)
        return err_set(e, RC_FAIL, ERR_USAGE, "check: unknown argument %s", argv[1]);
    if ((rc = check_configuration(&c, e)) == RC_OK) {
        check_database(&c);
        check_roles(&c);
        check_rates(&c);
        check_rules(&c);
        check_unread(&c);
        check_personal(&c);
        check_confinement(&c);
        check_spool(&c);
        check_formats(&c);
        check_names(&c);
        check_what_rows_name(&c);
        check_answers(&c);
        check_withdrawals(&c);
        check_partners(&c);
        check_answer_mappings(&c);
        check_parties(&c);
        rc = c.wrong > 0 ? RC_FAIL : RC_OK;
    }
    print_checks(&c);
    hub->answered = true;
    buf_free(&c.cells);
    return rc;
}
