/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * What lies in a second place, and beside the database. First byte modulo 4: 0 a copy of unsent
 * work as it stands; 1, 2 what a device signs of one, which the target packs, signed or not; 3 the
 * note of what was given away. Whatever is read is written again and reads the same; what nobody
 * signed is never taken for signed.
 */
#include "agent/core/backup_file.h"
#include "agent/core/given.h"
#include "shared/codec/cbor.h"
#include "shared/codec/compress.h"
#include "tests/fuzz/fuzz.h"

static struct sign_key *device;

static void same(const struct backup *a, const struct backup *b)
{
    CHECK(strcmp(a->registry.text, b->registry.text) == 0 && a->made_ms == b->made_ms);
    CHECK(hash_equal(&a->root_kid, &b->root_kid) && a->ledger_count == b->ledger_count);
    for (size_t i = 0; i < a->ledger_count; i++) {
        const struct backup_ledger *x = &a->ledgers[i], *y = &b->ledgers[i];
        CHECK(strcmp(x->origin.text, y->origin.text) == 0 && x->count == y->count);
        for (size_t k = 0; k < x->count; k++)
            CHECK(slice_equal(x->items[k].cose, y->items[k].cose) &&
                  slice_equal(x->items[k].salts, y->items[k].salts) &&
                  slice_equal(x->items[k].columns, y->items[k].columns));
    }
}

/* Says whether it opened. */
static bool open_one(struct slice file, struct buf *plain, struct arena *arena,
                     struct backup_opened *out)
{
    struct backup_sealed sealed;
    struct error why = {0};
    enum status st = backup_file_read(file, &sealed, &why);
    if (st == ST_OK && !sealed.is_sealed)
        st = backup_file_open(&sealed, NULL, plain, arena, out, &why);
    else if (st == ST_OK)
        return false; /* argon2id is slow on purpose */
    CHECK(st == ST_OK || (why.text[0] && (st == ST_INVALID || st == ST_DAMAGED)));
    return st == ST_OK;
}

static void hold(const struct backup_opened *is)
{
    struct arena arena = {0};
    struct backup_opened again;
    struct buf file, plain;
    buf_init(&file, BACKUP_MAX);
    buf_init(&plain, BACKUP_MAX);
    backup_file_write(&is->backup, device, NULL, NULL, &file);
    CHECK(buf_ok(&file) && open_one(buf_slice(&file), &plain, &arena, &again));
    same(&is->backup, &again.backup);
    CHECK(slice_equal(is->body, again.body));
    CHECK(backup_file_signed(&again, sign_key_public(device)));
    CHECK(hash_equal(&again.device, sign_key_kid(device)));
    buf_release(&plain);
    buf_release(&file);
    arena_release(&arena);
}

static void copy(struct slice file, bool theirs)
{
    struct arena arena = {0};
    struct backup_opened opened;
    struct buf plain;
    buf_init(&plain, BACKUP_MAX);
    if (open_one(file, &plain, &arena, &opened)) {
        hold(&opened);
        CHECK(theirs || !backup_file_signed(&opened, sign_key_public(device)));
    }
    buf_release(&plain);
    arena_release(&arena);
}

static void content(struct slice in, bool sign)
{
    struct buf message, signed_body, frame, file;
    struct signature signature = {{0}};
    buf_init(&message, in.n + 64);
    buf_init(&signed_body, in.n + 256);
    buf_init(&frame, in.n + 4096);
    buf_init(&file, in.n + 8192);
    buf_put_str(&message, "huce/1/backup\n");
    buf_put_slice(&message, in);
    if (sign)
        sign_message(device, buf_slice(&message), &signature);
    cbor_put_array(&signed_body, 3);
    cbor_put_bytes(&signed_body, in);
    cbor_put_bytes(&signed_body, hash_slice(sign_key_kid(device)));
    cbor_put_bytes(&signed_body, slice_of(signature.b, sizeof(signature.b)));
    compress_bytes(buf_slice(&signed_body), COMPRESS_LEVEL, &frame);
    cbor_put_array(&file, 4);
    cbor_put_str(&file, "huce-backup");
    cbor_put_uint(&file, 1);
    cbor_put_null(&file);
    cbor_put_bytes(&file, buf_slice(&frame));
    CHECK(buf_ok(&message) && buf_ok(&signed_body) && buf_ok(&file));
    copy(buf_slice(&file), sign);
    buf_release(&file);
    buf_release(&frame);
    buf_release(&signed_body);
    buf_release(&message);
}

static void note(struct slice in)
{
    static struct given_head room[GIVEN_CHAINS_MAX];
    struct given_heads heads = {.heads = room};
    struct buf again;
    given_heads_read(in, &heads);
    CHECK(heads.count <= GIVEN_CHAINS_MAX);
    if (heads.count == 0)
        return;
    buf_init(&again, in.n);
    given_heads_write(&heads, &again);
    CHECK(buf_ok(&again) && slice_equal(buf_slice(&again), in));
    buf_release(&again);
    struct slice longer = fuzz_longer(in, 0);
    given_heads_read(longer, &heads);
    CHECK(heads.count == 0);
    mem_free((void *)longer.p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    if (!device)
        device =
            fuzz_key(0x61); /* nobody else's: what the vectors' device signed is not this one's */
    struct slice in = fuzz_exact(data + 1, size - 1);
    if (data[0] % 4 == 0)
        copy(in, false);
    else if (data[0] % 4 == 3)
        note(in);
    else
        content(in, data[0] % 4 == 2);
    mem_free((void *)in.p);
    return 0;
}
