/* SPDX-License-Identifier: MulanPSL-2.0 */
/* public: what needs no signature: that it lives, checkpoints and tiles for auditors. */
#include "server/api/api.h"

#include "shared/db/cosigned.h"
#include "shared/db/tree.h"

enum http_outcome api_healthz(void *arg, const struct http_request *request,
                              struct http_response *response)
{
    (void)arg;
    (void)request;
    response->content_type = "text/plain; charset=utf-8";
    buf_put_str(&response->body, "ok\n");
    return HTTP_ANSWER;
}

/* ---- the ledgers' trees, for auditors ---- */

/* Of "<code>/<what>": the ledger, and *what. Ledgers with a suffix (sealed ones) are not shown. */
static struct ledger *named_ledger(struct api *api, const char *rest, const char **what)
{
    char code[DIVISION_CODE_SIZE + 1] = "";
    struct origin origin;
    if (strlen(rest) <= DIVISION_CODE_SIZE || rest[DIVISION_CODE_SIZE] != '/')
        return NULL;
    memcpy(code, rest, DIVISION_CODE_SIZE);
    *what = rest + DIVISION_CODE_SIZE + 1;
    return origin_make(api->srv->authority, code, &origin) ? replica_ledger(api->srv->rep, &origin)
                                                           : NULL;
}

static struct tree_blocks *blocks_of(struct api *api, const struct ledger *ledger)
{
    while (api->block_count <= (size_t)ledger->no) {
        api->blocks =
            mem_grow(api->blocks, &api->block_capacity, api->block_count + 1, sizeof(*api->blocks));
        api->blocks[api->block_count++] = (struct tree_blocks){0};
    }
    return &api->blocks[ledger->no];
}

static enum http_outcome answer_checkpoint(struct api *api, struct ledger *ledger, bool cosigned,
                                           struct http_response *response)
{
    struct arena arena = {0};
    uint64_t size;
    struct slice text = cosigned ? cosigned_read(api->srv->rep, ledger, &arena, &size)
                                 : replica_checkpoint(api->srv->rep, ledger, &arena);
    if (text.n) {
        response->content_type = "text/plain; charset=utf-8";
        buf_put_slice(&response->body, text);
    } else {
        http_response_error(response, 404, "not_found",
                            cosigned ? "这个账本还没有见证人联署。" : "这个账本还没有检查点。");
    }
    arena_release(&arena);
    return HTTP_ANSWER;
}

static enum http_outcome answer_tile(struct api *api, struct ledger *ledger,
                                     const struct tile *tile, struct http_response *response)
{
    struct error err;
    enum status st =
        tree_tile(api->srv->rep, ledger, blocks_of(api, ledger), tile, &response->body, &err);
    if (st != ST_OK) {
        api_error(api, response, st, &err);
        return HTTP_ANSWER;
    }
    response->content_type = "application/octet-stream";
    http_response_header(response, "Cache-Control", "public, max-age=31536000, immutable");
    return HTTP_ANSWER;
}

/* /log/<code>/checkpoint, /log/<code>/cosigned, /log/<code>/tile/… */
enum http_outcome api_log(void *arg, const struct http_request *request,
                          struct http_response *response)
{
    struct api *api = arg;
    const char *what = NULL;
    struct tile tile;
    struct error err;
    enum status st = server_refresh(api->srv, &err);
    if (st != ST_OK) {
        api_error(api, response, st, &err);
        return HTTP_ANSWER;
    }
    struct ledger *ledger = named_ledger(api, request->rest, &what);
    if (ledger && strcmp(what, "checkpoint") == 0)
        return answer_checkpoint(api, ledger, false, response);
    if (ledger && strcmp(what, "cosigned") == 0)
        return answer_checkpoint(api, ledger, true, response);
    if (ledger && tile_parse(slice_str(what), &tile) && tile_within(&tile, ledger->tree.size))
        return answer_tile(api, ledger, &tile, response);
    http_response_error(response, 404, "not_found", "没有这个账本，或它还没有长到这里。");
    return HTTP_ANSWER;
}

void api_release(struct api *api)
{
    for (size_t i = 0; i < api->block_count; i++)
        tree_blocks_release(&api->blocks[i]);
    mem_free(api->blocks);
    snapshots_release(&api->snapshots);
}
