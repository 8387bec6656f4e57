/* SPDX-License-Identifier: MulanPSL-2.0 */
/* bundle_pack: see bundle_pack.h. */
#include "shared/sync/bundle_pack.h"

#include "shared/base/check.h"

#define FILE_BYTES (BUNDLE_FILE_MAX / 4) /* at most: a file is held in memory, twice */

void bundle_pack_init(struct bundle_pack *pack, const struct bundle_pack_terms *terms)
{
    *pack = (struct bundle_pack){.terms = terms};
}

static void empty(struct bundle_pack *pack)
{
    mem_free(pack->bundle.ledgers);
    mem_free(pack->bundle.messages);
    mem_free(pack->bundle.blobs);
    arena_release(&pack->arena);
    pack->bundle = (struct bundle){0};
    pack->bytes = pack->ledger_capacity = pack->message_capacity = pack->blob_capacity = 0;
}

void bundle_pack_release(struct bundle_pack *pack)
{
    empty(pack);
}

enum status bundle_pack_end(struct bundle_pack *pack, struct error *err)
{
    const struct bundle_pack_terms *terms = pack->terms;
    struct bundle *bundle = &pack->bundle;
    struct age_random random;
    struct buf file;
    if (bundle->message_count == 0 && bundle->blob_count == 0)
        return ST_OK;
    memcpy(bundle->id, terms->id, BUNDLE_ID_SIZE);
    bundle->from = *sign_key_kid(terms->key);
    bundle->recipient_count = terms->recipient_count;
    memcpy(bundle->recipients, terms->recipients, sizeof(bundle->recipients));
    terms->random(&random, sizeof(random));
    buf_init(&file, BUNDLE_FILE_MAX);
    bundle_write(bundle, terms->key, &random, &file);
    secret_wipe(&random, sizeof(random));
    CHECK(buf_ok(&file));
    enum status st = terms->file(terms->arg, ++pack->files, buf_slice(&file), err);
    buf_release(&file);
    empty(pack);
    return st;
}

static struct bundle_ledger *ledger_of(struct bundle_pack *pack, const struct bundle_ledger *base)
{
    struct bundle *bundle = &pack->bundle;
    if (bundle->ledger_count &&
        strcmp(bundle->ledgers[bundle->ledger_count - 1].origin.text, base->origin.text) == 0)
        return &bundle->ledgers[bundle->ledger_count - 1];
    bundle->ledgers = mem_grow(bundle->ledgers, &pack->ledger_capacity, bundle->ledger_count + 1,
                               sizeof(bundle->ledgers[0]));
    struct bundle_ledger *ledger = &bundle->ledgers[bundle->ledger_count++];
    *ledger = *base;
    ledger->changesets = 0;
    return ledger;
}

/* Has the file no room for so many bytes more? */
static bool is_full(const struct bundle_pack *pack, size_t n)
{
    const size_t asked = pack->terms->file_bytes;
    return pack->bytes + n > (asked && asked < FILE_BYTES ? asked : FILE_BYTES);
}

enum status bundle_pack_blob(struct bundle_pack *pack, struct slice blob, struct error *err)
{
    struct bundle *bundle = &pack->bundle;
    enum status st = ST_OK;
    if (bundle->message_count ||
        (bundle->blob_count && (is_full(pack, blob.n) || bundle->blob_count == BUNDLE_BLOBS_MAX)))
        st = bundle_pack_end(pack, err);
    if (st != ST_OK)
        return st;
    bundle->blobs = mem_grow(bundle->blobs, &pack->blob_capacity, bundle->blob_count + 1,
                             sizeof(bundle->blobs[0]));
    bundle->blobs[bundle->blob_count++] =
        slice_of(arena_copy(&pack->arena, blob.p, blob.n), blob.n);
    pack->bytes += blob.n;
    return ST_OK;
}

enum status bundle_pack_add(struct bundle_pack *pack, const struct bundle_ledger *base,
                            struct slice message, struct error *err)
{
    struct bundle *bundle = &pack->bundle;
    enum status st = ST_OK;
    if (bundle->blob_count)
        st = bundle_pack_end(pack, err);
    if (st != ST_OK)
        return st;
    if (bundle->message_count &&
        (is_full(pack, message.n) || bundle->message_count == BUNDLE_MESSAGES_MAX ||
         bundle->ledger_count == BUNDLE_LEDGERS_MAX))
        st = bundle_pack_end(pack, err);
    if (st != ST_OK)
        return st;
    ledger_of(pack, base)->changesets += base->changesets;
    bundle->messages = mem_grow(bundle->messages, &pack->message_capacity,
                                bundle->message_count + 1, sizeof(bundle->messages[0]));
    bundle->messages[bundle->message_count++] =
        slice_of(arena_copy(&pack->arena, message.p, message.n), message.n);
    pack->bytes += message.n;
    return ST_OK;
}
