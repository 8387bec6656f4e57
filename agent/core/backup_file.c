/* SPDX-License-Identifier: MulanPSL-2.0 */
/* backup_file: see backup_file.h. */
#include "agent/core/backup_file.h"

#include "shared/base/check.h"
#include "shared/base/random.h"
#include "shared/codec/cbor.h"
#include "shared/codec/compress.h"

#define MAGIC "huce-backup"
#define SIGNED "huce/1/backup\n"
#define VERSION 1
#define SALTS_MAX (128 * 1024)
#define ITEM_MAX (8u * 1024 * 1024)

/* ---- writing ---- */

static void put_body(const struct backup *b, struct buf *out)
{
    cbor_put_array(out, 4);
    cbor_put_str(out, b->registry.text);
    cbor_put_bytes(out, hash_slice(&b->root_kid));
    cbor_put_uint(out, (uint64_t)b->made_ms);
    cbor_put_array(out, b->ledger_count);
    for (size_t i = 0; i < b->ledger_count; i++) {
        const struct backup_ledger *ledger = &b->ledgers[i];
        cbor_put_array(out, 2);
        cbor_put_str(out, ledger->origin.text);
        cbor_put_array(out, ledger->count);
        for (size_t k = 0; k < ledger->count; k++) {
            cbor_put_array(out, 3);
            cbor_put_bytes(out, ledger->items[k].cose);
            cbor_put_bytes(out, ledger->items[k].salts);
            cbor_put_bytes(out, ledger->items[k].columns);
        }
    }
}

/* What the device signs. */
static void signed_message(struct slice body, struct buf *out)
{
    buf_put_str(out, SIGNED);
    buf_put_slice(out, body);
}

static void seal(const struct vault *vault, struct slice plain, struct buf *out)
{
    uint8_t nonce[VAULT_NONCE_SIZE];
    random_bytes(nonce, sizeof(nonce));
    vault_seal_file(vault, slice_str(MAGIC), nonce, plain, out);
}

static void put_file(const struct vault *vault, const struct vault_file *file, struct slice content,
                     struct buf *out)
{
    struct buf head;
    buf_init(&head, VAULT_FILE_MAX);
    if (vault)
        vault_file_write(file, &head);
    cbor_put_array(out, 4);
    cbor_put_str(out, MAGIC);
    cbor_put_uint(out, VERSION);
    if (vault)
        cbor_put_bytes(out, buf_slice(&head));
    else
        cbor_put_null(out);
    cbor_put_bytes(out, content);
    buf_release(&head);
}

void backup_file_write(const struct backup *backup, const struct sign_key *device,
                       const struct vault *vault, const struct vault_file *file, struct buf *out)
{
    struct buf body, message, signed_body, frame, sealed;
    struct signature signature;
    buf_init(&body, BACKUP_MAX);
    buf_init(&message, BACKUP_MAX + sizeof(SIGNED));
    buf_init(&signed_body, BACKUP_MAX);
    buf_init(&frame, BACKUP_MAX);
    buf_init(&sealed, BACKUP_MAX + VAULT_FILE_MAX);
    put_body(backup, &body);
    signed_message(buf_slice(&body), &message);
    if (buf_ok(&message))
        sign_message(device, buf_slice(&message), &signature);
    cbor_put_array(&signed_body, 3);
    cbor_put_bytes(&signed_body, buf_slice(&body));
    cbor_put_bytes(&signed_body, hash_slice(sign_key_kid(device)));
    cbor_put_bytes(&signed_body, slice_of(signature.b, sizeof(signature.b)));
    bool ok = buf_ok(&body) && buf_ok(&message) && buf_ok(&signed_body);
    if (ok)
        compress_bytes(buf_slice(&signed_body), COMPRESS_LEVEL, &frame);
    ok = ok && buf_ok(&frame);
    if (ok && vault)
        seal(vault, buf_slice(&frame), &sealed);
    if (ok)
        put_file(vault, file, buf_slice(vault ? &sealed : &frame), out);
    else
        out->overflow = true;
    buf_release(&sealed);
    buf_release(&frame);
    buf_release(&signed_body);
    buf_release(&message);
    buf_release(&body);
}

/* ---- reading ---- */

enum status backup_file_read(struct slice bytes, struct backup_sealed *out, struct error *err)
{
    struct cbor_reader r;
    struct slice vault = SLICE_NONE;
    *out = (struct backup_sealed){0};
    cbor_reader_init(&r, bytes, "backup");
    cbor_expect_array(&r, 4);
    struct slice magic = cbor_read_text(&r, 32);
    uint64_t version = cbor_read_uint(&r);
    out->is_sealed = !cbor_at_null(&r);
    if (out->is_sealed)
        vault = cbor_read_bytes(&r, VAULT_FILE_MAX);
    else
        cbor_read_null(&r);
    out->content = cbor_read_bytes(&r, BACKUP_MAX + VAULT_FILE_MAX);
    if (cbor_end(&r, NULL) != ST_OK || !slice_equal(magic, slice_str(MAGIC)))
        return error_set(err, ST_INVALID,
                         "不是户策的备份文件，或者没有写完、已损坏：请换一份备份再试");
    if (version != VERSION)
        return error_set(err, ST_INVALID, "这份备份是新版的程序写的：请先更新本机的程序");
    if (out->is_sealed && vault_file_read(vault, &out->vault, err) != ST_OK)
        return error_wrap(err, ST_INVALID, "备份文件已损坏");
    return ST_OK;
}

static void read_items(struct cbor_reader *r, struct arena *arena, struct backup_ledger *out)
{
    out->count = cbor_read_array(r, BACKUP_CHANGESETS_MAX);
    out->items = arena_alloc(arena, (out->count + 1) * sizeof(*out->items));
    for (size_t i = 0; i < out->count && cbor_ok(r); i++) {
        struct backup_item *item = &out->items[i];
        cbor_expect_array(r, 3);
        item->cose = cbor_read_bytes(r, ITEM_MAX);
        item->salts = cbor_read_bytes(r, SALTS_MAX);
        item->columns = cbor_read_bytes(r, ITEM_MAX);
    }
}

static void read_origin(struct cbor_reader *r, struct origin *out)
{
    if (!origin_parse(cbor_read_text(r, ORIGIN_MAX), out))
        cbor_fail(r, "not an origin");
}

static enum status read_body(struct slice body, struct arena *arena, struct backup *out,
                             struct error *err)
{
    struct cbor_reader r;
    cbor_reader_init(&r, body, "backup");
    cbor_expect_array(&r, 4);
    read_origin(&r, &out->registry);
    cbor_read_fixed(&r, out->root_kid.b, HASH_SIZE);
    out->made_ms = (int64_t)cbor_read_uint_max(&r, INT64_MAX - 1);
    out->ledger_count = cbor_read_array(&r, BACKUP_LEDGERS_MAX);
    out->ledgers = arena_alloc(arena, (out->ledger_count + 1) * sizeof(*out->ledgers));
    for (size_t i = 0; i < out->ledger_count && cbor_ok(&r); i++) {
        cbor_expect_array(&r, 2);
        read_origin(&r, &out->ledgers[i].origin);
        read_items(&r, arena, &out->ledgers[i]);
    }
    return cbor_end(&r, err);
}

static enum status read_signed(struct slice bytes, struct arena *arena, struct backup_opened *out,
                               struct error *err)
{
    struct cbor_reader r;
    cbor_reader_init(&r, bytes, "backup");
    cbor_expect_array(&r, 3);
    out->body = cbor_read_bytes(&r, BACKUP_MAX);
    cbor_read_fixed(&r, out->device.b, HASH_SIZE);
    cbor_read_fixed(&r, out->signature.b, SIGN_SIZE);
    enum status st = cbor_end(&r, err);
    return st == ST_OK ? read_body(out->body, arena, &out->backup, err) : st;
}

enum status backup_file_open(const struct backup_sealed *sealed, const struct vault *vault,
                             struct buf *plain, struct arena *arena, struct backup_opened *out,
                             struct error *err)
{
    struct buf frame;
    struct slice content = sealed->content;
    enum status st = ST_OK;
    *out = (struct backup_opened){0};
    CHECK(sealed->is_sealed == (vault != NULL));
    buf_init(&frame, BACKUP_MAX + VAULT_FILE_MAX);
    if (vault) {
        st = vault_open_file(vault, slice_str(MAGIC), content, &frame, err);
        content = buf_slice(&frame);
    }
    buf_clear(plain);
    if (st == ST_OK)
        st = decompress(content, BACKUP_MAX, plain, err);
    if (st == ST_OK)
        st = read_signed(buf_slice(plain), arena, out, err);
    if (frame.p)
        secret_wipe(frame.p, frame.capacity);
    buf_release(&frame);
    return st == ST_OK ? st : error_wrap(err, ST_DAMAGED, "备份文件已损坏");
}

bool backup_file_signed(const struct backup_opened *opened, const struct sign_public *device)
{
    struct buf message;
    buf_init(&message, BACKUP_MAX + sizeof(SIGNED));
    signed_message(opened->body, &message);
    bool ok = buf_ok(&message) && sign_verify(device, buf_slice(&message), &opened->signature);
    buf_release(&message);
    return ok;
}
