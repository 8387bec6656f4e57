/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * recovery: two things that are put right at the county: itself, when it was put back from a backup
 * (core/recovery.h), and the data folder of a desk whose start passphrase is forgotten.
 *
 *   huced recovery status           does it admit; what is missing; who has been heard
 *   huced recovery signed FILE…     checkpoints from a witness, an auditor, a desk's evidence
 *   huced recovery confirm          nothing is missing any more
 *   huced recovery give-up          what is missing nobody has seen
 *   huced recovery epoch LEDGER --reason TEXT [--confirm]
 *                                   what is missing nobody has any more: the ledger goes on without
 *
 *   huced recovery open vault.key --out NEW    the desk's keys/vault.key under a new passphrase
 *   huced recovery open COPY --out NEW         a copy of its unsent work, likewise: the desk is
 * gone huced recovery init                        a recovery key for a county that has none, or a
 * new one
 *
 * Of a desk only keys/vault.key travels to the county and back, no record; a copy's records stay
 * sealed. Opening and init want
 * the passphrase of the root key, under which recovery.key lies.
 */
#include "server/cmd/cmd.h"
#include "server/core/recovery.h"
#include "server/core/server.h"

#include "shared/base/check.h"
#include "shared/base/file.h"
#include "shared/base/random.h"
#include "shared/base/time.h"
#include "shared/codec/cbor.h"
#include "shared/codec/hex.h"
#include "shared/crypto/keyfile.h"

#include <inttypes.h>
#include <stdio.h>

#define WORD_BYTES 15
#define PASSPHRASE_MAX 1024
#define COPY_MAGIC "huce-backup"
#define COPY_MAX ((size_t)130 * 1024 * 1024)

const struct option_spec cmd_recovery_options[] = {{"out", true},
                                                   {"key", true},
                                                   {"root-key", true},
                                                   {"passphrase-file", true},
                                                   {"reason", true},
                                                   {"confirm", false},
                                                   {0}};

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

/* What a desk's key is in: its keys/vault.key, or a copy of its unsent work (FORMAT.md §10b), whose
 * content nobody looks into here. */
struct locked {
    struct buf bytes;
    struct vault_file vault;
    bool is_copy;
    struct slice content; /* is_copy: of bytes */
};

static bool read_copy(struct locked *out)
{
    struct cbor_reader r;
    cbor_reader_init(&r, buf_slice(&out->bytes), "copy");
    cbor_expect_array(&r, 4);
    struct slice magic = cbor_read_text(&r, 32);
    uint64_t version = cbor_read_uint(&r);
    struct slice vault = cbor_read_bytes(&r, VAULT_FILE_MAX);
    out->content = cbor_read_bytes(&r, COPY_MAX);
    out->is_copy = cbor_end(&r, NULL) == ST_OK && version == 1 &&
                   slice_equal(magic, slice_str(COPY_MAGIC)) &&
                   vault_file_read(vault, &out->vault, NULL) == ST_OK;
    return out->is_copy;
}

static enum status read_locked(const char *path, struct locked *out, struct error *err)
{
    *out = (struct locked){0};
    enum status st = file_read(path, COPY_MAX, &out->bytes, err);
    if (st == ST_OK && vault_file_read(buf_slice(&out->bytes), &out->vault, NULL) != ST_OK &&
        !read_copy(out))
        st = error_set(err, ST_INVALID,
                       "%s 不是数据文件夹的钥匙文件，也不是加密的备份：应是那台电脑上的 "
                       "keys/vault.key，或 huce backup 写的 huce-….backup",
                       path);
    return st;
}

static enum status write_copy(const char *path, const struct locked *locked, struct error *err)
{
    struct buf vault, out;
    buf_init(&vault, VAULT_FILE_MAX);
    buf_init(&out, COPY_MAX + VAULT_FILE_MAX);
    vault_file_write(&locked->vault, &vault);
    cbor_put_array(&out, 4);
    cbor_put_str(&out, COPY_MAGIC);
    cbor_put_uint(&out, 1);
    cbor_put_bytes(&out, buf_slice(&vault));
    cbor_put_bytes(&out, locked->content);
    enum status st = buf_ok(&out) ? file_replace(path, buf_slice(&out), 0600, err)
                                  : error_set(err, ST_LIMIT, "备份太大");
    buf_release(&out);
    buf_release(&vault);
    return st;
}

static enum status write_locked(const char *path, struct locked *locked, const struct vault *vault,
                                struct slice passphrase, struct error *err)
{
    uint8_t salt[16];
    random_bytes(salt, sizeof(salt));
    vault_file_lock(&locked->vault, vault, passphrase, salt);
    return locked->is_copy ? write_copy(path, locked, err)
                           : vault_file_store(path, &locked->vault, err);
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
    struct locked locked;
    struct vault *vault = NULL;
    struct buf passphrase = {0};
    if (!out)
        return error_set(err, ST_USAGE, "缺少 --out：新的文件写到哪里");
    enum status st = read_locked(options->words[1], &locked, err);
    if (st == ST_OK)
        st = new_passphrase(file, &passphrase, err);
    if (st == ST_OK)
        st = open_key(options, &locked.vault, &vault, err);
    if (st == ST_OK)
        st = write_locked(out, &locked, vault, buf_slice(&passphrase), err);
    if (st == ST_OK && locked.is_copy) {
        printf("新的备份文件在 %s：在本人的新电脑上 huce backup restore %s\n", out, out);
        if (!file)
            printf("打开它的口令（只显示这一次）: %s\n", buf_cstr(&passphrase));
    } else if (st == ST_OK) {
        printf("新的钥匙文件在 %s：请放回那台电脑数据文件夹的 keys/vault.key\n", out);
        if (!file)
            printf("新的启动口令（只显示这一次）: %s\n用它打开以后，请本人运行 huce vault "
                   "passphrase 换成自己的。\n",
                   buf_cstr(&passphrase));
    }
    vault_release(vault);
    wipe(&passphrase);
    buf_release(&locked.bytes);
    return st;
}

enum status cmd_root_key(const struct options *options, struct sign_key **root, struct buf *pin,
                         struct error *err)
{
    const char *given = options_get(options, "root-key");
    char *path = given ? mem_strdup(given) : file_join(options_data(options), "root.key");
    enum status st = root_pin(options, pin, err);
    if (st == ST_OK)
        st = keyfile_load(NULL, path, "root", buf_slice(pin), root, err);
    mem_free(path);
    return st;
}

static enum status make(const struct options *options, struct error *err)
{
    struct server *srv = NULL;
    struct sign_key *root = NULL;
    struct buf pin = {0};
    enum status st = cmd_root_key(options, &root, &pin, err);
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
    return st;
}

/* ---- the county itself ---- */

static void add_waiting(void *arg, const struct grant *device, bool heard)
{
    char kid[2 * HASH_SIZE + 1];
    hex_encode(hash_slice(&device->kid), kid);
    if (!heard)
        json_array_append_new(arg, json_pack("{s:s, s:s}", "kid", kid, "name", device->name));
}

static json_t *status_json(struct server *srv)
{
    size_t devices, heard;
    char since[TIME_TEXT_SIZE] = "";
    json_t *missing = json_array(), *waiting = json_array();
    if (srv->heads.restored_ms)
        recovery_each_device(srv, add_waiting, waiting);
    for (size_t i = 0; i < srv->heads.count; i++) {
        const struct head *head = &srv->heads.items[i];
        struct origin line;
        (void)origin_epoch(&head->origin, &line);
        const struct ledger *ledger = replica_ledger(srv->rep, &line);
        if (!head->held)
            json_array_append_new(missing, json_pack("{s:s, s:I, s:I}", "origin", head->origin.text,
                                                     "signed", (json_int_t)head->size, "held",
                                                     (json_int_t)(ledger ? ledger->tree.size : 0)));
    }
    recovery_heard(srv, &devices, &heard);
    if (srv->heads.restored_ms)
        time_format_cst(srv->heads.restored_ms, since);
    return json_pack("{s:b, s:s, s:o, s:I, s:I, s:o}", "recovering", server_recovering(srv),
                     "restored", since, "missing", missing, "devices", (json_int_t)devices, "heard",
                     (json_int_t)heard, "waiting", waiting);
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
    if (i > 0)
        printf("  各台电脑都来过还是缺：签过而没有送到任何人手里的，huced recovery give-up；"
               "有人见过、现在谁也没有了的，huced recovery epoch 账本 --reason 原因\n");
    if (*restored)
        printf("  %s 起用的是备份里的数据。%" JSON_INTEGER_FORMAT " 台电脑中 %" JSON_INTEGER_FORMAT
               " 台已来过；都来过，或确认不缺什么以后（huced recovery confirm）恢复工作\n",
               restored, json_integer_value(json_object_get(json, "devices")),
               json_integer_value(json_object_get(json, "heard")));
    json_array_foreach(json_object_get(json, "waiting"), i, one)
        printf("  还没有来过：%s（%.16s）\n", json_string_value(json_object_get(one, "name")),
               json_string_value(json_object_get(one, "kid")));
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

static enum status give_up(const struct options *options, struct error *err)
{
    struct server *srv;
    enum status st = server_open(options_data(options), &srv, err);
    if (st != ST_OK)
        return st;
    st = recovery_give_up(srv, time_now_ms(), err);
    if (st == ST_OK)
        printf("不再等没有人见过的。各台电脑都再来同步一次，或确认不缺什么以后（huced recovery"
               " confirm）恢复工作；有电脑持有的，来时照样交还\n");
    server_close(srv);
    return st;
}

static void print_waiting(void *arg, const struct grant *device, bool heard)
{
    (void)arg;
    if (!heard)
        printf("  起用备份以后还没有来过：%s\n", device->name);
}

static void print_lost(struct server *srv, const struct epoch *lost)
{
    printf("账本 %s：签过 %" PRIu64 " 项，现在有 %" PRIu64 " 项；声明丢失以后从第 %" PRIu64
           " 项接着记，是它的第 %u 期\n",
           lost->ledger.text, lost->lost_size, lost->kept_size, lost->kept_size + 1,
           (unsigned)lost->number + 1);
    if (srv->heads.restored_ms)
        recovery_each_device(srv, print_waiting, NULL);
    printf("还没有来的电脑里若有缺的各项，先请它来同步：现在交还，历史就还是完整的。"
           "声明以后它再来，那些改动作为新的各项收下，名字和签名不变。\n"
           "确定谁也没有了，再加 --confirm，并给出根密钥的口令（--pin-file）。\n");
}

static enum status declare_epoch(const struct options *options, struct error *err)
{
    const char *reason = options_get(options, "reason");
    struct server *srv = NULL;
    struct sign_key *root = NULL;
    struct buf pin = {0};
    struct epoch lost;
    if (!reason || !*reason || strlen(reason) > EPOCH_REASON_MAX)
        return error_set(err, ST_USAGE, "请用 --reason 写明原因（不超过 %d 字节），它会一直留着",
                         EPOCH_REASON_MAX);
    enum status st = server_open(options_data(options), &srv, err);
    if (st == ST_OK)
        st = recovery_lost(srv, options->words[1], &lost, err);
    if (st == ST_OK && !options_has(options, "confirm"))
        print_lost(srv, &lost);
    else if (st == ST_OK)
        st = cmd_root_key(options, &root, &pin, err);
    if (st == ST_OK && root)
        st = recovery_declare(srv, root, options->words[1], slice_str(reason), time_now_ms(), err);
    if (st == ST_OK && root)
        printf("已声明：账本 %s 从第 %" PRIu64 " 项接着记。%s\n", lost.ledger.text,
               lost.kept_size + 1,
               server_recovering(srv) ? "本县还在恢复：huced recovery status" : "照常接收");
    sign_key_release(root);
    server_close(srv);
    wipe(&pin);
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
    if (strcmp(word, "give-up") == 0 && options->word_count == 1)
        return give_up(options, err);
    if (strcmp(word, "epoch") == 0 && options->word_count == 2)
        return declare_epoch(options, err);
    if (strcmp(word, "signed") == 0 && options->word_count >= 2)
        return note_signed(options, err);
    return error_set(err, ST_USAGE,
                     "用法：huced recovery status | signed 文件… | confirm | give-up | epoch 账本 "
                     "--reason 原因 | open 文件 --out 新文件 | init");
}
