/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * cursor_first: agent/core/receive.c with a planted fault, to see that the power cuts find it: the
 * ledger's cursor (size, frontier, checkpoint) becomes durable in a transaction of its own, before
 * the leaves and changesets that it stands for. Nothing is wrong with it as long as nothing happens
 * in between.
 */
#include "agent/core/receive.h"
#include "shared/base/check.h"

static enum status commit_cursor_first(struct desk *desk, struct error *err);
enum status receive_whole(struct desk *desk, const struct answer_ledger *answer,
                          uint64_t asked_size, struct received *out, struct error *err);

#define receive_ledger receive_whole
#define desk_commit commit_cursor_first
#include "agent/core/receive.c"
#undef receive_ledger
#undef desk_commit

#define LEDGERS_MAX 64

struct cursor {
    int64_t no, size;
    struct buf frontier, checkpoint;
};

struct cursors {
    size_t count;
    struct cursor of[LEDGERS_MAX];
};

static bool first_pass;

static void read_cursors(struct desk *desk, struct cursors *out)
{
    struct stmt *stmt = db_stmt(desk->db, "SELECT no, size, frontier, checkpoint FROM ledger");
    bool row;
    out->count = 0;
    while (stmt_step(stmt, &row, NULL) == ST_OK && row) {
        CHECK(out->count < LEDGERS_MAX);
        struct cursor *c = &out->of[out->count++];
        *c = (struct cursor){.no = stmt_int(stmt, 0), .size = stmt_int(stmt, 1)};
        buf_init(&c->frontier, 4096);
        buf_init(&c->checkpoint, 4096);
        buf_put_slice(&c->frontier, stmt_blob(stmt, 2));
        buf_put_slice(&c->checkpoint, stmt_text(stmt, 3));
    }
}

static enum status write_cursors(struct desk *desk, struct cursors *cursors, struct error *err)
{
    enum status st = desk_begin(desk, err);
    for (size_t i = 0; st == ST_OK && i < cursors->count; i++) {
        struct cursor *c = &cursors->of[i];
        struct stmt *stmt = db_stmt(desk->db, "UPDATE ledger SET size = ?2, frontier = ?3,"
                                              " checkpoint = nullif(?4, '') WHERE no = ?1");
        bind_int(stmt, 1, c->no);
        bind_int(stmt, 2, c->size);
        bind_blob(stmt, 3, buf_slice(&c->frontier));
        bind_text(stmt, 4, buf_slice(&c->checkpoint));
        st = stmt_run(stmt, err);
        buf_release(&c->frontier);
        buf_release(&c->checkpoint);
    }
    return st == ST_OK ? desk_commit(desk, err) : st;
}

static enum status commit_cursor_first(struct desk *desk, struct error *err)
{
    struct cursors before, after;
    if (!first_pass)
        return desk_commit(desk, err);
    read_cursors(desk, &after);
    desk_rollback(desk);
    read_cursors(desk, &before);
    enum status st = write_cursors(desk, &after, err);
    return st == ST_OK ? write_cursors(desk, &before, err) : st;
}

enum status receive_ledger(struct desk *desk, const struct answer_ledger *answer,
                           uint64_t asked_size, struct received *out, struct error *err)
{
    first_pass = true;
    enum status st = receive_whole(desk, answer, asked_size, out, err);
    first_pass = false;
    return st == ST_OK ? receive_whole(desk, answer, asked_size, out, err) : st;
}
