/* SPDX-License-Identifier: MulanPSL-2.0 */
/* proof_file: see proof_file.h. Types and fields are named by the record types that this program
 * brings along; what a county has added stands under its numbers. */
#include "agent/core/proof_file.h"

#include <stdio.h>

#include "agent/core/view.h"
#include "shared/base/time.h"
#include "shared/codec/hex.h"
#include "shared/db/catalog_sql.h"
#include "shared/db/migrate.h"
#include "shared/db/prove.h"

/* ---- making ---- */

enum status proof_file_make(struct desk *desk, const struct catalog_table *table,
                            const struct record_id *id, uint64_t no, bool withhold,
                            struct history_place *place, struct buf *out, struct error *err)
{
    struct arena arena = {0};
    struct proof proof;
    enum status st = history_find(desk, table, id, no, place, err);
    if (st == ST_OK && !place->admitted)
        st = error_set(err, ST_WAIT, "第 %llu 次改动县里还没有确认；请先同步",
                       (unsigned long long)place->no);
    if (st == ST_OK)
        st = prove_change(desk->rep, place->ledger, place->leaf, place->position, withhold, &arena,
                          &proof, err);
    if (st == ST_OK) {
        proof_write(&proof, out);
        if (!buf_ok(out))
            st = error_set(err, ST_LIMIT, "证明文件超过 %d 字节", PROOF_FILE_MAX);
    }
    arena_release(&arena);
    return st;
}

/* ---- what it says ---- */

static enum status add_migration(void *arg, const char *path, const char *sql, struct error *err)
{
    struct buf migration;
    buf_init(&migration, CHANGE_BODY_MAX);
    enum status st = catalog_from_sql(sql, &migration, err);
    if (st == ST_OK)
        st = catalog_apply(arg, buf_slice(&migration), err);
    buf_release(&migration);
    return st == ST_OK ? st : error_wrap(err, st, "%s", path);
}

static json_t *hex_json(struct slice bytes)
{
    char *hex = mem_alloc(2 * bytes.n + 1);
    hex_encode(bytes, hex);
    json_t *out = json_string(hex);
    mem_free(hex);
    return out;
}

static json_t *time_json(int64_t ms)
{
    char text[TIME_TEXT_SIZE];
    if (ms == INT64_MAX)
        return json_null();
    time_format_utc(ms, text);
    return json_string(text);
}

/* An op of a type that only the county has: its numbers, and its bytes for whoever can read them.
 */
static json_t *raw_op(const struct op *op)
{
    return json_pack("{s:i, s:i, s:o}", "op", (int)op->code, "table", (int)op->table, "cbor",
                     hex_json(op->raw));
}

static json_t *ops_json(const struct catalog *catalog, const struct op_body *body)
{
    json_t *ops = json_array();
    for (size_t i = 0; i < body->op_count; i++) {
        const struct op *op = &body->ops[i];
        const struct catalog_table *table =
            op->code <= OP_IN ? catalog_table(catalog, op->table) : NULL;
        json_t *one = table ? op_json(table, op) : raw_op(op);
        if (table)
            json_object_set_new(one, "type", json_string(table->name));
        if (op->code <= OP_IN) {
            char id[RECORD_ID_TEXT];
            record_id_format(&op->record, id);
            json_object_set_new(one, "record", json_string(id));
        }
        json_array_append_new(ops, one);
    }
    return ops;
}

static void add_content(const struct proof_evidence *change, json_t *out)
{
    struct arena arena = {0};
    struct catalog *catalog = mem_zero_alloc(1, sizeof(*catalog));
    struct op_body body = {0};
    json_t *note = NULL;
    catalog_init(catalog);
    if (!change->withheld && op_body_parse(change->body, &arena, &body, NULL) == ST_OK &&
        migrate_each("catalog", add_migration, catalog, NULL) == ST_OK) {
        note = body.note.n ? json_stringn((const char *)body.note.p, body.note.n) : NULL;
        json_object_set_new(out, "ops", ops_json(catalog, &body));
    }
    json_object_set_new(out, "note", note ? note : json_null());
    json_object_set_new(out, "withheld", json_boolean(change->withheld));
    catalog_release(catalog);
    mem_free(catalog);
    arena_release(&arena);
}

static json_t *facts_json(const struct proof *proof, const struct proof_facts *facts,
                          const struct hash *root_kid)
{
    const struct changeset *header = &facts->header;
    json_t *scopes = json_array();
    for (size_t i = 0; i < facts->author.scope_count; i++)
        json_array_append_new(scopes, json_stringn(facts->author.scopes[i], DIVISION_CODE_SIZE));
    json_t *out = json_pack(
        "{s:b, s:s, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:o, s:I, s:I, s:I}",
        "ok", 1, "ledger", proof->origin.text, "root", hex_json(hash_slice(root_kid)), "author",
        facts->author.name, "role", facts->author.role, "kid", hex_json(hash_slice(&header->kid)),
        "scopes", scopes, "expires", time_json(facts->author.expires_ms), "time",
        time_json(hlc_ms(proof->change.hlc)), "admitted", time_json(proof->change.leaf.admitted_ms),
        "leaf", (json_int_t)proof->change.index, "size", (json_int_t)facts->ledger.size,
        "registry_size", (json_int_t)facts->registry_size, "chain",
        hex_json(slice_of(header->chain.b, sizeof(header->chain.b))), "number",
        (json_int_t)header->number, "seq", (json_int_t)proof->change.seq, "base",
        (json_int_t)header->base_size);
    add_content(&proof->change, out);
    return out;
}

enum status proof_file_check(struct slice file, const struct hash *root_kid, json_t **out,
                             struct error *err)
{
    struct arena arena = {0};
    struct proof proof;
    struct proof_facts facts;
    *out = NULL;
    enum status st = proof_read(file, &arena, &proof, err);
    if (st == ST_OK)
        st = proof_verify(&proof, root_kid, &facts, err);
    if (st == ST_OK)
        *out = facts_json(&proof, &facts, root_kid);
    arena_release(&arena);
    return st;
}
