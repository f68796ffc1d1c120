/*
 * needs.h - what a message can carry of a row, so that rows it cannot carry are refused when they come.
 *
 * Shape    Of each kind of message an agency of the configuration takes: which columns of our tables
 *          go into which elements, what those must have or take, and how many lines a document holds;
 *          of each feed what its columns may be. Nobody writes
 *          that down: the database says where the columns of an extract file's levels come from,
 *          the XSD what their elements ask for. needs_find() asks once a run (sql/ingest/needed.sql), needs_load()
 *          leaves it in temporary tables (sql/ingest/need_tables.sql) of each session that loads rows.
 * Limits   Only columns as they stand: what a query computes shows when it is written. A column that
 *          section documents asks for ("arrive_time IS NOT NULL") may be missing.
 * Errors   The database's. A kind whose files are broken asks for nothing here; declare says so.
 */
#ifndef LANDPORT_NEEDS_H
#define LANDPORT_NEEDS_H

#include "load/feeds.h"

/* What messages ask for: f->needs and f->parts, in the hub's arena. In an open transaction, after feeds_today(); f: what partners may
 * upload. */
rc_t needs_find(struct hub *hub, struct db *db, struct feeds *f, struct err *e);
/* In an open transaction, after needs_find(). */
rc_t needs_load(struct db *db, const struct feeds *f, struct err *e);

#endif
