/* SPDX-License-Identifier: MulanPSL-2.0 */
/* take: see take.h. */
#include "shared/db/take.h"

#include "shared/codec/framing.h"
#include "shared/db/attachments.h"
#include "shared/db/erasure.h"

/* ---- times and references ---- */

static struct chain_time *chain_time(struct batch *b, uint32_t chain)
{
    size_t had = b->chain_capacity;
    if (chain < had)
        return &b->chains[chain];
    b->chains = mem_grow(b->chains, &b->chain_capacity, (size_t)chain + 1, sizeof *b->chains);
    memset(b->chains + had, 0, (b->chain_capacity - had) * sizeof *b->chains);
    return &b->chains[chain];
}

/* The latest effective time of what a changeset names: what precedes it in its chain, its deps. */
static int64_t named_ms(struct batch *b, const struct changeset *header,
                        const struct order_entry *entry)
{
    const struct chain_time *before = chain_time(b, entry->chain);
    int64_t deps_ms = replica_deps_ms(b->rep, b->ledger, header), prev_ms = 0;
    if (header->number > 1)
        prev_ms = before->number + 1 == header->number
                      ? before->effective_ms
                      : replica_effective_ms(b->rep, b->ledger, &header->prev);
    return deps_ms > prev_ms ? deps_ms : prev_ms;
}

/* Where a referenced change stands: its leaf (or overlay number) and position. The reference's 8
 * bytes of leaf hash must match; one that matches nothing is ignored. */
static bool locate_reference(struct batch *b, const struct op_ref *ref,
                             const struct changeset *current, uint64_t current_leaf,
                             struct stamp *out)
{
    if (current && slice_equal(ref->kid, hash_slice(&current->kid)) &&
        slice_equal(ref->chain, slice_of(current->chain.b, sizeof current->chain.b)) &&
        ref->seq >= current->first_seq) {
        *out = (struct stamp){.leaf = current_leaf,
                              .position = (uint32_t)(ref->seq - current->first_seq)};
        return true;
    }
    return replica_find_change(b->rep, b->ledger, ref, true, out) ||
           replica_find_change(b->rep, b->ledger, ref, false, out);
}

/* ---- authority ---- */

static void note_authority_op(struct batch *b, uint64_t leaf, uint32_t position, size_t step,
                              const struct hash *author, struct slice op)
{
    struct stmt *stmt = db_stmt(b->rep->db, "INSERT INTO authority_op(leaf, position, step,"
                                            " author, op) VALUES (?1, ?2, ?3, ?4, ?5)");
    bind_int(stmt, 1, (int64_t)leaf);
    bind_int(stmt, 2, position);
    bind_int(stmt, 3, (int64_t)step);
    bind_blob(stmt, 4, hash_slice(author));
    bind_blob(stmt, 5, op);
    if (b->status == ST_OK)
        b->status = stmt_run(stmt, &b->error);
}

static void forget_authority_ops(struct batch *b, uint64_t leaf, uint32_t position)
{
    struct stmt *stmt =
        db_stmt(b->rep->db, "DELETE FROM authority_op WHERE leaf = ?1 AND position = ?2");
    bind_int(stmt, 1, (int64_t)leaf);
    bind_int(stmt, 2, position);
    if (b->status == ST_OK)
        b->status = stmt_run(stmt, &b->error);
}

/* Authority ops of one registry change. All or none count: what the next change finds, and what a
 * later start reads back from authority_op, must never be half of one. */
static bool apply_authority_ops(struct batch *b, uint64_t leaf, uint32_t position,
                                const struct hash *author, const struct op_body *body,
                                struct error *why)
{
    struct authority_mark mark;
    size_t count = 0;
    bool good = true;
    for (size_t i = 0; i < body->op_count; i++)
        count += body->ops[i].code >= OP_AUTHORITY;
    if (count > 1)
        replica_mark_authority(b->rep, &mark);
    for (size_t i = 0; i < body->op_count && good; i++) {
        const struct op *op = &body->ops[i];
        if (op->code < OP_AUTHORITY)
            continue;
        good = replica_apply_authority(b->rep, leaf, author, op->raw, why) == ST_OK;
        if (good)
            note_authority_op(b, leaf, position, i, author, op->raw);
    }
    b->authority |= good && count > 0;
    if (!good)
        forget_authority_ops(b, leaf, position);
    if (count > 1 && good)
        replica_drop_mark(&mark);
    else if (count > 1)
        replica_back_to_mark(b->rep, &mark);
    return good;
}

void take_references(struct batch *b, struct fold_change *change, const struct changeset *header,
                     struct arena *arena)
{
    size_t n = 0;
    for (uint32_t i = 0; i < change->op_count; i++)
        n += change->ops[i].code == OP_RESOLVE ? change->ops[i].ref_count : 0;
    if (!n)
        return;
    struct stamp *named = arena_alloc(arena, n * sizeof *named);
    n = 0;
    for (uint32_t i = 0; i < change->op_count; i++)
        for (uint32_t k = 0; change->ops[i].code == OP_RESOLVE && k < change->ops[i].ref_count; k++)
            n += locate_reference(b, &change->ops[i].refs[k], header, change->event.at.leaf,
                                  &named[n]);
    change->event.named = named;
    change->event.named_count = n;
}

/* The cut of a revocation vouches for what waits here if it does for something later in its chain
 * that waits too. */
static bool head_waits(struct batch *b, const struct grant *revoked, const struct changeset *header)
{
    struct stmt *stmt =
        db_stmt(b->rep->db, "SELECT c.id FROM chain n JOIN changeset c ON c.chain = n.no"
                            " WHERE n.ledger = ?1 AND n.kid = ?2 AND n.chain = ?3"
                            " AND c.number >= ?4");
    bool row, found = false;
    bind_int(stmt, 1, b->ledger->no);
    bind_blob(stmt, 2, hash_slice(&header->kid));
    bind_blob(stmt, 3, slice_of(header->chain.b, sizeof header->chain.b));
    bind_int(stmt, 4, (int64_t)header->number);
    while (!found && stmt_step(stmt, &row, NULL) == ST_OK && row) {
        struct hash id;
        if (stmt_blob(stmt, 0).n != HASH_SIZE)
            continue;
        memcpy(id.b, stmt_blob(stmt, 0).p, HASH_SIZE);
        found =
            registry_cut_has(&b->rep->registry, revoked, &b->ledger->origin, &header->chain, &id);
    }
    stmt_reset(stmt);
    return found;
}

/* At its own leaf a changeset of a revoked key is honest if it is a head of the cut itself; those
 * before the head count from the head's leaf on. id: NULL while it is open. */
static bool is_honest(struct batch *b, const struct changeset *header, const struct hash *id,
                      bool overlay, uint64_t registry_size)
{
    const struct registry *reg = &b->rep->registry;
    const struct grant *revoked = registry_revoked(reg, &header->kid, registry_size);
    if (!revoked || revoked->cut_count == 0)
        return false;
    return (id && registry_cut_has(reg, revoked, &b->ledger->origin, &header->chain, id)) ||
           (overlay && head_waits(b, revoked, header));
}

void take_terms(struct batch *b, const struct changeset *header, const struct hash *id,
                uint64_t leaf, int64_t admitted_ms, uint64_t registry_size,
                struct changeset_terms *out)
{
    *out = (struct changeset_terms){
        .header = header,
        .verdict = {.registry = &b->rep->registry,
                    .writers = replica_catalog_at(b->rep, registry_size),
                    .rules = replica_catalog_at(b->rep, header->registry_size),
                    .origin = &b->ledger->origin,
                    .registry_size = registry_size,
                    .overlay = leaf >= LEAF_OVERLAY,
                    .honest = is_honest(b, header, id, leaf >= LEAF_OVERLAY, registry_size)},
        .entry =
            replica_order(b->rep, b->ledger)->entry(replica_order(b->rep, b->ledger)->arg, leaf),
        .leaf = leaf,
        .base_ms = replica_admitted_ms(b->rep, b->ledger, replica_base(b->rep, b->ledger, header)),
        .own_ms = admitted_ms,
        .registry = b->ledger == b->rep->registry_ledger,
    };
    out->floor_ms = named_ms(b, header, out->entry);
    verdict_author(&out->verdict, &header->kid, &out->author);
}

struct said take_said(const struct segment *segment, uint32_t position)
{
    const struct change_item *change = &segment->changes[position];
    const bool erased = segment_erased(segment, position);
    return (struct said){change->hlc, erased ? segment_left(segment, position) : change->body,
                         erased};
}

uint64_t take_registry_size(struct batch *b, uint64_t index)
{
    struct stmt *stmt = db_stmt(b->rep->db, "SELECT registry_size FROM leaf WHERE ledger = ?1"
                                            " AND idx = ?2");
    bool row;
    uint64_t size = 0;
    if (b->ledger == b->rep->registry_ledger)
        return index;
    bind_int(stmt, 1, b->ledger->no);
    bind_int(stmt, 2, (int64_t)index);
    if (stmt_step(stmt, &row, NULL) == ST_OK && row)
        size = (uint64_t)stmt_int(stmt, 0);
    stmt_reset(stmt);
    return size;
}

void take_adopted_terms(struct batch *b, uint64_t place, struct changeset_terms *terms)
{
    terms->verdict.honest = true;
    terms->verdict.writers = replica_catalog_at(b->rep, take_registry_size(b, place));
    verdict_author(&terms->verdict, &terms->header->kid, &terms->author);
}

enum status take_parse(const struct said *said, struct arena *arena, struct op_body *out,
                       struct error *err)
{
    *out = (struct op_body){0};
    if (!said->erased)
        return op_body_parse(said->bytes, arena, out, err);
    return said->bytes.n ? op_redacted_parse(said->bytes, arena, out, err) : ST_OK;
}

/* It came here without its content. Until the order comes it is nowhere said why. */
static void note_unexplained(struct batch *b, uint64_t leaf, uint32_t position)
{
    const struct erasure none = {.counts = true, .agrees = true};
    struct erasure known;
    if (b->status == ST_OK && !erasure_find(b->rep->db, b->ledger->no, leaf, position, &known))
        b->status = erasure_write(b->rep->db, b->ledger->no, leaf, position, &none, &b->error);
}

/* Parses, judges and takes one change. err (may be NULL) gets the reason when it does not count. */
enum verdict_code take_change(struct batch *b, struct changeset_terms *t, uint32_t position,
                              const struct said *said, struct error *err)
{
    struct fold_change change = {.overlay = t->leaf >= LEAF_OVERLAY};
    struct op_body body = {0};
    struct verdict_terms terms = t->verdict;
    struct error why = {.text = ""};
    enum verdict_code code;
    int64_t effective = leaf_effective_ms(hlc_ms(said->hlc), t->base_ms, t->own_ms, t->floor_ms);
    terms.admitted_ms = change.overlay ? effective : t->own_ms;
    terms.erased = said->erased;
    change.event = (struct event){
        .at = {effective, t->leaf, position}, .entry = t->entry, .role_bit = t->author.writer_bit};
    verdict_person(&t->author, change.event.person);
    if (said->erased && !change.overlay)
        note_unexplained(b, t->leaf, position);
    if (take_parse(said, &b->arena, &body, &why) != ST_OK) {
        code = VERDICT_MALFORMED;
    } else {
        code = verdict(&terms, &t->author, &body, effective, &why);
        if (code == VERDICT_COUNTS && t->registry && !change.overlay) {
            if (!apply_authority_ops(b, t->leaf, position, &t->header->kid, &body, &why))
                code = VERDICT_AUTHORITY;
            verdict_author(&t->verdict, &t->header->kid, &t->author); /* grants have moved */
        }
    }
    if (code != VERDICT_MALFORMED && !said->erased && !change.overlay && b->status == ST_OK)
        b->status = attachments_note(b->rep->db, b->catalog, b->ledger->no, t->leaf, position,
                                     &body, &b->error);
    change.counts = code == VERDICT_COUNTS;
    change.op_count = (uint32_t)body.op_count;
    change.ops = body.ops;
    change.note = body.note;
    if (change.counts)
        take_references(b, &change, t->header, &b->arena);
    else if (!change.overlay)
        batch_write_void(b, t->leaf, position, verdict_name(code), why.text);
    if (err)
        *err = why;

    b->changes = mem_grow(b->changes, &b->change_capacity, b->change_count + 1, sizeof *b->changes);
    b->changes[b->change_count] = change;
    for (size_t i = 0; i < body.op_count; i++) {
        const struct op *op = &body.ops[i];
        b->changes[b->change_count].rules |=
            op->code == OP_VOID || op->code == OP_ADOPT || op->code == OP_ERASE;
        if (op->code > OP_IN)
            continue;
        uint32_t slot = batch_take_slot(b, op->table, &op->record);
        batch_name_slot(b, slot, t->leaf);
        batch_add_step(b, slot, (uint32_t)b->change_count, op);
        if (op->code == OP_LINK) /* either of the two may be the one that keeps it */
            batch_add_step(b, batch_take_slot(b, op->table, &op->other), (uint32_t)b->change_count,
                           op);
    }
    b->change_count++;
    if (b->stats && !change.overlay) {
        b->stats->changes++;
        b->stats->counted += change.counts;
        b->stats->voided += !change.counts;
    }
    return code;
}

static void note_effective(struct batch *b, uint64_t leaf, int64_t effective_ms)
{
    struct stmt *stmt = db_stmt(b->rep->db, "UPDATE leaf SET effective_ms = ?3 WHERE ledger = ?1"
                                            " AND idx = ?2");
    bind_int(stmt, 1, b->ledger->no);
    bind_int(stmt, 2, (int64_t)leaf);
    bind_int(stmt, 3, effective_ms);
    if (b->status == ST_OK)
        b->status = stmt_run(stmt, &b->error);
}

void take_segment(struct batch *b, const struct segment *segment, uint64_t leaf,
                  int64_t admitted_ms, uint64_t registry_size)
{
    struct changeset_terms terms;
    take_terms(b, &segment->header, &segment->id, leaf, admitted_ms, registry_size, &terms);
    for (uint32_t i = 0; i < segment->header.count; i++) {
        const struct said said = take_said(segment, i);
        take_change(b, &terms, i, &said, NULL);
    }
    int64_t last_ms = b->changes[b->change_count - 1].event.at.effective_ms;
    *chain_time(b, terms.entry->chain) = (struct chain_time){segment->header.number, last_ms};
    note_effective(b, leaf, last_ms);
}
