/* SPDX-License-Identifier: MulanPSL-2.0 */
/* history: see history.h. */
#include "agent/core/history.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/core/outbox.h"
#include "agent/core/view.h"
#include "shared/base/time.h"
#include "shared/cli/op_json.h"
#include "shared/codec/hex.h"
#include "shared/db/links.h"
#include "shared/db/moves.h"

struct history {
    struct desk *desk;
    struct ledger *ledger;
    uint64_t covered; /* leaves of that ledger that its checkpoint covers */
    const struct catalog_table *table;
    const struct record_id *id;
    history_visit *visit;
    void *arg;
    json_t *changes;
    /* for history_place */
    uint64_t wanted, met;
    struct history_place *place;
    bool found;
};

/* By whom, when and why; null: its content is there. */
static json_t *erased_json(const struct history *h, const struct history_item *item)
{
    char name[17] = "", when[TIME_TEXT_SIZE] = "";
    if (!item->erased)
        return json_null();
    if (item->ordered)
        time_format_utc(item->order.admitted_ms, when);
    return json_pack("{s:s, s:s, s:s%}", "by",
                     item->ordered ? desk_name_of(h->desk, &item->order.author, name) : "", "time",
                     when, "reason", item->order.reason.n ? (const char *)item->order.reason.p : "",
                     item->order.reason.n);
}

static bool add_change(void *arg, const struct history_item *item)
{
    struct history *h = arg;
    const struct stamp at = {.leaf = item->leaf, .position = item->position};
    const struct grant *grant = registry_grant_any(&h->desk->rep->registry, &item->author);
    char kid[2 * HASH_SIZE + 1], chain[17], author[17], device[17] = "";
    char when[TIME_TEXT_SIZE], admitted[TIME_TEXT_SIZE];
    json_t *ops = json_array();
    for (size_t i = 0; i < item->op_count; i++) {
        struct op op = item->ops[i];
        if (op.code == OP_LINK && !record_id_equal(&op.record, h->id))
            op.other = op.record; /* it is told in both histories */
        json_array_append_new(ops, op_json(h->table, &op));
    }
    hex_encode(hash_slice(&item->author), kid);
    hex_encode(slice_of(item->chain.b, sizeof(item->chain.b)), chain);
    time_format_utc(item->hlc_ms, when);
    time_format_utc(item->admitted_ms, admitted);
    json_array_append_new(
        h->changes,
        json_pack(
            "{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:o, s:o, s:s, s:s?, s:o,"
            " s:o, s:o, s:o}",
            "no", (json_int_t)json_array_size(h->changes) + 1, "ledger", h->ledger->origin.text,
            "time", when, "author", desk_name_of(h->desk, &item->author, author), "role",
            grant ? grant->role : "", "kid", kid, "device",
            grant && grant->has_device ? desk_name_of(h->desk, &grant->device, device) : "",
            "chain", chain, "number", (json_int_t)item->number, "seq", (json_int_t)item->seq,
            "base", (json_int_t)item->base_size, "state", outbox_state(h->desk, h->ledger, &at),
            "admitted", item->admitted ? json_string(admitted) : json_null(), "leaf",
            item->admitted ? json_integer((json_int_t)item->leaf) : json_null(), "proof",
            item->admitted && item->leaf < h->covered ? "checkpoint" : "waiting", "void",
            item->void_reason, "note",
            item->note.n ? json_stringn((const char *)item->note.p, item->note.n) : json_null(),
            "ops", ops, "counts_from",
            item->adopted ? json_integer((json_int_t)item->adopted) : json_null(), "erased",
            erased_json(h, item)));
    return true;
}

/* The hop by which the record first came to be in a ledger; 0: it was made there. */
static uint32_t first_hop(const struct moves_half *half)
{
    const struct move *moves = half->half.moves;
    return half->half.move_count && moves[0].in ? moves[0].hop : 0;
}

/* In the order in which they had the record. */
static int compare_halves(const void *a, const void *b)
{
    const struct moves_half *x = a, *y = b;
    uint32_t hop_x = first_hop(x), hop_y = first_hop(y);
    return hop_x != hop_y ? (hop_x < hop_y ? -1 : 1)
                          : slice_compare(x->half.origin, y->half.origin);
}

static enum status read_ledger(struct history *h, struct ledger *ledger, struct error *err)
{
    h->ledger = ledger;
    h->covered = replica_covered(h->desk->rep, ledger);
    return materialise_history(h->desk->rep, ledger, h->id, h->visit, h, err);
}

static bool is_half(const struct moves_half *halves, size_t count, const struct ledger *ledger)
{
    for (size_t i = 0; i < count; i++)
        if (halves[i].ledger == ledger)
            return true;
    return false;
}

/* What ledgers that do not have the record say of it: links with records that they have. */
static enum status read_links(struct history *h, const struct moves_half *halves, size_t count,
                              struct error *err)
{
    struct replica *rep = h->desk->rep;
    enum status st = ST_OK;
    bool any = links_exist(rep);
    for (size_t i = 0; any && i < rep->ledger_count && st == ST_OK; i++)
        if (!is_half(halves, count, rep->ledgers[i]))
            st = read_ledger(h, rep->ledgers[i], err);
    return st;
}

static enum status read_all(struct history *h, const struct record_id *id, struct error *err)
{
    struct arena arena = {0};
    struct moves_half *halves;
    size_t count;
    enum status st = moves_halves(h->desk->rep, h->table, id, &arena, &halves, &count, err);
    h->id = id;
    if (st == ST_OK)
        qsort(halves, count, sizeof(*halves), compare_halves);
    for (size_t i = 0; i < count && st == ST_OK; i++)
        st = read_ledger(h, halves[i].ledger, err);
    if (st == ST_OK)
        st = read_links(h, halves, count, err);
    arena_release(&arena);
    return st;
}

static json_t *id_json(const struct record_id *id)
{
    char hex[RECORD_ID_TEXT];
    record_id_format(id, hex);
    return json_string(hex);
}

enum status history_of(struct desk *desk, struct ledger *ledger, const struct catalog_table *table,
                       const struct record_id *id, json_t **out, struct error *err)
{
    int64_t no = ledger->no;
    *out = NULL;
    enum status st = view_settle(desk, err);
    if (st != ST_OK)
        return st;
    ledger = replica_ledger_by_no(desk->rep, no);
    struct history h = {.desk = desk,
                        .ledger = ledger,
                        .table = table,
                        .visit = add_change,
                        .changes = json_array()};
    st = read_all(&h, id, err);
    if (st == ST_OK)
        *out = json_pack("{s:o, s:s, s:s, s:O}", "id", id_json(id), "type", table->name, "ledger",
                         ledger->origin.text, "changes", h.changes);
    json_decref(h.changes);
    return st;
}

/* ---- one change of it ---- */

static bool keep_place(void *arg, const struct history_item *item)
{
    struct history *h = arg;
    h->met++;
    if (h->wanted ? h->met != h->wanted : !item->admitted || item->void_reason != NULL)
        return true;
    *h->place = (struct history_place){.ledger = h->ledger,
                                       .no = h->met,
                                       .admitted = item->admitted,
                                       .leaf = item->leaf,
                                       .position = item->position,
                                       .counts = !item->void_reason};
    h->found = true;
    return true;
}

enum status history_find(struct desk *desk, const struct catalog_table *table,
                         const struct record_id *id, uint64_t no, struct history_place *out,
                         struct error *err)
{
    struct history h = {
        .desk = desk, .table = table, .visit = keep_place, .wanted = no, .place = out};
    enum status st = read_all(&h, id, err);
    if (st == ST_OK && !h.found)
        st = no ? error_set(err, ST_NOT_FOUND,
                            "这条记录没有第 %llu 次改动，一共 %llu 次；huce history 可以看到",
                            (unsigned long long)no, (unsigned long long)h.met)
                : error_set(err, ST_WAIT, "这条记录还没有县里确认的改动；请先同步");
    return st;
}
