/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Photos: what is kept of a file is kept whole when it is taken again, is never longer but for a
 * new Exif, and no comment, no XMP and no second Exif is left in it. Names of attachments: one
 * spelling.
 */
#include "shared/record/picture.h"
#include "tests/fuzz/fuzz.h"

#define EXIF_MAX 128

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = fuzz_exact(data, size);
    struct buf once, twice;
    struct attachment a;
    buf_init(&once, size + EXIF_MAX);
    buf_init(&twice, size + EXIF_MAX);
    CHECK(picture_up(in) <= 8);
    if (picture_strip(in, &once, NULL) == ST_OK) {
        CHECK(once.n <= size + EXIF_MAX && picture_kind(buf_slice(&once)) == picture_kind(in));
        CHECK(picture_strip(buf_slice(&once), &twice, NULL) == ST_OK);
        CHECK(slice_equal(buf_slice(&once), buf_slice(&twice)));
    }
    if (attachment_parse(in, &a)) {
        char again[ATTACHMENT_TEXT_MAX + 1];
        attachment_write(&a, again);
        CHECK(slice_equal(slice_str(again), in));
    }
    buf_release(&once);
    buf_release(&twice);
    mem_free((void *)in.p);
    return 0;
}
