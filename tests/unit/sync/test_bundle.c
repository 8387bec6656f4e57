/* SPDX-License-Identifier: MulanPSL-2.0 */
/* bundle: comes back as it was written, for its reader alone; nothing in it can be altered, and a
 * manifest that says otherwise than its content is refused. bundle_pack: files of a stick's size.
 */
#include <stdio.h>

#include "shared/ledger/cose.h"
#include "shared/sync/bundle_pack.h"
#include "tests/unit/ledger/support.h"

static const uint8_t reader_seed[32] = "the reader's seed";
static struct sign_key *sender;

static int start(void **state)
{
    (void)state;
    crypto_init();
    sender = test_key(7);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    sign_key_release(sender);
    return 0;
}

static bool knows(void *arg, const struct hash *kid, struct sign_public *out)
{
    (void)arg;
    *out = *sign_key_public(sender);
    return hash_equal(kid, sign_key_kid(sender));
}

static bool knows_nobody(void *arg, const struct hash *kid, struct sign_public *out)
{
    (void)arg, (void)kid, (void)out;
    return false;
}

/* Somebody who is known, and not the one who signed. */
static bool knows_another(void *arg, const struct hash *kid, struct sign_public *out)
{
    struct sign_key *other = test_key(8);
    (void)arg, (void)kid;
    *out = *sign_key_public(other);
    sign_key_release(other);
    return true;
}

static void no_chance(void *out, size_t n)
{
    memset(out, 0x5A, n);
}

static void bundle_of(struct bundle *out, struct bundle_ledger ledgers[2], struct slice messages[3])
{
    ledgers[0] =
        (struct bundle_ledger){test_origin("guanghe.example/622924000000"), 5, test_hash(5), 0};
    ledgers[1] =
        (struct bundle_ledger){test_origin("guanghe.example/622924101001"), 9, test_hash(9), 2};
    messages[0] = slice_str("a question");
    messages[1] = slice_str("work");
    messages[2] = slice_str("more of it");
    *out = (struct bundle){.id = "sixteen bytes !",
                           .from = *sign_key_kid(sender),
                           .recipient_count = 1,
                           .ledger_count = 2,
                           .ledgers = ledgers,
                           .message_count = 3,
                           .messages = messages};
    box_public_from_seed(reader_seed, &out->recipients[0]);
}

static void write_one(struct buf *out)
{
    struct bundle bundle;
    struct bundle_ledger ledgers[2];
    struct slice messages[3];
    struct age_random random;
    no_chance(&random, sizeof(random));
    bundle_of(&bundle, ledgers, messages);
    buf_init(out, BUNDLE_FILE_MAX);
    bundle_write(&bundle, sender, &random, out);
    assert_true(buf_ok(out));
}

static enum status open_with(const uint8_t seed[32], struct slice file, bundle_sender *known,
                             struct buf *plain, struct arena *arena, struct bundle *out)
{
    struct box_secret secret;
    box_secret_from_seed(seed, &secret);
    return bundle_open(&secret, 1, file, known, NULL, plain, arena, out, NULL);
}

static enum status status_of(const uint8_t seed[32], struct slice file, bundle_sender *known)
{
    struct arena arena = {0};
    struct bundle bundle;
    struct buf plain;
    enum status st = open_with(seed, file, known, &plain, &arena, &bundle);
    buf_release(&plain);
    arena_release(&arena);
    return st;
}

static void it_comes_back_as_it_was_written(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct bundle is, want;
    struct bundle_ledger ledgers[2];
    struct slice messages[3];
    struct buf file, plain;
    bundle_of(&want, ledgers, messages);
    write_one(&file);
    assert_int_equal(open_with(reader_seed, buf_slice(&file), knows, &plain, &arena, &is), ST_OK);
    assert_memory_equal(is.id, want.id, BUNDLE_ID_SIZE);
    assert_true(hash_equal(&is.from, &want.from));
    assert_int_equal(is.ledger_count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(is.ledgers[i].origin.text, want.ledgers[i].origin.text);
        assert_int_equal(is.ledgers[i].base_size, want.ledgers[i].base_size);
        assert_true(hash_equal(&is.ledgers[i].base_root, &want.ledgers[i].base_root));
        assert_int_equal(is.ledgers[i].changesets, want.ledgers[i].changesets);
    }
    assert_int_equal(is.message_count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_true(slice_equal(is.messages[i], want.messages[i]));
    buf_release(&plain);
    buf_release(&file);
    arena_release(&arena);
}

static void it_is_for_its_reader_and_from_somebody_known(void **state)
{
    (void)state;
    static const uint8_t other[32] = "somebody else's seed";
    struct buf file;
    write_one(&file);
    assert_int_equal(status_of(reader_seed, buf_slice(&file), knows), ST_OK);
    assert_int_equal(status_of(other, buf_slice(&file), knows), ST_REFUSED);
    assert_int_equal(status_of(reader_seed, buf_slice(&file), knows_nobody), ST_REFUSED);
    assert_int_equal(status_of(reader_seed, buf_slice(&file), knows_another), ST_INVALID);
    buf_release(&file);
}

/* Anybody can seal to a public key: what is inside is not believed because it opens. */
static void what_is_sealed_again_is_refused(void **state)
{
    (void)state;
    struct box_public to;
    struct box_secret secret;
    struct age_random random;
    struct buf file, plain, again;
    no_chance(&random, sizeof(random));
    box_public_from_seed(reader_seed, &to);
    box_secret_from_seed(reader_seed, &secret);
    write_one(&file);
    buf_init(&plain, BUNDLE_FILE_MAX);
    buf_init(&again, BUNDLE_FILE_MAX);
    assert_int_equal(age_open(&secret, 1, buf_slice(&file), &plain, NULL), ST_OK);
    for (size_t i = 0; i <= plain.n; i++) {
        const bool whole = i == plain.n;
        if (!whole)
            plain.p[i] ^= 1;
        buf_clear(&again);
        age_seal(&to, 1, &random, buf_slice(&plain), &again);
        assert_int_equal(status_of(reader_seed, buf_slice(&again), knows) == ST_OK, whole);
        if (whole)
            break;
        plain.p[i] ^= 1;
        buf_clear(&again);
        age_seal(&to, 1, &random, slice_of(plain.p, i), &again); /* the end left out */
        assert_int_not_equal(status_of(reader_seed, buf_slice(&again), knows), ST_OK);
    }
    buf_release(&again);
    buf_release(&plain);
    buf_release(&file);
}

/* A manifest's payload that the sender has signed, whatever it says, with one message behind it. */
static enum status status_of_manifest(struct slice payload)
{
    const struct cose_signer signer = {COSE_ED25519, *sign_key_kid(sender)};
    struct box_public to;
    struct age_random random;
    struct signature signature;
    struct buf to_sign, plain, file;
    no_chance(&random, sizeof(random));
    box_public_from_seed(reader_seed, &to);
    buf_init(&to_sign, 65536);
    buf_init(&plain, 65536);
    buf_init(&file, 65536);
    cose_to_sign(&signer, slice_str("huce/1/bundle\n"), payload, &to_sign);
    sign_message(sender, buf_slice(&to_sign), &signature);
    cose_put(&signer, payload, &signature, &plain);
    cbor_put_bytes(&plain, slice_str("a message"));
    age_seal(&to, 1, &random, buf_slice(&plain), &file);
    enum status st = status_of(reader_seed, buf_slice(&file), knows);
    buf_release(&file);
    buf_release(&plain);
    buf_release(&to_sign);
    return st;
}

struct says {
    const char *origin;
    uint8_t from, rest; /* 0: the right ones */
    uint64_t messages, attachments;
};

static enum status status_of_saying(const struct says *says, size_t cut)
{
    struct hash from = says->from ? test_hash(says->from) : *sign_key_kid(sender), rest;
    struct buf message, payload;
    buf_init(&message, 64);
    buf_init(&payload, 4096);
    cbor_put_bytes(&message, slice_str("a message"));
    hash_bytes(buf_slice(&message), &rest);
    if (says->rest)
        rest = test_hash(says->rest);
    cbor_put_array(&payload, 7);
    cbor_put_bytes(&payload, slice_str("sixteen bytes !!"));
    cbor_put_bytes(&payload, hash_slice(&from));
    cbor_put_array(&payload, 3);
    for (int i = 0; i < 3; i++)
        cbor_put_bytes(&payload, hash_slice(&from));
    cbor_put_array(&payload, 3);
    for (int i = 0; i < 3; i++) {
        cbor_put_array(&payload, 4);
        cbor_put_str(&payload, says->origin);
        cbor_put_uint(&payload, 3);
        cbor_put_bytes(&payload, hash_slice(&from));
        cbor_put_uint(&payload, 1);
    }
    cbor_put_uint(&payload, says->messages);
    cbor_put_uint(&payload, says->attachments);
    cbor_put_bytes(&payload, hash_slice(&rest));
    enum status st = cut < payload.n ? status_of_manifest(slice_of(payload.p, cut))
                                     : status_of_manifest(buf_slice(&payload));
    st = cut == payload.n ? ST_LIMIT : st; /* the end of a loop over all cuts */
    buf_release(&payload);
    buf_release(&message);
    return st;
}

static void what_a_manifest_says_must_be_so(void **state)
{
    (void)state;
    const struct says good = {"guanghe.example/622924101001", 0, 0, 1, 0};
    struct says bad[] = {good, good, good, good, good};
    enum status st;
    assert_int_equal(status_of_saying(&good, SIZE_MAX), ST_OK);
    bad[0].origin = "no ledger";
    bad[1].from = 5; /* signed by another than it says */
    bad[2].rest = 5;
    bad[3].messages = 3;
    bad[4].attachments = 1; /* of a later version */
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(status_of_saying(&bad[i], SIZE_MAX), ST_INVALID);
    for (size_t cut = 0; (st = status_of_saying(&good, cut)) != ST_LIMIT; cut++)
        assert_int_equal(st, ST_INVALID);
}

/* ---- files of a stick's size ---- */

struct collected {
    size_t count;
    struct {
        size_t ledgers, messages;
        uint64_t base;
    } files[16];
    size_t fail_at; /* 0: never */
};

static enum status collect(void *arg, size_t number, struct slice file, struct error *err)
{
    struct collected *c = arg;
    struct arena arena = {0};
    struct bundle bundle;
    struct buf plain;
    assert_int_equal(number, c->count + 1);
    if (number == c->fail_at)
        return error_set(err, ST_IO, "the stick is full");
    assert_int_equal(open_with(reader_seed, file, knows, &plain, &arena, &bundle), ST_OK);
    assert_true(c->count < 16);
    c->files[c->count].ledgers = bundle.ledger_count;
    c->files[c->count].messages = bundle.message_count;
    c->files[c->count].base = bundle.ledgers[0].base_size;
    c->count++;
    buf_release(&plain);
    arena_release(&arena);
    return ST_OK;
}

static enum status pack_five(size_t file_bytes, struct collected *c)
{
    static const uint8_t message[100];
    struct bundle_pack_terms terms = {.key = sender,
                                      .recipient_count = 1,
                                      .file_bytes = file_bytes,
                                      .random = no_chance,
                                      .file = collect,
                                      .arg = c};
    struct bundle_ledger base = {test_origin("guanghe.example/622924000000"), 0, test_hash(1), 1};
    struct bundle_pack pack;
    enum status st = ST_OK;
    box_public_from_seed(reader_seed, &terms.recipients[0]);
    bundle_pack_init(&pack, &terms);
    for (size_t i = 0; i < 5 && st == ST_OK; i++) {
        base.base_size = 10 * i; /* each goes on where the one before ended */
        st = bundle_pack_add(&pack, &base, slice_of(message, sizeof(message)), NULL);
    }
    if (st == ST_OK)
        st = bundle_pack_end(&pack, NULL);
    bundle_pack_release(&pack);
    return st;
}

static void a_small_stick_gets_several_files(void **state)
{
    (void)state;
    struct collected all = {0}, few = {0}, each = {0}, failed = {.fail_at = 2};
    struct collected vast = {0};
    assert_int_equal(pack_five(SIZE_MAX, &vast), ST_OK);
    assert_int_equal(vast.count, 1);
    assert_int_equal(pack_five(0, &all), ST_OK);
    assert_int_equal(all.count, 1);
    assert_int_equal(all.files[0].messages, 5);
    assert_int_equal(all.files[0].ledgers, 1);
    assert_int_equal(all.files[0].base, 0);
    assert_int_equal(pack_five(250, &few), ST_OK);
    assert_int_equal(few.count, 3);
    assert_int_equal(few.files[1].messages, 2);
    assert_int_equal(few.files[1].base, 20); /* a file says by itself what it goes on from */
    assert_int_equal(few.files[2].base, 40);
    assert_int_equal(pack_five(1, &each), ST_OK); /* one message at least */
    assert_int_equal(each.count, 5);
    assert_int_equal(pack_five(250, &failed), ST_IO);
    assert_int_equal(failed.count, 1);
}

static enum status count_files(void *arg, size_t number, struct slice file, struct error *err)
{
    size_t *files = arg;
    (void)file, (void)err;
    *files = number;
    return ST_OK;
}

/* Beyond what a reader takes, another file begins, however small all of it is. */
static void a_file_has_no_more_than_a_reader_takes(void **state)
{
    (void)state;
    size_t files = 0;
    struct bundle_pack_terms terms = {.key = sender,
                                      .recipient_count = 1,
                                      .random = no_chance,
                                      .file = count_files,
                                      .arg = &files};
    struct bundle_ledger base = {test_origin("guanghe.example/622924000000"), 0, test_hash(1), 1};
    struct bundle_pack pack;
    box_public_from_seed(reader_seed, &terms.recipients[0]);
    bundle_pack_init(&pack, &terms);
    assert_int_equal(bundle_pack_end(&pack, NULL), ST_OK); /* of nothing, nothing */
    assert_int_equal(files, 0);
    for (size_t i = 0; i <= BUNDLE_MESSAGES_MAX; i++)
        assert_int_equal(bundle_pack_add(&pack, &base, slice_str("m"), NULL), ST_OK);
    assert_int_equal(files, 1);
    assert_int_equal(bundle_pack_end(&pack, NULL), ST_OK);
    assert_int_equal(files, 2);
    for (unsigned i = 0; i <= BUNDLE_LEDGERS_MAX; i++) {
        char code[16];
        snprintf(code, sizeof(code), "62292410%04u", i);
        assert_true(origin_make("guanghe.example", code, &base.origin));
        assert_int_equal(bundle_pack_add(&pack, &base, slice_str("m"), NULL), ST_OK);
    }
    assert_int_equal(files, 3);
    assert_int_equal(bundle_pack_end(&pack, NULL), ST_OK);
    bundle_pack_release(&pack);
}

struct kinds {
    size_t files, messages[8], blobs[8];
};

static enum status look(void *arg, size_t number, struct slice file, struct error *err)
{
    struct kinds *kinds = arg;
    struct arena arena = {0};
    struct bundle is;
    struct buf plain;
    (void)err;
    assert_true(number <= 8);
    assert_int_equal(open_with(reader_seed, file, knows, &plain, &arena, &is), ST_OK);
    kinds->files = number;
    kinds->messages[number - 1] = is.message_count;
    kinds->blobs[number - 1] = is.blob_count;
    for (size_t i = 0; i < is.blob_count; i++)
        assert_int_equal(is.blobs[i].n, 100);
    buf_release(&plain);
    arena_release(&arena);
    return ST_OK;
}

/* Whoever knows no attachments reads the files with messages all the same. */
static void attachments_have_files_of_their_own(void **state)
{
    (void)state;
    static const uint8_t part[100] = {1};
    struct kinds kinds = {0};
    struct bundle_pack_terms terms = {.key = sender,
                                      .recipient_count = 1,
                                      .file_bytes = 250,
                                      .random = no_chance,
                                      .file = look,
                                      .arg = &kinds};
    struct bundle_ledger base = {test_origin("guanghe.example/622924000000"), 0, test_hash(1), 1};
    struct bundle_pack pack;
    box_public_from_seed(reader_seed, &terms.recipients[0]);
    bundle_pack_init(&pack, &terms);
    assert_int_equal(bundle_pack_add(&pack, &base, slice_str("a message"), NULL), ST_OK);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(bundle_pack_blob(&pack, slice_of(part, sizeof(part)), NULL), ST_OK);
    assert_int_equal(bundle_pack_add(&pack, &base, slice_str("another"), NULL), ST_OK);
    assert_int_equal(bundle_pack_end(&pack, NULL), ST_OK);
    bundle_pack_release(&pack);
    assert_int_equal(kinds.files, 4);
    assert_true(kinds.messages[0] == 1 && kinds.blobs[0] == 0);
    assert_true(kinds.messages[1] == 0 && kinds.blobs[1] == 2);
    assert_true(kinds.messages[2] == 0 && kinds.blobs[2] == 1);
    assert_true(kinds.messages[3] == 1 && kinds.blobs[3] == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_comes_back_as_it_was_written),
        cmocka_unit_test(it_is_for_its_reader_and_from_somebody_known),
        cmocka_unit_test(what_is_sealed_again_is_refused),
        cmocka_unit_test(what_a_manifest_says_must_be_so),
        cmocka_unit_test(a_small_stick_gets_several_files),
        cmocka_unit_test(a_file_has_no_more_than_a_reader_takes),
        cmocka_unit_test(attachments_have_files_of_their_own),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
