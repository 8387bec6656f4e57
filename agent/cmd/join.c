/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huce join INVITE|FILE */
#include <stdio.h>

#include "agent/cmd/cmd.h"
#include "agent/core/join.h"
#include "shared/base/file.h"
#include "shared/codec/hex.h"
#include "shared/crypto/hash.h"

#define INVITE_FILE_MAX 65536

enum status cmd_join(struct cli *cli, struct error *err)
{
    const char *word = cli->args.words[0];
    struct buf text = {0}, pin = {0};
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
        st = join_run(cli->folder, buf_slice(&text), buf_slice(&pin), &result, err);
    if (pin.p)
        secret_wipe(pin.p, pin.capacity);
    buf_release(&pin);
    buf_release(&text);
    if (st != ST_OK)
        return st;
    hex_encode(hash_slice(&result.person), hex);
    if (cli->json)
        cli_print_json(json_pack("{s:s, s:s, s:s, s:b}", "kid", hex, "name", result.name, "data",
                                 cli->folder, "synced", result.synced));
    else if (result.synced)
        printf("已加入，您好，%s。数据在 %s，已收到县里的资料，现在可以断网填写。\n", result.name,
               cli->folder);
    else
        printf("已加入，数据在 %s。还没有收到县里的资料，请稍后联网运行 huce sync。\n",
               cli->folder);
    return ST_OK;
}
