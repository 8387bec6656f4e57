/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * snapshot: see snapshot.h. The parts stand in this order: chains, leaves, records by ordinal, what
 * else the fold has made beside the record tables, and the record tables. Which leaves touch which
 * record is not among them: nobody can look there before the history has come.
 */
#include "shared/db/snapshot.h"

#include <stdlib.h>

#include "shared/base/check.h"
#include "shared/db/links.h"
#include "shared/db/materialise.h"
#include "shared/db/migrate.h"
#include "shared/db/moves.h"
#include "shared/db/past.h"
#include "shared/db/record_tables.h"
#include "shared/db/snapshot_rows.h"

#define PART_BYTES ((size_t)4 * 1024 * 1024)

enum part { PART_CHAINS = 1, PART_LEAVES, PART_RECORDS, PART_SIDES, PART_TABLES = 64 };

enum { I = SNAPSHOT_INT, N = SNAPSHOT_ANY_INT, T = SNAPSHOT_TEXT, B = SNAPSHOT_BYTES };
enum { H = SNAPSHOT_HASH, R = SNAPSHOT_RECORD, OPTIONAL = SNAPSHOT_OPTIONAL };

/* Derived tables beside the record tables, but for touch, touch_many and authority_op, and same_as,
 * which depends on the other ledgers here. */
static const struct side {
    const char *name, *columns, *order;
    size_t count;
    uint8_t kinds[9];
} sides[] = {
    {"void_change", "leaf, position, code, reason", "1, 2", 4, {I, I, T, T}},
    {"conflict", "tbl, id, field", "1, 2, 3", 3, {I, R, I}},
    {"overruled",
     "tbl, id, field, leaf, position, by_leaf, by_position, why",
     "1, 2, 3, 4, 5",
     8,
     {I, R, I, I, I, I, I, T}},
    {"move", "id, tbl, arrives, hop, other", "1, 2, 3, 4", 5, {R, I, I, I, T}},
    {"link", "tbl, id, other, same", "1, 2, 3", 4, {I, R, R, I}},
    {"touch_second", "id, leaf", "1, 2", 2, {R, I}},
    {"ruling", "leaf, position, by_leaf, counts", "1, 2", 4, {I, I, I, I}},
    {"erasure",
     "leaf, position, by_leaf, by_position, counts, agrees",
     "1, 2",
     6,
     {I, I, I | OPTIONAL, I | OPTIONAL, I, I}},
    {"attachment_ref",
     "hash, leaf, position, thumb, size, kind",
     "1, 2, 3, 4",
     6,
     {H, I, I, I, I, I}},
};

static const uint8_t chain_kinds[] = {H, B};
static const uint8_t leaf_kinds[] = {I, I, H, I, I, I, B | OPTIONAL, I, I, N};
static const uint8_t record_kinds[] = {R, I};

static void add_dump(void *arg, struct slice bytes)
{
    hash_add(arg, bytes);
}

enum status snapshot_digest(struct replica *rep, struct ledger *ledger, struct hash *out,
                            struct error *err)
{
    struct hash_run run;
    hash_begin(&run);
    enum status st = materialise_dump(rep, ledger, true, add_dump, &run, err);
    hash_end(&run, out);
    return st;
}

/* ---- making ---- */

struct making {
    struct replica *rep;
    struct ledger *ledger;
    struct buf *out;
    struct snapshot_records records;
    int64_t *chains; /* local numbers, by place */
    size_t chain_count, chain_capacity;
};

static void flush(struct making *m, struct snapshot_part *part, uint64_t table, bool last)
{
    const size_t columns = part->columns;
    if (part->rows == 0 || (!last && part->rows < SNAPSHOT_ROWS_MAX && part->size < PART_BYTES))
        return;
    snapshot_part_write(part, table, m->out);
    snapshot_part_release(part);
    snapshot_part_init(part, columns);
}

/* sql: ?1 is the ledger; its columns from `from` on travel. */
static enum status put_rows(struct making *m, const char *sql, uint64_t table, size_t columns,
                            struct error *err)
{
    struct snapshot_part part;
    struct stmt *stmt = NULL;
    bool row;
    enum status st = db_prepare(m->rep->db, slice_str(sql), &stmt, err);
    if (st != ST_OK)
        return st;
    snapshot_part_init(&part, columns);
    bind_int(stmt, 1, m->ledger->no);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        snapshot_part_add(&part, stmt, 0, &m->records);
        flush(m, &part, table, false);
    }
    flush(m, &part, table, true);
    snapshot_part_release(&part);
    stmt_release(stmt);
    return st;
}

static enum status load_records(struct making *m, struct error *err)
{
    struct stmt *stmt = db_stmt(m->rep->db, "SELECT id FROM record_no WHERE ledger = ?1"
                                            " ORDER BY no");
    struct record_id id;
    bool row;
    enum status st;
    bind_int(stmt, 1, m->ledger->no);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        if (stmt_blob(stmt, 0).n != RECORD_ID_SIZE)
            return error_set(err, ST_DAMAGED, "table record_no; run huce rebuild");
        memcpy(id.b, stmt_blob(stmt, 0).p, RECORD_ID_SIZE);
        snapshot_records_add(&m->records, &id);
    }
    return st;
}

static enum status load_chains(struct making *m, struct error *err)
{
    struct stmt *stmt = db_stmt(m->rep->db, "SELECT no FROM chain WHERE ledger = ?1 ORDER BY no");
    bool row;
    enum status st;
    bind_int(stmt, 1, m->ledger->no);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        m->chains = mem_grow(m->chains, &m->chain_capacity, m->chain_count + 1, sizeof *m->chains);
        m->chains[m->chain_count++] = stmt_int(stmt, 0);
    }
    return st;
}

static uint64_t place_of_chain(const struct making *m, int64_t no)
{
    for (size_t i = 0; i < m->chain_count; i++)
        if (m->chains[i] == no)
            return i;
    return UINT32_MAX;
}

/* Local numbers of chains stand in it. */
static void put_reach(const struct making *m, struct slice packed, struct buf *out)
{
    struct stream s;
    stream_init(&s, packed);
    while (!stream_at_end(&s) && !s.bad) {
        varint_put(out, place_of_chain(m, (int64_t)varint_read(&s)));
        varint_put(out, varint_read(&s));
    }
}

static enum status put_leaves(struct making *m, struct error *err)
{
    struct stmt *stmt = db_stmt(
        m->rep->db, "SELECT c.chain, c.number, l.id, c.first_seq, c.count, c.base_size, c.reach,"
                    " l.admitted_ms, l.registry_size, l.effective_ms FROM leaf l"
                    " JOIN changeset c ON c.no = l.changeset WHERE l.ledger = ?1 ORDER BY l.idx");
    struct snapshot_part part;
    struct buf reach;
    bool row;
    enum status st;
    snapshot_part_init(&part, ARRAY_LENGTH(leaf_kinds));
    buf_init(&reach, 64 * 1024);
    bind_int(stmt, 1, m->ledger->no);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        for (int i = 0; i < (int)ARRAY_LENGTH(leaf_kinds); i++) {
            struct snapshot_value value = {.type = stmt_type(stmt, i)};
            if (i == 0)
                value.number = (int64_t)place_of_chain(m, stmt_int(stmt, i));
            else if (value.type == COLUMN_INT)
                value.number = stmt_int(stmt, i);
            else if (i == 6 && value.type != COLUMN_NULL) {
                buf_clear(&reach);
                put_reach(m, stmt_blob(stmt, i), &reach);
                value.bytes = buf_slice(&reach);
            } else if (value.type != COLUMN_NULL)
                value.bytes = stmt_blob(stmt, i);
            snapshot_part_put(&part, (size_t)i, &value, &m->records);
        }
        flush(m, &part, PART_LEAVES, false);
    }
    flush(m, &part, PART_LEAVES, true);
    snapshot_part_release(&part);
    buf_release(&reach);
    return st;
}

static enum status put_sides(struct making *m, struct error *err)
{
    enum status st = ST_OK;
    for (size_t i = 0; i < ARRAY_LENGTH(sides) && st == ST_OK; i++) {
        char *sql = mem_printf("SELECT %s FROM %s WHERE ledger = ?1 ORDER BY %s", sides[i].columns,
                               sides[i].name, sides[i].order);
        st = put_rows(m, sql, PART_SIDES + i, sides[i].count, err);
        mem_free(sql);
    }
    return st;
}

/* id, every field, _state, _v. */
static size_t table_columns(const struct catalog_table *table, struct buf *names, uint8_t *kinds)
{
    size_t n = 0;
    kinds[n++] = R;
    buf_put_str(names, "id");
    for (size_t i = 0; i < table->field_count; i++) {
        if (!record_tables_has_column(table->fields[i]))
            continue;
        kinds[n++] = SNAPSHOT_VALUE;
        buf_printf(names, ", \"%s\"", table->fields[i]->name);
    }
    kinds[n++] = I;
    kinds[n++] = B;
    return n;
}

static enum status put_table(struct making *m, const struct catalog_table *table, struct error *err)
{
    uint8_t kinds[CATALOG_FIELD_NO_MAX + 8];
    struct buf names;
    buf_init(&names, 64 * 1024);
    const size_t n = table_columns(table, &names, kinds);
    /* In the order in which the ledger named them. */
    char *sql = mem_printf("SELECT %s, _state & ~%d, _v FROM \"r_%s\" WHERE ledger = ?1"
                           " ORDER BY (SELECT no FROM record_no n WHERE n.ledger = ?1"
                           " AND n.id = \"r_%s\".id)",
                           buf_cstr(&names), ROW_BY_OTHERS, table->name, table->name);
    enum status st = put_rows(m, sql, PART_TABLES + table->no, n, err);
    mem_free(sql);
    buf_release(&names);
    return st;
}

enum status snapshot_make(struct replica *rep, struct ledger *ledger, struct buf *out,
                          struct error *err)
{
    const struct catalog *catalog = replica_catalog(rep);
    struct making m = {.rep = rep, .ledger = ledger, .out = out};
    enum status st = load_records(&m, err);
    if (st == ST_OK)
        st = load_chains(&m, err);
    if (st == ST_OK)
        st = put_rows(&m, "SELECT kid, chain FROM chain WHERE ledger = ?1 ORDER BY no", PART_CHAINS,
                      ARRAY_LENGTH(chain_kinds), err);
    if (st == ST_OK)
        st = put_leaves(&m, err);
    if (st == ST_OK) /* the ids themselves: nothing is known by its ordinal yet */
        st = put_rows(&m, "SELECT id, leaf FROM record_no WHERE ledger = ?1 ORDER BY no",
                      PART_RECORDS, ARRAY_LENGTH(record_kinds), err);
    snapshot_records_sort(&m.records);
    if (st == ST_OK)
        st = put_sides(&m, err);
    for (size_t i = 0; i < catalog->table_count && st == ST_OK; i++)
        if (record_tables_has(catalog->tables[i]))
            st = put_table(&m, catalog->tables[i], err);
    if (st == ST_OK && !buf_ok(out))
        st = error_set(err, ST_LIMIT, "%s: a snapshot would be too large", ledger->origin.text);
    snapshot_records_release(&m.records);
    mem_free(m.chains);
    return st;
}

/* ---- taking ---- */

struct taking {
    struct replica *rep;
    struct ledger *ledger;
    uint64_t size;
    struct snapshot_records records;
    int64_t *chains;
    size_t chain_count, chain_capacity;
    struct merkle tree;
    struct leaf last;
    struct snapshot_value values[SNAPSHOT_COLUMNS_MAX];
};

static enum status no_snapshot(struct error *err)
{
    return error_set(err, ST_INVALID, "snapshot: a row of another form than its table has");
}

static enum status take_chain(struct taking *t, struct error *err)
{
    struct hash kid;
    struct chain_id chain;
    if (t->values[1].bytes.n != sizeof chain.b)
        return no_snapshot(err);
    memcpy(kid.b, t->values[0].bytes.p, HASH_SIZE);
    memcpy(chain.b, t->values[1].bytes.p, sizeof chain.b);
    t->chains = mem_grow(t->chains, &t->chain_capacity, t->chain_count + 1, sizeof *t->chains);
    t->chains[t->chain_count++] = replica_chain(t->rep, t->ledger, &kid, &chain);
    return ST_OK;
}

static bool take_reach(const struct taking *t, struct slice packed, struct buf *out)
{
    struct stream s;
    stream_init(&s, packed);
    while (!stream_at_end(&s) && !s.bad) {
        const uint64_t place = varint_read(&s), number = varint_read(&s);
        if (place >= t->chain_count)
            return false;
        varint_put(out, (uint64_t)t->chains[place]);
        varint_put(out, number);
    }
    return !s.bad && buf_ok(out);
}

static enum status take_leaf(struct taking *t, struct error *err)
{
    const struct snapshot_value *v = t->values;
    struct leaf leaf = {.admitted_ms = v[7].number, .registry_size = (uint64_t)v[8].number};
    struct hash hash, root;
    struct buf reach;
    const uint64_t index = t->tree.size;
    if (index >= t->size || (uint64_t)v[0].number >= t->chain_count || v[4].number < 1 ||
        v[4].number > CHANGESET_CHANGES_MAX || (uint64_t)v[5].number > index ||
        leaf.admitted_ms < t->last.admitted_ms || leaf.registry_size < t->last.registry_size)
        return no_snapshot(err);
    memcpy(leaf.id.b, v[2].bytes.p, HASH_SIZE);
    buf_init(&reach, 64 * 1024);
    if (!take_reach(t, v[6].bytes, &reach)) {
        buf_release(&reach);
        return no_snapshot(err);
    }
    struct stmt *stmt = db_stmt(
        t->rep->db, "INSERT INTO changeset(ledger, chain, number, id, first_seq, count, base_size,"
                    " idx, reach, cose, salts, columns, digest)"
                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, x'', x'', x'', x'')");
    bind_int(stmt, 1, t->ledger->no);
    bind_int(stmt, 2, t->chains[v[0].number]);
    bind_int(stmt, 3, v[1].number);
    bind_blob(stmt, 4, hash_slice(&leaf.id));
    bind_int(stmt, 5, v[3].number);
    bind_int(stmt, 6, v[4].number);
    bind_int(stmt, 7, v[5].number);
    bind_int(stmt, 8, (int64_t)index);
    if (reach.n)
        bind_blob(stmt, 9, buf_slice(&reach));
    else
        bind_null(stmt, 9);
    enum status st = stmt_run(stmt, err);
    buf_release(&reach);
    leaf_hash(&leaf, &hash);
    merkle_append(&t->tree, &hash);
    merkle_root(&t->tree, &root);
    t->last = leaf;
    if (st != ST_OK)
        return st;
    stmt = db_stmt(t->rep->db, "INSERT INTO leaf(ledger, idx, changeset, id, admitted_ms,"
                               " registry_size, root, effective_ms)"
                               " VALUES (?1, ?2, last_insert_rowid(), ?3, ?4, ?5, ?6, ?7)");
    bind_int(stmt, 1, t->ledger->no);
    bind_int(stmt, 2, (int64_t)index);
    bind_blob(stmt, 3, hash_slice(&leaf.id));
    bind_int(stmt, 4, leaf.admitted_ms);
    bind_int(stmt, 5, (int64_t)leaf.registry_size);
    bind_blob(stmt, 6, hash_slice(&root));
    bind_int(stmt, 7, v[9].number);
    return stmt_run(stmt, err);
}

static enum status take_record(struct taking *t, struct error *err)
{
    struct record_id id;
    if ((uint64_t)t->values[1].number >= t->size || t->records.count >= INT32_MAX)
        return no_snapshot(err);
    memcpy(id.b, t->values[0].bytes.p, RECORD_ID_SIZE);
    struct stmt *stmt = db_stmt(t->rep->db, "INSERT INTO record_no(ledger, id, no, leaf)"
                                            " VALUES (?1, ?2, ?3, ?4)");
    bind_int(stmt, 1, t->ledger->no);
    bind_blob(stmt, 2, slice_of(id.b, RECORD_ID_SIZE));
    bind_int(stmt, 3, (int64_t)t->records.count);
    bind_int(stmt, 4, t->values[1].number);
    snapshot_records_add(&t->records, &id);
    return stmt_run(stmt, err);
}

typedef enum status take_row(struct taking *t, struct error *err);

/* row, or NULL: insert, a statement for the ledger and the values. */
static enum status take_part(struct taking *t, struct snapshot_reading *part, const uint8_t *kinds,
                             size_t columns, take_row *take, struct stmt *insert, struct error *err)
{
    enum status st = part->columns == columns ? ST_OK : no_snapshot(err);
    for (size_t r = 0; r < part->rows && st == ST_OK; r++) {
        if (!snapshot_reading_next(part, kinds, &t->records, t->values))
            return no_snapshot(err);
        if (take) {
            st = take(t, err);
            continue;
        }
        bind_int(insert, 1, t->ledger->no);
        for (size_t i = 0; i < columns; i++)
            snapshot_bind(insert, (int)i + 2, &t->values[i]);
        st = stmt_run(insert, err);
    }
    return st == ST_OK && !snapshot_reading_is_over(part) ? no_snapshot(err) : st;
}

static enum status take_into(struct taking *t, struct snapshot_reading *part, const char *table,
                             const char *columns, const uint8_t *kinds, size_t count,
                             struct error *err)
{
    struct stmt *insert = NULL;
    struct buf sql;
    buf_init(&sql, 128 * 1024);
    buf_printf(&sql, "INSERT INTO \"%s\"(ledger, %s) VALUES (?1", table, columns);
    for (size_t i = 0; i < count; i++)
        buf_printf(&sql, ", ?%zu", i + 2);
    buf_put_u8(&sql, ')');
    enum status st = db_prepare(t->rep->db, buf_slice(&sql), &insert, err);
    if (st == ST_OK)
        st = take_part(t, part, kinds, count, NULL, insert, err);
    stmt_release(insert);
    buf_release(&sql);
    return st;
}

static enum status take_table(struct taking *t, struct snapshot_reading *part, struct error *err)
{
    const struct catalog_table *table =
        part->table - PART_TABLES > UINT32_MAX
            ? NULL
            : catalog_table(replica_catalog(t->rep), (uint32_t)(part->table - PART_TABLES));
    uint8_t kinds[CATALOG_FIELD_NO_MAX + 8];
    struct buf names;
    if (!table || !record_tables_has(table))
        return no_snapshot(err);
    buf_init(&names, 64 * 1024);
    const size_t n = table_columns(table, &names, kinds);
    buf_put_str(&names, ", _state, _v");
    char *name = mem_printf("r_%s", table->name);
    enum status st = take_into(t, part, name, buf_cstr(&names), kinds, n, err);
    mem_free(name);
    buf_release(&names);
    return st;
}

static enum status take_any(struct taking *t, struct snapshot_reading *part, struct error *err)
{
    if (part->table == PART_CHAINS)
        return take_part(t, part, chain_kinds, ARRAY_LENGTH(chain_kinds), take_chain, NULL, err);
    if (part->table == PART_LEAVES)
        return take_part(t, part, leaf_kinds, ARRAY_LENGTH(leaf_kinds), take_leaf, NULL, err);
    if (part->table == PART_RECORDS)
        return take_part(t, part, record_kinds, ARRAY_LENGTH(record_kinds), take_record, NULL, err);
    if (part->table >= PART_SIDES && part->table < PART_SIDES + ARRAY_LENGTH(sides)) {
        const struct side *side = &sides[part->table - PART_SIDES];
        return take_into(t, part, side->name, side->columns, side->kinds, side->count, err);
    }
    return part->table >= PART_TABLES ? take_table(t, part, err) : no_snapshot(err);
}

static enum status store_ledger(struct taking *t, struct error *err)
{
    struct stmt *stmt =
        db_stmt(t->rep->db, "UPDATE ledger SET size = ?2, frontier = ?3, folded = ?2, records = ?4,"
                            " filled = 0, behind = ?2, waits = 0 WHERE no = ?1");
    bind_int(stmt, 1, t->ledger->no);
    bind_int(stmt, 2, (int64_t)t->size);
    bind_blob(stmt, 3,
              slice_of(t->tree.stack, HASH_SIZE * (size_t)__builtin_popcountll(t->tree.size)));
    bind_int(stmt, 4, (int64_t)t->records.count);
    return stmt_run(stmt, err);
}

/* Which records are counted here, and shown under which id, depends on the other ledgers too. */
static enum status settle_all(struct replica *rep, const char *sql, bool moves, struct error *err)
{
    struct stmt *stmt = NULL;
    struct record_id *ids = NULL;
    uint32_t *tables = NULL;
    size_t n = 0, id_capacity = 0, table_capacity = 0;
    bool row;
    enum status st = db_prepare(rep->db, slice_str(sql), &stmt, err);
    while (st == ST_OK && (st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        ids = mem_grow(ids, &id_capacity, n + 1, sizeof *ids);
        tables = mem_grow(tables, &table_capacity, n + 1, sizeof *tables);
        tables[n] = (uint32_t)stmt_int(stmt, 0);
        memcpy(ids[n++].b, stmt_blob(stmt, 1).p, RECORD_ID_SIZE);
    }
    stmt_release(stmt);
    for (size_t i = 0; i < n && st == ST_OK; i++) {
        const struct catalog_table *table = catalog_table(replica_catalog(rep), tables[i]);
        if (table && record_tables_has(table))
            st = moves ? moves_settle(rep, table, &ids[i], err)
                       : links_settle(rep, table, &ids[i], err);
    }
    mem_free(ids);
    mem_free(tables);
    return st;
}

enum status snapshot_take(struct replica *rep, const struct origin *origin, struct slice bytes,
                          uint64_t size, const struct hash *root, struct error *err)
{
    struct ledger *ledger = replica_ledger(rep, origin);
    struct taking *t = mem_zero_alloc(1, sizeof *t);
    struct hash led_to;
    CHECK(ledger && ledger->tree.size == 0 && size > 0);
    t->rep = rep;
    t->ledger = ledger;
    t->size = size;
    merkle_init(&t->tree);
    enum status st = ST_OK;
    while (bytes.n && st == ST_OK) {
        struct snapshot_reading part;
        st = snapshot_reading_open(&bytes, &part, err);
        if (st == ST_OK)
            st = take_any(t, &part, err);
        snapshot_reading_release(&part);
    }
    merkle_root(&t->tree, &led_to);
    if (st == ST_OK && (t->tree.size != size || !hash_equal(&led_to, root) ||
                        t->last.registry_size > rep->registry.size))
        st = error_set(err, ST_INVALID, "%s: the snapshot is of another history", origin->text);
    if (st == ST_OK)
        st = store_ledger(t, err);
    if (st == ST_OK)
        st = replica_reload(rep, true, err);
    if (st == ST_OK)
        st = settle_all(rep, "SELECT DISTINCT tbl, id FROM move", true, err);
    if (st == ST_OK)
        st = settle_all(rep, "SELECT DISTINCT tbl, id FROM link", false, err);
    snapshot_records_release(&t->records);
    mem_free(t->chains);
    mem_free(t);
    return st;
}

/* ---- the history comes behind ---- */

bool snapshot_is_open(const struct replica *rep)
{
    for (size_t i = 0; i < rep->ledger_count; i++)
        if (rep->ledgers[i]->behind)
            return true;
    return false;
}

enum status snapshot_refuse(const struct replica *rep, struct error *err)
{
    for (size_t i = 0; i < rep->ledger_count; i++) {
        const struct ledger *ledger = rep->ledgers[i];
        if (ledger->behind)
            return error_set(err, ST_REFUSED,
                             "账本 %s 的历史还没有全到（%llu 组里到了 %llu 组）；"
                             "请接着同步（huce sync），到齐了再来",
                             ledger->origin.text, (unsigned long long)ledger->behind,
                             (unsigned long long)ledger->filled);
    }
    return ST_OK;
}

enum status snapshot_recompute(struct replica *rep, const char *file, struct ledger *ledger,
                               uint64_t size, uint64_t registry_size, struct hash *out,
                               struct error *err)
{
    const struct past past = {
        .ledger = ledger, .size = size, .alone = true, .registry_size = registry_size};
    const struct origin origin = ledger->origin;
    struct replica *then = NULL;
    struct db *db = NULL;
    enum status st = db_open(NULL, DB_MEMORY, &db, err);
    if (st == ST_OK)
        st = migrate(db, "shared", err);
    if (st == ST_OK)
        st = past_fill(rep, file, &past, db, err);
    if (st == ST_OK)
        st = replica_open(db, &then, err);
    if (st == ST_OK)
        st = snapshot_digest(then, replica_ledger(then, &origin), out, err);
    replica_close(then);
    db_close(db);
    return st;
}

enum status snapshot_settle(struct replica *rep, struct error *err)
{
    enum status st = ST_OK;
    for (size_t i = 0; i < rep->ledger_count; i++)
        CHECK(rep->ledgers[i]->filled == rep->ledgers[i]->behind);
    st = db_exec(rep->db, "UPDATE ledger SET filled = 0, behind = 0, waits = 0", err);
    if (st == ST_OK)
        st = replica_reload(rep, true, err);
    return st == ST_OK ? materialise_rebuild(rep, NULL, err) : st;
}

enum status snapshot_give_up(struct replica *rep, struct error *err)
{
    enum status st = ST_OK;
    for (size_t i = 0; i < rep->ledger_count && st == ST_OK; i++)
        if (rep->ledgers[i]->behind)
            st = replica_cut(rep, rep->ledgers[i], rep->ledgers[i]->filled, err);
    if (st == ST_OK)
        st = replica_reload(rep, true, err);
    return st == ST_OK ? materialise_rebuild(rep, NULL, err) : st;
}
