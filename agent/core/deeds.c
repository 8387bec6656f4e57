/* SPDX-License-Identifier: MulanPSL-2.0 */
/* deeds: see deeds.h. */
#include "agent/core/deeds.h"

enum status deeds_begin(struct deeds *deeds, struct desk *desk, struct author *author,
                        struct ledger *ledger, struct error *err)
{
    int64_t no = ledger->no;
    *deeds = (struct deeds){.desk = desk, .author = author};
    enum status st = save_begin(desk, ledger, author, &deeds->save, err);
    if (st != ST_OK)
        return st;
    deeds->ledger = replica_ledger_by_no(desk->rep, no);
    st = desk_author_renew(desk, author, err);
    return st == ST_OK ? editor_open(desk, deeds->ledger, author, true, &deeds->editor, err) : st;
}

static bool is_there(const struct deeds *deeds, const struct catalog_table *table,
                     const struct record_id *id)
{
    struct arena arena = {0};
    struct record_state record;
    bool there = materialise_load(deeds->desk->rep, deeds->ledger, table, id, &arena, &record,
                                  NULL) == ST_OK;
    arena_release(&arena);
    return there;
}

enum status deeds_put(struct deeds *deeds, const char *type, const struct record_id *id,
                      const struct act_field *fields, size_t count, const char *note,
                      struct record_id *out, struct error *err)
{
    const struct catalog_table *table;
    struct edit_pair pairs[OP_FIELDS_MAX];
    struct edit_result edit = {0};
    enum status st = act_type(deeds->desk, type, &table, err);
    for (size_t i = 0; st == ST_OK && i < count; i++) {
        st = edit_field(table, fields[i].name, &pairs[i].field, err);
        pairs[i].text = fields[i].text;
    }
    if (st != ST_OK)
        return st;
    st = edit_compose(deeds->editor, table, id, id && is_there(deeds, table, id), pairs, count,
                      note ? slice_str(note) : SLICE_NONE, &edit, err);
    if (st == ST_OK && !edit.nothing) {
        st = save_change(deeds->save, buf_slice(&edit.body), err);
        deeds->saved++;
    }
    if (st == ST_OK && out)
        *out = edit.id;
    buf_release(&edit.body);
    return st;
}

enum status deeds_end(struct deeds *deeds, enum status st, struct error *err)
{
    editor_close(deeds->editor);
    if (st == ST_OK && deeds->saved)
        return save_commit(deeds->save, err);
    save_abort(deeds->save);
    return st;
}
