/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huce serve [--listen 127.0.0.1:7400] [--sync-every SECONDS] [--lock-after SECONDS] */
#include <stdio.h>
#include <stdlib.h>

#include "agent/api/api.h"
#include "agent/cmd/cmd.h"

#define LISTEN "127.0.0.1:7400"
#define SYNC_EVERY_S 300
#define LOCK_AFTER_S 900
#define SECONDS_MAX (7 * 24 * 3600)

static void announce(const struct cli *cli, const char *host, uint16_t port)
{
    const bool six = strchr(host, ':') != NULL;
    char *url = mem_printf("http://%s%s%s:%u/", six ? "[" : "", host, six ? "]" : "", port);
    if (cli->json)
        cli_print_json(json_pack("{s:s}", "url", url));
    else
        printf("本机服务已启动：%s（按 Ctrl+C 停止）\n", url);
    fflush(stdout);
    mem_free(url);
}

static enum status run(struct cli *cli, struct desk *desk, const struct api_options *options,
                       struct error *err)
{
    struct loop *loop = NULL;
    struct api *api = NULL;
    enum status st = loop_open(&loop, err);
    if (st == ST_OK)
        st = api_start(desk, loop, options, &api, err);
    if (st == ST_OK) {
        announce(cli, options->address, http_server_port(api->http));
        loop_run(loop);
    }
    api_stop(api);
    loop_close(loop);
    return st;
}

enum status cmd_serve(struct cli *cli, struct error *err)
{
    const char *listen = args_value(&cli->args, "listen");
    struct api_options options = {0};
    struct desk *desk = NULL;
    uint64_t every_s = SYNC_EVERY_S, lock_s = LOCK_AFTER_S;
    char host[64];
    if (!http_address_parse(listen ? listen : LISTEN, host, &options.port))
        return error_set(err, ST_USAGE, "--listen %s 应写成 127.0.0.1:端口", listen);
    setenv("UV_THREADPOOL_SIZE", "1", 0); /* a thread for reports, not four */
    enum status st = args_number(&cli->args, "sync-every", SECONDS_MAX, &every_s, err);
    if (st == ST_OK)
        st = args_number(&cli->args, "lock-after", SECONDS_MAX, &lock_s, err);
    options.address = host;
    options.sync_every_s = (unsigned)every_s;
    options.lock_after_s = (unsigned)lock_s;
    if (st == ST_OK)
        st = cli_desk(cli, &desk, err);
    if (st == ST_OK)
        st = run(cli, desk, &options, err);
    desk_close(desk);
    return st;
}
