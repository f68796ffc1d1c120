/*
 * sample.c - landport sample: a day of partner files with planted faults, and what must come of it.
 *
 * Shape    Order number i of a seed is a pure function of both, so each file is written in a pass
 *          of its own without keeping orders in memory; payments and waybills come in another
 *          sequence than orders, as they do in life.
 * Faults   One order in fifty has exactly one. Orders are cut into as many strata as there are
 *          faults and one order of each stratum is chosen, so every kind in turn gets its share;
 *          the order after a chosen one is never chosen and serves as its pair.
 * Amounts  Integers of 1/100000; a total is quantity in thousandths times price in hundredths.
 */
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "csv.h"
#include "fsio.h"
#include "job.h"
#include "log.h"
#include "pack.h"
#include "stream.h"

/* clang-format off */
#define ORDER_COLUMNS(X) \
    X(O, ebpCode) X(O, ebpName) X(O, ebcCode) X(O, ebcName) X(O, orderNo) X(O, orderType) \
    X(O, tradeMode) X(O, orderTime) X(O, goodsValue) X(O, freight) X(O, discount) X(O, taxTotal) \
    X(O, currency) X(O, buyerName) X(O, buyerIdType) X(O, buyerIdNumber) X(O, buyerTelephone) \
    X(O, consignee) X(O, consigneeTelephone) X(O, consigneeAddress) X(O, country) X(O, gnum) \
    X(O, itemNo) X(O, itemName) X(O, itemDescribe) X(O, barCode) X(O, unit) X(O, qty) X(O, price) \
    X(O, totalPrice) X(O, gcode) X(O, gname) X(O, gmodel) X(O, qty1) X(O, unit1) X(O, qty2) \
    X(O, unit2) X(O, note)
#define PAYMENT_COLUMNS(X) \
    X(P, payCode) X(P, payName) X(P, payNo) X(P, ebpCode) X(P, ebpName) X(P, ebcCode) \
    X(P, ebcName) X(P, orderNo) X(P, charge) X(P, currency) X(P, accountingDate) X(P, payerName) \
    X(P, telephone) X(P, note)
#define WAYBILL_COLUMNS(X) \
    X(W, appType) X(W, logisticsCode) X(W, logisticsName) X(W, logisticsNo) X(W, ebpCode) X(W, orderNo) \
    X(W, ebcCode) X(W, ebcName) X(W, ebcTelephone) X(W, freight) X(W, insuredFee) X(W, currency) \
    X(W, grossWeight) X(W, netWeight) X(W, packNo) X(W, goodsInfo) X(W, ieDate) X(W, portCode) \
    X(W, country) X(W, POD) X(W, trafMode) X(W, trafName) X(W, voyageNo) X(W, billNo) \
    X(W, totalPackageNo) X(W, wrapType) X(W, consignee) X(W, consigneeTelephone) \
    X(W, consigneeAddress)
/* clang-format on */

#define PLACE_NAME(feed, name) feed##_##name,
#define PLAIN_NAME(feed, name) #name,
enum { ORDER_COLUMNS(PLACE_NAME) O_COUNT };
enum { PAYMENT_COLUMNS(PLACE_NAME) P_COUNT };
enum { WAYBILL_COLUMNS(PLACE_NAME) W_COUNT };
static const char *const order_columns[] = {ORDER_COLUMNS(PLAIN_NAME) NULL};
static const char *const payment_columns[] = {PAYMENT_COLUMNS(PLAIN_NAME) NULL};
static const char *const waybill_columns[] = {WAYBILL_COLUMNS(PLAIN_NAME) NULL};

enum feed { ORDER, PAYMENT, WAYBILL, FEEDS };
static const char *const flow_names[FEEDS] = {"order", "payment", "logistics"};
/* Payments come with Chinese titles. */
static const char *const payment_titles[] = {"支付企业代码",
                                             "支付企业名称",
                                             "支付交易编号",
                                             "电商平台代码",
                                             "电商平台/海外仓名称",
                                             "电商企业代码",
                                             "电商企业名称",
                                             "电商订单/海外仓订仓单编号",
                                             "收款金额",
                                             "币制",
                                             "到账时间",
                                             "支付人姓名",
                                             "支付人电话",
                                             "备注",
                                             NULL};
static const char *const *const feed_headers[FEEDS] = {order_columns, payment_titles,
                                                       waybill_columns};
static const char *const *const feed_columns[FEEDS] = {order_columns, payment_columns,
                                                       waybill_columns};

/* What there is to choose from ---------------------------------------------------------------- */

struct seller {
    const char *name, *stem; /* social credit code without its two check characters */
    const char *customs;     /* registration number; used instead where `by_customs` */
    bool by_customs;
    const char *telephone;
    char code[19];
};

struct place {
    const char *country, *currency, *pod, *phone, *address[2];
    int64_t per_10000_cny; /* how much of the currency */
    bool whole;            /* prices without decimals */
};

struct goods {
    const char *item, *name, *model, *gcode, *unit, *unit1, *unit2;
    int64_t grams, cny_cents; /* of one unit */
    bool by_weight;           /* sold in fractions of a kilogram */
};

/* clang-format off */
static struct seller sellers[] = {
    {"龙岩市山海云商贸有限公司",       "91350802MA31K7P2", "3508960101", false, "0597-2901101", ""},
    {"龙岩市闽西优选电子商务有限公司", "91350802MA2XN4C8", "3508960102", false, "0597-2901102", ""},
    {"上杭县古田红土特产有限公司",     "91350823MA33D9QT", "3508960103", true,  "0597-3901103", ""},
    {"漳平市九鹏茶业有限公司",         "91350881MA8RJ5H6", "3508960104", false, "0597-7901104", ""},
    {"福建新罗跨境供应链有限公司",     "91350802MA34B1WE", "3508960105", false, "0597-2901105", ""},
    {"长汀县客家竹艺有限公司",         "91350821MA32F6Y9", "350896010A", true,  "0597-6901106", ""},
    {"武平县梁野户外用品有限公司",     "91350824MA3456GH", "3508960107", false, "0597-4901107", ""},
    {"连城县冠豸数码科技有限公司",     "91350825MA2YT8RN", "3508960108", false, "0597-8901108", ""},
};
static const struct place places[] = {
    {"502", "502", "LAX",  "+1-213-555", {"1420 Maple Ave, Apt 7, Los Angeles, CA 90015", "88 Harbor St, Seattle, WA 98101"}, 1390, false},
    {"304", "300", "FRA",  "+49-69-555", {"Lindenstraße 12, 60325 Frankfurt am Main", "Hauptstr. 5, 80331 München"}, 1280, false},
    {"305", "300", "CDG",  "+33-1-555",  {"14 rue des Lilas, 75019 Paris", "3 quai Saint-Antoine, 69002 Lyon"}, 1280, false},
    {"312", "300", "MAD",  "+34-91-555", {"Calle de Alcalá 210, 28028 Madrid", "Avinguda Diagonal 77, 08019 Barcelona"}, 1280, false},
    {"303", "303", "LHR",  "+44-20-555", {"27 Rosebery Road, London N10 2LE", "9 Castle Street, Edinburgh EH2 3AH"}, 1080, false},
    {"116", "116", "NRT",  "+81-3-5550", {"東京都杉並区高円寺南3-24-1", "大阪市北区天神橋2-1-8"}, 214000, true},
    {"133", "133", "ICN",  "+82-2-5550", {"서울특별시 마포구 양화로 45", "부산광역시 해운대구 우동 612"}, 1900000, true},
    {"501", "501", "YVR",  "+1-604-555", {"510 Granville St, Vancouver, BC V6C 1T2", "77 Queen St W, Toronto, ON M5H 2M5"}, 1900, false},
    {"601", "601", "SYD",  "+61-2-5550", {"31 George Street, Sydney NSW 2000", "6 Collins St, Melbourne VIC 3000"}, 2130, false},
    {"132", "132", "SIN",  "+65-6555",   {"Blk 210 Bishan St 23, #05-18, Singapore 570210", "1 Raffles Place, Singapore 048616"}, 1870, false},
    {"136", "136", "BKK",  "+66-2-555",  {"99 Sukhumvit Soi 21, Bangkok 10110", "12 Nimman Rd, Chiang Mai 50200"}, 50500, false},
    {"429", "502", "MEX",  "+52-55-555", {"Av. Insurgentes Sur 300, Ciudad de México", "Calle Morelos 18, Guadalajara"}, 1390, false},
    {"410", "502", "GRU",  "+55-11-555", {"Rua Augusta 1500, São Paulo", "Av. Atlântica 702, Rio de Janeiro"}, 1390, false},
    {"138", "502", "DXB",  "+971-4-555", {"Al Rigga Road 44, Deira, Dubai", "Corniche Road 8, Abu Dhabi"}, 1390, false},
    {"110", "142", "HKG",  "+852-2555",  {"香港九龙弥敦道 610 号", "香港新界沙田正街 18 号"}, 10000, false},
};
static const struct goods goods[] = {
    {"BT-5300",   "蓝牙耳机",         "无线降噪|无牌|BT5.3",            "8518300000", "008", "008", "035", 85,   12900, false},
    {"SHIRT-W21", "女式针织T恤衫",    "针织|棉95%氨纶5%|女式",          "6109100010", "011", "011", "035", 180,  5900,  false},
    {"OOLONG-A",  "漳平水仙茶饼",     "半发酵|散装|内包装每件250克",    "0902309000", "035", "035", "",    1000, 26000, true},
    {"POT-06",    "陶瓷茶具六件套",   "瓷制|家用|1壶5杯",               "6912001000", "006", "035", "",    1450, 16800, false},
    {"LAMP-L2",   "LED台灯",          "可调光|5瓦|\"护眼\"系列",        "9405210000", "007", "007", "035", 640,  8900,  false},
    {"CASE-IP",   "手机保护壳",       "硅胶制|手机用",                  "3926909090", "007", "035", "",    38,   1990,  false},
    {"SHOE-R8",   "男式跑步鞋",       "橡胶底|纺织材料面|非过踝",       "6404110000", "025", "025", "035", 760,  18900, false},
    {"BAMBOO-B3", "竹制砧板",         "竹制|厨房用|38×26厘米",          "4419110000", "020", "035", "",    980,  4500,  false},
    {"BRICK-500", "儿童拼插积木",     "塑料制|500粒|3岁以上",           "9503006000", "140", "007", "035", 720,  9900,  false},
    {"CABLE-C1",  "USB-C数据线",      "1米|60瓦|编织外皮",              "8544421100", "015", "035", "",    32,   1590,  false},
    {"WIG-20",    "化纤假发",         "化纤制|女式|20英寸",             "6704110000", "027", "035", "",    210,  15900, false},
    {"SUN-P1",    "太阳镜",           "树脂镜片|偏光",                  "9004100000", "019", "019", "",    65,   7900,  false},
    {"TENT-2P",   "双人帐篷",         "化纤制|双人|防水",               "6306220010", "016", "035", "",    2350, 22900, false},
    {"DRYM-250",  "干香菇",           "干制|整朵|未切片",               "0712340000", "035", "035", "",    1000, 13800, true},
};
/* clang-format on */
static const char *const first_names[] = {"Emma",  "Liam",    "Sofía",  "Noah", "Mia",    "Lucas",
                                          "Anna",  "Jonas",   "Chloé",  "Hugo", "Olivia", "Yuki",
                                          "Minji", "Somchai", "Fatima", "João"};
static const char *const last_names[] = {"Smith", "Müller", "García",  "Martin", "Tanaka", "Kim",
                                         "Brown", "Silva",  "Johnson", "Wang",   "Lopez",  "Ng"};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define PLATFORM_NAME "龙岩跨境电商综合服务平台"
#define FOREIGN_NAME  "境外独立站"
#define PAY_NAME      "龙岩汇通支付有限公司"
#define CARRIER_NAME  "龙岩畅达国际物流有限公司"
#define TIME_ZONE     "Asia/Shanghai"
#define ITEMS_MAX     5

/* Faults --------------------------------------------------------------------------------------- */

enum act {
    ACT_CELL,        /* one value replaced, its row refused */
    ACT_LAST_LINE,   /* as ACT_CELL in the last row of an order of several; the others follow */
    ACT_SEVERAL,     /* three values of one row */
    ACT_CHECK_DIGIT, /* a credit code with the wrong last character */
    ACT_MORE,        /* a column too many */
    ACT_FEWER,
    ACT_QUOTE,    /* a quote inside a value without quotes */
    ACT_BAD_BYTE, /* a byte that is in no charset */
    ACT_LINE_TOTAL,
    ACT_GOODS_TOTAL,
    ACT_GNUM,
    ACT_HEAD, /* rows of one order with different head columns */
    ACT_WEIGHT,
    ACT_SECOND_UNIT, /* a quantity without its unit */
    ACT_NO_KEY,      /* neither platform nor seller */
    ACT_SAME_KEY,    /* a second row with the same key and other values: that one is refused */
    ACT_REPEAT,      /* the same row twice: counted, not refused */
    ACT_MISSING,     /* the flow never comes */
    ACT_VALUE,       /* a good value that does not go with the other flows */
    ACT_AMOUNT,
    ACT_EARLY, /* paid before the order, shipped before paid */
    ACT_TWO,   /* two waybills */
    ACT_SHARED /* a number that the next order's row bears too */
};

struct fault {
    const char *name;
    enum feed feed; /* whose row is touched, or which flow is missing */
    enum act act;
    err_code_t code; /* of the row, or of the break */
    int column;
    const char *value;
};

/* clang-format off */
static const struct fault faults[] = {
    {"order goodsValue not a number",  ORDER,   ACT_CELL,        ERR_NOT_NUMBER,   O_goodsValue, "12a.5"},
    {"order seller's name missing",    ORDER,   ACT_CELL,        ERR_EMPTY,        O_ebcName,    ""},
    {"order specification missing",    ORDER,   ACT_CELL,        ERR_EMPTY,        O_gmodel,     ""},
    {"order seller's code wrong",      ORDER,   ACT_CHECK_DIGIT, ERR_PARTY_CODE,   O_ebcCode,    NULL},
    {"order time on no such day",      ORDER,   ACT_CELL,        ERR_DATE,         O_orderTime,  "20260230101500"},
    {"order country unknown",          ORDER,   ACT_CELL,        ERR_CODE_UNKNOWN, O_country,    "998"},
    {"order currency unknown",         ORDER,   ACT_CELL,        ERR_CODE_UNKNOWN, O_currency,   "999"},
    {"order unit unknown",             ORDER,   ACT_CELL,        ERR_CODE_UNKNOWN, O_unit,       "999"},
    {"order type not in the list",     ORDER,   ACT_CELL,        ERR_NOT_IN_LIST,  O_orderType,  "X"},
    {"order type of another mode",     ORDER,   ACT_CELL,        ERR_TRADE_MODE,   O_orderType,  "B"},
    {"order item number too long",     ORDER,   ACT_CELL,        ERR_TOO_LONG,     O_itemNo,     "SKU-2026-0000000000-0000000000-X"},
    {"order price too fine",           ORDER,   ACT_CELL,        ERR_FRACTION,     O_price,      "1.123456"},
    {"order second unit missing",      ORDER,   ACT_SECOND_UNIT, ERR_SECOND_UNIT,  O_unit2,      ""},
    {"order column too many",          ORDER,   ACT_MORE,        ERR_COLUMN_COUNT, -1,           NULL},
    {"order column too few",           ORDER,   ACT_FEWER,       ERR_COLUMN_COUNT, -1,           NULL},
    {"order quote inside a value",     ORDER,   ACT_QUOTE,       ERR_QUOTE,        O_itemName,   "蓝牙\"耳机"},
    {"order line total wrong",         ORDER,   ACT_LINE_TOTAL,  ERR_LINE_TOTAL,   O_totalPrice, NULL},
    {"order goodsValue wrong",         ORDER,   ACT_GOODS_TOTAL, ERR_GOODS_TOTAL,  O_goodsValue, NULL},
    {"order gnum with a gap",          ORDER,   ACT_GNUM,        ERR_GNUM,         O_gnum,       "2"},
    {"order head differs",             ORDER,   ACT_HEAD,        ERR_ORDER_HEAD,   O_orderNo,    NULL},
    {"order another row is refused",   ORDER,   ACT_LAST_LINE,   ERR_CODE_UNKNOWN, O_unit1,      "99Z"},
    {"order several errors in a row",  ORDER,   ACT_SEVERAL,     ERR_NONE,         -1,           NULL},
    {"order row twice",                ORDER,   ACT_REPEAT,      ERR_NONE,         -1,           NULL},
    {"order missing",                  ORDER,   ACT_MISSING,     ERR_NONE,         -1,           NULL},
    {"payment charge not a number",    PAYMENT, ACT_CELL,        ERR_NOT_NUMBER,   P_charge,     "一百元"},
    {"payment number missing",         PAYMENT, ACT_CELL,        ERR_EMPTY,        P_payNo,      ""},
    {"payment date on no such day",    PAYMENT, ACT_CELL,        ERR_DATE,         P_accountingDate, "20261131080000"},
    {"payment charge negative",        PAYMENT, ACT_CELL,        ERR_TOO_SMALL,    P_charge,     "-5.00"},
    {"payment bad byte",               PAYMENT, ACT_BAD_BYTE,    ERR_BAD_BYTES,    P_payerName,  "Zo\001e"},
    {"payment number twice",           PAYMENT, ACT_SAME_KEY,    ERR_SAME_IN_FILE, P_orderNo,     NULL},
    {"payment row twice",              PAYMENT, ACT_REPEAT,      ERR_NONE,         -1,           NULL},
    {"payment missing",                PAYMENT, ACT_MISSING,     ERR_NONE,         -1,           NULL},
    {"payment currency differs",       PAYMENT, ACT_VALUE,       ERR_CURRENCY_DIFFERS,  P_currency, NULL},
    {"payment amount differs",         PAYMENT, ACT_AMOUNT,      ERR_AMOUNT_DIFFERS,    P_charge, NULL},
    {"payment before the order",       PAYMENT, ACT_EARLY,       ERR_PAID_BEFORE_ORDER, P_accountingDate, NULL},
    {"payment number shared",          PAYMENT, ACT_SHARED,      ERR_PAYMENT_SHARED,    P_payNo,  NULL},
    {"waybill country unknown",        WAYBILL, ACT_CELL,        ERR_CODE_UNKNOWN, W_country,    "998"},
    {"waybill weight not a number",    WAYBILL, ACT_CELL,        ERR_NOT_NUMBER,   W_grossWeight, "1.2kg"},
    {"waybill day is none",            WAYBILL, ACT_CELL,        ERR_DATE,         W_ieDate,     "20261301"},
    {"waybill pieces not whole",       WAYBILL, ACT_CELL,        ERR_NOT_INTEGER,  W_packNo,     "1.5"},
    {"waybill change of nothing",      WAYBILL, ACT_CELL,        ERR_NO_ORIGINAL,  W_appType,    "2"},
    {"waybill without platform and seller", WAYBILL, ACT_NO_KEY, ERR_KEY_CODE,     W_ebcCode,    ""},
    {"waybill net above gross",        WAYBILL, ACT_WEIGHT,      ERR_WEIGHT,       W_netWeight,  NULL},
    {"waybill number twice",           WAYBILL, ACT_SAME_KEY,    ERR_SAME_IN_FILE, W_orderNo, NULL},
    {"waybill row twice",              WAYBILL, ACT_REPEAT,      ERR_NONE,         -1,           NULL},
    {"waybill missing",                WAYBILL, ACT_MISSING,     ERR_NONE,         -1,           NULL},
    {"waybill country differs",        WAYBILL, ACT_VALUE,       ERR_COUNTRY_DIFFERS,     W_country, NULL},
    {"waybill before the payment",     WAYBILL, ACT_EARLY,       ERR_SHIPPED_BEFORE_PAID, W_ieDate, NULL},
    {"waybill not alone",              WAYBILL, ACT_TWO,         ERR_WAYBILLS,            -1,       NULL},
    {"waybill number shared",          WAYBILL, ACT_SHARED,      ERR_WAYBILL_SHARED,      W_logisticsNo, NULL},
};
/* clang-format on */

/* Does this act refuse the row, so that the flow counts as not there? */
static bool
act_refuses(enum act act)
{
    return act < ACT_SAME_KEY;
}

/* Random numbers: splitmix64 ------------------------------------------------------------------- */

static uint64_t
mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

struct dice {
    uint64_t state;
};

static uint64_t
roll(struct dice *d, uint64_t sides)
{
    d->state += 0x9e3779b97f4a7c15u;
    return mix(d->state) % sides;
}

/* The sample ----------------------------------------------------------------------------------- */

struct sample {
    uint64_t orders, seed, fault_count;
    int bits;        /* of half a number in shuffle() */
    char days[4][9]; /* the date and the three before it */
    char platform[19], pay_code[19], carrier[19];
    FILE *expected, *rejects;
    bool first_reject;
    uint64_t rows[FEEDS], rejected[FEEDS], repeated[FEEDS], verdicts[3];
    uint64_t planted[COUNT(faults)];
};

struct item {
    const struct goods *goods;
    int64_t milli, cents; /* quantity, price */
};

struct trade {
    uint64_t index;
    const struct fault *fault; /* NULL: none */
    const struct fault *pair;  /* the order before shares a number with this one */
    const struct seller *seller;
    bool foreign; /* sold on a platform without a code */
    const struct place *place;
    struct item items[ITEMS_MAX];
    int count;
    int64_t value, freight, discount, tax, charge, grams, packing_grams;
    int64_t placed, paid; /* seconds of the day before */
    bool two_payments;
    char order_no[40], buyer[64], telephone[32];
    const char *address;
};

/*
 * GB 11714 and GB 32100: the stem of 16 characters receives the organisation's check character
 * and that of the whole code.
 */
static void
credit_code(const char *stem, char out[19])
{
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const int weights[8] = {3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;

    memcpy(out, stem, 16);
    for (int i = 0; i < 8; i++)
        sum += weights[i] * (int)(strchr(letters, stem[8 + i]) - letters);
    out[16] = "0X987654321"[sum % 11];
    sum = 0;
    for (int i = 0, power = 1; i < 17; i++, power = power * 3 % 31)
        sum += power * (int)(strchr(alphabet, out[i]) - alphabet);
    out[17] = alphabet[(31 - sum % 31) % 31];
    out[18] = '\0';
}

static const struct fault *
fault_of(const struct sample *s, uint64_t index)
{
    uint64_t at, next, nth;

    if (s->fault_count == 0 || index >= s->orders)
        return NULL;
    nth = index * s->fault_count / s->orders;
    while ((nth + 1) * s->orders / s->fault_count <= index)
        nth++;
    at = nth * s->orders / s->fault_count;
    next = (nth + 1) * s->orders / s->fault_count;
    if (index != at + mix(s->seed ^ mix(nth)) % (next - at - 1))
        return NULL;
    return &faults[(nth + s->seed) % COUNT(faults)];
}

/* How many goods the fault needs: exactly one, more than one, or any (0). */
static int
lines_for(const struct fault *f)
{
    if (!f || f->feed != ORDER)
        return 0;
    return f->act == ACT_HEAD || f->act == ACT_LAST_LINE ? 2 : 1;
}

static int
draw_count(struct dice *d, const struct fault *f)
{
    uint64_t percent = roll(d, 100);
    int count = percent < 80 ? 1 : percent < 92 ? 2 : percent < 97 ? 3 : percent < 99 ? 4 : 5;

    switch (lines_for(f)) {
    case 1:
        return 1;
    case 2:
        return count < 2 ? 2 : count;
    default:
        return count;
    }
}

static void
draw_items(struct trade *t, struct dice *d)
{
    for (int k = 0; k < t->count; k++) {
        struct item *it = &t->items[k];
        int64_t cny;

        it->goods = &goods[roll(d, COUNT(goods))];
        it->milli = it->goods->by_weight ? 250 * (1 + (int64_t)roll(d, 6))
                                         : 1000 * (1 + (int64_t)(roll(d, 10) < 7 ? 0 : roll(d, 4)));
        cny = it->goods->cny_cents * (90 + (int64_t)roll(d, 21)) / 100;
        it->cents = cny * t->place->per_10000_cny / 10000 + 1;
        if (t->place->whole)
            it->cents = (it->cents / 1000 + 1) * 1000;
        t->value += it->milli * it->cents;
        t->grams += it->milli * it->goods->grams / 1000;
    }
}

/* A share of the goods' value in percent, to the cent. */
static int64_t
percent_of(int64_t value, int64_t percent)
{
    return value * percent / 100 / 1000 * 1000;
}

static void
trade_make(const struct sample *s, uint64_t index, struct trade *t)
{
    struct dice d = {mix(s->seed) ^ mix(index + 1)};
    const struct fault *before = index > 0 ? fault_of(s, index - 1) : NULL;

    *t = (struct trade){.index = index};
    t->fault = fault_of(s, index);
    t->pair = before && before->act == ACT_SHARED ? before : NULL;
    t->seller = &sellers[roll(&d, COUNT(sellers))];
    t->foreign = roll(&d, 100) < 3;
    t->place = &places[roll(&d, 3) ? roll(&d, COUNT(places)) : roll(&d, 3)];
    t->count = draw_count(&d, t->fault);
    draw_items(t, &d);
    t->freight = roll(&d, 4) ? percent_of(t->value, 5 + (int64_t)roll(&d, 10)) : 0;
    t->discount = roll(&d, 5) ? 0 : percent_of(t->value, 5);
    t->tax = roll(&d, 10) ? 0 : percent_of(t->value, 8);
    t->charge = t->value + t->freight - t->discount + t->tax;
    t->packing_grams = 30 + t->grams / 12;
    t->placed = 2 * 3600 + (int64_t)roll(&d, 20 * 3600);
    t->paid = t->placed + 5 + (int64_t)roll(&d, 3600);
    t->two_payments = roll(&d, 100) < 4 && !t->fault && !t->pair;
    t->address = t->place->address[roll(&d, 2)];
    snprintf(t->buyer, sizeof t->buyer, "%s %s", first_names[roll(&d, COUNT(first_names))],
             last_names[roll(&d, COUNT(last_names))]);
    snprintf(t->telephone, sizeof t->telephone, "%s-%04u", t->place->phone,
             (unsigned)roll(&d, 10000));
    snprintf(t->order_no, sizeof t->order_no, "LY%s%04u%09" PRIu64, s->days[0],
             (unsigned)(mix(s->seed) % 10000), index + 1);
}

static const char *
trade_ebp(const struct sample *s, const struct trade *t)
{
    return t->foreign ? "无" : s->platform;
}

static bool
hit(const struct trade *t, enum feed feed, enum act act)
{
    return t->fault && t->fault->feed == feed && t->fault->act == act;
}

/* A permutation of 0 … orders-1: four Feistel rounds, stepping over numbers out of range. */
static uint64_t
shuffle(const struct sample *s, uint64_t salt, uint64_t x)
{
    uint64_t mask = ((uint64_t)1 << s->bits) - 1;

    do {
        uint64_t left = x >> s->bits, right = x & mask;

        for (uint64_t round = 0; round < 4; round++) {
            uint64_t keep = right;

            right = left ^ (mix(s->seed ^ mix(salt + round) ^ (right << 8)) & mask);
            left = keep;
        }
        x = left << s->bits | right;
    } while (x >= s->orders);
    return x;
}

/* Rows ----------------------------------------------------------------------------------------- */

struct row {
    enum feed feed;
    int count;
    struct span cells[O_COUNT]; /* orders have the most */
    int raw;                    /* this cell goes out without quotes; -1: none */
    int delta;                  /* columns too many or too few */
    int times;
    struct {
        int column; /* -1: the row as a whole */
        err_code_t code;
    } found[4];
    int found_count;
    char text[2048]; /* what cells point to, where it was made for the row */
    size_t used;
};

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
    cell(r, O_ebpCode, trade_ebp(s, t));
    cell(r, O_ebpName, t->foreign ? FOREIGN_NAME : PLATFORM_NAME);
    cell(r, O_ebcCode, t->seller->by_customs ? t->seller->customs : t->seller->code);
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
    cell_printf(r, O_barCode, "69%011" PRIu64, mix((uint64_t)(g - goods)) % 100000000000u);
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
    int64_t second = t->two_payments ? percent_of(t->charge, 30) : 0;
    uint64_t number = (t->pair && t->pair->feed == PAYMENT ? t->index - 1 : t->index) + 1;

    row_begin(r, PAYMENT, P_COUNT);
    cell(r, P_payCode, s->pay_code);
    cell(r, P_payName, PAY_NAME);
    cell_printf(r, P_payNo, "%s%04u%09" PRIu64 "%d", s->days[1], (unsigned)(mix(~s->seed) % 10000),
                number, nth);
    cell(r, P_ebpCode, trade_ebp(s, t));
    cell(r, P_ebpName, t->foreign ? FOREIGN_NAME : PLATFORM_NAME);
    cell(r, P_ebcCode, t->seller->by_customs ? t->seller->customs : t->seller->code);
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
                (unsigned)(mix(s->seed + 1) % 10000), number, nth);
    cell(r, W_ebpCode, trade_ebp(s, t));
    cell(r, W_orderNo, t->order_no);
    cell(r, W_ebcCode, t->seller->by_customs ? t->seller->customs : t->seller->code);
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
    cell_printf(r, W_voyageNo, "MF%u", 801 + (unsigned)(t->place - places));
    cell_printf(r, W_billNo, "731-%s%02u", s->days[0] + 2, (unsigned)(t->place - places));
    cell_printf(r, W_totalPackageNo, "ZB%s%s", s->days[0], t->place->pod);
    cell(r, W_wrapType, gross > 900 ? "2" : "6");
    cell(r, W_consignee, t->buyer);
    cell(r, W_consigneeTelephone, t->telephone);
    cell(r, W_consigneeAddress, t->address);
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

/* Put the trade's fault into row k of the feed, and note what must be found in it. */
static void
plant(const struct sample *s, const struct trade *t, enum feed feed, int k, struct row *r)
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
    if (act_refuses(f->act))
        found(r, f->column, f->code);
}

/* Files ---------------------------------------------------------------------------------------- */

struct out {
    const char *name; /* as the partner uploads it */
    struct sink sink;
    struct buf text, converted;
    iconv_t to; /* (iconv_t)-1: stays UTF-8 */
    uint64_t line, bytes;
};

/* Convert what is in o->text and pass it on. A byte 1 stands for one that no charset has. */
static rc_t
out_flush(struct out *o, struct err *e)
{
    struct buf *from = &o->text;

    if (o->to != (iconv_t)-1) {
        char *in = o->text.p, *to;
        size_t in_left = o->text.n, to_left = o->text.n * 2 + 16, size = to_left;

        o->converted.n = 0;
        buf_reserve(&o->converted, size);
        to = o->converted.p;
        if (iconv(o->to, &in, &in_left, &to, &to_left) == (size_t)-1)
            return err_set(e, RC_FAIL, ERR_SYSTEM, "%s: iconv: %s", o->name, strerror(errno));
        o->converted.n = size - to_left;
        from = &o->converted;
    }
    for (char *p = from->p; from->n && (p = memchr(p, 1, from->n - (size_t)(p - from->p)));)
        *p = (char)0xff;
    o->bytes += from->n;
    rc_t rc = from->n ? o->sink.write(o->sink.ctx, from->p, from->n, e) : RC_OK;
    o->text.n = 0;
    return rc;
}

static void
out_row(struct out *o, const struct row *r)
{
    for (int c = 0; c < r->count + (r->delta < 0 ? r->delta : 0); c++) {
        if (c > 0)
            buf_put(&o->text, ",", 1);
        if (c == r->raw)
            buf_put(&o->text, r->cells[c].p, r->cells[c].n);
        else
            csv_put(&o->text, r->cells[c], ',');
    }
    if (r->delta > 0)
        buf_str(&o->text, ",x");
    buf_put(&o->text, "\r\n", 2);
    o->line++;
}

static void
out_header(struct out *o, enum feed feed)
{
    for (int c = 0; feed_headers[feed][c]; c++) {
        if (c > 0)
            buf_put(&o->text, ",", 1);
        buf_str(&o->text, feed_headers[feed][c]);
    }
    buf_put(&o->text, "\r\n", 2);
    o->line = 1;
}

static void
expect_reject(struct sample *s, const struct out *o, const struct row *r)
{
    char code[8];

    fprintf(s->rejects, "%s\n{\"file\":\"%s\",\"line\":%" PRIu64 ",\"codes\":[",
            s->first_reject ? "" : ",", o->name, o->line);
    for (int i = 0; i < r->found_count; i++) {
        int column = r->found[i].column;

        fprintf(s->rejects, "%s{\"column\":\"%s\",\"code\":\"%s\"}", i ? "," : "",
                column < 0 ? "" : feed_columns[r->feed][column], err_name(r->found[i].code, code));
    }
    fputs("]}", s->rejects);
    s->first_reject = false;
}

static rc_t
write_row(struct sample *s, struct out *o, const struct row *r, struct err *e)
{
    for (int i = 0; i < r->times; i++) {
        out_row(o, r);
        s->rows[r->feed]++;
        if (r->found_count) {
            expect_reject(s, o, r);
            s->rejected[r->feed]++;
        }
    }
    s->repeated[r->feed] += (uint64_t)r->times - 1;
    return o->text.n > 256 * 1024 ? out_flush(o, e) : RC_OK;
}

/* What must come of the trade, one line of expected.json. */
static void
expect_trade(struct sample *s, const struct trade *t)
{
    static const char *const verdicts[] = {"matched", "waiting", "broken"};
    const struct fault *f = t->fault ? t->fault : t->pair;
    bool waits = f && (f->act == ACT_MISSING || act_refuses(f->act));
    bool breaks = f && f->act >= ACT_VALUE;
    int verdict = waits ? 1 : breaks ? 2 : 0;
    const char *ebp = trade_ebp(s, t);
    char code[8];

    fprintf(s->expected,
            "%s\n{\"ebpCode\":\"%s\",\"keyCode\":\"%s\",\"orderNo\":\"%s\","
            "\"verdict\":\"%s\",\"waiting\":[",
            t->index ? "," : "", ebp,
            !t->foreign             ? ebp
            : t->seller->by_customs ? t->seller->customs
                                    : t->seller->code,
            t->order_no, verdicts[verdict]);
    if (waits)
        fprintf(s->expected, "\"%s\"", flow_names[f->feed]);
    fputs("],\"breaks\":[", s->expected);
    if (breaks)
        fprintf(s->expected, "\"%s\"", err_name(f->code, code));
    fputs("]}", s->expected);
    s->verdicts[verdict]++;
    if (t->fault)
        s->planted[t->fault - faults]++;
}

static rc_t
order_rows(struct sample *s, struct out *o, uint64_t at, struct row *r, struct err *e)
{
    struct trade t;
    rc_t rc = RC_OK;

    trade_make(s, at, &t);
    expect_trade(s, &t);
    if (hit(&t, ORDER, ACT_MISSING))
        return RC_OK;
    for (int k = 0; k < t.count && rc == RC_OK; k++) {
        order_row(s, &t, k, r);
        plant(s, &t, ORDER, k, r);
        rc = write_row(s, o, r, e);
    }
    return rc;
}

static rc_t
payment_rows(struct sample *s, struct out *o, uint64_t at, struct row *r, struct err *e)
{
    struct trade t;
    rc_t rc;

    trade_make(s, shuffle(s, PAYMENT * 16, at), &t);
    if (hit(&t, PAYMENT, ACT_MISSING))
        return RC_OK;
    payment_row(s, &t, 0, r);
    plant(s, &t, PAYMENT, 0, r);
    rc = write_row(s, o, r, e);
    if (rc == RC_OK && hit(&t, PAYMENT, ACT_SAME_KEY)) {
        cell_decimal(r, P_charge, t.charge + 500000, 2);
        found(r, t.fault->column, t.fault->code);
        rc = write_row(s, o, r, e);
    }
    if (rc == RC_OK && t.two_payments) {
        payment_row(s, &t, 1, r);
        rc = write_row(s, o, r, e);
    }
    return rc;
}

static rc_t
waybill_rows(struct sample *s, struct out *o, uint64_t at, struct row *r, struct err *e)
{
    struct trade t;
    rc_t rc;

    trade_make(s, shuffle(s, WAYBILL * 16, at), &t);
    if (hit(&t, WAYBILL, ACT_MISSING))
        return RC_OK;
    waybill_row(s, &t, 0, r);
    plant(s, &t, WAYBILL, 0, r);
    rc = write_row(s, o, r, e);
    if (rc == RC_OK && hit(&t, WAYBILL, ACT_SAME_KEY)) {
        cell(r, W_packNo, "2");
        found(r, t.fault->column, t.fault->code);
        rc = write_row(s, o, r, e);
    }
    if (rc == RC_OK && hit(&t, WAYBILL, ACT_TWO)) {
        waybill_row(s, &t, 1, r);
        rc = write_row(s, o, r, e);
    }
    return rc;
}

static rc_t
write_feed(struct sample *s, enum feed feed, struct out *o, struct err *e)
{
    static rc_t (*const rows[FEEDS])(struct sample *, struct out *, uint64_t, struct row *,
                                     struct err *) = {order_rows, payment_rows, waybill_rows};
    struct row r;
    struct progress progress;
    uint64_t bytes = 0;
    rc_t rc = RC_OK;

    progress_begin(&progress, o->name, 0);
    out_header(o, feed);
    for (uint64_t i = 0; i < s->orders && rc == RC_OK; i++) {
        rc = rows[feed](s, o, i, &r, e);
        if (i % 4096 == 4095) {
            progress_add(&progress, 4096, o->bytes - bytes);
            bytes = o->bytes;
        }
    }
    if (rc == RC_OK)
        rc = out_flush(o, e);
    progress_end(&progress);
    return rc;
}

static rc_t
create(struct arena *a, const char *dir, const char *partner, const char *name, int *fd,
       struct err *e)
{
    const char *folder = arena_printf(a, "%s/%s", dir, partner);
    const char *path = arena_printf(a, "%s/%s", folder, name);
    rc_t rc = fsio_mkdirs(folder, 0755, e);

    if (rc != RC_OK)
        return rc;
    *fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (*fd < 0)
        return err_set(e, RC_FAIL, ERR_SYSTEM, "%s: %s", path, strerror(errno));
    return RC_OK;
}

/* A plain file; charset NULL leaves it UTF-8. */
static rc_t
write_plain(struct sample *s, struct arena *a, const char *dir, const char *partner, enum feed feed,
            const char *name, const char *charset, struct err *e)
{
    struct stream_fd file = {-1, name};
    struct out o = {.name = name, .to = (iconv_t)-1};
    rc_t rc = create(a, dir, partner, name, &file.fd, e);

    if (rc != RC_OK)
        return rc;
    o.sink = sink_fd(&file);
    if (charset && (o.to = iconv_open(charset, "UTF-8")) == (iconv_t)-1)
        rc = err_set(e, RC_FAIL, ERR_SYSTEM, "iconv has no %s", charset);
    if (rc == RC_OK)
        rc = write_feed(s, feed, &o, e);
    if (o.to != (iconv_t)-1)
        iconv_close(o.to);
    buf_free(&o.text);
    buf_free(&o.converted);
    if (close(file.fd) != 0 && rc == RC_OK)
        rc = err_set(e, RC_FAIL, ERR_SYSTEM, "%s: %s", name, strerror(errno));
    return rc;
}

static rc_t
write_zip(struct sample *s, struct arena *a, const char *dir, const char *partner, enum feed feed,
          const char *stem, struct err *e)
{
    struct stream_fd file = {-1, arena_printf(a, "%s.zip", stem)};
    struct out o = {.name = file.name, .to = (iconv_t)-1};
    struct pack *zip = NULL;
    struct pack_entry done;
    rc_t rc = create(a, dir, partner, file.name, &file.fd, e);

    if (rc != RC_OK)
        return rc;
    if ((rc = pack_open(&zip, PACK_ZIP, NULL, sink_fd(&file),
                        clock_local_moment(s->days[0], 0, TIME_ZONE), e)) != RC_OK ||
        (rc = pack_begin(zip, arena_printf(a, "%s.csv", stem), e)) != RC_OK)
        goto out;
    o.sink = pack_sink(zip);
    if ((rc = write_feed(s, feed, &o, e)) == RC_OK && (rc = pack_end(zip, &done, e)) == RC_OK)
        rc = pack_close(&zip, e);
out:
    pack_abort(&zip);
    buf_free(&o.text);
    if (close(file.fd) != 0 && rc == RC_OK)
        rc = err_set(e, RC_FAIL, ERR_SYSTEM, "%s: %s", file.name, strerror(errno));
    return rc;
}

static void
put_counts(const struct sample *s, struct buf *out)
{
    const char *comma = "";

    for (int feed = 0; feed < FEEDS; feed++) {
        buf_printf(out, "%s\"%s\":{\"rows\":%" PRIu64 ",\"rejected\":%" PRIu64, comma,
                   flow_names[feed], s->rows[feed], s->rejected[feed]);
        buf_printf(out, ",\"repeated\":%" PRIu64 "}", s->repeated[feed]);
        comma = ",";
    }
    buf_printf(out, ",\"matched\":%" PRIu64 ",\"waiting\":%" PRIu64 ",\"broken\":%" PRIu64,
               s->verdicts[0], s->verdicts[1], s->verdicts[2]);
    buf_str(out, ",\"faults\":{");
    comma = "";
    for (size_t i = 0; i < COUNT(faults); i++) {
        if (!s->planted[i])
            continue;
        buf_printf(out, "%s\"%s\":%" PRIu64, comma, faults[i].name, s->planted[i]);
        comma = ",";
    }
    buf_str(out, "}");
}

/* expected.json is open and holds the orders; add rejects and counts. */
static rc_t
finish_expected(struct sample *s, const char *path, struct err *e)
{
    struct buf counts = {0};
    char piece[16384];
    size_t n;

    fputs("\n],\n\"rejects\":[", s->expected);
    rewind(s->rejects);
    while ((n = fread(piece, 1, sizeof piece, s->rejects)) > 0)
        fwrite(piece, 1, n, s->expected);
    put_counts(s, &counts);
    fprintf(s->expected, "\n],\n\"counts\":{%.*s}}\n", (int)counts.n, counts.p);
    buf_free(&counts);
    if (ferror(s->rejects) || ferror(s->expected) || fflush(s->expected) != 0)
        return err_set(e, RC_FAIL, ERR_SYSTEM, "%s: %s", path, strerror(errno));
    return RC_OK;
}

static rc_t
sample_write(struct sample *s, struct arena *a, const char *dir, struct err *e)
{
    const char *path = arena_printf(a, "%s/expected.json", dir);
    rc_t rc = fsio_mkdirs(dir, 0755, e);

    if (rc != RC_OK)
        return rc;
    s->expected = fopen(path, "we");
    s->rejects = tmpfile();
    s->first_reject = true;
    if (!s->expected || !s->rejects) {
        rc = err_set(e, RC_FAIL, ERR_SYSTEM, "%s: %s", path, strerror(errno));
        goto out;
    }
    fprintf(s->expected, "{\"date\":\"%s\",\"seed\":%" PRIu64 ",\n\"orders\":[", s->days[0],
            s->seed);
    if ((rc = write_plain(s, a, dir, "LYPLAT01", ORDER,
                          arena_printf(a, "ORDER_%s_01.csv", s->days[0]), NULL, e)) != RC_OK ||
        (rc = write_plain(s, a, dir, "LYPAY01", PAYMENT,
                          arena_printf(a, "PAYMENT_%s_01.csv", s->days[0]), "GB18030", e)) !=
            RC_OK ||
        (rc = write_zip(s, a, dir, "LYLOGI01", WAYBILL,
                        arena_printf(a, "LOGISTICS_%s_01", s->days[0]), e)) != RC_OK)
        goto out;
    rc = finish_expected(s, path, e);
out:
    if (s->rejects)
        fclose(s->rejects);
    if (s->expected && fclose(s->expected) != 0 && rc == RC_OK)
        rc = err_set(e, RC_FAIL, ERR_SYSTEM, "%s: %s", path, strerror(errno));
    return rc;
}

/* The command ---------------------------------------------------------------------------------- */

struct request {
    uint64_t orders, seed;
    const char *dir, *date;
    double percent;
};

static rc_t
read_number(const char *option, const char *text, uint64_t max, uint64_t *value, struct err *e)
{
    char *end = NULL;

    errno = 0;
    *value = strtoull(text, &end, 10);
    if (errno || *text < '0' || *text > '9' || *end || *value > max)
        return err_set(e, RC_FAIL, ERR_USAGE, "%s %s: must be a whole number up to %" PRIu64,
                       option, text, max);
    return RC_OK;
}

static rc_t
read_percent(const char *text, double *percent, struct err *e)
{
    char *end = NULL;

    *percent = strtod(text, &end);
    if (end == text || strcmp(end, "%") != 0 || !(*percent >= 0 && *percent <= 25))
        return err_set(e, RC_FAIL, ERR_USAGE, "--faults %s: must be 0%% to 25%%", text);
    return RC_OK;
}

static rc_t
read_request(int argc, char **argv, struct request *q, struct err *e)
{
    rc_t rc = RC_OK;

    for (int i = argc > 0 && argv[0][0] != '-' ? 1 : 0; i < argc && rc == RC_OK; i += 2) {
        const char *option = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;

        if (!value)
            return err_set(e, RC_FAIL, ERR_USAGE, "%s: value missing", option);
        if (strcmp(option, "--orders") == 0)
            rc = read_number(option, value, 100000000, &q->orders, e);
        else if (strcmp(option, "--seed") == 0)
            rc = read_number(option, value, UINT64_MAX / 2, &q->seed, e);
        else if (strcmp(option, "--dir") == 0)
            q->dir = value;
        else if (strcmp(option, "--date") == 0)
            q->date = value;
        else if (strcmp(option, "--faults") == 0)
            rc = read_percent(value, &q->percent, e);
        else
            return err_set(e, RC_FAIL, ERR_USAGE, "%s: unknown option of sample", option);
    }
    if (rc == RC_OK && !q->dir)
        rc = err_set(e, RC_FAIL, ERR_USAGE, "--dir is missing: where to write the files");
    if (rc == RC_OK && q->orders == 0)
        rc = err_set(e, RC_FAIL, ERR_USAGE, "--orders is missing or 0");
    return rc;
}

/* The date and the three days before it. */
static rc_t
set_days(struct sample *s, const char *date, struct err *e)
{
    char now[15], tail;
    struct tm tm = {0};
    time_t noon;

    clock_local14(clock_now(), TIME_ZONE, now);
    if (!date) {
        now[8] = '\0';
        date = now;
    }
    if (strlen(date) != 8 ||
        sscanf(date, "%4d%2d%2d%c", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tail) != 3)
        return err_set(e, RC_FAIL, ERR_USAGE, "--date %s: must be YYYYMMDD", date);
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    tm.tm_hour = 12;
    noon = timegm(&tm);
    for (int i = 0; i < 4; i++) {
        time_t day = noon - (time_t)i * 86400;

        gmtime_r(&day, &tm);
        strftime(s->days[i], sizeof s->days[i], "%Y%m%d", &tm);
    }
    if (strcmp(s->days[0], date) != 0)
        return err_set(e, RC_FAIL, ERR_USAGE, "--date %s: no such day", date);
    return RC_OK;
}

/* Two per cent rounded up; from 200 orders on every kind at least once. */
static uint64_t
count_faults(uint64_t orders, double percent)
{
    uint64_t count = (uint64_t)((double)orders * percent / 100);

    if (percent <= 0)
        return 0;
    if ((double)count * 100 < (double)orders * percent)
        count++;
    if (orders >= 200 && count < COUNT(faults))
        count = COUNT(faults);
    return count < orders / 2 ? count : orders / 2; /* each has a neighbour */
}

static void
say_done(const struct hub *hub, const struct sample *s, const char *dir)
{
    static const char *const partners[FEEDS] = {"LYPLAT01", "LYPAY01", "LYLOGI01"};
    struct buf counts = {0};

    if (hub && hub->json) {
        put_counts(s, &counts);
        printf("{\"dir\":\"%s\",\"date\":\"%s\",%.*s}\n", dir, s->days[0], (int)counts.n, counts.p);
        buf_free(&counts);
        return;
    }
    for (int feed = 0; feed < FEEDS; feed++)
        printf("%s/%-9s %9" PRIu64 " rows  %7" PRIu64 " to be refused  %6" PRIu64 " twice\n", dir,
               partners[feed], s->rows[feed], s->rejected[feed], s->repeated[feed]);
    printf("%s/expected.json: %" PRIu64 " orders, %" PRIu64 " matched, %" PRIu64
           " waiting, %" PRIu64 " broken\n",
           dir, s->orders, s->verdicts[0], s->verdicts[1], s->verdicts[2]);
}

rc_t
cmd_sample(struct hub *hub, int argc, char **argv, struct err *e)
{
    struct request q = {.seed = 1, .percent = 2};
    struct sample s = {0};
    struct arena *a = arena_new("sample");
    rc_t rc = read_request(argc, argv, &q, e);

    if (rc != RC_OK || (rc = set_days(&s, q.date, e)) != RC_OK)
        goto out;
    s.orders = q.orders;
    s.seed = q.seed;
    s.fault_count = count_faults(q.orders, q.percent);
    while ((uint64_t)1 << 2 * s.bits < s.orders)
        s.bits++;
    for (size_t i = 0; i < COUNT(sellers); i++)
        credit_code(sellers[i].stem, sellers[i].code);
    credit_code("91350800MA35C2LA", s.platform);
    credit_code("91350800MA36H4PB", s.pay_code);
    credit_code("91350800MA37T6QD", s.carrier);
    if ((rc = sample_write(&s, a, q.dir, e)) == RC_OK)
        say_done(hub, &s, q.dir);
out:
    arena_free(&a);
    return rc;
}
