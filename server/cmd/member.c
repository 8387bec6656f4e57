/* SPDX-License-Identifier: MulanPSL-2.0 */
/* member: huced member list, huced member revoke: who is granted, and the end of it. */
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

static enum status revoke(struct server *srv, const struct options *options, struct error *err)
{
    struct revoke_cut cut[OPTIONS_MAX];
    struct draft draft = {0};
    struct hash kid;
    struct buf op;
    size_t n = 0;
    const char *text;

    for (; (text = options_nth(options, "cut", n)); n++)
        if (!parse_cut(text, &cut[n]))
            return error_set(err, ST_USAGE, "--cut %s 应为 账本,链(16 位十六进制),变更集标识",
                             text);
    enum status st = server_begin(srv, err);
    if (st != ST_OK)
        return st;
    buf_init(&op, CHANGE_BODY_MAX);
    st = find(&srv->rep->registry, options->words[1], &kid, err);
    if (st == ST_OK) {
        revoke_encode_cut(&kid, REASON_LEFT, cut, n, &op);
        draft_op(&draft, buf_slice(&op));
        st = registrar_write(srv, srv->registrar, &draft, time_now_ms(), err);
    }
    st = server_end(srv, st, err);
    if (st == ST_OK)
        printf("已撤销\n");
    draft_release(&draft);
    buf_release(&op);
    return st;
}

enum status cmd_member(const struct options *options, struct error *err)
{
    const char *verb = options->word_count ? options->words[0] : "";
    const bool revoking = strcmp(verb, "revoke") == 0;
    struct server *srv;

    if (!revoking && strcmp(verb, "list") != 0)
        return error_set(err, ST_USAGE, "应为 member list 或 member revoke KID");
    enum status st = expect_words(options, revoking ? 2 : 1, revoking ? 2 : 1, " KID", err);
    if (st == ST_OK)
        st = server_open(options_data(options), &srv, err);
    if (st != ST_OK)
        return st;
    st = revoking ? revoke(srv, options, err) : list(srv, options);
    server_close(srv);
    return st;
}
