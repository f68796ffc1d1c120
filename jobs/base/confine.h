/*
 * confine.h - what a process that reads hostile bytes can still do.
 *
 * Shape    confine_prepare() once in the parent: the converters that the C library would load when
 *          first used are loaded and stay. confine_self() in the child: all descriptors above 2 but
 *          those named are closed, memory and CPU time get a limit, the child dies with its parent,
 *          and from there on the kernel kills it (SIGSYS) for every system call that reading,
 *          computing and writing does not need. There is no way back.
 * Allowed  read, write and seek what is open; memory that is not executable; clocks, random
 *          numbers, size of an open file; to end, by exit or by abort.
 * Before   What opens files when first used must have been used: OpenSSL (a digest), an XSD. A
 *          converter that confine_prepare() does not know ends the process: charsets that a file
 *          names itself are compared with a list first.
 * Errors   RC_FAIL ERR_SYSTEM: nothing hostile may be read then.
 * Tests    Under AddressSanitizer there is neither filter nor limit of memory: it maps terabytes,
 *          and opens files to say what it found.
 */
#ifndef LANDPORT_CONFINE_H
#define LANDPORT_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct confine_limits {
    uint64_t memory; /* bytes of address space; 0: 512 MiB */
    uint32_t cpu_s;  /* 0: 3600 */
    bool waits;      /* it also polls what is open, and asks and says whether that blocks */
};

void confine_prepare(void);
/* limits may be NULL. */
rc_t confine_self(const int keep_fds[], size_t n, const struct confine_limits *limits,
                  struct err *e);
bool confine_filters(void); /* false under AddressSanitizer */
/* From here on this process and its children open no file, make none, and connect to nothing, whatever they
 * may do with those that are open (landlock). false: this kernel has it not. After PR_SET_NO_NEW_PRIVS. */
bool confine_files(void);
bool confine_files_known(void);

#endif
