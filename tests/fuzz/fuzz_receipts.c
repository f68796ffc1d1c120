/* fuzz_receipts.c - any bytes as a receipt of an agency: xml_rows.h with every receipt there is, and as a
 * transport message around one, which stays refused once it was. */
#include <glob.h>

#include "formats/read/envelope.h"
#include "xml_rows.h"

enum { FORMS_MAX = 64 };

static struct xmlr_form forms[FORMS_MAX];
static uint32_t count;
static const struct plan *dxp;

static void
load_forms(void)
{
    static struct arena *a;
    struct plan *feed;
    glob_t xsds;

    if (a)
        return;
    a = arena_new("fuzz");
    dxp = compiled(a, "customs", "dxpmsg");
    feed = compiled(a, "receipt", "receipt");
    forms[count++] = (struct xmlr_form){feed, NULL, NULL};
    require(glob("formats/customs/*.xsd", 0, NULL, &xsds) == 0);
    for (size_t i = 0; i < xsds.gl_pathc && count < FORMS_MAX; i++) {
        const char *name = strrchr(xsds.gl_pathv[i], '/') + 1;

        count += take(&forms[count], feed, a, "customs", arena_strn(a, name, strlen(name) - 4));
    }
    globfree(&xsds);
    require(count > 20);
}

static void
open_envelope(const uint8_t *data, size_t size)
{
    struct stream_mem all = {(const char *)data, size, 0};
    struct envelope *v = envelope_open(source_mem(&all), dxp);
    struct source in = envelope_source(v);
    char block[100];
    size_t n, bytes = 0;
    struct err e;
    rc_t rc;

    (void)envelope_of((struct span){all.p, size}, &dxp, 1);
    while ((rc = in.read(in.ctx, block, sizeof block, &n, &e)) == RC_OK && n)
        bytes += n;
    require(bytes <= size);
    require(rc == RC_OK || (rc == RC_REJECT && e.text[0]));
    require(in.read(in.ctx, block, sizeof block, &n, &e) == rc && n == 0);
    envelope_close(&v);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    load_forms();
    if (size)
        open_envelope(data + 1, size - 1); /* the first byte is xml_rows()'s */
    return xml_rows(data, size, forms, count, sizeof "CEB604" - 1);
}
