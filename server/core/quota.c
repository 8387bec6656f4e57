/* SPDX-License-Identifier: MulanPSL-2.0 */
/* quota: see quota.h. */
#include "server/core/quota.h"

#include "shared/codec/hex.h"

#define DAY_S 86400
#define BEIJING_S (8 * 3600)
#define WHO_MAX (ORIGIN_MAX + 2 * HASH_SIZE)

struct who {
    char text[WHO_MAX + 1];
};

static struct who device_name(const struct hash *device)
{
    struct who who;
    hex_encode(hash_slice(device), who.text);
    return who;
}

static int64_t day_of(int64_t now_ms)
{
    return (now_ms / 1000 + BEIJING_S) / DAY_S;
}

int64_t quota_again_s(int64_t now_ms)
{
    return (day_of(now_ms) + 1) * DAY_S - BEIJING_S - now_ms / 1000;
}

static uint64_t used(struct server *srv, enum quota_kind kind, const char *who, int64_t now_ms)
{
    struct stmt *stmt =
        db_stmt(srv->db, "SELECT bytes FROM _quota WHERE day = ?1 AND kind = ?2 AND who = ?3");
    uint64_t bytes = 0;
    bool row = false;
    bind_int(stmt, 1, day_of(now_ms));
    bind_int(stmt, 2, kind);
    bind_str(stmt, 3, who);
    if (stmt_step(stmt, &row, NULL) == ST_OK && row)
        bytes = (uint64_t)stmt_int(stmt, 0);
    stmt_reset(stmt);
    return bytes;
}

bool quota_left(struct server *srv, enum quota_kind kind, const struct ledger *ledger,
                const struct hash *device, int64_t now_ms)
{
    const struct quota_limits *most = &srv->quota[kind];
    const struct who name = device_name(device);
    return (most->ledger == 0 || used(srv, kind, ledger->origin.text, now_ms) < most->ledger) &&
           (most->device == 0 || used(srv, kind, name.text, now_ms) < most->device);
}

static enum status add(struct server *srv, enum quota_kind kind, const char *who, uint64_t bytes,
                       int64_t now_ms, struct error *err)
{
    struct stmt *stmt = db_stmt(srv->db, "INSERT INTO _quota(day, kind, who, bytes)"
                                         " VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE"
                                         " SET bytes = bytes + excluded.bytes");
    bind_int(stmt, 1, day_of(now_ms));
    bind_int(stmt, 2, kind);
    bind_str(stmt, 3, who);
    bind_int(stmt, 4, (int64_t)bytes);
    return stmt_run(stmt, err);
}

enum status quota_count(struct server *srv, enum quota_kind kind, const struct ledger *ledger,
                        const struct hash *device, uint64_t bytes, int64_t now_ms,
                        struct error *err)
{
    const struct who name = device_name(device);
    if (bytes == 0)
        return ST_OK;
    enum status st = add(srv, kind, ledger->origin.text, bytes, now_ms, err);
    return st == ST_OK ? add(srv, kind, name.text, bytes, now_ms, err) : st;
}
