/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Our own readers against the frozen vectors, tests/vectors/format-v1.json: everything in it is
 * accepted, means what the file says beside it, and is written again as the same bytes.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "shared/base/file.h"
#include "shared/crypto/keyfile.h"
#include "shared/crypto/vault.h"
#include "shared/ledger/authority.h"
#include "shared/ledger/checkpoint.h"
#include "shared/ledger/enrol.h"
#include "shared/ledger/invite.h"
#include "shared/record/catalog.h"
#include "shared/record/op.h"
#include "tests/unit/ledger/support.h"

static json_t *vectors;
static struct buf bytes; /* the last value that text() or hex() read */

static const char *text(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    if (!value)
        fail_msg("no text %s", name);
    return value;
}

static struct slice unhex(const char *digits)
{
    buf_clear(&bytes);
    uint8_t *out = buf_extend(&bytes, strlen(digits) / 2);
    assert_true(hex_decode(slice_str(digits), out, strlen(digits) / 2));
    return buf_slice(&bytes);
}

static struct slice hex(const json_t *object, const char *name)
{
    return unhex(text(object, name));
}

static void key_of(const char *who, struct sign_public *pk, struct hash *kid)
{
    const json_t *key = json_object_get(json_object_get(vectors, "keys"), who);
    memcpy(pk->b, hex(key, "public").p, sizeof(pk->b));
    memcpy(kid->b, hex(key, "kid").p, HASH_SIZE);
    struct hash derived;
    sign_kid(pk, &derived);
    assert_hash_equal(&derived, kid);
}

static void frozen_record_ops(void **state)
{
    (void)state;
    size_t i;
    json_t *v;
    json_array_foreach(json_object_get(vectors, "record_ops"), i, v)
    {
        struct arena arena = {0};
        struct op_body body;
        struct error err;
        struct buf again;
        if (op_body_parse(hex(v, "body"), &arena, &body, &err) != ST_OK)
            fail_msg("%s: %s", text(v, "name"), err.text);
        assert_int_equal(body.op_count, 1);
        buf_init(&again, 4096);
        op_write(&again, &body.ops[0]);
        assert_true(slice_equal(buf_slice(&again), body.ops[0].raw));
        buf_release(&again);
        arena_release(&arena);
    }
    assert_true(i >= 15);
}

static enum status decode_authority(struct slice op, const struct origin *registry)
{
    static struct target targets[AUTHORITY_TARGETS_MAX];
    struct county county;
    struct grant grant;
    struct revoke revoke;
    struct reference ref;
    struct box_public box;
    struct epoch epoch;
    struct slice content;
    struct cbor_reader r;
    size_t count;
    enum status status;
    cbor_reader_init(&r, op, "op");
    (void)cbor_read_array(&r, 20);
    uint64_t code = cbor_read_uint(&r);
    switch (code) {
    case OP_COUNTY:
        return county_decode(op, &county, NULL);
    case OP_GRANT:
        return grant_decode(op, registry, &grant, NULL);
    case OP_REVOKE:
        status = revoke_decode(op, &revoke, NULL);
        revoke_release(&revoke);
        return status;
    case OP_VOID:
    case OP_ADOPT:
        return targets_decode(op, (enum authority_op_code)code, targets, &count, NULL);
    case OP_ERASE:
        return erase_decode(op, &ref, &content, NULL);
    case OP_CLOSE:
        return close_decode(op, &content, NULL);
    case OP_RECOVERY:
        return recovery_decode(op, &box, NULL);
    case OP_EPOCH:
        return epoch_decode(op, &epoch, &content, NULL);
    default:
        return catalog_op_decode(op, &content, NULL);
    }
}

static void frozen_authority_ops(void **state)
{
    (void)state;
    struct origin registry = test_origin("guanghe.example/622924000000");
    size_t i;
    json_t *v;
    json_array_foreach(json_object_get(vectors, "authority_ops"), i, v)
    {
        if (decode_authority(hex(v, "op"), &registry) != ST_OK)
            fail_msg("refused: %s", text(v, "name"));
    }
    assert_true(i >= 11);
}

/* The catalog op's migration is one that the catalog takes. */
static void frozen_migration(void **state)
{
    (void)state;
    size_t i;
    json_t *v;
    json_array_foreach(json_object_get(vectors, "authority_ops"), i, v)
    {
        struct slice migration;
        struct catalog catalog;
        struct error err;
        if (strcmp(text(v, "name"), "catalog") != 0)
            continue;
        assert_int_equal(catalog_op_decode(hex(v, "op"), &migration, NULL), ST_OK);
        catalog_init(&catalog);
        if (catalog_apply(&catalog, migration, &err) != ST_OK)
            fail_msg("%s", err.text);
        const struct catalog_table *table = catalog_table_named(&catalog, slice_str("shed"));
        assert_non_null(table);
        assert_int_equal(table->no, 9);
        assert_string_equal(catalog_field(table, 1)->name, "number");
        catalog_release(&catalog);
        return;
    }
    fail_msg("no catalog op");
}

static void check_changeset(const json_t *v)
{
    struct changeset cs;
    struct sign_public author;
    struct hash id;
    struct buf again;
    struct origin origin = test_origin(text(v, "origin"));
    memcpy(author.b, hex(v, "author").p, sizeof(author.b));
    assert_int_equal(changeset_decode(hex(v, "cose"), &cs, NULL), ST_OK);
    assert_true(changeset_verify(&cs, &origin, &author));
    changeset_id(buf_slice(&bytes), &id);
    buf_init(&again, 4096);
    changeset_encode(&cs, &again);
    assert_true(slice_equal(buf_slice(&again), buf_slice(&bytes)));
    assert_memory_equal(hex(v, "id").p, id.b, HASH_SIZE);
    buf_release(&again);
}

static void frozen_changesets(void **state)
{
    (void)state;
    size_t i;
    json_t *v;
    json_array_foreach(json_object_get(vectors, "chain"), i, v)
    {
        check_changeset(v);
    }
    assert_int_equal(i, 3);
    check_changeset(json_object_get(vectors, "changeset_eddsa"));
    check_changeset(json_object_get(vectors, "registry_genesis"));
    check_changeset(json_object_get(vectors, "registry_grants"));
}

static void frozen_origins(void **state)
{
    (void)state;
    size_t i;
    json_t *v;
    json_array_foreach(json_object_get(vectors, "origins"), i, v)
    {
        struct origin origin = test_origin(json_string_value(v));
        assert_string_equal(origin.text, json_string_value(v));
    }
    assert_int_equal(i, 5);
}

static void apply_all(struct registry *reg, uint64_t leaf, const struct hash *author,
                      const struct hash *root_kid, const json_t *changeset)
{
    struct arena arena = {0};
    struct op_body body;
    const json_t *change = json_array_get(json_object_get(changeset, "changes"), 0);
    assert_int_equal(op_body_parse(hex(change, "body"), &arena, &body, NULL), ST_OK);
    for (size_t i = 0; i < body.op_count; i++)
        assert_int_equal(registry_apply(reg, leaf, author, root_kid, body.ops[i].raw, NULL), ST_OK);
    arena_release(&arena);
}

/* The genesis makes a registry by itself, given the root kid of the invitation; its registrar then
 * grants a device and an officer. */
static void frozen_genesis(void **state)
{
    (void)state;
    struct origin registry = test_origin("guanghe.example/622924000000");
    struct sign_public pk;
    struct hash root_kid, registrar;
    struct hash officer, device;
    struct registry reg;
    key_of("root", &pk, &root_kid);
    key_of("registrar", &pk, &registrar);
    key_of("officer", &pk, &officer);
    key_of("device", &pk, &device);
    registry_init(&reg, &registry);
    apply_all(&reg, 0, &root_kid, &root_kid, json_object_get(vectors, "registry_genesis"));
    assert_true(reg.has_county);
    assert_string_equal(registry_grant(&reg, &registrar, 1)->role, "registrar");
    reg.size = 1;
    apply_all(&reg, 1, &registrar, &root_kid, json_object_get(vectors, "registry_grants"));
    assert_string_equal(registry_grant(&reg, &officer, 2)->role, "village");
    assert_true(registry_device_reads(&reg, &device, "622924101001"));
    registry_release(&reg);
}

static void frozen_checkpoints(void **state)
{
    (void)state;
    struct sign_public log_key;
    struct hash kid;
    size_t i;
    json_t *v;
    key_of("log", &log_key, &kid);
    json_array_foreach(json_object_get(vectors, "checkpoints"), i, v)
    {
        struct origin origin = test_origin(text(v, "origin"));
        struct checkpoint cp;
        assert_int_equal(checkpoint_open(slice_str(text(v, "text")), &origin, &log_key, &cp, NULL),
                         ST_OK);
        assert_int_equal(cp.size, 13);
        const json_t *root = json_array_get(json_object_get(vectors, "roots"), 13);
        assert_memory_equal(unhex(json_string_value(root)).p, cp.root.b, HASH_SIZE);
    }
    assert_int_equal(i, 2);

    /* A witness's line below is no hindrance. */
    const json_t *cosigned = json_object_get(vectors, "checkpoint_cosigned");
    struct origin origin = test_origin(text(cosigned, "origin"));
    struct checkpoint cp;
    assert_int_equal(
        checkpoint_open(slice_str(text(cosigned, "text")), &origin, &log_key, &cp, NULL), ST_OK);
    assert_int_equal(cp.size, 2);
}

static void frozen_references(void **state)
{
    (void)state;
    size_t i;
    json_t *v;
    json_array_foreach(json_object_get(vectors, "references"), i, v)
    {
        struct reference ref;
        struct cbor_reader r;
        cbor_reader_init(&r, unhex(json_string_value(v)), "reference");
        reference_read(&r, &ref);
        assert_int_equal(cbor_end(&r, NULL), ST_OK);
    }
    assert_int_equal(i, 5);
}

static void frozen_invitation(void **state)
{
    (void)state;
    const json_t *v = json_object_get(vectors, "invite");
    struct invite invite;
    struct sign_public pk;
    struct hash root, officer, device, proof;
    struct box_public box;
    key_of("root", &pk, &root);
    key_of("officer", &pk, &officer);
    key_of("device", &pk, &device);
    memcpy(box.b, hex(json_object_get(json_object_get(vectors, "keys"), "box"), "public").p,
           sizeof(box.b));
    assert_int_equal(invite_decode(slice_str(text(v, "text")), &invite, NULL), ST_OK);
    assert_hash_equal(&invite.root_kid, &root);
    invite_proof(invite.token, &officer, &device, &box, &invite.registry, &proof);
    assert_memory_equal(hex(v, "proof").p, proof.b, HASH_SIZE);
}

static void frozen_keyfile(void **state)
{
    (void)state;
    struct sign_public pk, want;
    struct hash kid;
    uint8_t seed[32];
    key_of("officer", &want, &kid);
    assert_int_equal(
        keyfile_decode("person", hex(vectors, "keyfile_unwrapped"), SLICE_NONE, seed, &pk, NULL),
        ST_OK);
    assert_memory_equal(pk.b, want.b, sizeof(pk.b));

    const json_t *wrapped = json_object_get(vectors, "keyfile_wrapped");
    struct slice pin = slice_str(text(wrapped, "pin"));
    uint8_t under_pin[32];
    assert_int_equal(keyfile_decode("person", hex(wrapped, "file"), pin, under_pin, &pk, NULL),
                     ST_OK);
    assert_memory_equal(under_pin, seed, sizeof(seed));
    assert_int_equal(
        keyfile_decode("person", hex(wrapped, "file"), slice_str("314158"), under_pin, &pk, NULL),
        ST_REFUSED);
}

static void frozen_vault(void **state)
{
    (void)state;
    const json_t *v = json_object_get(vectors, "vault");
    struct vault_file file;
    struct vault *key, *opened;
    struct buf content;
    uint8_t seed[32];
    buf_init(&content, 256);
    memcpy(seed, hex(v, "key").p, sizeof(seed));
    key = vault_from_key(seed);
    memcpy(seed, hex(v, "recovery_seed").p, sizeof(seed));
    assert_int_equal(vault_file_read(hex(v, "file"), &file, NULL), ST_OK);
    struct slice name = slice_str(text(v, "name")), sealed = hex(v, "sealed_file");
    assert_int_equal(vault_open_file(key, name, sealed, &content, NULL), ST_OK);
    assert_true(slice_equal(buf_slice(&content), slice_str(text(v, "content"))));
    vault_release(key);
    for (int county = 0; county < 2; county++) {
        assert_int_equal(
            county ? vault_file_recover(&file, seed, &opened, NULL)
                   : vault_file_unlock(&file, slice_str(text(v, "passphrase")), &opened, NULL),
            ST_OK);
        assert_int_equal(vault_open_file(opened, name, sealed, &content, NULL), ST_OK);
        vault_release(opened);
    }
    buf_release(&content);
}

static void frozen_stick(void **state)
{
    (void)state;
    const json_t *v = json_object_get(vectors, "stick");
    uint8_t token[INVITE_TOKEN_SIZE], nonce[VAULT_NONCE_SIZE], seed[32];
    struct enrol_keys whose;
    struct sign_public pk;
    struct enrol_request wanted;
    struct enrol_answer given;
    struct buf plain, again;
    key_of("officer", &pk, &whose.person);
    key_of("device", &pk, &whose.device);
    const json_t *box = json_object_get(json_object_get(vectors, "keys"), "box");
    memcpy(whose.box.b, hex(box, "public").p, sizeof(whose.box.b));
    memcpy(seed, hex(box, "seed").p, sizeof(seed));
    memcpy(token, hex(v, "token").p, sizeof(token));
    memcpy(nonce, hex(v, "nonce").p, sizeof(nonce));
    buf_init(&plain, 4096);
    buf_init(&again, 4096);
    assert_int_equal(enrol_check_request(hex(v, "request_file"), NULL), ST_OK);
    assert_int_equal(enrol_read_request(token, hex(v, "request_file"), &plain, &wanted, NULL),
                     ST_OK);
    assert_true(slice_equal(buf_slice(&plain), hex(v, "wanted")));
    enrol_write_request(token, nonce, &wanted, &again);
    assert_true(slice_equal(buf_slice(&again), hex(v, "request_file")));
    assert_int_equal(
        enrol_read_answer(token, &whose, seed, hex(v, "answer_file"), &plain, &given, NULL), ST_OK);
    assert_true(slice_equal(slice_of(plain.p + HASH_SIZE, plain.n - HASH_SIZE), hex(v, "given")));
    assert_memory_equal(plain.p, hex(v, "mac").p, HASH_SIZE);
    assert_int_equal(given.frame_count, 2);
    assert_int_equal(given.registry_size, 2);
    buf_release(&again);
    buf_release(&plain);
}

static void frozen_refusals(void **state)
{
    (void)state;
    size_t i, changesets = 0;
    json_t *v;
    json_array_foreach(json_object_get(vectors, "refused"), i, v)
    {
        struct arena arena = {0};
        struct op_body body;
        struct changeset cs;
        bool is_body = strcmp(text(v, "what"), "body") == 0;
        enum status status = is_body ? op_body_parse(hex(v, "hex"), &arena, &body, NULL)
                                     : changeset_decode(hex(v, "hex"), &cs, NULL);
        if (status != ST_INVALID)
            fail_msg("%s accepted: %s", text(v, "what"), text(v, "why"));
        changesets += !is_body;
        arena_release(&arena);
    }
    assert_true(changesets >= 15 && i - changesets >= 30);
}

/* Every bit of every authority op turned, every beginning of it alone: whatever the verdict, the
 * reader comes to one, and what it then accepts is still canonical. */
static void frozen_ops_survive_damage(void **state)
{
    (void)state;
    struct origin registry = test_origin("guanghe.example/622924000000");
    struct sign_public pk;
    struct hash root;
    struct registry reg;
    size_t i;
    json_t *v;
    key_of("root", &pk, &root);
    registry_init(&reg, &registry);
    json_array_foreach(json_object_get(vectors, "authority_ops"), i, v)
    {
        struct buf op;
        buf_init(&op, 1 << 16);
        buf_put_slice(&op, hex(v, "op"));
        for (size_t bit = 0; bit < 8 * op.n; bit++) {
            op.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
            if (registry_apply(&reg, 0, &root, &root, buf_slice(&op), NULL) == ST_OK)
                assert_true(cbor_is_canonical(buf_slice(&op)));
            op.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        for (size_t n = 0; n < op.n; n++)
            assert_int_equal(registry_apply(&reg, 0, &root, &root, slice_of(op.p, n), NULL),
                             ST_INVALID);
        /* whole again it is well formed, if only to be refused: a damaged twin has been before it
         */
        assert_int_not_equal(registry_apply(&reg, 0, &root, &root, buf_slice(&op), NULL),
                             ST_INVALID);
        buf_release(&op);
    }
    registry_release(&reg);
}

static int set_up(void **state)
{
    (void)state;
    char path[4096];
    struct buf file;
    struct error err;
    const char *root = getenv("HUCE_ROOT");
    snprintf(path, sizeof(path), "%s/tests/vectors/format-v1.json", root ? root : ".");
    if (file_read(path, 1 << 20, &file, &err) != ST_OK) {
        print_error("%s\n", err.text);
        return -1;
    }
    vectors = json_loads(buf_cstr(&file), JSON_REJECT_DUPLICATES, NULL);
    buf_release(&file);
    buf_init(&bytes, 1 << 20);
    return vectors ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    json_decref(vectors);
    buf_release(&bytes);
    return 0;
}

int main(void)
{
    crypto_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frozen_record_ops),  cmocka_unit_test(frozen_authority_ops),
        cmocka_unit_test(frozen_migration),   cmocka_unit_test(frozen_origins),
        cmocka_unit_test(frozen_changesets),  cmocka_unit_test(frozen_genesis),
        cmocka_unit_test(frozen_checkpoints), cmocka_unit_test(frozen_references),
        cmocka_unit_test(frozen_invitation),  cmocka_unit_test(frozen_keyfile),
        cmocka_unit_test(frozen_vault),       cmocka_unit_test(frozen_stick),
        cmocka_unit_test(frozen_refusals),    cmocka_unit_test(frozen_ops_survive_damage),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
