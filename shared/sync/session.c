/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * session: when an exchange goes on, when it is done, and what the county makes of a changeset.
 *
 * Progress is what keeps it from turning in circles. A round moves something when a leaf arrived,
 * an own changeset was confirmed, or less is unsent than before. Each of these can happen only so
 * many times, and only SESSION_IDLE_MAX rounds in a row may move nothing, so every session ends.
 */
#include "shared/sync/session.h"

#include "shared/base/check.h"

/* ---- asking side ---- */

void session_init(struct session *s)
{
    *s = (struct session){.state = SESSION_READY, .first_piece = SESSION_PIECE_FIRST};
}

/* The first piece is small: a poor link shows that it works before it is given a large one. After
 * that pieces double, up to what the link carries within some seconds: where it breaks, not more
 * than that has to come again. */
static size_t sized(const struct session *s, size_t most)
{
    size_t piece = s->first_piece;
    for (unsigned i = 0; i < s->progress.rounds && piece < most; i++)
        piece *= 2;
    if (s->bytes_per_s && piece > s->bytes_per_s * SESSION_PIECE_S)
        piece = (size_t)(s->bytes_per_s * SESSION_PIECE_S);
    return piece < SESSION_PIECE_MIN ? SESSION_PIECE_MIN : piece < most ? piece : most;
}

size_t session_piece(const struct session *s)
{
    return sized(s, SESSION_PIECE_MAX);
}

size_t session_wants(const struct session *s)
{
    return sized(s, SESSION_ANSWER_MAX);
}

size_t session_piece_after_break(const struct session *s)
{
    /* The round under way has been counted already. */
    struct session before = *s;
    before.progress.rounds -= before.progress.rounds > 0;
    size_t half = session_wants(&before) / 2;
    return half < SESSION_PIECE_MIN ? SESSION_PIECE_MIN : half;
}

size_t session_piece_after_success(const struct session *s)
{
    size_t twice = 2 * s->first_piece;
    return twice < SESSION_PIECE_FIRST ? twice : SESSION_PIECE_FIRST;
}

void session_timed(struct session *s, size_t bytes, int64_t round_ms, int64_t elapsed_ms)
{
    s->progress.elapsed_ms = elapsed_ms;
    s->bytes_per_s = (s->asked_bytes + bytes) * 1000 / (uint64_t)(round_ms > 0 ? round_ms : 1) + 1;
}

int64_t session_left_s(const struct session_progress *p)
{
    const uint64_t left = p->to_send + p->to_receive, done = p->received + p->confirmed;
    if (!p->receive_known || done == 0 || p->elapsed_ms <= 0)
        return -1;
    return left ? (int64_t)((double)p->elapsed_ms * (double)left / (double)done / 1000) + 1 : 0;
}

void session_sent(struct session *s, size_t bytes, size_t changesets)
{
    CHECK(s->state == SESSION_READY);
    s->state = SESSION_WAITING;
    s->moved = false;
    s->more = s->busy = false;
    s->sent_now = changesets;
    s->progress.rounds++;
    s->progress.bytes_out += bytes;
    s->asked_bytes = bytes;
    s->progress.sent += changesets;
}

void session_answered(struct session *s, size_t bytes)
{
    CHECK(s->state == SESSION_WAITING);
    s->progress.bytes_in += bytes;
    s->progress.to_receive = 0;
    s->progress.receive_known = true;
}

static void note_rejections(struct session *s, const struct answer_ledger *answer)
{
    if (answer->rejected_count == 0)
        return;
    const struct rejection *last = &answer->rejected[answer->rejected_count - 1];
    s->progress.rejected += answer->rejected_count;
    error_set(&s->refused, ST_REFUSED, "账本 %s 的第 %llu 组改动县里没有接受：%.*s",
              answer->origin.text, (unsigned long long)last->number, (int)last->text.n,
              (const char *)last->text.p);
}

void session_applied(struct session *s, const struct answer_ledger *answer, uint64_t new_leaves,
                     uint64_t own_confirmed)
{
    s->progress.received += new_leaves;
    s->progress.confirmed += own_confirmed;
    s->moved |= new_leaves > 0 || own_confirmed > 0;
    s->more |= answer->more;
    note_rejections(s, answer);
    switch (answer->status) {
    case SYNC_OK:
        break;
    case SYNC_HISTORY:
        s->state = SESSION_FAILED;
        error_set(&s->error, ST_DAMAGED,
                  "账本 %s：县里现在的历史与本机核对过的不同，没有接着同步；请联系县里",
                  answer->origin.text);
        break;
    case SYNC_UNKNOWN: /* this ledger stands still, the others go on */
        error_set(&s->refused, ST_NOT_FOUND, "县里没有账本 %s；这里的改动仍存在本机",
                  answer->origin.text);
        break;
    case SYNC_FORBIDDEN:
        error_set(&s->refused, ST_REFUSED,
                  "县里不再允许本机读取账本 %s；本机的改动已经送去，是否计入由县里决定",
                  answer->origin.text);
        break;
    case SYNC_BUSY:
        s->busy = true;
        break;
    case SYNC_QUOTA:
        s->busy = true;
        error_set(&s->refused, ST_BUSY,
                  "账本 %s 或本机今天送到县里的数据已到县里定的上限；没送完的都在本机，不会丢，"
                  "过了今晚 12 点自动接着送",
                  answer->origin.text);
        break;
    }
}

void session_broken(struct session *s, const struct error *error)
{
    s->state = SESSION_FAILED;
    s->error = *error;
}

void session_round_end(struct session *s, uint64_t still_unsent)
{
    if (s->state != SESSION_WAITING)
        return;
    /* In the first round there is no earlier number to compare with. */
    if (s->progress.rounds > 1 && still_unsent < s->progress.to_send)
        s->moved = true;
    s->progress.to_send = still_unsent;
    s->idle = s->moved ? 0 : s->idle + 1;

    bool wants_more = s->more || still_unsent > 0;
    bool may_go_on = s->moved || (s->sent_now > 0 && s->idle < SESSION_IDLE_MAX);
    if (!wants_more) {
        s->state = SESSION_DONE;
    } else if (may_go_on && !s->busy) {
        s->state = SESSION_READY;
    } else if (s->busy) {
        s->state = SESSION_FAILED;
        error_set(&s->error, ST_BUSY, "县里的服务器正忙，请过一会儿再同步");
        if (s->refused.status == ST_BUSY)
            s->error = s->refused;
    } else if (still_unsent > 0 && s->refused.status != ST_OK) {
        s->state = SESSION_FAILED;
        s->error = s->refused;
    } else {
        s->state = SESSION_DONE; /* what is left needs something else to happen first */
    }
}

enum status session_check_leaves(struct merkle *tree, const struct leaf *leaves, size_t count,
                                 const struct checkpoint *checkpoint, bool more, struct error *err)
{
    struct merkle next = *tree;
    struct hash root;
    if (checkpoint->size < tree->size)
        return error_set(err, ST_DAMAGED,
                         "账本 %s：县里说只有 %llu 项，而本机已有县里签过字的 %llu 项",
                         checkpoint->origin.text, (unsigned long long)checkpoint->size,
                         (unsigned long long)tree->size);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && (leaves[i].admitted_ms < leaves[i - 1].admitted_ms ||
                      leaves[i].registry_size < leaves[i - 1].registry_size))
            return error_set(err, ST_DAMAGED, "账本 %s：县里给出的各项时间倒退",
                             checkpoint->origin.text);
        if (leaves[i].admitted_ms < 0)
            return error_set(err, ST_INVALID, "账本 %s：有一项的时间早于 1970 年",
                             checkpoint->origin.text);
        leaf_hash(&leaves[i], &root);
        merkle_append(&next, &root);
    }
    if (next.size > checkpoint->size || (!more && next.size < checkpoint->size))
        return error_set(err, ST_INVALID, "账本 %s：县里给出的各项与检查点的大小对不上",
                         checkpoint->origin.text);
    merkle_root(&next, &root);
    if (next.size == checkpoint->size && !hash_equal(&root, &checkpoint->root))
        return error_set(err, ST_DAMAGED, "账本 %s：县里给出的历史与以前的不同",
                         checkpoint->origin.text);
    *tree = next;
    return ST_OK;
}

/* ---- answering side ---- */

static enum admission reject(enum reject_code *code, enum reject_code why)
{
    *code = why;
    return ADMIT_REJECT;
}

/* A changeset that verified: what is left is its place in the chain and its base. */
static enum admission admit_verified(const struct admission_input *in, enum reject_code *code)
{
    const struct changeset *cs = in->header;
    if (in->number_taken)
        return hash_equal(in->id, &in->taken_id) ? ADMIT_KNOWN : reject(code, REJECT_FORK);
    if (cs->number > in->chain_next || cs->base_size > in->size)
        return reject(code, REJECT_WAIT);
    /* A base never falls behind what the author builds on; a number before the next one that is not
     * taken is none. */
    if (cs->number < in->chain_next || cs->base_size < in->author_base_floor)
        return reject(code, REJECT_FORM);
    return ADMIT;
}

enum admission session_admit(const struct admission_input *in, enum reject_code *code)
{
    *code = REJECT_FORM;
    switch (in->verdict) {
    case ST_OK:
        return admit_verified(in, code);
    case ST_WAIT:
        return reject(code, REJECT_WAIT);
    case ST_REFUSED:
        return reject(code, REJECT_SIGNATURE);
    case ST_NOT_FOUND:
        return reject(code, REJECT_AUTHOR);
    case ST_DAMAGED:
        return reject(code, REJECT_HISTORY);
    case ST_EXISTS:
        return reject(code, REJECT_FORK);
    default:
        return reject(code, REJECT_FORM);
    }
}
