/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * make_vectors: prints one example of every enduring structure of format version 1 as JSON, made
 * from fixed keys, times and ids. The stored output, format-v1.json, is frozen: 10_frozen.sh
 * compares it byte for byte, and programs of other origin check it (20_, 30_, 40_).
 *
 * Record ops are written with the CBOR writer alone, from FORMAT.md and not from the code that
 * reads them, so that the two check each other.
 *
 * A vector that has been published is never changed; new ones are added at the end of a section.
 */
#include "shared/crypto/keyfile.h"
#include "shared/crypto/vault.h"
#include "shared/ledger/release.h"
#include "shared/ledger/enrol.h"
#include "shared/ledger/invite.h"
#include "shared/ledger/reference.h"
#include "tests/vectors/offline.h"

static const char department_name[] = "guanghe.example/622924000000/rs";
static const char epoch_name[] = "guanghe.example/622924101001/e1";
static const char sealed_name[] = "guanghe.example/622924101001/s-7f3k9q2m";

static void put_origins(void)
{
    static const char *const all[] = {registry_name, village_name, department_name, sealed_name,
                                      epoch_name};
    open_level("origins", '[');
    for (size_t i = 0; i < ARRAY_LENGTH(all); i++) {
        struct origin origin;
        CHECK(origin_parse(slice_str(all[i]), &origin));
        put_str(NULL, origin.text);
    }
    close_level(']');
}

/* ---- ops ---- */

static void sample_reference(uint64_t seq, struct reference *out)
{
    struct hash leaf = fill(0x77);
    reference_make(kid(OFFICER), &chain, seq, &leaf, out);
}

/* One value of each kind: text, integer, negative, decimal 12.5, record id, null. */
static void put_fields(struct buf *out)
{
    cbor_put_map(out, 6);
    cbor_put_uint(out, 1);
    cbor_put_str(out, "\xE9\xA9\xAC\xE7\xA7\x80\xE8\x8B\xB1");
    cbor_put_uint(out, 2);
    cbor_put_uint(out, 1250000);
    cbor_put_uint(out, 3);
    cbor_put_int(out, -5);
    cbor_put_uint(out, 4);
    cbor_put_array(out, 2);
    cbor_put_int(out, 125);
    cbor_put_int(out, -1);
    cbor_put_uint(out, 5);
    cbor_put_bytes(out, slice_of(record_b, 16));
    cbor_put_uint(out, 300);
    cbor_put_null(out);
}

static void put_op(const char *name, const struct buf *op)
{
    CHECK(buf_ok(op) && cbor_is_canonical(buf_slice(op)));
    open_level(NULL, '{');
    put_str("name", name);
    put_hex("op", buf_slice(op));
    struct buf body;
    buf_init(&body, CHANGE_BODY_MAX);
    cbor_put_array(&body, 2);
    cbor_put_array(&body, 1);
    buf_put_slice(&body, buf_slice(op));
    cbor_put_null(&body);
    put_hex("body", buf_slice(&body));
    buf_release(&body);
    close_level('}');
}

static void put_record_ops(struct buf *op)
{
    struct reference ref;
    open_level("record_ops", '[');
    begin_op(op, 4, 0, HOUSEHOLD, record_a);
    put_fields(op);
    put_op("put", op);

    begin_op(op, 6, 1, PERSON, record_a);
    cbor_put_uint(op, 40);
    cbor_put_array(op, 2);
    cbor_put_str(op, "shed");
    cbor_put_str(op, "herding");
    cbor_put_array(op, 1);
    cbor_put_str(op, "migrant");
    put_op("set", op);

    begin_op(op, 5, 2, HOUSEHOLD, record_a);
    cbor_put_uint(op, 12);
    cbor_put_int(op, -3);
    put_op("counter", op);

    begin_op(op, 6, 3, HOUSEHOLD, record_a);
    cbor_put_uint(op, 9);
    cbor_put_str(op, "draft");
    cbor_put_str(op, "discussed");
    put_op("state", op);

    begin_op(op, 6, 3, HOUSEHOLD, record_a);
    cbor_put_uint(op, 9);
    cbor_put_null(op);
    cbor_put_str(op, "draft");
    put_op("state from nothing", op);

    begin_op(op, 4, 4, HOUSEHOLD, record_a);
    cbor_put_uint(op, 7);
    put_op("withdraw", op);

    begin_op(op, 4, 5, HOUSEHOLD, record_a);
    cbor_put_str(op, "moved away");
    put_op("delete", op);

    begin_op(op, 4, 5, HOUSEHOLD, record_a);
    cbor_put_null(op);
    put_op("delete without reason", op);

    begin_op(op, 3, 6, HOUSEHOLD, record_a);
    put_op("restore", op);

    begin_op(op, 5, 7, HOUSEHOLD, record_a);
    cbor_put_map(op, 1);
    cbor_put_uint(op, 2);
    cbor_put_uint(op, 1300000);
    cbor_put_array(op, 2);
    sample_reference(41, &ref);
    reference_put(&ref, op);
    sample_reference(42, &ref);
    reference_put(&ref, op);
    put_op("resolve", op);

    begin_op(op, 5, 7, HOUSEHOLD, record_a);
    cbor_put_map(op, 1);
    cbor_put_uint(op, 0);
    cbor_put_uint(op, 1);
    cbor_put_array(op, 0);
    put_op("resolve existence", op);

    for (unsigned link = 0; link <= 1; link++) {
        begin_op(op, 5, 8, PERSON, record_a);
        cbor_put_bytes(op, slice_of(record_b, 16));
        cbor_put_uint(op, link);
        put_op(link ? "link" : "unlink", op);
    }

    begin_op(op, 5, 9, HOUSEHOLD, record_a);
    cbor_put_str(op, "guanghe.example/622924101002");
    cbor_put_uint(op, 1);
    put_op("transfer out", op);

    begin_op(op, 6, 10, HOUSEHOLD, record_a);
    put_fields(op);
    cbor_put_str(op, village_name);
    cbor_put_uint(op, 1);
    put_op("transfer in", op);
    close_level(']');
}

static void put_grants(struct buf *op)
{
    static const enum who granted[] = {REGISTRAR, DEVICE, OFFICER};
    static const char *const title[] = {"grant of a registrar", "grant of a device",
                                        "grant of a person"};
    for (size_t i = 0; i < ARRAY_LENGTH(granted); i++) {
        struct grant grant, back;
        sample_grant(granted[i], &grant);
        buf_clear(op);
        grant_encode(&grant, op);
        CHECK(grant_decode(buf_slice(op), &registry, &back, NULL) == ST_OK);
        put_op(title[i], op);
    }
}

static void put_erase(struct buf *op)
{
    struct reference ref;
    struct buf redacted;
    sample_reference(42, &ref);
    buf_init(&redacted, 1024);
    cbor_put_array(&redacted, 2);
    cbor_put_array(&redacted, 4); /* put: fields 1 and 2 had values; now bottom */
    cbor_put_uint(&redacted, 0);
    cbor_put_uint(&redacted, HOUSEHOLD);
    cbor_put_bytes(&redacted, slice_of(record_a, 16));
    cbor_put_map(&redacted, 2);
    cbor_put_uint(&redacted, 1);
    cbor_put_bool(&redacted, false);
    cbor_put_uint(&redacted, 2);
    cbor_put_bool(&redacted, false);
    cbor_put_array(&redacted, 5); /* counter: 0 */
    cbor_put_uint(&redacted, 2);
    cbor_put_uint(&redacted, HOUSEHOLD);
    cbor_put_bytes(&redacted, slice_of(record_a, 16));
    cbor_put_uint(&redacted, 12);
    cbor_put_uint(&redacted, 0);
    buf_clear(op);
    erase_encode(&ref, buf_slice(&redacted), op);
    put_op("erase", op);
    buf_clear(&redacted);
    cbor_put_array(&redacted, 0);
    buf_clear(op);
    erase_encode(&ref, buf_slice(&redacted), op);
    put_op("erase of a void change", op);
    buf_release(&redacted);
}

/* The columns of a catalog row: a word beginning with '#' is a number, "@" an array of one text. */
static void put_row(struct buf *out, size_t count, const char *const *cells)
{
    cbor_put_array(out, count);
    for (size_t i = 0; i < count; i++) {
        if (cells[i][0] == '#') {
            cbor_put_uint(out, (uint64_t)(cells[i][1] - '0'));
        } else if (cells[i][0] == '@') {
            cbor_put_array(out, 1);
            cbor_put_str(out, cells[i] + 1);
        } else {
            cbor_put_str(out, cells[i]);
        }
    }
}

/* One row of each kind. */
static void put_catalog(struct buf *op)
{
    static const char *const table[] = {"#9",     "shed",   "\xE5\xA4\xA7\xE6\xA3\x9A",
                                        "Shed",   "record", "village",
                                        "number", "#1",     "number"};
    static const char *const field[] = {"#9",       "#1",   "number", "\xE7\xBC\x96\xE5\x8F\xB7",
                                        "Number",   "text", "lww",    "",
                                        "V",        "#0",   "#1",     "",
                                        "len:1:20", "",     "",       "",
                                        ""};
    static const char *const code[] = {"shed_kind", "1",  "\xE6\x9A\x96\xE6\xA3\x9A",
                                       "warm",      "#1", ""};
    static const char *const rule[] = {"#9",   "#1",           "need",   "@number",
                                       "warn", "\xE7\xBC\xBA", "missing"};
    struct buf migration;
    buf_init(&migration, 4096);
    cbor_put_array(&migration, 6);
    cbor_put_uint(&migration, 1);
    cbor_put_str(&migration, "sheds");
    cbor_put_array(&migration, 1);
    put_row(&migration, ARRAY_LENGTH(table), table);
    cbor_put_array(&migration, 1);
    put_row(&migration, ARRAY_LENGTH(field), field);
    cbor_put_array(&migration, 1);
    put_row(&migration, ARRAY_LENGTH(code), code);
    cbor_put_array(&migration, 1);
    put_row(&migration, ARRAY_LENGTH(rule), rule);
    buf_clear(op);
    catalog_op_encode(buf_slice(&migration), op);
    put_op("catalog", op);
    buf_release(&migration);
}

static void put_authority_ops(struct buf *op)
{
    struct county county;
    struct reference ref;
    struct revoke_cut cut[2] = {{village, chain, fill(0x31)}, {registry, chain, fill(0x32)}};
    struct target targets[2] = {{.is_changeset = false}, {.is_changeset = true}};
    sample_reference(42, &ref);
    targets[0].change = ref;
    targets[1].changeset = fill(0x33);

    open_level("authority_ops", '[');
    sample_county(&county);
    buf_clear(op);
    county_encode(&county, op);
    put_op("county", op);
    put_grants(op);
    buf_clear(op);
    revoke_encode(kid(OFFICER), 1, op);
    put_op("revoke", op);
    buf_clear(op);
    revoke_encode_cut(kid(OFFICER), 2, cut, 2, op);
    put_op("revoke with a cut", op);
    buf_clear(op);
    targets_encode(OP_VOID, targets, 2, op);
    put_op("void", op);
    buf_clear(op);
    targets_encode(OP_ADOPT, targets, 2, op);
    put_op("adopt", op);
    put_erase(op);
    put_catalog(op);
    buf_clear(op);
    close_encode(slice_str("merged into 622924101002"), op);
    put_op("close", op);
    buf_clear(op);
    recovery_encode(&box, op);
    put_op("recovery", op);

    struct epoch epoch = {.number = 1, .kept_size = 2, .lost_size = 6};
    CHECK(origin_parse(slice_str("guanghe.example/622924101001"), &epoch.ledger));
    hash_bytes(slice_str("kept"), &epoch.kept_root);
    hash_bytes(slice_str("lost"), &epoch.lost_root);
    buf_clear(op);
    epoch_encode(&epoch, slice_str("机房失火"), op);
    put_op("epoch", op);
    close_level(']');
}

/* ---- changes and changesets ---- */

/* A chain of three changesets with 1, 2 and 3 changes; ids[] receives theirs. */
static void put_chain(struct hash ids[static 3])
{
    struct chain_head head = {.kid = *kid(OFFICER), .chain = chain};
    struct buf body;
    unsigned number = 0;
    buf_init(&body, CHANGE_BODY_MAX);
    open_level("chain", '[');
    for (unsigned i = 0; i < 3; i++) {
        struct chain_base base = {.size = 10 * i, .registry_size = 2 + i};
        struct chain_open open;
        uint8_t seed[CHANGE_SEED_SIZE];
        base.root = fill((uint8_t)(0x10 + i));
        base.registry_root = fill((uint8_t)(0x20 + i));
        base.dep_count = i;
        for (unsigned d = 0; d < i; d++)
            base.deps[d] = fill((uint8_t)(0xD1 + d));
        seed_of(i + 1, seed);
        chain_begin(&open, &head, &base, seed);
        open_level(NULL, '{');
        put_hex("salt_seed", slice_of(seed, sizeof(seed)));
        open_level("changes", '[');
        for (unsigned c = 0; c <= i; c++) {
            sample_body(++number, &body);
            uint64_t hlc = chain_append(&open, buf_slice(&body), T0 + 60000 * i);
            put_change(&open.salt_key, number, hlc, buf_slice(&body));
        }
        close_level(']');
        chain_sign(&open, &village, keys[OFFICER]);
        put_changeset(&open.header, &village, OFFICER);
        close_level('}');
        chain_close(&open, &head);
        ids[i] = head.id;
    }
    close_level(']');
    buf_release(&body);
}

/* The same header under the older name of the algorithm, for verifiers that know no other. */
static void put_eddsa(void)
{
    struct changeset cs = {.alg = COSE_EDDSA,
                           .kid = *kid(TOWNSHIP),
                           .chain = chain,
                           .number = 1,
                           .first_seq = 1,
                           .count = 1,
                           .base_root = fill(0x10),
                           .registry_size = 2,
                           .registry_root = fill(0x20),
                           .changes_root = fill(0x30)};
    changeset_sign(&cs, &village, keys[TOWNSHIP]);
    open_level("changeset_eddsa", '{');
    put_changeset(&cs, &village, TOWNSHIP);
    close_level('}');
}

/* Registry leaf 0: the root key's changeset with county and the registrar's grant. Its registry
 * base is the same as its base: nothing. */
static void put_genesis(const struct county_registry *reg)
{
    open_level("registry_genesis", '{');
    put_made(&reg->genesis, &registry, ROOT);
    close_level('}');
}

/* ---- ledger ---- */

#define LEAVES 13
static struct hash leaf_hashes[LEAVES];

static bool read_leaf(void *arg, uint64_t index, struct hash *out)
{
    (void)arg;
    CHECK(index < LEAVES);
    *out = leaf_hashes[index];
    return true;
}

static const struct merkle_source source = {read_leaf, NULL};

static void put_leaves(const struct hash ids[static 3])
{
    open_level("leaves", '[');
    for (unsigned i = 0; i < LEAVES; i++) {
        struct leaf leaf = {.admitted_ms = T0 + 1000 * i, .registry_size = 2 + i / 4};
        uint8_t data[LEAF_DATA_SIZE];
        leaf.id = i < 3 ? ids[i] : fill((uint8_t)i);
        leaf_encode(&leaf, data);
        leaf_hash(&leaf, &leaf_hashes[i]);
        open_level(NULL, '{');
        put_hash("changeset_id", &leaf.id);
        put_number("admitted_ms", (uint64_t)leaf.admitted_ms);
        put_number("registry_size", leaf.registry_size);
        put_hex("data", slice_of(data, sizeof(data)));
        put_hash("hash", &leaf_hashes[i]);
        close_level('}');
    }
    close_level(']');
}

static void put_proof(const struct merkle_proof *proof)
{
    open_level("proof", '[');
    for (size_t i = 0; i < proof->count; i++)
        put_hash(NULL, &proof->hashes[i]);
    close_level(']');
}

static void put_tree(void)
{
    struct hash roots[LEAVES + 1];
    struct merkle_proof proof;
    open_level("roots", '[');
    for (uint64_t size = 0; size <= LEAVES; size++) {
        CHECK(merkle_range_root(&source, 0, size, &roots[size]));
        put_hash(NULL, &roots[size]);
    }
    close_level(']');
    open_level("inclusion", '[');
    for (uint64_t index = 0; index < LEAVES; index += 2) {
        CHECK(merkle_prove_inclusion(&source, index, LEAVES, &proof));
        CHECK(merkle_verify_inclusion(&leaf_hashes[index], index, LEAVES, proof.hashes, proof.count,
                                      &roots[LEAVES]));
        open_level(NULL, '{');
        put_number("index", index);
        put_number("size", LEAVES);
        put_proof(&proof);
        close_level('}');
    }
    close_level(']');
    open_level("consistency", '[');
    for (uint64_t size = 1; size <= LEAVES; size += 2) {
        CHECK(merkle_prove_consistency(&source, size, LEAVES, &proof));
        CHECK(merkle_verify_consistency(size, LEAVES, &roots[size], &roots[LEAVES], proof.hashes,
                                        proof.count));
        open_level(NULL, '{');
        put_number("old_size", size);
        put_number("new_size", LEAVES);
        put_proof(&proof);
        close_level('}');
    }
    close_level(']');
}

/* verifier: the public key as Go's sumdb/note writes it, name+keyid+base64(type, key). */
static void put_checkpoint(const struct origin *origin)
{
    struct checkpoint cp = {.origin = *origin, .size = LEAVES}, back;
    struct buf text, verifier;
    struct hash id;
    uint8_t typed_key[33] = {0x01};
    CHECK(merkle_range_root(&source, 0, LEAVES, &cp.root));
    buf_init(&text, CHECKPOINT_MAX);
    buf_init(&verifier, 1024);
    checkpoint_sign(&cp, keys[LOG], &text);
    CHECK(checkpoint_open(buf_slice(&text), origin, sign_key_public(keys[LOG]), &back, NULL) ==
          ST_OK);
    memcpy(typed_key + 1, sign_key_public(keys[LOG])->b, 32);
    hash_parts(slice_str(origin->text), slice_of("\n", 1), slice_of(typed_key, 33), &id);
    buf_printf(&verifier, "%s+%02x%02x%02x%02x+", origin->text, id.b[0], id.b[1], id.b[2], id.b[3]);
    base64_encode(slice_of(typed_key, 33), &verifier);
    open_level(NULL, '{');
    put_str("origin", origin->text);
    put_text("text", buf_slice(&text));
    put_text("verifier", buf_slice(&verifier));
    close_level('}');
    buf_release(&verifier);
    buf_release(&text);
}

static void put_checkpoints(void)
{
    struct origin sealed;
    CHECK(origin_parse(slice_str(sealed_name), &sealed));
    open_level("checkpoints", '[');
    put_checkpoint(&village);
    put_checkpoint(&sealed);
    close_level(']');
}

/* ---- the rest ---- */

static void put_references(void)
{
    static const uint64_t seqs[] = {1, 42, 300, 70000, INT64_MAX};
    open_level("references", '[');
    for (size_t i = 0; i < ARRAY_LENGTH(seqs); i++) {
        struct reference ref;
        struct buf bytes;
        buf_init(&bytes, 128);
        sample_reference(seqs[i], &ref);
        reference_put(&ref, &bytes);
        put_hex(NULL, buf_slice(&bytes));
        buf_release(&bytes);
    }
    close_level(']');
}

static void put_invite(void)
{
    struct invite invite = {.url = "https://guanghe.example:8443",
                            .pin_count = 1,
                            .registry = registry,
                            .root_kid = *kid(ROOT),
                            .expires_ms = T0 + 7 * INT64_C(86400000)};
    struct buf text;
    struct hash proof;
    invite.pins[0] = fill(0x50);
    for (unsigned i = 0; i < INVITE_TOKEN_SIZE; i++)
        invite.token[i] = (uint8_t)(0xE0 + i);
    buf_init(&text, INVITE_TEXT_MAX);
    CHECK(invite_encode(&invite, &text, NULL) == ST_OK);
    invite_proof(invite.token, kid(OFFICER), kid(DEVICE), &box, &registry, &proof);
    open_level("invite", '{');
    put_text("text", buf_slice(&text));
    put_hex("token", slice_of(invite.token, INVITE_TOKEN_SIZE));
    put_hash("proof", &proof);
    close_level('}');
    buf_release(&text);
}

static void put_keyfile(void)
{
    uint8_t seed[32], random[40] = {0};
    struct buf file;
    seed_of(OFFICER, seed);
    buf_init(&file, 4096);
    keyfile_encode("person", seed, sign_key_public(keys[OFFICER]), SLICE_NONE, random, &file);
    put_hex("keyfile_unwrapped", buf_slice(&file));
    buf_release(&file);
}

/* The same seed under a PIN. */
static void put_keyfile_wrapped(void)
{
    static const char pin[] = "314159";
    uint8_t seed[32], random[40], back[32];
    struct sign_public pk;
    struct buf file;
    seed_of(OFFICER, seed);
    for (unsigned i = 0; i < sizeof(random); i++)
        random[i] = (uint8_t)(0x90 + i);
    buf_init(&file, 4096);
    keyfile_encode("person", seed, sign_key_public(keys[OFFICER]), slice_str(pin), random, &file);
    CHECK(keyfile_decode("person", buf_slice(&file), slice_str(pin), back, &pk, NULL) == ST_OK);
    open_level("keyfile_wrapped", '{');
    put_str("pin", pin);
    put_hex("file", buf_slice(&file));
    close_level('}');
    buf_release(&file);
}

/* A sealed box is never the same twice: this one was made once, of the key 40 41 … 5F for the
 * recovery key of the seed A0 A1 … BF. */
static const char sealed_once[] =
    "6e1559fe79c86ff85c589218dd740233963e7f738bdfa070190158b84a4bb3568a9ac6cf22d97346976597ee91742a"
    "ac"
    "ecf58a1359b2b91ee385f448cbd1f494a2fd2f692cba7d25ac1486c153781415";

/* A folder's key under a passphrase and for the county, and a file under it. */
static void put_vault(void)
{
    static const char passphrase[] = "三岔路口 的老榆树", name[] = "device.key";
    uint8_t key[32], recovery[32], salt[16], nonce[24];
    struct vault_file file = {.ops = 0};
    struct buf bytes;
    for (unsigned i = 0; i < 32; i++) {
        key[i] = (uint8_t)(0x40 + i);
        recovery[i] = (uint8_t)(0xA0 + i);
        salt[i % 16] = (uint8_t)(0x10 + i % 16);
        nonce[i % 24] = (uint8_t)(0x20 + i % 24);
    }
    struct vault *vault = vault_from_key(key);
    vault_file_lock(&file, vault, slice_str(passphrase), salt);
    file.has_recovery = true;
    box_public_from_seed(recovery, &file.recovery);
    CHECK(hex_decode(slice_str(sealed_once), file.sealed, sizeof(file.sealed)));
    buf_init(&bytes, 4096);
    open_level("vault", '{');
    put_hex("key", slice_of(key, sizeof(key)));
    put_str("passphrase", passphrase);
    put_hex("recovery_seed", slice_of(recovery, sizeof(recovery)));
    vault_file_write(&file, &bytes);
    put_hex("file", buf_slice(&bytes));
    put_str("name", name);
    put_str("content", "a key file");
    buf_clear(&bytes);
    vault_seal_file(vault, slice_str(name), nonce, slice_str("a key file"), &bytes);
    put_hex("sealed_file", buf_slice(&bytes));
    close_level('}');
    buf_release(&bytes);
    vault_release(vault);
}

/* ---- joining by stick ---- */

/* What enrol_write_answer made once of the answer below: who seals draws a key by chance. */
static const char answered_once[] =
    "836b687563652d6a6f696e6564015871039617214fd53ab0c62a1b6c2ab3ed07b4155408fc1cbf255e1f2dbd"
    "1e46ec434d9f98fa66ac946acdaa7eab4de8b30e1db0eca5017f57fb929888d69d36c8c772c82a2f15a695c1"
    "202ca2f84b80860bd1c5a4a95909c08f31a4748f9d36d0d691d9c7a409f5f0cd785bb9e5038c639ebd";

/* Both files, and what is sealed in them, written with the CBOR writer alone. */
static void put_stick(void)
{
    static const char join_request[] = "a join request", join_answer[] = "a join answer",
                      frame_one[] = "a frame", frame_two[] = "another";
    uint8_t token[INVITE_TOKEN_SIZE], nonce[VAULT_NONCE_SIZE], answered[512];
    const struct enrol_keys whose = {*kid(OFFICER), *kid(DEVICE), box};
    struct enrol_request request = {.join = slice_str(join_request), .registry_size = 2};
    struct enrol_answer answer;
    struct buf file, plain, wanted, given;
    for (unsigned i = 0; i < sizeof(token); i++)
        token[i] = (uint8_t)(0xE0 + i);
    for (unsigned i = 0; i < sizeof(nonce); i++)
        nonce[i] = (uint8_t)(0x30 + i);
    memset(request.root8, 0x5C, sizeof(request.root8));
    buf_init(&file, 4096);
    buf_init(&plain, 4096);
    buf_init(&wanted, 4096);
    buf_init(&given, 4096);
    cbor_put_array(&wanted, 3);
    cbor_put_bytes(&wanted, slice_str(join_request));
    cbor_put_uint(&wanted, 2);
    cbor_put_bytes(&wanted, slice_of(request.root8, sizeof(request.root8)));
    cbor_put_array(&given, 3);
    cbor_put_bytes(&given, slice_str(join_answer));
    cbor_put_uint(&given, 2);
    cbor_put_array(&given, 2);
    cbor_put_bytes(&given, slice_str(frame_one));
    cbor_put_bytes(&given, slice_str(frame_two));
    open_level("stick", '{');
    put_hex("token", slice_of(token, sizeof(token)));
    put_hex("nonce", slice_of(nonce, sizeof(nonce)));
    put_hex("wanted", buf_slice(&wanted));
    enrol_write_request(token, nonce, &request, &file);
    put_hex("request_file", buf_slice(&file));
    put_hex("given", buf_slice(&given));
    const size_t n = strlen(answered_once) / 2;
    CHECK(n <= sizeof(answered) && hex_decode(slice_str(answered_once), answered, n));
    CHECK(enrol_read_answer(token, &whose, box_seed, slice_of(answered, n), &plain, &answer,
                            NULL) == ST_OK);
    CHECK(slice_equal(slice_of(plain.p + HASH_SIZE, plain.n - HASH_SIZE), buf_slice(&given)));
    put_hex("mac", slice_of(plain.p, HASH_SIZE));
    put_hex("answer_file", slice_of(answered, n));
    close_level('}');
    buf_release(&given);
    buf_release(&wanted);
    buf_release(&plain);
    buf_release(&file);
}

/* Seven wrong PINs in a row. */
static void put_tries(void)
{
    struct buf file;
    buf_init(&file, 256);
    cbor_put_array(&file, 4);
    cbor_put_str(&file, "huce-tries");
    cbor_put_uint(&file, 1);
    cbor_put_uint(&file, 7);
    cbor_put_uint(&file, T0);
    open_level("tries", '{');
    put_number("wrong", 7);
    put_number("last_ms", T0);
    put_hex("file", buf_slice(&file));
    close_level('}');
    buf_release(&file);
}

/* ---- copies, and what was given away ---- */

/* A zstd frame of one block that is not compressed: content size in two bytes, less 256. */
static void put_raw_frame(struct slice content, struct buf *out)
{
    const size_t declared = content.n - 256, block = content.n << 3 | 1;
    const uint8_t head[] = {0x28,
                            0xB5,
                            0x2F,
                            0xFD,
                            0x60,
                            (uint8_t)declared,
                            (uint8_t)(declared >> 8),
                            (uint8_t)block,
                            (uint8_t)(block >> 8),
                            (uint8_t)(block >> 16)};
    CHECK(content.n >= 256 && content.n < 65536);
    buf_put(out, head, sizeof(head));
    buf_put_slice(out, content);
}

/* Written with the CBOR writer alone: one changeset of the officer's, with bytes in the place of
 * salts and columns, in a copy that its device signed. */
static void put_copy(const struct changeset *cs)
{
    struct buf body, message, whole, cose, frame, file;
    struct signature signature;
    buf_init(&body, 4096);
    buf_init(&message, 4096);
    buf_init(&whole, 4096);
    buf_init(&cose, CHANGESET_ENCODED_MAX);
    buf_init(&frame, 8192);
    buf_init(&file, 8192);
    changeset_encode(cs, &cose);
    cbor_put_array(&body, 4);
    cbor_put_str(&body, registry.text);
    cbor_put_bytes(&body, hash_slice(kid(ROOT)));
    cbor_put_uint(&body, T0);
    cbor_put_array(&body, 1);
    cbor_put_array(&body, 2);
    cbor_put_str(&body, village.text);
    cbor_put_array(&body, 1);
    cbor_put_array(&body, 3);
    cbor_put_bytes(&body, buf_slice(&cose));
    cbor_put_bytes(&body, slice_str("salts"));
    cbor_put_bytes(&body, slice_str("columns"));
    buf_put_str(&message, "huce/1/backup\n");
    buf_put_slice(&message, buf_slice(&body));
    sign_message(keys[DEVICE], buf_slice(&message), &signature);
    cbor_put_array(&whole, 3);
    cbor_put_bytes(&whole, buf_slice(&body));
    cbor_put_bytes(&whole, hash_slice(kid(DEVICE)));
    cbor_put_bytes(&whole, slice_of(signature.b, SIGN_SIZE));
    put_raw_frame(buf_slice(&whole), &frame);
    cbor_put_array(&file, 4);
    cbor_put_str(&file, "huce-backup");
    cbor_put_uint(&file, 1);
    cbor_put_null(&file);
    cbor_put_bytes(&file, buf_slice(&frame));
    CHECK(buf_ok(&file));
    open_level("copy", '{');
    put_hex("author", slice_of(sign_key_public(keys[DEVICE])->b, 32));
    put_str("ledger", village.text);
    put_number("made_ms", T0);
    put_hex("changeset", buf_slice(&cose));
    put_hex("to_sign", buf_slice(&message));
    put_hex("signature", slice_of(signature.b, SIGN_SIZE));
    put_hex("signed", buf_slice(&whole));
    put_hex("file", buf_slice(&file));
    close_level('}');
    buf_release(&file);
    buf_release(&frame);
    buf_release(&cose);
    buf_release(&whole);
    buf_release(&message);
    buf_release(&body);
}

static void put_given(void)
{
    static const uint8_t chains[2][8] = {"chain 1", "chain 2"};
    struct buf file;
    buf_init(&file, 1024);
    cbor_put_array(&file, 3);
    cbor_put_str(&file, "huce-heads");
    cbor_put_uint(&file, 1);
    cbor_put_array(&file, 2);
    open_level("given", '{');
    open_level("heads", '[');
    for (unsigned i = 0; i < 2; i++) {
        cbor_put_array(&file, 4);
        cbor_put_str(&file, village.text);
        cbor_put_bytes(&file, hash_slice(kid(OFFICER)));
        cbor_put_bytes(&file, slice_of(chains[i], 8));
        cbor_put_uint(&file, 7 + 300 * i);
        open_level(NULL, '{');
        put_str("origin", village.text);
        put_hex("kid", hash_slice(kid(OFFICER)));
        put_hex("chain", slice_of(chains[i], 8));
        put_number("number", 7 + 300 * i);
        close_level('}');
    }
    close_level(']');
    put_hex("file", buf_slice(&file));
    close_level('}');
    buf_release(&file);
}

/* Registry leaf 1, by the registrar: base and registry base are one and the same. */
static void put_registry_grants(const struct county_registry *reg)
{
    open_level("registry_grants", '{');
    put_made(&reg->grants, &registry, REGISTRAR);
    close_level('}');
    open_level("registry_leaves", '[');
    for (size_t i = 0; i < reg->ledger.tree.size; i++) {
        uint8_t data[LEAF_DATA_SIZE];
        leaf_encode(&reg->ledger.leaves[i], data);
        put_hex(NULL, slice_of(data, sizeof(data)));
    }
    close_level(']');
}

/* ---- what every reader refuses ---- */

static void put_refused(const char *what, const char *why, struct slice bytes)
{
    open_level(NULL, '{');
    put_str("what", what);
    put_str("why", why);
    put_hex("hex", bytes);
    close_level('}');
}

/* A body of one op: [code, 10, record, …tail] and no note. */
static void put_refused_op(const char *why, unsigned items, unsigned code, struct slice tail)
{
    struct buf body;
    buf_init(&body, 1024);
    cbor_put_array(&body, 2);
    cbor_put_array(&body, 1);
    cbor_put_array(&body, items);
    cbor_put_uint(&body, code);
    cbor_put_uint(&body, HOUSEHOLD);
    cbor_put_bytes(&body, slice_of(record_a, 16));
    buf_put_slice(&body, tail);
    cbor_put_null(&body);
    put_refused("body", why, buf_slice(&body));
    buf_release(&body);
}

static void put_refused_bodies(void)
{
    static const uint8_t to_itself[] = {0x50, 0x01, 0x9A, 0xA1, 0xB2, 0xC3, 0xD4, 0x70, 0x01,
                                        0x80, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x01};
#define BYTES(text) slice_of(text, sizeof(text) - 1)
    put_refused("body", "no ops", BYTES("\x82\x80\xF6"));
    put_refused("body", "an op that is no array", BYTES("\x82\x81\x00\xF6"));
    put_refused("body", "an empty op", BYTES("\x82\x81\x80\xF6"));
    put_refused("body", "no note and no null", BYTES("\x81\x81\x82\x18\x63\x00"));
    put_refused("body", "an empty note", BYTES("\x82\x81\x82\x18\x63\x00\x60"));
    put_refused("body", "a note that is not UTF-8", BYTES("\x82\x81\x82\x18\x63\x00\x61\xFF"));
    put_refused("body", "a byte after the end", BYTES("\x82\x81\x82\x18\x63\x00\xF6\x00"));
    put_refused("body", "an array without a length", BYTES("\x82\x9F\x82\x18\x63\x00\xFF\xF6"));
    put_refused("body", "a length that is not shortest", BYTES("\x82\x98\x01\x82\x18\x63\x00\xF6"));
    put_refused("body", "an op number that is not shortest", BYTES("\x82\x81\x82\x18\x0B\x00\xF6"));
    put_refused_op("put without a field", 4, 0, BYTES("\xA0"));
    put_refused_op("put of field 0", 4, 0, BYTES("\xA1\x00\x01"));
    put_refused_op("put of field 1024", 4, 0, BYTES("\xA1\x19\x04\x00\x01"));
    put_refused_op("fields that descend", 4, 0, BYTES("\xA2\x02\x01\x01\x01"));
    put_refused_op("a field twice", 4, 0, BYTES("\xA2\x01\x01\x01\x01"));
    put_refused_op("a float", 4, 0, BYTES("\xA1\x01\xF9\x3C\x00"));
    put_refused_op("true as a value", 4, 0, BYTES("\xA1\x01\xF5"));
    put_refused_op("bottom outside an erase", 4, 0, BYTES("\xA1\x01\xF4"));
    put_refused_op("a tag", 4, 0, BYTES("\xA1\x01\xC1\x00"));
    put_refused_op("a map as a value", 4, 0, BYTES("\xA1\x01\xA0"));
    put_refused_op("a decimal with a trailing zero", 4, 0, BYTES("\xA1\x01\x82\x0A\x20"));
    put_refused_op("a decimal zero with an exponent", 4, 0, BYTES("\xA1\x01\x82\x00\x01"));
    put_refused_op("a decimal with exponent 10", 4, 0, BYTES("\xA1\x01\x82\x01\x0A"));
    put_refused_op("an integer above 63 bits", 4, 0,
                   BYTES("\xA1\x01\x1B\x80\x00\x00\x00\x00\x00\x00\x00"));
    put_refused_op("set without a member", 6, 1, BYTES("\x01\x80\x80"));
    put_refused_op("null as a member", 6, 1, BYTES("\x01\x81\xF6\x80"));
    put_refused_op("counter without a number", 5, 2, BYTES("\x01\xF6"));
    put_refused_op("a state step to nothing", 6, 3, BYTES("\x01\x61\x61\xF6"));
    put_refused_op("an item too many", 5, 4, BYTES("\x01\x01"));
    put_refused_op("a reason that is a number", 4, 5, BYTES("\x01"));
    put_refused_op("resolve without a field", 5, 7, BYTES("\xA0\x80"));
    put_refused_op("existence 2", 5, 7, BYTES("\xA1\x00\x02\x80"));
    put_refused_op("a record linked to itself", 5, 8, slice_of(to_itself, sizeof(to_itself)));
    put_refused_op("hop 0", 5, 9, BYTES("\x61\x61\x00"));
#undef BYTES
}

static void put_refused_changeset(const char *why, const struct changeset *cs)
{
    struct buf bytes;
    buf_init(&bytes, CHANGESET_ENCODED_MAX);
    changeset_encode(cs, &bytes);
    put_refused("changeset", why, buf_slice(&bytes));
    buf_release(&bytes);
}

/* The same bytes with one of them changed, added or taken away. */
static void put_refused_frames(const struct changeset *good)
{
    struct buf bytes;
    buf_init(&bytes, CHANGESET_ENCODED_MAX);
    changeset_encode(good, &bytes);
    put_refused("changeset", "without the tag", slice_of(bytes.p + 1, bytes.n - 1));
    put_refused("changeset", "the last byte missing", slice_of(bytes.p, bytes.n - 1));
    bytes.p[6] = 0x31;
    put_refused("changeset", "algorithm -18", buf_slice(&bytes));
    bytes.p[6] = 0x32;
    bytes.p[42] = 0xF6;
    put_refused("changeset", "an unprotected header that is null", buf_slice(&bytes));
    bytes.p[42] = 0xA0;
    buf_put_u8(&bytes, 0);
    put_refused("changeset", "a byte after the end", buf_slice(&bytes));
    buf_release(&bytes);
}

static void put_refused_changesets(void)
{
    const struct changeset good = {.alg = COSE_ED25519,
                                   .kid = *kid(OFFICER),
                                   .chain = chain,
                                   .number = 2,
                                   .first_seq = 2,
                                   .count = 1,
                                   .prev = fill(1),
                                   .dep_count = 2,
                                   .deps = {fill(2), fill(3)}};
    struct changeset cs;
    put_refused_frames(&good);
#define REFUSED(why, ...) (cs = good, __VA_ARGS__, put_refused_changeset(why, &cs))
    REFUSED("number 0", cs.number = 0);
    REFUSED("number 1 with a prev", cs.number = 1);
    REFUSED("number 2 without a prev", cs.prev = fill(0));
    REFUSED("number 1 that begins at seq 2", cs.number = 1, cs.prev = fill(0));
    REFUSED("seq below number", cs.first_seq = 1);
    REFUSED("no changes", cs.count = 0);
    REFUSED("4097 changes", cs.count = 4097);
    REFUSED("a dep twice", cs.deps[1] = fill(2));
    REFUSED("deps not in order", cs.deps[1] = fill(1));
    REFUSED("a base above 63 bits", cs.base_size = UINT64_MAX);
#undef REFUSED
}

static void put_refusals(void)
{
    open_level("refused", '[');
    put_refused_bodies();
    put_refused_changesets();
    close_level(']');
}

/* Makes another answered_once. */
static void seal(void)
{
    uint8_t token[INVITE_TOKEN_SIZE];
    const struct enrol_keys whose = {*kid(OFFICER), *kid(DEVICE), box};
    const struct enrol_answer answer = {.join = slice_str("a join answer"),
                                        .registry_size = 2,
                                        .frame_count = 2,
                                        .frames = {slice_str("a frame"), slice_str("another")}};
    struct buf file;
    for (unsigned i = 0; i < sizeof(token); i++)
        token[i] = (uint8_t)(0xE0 + i);
    buf_init(&file, 4096);
    enrol_write_answer(token, &whose, &answer, &file);
    fputs("\n", stderr);
    for (size_t i = 0; i < file.n; i++)
        fprintf(stderr, "%02x", file.p[i]);
    fputs("\n", stderr);
    buf_release(&file);
}

static void put_release(void)
{
    struct release release = {.number = 7,
                              .version = "1.2",
                              .platform = "linux-x86_64",
                              .made_ms = 1795224600000,
                              .notes = slice_str("what is new")};
    struct buf file;
    buf_init(&file, 8192);
    release_write(&release, slice_str("a program"), keys[ROOT], &file);
    open_level("release", '{');
    put_hex("root", slice_of(sign_key_public(keys[ROOT])->b, 32));
    put_hex("file", buf_slice(&file));
    close_level('}');
    buf_release(&file);
}

int main(int argc, char **argv)
{
    struct buf op;
    struct hash ids[3];
    struct county_registry reg;
    crypto_init();
    buf_init(&op, CHANGE_BODY_MAX);
    printf("{");
    first[0] = false;
    depth = 1;
    first[1] = true;
    put_number("format", 1);
    make_cast();
    if (argc > 1 && strcmp(argv[1], "--seal") == 0)
        seal();
    put_origins();
    put_record_ops(&op);
    put_authority_ops(&op);
    put_references();
    put_chain(ids);
    put_eddsa();
    make_registry(&reg);
    put_genesis(&reg);
    put_leaves(ids);
    put_tree();
    put_checkpoints();
    put_invite();
    put_keyfile();
    put_refusals();
    put_keyfile_wrapped();
    put_registry_grants(&reg);
    put_cosigned(&reg);
    put_proof_file(&reg);
    put_bundle();
    put_snapshot();
    put_vault();
    put_stick();
    put_tries();
    put_copy(&reg.grants.header);
    put_given();
    put_release();
    printf("\n}\n");
    for (unsigned i = 0; i < CAST; i++)
        sign_key_release(keys[i]);
    registry_forget(&reg);
    buf_release(&op);
    return 0;
}
