/* SPDX-License-Identifier: MulanPSL-2.0 */
/* picture: of a photo's file only the picture is kept, which way is up, and the day. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "shared/base/check.h"
#include "shared/base/mem.h"
#include "shared/record/picture.h"

#define BYTES(text) slice_of((const uint8_t *)(text), sizeof(text) - 1)

/* A photo in parts. */
#define SOI "\xFF\xD8"
#define JFIF "\xFF\xE0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"
#define DQT "\xFF\xDB\0\x04\x11\x22"
#define SOS              \
    "\xFF\xDA\0\x03\x07" \
    "ab\xFF\0c\xFF\xD0"  \
    "d\xFF\xFF\xD1"
#define EOI "\xFF\xD9"
#define COMMENT "\xFF\xFE\0\x09secret!"
#define XMP "\xFF\xE1\0\x0Bhttp:GPS!"
#define ICC "\xFF\xE2\0\x10ICC_PROFILE\0\1\1"
#define MPF "\xFF\xE2\0\x06MPF\0"
#define ADOBE        \
    "\xFF\xEE\0\x09" \
    "Adobe\0\0"
#define ADOBE_NOT "\xFF\xEE\0\x06what"
#define JFXX "\xFF\xE0\0\x07JFXX\0"
#define IPTC "\xFF\xED\0\x06IPTC"

/* Exif with orientation, a day, and a position; big and little end first. */
#define EXIF_BIG                         \
    "\xFF\xE1\0\x7C"                     \
    "Exif\0\0MM\0*\0\0\0\x08"            \
    "\0\x03"                             \
    "\x01\x12\0\x03\0\0\0\x01\0\x06\0\0" \
    "\x87\x69\0\x04\0\0\0\x01\0\0\0\x32" \
    "\x88\x25\0\x04\0\0\0\x01\0\0\0\x58" \
    "\0\0\0\0"                           \
    "\0\x01"                             \
    "\x90\x03\0\x02\0\0\0\x14\0\0\0\x44" \
    "\0\0\0\0"                           \
    "2026:11:30 09:15:00\0"              \
    "\0\x01"                             \
    "\0\x01\0\x02\0\0\0\x02N\0\0\0"      \
    "\0\0\0\0"                           \
    "SECRET-GPS"
#define EXIF_LITTLE                      \
    "\xFF\xE1\0\x22"                     \
    "Exif\0\0II*\0\x08\0\0\0"            \
    "\x01\0"                             \
    "\x12\x01\x03\0\x01\0\0\0\x08\0\0\0" \
    "\0\0\0\0"

/* What is kept of them. */
#define UP_AND_DAY                       \
    "\xFF\xE1\0\x54"                     \
    "Exif\0\0MM\0*\0\0\0\x08"            \
    "\0\x02"                             \
    "\x01\x12\0\x03\0\0\0\x01\0\x06\0\0" \
    "\x87\x69\0\x04\0\0\0\x01\0\0\0\x26" \
    "\0\0\0\0"                           \
    "\0\x01"                             \
    "\x90\x03\0\x02\0\0\0\x14\0\0\0\x38" \
    "\0\0\0\0"                           \
    "2026:11:30 09:15:00\0"
#define UP_ONLY                          \
    "\xFF\xE1\0\x22"                     \
    "Exif\0\0MM\0*\0\0\0\x08"            \
    "\0\x01"                             \
    "\x01\x12\0\x03\0\0\0\x01\0\x08\0\0" \
    "\0\0\0\0"

static void becomes(struct slice in, struct slice out)
{
    struct buf got;
    struct error err;
    buf_init(&got, 4096);
    assert_int_equal(picture_strip(in, &got, &err), ST_OK);
    assert_int_equal(got.n, out.n);
    assert_memory_equal(got.p, out.p, out.n);
    buf_clear(&got); /* what is left stays as it is */
    assert_int_equal(picture_strip(out, &got, &err), ST_OK);
    assert_true(slice_equal(buf_slice(&got), out));
    buf_release(&got);
}

static void of_a_jpeg_is_kept_what_draws_it(void **state)
{
    (void)state;
    becomes(BYTES(SOI JFIF COMMENT XMP ICC MPF ADOBE ADOBE_NOT JFXX IPTC DQT SOS COMMENT SOS EOI
                  "trailer"),
            BYTES(SOI JFIF ICC ADOBE DQT SOS SOS EOI));
    becomes(BYTES(SOI DQT "\xFF\xF7\0\4xy" SOS EOI), BYTES(SOI DQT SOS EOI));
    becomes(BYTES(SOI "\xFF\xFF\xFF"
                      "\xDB\0\x04\x11\x22" SOS EOI),
            BYTES(SOI DQT SOS EOI));
}

static void of_exif_which_way_is_up_and_the_day(void **state)
{
    (void)state;
    becomes(BYTES(SOI EXIF_BIG DQT SOS EOI), BYTES(SOI UP_AND_DAY DQT SOS EOI));
    becomes(BYTES(SOI EXIF_LITTLE EXIF_BIG DQT SOS EOI), BYTES(SOI UP_ONLY DQT SOS EOI));
    assert_int_equal(picture_up(BYTES(SOI JFIF EXIF_BIG DQT SOS EOI)), 6);
    assert_int_equal(picture_up(BYTES(SOI EXIF_LITTLE SOS EOI)), 8);
    assert_int_equal(picture_up(BYTES(SOI JFIF SOS EXIF_BIG EOI)), 0);
    assert_int_equal(picture_up(BYTES(SOI JFIF)), 0);
    assert_int_equal(picture_up(BYTES(SOI "\xFF\xE0\xFF\xFF")), 0);
    assert_int_equal(picture_up(BYTES(SOI "xxxxxx")), 0);
    assert_int_equal(picture_up(BYTES(SOI "\xFF\xE0\0\1xx")), 0);
    assert_int_equal(picture_up(BYTES(SOI JFIF "xxxxxx")), 0);
    assert_int_equal(picture_up(BYTES(SOI XMP EXIF_LITTLE SOS EOI)), 8);
    assert_int_equal(picture_up(BYTES("no picture")), 0);
    struct buf out;
    buf_init(&out, 100);
    picture_put_up(0, &out);
    assert_int_equal(out.n, 0);
    picture_put_up(8, &out);
    assert_true(slice_equal(buf_slice(&out), BYTES(UP_ONLY)));
    buf_release(&out);
}

/* Exif that lies about itself says nothing, and goes. */
static void broken_exif_says_nothing(void **state)
{
    (void)state;
    static const char whole[] = SOI EXIF_BIG DQT SOS EOI;
    static const struct {
        size_t at; /* in the TIFF, which begins at 12 */
        char byte;
        int up;
    } changes[] = {
        {1, 'I', 0},              /* neither byte order */
        {7, '\x7F', 0},           /* the directory is elsewhere */
        {4, '\x7F', 0},           /* or far away */
        {13, '\x04', 0},          /* orientation of another type */
        {19, '\x09', 0},          /* ninth way */
        {19, '\x00', 0},          /* none */
        {8, '\x7F', 6},           /* says that it has very many entries */
        {31, '\x7F', 6},          /* the second directory is elsewhere */
        {54 + 1, 3, 6},           /* the day of another type */
        {54 + 5, '\x15', 6},      /* of another length */
        {50 + 2 + 11, '\x7B', 6}, /* far behind */
        {68, 'x', 6},             /* no day at all */
        {69, ' ', 6},
        {72, ' ', 6},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(changes); i++) {
        char copy[sizeof whole];
        struct buf got;
        struct error err;
        memcpy(copy, whole, sizeof copy);
        copy[12 + changes[i].at] = changes[i].byte;
        const struct slice in = slice_of((const uint8_t *)copy, sizeof copy - 1);
        assert_int_equal(picture_up(in), changes[i].up);
        buf_init(&got, 4096);
        assert_int_equal(picture_strip(in, &got, &err), ST_OK);
        assert_null(memmem(got.p, got.n, "SECRET", 6));
        assert_true(memmem(got.p, got.n, "2026:11", 7) == NULL || changes[i].up == 0 ||
                    changes[i].at == 8);
        buf_release(&got);
    }
    becomes(BYTES(SOI "\xFF\xE1\0\x0A"
                      "Exif\0\0MM" DQT SOS EOI),
            BYTES(SOI DQT SOS EOI));
    becomes(BYTES(SOI "\xFF\xE1\0\x12"
                      "Exif\0\0MM\0*\0\0\0\x08\0\x02" DQT SOS EOI),
            BYTES(SOI DQT SOS EOI)); /* two entries, says it */
    becomes(BYTES(SOI "\xFF\xE1\0\x10"
                      "Exif\0\0MM\0*\0\0\0\x08" DQT SOS EOI),
            BYTES(SOI DQT SOS EOI));
}

static void what_is_broken_off_is_told(void **state)
{
    (void)state;
    static const char whole[] = SOI JFIF EXIF_BIG DQT SOS EOI;
    struct buf got;
    struct error err;
    buf_init(&got, 4096);
    for (size_t n = 3; n < sizeof whole - 1; n++) { /* wherever it ends */
        buf_clear(&got);
        assert_int_equal(picture_strip(slice_of((const uint8_t *)whole, n), &got, &err),
                         ST_INVALID);
    }
    static const struct slice bad[] = {
        {(const uint8_t *)SOI "\xFF\xDB\0\1xx" EOI, 10}, /* a length below its own */
        {(const uint8_t *)SOI "\xFF\xD0" EOI, 6},        /* a mark of a scan outside of one */
        {(const uint8_t *)SOI "\xFF\xD8" EOI, 6},        /* a second beginning */
        {(const uint8_t *)SOI "\xFF\x01" EOI, 6},
        {(const uint8_t *)"GIF89a", 6},
        {(const uint8_t *)"", 0},
    };
    buf_clear(&got);
    assert_int_equal(picture_strip(BYTES(SOI DQT "words" SOS EOI), &got, &err), ST_INVALID);
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        buf_clear(&got);
        assert_int_equal(picture_strip(bad[i], &got, &err), ST_INVALID);
    }
    buf_release(&got);
}

#define PNG "\x89PNG\r\n\x1a\n"
#define CHUNK(type) "\0\0\0\2" type "xxCRC!"
#define END "\0\0\0\0IEND\xAE\x42\x60\x82"

static void of_a_png_the_chunks_that_draw_it(void **state)
{
    (void)state;
    static const char whole[] = PNG CHUNK("IHDR") CHUNK("IDAT") END;
    struct buf got;
    struct error err;
    becomes(BYTES(PNG CHUNK("IHDR") CHUNK("1abc") CHUNK("eXIf") CHUNK("tEXt") CHUNK("tRNS")
                      CHUNK("tIME") CHUNK("IDAT") END "behind"),
            BYTES(PNG CHUNK("IHDR") CHUNK("tRNS") CHUNK("IDAT") END));
    buf_init(&got, 4096);
    for (size_t n = 8; n < sizeof whole - 1; n++) {
        buf_clear(&got);
        assert_int_equal(picture_strip(slice_of((const uint8_t *)whole, n), &got, &err),
                         ST_INVALID);
    }
    buf_release(&got);
}

static void a_scan_stays_and_has_a_limit(void **state)
{
    (void)state;
    struct buf got;
    struct error err;
    becomes(BYTES("%PDF-1.4 words"), BYTES("%PDF-1.4 words"));
    assert_int_equal(picture_kind(BYTES("%PDF-1.4")), ATTACHMENT_PDF);
    buf_init(&got, 5);
    assert_int_equal(picture_strip(BYTES("%PDF-1.4 words"), &got, &err), ST_LIMIT);
    buf_release(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_a_jpeg_is_kept_what_draws_it),
        cmocka_unit_test(of_exif_which_way_is_up_and_the_day),
        cmocka_unit_test(broken_exif_says_nothing),
        cmocka_unit_test(what_is_broken_off_is_told),
        cmocka_unit_test(of_a_png_the_chunks_that_draw_it),
        cmocka_unit_test(a_scan_stays_and_has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
