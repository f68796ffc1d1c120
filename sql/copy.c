#include "sql/copy.h"

#define NUMERIC_DIGITS_MAX 1000
#define NUMERIC_NEGATIVE   0x4000

/* The digits of a decimal number, sign and superfluous zeros in front gone. */
struct decimal {
    struct span whole, fraction;
    bool negative;
};

/* Write the low `bytes` bytes of value in network order; the caller has reserved them. */
static void
put_be(struct buf *b, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        b->p[b->n + i] = (char)(unsigned char)(value >> (8 * (bytes - 1 - i)));
    b->n += bytes;
}

static void
put_value(struct buf *b, uint64_t value, size_t bytes)
{
    buf_reserve(b, 4 + bytes);
    put_be(b, bytes, 4);
    put_be(b, value, bytes);
}

void
copy_begin(struct buf *b)
{
    static const char header[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0";

    buf_put(b, header, sizeof(header)); /* the last zero is the literal's own */
}

void
copy_end(struct buf *b)
{
    buf_put(b, "\377\377", 2);
}

void
copy_row_begin(struct buf *b, int16_t fields)
{
    buf_reserve(b, 2);
    put_be(b, (uint16_t)fields, 2);
}

void
copy_null(struct buf *b)
{
    buf_put(b, "\377\377\377\377", 4);
}

static void
put_bytes(struct buf *b, const void *p, size_t n)
{
    buf_reserve(b, 4 + n);
    put_be(b, n, 4);
    if (n > 0)
        memcpy(b->p + b->n, p, n);
    b->n += n;
}

void
copy_text(struct buf *b, struct span text)
{
    if (!text.p)
        copy_null(b);
    else
        put_bytes(b, text.p, text.n);
}

void
copy_int8(struct buf *b, int64_t value)
{
    put_value(b, (uint64_t)value, 8);
}

/* For a value that is known only after what follows it was written: its place was filled with any number of the same width. */
void
copy_patch_int8(struct buf *b, size_t at, int64_t value)
{
    size_t n = b->n;

    b->n = at;
    put_be(b, (uint64_t)value, sizeof value);
    b->n = n;
}

void
copy_int4(struct buf *b, int32_t value)
{
    put_value(b, (uint32_t)value, 4);
}

void
copy_bool(struct buf *b, bool value)
{
    put_value(b, value, 1);
}

void
copy_uuid(struct buf *b, const unsigned char uuid[16])
{
    put_bytes(b, uuid, 16);
}

static struct span
take_digits(struct span *s)
{
    struct span digits = {s->p, 0};

    while (digits.n < s->n && s->p[digits.n] >= '0' && s->p[digits.n] <= '9')
        digits.n++;
    s->p += digits.n;
    s->n -= digits.n;
    return digits;
}

static bool
decimal_parse(struct decimal *d, struct span s)
{
    size_t digits;

    *d = (struct decimal){0};
    if (s.n > 0 && (*s.p == '-' || *s.p == '+')) {
        d->negative = *s.p == '-';
        s.p++;
        s.n--;
    }
    d->whole = take_digits(&s);
    if (s.n > 0 && *s.p == '.') {
        s.p++;
        s.n--;
        d->fraction = take_digits(&s);
    }
    digits = d->whole.n + d->fraction.n;
    while (d->whole.n > 0 && *d->whole.p == '0') {
        d->whole.p++;
        d->whole.n--;
    }
    return s.n == 0 && digits > 0 && d->whole.n <= NUMERIC_DIGITS_MAX &&
           d->fraction.n <= NUMERIC_DIGITS_MAX;
}

/* The base 10000 digit of weight k: decimal places 4k+3 down to 4k, those not written being 0. */
static unsigned
decimal_digit(const struct decimal *d, int k)
{
    unsigned digit = 0;

    for (int place = 4 * k + 3; place >= 4 * k; place--) {
        size_t i = place >= 0 ? (size_t)place : (size_t)(-1 - place);
        unsigned char c = '0';

        if (place >= 0 && i < d->whole.n)
            c = (unsigned char)d->whole.p[d->whole.n - 1 - i];
        else if (place < 0 && i < d->fraction.n)
            c = (unsigned char)d->fraction.p[i];
        digit = digit * 10 + (c - '0');
    }
    return digit;
}

bool
copy_numeric(struct buf *b, struct span decimal)
{
    struct decimal d;
    int first, last;
    size_t count;

    if (!decimal.p) {
        copy_null(b);
        return true;
    }
    if (!decimal_parse(&d, decimal))
        return false;
    first = (int)((d.whole.n + 3) / 4) - 1;
    last = -(int)((d.fraction.n + 3) / 4);
    while (first >= last && decimal_digit(&d, first) == 0)
        first--;
    while (last < first && decimal_digit(&d, last) == 0)
        last++;
    count = first >= last ? (size_t)(first - last + 1) : 0;
    buf_reserve(b, 4 + 8 + 2 * count);
    put_be(b, 8 + 2 * count, 4);
    put_be(b, count, 2);
    put_be(b, count > 0 ? (uint16_t)first : 0, 2); /* zero has weight 0 and no sign */
    put_be(b, count > 0 && d.negative ? NUMERIC_NEGATIVE : 0, 2);
    put_be(b, d.fraction.n, 2);
    for (int k = first; count > 0 && k >= last; k--)
        put_be(b, decimal_digit(&d, k), 2);
    return true;
}
