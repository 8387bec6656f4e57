/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * buf: a growing byte buffer with a maximum that its constructor states.
 *
 * Writing past the maximum sets `overflow` and drops the bytes; the writer checks once at the end
 * (buf_ok) instead of at every call, and does not use the content of a buffer that is not ok.
 * `release` accepts the zero state.
 */
#ifndef SHARED_BASE_BUF_H
#define SHARED_BASE_BUF_H

#include "shared/base/slice.h"

struct buf {
    uint8_t *p;
    size_t n, capacity, max;
    bool overflow;
};

void buf_init(struct buf *buf, size_t max_bytes);
void buf_release(struct buf *buf);
void buf_clear(struct buf *buf); /* keeps the memory, n = 0, overflow = false */

/* Room for n more bytes without counting them yet; false (and overflow) past the maximum. */
bool buf_reserve(struct buf *buf, size_t n);

static inline void buf_put(struct buf *buf, const void *p, size_t n)
{
    if (n == 0 || (n > buf->capacity - buf->n && !buf_reserve(buf, n)))
        return;
    memcpy(buf->p + buf->n, p, n);
    buf->n += n;
}

static inline void buf_put_u8(struct buf *buf, uint8_t byte)
{
    if (buf->n == buf->capacity && !buf_reserve(buf, 1))
        return;
    buf->p[buf->n++] = byte;
}

static inline void buf_put_slice(struct buf *buf, struct slice s)
{
    buf_put(buf, s.p, s.n);
}

void buf_put_str(struct buf *buf, const char *s);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* n bytes of room to be written by the caller, already counted in buf->n; NULL on overflow. */
static inline uint8_t *buf_extend(struct buf *buf, size_t n)
{
    if ((!buf->p || n > buf->capacity - buf->n) && !buf_reserve(buf, n))
        return NULL;
    uint8_t *room = buf->p + buf->n;
    buf->n += n;
    return room;
}

/* The text so far with a terminating 0 that is not counted. Valid until the next write. */
const char *buf_cstr(struct buf *buf);

static inline bool buf_ok(const struct buf *buf)
{
    return !buf->overflow;
}

static inline struct slice buf_slice(const struct buf *buf)
{
    return (struct slice){buf->p, buf->n};
}

#endif
