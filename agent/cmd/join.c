/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huce join INVITE|FILE */
#include <stdio.h>
#include <stdlib.h>

#include "agent/cmd/cmd.h"
#include "agent/core/join.h"
#include "shared/base/file.h"
#include "shared/codec/hex.h"
#include "shared/crypto/hash.h"

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

enum status cmd_join(struct cli *cli, struct error *err)
{
    const char *word = cli->args.words[0];
    struct buf text = {0}, pin = {0}, passphrase = {0};
    struct join_result result;
    char hex[2 * HASH_SIZE + 1];
    enum status st = ST_OK;
    if (strcmp(word, "-") == 0 || file_exists(word)) {
        st = file_read(word, INVITE_FILE_MAX, &text, err);
    } else {
        buf_init(&text, INVITE_FILE_MAX);
        buf_put_str(&text, word);
    }
    if (st == ST_OK)
        st = pin_read(args_value(&cli->args, "pin-file"), true, &pin, err);
    if (st == ST_OK)
        st = new_passphrase(cli, &passphrase, err);
    if (st == ST_OK)
        st = join_run(cli->folder, buf_slice(&text), buf_slice(&pin), buf_slice(&passphrase),
                      &result, err);
    if (passphrase.p)
        secret_wipe(passphrase.p, passphrase.capacity);
    buf_release(&passphrase);
    if (pin.p)
        secret_wipe(pin.p, pin.capacity);
    buf_release(&pin);
    buf_release(&text);
    if (st != ST_OK)
        return st;
    hex_encode(hash_slice(&result.person), hex);
    if (cli->json)
        cli_print_json(json_pack("{s:s, s:s, s:s, s:b, s:b}", "kid", hex, "name", result.name,
                                 "data", cli->folder, "synced", result.synced, "encrypted",
                                 result.encrypted));
    else if (result.synced)
        printf("已加入，您好，%s。数据在 %s，已收到县里的资料，现在可以断网填写。\n", result.name,
               cli->folder);
    else
        printf("已加入，数据在 %s。还没有收到县里的资料，请稍后联网运行 huce sync。\n",
               cli->folder);
    if (!cli->json && !result.encrypted)
        printf("数据没有加密：拿到这台电脑的人能读到全部资料。加密：huce vault on\n");
    return ST_OK;
}
