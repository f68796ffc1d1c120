/*
 * xml_quiet.h - libxml2 says what is wrong to us and to nobody else, not even on standard error.
 *
 * Calls    quiet_begin(), one call of a parser, quiet_end(): what was set before is set again.
 */
#ifndef LANDPORT_XML_QUIET_H
#define LANDPORT_XML_QUIET_H

#include <libxml/xmlerror.h>

struct quiet {
    xmlStructuredErrorFunc structured;
    xmlGenericErrorFunc generic;
    void *structured_ctx, *generic_ctx;
};

static inline void
quiet_nothing(void *ctx, const char *format, ...)
{
    (void)ctx, (void)format;
}

static inline void
quiet_begin(struct quiet *q, void *ctx, xmlStructuredErrorFunc on_error)
{
    *q = (struct quiet){xmlStructuredError, xmlGenericError, xmlStructuredErrorContext,
                        xmlGenericErrorContext};
    xmlSetStructuredErrorFunc(ctx, on_error);
    xmlSetGenericErrorFunc(ctx, quiet_nothing);
}

static inline void
quiet_end(const struct quiet *q)
{
    xmlSetStructuredErrorFunc(q->structured_ctx, q->structured);
    xmlSetGenericErrorFunc(q->generic_ctx, q->generic);
}

#endif
