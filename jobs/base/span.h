/*
 * span.h - text as pointer and length.
 *
 * Shape    UTF-8 unless a name says raw. p may be NULL only when n is 0: "no value", which is not
 *          the empty text. A span never owns its bytes.
 */
#ifndef LANDPORT_SPAN_H
#define LANDPORT_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const char *p;
    size_t n;
};

#define SPAN(literal) ((struct span){"" literal "", sizeof(literal) - 1})
/* for printf("%.*s", SPAN_F(s)) */
#define SPAN_F(s) (int)(s).n, ((s).p ? (s).p : "")

static inline struct span
span_of(const char *s)
{
    return (struct span){s, s ? strlen(s) : 0};
}

static inline bool
span_eq(struct span a, struct span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool
span_is(struct span a, const char *s)
{
    return span_eq(a, span_of(s));
}

static inline bool
span_begins(struct span s, const char *with)
{
    size_t n = strlen(with);

    return s.n >= n && memcmp(s.p, with, n) == 0;
}

static inline bool
span_ends(struct span s, const char *with)
{
    size_t n = strlen(with);

    return s.n >= n && memcmp(s.p + s.n - n, with, n) == 0;
}

static inline bool
span_holds(struct span s, const char *text)
{
    size_t n = strlen(text);

    for (size_t at = 0; at + n <= s.n; at++)
        if (memcmp(s.p + at, text, n) == 0)
            return true;
    return false;
}

/* Is it one of the words? The list ends with NULL. */
static inline bool
word_among(const char *const *words, const char *word)
{
    while (*words && strcmp(*words, word) != 0)
        words++;
    return *words != NULL;
}

/* One of the four that XML takes for white space. */
static inline bool
span_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static inline bool
span_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "1 order waits", "3 orders wait": for printf("%d %s", n, count_word(n, "order waits", "orders wait")) */
static inline const char *
count_word(int64_t n, const char *one, const char *many)
{
    return n == 1 ? one : many;
}

/* Without blanks at both ends: ASCII's, tabs, CR, LF, and those of Unicode with and without a width. */
struct span span_trim(struct span s);
/* Number of Unicode characters in valid UTF-8. */
size_t span_chars(struct span s);
/* Length of the longest valid UTF-8 prefix (no surrogates, no overlongs, at most U+10FFFF). */
size_t span_valid_utf8(struct span s);
/* UTF-8 that XML can hold and a line can show: no ASCII controls, no U+FFFE or U+FFFF. */
bool span_is_name(struct span s);
/* Bytes of a control that hardly anybody sees and that can make a text read as another one: U+0080 to
 * U+009F, and whatever changes the direction of writing; 0: no such one begins at p. */
size_t span_hidden_control(const char *p, size_t left);
/* For a log line: a C string of at most size - 1 bytes, cut between characters with a final "…".
 * Tabs and line ends become blanks; other controls, direction marks and invalid bytes "?". */
char *span_show(char *out, size_t size, struct span s);
/* Two lower-case digits a byte, and NUL: 2 * s.n + 1 bytes. */
char *span_hex(char *out, struct span s);
/* The hex.n / 2 bytes it stands for; false, and some of them written, where it is not of such digits. */
bool span_unhex(void *out, struct span hex);

#endif
