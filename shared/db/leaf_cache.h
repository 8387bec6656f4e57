/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * leaf_cache: leaves of one ledger that were read a moment ago, decoded, and which of their changes
 * mention which record. Who looks into the past of many records comes to the same few large leaves
 * again and again, each time for one or two of their thousands of changes.
 */
#ifndef SHARED_DB_LEAF_CACHE_H
#define SHARED_DB_LEAF_CACHE_H

#include "shared/db/replica.h"
#include "shared/record/op.h"

#define LEAF_CACHE_LEAVES 32
#define LEAF_CACHE_MEMORY_MAX (4 * 1024 * 1024) /* beyond, it begins anew */

/* One change that mentions a record; of a change with several ops on it, one. */
struct leaf_mention {
    struct record_id record;
    uint32_t position;
};

struct cached_leaf {
    uint64_t index;
    struct leaf leaf;
    struct segment segment;
    struct leaf_mention *mentions; /* by record, then position */
    size_t mention_count;
    struct arena arena;
    uint64_t used; /* when, in calls of leaf_cache_get */
};

/* The zero state is empty. */
struct leaf_cache {
    size_t count;
    uint64_t clock;
    struct cached_leaf *leaves[LEAF_CACHE_LEAVES];
};

void leaf_cache_release(struct leaf_cache *cache);

/* An admitted leaf. It stays valid until the next call. */
MUST_USE enum status leaf_cache_get(struct leaf_cache *cache, struct replica *rep,
                                    struct ledger *ledger, uint64_t index,
                                    const struct cached_leaf **out, struct error *err);
/* The changes that mention this record, whatever its table: [*first, *first + returned). */
size_t cached_leaf_find(const struct cached_leaf *leaf, const struct record_id *record,
                        const struct leaf_mention **first);

#endif
