/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * outbox: choosing what goes into a request, and keeping count.
 *
 * A changeset is noted as sent, durably, before its first byte leaves: after a broken line "sent"
 * means "may have arrived". Sending again is harmless, the county knows what it has.
 */
#include "agent/core/outbox.h"

#include "agent/core/fork.h"
#include "agent/core/save.h"
#include "shared/base/time.h"
#include "shared/codec/compress.h"

/* Refusals after which the same bytes are not sent again in this session. */
#define GIVEN_UP "(1, 3, 5, 6, 7)"

enum status outbox_start(struct desk *desk, struct error *err)
{
    struct stmt *stmt =
        db_stmt(desk->db, "UPDATE outbox SET code = NULL, text = NULL WHERE code IN (2, 3, 4)");
    return stmt_run(stmt, err);
}

struct picking {
    struct desk *desk;
    struct ledger *ledger;
    struct arena *arena;
    size_t left;       /* bytes */
    outbox_full *full; /* NULL: what does not fit waits for the next request */
    void *full_arg;
    size_t piece;
    size_t capacity;
    struct request_ledger *out;
    size_t picked;
    struct hash *held; /* ids that are not sent, because they or what they build on get no leaf */
    size_t held_count, held_capacity;
    enum status status;
    struct error *err;
};

/* The refusal noted for a changeset; 0: none. */
static int refusal(struct picking *p, const struct changeset *cs)
{
    struct stmt *stmt =
        db_stmt(p->desk->db, "SELECT coalesce(code, 0) FROM outbox WHERE ledger = ?1"
                             " AND kid = ?2 AND chain = ?3 AND number = ?4");
    bool row = false;
    int code = 0;
    bind_int(stmt, 1, p->ledger->no);
    bind_blob(stmt, 2, hash_slice(&cs->kid));
    bind_blob(stmt, 3, slice_of(cs->chain.b, sizeof(cs->chain.b)));
    bind_int(stmt, 4, (int64_t)cs->number);
    if (stmt_step(stmt, &row, NULL) == ST_OK && row)
        code = (int)stmt_int(stmt, 0);
    stmt_reset(stmt);
    return code;
}

static bool has_twin(struct picking *p, int64_t no)
{
    struct stmt *stmt = db_stmt(p->desk->db, "SELECT 1 FROM changeset u JOIN changeset c"
                                             " ON " FORK_TWIN " WHERE u.no = ?1 LIMIT 1");
    bool row = false;
    bind_int(stmt, 1, no);
    bool has = stmt_step(stmt, &row, NULL) == ST_OK && row;
    stmt_reset(stmt);
    return has;
}

static bool builds_on_held(const struct picking *p, const struct changeset *cs)
{
    for (size_t i = 0; i < p->held_count; i++) {
        if (hash_equal(&p->held[i], &cs->prev))
            return true;
        for (uint32_t d = 0; d < cs->dep_count; d++)
            if (hash_equal(&p->held[i], &cs->deps[d]))
                return true;
    }
    return false;
}

/* Sent, it would only prove a fork, or wait at the county for ever: it is signed again (fork.h). */
static void hold(struct picking *p, const struct hash *id)
{
    p->held = mem_grow(p->held, &p->held_capacity, p->held_count + 1, sizeof(*p->held));
    p->held[p->held_count++] = *id;
}

static enum status note_sent(struct picking *p, const struct changeset *cs)
{
    struct stmt *stmt =
        db_stmt(p->desk->db, "INSERT INTO outbox(ledger, kid, chain, number, sent_ms)"
                             " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE"
                             " SET sent_ms = excluded.sent_ms");
    bind_int(stmt, 1, p->ledger->no);
    bind_blob(stmt, 2, hash_slice(&cs->kid));
    bind_blob(stmt, 3, slice_of(cs->chain.b, sizeof(cs->chain.b)));
    bind_int(stmt, 4, (int64_t)cs->number);
    bind_int(stmt, 5, time_now_ms());
    return stmt_run(stmt, p->err);
}

static bool pick(void *arg, const struct stored_changeset *stored)
{
    struct picking *p = arg;
    struct changeset cs;
    struct buf item;
    p->status = changeset_decode(stored->cose, &cs, p->err);
    if (p->status != ST_OK)
        return false;
    int code = refusal(p, &cs);
    if (has_twin(p, stored->no) || builds_on_held(p, &cs)) {
        hold(p, &stored->id);
        return true;
    }
    if (code != 0 && code != REJECT_WAIT && code != REJECT_SIGNATURE)
        return true;
    const bool whole =
        code == REJECT_SIGNATURE || replica_base(p->desk->rep, p->ledger, &cs) != cs.base_size;
    buf_init(&item, COLUMNS_MAX + 64 * 1024);
    segment_write(&cs, whole ? SEGMENT_FULL : SEGMENT_SHORT, stored->salts, stored->columns, &item);
    struct request_ledger *out = p->out;
    if (p->full && item.n > p->left && out->segment_count > 0) {
        p->status = p->full(p->full_arg, out, p->err);
        out->segment_count = 0;
        p->left = p->piece;
    }
    /* At least one, however large. */
    bool fits = item.n <= p->left || p->picked == 0 || (p->full && p->status == ST_OK);
    if (fits && p->status == ST_OK) {
        if (out->segment_count == p->capacity) {
            size_t capacity = p->capacity ? 2 * p->capacity : 16;
            struct slice *grown = arena_alloc(p->arena, capacity * sizeof(*grown));
            if (p->capacity)
                memcpy(grown, out->segments, p->capacity * sizeof(*grown));
            out->segments = grown;
            p->capacity = capacity;
        }
        out->segments[out->segment_count++] =
            slice_of(arena_copy(p->arena, item.p, item.n), item.n);
        p->left -= item.n < p->left ? item.n : p->left;
        p->picked++;
        p->status = note_sent(p, &cs);
    }
    buf_release(&item);
    return fits && p->status == ST_OK;
}

static void ask_ledger(struct ledger *ledger, struct request_ledger *out,
                       struct asked_ledger *asked)
{
    *out = (struct request_ledger){.origin = ledger->origin, .size = ledger->tree.size};
    memcpy(out->root8, ledger->root.b, sizeof(out->root8));
    *asked = (struct asked_ledger){ledger->origin, ledger->tree.size};
}

enum status outbox_request(struct desk *desk, bool registry_only, size_t piece, size_t wants,
                           struct arena *arena, struct buf *out, struct asked *asked,
                           size_t *changesets, struct error *err)
{
    struct replica *rep = desk->rep;
    struct picking p = {.desk = desk, .arena = arena, .left = piece, .err = err};
    struct sync_request request = {.wants = wants};
    request.ledgers = arena_alloc(arena, (rep->ledger_count + 1) * sizeof(*request.ledgers));
    asked->ledgers = arena_alloc(arena, (rep->ledger_count + 1) * sizeof(*asked->ledgers));
    ask_ledger(rep->registry_ledger, &request.ledgers[0], &asked->ledgers[0]);
    request.ledger_count = 1;
    for (size_t i = 0; i < rep->ledger_count && !registry_only; i++)
        if (rep->ledgers[i] != rep->registry_ledger) {
            ask_ledger(rep->ledgers[i], &request.ledgers[request.ledger_count],
                       &asked->ledgers[request.ledger_count]);
            request.ledger_count++;
        }
    asked->count = request.ledger_count;
    enum status st = ST_OK;
    for (size_t i = 0; st == ST_OK && i < request.ledger_count && p.left > 0; i++) {
        p.ledger = replica_ledger(rep, &request.ledgers[i].origin);
        p.out = &request.ledgers[i];
        p.capacity = 0;
        p.held_count = 0;
        if (replica_unadmitted_count(rep, p.ledger) == 0)
            continue;
        st = replica_each_unadmitted(rep, p.ledger, pick, &p, err);
        if (st == ST_OK)
            st = p.status;
    }
    mem_free(p.held);
    *changesets = p.picked;
    if (st == ST_OK)
        sync_request_write(&request, COMPRESS_LEVEL, out);
    if (st == ST_OK && !buf_ok(out))
        st = error_set(err, ST_LIMIT, "一次送出的数据太大");
    return st;
}

enum status outbox_pack(struct desk *desk, struct ledger *ledger, size_t piece, struct arena *arena,
                        outbox_full *full, void *arg, struct error *err)
{
    struct request_ledger out;
    struct asked_ledger asked;
    struct picking p = {.desk = desk,
                        .ledger = ledger,
                        .arena = arena,
                        .left = piece,
                        .full = full,
                        .full_arg = arg,
                        .piece = piece,
                        .out = &out,
                        .err = err};
    enum status st = ST_OK;
    ask_ledger(ledger, &out, &asked);
    if (piece > 0 && replica_unadmitted_count(desk->rep, ledger) > 0)
        st = replica_each_unadmitted(desk->rep, ledger, pick, &p, err);
    if (st == ST_OK)
        st = p.status;
    return st == ST_OK ? full(arg, &out, err) : st;
}

static uint64_t count_one(struct stmt *stmt)
{
    bool row = false;
    uint64_t n = 0;
    if (stmt_step(stmt, &row, NULL) == ST_OK && row)
        n = (uint64_t)stmt_int(stmt, 0);
    stmt_reset(stmt);
    return n;
}

uint64_t outbox_waiting(struct desk *desk)
{
    return count_one(db_stmt(desk->db,
                             "SELECT count(*) FROM changeset c JOIN chain n ON n.no = c.chain"
                             " WHERE c.idx IS NULL AND NOT EXISTS (SELECT 1 FROM outbox o"
                             " WHERE o.ledger = c.ledger AND o.kid = n.kid AND o.chain = n.chain"
                             " AND o.number = c.number AND o.code IN " GIVEN_UP ")"));
}

enum status outbox_rejected(struct desk *desk, struct ledger *ledger,
                            const struct rejection *rejection, struct error *err)
{
    /* A full form that is refused again for its signature will not get better. */
    struct stmt *stmt = db_stmt(
        desk->db, "INSERT INTO outbox(ledger, kid, chain, number, code, text)"
                  " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET"
                  " code = CASE WHEN code = 2 AND excluded.code = 2 THEN 1 ELSE excluded.code END,"
                  " text = excluded.text");
    bind_int(stmt, 1, ledger->no);
    bind_blob(stmt, 2, hash_slice(&rejection->kid));
    bind_blob(stmt, 3, slice_of(rejection->chain.b, sizeof(rejection->chain.b)));
    bind_int(stmt, 4, (int64_t)rejection->number);
    bind_int(stmt, 5, rejection->code);
    bind_text(stmt, 6, rejection->text);
    return stmt_run(stmt, err);
}

enum status outbox_counts(struct desk *desk, struct ledger *ledger, struct outbox_counts *out,
                          struct error *err)
{
    struct stmt *stmt =
        db_stmt(desk->db, "SELECT coalesce(sum(CASE WHEN c.idx IS NULL AND o.sent_ms IS NULL"
                          "   THEN c.count END), 0),"
                          " coalesce(sum(CASE WHEN c.idx IS NULL AND o.sent_ms IS NOT NULL"
                          "   THEN c.count END), 0),"
                          " coalesce(sum(CASE WHEN c.idx IS NOT NULL THEN c.count END), 0),"
                          " coalesce(sum(CASE WHEN c.idx IS NULL AND o.code IN " GIVEN_UP
                          "   THEN c.count END), 0),"
                          " coalesce(sum(CASE WHEN c.idx IS NULL AND n.kid NOT IN"
                          "   (SELECT kid FROM own_person) THEN c.count END), 0)"
                          " FROM chain n JOIN changeset c ON c.chain = n.no"
                          " LEFT JOIN outbox o ON o.ledger = n.ledger AND o.kid = n.kid"
                          "   AND o.chain = n.chain AND o.number = c.number"
                          " WHERE n.ledger = ?1 AND (c.idx IS NULL OR n.kid IN (SELECT kid FROM"
                          " own_person))");
    bool row = false;
    bind_int(stmt, 1, ledger->no);
    enum status st = stmt_step(stmt, &row, err);
    if (st != ST_OK || !row)
        return st;
    *out = (struct outbox_counts){.unsent = (uint64_t)stmt_int(stmt, 0),
                                  .sent = (uint64_t)stmt_int(stmt, 1),
                                  .confirmed = (uint64_t)stmt_int(stmt, 2),
                                  .refused = (uint64_t)stmt_int(stmt, 3),
                                  .others = (uint64_t)stmt_int(stmt, 4)};
    stmt_reset(stmt);
    out->unsent += save_open_count(desk, ledger);
    stmt = db_stmt(desk->db, "SELECT count(*) FROM conflict WHERE ledger = ?1");
    bind_int(stmt, 1, ledger->no);
    out->conflicts = count_one(stmt);
    stmt = db_stmt(desk->db, "SELECT last_ms FROM sync_state WHERE ledger = ?1");
    bind_int(stmt, 1, ledger->no);
    out->last_sync_ms = (int64_t)count_one(stmt);
    return ST_OK;
}

const char *outbox_state(struct desk *desk, struct ledger *ledger, const struct stamp *at)
{
    if (at->leaf < LEAF_OVERLAY)
        return "confirmed";
    struct stmt *stmt = db_stmt(
        desk->db, "SELECT count(*) FROM changeset c JOIN chain n ON n.no = c.chain"
                  " JOIN outbox o ON o.ledger = c.ledger AND o.kid = n.kid AND o.chain = n.chain"
                  " AND o.number = c.number WHERE c.ledger = ?1 AND c.idx IS NULL"
                  " AND c.overlay = ?2 AND o.sent_ms IS NOT NULL");
    bind_int(stmt, 1, ledger->no);
    bind_int(stmt, 2, (int64_t)(at->leaf - LEAF_OVERLAY));
    return count_one(stmt) ? "sent" : "saved";
}

const char *outbox_state_in(void *arg, struct ledger *ledger, const struct stamp *at)
{
    return outbox_state(arg, ledger, at);
}
