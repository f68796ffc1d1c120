#include "base/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/span.h"
#include "base/stream.h"

enum { FIELDS = 16, KEY_SIZE = 24, VALUE_SIZE = 256, TEXT_SIZE = 2048 };
enum { DRAW_MS = 500, SILENT = -1 };

struct field {
    char key[KEY_SIZE], value[VALUE_SIZE];
};

static const char *const level_names[] = {"error", "warn", "info", "debug"};
static const char WIPE[] = "\r\033[K";

static enum log_level level_shown = LOG_INFO;
static char job_name[KEY_SIZE] = "landport";
static struct field fields[FIELDS];
static size_t field_count;
static bool line_drawn; /* a progress line stands on the terminal */

void
log_open(enum log_level level)
{
    level_shown = level;
}

void
log_job(const char *job)
{
    span_show(job_name, sizeof job_name, span_of(job ? job : "landport"));
}

void
log_field(const char *key, const char *value)
{
    size_t i = 0;

    while (i < field_count && strcmp(fields[i].key, key) != 0)
        i++;
    if (!value) {
        if (i < field_count) { /* the others keep their order */
            field_count--;
            memmove(&fields[i], &fields[i + 1], (field_count - i) * sizeof *fields);
        }
        return;
    }
    if (strlen(key) >= KEY_SIZE || i == FIELDS)
        BUG("no room for log field %s", key);
    snprintf(fields[i].key, sizeof fields[i].key, "%s", key);
    span_show(fields[i].value, VALUE_SIZE, span_of(value));
    if (i == field_count)
        field_count++;
}

static void
put_time(struct buf *line)
{
    struct timespec ts;
    char iso[21];

    /* Never the frozen clock: a log says when things really happened. */
    clock_gettime(CLOCK_REALTIME, &ts);
    if (clock_iso(ts.tv_sec, iso))
        buf_printf(line, "%.19s.%03ldZ", iso, ts.tv_nsec / 1000000);
}

static void
put_field(struct buf *line, const struct field *f)
{
    bool quoted = !*f->value || strpbrk(f->value, " \"=");

    buf_printf(line, " %s=%s", f->key, quoted ? "\"" : "");
    for (const char *p = f->value; *p; p++) {
        if (*p == '"' || (quoted && *p == '\\'))
            buf_put(line, "\\", 1);
        buf_put(line, p, 1);
    }
    if (quoted)
        buf_put(line, "\"", 1);
}

/* In one call, so that lines of several processes do not mix. A log that cannot be written must
 * not stop the work. */
static void
put_stderr(const struct buf *line)
{
    struct stream_fd f = {STDERR_FILENO, "stderr"};
    struct sink sink = sink_fd(&f);

    sink.write(sink.ctx, line->p, line->n, NULL);
}

void
log_at(enum log_level level, const char *format, ...)
{
    char text[TEXT_SIZE], shown[TEXT_SIZE];
    struct buf line = {0};
    va_list args;

    if (level > level_shown)
        return;
    va_start(args, format);
    if (vsnprintf(text, sizeof text, format, args) < 0)
        text[0] = '\0';
    va_end(args);
    if (line_drawn)
        buf_str(&line, WIPE);
    line_drawn = false;
    put_time(&line);
    buf_printf(&line, " %s %s", level_names[level], job_name);
    for (size_t i = 0; i < field_count; i++)
        put_field(&line, &fields[i]);
    buf_printf(&line, " %s\n", span_show(shown, sizeof shown, span_trim(span_of(text))));
    put_stderr(&line);
    buf_free(&line);
}

void
log_err(enum log_level level, const struct err *e)
{
    const char *todo = err_text(e->code)->todo_en;
    char name[8];

    if (e->code == ERR_NONE)
        log_at(level, "%s", e->text);
    else
        log_at(level, "%s %s; %s", err_name(e->code, name), e->text, todo);
}

void
progress_begin(struct progress *p, const char *what, unsigned long long expect_bytes)
{
    long long now = clock_ms();

    *p = (struct progress){what, 0, 0, expect_bytes, now, isatty(STDERR_FILENO) ? now : SILENT};
}

/* Rows and bytes where there are any, and how fast. */
static void
draw(const struct progress *p, long long now)
{
    double seconds = (double)(now - p->started_ms) / 1000, mib = (double)p->bytes / (1 << 20);
    struct buf line = {0};
    char what[VALUE_SIZE]; /* a partner gave the name, and must not command the terminal by it */

    buf_printf(&line, "%s%s", WIPE, span_show(what, sizeof what, span_of(p->what)));
    if (p->rows)
        buf_printf(&line, ", %llu %s", p->rows, count_word((int64_t)p->rows, "row", "rows"));
    if (p->bytes)
        buf_printf(&line, ", %.1f MiB", mib);
    if (p->expect_bytes)
        buf_printf(&line, " (%.0f %%)", 100.0 * (double)p->bytes / (double)p->expect_bytes);
    if (seconds > 0 && p->rows)
        buf_printf(&line, ", %.0f rows/s", (double)p->rows / seconds);
    if (seconds > 0 && p->bytes)
        buf_printf(&line, ", %.1f MiB/s", mib / seconds);
    put_stderr(&line);
    buf_free(&line);
    line_drawn = true;
}

void
progress_step(struct progress *p, const char *what, unsigned long long rows)
{
    p->what = what;
    p->rows = rows;
    if (p->drawn_ms != SILENT)
        draw(p, clock_ms());
}

void
progress_add(struct progress *p, unsigned long long rows, unsigned long long bytes)
{
    long long now;

    p->rows += rows;
    p->bytes += bytes;
    if (p->drawn_ms == SILENT || (now = clock_ms()) - p->drawn_ms < DRAW_MS)
        return;
    p->drawn_ms = now;
    draw(p, now);
}

void
progress_end(struct progress *p)
{
    struct buf line = {0};

    if (line_drawn) {
        buf_str(&line, WIPE);
        put_stderr(&line);
        buf_free(&line);
    }
    line_drawn = false;
    p->drawn_ms = SILENT;
}
