/* SPDX-License-Identifier: MulanPSL-2.0 */
/* sealed: see sealed.h. */
#include "server/core/sealed.h"

#include "server/core/member.h"
#include "shared/base/random.h"
#include "shared/codec/hex.h"
#include "shared/db/moves.h"

#include <stdio.h>

enum status sealed_make(struct server *srv, const char *code, struct ledger **out,
                        struct error *err)
{
    struct origin plain, origin;
    uint8_t chance[8];
    char hex[2 * sizeof(chance) + 1], name[ORIGIN_MAX + 32];
    if (!division_code_valid(slice_str(code)) || !origin_make(srv->authority, code, &plain))
        return error_set(err, ST_USAGE, "%.40s 不是 12 位区划代码", code);
    if (!division_covers(srv->code, code))
        return error_set(err, ST_USAGE, "%s 不在本县（%s）范围内", code, srv->code);
    random_bytes(chance, sizeof(chance));
    hex_encode(slice_of(chance, sizeof(chance)), hex);
    snprintf(name, sizeof(name), "%s/s-%s", plain.text, hex);
    if (!origin_parse(slice_str(name), &origin))
        return error_set(err, ST_LIMIT, "账本名称太长");
    enum status st = replica_ledger_add(srv->rep, &origin, out, err);
    return st == ST_OK ? moves_follow(srv->rep, err) : st;
}

enum status sealed_find(struct server *srv, const char *name, struct ledger **out,
                        struct error *err)
{
    for (size_t i = 0; i < srv->rep->ledger_count; i++) {
        struct ledger *ledger = srv->rep->ledgers[i];
        if (origin_is_sealed(&ledger->origin) &&
            (strcmp(ledger->origin.text, name) == 0 ||
             strcmp(origin_code(&ledger->origin) + DIVISION_CODE_SIZE + 1, name) == 0)) {
            *out = ledger;
            return ST_OK;
        }
    }
    return error_set(err, ST_NOT_FOUND, "没有封存账本 %.120s：huced sealed list", name);
}

static enum status person_named(struct server *srv, const char *who, const struct grant **out,
                                struct error *err)
{
    enum status st = member_find(&srv->rep->registry, who, out, err);
    if (st == ST_OK && (*out)->kind != GRANT_PERSON)
        return error_set(err, ST_USAGE, "%.60s 不是人员", who);
    return st;
}

enum status sealed_name(struct server *srv, const struct ledger *ledger, const char *who,
                        int64_t now_ms, struct error *err)
{
    const struct grant *grant;
    enum status st = person_named(srv, who, &grant, err);
    if (st == ST_OK && !grant_covers_ledger(grant, origin_code(&ledger->origin)))
        st = error_set(err, ST_REFUSED, "%s 的授权范围不包括 %.12s", grant->name,
                       origin_code(&ledger->origin));
    if (st != ST_OK)
        return st;
    struct stmt *stmt = db_stmt(srv->db, "INSERT INTO _sealed_reader (origin, person, since_ms)"
                                         " VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING");
    bind_str(stmt, 1, ledger->origin.text);
    bind_blob(stmt, 2, slice_of(grant->person, sizeof(grant->person)));
    bind_int(stmt, 3, now_ms);
    return stmt_run(stmt, err);
}

enum status sealed_unname(struct server *srv, const struct ledger *ledger, const char *who,
                          struct error *err)
{
    const struct grant *grant;
    enum status st = person_named(srv, who, &grant, err);
    if (st != ST_OK)
        return st;
    struct stmt *stmt =
        db_stmt(srv->db, "DELETE FROM _sealed_reader WHERE origin = ?1 AND person = ?2");
    bind_str(stmt, 1, ledger->origin.text);
    bind_blob(stmt, 2, slice_of(grant->person, sizeof(grant->person)));
    return stmt_run(stmt, err);
}

static bool is_named(struct server *srv, const struct origin *origin, const uint8_t person[16])
{
    struct stmt *stmt =
        db_stmt(srv->db, "SELECT 1 FROM _sealed_reader WHERE origin = ?1 AND person = ?2");
    bool row = false;
    bind_str(stmt, 1, origin->text);
    bind_blob(stmt, 2, slice_of(person, 16));
    const bool named = stmt_step(stmt, &row, NULL) == ST_OK && row;
    stmt_reset(stmt);
    return named;
}

bool sealed_may_read(struct server *srv, const struct hash *device, const struct origin *origin)
{
    const struct registry *reg = &srv->rep->registry;
    if (!registry_device_reads(reg, device, origin_code(origin)))
        return false;
    for (size_t i = 0; i < reg->grant_count; i++) {
        const struct grant *grant = &reg->grants[i];
        if (grant->kind == GRANT_PERSON && grant->has_device &&
            hash_equal(&grant->device, device) && grant->revoked_leaf == UINT64_MAX &&
            grant == registry_grant_any(reg, &grant->kid) &&
            grant_covers_ledger(grant, origin_code(origin)) && is_named(srv, origin, grant->person))
            return true;
    }
    return false;
}

/* The newest grant says what the person is called. */
static const char *name_of(const struct registry *reg, struct slice person)
{
    const char *name = "?";
    for (size_t i = 0; i < reg->grant_count; i++)
        if (reg->grants[i].kind == GRANT_PERSON &&
            slice_equal(slice_of(reg->grants[i].person, 16), person))
            name = reg->grants[i].name;
    return name;
}

enum status sealed_each(struct server *srv, const struct origin *origin, sealed_reader_fn *each,
                        void *arg, struct error *err)
{
    struct stmt *stmt = db_stmt(srv->db, "SELECT person, since_ms FROM _sealed_reader"
                                         " WHERE origin = ?1 ORDER BY since_ms, person");
    bool row = false;
    enum status st;
    bind_str(stmt, 1, origin->text);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row)
        each(arg, name_of(&srv->rep->registry, stmt_blob(stmt, 0)), stmt_int(stmt, 1));
    stmt_reset(stmt);
    return st;
}
