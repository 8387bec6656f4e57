/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * bootstrap: callbacks in the order they fire:
 *
 *   next ─ ask_note ─ on_note ─┬─ (none, or not good) ─ next
 *                              └─ ask_piece ─ on_piece ─ … ─ take ─ next
 */
#include "agent/core/bootstrap.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "shared/base/diag.h"
#include "shared/base/time.h"
#include "shared/codec/hex.h"
#include "shared/db/materialise.h"
#include "shared/db/snapshot.h"
#include "shared/ledger/snapshot_note.h"

#define WANTED "bootstrap" /* setting: there are ledgers that may begin with a snapshot */
#define TIMEOUT_S 300
#define PIECE_FIRST ((uint64_t)32 * 1024)
#define PIECE_MIN ((uint64_t)8 * 1024)
#define PIECE_MAX ((uint64_t)1024 * 1024)
#define PIECE_QUICK_MS 2000 /* a piece that takes less may be larger */
#define PIECE_SLOW_MS 6000
#define STARTS_MAX 3 /* of one ledger, when what was begun is not there any more */

struct bootstrap {
    struct desk *desk;
    struct peer *peer;
    struct bootstrap_hooks hooks;
    size_t at; /* place of the ledger in the replica */
    unsigned starts;
    struct origin origin;
    int64_t ledger; /* its local number */
    struct snapshot_note note;
    uint64_t got, piece;
    int64_t asked_ms;
};

bool bootstrap_wanted(struct desk *desk)
{
    struct buf value;
    buf_init(&value, 16);
    const bool wanted =
        desk->rep->registry_ledger->tree.size == 0 || desk_setting(desk, WANTED, &value);
    buf_release(&value);
    return wanted;
}

enum status bootstrap_want(struct desk *desk, struct error *err)
{
    return desk_set(desk, WANTED, slice_str("1"), err);
}

void bootstrap_cancel(struct bootstrap *b)
{
    mem_free(b);
}

static void end(struct bootstrap *b, enum status st, const struct error *err)
{
    const struct bootstrap_hooks hooks = b->hooks;
    struct error copy = {0};
    if (st != ST_OK)
        copy = *err;
    mem_free(b);
    hooks.done(hooks.arg, st, &copy);
}

static enum status run(struct desk *desk, const char *sql, int64_t ledger, struct error *err)
{
    struct stmt *stmt = db_stmt(desk->db, sql);
    bind_int(stmt, 1, ledger);
    return stmt_run(stmt, err);
}

static enum status drop_pieces(struct bootstrap *b, struct error *err)
{
    return run(b->desk, "DELETE FROM _snapshot_piece WHERE ledger = ?1", b->ledger, err);
}

static enum status drop(struct bootstrap *b, struct error *err)
{
    enum status st =
        run(b->desk, "DELETE FROM _snapshot WHERE ledger = ?1 AND taken = 0", b->ledger, err);
    return st == ST_OK ? drop_pieces(b, err) : st;
}

/* In a transaction of its own; what is not kept is only asked for again. */
static void drop_now(struct bootstrap *b)
{
    struct error err;
    enum status st = desk_begin(b->desk, &err);
    if (st == ST_OK)
        st = drop(b, &err);
    if (st == ST_OK)
        st = desk_commit(b->desk, &err);
    else
        desk_rollback(b->desk);
    if (st != ST_OK)
        diag_warn("bootstrap", "%s", err.text);
}

static void next(struct bootstrap *b);
static void ask_piece(struct bootstrap *b);

static void skip(struct bootstrap *b)
{
    b->at++;
    b->starts = 0;
    next(b);
}

/* ---- what is signed ---- */

/* Is it of this county, and made as it would be made here? */
static enum status judge(struct bootstrap *b, struct slice checkpoint, struct slice note,
                         struct error *err)
{
    struct replica *rep = b->desk->rep;
    struct ledger *ledger = replica_ledger(rep, &b->origin);
    const struct sign_public *key = registry_log_key(&rep->registry, rep->registry.size);
    struct checkpoint head;
    struct origin name;
    if (!ledger || !key)
        return error_set(err, ST_INVALID, "%s: no log key is known", b->origin.text);
    replica_signed_name(ledger, &name);
    enum status st = checkpoint_open(checkpoint, &name, key, &head, err);
    if (st == ST_OK)
        st = snapshot_note_open(note, &name, key, &b->note, err);
    if (st == ST_OK && (head.size != b->note.size || !hash_equal(&head.root, &b->note.root)))
        st = error_set(err, ST_INVALID, "%s: the snapshot is not of the head that came with it",
                       b->origin.text);
    if (st == ST_OK &&
        (b->note.merge != MERGE_VERSION || b->note.catalog != replica_catalog(rep)->version ||
         b->note.registry_size > rep->registry.size || b->note.bytes > SNAPSHOT_MAX ||
         ledger->epoch > 0))
        st = error_set(err, ST_REFUSED, "%s: the snapshot was made by other rules", b->origin.text);
    return st;
}

/* One that was begun before. */
static bool recall(struct bootstrap *b)
{
    struct stmt *stmt = db_stmt(b->desk->db, "SELECT checkpoint, note, (SELECT"
                                             " coalesce(sum(length(bytes)), 0) FROM _snapshot_piece"
                                             " p WHERE p.ledger = s.ledger) FROM _snapshot s"
                                             " WHERE ledger = ?1 AND taken = 0");
    struct arena arena = {0};
    struct slice checkpoint = SLICE_NONE, note = SLICE_NONE;
    struct error err;
    bool row = false;
    bind_int(stmt, 1, b->ledger);
    if (stmt_step(stmt, &row, NULL) == ST_OK && row) {
        checkpoint = stmt_text(stmt, 0);
        checkpoint = slice_of(arena_copy(&arena, checkpoint.p, checkpoint.n), checkpoint.n);
        note = stmt_text(stmt, 1);
        note = slice_of(arena_copy(&arena, note.p, note.n), note.n);
        b->got = (uint64_t)stmt_int(stmt, 2);
    }
    stmt_reset(stmt);
    const bool good = row && judge(b, checkpoint, note, &err) == ST_OK;
    arena_release(&arena);
    if (row && !good)
        drop_now(b);
    return good;
}

static enum status keep_note(struct bootstrap *b, struct slice checkpoint, struct slice note,
                             struct error *err)
{
    enum status st = desk_begin(b->desk, err);
    if (st != ST_OK)
        return st;
    struct stmt *stmt = db_stmt(b->desk->db, "INSERT OR REPLACE INTO _snapshot(ledger, note,"
                                             " checkpoint, total) VALUES (?1, ?2, ?3, ?4)");
    bind_int(stmt, 1, b->ledger);
    bind_text(stmt, 2, note);
    bind_text(stmt, 3, checkpoint);
    bind_int(stmt, 4, (int64_t)b->note.bytes);
    st = stmt_run(stmt, err);
    if (st == ST_OK)
        st = drop_pieces(b, err);
    if (st == ST_OK)
        return desk_commit(b->desk, err);
    desk_rollback(b->desk);
    return st;
}

static void store_nonce(struct bootstrap *b)
{
    struct error err;
    if (b->peer->nonce_changed &&
        desk_set(b->desk, "nonce", slice_str(b->peer->nonce), &err) != ST_OK)
        diag_warn("bootstrap", "cannot store the nonce: %s", err.text);
    b->peer->nonce_changed = false;
}

static void on_note(void *arg, const struct http_result *result)
{
    struct bootstrap *b = arg;
    struct error err;
    store_nonce(b);
    if (result->status == ST_UNREACHABLE) {
        end(b, result->status, &result->error);
        return;
    }
    if (result->status != ST_OK ||
        result->code != 200) { /* a county that has none, or no such path */
        skip(b);
        return;
    }
    struct slice checkpoint, note;
    enum status st = snapshot_answer_read(result->body, &checkpoint, &note, &err);
    if (st == ST_OK)
        st = desk_refresh(b->desk, &err);
    if (st == ST_OK)
        st = judge(b, checkpoint, note, &err);
    if (st == ST_OK)
        st = keep_note(b, checkpoint, note, &err);
    if (st != ST_OK) {
        diag_warn("bootstrap", "%s", err.text);
        skip(b);
        return;
    }
    b->got = 0;
    ask_piece(b);
}

static void ask_note(struct bootstrap *b)
{
    struct buf path;
    struct error err;
    buf_init(&path, 1024);
    buf_put_str(&path, "/v1/snapshot?ledger=");
    peer_put_origin(&path, b->origin.text);
    buf_put_str(&path, "&size=0");
    enum status st =
        peer_start(b->peer, "GET", buf_cstr(&path), SLICE_NONE, TIMEOUT_S, on_note, b, &err);
    buf_release(&path);
    if (st != ST_OK)
        end(b, st, &err);
}

/* ---- its bytes ---- */

static enum status read_all(struct bootstrap *b, struct buf *out, struct error *err)
{
    struct stmt *stmt = db_stmt(b->desk->db, "SELECT bytes FROM _snapshot_piece WHERE ledger = ?1"
                                             " ORDER BY at");
    bool row;
    enum status st;
    bind_int(stmt, 1, b->ledger);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row)
        buf_put_slice(out, stmt_blob(stmt, 0));
    return st;
}

static enum status take_rows(struct bootstrap *b, struct slice bytes, struct slice checkpoint,
                             struct error *err)
{
    struct replica *rep = b->desk->rep;
    struct ledger *ledger = replica_ledger(rep, &b->origin);
    struct hash digest;
    if (!ledger || ledger->tree.size > 0 || replica_unadmitted_count(rep, ledger) > 0)
        return error_set(err, ST_REFUSED, "%s: it has begun by another way", b->origin.text);
    if (b->note.catalog != replica_catalog(rep)->version)
        return error_set(err, ST_REFUSED, "%s: record types have changed meanwhile",
                         b->origin.text);
    enum status st = snapshot_take(rep, &b->origin, bytes, b->note.size, &b->note.root, err);
    ledger = replica_ledger(rep, &b->origin);
    if (st == ST_OK)
        st = snapshot_digest(rep, ledger, &digest, err);
    if (st == ST_OK && !hash_equal(&digest, &b->note.digest))
        st = error_set(err, ST_INVALID, "%s: the records are not those that are signed for",
                       b->origin.text);
    if (st == ST_OK) {
        replica_set_checkpoint(rep, ledger, checkpoint);
        st = run(b->desk, "UPDATE _snapshot SET taken = 1 WHERE ledger = ?1", b->ledger, err);
    }
    return st == ST_OK ? drop_pieces(b, err) : st;
}

static struct slice kept_checkpoint(struct bootstrap *b, struct arena *arena)
{
    struct stmt *stmt = db_stmt(b->desk->db, "SELECT checkpoint FROM _snapshot WHERE ledger = ?1");
    struct slice out = SLICE_NONE;
    bool row = false;
    bind_int(stmt, 1, b->ledger);
    if (stmt_step(stmt, &row, NULL) == ST_OK && row) {
        out = stmt_text(stmt, 0);
        out = slice_of(arena_copy(arena, out.p, out.n), out.n);
    }
    stmt_reset(stmt);
    return out;
}

static void take(struct bootstrap *b)
{
    struct arena arena = {0};
    struct buf bytes;
    struct hash content;
    struct error err;
    buf_init(&bytes, SNAPSHOT_MAX);
    enum status st = desk_begin(b->desk, &err);
    if (st == ST_OK) {
        st = read_all(b, &bytes, &err);
        hash_bytes(buf_slice(&bytes), &content);
        if (st == ST_OK && (!buf_ok(&bytes) || !hash_equal(&content, &b->note.content)))
            st = error_set(&err, ST_INVALID, "%s: the snapshot has another hash", b->origin.text);
        if (st == ST_OK)
            st = take_rows(b, buf_slice(&bytes), kept_checkpoint(b, &arena), &err);
        if (st == ST_OK)
            st = desk_commit(b->desk, &err);
        else
            desk_rollback(b->desk);
    }
    arena_release(&arena);
    buf_release(&bytes);
    if (st == ST_OK) {
        skip(b);
        return;
    }
    diag_warn("bootstrap", "%s", err.text);
    if (st == ST_BUSY || st == ST_IO) {
        end(b, st, &err);
        return;
    }
    drop_now(b);
    skip(b);
}

static enum status keep_piece(struct bootstrap *b, struct slice bytes, struct error *err)
{
    enum status st = desk_begin(b->desk, err);
    if (st != ST_OK)
        return st;
    struct stmt *stmt = db_stmt(b->desk->db, "INSERT INTO _snapshot_piece(ledger, at, bytes)"
                                             " VALUES (?1, ?2, ?3)");
    bind_int(stmt, 1, b->ledger);
    bind_int(stmt, 2, (int64_t)b->got);
    bind_blob(stmt, 3, bytes);
    st = stmt_run(stmt, err);
    if (st == ST_OK)
        return desk_commit(b->desk, err);
    desk_rollback(b->desk);
    return st;
}

static void on_piece(void *arg, const struct http_result *result)
{
    struct bootstrap *b = arg;
    struct error err;
    const int64_t took_ms = time_monotonic_ms() - b->asked_ms;
    store_nonce(b);
    if (result->status == ST_UNREACHABLE) {
        end(b, result->status, &result->error);
        return;
    }
    if (result->status != ST_OK || result->code != 206 || result->body.n == 0 ||
        result->body.n > b->note.bytes - b->got) {
        drop_now(b); /* it is not kept there any more: the newest */
        if (result->code == 404 && ++b->starts < STARTS_MAX)
            ask_note(b);
        else
            skip(b);
        return;
    }
    enum status st = keep_piece(b, result->body, &err);
    if (st != ST_OK) {
        end(b, st, &err);
        return;
    }
    b->got += result->body.n;
    if (took_ms < PIECE_QUICK_MS && b->piece < PIECE_MAX)
        b->piece *= 2;
    else if (took_ms > PIECE_SLOW_MS && b->piece > PIECE_MIN)
        b->piece /= 2;
    if (b->hooks.progress)
        b->hooks.progress(b->hooks.arg, b->got, b->note.bytes);
    ask_piece(b);
}

static void ask_piece(struct bootstrap *b)
{
    char hex[2 * HASH_SIZE + 1], range[64];
    struct peer_extra extra = {.headers = {range}};
    struct buf path;
    struct error err;
    if (b->got >= b->note.bytes) {
        take(b);
        return;
    }
    buf_init(&path, 1024);
    buf_put_str(&path, "/v1/snapshot?ledger=");
    peer_put_origin(&path, b->origin.text);
    hex_encode(hash_slice(&b->note.content), hex);
    buf_printf(&path, "&size=0&hash=%s", hex);
    snprintf(range, sizeof(range), "Range: bytes=%" PRIu64 "-%" PRIu64, b->got,
             b->got + b->piece - 1);
    b->asked_ms = time_monotonic_ms();
    enum status st = peer_start_with(b->peer, "GET", buf_cstr(&path), SLICE_NONE, &extra, TIMEOUT_S,
                                     on_piece, b, &err);
    buf_release(&path);
    if (st != ST_OK)
        end(b, st, &err);
}

/* ---- one ledger after the other ---- */

static void next(struct bootstrap *b)
{
    struct replica *rep = b->desk->rep;
    struct error err;
    enum status st = desk_refresh(b->desk, &err);
    if (st != ST_OK) {
        end(b, st, &err);
        return;
    }
    for (; b->at < rep->ledger_count; b->at++) {
        struct ledger *ledger = rep->ledgers[b->at];
        if (ledger == rep->registry_ledger || ledger->tree.size > 0 ||
            replica_unadmitted_count(rep, ledger) > 0)
            continue;
        b->origin = ledger->origin;
        b->ledger = ledger->no;
        if (recall(b))
            ask_piece(b);
        else
            ask_note(b);
        return;
    }
    st = db_exec(b->desk->db, "DELETE FROM setting WHERE name = '" WANTED "'", &err);
    end(b, st, &err);
}

void bootstrap_start(struct desk *desk, struct peer *peer, const struct bootstrap_hooks *hooks,
                     struct bootstrap **out)
{
    struct bootstrap *b = mem_zero_alloc(1, sizeof(*b));
    b->desk = desk;
    b->peer = peer;
    b->hooks = *hooks;
    b->piece = PIECE_FIRST;
    *out = b;
    next(b);
}
