/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * handback: see handback.h. What is handed over is what was verified when it came: leaves up to the
 * checkpoint that is stored. Of a ledger whose newest answer was cut, the checkpoint is of more
 * than is here; another desk has the rest, or this one will.
 */
#include "agent/core/handback.h"

#include "agent/core/evidence.h"
#include "shared/db/give.h"
#include "shared/db/tree.h"

#define PIECE_BYTES (1024 * 1024)

static bool head_of(struct desk *desk, struct ledger *ledger, struct arena *arena,
                    struct slice *text, struct checkpoint *out)
{
    *text = replica_checkpoint(desk->rep, ledger, arena);
    return text->n && replica_open_kept(desk->rep, ledger, *text, out, NULL) == ST_OK;
}

static enum status write(const struct handback *handback, struct buf *out, struct error *err)
{
    handback_write(handback, out);
    return buf_ok(out) ? ST_OK : error_set(err, ST_LIMIT, "一次交还的数据太大");
}

enum status handback_heads(struct handing *handing, struct buf *out, struct error *err)
{
    struct replica *rep = handing->desk->rep;
    struct handback message = {0};
    struct arena arena = {0};
    message.shown.ledgers =
        arena_alloc(&arena, (rep->ledger_count + 1) * sizeof(message.shown.ledgers[0]));
    for (size_t i = 0; i < rep->ledger_count; i++) {
        struct answer_ledger part = {.origin = rep->ledgers[i]->origin, .more = true};
        struct checkpoint head;
        if (head_of(handing->desk, rep->ledgers[i], &arena, &part.checkpoint, &head))
            message.shown.ledgers[message.shown.ledger_count++] = part;
    }
    enum status st = write(&message, out, err);
    arena_release(&arena);
    return st;
}

/* The county stands on what it had signed, only not as far. */
static bool goes_on(struct desk *desk, struct ledger *ledger, const struct handback_lack *lack)
{
    struct hash root;
    return replica_root_at(desk->rep, ledger, lack->size, &root) &&
           memcmp(root.b, lack->root8, sizeof(lack->root8)) == 0;
}

static enum status two_histories(struct desk *desk, struct ledger *ledger,
                                 const struct handback_lack *lack, struct error *err)
{
    char *path;
    evidence_write(desk, ledger, lack->checkpoint, &path);
    enum status st = error_set(err, ST_DAMAGED, "%s：县里现在的历史与它以前签过的不同%s%s%s",
                               ledger->origin.text, path ? "。双方签过的都已写入 " : "",
                               path ? path : "", path ? "，请保存好并告诉县里" : "");
    mem_free(path);
    return st;
}

static enum status give(struct handing *handing, struct ledger *ledger,
                        const struct handback_lack *lack, struct arena *arena, struct buf *out,
                        bool *any, struct error *err)
{
    struct replica *rep = handing->desk->rep;
    struct answer_ledger part = {.origin = ledger->origin};
    struct handback message = {.shown = {1, &part}};
    struct give_room room = {.left = PIECE_BYTES};
    struct checkpoint head;
    if (!head_of(handing->desk, ledger, arena, &part.checkpoint, &head) ||
        head.size != ledger->tree.size || ledger->behind)
        return ST_OK;
    enum status st = give_leaves(rep, ledger, lack->size, NULL, NULL, arena, &part, &room, err);
    uint64_t end = lack->size + part.leaf_count;
    part.more = end < head.size;
    if (st == ST_OK && part.more)
        st = tree_prove_consistency(rep, ledger, NULL, end, head.size, &message.proof, err);
    if (st == ST_OK)
        st = write(&message, out, err);
    handing->leaves += part.leaf_count;
    handing->last = ledger->origin;
    handing->last_size = lack->size;
    *any = st == ST_OK;
    return st;
}

enum status handback_next(struct handing *handing, const struct handback_answer *answer,
                          struct buf *out, bool *any, struct error *err)
{
    struct desk *desk = handing->desk;
    struct arena arena = {0};
    enum status st = ST_OK;
    *any = false;
    for (size_t i = 0; i < answer->count && st == ST_OK && !*any; i++) {
        const struct handback_lack *lack = &answer->lacks[i];
        struct ledger *ledger = replica_ledger(desk->rep, &lack->origin);
        if (!ledger || lack->size >= ledger->tree.size)
            continue;
        if (lack->size == handing->last_size && strcmp(lack->origin.text, handing->last.text) == 0)
            continue; /* it did not take them */
        st = goes_on(desk, ledger, lack) ? give(handing, ledger, lack, &arena, out, any, err)
                                         : two_histories(desk, ledger, lack, err);
    }
    arena_release(&arena);
    return st;
}
