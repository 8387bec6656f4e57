/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * What a witness is sent. First byte even: an add-checkpoint request; what is read is written again
 * as the same bytes, and is signed only from the state it names. Odd: a verifier; one spelling.
 */
#include "shared/ledger/witness.h"
#include "tests/fuzz/fuzz.h"

static void request(struct slice in)
{
    static struct sign_key *log_key;
    struct witness_request request;
    struct checkpoint head;
    struct error why;
    struct buf again;
    if (!log_key)
        log_key = fuzz_key(0x20);
    if (witness_request_read(in, &request, &why) != ST_OK) {
        CHECK(why.status == ST_INVALID);
        return;
    }
    buf_init(&again, 2 * WITNESS_REQUEST_MAX);
    witness_request_write(request.old_size, &request.proof, request.checkpoint, &again);
    CHECK(slice_equal(buf_slice(&again), in));
    buf_release(&again);
    if (witness_judge(&request, sign_key_public(log_key), 0, NULL, &head, &why) == ST_OK)
        CHECK(request.old_size == 0 && request.proof.count == 0);
}

static void verifier(struct slice in)
{
    struct verifier verifier;
    struct buf again;
    if (verifier_read(in, &verifier, NULL) != ST_OK)
        return;
    buf_init(&again, 512);
    verifier_write(&verifier, &again);
    CHECK(slice_equal(buf_slice(&again), in));
    buf_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    crypto_init();
    struct slice in = fuzz_exact(data + 1, size - 1);
    (data[0] & 1 ? verifier : request)(in);
    mem_free((void *)in.p);
    return 0;
}
