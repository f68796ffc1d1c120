/* fuzz_xmlr.c - any bytes as an XML upload of a partner: xml_rows.h with the three flows and their messages. */
#include "xml_rows.h"

enum { FEEDS = 3 };

static struct xmlr_form forms[2 * FEEDS];

static void
load_forms(void)
{
    static const char *const feeds[FEEDS][2] = {
        {"order",     "ceb303"},
        {"payment",   "ceb403"},
        {"logistics", "ceb505"}
    };
    static struct arena *a;

    if (a)
        return;
    a = arena_new("fuzz");
    for (size_t i = 0; i < FEEDS; i++) {
        struct plan *feed = compiled(a, "feed", feeds[i][0]);

        forms[2 * i] = (struct xmlr_form){feed, NULL, NULL};
        require(take(&forms[2 * i + 1], feed, a, "customs", feeds[i][1]));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    load_forms();
    return xml_rows(data, size, forms, 2 * FEEDS, 0);
}
