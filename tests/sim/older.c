/* SPDX-License-Identifier: MulanPSL-2.0 */
/* older: see older.h. */
#include "tests/sim/older.h"

#include "shared/base/check.h"
#include "shared/base/mem.h"
#include "shared/db/materialise.h"
#include "shared/ledger/authority.h"
#include "shared/ledger/change.h"
#include "shared/sync/columns.h"

bool older_runs;

/* ---- ops ---- */

#define NO_TABLE_OF_OURS OP_TABLE_MAX
#define NO_OP_OF_OURS 60 /* and above */

enum status __real_op_body_parse(struct slice body, struct arena *arena, struct op_body *out,
                                 struct error *err);
enum status __wrap_op_body_parse(struct slice body, struct arena *arena, struct op_body *out,
                                 struct error *err);
enum status __real_op_redacted_parse(struct slice ops, struct arena *arena, struct op_body *out,
                                     struct error *err);
enum status __wrap_op_redacted_parse(struct slice ops, struct arena *arena, struct op_body *out,
                                     struct error *err);
void __real_op_write(struct buf *out, const struct op *op);
void __wrap_op_write(struct buf *out, const struct op *op);
void __real_op_redact(const struct op_body *body, struct buf *out);
void __wrap_op_redact(const struct op_body *body, struct buf *out);

static enum status as_known(enum status st, const struct op_body *body)
{
    for (size_t i = 0; older_runs && st == ST_OK && i < body->op_count; i++) {
        struct op *op = (struct op *)(uintptr_t)&body->ops[i];
        if (op->code >= OP_LINK && op->code <= OP_IN) {
            struct slice raw = op->raw;
            *op = (struct op){.code = OP_RESTORE, .table = NO_TABLE_OF_OURS, .record = op->record};
            op->raw = raw;
        } else if (op->code == OP_VOID || op->code == OP_ADOPT) {
            op->code += NO_OP_OF_OURS;
        }
    }
    return st;
}

enum status __wrap_op_body_parse(struct slice body, struct arena *arena, struct op_body *out,
                                 struct error *err)
{
    return as_known(__real_op_body_parse(body, arena, out, err), out);
}

enum status __wrap_op_redacted_parse(struct slice ops, struct arena *arena, struct op_body *out,
                                     struct error *err)
{
    return as_known(__real_op_redacted_parse(ops, arena, out, err), out);
}

void __wrap_op_write(struct buf *out, const struct op *op)
{
    if (op->table == NO_TABLE_OF_OURS)
        buf_put_slice(out, op->raw);
    else
        __real_op_write(out, op);
}

/* Where only the bytes are asked for, the same comes out as of any program. */
void __wrap_op_redact(const struct op_body *body, struct buf *out)
{
    struct arena arena = {0};
    struct op_body whole = {0};
    struct buf bytes;
    buf_init(&bytes, CHANGE_BODY_MAX);
    for (size_t i = 0; i < body->op_count; i++) {
        if (i == 0)
            op_body_begin(&bytes, body->op_count);
        buf_put_slice(&bytes, body->ops[i].raw);
    }
    if (body->op_count)
        op_body_end(&bytes, SLICE_NONE);
    CHECK(!body->op_count ||
          __real_op_body_parse(buf_slice(&bytes), &arena, &whole, NULL) == ST_OK);
    __real_op_redact(&whole, out);
    buf_release(&bytes);
    arena_release(&arena);
}

void __real_columns_encode(const struct change_item *changes, size_t count, uint64_t base_size,
                           const struct record_index *index, struct buf *out);
void __wrap_columns_encode(const struct change_item *changes, size_t count, uint64_t base_size,
                           const struct record_index *index, struct buf *out);

void __wrap_columns_encode(const struct change_item *changes, size_t count, uint64_t base_size,
                           const struct record_index *index, struct buf *out)
{
    bool older = older_runs;
    older_runs = false;
    __real_columns_encode(changes, count, base_size, index, out);
    older_runs = older;
}

/* ---- words of a catalog ---- */

enum status __real_catalog_apply(struct catalog *cat, struct slice bytes, struct error *err);
enum status __wrap_catalog_apply(struct catalog *cat, struct slice bytes, struct error *err);

static void unlearn(uint8_t *p, size_t n, const char *word)
{
    size_t length = strlen(word);
    for (size_t i = 0; i + length <= n; i++)
        if (memcmp(p + i, word, length) == 0)
            p[i] = 'z'; /* as long as it was, so that the bytes around it hold */
}

enum status __wrap_catalog_apply(struct catalog *cat, struct slice bytes, struct error *err)
{
    if (!older_runs)
        return __real_catalog_apply(cat, bytes, err);
    uint8_t *copy = mem_alloc(bytes.n + 1);
    memcpy(copy, bytes.p, bytes.n);
    unlearn(copy, bytes.n, "worst");
    unlearn(copy, bytes.n, "decimal");
    unlearn(copy, bytes.n, "range");
    enum status st = __real_catalog_apply(cat, slice_of(copy, bytes.n), err);
    mem_free(copy);
    return st;
}

/* ---- whose rules made the records ---- */

bool __real_materialise_is_current(struct replica *rep);
bool __wrap_materialise_is_current(struct replica *rep);
enum status __real_materialise_upgrade(struct replica *rep, struct error *err);
enum status __wrap_materialise_upgrade(struct replica *rep, struct error *err);

bool __wrap_materialise_is_current(struct replica *rep)
{
    struct stmt *stmt;
    bool row = false;
    if (!older_runs)
        return __real_materialise_is_current(rep);
    CHECK(db_prepare(rep->db,
                     slice_str("SELECT 1 FROM replica_setting WHERE name = 'merge_version' AND"
                               " CAST(value AS INTEGER) = ?1"),
                     &stmt, NULL) == ST_OK);
    bind_int(stmt, 1, MERGE_VERSION - 1);
    CHECK(stmt_step(stmt, &row, NULL) == ST_OK);
    stmt_release(stmt);
    return row;
}

enum status __wrap_materialise_upgrade(struct replica *rep, struct error *err)
{
    enum status st = __real_materialise_upgrade(rep, err);
    if (st == ST_OK && older_runs) {
        struct stmt *stmt;
        st = db_prepare(rep->db,
                        slice_str("UPDATE replica_setting SET value = ?1"
                                  " WHERE name = 'merge_version'"),
                        &stmt, err);
        if (st != ST_OK)
            return st;
        bind_int(stmt, 1, MERGE_VERSION - 1);
        st = stmt_run(stmt, err);
        stmt_release(stmt);
    }
    return st;
}
