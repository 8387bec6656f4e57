/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * framing: integers in streams. Varints are LEB128 (7 bits a byte, low first, at most 10 bytes,
 * shortest form only); signed ones are zigzag. Big-endian integers where a format says so.
 */
#ifndef SHARED_CODEC_FRAMING_H
#define SHARED_CODEC_FRAMING_H

#include "shared/base/buf.h"

void varint_put(struct buf *out, uint64_t value);
void varint_put_signed(struct buf *out, int64_t value);

/* A reading position in a byte string; `bad` is sticky, reads after it return 0 / SLICE_NONE. */
struct stream {
    const uint8_t *p, *end;
    bool bad;
};

void stream_init(struct stream *s, struct slice bytes);
uint64_t varint_read(struct stream *s);
int64_t varint_read_signed(struct stream *s);
struct slice stream_read(struct stream *s, size_t n);
uint8_t stream_read_u8(struct stream *s);

static inline bool stream_at_end(const struct stream *s)
{
    return s->p == s->end;
}

void put_u64be(uint8_t out[static 8], uint64_t value);
uint64_t get_u64be(const uint8_t in[static 8]);

#endif
