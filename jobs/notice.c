#include "notice.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/stream.h"
#include "pickup.h"
#include "show.h"
#include "sql/statements.h"

static const struct {
    const char *why, *zh, *en;
} reasons[] = {
    {"charset", "文件名不是 UTF-8 编码，请改用 UTF-8 文件名或英文文件名后重新上传",
     "its name is not UTF-8; name it in UTF-8, or in Latin letters, and upload again"                                                                           },
    {"control", "文件名含有换行等控制字符，请改名后重新上传",
     "its name holds control characters such as a line end; rename it and upload again"                                                                         },
    {"long",    "文件名过长，请缩短后重新上传",                                                "its name is too long; shorten it and upload again"},
    {"folder",  "子文件夹中的文件不取，请把文件直接放在本文件夹中",
     "a folder: nothing is picked up from inside of it; put files beside it"                                                                                    },
    {"link",    "链接不取，请上传文件本身",                                                      "a link; upload the file itself"                   },
    {"special", "不是普通文件，不取",                                                               "no regular file"                                  },
};

static const char heading[] =
    "\xEF\xBB\xBF下列各项留在您的投递箱中，不会被取走。\r\nWhat follows is left in "
    "your drop box and will not be picked up.\r\n\r\n";

static const char heading_returns[] = "\xEF\xBB\xBF下列退货已收到，尚不能申报。\r\nThese returns "
                                      "were taken and cannot be declared yet."
                                      "\r\n\r\n";

static void
put_return(struct buf *text, const char *shown, const char *code, const char *want)
{
    struct show_sentence s;

    show_sentence(&s, code, want);
    buf_printf(text, "%s %s\r\n    %s\r\n    %s\r\n", shown, code, s.zh, s.en);
}

static void
put_line(struct buf *text, const char *shown, const char *why)
{
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (!strcmp(reasons[i].why, why))
            buf_printf(text, "%s\r\n    %s\r\n    %s\r\n", shown, reasons[i].zh, reasons[i].en);
}

/* The lines of r from `first` on that one party is told about one thing, and their keys (an array); behind them the next notice begins. */
static int
put_notice(struct buf *text, struct buf *keys, const struct db_result *r, int first)
{
    const char *party = db_text(r, first, "party"), *about = db_text(r, first, "about");
    bool box = strcmp(about, "box") == 0;
    int i = first;

    buf_str(text, box ? heading : heading_returns);
    buf_str(keys, "{");
    for (; i < r->rows && !strcmp(db_text(r, i, "party"), party) &&
           !strcmp(db_text(r, i, "about"), about);
         i++) {
        buf_printf(keys, "%s\"%s\"", i > first ? "," : "", db_text(r, i, "key"));
        if (box)
            put_line(text, db_text(r, i, "shown"), db_text(r, i, "why"));
        else
            put_return(text, db_text(r, i, "shown"), db_text(r, i, "why"), db_text(r, i, "want"));
    }
    buf_str(keys, "}");
    return i;
}

/* The bytes are in the spool before a row points at them. Killed between the two, they are a file that nobody names, which is
 * cleared away, and the next run makes the same notice: what it told of is marked in the statement that names it. */
static rc_t
keep(struct hub *hub, struct arena *a, const char *party, const char *about, const struct buf *text,
     struct buf *keys, struct err *e)
{
    struct spool_file *file = NULL;
    struct spool_kept kept;
    char day[9];
    rc_t rc = spool_begin(hub->spool, &file, e);

    clock_local_date(clock_now(), hub->conf->zone.timezone, day);
    if (rc == RC_OK)
        rc = spool_write(file, text->p, text->n, e);
    if ((rc = spool_end(&file, rc, a, &kept, e)) != RC_OK)
        return rc;
    fault_point("notice-kept");
    return db_exec(
        hub->db, SQL_PUBLISH_NOTICE,
        DB_ARGS(party, day, kept.id, db_number(a, (int64_t)kept.bytes), about, buf_text(keys, a)),
        NULL, e);
}

rc_t
notice_make(struct job *job, struct err *e)
{
    struct hub *hub = job->hub;
    struct arena *a = arena_new("notice");
    struct buf text = {0}, keys = {0};
    struct db_result *r;
    rc_t rc = db_query(hub->db, a, SQL_PUBLISH_ODD, DB_ARGS(NULL, NULL), &r, e);

    for (int i = 0, next; rc == RC_OK && i < r->rows; i = next, text.n = keys.n = 0) {
        next = put_notice(&text, &keys, r, i);
        /* one that is configured no more has no box for it; what was found stays untold, and is told if it comes back */
        if (!conf_partner(hub->conf, db_text(r, i, "party")))
            continue;
        rc = keep(hub, a, db_text(r, i, "party"), db_text(r, i, "about"), &text, &keys, e);
        job_count(job, "notices", 1);
    }
    buf_free(&keys);
    buf_free(&text);
    arena_free(&a);
    return rc;
}

rc_t
notice_again(struct hub *hub, struct arena *a, const char *party, const char *name, struct sink out,
             struct err *e)
{
    struct buf text = {0}, keys = {0};
    struct db_result *r;
    rc_t rc = db_query(hub->db, a, SQL_PUBLISH_ODD, DB_ARGS(name, party), &r, e);

    if (rc != RC_OK || !r->rows)
        return rc == RC_OK ? RC_END : rc;
    (void)put_notice(&text, &keys, r, 0);
    rc = out.write(out.ctx, text.p, text.n, e);
    buf_free(&keys);
    buf_free(&text);
    return rc;
}
