/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * The strict reader. What it calls canonical is written again, item by item, as the same bytes;
 * with one byte more or less it is canonical no longer; and after a failure nothing moves any more.
 */
#include "shared/codec/cbor.h"
#include "tests/fuzz/fuzz.h"

static void copy_item(struct cbor_reader *r, struct buf *out)
{
    size_t n;
    switch (cbor_peek(r)) {
    case CBOR_UINT:
        cbor_put_uint(out, cbor_read_uint(r));
        break;
    case CBOR_NINT:
        cbor_put_int(out, cbor_read_int(r));
        break;
    case CBOR_BYTES:
        cbor_put_bytes(out, cbor_read_bytes(r, SIZE_MAX));
        break;
    case CBOR_TEXT: {
        struct slice text = cbor_read_text(r, SIZE_MAX);
        CHECK(utf8_valid(text) && utf8_length(text) <= text.n);
        cbor_put_text(out, text);
        break;
    }
    case CBOR_ARRAY:
        n = cbor_read_array(r, SIZE_MAX);
        cbor_put_array(out, n);
        for (size_t i = 0; i < n && cbor_ok(r); i++)
            copy_item(r, out);
        break;
    case CBOR_MAP: {
        struct slice last = SLICE_NONE;
        n = cbor_read_map(r, SIZE_MAX);
        cbor_put_map(out, n);
        for (size_t i = 0; i < n && cbor_ok(r); i++) {
            const uint8_t *start = r->p;
            copy_item(r, out);
            cbor_check_key_order(r, &last, slice_of(start, (size_t)(r->p - start)));
            copy_item(r, out);
        }
        break;
    }
    case CBOR_TAG:
        cbor_put_tag(out, cbor_read_tag(r));
        copy_item(r, out);
        break;
    case CBOR_SIMPLE:
        if (cbor_at_null(r)) {
            cbor_read_null(r);
            cbor_put_null(out);
        } else {
            cbor_put_bool(out, cbor_read_bool(r));
        }
        break;
    }
}

/* Asks for what the bytes themselves say, mostly something else than is there. */
static void ask_anything(struct slice in)
{
    struct cbor_reader r;
    uint8_t room[32];
    cbor_reader_init(&r, in, "anything");
    for (size_t i = 0; i < in.n; i++) {
        const uint8_t *before = r.p;
        const bool failed = !cbor_ok(&r);
        switch (in.p[i] % 11) {
        case 0:
            cbor_read_uint_max(&r, in.p[i]);
            break;
        case 1:
            cbor_read_int(&r);
            break;
        case 2:
            CHECK(cbor_read_bytes(&r, 40).n <= 40);
            break;
        case 3:
            CHECK(cbor_read_text(&r, 40).n <= 40);
            break;
        case 4:
            cbor_read_fixed(&r, room, in.p[i] % sizeof(room));
            break;
        case 5:
            cbor_read_bool(&r);
            break;
        case 6:
            cbor_read_null(&r);
            break;
        case 7:
            CHECK(cbor_read_array(&r, 40) <= 40);
            break;
        case 8:
            CHECK(cbor_read_map(&r, 40) <= 40);
            break;
        case 9:
            cbor_read_tag(&r);
            break;
        default:
            cbor_read_item(&r);
        }
        CHECK(r.p >= before && r.p <= r.end);
        CHECK(!failed || r.p == before);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = fuzz_exact(data, size);
    ask_anything(in);
    if (cbor_is_canonical(in)) {
        struct cbor_reader r;
        struct buf out;
        buf_init(&out, size);
        cbor_reader_init(&r, in, "input");
        copy_item(&r, &out);
        CHECK(cbor_end(&r, NULL) == ST_OK && buf_ok(&out));
        CHECK(slice_equal(buf_slice(&out), in));
        buf_release(&out);

        struct slice longer = fuzz_longer(in, 0xF6);
        CHECK(!cbor_is_canonical(longer));
        mem_free((void *)longer.p);
        CHECK(!cbor_is_canonical(slice_of(in.p, in.n - 1)));
    }
    mem_free((void *)in.p);
    return 0;
}
