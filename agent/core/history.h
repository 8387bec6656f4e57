/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * history: every change that touched a record, as JSON, in fold order. Of a record that has moved:
 * in all ledgers here, in the order in which they had it.
 *
 * {"id","type","ledger","changes":[{"no","ledger","time","author","role","kid","device","chain",
 * "number","seq","base","state","admitted","leaf","proof","void","note","ops":[…],"counts_from",
 * "erased"}]}
 * erased: null, or {"by","time","reason"}: its content was destroyed by that order.
 * no: 1, 2, 3 …, what huce proof takes. base: how much of the ledger the author had seen.
 * proof: "checkpoint" when the county's signed head covers it, else "waiting".
 * ops: shared/cli/op_json.h.
 */
#ifndef AGENT_CORE_HISTORY_H
#define AGENT_CORE_HISTORY_H

#include <jansson.h>

#include "agent/core/desk.h"

MUST_USE enum status history_of(struct desk *desk, struct ledger *ledger,
                                const struct catalog_table *table, const struct record_id *id,
                                json_t **out, struct error *err);

/* One change of a record: the one with this number, or (0) the newest that has a leaf and counts.
 */
struct history_place {
    struct ledger *ledger;
    uint64_t no;
    bool admitted, counts;
    uint64_t leaf;
    uint32_t position;
};
MUST_USE enum status history_find(struct desk *desk, const struct catalog_table *table,
                                  const struct record_id *id, uint64_t no,
                                  struct history_place *out, struct error *err);

#endif
