/* What was seen, in Chinese: sentences of ours, and values that stay as they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "seen.h"

static void
sentences(void **state)
{
    static const struct {
        const char *en, *zh;
    } rows[] = {
        {"line 3",                                                               "第 3 行"                   },
        {"*** (column 15)",                                                      "***（第 15 列）"         },
        {"收款**** (column 2)",                                                "收款****（第 2 列）"   },
        {"byte 17",                                                              "第 17 字节"               },
        {"tar: its end is missing",                                              "tar：缺少结尾"          },
        {"zip: 'a.csv' has another size in the directory than before its bytes",
         "zip：“a.csv”在目录中的大小与文件头不一致"                                         },
        {"zip entry 'a b' is encrypted",                                         "zip 中的“a b”已加密"},
        {"收款: sheet 'S 1', cell B7: more than 20 bytes",
         "收款：工作表“S 1”，单元格 B7：超过 20 字节"                                       },
        {"is a PDF, must be .xlsx without a password, or CSV",
         "为 a PDF，应为不设密码的 .xlsx，或 CSV"                                                   },
        {"",                                                                     ""                            },
        {"name",                                                                 "name"                        },
        {"damaged",                                                              "damaged"                     },
        {"line",                                                                 "line"                        },
        {"line ",                                                                "line "                       },
        {"20260302: x",                                                          "20260302: x"                 },
        {"rows=150 (.sum)",                                                      "rows=150 (.sum)"             },
        {"13.50",                                                                "13.50"                       },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b = {0};

        seen_zh(&b, rows[i].en);
        buf_put(&b, "", 1);
        assert_string_equal(b.p, rows[i].zh);
        buf_free(&b);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sentences)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
