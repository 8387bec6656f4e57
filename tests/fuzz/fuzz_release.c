/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Update files: nothing that the root key has not signed is taken; what gets signed is read. */
#include "shared/ledger/release.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = fuzz_exact(data, size), program;
    struct sign_key *key = fuzz_key(0);
    struct release r = {.number = 1, .version = "v", .platform = "p"}, read;
    struct buf file;
    CHECK(release_read(in, sign_key_public(key), &read, &program, NULL) != ST_OK);
    buf_init(&file, size + 8192);
    if (size > 0) {
        release_write(&r, in, key, &file);
        CHECK(release_read(buf_slice(&file), sign_key_public(key), &read, &program, NULL) == ST_OK);
        CHECK(slice_equal(program, in));
    }
    buf_release(&file);
    sign_key_release(key);
    mem_free((void *)in.p);
    return 0;
}
