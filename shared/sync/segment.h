/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * segment: how one changeset travels.
 *
 *   full  = [0, cose_bytes, salts, columns]
 *   short = [1, alg, kid32, chain8, number, count, base_size, registry_size, deps, signature64,
 *            salts, columns]
 *   salts = seed32, or a list of salt16 / null once something was erased
 *
 * The short form leaves out what the receiver holds or can compute (prev, first_seq, base_root,
 * registry_root, changes_root). The receiver reassembles the exact COSE bytes and verifies the
 * signature over them, so nothing is taken on trust. When reassembly does not verify, it asks for
 * the full form, which tells a damaged message from a different history. A full form is best
 * encoded without an index (columns_encode with NULL), since another history has other ordinals.
 */
#ifndef SHARED_SYNC_SEGMENT_H
#define SHARED_SYNC_SEGMENT_H

#include "shared/ledger/chain.h"
#include "shared/ledger/leaf.h"
#include "shared/record/op.h"
#include "shared/sync/columns.h"

/* A changeset with its changes, verified or about to be signed off as such. */
struct segment {
    struct changeset header;
    struct hash id;
    bool has_seed;
    uint8_t seed[CHANGE_SEED_SIZE];
    const struct change_salt *salts; /* when !has_seed: count entries */
    const bool *erased;              /* when !has_seed: count entries */
    struct change_item *changes;     /* header.count entries */
    struct slice columns;            /* of a segment that was read: its columns as they came */
};

/* What the receiver knows. Every call may answer false: not known. */
struct segment_known {
    /* Root of the ledger (registry = false) or the registry at a size. */
    bool (*root_at)(void *arg, bool registry, uint64_t size, struct hash *root);
    /* End of a chain: id and next free seq of changeset `number` of this author and chain. */
    bool (*chain_at)(void *arg, const struct hash *kid, const struct chain_id *chain,
                     uint64_t number, struct hash *id, uint64_t *next_seq);
    /* The author's public key, from any grant in the registry. */
    bool (*author)(void *arg, const struct hash *kid, struct sign_public *pk);
    /* Is a changeset with this id here (for deps)? */
    bool (*has_changeset)(void *arg, const struct hash *id);
    /* May a base of this size be of a history that is declared lost (ledger/epoch.h)? Then its root
     * cannot be compared. May be NULL. */
    bool (*lost_base)(void *arg, uint64_t size);
    struct record_index index;
    void *arg; /* for the five above; index has its own */
};

enum segment_form { SEGMENT_FULL = 0, SEGMENT_SHORT = 1 };

/* An erased change travels and is stored with null in place of its salt and, in place of its body,
 * with the 32 bytes of its body hash and what is left of its ops (op.h: op_redact), which may be
 * missing: its leaf can still be computed, and which records it named can still be told. What is
 * left is not signed here; the erase op that explains it says the same (shared/db/erasure.h). */
static inline bool segment_erased(const struct segment *segment, uint32_t position)
{
    return !segment->has_seed && segment->erased[position];
}
/* What one change says; of an erased one what is left of it. Borrowed from the segment. */
MUST_USE enum status segment_body(const struct segment *segment, uint32_t position,
                                  struct arena *arena, struct op_body *out, struct error *err);
/* What is left of the ops of an erased change, as bytes; n == 0: nothing is known. */
struct slice segment_left(const struct segment *segment, uint32_t position);
/* Takes the content of a change out: what remains is in the arena, the seed is wiped. left: the
 * redacted ops. Erasing what is erased changes nothing. */
void segment_erase(struct segment *segment, uint32_t position, struct slice left,
                   struct arena *arena);

/* columns as from columns_encode (uncompressed). salts: the encoded CBOR item. */
void segment_write(const struct changeset *header, enum segment_form form, struct slice salts,
                   struct slice columns, struct buf *out);
void segment_salts_write(const struct segment *segment, struct buf *out);

/* Parses, reassembles, verifies signature and every hash. Results live in the arena.
 *   ST_INVALID    malformed or over a limit, whichever way it travels
 *   ST_REFUSED    a hash or the signature is wrong (a short form: ask for the full one)
 *   ST_WAIT       builds on a base, prev or dep that is not known here (yet)
 *   ST_NOT_FOUND  no public key is known for its author
 *   ST_EXISTS     full form, validly signed, but prev is not the one of this chain here: a fork
 *   ST_DAMAGED    full form, validly signed, but its base root differs from ours: another history
 * out->header is filled as far as it was read (kid, chain, number), for the rejection; out->id is
 * set for ST_OK, ST_EXISTS and ST_DAMAGED. Sizes 0 and number 1 are not looked up. */
MUST_USE enum status segment_read(struct slice bytes, const struct origin *origin,
                                  const struct segment_known *known, struct arena *arena,
                                  struct segment *out, struct error *err);

/* Of one change of a segment (position < header.count), erased or not: the hash of its body, and
 * its RFC 6962 leaf hash. */
void segment_body_hash(const struct segment *segment, uint32_t position, struct hash *out);
void segment_change_leaf(const struct segment *segment, uint32_t position, struct hash *out);

/* The same checks over stored parts (cose, salts, columns): audit and rebuild. Checks that hashes
 * and signature hold (ST_DAMAGED if not); base roots are the caller's to compare. */
MUST_USE enum status segment_check(struct slice cose, struct slice salts, struct slice columns,
                                   const struct origin *origin, const struct sign_public *author,
                                   const struct record_index *index, struct arena *arena,
                                   struct segment *out, struct error *err);
/* Without verifying: for folding what was verified when it came in. */
MUST_USE enum status segment_load(struct slice cose, struct slice salts, struct slice columns,
                                  const struct record_index *index, struct arena *arena,
                                  struct segment *out, struct error *err);

#endif
