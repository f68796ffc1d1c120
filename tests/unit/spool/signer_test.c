#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/stat.h>
#include <time.h>

#include "keys.h"
#include "spool/signer.h"

#define BYTES SPAN("what an agency wants to know from whom it is")

static const struct signer_form rsa = {SIGNER_RSA_SHA256, "rsa.key", "rsa.crt", NULL, 5, NULL};
static const struct signer_form sm2 = {SIGNER_SM2_SM3, "sm2.key", "sm2.crt", NULL, 5, NULL};

static void
program(const char *name, const char *text)
{
    put_file(name, span_of(text));
    assert_int_equal(chmod(name, 0700), 0);
}

static int
make_keys(void **state)
{
    static const char *const commands[] = {
        "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=zone -keyout rsa.key "
        "-out rsa.crt",
        "openssl genpkey -algorithm SM2 -out sm2.key",
        "openssl req -x509 -new -key sm2.key -sm3 -sigopt distid:1234567812345678 -days 30 "
        "-subj /CN=zone -out sm2.crt",
    };

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    if (keys_make(commands, sizeof commands / sizeof *commands) != 0)
        return -1;
    program("good-rsa", "#!/bin/sh\n[ \"$LANDPORT_SIGN $1\" = 'rsa-sha256 card' ] || exit 9\n"
                        "openssl dgst -sha256 -sign rsa.key | base64\n");
    program("good-sm2", "#!/bin/sh\nopenssl pkeyutl -sign -inkey sm2.key -rawin -digest sm3 "
                        "-pkeyopt distid:1234567812345678 -in /dev/stdin | base64\n");
    program("other", "#!/bin/sh\nopenssl dgst -sha1 -sign rsa.key | base64\n");
    program("hangs", "#!/bin/sh\nexec sleep 100\n");
    program("deaf", "#!/bin/sh\nexec <&-\nexit 3\n");
    program("wordy", "#!/bin/sh\nexec yes\n");
    program("garbage", "#!/bin/sh\necho '%%%%'\n");
    return 0;
}

static int
remove_keys(void **state)
{
    (void)state;
    return keys_remove();
}

static struct span
sign(struct arena *a, const struct signer_form *form)
{
    struct signer *s = NULL;
    struct span value = {NULL, 0};
    struct err e = {0};

    if (signer_open(&s, form, &e) != RC_OK || signer_sign(s, a, BYTES, &value, &e) != RC_OK)
        fail_msg("%s", e.text);
    signer_close(&s);
    return value;
}

static void
openssl_verifies_rsa(void **state)
{
    struct arena *a = arena_new("test");
    struct signer_form sha1 = rsa;

    (void)state;
    sha1.method = SIGNER_RSA_SHA1;
    put_file("m", BYTES);
    assert_int_equal(run_command("openssl x509 -in rsa.crt -pubkey -noout -out rsa.pub"), 0);
    put_file("v", sign(a, &rsa));
    assert_int_equal(run_command("openssl dgst -sha256 -verify rsa.pub -signature v m"), 0);
    assert_true(span_eq(sign(a, &rsa), sign(a, &rsa))); /* a rebuild is the same */
    put_file("v", sign(a, &sha1));
    assert_int_equal(run_command("openssl dgst -sha1 -verify rsa.pub -signature v m"), 0);
    arena_free(&a);
}

static void
sm2_is_r_and_s_and_depends_on_the_user(void **state)
{
    struct arena *a = arena_new("test");
    struct signer_form other = sm2;
    struct signer *s = NULL;
    struct span value = sign(a, &sm2);
    struct err e;

    (void)state;
    assert_int_equal(value.n, 64);
    assert_int_equal(signer_open(&s, &sm2, &e), RC_OK);
    assert_int_equal(signer_verify(s, BYTES, value, &e), RC_OK);
    assert_int_equal(signer_verify(s, SPAN("else"), value, &e), RC_REJECT);
    assert_int_equal(signer_verify(s, BYTES, (struct span){value.p, 63}, &e), RC_REJECT);
    signer_close(&s);
    other.user_id = "somebody else";
    assert_int_equal(signer_open(&s, &other, &e), RC_OK);
    assert_int_equal(signer_verify(s, BYTES, value, &e), RC_REJECT);
    signer_close(&s);
    arena_free(&a);
}

/* A card that answers in DER, with the openssl command in its place. */
static void
programs_sign(void **state)
{
    const char *card[] = {"./good-rsa", "card", NULL}, *sm2_card[] = {"./good-sm2", NULL};
    struct arena *a = arena_new("test");
    struct signer_form form = {SIGNER_RSA_SHA256, NULL, "rsa.crt", card, 20, NULL};

    (void)state;
    assert_true(span_eq(sign(a, &form), sign(a, &rsa)));
    form = (struct signer_form){SIGNER_SM2_SM3, NULL, "sm2.crt", sm2_card, 20, NULL};
    assert_int_equal(sign(a, &form).n, 64);
    arena_free(&a);
}

static void
programs_fail(void **state)
{
    static const struct {
        const char *program;
        rc_t rc;
        const char *says;
    } cases[] = {
        {"./other",   RC_FAIL,  "does not verify"         },
        {"./hangs",   RC_RETRY, "within its deadline"     },
        {"./deaf",    RC_RETRY, "ended with status 3"     },
        {"./wordy",   RC_FAIL,  "printed more than"       },
        {"./garbage", RC_FAIL,  "./garbage: what the prog"},
        {"./missing", RC_RETRY, "ended with status 127"   },
    };
    struct arena *a = arena_new("test");
    char *much = arena_alloc(a, 1000000);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *command[] = {cases[i].program, NULL};
        struct signer_form form = {SIGNER_RSA_SHA256, NULL, "rsa.crt", command, 2, NULL};
        struct signer *s = NULL;
        struct span value;
        struct err e = {0};
        time_t began = time(NULL);

        assert_int_equal(signer_open(&s, &form, &e), RC_OK);
        if (signer_sign(s, a, (struct span){much, 1000000}, &value, &e) != cases[i].rc ||
            e.code != ERR_SIGNATURE || !strstr(e.text, cases[i].says))
            fail_msg("%s: %s", cases[i].program, e.text);
        assert_true(time(NULL) - began < 10);
        signer_close(&s);
    }
    arena_free(&a);
}

static void
wrong_keys(void **state)
{
    static const struct {
        struct signer_form form;
        const char *says;
    } cases[] = {
        {{SIGNER_RSA_SHA1, "sm2.key", "sm2.crt", NULL, 5, NULL},    "key is SM2, must be RSA"},
        {{SIGNER_SM2_SM3, "rsa.key", "rsa.crt", NULL, 5, NULL},     "key is RSA, must be SM2"},
        {{SIGNER_RSA_SHA256, "rsa.key", "sm2.crt", NULL, 5, NULL},  "is not the key of"      },
        {{SIGNER_RSA_SHA256, "none.key", "rsa.crt", NULL, 5, NULL}, "none.key"               },
        {{SIGNER_SM2_SM3, NULL, "rsa.crt", NULL, 5, NULL},          "rsa.crt: key is RSA"    },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct signer *s = NULL;
        struct err e = {0};

        if (signer_open(&s, &cases[i].form, &e) != RC_FAIL || !strstr(e.text, cases[i].says))
            fail_msg("wanted %s, got %s", cases[i].says, e.text);
        signer_close(&s);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openssl_verifies_rsa),
        cmocka_unit_test(sm2_is_r_and_s_and_depends_on_the_user),
        cmocka_unit_test(programs_sign),
        cmocka_unit_test(programs_fail),
        cmocka_unit_test(wrong_keys),
    };

    return cmocka_run_group_tests(tests, make_keys, remove_keys);
}
