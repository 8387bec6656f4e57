/* SPDX-License-Identifier: MulanPSL-2.0 */
/* serve: huced serve: answers desks until it is told to stop. */
#include "server/api/api.h"
#include "server/cmd/cmd.h"
#include "server/core/registrar.h"

#include "shared/base/file.h"
#include "shared/base/time.h"
#include "shared/codec/hex.h"
#include "shared/net/certificate.h"

#include <stdio.h>

#define TICK_MS 1000
#define PEM_MAX (256 * 1024)

const struct option_spec cmd_serve_options[] = {{"listen", true},      {"tls-cert", true},
                                                {"tls-key", true},     {"port-file", true},
                                                {"max-clients", true}, {0}};

static enum status update_catalog(struct server *srv, struct error *err)
{
    enum status st = server_begin(srv, err);
    if (st != ST_OK)
        return st;
    if (server_recovering(srv)) { /* when it is over, the next start brings them */
        fprintf(stderr, "huced: 本县正在恢复，现在不接收改动，也不签名：huced recovery status\n");
        return server_end(srv, ST_OK, err);
    }
    return server_end(srv, registrar_update_catalog(srv, time_now_ms(), err), err);
}

/* What invitations will pin from now on. */
static enum status remember_pin(struct server *srv, struct slice pem, struct error *err)
{
    struct hash pin;
    char hex[2 * HASH_SIZE + 1];
    enum status st = certificate_pin(pem, &pin, err);
    if (st == ST_OK)
        st = server_begin(srv, err);
    if (st != ST_OK)
        return st;
    hex_encode(hash_slice(&pin), hex);
    return server_end(srv, store_set_setting(srv->db, "tls_pin", hex, err), err);
}

static enum status announce(const struct options *options, const struct http_server *http,
                            const char *host, bool tls, struct error *err)
{
    const char *path = options_get(options, "port-file");
    const bool six = strchr(host, ':') != NULL;
    char text[16];
    printf("huced: listening on %s://%s%s%s:%u\n", tls ? "https" : "http", six ? "[" : "", host,
           six ? "]" : "", http_server_port(http));
    fflush(stdout);
    if (!path)
        return ST_OK;
    snprintf(text, sizeof(text), "%u\n", http_server_port(http));
    return file_replace(path, slice_str(text), 0644, err);
}

enum status cmd_serve(const struct options *options, struct error *err)
{
    const char *listen = options_get(options, "listen");
    const char *cert_path = options_get(options, "tls-cert");
    const char *key_path = options_get(options, "tls-key");
    const char *clients = options_get(options, "max-clients");
    struct http_options http = {.routes = api_routes, .route_count = api_route_count};
    struct api api = {.started_ms = time_monotonic_ms()};
    struct loop *loop = NULL;
    struct loop_timer *tick = NULL;
    struct buf cert, key;
    char host[64];

    buf_init(&cert, 0);
    buf_init(&key, 0);
    enum status st = expect_words(options, 0, 0, "", err);
    if (st != ST_OK)
        return st;
    if (!http_address_parse(listen ? listen : "127.0.0.1:8443", host, &http.port))
        return error_set(err, ST_USAGE, "--listen %s 应为 IP:端口", listen);
    if (!cert_path != !key_path)
        return error_set(err, ST_USAGE, "--tls-cert 和 --tls-key 要一起给");
    if (!cert_path && !http_address_loopback(host))
        return error_set(err, ST_REFUSED,
                         "%s 不是本机地址: 对外服务必须使用 TLS（--tls-cert 和 --tls-key）", host);
    if (clients && (sscanf(clients, "%u", &http.connections_max) != 1 || http.connections_max < 1 ||
                    http.connections_max > 65536))
        return error_set(err, ST_USAGE, "--max-clients %s 应在 1 到 65536 之间", clients);

    if (cert_path)
        st = file_read(cert_path, PEM_MAX, &cert, err);
    if (st == ST_OK && key_path)
        st = file_read(key_path, PEM_MAX, &key, err);
    if (st == ST_OK)
        st = server_open(options_data(options), &api.srv, err);
    if (st == ST_OK && cert_path)
        st = remember_pin(api.srv, buf_slice(&cert), err);
    if (st == ST_OK)
        st = update_catalog(api.srv, err);
    if (st == ST_OK)
        st = loop_open(&loop, err);
    http.address = host;
    http.arg = &api;
    http.tls_cert_pem = cert_path ? buf_cstr(&cert) : NULL;
    http.tls_key_pem = key_path ? buf_cstr(&key) : NULL;
    if (st == ST_OK)
        st = http_server_start(loop, &http, &api.http, err);
    if (st == ST_OK)
        st = asking_start(api.srv, loop, &api.asking, err);
    if (st == ST_OK)
        st = announce(options, api.http, host, cert_path != NULL, err);
    if (st == ST_OK) {
        tick = loop_timer_start(loop, TICK_MS, TICK_MS, api_tick, &api);
        loop_run(loop);
        loop_timer_stop(tick);
    }
    asking_stop(api.asking);
    http_server_stop(api.http);
    loop_close(loop);
    api_release(&api);
    server_close(api.srv);
    if (key.p)
        secret_wipe(key.p, key.n);
    buf_release(&key);
    buf_release(&cert);
    return st;
}
