/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * touch: see touch.h. The value of a large leaf holds ascending ordinals as varint differences, the
 * first against 0.
 */
#include "shared/db/touch.h"

#include <stdlib.h>

#include "shared/codec/framing.h"
#include "shared/db/feed.h"

void touches_note(struct touches *touches, uint64_t leaf, uint64_t record)
{
    touches->items =
        mem_grow(touches->items, &touches->capacity, touches->count + 1, sizeof *touches->items);
    touches->items[touches->count++] = (struct touch){leaf, record};
}

void touches_release(struct touches *touches)
{
    mem_free(touches->items);
    *touches = (struct touches){0};
}

static int by_leaf_and_record(const void *a, const void *b)
{
    const struct touch *x = a, *y = b;
    if (x->leaf != y->leaf)
        return x->leaf < y->leaf ? -1 : 1;
    return (x->record > y->record) - (x->record < y->record);
}

/* The records of one leaf, each once, into few or many. */
static void take_leaf(const struct touch *items, size_t count, struct arena *arena,
                      struct feed *few, struct feed *many)
{
    struct buf packed;
    size_t records = 0;
    buf_init(&packed, count * 10); /* a varint has at most ten bytes */
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && items[i].record == items[i - 1].record)
            continue;
        varint_put(&packed, items[i].record - (i > 0 ? items[i - 1].record : 0));
        records++;
    }
    if (records >= TOUCH_MANY_MIN) {
        struct feed_value *row = feed_row(many);
        row[0] = feed_int((int64_t)items[0].leaf);
        row[1] = feed_blob(slice_of(arena_copy(arena, packed.p, packed.n), packed.n));
        count = 0;
    }
    buf_release(&packed);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && items[i].record == items[i - 1].record)
            continue;
        struct feed_value *row = feed_row(few);
        row[0] = feed_int((int64_t)items[i].record);
        row[1] = feed_int((int64_t)items[i].leaf);
    }
}

static enum status write_rows(struct db *db, int64_t ledger, const char *sql,
                              const struct feed *rows, struct error *err)
{
    if (rows->rows == 0)
        return ST_OK;
    struct stmt *stmt = db_stmt(db, sql);
    bind_int(stmt, 1, ledger);
    return stmt_run_fed(stmt, rows, err);
}

enum status touches_write(struct touches *touches, struct db *db, int64_t ledger, struct error *err)
{
    struct arena arena = {0};
    struct feed few, many;
    const struct touch *items = touches->items;
    if (touches->count == 0)
        return ST_OK;
    feed_init(&few, 2);
    feed_init(&many, 2);
    qsort(touches->items, touches->count, sizeof *items, by_leaf_and_record);
    for (size_t from = 0, to; from < touches->count; from = to) {
        for (to = from; to < touches->count && items[to].leaf == items[from].leaf;)
            to++;
        take_leaf(items + from, to - from, &arena, &few, &many);
    }
    touches->count = 0;
    enum status st = write_rows(db, ledger,
                                "INSERT INTO touch(ledger, record, leaf)"
                                " SELECT ?1, c0, c1 FROM _feed",
                                &few, err);
    if (st == ST_OK)
        st = write_rows(db, ledger,
                        "INSERT INTO touch_many(ledger, leaf, records)"
                        " SELECT ?1, c0, c1 FROM _feed",
                        &many, err);
    feed_release(&few);
    feed_release(&many);
    arena_release(&arena);
    return st;
}

/* ---- asking ---- */

struct leaves {
    uint64_t *items;
    size_t count, capacity;
};

static void add_leaf(struct leaves *leaves, uint64_t leaf)
{
    leaves->items =
        mem_grow(leaves->items, &leaves->capacity, leaves->count + 1, sizeof *leaves->items);
    leaves->items[leaves->count++] = leaf;
}

static bool holds(struct slice packed, uint64_t record)
{
    struct stream s;
    uint64_t at = 0;
    stream_init(&s, packed);
    while (!stream_at_end(&s) && !s.bad) {
        at += varint_read(&s);
        if (at >= record)
            return at == record && !s.bad;
    }
    return false;
}

static enum status few_leaves(struct db *db, int64_t ledger, uint64_t record, uint64_t first,
                              int64_t before, struct leaves *out, struct error *err)
{
    struct stmt *stmt = db_stmt(db, "SELECT leaf FROM touch WHERE ledger = ?1 AND record = ?2"
                                    " AND leaf > ?3 AND leaf < ?4");
    bool row;
    enum status st;
    bind_int(stmt, 1, ledger);
    bind_int(stmt, 2, (int64_t)record);
    bind_int(stmt, 3, (int64_t)first);
    bind_int(stmt, 4, before);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row)
        add_leaf(out, (uint64_t)stmt_int(stmt, 0));
    return st;
}

static enum status many_leaves(struct db *db, int64_t ledger, uint64_t record, uint64_t first,
                               int64_t before, struct leaves *out, struct error *err)
{
    struct stmt *stmt = db_stmt(db, "SELECT leaf, records FROM touch_many WHERE ledger = ?1"
                                    " AND leaf > ?2 AND leaf < ?3");
    bool row;
    enum status st;
    bind_int(stmt, 1, ledger);
    bind_int(stmt, 2, (int64_t)first);
    bind_int(stmt, 3, before);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row)
        if (holds(stmt_blob(stmt, 1), record))
            add_leaf(out, (uint64_t)stmt_int(stmt, 0));
    return st;
}

static int ascending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

enum status touch_second(struct db *db, int64_t ledger, const struct record_id *id, uint64_t leaf,
                         struct error *err)
{
    struct stmt *stmt = db_stmt(db, "INSERT OR IGNORE INTO touch_second(ledger, id, leaf)"
                                    " VALUES (?1, ?2, ?3)");
    bind_int(stmt, 1, ledger);
    bind_blob(stmt, 2, slice_of(id->b, RECORD_ID_SIZE));
    bind_int(stmt, 3, (int64_t)leaf);
    return stmt_run(stmt, err);
}

/* Those that name it as the second of a pair. */
static enum status second_leaves(struct db *db, int64_t ledger, const struct record_id *id,
                                 int64_t before, struct leaves *out, struct error *err)
{
    struct stmt *stmt = db_stmt(db, "SELECT leaf FROM touch_second WHERE ledger = ?1 AND id = ?2"
                                    " AND leaf < ?3");
    bool row;
    enum status st;
    bind_int(stmt, 1, ledger);
    bind_blob(stmt, 2, slice_of(id->b, RECORD_ID_SIZE));
    bind_int(stmt, 3, before);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row)
        add_leaf(out, (uint64_t)stmt_int(stmt, 0));
    return st;
}

/* Each once, ascending. */
static void hand_out(struct leaves *leaves, struct arena *arena, uint64_t **out, size_t *count)
{
    size_t n = 0;
    if (leaves->count == 0)
        return;
    qsort(leaves->items, leaves->count, sizeof *leaves->items, ascending);
    for (size_t i = 0; i < leaves->count; i++)
        if (n == 0 || leaves->items[i] != leaves->items[n - 1])
            leaves->items[n++] = leaves->items[i];
    *out = arena_copy(arena, leaves->items, n * sizeof *leaves->items);
    *count = n;
}

enum status touch_leaves(struct db *db, int64_t ledger, const struct record_id *id, uint64_t before,
                         struct arena *arena, uint64_t **out, size_t *count, struct error *err)
{
    struct stmt *stmt = db_stmt(db, "SELECT no, leaf FROM record_no WHERE ledger = ?1 AND id = ?2");
    int64_t limit = before > INT64_MAX ? INT64_MAX : (int64_t)before;
    struct leaves leaves = {0};
    uint64_t record = 0, first = 0;
    bool row;
    *out = NULL;
    *count = 0;
    bind_int(stmt, 1, ledger);
    bind_blob(stmt, 2, slice_of(id->b, RECORD_ID_SIZE));
    enum status st = stmt_step(stmt, &row, err);
    if (st == ST_OK && row) {
        record = (uint64_t)stmt_int(stmt, 0);
        first = (uint64_t)stmt_int(stmt, 1);
    }
    stmt_reset(stmt);
    bool mentioned = st == ST_OK && row && first < before;
    if (mentioned) {
        add_leaf(&leaves, first);
        st = few_leaves(db, ledger, record, first, limit, &leaves, err);
    }
    if (st == ST_OK && mentioned)
        st = many_leaves(db, ledger, record, first, limit, &leaves, err);
    if (st == ST_OK)
        st = second_leaves(db, ledger, id, limit, &leaves, err);
    if (st == ST_OK)
        hand_out(&leaves, arena, out, count);
    mem_free(leaves.items);
    return st;
}
