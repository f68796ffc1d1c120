#include "signing.h"

#include <string.h>

#include <openssl/evp.h>

struct signing {
    struct hub *hub;
    const struct conf_agency *agency;
    struct signer *signer;   /* NULL: nothing was signed yet */
    struct format *envelope; /* NULL: none */
};

static void
close_signer(void *s)
{
    signer_close(s);
}

rc_t
signing_open(struct signing **out, struct hub *hub, struct arena *a, const struct conf_agency *g,
             const char *envelope, struct err *e)
{
    struct signing *s = ARENA_NEW(a, struct signing);
    rc_t rc = RC_OK;

    s->hub = hub;
    s->agency = g;
    *out = s;
    arena_defer(a, close_signer, &s->signer);
    if (*envelope)
        rc = format_load(&s->envelope, hub, a, g->formats, envelope, e);
    return rc;
}

static bool
signs(const struct signing *s, const char *kind)
{
    for (const char **k = s->agency->message_sign.messages; *k; k++)
        if (!strcmp(*k, kind))
            return true;
    return false;
}

bool
signing_wants(const struct signing *s, const struct signing_message *m)
{
    return s->envelope || (m->sent ? m->signature.n > 0 : signs(s, m->kind));
}

static rc_t
write_span(struct sink out, struct span s, struct err *e)
{
    return s.n ? out.write(out.ctx, s.p, s.n, e) : RC_OK;
}

/* The message with `filling` in its hole, or as it is where that is nothing. */
static rc_t
write_filled(struct sink out, struct span xml, uint64_t hole, struct span filling, struct err *e)
{
    rc_t rc = write_span(out, (struct span){xml.p, hole}, e);

    if (rc == RC_OK)
        rc = write_span(out, filling, e);
    return rc == RC_OK ? write_span(out, (struct span){xml.p + hole, xml.n - hole}, e) : rc;
}

static rc_t
sign(struct signing *s, struct arena *a, struct signing_message *m, struct span xml, uint64_t hole,
     struct err *e)
{
    rc_t rc = RC_OK;

    if (!hole)
        return err_set(e, RC_FAIL, ERR_MESSAGE, "%s: its format has no place for a signature",
                       m->kind);
    if (!s->signer) /* now, since without its key only what is signed cannot go out */
        rc = signer_open(&s->signer, &s->agency->message_sign.key, e);
    if (rc == RC_OK)
        rc = dsig_sign(a, &s->agency->message_sign.form, s->signer, xml, hole, &m->signature, e);
    return rc == RC_OK ? rc : err_prefix(e, "signature of %s", m->kind);
}

/* ---- the envelope ---- */

static struct span
base64(struct arena *a, struct span bytes)
{
    struct span out = {NULL, (bytes.n + 2) / 3 * 4};
    unsigned char *p = arena_alloc(a, out.n + 1);

    EVP_EncodeBlock(p, (const unsigned char *)bytes.p, (int)bytes.n);
    out.p = (const char *)p;
    return out;
}

/* What the envelope's extract file may say of the message. */
static rc_t
tell(struct signing *s, const struct signing_message *m, struct err *e)
{
    rc_t rc = db_set(s->hub->db, "hub.message_kind", m->kind, e);

    return rc == RC_OK ? db_set(s->hub->db, "hub.message_guid", m->guid, e) : rc;
}

static rc_t
write_enveloped(struct signing *s, struct arena *a, const struct signing_message *m,
                struct span xml, struct sink out, struct err *e)
{
    struct buf around = {0};
    uint64_t hole = 0;
    rc_t rc;

    if ((rc = tell(s, m, e)) == RC_OK &&
        (rc = message_around(s->hub, s->envelope, sink_buf(&around), &hole, e)) == RC_OK && !hole)
        rc = err_set(e, RC_FAIL, ERR_SCHEMA, "%s: no element has lp:payload",
                     s->envelope->plan->file);
    if (rc == RC_OK)
        rc = write_filled(out, (struct span){around.p, around.n}, hole, base64(a, xml), e);
    buf_free(&around);
    return rc;
}

rc_t
signing_write(struct signing *s, struct arena *a, struct signing_message *m, struct span xml,
              uint64_t hole, struct sink out, struct err *e)
{
    struct buf filled = {0};
    rc_t rc = RC_OK;

    if (!m->sent && signs(s, m->kind))
        rc = sign(s, a, m, xml, hole, e);
    if (rc != RC_OK || !s->envelope)
        return rc == RC_OK ? write_filled(out, xml, hole, m->signature, e) : rc;
    rc = write_filled(sink_buf(&filled), xml, hole, m->signature, e);
    if (rc == RC_OK)
        rc = write_enveloped(s, a, m, (struct span){filled.p, filled.n}, out, e);
    buf_free(&filled);
    return rc;
}
