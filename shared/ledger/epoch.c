/* SPDX-License-Identifier: MulanPSL-2.0 */
/* epoch: see epoch.h. */
#include "shared/ledger/epoch.h"

#include "shared/base/check.h"
#include "shared/codec/cbor.h"

#define EPOCH_ITEMS 8

void epoch_encode(const struct epoch *epoch, struct slice reason, struct buf *out)
{
    cbor_put_array(out, EPOCH_ITEMS);
    cbor_put_uint(out, OP_EPOCH);
    cbor_put_str(out, epoch->ledger.text);
    cbor_put_uint(out, epoch->number);
    cbor_put_uint(out, epoch->kept_size);
    cbor_put_bytes(out, hash_slice(&epoch->kept_root));
    cbor_put_uint(out, epoch->lost_size);
    cbor_put_bytes(out, hash_slice(&epoch->lost_root));
    cbor_put_text(out, reason);
}

enum status epoch_decode(struct slice op, struct epoch *out, struct slice *reason,
                         struct error *err)
{
    struct cbor_reader r;
    struct origin line;
    *out = (struct epoch){0};
    cbor_reader_init(&r, op, "epoch");
    cbor_expect_array(&r, EPOCH_ITEMS);
    if (cbor_read_uint(&r) != OP_EPOCH)
        cbor_fail(&r, "another op number was expected");
    struct slice ledger = cbor_read_text(&r, ORIGIN_MAX);
    out->number = (uint32_t)cbor_read_uint_max(&r, ORIGIN_EPOCH_MAX);
    out->kept_size = cbor_read_uint_max(&r, INT64_MAX);
    cbor_read_fixed(&r, out->kept_root.b, HASH_SIZE);
    out->lost_size = cbor_read_uint_max(&r, INT64_MAX);
    cbor_read_fixed(&r, out->lost_root.b, HASH_SIZE);
    *reason = cbor_read_text(&r, EPOCH_REASON_MAX);
    if (cbor_ok(&r) && (!origin_parse(ledger, &out->ledger) ||
                        origin_epoch(&out->ledger, &line) != 0 || out->number == 0))
        cbor_fail(&r, "not a ledger and the number of an epoch of it");
    if (cbor_ok(&r) && out->lost_size <= out->kept_size)
        cbor_fail(&r, "nothing is lost");
    if (cbor_ok(&r) && reason->n == 0)
        cbor_fail(&r, "no reason is given");
    return cbor_end(&r, err);
}

static bool is_of(const struct epoch *epoch, const struct origin *ledger)
{
    return strcmp(epoch->ledger.text, ledger->text) == 0;
}

const struct epoch *epoch_numbered(const struct epoch *epochs, size_t count,
                                   const struct origin *ledger, uint32_t number)
{
    for (size_t i = 0; i < count; i++)
        if (epochs[i].number == number && is_of(&epochs[i], ledger))
            return &epochs[i];
    return NULL;
}

uint32_t epoch_newest(const struct epoch *epochs, size_t count, const struct origin *ledger)
{
    uint32_t newest = 0;
    for (size_t i = 0; i < count; i++)
        if (is_of(&epochs[i], ledger))
            newest = epochs[i].number;
    return newest;
}

uint64_t epoch_kept(const struct epoch *epochs, size_t count, const struct origin *ledger,
                    uint32_t number)
{
    uint64_t kept = UINT64_MAX;
    for (size_t i = 0; i < count; i++)
        if (is_of(&epochs[i], ledger) && epochs[i].number > number && epochs[i].kept_size < kept)
            kept = epochs[i].kept_size;
    return kept;
}

bool epoch_lost_base(const struct epoch *epochs, size_t count, const struct origin *ledger,
                     uint64_t base_size, uint64_t *kept)
{
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < count; i++)
        if (is_of(&epochs[i], ledger) && epochs[i].kept_size < base_size &&
            base_size <= epochs[i].lost_size && epochs[i].kept_size < least)
            least = epochs[i].kept_size;
    *kept = least;
    return least != UINT64_MAX;
}
