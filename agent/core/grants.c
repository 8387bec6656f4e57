/* SPDX-License-Identifier: MulanPSL-2.0 */
/* grants: see grants.h. */
#include "agent/core/grants.h"

#include <stdio.h>
#include <stdlib.h>

#include "shared/base/check.h"
#include "shared/base/time.h"
#include "shared/codec/hex.h"

#define PEOPLE_MAX 64
#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define KID_TEXT (2 * HASH_SIZE + 1)
#define TOLD "grants_told/" /* setting, with the kid: registry leaves that its person knows of */

/* ---- whose is it ---- */

static bool same_person(const struct grant *a, const struct grant *b)
{
    return memcmp(a->person, b->person, sizeof(a->person)) == 0;
}

/* Of this person: the key itself, another key of the same person, or one in the same name. */
static bool concerns(const struct registry *reg, const struct hash *kid, const struct grant *g)
{
    const struct grant *own = registry_grant_any(reg, kid);
    if (!own)
        return false;
    if (g->kind == GRANT_DEVICE)
        return own->has_device && hash_equal(&own->device, &g->kid);
    return hash_equal(&g->kid, kid) || same_person(own, g) || strcmp(own->name, g->name) == 0;
}

static bool is_here(const struct desk *desk, const struct hash *kids, size_t n,
                    const struct grant *g)
{
    if (g->kind == GRANT_DEVICE)
        return desk->device && hash_equal(sign_key_kid(desk->device), &g->kid);
    for (size_t i = 0; i < n; i++)
        if (hash_equal(&kids[i], &g->kid))
            return true;
    return false;
}

size_t grants_people(struct desk *desk, struct hash *kids, size_t max)
{
    const struct registry *reg = &desk->rep->registry;
    struct hash all[PEOPLE_MAX];
    size_t n = desk_people(desk, all, PEOPLE_MAX), kept = 0;
    for (size_t i = 0; i < n && kept < max; i++) {
        const struct grant *own = registry_grant_any(reg, &all[i]);
        bool superseded = desk_person_superseded(desk, &all[i], all, n);
        for (size_t j = 0; j < n && desk_person_ended(desk, &all[i]) && !superseded; j++) {
            const struct grant *other = registry_grant_any(reg, &all[j]);
            superseded = other && other != own && !desk_person_ended(desk, &all[j]) &&
                         (same_person(own, other) || strcmp(own->name, other->name) == 0);
        }
        if (!superseded)
            kids[kept++] = all[i];
    }
    return kept;
}

/* ---- who did it, and when ---- */

/* Who signed a registry leaf, by name. */
static void name_signer(struct desk *desk, uint64_t leaf, char out[static AUTHORITY_NAME_MAX + 1])
{
    const struct ledger *registry = desk->rep->registry_ledger;
    struct stmt *stmt = db_stmt(desk->db, "SELECT n.kid FROM leaf l JOIN changeset c"
                                          " ON c.no = l.changeset JOIN chain n ON n.no = c.chain"
                                          " WHERE l.ledger = ?1 AND l.idx = ?2");
    struct hash kid = {0};
    char short_kid[17];
    bool row = false;
    bind_int(stmt, 1, registry->no);
    bind_int(stmt, 2, (int64_t)leaf);
    if (stmt_step(stmt, &row, NULL) == ST_OK && row && stmt_blob(stmt, 0).n == HASH_SIZE)
        memcpy(kid.b, stmt_blob(stmt, 0).p, HASH_SIZE);
    stmt_reset(stmt);
    const char *name = hash_equal(&kid, &desk->rep->registry.root_kid)
                           ? "县的根密钥"
                           : desk_name_of(desk, &kid, short_kid);
    snprintf(out, AUTHORITY_NAME_MAX + 1, "%s", name);
}

static int64_t leaf_ms(struct desk *desk, uint64_t leaf)
{
    return replica_admitted_ms(desk->rep, desk->rep->registry_ledger, leaf + 1);
}

static json_t *time_json(int64_t ms)
{
    char text[TIME_TEXT_SIZE];
    time_format_utc(ms, text);
    return json_string(text);
}

static const char *state_of(const struct registry *reg, const struct grant *g, int64_t now_ms)
{
    if (g->revoked_leaf != UINT64_MAX)
        return "revoked";
    if (registry_grant_any(reg, &g->kid) != g)
        return "replaced";
    return now_ms > g->expires_ms ? "expired" : "active";
}

static json_t *grant_json(struct desk *desk, const struct grant *g, bool here)
{
    const bool revoked = g->revoked_leaf != UINT64_MAX;
    char kid[KID_TEXT], device[KID_TEXT] = "";
    char by[AUTHORITY_NAME_MAX + 1], revoked_by[AUTHORITY_NAME_MAX + 1] = "";
    json_t *scopes = json_array();
    hex_encode(hash_slice(&g->kid), kid);
    if (g->has_device)
        hex_encode(hash_slice(&g->device), device);
    for (size_t i = 0; i < g->scope_count; i++)
        json_array_append_new(scopes, json_stringn(g->scopes[i], DIVISION_CODE_SIZE));
    name_signer(desk, g->leaf, by);
    if (revoked)
        name_signer(desk, g->revoked_leaf, revoked_by);
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:b, s:o, s:s, s:o, s:s, s:o, s:o, s:I, s:I}",
                     "kid", kid, "kind", g->kind == GRANT_DEVICE ? "device" : "person", "name",
                     g->name, "role", g->role, "scopes", scopes, "device", device, "here", here,
                     "granted", time_json(leaf_ms(desk, g->leaf)), "by", by, "expires",
                     g->expires_ms == INT64_MAX ? json_null() : time_json(g->expires_ms), "state",
                     state_of(&desk->rep->registry, g, time_now_ms()), "revoked",
                     revoked ? time_json(leaf_ms(desk, g->revoked_leaf)) : json_null(),
                     "revoked_by", revoked ? json_string(revoked_by) : json_null(), "cut",
                     (json_int_t)g->cut_count, "leaf", (json_int_t)g->leaf);
}

json_t *grants_json(struct desk *desk, const struct grant *g)
{
    struct hash kids[PEOPLE_MAX];
    return grant_json(desk, g, is_here(desk, kids, desk_people(desk, kids, PEOPLE_MAX), g));
}

enum status grants_list(struct desk *desk, json_t **out, struct error *err)
{
    const struct registry *reg = &desk->rep->registry;
    struct hash kids[PEOPLE_MAX];
    *out = NULL;
    enum status st = desk_refresh(desk, err);
    if (st != ST_OK)
        return st;
    const size_t n = desk_people(desk, kids, PEOPLE_MAX);
    *out = json_array();
    for (size_t i = 0; i < reg->grant_count; i++) {
        bool concerned = false;
        for (size_t p = 0; p < n && !concerned; p++)
            concerned = concerns(reg, &kids[p], &reg->grants[i]);
        if (concerned)
            json_array_append_new(
                *out, grant_json(desk, &reg->grants[i], is_here(desk, kids, n, &reg->grants[i])));
    }
    return ST_OK;
}

/* ---- news ---- */

static void say_grant(struct desk *desk, const struct grant *g, bool here, bool first, json_t *out)
{
    char by[AUTHORITY_NAME_MAX + 1], when[TIME_TEXT_SIZE], until[TIME_TEXT_SIZE], kid[17];
    name_signer(desk, g->leaf, by);
    time_format_cst(leaf_ms(desk, g->leaf), when);
    time_format_cst(g->expires_ms, until);
    hex_encode(slice_of(g->kid.b, 8), kid);
    char *text;
    if (here && first)
        return;
    if (here)
        text = mem_printf("%s 的授权有了新的说法：%s %.10s%s%s", g->name, by, when,
                          g->expires_ms == INT64_MAX ? "，没有期限" : "，有效到 ",
                          g->expires_ms == INT64_MAX ? "" : (until[10] = 0, until));
    else
        text = mem_printf("%s 于 %.16s 以 %s 的名义给别的电脑授了权（密钥 %s，%s）：不是您本人要的"
                          "，请马上找县里",
                          by, when, g->name, kid, g->role);
    json_array_append_new(out, json_string(text));
    mem_free(text);
}

static void say_revoked(struct desk *desk, const struct grant *g, bool here, json_t *out)
{
    char by[AUTHORITY_NAME_MAX + 1], when[TIME_TEXT_SIZE], kid[17];
    name_signer(desk, g->revoked_leaf, by);
    time_format_cst(leaf_ms(desk, g->revoked_leaf), when);
    hex_encode(slice_of(g->kid.b, 8), kid);
    char *text = mem_printf("%s 于 %.16s 撤销了 %s %s（密钥 %s）", by, when, g->name,
                            here ? "在这台电脑上的授权" : "在别的电脑上的授权", kid);
    json_array_append_new(out, json_string(text));
    mem_free(text);
}

/* Is it the first grant of its key? */
static bool is_first(const struct registry *reg, const struct grant *g)
{
    for (const struct grant *other = reg->grants; other < g; other++)
        if (hash_equal(&other->kid, &g->kid))
            return false;
    return true;
}

/* What one person has not been told yet; two people of one name are told the same once. */
static enum status news_of(struct desk *desk, const struct hash *kids, size_t n, size_t which,
                           bool *said, json_t *out, struct error *err)
{
    const struct registry *reg = &desk->rep->registry;
    char name[sizeof(TOLD) + KID_TEXT], now[24], kid[KID_TEXT];
    struct buf value;
    buf_init(&value, 24);
    hex_encode(hash_slice(&kids[which]), kid);
    snprintf(name, sizeof(name), TOLD "%s", kid);
    const uint64_t told =
        desk_setting(desk, name, &value) ? strtoull(buf_cstr(&value), NULL, 10) : 0;
    buf_release(&value);
    for (size_t i = 0; i < reg->grant_count; i++) {
        const struct grant *g = &reg->grants[i];
        if (g->kind == GRANT_DEVICE || said[i] || !concerns(reg, &kids[which], g))
            continue;
        const bool here = is_here(desk, kids, n, g);
        const bool revoked = g->revoked_leaf != UINT64_MAX && g->revoked_leaf >= told;
        if (g->leaf >= told)
            say_grant(desk, g, here, is_first(reg, g), out);
        if (revoked)
            say_revoked(desk, g, here, out);
        said[i] = g->leaf >= told || revoked;
    }
    snprintf(now, sizeof(now), "%llu", (unsigned long long)reg->size);
    return told == reg->size ? ST_OK : desk_set(desk, name, slice_str(now), err);
}

enum status grants_news(struct desk *desk, json_t **out, struct error *err)
{
    struct hash kids[PEOPLE_MAX];
    *out = json_array();
    enum status st = desk_begin(desk, err);
    if (st != ST_OK)
        return st;
    const size_t n = desk_people(desk, kids, PEOPLE_MAX);
    bool *said = mem_zero_alloc(desk->rep->registry.grant_count + 1, sizeof(*said));
    for (size_t i = 0; st == ST_OK && i < n; i++)
        if (registry_grant_any(&desk->rep->registry, &kids[i]))
            st = news_of(desk, kids, n, i, said, *out, err);
    mem_free(said);
    if (st == ST_OK)
        return desk_commit(desk, err);
    desk_rollback(desk);
    return st;
}

/* ---- expiry ---- */

void grants_warning(struct desk *desk, const struct hash *kid, int64_t now_ms, char **out,
                    int64_t *days_left)
{
    const struct registry *reg = &desk->rep->registry;
    const struct grant *grant = registry_grant(reg, kid, reg->size);
    char short_kid[17], until[TIME_TEXT_SIZE];
    const char *name = desk_name_of(desk, kid, short_kid);
    int64_t days = INT64_MAX;
    *out = NULL;
    if (!grant) {
        if (registry_grant_any(reg, kid))
            *out = mem_printf("%s 的授权已被县里撤销，不能再填写；请联系县里", name);
    } else if (grant->expires_ms != INT64_MAX) {
        const int64_t left_ms = grant->expires_ms - now_ms;
        days = left_ms >= 0 ? left_ms / DAY_MS : -((-left_ms + DAY_MS - 1) / DAY_MS);
        time_format_cst(grant->expires_ms, until);
        if (!grant_may_be_renewed(grant, now_ms))
            *out = mem_printf("%s 的授权 %.10s 到期，已超过 90 天，不能再填写：请联系县里续期",
                              name, until);
        else if (days < 0)
            *out =
                mem_printf("%s 的授权 %.10s 已到期：还可以填写，县里续期以后才算数；请尽快联系县里"
                           "续期，再同步一次",
                           name, until);
        else if (days <= GRANTS_WARN_DAYS)
            *out = mem_printf("%s 的授权 %.10s 到期（还有 %lld 天）：请联系县里续期，再同步一次",
                              name, until, (long long)days);
    }
    if (days_left)
        *days_left = days;
}
