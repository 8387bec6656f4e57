/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * tidy: huced tidy: what has had its time beside the ledgers (core/retention.h): shown, and with
 * --confirm taken away.
 */
#include "server/cmd/cmd.h"
#include "server/core/retention.h"

#include "shared/base/time.h"

#include <inttypes.h>
#include <stdio.h>

const struct option_spec cmd_tidy_options[] = {
    {"config", true}, {"confirm", false}, {"json", false}, {0}};

static void print(const struct retention_found *found, bool done)
{
    const uint64_t all = found->uploads + found->orphans + found->invites + found->counts;
    printf("没传完的附件    %" PRIu64 " 个，%.1f MB\n"
           "没有改动提到的附件 %" PRIu64 " 个，%.1f MB\n"
           "过期的邀请      %" PRIu64 " 个\n"
           "以前的流量计数    %" PRIu64 " 条\n",
           found->uploads, (double)found->upload_bytes / 1048576, found->orphans,
           (double)found->orphan_bytes / 1048576, found->invites, found->counts);
    if (done)
        puts("以上已清掉。数据库文件不会变小，空出来的地方以后先用。");
    else if (all)
        puts("以上都还在。确定清掉请加 --confirm。");
}

enum status cmd_tidy(const struct options *options, struct error *err)
{
    const bool confirm = options_has(options, "confirm");
    struct retention_found found = {0};
    struct config config;
    struct server *srv = NULL;
    enum status st = options_config(options, &config, err);
    const struct retention_terms terms = {config_number(&config, CONFIG_RETENTION_UPLOADS_DAYS),
                                          config_number(&config, CONFIG_RETENTION_INVITES_DAYS)};
    if (st == ST_OK)
        st = expect_words(options, 0, 0, "", err);
    if (st == ST_OK)
        st = server_open(config_text(&config, CONFIG_DATA), &srv, err);
    if (st == ST_OK)
        st = confirm ? retention_apply(srv, &terms, time_now_ms(), &found, err)
                     : retention_look(srv, &terms, time_now_ms(), &found, err);
    if (st == ST_OK && options_has(options, "json"))
        print_json(json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:I}", "done", confirm, "uploads",
                             (json_int_t)found.uploads, "upload_bytes",
                             (json_int_t)found.upload_bytes, "orphans", (json_int_t)found.orphans,
                             "orphan_bytes", (json_int_t)found.orphan_bytes, "invites",
                             (json_int_t)found.invites, "counts", (json_int_t)found.counts));
    else if (st == ST_OK)
        print(&found, confirm);
    server_close(srv);
    config_release(&config);
    return st;
}
