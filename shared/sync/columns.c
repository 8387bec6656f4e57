/* SPDX-License-Identifier: MulanPSL-2.0 */
/* columns: the container around the streams (columns_layout.h says what is in it). */
#include "shared/sync/columns_layout.h"

size_t columns_head(struct slice columns, struct columns_stream *streams, size_t max, size_t *count)
{
    struct stream in;
    uint64_t key = 0;
    *count = 0;
    stream_init(&in, columns);
    uint64_t n = varint_read(&in);
    /* Each stream needs two bytes in the head and, since none is empty, one of its own. */
    if (in.bad || n > max || n > columns.n / 2)
        return 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t delta = varint_read(&in);
        uint64_t length = varint_read(&in);
        if (in.bad || delta == 0 || delta > UINT32_MAX || length == 0 || length > COLUMNS_MAX)
            return 0;
        key += delta;
        if (key >= COLUMN_KEY(OP_TABLE_MAX + 1, 0))
            return 0;
        streams[i] = (struct columns_stream){(uint32_t)key, (uint32_t)length};
    }
    *count = (size_t)n;
    return (size_t)(in.p - columns.p);
}

size_t columns_parts(struct slice columns, struct slice *parts, size_t max)
{
    size_t count, n = 0;
    if (max == 0)
        return 0;
    struct columns_stream *streams = mem_alloc(COLUMNS_STREAMS_MAX * sizeof *streams);
    size_t at = columns_head(columns, streams, COLUMNS_STREAMS_MAX, &count);
    if (max == 1)
        at = 0;
    if (at > 0) {
        parts[n++] = slice_of(columns.p, at);
        /* The last place is for whatever does not get a place of its own. */
        for (size_t i = 0; i < count && n < max - 1 && streams[i].length <= columns.n - at; i++) {
            parts[n++] = slice_of(columns.p + at, streams[i].length);
            at += streams[i].length;
        }
    }
    if (at < columns.n)
        parts[n++] = slice_of(columns.p + at, columns.n - at);
    mem_free(streams);
    return n;
}
