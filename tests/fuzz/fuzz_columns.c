/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * First byte: number of changes. What decodes is encoded again and must come back
 * the same: the encoder may choose another spelling, but not another meaning.
 */
#include "shared/sync/columns.h"
#include "tests/fuzz/fuzz.h"

#define BASE 1000

static bool ordinal_of(void *arg, const struct record_id *id, uint64_t base_size, uint64_t *ordinal)
{
    static const uint8_t zero[8];
    (void)arg;
    *ordinal = (uint64_t)id->b[14] << 8 | id->b[15];
    return memcmp(id->b, zero, sizeof zero) == 0 && id->b[13] == 1 && *ordinal < base_size;
}

static bool record_at(void *arg, uint64_t ordinal, uint64_t base_size, struct record_id *id)
{
    (void)arg;
    *id = (struct record_id){{[13] = 1, [14] = (uint8_t)(ordinal >> 8), [15] = (uint8_t)ordinal}};
    return ordinal < base_size;
}

static const struct record_index world = {ordinal_of, record_at, NULL};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct change_item first[256], again[256];
    if (size < 1)
        return 0;
    size_t count = data[0];
    struct slice columns = slice_of(data + 1, size - 1);
    if (columns_decode(columns, count, BASE, &world, &arena, first, NULL) == ST_OK) {
        struct buf out;
        buf_init(&out, COLUMNS_MAX);
        columns_encode(first, count, BASE, &world, &out);
        CHECK(buf_ok(&out));
        CHECK(columns_decode(buf_slice(&out), count, BASE, &world, &arena, again, NULL) == ST_OK);
        for (size_t i = 0; i < count; i++)
            CHECK(first[i].hlc == again[i].hlc && slice_equal(first[i].body, again[i].body));
        buf_release(&out);
    }
    arena_release(&arena);
    return 0;
}
