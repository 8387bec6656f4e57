/* SPDX-License-Identifier: MulanPSL-2.0 */
/* find: looking people and households up; looking through the history. */
#include "agent/core/find.h"

#include <stdlib.h>

#include "agent/api/aside.h"
#include "agent/core/outbox.h"
#include "agent/core/reads.h"
#include "agent/core/view.h"
#include "shared/cli/search.h"

#define TEXT_MAX 256
#define LIMIT_DEFAULT 12
#define CHANGES_MAX 500

void api_find_people(struct call *call)
{
    char text[TEXT_MAX], room[8];
    const char *q, *limit = NULL;
    struct sight sight;
    json_t *found = NULL;
    struct error err;
    enum status st = api_param(call, "q", text, sizeof(text), &q, &err);
    if (st == ST_OK)
        st = api_param(call, "limit", room, sizeof(room), &limit, &err);
    size_t most = limit ? strtoul(limit, NULL, 10) : LIMIT_DEFAULT;
    if (st == ST_OK && (most < 1 || most > FIND_LIMIT_MAX))
        st = error_set(&err, ST_INVALID, "参数“limit”应是 1 到 %d 的整数", FIND_LIMIT_MAX);
    sight_of_grant(call->api->author.grant, SIGHT_SCREEN, &sight);
    if (st == ST_OK)
        st = find_run(call->api->desk, &sight, q ? q : "", most, &found, &err);
    if (st == ST_OK)
        reads_found(call->api->desk, &(struct reader){&call->api->author.kid, "find"},
                    json_object_get(found, "found"));
    if (st == ST_OK)
        api_answer(call, 200, found);
    else
        api_fail(call, &err, NULL);
}

/* In the thread (aside.h). */
static enum status look_through(struct desk *desk, struct author *author, const json_t *ask,
                                struct aside_result *out, struct error *err)
{
    struct sight sight;
    json_t *entries = NULL;
    uint64_t total = 0;
    const struct search what = {.by = aside_word(ask, "by"),
                                .field = aside_word(ask, "field"),
                                .type = aside_word(ask, "type"),
                                .from = aside_word(ask, "from"),
                                .to = aside_word(ask, "to"),
                                .ledger = aside_word(ask, "ledger"),
                                .newest = CHANGES_MAX,
                                .state = outbox_state_in,
                                .arg = desk};
    enum status st = view_settle(desk, err);
    if (st == ST_OK)
        st = desk_author_renew(desk, author, err);
    if (st == ST_OK) {
        sight_of_grant(author->grant, SIGHT_SCREEN, &sight);
        st = search_newest(desk->rep, &what, &sight, &entries, &total, err);
    }
    if (st == ST_OK) {
        reads_search(desk, &(struct reader){&author->kid, "history, search"}, &sight, what.type,
                     total);
        out->json = json_pack("{s:O, s:I}", "changes", entries, "total", (json_int_t)total);
    }
    json_decref(entries);
    return st;
}

void api_changes(struct call *call)
{
    static const char *const names[] = {"by", "field", "type", "from", "to", "ledger", NULL};
    aside_reads(call, names, look_through);
}
