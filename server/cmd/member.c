/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * member: huced member list, show, revoke: who is granted, and the end of it.
 *
 * A revocation carries the ends of the key's chains that are known to be honest. Without --cut
 * these are what the county has admitted so far; --cut none vouches for nothing.
 */
#include "server/cmd/cmd.h"
#include "server/core/registrar.h"

#include "shared/base/time.h"
#include "shared/codec/hex.h"

#include <stdio.h>

#define KID_TEXT (2 * HASH_SIZE + 1)
#define REASON_LEFT 1

const struct option_spec cmd_member_options[] = {{"cut", true}, {0}};

static const char *state_of(const struct grant *grant, const struct registry *reg, int64_t now_ms)
{
    if (grant->revoked_leaf != UINT64_MAX)
        return "revoked";
    if (registry_grant(reg, &grant->kid, reg->size) != grant)
        return "replaced";
    return now_ms > grant->expires_ms ? "expired" : "active";
}

static void list_json(const struct registry *reg, int64_t now_ms)
{
    json_t *members = json_array();
    for (size_t i = 0; i < reg->grant_count; i++) {
        const struct grant *g = &reg->grants[i];
        json_t *scopes = json_array();
        char kid[KID_TEXT], device[KID_TEXT] = "";
        hex_encode(hash_slice(&g->kid), kid);
        if (g->has_device)
            hex_encode(hash_slice(&g->device), device);
        for (size_t j = 0; j < g->scope_count; j++)
            json_array_append_new(scopes, json_stringn(g->scopes[j], DIVISION_CODE_SIZE));
        json_array_append_new(members,
                              json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "kid", kid, "kind",
                                        g->kind == GRANT_DEVICE ? "device" : "person", "name",
                                        g->name, "role", g->role, "device", device, "state",
                                        state_of(g, reg, now_ms), "scopes", scopes));
    }
    print_json(json_pack("{s:o}", "members", members));
}

static enum status list(struct server *srv, const struct options *options)
{
    const struct registry *reg = &srv->rep->registry;
    const int64_t now_ms = time_now_ms();
    if (options_has(options, "json")) {
        list_json(reg, now_ms);
        return ST_OK;
    }
    for (size_t i = 0; i < reg->grant_count; i++) {
        const struct grant *g = &reg->grants[i];
        char kid[KID_TEXT];
        hex_encode(hash_slice(&g->kid), kid);
        printf("%s  %-8s %-6s %-10s %s", kid, state_of(g, reg, now_ms),
               g->kind == GRANT_DEVICE ? "device" : "person", g->role[0] ? g->role : "-", g->name);
        for (size_t j = 0; j < g->scope_count; j++)
            printf(" %.12s", g->scopes[j]);
        putchar('\n');
    }
    return ST_OK;
}

/* The whole kid, or a beginning of at least 8 digits that fits one grant in force. */
static enum status find(const struct registry *reg, const char *text, struct hash *kid,
                        struct error *err)
{
    const size_t n = strlen(text);
    size_t hits = 0;
    for (size_t i = 0; i < reg->grant_count; i++) {
        const struct grant *g = &reg->grants[i];
        char hex[KID_TEXT];
        hex_encode(hash_slice(&g->kid), hex);
        if (n < 8 || n >= KID_TEXT || strncmp(hex, text, n) != 0 ||
            registry_grant(reg, &g->kid, reg->size) != g)
            continue;
        *kid = g->kid;
        hits++;
    }
    if (hits == 0)
        return error_set(err, ST_NOT_FOUND, "没有生效中的成员 %s（KID 至少写 8 位）", text);
    if (hits > 1)
        return error_set(err, ST_USAGE, "%s 对应多个成员，请写全 KID", text);
    return ST_OK;
}

/* ORIGIN,CHAIN,ID */
static bool parse_cut(const char *text, struct revoke_cut *out)
{
    const char *first = strchr(text, ','), *second = first ? strchr(first + 1, ',') : NULL;
    return second && origin_parse(slice_of(text, (size_t)(first - text)), &out->origin) &&
           hex_decode(slice_of(first + 1, (size_t)(second - first - 1)), out->chain.b,
                      sizeof(out->chain.b)) &&
           hex_decode(slice_str(second + 1), out->id.b, HASH_SIZE);
}

/* ---- chains ---- */

/* One chain of a key: what the county has admitted of it last. */
struct chain_end_row {
    struct revoke_cut head;
    int64_t number, changes, admitted_ms;
};

static enum status chain_ends(struct server *srv, const struct hash *kid,
                              struct chain_end_row **out, size_t *count, struct error *err)
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
        struct chain_end_row *end = &(*out)[(*count)++];
        *end = (struct chain_end_row){.number = stmt_int(stmt, 3),
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

static enum status show(struct server *srv, const struct options *options, struct error *err)
{
    struct chain_end_row *ends = NULL;
    struct hash kid;
    size_t count = 0;
    json_t *chains = json_array();
    char hex[KID_TEXT];
    enum status st = find(&srv->rep->registry, options->words[1], &kid, err);
    if (st == ST_OK)
        st = chain_ends(srv, &kid, &ends, &count, err);
    for (size_t i = 0; i < count && st == ST_OK; i++) {
        char chain[17], id[KID_TEXT], when[TIME_TEXT_SIZE];
        hex_encode(slice_of(ends[i].head.chain.b, sizeof(ends[i].head.chain.b)), chain);
        hex_encode(hash_slice(&ends[i].head.id), id);
        time_format_utc(ends[i].admitted_ms, when);
        json_array_append_new(chains, json_pack("{s:s, s:s, s:s, s:I, s:I, s:s}", "ledger",
                                                ends[i].head.origin.text, "chain", chain, "head",
                                                id, "number", (json_int_t)ends[i].number, "changes",
                                                (json_int_t)ends[i].changes, "admitted", when));
        time_format_cst(ends[i].admitted_ms, when);
        if (!options_has(options, "json"))
            printf("--cut %s,%s,%s\n    第 %lld 份，共 %lld 条改动，%s 收到\n",
                   ends[i].head.origin.text, chain, id, (long long)ends[i].number,
                   (long long)ends[i].changes, when);
    }
    hex_encode(hash_slice(&kid), hex);
    if (st == ST_OK && options_has(options, "json"))
        print_json(json_pack("{s:s, s:O}", "kid", hex, "chains", chains));
    json_decref(chains);
    mem_free(ends);
    return st;
}

/* What the command line vouches for; without a word what is here of this key. */
static enum status read_cut(struct server *srv, const struct options *options,
                            const struct hash *kid, struct revoke_cut **out, size_t *count,
                            struct error *err)
{
    const char *text = options_get(options, "cut");
    struct chain_end_row *ends = NULL;
    enum status st = ST_OK;
    *out = mem_zero_alloc(AUTHORITY_CUT_MAX, sizeof(**out));
    *count = 0;
    if (!text) {
        st = chain_ends(srv, kid, &ends, count, err);
        for (size_t i = 0; i < *count && st == ST_OK; i++)
            (*out)[i] = ends[i].head;
    }
    for (; text && strcmp(text, "none") != 0; text = options_nth(options, "cut", *count))
        if (!parse_cut(text, &(*out)[(*count)++]))
            return error_set(err, ST_USAGE,
                             "--cut %s 应为 账本,链(16 位十六进制),一组改动的标识，或 none", text);
    mem_free(ends);
    return st;
}

static enum status revoke(struct server *srv, const struct options *options, struct error *err)
{
    struct revoke_cut *cut = NULL;
    struct draft draft = {0};
    struct hash kid;
    struct buf op;
    size_t n = 0;

    enum status st = server_begin(srv, err);
    if (st != ST_OK)
        return st;
    buf_init(&op, CHANGE_BODY_MAX);
    st = find(&srv->rep->registry, options->words[1], &kid, err);
    if (st == ST_OK)
        st = read_cut(srv, options, &kid, &cut, &n, err);
    if (st == ST_OK) {
        revoke_encode_cut(&kid, REASON_LEFT, cut, n, &op);
        draft_op(&draft, buf_slice(&op));
        st = registrar_write(srv, srv->registrar, &draft, time_now_ms(), err);
    }
    st = server_end(srv, st, err);
    if (st == ST_OK)
        printf("已撤销；撤销前的工作认到 %zu 条链的末尾，之后到达的其他改动将被隔离\n", n);
    draft_release(&draft);
    buf_release(&op);
    mem_free(cut);
    return st;
}

enum status cmd_member(const struct options *options, struct error *err)
{
    const char *verb = options->word_count ? options->words[0] : "";
    const bool revoking = strcmp(verb, "revoke") == 0, showing = strcmp(verb, "show") == 0;
    const size_t words = revoking || showing ? 2 : 1;
    struct server *srv;

    if (words == 1 && strcmp(verb, "list") != 0)
        return error_set(err, ST_USAGE, "应为 member list、member show KID 或 member revoke KID");
    enum status st = expect_words(options, words, words, " KID", err);
    if (st == ST_OK)
        st = server_open(options_data(options), &srv, err);
    if (st != ST_OK)
        return st;
    st = revoking  ? revoke(srv, options, err)
         : showing ? show(srv, options, err)
                   : list(srv, options);
    server_close(srv);
    return st;
}
