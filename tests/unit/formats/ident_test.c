/* ident: the published and computed vectors of each identifier, and texts that are nearly one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "formats/xsd/check.h"
#include "formats/xsd/ident.h"

#define IN(literal)                                                                                \
    {                                                                                              \
        "" literal "", sizeof(literal) - 1                                                         \
    }

/* want: what must stand at the end; "" where the fault is another. */
/* clang-format off */
static const struct ident_case {
    const char *name;
    ident_fn *ident;
    struct span text;
    enum ident_fault fault;
    const char *want;
} ident_cases[] = {
    {"standard's example",  ident_credit_code, IN("91350100M000100Y43"), IDENT_GOOD, ""},
    {"letter at the end",   ident_credit_code, IN("9144030071526726XG"), IDENT_GOOD, ""},
    {"B at the end",        ident_credit_code, IN("91330100799655058B"), IDENT_GOOD, ""},
    {"made up",             ident_credit_code, IN("91350800MA0LY001XF"), IDENT_GOOD, ""},
    {"made up too",         ident_credit_code, IN("91350800MA0LY0028F"), IDENT_GOOD, ""},
    {"one off",             ident_credit_code, IN("91350100M000100Y44"), IDENT_CHECK, "3"},
    {"letter O",            ident_credit_code, IN("91350800MA0LYO01XF"), IDENT_FORM, ""},
    {"organisation wrong",  ident_credit_code, IN("91350800MA0LY0019F"), IDENT_CHECK, "MA0LY001X"},
    {"organisation none",   ident_credit_code, IN("913508000000000000"), IDENT_FORM, ""},
    {"17 characters",       ident_credit_code, IN("91350100M000100Y4"), IDENT_FORM, ""},
    {"19 characters",       ident_credit_code, IN("91350100M000100Y430"), IDENT_FORM, ""},
    {"small letters",       ident_credit_code, IN("91350100m000100y43"), IDENT_FORM, ""},
    {"small at the end",    ident_credit_code, IN("9144030071526726Xg"), IDENT_FORM, ""},
    {"full-width, 18 bytes", ident_credit_code, IN("９１３５０１"), IDENT_FORM, ""},
    {"NUL inside",          ident_credit_code, IN("9135010\0M000100Y4"), IDENT_FORM, ""},
    {"NUL at the end",      ident_credit_code, IN("91350100M000100Y4\0"), IDENT_FORM, ""},
    {"blank at the end",    ident_credit_code, IN("91350100M000100Y4 "), IDENT_FORM, ""},
    {"nothing",             ident_credit_code, IN(""), IDENT_FORM, ""},

    {"with X",              ident_organisation, IN("D2143569-X"), IDENT_GOOD, ""},
    {"with a digit",        ident_organisation, IN("M000100Y-4"), IDENT_GOOD, ""},
    {"of a credit code",    ident_organisation, IN("MA0LY001-X"), IDENT_GOOD, ""},
    {"no hyphen",           ident_organisation, IN("MA0LY001X"), IDENT_GOOD, ""},
    {"wrong digit",         ident_organisation, IN("D2143569-0"), IDENT_CHECK, "X"},
    {"reserved",            ident_organisation, IN("000000000"), IDENT_FORM, ""},
    {"reserved, hyphen",    ident_organisation, IN("00000000-0"), IDENT_FORM, ""},
    {"8 characters",        ident_organisation, IN("D2143569"), IDENT_FORM, ""},
    {"11 characters",       ident_organisation, IN("D2143569-X0"), IDENT_FORM, ""},
    {"other hyphen",        ident_organisation, IN("D2143569 X"), IDENT_FORM, ""},
    {"hyphen and no more",  ident_organisation, IN("D2143569-"), IDENT_CHECK, "X"},
    {"small letter",        ident_organisation, IN("d2143569-X"), IDENT_FORM, ""},
    {"small x",             ident_organisation, IN("D2143569-x"), IDENT_CHECK, "X"},
    {"full-width, 9 bytes", ident_organisation, IN("Ｄ２１"), IDENT_FORM, ""},
    {"NUL inside",          ident_organisation, IN("D21\0" "3569X"), IDENT_FORM, ""},
    {"nothing",             ident_organisation, IN(""), IDENT_FORM, ""},

    {"ends in X",           ident_resident, IN("11010519491231002X"), IDENT_GOOD, ""},
    {"ends in 4",           ident_resident, IN("440524188001010014"), IDENT_GOOD, ""},
    {"ends in 0",           ident_resident, IN("350802199003070010"), IDENT_GOOD, ""},
    {"ends in 5",           ident_resident, IN("350802198506152435"), IDENT_GOOD, ""},
    {"month 13",            ident_resident, IN("35080219901332001X"), IDENT_DATE, ""},
    {"digit wrong",         ident_resident, IN("110105194912310021"), IDENT_CHECK, "X"},
    {"small x",             ident_resident, IN("11010519491231002x"), IDENT_FORM, ""},
    {"15 digits of old",    ident_resident, IN("110105491231002"), IDENT_FORM, ""},
    {"17 characters",       ident_resident, IN("35080219900307001"), IDENT_FORM, ""},
    {"19 characters",       ident_resident, IN("3508021990030700100"), IDENT_FORM, ""},
    {"X before the end",    ident_resident, IN("1101051949123100X2"), IDENT_FORM, ""},
    {"full-width, 18 bytes", ident_resident, IN("１１０１０５"), IDENT_FORM, ""},
    {"NUL at the end",      ident_resident, IN("11010519491231002\0"), IDENT_FORM, ""},
    {"nothing",             ident_resident, IN(""), IDENT_FORM, ""},

    {"made up",             ident_customs_code, IN("3508960001"), IDENT_GOOD, ""},
    {"newer, with a letter", ident_customs_code, IN("350898L001"), IDENT_GOOD, ""},
    {"9 characters",        ident_customs_code, IN("350896001"), IDENT_FORM, ""},
    {"11 characters",       ident_customs_code, IN("35089600010"), IDENT_FORM, ""},
    {"small letter",        ident_customs_code, IN("350898l001"), IDENT_FORM, ""},
    {"full-width",          ident_customs_code, IN("3508960０"), IDENT_FORM, ""},
    {"NUL inside",          ident_customs_code, IN("35089\0" "0001"), IDENT_FORM, ""},
    {"nothing",             ident_customs_code, IN(""), IDENT_FORM, ""},

    {"18 digits",           ident_declaration, IN("370620260000000001"), IDENT_GOOD, ""},
    {"17 digits",           ident_declaration, IN("37062026000000000"), IDENT_FORM, ""},
    {"19 digits",           ident_declaration, IN("3706202600000000011"), IDENT_FORM, ""},
    {"a letter",            ident_declaration, IN("37062026000000000A"), IDENT_FORM, ""},
    {"full-width, 18 bytes", ident_declaration, IN("３７０６２０"), IDENT_FORM, ""},
    {"NUL inside",          ident_declaration, IN("37062026000000000\0"), IDENT_FORM, ""},
    {"nothing",             ident_declaration, IN(""), IDENT_FORM, ""},
    {"16 digits",           ident_transit, IN("3706202600000001"), IDENT_GOOD, ""},
    {"15 digits",           ident_transit, IN("370620260000001"), IDENT_FORM, ""},
    {"17 digits",           ident_transit, IN("37062026000000001"), IDENT_FORM, ""},
    {"NUL inside",          ident_transit, IN("370620260000000\0"), IDENT_FORM, ""},
    {"nothing",             ident_transit, IN(""), IDENT_FORM, ""},

    {"quilts",              ident_gcode, IN("9404909000"), IDENT_GOOD, ""},
    {"first chapter",       ident_gcode, IN("0100000000"), IDENT_GOOD, ""},
    {"last chapter",        ident_gcode, IN("9700000000"), IDENT_GOOD, ""},
    {"chapter 77",          ident_gcode, IN("7700000000"), IDENT_FORM, ""},
    {"chapter 00",          ident_gcode, IN("0000000000"), IDENT_FORM, ""},
    {"chapter 98",          ident_gcode, IN("9800000000"), IDENT_FORM, ""},
    {"9 digits",            ident_gcode, IN("940490900"), IDENT_FORM, ""},
    {"11 digits",           ident_gcode, IN("94049090000"), IDENT_FORM, ""},
    {"13 digits",           ident_gcode, IN("9404909000101"), IDENT_FORM, ""},
    {"a letter",            ident_gcode, IN("94049090A0"), IDENT_FORM, ""},
    {"NUL inside",          ident_gcode, IN("94049\0" "9000"), IDENT_FORM, ""},
    {"nothing",             ident_gcode, IN(""), IDENT_FORM, ""},
    {"10 digits",           ident_hs_code, IN("9404909000"), IDENT_GOOD, ""},
    {"13 digits",           ident_hs_code, IN("9404909000101"), IDENT_GOOD, ""},
    {"12 digits",           ident_hs_code, IN("940490900010"), IDENT_FORM, ""},
    {"14 digits",           ident_hs_code, IN("94049090001010"), IDENT_FORM, ""},
    {"chapter 77",          ident_hs_code, IN("7700000000"), IDENT_FORM, ""},
    {"full-width",          ident_hs_code, IN("9404９０00"), IDENT_FORM, ""},

    {"plain",               ident_mobile, IN("13800138000"), IDENT_GOOD, ""},
    {"with country",        ident_mobile, IN("+8613800138000"), IDENT_GOOD, ""},
    {"written aids",        ident_mobile, IN(" +86 138-0013 8000 "), IDENT_GOOD, ""},
    {"first of 13",         ident_mobile, IN("13000000000"), IDENT_GOOD, ""},
    {"12 at the start",     ident_mobile, IN("12345678901"), IDENT_FORM, ""},
    {"10 digits",           ident_mobile, IN("1380013800"), IDENT_FORM, ""},
    {"12 digits",           ident_mobile, IN("138001380000"), IDENT_FORM, ""},
    {"country twice",       ident_mobile, IN("+86+8613800138000"), IDENT_FORM, ""},
    {"country alone",       ident_mobile, IN("+86"), IDENT_FORM, ""},
    {"other country",       ident_mobile, IN("+8513800138000"), IDENT_FORM, ""},
    {"country without plus", ident_mobile, IN("8613800138000"), IDENT_FORM, ""},
    {"blanks",              ident_mobile, IN("    "), IDENT_FORM, ""},
    {"full-width",          ident_mobile, IN("1380013800０"), IDENT_FORM, ""},
    {"NUL inside",          ident_mobile, IN("13800138\0" "000"), IDENT_FORM, ""},
    {"nothing",             ident_mobile, IN(""), IDENT_FORM, ""},

    {"the usual example",   ident_luhn, IN("79927398713"), IDENT_GOOD, ""},
    {"card of 16",          ident_luhn, IN("4111111111111111"), IDENT_GOOD, ""},
    {"card of 19",          ident_luhn, IN("6222020200000000014"), IDENT_GOOD, ""},
    {"one off",             ident_luhn, IN("79927398714"), IDENT_CHECK, "3"},
    {"one digit",           ident_luhn, IN("0"), IDENT_FORM, ""},
    {"nothing",             ident_luhn, IN(""), IDENT_FORM, ""},
    {"card of 16",          ident_bank_card, IN("4111111111111111"), IDENT_GOOD, ""},
    {"card of 19",          ident_bank_card, IN("6222020200000000014"), IDENT_GOOD, ""},
    {"one off",             ident_bank_card, IN("4111111111111112"), IDENT_CHECK, "1"},
    {"right, 11 digits",    ident_bank_card, IN("79927398713"), IDENT_FORM, ""},
    {"right, 12 digits",    ident_bank_card, IN("000000000000"), IDENT_FORM, ""},
    {"right, 20 digits",    ident_bank_card, IN("00000000000000000000"), IDENT_FORM, ""},
    {"blanks",              ident_bank_card, IN("4111 1111 1111 1111"), IDENT_FORM, ""},
    {"full-width, 15 bytes", ident_bank_card, IN("４１１１１"), IDENT_FORM, ""},
    {"NUL inside",          ident_bank_card, IN("411111111111\0" "111"), IDENT_FORM, ""},
    {"nothing",             ident_bank_card, IN(""), IDENT_FORM, ""},

    {"629",                 ident_gtin, IN("6291041500213"), IDENT_GOOD, ""},
    {"400",                 ident_gtin, IN("4006381333931"), IDENT_GOOD, ""},
    {"690",                 ident_gtin, IN("6901234567892"), IDENT_GOOD, ""},
    {"8 digits",            ident_gtin, IN("96385074"), IDENT_GOOD, ""},
    {"12 digits",           ident_gtin, IN("036000291452"), IDENT_GOOD, ""},
    {"14 digits",           ident_gtin, IN("06291041500213"), IDENT_GOOD, ""},
    {"one off",             ident_gtin, IN("6901234567893"), IDENT_CHECK, "2"},
    {"7 digits",            ident_gtin, IN("0000000"), IDENT_FORM, ""},
    {"9 digits",            ident_gtin, IN("000000000"), IDENT_FORM, ""},
    {"11 digits",           ident_gtin, IN("00000000000"), IDENT_FORM, ""},
    {"15 digits",           ident_gtin, IN("000000000000000"), IDENT_FORM, ""},
    {"a letter",            ident_gtin, IN("690123456789X"), IDENT_FORM, ""},
    {"full-width, 12 bytes", ident_gtin, IN("６９０１"), IDENT_FORM, ""},
    {"NUL inside",          ident_gtin, IN("690123456789\0"), IDENT_FORM, ""},
    {"nothing",             ident_gtin, IN(""), IDENT_FORM, ""},

    {"example",             ident_sscc, IN("106141411234567897"), IDENT_GOOD, ""},
    {"made up",             ident_sscc, IN("350800000000001234"), IDENT_GOOD, ""},
    {"one off",             ident_sscc, IN("350800000000001235"), IDENT_CHECK, "4"},
    {"17 digits",           ident_sscc, IN("00000000000000000"), IDENT_FORM, ""},
    {"19 digits",           ident_sscc, IN("0000000000000000000"), IDENT_FORM, ""},
    {"full-width, 18 bytes", ident_sscc, IN("１０６１４１"), IDENT_FORM, ""},
    {"NUL inside",          ident_sscc, IN("10614141123456789\0"), IDENT_FORM, ""},
    {"nothing",             ident_sscc, IN(""), IDENT_FORM, ""},

    {"Finland",             ident_s10, IN("RB473124829FI"), IDENT_GOOD, ""},
    {"EMS",                 ident_s10, IN("EE350800015CN"), IDENT_GOOD, ""},
    {"small packet",        ident_s10, IN("LX000000076CN"), IDENT_GOOD, ""},
    {"raw 10 is 0",         ident_s10, IN("LX000000080CN"), IDENT_GOOD, ""},
    {"raw 11 is 5",         ident_s10, IN("LX000000155CN"), IDENT_GOOD, ""},
    {"one off",             ident_s10, IN("RB473124828FI"), IDENT_CHECK, "9"},
    {"12 characters",       ident_s10, IN("RB47312482FI"), IDENT_FORM, ""},
    {"14 characters",       ident_s10, IN("RB4731248299FI"), IDENT_FORM, ""},
    {"small letters",       ident_s10, IN("rb473124829fi"), IDENT_FORM, ""},
    {"small country",       ident_s10, IN("RB473124829Fi"), IDENT_FORM, ""},
    {"digit for a letter",  ident_s10, IN("R8473124829FI"), IDENT_FORM, ""},
    {"full-width",          ident_s10, IN("RB４３129FI"), IDENT_FORM, ""},
    {"NUL inside",          ident_s10, IN("RB4731\0" "4829FI"), IDENT_FORM, ""},
    {"nothing",             ident_s10, IN(""), IDENT_FORM, ""},

    {"the standard's",      ident_container, IN("CSQU3054383"), IDENT_GOOD, ""},
    {"M S K",               ident_container, IN("MSKU9070323"), IDENT_GOOD, ""},
    {"T C L",               ident_container, IN("TCLU4567897"), IDENT_GOOD, ""},
    {"raw 10 is 0",         ident_container, IN("CICU0000060"), IDENT_GOOD, ""},
    {"one off",             ident_container, IN("CSQU3054384"), IDENT_CHECK, "3"},
    {"no such kind",        ident_container, IN("CSQA3054383"), IDENT_FORM, ""},
    {"10 characters",       ident_container, IN("CSQU305438"), IDENT_FORM, ""},
    {"12 characters",       ident_container, IN("CSQU30543830"), IDENT_FORM, ""},
    {"small letters",       ident_container, IN("csqu3054383"), IDENT_FORM, ""},
    {"full-width",          ident_container, IN("CSQU3０383"), IDENT_FORM, ""},
    {"NUL inside",          ident_container, IN("CSQ\0" "3054383"), IDENT_FORM, ""},
    {"nothing",             ident_container, IN(""), IDENT_FORM, ""},

    {"company",             ident_safe_number, IN("350800012301260315N001"), IDENT_GOOD, ""},
    {"person",              ident_safe_number, IN("350800012301260315W999"), IDENT_GOOD, ""},
    {"leap day",            ident_safe_number, IN("350800012301240229P001"), IDENT_GOOD, ""},
    {"letters of a bank",   ident_safe_number, IN("3508000A2301260315N001"), IDENT_GOOD, ""},
    {"month 13",            ident_safe_number, IN("350800012301261315N001"), IDENT_DATE, ""},
    {"no leap day",         ident_safe_number, IN("350800012301260229N001"), IDENT_DATE, ""},
    {"letter O",            ident_safe_number, IN("350800012301260315O001"), IDENT_FORM, ""},
    {"letter M",            ident_safe_number, IN("350800012301260315M001"), IDENT_FORM, ""},
    {"letter X",            ident_safe_number, IN("350800012301260315X001"), IDENT_FORM, ""},
    {"number 000",          ident_safe_number, IN("350800012301260315N000"), IDENT_FORM, ""},
    {"21 characters",       ident_safe_number, IN("350800012301260315N01"), IDENT_FORM, ""},
    {"23 characters",       ident_safe_number, IN("350800012301260315N0001"), IDENT_FORM, ""},
    {"small letter",        ident_safe_number, IN("350800012301260315n001"), IDENT_FORM, ""},
    {"full-width",          ident_safe_number, IN("350800012301260315N１"), IDENT_FORM, ""},
    {"NUL for the letter",  ident_safe_number, IN("350800012301260315\0" "001"), IDENT_FORM, ""},
    {"nothing",             ident_safe_number, IN(""), IDENT_FORM, ""},
};
/* clang-format on */

static void
vectors_and_what_is_near_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ident_cases) / sizeof(ident_cases[0]); i++) {
        const struct ident_case *row = &ident_cases[i];
        char *exact = malloc(row->text.n ? row->text.n : 1); /* the sanitizer sees a byte more */
        char want[IDENT_WANT] = "";

        assert_non_null(exact);
        memcpy(exact, row->text.p, row->text.n);
        enum ident_fault fault = row->ident((struct span){exact, row->text.n}, want);
        if (fault != row->fault || strcmp(want, row->want) != 0)
            fail_msg("row %zu, %s, %.*s: fault %d, want \"%s\"", i, row->name, SPAN_F(row->text),
                     (int)fault, want);
        free(exact);
    }
}

/* A check digit finds each single wrong digit: that is what it is for. */
static void
every_wrong_digit_is_found(void **state)
{
    static const struct {
        ident_fn *ident;
        const char *text;
    } rows[] = {
        {ident_credit_code,  "91350100M000100Y43" },
        {ident_organisation, "12345678-4"         }, /* made good below */
        {ident_resident,     "440524188001010014" },
        {ident_luhn,         "6222020200000000014"},
        {ident_gtin,         "06291041500213"     },
        {ident_sscc,         "106141411234567897" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[32], want[IDENT_WANT];
        size_t n = strlen(rows[i].text);

        memcpy(text, rows[i].text, n);
        if (rows[i].ident((struct span){text, n}, want) == IDENT_CHECK)
            text[n - 1] = want[0];
        assert_int_equal(rows[i].ident((struct span){text, n}, want), IDENT_GOOD);
        for (size_t at = 0; at < n; at++) {
            char was = text[at];

            for (char c = '0'; c <= '9' && was >= '0' && was <= '9'; c++) {
                text[at] = c;
                if ((rows[i].ident((struct span){text, n}, want) == IDENT_GOOD) != (c == was))
                    fail_msg("%s: %.*s", rows[i].text, (int)n, text);
            }
            text[at] = was;
        }
    }
}

/* Each has a name for XSDs, and what a partner is told of it. */
static void
identifiers_are_named_checks(void **state)
{
    static const struct {
        const char *check, *good, *bad;
        err_code_t code;
        const char *want;
    } rows[] = {
        {"bank-card",         "4111111111111111",       "4111111111111112",       ERR_CHECK_DIGIT, "1"                             },
        {"container",         "CSQU3054383",            "CSQU3054384",            ERR_CHECK_DIGIT, "3"                             },
        {"credit-code",       "91350100M000100Y43",     "91350100M000100Y44",     ERR_CHECK_DIGIT, "3"                             },
        {"customs-code",      "3508960001",             "350896001",              ERR_PATTERN,     "[0-9A-Z]{10}"                  },
        {"declaration-no",    "370620260000000001",     "37062026000000000",      ERR_PATTERN,     "[0-9]{18}"                     },
        {"document-no",       "单-1/a 2=3'",           "1.23E+17",               ERR_CELL_NUMBER, ""                              },
        {"document-no",       "1E+1",                   "1E+17",                  ERR_CELL_NUMBER, ""                              },
        {"document-no",       "1.E+17",                 "=\"123\"",               ERR_NOT_PLAIN,   "="                             },
        {"document-no",       "12.3E+17",               "'123",                   ERR_NOT_PLAIN,   "'"                             },
        {"document-no",       "1.2XE+17",
         "12\xe2\x80\x8b"
         "3",                                                                     ERR_NOT_PLAIN,   "U+200B"                        },
        {"document-no",       "E+17",                   "A\xef\xbc\x91",          ERR_NOT_PLAIN,   "U+FF11"                        },
        {"document-no",       "",                       "a\xf3\xa0\x81\x81",      ERR_NOT_PLAIN,   "U+E0041"                       },
        {"document-no",       "2026.10",                "29529400000099.0",       ERR_CELL_NUMBER, ""                              },
        {"document-no",       "1234567890123450",       "20261129529400000000",   ERR_CELL_NUMBER, ""                              },
        {"document-no",       "12345678901234500001",
         "\x22"
         "2026",                                                                  ERR_NOT_PLAIN,   "\""                            },
        {"document-no",       "a;b",                    "2026;",                  ERR_NOT_PLAIN,   ";"                             },
        {"document-no",       "1234-56-78",             "2026-11-29",             ERR_DATE_NUMBER, ""                              },
        {"document-no",       "2026-11-29-001",         "2026/1/5",               ERR_DATE_NUMBER, ""                              },
        {"document-no",       "2026-11-2912",           "2026/11/29 21:59",       ERR_DATE_NUMBER, ""                              },
        {"document-no",       "20261129",               "2026年11月29日",      ERR_DATE_NUMBER, ""                              },
        {"document-no",       "731-12345675",           "2026-11-29T21:59:20",    ERR_DATE_NUMBER, ""                              },
        {"gcode",             "9404909000",             "7700000000",             ERR_PATTERN,     "NN######## (NN = 01-76, 78-97)"},
        {"gtin",              "6901234567892",          "6901234567893",          ERR_CHECK_DIGIT, "2"                             },
        {"hs-code",           "9404909000101",          "7700000000",             ERR_PATTERN,
         "NN########(###) (NN = 01-76, 78-97)"                                                                                     },
        {"luhn",              "79927398713",            "79927398714",            ERR_CHECK_DIGIT, "3"                             },
        {"mobile",            "+86 13800138000",        "12345678901",            ERR_PATTERN,     "1[3-9][0-9]{9}"                },
        {"organisation-code", "D2143569-X",             "D2143569-0",             ERR_CHECK_DIGIT, "X"                             },
        {"resident-id",       "11010519491231002X",     "110105194912310021",     ERR_PERSON_ID,   ""                              },
        {"s10",               "RB473124829FI",          "RB473124828FI",          ERR_CHECK_DIGIT, "9"                             },
        {"safe-no",           "350800012301260315N001", "350800012301261315N001", ERR_DATE,        "YYMMDD"                        },
        {"sscc",              "350800000000001234",     "350800000000001235",     ERR_CHECK_DIGIT, "4"                             },
        {"transit-no",        "3706202600000001",       "370620260000000",        ERR_PATTERN,     "[0-9]{16}"                     },
        {"party-code",        "91350100M000100Y43",     "91350100M000100Y44",     ERR_PARTY_CODE,  ""                              },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct check *check = check_find(rows[i].check);
        struct finding f = {0};

        if (!check)
            fail_msg("no check %s", rows[i].check);
        if (!check_named(check, span_of(rows[i].good), &f))
            fail_msg("%s \"%s\"", rows[i].check, rows[i].good);
        assert_false(check_named(check, span_of(rows[i].bad), &f));
        assert_int_equal(f.code, rows[i].code);
        assert_string_equal(f.want, rows[i].want);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_and_what_is_near_them),
        cmocka_unit_test(every_wrong_digit_is_found),
        cmocka_unit_test(identifiers_are_named_checks),
    };

    return cmocka_run_group_tests_name("ident", tests, NULL, NULL);
}
