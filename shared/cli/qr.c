/* SPDX-License-Identifier: MulanPSL-2.0 */
/* qr: see qr.h. The one door to libqrencode and to libpng. */
#include "shared/cli/qr.h"

#include "shared/base/check.h"
#include "shared/base/mem.h"

#include <errno.h>
#include <png.h>
#include <qrencode.h>
#include <string.h>
#include <strings.h>

#define QUIET 4  /* modules around it */
#define PIXELS 8 /* a module's side in a picture */

static enum status encode(const char *text, QRcode **out, struct error *err)
{
    *out = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
    if (*out)
        return ST_OK;
    CHECK(errno != ENOMEM);
    return error_set(err, ST_LIMIT, "太长，写不进一个二维码");
}

static bool is_dark(const QRcode *code, int x, int y)
{
    x -= QUIET;
    y -= QUIET;
    return x >= 0 && y >= 0 && x < code->width && y < code->width &&
           (code->data[y * code->width + x] & 1);
}

enum status qr_text(const char *text, bool colours, struct buf *out, struct error *err)
{
    static const char *const blocks[] = {" ", "▀", "▄", "█"}; /* upper, lower module */
    QRcode *code;
    enum status st = encode(text, &code, err);
    if (st != ST_OK)
        return st;
    const int side = code->width + 2 * QUIET;
    for (int y = 0; y < side; y += 2) {
        buf_put_str(out, colours ? "\033[30;107m" : "");
        for (int x = 0; x < side; x++)
            buf_put_str(out, blocks[is_dark(code, x, y) + 2 * is_dark(code, x, y + 1)]);
        buf_put_str(out, colours ? "\033[0m\n" : "\n");
    }
    QRcode_free(code);
    return ST_OK;
}

static void put_svg(const QRcode *code, struct buf *out)
{
    const int side = code->width + 2 * QUIET;
    buf_printf(out,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
               "height=\"%d\" shape-rendering=\"crispEdges\">\n"
               "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n<path fill=\"#000\" d=\"",
               side, side, side * PIXELS, side * PIXELS, side, side);
    for (int y = 0; y < side; y++)
        for (int x = 0, run; x < side; x += run) {
            for (run = 1; x + run < side && is_dark(code, x, y) == is_dark(code, x + run, y);)
                run++;
            if (is_dark(code, x, y))
                buf_printf(out, "M%d %dh%dv1h-%dz", x, y, run, run);
        }
    buf_put_str(out, "\"/>\n</svg>\n");
}

static enum status put_png(const QRcode *code, struct buf *out, struct error *err)
{
    const int side = (code->width + 2 * QUIET) * PIXELS;
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)side,
                       .height = (png_uint_32)side,
                       .format = PNG_FORMAT_GRAY};
    png_alloc_size_t size = QR_PICTURE_MAX;
    uint8_t *pixels = mem_alloc((size_t)side * (size_t)side);
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++)
            pixels[y * side + x] = is_dark(code, x / PIXELS, y / PIXELS) ? 0 : 255;
    enum status st = ST_OK;
    if (!buf_reserve(out, size) ||
        !png_image_write_to_memory(&image, out->p + out->n, &size, 0, pixels, 0, NULL))
        st = error_set(err, ST_LIMIT, "二维码的图片写不成");
    else
        out->n += size;
    mem_free(pixels);
    return st;
}

static bool ends_in(const char *path, const char *ending)
{
    size_t n = strlen(path), e = strlen(ending);
    return n > e && strcasecmp(path + n - e, ending) == 0;
}

enum status qr_picture(const char *text, const char *path, struct buf *out, struct error *err)
{
    const bool svg = ends_in(path, ".svg");
    QRcode *code;
    if (!svg && !ends_in(path, ".png"))
        return error_set(err, ST_USAGE, "%s：二维码的图片要叫 ….png 或 ….svg", path);
    enum status st = encode(text, &code, err);
    if (st != ST_OK)
        return st;
    if (svg)
        put_svg(code, out);
    else
        st = put_png(code, out, err);
    QRcode_free(code);
    if (st == ST_OK && !buf_ok(out))
        st = error_set(err, ST_LIMIT, "二维码的图片太大");
    return st;
}
