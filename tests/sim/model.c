/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * model: see model.h. One history per ledger:
 *
 *   leaves ─ decode ─▶ changesets, who knew whom ─▶ changes: time, counts or void ─▶ per record and
 *   field: everything ever said, and which of it stands
 */
#include "tests/sim/model.h"

#include <stdio.h>
#include <stdlib.h>

#include "shared/base/check.h"
#include "shared/db/materialise.h"
#include "shared/ledger/change.h"
#include "shared/ledger/epoch.h"
#include "tests/sim/found.h"
#include "tests/sim/types.h"

#define DUMP_MAX (16 * 1024 * 1024)
#define NEVER UINT64_MAX

/* ---- the registry: who was what, when ---- */

struct office { /* what a key may do from one registry size on */
    uint64_t from;
    struct hash kid;
    int role; /* -1: nothing */
    char scope[DIVISION_CODE_SIZE];
    bool taken_back; /* by a revocation, which vouches for: */
    struct revoke_cut cut[4];
    size_t cut_count;
};

struct set_of_changesets {
    struct replica *rep;
    struct ledger *ledger;
    struct arena arena;
    struct office *offices;
    size_t office_count, office_capacity;
    uint64_t catalogs[16]; /* registry leaf of each catalog op */
    unsigned catalog_count;
    struct part *parts;
    size_t part_count;
    bool *knows;  /* [a * part_count + b]: the author of a had seen b */
    bool *handed; /* the same: b stands before a by prev and deps */
    struct said_change *changes;
    size_t change_count, change_capacity;
};
typedef struct set_of_changesets model;

struct part { /* one changeset */
    struct segment segment;
    struct leaf leaf;
    uint64_t index;
    uint64_t base;   /* how many of these leaves its author had seen */
    int64_t last_ms; /* effective time of its last change */
};

struct said_change {
    size_t part;
    uint32_t position;
    int64_t ms;
    struct op_body body;
    bool readable, erased, ordered; /* its content is not here any more; by an order */
    bool never;                     /* it did not count when that came */
    const char *void_code;          /* NULL: counts */
    int role;
    unsigned catalog; /* by which it is folded */
    uint64_t place;   /* the leaf from which on it counts */
};

static int role_of(const char *word)
{
    static const char *const words[] = {"village", "grid",      "township",
                                        "dept:rs", "registrar", "auditor"};
    for (int i = 0; i < 6; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

/* The newest word about a key, if `before` is NULL, else the one before that. */
static const struct office *word_on(const model *m, const struct hash *kid, uint64_t size,
                                    const struct office *before)
{
    const struct office *found = NULL;
    for (size_t i = 0; i < m->office_count; i++)
        if (m->offices[i].from < size && hash_equal(&m->offices[i].kid, kid) &&
            (!before || &m->offices[i] < before))
            found = &m->offices[i];
    return found;
}

static const struct office *office_of(const model *m, const struct hash *kid, uint64_t size)
{
    const struct office *found = word_on(m, kid, size, NULL);
    return found && found->role >= 0 ? found : NULL;
}

/* The revocation that ended what this key was. */
static const struct office *taken_back(const model *m, const struct hash *kid, uint64_t size)
{
    const struct office *found = word_on(m, kid, size, NULL);
    return found && found->taken_back ? found : NULL;
}

static bool vouches(const model *m, const struct office *revoked, const struct segment *head)
{
    for (size_t i = 0; revoked && i < revoked->cut_count; i++)
        if (hash_equal(&revoked->cut[i].id, &head->id) &&
            memcmp(revoked->cut[i].chain.b, head->header.chain.b, 8) == 0 &&
            strcmp(revoked->cut[i].origin.text, m->ledger->origin.text) == 0)
            return true;
    return false;
}

static unsigned catalog_at(const model *m, uint64_t size)
{
    unsigned n = 0;
    while (n < m->catalog_count && m->catalogs[n] < size)
        n++;
    return n;
}

/* May the author of registry leaf `index` say this? */
static bool registry_may(const model *m, uint64_t index, const struct hash *author)
{
    if (index == 0)
        return true;
    const struct office *office = office_of(m, author, index);
    return (office && office->role == ROLE_REGISTRAR) || hash_equal(author, &m->rep->root_kid);
}

static void add_office(model *m, uint64_t leaf, const struct hash *kid, int role, const char *scope)
{
    m->offices =
        mem_grow(m->offices, &m->office_capacity, m->office_count + 1, sizeof(*m->offices));
    struct office *o = &m->offices[m->office_count++];
    *o = (struct office){.from = leaf, .kid = *kid, .role = role};
    if (scope)
        memcpy(o->scope, scope, DIVISION_CODE_SIZE);
}

static void registry_op(model *m, uint64_t index, const struct op *op)
{
    struct grant grant;
    struct revoke revoke;
    if (op->code == OP_GRANT &&
        grant_decode(op->raw, &m->rep->registry_origin, &grant, NULL) == ST_OK)
        add_office(m, index, &grant.kid, grant.kind == GRANT_PERSON ? role_of(grant.role) : -1,
                   grant.scopes[0]);
    if (op->code == OP_REVOKE && revoke_decode(op->raw, &revoke, NULL) == ST_OK) {
        const struct office *ended = word_on(m, &revoke.kid, index + 1, NULL);
        if (ended && !ended->taken_back) {
            add_office(m, index, &revoke.kid, -1, NULL);
            struct office *o = &m->offices[m->office_count - 1];
            o->taken_back = true;
            CHECK(revoke.cut_count <= ARRAY_LENGTH(o->cut));
            for (; o->cut_count < revoke.cut_count; o->cut_count++)
                o->cut[o->cut_count] = revoke.cut[o->cut_count];
        }
        revoke_release(&revoke);
    }
    if (op->code == OP_CATALOG)
        m->catalogs[m->catalog_count++] = index;
}

/* ---- reading the ledger ---- */

/* A base of a history that is lost has in common with this one what was kept. */
static uint64_t base_in(const model *m, const struct ledger *ledger, const struct changeset *h,
                        const struct hash *roots, uint64_t index)
{
    uint64_t kept;
    if (h->base_size <= index && hash_equal(&h->base_root, &roots[h->base_size]))
        return h->base_size;
    return epoch_lost_base(m->rep->registry.epochs, m->rep->registry.epoch_count, &ledger->origin,
                           h->base_size, &kept)
               ? kept
               : h->base_size;
}

static enum status read_parts(model *m, struct ledger *ledger, uint64_t size, struct part **out,
                              struct error *err)
{
    struct part *parts = arena_alloc(&m->arena, (size + 1) * sizeof(*parts));
    struct hash *roots = arena_alloc(&m->arena, (size + 1) * sizeof(*roots)); /* by size */
    struct merkle tree;
    enum status st = ST_OK;
    merkle_init(&tree);
    merkle_root(&tree, &roots[0]);
    for (uint64_t i = 0; i < size && st == ST_OK; i++) {
        struct stored_changeset stored;
        struct hash hash;
        struct segment_known known;
        replica_known(m->rep, ledger, &known);
        st = replica_read_leaf(m->rep, ledger, i, &m->arena, &stored, err);
        if (st == ST_OK)
            st = segment_load(stored.cose, stored.salts, stored.columns, &known.index, &m->arena,
                              &parts[i].segment, err);
        if (st != ST_OK)
            break;
        changeset_id(stored.cose, &parts[i].segment.id);
        parts[i].leaf = stored.leaf;
        parts[i].index = i;
        parts[i].base = base_in(m, ledger, &parts[i].segment.header, roots, i);
        leaf_hash(&stored.leaf, &hash);
        merkle_append(&tree, &hash);
        merkle_root(&tree, &roots[i + 1]);
    }
    *out = parts;
    return st;
}

static enum status read_registry(model *m, struct error *err)
{
    struct ledger *registry = m->rep->registry_ledger;
    struct part *parts;
    enum status st = read_parts(m, registry, registry->tree.size, &parts, err);
    for (uint64_t i = 0; st == ST_OK && i < registry->tree.size; i++) {
        const struct segment *s = &parts[i].segment;
        if (!registry_may(m, i, &s->header.kid))
            continue;
        for (uint32_t k = 0; k < s->header.count; k++) {
            struct op_body body;
            if (op_body_parse(s->changes[k].body, &m->arena, &body, NULL) != ST_OK)
                continue;
            for (size_t o = 0; o < body.op_count; o++)
                registry_op(m, i, &body.ops[o]);
        }
    }
    return st;
}

/* ---- who knew whom ---- */

static bool *knows(const model *m, size_t a, size_t b)
{
    return &m->knows[a * m->part_count + b];
}

static void learn(model *m, size_t a, size_t b)
{
    *knows(m, a, b) = true;
    for (size_t i = 0; i < m->part_count; i++)
        *knows(m, a, i) |= *knows(m, b, i);
}

/* By prev and deps alone, in order of leaves. */
static void draw_handing(model *m)
{
    size_t n = m->part_count;
    m->handed = arena_alloc(&m->arena, n * n + 1);
    memset(m->handed, 0, n * n);
    for (size_t a = 0; a < n; a++) {
        const struct changeset *h = &m->parts[a].segment.header;
        for (size_t b = 0; b < a; b++) {
            bool named = hash_equal(&h->prev, &m->parts[b].segment.id);
            for (uint32_t d = 0; d < h->dep_count; d++)
                named |= hash_equal(&h->deps[d], &m->parts[b].segment.id);
            m->handed[a * n + b] |= named;
            for (size_t i = 0; named && i < b; i++)
                m->handed[a * n + i] |= m->handed[b * n + i];
        }
    }
}

static void draw_knowledge(model *m)
{
    draw_handing(m);
    m->knows = arena_alloc(&m->arena, m->part_count * m->part_count + 1);
    memset(m->knows, 0, m->part_count * m->part_count);
    for (size_t a = 0; a < m->part_count; a++) {
        const struct changeset *h = &m->parts[a].segment.header;
        for (size_t b = 0; b < a; b++) {
            bool named = hash_equal(&h->prev, &m->parts[b].segment.id) || b < m->parts[a].base;
            for (uint32_t d = 0; d < h->dep_count; d++)
                named |= hash_equal(&h->deps[d], &m->parts[b].segment.id);
            if (named)
                learn(m, a, b);
        }
    }
}

/* ---- time ---- */

static int64_t effective(const model *m, const struct part *p, uint64_t hlc, int64_t before)
{
    int64_t ms = (int64_t)(hlc >> 16);
    int64_t base_ms = p->base ? m->parts[p->base - 1].leaf.admitted_ms : 0;
    if (ms < base_ms)
        ms = base_ms;
    if (ms > p->leaf.admitted_ms)
        ms = p->leaf.admitted_ms;
    return ms < before ? before : ms;
}

/* The latest effective time among chain predecessor and deps. */
static int64_t floor_of(const model *m, const struct part *p)
{
    const struct changeset *h = &p->segment.header;
    int64_t ms = 0;
    for (size_t b = 0; b < p->index; b++) {
        bool named = hash_equal(&h->prev, &m->parts[b].segment.id);
        for (uint32_t d = 0; d < h->dep_count; d++)
            named |= hash_equal(&h->deps[d], &m->parts[b].segment.id);
        if (named && m->parts[b].last_ms > ms)
            ms = m->parts[b].last_ms;
    }
    return ms;
}

/* ---- does it count? ---- */

/* version 0: only of the right kind */
static bool value_fits(const struct type_field *f, const struct value *v, unsigned version)
{
    int64_t most = version ? f->most[version >= 3] : 0;
    if (v->kind == VALUE_NULL || v->kind == VALUE_ERASED)
        return true;
    switch (f->kind) {
    case KIND_TEXT:
    case KIND_SET:
        return v->kind == VALUE_TEXT;
    case KIND_INT:
        return v->kind == VALUE_INT && (!most || (v->i >= 0 && v->i <= most));
    case KIND_DECIMAL:
        return v->kind == VALUE_DECIMAL;
    default:
        return v->kind == VALUE_BYTES && v->s.n == RECORD_ID_SIZE;
    }
}

static bool covers(const char *scope, const char *code)
{
    size_t n = DIVISION_CODE_SIZE;
    while (n > 0 && scope[n - 1] == '0')
        n--;
    n = n <= 6 ? 6 : n <= 9 ? 9 : 12;
    return memcmp(scope, code, n) == 0;
}

static bool carries(const struct op *op, uint32_t no)
{
    for (uint32_t i = 0; i < op->field_count; i++)
        if (op->fields[i].field == no)
            return true;
    return false;
}

/* at: catalog version of the leaf; base: of its author's registry base */
static bool is_valid(const struct op *op, uint32_t no, const struct value *v, unsigned at,
                     unsigned base)
{
    const struct type_field *now_field = type_field(op->table, no, at);
    const struct type_field *then = type_field(op->table, no, base);
    if (now_field && !value_fits(now_field, v, 0))
        return false;
    if (!then)
        return !now_field || value_fits(now_field, v, at);
    return value_fits(then, v, base);
}

static const char *judge_op(const struct op *op, int role, unsigned at, unsigned base)
{
    uint32_t count = op->code == OP_PUT || op->code == OP_RESOLVE ? op->field_count : 1;
    bool single = op->code == OP_SET || op->code == OP_COUNTER || op->code == OP_STATE ||
                  op->code == OP_WITHDRAW;
    if (op->code != OP_PUT && op->code != OP_RESOLVE && !single)
        return NULL;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t no = single ? op->field : op->fields[i].field;
        const struct type_field *f = type_field(op->table, no, at);
        unsigned mask = f ? type_writers_at(f, at) : ANYONE;
        if (mask != ANYONE && !(mask >> role & 1))
            return "writer";
        if (!single && !is_valid(op, no, &op->fields[i].value, at, base))
            return "invalid";
        bool whole = single ? op->code != OP_WITHDRAW : f && f->beside && carries(op, f->beside);
        if (f && f->beside && !whole)
            return "invalid"; /* half of a conflict group */
        for (uint32_t k = 0; op->code == OP_SET && k < op->add_count; k++)
            if (!is_valid(op, no, &op->adds[k], at, base))
                return "invalid";
        if (op->code == OP_STATE && !is_valid(op, no, &op->to, at, base))
            return "invalid";
    }
    return NULL;
}

/* Set and counter ops right behind the `in` of their record are part of it. */
static bool is_brought(const struct op_body *body, size_t at)
{
    const struct op *op = &body->ops[at], *before;
    if (op->code != OP_SET && op->code != OP_COUNTER)
        return false;
    do {
        if (at == 0)
            return false;
        before = &body->ops[--at];
        if (before->table != op->table || !record_id_equal(&before->record, &op->record))
            return false;
    } while (before->code == OP_SET || before->code == OP_COUNTER);
    return before->code == OP_IN;
}

/* Kinds only. */
static const char *judge_brought(const struct op *op, unsigned at)
{
    for (uint32_t k = 0; k < op->add_count; k++) {
        const struct type_field *f = type_field(op->table, op->field, at);
        if (f && !value_fits(f, &op->adds[k], 0))
            return "invalid";
    }
    return NULL;
}

static const char *judge_move(const model *m, const struct op *op, const struct office *office,
                              unsigned at)
{
    struct origin other;
    bool own;
    if (!origin_parse(op->origin, &other))
        return "invalid";
    own = strcmp(other.text, m->ledger->origin.text) == 0;
    if (op->code == OP_OUT)
        return own ? "invalid" : NULL;
    if (!covers(office->scope, origin_code(&other)))
        return "scope";
    for (uint32_t i = 0; i < op->field_count; i++) {
        const struct type_field *f = type_field(op->table, op->fields[i].field, at);
        if (f && !value_fits(f, &op->fields[i].value, 0))
            return "invalid";
        if (f && f->beside && !carries(op, f->beside))
            return "invalid"; /* half of a conflict group */
    }
    return NULL;
}

/* What says of others whether they count. */
static bool is_ruling(const struct op *op)
{
    return op->code == OP_VOID || op->code == OP_ADOPT || op->code == OP_ERASE;
}

static const char *judge_ruling(const model *m, const struct op *op, const struct hash *kid,
                                uint64_t registry_size)
{
    struct target targets[AUTHORITY_TARGETS_MAX];
    size_t count;
    if (op->code != OP_ERASE &&
        targets_decode(op->raw, (enum authority_op_code)op->code, targets, &count, NULL) != ST_OK)
        return "malformed";
    return registry_may(m, registry_size, kid) ? NULL : "authority";
}

/* honest: as if it had not been revoked. at: the catalog by which it is folded. */
static const char *judge(const model *m, const struct part *p, const struct op_body *body,
                         uint64_t registry_size, bool honest, unsigned at, int *role)
{
    const struct changeset *h = &p->segment.header;
    const struct office *office = office_of(m, &h->kid, registry_size),
                        *revoked = taken_back(m, &h->kid, registry_size);
    bool registry = m->ledger == m->rep->registry_ledger;
    if (revoked && (honest || vouches(m, revoked, &p->segment))) {
        office = word_on(m, &h->kid, registry_size, revoked);
        revoked = NULL;
    }
    *role = office ? office->role : -1;
    for (size_t i = 0; i < body->op_count; i++) {
        const struct op *op = &body->ops[i];
        const char *code = NULL;
        if (op->code >= OP_AUTHORITY && !is_ruling(op))
            continue;
        if (is_ruling(op))
            code = judge_ruling(m, op, &h->kid, registry_size);
        else if (!office)
            code = revoked ? "quarantined" : "no_grant";
        else if (*role == ROLE_AUDITOR)
            code = "writer";
        else if (!covers(office->scope, origin_code(&m->ledger->origin)))
            code = "scope";
        else if (op->code == OP_OUT || op->code == OP_IN)
            code = judge_move(m, op, office, at);
        else
            code = is_brought(body, i) ? judge_brought(op, at)
                                       : judge_op(op, *role, at, catalog_at(m, h->registry_size));
        if (code)
            return code;
    }
    for (size_t i = 0; registry && i < body->op_count; i++)
        if (body->ops[i].code >= OP_AUTHORITY && !registry_may(m, p->index, &h->kid))
            return "authority";
    return NULL;
}

static uint64_t registry_size_of(const model *m, const struct part *p)
{
    return m->ledger == m->rep->registry_ledger ? p->index : p->leaf.registry_size;
}

static void take_part(model *m, size_t at)
{
    struct part *p = &m->parts[at];
    uint64_t registry_size = registry_size_of(m, p);
    int64_t before = floor_of(m, p);
    for (uint32_t i = 0; i < p->segment.header.count; i++) {
        struct said_change c = {.part = at, .position = i, .role = -1, .place = p->index};
        c.ms = effective(m, p, p->segment.changes[i].hlc, before);
        c.catalog = catalog_at(m, registry_size);
        c.erased = segment_erased(&p->segment, i);
        c.readable = segment_body(&p->segment, i, &m->arena, &c.body, NULL) == ST_OK;
        if (!c.readable)
            c.void_code = "malformed";
        else
            c.void_code = judge(m, p, &c.body, registry_size, false, c.catalog, &c.role);
        before = p->last_ms = c.ms;
        m->changes =
            mem_grow(m->changes, &m->change_capacity, m->change_count + 1, sizeof(*m->changes));
        m->changes[m->change_count++] = c;
    }
}

/* ---- words about earlier changes ---- */

static bool speaks_of_authority(const struct said_change *c)
{
    for (size_t i = 0; i < c->body.op_count; i++)
        if (c->body.ops[i].code >= OP_AUTHORITY)
            return true;
    return false;
}

/* From this leaf on it counts, if nothing but a revocation stood against it. */
static void let_count(const model *m, struct said_change *c, uint64_t leaf)
{
    const struct part *p = &m->parts[c->part];
    unsigned at = catalog_at(m, registry_size_of(m, &m->parts[leaf]));
    int role;
    if (!c->void_code || c->never || c->body.op_count == 0 || speaks_of_authority(c) ||
        judge(m, p, &c->body, registry_size_of(m, p), true, at, &role) != NULL)
        return;
    c->void_code = NULL;
    c->place = leaf;
    c->catalog = at;
    c->role = role;
}

static bool is_target(const model *m, const struct said_change *c, const struct target *t)
{
    const struct segment *s = &m->parts[c->part].segment;
    struct hash leaf;
    if (t->is_changeset)
        return hash_equal(&t->changeset, &s->id);
    segment_change_leaf(s, c->position, &leaf);
    return reference_matches(&t->change, &s->header.kid, &s->header.chain,
                             s->header.first_seq + c->position, &leaf);
}

/* The changes before this leaf that a void or adopt names, in the order in which it does. */
static void obey(model *m, const struct op *op, uint64_t leaf)
{
    struct target targets[AUTHORITY_TARGETS_MAX];
    size_t count = 0;
    if ((op->code != OP_VOID && op->code != OP_ADOPT) ||
        targets_decode(op->raw, (enum authority_op_code)op->code, targets, &count, NULL) != ST_OK)
        return;
    for (size_t t = 0; t < count; t++)
        for (size_t i = 0; i < m->change_count; i++) {
            struct said_change *c = &m->changes[i];
            if (m->parts[c->part].index >= leaf || !is_target(m, c, &targets[t]))
                continue;
            if (op->code == OP_ADOPT)
                let_count(m, c, leaf);
            else if (c->readable && !speaks_of_authority(c)) {
                c->void_code = "voided";
                c->place = m->parts[c->part].index;
            }
        }
}

/* An order to erase an earlier change: whether that counts is settled with it. */
static void erase(model *m, const struct op *op, uint64_t leaf)
{
    struct target target = {0};
    struct op_body left;
    struct slice ops;
    if (op->code != OP_ERASE || erase_decode(op->raw, &target.change, &ops, NULL) != ST_OK ||
        op_redacted_parse(ops, &m->arena, &left, NULL) != ST_OK)
        return;
    for (size_t i = 0; i < m->change_count; i++) {
        struct said_change *c = &m->changes[i];
        if (m->parts[c->part].index >= leaf || !is_target(m, c, &target) || c->ordered ||
            speaks_of_authority(c))
            continue;
        c->ordered = true;
        if (left.op_count > 0) {
            c->void_code = NULL;
            continue;
        }
        c->never = true;
        c->void_code = "erased";
        c->place = m->parts[c->part].index;
    }
}

static void hear_the_county(model *m)
{
    for (size_t leaf = 0; leaf < m->part_count; leaf++) {
        const struct segment *head = &m->parts[leaf].segment;
        for (size_t i = 0; i < m->change_count; i++) {
            struct said_change *c = &m->changes[i];
            const struct part *p = &m->parts[c->part];
            const struct changeset *h = &p->segment.header;
            if (p->index < leaf && c->void_code && strcmp(c->void_code, "quarantined") == 0 &&
                hash_equal(&h->kid, &head->header.kid) &&
                memcmp(h->chain.b, head->header.chain.b, 8) == 0 &&
                vouches(m, taken_back(m, &h->kid, registry_size_of(m, p)), head))
                let_count(m, c, leaf);
        }
        for (size_t i = 0; i < m->change_count; i++)
            for (size_t o = 0; m->changes[i].part == leaf && !m->changes[i].void_code &&
                               o < m->changes[i].body.op_count;
                 o++) {
                obey(m, &m->changes[i].body.ops[o], leaf);
                erase(m, &m->changes[i].body.ops[o], leaf);
            }
    }
}

static int compare_places(const void *a, const void *b)
{
    const struct said_change *x = a, *y = b;
    if (x->place != y->place)
        return x->place < y->place ? -1 : 1;
    if (x->part != y->part)
        return x->part < y->part ? -1 : 1;
    return (x->position > y->position) - (x->position < y->position);
}

/* ---- one record: all that was ever said about it ---- */

struct heard {
    const struct said_change *by;
    const struct op *op;
    uint64_t leaf, place;
};

/* What an event is to the moves of its record. */
enum turn { SAYS, LEAVES, ARRIVES, ADDS, IDLE };

struct record {
    const model *m;
    uint32_t table;
    struct record_id id;
    struct heard *events; /* that count, in fold order */
    size_t count;
    enum turn *turns;    /* of each event */
    struct arena *arena; /* for looks aside */
    bool late;
};

/* Something said about one field (or two of a group), by event number. */
struct said {
    size_t by;
    struct value v[2];
    int rank;
    bool stands;
};

struct field {
    const struct type_field *type; /* NULL: existence */
    enum type_policy policy;       /* of the day of the last event */
    uint64_t limit;                /* what stands in leaves below it */
    bool arrived;                  /* from another ledger, last in this leaf: */
    uint64_t arrival;
    struct said *said;
    size_t count;
    struct value value;
    bool conflict;
};

static bool is_seen(const struct record *r, size_t earlier, size_t later)
{
    size_t a = r->events[earlier].by->part, b = r->events[later].by->part;
    if (a == b) /* one that was adopted counts after what its author did next */
        return r->events[earlier].by->position <= r->events[later].by->position;
    if (r->events[earlier].place != r->events[earlier].leaf)
        return r->events[earlier].place < r->m->parts[b].base ||
               r->m->handed[b * r->m->part_count + a];
    return *knows(r->m, b, a);
}

/* lww order of two events */
static int later_of(const struct record *r, size_t a, size_t b)
{
    const struct heard *x = &r->events[a], *y = &r->events[b];
    if (x->by->ms != y->by->ms)
        return x->by->ms < y->by->ms ? -1 : 1;
    return a < b ? -1 : a > b;
}

static bool writes(const struct op *op, uint32_t no, struct value *v)
{
    *v = value_null();
    if (op->code == OP_WITHDRAW)
        return op->field == no;
    if (op->code != OP_PUT && op->code != OP_RESOLVE)
        return false;
    for (uint32_t i = 0; i < op->field_count; i++)
        if (op->fields[i].field == no) {
            *v = op->fields[i].value;
            return true;
        }
    return false;
}

/* Does the catalog by which event i is folded know the field? */
static bool known_then(const struct record *r, size_t i, const struct type_field *f)
{
    return r->events[i].by->catalog >= f->since;
}

static bool names(const struct record *r, size_t by, size_t target)
{
    const struct said_change *t = r->events[target].by;
    const struct part *p = &r->m->parts[t->part];
    struct hash leaf;
    segment_change_leaf(&p->segment, t->position, &leaf);
    /* A change names what stands in any of its resolves. */
    for (size_t o = 0; o < r->events[by].by->body.op_count; o++) {
        const struct op *op = &r->events[by].by->body.ops[o];
        for (uint32_t i = 0; op->code == OP_RESOLVE && i < op->ref_count; i++)
            if (slice_equal(op->refs[i].kid, hash_slice(&p->segment.header.kid)) &&
                memcmp(op->refs[i].chain.p, p->segment.header.chain.b, 8) == 0 &&
                op->refs[i].seq == p->segment.header.first_seq + t->position &&
                memcmp(op->refs[i].leaf8.p, leaf.b, 8) == 0)
                return true;
    }
    return false;
}

/* ---- moves ---- */

static const struct op *greatest_hop(const struct record *r, size_t until, enum turn turn,
                                     size_t *at)
{
    const struct op *found = NULL;
    for (size_t i = 0; i < until; i++)
        if (r->turns[i] == turn && (!found || r->events[i].op->hop > found->hop)) {
            found = r->events[i].op;
            *at = i;
        }
    return found;
}

/* Is event i an edit of a record that is away? What who sent it off says in the same breath is not.
 */
static bool behind_its_back(const struct record *r, size_t i)
{
    size_t left, came;
    const struct op *out = greatest_hop(r, i, LEAVES, &left),
                    *in = greatest_hop(r, i, ARRIVES, &came);
    return out && (!in || out->hop > in->hop) && r->events[left].by != r->events[i].by;
}

static enum turn turn_of(const struct record *r, size_t i)
{
    const struct op *op = r->events[i].op, *in;
    size_t came;
    if (op->code <= OP_RESOLVE)
        return SAYS;
    if (op->code == OP_OUT) {
        for (size_t k = 0; k < i; k++)
            if (r->turns[k] == LEAVES && r->events[k].op->hop == op->hop)
                return IDLE;
        return LEAVES;
    }
    if (op->code != OP_IN)
        return IDLE; /* a link says nothing of the record itself */
    in = greatest_hop(r, i, ARRIVES, &came);
    if (in && in->hop == op->hop && slice_equal(in->origin, op->origin))
        return ADDS;
    return !in || op->hop > in->hop ? ARRIVES : IDLE;
}

static void put_moves(struct buf *out, const struct record *r)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->turns[i] == LEAVES || r->turns[i] == ARRIVES)
            buf_printf(out, " %s %u %.*s", r->turns[i] == LEAVES ? "out" : "in",
                       r->events[i].op->hop, (int)r->events[i].op->origin.n,
                       (const char *)r->events[i].op->origin.p);
}

/* What an `in` brings for this field. */
static bool brings(const struct op *op, uint32_t no, struct value *v)
{
    *v = value_null();
    for (uint32_t i = 0; i < op->field_count; i++)
        if (op->fields[i].field == no) {
            *v = op->fields[i].value;
            return true;
        }
    return false;
}

/* In whose rank: by the word beside it, as in "C:rs,T,V". */
static int brought_rank(const struct op *op, uint32_t no)
{
    static const char *const words[] = {"C:rs", "T", "V"};
    struct value word;
    brings(op, OP_IN_WRITER + no, &word);
    for (int i = 0; i < 3; i++)
        if (word.kind == VALUE_TEXT && slice_equal(word.s, slice_str(words[i])))
            return i + 1;
    return 255;
}

static void say(struct field *f, const struct said *said)
{
    f->said[f->count++] = *said;
}

/* Values that lost unasked. One that loses again is told of by its last winner. */
struct reports {
    size_t count;
    struct lost {
        uint32_t no;
        const struct said_change *loser, *winner;
        const char *why;
    } lost[512];
};

/* lost: the value that did; nothing is told of one that was erased. */
static void report(const struct record *r, struct reports *reports, uint32_t no, size_t loser,
                   size_t winner, const char *why, const struct value *lost)
{
    size_t i = 0;
    if (!reports || lost->kind == VALUE_ERASED)
        return;
    const struct said_change *l = r->events[loser].by;
    while (i < reports->count && (reports->lost[i].no != no || reports->lost[i].loser != l))
        i++;
    CHECK(i < ARRAY_LENGTH(reports->lost));
    reports->count += i == reports->count;
    reports->lost[i] = (struct lost){no, l, r->events[winner].by, why};
}

static void put_reports(const struct record *r, const struct reports *reports, const char *hex,
                        struct buf *out)
{
    for (size_t i = 0; i < reports->count; i++) {
        const struct lost *lost = &reports->lost[i];
        buf_printf(out, "overruled %u %s %u %llu.%u by %llu.%u %s\n", r->table, hex, lost->no,
                   (unsigned long long)r->m->parts[lost->loser->part].index, lost->loser->position,
                   (unsigned long long)r->m->parts[lost->winner->part].index,
                   lost->winner->position, lost->why);
    }
}

/* ---- lww, authority, append, worst ---- */

/* The greatest standing among those of this rank before event `until`. */
static struct said *greatest(const struct record *r, struct field *f, int rank)
{
    struct said *best = NULL;
    for (size_t i = 0; i < f->count; i++)
        if (f->said[i].rank == rank && (!best || later_of(r, f->said[i].by, best->by) >= 0))
            best = &f->said[i];
    return best;
}

static void say_lww(const struct record *r, struct field *f, size_t i, const struct value *v,
                    int rank, struct reports *reports)
{
    struct said *before = greatest(r, f, rank);
    if (before && !is_seen(r, before->by, i) && !value_equal(&before->v[0], v)) {
        bool wins = later_of(r, i, before->by) >= 0;
        report(r, reports, f->type->no, wins ? before->by : i, wins ? i : before->by, "later",
               wins ? &before->v[0] : v);
    }
    say(f, &(struct said){.by = i, .v = {*v}, .rank = rank});
    for (size_t k = 0; k < f->count; k++)
        f->said[k].stands &= f->said[k].rank != rank;
    struct said *best = greatest(r, f, rank);
    best->stands = true;
}

static void say_append(const struct record *r, struct field *f, size_t i, const struct value *v,
                       size_t created, struct reports *reports)
{
    bool creating = r->events[i].by == r->events[created].by;
    const struct said *stands = NULL;
    for (size_t k = 0; k < f->count; k++)
        if (f->said[k].stands)
            stands = &f->said[k];
    if (!creating) {
        const struct value nothing = value_null();
        if (!value_equal(stands ? &stands->v[0] : &nothing, v))
            report(r, reports, f->type->no, i, stands ? stands->by : created, "append", v);
        return;
    }
    for (size_t k = 0; k < f->count; k++)
        f->said[k].stands = false;
    say(f, &(struct said){.by = i, .v = {*v}, .stands = true});
}

static int badness(const struct value *v)
{
    static const char *const words[] = {"lost", "hurt", "safe"};
    if (v->kind == VALUE_ERASED)
        return 4;
    for (int i = 0; i < 3; i++)
        if (v->kind == VALUE_TEXT && slice_equal(v->s, slice_str(words[i])))
            return i;
    return 3;
}

static struct said *worst(const struct record *r, struct field *f)
{
    struct said *worst = NULL;
    for (size_t k = 0; k < f->count; k++) {
        struct said *s = &f->said[k];
        if (!s->stands)
            continue;
        int d = worst ? badness(&s->v[0]) - badness(&worst->v[0]) : -1;
        if (d < 0 || (d == 0 && later_of(r, s->by, worst->by) >= 0))
            worst = s;
    }
    return worst;
}

static void say_worst(const struct record *r, struct field *f, size_t i, const struct value *v,
                      struct reports *reports)
{
    for (size_t k = 0; k < f->count; k++)
        if (is_seen(r, f->said[k].by, i))
            f->said[k].stands = false;
    const struct said *before = worst(r, f);
    size_t rival = before ? before->by : i;
    const struct value rivals = before ? before->v[0] : *v;
    bool differs = before && !value_equal(&before->v[0], v);
    say(f, &(struct said){.by = i, .v = {*v}, .stands = true});
    bool wins = worst(r, f)->by == i;
    if (differs)
        report(r, reports, f->type->no, wins ? rival : i, wins ? i : rival, "later",
               wins ? &rivals : v);
}

/* ---- candidates ---- */

static bool same(const struct said *a, const struct said *b)
{
    return value_equal(&a->v[0], &b->v[0]) && value_equal(&a->v[1], &b->v[1]);
}

static bool declared(const struct value *from, const struct value *to)
{
    static const char *const steps[][2] = {{"", "draft"},
                                           {"draft", "public"},
                                           {"draft", "dropped"},
                                           {"public", "draft"},
                                           {"public", "dropped"}};
    struct slice a = from->kind == VALUE_TEXT ? from->s : SLICE_NONE;
    struct slice b = to->kind == VALUE_TEXT ? to->s : SLICE_NONE;
    if ((from->kind != VALUE_TEXT && from->kind != VALUE_NULL) || to->kind != VALUE_TEXT)
        return false;
    for (size_t i = 0; i < 5; i++)
        if (slice_equal(a, slice_str(steps[i][0])) && slice_equal(b, slice_str(steps[i][1])))
            return true;
    return false;
}

/* It was erased: something stands there, and nobody knows what. */
static bool is_gone(const struct said *s)
{
    return s->v[0].kind == VALUE_ERASED;
}

static bool saw_what_is_gone(const struct record *r, const struct field *f, size_t i)
{
    for (size_t k = 0; k < f->count; k++)
        if (f->said[k].stands && is_gone(&f->said[k]) && is_seen(r, f->said[k].by, i))
            return true;
    return false;
}

/* What the author of event i had seen of what stands: how many different values, and one of them.
 */
static size_t saw(const struct record *r, const struct field *f, size_t i, const struct said **one)
{
    const struct said *seen[2];
    size_t n = 0;
    *one = NULL;
    for (size_t k = 0; k < f->count && n < 2; k++) {
        const struct said *s = &f->said[k];
        if (!s->stands || is_gone(s) || !is_seen(r, s->by, i) || (n == 1 && same(seen[0], s)))
            continue;
        seen[n++] = s;
    }
    *one = n ? seen[0] : NULL;
    return n;
}

static void drop_seen(const struct record *r, struct field *f, size_t i)
{
    for (size_t k = 0; k < f->count; k++)
        if (is_seen(r, f->said[k].by, i))
            f->said[k].stands = false;
}

static const struct said *first_standing(const struct field *f)
{
    for (size_t k = 0; k < f->count; k++)
        if (f->said[k].stands)
            return &f->said[k];
    return NULL;
}

static void say_review(const struct record *r, struct field *f, size_t i, const struct said *next)
{
    const struct said *one;
    if (saw(r, f, i, &one) <= 1)
        drop_seen(r, f, i);
    say(f, next);
}

static void say_once(const struct record *r, struct field *f, size_t i, const struct said *next)
{
    const struct said *first = first_standing(f);
    size_t standing = 0;
    for (size_t k = 0; k < f->count; k++) {
        standing += f->said[k].stands;
        if (f->said[k].stands && value_equal(&f->said[k].v[0], &next->v[0]))
            return;
    }
    if (standing == 0 ? next->v[0].kind == VALUE_NULL : is_gone(next))
        return;
    if (standing == 1 && first->v[0].kind == VALUE_NULL)
        drop_seen(r, f, i);
    say(f, next);
}

static void tell_until(const struct record *r, const struct type_field *type, size_t until,
                       struct field *f);

/* The rules of steps (types.c, rules of table 1), each said once more: dropping what is public is
 * for the township and above; nothing becomes public that has no phone, two of them, or somebody
 * lost. What was erased forbids nothing. */
static bool forbidden(const struct record *r, const struct field *f, size_t i,
                      const struct value *from, const struct value *to)
{
    unsigned role = r->events[i].by->role;
    if (f->type->table != TABLE_THING || f->type->no != 7 || from->kind != VALUE_TEXT)
        return false;
    bool was_public = slice_equal(from->s, slice_str("public"));
    if (was_public && slice_equal(to->s, slice_str("dropped")))
        return role != ROLE_TOWNSHIP && role != ROLE_RS && role != ROLE_REGISTRAR;
    if (!slice_equal(from->s, slice_str("draft")) || !slice_equal(to->s, slice_str("public")))
        return false;
    unsigned version = r->events[i].by->catalog;
    struct field phone, roll;
    tell_until(r, type_field(TABLE_THING, 3, version), i, &phone);
    tell_until(r, type_field(TABLE_THING, 8, version), i, &roll);
    if (phone.conflict || phone.value.kind == VALUE_NULL)
        return true;
    return !roll.conflict && roll.value.kind == VALUE_TEXT &&
           slice_equal(roll.value.s, slice_str("lost"));
}

static void say_step(const struct record *r, struct field *f, size_t i, const struct value *from,
                     const struct said *next, size_t created, struct reports *reports)
{
    const struct said *one, *stands = first_standing(f);
    const struct value nothing = value_null();
    const bool gone = from && (from->kind == VALUE_ERASED || is_gone(next)); /* it was legal */
    if (!from ||
        (!gone && (!declared(from, &next->v[0]) || forbidden(r, f, i, from, &next->v[0])))) {
        if (!value_equal(stands ? &stands->v[0] : &nothing, &next->v[0]))
            report(r, reports, f->type->no, i, stands ? stands->by : created, "illegal_step",
                   &next->v[0]);
        return;
    }
    size_t n = saw(r, f, i, &one);
    if (n == 1 ? from->kind == VALUE_ERASED || value_equal(&one->v[0], from)
               : n == 0 && saw_what_is_gone(r, f, i))
        drop_seen(r, f, i);
    say(f, next);
}

static void say_state_put(const struct record *r, struct field *f, size_t i,
                          const struct said *next, size_t created, struct reports *reports)
{
    const struct said *one;
    size_t n = saw(r, f, i, &one);
    const struct value nothing =
        n == 0 && saw_what_is_gone(r, f, i) ? value_erased() : value_null();
    bool saw_empty = n == 0 || (n == 1 && one->v[0].kind == VALUE_NULL);
    if (saw_empty && next->v[0].kind == VALUE_NULL)
        return;
    say_step(r, f, i, saw_empty ? &nothing : NULL, next, created, reports);
}

static void decide(const struct record *r, struct field *f, size_t i, const struct said *next)
{
    for (size_t k = 0; k < f->count; k++)
        if (names(r, i, f->said[k].by) && is_seen(r, f->said[k].by, i))
            f->said[k].stands = false;
    say(f, next);
}

/* Of a state, only among what stands: a decision is no step. */
static void decide_state(const struct record *r, struct field *f, size_t i, const struct said *next,
                         size_t created, struct reports *reports)
{
    bool stands = is_gone(next);
    for (size_t k = 0; k < f->count; k++)
        stands |= f->said[k].stands && value_equal(&f->said[k].v[0], &next->v[0]);
    if (stands)
        decide(r, f, i, next);
    else
        say_step(r, f, i, NULL, next, created, reports); /* from nowhere: refused */
}

/* The sum so far stands, which stays within 64 bits. */
static void say_more(struct field *f, size_t i, int64_t delta)
{
    const struct said *before = first_standing(f);
    int64_t sum = before ? before->v[0].i : 0;
    if (delta > 0 && sum > INT64_MAX - delta)
        sum = INT64_MAX;
    else if (delta < 0 && sum < INT64_MIN - delta)
        sum = INT64_MIN;
    else
        sum += delta;
    f->count = 0;
    say(f, &(struct said){.by = i, .v = {value_int(sum)}, .stands = true});
}

/* ---- a field, by its policy ---- */

static void say_field(const struct record *r, struct field *f, size_t i, size_t created,
                      struct reports *reports)
{
    const struct type_field *t = f->type;
    const struct op *op = r->events[i].op;
    struct said next = {.by = i, .stands = true};
    if (f->policy == STATE && op->code == OP_STATE && op->field == t->no) {
        next.v[0] = op->to;
        say_step(r, f, i, &op->from, &next, created, reports);
        return;
    }
    if (f->policy == COUNTER && op->code == OP_COUNTER && op->field == t->no)
        say_more(f, i, op->delta);
    if (!writes(op, t->no, &next.v[0]))
        return;
    if (t->beside)
        writes(op, t->beside, &next.v[1]);
    bool decides = op->code == OP_RESOLVE;
    switch (f->policy) {
    case LWW:
        say_lww(r, f, i, &next.v[0], 0, reports);
        break;
    case AUTHORITY:
        say_lww(r, f, i, &next.v[0], (int)type_rank((enum type_role)r->events[i].by->role),
                reports);
        break;
    case APPEND:
        say_append(r, f, i, &next.v[0], created, reports);
        break;
    case WORST:
        say_worst(r, f, i, &next.v[0], reports);
        break;
    case REVIEW:
        decides ? decide(r, f, i, &next) : say_review(r, f, i, &next);
        break;
    case ONCE:
        decides ? decide(r, f, i, &next) : say_once(r, f, i, &next);
        break;
    case STATE:
        decides ? decide_state(r, f, i, &next, created, reports)
                : say_state_put(r, f, i, &next, created, reports);
        break;
    default:
        break;
    }
}

/* An `in`: whatever the policy's steps, it replaces what its author had seen. */
static void say_brought(const struct record *r, struct field *f, size_t i, struct reports *reports)
{
    const struct op *op = r->events[i].op;
    struct said next = {.by = i, .stands = true};
    if (!brings(op, f->type->no, &next.v[0]))
        return;
    if (f->type->beside)
        brings(op, f->type->beside, &next.v[1]);
    switch (f->policy) {
    case LWW:
        say_lww(r, f, i, &next.v[0], 0, reports);
        break;
    case AUTHORITY:
        say_lww(r, f, i, &next.v[0], brought_rank(op, f->type->no), reports);
        break;
    case WORST:
        say_worst(r, f, i, &next.v[0], reports);
        break;
    case COUNTER:
        if (r->turns[i] == ADDS || next.v[0].kind != VALUE_INT)
            return;
        f->count = 0;
        say(f, &next);
        break;
    case APPEND:
        f->count = 0;
        say(f, &next);
        break;
    default:
        drop_seen(r, f, i);
        say(f, &next);
        break;
    }
}

static void in_force(const struct record *r, struct field *f, struct arena *arena);

/* From here on by the policies of this catalog. If the field has another one now, its value in
 * force is all that stands, where the first stood. */
static void go_by(const struct record *r, struct field *f, unsigned version, struct arena *arena)
{
    enum type_policy policy = type_policy_at(f->type, version);
    const struct said *first = first_standing(f);
    if (policy != f->policy && first) {
        struct said sole = {.by = first->by, .stands = true};
        in_force(r, f, arena);
        sole.v[0] = f->value;
        sole.rank = policy == AUTHORITY ? 255 : 0;
        f->count = 0;
        if (policy != COUNTER || f->value.kind == VALUE_INT)
            say(f, &sole);
    }
    f->policy = policy;
}

/* The field over all events before leaf `limit`. */
static void tell_field(const struct record *r, const struct type_field *type, uint64_t limit,
                       size_t created, struct reports *reports, struct arena *arena,
                       struct field *f)
{
    *f = (struct field){.type = type, .policy = type->policies[0], .limit = limit};
    f->said = arena_alloc(arena, (r->count + 1) * sizeof(*f->said));
    for (size_t i = 0; i < r->count && r->events[i].place < limit; i++) {
        if (r->turns[i] == ARRIVES) {
            f->count = 0;
            f->arrived = true;
            f->arrival = r->events[i].place;
        }
        if (!known_then(r, i, type))
            continue;
        go_by(r, f, r->events[i].by->catalog, arena);
        if (r->turns[i] == SAYS)
            say_field(r, f, i, created, reports);
        else if (r->turns[i] == ARRIVES || r->turns[i] == ADDS)
            say_brought(r, f, i, reports);
    }
    in_force(r, f, arena);
}

/* The field as it stands when event `until` comes, by the policies of that event's day. */
static void tell_until(const struct record *r, const struct type_field *type, size_t until,
                       struct field *f)
{
    struct record before = *r;
    const unsigned version = r->events[until].by->catalog;
    before.count = until;
    tell_field(&before, type, NEVER, 0, NULL, r->arena, f);
    if (type_policy_at(type, version) != f->policy) {
        go_by(&before, f, version, r->arena);
        in_force(&before, f, r->arena);
    }
}

static bool is_known(const struct value *v)
{
    return v->kind != VALUE_NULL && v->kind != VALUE_ERASED;
}

/* Both fields of the group say the same about every event, so one of them tells of both. */
static void value_at(const struct record *r, const struct type_field *type, uint64_t limit,
                     struct arena *arena, struct value out[2], bool *found)
{
    struct field f, beside;
    tell_field(r, type, limit, 0, NULL, arena, &f);
    out[0] = f.value;
    out[1] = value_null();
    if (type->beside) {
        tell_field(r, type_field(r->table, type->beside, type->since), limit, 0, NULL, arena,
                   &beside);
        out[1] = beside.value;
    }
    *found = is_known(&out[0]) || is_known(&out[1]);
}

static void candidates_in_force(const struct record *r, struct field *f, struct arena *arena)
{
    const struct said *first = first_standing(f), *earliest;
    uint64_t smallest = NEVER;
    for (size_t k = f->count; k-- > 0;) /* what was erased gives way */
        if (f->said[k].stands && !is_gone(&f->said[k]))
            first = &f->said[k];
    earliest = first;
    f->value = first ? first->v[0] : value_null();
    for (size_t k = 0; k < f->count; k++) {
        const struct said *s = &f->said[k];
        if (!s->stands)
            continue;
        f->conflict |= !is_gone(s) && !same(first, s);
        if (!is_gone(s) && later_of(r, s->by, earliest->by) < 0)
            earliest = s;
        uint64_t base = r->m->parts[r->events[s->by].by->part].base;
        if (base < smallest)
            smallest = base;
    }
    if (!f->conflict || f->policy == ONCE)
        return;
    if (f->arrived && smallest <= f->arrival)
        smallest = f->arrival + 1; /* no past before it came */
    struct value v[2];
    bool found = false;
    if (smallest < f->limit) /* two brought it in one leaf: there is no past without both */
        value_at(r, f->type, smallest, arena, v, &found);
    f->value = found ? v[0] : earliest->v[0];
}

static void in_force(const struct record *r, struct field *f, struct arena *arena)
{
    f->conflict = false;
    switch (f->policy) {
    case REVIEW:
    case ONCE:
    case STATE:
        candidates_in_force(r, f, arena);
        break;
    case WORST: {
        const struct said *s = worst(r, f);
        f->value = s ? s->v[0] : value_null();
        break;
    }
    default: { /* lww, append: the one; authority: of the highest rank that says something */
        const struct said *best = NULL;
        for (size_t k = 0; k < f->count; k++) {
            const struct said *s = &f->said[k];
            if (!s->stands || s->v[0].kind == VALUE_NULL)
                continue;
            if (!best || is_gone(best) > is_gone(s) ||
                (is_gone(best) == is_gone(s) && s->rank < best->rank))
                best = s;
        }
        f->value = best ? best->v[0] : value_null();
    }
    }
}

/* ---- sets, existence ---- */

static void tell_set(const struct record *r, struct field *f)
{
    for (size_t i = 0; i < r->count; i++) {
        const struct op *op = r->events[i].op;
        if (r->turns[i] == ARRIVES)
            f->count = 0;
        if (op->code != OP_SET || op->field != f->type->no || !known_then(r, i, f->type))
            continue;
        for (size_t k = 0; k < f->count; k++)
            for (uint32_t e = 0; e < op->remove_count; e++)
                if (value_equal(&f->said[k].v[0], &op->removes[e]) && is_seen(r, f->said[k].by, i))
                    f->said[k].stands = false;
        for (uint32_t e = 0; e < op->add_count; e++) {
            for (size_t k = 0; k < f->count; k++)
                if (value_equal(&f->said[k].v[0], &op->adds[e]) && is_seen(r, f->said[k].by, i))
                    f->said[k].stands = false;
            if (is_known(&op->adds[e]))
                say(f, &(struct said){.by = i, .v = {op->adds[e]}, .stands = true});
        }
    }
}

/* Candidates 0 and 1; edits say 1 unless their author knew the record deleted and nothing else. */
/* After the first `until` events. */
static void tell_existence(const struct record *r, size_t until, struct field *f)
{
    for (size_t i = 0; i < until; i++) {
        const struct op *op = r->events[i].op;
        struct value decided = value_null();
        if (r->turns[i] == ARRIVES) {
            f->count = 0;
            say(f, &(struct said){.by = i, .v = {value_int(1)}, .stands = true});
        }
        if (r->turns[i] != SAYS && r->turns[i] != ADDS)
            continue;
        bool decides =
            op->code == OP_RESOLVE && writes(op, 0, &decided) && decided.kind == VALUE_INT;
        bool says = op->code == OP_DELETE || op->code == OP_RESTORE;
        bool saw_gone = false, saw_there = false;
        for (size_t k = 0; k < f->count; k++)
            if (f->said[k].stands && is_seen(r, f->said[k].by, i)) {
                saw_gone |= f->said[k].v[0].i == 0;
                saw_there |= f->said[k].v[0].i == 1;
            }
        struct said next = {.by = i, .stands = true};
        next.v[0] = value_int(decides ? decided.i != 0 : op->code != OP_DELETE);
        if (!decides && !says && saw_gone && !saw_there)
            continue;
        for (size_t k = 0; k < f->count; k++) {
            struct said *s = &f->said[k];
            if (!is_seen(r, s->by, i))
                continue;
            if (decides)
                s->stands &= !names(r, i, s->by);
            else if (says)
                s->stands &= saw_gone && saw_there;
            else
                s->stands &= s->v[0].i == 0;
        }
        say(f, &next);
    }
    bool gone = false, there = false;
    for (size_t k = 0; k < f->count; k++) {
        gone |= f->said[k].stands && f->said[k].v[0].i == 0;
        there |= f->said[k].stands && f->said[k].v[0].i == 1;
    }
    f->value = value_int(there);
    f->conflict = gone && there;
}

/* Does an edit stand, since the record came, of which the author of event i did not know? One that
 * somebody knew whose own edit he knew is not meant: that one stands in its place. */
static bool ignorant(const struct record *r, size_t i, struct arena *arena)
{
    struct field f = {.said = arena_alloc(arena, (i + 1) * sizeof(*f.said))};
    tell_existence(r, i, &f);
    for (size_t k = 0; k < f.count; k++)
        if (f.said[k].stands && !is_seen(r, f.said[k].by, i))
            return true;
    return false;
}

static void follow_moves(struct record *r, struct arena *arena)
{
    r->turns = arena_alloc(arena, (r->count + 1) * sizeof(*r->turns));
    for (size_t i = 0; i < r->count; i++) {
        r->turns[i] = turn_of(r, i);
        if (r->turns[i] == LEAVES || r->turns[i] == ARRIVES)
            r->late |= ignorant(r, i, arena);
        if (r->turns[i] == SAYS || r->turns[i] == ADDS)
            r->late |= behind_its_back(r, i);
    }
}

/* ---- links ---- */

static const struct record_id *second_of(const struct op *op, const struct record_id *one)
{
    return record_id_equal(&op->record, one) ? &op->other : &op->record;
}

/* What event i says of its pair stands until somebody who has seen it says anything of the same
 * pair. */
static bool link_stands(const struct record *r, size_t i)
{
    const struct record_id *other = second_of(r->events[i].op, &r->id);
    for (size_t k = i + 1; k < r->count; k++)
        if (r->events[k].op->code == OP_LINK &&
            record_id_equal(second_of(r->events[k].op, &r->id), other) && is_seen(r, i, k))
            return false;
    return true;
}

static bool links_to(const struct record *r, const struct record_id *other)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->events[i].op->code == OP_LINK && r->events[i].op->link &&
            record_id_equal(second_of(r->events[i].op, &r->id), other) && link_stands(r, i))
            return true;
    return false;
}

/* ---- writing it down ---- */

static void put_value(struct buf *out, const struct value *v)
{
    switch (v->kind) {
    case VALUE_NULL:
        buf_put_str(out, "null");
        break;
    case VALUE_INT:
        buf_printf(out, "%lld", (long long)v->i);
        break;
    case VALUE_DECIMAL:
        buf_printf(out, "%llde%d", (long long)v->i, v->exponent);
        break;
    case VALUE_TEXT:
        buf_printf(out, "\"%.*s\"", (int)v->s.n, (const char *)v->s.p);
        break;
    case VALUE_ERASED:
        buf_put_str(out, "erased");
        break;
    case VALUE_BYTES:
        for (size_t i = 0; i < v->s.n; i++)
            buf_printf(out, "%02x", v->s.p[i]);
    }
}

static void put_stamp(struct buf *out, const struct heard *e)
{
    buf_printf(out, "[%llu.%u", (unsigned long long)e->leaf, e->by->position);
    if (e->place != e->leaf)
        buf_printf(out, " from %llu", (unsigned long long)e->place);
    buf_printf(out, " @%lld", (long long)e->by->ms);
}

static void put_field(struct buf *out, const struct record *r, uint32_t no, const struct field *f)
{
    if (!first_standing(f))
        return;
    buf_printf(out, "  %u ", no);
    put_value(out, &f->value);
    if (f->conflict)
        buf_put_str(out, " conflict");
    for (size_t k = 0; k < f->count; k++) {
        const struct said *s = &f->said[k];
        const struct heard *e = &r->events[s->by];
        if (!s->stands)
            continue;
        buf_put_u8(out, ' ');
        put_stamp(out, e);
        if (s->rank)
            buf_printf(out, " r%d", s->rank);
        buf_put_u8(out, ' ');
        put_value(out, &s->v[0]);
        buf_put_u8(out, ']');
    }
    buf_put_u8(out, '\n');
}

static void put_conflict(struct buf *out, const struct record *r, const char *hex, uint32_t no,
                         bool conflict)
{
    if (conflict)
        buf_printf(out, "conflict %u %s %u\n", r->table, hex, no);
}

/* Told with the smaller id of the pair. */
static bool put_links(struct buf *out, const struct record *r)
{
    bool any = false;
    for (size_t i = 0; i < r->count; i++) {
        const struct heard *e = &r->events[i];
        char hex[RECORD_ID_TEXT];
        if (e->op->code != OP_LINK || !link_stands(r, i))
            continue;
        const struct record_id *other = second_of(e->op, &r->id);
        if (memcmp(r->id.b, other->b, RECORD_ID_SIZE) > 0)
            continue;
        record_id_format(other, hex);
        buf_printf(out, "  %s %s ", e->op->link ? "same" : "apart", hex);
        put_stamp(out, e);
        buf_put_str(out, "]\n");
        any = true;
    }
    return any;
}

static void dump_record(const struct record *r, unsigned version, struct buf *out,
                        struct buf *tables, struct buf *reports)
{
    struct arena arena = {0};
    struct field fields[32] = {0};
    struct reports *told = arena_alloc(&arena, sizeof(*told));
    size_t created = 0;
    bool conflict = false;
    char hex[RECORD_ID_TEXT];
    told->count = 0;
    record_id_format(&r->id, hex);
    while (created < r->count && r->turns[created] != SAYS && r->turns[created] != ARRIVES)
        created++;
    bool moved = false;
    for (size_t i = 0; i < r->count; i++)
        moved |= r->turns[i] == LEAVES;
    if (created == r->count && !moved) { /* only named by a link */
        struct buf links;
        buf_init(&links, DUMP_MAX);
        if (put_links(&links, r)) {
            buf_printf(out, "%s %s deleted\n", type_table_name(r->table), hex);
            buf_put_slice(out, buf_slice(&links));
        }
        buf_release(&links);
        return;
    }
    fields[0].said = arena_alloc(&arena, (r->count + 1) * sizeof(struct said));
    tell_existence(r, r->count, &fields[0]);
    for (uint32_t no = 1; no < 32; no++) {
        const struct type_field *type = type_field(r->table, no, version);
        size_t room = 1;
        if (!type)
            continue;
        if (type->policies[0] != SET) {
            tell_field(r, type, NEVER, created, told, &arena, &fields[no]);
            go_by(r, &fields[no], version, &arena);
            in_force(r, &fields[no], &arena);
            continue;
        }
        for (size_t i = 0; i < r->count; i++)
            room += 1 + r->events[i].op->add_count;
        fields[no] = (struct field){.type = type};
        fields[no].said = arena_alloc(&arena, room * sizeof(struct said));
        tell_set(r, &fields[no]);
    }
    for (uint32_t no = 0; no < 32; no++) {
        conflict |= fields[no].conflict;
        put_conflict(tables, r, hex, no, fields[no].conflict);
    }
    buf_printf(out, "%s %s%s%s%s", type_table_name(r->table), hex,
               fields[0].value.i ? "" : " deleted", conflict ? " conflict" : "",
               r->late ? " late" : "");
    put_moves(out, r);
    buf_put_u8(out, '\n');
    for (uint32_t no = 0; no < 32; no++)
        put_field(out, r, no, &fields[no]);
    put_links(out, r);
    put_reports(r, told, hex, reports);
    arena_release(&arena);
}

static int compare_records(const void *a, const void *b)
{
    const struct record *x = a, *y = b;
    if (x->table != y->table)
        return x->table < y->table ? -1 : 1;
    return memcmp(x->id.b, y->id.b, RECORD_ID_SIZE);
}

static struct record *record_for(struct record **records, size_t *count, size_t *capacity,
                                 const model *m, uint32_t table, const struct record_id *id)
{
    for (size_t i = 0; i < *count; i++)
        if ((*records)[i].table == table && record_id_equal(&(*records)[i].id, id))
            return &(*records)[i];
    *records = mem_grow(*records, capacity, *count + 1, sizeof(**records));
    struct record *r = &(*records)[(*count)++];
    *r = (struct record){.m = m, .table = table, .id = *id};
    return r;
}

static void hear(model *m, struct record *r, const struct said_change *by, const struct op *op)
{
    struct heard *events = arena_alloc(&m->arena, (r->count + 1) * sizeof(*events));
    if (r->count)
        memcpy(events, r->events, r->count * sizeof(*events));
    events[r->count] =
        (struct heard){.by = by, .op = op, .leaf = m->parts[by->part].index, .place = by->place};
    r->events = events;
    r->count++;
}

/* All records that the ledger tells of, by table and id. The caller frees them. */
static struct record *gather_records(model *m, size_t *out_count)
{
    struct record *records = NULL;
    size_t count = 0, capacity = 0;
    for (size_t i = 0; i < m->change_count; i++) {
        const struct said_change *c = &m->changes[i];
        for (size_t o = 0; !c->void_code && o < c->body.op_count; o++) {
            const struct op *op = &c->body.ops[o];
            bool table_known =
                op->table == TABLE_LATE ? c->catalog >= 2 : op->table >= 1 && op->table <= 2;
            if (op->code > OP_IN || !table_known)
                continue;
            hear(m, record_for(&records, &count, &capacity, m, op->table, &op->record), c, op);
            if (op->code == OP_LINK)
                hear(m, record_for(&records, &count, &capacity, m, op->table, &op->other), c, op);
        }
    }
    if (count)
        qsort(records, count, sizeof(*records), compare_records);
    for (size_t i = 0; i < count; i++) {
        records[i].arena = &m->arena;
        follow_moves(&records[i], &m->arena);
    }
    *out_count = count;
    return records;
}

static void dump_records(model *m, unsigned version, struct buf *out, struct buf *tables,
                         struct buf *reports)
{
    size_t count;
    struct record *records = gather_records(m, &count);
    for (size_t i = 0; i < count; i++)
        dump_record(&records[i], version, out, tables, reports);
    mem_free(records);
}

/* ---- lines: sorted, so that no side depends on the other's order ---- */

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The pieces of one buffer that `separator` ends, sorted and joined again. */
static void put_sorted(struct buf *from, char separator, struct buf *out)
{
    char *pieces[4096];
    size_t n = 0;
    buf_put_u8(from, 0);
    for (char *p = (char *)from->p; *p;) {
        char *end = strchr(p, separator);
        CHECK(end && n < ARRAY_LENGTH(pieces));
        *end = 0;
        pieces[n++] = p;
        p = end + 1;
    }
    qsort(pieces, n, sizeof(pieces[0]), compare_lines);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && separator == '\n' && strcmp(pieces[i], pieces[i - 1]) == 0)
            continue;
        buf_put_str(out, pieces[i]);
        buf_put_u8(out, (uint8_t)separator);
    }
}

/* Sorts the claims, each " […]", of every field line. */
static void put_with_sorted_claims(const char *text, struct buf *out)
{
    while (*text) {
        size_t n = strcspn(text, "\n") + 1;
        const char *claims = memchr(text, '[', n);
        if (text[0] == ' ' && claims) {
            struct buf piece;
            buf_init(&piece, DUMP_MAX);
            buf_put(out, text, (size_t)(claims - 1 - text));
            buf_put(&piece, claims - 1, n - 1 - (size_t)(claims - 1 - text));
            put_sorted(&piece, ']', out);
            buf_put_u8(out, '\n');
            buf_release(&piece);
        } else {
            buf_put(out, text, n);
        }
        text += n;
    }
}

static enum status read_model(model *m, struct replica *rep, struct ledger *ledger, uint64_t size,
                              struct error *err)
{
    *m = (model){.rep = rep, .ledger = ledger};
    enum status st = read_registry(m, err);
    if (st == ST_OK)
        st = read_parts(m, ledger, size, &m->parts, err);
    if (st != ST_OK)
        return st;
    m->part_count = size;
    draw_knowledge(m);
    for (size_t i = 0; i < size; i++)
        take_part(m, i);
    hear_the_county(m);
    if (m->change_count)
        qsort(m->changes, m->change_count, sizeof(*m->changes), compare_places);
    return st;
}

static void forget_model(model *m)
{
    mem_free(m->offices);
    mem_free(m->changes);
    arena_release(&m->arena);
}

enum status model_dump(struct replica *rep, struct ledger *ledger, uint64_t size, bool conflicts,
                       struct buf *out, struct error *err)
{
    model m;
    struct buf text, tables, reports;
    buf_init(&text, DUMP_MAX);
    buf_init(&tables, DUMP_MAX);
    buf_init(&reports, DUMP_MAX);
    buf_init(out, DUMP_MAX);
    enum status st = read_model(&m, rep, ledger, size, err);
    if (st == ST_OK) {
        dump_records(&m, m.catalog_count, &text, &tables, &reports);
        for (size_t i = 0; i < m.change_count; i++) /* in order: they have no other place */
            if (m.changes[i].void_code)
                buf_printf(&text, "void %llu.%u %s\n",
                           (unsigned long long)m.parts[m.changes[i].part].index,
                           m.changes[i].position, m.changes[i].void_code);
        buf_put_u8(&text, 0);
        put_with_sorted_claims((const char *)text.p, out);
        if (conflicts)
            put_sorted(&tables, '\n', out);
        put_sorted(&reports, '\n', out);
    }
    forget_model(&m);
    buf_release(&text);
    buf_release(&tables);
    buf_release(&reports);
    return st;
}

/* ---- who had seen what ---- */

static unsigned note_number(const struct said_change *c)
{
    char note[32];
    unsigned n = 0;
    snprintf(note, sizeof(note), "%.*s", (int)c->body.note.n, (const char *)c->body.note.p);
    return sscanf(note, "n%u", &n) == 1 ? n : 0;
}

enum status model_each_pair(struct replica *rep, struct ledger *ledger, model_pair *fn, void *arg,
                            struct error *err)
{
    model m;
    enum status st = read_model(&m, rep, ledger, ledger->tree.size, err);
    for (size_t i = 0; st == ST_OK && i < m.change_count; i++)
        for (size_t k = 0; k < m.change_count; k++) {
            const struct said_change *x = &m.changes[i], *y = &m.changes[k];
            unsigned later = note_number(x), earlier = note_number(y);
            bool seen =
                x->part == y->part ? y->position < x->position : *knows(&m, x->part, y->part);
            if (i != k && later && earlier)
                fn(arg, later, earlier, seen);
        }
    forget_model(&m);
    return st;
}

/* ---- several ledgers: where is a record counted? ---- */

/* What one ledger tells of the moves of a record. */
struct half {
    const char *origin;
    const struct record *record;
    const struct op *in;  /* of the highest hop; NULL: it was made there, or nobody knows */
    const struct op *out; /* likewise */
};

static struct half half_of(const char *origin, const struct record *r)
{
    struct half h = {.origin = origin, .record = r};
    size_t at;
    h.in = greatest_hop(r, r->count, ARRIVES, &at);
    h.out = greatest_hop(r, r->count, LEAVES, &at);
    return h;
}

static bool named(const struct op *op, const char *origin)
{
    return slice_equal(op->origin, slice_str(origin));
}

/* It says it came from a ledger whose record left by that hop for elsewhere. */
static bool contradicted(const struct half *halves, size_t n, const struct half *h)
{
    for (size_t i = 0; h->in && i < n; i++) {
        const struct record *r = halves[i].record;
        if (&halves[i] == h || !named(h->in, halves[i].origin))
            continue;
        for (size_t k = 0; k < r->count; k++)
            if (r->turns[k] == LEAVES && r->events[k].op->hop == h->in->hop)
                return !named(r->events[k].op, h->origin);
    }
    return false;
}

static const struct half *home_of(const struct half *halves, size_t n, const char *const *origins,
                                  size_t origin_count)
{
    const struct half *home = NULL;
    for (int contrary = 0; contrary < 2 && !home; contrary++)
        for (size_t i = 0; i < n; i++) {
            const struct half *h = &halves[i];
            uint32_t hop = h->in ? h->in->hop : 0, best = home && home->in ? home->in->hop : 0;
            if (!contrary && contradicted(halves, n, h))
                continue;
            if (!home || hop > best || (hop == best && strcmp(h->origin, home->origin) < 0))
                home = h;
        }
    if (!home || !home->out || (home->in && home->in->hop >= home->out->hop))
        return home;
    for (size_t i = 0; i < origin_count; i++) /* on its way */
        if (named(home->out, origins[i]))
            return home;
    return NULL;
}

static bool is_kept(const struct record *r)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->turns[i] != IDLE && r->turns[i] != ADDS)
            return true;
    return false;
}

/* One record over all ledgers. */
struct entity {
    const struct record *any;
    bool counts;  /* live where it is counted */
    size_t group; /* what is one thing has the same */
};

struct reading {
    model m[MODEL_LEDGERS_MAX];
    struct record *records[MODEL_LEDGERS_MAX];
    size_t counts[MODEL_LEDGERS_MAX];
    const char *origins[MODEL_LEDGERS_MAX];
    size_t ledgers;
    struct entity *entities;
    size_t entity_count, entity_capacity;
};

/* Which of its ledgers counts it; *moved: some ledger tells of a move. */
static const char *home_in(const struct reading *x, const struct record *r, bool *moved)
{
    struct half halves[MODEL_LEDGERS_MAX];
    size_t n = 0;
    *moved = false;
    for (size_t b = 0; b < x->ledgers; b++)
        for (size_t k = 0; k < x->counts[b]; k++)
            if (compare_records(&x->records[b][k], r) == 0 && is_kept(&x->records[b][k]))
                halves[n++] = half_of(x->origins[b], &x->records[b][k]);
    for (size_t k = 0; k < n; k++)
        *moved |= halves[k].in || halves[k].out;
    const struct half *home = home_of(halves, n, x->origins, x->ledgers);
    return home ? home->origin : NULL;
}

static bool is_live(const struct record *r)
{
    struct arena arena = {0};
    struct field f = {.said = arena_alloc(&arena, (r->count + 1) * sizeof(struct said))};
    tell_existence(r, r->count, &f);
    arena_release(&arena);
    return f.value.i != 0;
}

static struct entity *entity_of(struct reading *x, const struct record *r)
{
    for (size_t i = 0; i < x->entity_count; i++)
        if (compare_records(x->entities[i].any, r) == 0)
            return &x->entities[i];
    x->entities =
        mem_grow(x->entities, &x->entity_capacity, x->entity_count + 1, sizeof(*x->entities));
    x->entities[x->entity_count] = (struct entity){.any = r, .group = x->entity_count};
    return &x->entities[x->entity_count++];
}

static void join(struct reading *x, size_t a, size_t b)
{
    for (size_t i = 0; i < x->entity_count; i++)
        if (x->entities[i].group == b)
            x->entities[i].group = a;
}

static void draw_entities(struct reading *x)
{
    for (size_t a = 0; a < x->ledgers; a++)
        for (size_t i = 0; i < x->counts[a]; i++) {
            const struct record *r = &x->records[a][i];
            struct entity *e = entity_of(x, r);
            bool moved;
            const char *home = home_in(x, r, &moved);
            e->counts |= is_kept(r) && is_live(r) && (!moved || home == x->origins[a]);
        }
    for (size_t a = 0; a < x->ledgers; a++)
        for (size_t i = 0; i < x->counts[a]; i++)
            for (size_t k = 0; k < x->counts[a]; k++) {
                const struct record *r = &x->records[a][i], *other = &x->records[a][k];
                if (r->table == other->table && links_to(r, &other->id))
                    join(x, entity_of(x, r)->group, entity_of(x, other)->group);
            }
}

/* Counted under another id: the smallest of those that count. */
static bool is_linked(struct reading *x, const struct record *r)
{
    const struct entity *mine = entity_of(x, r), *shown = NULL;
    for (size_t i = 0; i < x->entity_count; i++) {
        const struct entity *e = &x->entities[i];
        if (e->group == mine->group && e->counts &&
            (!shown || compare_records(e->any, shown->any) < 0))
            shown = e;
    }
    return shown && shown != mine;
}

enum status model_counted(struct replica *rep, struct ledger *const *ledgers, size_t count,
                          struct buf *out, struct error *err)
{
    struct reading x = {.ledgers = count};
    struct buf lines;
    size_t read = 0;
    enum status st = ST_OK;
    CHECK(count <= MODEL_LEDGERS_MAX);
    buf_init(&lines, DUMP_MAX);
    buf_init(out, DUMP_MAX);
    for (; read < count && st == ST_OK; read++) {
        st = read_model(&x.m[read], rep, ledgers[read], ledgers[read]->folded, err);
        x.records[read] = st == ST_OK ? gather_records(&x.m[read], &x.counts[read]) : NULL;
        x.origins[read] = ledgers[read]->origin.text;
    }
    if (st == ST_OK)
        draw_entities(&x);
    for (size_t a = 0; a < count && st == ST_OK; a++)
        for (size_t i = 0; i < x.counts[a]; i++) {
            const struct record *r = &x.records[a][i];
            char hex[RECORD_ID_TEXT];
            bool moved;
            const char *home = home_in(&x, r, &moved);
            bool linked = is_linked(&x, r);
            record_id_format(&r->id, hex);
            if ((moved || linked) && is_kept(r))
                buf_printf(&lines, "%s %s %s %s%s\n", type_table_name(r->table), hex, x.origins[a],
                           !moved || home == x.origins[a] ? "counted" : "elsewhere",
                           linked ? " linked" : "");
        }
    put_sorted(&lines, '\n', out);
    while (read-- > 0) {
        mem_free(x.records[read]);
        forget_model(&x.m[read]);
    }
    mem_free(x.entities);
    buf_release(&lines);
    return st;
}

/* ---- what a replica keeps ---- */

static void collect(void *arg, struct slice bytes)
{
    buf_put_slice(arg, bytes);
}

static enum status kept_lines(struct replica *rep, const struct ledger *ledger, const char *sql,
                              bool reports, struct buf *lines, struct error *err)
{
    struct stmt *stmt;
    bool row;
    enum status st = db_prepare(rep->db, slice_str(sql), &stmt, err);
    if (st != ST_OK)
        return st;
    bind_int(stmt, 1, ledger->no);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        char hex[RECORD_ID_TEXT];
        struct record_id id;
        memcpy(id.b, stmt_blob(stmt, 1).p, RECORD_ID_SIZE);
        record_id_format(&id, hex);
        buf_printf(lines, "%s %lld %s %lld", reports ? "overruled" : "conflict",
                   (long long)stmt_int(stmt, 0), hex, (long long)stmt_int(stmt, 2));
        if (reports)
            buf_printf(lines, " %lld.%lld by %lld.%lld %.*s", (long long)stmt_int(stmt, 3),
                       (long long)stmt_int(stmt, 4), (long long)stmt_int(stmt, 5),
                       (long long)stmt_int(stmt, 6), (int)stmt_text(stmt, 7).n,
                       (const char *)stmt_text(stmt, 7).p);
        buf_put_u8(lines, '\n');
    }
    stmt_release(stmt);
    return st;
}

/* " elsewhere" and " linked" tell of other ledgers too: model_counted. */
static void forget_others(char *text, const char *word)
{
    size_t n = strlen(word);
    for (char *at = strstr(text, word); at; at = strstr(at, word)) {
        *at++ = '\n';
        memmove(at, at + n - 1, strlen(at + n - 1) + 1);
    }
}

enum status model_kept(struct replica *rep, struct ledger *ledger, bool admitted_only,
                       struct buf *out, struct error *err)
{
    struct buf text, conflicts, reports;
    buf_init(&text, DUMP_MAX);
    buf_init(&conflicts, DUMP_MAX);
    buf_init(&reports, DUMP_MAX);
    buf_init(out, DUMP_MAX);
    enum status st = materialise_dump(rep, ledger, admitted_only, collect, &text, err);
    if (st == ST_OK && !admitted_only)
        st = kept_lines(rep, ledger, "SELECT tbl, id, field FROM conflict WHERE ledger = ?1", false,
                        &conflicts, err);
    if (st == ST_OK)
        st = kept_lines(rep, ledger,
                        "SELECT tbl, id, field, leaf, position, by_leaf, by_position, why"
                        " FROM overruled WHERE ledger = ?1",
                        true, &reports, err);
    if (st == ST_OK) {
        buf_put_u8(&text, 0);
        forget_others((char *)text.p, " linked\n");
        forget_others((char *)text.p, " elsewhere\n");
        put_with_sorted_claims((const char *)text.p, out);
        put_sorted(&conflicts, '\n', out);
        put_sorted(&reports, '\n', out);
    }
    buf_release(&text);
    buf_release(&conflicts);
    buf_release(&reports);
    return st;
}

enum status model_counted_kept(struct replica *rep, struct ledger *const *ledgers, size_t count,
                               struct buf *out, struct error *err)
{
    static const uint32_t tables[] = {TABLE_THING, TABLE_ENTRY, TABLE_LATE};
    struct buf lines;
    enum status st = ST_OK;
    buf_init(&lines, DUMP_MAX);
    buf_init(out, DUMP_MAX);
    for (size_t i = 0; i < count * ARRAY_LENGTH(tables) && st == ST_OK; i++) {
        const struct ledger *ledger = ledgers[i / ARRAY_LENGTH(tables)];
        const char *name = type_table_name(tables[i % ARRAY_LENGTH(tables)]);
        char sql[256];
        struct stmt *stmt;
        bool row;
        if (!catalog_table(replica_catalog(rep), tables[i % ARRAY_LENGTH(tables)]))
            continue;
        snprintf(sql, sizeof(sql),
                 "SELECT lower(hex(id)), _state & 4, _state & 128 FROM \"r_%s\" WHERE ledger = ?1"
                 " AND _state & 256 = 0"
                 " AND (_state & 128 OR id IN (SELECT id FROM move WHERE tbl = %u))",
                 name, tables[i % ARRAY_LENGTH(tables)]);
        st = db_prepare(rep->db, slice_str(sql), &stmt, err);
        if (st != ST_OK)
            break;
        bind_int(stmt, 1, ledger->no);
        while ((st = stmt_step(stmt, &row, err)) == ST_OK && row)
            buf_printf(&lines, "%s %.*s %s %s%s\n", name, (int)stmt_text(stmt, 0).n,
                       (const char *)stmt_text(stmt, 0).p, ledger->origin.text,
                       stmt_int(stmt, 1) ? "elsewhere" : "counted",
                       stmt_int(stmt, 2) ? " linked" : "");
        stmt_release(stmt);
    }
    put_sorted(&lines, '\n', out);
    buf_release(&lines);
    return st;
}
