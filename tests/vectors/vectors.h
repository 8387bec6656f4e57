/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * vectors: what the two makers of frozen vectors share: JSON as it is stored, and the cast, keys
 * and records with fixed bytes. Everything here decides what the stored files say.
 */
#ifndef TESTS_VECTORS_VECTORS_H
#define TESTS_VECTORS_VECTORS_H

#include <stdio.h>

#include "shared/base/check.h"
#include "shared/codec/cbor.h"
#include "shared/codec/hex.h"
#include "shared/ledger/authority.h"
#include "shared/ledger/chain.h"

#define HOUSEHOLD 10 /* a table number; the vectors need no catalog */
#define PERSON 11
#define T0 INT64_C(1795224600000) /* 2026-11-21T01:30:00Z */

static const char registry_name[] = "guanghe.example/622924000000";
static const char village_name[] = "guanghe.example/622924101001";

/* ---- JSON: two levels of commas are all that is needed ---- */

static int depth;
static bool first[8];

static inline void next(const char *name)
{
    printf("%s\n%*s", first[depth] ? "" : ",", 2 * depth, "");
    first[depth] = false;
    if (name)
        printf("\"%s\": ", name);
}

static inline void open_level(const char *name, char bracket)
{
    next(name);
    putchar(bracket);
    first[++depth] = true;
}

static inline void close_level(char bracket)
{
    depth--;
    printf("\n%*s%c", 2 * depth, "", bracket);
}

/* Everything here is UTF-8 without control characters but for newlines. */
static inline void put_text(const char *name, struct slice text)
{
    next(name);
    putchar('"');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\n')
            printf("\\n");
        else if (text.p[i] == '"' || text.p[i] == '\\')
            printf("\\%c", text.p[i]);
        else
            putchar(text.p[i]);
    }
    putchar('"');
}

static inline void put_str(const char *name, const char *text)
{
    put_text(name, slice_str(text));
}

static inline void put_number(const char *name, uint64_t value)
{
    next(name);
    printf("%llu", (unsigned long long)value);
}

static inline void put_hex(const char *name, struct slice bytes)
{
    next(name);
    putchar('"');
    for (size_t i = 0; i < bytes.n; i++)
        printf("%02x", bytes.p[i]);
    putchar('"');
}

static inline void put_hash(const char *name, const struct hash *hash)
{
    put_hex(name, hash_slice(hash));
}

/* ---- the cast ---- */

enum who { ROOT, LOG, REGISTRAR, DEVICE, OFFICER, TOWNSHIP, CAST };
static const char *const names[CAST] = {"root",   "log",     "registrar",
                                        "device", "officer", "township"};
static struct sign_key *keys[CAST];
static uint8_t box_seed[32];
static struct box_public box;
static struct origin registry, village;

/* Seeds: 00 01 … 1f for root, 20 … 3f for log, and so on. */
static inline void seed_of(unsigned number, uint8_t seed[static 32])
{
    for (unsigned i = 0; i < 32; i++)
        seed[i] = (uint8_t)(32 * number + i);
}

static inline struct hash fill(uint8_t byte)
{
    struct hash h;
    memset(h.b, byte, HASH_SIZE);
    return h;
}

static const struct hash *kid(enum who who)
{
    return sign_key_kid(keys[who]);
}

static inline void make_cast(void)
{
    CHECK(origin_parse(slice_str(registry_name), &registry));
    CHECK(origin_parse(slice_str(village_name), &village));
    open_level("keys", '{');
    for (unsigned i = 0; i < CAST; i++) {
        uint8_t seed[32];
        seed_of(i, seed);
        keys[i] = sign_key_from_seed(seed);
        open_level(names[i], '{');
        put_hex("seed", slice_of(seed, sizeof(seed)));
        put_hex("public", slice_of(sign_key_public(keys[i])->b, 32));
        put_hash("kid", sign_key_kid(keys[i]));
        close_level('}');
    }
    seed_of(CAST, box_seed);
    box_public_from_seed(box_seed, &box);
    open_level("box", '{');
    put_hex("seed", slice_of(box_seed, sizeof(box_seed)));
    put_hex("public", slice_of(box.b, sizeof(box.b)));
    close_level('}');
    close_level('}');
}

/* ---- ops and bodies ---- */

static const uint8_t record_a[16] = {0x01, 0x9A, 0xA1, 0xB2, 0xC3, 0xD4, 0x70, 0x01,
                                     0x80, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08};
static const uint8_t record_b[16] = {0x01, 0x9A, 0xA1, 0xB2, 0xC3, 0xD5, 0x70, 0x09,
                                     0x80, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F, 0x10};
static const struct chain_id chain = {{0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC7}};

static inline void begin_op(struct buf *out, size_t items, unsigned code, unsigned table,
                            const uint8_t record[static 16])
{
    buf_clear(out);
    cbor_put_array(out, items);
    cbor_put_uint(out, code);
    cbor_put_uint(out, table);
    cbor_put_bytes(out, slice_of(record, 16));
}

/* A body with one put and a note. */
static inline void sample_body(unsigned number, struct buf *out)
{
    struct buf op;
    buf_init(&op, 1024);
    begin_op(&op, 4, 0, HOUSEHOLD, record_a);
    cbor_put_map(&op, 1);
    cbor_put_uint(&op, 2);
    cbor_put_uint(&op, 1000 * number);
    buf_clear(out);
    cbor_put_array(out, 2);
    cbor_put_array(out, 1);
    buf_put_slice(out, buf_slice(&op));
    if (number % 2)
        cbor_put_str(out, "\xE8\xAF\x84\xE8\xAE\xAE");
    else
        cbor_put_null(out);
    buf_release(&op);
}

/* ---- changes and changesets ---- */

/* Too large for the numbers of some JSON readers. */
static inline void put_hlc(uint64_t hlc)
{
    char text[24];
    snprintf(text, sizeof(text), "%llu", (unsigned long long)hlc);
    put_str("hlc", text);
}

static inline void put_change(const struct hmac_key *salt_key, uint64_t seq, uint64_t hlc,
                              struct slice body)
{
    struct change_salt salt;
    struct hash body_hash, leaf;
    uint8_t change[CHANGE_ENCODED_MAX];
    change_salt(salt_key, seq, &salt);
    change_body_hash(&salt, body, &body_hash);
    size_t n = change_encode(seq, hlc, &body_hash, change);
    change_leaf(seq, hlc, &body_hash, &leaf);
    open_level(NULL, '{');
    put_number("seq", seq);
    put_hlc(hlc);
    put_hex("salt", slice_of(salt.b, sizeof(salt.b)));
    put_hex("body", body);
    put_hash("body_hash", &body_hash);
    put_hex("change", slice_of(change, n));
    put_hash("leaf", &leaf);
    close_level('}');
}

static inline void put_changeset(const struct changeset *cs, const struct origin *origin,
                                 enum who author)
{
    struct buf bytes;
    struct hash id;
    CHECK(changeset_verify(cs, origin, sign_key_public(keys[author])));
    buf_init(&bytes, 4096);
    put_str("origin", origin->text);
    put_hex("author", slice_of(sign_key_public(keys[author])->b, 32));
    changeset_encode(cs, &bytes);
    put_hex("cose", buf_slice(&bytes));
    changeset_id(buf_slice(&bytes), &id);
    put_hash("id", &id);
    buf_clear(&bytes);
    changeset_to_sign(cs, origin, &bytes);
    put_hex("to_sign", buf_slice(&bytes));
    put_hex("signature", slice_of(cs->signature.b, SIGN_SIZE));
    buf_release(&bytes);
}

#endif
