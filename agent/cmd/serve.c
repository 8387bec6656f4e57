/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huce serve [--listen 127.0.0.1:7400] [--sync-every SECONDS] [--lock-after SECONDS] */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/api/api.h"
#include "agent/api/lan.h"
#include "agent/cmd/cmd.h"
#include "agent/core/at_rest.h"

#define LISTEN "127.0.0.1:7400"
#define SYNC_EVERY_S 300
#define LOCK_AFTER_S 900
#define SECONDS_MAX (7 * 24 * 3600)

/* An address that means all of this machine's is none that somebody else can write. */
static bool is_any(const char *host)
{
    return strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
}

static void announce(const struct cli *cli, const char *host, uint16_t port, const char *lan_host,
                     const struct lan_server *lan)
{
    const bool six = strchr(host, ':') != NULL;
    char *url = mem_printf("http://%s%s%s:%u/", six ? "[" : "", host, six ? "]" : "", port);
    if (cli->json)
        cli_print_json(json_pack("{s:s, s:I}", "url", url, "lan_port",
                                 (json_int_t)(lan ? lan_server_port(lan) : 0)));
    else
        printf("本机服务已启动：%s（按 Ctrl+C 停止）\n", url);
    const bool lan_six = strchr(lan_host, ':') != NULL;
    if (lan && !cli->json)
        printf("办公室里别的电脑可以同本机交换：在那台上运行 huce sync --peer %s%s%s:%u\n",
               lan_six && !is_any(lan_host) ? "[" : "", is_any(lan_host) ? "本机地址" : lan_host,
               lan_six && !is_any(lan_host) ? "]" : "", lan_server_port(lan));
    fflush(stdout);
    mem_free(url);
}

/* Takes the desk. */
static enum status run(struct cli *cli, struct desk *desk, const struct api_options *options,
                       struct error *err)
{
    const char *lan_address = args_value(&cli->args, "lan");
    struct lan_server *lan = NULL;
    struct loop *loop = NULL;
    struct api *api = NULL;
    char lan_host[64] = "";
    uint16_t lan_port = 0;
    if (lan_address && !http_address_parse(lan_address, lan_host, &lan_port)) {
        desk_close(desk);
        return error_set(err, ST_USAGE, "--lan %s 应写成 本机在局域网里的地址:端口", lan_address);
    }
    enum status st = loop_open(&loop, err);
    if (st == ST_OK)
        st = api_start(desk, loop, options, &api, err);
    if (st != ST_OK)
        desk_close(desk);
    if (st == ST_OK && lan_address)
        st = lan_server_start(api, lan_host, lan_port, &lan, err);
    if (st == ST_OK) {
        announce(cli, options->address, http_server_port(api->http), lan_host, lan);
        loop_run(loop);
    }
    lan_server_stop(lan);
    api_stop(api);
    loop_close(loop);
    return st;
}

/* A program that was started without a terminal cannot ask for it. */
static bool page_asks_for_passphrase(const char *folder)
{
    const char *file = getenv("HUCE_PASSPHRASE_FILE");
    return !(file && *file) && !isatty(STDIN_FILENO) && at_rest_is_sealed(folder);
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
    setenv("UV_THREADPOOL_SIZE", "2", 0); /* threads for work aside, not four */
    enum status st = args_number(&cli->args, "sync-every", SECONDS_MAX, &every_s, err);
    if (st == ST_OK)
        st = args_number(&cli->args, "lock-after", SECONDS_MAX, &lock_s, err);
    options.address = host;
    options.sync_every_s = (unsigned)every_s;
    options.lock_after_s = (unsigned)lock_s;
    options.folder = cli->folder;
    if (st == ST_OK && !page_asks_for_passphrase(cli->folder)) {
        st = cli_desk(cli, &desk, err);
        if (st == ST_NOT_FOUND) /* the page asks for an invitation */
            st = ST_OK;
    }
    return st == ST_OK ? run(cli, desk, &options, err) : st;
}
