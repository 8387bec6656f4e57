/* SPDX-License-Identifier: MulanPSL-2.0 */
/* carry_due: see carry_due.h. */
#include "agent/core/carry_due.h"

#include "agent/core/attach.h"

#define UP_SQL                                                                               \
    "SELECT a.ledger, a.hash FROM _attachment a WHERE a.whole = 1 AND a.held = 0 AND EXISTS" \
    " (SELECT 1 FROM attachment_ref r WHERE r.ledger = a.ledger AND r.hash = a.hash)"        \
    " ORDER BY a.thumb DESC, a.no LIMIT ?1"
/* What is named by a change that waits for its leaf is not noted yet; the county sorts out the
 * rest.
 */
#define STICK_SQL                                                                               \
    "SELECT a.ledger, a.hash FROM _attachment a WHERE a.whole = 1 AND a.held = 0 AND (EXISTS"   \
    " (SELECT 1 FROM attachment_ref r WHERE r.ledger = a.ledger AND r.hash = a.hash) OR EXISTS" \
    " (SELECT 1 FROM changeset c WHERE c.ledger = a.ledger AND c.idx IS NULL))"                 \
    " ORDER BY a.thumb DESC, a.no LIMIT ?1"
#define DOWN_THUMB_SQL                                                                        \
    "SELECT DISTINCT r.ledger, r.hash FROM attachment_ref r WHERE r.thumb = 1 AND NOT EXISTS" \
    " (SELECT 1 FROM _attachment a WHERE a.ledger = r.ledger AND a.hash = r.hash AND"         \
    " a.whole = 1) LIMIT ?1"
#define WANTED_SQL \
    "SELECT ledger, hash FROM _attachment WHERE whole = 0 AND thumb = 0 ORDER BY no LIMIT ?1"
#define ALL_SQL                                                                               \
    "SELECT DISTINCT r.ledger, r.hash FROM attachment_ref r WHERE r.thumb = 0 AND NOT EXISTS" \
    " (SELECT 1 FROM _attachment a WHERE a.ledger = r.ledger AND a.hash = r.hash) LIMIT ?1"

struct finding {
    struct desk *desk;
    struct carry_due *out;
    size_t count, max;
};

static void find(struct finding *f, const char *sql, bool up, bool unasked)
{
    struct stmt *stmt = db_stmt(f->desk->db, sql);
    bool row;
    bind_int(stmt, 1, (int64_t)(f->max - f->count));
    while (f->count < f->max && stmt_step(stmt, &row, NULL) == ST_OK && row) {
        struct carry_due *due = &f->out[f->count];
        *due = (struct carry_due){.ledger = stmt_int(stmt, 0), .up = up, .unasked = unasked};
        if (stmt_blob(stmt, 1).n != HASH_SIZE)
            continue;
        memcpy(due->hash.b, stmt_blob(stmt, 1).p, HASH_SIZE);
        f->count++;
    }
    stmt_reset(stmt);
}

size_t carry_due_find(struct desk *desk, bool with_records, struct carry_due *out, size_t max)
{
    struct finding f = {.desk = desk, .out = out, .max = max};
    find(&f, with_records ? STICK_SQL : UP_SQL, true, false);
    find(&f, DOWN_THUMB_SQL, false, false);
    find(&f, WANTED_SQL, false, false);
    if (attach_fetches_all(desk))
        find(&f, ALL_SQL, false, true);
    return f.count;
}

static bool any(struct desk *desk, const char *sql)
{
    struct stmt *stmt = db_stmt(desk->db, sql);
    bool row;
    bind_int(stmt, 1, 1);
    const bool found = stmt_step(stmt, &row, NULL) == ST_OK && row;
    stmt_reset(stmt);
    return found;
}

bool carry_due_any(struct desk *desk)
{
    return any(desk, UP_SQL) || any(desk, DOWN_THUMB_SQL) || any(desk, WANTED_SQL) ||
           (attach_fetches_all(desk) && attach_room(desk) > 0 && any(desk, ALL_SQL));
}
