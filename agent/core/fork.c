/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * fork: see fork.h.
 *
 *   unadmitted changesets ─ which are lost? ─▶ those of this author, in order ─ sign ─▶ in their
 *   places ─▶ the overlay is laid again
 */
#include "agent/core/fork.h"

#include "agent/core/renamed.h"
#include "agent/core/save.h"
#include "shared/base/check.h"
#include "shared/base/diag.h"
#include "shared/base/time.h"
#include "shared/db/materialise.h"

struct waiting {
    int64_t no; /* changeset.no */
    uint64_t overlay;
    struct hash id;
    struct slice cose;
    struct segment segment;
    bool lost;
    bool has_twin; /* its number is another's: */
    struct hash twin;
};

struct healing {
    struct desk *desk;
    struct ledger *ledger;
    const struct author *author;
    struct arena arena;
    struct waiting *items;
    size_t count, capacity;
    enum status status;
    struct error *err;
    bool any; /* something has been replaced */
};

/* Another key of the same person, too: the laptop with that key may be gone, and its forgotten PIN.
 */
static bool may_sign_for(struct desk *desk, const struct hash *kid, const struct hash *author)
{
    const struct registry *registry = &desk->rep->registry;
    const struct grant *theirs = registry_grant_any(registry, author);
    const struct grant *ours = registry_grant_any(registry, kid);
    return hash_equal(kid, author) ||
           (ours && theirs && ours->kind == GRANT_PERSON && theirs->kind == GRANT_PERSON &&
            memcmp(ours->person, theirs->person, sizeof(ours->person)) == 0);
}

/* ---- is there anything to do? ---- */

static bool answer(struct stmt *stmt)
{
    bool row = false, yes = stmt_step(stmt, &row, NULL) == ST_OK && row;
    stmt_reset(stmt);
    return yes;
}

/* Has the author's chain gone on elsewhere? */
static bool is_behind(struct desk *desk, int64_t ledger, const struct hash *kid)
{
    struct stmt *stmt =
        db_stmt(desk->db, "SELECT 1 FROM own_chain o JOIN chain n ON n.ledger = o.ledger"
                          " AND n.kid = o.kid AND n.chain = o.chain JOIN changeset c"
                          " ON c.chain = n.no AND c.number > o.number WHERE o.ledger = ?1"
                          " AND o.kid = ?2 AND o.active = 1 AND c.idx IS NOT NULL LIMIT 1");
    bind_int(stmt, 1, ledger);
    bind_blob(stmt, 2, hash_slice(kid));
    return answer(stmt);
}

static bool may_be_lost(struct desk *desk, int64_t ledger)
{
    struct stmt *stmt =
        db_stmt(desk->db, "SELECT 1 FROM changeset u WHERE u.ledger = ?1 AND u.idx IS NULL"
                          " AND (EXISTS (SELECT 1 FROM changeset c WHERE " FORK_TWIN ")"
                          " OR EXISTS (SELECT 1 FROM forked f WHERE f.ledger = ?1)) LIMIT 1");
    bind_int(stmt, 1, ledger);
    return answer(stmt);
}

/* ---- what waits ---- */

static bool take(void *arg, const struct stored_changeset *stored)
{
    struct healing *h = arg;
    struct segment_known known;
    h->items = mem_grow(h->items, &h->capacity, h->count + 1, sizeof(*h->items));
    struct waiting *w = &h->items[h->count++];
    *w = (struct waiting){.no = stored->no, .overlay = stored->overlay, .id = stored->id};
    w->cose = slice_of(arena_copy(&h->arena, stored->cose.p, stored->cose.n), stored->cose.n);
    struct slice columns =
        slice_of(arena_copy(&h->arena, stored->columns.p, stored->columns.n), stored->columns.n);
    replica_known(h->desk->rep, h->ledger, &known);
    h->status =
        segment_load(w->cose, stored->salts, columns, &known.index, &h->arena, &w->segment, h->err);
    return h->status == ST_OK;
}

static bool find_twin(struct healing *h, struct waiting *w)
{
    struct stmt *stmt =
        db_stmt(h->desk->db, "SELECT c.id FROM changeset u JOIN changeset c ON " FORK_TWIN
                             " WHERE u.no = ?1 ORDER BY c.idx IS NULL LIMIT 1");
    bool row = false;
    bind_int(stmt, 1, w->no);
    if (stmt_step(stmt, &row, NULL) == ST_OK && row && stmt_blob(stmt, 0).n == HASH_SIZE) {
        w->has_twin = true;
        memcpy(w->twin.b, stmt_blob(stmt, 0).p, HASH_SIZE);
    }
    stmt_reset(stmt);
    return w->has_twin;
}

/* What stands for a changeset that was signed again. */
static bool find_successor(struct healing *h, const struct hash *old, struct hash *out)
{
    struct stmt *stmt =
        db_stmt(h->desk->db, "SELECT new_id FROM forked WHERE ledger = ?1 AND old_id = ?2");
    bool row = false, found = false;
    bind_int(stmt, 1, h->ledger->no);
    bind_blob(stmt, 2, hash_slice(old));
    if (stmt_step(stmt, &row, NULL) == ST_OK && row && stmt_blob(stmt, 0).n == HASH_SIZE) {
        found = true;
        memcpy(out->b, stmt_blob(stmt, 0).p, HASH_SIZE);
    }
    stmt_reset(stmt);
    return found;
}

static const struct waiting *find_item(const struct healing *h, size_t count, const struct hash *id)
{
    for (size_t i = 0; i < count; i++)
        if (hash_equal(&h->items[i].id, id))
            return &h->items[i];
    return NULL;
}

static bool names(const struct changeset *cs, const struct hash *id)
{
    for (uint32_t d = 0; d < cs->dep_count; d++)
        if (hash_equal(&cs->deps[d], id))
            return true;
    return hash_equal(&cs->prev, id);
}

/* A changeset was stored after all that it builds on. */
static void mark_lost(struct healing *h)
{
    for (size_t i = 0; i < h->count; i++) {
        struct waiting *w = &h->items[i];
        const struct changeset *cs = &w->segment.header;
        struct hash successor;
        w->lost = find_twin(h, w);
        for (size_t k = 0; k < i && !w->lost; k++)
            w->lost = h->items[k].lost && names(cs, &h->items[k].id);
        w->lost |= find_successor(h, &cs->prev, &successor);
        for (uint32_t d = 0; d < cs->dep_count && !w->lost; d++)
            w->lost = find_successor(h, &cs->deps[d], &successor);
    }
}

/* ---- signing again ---- */

static bool is_covered(struct healing *h, const struct hash *id, uint64_t base_size)
{
    struct stmt *stmt = db_stmt(h->desk->db, "SELECT 1 FROM changeset WHERE ledger = ?1 AND id = ?2"
                                             " AND idx < ?3");
    bind_int(stmt, 1, h->ledger->no);
    bind_blob(stmt, 2, hash_slice(id));
    bind_int(stmt, 3, (int64_t)base_size);
    return answer(stmt);
}

static void add_dep(struct healing *h, struct chain_base *base, const struct hash *id)
{
    for (uint32_t d = 0; d < base->dep_count; d++)
        if (hash_equal(&base->deps[d], id))
            return;
    if (base->dep_count < CHANGESET_DEPS_MAX && !is_covered(h, id, base->size))
        base->deps[base->dep_count++] = *id;
}

/* The name by which the new branch knows a changeset. False: somebody else has to sign it first. */
static bool new_name(struct healing *h, const struct hash *old, struct hash *out)
{
    *out = *old;
    if (find_successor(h, old, out))
        return true;
    const struct waiting *w = find_item(h, h->count, old);
    return !w || !w->lost;
}

/* The old base; the old deps and the predecessor by their new names. */
static bool make_base(struct healing *h, const struct changeset *cs, struct chain_base *base)
{
    struct hash id;
    *base = (struct chain_base){.size = cs->base_size,
                                .root = cs->base_root,
                                .registry_size = cs->registry_size,
                                .registry_root = cs->registry_root};
    if (cs->number > 1) {
        if (!new_name(h, &cs->prev, &id))
            return false;
        add_dep(h, base, &id);
    }
    for (uint32_t d = 0; d < cs->dep_count; d++) {
        if (!new_name(h, &cs->deps[d], &id))
            return false;
        add_dep(h, base, &id);
    }
    return true;
}

/* Chain and salts follow from the old chain and the old salts alone. A desk that is put back once
 * more, to before it was healed, comes to the same chain: with the same bytes it is the same
 * changeset, and if the old one was open in the image and has grown otherwise, the new one is a
 * fork of the new chain, and what they have in common is found like in any other.
 */
static void derive(const struct waiting *w, const char *label, struct hash *out)
{
    const struct changeset *cs = &w->segment.header;
    hash_parts(slice_str(label), slice_of(cs->chain.b, sizeof(cs->chain.b)),
               slice_of(w->segment.seed, sizeof(w->segment.seed)), out);
}

static enum status load(struct healing *h, const struct hash *id, struct segment *out)
{
    struct stored_changeset stored;
    struct segment_known known;
    replica_known(h->desk->rep, h->ledger, &known);
    enum status st =
        replica_read_changeset(h->desk->rep, h->ledger, id, &h->arena, &stored, h->err);
    return st == ST_OK ? segment_load(stored.cose, stored.salts, stored.columns, &known.index,
                                      &h->arena, out, h->err)
                       : st;
}

/* What another key of the same person, on another of his laptops, has signed again of this: he had
 * a copy of it there. It is on the chain of that name. */
static bool find_kin(struct healing *h, const struct waiting *w, struct hash *id)
{
    struct stmt *stmt =
        db_stmt(h->desk->db, "SELECT n.kid, c.id FROM chain n JOIN changeset c ON c.chain = n.no"
                             " WHERE n.ledger = ?1 AND n.chain = ?2 AND n.kid <> ?3"
                             " AND c.number = 1 ORDER BY c.idx IS NULL, c.idx");
    bool row = false, found = false;
    struct hash chain, author;
    derive(w, "huce fork chain", &chain);
    bind_int(stmt, 1, h->ledger->no);
    bind_blob(stmt, 2, slice_of(chain.b, sizeof(w->segment.header.chain.b)));
    bind_blob(stmt, 3, hash_slice(&h->author->kid));
    while (!found && stmt_step(stmt, &row, NULL) == ST_OK && row) {
        if (stmt_blob(stmt, 0).n != HASH_SIZE || stmt_blob(stmt, 1).n != HASH_SIZE)
            continue;
        memcpy(author.b, stmt_blob(stmt, 0).p, HASH_SIZE);
        memcpy(id->b, stmt_blob(stmt, 1).p, HASH_SIZE);
        found = may_sign_for(h->desk, &h->author->kid, &author);
    }
    stmt_reset(stmt);
    return found;
}

static bool stands_in_twin(const struct segment *twin, const struct hash *leaf)
{
    struct hash there;
    for (uint32_t k = 0; k < twin->header.count; k++) {
        segment_change_leaf(twin, k, &there);
        if (hash_equal(&there, leaf))
            return true;
    }
    return false;
}

/* Its number there is another; it was said at the same moment, and says the same, as far as its
 * references were not written anew. */
static bool stands_in_kin(struct healing *h, const struct segment *kin,
                          const struct change_item *change)
{
    for (uint32_t k = 0; k < kin->header.count; k++)
        if (kin->changes[k].hlc == change->hlc &&
            (segment_erased(kin, k) || slice_equal(kin->changes[k].body, change->body) ||
             slice_equal(kin->changes[k].body,
                         renamed_body(h->desk, h->ledger, change->body, &h->arena))))
            return true;
    return false;
}

/* The changes whose leaf does not stand in the admitted branch, and which nobody has signed again
 * elsewhere. *id: where what is left out stands, if any is. */
static enum status left_over(struct healing *h, const struct waiting *w, struct change_item *out,
                             uint32_t *count, struct hash *id)
{
    const struct segment *s = &w->segment;
    struct segment twin = {0}, kin = {0};
    struct hash kin_id, leaf;
    enum status st = ST_OK;
    *count = 0;
    *id = w->twin;
    if (w->has_twin)
        st = load(h, &w->twin, &twin);
    if (st == ST_OK && find_kin(h, w, &kin_id))
        st = load(h, &kin_id, &kin);
    for (uint32_t i = 0; st == ST_OK && i < s->header.count; i++) {
        segment_change_leaf(s, i, &leaf);
        if (stands_in_twin(&twin, &leaf))
            continue;
        if (stands_in_kin(h, &kin, &s->changes[i]))
            *id = kin_id;
        else
            out[(*count)++] = s->changes[i];
    }
    return st;
}

/* The old one gives its place in the overlay to the new one, and becomes evidence. */
static enum status replace(struct healing *h, const struct waiting *w, const struct hash *id)
{
    const struct changeset *cs = &w->segment.header;
    struct stmt *stmt =
        db_stmt(h->desk->db, "INSERT INTO forked(ledger, old_id, kid, chain, number, cose, new_id,"
                             " healed_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    bind_int(stmt, 1, h->ledger->no);
    bind_blob(stmt, 2, hash_slice(&w->id));
    bind_blob(stmt, 3, hash_slice(&cs->kid));
    bind_blob(stmt, 4, slice_of(cs->chain.b, sizeof(cs->chain.b)));
    bind_int(stmt, 5, (int64_t)cs->number);
    bind_blob(stmt, 6, w->cose);
    bind_blob(stmt, 7, hash_slice(id));
    bind_int(stmt, 8, time_now_ms());
    enum status st = stmt_run(stmt, h->err);
    if (st != ST_OK)
        return st;
    stmt = db_stmt(h->desk->db, "DELETE FROM outbox WHERE ledger = ?1 AND kid = ?2 AND chain = ?3"
                                " AND number = ?4");
    bind_int(stmt, 1, h->ledger->no);
    bind_blob(stmt, 2, hash_slice(&cs->kid));
    bind_blob(stmt, 3, slice_of(cs->chain.b, sizeof(cs->chain.b)));
    bind_int(stmt, 4, (int64_t)cs->number);
    st = stmt_run(stmt, h->err);
    if (st != ST_OK)
        return st;
    stmt = db_stmt(h->desk->db, "DELETE FROM changeset WHERE no = ?1 AND idx IS NULL");
    bind_int(stmt, 1, w->no);
    st = stmt_run(stmt, h->err);
    if (st != ST_OK)
        return st;
    stmt = db_stmt(h->desk->db, "UPDATE changeset SET no = ?1 WHERE ledger = ?2 AND id = ?3"
                                " AND idx IS NULL");
    bind_int(stmt, 1, w->no);
    bind_int(stmt, 2, h->ledger->no);
    bind_blob(stmt, 3, hash_slice(id));
    return stmt_run(stmt, h->err);
}

static void sign_again(struct healing *h, const struct waiting *w, const struct chain_base *base,
                       struct save_closed *next, struct hash *id)
{
    struct chain_open *open = arena_alloc(&h->arena, sizeof(*open));
    struct chain_head head = {.kid = h->author->kid};
    uint32_t count = next->header.count;
    struct hash hash;
    derive(w, "huce fork chain", &hash);
    memcpy(head.chain.b, hash.b, sizeof(head.chain.b));
    derive(w, "huce fork seed", &hash);
    memcpy(next->seed, hash.b, sizeof(next->seed));
    chain_begin(open, &head, base, next->seed);
    for (uint32_t i = 0; i < count; i++) {
        struct change_item *change = &next->changes[i];
        change->body = renamed_body(h->desk, h->ledger, change->body, &h->arena);
        chain_append_at(open, change->body, change->hlc);
    }
    chain_sign(open, &h->ledger->origin, h->author->key);
    next->header = open->header;
    next->overlay = w->overlay;
    changeset_compute_id(&next->header, id);
    secret_wipe(open, sizeof(*open));
}

static enum status store(struct healing *h, struct save_closed *next)
{
    struct chain_head head = {.kid = h->author->kid, .chain = next->header.chain};
    enum status st = save_add_chain(h->desk, h->ledger->no, &head, false, &next->own_chain, h->err);
    return st == ST_OK ? save_store_closed(h->desk, h->ledger, next, h->err) : st;
}

static bool is_here(struct healing *h, const struct hash *id)
{
    struct stmt *stmt =
        db_stmt(h->desk->db, "SELECT 1 FROM changeset WHERE ledger = ?1 AND id = ?2");
    bind_int(stmt, 1, h->ledger->no);
    bind_blob(stmt, 2, hash_slice(id));
    return answer(stmt);
}

/* Each gets a chain of its own: what becomes of it does not depend on what else is lost. */
static enum status heal_one(struct healing *h, const struct waiting *w, size_t *healed)
{
    const struct changeset *cs = &w->segment.header;
    struct save_closed next = {0};
    struct chain_base base;
    struct hash id;
    if (!make_base(h, cs, &base))
        return ST_OK;
    h->any = true;
    next.changes = arena_alloc(&h->arena, cs->count * sizeof(*next.changes));
    enum status st = left_over(h, w, next.changes, &next.header.count, &id);
    if (st == ST_OK && next.header.count) {
        sign_again(h, w, &base, &next, &id);
        ++*healed;
        if (!is_here(h, &id))
            st = store(h, &next);
        secret_wipe(next.seed, sizeof(next.seed));
    }
    return st == ST_OK ? replace(h, w, &id) : st;
}

static enum status heal_pass(struct healing *h, size_t *healed)
{
    struct desk *desk = h->desk;
    enum status st = replica_each_unadmitted(desk->rep, h->ledger, take, h, h->err);
    if (st == ST_OK)
        st = h->status;
    if (st == ST_OK)
        mark_lost(h);
    for (size_t i = 0; st == ST_OK && i < h->count; i++)
        if (h->items[i].lost &&
            may_sign_for(h->desk, &h->author->kid, &h->items[i].segment.header.kid))
            st = heal_one(h, &h->items[i], healed);
    return st;
}

/* One pass over what waits. *any: something was replaced. */
static enum status heal_once(struct desk *desk, int64_t ledger, const struct author *author,
                             bool *any, size_t *healed, struct error *err)
{
    struct healing h = {.desk = desk, .author = author, .err = err};
    h.ledger = replica_ledger_by_no(desk->rep, ledger);
    enum status st = heal_pass(&h, healed);
    if (st == ST_OK && h.any)
        st = replica_reload(desk->rep, true, err);
    *any = h.any;
    mem_free(h.items);
    arena_release(&h.arena);
    return st;
}

enum status fork_heal(struct desk *desk, int64_t ledger, const struct author *author,
                      size_t *healed, struct error *err)
{
    bool behind = is_behind(desk, ledger, &author->kid), any = false, more = true;
    size_t again = 0;
    if (!behind && !may_be_lost(desk, ledger))
        return ST_OK;
    enum status st = save_close_all(desk, replica_ledger_by_no(desk->rep, ledger), err);
    save_forget(desk);
    /* What was signed again may be a fork once more, of what an earlier life signed again. */
    while (st == ST_OK && more) {
        st = heal_once(desk, ledger, author, &more, &again, err);
        any |= more;
    }
    if (st == ST_OK && (behind || any))
        st = save_retire_chain(desk, ledger, &author->kid, err);
    if (st == ST_OK && any)
        st = materialise_relay(desk->rep, replica_ledger_by_no(desk->rep, ledger), err);
    if (st == ST_OK && again)
        diag_warn("fork", "%zu changesets signed again on a new chain", again);
    if (healed)
        *healed += again;
    return st;
}

enum status fork_heal_all(struct desk *desk, const struct author *author, size_t *healed,
                          struct error *err)
{
    enum status st = desk_begin(desk, err);
    if (st != ST_OK)
        return st;
    *healed = 0;
    size_t count = desk->rep->ledger_count;
    int64_t *numbers = mem_alloc((count + 1) * sizeof(*numbers));
    for (size_t i = 0; i < count; i++)
        numbers[i] = desk->rep->ledgers[i]->no;
    for (size_t i = 0; st == ST_OK && i < count; i++)
        st = fork_heal(desk, numbers[i], author, healed, err);
    mem_free(numbers);
    if (st == ST_OK)
        return desk_commit(desk, err);
    desk_rollback(desk);
    return st;
}

bool fork_waits(struct desk *desk, const struct hash *kid)
{
    struct stmt *stmt = db_stmt(
        desk->db, "SELECT DISTINCT n.kid FROM changeset u JOIN chain n ON n.no = u.chain"
                  " WHERE u.idx IS NULL AND (EXISTS (SELECT 1 FROM changeset c WHERE " FORK_TWIN ")"
                  " OR EXISTS (SELECT 1 FROM forked f WHERE f.ledger = u.ledger))");
    bool row = false, found = false;
    while (!found && stmt_step(stmt, &row, NULL) == ST_OK && row) {
        struct hash author;
        if (stmt_blob(stmt, 0).n == HASH_SIZE) {
            memcpy(author.b, stmt_blob(stmt, 0).p, HASH_SIZE);
            found = may_sign_for(desk, kid, &author);
        }
    }
    stmt_reset(stmt);
    return found;
}
