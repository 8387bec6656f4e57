/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * compress: the only door to zstd. One frame a message, content size in the header, windowLog ≤ 20.
 */
#ifndef SHARED_CODEC_COMPRESS_H
#define SHARED_CODEC_COMPRESS_H

#include "shared/base/buf.h"
#include "shared/base/status.h"

#define COMPRESS_LEVEL 3

/* Appends one zstd frame of the concatenated parts to out. A part of 1 KiB or more starts a block
 * of its own, so that columns of different statistics do not share one entropy table. */
void compress_parts(const struct slice *parts, size_t count, int level, struct buf *out);
void compress_bytes(struct slice bytes, int level, struct buf *out);

/* Appends the content of exactly one frame to out. Refused (ST_INVALID / ST_LIMIT): no or wrong
 * declared size, size above max, window above 2^20, trailing bytes, damage. */
MUST_USE enum status decompress(struct slice frame, size_t max, struct buf *out, struct error *err);

#endif
