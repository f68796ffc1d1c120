/* manual.h - landport(8), out of the table of commands. */
#ifndef LANDPORT_MANUAL_H
#define LANDPORT_MANUAL_H

#include "job.h"

/* A thing and what it means; lists end with one that has no name. */
struct manual_line {
    const char *name, *text;
};
const char *manual_program(struct arena *a, const char *version, const char *what,
                           const struct command *commands, const struct manual_line *options,
                           const struct manual_line *statuses);

#endif
