#include "base/fault.h"

#ifdef LANDPORT_FAULT

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

/* Is this the place, and the time? */
static bool
is_here(const char *name, bool any)
{
    static atomic_long passed;
    const char *where = getenv("FAULT"), *colon;
    char *end;
    long nth;

    if (!where || !*where)
        return false;
    colon = strrchr(where, ':');
    nth = colon ? strtol(colon + 1, &end, 10) : 0;
    if (nth < 1 || *end)
        BUG("FAULT=%s is not <point>:<n>", where);
    if (!(any && strncmp(where, "?:", 2) == 0) &&
        (strlen(name) != (size_t)(colon - where) || strncmp(where, name, strlen(name)) != 0))
        return false;
    return atomic_fetch_add(&passed, 1) + 1 == nth;
}

void
fault_point(const char *name)
{
    if (is_here(name, true))
        raise(SIGKILL); /* as a power cut would: no handler, no flush, no cleanup */
}

bool
fault_lies(const char *name)
{
    return is_here(name, false);
}

#endif
