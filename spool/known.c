#include "spool/known.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <libssh2.h>
#include <openssl/evp.h>

#include "spool/fsio.h"
#include "spool/wire.h"

#define HOSTS_MAX (1 << 20) /* bytes of a file */
#define KEY_MAX   1024      /* bytes of a key of these types */

static const struct {
    int bits;
    const char *method;
} types[] = {
    {LIBSSH2_KNOWNHOST_KEY_ED25519,   "ssh-ed25519"        },
    {LIBSSH2_KNOWNHOST_KEY_ECDSA_256, "ecdsa-sha2-nistp256"},
    {LIBSSH2_KNOWNHOST_KEY_ECDSA_384, "ecdsa-sha2-nistp384"},
    {LIBSSH2_KNOWNHOST_KEY_ECDSA_521, "ecdsa-sha2-nistp521"},
};
#define TYPES (sizeof types / sizeof *types)

static rc_t
add_line(const struct known *k, LIBSSH2_KNOWNHOSTS *hosts, struct span line, unsigned number,
         struct err *e)
{
    line = span_trim(line);
    if (line.n == 0 || line.p[0] == '#')
        return RC_OK;
    /* libssh2 does not know markers: a revoked key would pass as a good one */
    if (line.p[0] == '@')
        return err_set(e, RC_FAIL, ERR_CONFIG, "%s:%u: lines with a @marker are not supported",
                       k->file, number);
    if (memchr(line.p, '\0', line.n) != NULL ||
        libssh2_knownhost_readline(hosts, line.p, line.n, LIBSSH2_KNOWNHOST_FILE_OPENSSH) != 0)
        return err_set(e, RC_FAIL, ERR_CONFIG, "%s:%u: not a known_hosts line", k->file, number);
    return RC_OK;
}

static rc_t
read_lines(const struct known *k, LIBSSH2_KNOWNHOSTS *hosts, struct err *e)
{
    struct arena *a = arena_new("known_hosts");
    struct span text = {NULL, 0};
    unsigned number = 0;
    struct err why = {0};
    rc_t rc = fsio_read_file(a, k->file, HOSTS_MAX, &text, &why);

    if (rc != RC_OK)
        rc = err_set(e, RC_FAIL, ERR_CONFIG, "%s: known_hosts: %s", k->name, why.text);
    while (rc == RC_OK && text.n > 0) {
        const char *nl = memchr(text.p, '\n', text.n);
        size_t n = nl != NULL ? (size_t)(nl - text.p) : text.n;
        /* a copy per line: the parser of libssh2 wants each to end with NUL */
        const char *line = arena_strn(a, text.p, n);

        rc = add_line(k, hosts, (struct span){line, n}, ++number, e);
        text = (struct span){text.p + n + (nl != NULL), text.n - n - (nl != NULL)};
    }
    arena_free(&a);
    return rc;
}

/* Is this entry's key one of our host? Asking the library covers hashed names too. */
static bool
is_ours(LIBSSH2_KNOWNHOSTS *hosts, const struct libssh2_knownhost *entry, const char *host,
        int port)
{
    int type = LIBSSH2_KNOWNHOST_TYPE_PLAIN | LIBSSH2_KNOWNHOST_KEYENC_BASE64 |
               (entry->typemask & LIBSSH2_KNOWNHOST_KEY_MASK);

    return entry->key != NULL &&
           libssh2_knownhost_checkp(hosts, host, port, entry->key, strlen(entry->key), type,
                                    NULL) == LIBSSH2_KNOWNHOST_CHECK_MATCH;
}

static void
keep_ours(struct known *k, LIBSSH2_KNOWNHOSTS *hosts, const char *host, int port)
{
    struct libssh2_knownhost *entry = NULL, *before = NULL;

    for (; libssh2_knownhost_get(hosts, &entry, before) == 0; before = entry)
        for (size_t i = 0; i < TYPES; i++)
            if ((entry->typemask & LIBSSH2_KNOWNHOST_KEY_MASK) == types[i].bits &&
                is_ours(hosts, entry, host, port)) {
                k->keys = arena_grow(k->a, k->keys, sizeof *k->keys, k->count);
                k->keys[k->count++] = (struct known_key){(int)i, arena_str(k->a, entry->key)};
            }
}

static bool
has_type(const struct known *k, int type)
{
    for (size_t i = 0; i < k->count; i++)
        if (k->keys[i].type == type)
            return true;
    return false;
}

/* Without a preference libssh2 takes the ECDSA key, and a known ed25519 key would not match. With
 * nothing known all types are asked for, to name the key that was seen in the refusal. */
static void
name_methods(struct known *k)
{
    k->methods = "";
    for (size_t i = 0; i < TYPES; i++)
        if (k->count == 0 || has_type(k, (int)i))
            k->methods =
                arena_printf(k->a, "%s%s%s", k->methods, *k->methods ? "," : "", types[i].method);
}

rc_t
known_read(struct known *k, struct arena *a, const char *name, const char *file, const char *host,
           int port, struct err *e)
{
    LIBSSH2_SESSION *session =
        libssh2_session_init_ex(NULL, NULL, NULL, NULL); /* without a server */
    LIBSSH2_KNOWNHOSTS *hosts = session ? libssh2_knownhost_init(session) : NULL;
    rc_t rc;

    if (hosts == NULL)
        BUG("out of memory");
    *k = (struct known){.name = name, .file = file, .a = a};
    if ((rc = read_lines(k, hosts, e)) == RC_OK) {
        keep_ours(k, hosts, host, port);
        name_methods(k);
    }
    libssh2_knownhost_free(hosts);
    (void)libssh2_session_free(session);
    return rc;
}

static bool
print(struct span key, char out[KNOWN_PRINT])
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    char text[2 * EVP_MAX_MD_SIZE];

    if (key.n == 0 || EVP_Digest(key.p, key.n, hash, &n, EVP_sha256(), NULL) != 1)
        return false;
    EVP_EncodeBlock((unsigned char *)text, hash, (int)n);
    snprintf(out, KNOWN_PRINT, "SHA256:%.*s", (int)strcspn(text, "="), text);
    return true;
}

static int
type_of(struct span key)
{
    struct span method;

    if (key.n > KEY_MAX || !wire_take_string(&key, &method))
        return -1;
    for (size_t i = 0; i < TYPES; i++)
        if (span_is(method, types[i].method))
            return (int)i;
    return -1;
}

rc_t
known_check(const struct known *k, struct span key, char fingerprint[KNOWN_PRINT], struct err *e)
{
    unsigned char base64[2 * KEY_MAX];
    int type = type_of(key);

    if (!print(key, fingerprint))
        return err_set(e, RC_FAIL, ERR_HOST_KEY, "%s: no host key", k->name);
    if (type < 0)
        return err_set(e, RC_FAIL, ERR_HOST_KEY, "%s: host key %s of a type that is not used",
                       k->name, fingerprint);
    EVP_EncodeBlock(base64, (const unsigned char *)key.p, (int)key.n);
    for (size_t i = 0; i < k->count; i++)
        if (k->keys[i].type == type && strcmp(k->keys[i].base64, (const char *)base64) == 0)
            return RC_OK;
    return err_set(e, RC_FAIL, ERR_HOST_KEY, "%s: host key %s %s in %s", k->name, fingerprint,
                   has_type(k, type) ? "differs from the one" : "is not to be found", k->file);
}
