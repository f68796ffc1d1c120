/*
 * envelope.h - a message inside of a transport message, as base64 of one of its elements.
 *
 * Shape    Known by the local name of its root and of the element its XSD marks lp:payload, whatever the
 *          prefix or namespace; the rest of it is not looked at. What lies inside comes as a stream and
 *          is a document of its own, with lines of its own.
 * Memory   A piece of 64 KiB, whatever the payload.
 * Errors   RC_REJECT ERR_XML with the line in the envelope: not well-formed, DOCTYPE, no base64, no
 *          payload or a second one. What the source returned comes through as it is.
 * Safety   As xmlr.h: no document type, no entities but the five, nothing else is opened.
 */
#ifndef LANDPORT_ENVELOPE_H
#define LANDPORT_ENVELOPE_H

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "base/stream.h"
#include "formats/xsd/schema.h"

/* Which of these plans a file is that begins with these bytes; NULL: none. */
const struct plan *envelope_of(struct span start, const struct plan *const *plans, uint32_t count);

struct envelope;
struct envelope *envelope_open(struct source in, const struct plan *plan);
struct source envelope_source(struct envelope *v);
void envelope_close(struct envelope **v);

#endif
