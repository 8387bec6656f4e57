/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * hostile: changesets by people who do not play by the rules: someone whose key is granted, and a
 * stranger. What is well signed gets a leaf, and the fold must call it void, or give it a meaning,
 * the same one everywhere; what is not must be refused and harm nobody.
 */
#include "tests/sim/found.h"
#include "tests/sim/types.h"
#include "tests/sim/world.h"

#include <stdio.h>

#include "shared/base/check.h"
#include "shared/codec/compress.h"

#define BODIES_MAX 4

enum forgery { FORGE_NOTHING, FORGE_BASE, FORGE_ROOT, FORGE_NUMBER, FORGE_SIGNATURE, FORGE_DEP };

struct ploy {
    struct chance *c;
    bool clerk; /* with a say over both villages, about a record that moves: */
    struct record_id story;
    struct server *server;
    struct ledger *ledger;
    int at;
    struct arena arena;
    struct chain_head head;
    uint64_t base;
    struct slice bodies[BODIES_MAX];
    size_t count;
    struct buf message;
};

/* ---- ops ---- */

static struct record_id some_record(struct ploy *p, uint32_t table)
{
    struct record_id id;
    uint8_t random[10];
    struct stmt *stmt = NULL;
    char sql[128];
    bool row = false;
    for (int i = 0; i < 10; i++)
        random[i] = (uint8_t)chance_next(p->c);
    record_id_make(now.ms, random, &id);
    snprintf(sql, sizeof(sql),
             "SELECT id FROM \"r_%s\" WHERE ledger = ?1 ORDER BY id LIMIT 1 OFFSET %d",
             type_table_name(table), (int)chance_below(p->c, 4));
    if (db_prepare(p->server->db, slice_str(sql), &stmt, NULL) != ST_OK)
        return id;
    bind_int(stmt, 1, p->ledger->no);
    if (stmt_step(stmt, &row, NULL) == ST_OK && row)
        memcpy(id.b, stmt_blob(stmt, 0).p, RECORD_ID_SIZE);
    stmt_release(stmt);
    return id;
}

static struct value some_value(struct ploy *p)
{
    static const char *const words[] = {"甲", "draft", "public", "lost", "odd", "红"};
    switch (chance_below(p->c, 8)) {
    case 0:
        return value_null();
    case 1:
        return value_int((int64_t)chance_below(p->c, 200) - 20);
    case 2:
        return (struct value){.kind = VALUE_DECIMAL, .i = 15, .exponent = -1};
    case 3:
        return value_bytes(slice_str("0123456789abcdef"));
    default:
        return value_text(slice_str(words[chance_below(p->c, 6)]));
    }
}

/* Mostly a value that fits, sometimes any. */
static struct value value_for(struct ploy *p, uint32_t table, uint32_t no)
{
    const struct type_field *f = type_field(table, no, CATALOG_VERSIONS);
    if (f && f->kind == KIND_INT && !chance_one_in(p->c, 8))
        return value_int((int64_t)chance_below(p->c, 120));
    if (f && f->kind == KIND_TEXT && !chance_one_in(p->c, 8))
        return value_text(slice_str(chance_one_in(p->c, 2) ? "甲" : "draft"));
    return some_value(p);
}

static uint32_t some_field(struct ploy *p)
{
    return (uint32_t)(chance_one_in(p->c, 12) ? 20 + chance_below(p->c, 10)
                                              : 1 + chance_below(p->c, 15));
}

static uint32_t some_table(struct ploy *p)
{
    static const uint32_t tables[] = {1, 1, 1, 1, 1, 1, 2, 3, 77};
    return tables[chance_below(p->c, 9)];
}

static void write_put(struct ploy *p, struct op *op)
{
    struct op_field *fields = arena_alloc(&p->arena, 16 * sizeof(*fields));
    bool resolve = chance_one_in(p->c, 5);
    op->code = resolve ? OP_RESOLVE : OP_PUT;
    if (resolve && chance_one_in(p->c, 3))
        fields[op->field_count++] = (struct op_field){
            0, chance_one_in(p->c, 5) ? some_value(p) : value_int((int)chance_below(p->c, 3))};
    uint32_t last = 0;
    for (size_t i = 0; i < 1 + chance_below(p->c, 3); i++) {
        uint32_t no = some_field(p);
        bool group = no == 4 && !chance_one_in(p->c, 4);
        if (no <= last)
            continue;
        fields[op->field_count++] = (struct op_field){no, value_for(p, op->table, no)};
        if (group)
            fields[op->field_count++] = (struct op_field){5, value_for(p, op->table, 5)};
        last = group ? 5 : no;
    }
    if (op->field_count == 0)
        fields[op->field_count++] = (struct op_field){3, value_for(p, op->table, 3)};
    op->fields = fields;
}

/* References: to any leaf, as it is or with a wrong hash. */
static void write_refs(struct ploy *p, struct op *op)
{
    size_t n = chance_below(p->c, 8);
    struct op_ref *refs = arena_alloc(&p->arena, (n + 1) * sizeof(*refs));
    op->refs = refs;
    for (size_t i = 0; i < n && p->ledger->tree.size; i++) {
        struct stored_changeset stored;
        struct segment segment;
        struct segment_known known;
        uint64_t leaf = chance_below(p->c, p->ledger->tree.size);
        replica_known(p->server->rep, p->ledger, &known);
        if (replica_read_leaf(p->server->rep, p->ledger, leaf, &p->arena, &stored, NULL) != ST_OK ||
            segment_load(stored.cose, stored.salts, stored.columns, &known.index, &p->arena,
                         &segment, NULL) != ST_OK)
            continue;
        uint32_t at = (uint32_t)chance_below(p->c, segment.header.count);
        struct hash *hash = arena_alloc(&p->arena, sizeof(*hash));
        struct changeset *h = arena_copy(&p->arena, &segment.header, sizeof(segment.header));
        segment_change_leaf(&segment, at, hash);
        hash->b[0] ^= chance_one_in(p->c, 6);
        refs[op->ref_count++] = (struct op_ref){hash_slice(&h->kid), slice_of(h->chain.b, 8),
                                                h->first_seq + at, slice_of(hash->b, 8)};
    }
}

/* Out and in of any hop, from and to anywhere. */
static void write_move(struct ploy *p, struct op *op)
{
    static const char *const places[] = {"guanghe.example/" VILLAGE_CODE,
                                         "guanghe.example/" OTHER_CODE,
                                         "guanghe.example/622924000000", "nowhere"};
    struct op_field *fields = arena_alloc(&p->arena, 4 * sizeof(*fields));
    op->code = chance_one_in(p->c, 2) ? OP_OUT : OP_IN;
    op->origin = slice_str(places[chance_below(p->c, 4)]);
    op->hop = 1 + (uint32_t)chance_below(p->c, 3);
    if (op->code == OP_OUT)
        return;
    op->fields = fields;
    for (uint32_t no = 1 + (uint32_t)chance_below(p->c, 8); no < 16 && op->field_count < 3;
         no += 1 + (uint32_t)chance_below(p->c, 4))
        fields[op->field_count++] = (struct op_field){no, value_for(p, op->table, no)};
    if (chance_one_in(p->c, 3))
        fields[op->field_count++] =
            (struct op_field){OP_IN_WRITER + 2, value_text(slice_str("C:rs"))};
}

static void write_any(struct ploy *p, struct op *op)
{
    static const char *const stages[] = {"draft", "public", "dropped", "odd"};
    struct value *values = arena_alloc(&p->arena, 2 * sizeof(*values));
    values[0] = chance_one_in(p->c, 6) ? value_int(1) : value_text(slice_str("红"));
    values[1] = value_text(slice_str("黄"));
    switch (chance_below(p->c, 10)) {
    case 8:
        write_move(p, op);
        break;
    case 9:
        op->code = OP_LINK;
        op->other = some_record(p, op->table);
        op->link = chance_one_in(p->c, 2);
        if (record_id_equal(&op->other, &op->record))
            op->other.b[15] ^= 1;
        break;
    case 0:
        op->code = OP_SET;
        op->field = chance_one_in(p->c, 4) ? some_field(p) : 9;
        op->adds = &values[0];
        op->add_count = 1;
        op->removes = &values[1];
        op->remove_count = 1;
        break;
    case 1:
        op->code = OP_COUNTER;
        op->field = chance_one_in(p->c, 4) ? some_field(p) : 10;
        op->delta = chance_one_in(p->c, 3) ? (chance_one_in(p->c, 2) ? INT64_MAX : INT64_MIN) : 3;
        break;
    case 2:
        op->code = OP_STATE;
        op->field = chance_one_in(p->c, 4) ? some_field(p) : 7;
        op->from = chance_one_in(p->c, 3) ? value_null()
                                          : value_text(slice_str(stages[chance_below(p->c, 4)]));
        op->to = value_text(slice_str(stages[chance_below(p->c, 4)]));
        break;
    case 3:
        op->code = OP_WITHDRAW;
        op->field = some_field(p);
        break;
    case 4:
        op->code = chance_one_in(p->c, 2) ? OP_DELETE : OP_RESTORE;
        break;
    default:
        write_put(p, op);
        if (op->code == OP_RESOLVE)
            write_refs(p, op);
    }
}

/* Ops that no program of today writes into a village's ledger. */
static void write_strange(struct ploy *p, struct buf *body)
{
    struct grant grant;
    struct target target = {.is_changeset = true};
    switch (chance_below(p->c, 4)) {
    case 0:
        cbor_put_array(body, 2);
        cbor_put_uint(body, 11 + chance_below(p->c, 5));
        cbor_put_str(body, "later");
        break;
    case 1:
        found_grant(STRANGER, &grant);
        snprintf(grant.role, sizeof(grant.role), "registrar");
        grant_encode(&grant, body);
        break;
    case 2: /* their own work, or nobody's */
        target.changeset = p->head.id;
        targets_encode(chance_one_in(p->c, 2) ? OP_ADOPT : OP_VOID, &target, 1, body);
        break;
    default:
        revoke_encode(found_device(0), 0, body);
    }
}

/* ---- moves that do not fit ---- */

/* A few ops in one change about the record that the story moves: outs and ins near the hops that
 * there are, and what belongs to them or does not. */
static size_t write_crossing(struct ploy *p, struct op ops[static 3])
{
    const struct record_id id = p->story;
    struct value *word = arena_alloc(&p->arena, sizeof(*word));
    size_t count = 1 + chance_below(p->c, 3);
    *word = value_text(slice_str("红"));
    for (size_t i = 0; i < count; i++) {
        ops[i] = (struct op){.table = TABLE_THING, .record = id};
        switch (i == 0 ? 0 : chance_below(p->c, 4)) {
        case 0:
            write_move(p, &ops[i]);
            break;
        case 1:
            ops[i].code = OP_SET;
            ops[i].field = 9;
            ops[i].add_count = 1;
            ops[i].adds = word;
            break;
        case 2:
            ops[i].code = OP_COUNTER;
            ops[i].field = 10;
            ops[i].delta = 2;
            break;
        default:
            write_put(p, &ops[i]);
        }
    }
    return count;
}

static struct slice write_crossings(struct ploy *p)
{
    struct op ops[3];
    struct buf body;
    size_t count = write_crossing(p, ops);
    buf_init(&body, CHANGE_BODY_MAX);
    op_body_begin(&body, count);
    for (size_t i = 0; i < count; i++)
        op_write(&body, &ops[i]);
    op_body_end(&body, SLICE_NONE);
    struct slice out = slice_of(arena_copy(&p->arena, body.p, body.n), body.n);
    buf_release(&body);
    return out;
}

static struct slice write_body(struct ploy *p)
{
    struct buf body;
    size_t ops = 1 + chance_below(p->c, 3);
    uint64_t kind = chance_below(p->c, 10);
    buf_init(&body, CHANGE_BODY_MAX);
    op_body_begin(&body, ops);
    for (size_t i = 0; i < ops; i++) {
        struct op op = {.table = some_table(p)};
        op.record = some_record(p, chance_one_in(p->c, 6) ? TABLE_THING
                                   : op.table > 3         ? TABLE_THING
                                                          : op.table);
        if (kind == 0 || (p->at == LEDGERS && kind < 6)) {
            write_strange(p, &body);
        } else {
            write_any(p, &op);
            op_write(&body, &op);
        }
    }
    op_body_end(&body, SLICE_NONE);
    struct slice out = slice_of(arena_copy(&p->arena, body.p, body.n), body.n);
    buf_release(&body);
    if (kind == 1) /* not a body at all, or nearly one */
        out.n = chance_below(p->c, out.n) + 1;
    return out;
}

/* ---- the changeset ---- */

/* Goes on where the county's copy of the chain ends. */
static void find_head(struct world *w, struct ploy *p, const struct hash *kid)
{
    struct stmt *stmt = db_stmt(
        p->server->db, "SELECT c.number, c.id, c.first_seq + c.count - 1, c.base_size FROM chain n"
                       " JOIN changeset c ON c.chain = n.no WHERE n.ledger = ?1 AND n.kid = ?2"
                       " AND n.chain = ?3 ORDER BY c.number DESC LIMIT 1");
    struct chain_head *head = &w->hostile_head[p->at];
    bool row = false;
    if (chance_one_in(p->c, 6))
        *head = (struct chain_head){0};
    head->kid = *kid;
    if (head->chain.b[0] == 0) {
        uint64_t chain = chance_next(p->c) | 1;
        memcpy(head->chain.b, &chain, sizeof(chain));
        head->chain.b[0] |= 1;
    }
    head->number = head->seq = 0;
    head->id = (struct hash){0};
    p->base = 0;
    bind_int(stmt, 1, p->ledger->no);
    bind_blob(stmt, 2, hash_slice(kid));
    bind_blob(stmt, 3, slice_of(head->chain.b, 8));
    if (stmt_step(stmt, &row, NULL) == ST_OK && row) {
        head->number = (uint64_t)stmt_int(stmt, 0);
        memcpy(head->id.b, stmt_blob(stmt, 1).p, HASH_SIZE);
        head->seq = (uint64_t)stmt_int(stmt, 2);
        p->base = (uint64_t)stmt_int(stmt, 3);
    }
    stmt_reset(stmt);
    p->base += chance_below(p->c, p->ledger->tree.size - p->base + 1);
    p->head = *head;
}

static void set_deps(struct ploy *p, struct chain_base *base, bool forged)
{
    if (forged) {
        memset(base->deps[0].b, 7, HASH_SIZE);
        base->dep_count = 1;
    } else if (p->base < p->ledger->tree.size && chance_one_in(p->c, 3)) {
        struct stored_changeset stored;
        uint64_t leaf = p->base + chance_below(p->c, p->ledger->tree.size - p->base);
        if (replica_read_leaf(p->server->rep, p->ledger, leaf, &p->arena, &stored, NULL) == ST_OK) {
            base->deps[0] = stored.id;
            base->dep_count = 1;
        }
    }
}

static void sign_changeset(struct world *w, struct ploy *p, const struct sign_key *key,
                           enum forgery forgery, struct chain_open *open,
                           struct change_item *changes)
{
    const struct ledger *registry = p->server->rep->registry_ledger;
    struct chain_base base = {.size = p->base, .registry_size = registry->tree.size};
    uint8_t seed[CHANGE_SEED_SIZE];
    for (size_t i = 0; i < sizeof(seed); i++)
        seed[i] = (uint8_t)chance_next(p->c);
    CHECK(replica_root_at(p->server->rep, p->ledger, base.size, &base.root));
    if (chance_one_in(p->c, 3))
        base.registry_size = chance_below(p->c, registry->tree.size) + 1;
    CHECK(replica_root_at(p->server->rep, p->server->rep->registry_ledger, base.registry_size,
                          &base.registry_root));
    if (p->ledger == registry)
        base.registry_size = base.size, base.registry_root = base.root;
    if (forgery == FORGE_BASE)
        base.size = p->ledger->tree.size + 5;
    if (forgery == FORGE_ROOT)
        base.root.b[3] ^= 1;
    if (forgery == FORGE_NUMBER && p->head.number) {
        p->head.number += 3;
        p->head.seq += 3;
    }
    set_deps(p, &base, forgery == FORGE_DEP);
    chain_begin(open, &p->head, &base, seed);
    int64_t clock = chance_one_in(p->c, 3) ? (int64_t)chance_below(p->c, 4000000000000) : now.ms;
    for (size_t i = 0; i < p->count; i++) {
        changes[i].body = p->bodies[i];
        changes[i].hlc = chain_append(open, p->bodies[i], clock);
    }
    chain_sign(open, &p->ledger->origin, key);
    if (forgery == FORGE_SIGNATURE)
        open->header.signature.b[5] ^= 4;
    w->hostile_head[p->at].hlc = open->last_hlc;
}

static void pack(struct ploy *p, const struct chain_open *open, struct change_item *changes)
{
    struct segment segment = {.header = open->header, .has_seed = true, .changes = changes};
    struct segment_known known;
    struct buf salts, columns, bytes;
    bool full = chance_one_in(p->c, 3);
    memcpy(segment.seed, open->seed, CHANGE_SEED_SIZE);
    replica_known(p->server->rep, p->ledger, &known);
    buf_init(&salts, 64 * 1024);
    buf_init(&columns, COLUMNS_MAX);
    buf_init(&bytes, MESSAGE_MAX);
    segment_salts_write(&segment, &salts);
    columns_encode(changes, p->count, open->header.base_size, full ? NULL : &known.index, &columns);
    segment_write(&open->header, full ? SEGMENT_FULL : SEGMENT_SHORT, buf_slice(&salts),
                  buf_slice(&columns), &bytes);
    struct slice item = buf_slice(&bytes);
    struct request_ledger ledger = {
        .origin = p->ledger->origin, .size = p->base, .segment_count = 1, .segments = &item};
    struct sync_request request = {.ledger_count = 1, .ledgers = &ledger, .wants = 1000};
    struct hash root;
    CHECK(replica_root_at(p->server->rep, p->ledger, p->base, &root));
    memcpy(ledger.root8, root.b, sizeof(ledger.root8));
    buf_init(&p->message, MESSAGE_MAX);
    sync_request_write(&request, COMPRESS_LEVEL, &p->message);
    buf_release(&salts);
    buf_release(&columns);
    buf_release(&bytes);
}

static void forge(struct world *w, struct machine *m, void *arg)
{
    struct ploy *p = arg;
    struct chain_open *open = arena_alloc(&p->arena, sizeof(*open));
    struct change_item *changes = arena_alloc(&p->arena, BODIES_MAX * sizeof(*changes));
    bool stranger = chance_one_in(p->c, 15);
    enum forgery forgery = chance_one_in(p->c, 4) ? chance_below(p->c, 6) : FORGE_NOTHING;
    const struct sign_key *key = people[p->clerk   ? CLERK_PERSON
                                        : stranger ? STRANGER
                                                   : HOSTILE]
                                     .key;
    p->server = m->server;
    p->at = chance_one_in(p->c, 8) ? (int)(1 + chance_below(p->c, LEDGERS)) : 0;
    if (p->clerk)
        p->at = (int)chance_below(p->c, LEDGERS);
    p->ledger = machine_ledger(m, p->at);
    find_head(w, p, sign_key_kid(key));
    p->count = 1 + chance_below(p->c, BODIES_MAX);
    for (size_t i = 0; i < p->count; i++)
        p->bodies[i] = p->clerk ? write_crossings(p) : write_body(p);
    sign_changeset(w, p, key, forgery, open, changes);
    pack(p, open, changes);
    world_tell(w, "hostile: %zu changes into ledger %d on base %llu, forgery %d%s", p->count, p->at,
               (unsigned long long)p->base, (int)forgery, stranger ? ", a stranger" : "");
}

static void send(struct world *w, struct chance c, bool clerk)
{
    struct ploy ploy = {.c = &c, .clerk = clerk, .story = w->story};
    if (machine_run(w, &w->county, forge, &ploy)) {
        link_throw(w, -1, buf_slice(&ploy.message), (int64_t)chance_below(&c, 1000));
        if (chance_one_in(&c, 4))
            link_throw(w, -1, buf_slice(&ploy.message), (int64_t)chance_below(&c, DAY_MS));
    }
    buf_release(&ploy.message);
    arena_release(&ploy.arena);
}

void hostile_send(struct world *w, uint64_t luck)
{
    send(w, (struct chance){luck}, false);
}

void hostile_clerk(struct world *w, uint64_t luck)
{
    if (w->county.up)
        send(w, (struct chance){luck}, true);
}
