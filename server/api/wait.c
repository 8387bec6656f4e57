/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * wait: GET /v1/wait?ledger=<origin>&size=<n>&ledger=…: 200 as soon as one of the ledgers is larger
 * than the size that goes with it, 204 when nothing happened for 55 s.
 *
 * What a parked request leaves is a note of the ledgers and sizes it asked about. When something
 * has grown, the notes are compared, and only whose ledger it was is called again and looks anew;
 * thousands wait while each admission concerns a few. A ledger that the county does not have, or
 * the device may not read, may come with the registry, so the note then names that as it is now.
 */
#include "server/api/api.h"

#include "shared/base/mem.h"
#include "shared/net/signature.h"

struct noted_ledger {
    int64_t no;
    uint64_t size;
};

struct note {
    uint32_t count;
    struct noted_ledger ledgers[];
};

enum verdict { GROWN, SAME, BAD };

static enum verdict look(struct api *api, const struct http_request *request,
                         const struct hash *device, struct noted_ledger *noted, uint32_t *count)
{
    const struct ledger *registry = api->srv->rep->registry_ledger;
    struct ledger *ledger;
    uint64_t size;
    size_t n = 0;
    enum param param;
    while ((param = api_ledger_param(api, request, device, n, &ledger, &size)) == PARAM_OK) {
        if (ledger && ledger->tree.size > size)
            return GROWN;
        noted[n++] = ledger ? (struct noted_ledger){ledger->no, size}
                            : (struct noted_ledger){registry->no, registry->tree.size};
    }
    *count = (uint32_t)n;
    return n > 0 && param == PARAM_NONE ? SAME : BAD;
}

static const struct ledger *ledger_numbered(const struct replica *rep, int64_t no)
{
    size_t low = 0, high = rep->ledger_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (rep->ledgers[middle]->no < no)
            low = middle + 1;
        else
            high = middle;
    }
    return low < rep->ledger_count && rep->ledgers[low]->no == no ? rep->ledgers[low] : NULL;
}

static bool has_grown(void *arg, const void *note_arg)
{
    const struct api *api = arg;
    const struct note *note = note_arg;
    for (uint32_t i = 0; i < note->count; i++) {
        const struct ledger *ledger = ledger_numbered(api->srv->rep, note->ledgers[i].no);
        if (!ledger || ledger->tree.size > note->ledgers[i].size)
            return true;
    }
    return false;
}

void api_wake(struct api *api)
{
    api->growth_told = api->srv->rep->growth;
    http_server_wake(api->http, has_grown, api);
}

enum http_outcome api_wait(void *arg, const struct http_request *request,
                           struct http_response *response)
{
    struct api *api = arg;
    struct caller caller;
    struct noted_ledger noted[PARAM_LEDGERS_MAX];
    uint32_t count = 0;

    if (!(request->woken ? api_recall : api_authenticate)(api, request, response, &caller))
        return HTTP_ANSWER;
    enum verdict verdict = look(api, request, &caller.device, noted, &count);
    if (verdict == SAME && !request->last_call) {
        struct note *note = mem_alloc(sizeof(*note) + count * sizeof(noted[0]));
        note->count = count;
        memcpy(note->ledgers, noted, count * sizeof(noted[0]));
        api->counts.waits += !request->woken;
        response->park_ms = HTTP_PARK_MAX_MS;
        response->park_note = note;
        return HTTP_PARK;
    }
    http_response_header(response, SIGNATURE_NONCE_HEADER, caller.nonce);
    if (verdict == BAD)
        api_ledger_params_bad(response);
    else
        response->status = verdict == GROWN ? 200 : 204;
    return HTTP_ANSWER;
}
