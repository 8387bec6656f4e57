/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * county: a small county with real roots for the frozen vectors, built by the library's own
 * writers: a registry of two leaves (its genesis, and the grants of a device and an officer), and
 * whatever ledgers the makers grow beside it.
 */
#ifndef TESTS_VECTORS_COUNTY_H
#define TESTS_VECTORS_COUNTY_H

#include "shared/ledger/checkpoint.h"
#include "shared/ledger/leaf.h"
#include "shared/ledger/merkle.h"
#include "shared/sync/columns.h"
#include "tests/vectors/vectors.h"

#define GROWN_MAX 16
#define MADE_MAX 64

/* ---- what the registry holds ---- */

static inline void sample_county(struct county *out)
{
    *out = (struct county){.root = *sign_key_public(keys[ROOT]),
                           .log = *sign_key_public(keys[LOG]),
                           .url_count = 2,
                           .pin_count = 1};
    strcpy(out->urls[0], "https://guanghe.example:8443");
    strcpy(out->urls[1], "https://10.0.0.5:8443");
    out->pins[0] = fill(0x50);
}

static inline void sample_grant(enum who who, struct grant *out)
{
    struct buf message;
    *out = (struct grant){.kind = who == DEVICE ? GRANT_DEVICE : GRANT_PERSON,
                          .pk = *sign_key_public(keys[who]),
                          .expires_ms = T0 + INT64_C(86400000) * 365};
    memset(out->person, 0xA0 + (int)who, sizeof(out->person));
    switch (who) {
    case DEVICE:
        out->has_box = true;
        out->box = box;
        strcpy(out->name, "\xE4\xB8\x89\xE7\x94\xB2\xE9\x9B\x86-1");
        break;
    case REGISTRAR:
        strcpy(out->name, "registrar");
        strcpy(out->role, "registrar");
        out->scope_count = 1;
        memcpy(out->scopes[0], "622924000000", DIVISION_CODE_SIZE);
        out->expires_ms = INT64_MAX;
        break;
    default:
        out->has_device = true;
        out->device = *kid(DEVICE);
        strcpy(out->name, "\xE9\xA9\xAC\xE7\xA7\x80\xE8\x8B\xB1");
        strcpy(out->role, "village");
        out->scope_count = 2;
        memcpy(out->scopes[0], "622924101001", DIVISION_CODE_SIZE);
        memcpy(out->scopes[1], "622924101002", DIVISION_CODE_SIZE);
    }
    buf_init(&message, 1024);
    grant_pop_message(&registry, kid(who), &message);
    sign_message(keys[who], buf_slice(&message), &out->pop);
    buf_release(&message);
}

/* A body of these encoded ops, without a note. */
static inline void body_of(const struct slice *ops, size_t count, struct buf *out)
{
    buf_clear(out);
    cbor_put_array(out, 2);
    cbor_put_array(out, count);
    for (size_t i = 0; i < count; i++)
        buf_put_slice(out, ops[i]);
    cbor_put_null(out);
}

static inline void genesis_body(struct buf *out)
{
    struct county county;
    struct grant grant;
    sample_county(&county);
    sample_grant(REGISTRAR, &grant);
    buf_clear(out);
    cbor_put_array(out, 2);
    cbor_put_array(out, 2);
    county_encode(&county, out);
    grant_encode(&grant, out);
    cbor_put_null(out);
}

static inline void grants_body(struct buf *out)
{
    struct grant device, officer;
    sample_grant(DEVICE, &device);
    sample_grant(OFFICER, &officer);
    buf_clear(out);
    cbor_put_array(out, 2);
    cbor_put_array(out, 2);
    grant_encode(&device, out);
    grant_encode(&officer, out);
    cbor_put_null(out);
}

/* ---- changesets and ledgers ---- */

struct made {
    struct changeset header;
    struct hash id, prev;
    uint8_t seed[CHANGE_SEED_SIZE];
    struct hmac_key salt_key;
    size_t count;
    struct change_item changes[MADE_MAX];
};

/* One changeset of these bodies (which must live as long as *out), a minute between changes. */
static inline void make_changeset(struct chain_head *head, const struct chain_base *base,
                                  const struct origin *origin, enum who author, unsigned seed,
                                  const struct slice *bodies, size_t count, int64_t now_ms,
                                  struct made *out)
{
    struct chain_open open;
    CHECK(count <= MADE_MAX);
    *out = (struct made){.count = count, .prev = head->id};
    head->kid = *kid(author);
    seed_of(seed, out->seed);
    chain_begin(&open, head, base, out->seed);
    for (size_t i = 0; i < count; i++) {
        out->changes[i].body = bodies[i];
        out->changes[i].hlc = chain_append(&open, bodies[i], now_ms + 60000 * (int64_t)i);
    }
    chain_sign(&open, origin, keys[author]);
    chain_close(&open, head);
    out->header = open.header;
    out->salt_key = open.salt_key;
    out->id = head->id;
}

struct grown {
    struct origin origin;
    struct merkle tree;
    struct leaf leaves[GROWN_MAX];
    struct hash hashes[GROWN_MAX];
};

static inline void grow(struct grown *ledger, const struct hash *id, int64_t admitted_ms,
                        uint64_t registry_size)
{
    struct leaf *leaf = &ledger->leaves[ledger->tree.size];
    CHECK(ledger->tree.size < GROWN_MAX);
    *leaf = (struct leaf){*id, admitted_ms, registry_size};
    leaf_hash(leaf, &ledger->hashes[ledger->tree.size]);
    merkle_append(&ledger->tree, &ledger->hashes[ledger->tree.size]);
}

static inline void grown_root(const struct grown *ledger, uint64_t size, struct hash *out)
{
    struct merkle tree;
    merkle_init(&tree);
    for (uint64_t i = 0; i < size; i++)
        merkle_append(&tree, &ledger->hashes[i]);
    merkle_root(&tree, out);
}

static inline void grown_checkpoint(const struct grown *ledger, struct buf *out)
{
    struct checkpoint cp = {.origin = ledger->origin, .size = ledger->tree.size};
    merkle_root(&ledger->tree, &cp.root);
    checkpoint_sign(&cp, keys[LOG], out);
    CHECK(buf_ok(out));
}

/* The base that an author has who has verified both ledgers up to these sizes. */
static inline struct chain_base base_at(const struct grown *ledger, uint64_t size,
                                        const struct grown *reg, uint64_t registry_size)
{
    struct chain_base base = {.size = size, .registry_size = registry_size};
    grown_root(ledger, size, &base.root);
    grown_root(reg, registry_size, &base.registry_root);
    return base;
}

/* The registry's two leaves; their bodies live in `bodies`. */
struct county_registry {
    struct grown ledger;
    struct made genesis, grants;
    struct buf bodies[2];
};

static inline void make_registry(struct county_registry *out)
{
    struct chain_head root = {.chain = {{1, 1, 1, 1, 1, 1, 1, 1}}};
    struct chain_head registrar = {.chain = {{2, 2, 2, 2, 2, 2, 2, 2}}};
    struct chain_base base;
    struct slice body;
    *out = (struct county_registry){.ledger.origin = registry};
    buf_init(&out->bodies[0], CHANGE_BODY_MAX);
    buf_init(&out->bodies[1], CHANGE_BODY_MAX);
    genesis_body(&out->bodies[0]);
    grants_body(&out->bodies[1]);
    base = base_at(&out->ledger, 0, &out->ledger, 0);
    body = buf_slice(&out->bodies[0]);
    make_changeset(&root, &base, &registry, ROOT, 5, &body, 1, T0, &out->genesis);
    grow(&out->ledger, &out->genesis.id, T0, 0);
    base = base_at(&out->ledger, 1, &out->ledger, 1);
    body = buf_slice(&out->bodies[1]);
    make_changeset(&registrar, &base, &registry, REGISTRAR, 6, &body, 1, T0 + 1000, &out->grants);
    grow(&out->ledger, &out->grants.id, T0 + 1000, 1);
}

static inline void registry_forget(struct county_registry *reg)
{
    buf_release(&reg->bodies[0]);
    buf_release(&reg->bodies[1]);
}

/* ---- as JSON ---- */

static inline void put_made(const struct made *made, const struct origin *origin, enum who author)
{
    put_hex("salt_seed", slice_of(made->seed, sizeof(made->seed)));
    open_level("changes", '[');
    for (size_t i = 0; i < made->count; i++)
        put_change(&made->salt_key, made->header.first_seq + i, made->changes[i].hlc,
                   made->changes[i].body);
    close_level(']');
    put_changeset(&made->header, origin, author);
}

#endif
