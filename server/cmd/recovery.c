/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * recovery: two things that are put right at the county: itself, when it was put back from a backup
 * (core/recovery.h), and the data folder of a desk whose start passphrase is forgotten.
 *
 *   huced recovery status                      does it admit; what was signed and is missing; who
 * has been heard huced recovery signed FILE…                checkpoints from a witness, an auditor,
 * a desk's evidence: so much was signed huced recovery confirm                     nothing is
 * missing any more
 *
 *   huced recovery open vault.key --out NEW    the desk's keys/vault.key under a new passphrase
 *   huced recovery init                        a recovery key for a county that has none, or a new
 * one
 *
 * Of a desk only keys/vault.key travels to the county and back, no record. Opening and init want
 * the passphrase of the root key, under which recovery.key lies.
 */
#include "server/cmd/cmd.h"
#include "server/core/recovery.h"
#include "server/core/server.h"

#include "shared/base/check.h"
#include "shared/base/file.h"
#include "shared/base/random.h"
#include "shared/base/time.h"
#include "shared/codec/hex.h"
#include "shared/crypto/keyfile.h"

#include <inttypes.h>
#include <stdio.h>

#define WORD_BYTES 15
#define PASSPHRASE_MAX 1024

const struct option_spec cmd_recovery_options[] = {
    {"out", true}, {"key", true}, {"root-key", true}, {"passphrase-file", true}, {0}};

static enum status root_pin(const struct options *options, struct buf *pin, struct error *err)
{
    bool found = false;
    enum status st = options_pin(options, pin, &found, err);
    if (st == ST_OK && !found)
        st = error_set(err, ST_USAGE, "需要根密钥的口令：请用 --pin-file 给出");
    return st;
}

static void wipe(struct buf *secret)
{
    if (secret->p)
        secret_wipe(secret->p, secret->capacity);
    buf_release(secret);
}

/* From the file, or 24 letters and digits that are shown once. */
static enum status new_passphrase(const char *file, struct buf *out, struct error *err)
{
    uint8_t bytes[WORD_BYTES];
    if (!file) {
        buf_init(out, PASSPHRASE_MAX);
        random_bytes(bytes, sizeof(bytes));
        base32_encode(slice_of(bytes, sizeof(bytes)), out);
        secret_wipe(bytes, sizeof(bytes));
        return ST_OK;
    }
    enum status st = file_read(file, PASSPHRASE_MAX, out, err);
    while (st == ST_OK && out->n && (out->p[out->n - 1] == '\n' || out->p[out->n - 1] == '\r'))
        out->n--;
    return st == ST_OK ? vault_passphrase_check(buf_slice(out), err) : st;
}

static enum status read_vault_file(const char *path, struct vault_file *out, struct error *err)
{
    enum status st = vault_file_load(path, out, err);
    return st != ST_DAMAGED
               ? st
               : error_set(err, ST_INVALID,
                           "%s 不是数据文件夹的钥匙文件：应是那台电脑上的 keys/vault.key", path);
}

static enum status write_vault_file(const char *path, struct vault_file *file,
                                    const struct vault *vault, struct slice passphrase,
                                    struct error *err)
{
    uint8_t salt[16];
    random_bytes(salt, sizeof(salt));
    vault_file_lock(file, vault, passphrase, salt);
    return vault_file_store(path, file, err);
}

static enum status open_key(const struct options *options, struct vault_file *file,
                            struct vault **out, struct error *err)
{
    const char *given = options_get(options, "key");
    char *path = given ? mem_strdup(given) : file_join(options_data(options), "recovery.key");
    uint8_t seed[32];
    struct buf pin = {0};
    enum status st = root_pin(options, &pin, err);
    if (st == ST_OK)
        st = keyfile_load_box(NULL, path, buf_slice(&pin), seed, err);
    if (st == ST_OK)
        st = vault_file_recover(file, seed, out, err);
    secret_wipe(seed, sizeof(seed));
    wipe(&pin);
    mem_free(path);
    return st;
}

static enum status open_desk(const struct options *options, struct error *err)
{
    const char *out = options_get(options, "out"), *file = options_get(options, "passphrase-file");
    struct vault_file vault_file;
    struct vault *vault = NULL;
    struct buf passphrase = {0};
    if (!out)
        return error_set(err, ST_USAGE, "缺少 --out：新的钥匙文件写到哪里");
    enum status st = read_vault_file(options->words[1], &vault_file, err);
    if (st == ST_OK)
        st = new_passphrase(file, &passphrase, err);
    if (st == ST_OK)
        st = open_key(options, &vault_file, &vault, err);
    if (st == ST_OK)
        st = write_vault_file(out, &vault_file, vault, buf_slice(&passphrase), err);
    if (st == ST_OK) {
        printf("新的钥匙文件在 %s：请放回那台电脑数据文件夹的 keys/vault.key\n", out);
        if (!file)
            printf("新的启动口令（只显示这一次）: %s\n用它打开以后，请本人运行 huce vault "
                   "passphrase 换成自己的。\n",
                   buf_cstr(&passphrase));
    }
    vault_release(vault);
    wipe(&passphrase);
    return st;
}

static enum status make(const struct options *options, struct error *err)
{
    const char *given = options_get(options, "root-key");
    char *path = given ? mem_strdup(given) : file_join(options_data(options), "root.key");
    struct server *srv = NULL;
    struct sign_key *root = NULL;
    struct buf pin = {0};
    enum status st = root_pin(options, &pin, err);
    if (st == ST_OK)
        st = keyfile_load(NULL, path, "root", buf_slice(&pin), &root, err);
    if (st == ST_OK)
        st = server_open(options_data(options), &srv, err);
    if (st == ST_OK)
        st = server_name_recovery(srv, root, buf_slice(&pin), err);
    if (st == ST_OK)
        printf("恢复密钥在 %s/recovery.key（与根密钥同一个口令）：请移到 U 盘离线保存。各台电脑下次"
               "同步后，忘了启动口令就能由县里打开。\n",
               srv->folder);
    sign_key_release(root);
    server_close(srv);
    wipe(&pin);
    mem_free(path);
    return st;
}

/* ---- the county itself ---- */

static json_t *status_json(struct server *srv)
{
    size_t devices, heard;
    char since[TIME_TEXT_SIZE] = "";
    json_t *missing = json_array();
    for (size_t i = 0; i < srv->heads.count; i++) {
        const struct head *head = &srv->heads.items[i];
        const struct ledger *ledger = replica_ledger(srv->rep, &head->origin);
        if (!head->held)
            json_array_append_new(missing, json_pack("{s:s, s:I, s:I}", "origin", head->origin.text,
                                                     "signed", (json_int_t)head->size, "held",
                                                     (json_int_t)(ledger ? ledger->tree.size : 0)));
    }
    recovery_heard(srv, &devices, &heard);
    if (srv->heads.restored_ms)
        time_format_cst(srv->heads.restored_ms, since);
    return json_pack("{s:b, s:s, s:o, s:I, s:I}", "recovering", server_recovering(srv), "restored",
                     since, "missing", missing, "devices", (json_int_t)devices, "heard",
                     (json_int_t)heard);
}

static void print_status(const json_t *json)
{
    const json_t *missing = json_object_get(json, "missing"), *one;
    const char *restored = json_string_value(json_object_get(json, "restored"));
    size_t i;
    if (!json_is_true(json_object_get(json, "recovering"))) {
        printf("一切正常：签过的都在\n");
        return;
    }
    printf("本县正在恢复：不接收改动，也不签名；各台电脑的改动都留在自己机器上\n");
    json_array_foreach(missing, i, one)
        printf("  %s  签过 %" JSON_INTEGER_FORMAT " 项，现在有 %" JSON_INTEGER_FORMAT " 项\n",
               json_string_value(json_object_get(one, "origin")),
               json_integer_value(json_object_get(one, "signed")),
               json_integer_value(json_object_get(one, "held")));
    if (*restored)
        printf("  %s 起用的是备份里的数据。%" JSON_INTEGER_FORMAT " 台电脑中 %" JSON_INTEGER_FORMAT
               " 台已来过；都来过，或确认不缺什么以后（huced recovery confirm）恢复工作\n",
               restored, json_integer_value(json_object_get(json, "devices")),
               json_integer_value(json_object_get(json, "heard")));
}

static enum status show_status(const struct options *options, struct error *err)
{
    struct server *srv;
    enum status st = server_open(options_data(options), &srv, err);
    if (st != ST_OK)
        return st;
    json_t *json = status_json(srv);
    if (options_has(options, "json")) {
        print_json(json);
    } else {
        print_status(json);
        json_decref(json);
    }
    server_close(srv);
    return ST_OK;
}

static enum status confirm(const struct options *options, struct error *err)
{
    struct server *srv;
    enum status st = server_open(options_data(options), &srv, err);
    if (st != ST_OK)
        return st;
    st = recovery_confirm(srv, time_now_ms(), err);
    if (st == ST_OK)
        printf("已确认：签过的都在，从现在起照常接收。还没有用过的邀请码已作废，请重新发\n");
    server_close(srv);
    return st;
}

static enum status note_signed(const struct options *options, struct error *err)
{
    struct server *srv;
    enum status st = server_open(options_data(options), &srv, err);
    if (st != ST_OK)
        return st;
    for (size_t i = 1; i < options->word_count && st == ST_OK; i++) {
        struct buf text;
        st = file_read(options->words[i], CHECKPOINT_MAX, &text, err);
        if (st == ST_OK)
            st = recovery_note(srv, buf_slice(&text), err);
        if (st != ST_OK)
            error_wrap(err, st, "%s", options->words[i]);
        buf_release(&text);
    }
    if (st == ST_OK)
        printf("%s\n", server_recovering(srv) ? "已记下：签过的比现在有的多，本县转入恢复"
                                              : "签过的都在，不缺什么");
    server_close(srv);
    return st;
}

enum status cmd_recovery(const struct options *options, struct error *err)
{
    const char *word = options->word_count ? options->words[0] : "";
    if (strcmp(word, "open") == 0 && options->word_count == 2)
        return open_desk(options, err);
    if (strcmp(word, "init") == 0 && options->word_count == 1)
        return make(options, err);
    if (strcmp(word, "status") == 0 && options->word_count == 1)
        return show_status(options, err);
    if (strcmp(word, "confirm") == 0 && options->word_count == 1)
        return confirm(options, err);
    if (strcmp(word, "signed") == 0 && options->word_count >= 2)
        return note_signed(options, err);
    return error_set(
        err, ST_USAGE,
        "用法：huced recovery status | signed 文件… | confirm | open vault.key --out 文件 |"
        " init");
}
