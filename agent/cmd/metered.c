/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huce metered [on [--hours FROM-TO] [--day-mb N] | off]: a line that is paid for by the megabyte
 * (core/metered.h). */
#include <stdio.h>

#include "agent/cmd/cmd.h"
#include "agent/core/metered.h"
#include "shared/base/time.h"

#define MB UINT64_C(1000000)

static enum status turn_on(struct cli *cli, struct desk *desk, struct error *err)
{
    struct metered m = {.on = true, .from_h = METERED_FROM_H, .to_h = METERED_TO_H};
    const char *hours = args_value(&cli->args, "hours");
    uint64_t mb = METERED_DAY_MB;
    char more;
    if (hours &&
        (sscanf(hours, "%u-%u%c", &m.from_h, &m.to_h, &more) != 2 || m.from_h > 23 || m.to_h > 23))
        return error_set(err, ST_USAGE,
                         "--hours %s 应写成 22-7（从几点到几点，0 到 23；0-0 是不分时候）", hours);
    enum status st = args_number(&cli->args, "day-mb", METERED_DAY_MB_MAX, &mb, err);
    m.day_bytes = mb * MB;
    return st == ST_OK ? metered_write(desk, &m, err) : st;
}

static void wait_text(int64_t wait_ms, char out[static 64])
{
    const int64_t minutes = (wait_ms + 59999) / 60000;
    if (minutes >= 60)
        snprintf(out, 64, "还要等 %lld 小时 %lld 分", (long long)minutes / 60,
                 (long long)minutes % 60);
    else
        snprintf(out, 64, "还要等 %lld 分", (long long)minutes);
}

static void show(struct cli *cli, struct desk *desk)
{
    struct metered m;
    char wait[64];
    const int64_t now_ms = time_now_ms();
    metered_read(desk, &m);
    const uint64_t used = metered_used(desk, now_ms);
    const int64_t wait_ms = metered_wait_ms(&m, now_ms, used);
    if (cli->json) {
        cli_print_json(json_pack("{s:b, s:i, s:i, s:I, s:I, s:I}", "on", m.on, "from",
                                 (int)m.from_h, "to", (int)m.to_h, "day_bytes",
                                 (json_int_t)m.day_bytes, "used_today", (json_int_t)used,
                                 "photos_wait_s", (json_int_t)((wait_ms + 999) / 1000)));
        return;
    }
    if (!m.on) {
        printf("流量不限：记录和照片随时传。按流量付费时：huce metered on\n");
        return;
    }
    printf("按流量付费：记录随时送；照片等附件");
    if (m.from_h != m.to_h)
        printf("只在 %u 点到 %u 点传，", m.from_h, m.to_h);
    printf("一天最多用 %llu MB，今天已用 %.1f MB\n", (unsigned long long)(m.day_bytes / MB),
           (double)used / (double)MB);
    wait_text(wait_ms, wait);
    printf("照片现在%s\n", wait_ms ? wait : "可以传");
}

enum status cmd_metered(struct cli *cli, struct error *err)
{
    struct desk *desk = NULL;
    const char *word = cli->args.word_count ? cli->args.words[0] : "";
    const bool on = strcmp(word, "on") == 0, off = strcmp(word, "off") == 0;
    const bool options = args_value(&cli->args, "hours") || args_value(&cli->args, "day-mb");
    if ((word[0] && !on && !off) || (options && !on))
        return error_set(err, ST_USAGE,
                         "用法：huce metered [on [--hours 22-7] [--day-mb 兆] | off]");
    enum status st = cli_desk(cli, &desk, err);
    if (st == ST_OK && on)
        st = turn_on(cli, desk, err);
    if (st == ST_OK && off)
        st = metered_write(desk, &(struct metered){0}, err);
    if (st == ST_OK)
        show(cli, desk);
    desk_close(desk);
    return st;
}
