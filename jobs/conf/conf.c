/*
 * conf.c - landport.conf in three passes: the text (conf_text.h), libConfuse, meaning. All options are
 * strings to libConfuse; units, bounds and names are checked here, all of them.
 */
#define _XOPEN_SOURCE 700 /* realpath */
#include "conf/conf_text.h"

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

/* --- What may be written ---------------------------------------------------------------------- */

#define OPT(name)           CFG_STR(name, NULL, CFGF_NODEFAULT)
#define LIST(name)          CFG_STR_LIST(name, NULL, CFGF_NODEFAULT)
#define SECTION(name, opts) CFG_SEC(name, opts, CFGF_NONE)
#define TITLED(name, opts)  CFG_SEC(name, opts, CFGF_MULTI | CFGF_TITLE)

/* clang-format off */
static cfg_opt_t zone_opts[] = {
    OPT("code"), OPT("name"), OPT("customs"), OPT("timezone"), OPT("test"), CFG_END()};
static cfg_opt_t database_opts[] = {OPT("embedded"), OPT("conninfo"), OPT("owner"),
                                    OPT("job-role"), OPT("reader-role"), CFG_END()};
static cfg_opt_t spool_opts[] = {OPT("root"), OPT("keep"), OPT("min-free"), CFG_END()};
static cfg_opt_t personal_opts[] = {OPT("key"), CFG_END()};
static cfg_opt_t formats_opts[] = {OPT("share"), OPT("site"), CFG_END()};
static cfg_opt_t schedule_opts[] = {
    OPT("pickup"), OPT("ingest"), OPT("reconcile"), OPT("declare"), OPT("publish"), OPT("archive"),
    OPT("report"), OPT("deadline"), OPT("quiet"), CFG_END()};
static cfg_opt_t reconcile_opts[] = {OPT("tolerance"), OPT("slack"), OPT("overdue"), OPT("ahead"),
    OPT("ship-ahead"), OPT("import-tax"), CFG_END()};
static cfg_opt_t dropbox_opts[] = {
    OPT("url"), OPT("key"), OPT("known-hosts"), OPT("in"), OPT("out"), OPT("done"), OPT("ready"),
    OPT("settle"), OPT("watch"), OPT("idle"), OPT("rate"), OPT("visit"), CFG_END()};
static cfg_opt_t guide_opts[] = {OPT("url"), OPT("in"), OPT("out"), OPT("done"), CFG_END()};
static cfg_opt_t pattern_opts[] = {OPT("glob"), CFG_END()};
static cfg_opt_t alias_opts[] = {OPT("to"), CFG_END()};
static cfg_opt_t limits_opts[] = {OPT("size"), OPT("rows"), OPT("files"), OPT("bytes"), CFG_END()};
static cfg_opt_t partner_opts[] = {
    OPT("name"), LIST("roles"), LIST("codes"), LIST("feeds"), OPT("charset"), OPT("deadline"),
    OPT("reject-limit"), OPT("reject-limit-from"), OPT("soft-reject"), OPT("soft_reject"), OPT("totals"),
    SECTION("limits", limits_opts),
    TITLED("pattern", pattern_opts), TITLED("alias", alias_opts),
    SECTION("dropbox", dropbox_opts), SECTION("guide", guide_opts), CFG_END()};
static cfg_opt_t declarant_opts[] = {OPT("code"), OPT("name"), CFG_END()};
static cfg_opt_t transfer_opts[] = {OPT("copCode"), OPT("copName"), OPT("dxpId"), CFG_END()};
static cfg_opt_t sign_opts[] = {
    OPT("method"), OPT("key"), OPT("cert"), LIST("command"), OPT("deadline"), OPT("user-id"),
    CFG_END()};
static cfg_opt_t message_sign_opts[] = {
    LIST("messages"), OPT("method"), OPT("key"), OPT("cert"), LIST("command"), OPT("deadline"),
    OPT("user-id"), OPT("key-name"), OPT("digest"), OPT("signature-method"), OPT("digest-method"),
    CFG_END()};
static cfg_opt_t envelope_opts[] = {OPT("format"), OPT("sender"), LIST("receivers"), CFG_END()};
static cfg_opt_t agency_opts[] = {
    OPT("name"), LIST("messages"), LIST("without"), OPT("per-message"), OPT("cutoff"), OPT("container"),
    OPT("receipt-within"), OPT("receipt-ahead"), OPT("receipt-skew"), OPT("order"), OPT("text-length"), SECTION("declarant", declarant_opts), SECTION("transfer", transfer_opts),
    SECTION("sign", sign_opts), SECTION("message-sign", message_sign_opts),
    SECTION("envelope", envelope_opts), SECTION("dropbox", dropbox_opts), CFG_END()};
static cfg_opt_t root_opts[] = {
    SECTION("zone", zone_opts), SECTION("database", database_opts), SECTION("spool", spool_opts),
    SECTION("personal", personal_opts),
    SECTION("formats", formats_opts), SECTION("schedule", schedule_opts),
    SECTION("reconcile", reconcile_opts), SECTION("guide", guide_opts), TITLED("partner", partner_opts),
    TITLED("agency", agency_opts), CFG_END()};
/* clang-format on */

static const char *const known_roles[] = {"platform",  "seller", "payment", "logistics",
                                          "warehouse", "agent",  NULL};
static const char *const known_charsets[] = {"auto", "utf-8", "gb18030", "gbk", "utf-16", NULL};

/* --- Second pass: libConfuse ------------------------------------------------------------------ */

static struct conf_reader *parsing; /* libConfuse hands no context to its error function */

static void __attribute__((format(printf, 2, 0)))
on_error(cfg_t *cfg, const char *format, va_list ap)
{
    char text[300];

    vsnprintf(text, sizeof(text), format, ap);
    parsing->unusable = true;
    conf_problem_at(parsing, cfg ? (uint32_t)cfg->line : 1,
                    "%s; nothing behind it was read (landport check --example shows every option)",
                    text);
}

static cfg_t *
parse(struct conf_reader *r)
{
    cfg_t *cfg = cfg_init(root_opts, CFGF_NONE);
    int rc;

    buf_put(&r->text, "\n", 2); /* with its NUL: libConfuse takes a C string */
    parsing = r;
    cfg_set_error_function(cfg, on_error);
    rc = cfg_parse_buf(cfg, r->text.p);
    parsing = NULL;
    if (rc != CFG_SUCCESS && !r->unusable)
        conf_problem_in(r, r->conf->file, "cannot be parsed");
    return cfg;
}

/* --- Third pass: meaning ---------------------------------------------------------------------- */

struct part { /* a section and how it is called */
    struct conf_reader *r;
    cfg_t *cfg;
    const char *path;
};

static void __attribute__((format(printf, 3, 4)))
wrong(const struct part *p, const char *name, const char *format, ...)
{
    const struct conf_place *place = NULL;
    const char *path = p->path;
    char text[600];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    if (name) {
        path = arena_printf(p->r->arena, "%s%s%s", p->path, *p->path ? "/" : "", name);
        place = conf_find_place(p->r, path);
    }
    if (!place)
        place = conf_find_place(p->r, p->path);
    if (place)
        conf_problem_at(p->r, place->line, "%s %s", path, text);
    else
        conf_problem_at(p->r, 0, "%s %s", path, text);
}

/* A section inside; false (and a problem where it is needed) when the file has none. */
static bool
part_in(const struct part *p, const char *name, bool needed, struct part *sub)
{
    *sub = *p;
    sub->cfg = cfg_getsec(p->cfg, name);
    sub->path = arena_printf(p->r->arena, "%s%s%s", p->path, *p->path ? "/" : "", name);
    if (conf_find_place(p->r, sub->path))
        return true;
    if (needed)
        wrong(p, name, "is missing; landport check --example shows the section");
    return false;
}

static struct part
part_titled(const struct part *p, const char *name, unsigned nth, const char **title)
{
    struct part sub = *p;

    sub.cfg = cfg_getnsec(p->cfg, name, nth);
    *title = arena_str(p->r->arena, cfg_title(sub.cfg));
    sub.path = arena_printf(p->r->arena, "%s%s%s %s", p->path, *p->path ? "/" : "", name, *title);
    return sub;
}

static const char *
get(const struct part *p, const char *name, const char *otherwise)
{
    return cfg_size(p->cfg, name) > 0 ? arena_str(p->r->arena, cfg_getstr(p->cfg, name))
                                      : otherwise;
}

static const char *
need(const struct part *p, const char *name)
{
    const char *value = get(p, name, NULL);

    if (!value)
        wrong(p, name, "is missing");
    else if (!*value)
        wrong(p, name, "is empty");
    return value ? value : "";
}

static const char **
get_list(const struct part *p, const char *name)
{
    unsigned n = cfg_size(p->cfg, name);
    const char **list = ARENA_ARRAY(p->r->arena, const char *, n + 1);

    for (unsigned i = 0; i < n; i++)
        list[i] = arena_str(p->r->arena, cfg_getnstr(p->cfg, name, i));
    return list;
}

/* A list of names: one that stands twice would be done twice. */
static const char **
get_names(const struct part *p, const char *name)
{
    const char **list = get_list(p, name);

    for (const char **s = list; *s; s++) {
        uint32_t before = 0, same = 0;

        for (const char **t = list; *t; t++)
            if (strcmp(*s, *t) == 0) {
                before += t < s;
                same++;
            }
        if (same > 1 && !before)
            wrong(p, name, "has \"%s\" %u times; keep one of them", *s, same);
    }
    return list;
}

static const char *
get_path(const struct part *p, const char *value)
{
    if (!value || !*value || *value == '/')
        return value;
    return arena_printf(p->r->arena, "%s/%s", p->r->conf->dir, value);
}

static const char *
need_path(const struct part *p, const char *name)
{
    return get_path(p, need(p, name));
}

static bool
is_identifier(const char *s)
{
    size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    return n >= 1 && n <= 32 && !s[n];
}

static bool
in_list(const char *const *list, const char *s)
{
    for (; *list; list++)
        if (strcmp(*list, s) == 0)
            return true;
    return false;
}

static const char *
join_list(struct arena *a, const char *const *list)
{
    const char *text = "";

    for (; *list; list++)
        text = arena_printf(a, "%s%s%s", text, *text ? ", " : "", *list);
    return text;
}

/* Units of durations, sizes and plain numbers. */
struct unit {
    const char *name;
    uint64_t factor;
};
struct measure {
    const char *example;
    struct unit units[7];
};
static const struct measure duration = {
    "30s, 5m, 2h or 7d", {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}}
};
static const struct measure days = {"3d", {{"d", 1}}};
static const struct measure bytes = {
    "512MiB or 2GiB",
    {{"B", 1},
      {"KiB", UINT64_C(1) << 10},
      {"MiB", UINT64_C(1) << 20},
      {"GiB", UINT64_C(1) << 30},
      {"TiB", UINT64_C(1) << 40}}
};
static const struct measure number = {"a whole number such as 100", {{"", 1}}};

/* Digits and a unit. A leading zero is refused: libConfuse and C would read it as octal. */
static bool
parse_quantity(const char *s, const struct measure *m, uint64_t *value)
{
    size_t digits = strspn(s, "0123456789");

    if (digits == 0 || digits > 12 || (s[0] == '0' && digits > 1))
        return false;
    *value = strtoull(s, NULL, 10);
    if (*value == 0 && !s[1])
        return true; /* 0 needs no unit */
    for (const struct unit *u = m->units; u->name; u++)
        if (strcmp(s + digits, u->name) == 0) {
            *value *= u->factor;
            return *value / u->factor == strtoull(s, NULL, 10);
        }
    return false;
}

static uint64_t
quantity(const struct part *p, const char *name, const struct measure *m, const char *otherwise,
         const char *min, const char *max)
{
    const char *text = get(p, name, otherwise);
    uint64_t value = 0, low = 0, high = 0;

    if (!parse_quantity(min, m, &low) || !parse_quantity(max, m, &high))
        BUG("bounds of %s", name);
    if (!parse_quantity(text, m, &value))
        wrong(p, name, "is \"%s\"; write %s, without leading zeros", text, m->example);
    else if (value < low || value > high)
        wrong(p, name, "is %s; it must lie between %s and %s", text, min, max);
    return value;
}

/* "06:00" as minutes after midnight; -1 when not given and no default. */
static int
clock_time(const struct part *p, const char *name, const char *otherwise)
{
    const char *text = get(p, name, otherwise);
    int hours, minutes;

    if (!text)
        return -1;
    if (fnmatch("[0-2][0-9]:[0-5][0-9]", text, 0) != 0 ||
        (hours = (text[0] - '0') * 10 + text[1] - '0') > 23) {
        wrong(p, name, "is \"%s\"; write a time of day such as 06:00", text);
        return -1;
    }
    minutes = (text[3] - '0') * 10 + text[4] - '0';
    return hours * 60 + minutes;
}

static bool
boolean(const struct part *p, const char *name, bool otherwise)
{
    const char *text = get(p, name, otherwise ? "true" : "false");
    bool yes = strcmp(text, "true") == 0 || strcmp(text, "yes") == 0 || strcmp(text, "on") == 0;

    if (!yes && strcmp(text, "false") != 0 && strcmp(text, "no") != 0 && strcmp(text, "off") != 0)
        wrong(p, name, "is \"%s\"; write true or false", text);
    return yes;
}

static double
percent(const struct part *p, const char *name, const char *otherwise)
{
    const char *text = get(p, name, otherwise);
    char *end;
    double value = strtod(text, &end);

    if (strspn(text, "0123456789.") != (size_t)(end - text) || end == text ||
        strcmp(end, "%") != 0 || value > 100)
        wrong(p, name, "is \"%s\"; write a share between 0%% and 100%%, such as 5%%", text);
    return value / 100;
}

/* "5%" of the rows, or "20 rows" whatever their share; one of the two stays at its bound. */
static void
reject_limit(const struct part *p, struct conf_partner *partner)
{
    static const struct measure rows = {"5% or 20 rows", {{" rows", 1}}};
    static const struct measure few = {"20 rows", {{" rows", 1}}};
    const char *text = get(p, "reject-limit", "5%");

    partner->reject_rows = UINT64_MAX;
    partner->reject_from =
        quantity(p, "reject-limit-from", &few, "20 rows", "1 rows", "1000000 rows");
    if (!strstr(text, "rows")) {
        partner->reject_limit = percent(p, "reject-limit", "5%");
        return;
    }
    partner->reject_limit = 1;
    partner->reject_rows = quantity(p, "reject-limit", &rows, "", "0", "1000000000 rows");
}

static bool
is_dir(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static void
read_zone(const struct part *root)
{
    struct conf *c = root->r->conf;
    struct part p;
    const char *zoneinfo;

    if (!part_in(root, "zone", true, &p))
        return;
    c->zone.code = need(&p, "code");
    if (*c->zone.code && !is_identifier(c->zone.code))
        wrong(&p, "code", "is \"%s\"; use up to 32 letters, digits, - and _", c->zone.code);
    c->zone.name = need(&p, "name");
    c->zone.customs = need(&p, "customs");
    if (*c->zone.customs &&
        (strlen(c->zone.customs) != 4 || strspn(c->zone.customs, "0123456789") != 4))
        wrong(&p, "customs", "is \"%s\"; write the four digits of the customs district",
              c->zone.customs);
    c->zone.timezone = get(&p, "timezone", "Asia/Shanghai");
    zoneinfo = arena_printf(root->r->arena, "/usr/share/zoneinfo/%s", c->zone.timezone);
    if (strstr(zoneinfo, "..") || access(zoneinfo, R_OK) != 0 || is_dir(zoneinfo))
        wrong(&p, "timezone", "is \"%s\"; write a name such as Asia/Shanghai (package tzdata)",
              c->zone.timezone);
    c->zone.test = boolean(&p, "test", false);
}

/* How to log in, or as which role: of a server of the site's own. */
static const char *
login(struct part *p, const char *option)
{
    const char *text = get(p, option, NULL);

    if (text && !*text)
        wrong(p, option, "is empty");
    if (text && strstr(text, "password"))
        wrong(p, option, "holds a password; keep it in a file: passfile=… or service=…");
    return text;
}

static void
read_database(const struct part *root)
{
    struct conf *c = root->r->conf;
    struct part p;

    if (!part_in(root, "database", true, &p))
        return;
    c->database.embedded = get_path(&p, get(&p, "embedded", NULL));
    c->database.conninfo = login(&p, "conninfo");
    c->database.owner = login(&p, "owner");
    c->database.job_role = login(&p, "job-role");
    c->database.reader_role = login(&p, "reader-role");
    if (!c->database.embedded == !c->database.conninfo)
        wrong(&p, NULL, "needs either embedded (a folder) or conninfo, and not both");
    else if (c->database.embedded && !*c->database.embedded)
        wrong(&p, "embedded", "is empty");
    else if (c->database.embedded &&
             (c->database.owner || c->database.job_role || c->database.reader_role))
        wrong(&p, NULL,
              "names owner, job-role or reader-role, which belong to conninfo: the private "
              "cluster has roles of its own");
}

static void
read_spool(const struct part *root)
{
    struct conf *c = root->r->conf;
    struct part p;

    if (!part_in(root, "spool", true, &p))
        return;
    c->spool.root = need_path(&p, "root");
    c->spool.keep_s = (uint32_t)quantity(&p, "keep", &duration, "30d", "1d", "3650d");
    c->spool.min_free = quantity(&p, "min-free", &bytes, "2GiB", "0", "1024TiB");
}

static void
read_personal(const struct part *root)
{
    struct part p;

    (void)part_in(root, "personal", false, &p);
    root->r->conf->personal.key = get_path(&p, get(&p, "key", "personal.key"));
}

/* Beside the program: installed in share/landport, or the tree it was built in. */
static const char *
default_share(struct arena *a)
{
    const char *given = getenv("LANDPORT_SHARE"), *installed;
    char exe[PATH_MAX], *slash;
    ssize_t n;

    if (given && *given)
        return arena_str(a, given);
    n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
    exe[n > 0 ? n : 0] = '\0';
    if ((slash = strrchr(exe, '/')))
        *slash = '\0';
    installed = arena_printf(a, "%s/../share/landport", exe);
    return is_dir(arena_printf(a, "%s/formats", installed)) ? installed
                                                            : arena_printf(a, "%s/..", exe);
}

static void
read_formats(const struct part *root)
{
    struct conf *c = root->r->conf;
    struct part p;
    bool given = part_in(root, "formats", false, &p);
    const char *share = given ? get_path(&p, get(&p, "share", NULL)) : NULL;
    char real[PATH_MAX];

    c->share = share ? share : default_share(root->r->arena);
    if (realpath(c->share, real))
        c->share = arena_str(root->r->arena, real);
    if (!is_dir(arena_printf(root->r->arena, "%s/formats", c->share)))
        wrong(&p, "share", "is %s, which holds no folder formats; name the folder that does",
              c->share);
    c->site = given ? get_path(&p, get(&p, "site", NULL)) : NULL;
    if (c->site && !is_dir(c->site))
        wrong(&p, "site", "is %s, which is no folder", c->site);
}

static void
read_schedule(const struct part *root)
{
    struct conf *c = root->r->conf;
    struct part p;

    (void)part_in(root, "schedule", false, &p);
    c->schedule.pickup_s = (uint32_t)quantity(&p, "pickup", &duration, "5m", "1s", "1d");
    c->schedule.ingest_s = (uint32_t)quantity(&p, "ingest", &duration, "5m", "1s", "1d");
    c->schedule.reconcile_s = (uint32_t)quantity(&p, "reconcile", &duration, "15m", "1s", "1d");
    c->schedule.publish_s = (uint32_t)quantity(&p, "publish", &duration, "5m", "1s", "1d");
    c->schedule.report_s = (uint32_t)quantity(&p, "report", &duration, "5m", "1s", "1d");
    c->schedule.declare_minutes = clock_time(&p, "declare", "06:00");
    c->schedule.archive_minutes = clock_time(&p, "archive", "03:30");
    c->schedule.deadline_s = (uint32_t)quantity(&p, "deadline", &duration, "1h", "1s", "1d");
    c->schedule.quiet_s = (uint32_t)quantity(&p, "quiet", &duration, "10m", "1s", "1h");
}

static void
read_reconcile(const struct part *root)
{
    struct conf_reconcile *c = &root->r->conf->reconcile;
    struct part p;
    size_t whole, fraction;

    (void)part_in(root, "reconcile", false, &p);
    c->tolerance = get(&p, "tolerance", "0.01");
    whole = strspn(c->tolerance, "0123456789");
    fraction = c->tolerance[whole] == '.' ? strspn(c->tolerance + whole + 1, "0123456789") : 0;
    if (whole < 1 || whole > 6 || fraction > 5 ||
        strlen(c->tolerance) != whole + (c->tolerance[whole] == '.' ? 1 + fraction : 0) ||
        (c->tolerance[whole] == '.' && fraction == 0))
        wrong(&p, "tolerance", "is \"%s\"; write an amount such as 0.01", c->tolerance);
    c->slack_days = (uint32_t)quantity(&p, "slack", &days, "0", "0", "60d");
    c->overdue_days = (uint32_t)quantity(&p, "overdue", &days, "3d", "1d", "365d");
    c->ahead_days = (uint32_t)quantity(&p, "ahead", &days, "1d", "0", "30d");
    c->ship_days = (uint32_t)quantity(&p, "ship-ahead", &days, "60d", "0", "365d");
    c->import_tax = get(&p, "import-tax", "told");
    if (strcmp(c->import_tax, "told") != 0 && strcmp(c->import_tax, "required") != 0)
        wrong(&p, "import-tax", "is \"%s\"; write told or required", c->import_tax);
}

/* sftp://user@host:port; a password has no place in it. */
static bool
is_sftp_url(const char *url)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    const char *p = url + 7;
    size_t n;
    long port;
    char *end;

    if (strncmp(url, "sftp://", 7) != 0 || (n = strspn(p, plain)) == 0 || p[n] != '@')
        return false;
    p += n + 1;
    if (*p == '[')
        n = strspn(p + 1, "0123456789abcdefABCDEF:.") + 2;
    else
        n = strspn(p, plain);
    if (n == 0 || (*p == '[' && p[n - 1] != ']') || p[n] != ':' || p[n + 1] < '1' || p[n + 1] > '9')
        return false;
    port = strtol(p + n + 1, &end, 10);
    return !*end && port <= 65535;
}

static const char *
remote_folder(const struct part *p, const char *name, const char *otherwise, bool may_be_empty)
{
    const char *value = get(p, name, otherwise);

    if (!*value && !may_be_empty)
        wrong(p, name, "is empty");
    else if (strstr(value, ".."))
        wrong(p, name, "is \"%s\"; write the folder without ..", value);
    return value;
}

static void
read_dropbox(const struct part *owner, struct conf_dropbox *box)
{
    struct part p;
    const char *ready;

    box->url = box->key = box->known_hosts = box->in = box->out = box->done = "";
    if (!part_in(owner, "dropbox", true, &p))
        return;
    box->url = need(&p, "url");
    if (*box->url && !is_sftp_url(box->url))
        wrong(&p, "url", "is not of the form sftp://user@host:port");
    box->key = need_path(&p, "key");
    box->known_hosts = need_path(&p, "known-hosts");
    box->in = remote_folder(&p, "in", "/in", false);
    box->out = remote_folder(&p, "out", "/out", false);
    box->done = remote_folder(&p, "done", "/done", true);
    if (strcmp(box->in, box->out) == 0 || strcmp(box->in, box->done) == 0)
        wrong(&p, "in", "is the same folder as out or done; they must differ");
    ready = get(&p, "ready", "stable");
    box->marker = strcmp(ready, "marker") == 0;
    if (!box->marker && strcmp(ready, "stable") != 0)
        wrong(&p, "ready", "is \"%s\"; write stable or marker", ready);
    box->settle_s = (uint32_t)quantity(&p, "settle", &duration, "30s", "0", "1h");
    box->watch_s = (uint32_t)quantity(&p, "watch", &duration, "1h", "0", "7d");
    box->idle_s = (uint32_t)quantity(&p, "idle", &duration, "30s", "1s", "10m");
    box->rate = (uint32_t)quantity(&p, "rate", &bytes, "4KiB", "0", "1GiB");
    box->visit_s = (uint32_t)quantity(&p, "visit", &duration, "30m", "1s", "1d");
}

/* An address for people: no password, and "{partner}" where each partner's own id stands. */
static bool
is_guide_url(const char *url)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-{}:[]/";
    const char *rest = url + 7, *at;
    size_t n;

    if (strncmp(url, "sftp://", 7) != 0)
        return false;
    at = strchr(rest, '@');
    n = strcspn(rest, ":");
    if (at && rest + n < at)
        return false;
    rest = at ? at + 1 : rest;
    return *rest && strspn(rest, plain) == strlen(rest);
}

static const char *
replaced(struct arena *a, const char *text, const char *mark, const char *by)
{
    const char *at = strstr(text, mark);

    return at ? arena_printf(a, "%.*s%s%s", (int)(at - text), text, by, at + strlen(mark)) : text;
}

/* What partners are told of their drop box: of the hub's own way to it only the folders' last names
 * may be right for them as well. */
static const char *
guide_folder(const struct part *p, const char *name, const char *otherwise, const char *of_hub)
{
    const char *slash = strrchr(of_hub, '/');
    const char *given = p->cfg ? get(p, name, NULL) : NULL;

    if (given)
        return given;
    return otherwise ? otherwise : slash && slash[1] ? slash + 1 : of_hub;
}

static void
read_guide(const struct part *owner, const char *partner, const struct conf_dropbox *box,
           struct conf_guide *guide)
{
    const struct conf_guide *zone = &owner->r->conf->guide;
    struct part p;
    bool given = part_in(owner, "guide", false, &p);

    if (!given)
        p.cfg = NULL;
    guide->url = given ? get(&p, "url", NULL) : NULL;
    if (guide->url && !is_guide_url(guide->url))
        wrong(&p, "url",
              "is not of the form sftp://user@host:port; it is shown to partners, so without a "
              "password");
    if (!partner) { /* the zone's own: what is not said here is said by nobody */
        guide->in = given ? get(&p, "in", NULL) : NULL;
        guide->out = given ? get(&p, "out", NULL) : NULL;
        guide->done = given ? get(&p, "done", NULL) : NULL;
        return;
    }
    if (!guide->url && zone->url)
        guide->url = replaced(p.r->arena, zone->url, "{partner}", partner);
    guide->in = guide_folder(&p, "in", zone->in, box->in);
    guide->out = guide_folder(&p, "out", zone->out, box->out);
    guide->done = *box->done ? guide_folder(&p, "done", zone->done, box->done) : "";
}

static void
check_each(const struct part *p, const char *name, const char **list, const char *const *known)
{
    for (const char **s = list; *s; s++) {
        if (known && !in_list(known, *s))
            wrong(p, name, "has \"%s\"; known are %s", *s, join_list(p->r->arena, known));
        else if (!known && !is_identifier(*s))
            wrong(p, name, "has \"%s\"; use up to 32 letters, digits, - and _", *s);
    }
}

static void
check_feeds(const struct part *p, const char **feeds)
{
    const struct conf *c = p->r->conf;

    if (!*feeds)
        wrong(p, "feeds", "is missing or empty; name what the partner uploads");
    check_each(p, "feeds", feeds, NULL);
    for (const char **s = feeds; *s; s++) {
        const char *file = arena_printf(p->r->arena, "formats/feed/%s.xsd", *s);

        if (is_identifier(*s) && access(conf_share(c, p->r->arena, file), R_OK) != 0)
            wrong(p, "feeds", "has \"%s\", but there is no %s", *s, file);
    }
}

/* A social credit code (18) or a customs registration (10). */
static void
check_codes(const struct part *p, const char **codes)
{
    for (; *codes; codes++) {
        size_t n = strspn(*codes, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

        if ((*codes)[n] || (n != 10 && n != 18))
            wrong(p, "codes", "has \"%s\"; codes have 10 or 18 capital letters and digits", *codes);
    }
}

static void
read_patterns(const struct part *p, struct conf_partner *partner)
{
    unsigned n = cfg_size(p->cfg, "pattern");

    partner->patterns = ARENA_ARRAY(p->r->arena, struct conf_pattern, n + 1);
    for (unsigned i = 0; i < n; i++) {
        const char *feed;
        struct part sub = part_titled(p, "pattern", i, &feed);

        partner->patterns[i].feed = feed;
        partner->patterns[i].glob = need(&sub, "glob");
        if (!in_list(partner->feeds, feed))
            wrong(&sub, NULL, "names no feed of this partner; its feeds are %s",
                  join_list(p->r->arena, partner->feeds));
        if (strchr(partner->patterns[i].glob, '/'))
            wrong(&sub, "glob", "holds a /; it is compared with the file's name alone");
    }
}

/* Whether the columns exist is known where the feeds are: landport check. */
static void
read_aliases(const struct part *p, struct conf_partner *partner)
{
    unsigned n = cfg_size(p->cfg, "alias");
    struct header_alias *all = ARENA_ARRAY(p->r->arena, struct header_alias, n + 1);
    const char **places = ARENA_ARRAY(p->r->arena, const char *, n + 1);

    for (unsigned i = 0; i < n; i++) {
        const char *from;
        struct part sub = part_titled(p, "alias", i, &from);
        const struct conf_place *place = conf_find_place(p->r, sub.path);

        all[i] = (struct header_alias){from, need(&sub, "to")};
        places[i] = conf_where(p->r, place ? place->line : 0);
        if (!*from)
            wrong(&sub, NULL, "needs a name: the partner's own word for the column");
        for (unsigned k = 0; k < i; k++)
            if (span_eq(header_name(p->r->arena, span_of(all[k].from)),
                        header_name(p->r->arena, span_of(from))))
                wrong(&sub, NULL, "is the same word as alias %s; keep one of them", all[k].from);
    }
    partner->aliases = (struct header_aliases){all, n};
    partner->alias_places = places;
}

static void
read_limits(const struct part *p, struct conf_limits *limits)
{
    struct part sub;

    (void)part_in(p, "limits", false, &sub);
    limits->size = quantity(&sub, "size", &bytes, "2GiB", "1KiB", "1TiB");
    limits->rows = quantity(&sub, "rows", &number, "10000000", "1", "1000000000");
    limits->files = (uint32_t)quantity(&sub, "files", &number, "10000", "1", "1000000");
    limits->bytes = quantity(&sub, "bytes", &bytes, "64GiB", "1KiB", "1024TiB");
}

static bool
totals_required(const struct part *p)
{
    const char *totals = get(p, "totals", "optional");
    bool required = strcmp(totals, "required") == 0;

    if (!required && strcmp(totals, "optional") != 0)
        wrong(p, "totals", "is \"%s\"; write optional or required", totals);
    return required;
}

static bool
soft_reject(const struct part *p)
{
    bool dashed = cfg_size(p->cfg, "soft-reject") > 0;

    if (dashed && cfg_size(p->cfg, "soft_reject") > 0)
        wrong(p, "soft_reject", "is soft-reject once more; keep one of them");
    return boolean(p, dashed ? "soft-reject" : "soft_reject", false);
}

static void
read_partner(const struct part *root, unsigned nth, struct conf_partner *partner)
{
    struct part p = part_titled(root, "partner", nth, &partner->id);

    if (!is_identifier(partner->id))
        wrong(&p, NULL, "needs a name of up to 32 letters, digits, - and _");
    partner->name = need(&p, "name");
    partner->roles = get_names(&p, "roles");
    if (!*partner->roles)
        wrong(&p, "roles", "is missing or empty; known are %s", join_list(p.r->arena, known_roles));
    check_each(&p, "roles", partner->roles, known_roles);
    partner->codes = get_names(&p, "codes");
    check_codes(&p, partner->codes);
    partner->feeds = get_names(&p, "feeds");
    check_feeds(&p, partner->feeds);
    partner->charset = get(&p, "charset", "auto");
    if (!in_list(known_charsets, partner->charset))
        wrong(&p, "charset", "is \"%s\"; known are %s", partner->charset,
              join_list(p.r->arena, known_charsets));
    partner->deadline_minutes = clock_time(&p, "deadline", NULL);
    reject_limit(&p, partner);
    partner->soft_reject = soft_reject(&p);
    partner->totals_required = totals_required(&p);
    read_limits(&p, &partner->limits);
    read_patterns(&p, partner);
    read_aliases(&p, partner);
    read_dropbox(&p, &partner->box);
    read_guide(&p, partner->id, &partner->box, &partner->guide);
}

/* Where a key is: in a file, or behind a program. */
static void
read_key(const struct part *p, struct signer_form *key)
{
    const char **command = get_list(p, "command");

    key->cert_file = need_path(p, "cert");
    if (*command) {
        *command = get_path(p, *command);
        key->command = command;
        key->key_file = NULL;
        if (get(p, "key", NULL))
            wrong(p, "key", "and command are given; keep one of them");
        if (access(*command, X_OK) != 0)
            wrong(p, "command", "\"%s\" is no program that can be run", *command);
    } else {
        key->key_file = need_path(p, "key");
    }
    key->deadline_s = (uint32_t)quantity(p, "deadline", &duration, "10s", "1s", "5m");
    key->user_id = get(p, "user-id", NULL);
}

static void
read_seal(const struct part *p, struct seal_form *seal)
{
    const char *method = get(p, "method", "cms");

    read_key(p, &seal->key);
    seal->cms = !strcmp(method, "cms");
    if (!seal->cms &&
        (!signer_method_parse(&seal->key.method, method) || seal->key.method == SIGNER_RSA_SHA1))
        wrong(p, "method", "is \"%s\"; write cms, rsa-sha256 or sm2-sm3", method);
    if (seal->cms && seal->key.command)
        wrong(p, "command", "does not go with method cms; write rsa-sha256 or sm2-sm3");
}

static void
read_message_sign(const struct part *p, const char **messages, struct conf_message_sign *sign)
{
    const char *method = need(p, "method");

    sign->messages = get_names(p, "messages");
    if (!*sign->messages)
        wrong(p, "messages", "is missing or empty; name the messages that are signed");
    for (const char **s = sign->messages; *s; s++)
        if (!in_list(messages, *s))
            wrong(p, "messages", "has \"%s\", which the agency does not take", *s);
    read_key(p, &sign->key);
    if (!signer_method_parse(&sign->key.method, method))
        wrong(p, "method", "is \"%s\"; write rsa-sha1, rsa-sha256 or sm2-sm3", method);
    sign->form.key_name = get(p, "key-name", NULL);
    sign->form.digest = get(p, "digest", NULL);
    if (sign->form.digest && !dsig_digest_known(sign->form.digest))
        wrong(p, "digest", "is \"%s\"; write sha1, sha256 or sm3", sign->form.digest);
    sign->form.signature_method = get(p, "signature-method", NULL);
    sign->form.digest_method = get(p, "digest-method", NULL);
}

static void
read_envelope(const struct part *p, struct conf_envelope *envelope)
{
    envelope->format = need(p, "format");
    envelope->sender = need(p, "sender");
    envelope->receivers = get_names(p, "receivers");
    if (!*envelope->receivers)
        wrong(p, "receivers", "is missing or empty");
    check_each(p, "receivers", envelope->receivers, NULL);
}

static void
read_agency_parties(const struct part *p, struct conf_agency *agency)
{
    struct part sub;

    agency->declarant_code = agency->declarant_name = "";
    agency->cop_code = agency->cop_name = agency->dxp_id = "";
    agency->seal.key.key_file = agency->seal.key.cert_file = "";
    agency->message_sign.messages = ARENA_ARRAY(p->r->arena, const char *, 1);
    if (part_in(p, "declarant", true, &sub)) {
        agency->declarant_code = need(&sub, "code");
        agency->declarant_name = need(&sub, "name");
    }
    if (part_in(p, "transfer", true, &sub)) {
        agency->cop_code = need(&sub, "copCode");
        agency->cop_name = need(&sub, "copName");
        agency->dxp_id = need(&sub, "dxpId");
    }
    if (part_in(p, "sign", true, &sub))
        read_seal(&sub, &agency->seal);
    if (part_in(p, "message-sign", false, &sub))
        read_message_sign(&sub, agency->messages, &agency->message_sign);
    if (part_in(p, "envelope", false, &sub))
        read_envelope(&sub, &agency->envelope);
}

static void
read_agency(const struct part *root, unsigned nth, struct conf_agency *agency)
{
    const char *length;
    struct part p = part_titled(root, "agency", nth, &agency->id);

    if (!is_identifier(agency->id))
        wrong(&p, NULL, "needs a name of up to 32 letters, digits, - and _");
    agency->name = need(&p, "name");
    agency->messages = get_names(&p, "messages");
    if (!*agency->messages)
        wrong(&p, "messages", "is missing or empty; name what the agency takes, such as CEB303");
    check_each(&p, "messages", agency->messages, NULL);
    agency->without = get_list(&p, "without");
    check_each(&p, "without", agency->without, NULL);
    for (const char **s = agency->without; *s; s++)
        if (in_list(agency->messages, *s))
            wrong(&p, "without", "has \"%s\", and so has messages; name it in one of them", *s);
    agency->per_message = (uint32_t)quantity(&p, "per-message", &number, "100", "1", "100");
    agency->cutoff_minutes = clock_time(&p, "cutoff", "06:00");
    agency->receipt_within_s =
        (uint32_t)quantity(&p, "receipt-within", &duration, "0s", "0s", "365d");
    agency->receipt_ahead_s = (uint32_t)quantity(&p, "receipt-ahead", &duration, "12h", "0s", "7d");
    agency->receipt_skew_s = (uint32_t)quantity(&p, "receipt-skew", &duration, "30s", "0s", "1h");
    length = get(&p, "text-length", "characters");
    agency->utf16 = strcmp(length, "utf-16") == 0;
    if (!agency->utf16 && strcmp(length, "characters") != 0)
        wrong(&p, "text-length", "is \"%s\"; write characters or utf-16", length);
    agency->order = get(&p, "order", "together");
    if (strcmp(agency->order, "together") != 0 && strcmp(agency->order, "accepted") != 0)
        wrong(&p, "order", "is \"%s\"; write together or accepted", agency->order);
    agency->container = get(&p, "container", "zip");
    if (strcmp(agency->container, "zip") != 0 && strcmp(agency->container, "tar.zst") != 0)
        wrong(&p, "container", "is \"%s\"; write zip or tar.zst", agency->container);
    read_agency_parties(&p, agency);
    read_dropbox(&p, &agency->box);
}

/* Two parties may share a server, never a folder: files would go to whoever looks first. */
static void
check_parties(const struct part *root)
{
    const struct conf *c = root->r->conf;

    for (uint32_t i = 0; i < c->agency_count; i++) {
        struct part p = {root->r, NULL,
                         arena_printf(root->r->arena, "agency %s", c->agencies[i].id)};

        if (conf_partner(c, c->agencies[i].id))
            wrong(&p, NULL, "has the name of a partner; give it another one");
    }
    for (uint32_t i = 0; i < c->partner_count; i++)
        for (uint32_t k = 0; k < i; k++) {
            const struct conf_partner *x = &c->partners[i], *y = &c->partners[k];
            struct part p = {root->r, NULL, arena_printf(root->r->arena, "partner %s", x->id)};

            if (*x->box.url && strcmp(x->box.url, y->box.url) == 0 &&
                strcmp(x->box.in, y->box.in) == 0)
                wrong(&p, "dropbox", "has the same url and in as that of partner %s", y->id);
        }
}

static void
read_all(struct conf_reader *r, cfg_t *cfg)
{
    struct part root = {r, cfg, ""};
    struct conf *c = r->conf;

    read_zone(&root);
    read_database(&root);
    read_spool(&root);
    read_personal(&root);
    read_formats(&root);
    read_schedule(&root);
    read_reconcile(&root);
    read_guide(&root, NULL, NULL, &c->guide);
    c->partner_count = cfg_size(cfg, "partner");
    c->partners = ARENA_ARRAY(r->arena, struct conf_partner, c->partner_count + 1);
    for (uint32_t i = 0; i < c->partner_count; i++)
        read_partner(&root, i, &c->partners[i]);
    c->agency_count = cfg_size(cfg, "agency");
    c->agencies = ARENA_ARRAY(r->arena, struct conf_agency, c->agency_count + 1);
    for (uint32_t i = 0; i < c->agency_count; i++)
        read_agency(&root, i, &c->agencies[i]);
    check_parties(&root);
}

/* --- The calls -------------------------------------------------------------------------------- */

static const char *
choose_file(const char *file)
{
    if (file)
        return file;
    file = getenv("LANDPORT_CONF");
    if (file && *file)
        return file;
    return access("landport.conf", F_OK) == 0 ? "landport.conf" : "/etc/landport/landport.conf";
}

bool
conf_exists(const char *file)
{
    const char *named = file ? file : getenv("LANDPORT_CONF");

    return (named && *named) || access(choose_file(NULL), F_OK) == 0;
}

struct conf *
conf_none(struct arena *a)
{
    struct conf *c = ARENA_NEW(a, struct conf);

    c->file = "";
    c->dir = ".";
    c->share = default_share(a);
    c->zone.timezone = "Asia/Shanghai";
    return c;
}

static void
name_file(struct conf_reader *r, const char *file)
{
    char real[PATH_MAX], *slash;

    if (!realpath(file, real)) {
        conf_problem_in(r, file, "cannot read this file: %s", strerror(errno));
        r->conf->file = r->conf->dir = arena_str(r->arena, file);
        return;
    }
    r->conf->file = arena_str(r->arena, real);
    slash = strrchr(real, '/');
    slash[slash == real] = '\0';
    r->conf->dir = arena_str(r->arena, real);
}

rc_t
conf_load(struct conf **c, struct arena *a, const char *file, struct conf_problem **problems,
          struct err *e)
{
    struct conf_reader r = {
        .arena = a, .conf = ARENA_NEW(a, struct conf), .opts = root_opts, .line = 1};

    r.last = &r.first;
    name_file(&r, choose_file(file));
    if (!r.unusable)
        conf_scan(&r, r.conf->file, 0);
    conf_sort_places(&r);
    if (!r.unusable) {
        cfg_t *cfg = parse(&r);

        if (!r.unusable)
            read_all(&r, cfg);
        cfg_free(cfg);
    }
    buf_free(&r.text);
    buf_free(&r.places);
    buf_free(&r.segments);
    if (problems)
        *problems = r.first;
    *c = r.first ? NULL : r.conf;
    if (!r.first)
        return RC_OK;
    if (r.problems == 1)
        return err_set(e, RC_FAIL, ERR_CONFIG, "%s", r.first->text);
    return err_set(e, RC_FAIL, ERR_CONFIG, "%s (and %u more)", r.first->text, r.problems - 1);
}

const struct conf_partner *
conf_partner(const struct conf *c, const char *id)
{
    for (uint32_t i = 0; i < c->partner_count; i++)
        if (strcmp(c->partners[i].id, id) == 0)
            return &c->partners[i];
    return NULL;
}

const struct conf_agency *
conf_agency(const struct conf *c, const char *id)
{
    for (uint32_t i = 0; i < c->agency_count; i++)
        if (strcmp(c->agencies[i].id, id) == 0)
            return &c->agencies[i];
    return NULL;
}

const char *
conf_in_order(const struct conf *c, struct arena *a)
{
    const char *all = "";

    for (uint32_t i = 0; i < c->agency_count; i++)
        if (strcmp(c->agencies[i].order, "accepted") == 0)
            all = arena_printf(a, "%s%s%s", all, *all ? "," : "", c->agencies[i].id);
    return all;
}

const char *
conf_declarants(const struct conf *c, struct arena *a)
{
    const char *all = "";

    for (uint32_t i = 0; i < c->agency_count; i++)
        all = arena_printf(a, "%s%s%s", all, i ? "," : "", c->agencies[i].declarant_code);
    return all;
}

const char *
conf_receipts_within(const struct conf *c, struct arena *a)
{
    const char *all = "";

    for (uint32_t i = 0; i < c->agency_count; i++)
        all = arena_printf(a, "%s%s\"%s\": %u", all, *all ? ", " : "", c->agencies[i].id,
                           c->agencies[i].receipt_within_s);
    return arena_printf(a, "{%s}", all);
}

#define NO_AGENCY_CUTOFF (6 * 60)

/* The first cut-off behind `after` minutes of the day; -1: there is none. */
static int
cutoff_after(const struct conf *c, int after)
{
    int first = -1;

    for (uint32_t i = 0; i < c->agency_count; i++) {
        int minutes = c->agencies[i].cutoff_minutes;

        if (minutes > after && (first < 0 || minutes < first))
            first = minutes;
    }
    return first;
}

int
conf_cutoff(const struct conf *c)
{
    int first = cutoff_after(c, -1);

    return first < 0 ? NO_AGENCY_CUTOFF : first;
}

const char *
conf_cutoffs(const struct conf *c, struct arena *a)
{
    const char *all = "";

    for (int at = conf_cutoff(c); at >= 0; at = cutoff_after(c, at))
        all = arena_printf(a, "%s%s%02d:%02d", all, *all ? ", " : "", at / 60, at % 60);
    return all;
}

/* One of its messages is among the kinds. */
static bool
takes_any(const struct conf_agency *g, const char *kinds)
{
    for (const char **m = g->messages; *m; m++) {
        size_t n = strlen(*m);

        for (const char *at = kinds; (at = strstr(at, *m)); at += n)
            if ((at == kinds || at[-1] == ',') && (!at[n] || at[n] == ','))
                return true;
    }
    return false;
}

bool
conf_takes(const struct conf *c, const char *agency, const char *kind)
{
    for (const struct conf_agency *g = c->agencies; g < c->agencies + c->agency_count; g++)
        if ((!agency || !strcmp(g->id, agency)) && in_list(g->messages, kind))
            return true;
    return false;
}

bool
conf_utf16(const struct conf *c, const char *kinds)
{
    for (uint32_t i = 0; i < c->agency_count; i++)
        if (c->agencies[i].utf16 && (!kinds || takes_any(&c->agencies[i], kinds)))
            return true;
    return false;
}

void
conf_day(const struct conf *c, const char *kinds, time_t t, struct conf_day *day)
{
    bool any = !kinds, found = false;

    for (uint32_t i = 0; kinds && i < c->agency_count; i++)
        any = any || takes_any(&c->agencies[i], kinds);
    if (kinds && !any)
        kinds = NULL;
    for (uint32_t i = 0; i <= c->agency_count; i++) {
        const struct conf_agency *g = i < c->agency_count ? &c->agencies[i] : NULL;
        int cutoff = g ? g->cutoff_minutes : NO_AGENCY_CUTOFF;
        struct conf_day its;

        if (g ? kinds && !takes_any(g, kinds) : found)
            continue;
        clock_business_date(t, c->zone.timezone, cutoff, its.date);
        its.ends = clock_local_moment(its.date, cutoff, c->zone.timezone);
        if (!found || its.ends < day->ends)
            *day = its;
        found = true;
    }
}

const char *
conf_agencies(const struct conf *c, struct arena *a)
{
    const char *list = "";

    for (uint32_t i = 0; i < c->agency_count; i++)
        list = arena_printf(a, "%s%s%s", list, i ? "," : "", c->agencies[i].id);
    return list;
}

const char *
conf_share(const struct conf *c, struct arena *a, const char *relative)
{
    if (c->site) {
        const char *own = arena_printf(a, "%s/%s", c->site, relative);

        if (access(own, F_OK) == 0)
            return own;
    }
    return arena_printf(a, "%s/%s", c->share, relative);
}
