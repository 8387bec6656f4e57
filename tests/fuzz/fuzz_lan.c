/* SPDX-License-Identifier: MulanPSL-2.0 */
/* What neighbours send: what is read is written again as the same bytes. */
#include "shared/sync/lan.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = fuzz_exact(data, size);
    struct arena arena = {0};
    struct lan_message message;
    if (lan_read(in, &arena, &message, NULL) == ST_OK) {
        struct buf again;
        buf_init(&again, size + 64);
        lan_write(&message, &again);
        CHECK(slice_equal(buf_slice(&again), in));
        buf_release(&again);
    }
    arena_release(&arena);
    mem_free((void *)in.p);
    return 0;
}
