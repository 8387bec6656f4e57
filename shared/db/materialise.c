/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * materialise: the fold in SQL's clothes. See materialise.h.
 *
 * One batch:
 *
 *   leaves ─decode─▶ changes ─verdict─▶ ops that count ─bucket by record─▶ slots
 *   each slot: load row ─▶ merge its ops in memory ─▶ (re-lay the overlay) ─▶ save row
 *
 * A batch ends at FOLD_CHANGES_MAX changes, or when they take FOLD_MEMORY_MAX, or where the catalog
 * in force changes, so that every leaf is folded by the catalog of its own registry_size. What a
 * record was before the overlay touched it stands aside in o_NAME; a leaf that touches the record
 * is folded into that, then what is left of the overlay is laid on top again. Records that only the
 * overlay touches need no work.
 *
 * A leaf that says of earlier changes whether they count (ruling.h), or that they are to be erased
 * (erasure.h), is the last of its batch; the records of these changes are folded anew from their
 * whole history.
 */
#include "shared/db/materialise.h"

#include <stdlib.h>

#include "shared/base/check.h"
#include "shared/db/amend.h"
#include "shared/db/batch.h"
#include "shared/db/merge_rows.h"
#include "shared/db/moves.h"
#include "shared/db/record_tables.h"
#include "shared/db/take.h"

#define FOLD_CHANGES_MAX 16384
#define FOLD_MEMORY_MAX (2 * 1024 * 1024) /* of parsed changes */

struct record_tables *materialise_tables(struct replica *rep)
{
    if (!rep->tables)
        rep->tables = record_tables_new(rep->db);
    return rep->tables;
}

/* ---- the overlay that is left ---- */

struct overlay_walk {
    struct batch *b;
    enum status status;
    struct error *err;
};

static bool is_of_batch(const struct batch *b, const struct op *op)
{
    if (op->code > OP_IN)
        return false;
    return batch_find_slot(b, op->table, &op->record) != BATCH_NO_SLOT ||
           (op->code == OP_LINK && batch_find_slot(b, op->table, &op->other) != BATCH_NO_SLOT);
}

/* Takes those changes of a waiting changeset that touch records of the batch. */
static bool take_waiting(void *arg, const struct stored_changeset *stored)
{
    struct overlay_walk *walk = arg;
    struct batch *b = walk->b;
    struct arena temp = {0};
    struct segment segment;
    struct segment_known known;
    struct changeset_terms terms;
    replica_known(b->rep, b->ledger, &known);
    walk->status = segment_load(stored->cose, stored->salts, stored->columns, &known.index, &temp,
                                &segment, walk->err);
    if (walk->status == ST_OK) {
        struct changeset *header = arena_copy(&b->arena, &segment.header, sizeof segment.header);
        take_terms(b, header, &stored->id, LEAF_OVERLAY + stored->overlay, INT64_MAX,
                   b->rep->registry.size, &terms);
        for (uint32_t i = 0; i < header->count; i++) {
            struct op_body body;
            bool mine = false;
            struct said said = take_said(&segment, i);
            if (take_parse(&said, &temp, &body, NULL) != ST_OK)
                continue;
            for (size_t o = 0; o < body.op_count && !mine; o++)
                mine = is_of_batch(b, &body.ops[o]);
            if (!mine)
                continue;
            said.bytes = slice_of(arena_copy(&b->arena, said.bytes.p, said.bytes.n), said.bytes.n);
            take_change(b, &terms, i, &said, NULL);
        }
    }
    arena_release(&temp);
    return walk->status == ST_OK;
}

/* ---- batches ---- */

/* What lies on top was laid by the newest catalog. A leaf from before that catalog cannot read such
 * rows, so the overlay goes for as long as it takes. held: among the leaves to fold are some that
 * were here as overlay; their rows lie there still, also when nothing waits any more. */
static enum status lift_newer(struct batch *b, bool held, struct error *err)
{
    if (b->bare || b->catalog == replica_catalog(b->rep) ||
        (!held && replica_unadmitted_count(b->rep, b->ledger) == 0))
        return ST_OK;
    b->bare = b->lifted = true;
    return materialise_lift(b->rep, b->ledger, err);
}

/* Folds the leaves from ledger->folded on; *folded tells how many. */
static enum status fold_batch(struct batch *b, const struct segment *ready, size_t ready_count,
                              struct error *err)
{
    struct replica *rep = b->rep;
    struct ledger *ledger = b->ledger;
    const bool registry = ledger == rep->registry_ledger;
    const uint64_t size = ledger->tree.size, first_ready = size - ready_count;
    const bool held = ledger->folded < first_ready;
    uint64_t index = ledger->folded;
    enum status st = ST_OK;
    st = batch_load_greatest(b, err);
    if (st != ST_OK)
        return st;
    for (; index < size && !b->ruled && b->change_count < FOLD_CHANGES_MAX &&
           b->arena.total < FOLD_MEMORY_MAX;
         index++) {
        struct stmt *stmt = db_stmt(rep->db, "SELECT admitted_ms, registry_size FROM leaf"
                                             " WHERE ledger = ?1 AND idx = ?2");
        struct segment loaded;
        const struct segment *segment;
        bool row;
        bind_int(stmt, 1, ledger->no);
        bind_int(stmt, 2, (int64_t)index);
        st = stmt_step(stmt, &row, err);
        if (st != ST_OK || !row)
            return st != ST_OK ? st : error_set(err, ST_DAMAGED, "a leaf is missing");
        int64_t admitted_ms = stmt_int(stmt, 0);
        uint64_t registry_size = registry ? index : (uint64_t)stmt_int(stmt, 1);
        stmt_reset(stmt);
        if (registry_size > rep->registry.size)
            break; /* the registry has not arrived that far */
        const struct catalog *catalog = replica_catalog_at(rep, registry_size);
        if (b->change_count && catalog != b->catalog)
            break;
        b->catalog = catalog;
        st = lift_newer(b, held, err);
        if (st != ST_OK)
            return st;
        if (index >= first_ready) {
            segment = &ready[index - first_ready];
        } else {
            struct stored_changeset stored;
            struct segment_known known;
            replica_known(rep, ledger, &known);
            st = batch_write_ordinals(b, err); /* it may name records by them */
            if (st == ST_OK)
                st = replica_read_leaf(rep, ledger, index, &b->arena, &stored, err);
            if (st == ST_OK)
                st = segment_load(stored.cose, stored.salts, stored.columns, &known.index,
                                  &b->arena, &loaded, err);
            if (st != ST_OK)
                return error_wrap(err, st, "%s leaf %llu", ledger->origin.text,
                                  (unsigned long long)index);
            segment = &loaded;
        }
        const size_t first_change = b->change_count;
        take_segment(b, segment, index, admitted_ms, registry_size);
        if (registry)
            rep->registry.size = index + 1;
        st = batch_number_records(b, err);
        if (st == ST_OK)
            st = amend_leaf(b, segment, index, first_change, err);
        if (st != ST_OK)
            return st;
        ledger->folded = index + 1;
    }
    ledger->folded = index;
    st = batch_write_ordinals(b, err);
    if (st != ST_OK)
        return st;
    if (!b->bare && b->slot_count && replica_unadmitted_count(rep, ledger)) {
        struct overlay_walk walk = {b, ST_OK, err};
        st = replica_each_unadmitted(rep, ledger, take_waiting, &walk, err);
        if (st == ST_OK)
            st = walk.status;
    }
    if (st == ST_OK && registry)
        st = materialise_schema(rep, err);
    if (st == ST_OK)
        st = merge_rows(b, b->numbered, err);
    if (st == ST_OK) {
        struct stmt *stmt = db_stmt(rep->db, "UPDATE ledger SET folded = ?2, records = ?3"
                                             " WHERE no = ?1");
        bind_int(stmt, 1, ledger->no);
        bind_int(stmt, 2, (int64_t)ledger->folded);
        bind_int(stmt, 3, (int64_t)ledger->records);
        st = stmt_run(stmt, err);
    }
    return st;
}

/* Takes the records of one table that the overlay touches into the batch, without any step. */
static enum status take_overlaid(struct batch *b, const struct catalog_table *table,
                                 struct error *err)
{
    struct stmt *stmt = NULL;
    char *sql = mem_printf("SELECT id FROM \"r_%s\" WHERE ledger = ?1 AND _state & %d", table->name,
                           ROW_OVERLAY);
    bool row;
    enum status st = db_prepare(b->rep->db, slice_str(sql), &stmt, err);
    mem_free(sql);
    if (st != ST_OK)
        return st;
    bind_int(stmt, 1, b->ledger->no);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        struct record_id id;
        memcpy(id.b, stmt_blob(stmt, 0).p, RECORD_ID_SIZE);
        batch_take_slot(b, table->no, &id);
    }
    stmt_release(stmt);
    return st;
}

enum status materialise_lift(struct replica *rep, struct ledger *ledger, struct error *err)
{
    struct batch b;
    enum status st = ST_OK;
    batch_init(&b, rep, ledger, NULL);
    b.lift = true;
    b.catalog = replica_catalog(rep);
    for (size_t i = 0; i < b.catalog->table_count && st == ST_OK; i++)
        st = take_overlaid(&b, b.catalog->tables[i], err);
    if (st == ST_OK)
        st = merge_rows(&b, b.slot_count, err);
    batch_release(&b);
    return st;
}

/* Who may do what has changed: what was laid on top is judged anew. */
static enum status judge_overlays(struct replica *rep, struct error *err)
{
    enum status st = ST_OK;
    for (size_t i = 0; i < rep->ledger_count && st == ST_OK; i++)
        if (replica_unadmitted_count(rep, rep->ledgers[i]) > 0)
            st = materialise_relay(rep, rep->ledgers[i], err);
    return st;
}

/* Is there waiting work whose time depends on that of other changesets? As these get their leaves,
 * it moves, on records that no leaf mentions. */
static bool waits_with_deps(struct replica *rep, struct ledger *ledger)
{
    struct stmt *stmt = db_stmt(rep->db, "SELECT 1 FROM changeset WHERE ledger = ?1 AND idx IS NULL"
                                         " AND reach IS NOT NULL LIMIT 1");
    bool row = false;
    bind_int(stmt, 1, ledger->no);
    CHECK(stmt_step(stmt, &row, NULL) == ST_OK);
    stmt_reset(stmt);
    return row;
}

/* Something was decided without having seen what it is about: that does not stand. */
static enum status nothing_missed(const struct replica *rep, struct error *err)
{
    return rep->missed ? error_set(err, ST_WAIT,
                                   "要先看以前的改动，它们的历史还没有到；请先同步（huce sync）")
                       : ST_OK;
}

static enum status fold(struct replica *rep, struct ledger *ledger, const struct segment *ready,
                        size_t ready_count, bool bare, struct fold_stats *stats, struct error *err)
{
    enum status st = ST_OK;
    bool authority = false, lifted = false;
    CHECK(ready_count <= ledger->tree.size);
    rep->missed = false;
    st = moves_follow(rep, err);
    if (st == ST_OK && !bare && ledger->folded < ledger->tree.size &&
        waits_with_deps(rep, ledger)) {
        lifted = true;
        st = materialise_lift(rep, ledger, err);
    }
    while (st == ST_OK && ledger->folded < ledger->tree.size) {
        uint64_t before = ledger->folded;
        struct batch b;
        batch_init(&b, rep, ledger, stats);
        b.bare = bare || lifted;
        st = fold_batch(&b, ready, ready_count, err);
        authority |= b.authority;
        lifted |= b.lifted;
        batch_release(&b);
        if (ledger->folded == before)
            break;
    }
    if (st == ST_OK && lifted)
        st = materialise_relay(rep, ledger, err);
    if (st == ST_OK && authority && !bare)
        st = judge_overlays(rep, err);
    return st == ST_OK ? nothing_missed(rep, err) : st;
}

enum status materialise_fold(struct replica *rep, struct ledger *ledger,
                             const struct segment *ready, size_t ready_count,
                             struct fold_stats *stats, struct error *err)
{
    return fold(rep, ledger, ready, ready_count, false, stats, err);
}

enum status materialise_fold_admitted(struct replica *rep, struct ledger *ledger,
                                      struct fold_stats *stats, struct error *err)
{
    return fold(rep, ledger, NULL, 0, true, stats, err);
}

enum status materialise_all(struct replica *rep, struct fold_stats *stats, struct error *err)
{
    enum status st = ST_OK;
    if (rep->registry_ledger)
        st = materialise_fold(rep, rep->registry_ledger, NULL, 0, stats, err);
    for (size_t i = 0; i < rep->ledger_count && st == ST_OK; i++)
        if (rep->ledgers[i] != rep->registry_ledger)
            st = materialise_fold(rep, rep->ledgers[i], NULL, 0, stats, err);
    return st;
}

/* Conflicts by rules that have changed since the catalog of this version. */
static enum status forget_past_conflicts(struct db *db, const struct catalog *newest,
                                         size_t version, struct error *err)
{
    enum status st = ST_OK;
    for (size_t i = 0; i < newest->table_count; i++) {
        const struct catalog_table *table = newest->tables[i];
        for (size_t k = 0; k < table->field_count && st == ST_OK; k++) {
            if (table->fields[k]->policy_since <= version)
                continue;
            struct stmt *stmt = db_stmt(db, "DELETE FROM conflict WHERE tbl = ?1 AND field = ?2");
            bind_int(stmt, 1, table->no);
            bind_int(stmt, 2, table->fields[k]->no);
            st = stmt_run(stmt, err);
        }
    }
    return st;
}

enum status materialise_schema(struct replica *rep, struct error *err)
{
    const struct catalog *newest = replica_catalog(rep);
    struct stmt *stmt =
        db_stmt(rep->db, "SELECT value FROM replica_setting WHERE name = 'schema_version'");
    bool row;
    int64_t done = -1;
    enum status st = stmt_step(stmt, &row, err);
    if (st == ST_OK && row)
        done = strtoll((const char *)stmt_text(stmt, 0).p, NULL, 10);
    stmt_reset(stmt);
    if (st != ST_OK || done == (int64_t)newest->version)
        return st;
    st = record_tables_schema(rep->db, newest, err);
    if (st == ST_OK && done >= 0)
        st = forget_past_conflicts(rep->db, newest, (size_t)done, err);
    if (st == ST_OK) {
        stmt = db_stmt(rep->db, "INSERT OR REPLACE INTO replica_setting(name, value)"
                                " VALUES ('schema_version', ?1)");
        bind_int(stmt, 1, (int64_t)newest->version);
        st = stmt_run(stmt, err);
    }
    return st;
}

enum status materialise_overlay(struct replica *rep, struct ledger *ledger,
                                const struct overlay_change *changes, size_t count,
                                struct error *err)
{
    struct batch b;
    struct changeset_terms terms = {0};
    enum status st = ST_OK;
    batch_init(&b, rep, ledger, NULL);
    b.overlay = true;
    b.catalog = replica_catalog(rep);
    rep->missed = false;
    for (size_t i = 0; i < count; i++) {
        const struct overlay_change *c = &changes[i];
        struct error why;
        if (terms.header != c->header || terms.leaf != c->overlay) {
            replica_overlay_register(rep, ledger, c->overlay, c->chain, c->header);
            take_terms(&b, c->header, NULL, c->overlay, INT64_MAX, rep->registry.size, &terms);
        }
        const struct said said = {c->hlc, c->body, false};
        enum verdict_code code = take_change(&b, &terms, c->position, &said, &why);
        if (code != VERDICT_COUNTS) {
            st = error_set(
                err, code == VERDICT_INVALID || code == VERDICT_MALFORMED ? ST_INVALID : ST_REFUSED,
                "%s", why.text);
            break;
        }
    }
    if (st == ST_OK)
        st = merge_rows(&b, 0, err);
    batch_release(&b);
    return st == ST_OK ? nothing_missed(rep, err) : st;
}

enum status materialise_load(struct replica *rep, struct ledger *ledger,
                             const struct catalog_table *table, const struct record_id *id,
                             struct arena *arena, struct record_state *out, struct error *err)
{
    char hex[RECORD_ID_TEXT];
    struct loaded_row loaded;
    materialise_tables(rep);
    enum status st =
        record_load(rep->tables, ROW_IN_FORCE, ledger->no, table, id, arena, &loaded, err);
    *out = loaded.record;
    record_id_format(id, hex);
    if (st == ST_OK && (!loaded.found || loaded.bits & ROW_NAMED))
        st = error_set(err, ST_NOT_FOUND, "没有这条%s记录:%s", table->zh, hex);
    return st;
}

struct ledger *materialise_find(struct replica *rep, const struct catalog_table *table,
                                const struct record_id *id)
{
    struct ledger *found = NULL;
    materialise_tables(rep);
    for (size_t i = 0; i < rep->ledger_count; i++) {
        bool there;
        int bits;
        if (record_state_bits(rep->tables, rep->ledgers[i]->no, table, id, &there, &bits, NULL) !=
                ST_OK ||
            !there || bits & ROW_NAMED)
            continue;
        if (!(bits & ROW_ELSEWHERE))
            return rep->ledgers[i];
        if (!found || !(bits & ROW_IN_TRANSIT))
            found = rep->ledgers[i];
    }
    return found;
}
