#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <signal.h>

#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <openssl/evp.h>

#include "base/stream.h"
#include "keys.h"
#include "spool/dsig.h"

#define HEAD                                                                                       \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"                                                 \
    "<c:M xmlns:c=\"urn:c\" version=\"1.0\" guid=\"G\">\n<c:D><c:n>龙岩 "                        \
    "&lt;&amp;&gt;</c:n></c:D>\n"
#define TAIL "</c:M>\n"

static const struct signer_form forms[] = {
    {SIGNER_RSA_SHA1,   "rsa.key", "rsa.crt", NULL, 5, NULL},
    {SIGNER_RSA_SHA256, "rsa.key", "rsa.crt", NULL, 5, NULL},
    {SIGNER_SM2_SM3,    "sm2.key", "sm2.crt", NULL, 5, NULL},
};

static int
make_keys(void **state)
{
    static const char *const commands[] = {
        "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=zone -keyout rsa.key "
        "-out rsa.crt",
        "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=other -keyout other.key "
        "-out other.crt",
        "openssl genpkey -algorithm SM2 -out sm2.key",
        "openssl req -x509 -new -key sm2.key -sm3 -sigopt distid:1234567812345678 -days 30 "
        "-subj /CN=zone -out sm2.crt",
    };

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    return keys_make(commands, sizeof commands / sizeof *commands);
}

static int
remove_keys(void **state)
{
    (void)state;
    return keys_remove();
}

static struct span
sign(struct arena *a, const struct dsig_form *f, const struct signer_form *form)
{
    struct signer *s = NULL;
    struct span signature = {NULL, 0};
    struct err e = {0};

    if (signer_open(&s, form, &e) != RC_OK ||
        dsig_sign(a, f, s, SPAN(HEAD TAIL), sizeof HEAD - 1, &signature, &e) != RC_OK)
        fail_msg("%s", e.text);
    signer_close(&s);
    return signature;
}

static struct span
joined(struct arena *a, struct span signature)
{
    return span_of(arena_printf(a, HEAD "%.*s" TAIL, SPAN_F(signature)));
}

static rc_t
verify(const struct dsig_form *f, const struct signer_form *form, struct span xml, struct err *e)
{
    struct signer *s = NULL;
    rc_t rc = signer_open(&s, form, e);

    if (rc == RC_OK)
        rc = dsig_verify(f, s, xml, e);
    signer_close(&s);
    return rc;
}

static void
xmlsec1_verifies(void **state)
{
    const struct dsig_form f = {.key_name = "01691fe9"};
    struct arena *a = arena_new("test");
    struct err e;

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct span signed_ = joined(a, sign(a, &f, &forms[i]));

        put_file("m.xml", signed_);
        assert_int_equal(run_command("xmlsec1 --verify --pubkey-cert-pem rsa.crt m.xml"), 0);
        assert_int_not_equal(run_command("xmlsec1 --verify --pubkey-cert-pem other.crt m.xml"), 0);
        if (verify(&f, &forms[i], signed_, &e) != RC_OK)
            fail_msg("%s", e.text);
        assert_non_null(strstr(signed_.p, "<ds:KeyName>01691fe9</ds:KeyName>"));
    }
    arena_free(&a);
}

static const char *
between(struct arena *a, struct span s, const char *begin, const char *end)
{
    const char *text = arena_span(a, s), *from = strstr(text, begin), *to;

    assert_non_null(from);
    from += strlen(begin);
    assert_non_null(to = strstr(from, end));
    return arena_strn(a, from, (size_t)(to - from));
}

/* What C14N makes of the SignedInfo inside of the document: the namespaces in scope, no short tags. */
static struct span
signed_info(struct arena *a, struct span signature)
{
    const char *p = between(a, signature, "<ds:SignedInfo>", "</ds:SignedInfo>");
    const char *element = "";
    struct buf b = {0};
    struct span s;

    buf_str(&b,
            "<ds:SignedInfo xmlns:c=\"urn:c\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">");
    for (; *p; p++) {
        if (*p == '<' && p[1] != '/')
            element = p + 1;
        if (p[0] == '/' && p[1] == '>') {
            buf_printf(&b, "></%.*s>", (int)strcspn(element, " />"), element);
            p++;
        } else {
            buf_put(&b, p, 1);
        }
    }
    buf_str(&b, "</ds:SignedInfo>");
    s = (struct span){arena_span(a, (struct span){b.p, b.n}), b.n};
    buf_free(&b);
    return s;
}

/* SM2 is beyond xmlsec1: both values are computed another way. */
static void
sm2_by_hand(void **state)
{
    struct arena *a = arena_new("test");
    struct span signature = sign(a, &(struct dsig_form){0}, &forms[2]);
    xmlDocPtr doc = xmlReadMemory(HEAD TAIL, sizeof HEAD TAIL - 1, NULL, NULL, 0);
    struct signer *s = NULL;
    unsigned char md[EVP_MAX_MD_SIZE], value[80];
    char digest[64];
    xmlChar *canonical = NULL;
    const char *text;
    unsigned n;
    int bytes;
    struct err e;

    (void)state;
    bytes = xmlC14NDocDumpMemory(doc, NULL, XML_C14N_1_0, NULL, 0, &canonical);
    assert_true(bytes > 0);
    assert_int_equal(EVP_Digest(canonical, (size_t)bytes, md, &n, EVP_sm3(), NULL), 1);
    EVP_EncodeBlock((unsigned char *)digest, md, (int)n);
    assert_string_equal(between(a, signature, "<ds:DigestValue>", "</"), digest);

    text = between(a, signature, "<ds:SignatureValue>", "</");
    assert_int_equal(strlen(text), 88);
    assert_int_equal(EVP_DecodeBlock(value, (const unsigned char *)text, 88), 66);
    assert_int_equal(signer_open(&s, &forms[2], &e), RC_OK);
    assert_int_equal(
        signer_verify(s, signed_info(a, signature), (struct span){(char *)value, 64}, &e), RC_OK);
    assert_int_equal(verify(&(struct dsig_form){0}, &forms[2], joined(a, signature), &e), RC_OK);
    signer_close(&s);
    xmlFree(canonical);
    xmlFreeDoc(doc);
    arena_free(&a);
}

/* As the field does it: SM2 by one name, over a SHA-1 digest. */
static void
names_are_the_receivers(void **state)
{
    const struct dsig_form f = {"sha1", "http://www.w3.org/2000/09/xmldsig#sm2-sm3",
                                "http://www.w3.org/2000/09/xmldsig#sha1", "<03>"};
    struct arena *a = arena_new("test");
    struct span signature = sign(a, &f, &forms[2]);
    struct err e;

    (void)state;
    assert_non_null(strstr(arena_span(a, signature),
                           "<ds:SignatureMethod "
                           "Algorithm=\"http://www.w3.org/2000/09/xmldsig#sm2-sm3\"/>"));
    assert_int_equal(strlen(between(a, signature, "<ds:DigestValue>", "</")), 28);
    assert_non_null(strstr(arena_span(a, signature), "<ds:KeyName>&lt;03&gt;</ds:KeyName>"));
    assert_int_equal(verify(&f, &forms[2], joined(a, signature), &e), RC_OK);
    assert_int_equal(verify(&(struct dsig_form){0}, &forms[2], joined(a, signature), &e),
                     RC_REJECT);
    arena_free(&a);
}

static const char *
replaced(struct arena *a, struct span s, const char *old, const char *new)
{
    const char *text = arena_span(a, s), *at = strstr(text, old);

    assert_non_null(at);
    return arena_printf(a, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
}

static void
what_does_not_verify(void **state)
{
    const struct dsig_form f = {0};
    struct arena *a = arena_new("test");
    struct span signature = sign(a, &f, &forms[1]), whole = joined(a, signature);
    const char *const bad[] = {
        HEAD TAIL, /* none */
        "<c:M",
        replaced(a, whole, "龙岩", "龙江"),
        replaced(a, whole, "<ds:Signature ", " <ds:Signature "), /* added white space */
        replaced(a, whole, "URI=\"\"", "URI=\"#G\""),
        replaced(a, whole, "#enveloped-signature\"/>",
                 "#enveloped-signature\"/><ds:Transform "
                 "Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\">"
                 "<ds:XPath>true()</ds:XPath></ds:Transform>"),
        replaced(a, whole, "rsa-sha256", "rsa-sha1"),
        arena_printf(a, HEAD "%.*s%.*s" TAIL, SPAN_F(signature), SPAN_F(signature)),
        replaced(a, whole, "?>\n", "?>\n<!DOCTYPE c:M []>"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err e = {0};

        if (verify(&f, &forms[1], span_of(bad[i]), &e) != RC_REJECT)
            fail_msg("case %zu: %s", i, e.text);
        assert_int_equal(e.code, ERR_SIGNATURE);
    }
    arena_free(&a);
}

/* The signer's own error comes through. */
static void
signer_away(void **state)
{
    const char *command[] = {"/bin/false", NULL};
    const struct signer_form form = {SIGNER_RSA_SHA256, NULL, "rsa.crt", command, 5, NULL};
    struct arena *a = arena_new("test");
    struct signer *s = NULL;
    struct span signature;
    struct err e = {0};

    (void)state;
    assert_int_equal(signer_open(&s, &form, &e), RC_OK);
    assert_int_equal(
        dsig_sign(a, &(struct dsig_form){0}, s, SPAN(HEAD TAIL), sizeof HEAD - 1, &signature, &e),
        RC_RETRY);
    assert_non_null(strstr(e.text, "/bin/false: ended with status 1"));
    signer_close(&s);
    arena_free(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xmlsec1_verifies),
        cmocka_unit_test(sm2_by_hand),
        cmocka_unit_test(names_are_the_receivers),
        cmocka_unit_test(what_does_not_verify),
        cmocka_unit_test(signer_away),
    };

    return cmocka_run_group_tests(tests, make_keys, remove_keys);
}
