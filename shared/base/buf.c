/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * buf: the slow half of the growing buffer; the fast half is inline in the header.
 *
 * Invariants: n <= capacity <= max; p has capacity + 1 bytes, so that buf_cstr always has room for
 * its terminating 0.
 */
#include "shared/base/buf.h"

#include "shared/base/check.h"
#include "shared/base/mem.h"

#include <stdarg.h>
#include <stdio.h>

#define CAPACITY_MIN 64

void buf_init(struct buf *buf, size_t max_bytes)
{
    CHECK(max_bytes < SIZE_MAX);
    *buf = (struct buf){.max = max_bytes};
}

void buf_release(struct buf *buf)
{
    mem_free(buf->p);
    *buf = (struct buf){0};
}

void buf_clear(struct buf *buf)
{
    buf->n = 0;
    buf->overflow = false;
}

bool buf_reserve(struct buf *buf, size_t n)
{
    if (buf->p && n <= buf->capacity - buf->n)
        return true;
    if (n > buf->max - buf->n) {
        buf->overflow = true;
        return false;
    }
    size_t capacity = buf->capacity > buf->max / 2 ? buf->max : buf->capacity * 2;
    if (capacity < buf->n + n)
        capacity = buf->n + n;
    if (capacity < CAPACITY_MIN)
        capacity = buf->max < CAPACITY_MIN ? buf->max : CAPACITY_MIN;
    buf->p = mem_resize(buf->p, capacity + 1);
    buf->capacity = capacity;
    return true;
}

void buf_put_str(struct buf *buf, const char *s)
{
    buf_put(buf, s, strlen(s));
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    char small[256];
    int n = vsnprintf(small, sizeof(small), format, args);
    CHECK(n >= 0);
    if ((size_t)n < sizeof(small)) {
        buf_put(buf, small, (size_t)n);
    } else if (buf_reserve(buf, (size_t)n)) {
        vsnprintf((char *)buf->p + buf->n, (size_t)n + 1, format, again);
        buf->n += (size_t)n;
    }
    va_end(again);
    va_end(args);
}

const char *buf_cstr(struct buf *buf)
{
    if (!buf->p)
        buf->p = mem_alloc(buf->capacity + 1);
    buf->p[buf->n] = 0;
    return (const char *)buf->p;
}
