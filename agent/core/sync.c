/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * sync: callbacks in the order they fire:
 *
 *   sync_start ─ on_begin (timer 0) ─ [registry ─ bootstrap ─ on_booted] ─
 *                                       send_round ─ on_answer ─┬─ send_round …
 *                                                             └─ ask_ledgers ─ on_ledgers
 *                                                                ─ ask_cosigned ─ on_cosigned
 *                                                                ─ send_reads ─ on_reads
 *                                                                ─ finish (exactly once)
 *   on_answer ─ the county is recovering, or behind ─ show ─ on_handback ─┬─ hand over …
 *                                                       it is well again ─┴─ send_round, or finish
 *
 * A dropped line ends the exchange; what was stored by then is stored, the next one goes on there.
 */
#include "agent/core/sync.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/core/at_rest.h"
#include "agent/core/bootstrap.h"
#include "agent/core/exchange.h"
#include "agent/core/handback.h"
#include "agent/core/metered.h"
#include "agent/core/quorum.h"
#include "agent/core/reads.h"
#include "agent/core/line.h"
#include "shared/base/check.h"
#include "shared/base/diag.h"
#include "shared/base/time.h"
#include "shared/db/moves.h"

#define SYNC_TIMEOUT_S 300
#define NEW_LEDGERS_MAX 4096
#define CLOCK_NOTICE_S 60
#define QUESTION_MAX 8192
#define READ_ROUNDS 32

struct sync {
    struct desk *desk;
    struct loop *loop;
    struct sync_hooks hooks;
    struct exchange exchange;
    struct http_client *client;
    struct peer peer;
    struct bootstrap *bootstrap; /* under way; NULL: none */
    struct loop_timer *begin;
    int64_t began_ms, asked_ms; /* monotonic: the exchange, its present round */
    bool asked_for_ledgers;
    struct handing handing;
    bool shown;           /* this desk's heads, to a county that is recovering or behind */
    struct error why;     /* how the exchange ends if the county is not well afterwards */
    size_t cosigned_from; /* ledgers before it have been asked about */
    unsigned read_rounds; /* batches of who has looked */
};

static void sync_free(struct sync *s)
{
    peer_cancel(&s->peer);
    bootstrap_cancel(s->bootstrap);
    http_client_close(s->client);
    exchange_release(&s->exchange);
    mem_free(s);
}

/* The registry may have brought the county's recovery key. */
static void deposit(struct sync *s)
{
    struct error err;
    if (at_rest_deposit(s->desk, &err) != ST_OK)
        diag_warn("sync", "the folder's key is not deposited: %s", err.text);
}

static void finish(struct sync *s, enum status st, const struct error *err)
{
    struct sync_hooks hooks = s->hooks;
    struct session_progress progress = s->exchange.session.progress;
    struct error copy = {0};
    if (st != ST_OK)
        copy = *err;
    deposit(s);
    metered_count(s->desk, time_now_ms(), progress.bytes_out + progress.bytes_in);
    sync_free(s);
    hooks.done(hooks.arg, st, &copy, &progress);
}

static void report(void *arg)
{
    struct sync *s = arg;
    if (s->hooks.progress)
        s->hooks.progress(s->hooks.arg, &s->exchange.session.progress, outbox_waiting(s->desk));
}

static void store_nonce(struct sync *s)
{
    struct error err;
    if (!s->peer.nonce_changed)
        return;
    s->peer.nonce_changed = false;
    if (desk_set(s->desk, "nonce", slice_str(s->peer.nonce), &err) != ST_OK)
        diag_warn("sync", "cannot store the nonce: %s", err.text);
}

/* How far this machine's clock is ahead of the county's; noted when it has moved noticeably.
 * Nothing depends on it: it is told to the owner, who can set the clock. */
static void note_clock(struct sync *s, int64_t date_s)
{
    struct error err;
    char now[24];
    int64_t ahead_s = time_now_ms() / 1000 - date_s;
    if (date_s == 0)
        return;
    int64_t before = desk_clock_ahead_s(s->desk);
    snprintf(now, sizeof(now), "%lld", (long long)ahead_s);
    if (llabs(ahead_s - before) > CLOCK_NOTICE_S &&
        desk_set(s->desk, DESK_CLOCK_AHEAD, slice_str(now), &err) != ST_OK)
        diag_warn("sync", "cannot note the clock: %s", err.text);
}

/* ---- the first piece: what the line bore before ---- */

static void note_piece(struct sync *s, size_t piece)
{
    struct error err;
    if (piece != s->exchange.session.first_piece && line_note_piece(s->desk, piece, &err) != ST_OK)
        diag_warn("sync", "cannot note the size of a piece: %s", err.text);
}

static void send_round(struct sync *s);
static void ask_ledgers(struct sync *s);
static void ask_cosigned(struct sync *s);

/* ---- a county that has been put back ---- */

static void on_handback(void *arg, const struct http_result *result);

static void post_handback(struct sync *s, const struct buf *message)
{
    struct error err;
    if (peer_start(&s->peer, "POST", "/v1/recover", buf_slice(message), SYNC_TIMEOUT_S, on_handback,
                   s, &err) != ST_OK)
        finish(s, s->why.status, &s->why);
}

/* Shows the county what it had signed, once in an exchange; then ends as it would have ended. */
static void show_heads(struct sync *s, enum status st, const struct error *why)
{
    struct buf message;
    struct error err;
    s->why = *why;
    s->why.status = st;
    if (s->shown || desk_refresh(s->desk, &err) != ST_OK) {
        finish(s, st, why);
        return;
    }
    s->shown = true;
    s->handing = (struct handing){.desk = s->desk};
    buf_init(&message, MESSAGE_MAX);
    if (handback_heads(&s->handing, &message, &err) == ST_OK)
        post_handback(s, &message);
    else
        finish(s, st, why);
    buf_release(&message);
}

static void say_recovering(struct sync *s)
{
    char handed[96] = "";
    if (s->handing.leaves)
        snprintf(handed, sizeof(handed), "。本机已把县里缺的 %llu 项交还",
                 (unsigned long long)s->handing.leaves);
    error_set(&s->why, ST_UNREACHABLE,
              "县里的服务器正在恢复数据，暂时不收改动；本机的改动都在，不会丢，恢复后自动送出%s",
              handed);
}

/* The county has all that was here. */
static void handed_back(struct sync *s, bool recovering)
{
    if (s->handing.leaves)
        diag_info("sync", "%llu leaves handed back to the county",
                  (unsigned long long)s->handing.leaves);
    if (s->why.status == ST_DAMAGED) {
        finish(s, ST_DAMAGED, &s->why);
    } else if (recovering) {
        say_recovering(s);
        finish(s, s->why.status, &s->why);
    } else {
        exchange_release(&s->exchange);
        exchange_init(&s->exchange, s->desk);
        send_round(s);
    }
}

static void on_handback(void *arg, const struct http_result *result)
{
    struct sync *s = arg;
    struct handback_answer answer;
    struct arena arena = {0};
    struct buf message;
    struct error err;
    bool any = false;
    store_nonce(s);
    buf_init(&message, MESSAGE_MAX);
    enum status st = result->status;
    if (st == ST_OK)
        st = handback_answer_read(result->body, &arena, &answer, &err);
    if (st == ST_OK)
        st = handback_next(&s->handing, &answer, &message, &any, &err);
    if (st == ST_OK && any)
        post_handback(s, &message);
    else if (st == ST_OK)
        handed_back(s, answer.recovering);
    else if (st == ST_DAMAGED && s->why.status != ST_DAMAGED && result->status == ST_OK)
        finish(s, st, &err);
    else
        finish(s, s->why.status, &s->why);
    buf_release(&message);
    arena_release(&arena);
}

/* ---- what a desk begins with ---- */

static void on_booting(void *arg, uint64_t got, uint64_t total)
{
    struct sync *s = arg;
    struct session_progress *p = &s->exchange.session.progress;
    p->bytes_in += got > p->first_got ? got - p->first_got : 0;
    p->first_got = got;
    p->first_total = total;
    p->elapsed_ms = time_monotonic_ms() - s->began_ms;
    report(s);
}

static void on_booted(void *arg, enum status st, const struct error *err)
{
    struct sync *s = arg;
    s->bootstrap = NULL;
    s->exchange.session.progress.first_total = 0;
    if (st != ST_OK) {
        finish(s, st, err);
        return;
    }
    s->exchange.registry_only = false;
    s->exchange.session.state = SESSION_READY;
    send_round(s);
}

static void boot(struct sync *s)
{
    const struct bootstrap_hooks hooks = {on_booting, on_booted, s};
    struct error err;
    if (bootstrap_want(s->desk, &err) != ST_OK)
        finish(s, err.status, &err);
    else
        bootstrap_start(s->desk, &s->peer, &hooks, &s->bootstrap);
}

/* ---- answers ---- */

static void on_answer(void *arg, const struct http_result *result)
{
    struct sync *s = arg;
    struct error err, *why = &s->exchange.session.error;
    enum status st = result->status;
    store_nonce(s);
    note_clock(s, result->date_s);
    s->exchange.session.progress.retry_after_s = result->retry_after_s;
    if (st == ST_UNREACHABLE && result->connected &&
        result->code / 100 <= 2) { /* no answer, or half of one */
        size_t piece = session_piece_after_break(&s->exchange.session);
        note_piece(s, piece < SESSION_PIECE_FIRST ? piece : SESSION_PIECE_FIRST);
    }
    if (st != ST_OK) {
        /* A county that was put back may not know this device any more. */
        if ((result->code == 503 && peer_error_is(result, "recovering")) ||
            (result->code == 403 && peer_error_is(result, "unknown_device")))
            show_heads(s, st, &result->error);
        else
            finish(s, st, &result->error);
        return;
    }
    const int64_t now_ms = time_monotonic_ms();
    session_timed(&s->exchange.session, result->body.n, now_ms - s->asked_ms, now_ms - s->began_ms);
    st = exchange_answer(&s->exchange, result->body, report, s, &err);
    if (st == ST_WAIT || st == ST_DAMAGED) {
        show_heads(s, st == ST_WAIT ? ST_UNREACHABLE : st, &err);
        return;
    }
    if (st != ST_OK) {
        finish(s, st, &err);
        return;
    }
    switch (s->exchange.session.state) {
    case SESSION_READY:
        send_round(s);
        break;
    case SESSION_DONE:
        note_piece(s, session_piece_after_success(&s->exchange.session));
        if (s->exchange.registry_only)
            boot(s);
        else
            ask_ledgers(s);
        break;
    default:
        error_wrap(why, why->status, "同步没有全部完成");
        finish(s, why->status, why);
    }
}

/* ---- ledgers that have become readable ---- */

static bool registry_grew(struct sync *s, char now[static 24])
{
    struct buf value;
    buf_init(&value, 64);
    snprintf(now, 24, "%llu", (unsigned long long)s->desk->rep->registry.size);
    bool same = desk_setting(s->desk, "ledgers_at", &value) &&
                slice_equal(buf_slice(&value), slice_str(now));
    buf_release(&value);
    return !same;
}

static enum status add_ledgers(struct sync *s, struct slice body, size_t *added, struct error *err)
{
    struct cbor_reader r;
    char now[24];
    cbor_reader_init(&r, body, "ledger list");
    cbor_expect_array(&r, 2);
    cbor_read_uint_max(&r, 1);
    size_t n = cbor_read_array(&r, NEW_LEDGERS_MAX);
    enum status st = desk_begin(s->desk, err);
    if (st != ST_OK)
        return st;
    for (size_t i = 0; st == ST_OK && i < n && cbor_ok(&r); i++) {
        struct origin origin;
        struct ledger *ledger;
        if (!origin_parse(cbor_read_text(&r, ORIGIN_MAX), &origin)) {
            cbor_fail(&r, "not an origin");
        } else if (!replica_ledger(s->desk->rep, &origin)) {
            st = replica_ledger_add(s->desk->rep, &origin, &ledger, err);
            ++*added;
        }
    }
    if (st == ST_OK)
        st = cbor_end(&r, err);
    if (st == ST_OK)
        st = moves_follow(s->desk->rep, err);
    (void)registry_grew(s, now);
    if (st == ST_OK)
        st = desk_set(s->desk, "ledgers_at", slice_str(now), err);
    if (st == ST_OK)
        return desk_commit(s->desk, err);
    desk_rollback(s->desk);
    return st;
}

static void on_ledgers(void *arg, const struct http_result *result)
{
    struct sync *s = arg;
    struct error err;
    size_t added = 0;
    store_nonce(s);
    if (result->status != ST_OK)
        diag_info("sync", "the county gave no list of ledgers (%ld)", result->code);
    else if (add_ledgers(s, result->body, &added, &err) != ST_OK)
        diag_warn("sync", "list of ledgers: %s", err.text);
    if (added > 0) {
        boot(s);
    } else {
        ask_cosigned(s);
    }
}

static void ask_ledgers(struct sync *s)
{
    char now[24];
    struct error err;
    if (s->asked_for_ledgers || !registry_grew(s, now)) {
        ask_cosigned(s);
        return;
    }
    s->asked_for_ledgers = true;
    if (peer_start(&s->peer, "GET", "/v1/ledgers", SLICE_NONE, SYNC_TIMEOUT_S, on_ledgers, s,
                   &err) != ST_OK)
        finish(s, err.status, &err);
}

/* ---- what witnesses have signed ---- */

static void send_reads(struct sync *s);

/* What the county does not take now is sent with the next exchange. */
static void on_reads(void *arg, const struct http_result *result)
{
    struct sync *s = arg;
    struct error err = {0};
    bool again = false;
    store_nonce(s);
    if (result->status != ST_OK)
        diag_info("sync", "the county did not take who has looked (%ld)", result->code);
    else if (reads_take(s->desk, result->body, &again, &err) != ST_OK)
        diag_warn("sync", "who has looked: %s", err.text);
    if (again && ++s->read_rounds < READ_ROUNDS)
        send_reads(s);
    else
        finish(s, ST_OK, &err);
}

static void send_reads(struct sync *s)
{
    struct buf body;
    struct error err = {0};
    buf_init(&body, READS_BODY_MAX);
    bool any = reads_next(s->desk, &body);
    enum status st = ST_OK;
    if (any)
        st = peer_start(&s->peer, "POST", "/v1/reads", buf_slice(&body), SYNC_TIMEOUT_S, on_reads,
                        s, &err);
    buf_release(&body);
    if (!any || st != ST_OK)
        finish(s, st, &err);
}

static void on_cosigned(void *arg, const struct http_result *result)
{
    struct sync *s = arg;
    struct error err;
    enum status st = ST_OK;
    store_nonce(s);
    if (result->status != ST_OK)
        diag_info("sync", "the county did not say what is cosigned (%ld)", result->code);
    else
        st = quorum_take(s->desk, result->body, &err);
    if (st != ST_OK && st != ST_DAMAGED) { /* the exchange itself is done */
        diag_warn("sync", "cosigned checkpoints: %s", err.text);
        st = ST_OK;
    }
    if (st == ST_OK && result->status == ST_OK)
        ask_cosigned(s); /* of the ledgers that the question had no room for */
    else if (st == ST_OK)
        send_reads(s);
    else
        finish(s, st, &err);
}

static void ask_cosigned(struct sync *s)
{
    struct buf question;
    struct error err;
    buf_init(&question, QUESTION_MAX);
    enum status st = ST_OK;
    bool asks = quorum_question(s->desk, &s->cosigned_from, &question);
    if (asks)
        st = peer_start(&s->peer, "GET", buf_cstr(&question), SLICE_NONE, SYNC_TIMEOUT_S,
                        on_cosigned, s, &err);
    buf_release(&question);
    if (st != ST_OK)
        finish(s, st, &err);
    else if (!asks)
        send_reads(s);
}

/* ---- requests ---- */

static void send_round(struct sync *s)
{
    struct buf request;
    struct error err;
    buf_init(&request, MESSAGE_MAX);
    enum status st = exchange_request(&s->exchange, &request, &err);
    s->asked_ms = time_monotonic_ms();
    if (st == ST_OK)
        st = peer_start(&s->peer, "POST", "/v1/sync", buf_slice(&request), SYNC_TIMEOUT_S,
                        on_answer, s, &err);
    if (st == ST_OK)
        report(s);
    buf_release(&request);
    if (st != ST_OK)
        finish(s, st, &err);
}

static void on_begin(void *arg)
{
    struct sync *s = arg;
    s->begin = NULL;
    s->began_ms = time_monotonic_ms();
    s->exchange.session.first_piece = line_piece(s->desk);
    s->exchange.registry_only = bootstrap_wanted(s->desk);
    send_round(s);
}

/* ---- life ---- */

enum status sync_start(struct desk *desk, struct loop *loop, const struct sync_hooks *hooks,
                       struct sync **out, struct error *err)
{
    *out = NULL;
    if (!desk->url[0] || !desk->device)
        return error_set(err, ST_REFUSED, "本机没有县里的服务器地址：请先用邀请码加入");
    struct sync *s = mem_zero_alloc(1, sizeof(*s));
    s->desk = desk;
    s->loop = loop;
    s->hooks = *hooks;
    exchange_init(&s->exchange, desk);
    enum status st = http_client_open(loop_uv(loop), &s->client, err);
    if (st != ST_OK) {
        mem_free(s);
        return st;
    }
    line_to_county(desk, s->client, &s->peer);
    s->begin = loop_timer_start(loop, 0, 0, on_begin, s);
    *out = s;
    return ST_OK;
}

void sync_cancel(struct sync *s)
{
    if (!s)
        return;
    loop_timer_stop(s->begin);
    sync_free(s);
}

/* ---- one exchange on a loop of its own ---- */

struct sync_once {
    struct loop *loop;
    struct sync *sync; /* NULL: over */
    enum status st;
    struct error error;
    struct session_progress progress;
    void (*report)(void *arg, const struct session_progress *progress, uint64_t left);
    void *arg;
};

static void once_progress(void *arg, const struct session_progress *progress, uint64_t left)
{
    struct sync_once *once = arg;
    once->progress = *progress;
    if (once->report)
        once->report(once->arg, progress, left);
}

static void once_done(void *arg, enum status st, const struct error *err,
                      const struct session_progress *progress)
{
    struct sync_once *once = arg;
    once->sync = NULL;
    once->st = st;
    once->error = *err;
    once->progress = *progress;
    loop_stop(once->loop);
}

enum status sync_run(struct desk *desk,
                     void (*progress)(void *arg, const struct session_progress *progress,
                                      uint64_t left),
                     void *arg, struct session_progress *out, struct error *err)
{
    struct sync_once once = {.report = progress, .arg = arg};
    struct sync_hooks hooks = {.progress = once_progress, .done = once_done, .arg = &once};
    enum status st = loop_open(&once.loop, err);
    if (st == ST_OK)
        st = sync_start(desk, once.loop, &hooks, &once.sync, err);
    if (st == ST_OK) {
        loop_run(once.loop);
        st = once.st;
        if (once.sync) {
            sync_cancel(once.sync);
            st = error_set(err, ST_UNREACHABLE, "同步被中断；已收到的都已存好，下次接着同步");
        } else if (st != ST_OK && err) {
            *err = once.error;
        }
    }
    loop_close(once.loop);
    *out = once.progress;
    return st;
}
