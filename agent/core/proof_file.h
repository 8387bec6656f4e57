/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * proof_file: a record's change as a file for an outsider (FORMAT.md §6, shared/ledger/proof.h),
 * and what such a file says. Making one needs the desk; checking one needs the file and the kid of
 * the county's root key.
 */
#ifndef AGENT_CORE_PROOF_FILE_H
#define AGENT_CORE_PROOF_FILE_H

#include <jansson.h>

#include "agent/core/history.h"
#include "shared/ledger/proof.h"

/* no: which change of the record, as its history counts; 0: the newest that has a leaf and counts.
 * withhold: by its hash alone. The file's bytes go to *out; *place says which change it was.
 * ST_WAIT: not confirmed yet. */
MUST_USE enum status proof_file_make(struct desk *desk, const struct catalog_table *table,
                                     const struct record_id *id, uint64_t no, bool withhold,
                                     struct history_place *place, struct buf *out,
                                     struct error *err);

/* ST_INVALID: no proof file; ST_REFUSED: it does not hold, and why. Else *out is what it shows:
 * {"ok":true,"ledger","root","author","role","kid","scopes":[…],"expires","time","admitted",
 *  "leaf","size","registry_size","chain","number","seq","base","withheld","note",
 *  "ops":[{"type","record", … as in a history}]} */
MUST_USE enum status proof_file_check(struct slice file, const struct hash *root_kid, json_t **out,
                                      struct error *err);

#endif
