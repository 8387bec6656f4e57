/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * member: huced member list, show, revoke, renew: who is granted, until when, and the end of it.
 *
 * A revocation carries the ends of the key's chains that are known to be honest. Without --cut
 * these are what the county has admitted so far; --cut none vouches for nothing.
 */
#include "server/cmd/cmd.h"
#include "server/core/member.h"

#include "shared/base/check.h"
#include "shared/base/time.h"
#include "shared/codec/hex.h"

#include <stdio.h>
#include <stdlib.h>

#define KID_TEXT (2 * HASH_SIZE + 1)
#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define YEAR_MS (365 * DAY_MS)
#define DAYS_MAX 3650

const struct option_spec cmd_member_options[] = {
    {"cut", true}, {"device", false}, {"until", true}, {"expiring", true}, {0}};

/* --expiring DAYS: people whose time is over in so many days, or was over already. */
struct filter {
    bool expiring;
    int64_t before_ms;
};

static enum status read_filter(const struct options *options, struct filter *out, struct error *err)
{
    const char *days = options_get(options, "expiring");
    char *end = NULL;
    const long long n = days ? strtoll(days, &end, 10) : 0;
    *out = (struct filter){.expiring = days != NULL};
    if (days && (*end || end == days || n < 0 || n > DAYS_MAX))
        return error_set(err, ST_USAGE, "--expiring 应为 0 到 %d 之间的天数", DAYS_MAX);
    out->before_ms = time_now_ms() + n * DAY_MS;
    return ST_OK;
}

static bool is_listed(const struct filter *filter, const struct registry *reg,
                      const struct grant *g)
{
    return !filter->expiring || (g->kind == GRANT_PERSON && g->expires_ms <= filter->before_ms &&
                                 registry_grant(reg, &g->kid, reg->size) == g);
}

static json_t *member_json(struct server *srv, const struct grant *g, int64_t now_ms)
{
    const struct ledger *registry = srv->rep->registry_ledger;
    json_t *scopes = json_array();
    char kid[KID_TEXT], device[KID_TEXT] = "", person[2 * sizeof(g->person) + 1];
    char granted[TIME_TEXT_SIZE], expires[TIME_TEXT_SIZE];
    hex_encode(hash_slice(&g->kid), kid);
    hex_encode(slice_of(g->person, sizeof(g->person)), person);
    if (g->has_device)
        hex_encode(hash_slice(&g->device), device);
    for (size_t j = 0; j < g->scope_count; j++)
        json_array_append_new(scopes, json_stringn(g->scopes[j], DIVISION_CODE_SIZE));
    time_format_utc(replica_admitted_ms(srv->rep, registry, g->leaf + 1), granted);
    time_format_utc(g->expires_ms, expires);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:o}", "kid", kid, "kind",
                     g->kind == GRANT_DEVICE ? "device" : "person", "name", g->name, "role",
                     g->role, "device", device, "person", person, "state",
                     member_state(g, &srv->rep->registry, now_ms), "scopes", scopes, "granted",
                     granted, "expires",
                     g->expires_ms == INT64_MAX ? json_null() : json_string(expires));
}

static void print_member(const struct grant *g, const struct registry *reg, int64_t now_ms)
{
    char kid[KID_TEXT], expires[TIME_TEXT_SIZE];
    hex_encode(hash_slice(&g->kid), kid);
    printf("%s  %-8s %-6s %-10s %s", kid, member_state(g, reg, now_ms),
           g->kind == GRANT_DEVICE ? "device" : "person", g->role[0] ? g->role : "-", g->name);
    for (size_t j = 0; j < g->scope_count; j++)
        printf(" %.12s", g->scopes[j]);
    const struct grant *device = g->has_device ? registry_grant_any(reg, &g->device) : NULL;
    if (device)
        printf(" 于 %s", device->name);
    if (g->expires_ms != INT64_MAX) {
        time_format_cst(g->expires_ms, expires);
        printf(" 到 %.10s", expires);
    }
    putchar('\n');
}

static enum status list(struct server *srv, const struct options *options, struct error *err)
{
    const struct registry *reg = &srv->rep->registry;
    const int64_t now_ms = time_now_ms();
    json_t *members = json_array();
    struct filter filter;
    enum status st = read_filter(options, &filter, err);
    for (size_t i = 0; st == ST_OK && i < reg->grant_count; i++) {
        const struct grant *g = &reg->grants[i];
        if (!is_listed(&filter, reg, g))
            continue;
        if (options_has(options, "json"))
            json_array_append_new(members, member_json(srv, g, now_ms));
        else
            print_member(g, reg, now_ms);
    }
    if (st == ST_OK && options_has(options, "json"))
        print_json(json_pack("{s:O}", "members", members));
    json_decref(members);
    return st;
}

static enum status show(struct server *srv, const struct options *options, struct error *err)
{
    struct member_chain *ends = NULL;
    const struct grant *grant;
    size_t count = 0;
    json_t *chains = json_array();
    char hex[KID_TEXT];
    enum status st = member_find(&srv->rep->registry, options->words[1], &grant, err);
    if (st == ST_OK)
        st = member_chains(srv, &grant->kid, &ends, &count, err);
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
    if (st == ST_OK)
        hex_encode(hash_slice(&grant->kid), hex);
    if (st == ST_OK && options_has(options, "json"))
        print_json(json_pack("{s:s, s:O}", "kid", hex, "chains", chains));
    json_decref(chains);
    mem_free(ends);
    return st;
}

/* ---- revoking ---- */

/* Others who work on this device: their grants go on, without a device that may speak. */
static void tell_others(const struct registry *reg, const struct hash *device,
                        const struct hash *kid)
{
    for (size_t i = 0; i < reg->grant_count; i++) {
        const struct grant *g = &reg->grants[i];
        if (g->has_device && hash_equal(&g->device, device) && !hash_equal(&g->kid, kid) &&
            registry_grant(reg, &g->kid, reg->size) == g)
            printf(
                "%s 也在这台电脑上工作：授权还在，要在别的电脑上用请另发邀请（huced invite --for "
                "…）\n",
                g->name);
    }
}

static void tell_revoked(const struct registry *reg, const struct hash *kid, bool with_device,
                         size_t heads)
{
    const struct grant *grant = registry_grant_any(reg, kid);
    char name[KID_TEXT];
    printf("已撤销；撤销前的工作认到 %zu 条链的末尾，之后到达的其他改动将被隔离\n", heads);
    if (!grant->has_device)
        return;
    hex_encode(hash_slice(&grant->device), name);
    if (with_device) {
        printf("这台电脑也已撤销：它不能再与县里交换任何资料\n");
        tell_others(reg, &grant->device, kid);
    } else if (registry_grant(reg, &grant->device, reg->size)) {
        printf("%s 用的电脑还没有撤销；电脑丢了或被偷，请再运行：huced member revoke %.16s\n",
               grant->name, name);
    }
}

static enum status revoke(struct server *srv, const struct options *options, struct error *err)
{
    const struct registry *reg = &srv->rep->registry;
    const bool with_device = options_has(options, "device");
    const struct grant *grant;
    struct draft draft = {0};
    struct hash kid, device;
    size_t heads = 0;

    enum status st = server_begin(srv, err);
    if (st != ST_OK)
        return st;
    st = member_find(reg, options->words[1], &grant, err);
    if (st == ST_OK && with_device && !grant->has_device)
        st = error_set(err, ST_USAGE, "%s 不是一个人的密钥：--device 用不上", options->words[1]);
    if (st == ST_OK) {
        kid = grant->kid;
        device = grant->device;
        st = draft_revocation(srv, options, &kid, &draft, &heads, err);
    }
    if (st == ST_OK && with_device && registry_grant(reg, &device, reg->size))
        member_draft_revoke(&draft, &device, &(struct member_cut){0});
    if (st == ST_OK)
        st = registrar_write(srv, srv->registrar, &draft, time_now_ms(), err);
    st = server_end(srv, st, err);
    if (st == ST_OK)
        tell_revoked(reg, &kid, with_device, heads);
    draft_release(&draft);
    return st;
}

/* ---- renewing ---- */

/* Without --until: a year more, from the old expiry on or from today. */
static enum status until_when(const struct options *options, const struct grant *grant,
                              int64_t *out, struct error *err)
{
    const char *date = options_get(options, "until");
    const int64_t now_ms = time_now_ms();
    if (date)
        return member_until(date, out, err);
    if (grant->expires_ms == INT64_MAX)
        return error_set(err, ST_REFUSED, "%s 的授权没有期限；要定一个期限：--until 日期",
                         grant->name);
    *out = (grant->expires_ms > now_ms ? grant->expires_ms : now_ms) + YEAR_MS;
    return ST_OK;
}

static enum status renew(struct server *srv, const struct options *options, struct error *err)
{
    const struct registry *reg = &srv->rep->registry;
    const struct grant *grant;
    struct draft draft = {0};
    char name[AUTHORITY_NAME_MAX + 1], when[TIME_TEXT_SIZE];
    int64_t until_ms = 0;
    enum status st = server_begin(srv, err);
    if (st != ST_OK)
        return st;
    st = member_find(reg, options->words[1], &grant, err);
    if (st == ST_OK && (grant->kind != GRANT_PERSON || strcmp(grant->role, "registrar") == 0))
        st = error_set(err, ST_REFUSED, "续期的应是一个人的授权；登记员的授权由县的根密钥管");
    if (st == ST_OK)
        st = until_when(options, grant, &until_ms, err);
    if (st == ST_OK) {
        snprintf(name, sizeof(name), "%s", grant->name);
        member_draft_renewal(&draft, grant, until_ms);
        st = registrar_write(srv, srv->registrar, &draft, time_now_ms(), err);
    }
    st = server_end(srv, st, err);
    draft_release(&draft);
    if (st != ST_OK)
        return st;
    time_format_cst(until_ms, when);
    if (options_has(options, "json"))
        print_json(json_pack("{s:s, s:I}", "name", name, "expires_ms", (json_int_t)until_ms));
    else
        printf("%s 的授权续到 %.10s；他的电脑下次同步时收到\n", name, when);
    return ST_OK;
}

enum status cmd_member(const struct options *options, struct error *err)
{
    static const struct {
        const char *word;
        size_t words;
        enum status (*run)(struct server *srv, const struct options *options, struct error *err);
    } verbs[] = {{"list", 1, list}, {"show", 2, show}, {"revoke", 2, revoke}, {"renew", 2, renew}};
    const char *verb = options->word_count ? options->words[0] : "";
    size_t i = 0;
    struct server *srv;

    while (i < ARRAY_LENGTH(verbs) && strcmp(verbs[i].word, verb) != 0)
        i++;
    if (i == ARRAY_LENGTH(verbs))
        return error_set(err, ST_USAGE,
                         "应为 member list、member show 成员、member revoke 成员 或 member renew "
                         "成员（成员写姓名或 KID）");
    enum status st =
        expect_words(options, verbs[i].words, verbs[i].words, "成员（姓名或 KID）", err);
    if (st == ST_OK)
        st = server_open(options_data(options), &srv, err);
    if (st != ST_OK)
        return st;
    st = verbs[i].run(srv, options, err);
    server_close(srv);
    return st;
}
