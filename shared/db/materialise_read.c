/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * materialise_read: what the fold produced, read back: histories, dumps, and the proof that derived
 * state equals the ledger (rebuild). See materialise.h.
 */
#include <stdlib.h>

#include "shared/base/check.h"
#include "shared/codec/hex.h"
#include "shared/db/materialise.h"
#include "shared/db/moves.h"
#include "shared/db/record_tables.h"
#include "shared/db/ruling.h"
#include "shared/db/side_tables.h"
#include "shared/db/snapshot.h"
#include "shared/db/touch.h"
#include "shared/ledger/change.h"

/* ---- history ---- */

struct history_walk {
    struct replica *rep;
    struct ledger *ledger;
    const struct record_id *record; /* NULL: every op */
    history_visit *fn;
    void *arg;
    struct arena *arena;
    bool stopped;
    enum status status;
    struct error *err;
};

/* The latest effective time of what a changeset names. */
static int64_t named_ms(struct history_walk *w, const struct changeset *h)
{
    int64_t prev_ms = h->number > 1 ? replica_effective_ms(w->rep, w->ledger, &h->prev) : 0;
    int64_t deps_ms = replica_deps_ms(w->rep, w->ledger, h);
    return deps_ms > prev_ms ? deps_ms : prev_ms;
}

static const char *void_reason(struct history_walk *w, uint64_t leaf, uint32_t position)
{
    struct stmt *stmt = db_stmt(w->rep->db, "SELECT reason FROM void_change WHERE ledger = ?1"
                                            " AND leaf = ?2 AND position = ?3");
    const char *reason = NULL;
    bool row;
    bind_int(stmt, 1, w->ledger->no);
    bind_int(stmt, 2, (int64_t)leaf);
    bind_int(stmt, 3, position);
    if (stmt_step(stmt, &row, NULL) == ST_OK && row) {
        struct slice text = stmt_text(stmt, 0);
        reason = arena_printf(w->arena, "%.*s", (int)text.n, (const char *)text.p);
    }
    stmt_reset(stmt);
    return reason;
}

static bool is_mine(const struct history_walk *w, const struct op *op)
{
    return !w->record || (op->code <= OP_IN && record_id_equal(&op->record, w->record)) ||
           (op->code == OP_LINK && record_id_equal(&op->other, w->record));
}

static enum status find_order(struct history_walk *w, struct history_item *item)
{
    struct erasure erasure;
    item->ordered = erasure_find(w->rep->db, w->ledger->no, item->leaf, item->position, &erasure) &&
                    erasure.explained;
    return item->ordered
               ? erasure_order(w->rep, w->ledger, &erasure, w->arena, &item->order, w->err)
               : ST_OK;
}

/* Hands out the changes of one stored changeset that touch the record; only `only` when >= 0. */
static enum status walk_changeset(struct history_walk *w, const struct stored_changeset *stored,
                                  int64_t only)
{
    struct segment segment;
    struct segment_known known;
    replica_known(w->rep, w->ledger, &known);
    enum status st = segment_load(stored->cose, stored->salts, stored->columns, &known.index,
                                  w->arena, &segment, w->err);
    if (st != ST_OK)
        return st;
    const struct changeset *h = &segment.header;
    int64_t base_ms = replica_admitted_ms(w->rep, w->ledger, replica_base(w->rep, w->ledger, h));
    int64_t floor_ms = named_ms(w, h);
    for (uint32_t i = 0; i < h->count && !w->stopped; i++) {
        struct op_body body;
        struct history_item item = {
            .admitted = stored->admitted,
            .leaf = stored->admitted ? stored->leaf_index : LEAF_OVERLAY + stored->overlay,
            .position = i,
            .admitted_ms = stored->admitted ? stored->leaf.admitted_ms : 0,
            .hlc_ms = hlc_ms(segment.changes[i].hlc),
            .author = h->kid,
            .chain = h->chain,
            .number = h->number,
            .seq = h->first_seq + i,
            .base_size = h->base_size,
        };
        if ((only >= 0 && i != only) || segment_body(&segment, i, w->arena, &body, NULL) != ST_OK)
            continue;
        struct op *ops = arena_alloc(w->arena, (body.op_count + 1) * sizeof *ops);
        for (size_t k = 0; k < body.op_count; k++)
            if (is_mine(w, &body.ops[k]))
                ops[item.op_count++] = body.ops[k];
        if (item.op_count == 0 && only < 0)
            continue;
        item.ops = ops;
        item.note = body.note;
        item.effective_ms = leaf_effective_ms(
            item.hlc_ms, base_ms, stored->admitted ? item.admitted_ms : INT64_MAX, floor_ms);
        if (stored->admitted) {
            struct stamp at = {.leaf = stored->leaf_index, .position = i};
            ruling_place(w->rep->db, w->ledger->no, &at);
            item.adopted = at.adopted;
            item.void_reason = void_reason(w, stored->leaf_index, i);
            item.erased = segment_erased(&segment, i);
            if (item.erased)
                st = find_order(w, &item);
            if (st != ST_OK)
                return st;
        }
        w->stopped = !w->fn(w->arg, &item);
    }
    return ST_OK;
}

static bool walk_waiting(void *arg, const struct stored_changeset *stored)
{
    struct history_walk *w = arg;
    w->status = walk_changeset(w, stored, -1);
    return w->status == ST_OK && !w->stopped;
}

enum status materialise_history(struct replica *rep, struct ledger *ledger,
                                const struct record_id *id, history_visit *fn, void *arg,
                                struct error *err)
{
    struct arena arena = {0};
    struct history_walk w = {.rep = rep,
                             .ledger = ledger,
                             .record = id,
                             .fn = fn,
                             .arg = arg,
                             .arena = &arena,
                             .err = err};
    struct arena list = {0};
    uint64_t *leaves;
    size_t count;
    if (ledger->behind)
        return snapshot_refuse(rep, err);
    enum status st = touch_leaves(rep->db, ledger->no, id, UINT64_MAX, &list, &leaves, &count, err);
    for (size_t i = 0; i < count && st == ST_OK && !w.stopped; i++) {
        struct stored_changeset stored;
        st = replica_read_leaf(rep, ledger, leaves[i], &arena, &stored, err);
        if (st == ST_OK)
            st = walk_changeset(&w, &stored, -1);
        arena_reset(&arena);
    }
    if (st == ST_OK && !w.stopped) {
        st = replica_each_unadmitted(rep, ledger, walk_waiting, &w, err);
        if (st == ST_OK)
            st = w.status;
    }
    arena_release(&arena);
    arena_release(&list);
    return st;
}

struct stamp_origin {
    struct history_item *out;
    bool found;
};

static bool keep_origin(void *arg, const struct history_item *item)
{
    struct stamp_origin *o = arg;
    *o->out = *item;
    o->found = true;
    return false;
}

struct find_overlay {
    struct history_walk *w;
    const struct stamp *at;
    enum status status;
};

static bool match_overlay(void *arg, const struct stored_changeset *stored)
{
    struct find_overlay *f = arg;
    if (LEAF_OVERLAY + stored->overlay != f->at->leaf)
        return true;
    f->status = walk_changeset(f->w, stored, f->at->position);
    return false;
}

/* What is known of a change whose content is not here yet. */
static enum status origin_without_content(struct replica *rep, struct ledger *ledger,
                                          const struct stamp *at, struct history_item *out,
                                          struct error *err)
{
    struct stmt *stmt =
        db_stmt(rep->db,
                "SELECT n.kid, n.chain, c.number, c.first_seq, c.base_size, l.admitted_ms"
                " FROM leaf l JOIN changeset c ON c.no = l.changeset JOIN chain n ON n.no = c.chain"
                " WHERE l.ledger = ?1 AND l.idx = ?2");
    bool row;
    bind_int(stmt, 1, ledger->no);
    bind_int(stmt, 2, (int64_t)at->leaf);
    enum status st = stmt_step(stmt, &row, err);
    if (st != ST_OK || !row)
        return st != ST_OK ? st : error_set(err, ST_NOT_FOUND, "the change is not stored here");
    *out = (struct history_item){.admitted = true,
                                 .leaf = at->leaf,
                                 .position = at->position,
                                 .admitted_ms = stmt_int(stmt, 5),
                                 .effective_ms = at->effective_ms,
                                 .hlc_ms = at->effective_ms,
                                 .number = (uint64_t)stmt_int(stmt, 2),
                                 .seq = (uint64_t)stmt_int(stmt, 3) + at->position,
                                 .base_size = (uint64_t)stmt_int(stmt, 4),
                                 .adopted = at->adopted};
    if (stmt_blob(stmt, 0).n == HASH_SIZE)
        memcpy(out->author.b, stmt_blob(stmt, 0).p, HASH_SIZE);
    if (stmt_blob(stmt, 1).n == sizeof out->chain.b)
        memcpy(out->chain.b, stmt_blob(stmt, 1).p, sizeof out->chain.b);
    stmt_reset(stmt);
    return ST_OK;
}

enum status materialise_stamp_origin(struct replica *rep, struct ledger *ledger,
                                     const struct stamp *at, struct arena *arena,
                                     struct history_item *out, struct error *err)
{
    struct stamp_origin origin = {out, false};
    struct history_walk w = {.rep = rep,
                             .ledger = ledger,
                             .fn = keep_origin,
                             .arg = &origin,
                             .arena = arena,
                             .err = err};
    enum status st;
    if (at->leaf >= LEAF_OVERLAY) {
        struct find_overlay f = {&w, at, ST_OK};
        st = replica_each_unadmitted(rep, ledger, match_overlay, &f, err);
        if (st == ST_OK)
            st = f.status;
        /* The walk's memory of the stored bytes is gone; only the note and ops borrowed from it. */
        out->note = SLICE_NONE;
        out->op_count = 0;
    } else if (at->leaf >= ledger->filled && at->leaf < ledger->behind) {
        return origin_without_content(rep, ledger, at, out, err);
    } else {
        struct stored_changeset stored;
        st = replica_read_leaf(rep, ledger, at->leaf, arena, &stored, err);
        if (st == ST_OK)
            st = walk_changeset(&w, &stored, at->position);
    }
    if (st == ST_OK && !origin.found)
        st = error_set(err, ST_NOT_FOUND, "the change is not stored here");
    return st;
}

/* ---- dump ---- */

struct dump {
    struct replica *rep;
    struct ledger *ledger;
    bool admitted_only;
    dump_write *fn;
    void *arg;
    struct buf line;
    struct arena arena;
};

static void dump_value(struct dump *d, const struct value *value)
{
    switch (value->kind) {
    case VALUE_NULL:
        buf_put_str(&d->line, "null");
        break;
    case VALUE_INT:
        buf_printf(&d->line, "%lld", (long long)value->i);
        break;
    case VALUE_DECIMAL:
        buf_printf(&d->line, "%llde%d", (long long)value->i, value->exponent);
        break;
    case VALUE_TEXT:
        buf_printf(&d->line, "\"%.*s\"", (int)value->s.n, (const char *)value->s.p);
        break;
    case VALUE_BYTES:
        for (size_t i = 0; i < value->s.n; i++)
            buf_printf(&d->line, "%02x", value->s.p[i]);
        break;
    case VALUE_ERASED:
        buf_put_str(&d->line, "erased");
        break;
    }
}

static void dump_stamp(struct dump *d, const struct stamp *at)
{
    buf_printf(&d->line, "[%llu.%u", (unsigned long long)at->leaf, at->position);
    if (at->adopted)
        buf_printf(&d->line, " from %llu", (unsigned long long)at->adopted);
    buf_printf(&d->line, " @%lld", (long long)at->effective_ms);
}

static void dump_claim(struct dump *d, const struct claim *claim)
{
    buf_put_u8(&d->line, ' ');
    dump_stamp(d, &claim->at);
    if (claim->rank)
        buf_printf(&d->line, " r%u", claim->rank);
    buf_put_u8(&d->line, ' ');
    dump_value(d, &claim->value);
    buf_put_u8(&d->line, ']');
}

static void dump_link(struct dump *d, const struct link_claim *claim)
{
    char hex[RECORD_ID_TEXT];
    record_id_format(&claim->other, hex);
    buf_printf(&d->line, "  %s %s ", claim->same ? "same" : "apart", hex);
    dump_stamp(d, &claim->at);
    buf_put_str(&d->line, "]\n");
}

/* One line per record, one per field that was ever written, one per word about a pair. */
static void dump_record(struct dump *d, const struct record_state *record, int bits)
{
    char hex[RECORD_ID_TEXT];
    record_id_format(&record->id, hex);
    buf_clear(&d->line);
    buf_printf(&d->line, "%s %s%s%s%s", record->table->name, hex, record->live ? "" : " deleted",
               record->conflict ? " conflict" : "", record->late ? " late" : "");
    for (uint32_t i = 0; i < record->move_count; i++) {
        const struct move *move = &record->moves[i];
        buf_printf(&d->line, " %s %u %.*s", move->in ? "in" : "out", move->hop, (int)move->other.n,
                   (const char *)move->other.p);
    }
    buf_printf(&d->line, "%s%s\n", bits & ROW_ELSEWHERE ? " elsewhere" : "",
               bits & ROW_LINKED ? " linked" : "");
    for (uint32_t f = 0; f < record->field_count; f++) {
        const struct field_state *field = &record->fields[f];
        if (!field->claim_count)
            continue;
        buf_printf(&d->line, "  %u ", f);
        dump_value(d, &field->value);
        if (field->conflict)
            buf_put_str(&d->line, " conflict");
        for (uint32_t c = 0; c < field->claim_count; c++)
            dump_claim(d, &field->claims[c]);
        buf_put_u8(&d->line, '\n');
    }
    for (uint32_t i = 0; i < record->link_count; i++)
        dump_link(d, &record->links[i]);
    CHECK(buf_ok(&d->line));
    d->fn(d->arg, buf_slice(&d->line));
}

static enum status dump_table(struct dump *d, const struct catalog_table *table, struct error *err)
{
    struct stmt *ids = NULL;
    struct buf sql;
    bool row;
    buf_init(&sql, 4096);
    /* Rows that exist only in the overlay have no admitted version: they are left out below. */
    buf_printf(&sql, "SELECT id, _state FROM \"r_%s\" WHERE ledger = ?1 ORDER BY id", table->name);
    enum status st = db_prepare(d->rep->db, buf_slice(&sql), &ids, err);
    buf_release(&sql);
    if (st != ST_OK)
        return st;
    bind_int(ids, 1, d->ledger->no);
    while ((st = stmt_step(ids, &row, err)) == ST_OK && row) {
        struct record_id id;
        struct loaded_row loaded;
        int bits = (int)stmt_int(ids, 1);
        enum row_place place =
            d->admitted_only && (bits & ROW_OVERLAY) ? ROW_ADMITTED_ASIDE : ROW_IN_FORCE;
        memcpy(id.b, stmt_blob(ids, 0).p, RECORD_ID_SIZE);
        st = record_load(d->rep->tables, place, d->ledger->no, table, &id, &d->arena, &loaded, err);
        if (st != ST_OK)
            break;
        if (loaded.found)
            dump_record(d, &loaded.record, d->admitted_only ? 0 : loaded.bits);
        arena_reset(&d->arena);
    }
    stmt_release(ids);
    return st;
}

enum status materialise_dump(struct replica *rep, struct ledger *ledger, bool admitted_only,
                             dump_write *fn, void *arg, struct error *err)
{
    struct dump d = {
        .rep = rep, .ledger = ledger, .admitted_only = admitted_only, .fn = fn, .arg = arg};
    const struct catalog *catalog = replica_catalog(rep);
    enum status st = materialise_schema(rep, err);
    bool row;
    materialise_tables(rep);
    if (st == ST_OK)
        st = moves_follow(rep, err);
    buf_init(&d.line, 16 * 1024 * 1024);
    for (size_t i = 0; i < catalog->table_count && st == ST_OK; i++)
        st = dump_table(&d, catalog->tables[i], err);
    struct stmt *stmt = db_stmt(rep->db, "SELECT leaf, position, code FROM void_change"
                                         " WHERE ledger = ?1 ORDER BY leaf, position");
    bind_int(stmt, 1, ledger->no);
    while (st == ST_OK && (st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        buf_clear(&d.line);
        buf_printf(&d.line, "void %lld.%lld %.*s\n", (long long)stmt_int(stmt, 0),
                   (long long)stmt_int(stmt, 1), (int)stmt_text(stmt, 2).n,
                   (const char *)stmt_text(stmt, 2).p);
        fn(arg, buf_slice(&d.line));
    }
    buf_release(&d.line);
    arena_release(&d.arena);
    return st;
}

/* ---- rebuild ---- */

struct relay {
    struct replica *rep;
    struct ledger *ledger;
    enum status status;
    struct error *err;
};

/* Lays one waiting changeset on top again. */
static bool relay_waiting(void *arg, const struct stored_changeset *stored)
{
    struct relay *r = arg;
    struct arena arena = {0};
    struct segment segment;
    struct segment_known known;
    replica_known(r->rep, r->ledger, &known);
    r->status = segment_load(stored->cose, stored->salts, stored->columns, &known.index, &arena,
                             &segment, r->err);
    for (uint32_t i = 0; r->status == ST_OK && i < segment.header.count; i++) {
        struct overlay_change change = {.header = &segment.header,
                                        .chain = stored->chain,
                                        .overlay = LEAF_OVERLAY + stored->overlay,
                                        .position = i,
                                        .hlc = segment.changes[i].hlc,
                                        .body = segment.changes[i].body};
        enum status st = materialise_overlay(r->rep, r->ledger, &change, 1, r->err);
        /* What the fold will call void is simply not shown. */
        if (st != ST_OK && st != ST_INVALID && st != ST_REFUSED)
            r->status = st;
    }
    arena_release(&arena);
    return r->status == ST_OK;
}

enum status materialise_relay(struct replica *rep, struct ledger *ledger, struct error *err)
{
    struct relay relay = {rep, ledger, ST_OK, err};
    enum status st = materialise_lift(rep, ledger, err);
    if (st == ST_OK)
        st = replica_each_unadmitted(rep, ledger, relay_waiting, &relay, err);
    return st == ST_OK ? relay.status : st;
}

enum status materialise_rebuild(struct replica *rep, struct fold_stats *stats, struct error *err)
{
    enum status st = snapshot_refuse(rep, err);
    if (st != ST_OK)
        return st;
    record_tables_release(rep->tables); /* before the tables go */
    rep->tables = NULL;
    st = record_tables_drop(rep->db, replica_catalog(rep), err);
    if (st == ST_OK)
        st = side_tables_clear(rep->db, err);
    if (st == ST_OK)
        st = db_exec(rep->db, "DELETE FROM replica_setting WHERE name = 'schema_version'", err);
    if (st == ST_OK)
        st = replica_reload(rep, true, err);
    if (st == ST_OK && rep->registry_ledger)
        st = materialise_fold_admitted(rep, rep->registry_ledger, stats, err);
    for (size_t i = 0; i < rep->ledger_count && st == ST_OK; i++)
        if (rep->ledgers[i] != rep->registry_ledger)
            st = materialise_fold_admitted(rep, rep->ledgers[i], stats, err);
    for (size_t i = 0; i < rep->ledger_count && st == ST_OK; i++) {
        struct relay relay = {rep, rep->ledgers[i], ST_OK, err};
        st = replica_each_unadmitted(rep, rep->ledgers[i], relay_waiting, &relay, err);
        if (st == ST_OK)
            st = relay.status;
    }
    return st;
}

/* ---- a program of another merge version ---- */

static int64_t stored_version(struct replica *rep)
{
    struct stmt *stmt =
        db_stmt(rep->db, "SELECT value FROM replica_setting WHERE name = 'merge_version'");
    int64_t version = 0;
    bool row = false;
    if (stmt_step(stmt, &row, NULL) == ST_OK && row)
        version = strtoll((const char *)stmt_text(stmt, 0).p, NULL, 10);
    stmt_reset(stmt);
    return version;
}

static enum status store_version(struct replica *rep, struct error *err)
{
    struct stmt *stmt = db_stmt(rep->db, "INSERT OR REPLACE INTO replica_setting(name, value)"
                                         " VALUES ('merge_version', ?1)");
    bind_int(stmt, 1, MERGE_VERSION);
    return stmt_run(stmt, err);
}

bool materialise_is_current(struct replica *rep)
{
    return stored_version(rep) == MERGE_VERSION;
}

enum status materialise_upgrade(struct replica *rep, struct error *err)
{
    bool folded = false;
    enum status st = ST_OK;
    if (snapshot_is_open(rep)) { /* rows that nothing here can make anew */
        st = snapshot_give_up(rep, err);
        return st == ST_OK ? store_version(rep, err) : st;
    }
    for (size_t i = 0; i < rep->ledger_count; i++)
        folded |= rep->ledgers[i]->folded > 0;
    if (folded)
        st = materialise_rebuild(rep, NULL, err);
    return st == ST_OK ? store_version(rep, err) : st;
}
