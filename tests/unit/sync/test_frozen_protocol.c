/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Our own readers against the frozen vectors of the protocol, tests/vectors/protocol-v1.json: all
 * of it is read as the file says beside it, what has one spelling only is written again as the same
 * bytes, and what is to be refused is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/core/join.h"
#include "shared/base/file.h"
#include "shared/codec/compress.h"
#include "shared/codec/hex.h"
#include "shared/ledger/snapshot_note.h"
#include "shared/sync/bundle_blob.h"
#include "shared/net/signature.h"
#include "shared/sync/handback.h"
#include "shared/sync/message.h"
#include "shared/sync/reads.h"

static json_t *vectors;
static struct arena arena; /* of one test */

static const json_t *member(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (!value)
        fail_msg("no member %s", name);
    return value;
}

static const char *text(const json_t *object, const char *name)
{
    return json_string_value(member(object, name));
}

static uint64_t number(const json_t *object, const char *name)
{
    return (uint64_t)json_integer_value(member(object, name));
}

static struct slice unhex(const char *digits)
{
    size_t n = strlen(digits) / 2;
    uint8_t *out = arena_alloc(&arena, n + 1);
    assert_true(hex_decode(slice_str(digits), out, n));
    return slice_of(out, n);
}

static struct slice hex(const json_t *object, const char *name)
{
    return unhex(text(object, name));
}

static void fixed(const json_t *object, const char *name, void *out, size_t n)
{
    struct slice bytes = hex(object, name);
    assert_int_equal(bytes.n, n);
    memcpy(out, bytes.p, n);
}

static void assert_slice_equal(struct slice a, struct slice b)
{
    assert_int_equal(a.n, b.n);
    if (a.n)
        assert_memory_equal(a.p, b.p, a.n);
}

static int forget(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

/* ---- columns ---- */

static bool record_at(void *arg, uint64_t ordinal, uint64_t base_size, struct record_id *id)
{
    const json_t *records = arg;
    struct slice bytes;
    (void)base_size;
    if (ordinal >= json_array_size(records))
        return false;
    bytes = unhex(json_string_value(json_array_get(records, (size_t)ordinal)));
    memcpy(id->b, bytes.p, RECORD_ID_SIZE);
    return true;
}

static struct record_index index_of(const json_t *example)
{
    return (struct record_index){NULL, record_at, json_object_get(example, "records")};
}

static void check_changes(const json_t *example, const struct change_item *changes, size_t count)
{
    size_t i;
    json_t *v;
    assert_int_equal(json_array_size(member(example, "changes")), count);
    json_array_foreach(json_object_get(example, "changes"), i, v)
    {
        assert_true(changes[i].hlc == strtoull(text(v, "hlc"), NULL, 10));
        assert_slice_equal(changes[i].body, hex(v, "body"));
    }
}

static void frozen_columns(void **state)
{
    (void)state;
    size_t i;
    json_t *v;
    json_array_foreach(json_object_get(vectors, "columns"), i, v)
    {
        size_t count = json_array_size(member(v, "changes"));
        struct change_item *changes = arena_alloc(&arena, count * sizeof(*changes));
        const struct record_index index = index_of(v);
        struct error err;
        if (columns_decode(hex(v, "columns"), count, 1, &index, &arena, changes, &err) != ST_OK)
            fail_msg("%s: %s", text(v, "name"), err.text);
        check_changes(v, changes, count);
    }
    assert_int_equal(i, 6);
}

/* ---- segments ---- */

static bool known_root(void *arg, bool registry, uint64_t size, struct hash *root)
{
    (void)size;
    fixed(arg, registry ? "registry_root" : "base_root", root->b, HASH_SIZE);
    return true;
}

static bool known_chain(void *arg, const struct hash *kid, const struct chain_id *chain,
                        uint64_t number_of, struct hash *id, uint64_t *next_seq)
{
    (void)kid;
    (void)chain;
    (void)number_of;
    fixed(arg, "prev", id->b, HASH_SIZE);
    *next_seq = number(arg, "first_seq");
    return true;
}

static bool known_author(void *arg, const struct hash *kid, struct sign_public *pk)
{
    struct hash derived;
    fixed(arg, "author", pk->b, sizeof(pk->b));
    sign_kid(pk, &derived);
    return hash_equal(&derived, kid);
}

static enum status read_segment(json_t *example, struct slice bytes, struct segment *out,
                                struct error *err)
{
    const struct segment_known known = {.root_at = known_root,
                                        .chain_at = known_chain,
                                        .author = known_author,
                                        .index = index_of(example),
                                        .arg = example};
    struct origin origin;
    assert_true(origin_parse(slice_str(text(example, "origin")), &origin));
    return segment_read(bytes, &origin, &known, &arena, out, err);
}

static void check_segment(json_t *v)
{
    struct segment segment;
    struct buf bytes;
    struct error err;
    struct hash id;
    struct slice item = hex(v, "segment");
    if (read_segment(v, item, &segment, &err) != ST_OK)
        fail_msg("%s: %s", text(v, "name"), err.text);
    fixed(v, "id", id.b, HASH_SIZE);
    assert_memory_equal(segment.id.b, id.b, HASH_SIZE);
    check_changes(v, segment.changes, segment.header.count);
    buf_init(&bytes, MESSAGE_MAX);
    changeset_encode(&segment.header, &bytes);
    assert_slice_equal(buf_slice(&bytes), hex(v, "cose"));

    struct buf salts;
    bool full = strcmp(text(v, "form"), "full") == 0;
    buf_init(&salts, 128 * 1024);
    segment_salts_write(&segment, &salts);
    buf_clear(&bytes);
    segment_write(&segment.header, full ? SEGMENT_FULL : SEGMENT_SHORT, buf_slice(&salts),
                  segment.columns, &bytes);
    assert_slice_equal(buf_slice(&bytes), item);
    buf_release(&salts);
    buf_release(&bytes);
}

static void frozen_segments(void **state)
{
    (void)state;
    size_t i;
    json_t *v;
    json_array_foreach(json_object_get(vectors, "segments"), i, v)
    {
        check_segment(v);
    }
    assert_int_equal(i, 8);
}

/* ---- messages ---- */

static void check_content(struct buf *frame, const json_t *example)
{
    struct buf content;
    buf_init(&content, MESSAGE_MAX);
    assert_true(buf_ok(frame));
    assert_int_equal(decompress(buf_slice(frame), MESSAGE_MAX, &content, NULL), ST_OK);
    assert_slice_equal(buf_slice(&content), hex(example, "content"));
    buf_release(&content);
}

static void frozen_request(void **state)
{
    (void)state;
    const json_t *example = member(vectors, "request");
    struct sync_request request;
    struct error err;
    struct buf again;
    if (sync_request_read(hex(example, "frame"), &arena, &request, &err) != ST_OK)
        fail_msg("%s", err.text);
    assert_int_equal(request.wants, number(example, "wants"));
    assert_int_equal(request.ledger_count, json_array_size(member(example, "ledgers")));
    for (size_t i = 0; i < request.ledger_count; i++) {
        const json_t *v = json_array_get(member(example, "ledgers"), i);
        const struct request_ledger *ledger = &request.ledgers[i];
        assert_string_equal(ledger->origin.text, text(v, "origin"));
        assert_int_equal(ledger->size, number(v, "size"));
        assert_slice_equal(slice_of(ledger->root8, 8), hex(v, "root8"));
        assert_int_equal(ledger->segment_count, json_array_size(member(v, "segments")));
        for (size_t k = 0; k < ledger->segment_count; k++)
            assert_slice_equal(ledger->segments[k],
                               unhex(json_string_value(json_array_get(member(v, "segments"), k))));
    }
    buf_init(&again, MESSAGE_MAX);
    sync_request_write(&request, COMPRESS_LEVEL, &again);
    check_content(&again, example);
    buf_release(&again);
}

static void check_answer_ledger(const struct answer_ledger *ledger, const json_t *v)
{
    assert_string_equal(ledger->origin.text, text(v, "origin"));
    assert_int_equal(ledger->status, number(v, "status"));
    assert_slice_equal(ledger->checkpoint, slice_str(text(v, "checkpoint")));
    assert_int_equal(ledger->more, number(v, "more"));
    assert_int_equal(ledger->leaf_count, json_array_size(member(v, "leaves")));
    for (size_t i = 0; i < ledger->leaf_count; i++) {
        const json_t *want = json_array_get(member(v, "leaves"), i);
        const struct answer_leaf *leaf = &ledger->leaves[i];
        assert_int_equal(leaf->admitted_ms, number(want, "admitted_ms"));
        assert_int_equal(leaf->registry_size, number(want, "registry_size"));
        if (leaf->has_segment)
            assert_slice_equal(leaf->segment, hex(want, "segment"));
        else
            assert_slice_equal(slice_of(leaf->id8, 8), hex(want, "id8"));
    }
    assert_int_equal(ledger->rejected_count, json_array_size(member(v, "rejected")));
    for (size_t i = 0; i < ledger->rejected_count; i++) {
        const json_t *want = json_array_get(member(v, "rejected"), i);
        const struct rejection *rejection = &ledger->rejected[i];
        assert_slice_equal(hash_slice(&rejection->kid), hex(want, "kid"));
        assert_slice_equal(slice_of(rejection->chain.b, 8), hex(want, "chain"));
        assert_int_equal(rejection->number, number(want, "number"));
        assert_int_equal(rejection->code, number(want, "code"));
        assert_slice_equal(rejection->text, slice_str(text(want, "text")));
    }
}

static void frozen_answer(void **state)
{
    (void)state;
    const json_t *example = member(vectors, "answer");
    struct sync_answer answer;
    struct error err;
    struct buf again;
    if (sync_answer_read(hex(example, "frame"), &arena, &answer, &err) != ST_OK)
        fail_msg("%s", err.text);
    assert_int_equal(answer.ledger_count, json_array_size(member(example, "ledgers")));
    for (size_t i = 0; i < answer.ledger_count; i++)
        check_answer_ledger(&answer.ledgers[i], json_array_get(member(example, "ledgers"), i));
    buf_init(&again, MESSAGE_MAX);
    sync_answer_write(&answer, COMPRESS_LEVEL, &again);
    check_content(&again, example);
    buf_release(&again);
}

static void frozen_handback(void **state)
{
    (void)state;
    const json_t *example = member(vectors, "handback");
    struct handback handback;
    struct handback_answer answer;
    struct buf again;
    buf_init(&again, MESSAGE_MAX);
    assert_int_equal(handback_read(hex(example, "request"), &arena, &handback, NULL), ST_OK);
    assert_int_equal(handback.proof.count, 1);
    assert_int_equal(handback.shown.ledgers[0].leaf_count, 1);
    handback_write(&handback, &again);
    assert_slice_equal(buf_slice(&again), hex(example, "request"));
    buf_clear(&again);
    assert_int_equal(handback_answer_read(hex(example, "answer"), &arena, &answer, NULL), ST_OK);
    assert_true(answer.recovering && answer.count == 2 && answer.lacks[0].size == 2);
    handback_answer_write(&answer, &again);
    assert_slice_equal(buf_slice(&again), hex(example, "answer"));
    buf_release(&again);
}

/* ---- joining, signed requests ---- */

static void frozen_join(void **state)
{
    (void)state;
    const json_t *example = member(vectors, "join");
    const json_t *box = member(member(vectors, "keys"), "box");
    struct join_request request;
    struct cbor_reader r;
    struct buf again;
    uint8_t box_seed[32], id_key[32];
    struct slice bytes = hex(example, "request");
    assert_int_equal(join_read(bytes, &request, NULL), ST_OK);
    buf_init(&again, 4096);
    join_write(&request, &again);
    assert_slice_equal(buf_slice(&again), bytes);
    buf_release(&again);

    cbor_reader_init(&r, hex(example, "answer"), "answer");
    cbor_expect_array(&r, 5);
    assert_int_equal(cbor_read_uint(&r), 1);
    assert_slice_equal(cbor_read_text(&r, ORIGIN_MAX), slice_str(text(example, "registry")));
    (void)cbor_read_item(&r);
    struct slice sealed = cbor_read_bytes(&r, 80);
    fixed(box, "seed", box_seed, sizeof(box_seed));
    assert_int_equal(sealed.n, 80);
    assert_true(box_open(box_seed, sealed, id_key));
    assert_slice_equal(slice_of(id_key, sizeof(id_key)), hex(example, "id_key"));
}

static void frozen_signed_requests(void **state)
{
    (void)state;
    size_t i;
    json_t *v;
    json_array_foreach(json_object_get(vectors, "signed_requests"), i, v)
    {
        struct signature_target target = {.method = slice_str(text(v, "method")),
                                          .authority = slice_str(text(v, "host")),
                                          .path = slice_str(text(v, "path")),
                                          .query = slice_str(text(v, "query")),
                                          .content_digest = slice_str(text(v, "content_digest"))};
        struct signature_claim claim;
        struct sign_public device;
        fixed(v, "device", device.b, sizeof(device.b));
        assert_true(content_digest_matches(target.content_digest, hex(v, "body")));
        assert_int_equal(signature_read(slice_str(text(v, "signature_input")),
                                        slice_str(text(v, "signature")), &claim, NULL),
                         ST_OK);
        assert_string_equal(claim.nonce, text(v, "nonce"));
        assert_true(signature_valid(&claim, &target, &device));
        target.path = slice_str("/v1/other");
        assert_false(signature_valid(&claim, &target, &device));
    }
    assert_int_equal(i, 2);
}

/* ---- what is refused ---- */

/* A frame of one raw block around the content of a message. */
static struct slice framed(struct slice content)
{
    uint8_t *frame = arena_alloc(&arena, content.n + 12);
    const uint8_t head[] = {0x28,
                            0xB5,
                            0x2F,
                            0xFD,
                            0xA0,
                            (uint8_t)content.n,
                            0,
                            0,
                            0,
                            (uint8_t)(content.n << 3 | 1),
                            (uint8_t)(content.n >> 5),
                            0};
    assert_in_range(content.n, 0, 255);
    memcpy(frame, head, sizeof(head));
    memcpy(frame + sizeof(head), content.p, content.n);
    return slice_of(frame, content.n + sizeof(head));
}

static json_t *small_segment(void)
{
    size_t i;
    json_t *v;
    json_array_foreach(json_object_get(vectors, "segments"), i, v)
    {
        if (strcmp(text(v, "name"), "one save") == 0)
            return v;
    }
    fail_msg("no segment of one save");
    return NULL;
}

static enum status read_refused(const char *what, struct slice bytes)
{
    static const char signature[] =
        "huce=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        "AAAAAAAAAAAAAAAAAAAAAAAAAA==:";
    struct sync_request request;
    struct sync_answer answer;
    struct segment segment;
    struct signature_claim claim;
    struct change_item change;
    if (strcmp(what, "columns") == 0)
        return columns_decode(bytes, 1, 0, NULL, &arena, &change, NULL);
    if (strcmp(what, "request") == 0)
        return sync_request_read(framed(bytes), &arena, &request, NULL);
    if (strcmp(what, "answer") == 0)
        return sync_answer_read(framed(bytes), &arena, &answer, NULL);
    if (strcmp(what, "frame") == 0)
        return sync_request_read(bytes, &arena, &request, NULL);
    if (strcmp(what, "segment") == 0)
        return read_segment(small_segment(), bytes, &segment, NULL);
    assert_string_equal(what, "signature_input");
    return signature_read(bytes, slice_str(signature), &claim, NULL);
}

static void frozen_refusals(void **state)
{
    (void)state;
    size_t i;
    json_t *v;
    json_array_foreach(json_object_get(vectors, "refused"), i, v)
    {
        if (read_refused(text(v, "what"), hex(v, "hex")) == ST_OK)
            fail_msg("%s accepted: %s", text(v, "what"), text(v, "why"));
    }
    assert_true(i >= 45);
    /* What those are built from is good, so each was refused for its own reason. */
    static const char
        nothing[] = "8401800040",
        input[] =
            "huce=(\"@method\" \"@authority\" \"@path\" \"@query\" "
            "\"content-digest\");nonce=\"\";keyid="
            "\"c1924d610e8d9f1c5efdbca564a2f19991517ab8252807651f94ac5332afe3f9\";alg=\"ed25519\";"
            "tag=\"huce-1\"";
    assert_int_equal(read_refused("request", unhex(nothing)), ST_OK);
    assert_int_equal(read_refused("answer", unhex("83018040")), ST_OK);
    assert_int_equal(read_refused("frame", framed(unhex(nothing))), ST_OK);
    assert_int_equal(read_refused("columns", unhex("04030103020e0101010001000180")), ST_OK);
    assert_int_equal(read_refused("signature_input", slice_str(input)), ST_OK);
}

static int set_up(void **state)
{
    (void)state;
    char path[4096];
    struct buf file;
    struct error err;
    const char *root = getenv("HUCE_ROOT");
    snprintf(path, sizeof(path), "%s/tests/vectors/protocol-v1.json", root ? root : ".");
    if (file_read(path, 1 << 20, &file, &err) != ST_OK) {
        print_error("%s\n", err.text);
        return -1;
    }
    vectors = json_loads(buf_cstr(&file), JSON_REJECT_DUPLICATES, NULL);
    buf_release(&file);
    return vectors ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    json_decref(vectors);
    return 0;
}

/* ---- what witnesses have signed ---- */

/* As a desk reads it (agent/core/quorum.c): an origin and a text each, whose first signature is the
 * county's. */
static void frozen_cosigned_list(void **state)
{
    (void)state;
    const json_t *v = member(vectors, "cosigned"), *ledgers = member(v, "ledgers");
    struct sign_public log;
    struct cbor_reader r;
    fixed(member(member(vectors, "keys"), "log"), "public", log.b, sizeof(log.b));
    cbor_reader_init(&r, hex(v, "list"), "list");
    cbor_expect_array(&r, 2);
    assert_int_equal(cbor_read_uint_max(&r, 1), 1);
    assert_int_equal(cbor_read_array(&r, 256), json_array_size(ledgers));
    for (size_t i = 0; i < json_array_size(ledgers); i++) {
        const json_t *one = json_array_get(ledgers, i);
        struct checkpoint head;
        struct origin origin;
        cbor_expect_array(&r, 2);
        struct slice name = cbor_read_text(&r, ORIGIN_MAX);
        struct slice signed_text = cbor_read_text(&r, CHECKPOINT_MAX);
        assert_slice_equal(name, slice_str(text(one, "origin")));
        assert_slice_equal(signed_text, slice_str(text(one, "checkpoint")));
        assert_true(origin_parse(name, &origin));
        assert_int_equal(checkpoint_open(signed_text, &origin, &log, &head, NULL), ST_OK);
        assert_true(head.size > 0);
    }
    assert_int_equal(cbor_end(&r, NULL), ST_OK);
}

/* ---- who has looked ---- */

static void frozen_reads(void **state)
{
    (void)state;
    const json_t *v = member(vectors, "reads");
    struct read_batch batch;
    struct slice bytes;
    struct signature signature;
    struct sign_public device;
    struct reads_head head;
    struct hash hash, kid;
    fixed(v, "author", device.b, sizeof(device.b));
    sign_kid(&device, &kid);
    assert_int_equal(reads_read(hex(v, "request"), &arena, &batch, &bytes, &signature, NULL),
                     ST_OK);
    assert_slice_equal(bytes, hex(v, "batch"));
    assert_true(reads_signed(bytes, &signature, &device));
    assert_true(hash_equal(&batch.device, &kid));
    assert_int_equal(batch.number, 1);
    assert_true(hash_is_zero(&batch.prev));
    assert_int_equal(batch.count, 2);
    const struct read_entry *one = &batch.entries[0], *list = &batch.entries[1];
    assert_true(one->has_person && one->has_record && !list->has_person && !list->has_record);
    assert_slice_equal(one->command, slice_str("get"));
    assert_true(one->hour == 490340 && one->table == 7 && one->field_count == 2);
    assert_true(one->fields[0] == 2 && one->fields[1] == 10 && one->rows == 1 && one->times == 3);
    assert_slice_equal(list->command, slice_str("list"));
    assert_true(list->field_count == 1 && list->rows == 900 && list->times == 1);
    assert_int_equal(reads_answer_read(hex(v, "answer"), &head, NULL), ST_OK);
    hash_bytes(bytes, &hash);
    assert_true(head.number == 1 && hash_equal(&head.hash, &hash));
}

/* ---- records before their history ---- */

/* Both texts are the log key's, of the same head; the note names the bytes. */
static void frozen_snapshot_answer(void **state)
{
    (void)state;
    const json_t *v = member(vectors, "snapshot");
    struct slice checkpoint, note;
    struct sign_public log;
    struct origin origin;
    struct checkpoint head;
    struct snapshot_note read;
    struct hash content;
    fixed(member(member(vectors, "keys"), "log"), "public", log.b, sizeof(log.b));
    assert_true(origin_parse(slice_str(text(v, "origin")), &origin));
    assert_int_equal(snapshot_answer_read(hex(v, "answer"), &checkpoint, &note, NULL), ST_OK);
    assert_slice_equal(checkpoint, slice_str(text(v, "checkpoint")));
    assert_slice_equal(note, slice_str(text(v, "note")));
    assert_int_equal(checkpoint_open(checkpoint, &origin, &log, &head, NULL), ST_OK);
    assert_int_equal(snapshot_note_open(note, &origin, &log, &read, NULL), ST_OK);
    assert_true(read.size == head.size && hash_equal(&read.root, &head.root));
    assert_true(read.registry_size == 3 && read.catalog == 2 && read.merge == 1);
    hash_bytes(slice_str(text(v, "records")), &content);
    assert_true(hash_equal(&read.content, &content));
    assert_int_equal(read.bytes, strlen(text(v, "records")));
    assert_int_not_equal(
        snapshot_answer_read(slice_of(checkpoint.p, checkpoint.n), &checkpoint, &note, NULL),
        ST_OK);
}

/* ---- an attachment by stick ---- */

static void frozen_attachment_parts(void **state)
{
    (void)state;
    const json_t *v = member(vectors, "attachment_parts");
    struct bundle_blob part, so_far;
    struct slice bytes = hex(v, "part");
    struct buf again;
    assert_int_equal(bundle_blob_read(bytes, &part, NULL), ST_OK);
    assert_int_equal(part.size, 30);
    assert_int_equal(part.at, 15);
    assert_slice_equal(part.content, slice_str("the second half"));
    assert_int_equal(bundle_blob_read(hex(v, "state"), &so_far, NULL), ST_OK);
    assert_true(so_far.at == 15 && so_far.content.n == 0 && hash_equal(&so_far.hash, &part.hash));
    buf_init(&again, BUNDLE_BLOB_MAX);
    bundle_blob_write(&part, &again);
    assert_slice_equal(buf_slice(&again), bytes);
    part.at = 16; /* beyond its end */
    buf_clear(&again);
    bundle_blob_write(&part, &again);
    assert_int_equal(bundle_blob_read(buf_slice(&again), &part, NULL), ST_INVALID);
    buf_release(&again);
}

int main(void)
{
    crypto_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(frozen_columns, forget),
        cmocka_unit_test_teardown(frozen_segments, forget),
        cmocka_unit_test_teardown(frozen_request, forget),
        cmocka_unit_test_teardown(frozen_answer, forget),
        cmocka_unit_test_teardown(frozen_handback, forget),
        cmocka_unit_test_teardown(frozen_join, forget),
        cmocka_unit_test_teardown(frozen_signed_requests, forget),
        cmocka_unit_test_teardown(frozen_cosigned_list, forget),
        cmocka_unit_test_teardown(frozen_reads, forget),
        cmocka_unit_test_teardown(frozen_refusals, forget),
        cmocka_unit_test_teardown(frozen_snapshot_answer, forget),
        cmocka_unit_test_teardown(frozen_attachment_parts, forget),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
