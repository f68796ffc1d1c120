/*
 * schema.h - an XML Schema compiled into a plan that readers, checks and the writer walk.
 *
 * Shape    A tree of nodes (elements and groups) whose leaves point to simple types. Texts are
 *          UTF-8, live in the arena given to schema_compile() and are read-only afterwards, all
 *          but plan.day and plan.utf16.
 *          An element's children are the members of its sequence; only a choice, a sequence that
 *          is optional or repeats, and a sequence inside a choice are nodes of their own.
 * Takes    What the customs schema uses: named and inline simple types, string facets, decimal
 *          facets and ranges, element references, sequence, choice, minOccurs / maxOccurs,
 *          attributes, default and fixed, simpleContent extension, include of a file in the same
 *          folder or below (same namespace; what it declares may be referred to, its elements are
 *          never the root), import of another namespace (its elements become opaque), any.
 *          Anything else is an error with file and line.
 *          xs:date and xs:dateTime are strings with a check, base64Binary, anyURI and ID are
 *          collapsed strings, an element or attribute without a type is xs:string.
 * Ours     xs:appinfo may hold elements of namespace urn:landport:format:
 *          <lp:check name="party-code"/>  a check of formats/xsd/check.c
 *          <lp:codes table="currency"/>   a table of formats/codes/
 *          <lp:never table="nothing"/>    words of such a table, in whatever case, are no value of the column
 *          <lp:issuer/>                   of a feed: who gave a row's subject its number;
 *                                         unless="无" else="ebcCode": another column says who
 *          <lp:number/>                   and the number. A feed that goes into tables has one of each
 *          <lp:key/>                      which of several parts of that subject the row is, such as one of
 *                                         an order's payments; with else="payName" that column stands in
 *                                         where this is empty
 *          <lp:staged/>                   a rule of sql/ingest/<feed>.sql reads the column; without any in a
 *                                         feed its rules may read all
 *          <lp:index/>                    rules and messages look rows up by the column: the table that landport
 *                                         init makes has an index for it
 *          <lp:alias names="订单号 order_id"/> other names the column goes by in files, parted by blanks
 *          <lp:line/>                     here begins what differs from row to row of one thing;
 *                                         the columns before it are its head, equal on all. The column
 *                                         numbers the rows, with counts="yes" from 1 and without gaps
 *          <lp:control/>                  says what to do with the row (appType), is not its content
 *          <lp:payload/>                  of a message around another: that one's bytes, base64
 *          <lp:personal/>                 a person's data: never shown in a log or an error, sealed where
 *                                         it is stored (base/cipher.h); stored="no": it never is
 *          <lp:example value="142"/>      what guides and templates show, where the type alone
 *                                         gives nothing sensible; must be a value of the type;
 *                                         counts="yes": in samples its number counts up from row to row
 *          <lp:length unit="utf-16"/>     on the root element: lengths count UTF-16 units, of which a character
 *                                         beyond U+FFFF has two, as programs in Java or C# count them
 *          <lp:signed/>                   on an xs:any that may be missing: the schema of those who read
 *                                         the message requires a signature there
 *          <lp:speaker role="platform" unless="无"/> may stand several times: when a partner of that
 *                                         role sent the row, this is the code of who speaks in it;
 *                                         with the value of unless, a later column of that role is
 *          <lp:feed name="order" title="…" table="trade_order" lines="order_item"/> on the root element
 *                                         of a feed; its rows go into these tables, without table= into such
 *                                         as landport init makes for it (jobs/load/rows_table.h);
 *                                         rows="…" names the feed whose statements take its rows,
 *                                         where it is a variant
 *          <lp:totals amount="charge" currency="currency" trailers="#TOTAL 合计"/> there too: the column
 *          whose sum control totals speak of, the one with its currency, and the words that begin
 *          a trailer row (totals.h)
 *          <lp:sum column="goodsValue" currency="currency"/> there too: what the ack adds up, once a
 *          subject, and by which currency; without it the amount of lp:totals
 *          <lp:message feed="order" document="Order" head="OrderHead" lines="OrderList"/> on the
 *          root element of a message: its documents are taken as rows of that feed. document is a
 *          child of the message's root; head (may be missing) holds columns, each of lines (may be
 *          missing: then the document is one row) is a row. Elements go into the columns of their
 *          names; <lp:map element="OrderList/note" column="…"/> inside says otherwise for one, its
 *          path counted from the document, and without column that it goes into none;
 *          <lp:map column="kind" value="SALEBACK"/> puts a value into each row. With loose="yes" the
 *          message is not held to its XSD: whoever sends it does not answer to us. answers="sale"
 *          says which message of ours it answers (landport sample receipts).
 *          <lp:written as="csv" …/> there too: the message is written as a table (formats/README.md has
 *          the attributes); without it, or as="xml", it is XML.
 *          <lp:cell at="D3"/>             in a workbook: the one cell of a value that stands once;
 *          <lp:cell column="C"/>          the column of a value that each row has, else the next one
 * Errors   RC_FAIL ERR_SCHEMA "file:line: what, what to do".
 * Safety   Nothing but the file itself and what it includes (at most 8 MiB each) is opened, an
 *          import is not followed; no DTD, no network; circles, depth and the number of nodes are
 *          bounded.
 */
#ifndef LANDPORT_SCHEMA_H
#define LANDPORT_SCHEMA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

#define PLAN_UNBOUNDED UINT32_MAX

enum plan_base { PLAN_STRING, PLAN_DECIMAL, PLAN_INTEGER, PLAN_BOOLEAN };
enum plan_space { PLAN_PRESERVE, PLAN_REPLACE, PLAN_COLLAPSE };

struct check; /* formats/xsd/check.h */
struct codes; /* formats/xsd/codes.h */

struct plan_type {
    enum plan_base base;
    enum plan_space space;
    int32_t length, min_length, max_length; /* characters, or as *utf16 says; -1: not given */
    int32_t total_digits, fraction_digits;  /* -1: not given */
    const char *min, *max;                  /* canonical decimals; NULL: not given */
    bool min_exclusive, max_exclusive;
    const char **values;         /* enumeration, NULL-terminated; NULL: none */
    const char **patterns;       /* of one restriction joined by |; NULL-terminated; NULL: none */
    void **compiled;             /* xmlRegexpPtr of each pattern (all must match) */
    const struct check **checks; /* NULL-terminated; NULL: none */
    const struct codes *codes;   /* NULL: none */
    const char *day;             /* with codes: the plan's, about which they are asked */
    const struct codes *never;   /* words it may not be, in small letters; NULL: none */
    const bool *utf16;           /* the plan's; NULL: characters */
};

enum plan_kind { PLAN_ELEMENT, PLAN_SEQUENCE, PLAN_CHOICE, PLAN_ANY };

/* What a message is written as, lp:written. */
enum written_as { WRITTEN_XML, WRITTEN_TEXT, WRITTEN_XLSX };
enum written_charset { WRITTEN_UTF8, WRITTEN_GB18030, WRITTEN_GBK };
enum written_quote { WRITTEN_NEEDED, WRITTEN_ALWAYS, WRITTEN_NEVER };
enum written_header { WRITTEN_NAMES, WRITTEN_TITLES, WRITTEN_NO_HEADER };
/* Values that stand once a message: in columns of each row, in a line of their own before the header,
 * or not at all. */
enum written_head { WRITTEN_COLUMNS, WRITTEN_LINE, WRITTEN_NO_HEAD };

struct plan_cell {
    uint32_t column, row; /* from 1; 0: not said */
};

struct plan_written {
    enum written_as as;
    enum written_charset charset;
    enum written_quote quote;
    enum written_header header;
    enum written_head head;
    bool bom;
    char delimiter;
    const char *line_end;
    const char *suffix;   /* of the file's name: "xml" */
    const char *workbook; /* path of the one that is filled; NULL: one is made */
    const char *sheet; /* NULL: the first of the workbook; of one that is made, the root's title */
    struct plan_cell start; /* where the table begins, with its header if it has one */
};

struct plan_attribute {
    const char *name;
    const char *column; /* name in SQL */
    const char *title;  /* Chinese title, or "" */
    const struct plan_type *type;
    bool required;
    const char *fixed, *dflt; /* NULL: none */
};

struct plan_speaker {
    const char *role;
    const char *unless; /* NULL: always */
};

struct plan_node {
    enum plan_kind kind;
    const char *name;   /* element's local name; NULL for groups */
    const char *column; /* name in SQL: orderNo -> order_no, fCurrency -> f_currency, POD -> pod */
    const char *title;  /* first line of xs:documentation up to the first '-', or "" */
    const char *hint;   /* what follows the '-' in that line, or "" */
    const char *title_en;         /* documentation with xml:lang="en", or "" */
    uint32_t min, max;            /* occurrences */
    const struct plan_type *type; /* NULL: complex, a group, or opaque (foreign namespace) */
    const char *fixed, *dflt;
    const char *example;        /* NULL: none */
    const char *const *aliases; /* other names it goes by; NULL-terminated; NULL: none */
    bool key, control, personal, sealed, counts, foreign, line_part, lines_count, issuer, number,
        staged, indexed, payload, must_sign;
    const char *key_else, *issuer_unless, *issuer_else; /* NULL: none */
    struct plan_attribute *attributes;
    uint32_t attribute_count;
    struct plan_cell cell; /* lp:cell */
    struct plan_speaker *speakers;
    uint32_t speaker_count;
    struct plan_node **children; /* in order of the schema */
    uint32_t child_count;
    int line; /* in the XSD */
};

struct plan_map {
    const char *element; /* path from the document; NULL: `value` stands in each row */
    const char *column;  /* element name in the feed; NULL: taken into none */
    const char *value;
};

/* A message whose documents are rows of a feed; names only, formats/read/xmlr.c finds the elements. */
struct plan_message {
    const char *feed;
    const char *format; /* name of the message's XSD, once its feed has it (schema_take()) */
    const char *document;
    const char *head, *lines; /* NULL: the document holds the columns, is the row */
    const char *answers;      /* what of ours it answers: a format's name, "*" any; NULL: nothing */
    bool loose;               /* order, number and unknown elements are not asked about */
    struct plan_map *maps;
    uint32_t map_count;
};

struct plan {
    const char *file;
    char day[9]; /* for whoever uses the plan to set: code tables are asked about that
                               day, YYYYMMDD; "", as compiled: about any */
    bool utf16;  /* lengths count UTF-16 units, lp:length; for whoever uses the plan to set too */
    const char *target_ns;  /* "" : none */
    const char *prefix;     /* prefix the XSD binds to target_ns; "" : default namespace */
    bool qualified;         /* elementFormDefault */
    const char *feed;       /* lp:feed name, or NULL */
    const char *rows;       /* the feed whose statements take the rows: feed, or lp:feed rows */
    const char *feed_title; /* or NULL */
    const struct plan_node *amount, *currency; /* lp:totals; NULL: none */
    const struct plan_node *sum, *sum_by;      /* lp:sum, else these two */
    const char **trailers;                     /* NULL-terminated; NULL: none */
    const char *rows_table, *lines_table;      /* or NULL */
    const char *more_table, *more_lines_table; /* what a variant has beyond these two; or NULL */
    bool tables_made; /* they are such as landport init makes; for whoever uses the plan to set */
    struct plan_message *messages; /* of a message: what it is taken as; of a feed: what it takes */
    uint32_t message_count;
    struct plan_written written;
    struct plan_node *root;
};

#define SCHEMA_FILE_MAX ((size_t)8 << 20) /* of an XSD, and of each that it includes */

/*
 * Compile global element `root` of an XSD file; root NULL takes the only global element that no
 * other refers to. Named checks and code tables are resolved (code tables under codes_dir, which
 * may be NULL when none is named).
 */
rc_t schema_compile(struct plan **plan, struct arena *a, const char *file, const char *root,
                    const char *codes_dir, struct err *e);

/*
 * The feed takes what the message `format`, compiled from its own XSD, says of it. RC_FAIL ERR_SCHEMA: a
 * column it names is none of the feed's.
 */
rc_t schema_take(struct plan *feed, struct arena *a, const char *format, const struct plan *message,
                 struct err *e);

/* Is a row known by what stands in this column? */
bool schema_names_row(const struct plan_node *column);

/* snake_case of an element name, in the arena. */
const char *schema_column(struct arena *a, const char *name);
/* As a spreadsheet takes the name of a sheet: the title, where it may be one (NULL: none), else the name. */
const char *schema_sheet_name(struct arena *a, const char *title, const char *name);

#endif
