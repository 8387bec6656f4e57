/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * proof: one file that shows one change to an outsider (FORMAT.md §6, proof file).
 *
 *   root key's kid ─▶ registry leaf 0 (county: root and log key) ─▶ grants ─▶ the author's grant
 *                                        │ log key                            │ author's key
 *                                        ▼                                    ▼
 *   change ─▶ changes_root, signed by the author ─▶ leaf ─▶ checkpoint, signed by the county
 *
 * Whoever knows the kid needs nothing else. What was granted is judged by the registry's own fold
 * (authority.h), over the changes that the file shows. A change whose content was erased, or is
 * withheld, is shown by its hash alone.
 *
 * What a file cannot show: that the grant was not revoked, that the change counts, and that no
 * later one has changed the value again. That takes an audit of the ledger.
 */
#ifndef SHARED_LEDGER_PROOF_H
#define SHARED_LEDGER_PROOF_H

#include "shared/ledger/authority.h"
#include "shared/ledger/change.h"
#include "shared/ledger/checkpoint.h"
#include "shared/ledger/leaf.h"
#include "shared/ledger/merkle.h"

#define PROOF_FILE_MAX (1024 * 1024)
#define PROOF_PATH_MAX 12      /* CHANGESET_CHANGES_MAX leaves */
#define PROOF_AUTHORITY_MAX 16 /* changes of the registry in one file */
#define PROOF_TLOG_MAX 8192    /* bytes of one tlog-proof */

/* One change with its way to a checkpoint. Slices belong to whoever made it. */
struct proof_evidence {
    uint64_t seq, hlc;
    struct hash body_hash;
    bool withheld; /* then there is neither body nor salt */
    struct slice body;
    struct change_salt salt;
    struct slice cose;          /* all bytes of the changeset */
    struct merkle_proof path;   /* to changes_root */
    struct leaf leaf;           /* of the changeset */
    uint64_t index;             /* of that leaf */
    struct merkle_proof inside; /* to the checkpoint's root */
    struct slice checkpoint;
};

struct proof {
    struct origin origin, registry;
    struct proof_evidence change;
    size_t authority_count;
    struct proof_evidence *authority; /* in order of index: leaf 0 first */
};

void proof_write(const struct proof *proof, struct buf *out);
/* Form and limits only; ST_INVALID. Slices point into file, *out->authority is in the arena. */
MUST_USE enum status proof_read(struct slice file, struct arena *arena, struct proof *out,
                                struct error *err);

/* What a proof that holds has shown. */
struct proof_facts {
    struct county county;
    struct changeset header; /* of the change */
    struct grant author;
    struct hash leaf;         /* of the change, its reference's last part */
    struct checkpoint ledger; /* the checkpoint that covers the change */
    uint64_t registry_size;   /* of the registry's checkpoint */
};

/* Believes the kid of the root key and nothing else. ST_REFUSED: something in the file is not what
 * was signed, or was not signed by whom it names, or by someone without a grant; the text says
 * which. */
MUST_USE enum status proof_verify(const struct proof *proof, const struct hash *root_kid,
                                  struct proof_facts *out, struct error *err);

#endif
