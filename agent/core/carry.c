/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * carry: callbacks in the order they fire:
 *
 *   next ─┬─ up:   announce ─ on_offset ─┬─ send_piece ─ on_sent ─ … ─ next
 *         │                              └─ (all of it is there) ─ next
 *         └─ down: ask_piece ─ on_piece ─ … ─ next
 *   any of them ─ the line broke ─ again (timer) ─ announce or ask_piece
 *
 * After a break the county is asked how much it has (HEAD): it keeps what came of a piece that
 * broke off, so nothing of that is sent again. A break after which more is there than before does
 * not count; RETRIES in a row that moved nothing end the carrying until the next exchange.
 */
#include "agent/core/carry.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/core/attach.h"
#include "agent/core/carry_due.h"
#include "agent/core/metered.h"
#include "agent/core/line.h"
#include "shared/base/check.h"
#include "shared/base/diag.h"
#include "shared/base/time.h"
#include "shared/codec/hex.h"
#include "shared/net/tus.h"

#define PIECE_UP ((size_t)4 * 1024 * 1024)
#define PIECE_DOWN ((uint64_t)1024 * 1024)
#define JOBS_MAX 4096
#define TIMEOUT_S                                                                  \
    3600 /* of a piece: a line that stands still is noticed sooner (http_client.c) \
          */
#define RETRIES 4
#define AGAIN_MS 200
#define DAMAGED_MAX 2

struct carry {
    struct desk *desk;
    struct loop *loop;
    struct carry_hooks hooks;
    struct http_client *client;
    struct peer peer;
    struct loop_timer *timer;
    struct carry_due *jobs;
    size_t job_count, at;
    struct stored_attachment a; /* of the job under way */
    uint64_t there;             /* up: how much the county has */
    bool announced;             /* the county knows that it comes: ask by HEAD */
    unsigned failures, damaged;
    struct carry_progress progress;
    uint64_t counted; /* bytes told to metered.h */
};

bool carry_waits(struct desk *desk)
{
    return carry_due_any(desk);
}

/* ---- life ---- */

static void carry_free(struct carry *c)
{
    loop_timer_stop(c->timer);
    peer_cancel(&c->peer);
    http_client_close(c->client);
    mem_free(c->jobs);
    mem_free(c);
}

static void count_bytes(struct carry *c)
{
    const uint64_t all = c->progress.bytes_up + c->progress.bytes_down;
    metered_count(c->desk, time_now_ms(), all - c->counted);
    c->counted = all;
}

static void finish(struct carry *c, enum status st, const struct error *err)
{
    const struct carry_hooks hooks = c->hooks;
    struct carry_progress progress = c->progress;
    struct error copy = {0}, tidying;
    size_t dropped = 0;
    if (st != ST_OK)
        copy = *err;
    if (attach_tidy(c->desk, time_now_ms(), ATTACH_FRESH_MS, &dropped, &tidying) != ST_OK)
        diag_warn("carry", "%s", tidying.text);
    count_bytes(c);
    carry_free(c);
    hooks.done(hooks.arg, st, &copy, &progress);
}

static void report(struct carry *c)
{
    c->progress.left = c->job_count - c->at;
    if (c->hooks.progress)
        c->hooks.progress(c->hooks.arg, &c->progress);
}

static void store_nonce(struct carry *c)
{
    struct error err;
    if (!c->peer.nonce_changed)
        return;
    c->peer.nonce_changed = false;
    if (desk_set(c->desk, "nonce", slice_str(c->peer.nonce), &err) != ST_OK)
        diag_warn("carry", "cannot store the nonce: %s", err.text);
}

/* ---- one content after another ---- */

static void begin_job(struct carry *c);
static void announce(struct carry *c);
static void ask_piece(struct carry *c);
static void send_piece(struct carry *c);

static void next_job(struct carry *c, bool done)
{
    const struct carry_due *job = &c->jobs[c->at++];
    if (!done)
        c->progress.stuck++;
    else if (job->up)
        c->progress.up++;
    else
        c->progress.down++;
    begin_job(c);
}

static void on_again(void *arg)
{
    struct carry *c = arg;
    c->timer = NULL;
    if (c->jobs[c->at].up)
        announce(c);
    else
        ask_piece(c);
}

/* moved: something came through before it broke. */
static void broke(struct carry *c, bool moved, const struct error *err)
{
    c->progress.cuts++;
    c->failures = moved ? 0 : c->failures + 1;
    if (c->failures > RETRIES)
        finish(c, ST_UNREACHABLE, err);
    else
        c->timer = loop_timer_start(c->loop, (uint64_t)AGAIN_MS << c->failures, 0, on_again, c);
}

/* Not now, and not because of the line: the others go on. */
static void give_up(struct carry *c, const struct http_result *result)
{
    diag_info("carry", "an attachment stays where it is (%ld): %s", result->code,
              result->error.text);
    next_job(c, false);
}

static void put_path(const struct carry *c, struct buf *out)
{
    const struct carry_due *job = &c->jobs[c->at];
    const struct ledger *ledger = replica_ledger_by_no(c->desk->rep, job->ledger);
    char hex[2 * HASH_SIZE + 1];
    hex_encode(hash_slice(&job->hash), hex);
    buf_printf(out, "/v1/blobs/%s?ledger=", hex);
    for (const char *p = ledger ? ledger->origin.text : ""; *p; p++)
        if (*p == '/' || *p == ':')
            buf_printf(out, "%%%02X", (unsigned)*p);
        else
            buf_put_u8(out, (uint8_t)*p);
}

static void ask(struct carry *c, const char *method, const char *path, struct slice body,
                const struct peer_extra *extra, peer_done *done)
{
    struct error err;
    enum status st = peer_start_with(&c->peer, method, path, body, extra, TIMEOUT_S, done, c, &err);
    if (st != ST_OK)
        finish(c, st, &err);
}

static bool has_room(const struct carry *c, const struct carry_due *job)
{
    struct attachment_named named;
    attachments_named(c->desk->db, job->ledger, &job->hash, &named);
    return named.size < attach_room(c->desk);
}

static void begin_job(struct carry *c)
{
    struct error err = {0};
    report(c);
    c->announced = false;
    c->there = 0;
    c->damaged = 0;
    count_bytes(c);
    if (c->at == c->job_count || metered_photos_wait_ms(c->desk) > 0) {
        finish(c, ST_OK, &err); /* what is left has its hours, or its day */
        return;
    }
    const struct carry_due *job = &c->jobs[c->at];
    if (desk_refresh(c->desk, &err) != ST_OK) {
        finish(c, err.status, &err);
        return;
    }
    const bool here = attachments_find(c->desk->db, job->ledger, &job->hash, &c->a);
    if (job->up ? !here || !c->a.whole || c->a.held : here && c->a.whole)
        next_job(c, true); /* another process has done it */
    else if (job->unasked && !has_room(c, job))
        next_job(c, false);
    else if (job->up)
        announce(c);
    else
        ask_piece(c);
}

/* ---- up ---- */

static enum status note_held(struct carry *c, struct error *err)
{
    enum status st = desk_begin(c->desk, err);
    if (st != ST_OK)
        return st;
    st = attachments_held(c->desk->db, c->a.no, err);
    if (st == ST_OK)
        return desk_commit(c->desk, err);
    desk_rollback(c->desk);
    return st;
}

/* The county has said how much it has. */
static void go_on_up(struct carry *c, const struct http_result *result)
{
    struct error err;
    uint64_t there;
    if (!tus_number(result->also, &there) || there > c->a.size) {
        give_up(c, result);
    } else if (there < c->a.size) {
        if (there > c->there)
            c->failures = 0;
        c->there = there;
        send_piece(c);
    } else if (note_held(c, &err) != ST_OK) {
        finish(c, err.status, &err);
    } else {
        next_job(c, true);
    }
}

static void on_offset(void *arg, const struct http_result *result)
{
    struct carry *c = arg;
    store_nonce(c);
    if (result->status == ST_UNREACHABLE) {
        broke(c, false, &result->error);
    } else if (c->announced && result->code == 404) {
        c->announced = false;
        announce(c);
    } else if (result->status != ST_OK) {
        give_up(c, result);
    } else {
        c->announced = true;
        go_on_up(c, result);
    }
}

static void announce(struct carry *c)
{
    const struct carry_due *job = &c->jobs[c->at];
    const struct ledger *ledger = replica_ledger_by_no(c->desk->rep, job->ledger);
    struct peer_extra extra = {.keep = "Upload-Offset"};
    struct buf path, metadata;
    char hex[2 * HASH_SIZE + 1], length[48];
    buf_init(&path, 512);
    buf_init(&metadata, TUS_METADATA_MAX);
    extra.headers[0] = "Tus-Resumable: " TUS_VERSION;
    put_path(c, &path);
    hex_encode(hash_slice(&job->hash), hex);
    buf_put_str(&metadata, "Upload-Metadata: ledger ");
    base64_encode(slice_str(ledger ? ledger->origin.text : ""), &metadata);
    buf_put_str(&metadata, ",sha256 ");
    base64_encode(slice_str(hex), &metadata);
    snprintf(length, sizeof(length), "Upload-Length: %" PRIu64, c->a.size);
    if (!c->announced) {
        extra.headers[1] = length;
        extra.headers[2] = buf_cstr(&metadata);
    }
    ask(c, c->announced ? "HEAD" : "POST", c->announced ? buf_cstr(&path) : "/v1/blobs", SLICE_NONE,
        &extra, on_offset);
    buf_release(&path);
    buf_release(&metadata);
}

static void on_sent(void *arg, const struct http_result *result)
{
    struct carry *c = arg;
    store_nonce(c);
    if (result->status == ST_UNREACHABLE) {
        broke(c, false, &result->error); /* HEAD tells whether it moved */
    } else if (result->code == 409 || (result->code == 422 && ++c->damaged <= DAMAGED_MAX)) {
        announce(c);
    } else if (result->status != ST_OK) {
        give_up(c, result);
    } else {
        go_on_up(c, result);
        return;
    }
}

static void send_piece(struct carry *c)
{
    struct peer_extra extra = {.content_type = TUS_CONTENT_TYPE, .keep = "Upload-Offset"};
    struct buf path, piece;
    struct error err;
    char offset[48];
    buf_init(&path, 512);
    buf_init(&piece, PIECE_UP);
    put_path(c, &path);
    extra.headers[0] = "Tus-Resumable: " TUS_VERSION;
    snprintf(offset, sizeof(offset), "Upload-Offset: %" PRIu64, c->there);
    extra.headers[1] = offset;
    enum status st = attachments_read(c->desk->db, &c->a, c->there, PIECE_UP, &piece, &err);
    if (st == ST_OK) {
        c->progress.bytes_up += piece.n;
        ask(c, "PATCH", buf_cstr(&path), buf_slice(&piece), &extra, on_sent);
    } else {
        finish(c, st, &err);
    }
    buf_release(&path);
    buf_release(&piece);
}

/* ---- down ---- */

/* "bytes 0-99/1234": the last. 0: it does not say. */
static uint64_t whole_size(const char *content_range)
{
    const char *slash = strchr(content_range, '/');
    uint64_t n;
    return slash && tus_number(slash + 1, &n) ? n : 0;
}

/* The bytes that came; false: this content is given up. */
static enum status keep_piece(struct carry *c, const struct http_result *result, struct error *err)
{
    const struct carry_due *job = &c->jobs[c->at];
    const uint64_t size = whole_size(result->also);
    struct attachment_named named;
    attachments_named(c->desk->db, job->ledger, &job->hash, &named);
    if (size == 0 || size > (named.thumb ? ATTACHMENT_THUMB_MAX : ATTACHMENT_MAX) ||
        (named.size && size != named.size))
        return error_set(err, ST_INVALID, "县里的附件和记录里写的大小不同");
    enum status st = desk_begin(c->desk, err);
    if (st != ST_OK)
        return st;
    st = attachments_begin(c->desk->db, job->ledger, &job->hash, size, named.thumb, time_now_ms(),
                           &c->a, err);
    if (st == ST_OK)
        st = attachments_append(c->desk->db, &c->a, result->body, err);
    if (st == ST_OK && c->a.whole)
        st = attachments_held(c->desk->db, c->a.no, err);
    if (st != ST_OK && st != ST_DAMAGED) {
        desk_rollback(c->desk);
        return st;
    }
    const struct error why = *err; /* what was thrown away stays so */
    if (desk_commit(c->desk, err) != ST_OK)
        return err->status;
    if (st == ST_DAMAGED)
        *err = why;
    c->progress.bytes_down += result->body.n;
    return st;
}

static void on_piece(void *arg, const struct http_result *result)
{
    struct carry *c = arg;
    struct error err = {0};
    enum status st = ST_OK;
    store_nonce(c);
    const bool some = result->code == 206 && result->body.n > 0;
    if (some)
        st = keep_piece(c, result, &err);
    if (st == ST_DAMAGED && ++c->damaged <= DAMAGED_MAX)
        st = ST_OK;
    if (st == ST_INVALID || st == ST_DAMAGED || st == ST_LIMIT) {
        diag_warn("carry", "%s", err.text);
        next_job(c, false);
    } else if (st != ST_OK) {
        finish(c, st, &err);
    } else if (c->a.whole) {
        next_job(c, true);
    } else if (result->status == ST_UNREACHABLE) {
        broke(c, some, &result->error);
    } else if (some) {
        c->failures = 0;
        ask_piece(c);
    } else {
        give_up(c, result);
    }
}

static void ask_piece(struct carry *c)
{
    struct peer_extra extra = {.keep = "Content-Range"};
    struct buf path;
    char range[64];
    buf_init(&path, 512);
    put_path(c, &path);
    snprintf(range, sizeof(range), "Range: bytes=%" PRIu64 "-%" PRIu64, c->a.got,
             c->a.got + PIECE_DOWN - 1);
    extra.headers[0] = range;
    ask(c, "GET", buf_cstr(&path), SLICE_NONE, &extra, on_piece);
    buf_release(&path);
}

/* ---- beginning ---- */

static void on_begin(void *arg)
{
    struct carry *c = arg;
    c->timer = NULL;
    c->job_count = carry_due_find(c->desk, false, c->jobs, JOBS_MAX);
    begin_job(c);
}

enum status carry_start(struct desk *desk, struct loop *loop, const struct carry_hooks *hooks,
                        struct carry **out, struct error *err)
{
    *out = NULL;
    if (!desk->url[0] || !desk->device)
        return error_set(err, ST_REFUSED, "本机没有县里的服务器地址：请先用邀请码加入");
    struct carry *c = mem_zero_alloc(1, sizeof(*c));
    *c = (struct carry){.desk = desk, .loop = loop, .hooks = *hooks};
    enum status st = http_client_open(loop_uv(loop), &c->client, err);
    if (st != ST_OK) {
        mem_free(c);
        return st;
    }
    c->jobs = mem_zero_alloc(JOBS_MAX, sizeof(*c->jobs));
    line_to_county(desk, c->client, &c->peer);
    c->timer = loop_timer_start(loop, 0, 0, on_begin, c);
    *out = c;
    return ST_OK;
}

void carry_cancel(struct carry *carry)
{
    if (carry)
        carry_free(carry);
}

/* ---- alone ---- */

struct once {
    struct loop *loop;
    struct carry *carry;
    const struct carry_hooks *hooks;
    enum status st;
    struct error error;
    struct carry_progress progress;
};

static void once_progress(void *arg, const struct carry_progress *progress)
{
    struct once *once = arg;
    once->progress = *progress;
    if (once->hooks && once->hooks->progress)
        once->hooks->progress(once->hooks->arg, progress);
}

static void once_done(void *arg, enum status st, const struct error *err,
                      const struct carry_progress *progress)
{
    struct once *once = arg;
    once->carry = NULL;
    once->st = st;
    once->error = *err;
    once->progress = *progress;
    loop_stop(once->loop);
}

enum status carry_run(struct desk *desk, const struct carry_hooks *hooks,
                      struct carry_progress *out, struct error *err)
{
    struct once once = {.hooks = hooks};
    const struct carry_hooks own = {.progress = once_progress, .done = once_done, .arg = &once};
    enum status st = loop_open(&once.loop, err);
    if (st == ST_OK)
        st = carry_start(desk, once.loop, &own, &once.carry, err);
    if (st == ST_OK) {
        loop_run(once.loop);
        st = once.st;
        if (once.carry) {
            carry_cancel(once.carry);
            st = error_set(err, ST_UNREACHABLE, "传附件被中断；已传的不用再传，下次接着传");
        } else if (st != ST_OK && err) {
            *err = once.error;
        }
    }
    loop_close(once.loop);
    *out = once.progress;
    return st;
}
