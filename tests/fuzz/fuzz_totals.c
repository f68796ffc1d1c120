/*
 * fuzz_totals.c - any bytes as a .sum, and as the cells of a trailer row.
 *
 * What is understood is the same when it is written and read again; what agrees with itself does so
 * however often it is asked.
 */
#include <stdint.h>
#include <stdlib.h>

#include "formats/read/totals.h"

#define CELLS 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
    if (!holds)
        abort();
}

/* Reading it again changes nothing. */
static void
says_the_same_again(const struct totals *said)
{
    struct totals again = {.has_rows = false};
    char text[TOTALS_TEXT], back[TOTALS_TEXT];

    totals_text(said, text);
    require(totals_read(&again, (struct span){text, strlen(text)}, "", NULL) == RC_OK);
    require(strcmp(totals_text(&again, back), text) == 0);
    require(totals_any(&again) == totals_any(said));
}

static void
as_sum(struct span text)
{
    struct totals said = {.has_rows = false};
    struct err e;
    rc_t rc = totals_read(&said, text, "PAYMENT_1.csv", &e);

    require(rc == RC_OK || (rc == RC_REJECT && e.code == ERR_TOTALS_TEXT && *e.text));
    if (rc == RC_OK)
        says_the_same_again(&said);
}

static void
as_trailer(struct span text)
{
    const char *marks[] = {"#TOTAL", "合计", NULL};
    struct plan_node root = {.child_count = 0};
    const struct plan plan = {.trailers = marks, .root = &root};
    const struct totals_check check = {.plan = &plan, .width = 4, .amount_column = 2};
    struct totals said = {.has_rows = false};
    struct span cells[CELLS] = {
        {NULL, 0}
    };
    uint32_t count = 0;

    for (size_t at = 0, n; at <= text.n && count < CELLS; at += n + 1, count++) {
        const char *comma = memchr(text.p + at, '\n', text.n - at);

        n = comma ? (size_t)(comma - text.p) - at : text.n - at;
        cells[count] = (struct span){text.p + at, n};
    }
    (void)totals_is_trailer(&check, cells, count);
    (void)totals_is_footer(&check, cells, count);
    if (totals_trailer(&said, &plan, cells, count, 4, 2, NULL) == RC_OK)
        says_the_same_again(&said);
}

static void
as_rows(struct span text)
{
    struct tally one = {0}, two = {0};
    struct totals said = {.has_rows = true};
    char counted[TOTALS_TEXT], seen[TOTALS_TEXT], want[TOTALS_TEXT];

    for (size_t at = 0; at < text.n; at += 12)
        tally_row(&one, (struct span){text.p + at, text.n - at < 9 ? text.n - at : 9},
                  (struct span){text.p, at % 5});
    tally_add(&two, &one);
    tally_text(&two, counted);
    require(two.rows == one.rows && two.all == one.all);
    said.rows = one.rows;
    require(totals_agree(&said, &two, seen, want) && !*seen && !*want);
    said.rows++;
    require(!totals_agree(&said, &two, seen, want) && *seen && *want);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size + 1); /* so that a byte too far is seen */
    struct span text = {copy, size};

    if (!copy)
        return 0;
    memcpy(copy, data, size);
    as_sum(text);
    as_trailer(text);
    as_rows(text);
    free(copy);
    return 0;
}
