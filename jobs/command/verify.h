/*
 * verify.h - is this bundle what its manifest, its signature and our database say?
 *
 * Shape    A list of checks, each good, bad or not possible here; verify_bundle() goes on after a
 *          bad one, so that all is told at once. Only a bad signature ends it: what follows is then
 *          somebody else's claim.
 * Input    The file may come from anywhere: no DTD, no network, entries are streamed.
 * Errors   Of reading the file, the certificate or the database; a bad check is no error.
 */
#ifndef LANDPORT_VERIFY_H
#define LANDPORT_VERIFY_H

#include "job.h"

enum verify_result { VERIFY_GOOD, VERIFY_BAD, VERIFY_SKIPPED };
struct verify_check {
    const char *what, *detail;
    enum verify_result result;
    struct verify_check *next;
};
struct verify {
    const char *bundle; /* as the manifest names it */
    struct verify_check *checks;
    int count, bad;
    bool other_cert; /* the signature is made with another one than it was held against */
};

/* cert NULL: the certificate of the agency named in the manifest. hub->db may be NULL. */
rc_t verify_bundle(struct hub *hub, struct arena *a, struct blob bundle, const char *cert,
                   struct verify *v, struct err *e);

#endif
