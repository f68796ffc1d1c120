/*
 * xmlw_bench.c - how fast messages are written: COUNT documents (default 30000, 3 goods lines each)
 * of the export inventory list, made up in memory and written with all checks.
 *
 *     xmlw_bench [COUNT [FILE [XSD]]]
 *
 * FILE receives the messages one after the other. XSD may allow more than 100 documents a message;
 * xml_bench.sh makes one, so that all is one document that xmllint can read. Standard output:
 * documents, MB, seconds, MB/s and peak memory of the writer with what makes its rows.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "formats/write/writer.h"

#define LINES 3

/* clang-format off */
/* Column and value; # in a value stands for the document's number. */
static const char *const head[][2] = {
    {"doc_no", "#"}, {"guid", "0F0F0F0F-0000-4000-8000-00000#"}, {"app_type", "1"},
    {"app_time", "20261124010203"}, {"app_status", "2"}, {"customs_code", "3706"},
    {"ebp_code", "3706960P01"}, {"ebp_name", "海丝优品跨境电商平台"},
    {"order_no", "LY20261123-#"}, {"logistics_code", "91350800MA31EXAM0X"},
    {"logistics_name", "闽西国际物流有限公司"}, {"logistics_no", "MX20261123#"},
    {"cop_no", "LP20261124#"}, {"ie_flag", "E"}, {"port_code", "3715"}, {"ie_date", "20261124"},
    {"statistics_flag", "A"}, {"agent_code", "3706960ABC"},
    {"agent_name", "龙岩跨境电商综合服务有限公司"}, {"ebc_code", "91350800MA31EXAM0X"},
    {"ebc_name", "龙岩 A&B 电子商务有限公司"}, {"owner_code", "NO"}, {"owner_name", "闽西竹器厂"},
    {"trade_mode", "9610"}, {"traf_mode", "5"}, {"traf_name", "MF801"},
    {"voyage_no", "MF801/20261124"}, {"bill_no", "731-12345678"}, {"country", "502"},
    {"pod", "502"}, {"freight", "12.50"}, {"f_currency", "142"}, {"insured_fee", "0"},
    {"i_currency", "142"}, {"wrap_type", "2"}, {"pack_no", "1"}, {"gross_weight", "1.25"},
    {"net_weight", "1.0"}, {"note", ""},
};
static const char *const line[][2] = {
    {"doc_no", "#"}, {"gnum", "1"}, {"item_no", "TEA-#"}, {"item_name", "铁观音 250g"},
    {"gcode", "0902100000"}, {"gname", "绿茶"}, {"gmodel", "品牌:无|规格:250g/袋|等级:特级"},
    {"bar_code", "6901234567892"}, {"country", "502"}, {"currency", "502"}, {"qty", "2"},
    {"qty1", "0.5"}, {"unit", "011"}, {"unit1", "035"}, {"price", "12.75"},
    {"total_price", "25.50"},
};
static const char *const message[][2] = {
    {"message_no", "#"}, {"guid", "0F0F0F0F-0000-4000-9000-00000#"}, {"version", "1.0"},
};
static const char *const transfer[][2] = {
    {"message_no", "#"}, {"cop_code", "3706960ABC"}, {"cop_name", "龙岩跨境电商综合服务有限公司"},
    {"dxp_mode", "DXP"}, {"dxp_id", "DXPENT0000012345"},
};
/* clang-format on */
#define COUNT_OF(x) ((uint32_t)(sizeof(x) / sizeof((x)[0])))
#define COLUMNS     64

struct maker {
    const char *const (*cells)[2];
    uint32_t columns;
    uint64_t rows, each, at; /* each: rows a number */
    struct span values[COLUMNS];
    char text[COLUMNS][64], *digits[COLUMNS];
    const char *names[COLUMNS];
};

static void
maker_start(struct maker *m, struct writer_level *level, uint64_t rows, uint64_t each)
{
    m->rows = rows;
    m->each = each;
    m->at = 0;
    for (uint32_t i = 0; i < m->columns; i++) {
        const char *value = m->cells[i][1], *mark = strchr(value, '#');
        int before = mark ? (int)(mark - value) : (int)strlen(value);

        m->names[i] = m->cells[i][0];
        snprintf(m->text[i], sizeof(m->text[i]), "%.*s%s", before, value, mark ? "0000000" : "");
        m->values[i] = span_of(m->text[i]);
        m->digits[i] = mark ? m->text[i] + before : NULL;
    }
    level->rows.columns = m->names;
    level->rows.count = m->columns;
    level->rows.ctx = m;
}

static rc_t
maker_next(void *ctx, const struct span **values, struct err *e)
{
    struct maker *m = ctx;
    uint64_t number = m->at / m->each + 1;

    (void)e;
    if (m->at++ == m->rows)
        return RC_END;
    for (uint32_t i = 0; i < m->columns; i++)
        if (m->digits[i])
            for (uint64_t digit = 7, n = number; digit > 0; n /= 10)
                m->digits[i][--digit] = (char)('0' + n % 10);
    *values = m->values;
    return RC_OK;
}

static rc_t
sink_file(void *ctx, const void *p, size_t n, struct err *e)
{
    FILE *f = ctx;

    if (f && fwrite(p, 1, n, f) != n)
        return err_set(e, RC_FAIL, ERR_SYSTEM, "write failed");
    return RC_OK;
}

static void die(const struct err *e) __attribute__((noreturn));

static void
die(const struct err *e)
{
    fprintf(stderr, "xmlw_bench: %s\n", e->text);
    exit(1);
}

static void
write_all(struct writer *w, FILE *file, struct writer_done *sum)
{
    struct writer_done done;
    struct err e;
    rc_t rc = RC_OK;

    for (uint64_t number = 1; rc == RC_OK; number++) {
        rc = writer_message(w, number, 0, (struct sink){sink_file, file}, &done, &e);
        sum->documents += done.documents;
        sum->bytes += done.bytes;
    }
    if (rc != RC_END)
        die(&e);
}

static const char *const paths[] = {"", "Inventory/InventoryHead", "Inventory/InventoryList",
                                    "BaseTransfer"};
static struct maker makers[] = {
    {.cells = message,  .columns = COUNT_OF(message) },
    {.cells = head,     .columns = COUNT_OF(head)    },
    {.cells = line,     .columns = COUNT_OF(line)    },
    {.cells = transfer, .columns = COUNT_OF(transfer)},
};
#define LEVELS COUNT_OF(paths)

static struct writer *
open_writer(struct arena *a, const char *xsd, uint64_t count)
{
    struct writer_level levels[LEVELS];
    struct plan *plan;
    struct writer *w;
    struct err e;

    for (uint32_t i = 0; i < LEVELS; i++) {
        bool document = makers[i].cells == head || makers[i].cells == line;
        uint64_t each = makers[i].cells == line ? LINES : 1;

        levels[i] = (struct writer_level){.path = paths[i], .rows = {.next = maker_next}};
        maker_start(&makers[i], &levels[i], document ? count * each : (count + 99) / 100, each);
    }
    if (schema_compile(&plan, a, xsd, NULL, NULL, &e) != RC_OK ||
        writer_open(&w, a, plan, levels, LEVELS, &e) != RC_OK)
        die(&e);
    return w;
}

int
main(int argc, char **argv)
{
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 30000;
    FILE *file = argc > 2 ? fopen(argv[2], "wb") : NULL;
    struct arena *a = arena_new("bench");
    struct writer *w = open_writer(a, argc > 3 ? argv[3] : "formats/customs/ceb603.xsd", count);
    struct writer_done sum = {0};
    struct rusage usage;
    int64_t started = clock_ms();

    write_all(w, file, &sum);
    if (file && fclose(file) != 0)
        perror(argv[2]);

    double seconds = (double)(clock_ms() - started + 1) / 1000, mb = (double)sum.bytes / 1e6;

    getrusage(RUSAGE_SELF, &usage);
    printf("documents %" PRIu64 "  MB %.1f  s %.3f  MB/s %.0f  peak KiB %ld\n", sum.documents, mb,
           seconds, mb / seconds, usage.ru_maxrss);
    writer_close(&w);
    arena_free(&a);
    return 0;
}
