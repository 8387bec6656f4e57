/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Checkpoints. First byte even: a text as it comes; then an accepted one must begin with the very
 * bytes that signing the same head gives. Odd: the rest is a note body that the log key itself
 * signs, which is how the fuzzer gets behind the signature; it may be accepted in one spelling
 * only.
 */
#include "shared/codec/hex.h"
#include "shared/ledger/checkpoint.h"
#include "tests/fuzz/fuzz.h"

static struct sign_key *log_key;
static struct origin ledger;

/* The body, that is the text up to the blank line, must be what checkpoint_sign would write. */
static void hold(const struct checkpoint *cp, struct slice text)
{
    struct buf again;
    buf_init(&again, CHECKPOINT_MAX);
    checkpoint_sign(cp, log_key, &again);
    CHECK(buf_ok(&again) && strcmp(cp->origin.text, ledger.text) == 0 && cp->size <= INT64_MAX);
    const char *end = strstr(buf_cstr(&again), "\n\n");
    size_t body = (size_t)(end + 2 - (const char *)again.p);
    CHECK(text.n > body && memcmp(text.p, again.p, body) == 0);
    buf_release(&again);
}

/* body LF "— origin " base64(key id, signature) LF */
static void sign_body(struct slice body, struct buf *out)
{
    uint8_t blob[4 + SIGN_SIZE];
    struct signature sig;
    struct hash id;
    hash_parts(slice_str(ledger.text), slice_of("\n\x01", 2),
               slice_of(sign_key_public(log_key)->b, 32), &id);
    memcpy(blob, id.b, 4);
    sign_message(log_key, body, &sig);
    memcpy(blob + 4, sig.b, SIGN_SIZE);
    buf_put_slice(out, body);
    buf_printf(out, "\n\xE2\x80\x94 %s ", ledger.text);
    base64_encode(slice_of(blob, sizeof(blob)), out);
    buf_put_u8(out, '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct checkpoint cp;
    struct error why;
    struct buf signed_text;
    if (!log_key) {
        log_key = fuzz_key(0x20);
        CHECK(origin_parse(slice_str("guanghe.example/622924101001"), &ledger));
    }
    if (size < 1)
        return 0;
    buf_init(&signed_text, 2 * CHECKPOINT_MAX + 2 * size);
    struct slice in = fuzz_exact(data + 1, size - 1), text = in;
    if (data[0] & 1) {
        sign_body(in, &signed_text);
        text = buf_slice(&signed_text);
    }
    if (checkpoint_open(text, &ledger, sign_key_public(log_key), &cp, &why) == ST_OK) {
        hold(&cp, text);
        struct slice longer = fuzz_longer(text, 'x');
        CHECK(checkpoint_open(longer, &ledger, sign_key_public(log_key), &cp, NULL) != ST_OK);
        CHECK(checkpoint_open(slice_of(text.p, text.n - 1), &ledger, sign_key_public(log_key), &cp,
                              NULL) != ST_OK);
        mem_free((void *)longer.p);
    } else {
        CHECK(why.status == ST_INVALID || why.status == ST_DAMAGED);
    }
    buf_release(&signed_text);
    mem_free((void *)in.p);
    return 0;
}
