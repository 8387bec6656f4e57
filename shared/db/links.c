/* SPDX-License-Identifier: MulanPSL-2.0 */
/* links: pairs of all ledgers here, and what hangs together over them. See links.h. */
#include "shared/db/links.h"

#include "shared/base/check.h"
#include "shared/db/materialise.h"

static struct slice bytes_of(const struct record_id *id)
{
    return slice_of(id->b, RECORD_ID_SIZE);
}

static bool read_id(struct stmt *stmt, int column, struct record_id *out)
{
    struct slice id = stmt_blob(stmt, column);
    if (id.n != RECORD_ID_SIZE)
        return false;
    memcpy(out->b, id.p, RECORD_ID_SIZE);
    return true;
}

static bool ask(struct stmt *stmt)
{
    bool row = false;
    bool yes = stmt_step(stmt, &row, NULL) == ST_OK && row && stmt_int(stmt, 0);
    stmt_reset(stmt);
    return yes;
}

bool links_exist(struct replica *rep)
{
    return ask(db_stmt(rep->db, "SELECT EXISTS (SELECT 1 FROM link)"));
}

bool links_known(struct replica *rep, const struct catalog_table *table, const struct record_id *id)
{
    struct stmt *stmt =
        db_stmt(rep->db, "SELECT EXISTS (SELECT 1 FROM link WHERE tbl = ?1 AND id = ?2)");
    bind_int(stmt, 1, table->no);
    bind_blob(stmt, 2, bytes_of(id));
    return ask(stmt);
}

/* The ids in the first column; they are the arena's. */
static enum status read_ids(struct stmt *stmt, struct arena *arena, struct record_id **out,
                            size_t *count, struct error *err)
{
    struct record_id *ids = NULL;
    size_t n = 0, capacity = 0;
    enum status st;
    bool row;
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        ids = mem_grow(ids, &capacity, n + 1, sizeof(*ids));
        n += read_id(stmt, 0, &ids[n]);
    }
    stmt_reset(stmt);
    *out = n ? arena_copy(arena, ids, n * sizeof(*ids)) : NULL;
    *count = n;
    mem_free(ids);
    return st;
}

/* ---- writing ---- */

static enum status write_side(struct replica *rep, const struct ledger *ledger, uint32_t table,
                              const struct record_id *id, const struct record_id *other, bool same,
                              struct error *err)
{
    struct stmt *stmt = db_stmt(rep->db, "INSERT OR REPLACE INTO link(tbl, id, other, ledger, same)"
                                         " VALUES (?1, ?2, ?3, ?4, ?5)");
    bind_int(stmt, 1, table);
    bind_blob(stmt, 2, bytes_of(id));
    bind_blob(stmt, 3, bytes_of(other));
    bind_int(stmt, 4, ledger->no);
    bind_int(stmt, 5, same);
    return stmt_run(stmt, err);
}

/* Takes out the pairs that this record keeps: those with greater ids. */
static enum status clear_sides(struct replica *rep, const struct ledger *ledger, uint32_t table,
                               const struct record_id *id, struct error *err)
{
    static const char *const sql[] = {
        "DELETE FROM link WHERE tbl = ?1 AND other = ?2 AND ledger = ?3 AND id IN"
        " (SELECT other FROM link WHERE tbl = ?1 AND id = ?2 AND ledger = ?3 AND other > ?2)",
        "DELETE FROM link WHERE tbl = ?1 AND id = ?2 AND ledger = ?3 AND other > ?2"};
    enum status st = ST_OK;
    for (size_t i = 0; i < 2 && st == ST_OK; i++) {
        struct stmt *stmt = db_stmt(rep->db, sql[i]);
        bind_int(stmt, 1, table);
        bind_blob(stmt, 2, bytes_of(id));
        bind_int(stmt, 3, ledger->no);
        st = stmt_run(stmt, err);
    }
    return st;
}

enum status links_write(struct replica *rep, const struct ledger *ledger,
                        const struct record_state *record, struct arena *arena,
                        struct links_ends *ends, struct error *err)
{
    struct stmt *stmt = db_stmt(rep->db, "SELECT other FROM link WHERE tbl = ?1 AND id = ?2"
                                         " AND ledger = ?3 AND other > ?2");
    struct record_id *before;
    size_t n;
    bind_int(stmt, 1, record->table->no);
    bind_blob(stmt, 2, bytes_of(&record->id));
    bind_int(stmt, 3, ledger->no);
    enum status st = read_ids(stmt, arena, &before, &n, err);
    if (st == ST_OK)
        st = clear_sides(rep, ledger, record->table->no, &record->id, err);
    if (st != ST_OK)
        return st;
    ends->ids = arena_alloc(arena, (n + record->link_count + 1) * sizeof(*ends->ids));
    if (n)
        memcpy(ends->ids, before, n * sizeof(*before));
    ends->count = n;
    for (uint32_t i = 0; i < record->link_count && st == ST_OK; i++) {
        const struct record_id *other = &record->links[i].other;
        bool same = link_word(record, other) == LINK_SAME;
        ends->ids[ends->count++] = *other;
        st = write_side(rep, ledger, record->table->no, &record->id, other, same, err);
        if (st == ST_OK)
            st = write_side(rep, ledger, record->table->no, other, &record->id, same, err);
    }
    return st;
}

enum status links_pairs(struct replica *rep, const struct ledger *ledger,
                        const struct catalog_table *table, const struct record_id *id,
                        struct arena *arena, struct links_pair **out, size_t *count,
                        struct error *err)
{
    struct stmt *stmt = db_stmt(rep->db, "SELECT other, same FROM link WHERE tbl = ?1 AND id = ?2"
                                         " AND ledger = ?3 ORDER BY other");
    struct links_pair *pairs = NULL;
    size_t n = 0, capacity = 0;
    enum status st;
    bool row;
    bind_int(stmt, 1, table->no);
    bind_blob(stmt, 2, bytes_of(id));
    bind_int(stmt, 3, ledger->no);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        pairs = mem_grow(pairs, &capacity, n + 1, sizeof(*pairs));
        pairs[n].same = stmt_int(stmt, 1) != 0;
        n += read_id(stmt, 0, &pairs[n].other);
    }
    stmt_reset(stmt);
    *out = n ? arena_copy(arena, pairs, n * sizeof(*pairs)) : NULL;
    *count = n;
    mem_free(pairs);
    return st;
}

/* ---- components ---- */

enum status links_component(struct replica *rep, const struct catalog_table *table,
                            const struct record_id *id, struct arena *arena, struct record_id **out,
                            size_t *count, struct error *err)
{
    struct stmt *stmt = db_stmt(
        rep->db, "WITH RECURSIVE member(id) AS (SELECT ?2 UNION SELECT l.other FROM member m"
                 " JOIN link l ON l.tbl = ?1 AND l.id = m.id AND l.same)"
                 " SELECT id FROM member ORDER BY id");
    bind_int(stmt, 1, table->no);
    bind_blob(stmt, 2, bytes_of(id));
    return read_ids(stmt, arena, out, count, err);
}

/* A row of a member: in one ledger. */
struct member_row {
    const struct record_id *id;
    int64_t ledger;
    int bits;
};

static enum status read_rows(struct replica *rep, const struct catalog_table *table,
                             const struct record_id *ids, size_t count, struct member_row **rows,
                             size_t *row_count, struct error *err)
{
    size_t capacity = 0;
    enum status st = ST_OK;
    for (size_t i = 0; i < count && st == ST_OK; i++)
        for (size_t l = 0; l < rep->ledger_count && st == ST_OK; l++) {
            struct member_row row = {.id = &ids[i], .ledger = rep->ledgers[l]->no};
            bool found;
            st = record_state_bits(materialise_tables(rep), row.ledger, table, row.id, &found,
                                   &row.bits, err);
            if (st != ST_OK || !found)
                continue;
            *rows = mem_grow(*rows, &capacity, *row_count + 1, sizeof(**rows));
            (*rows)[(*row_count)++] = row;
        }
    return st;
}

static enum status write_same_as(struct replica *rep, const struct catalog_table *table,
                                 const struct record_id *id, const struct member_row *shown,
                                 struct error *err)
{
    struct stmt *stmt;
    if (!shown || record_id_equal(shown->id, id)) {
        stmt = db_stmt(rep->db, "DELETE FROM same_as WHERE tbl = ?1 AND id = ?2");
    } else {
        stmt = db_stmt(rep->db, "INSERT OR REPLACE INTO same_as(tbl, id, shown, ledger)"
                                " VALUES (?1, ?2, ?3, ?4)");
        bind_blob(stmt, 3, bytes_of(shown->id));
        bind_int(stmt, 4, shown->ledger);
    }
    bind_int(stmt, 1, table->no);
    bind_blob(stmt, 2, bytes_of(id));
    return stmt_run(stmt, err);
}

enum status links_settle(struct replica *rep, const struct catalog_table *table,
                         const struct record_id *id, struct error *err)
{
    struct arena arena = {0};
    struct record_id *ids = NULL;
    struct member_row *rows = NULL;
    const struct member_row *shown = NULL;
    size_t count = 0, row_count = 0;
    enum status st = links_component(rep, table, id, &arena, &ids, &count, err);
    if (st == ST_OK)
        st = read_rows(rep, table, ids, count, &rows, &row_count, err);
    for (size_t i = 0; i < row_count && !shown; i++) /* ids ascend */
        if ((rows[i].bits & (ROW_LIVE | ROW_ELSEWHERE)) == ROW_LIVE)
            shown = &rows[i];
    for (size_t i = 0; i < count && st == ST_OK; i++)
        st = write_same_as(rep, table, &ids[i], shown, err);
    for (size_t i = 0; i < row_count && st == ST_OK; i++) {
        bool away = shown && !record_id_equal(shown->id, rows[i].id);
        int bits = (rows[i].bits & ~ROW_LINKED) | (away ? ROW_LINKED : 0);
        if (bits != rows[i].bits)
            st = record_set_state_bits(materialise_tables(rep), rows[i].ledger, table, rows[i].id,
                                       bits, err);
    }
    mem_free(rows);
    arena_release(&arena);
    return st;
}

/* ---- asking ---- */

bool links_shown(struct replica *rep, const struct catalog_table *table, const struct record_id *id,
                 struct record_id *shown)
{
    struct stmt *stmt = db_stmt(rep->db, "SELECT shown FROM same_as WHERE tbl = ?1 AND id = ?2");
    bool row = false;
    bind_int(stmt, 1, table->no);
    bind_blob(stmt, 2, bytes_of(id));
    bool away = stmt_step(stmt, &row, NULL) == ST_OK && row && read_id(stmt, 0, shown);
    stmt_reset(stmt);
    return away;
}

enum status links_word(struct replica *rep, const struct catalog_table *table,
                       const struct record_id *a, const struct record_id *b, enum link_word *out,
                       struct error *err)
{
    struct stmt *stmt = db_stmt(rep->db, "SELECT max(same) FROM link WHERE tbl = ?1 AND id = ?2"
                                         " AND other = ?3");
    bool row = false;
    bind_int(stmt, 1, table->no);
    bind_blob(stmt, 2, bytes_of(a));
    bind_blob(stmt, 3, bytes_of(b));
    enum status st = stmt_step(stmt, &row, err);
    *out = LINK_UNSAID;
    if (st == ST_OK && row && stmt_type(stmt, 0) != COLUMN_NULL)
        *out = stmt_int(stmt, 0) ? LINK_SAME : LINK_APART;
    stmt_reset(stmt);
    return st;
}
