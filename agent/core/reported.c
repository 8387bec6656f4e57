/* SPDX-License-Identifier: MulanPSL-2.0 */
/* reported: see reported.h. The merge notes who lost in `overruled`; what they said is in the
 * ledger. */
#include "agent/core/reported.h"

#include "shared/db/ruling.h"

/* What an op said of a field; NULL: nothing. */
static const struct value *said_by(const struct op *op, uint32_t field)
{
    if (op->code == OP_STATE)
        return op->field == field ? &op->to : NULL;
    if (op->code != OP_PUT && op->code != OP_RESOLVE && op->code != OP_IN)
        return NULL;
    for (uint32_t i = 0; i < op->field_count; i++)
        if (op->fields[i].field == field)
            return &op->fields[i].value;
    return NULL;
}

/* The loser as a claim: *at is its place, without the time. ST_NOT_FOUND: it said nothing. */
static enum status read_loser(struct desk *desk, struct ledger *ledger,
                              const struct record_state *record, uint32_t field, struct stamp at,
                              struct arena *arena, struct claim *out, struct error *err)
{
    struct history_item item;
    enum status st = materialise_stamp_origin(desk->rep, ledger, &at, arena, &item, err);
    for (size_t i = 0; st == ST_OK && i < item.op_count; i++) {
        const struct op *op = &item.ops[i];
        const struct value *value =
            op->table == record->table->no && record_id_equal(&op->record, &record->id)
                ? said_by(op, field)
                : NULL;
        if (!value)
            continue;
        at.effective_ms = item.effective_ms;
        *out = (struct claim){.at = at, .value = *value};
        return ST_OK;
    }
    return st == ST_OK ? error_set(err, ST_NOT_FOUND, "the change says nothing of the field") : st;
}

static bool seen_by_a_claim(const struct order *order, const struct field_state *state,
                            const struct stamp *loser)
{
    for (uint32_t i = 0; i < state->claim_count; i++) {
        const struct stamp *at = &state->claims[i].at;
        if (!stamp_same(at, loser) && /* `worst` keeps those that lost, too */
            order_seen(order, loser, order->entry(order->arg, at->leaf), at->leaf, at->position))
            return true;
    }
    return false;
}

/* The latest claim of the value in force. */
static const struct claim *claim_in_force(const struct field_state *state)
{
    const struct claim *best = NULL;
    for (uint32_t i = 0; i < state->claim_count; i++) {
        const struct claim *claim = &state->claims[i];
        if (value_equal(&claim->value, &state->value) &&
            (!best || stamp_compare(&best->at, &claim->at) < 0))
            best = claim;
    }
    return best;
}

enum status reported_candidates(struct desk *desk, struct ledger *ledger,
                                const struct record_state *record, uint32_t field,
                                struct arena *arena, const struct claim ***out, size_t *count,
                                struct error *err)
{
    const struct field_state *state = &record->fields[field];
    const struct claim *in_force = claim_in_force(state);
    const struct order *order = replica_order(desk->rep, ledger);
    struct stamp *losers = NULL;
    size_t n = 0, capacity = 0;
    bool row = false;
    *count = 0;
    if (!in_force || state->conflict)
        return ST_OK;
    struct stmt *stmt =
        db_stmt(desk->db, "SELECT leaf, position FROM overruled WHERE ledger = ?1 AND tbl = ?2"
                          " AND id = ?3 AND field = ?4 AND why <> 'append'"
                          " ORDER BY leaf DESC, position DESC");
    bind_int(stmt, 1, ledger->no);
    bind_int(stmt, 2, record->table->no);
    bind_blob(stmt, 3, slice_of(record->id.b, RECORD_ID_SIZE));
    bind_int(stmt, 4, field);
    enum status st;
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        losers = mem_grow(losers, &capacity, n + 1, sizeof(*losers));
        losers[n++] = (struct stamp){.leaf = (uint64_t)stmt_int(stmt, 0),
                                     .position = (uint32_t)stmt_int(stmt, 1)};
    }
    for (size_t i = 0; i < n; i++)
        ruling_place(desk->db, ledger->no, &losers[i]);
    *out = arena_alloc(arena, (n + 1) * sizeof(**out));
    for (size_t i = 0; i < n && st == ST_OK; i++) {
        struct claim *claim = arena_alloc(arena, sizeof(*claim));
        if (seen_by_a_claim(order, state, &losers[i]))
            continue;
        st = read_loser(desk, ledger, record, field, losers[i], arena, claim, err);
        if (st == ST_OK && !value_equal(&claim->value, &state->value)) {
            (*out)[0] = in_force;
            *count += *count == 0;
            (*out)[(*count)++] = claim;
        } else if (st == ST_NOT_FOUND) {
            st = ST_OK;
        }
    }
    mem_free(losers);
    return st;
}

enum status reported_places(struct desk *desk, const struct reported_place *only,
                            struct reported_place **out, size_t *count, struct error *err)
{
    size_t capacity = 0;
    bool row = false;
    enum status st;
    struct stmt *stmt =
        db_stmt(desk->db, "SELECT ledger, tbl, id, field FROM overruled"
                          " WHERE ?1 IS NULL OR (id = ?1 AND field = ?2)"
                          " GROUP BY ledger, tbl, id, field ORDER BY max(max(leaf, by_leaf)) DESC");
    *out = NULL;
    *count = 0;
    if (only) {
        bind_blob(stmt, 1, slice_of(only->id.b, RECORD_ID_SIZE));
        bind_int(stmt, 2, only->field);
    }
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        struct reported_place place = {.ledger = stmt_int(stmt, 0),
                                       .table = (uint32_t)stmt_int(stmt, 1),
                                       .field = (uint32_t)stmt_int(stmt, 3)};
        if (stmt_blob(stmt, 2).n != RECORD_ID_SIZE)
            continue;
        memcpy(place.id.b, stmt_blob(stmt, 2).p, RECORD_ID_SIZE);
        *out = mem_grow(*out, &capacity, *count + 1, sizeof(**out));
        (*out)[(*count)++] = place;
    }
    return st;
}
