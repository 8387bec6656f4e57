/* SPDX-License-Identifier: MulanPSL-2.0 */
/* bundle_blob: see bundle_blob.h. */
#include "shared/sync/bundle_blob.h"

#include "shared/codec/cbor.h"

#define ITEMS 5

void bundle_blob_write(const struct bundle_blob *blob, struct buf *out)
{
    cbor_put_array(out, ITEMS);
    cbor_put_str(out, blob->origin.text);
    cbor_put_bytes(out, hash_slice(&blob->hash));
    cbor_put_uint(out, blob->size);
    cbor_put_uint(out, blob->at);
    cbor_put_bytes(out, blob->content);
}

enum status bundle_blob_read(struct slice bytes, struct bundle_blob *out, struct error *err)
{
    struct cbor_reader r;
    *out = (struct bundle_blob){0};
    cbor_reader_init(&r, bytes, "attachment");
    cbor_expect_array(&r, ITEMS);
    const struct slice text = cbor_read_text(&r, ORIGIN_MAX);
    if (cbor_ok(&r) && !origin_parse(text, &out->origin))
        cbor_fail(&r, "not the name of a ledger");
    cbor_read_fixed(&r, out->hash.b, HASH_SIZE);
    out->size = cbor_read_uint_max(&r, ATTACHMENT_MAX);
    out->at = cbor_read_uint_max(&r, ATTACHMENT_MAX);
    out->content = cbor_read_bytes(&r, BUNDLE_BLOB_CONTENT_MAX);
    if (cbor_ok(&r) && (out->at > out->size || out->content.n > out->size - out->at))
        cbor_fail(&r, "it goes beyond its end");
    return cbor_end(&r, err);
}
