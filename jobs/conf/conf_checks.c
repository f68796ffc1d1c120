#define _XOPEN_SOURCE 700 /* realpath */
#include "conf/conf_checks.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/read/mapping.h"

static bool
is_dir(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* --- One value -------------------------------------------------------------------------------- */

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static bool
is_identifier(const char *s)
{
    size_t n = strspn(s, LETTERS "_-");

    return n >= 1 && n <= 32 && !s[n];
}

void
conf_check_name(const struct conf_part *p, const char *name, const char *value)
{
    if (!is_identifier(value))
        conf_wrong(p, name, "is \"%s\"; use up to 32 letters, digits, - and _", value);
}

void
conf_check_title(const struct conf_part *p, const char *name, const char *value)
{
    (void)name;
    if (!is_identifier(value))
        conf_wrong(p, NULL, "needs a name of up to 32 letters, digits, - and _");
}

void
conf_check_alias(const struct conf_part *p, const char *name, const char *value)
{
    (void)name;
    if (!*value)
        conf_wrong(p, NULL, "needs a name: the partner's own word for the column");
}

void
conf_check_each_name(const struct conf_part *p, const char *name, const char *value)
{
    if (!is_identifier(value))
        conf_wrong(p, name, "has \"%s\"; use up to 32 letters, digits, - and _", value);
}

void
conf_check_district(const struct conf_part *p, const char *name, const char *value)
{
    if (strlen(value) != 4 || strspn(value, "0123456789") != 4)
        conf_wrong(p, name, "is \"%s\"; write the four digits of the customs district", value);
}

void
conf_check_timezone(const struct conf_part *p, const char *name, const char *value)
{
    const char *file = arena_printf(p->r->arena, "/usr/share/zoneinfo/%s", value);

    if (strstr(file, "..") || access(file, R_OK) != 0 || is_dir(file))
        conf_wrong(p, name, "is \"%s\"; write a name such as Asia/Shanghai (package tzdata)",
                   value);
}

/* How to log in, or as which role: of a server of the site's own. */
void
conf_check_login(const struct conf_part *p, const char *name, const char *value)
{
    if (!*value)
        conf_wrong(p, name, "is empty");
    if (strstr(value, "password"))
        conf_wrong(p, name, "holds a password; keep it in a file: passfile=… or service=…");
}

void
conf_check_amount(const struct conf_part *p, const char *name, const char *value)
{
    size_t whole = strspn(value, "0123456789"), fraction = 0;
    bool point = value[whole] == '.';

    if (point)
        fraction = strspn(value + whole + 1, "0123456789");
    if (whole < 1 || whole > 6 || fraction > 5 || (point && fraction == 0) ||
        value[whole + point + fraction])
        conf_wrong(p, name, "is \"%s\"; write an amount such as 0.01", value);
}

/* sftp://user@host:port; a password has no place in it. */
static bool
is_sftp_url(const char *url)
{
    const char *p = url + 7;
    size_t n;
    long port;
    char *end;

    if (strncmp(url, "sftp://", 7) != 0 || (n = strspn(p, LETTERS "._-")) == 0 || p[n] != '@')
        return false;
    p += n + 1;
    if (*p == '[')
        n = strspn(p + 1, "0123456789abcdefABCDEF:.") + 2;
    else
        n = strspn(p, LETTERS "._-");
    if (n == 0 || (*p == '[' && p[n - 1] != ']') || p[n] != ':' || p[n + 1] < '1' || p[n + 1] > '9')
        return false;
    port = strtol(p + n + 1, &end, 10);
    return !*end && port <= 65535;
}

void
conf_check_url(const struct conf_part *p, const char *name, const char *value)
{
    if (!is_sftp_url(value))
        conf_wrong(p, name, "is not of the form sftp://user@host:port");
}

/* An address for people: no password, and "{partner}" where each partner's own id stands. */
static bool
is_guide_url(const char *url)
{
    const char *rest = url + 7, *at;

    if (strncmp(url, "sftp://", 7) != 0)
        return false;
    at = strchr(rest, '@');
    if (at && rest + strcspn(rest, ":") < at)
        return false;
    rest = at ? at + 1 : rest;
    return *rest && !rest[strspn(rest, LETTERS "._-{}:[]/")];
}

void
conf_check_guide_url(const struct conf_part *p, const char *name, const char *value)
{
    if (!is_guide_url(value))
        conf_wrong(p, name,
                   "is not of the form sftp://user@host:port; it is shown to partners, so without "
                   "a password");
}

void
conf_check_folder(const struct conf_part *p, const char *name, const char *value)
{
    if (strstr(value, ".."))
        conf_wrong(p, name, "is \"%s\"; write the folder without ..", value);
}

void
conf_check_glob(const struct conf_part *p, const char *name, const char *value)
{
    if (strchr(value, '/'))
        conf_wrong(p, name, "holds a /; it is compared with the file's name alone");
}

/* A social credit code (18) or a customs registration (10). */
void
conf_check_code(const struct conf_part *p, const char *name, const char *value)
{
    size_t n = strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

    if (value[n] || (n != 10 && n != 18))
        conf_wrong(p, name, "has \"%s\"; codes have 10 or 18 capital letters and digits", value);
}

void
conf_check_feed(const struct conf_part *p, const char *name, const char *value)
{
    const char *file = arena_printf(p->r->arena, "formats/feed/%s.xsd", value);

    if (!is_identifier(value))
        conf_check_each_name(p, name, value);
    else if (access(conf_share(p->r->conf, p->r->arena, file), R_OK) != 0)
        conf_wrong(p, name, "has \"%s\", but there is no %s", value, file);
}

/* --- The zone's sections ---------------------------------------------------------------------- */

void
conf_fit_database(const struct conf_part *p, void *own, void *owner)
{
    const struct conf *c = own;

    (void)owner;
    if (!c->database.embedded == !c->database.conninfo)
        conf_wrong(p, NULL, "needs either embedded (a folder) or conninfo, and not both");
    else if (c->database.embedded && !*c->database.embedded)
        conf_wrong(p, "embedded", "is empty");
    else if (c->database.embedded &&
             (c->database.owner || c->database.job_role || c->database.reader_role))
        conf_wrong(p, NULL,
                   "names owner, job-role or reader-role, which belong to conninfo: the private "
                   "cluster has roles of its own");
}

/* Beside the program: installed in share/landport, or the tree it was built in. */
const char *
conf_default_share(struct arena *a)
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

void
conf_fit_formats(const struct conf_part *p, void *own, void *owner)
{
    struct conf *c = own;
    char real[PATH_MAX];

    (void)owner;
    if (!c->share)
        c->share = conf_default_share(p->r->arena);
    if (realpath(c->share, real))
        c->share = arena_str(p->r->arena, real);
    if (!is_dir(arena_printf(p->r->arena, "%s/formats", c->share)))
        conf_wrong(p, "share", "is %s, which holds no folder formats; name the folder that does",
                   c->share);
    if (c->site && !is_dir(c->site))
        conf_wrong(p, "site", "is %s, which is no folder", c->site);
}

/* --- Drop boxes and guides -------------------------------------------------------------------- */

void
conf_fit_dropbox(const struct conf_part *p, void *own, void *owner)
{
    const struct conf_dropbox *box = own;

    (void)owner;
    if (strcmp(box->in, box->out) == 0 || strcmp(box->in, box->done) == 0)
        conf_wrong(p, "in", "is the same folder as out or done; they must differ");
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
guide_folder(const char *given, const char *of_zone, const char *of_hub)
{
    const char *slash = strrchr(of_hub, '/');

    if (given)
        return given;
    return of_zone ? of_zone : slash && slash[1] ? slash + 1 : of_hub;
}

void
conf_fit_guide(const struct conf_part *p, void *own, void *owner)
{
    const struct conf_partner *partner = owner;
    const struct conf_guide *zone = &p->r->conf->guide;
    struct conf_guide *guide = own;

    if (!guide->url && zone->url)
        guide->url = replaced(p->r->arena, zone->url, "{partner}", partner->id);
    guide->in = guide_folder(guide->in, zone->in, partner->box.in);
    guide->out = guide_folder(guide->out, zone->out, partner->box.out);
    guide->done =
        *partner->box.done ? guide_folder(guide->done, zone->done, partner->box.done) : "";
}

/* --- Column mapping files --------------------------------------------------------------------- */

/* Where it stands is told with what is found later, when the feed is known. */
static const char *
place_of(const struct conf_part *p, const char *path)
{
    const struct conf_place *place = conf_find_place(p->r, path);

    return place ? conf_where(p->r, place->line) : p->r->conf->file;
}

void
conf_fit_mapping(const struct conf_part *p, void *own, void *owner)
{
    (void)owner;
    ((struct mapping *)own)->place = place_of(p, "feed");
}

void
conf_fit_mapping_column(const struct conf_part *p, void *own, void *owner)
{
    (void)owner;
    ((struct mapping_column *)own)->place = place_of(p, p->path);
}

void
conf_fit_mapping_test(const struct conf_part *p, void *own, void *owner)
{
    (void)owner;
    ((struct mapping_test *)own)->place = place_of(p, p->path);
}

/* --- Partners --------------------------------------------------------------------------------- */

void
conf_fit_pattern(const struct conf_part *p, void *own, void *owner)
{
    const struct conf_pattern *pattern = own;
    const struct conf_partner *partner = owner;

    if (!word_among(partner->feeds, pattern->feed))
        conf_wrong(p, NULL, "names no feed of this partner; its feeds are %s",
                   conf_join(p->r->arena, partner->feeds, ", "));
}

/* Whether the columns exist is known where the feeds are: landport check. */
static void
fit_aliases(const struct conf_part *p, struct conf_partner *partner)
{
    struct arena *a = p->r->arena;
    const struct header_alias *all = partner->aliases.all;
    size_t n = partner->aliases.count;

    partner->alias_places = ARENA_ARRAY(a, const char *, n + 1);
    for (size_t i = 0; i < n; i++) {
        struct conf_part sub = *p;
        const struct conf_place *place;

        sub.path = arena_printf(a, "%s/alias %s", p->path, all[i].from);
        place = conf_find_place(p->r, sub.path);
        partner->alias_places[i] = conf_where(p->r, place ? place->line : 0);
        for (size_t k = 0; k < i; k++)
            if (span_eq(header_name(a, span_of(all[k].from)), header_name(a, span_of(all[i].from))))
                conf_wrong(&sub, NULL, "is the same word as alias %s; keep one of them",
                           all[k].from);
    }
}

static double
percent(const struct conf_part *p, const char *name, const char *text)
{
    char *end;
    double value = strtod(text, &end);

    if (strspn(text, "0123456789.") != (size_t)(end - text) || end == text ||
        strcmp(end, "%") != 0 || value > 100)
        conf_wrong(p, name, "is \"%s\"; write a share between 0%% and 100%%, such as 5%%", text);
    return value / 100;
}

/* "5%" of the rows, or "20 rows" whatever their share; one of the two stays at its bound. */
static void
fit_reject_limit(const struct conf_part *p, struct conf_partner *partner)
{
    static const struct conf_measure rows = {"5% or 20 rows", {{" rows", 1}}};
    const char *text = conf_get(p, "reject-limit");

    partner->reject_rows = UINT64_MAX;
    if (!strstr(text, "rows")) {
        partner->reject_limit = percent(p, "reject-limit", text);
        return;
    }
    partner->reject_limit = 1;
    partner->reject_rows = conf_quantity(p, "reject-limit", text, &rows, "0", "1000000000 rows");
}

void
conf_fit_partner(const struct conf_part *p, void *own, void *owner)
{
    struct conf_partner *partner = own;

    (void)owner;
    fit_reject_limit(p, partner);
    fit_aliases(p, partner);
}

/* --- Agencies --------------------------------------------------------------------------------- */

/* Where a key is: in a file, or behind a program. */
static void
fit_key(const struct conf_part *p, struct signer_form *key)
{
    const char **command = conf_list(p, "command");

    if (!*command) {
        key->key_file = conf_path(p, conf_need(p, "key"));
        return;
    }
    if (key->key_file)
        conf_wrong(p, "key", "and command are given; keep one of them");
    key->key_file = NULL;
    key->command = command;
    *command = conf_path(p, *command);
    if (access(*command, X_OK) != 0)
        conf_wrong(p, "command", "\"%s\" is no program that can be run", *command);
}

void
conf_fit_sign(const struct conf_part *p, void *own, void *owner)
{
    struct seal_form *seal = &((struct conf_agency *)own)->seal;
    const char *method = conf_get(p, "method");

    (void)owner;
    fit_key(p, &seal->key);
    seal->cms = strcmp(method, "cms") == 0;
    if (!seal->cms)
        (void)signer_method_parse(&seal->key.method, method); /* none other is let through */
    else if (seal->key.command)
        conf_wrong(p, "command", "does not go with method cms; write rsa-sha256 or sm2-sm3");
}

void
conf_fit_message_sign(const struct conf_part *p, void *own, void *owner)
{
    const struct conf_agency *agency = owner;
    struct conf_message_sign *sign = &((struct conf_agency *)own)->message_sign;
    const char *method = conf_get(p, "method");

    fit_key(p, &sign->key);
    if (method)
        (void)signer_method_parse(&sign->key.method, method); /* none other is let through */
    for (const char **s = sign->messages; *s; s++)
        if (!word_among(agency->messages, *s))
            conf_wrong(p, "messages", "has \"%s\", which the agency does not take", *s);
}

void
conf_fit_agency(const struct conf_part *p, void *own, void *owner)
{
    struct conf_agency *agency = own;

    (void)owner;
    if (!agency->formats)
        agency->formats = agency->id;
    if (conf_take_prescribed(p, agency) && !*agency->messages)
        conf_wrong(p, "messages",
                   "is missing or empty; name what the agency takes (landport format list)");
    for (const char **s = agency->without; *s; s++)
        if (word_among(agency->messages, *s))
            conf_wrong(p, "without", "has \"%s\", and so has messages; name it in one of them", *s);
}

/* Two parties may share a server, never a folder: files would go to whoever looks first. */
void
conf_fit_parties(const struct conf_part *root, void *own, void *owner)
{
    struct conf_part p = *root;
    const struct conf *c = own;

    (void)owner;
    for (uint32_t i = 0; i < c->agency_count; i++) {
        p.path = arena_printf(p.r->arena, "agency %s", c->agencies[i].id);
        if (conf_partner(c, c->agencies[i].id))
            conf_wrong(&p, NULL, "has the name of a partner; give it another one");
        for (uint32_t k = 0; k < i; k++)
            conf_check_apart(&p, &c->agencies[i], &c->agencies[k]);
    }
    for (uint32_t i = 0; i < c->partner_count; i++) {
        const struct conf_dropbox *box = &c->partners[i].box;

        p.path = arena_printf(p.r->arena, "partner %s", c->partners[i].id);
        for (uint32_t k = 0; k < i; k++)
            if (*box->url && strcmp(box->url, c->partners[k].box.url) == 0 &&
                strcmp(box->in, c->partners[k].box.in) == 0)
                conf_wrong(&p, "dropbox", "has the same url and in as that of partner %s",
                           c->partners[k].id);
    }
}
