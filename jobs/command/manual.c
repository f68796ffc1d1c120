#include "command/manual.h"

#include <ctype.h>

#include "base/roff.h"

static const struct manual_line environment[] = {
    {"LANDPORT_CONF",  "The configuration, where no -c names one."                             },
    {"LANDPORT_LOG",   "What is said on standard error: error, warn, info or debug."           },
    {"LANDPORT_SHARE", "The folder that has formats and sql/extract, where none is configured."},
    {"LANDPORT_NOW",   "The time to work at, such as 2026-11-24T05:00:00Z; only for tests."    },
    {NULL,             NULL                                                                    },
};

static void
tell(struct buf *b, const struct manual_line *lines)
{
    for (; lines->name; lines++) {
        roff_line(b, "TP", NULL);
        roff_line(b, "B", lines->name);
        roff_text(b, lines->text);
    }
}

static void
tell_command(struct buf *b, struct arena *a, const struct command *c)
{
    roff_line(b, "TP", NULL);
    roff_line(b, "B", c->usage);
    roff_text(b, arena_printf(a, "%c%s.", toupper((unsigned char)*c->summary), c->summary + 1));
    if (*c->help) {
        roff_line(b, "sp", NULL);
        roff_code(b, c->help);
    }
}

const char *
manual_program(struct arena *a, const char *version, const char *what,
               const struct command *commands, const struct manual_line *options,
               const struct manual_line *statuses)
{
    struct buf b = {0};

    roff_page(&b, "landport", 8, version, what);
    roff_line(&b, "SH", "SYNOPSIS");
    roff_line(&b, "B", "landport [-c FILE] [-v] COMMAND [--json] [ARGUMENTS]");
    roff_line(&b, "SH", "DESCRIPTION");
    roff_text(&b,
              "Takes what partners upload, checks it row by row, holds orders, payments and "
              "waybills against each other, makes the agencies' messages of what fits together, "
              "signs and delivers them, and tells partners what became of their files. What it "
              "works with stands in landport.conf(5).");
    roff_line(&b, "SH", "OPTIONS");
    tell(&b, options);
    roff_line(&b, "SH", "COMMANDS");
    for (const struct command *c = commands; c->name; c++)
        tell_command(&b, a, c);
    roff_line(&b, "SH", "EXIT STATUS");
    tell(&b, statuses);
    roff_line(&b, "SH", "ENVIRONMENT");
    tell(&b, environment);
    roff_line(&b, "SH", "SEE ALSO");
    buf_str(&b, ".BR landport.conf (5)\n");
    return buf_text(&b, a);
}
