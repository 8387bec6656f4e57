/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * replica: ledgers in SQLite. See replica.h for the contract and migrations/shared/0001_replica.sql
 * for the tables.
 *
 * What is cached in memory is small: per ledger the Merkle frontier and counters, the folded
 * registry and the catalogs. The order entries of a ledger (24 bytes a leaf) are loaded when the
 * merge first asks for one, which it does only for changes that had not seen each other.
 */
#include "shared/db/replica.h"

#include <stdlib.h>

#include "shared/base/check.h"
#include "shared/codec/compress.h"
#include "shared/codec/framing.h"
#include "shared/codec/hex.h"
#include "shared/db/record_tables.h"

/* ---- order entries ---- */

/* Which record has an ordinal, and the leaf that mentioned it first. Both never change, so pages of
 * neighbouring ordinals are kept once they were asked for, each in the one place it may have. */
#define ORDINAL_PAGE 256
#define ORDINAL_PAGES_MAX 128

struct ordinal_page {
    int64_t ledger;  /* 0: nothing is here */
    uint64_t number; /* ordinals [number * ORDINAL_PAGE, …); of them the first `count` are here */
    size_t count;
    struct {
        struct record_id id;
        uint64_t leaf;
    } records[ORDINAL_PAGE];
};

/* Admitted entries are an array by leaf index; those of the overlay a short list by number. */
struct ledger_order {
    struct order order;
    struct replica *rep;
    struct ledger *ledger;
    struct arena arena;
    struct order_entry *leaves;
    size_t leaf_count, leaf_capacity;
    struct overlay_entry {
        uint64_t overlay;
        struct order_entry entry;
    } * overlay;
    size_t overlay_count, overlay_capacity;
    uint64_t overlay_next;
};

/* Reads (chain, number) varint pairs. */
static void read_reach(struct arena *arena, struct slice packed, struct order_entry *entry)
{
    struct stream s;
    struct reach *reach = arena_alloc(arena, (packed.n / 2 + 1) * sizeof *reach);
    uint32_t n = 0;
    stream_init(&s, packed);
    while (!stream_at_end(&s) && !s.bad) {
        reach[n].chain = (uint32_t)varint_read(&s);
        reach[n].number = varint_read(&s);
        n++;
    }
    entry->reach_count = n;
    entry->reach = reach;
}

static void order_add_leaf(struct ledger_order *o, const struct order_entry *entry)
{
    o->leaves = mem_grow(o->leaves, &o->leaf_capacity, o->leaf_count + 1, sizeof *o->leaves);
    o->leaves[o->leaf_count++] = *entry;
}

static void order_add_overlay(struct ledger_order *o, uint64_t overlay,
                              const struct order_entry *entry)
{
    for (size_t i = 0; i < o->overlay_count; i++)
        if (o->overlay[i].overlay == overlay) {
            o->overlay[i].entry = *entry;
            return;
        }
    o->overlay =
        mem_grow(o->overlay, &o->overlay_capacity, o->overlay_count + 1, sizeof *o->overlay);
    o->overlay[o->overlay_count++] = (struct overlay_entry){overlay, *entry};
    if (overlay - LEAF_OVERLAY >= o->overlay_next)
        o->overlay_next = overlay - LEAF_OVERLAY + 1;
}

/* Concurrent with everything: no chain has this number. An overlay number that nobody registered
 * (its changeset was closed by another process a moment ago), and a leaf whose row is gone: a
 * damaged database is for the audit to tell. */
static const struct order_entry stranger = {.chain = UINT32_MAX};

static const struct order_entry *order_lookup(void *arg, uint64_t leaf)
{
    struct ledger_order *o = arg;
    if (leaf < LEAF_OVERLAY)
        return leaf < o->leaf_count ? &o->leaves[leaf] : &stranger;
    for (size_t i = o->overlay_count; i-- > 0;)
        if (o->overlay[i].overlay == leaf)
            return &o->overlay[i].entry;
    return &stranger;
}

static void order_release(struct ledger_order *o)
{
    if (!o)
        return;
    mem_free(o->leaves);
    mem_free(o->overlay);
    arena_release(&o->arena);
    mem_free(o);
}

static struct ledger_order *ledger_order(struct replica *rep, struct ledger *ledger)
{
    if (ledger->order)
        return ledger->order;
    struct ledger_order *o = mem_zero_alloc(1, sizeof *o);
    o->rep = rep;
    o->ledger = ledger;
    o->order = (struct order){order_lookup, o};
    struct stmt *stmt = db_stmt(
        rep->db, "SELECT c.chain, c.number, c.base_size, c.reach, l.idx FROM leaf l"
                 " JOIN changeset c ON c.no = l.changeset WHERE l.ledger = ?1 AND l.idx < ?2"
                 " ORDER BY l.idx");
    bool row;
    bind_int(stmt, 1, ledger->no);
    bind_int(stmt, 2, (int64_t)ledger->tree.size);
    while (stmt_step(stmt, &row, NULL) == ST_OK && row) {
        struct order_entry entry = {.chain = (uint32_t)stmt_int(stmt, 0),
                                    .number = (uint64_t)stmt_int(stmt, 1),
                                    .base_size = (uint64_t)stmt_int(stmt, 2)};
        if (stmt_type(stmt, 3) != COLUMN_NULL)
            read_reach(&o->arena, stmt_blob(stmt, 3), &entry);
        while (o->leaf_count < (uint64_t)stmt_int(stmt, 4))
            order_add_leaf(o, &stranger);
        order_add_leaf(o, &entry);
    }
    while (o->leaf_count < ledger->tree.size)
        order_add_leaf(o, &stranger);
    stmt = db_stmt(rep->db, "SELECT overlay, chain, number, base_size, reach FROM changeset"
                            " WHERE ledger = ?1 AND idx IS NULL ORDER BY no");
    bind_int(stmt, 1, ledger->no);
    while (stmt_step(stmt, &row, NULL) == ST_OK && row) {
        struct order_entry entry = {.chain = (uint32_t)stmt_int(stmt, 1),
                                    .number = (uint64_t)stmt_int(stmt, 2),
                                    .base_size = (uint64_t)stmt_int(stmt, 3)};
        if (stmt_type(stmt, 4) != COLUMN_NULL)
            read_reach(&o->arena, stmt_blob(stmt, 4), &entry);
        order_add_overlay(o, LEAF_OVERLAY + (uint64_t)stmt_int(stmt, 0), &entry);
    }
    ledger->order = o;
    return o;
}

const struct order *replica_order(struct replica *rep, struct ledger *ledger)
{
    return &ledger_order(rep, ledger)->order;
}

/* ---- opening ---- */

static void ledger_release(struct ledger *ledger)
{
    order_release(ledger->order);
    mem_free(ledger);
}

static void drop_catalog(struct catalog *cat)
{
    if (!cat)
        return;
    catalog_release(cat);
    mem_free(cat);
}

static void forget_registry(struct replica *rep)
{
    registry_release(&rep->registry);
    for (size_t i = 0; i < rep->catalog_count; i++)
        drop_catalog(rep->catalogs[i]);
    rep->catalog_count = 0;
}

static void forget_all(struct replica *rep)
{
    for (size_t i = 0; i < rep->ledger_count; i++)
        ledger_release(rep->ledgers[i]);
    rep->ledger_count = 0;
    rep->registry_ledger = NULL;
    forget_registry(rep);
    record_tables_release(rep->tables);
    rep->tables = NULL;
    for (size_t i = 0; rep->ordinals && i < ORDINAL_PAGES_MAX; i++)
        mem_free(rep->ordinals[i]);
    mem_free(rep->ordinals);
    rep->ordinals = NULL;
}

static void add_catalog(struct replica *rep, struct catalog *cat)
{
    rep->catalogs = mem_grow(rep->catalogs, &rep->catalog_capacity, rep->catalog_count + 1,
                             sizeof *rep->catalogs);
    rep->catalogs[rep->catalog_count++] = cat;
}

/* The catalog that the next migration is to be applied to. When all is read anew nobody has asked
 * for the newest so far, so it is not kept. */
static struct catalog *begin_catalog(struct replica *rep)
{
    struct catalog **newest = &rep->catalogs[rep->catalog_count - 1], *next = *newest;
    if (rep->registry.replay && rep->catalog_count > 1) {
        *newest = NULL;
        return next;
    }
    next = mem_zero_alloc(1, sizeof *next);
    catalog_clone(*newest, next);
    return next;
}

/* Folds one accepted authority op into the caches; a catalog op makes the next catalog. */
enum status replica_apply_authority(struct replica *rep, uint64_t leaf, const struct hash *author,
                                    struct slice op, struct error *err)
{
    size_t before = rep->registry.catalog_count;
    struct catalog *next = NULL;
    struct cbor_reader r;
    enum status st = ST_OK;
    cbor_reader_init(&r, op, "authority op");
    cbor_read_array(&r, 16);
    if (cbor_read_uint(&r) == OP_CATALOG) {
        struct slice migration = cbor_read_item(&r);
        next = begin_catalog(rep);
        st = cbor_end(&r, err);
        if (st == ST_OK)
            st = catalog_apply(next, migration, err);
    }
    if (st == ST_OK)
        st = registry_apply(&rep->registry, leaf, author, &rep->root_kid, op, err);
    if (st == ST_OK && rep->registry.catalog_count > before && next) {
        add_catalog(rep, next);
        next = NULL;
    }
    if (next && rep->registry.replay)
        st = error_set(err, ST_DAMAGED, "a catalog that did not count");
    drop_catalog(next);
    return st;
}

void replica_mark_authority(const struct replica *rep, struct authority_mark *mark)
{
    mark->catalog_count = rep->catalog_count;
    registry_clone(&rep->registry, &mark->registry);
}

void replica_back_to_mark(struct replica *rep, struct authority_mark *mark)
{
    while (rep->catalog_count > mark->catalog_count)
        drop_catalog(rep->catalogs[--rep->catalog_count]);
    registry_release(&rep->registry);
    rep->registry = mark->registry;
}

void replica_drop_mark(struct authority_mark *mark)
{
    registry_release(&mark->registry);
}

/* Where the ledger of this origin stands in by_origin, or would stand. */
static size_t origin_place(const struct replica *rep, const struct origin *origin)
{
    size_t low = 0, high = rep->ledger_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (strcmp(rep->by_origin[mid]->origin.text, origin->text) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static struct ledger *add_ledger(struct replica *rep, int64_t no, const struct origin *origin)
{
    struct ledger *ledger = mem_zero_alloc(1, sizeof *ledger);
    ledger->no = no;
    ledger->origin = *origin;
    merkle_init(&ledger->tree);
    merkle_root(&ledger->tree, &ledger->root);
    rep->ledgers =
        mem_grow(rep->ledgers, &rep->ledger_capacity, rep->ledger_count + 1, sizeof *rep->ledgers);
    rep->by_origin = mem_grow(rep->by_origin, &rep->by_origin_capacity, rep->ledger_count + 1,
                              sizeof *rep->by_origin);
    CHECK(rep->ledger_count == 0 || rep->ledgers[rep->ledger_count - 1]->no < no);
    size_t place = origin_place(rep, origin);
    memmove(&rep->by_origin[place + 1], &rep->by_origin[place],
            (rep->ledger_count - place) * sizeof *rep->by_origin);
    rep->by_origin[place] = ledger;
    rep->ledgers[rep->ledger_count++] = ledger;
    rep->growth++;
    if (rep->registry_origin.text[0] && strcmp(origin->text, rep->registry_origin.text) == 0)
        rep->registry_ledger = ledger;
    return ledger;
}

/* In the one spelling in which it was written. */
static bool read_kid(struct slice text, struct hash *out)
{
    char again[2 * HASH_SIZE + 1];
    if (!hex_decode(text, out->b, HASH_SIZE))
        return false;
    hex_encode(hash_slice(out), again);
    return slice_equal(text, slice_str(again));
}

static enum status load_settings(struct replica *rep, struct error *err)
{
    struct stmt *stmt = db_stmt(rep->db, "SELECT name, value FROM replica_setting");
    bool row;
    enum status st;
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        struct slice name = stmt_text(stmt, 0), value = stmt_text(stmt, 1);
        if (slice_equal(name, slice_str("registry")) && !origin_parse(value, &rep->registry_origin))
            return error_set(err, ST_DAMAGED, "数据库中登记账本的名称已损坏");
        if (slice_equal(name, slice_str("root_kid")) && !read_kid(value, &rep->root_kid))
            return error_set(err, ST_DAMAGED, "数据库中县级根密钥的标识已损坏");
        rep->scrub |= slice_equal(name, slice_str("scrub"));
    }
    return st;
}

static enum status load_ledgers(struct replica *rep, struct error *err)
{
    struct stmt *stmt = db_stmt(rep->db, "SELECT no, origin, size, frontier, folded, records,"
                                         " epoch, filled, behind, waits FROM ledger ORDER BY no");
    bool row;
    enum status st;
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        struct origin origin;
        struct slice frontier = stmt_blob(stmt, 3);
        uint64_t size = (uint64_t)stmt_int(stmt, 2);
        if (!origin_parse(stmt_text(stmt, 1), &origin) ||
            frontier.n != HASH_SIZE * (size_t)__builtin_popcountll(size))
            return error_set(err, ST_DAMAGED, "数据库中 ledger 表第 %lld 行已损坏",
                             (long long)stmt_int(stmt, 0));
        struct ledger *ledger = add_ledger(rep, stmt_int(stmt, 0), &origin);
        ledger->tree.size = size;
        if (frontier.n)
            memcpy(ledger->tree.stack, frontier.p, frontier.n);
        merkle_root(&ledger->tree, &ledger->root);
        ledger->folded = (uint64_t)stmt_int(stmt, 4);
        ledger->records = (uint64_t)stmt_int(stmt, 5);
        ledger->epoch = (uint32_t)stmt_int(stmt, 6) % (ORIGIN_EPOCH_MAX + 1);
        ledger->filled = (uint64_t)stmt_int(stmt, 7);
        ledger->behind = (uint64_t)stmt_int(stmt, 8);
        ledger->waits = stmt_int(stmt, 9) != 0;
    }
    for (size_t i = 0; i < rep->ledger_count && st == ST_OK; i++) {
        struct ledger *ledger = rep->ledgers[i];
        stmt = db_stmt(rep->db, "SELECT admitted_ms, registry_size FROM leaf WHERE ledger = ?1"
                                " ORDER BY idx DESC LIMIT 1");
        bind_int(stmt, 1, ledger->no);
        st = stmt_step(stmt, &row, err);
        if (st == ST_OK && row) {
            ledger->admitted_ms = stmt_int(stmt, 0);
            ledger->registry_size = (uint64_t)stmt_int(stmt, 1);
        }
        stmt_reset(stmt);
    }
    return st;
}

static enum status load_registry(struct replica *rep, struct error *err)
{
    struct stmt *stmt = db_stmt(rep->db, "SELECT leaf, author, op FROM authority_op"
                                         " ORDER BY leaf, position, step");
    bool row;
    enum status st;
    struct catalog *empty = mem_zero_alloc(1, sizeof *empty);
    catalog_init(empty);
    add_catalog(rep, empty);
    registry_init(&rep->registry, &rep->registry_origin);
    rep->registry.replay = true;
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        struct slice author = stmt_blob(stmt, 1);
        struct hash kid;
        if (author.n != HASH_SIZE)
            return error_set(err, ST_DAMAGED, "数据库中 authority_op 表已损坏，请运行 rebuild");
        memcpy(kid.b, author.p, HASH_SIZE);
        st = replica_apply_authority(rep, (uint64_t)stmt_int(stmt, 0), &kid, stmt_blob(stmt, 2),
                                     err);
        if (st != ST_OK)
            return error_wrap(err, ST_DAMAGED, "table authority_op; run huce rebuild");
    }
    rep->registry.replay = false;
    if (st == ST_OK && rep->registry_ledger)
        rep->registry.size = rep->registry_ledger->folded;
    return st;
}

enum status replica_reload(struct replica *rep, bool force, struct error *err)
{
    int64_t version = db_data_version(rep->db);
    if (!force && version == rep->data_version)
        return ST_OK;
    forget_all(rep);
    rep->data_version = version;
    rep->scrub = false;
    enum status st = load_settings(rep, err);
    if (st == ST_OK)
        st = load_ledgers(rep, err);
    if (st == ST_OK)
        st = load_registry(rep, err);
    return st;
}

enum status replica_open(struct db *db, struct replica **out, struct error *err)
{
    struct replica *rep = mem_zero_alloc(1, sizeof *rep);
    rep->db = db;
    enum status st = replica_reload(rep, true, err);
    if (st != ST_OK) {
        replica_close(rep);
        return st;
    }
    *out = rep;
    return ST_OK;
}

void replica_close(struct replica *rep)
{
    if (!rep)
        return;
    forget_all(rep);
    mem_free(rep->ledgers);
    mem_free(rep->by_origin);
    mem_free(rep->catalogs);
    mem_free(rep);
}

enum status replica_found(struct replica *rep, const struct origin *registry,
                          const struct hash *root_kid, struct error *err)
{
    char hex[2 * HASH_SIZE + 1];
    if (rep->registry_origin.text[0])
        return error_set(err, ST_EXISTS, "这个数据文件夹已属于 %s", rep->registry_origin.text);
    hex_encode(hash_slice(root_kid), hex);
    struct stmt *stmt = db_stmt(rep->db, "INSERT INTO replica_setting(name, value)"
                                         " VALUES ('registry', ?1), ('root_kid', ?2)");
    bind_str(stmt, 1, registry->text);
    bind_str(stmt, 2, hex);
    enum status st = stmt_run(stmt, err);
    if (st != ST_OK)
        return st;
    rep->registry_origin = *registry;
    rep->root_kid = *root_kid;
    registry_release(&rep->registry);
    registry_init(&rep->registry, registry);
    return replica_ledger_add(rep, registry, &rep->registry_ledger, err);
}

/* ---- ledgers ---- */

struct ledger *replica_ledger(struct replica *rep, const struct origin *origin)
{
    size_t place = origin_place(rep, origin);
    return place < rep->ledger_count &&
                   strcmp(rep->by_origin[place]->origin.text, origin->text) == 0
               ? rep->by_origin[place]
               : NULL;
}

struct ledger *replica_ledger_by_no(struct replica *rep, int64_t no)
{
    size_t low = 0, high = rep->ledger_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (rep->ledgers[mid]->no < no)
            low = mid + 1;
        else
            high = mid;
    }
    return low < rep->ledger_count && rep->ledgers[low]->no == no ? rep->ledgers[low] : NULL;
}

struct ledger *replica_ledger_named(struct replica *rep, const char *name)
{
    for (size_t i = 0; i < rep->ledger_count; i++)
        if (strcmp(rep->ledgers[i]->origin.text, name) == 0)
            return rep->ledgers[i];
    if (strlen(name) != DIVISION_CODE_SIZE)
        return NULL;
    for (size_t i = 0; i < rep->ledger_count; i++) {
        const char *code = origin_code(&rep->ledgers[i]->origin);
        if (memcmp(code, name, DIVISION_CODE_SIZE) == 0 && code[DIVISION_CODE_SIZE] == 0)
            return rep->ledgers[i];
    }
    return NULL;
}

enum status replica_ledger_add(struct replica *rep, const struct origin *origin,
                               struct ledger **out, struct error *err)
{
    struct ledger *ledger = replica_ledger(rep, origin);
    if (!ledger) {
        struct stmt *stmt = db_stmt(rep->db, "INSERT INTO ledger(origin) VALUES (?1)");
        bind_str(stmt, 1, origin->text);
        enum status st = stmt_run(stmt, err);
        if (st != ST_OK)
            return st;
        ledger = add_ledger(rep, db_last_rowid(rep->db), origin);
        const struct registry *reg = &rep->registry;
        st = replica_set_epoch(rep, ledger, epoch_newest(reg->epochs, reg->epoch_count, origin),
                               err);
        if (st != ST_OK)
            return st;
    }
    if (out)
        *out = ledger;
    return ST_OK;
}

/* ---- reading ---- */

bool replica_root_at(struct replica *rep, struct ledger *ledger, uint64_t size, struct hash *out)
{
    if (size == ledger->tree.size) {
        *out = ledger->root;
        return true;
    }
    if (size > ledger->tree.size)
        return false;
    if (size == 0) {
        struct merkle empty;
        merkle_init(&empty);
        merkle_root(&empty, out);
        return true;
    }
    struct stmt *stmt = db_stmt(rep->db, "SELECT root FROM leaf WHERE ledger = ?1 AND idx = ?2");
    bool row, found = false;
    bind_int(stmt, 1, ledger->no);
    bind_int(stmt, 2, (int64_t)size - 1);
    if (stmt_step(stmt, &row, NULL) == ST_OK && row && stmt_blob(stmt, 0).n == HASH_SIZE) {
        memcpy(out->b, stmt_blob(stmt, 0).p, HASH_SIZE);
        found = true;
    }
    stmt_reset(stmt);
    return found;
}

/* The stored changeset that has this number of this chain. */
static bool find_numbered(struct replica *rep, const struct ledger *ledger,
                          const struct op_ref *ref, bool admitted, struct hash *id,
                          struct stamp *out)
{
    struct stmt *stmt =
        db_stmt(rep->db, "SELECT c.id, c.first_seq, c.idx, c.overlay FROM chain n JOIN changeset c"
                         " ON c.chain = n.no WHERE n.ledger = ?1 AND n.kid = ?2 AND n.chain = ?3"
                         " AND c.first_seq <= ?4 AND c.first_seq + c.count > ?4"
                         " AND (c.idx IS NOT NULL) = ?5");
    bool row, found = false;
    bind_int(stmt, 1, ledger->no);
    bind_blob(stmt, 2, ref->kid);
    bind_blob(stmt, 3, ref->chain);
    bind_int(stmt, 4, (int64_t)ref->seq);
    bind_int(stmt, 5, admitted);
    if (stmt_step(stmt, &row, NULL) == ST_OK && row && stmt_blob(stmt, 0).n == HASH_SIZE) {
        memcpy(id->b, stmt_blob(stmt, 0).p, HASH_SIZE);
        *out = (struct stamp){.position = (uint32_t)(ref->seq - (uint64_t)stmt_int(stmt, 1)),
                              .leaf = admitted ? (uint64_t)stmt_int(stmt, 2)
                                               : LEAF_OVERLAY + (uint64_t)stmt_int(stmt, 3)};
        found = true;
    }
    stmt_reset(stmt);
    return found;
}

bool replica_find_change(struct replica *rep, struct ledger *ledger, const struct op_ref *ref,
                         bool admitted, struct stamp *out)
{
    struct arena arena = {0};
    struct stored_changeset stored;
    struct segment segment;
    struct segment_known known;
    struct hash id, hash;
    bool matches = false;
    if (!find_numbered(rep, ledger, ref, admitted, &id, out))
        return false;
    replica_known(rep, ledger, &known);
    if (replica_read_changeset(rep, ledger, &id, &arena, &stored, NULL) == ST_OK &&
        segment_load(stored.cose, stored.salts, stored.columns, &known.index, &arena, &segment,
                     NULL) == ST_OK) {
        segment_change_leaf(&segment, out->position, &hash);
        matches = slice_equal(ref->leaf8, slice_of(hash.b, REFERENCE_LEAF_SIZE));
    }
    arena_release(&arena);
    return matches;
}

static int64_t ask_ms(struct stmt *stmt)
{
    bool row;
    int64_t ms = 0;
    if (stmt_step(stmt, &row, NULL) == ST_OK && row)
        ms = stmt_int(stmt, 0);
    stmt_reset(stmt);
    return ms;
}

int64_t replica_admitted_ms(struct replica *rep, const struct ledger *ledger, uint64_t size)
{
    if (size == 0)
        return 0;
    struct stmt *stmt =
        db_stmt(rep->db, "SELECT admitted_ms FROM leaf WHERE ledger = ?1 AND idx = ?2");
    bind_int(stmt, 1, ledger->no);
    bind_int(stmt, 2, (int64_t)size - 1);
    return ask_ms(stmt);
}

int64_t replica_effective_ms(struct replica *rep, const struct ledger *ledger,
                             const struct hash *id)
{
    struct stmt *stmt = db_stmt(rep->db, "SELECT l.effective_ms FROM changeset c JOIN leaf l"
                                         " ON l.ledger = c.ledger AND l.idx = c.idx"
                                         " WHERE c.ledger = ?1 AND c.id = ?2");
    bind_int(stmt, 1, ledger->no);
    bind_blob(stmt, 2, hash_slice(id));
    return ask_ms(stmt);
}

int64_t replica_deps_ms(struct replica *rep, const struct ledger *ledger,
                        const struct changeset *header)
{
    int64_t latest = 0;
    for (uint32_t i = 0; i < header->dep_count; i++) {
        int64_t ms = replica_effective_ms(rep, ledger, &header->deps[i]);
        latest = ms > latest ? ms : latest;
    }
    return latest;
}

/* The argument of segment_known's callbacks is the ledger's order, which knows both ends. */
static bool known_root_at(void *arg, bool registry, uint64_t size, struct hash *root)
{
    struct ledger_order *o = arg;
    struct ledger *ledger = registry ? o->rep->registry_ledger : o->ledger;
    /* Ordinals are given out by the fold: a base that is stored but not folded yet must wait. */
    if (!ledger || (!registry && size > ledger->folded))
        return false;
    return replica_root_at(o->rep, ledger, size, root);
}

static bool known_chain_at(void *arg, const struct hash *kid, const struct chain_id *chain,
                           uint64_t number, struct hash *id, uint64_t *next_seq)
{
    struct ledger_order *o = arg;
    struct stmt *stmt =
        db_stmt(o->rep->db, "SELECT c.id, c.first_seq + c.count FROM chain n JOIN changeset c"
                            " ON c.chain = n.no WHERE n.ledger = ?1 AND n.kid = ?2 AND n.chain = ?3"
                            " AND c.number = ?4 ORDER BY c.idx IS NULL, c.no LIMIT 1");
    bool row, found = false;
    bind_int(stmt, 1, o->ledger->no);
    bind_blob(stmt, 2, hash_slice(kid));
    bind_blob(stmt, 3, slice_of(chain->b, sizeof chain->b));
    bind_int(stmt, 4, (int64_t)number);
    if (stmt_step(stmt, &row, NULL) == ST_OK && row && stmt_blob(stmt, 0).n == HASH_SIZE) {
        memcpy(id->b, stmt_blob(stmt, 0).p, HASH_SIZE);
        *next_seq = (uint64_t)stmt_int(stmt, 1);
        found = true;
    }
    stmt_reset(stmt);
    return found;
}

static bool known_author(void *arg, const struct hash *kid, struct sign_public *pk)
{
    struct ledger_order *o = arg;
    const struct grant *grant = registry_grant_any(&o->rep->registry, kid);
    if (grant) {
        *pk = grant->pk;
        return true;
    }
    if (o->rep->registry.has_county) {
        struct hash root;
        sign_kid(&o->rep->registry.county.root, &root);
        if (hash_equal(&root, kid)) {
            *pk = o->rep->registry.county.root;
            return true;
        }
    }
    return false;
}

static bool known_changeset(void *arg, const struct hash *id)
{
    struct ledger_order *o = arg;
    struct stmt *stmt =
        db_stmt(o->rep->db, "SELECT 1 FROM changeset WHERE ledger = ?1 AND id = ?2");
    bool row = false;
    bind_int(stmt, 1, o->ledger->no);
    bind_blob(stmt, 2, hash_slice(id));
    enum status st = stmt_step(stmt, &row, NULL);
    stmt_reset(stmt);
    return st == ST_OK && row;
}

static bool known_lost(void *arg, uint64_t size)
{
    struct ledger_order *o = arg;
    const struct registry *reg = &o->rep->registry;
    uint64_t kept;
    return o->ledger->epoch > 0 &&
           epoch_lost_base(reg->epochs, reg->epoch_count, &o->ledger->origin, size, &kept);
}

static bool index_ordinal_of(void *arg, const struct record_id *id, uint64_t base_size,
                             uint64_t *ordinal)
{
    struct ledger_order *o = arg;
    bool row, found = false;
    if (base_size == 0)
        return false;
    struct stmt *stmt =
        db_stmt(o->rep->db, "SELECT no, leaf FROM record_no WHERE ledger = ?1 AND id = ?2");
    bind_int(stmt, 1, o->ledger->no);
    bind_blob(stmt, 2, slice_of(id->b, RECORD_ID_SIZE));
    if (stmt_step(stmt, &row, NULL) == ST_OK && row && (uint64_t)stmt_int(stmt, 1) < base_size) {
        *ordinal = (uint64_t)stmt_int(stmt, 0);
        found = true;
    }
    stmt_reset(stmt);
    return found;
}

static void load_ordinals(struct ledger_order *o, struct ordinal_page *page)
{
    struct stmt *stmt = db_stmt(o->rep->db, "SELECT id, leaf, no FROM record_no WHERE ledger = ?1"
                                            " AND no >= ?2 AND no < ?3 ORDER BY no");
    uint64_t first = page->number * ORDINAL_PAGE;
    bool row;
    bind_int(stmt, 1, o->ledger->no);
    bind_int(stmt, 2, (int64_t)(first + page->count));
    bind_int(stmt, 3, (int64_t)(first + ORDINAL_PAGE));
    while (stmt_step(stmt, &row, NULL) == ST_OK && row) {
        struct slice id = stmt_blob(stmt, 0);
        if (id.n != RECORD_ID_SIZE || (uint64_t)stmt_int(stmt, 2) != first + page->count)
            break; /* damaged: what follows is not known */
        memcpy(page->records[page->count].id.b, id.p, RECORD_ID_SIZE);
        page->records[page->count++].leaf = (uint64_t)stmt_int(stmt, 1);
    }
    stmt_reset(stmt);
}

static bool index_record_at(void *arg, uint64_t ordinal, uint64_t base_size, struct record_id *id)
{
    struct ledger_order *o = arg;
    struct replica *rep = o->rep;
    uint64_t number = ordinal / ORDINAL_PAGE;
    size_t at = ordinal % ORDINAL_PAGE;
    if (ordinal >= o->ledger->records)
        return false;
    if (!rep->ordinals)
        rep->ordinals = mem_zero_alloc(ORDINAL_PAGES_MAX, sizeof *rep->ordinals);
    struct ordinal_page **place = &rep->ordinals[number % ORDINAL_PAGES_MAX];
    if (!*place)
        *place = mem_zero_alloc(1, sizeof **place);
    struct ordinal_page *page = *place;
    if (page->ledger != o->ledger->no || page->number != number) {
        page->ledger = o->ledger->no;
        page->number = number;
        page->count = 0;
    }
    if (at >= page->count)
        load_ordinals(o, page);
    if (at >= page->count || page->records[at].leaf >= base_size)
        return false;
    *id = page->records[at].id;
    return true;
}

void replica_known(struct replica *rep, struct ledger *ledger, struct segment_known *out)
{
    struct ledger_order *o = ledger_order(rep, ledger);
    *out = (struct segment_known){
        .root_at = known_root_at,
        .chain_at = known_chain_at,
        .author = known_author,
        .has_changeset = known_changeset,
        .lost_base = known_lost,
        .index = {index_ordinal_of, index_record_at, o},
        .arg = o,
    };
}

struct slice replica_checkpoint(struct replica *rep, struct ledger *ledger, struct arena *arena)
{
    struct stmt *stmt = db_stmt(rep->db, "SELECT checkpoint FROM ledger WHERE no = ?1");
    struct slice out = SLICE_NONE;
    bool row;
    bind_int(stmt, 1, ledger->no);
    if (stmt_step(stmt, &row, NULL) == ST_OK && row && stmt_type(stmt, 0) != COLUMN_NULL) {
        struct slice text = stmt_text(stmt, 0);
        out = slice_of(arena_copy(arena, text.p, text.n), text.n);
    }
    stmt_reset(stmt);
    return out;
}

void replica_signed_name(const struct ledger *ledger, struct origin *out)
{
    CHECK(origin_of_epoch(&ledger->origin, ledger->epoch, out));
}

enum status replica_open_head(const struct replica *rep, const struct ledger *ledger,
                              struct slice text, const struct sign_public *key,
                              struct checkpoint *out, struct error *err)
{
    const struct registry *reg = &rep->registry;
    struct origin name;
    struct error other;
    replica_signed_name(ledger, &name);
    enum status st = checkpoint_open(text, &name, key, out, err);
    for (uint32_t epoch = ledger->epoch; st != ST_OK && epoch-- > 0;)
        if (origin_of_epoch(&ledger->origin, epoch, &name) &&
            checkpoint_open(text, &name, key, out, &other) == ST_OK &&
            out->size <= epoch_kept(reg->epochs, reg->epoch_count, &ledger->origin, epoch))
            st = ST_OK;
    return st;
}

/* By the keys before the registry's size `size`, the newest first, at most `most` of them. */
static enum status open_by(const struct replica *rep, const struct ledger *ledger,
                           struct slice text, uint64_t size, size_t most, struct checkpoint *out,
                           struct error *err)
{
    const struct registry *reg = &rep->registry;
    struct error other;
    enum status st = ST_NOT_FOUND;
    for (size_t i = reg->log_key_count; i > 0 && st != ST_OK && most > 0; i--) {
        if (reg->log_keys[i - 1].leaf >= size)
            continue;
        st = replica_open_head(rep, ledger, text, &reg->log_keys[i - 1].pk, out,
                               st == ST_NOT_FOUND ? err : &other);
        most--;
    }
    return st == ST_NOT_FOUND
               ? error_set(err, ST_INVALID, "%s：还不知道县里的签名公钥", ledger->origin.text)
               : st;
}

enum status replica_open_newest(const struct replica *rep, const struct ledger *ledger,
                                struct slice text, struct checkpoint *out, struct error *err)
{
    struct error other;
    enum status st = open_by(rep, ledger, text, rep->registry.size, 1, out, err);
    return st != ST_OK && ledger != rep->registry_ledger &&
                   open_by(rep, ledger, text, ledger->registry_size, 1, out, &other) == ST_OK
               ? ST_OK
               : st;
}

enum status replica_open_kept(const struct replica *rep, const struct ledger *ledger,
                              struct slice text, struct checkpoint *out, struct error *err)
{
    return open_by(rep, ledger, text, rep->registry.size, SIZE_MAX, out, err);
}

uint64_t replica_base(struct replica *rep, struct ledger *ledger, const struct changeset *header)
{
    const struct registry *reg = &rep->registry;
    struct hash root;
    uint64_t kept;
    if (ledger->epoch == 0 ||
        !epoch_lost_base(reg->epochs, reg->epoch_count, &ledger->origin, header->base_size, &kept))
        return header->base_size;
    return replica_root_at(rep, ledger, header->base_size, &root) &&
                   hash_equal(&root, &header->base_root)
               ? header->base_size
               : kept;
}

uint64_t replica_covered(struct replica *rep, struct ledger *ledger)
{
    struct arena arena = {0};
    struct checkpoint head;
    struct slice text = replica_checkpoint(rep, ledger, &arena);
    uint64_t size = 0;
    if (text.n && replica_open_kept(rep, ledger, text, &head, NULL) == ST_OK)
        size = head.size;
    arena_release(&arena);
    return size;
}

void replica_set_checkpoint(struct replica *rep, struct ledger *ledger, struct slice text)
{
    struct stmt *stmt = db_stmt(rep->db, "UPDATE ledger SET checkpoint = ?2 WHERE no = ?1");
    bind_int(stmt, 1, ledger->no);
    bind_text(stmt, 2, text);
    CHECK(stmt_run(stmt, NULL) == ST_OK);
}

/* Columns of every SELECT that fill_stored reads. */
#define STORED_COLUMNS                                                                        \
    "c.no, c.id, c.cose, c.salts, c.columns, c.chain, c.idx, l.admitted_ms, l.registry_size," \
    " c.overlay, c.digest, l.id"

/* Notices a flipped bit at once, also one that happens to decompress to the same. */
static struct slice stored_digest(struct slice cose, struct slice salts, struct slice columns,
                                  struct hash *hash)
{
    hash_parts(cose, salts, columns, hash);
    return slice_of(hash->b, 8);
}

static enum status fill_stored(struct replica *rep, const struct ledger *ledger, struct stmt *stmt,
                               struct arena *arena, struct stored_changeset *out, struct error *err)
{
    struct slice id = stmt_blob(stmt, 1), cose = stmt_blob(stmt, 2), salts = stmt_blob(stmt, 3);
    struct buf columns;
    *out = (struct stored_changeset){.no = stmt_int(stmt, 0), .chain = stmt_int(stmt, 5)};
    struct hash digest;
    if (ledger->behind && cose.n == 0) {
        rep->missed = true;
        return error_set(err, ST_WAIT, "%s：这一段历史还没有到，请先同步（huce sync）",
                         ledger->origin.text);
    }
    if (id.n != HASH_SIZE)
        return error_set(err, ST_DAMAGED, "存储的改动编号已损坏");
    if (!slice_equal(stored_digest(cose, salts, stmt_blob(stmt, 4), &digest), stmt_blob(stmt, 10)))
        return error_set(err, ST_DAMAGED, "存储的内容与当初写入的不同");
    if (stmt_type(stmt, 6) != COLUMN_NULL && !slice_equal(id, stmt_blob(stmt, 11)))
        return error_set(err, ST_DAMAGED, "账本的一项与它指向的改动不符");
    memcpy(out->id.b, id.p, HASH_SIZE);
    out->cose = slice_of(arena_copy(arena, cose.p, cose.n), cose.n);
    out->salts = slice_of(arena_copy(arena, salts.p, salts.n), salts.n);
    out->admitted = stmt_type(stmt, 6) != COLUMN_NULL;
    if (out->admitted) {
        out->leaf_index = (uint64_t)stmt_int(stmt, 6);
        out->leaf = (struct leaf){.id = out->id,
                                  .admitted_ms = stmt_int(stmt, 7),
                                  .registry_size = (uint64_t)stmt_int(stmt, 8)};
    } else
        out->overlay = (uint64_t)stmt_int(stmt, 9);
    buf_init(&columns, COLUMNS_MAX);
    enum status st = decompress(stmt_blob(stmt, 4), COLUMNS_MAX, &columns, err);
    if (st == ST_OK)
        out->columns = slice_of(arena_copy(arena, columns.p, columns.n), columns.n);
    else
        st = error_wrap(err, ST_DAMAGED, "存储的改动");
    buf_release(&columns);
    return st;
}

enum status replica_read_leaf(struct replica *rep, struct ledger *ledger, uint64_t index,
                              struct arena *arena, struct stored_changeset *out, struct error *err)
{
    struct stmt *stmt = db_stmt(rep->db, "SELECT " STORED_COLUMNS
                                         " FROM leaf l JOIN changeset c ON c.no = l.changeset"
                                         " WHERE l.ledger = ?1 AND l.idx = ?2");
    bool row;
    bind_int(stmt, 1, ledger->no);
    bind_int(stmt, 2, (int64_t)index);
    enum status st = stmt_step(stmt, &row, err);
    if (st == ST_OK && !row)
        st = error_set(err, ST_DAMAGED, "账本 %s 缺第 %llu 项", ledger->origin.text,
                       (unsigned long long)index);
    else if (st == ST_OK)
        st = fill_stored(rep, ledger, stmt, arena, out, err);
    stmt_reset(stmt);
    return st;
}

enum status replica_read_changeset(struct replica *rep, struct ledger *ledger,
                                   const struct hash *id, struct arena *arena,
                                   struct stored_changeset *out, struct error *err)
{
    struct stmt *stmt = db_stmt(
        rep->db, "SELECT " STORED_COLUMNS " FROM changeset c LEFT JOIN leaf l"
                 " ON l.ledger = c.ledger AND l.idx = c.idx WHERE c.ledger = ?1 AND c.id = ?2");
    bool row;
    bind_int(stmt, 1, ledger->no);
    bind_blob(stmt, 2, hash_slice(id));
    enum status st = stmt_step(stmt, &row, err);
    if (st == ST_OK && !row)
        st = error_set(err, ST_NOT_FOUND, "账本 %s 里没有这组改动", ledger->origin.text);
    else if (st == ST_OK)
        st = fill_stored(rep, ledger, stmt, arena, out, err);
    stmt_reset(stmt);
    return st;
}

enum status replica_each_unadmitted(struct replica *rep, struct ledger *ledger, replica_visit *fn,
                                    void *arg, struct error *err)
{
    struct arena arena = {0};
    int64_t after = 0;
    enum status st = ST_OK;
    for (;;) {
        /* One at a time and reset in between, so that fn may use the database. */
        struct stmt *stmt =
            db_stmt(rep->db, "SELECT " STORED_COLUMNS " FROM changeset c LEFT JOIN leaf l ON 0"
                             " WHERE c.ledger = ?1 AND c.idx IS NULL"
                             " AND c.no > ?2 ORDER BY c.no LIMIT 1");
        struct stored_changeset cs;
        bool row;
        bind_int(stmt, 1, ledger->no);
        bind_int(stmt, 2, after);
        st = stmt_step(stmt, &row, err);
        if (st != ST_OK || !row)
            break;
        st = fill_stored(rep, ledger, stmt, &arena, &cs, err);
        stmt_reset(stmt);
        if (st != ST_OK || !fn(arg, &cs))
            break;
        after = cs.no;
        arena_reset(&arena);
    }
    arena_release(&arena);
    return st;
}

uint64_t replica_unadmitted_count(struct replica *rep, struct ledger *ledger)
{
    struct stmt *stmt =
        db_stmt(rep->db, "SELECT count(*) FROM changeset WHERE ledger = ?1 AND idx IS NULL");
    bool row;
    uint64_t n = 0;
    bind_int(stmt, 1, ledger->no);
    if (stmt_step(stmt, &row, NULL) == ST_OK && row)
        n = (uint64_t)stmt_int(stmt, 0);
    stmt_reset(stmt);
    return n;
}

/* ---- chains ---- */

int64_t replica_chain(struct replica *rep, struct ledger *ledger, const struct hash *kid,
                      const struct chain_id *chain)
{
    struct stmt *stmt = db_stmt(rep->db, "SELECT no FROM chain WHERE ledger = ?1 AND kid = ?2"
                                         " AND chain = ?3");
    bool row = false;
    int64_t no = 0;
    bind_int(stmt, 1, ledger->no);
    bind_blob(stmt, 2, hash_slice(kid));
    bind_blob(stmt, 3, slice_of(chain->b, sizeof chain->b));
    CHECK(stmt_step(stmt, &row, NULL) == ST_OK);
    if (row)
        no = stmt_int(stmt, 0);
    stmt_reset(stmt);
    if (row)
        return no;
    stmt = db_stmt(rep->db, "INSERT INTO chain(ledger, kid, chain) VALUES (?1, ?2, ?3)");
    bind_int(stmt, 1, ledger->no);
    bind_blob(stmt, 2, hash_slice(kid));
    bind_blob(stmt, 3, slice_of(chain->b, sizeof chain->b));
    CHECK(stmt_run(stmt, NULL) == ST_OK);
    return db_last_rowid(rep->db);
}

enum status replica_chain_end(struct replica *rep, struct ledger *ledger, const struct hash *kid,
                              const struct chain_id *chain, uint64_t number, struct chain_end *out,
                              struct error *err)
{
    *out = (struct chain_end){.next_number = 1};
    struct stmt *stmt = db_stmt(
        rep->db, "SELECT c.number, c.base_size FROM chain n JOIN changeset c ON c.chain = n.no"
                 " WHERE n.ledger = ?1 AND n.kid = ?2 AND n.chain = ?3 AND c.idx IS NOT NULL"
                 " ORDER BY c.number DESC LIMIT 1");
    bool row;
    bind_int(stmt, 1, ledger->no);
    bind_blob(stmt, 2, hash_slice(kid));
    bind_blob(stmt, 3, slice_of(chain->b, sizeof chain->b));
    enum status st = stmt_step(stmt, &row, err);
    if (st == ST_OK && row) {
        out->next_number = (uint64_t)stmt_int(stmt, 0) + 1;
        out->base_size = (uint64_t)stmt_int(stmt, 1);
    }
    stmt_reset(stmt);
    if (st == ST_OK) {
        struct ledger_order *o = ledger_order(rep, ledger);
        uint64_t next_seq;
        out->taken = known_chain_at(o, kid, chain, number, &out->taken_id, &next_seq);
    }
    return st;
}

uint64_t replica_deps_base(struct replica *rep, struct ledger *ledger,
                           const struct changeset *header)
{
    uint64_t greatest = 0;
    for (uint32_t i = 0; i < header->dep_count; i++) {
        struct stmt *stmt =
            db_stmt(rep->db, "SELECT base_size FROM changeset WHERE ledger = ?1 AND id = ?2");
        bool row = false;
        bind_int(stmt, 1, ledger->no);
        bind_blob(stmt, 2, hash_slice(&header->deps[i]));
        if (stmt_step(stmt, &row, NULL) == ST_OK && row && (uint64_t)stmt_int(stmt, 0) > greatest)
            greatest = (uint64_t)stmt_int(stmt, 0);
        stmt_reset(stmt);
    }
    return greatest;
}

/* ---- writing ---- */

/* The closure of a changeset's deps: each dep itself and what it reached. Also of its predecessor,
 * by its hash: where a chain has split, another branch may have its number. */
static enum status compute_reach(struct replica *rep, struct ledger *ledger,
                                 const struct changeset *header, struct buf *out, struct error *err)
{
    enum status st = ST_OK;
    bool row;
    for (uint32_t i = 0; i < header->dep_count && st == ST_OK; i++) {
        struct stmt *stmt = db_stmt(rep->db, "SELECT chain, number, reach FROM changeset"
                                             " WHERE ledger = ?1 AND id = ?2");
        bind_int(stmt, 1, ledger->no);
        bind_blob(stmt, 2, hash_slice(&header->deps[i]));
        st = stmt_step(stmt, &row, err);
        if (st == ST_OK && row) {
            varint_put(out, (uint64_t)stmt_int(stmt, 0));
            varint_put(out, (uint64_t)stmt_int(stmt, 1));
            buf_put_slice(out, stmt_blob(stmt, 2));
        }
        stmt_reset(stmt);
    }
    if (st == ST_OK && header->number > 1) {
        struct stmt *stmt = db_stmt(rep->db, "SELECT reach FROM changeset WHERE ledger = ?1"
                                             " AND id = ?2 AND reach IS NOT NULL");
        bind_int(stmt, 1, ledger->no);
        bind_blob(stmt, 2, hash_slice(&header->prev));
        st = stmt_step(stmt, &row, err);
        if (st == ST_OK && row)
            buf_put_slice(out, stmt_blob(stmt, 0));
        stmt_reset(stmt);
    }
    return st;
}

/* Inserts a changeset row. overlay < 0: none. */
static enum status insert_changeset(struct replica *rep, struct ledger *ledger,
                                    const struct segment *segment, struct slice columns,
                                    int64_t overlay, int64_t *no, struct order_entry *entry,
                                    struct error *err)
{
    const struct changeset *h = &segment->header;
    struct buf cose, salts, packed, reach;
    struct slice parts[256];
    buf_init(&cose, CHANGESET_ENCODED_MAX);
    buf_init(&salts, 64 * 1024 + CHANGESET_CHANGES_MAX * 20);
    buf_init(&packed, COLUMNS_MAX + 4096);
    buf_init(&reach, 64 * 1024);
    int64_t chain = replica_chain(rep, ledger, &h->kid, &h->chain);
    const uint64_t base = replica_base(rep, ledger, h);
    changeset_encode(h, &cose);
    segment_salts_write(segment, &salts);
    size_t count = columns_parts(columns, parts, ARRAY_LENGTH(parts));
    compress_parts(parts, count, COMPRESS_LEVEL, &packed);
    CHECK(buf_ok(&cose) && buf_ok(&salts) && buf_ok(&packed));
    enum status st = compute_reach(rep, ledger, h, &reach, err);
    if (st == ST_OK) {
        struct stmt *stmt = db_stmt(
            rep->db, "INSERT INTO changeset(ledger, chain, number, id, first_seq, count, base_size,"
                     " overlay, cose, salts, columns, reach, digest)"
                     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)");
        struct hash digest;
        bind_int(stmt, 1, ledger->no);
        bind_int(stmt, 2, chain);
        bind_int(stmt, 3, (int64_t)h->number);
        bind_blob(stmt, 4, hash_slice(&segment->id));
        bind_int(stmt, 5, (int64_t)h->first_seq);
        bind_int(stmt, 6, h->count);
        bind_int(stmt, 7, (int64_t)base);
        if (overlay >= 0)
            bind_int(stmt, 8, overlay);
        else
            bind_null(stmt, 8);
        bind_blob(stmt, 9, buf_slice(&cose));
        bind_blob(stmt, 10, buf_slice(&salts));
        bind_blob(stmt, 11, buf_slice(&packed));
        if (reach.n)
            bind_blob(stmt, 12, buf_slice(&reach));
        else
            bind_null(stmt, 12);
        bind_blob(stmt, 13,
                  stored_digest(buf_slice(&cose), buf_slice(&salts), buf_slice(&packed), &digest));
        st = stmt_run(stmt, err);
        *no = db_last_rowid(rep->db);
    }
    *entry = (struct order_entry){.chain = (uint32_t)chain, .number = h->number, .base_size = base};
    if (ledger->order && reach.n)
        read_reach(&ledger->order->arena, buf_slice(&reach), entry);
    buf_release(&cose);
    buf_release(&salts);
    buf_release(&packed);
    buf_release(&reach);
    return st;
}

/* Is this, read back, the changeset that was signed? */
static enum status check_rewritten(struct replica *rep, struct ledger *ledger, struct slice cose,
                                   struct slice salts, struct slice columns, struct error *err)
{
    struct arena arena = {0};
    struct segment_known known;
    struct sign_public pk;
    struct segment again;
    struct changeset header;
    replica_known(rep, ledger, &known);
    enum status st = changeset_decode(cose, &header, err);
    if (st == ST_OK && !known.author(known.arg, &header.kid, &pk))
        st = error_set(err, ST_NOT_FOUND, "its author is not known");
    if (st == ST_OK)
        st = segment_check(cose, salts, columns, &ledger->origin, &pk, &known.index, &arena, &again,
                           err);
    arena_release(&arena);
    return st;
}

enum status replica_rewrite(struct replica *rep, struct ledger *ledger,
                            const struct stored_changeset *stored, const struct segment *segment,
                            struct error *err)
{
    struct buf salts, columns, packed;
    struct segment_known known;
    buf_init(&salts, 64 * 1024 + CHANGESET_CHANGES_MAX * 20);
    buf_init(&columns, COLUMNS_MAX);
    buf_init(&packed, COLUMNS_MAX + 4096);
    replica_known(rep, ledger, &known);
    segment_salts_write(segment, &salts);
    columns_encode(segment->changes, segment->header.count,
                   replica_base(rep, ledger, &segment->header), &known.index, &columns);
    enum status st = buf_ok(&salts) && buf_ok(&columns)
                         ? check_rewritten(rep, ledger, stored->cose, buf_slice(&salts),
                                           buf_slice(&columns), err)
                         : ST_LIMIT;
    if (st != ST_OK)
        st = error_set(err, ST_LIMIT, "%s：这一组改动太大，抹不掉其中的内容", ledger->origin.text);
    if (st == ST_OK) {
        struct hash digest;
        struct slice parts[256];
        size_t count = columns_parts(buf_slice(&columns), parts, ARRAY_LENGTH(parts));
        compress_parts(parts, count, COMPRESS_LEVEL, &packed);
        CHECK(buf_ok(&packed));
        struct stmt *stmt = db_stmt(rep->db, "UPDATE changeset SET salts = ?2, columns = ?3,"
                                             " digest = ?4 WHERE no = ?1");
        bind_int(stmt, 1, stored->no);
        bind_blob(stmt, 2, buf_slice(&salts));
        bind_blob(stmt, 3, buf_slice(&packed));
        bind_blob(stmt, 4,
                  stored_digest(stored->cose, buf_slice(&salts), buf_slice(&packed), &digest));
        st = stmt_run(stmt, err);
    }
    if (st == ST_OK) {
        st = db_exec(rep->db,
                     "INSERT OR REPLACE INTO replica_setting(name, value)"
                     " VALUES ('scrub', '1')",
                     err);
        rep->scrub |= st == ST_OK;
    }
    buf_release(&salts);
    buf_release(&columns);
    buf_release(&packed);
    return st;
}

/* What a closed changeset had seen was written down with it: since then a dep may have been signed
 * again by another name. False: it is still open. */
static bool stored_reach(struct replica *rep, struct ledger *ledger, uint64_t overlay,
                         struct buf *out)
{
    struct stmt *stmt =
        db_stmt(rep->db, "SELECT reach FROM changeset WHERE ledger = ?1 AND idx IS NULL"
                         " AND overlay = ?2");
    bool row = false;
    bind_int(stmt, 1, ledger->no);
    bind_int(stmt, 2, (int64_t)(overlay - LEAF_OVERLAY));
    if (stmt_step(stmt, &row, NULL) == ST_OK && row)
        buf_put_slice(out, stmt_blob(stmt, 0));
    stmt_reset(stmt);
    return row;
}

void replica_overlay_register(struct replica *rep, struct ledger *ledger, uint64_t overlay,
                              int64_t chain, const struct changeset *header)
{
    struct ledger_order *o = ledger_order(rep, ledger);
    if (o->overlay_count && o->overlay[o->overlay_count - 1].overlay == overlay)
        return; /* the common case: one more save into the same open changeset */
    struct order_entry entry = {
        .chain = (uint32_t)chain,
        .number = header->number,
        .base_size = replica_base(rep, ledger, header),
    };
    struct buf reach;
    buf_init(&reach, 64 * 1024);
    if (stored_reach(rep, ledger, overlay, &reach) ||
        compute_reach(rep, ledger, header, &reach, NULL) == ST_OK)
        read_reach(&o->arena, buf_slice(&reach), &entry);
    buf_release(&reach);
    order_add_overlay(o, overlay, &entry);
}

uint64_t replica_overlay_next(struct replica *rep, struct ledger *ledger)
{
    return ledger_order(rep, ledger)->overlay_next;
}

enum status replica_store(struct replica *rep, struct ledger *ledger, const struct segment *segment,
                          struct slice columns, uint64_t overlay, struct error *err)
{
    struct order_entry entry;
    int64_t no;
    CHECK(overlay >= LEAF_OVERLAY);
    struct ledger_order *order = ledger_order(rep, ledger); /* without this one */
    enum status st = insert_changeset(rep, ledger, segment, columns,
                                      (int64_t)(overlay - LEAF_OVERLAY), &no, &entry, err);
    if (st == ST_OK)
        order_add_overlay(order, overlay, &entry);
    return st;
}

/* The row of a changeset that waits for its leaf. ST_NOT_FOUND when there is none. */
static enum status find_waiting(struct replica *rep, struct ledger *ledger, const struct hash *id,
                                int64_t *no, struct order_entry *entry, struct error *err)
{
    struct stmt *stmt = db_stmt(rep->db, "SELECT no, chain, number, base_size, reach, idx, cose"
                                         " FROM changeset WHERE ledger = ?1 AND id = ?2");
    struct changeset header;
    bool row;
    bind_int(stmt, 1, ledger->no);
    bind_blob(stmt, 2, hash_slice(id));
    enum status st = stmt_step(stmt, &row, err);
    if (st == ST_OK && !row)
        st = error_set(err, ST_NOT_FOUND, "%s: the county confirms a changeset that is not here",
                       ledger->origin.text);
    else if (st == ST_OK && stmt_type(stmt, 5) != COLUMN_NULL)
        st = error_set(err, ST_DAMAGED, "%s: the county gives a changeset two places in the ledger",
                       ledger->origin.text);
    if (st == ST_OK) {
        *no = stmt_int(stmt, 0);
        *entry = (struct order_entry){.chain = (uint32_t)stmt_int(stmt, 1),
                                      .number = (uint64_t)stmt_int(stmt, 2),
                                      .base_size = (uint64_t)stmt_int(stmt, 3)};
        if (ledger->order && stmt_type(stmt, 4) != COLUMN_NULL)
            read_reach(&ledger->order->arena, stmt_blob(stmt, 4), entry);
        /* When it came it could not be told yet whether its base is lost, or only not here. */
        if (changeset_decode(stmt_blob(stmt, 6), &header, NULL) == ST_OK)
            entry->base_size = replica_base(rep, ledger, &header);
    }
    stmt_reset(stmt);
    return st;
}

enum status replica_append(struct replica *rep, struct ledger *ledger, const struct leaf *leaf,
                           const struct segment *segment, struct slice columns, struct error *err)
{
    struct order_entry entry;
    struct hash hash;
    int64_t no = 0;
    uint64_t index = ledger->tree.size;
    enum status st;
    if (leaf->admitted_ms < ledger->admitted_ms || leaf->registry_size < ledger->registry_size)
        return error_set(err, ST_DAMAGED, "%s: leaf %llu goes back in time", ledger->origin.text,
                         (unsigned long long)index);
    st = find_waiting(rep, ledger, &leaf->id, &no, &entry, err);
    if (st == ST_NOT_FOUND && segment)
        st = insert_changeset(rep, ledger, segment, columns, -1, &no, &entry, err);
    if (st != ST_OK)
        return st;
    leaf_hash(leaf, &hash);
    merkle_append(&ledger->tree, &hash);
    merkle_root(&ledger->tree, &ledger->root);
    rep->growth++;
    ledger->admitted_ms = leaf->admitted_ms;
    ledger->registry_size = leaf->registry_size;
    if (ledger->order)
        order_add_leaf(ledger->order, &entry);

    struct stmt *stmt =
        db_stmt(rep->db, "UPDATE changeset SET idx = ?2, base_size = ?3 WHERE no = ?1");
    bind_int(stmt, 1, no);
    bind_int(stmt, 2, (int64_t)index);
    bind_int(stmt, 3, (int64_t)entry.base_size);
    st = stmt_run(stmt, err);
    if (st == ST_OK) {
        stmt = db_stmt(rep->db, "INSERT INTO leaf(ledger, idx, changeset, id, admitted_ms,"
                                " registry_size, root) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
        bind_int(stmt, 1, ledger->no);
        bind_int(stmt, 2, (int64_t)index);
        bind_int(stmt, 3, no);
        bind_blob(stmt, 4, hash_slice(&leaf->id));
        bind_int(stmt, 5, leaf->admitted_ms);
        bind_int(stmt, 6, (int64_t)leaf->registry_size);
        bind_blob(stmt, 7, hash_slice(&ledger->root));
        st = stmt_run(stmt, err);
    }
    if (st == ST_OK) {
        stmt = db_stmt(rep->db, "UPDATE ledger SET size = ?2, frontier = ?3 WHERE no = ?1");
        bind_int(stmt, 1, ledger->no);
        bind_int(stmt, 2, (int64_t)ledger->tree.size);
        bind_blob(stmt, 3,
                  slice_of(ledger->tree.stack,
                           HASH_SIZE * (size_t)__builtin_popcountll(ledger->tree.size)));
        st = stmt_run(stmt, err);
    }
    return st;
}

/* ---- content that comes behind ---- */

bool replica_lacks(struct replica *rep, const struct ledger *ledger, uint64_t size)
{
    if (!ledger->behind || size <= ledger->filled)
        return false;
    rep->missed = true;
    return true;
}

/* What was said of this leaf before its content came. */
static enum status check_said(struct replica *rep, struct ledger *ledger,
                              const struct segment *segment, int64_t *no, struct error *err)
{
    const struct changeset *h = &segment->header;
    struct buf reach;
    struct stmt *stmt = db_stmt(
        rep->db, "SELECT c.no, c.id, c.number, c.first_seq, c.count, c.base_size, c.reach, n.kid,"
                 " n.chain FROM leaf l JOIN changeset c ON c.no = l.changeset"
                 " JOIN chain n ON n.no = c.chain WHERE l.ledger = ?1 AND l.idx = ?2");
    bool row;
    bind_int(stmt, 1, ledger->no);
    bind_int(stmt, 2, (int64_t)ledger->filled);
    enum status st = stmt_step(stmt, &row, err);
    if (st != ST_OK || !row)
        return st != ST_OK ? st : error_set(err, ST_DAMAGED, "a leaf is missing");
    *no = stmt_int(stmt, 0);
    const bool same = slice_equal(stmt_blob(stmt, 1), hash_slice(&segment->id));
    const bool good = (uint64_t)stmt_int(stmt, 2) == h->number &&
                      (uint64_t)stmt_int(stmt, 3) == h->first_seq &&
                      stmt_int(stmt, 4) == h->count &&
                      (uint64_t)stmt_int(stmt, 5) == replica_base(rep, ledger, h) &&
                      slice_equal(stmt_blob(stmt, 7), hash_slice(&h->kid)) &&
                      slice_equal(stmt_blob(stmt, 8), slice_of(h->chain.b, sizeof h->chain.b));
    buf_init(&reach, 64 * 1024);
    bool reaches = good && compute_reach(rep, ledger, h, &reach, err) == ST_OK &&
                   slice_equal(buf_slice(&reach), stmt_blob(stmt, 6));
    buf_release(&reach);
    stmt_reset(stmt);
    if (!same)
        return error_set(err, ST_DAMAGED, "%s：第 %llu 项的内容不是账本里的那一组",
                         ledger->origin.text, (unsigned long long)ledger->filled);
    return reaches ? ST_OK
                   : error_set(err, ST_REFUSED, "%s：第 %llu 项与快照里说的不符",
                               ledger->origin.text, (unsigned long long)ledger->filled);
}

enum status replica_fill(struct replica *rep, struct ledger *ledger, const struct segment *segment,
                         struct slice columns, struct error *err)
{
    struct buf cose, salts, packed;
    struct slice parts[256];
    struct hash digest;
    int64_t no = 0;
    CHECK(ledger->filled < ledger->behind);
    enum status st = check_said(rep, ledger, segment, &no, err);
    if (st != ST_OK)
        return st;
    buf_init(&cose, CHANGESET_ENCODED_MAX);
    buf_init(&salts, 64 * 1024 + CHANGESET_CHANGES_MAX * 20);
    buf_init(&packed, COLUMNS_MAX + 4096);
    changeset_encode(&segment->header, &cose);
    segment_salts_write(segment, &salts);
    const size_t n = columns_parts(columns, parts, ARRAY_LENGTH(parts));
    compress_parts(parts, n, COMPRESS_LEVEL, &packed);
    CHECK(buf_ok(&cose) && buf_ok(&salts) && buf_ok(&packed));
    struct stmt *stmt = db_stmt(rep->db, "UPDATE changeset SET cose = ?2, salts = ?3, columns = ?4,"
                                         " digest = ?5 WHERE no = ?1");
    bind_int(stmt, 1, no);
    bind_blob(stmt, 2, buf_slice(&cose));
    bind_blob(stmt, 3, buf_slice(&salts));
    bind_blob(stmt, 4, buf_slice(&packed));
    bind_blob(stmt, 5,
              stored_digest(buf_slice(&cose), buf_slice(&salts), buf_slice(&packed), &digest));
    st = stmt_run(stmt, err);
    buf_release(&cose);
    buf_release(&salts);
    buf_release(&packed);
    stmt = db_stmt(rep->db, "UPDATE ledger SET filled = ?2 WHERE no = ?1");
    bind_int(stmt, 1, ledger->no);
    bind_int(stmt, 2, (int64_t)ledger->filled + 1);
    if (st == ST_OK)
        st = stmt_run(stmt, err);
    if (st == ST_OK)
        ledger->filled++;
    return st;
}

/* ---- another epoch ---- */

enum status replica_set_epoch(struct replica *rep, struct ledger *ledger, uint32_t epoch,
                              struct error *err)
{
    struct stmt *stmt = db_stmt(rep->db, "UPDATE ledger SET epoch = ?2 WHERE no = ?1");
    if (epoch == ledger->epoch)
        return ST_OK;
    bind_int(stmt, 1, ledger->no);
    bind_int(stmt, 2, epoch);
    ledger->epoch = epoch;
    ledger->noted = 0; /* under another name */
    rep->growth++;
    return stmt_run(stmt, err);
}

/* The tree over the first `size` leaves, from the leaves. */
static enum status tree_of(struct replica *rep, struct ledger *ledger, uint64_t size,
                           struct merkle *tree, struct error *err)
{
    struct stmt *stmt = db_stmt(rep->db, "SELECT id, admitted_ms, registry_size FROM leaf"
                                         " WHERE ledger = ?1 AND idx < ?2 ORDER BY idx");
    struct hash hash, root, stored;
    bool row;
    enum status st;
    merkle_init(tree);
    bind_int(stmt, 1, ledger->no);
    bind_int(stmt, 2, (int64_t)size);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        struct leaf leaf = {.admitted_ms = stmt_int(stmt, 1),
                            .registry_size = (uint64_t)stmt_int(stmt, 2)};
        if (stmt_blob(stmt, 0).n == HASH_SIZE)
            memcpy(leaf.id.b, stmt_blob(stmt, 0).p, HASH_SIZE);
        leaf_hash(&leaf, &hash);
        merkle_append(tree, &hash);
    }
    merkle_root(tree, &root);
    if (st == ST_OK && (tree->size != size || !replica_root_at(rep, ledger, size, &stored) ||
                        !hash_equal(&root, &stored)))
        st = error_set(err, ST_DAMAGED, "账本 %s 的前 %llu 项不完整；请运行 audit 核对",
                       ledger->origin.text, (unsigned long long)size);
    return st;
}

/* Ordinals mean records that leaves below the base named first: on a base that is lost they would
 * mean others. */
static enum status cut_changeset(struct replica *rep, struct ledger *ledger, const struct hash *id,
                                 uint64_t size, uint64_t overlay, struct error *err)
{
    struct arena arena = {0};
    struct stored_changeset stored;
    struct segment_known known;
    struct segment segment;
    struct buf columns, packed;
    struct hash digest;
    struct slice parts[256];
    buf_init(&columns, COLUMNS_MAX);
    buf_init(&packed, COLUMNS_MAX + 4096);
    replica_known(rep, ledger, &known);
    enum status st = replica_read_changeset(rep, ledger, id, &arena, &stored, err);
    if (st == ST_OK)
        st = segment_load(stored.cose, stored.salts, stored.columns, &known.index, &arena, &segment,
                          err);
    if (st == ST_OK) {
        const uint64_t base = segment.header.base_size;
        if (base > size)
            columns_encode(segment.changes, segment.header.count, 0, &known.index, &columns);
        else
            buf_put_slice(&columns, stored.columns);
        size_t count = columns_parts(buf_slice(&columns), parts, ARRAY_LENGTH(parts));
        compress_parts(parts, count, COMPRESS_LEVEL, &packed);
        st = buf_ok(&columns) && buf_ok(&packed)
                 ? ST_OK
                 : error_set(err, ST_LIMIT, "%s：一组改动太大", ledger->origin.text);
        struct stmt *stmt =
            db_stmt(rep->db, "UPDATE changeset SET idx = NULL, overlay = ?2, base_size = ?3,"
                             " columns = ?4, digest = ?5 WHERE no = ?1");
        bind_int(stmt, 1, stored.no);
        bind_int(stmt, 2, (int64_t)overlay);
        bind_int(stmt, 3, (int64_t)(base > size ? size : base));
        bind_blob(stmt, 4, buf_slice(&packed));
        bind_blob(stmt, 5, stored_digest(stored.cose, stored.salts, buf_slice(&packed), &digest));
        if (st == ST_OK)
            st = stmt_run(stmt, err);
    }
    buf_release(&columns);
    buf_release(&packed);
    arena_release(&arena);
    return st;
}

/* Those that wait, or will: in the order in which they came here, which is after all that each
 * builds on. */
static enum status cut_changesets(struct replica *rep, struct ledger *ledger, uint64_t size,
                                  struct error *err)
{
    struct stmt *stmt = db_stmt(rep->db, "SELECT id FROM changeset WHERE ledger = ?1"
                                         " AND (idx IS NULL OR idx >= ?2) ORDER BY no");
    struct hash *ids = NULL;
    size_t n = 0, capacity = 0;
    bool row;
    enum status st;
    bind_int(stmt, 1, ledger->no);
    bind_int(stmt, 2, (int64_t)size);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        ids = mem_grow(ids, &capacity, n + 1, sizeof(*ids));
        if (stmt_blob(stmt, 0).n == HASH_SIZE)
            memcpy(ids[n++].b, stmt_blob(stmt, 0).p, HASH_SIZE);
    }
    stmt_reset(stmt);
    for (size_t i = 0; i < n && st == ST_OK; i++)
        st = cut_changeset(rep, ledger, &ids[i], size, i, err);
    mem_free(ids);
    return st;
}

enum status replica_cut(struct replica *rep, struct ledger *ledger, uint64_t size,
                        struct error *err)
{
    struct merkle tree;
    CHECK(size < ledger->tree.size);
    if (ledger->behind && size > ledger->filled)
        size = ledger->filled;
    enum status st = tree_of(rep, ledger, size, &tree, err);
    struct stmt *stmt = db_stmt(rep->db, "DELETE FROM changeset WHERE ledger = ?1 AND cose = x''");
    bind_int(stmt, 1, ledger->no);
    if (st == ST_OK)
        st = stmt_run(stmt, err);
    if (st == ST_OK)
        st = cut_changesets(rep, ledger, size, err);
    stmt = db_stmt(rep->db, "DELETE FROM leaf WHERE ledger = ?1 AND idx >= ?2");
    bind_int(stmt, 1, ledger->no);
    bind_int(stmt, 2, (int64_t)size);
    if (st == ST_OK)
        st = stmt_run(stmt, err);
    stmt = db_stmt(rep->db, "DELETE FROM cosigned WHERE ledger = ?1 AND size > ?2");
    bind_int(stmt, 1, ledger->no);
    bind_int(stmt, 2, (int64_t)size);
    if (st == ST_OK)
        st = stmt_run(stmt, err);
    stmt = db_stmt(rep->db, "UPDATE ledger SET size = ?2, frontier = ?3, filled = 0, behind = 0,"
                            " waits = 0 WHERE no = ?1");
    bind_int(stmt, 1, ledger->no);
    bind_int(stmt, 2, (int64_t)size);
    bind_blob(stmt, 3, slice_of(tree.stack, HASH_SIZE * (size_t)__builtin_popcountll(size)));
    return st == ST_OK ? stmt_run(stmt, err) : st;
}

/* ---- registry and catalog as of a size ---- */

int64_t replica_registry_outgrown(struct replica *rep, uint64_t size)
{
    struct stmt *stmt =
        db_stmt(rep->db, "SELECT admitted_ms FROM leaf WHERE ledger = ?1 AND idx = ?2");
    int64_t ms = INT64_MAX;
    bool row = false;
    bind_int(stmt, 1, rep->registry_ledger->no);
    bind_int(stmt, 2, (int64_t)size);
    if (stmt_step(stmt, &row, NULL) == ST_OK && row)
        ms = stmt_int(stmt, 0);
    stmt_reset(stmt);
    return ms;
}

/* The catalog after so many catalog ops, from the ops as they are stored. */
static struct catalog *make_catalog(struct replica *rep, size_t version)
{
    struct stmt *stmt =
        db_stmt(rep->db, "SELECT op FROM authority_op ORDER BY leaf, position, step");
    struct catalog *cat = mem_zero_alloc(1, sizeof *cat);
    bool row = false;
    catalog_init(cat);
    while (cat->version < version && stmt_step(stmt, &row, NULL) == ST_OK && row) {
        struct cbor_reader r;
        cbor_reader_init(&r, stmt_blob(stmt, 0), "authority op");
        cbor_read_array(&r, 16);
        if (cbor_read_uint(&r) == OP_CATALOG)
            CHECK(catalog_apply(cat, cbor_read_item(&r), NULL) == ST_OK);
    }
    stmt_reset(stmt);
    CHECK(cat->version == version); /* they were applied when the database was read */
    return cat;
}

const struct catalog *replica_catalog_at(struct replica *rep, uint64_t registry_size)
{
    size_t version = registry_catalog_version(&rep->registry, registry_size);
    if (version >= rep->catalog_count)
        version = rep->catalog_count - 1;
    if (!rep->catalogs[version])
        rep->catalogs[version] = make_catalog(rep, version);
    return rep->catalogs[version];
}

const struct catalog *replica_catalog(struct replica *rep)
{
    return rep->catalogs[rep->catalog_count - 1];
}
