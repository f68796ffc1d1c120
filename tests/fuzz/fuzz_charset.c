/*
 * fuzz_charset.c - any bytes as text of each charset.
 *
 * What a file is told to be does not depend on how it is cut; what is converted is valid UTF-8 and
 * survives the way back and again; what is refused is good up to the byte named.
 */
#include <stdint.h>
#include <stdlib.h>

#include "formats/read/charset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
    if (!holds)
        abort();
}

static void
same_however_cut(struct span text, size_t piece)
{
    struct charset_sniff whole = {0}, cut = {0};

    charset_feed(&whole, text.p, text.n);
    for (size_t at = 0; at < text.n; at += piece)
        charset_feed(&cut, text.p + at, text.n - at < piece ? text.n - at : piece);
    require(whole.bom == cut.bom && whole.head_n == cut.head_n && whole.good == cut.good);
    require(whole.broken == cut.broken && whole.tail_n == cut.tail_n);
    require(charset_result(&whole) == charset_result(&cut));
}

static void
there_and_back(struct span text, enum charset charset)
{
    struct arena *a = arena_new("fuzz");
    struct charset_conv *c = charset_open(charset);
    struct span utf8, raw, again;
    size_t bad = 0;
    struct err e;
    rc_t rc = charset_to_utf8(c, a, text, &utf8, &bad, &e);

    if (rc == RC_REJECT) {
        require(e.code == ERR_BAD_BYTES && bad < text.n);
        text.n = bad;
        rc = charset_to_utf8(c, a, text, &utf8, &bad, &e);
    }
    require(rc == RC_OK && span_valid_utf8(utf8) == utf8.n);
    raw = charset_from_utf8(c, a, utf8);
    require(charset_to_utf8(c, a, raw, &again, &bad, &e) == RC_OK && span_eq(again, utf8));
    charset_close(&c);
    arena_free(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text;

    if (size == 0)
        return 0;
    text = (struct span){(const char *)data + 1, size - 1};
    same_however_cut(text, (size_t)(data[0] & 7) + 1);
    there_and_back(text, CHARSET_UTF8);
    there_and_back(text, CHARSET_GB18030);
    there_and_back(text, CHARSET_UTF16LE);
    there_and_back(text, CHARSET_UTF16BE);
    return 0;
}
