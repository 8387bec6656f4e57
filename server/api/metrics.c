/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * metrics: what operators are told: GET /metrics (Prometheus), GET /readyz, a line for each
 * request.
 *
 * Names follow Prometheus' conventions: huced_ before them, base units, _total behind counters. No
 * label names a person, a device or a ledger, and a request is known by its route, never by its
 * target, which may hold codes and numbers.
 */
#include "server/api/api.h"

#include "server/core/ready.h"
#include "shared/base/check.h"
#include "shared/base/file.h"
#include "shared/base/time.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* 0: the connection ended before there was an answer; the last stands for all others. */
static const unsigned statuses[API_STATUSES] = {0,   200, 201, 204, 206, 304, 400, 401,
                                                403, 404, 405, 409, 410, 411, 413, 415,
                                                416, 429, 431, 500, 503, 507, 999};
static const int64_t bounds_us[API_BUCKETS - 1] = {
    1000, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 10000000};
static const char *const bounds[API_BUCKETS] = {"0.001", "0.005", "0.01", "0.025", "0.05", "0.1",
                                                "0.25",  "0.5",   "1",    "2.5",   "10",   "+Inf"};

static void observe(struct api_seconds *seconds, int64_t us)
{
    size_t i = 0;
    if (us < 0)
        us = 0;
    while (i < API_BUCKETS - 1 && us > bounds_us[i])
        i++;
    seconds->bucket[i]++;
    seconds->sum_us += (uint64_t)us;
}

/* One write, so that lines never mix. */
static void write_down(const struct http_done *done)
{
    char line[512], when[TIME_TEXT_SIZE];
    time_format_utc(time_now_ms(), when);
    int n =
        snprintf(line, sizeof(line),
                 "{\"time\":\"%s\",\"event\":\"request\",\"method\":\"%s\",\"path\":\"%s\","
                 "\"status\":%u,\"bytes_in\":%zu,\"bytes_out\":%zu,\"took_ms\":%.3f,"
                 "\"worked_ms\":%.3f,\"parked\":%s,\"complete\":%s}\n",
                 when, done->route ? done->route->method : "other",
                 done->route ? done->route->path : "other", done->status, done->bytes_in,
                 done->bytes_out, (double)done->took_us / 1000.0, (double)done->worked_us / 1000.0,
                 done->parked ? "true" : "false", done->complete ? "true" : "false");
    CHECK(n > 0 && (size_t)n < sizeof(line));
    if (write(STDERR_FILENO, line, (size_t)n) < 0)
        return; /* nobody reads any more */
}

void api_done(void *arg, const struct http_done *done)
{
    struct api *api = arg;
    const size_t route = done->route ? (size_t)(done->route - api_routes) : api_route_count;
    size_t status = 0;
    CHECK(route <= api_route_count);
    while (status < API_STATUSES - 1 && statuses[status] != done->status)
        status++;
    api->counts.requests[route][status]++;
    observe(&api->counts.took[route], done->took_us);
    observe(&api->counts.worked, done->worked_us);
    if (api->log_requests)
        write_down(done);
}

/* ---- GET /metrics ---- */

static void head(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void metric(struct buf *out, const char *name, const char *type, const char *help,
                   int64_t value)
{
    head(out, name, type, help);
    buf_printf(out, "%s %" PRId64 "\n", name, value);
}

static void counter(struct buf *out, const char *name, const char *help, uint64_t value)
{
    metric(out, name, "counter", help, (int64_t)value);
}

/* method="GET",path="/log/"; HEAD is counted with GET. */
struct label {
    char text[96];
};

static struct label label_of(size_t route)
{
    struct label label;
    const bool known = route < api_route_count;
    snprintf(label.text, sizeof(label.text), "method=\"%s\",path=\"%s\"",
             known ? api_routes[route].method : "other", known ? api_routes[route].path : "other");
    return label;
}

static void put_requests(struct buf *out, const struct api_counts *c)
{
    head(out, "huced_http_requests_total", "counter", "Requests by route and status.");
    for (size_t r = 0; r <= api_route_count; r++)
        for (size_t s = 0; s < API_STATUSES; s++)
            if (c->requests[r][s])
                buf_printf(out, "huced_http_requests_total{%s,status=\"%u\"} %" PRIu64 "\n",
                           label_of(r).text, statuses[s], c->requests[r][s]);
}

/* label: as label_of makes it, or "". */
static void put_histogram(struct buf *out, const char *name, const char *label,
                          const struct api_seconds *seconds)
{
    const char *comma = *label ? "," : "";
    uint64_t count = 0;
    for (size_t i = 0; i < API_BUCKETS; i++) {
        count += seconds->bucket[i];
        buf_printf(out, "%s_bucket{%s%sle=\"%s\"} %" PRIu64 "\n", name, label, comma, bounds[i],
                   count);
    }
    buf_printf(out, "%s_sum{%s} %.6f\n%s_count{%s} %" PRIu64 "\n", name, label,
               (double)seconds->sum_us / 1e6, name, label, count);
}

static void put_seconds(struct buf *out, const struct api_counts *c)
{
    static const char took[] = "huced_http_request_duration_seconds";
    static const char worked[] = "huced_http_handler_seconds";
    head(out, took, "histogram", "From a request's first line until its answer has left.");
    for (size_t r = 0; r <= api_route_count; r++) {
        uint64_t any = 0;
        for (size_t i = 0; i < API_BUCKETS; i++)
            any |= c->took[r].bucket[i];
        if (any)
            put_histogram(out, took, label_of(r).text, &c->took[r]);
    }
    head(out, worked, "histogram", "Of that, at work for it, when nobody else is served.");
    put_histogram(out, worked, "", &c->worked);
}

static int64_t file_size(const char *folder, const char *name)
{
    struct stat file;
    char *path = file_join(folder, name);
    const int64_t size = stat(path, &file) == 0 ? file.st_size : 0;
    mem_free(path);
    return size;
}

static int64_t resident_bytes(void)
{
    struct buf text;
    long long pages = 0;
    if (file_read("/proc/self/statm", 4096, &text, NULL) == ST_OK &&
        sscanf(buf_cstr(&text), "%*s %lld", &pages) != 1)
        pages = 0;
    buf_release(&text);
    return pages * sysconf(_SC_PAGESIZE);
}

static void ignore(void *arg, const char *code, const char *text)
{
    (void)arg, (void)code, (void)text;
}

static void put_gauges(struct buf *out, struct api *api)
{
    struct server *srv = api->srv;
    const struct replica *rep = srv->rep;
    const bool ready = ready_look(srv, api->disk_free_min_mb, ignore, NULL);
    uint64_t leaves = 0, behind = 0, ledgers = 0;
    for (size_t i = 0; i < rep->ledger_count; i++) {
        if (origin_is_sealed(&rep->ledgers[i]->origin))
            continue;
        ledgers++;
        leaves += rep->ledgers[i]->tree.size;
        behind += rep->ledgers[i]->tree.size - rep->ledgers[i]->folded;
    }
    metric(out, "huced_ready", "gauge", "1: work may be sent here (GET /readyz).", ready);
    metric(out, "huced_recovering", "gauge", "1: put back, admits nothing.",
           server_recovering(srv));
    metric(out, "huced_ledgers", "gauge", "Ledgers held.", (int64_t)ledgers);
    metric(out, "huced_leaves", "gauge", "Leaves in all ledgers.", (int64_t)leaves);
    metric(out, "huced_record_tables_lag_leaves", "gauge",
           "Leaves that are not in the record tables yet.", (int64_t)behind);
    metric(out, "huced_waiting", "gauge", "Long-polls parked now.",
           (int64_t)http_server_parked(api->http));
    metric(out, "huced_connections", "gauge", "Connections of desks now.",
           http_server_connections(api->http));
    metric(out, "huced_database_bytes", "gauge", "The database and its log.",
           file_size(srv->folder, "huced.db") + file_size(srv->folder, "huced.db-wal"));
    metric(out, "huced_disk_free_bytes", "gauge", "Left where the database lies.",
           ready_disk_free(srv->folder));
    metric(out, "process_resident_memory_bytes", "gauge", "Memory in use.", resident_bytes());
    metric(out, "huced_uptime_seconds", "gauge", "Since the start.",
           (time_monotonic_ms() - api->started_ms) / 1000);
}

enum http_outcome api_metrics(void *arg, const struct http_request *request,
                              struct http_response *response)
{
    struct api *api = arg;
    const struct api_counts *c = &api->counts;
    struct buf *out = &response->body;
    (void)request;

    response->content_type = "text/plain; version=0.0.4; charset=utf-8";
    counter(out, "huced_joins_total", "Invitations turned into grants.", c->joins);
    counter(out, "huced_syncs_total", "Sync requests with a good signature.", c->syncs);
    counter(out, "huced_waits_total", "Long-polls begun.", c->waits);
    counter(out, "huced_refused_total", "Requests refused (4xx).", c->refused);
    counter(out, "huced_errors_total", "Requests failed here (5xx).", c->errors);
    counter(out, "huced_changesets_admitted_total", "Changesets admitted.", c->admitted);
    counter(out, "huced_changesets_rejected_total", "Changesets rejected.", c->rejected);
    counter(out, "huced_quota_waits_total", "Told that it is enough for today.", c->quota);
    counter(out, "huced_sync_received_bytes_total", "Bytes of sync requests.", c->bytes_in);
    counter(out, "huced_sync_sent_bytes_total", "Bytes of sync answers.", c->bytes_out);
    put_requests(out, c);
    put_seconds(out, c);
    put_gauges(out, api);
    return HTTP_ANSWER;
}

/* ---- GET /readyz ---- */

static void add_reason(void *arg, const char *code, const char *text)
{
    json_array_append_new(arg, json_pack("{s:s, s:s}", "code", code, "text", text));
}

enum http_outcome api_readyz(void *arg, const struct http_request *request,
                             struct http_response *response)
{
    struct api *api = arg;
    json_t *reasons = json_array();
    (void)request;
    const bool ready = ready_look(api->srv, api->disk_free_min_mb, add_reason, reasons);
    json_t *json = json_pack("{s:b, s:o}", "ready", ready, "reasons", reasons);
    char *text = json_dumps(json, JSON_COMPACT);
    CHECK(text != NULL);
    response->status = ready ? 200 : 503;
    response->content_type = "application/json";
    buf_printf(&response->body, "%s\n", text);
    free(text);
    json_decref(json);
    return HTTP_ANSWER;
}
