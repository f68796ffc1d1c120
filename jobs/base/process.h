/*
 * process.h - which process of which machine, so that it can be told later whether it lives.
 *
 * Shape    A number alone is given again: a process is known by its host's name, by what it runs in ("MACHINE BOOT SPACE":
 *          machine id, boot id, number of the pid namespace; "-" where it cannot be read), by its number there and by when it was
 *          born, in ticks since boot.
 * Errors   None: what cannot be known is PROCESS_ELSEWHERE.
 */
#ifndef LANDPORT_PROCESS_H
#define LANDPORT_PROCESS_H

#include <stdint.h>

#define PROCESS_HOST   256
#define PROCESS_SYSTEM 128

struct process {
    char host[PROCESS_HOST], system[PROCESS_SYSTEM];
    int64_t pid, born;
};

enum process_state {
    PROCESS_LIVES,
    PROCESS_GONE,
    PROCESS_ELSEWHERE /* on another host, or where it cannot be looked at from here */
};

void process_self(struct process *p);
enum process_state process_state(const struct process *p);

#endif
