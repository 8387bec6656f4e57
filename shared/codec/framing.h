/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * framing: integers in streams. Varints are LEB128 (7 bits a byte, low first, at most 10 bytes,
 * shortest form only); signed ones are zigzag (0, -1, 1, -2 … become 0, 1, 2, 3 …). Big-endian
 * integers where a format says so.
 */
#ifndef SHARED_CODEC_FRAMING_H
#define SHARED_CODEC_FRAMING_H

#include "shared/base/buf.h"

void varint_put_long(struct buf *out, uint64_t value); /* any value; the slow half of varint_put */

static inline void varint_put(struct buf *out, uint64_t value)
{
    if (value < 0x80)
        buf_put_u8(out, (uint8_t)value);
    else
        varint_put_long(out, value);
}

static inline void varint_put_signed(struct buf *out, int64_t value)
{
    varint_put(out, ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0));
}

/* A reading position in a byte string; `bad` is sticky, reads after it return 0 / SLICE_NONE. */
struct stream {
    const uint8_t *p, *end;
    bool bad;
};

uint64_t varint_read_long(struct stream *s); /* any value; the slow half of varint_read */

static inline void stream_init(struct stream *s, struct slice bytes)
{
    static const uint8_t nothing[1];
    s->p = bytes.n ? bytes.p : nothing;
    s->end = s->p + bytes.n;
    s->bad = false;
}

static inline uint64_t varint_read(struct stream *s)
{
    if (!s->bad && s->p < s->end && *s->p < 0x80)
        return *s->p++;
    return varint_read_long(s);
}

static inline int64_t varint_read_signed(struct stream *s)
{
    uint64_t value = varint_read(s);
    return (int64_t)((value >> 1) ^ (value & 1 ? UINT64_MAX : 0));
}

static inline struct slice stream_read(struct stream *s, size_t n)
{
    if (s->bad || n > (size_t)(s->end - s->p)) {
        s->bad = true;
        return SLICE_NONE;
    }
    const uint8_t *p = s->p;
    s->p += n;
    return slice_of(p, n);
}

static inline uint8_t stream_read_u8(struct stream *s)
{
    if (s->bad || s->p == s->end) {
        s->bad = true;
        return 0;
    }
    return *s->p++;
}

static inline bool stream_at_end(const struct stream *s)
{
    return s->p == s->end;
}

void put_u64be(uint8_t out[static 8], uint64_t value);
uint64_t get_u64be(const uint8_t in[static 8]);

#endif
