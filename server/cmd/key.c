/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * key: the county's log keys, which sign the heads of its ledgers (core/log_keys.h).
 *
 *   huced key list      every one there has been: since which leaf of the registry, is it here
 *   huced key change    a new one, by the root key; every head is signed anew
 *
 * Desks hear of it with their next exchange, before anything is shown to them under it.
 */
#include "server/cmd/cmd.h"
#include "server/core/key_change.h"

#include "shared/base/time.h"
#include "shared/codec/hex.h"

#include <inttypes.h>
#include <stdio.h>

const struct option_spec cmd_key_options[] = {{"root-key", true}, {"json", false}, {0}};

static enum status list(const struct options *options, struct error *err)
{
    struct server *srv;
    json_t *keys = json_array();
    enum status st = server_open_keyless(options_data(options), &srv, err);
    if (st != ST_OK) {
        json_decref(keys);
        return st;
    }
    const struct registry *reg = &srv->rep->registry;
    for (size_t i = 0; i < reg->log_key_count; i++) {
        const struct registry_log_key *key = &reg->log_keys[i];
        const bool here = log_keys_find(&srv->log_keys, &key->pk) != NULL;
        const bool in_force = i + 1 == reg->log_key_count;
        struct hash kid;
        char hex[2 * HASH_SIZE + 1];
        sign_kid(&key->pk, &kid);
        hex_encode(hash_slice(&kid), hex);
        if (options_has(options, "json"))
            json_array_append_new(keys, json_pack("{s:s, s:I, s:b, s:b}", "kid", hex, "leaf",
                                                  (json_int_t)key->leaf, "here", here, "in_force",
                                                  in_force));
        else
            printf("%.16s  自登记账本第 %" PRIu64 " 项%s%s\n", hex, key->leaf,
                   in_force ? "，现用" : "", here ? "" : "，私钥不在本机");
    }
    if (options_has(options, "json"))
        print_json(json_pack("{s:O}", "keys", keys));
    json_decref(keys);
    server_close(srv);
    return ST_OK;
}

static enum status change(const struct options *options, struct error *err)
{
    struct server *srv = NULL;
    struct sign_key *root = NULL;
    struct buf pin = {0};
    enum status st = cmd_root_key(options, &root, &pin, err);
    if (st == ST_OK)
        st = server_open_keyless(options_data(options), &srv, err);
    if (st == ST_OK)
        st = key_change(srv, root, time_now_ms(), err);
    if (st == ST_OK)
        printf(
            "签名密钥已换成新的一把，各账本的账本头都已重新签名。\n"
            "各台电脑下次同步自己会知道，不用做什么；从 U 盘来的旧包照样能收。\n"
            "现在请做：\n"
            "1. 马上备份一次（huced backup）：以前的备份里没有这把新密钥。\n"
            "2. 有上级联署的，把 huced witness verifier 打印的新公钥交给他们，重新 huced witness "
            "trust。\n"
            "3. 旧密钥文件先留着，等所有电脑都同步过再移走。\n");
    sign_key_release(root);
    server_close(srv);
    if (pin.p)
        secret_wipe(pin.p, pin.capacity);
    buf_release(&pin);
    return st;
}

enum status cmd_key(const struct options *options, struct error *err)
{
    enum status st = expect_words(options, 1, 1, "要做什么：list 或 change", err);
    if (st != ST_OK)
        return st;
    if (strcmp(options->words[0], "list") == 0)
        return list(options, err);
    if (strcmp(options->words[0], "change") == 0)
        return change(options, err);
    return error_set(err, ST_USAGE, "huced key %s：应为 list 或 change", options->words[0]);
}
