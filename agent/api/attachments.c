/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * attachments: photos and scans for the page. What is uploaded becomes a text, which the page then
 * saves in a field like any other; small and full pictures are asked for by their hashes.
 */
#include "agent/core/attach.h"

#include <stdio.h>

#include "agent/api/api.h"
#include "agent/core/act.h"
#include "shared/codec/hex.h"
#include "shared/net/tus.h"
#include "shared/record/picture.h"

#define NAME_MAX_BYTES 128

/* Which ledger it is for: that of the record, the one named, or the only one that fits. */
static enum status ledger_for(struct call *call, struct ledger **out, struct error *err)
{
    struct api *api = call->api;
    char type_room[NAME_MAX_BYTES], id_room[NAME_MAX_BYTES], ledger_room[NAME_MAX_BYTES];
    const char *type = NULL, *id = NULL, *named = NULL;
    const struct catalog_table *table;
    struct record_id record;
    enum status st = api_param(call, "type", type_room, sizeof(type_room), &type, err);
    if (st == ST_OK)
        st = api_param(call, "id", id_room, sizeof(id_room), &id, err);
    if (st == ST_OK)
        st = api_param(call, "ledger", ledger_room, sizeof(ledger_room), &named, err);
    if (st == ST_OK && !type)
        st = error_set(err, ST_INVALID, "缺少参数“type”：附件放在哪种记录里");
    if (st == ST_OK)
        st = act_type(api->desk, type, &table, err);
    if (st == ST_OK && id)
        return act_find(api->desk, named, table, id, out, &record, err);
    return st == ST_OK ? desk_ledger_for(api->desk, named, table, &api->author, out, err) : st;
}

void api_attach(struct call *call)
{
    struct attach_made made;
    struct ledger *ledger;
    struct error err;
    char hash[2 * HASH_SIZE + 1], thumb[2 * HASH_SIZE + 1];
    const bool keep = http_request_has_param(call->request, "keep_position");
    enum status st = ledger_for(call, &ledger, &err);
    if (st == ST_OK)
        st = attach_store(call->api->desk, ledger->no, call->request->body, keep, &made, &err);
    if (st != ST_OK) {
        api_fail(call, &err, NULL);
        return;
    }
    hex_encode(slice_of(made.what.hash, HASH_SIZE), hash);
    hex_encode(slice_of(made.what.thumb, HASH_SIZE), thumb);
    api_answer(call, 201,
               json_pack("{s:s, s:s, s:I, s:s, s:s?, s:I}", "value", made.text, "hash", hash,
                         "size", (json_int_t)made.what.size, "kind",
                         attachment_kind_name(made.what.kind), "thumb",
                         made.what.has_thumb ? thumb : NULL, "dropped", (json_int_t)made.dropped));
}

void api_attachments(struct call *call)
{
    char type_room[NAME_MAX_BYTES], id_room[NAME_MAX_BYTES];
    const char *type = NULL, *id = NULL;
    struct record_id record;
    struct sight sight;
    struct error err;
    json_t *list = NULL;
    sight_of_grant(call->api->author.grant, SIGHT_SCREEN, &sight);
    enum status st = api_param(call, "type", type_room, sizeof(type_room), &type, &err);
    if (st == ST_OK)
        st = api_param(call, "id", id_room, sizeof(id_room), &id, &err);
    if (st == ST_OK && id && !record_id_parse(slice_str(id), &record))
        st = error_set(&err, ST_INVALID, "“%s”不是记录编号：应为 32 位十六进制", id);
    if (st == ST_OK)
        st = attach_list(call->api->desk, &sight, type, id ? &record : NULL,
                         http_request_has_param(call->request, "missing"), &list, &err);
    if (st == ST_OK)
        api_answer(call, 200, list);
    else
        api_fail(call, &err, NULL);
}

/* It is on its way: the page asks again. */
static void fetch(struct call *call, const struct attach_seen *seen)
{
    struct error err;
    const enum status st = attach_want(call->api->desk, seen, &err);
    if (st != ST_OK && st != ST_EXISTS) {
        api_fail(call, &err, NULL);
        return;
    }
    background_carry(call->api->background);
    api_answer(call, 202,
               json_pack("{s:b, s:I, s:I}", "here", false, "got", (json_int_t)seen->stored.got,
                         "size",
                         (json_int_t)(seen->stored.size ? seen->stored.size : seen->named.size)));
}

void api_attachment(struct call *call)
{
    struct attach_seen seen;
    struct error err;
    uint64_t from, n;
    char range[80];
    enum status st = attach_find(call->api->desk, call->id, &seen, &err);
    if (st == ST_OK && !seen.stored.whole) {
        fetch(call, &seen);
        return;
    }
    if (st == ST_OK) {
        const char *asked = http_request_header(call->request, "Range");
        if (range_parse(asked, seen.stored.size, &from, &n) == RANGE_PART) {
            snprintf(range, sizeof(range), "bytes %llu-%llu/%llu", (unsigned long long)from,
                     (unsigned long long)(from + n - 1), (unsigned long long)seen.stored.size);
            http_response_header(call->response, "Content-Range", range);
            call->response->status = 206;
        }
        st = attachments_read(call->api->desk->db, &seen.stored, from, n, &call->response->body,
                              &err);
    }
    if (st != ST_OK) {
        api_fail(call, &err, NULL);
        return;
    }
    /* What no change has named yet says by its first bytes what it is. */
    call->response->content_type = attachment_media_type(
        seen.named.kind ? seen.named.kind : picture_kind(buf_slice(&call->response->body)));
    attach_looked(call->api->desk, &seen);
}
