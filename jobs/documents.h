/*
 * documents.h - section "-- documents" of an extract file: what a bundle should hold of a kind.
 *
 * Shape    A query over what sql/declare/ready.sql leaves, behind the statements of section "-- prepare"; of a report
 *          ("-- report") reconcile has found its documents out, and sql/declare/report.sql names them.
 * Errors   ERR_EXTRACT and the database's own, with file and line of the section.
 */
#ifndef LANDPORT_DOCUMENTS_H
#define LANDPORT_DOCUMENTS_H

#include "extract.h"
#include "job.h"

/* A message has the one or the other. */
rc_t documents_there(const struct extract *x, struct err *e);
/* The query that stands for %1$s in sql/declare/assign.sql. */
const char *documents_query(struct arena *a, const struct extract *x);
/* The heading its faults are told with. */
const struct extract_part *documents_part(const struct extract *x);
/*
 * Could a bundle take them, and be closed? Asked of a database in which nothing is ready, in a transaction that is
 * rolled back: what is prepared is prepared, the documents' columns and their types are looked at, what is to be done
 * behind a bundle is done for none.
 */
rc_t documents_check(struct hub *hub, struct arena *a, const struct conf_agency *g,
                     const char *kind, const struct extract *x, struct err *e);

#endif
