/*
 * xml_in.h - XML of strangers, as libxml2 is let see it.
 *
 * Shape    A push parser that opens nothing, counts lines beyond 65,535, and takes what partners call GB2312 or
 *          GBK for GB18030, and for UTF-8 where the bytes are that. What is wrong it tells on_error and nobody else, not even standard error.
 */
#ifndef LANDPORT_XML_IN_H
#define LANDPORT_XML_IN_H

#include <libxml/parser.h>
#include <stdbool.h>

#include "base/span.h"

xmlParserCtxtPtr xml_in_parser(xmlSAXHandler *sax, void *ctx);
/* The next piece; n 0: the end. libxml2's code. */
int xml_in_parse(xmlParserCtxtPtr xml, const char *p, size_t n, xmlStructuredErrorFunc on_error,
                 void *ctx);
/* Is a file that begins with these bytes in a charset none of ours is, by its declaration or its form?
 * libxml2 would look for a converter, which a confined process may not. name: which, cut to fit. */
bool xml_in_is_foreign(struct span start, char name[24]);

#endif
