/* SPDX-License-Identifier: MulanPSL-2.0 */
/* amend: see amend.h. */
#include "shared/db/amend.h"

#include "shared/base/check.h"
#include "shared/db/attachments.h"
#include "shared/db/ruling.h"
#include "shared/db/take.h"

/* ---- whether they count ---- */

enum ruling_kind { RULED_VOID, RULED_ADOPTED, RULED_BY_HEAD };

/* One word about earlier changes. */
struct word {
    enum ruling_kind kind;
    uint64_t by_leaf;
    struct slice note; /* of the change that gives it */
};

static bool void_code_is(struct batch *b, uint64_t leaf, uint32_t position, const char *code,
                         bool *found)
{
    struct stmt *stmt = db_stmt(b->rep->db, "SELECT code FROM void_change WHERE ledger = ?1"
                                            " AND leaf = ?2 AND position = ?3");
    bool row = false, same = false;
    bind_int(stmt, 1, b->ledger->no);
    bind_int(stmt, 2, (int64_t)leaf);
    bind_int(stmt, 3, position);
    *found = stmt_step(stmt, &row, NULL) == ST_OK && row;
    if (*found)
        same = slice_equal(stmt_text(stmt, 0), slice_str(code));
    stmt_reset(stmt);
    return same;
}

static enum status forget_void(struct batch *b, uint64_t leaf, uint32_t position, struct error *err)
{
    struct stmt *stmt = db_stmt(b->rep->db, "DELETE FROM void_change WHERE ledger = ?1"
                                            " AND leaf = ?2 AND position = ?3");
    bind_int(stmt, 1, b->ledger->no);
    bind_int(stmt, 2, (int64_t)leaf);
    bind_int(stmt, 3, position);
    return stmt_run(stmt, err);
}

/* Does it not count yet, and would it but for the revocation of its author? */
static bool may_begin_to_count(struct batch *b, const struct changeset_terms *terms,
                               const struct word *word, uint32_t position, const struct said *said,
                               const struct op_body *body)
{
    struct verdict_terms vt = terms->verdict;
    struct erasure erasure;
    bool is_void, quarantined;
    if (said->erased && erasure_find(b->rep->db, b->ledger->no, terms->leaf, position, &erasure) &&
        !erasure.counts)
        return false;
    quarantined =
        void_code_is(b, terms->leaf, position, verdict_name(VERDICT_QUARANTINED), &is_void);
    if (!is_void || (word->kind == RULED_BY_HEAD && !quarantined))
        return false;
    vt.admitted_ms = terms->own_ms;
    vt.erased = said->erased;
    int64_t ms =
        leaf_effective_ms(hlc_ms(said->hlc), terms->base_ms, terms->own_ms, terms->floor_ms);
    return verdict(&vt, &terms->author, body, ms, NULL) == VERDICT_COUNTS;
}

static bool has_authority_op(const struct op_body *body)
{
    for (size_t i = 0; i < body->op_count; i++)
        if (body->ops[i].code >= OP_AUTHORITY)
            return true;
    return false;
}

static void mark_anew(struct batch *b, uint32_t table, const struct record_id *id)
{
    uint32_t slot = batch_take_slot(b, table, id);
    b->slots[slot].anew = true;
}

static void fold_anew_later(struct batch *b, const struct op_body *body)
{
    for (size_t i = 0; i < body->op_count; i++) {
        const struct op *op = &body->ops[i];
        if (op->code > OP_IN)
            continue;
        mark_anew(b, op->table, &op->record);
        if (op->code == OP_LINK)
            mark_anew(b, op->table, &op->other);
    }
}

static enum status rule_on_change(struct batch *b, const struct changeset_terms *terms,
                                  const struct word *word, uint32_t position,
                                  const struct said *said, struct error *err)
{
    const struct ruling ruling = {word->kind != RULED_VOID, word->by_leaf};
    struct arena arena = {0};
    struct op_body body;
    enum status st = ST_OK;
    if (take_parse(said, &arena, &body, NULL) == ST_OK && !has_authority_op(&body) &&
        (!ruling.counts || may_begin_to_count(b, terms, word, position, said, &body))) {
        st = ruling_write(b->rep->db, b->ledger->no, terms->leaf, position, &ruling, err);
        if (st == ST_OK && ruling.counts) {
            st = forget_void(b, terms->leaf, position, err);
        } else if (st == ST_OK) {
            char *reason = mem_printf("登记员宣布这次改动无效%s%.*s", word->note.n ? "：" : "",
                                      (int)word->note.n, (const char *)word->note.p);
            batch_write_void(b, terms->leaf, position, VERDICT_NAME_VOIDED, reason);
            mem_free(reason);
        }
        b->ruled = b->rulings_exist = true;
        fold_anew_later(b, &body);
    }
    arena_release(&arena);
    return st;
}

#define EVERY_CHANGE UINT32_MAX

static enum status rule_on(struct batch *b, uint64_t leaf, uint32_t position,
                           const struct word *word, struct error *err)
{
    const struct cached_leaf *cached;
    struct changeset_terms terms;
    enum status st = leaf_cache_get(&b->past_leaves, b->rep, b->ledger, leaf, &cached, err);
    if (st != ST_OK)
        return st;
    const struct changeset *header = &cached->segment.header;
    take_terms(b, header, &cached->segment.id, leaf, cached->leaf.admitted_ms,
               take_registry_size(b, leaf), &terms);
    take_adopted_terms(b, word->by_leaf, &terms);
    for (uint32_t i = 0; i < header->count && st == ST_OK; i++) {
        const struct said said = take_said(&cached->segment, i);
        if (position == EVERY_CHANGE || i == position)
            st = rule_on_change(b, &terms, word, i, &said, err);
    }
    return st;
}

static enum status rule_on_target(struct batch *b, const struct target *target,
                                  const struct word *word, struct error *err)
{
    const struct op_ref ref = {.kid = hash_slice(&target->change.kid),
                               .chain =
                                   slice_of(target->change.chain.b, sizeof target->change.chain.b),
                               .seq = target->change.seq,
                               .leaf8 = slice_of(target->change.leaf, sizeof target->change.leaf)};
    struct stamp at = {.position = EVERY_CHANGE};
    if (target->is_changeset
            ? !ruling_leaf_of(b->rep->db, b->ledger->no, &target->changeset, word->by_leaf,
                              &at.leaf)
            : !replica_find_change(b->rep, b->ledger, &ref, true, &at) || at.leaf >= word->by_leaf)
        return ST_OK; /* it names nothing that is there */
    return rule_on(b, at.leaf, at.position, word, err);
}

static enum status follow_word(struct batch *b, const struct op *op, uint64_t leaf,
                               struct slice note, struct error *err)
{
    const struct word word = {op->code == OP_VOID ? RULED_VOID : RULED_ADOPTED, leaf, note};
    struct target *targets = mem_zero_alloc(AUTHORITY_TARGETS_MAX, sizeof *targets);
    size_t count;
    enum status st =
        targets_decode(op->raw, (enum authority_op_code)op->code, targets, &count, err);
    CHECK(st == ST_OK); /* the verdict has looked */
    for (size_t i = 0; i < count && st == ST_OK; i++)
        st = rule_on_target(b, &targets[i], &word, err);
    mem_free(targets);
    return st;
}

/* A head of a cut has come: what stands before it in its chain, and was judged by that cut, was
 * honest. */
static enum status follow_head(struct batch *b, const struct segment *segment, uint64_t leaf,
                               struct error *err)
{
    const struct registry *reg = &b->rep->registry;
    const struct changeset *header = &segment->header;
    const struct word word = {RULED_BY_HEAD, leaf, SLICE_NONE};
    struct arena arena = {0};
    uint64_t *leaves;
    size_t count;
    enum status st = ruling_quarantined(b->rep->db, b->ledger->no, &header->kid, &header->chain,
                                        leaf, &arena, &leaves, &count, err);
    for (size_t i = 0; i < count && st == ST_OK; i++) {
        const struct grant *revoked =
            registry_revoked(reg, &header->kid, take_registry_size(b, leaves[i]));
        if (revoked &&
            registry_cut_has(reg, revoked, &b->ledger->origin, &header->chain, &segment->id))
            st = rule_on(b, leaves[i], EVERY_CHANGE, &word, err);
    }
    arena_release(&arena);
    return st;
}

/* ---- erasing ---- */

/* One order to erase a change. */
struct erase_order {
    struct slice left; /* what is to stand in its place */
    struct erasure row;
    struct slice note;
};

/* Whether it counts is from now on as the order says: who gets the ledger later cannot judge what
 * is not there. */
static enum status settle_erased(struct batch *b, const struct stamp *at,
                                 const struct erase_order *order, struct error *err)
{
    const int64_t ledger = b->ledger->no;
    struct ruling ruling;
    enum status st = ST_OK;
    if (!order->row.counts ||
        (ruling_find(b->rep->db, ledger, at->leaf, at->position, &ruling) && !ruling.counts))
        st = ruling_forget(b->rep->db, ledger, at->leaf, at->position, err);
    if (st == ST_OK && order->row.counts)
        return forget_void(b, at->leaf, at->position, err);
    char *reason = mem_printf("登记员抹除了这次改动，它不计入%s%.*s", order->note.n ? "：" : "",
                              (int)order->note.n, (const char *)order->note.p);
    batch_write_void(b, at->leaf, at->position, VERDICT_NAME_ERASED, reason);
    mem_free(reason);
    return st;
}

/* Takes the content out of the stored changeset, if it is here. *erasable = false: the order says
 * nothing. What is too large to be written again stays, and the audit tells. */
static enum status destroy(struct batch *b, const struct stamp *at, const struct erase_order *order,
                           struct op_body *body, struct slice *left, bool *erasable,
                           struct error *err)
{
    struct stored_changeset stored;
    struct segment_known known;
    struct segment segment;
    bool unknown = false;
    replica_known(b->rep, b->ledger, &known);
    enum status st = replica_read_leaf(b->rep, b->ledger, at->leaf, &b->arena, &stored, err);
    if (st == ST_OK)
        st = segment_load(stored.cose, stored.salts, stored.columns, &known.index, &b->arena,
                          &segment, err);
    if (st != ST_OK)
        return st;
    *erasable = true;
    if (segment_body(&segment, at->position, &b->arena, body, NULL) != ST_OK)
        *body = (struct op_body){0};
    if (segment_erased(&segment, at->position)) {
        *left = segment_left(&segment, at->position);
        return ST_OK;
    }
    *left = erasure_left(&segment, at->position, &b->arena, &unknown);
    if (unknown && order->row.counts)
        *left = order->left; /* of a later version, which knows how */
    *erasable = left->n > 0;
    if (!*erasable)
        return ST_OK;
    segment_erase(&segment, at->position, *left, &b->arena);
    st = replica_rewrite(b->rep, b->ledger, &stored, &segment, err);
    return st == ST_LIMIT ? ST_OK : st;
}

static enum status erase_change(struct batch *b, const struct stamp *at, struct erase_order *order,
                                struct error *err)
{
    struct op_body body;
    struct slice left;
    struct erasure known;
    bool erasable;
    if (erasure_find(b->rep->db, b->ledger->no, at->leaf, at->position, &known) && known.explained)
        return ST_OK; /* the first order stands */
    enum status st = destroy(b, at, order, &body, &left, &erasable, err);
    if (st != ST_OK || !erasable)
        return st;
    order->row.agrees = !order->row.counts || slice_equal(left, order->left);
    st = erasure_write(b->rep->db, b->ledger->no, at->leaf, at->position, &order->row, err);
    if (st == ST_OK)
        st = attachments_forget(b->rep->db, b->ledger->no, at->leaf, at->position, err);
    if (st == ST_OK)
        st = settle_erased(b, at, order, err);
    fold_anew_later(b, &body);
    leaf_cache_release(&b->past_leaves);
    b->ruled = true;
    return st;
}

static enum status follow_erase(struct batch *b, const struct op *op, uint64_t leaf,
                                uint32_t position, struct slice note, struct error *err)
{
    struct erase_order order = {.note = note};
    struct reference target;
    struct cbor_reader r;
    struct stamp at;
    enum status st = erase_decode(op->raw, &target, &order.left, err);
    CHECK(st == ST_OK); /* the verdict has looked */
    const struct op_ref ref = {.kid = hash_slice(&target.kid),
                               .chain = slice_of(target.chain.b, sizeof target.chain.b),
                               .seq = target.seq,
                               .leaf8 = slice_of(target.leaf, sizeof target.leaf)};
    cbor_reader_init(&r, order.left, "redacted ops");
    order.row = (struct erasure){.explained = true,
                                 .by_leaf = leaf,
                                 .by_position = position,
                                 .counts = cbor_read_array(&r, AUTHORITY_ERASED_OPS_MAX) > 0};
    if (!replica_find_change(b->rep, b->ledger, &ref, true, &at) || at.leaf >= leaf)
        return ST_OK; /* it names nothing that is there */
    return erase_change(b, &at, &order, err);
}

/* ---- a leaf ---- */

enum status amend_leaf(struct batch *b, const struct segment *segment, uint64_t leaf,
                       size_t first_change, struct error *err)
{
    const bool is_head = registry_is_head(&b->rep->registry, &segment->header.kid,
                                          &b->ledger->origin, &segment->header.chain, &segment->id);
    const size_t end = b->change_count;
    bool any = is_head;
    for (size_t i = first_change; i < end; i++)
        any |= b->changes[i].counts && b->changes[i].rules;
    if (!any || b->status != ST_OK)
        return ST_OK;
    enum status st = batch_write_ordinals(b, err); /* leaves are read by them */
    if (st == ST_OK && is_head)
        st = follow_head(b, segment, leaf, err);
    for (size_t i = first_change; i < end; i++) {
        const struct fold_change *change = &b->changes[i];
        for (uint32_t o = 0; change->counts && o < change->op_count && st == ST_OK; o++)
            if (change->ops[o].code == OP_VOID || change->ops[o].code == OP_ADOPT)
                st = follow_word(b, &change->ops[o], leaf, change->note, err);
            else if (change->ops[o].code == OP_ERASE)
                st = follow_erase(b, &change->ops[o], leaf, change->event.at.position, change->note,
                                  err);
    }
    return st == ST_OK && b->ruled ? batch_number_records(b, err) : st;
}
