/*
 * process.h - which process of which machine, so that it can be told later whether it lives.
 *
 * Shape    A number alone is given again: a process is known by its host's name, by what it runs in ("MACHINE BOOT SPACE":
 *          machine id, boot id, number of the pid namespace; "-" where it cannot be read), by its number there and by when it was
 *          born, in ticks since boot. The same as one word, for names of files: "PID.BORN.MACHINE.BOOT.SPACE.HOST".
 * Errors   None: what cannot be known is PROCESS_ELSEWHERE.
 */
#ifndef LANDPORT_PROCESS_H
#define LANDPORT_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#define PROCESS_HOST   256
#define PROCESS_SYSTEM 128
#define PROCESS_WORD   (PROCESS_HOST + PROCESS_SYSTEM + 48)

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
void process_word(const struct process *p, char word[PROCESS_WORD]);
bool process_of_word(struct process *p, const char *word); /* false: it is none */

#endif
