/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * quarantine: huced quarantine list and show, huced adopt, huced void: what does not count because
 * its author's key was revoked, and a registrar's word that it does after all, or that something
 * does not.
 *
 * A change is named as CHAIN.SEQ (16 hex digits and a number), a whole changeset by its id (64 hex
 * digits). All that one command names is ruled on, or nothing is.
 */
#include "server/cmd/cmd.h"
#include "server/core/registrar.h"
#include "shared/base/time.h"
#include "shared/codec/hex.h"
#include "shared/merge/verdict.h"
#include "shared/record/validate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define KID_TEXT (2 * HASH_SIZE + 1)

const struct option_spec cmd_quarantine_options[] = {{"ledger", true}, {0}};
const struct option_spec cmd_adopt_options[] = {{"reason", true}, {0}};
const struct option_spec cmd_void_options[] = {{"reason", true}, {0}};

/* ---- what a change says ---- */

static void put_value(struct buf *out, const struct catalog_field *field, const struct value *value,
                      struct arena *arena)
{
    buf_put_str(out, field ? value_format(field, value, false, arena) : "?");
}

static void put_field_name(struct buf *out, const struct catalog_table *table, uint32_t no)
{
    const struct catalog_field *field = table ? catalog_field(table, no) : NULL;
    if (field)
        buf_printf(out, " %s ", field->zh);
    else
        buf_printf(out, no ? " 第 %u 项 " : " 存废 ", no);
}

static void put_members(struct buf *out, const struct catalog_field *field, const char *sign,
                        const struct value *members, uint32_t count, struct arena *arena)
{
    for (uint32_t i = 0; i < count; i++) {
        buf_put_str(out, sign);
        put_value(out, field, &members[i], arena);
    }
}

/* "地址 = 一社 2 号" */
static void put_op(struct buf *out, const struct catalog_table *table, const struct op *op,
                   struct arena *arena)
{
    const struct catalog_field *field = table ? catalog_field(table, op->field) : NULL;
    switch (op->code) {
    case OP_PUT:
    case OP_RESOLVE:
    case OP_IN:
        for (uint32_t i = 0; i < op->field_count; i++) {
            put_field_name(out, table, op->fields[i].field);
            buf_put_str(out, "= ");
            put_value(out, table ? catalog_field(table, op->fields[i].field) : NULL,
                      &op->fields[i].value, arena);
        }
        break;
    case OP_SET:
        put_field_name(out, table, op->field);
        put_members(out, field, "+", op->adds, op->add_count, arena);
        put_members(out, field, "-", op->removes, op->remove_count, arena);
        break;
    case OP_COUNTER:
        put_field_name(out, table, op->field);
        buf_printf(out, "%+" PRId64, op->delta);
        break;
    case OP_STATE:
        put_field_name(out, table, op->field);
        put_value(out, field, &op->from, arena);
        buf_put_str(out, " → ");
        put_value(out, field, &op->to, arena);
        break;
    case OP_WITHDRAW:
        put_field_name(out, table, op->field);
        buf_put_str(out, "收回");
        break;
    case OP_DELETE:
        buf_put_str(out, " 删除");
        break;
    case OP_RESTORE:
        buf_put_str(out, " 恢复");
        break;
    default:
        buf_printf(out, " 操作 %u", op->code);
    }
}

static json_t *ops_json(const struct catalog *catalog, const struct history_item *item,
                        struct arena *arena)
{
    json_t *ops = json_array();
    struct buf text;
    buf_init(&text, 16 * 1024 * 1024);
    for (size_t i = 0; i < item->op_count; i++) {
        const struct op *op = &item->ops[i];
        const struct catalog_table *table = catalog_table(catalog, op->table);
        char record[RECORD_ID_TEXT];
        if (op->code > OP_IN)
            continue;
        record_id_format(&op->record, record);
        buf_clear(&text);
        put_op(&text, table, op, arena);
        json_array_append_new(ops,
                              json_pack("{s:s, s:s, s:s}", "type", table ? table->name : "?",
                                        "record", record, "says", buf_cstr(&text) + (text.n > 0)));
    }
    buf_release(&text);
    return ops;
}

/* ---- list and show ---- */

struct quarantined {
    int64_t ledger;
    struct stamp at;
    char code[16], reason[400];
    char ref[48], changeset[KID_TEXT];
};

static void read_row(struct stmt *stmt, struct quarantined *out)
{
    char chain[17];
    struct slice bytes = stmt_blob(stmt, 3), id = stmt_blob(stmt, 5);
    *out = (struct quarantined){
        .ledger = stmt_int(stmt, 0),
        .at = {.leaf = (uint64_t)stmt_int(stmt, 1), .position = (uint32_t)stmt_int(stmt, 2)}};
    hex_encode(slice_of(bytes.p, bytes.n < 8 ? bytes.n : 8), chain);
    hex_encode(slice_of(id.p, id.n < HASH_SIZE ? id.n : HASH_SIZE), out->changeset);
    snprintf(out->ref, sizeof(out->ref), "%s.%" PRId64, chain, stmt_int(stmt, 4));
    snprintf(out->code, sizeof(out->code), "%.*s", (int)stmt_text(stmt, 6).n,
             (const char *)stmt_text(stmt, 6).p);
    snprintf(out->reason, sizeof(out->reason), "%.*s", (int)stmt_text(stmt, 7).n,
             (const char *)stmt_text(stmt, 7).p);
}

static enum status one_json(struct server *srv, const struct quarantined *q, json_t **out,
                            struct error *err)
{
    struct ledger *ledger = replica_ledger_by_no(srv->rep, q->ledger);
    struct arena arena = {0};
    struct history_item item;
    enum status st = materialise_stamp_origin(srv->rep, ledger, &q->at, &arena, &item, err);
    if (st == ST_OK) {
        const struct grant *grant = registry_grant_any(&srv->rep->registry, &item.author);
        char kid[KID_TEXT], made[TIME_TEXT_SIZE], came[TIME_TEXT_SIZE];
        hex_encode(hash_slice(&item.author), kid);
        time_format_utc(item.hlc_ms, made);
        time_format_utc(item.admitted_ms, came);
        *out = json_pack(
            "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "ref", q->ref, "changeset",
            q->changeset, "ledger", ledger->origin.text, "author", grant ? grant->name : "", "kid",
            kid, "time", made, "admitted", came, "code", q->code, "reason", q->reason, "note",
            item.note.n ? json_stringn((const char *)item.note.p, item.note.n) : json_null(), "ops",
            ops_json(replica_catalog(srv->rep), &item, &arena));
    }
    arena_release(&arena);
    return st;
}

/* Is it meant by these options: of this ledger, and named if something is named? */
static bool is_wanted(struct server *srv, const struct options *options,
                      const struct quarantined *q)
{
    const char *code = options_get(options, "ledger");
    if (code && replica_ledger_named(srv->rep, code) != replica_ledger_by_no(srv->rep, q->ledger))
        return false;
    for (size_t i = 1; i < options->word_count; i++)
        if (strcmp(options->words[i], q->ref) == 0 || strcmp(options->words[i], q->changeset) == 0)
            return true;
    return options->word_count == 1;
}

static enum status gather(struct server *srv, const struct options *options, json_t *list,
                          struct error *err)
{
    struct quarantined *rows = NULL;
    size_t n = 0, capacity = 0;
    bool row;
    enum status st;
    struct stmt *stmt = db_stmt(
        srv->db, "SELECT v.ledger, v.leaf, v.position, n.chain, c.first_seq + v.position, c.id,"
                 " v.code, v.reason FROM void_change v JOIN changeset c ON c.ledger = v.ledger"
                 " AND c.idx = v.leaf JOIN chain n ON n.no = c.chain"
                 " WHERE v.code IN ('quarantined', 'voided') ORDER BY v.ledger, v.leaf,"
                 " v.position");
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        rows = mem_grow(rows, &capacity, n + 1, sizeof(*rows));
        read_row(stmt, &rows[n]);
        n += is_wanted(srv, options, &rows[n]);
    }
    stmt_reset(stmt);
    for (size_t i = 0; i < n && st == ST_OK; i++) {
        json_t *one = NULL;
        st = one_json(srv, &rows[i], &one, err);
        if (one)
            json_array_append_new(list, one);
    }
    mem_free(rows);
    return st;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static void print_list(const json_t *list, bool whole)
{
    const json_t *one, *op;
    size_t i, k;
    json_array_foreach(list, i, one)
    {
        char made[TIME_TEXT_SIZE], came[TIME_TEXT_SIZE];
        time_text_cst(text_of(one, "time"), made);
        time_text_cst(text_of(one, "admitted"), came);
        printf("%s  %s  %s 写于 %s，%s 收到  %s\n", text_of(one, "ref"), text_of(one, "ledger"),
               text_of(one, "author"), made, came, text_of(one, "note"));
        json_array_foreach(json_object_get(one, "ops"), k, op) printf(
            "    %s %s %s\n", text_of(op, "type"), text_of(op, "record"), text_of(op, "says"));
        if (whole)
            printf("    %s\n    属于这一组改动：%s\n", text_of(one, "reason"),
                   text_of(one, "changeset"));
    }
    if (json_array_size(list) == 0)
        printf("没有隔离的改动\n");
}

enum status cmd_quarantine(const struct options *options, struct error *err)
{
    const char *verb = options->word_count ? options->words[0] : "";
    const bool showing = strcmp(verb, "show") == 0;
    struct server *srv;
    if (!showing && strcmp(verb, "list") != 0)
        return error_set(err, ST_USAGE, "应为 quarantine list 或 quarantine show 改动…");
    enum status st =
        expect_words(options, showing ? 2 : 1, showing ? OPTIONS_MAX : 1, " 改动的编号", err);
    if (st == ST_OK)
        st = server_open(options_data(options), &srv, err);
    if (st != ST_OK)
        return st;
    json_t *list = json_array();
    st = gather(srv, options, list, err);
    if (st == ST_OK && showing && json_array_size(list) == 0)
        st = error_set(err, ST_NOT_FOUND, "没有隔离的改动 %s；huced quarantine list 列出全部",
                       options->words[1]);
    if (st == ST_OK && options_has(options, "json"))
        print_json(json_pack("{s:O}", "changes", list));
    else if (st == ST_OK)
        print_list(list, showing);
    json_decref(list);
    server_close(srv);
    return st;
}

/* ---- adopt and void ---- */

/* One word of the command line, found. */
struct found {
    struct ledger *ledger;
    uint64_t leaf;
    uint32_t first, count; /* positions */
    struct target target;
};

static bool step_found(struct server *srv, struct stmt *stmt, struct found *out, uint64_t *seq,
                       struct error *err, enum status *st)
{
    bool row = false;
    *st = stmt_step(stmt, &row, err);
    if (*st != ST_OK || !row)
        return false;
    out->ledger = replica_ledger_by_no(srv->rep, stmt_int(stmt, 0));
    out->leaf = (uint64_t)stmt_int(stmt, 1);
    *seq = (uint64_t)stmt_int(stmt, 2);
    out->count = (uint32_t)stmt_int(stmt, 3);
    return true;
}

/* The reference is bound to the bytes of the change. */
static enum status bind_reference(struct server *srv, struct found *f, struct error *err)
{
    struct arena arena = {0};
    struct stored_changeset stored;
    struct segment segment;
    struct segment_known known;
    struct hash leaf;
    replica_known(srv->rep, f->ledger, &known);
    enum status st = replica_read_leaf(srv->rep, f->ledger, f->leaf, &arena, &stored, err);
    if (st == ST_OK)
        st = segment_load(stored.cose, stored.salts, stored.columns, &known.index, &arena, &segment,
                          err);
    if (st == ST_OK) {
        segment_change_leaf(&segment, f->first, &leaf);
        reference_make(&segment.header.kid, &segment.header.chain,
                       segment.header.first_seq + f->first, &leaf, &f->target.change);
    }
    arena_release(&arena);
    return st;
}

static enum status find_word(struct server *srv, const char *word, struct found *out,
                             struct error *err)
{
    char hex[17], rest;
    uint8_t chain[8];
    unsigned long long seq;
    uint64_t first_seq;
    enum status st;
    *out = (struct found){0};
    if (hex_decode(slice_str(word), out->target.changeset.b, HASH_SIZE)) {
        struct stmt *stmt = db_stmt(srv->db, "SELECT ledger, idx, first_seq, count FROM changeset"
                                             " WHERE id = ?1 AND idx IS NOT NULL");
        bind_blob(stmt, 1, hash_slice(&out->target.changeset));
        out->target.is_changeset = true;
        bool found = step_found(srv, stmt, out, &first_seq, err, &st);
        stmt_reset(stmt);
        return st != ST_OK || found ? st : error_set(err, ST_NOT_FOUND, "没有这一组改动：%s", word);
    }
    if (sscanf(word, "%16[0-9a-f].%llu%c", hex, &seq, &rest) != 2 ||
        !hex_decode(slice_str(hex), chain, sizeof(chain)))
        return error_set(
            err, ST_USAGE,
            "“%s”不是改动的编号：应为 链.序号 或一组改动的标识，见 huced quarantine list", word);
    struct stmt *stmt = db_stmt(
        srv->db, "SELECT c.ledger, c.idx, c.first_seq, c.count FROM chain n JOIN changeset c"
                 " ON c.chain = n.no WHERE n.chain = ?1 AND c.first_seq <= ?2"
                 " AND ?2 < c.first_seq + c.count AND c.idx IS NOT NULL");
    bind_blob(stmt, 1, slice_of(chain, sizeof(chain)));
    bind_int(stmt, 2, (int64_t)seq);
    bool found = step_found(srv, stmt, out, &first_seq, err, &st);
    stmt_reset(stmt);
    if (st != ST_OK || !found)
        return st != ST_OK ? st : error_set(err, ST_NOT_FOUND, "没有改动 %s", word);
    out->first = (uint32_t)(seq - first_seq);
    out->count = 1;
    return bind_reference(srv, out, err);
}

/* Did it come to what was wanted? */
static enum status check_found(struct server *srv, const struct found *f, bool adopting,
                               const char *word, struct error *err)
{
    struct stmt *stmt = db_stmt(srv->db, "SELECT reason, code FROM void_change WHERE ledger = ?1"
                                         " AND leaf = ?2 AND position >= ?3 AND position < ?4"
                                         " AND (code = 'voided') = ?5 LIMIT 1");
    bool row = false;
    bind_int(stmt, 1, f->ledger->no);
    bind_int(stmt, 2, (int64_t)f->leaf);
    bind_int(stmt, 3, f->first);
    bind_int(stmt, 4, (int64_t)f->first + f->count);
    bind_int(stmt, 5, !adopting);
    enum status st = stmt_step(stmt, &row, err);
    if (st == ST_OK && adopting && row) {
        struct slice reason = stmt_text(stmt, 0);
        st = error_set(err, ST_REFUSED, "%s 采纳后仍不计入：%.*s", word, (int)reason.n,
                       (const char *)reason.p);
    } else if (st == ST_OK && !adopting && !row) {
        st = error_set(err, ST_REFUSED, "%s 是登记或裁定，不能宣布无效", word);
    }
    stmt_reset(stmt);
    return st;
}

/* One op for each ledger that is concerned. */
static enum status rule_all(struct server *srv, const struct found *found, size_t count,
                            enum authority_op_code code, const char *reason, struct error *err)
{
    struct target targets[OPTIONS_MAX];
    enum status st = ST_OK;
    for (size_t l = 0; l < srv->rep->ledger_count && st == ST_OK; l++) {
        struct ledger *ledger = srv->rep->ledgers[l];
        struct draft draft = {0};
        struct buf op;
        size_t n = 0;
        for (size_t i = 0; i < count; i++)
            if (found[i].ledger == ledger)
                targets[n++] = found[i].target;
        if (n == 0)
            continue;
        buf_init(&op, CHANGE_BODY_MAX);
        targets_encode(code, targets, n, &op);
        draft_op_noted(&draft, buf_slice(&op), reason);
        st = registrar_rule(srv, ledger, &draft, time_now_ms(), err);
        draft_release(&draft);
        buf_release(&op);
    }
    return st;
}

static enum status rule(const struct options *options, enum authority_op_code code,
                        struct error *err)
{
    struct found found[OPTIONS_MAX];
    struct server *srv;
    const char *reason = options_get(options, "reason");
    const size_t count = options->word_count;
    enum status st = expect_words(options, 1, OPTIONS_MAX, "改动的编号", err);
    if (st == ST_OK && code == OP_VOID && (!reason || !*reason))
        st = error_set(err, ST_USAGE, "宣布无效要写明理由：--reason 理由");
    if (st == ST_OK)
        st = server_open(options_data(options), &srv, err);
    if (st != ST_OK)
        return st;
    st = server_begin(srv, err);
    if (st == ST_OK) {
        for (size_t i = 0; i < count && st == ST_OK; i++)
            st = find_word(srv, options->words[i], &found[i], err);
        if (st == ST_OK)
            st = rule_all(srv, found, count, code, reason ? reason : "", err);
        for (size_t i = 0; i < count && st == ST_OK; i++)
            st = check_found(srv, &found[i], code == OP_ADOPT, options->words[i], err);
        st = server_end(srv, st, err);
    }
    if (st == ST_OK)
        printf(code == OP_ADOPT ? "已采纳\n" : "已宣布无效\n");
    server_close(srv);
    return st;
}

enum status cmd_adopt(const struct options *options, struct error *err)
{
    return rule(options, OP_ADOPT, err);
}

enum status cmd_void(const struct options *options, struct error *err)
{
    return rule(options, OP_VOID, err);
}
