/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * take: a change comes into the batch: parsed, judged as of its leaf (shared/merge/verdict.h), its
 * references found, its ops put down at the records they are about. Private to the fold.
 */
#ifndef SHARED_DB_TAKE_H
#define SHARED_DB_TAKE_H

#include "shared/db/batch.h"
#include "shared/ledger/change.h"
#include "shared/merge/verdict.h"

/* Everything that is the same for all changes of one changeset. */
struct changeset_terms {
    const struct changeset *header;
    struct verdict_terms verdict;
    struct verdict_author author;
    const struct order_entry *entry;
    uint64_t leaf;
    int64_t base_ms, own_ms, floor_ms;
    bool registry;
};

/* What a change says, or what is left of it. */
struct said {
    uint64_t hlc;
    struct slice bytes; /* its body; erased: its redacted ops */
    bool erased;
};

/* id: NULL while it is open. leaf: LEAF_OVERLAY + n, and admitted_ms INT64_MAX, without a leaf. */
void take_terms(struct batch *b, const struct changeset *header, const struct hash *id,
                uint64_t leaf, int64_t admitted_ms, uint64_t registry_size,
                struct changeset_terms *out);
/* The same for a change that begins to count at the later leaf place: under its author's grant
 * before the revocation, by the catalog of that leaf. */
void take_adopted_terms(struct batch *b, uint64_t place, struct changeset_terms *terms);
uint64_t take_registry_size(struct batch *b, uint64_t leaf);

struct said take_said(const struct segment *segment, uint32_t position);
/* Its ops, or what an erasure left of them. */
MUST_USE enum status take_parse(const struct said *said, struct arena *arena, struct op_body *out,
                                struct error *err);
/* What the decisions among its ops refer to, as places; in the arena. */
void take_references(struct batch *b, struct fold_change *change, const struct changeset *header,
                     struct arena *arena);

/* Parses, judges and takes one change. err (may be NULL) gets the reason when it does not count. */
enum verdict_code take_change(struct batch *b, struct changeset_terms *t, uint32_t position,
                              const struct said *said, struct error *err);
/* All changes of a leaf; the segment lives as long as the batch. */
void take_segment(struct batch *b, const struct segment *segment, uint64_t leaf,
                  int64_t admitted_ms, uint64_t registry_size);

#endif
