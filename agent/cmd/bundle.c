/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * huce bundle export PLACE | import PLACE: an exchange with the county by stick
 * (agent/core/courier.h). PLACE is a file, or a folder such as a stick's.
 */
#include <stdio.h>
#include <stdlib.h>

#include "agent/cmd/cmd.h"
#include "agent/core/courier.h"
#include "agent/core/outbox.h"
#include "shared/cli/stick.h"

static enum status pack(struct cli *cli, struct desk *desk, const char *place, struct error *err)
{
    struct courier_sent sent;
    char *first = NULL;
    size_t bytes;
    uint64_t photos;
    enum status st = stick_read_size(args_value(&cli->args, "max-mb"), &bytes, err);
    if (st == ST_OK)
        st = stick_read_photos(args_value(&cli->args, "photos-mb"), &photos, err);
    if (st == ST_OK)
        st = courier_pack(desk, place, bytes, photos, &sent, &first, err);
    if (st == ST_OK && cli->json) {
        cli_print_json(courier_sent_json(&sent, first));
    } else if (st == ST_OK) {
        printf("已装好 %s：%llu 组改动，%llu 字节", first, (unsigned long long)sent.changesets,
               (unsigned long long)sent.bytes);
        if (sent.files > 1)
            printf("，分成 %zu 个文件", sent.files);
        printf("，写完已读回核对\n只有县里打得开。带到县里：huced bundle import；"
               "带回来的回执：huce bundle import\n");
        if (sent.photos.sent)
            printf("带上了 %zu 个照片和附件\n", sent.photos.sent);
        if (sent.photos.waits)
            printf("还有 %zu 个附件这次装不下：拿回回执后再装一次，或者用 --photos-mb 放宽\n",
                   sent.photos.waits);
        if (sent.asks_only)
            printf("这台电脑的数据被退回到了以前：这个包只向县里要回已经送过的；"
                   "导入回执之后再装一次，没送的才走\n");
    }
    mem_free(first);
    return st;
}

static void print_got(const struct cli *cli, const struct courier_got *got, size_t healed,
                      uint64_t waiting)
{
    if (cli->json) {
        json_t *out = courier_got_json(got, waiting);
        json_object_set_new(out, "signed_again", json_integer((json_int_t)healed));
        cli_print_json(out);
        return;
    }
    printf("导入完成：收到 %llu 组改动，县里确认了本机的 %llu 组\n",
           (unsigned long long)got->leaves, (unsigned long long)got->confirmed);
    if (got->leaves == 0 && got->known)
        printf("这些以前都收到过，没有重复\n");
    if (got->photos.came || got->photos.confirmed)
        printf("照片和附件：收到 %zu 个，县里确认收到本机的 %zu 个\n", got->photos.came,
               got->photos.confirmed);
    if (got->ledgers_new)
        printf("县里新开放了 %llu 个账本\n", (unsigned long long)got->ledgers_new);
    if (got->refused.status != ST_OK)
        printf("县里没有收下的：%s\n", got->refused.text);
    if (healed)
        printf("其中 %zu 组已由本人在新链上重新签名\n", healed);
    if (waiting)
        printf("还有 %llu 组等着送到县里：再装一次（huce bundle export），或者联网同步\n",
               (unsigned long long)waiting);
}

static enum status unpack(struct cli *cli, struct desk *desk, const char *place, struct error *err)
{
    struct courier_got got;
    size_t healed = 0;
    enum status st = courier_take(desk, place, &got, err);
    if (st == ST_OK)
        st = cli_heal(cli, desk, &healed, err);
    if (st == ST_OK)
        print_got(cli, &got, healed, outbox_waiting(desk));
    return st;
}

enum status cmd_bundle(struct cli *cli, struct error *err)
{
    const char *word = cli->args.words[0], *place = cli->args.words[1];
    const bool out = strcmp(word, "export") == 0;
    struct desk *desk = NULL;
    if (!out && strcmp(word, "import") != 0)
        return error_set(err, ST_USAGE, "应为 bundle export 或 bundle import");
    enum status st = cli_desk(cli, &desk, err);
    if (st == ST_OK)
        st = out ? pack(cli, desk, place, err) : unpack(cli, desk, place, err);
    desk_close(desk);
    return st;
}
