/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * act: one deed goes
 *
 *   words ─ find ─▶ ledger ─ save_begin ─▶ find again, by name ─ compose ─▶ change ─ commit
 *
 * It is found twice because a ledger must be known to begin with, and what was found before the
 * lock may be gone after it.
 */
#include "agent/core/act.h"

#include <stdio.h>

#include "agent/core/clashes.h"
#include "agent/core/reported.h"
#include "agent/core/save.h"
#include "agent/core/view.h"
#include "shared/cli/search.h"
#include "shared/db/clash.h"
#include "shared/merge/conflict.h"
#include "shared/record/validate.h"

/* ---- finding ---- */

enum status act_type(struct desk *desk, const char *name, const struct catalog_table **out,
                     struct error *err)
{
    if (replica_catalog(desk->rep)->table_count == 0)
        return error_set(err, ST_NOT_FOUND, "本机还没有收到记录类型：请先联网运行 huce sync");
    return search_type(desk->rep, name, out, err);
}

/* By its key on paper, in one ledger; ST_NOT_FOUND. */
static enum status find_in(struct desk *desk, struct ledger *ledger,
                           const struct catalog_table *table, const char *word,
                           struct record_id *id, struct error *err)
{
    struct editor *editor;
    enum status st = editor_open(desk, ledger, NULL, false, &editor, err);
    if (st != ST_OK)
        return st;
    st = edit_find(editor, table, slice_str(word), id, err);
    editor_close(editor);
    return st;
}

enum status act_find(struct desk *desk, const char *in, const struct catalog_table *table,
                     const char *word, struct ledger **ledger, struct record_id *id,
                     struct error *err)
{
    struct ledger *only = in ? replica_ledger_named(desk->rep, in) : NULL;
    if (in && !only)
        return error_set(err, ST_USAGE, "本机没有账本 %s", in);
    if (strlen(word) >= 32 && record_id_parse(slice_str(word), id)) {
        *ledger = only ? only : materialise_find(desk->rep, table, id);
        return *ledger ? ST_OK
                       : error_set(err, ST_NOT_FOUND, "没有找到编号为 %s 的%s", word, table->zh);
    }
    size_t hits = 0;
    for (size_t i = 0; i < desk->rep->ledger_count; i++) {
        struct record_id found;
        if (only && desk->rep->ledgers[i] != only)
            continue;
        enum status st = find_in(desk, desk->rep->ledgers[i], table, word, &found, err);
        if (st == ST_OK && (hits == 0 || !record_id_equal(&found, id))) {
            struct ledger *holds = materialise_find(desk->rep, table, &found);
            *id = found;
            *ledger = holds ? holds : desk->rep->ledgers[i];
            hits++;
        } else if (st != ST_OK && st != ST_NOT_FOUND) {
            return st;
        }
    }
    if (hits == 1)
        return ST_OK;
    if (hits > 1)
        return error_set(err, ST_USAGE, "几个账本里都有“%s”：请用 --ledger 说明", word);
    return error_set(err, ST_NOT_FOUND, "没有找到%s“%s”", table->zh, word);
}

/* ---- a deed in its transaction ---- */

struct deed {
    struct desk *desk;
    struct author *author;
    struct act_result *out;
    /* Found anew when the transaction has begun: */
    struct ledger *ledger;
    const struct catalog_table *table;
    struct save *save;
    struct editor *editor;
    struct buf body;
};

/* type: the table's name, in memory that outlives the catalog. */
static enum status deed_begin(struct deed *deed, struct ledger *ledger, const char *type,
                              struct error *err)
{
    struct desk *desk = deed->desk;
    deed->out->ledger = ledger->no;
    enum status st = save_begin(desk, ledger, deed->author, &deed->save, err);
    if (st != ST_OK)
        return st;
    deed->ledger = replica_ledger_by_no(desk->rep, deed->out->ledger);
    st = act_type(desk, type, &deed->table, err);
    if (st == ST_OK)
        st = desk_author_renew(desk, deed->author, err);
    if (st == ST_OK)
        st = editor_open(desk, deed->ledger, deed->author, false, &deed->editor, err);
    return st;
}

/* st: of the work so far; body: what it came to, empty for nothing. */
static enum status deed_end(struct deed *deed, enum status st, struct error *err)
{
    if (st == ST_OK && deed->body.n)
        st = save_change(deed->save, buf_slice(&deed->body), err);
    editor_close(deed->editor);
    if (st == ST_OK && deed->body.n)
        st = save_commit(deed->save, err);
    else
        save_abort(deed->save);
    buf_release(&deed->body);
    return st;
}

static enum status refuse_moved(struct act_result *out, uint32_t field, struct error *err)
{
    out->moved[0] = field;
    out->moved_count = 1;
    return error_set(err, ST_REFUSED,
                     "您看的时候，这里已经被改成别的了；什么也没有保存，请看过现在的内容再决定");
}

/* ---- saving ---- */

/* Where the change goes: the ledger, and whether a record of that name is known. */
static enum status find_target(struct deed *deed, const struct act_save *what,
                               const struct catalog_table *table, struct ledger **ledger,
                               bool *has_id, struct error *err)
{
    struct record_id *id = &deed->out->id;
    enum status st = ST_NOT_FOUND;
    *has_id = what->record != NULL;
    if (what->record)
        st = act_find(deed->desk, what->ledger, table, what->record, ledger, id, err);
    if (st == ST_OK && (!what->ledger || what->target == ACT_EXISTING ||
                        materialise_find(deed->desk->rep, table, id)))
        return ST_OK;
    if (st != ST_OK && st != ST_NOT_FOUND)
        return st;
    if (what->record &&
        (what->target == ACT_EXISTING || !record_id_parse(slice_str(what->record), id)))
        return st;
    st = desk_author_renew(deed->desk, deed->author, err);
    return st != ST_OK
               ? st
               : desk_ledger_for(deed->desk, what->ledger, table, deed->author, ledger, err);
}

static enum status read_pairs(const struct catalog_table *table, const struct act_save *what,
                              struct edit_pair *pairs, struct error *err)
{
    if (what->count > OP_FIELDS_MAX)
        return error_set(err, ST_USAGE, "一次最多填写 %d 项", OP_FIELDS_MAX);
    for (size_t i = 0; i < what->count; i++) {
        enum status st = edit_field(table, what->fields[i].name, &pairs[i].field, err);
        if (st != ST_OK)
            return st;
        pairs[i].text = what->fields[i].text;
    }
    return ST_OK;
}

/* Is the record in the ledger now, in this transaction? */
static bool is_there(const struct deed *deed)
{
    struct arena arena = {0};
    struct record_state record;
    bool there = materialise_load(deed->desk->rep, deed->ledger, deed->table, &deed->out->id,
                                  &arena, &record, NULL) == ST_OK;
    arena_release(&arena);
    return there;
}

static enum status compose(struct deed *deed, const struct act_save *what, bool has_id,
                           struct error *err)
{
    struct edit_pair pairs[OP_FIELDS_MAX];
    struct edit_result edit = {0};
    struct act_result *out = deed->out;
    bool exists = has_id && is_there(deed);
    if (!exists && what->target == ACT_EXISTING)
        return error_set(err, ST_NOT_FOUND, "没有找到这条%s", deed->table->zh);
    enum status st = read_pairs(deed->table, what, pairs, err);
    if (st != ST_OK)
        return st;
    editor_shown(deed->editor, what->seen);
    st = edit_compose(deed->editor, deed->table, has_id ? &out->id : NULL, exists, pairs,
                      what->count, what->note ? slice_str(what->note) : SLICE_NONE, &edit, err);
    deed->body = edit.body;
    if (st == ST_OK)
        out->id = edit.id;
    out->created = st == ST_OK && edit.created;
    out->changed = st == ST_OK && !edit.nothing;
    out->bad_field = edit.bad_field;
    out->moved_count = edit.moved_count;
    memcpy(out->moved, edit.moved, sizeof(out->moved));
    return st;
}

enum status act_save(struct desk *desk, struct author *author, const struct act_save *what,
                     struct act_result *out, struct error *err)
{
    struct deed deed = {.desk = desk, .author = author, .out = out};
    const struct catalog_table *table;
    struct ledger *ledger;
    bool has_id;
    *out = (struct act_result){0};
    enum status st = desk_refresh(desk, err);
    if (st == ST_OK)
        st = act_type(desk, what->type, &table, err);
    if (st == ST_OK)
        st = find_target(&deed, what, table, &ledger, &has_id, err);
    if (st == ST_OK)
        st = deed_begin(&deed, ledger, what->type, err);
    if (st == ST_OK)
        st = compose(&deed, what, has_id, err);
    return deed_end(&deed, st, err);
}

/* ---- several at once ---- */

/* The ledger of each item that is there; of the first of them all, unless one is named. */
static enum status find_places(struct deed *deed, const struct act_batch *what,
                               struct act_result *results, struct error *why,
                               struct ledger **ledger, struct error *err)
{
    struct desk *desk = deed->desk;
    const struct catalog_table *table = NULL, *first = NULL;
    *ledger = NULL;
    for (size_t i = 0; i < what->count; i++) {
        const struct act_save *item = &what->items[i];
        struct ledger *holds = NULL;
        why[i].status = act_type(desk, item->type, &table, &why[i]);
        if (why[i].status != ST_OK || !item->record)
            continue;
        if (!record_id_parse(slice_str(item->record), &results[i].id))
            why[i].status = error_set(&why[i], ST_INVALID, "“%s”不是记录编号", item->record);
        else
            holds = materialise_find(desk->rep, table, &results[i].id);
        results[i].ledger = holds ? holds->no : 0;
        *ledger = *ledger ? *ledger : holds;
        first = first ? first : table;
    }
    if (*ledger && !what->ledger)
        return ST_OK;
    first = first ? first : table;
    if (!first)
        return error_set(err, ST_INVALID, "没有一条可以保存");
    enum status st = desk_author_renew(desk, deed->author, err);
    return st == ST_OK ? desk_ledger_for(desk, what->ledger, first, deed->author, ledger, err) : st;
}

/* One of them, in the transaction. */
static enum status batch_item(struct deed *deed, const struct act_save *item, bool dry_run,
                              struct error *why)
{
    struct act_result *out = deed->out;
    if (out->ledger && out->ledger != deed->ledger->no)
        return error_set(why, ST_REFUSED, "它在另一个账本里，请分开改");
    out->ledger = deed->ledger->no;
    enum status st = act_type(deed->desk, item->type, &deed->table, why);
    if (st == ST_OK)
        st = compose(deed, item, item->record != NULL, why);
    if (st == ST_OK && deed->body.n && !dry_run)
        st = save_change(deed->save, buf_slice(&deed->body), why);
    return st;
}

enum status act_batch(struct desk *desk, struct author *author, const struct act_batch *what,
                      struct act_result *results, struct error *why, bool *saved, struct error *err)
{
    struct deed deed = {.desk = desk, .author = author};
    struct ledger *ledger = NULL;
    struct act_result whole = {0};
    size_t bad = 0, changed = 0;
    *saved = false;
    memset(results, 0, what->count * sizeof(results[0]));
    memset(why, 0, what->count * sizeof(why[0]));
    if (what->count == 0 || what->count > ACT_BATCH_MAX)
        return error_set(err, ST_USAGE, "一次可以改 1 到 %d 条", ACT_BATCH_MAX);
    enum status st = desk_refresh(desk, err);
    if (st == ST_OK)
        st = find_places(&deed, what, results, why, &ledger, err);
    deed.out = &whole;
    if (st == ST_OK)
        st = deed_begin(&deed, ledger, what->items[0].type, err);
    for (size_t i = 0; i < what->count && st == ST_OK; i++) {
        deed.out = &results[i];
        if (why[i].status == ST_OK)
            why[i].status = batch_item(&deed, &what->items[i], what->dry_run, &why[i]);
        bad += why[i].status != ST_OK;
        changed += why[i].status == ST_OK && results[i].changed;
        /* What the fold would call void ends the session (save.h). */
        if (why[i].status != ST_OK && deed.body.n)
            st = error_set(err, why[i].status, "%s", why[i].text);
        buf_release(&deed.body);
    }
    editor_close(deed.editor);
    if (st == ST_OK && changed && !what->dry_run && (bad == 0 || what->skip_bad)) {
        st = save_commit(deed.save, err);
        *saved = st == ST_OK;
    } else if (deed.save) {
        save_abort(deed.save);
    }
    return st;
}

/* ---- deleting, restoring ---- */

/* The first field that is not as it was shown; false: all of them are. */
static bool first_moved(const struct deed *deed, const struct seen *seen, uint32_t *field)
{
    struct arena arena = {0};
    struct record_state record;
    bool moved = false;
    if (materialise_load(deed->desk->rep, deed->ledger, deed->table, &deed->out->id, &arena,
                         &record, NULL) == ST_OK)
        for (uint32_t no = 0; !moved && no <= CATALOG_FIELD_NO_MAX; no++) {
            moved = seen_moved(seen, &record, no);
            *field = no;
        }
    arena_release(&arena);
    return moved;
}

typedef enum status compose_existence(struct editor *, const struct catalog_table *,
                                      const struct record_id *, struct slice note, struct buf *,
                                      struct error *);

static enum status act_existence(struct desk *desk, struct author *author,
                                 const struct act_existence *what, compose_existence *write,
                                 struct act_result *out, struct error *err)
{
    struct deed deed = {.desk = desk, .author = author, .out = out};
    const struct catalog_table *table;
    struct ledger *ledger;
    uint32_t field;
    struct slice note = what->note ? slice_str(what->note) : SLICE_NONE;
    *out = (struct act_result){0};
    enum status st = desk_refresh(desk, err);
    if (st == ST_OK)
        st = act_type(desk, what->type, &table, err);
    if (st == ST_OK)
        st = act_find(desk, what->ledger, table, what->record, &ledger, &out->id, err);
    if (st == ST_OK)
        st = deed_begin(&deed, ledger, what->type, err);
    if (st == ST_OK && what->seen && first_moved(&deed, what->seen, &field))
        st = refuse_moved(out, field, err);
    if (st == ST_OK)
        st = write(deed.editor, deed.table, &out->id, note, &deed.body, err);
    out->changed = st == ST_OK;
    return deed_end(&deed, st, err);
}

enum status act_delete(struct desk *desk, struct author *author, const struct act_existence *what,
                       struct act_result *out, struct error *err)
{
    if (!what->note || !*what->note)
        return error_set(err, ST_USAGE, "作废要写明原因");
    return act_existence(desk, author, what, edit_delete, out, err);
}

enum status act_restore(struct desk *desk, struct author *author, const struct act_existence *what,
                        struct act_result *out, struct error *err)
{
    return act_existence(desk, author, what, edit_restore, out, err);
}

/* ---- deciding ---- */

/* *taken: the candidate of that letter; NULL: *out holds the value written. */
static enum status choose(const struct deed *deed, const struct act_resolve *what,
                          const struct record_state *record, uint32_t no, struct arena *arena,
                          const struct claim **taken, struct value *out, struct error *err)
{
    const struct claim **claims;
    const struct catalog_field *field = catalog_field(record->table, no);
    enum status st = ST_OK;
    size_t n =
        no < record->field_count ? conflict_candidates(&record->fields[no], arena, &claims) : 0;
    if (n == 0 && no < record->field_count)
        st = reported_candidates(deed->desk, deed->ledger, record, no, arena, &claims, &n, err);
    if (st != ST_OK)
        return st;
    size_t index = (size_t)((what->letter | 0x20) - 'a');
    *taken = NULL;
    if (n == 0)
        return error_set(err, ST_NOT_FOUND, "这一项现在没有分歧，可能已经解决");
    if (what->letter && index < n) {
        *taken = claims[index];
        return ST_OK;
    }
    if (what->letter || !field)
        return error_set(err, ST_USAGE, "这一项可以选 A 到 %c%s", (int)('A' + n - 1),
                         field ? "，或者写一个新值" : "");
    st = value_parse(field, what->value, arena, out, err);
    return st == ST_OK ? validate_value(field, out, edit_today(), err) : st;
}

static enum status decide(struct deed *deed, const struct act_resolve *what, uint32_t field,
                          struct error *err)
{
    struct arena arena = {0};
    struct record_state record;
    const struct claim *taken = NULL;
    struct value value = value_null();
    enum status st = materialise_load(deed->desk->rep, deed->ledger, deed->table, &deed->out->id,
                                      &arena, &record, err);
    if (st == ST_OK && what->seen && seen_moved(what->seen, &record, field))
        st = refuse_moved(deed->out, field, err);
    if (st == ST_OK)
        st = choose(deed, what, &record, field, &arena, &taken, &value, err);
    if (st == ST_OK)
        st = edit_resolve(deed->editor, &record, field, taken, &value,
                          what->note ? slice_str(what->note) : SLICE_NONE, &deed->body, err);
    deed->out->changed = st == ST_OK;
    arena_release(&arena);
    return st;
}

enum status act_resolve(struct desk *desk, struct author *author, const struct act_resolve *what,
                        struct act_result *out, struct error *err)
{
    struct deed deed = {.desk = desk, .author = author, .out = out};
    const struct catalog_table *table;
    struct ledger *ledger;
    uint32_t field;
    char *type = NULL;
    *out = (struct act_result){0};
    if (clash_id_is(what->conflict))
        return clashes_resolve(desk, author, what, out, err);
    enum status st = view_settle(desk, err); /* every candidate must have a place in the ledger */
    if (st == ST_OK)
        st = desk_refresh(desk, err);
    if (st == ST_OK)
        st = view_conflict_find(desk, what->conflict, &ledger, &table, &out->id, &field, err);
    if (st == ST_OK) {
        type = mem_strdup(table->name);
        st = deed_begin(&deed, ledger, type, err);
    }
    if (st == ST_OK)
        st = decide(&deed, what, field, err);
    mem_free(type);
    return deed_end(&deed, st, err);
}
