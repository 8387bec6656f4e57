/* SPDX-License-Identifier: MulanPSL-2.0 */
/* moves: the halves of a record's moves, from all ledgers here. See moves.h. */
#include "shared/db/moves.h"

#include <stdlib.h>

#include "shared/base/check.h"
#include "shared/db/links.h"
#include "shared/db/materialise.h"

static bool ask(struct stmt *stmt)
{
    bool row = false;
    bool yes = stmt_step(stmt, &row, NULL) == ST_OK && row && stmt_int(stmt, 0);
    stmt_reset(stmt);
    return yes;
}

bool moves_exist(struct replica *rep)
{
    return ask(db_stmt(rep->db, "SELECT EXISTS (SELECT 1 FROM move)"));
}

bool moves_known(struct replica *rep, const struct catalog_table *table, const struct record_id *id)
{
    struct stmt *stmt =
        db_stmt(rep->db, "SELECT EXISTS (SELECT 1 FROM move WHERE id = ?1 AND tbl = ?2)");
    bind_blob(stmt, 1, slice_of(id->b, RECORD_ID_SIZE));
    bind_int(stmt, 2, table->no);
    return ask(stmt);
}

enum status moves_write(struct replica *rep, const struct ledger *ledger,
                        const struct record_state *record, struct error *err)
{
    struct slice id = slice_of(record->id.b, RECORD_ID_SIZE);
    struct stmt *stmt = db_stmt(rep->db, "DELETE FROM move WHERE id = ?1 AND tbl = ?2"
                                         " AND ledger = ?3");
    bind_blob(stmt, 1, id);
    bind_int(stmt, 2, record->table->no);
    bind_int(stmt, 3, ledger->no);
    enum status st = stmt_run(stmt, err);
    for (uint32_t i = 0; i < record->move_count && st == ST_OK; i++) {
        const struct move *move = &record->moves[i];
        stmt = db_stmt(rep->db, "INSERT INTO move(id, ledger, arrives, hop, tbl, other)"
                                " VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
        bind_blob(stmt, 1, id);
        bind_int(stmt, 2, ledger->no);
        bind_int(stmt, 3, move->in);
        bind_int(stmt, 4, move->hop);
        bind_int(stmt, 5, record->table->no);
        bind_text(stmt, 6, move->other);
        st = stmt_run(stmt, err);
    }
    return st;
}

/* ---- halves ---- */

static enum status read_moves(struct replica *rep, const struct catalog_table *table,
                              const struct record_id *id, struct arena *arena,
                              struct moves_half *half, struct error *err)
{
    struct stmt *stmt = db_stmt(rep->db, "SELECT arrives, hop, other FROM move WHERE id = ?1"
                                         " AND tbl = ?2 AND ledger = ?3 ORDER BY hop, arrives");
    struct move *moves = NULL;
    struct slice destination = SLICE_NONE;
    enum status st;
    bool row;
    bind_blob(stmt, 1, slice_of(id->b, RECORD_ID_SIZE));
    bind_int(stmt, 2, table->no);
    bind_int(stmt, 3, half->ledger->no);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        struct slice other = stmt_text(stmt, 2);
        if (!moves)
            moves = arena_alloc(arena, MOVES_MAX * sizeof *moves);
        CHECK(half->half.move_count < MOVES_MAX);
        struct move *move = &moves[half->half.move_count++];
        *move = (struct move){.in = stmt_int(stmt, 0) != 0,
                              .hop = (uint32_t)stmt_int(stmt, 1),
                              .other = slice_of(arena_copy(arena, other.p, other.n), other.n)};
        if (!move->in)
            destination = move->other;
    }
    half->half.moves = moves;
    for (size_t i = 0; destination.n && i < rep->ledger_count; i++)
        half->half.onward |= slice_equal(slice_str(rep->ledgers[i]->origin.text), destination);
    return st;
}

/* Ascending by origin, as everything that is derived must not depend on local numbers. */
static void insert(struct moves_half *halves, size_t count, const struct moves_half *half)
{
    size_t at = count;
    while (at > 0 && slice_compare(half->half.origin, halves[at - 1].half.origin) < 0) {
        halves[at] = halves[at - 1];
        at--;
    }
    halves[at] = *half;
}

enum status moves_halves(struct replica *rep, const struct catalog_table *table,
                         const struct record_id *id, struct arena *arena, struct moves_half **out,
                         size_t *count, struct error *err)
{
    struct moves_half *halves = arena_alloc(arena, (rep->ledger_count + 1) * sizeof *halves);
    enum status st = ST_OK;
    *count = 0;
    *out = halves;
    for (size_t i = 0; i < rep->ledger_count && st == ST_OK; i++) {
        struct moves_half half = {
            .ledger = rep->ledgers[i],
            .half = {.origin = slice_str(rep->ledgers[i]->origin.text)},
        };
        bool found;
        st = record_state_bits(materialise_tables(rep), half.ledger->no, table, id, &found,
                               &half.state_bits, err);
        if (st != ST_OK || !found || half.state_bits & ROW_NAMED)
            continue;
        st = read_moves(rep, table, id, arena, &half, err);
        insert(halves, (*count)++, &half);
    }
    return st;
}

size_t moves_home(const struct moves_half *halves, size_t count)
{
    struct arena arena = {0};
    struct move_half *pure = arena_alloc(&arena, (count + 1) * sizeof *pure);
    for (size_t i = 0; i < count; i++)
        pure[i] = halves[i].half;
    size_t home = move_home(pure, count);
    arena_release(&arena);
    return home;
}

enum status moves_settle(struct replica *rep, const struct catalog_table *table,
                         const struct record_id *id, struct error *err)
{
    struct arena arena = {0};
    struct moves_half *halves;
    size_t count;
    enum status st = moves_halves(rep, table, id, &arena, &halves, &count, err);
    size_t home = st == ST_OK ? moves_home(halves, count) : MOVE_NOWHERE;
    bool moved = false; /* the last move may just have become void: then each row stands alone */
    for (size_t i = 0; i < count; i++)
        moved |= halves[i].half.move_count > 0;
    for (size_t i = 0; i < count && st == ST_OK; i++) {
        int elsewhere = moved && i != home ? ROW_ELSEWHERE : 0;
        int bits = (halves[i].state_bits & ~ROW_ELSEWHERE) | elsewhere;
        if (bits != halves[i].state_bits)
            st = record_set_state_bits(materialise_tables(rep), halves[i].ledger->no, table, id,
                                       bits, err);
    }
    arena_release(&arena);
    return st;
}

struct awaited {
    const struct catalog_table *table;
    struct record_id id;
};

/* Records that have left for a ledger which has come to this desk. */
static enum status settle_awaited(struct replica *rep, const struct ledger *ledger,
                                  struct error *err)
{
    struct stmt *stmt = db_stmt(rep->db, "SELECT DISTINCT id, tbl FROM move WHERE arrives = 0"
                                         " AND other = ?1");
    struct awaited *awaited = NULL;
    size_t count = 0, capacity = 0;
    enum status st;
    bool row;
    bind_str(stmt, 1, ledger->origin.text);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        struct awaited one = {.table =
                                  catalog_table(replica_catalog(rep), (uint32_t)stmt_int(stmt, 1))};
        if (!one.table || stmt_blob(stmt, 0).n != RECORD_ID_SIZE)
            continue;
        memcpy(one.id.b, stmt_blob(stmt, 0).p, RECORD_ID_SIZE);
        awaited = mem_grow(awaited, &capacity, count + 1, sizeof *awaited);
        awaited[count++] = one;
    }
    for (size_t i = 0; i < count && st == ST_OK; i++)
        st = moves_settle(rep, awaited[i].table, &awaited[i].id, err);
    for (size_t i = 0; i < count && st == ST_OK && links_exist(rep); i++)
        st = links_settle(rep, awaited[i].table, &awaited[i].id, err);
    mem_free(awaited);
    return st;
}

static int64_t followed(struct replica *rep)
{
    struct stmt *stmt =
        db_stmt(rep->db, "SELECT value FROM replica_setting WHERE name = 'moves_followed'");
    int64_t no = 0;
    bool row = false;
    if (stmt_step(stmt, &row, NULL) == ST_OK && row)
        no = strtoll((const char *)stmt_text(stmt, 0).p, NULL, 10);
    stmt_reset(stmt);
    return no;
}

enum status moves_follow(struct replica *rep, struct error *err)
{
    int64_t done = followed(rep), last = done;
    enum status st = ST_OK;
    for (size_t i = 0; i < rep->ledger_count && st == ST_OK; i++) {
        const struct ledger *ledger = rep->ledgers[i];
        if (ledger->no > done)
            st = settle_awaited(rep, ledger, err);
        last = ledger->no > last ? ledger->no : last;
    }
    if (st != ST_OK || last == done)
        return st;
    struct stmt *stmt = db_stmt(rep->db, "INSERT OR REPLACE INTO replica_setting(name, value)"
                                         " VALUES ('moves_followed', ?1)");
    bind_int(stmt, 1, last);
    return stmt_run(stmt, err);
}
