/*
 * sample.c - landport sample: a day of partner files with planted faults, and what must come of it.
 */
#include "sample/sample.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/stream.h"
#include "formats/read/csv.h"
#include "job.h"
#include "spool/fsio.h"
#include "spool/pack.h"
#include "table.h"

#define PLAIN_NAME(feed, name) #name,
static const char *const order_columns[] = {ORDER_COLUMNS(PLAIN_NAME) NULL};
static const char *const payment_columns[] = {PAYMENT_COLUMNS(PLAIN_NAME) NULL};
static const char *const waybill_columns[] = {WAYBILL_COLUMNS(PLAIN_NAME) NULL};

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
    bool waits = f && (f->act == ACT_MISSING || sample_refuses(f->act));
    bool breaks = f && f->act >= ACT_VALUE;
    int verdict = waits ? 1 : breaks ? 2 : 0;
    const char *ebp = sample_ebp(s, t);
    char code[8];

    fprintf(s->expected,
            "%s\n{\"ebpCode\":\"%s\",\"keyCode\":\"%s\",\"orderNo\":\"%s\","
            "\"verdict\":\"%s\",\"waiting\":[",
            t->index ? "," : "", ebp, t->foreign ? sample_ebc(t) : ebp, t->order_no,
            verdicts[verdict]);
    if (waits)
        fprintf(s->expected, "\"%s\"", flow_names[f->feed]);
    fputs("],\"breaks\":[", s->expected);
    if (breaks)
        fprintf(s->expected, "\"%s\"", err_name(f->code, code));
    fputs("]}", s->expected);
    s->verdicts[verdict]++;
    if (t->fault)
        s->planted[t->fault - sample_faults]++;
}

static rc_t
order_rows(struct sample *s, struct out *o, uint64_t at, struct row *r, struct err *e)
{
    struct trade t;
    rc_t rc = RC_OK;

    sample_trade(s, at, &t);
    expect_trade(s, &t);
    if (sample_hit(&t, ORDER, ACT_MISSING))
        return RC_OK;
    for (int k = 0; k < t.count && rc == RC_OK; k++) {
        sample_row(s, &t, ORDER, k, r);
        sample_plant(s, &t, ORDER, k, r);
        rc = write_row(s, o, r, e);
    }
    return rc;
}

/* Payments and waybills come in another sequence than orders, as they do in life. */
static rc_t
part_rows(struct sample *s, enum feed feed, struct out *o, uint64_t at, struct row *r,
          struct err *e)
{
    struct trade t;
    rc_t rc;

    sample_trade(s, sample_shuffle(s, feed * 16, at), &t);
    if (sample_hit(&t, feed, ACT_MISSING))
        return RC_OK;
    sample_row(s, &t, feed, 0, r);
    sample_plant(s, &t, feed, 0, r);
    rc = write_row(s, o, r, e);
    if (rc == RC_OK && sample_hit(&t, feed, ACT_SAME_KEY)) {
        sample_contradict(&t, r);
        rc = write_row(s, o, r, e);
    }
    if (rc == RC_OK && (feed == PAYMENT ? t.two_payments : sample_hit(&t, feed, ACT_TWO))) {
        sample_row(s, &t, feed, 1, r);
        rc = write_row(s, o, r, e);
    }
    return rc;
}

static rc_t
write_feed(struct sample *s, enum feed feed, struct out *o, struct err *e)
{
    struct row r;
    struct progress progress;
    uint64_t bytes = 0;
    rc_t rc = RC_OK;

    progress_begin(&progress, o->name, 0);
    out_header(o, feed);
    for (uint64_t i = 0; i < s->orders && rc == RC_OK; i++) {
        rc = feed == ORDER ? order_rows(s, o, i, &r, e) : part_rows(s, feed, o, i, &r, e);
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

/* A file of one feed, in its partner's folder below dir. */
struct made {
    struct arena *arena;
    const char *dir, *partner, *stem; /* its name without the ending */
    enum feed feed;
};

static rc_t
create(const struct made *m, const char *name, int *fd, struct err *e)
{
    const char *folder = arena_printf(m->arena, "%s/%s", m->dir, m->partner);
    const char *path = arena_printf(m->arena, "%s/%s", folder, name);
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
write_plain(struct sample *s, const struct made *m, const char *charset, struct err *e)
{
    const char *name = arena_printf(m->arena, "%s.csv", m->stem);
    struct stream_fd file = {-1, name};
    struct out o = {.name = name, .to = (iconv_t)-1};
    rc_t rc = create(m, name, &file.fd, e);

    if (rc != RC_OK)
        return rc;
    o.sink = sink_fd(&file);
    if (charset && (o.to = iconv_open(charset, "UTF-8")) == (iconv_t)-1)
        rc = err_set(e, RC_FAIL, ERR_SYSTEM, "iconv has no %s", charset);
    if (rc == RC_OK)
        rc = write_feed(s, m->feed, &o, e);
    if (o.to != (iconv_t)-1)
        iconv_close(o.to);
    buf_free(&o.text);
    buf_free(&o.converted);
    if (close(file.fd) != 0 && rc == RC_OK)
        rc = err_set(e, RC_FAIL, ERR_SYSTEM, "%s: %s", name, strerror(errno));
    return rc;
}

static rc_t
write_zip(struct sample *s, const struct made *m, struct err *e)
{
    struct stream_fd file = {-1, arena_printf(m->arena, "%s.zip", m->stem)};
    struct out o = {.name = file.name, .to = (iconv_t)-1};
    struct pack *zip = NULL;
    struct pack_entry done;
    rc_t rc = create(m, file.name, &file.fd, e);

    if (rc != RC_OK)
        return rc;
    if ((rc = pack_open(&zip, PACK_ZIP, NULL, sink_fd(&file),
                        clock_local_moment(s->days[0], 0, SAMPLE_TIME_ZONE), e)) != RC_OK ||
        (rc = pack_begin(zip, arena_printf(m->arena, "%s.csv", m->stem), e)) != RC_OK)
        goto out;
    o.sink = pack_sink(zip);
    if ((rc = write_feed(s, m->feed, &o, e)) == RC_OK && (rc = pack_end(zip, &done, e)) == RC_OK)
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
    for (size_t i = 0; i < sample_fault_kinds; i++) {
        if (!s->planted[i])
            continue;
        buf_printf(out, "%s\"%s\":%" PRIu64, comma, sample_faults[i].name, s->planted[i]);
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
    struct made order, payment, waybill;
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
    order = (struct made){a, dir, "LYPLAT01", arena_printf(a, "ORDER_%s_01", s->days[0]), ORDER};
    payment =
        (struct made){a, dir, "LYPAY01", arena_printf(a, "PAYMENT_%s_01", s->days[0]), PAYMENT};
    waybill =
        (struct made){a, dir, "LYLOGI01", arena_printf(a, "LOGISTICS_%s_01", s->days[0]), WAYBILL};
    if ((rc = write_plain(s, &order, NULL, e)) != RC_OK ||
        (rc = write_plain(s, &payment, "GB18030", e)) != RC_OK ||
        (rc = write_zip(s, &waybill, e)) != RC_OK)
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

    clock_local14(clock_now(), SAMPLE_TIME_ZONE, now);
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

static void
say_done(const struct hub *hub, const struct sample *s, const char *dir)
{
    static const char *const partners[FEEDS] = {"LYPLAT01", "LYPAY01", "LYLOGI01"};
    struct buf counts = {0};

    if (hub && hub->json) {
        json_string(&counts, dir);
        buf_printf(&counts, ",\"date\":\"%s\",", s->days[0]);
        put_counts(s, &counts);
        printf("{\"dir\":%.*s}\n", (int)counts.n, counts.p);
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
    static const struct {
        const char *name;
        rc_t (*run)(struct hub *hub, int argc, char **argv, struct err *e);
    } others[] = {
        {"feed",     sample_feed    },
        {"receipts", sample_receipts},
    };
    struct request q = {.seed = 1, .percent = 2};
    struct sample s = {0};
    struct arena *a;
    rc_t rc;

    /* data of a test is of that test's day, and answers come at its hour */
    if (clock_freeze() != 0)
        return err_set(e, RC_FAIL, ERR_USAGE, "LANDPORT_NOW must look like 2026-11-24T05:00:00Z");
    for (size_t i = 0; argc > 1 && i < sizeof others / sizeof *others; i++)
        if (strcmp(argv[1], others[i].name) == 0)
            return others[i].run(hub, argc - 1, argv + 1, e);
    a = arena_new("sample");
    if ((rc = read_request(argc, argv, &q, e)) != RC_OK || (rc = set_days(&s, q.date, e)) != RC_OK)
        goto out;
    s.orders = q.orders;
    s.seed = q.seed;
    sample_begin(&s, q.percent);
    if ((rc = sample_write(&s, a, q.dir, e)) == RC_OK)
        say_done(hub, &s, q.dir);
out:
    arena_free(&a);
    return rc;
}
