/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * api: what `huced serve` answers over HTTP (PROTOCOL.md).
 *
 *   POST /v1/join   an invitation becomes grants                     anyone who holds a token
 *   POST /v1/sync   changes in, leaves and changes out                signed by a granted device
 *   POST /v1/recover  what the county had signed comes back          anyone; it proves itself
 *   GET  /v1/wait   answers when one of the named ledgers has grown   signed by a granted device
 *   GET  /v1/cosigned  what witnesses have signed of them              signed by a granted device
 *   POST /v1/reads  who has looked at sensitive data at a desk        signed by a granted device
 *   GET  /v1/ledgers  which ledgers the device may read                signed by a granted device
 *   GET  /v1/snapshot  the records of a ledger before its history      signed by a granted device
 *   POST /v1/blobs, PATCH, HEAD, GET /v1/blobs/<hash>  attachments     signed by a granted device
 *   GET  /healthz   "ok"
 *   GET  /readyz    may work be sent here now, and if not why        this machine (serve.c)
 *   GET  /metrics   Prometheus text                                   this machine
 *   GET  /log/<code>/checkpoint   the newest signed tree head, for auditors
 *   GET  /log/<code>/cosigned     the newest one below which witnesses have signed
 *   GET  /log/<code>/tile/…       the tree below it and its leaves (C2SP tlog-tiles)
 */
#ifndef SERVER_API_API_H
#define SERVER_API_API_H

#include "server/core/asking.h"
#include "server/core/server.h"
#include "server/core/snapshot.h"
#include "shared/db/tree.h"
#include "shared/net/http_server.h"

/* How long things took: the last bucket has no upper bound. */
#define API_BUCKETS 12
struct api_seconds {
    uint64_t bucket[API_BUCKETS], sum_us;
};

#define API_ROUTES_MAX 32
#define API_STATUSES 23
struct api_counts {
    uint64_t joins, syncs, waits, refused, errors, admitted, rejected, quota, bytes_in, bytes_out;
    /* By place in api_routes, those without a route behind them; by place in the list of statuses.
     */
    uint64_t requests[API_ROUTES_MAX][API_STATUSES];
    struct api_seconds took[API_ROUTES_MAX], worked;
};

struct api {
    struct server *srv;
    struct http_server *http;  /* set once it listens */
    struct http_server *admin; /* NULL: no address of its own */
    bool log_requests;
    int64_t disk_free_min_mb; /* with less the county says that it is not ready */
    struct api_counts counts;
    int64_t started_ms;
    struct asking *asking;      /* NULL: nobody is asked */
    struct tree_blocks *blocks; /* by local number of the ledger */
    size_t block_count, block_capacity;
    uint64_t growth_told; /* rep->growth when long-polls were woken last */
    struct snapshots snapshots;
};

/* For everyone, but for the last api_admin_count: what is for this machine alone. /healthz stands
 * before them. */
extern const struct http_route api_routes[];
extern const size_t api_route_count, api_admin_count;

/* Counts a request that is over, and writes it down: one line of JSON on standard error, with the
 * route and no target, so that no name, number or code of anybody is in it. */
http_done_fn api_done;

void api_release(struct api *api); /* what it has gathered; the struct is the caller's */

/* To be called about once a second: notices what other processes wrote and wakes long-polls, and
 * asks the witnesses. */
void api_tick(void *api);

/* ---- between the files of this folder ---- */

/* Who is asking, as of what other processes have written. False: *response says why not. */
struct caller {
    struct hash device;
    char nonce[64];
};
/* Whether a device signed the head; before its body is read. */
http_judge api_judge_device, api_judge_recover, api_judge_blob;
http_cut api_blob_cut;
/* The same by the head alone: the digest of the body is not judged. */
bool api_identify(struct api *api, const struct http_request *request,
                  struct http_response *response, struct caller *caller);
bool api_authenticate(struct api *api, const struct http_request *request,
                      struct http_response *response, struct caller *caller);
/* A request that was parked: signature and nonce were good when it came, only the grant may have
 * ended since. What other processes have written was read before it was woken (api_wake). */
bool api_recall(struct api *api, const struct http_request *request, struct http_response *response,
                struct caller *caller);
/* Calls the long-polls again whose ledgers have grown; after a commit, or after what others wrote
 * was read. */
void api_wake(struct api *api);
/* Does the head name a granted device? Its signature is not judged. */
bool api_is_granted(const struct api *api, const struct http_request *request);
/* True: the county is recovering, and *response says so. */
bool api_recovering(struct api *api, struct http_response *response);
/* An error of the program's own as an answer. */
void api_error(struct api *api, struct http_response *response, enum status st,
               const struct error *err);

/* The n-th ledger of "ledger=<origin>&size=<n>&ledger=…". PARAM_OK: *ledger is NULL when the county
 * has none of that name, or the device may not read it. */
#define PARAM_LEDGERS_MAX 256
enum param { PARAM_OK, PARAM_NONE, PARAM_BAD };
enum param api_ledger_param(struct api *api, const struct http_request *request,
                            const struct hash *device, size_t n, struct ledger **ledger,
                            uint64_t *size);
void api_ledger_params_bad(struct http_response *response);

http_handler api_snapshot, api_release_file, api_blob_options, api_blob_create, api_blob_read,
    api_blob_append;
http_handler api_cosigned, api_reads, api_join, api_sync, api_wait, api_ledgers, api_healthz,
    api_readyz, api_metrics, api_log, api_recover;

#endif
