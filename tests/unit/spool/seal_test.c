#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <time.h>

#include "keys.h"
#include "spool/seal.h"

#define CONTENT SPAN("<manifest>\r\n<message/>\n</manifest>")

static time_t now;

static int
make_keys(void **state)
{
    static const char *const commands[] = {
        "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=zone -keyout rsa.key -out "
        "rsa.crt",
        ("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "
         "/CN=zone "
         "-keyout ec.key -out ec.crt"),
        "openssl req -x509 -newkey ed25519 -nodes -days 30 -subj /CN=zone -keyout ed.key -out "
        "ed.crt",
        "openssl rsa -in rsa.key -aes128 -passout pass:secret -out locked.key",
        "openssl genpkey -algorithm SM2 -out sm2.key",
        "openssl req -x509 -new -key sm2.key -sm3 -sigopt distid:1234567812345678 -days 30 "
        "-subj /CN=zone -out sm2.crt",
        "openssl x509 -in rsa.crt -pubkey -noout -out rsa.pub",
        "openssl x509 -in sm2.crt -pubkey -noout -out sm2.pub",
    };

    (void)state;
    if (keys_make(commands, sizeof commands / sizeof *commands) != 0)
        return -1;
    now = time(NULL) + 60;
    return 0;
}

static int
remove_keys(void **state)
{
    (void)state;
    return keys_remove();
}

static struct seal_form
cms(const char *key, const char *cert)
{
    return (struct seal_form){
        .cms = true, .key = {.key_file = key, .cert_file = cert}
    };
}

static rc_t
sign_with(struct arena *a, const char *key, const char *cert, struct span content, time_t when,
          struct span *p7s, struct err *e)
{
    const struct seal_form f = cms(key, cert);

    return seal_sign(a, &f, content, when, p7s, e);
}

static rc_t
verify(const char *cert, struct span content, struct span p7s, struct err *e)
{
    const struct seal_form f = cms(NULL, cert);

    return seal_verify(&f, content, p7s, e);
}

static rc_t
check(const char *key, const char *cert, time_t when, int *days, struct err *e)
{
    const struct seal_form f = cms(key, cert);

    return seal_check(&f, when, days, e);
}

static struct span
sign(struct arena *a, const char *kind)
{
    struct span p7s = {0};
    struct err e = {0};

    if (sign_with(a, arena_printf(a, "%s.key", kind), arena_printf(a, "%s.crt", kind), CONTENT, now,
                  &p7s, &e) != RC_OK)
        fail_msg("%s: %s", kind, e.text);
    return p7s;
}

static void
sign_and_verify(void **state)
{
    static const char *const kinds[] = {"rsa", "ec"};
    struct arena *a = arena_new("test");
    struct err e;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const char *own = i ? "ec.crt" : "rsa.crt", *other = i ? "rsa.crt" : "ec.crt";
        struct span p7s = sign(a, kinds[i]);

        assert_int_equal(verify(own, CONTENT, p7s, &e), RC_OK);
        assert_int_equal(verify(other, CONTENT, p7s, &e), RC_REJECT);
        assert_int_equal(e.code, ERR_SIGNATURE);
        assert_string_equal(e.text, "made with another certificate");
        assert_true(seal_names(&(struct seal_form){.cms = true, .key.cert_file = own}, p7s));
        assert_false(seal_names(&(struct seal_form){.cms = true, .key.cert_file = other}, p7s));
        /* LF for CRLF is other content: nothing is canonicalised */
        assert_int_equal(verify(own, SPAN("<manifest>\n<message/>\n</manifest>"), p7s, &e),
                         RC_REJECT);
        assert_int_equal(verify(own, SPAN(""), p7s, &e), RC_REJECT);
    }
    arena_free(&a);
}

static void
rsa_gives_the_same_bytes(void **state)
{
    struct arena *a = arena_new("test");
    struct span one = sign(a, "rsa"), two, other = {0};

    (void)state;
    setenv("TZ", "Asia/Shanghai", 1);
    tzset();
    two = sign(a, "rsa");
    assert_true(span_eq(one, two));
    assert_int_equal(sign_with(a, "rsa.key", "rsa.crt", CONTENT, now + 1, &other, NULL), RC_OK);
    assert_false(span_eq(one, other));
    unsetenv("TZ");
    tzset();
    arena_free(&a);
}

static void
no_flipped_bit_verifies(void **state)
{
    struct arena *a = arena_new("test");
    struct span p7s = sign(a, "ec"), content = CONTENT;
    char *p = arena_span(a, p7s), *c = arena_span(a, content);
    size_t passed = 0;

    (void)state;
    for (size_t i = 0; i < p7s.n; i++) {
        p[i] ^= 1;
        passed += verify("ec.crt", content, (struct span){p, p7s.n}, NULL) == RC_OK;
        p[i] ^= 1;
    }
    /* the certificate inside is not what we verify against: damage to it alone may pass */
    assert_true(passed < p7s.n * 2 / 3);
    for (size_t i = 0; i < content.n; i++) {
        c[i] ^= 1;
        assert_int_equal(verify("ec.crt", (struct span){c, content.n}, p7s, NULL), RC_REJECT);
        c[i] ^= 1;
    }
    for (size_t n = 0; n < p7s.n; n++)
        assert_int_equal(verify("ec.crt", content, (struct span){p, n}, NULL), RC_REJECT);
    assert_int_equal(verify("ec.crt", content, (struct span){p, p7s.n + 1}, NULL), RC_REJECT);
    arena_free(&a);
}

static void
openssl_verifies_ours(void **state)
{
    struct arena *a = arena_new("test");

    (void)state;
    for (int i = 0; i < 2; i++) {
        const char *kind = i ? "ec" : "rsa";

        put_file("m", CONTENT);
        put_file("m.p7s", sign(a, kind));
        assert_int_equal(
            run_command(arena_printf(a,
                                     "openssl cms -verify -binary -inform DER -in m.p7s "
                                     "-content m -certfile %s.crt -CAfile %s.crt "
                                     "-purpose any",
                                     kind, kind)),
            0);
        put_file("m", SPAN("other"));
        assert_int_not_equal(
            run_command(arena_printf(a,
                                     "openssl cms -verify -binary -inform DER -in m.p7s "
                                     "-content m -CAfile %s.crt -purpose any",
                                     kind)),
            0);
    }
    arena_free(&a);
}

/* What an agency may send, made by the openssl command from file m. */
static const struct theirs_case {
    const char *what, *command;
    rc_t rc;
    const char *says;
} theirs_cases[] = {
    {"RSA",                     "-signer rsa.crt -inkey rsa.key -md sha256",                              RC_OK,     ""         },
    {"without its certificate", "-nocerts -signer rsa.crt -inkey rsa.key -md sha256",                     RC_OK,     ""         },
    {"another signer",          "-signer ec.crt -inkey ec.key -md sha256",                                RC_REJECT,
     "made with another certificate"                                                                                            },
    {"two signers",             "-signer rsa.crt -inkey rsa.key -signer ec.crt -inkey ec.key -md sha256",
     RC_REJECT,                                                                                                      "2 signers"},
    {"SHA-1",                   "-signer rsa.crt -inkey rsa.key -md sha1",                                RC_REJECT, "SHA1"     },
    {"content inside",          "-nodetach -signer rsa.crt -inkey rsa.key -md sha256",                    RC_REJECT,
     "detached"                                                                                                                 },
    {"no signed time",          "-noattr -signer rsa.crt -inkey rsa.key -md sha256",                      RC_REJECT, "time"     },
};

static void
theirs_are_judged(void **state)
{
    struct arena *a = arena_new("test");

    (void)state;
    put_file("m", CONTENT);
    for (size_t i = 0; i < sizeof theirs_cases / sizeof *theirs_cases; i++) {
        const struct theirs_case *c = &theirs_cases[i];
        struct err e = {0};
        rc_t rc;

        assert_int_equal(
            run_command(arena_printf(
                a, "openssl cms -sign -binary -in m -outform DER -out m.p7s %s", c->command)),
            0);
        rc = verify("rsa.crt", CONTENT, get_file(a, "m.p7s"), &e);
        if (rc != c->rc || !strstr(e.text, c->says))
            fail_msg("%s: rc %d: %s", c->what, (int)rc, e.text);
    }
    arena_free(&a);
}

static void
a_certificate_has_a_lifetime(void **state)
{
    struct arena *a = arena_new("test");
    struct span late = {0};
    struct err e = {0};
    int days = -1;

    (void)state;
    assert_int_equal(check("rsa.key", "rsa.crt", now, &days, &e), RC_OK);
    assert_int_equal(days, 29);
    assert_int_equal(check("ec.key", "ec.crt", now + 29 * 86400, &days, &e), RC_OK);
    assert_int_equal(days, 0);
    assert_int_equal(check("rsa.key", "rsa.crt", now + 32 * 86400, &days, &e), RC_FAIL);
    assert_non_null(strstr(e.text, "expired"));
    assert_int_equal(check("rsa.key", "rsa.crt", now - 86400, &days, &e), RC_FAIL);
    assert_non_null(strstr(e.text, "not valid yet"));

    assert_int_equal(sign_with(a, "rsa.key", "rsa.crt", CONTENT, now + 32 * 86400, &late, &e),
                     RC_OK);
    assert_int_equal(verify("rsa.crt", CONTENT, late, &e), RC_REJECT);
    assert_non_null(strstr(e.text, "validity"));
    arena_free(&a);
}

static const struct pair_case {
    const char *what, *key, *cert, *says;
} pair_cases[] = {
    {"no key",              "none.key",   "rsa.crt",  "none.key"      },
    {"no certificate",      "rsa.key",    "none.crt", "none.crt"      },
    {"two pairs mixed",     "rsa.key",    "ec.crt",   "is not the key"},
    {"key for another use", "ed.key",     "ed.crt",   "RSA or EC"     },
    {"passphrase",          "locked.key", "rsa.crt",  "passphrase"    },
    {"rubbish as key",      "bad.pem",    "rsa.crt",  "bad.pem"       },
    {"rubbish as cert",     "rsa.key",    "bad.pem",  "bad.pem"       },
};

static void
unusable_pairs_are_named(void **state)
{
    struct arena *a = arena_new("test");

    (void)state;
    put_file("bad.pem", SPAN("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
    for (size_t i = 0; i < sizeof pair_cases / sizeof *pair_cases; i++) {
        const struct pair_case *c = &pair_cases[i];
        struct span p7s = {0};
        struct err e = {0};
        int days;

        if (check(c->key, c->cert, now, &days, &e) != RC_FAIL || !strstr(e.text, c->says))
            fail_msg("%s: %s", c->what, e.text);
        assert_int_equal(sign_with(a, c->key, c->cert, CONTENT, now, &p7s, &e), RC_FAIL);
        assert_int_equal(e.code, ERR_SIGNATURE);
        assert_null(p7s.p);
    }
    arena_free(&a);
}

/* A bare seal is what the openssl command verifies, and what a stranger needs only the certificate
 * for. */
static void
bare_seals(void **state)
{
    static const struct seal_form forms[] = {
        {false, {SIGNER_RSA_SHA256, "rsa.key", "rsa.crt", NULL, 5, NULL}},
        {false, {SIGNER_SM2_SM3, "sm2.key", "sm2.crt", NULL, 5, NULL}   },
    };
    static const char *const commands[] = {
        "openssl dgst -sha256 -verify rsa.pub -signature m.sig m",
        "openssl pkeyutl -verify -pubin -inkey sm2.pub -rawin -digest sm3 "
        "-pkeyopt distid:1234567812345678 -sigfile m.sig -in m",
    };
    struct arena *a = arena_new("test");

    (void)state;
    put_file("m", CONTENT);
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        const struct seal_form f = forms[i];
        struct seal_form other;
        struct span seal;
        struct err e = {0};
        int days;

        if (seal_sign(a, &f, CONTENT, now, &seal, &e) != RC_OK)
            fail_msg("%s", e.text);
        assert_string_equal(seal_suffix(&f), ".sig");
        put_file("m.sig", seal);
        assert_int_equal(run_command(commands[i]), 0);
        assert_int_equal(seal_bare(&other, f.key.cert_file, &e), RC_OK);
        assert_int_equal(seal_verify(&other, CONTENT, seal, &e), RC_OK);
        assert_int_equal(seal_verify(&other, SPAN("else"), seal, &e), RC_REJECT);
        assert_int_equal(seal_verify(&other, CONTENT, SPAN("no DER"), &e), RC_REJECT);
        assert_int_equal(seal_check(&f, now, &days, &e), RC_OK);
    }
    arena_free(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bare_seals),
        cmocka_unit_test(sign_and_verify),
        cmocka_unit_test(rsa_gives_the_same_bytes),
        cmocka_unit_test(no_flipped_bit_verifies),
        cmocka_unit_test(openssl_verifies_ours),
        cmocka_unit_test(theirs_are_judged),
        cmocka_unit_test(a_certificate_has_a_lifetime),
        cmocka_unit_test(unusable_pairs_are_named),
    };

    return cmocka_run_group_tests(tests, make_keys, remove_keys);
}
