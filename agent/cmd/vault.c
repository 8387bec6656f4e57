/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huce vault [status | on | off | passphrase]: is the data folder unreadable without its start
 * passphrase (agent/AT-REST.md). */
#include <stdio.h>
#include <stdlib.h>

#include "agent/cmd/cmd.h"
#include "agent/core/at_rest.h"

static enum status status(struct cli *cli, struct error *err)
{
    struct desk *desk = NULL;
    enum status st = desk_open(cli->folder, &desk, err);
    if (st != ST_OK)
        return st;
    bool closed = desk->vault != NULL, recoverable = at_rest_is_deposited(desk);
    bool swap = at_rest_swaps_to_disk();
    desk_close(desk);
    if (cli->json) {
        cli_print_json(json_pack("{s:b, s:b, s:b}", "encrypted", closed, "recoverable", recoverable,
                                 "swap", swap));
        return ST_OK;
    }
    if (!closed) {
        printf("没有加密：拿到这台电脑或硬盘的人能读到全部资料。加密：huce vault on\n");
        return ST_OK;
    }
    printf("已加密：没有启动口令，读不出数据文件夹里的资料。\n%s\n",
           recoverable ? "忘了口令，县里能另设（huced recovery open）。"
                       : "县里还不能帮助恢复：与县里同步一次以后再看；在此之前不要忘记口令。");
    if (swap)
        printf(
            "注意：本机开着交换区（swap），用着的资料可能写到那里；请关掉交换区，或用加密的交换区。"
            "\n");
    return ST_OK;
}

static enum status with_new(struct cli *cli, const char *option,
                            enum status (*run)(const char *folder, struct slice passphrase,
                                               struct error *err),
                            struct error *err)
{
    struct buf passphrase = {0};
    const char *file = args_value(&cli->args, option);
    enum status st = passphrase_read(file, true, &passphrase, err);
    if (st == ST_OK)
        st = run(cli->folder, buf_slice(&passphrase), err);
    if (passphrase.p)
        secret_wipe(passphrase.p, passphrase.capacity);
    buf_release(&passphrase);
    return st;
}

/* The passphrase of today first: whoever does not know it need not think of a new one. Its file
 * must not be taken for that of the new one. */
static enum status change_passphrase(struct cli *cli, struct error *err)
{
    const struct vault *vault;
    const char *file = args_value(&cli->args, "new-passphrase-file");
    enum status st = at_rest_open(cli->folder, &vault, err);
    if (st == ST_OK && !vault)
        st = error_set(err, ST_REFUSED, "这个数据文件夹没有加密：先运行 huce vault on");
    if (st == ST_OK && !file)
        unsetenv("HUCE_PASSPHRASE_FILE");
    return st == ST_OK ? with_new(cli, "new-passphrase-file", at_rest_change, err) : st;
}

/* As a desk: the program's own upgrades first, and an empty folder is told as one. */
static enum status there(struct cli *cli, bool *closed, struct error *err)
{
    struct desk *desk = NULL;
    enum status st = desk_open(cli->folder, &desk, err);
    *closed = st == ST_OK && desk->vault;
    desk_close(desk);
    return st;
}

static enum status turn_on(struct cli *cli, struct error *err)
{
    bool closed;
    struct desk *desk = NULL;
    enum status st = there(cli, &closed, err);
    if (st == ST_OK)
        st = closed ? at_rest_on(cli->folder, SLICE_NONE, err)
                    : with_new(cli, "passphrase-file", at_rest_on, err);
    if (st == ST_OK)
        st = desk_open(cli->folder, &desk, err);
    if (st == ST_OK)
        st = at_rest_deposit(desk, err);
    desk_close(desk);
    return st == ST_OK ? status(cli, err) : st;
}

static enum status turn_off(struct cli *cli, struct error *err)
{
    bool closed;
    enum status st = there(cli, &closed, err);
    if (st == ST_OK)
        st = at_rest_off(cli->folder, err);
    return st == ST_OK ? status(cli, err) : st;
}

enum status cmd_vault(struct cli *cli, struct error *err)
{
    static const struct {
        const char *word;
        enum status (*run)(struct cli *cli, struct error *err);
    } verbs[] = {
        {"status", status}, {"on", turn_on}, {"off", turn_off}, {"passphrase", change_passphrase}};
    const char *word = cli->args.word_count ? cli->args.words[0] : "status";
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (strcmp(word, verbs[i].word) == 0)
            return verbs[i].run(cli, err);
    return error_set(
        err, ST_USAGE,
        "用法：huce vault [status | on | off | passphrase [--new-passphrase-file 文件]]");
}
