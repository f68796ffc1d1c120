/* conf_test.c - what a configuration may say, and everything wrong with one at once. */
#include "conf/conf_checks.c" /* what an address may be */

#include <setjmp.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "../folder.h"
#include "base/clock.h"
#include "base/roff.h"

struct fixture {
    struct arena *arena;
    char dir[FOLDER_SIZE];
    struct conf *conf;
    struct conf_problem *problems;
    struct err e;
};

static void
put_file(struct fixture *fx, const char *name, const char *text, size_t n)
{
    FILE *f = fopen(arena_printf(fx->arena, "%s/%s", fx->dir, name), "w");

    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
    fclose(f);
}

static int
set_up(void **state)
{
    struct fixture *fx = calloc(1, sizeof(*fx));
    static const char *const folders[] = {"share", "share/formats", "share/formats/feed", "site",
                                          "conf.d"};

    *state = fx;
    fx->arena = arena_new("conf_test");
    folder_make(fx->dir);
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        if (mkdir(arena_printf(fx->arena, "%s/%s", fx->dir, folders[i]), 0700) != 0)
            return -1;
    put_file(fx, "share/formats/feed/order.xsd", "x", 1);
    put_file(fx, "share/formats/feed/payment.xsd", "x", 1);
    put_file(fx, "share/formats/feed/logistics.xsd", "x", 1);
    setenv("LANDPORT_SHARE", arena_printf(fx->arena, "%s/share", fx->dir), 1);
    unsetenv("LANDPORT_TEST_UNSET");
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *fx = *state;

    folder_remove(fx->dir);
    arena_free(&fx->arena);
    free(fx);
    return 0;
}

static rc_t
load_bytes(struct fixture *fx, const char *text, size_t n)
{
    put_file(fx, "landport.conf", text, n);
    memset(&fx->e, 0, sizeof(fx->e));
    return conf_load(&fx->conf, fx->arena, arena_printf(fx->arena, "%s/landport.conf", fx->dir),
                     &fx->problems, &fx->e);
}

static rc_t
load(struct fixture *fx, const char *text)
{
    return load_bytes(fx, text, strlen(text));
}

static bool
has_problem(const struct fixture *fx, const char *part)
{
    for (const struct conf_problem *p = fx->problems; p; p = p->next)
        if (strstr(p->text, part))
            return true;
    return false;
}

static unsigned
count_problems(const struct fixture *fx)
{
    unsigned n = 0;

    for (const struct conf_problem *p = fx->problems; p; p = p->next)
        n++;
    return n;
}

#define BASE                                                                                       \
    "zone { code = \"LY\" name = \"z\" customs = \"3706\" test = true }\n"                         \
    "database { embedded = \"var/pg\" }\n"                                                         \
    "spool { root = \"var/spool\" }\n"
#define BOX                                                                                        \
    "dropbox { url = \"sftp://u@127.0.0.1:2222\" key = \"keys/hub\" known-hosts = \"kh\" }\n"
#define PARTNER(extra)                                                                             \
    "partner \"P1\" {\n name = \"p\" roles = {\"seller\"} feeds = {\"order\"}\n" extra "\n" BOX    \
    "}\n"

static void
the_example_loads(void **state)
{
    struct fixture *fx = *state;
    const struct conf_partner *p;
    const struct conf_agency *a;

    if (load(fx, conf_example(fx->arena)) != RC_OK)
        fail_msg("%s", fx->e.text);
    assert_string_equal(fx->conf->zone.customs, "3706");
    assert_true(fx->conf->zone.test);
    assert_string_equal(fx->conf->database.embedded,
                        arena_printf(fx->arena, "%s/var/pg", fx->conf->dir));
    assert_int_equal(fx->conf->spool.keep_s, 30 * 86400);
    assert_true(fx->conf->spool.min_free == UINT64_C(2) << 30);
    assert_int_equal(fx->conf->schedule.declare_minutes, 360);
    assert_int_equal(fx->conf->schedule.archive_minutes, 210);
    assert_int_equal(fx->conf->schedule.reconcile_s, 900);
    assert_int_equal(fx->conf->reconcile.overdue_days, 3);
    assert_non_null(p = conf_partner(fx->conf, "LYLOGI01"));
    assert_null(conf_partner(fx->conf, "customs"));
    assert_int_equal(p->deadline_minutes, 120);
    assert_true(p->reject_limit > 0.0499 && p->reject_limit < 0.0501);
    assert_string_equal(p->codes[0], "350898L001");
    assert_null(p->codes[1]);
    assert_true(p->reject_rows == UINT64_MAX);
    assert_false(p->soft_reject);
    assert_false(p->totals_required);
    assert_true(p->limits.size == UINT64_C(2) << 30);
    assert_int_equal(p->limits.rows, 10000000);
    assert_int_equal(p->limits.files, 10000);
    assert_int_equal(p->aliases.count, 1);
    assert_string_equal(p->aliases.all[0].from, "客户单号");
    assert_string_equal(p->aliases.all[0].to, "orderNo");
    assert_string_equal(p->patterns[0].feed, "logistics");
    assert_string_equal(p->patterns[0].glob, "YD*.csv");
    assert_null(p->patterns[1].feed);
    assert_string_equal(p->box.done, "/done");
    assert_non_null(a = conf_agency(fx->conf, "customs"));
    assert_int_equal(a->per_message, 100);
    assert_string_equal(a->messages[3], "CEB603");
    assert_string_equal(a->messages[4], "CEB605");
    assert_null(a->messages[5]);
    assert_string_equal(a->settings[0].name, "cop_code"); /* by name */
    assert_string_equal(a->settings[4].name, "dxp_id");
    assert_string_equal(a->settings[4].value, "DXPENT0000012345");
    assert_null(a->settings[5].name);
    assert_string_equal(a->seal.key.key_file,
                        arena_printf(fx->arena, "%s/keys/zone.key", fx->conf->dir));
}

/* --- The table of options: whoever adds a row has added the option ---------------------------- */

struct row { /* one of them, and how to write it */
    const struct conf_option *option;
    const char *path;         /* "partner LYLOGI01/dropbox/settle" */
    const char *open, *close; /* of the sections around it */
    const char *heading;      /* of the section it stands in: "partner \"...\" / dropbox" */
    bool again;               /* the example shows not all of this section */
};

static void
each_row(struct fixture *fx, const struct row *in, void (*fn)(struct fixture *, const struct row *))
{
    for (const struct conf_option *o = in->option->options; o->name; o++) {
        const char *title = o->type == CONF_TITLED ? o->example : NULL;
        struct row row = *in;

        row.option = o;
        row.path = arena_printf(fx->arena, "%s%s%s%s%s", in->path, *in->path ? "/" : "", o->name,
                                title ? " " : "", title ? title : "");
        fn(fx, &row);
        if (!o->options)
            continue;
        row.open = title ? arena_printf(fx->arena, "%s%s \"%s\" {", in->open, o->name, title)
                         : arena_printf(fx->arena, "%s%s {", in->open, o->name);
        row.close = arena_printf(fx->arena, "}%s", in->close);
        row.heading = arena_printf(fx->arena, "%s%s%s%s", in->heading, *in->heading ? " / " : "",
                                   o->name, title ? " \"...\"" : "");
        row.again = row.again || o->shown;
        each_row(fx, &row, fn);
    }
}

static void
for_each_row(struct fixture *fx, void (*fn)(struct fixture *, const struct row *))
{
    each_row(fx, &(struct row){&conf_root, "", "", "", "", false}, fn);
}

static void
is_sound(struct fixture *fx, const struct row *row)
{
    const struct conf_option *o = row->option;
    const struct conf_measure *m = conf_measure(o->type);
    uint64_t low, high, value;

    (void)fx;
    if (!o->text || !*o->text || o->text[strlen(o->text) - 1] == '.')
        fail_msg("%s: its text is a sentence without full stop", row->path);
    if (o->options ? o->type == CONF_TITLED && !o->example : !o->example && !o->otherwise)
        fail_msg("%s has neither an example nor a default", row->path);
    if (o->type == CONF_WORD && o->otherwise && !word_among(o->words, o->otherwise))
        fail_msg("%s: its default is none of its words", row->path);
    if (o->type == CONF_EITHER && (!o->otherwise || o->words[2]))
        fail_msg("%s needs two words and a default", row->path);
    if (!m)
        return;
    if (!conf_parse_quantity(o->low, m, &low) || !conf_parse_quantity(o->high, m, &high) ||
        !conf_parse_quantity(o->otherwise, m, &value) || value < low || value > high ||
        (o->field.size == sizeof(uint32_t) && high > UINT32_MAX))
        fail_msg("%s: bounds or default", row->path);
}

/* As it would be written in the file, with that value. */
static void
load_row(struct fixture *fx, const struct row *row, const char *value)
{
    bool list = row->option->type == CONF_LIST;

    (void)load(fx, arena_printf(fx->arena, "%s %s = %s\"%s\"%s %s\n", row->open, row->option->name,
                                list ? "{" : "", value, list ? "}" : "", row->close));
    if (has_problem(fx, "no such option") || has_problem(fx, "nothing behind it was read"))
        fail_msg("%s cannot be written: %s", row->path, fx->problems->text);
}

static bool
is_told(struct fixture *fx, const struct row *row)
{
    return has_problem(fx, arena_printf(fx->arena, "landport.conf:1: %s ", row->path));
}

/* What it says of itself is taken, and what is none of it is told by its name. */
static void
is_read(struct fixture *fx, const struct row *row)
{
    const struct conf_option *o = row->option;
    const struct conf_measure *m = conf_measure(o->type);

    if (o->options)
        return;
    if (m) {
        uint64_t high = 0;

        load_row(fx, row, o->low);
        assert_false(is_told(fx, row));
        load_row(fx, row, o->high);
        assert_false(is_told(fx, row));
        assert_true(conf_parse_quantity(o->high, m, &high));
        load_row(fx, row,
                 arena_printf(fx->arena, "%llu%s", (unsigned long long)high + 1, m->units[0].name));
        assert_true(is_told(fx, row));
    }
    load_row(fx, row, "no such thing/..");
    if (o->type != CONF_TEXT && o->type != CONF_PATH && !is_told(fx, row))
        fail_msg("%s takes anything", row->path);
}

static void
is_in_the_example(struct fixture *fx, const struct row *row)
{
    const struct conf_option *o = row->option;
    const char *line = arena_printf(fx->arena, " %s = ", o->name);

    if (o->options)
        line = arena_printf(fx->arena, "%s %s", o->name, o->type == CONF_TITLED ? "\"" : "{");
    if (!row->again && !strstr(conf_example(fx->arena), line))
        fail_msg("%s is not in the example", row->path);
}

static void
is_in_the_manual(struct fixture *fx, const struct row *row)
{
    struct buf heading = {0}, line = {0};
    const char *text, *end;

    if (row->option->options)
        return;
    roff_line(&heading, "SS", row->heading);
    roff_line(&line, "B", row->option->name);
    text = strstr(conf_manual(fx->arena, "1"), buf_text(&heading, fx->arena));
    if (!text || !(end = strstr(text + 1, "\n.S")))
        fail_msg("%s: its section is not in the manual", row->path);
    text = arena_strn(fx->arena, text, (size_t)(end - text));
    if (!strstr(text, buf_text(&line, fx->arena)) && !strstr(text, "Its options are those of"))
        fail_msg("%s is not in the manual", row->path);
}

static void
every_row_is_an_option(void **state)
{
    struct fixture *fx = *state;

    for_each_row(fx, is_sound);
    for_each_row(fx, is_read);
    for_each_row(fx, is_in_the_example);
    for_each_row(fx, is_in_the_manual);
}

/* The sections that the example has as comments, taken out of them. */
static void
what_is_a_comment_loads_too(void **state)
{
    static const char *const sections[] = {"    # message-sign {", "    # envelope {"};
    struct fixture *fx = *state;
    char *text = arena_str(fx->arena, conf_example(fx->arena));
    const struct conf_agency *g;

    for (size_t i = 0; i < 2; i++) {
        char *line = strstr(text, sections[i]);

        for (bool last = false; !last; line = strchr(line, '\n') + 1) {
            last = strncmp(line, "    # }", 7) == 0;
            if (line[4] == '#')
                line[4] = ' ';
        }
    }
    if (load(fx, text) != RC_OK)
        fail_msg("%s", fx->e.text);
    assert_non_null(g = conf_agency(fx->conf, "customs"));
    assert_string_equal(g->message_sign.messages[0], "CEB603");
    assert_null(g->message_sign.messages[1]);
    assert_int_equal(g->message_sign.key.method, SIGNER_RSA_SHA1);
    assert_null(g->message_sign.key.command);
    assert_int_equal(g->message_sign.key.deadline_s, 10);
    assert_string_equal(g->message_sign.form.digest, "sha1");
    assert_string_equal(g->envelope.format, "dxpmsg");
    assert_string_equal(g->envelope.receivers[0], "DXPEDCCEB0000003");
}

static void
what_is_not_given_has_its_default(void **state)
{
    struct fixture *fx = *state;

    if (load(fx, BASE PARTNER("")) != RC_OK)
        fail_msg("%s", fx->e.text);
    assert_string_equal(fx->conf->zone.timezone, "Asia/Shanghai");
    assert_int_equal(fx->conf->schedule.deadline_s, 3600);
    assert_int_equal(fx->conf->schedule.quiet_s, 600);
    assert_string_equal(fx->conf->reconcile.tolerance, "0.01");
    assert_int_equal(fx->conf->reconcile.slack_days, 0);
    assert_int_equal(fx->conf->partners[0].deadline_minutes, -1);
    assert_int_equal(fx->conf->partners[0].box.settle_s, 30);
    assert_false(fx->conf->partners[0].box.marker);
    assert_false(fx->conf->partners[0].soft_reject);
    assert_true(fx->conf->partners[0].limits.size == UINT64_C(2) << 30);
    assert_int_equal(fx->conf->partners[0].limits.rows, 10000000);
    assert_int_equal(fx->conf->partners[0].limits.files, 10000);
    assert_int_equal(fx->conf->partners[0].aliases.count, 0);
    assert_null(fx->conf->site);
}

static void
what_a_partner_may_be_given(void **state)
{
    struct fixture *fx = *state;
    const struct conf_partner *p;

    if (load(fx, BASE PARTNER("reject-limit = \"20 rows\" reject-limit-from = \"7 rows\" "
                              "soft_reject = true totals = \"required\"\n"
                              "limits { size = 200MiB rows = 5 files = 1 }\n"
                              "alias \"a b\" { to = \"orderNo\" }\n"
                              "alias \"流水号\" { to = \"payNo\" }")) != RC_OK)
        fail_msg("%s", fx->e.text);
    p = &fx->conf->partners[0];
    assert_true(p->reject_rows == 20 && p->reject_from == 7 && p->reject_limit >= 1);
    assert_true(p->soft_reject);
    assert_true(p->totals_required);
    assert_true(p->limits.size == UINT64_C(200) << 20);
    assert_int_equal(p->limits.rows, 5);
    assert_int_equal(p->limits.files, 1);
    assert_int_equal(p->aliases.count, 2);
    assert_string_equal(p->aliases.all[1].from, "流水号");
    assert_string_equal(p->alias_places[1], arena_printf(fx->arena, "%s:9", fx->conf->file));
    assert_int_equal(load(fx, BASE PARTNER("soft-reject = yes")), RC_OK);
    assert_true(fx->conf->partners[0].soft_reject);
}

/* What nobody knows is passed over, whatever its form, and what stands behind it is read. */
static void
unknown_options_hide_no_others(void **state)
{
    static const char *const forms[] = {
        "color = red",      "color = \"red\"",     "color = {\"a\", \"b\"}",
        "color += {\"a\"}", "color { a = \"1\" }", "color \"x y\" { a { b = {} } c = \"}\" }",
    };
    struct fixture *fx = *state;

    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        const char *text = arena_printf(
            fx->arena, BASE "%s\nspool { keep = \"-1\" }\nreconcile {\n %s\n slack = \"x\" }\n",
            forms[i], forms[i]);

        assert_int_equal(load(fx, text), RC_FAIL);
        assert_true(has_problem(fx, "landport.conf:4: no such option 'color'"));
        assert_true(has_problem(fx, "landport.conf:5: spool/keep"));
        assert_true(has_problem(fx, "landport.conf:7: no such option 'reconcile/color'"));
        assert_true(has_problem(fx, "landport.conf:8: reconcile/slack"));
    }
    assert_int_equal(load(fx, BASE "reconcile { slack { x = \"1\" } }\n"), RC_FAIL);
}

/* Each of these alone must be refused, with these words. */
static const struct {
    const char *text, *say;
} wrong_cases[] = {
    {"",                                                                                           "zone is missing"                            },
    {BASE "nonsense = 1\n",                                                                        "landport.conf:4: no such option"            },
    {BASE "zone { code = \"X\" }\n",                                                               "zone is given twice"                        },
    {BASE PARTNER("") PARTNER(""),                                                                 "partner P1 is given twice"                  },
    {BASE PARTNER("name = \"again\""),                                                             "partner P1/name is given twice"             },
    {BASE "schedule {\n pickup = \"5m\"\n",                                                        "landport.conf:4: the file ends before"      },
    {BASE "schedule { pickup = \"5m\" } }\n",                                                      "landport.conf:4: "                          },
    {BASE "schedule {\n\n pickup = \"05m\" }\n",                                                   "landport.conf:6: schedule/pickup is \"05m\""},
    {BASE "schedule { pickup = 5 }\n",                                                             "write 30s, 5m, 2h or 7d"                    },
    {BASE "schedule { pickup = \"\" }\n",                                                          "schedule/pickup is \"\""                    },
    {BASE "schedule { pickup = \"2d\" }\n",                                                        "between 1s and 1d"                          },
    {BASE "schedule { pickup = \"99999999999d\" }\n",                                              "between 1s and 1d"                          },
    {BASE "schedule { declare = \"24:00\" }\n",                                                    "a time of day"                              },
    {BASE "schedule { declare = \"6:00\" }\n",                                                     "a time of day"                              },
    {BASE "reconcile { tolerance = \"1,5\" }\n",                                                   "reconcile/tolerance"                        },
    {BASE "reconcile { tolerance = \"-1\" }\n",                                                    "reconcile/tolerance"                        },
    {BASE "reconcile { slack = \"90d\" }\n",                                                       "between 0 and 60d"                          },
    {BASE "reconcile { import-tax = \"x\" }\n",                                                    "write told or required"                     },
    {BASE "reconcile { import-tax = \"\" }\n",                                                     "reconcile/import-tax is \"\"; write told"   },
    {BASE "reconcile { ship-ahead = \"400d\" }\n",                                                 "between 0 and 365d"                         },
    {BASE "reconcile { slack = \"2h\" }\n",                                                        "write 3d"                                   },
    {BASE "formats { site = \"nowhere\" }\n",                                                      "is no folder"                               },
    {BASE "formats { share = \"site\" }\n",                                                        "holds no folder formats"                    },
    {BASE "include(\"gone.conf\")\n",                                                              "cannot read"                                },
    {BASE PARTNER("charset = \"latin1\""),                                                         "partner P1/charset"                         },
    {BASE PARTNER("reject-limit = \"5\""),                                                         "partner P1/reject-limit"                    },
    {BASE PARTNER("reject-limit = \"101%\""),                                                      "partner P1/reject-limit"                    },
    {BASE PARTNER("reject-limit = \"x rows\""),                                                    "write 5% or 20 rows"                        },
    {BASE PARTNER("reject-limit = \"2000000000 rows\""),                                           "between 0 and 1000000000 rows"              },
    {BASE PARTNER("totals = \"always\""),                                                          "write optional or required"                 },
    {BASE PARTNER("soft-reject = \"maybe\""),                                                      "partner P1/soft-reject is \"maybe\""        },
    {BASE PARTNER("soft_reject = \"maybe\""),                                                      "partner P1/soft_reject is \"maybe\""        },
    {BASE PARTNER("soft-reject = true soft_reject = true"),                                        "is soft-reject once more"                   },
    {BASE PARTNER("limits { size = 100 }"),                                                        "partner P1/limits/size is \"100\""          },
    {BASE PARTNER("limits { size = 1B }"),                                                         "between 1KiB and 1TiB"                      },
    {BASE PARTNER("limits { rows = 0 }"),                                                          "between 1 and 1000000000"                   },
    {BASE PARTNER("limits {\n files = 1000001 }"),                                                 "landport.conf:7: partner P1/limits/files"   },
    {BASE PARTNER("alias \"x\" { }"),                                                              "partner P1/alias x/to is missing"           },
    {BASE PARTNER("alias \"x\" { to = \"\" }"),                                                    "partner P1/alias x/to is empty"             },
    {BASE PARTNER("alias \"\" { to = \"a\" }"),                                                    "the partner's own word"                     },
    {BASE PARTNER("alias x { to = a }\nalias x { to = b }"),                                       "partner P1/alias x is given twice"          },
    {BASE PARTNER("alias x { to = a }\n\nalias \" Ｘ\" { to = b }"),
     "landport.conf:8: partner P1/alias  Ｘ is the same word as alias x"                                                                       },
    {BASE PARTNER("deadline = \"25:00\""),                                                         "partner P1/deadline"                        },
    {BASE PARTNER("codes = {\"short\"}"),                                                          "10 or 18"                                   },
    {BASE PARTNER("pattern \"payment\" { glob = \"*\" }"),                                         "names no feed"                              },
    {BASE PARTNER("pattern \"order\" { }"),                                                        "pattern order/glob is missing"              },
    {BASE PARTNER("pattern \"order\" { glob = \"a/b\" }"),                                         "holds a /"                                  },
    {BASE "partner \"a/../b\" { }\n",                                                              "needs a name"                               },
    {BASE "partner \"\" { }\n",                                                                    "needs a name"                               },
    {BASE "partner \"P\" { roles = {\"king\"} }\n",                                                "has \"king\"; known are"                    },
    {BASE "partner \"P\" { feeds = {\"tax\"} }\n",                                                 "there is no formats/feed/tax.xsd"           },
    {BASE "partner \"P\" { name = \"n\" }\n",                                                      "partner P/dropbox is missing"               },
    {BASE "agency \"c\" {\n messages = {\"M1\", \"M2\", \"M1\"} }\n",
     "landport.conf:5: agency c/messages has \"M1\" 2 times"                                                                                    },
    {BASE "agency \"c\" { messages = {\"M1\"} message-sign {\n messages = {\"M1\", \"M1\"} } }\n",
     "landport.conf:5: agency c/message-sign/messages has \"M1\" 2 times"                                                                       },
    {BASE "agency \"c\" { messages = {\"M1\"}\n without = {\"M2\", \"M1\"} }\n",
     "landport.conf:5: agency c/without has \"M1\", and so has messages"                                                                        },
    {BASE "agency \"c\" { envelope { receivers = {\"R\", \"R\", \"R\"} } }\n",
     "agency c/envelope/receivers has \"R\" 3 times"                                                                                            },
    {BASE "partner \"P\" {\n feeds = {\"order\", \"payment\", \"order\"} }\n",
     "landport.conf:5: partner P/feeds has \"order\" 2 times"                                                                                   },
    {BASE "partner \"P\" { codes = {\"350898L001\", \"350898L001\"} }\n",
     "partner P/codes has \"350898L001\" 2 times"                                                                                               },
    {BASE "partner \"P\" { roles = {\"seller\", \"seller\"} }\n",
     "partner P/roles has \"seller\" 2 times"                                                                                                   },
    {BASE "agency \"c\" { per-message = 1000001 }\n",                                              "between 1 and 1000000"                      },
    {BASE "agency \"c\" { per-message = 010 }\n",                                                  "without leading zeros"                      },
    {BASE "agency \"c\" { container = \"rar\" }\n",                                                "write zip, tar.zst, files or folder"        },
    {BASE "agency \"c\" { }\n",                                                                    "agency c/sign is missing"                   },
    {BASE PARTNER("") "agency \"P1\" { }\n",                                                       "has the name of a partner"                  },
    {BASE PARTNER("") "partner \"P2\" { " BOX "}\n",                                               "same url and in"                            },
    {BASE "database { job-role = \"night\" }\n",                                                   "which belong to conninfo"                   },
    {BASE "database { owner = \"user=x password=y\" }\n",                                          "database/owner holds a password"            },
    {BASE "database { conninfo = \"${LANDPORT_TEST_UNSET}\" }\n",
     "landport.conf:4: environment variable LANDPORT_TEST_UNSET"                                                                                },
};

static void
each_mistake_is_told(void **state)
{
    struct fixture *fx = *state;

    for (size_t i = 0; i < sizeof(wrong_cases) / sizeof(wrong_cases[0]); i++) {
        assert_int_equal(load(fx, wrong_cases[i].text), RC_FAIL);
        assert_null(fx->conf);
        assert_int_equal(fx->e.code, ERR_CONFIG);
        if (!has_problem(fx, wrong_cases[i].say))
            fail_msg("case %zu: wanted \"%s\", first problem is \"%s\"", i, wrong_cases[i].say,
                     fx->problems->text);
    }
}

static void
a_program_may_get_the_same_word_twice(void **state)
{
    struct fixture *fx = *state;

    assert_int_equal(
        load(fx, BASE "agency \"c\" { sign { command = {\"/bin/true\", \"-v\", \"-v\"} } }\n"),
        RC_FAIL); /* for what the agency lacks */
    assert_true(has_problem(fx, "agency c/sign/command does not go with method cms"));
    assert_false(has_problem(fx, "times; keep one"));
}

static void
all_mistakes_are_told_at_once(void **state)
{
    struct fixture *fx = *state;

    assert_int_equal(load(fx, "zone { code = \"L Y\" customs = \"37\" timezone = \"Mars/Base\" }\n"
                              "database { }\n"
                              "spool { root = \"\" keep = \"1\" }\n"),
                     RC_FAIL);
    assert_true(has_problem(fx, "zone/code"));
    assert_true(has_problem(fx, "zone/name"));
    assert_true(has_problem(fx, "zone/customs"));
    assert_true(has_problem(fx, "zone/timezone"));
    assert_true(has_problem(fx, "landport.conf:2: database"));
    assert_true(has_problem(fx, "landport.conf:3: spool/root is empty"));
    assert_true(has_problem(fx, "spool/keep"));
    assert_int_equal(count_problems(fx), 7);
    assert_non_null(strstr(fx->e.text, "(and 6 more)"));
}

static void
addresses_are_taken_apart(void **state)
{
    static const struct {
        const char *url;
        bool good;
    } urls[] = {
        {"sftp://u@h:22",              true },
        {"sftp://u.x-1@10.0.0.1:2222", true },
        {"sftp://u@[::1]:22",          true },
        {"sftp://u@h",                 false},
        {"sftp://h:22",                false},
        {"sftp://u:pw@h:22",           false},
        {"sftp://u@h:0",               false},
        {"sftp://u@h:65536",           false},
        {"sftp://u@h:022",             false},
        {"sftp://u@h:22/in",           false},
        {"sftp://u@:22",               false},
        {"ssh://u@h:22",               false},
        {"",                           false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
        if (is_sftp_url(urls[i].url) != urls[i].good)
            fail_msg("%s", urls[i].url);
}

static void
includes_keep_their_lines(void **state)
{
    struct fixture *fx = *state;
    static const char good[] = PARTNER("");
    static const char bad[] = "partner \"P2\" {\n name = \"p\"\n feeds = {\"order\"}\n"
                              " roles = {\"king\"}\n}\n";

    put_file(fx, "conf.d/a.conf", good, sizeof(good) - 1);
    assert_int_equal(load(fx, BASE "include(\"conf.d/*.conf\")\n"), RC_OK);
    assert_int_equal(fx->conf->partner_count, 1);
    put_file(fx, "conf.d/b.conf", bad, sizeof(bad) - 1);
    assert_int_equal(load(fx, "include(\"conf.d/*.conf\")\n\n\n" BASE "spool2 { }\n"), RC_FAIL);
    assert_true(has_problem(fx, "landport.conf:7: no such option"));
    assert_int_equal(load(fx, "include(\"conf.d/*.conf\")\n\n\n" BASE), RC_FAIL);
    assert_true(has_problem(fx, "conf.d/b.conf:4: partner P2/roles"));
    assert_int_equal(load(fx, BASE "include(\"landport.conf\")\n"), RC_FAIL);
    assert_true(has_problem(fx, "nested too deeply"));
    put_file(fx, "conf.d/b.conf", bad, sizeof(bad) - 4); /* cut */
    assert_int_equal(load(fx, BASE "include(\"conf.d/b.conf\")\n"), RC_FAIL);
    assert_true(has_problem(fx, "conf.d/b.conf:1: the file ends before"));
}

static void
bytes_that_are_no_text_are_refused(void **state)
{
    struct fixture *fx = *state;
    static const char nul[] = BASE "# a\0b\n", gbk[] = BASE "# \xc1\xfa\xd1\xd2\n",
                      bom[] = "\xef\xbb\xbf" BASE;

    assert_int_equal(load_bytes(fx, nul, sizeof(nul) - 1), RC_FAIL);
    assert_true(has_problem(fx, "landport.conf:4: byte"));
    assert_int_equal(load_bytes(fx, gbk, sizeof(gbk) - 1), RC_FAIL);
    assert_true(has_problem(fx, "save it as UTF-8"));
    assert_int_equal(load_bytes(fx, bom, sizeof(bom) - 1), RC_OK);
}

static void
a_folder_or_nothing_is_no_configuration(void **state)
{
    struct fixture *fx = *state;

    assert_int_equal(conf_load(&fx->conf, fx->arena, fx->dir, &fx->problems, &fx->e), RC_FAIL);
    assert_non_null(strstr(fx->e.text, "it is a folder"));
    assert_int_equal(conf_load(&fx->conf, fx->arena, "/nonexistent/x", NULL, &fx->e), RC_FAIL);
    assert_non_null(strstr(fx->e.text, "/nonexistent/x: cannot read"));
}

/* Braces, quotes and # in comments and strings are text; a file cut inside a section is refused. */
static void
form_is_told_from_text(void **state)
{
    struct fixture *fx = *state;
    const char *text = conf_example(fx->arena);
    size_t first = (size_t)(strstr(text, "agency \"customs\" {") - text) + 20;

    assert_int_equal(load(fx, BASE "# { \"\n// }}\n/* { ' \n */\n" PARTNER("") "# end {"), RC_OK);
    assert_int_equal(load(fx, "zone { code = \"LY\" name = \"{#\\\"//\" customs = '3706' }\n"
                              "database { embedded = var/pg }\nspool { root = 'a}b' }\n"),
                     RC_OK);
    assert_string_equal(fx->conf->zone.name, "{#\"//");
    for (size_t n = first; n < strlen(text) - 2; n += 7)
        assert_int_equal(load_bytes(fx, text, n), RC_FAIL);
}

static void
a_site_file_wins(void **state)
{
    struct fixture *fx = *state;

    put_file(fx, "site/own.xsd", "x", 1);
    assert_int_equal(load(fx, BASE "formats { site = \"site\" }\n"), RC_OK);
    assert_string_equal(conf_share(fx->conf, fx->arena, "own.xsd"),
                        arena_printf(fx->arena, "%s/site/own.xsd", fx->conf->dir));
    assert_string_equal(conf_share(fx->conf, fx->arena, "formats/feed/order.xsd"),
                        arena_printf(fx->arena, "%s/share/formats/feed/order.xsd", fx->conf->dir));
}

#define IN_FOLDER(id, folder)                                                                      \
    "agency \"" id "\" { name = \"a\" formats = \"" folder "\" messages = {\"M1\"}\n"              \
    "sign { key = \"k\" cert = \"c\" }\n" BOX "}\n"

/* What is found by kind would be found at another institution. */
static void
a_kind_belongs_to_one_folder(void **state)
{
    struct fixture *fx = *state;

    load(fx, BASE IN_FOLDER("one", "credit") IN_FOLDER("two", "tax"));
    assert_true(has_problem(fx, "has \"M1\", and so has agency one"));
    load(fx, BASE IN_FOLDER("one", "credit") IN_FOLDER("two", "credit"));
    assert_false(has_problem(fx, "and so has agency one"));
}

#define AGENCY(id, kind, cutoff)                                                                   \
    "agency \"" id "\" {\n name = \"a\" messages = {\"" kind "\"} cutoff = \"" cutoff "\"\n"       \
    "sign { key = \"k\" cert = \"c\" }\n" BOX "}\n"

static void
the_order_of_agencies_means_nothing(void **state)
{
    static const char *const orders[] = {
        BASE AGENCY("g1", "CEB303", "06:00") AGENCY("g2", "CEB403", "18:00"),
        BASE AGENCY("g2", "CEB403", "18:00") AGENCY("g1", "CEB303", "06:00")};
    static const struct {
        const char *kinds, *utc, *date, *ends; /* the zone is eight hours ahead */
    } cases[] = {
        {NULL,            "2026-03-02T01:00:00Z", "20260302", "2026-03-02T10:00:00Z"},
        {"CEB303",        "2026-03-02T01:00:00Z", "20260303", "2026-03-02T22:00:00Z"},
        {"CEB3,CEB403",   "2026-03-02T01:00:00Z", "20260302", "2026-03-02T10:00:00Z"},
        {"CEB303,CEB403", "2026-03-02T01:00:00Z", "20260302", "2026-03-02T10:00:00Z"},
        {"CEB303,CEB403", "2026-03-02T11:00:00Z", "20260303", "2026-03-02T22:00:00Z"},
        {"CEB999",        "2026-03-02T01:00:00Z", "20260302", "2026-03-02T10:00:00Z"},
    };
    struct fixture *fx = *state;

    for (size_t o = 0; o < 2; o++) {
        assert_int_equal(load(fx, orders[o]), RC_OK);
        assert_int_equal(conf_cutoff(fx->conf), 6 * 60);
        assert_string_equal(conf_cutoffs(fx->conf, fx->arena), "06:00, 18:00");
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            struct conf_day day;
            char ends[21];
            struct tm tm = {0};

            strptime(cases[i].utc, "%Y-%m-%dT%H:%M:%SZ", &tm);
            conf_day(fx->conf, cases[i].kinds, timegm(&tm), &day);
            assert_string_equal(day.date, cases[i].date);
            assert_string_equal(clock_iso(day.ends, ends), cases[i].ends);
        }
    }
}

#define OWN(more)                                                                                  \
    BASE "agency \"credit\" {\n name = \"a\" cutoff = \"06:00\"\n" more                            \
         "sign { key = \"k\" cert = \"c\" }\n" BOX "}\n"

static void
what_an_agency_prescribes_stands_in_its_folder(void **state)
{
    static const char own[] =
        "messages = {\"SCORE\"}\ncontainer = \"folder\"\nper-message = 50\n"
        "package = \"P{date}{nth:2}\"\nlock = \"Token.lock\"\n"
        "fact \"sender_no\" { zh = \"z\" en = \"e\" form = \"[0-9]{4}\" }\n"
        "fact \"since\" { zh = \"z\" en = \"e\" type = \"date\" required = false }\n"
        "companion \"CTL\" { name = \"{package}.ctl\" }\n";
    struct fixture *fx = *state;
    const struct conf_agency *g;

    assert_int_equal(mkdir(arena_printf(fx->arena, "%s/share/formats/credit", fx->dir), 0700), 0);
    put_file(fx, "share/formats/credit/agency.conf", own, sizeof own - 1);
    assert_int_equal(load(fx, OWN("settings { sender_no = \"0012\" }\n")), RC_OK);
    g = &fx->conf->agencies[0];
    assert_string_equal(g->formats, "credit");
    assert_string_equal(g->messages[0], "SCORE");
    assert_string_equal(g->container, "folder");
    assert_string_equal(g->package, "P{date}{nth:2}");
    assert_string_equal(g->file, "{kind}_{guid}.{suffix}");
    assert_string_equal(g->lock, "Token.lock");
    assert_int_equal(g->per_message, 50);
    assert_string_equal(g->companions[0].kind, "CTL");
    assert_string_equal(g->companions[0].each, "package");
    assert_null(g->companions[1].kind);
    /* its section may say otherwise */
    assert_int_equal(load(fx, OWN("settings { sender_no = 0012 more = x }\nper-message = 7\n"
                                  "messages = {\"OTHER\"} container = \"zip\"\n")),
                     RC_OK);
    g = &fx->conf->agencies[0];
    assert_int_equal(g->per_message, 7);
    assert_string_equal(g->messages[0], "OTHER");
    assert_string_equal(g->container, "zip");
    assert_string_equal(g->file, "messages/{kind}_{guid}.{suffix}");
    assert_string_equal(g->settings[0].name, "more");
    assert_string_equal(g->settings[1].value, "0012");
}

static void
what_an_agency_asks_for_must_be_given(void **state)
{
    static const struct {
        const char *own, *section, *say;
    } cases[] = {
        {"fact \"no\" { zh = \"编号\" en = \"its number\" }\n",                            "",
         "settings/no is missing: 编号, its number"                                                                                                                               },
        {"fact \"no\" { zh = \"z\" en = \"e\" }\n",                                          "settings { no = \"\" }\n",
         "settings/no is missing"                                                                                                                                                   },
        {"fact \"no\" { zh = \"z\" en = \"e\" form = \"[0-9]+\" }\n",                        "settings { no = \"1a\" }\n",
         "is of the form [0-9]+"                                                                                                                                                    },
        {"fact \"no\" { zh = \"z\" en = \"e\" type = \"number\" }\n",                        "settings { no = \"1.\" }\n",
         "is a number"                                                                                                                                                              },
        {"fact \"no\" { zh = \"z\" en = \"e\" type = \"date\" }\n",                          "settings { no = \"2026\" }\n",
         "is a date"                                                                                                                                                                },
        {"fact \"no\" { zh = \"z\" form = \"[\" }\n",                                        "",
         "formats/credit/agency.conf:2: fact no/en is missing"                                                                                                                      },
        {"fact \"no\" { zh = \"z\" en = \"e\" form = \"[\" }\n",                             "",                             "no regular expression"                                },
        {"fact \"bundle_id\" { zh = \"z\" en = \"e\" }\n",                                   "",                             "that landport makes itself"                           },
        {"",                                                                                 "settings { kind = x }\n",      "that landport makes itself"                           },
        {"",                                                                                 "settings { Kind = x }\n",      "is no name for a setting"                             },
        {"",                                                                                 "settings { a = x\n a = y }\n", "is given twice"                                       },
        {"package = \"P{date}\"\n",                                                          "",                             "gives two bundles one name"                           },
        {"file = \"{kind}.{suffix}\"\n",                                                     "",                             "gives two messages one name"                          },
        {"container = \"files\"\nfile = \"a/{guid}\"\n",                                     "",                             "pattern with a /"                                     },
        {"container = \"folder\"\nfile = \"{kind}{date}{number}\"\n",                        "",
         "files of two bundles one name"                                                                                                                                            },
        {"container = \"files\"\ncompanion \"C\" { name = \"c\" }\n",                        "",
         "companions of two bundles one name"                                                                                                                                       },
        {"container = \"files\"\ncompanion \"C\" { name = \"c{place}\" each = \"file\" }\n", "",
         "or {file} or {guid}"                                                                                                                                                      },
        {"container = \"files\"\nmanifest = \"sent\"\n",                                     "",                             "manifests of two bundles one name"                    },
        {"file = \"{guid\"\n",                                                               "",                             "braces that hold no name"                             },
        {"companion \"C\" { name = \"c\" each = \"file\" }\n",                               "",                             "gives two companions one name"                        },
        {"companion \"C\" { name = \"manifest.xml\" }\n",                                    "",                             "gives a file the manifest's name"                     },
        {"file = \"manifest.xml{guid}\"\n",                                                  "",                             "gives a file the manifest's name"                     },
        {"colour = \"red\"\n",                                                               "",                             "formats/credit/agency.conf:2: no such option 'colour'"},
    };
    struct fixture *fx = *state;

    assert_int_equal(mkdir(arena_printf(fx->arena, "%s/share/formats/credit", fx->dir), 0700), 0);
    assert_int_equal(load(fx, OWN("")), RC_FAIL);
    assert_true(has_problem(fx, "agency credit/messages is missing or empty"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *own = arena_printf(fx->arena, "messages = {\"SCORE\"}\n%s", cases[i].own);
        const char *text =
            arena_printf(fx->arena,
                         BASE "agency \"credit\" {\n name = \"a\" cutoff = "
                              "\"06:00\"\n%s sign { key = \"k\" cert = \"c\" }\n" BOX "}\n",
                         cases[i].section);

        put_file(fx, "share/formats/credit/agency.conf", own, strlen(own));
        if (load(fx, text) == RC_OK || !has_problem(fx, cases[i].say))
            fail_msg("case %zu: wanted \"%s\", first problem is \"%s\"", i, cases[i].say,
                     fx->problems ? fx->problems->text : "none");
    }
}

/* Two agencies of one folder: in whose names do they differ? */
static void
agencies_of_one_folder_have_names_of_their_own(void **state)
{
    static const struct {
        const char *own, *number, *say; /* say NULL: nothing is wrong */
    } cases[] = {
        {"package = \"P{date}{nth}\"\n",                                  "1", "gives its bundles the names of those of agency one"},
        {"package = \"P{no}{date}{nth}\"\n",                              "1", "gives its bundles the names"                       },
        {"package = \"P{no}{date}{nth}\"\n",                              "2", NULL                                                },
        {"package = \"{agency}{sequence}\"\n",                            "1", NULL                                                },
        {"container = \"files\"\nfile = \"{kind}{number}_{sequence}\"\n", "1", "into one folder"                                   },
        {"container = \"files\"\nfile = \"{kind}{number}_{package}\"\n",  "1", NULL                                                },
        {"container = \"files\"\n",                                       "1", NULL                                                },
    };
    struct fixture *fx = *state;

    assert_int_equal(mkdir(arena_printf(fx->arena, "%s/share/formats/credit", fx->dir), 0700), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *own = arena_printf(fx->arena, "messages = {\"SCORE\"}\n%s", cases[i].own);
        const char *text = arena_printf(
            fx->arena,
            BASE "agency \"one\" { name = \"a\" formats = \"credit\" settings { no = 1 }\n"
                 "sign { key = \"k\" cert = \"c\" }\n" BOX "}\n"
                 "agency \"two\" { name = \"b\" formats = \"credit\" settings { no = %s }\n"
                 "sign { key = \"k\" cert = \"c\" }\n" BOX "}\n",
            cases[i].number);
        bool good;

        put_file(fx, "share/formats/credit/agency.conf", own, strlen(own));
        good = load(fx, text) == RC_OK;
        if (cases[i].say ? !has_problem(fx, cases[i].say) : !good)
            fail_msg("case %zu: wanted \"%s\", first problem is \"%s\"", i,
                     cases[i].say ? cases[i].say : "", fx->problems ? fx->problems->text : "none");
    }
}

static void
partners_are_told_their_own_address(void **state)
{
    struct fixture *fx = *state;

    assert_int_equal(load(fx, BASE PARTNER("")), RC_OK);
    assert_null(fx->conf->partners[0].guide.url);
    assert_string_equal(fx->conf->partners[0].guide.in, "in");
    assert_int_equal(
        load(fx, BASE "guide { url = \"sftp://{partner}@h:22\" out = \"o\" }\n" PARTNER("")),
        RC_OK);
    assert_string_equal(fx->conf->partners[0].guide.url, "sftp://P1@h:22");
    assert_string_equal(fx->conf->partners[0].guide.out, "o");
    assert_int_equal(load(fx, BASE PARTNER("guide { url = \"sftp://x@h\" in = \"/up\" }")), RC_OK);
    assert_string_equal(fx->conf->partners[0].guide.url, "sftp://x@h");
    assert_string_equal(fx->conf->partners[0].guide.in, "/up");
    assert_int_equal(load(fx, BASE PARTNER("guide { url = \"sftp://x:secret@h\" }")), RC_FAIL);
    assert_true(has_problem(fx, "without a password"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

static void
without_a_file(void **state)
{
    struct arena *a = arena_new("conf_test none");
    struct conf *c;

    (void)state;
    setenv("LANDPORT_SHARE", ".", 1);
    c = conf_none(a);
    unsetenv("LANDPORT_SHARE");
    assert_true(conf_exists("anything"));
    setenv("LANDPORT_CONF", "x.conf", 1);
    assert_true(conf_exists(NULL));
    unsetenv("LANDPORT_CONF");
    assert_int_equal(access(conf_share(c, a, "formats/feed/order.xsd"), R_OK), 0);
    assert_int_equal(conf_cutoff(c), 6 * 60);
    assert_null(conf_partner(c, "LYLOGI01"));
    assert_null(c->database.conninfo);
    assert_null(c->database.embedded);
    arena_free(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_file),
        TEST(the_example_loads),
        TEST(every_row_is_an_option),
        TEST(what_is_a_comment_loads_too),
        TEST(what_is_not_given_has_its_default),
        TEST(what_a_partner_may_be_given),
        TEST(each_mistake_is_told),
        TEST(a_program_may_get_the_same_word_twice),
        TEST(all_mistakes_are_told_at_once),
        TEST(addresses_are_taken_apart),
        TEST(includes_keep_their_lines),
        TEST(bytes_that_are_no_text_are_refused),
        TEST(a_folder_or_nothing_is_no_configuration),
        TEST(form_is_told_from_text),
        TEST(unknown_options_hide_no_others),
        TEST(a_site_file_wins),
        TEST(a_kind_belongs_to_one_folder),
        TEST(the_order_of_agencies_means_nothing),
        TEST(what_an_agency_prescribes_stands_in_its_folder),
        TEST(what_an_agency_asks_for_must_be_given),
        TEST(agencies_of_one_folder_have_names_of_their_own),
        TEST(partners_are_told_their_own_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
