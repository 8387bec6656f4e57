/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * move: outs and ins of one record in one ledger. See move.h.
 *
 * Hops number the moves of a record's whole life, over all ledgers: created at hop 0, out of A and
 * in at B with hop 1, out of B with hop 2 … A ledger sees only its own of them.
 *
 * What is said here after the record left, or before but unknown to who moved it, is not lost: it
 * stands in the ledger, and marks the record `late`, so that it can be found and offered where the
 * record is now. The mark stays for ever: whether a late edit has been taken over is written in
 * another ledger.
 */
#include "shared/merge/move.h"

#include "shared/base/check.h"

static const struct move *latest(const struct move *moves, uint32_t count, bool in)
{
    const struct move *found = NULL;
    for (uint32_t i = 0; i < count; i++) {
        if (moves[i].in == in && (!found || moves[i].hop > found->hop))
            found = &moves[i];
    }
    return found;
}

const struct move *record_arrival(const struct record_state *record)
{
    return latest(record->moves, record->move_count, true);
}

const struct move *record_departure(const struct record_state *record)
{
    return latest(record->moves, record->move_count, false);
}

bool record_is_away(const struct record_state *record)
{
    const struct move *out = record_departure(record), *in = record_arrival(record);
    return out && (!in || out->hop > in->hop);
}

static const struct move *find(const struct move *moves, uint32_t count, bool in, uint32_t hop)
{
    for (uint32_t i = 0; i < count; i++) {
        if (moves[i].in == in && moves[i].hop == hop)
            return &moves[i];
    }
    return NULL;
}

static void forget_smallest(struct record_state *record)
{
    uint32_t smallest = 0;
    for (uint32_t i = 1; i < record->move_count; i++) {
        if (record->moves[i].hop < record->moves[smallest].hop)
            smallest = i;
    }
    record->move_count--;
    memmove(&record->moves[smallest], &record->moves[smallest + 1],
            (record->move_count - smallest) * sizeof *record->moves);
}

static void add(const struct fold *fold, const struct op *op)
{
    struct record_state *record = fold->record;
    if (!record->moves)
        record->moves = arena_alloc(fold->context->arena, MOVES_MAX * sizeof *record->moves);
    if (record->move_count == MOVES_MAX)
        forget_smallest(record);
    record->moves[record->move_count++] = (struct move){
        .in = op->code == OP_IN, .hop = op->hop, .at = fold->event->at, .other = op->origin};
    record->in_transit = record_is_away(record);
}

void move_out(const struct fold *fold, const struct op *op)
{
    if (find(fold->record->moves, fold->record->move_count, false, op->hop))
        return;
    fold->record->late |= policy_unseen(fold);
    add(fold, op);
}

void move_in(const struct fold *fold, const struct op *op)
{
    const struct move *arrival = record_arrival(fold->record);
    if (arrival && op->hop == arrival->hop && slice_equal(op->origin, arrival->other)) {
        move_note_edit(fold);
        existence_edit(fold);
        policy_carry(fold, op->fields, op->field_count, false);
    } else if (!arrival || op->hop > arrival->hop) {
        fold->record->late |= policy_unseen(fold);
        add(fold, op);
        policy_begin_anew(fold);
        policy_carry(fold, op->fields, op->field_count, true);
    }
}

void move_note_edit(const struct fold *fold)
{
    const struct record_state *record = fold->record;
    if (record->in_transit && !stamp_same(&record_departure(record)->at, &fold->event->at))
        fold->record->late = true;
}

/* ---- several ledgers ---- */

static const struct move *arrival_of(const struct move_half *half)
{
    return latest(half->moves, half->move_count, true);
}

/* The out that should go with this half's arrival; *known: is the ledger that could tell here? */
static const struct move *out_of_arrival(const struct move_half *halves, size_t count, size_t at,
                                         bool *known)
{
    const struct move *in = arrival_of(&halves[at]);
    *known = false;
    for (size_t i = 0; in && i < count; i++) {
        if (i == at || !slice_equal(halves[i].origin, in->other))
            continue;
        *known = true;
        return find(halves[i].moves, halves[i].move_count, false, in->hop);
    }
    return NULL;
}

/* The record left by this hop, but for somewhere else. */
static bool contradicted(const struct move_half *halves, size_t count, size_t at)
{
    bool known;
    const struct move *out = out_of_arrival(halves, count, at, &known);
    return out && !slice_equal(out->other, halves[at].origin);
}

/* The half with the highest hop; of equal ones that of the smallest origin. */
static size_t highest(const struct move_half *halves, size_t count, bool even_contradicted)
{
    size_t best = MOVE_NOWHERE;
    uint32_t best_hop = 0;
    for (size_t i = 0; i < count; i++) {
        const struct move *in = arrival_of(&halves[i]);
        uint32_t hop = in ? in->hop : 0;
        if (!even_contradicted && contradicted(halves, count, i))
            continue;
        if (best != MOVE_NOWHERE &&
            (hop < best_hop ||
             (hop == best_hop && slice_compare(halves[i].origin, halves[best].origin) > 0)))
            continue;
        best = i;
        best_hop = hop;
    }
    return best;
}

size_t move_home(const struct move_half *halves, size_t count)
{
    size_t home = highest(halves, count, false);
    if (home == MOVE_NOWHERE) /* everybody contradicts everybody: somewhere it is */
        home = highest(halves, count, true);
    if (home == MOVE_NOWHERE)
        return home;
    const struct move *in = arrival_of(&halves[home]);
    const struct move *out = latest(halves[home].moves, halves[home].move_count, false);
    bool away = out && (!in || out->hop > in->hop);
    return away && !halves[home].onward ? MOVE_NOWHERE : home;
}

bool move_unfounded(const struct move_half *halves, size_t count, size_t at)
{
    bool known;
    const struct move *out = out_of_arrival(halves, count, at, &known);
    return known && (!out || !slice_equal(out->other, halves[at].origin));
}
