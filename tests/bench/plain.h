/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * plain: the peer: the same rows in one ordinary SQLite table, opened by the same door (WAL,
 * synchronous=FULL), written with prepared statements. It keeps no history and proves nothing.
 */
#ifndef TESTS_BENCH_PLAIN_H
#define TESTS_BENCH_PLAIN_H

#include "shared/db/db.h"
#include "shared/record/value.h"
#include "tests/bench/must.h"
#include "tests/bench/workload.h"

static inline void plain_create(const char *path, struct db **out)
{
    char sql[1024];
    int n = snprintf(sql, sizeof(sql), "CREATE TABLE resident(id BLOB PRIMARY KEY");
    for (int f = 0; f < FIELDS; f++)
        n += snprintf(sql + n, sizeof(sql) - (size_t)n, ", %s %s", columns[f].name,
                      columns[f].is_number ? "INTEGER" : "TEXT");
    snprintf(sql + n, sizeof(sql) - (size_t)n, ") WITHOUT ROWID");
    MUST(db_open(path, DB_READ_WRITE, out, &err));
    MUST(db_exec(*out, sql, &err));
}

/* Ids in the same layout as a desk makes them: time first, then chance. */
static inline void plain_id(uint32_t row, struct record_id *out)
{
    struct workload chance = {.random = row};
    uint8_t random[16];
    uint64_t a = workload_random(&chance), b = workload_random(&chance);
    memcpy(random, &a, 8);
    memcpy(random + 8, &b, 8);
    record_id_make(1760000000000 + row / 60, random, out);
}

static inline void plain_bind(struct stmt *stmt, int n, uint32_t field, const struct cell *cell)
{
    if (columns[field].is_number)
        bind_int(stmt, n, cell->number);
    else
        bind_str(stmt, n, cell->text);
}

static inline void plain_load(struct db *db, const struct row *rows)
{
    struct stmt *stmt;
    char sql[256];
    int n = snprintf(sql, sizeof(sql), "INSERT INTO resident VALUES (?1");
    for (int f = 0; f < FIELDS; f++)
        n += snprintf(sql + n, sizeof(sql) - (size_t)n, ", ?%d", f + 2);
    snprintf(sql + n, sizeof(sql) - (size_t)n, ")");
    MUST(db_prepare(db, slice_str(sql), &stmt, &err));
    MUST(db_begin(db, &err));
    for (uint32_t i = 0; i < ROWS; i++) {
        struct record_id id;
        plain_id(i, &id);
        stmt_reset(stmt);
        bind_blob(stmt, 1, slice_of(id.b, RECORD_ID_SIZE));
        for (uint32_t f = 0; f < FIELDS; f++)
            plain_bind(stmt, (int)f + 2, f, &rows[i].cells[f]);
        MUST(stmt_run(stmt, &err));
    }
    MUST(db_commit(db, &err));
    stmt_release(stmt);
}

struct plain_updates {
    struct stmt *stmts[FIELDS];
};

static inline void plain_prepare(struct db *db, struct plain_updates *updates)
{
    for (int f = 0; f < FIELDS; f++) {
        char sql[128];
        snprintf(sql, sizeof(sql), "UPDATE resident SET %s = ?2 WHERE id = ?1", columns[f].name);
        MUST(db_prepare(db, slice_str(sql), &updates->stmts[f], &err));
    }
}

static inline void plain_release(struct plain_updates *updates)
{
    for (int f = 0; f < FIELDS; f++)
        stmt_release(updates->stmts[f]);
}

/* One field, one durable commit. */
static inline void plain_save(struct db *db, struct plain_updates *updates, const struct edit *edit)
{
    struct stmt *stmt = updates->stmts[edit->field];
    struct record_id id;
    plain_id(edit->row, &id);
    MUST(db_begin(db, &err));
    stmt_reset(stmt);
    bind_blob(stmt, 1, slice_of(id.b, RECORD_ID_SIZE));
    plain_bind(stmt, 2, edit->field, &edit->cell);
    MUST(stmt_run(stmt, &err));
    MUST(db_commit(db, &err));
}

#endif
