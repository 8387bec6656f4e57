/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * backfill: callbacks in the order they fire:
 *
 *   on_begin ─ ask ─ on_answer ─┬─ ask …
 *                               └─ settle ─ finish (exactly once)
 */
#include "agent/core/backfill.h"

#include <stdlib.h>

#include "agent/core/breaches.h"
#include "agent/core/evidence.h"
#include "agent/core/line.h"
#include "agent/core/metered.h"
#include "agent/core/save.h"
#include "shared/base/check.h"
#include "shared/base/diag.h"
#include "shared/base/time.h"
#include "shared/codec/compress.h"
#include "shared/db/erasure.h"
#include "shared/db/snapshot.h"
#include "shared/ledger/snapshot_note.h"
#include "shared/sync/message.h"

#define TIMEOUT_S 300
#define WANTS_FIRST ((uint64_t)32 * 1024)
#define WANTS_MIN ((uint64_t)4 * 1024)
#define WANTS_MAX ((uint64_t)256 * 1024)
#define QUICK_MS 3000
#define SLOW_MS 10000

struct backfill {
    struct desk *desk;
    struct loop *loop;
    struct backfill_hooks hooks;
    struct http_client *client;
    struct peer peer;
    struct loop_timer *begin;
    struct backfill_progress progress;
    struct origin asked;
    uint64_t wants;
    int64_t began_ms, asked_ms;
    bool unlike; /* a leaf of this answer does not go with what the snapshot says of it */
};

int64_t backfill_left_s(const struct backfill_progress *p)
{
    if (p->came == 0 || p->elapsed_ms <= 0)
        return -1;
    return (int64_t)((double)p->elapsed_ms * (double)(p->of - p->have) / (double)p->came / 1000) +
           1;
}

bool backfill_waits(struct desk *desk)
{
    return snapshot_is_open(desk->rep);
}

static void count(struct backfill *f)
{
    const struct replica *rep = f->desk->rep;
    f->progress.have = f->progress.of = 0;
    for (size_t i = 0; i < rep->ledger_count; i++) {
        f->progress.have += rep->ledgers[i]->filled;
        f->progress.of += rep->ledgers[i]->behind;
    }
}

static void backfill_free(struct backfill *f)
{
    loop_timer_stop(f->begin);
    peer_cancel(&f->peer);
    http_client_close(f->client);
    mem_free(f);
}

static void finish(struct backfill *f, enum status st, const struct error *err)
{
    const struct backfill_hooks hooks = f->hooks;
    const struct backfill_progress progress = f->progress;
    struct error copy = {0};
    if (st != ST_OK)
        copy = *err;
    metered_count(f->desk, time_now_ms(), progress.bytes_in + progress.bytes_out);
    backfill_free(f);
    hooks.done(hooks.arg, st, &copy, &progress);
}

/* ---- all of it is here ---- */

struct signed_claim {
    struct snapshot_note note;
    struct slice text, checkpoint;
};

/* What was signed for the records of this ledger; false: nothing. */
static bool read_claim(struct desk *desk, struct ledger *ledger, struct arena *arena,
                       struct signed_claim *out)
{
    const struct registry *reg = &desk->rep->registry;
    struct stmt *stmt = db_stmt(desk->db, "SELECT note, checkpoint FROM _snapshot"
                                          " WHERE ledger = ?1 AND taken = 1");
    struct origin name;
    bool row = false;
    *out = (struct signed_claim){0};
    replica_signed_name(ledger, &name);
    bind_int(stmt, 1, ledger->no);
    if (stmt_step(stmt, &row, NULL) == ST_OK && row) {
        const struct slice text = stmt_text(stmt, 0), checkpoint = stmt_text(stmt, 1);
        out->text = slice_of(arena_copy(arena, text.p, text.n), text.n);
        out->checkpoint = slice_of(arena_copy(arena, checkpoint.p, checkpoint.n), checkpoint.n);
    }
    stmt_reset(stmt);
    for (size_t i = reg->log_key_count; row && i > 0; i--) /* taken when that one was in force */
        if (snapshot_note_open(out->text, &name, &reg->log_keys[i - 1].pk, &out->note, NULL) ==
            ST_OK)
            return true;
    return false;
}

/* Keeps what the county signed for records that were not so; *why says where. */
static void accuse(struct desk *desk, struct ledger *ledger, const struct signed_claim *claim,
                   const struct hash *comes_to, const char *what, struct error *why)
{
    char *path = NULL;
    evidence_snapshot_write(desk, ledger, claim->text, claim->checkpoint, comes_to, &path);
    diag_error("backfill", "%s: %s", ledger->origin.text, what);
    if (path)
        error_set(why, ST_DAMAGED,
                  "账本 %s：县里签过的快照与后来送到的历史不符，资料已按历史重算。"
                  "证据写入 %s，请保存好并报告上级",
                  ledger->origin.text, path);
    else
        error_set(why, ST_DAMAGED, "账本 %s：县里签过的快照与后来送到的历史不符，资料已按历史重算",
                  ledger->origin.text);
    mem_free(path);
}

static enum status compare_all(struct backfill *f, struct error *why, struct error *err)
{
    struct replica *rep = f->desk->rep;
    enum status st = ST_OK;
    for (size_t i = 0; i < rep->ledger_count && st == ST_OK; i++) {
        struct ledger *ledger = rep->ledgers[i];
        struct arena arena = {0};
        struct signed_claim claim;
        struct hash comes_to;
        if (ledger->behind && read_claim(f->desk, ledger, &arena, &claim)) {
            st = snapshot_recompute(rep, f->desk->file, ledger, claim.note.size,
                                    claim.note.registry_size, &comes_to, err);
            if (st == ST_OK && !hash_equal(&comes_to, &claim.note.digest))
                accuse(f->desk, ledger, &claim, &comes_to, "the snapshot was not so", why);
        }
        arena_release(&arena);
    }
    return st;
}

/* What came without its content must have been ordered erased. */
static enum status check_erased(struct desk *desk, struct error *err)
{
    enum status st = ST_OK;
    for (size_t i = 0; i < desk->rep->ledger_count && st == ST_OK; i++) {
        struct ledger *ledger = desk->rep->ledgers[i];
        bool found = false;
        uint64_t leaf;
        uint32_t position;
        st = erasure_unexplained(desk->db, ledger->no, &found, &leaf, &position, err);
        if (st == ST_OK && found && replica_covered(desk->rep, ledger) <= ledger->tree.size)
            st = error_set(err, ST_DAMAGED,
                           "%s：县里给出的第 %llu 项缺了第 %u 条改动的内容，却没有抹除它的命令",
                           ledger->origin.text, (unsigned long long)leaf, position + 1);
    }
    return st;
}

/* settle or give_up, in a transaction of its own. */
static enum status make_anew(struct desk *desk, bool whole, struct error *err)
{
    enum status st = desk_begin(desk, err);
    if (st != ST_OK)
        return st;
    st = save_close_all(desk, NULL, err);
    if (st == ST_OK)
        st = whole ? snapshot_settle(desk->rep, err) : snapshot_give_up(desk->rep, err);
    if (st == ST_OK)
        st = db_exec(desk->db, "DELETE FROM _snapshot", err);
    if (st == ST_OK)
        st = desk_commit(desk, err);
    else
        desk_rollback(desk);
    save_forget(desk);
    return st;
}

static void settle(struct backfill *f)
{
    struct error why = {0}, err = {0};
    enum status st = desk_refresh(f->desk, &err);
    if (st == ST_OK)
        st = compare_all(f, &why, &err);
    if (st == ST_OK)
        st = make_anew(f->desk, true, &err);
    if (st == ST_OK)
        st = check_erased(f->desk, &err);
    if (st == ST_OK) {
        f->progress.settled = true;
        breaches_prove(f->desk);
    }
    if (st == ST_OK && why.status != ST_OK) {
        st = why.status;
        err = why;
    }
    finish(f, st, &err);
}

/* ---- answers ---- */

static void ask(struct backfill *f);

static enum status take_leaf(struct backfill *f, struct ledger *ledger,
                             const struct answer_leaf *answer, struct arena *arena,
                             struct error *err)
{
    struct segment_known known;
    struct segment segment;
    const struct leaf leaf = {.admitted_ms = answer->admitted_ms,
                              .registry_size = answer->registry_size};
    const uint64_t index = ledger->filled;
    if (!answer->has_segment)
        return error_set(err, ST_INVALID, "%s: a leaf came without its content",
                         ledger->origin.text);
    replica_known(f->desk->rep, ledger, &known);
    enum status st = segment_read(answer->segment, &ledger->origin, &known, arena, &segment, err);
    f->unlike = st != ST_OK;
    if (st != ST_OK)
        return error_wrap(err, ST_INVALID, "%s：第 %llu 项没有通过验证", ledger->origin.text,
                          (unsigned long long)index);
    struct leaf whole = leaf;
    whole.id = segment.id;
    st = replica_fill(f->desk->rep, ledger, &segment, segment.columns, err);
    f->unlike = st == ST_REFUSED || st == ST_DAMAGED;
    if (st == ST_OK)
        st = breaches_look(f->desk, ledger, index, &whole, &segment.header, err);
    return st;
}

static enum status take(struct backfill *f, const struct answer_ledger *answer, struct error *err)
{
    struct arena arena = {0};
    enum status st = desk_begin(f->desk, err);
    if (st != ST_OK)
        return st;
    struct ledger *ledger = replica_ledger(f->desk->rep, &f->asked);
    for (size_t i = 0; ledger && i < answer->leaf_count && st == ST_OK; i++) {
        if (ledger->filled >= ledger->behind)
            break;
        st = take_leaf(f, ledger, &answer->leaves[i], &arena, err);
        arena_reset(&arena);
        f->progress.came += st == ST_OK;
    }
    arena_release(&arena);
    if (st == ST_OK)
        return desk_commit(f->desk, err);
    desk_rollback(f->desk);
    return st;
}

/* What the snapshot says of a leaf, and the leaf that came: one of them is wrong. From here on the
 * history comes by ordinary exchange, which asks nothing of the snapshot. Where the leaf is
 * verified and is the one that the county has signed, it is the snapshot. */
static void reject(struct backfill *f, enum status st, struct error *said)
{
    struct arena arena = {0};
    struct signed_claim claim;
    struct error err = {0};
    enum status done = desk_refresh(f->desk, &err);
    struct ledger *ledger = done == ST_OK ? replica_ledger(f->desk->rep, &f->asked) : NULL;
    diag_warn("backfill", "%s", said->text);
    if (ledger && st == ST_REFUSED && read_claim(f->desk, ledger, &arena, &claim))
        accuse(f->desk, ledger, &claim, NULL, "the snapshot names its leaves wrong", said);
    arena_release(&arena);
    if (done == ST_OK)
        done = make_anew(f->desk, false, &err);
    if (done != ST_OK)
        finish(f, done, &err);
    else
        finish(f, st == ST_REFUSED ? ST_DAMAGED : ST_OK, said);
}

static const struct answer_ledger *find(const struct sync_answer *answer,
                                        const struct origin *origin)
{
    for (size_t i = 0; i < answer->ledger_count; i++)
        if (strcmp(answer->ledgers[i].origin.text, origin->text) == 0)
            return &answer->ledgers[i];
    return NULL;
}

static void on_answer(void *arg, const struct http_result *result)
{
    struct backfill *f = arg;
    struct arena arena = {0};
    struct sync_answer answer;
    struct error err = {0};
    const uint64_t came = f->progress.came;
    enum status st = result->status;
    const int64_t now_ms = time_monotonic_ms(), took_ms = now_ms - f->asked_ms;
    if (f->peer.nonce_changed &&
        desk_set(f->desk, "nonce", slice_str(f->peer.nonce), &err) != ST_OK)
        diag_warn("backfill", "%s", err.text);
    f->peer.nonce_changed = false;
    f->progress.bytes_in += result->body.n;
    f->progress.elapsed_ms = now_ms - f->began_ms;
    if (st != ST_OK)
        err = result->error;
    else
        st = sync_answer_read(result->body, &arena, &answer, &err);
    const struct answer_ledger *ledger = st == ST_OK ? find(&answer, &f->asked) : NULL;
    if (st == ST_OK && (!ledger || ledger->status != SYNC_OK))
        st = error_set(&err, ST_REFUSED, "县里没有给出账本 %s 的历史", f->asked.text);
    if (st == ST_OK)
        st = take(f, ledger, &err);
    arena_release(&arena);
    if (st != ST_OK && f->unlike) {
        reject(f, st, &err);
    } else if (st != ST_OK) {
        finish(f, st, &err);
    } else if (f->progress.came == came) {
        error_set(&err, ST_REFUSED, "县里没有给出账本 %s 的历史", f->asked.text);
        finish(f, ST_REFUSED, &err);
    } else {
        if (took_ms < QUICK_MS && f->wants < WANTS_MAX)
            f->wants *= 2;
        else if (took_ms > SLOW_MS && f->wants > WANTS_MIN)
            f->wants /= 2;
        count(f);
        if (f->hooks.progress)
            f->hooks.progress(f->hooks.arg, &f->progress);
        ask(f);
    }
}

static struct ledger *lacking(const struct replica *rep)
{
    for (size_t i = 0; i < rep->ledger_count; i++)
        if (rep->ledgers[i]->filled < rep->ledgers[i]->behind)
            return rep->ledgers[i];
    return NULL;
}

static void put_cursor(struct replica *rep, struct ledger *ledger, uint64_t size,
                       struct request_ledger *out)
{
    struct hash root;
    *out = (struct request_ledger){.origin = ledger->origin, .size = size};
    CHECK(replica_root_at(rep, ledger, size, &root));
    memcpy(out->root8, root.b, sizeof(out->root8));
}

static void ask(struct backfill *f)
{
    struct request_ledger ledgers[2];
    const struct sync_request request = {.ledger_count = 2, .ledgers = ledgers, .wants = f->wants};
    struct buf body;
    struct error err = {0};
    enum status st = desk_refresh(f->desk, &err);
    struct replica *rep = f->desk->rep;
    struct ledger *ledger = st == ST_OK ? lacking(rep) : NULL;
    if (st != ST_OK) {
        finish(f, st, &err);
        return;
    }
    if (!ledger && snapshot_is_open(rep)) {
        settle(f);
        return;
    }
    if (!ledger || (f->hooks.limit_ms && f->progress.elapsed_ms > f->hooks.limit_ms)) {
        finish(f, ST_OK, &err);
        return;
    }
    f->asked = ledger->origin;
    put_cursor(rep, rep->registry_ledger, rep->registry_ledger->tree.size, &ledgers[0]);
    put_cursor(rep, ledger, ledger->filled, &ledgers[1]);
    buf_init(&body, 64 * 1024);
    sync_request_write(&request, COMPRESS_LEVEL, &body);
    f->progress.bytes_out += body.n;
    f->asked_ms = time_monotonic_ms();
    st = peer_start(&f->peer, "POST", "/v1/sync", buf_slice(&body), TIMEOUT_S, on_answer, f, &err);
    buf_release(&body);
    if (st != ST_OK)
        finish(f, st, &err);
}

static void on_begin(void *arg)
{
    struct backfill *f = arg;
    f->begin = NULL;
    f->began_ms = time_monotonic_ms();
    count(f);
    ask(f);
}

enum status backfill_start(struct desk *desk, struct loop *loop, const struct backfill_hooks *hooks,
                           struct backfill **out, struct error *err)
{
    *out = NULL;
    if (!desk->url[0] || !desk->device)
        return error_set(err, ST_REFUSED, "本机没有县里的服务器地址：请先用邀请码加入");
    struct backfill *f = mem_zero_alloc(1, sizeof(*f));
    f->desk = desk;
    f->loop = loop;
    f->hooks = *hooks;
    f->wants = WANTS_FIRST;
    enum status st = http_client_open(loop_uv(loop), &f->client, err);
    if (st != ST_OK) {
        mem_free(f);
        return st;
    }
    line_to_county(desk, f->client, &f->peer);
    f->begin = loop_timer_start(loop, 0, 0, on_begin, f);
    *out = f;
    return ST_OK;
}

void backfill_cancel(struct backfill *f)
{
    if (f)
        backfill_free(f);
}

/* ---- on a loop of its own ---- */

struct once {
    struct loop *loop;
    struct backfill *backfill; /* NULL: over */
    const struct backfill_hooks *hooks;
    struct backfill_progress progress;
    enum status st;
    struct error error;
};

static void once_progress(void *arg, const struct backfill_progress *progress)
{
    struct once *once = arg;
    once->progress = *progress;
    if (once->hooks->progress)
        once->hooks->progress(once->hooks->arg, progress);
}

static void once_done(void *arg, enum status st, const struct error *err,
                      const struct backfill_progress *progress)
{
    struct once *once = arg;
    once->backfill = NULL;
    once->progress = *progress;
    once->st = st;
    once->error = *err;
    loop_stop(once->loop);
}

enum status backfill_run(struct desk *desk, const struct backfill_hooks *hooks,
                         struct backfill_progress *out, struct error *err)
{
    struct once once = {.hooks = hooks};
    const struct backfill_hooks own = {once_progress, once_done, &once, hooks->limit_ms};
    enum status st = loop_open(&once.loop, err);
    if (st == ST_OK)
        st = backfill_start(desk, once.loop, &own, &once.backfill, err);
    if (st == ST_OK) {
        loop_run(once.loop);
        st = once.st;
        if (once.backfill) {
            backfill_cancel(once.backfill);
            st = error_set(err, ST_UNREACHABLE, "补历史被中断；已收到的都已存好，下次接着补");
        } else if (st != ST_OK) {
            *err = once.error;
        }
    }
    loop_close(once.loop);
    *out = once.progress;
    return st;
}
