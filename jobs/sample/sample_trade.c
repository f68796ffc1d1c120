/* sample_trade.c - what there is to choose from, and a trade made of it. */
#include <inttypes.h>
#include <string.h>

#include "sample/sample.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

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
const struct place sample_places[] = {
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
const struct goods sample_goods[] = {
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

/* Faults --------------------------------------------------------------------------------------- */

/* clang-format off */
const struct fault sample_faults[] = {
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
const size_t sample_fault_kinds = COUNT(sample_faults);

bool
sample_refuses(enum act act)
{
    return act < ACT_SAME_KEY;
}

/* Random numbers: splitmix64 ------------------------------------------------------------------- */

uint64_t
sample_mix(uint64_t x)
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
    return sample_mix(d->state) % sides;
}

/* Trades --------------------------------------------------------------------------------------- */

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
    if (index != at + sample_mix(s->seed ^ sample_mix(nth)) % (next - at - 1))
        return NULL;
    return &sample_faults[(nth + s->seed) % COUNT(sample_faults)];
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

        it->goods = &sample_goods[roll(d, COUNT(sample_goods))];
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

int64_t
sample_percent(int64_t value, int64_t percent)
{
    return value * percent / 100 / 1000 * 1000;
}

void
sample_trade(const struct sample *s, uint64_t index, struct trade *t)
{
    struct dice d = {sample_mix(s->seed) ^ sample_mix(index + 1)};
    const struct fault *before = index > 0 ? fault_of(s, index - 1) : NULL;

    *t = (struct trade){.index = index};
    t->fault = fault_of(s, index);
    t->pair = before && before->act == ACT_SHARED ? before : NULL;
    t->seller = &sellers[roll(&d, COUNT(sellers))];
    t->foreign = roll(&d, 100) < 3;
    t->place = &sample_places[roll(&d, 3) ? roll(&d, COUNT(sample_places)) : roll(&d, 3)];
    t->count = draw_count(&d, t->fault);
    draw_items(t, &d);
    t->freight = roll(&d, 4) ? sample_percent(t->value, 5 + (int64_t)roll(&d, 10)) : 0;
    t->discount = roll(&d, 5) ? 0 : sample_percent(t->value, 5);
    t->tax = roll(&d, 10) ? 0 : sample_percent(t->value, 8);
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
             (unsigned)(sample_mix(s->seed) % 10000), index + 1);
}

const char *
sample_ebp(const struct sample *s, const struct trade *t)
{
    return t->foreign ? "无" : s->platform;
}

bool
sample_hit(const struct trade *t, enum feed feed, enum act act)
{
    return t->fault && t->fault->feed == feed && t->fault->act == act;
}

/* Four Feistel rounds, stepping over numbers out of range. */
uint64_t
sample_shuffle(const struct sample *s, uint64_t salt, uint64_t x)
{
    uint64_t mask = ((uint64_t)1 << s->bits) - 1;

    do {
        uint64_t left = x >> s->bits, right = x & mask;

        for (uint64_t round = 0; round < 4; round++) {
            uint64_t keep = right;

            right = left ^ (sample_mix(s->seed ^ sample_mix(salt + round) ^ (right << 8)) & mask);
            left = keep;
        }
        x = left << s->bits | right;
    } while (x >= s->orders);
    return x;
}

const char *
sample_ebc(const struct trade *t)
{
    return t->seller->by_customs ? t->seller->customs : t->seller->code;
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
    if (orders >= 200 && count < COUNT(sample_faults))
        count = COUNT(sample_faults);
    return count < orders / 2 ? count : orders / 2; /* each has a neighbour */
}

_Static_assert(COUNT(sample_faults) <= SAMPLE_FAULTS_MAX, "make room in struct sample");

void
sample_begin(struct sample *s, double fault_percent)
{
    s->fault_count = count_faults(s->orders, fault_percent);
    while ((uint64_t)1 << 2 * s->bits < s->orders)
        s->bits++;
    for (size_t i = 0; i < COUNT(sellers); i++)
        credit_code(sellers[i].stem, sellers[i].code);
    credit_code("91350800MA35C2LA", s->platform);
    credit_code("91350800MA36H4PB", s->pay_code);
    credit_code("91350800MA37T6QD", s->carrier);
}
