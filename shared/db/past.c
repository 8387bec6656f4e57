/* SPDX-License-Identifier: MulanPSL-2.0 */
/* past: see past.h. SQL copies the rows; the tree over them is computed here. */
#include "shared/db/past.h"

#include <stdio.h>
#include <stdlib.h>

#include "shared/base/time.h"
#include "shared/db/materialise.h"
#include "shared/db/snapshot.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define CST_MS (INT64_C(8) * 3600 * 1000)

/* ---- when ---- */

static bool parse_day(const char *text, int64_t *until_ms)
{
    int32_t days;
    unsigned hour, minute;
    char end;
    size_t n = strlen(text);
    if (n < 10 || !date_parse(slice_of(text, 10), &days))
        return false;
    int64_t midnight_ms = days * DAY_MS - CST_MS;
    *until_ms = midnight_ms + DAY_MS - 1;
    if (n == 10)
        return true;
    if (n != 16 || sscanf(text + 10, "T%2u:%2u%c", &hour, &minute, &end) != 2 || hour > 23 ||
        minute > 59)
        return false;
    *until_ms = midnight_ms + (int64_t)(hour * 60 + minute) * 60000;
    return true;
}

static struct ledger *only_ledger(struct replica *now)
{
    struct ledger *only = NULL;
    for (size_t i = 0; i < now->ledger_count; i++) {
        if (now->ledgers[i] == now->registry_ledger || now->ledgers[i]->tree.size == 0)
            continue;
        if (only)
            return NULL;
        only = now->ledgers[i];
    }
    return only;
}

static enum status admitted_at(struct replica *now, struct ledger *ledger, uint64_t size,
                               int64_t *out, struct error *err)
{
    struct stmt *stmt =
        db_stmt(now->db, "SELECT admitted_ms FROM leaf WHERE ledger = ?1 AND idx = ?2");
    bool row = false;
    bind_int(stmt, 1, ledger->no);
    bind_int(stmt, 2, (int64_t)size - 1);
    *out = 0;
    enum status st = size ? stmt_step(stmt, &row, err) : ST_OK;
    if (row)
        *out = stmt_int(stmt, 0);
    stmt_reset(stmt);
    return st;
}

enum status past_parse(struct replica *now, const char *text, const char *named, struct past *out,
                       struct error *err)
{
    char *end;
    *out = (struct past){0};
    if (parse_day(text, &out->until_ms))
        return ST_OK;
    out->size = strtoull(text, &end, 10);
    if (*end || *text < '0' || *text > '9')
        return error_set(err, ST_USAGE,
                         "--at %s：请写日期（2026-11-21 或 2026-11-21T09:30）或账本的项数", text);
    out->ledger = named ? replica_ledger_named(now, named) : only_ledger(now);
    if (!out->ledger)
        return error_set(err, ST_USAGE,
                         named ? "没有账本 %s"
                               : "有几个账本，请用 --ledger 说明 --at %s 是哪一个的",
                         named ? named : text);
    if (out->size > out->ledger->tree.size)
        return error_set(err, ST_USAGE, "账本 %s 只有 %llu 项", out->ledger->origin.text,
                         (unsigned long long)out->ledger->tree.size);
    return admitted_at(now, out->ledger, out->size, &out->until_ms, err);
}

/* ---- how much of each ledger ---- */

static enum status size_then(struct replica *now, struct ledger *ledger, const struct past *past,
                             uint64_t *out, struct error *err)
{
    struct stmt *stmt = db_stmt(now->db, "SELECT count(*) FROM leaf WHERE ledger = ?1"
                                         " AND admitted_ms <= ?2");
    bool row = false;
    if (ledger == past->ledger) {
        *out = past->size;
        return ST_OK;
    }
    bind_int(stmt, 1, ledger->no);
    bind_int(stmt, 2, past->until_ms);
    enum status st = stmt_step(stmt, &row, err);
    *out = row ? (uint64_t)stmt_int(stmt, 0) : 0;
    stmt_reset(stmt);
    return st;
}

/* The registry that the last of these leaves was judged by: it was there, whatever clocks say. */
static enum status registry_then(struct replica *now, struct ledger *ledger, uint64_t size,
                                 uint64_t *registry_size, struct error *err)
{
    struct stmt *stmt =
        db_stmt(now->db, "SELECT registry_size FROM leaf WHERE ledger = ?1 AND idx = ?2");
    bool row = false;
    if (size == 0 || ledger == now->registry_ledger)
        return ST_OK;
    bind_int(stmt, 1, ledger->no);
    bind_int(stmt, 2, (int64_t)size - 1);
    enum status st = stmt_step(stmt, &row, err);
    if (row && (uint64_t)stmt_int(stmt, 0) > *registry_size)
        *registry_size = (uint64_t)stmt_int(stmt, 0);
    stmt_reset(stmt);
    return st;
}

/* ---- copying ---- */

/* `db` reads `now` as the schema "now" from here to detach. A connection to memory would look for
 * the file there too, so its name says that it is on the disk. */
static enum status attach(struct db *db, const char *file, struct error *err)
{
    struct stmt *stmt;
    struct buf uri;
    enum status st = db_prepare(db, slice_str("ATTACH ?1 AS now"), &stmt, err);
    if (st != ST_OK)
        return st;
    buf_init(&uri, 64 * 1024);
    db_uri(file, &uri);
    bind_text(stmt, 1, buf_slice(&uri));
    st = stmt_run(stmt, err);
    stmt_release(stmt);
    buf_release(&uri);
    return st;
}

static enum status run_with(struct db *db, const char *sql, int64_t ledger, uint64_t size,
                            struct error *err)
{
    struct stmt *stmt;
    enum status st = db_prepare(db, slice_str(sql), &stmt, err);
    if (st != ST_OK)
        return st;
    bind_int(stmt, 1, ledger);
    bind_int(stmt, 2, (int64_t)size);
    st = stmt_run(stmt, err);
    stmt_release(stmt);
    return st;
}

static enum status copy_ledger(struct db *into, const struct ledger *ledger, uint64_t size,
                               struct error *err)
{
    static const char *const copies[] = {
        "INSERT INTO ledger(no, origin, epoch) SELECT no, origin, epoch FROM now.ledger"
        " WHERE no = ?1 AND ?2 >= 0",
        "INSERT INTO chain SELECT * FROM now.chain WHERE ledger = ?1 AND ?2 >= 0",
        "INSERT INTO leaf(ledger, idx, changeset, id, admitted_ms, registry_size, root)"
        " SELECT ledger, idx, changeset, id, admitted_ms, registry_size, root FROM now.leaf"
        " WHERE ledger = ?1 AND idx < ?2",
        "INSERT INTO changeset(no, ledger, chain, number, id, first_seq, count, base_size, idx, "
        "reach,"
        " cose, salts, columns, digest) SELECT no, ledger, chain, number, id, first_seq, count,"
        " base_size, idx, reach, cose, salts, columns, digest FROM now.changeset"
        " WHERE ledger = ?1 AND idx < ?2",
    };
    enum status st = ST_OK;
    for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]) && st == ST_OK; i++)
        st = run_with(into, copies[i], ledger->no, size, err);
    return st;
}

/* The tree over what was copied, which must be the one that stood there. */
static enum status grow_tree(struct db *into, const struct ledger *ledger, uint64_t size,
                             struct error *err)
{
    struct stmt *stmt = db_stmt(into, "SELECT id, admitted_ms, registry_size, root FROM leaf"
                                      " WHERE ledger = ?1 ORDER BY idx");
    struct merkle tree;
    struct hash root, stored = {{0}};
    bool row;
    enum status st;
    merkle_init(&tree);
    bind_int(stmt, 1, ledger->no);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        struct leaf leaf = {.admitted_ms = stmt_int(stmt, 1),
                            .registry_size = (uint64_t)stmt_int(stmt, 2)};
        struct hash hash;
        if (stmt_blob(stmt, 0).n != HASH_SIZE || stmt_blob(stmt, 3).n != HASH_SIZE)
            break;
        memcpy(leaf.id.b, stmt_blob(stmt, 0).p, HASH_SIZE);
        memcpy(stored.b, stmt_blob(stmt, 3).p, HASH_SIZE);
        leaf_hash(&leaf, &hash);
        merkle_append(&tree, &hash);
    }
    stmt_reset(stmt);
    merkle_root(&tree, &root);
    if (st == ST_OK && (tree.size != size || (size && !hash_equal(&root, &stored))))
        st = error_set(err, ST_DAMAGED, "账本 %s 的前 %llu 项不完整；请运行 audit 核对",
                       ledger->origin.text, (unsigned long long)size);
    if (st != ST_OK)
        return st;
    stmt = db_stmt(into, "UPDATE ledger SET size = ?2, frontier = ?3 WHERE no = ?1");
    bind_int(stmt, 1, ledger->no);
    bind_int(stmt, 2, (int64_t)size);
    bind_blob(stmt, 3, slice_of(tree.stack, HASH_SIZE * (size_t)__builtin_popcountll(tree.size)));
    return stmt_run(stmt, err);
}

static enum status copy_all(struct replica *now, const struct past *past, struct db *into,
                            struct error *err)
{
    uint64_t registry_size = past->registry_size, size;
    enum status st = db_exec(into,
                             "INSERT INTO replica_setting SELECT * FROM now.replica_setting"
                             " WHERE name IN ('registry', 'root_kid')",
                             err);
    if (st == ST_OK && now->registry_ledger && !past->alone)
        st = size_then(now, now->registry_ledger, past, &registry_size, err);
    for (size_t i = 0; i < now->ledger_count && st == ST_OK; i++) {
        struct ledger *ledger = now->ledgers[i];
        if (ledger == now->registry_ledger || (past->alone && ledger != past->ledger))
            continue;
        st = size_then(now, ledger, past, &size, err);
        if (st == ST_OK && replica_lacks(now, ledger, size))
            st = snapshot_refuse(now, err);
        if (st == ST_OK)
            st = registry_then(now, ledger, size, &registry_size, err);
        if (st == ST_OK)
            st = copy_ledger(into, ledger, size, err);
        if (st == ST_OK)
            st = grow_tree(into, ledger, size, err);
    }
    if (st == ST_OK && now->registry_ledger)
        st = copy_ledger(into, now->registry_ledger, registry_size, err);
    if (st == ST_OK && now->registry_ledger)
        st = grow_tree(into, now->registry_ledger, registry_size, err);
    return st;
}

static enum status fold(struct db *into, struct error *err)
{
    struct replica *rep = NULL;
    enum status st = replica_open(into, &rep, err);
    if (st != ST_OK)
        return st;
    st = db_begin(into, err);
    if (st == ST_OK)
        st = materialise_upgrade(rep, err);
    if (st == ST_OK)
        st = materialise_all(rep, NULL, err);
    if (st == ST_OK)
        st = db_commit(into, err);
    else
        db_rollback(into);
    replica_close(rep);
    return st;
}

enum status past_fill(struct replica *now, const char *file, const struct past *past,
                      struct db *into, struct error *err)
{
    enum status st = attach(into, file, err);
    if (st != ST_OK)
        return st;
    st = db_begin(into, err);
    if (st == ST_OK)
        st = copy_all(now, past, into, err);
    if (st == ST_OK)
        st = db_commit(into, err);
    else
        db_rollback(into);
    enum status detached = db_exec(into, "DETACH now", st == ST_OK ? err : NULL);
    if (st == ST_OK)
        st = detached;
    return st == ST_OK ? fold(into, err) : st;
}
