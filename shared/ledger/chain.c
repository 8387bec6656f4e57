/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * chain: how the newest changeset of an author grows and closes.
 *
 * Everything it needs besides its arguments is in struct chain_open, which can be rebuilt from what
 * the caller stores: chain_begin with the stored seed, then chain_append_at for each stored change.
 */
#include "shared/ledger/chain.h"
#include "shared/base/check.h"

/* The frontier of deps as the payload wants it: ascending. At most 16, mostly none. */
static void sort_deps(const struct chain_base *base, struct hash out[static CHANGESET_DEPS_MAX])
{
    CHECK(base->dep_count <= CHANGESET_DEPS_MAX);
    for (uint32_t i = 0; i < base->dep_count; i++) {
        uint32_t j = i;
        for (; j > 0 && memcmp(out[j - 1].b, base->deps[i].b, HASH_SIZE) > 0; j--)
            out[j] = out[j - 1];
        out[j] = base->deps[i];
    }
}

void chain_begin(struct chain_open *open, const struct chain_head *head,
                 const struct chain_base *base, const uint8_t seed[static CHANGE_SEED_SIZE])
{
    *open = (struct chain_open){
        .header =
            {
                .alg = COSE_ED25519,
                .kid = head->kid,
                .chain = head->chain,
                .number = head->number + 1,
                .first_seq = head->seq + 1,
                .prev = head->id,
                .base_size = base->size,
                .base_root = base->root,
                .registry_size = base->registry_size,
                .registry_root = base->registry_root,
                .dep_count = base->dep_count,
            },
        .last_hlc = head->hlc,
    };
    sort_deps(base, open->header.deps);
    memcpy(open->seed, seed, CHANGE_SEED_SIZE);
    hmac_prepare(slice_of(seed, CHANGE_SEED_SIZE), &open->salt_key);
    merkle_init(&open->changes);
}

static bool same_base(const struct changeset *header, const struct chain_base *base)
{
    struct hash deps[CHANGESET_DEPS_MAX];
    if (header->base_size != base->size || !hash_equal(&header->base_root, &base->root) ||
        header->registry_size != base->registry_size ||
        !hash_equal(&header->registry_root, &base->registry_root) ||
        header->dep_count != base->dep_count)
        return false;
    sort_deps(base, deps);
    return memcmp(header->deps, deps, base->dep_count * sizeof(deps[0])) == 0;
}

static bool has_room(const struct chain_open *open, size_t body_bytes)
{
    return open->header.count < CHANGESET_CHANGES_MAX && body_bytes <= CHANGE_BODY_MAX &&
           body_bytes <= CHANGESET_BODIES_MAX - open->body_bytes;
}

bool chain_fits(const struct chain_open *open, const struct chain_base *base, size_t body_bytes)
{
    return has_room(open, body_bytes) && same_base(&open->header, base);
}

uint64_t chain_append(struct chain_open *open, struct slice body, int64_t now_ms)
{
    uint64_t hlc = hlc_next(now_ms, open->last_hlc);
    chain_append_at(open, body, hlc);
    return hlc;
}

void chain_append_at(struct chain_open *open, struct slice body, uint64_t hlc)
{
    CHECK(has_room(open, body.n));
    CHECK(hlc > open->last_hlc);
    uint64_t seq = open->header.first_seq + open->header.count;
    struct change_salt salt;
    struct hash body_hash, leaf;
    change_salt(&open->salt_key, seq, &salt);
    change_body_hash(&salt, body, &body_hash);
    change_leaf(seq, hlc, &body_hash, &leaf);
    merkle_append(&open->changes, &leaf);
    open->header.count++;
    open->body_bytes += body.n;
    open->last_hlc = hlc;
}

void chain_sign(struct chain_open *open, const struct origin *origin, const struct sign_key *key)
{
    CHECK(open->changes.size == open->header.count);
    merkle_root(&open->changes, &open->header.changes_root);
    changeset_sign(&open->header, origin, key);
}

void chain_close(const struct chain_open *open, struct chain_head *head)
{
    CHECK(open->header.count > 0);
    *head = (struct chain_head){
        .kid = open->header.kid,
        .chain = open->header.chain,
        .number = open->header.number,
        .seq = open->header.first_seq + open->header.count - 1,
        .hlc = open->last_hlc,
    };
    changeset_compute_id(&open->header, &head->id);
}

static bool same_chain(const struct hash *kid, const struct chain_id *chain,
                       const struct changeset *cs)
{
    return hash_equal(kid, &cs->kid) && memcmp(chain->b, cs->chain.b, sizeof(chain->b)) == 0;
}

bool chain_follows(const struct chain_head *head, const struct changeset *cs)
{
    return same_chain(&head->kid, &head->chain, cs) && cs->number == head->number + 1 &&
           cs->first_seq == head->seq + 1 && hash_equal(&cs->prev, &head->id);
}

bool chain_is_fork(const struct changeset *a, const struct changeset *b)
{
    if (!same_chain(&a->kid, &a->chain, b) || a->number != b->number)
        return false;
    struct hash id_a, id_b;
    changeset_compute_id(a, &id_a);
    changeset_compute_id(b, &id_b);
    return !hash_equal(&id_a, &id_b);
}
