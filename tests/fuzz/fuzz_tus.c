/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Header fields of uploads and ranges: what is read lies within what there is. */
#include "shared/net/tus.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = mem_alloc(size + 1);
    struct tus_metadata metadata;
    struct hash hash;
    uint64_t from, n, number;
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    if (tus_metadata(text, &metadata))
        CHECK(strlen(metadata.ledger) < sizeof metadata.ledger);
    if (tus_number(text, &number)) {
        char again[24];
        snprintf(again, sizeof again, "%llu", (unsigned long long)number);
        CHECK(strcmp(again, text) == 0);
    }
    (void)tus_checksum(text, &hash);
    for (uint64_t whole = 0; whole < 100; whole += 33) {
        const enum range range = range_parse(text, whole, &from, &n);
        CHECK(range == RANGE_PART ? n > 0 && from < whole && n <= whole - from
                                  : from == 0 && n == whole);
    }
    mem_free(text);
    return 0;
}
