/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huce pin change: another PIN for a person's key. */
#include <stdio.h>
#include <stdlib.h>

#include "agent/cmd/cmd.h"
#include "agent/core/unlock.h"

static void wipe(struct buf *secret)
{
    if (secret->p)
        secret_wipe(secret->p, secret->capacity);
    buf_release(secret);
}

/* The PIN of today first: whoever does not know it need not think of a new one. The environment's
 * file is that of the old one. */
static enum status change(struct cli *cli, struct desk *desk, struct error *err)
{
    struct buf old = {0}, pin = {0};
    struct sign_key *key = NULL;
    struct hash kid;
    enum status st = desk_person(desk, args_value(&cli->args, "as"), &kid, err);
    if (st == ST_OK)
        st = pin_read(args_value(&cli->args, "pin-file"), false, &old, err);
    if (st == ST_OK)
        st = unlock_key(desk, &kid, buf_slice(&old), &key, err);
    sign_key_release(key);
    if (st == ST_OK) {
        unsetenv("HUCE_PIN_FILE");
        st = pin_read(args_value(&cli->args, "new-pin-file"), true, &pin, err);
    }
    if (st == ST_OK)
        st = unlock_change_pin(desk, &kid, buf_slice(&old), buf_slice(&pin), err);
    wipe(&old);
    wipe(&pin);
    if (st == ST_OK && cli->json)
        cli_print_json(json_pack("{s:b}", "ok", true));
    else if (st == ST_OK)
        printf("签名口令（PIN）已改，从现在起用新的\n");
    return st;
}

enum status cmd_pin(struct cli *cli, struct error *err)
{
    static const struct verb verbs[] = {{"change", 1, 1, change}};
    return cli_verbs(cli, verbs, ARRAY_LENGTH(verbs), "huce pin change [--new-pin-file 文件]", err);
}
