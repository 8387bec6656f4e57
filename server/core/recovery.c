/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * recovery: see recovery.h.
 *
 *   heads shown ─▶ signed by us? ─▶ longer than what is here ─▶ noted (heads.h): recovering
 *   leaves ─▶ verify each changeset ─▶ append ─▶ tree: is it the beginning of that checkpoint's?
 *          ─▶ fold ─▶ commit
 *
 * The server's own chains may have gone on in what comes back, so after registry leaves it begins
 * new ones. An invitation that was open in the backup may have been used since; those that are
 * left when recovery ends are over.
 */
#include "server/core/recovery.h"

#include "server/core/admission.h"
#include "server/core/registrar.h"
#include "shared/base/check.h"
#include "shared/base/diag.h"
#include "shared/base/file.h"
#include "shared/codec/hex.h"
#include "shared/db/epochs.h"
#include "shared/db/ruling.h"

#include <inttypes.h>
#include <stdio.h>

#define HEARD "heard:"

/* ---- heads ---- */

/* A head that this county signed: of which ledger, in which epoch. */
struct signed_head {
    struct checkpoint head; /* its origin: the name in that epoch */
    struct origin ledger;
    uint32_t epoch;
};

/* By any key that this county has, or had. */
static bool signed_by_us(const struct server *srv, struct slice text, const struct origin *name,
                         struct checkpoint *out)
{
    const struct registry *reg = &srv->rep->registry;
    for (size_t i = srv->log_keys.count; i > 0; i--)
        if (checkpoint_open(text, name, sign_key_public(srv->log_keys.key[i - 1]), out, NULL) ==
            ST_OK)
            return true;
    for (size_t i = reg->log_key_count; i > 0; i--)
        if (checkpoint_open(text, name, &reg->log_keys[i - 1].pk, out, NULL) == ST_OK)
            return true;
    return false;
}

/* The checkpoint, if this county signed it. The log key may have been changed in what is lost. */
static bool open_ours(struct server *srv, struct slice text, struct signed_head *out)
{
    const uint8_t *end = text.n ? memchr(text.p, '\n', text.n) : NULL;
    struct origin name;
    if (!end || !origin_parse(slice_of(text.p, (size_t)(end - text.p)), &name))
        return false;
    out->epoch = origin_epoch(&name, &out->ledger);
    return signed_by_us(srv, text, &name, &out->head);
}

/* What is shown of a ledger. */
static bool open_shown(struct server *srv, const struct answer_ledger *shown,
                       struct signed_head *out)
{
    return open_ours(srv, shown->checkpoint, out) &&
           strcmp(out->ledger.text, shown->origin.text) == 0;
}

/* Was it signed over leaves that are declared lost? */
static bool is_lost(const struct server *srv, const struct ledger *ledger,
                    const struct signed_head *shown)
{
    const struct registry *reg = &srv->rep->registry;
    return shown->epoch < ledger->epoch &&
           shown->head.size >
               epoch_kept(reg->epochs, reg->epoch_count, &ledger->origin, shown->epoch);
}

/* Two heads that cannot both be: kept for whoever has to find out. */
static void keep_both(struct server *srv, struct ledger *ledger, const struct checkpoint *other,
                      struct slice text)
{
    struct arena arena = {0};
    struct buf both;
    char *folder = file_join(srv->folder, "evidence");
    char *path =
        mem_printf("%s/%.12s-%" PRIu64 ".txt", folder, origin_code(&ledger->origin), other->size);
    buf_init(&both, 64 * 1024);
    buf_printf(&both, "账本 %s：本县的密钥签过两份接不上的历史。\n\n一、现在数据库里的\n-----\n",
               ledger->origin.text);
    buf_put_slice(&both, replica_checkpoint(srv->rep, ledger, &arena));
    buf_put_str(&both, "-----\n\n二、一台电脑出示的，它核对过\n-----\n");
    buf_put_slice(&both, text);
    buf_put_str(&both, "-----\n");
    if (!file_exists(path)) {
        diag_error("recovery", "%s: two histories are signed, see %s", ledger->origin.text, path);
        if (file_make_folder(folder, 0700, NULL) != ST_OK ||
            file_replace(path, buf_slice(&both), 0600, NULL) != ST_OK)
            diag_error("recovery", "cannot write %s", path);
    }
    buf_release(&both);
    mem_free(path);
    mem_free(folder);
    arena_release(&arena);
}

/* The ledger that a head of ours speaks of; one that was made after the backup is made again. */
static enum status ledger_of(struct server *srv, const struct origin *origin, struct ledger **out,
                             struct error *err)
{
    *out = replica_ledger(srv->rep, origin);
    return *out ? ST_OK : replica_ledger_add(srv->rep, origin, out, err);
}

static enum status note(struct server *srv, const struct signed_head *shown, struct slice text,
                        struct ledger **ledger, struct error *err)
{
    const struct checkpoint *head = &shown->head;
    const struct head *known = heads_find(&srv->heads, &head->origin);
    struct hash root;
    enum status st = ledger_of(srv, &shown->ledger, ledger, err);
    if (st != ST_OK || is_lost(srv, *ledger, shown))
        return st;
    if (shown->epoch <= (*ledger)->epoch && head->size <= (*ledger)->tree.size) {
        if (!replica_root_at(srv->rep, *ledger, head->size, &root) ||
            !hash_equal(&root, &head->root))
            keep_both(srv, *ledger, head, text);
        return ST_OK;
    }
    return known && known->size >= head->size ? ST_OK : heads_add(&srv->heads, head, err);
}

/* ---- leaves ---- */

struct intake {
    struct server *srv;
    struct ledger *ledger;
    struct segment_known known;
    struct arena arena; /* of the segments not folded yet */
    struct segment *ready;
    size_t ready_count;
};

static enum status fold(struct intake *in, struct error *err)
{
    enum status st = admission_fold(in->srv, in->ledger, in->ready, in->ready_count, NULL, err);
    in->ready_count = 0;
    arena_reset(&in->arena);
    return st;
}

/* What builds on leaves of the same message can be read after those are folded. */
static enum status read_segment(struct intake *in, struct slice bytes, struct segment *out,
                                struct error *err)
{
    const struct origin *origin = &in->ledger->origin;
    enum status st = segment_read(bytes, origin, &in->known, &in->arena, out, err);
    if (st == ST_WAIT || st == ST_NOT_FOUND) {
        st = fold(in, err);
        if (st == ST_OK)
            st = segment_read(bytes, origin, &in->known, &in->arena, out, err);
    }
    return st == ST_OK ? st
                       : error_wrap(err, ST_INVALID, "%s：交还的改动没有通过验证", origin->text);
}

static enum status take_leaf(struct intake *in, const struct answer_leaf *shown, struct leaf *leaf,
                             struct error *err)
{
    struct segment segment;
    if (!shown->has_segment)
        return error_set(err, ST_INVALID, "交还的一项没有内容");
    enum status st = read_segment(in, shown->segment, &segment, err);
    if (st != ST_OK)
        return st;
    *leaf = (struct leaf){segment.id, shown->admitted_ms, shown->registry_size};
    in->ready[in->ready_count++] = segment;
    return replica_append(in->srv->rep, in->ledger, leaf, &segment, segment.columns, err);
}

/* What the leaves lead to is a beginning of the signed head's tree. */
static enum status check(struct intake *in, struct merkle before, const struct leaf *leaves,
                         size_t count, const struct checkpoint *head,
                         const struct merkle_proof *proof, struct error *err)
{
    enum status st = session_check_leaves(&before, leaves, count, head, true, err);
    if (st != ST_OK)
        return error_wrap(err, ST_INVALID, "交还的历史不对");
    if (in->ledger->tree.size < head->size &&
        !merkle_verify_consistency(in->ledger->tree.size, head->size, &in->ledger->root,
                                   &head->root, proof->hashes, proof->count))
        return error_set(err, ST_INVALID, "%s：交还的各项与签过的账本头对不上",
                         in->ledger->origin.text);
    return ST_OK;
}

static enum status take_leaves(struct server *srv, struct ledger *ledger,
                               const struct answer_ledger *shown, const struct checkpoint *head,
                               const struct merkle_proof *proof, struct error *err)
{
    const size_t n = shown->leaf_count;
    const struct merkle before = ledger->tree;
    struct intake in = {.srv = srv, .ledger = ledger};
    struct leaf *leaves = mem_zero_alloc(n, sizeof(*leaves));
    const bool registry = ledger == srv->rep->registry_ledger;
    enum status st = ST_OK;
    if (!registry && shown->leaves[n - 1].registry_size > srv->rep->registry_ledger->tree.size)
        st = error_set(err, ST_WAIT, "先要交还登记账本");
    in.ready = mem_zero_alloc(n, sizeof(*in.ready));
    replica_known(srv->rep, ledger, &in.known);
    for (size_t i = 0; i < n && st == ST_OK; i++)
        st = take_leaf(&in, &shown->leaves[i], &leaves[i], err);
    if (st == ST_OK)
        st = check(&in, before, leaves, n, head, proof, err);
    if (st == ST_OK)
        st = fold(&in, err);
    if (st == ST_OK && ledger->tree.size == head->size)
        replica_set_checkpoint(srv->rep, ledger, shown->checkpoint);
    if (st == ST_OK && registry)
        st = store_forget_chains(srv->db, err);
    bool cut;
    if (st == ST_OK && registry)
        st = epochs_follow(srv->rep, NULL, NULL, &cut, err);
    arena_release(&in.arena);
    mem_free(in.ready);
    mem_free(leaves);
    return st;
}

/* ---- one message ---- */

/* Is the first of these leaves here by now? Then another desk, asked at the same time, has brought
 * it, and the answer says from where to go on. */
static bool is_brought(struct server *srv, struct ledger *ledger, const struct answer_ledger *shown)
{
    struct intake in = {.srv = srv, .ledger = ledger};
    struct segment segment;
    uint64_t leaf;
    replica_known(srv->rep, ledger, &in.known);
    const bool held = shown->leaves[0].has_segment &&
                      segment_read(shown->leaves[0].segment, &ledger->origin, &in.known, &in.arena,
                                   &segment, NULL) == ST_OK &&
                      ruling_leaf_of(srv->db, ledger->no, &segment.id, ledger->tree.size, &leaf);
    arena_release(&in.arena);
    return held;
}

/* Where this message's leaves go on: exactly where the ledger ends. */
static enum status take_one(struct server *srv, const struct handback *message,
                            const struct answer_ledger *shown, uint64_t *taken, struct error *err)
{
    struct signed_head found;
    struct ledger *ledger;
    if (!open_shown(srv, shown, &found))
        return ST_OK;
    enum status st = note(srv, &found, shown->checkpoint, &ledger, err);
    if (st != ST_OK || shown->leaf_count == 0 || is_lost(srv, ledger, &found) ||
        found.head.size <= ledger->tree.size || is_brought(srv, ledger, shown))
        return st;
    st = take_leaves(srv, ledger, shown, &found.head, &message->proof, err);
    *taken += st == ST_OK ? shown->leaf_count : 0;
    return st;
}

static void put_lacks(struct server *srv, const struct handback *message, struct arena *arena,
                      struct handback_answer *out)
{
    const struct sync_answer *shown = &message->shown;
    out->lacks = arena_alloc(arena, (shown->ledger_count + 1) * sizeof(out->lacks[0]));
    for (size_t i = 0; i < shown->ledger_count; i++) {
        const struct answer_ledger *part = &shown->ledgers[i];
        struct ledger *ledger = replica_ledger(srv->rep, &part->origin);
        struct signed_head found;
        if (!ledger || !open_shown(srv, part, &found) || is_lost(srv, ledger, &found) ||
            found.head.size <= ledger->tree.size)
            continue;
        struct handback_lack *lack = &out->lacks[out->count++];
        *lack = (struct handback_lack){.origin = ledger->origin,
                                       .size = ledger->tree.size,
                                       .checkpoint = replica_checkpoint(srv->rep, ledger, arena)};
        memcpy(lack->root8, ledger->root.b, sizeof(lack->root8));
    }
}

static void heard_name(const struct hash *device, char out[static 2 * HASH_SIZE + 16])
{
    char hex[2 * HASH_SIZE + 1];
    hex_encode(hash_slice(device), hex);
    snprintf(out, 2 * HASH_SIZE + 16, HEARD "%s", hex);
}

void recovery_each_device(struct server *srv, recovery_device *visit, void *arg)
{
    const struct registry *reg = &srv->rep->registry;
    struct arena arena = {0};
    char name[2 * HASH_SIZE + 16];
    for (size_t i = 0; i < reg->grant_count; i++) {
        const struct grant *g = &reg->grants[i];
        if (g->kind != GRANT_DEVICE || registry_grant(reg, &g->kid, reg->size) != g)
            continue;
        heard_name(&g->kid, name);
        visit(arg, g, store_setting(srv->db, name, &arena) != NULL);
    }
    arena_release(&arena);
}

struct count {
    size_t devices, heard;
};

static void count_one(void *arg, const struct grant *device, bool heard)
{
    struct count *count = arg;
    (void)device;
    count->devices++;
    count->heard += heard;
}

void recovery_heard(struct server *srv, size_t *devices, size_t *heard)
{
    struct count count = {0};
    recovery_each_device(srv, count_one, &count);
    *devices = count.devices;
    *heard = count.heard;
}

static enum status end(struct server *srv, int64_t now_ms, struct error *err)
{
    enum status st = server_begin(srv, err);
    if (st != ST_OK)
        return st;
    st = store_forget_settings(srv->db, HEARD, err);
    if (st == ST_OK)
        st = store_end_invitations(srv->db, now_ms, err);
    st = server_end(srv, st, err);
    return st == ST_OK ? heads_confirm(&srv->heads, now_ms, err) : st;
}

/* When every laptop that may write has shown that it holds nothing more, nothing is missing. */
static enum status end_when_all_are_heard(struct server *srv, int64_t now_ms, struct error *err)
{
    size_t devices, heard;
    if (srv->heads.restored_ms == 0 || srv->heads.behind)
        return ST_OK;
    recovery_heard(srv, &devices, &heard);
    if (devices == 0 || heard < devices)
        return ST_OK;
    diag_info("recovery", "all %zu desks have been heard, nothing is missing", devices);
    return end(srv, now_ms, err);
}

static enum status note_heard(struct server *srv, const struct hash *device, int64_t now_ms,
                              struct error *err)
{
    char name[2 * HASH_SIZE + 16], now[24];
    enum status st = server_begin(srv, err);
    if (st != ST_OK)
        return st;
    heard_name(device, name);
    snprintf(now, sizeof(now), "%" PRId64, now_ms);
    return server_end(srv, store_set_setting(srv->db, name, now, err), err);
}

enum status recovery_take(struct server *srv, const struct handback *message,
                          const struct hash *device, int64_t now_ms, struct arena *arena,
                          struct handback_answer *out, uint64_t *taken, struct error *err)
{
    *out = (struct handback_answer){0};
    *taken = 0;
    enum status st = server_begin(srv, err);
    if (st != ST_OK)
        return st;
    for (size_t i = 0; i < message->shown.ledger_count && st == ST_OK; i++)
        st = take_one(srv, message, &message->shown.ledgers[i], taken, err);
    st = server_end(srv, st, err);
    if (st == ST_OK)
        st = heads_look(&srv->heads, srv->rep, err);
    if (st != ST_OK)
        return st;
    if (*taken > 0)
        diag_info("recovery", "%" PRIu64 " leaves came back", *taken);
    put_lacks(srv, message, arena, out);
    if (device && out->count == 0 && srv->heads.restored_ms != 0)
        st = note_heard(srv, device, now_ms, err);
    if (st == ST_OK)
        st = end_when_all_are_heard(srv, now_ms, err);
    out->recovering = server_recovering(srv);
    return st;
}

/* ---- by hand ---- */

enum status recovery_note(struct server *srv, struct slice text, struct error *err)
{
    struct signed_head found;
    struct ledger *ledger;
    if (!open_ours(srv, text, &found))
        return error_set(err, ST_INVALID, "这不是本县签过的账本头");
    enum status st = server_begin(srv, err);
    if (st != ST_OK)
        return st;
    st = server_end(srv, note(srv, &found, text, &ledger, err), err);
    return st == ST_OK ? heads_look(&srv->heads, srv->rep, err) : st;
}

enum status recovery_confirm(struct server *srv, int64_t now_ms, struct error *err)
{
    for (size_t i = 0; i < srv->heads.count; i++) {
        const struct head *head = &srv->heads.items[i];
        struct origin line;
        (void)origin_epoch(&head->origin, &line);
        const struct ledger *ledger = replica_ledger(srv->rep, &line);
        if (!head->held)
            return error_set(err, ST_REFUSED,
                             "账本 %s 签过 %" PRIu64 " 项，现在只有 %" PRIu64
                             " 项：请让各台电脑来同步，把缺的交还",
                             head->origin.text, head->size, ledger ? ledger->tree.size : 0);
    }
    return srv->heads.restored_ms ? end(srv, now_ms, err) : ST_OK;
}

enum status recovery_give_up(struct server *srv, int64_t now_ms, struct error *err)
{
    enum status st = server_begin(srv, err);
    if (st != ST_OK)
        return st;
    if (!srv->heads.behind)
        st = error_set(err, ST_REFUSED, "签过的都在，没有要放弃的：huced recovery status");
    if (st == ST_OK)
        st = store_forget_settings(srv->db, HEARD, err);
    st = server_end(srv, st, err);
    if (st == ST_OK)
        st = heads_give_up(&srv->heads, now_ms, err);
    if (st == ST_OK)
        st = heads_look(&srv->heads, srv->rep, err);
    return st == ST_OK ? heads_note(&srv->heads, srv->rep, err) : st; /* of less than was there */
}

/* ---- what is lost ---- */

/* The missing head that is meant; NULL: none. */
static const struct head *missing_head(const struct server *srv, const char *named,
                                       struct origin *line)
{
    for (size_t i = 0; i < srv->heads.count; i++) {
        const struct head *head = &srv->heads.items[i];
        (void)origin_epoch(&head->origin, line);
        if (!head->held &&
            (strcmp(line->text, named) == 0 || strcmp(origin_code(line), named) == 0))
            return head;
    }
    return NULL;
}

enum status recovery_lost(struct server *srv, const char *named, struct epoch *out,
                          struct error *err)
{
    struct origin line;
    const struct head *head = missing_head(srv, named, &line);
    const struct head *registry = heads_find(&srv->heads, &srv->rep->registry_origin);
    if (!head && !replica_ledger_named(srv->rep, named))
        return error_set(err, ST_NOT_FOUND, "没有账本 %s", named);
    if (!head)
        return error_set(err, ST_REFUSED, "账本 %s 签过的都在，没有丢失", named);
    if (registry && !registry->held)
        return error_set(err, ST_REFUSED,
                         "登记账本自己还缺，先要有人交还：每台电脑都有它，请让各台电脑来同步");
    const struct ledger *ledger = replica_ledger(srv->rep, &line);
    struct merkle empty;
    merkle_init(&empty);
    *out = (struct epoch){.ledger = line,
                          .number = (ledger ? ledger->epoch : 0) + 1,
                          .kept_size = ledger ? ledger->tree.size : 0,
                          .lost_size = head->size,
                          .lost_root = head->root};
    merkle_root(&empty, &out->kept_root);
    if (ledger)
        out->kept_root = ledger->root;
    return out->lost_size > out->kept_size
               ? ST_OK
               : error_set(err, ST_DAMAGED,
                           "账本 %s 现在的历史不是签过的那一份的开头：这不是丢失，请看 evidence",
                           line.text);
}

/* The first head of the new epoch: over what was kept. */
static enum status sign_head(struct server *srv, struct ledger *ledger, struct error *err)
{
    struct checkpoint head = {.size = ledger->tree.size, .root = ledger->root};
    struct stmt *stmt = db_stmt(srv->db, "DELETE FROM cosigned WHERE ledger = ?1");
    struct buf text;
    buf_init(&text, CHECKPOINT_MAX);
    bind_int(stmt, 1, ledger->no);
    enum status st = stmt_run(stmt, err);
    stmt = db_stmt(srv->db, "DELETE FROM _witnessed WHERE ledger = ?1"); /* of another name */
    bind_int(stmt, 1, ledger->no);
    if (st == ST_OK)
        st = stmt_run(stmt, err);
    replica_signed_name(ledger, &head.origin);
    checkpoint_sign(&head, srv->log, &text);
    CHECK(buf_ok(&text));
    if (head.size > 0)
        replica_set_checkpoint(srv->rep, ledger, buf_slice(&text));
    buf_release(&text);
    return st;
}

static enum status declare(struct server *srv, const struct sign_key *root,
                           const struct epoch *epoch, struct slice reason, int64_t now_ms,
                           struct error *err)
{
    struct draft draft = {0};
    struct ledger *ledger;
    struct buf op;
    buf_init(&op, CHANGE_BODY_MAX);
    epoch_encode(epoch, reason, &op);
    draft_op(&draft, buf_slice(&op));
    enum status st = replica_ledger_add(srv->rep, &epoch->ledger, &ledger, err);
    srv->declaring = true;
    if (st == ST_OK)
        st = registrar_write(srv, root, &draft, now_ms, err);
    srv->declaring = false;
    if (st == ST_OK)
        st = replica_set_epoch(srv->rep, ledger, epoch->number, err);
    if (st == ST_OK)
        st = sign_head(srv, ledger, err);
    draft_release(&draft);
    buf_release(&op);
    return st;
}

enum status recovery_declare(struct server *srv, const struct sign_key *root, const char *named,
                             struct slice reason, int64_t now_ms, struct error *err)
{
    struct epoch epoch;
    enum status st = server_begin(srv, err);
    if (st != ST_OK)
        return st;
    st = recovery_lost(srv, named, &epoch, err);
    if (st == ST_OK)
        st = declare(srv, root, &epoch, reason, now_ms, err);
    st = server_end(srv, st, err);
    return st == ST_OK ? heads_look(&srv->heads, srv->rep, err) : st;
}
