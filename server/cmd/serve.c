/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * serve: huced serve: answers desks until it is told to stop. What it is told comes from --config
 * and the command line (core/config.h). Metrics and readiness are for this machine alone: at an
 * address of their own, or beside the rest when that is an address of this machine.
 */
#include "server/api/api.h"
#include "server/cmd/cmd.h"
#include "server/core/registrar.h"

#include "shared/base/check.h"
#include "shared/base/diag.h"
#include "shared/base/file.h"
#include "shared/base/time.h"
#include "shared/codec/hex.h"
#include "shared/net/certificate.h"

#include <stdio.h>

#define TICK_MS 1000
#define PEM_MAX (256 * 1024)

const struct option_spec cmd_serve_options[] = {{"config", true},       {"listen", true},
                                                {"tls-cert", true},     {"tls-key", true},
                                                {"port-file", true},    {"max-clients", true},
                                                {"admin-listen", true}, {"admin-port-file", true},
                                                {"log-requests", true}, {0}};

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

static enum status note_port(const struct http_server *http, const char *path, struct error *err)
{
    char text[16];
    if (!*path)
        return ST_OK;
    snprintf(text, sizeof(text), "%u\n", http_server_port(http));
    return file_replace(path, slice_str(text), 0644, err);
}

static void announce(const struct http_server *http, const char *host, const char *what, bool tls)
{
    const bool six = strchr(host, ':') != NULL;
    printf("huced: %s %s://%s%s%s:%u\n", what, tls ? "https" : "http", six ? "[" : "", host,
           six ? "]" : "", http_server_port(http));
    fflush(stdout);
}

/* The certificate and its key, as they are read. */
struct tls {
    struct buf cert, key;
};

static enum status tls_read(const struct config *config, struct tls *tls, struct error *err)
{
    enum status st = ST_OK;
    if (*config_text(config, CONFIG_TLS_CERT))
        st = file_read(config_text(config, CONFIG_TLS_CERT), PEM_MAX, &tls->cert, err);
    if (st == ST_OK && *config_text(config, CONFIG_TLS_KEY))
        st = file_read(config_text(config, CONFIG_TLS_KEY), PEM_MAX, &tls->key, err);
    return st;
}

static void tls_release(struct tls *tls)
{
    if (tls->key.p)
        secret_wipe(tls->key.p, tls->key.n);
    buf_release(&tls->key);
    buf_release(&tls->cert);
}

/* Metrics and readiness at an address of their own. */
static enum status start_admin(const struct config *config, struct loop *loop, struct api *api,
                               struct error *err)
{
    const size_t count = api_admin_count + 1; /* and /healthz before them */
    char host[64];
    struct http_options http = {.address = host,
                                .routes = api_routes + api_route_count - count,
                                .route_count = count,
                                .connections_max = 32,
                                .arg = api,
                                .done = api_done};
    if (!*config_text(config, CONFIG_ADMIN_LISTEN))
        return ST_OK;
    CHECK(http_address_parse(config_text(config, CONFIG_ADMIN_LISTEN), host, &http.port));
    enum status st = http_server_start(loop, &http, &api->admin, err);
    if (st == ST_OK)
        st = note_port(api->admin, config_text(config, CONFIG_ADMIN_PORT_FILE), err);
    if (st == ST_OK)
        announce(api->admin, host, "admin at", false);
    return st;
}

static enum status start(const struct config *config, struct tls *tls, struct loop *loop,
                         struct api *api, struct error *err)
{
    const bool is_tls = tls->cert.n > 0;
    char host[64];
    struct http_options http = {
        .address = host,
        .routes = api_routes,
        .route_count = api_route_count,
        .connections_max = (unsigned)config_number(config, CONFIG_MAX_CLIENTS),
        .per_address_max = (unsigned)config_number(config, CONFIG_MAX_CLIENTS_PER_ADDRESS),
        .timeout_s = (unsigned)config_number(config, CONFIG_IDLE_TIMEOUT_S),
        .tls_cert_pem = is_tls ? buf_cstr(&tls->cert) : NULL,
        .tls_key_pem = is_tls ? buf_cstr(&tls->key) : NULL,
        .arg = api,
        .done = api_done};
    CHECK(http_address_parse(config_text(config, CONFIG_LISTEN), host, &http.port));
    if (*config_text(config, CONFIG_ADMIN_LISTEN) || !http_address_loopback(host))
        http.route_count -= api_admin_count;
    enum status st = http_server_start(loop, &http, &api->http, err);
    if (st == ST_OK)
        st = start_admin(config, loop, api, err);
    if (st == ST_OK)
        st = asking_start(api->srv, loop, &api->asking, err);
    if (st == ST_OK)
        announce(api->http, host, "listening on", is_tls);
    return st == ST_OK ? note_port(api->http, config_text(config, CONFIG_PORT_FILE), err) : st;
}

static uint64_t megabytes(const struct config *config, enum config_key key)
{
    return (uint64_t)config_number(config, key) * 1024 * 1024;
}

static void set_quotas(const struct config *config, struct server *srv)
{
    srv->quota[QUOTA_CHANGES] =
        (struct quota_limits){.ledger = megabytes(config, CONFIG_QUOTA_LEDGER_CHANGES_MB),
                              .device = megabytes(config, CONFIG_QUOTA_DESK_CHANGES_MB)};
    srv->quota[QUOTA_ATTACHMENTS] =
        (struct quota_limits){.ledger = megabytes(config, CONFIG_QUOTA_LEDGER_ATTACHMENTS_MB),
                              .device = megabytes(config, CONFIG_QUOTA_DESK_ATTACHMENTS_MB)};
}

static enum status run(const struct config *config, struct tls *tls, struct error *err)
{
    struct api api = {.started_ms = time_monotonic_ms(),
                      .log_requests = config_number(config, CONFIG_LOG_REQUESTS) != 0,
                      .disk_free_min_mb = config_number(config, CONFIG_DISK_FREE_MB)};
    struct loop *loop = NULL;
    enum status st = tls_read(config, tls, err);
    if (st == ST_OK)
        st = server_open(config_text(config, CONFIG_DATA), &api.srv, err);
    if (st == ST_OK)
        set_quotas(config, api.srv);
    if (st == ST_OK && tls->cert.n)
        st = remember_pin(api.srv, buf_slice(&tls->cert), err);
    if (st == ST_OK)
        st = update_catalog(api.srv, err);
    if (st == ST_OK)
        st = loop_open(&loop, err);
    if (st == ST_OK)
        st = start(config, tls, loop, &api, err);
    if (st == ST_OK) {
        struct loop_timer *tick = loop_timer_start(loop, TICK_MS, TICK_MS, api_tick, &api);
        loop_run(loop);
        loop_timer_stop(tick);
    }
    asking_stop(api.asking);
    http_server_stop(api.admin);
    http_server_stop(api.http);
    loop_close(loop);
    api_release(&api);
    server_close(api.srv);
    return st;
}

enum status cmd_serve(const struct options *options, struct error *err)
{
    struct config config;
    struct tls tls = {0};
    enum status st = expect_words(options, 0, 0, "", err);
    if (st != ST_OK)
        return st;
    st = options_config(options, &config, err);
    if (st == ST_OK && config.value[CONFIG_LOG_LEVEL].line) /* else $HUCE_DIAG */
        diag_set_level((enum diag_level)config_number(&config, CONFIG_LOG_LEVEL));
    if (st == ST_OK)
        st = run(&config, &tls, err);
    tls_release(&tls);
    config_release(&config);
    return st;
}
