/* options.c - the table of all options: to add one, add its row, and its field in conf.h. */
#include "conf/options.h"

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"
#include "conf/conf_checks.h"
#include "formats/read/mapping.h"

/* clang-format off */

/* Where a field is. One of another type than its row says is none of the _Generic's, and doesn't compile. */
#define OF(s, f, t)     {offsetof(struct s, f) + 0 * sizeof(_Generic(&((struct s *)0)->f, t *: 0)), sizeof(t)}
#define NUMBER_OF(s, f) {offsetof(struct s, f), _Generic(&((struct s *)0)->f, uint32_t *: 4, uint64_t *: 8)}
#define ANY_OF(s, f)    {offsetof(struct s, f), sizeof(((struct s *)0)->f)}

#define TEXT(s, f)        .type = CONF_TEXT, .field = OF(s, f, const char *)
#define PATH(s, f)        .type = CONF_PATH, .field = OF(s, f, const char *)
#define LIST(s, f)        .type = CONF_LIST, .field = OF(s, f, const char **)
#define FLAG(s, f)        .type = CONF_FLAG, .field = OF(s, f, bool)
#define TIME(s, f)        .type = CONF_TIME, .field = OF(s, f, int)
#define DURATION(s, f)    .type = CONF_DURATION, .field = NUMBER_OF(s, f)
#define DAYS(s, f)        .type = CONF_DAYS, .field = NUMBER_OF(s, f)
#define SIZE(s, f)        .type = CONF_SIZE, .field = NUMBER_OF(s, f)
#define NUMBER(s, f)      .type = CONF_NUMBER, .field = NUMBER_OF(s, f)
#define ROWS(s, f)        .type = CONF_ROWS, .field = NUMBER_OF(s, f)
#define WORDS(...)        .words = (const char *const[]){__VA_ARGS__, NULL}
#define WORD(s, f, ...)   .type = CONF_WORD, .field = OF(s, f, const char *), WORDS(__VA_ARGS__)
#define EITHER(s, f, ...) .type = CONF_EITHER, .field = OF(s, f, bool), WORDS(__VA_ARGS__)
#define NEEDED            .flags = CONF_NEEDED
#define SHY               .flags = CONF_SHY
#define END               {.name = NULL}

/* A section whose fields are in a struct of its own, or in its owner's; any number of them. */
#define IN(s, f)                .type = CONF_SECTION, .field = ANY_OF(s, f)
#define IN_OWNER                .type = CONF_SECTION
#define EACH(s, f, item, title_of) \
    .type = CONF_TITLED, .field = ANY_OF(s, f), \
    .items.size = sizeof(struct item), .items.title = offsetof(struct item, title_of)
#define FREE(s, f)              .type = CONF_FREE, .field = OF(s, f, const struct conf_setting *)
#define COUNT(s, f)             .items.count = ANY_OF(s, f)

static const struct conf_option zone[] = {
    {"code", TEXT(conf, zone.code), NEEDED, .check = conf_check_name, .example = "LY",
     .text = "what bundles are named by"},
    {"name", TEXT(conf, zone.name), NEEDED, .example = "中国(龙岩)跨境电子商务综合试验区",
     .text = "what partners read"},
    {"customs", TEXT(conf, zone.customs), NEEDED, .check = conf_check_district, .example = "3706",
     .text = "the customs district, four digits"},
    {"timezone", TEXT(conf, zone.timezone), .otherwise = "Asia/Shanghai", .check = conf_check_timezone,
     .text = "whose days and times of day count"},
    {"test", FLAG(conf, zone.test), .otherwise = "false", .example = "true",
     .text = "bundles say test, and not production"},
    END};

static const struct conf_option database[] = {
    {"embedded", PATH(conf, database.embedded), .example = "var/pg",
     .text = "the folder of a private cluster that landport starts"},
    {"conninfo", TEXT(conf, database.conninfo), SHY, .check = conf_check_login, .example = "service=landport",
     .text = "in place of embedded: a server of your own, as who jobs log in; passwords in its passfile"},
    {"owner", TEXT(conf, database.owner), SHY, .check = conf_check_login, .example = "service=landport_owner",
     .text = "with conninfo: as who init logs in, whose the tables are; without: as conninfo says"},
    {"job-role", TEXT(conf, database.job_role), SHY, .check = conf_check_login, .example = "landport_job",
     .text = "with conninfo: what jobs are; without: the database's name and _job"},
    {"reader-role", TEXT(conf, database.reader_role), SHY, .check = conf_check_login,
     .example = "landport_reader",
     .text = "with conninfo: what status and trace are; without: the database's name and _reader"},
    END};

static const struct conf_option spool[] = {
    {"root", PATH(conf, spool.root), NEEDED, .example = "var/spool",
     .text = "the folder of all files that came or went"},
    {"keep", DURATION(conf, spool.keep_s), .otherwise = "30d", .low = "1d", .high = "3650d",
     .text = "after that only the archive has the bytes"},
    {"min-free", SIZE(conf, spool.min_free), .otherwise = "2GiB", .low = "0", .high = "1024TiB",
     .text = "with less, nothing more is picked up"},
    END};

static const struct conf_option personal[] = {
    {"key", PATH(conf, personal.key), .otherwise = "personal.key",
     .text = "made by init; what encrypts personal data. Without it they are lost: keep a copy"},
    END};

static const struct conf_option formats[] = {
    {"share", PATH(conf, share), .example = "/usr/share/landport",
     .text = "the folder that has formats and sql; without: the one beside the program"},
    {"site", PATH(conf, site), .example = "site",
     .text = "your own formats, sql/extract and sql/reconcile/rules; a file of the same name wins"},
    END};

static const struct conf_option schedule[] = {
    {"pickup", DURATION(conf, schedule.pickup_s), .otherwise = "5m", .low = "1s", .high = "1d",
     .text = "how often drop boxes are visited"},
    {"ingest", DURATION(conf, schedule.ingest_s), .otherwise = "5m", .low = "1s", .high = "1d",
     .text = "how often files are read"},
    {"reconcile", DURATION(conf, schedule.reconcile_s), .otherwise = "15m", .low = "1s", .high = "1d",
     .text = "how often orders, payments and waybills are held against each other"},
    {"declare", TIME(conf, schedule.declare_minutes), .otherwise = "06:00",
     .text = "when the day's messages are made"},
    {"publish", DURATION(conf, schedule.publish_s), .otherwise = "5m", .low = "1s", .high = "1d",
     .text = "how often bundles and answers are delivered"},
    {"archive", TIME(conf, schedule.archive_minutes), .otherwise = "03:30",
     .text = "when files go into the archive"},
    {"report", DURATION(conf, schedule.report_s), .otherwise = "5m", .low = "1s", .high = "1d",
     .text = "how often pages and figures are made"},
    {"deadline", DURATION(conf, schedule.deadline_s), .otherwise = "1h", .low = "1s", .high = "1d",
     .text = "a job that runs longer is killed and starts again next time; a statement of an agency's folder, a rule or a report may take a sixth"},
    {"quiet", DURATION(conf, schedule.quiet_s), .otherwise = "10m", .low = "1s", .high = "1h",
     .text = "a file whose parser does nothing for longer: again, then held"},
    END};

static const struct conf_option reconcile[] = {
    {"tolerance", TEXT(conf_reconcile, tolerance), .otherwise = "0.01", .check = conf_check_amount,
     .text = "amounts may differ by less than this"},
    {"slack", DAYS(conf_reconcile, slack_days), .otherwise = "0d", .low = "0", .high = "60d",
     .text = "an export may be this much earlier than its payment"},
    {"overdue", DAYS(conf_reconcile, overdue_days), .otherwise = "3d", .low = "1d", .high = "365d",
     .text = "an order that waits longer is reported"},
    {"ahead", DAYS(conf_reconcile, ahead_days), .otherwise = "1d", .low = "0", .high = "30d",
     .text = "orders and payments may be dated so far after now"},
    {"ship-ahead", DAYS(conf_reconcile, ship_days), .otherwise = "60d", .low = "0", .high = "365d",
     .text = "waybills may be dated so far after now"},
    {"import-tax", WORD(conf_reconcile, import_tax, "told", "required"), .otherwise = "told",
     .text = "required: an import waits until the rates of its tax are loaded"},
    END};

static const struct conf_option guide[] = {
    {"url", TEXT(conf_guide, url), .check = conf_check_guide_url,
     .example = "sftp://{partner}@sftp.example.cn:22",
     .text = "what they connect to; never the hub's own login"},
    {"in", TEXT(conf_guide, in), .example = "in",
     .text = "the folder they upload to, as they see it; without: the last name of the hub's"},
    {"out", TEXT(conf_guide, out), .example = "out", .text = "where they find answers"},
    {"done", TEXT(conf_guide, done), .example = "done", .text = "where what was picked up goes"},
    END};

static const struct conf_option dropbox[] = {
    {"url", TEXT(conf_dropbox, url), NEEDED, .check = conf_check_url,
     .example = "sftp://lylogi01@127.0.0.1:2222",
     .text = "as who the hub logs in, and where"},
    {"key", PATH(conf_dropbox, key), NEEDED, .example = "keys/hub",
     .text = "the hub's private key, ed25519 or ecdsa, mode 0600"},
    {"known-hosts", PATH(conf_dropbox, known_hosts), NEEDED, .example = "known_hosts",
     .text = "the file with the server's key, pinned"},
    {"in", TEXT(conf_dropbox, in), NEEDED, .otherwise = "/in", .check = conf_check_folder,
     .text = "the partner puts"},
    {"out", TEXT(conf_dropbox, out), NEEDED, .otherwise = "/out", .check = conf_check_folder,
     .text = "the partner gets"},
    {"done", TEXT(conf_dropbox, done), .otherwise = "/done", .check = conf_check_folder,
     .text = "where picked-up files go; \"\": they are deleted"},
    {"ready", EITHER(conf_dropbox, marker, "stable", "marker"), .otherwise = "stable",
     .text = "which files are whole: those that stay as they are, or those with NAME.ok beside them"},
    {"settle", DURATION(conf_dropbox, settle_s), .otherwise = "30s", .low = "0", .high = "1h",
     .text = "same size and time for so long"},
    {"watch", DURATION(conf_dropbox, watch_s), .otherwise = "1h", .low = "0", .high = "7d",
     .text = "a file picked up is looked at for so long: who writes on is noticed; 0: not"},
    {"idle", DURATION(conf_dropbox, idle_s), .otherwise = "30s", .low = "1s", .high = "10m",
     .text = "a server that is silent for so long is given up"},
    {"rate", SIZE(conf_dropbox, rate), .otherwise = "4KiB", .low = "0", .high = "1GiB",
     .text = "so is one that gives or takes fewer bytes a second over that time; 0: any"},
    {"visit", DURATION(conf_dropbox, visit_s), .otherwise = "30m", .low = "1s", .high = "1d",
     .text = "one visit takes no longer; what is left waits for the next"},
    END};

static const struct conf_option limits[] = {
    {"size", SIZE(conf_limits, size), .otherwise = "2GiB", .low = "1KiB", .high = "1TiB",
     .text = "of a file; looked at before it is downloaded"},
    {"rows", NUMBER(conf_limits, rows), .otherwise = "10000000", .low = "1", .high = "1000000000",
     .text = "of a file"},
    {"files", NUMBER(conf_limits, files), .otherwise = "10000", .low = "1", .high = "1000000",
     .text = "of one business date, those of an archive each"},
    {"bytes", SIZE(conf_limits, bytes), .otherwise = "64GiB", .low = "1KiB", .high = "1024TiB",
     .text = "of all files of one business date"},
    END};

static const struct conf_option pattern[] = {
    {"glob", TEXT(conf_pattern, glob), NEEDED, .check = conf_check_glob, .example = "YD*.csv",
     .text = "a pattern of file names"},
    END};

static const struct conf_option alias[] = {
    {"to", TEXT(header_alias, to), NEEDED, .example = "orderNo", .text = "an element's name, or a title"},
    END};

static const struct conf_option partner[] = {
    {"name", TEXT(conf_partner, name), NEEDED, .example = "龙岩速运有限公司", .text = "what people read"},
    {"roles", LIST(conf_partner, roles), NEEDED, .example = "logistics",
     WORDS("platform", "seller", "payment", "logistics", "warehouse", "agent"),
     .text = "what it is in a trade"},
    {"codes", LIST(conf_partner, codes), .check = conf_check_code, .example = "350898L001",
     .text = "customs or social credit codes it may speak for; without: any"},
    {"feeds", LIST(conf_partner, feeds), NEEDED, .check = conf_check_feed, .example = "logistics",
     .todo = "name what the partner uploads",
     .text = "what it uploads; landport format list has their names"},
    {"charset", WORD(conf_partner, charset, "auto", "utf-8", "gb18030", "gbk", "utf-16"), .otherwise = "auto",
     .text = "how its files are written"},
    {"deadline", TIME(conf_partner, deadline_minutes), .example = "02:00",
     .text = "late when nothing has come by then; without: never"},
    {"reject-limit", .type = CONF_TEXT, .otherwise = "5%",
     .text = "more bad rows, a share or a number such as \"20 rows\": nothing of the file is loaded"},
    {"reject-limit-from", ROWS(conf_partner, reject_from), .otherwise = "20 rows", .low = "1 rows",
     .high = "1000000 rows",
     .text = "with fewer rows a share (all but 0%) is no limit: each row is judged alone, "
             "as in a file of rows that were given back"},
    {"totals", EITHER(conf_partner, totals_required, "optional", "required"), .otherwise = "optional",
     .text = "required: a file without NAME.sum or trailer row is held"},
    {"soft-reject", FLAG(conf_partner, soft_reject), .also = "soft_reject", .otherwise = "false",
     .text = "while a partner is new: what would be refused, in whole or in part, waits for landport "
             "batch release"},
    {"limits", IN(conf_partner, limits), .options = limits,
     .text = "a file beyond them waits for landport batch release"},
    {"pattern", EACH(conf_partner, patterns, conf_pattern, feed), .options = pattern,
     .fit = conf_fit_pattern, .example = "logistics",
     .text = "names of a feed's files that don't start with the feed's name"},
    {"mapping", LIST(conf_partner, mappings), .check = conf_check_each_name, .example = "wechat",
     .text = "how its own exports become a feed: files of formats/mapping"},
    {"alias", EACH(conf_partner, aliases.all, header_alias, from), COUNT(conf_partner, aliases.count),
     .options = alias, .check = conf_check_alias, .example = "客户单号",
     .text = "the partner's own word for a column"},
    {"dropbox", IN(conf_partner, box), NEEDED, .options = dropbox, .fit = conf_fit_dropbox,
     .text = "the folders on an SFTP server where files are exchanged"},
    {"guide", IN(conf_partner, guide), .flags = CONF_ALWAYS, .options = guide, .fit = conf_fit_guide,
     .shown = "url=sftp://suyun@sftp.example.cn:22 in=/upload out=/answers done=/upload/done",
     .text = "where this partner's differs from that of all"},
    END};

const struct conf_option conf_free[] = {END};

/* Of a bundle's seal and of messages' signatures: where the key is. */
#define KEY_OPTIONS(f, which)                                                                      \
    {"key", PATH(conf_agency, f.key_file), .example = "keys/" which ".key",                        \
     .text = "the private key, PEM"},                                                              \
    {"cert", PATH(conf_agency, f.cert_file), NEEDED, .example = "keys/" which ".crt",              \
     .text = "its certificate, PEM"},                                                              \
    {"command", .type = CONF_LIST, .flags = CONF_SHY | CONF_REPEATS, .example = "bin/card-sign",     \
     .text = "instead of key: a program before a hardware key, and its arguments"},                \
    {"deadline", DURATION(conf_agency, f.deadline_s), SHY, .otherwise = "10s", .low = "1s",        \
     .high = "5m", .text = "of one signature by the program"},                                     \
    {"user-id", TEXT(conf_agency, f.user_id), SHY, .example = "1234567812345678",                  \
     .text = "of SM2; without: 1234567812345678"}

static const struct conf_option sign[] = {
    {"method", .type = CONF_WORD, WORDS("cms", "rsa-sha256", "sm2-sm3"), .otherwise = "cms",
     .text = "all but cms: manifest.xml.sig, a bare signature, in place of manifest.xml.p7s"},
    KEY_OPTIONS(seal.key, "zone"),
    END};

static const struct conf_option message_sign[] = {
    {"messages", LIST(conf_agency, message_sign.messages), NEEDED, .example = "CEB603",
     .todo = "name the messages that are signed",
     .text = "which are signed one by one, of those the agency takes"},
    {"method", .type = CONF_WORD, NEEDED, WORDS("rsa-sha1", "rsa-sha256", "sm2-sm3"), .example = "rsa-sha1",
     .text = "of the signature"},
    KEY_OPTIONS(message_sign.key, "message"),
    {"key-name", TEXT(conf_agency, message_sign.form.key_name), .example = "01691fe9",
     .text = "what KeyName says; without: there is none"},
    {"digest", WORD(conf_agency, message_sign.form.digest, "sha1", "sha256", "sm3"), .example = "sha1",
     .text = "of the message; without: the method's own"},
    {"signature-method", TEXT(conf_agency, message_sign.form.signature_method),
     .example = "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
     .text = "Algorithm of SignatureMethod, as the receiver wants it"},
    {"digest-method", TEXT(conf_agency, message_sign.form.digest_method),
     .example = "http://www.w3.org/2000/09/xmldsig#sha1",
     .text = "Algorithm of DigestMethod"},
    END};

static const struct conf_option envelope[] = {
    {"format", TEXT(conf_agency, envelope.format), NEEDED, .example = "dxpmsg",
     .text = "of the message around each message"},
    {"sender", TEXT(conf_agency, envelope.sender), NEEDED, .example = "DXPENT0000012345",
     .text = "whom it says it is from"},
    {"receivers", LIST(conf_agency, envelope.receivers), NEEDED, .check = conf_check_each_name,
     .example = "DXPEDCCEB0000003", .text = "whom it says it is for"},
    END};

static const struct conf_option agency[] = {
    {"name", TEXT(conf_agency, name), NEEDED, .example = "龙岩海关", .text = "what people read"},
    {"formats", TEXT(conf_agency, formats), SHY, .check = conf_check_name, .example = "customs",
     .text = "the folder of formats that has what it prescribes; without: named like it"},
    {"messages", LIST(conf_agency, messages), .check = conf_check_each_name,
     .example = "CEB303,CEB403,CEB505,CEB603,CEB605",
     .text = "what it takes, in the order in which it is sent; without: as its agency.conf says"},
    {"without", LIST(conf_agency, without), SHY, .check = conf_check_each_name, .example = "CEB507",
     .text = "a kind that is taken out of messages for good: else no bundle is begun without it"},
    {"per-message", NUMBER(conf_agency, per_message), .otherwise = "1000000", .low = "1",
     .high = "1000000", .example = "100",
     .text = "documents in one message, where its XSD allows as many"},
    {"cutoff", TIME(conf_agency, cutoff_minutes), .otherwise = "06:00", .text = "the business date ends here"},
    {"container", WORD(conf_agency, container, "zip", "tar.zst", "files", "folder"), .otherwise = "zip",
     .text = "what bundles go out as, where its agency.conf says nothing else"},
    {"order", WORD(conf_agency, order, "together", "accepted"), .otherwise = "together",
     .text = "accepted: a list is sent once the order and waybill it names are accepted"},
    {"mapping", LIST(conf_agency, mappings), .check = conf_check_each_name, .example = "creditback",
     .text = "how its answers become receipts, where they have titles of their own: files of formats/mapping"},
    {"text-length", EITHER(conf_agency, utf16, "characters", "utf-16"), .otherwise = "characters",
     .text = "utf-16: its programs (Java, C#) count a character beyond U+FFFF as two"},
    {"receipt-within", DURATION(conf_agency, receipt_within_s), .otherwise = "0s", .low = "0s", .high = "365d",
     .text = "a document without an answer for longer is overdue; 0s: it gives none"},
    {"receipt-ahead", DURATION(conf_agency, receipt_ahead_s), .otherwise = "12h", .low = "0s", .high = "7d",
     .text = "a receipt further ahead of the clock is held"},
    {"receipt-skew", DURATION(conf_agency, receipt_skew_s), .otherwise = "30s", .low = "0s", .high = "1h",
     .text = "yes and no no further apart than that: a person must say which came last"},
    {"settings", FREE(conf_agency, settings), .options = conf_free,
     .shown = "declarant_code=3508960009 declarant_name=龙岩综试区申报有限公司 cop_code=3508960009 "
              "cop_name=龙岩综试区申报有限公司 dxp_id=DXPENT0000012345",
     .text = "what its messages say of the zone: what its agency.conf asks for, and more"},
    {"sign", IN_OWNER, NEEDED, .options = sign, .fit = conf_fit_sign, .text = "a bundle's seal"},
    {"message-sign", IN_OWNER, SHY, .options = message_sign, .fit = conf_fit_message_sign,
     .text = "XMLDSig inside of each of these messages"},
    {"envelope", IN_OWNER, SHY, .options = envelope, .text = "each message goes out inside of another"},
    {"dropbox", IN(conf_agency, box), NEEDED, .options = dropbox, .fit = conf_fit_dropbox,
     .shown = "url=sftp://hub@127.0.0.1:2223 key known-hosts",
     .text = "where bundles are put and receipts are found; whatever a partner's drop box has"},
    END};

static const struct conf_option fact[] = {
    {"zh", TEXT(conf_fact, zh), NEEDED, .example = "申报单位代码", .text = "what it is, in Chinese"},
    {"en", TEXT(conf_fact, en), NEEDED, .example = "registration of the declarant", .text = "... in English"},
    {"type", WORD(conf_fact, type, "text", "number", "date"), .otherwise = "text", .text = "what it is written as"},
    {"form", TEXT(conf_fact, form), .check = conf_check_form, .example = "[0-9A-Z]{10}",
     .text = "an extended regular expression for the whole of it"},
    {"required", FLAG(conf_fact, required), .otherwise = "true", .text = "without it no bundle is made"},
    END};

static const struct conf_option companion[] = {
    {"name", TEXT(conf_companion, name), NEEDED, .check = conf_check_pattern, .example = "{package}.ctl",
     .text = "the file's name, a pattern"},
    {"each", WORD(conf_companion, each, "package", "file"), .otherwise = "package",
     .text = "one for the package or one for each file"},
    END};

const struct conf_option conf_prescribed[] = {
    {"messages", LIST(conf_agency, messages), .check = conf_check_each_name, .example = "SCORE",
     .text = "what it takes, in the order in which it is sent"},
    {"per-message", NUMBER(conf_agency, per_message), .otherwise = "1000000", .low = "1",
     .high = "1000000", .text = "documents in one message, where its XSD allows as many"},
    {"container", WORD(conf_agency, container, "zip", "tar.zst", "files", "folder"), .otherwise = "zip",
     .text = "an archive, plain files, or a folder"},
    {"package", TEXT(conf_agency, package), .check = conf_check_pattern,
     .otherwise = "{AGENCY}_{zone}_{date}_{sequence:6}",
     .text = "what a bundle is called, without the ending of its archive; a pattern"},
    {"file", TEXT(conf_agency, file), .check = conf_check_pattern, .example = "{kind}_{guid}.{suffix}",
     .text = "what a message's file is called; a pattern"},
    {"manifest", EITHER(conf_agency, manifest_sent, "ours", "sent"), .otherwise = "ours",
     .text = "whether our manifest and seal lie among plain files; archives always have them"},
    {"lock", TEXT(conf_agency, lock), .check = conf_check_file_name, .example = "Token.lock",
     .text = "a file that lies in out while somebody is at work there"},
    {"order", WORD(conf_agency, order, "together", "accepted"), .otherwise = "together",
     .text = "accepted: a list is sent once the order and waybill it names are accepted"},
    {"mapping", LIST(conf_agency, mappings), .check = conf_check_each_name, .example = "creditback",
     .text = "how its answers become receipts, where they have titles of their own: files of formats/mapping"},
    {"text-length", EITHER(conf_agency, utf16, "characters", "utf-16"), .otherwise = "characters",
     .text = "how its programs count characters beyond U+FFFF"},
    {"receipt-within", DURATION(conf_agency, receipt_within_s), .otherwise = "0s", .low = "0s", .high = "365d",
     .text = "a document without an answer for longer is overdue; 0s: it gives none"},
    {"fact", EACH(conf_agency, facts, conf_fact, name), .options = fact, .check = conf_check_fact,
     .example = "declarant_code", .text = "what the settings of its section must say"},
    {"companion", EACH(conf_agency, companions, conf_companion, kind), .options = companion,
     .check = conf_check_title, .example = "SCORECTL", .text = "a file that goes with the others, a format of its own"},
    END};

static const struct conf_option sections[] = {
    {"zone", IN_OWNER, NEEDED, .options = zone, .text = "who runs this hub"},
    {"database", IN_OWNER, NEEDED, .options = database, .fit = conf_fit_database,
     .text = "where rows and states are kept: one of embedded and conninfo"},
    {"spool", IN_OWNER, NEEDED, .options = spool, .text = "where bytes are kept"},
    {"personal", IN_OWNER, .options = personal, .text = "personal data at rest"},
    {"formats", IN_OWNER, .flags = CONF_SHY | CONF_ALWAYS, .options = formats, .fit = conf_fit_formats,
     .text = "where formats are"},
    {"schedule", IN_OWNER, .options = schedule, .text = "how long a job, and a file's parser, may take; how often and when jobs run is for the daemon, which is not there yet: a timer calls landport run"},
    {"reconcile", IN(conf, reconcile), .options = reconcile, .text = "what fits together"},
    {"guide", IN(conf, guide), .options = guide,
     .text = "what landport format guide tells partners of their drop box"},
    {"partner", EACH(conf, partners, conf_partner, id), COUNT(conf, partner_count), .options = partner,
     .check = conf_check_title, .fit = conf_fit_partner, .example = "LYLOGI01", .text = "who uploads files and gets answers"},
    {"agency", EACH(conf, agencies, conf_agency, id), COUNT(conf, agency_count), .options = agency,
     .check = conf_check_title, .fit = conf_fit_agency, .example = "customs", .text = "who gets bundles and answers them"},
    END};

/* --- Column mapping files --- */

static const struct conf_option mapping_column[] = {
    {"from", LIST(mapping_column, from), .text = "a title of the file, and others it may have in its place"},
    {"join", LIST(mapping_column, join), .text = "titles whose values are put together"},
    {"with", TEXT(mapping_column, with), .text = "what is put between them"},
    {"either", LIST(mapping_column, either), .text = "titles, of which the first that is filled counts"},
    {"filled", LIST(mapping_column, filled), .text = "\"title -> value\": what it means that this one is filled"},
    {"above", LIST(mapping_column, above), .text = "a label above the table, whose value all rows have"},
    {"value", TEXT(mapping_column, value), .text = "a constant"},
    {"minus", TEXT(mapping_column, minus), .text = "beside from: a title whose amounts are taken off"},
    {"minus-if", LIST(mapping_column, minus_if), .text = "\"title -> value\": the amount is taken off where that is so"},
    {"split", TEXT(mapping_column, split), .text = "what stands between the pieces of a value"},
    {"part", NUMBER(mapping_column, part), .otherwise = "1", .low = "1", .high = "99", .text = "which piece"},
    {"pattern", LIST(mapping_column, pattern), .text = "forms of the value, {} the part that is taken"},
    {"values", LIST(mapping_column, values), .flags = CONF_REPEATS, .text = "\"word -> value\": what the file's words mean"},
    {"other", TEXT(mapping_column, other), .text = "what a value becomes that has none of these forms"},
    {"number", WORD(mapping_column, number, "1,234.56", "1.234,56"), .text = "an amount as people write it"},
    {"sign", WORD(mapping_column, sign, "keep", "drop", "turn"), .text = "of an amount"},
    {"own-minus", WORD(mapping_column, own_minus, "never", "always", "reversal"),
     .text = "of amounts that are taken off: a minus in the cell itself is a fault, stands at each, or means that it was given back"},
    {"date", LIST(mapping_column, date), .text = "forms of a date, such as DD/MM/YYYY hh:mm"},
    {"optional", FLAG(mapping_column, optional), .otherwise = "false", .text = "the file may lack the title"},
    END};

static const struct conf_option mapping_test[] = {
    {"is", LIST(mapping_test, is), .text = "one of these values"},
    {"begins", LIST(mapping_test, begins), .text = "it begins so"},
    {"holds", LIST(mapping_test, holds), .text = "it has this in it"},
    {"empty", FLAG(mapping_test, empty), .otherwise = "false", .text = "it is empty"},
    END};

static const struct conf_option mapping[] = {
    {"feed", TEXT(mapping, feed), NEEDED, .text = "what its rows become"},
    {"title", TEXT(mapping, title), .text = "what people call the export"},
    {"files", LIST(mapping, files), .check = conf_check_glob, .text = "patterns of its files' names; without: any"},
    {"within", NUMBER(mapping, within), .otherwise = "50", .low = "1", .high = "500",
     .text = "the row of titles is one of so many"},
    {"end", LIST(mapping, end), .text = "what the first row behind the table begins with"},
    {"ignore", LIST(mapping, ignore), .text = "titles that are not taken; * any"},
    {"column", EACH(mapping, columns, mapping_column, name), COUNT(mapping, column_count),
     .options = mapping_column, .fit = conf_fit_mapping_column, .text = "a column of the feed"},
    {"skip", EACH(mapping, skips, mapping_test, title), COUNT(mapping, skip_count),
     .options = mapping_test, .fit = conf_fit_mapping_test, .text = "rows that are left out, by a title"},
    {"only", EACH(mapping, onlys, mapping_test, title), COUNT(mapping, only_count),
     .options = mapping_test, .fit = conf_fit_mapping_test, .text = "the only rows that are taken"},
    END};

const struct conf_option conf_mapping_root = {"", IN_OWNER, .options = mapping, .fit = conf_fit_mapping};

const struct conf_option conf_root = {"", IN_OWNER, .options = sections, .fit = conf_fit_parties};
/* clang-format on */
