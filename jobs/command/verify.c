#include "command/verify.h"

#include <libxml/parser.h>
#include <libxml/xmlreader.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "formats/read/csv.h"
#include "message.h"
#include "show.h"
#include "spool/digest.h"
#include "spool/seal.h"
#include "spool/unpack.h"
#include "sql/statements.h"

#define MANIFEST_MAX (64u * 1024 * 1024)
#define BAD_SHOWN    20

struct message {
    const char *name, *kind, *sha256, *envelope;
    uint64_t documents, bytes;
    bool seen;
};

struct manifest {
    const char *bundle, *agency, *previous;
    uint64_t documents;
    struct message *messages;
    size_t count;
};

struct verifying {
    struct hub *hub;
    struct arena *arena;
    struct verify *v;
    struct verify_check **tail;
    struct manifest manifest;
    struct counted {
        const char *kind, *element; /* element NULL: no such format, or not of that sort */
        const struct plan *plan;    /* NULL: no such format */
    } * kinds;                      /* of messages, and of envelopes */
    size_t kind_count;
    uint64_t documents;
    int bad_messages;
};

static void check(struct verifying *w, enum verify_result result, const char *what,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));

static void
check(struct verifying *w, enum verify_result result, const char *what, const char *format, ...)
{
    struct verify_check *c = ARENA_NEW(w->arena, struct verify_check);
    char detail[512];
    va_list ap;

    va_start(ap, format);
    vsnprintf(detail, sizeof detail, format, ap);
    va_end(ap);
    *c = (struct verify_check){what, arena_str(w->arena, detail), result, NULL};
    *w->tail = c;
    w->tail = &c->next;
    w->v->count++;
    w->v->bad += result == VERIFY_BAD;
}

/* ---- the manifest ---- */

static rc_t
read_entry(struct blob bundle, const char *name, struct buf *out, struct err *e)
{
    struct unpack *u = NULL;
    struct source in;
    char block[65536];
    size_t n = 1;
    rc_t rc = unpack_entry(&u, bundle, name, e);

    while (rc == RC_OK && n) {
        in = unpack_source(u);
        if ((rc = in.read(in.ctx, block, sizeof block, &n, e)) != RC_OK)
            break;
        buf_put(out, block, n);
        if (out->n > MANIFEST_MAX)
            rc = err_set(e, RC_REJECT, ERR_TOO_BIG, "%s is larger than 64 MiB", name);
    }
    unpack_close(&u);
    return rc;
}

/* In which of its two forms the seal is there says which it is. */
static rc_t
read_seal(struct blob bundle, struct buf *out, bool *cms, struct err *e)
{
    rc_t rc = read_entry(bundle, "manifest.xml.p7s", out, e);

    *cms = rc == RC_OK;
    if (*cms)
        return rc;
    out->n = 0;
    return read_entry(bundle, "manifest.xml.sig", out, NULL) == RC_OK ? RC_OK : rc;
}

/* Text of the first child of that name; "" where there is none. */
static const char *
child_text(struct arena *a, const xmlNode *parent, const char *name)
{
    for (xmlNode *n = parent->children; n; n = n->next) {
        xmlChar *text;
        const char *kept;

        if (n->type != XML_ELEMENT_NODE || strcmp((const char *)n->name, name) != 0)
            continue;
        text = xmlNodeGetContent(n);
        kept = arena_str(a, text ? (const char *)text : "");
        xmlFree(text);
        return kept;
    }
    return "";
}

static bool
is_message(const xmlNode *n)
{
    return n->type == XML_ELEMENT_NODE && strcmp((const char *)n->name, "message") == 0;
}

static int
by_name(const void *x, const void *y)
{
    const struct message *a = x, *b = y;

    return strcmp(a->name, b->name);
}

static void
take_manifest(struct manifest *m, struct arena *a, const xmlNode *root)
{
    size_t count = 0;

    m->bundle = child_text(a, root, "bundle");
    m->agency = child_text(a, root, "agency");
    m->previous = child_text(a, root, "previousSha256");
    m->documents = strtoull(child_text(a, root, "documents"), NULL, 10);
    for (xmlNode *n = root->children; n; n = n->next)
        count += is_message(n);
    m->messages = ARENA_ARRAY(a, struct message, count + 1);
    for (xmlNode *n = root->children; n; n = n->next)
        if (is_message(n))
            m->messages[m->count++] =
                (struct message){child_text(a, n, "name"),
                                 child_text(a, n, "kind"),
                                 child_text(a, n, "sha256"),
                                 child_text(a, n, "envelope"),
                                 strtoull(child_text(a, n, "documents"), NULL, 10),
                                 strtoull(child_text(a, n, "bytes"), NULL, 10),
                                 false};
    qsort(m->messages, m->count, sizeof *m->messages, by_name);
}

static rc_t
parse_manifest(struct verifying *w, struct span text, struct err *e)
{
    xmlDoc *doc = xmlReadMemory(text.p, (int)text.n, "manifest.xml", NULL,
                                XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
    rc_t rc = RC_OK;

    if (!root || xmlGetIntSubset(doc) || strcmp((const char *)root->name, "manifest") != 0)
        rc = err_set(e, RC_REJECT, ERR_ARCHIVE, "manifest.xml is no manifest");
    else
        take_manifest(&w->manifest, w->arena, root);
    xmlFreeDoc(doc);
    return rc;
}

/* ---- the signature ---- */

static rc_t
choose_form(struct verifying *w, const char *cert, bool cms, struct seal_form *f, struct err *e)
{
    const struct conf_agency *g = cert ? NULL : conf_agency(w->hub->conf, w->manifest.agency);

    if (!cert && !g)
        return err_set(e, RC_FAIL, ERR_CONFIG,
                       "agency '%s' has no certificate in the configuration; give --cert FILE",
                       w->manifest.agency);
    if (g && g->seal.cms == cms) {
        *f = g->seal;
        return RC_OK;
    }
    if (g)
        cert = g->seal.key.cert_file;
    *f = (struct seal_form){.cms = true, .key.cert_file = cert};
    return cms ? RC_OK : seal_bare(f, cert, e);
}

/* By another certificate than the one at hand nobody has done wrong: keys change, published bundles never do. */
static void
bad_signature(struct verifying *w, const struct seal_form *form, struct span seal, const char *cert,
              const struct err *why)
{
    const char *hint = cert ? ""
                            : "; of a bundle from before a change of keys, name the certificate of "
                              "then: --cert FILE";

    w->v->other_cert = !seal_names(form, seal);
    if (w->v->other_cert)
        check(w, VERIFY_BAD, "signature", "not made with certificate %s%s", form->key.cert_file,
              hint);
    else
        check(w, VERIFY_BAD, "signature", "%s, by certificate %s%s", why->text, form->key.cert_file,
              form->cms ? "" : hint);
}

static rc_t
check_signature(struct verifying *w, struct span manifest, struct span seal, const char *cert,
                bool cms, struct err *e)
{
    struct seal_form form;
    struct err why = {0};
    rc_t rc = choose_form(w, cert, cms, &form, e);

    if (rc != RC_OK)
        return rc;
    rc = seal_verify(&form, manifest, seal, &why);
    if (rc == RC_OK)
        check(w, VERIFY_GOOD, "signature", "manifest.xml is signed by %s", form.key.cert_file);
    else if (rc == RC_REJECT)
        bad_signature(w, &form, seal, cert, &why);
    else
        *e = why;
    return rc;
}

/* ---- the messages ---- */

static struct counted *
counted(struct verifying *w, const char *kind)
{
    struct plan *plan;
    size_t i = 0;

    while (i < w->kind_count && strcmp(w->kinds[i].kind, kind) != 0)
        i++;
    if (i < w->kind_count)
        return &w->kinds[i];
    w->kinds = arena_grow(w->arena, w->kinds, sizeof *w->kinds, w->kind_count++);
    w->kinds[i] = (struct counted){kind, NULL, NULL};
    if (strspn(kind, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") !=
            strlen(kind) ||
        format_plan(&plan, w->hub, w->arena, NULL, kind, NULL) != RC_OK)
        return &w->kinds[i];
    w->kinds[i].plan = plan;
    for (uint32_t c = 0; c < plan->root->child_count; c++) {
        const struct plan_node *n = plan->root->children[c];
        if (n->kind == PLAN_ELEMENT && ((n->min && n->max > 1) || n->payload)) {
            w->kinds[i].element = n->name;
            break;
        }
    }
    return &w->kinds[i];
}

/* The child of the root that counts: a document, the first that must be and may repeat; of an
 * envelope the one that holds the message. */
static const char *
counted_element(struct verifying *w, const char *kind)
{
    return counted(w, kind)->element;
}

/* The parser reads through this, so that bytes are hashed and counted as they pass. */
struct tee {
    struct source in;
    struct digest *digest;
    uint64_t bytes;
    rc_t rc;
    struct err err;
};

static int
tee_read(void *ctx, char *p, int size)
{
    struct tee *t = ctx;
    size_t n = 0;

    if (t->rc == RC_OK)
        t->rc = t->in.read(t->in.ctx, p, (size_t)size, &n, &t->err);
    if (t->rc != RC_OK)
        return -1;
    digest_update(t->digest, p, n);
    t->bytes += n;
    return (int)n;
}

static rc_t
tee_source(void *ctx, void *buf, size_t size, size_t *n, struct err *e)
{
    struct tee *t = ctx;
    int got = tee_read(t, buf, size > 65536 ? 65536 : (int)size);

    *n = got > 0 ? (size_t)got : 0;
    if (got >= 0)
        return RC_OK;
    if (e)
        *e = t->err;
    return t->rc;
}

static void
ignore(void *ctx, const char *text, xmlParserSeverities severity, xmlTextReaderLocatorPtr where)
{
    (void)ctx;
    (void)text;
    (void)severity;
    (void)where;
}

/* To the next child of the root of that name: 1, 0 at the end, -1 not well-formed or with a DTD. */
static int
next_child(xmlTextReader *r, const char *element)
{
    int got;

    while ((got = xmlTextReaderRead(r)) == 1) {
        int type = xmlTextReaderNodeType(r);

        if (type == XML_READER_TYPE_DOCUMENT_TYPE)
            return -1;
        if (type == XML_READER_TYPE_ELEMENT && element && xmlTextReaderDepth(r) == 1 &&
            strcmp((const char *)xmlTextReaderConstLocalName(r), element) == 0)
            return 1;
    }
    return got;
}

/* Documents of one message; false when it is not well-formed. */
static bool
count_documents(xmlTextReader *r, const char *element, uint64_t *documents)
{
    int got;

    xmlTextReaderSetErrorHandler(r, ignore, NULL);
    while ((got = next_child(r, element)) == 1)
        ++*documents;
    return got == 0;
}

/* The message inside of an envelope, in memory that xmlFree takes; -1: there is none. */
static int
take_payload(xmlTextReader *r, const char *payload, char **bytes)
{
    xmlChar *text;
    int n = -1, length, more;

    xmlTextReaderSetErrorHandler(r, ignore, NULL);
    if (next_child(r, payload) != 1 || !(text = xmlTextReaderReadString(r)))
        return -1;
    length = xmlStrlen(text);
    n = length ? EVP_DecodeBlock(text, text, length) : -1;
    for (int i = 1; n > 0 && i <= 2 && text[length - i] == '='; i++)
        n--;
    *bytes = (char *)text;
    while ((more = next_child(r, payload)) == 1)
        ;
    return more == 0 ? n : -1;
}

static bool
count_message(struct verifying *w, const struct message *m, struct tee *t, uint64_t *documents)
{
    /* the text of a payload may be longer than the parser takes by itself */
    const int options = XML_PARSE_NONET | (*m->envelope ? XML_PARSE_HUGE : 0);
    xmlTextReader *r = xmlReaderForIO(tee_read, NULL, t, "message", NULL, options);
    const char *element = counted_element(w, m->kind);
    xmlTextReader *inside = r;
    char *bytes = NULL;
    bool good = false;
    int n;

    if (r && *m->envelope) {
        n = take_payload(r, counted_element(w, m->envelope), &bytes);
        inside = n > 0 ? xmlReaderForMemory(bytes, n, "message", NULL, XML_PARSE_NONET) : NULL;
    }
    if (inside)
        good = count_documents(inside, element, documents);
    if (inside != r)
        xmlFreeTextReader(inside);
    xmlFreeTextReader(r);
    xmlFree(bytes);
    return good;
}

/* ---- messages that are tables ---- */

static bool
repeats_inside(const struct plan_node *n)
{
    for (uint32_t i = 0; i < n->child_count; i++)
        if (n->children[i]->max > 1 || repeats_inside(n->children[i]))
            return true;
    return false;
}

/* Lines above the records: what stands once in the message, and the header. */
static uint64_t
lines_above(const struct plan *plan, const char *element)
{
    const struct plan_node *root = plan->root;
    bool once = root->attribute_count > 0;

    for (uint32_t i = 0; i < root->child_count; i++)
        once |=
            !element || !root->children[i]->name || strcmp(root->children[i]->name, element) != 0;
    return (plan->written.header != WRITTEN_NO_HEADER ? 1u : 0u) +
           (plan->written.head == WRITTEN_LINE && once ? 1u : 0u);
}

/* Where no value is quoted none has a line end. */
static rc_t
count_lines(struct tee *t, uint64_t *lines)
{
    char block[65536];
    int n;

    while ((n = tee_read(t, block, sizeof block)) > 0)
        for (int i = 0; i < n; i++)
            *lines += block[i] == '\n';
    return n < 0 ? RC_REJECT : RC_END;
}

/* Records of text where each is a document; elsewhere its own number of them is not told by the file,
 * and `documents` stays. */
static bool
count_records(const struct plan *plan, const char *element, struct tee *t, uint64_t *documents)
{
    const struct csv_form form = {
        .charset = plan->written.charset == WRITTEN_UTF8 ? CHARSET_UTF8 : CHARSET_GB18030,
        .delimiter = plan->written.delimiter};
    const struct plan_node *document = NULL;
    uint64_t records = 0, above = lines_above(plan, element);
    struct csv_record record;
    struct csv *csv = NULL;
    rc_t rc;

    for (uint32_t i = 0; element && i < plan->root->child_count; i++)
        if (plan->root->children[i]->name && strcmp(plan->root->children[i]->name, element) == 0)
            document = plan->root->children[i];
    if (!document || repeats_inside(document))
        return true;
    rc = plan->written.quote == WRITTEN_NEVER
             ? count_lines(t, &records)
             : csv_open(&csv, (struct source){tee_source, t}, &form, NULL);
    while (rc == RC_OK && (rc = csv_next(csv, &record, NULL)) == RC_OK)
        records++;
    csv_close(&csv);
    *documents = records - (records < above ? records : above);
    return rc == RC_END;
}

/* A workbook's directory stands at its end, and its bytes only pass by here: that they are the ones of the
 * manifest is what is asked. */
static bool
count_table(const struct counted *k, const struct message *m, struct tee *t, uint64_t *documents)
{
    *documents = m->documents;
    return k->plan->written.as != WRITTEN_TEXT || count_records(k->plan, k->element, t, documents);
}

static void
bad_message(struct verifying *w, const char *name, const char *seen, const char *want)
{
    if (++w->bad_messages <= BAD_SHOWN)
        check(w, VERIFY_BAD, "message", "%s: %s, should be %s", name, seen, want);
}

static void
compare_number(struct verifying *w, const struct message *m, const char *what, uint64_t seen,
               uint64_t want)
{
    if (seen != want)
        bad_message(w, m->name, arena_printf(w->arena, "%llu %s", (unsigned long long)seen, what),
                    arena_printf(w->arena, "%llu", (unsigned long long)want));
}

static rc_t
check_message(struct verifying *w, const struct message *m, struct source data, struct err *e)
{
    struct tee t = {.in = data, .digest = digest_new()};
    char hex[DIGEST_HEX], rest[4096];
    uint64_t documents = 0;
    const struct counted *k = counted(w, m->kind);
    const bool companion =
        m->documents == 0; /* that they are the manifest's bytes is all there is to ask */
    const bool table = companion || (k->plan && k->plan->written.as != WRITTEN_XML);
    bool good = companion ||
                (table ? count_table(k, m, &t, &documents) : count_message(w, m, &t, &documents));

    while (tee_read(&t, rest, sizeof rest) > 0)
        ; /* what stands behind the message's end is hashed too */
    digest_hex(t.digest, hex);
    digest_free(&t.digest);
    if (t.rc != RC_OK) {
        *e = t.err;
        return t.rc;
    }
    if (!good)
        bad_message(w, m->name,
                    table ? "not the text its format says" : "not well-formed XML, or with a DTD",
                    "a message");
    else if (!k->element && !table)
        bad_message(w, m->name, m->kind, "a kind there is a format for");
    else
        compare_number(w, m, "documents", documents, m->documents);
    compare_number(w, m, "bytes", t.bytes, m->bytes);
    if (strcmp(hex, m->sha256) != 0)
        bad_message(w, m->name, hex, m->sha256);
    w->documents += documents;
    return RC_OK;
}

static rc_t
drain(struct source data, struct err *e)
{
    char block[4096];
    size_t n;
    rc_t rc;

    while ((rc = data.read(data.ctx, block, sizeof block, &n, e)) == RC_OK && n)
        ;
    return rc;
}

static rc_t
on_entry(void *ctx, const char *name, uint64_t bytes, struct source data, struct err *e)
{
    struct verifying *w = ctx;
    struct message key = {.name = name}, *m;

    (void)bytes;
    if (strcmp(name, "manifest.xml") == 0 || strcmp(name, "manifest.xml.p7s") == 0 ||
        strcmp(name, "manifest.xml.sig") == 0)
        return drain(data, e);
    m = bsearch(&key, w->manifest.messages, w->manifest.count, sizeof *m, by_name);
    if (!m || m->seen) {
        bad_message(w, arena_str(w->arena, name), m ? "stands twice" : "not in the manifest",
                    m ? "once" : "there");
        return drain(data, e);
    }
    m->seen = true;
    return check_message(w, m, data, e);
}

static rc_t
check_messages(struct verifying *w, struct blob bundle, struct err *e)
{
    const struct manifest *m = &w->manifest;
    rc_t rc = unpack_list(bundle, on_entry, w, e);

    if (rc != RC_OK)
        return rc;
    for (size_t i = 0; i < m->count; i++)
        if (!m->messages[i].seen)
            bad_message(w, m->messages[i].name, "missing", "in the bundle");
    if (w->documents != m->documents)
        bad_message(w, "manifest.xml",
                    arena_printf(w->arena, "%llu documents", (unsigned long long)m->documents),
                    arena_printf(w->arena, "%llu", (unsigned long long)w->documents));
    check(w, w->bad_messages ? VERIFY_BAD : VERIFY_GOOD, "messages",
          "%zu messages, %llu documents: %d differences", m->count,
          (unsigned long long)w->documents, w->bad_messages);
    return RC_OK;
}

/* ---- what we sent ---- */

static rc_t
hash_file(struct blob bundle, char hex[DIGEST_HEX], struct err *e)
{
    struct digest *d = digest_new();
    struct blob_stream from = {bundle, "bundle", 0};
    struct tee t = {.in = source_blob(&from), .digest = d};
    char block[65536];

    while (tee_read(&t, block, sizeof block) > 0)
        ;
    digest_hex(d, hex);
    digest_free(&d);
    if (t.rc != RC_OK && e)
        *e = t.err;
    return t.rc;
}

static void
compare_text(struct verifying *w, const char *what, const char *of, const char *seen,
             const char *want)
{
    if (strcmp(seen, want) == 0)
        check(w, VERIFY_GOOD, what, "%s%s%s", *seen ? seen : "none", *of ? " of " : "", of);
    else
        check(w, VERIFY_BAD, what, "%s, should be %s", *seen ? seen : "none",
              *want ? want : "none");
}

static rc_t
check_chain(struct verifying *w, struct blob bundle, struct err *e)
{
    char hex[DIGEST_HEX];
    struct db_result *r;
    rc_t rc;

    if (!w->hub->db) {
        check(w, VERIFY_SKIPPED, "chain", "not checked: no database here");
        return RC_OK;
    }
    rc =
        db_query(w->hub->db, w->arena, SQL_REPORT_BUNDLE_CHAIN, DB_ARGS(w->manifest.bundle), &r, e);
    if (rc != RC_OK || (rc = hash_file(bundle, hex, e)) != RC_OK)
        return rc;
    if (!r->rows) {
        check(w, VERIFY_SKIPPED, "chain", "not checked: %s is no bundle of this hub",
              w->manifest.bundle);
        return RC_OK;
    }
    compare_text(w, "sha256", "", hex, db_text(r, 0, "sha256"));
    compare_text(w, "previous sha256", db_text(r, 0, "previous"), w->manifest.previous,
                 db_text(r, 0, "previous_sha256"));
    return RC_OK;
}

rc_t
verify_bundle(struct hub *hub, struct arena *a, struct blob bundle, const char *cert,
              struct verify *v, struct err *e)
{
    struct verifying w = {.hub = hub, .arena = a, .v = v, .tail = &v->checks};
    struct buf manifest = {0}, seal = {0};
    bool cms;
    rc_t rc;

    if ((rc = read_entry(bundle, "manifest.xml", &manifest, e)) != RC_OK ||
        (rc = read_seal(bundle, &seal, &cms, e)) != RC_OK ||
        (rc = parse_manifest(&w, (struct span){manifest.p, manifest.n}, e)) != RC_OK)
        goto out;
    v->bundle = w.manifest.bundle;
    rc = check_signature(&w, (struct span){manifest.p, manifest.n}, (struct span){seal.p, seal.n},
                         cert, cms, e);
    if (rc == RC_REJECT && v->bad) { /* told as a check; the rest would be somebody else's claim */
        rc = RC_OK;
        goto out;
    }
    if (rc == RC_OK && (rc = check_messages(&w, bundle, e)) == RC_OK)
        rc = check_chain(&w, bundle, e);
out:
    buf_free(&manifest);
    buf_free(&seal);
    return rc;
}
