/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * leaf: what the county appends to a ledger when it admits a changeset (FORMAT.md §6).
 *
 *   leaf data = changeset_id32 ‖ u64be admitted_ms ‖ u64be registry_size        48 bytes
 *
 * admitted_ms and registry_size never decrease within a ledger.
 */
#ifndef SHARED_LEDGER_LEAF_H
#define SHARED_LEDGER_LEAF_H

#include "shared/crypto/hash.h"

#define LEAF_DATA_SIZE 48

struct leaf {
    struct hash id;
    int64_t admitted_ms; /* >= 0 */
    uint64_t registry_size;
};

void leaf_encode(const struct leaf *leaf, uint8_t out[static LEAF_DATA_SIZE]);
void leaf_decode(const uint8_t in[static LEAF_DATA_SIZE], struct leaf *leaf);
void leaf_hash(const struct leaf *leaf, struct hash *out);

/* Effective time of a change (FORMAT.md §6): clamp(hlc_ms, admitted_ms of leaf base_size-1 (0 when
 * base_size is 0), admitted_ms of its own leaf), and at least `floor_ms`, the greatest effective
 * time of its chain predecessor and its deps. Not yet admitted: own_admitted_ms = INT64_MAX. */
int64_t leaf_effective_ms(int64_t hlc_ms, int64_t base_admitted_ms, int64_t own_admitted_ms,
                          int64_t floor_ms);

#endif
