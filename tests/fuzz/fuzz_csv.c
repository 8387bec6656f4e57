/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * CSV files. Reading ends: with every row, or with an error that names a line. Fields are UTF-8
 * within their limits. What was read, written with csv_put, reads the same again.
 */
#include "agent/core/csv.h"
#include "shared/codec/cbor.h"
#include "tests/fuzz/fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

static enum status open_bytes(struct slice bytes, struct csv **out, struct error *err)
{
    char path[64];
    int fd = memfd_create("csv", MFD_CLOEXEC);
    CHECK(fd >= 0 && write(fd, bytes.p, bytes.n) == (ssize_t)bytes.n);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    enum status st = csv_open(path, out, err);
    close(fd);
    return st;
}

struct table {
    struct arena arena;
    struct csv_row *rows;
    size_t count, capacity;
};

static void keep_row(struct table *t, const struct csv_row *row)
{
    t->rows = mem_grow(t->rows, &t->capacity, t->count + 1, sizeof(*t->rows));
    struct csv_row *kept = &t->rows[t->count++];
    *kept = (struct csv_row){.line = row->line, .count = row->count};
    for (size_t i = 0; i < row->count; i++)
        kept->fields[i] =
            slice_of(arena_copy(&t->arena, row->fields[i].p, row->fields[i].n), row->fields[i].n);
}

/* False: the file ended in an error. */
static bool read_all(struct slice bytes, struct table *t)
{
    static struct csv_row row;
    struct csv *csv;
    struct error why = {0};
    uint64_t line = 0;
    bool more = true;
    enum status st = open_bytes(bytes, &csv, &why);
    while (st == ST_OK && (st = csv_next(csv, &row, &more, &why)) == ST_OK && more) {
        /* A blank line apart, every row takes a byte. */
        CHECK(t->count < bytes.n && row.count >= 1 && row.count <= CSV_COLUMNS_MAX);
        CHECK(row.line > line);
        line = row.line;
        for (size_t i = 0; i < row.count; i++)
            CHECK(row.fields[i].n <= CSV_FIELD_MAX && utf8_valid(row.fields[i]));
        keep_row(t, &row);
    }
    if (st != ST_OK) {
        CHECK(why.text[0] && why.status == st);
        CHECK(csv_next(csv, &row, &more, &why) != ST_OK); /* and no further row */
    }
    csv_close(csv);
    return st == ST_OK;
}

static void drop(struct table *t)
{
    arena_release(&t->arena);
    mem_free(t->rows);
}

static void write_again(const struct table *t)
{
    struct table again = {0};
    struct buf out;
    buf_init(&out, 64 << 20);
    /* A heading with a letter of its own: the file is UTF-8 and has no mark in front. */
    buf_put_str(&out, "\xEF\xBB\xBFx\n");
    for (size_t i = 0; i < t->count; i++) {
        for (size_t k = 0; k < t->rows[i].count; k++)
            csv_put(&out, t->rows[i].fields[k], k == 0);
        buf_put_u8(&out, '\n');
    }
    CHECK(buf_ok(&out) && read_all(buf_slice(&out), &again));
    CHECK(again.count == t->count + 1);
    for (size_t i = 0; i < t->count; i++) {
        CHECK(again.rows[i + 1].count == t->rows[i].count);
        for (size_t k = 0; k < t->rows[i].count; k++)
            CHECK(slice_equal(again.rows[i + 1].fields[k], t->rows[i].fields[k]));
    }
    buf_release(&out);
    drop(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct table t = {0};
    struct slice in = slice_of(data, size);
    if (read_all(in, &t))
        write_again(&t);
    drop(&t);
    return 0;
}
