/* fuzz_receipts.c - any bytes as a receipt of an agency: xml_rows.h with every receipt there is. */
#include "xml_rows.h"

enum { FORMS_MAX = 64 };

static struct xmlr_form forms[FORMS_MAX];
static uint32_t count;

static void
load_forms(void)
{
    static struct arena *a;
    const struct plan *feed;

    if (a)
        return;
    a = arena_new("fuzz");
    feed = compiled(a, "receipt", "receipt");
    forms[count++] = (struct xmlr_form){feed, NULL, NULL};
    for (uint32_t i = 0; i < feed->message_count && count < FORMS_MAX; i++)
        forms[count++] = (struct xmlr_form){feed, &feed->messages[i],
                                            compiled(a, "customs", feed->messages[i].format)};
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    load_forms();
    return xml_rows(data, size, forms, count, sizeof "CEB604" - 1);
}
