/* main.c - the command table and the dispatcher: options, needs, errors, exit status. */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "command/manual.h"
#include "job.h"
#include "load/reader.h"
#include "rules.h"
#include "spool/fetch.h"
#include "table.h"

#define VERSION    "0.1.0"
#define EXIT_USAGE 64

/* clang-format off */
static const struct command commands[] = {
    {"init", "init [--restored --reason TEXT]", "create or upgrade the database schema and the spool",
     "Starts the private cluster where the configuration asks for one, makes the tables or applies the\n"
     "migrations that are missing, makes functions and views that differ, takes in the rows of\n"
     "formats/FOLDER/TABLE.tsv that have changed, and makes the spool's folders. Running it again changes\n"
     "nothing.\n"
     "  --restored  the database was put back from a backup and is older than the spool: go on\n"
     "              with it, and give no number again that was given since\n",
     CMD_CONF, cmd_init},
    {"check", "check [--example]", "read the configuration, test everything it names",
     "Reads the configuration and says everything that is wrong with it, then tests the database,\n"
     "the drop boxes, keys and certificates, formats and the spool.\n"
     "  --example   print a commented configuration file instead\n",
     0, cmd_check},
    {"run", "run [JOB...]", "run jobs once, in order (all without a name)",
     "Jobs:"
#define JOB(name, whole, summary) " " #name
#include "jobs.def"
#undef JOB
     ". Each runs in a process of its own and\n"
     "is killed at schedule.deadline. Status: 0 all done, 65 rows rejected or files held, 75 work\n"
     "left because something was away, 1 a job failed.\n",
     CMD_CONF, cmd_run},
    {"status", "status", "last runs, backlog, late partners, open holds, tonight's bundles", "",
     CMD_CONF | CMD_DB | CMD_READS, cmd_status},
    {"batch", "batch list|show|hold|release|discard|rerun|close|unknown ...", "received files",
     "  list [FILTER] [--limit N]\n"
     "  show BATCH [--original [-o FILE]]   with --original: the uploaded bytes\n"
     "  hold BATCH... --reason TEXT         a file that has not been loaded yet waits\n"
     "  release BATCH... --reason TEXT      a held file is loaded in spite of what held it\n"
     "  discard BATCH... --reason TEXT      it is never loaded, and its partner is told\n"
     "  rerun BATCH... --reason TEXT        a held or refused file is judged once more\n"
     "  close BATCH... --reason TEXT        held receipts of an agency's file were looked at\n"
     "  unknown [--partner P] [--take --reason TEXT]\n"
     "                                      files in done/ that no batch stands for, after a backup of\n"
     "                                      the database was put back; --take: back into in/\n"
     "Instead of BATCH... a filter: [--partner P] [--feed F] [--date YYYYMMDD] [--state S]\n"
     "[--failed]. More than one file is first shown (status 64); --yes does it. All of\n"
     "them or none.\n",
     CMD_CONF | CMD_DB | CMD_SPOOL, cmd_batch},
    {"trace", "trace KEY", "one order, waybill, payment, report, batch or bundle through every stage", "",
     CMD_CONF | CMD_DB | CMD_READS, cmd_trace},
    {"bundle", "bundle list|show|verify|rebuild|republish|resend|aside|retry|give-up ...", "what was sent to agencies",
     "  list [--agency A] [--date YYYYMMDD]\n"
     "  show NAME [--messages] [--extract DIR]\n"
     "  verify NAME|FILE [--cert FILE]      signature, hashes, the bundle before it\n"
     "  rebuild NAME [--verify | -o FILE]   the same bytes again from the rows\n"
     "  republish NAME --reason TEXT        the same bytes are put into out/ again by the next publish\n"
     "  resend NUMBER|MESSAGE|BUNDLE [--kind K] [--agency A] --reason TEXT [--yes]\n"
     "                                      documents nobody answered, or that were refused, go into\n"
     "                                      the next bundle once more, as they were; several are first\n"
     "                                      shown (status 64), --yes does it; where several gave\n"
     "                                      the number (a report's) it is ISSUER/NUMBER, here and below\n"
     "  aside [--agency A] [--kind K]       documents that could not be written: why, and of which rows\n"
     "  retry NUMBER|--all [--agency A] [--kind K] --reason TEXT\n"
     "                                      the next bundle takes them up again\n"
     "  give-up NUMBER|--all [--agency A] [--kind K] --reason TEXT\n"
     "                                      no bundle does, unless their rows are corrected\n",
     CMD_CONF | CMD_CONF_IF_ANY, cmd_bundle},
    {"rate", "rate import|list|missing ...", "exchange and tax rates",
     "  import FILE [--replace --reason TEXT]\n"
     "                                      loads a CSV file, whole or not at all: kind (customs, duty,\n"
     "                                      vat, consumption), currency or gcode, from, until, units,\n"
     "                                      rate, source. --replace corrects rates that are there.\n"
     "  list [--kind K] [--code CODE] [--date YYYYMMDD]\n"
     "                                      what is loaded; with a date what counts on it\n"
     "  missing                             what orders wait for, and since when\n",
     CMD_CONF | CMD_DB, cmd_rate},
    {"reconcile", "reconcile rules|again ... | --dry-run --rules DIR [--days N]", "what trades are judged by; what other rules would say",
     "  rules                               each rule, where it stands, when it counts, and how often it\n"
     "                                      stands against a trade now\n"
     "  again --code CODE|--days N --reason TEXT\n"
     "                                      the next reconcile judges anew what that rule has broken, and\n"
     "                                      what was judged in the last N days: after a rule was changed\n"
     "  --dry-run --rules DIR [--days N]    what would become of the trades judged in the last N days (30)\n"
     "                                      if the rule files in DIR counted before all others: rules that\n"
     "                                      would speak of more or fewer of them, verdicts that would move,\n"
     "                                      examples; nothing is kept\n"
     "landport run reconcile judges.\n",
     CMD_CONF | CMD_DB, cmd_reconcile},
    {"format", "format list|xsd|template|guide|check ...", "formats, and files against them",
     "  list\n"
     "  xsd NAME [-o FILE]\n"
     "  template FEED [--titles] [--example] [--xlsx] [-o FILE]\n"
     "                                      an empty file: the header row; with --xlsx a workbook\n"
     "                                      with titles, an example row and the rules as comments\n"
     "  guide --partner P [-o FILE]         all a partner must know, as one HTML page\n"
     "  check FILE --partner P [--feed F] [--mapping M] [--limit N] [--rejects FILE] [--offline]\n"
     "                                      what would become of it if it were uploaded now: rows,\n"
     "                                      rules, repeats, limits; nothing is sent or kept. Without\n"
     "                                      the hub's database (--offline) only the file itself.\n"
     "                                      --mapping: by that column mapping, or by a mapping FILE,\n"
     "                                      in place of its partner's.\n"
     "                                      Status 0, or 65 when something would be refused or held.\n",
     CMD_CONF | CMD_CONF_IF_ANY, cmd_format},
    {"sample", "sample --orders N --seed S --dir D", "realistic partner files with planted faults",
     "Writes order, payment and logistics files below D and expected.json, which says what must\n"
     "come of every row.\n"
     "  --date YYYYMMDD                     the day they are of; else today\n"
     "  --faults P%                         orders with a planted fault; else 2%\n"
     "sample feed FEED --rows N [-o FILE]   rows of any feed after its XSD's examples, whose numbers\n"
     "                                      count up; import orders, payments and waybills fit together\n"
     "sample receipts --from BUNDLE|DIR --into DIR [--seed S]\n"
     "                                      what an agency might answer to these bundles: receipts in\n"
     "                                      DIR, what comes late in DIR/later, and expected.tsv\n"
     "  --refuse P% --later P% --unread P%  documents refused (3%), answered late (2%), messages\n"
     "                                      that could not be read (0.5%)\n"
     "  --per-message N                     receipts in a message; else 100\n",
     CMD_CONF | CMD_CONF_IF_ANY | CMD_TEST_CLOCK, cmd_sample},
    {NULL, NULL, NULL, NULL, 0, NULL},
};
/* clang-format on */

static const char what_it_is[] = "nightly exchange hub over SFTP";
static const struct manual_line options[] = {
    {"-c FILE",
     "configuration; else $LANDPORT_CONF, ./landport.conf,\n/etc/landport/landport.conf"},
    {"-v",            "say more on standard error (LANDPORT_LOG=error|warn|info|debug)" },
    {"--json",        "one JSON document on standard output"                            },
    {"--help",        "this text; after a command: that command's"                      },
    {"--manual PAGE", "landport.8 or landport.conf.5, for man"                          },
    {"--version",     "the program's version"                                           },
    {NULL,            NULL                                                              },
};
static const struct manual_line statuses[] = {
    {"0",  "done"                       },
    {"65", "rows rejected or files held"},
    {"75", "try again later"            },
    {"1",  "failed"                     },
    {"64", "usage or configuration"     },
    {NULL, NULL                         },
};

static void
usage(FILE *out)
{
    fprintf(out,
            "landport: %s\n\nusage: landport [-c FILE] [-v] COMMAND [--json] "
            "[ARGUMENTS]\n\ncommands:\n",
            what_it_is);
    for (const struct command *c = commands; c->name; c++)
        fprintf(out, "  %-9s %s\n", c->name, c->summary);
    fputs("\noptions:\n", out);
    for (const struct manual_line *o = options; o->name; o++) {
        int n = (int)strcspn(o->text, "\n");

        fprintf(out, "  %-14s %.*s\n", o->name, n, o->text);
        if (o->text[n])
            fprintf(out, "  %-14s %s\n", "", o->text + n + 1);
    }
    fputs("\nexit status:\n", out);
    for (const struct manual_line *s = statuses; s->name; s++)
        fprintf(out, "  %-14s %s\n", s->name, s->text);
}

static bool
print_manual(struct arena *a, const char *page)
{
    if (strcmp(page, "landport.8") == 0)
        fputs(manual_program(a, VERSION, what_it_is, commands, options, statuses), stdout);
    else if (strcmp(page, "landport.conf.5") == 0)
        fputs(conf_manual(a, VERSION), stdout);
    else
        return false;
    return true;
}

static void
command_help(const struct command *c)
{
    printf("usage: landport [-c FILE] %s [--json]\n\n%s\n%s%s", c->usage, c->summary,
           *c->help ? "\n" : "", c->help);
}

static int
bad_usage(const char *what, const char *word)
{
    fprintf(stderr, "landport: %s %s; see landport --help\n", what, word);
    return EXIT_USAGE;
}

static const struct command *
find_command(const char *name)
{
    for (const struct command *c = commands; c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

static enum log_level
level_from_environment(void)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    const char *said = getenv("LANDPORT_LOG");

    for (int i = 0; said && i <= LOG_DEBUG; i++)
        if (strcmp(said, names[i]) == 0)
            return (enum log_level)i;
    return LOG_INFO;
}

static void
set_up_process(void)
{
    setenv("TZ", "UTC", 1);
    tzset();
    /* libarchive converts entry names by this; the rest of the C library stays in "C". */
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        setlocale(LC_CTYPE, "en_US.UTF-8");
    umask(077);
    signal(SIGPIPE, SIG_IGN);
    log_open(level_from_environment());
}

/* Options before the command. Returns the index of the command, or 0 with *status to exit with. */
static int
global_options(int argc, char **argv, struct hub *hub, int *status)
{
    int i = 1;

    *status = 0;
    for (; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "-c") == 0 && i + 1 < argc) {
            hub->conf_file = argv[++i];
        } else if (strcmp(argv[i], "-v") == 0 || strcmp(argv[i], "--verbose") == 0) {
            log_open(LOG_DEBUG);
        } else if (strcmp(argv[i], "--json") == 0) {
            hub->json = true;
        } else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            usage(stdout);
            return 0;
        } else if (strcmp(argv[i], "--manual") == 0 && i + 1 < argc) {
            if (!print_manual(hub->arena, argv[i + 1]))
                *status = bad_usage("no manual page", argv[i + 1]);
            return 0;
        } else if (strcmp(argv[i], "--version") == 0) {
            puts("landport " VERSION);
            return 0;
        } else {
            *status = strcmp(argv[i], "-c") == 0 ? bad_usage("a file name must follow", argv[i])
                                                 : bad_usage("unknown option", argv[i]);
            return 0;
        }
    }
    if (i == argc) {
        usage(stderr);
        *status = EXIT_USAGE;
        return 0;
    }
    return i;
}

/* Take out what every command understands; *help is set when help is wanted. */
static int
common_options(int argc, char **argv, struct hub *hub, bool *help)
{
    int kept = 1, i = 1;

    *help = false;
    for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--json") == 0)
            hub->json = true;
        else if (strcmp(argv[i], "--verbose") == 0 || strcmp(argv[i], "-v") == 0)
            log_open(LOG_DEBUG);
        else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            *help = true;
        else
            argv[kept++] = argv[i];
    }
    for (; i < argc; i++)
        argv[kept++] = argv[i];
    argv[kept] = NULL;
    return kept;
}

static rc_t
hold_clock(struct err *e)
{
    if (clock_freeze() != 0)
        return err_set(e, RC_FAIL, ERR_CONFIG, "LANDPORT_NOW must look like 2026-11-24T05:00:00Z");
    return RC_OK;
}

static rc_t
open_needs(struct hub *hub, unsigned needs, struct err *e)
{
    struct conf_problem *problems = NULL;
    rc_t rc;

    if (needs & CMD_TEST_CLOCK && (rc = hold_clock(e)) != RC_OK)
        return rc;
    if (!(needs & CMD_CONF))
        return RC_OK;
    if (needs & CMD_CONF_IF_ANY && !conf_exists(hub->conf_file)) {
        hub->conf = conf_none(hub->arena);
        return RC_OK;
    }
    if ((rc = conf_load(&hub->conf, hub->arena, hub->conf_file, &problems, e)) != RC_OK) {
        for (const struct conf_problem *p = problems ? problems->next : NULL; p; p = p->next)
            log_error("%s", p->text);
        return rc;
    }
    if (hub->conf->zone.test && (rc = hold_clock(e)) != RC_OK)
        return rc;
    rules_tell(hub->conf, hub->arena);
    hub->as = needs & CMD_READS ? HUB_READER : HUB_JOB;
    if (needs & CMD_DB && (rc = hub_open_db(hub, e)) != RC_OK)
        return rc;
    return needs & CMD_SPOOL ? hub_open_spool(hub, e) : RC_OK;
}

static int
exit_status(rc_t rc, const struct err *e)
{
    if (rc != RC_OK && rc != RC_END && (e->code == ERR_USAGE || e->code == ERR_CONFIG))
        return EXIT_USAGE;
    return err_exit(rc);
}

/* With --json a failure is a document too. */
static void
print_failure(const struct err *e)
{
    struct buf json = {0};
    char name[8];

    buf_printf(&json, "{\"error\": {\"code\": \"%s\", \"message\": ", err_name(e->code, name));
    json_string(&json, e->text);
    buf_str(&json, ", \"next\": ");
    json_string(&json, err_text(e->code)->todo_en);
    printf("%.*s}}\n", (int)json.n, json.p);
    buf_free(&json);
}

static int
run_command(const struct command *c, struct hub *hub, int argc, char **argv)
{
    struct err e = {0};
    rc_t rc = open_needs(hub, c->needs, &e);
    int status;

    if (rc == RC_OK)
        rc = c->run(hub, argc, argv, &e);
    if (rc != RC_OK && e.code != ERR_NONE)
        log_err(LOG_ERROR, &e);
    if (rc != RC_OK && e.code != ERR_NONE && hub->json && !hub->answered)
        print_failure(&e);
    status = exit_status(rc, &e);
    if (fflush(stdout) != 0 && status == 0)
        status = 1; /* a full disk behind a redirection must not pass for success */
    db_close(&hub->db);
    if (hub->spool)
        spool_close(&hub->spool);
    return status;
}

int
main(int argc, char **argv)
{
    struct hub hub = {.arena = arena_new("landport")};
    const struct command *c;
    bool help;
    int status, at;

    set_up_process();
    if (argc == 2 && strcmp(argv[1], READER_WORD) == 0) {
        status = reader_main();
        goto out;
    }
    if (argc == 2 && strcmp(argv[1], FETCH_WORD) == 0) {
        status = fetch_main();
        goto out;
    }
    if ((at = global_options(argc, argv, &hub, &status)) == 0)
        goto out;
    if (!(c = find_command(argv[at]))) {
        status = bad_usage("unknown command", argv[at]);
        goto out;
    }
    argc = common_options(argc - at, argv + at, &hub, &help);
    if (help)
        command_help(c);
    else
        status = run_command(c, &hub, argc, argv + at);
out:
    arena_free(&hub.arena);
    return status;
}
