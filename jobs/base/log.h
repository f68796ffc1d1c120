/*
 * log.h - one line an event, to standard error.
 *
 * Shape    2026-11-24T05:00:00.123Z info ingest batch=B000012 partner=LYLOGI01 text
 *          Fields are set once and inherited by later lines until taken back.
 * Rules    Never a person's data: names of files, lines, columns and codes, not the values of
 *          columns that a format marks as personal.
 */
#ifndef LANDPORT_LOG_H
#define LANDPORT_LOG_H

#include "base/err.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_open(enum log_level level);
void log_job(const char *job); /* the word after the level; copied */
/* Set a field for later lines; value NULL takes it back. Both copied. */
void log_field(const char *key, const char *value);
void log_at(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define log_error(...) log_at(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  log_at(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_at(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_DEBUG, __VA_ARGS__)
/* The error's code, text and what to do next. */
void log_err(enum log_level level, const struct err *e);

/*
 * Progress of a long step: rows, bytes and rate, redrawn on a terminal twice a second, silent
 * elsewhere. progress_end() wipes the line.
 */
struct progress {
    const char *what;
    unsigned long long rows, bytes, expect_bytes; /* expect_bytes 0: not known */
    long long started_ms, drawn_ms;
};
void progress_begin(struct progress *p, const char *what, unsigned long long expect_bytes);
void progress_add(struct progress *p, unsigned long long rows, unsigned long long bytes);
/* What is done now and to how many rows, drawn at once: for steps nobody sees into. */
void progress_step(struct progress *p, const char *what, unsigned long long rows);
void progress_end(struct progress *p);

#endif
