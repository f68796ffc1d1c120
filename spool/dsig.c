#include "spool/dsig.h"

#include <limits.h>
#include <stdlib.h>

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <openssl/evp.h>
#include <xmlsec/base64.h>
#include <xmlsec/errors.h>
#include <xmlsec/keys.h>
#include <xmlsec/openssl/crypto.h>
#include <xmlsec/transforms.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmlsec.h>
#include <xmlsec/xmltree.h>

#include "base/stream.h"

#define DSIG "http://www.w3.org/2000/09/xmldsig#"

struct digest {
    const char *name, *evp, *algorithm;
};
static const struct digest digests[] = {
    {"sha1",   "SHA1",   DSIG "sha1"                                      },
    {"sha256", "SHA256", "http://www.w3.org/2001/04/xmlenc#sha256"        },
    {"sm3",    "SM3",    "http://www.chinaport.gov.cn/2022/04/xmldsig#sm3"},
};

/* By enum signer_method: the name of the algorithm, the digest that goes with it. */
static const struct usual {
    const char *algorithm, *digest;
} usual[] = {
    {DSIG "rsa-sha1",                                       "sha1"  },
    {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",   "sha256"},
    {"http://www.chinaport.gov.cn/2022/04/xmldsig#sm2-sm3", "sm3"   },
};

static const struct digest *
find_digest(const char *name)
{
    for (size_t i = 0; i < sizeof digests / sizeof *digests; i++)
        if (!strcmp(digests[i].name, name))
            return &digests[i];
    return NULL;
}

/* ---- our algorithms, as xmlsec1 takes them: everything is collected, the end gives the value ---- */

struct work {
    struct arena *arena;
    const EVP_MD *digest;
    const char *digest_method, *signature_method;
    struct signer *signer;
    struct span signed_bytes; /* of the transform that ran last, for its comparison */
    unsigned char md[EVP_MAX_MD_SIZE];
    unsigned md_size;
    rc_t rc; /* the signer's */
    struct err *e;
    xmlDocPtr doc;
    xmlSecDSigCtxPtr ctx;
    char said[256]; /* the first thing xmlsec1 complained of */
};

/* The work at hand: xmlsec1 gives its callbacks nothing of ours. */
static _Thread_local struct work *now;

static int
put_value(xmlSecTransformPtr t, const void *p, size_t n)
{
    return xmlSecBufferSetData(&t->outBuf, p, (xmlSecSize)n);
}

static int
digest_value(struct work *w, xmlSecTransformPtr t, struct span in)
{
    if (EVP_Digest(in.p, in.n, w->md, &w->md_size, w->digest, NULL) != 1)
        return -1;
    return put_value(t, w->md, w->md_size);
}

static int
signature_value(struct work *w, xmlSecTransformPtr t, struct span in)
{
    struct span value;

    if (t->operation == xmlSecTransformOperationVerify) {
        w->signed_bytes = (struct span){arena_strn(w->arena, in.p, in.n), in.n};
        return 0;
    }
    w->rc = signer_sign(w->signer, w->arena, in, &value, w->e);
    /* xmlsec1 would lose memory if it failed here; whoever called it looks at rc */
    return w->rc == RC_OK ? put_value(t, value.p, value.n) : put_value(t, "", 1);
}

static bool
is_digest(xmlSecTransformPtr t)
{
    return t->id->usage == xmlSecTransformUsageDigestMethod;
}

static int
run(xmlSecTransformPtr t, int last, xmlSecTransformCtxPtr ctx)
{
    struct span in;
    int rc;

    (void)ctx;
    if (t->status == xmlSecTransformStatusNone)
        t->status = xmlSecTransformStatusWorking;
    if (t->status == xmlSecTransformStatusFinished || !last)
        return 0; /* what has come stays in inBuf until the last of it is there */
    in =
        (struct span){(const char *)xmlSecBufferGetData(&t->inBuf), xmlSecBufferGetSize(&t->inBuf)};
    rc = is_digest(t) ? digest_value(now, t, in) : signature_value(now, t, in);
    if (rc != 0 || xmlSecBufferRemoveHead(&t->inBuf, (xmlSecSize)in.n) != 0)
        return -1;
    t->status = xmlSecTransformStatusFinished;
    return 0;
}

static int
compare(xmlSecTransformPtr t, const xmlSecByte *data, xmlSecSize n, xmlSecTransformCtxPtr ctx)
{
    struct span value = {(const char *)data, n};
    bool same;

    (void)ctx;
    if (is_digest(t))
        same = span_eq(value, (struct span){(const char *)now->md, now->md_size});
    else
        same = signer_verify(now->signer, now->signed_bytes, value, NULL) == RC_OK;
    t->status = same ? xmlSecTransformStatusOk : xmlSecTransformStatusFail;
    return 0;
}

/* xmlsec1 finds algorithms by their names in one list for the whole process. What one of ours does
 * depends on the work at hand, so a name is entered once and for all. */
static xmlSecTransformId
algorithm(const char *name, xmlSecTransformUsage usage)
{
    static struct entry {
        struct _xmlSecTransformKlass klass;
        struct entry *next;
    } * entries;
    struct entry *n = entries;

    while (n && (n->klass.usage != usage || strcmp((const char *)n->klass.href, name) != 0))
        n = n->next;
    if (n)
        return &n->klass;
    if (!(n = calloc(1, sizeof *n)))
        BUG("out of memory");
    n->klass = (struct _xmlSecTransformKlass){
        .klassSize = sizeof(xmlSecTransformKlass),
        .objSize = sizeof(xmlSecTransform),
        .name = BAD_CAST "landport",
        .href = xmlStrdup(BAD_CAST name),
        .usage = usage,
        .verify = compare,
        .getDataType = xmlSecTransformDefaultGetDataType,
        .pushBin = xmlSecTransformDefaultPushBin,
        .popBin = xmlSecTransformDefaultPopBin,
        .execute = run,
    };
    if (!n->klass.href || xmlSecTransformIdsRegister(&n->klass) < 0)
        BUG("out of memory");
    n->next = entries;
    entries = n;
    return &n->klass;
}

/* ---- signing and verifying ---- */

static void
complained(const char *file, int line, const char *func, const char *object, const char *subject,
           int reason, const char *msg)
{
    (void)file, (void)line, (void)func;
    if (now && !*now->said)
        snprintf(now->said, sizeof now->said, "%s %s %s",
                 object    ? object
                 : subject ? subject
                           : "",
                 xmlSecErrorsGetMsg((xmlSecSize)reason), msg ? msg : "");
}

static void
stop_library(void)
{
    xmlSecShutdown();
}

static void
start_library(void)
{
    static bool started;

    if (started)
        return;
    if (xmlSecInit() < 0 || xmlSecCheckVersion() != 1)
        BUG("xmlsec1 does not start");
    xmlSecErrorsSetCallback(complained);
    xmlSecBase64SetDefaultLineSize(0); /* no line ends inside of values */
    started = atexit(stop_library) == 0;
}

static rc_t
failed(struct work *w, rc_t rc, struct err *e, const char *what)
{
    return err_set(e, rc, ERR_SIGNATURE, "%s%s%s", what, *w->said ? ": " : "", w->said);
}

static void
work_open(struct work *w, const struct dsig_form *f, struct signer *s, struct err *e)
{
    const struct usual *u = &usual[signer_method(s)];
    const struct digest *d = find_digest(f->digest ? f->digest : u->digest);

    start_library();
    *w = (struct work){.arena = arena_new("dsig"),
                       .digest = EVP_get_digestbyname(d->evp),
                       .digest_method = f->digest_method ? f->digest_method : d->algorithm,
                       .signature_method = f->signature_method ? f->signature_method : u->algorithm,
                       .signer = s,
                       .e = e};
    now = w;
}

static rc_t
work_parse(struct work *w, struct span xml, struct err *e)
{
    const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_HUGE;

    if (xml.n > INT_MAX)
        return err_set(e, RC_REJECT, ERR_SIGNATURE, "a message of %zu bytes", xml.n);
    w->doc = xmlReadMemory(xml.p, (int)xml.n, NULL, NULL, options);
    if (!w->doc || !xmlDocGetRootElement(w->doc) || w->doc->intSubset)
        return err_set(e, RC_REJECT, ERR_SIGNATURE, "not well-formed XML without DOCTYPE");
    return RC_OK;
}

static void
work_close(struct work *w)
{
    if (w->ctx)
        xmlSecDSigCtxDestroy(w->ctx);
    if (w->doc)
        xmlFreeDoc(w->doc);
    now = NULL;
    arena_free(&w->arena);
}

/* xmlsec1 wants to hold a key, although ours stays with the signer. */
static xmlSecKeyPtr
placeholder(void)
{
    return xmlSecKeyGenerate(xmlSecOpenSSLKeyDataHmacId, 128, xmlSecKeyDataTypeSession);
}

/* Nothing but what we write ourselves is carried out: no other transform, no other reference. */
static void
work_context(struct work *w)
{
    xmlSecDSigCtxPtr ctx = w->ctx = xmlSecDSigCtxCreate(NULL);

    if (!ctx || !(ctx->signKey = placeholder()) ||
        xmlSecDSigCtxEnableReferenceTransform(ctx, xmlSecTransformEnvelopedId) < 0 ||
        xmlSecDSigCtxEnableReferenceTransform(ctx, xmlSecTransformInclC14NId) < 0 ||
        xmlSecDSigCtxEnableReferenceTransform(
            ctx, algorithm(w->digest_method, xmlSecTransformUsageDigestMethod)) < 0 ||
        xmlSecDSigCtxEnableSignatureTransform(ctx, xmlSecTransformInclC14NId) < 0 ||
        xmlSecDSigCtxEnableSignatureTransform(
            ctx, algorithm(w->signature_method, xmlSecTransformUsageSignatureMethod)) < 0)
        BUG("out of memory");
    ctx->enabledReferenceUris = xmlSecTransformUriTypeEmpty;
}

/* The only signature among the root's children; NULL: none, or more than one in the document. */
static xmlNodePtr
find_signature(xmlDocPtr doc)
{
    xmlNodePtr root = xmlDocGetRootElement(doc), found = NULL;

    for (xmlNodePtr n = xmlSecGetNextElementNode(root->children); n;
         n = xmlSecGetNextElementNode(n->next)) {
        if (!xmlSecCheckNodeName(n, BAD_CAST "Signature", BAD_CAST DSIG))
            continue;
        if (found)
            return NULL;
        found = n;
    }
    return found;
}

static void
put_escaped(struct buf *b, const char *before, const char *value, const char *after)
{
    xmlChar *text = xmlEncodeSpecialChars(NULL, BAD_CAST value);

    if (!text)
        BUG("out of memory");
    buf_printf(b, "%s%s%s", before, (const char *)text, after);
    xmlFree(text);
}

static void
put_algorithm(struct buf *b, const char *element, const char *name)
{
    buf_printf(b, "<ds:%s Algorithm=", element);
    put_escaped(b, "\"", name, "\"/>");
}

/* The element with its places for the two values still empty. */
static rc_t
put_template(struct buf *b, struct work *w, const struct dsig_form *f, struct signer *s,
             struct err *e)
{
    const char *cert;
    rc_t rc = signer_certificate(s, w->arena, &cert, e);

    if (rc != RC_OK)
        return rc;
    buf_str(b, "<ds:Signature xmlns:ds=\"" DSIG "\"><ds:SignedInfo>");
    put_algorithm(b, "CanonicalizationMethod", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315");
    put_algorithm(b, "SignatureMethod", w->signature_method);
    buf_str(b, "<ds:Reference URI=\"\"><ds:Transforms>");
    put_algorithm(b, "Transform", DSIG "enveloped-signature");
    buf_str(b, "</ds:Transforms>");
    put_algorithm(b, "DigestMethod", w->digest_method);
    buf_str(b, "<ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo>");
    if (f->key_name)
        put_escaped(b, "<ds:KeyName>", f->key_name, "</ds:KeyName>");
    buf_printf(b, "<ds:X509Data><ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data>", cert);
    buf_str(b, "</ds:KeyInfo></ds:Signature>");
    return RC_OK;
}

static struct span
node_text(struct arena *a, xmlNodePtr node)
{
    xmlBufferPtr out = xmlBufferCreate();
    struct span s;

    if (!out || xmlNodeDump(out, node->doc, node, 0, 0) < 0)
        BUG("out of memory");
    s.n = (size_t)xmlBufferLength(out);
    s.p = arena_strn(a, (const char *)xmlBufferContent(out), s.n);
    xmlBufferFree(out);
    return s;
}

rc_t
dsig_sign(struct arena *a, const struct dsig_form *f, struct signer *s, struct span xml, size_t at,
          struct span *signature, struct err *e)
{
    struct work w;
    struct buf joined = {0};
    xmlNodePtr node;
    rc_t rc;

    work_open(&w, f, s, e);
    buf_put(&joined, xml.p, at);
    if ((rc = put_template(&joined, &w, f, s, e)) != RC_OK)
        goto out;
    buf_put(&joined, xml.p + at, xml.n - at);
    if ((rc = work_parse(&w, (struct span){joined.p, joined.n}, e)) != RC_OK)
        goto out;
    if (!(node = find_signature(w.doc))) {
        rc = err_set(e, RC_FAIL, ERR_SIGNATURE, "a signature does not fit in at byte %zu", at);
        goto out;
    }
    work_context(&w);
    if (xmlSecDSigCtxSign(w.ctx, node) < 0) {
        rc = failed(&w, RC_FAIL, e, "cannot sign");
        goto out;
    }
    if ((rc = w.rc) != RC_OK) /* the signer's, who has told why */
        goto out;
    *signature = node_text(a, node);
out:
    work_close(&w);
    buf_free(&joined);
    return rc;
}

rc_t
dsig_verify(const struct dsig_form *f, struct signer *s, struct span xml, struct err *e)
{
    struct work w;
    xmlNodePtr node;
    rc_t rc;

    work_open(&w, f, s, e);
    if ((rc = work_parse(&w, xml, e)) != RC_OK)
        goto out;
    if (!(node = find_signature(w.doc))) {
        rc = err_set(e, RC_REJECT, ERR_SIGNATURE, "one signature below the root is expected");
        goto out;
    }
    work_context(&w);
    if (xmlSecDSigCtxVerify(w.ctx, node) < 0 || w.ctx->status != xmlSecDSigStatusSucceeded ||
        xmlSecPtrListGetSize(&w.ctx->signedInfoReferences) != 1)
        rc = failed(&w, RC_REJECT, e, "the signature does not verify");
out:
    work_close(&w);
    return rc;
}
