/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * erase: huced erase: a registrar's order that the content of changes be destroyed on every replica
 * that follows (shared/merge/RULES.md, "Erased").
 *
 *   huced erase WHAT… --reason TEXT              shows what would go, and signs nothing
 *   huced erase WHAT… --reason TEXT --confirm    orders it
 *
 * WHAT is a change (CHAIN.SEQ), a changeset (64 hex digits: all of its changes) or a record (32:
 * all changes that are about it, in every ledger). Whoever erases a word wants its copies gone too:
 * other changes that say the same of the same field of the same record, as an `in` does that
 * carries it to another ledger. They are listed, and ordered as well with --with-copies. All that
 * one command names is erased, or nothing is.
 */
#include "server/cmd/cmd.h"
#include "server/core/registrar.h"
#include "shared/base/time.h"
#include "shared/codec/hex.h"
#include "shared/db/erasure.h"
#include "shared/record/validate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SHOWN_TEXT_MAX (64 * 1024)

const struct option_spec cmd_erase_options[] = {
    {"reason", true}, {"confirm", false}, {"with-copies", false}, {0}};

/* One change, found. */
struct doomed {
    struct ledger *ledger;
    uint64_t leaf;
    uint32_t position;
    bool copy; /* nobody named it */
};

struct erasing {
    struct server *srv;
    struct arena arena;
    struct doomed *list;
    size_t count, capacity;
    struct ledger *ledger; /* being searched */
    bool copies;           /* what is met says the same as something on the list */
    struct error *err;
};

static void add(struct erasing *e, struct ledger *ledger, uint64_t leaf, uint32_t position)
{
    for (size_t i = 0; i < e->count; i++)
        if (e->list[i].ledger == ledger && e->list[i].leaf == leaf &&
            e->list[i].position == position)
            return;
    e->list = mem_grow(e->list, &e->capacity, e->count + 1, sizeof(*e->list));
    e->list[e->count++] = (struct doomed){ledger, leaf, position, e->copies};
}

/* ---- finding what is named ---- */

static enum status run_changes(struct erasing *e, struct stmt *stmt, bool *any, struct error *err)
{
    bool row;
    enum status st;
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        struct ledger *ledger = replica_ledger_by_no(e->srv->rep, stmt_int(stmt, 0));
        for (int64_t i = 0; ledger && i < stmt_int(stmt, 3); i++)
            add(e, ledger, (uint64_t)stmt_int(stmt, 1), (uint32_t)(stmt_int(stmt, 2) + i));
        *any = true;
    }
    stmt_reset(stmt);
    return st;
}

static enum status find_changeset(struct erasing *e, const struct hash *id, bool *any,
                                  struct error *err)
{
    struct stmt *stmt = db_stmt(e->srv->db, "SELECT ledger, idx, 0, count FROM changeset"
                                            " WHERE id = ?1 AND idx IS NOT NULL");
    bind_blob(stmt, 1, hash_slice(id));
    return run_changes(e, stmt, any, err);
}

static enum status find_change(struct erasing *e, struct slice chain, uint64_t seq, bool *any,
                               struct error *err)
{
    struct stmt *stmt =
        db_stmt(e->srv->db, "SELECT c.ledger, c.idx, ?2 - c.first_seq, 1 FROM chain n"
                            " JOIN changeset c ON c.chain = n.no WHERE n.chain = ?1"
                            " AND c.first_seq <= ?2 AND ?2 < c.first_seq + c.count"
                            " AND c.idx IS NOT NULL");
    bind_blob(stmt, 1, chain);
    bind_int(stmt, 2, (int64_t)seq);
    return run_changes(e, stmt, any, err);
}

static bool carries_order(const struct history_item *item)
{
    for (size_t i = 0; i < item->op_count; i++)
        if (item->ops[i].code >= OP_AUTHORITY)
            return true;
    return false;
}

static bool take_change(void *arg, const struct history_item *item)
{
    struct erasing *e = arg;
    if (item->admitted && !item->erased && !carries_order(item))
        add(e, e->ledger, item->leaf, item->position);
    return true;
}

static enum status find_record(struct erasing *e, const struct record_id *id, bool *any,
                               struct error *err)
{
    const size_t before = e->count;
    enum status st = ST_OK;
    for (size_t i = 0; i < e->srv->rep->ledger_count && st == ST_OK; i++) {
        e->ledger = e->srv->rep->ledgers[i];
        if (e->ledger != e->srv->rep->registry_ledger)
            st = materialise_history(e->srv->rep, e->ledger, id, take_change, e, err);
    }
    *any = e->count > before;
    return st;
}

static enum status find_word(struct erasing *e, const char *word, struct error *err)
{
    char hex[17], rest;
    uint8_t chain[8];
    unsigned long long seq;
    struct record_id record;
    struct hash id;
    bool any = false;
    enum status st;
    if (hex_decode(slice_str(word), id.b, HASH_SIZE))
        st = find_changeset(e, &id, &any, err);
    else if (record_id_parse(slice_str(word), &record))
        st = find_record(e, &record, &any, err);
    else if (sscanf(word, "%16[0-9a-f].%llu%c", hex, &seq, &rest) == 2 &&
             hex_decode(slice_str(hex), chain, sizeof(chain)))
        st = find_change(e, slice_of(chain, sizeof(chain)), seq, &any, err);
    else
        return error_set(err, ST_USAGE,
                         "“%s”不是改动的编号：应为 链.序号、一组改动的标识，或一条记录的编号",
                         word);
    return st != ST_OK || any ? st : error_set(err, ST_NOT_FOUND, "没有可抹除的改动：%s", word);
}

/* ---- what it says, and who says the same ---- */

static enum status read_doomed(struct erasing *e, const struct doomed *d, struct history_item *out,
                               struct error *err)
{
    const struct stamp at = {.leaf = d->leaf, .position = d->position};
    return materialise_stamp_origin(e->srv->rep, d->ledger, &at, &e->arena, out, err);
}

static bool says_something(const struct value *value)
{
    return value->kind == VALUE_TEXT || value->kind == VALUE_DECIMAL || value->kind == VALUE_INT;
}

static bool has_value(const struct op *op, uint32_t field, const struct value *value)
{
    for (uint32_t i = 0; i < op->field_count; i++)
        if (op->fields[i].field == field && value_equal(&op->fields[i].value, value))
            return true;
    for (uint32_t i = 0; op->code == OP_SET && op->field == field && i < op->add_count; i++)
        if (value_equal(&op->adds[i], value))
            return true;
    return false;
}

static bool same_record(const struct op *a, const struct op *b)
{
    return a->code <= OP_IN && b->code <= OP_IN && a->table == b->table &&
           record_id_equal(&a->record, &b->record);
}

static bool repeats_op(const struct op *said, const struct op *op)
{
    if (!same_record(said, op))
        return false;
    for (uint32_t i = 0; i < said->field_count; i++)
        if (said->fields[i].field && said->fields[i].field < OP_IN_WRITER &&
            says_something(&said->fields[i].value) &&
            has_value(op, said->fields[i].field, &said->fields[i].value))
            return true;
    for (uint32_t i = 0; said->code == OP_SET && i < said->add_count; i++)
        if (has_value(op, said->field, &said->adds[i]))
            return true;
    return false;
}

/* The changes whose copies are looked for, read once. */
struct originals {
    struct erasing *e;
    const struct history_item *items;
    size_t count;
};

static bool take_copy(void *arg, const struct history_item *item)
{
    struct originals *o = arg;
    bool copy = false;
    if (!item->admitted || item->erased || carries_order(item))
        return true;
    for (size_t n = 0; n < o->count && !copy; n++)
        for (size_t i = 0; i < o->items[n].op_count && !copy; i++)
            for (size_t k = 0; k < item->op_count && !copy; k++)
                copy = repeats_op(&o->items[n].ops[i], &item->ops[k]);
    if (copy)
        add(o->e, o->e->ledger, item->leaf, item->position);
    return true;
}

static enum status find_copies(struct erasing *e, struct error *err)
{
    const size_t named = e->count;
    struct history_item *items = arena_alloc(&e->arena, (named + 1) * sizeof(*items));
    struct originals originals = {e, items, named};
    enum status st = ST_OK;
    e->copies = true;
    for (size_t i = 0; i < named && st == ST_OK; i++)
        st = read_doomed(e, &e->list[i], &items[i], err);
    for (size_t i = 0; i < named && st == ST_OK; i++)
        for (size_t k = 0; k < items[i].op_count && st == ST_OK; k++) {
            const struct op *op = &items[i].ops[k];
            if (op->code > OP_IN || (k && same_record(op, &items[i].ops[k - 1])))
                continue;
            for (size_t l = 0; l < e->srv->rep->ledger_count && st == ST_OK; l++) {
                e->ledger = e->srv->rep->ledgers[l];
                if (e->ledger != e->srv->rep->registry_ledger)
                    st = materialise_history(e->srv->rep, e->ledger, &op->record, take_copy,
                                             &originals, err);
            }
        }
    return st;
}

/* ---- showing ---- */

static void put_values(struct buf *out, const struct catalog_field *field, const char *sign,
                       const struct value *values, uint32_t count, struct arena *arena)
{
    for (uint32_t i = 0; i < count; i++)
        buf_printf(out, " %s%s", sign, field ? value_format(field, &values[i], false, arena) : "?");
}

static void put_op(struct buf *out, const struct catalog_table *table, const struct op *op,
                   struct arena *arena)
{
    const struct catalog_field *field = table ? catalog_field(table, op->field) : NULL;
    for (uint32_t i = 0; i < op->field_count; i++) {
        const struct catalog_field *f = table ? catalog_field(table, op->fields[i].field) : NULL;
        if (f)
            buf_printf(out, " %s=%s", f->zh, value_format(f, &op->fields[i].value, false, arena));
    }
    if (op->code == OP_SET || op->code == OP_COUNTER || op->code == OP_STATE)
        buf_printf(out, " %s", field ? field->zh : "?");
    if (op->code == OP_SET) {
        put_values(out, field, "+", op->adds, op->add_count, arena);
        put_values(out, field, "-（会重新出现）", op->removes, op->remove_count, arena);
    } else if (op->code == OP_COUNTER) {
        buf_printf(out, " %+" PRId64, op->delta);
    } else if (op->code == OP_STATE) {
        put_values(out, field, "→ ", &op->to, 1, arena);
    } else if (op->code == OP_DELETE) {
        buf_put_str(out, " 删除（仍然有效，只抹除原因）");
    }
}

static json_t *doomed_json(struct erasing *e, const struct doomed *d,
                           const struct history_item *item)
{
    const struct catalog *catalog = replica_catalog(e->srv->rep);
    const struct grant *grant = registry_grant_any(&e->srv->rep->registry, &item->author);
    char chain[17], made[TIME_TEXT_SIZE];
    char *ref;
    json_t *ops = json_array();
    struct buf text;
    buf_init(&text, SHOWN_TEXT_MAX);
    for (size_t i = 0; i < item->op_count; i++) {
        const struct op *op = &item->ops[i];
        const struct catalog_table *table = catalog_table(catalog, op->table);
        char record[RECORD_ID_TEXT];
        record_id_format(&op->record, record);
        buf_clear(&text);
        put_op(&text, table, op, &e->arena);
        json_array_append_new(ops, json_pack("{s:s, s:s, s:s}", "type", table ? table->zh : "?",
                                             "record", record, "says",
                                             buf_ok(&text) ? buf_cstr(&text) : " …"));
    }
    buf_release(&text);
    hex_encode(slice_of(item->chain.b, sizeof(item->chain.b)), chain);
    time_format_utc(item->hlc_ms, made);
    ref = mem_printf("%s.%" PRIu64, chain, item->seq);
    json_t *out = json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:o, s:o}", "ref", ref, "ledger",
                            d->ledger->origin.text, "author", grant ? grant->name : "", "time",
                            made, "copy", d->copy, "counts", item->void_reason == NULL, "note",
                            item->note.n ? json_stringn((const char *)item->note.p, item->note.n)
                                         : json_null(),
                            "ops", ops);
    mem_free(ref);
    return out;
}

static void print_doomed(const json_t *one)
{
    char made[TIME_TEXT_SIZE];
    const char *note = json_string_value(json_object_get(one, "note"));
    const json_t *op;
    size_t i;
    time_text_cst(json_string_value(json_object_get(one, "time")), made);
    printf("%s%s  %s  %s 写于 %s  %s\n",
           json_is_true(json_object_get(one, "copy")) ? "〔抄写〕" : "",
           json_string_value(json_object_get(one, "ref")),
           json_string_value(json_object_get(one, "ledger")),
           json_string_value(json_object_get(one, "author")), made, note ? note : "");
    json_array_foreach(json_object_get(one, "ops"), i, op)
        printf("    %s %s%s\n", json_string_value(json_object_get(op, "type")),
               json_string_value(json_object_get(op, "record")),
               json_string_value(json_object_get(op, "says")));
}

/* ---- ordering ---- */

/* One change for each order, so that one that is long does not hold up the others. */
static enum status order_all(struct erasing *e, bool with_copies, const char *reason,
                             struct error *err)
{
    struct replica *rep = e->srv->rep;
    enum status st = ST_OK;
    for (size_t l = 0; l < rep->ledger_count && st == ST_OK; l++) {
        struct draft draft = {0};
        for (size_t i = 0; i < e->count && st == ST_OK; i++) {
            struct slice op;
            if (e->list[i].ledger != rep->ledgers[l] || (e->list[i].copy && !with_copies))
                continue;
            st = erasure_draft(rep, e->list[i].ledger, e->list[i].leaf, e->list[i].position,
                               &e->arena, &op, err);
            if (st == ST_OK)
                draft_op_noted(&draft, op, reason);
        }
        if (st == ST_OK && draft.count)
            st = registrar_rule(e->srv, rep->ledgers[l], &draft, time_now_ms(), err);
        draft_release(&draft);
    }
    return st;
}

static enum status show(struct erasing *e, json_t *list, struct error *err)
{
    enum status st = ST_OK;
    for (size_t i = 0; i < e->count && st == ST_OK; i++) {
        struct history_item item;
        st = read_doomed(e, &e->list[i], &item, err);
        if (st == ST_OK)
            json_array_append_new(list, doomed_json(e, &e->list[i], &item));
    }
    return st;
}

static void print_result(const struct erasing *e, const json_t *list, bool done, bool with_copies)
{
    const json_t *one;
    size_t i, copies = 0;
    for (i = 0; i < e->count; i++)
        copies += e->list[i].copy;
    json_array_foreach(list, i, one) print_doomed(one);
    if (done)
        printf("已下令抹除 %zu 次改动\n", with_copies ? e->count : e->count - copies);
    else
        printf("将抹除 %zu 次改动，无法恢复；加 --confirm 才会下令\n", e->count - copies);
    if (copies && !with_copies)
        printf("另有 %zu 次改动写着同样的内容（标为〔抄写〕），加 --with-copies 一并抹除\n",
               copies);
}

enum status cmd_erase(const struct options *options, struct error *err)
{
    struct erasing e = {.err = err};
    const char *reason = options_get(options, "reason");
    const bool confirmed = options_has(options, "confirm");
    const bool with_copies = options_has(options, "with-copies");
    enum status st = expect_words(options, 1, OPTIONS_MAX, "改动或记录的编号", err);
    if (st == ST_OK && (!reason || !*reason))
        st = error_set(err, ST_USAGE, "抹除要写明理由：--reason 理由");
    if (st == ST_OK)
        st = server_open(options_data(options), &e.srv, err);
    if (st != ST_OK)
        return st;
    json_t *list = json_array();
    st = server_begin(e.srv, err);
    if (st == ST_OK) {
        for (size_t i = 0; i < options->word_count && st == ST_OK; i++)
            st = find_word(&e, options->words[i], err);
        if (st == ST_OK)
            st = find_copies(&e, err);
        if (st == ST_OK)
            st = show(&e, list, err);
        if (st == ST_OK && confirmed)
            st = order_all(&e, with_copies, reason, err);
        st = server_end(e.srv, st, err);
    }
    if (st == ST_OK && options_has(options, "json"))
        print_json(json_pack("{s:b, s:O}", "ordered", confirmed, "changes", list));
    else if (st == ST_OK)
        print_result(&e, list, confirmed, with_copies);
    json_decref(list);
    mem_free(e.list);
    arena_release(&e.arena);
    server_close(e.srv);
    return st;
}
