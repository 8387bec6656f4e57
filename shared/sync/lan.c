/* SPDX-License-Identifier: MulanPSL-2.0 */
/* lan: see lan.h. */
#include "shared/sync/lan.h"

#include "shared/codec/cbor.h"

void lan_write(const struct lan_message *message, struct buf *out)
{
    cbor_put_array(out, 3);
    cbor_put_uint(out, 1);
    cbor_put_array(out, message->ledger_count);
    for (size_t i = 0; i < message->ledger_count; i++) {
        const struct lan_ledger *l = &message->ledgers[i];
        cbor_put_array(out, 6);
        cbor_put_text(out, slice_str(l->origin.text));
        cbor_put_uint(out, l->size);
        cbor_put_bytes(out, slice_of(l->root8, sizeof(l->root8)));
        cbor_put_uint(out, l->from);
        cbor_put_array(out, l->id_count);
        for (size_t k = 0; k < l->id_count; k++)
            cbor_put_bytes(out, hash_slice(&l->ids[k]));
        cbor_put_array(out, l->segment_count);
        for (size_t k = 0; k < l->segment_count; k++)
            cbor_put_bytes(out, l->segments[k]);
    }
    cbor_put_bytes(out, message->answer);
}

static void read_fixed(struct cbor_reader *r, void *out, size_t n)
{
    const struct slice bytes = cbor_read_bytes(r, n);
    if (cbor_ok(r) && bytes.n != n)
        cbor_fail(r, "a byte string of another length");
    if (cbor_ok(r))
        memcpy(out, bytes.p, n);
}

static void read_ledger(struct cbor_reader *r, struct arena *arena, struct lan_ledger *out)
{
    *out = (struct lan_ledger){.size = 0};
    cbor_expect_array(r, 6);
    if (!origin_parse(cbor_read_text(r, ORIGIN_MAX), &out->origin))
        cbor_fail(r, "not an origin");
    out->size = cbor_read_uint_max(r, INT64_MAX);
    read_fixed(r, out->root8, sizeof(out->root8));
    out->from = cbor_read_uint_max(r, INT64_MAX);
    const size_t ids = cbor_read_array(r, LAN_IDS_MAX);
    out->ids = arena_alloc(arena, (ids + 1) * sizeof(out->ids[0]));
    for (; out->id_count < ids && cbor_ok(r); out->id_count++)
        read_fixed(r, out->ids[out->id_count].b, HASH_SIZE);
    const size_t segments = cbor_read_array(r, LAN_IDS_MAX);
    out->segments = arena_alloc(arena, (segments + 1) * sizeof(out->segments[0]));
    for (; out->segment_count < segments && cbor_ok(r); out->segment_count++)
        out->segments[out->segment_count] = cbor_read_bytes(r, MESSAGE_MAX);
}

enum status lan_read(struct slice bytes, struct arena *arena, struct lan_message *out,
                     struct error *err)
{
    struct cbor_reader r;
    *out = (struct lan_message){.ledger_count = 0};
    cbor_reader_init(&r, bytes, "lan message");
    cbor_expect_array(&r, 3);
    if (cbor_read_uint_max(&r, 1) != 1)
        cbor_fail(&r, "another version");
    const size_t count = cbor_read_array(&r, MESSAGE_LEDGERS_MAX);
    out->ledgers = arena_alloc(arena, (count + 1) * sizeof(out->ledgers[0]));
    for (; out->ledger_count < count && cbor_ok(&r); out->ledger_count++)
        read_ledger(&r, arena, &out->ledgers[out->ledger_count]);
    out->answer = cbor_read_bytes(&r, MESSAGE_MAX);
    return cbor_end(&r, err);
}
