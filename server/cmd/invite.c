/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * invite: huced invite: a one-time code for one person on one device.
 *
 * --for MEMBER is for somebody who has a key already: another laptop, a PIN that is forgotten, work
 * in another village. Name, role and scopes are those of the present grant unless options say
 * otherwise, and the new grant is the same person's. --revoke ends the present key in the same
 * step, with a cut like that of `huced member revoke`.
 */
#include "server/cmd/cmd.h"
#include "server/core/member.h"
#include "shared/cli/qr.h"

#include "shared/base/file.h"
#include "shared/base/random.h"
#include "shared/base/time.h"
#include "shared/codec/hex.h"
#include "shared/ledger/invite.h"
#include "shared/net/certificate.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define DAYS_DEFAULT 14
#define PEM_MAX (256 * 1024)

const struct option_spec cmd_invite_options[] = {{"ledger", true},   {"role", true},
                                                 {"person", true},   {"out", true},
                                                 {"url", true},      {"days", true},
                                                 {"tls-cert", true}, {"until", true},
                                                 {"for", true},      {"revoke", false},
                                                 {"cut", true},      {"qr", false},
                                                 {"qr-file", true},  {0}};

/* Another key for a member. */
struct successor {
    bool is_one, revokes;
    struct hash kid; /* of the present key */
    size_t heads;    /* what its revocation vouches for */
};

static enum status read_scopes(struct server *srv, const struct options *options,
                               struct invitation *out, struct error *err)
{
    const char *code;
    for (size_t i = 0; (code = options_nth(options, "ledger", i)); i++) {
        if (out->scope_count == STORE_SCOPES_MAX)
            return error_set(err, ST_USAGE, "--ledger 最多 %d 个", STORE_SCOPES_MAX);
        if (!division_code_valid(slice_str(code)))
            return error_set(err, ST_USAGE, "--ledger %s 不是 12 位区划代码", code);
        if (!division_covers(srv->code, code))
            return error_set(err, ST_USAGE, "%s 不在本县（%s）范围内", code, srv->code);
        if (!replica_ledger_named(srv->rep, code))
            return error_set(err, ST_NOT_FOUND, "没有账本 %s，请先运行 huced ledger add %s", code,
                             code);
        snprintf(out->scopes[out->scope_count++], DIVISION_CODE_SIZE + 1, "%s", code);
    }
    if (out->scope_count == 0)
        return error_set(err, ST_USAGE, "缺少 --ledger");
    return ST_OK;
}

/* What --for leaves as it is. */
static enum status plan_successor(struct server *srv, const struct options *options,
                                  struct invitation *out, struct successor *next, struct error *err)
{
    const struct registry *reg = &srv->rep->registry;
    const char *member = options_get(options, "for");
    const struct grant *grant;
    next->revokes = options_has(options, "revoke");
    if (!member && (next->revokes || options_has(options, "cut")))
        return error_set(err, ST_USAGE, "--revoke 和 --cut 只与 --for 成员 一起用");
    if (!member)
        return ST_OK;
    if (options_has(options, "cut") && !next->revokes)
        return error_set(err, ST_USAGE, "--cut 与 --revoke 一起用");
    enum status st = member_find(reg, member, &grant, err);
    if (st != ST_OK)
        return st;
    if (grant->kind != GRANT_PERSON || strcmp(grant->role, "registrar") == 0)
        return error_set(err, ST_USAGE, "--for 后面应是一个人（姓名或 KID），登记员除外");
    next->is_one = true;
    next->kid = grant->kid;
    memcpy(out->person_id, grant->person, sizeof(out->person_id));
    if (!out->person[0])
        snprintf(out->person, sizeof(out->person), "%s", grant->name);
    if (!out->role[0])
        snprintf(out->role, sizeof(out->role), "%s", grant->role);
    if (!options_has(options, "until") && grant->expires_ms != INT64_MAX)
        out->until_ms = grant->expires_ms;
    if (!options_has(options, "ledger"))
        for (; out->scope_count < grant->scope_count; out->scope_count++)
            memcpy(out->scopes[out->scope_count], grant->scopes[out->scope_count],
                   DIVISION_CODE_SIZE);
    return ST_OK;
}

static enum status plan_words(const struct options *options, struct invitation *out,
                              struct error *err)
{
    const char *role = options_get(options, "role"), *person = options_get(options, "person");
    const char *until = options_get(options, "until");
    if (role && (!role_valid(slice_str(role)) || strcmp(role, "registrar") == 0))
        return error_set(err, ST_USAGE,
                         "--role 应为 village、grid、township、dept:部门 或 auditor");
    if (person &&
        (!*person || strlen(person) > AUTHORITY_NAME_MAX || !utf8_valid(slice_str(person))))
        return error_set(err, ST_USAGE, "--person 应为姓名，不超过 %d 字节", AUTHORITY_NAME_MAX);
    for (const char *p = person; p && *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7F)
            return error_set(err, ST_USAGE, "--person 中有控制字符");
    snprintf(out->role, sizeof(out->role), "%s", role ? role : "");
    snprintf(out->person, sizeof(out->person), "%s", person ? person : "");
    return until ? member_until(until, &out->until_ms, err) : ST_OK;
}

static enum status plan(struct server *srv, const struct options *options, struct invitation *out,
                        struct successor *next, struct error *err)
{
    const char *days = options_get(options, "days");
    char *end = NULL;
    long long count = days ? strtoll(days, &end, 10) : DAYS_DEFAULT;

    if ((days && (*end || end == days)) || count < 1 || count > 365)
        return error_set(err, ST_USAGE, "--days 应在 1 到 365 之间");
    out->created_ms = time_now_ms();
    out->expires_ms = out->created_ms + count * DAY_MS;
    random_bytes(out->token, sizeof(out->token));
    random_bytes(out->person_id, sizeof(out->person_id));
    enum status st = plan_words(options, out, err);
    if (st == ST_OK)
        st = plan_successor(srv, options, out, next, err);
    if (st == ST_OK && !out->person[0])
        st = error_set(err, ST_USAGE, "缺少 --person 姓名（已有授权的人用 --for）");
    if (st == ST_OK && !out->role[0])
        st = error_set(err, ST_USAGE, "缺少 --role");
    if (st == ST_OK && (!next->is_one || options_has(options, "ledger")))
        st = read_scopes(srv, options, out, err);
    return st;
}

/* The server's certificate: --tls-cert (of a proxy in front), else what `serve` was last started
 * with. */
static enum status pin_server(struct server *srv, const struct options *options,
                              struct invite *invite, struct error *err)
{
    const char *path = options_get(options, "tls-cert");
    const char *hex = store_setting(srv->db, "tls_pin", &srv->arena);
    enum status st = ST_OK;
    if (strncmp(invite->url, "https:", 6) != 0)
        return ST_OK;
    if (path) {
        struct buf pem;
        buf_init(&pem, PEM_MAX);
        st = file_read(path, PEM_MAX, &pem, err);
        if (st == ST_OK)
            st = certificate_pin(buf_slice(&pem), &invite->pins[0], err);
        buf_release(&pem);
    } else if (!hex || !hex_decode(slice_str(hex), invite->pins[0].b, HASH_SIZE)) {
        return ST_OK; /* verified by the system's certificate authorities */
    }
    invite->pin_count = st == ST_OK;
    return st;
}

static enum status write_text(struct server *srv, const struct options *options,
                              const struct invitation *invitation, struct buf *text,
                              struct error *err)
{
    const char *url = options_get(options, "url");
    struct invite invite = {.registry = srv->rep->registry_origin,
                            .root_kid = srv->rep->root_kid,
                            .expires_ms = invitation->expires_ms};
    if (!url)
        url = srv->url;
    if (!county_url_valid(slice_str(url)))
        return error_set(err, ST_USAGE, "--url %s 不是 http:// 或 https:// 地址", url);
    snprintf(invite.url, sizeof(invite.url), "%s", url);
    memcpy(invite.token, invitation->token, sizeof(invite.token));
    enum status st = pin_server(srv, options, &invite, err);
    if (st == ST_OK)
        st = invite_encode(&invite, text, err);
    secret_wipe(&invite, sizeof(invite));
    return st;
}

/* The invitation, and with --revoke the end of the present key: both or none. */
static enum status note(struct server *srv, const struct options *options,
                        const struct invitation *invitation, struct successor *next,
                        struct error *err)
{
    struct draft draft = {0};
    enum status st = store_add_invitation(srv->db, invitation, err);
    if (st == ST_OK && next->revokes)
        st = draft_revocation(srv, options, &next->kid, &draft, &next->heads, err);
    if (st == ST_OK)
        st = registrar_write(srv, srv->registrar, &draft, time_now_ms(), err);
    draft_release(&draft);
    return st;
}

static void tell_successor(const struct invitation *invitation, const struct successor *next)
{
    char hex[2 * HASH_SIZE + 1];
    hex_encode(hash_slice(&next->kid), hex);
    if (next->revokes)
        fprintf(
            stderr,
            "%s 原来的密钥已撤销；撤销前的工作认到 %zu 条链的末尾，之后到达的其他改动将被隔离。\n",
            invitation->person, next->heads);
    else
        fprintf(stderr, "%s 原来的密钥还有效；不再用了就运行：huced member revoke %.16s\n",
                invitation->person, hex);
}

/* Before anything is noted: a name that is no picture's. */
static enum status check_picture(const struct options *options, struct error *err)
{
    const char *path = options_get(options, "qr-file");
    struct buf picture;
    if (!path)
        return ST_OK;
    buf_init(&picture, QR_PICTURE_MAX);
    enum status st = qr_picture("HUCE1", path, &picture, err);
    buf_release(&picture);
    return st;
}

/* As a picture, and on the terminal: whoever sees it can join as this person. */
static enum status draw(const struct options *options, const char *text, struct error *err)
{
    const char *path = options_get(options, "qr-file");
    struct buf code;
    buf_init(&code, QR_PICTURE_MAX);
    enum status st = ST_OK;
    if (options_has(options, "qr") && !options_has(options, "json"))
        st = qr_text(text, isatty(STDOUT_FILENO), &code, err);
    if (st == ST_OK && code.n)
        fwrite(code.p, 1, code.n, stdout);
    buf_clear(&code);
    if (st == ST_OK && path)
        st = qr_picture(text, path, &code, err);
    if (st == ST_OK && path)
        st = file_replace(path, buf_slice(&code), 0600, err);
    if (code.p)
        secret_wipe(code.p, code.capacity);
    buf_release(&code);
    return st;
}

static enum status hand_out(const struct options *options, const struct invitation *invitation,
                            const struct successor *next, struct buf *text, struct error *err)
{
    const char *path = options_get(options, "out");
    char expires[TIME_TEXT_SIZE];
    time_format_cst(invitation->expires_ms, expires);
    if (options_has(options, "json")) {
        print_json(json_pack("{s:s, s:s, s:s, s:I}", "invite", buf_cstr(text), "person",
                             invitation->person, "role", invitation->role, "expires_ms",
                             (json_int_t)invitation->expires_ms));
    } else {
        printf("%s\n", buf_cstr(text));
        fprintf(stderr, "给 %s（%s）的邀请码，只能用一次，%s 前有效。\n", invitation->person,
                invitation->role, expires);
        if (next->is_one)
            tell_successor(invitation, next);
    }
    enum status st = draw(options, buf_cstr(text), err);
    if (st != ST_OK || !path)
        return st;
    buf_put_u8(text, '\n');
    return file_replace(path, buf_slice(text), 0600, err);
}

enum status cmd_invite(const struct options *options, struct error *err)
{
    struct server *srv;
    struct invitation invitation = {0};
    struct successor next = {0};
    struct buf text;

    enum status st = expect_words(options, 0, 0, "", err);
    if (st == ST_OK)
        st = check_picture(options, err);
    if (st == ST_OK)
        st = server_open(options_data(options), &srv, err);
    if (st != ST_OK)
        return st;
    buf_init(&text, 4096);
    st = plan(srv, options, &invitation, &next, err);
    if (st == ST_OK)
        st = write_text(srv, options, &invitation, &text, err);
    if (st == ST_OK)
        st = server_begin(srv, err);
    if (st == ST_OK)
        st = server_end(srv, note(srv, options, &invitation, &next, err), err);
    if (st == ST_OK)
        st = hand_out(options, &invitation, &next, &text, err);
    if (text.p)
        secret_wipe(text.p, text.n);
    secret_wipe(&invitation, sizeof(invitation));
    buf_release(&text);
    server_close(srv);
    return st;
}
