/* SPDX-License-Identifier: MulanPSL-2.0 */
/* cosign: see cosign.h. */
#include "server/core/cosign.h"

#include "shared/db/cosigned.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- who they are ---- */

static enum status forget_stands(struct server *srv, const char *name, struct error *err)
{
    struct stmt *stmt = db_stmt(srv->db, "DELETE FROM _witnessed WHERE name = ?1");
    bind_str(stmt, 1, name);
    return stmt_run(stmt, err);
}

static bool same_key(const struct verifier *a, const struct verifier *b)
{
    return memcmp(a->pk.b, b->pk.b, sizeof(a->pk.b)) == 0;
}

enum status cosign_add(struct server *srv, const struct verifier *verifier, const char *url,
                       struct error *err)
{
    struct cosign_witness known[COSIGN_WITNESSES_MAX];
    struct buf text;
    bool there = false, same = false;
    size_t n = cosign_list(srv, known);
    for (size_t i = 0; i < n; i++)
        if (strcmp(known[i].verifier.name, verifier->name) == 0) {
            there = true;
            same = same_key(&known[i].verifier, verifier);
        }
    if (!there && n == COSIGN_WITNESSES_MAX)
        return error_set(err, ST_LIMIT, "见证人最多 %d 个", COSIGN_WITNESSES_MAX);
    if (strlen(url) > COSIGN_URL_MAX)
        return error_set(err, ST_USAGE, "见证人的地址最多 %d 个字节", COSIGN_URL_MAX);
    enum status st = same ? ST_OK : forget_stands(srv, verifier->name, err);
    if (st != ST_OK)
        return st;
    buf_init(&text, 512);
    verifier_write(verifier, &text);
    struct stmt *stmt = db_stmt(srv->db, "INSERT OR REPLACE INTO _witness(name, verifier, url)"
                                         " VALUES (?1, ?2, ?3)");
    bind_str(stmt, 1, verifier->name);
    bind_str(stmt, 2, buf_cstr(&text));
    bind_str(stmt, 3, url);
    st = stmt_run(stmt, err);
    buf_release(&text);
    return st;
}

enum status cosign_remove(struct server *srv, const char *name, struct error *err)
{
    struct stmt *stmt = db_stmt(srv->db, "DELETE FROM _witness WHERE name = ?1");
    bind_str(stmt, 1, name);
    enum status st = stmt_run(stmt, err);
    if (st == ST_OK && db_changes(srv->db) == 0)
        return error_set(err, ST_NOT_FOUND, "没有叫 %s 的见证人；运行 huced witness list 看有哪些",
                         name);
    return st == ST_OK ? forget_stands(srv, name, err) : st;
}

size_t cosign_list(struct server *srv, struct cosign_witness out[static COSIGN_WITNESSES_MAX])
{
    struct stmt *stmt =
        db_stmt(srv->db, "SELECT verifier, url, coalesce(said, '') FROM _witness ORDER BY name");
    size_t n = 0;
    bool row;
    while (n < COSIGN_WITNESSES_MAX && stmt_step(stmt, &row, NULL) == ST_OK && row) {
        struct cosign_witness *w = &out[n];
        struct slice url = stmt_text(stmt, 1), said = stmt_text(stmt, 2);
        if (verifier_read(stmt_text(stmt, 0), &w->verifier, NULL) != ST_OK)
            continue;
        snprintf(w->url, sizeof(w->url), "%.*s", (int)url.n, (const char *)url.p);
        snprintf(w->said, sizeof(w->said), "%.*s", (int)said.n, (const char *)said.p);
        n++;
    }
    stmt_reset(stmt);
    return n;
}

enum status cosign_said(struct server *srv, const char *name, const char *text, struct error *err)
{
    struct stmt *stmt =
        db_stmt(srv->db, "UPDATE _witness SET said = nullif(?2, '') WHERE name = ?1");
    bind_str(stmt, 1, name);
    bind_str(stmt, 2, text);
    return stmt_run(stmt, err);
}

/* ---- where they stand ---- */

uint64_t cosign_stands(struct server *srv, const char *name, const struct ledger *ledger)
{
    struct stmt *stmt =
        db_stmt(srv->db, "SELECT size FROM _witnessed WHERE name = ?1 AND ledger = ?2");
    uint64_t size = 0;
    bool row;
    bind_str(stmt, 1, name);
    bind_int(stmt, 2, ledger->no);
    if (stmt_step(stmt, &row, NULL) == ST_OK && row)
        size = (uint64_t)stmt_int(stmt, 0);
    stmt_reset(stmt);
    return size;
}

enum status cosign_set_stands(struct server *srv, const char *name, const struct ledger *ledger,
                              uint64_t size, struct error *err)
{
    struct stmt *stmt = db_stmt(srv->db, "INSERT OR REPLACE INTO _witnessed(name, ledger, size)"
                                         " VALUES (?1, ?2, ?3)");
    bind_str(stmt, 1, name);
    bind_int(stmt, 2, ledger->no);
    bind_int(stmt, 3, (int64_t)size);
    return stmt_run(stmt, err);
}

uint64_t cosign_next(struct server *srv, const char *name, const struct ledger *ledger)
{
    struct arena arena = {0};
    uint64_t stands = cosign_stands(srv, name, ledger), signed_size;
    cosigned_read(srv->rep, ledger, &arena, &signed_size);
    arena_release(&arena);
    if (stands < signed_size)
        return signed_size;
    return stands < ledger->tree.size ? ledger->tree.size : 0;
}

/* ---- asking, and the answer ---- */

/* The county's own checkpoint of that size, as it was signed when the ledger had it. */
static enum status write_checkpoint(struct server *srv, struct ledger *ledger, uint64_t size,
                                    struct buf *out, struct error *err)
{
    struct checkpoint checkpoint = {.size = size};
    replica_signed_name(ledger, &checkpoint.origin);
    if (!replica_root_at(srv->rep, ledger, size, &checkpoint.root))
        return error_set(err, ST_DAMAGED, "账本 %s 没有第 %" PRIu64 " 项的根", ledger->origin.text,
                         size);
    checkpoint_sign(&checkpoint, srv->log, out);
    return ST_OK;
}

enum status cosign_request(struct server *srv, struct ledger *ledger, struct tree_blocks *blocks,
                           uint64_t old_size, uint64_t new_size, struct buf *out,
                           struct buf *checkpoint, struct error *err)
{
    struct merkle_proof proof;
    struct buf text;
    buf_init(&text, CHECKPOINT_MAX);
    enum status st =
        tree_prove_consistency(srv->rep, ledger, blocks, old_size, new_size, &proof, err);
    if (st == ST_OK)
        st = write_checkpoint(srv, ledger, new_size, &text, err);
    if (st == ST_OK)
        witness_request_write(old_size, &proof, buf_slice(&text), out);
    if (st == ST_OK && checkpoint)
        buf_put_slice(checkpoint, buf_slice(&text));
    buf_release(&text);
    return st;
}

/* The line goes below those that stand there for the same size. */
static enum status keep_line(struct server *srv, struct ledger *ledger, uint64_t size,
                             const struct verifier *witness, struct slice line, struct buf *text,
                             struct error *err)
{
    struct arena arena = {0};
    uint64_t signed_size;
    struct slice before = cosigned_read(srv->rep, ledger, &arena, &signed_size);
    enum status st = ST_OK;
    if (signed_size == size) {
        buf_clear(text);
        buf_put_slice(text, before);
    }
    if (signed_size <= size && witness_count(buf_slice(text), witness, 1) == 0) {
        buf_put_slice(text, line);
        st = buf_ok(text)
                 ? cosigned_write(srv->rep, ledger, size, buf_slice(text), err)
                 : error_set(err, ST_LIMIT, "检查点上的签名太多，超过 %d 字节", CHECKPOINT_MAX);
        if (st == ST_OK && size == ledger->tree.size) /* it goes out with the leaves */
            replica_set_checkpoint(srv->rep, ledger, buf_slice(text));
    }
    arena_release(&arena);
    return st;
}

enum status cosign_take(struct server *srv, struct ledger *ledger, uint64_t size,
                        const struct verifier *witness, struct slice line, struct error *err)
{
    struct buf text;
    buf_init(&text, CHECKPOINT_MAX);
    enum status st = write_checkpoint(srv, ledger, size, &text, err);
    if (st == ST_OK && !witness_signed(buf_slice(&text), line, witness))
        st = error_set(err, ST_REFUSED, "这一行不是 %s 对账本 %s 第 %" PRIu64 " 项的联署",
                       witness->name, ledger->origin.text, size);
    if (st == ST_OK)
        st = keep_line(srv, ledger, size, witness, line, &text, err);
    if (st == ST_OK && cosign_stands(srv, witness->name, ledger) < size)
        st = cosign_set_stands(srv, witness->name, ledger, size, err);
    buf_release(&text);
    return st;
}
