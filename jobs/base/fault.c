#include "fault.h"

#ifdef LANDPORT_FAULT

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"

void
fault_point(const char *name)
{
    static atomic_long passed;
    const char *where = getenv("FAULT"), *colon;
    char *end;
    long nth;

    if (!where || !*where)
        return;
    colon = strrchr(where, ':');
    nth = colon ? strtol(colon + 1, &end, 10) : 0;
    if (nth < 1 || *end)
        BUG("FAULT=%s is not <point>:<n>", where);
    if (strncmp(where, "?:", 2) != 0 &&
        (strlen(name) != (size_t)(colon - where) || strncmp(where, name, strlen(name)) != 0))
        return;
    if (atomic_fetch_add(&passed, 1) + 1 == nth)
        raise(SIGKILL); /* as a power cut would: no handler, no flush, no cleanup */
}

#endif
