/*
 * task.h - what a child is asked of an upload, and what it sends back.
 *
 * Modes    Checking (no lines) sends FACTS, then ROWS and ERRORS blocks, then END. Raw (line_count
 *          set) sends the header record and those records as they stand in the file; of a workbook read by a
 *          mapping a SHEET before each sheet's first, with what stands above and the header again.
 *          Without an item it sends ITEMs first, the upload's data files in order; if there are
 *          several that is all, and each is then a task of its own. Of many that are no feed's (JUNK) it
 *          sends one NOTICE, or HOLD where nothing else is there.
 * Faults   A file of a few bytes may have a million of them: once `faults` of them were told, those of
 *          further rows are counted by code (UNTOLD), and such a row is staged, marked as bad, only if
 *          it has the key by which others of its thing are known.
 * Totals   After the rows TOTALS, and HOLD where they are not what was said; so for a file that is cut
 *          off in its last row.
 * Errors   A file that is bad as a whole sends REFUSE or HOLD and ends.
 */
#ifndef LANDPORT_TASK_H
#define LANDPORT_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/blob.h"
#include "base/err.h"
#include "formats/read/charset.h"
#include "formats/read/mapping.h"
#include "formats/read/totals.h"
#include "formats/xsd/schema.h"
#include "load/rows_table.h"

#define FRAME_MAX (4u * 1024 * 1024) /* bytes of its payload */

enum frame_type {
    FRAME_ITEM = 'I',   /* name of a data file, NUL-terminated; nothing: one that is passed over */
    FRAME_FACTS = 'F',  /* struct rows_facts */
    FRAME_ROWS = 'R',   /* byte lane, byte table (rows_table.h), bytes of rows as COPY takes them */
    FRAME_ERRORS = 'E', /* COPY BINARY bytes of stage_reject */
    FRAME_REFUSE = 'X', /* struct rows_reason: the file is refused */
    FRAME_NOTICE = 'N', /* struct rows_reason: told beside what becomes of it */
    FRAME_HOLD = 'H',   /* struct rows_reason: the file waits for a person */
    FRAME_SHEET = 'S',  /* uint32 number, name of a sheet whose rows follow, NUL-terminated */
    FRAME_ABOVE = 'A',  /* a raw record above the header, like FRAME_RAW */
    FRAME_RAW = 'W',    /* uint64 line, then the raw record; of a workbook its fields, each uint32
                           length and bytes */
    FRAME_TOTALS = 'T', /* struct rows_totals */
    FRAME_UNTOLD = 'U', /* struct rows_untold, where faults were only counted */
    FRAME_FAILED = 'B', /* struct rows_reason: we are at fault, or the machine; nothing follows */
    FRAME_DAMAGED = 'D', /* nothing: the upload's bytes are not what was sealed; nothing follows */
    FRAME_END = 'Z'      /* uint64 data records */
};

struct rows_facts {
    uint32_t plan; /* index into feeds->plans */
    uint32_t
        mapping; /* 1 + index into feeds->mappings, 0: none; and which titles the file has of it */
    unsigned char chosen[MAPPING_TITLES];
    char charset[16], delimiter, line_end[3], entry[256];
    bool bom, book;  /* book: a workbook */
    bool text;       /* delimited text: charset and delimiter are the file's own */
    uint32_t width;  /* columns of the header */
    bool correction; /* rows that were given back before (header.h) */
};
struct rows_reason {
    err_code_t code;
    char seen[256], want[256];
    char entry[256]; /* the data file, where it was found */
};
/* Control totals (totals.h): what a trailer row says, as text, and what was counted. */
struct rows_totals {
    char trailer[TOTALS_TEXT];
    struct tally counted;
};

/* Faults that are only counted. */
#define ROWS_CODES 256                 /* more than err.def has for files and rows */
#define ROWS_MOST  ((uint64_t)1 << 40) /* nobody counts further */
struct rows_untold {
    uint64_t rows, unstaged; /* rows that have them; those of them that are not in the stage */
    uint32_t count;
    struct rows_code {
        err_code_t code;
        uint64_t faults;
    } by[ROWS_CODES];
};

#define ROWS_LIST       (-1)
#define ROWS_SHEETS_MAX 1000
#define ROWS_FIELDS_MAX 1000 /* columns of a record, as the readers have it */

struct feeds;
struct conf_partner;

/* Files without a name, for what memory should not hold: strings of a workbook, a packed workbook, a 7z in
 * an archive. They serve one child after another; one that was written to is made anew. */
enum { ROWS_SPILL, ROWS_BOOK, ROWS_NEST, ROWS_SPILLS };
struct rows_room {
    bool open;
    int fds[ROWS_SPILLS]; /* -1: none */
};

struct rows_task {
    struct blob file;                   /* the upload */
    uint32_t quiet_s;                   /* a child that sends nothing for longer hangs; 0: 600 */
    const char *upload;                 /* its name */
    int item;                           /* which data file of it; ROWS_LIST: say which there are */
    const char *spill_dir;              /* for files without a name; NULL: /tmp */
    struct rows_room *room;             /* NULL: of this child alone */
    struct blob spills[ROWS_SPILLS];    /* in the child: the same, under a key of its own */
    const struct feeds *feeds;          /* what it may be */
    const struct conf_partner *partner; /* whose patterns tell the feed by a name; NULL: none's */
    int plan;                           /* index of the feed where somebody said it, else -1 */
    enum charset charset;               /* CHARSET_AUTO: from the bytes of the whole file */
    struct header_aliases aliases;
    const char **mappings; /* names of those its tables may be read by; NULL: none */
    const char **codes,
        **roles;        /* whom the sender may speak for, as what; codes NULL or empty: any */
    uint64_t row_limit; /* the file is held beyond it; 0: none */
    uint64_t faults;    /* told of it, others are counted; 0: all are told */
    const struct totals *said; /* of the file, by its partner; NULL: nothing */
    bool totals_required;      /* hold a file of which nothing is said */
    const char *overrides;     /* codes of holds that a person has released; NULL: none */
    int64_t batch_id;          /* for row_id */
    const char **sheets; /* of a workbook, by number: names of those that gave rows; NULL: none */
    struct blob lines;   /* raw mode: uint64 each, which records, ascending */
    uint64_t line_count;
};

#endif
