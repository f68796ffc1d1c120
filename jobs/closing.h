/*
 * closing.h - may an agency's bundle be begun, and may it be signed?
 *
 * Shape    What comes before a bundle (pickup, ingest, reconcile) must have ended well for its business
 *          date; sql/declare/waits.sql says what that is. The certificates that sign must be valid at
 *          this moment.
 * Errors   RC_RETRY ERR_WAITS, RC_FAIL ERR_CERTIFICATE, those of signer.h and the database's own.
 */
#ifndef LANDPORT_CLOSING_H
#define LANDPORT_CLOSING_H

#include "job.h"
#include "spool/seal.h"

#define CLOSING_WARN_DAYS 30 /* before a certificate ends */

/* The settings that sql/declare/waits.sql reads, for all agencies; sql/report/certificates.sql reads hub.certificates:
 * [[agency, what, file, days left or null, what is wrong or null], …], those that need a person. */
rc_t closing_settings(struct hub *hub, struct arena *a, struct err *e);
/* RC_OK: nothing keeps it. Each reason is logged; *e has the first. */
rc_t closing_ready(struct hub *hub, struct arena *a, const struct conf_agency *g, struct err *e);

/* The business date of the agency that trades go to first, also as setting hub.business_date. */
rc_t closing_trade_date(struct hub *hub, struct arena *a, char date[9], struct err *e);

/* What an agency's bundles are signed with: its seal, and its messages' signature where it has one. */
struct closing_key {
    const char *what; /* "seal", "signature" */
    struct seal_form form;
};
int closing_keys(const struct conf_agency *g, struct closing_key keys[2]);
/* All of them are valid now. One that soon ends is warned of; *ending counts those. */
rc_t closing_signs(const struct conf_agency *g, int *ending, struct err *e);

#endif
