/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * offline: vectors of what leaves the county as a file: the proof of one change, a bundle's
 * manifest, a snapshot's signature, and a checkpoint that a witness has signed too. Written from
 * FORMAT.md with the CBOR writer alone.
 */
#ifndef TESTS_VECTORS_OFFLINE_H
#define TESTS_VECTORS_OFFLINE_H

#include "shared/codec/framing.h"
#include "tests/vectors/county.h"

#define WITNESS_NAME "linxia.example/witness"
#define COSIGNATURE_TYPE 0x04

/* A COSE_Sign1 with an embedded payload; *to_sign gets the Sig_structure. */
static inline void cose_sign(const char *aad, struct slice payload, enum who who,
                             struct buf *to_sign, struct buf *out)
{
    struct buf protected;
    struct signature signature;
    buf_init(&protected, 64);
    cbor_put_map(&protected, 2);
    cbor_put_uint(&protected, 1);
    cbor_put_int(&protected, COSE_ED25519);
    cbor_put_uint(&protected, 4);
    cbor_put_bytes(&protected, hash_slice(kid(who)));
    buf_clear(to_sign);
    cbor_put_array(to_sign, 4);
    cbor_put_str(to_sign, "Signature1");
    cbor_put_bytes(to_sign, buf_slice(&protected));
    cbor_put_bytes(to_sign, slice_str(aad));
    cbor_put_bytes(to_sign, payload);
    sign_message(keys[who], buf_slice(to_sign), &signature);
    buf_clear(out);
    buf_put_u8(out, 0xD2);
    cbor_put_array(out, 4);
    cbor_put_bytes(out, buf_slice(&protected));
    cbor_put_map(out, 0);
    cbor_put_bytes(out, payload);
    cbor_put_bytes(out, slice_of(signature.b, SIGN_SIZE));
    CHECK(buf_ok(to_sign) && buf_ok(out));
    buf_release(&protected);
}

/* ---- the proof of one change ---- */

struct hash_list {
    const struct hash *hashes;
    size_t count;
};

static inline bool list_leaf(void *arg, uint64_t index, struct hash *out)
{
    const struct hash_list *list = arg;
    CHECK(index < list->count);
    *out = list->hashes[index];
    return true;
}

static inline void prove(const struct hash *hashes, size_t count, uint64_t index,
                         struct merkle_proof *out)
{
    struct hash_list list = {hashes, count};
    const struct merkle_source source_of_list = {list_leaf, &list};
    CHECK(merkle_prove_inclusion(&source_of_list, index, count, out));
}

/* C2SP tlog-proof of one leaf, the leaf data as its extra. */
static inline void tlog_proof(const struct grown *ledger, uint64_t index, struct buf *out)
{
    struct merkle_proof proof;
    uint8_t data[LEAF_DATA_SIZE];
    leaf_encode(&ledger->leaves[index], data);
    prove(ledger->hashes, ledger->tree.size, index, &proof);
    buf_put_str(out, "c2sp.org/tlog-proof@v1\nextra ");
    base64_encode(slice_of(data, sizeof(data)), out);
    buf_printf(out, "\nindex %llu\n", (unsigned long long)index);
    for (size_t i = 0; i < proof.count; i++) {
        base64_encode(hash_slice(&proof.hashes[i]), out);
        buf_put_u8(out, '\n');
    }
    buf_put_u8(out, '\n');
    grown_checkpoint(ledger, out);
}

static inline void put_evidence(const struct made *made, size_t position,
                                const struct grown *ledger, uint64_t index, struct buf *out)
{
    struct hash leaves[MADE_MAX];
    struct change_salt salt = {{0}};
    struct merkle_proof path;
    struct buf bytes;
    uint8_t change[CHANGE_ENCODED_MAX];
    size_t n = 0;
    buf_init(&bytes, 8192);
    for (size_t i = made->count; i-- > 0;) {
        uint64_t seq = made->header.first_seq + i;
        struct hash body_hash;
        change_salt(&made->salt_key, seq, &salt);
        change_body_hash(&salt, made->changes[i].body, &body_hash);
        change_leaf(seq, made->changes[i].hlc, &body_hash, &leaves[i]);
        if (i == position)
            n = change_encode(seq, made->changes[i].hlc, &body_hash, change);
    }
    change_salt(&made->salt_key, made->header.first_seq + position, &salt);
    prove(leaves, made->count, position, &path);
    cbor_put_array(out, 6);
    cbor_put_bytes(out, slice_of(change, n));
    cbor_put_bytes(out, made->changes[position].body);
    cbor_put_bytes(out, slice_of(salt.b, CHANGE_SALT_SIZE));
    changeset_encode(&made->header, &bytes);
    cbor_put_bytes(out, buf_slice(&bytes));
    cbor_put_array(out, path.count);
    for (size_t i = 0; i < path.count; i++)
        cbor_put_bytes(out, hash_slice(&path.hashes[i]));
    buf_clear(&bytes);
    tlog_proof(ledger, index, &bytes);
    cbor_put_text(out, buf_slice(&bytes));
    CHECK(buf_ok(&bytes) && buf_ok(out));
    buf_release(&bytes);
}

/* The second of three changes by the officer, in the middle of a village ledger of three leaves. */
static inline void put_proof_file(const struct county_registry *reg)
{
    struct grown ledger = {.origin = village};
    struct chain_head head = {.chain = chain};
    struct chain_base base;
    struct made made;
    struct buf bodies[3], file;
    struct slice slices[3];
    struct hash other = fill(0xB0);
    for (unsigned i = 0; i < 3; i++) {
        buf_init(&bodies[i], CHANGE_BODY_MAX);
        sample_body(i + 1, &bodies[i]);
        slices[i] = buf_slice(&bodies[i]);
    }
    base = base_at(&ledger, 0, &reg->ledger, 2);
    make_changeset(&head, &base, &village, OFFICER, 7, slices, 3, T0 + 3600000, &made);
    grow(&ledger, &other, T0 + 7200000, 2);
    grow(&ledger, &made.id, T0 + 7200000, 2);
    other = fill(0xB1);
    grow(&ledger, &other, T0 + 7260000, 2);

    buf_init(&file, 65536);
    cbor_put_array(&file, 6);
    cbor_put_str(&file, "huce-proof");
    cbor_put_uint(&file, 1);
    cbor_put_str(&file, village.text);
    put_evidence(&made, 1, &ledger, 1, &file);
    cbor_put_str(&file, registry.text);
    cbor_put_array(&file, 2);
    put_evidence(&reg->genesis, 0, &reg->ledger, 0, &file);
    put_evidence(&reg->grants, 0, &reg->ledger, 1, &file);
    CHECK(buf_ok(&file) && cbor_is_canonical(buf_slice(&file)));
    put_hex("proof_file", buf_slice(&file));
    buf_release(&file);
    for (unsigned i = 0; i < 3; i++)
        buf_release(&bodies[i]);
}

/* ---- bundle and snapshot ---- */

/* A zstd frame (RFC 8878) of one raw block, so that no compressor decides these bytes. */
static inline void raw_frame(struct slice content, struct buf *out)
{
    static const uint8_t magic[] = {0x28, 0xB5, 0x2F, 0xFD};
    CHECK(content.n < 128 * 1024);
    buf_put(out, magic, sizeof(magic));
    buf_put_u8(out, 0xA0); /* one segment, content size in four bytes */
    for (unsigned shift = 0; shift < 32; shift += 8)
        buf_put_u8(out, (uint8_t)(content.n >> shift));
    uint32_t block = (uint32_t)content.n << 3 | 1; /* the last block, raw */
    for (unsigned shift = 0; shift < 24; shift += 8)
        buf_put_u8(out, (uint8_t)(block >> shift));
    buf_put_slice(out, content);
}

/* A request of nothing, one attachment. */
static inline void put_bundle(void)
{
    static const uint8_t nothing[] = {0x84, 0x01, 0x80, 0x00, 0x40}; /* [1, [], 0, h''] */
    struct buf rest, frame, manifest, to_sign, out;
    struct hash hash, empty;
    uint8_t id[16];
    memset(id, 0xB7, sizeof(id));
    hash_bytes(SLICE_NONE, &empty);
    buf_init(&rest, 4096);
    buf_init(&frame, 4096);
    buf_init(&manifest, 4096);
    buf_init(&to_sign, 8192);
    buf_init(&out, 8192);
    raw_frame(slice_of(nothing, sizeof(nothing)), &frame);
    cbor_put_bytes(&rest, buf_slice(&frame));
    cbor_put_bytes(&rest, slice_str("an attachment"));
    hash_bytes(buf_slice(&rest), &hash);
    cbor_put_array(&manifest, 7);
    cbor_put_bytes(&manifest, slice_of(id, sizeof(id)));
    cbor_put_bytes(&manifest, hash_slice(kid(DEVICE)));
    cbor_put_array(&manifest, 1);
    cbor_put_bytes(&manifest, slice_of(box.b, sizeof(box.b)));
    cbor_put_array(&manifest, 1);
    cbor_put_array(&manifest, 4);
    cbor_put_str(&manifest, village.text);
    cbor_put_uint(&manifest, 0);
    cbor_put_bytes(&manifest, hash_slice(&empty));
    cbor_put_uint(&manifest, 0);
    cbor_put_uint(&manifest, 1);
    cbor_put_uint(&manifest, 1);
    cbor_put_bytes(&manifest, hash_slice(&hash));
    cose_sign("huce/1/bundle\n", buf_slice(&manifest), DEVICE, &to_sign, &out);
    open_level("bundle", '{');
    put_hex("manifest", buf_slice(&out));
    put_hex("author", slice_of(sign_key_public(keys[DEVICE])->b, 32));
    put_hex("to_sign", buf_slice(&to_sign));
    put_hex("rest", buf_slice(&rest));
    close_level('}');
    buf_release(&out);
    buf_release(&to_sign);
    buf_release(&manifest);
    buf_release(&frame);
    buf_release(&rest);
}

static inline void put_snapshot(void)
{
    static const char content[] = "what a program of merge version 1 stores of a ledger";
    struct buf head, to_sign, out;
    struct hash hash, root = fill(0x60);
    buf_init(&head, 1024);
    buf_init(&to_sign, 2048);
    buf_init(&out, 2048);
    hash_bytes(slice_str(content), &hash);
    cbor_put_array(&head, 6);
    cbor_put_bytes(&head, hash_slice(&hash));
    cbor_put_str(&head, village.text);
    cbor_put_uint(&head, 13);
    cbor_put_bytes(&head, hash_slice(&root));
    cbor_put_uint(&head, 5);
    cbor_put_uint(&head, 1);
    cose_sign("huce/1/snapshot\n", buf_slice(&head), LOG, &to_sign, &out);
    open_level("snapshot", '{');
    put_str("content", content);
    put_hex("head", buf_slice(&out));
    put_hex("author", slice_of(sign_key_public(keys[LOG])->b, 32));
    put_hex("to_sign", buf_slice(&to_sign));
    close_level('}');
    buf_release(&out);
    buf_release(&to_sign);
    buf_release(&head);
}

/* ---- a witness ---- */

/* The registry's checkpoint with the cosignature of a prefecture's witness below the county's line.
 */
static inline void put_cosigned(const struct county_registry *reg)
{
    static const uint8_t type = COSIGNATURE_TYPE;
    const uint64_t time_s = T0 / 1000 + 60;
    struct buf text, message, bytes;
    struct hash key_id;
    struct signature signature;
    uint8_t typed[33] = {type}, time_bytes[8];
    buf_init(&text, CHECKPOINT_MAX);
    buf_init(&message, CHECKPOINT_MAX);
    buf_init(&bytes, 128);
    grown_checkpoint(&reg->ledger, &text);
    size_t body = (size_t)(strstr(buf_cstr(&text), "\n\n") - buf_cstr(&text)) + 1;
    buf_printf(&message, "cosignature/v1\ntime %llu\n", (unsigned long long)time_s);
    buf_put(&message, text.p, body);
    sign_message(keys[TOWNSHIP], buf_slice(&message), &signature);
    memcpy(typed + 1, sign_key_public(keys[TOWNSHIP])->b, 32);
    hash_parts(slice_str(WITNESS_NAME), slice_of("\n", 1), slice_of(typed, 33), &key_id);
    put_u64be(time_bytes, time_s);
    buf_put(&bytes, key_id.b, 4);
    buf_put(&bytes, time_bytes, sizeof(time_bytes));
    buf_put(&bytes, signature.b, SIGN_SIZE);
    buf_put_str(&text, "\xE2\x80\x94 " WITNESS_NAME " ");
    base64_encode(buf_slice(&bytes), &text);
    buf_put_u8(&text, '\n');
    CHECK(buf_ok(&text) && buf_ok(&message) && buf_ok(&bytes));
    open_level("checkpoint_cosigned", '{');
    put_str("origin", registry.text);
    put_text("text", buf_slice(&text));
    put_str("witness", WITNESS_NAME);
    put_hex("author", slice_of(sign_key_public(keys[TOWNSHIP])->b, 32));
    put_hex("to_sign", buf_slice(&message));
    put_hex("signature", slice_of(signature.b, SIGN_SIZE));
    close_level('}');
    buf_release(&bytes);
    buf_release(&message);
    buf_release(&text);
}

#endif
