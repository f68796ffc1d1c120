#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "spool/digest.h"

/* FIPS 180-4 examples */
static const struct {
    const char *what, *input, *want;
} cases[] = {
  /* clang-format off */
    {"nothing", "",
     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"one block", "abc",
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"two blocks", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
  /* clang-format on */
};

static void
known_answers_from_one_digest(void **state)
{
    struct digest *d = digest_new();
    char hex[DIGEST_HEX];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        print_message("%s\n", cases[i].what);
        for (const char *p = cases[i].input; *p != '\0'; p++)
            digest_update(d, p, 1);
        digest_hex(d, hex); /* and starts anew */
        assert_string_equal(hex, cases[i].want);
        digest_update(d, cases[i].input, strlen(cases[i].input));
        digest_hex(d, hex);
        assert_string_equal(hex, cases[i].want);
    }
    digest_free(&d);
    assert_null(d);
    digest_free(&d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers_from_one_digest),
    };

    return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
