/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * reads: who has looked at sensitive data at a desk, as it travels to the county (PROTOCOL.md §8a).
 *
 *   batch = [device, number, prev, made, [entry…]]
 *
 * A chain per device: prev is SHA-256 of the batch before.
 *
 * A batch is signed by the device. It is no part of a ledger: only the county has it.
 */
#ifndef SHARED_SYNC_READS_H
#define SHARED_SYNC_READS_H

#include "shared/base/mem.h"
#include "shared/base/status.h"
#include "shared/crypto/sign.h"
#include "shared/record/value.h"

#define READS_ENTRIES_MAX 1024
#define READS_FIELDS_MAX 64
#define READS_COMMAND_MAX 160
#define READS_BODY_MAX (512 * 1024)

struct read_entry {
    uint32_t hour; /* since 1970 */
    bool has_person, has_record;
    struct hash person; /* kid; absent: one of the desk's people */
    struct slice command;
    uint32_t table;          /* 0: several, or a report */
    struct record_id record; /* absent: a list */
    uint32_t field_count;
    uint16_t fields[READS_FIELDS_MAX]; /* ascending */
    uint64_t rows, times;              /* records shown at most at once; how often in that hour */
};

struct read_batch {
    struct hash device; /* kid */
    uint64_t number;    /* 1 … */
    struct hash prev;   /* zero for the first */
    int64_t made_ms;    /* by the device's clock; makes two batches of one number differ */
    size_t count;
    struct read_entry *entries;
};

struct reads_head {
    uint64_t number; /* 0: none */
    struct hash hash;
};

/* out gets the whole body of a request: [1, batch, signature]; *hash of the batch. */
void reads_write(const struct read_batch *batch, const struct sign_key *device, struct buf *out,
                 struct hash *hash);
/* Slices point into body. *bytes: of the batch, for the signature and the hash. ST_INVALID. */
MUST_USE enum status reads_read(struct slice body, struct arena *arena, struct read_batch *out,
                                struct slice *bytes, struct signature *signature,
                                struct error *err);
bool reads_signed(struct slice batch, const struct signature *signature,
                  const struct sign_public *device);
/* A stored batch. */
MUST_USE enum status reads_batch_read(struct slice batch, struct arena *arena,
                                      struct read_batch *out, struct error *err);
/* The answer: the end of the device's chain at the county. */
void reads_answer_write(const struct reads_head *head, struct buf *out);
MUST_USE enum status reads_answer_read(struct slice body, struct reads_head *out,
                                       struct error *err);

#endif
