/*
 * sample_receipts.c - landport sample receipts: bundles in, what an agency might answer out.
 *
 * Which message answers which, and which of its elements go into which column of the feed receipt, its XSD
 * says (lp:message answers, lp:map). An element of the receipt takes the value the document has under the
 * same name; the columns named below are made up. What becomes of a document is a function of the seed
 * and its guid, so the same bundle gets the same answers.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "load/feeds.h"
#include "message.h"
#include "sample/sample.h"
#include "show.h"
#include "spool/fsio.h"
#include "spool/unpack.h"
#include "table.h"

#define MESSAGE_MAX ((size_t)64 << 20)

/* What an agency puts in by itself, by column of the feed. */
enum made {
    MADE_NOT,
    MADE_STATUS,
    MADE_TIME,
    MADE_INFO,
    MADE_PRE_NO,
    MADE_NUMBER,
    MADE_TYPE,
    MADE_TEXT
};
static const struct {
    const char *column;
    enum made made;
} made_columns[] = {
    {"returnStatus",   MADE_STATUS},
    {"returnTime",     MADE_TIME  },
    {"returnInfo",     MADE_INFO  },
    {"preNo",          MADE_PRE_NO},
    {"invtNo",         MADE_NUMBER},
    {"oriMessageType", MADE_TYPE  },
    {"oriBizMessage",  MADE_TEXT  },
};
/* Source: ceb-messages 3.x; codes of returnInfo seen in practice */
static const struct answer_text {
    const char *status, *info;
} taken =
    {
        "3", "发送海关成功"
},
  passed = {"399", "海关审结"}, unread = {"-999999", "报文格式校验失败"},
  refusals[] = {
      {"100", "[Code:1300;Desc:人工退单]"},
      {"100", "退单：country 不在参数表内"},
      {"100", "[Code:13035;Desc:支付企业不一致]"},
      {"-10102", "企业编码无效"},
};

struct receipts {
    const char *root, *prefix, *ns;
    const char *answers;         /* format's name */
    const struct plan_node *doc; /* its repeated element */
    enum made *made;             /* of each child of doc */
    const char *kind;            /* in file names */
    struct buf text;
    uint32_t count, files;
};

struct request {
    const char *from, *into;
    uint64_t seed;
    double refuse, later, unread;
    uint32_t per_message;
};

struct simulator {
    struct request q;
    struct arena *arena;
    struct hub *hub;
    struct receipts *forms, *late; /* as many as feeds have forms */
    uint32_t count;
    char at[3][15]; /* now, a minute later, another */
    struct buf message;
    int expected;
    struct buf lines;
    uint64_t documents, refused, late_count, unread_count, twice, swapped;
};

/* ---- what becomes of a document ---- */

static uint64_t
mix(uint64_t x)
{
    x ^= x >> 33;
    x *= UINT64_C(0xff51afd7ed558ccd);
    x ^= x >> 33;
    x *= UINT64_C(0xc4ceb9fe1a85ec53);
    return x ^ x >> 33;
}

static uint64_t
hash(uint64_t seed, const char *text)
{
    uint64_t h = mix(seed + 1);

    for (; *text; text++)
        h = mix(h ^ (unsigned char)*text);
    return h;
}

/* Is this one of the P in a hundred? `which` makes several such choices independent. */
static bool
chosen(uint64_t h, int which, double percent)
{
    return (double)(mix(h + (uint64_t)which * 7919) % 1000000) < percent * 10000;
}

/* ---- the forms ---- */

static enum made
made_of(const struct plan_message *m, const char *element)
{
    const char *column = element;

    for (uint32_t i = 0; i < m->map_count; i++)
        if (m->maps[i].element && strcmp(m->maps[i].element, element) == 0)
            column = m->maps[i].column;
    for (size_t i = 0; column && i < sizeof made_columns / sizeof *made_columns; i++)
        if (strcmp(made_columns[i].column, column) == 0)
            return made_columns[i].made;
    return MADE_NOT;
}

static rc_t
add_form(struct simulator *s, const struct xmlr_form *f, struct err *e)
{
    struct receipts *r = &s->forms[s->count];
    const struct plan_node *root = f->format->root;

    *r = (struct receipts){.root = root->name,
                           .prefix = f->format->prefix,
                           .ns = f->format->target_ns,
                           .answers = f->message->answers,
                           .kind = f->message->format};
    for (uint32_t i = 0; i < root->child_count; i++)
        if (root->children[i]->name && strcmp(root->children[i]->name, f->message->document) == 0)
            r->doc = root->children[i];
    if (!r->doc)
        return err_set(e, RC_FAIL, ERR_SCHEMA, "%s: no receipts can be made of it",
                       f->format->file);
    r->made = ARENA_ARRAY(s->arena, enum made, r->doc->child_count + 1);
    for (uint32_t i = 0; i < r->doc->child_count; i++)
        r->made[i] = made_of(f->message, r->doc->children[i]->name);
    s->late[s->count++] = *r;
    return RC_OK;
}

static rc_t
load_forms(struct simulator *s, struct err *e)
{
    struct feeds *feeds = ARENA_NEW(s->arena, struct feeds);
    rc_t rc = feeds_load(feeds, s->hub, s->arena, FEEDS_AGENCIES, e);

    if (rc == RC_OK)
        rc = feeds_whole(feeds, NULL, NULL, e);
    s->forms = ARENA_ARRAY(s->arena, struct receipts, feeds->form_count + 1);
    s->late = ARENA_ARRAY(s->arena, struct receipts, feeds->form_count + 1);
    for (uint32_t i = 0; rc == RC_OK && i < feeds->form_count; i++)
        if (feeds->forms[i].message && feeds->forms[i].message->answers)
            rc = add_form(s, &feeds->forms[i], e);
    return rc;
}

/* ---- writing ---- */

static rc_t
flush(const struct simulator *s, struct receipts *r, const char *below, struct err *e)
{
    char *path;
    struct buf all = {0};
    rc_t rc;

    if (!r->count)
        return RC_OK;
    path = arena_printf(s->arena, "%s%s/%s_%06u.xml", s->q.into, below, r->kind, ++r->files);
    buf_printf(&all,
               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<%s:%s xmlns:%s=\"%s\" "
               "guid=\"%016" PRIX64 "-%s-%014u\" version=\"1.0\">\n",
               r->prefix, r->root, r->prefix, r->ns, s->q.seed, *below ? "LATE" : "SENT", r->files);
    buf_put(&all, r->text.p, r->text.n);
    buf_printf(&all, "</%s:%s>\n", r->prefix, r->root);
    rc = fsio_replace(path, all.p, all.n, 0644, e);
    buf_free(&all);
    r->text.n = r->count = 0;
    return rc;
}

static void
put_escaped(struct buf *b, const char *text)
{
    for (; *text; text++) {
        if (*text == '<')
            buf_str(b, "&lt;");
        else if (*text == '&')
            buf_str(b, "&amp;");
        else
            buf_put(b, text, 1);
    }
}

/* The text of the first element of that name at or below `at`; NULL: there is none. */
static const char *
value_of(const xmlNode *at, const char *name)
{
    const char *found = NULL;

    for (const xmlNode *n = at->children; n && !found; n = n->next) {
        if (n->type != XML_ELEMENT_NODE)
            continue;
        if (strcmp((const char *)n->name, name) == 0)
            found = n->children && n->children->content ? (const char *)n->children->content : "";
        else
            found = value_of(n, name);
    }
    return found;
}

/* One answer, at a moment. */
struct said {
    const struct answer_text *text;
    int minute;
    uint64_t hash;
    const char *guid, *type, *message; /* of a message that could not be read */
};

static void
put_made(const struct simulator *s, struct buf *b, const struct receipts *r, uint32_t child,
         const struct said *said)
{
    switch (r->made[child]) {
    case MADE_STATUS:
        buf_str(b, said->text->status);
        break;
    case MADE_TIME:
        buf_printf(b, "%.12s%02" PRIu64 "%03" PRIu64, s->at[said->minute], said->hash % 60,
                   said->hash / 60 % 1000);
        break;
    case MADE_INFO:
        put_escaped(b, said->text->info);
        break;
    case MADE_PRE_NO:
        buf_printf(b, "B%.8s%09" PRIu64, s->at[0], said->hash % 1000000000);
        break;
    case MADE_NUMBER:
        buf_printf(b, "3706%.4sE%09" PRIu64, s->at[0], said->hash % 1000000000);
        break;
    case MADE_TYPE:
        buf_str(b, said->type ? said->type : "");
        break;
    case MADE_TEXT:
        buf_printf(b, "<![CDATA[%s]]>", said->message ? said->message : "");
        break;
    case MADE_NOT:
        break;
    }
}

static rc_t
put_receipt(const struct simulator *s, struct receipts *r, const char *below, const xmlNode *doc,
            const struct said *said, struct err *e)
{
    struct buf *b = &r->text;

    buf_printf(b, "<%s:%s>", r->prefix, r->doc->name);
    for (uint32_t i = 0; i < r->doc->child_count; i++) {
        const struct plan_node *n = r->doc->children[i];
        const char *value = doc ? value_of(doc, n->name) : NULL;
        bool own = r->made[i] != MADE_NOT && !(value && *value);

        if (!own && !(value && *value) && n->min == 0)
            continue;
        buf_printf(b, "<%s:%s>", r->prefix, n->name);
        if (own)
            put_made(s, b, r, i, said);
        else
            put_escaped(b, value ? value : n->type->length == 36 ? said->guid : "0");
        buf_printf(b, "</%s:%s>", r->prefix, n->name);
    }
    buf_printf(b, "</%s:%s>\n", r->prefix, r->doc->name);
    return ++r->count == s->q.per_message ? flush(s, r, below, e) : RC_OK;
}

/* ---- answering ---- */

/* guid, kind, what it is now, what it is once the late ones came */
static rc_t
expect(struct simulator *s, const char *guid, const char *kind, const char *now, const char *later,
       struct err *e)
{
    rc_t rc = RC_OK;

    buf_printf(&s->lines, "%s\t%s\t%s\t%s\n", guid, kind, now, later);
    if (s->lines.n > 65536) {
        rc = fsio_write_all(s->expected, s->lines.p, s->lines.n, "expected.tsv", e);
        s->lines.n = 0;
    }
    return rc;
}

static rc_t
answer_document(struct simulator *s, uint32_t form, const char *kind, const xmlNode *doc,
                struct err *e)
{
    const char *guid = value_of(doc, "guid");
    uint64_t h = hash(s->q.seed, guid ? guid : "");
    bool refuse = chosen(h, 1, s->q.refuse), late = chosen(h, 2, s->q.later);
    bool swapped = !late && chosen(h, 3, 5), twice = !late && chosen(h, 4, 2);
    const struct said first = {.text = &taken, .minute = 1, .hash = h, .guid = ""};
    const struct said last = {.text = refuse ? &refusals[h % (sizeof refusals / sizeof *refusals)]
                                             : &passed,
                              .minute = 2,
                              .guid = "",
                              .hash = h};
    struct receipts *r = &s->forms[form];
    const char *end = refuse ? "refused" : "accepted";
    rc_t rc = RC_OK;

    s->documents++;
    s->refused += refuse;
    s->late_count += late;
    s->twice += twice;
    s->swapped += swapped;
    if (swapped)
        rc = put_receipt(s, r, "", doc, &last, e);
    if (rc == RC_OK)
        rc = put_receipt(s, r, "", doc, &first, e);
    if (rc == RC_OK && late)
        rc = put_receipt(s, &s->late[form], "/later", doc, &last, e);
    else if (rc == RC_OK && !swapped)
        rc = put_receipt(s, r, "", doc, &last, e);
    if (rc == RC_OK && twice)
        rc = put_receipt(s, r, "", doc, &last, e);
    return rc == RC_OK ? expect(s, guid, kind, late ? "" : end, end, e) : rc;
}

static rc_t
answer_unread(struct simulator *s, const char *kind, const xmlNode *root, struct err *e)
{
    const xmlChar *guid = root->properties ? root->properties->children->content : NULL;
    struct said said = {.text = &unread,
                        .minute = 1,
                        .hash = hash(s->q.seed, (const char *)(guid ? guid : root->name)),
                        .guid = guid ? (const char *)guid : "",
                        .type = (const char *)root->name,
                        .message = s->message.p};
    rc_t rc = RC_OK;

    for (uint32_t i = 0; rc == RC_OK && i < s->count; i++)
        if (strcmp(s->forms[i].answers, "*") == 0) {
            rc = put_receipt(s, &s->forms[i], "", NULL, &said, e);
            if (rc == RC_OK) /* the e-port sends one a message */
                rc = flush(s, &s->forms[i], "", e);
        }
    for (const xmlNode *n = root->children; rc == RC_OK && n; n = n->next)
        if (n->type == XML_ELEMENT_NODE && value_of(n, "guid"))
            rc = expect(s, value_of(n, "guid"), kind, "refused", "refused", e);
    s->unread_count++;
    return rc;
}

static rc_t
answer_message(struct simulator *s, const char *kind, const xmlNode *root, struct err *e)
{
    char *name = arena_str(s->arena, kind);
    rc_t rc = RC_OK;

    for (char *p = name; *p; p++)
        *p = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
    if (strstr(s->message.p, "]]>") == NULL &&
        chosen(hash(s->q.seed, s->message.p + 60), 5, s->q.unread))
        return answer_unread(s, kind, root, e);
    for (uint32_t i = 0; i < s->count; i++) {
        if (strcmp(s->forms[i].answers, name) != 0)
            continue;
        for (const xmlNode *n = root->children; rc == RC_OK && n; n = n->next)
            if (n->type == XML_ELEMENT_NODE && value_of(n, "guid"))
                rc = answer_document(s, i, kind, n, e);
    }
    return rc;
}

static rc_t
read_message(struct simulator *s, struct source data, struct err *e)
{
    char block[65536];
    size_t n = 1;
    rc_t rc = RC_OK;

    s->message.n = 0;
    while (rc == RC_OK && n) {
        if ((rc = data.read(data.ctx, block, sizeof block, &n, e)) == RC_OK)
            buf_put(&s->message, block, n);
        if (s->message.n > MESSAGE_MAX)
            rc = err_set(e, RC_FAIL, ERR_TOO_BIG, "a message of more than 64 MiB");
    }
    buf_put(&s->message, "", 1);
    return rc;
}

/* messages/KIND_guid.xml; other entries are no messages. */
static rc_t
on_entry(void *ctx, const char *name, uint64_t bytes, struct source data, struct err *e)
{
    struct simulator *s = ctx;
    const char *base = strrchr(name, '/'), *end = base ? strchr(base, '_') : NULL;
    char kind[32];
    xmlDoc *doc;
    rc_t rc;

    (void)bytes;
    if (!end || end - base > (int)sizeof kind)
        return RC_OK;
    snprintf(kind, sizeof kind, "%.*s", (int)(end - base - 1), base + 1);
    if ((rc = read_message(s, data, e)) != RC_OK)
        return rc;
    doc = xmlReadMemory(s->message.p, (int)s->message.n - 1, name, NULL,
                        XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (!doc || !xmlDocGetRootElement(doc))
        rc = err_set(e, RC_FAIL, ERR_XML, "%s: not well-formed", name);
    else
        rc = answer_message(s, kind, xmlDocGetRootElement(doc), e);
    xmlFreeDoc(doc);
    return rc;
}

static rc_t
answer_bundle(struct simulator *s, const char *path, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    rc_t rc;

    if (fd < 0)
        return err_set(e, RC_FAIL, ERR_SYSTEM, "%s: %s", path, strerror(errno));
    rc = unpack_list(blob_plain(fd), on_entry, s, e);
    close(fd);
    return rc == RC_OK ? rc : err_prefix(e, "%s", path);
}

static int
is_bundle(const struct dirent *d)
{
    size_t n = strlen(d->d_name);

    return (n > 4 && strcmp(d->d_name + n - 4, ".zip") == 0) ||
           (n > 8 && strcmp(d->d_name + n - 8, ".tar.zst") == 0);
}

static rc_t
answer_all(struct simulator *s, struct err *e)
{
    struct dirent **list;
    struct stat st;
    int n;
    rc_t rc = RC_OK;

    if (stat(s->q.from, &st))
        return err_set(e, RC_FAIL, ERR_NOT_FOUND, "%s: %s", s->q.from, strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return answer_bundle(s, s->q.from, e);
    if ((n = scandir(s->q.from, &list, is_bundle, alphasort)) < 0)
        return err_set(e, RC_FAIL, ERR_SYSTEM, "%s: %s", s->q.from, strerror(errno));
    for (int i = 0; i < n; i++) {
        if (rc == RC_OK)
            rc = answer_bundle(s, arena_printf(s->arena, "%s/%s", s->q.from, list[i]->d_name), e);
        free(list[i]);
    }
    free(list);
    return rc == RC_OK && n == 0
               ? err_set(e, RC_FAIL, ERR_NOT_FOUND, "%s holds no bundle", s->q.from)
               : rc;
}

static rc_t
finish(struct simulator *s, struct err *e)
{
    rc_t rc = RC_OK;

    for (uint32_t i = 0; rc == RC_OK && i < s->count; i++)
        if ((rc = flush(s, &s->forms[i], "", e)) == RC_OK)
            rc = flush(s, &s->late[i], "/later", e);
    return rc == RC_OK && s->lines.n
               ? fsio_write_all(s->expected, s->lines.p, s->lines.n, "expected.tsv", e)
               : rc;
}

/* ---- the command ---- */

static rc_t
percent(const char *option, const char *text, double *to, struct err *e)
{
    char *end;

    if (!text)
        return RC_OK;
    *to = strtod(text, &end);
    if (end == text || strcmp(end, "%") != 0 || !(*to >= 0 && *to <= 100))
        return err_set(e, RC_FAIL, ERR_USAGE, "%s %s: must be 0%% to 100%%", option, text);
    return RC_OK;
}

static rc_t
number(const char *option, const char *text, uint64_t most, uint64_t *to, struct err *e)
{
    char *end;

    if (!text)
        return RC_OK;
    errno = 0;
    *to = strtoull(text, &end, 10);
    if (errno || end == text || *end || *to > most)
        return err_set(e, RC_FAIL, ERR_USAGE, "%s %s: must be a whole number up to %" PRIu64,
                       option, text, most);
    return RC_OK;
}

static rc_t
read_words(struct request *q, int argc, char **argv, struct err *e)
{
    const char *seed = NULL, *refuse = NULL, *later = NULL, *bad = NULL, *many = NULL;
    const struct option options[] = {
        {"--from",        &q->from, NULL},
        {"--into",        &q->into, NULL},
        {"--seed",        &seed,    NULL},
        {"--refuse",      &refuse,  NULL},
        {"--later",       &later,   NULL},
        {"--unread",      &bad,     NULL},
        {"--per-message", &many,    NULL},
        {NULL,            NULL,     NULL},
    };
    uint64_t per_message = 100;
    rc_t rc = show_options(options, argc, argv, 0,
                           "sample receipts --from BUNDLE|DIR --into DIR [--seed S]", e);

    if (rc == RC_OK && (!q->from || !q->into))
        rc = err_set(e, RC_FAIL, ERR_USAGE,
                     "--from and --into are needed: the bundles, and where to");
    if (rc != RC_OK || (rc = number("--seed", seed, UINT64_MAX / 2, &q->seed, e)) != RC_OK ||
        (rc = number("--per-message", many, 1000000, &per_message, e)) != RC_OK ||
        (rc = percent("--refuse", refuse, &q->refuse, e)) != RC_OK ||
        (rc = percent("--later", later, &q->later, e)) != RC_OK)
        return rc;
    q->per_message = per_message ? (uint32_t)per_message : 1;
    return percent("--unread", bad, &q->unread, e);
}

static rc_t
open_folders(struct simulator *s, struct err *e)
{
    const char *later = arena_printf(s->arena, "%s/later", s->q.into);
    const char *expected = arena_printf(s->arena, "%s/expected.tsv", s->q.into);

    if ((mkdir(s->q.into, 0777) && errno != EEXIST) || (mkdir(later, 0777) && errno != EEXIST))
        return err_set(e, RC_FAIL, ERR_SYSTEM, "%s: %s", s->q.into, strerror(errno));
    s->expected = open(expected, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (s->expected < 0)
        return err_set(e, RC_FAIL, ERR_SYSTEM, "%s: %s", expected, strerror(errno));
    return RC_OK;
}

static void
say_done(const struct simulator *s)
{
    uint32_t files = 0;

    for (uint32_t i = 0; i < s->count; i++)
        files += s->forms[i].files + s->late[i].files;
    if (s->hub->json)
        printf("{\"documents\": %" PRIu64 ", \"refused\": %" PRIu64 ", \"late\": %" PRIu64
               ", \"twice\": %" PRIu64 ", \"out_of_order\": %" PRIu64
               ", \"messages_unread\": %" PRIu64 ", \"files\": %u}\n",
               s->documents, s->refused, s->late_count, s->twice, s->swapped, s->unread_count,
               files);
    else
        printf("%s: %" PRIu64 " documents answered in %u files: %" PRIu64 " refused, %" PRIu64
               " late (later/), %" PRIu64 " twice, %" PRIu64 " out of order; %" PRIu64
               " messages not read\n",
               s->q.into, s->documents, files, s->refused, s->late_count, s->twice, s->swapped,
               s->unread_count);
}

rc_t
sample_receipts(struct hub *hub, int argc, char **argv, struct err *e)
{
    struct arena *a = arena_new("sample receipts");
    struct simulator *s = ARENA_NEW(a, struct simulator);
    rc_t rc;

    *s = (struct simulator){
        .q = {.seed = 1, .refuse = 3, .later = 2, .unread = 0.5},
        .arena = a,
        .hub = hub,
        .expected = -1
    };
    for (int i = 0; i < 3; i++)
        clock_local14(clock_now() + i * 60, SAMPLE_TIME_ZONE, s->at[i]);
    if ((rc = read_words(&s->q, argc, argv, e)) == RC_OK && (rc = load_forms(s, e)) == RC_OK &&
        (rc = open_folders(s, e)) == RC_OK && (rc = answer_all(s, e)) == RC_OK &&
        (rc = finish(s, e)) == RC_OK)
        say_done(s);
    if (s->expected >= 0)
        close(s->expected);
    for (uint32_t i = 0; i < s->count; i++) {
        buf_free(&s->forms[i].text);
        buf_free(&s->late[i].text);
    }
    buf_free(&s->message);
    buf_free(&s->lines);
    arena_free(&a);
    return rc;
}
