/* SPDX-License-Identifier: MulanPSL-2.0 */
/* lan: see lan.h. */
#include "agent/api/lan.h"

#include "agent/api/api.h"
#include "shared/base/check.h"
#include "shared/base/diag.h"
#include "shared/base/mem.h"

#define CONNECTIONS_MAX 16

struct lan_server {
    struct api *api;
    struct http_server *http;
};

static enum http_outcome hello(void *arg, const struct http_request *request,
                               struct http_response *response)
{
    struct lan_server *lan = arg;
    struct error err;
    (void)request;
    if (!lan->api->desk || desk_refresh(lan->api->desk, &err) != ST_OK) {
        http_response_error(response, 503, "busy", "请稍后再试");
        return HTTP_ANSWER;
    }
    response->content_type = "application/cbor";
    lan_hello(lan->api->desk, &response->body);
    return HTTP_ANSWER;
}

/* A stranger learns no more than that it is refused. */
static enum http_outcome exchange(void *arg, const struct http_request *request,
                                  struct http_response *response)
{
    struct lan_server *lan = arg;
    struct desk *desk = lan->api->desk;
    struct lan_done done = {0};
    struct error err;
    const enum status st = desk ? lan_answer(desk, request->body, &response->body, &done, &err)
                                : error_set(&err, ST_BUSY, "nobody has opened the folder");
    if (st == ST_OK) {
        response->content_type = "application/octet-stream";
    } else {
        diag_info("lan", "%s", err.text);
        if (st == ST_BUSY)
            http_response_error(response, 503, "busy", "请稍后再试");
        else if (st == ST_DAMAGED && done.device.b[0])
            http_response_error(response, 409, "history", "%s", err.text);
        else
            http_response_error(response, 403, "refused", "没有接受");
    }
    if (st == ST_OK && done.taken > 0)
        background_saved(
            lan->api->background); /* it goes to the county with what is written here */
    return HTTP_ANSWER;
}

static const struct http_route routes[] = {
    {"GET", LAN_PATH, hello, 0},
    {"POST", LAN_PATH, exchange, LAN_BODY_MAX},
};

enum status lan_server_start(struct api *api, const char *host, uint16_t port,
                             struct lan_server **out, struct error *err)
{
    struct lan_server *lan = mem_zero_alloc(1, sizeof(*lan));
    const struct http_options options = {.address = host,
                                         .port = port,
                                         .connections_max = CONNECTIONS_MAX,
                                         .routes = routes,
                                         .route_count = ARRAY_LENGTH(routes),
                                         .arg = lan};
    lan->api = api;
    *out = NULL;
    const enum status st = http_server_start(api->loop, &options, &lan->http, err);
    if (st != ST_OK) {
        mem_free(lan);
        return st;
    }
    *out = lan;
    return ST_OK;
}

uint16_t lan_server_port(const struct lan_server *lan)
{
    return http_server_port(lan->http);
}

void lan_server_stop(struct lan_server *lan)
{
    if (!lan)
        return;
    http_server_stop(lan->http);
    mem_free(lan);
}
