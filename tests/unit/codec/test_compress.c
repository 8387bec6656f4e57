/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * compress: frames come back as they were, declare their size, and refuse everything that would
 * cost the reader more than it agreed to. Hostile frames are made with zstd itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "shared/base/check.h"
#include "shared/base/mem.h"
#include "shared/codec/compress.h"

#include <pthread.h>
#include <stdlib.h>
#include <zstd.h>

#define MEBI ((size_t)1 << 20)

/* Text that compresses, of a size of its own. */
static struct slice make_content(size_t n)
{
    uint8_t *p = mem_alloc(n);
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)("household"[i % 9] + i / 777 % 13);
    return slice_of(p, n);
}

static void free_content(struct slice s)
{
    mem_free((void *)s.p);
}

static enum status try_decompress(struct slice frame, size_t max)
{
    struct buf out;
    struct error err = {0};
    buf_init(&out, 64 * MEBI);
    buf_put_str(&out, "kept");
    /* Memory of exactly the frame's size: ASan sees a read beyond it. */
    uint8_t *exact = mem_alloc(frame.n);
    if (frame.n)
        memcpy(exact, frame.p, frame.n);
    enum status st = decompress(slice_of(exact, frame.n), max, &out, &err);
    assert_true(st == ST_OK || (out.n == 4 && err.text[0]));
    mem_free(exact);
    buf_release(&out);
    return st;
}

static void test_round_trips(void **state)
{
    (void)state;
    const size_t sizes[] = {0, 1, 100, 1023, 1024, 65536, 200000, MEBI, MEBI + 1, 5 * MEBI};
    for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++) {
        struct slice content = make_content(sizes[i]);
        struct buf frame, back;
        buf_init(&frame, 8 * MEBI);
        buf_init(&back, 8 * MEBI);
        compress_bytes(content, COMPRESS_LEVEL, &frame);
        assert_true(buf_ok(&frame));
        assert_int_equal(ZSTD_getFrameContentSize(frame.p, frame.n), sizes[i]);
        assert_int_equal(decompress(buf_slice(&frame), sizes[i], &back, NULL), ST_OK);
        assert_true(slice_equal(content, buf_slice(&back)));
        if (sizes[i])
            assert_int_equal(try_decompress(buf_slice(&frame), sizes[i] - 1), ST_LIMIT);
        buf_release(&frame);
        buf_release(&back);
        free_content(content);
    }
}

static void test_parts(void **state)
{
    (void)state;
    const size_t sizes[] = {0, 10, 5000, 0, 1023, 1024, 300000, 7, 2 * MEBI, 1};
    struct slice parts[ARRAY_LENGTH(sizes)];
    struct buf all, frame, back;
    buf_init(&all, 4 * MEBI);
    buf_init(&frame, 4 * MEBI);
    buf_init(&back, 4 * MEBI);
    for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++) {
        parts[i] = make_content(sizes[i]);
        buf_put_slice(&all, parts[i]);
    }
    compress_parts(parts, ARRAY_LENGTH(parts), COMPRESS_LEVEL, &frame);
    assert_int_equal(decompress(buf_slice(&frame), 4 * MEBI, &back, NULL), ST_OK);
    assert_true(slice_equal(buf_slice(&all), buf_slice(&back)));
    buf_clear(&frame);
    compress_parts(NULL, 0, COMPRESS_LEVEL, &frame);
    assert_int_equal(try_decompress(buf_slice(&frame), 0), ST_OK);
    for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++)
        free_content(parts[i]);
    buf_release(&all);
    buf_release(&frame);
    buf_release(&back);
}

/* Blocks in a frame with a one-byte or two-byte head of this file's sizes (RFC 8878 §3.1.1.2). */
static int count_blocks(struct slice frame)
{
    unsigned size_code = frame.p[4] >> 6;
    bool single = frame.p[4] & 0x20;
    size_t at = 5 + !single + (size_code == 0 ? single : (size_t)1 << size_code);
    for (int n = 1;; n++) {
        uint32_t head =
            frame.p[at] | (uint32_t)frame.p[at + 1] << 8 | (uint32_t)frame.p[at + 2] << 16;
        at += 3 + ((head >> 1 & 3) == 1 ? 1 : head >> 3);
        if (head & 1)
            return at == frame.n ? n : -1;
    }
}

static void test_large_parts_start_blocks(void **state)
{
    (void)state;
    struct slice large = make_content(1024), small = make_content(1023);
    struct slice two_large[] = {large, large}, two_small[] = {small, small};
    struct slice mixed[] = {small, large, small, large};
    struct buf frame;
    buf_init(&frame, MEBI);
    compress_parts(two_small, 2, COMPRESS_LEVEL, &frame);
    int base = count_blocks(buf_slice(&frame));
    assert_in_range(base, 1, 2); /* zstd may close with an empty block */
    buf_clear(&frame);
    compress_parts(two_large, 2, COMPRESS_LEVEL, &frame);
    assert_int_equal(count_blocks(buf_slice(&frame)), base + 1);
    buf_clear(&frame);
    compress_parts(mixed, 4, COMPRESS_LEVEL, &frame);
    assert_int_equal(count_blocks(buf_slice(&frame)), base + 2);
    buf_release(&frame);
    free_content(large);
    free_content(small);
}

static void test_truncated_and_extended(void **state)
{
    (void)state;
    struct slice content = make_content(3000);
    struct buf frame;
    buf_init(&frame, MEBI);
    compress_bytes(content, COMPRESS_LEVEL, &frame);
    for (size_t n = 0; n < frame.n; n++)
        assert_int_equal(try_decompress(slice_of(frame.p, n), 3000), ST_INVALID);
    size_t whole = frame.n;
    buf_put_u8(&frame, 0);
    assert_int_equal(try_decompress(buf_slice(&frame), 3000), ST_INVALID);
    frame.n = whole;
    buf_put(&frame, "\x50\x2a\x4d\x18\x00\x00\x00\x00", 8); /* a skippable frame */
    assert_int_equal(try_decompress(buf_slice(&frame), 6000), ST_INVALID);
    frame.n = whole;
    compress_bytes(content, COMPRESS_LEVEL, &frame);
    assert_int_equal(try_decompress(buf_slice(&frame), 6000), ST_INVALID);
    buf_release(&frame);
    free_content(content);
}

static void test_flipped_bits_do_no_harm(void **state)
{
    (void)state;
    struct slice content = make_content(3000);
    struct buf frame;
    buf_init(&frame, MEBI);
    compress_bytes(content, COMPRESS_LEVEL, &frame);
    for (size_t bit = 0; bit < 8 * frame.n; bit++) {
        frame.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        enum status st = try_decompress(buf_slice(&frame), 4000);
        assert_true(st == ST_OK || st == ST_INVALID || st == ST_LIMIT);
        frame.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    buf_release(&frame);
    free_content(content);
}

/* A frame by zstd with these settings, decoded here. */
static enum status foreign_frame(size_t size, int window_log, bool declare_size)
{
    struct slice content = make_content(size);
    size_t bound = ZSTD_compressBound(size);
    uint8_t *frame = mem_alloc(bound);
    ZSTD_CCtx *c = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(c, ZSTD_c_windowLog, window_log);
    ZSTD_CCtx_setParameter(c, ZSTD_c_contentSizeFlag, declare_size);
    size_t n = ZSTD_compress2(c, frame, bound, content.p, content.n);
    assert_false(ZSTD_isError(n));
    enum status st = try_decompress(slice_of(frame, n), 8 * MEBI);
    ZSTD_freeCCtx(c);
    mem_free(frame);
    free_content(content);
    return st;
}

static void test_foreign_frames(void **state)
{
    (void)state;
    assert_int_equal(foreign_frame(3 * MEBI, 20, true), ST_OK);
    assert_int_equal(foreign_frame(3 * MEBI, 21, true), ST_LIMIT);
    assert_int_equal(foreign_frame(3 * MEBI, 22, true), ST_LIMIT); /* a single segment */
    assert_int_equal(foreign_frame(1000, 22, true), ST_OK); /* zstd asks for no more than 1000 */
    assert_int_equal(foreign_frame(1000, 20, false), ST_INVALID);
}

static void test_not_a_frame(void **state)
{
    (void)state;
    assert_int_equal(try_decompress(SLICE_NONE, 100), ST_INVALID);
    assert_int_equal(try_decompress(slice_str("plain text, not compressed"), 100), ST_INVALID);
    /* A skippable frame (RFC 8878 §3.1.2) of four bytes: has no content of its own. */
    assert_int_equal(try_decompress(slice_of("\x50\x2a\x4d\x18\x04\x00\x00\x00zzzz", 12), 100),
                     ST_INVALID);
    /* An empty frame that names a dictionary. */
    assert_int_equal(try_decompress(slice_of("\x28\xb5\x2f\xfd\x21\x07\x00\x01\x00\x00", 10), 100),
                     ST_INVALID);
}

static void test_output_without_room(void **state)
{
    (void)state;
    struct slice content = make_content(1000);
    struct buf frame, small;
    struct error err;
    buf_init(&frame, MEBI);
    buf_init(&small, 999);
    compress_bytes(content, COMPRESS_LEVEL, &frame);
    assert_int_equal(decompress(buf_slice(&frame), 1000, &small, &err), ST_LIMIT);
    assert_int_equal(small.n, 0);
    buf_release(&small);
    buf_init(&small, 10);
    compress_bytes(content, COMPRESS_LEVEL, &small);
    assert_false(buf_ok(&small));
    buf_release(&small);
    buf_release(&frame);
    free_content(content);
}

static void *compress_in_thread(void *arg)
{
    (void)arg;
    test_round_trips(NULL);
    return NULL;
}

static void test_threads_have_their_own(void **state)
{
    (void)state;
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, compress_in_thread, NULL), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_large_parts_start_blocks),
        cmocka_unit_test(test_truncated_and_extended),
        cmocka_unit_test(test_flipped_bits_do_no_harm),
        cmocka_unit_test(test_foreign_frames),
        cmocka_unit_test(test_not_a_frame),
        cmocka_unit_test(test_output_without_room),
        cmocka_unit_test(test_threads_have_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
