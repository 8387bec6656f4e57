/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * door: how a desk comes to be and is opened: joining (the first person, another one, a new key for
 * somebody who is here), over the wire or with a request that is carried; the start passphrase; and
 * for who has unlocked it, another PIN and another passphrase.
 *
 * Joining waits for the county, so it is done aside. A folder is closed up while nobody has it
 * open: the service lets go of it, and takes it again.
 */
#include "agent/api/aside.h"
#include "agent/api/form.h"
#include "agent/core/at_rest.h"
#include "agent/core/attempt.h"
#include "agent/core/join.h"
#include "agent/core/pin_rule.h"
#include "agent/core/unlock.h"
#include "shared/base/check.h"
#include "shared/base/random.h"
#include "shared/codec/hex.h"
#include "shared/ledger/enrol.h"

#define ANSWER_TEXT_MAX HTTP_BODY_MAX

static void wipe_text(const char *text)
{
    if (text)
        secret_wipe((char *)text, strlen(text));
}

static struct slice word(const json_t *ask, const char *name)
{
    const char *text = aside_word(ask, name);
    return text ? slice_str(text) : SLICE_NONE;
}

/* ---- joining, in the thread; there is no desk, or it is not this one's to use ---- */

static json_t *joined_json(const struct join_result *result)
{
    return json_pack("{s:s, s:b, s:b, s:s}", "name", result->name, "synced", (int)result->synced,
                     "encrypted", (int)result->encrypted, "trouble", result->trouble);
}

static enum status join_by_wire(struct desk *desk, struct author *author, const json_t *ask,
                                struct aside_result *out, struct error *err)
{
    struct join_result result = {0};
    (void)desk;
    (void)author;
    enum status st = join_run(aside_word(ask, "folder"), word(ask, "invite"), word(ask, "pin"),
                              word(ask, "passphrase"), &result, err);
    if (st == ST_OK)
        out->json = joined_json(&result);
    return st;
}

static enum status join_by_file(struct desk *desk, struct author *author, const json_t *ask,
                                struct aside_result *out, struct error *err)
{
    struct buf file;
    struct join_result result = {0};
    (void)desk;
    (void)author;
    buf_init(&file, ENROL_ANSWER_MAX);
    enum status st = base64_decode(word(ask, "answer"), &file)
                         ? join_answer(aside_word(ask, "folder"), buf_slice(&file),
                                       word(ask, "pin"), word(ask, "passphrase"), &result, err)
                         : error_set(err, ST_INVALID, "“answer”应是答复文件的 base64");
    buf_release(&file);
    if (st == ST_OK)
        out->json = joined_json(&result);
    return st;
}

static enum status ask_by_file(struct desk *desk, struct author *author, const json_t *ask,
                               struct aside_result *out, struct error *err)
{
    (void)desk;
    (void)author;
    out->content_type = "application/octet-stream";
    return join_request(aside_word(ask, "folder"), word(ask, "invite"), word(ask, "pin"),
                        word(ask, "passphrase"), &out->file, err);
}

/* ---- joining, here ---- */

/* names: the texts of the body, the needed ones first. */
static void begin_joining(struct call *call, const char *first, aside_work *work)
{
    const char *const names[] = {first, "pin", "passphrase"};
    json_t *ask = json_pack("{s:s}", "folder", call->api->folder);
    struct error err;
    char *known = mem_printf("%s pin passphrase", first);
    enum status st = form_members(call->body, known, &err);
    mem_free(known);
    for (size_t i = 0; st == ST_OK && i < ARRAY_LENGTH(names); i++) {
        const char *text = NULL;
        st = api_text(call, names[i], i < 2, &text, &err);
        if (text && *text)
            json_object_set_new(ask, names[i], json_string(text));
        wipe_text(text);
    }
    if (st == ST_OK && work != join_by_file)
        st = pin_rule_check(word(ask, "pin"), &err);
    if (st == ST_OK && work != join_by_file && aside_word(ask, "passphrase"))
        st = vault_passphrase_check(word(ask, "passphrase"), &err);
    if (st == ST_OK) {
        aside_start(call, ASIDE_BARE, work, ask);
    } else {
        aside_wipe(ask);
        api_fail(call, &err, NULL);
    }
}

static void end_joining(struct call *call, enum status st, struct aside_result *result,
                        struct error *err)
{
    struct api *api = call->api;
    if (st == ST_OK && !api->desk)
        st = desk_open(api->folder, &api->own, err);
    if (st == ST_OK && !api->desk)
        api_take_desk(api, api->own);
    if (st == ST_OK)
        api_answer(call, 201, json_incref(result->json));
    else
        api_fail(call, err, NULL);
    aside_release(result);
}

static void join_with(struct call *call, const char *first, aside_work *work)
{
    struct aside_result result = {0};
    struct error err;
    enum status st;
    switch (aside_take(call, &st, &result, &err)) {
    case ASIDE_NONE:
        begin_joining(call, first, work);
        break;
    case ASIDE_WAIT:
        break;
    case ASIDE_DONE:
        if (work == ask_by_file)
            aside_answer(call, st, &result, &err);
        else
            end_joining(call, st, &result, &err);
        break;
    }
}

void api_join(struct call *call)
{
    join_with(call, "invite", join_by_wire);
}

void api_join_request(struct call *call)
{
    join_with(call, "invite", ask_by_file);
}

void api_join_answer(struct call *call)
{
    join_with(call, "answer", join_by_file);
}

/* ---- the start passphrase ---- */

void api_open(struct call *call)
{
    struct api *api = call->api;
    const char *passphrase = NULL;
    struct error err;
    if (api->desk || !at_rest_is_sealed(api->folder)) {
        api_refuse(call, 409, "open", "已经打开了，不用再输启动口令");
        return;
    }
    enum status st = form_members(call->body, "passphrase", &err);
    if (st == ST_OK)
        st = api_text(call, "passphrase", true, &passphrase, &err);
    if (st == ST_OK)
        st = at_rest_unlock(api->folder, slice_str(passphrase), &err);
    wipe_text(passphrase);
    if (st == ST_OK)
        st = desk_open(api->folder, &api->own, &err);
    if (st == ST_OK) {
        api_take_desk(api, api->own);
        api_answer(call, 200, json_pack("{s:b}", "joined", 1));
    } else {
        api_fail(call, &err, NULL);
    }
}

static json_t *vault_json(struct desk *desk)
{
    return json_pack("{s:b, s:b, s:b}", "encrypted", desk->vault != NULL, "recoverable",
                     at_rest_is_deposited(desk), "swap", at_rest_swaps_to_disk());
}

void api_vault(struct call *call)
{
    api_answer(call, 200, vault_json(call->api->desk));
}

/* Lets go of the folder, changes it, takes it again. */
static enum status with_folder_closed(struct api *api,
                                      enum status (*change)(const char *, struct slice,
                                                            struct error *),
                                      struct slice passphrase, struct error *err)
{
    struct error why;
    background_stop(api->background);
    desk_close(api->own);
    api->background = NULL;
    api->desk = api->own = NULL;
    api->author.grant = NULL; /* every request looks it up */
    enum status st = change(api->folder, passphrase, err);
    enum status opened = desk_open(api->folder, &api->own, st == ST_OK ? err : &why);
    if (opened != ST_OK) {
        api_lock_now(api);
        return st == ST_OK ? opened : st;
    }
    api_take_desk(api, api->own);
    return st == ST_OK ? at_rest_deposit(api->desk, err) : st;
}

static enum status off(const char *folder, struct slice passphrase, struct error *err)
{
    (void)passphrase;
    return at_rest_off(folder, err);
}

static enum status change_vault(struct api *api, const char *wish, struct slice old,
                                struct slice new, struct error *err)
{
    const bool closed = api->desk->vault != NULL;
    const bool on = strcmp(wish, "on") == 0, other = strcmp(wish, "passphrase") == 0;
    if (!on && !other && strcmp(wish, "off") != 0)
        return error_set(err, ST_INVALID, "“set”只能是 on、off 或 passphrase");
    if (on == closed)
        return error_set(err, ST_REFUSED, closed ? "已经加密了" : "还没有加密");
    if (aside_is_working(api) || api_stick_is_working(api) || api_audit_is_working(api))
        return error_set(err, ST_BUSY, "还有报表、导入、核对或 U 盘没有做完，请稍后再试");
    enum status st = on || other ? vault_passphrase_check(new, err) : ST_OK;
    if (st == ST_OK && !on)
        st = at_rest_unlock(api->folder, old, err);
    if (st == ST_OK && other)
        return at_rest_change(api->folder, new, err);
    return st == ST_OK ? with_folder_closed(api, on ? at_rest_on : off, new, err) : st;
}

void api_vault_set(struct call *call)
{
    const char *wish = NULL, *old = NULL, *new = NULL;
    struct error err;
    enum status st = form_members(call->body, "set old passphrase", &err);
    if (st == ST_OK)
        st = api_text(call, "set", true, &wish, &err);
    if (st == ST_OK)
        st = api_text(call, "old", false, &old, &err);
    if (st == ST_OK)
        st = api_text(call, "passphrase", false, &new, &err);
    if (st == ST_OK)
        st = change_vault(call->api, wish, slice_str(old ? old : ""), slice_str(new ? new : ""),
                          &err);
    wipe_text(old);
    wipe_text(new);
    if (st == ST_OK)
        api_answer(call, 200, vault_json(call->api->desk));
    else
        api_fail(call, &err, NULL);
}

/* ---- another PIN ---- */

void api_pin(struct call *call)
{
    const char *old = NULL, *new = NULL;
    struct error err;
    enum status st = form_members(call->body, "old new", &err);
    if (st == ST_OK)
        st = api_text(call, "old", true, &old, &err);
    if (st == ST_OK)
        st = api_text(call, "new", true, &new, &err);
    if (st == ST_OK)
        st = unlock_change_pin(call->api->desk, &call->api->author.kid, slice_str(old),
                               slice_str(new), &err);
    wipe_text(old);
    wipe_text(new);
    if (st == ST_OK)
        api_answer(call, 200, json_pack("{s:b}", "ok", 1));
    else
        api_fail(call, &err, NULL);
}
