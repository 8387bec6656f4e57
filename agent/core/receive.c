/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * receive: the county's answer is taken on trust in nothing.
 *
 *   for each leaf: changeset bytes ─ signature and every hash verified ─▶ append
 *   tree over all leaves ─ compared with the signed checkpoint ─▶ commit, else roll back
 *
 * Changesets are decoded into an arena and folded from there, in pieces, so memory does not grow
 * with the answer. A changeset that builds on leaves of the same answer, or whose author's grant is
 * among them, can be read only after those are folded: then what is there is folded first.
 *
 * The first leaf of the registry verifies itself: it names the root key whose fingerprint stood in
 * the invitation.
 */
#include "agent/core/receive.h"

#include "agent/core/breaches.h"
#include "agent/core/evidence.h"
#include "agent/core/save.h"
#include "shared/db/epochs.h"
#include "shared/db/erasure.h"
#include "shared/base/check.h"
#include "shared/base/time.h"
#include "shared/sync/session.h"

#define FOLD_PIECE 16384 /* changes decoded before they are folded */

struct intake {
    struct desk *desk;
    struct ledger *ledger;
    struct segment_known known;
    struct arena arena; /* of the segments not folded yet */
    struct segment *ready;
    size_t ready_count, ready_capacity, ready_changes;
    bool has_root;
    struct hash root_kid;
    struct sign_public root_pk;
    struct segment_known stored; /* what the replica knows, behind `known` */
    struct slice unverifiable;   /* a segment that the county may not have admitted; n == 0: none */
    struct hash unverifiable_kid;
};

/* ---- the registry's first leaf ---- */

static bool first_root_at(void *arg, bool registry, uint64_t size, struct hash *root)
{
    struct intake *in = arg;
    return in->stored.root_at(in->stored.arg, registry, size, root);
}

static bool first_chain_at(void *arg, const struct hash *kid, const struct chain_id *chain,
                           uint64_t number, struct hash *id, uint64_t *next_seq)
{
    struct intake *in = arg;
    return in->stored.chain_at(in->stored.arg, kid, chain, number, id, next_seq);
}

static bool first_author(void *arg, const struct hash *kid, struct sign_public *pk)
{
    struct intake *in = arg;
    if (in->has_root && hash_equal(kid, &in->root_kid)) {
        *pk = in->root_pk;
        return true;
    }
    return in->stored.author(in->stored.arg, kid, pk);
}

static bool first_has_changeset(void *arg, const struct hash *id)
{
    struct intake *in = arg;
    return in->stored.has_changeset && in->stored.has_changeset(in->stored.arg, id);
}

static bool first_lost_base(void *arg, uint64_t size)
{
    struct intake *in = arg;
    return in->stored.lost_base && in->stored.lost_base(in->stored.arg, size);
}

/* [0, cose, salts, columns] or [1, alg, kid, chain, number, count, …, salts, columns] */
static bool split_segment(struct slice bytes, uint64_t *count, struct slice *columns)
{
    struct cbor_reader r;
    struct changeset header;
    cbor_reader_init(&r, bytes, "segment");
    size_t n = cbor_read_array(&r, 16);
    uint64_t form = cbor_read_uint(&r);
    *count = 0;
    for (size_t i = 1; cbor_ok(&r) && i + 1 < n; i++) {
        if (form == SEGMENT_FULL && i == 1) {
            if (changeset_decode(cbor_read_bytes(&r, CHANGESET_ENCODED_MAX), &header, NULL) ==
                ST_OK)
                *count = header.count;
        } else if (form == SEGMENT_SHORT && i == 5) {
            *count = cbor_read_uint_max(&r, CHANGESET_CHANGES_MAX);
        } else {
            (void)cbor_read_item(&r);
        }
    }
    *columns = cbor_read_bytes(&r, COLUMNS_MAX);
    return cbor_ok(&r) && *count > 0;
}

/* Finds the `county` op in the registry's first changeset and takes its root key, if it is the one
 * of the invitation. Nothing else of these bytes is believed before they are verified with it. */
static void find_root(struct intake *in, struct slice bytes)
{
    uint64_t count;
    struct slice columns;
    struct op_body body;
    struct county county;
    if (!split_segment(bytes, &count, &columns))
        return;
    struct change_item *changes = arena_alloc(&in->arena, (size_t)count * sizeof(*changes));
    if (columns_decode(columns, (size_t)count, 0, &in->stored.index, &in->arena, changes, NULL) !=
        ST_OK)
        return;
    for (uint64_t i = 0; i < count && !in->has_root; i++) {
        if (op_body_parse(changes[i].body, &in->arena, &body, NULL) != ST_OK)
            continue;
        for (size_t k = 0; k < body.op_count && !in->has_root; k++) {
            struct hash kid;
            if (body.ops[k].code != OP_COUNTY ||
                county_decode(body.ops[k].raw, &county, NULL) != ST_OK)
                continue;
            sign_kid(&county.root, &kid);
            in->has_root = hash_equal(&kid, &in->desk->rep->root_kid);
            in->root_kid = kid;
            in->root_pk = county.root;
        }
    }
}

/* ---- leaves ---- */

static enum status fold_ready(struct intake *in, struct error *err)
{
    enum status st =
        materialise_fold(in->desk->rep, in->ledger, in->ready, in->ready_count, NULL, err);
    in->ready_count = 0;
    in->ready_changes = 0;
    arena_reset(&in->arena);
    return st;
}

static enum status read_segment(struct intake *in, struct slice bytes, struct segment *out,
                                struct error *err)
{
    const struct origin *origin = &in->ledger->origin;
    if (in->ledger == in->desk->rep->registry_ledger && in->ledger->tree.size == 0)
        find_root(in, bytes);
    enum status st = segment_read(bytes, origin, &in->known, &in->arena, out, err);
    if (st == ST_WAIT || st == ST_NOT_FOUND) {
        st = fold_ready(in, err);
        if (st == ST_OK)
            st = segment_read(bytes, origin, &in->known, &in->arena, out, err);
    }
    if (st == ST_NOT_FOUND || st == ST_WAIT) { /* the county said that its key and past are there */
        in->unverifiable = bytes;
        in->unverifiable_kid = out->header.kid;
    }
    if (st == ST_DAMAGED || st == ST_EXISTS)
        return error_wrap(err, ST_DAMAGED, "%s", origin->text);
    if (st != ST_OK)
        return error_wrap(err, ST_INVALID, "%s：收到的改动没有通过验证", origin->text);
    return ST_OK;
}

/* The changeset that this desk sent or already held. */
static enum status find_held(struct intake *in, const uint8_t id8[8], struct hash *id,
                             struct error *err)
{
    struct stmt *stmt = db_stmt(in->desk->db, "SELECT id FROM changeset WHERE ledger = ?1"
                                              " AND id >= ?2 AND id < ?3 AND idx IS NULL");
    uint8_t end[HASH_SIZE];
    bool row;
    memset(end, 0xFF, sizeof(end));
    memcpy(end, id8, 8);
    bind_int(stmt, 1, in->ledger->no);
    bind_blob(stmt, 2, slice_of(id8, 8));
    bind_blob(stmt, 3, slice_of(end, sizeof(end)));
    enum status st = stmt_step(stmt, &row, err);
    if (st == ST_OK && (!row || stmt_blob(stmt, 0).n != HASH_SIZE))
        st = error_set(err, ST_NOT_FOUND, "%s：县里确认了一个本机没有的改动",
                       in->ledger->origin.text);
    else if (st == ST_OK)
        memcpy(id->b, stmt_blob(stmt, 0).p, HASH_SIZE);
    stmt_reset(stmt);
    return st;
}

/* No longer on its way. */
static enum status forget_sent(struct intake *in, const struct hash *id, bool *own,
                               struct error *err)
{
    struct stmt *stmt =
        db_stmt(in->desk->db, "DELETE FROM outbox WHERE (ledger, kid, chain, number) IN"
                              " (SELECT n.ledger, n.kid, n.chain, c.number FROM changeset c"
                              " JOIN chain n ON n.no = c.chain WHERE c.ledger = ?1 AND c.id = ?2)");
    bind_int(stmt, 1, in->ledger->no);
    bind_blob(stmt, 2, hash_slice(id));
    enum status st = stmt_run(stmt, err);
    *own = st == ST_OK && db_changes(in->desk->db) > 0;
    return st;
}

static enum status take_leaf(struct intake *in, const struct answer_leaf *answer, struct leaf *leaf,
                             struct received *out, struct error *err)
{
    struct slice columns = SLICE_NONE;
    struct segment *segment = NULL;
    enum status st;
    *leaf =
        (struct leaf){.admitted_ms = answer->admitted_ms, .registry_size = answer->registry_size};
    if (answer->has_segment) {
        uint64_t count;
        if (in->ready_changes >= FOLD_PIECE) {
            st = fold_ready(in, err);
            if (st != ST_OK)
                return st;
        }
        struct segment read;
        st = read_segment(in, answer->segment, &read, err);
        if (st != ST_OK)
            return st;
        if (!split_segment(answer->segment, &count, &columns))
            return error_set(err, ST_INVALID, "收到的改动读不出来");
        in->ready =
            mem_grow(in->ready, &in->ready_capacity, in->ready_count + 1, sizeof(*in->ready));
        segment = &in->ready[in->ready_count++];
        *segment = read;
        in->ready_changes += segment->header.count;
        leaf->id = segment->id;
    } else {
        st = find_held(in, answer->id8, &leaf->id, err);
        if (st != ST_OK)
            return st;
        in->ready_count = 0; /* what is ready must be the newest leaves without a gap */
    }
    const uint64_t index = in->ledger->tree.size;
    st = replica_append(in->desk->rep, in->ledger, leaf, segment, columns, err);
    if (st == ST_OK)
        st = breaches_look(in->desk, in->ledger, index, leaf, segment ? &segment->header : NULL,
                           err);
    bool own = false;
    if (st == ST_OK) /* a stick may bring what is here in full */
        st = forget_sent(in, &leaf->id, &own, err);
    out->leaves++;
    out->confirmed += own || !answer->has_segment;
    return st;
}

static enum status take_leaves(struct intake *in, const struct answer_ledger *answer,
                               struct leaf *leaves, struct received *out, struct error *err)
{
    enum status st = ST_OK;
    for (size_t i = 0; st == ST_OK && i < answer->leaf_count; i++)
        st = take_leaf(in, &answer->leaves[i], &leaves[i], out, err);
    if (st == ST_OK && answer->leaf_count)
        st = fold_ready(in, err);
    return st;
}

/* ---- checkpoint ---- */

static enum status check_head(struct intake *in, const struct answer_ledger *answer,
                              struct merkle before, const struct leaf *leaves, struct received *out,
                              struct error *err)
{
    struct replica *rep = in->desk->rep;
    struct checkpoint checkpoint;
    if (answer->checkpoint.n == 0)
        return answer->leaf_count == 0 ? ST_OK
                                       : error_set(err, ST_INVALID, "%s：县里没有给出签名的账本头",
                                                   in->ledger->origin.text);
    enum status st = replica_open_newest(rep, in->ledger, answer->checkpoint, &checkpoint, err);
    if (st == ST_OK)
        st = session_check_leaves(&before, leaves, answer->leaf_count, &checkpoint, answer->more,
                                  err);
    if (st == ST_OK)
        out->behind = checkpoint.size - in->ledger->tree.size;
    /* A stick may bring an older head than one that came before it. */
    if (st == ST_OK && checkpoint.size >= replica_covered(rep, in->ledger))
        replica_set_checkpoint(rep, in->ledger, answer->checkpoint);
    return st;
}

/* All that is known to be signed is here: what came without its content must have been ordered
 * erased in it. */
static enum status check_erased(struct intake *in, const struct answer_ledger *answer,
                                struct error *err)
{
    uint64_t leaf;
    uint32_t position;
    bool found = false;
    if (answer->more || in->ledger->folded < in->ledger->tree.size)
        return ST_OK;
    enum status st =
        erasure_unexplained(in->desk->db, in->ledger->no, &found, &leaf, &position, err);
    if (st == ST_OK && found && replica_covered(in->desk->rep, in->ledger) <= in->ledger->tree.size)
        st = error_set(err, ST_REFUSED,
                       "%s：县里给出的第 %llu 项缺了第 %u 条改动的内容，却没有抹除它的命令。"
                       "请告诉县里：内容不能这样去掉",
                       in->ledger->origin.text, (unsigned long long)leaf, position + 1);
    return st;
}

/* Keeps what both sides signed, and says where. */
static void keep_evidence(struct desk *desk, struct ledger *ledger,
                          const struct answer_ledger *answer, struct error *err)
{
    char *path, *said = err ? mem_strdup(err->text) : NULL;
    evidence_write(desk, ledger, answer->checkpoint, &path);
    if (path && said)
        error_set(err, ST_DAMAGED, "%s。双方签过的都已写入 %s，请保存好并告诉县里", said, path);
    mem_free(path);
    mem_free(said);
}

/* ---- one ledger's answer ---- */

static const char *status_text(enum sync_status status)
{
    switch (status) {
    case SYNC_UNKNOWN:
        return "县里没有这个账本";
    case SYNC_FORBIDDEN:
        return "县里没有允许本机读取这个账本";
    case SYNC_BUSY:
        return "县里的服务器正忙，稍后会再试";
    case SYNC_QUOTA:
        return "今天送到县里的数据已到上限，没送完的都在本机，明天自动接着送";
    default:
        return NULL;
    }
}

static enum status note_time(struct desk *desk, struct ledger *ledger, const char *error,
                             struct error *err)
{
    struct stmt *stmt = db_stmt(desk->db, "INSERT INTO sync_state(ledger, last_ms, error)"
                                          " VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET"
                                          " last_ms = CASE WHEN excluded.error IS NULL"
                                          " THEN excluded.last_ms ELSE last_ms END,"
                                          " error = excluded.error");
    bind_int(stmt, 1, ledger->no);
    bind_int(stmt, 2, error ? 0 : time_now_ms());
    bind_str(stmt, 3, error);
    return stmt_run(stmt, err);
}

/* What was noted of this ledger at the exchange before. */
static bool was_forbidden(struct desk *desk, const struct ledger *ledger)
{
    struct stmt *stmt = db_stmt(desk->db, "SELECT error FROM sync_state WHERE ledger = ?1");
    bool row = false, same = false;
    bind_int(stmt, 1, ledger->no);
    if (stmt_step(stmt, &row, NULL) == ST_OK && row)
        same = slice_equal(stmt_text(stmt, 0), slice_str(status_text(SYNC_FORBIDDEN)));
    stmt_reset(stmt);
    return same;
}

/* The registry decides what counts: ledgers that waited for it go on. */
static enum status fold_waiting(struct desk *desk, struct error *err)
{
    struct replica *rep = desk->rep;
    enum status st = ST_OK;
    for (size_t i = 0; st == ST_OK && i < rep->ledger_count; i++)
        if (rep->ledgers[i]->folded < rep->ledgers[i]->tree.size)
            st = materialise_fold(rep, rep->ledgers[i], NULL, 0, NULL, err);
    return st;
}

/* What was signed over leaves that are about to go: the county's head, and the leaves below it. */
static void keep_lost(void *arg, struct ledger *ledger, const struct epoch *epoch)
{
    char *path;
    (void)epoch;
    evidence_write(arg, ledger, SLICE_NONE, &path);
    mem_free(path);
}

enum status receive_epochs(struct desk *desk, bool *cut, struct error *err)
{
    enum status st = epochs_follow(desk->rep, keep_lost, desk, cut, err);
    if (*cut)
        save_forget(desk);
    return st;
}

static enum status take_answer(struct intake *in, const struct answer_ledger *answer,
                               struct received *out, struct error *err)
{
    struct desk *desk = in->desk;
    struct merkle before = in->ledger->tree;
    struct leaf *leaves = mem_zero_alloc(answer->leaf_count + 1, sizeof(*leaves));
    bool registry = in->ledger == desk->rep->registry_ledger;
    /* Work that was saved while the request was under way builds on the old base. */
    enum status st =
        registry ? save_close_all(desk, NULL, err) : save_close_all(desk, in->ledger, err);
    if (st == ST_OK)
        st = take_leaves(in, answer, leaves, out, err);
    if (st == ST_OK)
        st = check_head(in, answer, before, leaves, out, err);
    if (st == ST_OK)
        st = check_erased(in, answer, err);
    if (st == ST_OK && out->leaves > 0)
        st = breaches_settle(desk, in->ledger, err);
    out->registry_grew = registry && out->leaves > 0;
    if (st == ST_OK && out->registry_grew)
        st = fold_waiting(desk, err);
    if (st == ST_OK && out->registry_grew)
        st = receive_epochs(desk, &out->moved_on, err);
    in->ledger = replica_ledger(desk->rep, &answer->origin); /* all may have been read anew */
    for (size_t i = 0; st == ST_OK && i < answer->rejected_count; i++)
        st = outbox_rejected(desk, in->ledger, &answer->rejected[i], err);
    mem_free(leaves);
    return st;
}

/* Is the registry here as far as these leaves name it? It is not when its own part of the answer
 * came late and was passed over. */
static bool registry_reaches(const struct replica *rep, const struct ledger *ledger,
                             const struct answer_ledger *answer)
{
    if (ledger == rep->registry_ledger || answer->leaf_count == 0)
        return true;
    return answer->leaves[answer->leaf_count - 1].registry_size <= rep->registry_ledger->tree.size;
}

/* What the county shows is the beginning of what it had signed before: it was put back from a
 * backup, and can have the rest from here (handback.h). */
static bool is_behind(struct desk *desk, struct ledger *ledger, const struct answer_ledger *answer)
{
    struct checkpoint shown;
    struct hash root;
    return answer->checkpoint.n &&
           replica_open_kept(desk->rep, ledger, answer->checkpoint, &shown, NULL) == ST_OK &&
           shown.size < ledger->tree.size &&
           replica_root_at(desk->rep, ledger, shown.size, &root) && hash_equal(&root, &shown.root);
}

static enum status other_history(struct desk *desk, struct ledger *ledger,
                                 const struct answer_ledger *answer, struct error *err)
{
    if (is_behind(desk, ledger, answer))
        return error_set(err, ST_WAIT, "%s：县里的账本比它签过的短，像是用旧备份恢复的",
                         answer->origin.text);
    return error_set(err, ST_DAMAGED, "%s：县里的历史与本机不同", answer->origin.text);
}

/* What is new says something of changes whose content has not come yet (history.h). */
static enum status wait_for_history(struct desk *desk, const struct origin *origin,
                                    struct error *err)
{
    enum status st = desk_begin(desk, err);
    if (st != ST_OK)
        return st;
    struct stmt *stmt = db_stmt(desk->db, "UPDATE ledger SET waits = 1 WHERE origin = ?1"
                                          " AND behind > 0");
    bind_str(stmt, 1, origin->text);
    st = stmt_run(stmt, err);
    if (st == ST_OK)
        st = replica_reload(desk->rep, true, err);
    if (st == ST_OK)
        return desk_commit(desk, err);
    desk_rollback(desk);
    return st;
}

enum status receive_ledger(struct desk *desk, const struct answer_ledger *answer,
                           uint64_t asked_size, struct received *out, struct error *err)
{
    *out = (struct received){0};
    enum status st = desk_begin(desk, err);
    if (st != ST_OK)
        return st;
    struct intake in = {.desk = desk, .ledger = replica_ledger(desk->rep, &answer->origin)};
    if (!in.ledger) {
        desk_rollback(desk);
        return error_set(err, ST_INVALID, "县里的回答提到本机没有的账本 %s", answer->origin.text);
    }
    desk->rep->missed = false;
    replica_known(desk->rep, in.ledger, &in.stored);
    in.known = (struct segment_known){.root_at = first_root_at,
                                      .chain_at = first_chain_at,
                                      .author = first_author,
                                      .has_changeset = first_has_changeset,
                                      .lost_base = first_lost_base,
                                      .index = in.stored.index,
                                      .arg = &in};
    out->later_epoch = epochs_is_later(desk->rep, in.ledger, answer->checkpoint);
    if (out->later_epoch)
        ;
    else if (answer->status == SYNC_HISTORY && in.ledger->tree.size != asked_size)
        out->moved_on = true; /* taken back to where a new epoch begins */
    else if (answer->status == SYNC_HISTORY)
        st = other_history(desk, in.ledger, answer, err);
    else if ((answer->status == SYNC_OK || answer->status == SYNC_QUOTA) &&
             in.ledger->tree.size == asked_size && registry_reaches(desk->rep, in.ledger, answer) &&
             !in.ledger->waits)
        st = take_answer(&in, answer, out, err);
    out->told_before = answer->status == SYNC_FORBIDDEN && was_forbidden(desk, in.ledger);
    if (st == ST_OK)
        st = note_time(desk, in.ledger, status_text(answer->status), err);
    arena_release(&in.arena);
    mem_free(in.ready);
    if (st == ST_OK) {
        st = desk_commit(desk, err);
        if (st == ST_OK)
            breaches_prove(desk);
        return st;
    }
    const bool missed = desk->rep->missed;
    desk_rollback(desk);
    *out = (struct received){0};
    struct error reread;
    if (missed) /* nothing is wrong with it: it comes again when the history is here */
        return wait_for_history(desk, &answer->origin, err);
    if (in.unverifiable.n && desk_refresh(desk, &reread) == ST_OK &&
        (in.ledger = replica_ledger(desk->rep, &answer->origin)) &&
        breaches_signed(desk, in.ledger, answer->checkpoint))
        return breaches_unverifiable(desk, in.ledger, &in.unverifiable_kid, answer->checkpoint,
                                     in.unverifiable, err);
    if (st == ST_DAMAGED && desk_refresh(desk, &reread) == ST_OK &&
        (in.ledger = replica_ledger(desk->rep, &answer->origin)))
        keep_evidence(desk, in.ledger, answer, err);
    return st;
}
