/*
 * folders.h - which formats there are: the XSDs, and rows, of the program's share and of the site's folder.
 *
 * Shape    Lists end with NULL and live in the arena: sorted, each name once. Which of two files
 *          of one name counts conf_share() says.
 */
#ifndef LANDPORT_FOLDERS_H
#define LANDPORT_FOLDERS_H

#include "conf/conf.h"

/* The folders below formats/ that hold an XSD. */
const char **folders_list(const struct conf *c, struct arena *a);
/* The XSDs in one of them, without their ending. */
const char **folders_names(const struct conf *c, struct arena *a, const char *folder);
/* The column mapping files, without their ending. */
#define FOLDERS_MAPPING "formats/mapping"
const char **folders_mappings(const struct conf *c, struct arena *a);
/* The files that hold rows of tables, formats/FOLDER/TABLE.tsv as conf_share() takes them. */
const char **folders_rows(const struct conf *c, struct arena *a);

#endif
