/*
 * template.c - landport format template: an empty file for a partner to fill in.
 */
#include "formats/write/template.h"

#include <unistd.h>

#include "command/format.h"
#include "show.h"
#include "spool/pack.h"

/* Every file of the package bears the same time, so that the same feed gives the same bytes. */
#define MTIME 1767225600 /* 2026-01-01 */

static rc_t
pack_parts(struct pack *p, const struct xlsxw_sheet *s, struct err *e)
{
    struct buf part = {0};
    struct pack_entry done;
    const char *name;
    rc_t rc = RC_OK;

    for (uint32_t n = 0; rc == RC_OK && xlsxw_part(s, n, &name, &part); n++) {
        struct sink to;

        if ((rc = pack_begin(p, name, e)) != RC_OK)
            break;
        to = pack_sink(p);
        if ((rc = to.write(to.ctx, part.p, part.n, e)) == RC_OK)
            rc = pack_end(p, &done, e);
        part.n = 0;
    }
    buf_free(&part);
    return rc;
}

static rc_t
write_workbook(struct hub *hub, const struct plan *feed, const char *file, struct err *e)
{
    struct xlsxw_sheet sheet;
    struct buf zip = {0};
    struct pack *p = NULL;
    rc_t rc;

    if (!file && isatty(STDOUT_FILENO))
        return err_set(e, RC_FAIL, ERR_USAGE, "a workbook is no text; name a file with -o FILE");
    if ((rc = template_sheet(&sheet, hub->arena, feed, e)) != RC_OK ||
        (rc = pack_open(&p, PACK_ZIP, NULL, sink_buf(&zip), MTIME, e)) != RC_OK)
        return rc;
    if ((rc = pack_parts(p, &sheet, e)) == RC_OK)
        rc = pack_close(&p, e);
    pack_abort(&p);
    if (rc == RC_OK)
        rc = format_write(hub, feed->root->name, file, zip.p, zip.n, e);
    buf_free(&zip);
    return rc;
}

static rc_t
write_text(struct hub *hub, const struct plan *feed, bool titles, bool example, const char *file,
           struct err *e)
{
    struct buf out = {0};
    rc_t rc = RC_OK;

    template_header(&out, feed, titles);
    if (example)
        rc = template_row(&out, hub->arena, feed, e);
    if (rc == RC_OK)
        rc = format_write(hub, feed->root->name, file, out.p, out.n, e);
    buf_free(&out);
    return rc;
}

rc_t
format_template(struct hub *hub, int argc, char **argv, struct err *e)
{
    bool titles = false, example = false, xlsx = false;
    const char *file = NULL;
    const struct option options[] = {
        {"--titles",  NULL,  &titles },
        {"--example", NULL,  &example},
        {"--xlsx",    NULL,  &xlsx   },
        {"-o",        &file, NULL    },
        {NULL,        NULL,  NULL    },
    };
    struct plan *feed;
    rc_t rc;

    if ((rc = show_options(options, argc, argv, 1,
                           "format template FEED [--titles] [--example] [--xlsx] [-o FILE]", e)) !=
            RC_OK ||
        (rc = format_named_feed(&feed, hub, argv[1], e)) != RC_OK)
        return rc;
    if (xlsx && (titles || example))
        return err_set(e, RC_FAIL, ERR_USAGE,
                       "--xlsx has titles and an example already; leave the others out");
    return xlsx ? write_workbook(hub, feed, file, e)
                : write_text(hub, feed, titles, example, file, e);
}
