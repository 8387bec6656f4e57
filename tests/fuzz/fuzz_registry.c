/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * The fold of the registry over a sequence of ops: [[author, op]…], one a leaf, author 0 the root
 * key, 1 a registrar, above that the key of that number. Whatever is folded, the root key stays the
 * root key and without a grant, only it makes or unmakes registrars, and a refused op changes
 * nothing.
 */
#include "shared/codec/cbor.h"
#include "shared/ledger/authority.h"
#include "tests/fuzz/fuzz.h"

#define KEYS 4
#define LEAVES_MAX 64

static struct sign_key *keys[KEYS];
static struct origin origin;

static void found(struct registry *reg)
{
    struct county county = {.root = *sign_key_public(keys[0]), .log = *sign_key_public(keys[3])};
    struct grant grant = {.kind = GRANT_PERSON,
                          .pk = *sign_key_public(keys[1]),
                          .name = "registrar",
                          .role = "registrar",
                          .expires_ms = INT64_MAX};
    struct buf op;
    buf_init(&op, 4096);
    registry_init(reg, &origin);
    reg->replay = true; /* proofs of possession are nothing that a fuzzer could make */
    county_encode(&county, &op);
    MUST(registry_apply(reg, 0, sign_key_kid(keys[0]), sign_key_kid(keys[0]), buf_slice(&op), err));
    buf_clear(&op);
    grant_encode(&grant, &op);
    MUST(registry_apply(reg, 0, sign_key_kid(keys[0]), sign_key_kid(keys[0]), buf_slice(&op), err));
    buf_release(&op);
}

static size_t registrars(const struct registry *reg)
{
    size_t n = 0;
    for (size_t i = 0; i < reg->grant_count; i++) {
        const struct grant *g = &reg->grants[i];
        n += strcmp(g->role, "registrar") == 0 && registry_grant(reg, &g->kid, reg->size) == g;
    }
    return n;
}

static void hold(const struct registry *reg)
{
    CHECK(reg->has_county && hash_equal(&reg->root_kid, sign_key_kid(keys[0])));
    CHECK(registry_grant_any(reg, &reg->root_kid) == NULL);
    CHECK(registry_log_key(reg, reg->size) && !registry_log_key(reg, 0));
    CHECK(registry_catalog_version(reg, reg->size) == reg->catalog_count);
    for (size_t i = 0; i < reg->grant_count; i++) {
        const struct grant *g = &reg->grants[i];
        CHECK(i == 0 || reg->grants[i - 1].leaf <= g->leaf);
        CHECK(g->leaf < reg->size && (g->revoked_leaf == UINT64_MAX || g->revoked_leaf >= g->leaf));
        CHECK(registry_grant(reg, &g->kid, g->leaf) != g); /* in force from the next leaf on */
    }
}

/* The author is a number; anything else than a known one is a stranger. */
static void fold(struct registry *reg, struct cbor_reader *r, uint64_t leaf)
{
    struct hash stranger = {{9}};
    struct error why = {0};
    cbor_expect_array(r, 2);
    uint64_t who = cbor_read_uint(r);
    struct slice op = cbor_read_item(r);
    if (!cbor_ok(r))
        return;
    const size_t grants = reg->grant_count, kings = registrars(reg), catalogs = reg->catalog_count;
    const size_t log_keys = reg->log_key_count;
    enum status st = registry_apply(reg, leaf, who < KEYS ? sign_key_kid(keys[who]) : &stranger,
                                    &reg->root_kid, op, &why);
    hold(reg);
    if (st != ST_OK) {
        CHECK(why.text[0] && (st == ST_REFUSED || st == ST_INVALID));
        CHECK(reg->grant_count == grants && reg->catalog_count == catalogs);
    }
    if (who != 0)
        CHECK(registrars(reg) == kings && reg->log_key_count == log_keys);
    if (who > 1 && grants == 1) /* nobody but registrar and root holds anything yet */
        CHECK(reg->grant_count == grants && reg->catalog_count == catalogs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct registry reg;
    struct cbor_reader r;
    if (!keys[0]) {
        for (uint8_t i = 0; i < KEYS; i++)
            keys[i] = fuzz_key((uint8_t)(0x40 + i));
        CHECK(origin_parse(slice_str("guanghe.example/622924000000"), &origin));
    }
    struct slice in = fuzz_exact(data, size);
    found(&reg);
    hold(&reg);
    cbor_reader_init(&r, in, "registry");
    size_t n = cbor_read_array(&r, LEAVES_MAX);
    for (size_t i = 0; i < n && cbor_ok(&r); i++)
        fold(&reg, &r, 1 + i);
    registry_release(&reg);
    mem_free((void *)in.p);
    return 0;
}
