/*
 * fault.h - named places where a test may kill the process.
 *
 * In a -DLANDPORT_FAULT build FAULT=<point>:<n> ends the process with SIGKILL the n-th time the
 * point is passed; FAULT=?:<n> counts every point. Elsewhere the call is nothing.
 */
#ifndef LANDPORT_FAULT_H
#define LANDPORT_FAULT_H

#ifdef LANDPORT_FAULT
void fault_point(const char *name);
#else
#define fault_point(name) ((void)0)
#endif

#endif
