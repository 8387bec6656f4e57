/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * framing: the long forms of varints; one byte, by far the most frequent, is inline in the header.
 */
#include "shared/codec/framing.h"

#define VARINT_MAX_BYTES 10

void varint_put_long(struct buf *out, uint64_t value)
{
    uint8_t bytes[VARINT_MAX_BYTES];
    size_t n = 0;
    for (; value >= 0x80; value >>= 7)
        bytes[n++] = (uint8_t)(value | 0x80);
    bytes[n++] = (uint8_t)value;
    buf_put(out, bytes, n);
}

uint64_t varint_read_long(struct stream *s)
{
    uint64_t value = 0;
    const uint8_t *p = s->p;
    for (unsigned shift = 0; !s->bad && p < s->end && shift < 7 * VARINT_MAX_BYTES; shift += 7) {
        uint8_t byte = *p++;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte & 0x80)
            continue;
        if (byte == 0 && shift > 0)
            break; /* not the shortest form */
        if (shift == 63 && byte > 1)
            break; /* more than 64 bits */
        s->p = p;
        return value;
    }
    s->bad = true;
    return 0;
}

void put_u64be(uint8_t out[static 8], uint64_t value)
{
    for (int i = 7; i >= 0; i--, value >>= 8)
        out[i] = (uint8_t)value;
}

uint64_t get_u64be(const uint8_t in[static 8])
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value = value << 8 | in[i];
    return value;
}
