/* sample_rows.c - the rows of a trade in each feed, and the fault planted in one of them. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "sample/sample.h"

#define PLATFORM_NAME "龙岩跨境电商综合服务平台"
#define FOREIGN_NAME  "境外独立站"
#define PAY_NAME      "龙岩汇通支付有限公司"
#define CARRIER_NAME  "龙岩畅达国际物流有限公司"

static void
row_begin(struct row *r, enum feed feed, int count)
{
    r->feed = feed;
    r->count = count;
    memset(r->cells, 0, sizeof r->cells);
    r->raw = -1;
    r->delta = 0;
    r->times = 1;
    r->found_count = 0;
    r->used = 0;
}

static void
cell(struct row *r, int column, const char *text)
{
    r->cells[column] = span_of(text);
}

static void __attribute__((format(printf, 3, 4)))
cell_printf(struct row *r, int column, const char *format, ...)
{
    va_list args;
    char *at = r->text + r->used;
    int n;

    va_start(args, format);
    n = vsnprintf(at, sizeof r->text - r->used, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof r->text - r->used)
        BUG("a sample row is longer than %zu bytes", sizeof r->text);
    r->cells[column] = (struct span){at, (size_t)n};
    r->used += (size_t)n + 1;
}

/* A value of 1/100000, with at least so many decimals and no zeros after them. */
static void
cell_decimal(struct row *r, int column, int64_t value, int decimals)
{
    char digits[32], *p = digits + sizeof digits;
    uint64_t rest = (uint64_t)value;
    size_t n;

    for (int place = 5; place > 0; place--, rest /= 10) {
        if (p == digits + sizeof digits && place > decimals && rest % 10 == 0)
            continue;
        *--p = (char)('0' + rest % 10);
    }
    if (p != digits + sizeof digits)
        *--p = '.';
    do
        *--p = (char)('0' + rest % 10);
    while (rest /= 10);
    n = (size_t)(digits + sizeof digits - p);
    cell_printf(r, column, "%.*s", (int)n, p);
}

static void
cell_time(const struct sample *s, struct row *r, int column, int64_t second)
{
    cell_printf(r, column, "%s%02d%02d%02d", s->days[1], (int)(second / 3600),
                (int)(second / 60 % 60), (int)(second % 60));
}

static void
found(struct row *r, int column, err_code_t code)
{
    r->found[r->found_count].column = column;
    r->found[r->found_count++].code = code;
}

static void
order_row(const struct sample *s, const struct trade *t, int k, struct row *r)
{
    const struct item *it = &t->items[k];
    const struct goods *g = it->goods;
    int64_t kilograms = it->milli * g->grams / 1000 * 100; /* grams are 100 of 1/100000 kg */
    bool weighed = strcmp(g->unit1, g->unit) != 0 && strcmp(g->unit1, "035") == 0;

    row_begin(r, ORDER, O_COUNT);
    cell(r, O_ebpCode, sample_ebp(s, t));
    cell(r, O_ebpName, t->foreign ? FOREIGN_NAME : PLATFORM_NAME);
    cell(r, O_ebcCode, sample_ebc(t));
    cell(r, O_ebcName, t->seller->name);
    cell(r, O_orderNo, t->order_no);
    cell(r, O_orderType, "E");
    cell(r, O_tradeMode, "9610");
    cell_time(s, r, O_orderTime, t->placed);
    cell_decimal(r, O_goodsValue, t->value, 2);
    cell_decimal(r, O_freight, t->freight, 2);
    if (t->discount)
        cell_decimal(r, O_discount, t->discount, 2);
    if (t->tax)
        cell_decimal(r, O_taxTotal, t->tax, 2);
    cell(r, O_currency, t->place->currency);
    cell(r, O_buyerName, t->buyer);
    cell(r, O_buyerTelephone, t->telephone);
    cell(r, O_consignee, t->buyer);
    cell(r, O_consigneeTelephone, t->telephone);
    cell(r, O_consigneeAddress, t->address);
    cell(r, O_country, t->place->country);
    cell_printf(r, O_gnum, "%d", k + 1);
    cell(r, O_itemNo, g->item);
    cell(r, O_itemName, g->name);
    cell_printf(r, O_barCode, "69%011" PRIu64,
                sample_mix((uint64_t)(g - sample_goods)) % 100000000000u);
    cell(r, O_unit, g->unit);
    cell_decimal(r, O_qty, it->milli * 100, 0);
    cell_decimal(r, O_price, it->cents * 1000, 2);
    cell_decimal(r, O_totalPrice, it->milli * it->cents, 2);
    cell(r, O_gcode, g->gcode);
    cell(r, O_gname, g->name);
    cell(r, O_gmodel, g->model);
    cell_decimal(r, O_qty1, weighed ? kilograms : it->milli * 100, 0);
    cell(r, O_unit1, g->unit1);
    if (*g->unit2) {
        cell_decimal(r, O_qty2, kilograms, 0);
        cell(r, O_unit2, g->unit2);
    }
}

/* nth: 0, or 1 for the second payment of an order. */
static void
payment_row(const struct sample *s, const struct trade *t, int nth, struct row *r)
{
    int64_t second = t->two_payments ? sample_percent(t->charge, 30) : 0;
    uint64_t number = (t->pair && t->pair->feed == PAYMENT ? t->index - 1 : t->index) + 1;

    row_begin(r, PAYMENT, P_COUNT);
    cell(r, P_payCode, s->pay_code);
    cell(r, P_payName, PAY_NAME);
    cell_printf(r, P_payNo, "%s%04u%09" PRIu64 "%d", s->days[1],
                (unsigned)(sample_mix(~s->seed) % 10000), number, nth);
    cell(r, P_ebpCode, sample_ebp(s, t));
    cell(r, P_ebpName, t->foreign ? FOREIGN_NAME : PLATFORM_NAME);
    cell(r, P_ebcCode, sample_ebc(t));
    cell(r, P_ebcName, t->seller->name);
    cell(r, P_orderNo, t->order_no);
    cell_decimal(r, P_charge, nth ? second : t->charge - second, 2);
    cell(r, P_currency, t->place->currency);
    cell_time(s, r, P_accountingDate, t->paid + nth);
    cell(r, P_payerName, t->buyer);
    cell(r, P_telephone, t->telephone);
}

static void
waybill_row(const struct sample *s, const struct trade *t, int nth, struct row *r)
{
    uint64_t number = (t->pair && t->pair->feed == WAYBILL ? t->index - 1 : t->index) + 1;
    int64_t gross = t->grams + t->packing_grams;

    row_begin(r, WAYBILL, W_COUNT);
    cell(r, W_appType, "1");
    cell(r, W_logisticsCode, s->carrier);
    cell(r, W_logisticsName, CARRIER_NAME);
    cell_printf(r, W_logisticsNo, "CD%s%04u%09" PRIu64 "%d", s->days[0],
                (unsigned)(sample_mix(s->seed + 1) % 10000), number, nth);
    cell(r, W_ebpCode, sample_ebp(s, t));
    cell(r, W_orderNo, t->order_no);
    cell(r, W_ebcCode, sample_ebc(t));
    cell(r, W_ebcName, t->seller->name);
    cell(r, W_ebcTelephone, t->seller->telephone);
    cell_decimal(r, W_freight, (1200 + gross * 9) * 1000, 2); /* 12 yuan and 90 a kilogram */
    cell(r, W_insuredFee, "0");
    cell(r, W_currency, "142");
    cell_decimal(r, W_grossWeight, gross * 100, 0);
    cell_decimal(r, W_netWeight, t->grams * 100, 0);
    cell(r, W_packNo, "1");
    cell(r, W_goodsInfo, t->items[0].goods->name);
    cell(r, W_ieDate, s->days[0]);
    cell(r, W_portCode, "3715");
    cell(r, W_country, t->place->country);
    cell(r, W_POD, t->place->pod);
    cell(r, W_trafMode, "5");
    cell(r, W_trafName, "航空");
    cell_printf(r, W_voyageNo, "MF%u", 801 + (unsigned)(t->place - sample_places));
    cell_printf(r, W_billNo, "731-%s%02u", s->days[0] + 2, (unsigned)(t->place - sample_places));
    cell_printf(r, W_totalPackageNo, "ZB%s%s", s->days[0], t->place->pod);
    cell(r, W_wrapType, gross > 900 ? "2" : "6");
    cell(r, W_consignee, t->buyer);
    cell(r, W_consigneeTelephone, t->telephone);
    cell(r, W_consigneeAddress, t->address);
}

void
sample_row(const struct sample *s, const struct trade *t, enum feed feed, int nth, struct row *r)
{
    static void (*const rows[FEEDS])(const struct sample *, const struct trade *, int,
                                     struct row *) = {order_row, payment_row, waybill_row};

    rows[feed](s, t, nth, r);
}

/* Planting ------------------------------------------------------------------------------------- */

static void
plant_several(struct row *r)
{
    cell(r, O_orderTime, "20261124256000");
    cell(r, O_unit, "999");
    cell(r, O_qty, "2件");
    found(r, O_orderTime, ERR_DATE);
    found(r, O_unit, ERR_CODE_UNKNOWN);
    found(r, O_qty, ERR_NOT_NUMBER);
}

/* The same code with another last character. */
static void
plant_check_digit(const struct trade *t, struct row *r)
{
    const char *code = t->seller->code;

    cell_printf(r, O_ebcCode, "%.17s%c", code, code[17] == '7' ? '8' : '7');
}

/* Amounts that are right by themselves and wrong beside the others. */
static void
plant_amount(const struct trade *t, struct row *r)
{
    switch (t->fault->act) {
    case ACT_LINE_TOTAL:
        cell_decimal(r, O_price, (t->items[0].cents + 200) * 1000, 2);
        break;
    case ACT_GOODS_TOTAL:
        cell_decimal(r, O_goodsValue, t->value + 10 * 100000, 2);
        break;
    case ACT_AMOUNT:
        cell_decimal(r, P_charge, t->charge + 100000, 2);
        break;
    default: /* ACT_WEIGHT */
        cell_decimal(r, W_netWeight, (t->grams + t->packing_grams + 50) * 100, 0);
        break;
    }
}

static void
plant_trade(const struct sample *s, const struct trade *t, struct row *r)
{
    switch (t->fault->code) {
    case ERR_CURRENCY_DIFFERS:
        cell(r, P_currency, strcmp(t->place->currency, "142") == 0 ? "502" : "142");
        break;
    case ERR_COUNTRY_DIFFERS:
        cell(r, W_country, "122"); /* no place of ours */
        break;
    case ERR_PAID_BEFORE_ORDER:
        cell_time(s, r, P_accountingDate, t->placed - 3600);
        break;
    default: /* ERR_SHIPPED_BEFORE_PAID */
        cell(r, W_ieDate, s->days[3]);
        break;
    }
}

void
sample_plant(const struct sample *s, const struct trade *t, enum feed feed, int k, struct row *r)
{
    const struct fault *f = t->fault;
    bool last = k == t->count - 1;

    if (!f || f->feed != feed)
        return;
    switch (f->act) {
    case ACT_LAST_LINE:
        if (!last) {
            found(r, O_orderNo, ERR_OTHER_ROW);
            return;
        }
        cell(r, f->column, f->value);
        break;
    case ACT_HEAD:
        if (k == 0) {
            found(r, O_orderNo, ERR_OTHER_ROW);
            return;
        }
        cell(r, O_country, "122"); /* no place of ours */
        break;
    case ACT_CELL:
    case ACT_GNUM:
    case ACT_BAD_BYTE:
        cell(r, f->column, f->value);
        break;
    case ACT_SECOND_UNIT:
        cell(r, O_qty2, "1");
        cell(r, f->column, f->value);
        break;
    case ACT_NO_KEY:
        cell(r, W_ebpCode, "无");
        cell(r, f->column, f->value);
        break;
    case ACT_QUOTE:
        cell(r, f->column, f->value);
        r->raw = f->column;
        break;
    case ACT_SEVERAL:
        plant_several(r);
        return;
    case ACT_CHECK_DIGIT:
        plant_check_digit(t, r);
        break;
    case ACT_MORE:
        r->delta = 1;
        break;
    case ACT_FEWER:
        r->delta = -1;
        break;
    case ACT_LINE_TOTAL:
    case ACT_GOODS_TOTAL:
    case ACT_AMOUNT:
    case ACT_WEIGHT:
        plant_amount(t, r);
        break;
    case ACT_VALUE:
    case ACT_EARLY:
        plant_trade(s, t, r);
        break;
    case ACT_REPEAT:
        r->times = 2;
        break;
    case ACT_SAME_KEY: /* another row, written after this one */
    case ACT_MISSING:
    case ACT_TWO:
    case ACT_SHARED:
        break;
    }
    if (sample_refuses(f->act))
        found(r, f->column, f->code);
}

void
sample_contradict(const struct trade *t, struct row *r)
{
    if (r->feed == PAYMENT)
        cell_decimal(r, P_charge, t->charge + 500000, 2);
    else
        cell(r, W_packNo, "2");
    found(r, t->fault->column, t->fault->code);
}
