/* SPDX-License-Identifier: MulanPSL-2.0 */
/* picture: see picture.h. Offsets are compared with what is left before anything is read. */
#include "shared/record/picture.h"

#include <string.h>

#include "shared/base/check.h"

#define JPEG_SOI 0xD8
#define JPEG_EOI 0xD9
#define JPEG_SOS 0xDA
#define JPEG_APP0 0xE0
#define JPEG_APP1 0xE1
#define JPEG_APP2 0xE2
#define JPEG_APP14 0xEE

#define TAG_ORIENTATION 0x0112
#define TAG_EXIF 0x8769
#define TAG_TAKEN 0x9003
#define TYPE_ASCII 2
#define TYPE_SHORT 3
#define TYPE_LONG 4
#define TAKEN_SIZE 20 /* "2026:11:30 09:15:00" and its zero */
#define ENTRY_SIZE 12

static const uint8_t png_head[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

static bool begins(struct slice bytes, const void *with, size_t n)
{
    return bytes.n >= n && memcmp(bytes.p, with, n) == 0;
}

enum attachment_kind picture_kind(struct slice bytes)
{
    if (begins(bytes, "\xFF\xD8\xFF", 3))
        return ATTACHMENT_JPEG;
    if (begins(bytes, png_head, sizeof png_head))
        return ATTACHMENT_PNG;
    return begins(bytes, "%PDF-", 5) ? ATTACHMENT_PDF : ATTACHMENT_UNKNOWN;
}

static enum status broken(struct error *err)
{
    return error_set(err, ST_INVALID, "这个图片文件不完整，或者已经损坏，请重新拍照或扫描");
}

/* ---- Exif ---- */

struct tiff {
    struct slice bytes;
    bool big; /* byte order */
};

static uint32_t tiff_number(const struct tiff *t, size_t at, size_t n)
{
    uint32_t value = 0;
    for (size_t i = 0; i < n; i++)
        value = value << 8 | t->bytes.p[at + (t->big ? i : n - 1 - i)];
    return value;
}

/* The entry of this tag in the directory at `at`; 0: none. There are eight bytes at least. */
static size_t tiff_find(const struct tiff *t, uint32_t at, uint16_t tag)
{
    if (at > t->bytes.n - 2)
        return 0;
    const uint32_t count = tiff_number(t, at, 2);
    const size_t room = (t->bytes.n - at - 2) / ENTRY_SIZE;
    for (size_t i = 0; i < count && i < room; i++) {
        const size_t entry = at + 2 + i * ENTRY_SIZE;
        if (tiff_number(t, entry, 2) == tag)
            return entry;
    }
    return 0;
}

static bool is_taken(const uint8_t text[static TAKEN_SIZE])
{
    static const char form[] = "dddd:dd:dd dd:dd:dd";
    for (size_t i = 0; i < sizeof form; i++)
        if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != (uint8_t)form[i])
            return false;
    return true;
}

struct exif {
    uint8_t up;           /* 1–8; 0: not said */
    const uint8_t *taken; /* TAKEN_SIZE bytes; NULL: not said */
};

static void read_taken(const struct tiff *t, uint32_t directory, struct exif *out)
{
    const size_t entry = tiff_find(t, directory, TAG_TAKEN);
    if (!entry || tiff_number(t, entry + 2, 2) != TYPE_ASCII ||
        tiff_number(t, entry + 4, 4) != TAKEN_SIZE)
        return;
    const uint32_t at = tiff_number(t, entry + 8, 4);
    /* Where an entry has been found there are more bytes than these. */
    if (at <= t->bytes.n - TAKEN_SIZE && is_taken(t->bytes.p + at))
        out->taken = t->bytes.p + at;
}

/* What of it is kept; one that cannot be read says nothing. */
static void exif_read(struct slice tiff, struct exif *out)
{
    struct tiff t = {.bytes = tiff};
    *out = (struct exif){0};
    if (tiff.n < 8)
        return;
    t.big = begins(tiff, "MM\0*", 4);
    if (!t.big && !begins(tiff, "II*\0", 4))
        return;
    const uint32_t first = tiff_number(&t, 4, 4);
    size_t entry = tiff_find(&t, first, TAG_ORIENTATION);
    if (entry && tiff_number(&t, entry + 2, 2) == TYPE_SHORT) {
        const uint32_t up = tiff_number(&t, entry + 8, 2);
        out->up = up >= 1 && up <= 8 ? (uint8_t)up : 0;
    }
    entry = tiff_find(&t, first, TAG_EXIF);
    if (entry)
        read_taken(&t, tiff_number(&t, entry + 8, 4), out);
}

static void put_u16(struct buf *out, uint32_t n)
{
    buf_put_u8(out, (uint8_t)(n >> 8));
    buf_put_u8(out, (uint8_t)n);
}

static void put_u32(struct buf *out, uint32_t n)
{
    put_u16(out, n >> 16);
    put_u16(out, n & 0xFFFF);
}

static void put_entry(struct buf *out, uint32_t tag, uint32_t type, uint32_t count, uint32_t value)
{
    put_u16(out, tag);
    put_u16(out, type);
    put_u32(out, count);
    put_u32(out, value);
}

/* A segment with these two alone; nothing when there is neither. */
static void exif_write(const struct exif *exif, struct buf *out)
{
    const uint32_t entries = (exif->up != 0) + (exif->taken != NULL);
    const uint32_t second = 8 + 2 + entries * ENTRY_SIZE + 4; /* the directory of what was taken */
    const uint32_t text = second + 2 + ENTRY_SIZE + 4;
    const uint32_t total = exif->taken ? text + TAKEN_SIZE : second;
    if (entries == 0)
        return;
    put_u16(out, 0xFF00 | JPEG_APP1);
    put_u16(out, 2 + 6 + total);
    buf_put(out, "Exif\0\0MM\0*", 10);
    put_u32(out, 8);
    put_u16(out, entries);
    if (exif->up)
        put_entry(out, TAG_ORIENTATION, TYPE_SHORT, 1, (uint32_t)exif->up << 16);
    if (exif->taken)
        put_entry(out, TAG_EXIF, TYPE_LONG, 1, second);
    put_u32(out, 0);
    if (!exif->taken)
        return;
    put_u16(out, 1);
    put_entry(out, TAG_TAKEN, TYPE_ASCII, TAKEN_SIZE, text);
    put_u32(out, 0);
    buf_put(out, exif->taken, TAKEN_SIZE);
}

/* ---- JPEG ---- */

/* Where the data behind a scan's head ends: at the next marker that is none of its own. */
static size_t scan_end(struct slice bytes, size_t at)
{
    for (; at + 1 < bytes.n; at++) {
        const uint8_t next = bytes.p[at + 1];
        if (bytes.p[at] == 0xFF && next != 0 && next != 0xFF && (next & 0xF8) != 0xD0)
            return at;
    }
    return bytes.n;
}

/* content: without marker and length. */
static bool draws(uint8_t marker, struct slice content)
{
    if (marker == JPEG_APP0)
        return begins(content, "JFIF", 5);
    if (marker == JPEG_APP2)
        return begins(content, "ICC_PROFILE", 12);
    if (marker == JPEG_APP14)
        return begins(content, "Adobe", 5);
    return marker < JPEG_APP0; /* comments and what nobody uses go too */
}

static enum status strip_jpeg(struct slice bytes, struct buf *out, struct error *err)
{
    bool exif_seen = false;
    size_t at = 2;
    put_u16(out, 0xFF00 | JPEG_SOI);
    for (;;) {
        while (at + 1 < bytes.n && bytes.p[at] == 0xFF && bytes.p[at + 1] == 0xFF)
            at++; /* fill */
        if (bytes.n - at < 2 || bytes.p[at] != 0xFF)
            return broken(err);
        const uint8_t marker = bytes.p[at + 1];
        if (marker == JPEG_EOI)
            break;
        if (marker < 0xC0 || (marker & 0xF8) == 0xD0 || marker == JPEG_SOI || bytes.n - at < 4)
            return broken(err);
        const size_t length = (size_t)bytes.p[at + 2] << 8 | bytes.p[at + 3];
        if (length < 2 || length > bytes.n - at - 2)
            return broken(err);
        const struct slice content = slice_of(bytes.p + at + 4, length - 2);
        size_t end = at + 2 + length;
        if (marker == JPEG_SOS)
            end = scan_end(bytes, end);
        if (draws(marker, content)) {
            buf_put(out, bytes.p + at, end - at);
        } else if (marker == JPEG_APP1 && !exif_seen && begins(content, "Exif\0", 6)) {
            struct exif exif;
            exif_seen = true;
            exif_read(slice_of(content.p + 6, content.n - 6), &exif);
            exif_write(&exif, out);
        }
        at = end;
    }
    put_u16(out, 0xFF00 | JPEG_EOI);
    return ST_OK;
}

uint8_t picture_up(struct slice bytes)
{
    struct exif exif;
    for (size_t at = 2; picture_kind(bytes) == ATTACHMENT_JPEG && bytes.n - at >= 4;) {
        const size_t length = (size_t)bytes.p[at + 2] << 8 | bytes.p[at + 3];
        if (bytes.p[at] != 0xFF || length < 2 || length > bytes.n - at - 2 ||
            bytes.p[at + 1] == JPEG_SOS)
            break;
        const struct slice content = slice_of(bytes.p + at + 4, length - 2);
        if (bytes.p[at + 1] == JPEG_APP1 && begins(content, "Exif\0", 6)) {
            exif_read(slice_of(content.p + 6, content.n - 6), &exif);
            return exif.up;
        }
        at += 2 + length;
    }
    return 0;
}

void picture_put_up(uint8_t up, struct buf *out)
{
    const struct exif exif = {.up = up};
    exif_write(&exif, out);
}

/* ---- PNG ---- */

static bool chunk_draws(const uint8_t type[static 4])
{
    static const char kept[][5] = {"tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "pHYs", "bKGD", "sBIT"};
    for (size_t i = 0; i < ARRAY_LENGTH(kept); i++)
        if (memcmp(type, kept[i], 4) == 0)
            return true;
    return type[0] >= 'A' && type[0] <= 'Z';
}

static enum status strip_png(struct slice bytes, struct buf *out, struct error *err)
{
    size_t at = sizeof png_head;
    bool ended = false;
    buf_put(out, png_head, sizeof png_head);
    while (!ended) {
        if (bytes.n - at < 12)
            return broken(err);
        const struct tiff t = {.bytes = bytes, .big = true};
        const uint32_t length = tiff_number(&t, at, 4);
        if (length > bytes.n - at - 12)
            return broken(err);
        const size_t whole = (size_t)length + 12;
        if (chunk_draws(bytes.p + at + 4))
            buf_put(out, bytes.p + at, whole);
        ended = memcmp(bytes.p + at + 4, "IEND", 4) == 0;
        at += whole;
    }
    return ST_OK;
}

enum status picture_strip(struct slice bytes, struct buf *out, struct error *err)
{
    enum status st = ST_OK;
    switch (picture_kind(bytes)) {
    case ATTACHMENT_JPEG:
        st = strip_jpeg(bytes, out, err);
        break;
    case ATTACHMENT_PNG:
        st = strip_png(bytes, out, err);
        break;
    case ATTACHMENT_PDF:
        buf_put_slice(out, bytes);
        break;
    default:
        return error_set(err, ST_INVALID, "只能附上 JPEG、PNG 图片或 PDF 扫描件");
    }
    if (st == ST_OK && !buf_ok(out))
        return error_set(err, ST_LIMIT, "这个文件太大，最多 32 MB");
    return st;
}
