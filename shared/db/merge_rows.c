/* SPDX-License-Identifier: MulanPSL-2.0 */
/* merge_rows: see merge_rows.h. */
#include "shared/db/merge_rows.h"

#include "shared/db/moves.h"
#include "shared/db/recall.h"
#include "shared/db/record_tables.h"

#define GROUP_MAX 64 /* records that are loaded, merged and written together */

/* ---- one record ---- */

static void note_overruled(void *arg, const struct record_state *record, uint32_t field,
                           const struct claim *loser, const struct claim *winner,
                           enum overruled_why why)
{
    static const char *const words[] = {"later", "append", "illegal_step"};
    struct batch *b = arg;
    if (loser->at.leaf >= LEAF_OVERLAY || winner->at.leaf >= LEAF_OVERLAY || b->status != ST_OK)
        return;
    struct stmt *stmt =
        db_stmt(b->rep->db, "INSERT OR REPLACE INTO overruled(ledger, tbl, id, field, leaf,"
                            " position, by_leaf, by_position, why)"
                            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
    bind_int(stmt, 1, b->ledger->no);
    bind_int(stmt, 2, record->table->no);
    bind_blob(stmt, 3, slice_of(record->id.b, RECORD_ID_SIZE));
    bind_int(stmt, 4, field);
    bind_int(stmt, 5, (int64_t)loser->at.leaf);
    bind_int(stmt, 6, loser->at.position);
    bind_int(stmt, 7, (int64_t)winner->at.leaf);
    bind_int(stmt, 8, winner->at.position);
    bind_str(stmt, 9, words[why]);
    b->status = stmt_run(stmt, &b->error);
}

/* Is the conflict one by rules that the newest catalog has changed? There is nothing to decide any
 * more: whoever looks at the record sees its value in force as the only one. */
static bool is_past(struct batch *b, const struct record_state *record, uint32_t no)
{
    const struct catalog_table *newest = catalog_table(replica_catalog(b->rep), record->table->no);
    const struct catalog_field *field = no && newest ? newest->by_no[no] : NULL;
    return field && field->policy_since > record->table->policy_since;
}

static enum status write_conflicts(struct batch *b, const struct record_state *record,
                                   bool had_conflict, struct error *err)
{
    enum status st = ST_OK;
    if (had_conflict) {
        struct stmt *stmt = db_stmt(b->rep->db, "DELETE FROM conflict WHERE ledger = ?1"
                                                " AND tbl = ?2 AND id = ?3");
        bind_int(stmt, 1, b->ledger->no);
        bind_int(stmt, 2, record->table->no);
        bind_blob(stmt, 3, slice_of(record->id.b, RECORD_ID_SIZE));
        st = stmt_run(stmt, err);
    }
    for (uint32_t f = 0; record->conflict && f < record->field_count && st == ST_OK; f++) {
        if (!record->fields[f].conflict || is_past(b, record, f))
            continue;
        struct stmt *stmt = db_stmt(b->rep->db, "INSERT OR IGNORE INTO conflict(ledger, tbl, id,"
                                                " field) VALUES (?1, ?2, ?3, ?4)");
        bind_int(stmt, 1, b->ledger->no);
        bind_int(stmt, 2, record->table->no);
        bind_blob(stmt, 3, slice_of(record->id.b, RECORD_ID_SIZE));
        bind_int(stmt, 4, f);
        st = stmt_run(stmt, err);
        if (!had_conflict && b->stats)
            b->stats->conflicts_opened++;
    }
    return st;
}

/* Applies the slot's steps of one kind (admitted, or overlay) that count. Returns how many. */
static uint32_t apply_steps(struct batch *b, const struct slot *slot, bool overlay,
                            struct record_state *record, const struct merge_context *context)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < slot->count; i++) {
        const struct step *step = &b->steps[slot->first + i];
        const struct fold_change *change = &b->changes[step->change];
        if (!change->counts || change->overlay != overlay)
            continue;
        merge_apply(record, step->op, &change->event, context);
        n++;
    }
    return n;
}

static bool has_steps(const struct batch *b, const struct slot *slot, bool overlay)
{
    for (uint32_t i = 0; i < slot->count; i++) {
        const struct fold_change *change = &b->changes[b->steps[slot->first + i].change];
        if (change->counts && change->overlay == overlay)
            return true;
    }
    return false;
}

/* The row in force has been written, or removed: its moves, and whether it needs a look at those of
 * other ledgers. */
static enum status note_moves(struct batch *b, struct slot *slot, const struct record_state *record,
                              bool was_there, int bits, struct error *err)
{
    if (record->move_count || bits & ROW_MOVED) {
        slot->moved = true;
        b->moves_exist = true;
        return moves_write(b->rep, b->ledger, record, err);
    }
    if (b->moves_exist && !was_there && moves_known(b->rep, slot->table, &slot->id))
        slot->moved = true;
    return ST_OK;
}

/* The same for links: which records hang together with it may have changed, or it may be another
 * one of them that is shown. */
static enum status note_links(struct batch *b, struct slot *slot, const struct record_state *record,
                              int bits, struct error *err)
{
    if (record->link_count || bits & ROW_PAIRED) {
        slot->linked = b->links_exist = true;
        return links_write(b->rep, b->ledger, record, &b->record, &slot->ends, err);
    }
    slot->linked =
        bits & ROW_LINKED || (b->links_exist && links_known(b->rep, slot->table, &slot->id));
    return ST_OK;
}

static enum status settle_links(struct batch *b, const struct slot *slot, struct error *err)
{
    enum status st = links_settle(b->rep, slot->table, &slot->id, err);
    for (size_t i = 0; i < slot->ends.count && st == ST_OK; i++)
        st = links_settle(b->rep, slot->table, &slot->ends.ids[i], err);
    return st;
}

/* Neighbours in one table, and what stands of them. Everything of theirs lives in batch.record. */
struct group {
    size_t count;
    struct slot *slots[GROUP_MAX];
    struct loaded_row in_force[GROUP_MAX];
    struct loaded_row aside[GROUP_MAX]; /* of those that the overlay touched */
};

static enum status load_aside(struct batch *b, struct group *g, struct error *err)
{
    const struct record_id *ids[GROUP_MAX];
    size_t places[GROUP_MAX], count = 0;
    for (size_t i = 0; i < g->count; i++)
        if (g->in_force[i].bits & ROW_OVERLAY) {
            places[count] = i;
            ids[count++] = &g->slots[i]->id;
        }
    if (count == 0)
        return ST_OK;
    struct loaded_row *loaded = arena_alloc(&b->record, count * sizeof *loaded);
    enum status st = record_load_many(b->rep->tables, ROW_ADMITTED_ASIDE, b->ledger->no,
                                      g->slots[0]->table, ids, count, &b->record, loaded, err);
    for (size_t i = 0; i < count && st == ST_OK; i++)
        g->aside[places[i]] = loaded[i];
    return st;
}

static enum status load_group(struct batch *b, struct group *g, struct error *err)
{
    const struct record_id *ids[GROUP_MAX];
    for (size_t i = 0; i < g->count; i++)
        ids[i] = &g->slots[i]->id;
    enum status st =
        record_load_many(b->rep->tables, ROW_IN_FORCE, b->ledger->no, g->slots[0]->table, ids,
                         g->count, &b->record, g->in_force, err);
    return st == ST_OK && !b->overlay ? load_aside(b, g, err) : st;
}

/* A record that is only named has no place to be away from: what the row says of that is of a life
 * that was lifted off. */
static int bits_that_hold(int bits)
{
    return bits & ROW_NAMED ? bits & ~ROW_ELSEWHERE : bits;
}

/* The row that was put aside is in force again, byte by byte: it stands by the policies of its last
 * leaf's day, and there may be leaves to come of a day before the newest catalog. */
static enum status lift_slot(struct batch *b, struct slot *slot, const struct loaded_row *standing,
                             const struct loaded_row *admitted, struct error *err)
{
    struct record_tables *tables = b->rep->tables;
    const int64_t ledger = b->ledger->no;
    enum status st;
    if (admitted->found) {
        st = record_copy_back(tables, ledger, slot->table, &slot->id,
                              standing->bits & ROW_BY_OTHERS, err);
        if (st == ST_OK)
            st = record_remove(tables, ROW_ADMITTED_ASIDE, ledger, slot->table, &slot->id, err);
    } else {
        st = record_remove(tables, ROW_IN_FORCE, ledger, slot->table, &slot->id, err);
    }
    if (st == ST_OK)
        st = note_moves(b, slot, &admitted->record, standing->found, standing->bits, err);
    if (st == ST_OK)
        st = note_links(b, slot, &admitted->record, standing->bits, err);
    return st == ST_OK ? write_conflicts(b, &admitted->record, standing->bits & ROW_CONFLICT, err)
                       : st;
}

/* What the leaves so far say of a record, from nothing, and what they report. */
static enum status fold_anew(struct batch *b, const struct slot *slot, struct record_state *record,
                             const struct merge_context *context, struct error *err)
{
    struct past past = {0};
    const struct record_state asked = {.table = slot->table, .id = slot->id};
    struct stmt *stmt = db_stmt(b->rep->db, "DELETE FROM overruled WHERE ledger = ?1 AND tbl = ?2"
                                            " AND id = ?3");
    bind_int(stmt, 1, b->ledger->no);
    bind_int(stmt, 2, slot->table->no);
    bind_blob(stmt, 3, slice_of(slot->id.b, RECORD_ID_SIZE));
    enum status st = stmt_run(stmt, err);
    if (st == ST_OK)
        st = recall_load(b, &asked, b->ledger->folded, &b->record, &past, err);
    if (st == ST_OK)
        merge_all(slot->table, &slot->id, past.events, past.count, context, record);
    mem_free(past.events);
    return st;
}

static enum status merge_slot(struct batch *b, struct slot *slot, const struct loaded_row *standing,
                              const struct loaded_row *admitted, struct error *err)
{
    struct record_tables *tables = b->rep->tables;
    const int64_t ledger = b->ledger->no;
    struct merge_context context = {.order = replica_order(b->rep, b->ledger),
                                    .arena = &b->record,
                                    .overruled = b->overlay ? NULL : note_overruled,
                                    .arg = b};
    struct record_state record = standing->record;
    const bool in_force = standing->found;
    const int bits = bits_that_hold(standing->bits);
    const bool was_there = in_force && !(bits & ROW_NAMED);
    bool aside = false;
    enum status st = ST_OK;
    if (b->overlay) {
        if (in_force && !(bits & ROW_OVERLAY))
            st = record_copy_aside(tables, ledger, slot->table, &slot->id, err);
    } else {
        /* Lift the overlay: go on from the admitted row, which may be none. */
        if (bits & ROW_OVERLAY) {
            record = admitted->record;
            aside = admitted->found;
        }
        bool laid = has_steps(b, slot, true);
        bool said = true;
        if (slot->anew)
            st = fold_anew(b, slot, &record, &context, err);
        else
            said = apply_steps(b, slot, false, &record, &context) > 0;
        if (!said && !laid) /* void changes only */
            return bits & ROW_OVERLAY ? lift_slot(b, slot, standing, admitted, err) : ST_OK;
        if (st == ST_OK)
            st = recall_settle(b, &record, &context, err);
        if (st == ST_OK && !laid) {
            if (aside)
                st = record_remove(tables, ROW_ADMITTED_ASIDE, ledger, slot->table, &slot->id, err);
            if (st == ST_OK && record_is_kept(&record))
                record_save(tables, ROW_IN_FORCE, ledger, &record, bits & ROW_BY_OTHERS,
                            &b->record);
            else if (st == ST_OK && in_force)
                st = record_remove(tables, ROW_IN_FORCE, ledger, slot->table, &slot->id, err);
            if (b->stats)
                b->stats->records_written++;
            if (st == ST_OK)
                st = note_moves(b, slot, &record, was_there, bits, err);
            if (st == ST_OK)
                st = note_links(b, slot, &record, bits, err);
            return st == ST_OK ? write_conflicts(b, &record, bits & ROW_CONFLICT, err) : st;
        }
        if (st == ST_OK && !said) /* what is admitted stands as it is, byte by byte */
            st = in_force && !(bits & ROW_OVERLAY)
                     ? record_copy_aside(tables, ledger, slot->table, &slot->id, err)
                     : ST_OK;
        else if (st == ST_OK && record_is_kept(&record))
            record_save(tables, ROW_ADMITTED_ASIDE, ledger, &record, 0, &b->record);
        else if (st == ST_OK && aside) /* all that was said of it is void now */
            st = record_remove(tables, ROW_ADMITTED_ASIDE, ledger, slot->table, &slot->id, err);
    }
    /* Lay the overlay on top. */
    if (st == ST_OK) {
        context.overruled = NULL;
        apply_steps(b, slot, true, &record, &context);
        st = recall_settle(b, &record, &context, err);
    }
    if (st == ST_OK && record_is_kept(&record))
        record_save(tables, ROW_IN_FORCE, ledger, &record, ROW_OVERLAY | (bits & ROW_BY_OTHERS),
                    &b->record);
    else if (st == ST_OK && in_force)
        st = record_remove(tables, ROW_IN_FORCE, ledger, slot->table, &slot->id, err);
    if (st == ST_OK)
        st = note_moves(b, slot, &record, was_there, bits, err);
    if (st == ST_OK)
        st = note_links(b, slot, &record, bits, err);
    if (b->stats)
        b->stats->records_written++;
    return st == ST_OK ? write_conflicts(b, &record, bits & ROW_CONFLICT, err) : st;
}

/* ---- groups ---- */

/* Merges a group and writes it. A record that has moved, or hangs together with others, is looked
 * at in all ledgers, so what waits is written first. */
static enum status merge_group(struct batch *b, struct group *g, struct error *err)
{
    struct record_tables *tables = b->rep->tables;
    enum status st = load_group(b, g, err);
    for (size_t i = 0; i < g->count && st == ST_OK; i++) {
        struct slot *slot = g->slots[i];
        st = b->lift ? lift_slot(b, slot, &g->in_force[i], &g->aside[i], err)
                     : merge_slot(b, slot, &g->in_force[i], &g->aside[i], err);
        if (st == ST_OK && (slot->moved || slot->linked))
            st = record_flush(tables, err);
        if (st == ST_OK && slot->moved)
            st = moves_settle(b->rep, slot->table, &slot->id, err);
        if (st == ST_OK && slot->linked)
            st = settle_links(b, slot, err);
    }
    if (st == ST_OK)
        st = record_flush(tables, err);
    else
        record_drop_waiting(tables);
    arena_reset(&b->record);
    g->count = 0;
    return st;
}

/* Is there something to merge? Not for those that only the remaining overlay brought in (another
 * record of the same change). A void leaf is work too: what showed it as overlay must go. */
static bool is_due(const struct batch *b, uint32_t slot, size_t numbered)
{
    return b->slots[slot].table && (b->overlay || slot < numbered);
}

enum status merge_rows(struct batch *b, size_t numbered, struct error *err)
{
    enum status st = b->status;
    if (st != ST_OK) {
        if (err)
            *err = b->error;
        return st;
    }
    batch_bucket_steps(b);
    b->moves_exist = moves_exist(b->rep);
    b->links_exist = links_exist(b->rep);
    for (size_t i = 0; i < numbered; i++)
        batch_note_touches(b, &b->slots[i]);
    st = touches_write(&b->touches, b->rep->db, b->ledger->no, err);
    struct group *g = mem_alloc(sizeof *g);
    g->count = 0;
    uint32_t *order = batch_slots_by_row(b, NULL, b->slot_count);
    for (size_t i = 0; i < b->slot_count && st == ST_OK; i++) {
        struct slot *slot = &b->slots[order[i]];
        if (!is_due(b, order[i], numbered))
            continue;
        if (g->count == GROUP_MAX || (g->count && g->slots[0]->table != slot->table))
            st = merge_group(b, g, err);
        g->slots[g->count++] = slot;
    }
    if (st == ST_OK && g->count)
        st = merge_group(b, g, err);
    mem_free(g);
    if (st == ST_OK && b->status != ST_OK) {
        st = b->status;
        if (err)
            *err = b->error;
    }
    return st;
}
