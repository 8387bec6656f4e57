/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * chain: an author's changesets in one ledger, and the life of the newest one:
 *
 *     begin ──append──▶ open (re-signed at every save) ──close──▶ closed for ever
 *
 * It closes, durably, before its first byte leaves the machine, or when its base or deps move, when
 * another chain builds on it, or at its limits. The caller stores what `chain_append` and
 * `chain_sign` produce in one transaction; this file is pure.
 */
#ifndef SHARED_LEDGER_CHAIN_H
#define SHARED_LEDGER_CHAIN_H

#include "shared/ledger/change.h"
#include "shared/ledger/changeset.h"
#include "shared/ledger/merkle.h"

/* The end of a chain as its author stores it. Zero state but for `chain`: nothing written yet. */
struct chain_head {
    struct hash kid;
    struct chain_id chain;
    uint64_t number; /* of the last closed changeset; 0: none */
    struct hash id;  /* of the last closed changeset; zero: none */
    uint64_t seq;    /* of the last change, open ones included */
    uint64_t hlc;    /* of the last change */
};

struct chain_base {
    uint64_t size;
    struct hash root;
    uint64_t registry_size;
    struct hash registry_root;
    uint32_t dep_count;
    struct hash deps[CHANGESET_DEPS_MAX]; /* distinct, in any order */
};

/* The open changeset of a chain. */
struct chain_open {
    struct changeset header; /* changes_root and signature valid after chain_sign */
    uint8_t seed[CHANGE_SEED_SIZE];
    struct hmac_key salt_key;
    struct merkle changes; /* over the leaves of its changes */
    size_t body_bytes;
    uint64_t last_hlc;
};

/* Starts the next changeset of the chain. seed: 32 fresh random bytes. */
void chain_begin(struct chain_open *open, const struct chain_head *head,
                 const struct chain_base *base, const uint8_t seed[static CHANGE_SEED_SIZE]);

/* Does one more change with a body of this size fit, on this base? If not: close and begin anew. */
bool chain_fits(const struct chain_open *open, const struct chain_base *base, size_t body_bytes);

/* Adds a change; returns its hlc. CHECKs that it fits. */
uint64_t chain_append(struct chain_open *open, struct slice body, int64_t now_ms);
/* The same with a given hlc, when reading back stored changes: must be greater than the last one.
 */
void chain_append_at(struct chain_open *open, struct slice body, uint64_t hlc);

/* Recomputes the root and signs. */
void chain_sign(struct chain_open *open, const struct origin *origin, const struct sign_key *key);

/* The head after closing (the header must be signed). */
void chain_close(const struct chain_open *open, struct chain_head *head);

/* Is cs the direct continuation of head: same author and chain, number + 1, prev, first_seq? */
bool chain_follows(const struct chain_head *head, const struct changeset *cs);
/* Two different changesets with one (author, chain, number): each proves the fork. */
bool chain_is_fork(const struct changeset *a, const struct changeset *b);

#endif
