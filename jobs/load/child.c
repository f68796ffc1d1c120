#define _GNU_SOURCE /* F_SETPIPE_SZ, O_TMPFILE, pipe2 */
#include "load/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "load/reader.h"
#include "load/records.h"
#include "spool/fsio.h"

#define PIPE_BYTES (1024 * 1024)
#define QUIET_S    600
#define END_MS     1000 /* for a child that has nothing to do any more to end */

/* Without them what they are for must fit. */
static void
room_open(struct rows_room *m, const char *dir)
{
    for (int i = 0; i < ROWS_SPILLS; i++) {
        struct stat st;

        if (m->open && m->fds[i] >= 0 && fstat(m->fds[i], &st) == 0 && !st.st_size)
            continue;
        if (m->open && m->fds[i] >= 0)
            close(m->fds[i]);
        m->fds[i] = open(dir ? dir : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    }
    m->open = true;
}

void
rows_room_close(struct rows_room *m)
{
    for (int i = 0; m->open && i < ROWS_SPILLS; i++)
        if (m->fds[i] >= 0)
            close(m->fds[i]);
    m->open = false;
}

rc_t
rows_start(struct rows_child *c, const struct rows_task *task, struct err *e)
{
    struct rows_room own = {0}, *room = task->room ? task->room : &own;
    int ends[2];
    rc_t rc;

    *c = (struct rows_child){
        .fd = -1, .control = -1, .quiet_s = task->quiet_s ? task->quiet_s : QUIET_S};
    if (task->spill_dir && (rc = fsio_room(task->spill_dir, e)) != RC_OK)
        return rc; /* for its files without a name */
    if (pipe2(ends, O_CLOEXEC))
        return err_set(e, RC_RETRY, ERR_SYSTEM, "pipe: %s", strerror(errno));
    room_open(room, task->spill_dir);
    (void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES); /* fewer turns; a smaller pipe works too */
    rc = reader_ask(task, room->fds, ends[1], &c->control, e);
    rows_room_close(&own);
    close(ends[1]);
    if (rc == RC_OK)
        c->fd = ends[0];
    else
        close(ends[0]);
    return rc;
}

/* Wait for the child's next bytes; what we do ourselves meanwhile does not count. */
static rc_t
wait_bytes(const struct rows_child *c, struct err *e)
{
    int64_t until = clock_ms() + (int64_t)c->quiet_s * 1000, left;
    struct pollfd p = {c->fd, POLLIN, 0};

    while ((left = until - clock_ms()) > 0) {
        int ready = poll(&p, 1, (int)left);

        if (ready > 0)
            return RC_OK;
        if (ready < 0 && errno != EINTR)
            return err_set(e, RC_RETRY, ERR_SYSTEM, "poll: %s", strerror(errno));
    }
    return err_set(e, RC_RETRY, ERR_CHILD, "the parsing process did nothing for %u s", c->quiet_s);
}

/* RC_END when the pipe ends before the first byte. */
static rc_t
read_all(const struct rows_child *c, void *p, size_t n, struct err *e)
{
    size_t at = 0;

    while (at < n) {
        rc_t rc = wait_bytes(c, e);
        ssize_t got;

        if (rc != RC_OK)
            return rc;
        got = read(c->fd, (char *)p + at, n - at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0 && at == 0)
            return RC_END;
        if (got <= 0)
            return err_set(e, RC_RETRY, ERR_CHILD, "the parsing process stopped in mid-frame");
        at += (size_t)got;
    }
    return RC_OK;
}

static rc_t
failed(const char *p, uint32_t n, struct err *e)
{
    struct rows_reason why = {.code = ERR_NONE};
    char shown[200];

    if (n == sizeof why)
        memcpy(&why, p, n);
    return err_set(e, RC_RETRY, ERR_CHILD, "the parsing process failed: %s",
                   span_show(shown, sizeof shown,
                             (struct span){why.seen, strnlen(why.seen, sizeof why.seen)}));
}

rc_t
rows_frame(struct rows_child *c, enum frame_type *type, const char **payload, uint32_t *n,
           struct err *e)
{
    unsigned char head[5];
    rc_t rc = read_all(c, head, sizeof head, e);

    if (rc != RC_OK)
        return rc;
    *type = (enum frame_type)head[0];
    *n = (uint32_t)head[1] << 24 | (uint32_t)head[2] << 16 | (uint32_t)head[3] << 8 | head[4];
    if (*n > FRAME_MAX)
        return err_set(e, RC_RETRY, ERR_CHILD, "the parsing process sent a frame of %u bytes", *n);
    if (*n + 1 > c->size) {
        c->size = *n + 1;
        c->payload = realloc(c->payload, c->size);
        if (!c->payload)
            BUG("out of memory");
    }
    rc = *n ? read_all(c, c->payload, *n, e) : RC_OK;
    c->payload[*n] = '\0';
    *payload = c->payload;
    if (rc == RC_OK && *type == FRAME_DAMAGED)
        return err_set(e, RC_FAIL, ERR_SPOOL_DAMAGED, "the upload is not what was sealed");
    if (rc == RC_OK && *type == FRAME_FAILED)
        return failed(c->payload, *n, e);
    return rc == RC_END ? err_set(e, RC_RETRY, ERR_CHILD, "the parsing process stopped") : rc;
}

static bool
is_ended(const char *text, size_t size)
{
    return strnlen(text, size) < size;
}

static bool
is_chosen(const unsigned char chosen[MAPPING_TITLES])
{
    for (int i = 0; i < MAPPING_TITLES; i++)
        if (chosen[i] >= MAPPING_WORDS)
            return false;
    return true;
}

rc_t
rows_facts_read(struct rows_facts *facts, const char *p, uint32_t n, uint32_t feeds,
                uint32_t mappings, struct err *e)
{
    struct rows_facts f;

    if (n != sizeof f)
        return err_set(e, RC_RETRY, ERR_CHILD, "the parsing process sent facts of %u bytes", n);
    memcpy(&f, p, n);
    if (f.plan >= feeds || f.mapping > mappings || !is_chosen(f.chosen) ||
        !is_ended(f.charset, sizeof f.charset) || !is_ended(f.line_end, sizeof f.line_end) ||
        !is_ended(f.entry, sizeof f.entry))
        return err_set(e, RC_RETRY, ERR_CHILD, "the parsing process sent broken facts");
    *facts = f;
    return RC_OK;
}

rc_t
rows_totals_read(struct rows_totals *totals, const char *p, uint32_t n, struct err *e)
{
    struct rows_totals t;
    bool good = n == sizeof t;

    if (good)
        memcpy(&t, p, n);
    good = good && is_ended(t.trailer, sizeof t.trailer) && t.counted.count <= TOTALS_CURRENCIES;
    for (uint32_t i = 0; good && i < t.counted.count; i++)
        good = is_ended(t.counted.by[i].currency, sizeof t.counted.by[i].currency);
    if (!good)
        return err_set(e, RC_RETRY, ERR_CHILD, "the parsing process sent broken totals");
    *totals = t;
    return RC_OK;
}

rc_t
rows_untold_read(struct rows_untold *untold, const char *p, uint32_t n, struct err *e)
{
    bool good = n == sizeof *untold;

    if (good)
        memcpy(untold, p, n);
    good = good && untold->unstaged <= untold->rows && untold->rows <= ROWS_MOST &&
           untold->count <= ROWS_CODES;
    for (uint32_t i = 0; good && i < untold->count; i++)
        good = *err_text(untold->by[i].code)->en && untold->by[i].faults <= ROWS_MOST;
    return good ? RC_OK : err_set(e, RC_RETRY, ERR_CHILD, "the parsing process sent broken counts");
}

/* How it ended; false: it has not, within that time. CHILD_RUNS: the reader itself has ended. */
static bool
ended(const struct rows_child *c, int wait_ms, struct child_end *end)
{
    struct pollfd p = {c->control, POLLIN, 0};
    int64_t until = clock_ms() + wait_ms, left;

    *end = (struct child_end){CHILD_RUNS, 0};
    while ((left = until - clock_ms()) > 0)
        if (poll(&p, 1, (int)left) > 0) {
            if (read(c->control, end, sizeof *end) != sizeof *end)
                *end = (struct child_end){CHILD_RUNS, 0};
            return true;
        }
    return false;
}

rc_t
rows_sheet(struct rows_task *t, struct arena *a, const char *payload, uint32_t n, struct err *e)
{
    uint32_t number = 0;

    if (n > sizeof number)
        memcpy(&number, payload, sizeof number);
    if (n <= sizeof number || payload[n - 1] || number == 0 || number > ROWS_SHEETS_MAX)
        return err_set(e, RC_RETRY, ERR_CHILD, "the parsing process sent a broken sheet");
    if (!t->sheets)
        t->sheets = ARENA_ARRAY(a, const char *, ROWS_SHEETS_MAX + 1);
    t->sheets[number] = arena_str(a, payload + sizeof number);
    return RC_OK;
}

const char *
rows_place(const struct rows_task *t, struct arena *a, uint64_t line)
{
    uint64_t sheet = line / SHEET_LINES;

    if (t->sheets && sheet && sheet <= ROWS_SHEETS_MAX && t->sheets[sheet])
        return arena_printf(a, "%s!%llu", t->sheets[sheet],
                            (unsigned long long)(line % SHEET_LINES));
    return arena_printf(a, "%llu", (unsigned long long)line);
}

rc_t
rows_finish(struct rows_child *c, struct err *e)
{
    struct child_end end = {CHILD_RUNS, 0};
    char words[CHILD_WORDS];

    if (c->control < 0)
        return RC_OK;
    if (c->fd >= 0)
        close(c->fd);
    free(c->payload);
    /* closing the pipe ends a child that still writes; one that hangs is ended here */
    if (!ended(c, END_MS, &end) && write(c->control, "", 1) == 1)
        (void)ended(c, END_MS, &end);
    close(c->control);
    c->control = -1;
    if (end.how == CHILD_EXITED && end.number == 0)
        return RC_OK;
    if (end.how == CHILD_RUNS)
        return err_set(e, RC_RETRY, ERR_CHILD, "the reader ended, and the parsing process with it");
    return err_set(e, RC_RETRY, ERR_CHILD, "the parsing process %s", child_end_words(end, words));
}
