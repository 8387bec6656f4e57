/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * transfer: a household moves to another village, with its people and its archive (archive.h).
 *
 *                    old ledger         new ledger
 *   who covers both  out ─────────────▶ in, with all values             one transaction on this
 * desk only the old     out                                                the first half; it is on
 * its way both, later                         in: what is on its way arrives  the second half
 *
 * Who makes the `in` must be able to read the old ledger, for the values are in it, and to write in
 * both, or it would be a way around who may write what: the township's desk, or the county's. A
 * village can let a household go, its neighbour cannot fetch it.
 *
 * Each ledger gets as few changes as hold it, at most 4,096 ops and 256 KiB each, the record itself
 * in the last one. What was said too late at the old place and is known here goes along and is
 * named (late.h).
 */
#ifndef AGENT_CORE_TRANSFER_H
#define AGENT_CORE_TRANSFER_H

#include <jansson.h>

#include "agent/core/desk.h"

struct transfer {
    const char *type;
    const char *record; /* by id or by what is on paper */
    const char *ledger; /* from which; NULL: from the one that counts it */
    const char *to; /* division code or origin; the old ledger itself: what is on its way returns */
    const char *note; /* NULL: none */
    /* Two ledgers both took it in: the one in `ledger` gives it up. What `to` has stays as it is.
     */
    bool keep;
};

struct transfer_result {
    struct record_id id;
    struct origin from, to;
    size_t records;
    size_t left, arrived; /* outs and ins written */
    size_t late;          /* late changes that went along */
};

/* ST_REFUSED with the reason when something must be decided or done first; nothing is written then.
 */
MUST_USE enum status transfer_run(struct desk *desk, struct author *author,
                                  const struct transfer *what, struct transfer_result *out,
                                  struct error *err);

/* {"id","from","to","records","left","arrived","late"} */
json_t *transfer_json(const struct transfer_result *result);

#endif
