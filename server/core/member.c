/* SPDX-License-Identifier: MulanPSL-2.0 */
/* member: see member.h. */
#include "server/core/member.h"

#include "shared/base/time.h"
#include "shared/codec/hex.h"

#include <stdio.h>

#define KID_TEXT (2 * HASH_SIZE + 1)
#define KID_DIGITS_MIN 8
#define REASON_LEFT 1
#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define CST_MS (INT64_C(8) * 3600 * 1000)

const char *member_state(const struct grant *grant, const struct registry *reg, int64_t now_ms)
{
    if (grant->revoked_leaf != UINT64_MAX)
        return "revoked";
    if (registry_grant(reg, &grant->kid, reg->size) != grant)
        return "replaced";
    return now_ms > grant->expires_ms ? "expired" : "active";
}

static bool is_meant(const struct grant *grant, const char *text)
{
    const size_t n = strlen(text);
    char hex[KID_TEXT];
    hex_encode(hash_slice(&grant->kid), hex);
    return (grant->kind == GRANT_PERSON && strcmp(grant->name, text) == 0) ||
           (n >= KID_DIGITS_MIN && n < KID_TEXT && strncmp(hex, text, n) == 0);
}

enum status member_find(const struct registry *reg, const char *text, const struct grant **out,
                        struct error *err)
{
    char names[400] = "";
    size_t hits = 0;
    *out = NULL;
    for (size_t i = 0; i < reg->grant_count; i++) {
        const struct grant *g = &reg->grants[i];
        char hex[KID_TEXT];
        if (!is_meant(g, text) || registry_grant(reg, &g->kid, reg->size) != g)
            continue;
        hex_encode(hash_slice(&g->kid), hex);
        const size_t used = strlen(names);
        const struct grant *device = g->has_device ? registry_grant_any(reg, &g->device) : NULL;
        snprintf(names + used, sizeof(names) - used, "%s%.16s（%s%s%s）", used ? "、" : "", hex,
                 g->name, device ? " 于 " : "", device ? device->name : "");
        *out = g;
        hits++;
    }
    if (hits == 0)
        return error_set(err, ST_NOT_FOUND, "没有生效中的成员 %s（写姓名，或 KID 的前 %d 位以上）",
                         text, KID_DIGITS_MIN);
    if (hits > 1)
        return error_set(err, ST_USAGE, "%s 对应几个密钥，请写 KID：%s", text, names);
    return ST_OK;
}

/* ---- chains and cuts ---- */

enum status member_chains(struct server *srv, const struct hash *kid, struct member_chain **out,
                          size_t *count, struct error *err)
{
    struct stmt *stmt = db_stmt(
        srv->db,
        "SELECT n.ledger, n.chain, c.id, c.number, c.first_seq + c.count - 1, l.admitted_ms"
        " FROM chain n JOIN changeset c ON c.chain = n.no JOIN leaf l ON l.ledger = n.ledger"
        " AND l.idx = c.idx WHERE n.kid = ?1 AND c.number = (SELECT max(number) FROM changeset"
        " WHERE chain = n.no AND idx IS NOT NULL) ORDER BY l.admitted_ms DESC, n.no LIMIT ?2");
    size_t capacity = 0;
    bool row;
    enum status st;
    *out = NULL;
    *count = 0;
    bind_blob(stmt, 1, hash_slice(kid));
    bind_int(stmt, 2, AUTHORITY_CUT_MAX);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        *out = mem_grow(*out, &capacity, *count + 1, sizeof(**out));
        struct member_chain *end = &(*out)[(*count)++];
        *end = (struct member_chain){.number = stmt_int(stmt, 3),
                                     .changes = stmt_int(stmt, 4),
                                     .admitted_ms = stmt_int(stmt, 5)};
        end->head.origin = replica_ledger_by_no(srv->rep, stmt_int(stmt, 0))->origin;
        if (stmt_blob(stmt, 1).n != sizeof(end->head.chain.b) ||
            stmt_blob(stmt, 2).n != HASH_SIZE) {
            st = error_set(err, ST_DAMAGED, "数据库中的链已损坏；请运行 huced audit");
            break;
        }
        memcpy(end->head.chain.b, stmt_blob(stmt, 1).p, sizeof(end->head.chain.b));
        memcpy(end->head.id.b, stmt_blob(stmt, 2).p, HASH_SIZE);
    }
    stmt_reset(stmt);
    return st;
}

/* ORIGIN,CHAIN,ID */
static bool parse_head(const char *text, struct revoke_cut *out)
{
    const char *first = strchr(text, ','), *second = first ? strchr(first + 1, ',') : NULL;
    return second && origin_parse(slice_of(text, (size_t)(first - text)), &out->origin) &&
           hex_decode(slice_of(first + 1, (size_t)(second - first - 1)), out->chain.b,
                      sizeof(out->chain.b)) &&
           hex_decode(slice_str(second + 1), out->id.b, HASH_SIZE);
}

void member_cut_release(struct member_cut *cut)
{
    mem_free(cut->heads);
    *cut = (struct member_cut){0};
}

enum status member_cut_read(struct server *srv, const struct hash *kid, const char *const *words,
                            size_t word_count, struct member_cut *out, struct error *err)
{
    struct member_chain *ends = NULL;
    size_t n = 0;
    enum status st = ST_OK;
    *out = (struct member_cut){0};
    out->heads = mem_zero_alloc(AUTHORITY_CUT_MAX, sizeof(*out->heads));
    if (word_count == 0) {
        st = member_chains(srv, kid, &ends, &n, err);
        for (size_t i = 0; i < n && st == ST_OK; i++)
            out->heads[out->count++] = ends[i].head;
        mem_free(ends);
    } else if (strcmp(words[0], "none") != 0) {
        for (size_t i = 0; i < word_count && st == ST_OK; i++)
            if (!parse_head(words[i], &out->heads[out->count++]))
                st = error_set(err, ST_USAGE,
                               "--cut %s 应为 账本,链(16 位十六进制),一组改动的标识，或 none",
                               words[i]);
    }
    return st;
}

void member_draft_revoke(struct draft *draft, const struct hash *kid, const struct member_cut *cut)
{
    struct buf op;
    buf_init(&op, CHANGE_BODY_MAX);
    revoke_encode_cut(kid, REASON_LEFT, cut->heads, cut->count, &op);
    draft_op(draft, buf_slice(&op));
    buf_release(&op);
}

/* ---- renewal ---- */

void member_draft_renewal(struct draft *draft, const struct grant *grant, int64_t expires_ms)
{
    struct grant renewed = *grant;
    struct buf op;
    renewed.expires_ms = expires_ms;
    buf_init(&op, CHANGE_BODY_MAX);
    grant_encode(&renewed, &op);
    draft_op(draft, buf_slice(&op));
    buf_release(&op);
}

enum status member_until(const char *date, int64_t *out, struct error *err)
{
    int32_t days;
    if (!date_parse(slice_str(date), &days))
        return error_set(err, ST_USAGE, "--until %s 应写成 2027-12-31 这样的日期", date);
    *out = ((int64_t)days + 1) * DAY_MS - CST_MS - 1;
    if (*out <= time_now_ms())
        return error_set(err, ST_USAGE, "--until %s 已经过去", date);
    return ST_OK;
}
