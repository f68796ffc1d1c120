/*
 * sample.h - a day of partner files: trades out of a seed, their rows, faults planted in some.
 *
 * Shape    Order number i of a seed is a pure function of both, so each file is written in a pass
 *          of its own without keeping orders in memory.
 * Faults   One order in fifty has exactly one. Orders are cut into as many strata as there are
 *          faults and one order of each stratum is chosen, so every kind in turn gets its share;
 *          the order after a chosen one is never chosen and serves as its pair.
 * Amounts  Integers of 1/100000; a total is quantity in thousandths times price in hundredths.
 */
#ifndef LANDPORT_SAMPLE_H
#define LANDPORT_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/span.h"

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
enum { ORDER_COLUMNS(PLACE_NAME) O_COUNT };
enum { PAYMENT_COLUMNS(PLACE_NAME) P_COUNT };
enum { WAYBILL_COLUMNS(PLACE_NAME) W_COUNT };

enum feed { ORDER, PAYMENT, WAYBILL, FEEDS };

#define SAMPLE_TIME_ZONE  "Asia/Shanghai"
#define SAMPLE_ITEMS_MAX  5
#define SAMPLE_FAULTS_MAX 64

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

struct sample {
    uint64_t orders, seed, fault_count;
    int bits;        /* of half a number in shuffle() */
    char days[4][9]; /* the date and the three before it */
    char platform[19], pay_code[19], carrier[19];
    FILE *expected, *rejects;
    bool first_reject;
    uint64_t rows[FEEDS], rejected[FEEDS], repeated[FEEDS], verdicts[3];
    uint64_t planted[SAMPLE_FAULTS_MAX];
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
    struct item items[SAMPLE_ITEMS_MAX];
    int count;
    int64_t value, freight, discount, tax, charge, grams, packing_grams;
    int64_t placed, paid; /* seconds of the day before */
    bool two_payments;
    char order_no[40], buyer[64], telephone[32];
    const char *address;
};

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

/* ---- sample_trade.c ---- */

extern const struct place sample_places[];
extern const struct goods sample_goods[];
extern const struct fault sample_faults[];
extern const size_t sample_fault_kinds;

/* What follows from seed and number of orders. */
void sample_begin(struct sample *s, double fault_percent);
uint64_t sample_mix(uint64_t x);
void sample_trade(const struct sample *s, uint64_t index, struct trade *t);
/* A permutation of 0 … orders-1, another one for each salt. */
uint64_t sample_shuffle(const struct sample *s, uint64_t salt, uint64_t x);
bool sample_hit(const struct trade *t, enum feed feed, enum act act);
/* Does this act refuse the row, so that the flow counts as not there? */
bool sample_refuses(enum act act);
int64_t sample_percent(int64_t value, int64_t percent); /* a share of it, to the cent */
const char *sample_ebp(const struct sample *s, const struct trade *t);
const char *sample_ebc(const struct trade *t);

/* ---- sample_rows.c ---- */

/* The nth row of the trade in that feed: goods of an order, payments, waybills. */
void sample_row(const struct sample *s, const struct trade *t, enum feed feed, int nth,
                struct row *r);
/* Put the trade's fault into it, and note what must be found. */
void sample_plant(const struct sample *s, const struct trade *t, enum feed feed, int nth,
                  struct row *r);
/* The row again, of the same key with other values. */
void sample_contradict(const struct trade *t, struct row *r);

struct hub;
/* landport sample feed: rows of any feed, after its XSD's examples */
rc_t sample_feed(struct hub *hub, int argc, char **argv, struct err *e);
/* landport sample receipts: what an agency might answer to bundles */
rc_t sample_receipts(struct hub *hub, int argc, char **argv, struct err *e);

#endif
