/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * compress: zstd with contexts that each thread keeps, because making one costs more than
 * compressing a short message. They are freed with their thread.
 *
 * zstd checks the window limit only while streaming; here a frame is decoded in one pass into a
 * buffer of its declared size, so the header is read by hand first (RFC 8878 §3.1.1.1): magic 4 |
 * descriptor 1 | window 0 or 1 | dictionary id 0, 1, 2 or 4 | content size 0, 1, 2, 4 or 8
 *     descriptor = size code (2 bits) | single segment | unused | reserved | checksum | dictionary
 * (2)
 */
#include "shared/codec/compress.h"

#include "shared/base/check.h"
#include "shared/base/mem.h"

#include <pthread.h>
#include <zstd.h>

#define WINDOW_LOG_MAX 20
#define WINDOW_MAX (UINT64_C(1) << WINDOW_LOG_MAX)
#define OWN_BLOCK_MIN 1024
#define FLUSH_OVERHEAD_MAX 16 /* of one more block in a frame, generously */
#define FRAME_HEAD_MIN 6

struct contexts {
    ZSTD_CCtx *compress;
    ZSTD_DCtx *decompress;
};

static pthread_key_t contexts_key;
static pthread_once_t contexts_once = PTHREAD_ONCE_INIT;

static void free_contexts(void *p)
{
    struct contexts *contexts = p;
    ZSTD_freeCCtx(contexts->compress);
    ZSTD_freeDCtx(contexts->decompress);
    mem_free(contexts);
}

static void make_contexts_key(void)
{
    CHECK(pthread_key_create(&contexts_key, free_contexts) == 0);
}

static struct contexts *thread_contexts(void)
{
    pthread_once(&contexts_once, make_contexts_key);
    struct contexts *contexts = pthread_getspecific(contexts_key);
    if (!contexts) {
        contexts = mem_zero_alloc(1, sizeof(*contexts));
        CHECK(pthread_setspecific(contexts_key, contexts) == 0);
    }
    return contexts;
}

static ZSTD_CCtx *prepare_compress(int level, size_t total)
{
    struct contexts *contexts = thread_contexts();
    if (!contexts->compress)
        contexts->compress = ZSTD_createCCtx();
    ZSTD_CCtx *c = contexts->compress;
    CHECK(c != NULL);
    bool ok = !ZSTD_isError(ZSTD_CCtx_reset(c, ZSTD_reset_session_and_parameters)) &&
              !ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, level)) &&
              !ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_windowLog, WINDOW_LOG_MAX)) &&
              !ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(c, total));
    CHECK(ok);
    return c;
}

/* The output always has room, so each call must finish in one go. */
static void feed(ZSTD_CCtx *c, ZSTD_outBuffer *out, struct slice part, ZSTD_EndDirective how)
{
    ZSTD_inBuffer in = {part.p, part.n, 0};
    size_t left = ZSTD_compressStream2(c, out, &in, how);
    CHECK(!ZSTD_isError(left) && in.pos == in.size && (how == ZSTD_e_continue || left == 0));
}

void compress_parts(const struct slice *parts, size_t count, int level, struct buf *out)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += parts[i].n;
    size_t bound = ZSTD_compressBound(total) + (count + 1) * FLUSH_OVERHEAD_MAX;
    ZSTD_CCtx *c = prepare_compress(level, total);
    ZSTD_outBuffer frame = {mem_alloc(bound), bound, 0};
    bool pending = false; /* is there input since the last block boundary? */
    for (size_t i = 0; i < count; i++) {
        if (pending && parts[i].n >= OWN_BLOCK_MIN)
            feed(c, &frame, SLICE_NONE, ZSTD_e_flush);
        if (parts[i].n > 0) {
            feed(c, &frame, parts[i], ZSTD_e_continue);
            pending = true;
        }
    }
    feed(c, &frame, SLICE_NONE, ZSTD_e_end);
    buf_put(out, frame.dst, frame.pos);
    mem_free(frame.dst);
}

void compress_bytes(struct slice bytes, int level, struct buf *out)
{
    compress_parts(&bytes, 1, level, out);
}

/* The window that a frame asks for, from its head; false if this is no such head. */
static bool read_window(struct slice frame, uint64_t content_size, uint64_t *window)
{
    static const uint8_t magic[] = {0x28, 0xB5, 0x2F, 0xFD};
    if (frame.n < FRAME_HEAD_MIN || memcmp(frame.p, magic, sizeof(magic)) != 0)
        return false;
    bool single_segment = frame.p[4] & 0x20;
    if (single_segment) {
        *window = content_size;
        return true;
    }
    unsigned exponent = frame.p[5] >> 3;
    unsigned mantissa = frame.p[5] & 7;
    uint64_t base = UINT64_C(1) << (10 + exponent);
    *window = base + base / 8 * mantissa;
    return true;
}

enum status decompress(struct slice frame, size_t max, struct buf *out, struct error *err)
{
    unsigned long long size =
        frame.n ? ZSTD_getFrameContentSize(frame.p, frame.n) : ZSTD_CONTENTSIZE_ERROR;
    uint64_t window = 0;
    if (size == ZSTD_CONTENTSIZE_ERROR || !read_window(frame, size, &window))
        return error_set(err, ST_INVALID, "compressed data: not a zstd frame");
    if (size == ZSTD_CONTENTSIZE_UNKNOWN)
        return error_set(err, ST_INVALID, "compressed data: does not declare its size");
    if (size > max)
        return error_set(err, ST_LIMIT, "compressed data: %llu bytes, and %zu are allowed", size,
                         max);
    if (window > WINDOW_MAX)
        return error_set(err, ST_LIMIT,
                         "compressed data: a window of %llu bytes, and %llu are allowed",
                         (unsigned long long)window, (unsigned long long)WINDOW_MAX);
    size_t length = ZSTD_findFrameCompressedSize(frame.p, frame.n);
    if (ZSTD_isError(length))
        return error_set(err, ST_INVALID, "compressed data: damaged or cut off");
    if (length != frame.n)
        return error_set(err, ST_INVALID, "compressed data: bytes follow the frame");

    struct contexts *contexts = thread_contexts();
    if (!contexts->decompress)
        contexts->decompress = ZSTD_createDCtx();
    CHECK(contexts->decompress != NULL);
    size_t before = out->n;
    uint8_t *content = buf_extend(out, (size_t)size);
    if (!content)
        return error_set(err, ST_LIMIT, "compressed data: %llu bytes do not fit", size);
    size_t got = ZSTD_decompressDCtx(contexts->decompress, content, (size_t)size, frame.p, frame.n);
    if (ZSTD_isError(got) || got != size) {
        out->n = before;
        return error_set(err, ST_INVALID, "compressed data: damaged");
    }
    return ST_OK;
}
