/*
 * fault.h - named places where a test may kill the process.
 *
 * In a -DLANDPORT_FAULT build FAULT=<point>:<n> ends the process with SIGKILL the n-th time the
 * point is passed; FAULT=?:<n> counts every point. fault_lies() is true then, for whoever is to say what
 * is not true. Elsewhere the calls are nothing.
 */
#ifndef LANDPORT_FAULT_H
#define LANDPORT_FAULT_H

#include <stdbool.h>

#ifdef LANDPORT_FAULT
void fault_point(const char *name);
bool fault_lies(const char *name);
#else
#define fault_point(name) ((void)0)
#define fault_lies(name)  false
#endif

#endif
