/* SPDX-License-Identifier: MulanPSL-2.0 */
/* clashes: see clashes.h. */
#include "agent/core/clashes.h"

#include <stdio.h>

#include "agent/core/save.h"
#include "agent/core/view.h"
#include "shared/base/check.h"
#include "shared/base/time.h"
#include "shared/crypto/hash.h"
#include "shared/db/clash.h"

#define LETTERS 26

/* The records that were shown, as a version of the form that seen.h has. */
static void shown_members(const struct clash *clash, struct seen *out)
{
    struct hash digest;
    struct buf ids;
    buf_init(&ids, clash->count * RECORD_ID_SIZE);
    for (size_t i = 0; i < clash->count; i++)
        buf_put(&ids, clash->members[i].id.b, RECORD_ID_SIZE);
    hash_bytes(buf_slice(&ids), &digest);
    *out = (struct seen){.n = SEEN_ENTRY};
    memcpy(out->b + 1, digest.b, SEEN_ENTRY - 1);
    buf_release(&ids);
}

/* ---- showing ---- */

/* The change that a person is shown as the candidate's author: who made the record, or of a cycle
 * who wrote the reference. */
static const struct stamp *candidate_stamp(const struct clash *clash,
                                           const struct record_state *record)
{
    const struct field_state *f = &record->fields[clash->rule.keys[0]->no];
    for (uint32_t i = f->claim_count; clash->rule.acyclic && i-- > 0;)
        if (value_equal(&f->claims[i].value, &f->value))
            return &f->claims[i].at;
    return &record->created;
}

static enum status view_member(struct desk *desk, const struct clash *clash, size_t index,
                               json_t *out, struct error *err)
{
    const struct clash_member *member = &clash->members[index];
    struct arena arena = {0};
    struct record_state record;
    char letter[2] = {(char)('A' + index % LETTERS), '\0'}, hex[RECORD_ID_TEXT];
    json_t *one = NULL;
    enum status st = materialise_load(desk->rep, member->ledger, clash->table, &member->id, &arena,
                                      &record, err);
    if (st == ST_OK)
        st = view_stamp(desk, member->ledger, candidate_stamp(clash, &record), &one, err);
    if (st == ST_OK) {
        record_id_format(&member->id, hex);
        json_object_set_new(one, "letter", json_string(letter));
        json_object_set_new(one, "value", json_string(hex));
        json_object_set_new(one, "record", json_string(hex));
        json_object_set_new(one, "text", json_string(view_title(desk, &record, &arena)));
        json_object_set_new(one, "ledger", json_string(member->ledger->origin.text));
        json_array_append_new(out, one);
    }
    arena_release(&arena);
    return st;
}

static enum status view_clash(struct desk *desk, const struct clash *clash, json_t **out,
                              struct error *err)
{
    const struct catalog_rule *rule = clash->rule.rule;
    json_t *candidates = json_array();
    struct seen shown;
    char id[CLASH_ID_TEXT];
    enum status st = ST_OK;
    *out = NULL;
    for (size_t i = 0; i < clash->count && st == ST_OK; i++)
        st = view_member(desk, clash, i, candidates, err);
    if (st == ST_OK) {
        json_t *first = json_array_get(candidates, 0);
        clash_id_format(clash, id);
        shown_members(clash, &shown);
        *out = json_pack("{s:s, s:s, s:s, s:s, s:s, s:O, s:O, s:s, s:s, s:s, s:O, s:O, s:O, s:o}",
                         "id", id, "kind", "structure", "rule", rule->kind, "type",
                         clash->table->name, "type_label", clash->table->zh, "record",
                         json_object_get(first, "record"), "title", json_object_get(first, "text"),
                         "ledger", clash->members[0].ledger->origin.text, "field",
                         clash->rule.keys[0]->name, "label", rule->zh[0] ? rule->zh : rule->kind,
                         "in_force", json_object_get(first, "value"), "in_force_text",
                         json_object_get(first, "text"), "candidates", candidates, "version",
                         view_version(&shown));
    }
    json_decref(candidates);
    return st;
}

struct listing {
    struct desk *desk;
    json_t *out;
    enum status status;
    struct error *err;
};

static bool list_one(void *arg, const struct clash *clash)
{
    struct listing *l = arg;
    json_t *one;
    l->status = view_clash(l->desk, clash, &one, l->err);
    if (l->status == ST_OK)
        json_array_append_new(l->out, one);
    return l->status == ST_OK;
}

enum status clashes_list(struct desk *desk, json_t *out, struct error *err)
{
    struct listing l = {.desk = desk, .out = out, .err = err};
    enum status st = clash_each(desk->rep, list_one, &l, err);
    return st == ST_OK ? l.status : st;
}

enum status clashes_show(struct desk *desk, const char *id, json_t **out, struct error *err)
{
    struct arena arena = {0};
    struct clash clash;
    *out = NULL;
    enum status st = view_settle(desk, err);
    if (st == ST_OK)
        st = clash_find(desk->rep, id, &arena, &clash, err);
    if (st == ST_OK)
        st = view_clash(desk, &clash, out, err);
    arena_release(&arena);
    return st;
}

/* ---- deciding ---- */

/* Which records give way. */
static bool gives_way(const struct clash *clash, size_t index, size_t taken)
{
    if (!clash->rule.acyclic)
        return index != taken;
    size_t last = clash->count - 1; /* the reference that closed the cycle is cut, if it may be */
    return clash->count > 1 && index == (taken == last ? last - 1 : last);
}

static enum status settle_one(struct desk *desk, struct author *author, struct save *save,
                              const struct clash *clash, const struct clash_member *member,
                              const char *note, struct error *err)
{
    struct editor *editor = NULL;
    struct edit_pair pairs[STRUCTURE_WORDS_MAX];
    struct edit_result edit = {0};
    char today[11];
    date_format(edit_today(), today);
    for (size_t i = 0; i < clash->rule.settle_count; i++) {
        const struct structure_word *word = &clash->rule.settle[i];
        bool day = word->field->type == FIELD_DATE && strcmp(word->text, "today") == 0;
        pairs[i] = (struct edit_pair){word->field, slice_str(day ? today : word->text)};
    }
    enum status st = editor_open(desk, member->ledger, author, false, &editor, err);
    if (st == ST_OK)
        st = edit_compose(editor, clash->table, &member->id, true, pairs, clash->rule.settle_count,
                          note ? slice_str(note) : SLICE_NONE, &edit, err);
    if (st == ST_OK && !edit.nothing)
        st = save_change(save, buf_slice(&edit.body), err);
    buf_release(&edit.body);
    editor_close(editor);
    return st;
}

/* One session per ledger, all in one transaction. */
struct sessions {
    size_t count;
    struct ledger *ledgers[LETTERS];
    struct save *saves[LETTERS];
};

static enum status enter(struct sessions *s, struct ledger *ledger, struct error *err)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->ledgers[i] == ledger)
            return ST_OK;
    s->ledgers[s->count] = ledger;
    return save_also(s->saves[0], ledger, &s->saves[s->count++], err);
}

static struct save *session_of(const struct sessions *s, const struct ledger *ledger)
{
    size_t i = 0;
    while (s->ledgers[i] != ledger)
        i++;
    return s->saves[i];
}

static enum status check_choice(const struct clash *clash, const struct act_resolve *what,
                                size_t *taken, struct act_result *out, struct error *err)
{
    struct seen now;
    *taken = (size_t)((what->letter | 0x20) - 'a');
    if (clash->rule.settle_count == 0)
        return error_set(err, ST_REFUSED, "“%s”要直接修改记录来解决", clash->rule.rule->zh);
    if (clash->count > LETTERS)
        return error_set(err, ST_LIMIT, "牵涉的记录太多（%zu 条），请先直接修改其中一些",
                         clash->count);
    if (!what->letter || *taken >= clash->count)
        return error_set(err, ST_USAGE, "可以选 A 到 %c；要写别的值，请直接修改记录",
                         (int)('A' + clash->count - 1));
    shown_members(clash, &now);
    if (!what->seen || (what->seen->n == now.n && memcmp(what->seen->b, now.b, now.n) == 0))
        return ST_OK;
    out->moved_count = 1;
    return error_set(err, ST_REFUSED,
                     "您看的时候，牵涉的记录已经变了；什么也没有保存，请看过现在的再决定");
}

static enum status settle(struct desk *desk, struct author *author, const struct act_resolve *what,
                          const struct clash *clash, struct sessions *s, struct act_result *out,
                          struct error *err)
{
    size_t taken;
    enum status st = check_choice(clash, what, &taken, out, err);
    for (size_t i = 0; i < clash->count && st == ST_OK; i++)
        if (gives_way(clash, i, taken))
            st = enter(s, clash->members[i].ledger, err);
    for (size_t i = 0; i < clash->count && st == ST_OK; i++)
        if (gives_way(clash, i, taken))
            st = settle_one(desk, author, session_of(s, clash->members[i].ledger), clash,
                            &clash->members[i], what->note, err);
    if (st == ST_OK)
        out->id = clash->members[taken].id;
    return st;
}

enum status clashes_resolve(struct desk *desk, struct author *author,
                            const struct act_resolve *what, struct act_result *out,
                            struct error *err)
{
    struct arena arena = {0};
    struct sessions s = {0};
    struct clash clash;
    *out = (struct act_result){0};
    enum status st = desk_refresh(desk, err);
    if (st == ST_OK)
        st = clash_find(desk->rep, what->conflict, &arena, &clash, err);
    if (st == ST_OK) {
        out->ledger = clash.members[0].ledger->no;
        st = save_begin(desk, clash.members[0].ledger, author, &s.saves[0], err);
    }
    if (st == ST_OK) {
        s.ledgers[s.count++] = replica_ledger_by_no(desk->rep, out->ledger);
        st = desk_author_renew(desk, author, err);
    }
    if (st == ST_OK) /* again, now that nobody else can write */
        st = clash_find(desk->rep, what->conflict, &arena, &clash, err);
    if (st == ST_OK)
        st = settle(desk, author, what, &clash, &s, out, err);
    out->changed = st == ST_OK;
    if (st == ST_OK)
        st = save_commit(s.saves[0], err);
    else
        save_abort(s.saves[0]);
    arena_release(&arena);
    return st;
}
