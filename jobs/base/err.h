/*
 * err.h - what went wrong, and what the caller should do about it.
 *
 * Shape    A fallible function returns rc_t and takes a struct err * last. rc_t says what to do,
 *          struct err says what happened. The struct is filled once, where the cause is known.
 * Codes    err.def; a code keeps its number for ever.
 * Owner    struct err holds its text by value; nothing to free.
 * Errors   Our own bugs are BUG(): message and abort.
 */
#ifndef LANDPORT_ERR_H
#define LANDPORT_ERR_H

#include <stdbool.h>
#include <stddef.h>

typedef enum rc {
    RC_OK,     /* done */
    RC_END,    /* nothing more to read; not an error */
    RC_RETRY,  /* the same input again later: server, database or space away */
    RC_REJECT, /* this row or file is bad, its neighbours go on */
    RC_FAIL,   /* this job stops */
    RC_FATAL   /* the process stops */
} rc_t;

typedef enum err_code {
    ERR_NONE = 0,
#define ERR(name, number, zh, en, todo_zh, todo_en) ERR_##name = number,
#define ERR_RULED(name, number)                     ERR_##name = number,
#include "base/err.def"
#undef ERR
} err_code_t;

struct err {
    rc_t rc;
    err_code_t code;
    char text[1024]; /* English, one line, names the object, what was seen, what was expected */
};

/* Fill *e (may be NULL) and return rc, so that failing is one line: return err_set(e, RC_FAIL, …).
 */
rc_t err_set(struct err *e, rc_t rc, err_code_t code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Put "prefix: " in front of the text; keeps rc and code. Returns e->rc. */
rc_t err_prefix(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What partners are told about a code. Static strings; unknown codes give "". */
struct err_text {
    const char *zh, *en, *todo_zh, *todo_en;
};
const struct err_text *err_text(err_code_t code);
/* The same by name, of what err_tell() was told as well, which counts before ours. */
const struct err_text *err_text_of(const char *name);
/* Sentences that come from a file. Memory is the caller's, and stays as long as the process. */
struct err_told {
    const char *code;
    struct err_text text;
    struct err_told *next;
};
void err_tell(struct err_told *told);
/* "E2004" for ERR_TOO_LONG, into a caller's buffer of 8 bytes; returns it. */
char *err_name(err_code_t code, char out[8]);
/* The way back; ERR_NONE for NULL and anything that is not "E" and digits. */
err_code_t err_code(const char *name);
/* Is this code among those named in a list, however it parts them? NULL names none. */
bool err_listed(const char *names, err_code_t code);
/* The sentence with {want} filled in, cut to size; returns its length as snprintf does. */
size_t err_fill(char *out, size_t size, const char *sentence, const char *want);

/* Process exit status of rc: 0, 65, 75 or 1. */
int err_exit(rc_t rc);

void err_bug(const char *file, int line, const char *format, ...)
    __attribute__((noreturn, format(printf, 3, 4)));
#define BUG(...) err_bug(__FILE__, __LINE__, __VA_ARGS__)

#endif
