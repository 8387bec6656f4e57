/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * api: the way of a request:
 *
 *   guard (whose page?) ─▶ endpoint ─▶ session ─▶ body ─▶ handler
 *
 * in this order, so that a foreign page learns nothing and a locked desk says nothing.
 */
#include "agent/api/api.h"

#include <stdarg.h>
#include <stdio.h>

#include "agent/api/aside.h"
#include "agent/api/guard.h"
#include "agent/api/page.h"
#include "agent/core/reads.h"
#include "agent/core/sight.h"
#include "agent/core/act.h"
#include "shared/record/attachment.h"
#include "agent/core/at_rest.h"
#include "agent/core/fork.h"
#include "shared/base/check.h"
#include "shared/base/diag.h"
#include "shared/base/time.h"
#include "shared/codec/cbor.h"

#define PREFIX "/api/"
#define BODY_MAX (256 * 1024)
#define CONNECTIONS_MAX 64
#define PATIENCE_MS 1000 /* for another process that is writing; everybody waits meanwhile */
/* Then it is tried once more: a first exchange, or a large one, has written meanwhile. */
#define BUSY_AGAIN_MS 5000
#define REST_MS 5000 /* without a request: then memory is given back */

static const struct http_header headers[] = {
    {"Content-Security-Policy", PAGE_POLICY},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cache-Control", "no-store"},
};

/* ---- endpoints ---- */

enum endpoint_flag {
    OPEN = 1,  /* also while locked */
    QUIET = 2, /* a page asks by itself: not a sign that somebody is there */
    BARE = 4,  /* also before anybody has joined */
    RAW = 8,   /* the body is a file */
};

/* "*" stands for a type or an id. */
static const struct endpoint {
    const char *method, *path;
    api_handler *handler;
    unsigned flags;
} endpoints[] = {
    {"GET", "session", api_session, OPEN | QUIET | BARE},
    {"POST", "join", api_join, OPEN | BARE},
    {"POST", "join/request", api_join_request, OPEN | BARE},
    {"POST", "join/answer", api_join_answer, OPEN | BARE},
    {"POST", "open", api_open, OPEN | BARE},
    {"POST", "pin", api_pin, 0},
    {"GET", "vault", api_vault, 0},
    {"POST", "vault", api_vault_set, 0},
    {"POST", "unlock", api_unlock, OPEN},
    {"POST", "lock", api_lock, QUIET},
    {"GET", "status", api_status, QUIET},
    {"GET", "types", api_types, 0},
    {"GET", "records/*", api_list, 0},
    {"POST", "batch", api_batch, 0},
    {"POST", "records/*", api_create, 0},
    {"GET", "records/*/*", api_get, 0},
    {"PUT", "records/*/*", api_edit, 0},
    {"PATCH", "records/*/*", api_edit, 0},
    {"DELETE", "records/*/*", api_delete, 0},
    {"POST", "records/*/*/restore", api_restore, 0},
    {"GET", "records/*/*/archive", api_archive, 0},
    {"GET", "records/*/*/history", api_history, 0},
    {"GET", "conflicts", api_conflicts, 0},
    {"GET", "conflicts/*", api_conflict, 0},
    {"POST", "conflicts/*/resolve", api_resolve, 0},
    {"POST", "records/*/*/transfer", api_transfer, 0},
    {"GET", "transfers", api_transfers, 0},
    {"GET", "transfers/*", api_transfer_show, 0},
    {"POST", "transfers/*/take", api_transfer_take, 0},
    {"GET", "duplicates", api_duplicates, 0},
    {"POST", "duplicates/link", api_duplicate_link, 0},
    {"POST", "duplicates/unlink", api_duplicate_unlink, 0},
    {"GET", "tasks", api_tasks, 0},
    {"GET", "tasks/*", api_task, 0},
    {"POST", "tasks/*/send", api_task_send, 0},
    {"POST", "tasks/*/drop", api_task_drop, 0},
    {"GET", "report", api_reports, 0},
    {"GET", "report/*", api_report, 0},
    {"GET", "report/*/records", api_figure, 0},
    {"GET", "doors/*", api_door, 0},
    {"GET", "find", api_find_people, 0},
    {"GET", "changes", api_changes, 0},
    {"POST", "import/*", api_import, 0},
    {"POST", "export/*", api_export_list, 0},
    {"POST", "attachments", api_attach, RAW},
    {"GET", "attachments", api_attachments, 0},
    {"GET", "attachments/*", api_attachment, 0},
    {"GET", "sticks", api_sticks, QUIET},
    {"POST", "sticks/pack", api_stick_pack, 0},
    {"POST", "sticks/take", api_stick_take, 0},
    {"GET", "audit", api_audit, QUIET},
    {"POST", "audit", api_audit_begin, 0},
    {"GET", "units", api_units, 0},
    {"GET", "sync", api_sync, QUIET},
    {"POST", "sync", api_sync_now, 0},
};

/* Letters, digits and what ids are written with; never a percent sign. */
static bool copy_segment(const char *p, size_t n, char *out, size_t size)
{
    if (n == 0 || n >= size)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!((p[i] >= 'a' && p[i] <= 'z') || (p[i] >= 'A' && p[i] <= 'Z') ||
              (p[i] >= '0' && p[i] <= '9') || p[i] == '_' || p[i] == '-' || p[i] == '.'))
            return false;
    memcpy(out, p, n);
    out[n] = '\0';
    return true;
}

/* The first * of a path is the type of a record or the id of something, the second an id. */
static bool path_matches(const char *pattern, const char *path, struct call *call)
{
    const char *stars[2] = {0};
    size_t lengths[2] = {0}, count = 0;
    for (;;) {
        size_t n = strcspn(pattern, "/"), m = strcspn(path, "/");
        if (*pattern == '*') {
            stars[count] = path;
            lengths[count++] = m;
        } else if (n != m || memcmp(pattern, path, n) != 0) {
            return false;
        }
        if (pattern[n] != path[m])
            return false;
        if (!pattern[n])
            break;
        pattern += n + 1;
        path += m + 1;
    }
    call->type[0] = call->id[0] = '\0';
    if (count == 2)
        return copy_segment(stars[0], lengths[0], call->type, sizeof(call->type)) &&
               copy_segment(stars[1], lengths[1], call->id, sizeof(call->id));
    return count == 0 || (copy_segment(stars[0], lengths[0], call->type, sizeof(call->type)) &&
                          copy_segment(stars[0], lengths[0], call->id, sizeof(call->id)));
}

/* NULL: *response says why there is none. */
static const struct endpoint *find_endpoint(struct call *call)
{
    char allowed[64] = "";
    for (size_t i = 0; i < ARRAY_LENGTH(endpoints); i++) {
        const struct endpoint *one = &endpoints[i];
        if (!path_matches(one->path, call->request->path + sizeof(PREFIX) - 1, call))
            continue;
        if (strcmp(one->method, call->request->method) == 0)
            return one;
        size_t used = strlen(allowed);
        snprintf(allowed + used, sizeof(allowed) - used, "%s%s", used ? ", " : "", one->method);
    }
    if (*allowed) {
        http_response_header(call->response, "Allow", allowed);
        api_refuse(call, 405, "method", "这个地址只接受 %s", allowed);
    } else {
        api_refuse(call, 404, "not_found", "没有这个地址");
    }
    return NULL;
}

/* ---- answers ---- */

static int write_body(const char *text, size_t n, void *arg)
{
    buf_put(arg, text, n);
    return buf_ok(arg) ? 0 : -1;
}

void api_mask(struct call *call, json_t *items)
{
    struct sight sight;
    sight_of_grant(call->api->author.grant, SIGHT_SCREEN, &sight);
    if (json_is_array(items))
        sight_items(call->api->desk, &sight, items);
    else
        sight_item(call->api->desk, &sight, items);
    reads_items(call->api->desk, &(struct reader){&call->api->author.kid, "conflicts, tasks"},
                &sight, items);
}

void api_answer(struct call *call, unsigned status, json_t *json)
{
    struct http_response *response = call->response;
    buf_clear(&response->body);
    response->status = status;
    response->content_type = "application/json";
    bool written = json && json_dump_callback(json, write_body, &response->body, JSON_COMPACT) == 0;
    json_decref(json);
    if (!written)
        api_refuse(call, 500, "limit", "回答太大，请少要一些（limit）");
}

void api_refuse(struct call *call, unsigned status, const char *code, const char *format, ...)
{
    char text[ERROR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    http_response_error(call->response, status, code, "%s", text);
}

static unsigned http_status(enum status st)
{
    switch (st) {
    case ST_INVALID:
    case ST_USAGE:
    case ST_LIMIT: /* a body beyond its limit is refused by the server, with 413 */
        return 400;
    case ST_REFUSED:
        return 403;
    case ST_NOT_FOUND:
        return 404;
    case ST_EXISTS:
        return 409;
    case ST_UNREACHABLE:
        return 502;
    case ST_BUSY:
    case ST_WAIT:
        return 503;
    default:
        return 500;
    }
}

void api_fail(struct call *call, const struct error *err, const char *field)
{
    unsigned status = http_status(err->status);
    const char *text = err->text;
    if (status == 500)
        diag_error("api", "%s: %s", status_name(err->status), err->text);
    if (err->status == ST_BUSY && !call->request->woken && !call->request->last_call) {
        call->park_ms = BUSY_AGAIN_MS; /* nothing was begun: it is done again */
        return;
    }
    if (err->status == ST_BUSY)
        text = "数据正被另一个程序使用（例如正在导入），请稍后再试";
    json_t *error = json_pack("{s:s, s:s}", "code", status_name(err->status), "text", text);
    if (error && field)
        json_object_set_new(error, "field", json_string(field));
    api_answer(call, status, json_pack("{s:o}", "error", error));
}

/* ---- what handlers read ---- */

enum status api_find(struct call *call, const struct catalog_table **table, struct ledger **ledger,
                     struct record_id *id, struct error *err)
{
    enum status st = desk_refresh(call->api->desk, err);
    if (st == ST_OK)
        st = act_type(call->api->desk, call->type, table, err);
    if (st == ST_INVALID)
        return error_set(err, ST_NOT_FOUND, "没有“%s”这种记录", call->type);
    if (st != ST_OK || !id)
        return st;
    if (!record_id_parse(slice_str(call->id), id))
        return error_set(err, ST_INVALID, "“%s”不是记录编号：应为 32 位十六进制", call->id);
    return act_find(call->api->desk, NULL, *table, call->id, ledger, id, err);
}

enum status api_text(const struct call *call, const char *name, bool needed, const char **out,
                     struct error *err)
{
    const json_t *value = json_object_get(call->body, name);
    *out = json_string_value(value);
    if (*out || (!needed && (!value || json_is_null(value))))
        return ST_OK;
    return error_set(err, ST_INVALID, value ? "“%s”要写成文字" : "缺少“%s”", name);
}

enum status api_seen(struct call *call, struct seen *out, struct error *err)
{
    const char *text;
    enum status st = api_text(call, "version", true, &text, err);
    if (st == ST_OK && !seen_read(slice_str(text), out))
        st = error_set(err, ST_INVALID, "“version”不对：应原样带回看到的那一个");
    return st;
}

enum status api_param(struct call *call, const char *name, char *room, size_t size,
                      const char **out, struct error *err)
{
    *out = NULL;
    if (!http_request_has_param(call->request, name))
        return ST_OK;
    if (!http_request_param(call->request, name, 0, room, size) || !utf8_valid(slice_str(room)))
        return error_set(err, ST_INVALID, "参数“%s”太长，或者不是有效的文字", name);
    *out = *room ? room : NULL;
    return ST_OK;
}

/* ---- the session's end ---- */

void api_lock_now(struct api *api)
{
    loop_timer_stop(api->idle);
    api->idle = NULL;
    login_end(&api->login);
    author_release(&api->author);
}

/* ---- rest ---- */

static void on_rest(void *arg)
{
    struct api *api = arg;
    int64_t left_ms = api->used_ms + REST_MS - time_monotonic_ms();
    api->rest = NULL;
    if (left_ms > 0)
        api->rest = loop_timer_start(api->loop, (uint64_t)left_ms, 0, on_rest, api);
    else if (api->desk)
        desk_rest(api->desk);
}

static void note_use(struct api *api)
{
    api->used_ms = time_monotonic_ms();
    if (!api->rest)
        api->rest = loop_timer_start(api->loop, REST_MS, 0, on_rest, api);
}

/* ---- the way of a request ---- */

/* Whose page is it? */
static bool is_own_page(struct call *call)
{
    const char *host = http_request_header(call->request, "Host");
    if (!guard_host(host)) {
        api_refuse(call, 403, "host", "只接受本机地址（127.0.0.1、localhost）");
        return false;
    }
    if (!guard_origin(http_request_header(call->request, "Origin"), host) ||
        !guard_fetch_site(http_request_header(call->request, "Sec-Fetch-Site"))) {
        api_refuse(call, 403, "origin", "不接受来自别的网页的请求");
        return false;
    }
    return true;
}

void api_heal(struct api *api)
{
    struct error err;
    size_t healed = 0;
    if (!api->author.key || !fork_waits(api->desk, &api->author.kid))
        return;
    if (fork_heal_all(api->desk, &api->author, &healed, &err) != ST_OK)
        diag_warn("fork", "%s", err.text);
    else if (healed)
        background_saved(api->background);
    api->author.grant = NULL; /* the registry may have been read anew: every request looks it up */
}

static void heal(void *arg)
{
    api_heal(arg);
}

/* The county may have revoked the person meanwhile, or the grant may be over. */
static bool is_still_granted(struct call *call)
{
    struct api *api = call->api;
    struct error err;
    enum status st = desk_refresh(api->desk, &err);
    if (st == ST_OK)
        st = desk_author_renew(api->desk, &api->author, &err);
    if (st == ST_REFUSED)
        api_lock_now(api);
    if (st != ST_OK)
        api_fail(call, &err, NULL);
    return st == ST_OK;
}

static bool is_joined(struct call *call, const struct endpoint *endpoint)
{
    if (call->api->desk || (endpoint->flags & BARE))
        return true;
    if (at_rest_is_sealed(call->api->folder))
        api_refuse(call, 409, "sealed", "资料是加密的：请先输入启动口令");
    else
        api_refuse(call, 409, "not_joined", "这台电脑还没有加入：请先打开邀请码");
    return false;
}

static bool is_unlocked(struct call *call, const struct endpoint *endpoint)
{
    struct api *api = call->api;
    const int64_t now_ms = time_monotonic_ms();
    if (endpoint->flags & OPEN)
        return true;
    if (!login_holds(&api->login, http_request_header(call->request, "Huce-Session"), now_ms)) {
        if (now_ms >= login_deadline_ms(&api->login))
            api_lock_now(api);
        api_refuse(call, 401, "locked", "已锁定：请输入口令（PIN）");
        return false;
    }
    if (!(endpoint->flags & QUIET))
        login_used(&api->login, now_ms);
    return is_still_granted(call);
}

static bool read_body(struct call *call, const struct endpoint *endpoint)
{
    const struct slice body = call->request->body;
    if (strcmp(call->request->method, "GET") == 0 || (endpoint->flags & RAW)) {
        call->body = json_object();
        return true;
    }
    if (!guard_json(http_request_header(call->request, "Content-Type"))) {
        api_refuse(call, 415, "content_type", "请用 Content-Type: application/json");
        return false;
    }
    json_error_t why;
    call->body = body.n ? json_loadb((const char *)body.p, body.n, JSON_REJECT_DUPLICATES, &why)
                        : json_object();
    if (!json_is_object(call->body)) {
        if (call->body)
            api_refuse(call, 400, "json", "请求内容应是一个 JSON 对象：{…}");
        else
            api_refuse(call, 400, "json", "请求内容不是有效的 JSON（第 %d 行第 %d 列）", why.line,
                       why.column);
        return false;
    }
    return true;
}

/* While an import holds the database's write lock, whatever writes waits in front of it. */
static bool waits_for_writing(struct call *call, const struct endpoint *endpoint)
{
    if (endpoint->flags || strcmp(endpoint->method, "GET") == 0 || !aside_is_writing(call->api) ||
        aside_owns(call->api, call->request->impl))
        return false;
    if (call->request->last_call)
        api_refuse(call, 503, "busy", "正在导入一张大表，请稍后再存；您填的内容还在");
    else
        call->park_ms = HTTP_PARK_MAX_MS;
    return true;
}

static enum http_outcome on_request(void *arg, const struct http_request *request,
                                    struct http_response *response)
{
    struct call call = {.api = arg, .request = request, .response = response};
    const struct endpoint *endpoint;
    if (!request->woken)
        aside_forget(arg, request->impl);
    if (is_own_page(&call) && (endpoint = find_endpoint(&call)) && is_joined(&call, endpoint) &&
        is_unlocked(&call, endpoint) && read_body(&call, endpoint) &&
        !waits_for_writing(&call, endpoint))
        endpoint->handler(&call);
    json_decref(call.body);
    note_use(arg);
    response->park_ms = call.park_ms;
    return call.park_ms ? HTTP_PARK : HTTP_ANSWER;
}

static enum http_outcome on_page(void *arg, const struct http_request *request,
                                 struct http_response *response)
{
    struct call call = {.api = arg, .request = request, .response = response};
    if (!is_own_page(&call))
        return HTTP_ANSWER;
    if (!page_answer(request, response))
        api_refuse(&call, 404, "not_found", "没有这个地址");
    return HTTP_ANSWER;
}

static const struct http_route routes[] = {
    {"POST", PREFIX "attachments", on_request, ATTACHMENT_MAX},
    {"POST", PREFIX "import/", on_request, HTTP_BODY_MAX},
    {"POST", PREFIX "join/", on_request, HTTP_BODY_MAX},
    {"GET", PREFIX, on_request, 0},
    {"POST", PREFIX, on_request, BODY_MAX},
    {"PUT", PREFIX, on_request, BODY_MAX},
    {"PATCH", PREFIX, on_request, BODY_MAX},
    {"DELETE", PREFIX, on_request, BODY_MAX},
    {"GET", "/", on_page, 0},
};

/* ---- life ---- */

void api_take_desk(struct api *api, struct desk *desk)
{
    api->desk = desk;
    db_patience(desk->db, PATIENCE_MS);
    api->background = background_start(desk, api->loop, api->sync_every_s, heal, api);
}

enum status api_start(struct desk *desk, struct loop *loop, const struct api_options *options,
                      struct api **out, struct error *err)
{
    struct api *api = mem_zero_alloc(1, sizeof(*api));
    struct http_options http = {.address = options->address,
                                .port = options->port,
                                .connections_max = CONNECTIONS_MAX,
                                .routes = routes,
                                .route_count = ARRAY_LENGTH(routes),
                                .headers = headers,
                                .header_count = ARRAY_LENGTH(headers),
                                .arg = api};
    *out = NULL;
    api->folder = options->folder;
    api->sync_every_s = options->sync_every_s;
    api->loop = loop;
    api->login.idle_ms = (int64_t)options->lock_after_s * 1000;
    enum status st = ST_OK;
    if (!http_address_loopback(options->address))
        st = error_set(err, ST_REFUSED, "%s 不是本机地址：本机服务只在 127.0.0.1 或 [::1] 上监听",
                       options->address);
    if (st == ST_OK)
        st = http_server_start(loop, &http, &api->http, err);
    if (st != ST_OK) {
        mem_free(api);
        return st;
    }
    api->own = desk;
    if (desk)
        api_take_desk(api, desk);
    *out = api;
    return ST_OK;
}

void api_stop(struct api *api)
{
    if (!api)
        return;
    background_stop(api->background);
    aside_stop(api);
    api_stick_stop(api);
    api_audit_stop(api);
    http_server_stop(api->http);
    loop_timer_stop(api->rest);
    api_lock_now(api);
    desk_close(api->own);
    mem_free(api);
}
