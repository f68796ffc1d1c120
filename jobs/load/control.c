#include "load/control.h"

#include "load/child.h"
#include "sql/statements.h"

static void
because(struct rows_reason *reason, err_code_t code, const char *seen, const char *want)
{
    reason->code = code;
    span_show(reason->seen, sizeof reason->seen, span_of(seen));
    span_show(reason->want, sizeof reason->want, span_of(want));
}

/* Is it the file the totals speak of? */
static void
weigh(const struct totals *said, const char *file_id, const char *overrides,
      struct rows_reason *reason)
{
    if (*said->sha256 && !err_listed(overrides, ERR_TOTALS_SHA256) &&
        strcmp(said->sha256, file_id) != 0)
        because(reason, ERR_TOTALS_SHA256, file_id, said->sha256);
}

rc_t
control_said(struct db *db, struct arena *a, const char *batch, const char *file_id,
             const char *overrides, struct totals *said, struct rows_reason *reason, struct err *e)
{
    struct db_result *r;
    rc_t rc = db_query(db, a, SQL_INGEST_SAID, DB_ARGS(batch), &r, e);

    *said = (struct totals){.has_rows = false};
    if (rc != RC_OK || !r->rows)
        return rc;
    if (db_value(r, 0, "fault")) {
        if (!err_listed(overrides, ERR_TOTALS_TEXT))
            because(reason, ERR_TOTALS_TEXT, db_text(r, 0, "fault"), TOTALS_FORM);
        return RC_OK;
    }
    if (db_value(r, 0, "said") &&
        (rc = totals_read(said, span_of(db_text(r, 0, "said")), "", e)) != RC_OK)
        return rc;
    weigh(said, file_id, overrides, reason);
    return RC_OK;
}

void
control_heard(struct span text, const char *name, const char *file_id, const char *overrides,
              struct totals *said, struct rows_reason *reason)
{
    struct err bad = {.code = ERR_NONE};

    *said = (struct totals){.has_rows = false};
    if (text.p && totals_read(said, text, name, &bad) != RC_OK &&
        !err_listed(overrides, ERR_TOTALS_TEXT))
        because(reason, ERR_TOTALS_TEXT, bad.text, TOTALS_FORM);
    else if (text.p && !totals_any(said) && !err_listed(overrides, ERR_TOTALS_TEXT))
        because(reason, ERR_TOTALS_TEXT, name, TOTALS_FORM);
    else
        weigh(said, file_id, overrides, reason);
}

static rc_t
count_part(const struct rows_task *task, struct tally *sum, struct err *e)
{
    struct rows_child child;
    enum frame_type type;
    const char *p;
    uint32_t n;
    rc_t rc = rows_start(&child, task, e), ended;

    if (rc != RC_OK)
        return rc;
    while ((rc = rows_frame(&child, &type, &p, &n, e)) == RC_OK)
        if (type == FRAME_TOTALS) {
            struct rows_totals totals;

            if ((rc = rows_totals_read(&totals, p, n, e)) != RC_OK)
                break;
            tally_add(sum, &totals.counted);
        }
    ended = rows_finish(&child, rc == RC_END ? e : NULL);
    return rc == RC_END ? ended : rc;
}

rc_t
control_parts(const struct rows_task *task, const int *items, int parts, struct rows_totals *totals,
              struct rows_reason *reason, struct err *e)
{
    char seen[TOTALS_TEXT], want[TOTALS_TEXT];
    struct rows_task part = *task;
    rc_t rc = RC_OK;

    if (!task->said || err_listed(task->overrides, ERR_TOTALS) ||
        !(task->said->has_rows || task->said->amount_count))
        return RC_OK;
    part.said = NULL;
    part.totals_required = false;
    for (int i = 0; rc == RC_OK && i < parts; i++) {
        part.item = items[i];
        rc = count_part(&part, &totals->counted, e);
    }
    if (rc == RC_OK && !totals_agree(task->said, &totals->counted, seen, want))
        because(reason, ERR_TOTALS, seen, want);
    return rc;
}

rc_t
control_keep(struct db *db, const char *batch, const struct rows_totals *totals, struct err *e)
{
    struct tally counted = {0};
    char text[TOTALS_TEXT];

    tally_add(&counted, &totals->counted);
    if (!counted.rows && !*totals->trailer)
        return RC_OK;
    return db_exec(
        db, SQL_INGEST_COUNTED,
        DB_ARGS(batch,
                span_show(text, sizeof text,
                          (struct span){totals->trailer, strnlen(totals->trailer, TOTALS_TEXT)}),
                tally_text(&counted, (char[TOTALS_TEXT]){""})),
        NULL, e);
}
