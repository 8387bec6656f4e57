/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * edit: one change is composed in these steps:
 *
 *   present record ─┐
 *   words ─ parse ──┼─▶ new values ─ derive ─▶ check over the whole ─▶ ops ─▶ body
 *   role ─ may write┘
 *
 * A field of a conflict group brings the present values of its group along, because a put that
 * carries only half of a group would be void.
 */
#include "agent/core/edit.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/core/change_ref.h"
#include "agent/core/keymap.h"
#include "shared/base/check.h"
#include "shared/base/random.h"
#include "shared/base/time.h"
#include "shared/codec/hex.h"
#include "shared/ledger/change.h"
#include "shared/merge/conflict.h"
#include "shared/record/structure.h"
#include "shared/record/validate.h"
#include "shared/record/workflow.h"

#define BODY_USUAL 512
#define SET_ELEMENTS_MAX CLAIMS_MAX /* more would not stand */
#define OPENED_MAX 4
#define MOVED_NAMED 5 /* fields named in a sentence; all of them stand in the result */

/* One loaded natural key of one table. */
struct editor_keys {
    const char *table, *field;
    struct keymap map;
};

#define EDITOR_MAPS_MAX 16

struct editor {
    struct desk *desk;
    struct ledger *ledger;
    const struct catalog *catalog;
    char role[AUTHORITY_ROLE_MAX + 1]; /* "": not checked */
    int role_bit;
    uint8_t person[16]; /* who writes; zeroes: nobody in particular */
    bool bulk;
    const struct seen *seen; /* NULL: not a form */
    bool has_id_key;
    struct hmac_key id_key;
    const struct catalog_table *hashed_table; /* of the next two */
    const struct catalog_field *hash_field, *id_field;
    size_t chance_left;
    uint8_t chance[640]; /* for ids of new records: one system call for many */
    size_t map_count;
    struct editor_keys maps[EDITOR_MAPS_MAX];
    struct arena arena; /* of one compose */
};

/* What one compose is working on. */
struct draft {
    struct editor *editor;
    const struct catalog_table *table;
    struct record_state record;
    bool is_new;
    int32_t today;
    uint32_t put_count;
    struct op_field put[OP_FIELDS_MAX]; /* ascending; value chosen for each field */
    size_t op_count;
    struct op ops[OP_FIELDS_MAX]; /* set, counter, state */
    size_t opened_count;
    struct op opened[OPENED_MAX]; /* puts of records that come with this change */
    struct edit_result *result;
};

enum status editor_open(struct desk *desk, struct ledger *ledger, const struct author *author,
                        bool bulk, struct editor **out, struct error *err)
{
    (void)err;
    struct editor *editor = mem_zero_alloc(1, sizeof(*editor));
    uint8_t key[32];
    editor->desk = desk;
    editor->bulk = bulk;
    if (author && author->grant)
        memcpy(editor->role, author->grant->role, sizeof(editor->role));
    if (author && author->grant)
        memcpy(editor->person, author->grant->person, sizeof(editor->person));
    editor_refresh(editor, ledger);
    editor->has_id_key = desk_id_key(desk, key);
    if (editor->has_id_key)
        hmac_prepare(slice_of(key, sizeof(key)), &editor->id_key);
    secret_wipe(key, sizeof(key));
    *out = editor;
    return ST_OK;
}

void editor_close(struct editor *editor)
{
    if (!editor)
        return;
    for (size_t i = 0; i < editor->map_count; i++)
        keymap_release(&editor->maps[i].map);
    secret_wipe(&editor->id_key, sizeof(editor->id_key));
    arena_release(&editor->arena);
    mem_free(editor);
}

void editor_refresh(struct editor *editor, struct ledger *ledger)
{
    editor->ledger = ledger;
    editor->catalog = replica_catalog(editor->desk->rep);
    editor->hashed_table = NULL;
    editor->role_bit = editor->role[0] ? catalog_role_bit(editor->catalog, editor->role) : -1;
}

void editor_shown(struct editor *editor, const struct seen *seen)
{
    editor->seen = seen;
}

int32_t edit_today(void)
{
    return (int32_t)((time_now_ms() + INT64_C(8) * 3600 * 1000) / (INT64_C(24) * 3600 * 1000));
}

/* ---- names ---- */

enum status edit_field(const struct catalog_table *table, struct slice name,
                       const struct catalog_field **out, struct error *err)
{
    *out = catalog_field_named(table, name);
    if (*out)
        return ST_OK;
    return error_set(err, ST_INVALID,
                     "“%s”没有“%.*s”这一项；运行 huce list --help 或 "
                     "huce sql 可查看各项名称",
                     table->zh, (int)name.n, (const char *)name.p);
}

static const char *role_words(const char *role)
{
    static const struct {
        const char *role, *zh;
    } names[] = {{"village", "村（社区）"}, {"grid", "网格员"},      {"township", "乡镇"},
                 {"registrar", "县登记员"}, {"auditor", "审计员"},   {"dept:ga", "县公安"},
                 {"dept:mz", "县民政"},     {"dept:rs", "县人社"},   {"dept:nc", "县农业农村"},
                 {"dept:cl", "县残联"},     {"dept:wj", "县卫健"},   {"dept:sf", "县司法"},
                 {"dept:yb", "县医保"},     {"dept:zf", "县政法委"}, {"dept:yj", "县应急"}};
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        if (strcmp(names[i].role, role) == 0)
            return names[i].zh;
    return role;
}

/* "C:rs,T,V" → "县人社、乡镇、村（社区）" */
static void writer_words(const char *writers, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (const char *p = writers; *p && used < size;) {
        size_t n = strcspn(p, ",");
        char role[AUTHORITY_ROLE_MAX + 1];
        if (n == 1 && *p == 'V')
            snprintf(role, sizeof(role), "village");
        else if (n == 1 && *p == 'T')
            snprintf(role, sizeof(role), "township");
        else if (n > 2 && p[0] == 'C' && p[1] == ':')
            snprintf(role, sizeof(role), "dept:%.*s", (int)(n - 2), p + 2);
        else
            snprintf(role, sizeof(role), "%s", n == 1 && *p == 'C' ? "县" : "其他部门");
        used +=
            (size_t)snprintf(out + used, size - used, "%s%s", used ? "、" : "", role_words(role));
        p += n + (p[n] == ',');
    }
}

static bool may_write(const struct editor *editor, const struct catalog_field *field)
{
    if (!editor->role[0] || !field->writers[0])
        return true;
    return editor->role_bit >= 0 && (field->writer_mask >> editor->role_bit & 1);
}

static enum status check_writer(const struct editor *editor, const struct catalog_field *field,
                                struct error *err)
{
    if (may_write(editor, field))
        return ST_OK;
    char who[200];
    writer_words(field->writers, who, sizeof(who));
    return error_set(err, ST_REFUSED, "“%s”由%s填写，您的身份是%s，不能改这一项", field->zh, who,
                     role_words(editor->role));
}

/* ---- natural keys ---- */

const struct catalog_field *edit_key_field(const struct catalog_table *table)
{
    static const char *const usual[] = {"household_code", "grid_code", "id_no", "code"};
    const struct catalog_field *field = NULL;
    if (table->key && table->key[0])
        field = catalog_field_named(table, slice_str(table->key));
    for (size_t i = 0; !field && i < ARRAY_LENGTH(usual); i++)
        field = catalog_field_named(table, slice_str(usual[i]));
    return field;
}

/* Records of the registry are common to all; the others are looked for in the ledger worked on. */
static const char *search_origin(const struct editor *editor, const struct catalog_table *table)
{
    return table->home == HOME_REGISTRY ? NULL : editor->ledger->origin.text;
}

static enum status loaded_map(struct editor *editor, const struct catalog_table *table,
                              const char *field, struct keymap **out, struct error *err)
{
    for (size_t i = 0; i < editor->map_count; i++)
        if (strcmp(editor->maps[i].table, table->name) == 0 &&
            strcmp(editor->maps[i].field, field) == 0) {
            *out = &editor->maps[i].map;
            return ST_OK;
        }
    if (editor->map_count == EDITOR_MAPS_MAX)
        return error_set(err, ST_LIMIT, "这个文件引用了太多种记录");
    struct editor_keys *keys = &editor->maps[editor->map_count++];
    *keys = (struct editor_keys){.table = table->name, .field = field};
    *out = &keys->map;
    return keymap_load(&keys->map, editor->desk->db, table->name, field,
                       search_origin(editor, table), err);
}

static enum status look_up_sql(struct editor *editor, const struct catalog_table *table,
                               const char *field, struct slice text, enum keymap_hit *hit,
                               struct record_id *id, struct error *err)
{
    const char *origin = search_origin(editor, table);
    char *sql = mem_printf("SELECT id FROM \"%s\" WHERE \"%s\" = ?1%s LIMIT 2", table->name, field,
                           origin ? " AND origin = ?2" : "");
    struct stmt *stmt = NULL;
    bool row = false;
    int n = 0;
    enum status st = db_prepare(editor->desk->db, slice_str(sql), &stmt, err);
    if (st == ST_OK) {
        bind_text(stmt, 1, text);
        if (origin)
            bind_str(stmt, 2, origin);
    }
    while (st == ST_OK && (st = stmt_step(stmt, &row, err)) == ST_OK && row)
        if (n++ == 0 && !record_id_parse(stmt_text(stmt, 0), id))
            n = 0;
    stmt_release(stmt);
    mem_free(sql);
    *hit = n == 0 ? KEYMAP_NONE : n == 1 ? KEYMAP_ONE : KEYMAP_TWICE;
    return st;
}

static enum status look_up(struct editor *editor, const struct catalog_table *table,
                           const char *field, struct slice text, enum keymap_hit *hit,
                           struct record_id *id, struct error *err)
{
    if (!editor->bulk)
        return look_up_sql(editor, table, field, text, hit, id, err);
    struct keymap *map;
    enum status st = loaded_map(editor, table, field, &map, err);
    *hit = st == ST_OK ? keymap_find(map, text, id) : KEYMAP_NONE;
    return st;
}

enum status edit_look_up(struct editor *editor, const struct catalog_table *table,
                         const char *field, struct slice text, int *hits, struct record_id *id,
                         struct error *err)
{
    enum keymap_hit hit = KEYMAP_NONE;
    enum status st = look_up(editor, table, field, text, &hit, id, err);
    *hits = hit == KEYMAP_NONE ? 0 : hit == KEYMAP_ONE ? 1 : 2;
    return st;
}

enum status edit_find(struct editor *editor, const struct catalog_table *table, struct slice text,
                      struct record_id *id, struct error *err)
{
    if (text.n >= 32 && record_id_parse(text, id))
        return ST_OK;
    const struct catalog_field *key = edit_key_field(table);
    const struct catalog_field *name = catalog_field_named(table, slice_str("name"));
    const struct catalog_field *tries[] = {key, name};
    for (size_t i = 0; i < ARRAY_LENGTH(tries); i++) {
        enum keymap_hit hit = KEYMAP_NONE;
        if (!tries[i] || (i == 1 && tries[1] == key))
            continue;
        enum status st = look_up(editor, table, tries[i]->name, text, &hit, id, err);
        if (st != ST_OK)
            return st;
        if (hit == KEYMAP_ONE)
            return ST_OK;
        if (hit == KEYMAP_TWICE)
            return error_set(err, ST_INVALID, "“%.*s”对应多条%s，请写 32 位记录编号", (int)text.n,
                             (const char *)text.p, table->zh);
    }
    return error_set(err, ST_NOT_FOUND, "没有找到%s“%.*s”", table->zh, (int)text.n,
                     (const char *)text.p);
}

void edit_note_created(struct editor *editor, const struct catalog_table *table, struct slice key,
                       const struct record_id *id)
{
    const struct catalog_field *field = edit_key_field(table);
    struct keymap *map;
    if (editor->bulk && field && key.n &&
        loaded_map(editor, table, field->name, &map, NULL) == ST_OK)
        keymap_add(map, key, id);
}

/* ---- values ---- */

static const struct field_state *present(const struct draft *draft,
                                         const struct catalog_field *field)
{
    if (draft->is_new || field->no >= draft->record.field_count)
        return NULL;
    const struct field_state *state = &draft->record.fields[field->no];
    return state->claim_count ? state : NULL;
}

/* A scalar (or one element of a set) as people wrote it. */
static enum status parse_scalar(struct draft *draft, const struct catalog_field *field,
                                struct slice text, struct value *out, struct error *err)
{
    struct editor *editor = draft->editor;
    bool is_ref = field->type == FIELD_REF || field->type == FIELD_SET_REF;
    const struct catalog_table *target =
        is_ref ? catalog_table_named(editor->catalog, slice_str(field->ref)) : NULL;
    enum status st;
    if (is_ref && target && text.n) {
        struct record_id id;
        st = edit_find(editor, target, text, &id, err);
        if (st == ST_OK)
            *out = value_bytes(
                slice_of(arena_copy(&editor->arena, id.b, RECORD_ID_SIZE), RECORD_ID_SIZE));
        else
            st = error_wrap(err, ST_INVALID, "%s", field->zh);
    } else if (field->type >= FIELD_SET_TEXT) {
        struct catalog_field element = *field;
        element.type = is_ref ? FIELD_REF : field->type == FIELD_SET_TEXT ? FIELD_TEXT : FIELD_CODE;
        st = value_parse(&element, text, &editor->arena, out, err);
    } else {
        st = value_parse(field, text, &editor->arena, out, err);
    }
    if (st == ST_OK)
        st = validate_value(field, out, draft->today, err);
    return st;
}

static struct op_field *put_slot(struct draft *draft, uint32_t field)
{
    uint32_t i = draft->put_count;
    while (i > 0 && draft->put[i - 1].field > field)
        i--;
    if (i > 0 && draft->put[i - 1].field == field)
        return &draft->put[i - 1];
    if (draft->put_count == OP_FIELDS_MAX)
        return NULL;
    if (i < draft->put_count)
        memmove(&draft->put[i + 1], &draft->put[i], (draft->put_count - i) * sizeof(draft->put[0]));
    draft->put_count++;
    draft->put[i].field = field;
    return &draft->put[i];
}

static enum status set_value(struct draft *draft, const struct catalog_field *field,
                             const struct value *value, struct error *err)
{
    const struct field_state *now = present(draft, field);
    if (now && !now->conflict && value_equal(&now->value, value))
        return ST_OK;
    if (!now && value->kind == VALUE_NULL)
        return ST_OK;
    if (!draft->is_new && now &&
        (field->policy == POLICY_APPEND || draft->table->kind == TABLE_APPEND))
        return error_set(err, ST_REFUSED, "“%s”只在新建时填写，不能改；有错请作废后另建一条",
                         field->zh);
    struct op_field *slot = put_slot(draft, field->no);
    if (!slot)
        return error_set(err, ST_LIMIT, "一次最多填写 %d 项", OP_FIELDS_MAX);
    slot->value = *value;
    return ST_OK;
}

static struct op *new_op(struct draft *draft, uint32_t code, const struct catalog_field *field)
{
    CHECK(draft->op_count < OP_FIELDS_MAX);
    struct op *op = &draft->ops[draft->op_count++];
    *op = (struct op){
        .code = code, .table = draft->table->no, .record = draft->record.id, .field = field->no};
    return op;
}

/* Did the form leave the field as it showed it? values: of a set its elements, sorted. */
static bool left_alone(const struct draft *draft, const struct catalog_field *field,
                       const struct value *values, size_t count)
{
    return draft->editor->seen && !draft->is_new &&
           seen_shows(draft->editor->seen, &draft->record.id, field->no, values, count);
}

/* Notes a field that has become another since the form was shown. */
static void note_moved(struct draft *draft, uint32_t no)
{
    struct edit_result *result = draft->result;
    if (draft->is_new || !draft->editor->seen ||
        !seen_moved(draft->editor->seen, &draft->record, no) ||
        result->moved_count == ARRAY_LENGTH(result->moved))
        return;
    result->moved[result->moved_count++] = no;
}

static bool contains(const struct value *values, size_t n, const struct value *value)
{
    for (size_t i = 0; i < n; i++)
        if (value_equal(&values[i], value))
            return true;
    return false;
}

/* Bytes of a separator between set elements at p: , ; and their full-width forms. */
static size_t separator(const uint8_t *p, size_t n)
{
    static const char *const words[] = {",", ";", "，", "；", "、"};
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
        if (strlen(words[i]) <= n && memcmp(p, words[i], strlen(words[i])) == 0)
            return strlen(words[i]);
    return 0;
}

static bool next_element(struct slice *rest, struct slice *out)
{
    while (rest->n) {
        size_t n = 0, skip = 0;
        while (n < rest->n && !(skip = separator(rest->p + n, rest->n - n)))
            n++;
        *out = slice_of(rest->p, n);
        *rest = slice_of(rest->p + n + skip, rest->n - n - skip);
        while (out->n && isspace(out->p[0]))
            *out = slice_of(out->p + 1, out->n - 1);
        if (out->n)
            return true;
    }
    return false;
}

static int compare_values(const void *a, const void *b)
{
    return value_compare(a, b);
}

static enum status edit_set(struct draft *draft, const struct catalog_field *field,
                            struct slice text, struct error *err)
{
    struct arena *arena = &draft->editor->arena;
    struct value *adds = arena_alloc(arena, 2 * SET_ELEMENTS_MAX * sizeof(*adds));
    struct value *removes = adds + SET_ELEMENTS_MAX, *now = NULL;
    size_t add_count = 0, remove_count = 0, now_count = 0, keep_count = 0;
    struct value keep[SET_ELEMENTS_MAX];
    if (present(draft, field))
        now_count = merge_set_elements(&draft->record.fields[field->no], arena, &now);
    bool relative = text.n && (text.p[0] == '+' || text.p[0] == '-');
    struct slice word;
    while (next_element(&text, &word)) {
        bool remove = relative && word.p[0] == '-';
        struct value value;
        if (relative && word.p[0] != '+' && word.p[0] != '-')
            return error_set(err, ST_INVALID, "“%s”要么每个都带 + 或 -，要么都不带", field->zh);
        if (relative)
            word = slice_of(word.p + 1, word.n - 1);
        enum status st = parse_scalar(draft, field, word, &value, err);
        if (st != ST_OK)
            return st;
        if (value.kind == VALUE_NULL)
            continue;
        if (add_count == SET_ELEMENTS_MAX || remove_count == SET_ELEMENTS_MAX ||
            keep_count == SET_ELEMENTS_MAX)
            return error_set(err, ST_LIMIT, "“%s”最多 %d 个", field->zh, SET_ELEMENTS_MAX);
        if (!contains(keep, keep_count, &value))
            keep[keep_count++] = value;
        bool there = contains(now, now_count, &value);
        if (remove && there && !contains(removes, remove_count, &value))
            removes[remove_count++] = value;
        if (!remove && !there && !contains(adds, add_count, &value))
            adds[add_count++] = value;
    }
    qsort(keep, keep_count, sizeof(*keep), compare_values);
    if (!relative && left_alone(draft, field, keep, keep_count))
        return ST_OK;
    for (size_t i = 0; !relative && i < now_count && remove_count < SET_ELEMENTS_MAX; i++)
        if (!contains(keep, keep_count, &now[i]))
            removes[remove_count++] = now[i];
    if (add_count + remove_count == 0)
        return ST_OK;
    if (now_count + add_count > SET_ELEMENTS_MAX + remove_count)
        return error_set(err, ST_LIMIT, "“%s”最多 %d 个,先去掉一些再加", field->zh,
                         SET_ELEMENTS_MAX);
    if (!relative)
        note_moved(draft, field->no);
    qsort(adds, add_count, sizeof(*adds), compare_values);
    qsort(removes, remove_count, sizeof(*removes), compare_values);
    struct op *op = new_op(draft, OP_SET, field);
    op->adds = adds;
    op->add_count = (uint32_t)add_count;
    op->removes = removes;
    op->remove_count = (uint32_t)remove_count;
    return ST_OK;
}

static enum status edit_counter(struct draft *draft, const struct catalog_field *field,
                                struct slice text, struct error *err)
{
    char number[24];
    char *end = number;
    long long delta = 0;
    errno = 0;
    if (text.n > 0 && text.n < sizeof(number)) {
        memcpy(number, text.p, text.n);
        number[text.n] = '\0';
        delta = strtoll(number, &end, 10);
    }
    if (text.n == 0 || errno || *end || end == number)
        return error_set(err, ST_INVALID, "“%s”是累计数，请写增减数，例如 +5 或 -2", field->zh);
    if (delta)
        new_op(draft, OP_COUNTER, field)->delta = delta;
    return ST_OK;
}

/* Is "from>to" among "draft>discussed,discussed>signed"? */
static bool step_declared(const char *args, struct slice from, struct slice to)
{
    for (const char *p = args; *p;) {
        size_t n = strcspn(p, ",");
        if (n == from.n + 1 + to.n && p[from.n] == '>' && slice_equal(slice_of(p, from.n), from) &&
            slice_equal(slice_of(p + from.n + 1, to.n), to))
            return true;
        p += n + (p[n] == ',');
    }
    return false;
}

static enum status edit_state(struct draft *draft, const struct catalog_field *field,
                              struct slice text, struct error *err)
{
    struct value to, from = value_null();
    enum status st = parse_scalar(draft, field, text, &to, err);
    if (st != ST_OK)
        return st;
    const struct field_state *now = present(draft, field);
    if (now)
        from = now->value;
    if (from.kind == VALUE_ERASED) /* nobody can say where it stood: begun anew by a plain put */
        return set_value(draft, field, &to, err);
    if (left_alone(draft, field, &to, 1) || (value_equal(&from, &to) && !(now && now->conflict)))
        return ST_OK;
    note_moved(draft, field->no);
    if (draft->result->moved_count)
        return ST_OK; /* asked before it is judged by steps that nobody saw */
    if (from.kind == VALUE_NULL && to.kind == VALUE_TEXT &&
        !step_declared(field->args, SLICE_NONE, to.s))
        return error_set(err, ST_INVALID, "“%s”不能一开始就是“%s”", field->zh,
                         value_format(field, &to, false, &draft->editor->arena));
    if (from.kind == VALUE_TEXT && to.kind == VALUE_TEXT &&
        !step_declared(field->args, from.s, to.s))
        return error_set(err, ST_INVALID, "“%s”不能从“%s”直接改为“%s”", field->zh,
                         value_format(field, &from, false, &draft->editor->arena),
                         value_format(field, &to, false, &draft->editor->arena));
    if (to.kind == VALUE_NULL)
        return error_set(err, ST_INVALID, "“%s”不能清空", field->zh);
    struct op *op = new_op(draft, OP_STATE, field);
    op->from = from;
    op->to = to;
    return ST_OK;
}

/* What this program made of a type or policy that it does not know might be no value to those who
 * do. A form that shows the field may bring it back as it stands. */
static enum status leave_unknown(const struct draft *draft, const struct edit_pair *pair,
                                 struct error *err)
{
    const struct catalog_field *field = pair->field;
    const struct field_state *now = present(draft, field);
    const char *shown = now ? value_format(field, &now->value, true, &draft->editor->arena) : "";
    if (slice_equal(pair->text, slice_str(shown)))
        return ST_OK;
    return error_set(err, ST_REFUSED, "“%s”是本程序还不认识的一种，只能看，不能改：请先更新程序",
                     field->zh);
}

static enum status edit_one(struct draft *draft, const struct edit_pair *pair, struct error *err)
{
    const struct catalog_field *field = pair->field;
    enum status st = check_writer(draft->editor, field, err);
    if (st == ST_OK && field->unknown)
        return leave_unknown(draft, pair, err);
    if (st != ST_OK)
        return st;
    switch (field->policy) {
    case POLICY_SET:
        return edit_set(draft, field, pair->text, err);
    case POLICY_COUNTER:
        return edit_counter(draft, field, pair->text, err);
    case POLICY_STATE:
        return edit_state(draft, field, pair->text, err);
    default:
        break;
    }
    struct value value;
    st = parse_scalar(draft, field, pair->text, &value, err);
    if (st != ST_OK || left_alone(draft, field, &value, 1))
        return st;
    return set_value(draft, field, &value, err);
}

/* ---- the whole record ---- */

/* The record as it will be: present values with the new ones over them. */
static size_t resulting(const struct draft *draft, struct op_field *out)
{
    size_t n = 0;
    uint32_t next = 0; /* of the put: both ascend */
    for (size_t i = 0; i < draft->table->field_count && n < OP_FIELDS_MAX; i++) {
        const struct catalog_field *field = draft->table->fields[i];
        const struct field_state *now = present(draft, field);
        const struct value *value = NULL;
        if (now && field->policy != POLICY_SET && field->policy != POLICY_COUNTER)
            value = &now->value;
        while (next < draft->put_count && draft->put[next].field < field->no)
            next++;
        if (next < draft->put_count && draft->put[next].field == field->no)
            value = &draft->put[next].value;
        for (size_t j = 0; j < draft->op_count; j++)
            if (draft->ops[j].code == OP_STATE && draft->ops[j].field == field->no)
                value = &draft->ops[j].to;
        if (value && value->kind != VALUE_NULL) {
            out[n].field = field->no;
            out[n++].value = *value;
        }
    }
    return n;
}

static const struct value *value_in(const struct op_field *fields, size_t n, uint32_t no)
{
    for (size_t i = 0; i < n; i++)
        if (fields[i].field == no)
            return &fields[i].value;
    return NULL;
}

static bool touched(const struct draft *draft, uint32_t no)
{
    for (uint32_t i = 0; i < draft->put_count; i++)
        if (draft->put[i].field == no)
            return true;
    return false;
}

/* The keyed hash of the citizen id, so that two records of one person can be found without showing
 * the number. */
static enum status derive_id_hash(struct draft *draft, struct op_field *fields, size_t *count,
                                  struct error *err)
{
    struct editor *editor = draft->editor;
    if (editor->hashed_table != draft->table) {
        editor->hashed_table = draft->table;
        editor->hash_field = catalog_field_named(draft->table, slice_str("id_hash"));
        editor->id_field = catalog_field_named(draft->table, slice_str("id_no"));
    }
    const struct catalog_field *hash_field = editor->hash_field, *id_field = editor->id_field;
    if (!hash_field || !id_field || !touched(draft, id_field->no) || !editor->has_id_key)
        return ST_OK;
    const struct value *id = value_in(fields, *count, id_field->no);
    struct value value = value_null();
    if (id && id->kind == VALUE_TEXT) {
        struct hash mac;
        char *hex = arena_alloc(&editor->arena, 2 * HASH_SIZE + 1);
        size_t digits = 2 * HASH_SIZE;
        hmac(&editor->id_key, id->s, &mac);
        hex_encode(hash_slice(&mac), hex);
        if (strncmp(hash_field->check, "hex:", 4) == 0) {
            size_t asked = strtoul(hash_field->check + 4, NULL, 10);
            digits = asked > 0 && asked < digits ? asked : digits;
        } else if (strncmp(hash_field->check, "token", 5) == 0) {
            digits = 32;
        }
        value = value_text(slice_of(hex, digits));
    }
    enum status st = set_value(draft, hash_field, &value, err);
    *count = resulting(draft, fields);
    return st;
}

static enum status derive_fields(struct draft *draft, struct op_field *fields, size_t *count,
                                 struct error *err)
{
    for (size_t i = 0; i < draft->table->field_count; i++) {
        const struct catalog_field *field = draft->table->fields[i];
        struct value value;
        if (!field->derive[0] || value_in(fields, *count, field->no) ||
            !may_write(draft->editor, field) ||
            !value_derive(draft->table, field, fields, *count, &draft->editor->arena, &value))
            continue;
        enum status st = set_value(draft, field, &value, err);
        if (st != ST_OK)
            return st;
        *count = resulting(draft, fields);
    }
    return derive_id_hash(draft, fields, count, err);
}

/* ---- what the desk fills by itself, and what it opens ---- */

static struct value own_text(struct draft *draft, const char *text)
{
    size_t n = strlen(text);
    return value_text(slice_of(arena_copy(&draft->editor->arena, text, n), n));
}

static struct value the_author(struct draft *draft)
{
    char digits[WORKFLOW_PERSON_DIGITS + 1];
    hex_encode(slice_of(draft->editor->person, sizeof(draft->editor->person)), digits);
    return own_text(draft, digits);
}

/* Now in China, as a date or a time. */
static void the_moment(int32_t *day, int *minute)
{
    int64_t ms = time_now_ms() + INT64_C(8) * 3600 * 1000;
    *day = (int32_t)(ms / (INT64_C(24) * 3600 * 1000));
    *minute = (int)(ms / 60000 % (24 * 60));
}

static struct value moment_text(struct draft *draft, const struct catalog_field *field, int32_t day,
                                int minute)
{
    char text[24];
    date_format(day, text);
    if (field->type == FIELD_TIME)
        snprintf(text + 10, sizeof(text) - 10, "T%02u:%02u", (unsigned)minute / 60 % 24,
                 (unsigned)minute % 60);
    return own_text(draft, text);
}

/* Who it is, or when: the value that a field gets from the moment of saving. */
static struct value of_this_moment(struct draft *draft, const struct catalog_field *field)
{
    int32_t day;
    int minute;
    if (field->holds_author)
        return the_author(draft);
    if (field->type != FIELD_DATE && field->type != FIELD_TIME)
        return value_null();
    the_moment(&day, &minute);
    return moment_text(draft, field, day, minute);
}

/* The record as a step finds it: what is saved with it, up to the ops before this one. */
struct foresight {
    const struct draft *draft;
    size_t ops; /* states of later ops are not reached yet */
};

static const struct value *put_value(const struct draft *draft, uint32_t no)
{
    for (uint32_t i = 0; i < draft->put_count; i++)
        if (draft->put[i].field == no)
            return &draft->put[i].value;
    return NULL;
}

/* Of a set its size, of a counter the sum. */
static struct value foreseen_sum(const struct draft *draft, const struct catalog_field *field,
                                 const struct field_state *now)
{
    int64_t sum = 0;
    if (now && field->policy == POLICY_COUNTER && now->value.kind == VALUE_INT)
        sum = now->value.i;
    if (now && field->policy == POLICY_SET) {
        struct value *elements;
        sum = (int64_t)merge_set_elements(now, &draft->editor->arena, &elements);
    }
    for (size_t i = 0; i < draft->op_count; i++) {
        const struct op *op = &draft->ops[i];
        if (op->field == field->no)
            sum += op->code == OP_COUNTER ? op->delta
                                          : (int64_t)op->add_count - (int64_t)op->remove_count;
    }
    return value_int(sum);
}

/* Does somebody of a higher rank say something that my word does not change? */
static bool outranked(const struct draft *draft, const struct catalog_field *field,
                      const struct field_state *now)
{
    int bit = draft->editor->role_bit;
    uint8_t mine = bit < 0 ? UINT8_MAX : field->rank_of[bit];
    for (uint32_t i = 0; field->policy == POLICY_AUTHORITY && i < now->claim_count; i++)
        if (now->claims[i].rank < mine && now->claims[i].value.kind != VALUE_NULL)
            return true;
    return false;
}

static struct value foresee(void *arg, const struct catalog_field *field)
{
    const struct foresight *f = arg;
    const struct field_state *now = present(f->draft, field);
    const struct value *put = put_value(f->draft, field->no);
    struct value value = now ? now->value : value_null();
    if (field->policy == POLICY_SET || field->policy == POLICY_COUNTER)
        return foreseen_sum(f->draft, field, now);
    if (now && now->conflict)
        return value_null();
    if (field->policy == POLICY_ONCE && put && now && now->value.kind != VALUE_NULL)
        return value_equal(put, &now->value) ? now->value : value_null();
    if (put && !(now && outranked(f->draft, field, now)))
        value = *put;
    for (size_t i = 0; i < f->ops; i++)
        if (f->draft->ops[i].code == OP_STATE && f->draft->ops[i].field == field->no)
            value = f->draft->ops[i].to;
    return value;
}

static struct workflow_facts facts_of(const struct foresight *foresight)
{
    const struct editor *editor = foresight->draft->editor;
    return (struct workflow_facts){.value = foresee,
                                   .arg = (void *)foresight,
                                   .person = editor->person,
                                   .role_bit = editor->role_bit,
                                   .now_ms = time_now_ms()};
}

/* Fields that say when or who, of a new record; and those that a step fills. */
static enum status fill_moments(struct draft *draft, struct error *err)
{
    enum status st = ST_OK;
    for (size_t i = 0; st == ST_OK && draft->is_new && i < draft->table->field_count; i++) {
        const struct catalog_field *field = draft->table->fields[i];
        bool asked = strcmp(field->derive, "now") == 0 || strcmp(field->derive, "today") == 0 ||
                     strcmp(field->derive, "author") == 0;
        if (!asked || put_value(draft, field->no) || !may_write(draft->editor, field) ||
            (field->holds_author && !draft->editor->role[0]))
            continue;
        struct value value = of_this_moment(draft, field);
        st = set_value(draft, field, &value, err);
    }
    const size_t steps = draft->op_count;
    for (size_t i = 0; st == ST_OK && i < steps; i++) {
        const struct op *op = &draft->ops[i];
        const struct catalog_field *field = catalog_field(draft->table, op->field), *stamp;
        if (op->code != OP_STATE)
            continue;
        for (size_t k = 0; st == ST_OK && (stamp = workflow_stamp(draft->table, field, &op->to, k));
             k++) {
            const struct field_state *now = present(draft, stamp);
            bool stays = now && now->value.kind != VALUE_NULL &&
                         (stamp->policy == POLICY_ONCE || stamp->policy == POLICY_APPEND);
            if (stays || put_value(draft, stamp->no) || !may_write(draft->editor, stamp))
                continue;
            struct value value = of_this_moment(draft, stamp);
            st = set_value(draft, stamp, &value, err);
        }
    }
    return st;
}

static enum status fill_due(struct draft *draft, struct error *err)
{
    enum status st = ST_OK;
    const struct foresight foresight = {draft, draft->op_count};
    const struct workflow_facts facts = facts_of(&foresight);
    for (size_t i = 0; st == ST_OK && i < draft->table->field_count; i++) {
        const struct catalog_field *field = draft->table->fields[i];
        const struct field_state *now = present(draft, field);
        char text[17];
        if (strcmp(field->derive, "due") != 0 || put_value(draft, field->no) ||
            (now && now->value.kind != VALUE_NULL) || !may_write(draft->editor, field) ||
            !workflow_due(draft->editor->catalog, draft->table, field, &facts, text))
            continue;
        struct value value = own_text(draft, text);
        st = set_value(draft, field, &value, err);
    }
    return st;
}

static enum status check_authors(const struct draft *draft, struct error *err)
{
    char digits[WORKFLOW_PERSON_DIGITS + 1];
    hex_encode(slice_of(draft->editor->person, sizeof(draft->editor->person)), digits);
    for (uint32_t i = 0; draft->editor->role[0] && i < draft->put_count; i++) {
        const struct catalog_field *field = catalog_field(draft->table, draft->put[i].field);
        const struct value *value = &draft->put[i].value;
        if (field->holds_author && value->kind == VALUE_TEXT &&
            !slice_equal(value->s, slice_str(digits)))
            return error_set(err, ST_REFUSED, "“%s”只能是填写的人自己，不能替别人填", field->zh);
    }
    return ST_OK;
}

/* The fold will ask the same. */
static enum status check_steps(const struct draft *draft, struct error *err)
{
    for (size_t i = 0; i < draft->op_count; i++) {
        const struct op *op = &draft->ops[i];
        const struct foresight foresight = {draft, i};
        const struct workflow_facts facts = facts_of(&foresight);
        if (op->code != OP_STATE || !draft->editor->role[0])
            continue;
        const struct catalog_rule *rule = workflow_forbids(
            draft->table, catalog_field(draft->table, op->field), &op->from, &op->to, &facts);
        if (rule)
            return error_set(err, ST_REFUSED, "%s", rule->zh[0] ? rule->zh : rule->kind);
    }
    return ST_OK;
}

/* "@field", "+7d", or a word as people would write it. */
static enum status opened_value(struct draft *draft, const struct catalog_field *field,
                                const char *word, struct value *out, struct error *err)
{
    const struct foresight foresight = {draft, draft->op_count};
    *out = value_null();
    if (word[0] == '@') {
        const struct catalog_field *from = catalog_field_named(draft->table, slice_str(word + 1));
        if (strcmp(word, "@id") == 0)
            *out = value_bytes(slice_of(draft->record.id.b, RECORD_ID_SIZE));
        else if (from)
            *out = foresee((void *)&foresight, from);
        return ST_OK;
    }
    if (word[0] == '+') {
        int32_t day;
        int minute;
        the_moment(&day, &minute);
        if (workflow_add(draft->editor->catalog, slice_str(word + 1), &day, &minute))
            *out = moment_text(draft, field, day, minute);
        return ST_OK;
    }
    return parse_scalar(draft, field, slice_str(word), out, err);
}

static int by_field(const void *a, const void *b)
{
    const struct op_field *x = a, *y = b;
    return (x->field > y->field) - (x->field < y->field);
}

static const uint8_t *ten_random_bytes(struct editor *editor);

struct opened_fields {
    const struct op_field *fields;
    size_t count;
};

static struct value opened_has(void *arg, const struct catalog_field *field)
{
    const struct opened_fields *opened = arg;
    const struct value *value = value_in(opened->fields, opened->count, field->no);
    return value ? *value : value_null();
}

/* What the desk fills in a record that a person begins, it fills in one that opens by itself. */
static uint32_t fill_opened(struct draft *draft, const struct catalog_table *type,
                            struct op_field *fields, uint32_t count)
{
    for (int dues = 0; dues < 2; dues++)
        for (size_t i = 0; i < type->field_count; i++) {
            const struct catalog_field *field = type->fields[i];
            struct opened_fields opened = {fields, count};
            const struct workflow_facts facts = {.value = opened_has, .arg = &opened};
            struct value value = value_null();
            char text[17];
            if (!field->derive[0] || value_in(fields, count, field->no) ||
                !may_write(draft->editor, field))
                continue;
            if (!dues &&
                (strcmp(field->derive, "now") == 0 || strcmp(field->derive, "today") == 0 ||
                 strcmp(field->derive, "author") == 0))
                value = of_this_moment(draft, field);
            else if (dues && strcmp(field->derive, "due") == 0 &&
                     workflow_due(draft->editor->catalog, type, field, &facts, text))
                value = own_text(draft, text);
            if (value.kind != VALUE_NULL)
                fields[count++] = (struct op_field){field->no, value};
        }
    return count;
}

static enum status open_record(struct draft *draft, const struct workflow_opening *opening,
                               struct error *err)
{
    struct editor *editor = draft->editor;
    const struct catalog_table *type =
        catalog_table_named(editor->catalog, slice_str(opening->type));
    bool fits = type && (type->home == draft->table->home || type->home == HOME_ANY);
    if (!fits || draft->opened_count == OPENED_MAX)
        return ST_OK;
    struct op_field *fields =
        arena_alloc(&editor->arena, (opening->count + type->field_count + 1) * sizeof(*fields));
    uint32_t count = 0;
    enum status st = ST_OK;
    for (size_t i = 0; st == ST_OK && i < opening->count; i++) {
        const char *equals = strchr(opening->words[i], '=');
        const struct catalog_field *field =
            equals ? catalog_field_named(
                         type, slice_of(opening->words[i], (size_t)(equals - opening->words[i])))
                   : NULL;
        if (!field || !may_write(editor, field))
            continue;
        st = opened_value(draft, field, equals + 1, &fields[count].value, err);
        fields[count].field = field->no;
        count += fields[count].value.kind != VALUE_NULL;
    }
    if (st == ST_OK)
        count = fill_opened(draft, type, fields, count);
    qsort(fields, count, sizeof(*fields), by_field);
    if (st == ST_OK)
        st = validate_record(type, fields, count, true, NULL, NULL, err);
    if (st != ST_OK || count == 0)
        return st == ST_OK ? st : error_wrap(err, st, "%s", type->zh);
    struct op *op = &draft->opened[draft->opened_count++];
    *op = (struct op){.code = OP_PUT, .table = type->no, .fields = fields, .field_count = count};
    record_id_make(time_now_ms(), ten_random_bytes(editor), &op->record);
    return ST_OK;
}

static enum status open_records(struct draft *draft, struct error *err)
{
    struct workflow_opening opening;
    enum status st = ST_OK;
    for (size_t k = 0;
         st == ST_OK && draft->is_new && workflow_opens(draft->table, NULL, NULL, k, &opening); k++)
        st = open_record(draft, &opening, err);
    for (size_t i = 0; i < draft->op_count; i++) {
        const struct op *op = &draft->ops[i];
        const struct catalog_field *field = catalog_field(draft->table, op->field);
        if (op->code != OP_STATE)
            continue;
        for (size_t k = 0; st == ST_OK && workflow_opens(draft->table, field, &op->to, k, &opening);
             k++)
            st = open_record(draft, &opening, err);
    }
    return st;
}

static enum status sum_of(struct editor *editor, const struct catalog_table *table,
                          const struct catalog_field *field, const struct catalog_field *holder,
                          const char *which, struct slice of, int64_t *sum, struct error *err)
{
    char *sql = mem_printf(
        "SELECT coalesce(sum(\"%s\"), 0) FROM \"%s\" WHERE \"%s\" = ?1 AND origin = ?2%s",
        field->name, table->name, holder->name, which);
    char *hex = arena_alloc(&editor->arena, 2 * of.n + 1);
    struct stmt *stmt = NULL;
    bool row = false;
    hex_encode(of, hex);
    enum status st = db_prepare(editor->desk->db, slice_str(sql), &stmt, err);
    if (st == ST_OK) {
        bind_str(stmt, 1, hex);
        bind_str(stmt, 2, editor->ledger->origin.text);
        st = stmt_step(stmt, &row, err);
    }
    if (st == ST_OK && row)
        *sum = stmt_int(stmt, 0);
    stmt_release(stmt);
    mem_free(sql);
    return st;
}

/* What is taken is covered by what the county has confirmed here. */
static enum status check_covers(const struct draft *draft, const struct op_field *fields,
                                size_t count, struct error *err)
{
    struct editor *editor = draft->editor;
    enum status st = ST_OK;
    for (size_t i = 0; st == ST_OK && draft->is_new && i < draft->table->rule_count; i++) {
        const struct catalog_rule *rule = &draft->table->rules[i];
        struct structure_cover cover;
        if (!structure_cover(editor->catalog, draft->table, rule, &cover))
            continue;
        const struct value *taken = value_in(fields, count, cover.taken->no);
        const struct value *holder = value_in(fields, count, cover.holder->no);
        int64_t given = 0, spent = 0;
        if (!taken || taken->kind != VALUE_INT || !holder || holder->kind != VALUE_BYTES)
            continue;
        st = sum_of(editor, cover.table, cover.given, cover.given_holder, " AND NOT unconfirmed",
                    holder->s, &given, err);
        if (st == ST_OK)
            st =
                sum_of(editor, draft->table, cover.taken, cover.holder, "", holder->s, &spent, err);
        if (st == ST_OK && taken->i > given - spent)
            st = error_set(err, ST_REFUSED, "%s：上次同步时确认了 %lld，已用 %lld，现在最多 %lld",
                           rule->zh, (long long)given, (long long)spent,
                           (long long)(given > spent ? given - spent : 0));
    }
    return st;
}

/* A put that touches a conflict group carries all fields of the group. */
static enum status complete_groups(struct draft *draft, struct error *err)
{
    for (size_t i = 0; i < draft->table->field_count; i++) {
        const struct catalog_field *field = draft->table->fields[i];
        bool needed = false;
        if (!field->group[0] || touched(draft, field->no))
            continue;
        for (uint32_t j = 0; !needed && j < draft->put_count; j++) {
            const struct catalog_field *other = catalog_field(draft->table, draft->put[j].field);
            needed = other && strcmp(other->group, field->group) == 0;
        }
        if (!needed)
            continue;
        const struct field_state *now = present(draft, field);
        struct op_field *slot = put_slot(draft, field->no);
        if (!slot)
            return error_set(err, ST_LIMIT, "一次最多填写 %d 项", OP_FIELDS_MAX);
        slot->value = now ? now->value : value_null();
    }
    return ST_OK;
}

/* What moved is not overwritten: nothing is saved, and the person is asked. */
static enum status ask_about_moved(struct draft *draft, struct error *err)
{
    const struct edit_result *result = draft->result;
    char names[400] = "";
    for (uint32_t i = 0; i < draft->put_count; i++)
        note_moved(draft, draft->put[i].field);
    if (result->moved_count == 0)
        return ST_OK;
    for (uint32_t i = 0; i < result->moved_count && i < MOVED_NAMED; i++) {
        size_t used = strlen(names);
        const struct catalog_field *field = catalog_field(draft->table, result->moved[i]);
        snprintf(names + used, sizeof(names) - used, "%s%s", used ? "、" : "", field->zh);
    }
    return error_set(err, ST_REFUSED,
                     "您填写的时候，“%s”%s已经被改成别的了；什么也没有保存，请看过现在的内容再决定",
                     names, result->moved_count > MOVED_NAMED ? "等" : "");
}

static enum status write_body(struct draft *draft, struct slice note, struct buf *body,
                              struct error *err)
{
    bool put = draft->put_count > 0;
    op_body_begin(body, (size_t)put + draft->op_count + draft->opened_count);
    if (put)
        op_put_write(body, draft->table->no, &draft->record.id, draft->put, draft->put_count);
    for (size_t i = 0; i < draft->op_count; i++) /* steps last: they are judged by all the rest */
        if (draft->ops[i].code != OP_STATE)
            op_write(body, &draft->ops[i]);
    for (size_t i = 0; i < draft->op_count; i++)
        if (draft->ops[i].code == OP_STATE)
            op_write(body, &draft->ops[i]);
    for (size_t i = 0; i < draft->opened_count; i++)
        op_put_write(body, draft->opened[i].table, &draft->opened[i].record,
                     draft->opened[i].fields, draft->opened[i].field_count);
    op_body_end(body, note);
    return buf_ok(body) ? ST_OK : error_set(err, ST_LIMIT, "这一次改动太大");
}

static enum status check_note(struct slice note, struct error *err)
{
    if (note.n > CHANGE_NOTE_MAX || !utf8_valid(note))
        return error_set(err, ST_INVALID, "说明文字太长或不是有效的文字（最多 %d 字节）",
                         CHANGE_NOTE_MAX);
    return ST_OK;
}

static const uint8_t *ten_random_bytes(struct editor *editor)
{
    if (editor->chance_left == 0) {
        random_bytes(editor->chance, sizeof(editor->chance));
        editor->chance_left = sizeof(editor->chance);
    }
    editor->chance_left -= 10;
    return editor->chance + editor->chance_left;
}

/* Loads the record, dead or alive, or starts a new one. */
static enum status load_draft(struct draft *draft, struct editor *editor,
                              const struct catalog_table *table, const struct record_id *id,
                              bool exists, struct error *err)
{
    draft->editor = editor;
    draft->table = table;
    draft->is_new = !exists;
    draft->today = edit_today();
    draft->put_count = 0;
    draft->op_count = 0;
    draft->opened_count = 0;
    arena_reset(&editor->arena);
    if (exists) {
        enum status st = materialise_load(editor->desk->rep, editor->ledger, table, id,
                                          &editor->arena, &draft->record, err);
        if (st == ST_OK && draft->record.in_transit)
            st = error_set(err, ST_REFUSED, "这条%s已经迁往 %.*s，不能在这里改", table->zh,
                           (int)record_departure(&draft->record)->other.n,
                           (const char *)record_departure(&draft->record)->other.p);
        return st;
    }
    draft->record = (struct record_state){.table = table};
    if (id) {
        draft->record.id = *id;
    } else {
        record_id_make(time_now_ms(), ten_random_bytes(editor), &draft->record.id);
    }
    return ST_OK;
}

static enum status start_draft(struct draft *draft, struct editor *editor,
                               const struct catalog_table *table, const struct record_id *id,
                               bool exists, struct error *err)
{
    enum status st = load_draft(draft, editor, table, id, exists, err);
    if (st == ST_OK && exists && !draft->record.live)
        st = error_set(err, ST_NOT_FOUND, "这条%s已经作废，不能再改；要恢复：huce restore",
                       table->zh);
    return st;
}

/* What lies in a sealed ledger only its readers can read: no other type, and no word beside it. */
static enum status check_sealed(const struct editor *editor, const struct catalog_table *table,
                                struct slice note, struct error *err)
{
    const bool sealed = origin_is_sealed(&editor->ledger->origin);
    if (sealed != (table->home == HOME_SEALED))
        return error_set(err, ST_REFUSED,
                         sealed ? "封存账本里只能放封存的个案：huce sealed"
                                : "%s只能放在封存账本里：huce sealed",
                         table->zh);
    if (sealed && note.n)
        return error_set(err, ST_REFUSED, "封存账本里不写说明：说明不加密");
    return ST_OK;
}

enum status edit_compose(struct editor *editor, const struct catalog_table *table,
                         const struct record_id *id, bool exists, const struct edit_pair *pairs,
                         size_t count, struct slice note, struct edit_result *result,
                         struct error *err)
{
    struct draft draft;
    struct op_field fields[OP_FIELDS_MAX];
    size_t field_count = 0;
    buf_init(&result->body, CHANGE_BODY_MAX);
    result->bad_field = result->moved_count = 0;
    draft.result = result;
    enum status st = check_note(note, err);
    if (st == ST_OK)
        st = check_sealed(editor, table, note, err);
    if (st == ST_OK)
        st = start_draft(&draft, editor, table, id, exists, err);
    for (size_t i = 0; st == ST_OK && i < count; i++) {
        st = edit_one(&draft, &pairs[i], err);
        if (st != ST_OK)
            result->bad_field = pairs[i].field->no;
    }
    if (st == ST_OK) {
        result->id = draft.record.id;
        result->created = draft.is_new;
        result->nothing =
            !draft.is_new && draft.put_count + draft.op_count + result->moved_count == 0;
        if (result->nothing)
            return ST_OK;
        if (draft.is_new && draft.put_count + draft.op_count == 0)
            return error_set(err, ST_INVALID, "新建%s至少要填写一项", table->zh);
        st = fill_moments(&draft, err);
        if (st == ST_OK)
            st = fill_due(&draft, err);
        field_count = resulting(&draft, fields);
        if (st == ST_OK)
            st = derive_fields(&draft, fields, &field_count, err);
    }
    if (st == ST_OK)
        st = complete_groups(&draft, err);
    if (st == ST_OK)
        st = ask_about_moved(&draft, err);
    if (st == ST_OK)
        st = validate_record(table, fields, field_count, true, NULL, NULL, err);
    if (st == ST_OK)
        st = check_authors(&draft, err);
    if (st == ST_OK)
        st = check_steps(&draft, err);
    if (st == ST_OK)
        st = check_covers(&draft, fields, field_count, err);
    if (st == ST_OK)
        st = open_records(&draft, err);
    if (st == ST_OK)
        st = write_body(&draft, note, &result->body, err);
    return st;
}

static enum status write_existence(const struct draft *draft, struct op op, struct slice note,
                                   struct buf *body, struct error *err)
{
    op.table = draft->table->no;
    op.record = draft->record.id;
    op_body_begin(body, 1);
    op_write(body, &op);
    op_body_end(body, note);
    return buf_ok(body) ? ST_OK : error_set(err, ST_LIMIT, "说明文字太长");
}

enum status edit_delete(struct editor *editor, const struct catalog_table *table,
                        const struct record_id *id, struct slice note, struct buf *body,
                        struct error *err)
{
    struct draft draft;
    struct op op = {.code = OP_DELETE};
    buf_init(body, CHANGE_BODY_MAX);
    enum status st = check_note(note, err);
    if (st == ST_OK)
        st = start_draft(&draft, editor, table, id, true, err);
    if (st != ST_OK)
        return st;
    op.reason = note.n ? value_text(note) : value_null();
    return write_existence(&draft, op, note, body, err);
}

enum status edit_restore(struct editor *editor, const struct catalog_table *table,
                         const struct record_id *id, struct slice note, struct buf *body,
                         struct error *err)
{
    struct draft draft;
    buf_init(body, CHANGE_BODY_MAX);
    enum status st = check_note(note, err);
    if (st == ST_OK)
        st = load_draft(&draft, editor, table, id, true, err);
    if (st == ST_OK && draft.record.live)
        st = error_set(err, ST_EXISTS, "这条%s没有作废，不用恢复", table->zh);
    if (st != ST_OK)
        return st;
    return write_existence(&draft, (struct op){.code = OP_RESTORE}, note, body, err);
}

/* What the change behind `taken` said of another field of its group; without one: what is in force.
 */
static struct value said_of(const struct record_state *record, uint32_t no,
                            const struct claim *taken)
{
    const struct field_state *state = &record->fields[no];
    if (!taken)
        return state->claim_count ? state->value : value_null();
    for (uint32_t i = 0; i < state->claim_count; i++)
        if (stamp_same(&state->claims[i].at, &taken->at))
            return state->claims[i].value;
    return value_null();
}

/* The field decided, with all of its conflict group: a group is one value. */
static enum status decide_fields(struct editor *editor, const struct record_state *record,
                                 uint32_t no, const struct claim *taken, const struct value *value,
                                 struct op_field *out, uint32_t *count, struct error *err)
{
    const struct catalog_table *table = record->table;
    const struct catalog_field *decided = catalog_field(table, no);
    enum status st = ST_OK;
    *count = 0;
    if (!decided) /* existence */
        out[(*count)++] = (struct op_field){no, *value};
    for (size_t i = 0; st == ST_OK && decided && i < table->field_count; i++) {
        const struct catalog_field *field = table->fields[i];
        bool beside = decided->group[0] && strcmp(field->group, decided->group) == 0;
        if (field != decided && !beside)
            continue;
        if (*count == OP_FIELDS_MAX)
            return error_set(err, ST_LIMIT, "一次最多填写 %d 项", OP_FIELDS_MAX);
        st = check_writer(editor, field, err);
        out[(*count)++] = (struct op_field){
            field->no, field == decided ? *value : said_of(record, field->no, taken)};
    }
    return st;
}

/* The fold will ask the same. */
static enum status check_choice(const struct editor *editor, const struct record_state *record,
                                const struct op_field *decided, struct error *err)
{
    const struct field_state *state = &record->fields[decided->field];
    const struct catalog_field *field = state->field;
    if (!field || conflict_may_take(state, &decided->value, editor->person))
        return ST_OK;
    return error_set(err, ST_REFUSED,
                     field->policy == POLICY_STATE
                         ? "“%s”只能从现有的几个里选。要改成别的，选好以后再走那一步"
                         : "“%s”只能是办的人自己：从现有的几个里选，或者写自己",
                     field->zh);
}

enum status edit_resolve(struct editor *editor, const struct record_state *record, uint32_t field,
                         const struct claim *taken, const struct value *value, struct slice note,
                         struct buf *body, struct error *err)
{
    struct op_field decided[OP_FIELDS_MAX];
    uint32_t count = 0;
    buf_init(body, CHANGE_BODY_MAX);
    enum status st = check_note(note, err);
    if (st == ST_OK)
        st = decide_fields(editor, record, field, taken, taken ? &taken->value : value, decided,
                           &count, err);
    for (uint32_t i = 0; st == ST_OK && i < count; i++)
        st = check_choice(editor, record, &decided[i], err);
    const struct field_state *state = &record->fields[field];
    if (st == ST_OK && state->claim_count > OP_REFS_MAX)
        st = error_set(err, ST_LIMIT, "候选值太多（超过 %d 个）", OP_REFS_MAX);
    struct op_ref refs[OP_REFS_MAX];
    uint32_t ref_count = 0;
    for (uint32_t i = 0; st == ST_OK && i < state->claim_count; i++)
        st = change_ref(editor->desk, editor->ledger, &state->claims[i].at, &editor->arena,
                        &refs[ref_count++], err);
    if (st != ST_OK)
        return st;
    struct op op = {.code = OP_RESOLVE,
                    .table = record->table->no,
                    .record = record->id,
                    .field_count = count,
                    .fields = decided,
                    .ref_count = ref_count,
                    .refs = refs};
    op_body_begin(body, 1);
    op_write(body, &op);
    op_body_end(body, note);
    return buf_ok(body) ? ST_OK : error_set(err, ST_LIMIT, "这一次改动太大");
}
