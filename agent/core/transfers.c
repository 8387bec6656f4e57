/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * transfers: see transfers.h.
 *
 * The lists are questions to the record tables: rows with ROW_LATE; rows that refer as their owner
 * to a row that has gone; rows with ROW_IN_TRANSIT that are still counted; ids with two rows that
 * have not left.
 */
#include "agent/core/transfers.h"

#include <stdio.h>

#include "agent/core/change_ref.h"
#include "agent/core/history.h"
#include "agent/core/late.h"
#include "agent/core/save.h"
#include "agent/core/transfer.h"
#include "agent/core/view.h"
#include "shared/base/check.h"
#include "shared/db/moves.h"
#include "shared/ledger/change.h"
#include "shared/record/structure.h"

enum kind { LATE, LEFT, UNDER_WAY, TWICE };

static const char *const kind_names[] = {"late", "left", "under_way", "twice"};

struct entry {
    enum kind kind;
    const struct catalog_table *table;
    struct record_id id;
    struct ledger *from, *to; /* to NULL: not on this desk */
    char to_origin[ORIGIN_MAX + 1];
    struct late_change late;
};

struct listing {
    struct desk *desk;
    struct arena arena;
    size_t count, capacity;
    struct entry *entries;
};

static void release(struct listing *l)
{
    mem_free(l->entries);
    arena_release(&l->arena);
}

static struct entry *add(struct listing *l, enum kind kind, const struct catalog_table *table,
                         const struct record_id *id)
{
    l->entries = mem_grow(l->entries, &l->capacity, l->count + 1, sizeof(*l->entries));
    struct entry *entry = &l->entries[l->count++];
    *entry = (struct entry){.kind = kind, .table = table, .id = *id};
    return entry;
}

static void set_to(struct entry *entry, struct ledger *ledger)
{
    entry->to = ledger;
    if (ledger)
        snprintf(entry->to_origin, sizeof(entry->to_origin), "%s", ledger->origin.text);
}

/* As the change says that took it away. An erased one counts if its order says so, which an older
 * program may have signed: then its words may name no ledger. */
static void set_to_named(struct entry *entry, const struct move *departure)
{
    struct origin to;
    if (departure && origin_parse(departure->other, &to))
        snprintf(entry->to_origin, sizeof(entry->to_origin), "%s", to.text);
}

/* Rows that a question finds: (ledger, id). */
struct rows {
    size_t count, capacity;
    struct row {
        int64_t ledger;
        struct record_id id;
    } * rows;
};

static enum status ask(struct desk *desk, struct rows *out, struct error *err, char *sql)
{
    struct stmt *stmt = NULL;
    bool row;
    enum status st = db_prepare(desk->db, slice_str(sql), &stmt, err);
    while (st == ST_OK && (st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        out->rows = mem_grow(out->rows, &out->capacity, out->count + 1, sizeof(*out->rows));
        out->rows[out->count].ledger = stmt_int(stmt, 0);
        if (stmt_blob(stmt, 1).n == RECORD_ID_SIZE)
            memcpy(out->rows[out->count++].id.b, stmt_blob(stmt, 1).p, RECORD_ID_SIZE);
    }
    stmt_release(stmt);
    mem_free(sql);
    return st;
}

/* ---- late ---- */

/* Where the record is counted now; NULL: on this desk nowhere. */
static enum status find_home(struct listing *l, const struct catalog_table *table,
                             const struct record_id *id, struct moves_half *home, bool *found,
                             struct error *err)
{
    struct moves_half *halves;
    size_t count;
    enum status st = moves_halves(l->desk->rep, table, id, &l->arena, &halves, &count, err);
    size_t at = st == ST_OK ? moves_home(halves, count) : MOVE_NOWHERE;
    *found = at != MOVE_NOWHERE;
    if (*found)
        *home = halves[at];
    return st;
}

static enum status list_late_of(struct listing *l, const struct catalog_table *table,
                                const struct record_id *id, struct error *err)
{
    struct late_change *late;
    struct moves_half home;
    bool found;
    size_t count;
    enum status st = late_of(l->desk, table, id, &l->arena, &late, &count, err);
    if (st == ST_OK && count)
        st = find_home(l, table, id, &home, &found, err);
    for (size_t i = 0; i < count && st == ST_OK; i++) {
        struct record_state record;
        if (found && home.state_bits & ROW_IN_TRANSIT)
            break; /* it will go along when the record arrives */
        struct entry *entry = add(l, LATE, table, id);
        entry->from = late[i].ledger;
        entry->late = late[i];
        set_to(entry, found ? home.ledger : NULL);
        st = materialise_load(l->desk->rep, entry->from, table, id, &l->arena, &record, err);
        if (st == ST_OK && !found)
            set_to_named(entry, record_departure(&record));
    }
    return st;
}

static enum status list_late(struct listing *l, const struct catalog_table *table,
                             struct error *err)
{
    struct rows rows = {0};
    enum status st =
        ask(l->desk, &rows, err,
            mem_printf("SELECT min(ledger), id FROM \"r_%s\" WHERE _state & %d GROUP BY id",
                       table->name, ROW_LATE));
    for (size_t i = 0; i < rows.count && st == ST_OK; i++)
        st = list_late_of(l, table, &rows.rows[i].id, err);
    mem_free(rows.rows);
    return st;
}

/* ---- left behind ---- */

static enum status list_left(struct listing *l, const struct catalog_table *table,
                             struct error *err)
{
    const struct catalog_field *owner = structure_owner(table);
    const struct catalog_table *of =
        owner ? catalog_table_named(replica_catalog(l->desk->rep), slice_str(owner->ref)) : NULL;
    struct rows rows = {0};
    if (!of || !record_tables_has(of) || !record_tables_has_column(owner))
        return ST_OK;
    enum status st = ask(
        l->desk, &rows, err,
        mem_printf("SELECT r.ledger, r.id FROM \"r_%s\" o CROSS JOIN \"r_%s\" r ON r.\"%s\" = o.id"
                   " AND r.ledger = o.ledger WHERE (o._state & %d) = %d AND (r._state & %d) = %d"
                   " ORDER BY 1, 2",
                   of->name, table->name, owner->name, ROW_ELSEWHERE | ROW_IN_TRANSIT,
                   ROW_ELSEWHERE | ROW_IN_TRANSIT, ROW_LIVE | ROW_ELSEWHERE | ROW_IN_TRANSIT,
                   ROW_LIVE));
    for (size_t i = 0; i < rows.count && st == ST_OK; i++) {
        struct record_state record, gone;
        struct record_id owner_id;
        struct moves_half home;
        bool found = false;
        struct entry *entry = add(l, LEFT, table, &rows.rows[i].id);
        entry->from = replica_ledger_by_no(l->desk->rep, rows.rows[i].ledger);
        st =
            materialise_load(l->desk->rep, entry->from, table, &entry->id, &l->arena, &record, err);
        if (st != ST_OK)
            break;
        memcpy(owner_id.b, record.fields[owner->no].value.s.p, RECORD_ID_SIZE);
        st = find_home(l, of, &owner_id, &home, &found, err);
        if (st == ST_OK && found)
            set_to(entry, home.ledger);
        if (st == ST_OK && !found)
            st = materialise_load(l->desk->rep, entry->from, of, &owner_id, &l->arena, &gone, err);
        if (st == ST_OK && !found)
            set_to_named(entry, record_departure(&gone));
    }
    mem_free(rows.rows);
    return st;
}

/* ---- on the way, and twice ---- */

/* Does another type's record bring records of this type along, or own them? Then that one is told.
 */
static bool stands_alone(const struct catalog *catalog, const struct catalog_table *table)
{
    bool alone = !structure_owner(table);
    for (size_t i = 0; i < catalog->table_count && alone; i++) {
        struct structure_brings brings[STRUCTURE_WORDS_MAX];
        size_t n = structure_brings(catalog->tables[i], brings);
        for (size_t k = 0; k < n; k++)
            alone = alone && strcmp(brings[k].field->ref, table->name) != 0;
    }
    return alone;
}

static enum status list_under_way(struct listing *l, const struct catalog_table *table,
                                  struct error *err)
{
    struct rows rows = {0};
    enum status st =
        ask(l->desk, &rows, err,
            mem_printf("SELECT ledger, id FROM \"r_%s\" WHERE (_state & %d) = %d ORDER BY 1, 2",
                       table->name, ROW_LIVE | ROW_ELSEWHERE | ROW_IN_TRANSIT,
                       ROW_LIVE | ROW_IN_TRANSIT));
    for (size_t i = 0; i < rows.count && st == ST_OK; i++) {
        struct record_state record;
        struct origin to;
        struct entry *entry = add(l, UNDER_WAY, table, &rows.rows[i].id);
        entry->from = replica_ledger_by_no(l->desk->rep, rows.rows[i].ledger);
        st =
            materialise_load(l->desk->rep, entry->from, table, &entry->id, &l->arena, &record, err);
        if (st == ST_OK && origin_parse(record_departure(&record)->other, &to))
            set_to(entry, replica_ledger(l->desk->rep, &to));
    }
    mem_free(rows.rows);
    return st;
}

static enum status list_twice(struct listing *l, const struct catalog_table *table,
                              struct error *err)
{
    struct rows rows = {0};
    enum status st = ask(
        l->desk, &rows, err,
        mem_printf("SELECT r.ledger, r.id FROM \"r_%s\" r WHERE (r._state & %d) = %d AND"
                   " EXISTS (SELECT 1 FROM \"r_%s\" h WHERE h.id = r.id AND (h._state & %d) = %d)"
                   " AND EXISTS (SELECT 1 FROM move m WHERE m.id = r.id AND m.tbl = %u)"
                   " ORDER BY 1, 2",
                   table->name, ROW_LIVE | ROW_ELSEWHERE | ROW_IN_TRANSIT, ROW_LIVE | ROW_ELSEWHERE,
                   table->name, ROW_LIVE | ROW_ELSEWHERE, ROW_LIVE, table->no));
    for (size_t i = 0; i < rows.count && st == ST_OK; i++) {
        struct moves_half home;
        bool found;
        struct entry *entry = add(l, TWICE, table, &rows.rows[i].id);
        entry->from = replica_ledger_by_no(l->desk->rep, rows.rows[i].ledger);
        st = find_home(l, table, &entry->id, &home, &found, err);
        if (st == ST_OK && found)
            set_to(entry, home.ledger);
    }
    mem_free(rows.rows);
    return st;
}

static enum status list_all(struct listing *l, struct error *err)
{
    const struct catalog *catalog = replica_catalog(l->desk->rep);
    enum status st = ST_OK;
    for (size_t i = 0; i < catalog->table_count && st == ST_OK; i++) {
        const struct catalog_table *table = catalog->tables[i];
        if (!record_tables_has(table))
            continue;
        if (stands_alone(catalog, table))
            st = list_under_way(l, table, err);
        if (st == ST_OK && stands_alone(catalog, table))
            st = list_twice(l, table, err);
        if (st == ST_OK)
            st = list_left(l, table, err);
        if (st == ST_OK)
            st = list_late(l, table, err);
    }
    return st;
}

/* ---- as people see it ---- */

static void entry_id(const struct entry *entry, char out[static LATE_ID_TEXT])
{
    if (entry->kind == LATE)
        late_id_format(&entry->late, out);
    else
        record_id_format(&entry->id, out);
}

static const char *text_of(const struct entry *entry, struct arena *arena)
{
    struct origin place;
    const char *to =
        origin_parse(slice_str(entry->to_origin), &place) ? origin_code(&place) : "别处";
    const char *from = origin_code(&entry->from->origin);
    switch (entry->kind) {
    case LATE:
        return arena_printf(arena, "已迁往 %s 以后，%.12s 还有一次改动没有并入", to, from);
    case LEFT:
        return arena_printf(arena, "所属的户或人已迁往 %s，这一条还留在 %.12s", to, from);
    case UNDER_WAY:
        return arena_printf(arena, "已从 %.12s 迁出，%s 还没有接收", from, to);
    default:
        return arena_printf(arena, "两处都接收了：现在按 %s，%.12s 也还记着", to, from);
    }
}

/* What the fields that a late change speaks of look like where the record is now. */
static enum status view_present(struct desk *desk, const struct entry *entry, json_t *out,
                                struct error *err)
{
    struct arena arena = {0};
    struct record_state record;
    json_t *now = json_object();
    enum status st = ST_OK;
    if (entry->to)
        st = materialise_load(desk->rep, entry->to, entry->table, &entry->id, &arena, &record, err);
    for (size_t i = 0; st == ST_OK && entry->to && i < entry->late.op_count; i++) {
        const struct op *op = &entry->late.ops[i];
        for (uint32_t k = 0; k < op->field_count || (k == 0 && op->field); k++) {
            uint32_t no = op->field_count ? op->fields[k].field : op->field;
            const struct catalog_field *field = catalog_field(entry->table, no);
            if (field)
                json_object_set_new(now, field->name,
                                    view_state(&record.fields[no], field, &arena));
        }
    }
    json_object_set_new(out, "now", now);
    arena_release(&arena);
    return st;
}

static enum status add_late(struct desk *desk, const struct entry *entry, json_t *out,
                            struct error *err)
{
    json_t *by = NULL, *ops = json_array();
    enum status st = view_stamp(desk, entry->from, &entry->late.at, &by, err);
    for (size_t i = 0; st == ST_OK && i < entry->late.op_count; i++)
        json_array_append_new(ops, op_json(entry->table, &entry->late.ops[i]));
    if (st == ST_OK) {
        json_object_update_new(out, by);
        json_object_set(out, "ops", ops);
        json_object_set_new(out, "note",
                            entry->late.note.n
                                ? json_stringn((const char *)entry->late.note.p, entry->late.note.n)
                                : json_null());
        st = view_present(desk, entry, out, err);
    }
    json_decref(ops);
    return st;
}

static enum status view_entry(struct desk *desk, const struct entry *entry, json_t **out,
                              struct error *err)
{
    struct arena arena = {0};
    struct record_state record;
    char id[LATE_ID_TEXT], hex[RECORD_ID_TEXT];
    *out = NULL;
    enum status st =
        materialise_load(desk->rep, entry->from, entry->table, &entry->id, &arena, &record, err);
    if (st == ST_OK) {
        entry_id(entry, id);
        record_id_format(&entry->id, hex);
        *out = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s?, s:b, s:s}", "id", id, "kind",
                         kind_names[entry->kind], "type", entry->table->name, "type_label",
                         entry->table->zh, "record", hex, "title",
                         view_title(desk, &record, &arena), "from", entry->from->origin.text, "to",
                         entry->to_origin[0] ? entry->to_origin : NULL, "takeable",
                         entry->to != NULL, "text", text_of(entry, &arena));
        if (entry->kind == LATE)
            st = add_late(desk, entry, *out, err);
    }
    if (st != ST_OK) {
        json_decref(*out);
        *out = NULL;
    }
    arena_release(&arena);
    return st;
}

enum status transfers_list(struct desk *desk, json_t **out, struct error *err)
{
    struct listing l = {.desk = desk};
    *out = json_array();
    enum status st = view_settle(desk, err);
    if (st == ST_OK)
        st = list_all(&l, err);
    for (size_t i = 0; i < l.count && st == ST_OK; i++) {
        json_t *one;
        st = view_entry(desk, &l.entries[i], &one, err);
        if (one)
            json_array_append_new(*out, one);
    }
    release(&l);
    return st;
}

static bool is_meant(const struct entry *entry, const char *id)
{
    char own[LATE_ID_TEXT], hex[RECORD_ID_TEXT];
    entry_id(entry, own);
    record_id_format(&entry->id, hex);
    return strcmp(own, id) == 0 || strcmp(hex, id) == 0;
}

static enum status none_open(const char *id, struct error *err)
{
    return error_set(err, ST_NOT_FOUND, "没有编号为 %s 的迁移事项，可能已经办完", id);
}

enum status transfers_show(struct desk *desk, const char *id, json_t **out, struct error *err)
{
    struct listing l = {.desk = desk};
    *out = NULL;
    enum status st = view_settle(desk, err);
    if (st == ST_OK)
        st = list_all(&l, err);
    for (size_t i = 0; i < l.count && st == ST_OK && !*out; i++)
        if (is_meant(&l.entries[i], id))
            st = view_entry(desk, &l.entries[i], out, err);
    if (st == ST_OK && !*out)
        st = none_open(id, err);
    release(&l);
    return st;
}

/* ---- taking over a late change ---- */

/* What the late change said, as fields of an `in` that adds to the record where it is now. */
struct taken {
    uint32_t field_count, writer_count;
    struct op_field fields[OP_FIELDS_MAX], writers[OP_FIELDS_MAX];
    bool deletes;
    struct value reason;
};

static void take_field(struct taken *t, const struct entry *entry, uint32_t no,
                       const struct value *value)
{
    const struct catalog_field *field = catalog_field(entry->table, no);
    uint32_t at = 0;
    if (!field || field->policy == POLICY_SET || field->policy == POLICY_COUNTER ||
        t->field_count + t->writer_count + 2 > OP_FIELDS_MAX)
        return;
    while (at < t->field_count && t->fields[at].field < no)
        at++;
    if (at == t->field_count || t->fields[at].field != no) {
        memmove(&t->fields[at + 1], &t->fields[at], (t->field_count - at) * sizeof(*t->fields));
        t->field_count++;
    }
    t->fields[at] = (struct op_field){no, *value};
}

static void take_writers(struct taken *t, const struct entry *entry)
{
    for (uint32_t i = 0, n = t->field_count; i < n; i++) {
        const struct catalog_field *field = catalog_field(entry->table, t->fields[i].field);
        uint8_t rank = entry->late.role_bit < 0 ? 0 : field->rank_of[entry->late.role_bit];
        struct slice word = catalog_writer_word(field, rank);
        if (field->policy == POLICY_AUTHORITY && word.n)
            t->writers[t->writer_count++] =
                (struct op_field){OP_IN_WRITER + field->no, value_text(word)};
    }
    memcpy(t->fields + t->field_count, t->writers, t->writer_count * sizeof(*t->writers));
    t->field_count += t->writer_count;
}

static void take_ops(struct taken *t, const struct entry *entry)
{
    const struct value nothing = value_null();
    for (size_t i = 0; i < entry->late.op_count; i++) {
        const struct op *op = &entry->late.ops[i];
        if (op->code == OP_STATE)
            take_field(t, entry, op->field, &op->to);
        else if (op->code == OP_WITHDRAW)
            take_field(t, entry, op->field, &nothing);
        for (uint32_t k = 0; k < op->field_count; k++)
            if (op->fields[k].field)
                take_field(t, entry, op->fields[k].field, &op->fields[k].value);
        if (op->code != OP_DELETE && op->code != OP_RESTORE)
            continue;
        t->deletes = op->code == OP_DELETE;
        t->reason = op->reason;
    }
    take_writers(t, entry);
}

static bool is_set_or_sum(const struct op *op)
{
    return op->code == OP_SET || op->code == OP_COUNTER;
}

/* in · its sets and sums · [delete] · resolve that names the late change */
static void write_taken(const struct entry *entry, const struct move *arrival,
                        const struct op_ref *ref, bool drop, const char *note, struct buf *body)
{
    struct taken *t = mem_zero_alloc(1, sizeof(*t));
    size_t count = 1, sums = 0;
    if (!drop)
        take_ops(t, entry);
    for (size_t i = 0; !drop && i < entry->late.op_count; i++)
        sums += is_set_or_sum(&entry->late.ops[i]);
    bool in = t->field_count || sums;
    op_body_begin(body, count + in + sums + t->deletes);
    struct op op = {.table = entry->table->no, .record = entry->id};
    if (in) {
        op.code = OP_IN;
        op.origin = arrival->other;
        op.hop = arrival->hop;
        op.field_count = t->field_count;
        op.fields = t->fields;
        op_write(body, &op);
    }
    for (size_t i = 0; sums && i < entry->late.op_count; i++)
        if (is_set_or_sum(&entry->late.ops[i]))
            op_write(body, &entry->late.ops[i]);
    struct op delete = {
        .code = OP_DELETE, .table = op.table, .record = op.record, .reason = t->reason};
    if (t->deletes)
        op_write(body, &delete);
    const struct op_field exists = {0, value_int(!t->deletes)};
    struct op names = {.code = OP_RESOLVE,
                       .table = op.table,
                       .record = op.record,
                       .field_count = 1,
                       .fields = &exists,
                       .ref_count = 1,
                       .refs = ref};
    op_write(body, &names);
    op_body_end(body, note && *note ? slice_str(note) : SLICE_NONE);
    mem_free(t);
}

static enum status take_late(struct desk *desk, struct author *author, const struct entry *entry,
                             const struct transfers_take *what, struct error *err)
{
    struct arena arena = {0};
    struct record_state record;
    struct op_ref ref;
    struct buf body;
    struct save *save = NULL;
    const int64_t to = entry->to->no;
    const uint32_t table_no = entry->table->no;
    buf_init(&body, CHANGE_BODY_MAX);
    enum status st = change_ref(desk, entry->from, &entry->late.at, &arena, &ref, err);
    if (st == ST_OK)
        st = save_begin(desk, entry->to, author, &save, err);
    struct ledger *ledger = st == ST_OK ? replica_ledger_by_no(desk->rep, to) : NULL;
    const struct catalog_table *table =
        st == ST_OK ? catalog_table(replica_catalog(desk->rep), table_no) : NULL;
    if (st == ST_OK && table != entry->table)
        st = error_set(err, ST_BUSY, "资料刚刚更新，请再运行一次");
    if (st == ST_OK)
        st = materialise_load(desk->rep, ledger, table, &entry->id, &arena, &record, err);
    const struct move *arrival = st == ST_OK ? record_arrival(&record) : NULL;
    if (st == ST_OK && (!arrival || record.in_transit || !record.live))
        st = error_set(err, ST_REFUSED, "这条%s现在不在 %.12s，请再看一遍（huce transfers list）",
                       table->zh, origin_code(&ledger->origin));
    if (st == ST_OK) {
        write_taken(entry, arrival, &ref, what->drop, what->note, &body);
        st = buf_ok(&body) ? save_change(save, buf_slice(&body), err)
                           : error_set(err, ST_LIMIT, "这一次改动太大");
    }
    if (st == ST_OK)
        st = save_commit(save, err);
    else
        save_abort(save);
    buf_release(&body);
    arena_release(&arena);
    return st;
}

/* ---- taking ---- */

static enum status take_entry(struct desk *desk, struct author *author, const struct entry *entry,
                              const struct transfers_take *what, struct error *err)
{
    char hex[RECORD_ID_TEXT];
    struct transfer_result result;
    if (!entry->to)
        return error_set(err, ST_REFUSED, "已迁往 %s：要由能看到两边的乡镇或县里办理",
                         entry->to_origin[0] ? entry->to_origin : "别处");
    if (entry->kind == LATE)
        return take_late(desk, author, entry, what, err);
    if (what->drop)
        return error_set(err, ST_USAGE, "--drop 只用于迁出以后的改动");
    record_id_format(&entry->id, hex);
    /* By words that outlive what the transaction may read anew. */
    char *from = mem_strdup(entry->from->origin.text), *type = mem_strdup(entry->table->name);
    struct transfer transfer = {.type = type,
                                .record = hex,
                                .ledger = from,
                                .to = entry->to_origin,
                                .note = what->note,
                                .keep = entry->kind == TWICE};
    enum status st = transfer_run(desk, author, &transfer, &result, err);
    mem_free(from);
    mem_free(type);
    return st;
}

/* Each entry is found anew: the one before it may have settled it as well. */
static enum status take_next(struct desk *desk, struct author *author,
                             const struct transfers_take *what, bool *found, size_t *open,
                             struct error *err)
{
    struct listing l = {.desk = desk};
    *found = false;
    enum status st = view_settle(desk, err);
    if (st == ST_OK)
        st = list_all(&l, err);
    for (size_t i = 0; i < l.count && st == ST_OK && !*found; i++) {
        if (!is_meant(&l.entries[i], what->id))
            continue;
        *found = true;
        st = take_entry(desk, author, &l.entries[i], what, err);
    }
    *open = l.count;
    release(&l);
    return st;
}

enum status transfers_take(struct desk *desk, struct author *author,
                           const struct transfers_take *what, size_t *taken, struct error *err)
{
    bool found;
    size_t open, at_first = 0;
    *taken = 0;
    enum status st = take_next(desk, author, what, &found, &at_first, err);
    while (st == ST_OK && found && ++*taken < at_first)
        st = take_next(desk, author, what, &found, &open, err);
    if (st == ST_OK && *taken == 0)
        st = none_open(what->id, err);
    return st;
}
