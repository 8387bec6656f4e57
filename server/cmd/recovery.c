/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * recovery: the county opens the data folder of a desk whose start passphrase is forgotten.
 *
 *   huced recovery open vault.key --out NEW    the desk's keys/vault.key under a new passphrase
 *   huced recovery init                        a recovery key for a county that has none, or a new
 * one
 *
 * Only keys/vault.key travels to the county and back, no record. Both want the passphrase of the
 * root key, under which recovery.key lies.
 */
#include "server/cmd/cmd.h"
#include "server/core/server.h"

#include "shared/base/check.h"
#include "shared/base/file.h"
#include "shared/base/random.h"
#include "shared/codec/hex.h"
#include "shared/crypto/keyfile.h"

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

enum status cmd_recovery(const struct options *options, struct error *err)
{
    const char *word = options->word_count ? options->words[0] : "";
    if (strcmp(word, "open") == 0 && options->word_count == 2)
        return open_desk(options, err);
    if (strcmp(word, "init") == 0 && options->word_count == 1)
        return make(options, err);
    return error_set(err, ST_USAGE, "用法：huced recovery open vault.key --out 文件 | init");
}
