/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * save: edit → change → open changeset → durable.
 *
 * Happy path of one save: take the write lock, see that nobody else wrote, append the change to the
 * open changeset in memory, fold it over the record, sign the header, write one row per change and
 * one for the header, commit. Nothing is re-read: the open changeset (its Merkle frontier, its salt
 * key) stays in memory between sessions and is rebuilt from its rows only when another process
 * wrote or a transaction was rolled back.
 *
 * Invariants
 *   1. At most one changeset of a ledger is open: whoever begins to save closes those of others
 * first, because the new changes build on them.
 *   2. A row of open_changeset has a valid signature over exactly the rows of open_change.
 *   3. What stands in `changeset` never changes again.
 *   4. In-memory state of a chain equals its rows whenever no transaction is open.
 */
#include "agent/core/save.h"

#include "agent/core/fork.h"
#include "agent/core/line.h"
#include "shared/base/check.h"
#include "shared/base/random.h"
#include "shared/base/time.h"

#define FOLD_BATCH 256 /* changes per call into the fold */
/* A changeset travels whole, so it must not be more than a bad line carries before it breaks.
 * Bodies become a third of themselves on the way, or less. */
#define BODIES_PER_PIECE 3

struct own_chain {
    struct own_chain *next;
    int64_t no; /* own_chain.no */
    int64_t ledger;
    struct chain_head head; /* as of the last closed changeset */
    int64_t chain;          /* local number in the replica */
    bool is_open;
    uint64_t overlay; /* of the open changeset */
    uint32_t stored;  /* its changes that have a row */
    struct chain_open open;
};

struct save {
    struct save *next; /* of the same transaction, in other ledgers */
    const struct author *author;
    struct desk *desk;
    struct ledger *ledger;
    struct sign_key *key; /* borrowed */
    struct own_chain *chain;
    struct chain_base base;
    size_t most;                 /* bytes of bodies in a changeset: what the line bears */
    struct arena bodies;         /* of changes that have no row yet */
    struct change_item *pending; /* those changes, in order */
    size_t pending_count, pending_capacity;
    size_t batch_count;
    struct overlay_change batch[FOLD_BATCH];
};

void save_forget(struct desk *desk)
{
    while (desk->chains) {
        struct own_chain *chain = desk->chains;
        desk->chains = chain->next;
        secret_wipe(&chain->open, sizeof(chain->open));
        mem_free(chain);
    }
}

/* ---- closing ---- */

static enum status delete_open(struct desk *desk, int64_t own_chain, struct error *err)
{
    struct stmt *stmt = db_stmt(desk->db, "DELETE FROM open_change WHERE own_chain = ?1");
    bind_int(stmt, 1, own_chain);
    enum status st = stmt_run(stmt, err);
    if (st != ST_OK)
        return st;
    stmt = db_stmt(desk->db, "DELETE FROM open_changeset WHERE own_chain = ?1");
    bind_int(stmt, 1, own_chain);
    return stmt_run(stmt, err);
}

static enum status store_head(struct desk *desk, int64_t own_chain, const struct changeset *header,
                              const struct hash *id, uint64_t hlc, struct error *err)
{
    struct stmt *stmt = db_stmt(desk->db, "UPDATE own_chain SET number = ?2, id = ?3, seq = ?4,"
                                          " hlc = ?5 WHERE no = ?1");
    bind_int(stmt, 1, own_chain);
    bind_int(stmt, 2, (int64_t)header->number);
    bind_blob(stmt, 3, hash_slice(id));
    bind_int(stmt, 4, (int64_t)(header->first_seq + header->count - 1));
    bind_int(stmt, 5, (int64_t)hlc);
    return stmt_run(stmt, err);
}

enum status save_store_closed(struct desk *desk, struct ledger *ledger, const struct save_closed *c,
                              struct error *err)
{
    struct segment segment = {.header = c->header, .has_seed = true, .changes = c->changes};
    struct segment_known known;
    struct buf columns;
    memcpy(segment.seed, c->seed, CHANGE_SEED_SIZE);
    changeset_compute_id(&c->header, &segment.id);
    buf_init(&columns, COLUMNS_MAX);
    replica_known(desk->rep, ledger, &known);
    columns_encode(c->changes, c->header.count, c->header.base_size, &known.index, &columns);
    CHECK(buf_ok(&columns));
    enum status st = replica_store(desk->rep, ledger, &segment, buf_slice(&columns),
                                   LEAF_OVERLAY + c->overlay, err);
    if (st == ST_OK)
        st = delete_open(desk, c->own_chain, err);
    if (st == ST_OK)
        st = store_head(desk, c->own_chain, &c->header, &segment.id,
                        c->changes[c->header.count - 1].hlc, err);
    buf_release(&columns);
    secret_wipe(segment.seed, sizeof(segment.seed));
    return st;
}

/* Changes of an open changeset from their rows, at most max; *count says how many there are. */
static enum status read_changes(struct desk *desk, int64_t own_chain, struct arena *arena,
                                struct change_item *out, uint32_t max, uint32_t *count,
                                struct error *err)
{
    struct stmt *stmt = db_stmt(desk->db, "SELECT hlc, body FROM open_change WHERE own_chain = ?1"
                                          " ORDER BY seq");
    bool row = false;
    enum status st;
    *count = 0;
    bind_int(stmt, 1, own_chain);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        struct slice body = stmt_blob(stmt, 1);
        if (*count == max) {
            stmt_reset(stmt);
            return error_set(err, ST_DAMAGED, "本机未送出的改动比签名的多，数据可能损坏");
        }
        out[*count].hlc = (uint64_t)stmt_int(stmt, 0);
        out[*count].body = slice_of(arena_copy(arena, body.p, body.n), body.n);
        ++*count;
    }
    return st;
}

/* One row of open_changeset as a closing; changes in the arena. */
static enum status read_open(struct desk *desk, int64_t own_chain, struct arena *arena,
                             struct save_closed *out, bool *found, struct error *err)
{
    struct stmt *stmt = db_stmt(desk->db, "SELECT overlay, seed, cose FROM open_changeset"
                                          " WHERE own_chain = ?1");
    uint32_t count;
    bind_int(stmt, 1, own_chain);
    enum status st = stmt_step(stmt, found, err);
    if (st != ST_OK || !*found)
        return st;
    *out = (struct save_closed){.own_chain = own_chain, .overlay = (uint64_t)stmt_int(stmt, 0)};
    struct slice seed = stmt_blob(stmt, 1);
    if (seed.n == CHANGE_SEED_SIZE)
        memcpy(out->seed, seed.p, seed.n);
    st = changeset_decode(stmt_blob(stmt, 2), &out->header, err);
    stmt_reset(stmt);
    if (st != ST_OK || seed.n != CHANGE_SEED_SIZE)
        return error_wrap(err, ST_DAMAGED, "本机未送出的改动读不出来");
    out->changes = arena_alloc(arena, out->header.count * sizeof(*out->changes));
    st = read_changes(desk, own_chain, arena, out->changes, out->header.count, &count, err);
    if (st == ST_OK && count != out->header.count)
        st = error_set(err, ST_DAMAGED, "本机未送出的改动少了 %u 条，数据可能损坏",
                       out->header.count - count);
    return st;
}

/* Closes one open changeset from its rows alone. */
static enum status close_stored(struct desk *desk, struct ledger *ledger, int64_t own_chain,
                                struct error *err)
{
    struct arena arena = {0};
    struct save_closed closing;
    bool found;
    enum status st = read_open(desk, own_chain, &arena, &closing, &found, err);
    if (st == ST_OK && found)
        st = save_store_closed(desk, ledger, &closing, err);
    arena_release(&arena);
    return st;
}

/* Closes the open changesets of a ledger except that of one chain (-1: of none). */
static enum status close_others(struct desk *desk, struct ledger *ledger, int64_t except,
                                struct error *err)
{
    for (;;) {
        struct stmt *stmt = db_stmt(desk->db, "SELECT own_chain FROM open_changeset"
                                              " WHERE ledger = ?1 AND own_chain <> ?2 LIMIT 1");
        bool row;
        bind_int(stmt, 1, ledger->no);
        bind_int(stmt, 2, except);
        enum status st = stmt_step(stmt, &row, err);
        if (st != ST_OK || !row)
            return st;
        int64_t own_chain = stmt_int(stmt, 0);
        stmt_reset(stmt);
        st = close_stored(desk, ledger, own_chain, err);
        if (st != ST_OK)
            return st;
        save_forget(desk);
    }
}

enum status save_close_all(struct desk *desk, struct ledger *ledger, struct error *err)
{
    CHECK(db_in_transaction(desk->db));
    if (ledger)
        return close_others(desk, ledger, -1, err);
    enum status st = ST_OK;
    for (size_t i = 0; st == ST_OK && i < desk->rep->ledger_count; i++)
        st = close_others(desk, desk->rep->ledgers[i], -1, err);
    return st;
}

uint64_t save_open_count(struct desk *desk, struct ledger *ledger)
{
    struct stmt *stmt =
        db_stmt(desk->db, "SELECT count(*) FROM open_change WHERE own_chain IN"
                          " (SELECT own_chain FROM open_changeset WHERE ledger = ?1)");
    bool row = false;
    uint64_t n = 0;
    bind_int(stmt, 1, ledger->no);
    if (stmt_step(stmt, &row, NULL) == ST_OK && row)
        n = (uint64_t)stmt_int(stmt, 0);
    stmt_reset(stmt);
    return n;
}

/* ---- the author's chain ---- */

enum status save_retire_chain(struct desk *desk, int64_t ledger, const struct hash *kid,
                              struct error *err)
{
    struct stmt *stmt = db_stmt(desk->db, "UPDATE own_chain SET active = 0"
                                          " WHERE ledger = ?1 AND kid = ?2");
    bind_int(stmt, 1, ledger);
    bind_blob(stmt, 2, hash_slice(kid));
    return stmt_run(stmt, err);
}

enum status save_add_chain(struct desk *desk, int64_t ledger, const struct chain_head *head,
                           bool active, int64_t *no, struct error *err)
{
    struct stmt *stmt =
        db_stmt(desk->db, "INSERT INTO own_chain(ledger, kid, chain, number, id, seq, hlc,"
                          " active) VALUES (?1, ?2, ?3, 0, ?4, 0, 0, ?5)");
    bind_int(stmt, 1, ledger);
    bind_blob(stmt, 2, hash_slice(&head->kid));
    bind_blob(stmt, 3, slice_of(head->chain.b, sizeof(head->chain.b)));
    bind_blob(stmt, 4, hash_slice(&head->id));
    bind_int(stmt, 5, active);
    enum status st = stmt_run(stmt, err);
    *no = db_last_rowid(desk->db);
    return st;
}

static enum status new_chain(struct desk *desk, struct own_chain *chain, const struct hash *kid,
                             struct error *err)
{
    enum status st = save_retire_chain(desk, chain->ledger, kid, err);
    if (st != ST_OK)
        return st;
    chain->head = (struct chain_head){.kid = *kid};
    random_bytes(chain->head.chain.b, sizeof(chain->head.chain.b));
    st = save_add_chain(desk, chain->ledger, &chain->head, true, &chain->no, err);
    chain->is_open = false;
    return st;
}

static enum status read_head(struct desk *desk, struct own_chain *chain, const struct hash *kid,
                             bool *found, struct error *err)
{
    struct stmt *stmt = db_stmt(desk->db, "SELECT no, chain, number, id, seq, hlc FROM own_chain"
                                          " WHERE ledger = ?1 AND kid = ?2 AND active = 1");
    bind_int(stmt, 1, chain->ledger);
    bind_blob(stmt, 2, hash_slice(kid));
    enum status st = stmt_step(stmt, found, err);
    if (st != ST_OK || !*found)
        return st;
    struct slice chain8 = stmt_blob(stmt, 1), id = stmt_blob(stmt, 3);
    chain->no = stmt_int(stmt, 0);
    chain->head = (struct chain_head){
        .kid = *kid,
        .number = (uint64_t)stmt_int(stmt, 2),
        .seq = (uint64_t)stmt_int(stmt, 4),
        .hlc = (uint64_t)stmt_int(stmt, 5),
    };
    bool whole = chain8.n == sizeof(chain->head.chain.b) && id.n == HASH_SIZE;
    if (whole) {
        memcpy(chain->head.chain.b, chain8.p, chain8.n);
        memcpy(chain->head.id.b, id.p, id.n);
    }
    stmt_reset(stmt);
    return whole ? ST_OK : error_set(err, ST_DAMAGED, "本机的签名链记录读不出来");
}

/* Brings the open changeset, if there is one, back into memory. */
static enum status rebuild_open(struct desk *desk, struct own_chain *chain, struct error *err)
{
    struct arena arena = {0};
    struct save_closed stored;
    bool found;
    enum status st = read_open(desk, chain->no, &arena, &stored, &found, err);
    if (st == ST_OK && found) {
        const struct changeset *h = &stored.header;
        struct chain_base base = {.size = h->base_size,
                                  .root = h->base_root,
                                  .registry_size = h->registry_size,
                                  .registry_root = h->registry_root,
                                  .dep_count = h->dep_count};
        memcpy(base.deps, h->deps, sizeof(base.deps));
        chain_begin(&chain->open, &chain->head, &base, stored.seed);
        for (uint32_t i = 0; i < h->count; i++)
            chain_append_at(&chain->open, stored.changes[i].body, stored.changes[i].hlc);
        chain->is_open = true;
        chain->overlay = stored.overlay;
        chain->stored = h->count;
    }
    arena_release(&arena);
    return st;
}

static enum status find_chain(struct desk *desk, struct ledger *ledger, const struct hash *kid,
                              struct own_chain **out, struct error *err)
{
    for (struct own_chain *c = desk->chains; c; c = c->next)
        if (c->ledger == ledger->no && hash_equal(&c->head.kid, kid)) {
            *out = c;
            return ST_OK;
        }
    struct own_chain *chain = mem_zero_alloc(1, sizeof(*chain));
    bool found;
    chain->ledger = ledger->no;
    enum status st = read_head(desk, chain, kid, &found, err);
    if (st == ST_OK && !found)
        st = new_chain(desk, chain, kid, err);
    else if (st == ST_OK)
        st = rebuild_open(desk, chain, err);
    if (st != ST_OK) {
        mem_free(chain);
        return st;
    }
    chain->chain = replica_chain(desk->rep, ledger, kid, &chain->head.chain);
    if (chain->is_open)
        replica_overlay_register(desk->rep, ledger, LEAF_OVERLAY + chain->overlay, chain->chain,
                                 &chain->open.header);
    chain->next = desk->chains;
    desk->chains = chain;
    *out = chain;
    return ST_OK;
}

/* ---- deps: what stands in the overlay and was not written by this chain ---- */

struct frontier {
    const struct chain_head *own;
    size_t count, capacity;
    struct changeset *heads; /* the last unadmitted changeset of each other chain */
    struct hash *ids;
};

static bool same_chain(const struct changeset *cs, const struct hash *kid,
                       const struct chain_id *chain)
{
    return hash_equal(&cs->kid, kid) && memcmp(cs->chain.b, chain->b, sizeof(chain->b)) == 0;
}

static bool frontier_add(void *arg, const struct stored_changeset *stored)
{
    struct frontier *f = arg;
    struct changeset cs;
    if (changeset_decode(stored->cose, &cs, NULL) != ST_OK ||
        same_chain(&cs, &f->own->kid, &f->own->chain))
        return true;
    size_t i = 0;
    while (i < f->count && !same_chain(&f->heads[i], &cs.kid, &cs.chain))
        i++;
    if (i == f->count) {
        size_t capacity = f->capacity;
        f->heads = mem_grow(f->heads, &f->capacity, i + 1, sizeof(*f->heads));
        f->ids = mem_grow(f->ids, &capacity, i + 1, sizeof(*f->ids));
        f->count++;
    } else if (f->heads[i].number > cs.number)
        return true;
    f->heads[i] = cs;
    f->ids[i] = stored->id;
    return true;
}

static bool covered(const struct frontier *f, size_t i)
{
    for (size_t j = 0; j < f->count; j++)
        for (uint32_t d = 0; j != i && d < f->heads[j].dep_count; d++)
            if (hash_equal(&f->heads[j].deps[d], &f->ids[i]))
                return true;
    return false;
}

static bool has_other_chains(struct desk *desk, const struct ledger *ledger, int64_t own)
{
    struct stmt *stmt =
        db_stmt(desk->db, "SELECT 1 FROM own_chain WHERE ledger = ?1 AND no <> ?2 UNION ALL"
                          " SELECT 1 FROM changeset c JOIN chain n ON n.no = c.chain"
                          " WHERE c.ledger = ?1 AND c.idx IS NULL AND n.kid NOT IN"
                          " (SELECT kid FROM own_person) LIMIT 1");
    bool row = false;
    bind_int(stmt, 1, ledger->no);
    bind_int(stmt, 2, own);
    bool has = stmt_step(stmt, &row, NULL) == ST_OK && row;
    stmt_reset(stmt);
    return has;
}

static enum status read_base(struct save *save, struct error *err)
{
    struct replica *rep = save->desk->rep;
    const struct ledger *registry = rep->registry_ledger;
    save->base = (struct chain_base){.size = save->ledger->tree.size,
                                     .root = save->ledger->root,
                                     .registry_size = registry->tree.size,
                                     .registry_root = registry->root};
    if (!has_other_chains(save->desk, save->ledger, save->chain->no) ||
        replica_unadmitted_count(rep, save->ledger) == 0)
        return ST_OK;
    struct frontier f = {.own = &save->chain->head};
    enum status st = replica_each_unadmitted(rep, save->ledger, frontier_add, &f, err);
    for (size_t i = 0; st == ST_OK && i < f.count; i++) {
        if (covered(&f, i))
            continue;
        if (save->base.dep_count == CHANGESET_DEPS_MAX)
            st = error_set(err, ST_LIMIT, "还没送出的改动来自太多人：请先同步一次再填写");
        else
            save->base.deps[save->base.dep_count++] = f.ids[i];
    }
    mem_free(f.heads);
    mem_free(f.ids);
    return st;
}

/* ---- the session ---- */

/* Folds what has been appended over the record tables. */
static enum status flush(struct save *save, struct error *err)
{
    if (save->batch_count == 0)
        return ST_OK;
    enum status st =
        materialise_overlay(save->desk->rep, save->ledger, save->batch, save->batch_count, err);
    save->batch_count = 0;
    return st;
}

static enum status write_changes(struct save *save, struct error *err)
{
    struct own_chain *chain = save->chain;
    uint64_t seq = chain->open.header.first_seq + chain->stored;
    enum status st = ST_OK;
    for (size_t i = 0; st == ST_OK && i < save->pending_count; i++) {
        struct stmt *stmt =
            db_stmt(save->desk->db, "INSERT INTO open_change(own_chain, seq, hlc, body)"
                                    " VALUES (?1, ?2, ?3, ?4)");
        bind_int(stmt, 1, chain->no);
        bind_int(stmt, 2, (int64_t)(seq + i));
        bind_int(stmt, 3, (int64_t)save->pending[i].hlc);
        bind_blob(stmt, 4, save->pending[i].body);
        st = stmt_run(stmt, err);
    }
    chain->stored += (uint32_t)save->pending_count;
    save->pending_count = 0;
    arena_reset(&save->bodies);
    return st;
}

static enum status write_header(struct save *save, struct error *err)
{
    struct own_chain *chain = save->chain;
    struct buf cose;
    buf_init(&cose, CHANGESET_ENCODED_MAX);
    chain_sign(&chain->open, &save->ledger->origin, save->key);
    changeset_encode(&chain->open.header, &cose);
    CHECK(buf_ok(&cose));
    struct stmt *stmt =
        db_stmt(save->desk->db, "INSERT INTO open_changeset(own_chain, ledger, overlay, seed, cose)"
                                " VALUES (?1, ?2, ?3, ?4, ?5)"
                                " ON CONFLICT (own_chain) DO UPDATE SET cose = excluded.cose");
    bind_int(stmt, 1, chain->no);
    bind_int(stmt, 2, chain->ledger);
    bind_int(stmt, 3, (int64_t)chain->overlay);
    bind_blob(stmt, 4, slice_of(chain->open.seed, CHANGE_SEED_SIZE));
    bind_blob(stmt, 5, buf_slice(&cose));
    enum status st = stmt_run(stmt, err);
    buf_release(&cose);
    return st;
}

/* Closes the session's own open changeset; part of its changes may have rows already. */
static enum status close_own(struct save *save, struct error *err)
{
    struct own_chain *chain = save->chain;
    struct arena arena = {0};
    uint32_t stored;
    enum status st = flush(save, err);
    if (st != ST_OK)
        return st;
    chain_sign(&chain->open, &save->ledger->origin, save->key);
    struct save_closed closing = {
        .own_chain = chain->no, .overlay = chain->overlay, .header = chain->open.header};
    memcpy(closing.seed, chain->open.seed, CHANGE_SEED_SIZE);
    closing.changes = arena_alloc(&arena, closing.header.count * sizeof(*closing.changes));
    st = read_changes(save->desk, chain->no, &arena, closing.changes, chain->stored, &stored, err);
    if (st == ST_OK) {
        CHECK(stored == chain->stored);
        CHECK(stored + save->pending_count == closing.header.count);
        if (save->pending_count)
            memcpy(closing.changes + stored, save->pending,
                   save->pending_count * sizeof(*save->pending));
        st = save_store_closed(save->desk, save->ledger, &closing, err);
    }
    if (st == ST_OK)
        chain_close(&chain->open, &chain->head);
    chain->is_open = false;
    chain->stored = 0;
    save->pending_count = 0;
    arena_reset(&save->bodies);
    arena_release(&arena);
    return st;
}

static void open_next(struct save *save)
{
    struct own_chain *chain = save->chain;
    uint8_t seed[CHANGE_SEED_SIZE];
    random_bytes(seed, sizeof(seed));
    chain_begin(&chain->open, &chain->head, &save->base, seed);
    secret_wipe(seed, sizeof(seed));
    chain->is_open = true;
    chain->stored = 0;
    chain->overlay = replica_overlay_next(save->desk->rep, save->ledger);
}

/* An author whose wall clock has gone back begins a new chain. */
static enum status renew_chain(struct save *save, struct error *err)
{
    struct own_chain *chain = save->chain;
    uint64_t last = chain->is_open ? chain->open.last_hlc : chain->head.hlc;
    enum status st = ST_OK;
    if (!hlc_wants_new_chain(time_now_ms(), last))
        return ST_OK;
    if (chain->is_open)
        st = close_own(save, err);
    if (st == ST_OK)
        st = new_chain(save->desk, chain, &save->author->kid, err);
    if (st == ST_OK)
        chain->chain =
            replica_chain(save->desk->rep, save->ledger, &save->author->kid, &chain->head.chain);
    return st;
}

/* Inside the transaction: the author's chain in this ledger, and what to build on. */
static enum status enter(struct save *save, struct error *err)
{
    const struct hash *kid = &save->author->kid;
    enum status st = find_chain(save->desk, save->ledger, kid, &save->chain, err);
    int64_t own = st == ST_OK ? save->chain->no : -1;
    if (st == ST_OK)
        st = close_others(save->desk, save->ledger, own, err);
    if (st == ST_OK) /* closing others forgets what is in memory */
        st = find_chain(save->desk, save->ledger, kid, &save->chain, err);
    if (st == ST_OK)
        st = renew_chain(save, err);
    if (st == ST_OK)
        st = read_base(save, err);
    return st;
}

static struct save *new_save(struct desk *desk, int64_t ledger, const struct author *author)
{
    struct save *save = mem_zero_alloc(1, sizeof(*save));
    save->desk = desk;
    save->ledger = replica_ledger_by_no(desk->rep, ledger);
    CHECK(save->ledger != NULL);
    save->author = author;
    save->key = author->key;
    save->most = BODIES_PER_PIECE * line_piece(desk);
    return save;
}

enum status save_begin(struct desk *desk, struct ledger *ledger, const struct author *author,
                       struct save **out, struct error *err)
{
    int64_t no = ledger->no;
    *out = NULL;
    enum status st = desk_begin(desk, err);
    if (st != ST_OK)
        return st;
    st = fork_heal(desk, no, author, NULL, err); /* the ledger may be read anew */
    if (st != ST_OK) {
        desk_rollback(desk);
        return st;
    }
    struct save *save = new_save(desk, no, author);
    st = enter(save, err);
    if (st == ST_OK)
        *out = save;
    else
        save_abort(save);
    return st;
}

enum status save_also(struct save *first, struct ledger *ledger, struct save **out,
                      struct error *err)
{
    CHECK(ledger != first->ledger);
    struct save *save = new_save(first->desk, ledger->no, first->author);
    *out = save;
    enum status st = enter(save, err);
    for (struct save *s = first; st == ST_OK && s; s = s->next) {
        CHECK(s->ledger != ledger && s->pending_count == 0 && s->batch_count == 0);
        st = find_chain(s->desk, s->ledger, &s->author->kid, &s->chain, err);
    }
    save->next = first->next;
    first->next = save;
    return st;
}

enum status save_change(struct save *save, struct slice body, struct error *err)
{
    struct own_chain *chain = save->chain;
    if (body.n > CHANGE_BODY_MAX)
        return error_set(err, ST_LIMIT, "这一次改动太大（%zu 字节，最多 %d）", body.n,
                         CHANGE_BODY_MAX);
    if (chain->is_open && (!chain_fits(&chain->open, &save->base, body.n) ||
                           chain->open.body_bytes + body.n > save->most)) {
        enum status st = close_own(save, err);
        if (st != ST_OK)
            return st;
    }
    if (!chain->is_open)
        open_next(save);
    struct slice copy = slice_of(arena_copy(&save->bodies, body.p, body.n), body.n);
    uint32_t position = chain->open.header.count;
    uint64_t hlc = chain_append(&chain->open, copy, time_now_ms());
    save->pending = mem_grow(save->pending, &save->pending_capacity, save->pending_count + 1,
                             sizeof(*save->pending));
    save->pending[save->pending_count++] = (struct change_item){hlc, copy};
    save->batch[save->batch_count++] =
        (struct overlay_change){.header = &chain->open.header,
                                .chain = chain->chain,
                                .overlay = LEAF_OVERLAY + chain->overlay,
                                .position = position,
                                .hlc = hlc,
                                .body = copy};
    return save->batch_count == FOLD_BATCH ? flush(save, err) : ST_OK;
}

static void save_free(struct save *save)
{
    while (save) {
        struct save *next = save->next;
        arena_release(&save->bodies);
        mem_free(save->pending);
        mem_free(save);
        save = next;
    }
}

static enum status finish(struct save *save, struct error *err)
{
    enum status st = flush(save, err);
    if (st == ST_OK && save->pending_count > 0) {
        st = write_changes(save, err);
        if (st == ST_OK)
            st = write_header(save, err);
    }
    return st;
}

enum status save_commit(struct save *save, struct error *err)
{
    struct desk *desk = save->desk;
    enum status st = ST_OK;
    for (struct save *s = save; st == ST_OK && s; s = s->next)
        st = finish(s, err);
    if (st != ST_OK) {
        save_abort(save);
        return st;
    }
    save_free(save);
    return desk_commit(desk, err);
}

void save_abort(struct save *save)
{
    if (!save)
        return;
    desk_rollback(save->desk);
    save_free(save);
}
