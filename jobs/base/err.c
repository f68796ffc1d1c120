#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/span.h"

rc_t
err_set(struct err *e, rc_t rc, err_code_t code, const char *format, ...)
{
    char text[2 * sizeof e->text]; /* an argument may be the text that is being replaced */
    va_list args;

    if (!e)
        return rc;
    va_start(args, format);
    if (vsnprintf(text, sizeof text, format, args) < 0)
        text[0] = '\0';
    va_end(args);
    e->rc = rc;
    e->code = code;
    span_show(e->text, sizeof e->text, span_trim(span_of(text)));
    return rc;
}

rc_t
err_prefix(struct err *e, const char *format, ...)
{
    char prefix[sizeof e->text];
    va_list args;

    va_start(args, format);
    if (vsnprintf(prefix, sizeof prefix, format, args) < 0)
        prefix[0] = '\0';
    va_end(args);
    return err_set(e, e->rc, e->code, "%s: %s", prefix, e->text);
}

const struct err_text *
err_text(err_code_t code)
{
    static const struct err_text unknown = {"", "", "", ""};

    switch (code) { /* a switch, so that a number used twice does not compile */
#define ERR(name, number, zh, en, todo_zh, todo_en)                                                \
    case ERR_##name: {                                                                             \
        static const struct err_text text = {zh, en, todo_zh, todo_en};                            \
        return &text;                                                                              \
    }
#define ERR_RULED(name, number)                                                                    \
    case ERR_##name:                                                                               \
        break;
#include "base/err.def"
#undef ERR
    case ERR_NONE:
        break;
    }
    return &unknown;
}

static struct err_told *all_told;

void
err_tell(struct err_told *told)
{
    told->next = all_told;
    all_told = told;
}

const struct err_text *
err_text_of(const char *name)
{
    for (const struct err_told *t = all_told; name && t; t = t->next)
        if (strcmp(t->code, name) == 0)
            return &t->text;
    return err_text(err_code(name));
}

char *
err_name(err_code_t code, char out[8])
{
    snprintf(out, 8, "E%04u", (unsigned)code % 10000);
    return out;
}

err_code_t
err_code(const char *name)
{
    return name && name[0] == 'E' ? (err_code_t)strtol(name + 1, NULL, 10) : ERR_NONE;
}

bool
err_listed(const char *names, err_code_t code)
{
    char name[8];

    return names && strstr(names, err_name(code, name)) != NULL;
}

size_t
err_fill(char *out, size_t size, const char *sentence, const char *want)
{
    static const char mark[] = "{want}";
    const char *at;
    size_t n = 0, kept = 0;

    while (*sentence) {
        at = strstr(sentence, mark);
        struct span parts[2] = {
            {sentence, at ? (size_t)(at - sentence) : strlen(sentence)},
            span_of(at ? want : NULL)
        };
        for (int i = 0; i < 2; i++) {
            size_t room = size > n + 1 ? size - n - 1 : 0;
            size_t take = parts[i].n < room ? parts[i].n : room;
            if (take) {
                memcpy(out + n, parts[i].p, take);
                kept = n + take;
            }
            n += parts[i].n;
        }
        sentence = at ? at + sizeof mark - 1 : sentence + parts[0].n;
    }
    if (size) /* a cut never leaves half a character */
        out[n > kept ? span_valid_utf8((struct span){out, kept}) : kept] = '\0';
    return n;
}

int
err_exit(rc_t rc)
{
    switch (rc) {
    case RC_OK:
    case RC_END:
        return 0;
    case RC_REJECT:
        return 65;
    case RC_RETRY:
        return 75;
    case RC_FAIL:
    case RC_FATAL:
        break;
    }
    return 1;
}

void
err_bug(const char *file, int line, const char *format, ...)
{
    va_list args;

    fprintf(stderr, "landport: panic: %s:%d: ", file, line);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    abort();
}
