/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huce join INVITE|FILE [--request-file FILE], huce join --answer-file FILE */
#include <stdio.h>
#include <stdlib.h>

#include "agent/cmd/cmd.h"
#include "agent/core/attempt.h"
#include "agent/core/join.h"
#include "shared/base/file.h"
#include "shared/codec/hex.h"
#include "shared/crypto/hash.h"
#include "shared/ledger/enrol.h"

#define INVITE_FILE_MAX 65536

/* A new folder is closed up when there is a passphrase: in a file, or from whoever types a PIN too.
 * Programs that give the PIN in a file and no passphrase get a folder that everybody can read. */
static enum status new_passphrase(struct cli *cli, struct buf *out, struct error *err)
{
    const char *pin_file = args_value(&cli->args, "pin-file");
    const char *file = getenv("HUCE_PASSPHRASE_FILE");
    char *database = file_join(cli->folder, "desk.db");
    bool is_new = !file_exists(database);
    if (!pin_file)
        pin_file = getenv("HUCE_PIN_FILE");
    mem_free(database);
    if (!is_new || ((pin_file && *pin_file) && !(file && *file)))
        return ST_OK;
    if (!(file && *file))
        fprintf(stderr, "数据将加密存放：以后每次启动要输入启动口令。请记在纸上锁好。\n");
    return passphrase_read(NULL, true, out, err);
}

static void wipe(struct buf *secret)
{
    if (secret->p)
        secret_wipe(secret->p, secret->capacity);
    buf_release(secret);
}

/* Does the file begin as PNG and JPEG do? */
static bool is_picture(const char *path)
{
    static const uint8_t png[] = {0x89, 'P', 'N', 'G'}, jpeg[] = {0xFF, 0xD8, 0xFF};
    uint8_t head[sizeof(png)] = {0};
    FILE *file = fopen(path, "rb");
    size_t n = file ? fread(head, 1, sizeof(head), file) : 0;
    if (file)
        (void)fclose(file);
    return n == sizeof(head) &&
           (memcmp(head, png, sizeof(png)) == 0 || memcmp(head, jpeg, sizeof(jpeg)) == 0);
}

/* The invitation: in a file, on standard input, or typed. */
static enum status read_invite(const char *word, struct buf *out, struct error *err)
{
    if (strcmp(word, "-") != 0 && is_picture(word)) {
        buf_init(out, 0);
        return error_set(
            err, ST_INVALID,
            "%s 是一张图片：请在网页上选它（huce serve），或运行 zbarimg -q --raw %s | "
            "huce join -",
            word, word);
    }
    if (strcmp(word, "-") == 0 || file_exists(word))
        return file_read(word, INVITE_FILE_MAX, out, err);
    buf_init(out, INVITE_FILE_MAX);
    buf_put_str(out, word);
    return ST_OK;
}

static void tell_joined(struct cli *cli, const struct join_result *result, bool by_stick)
{
    char hex[2 * HASH_SIZE + 1];
    hex_encode(hash_slice(&result->person), hex);
    if (cli->json)
        cli_print_json(json_pack("{s:s, s:s, s:s, s:b, s:b}", "kid", hex, "name", result->name,
                                 "data", cli->folder, "synced", result->synced, "encrypted",
                                 result->encrypted));
    else if (result->synced && by_stick)
        printf("已加入，您好，%s。数据在 %s，现在可以填写；联网后运行 huce sync 收取已有的档案。\n",
               result->name, cli->folder);
    else if (result->synced)
        printf("已加入，您好，%s。数据在 %s，已收到县里的资料，现在可以断网填写。\n", result->name,
               cli->folder);
    else
        printf("已加入，数据在 %s。还没有收到县里的资料，请稍后联网运行 huce sync。\n",
               cli->folder);
    if (result->trouble[0])
        fprintf(stderr, "%s\n", result->trouble);
    if (!cli->json && !result->encrypted)
        printf("数据没有加密：拿到这台电脑的人能读到全部资料。加密：huce vault on\n");
}

static enum status write_request(struct cli *cli, const char *path, struct slice invite,
                                 struct slice pin, struct slice passphrase, struct error *err)
{
    struct buf request;
    buf_init(&request, ENROL_REQUEST_MAX);
    enum status st = join_request(cli->folder, invite, pin, passphrase, &request, err);
    if (st == ST_OK)
        st = file_replace(path, buf_slice(&request), 0600, err);
    buf_release(&request);
    if (st == ST_OK && cli->json)
        cli_print_json(json_pack("{s:s}", "request", path));
    else if (st == ST_OK)
        printf("申请写在 %s：请带到县里（huced join accept），再把答复文件带回来，运行 huce join "
               "--answer-file 文件\n",
               path);
    return st;
}

static enum status with_invite(struct cli *cli, struct error *err)
{
    const char *request = args_value(&cli->args, "request-file");
    struct buf text = {0}, pin = {0}, passphrase = {0};
    struct join_result result;
    enum status st = read_invite(cli->args.words[0], &text, err);
    if (st == ST_OK)
        st = pin_read(args_value(&cli->args, "pin-file"), true, &pin, err);
    if (st == ST_OK)
        st = new_passphrase(cli, &passphrase, err);
    if (st == ST_OK && request)
        st = write_request(cli, request, buf_slice(&text), buf_slice(&pin), buf_slice(&passphrase),
                           err);
    else if (st == ST_OK)
        st = join_run(cli->folder, buf_slice(&text), buf_slice(&pin), buf_slice(&passphrase),
                      &result, err);
    if (st == ST_OK && !request)
        tell_joined(cli, &result, false);
    wipe(&passphrase);
    wipe(&pin);
    wipe(&text);
    return st;
}

/* PIN and passphrase are those of the request. */
static enum status with_answer(struct cli *cli, const char *path, struct error *err)
{
    struct buf file = {0}, pin = {0}, passphrase = {0};
    struct join_result result;
    enum status st = file_read(path, ENROL_ANSWER_MAX, &file, err);
    if (st == ST_OK)
        st = pin_read(args_value(&cli->args, "pin-file"), false, &pin, err);
    if (st == ST_OK && attempt_is_sealed(cli->folder))
        st = passphrase_read(NULL, false, &passphrase, err);
    if (st == ST_OK)
        st = join_answer(cli->folder, buf_slice(&file), buf_slice(&pin), buf_slice(&passphrase),
                         &result, err);
    if (st == ST_OK)
        tell_joined(cli, &result, true);
    wipe(&passphrase);
    wipe(&pin);
    buf_release(&file);
    return st;
}

enum status cmd_join(struct cli *cli, struct error *err)
{
    const char *answer = args_value(&cli->args, "answer-file");
    const bool request = args_value(&cli->args, "request-file") != NULL;
    if ((answer != NULL) == (cli->args.word_count == 1) || (answer && request))
        return error_set(err, ST_USAGE,
                         "用法：huce join 邀请码|文件 [--request-file 文件]，或 huce join "
                         "--answer-file 答复文件");
    return answer ? with_answer(cli, answer, err) : with_invite(cli, err);
}
