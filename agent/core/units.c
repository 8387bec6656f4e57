/* SPDX-License-Identifier: MulanPSL-2.0 */
/* units: see units.h. */
#include "agent/core/units.h"

#include "agent/core/grants.h"
#include "agent/core/outbox.h"
#include "agent/core/view.h"
#include "shared/base/time.h"

static json_t *time_json(int64_t ms)
{
    char text[TIME_TEXT_SIZE];
    if (ms <= 0)
        return json_null();
    time_format_utc(ms, text);
    return json_string(text);
}

/* ---- names ---- */

/* {code: name}; empty before the catalog is here. */
static json_t *read_names(struct desk *desk)
{
    json_t *names = json_object();
    struct stmt *stmt = NULL;
    struct error ignored;
    bool row = false;
    if (db_prepare(desk->db,
                   slice_str("SELECT code, name FROM r_admin_division WHERE _state & 133 = 1"),
                   &stmt, &ignored) != ST_OK)
        return names;
    while (stmt_step(stmt, &row, NULL) == ST_OK && row) {
        struct slice code = stmt_text(stmt, 0), name = stmt_text(stmt, 1);
        if (code.n && name.n)
            json_object_setn_new(names, (const char *)code.p, code.n,
                                 json_stringn((const char *)name.p, name.n));
    }
    stmt_release(stmt);
    return names;
}

/* ---- ledgers ---- */

static enum status add_unit(struct desk *desk, struct ledger *ledger, const json_t *names,
                            json_t *units, struct error *err)
{
    struct outbox_counts counts = {0};
    char code[DIVISION_CODE_SIZE + 1];
    enum status st = outbox_counts(desk, ledger, &counts, err);
    memcpy(code, origin_code(&ledger->origin), DIVISION_CODE_SIZE);
    code[DIVISION_CODE_SIZE] = 0;
    const char *name = json_string_value(json_object_get(names, code));
    const uint64_t size = ledger->tree.size;
    json_array_append_new(
        units, json_pack("{s:s, s:s, s:s, s:i, s:b, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "origin",
                         ledger->origin.text, "code", code, "name", name ? name : code, "level",
                         division_level(code), "readable", view_is_readable(desk, ledger), "size",
                         (json_int_t)size, "unsent", (json_int_t)counts.unsent, "sent",
                         (json_int_t)counts.sent, "others", (json_int_t)counts.others, "conflicts",
                         (json_int_t)counts.conflicts, "last_sync", time_json(counts.last_sync_ms),
                         "last_entry",
                         time_json(size ? replica_admitted_ms(desk->rep, ledger, size) : 0)));
    return st;
}

/* ---- people ---- */

struct heard {
    struct hash kid;
    int64_t last_ms, changes;
};

/* What has arrived of each key, but in the registry. */
static enum status read_heard(struct desk *desk, struct heard **out, size_t *count,
                              struct error *err)
{
    struct stmt *stmt = NULL;
    bool row = false;
    size_t room = 0;
    *out = NULL;
    *count = 0;
    enum status st = db_prepare(
        desk->db,
        slice_str("SELECT n.kid, max(f.admitted_ms), sum(c.count) FROM leaf f"
                  " JOIN changeset c ON c.no = f.changeset JOIN chain n ON n.no = c.chain"
                  " WHERE f.ledger <> ?1 GROUP BY n.kid"),
        &stmt, err);
    if (st == ST_OK)
        bind_int(stmt, 1, desk->rep->registry_ledger->no);
    while (st == ST_OK && (st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        if (stmt_blob(stmt, 0).n != HASH_SIZE)
            continue;
        *out = mem_grow(*out, &room, *count + 1, sizeof(**out));
        struct heard *one = &(*out)[(*count)++];
        memcpy(one->kid.b, stmt_blob(stmt, 0).p, HASH_SIZE);
        one->last_ms = stmt_int(stmt, 1);
        one->changes = stmt_int(stmt, 2);
    }
    stmt_release(stmt);
    return st;
}

static bool touches(const struct grant *a, const struct grant *b)
{
    for (size_t i = 0; i < a->scope_count; i++)
        for (size_t j = 0; j < b->scope_count; j++)
            if (division_covers(a->scopes[i], b->scopes[j]) ||
                division_covers(b->scopes[j], a->scopes[i]))
                return true;
    return false;
}

static void add_member(struct desk *desk, const struct grant *g, const struct heard *heard,
                       size_t count, json_t *members)
{
    const struct registry *reg = &desk->rep->registry;
    const struct grant *device = g->has_device ? registry_grant_any(reg, &g->device) : NULL;
    int64_t last_ms = 0, changes = 0;
    for (size_t i = 0; i < count; i++)
        if (hash_equal(&heard[i].kid, &g->kid)) {
            last_ms = heard[i].last_ms;
            changes = heard[i].changes;
        }
    json_t *one = grants_json(desk, g);
    json_object_set_new(one, "device_name", json_string(device ? device->name : ""));
    json_object_set_new(one, "last", time_json(last_ms));
    json_object_set_new(one, "changes", json_integer((json_int_t)changes));
    json_array_append_new(members, one);
}

enum status units_list(struct desk *desk, const struct hash *kid, json_t **out, struct error *err)
{
    const struct registry *reg = &desk->rep->registry;
    struct heard *heard = NULL;
    size_t count = 0;
    json_t *units = json_array(), *members = json_array(), *names = NULL;
    *out = NULL;
    enum status st = desk_refresh(desk, err);
    const struct grant *own = st == ST_OK ? registry_grant_any(reg, kid) : NULL;
    if (st == ST_OK)
        st = read_heard(desk, &heard, &count, err);
    names = read_names(desk);
    for (size_t i = 0; st == ST_OK && i < desk->rep->ledger_count; i++)
        st = add_unit(desk, desk->rep->ledgers[i], names, units, err);
    for (size_t i = 0; st == ST_OK && own && i < reg->grant_count; i++)
        if (reg->grants[i].kind == GRANT_PERSON && touches(own, &reg->grants[i]))
            add_member(desk, &reg->grants[i], heard, count, members);
    if (st == ST_OK)
        *out = json_pack("{s:O, s:O}", "units", units, "members", members);
    json_decref(units);
    json_decref(members);
    json_decref(names);
    mem_free(heard);
    return st;
}
