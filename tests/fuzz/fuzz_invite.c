/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Invitations. First byte even: any text. Odd: the rest is the content, to which the target adds
 * the check bytes, so that the fuzzer need not find a hash. What decodes is encoded again and read
 * back the same; a code with its last character missing is never taken for whole.
 */
#include "shared/codec/hex.h"
#include "shared/ledger/invite.h"
#include "tests/fuzz/fuzz.h"

static void hold(const struct invite *invite)
{
    struct invite again;
    struct buf text;
    buf_init(&text, INVITE_TEXT_MAX);
    CHECK(county_url_valid(slice_str(invite->url)) && invite->expires_ms >= 0);
    MUST(invite_encode(invite, &text, err));
    CHECK(text.n <= INVITE_TEXT_MAX);
    MUST(invite_decode(buf_slice(&text), &again, err));
    CHECK(memcmp(invite, &again, sizeof(again)) == 0); /* the reader zeroes the rest */
    CHECK(invite_decode(slice_of(text.p, text.n - 1), &again, NULL) != ST_OK);
    buf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct invite invite;
    struct error why;
    struct buf text, bytes;
    struct hash check;
    if (size < 1)
        return 0;
    struct slice in = fuzz_exact(data + 1, size - 1), code = in;
    buf_init(&bytes, size + HASH_SIZE);
    buf_init(&text, 2 * size + 100);
    if (data[0] & 1) {
        hash_bytes(in, &check);
        buf_put_slice(&bytes, in);
        buf_put(&bytes, check.b, 4);
        buf_put_str(&text, "HUCE1-");
        base32_encode(buf_slice(&bytes), &text);
        code = buf_slice(&text);
    }
    if (invite_decode(code, &invite, &why) == ST_OK)
        hold(&invite);
    else
        CHECK(why.status == ST_INVALID && why.text[0]);
    buf_release(&text);
    buf_release(&bytes);
    mem_free((void *)in.p);
    return 0;
}
