#include "base/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The first word of a file; "-" where there is none. */
static void
first_word(const char *file, char *out, size_t size)
{
    FILE *f = fopen(file, "re");

    if (!f || !fgets(out, (int)size, f) || out[0] == '\n')
        snprintf(out, size, "-");
    out[strcspn(out, " \n")] = '\0';
    if (f)
        fclose(f);
}

/* The 22nd word of /proc/PID/stat; its second, in brackets, may hold anything. -1: there is no such process, or nothing
 * but what its parent has not yet reaped. */
static int64_t
born_at(int64_t pid)
{
    char path[48], text[1024] = "", *at;
    FILE *f;
    size_t n = 0;

    snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    if ((f = fopen(path, "re"))) {
        n = fread(text, 1, sizeof text - 1, f);
        fclose(f);
    }
    text[n] = '\0';
    at = strrchr(text, ')');
    if (at && at[1] == ' ' && (at[2] == 'Z' || at[2] == 'X'))
        return -1;
    for (int word = 2; at && word < 22; word++)
        at = strchr(at + 1, ' ');
    return at ? strtoll(at, NULL, 10) : -1;
}

void
process_self(struct process *p)
{
    char machine[40], boot[40], link[40] = "", space[24] = "-";
    ssize_t n = readlink("/proc/self/ns/pid", link, sizeof link - 1); /* pid:[4026531836] */

    memset(p, 0, sizeof *p);
    gethostname(p->host, sizeof p->host - 1);
    first_word("/etc/machine-id", machine, sizeof machine);
    first_word("/proc/sys/kernel/random/boot_id", boot, sizeof boot);
    if (n < 0 || sscanf(link, "pid:[%23[0-9]]", space) != 1)
        snprintf(space, sizeof space, "-");
    snprintf(p->system, sizeof p->system, "%s %s %s", machine, boot, space);
    p->pid = getpid();
    p->born = born_at(p->pid);
}

/* Of two systems of one host's name: the words that both begin with. */
static int
same_words(const char *a, const char *b)
{
    int words = 0;

    for (; *a && *a == *b; a++, b++)
        words += *a == ' ';
    return words + (!*a && !*b);
}

/* A machine that was booted anew has none of its old processes. Those of another container, or of another machine that
 * happens to have our name, cannot be seen: nothing is said of them. */
enum process_state
process_state(const struct process *p)
{
    struct process here;

    process_self(&here);
    if (strcmp(p->host, here.host) != 0)
        return PROCESS_ELSEWHERE;
    switch (same_words(p->system, here.system)) {
    case 0:
        return PROCESS_ELSEWHERE; /* another machine */
    case 1:
        return PROCESS_GONE;
    case 2:
        return PROCESS_ELSEWHERE; /* another container */
    default:
        return born_at(p->pid) == p->born ? PROCESS_LIVES : PROCESS_GONE;
    }
}

/* Neither of a system's words has a dot in it; a host's name may. */
void
process_word(const struct process *p, char word[PROCESS_WORD])
{
    char system[PROCESS_SYSTEM];

    snprintf(system, sizeof system, "%s", p->system);
    for (char *c = system; (c = strchr(c, ' '));)
        *c = '.';
    snprintf(word, PROCESS_WORD, "%lld.%lld.%s.%s", (long long)p->pid, (long long)p->born, system,
             p->host);
    for (char *c = word; (c = strchr(c, '/'));)
        *c = '_';
}

bool
process_of_word(struct process *p, const char *word)
{
    const char *system, *host;
    char *end;

    memset(p, 0, sizeof *p);
    p->pid = strtoll(word, &end, 10);
    if (p->pid <= 0 || *end != '.')
        return false;
    system = end + 1;
    p->born = strtoll(system, &end, 10);
    if (end == system || *end != '.')
        return false;
    system = host = end + 1;
    for (int words = 0; words < 3; words++) {
        host = strchr(host, '.');
        if (!host++)
            return false;
    }
    if ((size_t)(host - system) > sizeof p->system || strlen(host) >= sizeof p->host)
        return false;
    memcpy(p->system, system, (size_t)(host - system) - 1);
    for (char *c = p->system; (c = strchr(c, '.'));)
        *c = ' ';
    snprintf(p->host, sizeof p->host, "%s", host);
    return true;
}
