/* SPDX-License-Identifier: MulanPSL-2.0 */
/* forks: see forks.h. */
#include "server/core/forks.h"

#include "shared/base/check.h"
#include "shared/base/diag.h"
#include "shared/base/time.h"
#include "shared/codec/hex.h"

#include <inttypes.h>

static bool key_is_full(struct db *db, const struct hash *kid)
{
    struct stmt *stmt = db_stmt(db, "SELECT count(*) FROM _fork WHERE kid = ?1");
    bool row = false;
    bind_blob(stmt, 1, hash_slice(kid));
    bool full = stmt_step(stmt, &row, NULL) == ST_OK && row && stmt_int(stmt, 0) >= FORKS_PER_KEY;
    stmt_reset(stmt);
    return full;
}

enum status forks_keep(struct server *srv, const struct ledger *ledger,
                       const struct changeset *refused, const struct hash *admitted,
                       const struct hash *device, int64_t now_ms, struct error *err)
{
    struct buf cose;
    struct hash id;
    if (key_is_full(srv->db, &refused->kid))
        return ST_OK;
    buf_init(&cose, CHANGESET_ENCODED_MAX);
    changeset_encode(refused, &cose);
    CHECK(buf_ok(&cose));
    hash_bytes(buf_slice(&cose), &id);
    struct stmt *stmt =
        db_stmt(srv->db, "INSERT INTO _fork (ledger, id, kid, chain, number, admitted, cose,"
                         " device, seen_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
                         " ON CONFLICT DO NOTHING");
    bind_int(stmt, 1, ledger->no);
    bind_blob(stmt, 2, hash_slice(&id));
    bind_blob(stmt, 3, hash_slice(&refused->kid));
    bind_blob(stmt, 4, slice_of(refused->chain.b, sizeof(refused->chain.b)));
    bind_int(stmt, 5, (int64_t)refused->number);
    bind_blob(stmt, 6, hash_slice(admitted));
    bind_blob(stmt, 7, buf_slice(&cose));
    bind_blob(stmt, 8, hash_slice(device));
    bind_int(stmt, 9, now_ms);
    enum status st = stmt_run(stmt, err);
    if (st == ST_OK && db_changes(srv->db) > 0)
        diag_warn("forks", "%s: a chain has split at number %" PRIu64 ", kept as evidence",
                  ledger->origin.text, refused->number);
    buf_release(&cose);
    return st;
}

/* A blob of exactly n bytes, or zeros. */
static void take(struct stmt *stmt, int column, void *out, size_t n)
{
    struct slice blob = stmt_blob(stmt, column);
    memset(out, 0, n);
    if (blob.n == n)
        memcpy(out, blob.p, n);
}

enum status forks_each(struct server *srv, forks_visit *fn, void *arg, struct error *err)
{
    struct stmt *stmt =
        db_stmt(srv->db, "SELECT ledger, id, kid, chain, number, admitted, cose, device, seen_ms"
                         " FROM _fork ORDER BY seen_ms, id");
    bool row = true;
    enum status st = stmt_step(stmt, &row, err);
    while (st == ST_OK && row) {
        struct fork fork = {.ledger = replica_ledger_by_no(srv->rep, stmt_int(stmt, 0)),
                            .number = (uint64_t)stmt_int(stmt, 4),
                            .cose = stmt_blob(stmt, 6),
                            .seen_ms = stmt_int(stmt, 8)};
        take(stmt, 1, fork.id.b, HASH_SIZE);
        take(stmt, 2, fork.kid.b, HASH_SIZE);
        take(stmt, 3, fork.chain.b, sizeof(fork.chain.b));
        take(stmt, 5, fork.admitted.b, HASH_SIZE);
        take(stmt, 7, fork.device.b, HASH_SIZE);
        if (fork.ledger && !fn(arg, &fork))
            break;
        st = stmt_step(stmt, &row, err);
    }
    stmt_reset(stmt);
    return st;
}

static void put_hex(struct buf *out, const char *name, struct slice bytes)
{
    char *text = mem_alloc(2 * bytes.n + 1);
    hex_encode(bytes, text);
    buf_printf(out, "%s %s\n", name, text);
    mem_free(text);
}

enum status forks_write(struct server *srv, const struct fork *fork, struct buf *out,
                        struct error *err)
{
    const struct grant *grant = registry_grant_any(&srv->rep->registry, &fork->kid);
    struct stored_changeset first;
    struct arena arena = {0};
    char seen[TIME_TEXT_SIZE];
    enum status st =
        replica_read_changeset(srv->rep, fork->ledger, &fork->admitted, &arena, &first, err);
    time_format_cst(fork->seen_ms, seen);
    if (st == ST_OK && !grant)
        st = error_set(err, ST_NOT_FOUND, "签名人不在登记账本中");
    if (st == ST_OK) {
        buf_printf(
            out,
            "同一把密钥签了两份编号相同的改动：数据被退回过（旧备份、克隆的硬盘、两份数据同时用），"
            "或密钥在别人手里。\n先到的已入账，后到的没有收；它的作者应在自己的电脑上换新链重新签名"
            "。\n\n"
            "账本 %s\n签名人 %s\n链上编号 %" PRIu64 "\n发现时间 %s\n\n",
            fork->ledger->origin.text, grant->name, fork->number, seen);
        put_hex(out, "public-key", slice_of(grant->pk.b, sizeof(grant->pk.b)));
        put_hex(out, "chain", slice_of(fork->chain.b, sizeof(fork->chain.b)));
        put_hex(out, "admitted", first.cose);
        put_hex(out, "refused", fork->cose);
        buf_printf(out,
                   "\n怎样核对：admitted 和 refused 各是一份 COSE_Sign1（RFC 9052），"
                   "external_aad 是 \"huce/1/changeset\\n%s\\n\"，用上面的 Ed25519 公钥验证；"
                   "payload 的前两项（链、编号）相同，两份的 SHA-256 不同。\n",
                   fork->ledger->origin.text);
    }
    arena_release(&arena);
    return st;
}
