/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * epoch: a ledger goes on though a part of its past is lost (FORMAT.md §4c).
 *
 *   leaves   0 ──────────── kept ─────────── lost            signed as "…/622924101001"
 *            └─ the same ──┘ └─ nobody has them ─┘
 *            0 ──────────── kept ──────────────────────▶     signed as "…/622924101001/e1"
 *
 * The leaves that are kept are the beginning of the new epoch's tree, with the same hashes and
 * roots, so whatever was signed or proven over them holds. For one name and size there is still one
 * root. What had been signed on a part that is lost counts as signed on what was kept of it.
 *
 *   epoch = [25, ledger, number, kept size, kept root, lost size, lost root, reason]
 */
#ifndef SHARED_LEDGER_EPOCH_H
#define SHARED_LEDGER_EPOCH_H

#include "shared/base/buf.h"
#include "shared/base/status.h"
#include "shared/crypto/hash.h"
#include "shared/ledger/origin.h"

#define OP_EPOCH 25 /* the next of enum authority_op_code */
#define EPOCH_REASON_MAX 1024

struct epoch {
    struct origin ledger;          /* its name of epoch 0 */
    uint32_t number;               /* 1, 2 …: what begins */
    uint64_t kept_size, lost_size; /* kept below lost: of the newest head that is known */
    struct hash kept_root, lost_root;
    /* filled by the registry: */
    uint64_t leaf; /* registry index that declares it */
};

/* reason: UTF-8, not empty. */
void epoch_encode(const struct epoch *epoch, struct slice reason, struct buf *out);
/* *reason points into op. */
MUST_USE enum status epoch_decode(struct slice op, struct epoch *out, struct slice *reason,
                                  struct error *err);

/* The one that begins this number; NULL: it was not declared. epochs: in order of declaration. */
const struct epoch *epoch_numbered(const struct epoch *epochs, size_t count,
                                   const struct origin *ledger, uint32_t number);
/* The number of the newest; 0: none was declared. */
uint32_t epoch_newest(const struct epoch *epochs, size_t count, const struct origin *ledger);
/* Of a head that was signed in epoch `number`: how many leaves are still here in the newest. */
uint64_t epoch_kept(const struct epoch *epochs, size_t count, const struct origin *ledger,
                    uint32_t number);
/* A base that is not of this history may be of one that was lost: *kept is what is left of it. */
bool epoch_lost_base(const struct epoch *epochs, size_t count, const struct origin *ledger,
                     uint64_t base_size, uint64_t *kept);

#endif
