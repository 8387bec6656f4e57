/* SPDX-License-Identifier: MulanPSL-2.0 */
/* cosigned: see cosigned.h. */
#include "shared/db/cosigned.h"

struct slice cosigned_read(struct replica *rep, const struct ledger *ledger, struct arena *arena,
                           uint64_t *size)
{
    struct stmt *stmt = db_stmt(rep->db, "SELECT size, checkpoint FROM cosigned WHERE ledger = ?1");
    struct slice text = SLICE_NONE;
    bool row;
    *size = 0;
    bind_int(stmt, 1, ledger->no);
    if (stmt_step(stmt, &row, NULL) == ST_OK && row) {
        struct slice stored = stmt_text(stmt, 1);
        *size = (uint64_t)stmt_int(stmt, 0);
        text = slice_of(stored.n ? arena_copy(arena, stored.p, stored.n) : "", stored.n);
    }
    stmt_reset(stmt);
    return text;
}

enum status cosigned_write(struct replica *rep, const struct ledger *ledger, uint64_t size,
                           struct slice checkpoint, struct error *err)
{
    struct stmt *stmt = db_stmt(rep->db, "INSERT OR REPLACE INTO cosigned(ledger, size, checkpoint)"
                                         " VALUES (?1, ?2, ?3)");
    bind_int(stmt, 1, ledger->no);
    bind_int(stmt, 2, (int64_t)size);
    bind_text(stmt, 3, checkpoint);
    return stmt_run(stmt, err);
}
