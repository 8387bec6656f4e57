/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * thumbnail: see thumbnail.h. A JPEG is decoded at the smallest of its eighths that is large
 * enough, then each pixel of the small picture is the mean of those it stands for.
 */
#include "agent/core/thumbnail.h"

#include <limits.h>
#include <png.h>
#include <turbojpeg.h>

#include "shared/base/check.h"
#include "shared/base/mem.h"
#include "shared/record/picture.h"

#define PIXELS_MAX (100u * 1000 * 1000) /* of the photo */
#define DECODED_MAX (40u * 1000 * 1000) /* of what is held in memory */
#define UP_MAX 64                       /* the segment that says which way is up */
#define QUALITY_FIRST 70
#define QUALITY_LAST 10

struct image {
    uint8_t *rgb; /* three bytes a pixel; NULL: none */
    unsigned width, height;
};

static bool image_alloc(struct image *image, unsigned width, unsigned height)
{
    if (width == 0 || height == 0 || (uint64_t)width * height > DECODED_MAX)
        return false;
    *image = (struct image){mem_alloc((size_t)width * height * 3), width, height};
    return true;
}

static bool decode_jpeg(struct slice bytes, struct image *image)
{
    int width = 0, height = 0, subsampling, colours, count = 0;
    tjhandle tj = tjInitDecompress();
    bool good = tj && bytes.n <= ULONG_MAX &&
                tjDecompressHeader3(tj, bytes.p, (unsigned long)bytes.n, &width, &height,
                                    &subsampling, &colours) == 0 &&
                width > 0 && height > 0 && (uint64_t)width * (uint64_t)height <= PIXELS_MAX;
    const tjscalingfactor *factors = good ? tjGetScalingFactors(&count) : NULL;
    tjscalingfactor best = {1, 1};
    for (int i = 0; i < count; i++) {
        const tjscalingfactor f = factors[i];
        const int w = TJSCALED(width, f), h = TJSCALED(height, f);
        if (f.num <= f.denom && (w > h ? w : h) >= THUMBNAIL_SIDE &&
            f.num * best.denom < best.num * f.denom)
            best = f;
    }
    if (good)
        good =
            image_alloc(image, (unsigned)TJSCALED(width, best), (unsigned)TJSCALED(height, best));
    if (good)
        good = tjDecompress2(tj, bytes.p, (unsigned long)bytes.n, image->rgb, (int)image->width, 0,
                             (int)image->height, TJPF_RGB, TJFLAG_FASTDCT) == 0;
    if (tj)
        tjDestroy(tj);
    return good;
}

static bool decode_png(struct slice bytes, struct image *image)
{
    static const png_color white = {255, 255, 255};
    png_image png = {.version = PNG_IMAGE_VERSION};
    bool good = png_image_begin_read_from_memory(&png, bytes.p, bytes.n) != 0;
    if (good) {
        png.format = PNG_FORMAT_RGB;
        good = image_alloc(image, png.width, png.height) &&
               png_image_finish_read(&png, &white, image->rgb, 0, NULL) != 0;
    }
    png_image_free(&png);
    return good;
}

static unsigned scaled(unsigned side, unsigned longer)
{
    const unsigned n = (unsigned)((uint64_t)side * THUMBNAIL_SIDE / longer);
    return n ? n : 1;
}

/* Takes the large one's place. */
static void shrink(struct image *image)
{
    const unsigned longer = image->width > image->height ? image->width : image->height;
    struct image small;
    if (longer <= THUMBNAIL_SIDE)
        return;
    CHECK(image_alloc(&small, scaled(image->width, longer), scaled(image->height, longer)));
    for (unsigned y = 0; y < small.height; y++)
        for (unsigned x = 0; x < small.width; x++) {
            const unsigned x0 = (unsigned)((uint64_t)x * image->width / small.width);
            const unsigned x1 = (unsigned)((uint64_t)(x + 1) * image->width / small.width);
            const unsigned y0 = (unsigned)((uint64_t)y * image->height / small.height);
            const unsigned y1 = (unsigned)((uint64_t)(y + 1) * image->height / small.height);
            uint64_t sum[3] = {0};
            for (unsigned v = y0; v < y1; v++)
                for (unsigned u = x0; u < x1; u++)
                    for (unsigned c = 0; c < 3; c++)
                        sum[c] += image->rgb[((size_t)v * image->width + u) * 3 + c];
            for (unsigned c = 0; c < 3; c++)
                small.rgb[((size_t)y * small.width + x) * 3 + c] =
                    (uint8_t)(sum[c] / ((uint64_t)(x1 - x0) * (y1 - y0)));
        }
    mem_free(image->rgb);
    *image = small;
}

/* up: as the photo says it (picture.h); the small one is shown the same way round. */
static bool encode(const struct image *image, uint8_t up, struct buf *out)
{
    tjhandle tj = tjInitCompress();
    bool good = false;
    for (int quality = QUALITY_FIRST; tj && !good && quality >= QUALITY_LAST; quality -= 20) {
        unsigned char *jpeg = NULL;
        unsigned long n = 0;
        if (tjCompress2(tj, image->rgb, (int)image->width, 0, (int)image->height, TJPF_RGB, &jpeg,
                        &n, TJSAMP_420, quality, 0) == 0 &&
            n > 2 && n + UP_MAX <= ATTACHMENT_THUMB_MAX) {
            buf_put(out, jpeg, 2);
            picture_put_up(up, out);
            buf_put(out, jpeg + 2, n - 2);
            good = buf_ok(out);
        }
        tjFree(jpeg);
    }
    if (tj)
        tjDestroy(tj);
    return good;
}

bool thumbnail_make(enum attachment_kind kind, struct slice bytes, struct buf *out)
{
    struct image image = {0};
    bool good = kind == ATTACHMENT_JPEG  ? decode_jpeg(bytes, &image)
                : kind == ATTACHMENT_PNG ? decode_png(bytes, &image)
                                         : false;
    if (good) {
        shrink(&image);
        good = encode(&image, picture_up(bytes), out);
    }
    mem_free(image.rgb);
    return good;
}
