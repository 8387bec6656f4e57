/* SPDX-License-Identifier: MulanPSL-2.0 */
/* thumbnail: small, the same picture, the same way round; of what is no picture there is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <png.h>
#include <turbojpeg.h>

#include "agent/core/thumbnail.h"
#include "shared/base/check.h"
#include "shared/base/mem.h"
#include "shared/record/picture.h"

/* Left half red, right half blue. */
static uint8_t *halves(unsigned width, unsigned height)
{
    uint8_t *rgb = mem_zero_alloc((size_t)width * height, 3);
    for (unsigned y = 0; y < height; y++)
        for (unsigned x = 0; x < width; x++)
            rgb[((size_t)y * width + x) * 3 + (x < width / 2 ? 0 : 2)] = 255;
    return rgb;
}

/* up: 0, or what its Exif says. */
static void put_jpeg(unsigned width, unsigned height, uint8_t up, struct buf *out)
{
    uint8_t *rgb = halves(width, height);
    unsigned char *jpeg = NULL;
    unsigned long n = 0;
    tjhandle tj = tjInitCompress();
    buf_init(out, 1 << 26);
    assert_int_equal(
        tjCompress2(tj, rgb, (int)width, 0, (int)height, TJPF_RGB, &jpeg, &n, TJSAMP_420, 80, 0),
        0);
    buf_put(out, jpeg, 2);
    picture_put_up(up, out);
    buf_put(out, jpeg + 2, n - 2);
    tjFree(jpeg);
    tjDestroy(tj);
    mem_free(rgb);
}

static void put_png(unsigned width, unsigned height, struct buf *out)
{
    png_image png = {
        .version = PNG_IMAGE_VERSION, .width = width, .height = height, .format = PNG_FORMAT_RGB};
    uint8_t *rgb = halves(width, height);
    png_alloc_size_t n = PNG_IMAGE_PNG_SIZE_MAX(png);
    buf_init(out, 1 << 26);
    uint8_t *room = buf_extend(out, n);
    assert_non_null(room);
    assert_int_equal(png_image_write_to_memory(&png, room, &n, 0, rgb, 0, NULL), 1);
    out->n = n;
    mem_free(rgb);
}

/* Its sides, and whether it is red on the left and blue on the right. */
static void look(const struct buf *thumb, int *width, int *height, bool *same)
{
    int sampling, colours;
    tjhandle tj = tjInitDecompress();
    assert_int_equal(
        tjDecompressHeader3(tj, thumb->p, thumb->n, width, height, &sampling, &colours), 0);
    uint8_t *rgb = mem_alloc((size_t)*width * (size_t)*height * 3);
    assert_int_equal(tjDecompress2(tj, thumb->p, thumb->n, rgb, *width, 0, *height, TJPF_RGB, 0),
                     0);
    const uint8_t *left = rgb + ((size_t)(*height / 2) * (size_t)*width + (size_t)*width / 4) * 3;
    const uint8_t *right = left + (size_t)(*width / 2) * 3;
    *same = left[0] > 200 && left[2] < 60 && right[0] < 60 && right[2] > 200;
    mem_free(rgb);
    tjDestroy(tj);
}

static void it_is_small_and_the_same(void **state)
{
    (void)state;
    static const struct {
        unsigned width, height;
        int w, h;
    } rows[] = {{4000, 3000, 240, 180}, {3000, 4000, 180, 240}, {240, 240, 240, 240},
                {100, 50, 100, 50},     {241, 10, 240, 9},      {5000, 8, 240, 1}};
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        for (int png = 0; png < 2; png++) {
            struct buf photo, thumb;
            int w, h;
            bool same;
            if (png)
                put_png(rows[i].width, rows[i].height, &photo);
            else
                put_jpeg(rows[i].width, rows[i].height, 0, &photo);
            buf_init(&thumb, ATTACHMENT_THUMB_MAX);
            if (!thumbnail_make(png ? ATTACHMENT_PNG : ATTACHMENT_JPEG, buf_slice(&photo), &thumb))
                fail_msg("none of %u x %u, %d", rows[i].width, rows[i].height, png);
            look(&thumb, &w, &h, &same);
            assert_true(same);
            assert_true(w <= THUMBNAIL_SIDE && h <= THUMBNAIL_SIDE);
            if (png) { /* a JPEG's eighths round */
                assert_int_equal(w, rows[i].w);
                assert_int_equal(h, rows[i].h);
            }
            assert_int_equal(picture_up(buf_slice(&thumb)), 0);
            buf_release(&photo);
            buf_release(&thumb);
        }
}

static void it_is_the_same_way_round(void **state)
{
    (void)state;
    for (uint8_t up = 1; up <= 8; up++) {
        struct buf photo, thumb;
        int w, h;
        bool same;
        put_jpeg(800, 600, up, &photo);
        buf_init(&thumb, ATTACHMENT_THUMB_MAX);
        assert_true(thumbnail_make(ATTACHMENT_JPEG, buf_slice(&photo), &thumb));
        assert_int_equal(picture_up(buf_slice(&thumb)), up);
        look(&thumb, &w, &h, &same); /* a decoder still takes it */
        assert_true(same);
        buf_release(&photo);
        buf_release(&thumb);
    }
}

static void of_nothing_there_is_none(void **state)
{
    (void)state;
    struct buf photo, thumb;
    buf_init(&thumb, ATTACHMENT_THUMB_MAX);
    assert_false(thumbnail_make(ATTACHMENT_PDF, slice_str("%PDF-1.4"), &thumb));
    assert_false(thumbnail_make(ATTACHMENT_JPEG, slice_str("\xFF\xD8\xFF nothing"), &thumb));
    assert_false(thumbnail_make(ATTACHMENT_PNG, slice_str("\x89PNG\r\n\x1a\n"), &thumb));
    assert_false(thumbnail_make(ATTACHMENT_UNKNOWN, SLICE_NONE, &thumb));
    put_png(300, 200, &photo);
    assert_false(thumbnail_make(ATTACHMENT_PNG, slice_of(photo.p, photo.n / 2), &thumb));
    assert_int_equal(thumb.n, 0);
    buf_release(&photo);
    buf_release(&thumb);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_small_and_the_same),
        cmocka_unit_test(it_is_the_same_way_round),
        cmocka_unit_test(of_nothing_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
