/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * laws: thousands of small made-up histories of three desks, folded by the merge and by the naive
 * model. Each desk works on its own clock, syncs, hands work to another desk over LAN, and decides
 * conflicts, seen or not. The record leaves for other ledgers and comes back. Whatever happens:
 *
 *   - the merge says what the naive model says: values, conflicts, claims, existence, reports,
 * moves;
 *   - folding in any batches, packed and read back in between, says the same.
 *
 * A failure prints its seed; put it into FIRST_SEED and SEEDS 1 to look at it alone.
 */
#include "tests/unit/merge/naive.h"

#include "shared/merge/version.h"

#define FIRST_SEED 1
#define SEEDS 4000
#define DESKS 3
#define STEPS_MAX 24
#define OPS_PER_CHANGE 2
#define CHANGES_PER_CHANGESET 2
#define PREV_AND_DEPS DESKS
#define HOPS 4
#define LIVES (HOPS + 1)

/* ---- making a history ---- */

struct made_change {
    int64_t hlc_ms, effective_ms;
    uint32_t op_count;
    struct op ops[OPS_PER_CHANGE];
};

struct made {
    struct order_entry entry;
    struct reach reach[DESKS];
    int before[PREV_AND_DEPS], before_count; /* changesets this one names */
    bool admitted;
    int64_t admitted_ms;
    uint64_t leaf;
    uint32_t change_count;
    struct made_change changes[CHANGES_PER_CHANGESET];
};

struct desk {
    int64_t clock_ms; /* of the desk, years off */
    uint64_t base;
    uint64_t knows[DESKS]; /* the latest number of each chain that it holds */
};

struct history {
    uint64_t seed, random;
    struct arena arena;
    int count;
    struct made made[NAIVE_CHANGESETS];
    struct desk desks[DESKS];
    uint64_t size; /* of the ledger */
    int64_t now_ms;
    struct order order;
    struct naive_history naive;
};

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t next_random(struct history *h)
{
    uint64_t z = h->random += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint32_t below(struct history *h, uint32_t n)
{
    return (uint32_t)(next_random(h) % n);
}

static bool one_in(struct history *h, uint32_t n)
{
    return below(h, n) == 0;
}

static struct value word(struct history *h, uint32_t field)
{
    static const char *const words[] = {"a", "b", "c", "a", NULL};
    static const char *const stages[] = {"draft", "public", "dropped", NULL, "odd"};
    static const char *const rolls[] = {"lost", "hurt", "safe", "odd", NULL};
    const char *const *of = field == F_STAGE ? stages : field == F_ROLL ? rolls : words;
    return text(of[below(h, 5)]);
}

static void add_field(struct history *h, struct op *op, uint32_t field)
{
    struct op_field *fields = (struct op_field *)op->fields;
    fields[op->field_count++] = (struct op_field){field, word(h, field)};
    if (field == F_POVERTY)
        add_field(h, op, F_INCOME); /* a group travels whole */
}

static void make_put(struct history *h, struct op *op)
{
    static const uint32_t all[] = {F_NAME, F_STATUS, F_PHONE,  F_POVERTY, F_BORN,    F_STAGE,
                                   F_ROLL, F_TAGS,   F_VISITS, F_ORIGIN,  F_STRANGE, F_LAST};
    op->code = OP_PUT;
    for (size_t i = 0; i < ARRAY_LENGTH(all); i++) {
        if (one_in(h, 3))
            add_field(h, op, all[i]);
    }
    if (op->field_count == 0)
        add_field(h, op, F_PHONE);
}

static void make_move(struct history *h, struct op *op, uint32_t code)
{
    static const char *const origins[] = {"g.example/622924101001", "h.example/622924101002"};
    static const char *const writers[] = {"T", "V", "W"};
    if (code == OP_IN) {
        make_put(h, op);
        for (uint32_t i = 0; i < op->field_count; i++) {
            if (op->fields[i].field == F_VISITS)
                ((struct op_field *)op->fields)[i].value = value_int(below(h, 9));
        }
        if (one_in(h, 2)) {
            struct op_field *fields = (struct op_field *)op->fields;
            fields[op->field_count++] =
                (struct op_field){OP_IN_WRITER + F_STATUS, text(writers[below(h, 3)])};
        }
    }
    op->code = code;
    op->origin = slice_str(origins[below(h, 2)]);
    op->hop = 1 + below(h, HOPS);
}

static void make_resolve(struct history *h, struct op *op)
{
    static const uint32_t some[] = {F_PHONE, F_POVERTY, F_BORN, F_STAGE, F_NAME, F_TAGS};
    op->code = OP_RESOLVE;
    if (one_in(h, 3)) {
        struct op_field *fields = (struct op_field *)op->fields;
        fields[op->field_count++] = (struct op_field){0, value_int(below(h, 2))};
        if (one_in(h, 2))
            return;
    }
    add_field(h, op, some[below(h, ARRAY_LENGTH(some))]);
}

static void make_set(struct history *h, struct op *op)
{
    struct value *v = arena_alloc(&h->arena, 4 * sizeof *v);
    for (int i = 0; i < 4; i++)
        v[i] = text((const char *[]){"x", "y", "z"}[below(h, 3)]);
    op->code = OP_SET;
    op->field = one_in(h, 10) ? F_NAME : F_TAGS;
    op->adds = v;
    op->add_count = below(h, 3);
    while (op->add_count == 2 && value_equal(&v[0], &v[1]))
        v[1] = value_int(below(h, 2));
    op->removes = v + 2;
    op->remove_count = below(h, 3);
}

/* One of two records above and one below, named first or second. */
static void make_link(struct history *h, struct op *op)
{
    static const struct record_id others[] = {{{9}}, {{9, 1}}, {{1}}};
    op->code = OP_LINK;
    op->other = others[below(h, 3)];
    op->link = one_in(h, 2);
    if (one_in(h, 2)) {
        op->record = op->other;
        op->other = WORLD_ID;
    }
}

static void make_op(struct history *h, struct op *op)
{
    static const uint32_t withdrawn[] = {F_STATUS, F_STATUS, F_NAME, F_PHONE, F_VISITS, F_STAGE};
    static const char *const stages[] = {NULL, "draft", "public", "dropped"};
    memset(op, 0, sizeof *op);
    op->table = 1;
    op->record = WORLD_ID;
    op->fields = arena_alloc(&h->arena, 16 * sizeof(struct op_field));
    switch (below(h, 22)) {
    case 0:
    case 1:
        make_set(h, op);
        break;
    case 2:
        op->code = OP_COUNTER;
        op->field = F_VISITS;
        op->delta = one_in(h, 4) ? (one_in(h, 2) ? INT64_MAX : INT64_MIN) : (int)below(h, 9) - 4;
        break;
    case 3:
    case 4:
        op->code = OP_STATE;
        op->field = F_STAGE;
        op->from = text(stages[below(h, 4)]);
        op->to = text(stages[below(h, 4)]);
        break;
    case 5:
        op->code = OP_WITHDRAW;
        op->field = withdrawn[below(h, ARRAY_LENGTH(withdrawn))];
        break;
    case 6:
        op->code = one_in(h, 3) ? OP_RESTORE : OP_DELETE;
        break;
    case 7:
    case 8:
    case 9:
        make_resolve(h, op);
        break;
    case 10:
        make_move(h, op, OP_OUT);
        break;
    case 11:
        make_move(h, op, OP_IN);
        break;
    case 12:
    case 13:
        make_link(h, op);
        break;
    default:
        make_put(h, op);
        break;
    }
}

static int find_made(const struct history *h, uint32_t chain, uint64_t number)
{
    for (int i = 0; i < h->count; i++) {
        if (h->made[i].entry.chain == chain && h->made[i].entry.number == number)
            return i;
    }
    return -1;
}

static void learn(struct history *h, int changeset, int of)
{
    h->naive.knows[changeset][of] = true;
    for (int i = 0; i < h->count; i++)
        h->naive.knows[changeset][i] |= h->naive.knows[of][i];
}

/* A desk saves a changeset on what it holds. */
static void write_changeset(struct history *h, uint32_t d)
{
    struct desk *desk = &h->desks[d];
    int at = h->count;
    struct made *m = &h->made[at];
    memset(m, 0, sizeof *m);
    m->entry = (struct order_entry){
        .chain = d, .number = desk->knows[d] + 1, .base_size = desk->base, .reach = m->reach};
    for (int i = 0; i < h->count; i++) {
        if (h->made[i].admitted && h->made[i].leaf < desk->base)
            learn(h, at, i);
    }
    for (uint32_t chain = 0; chain < DESKS; chain++) {
        int head = find_made(h, chain, desk->knows[chain]);
        if (head < 0)
            continue;
        const struct made *other = &h->made[head];
        if (chain != d && other->admitted && other->leaf < desk->base)
            continue;
        learn(h, at, head);
        m->before[m->before_count++] = head;
        if (chain != d)
            m->reach[m->entry.reach_count++] = (struct reach){chain, desk->knows[chain]};
    }
    m->change_count = 1 + below(h, CHANGES_PER_CHANGESET);
    for (uint32_t i = 0; i < m->change_count; i++) {
        struct made_change *change = &m->changes[i];
        desk->clock_ms += 1 + below(h, 3);
        change->hlc_ms = desk->clock_ms;
        change->op_count = 1 + one_in(h, 3);
        for (uint32_t k = 0; k < change->op_count; k++)
            make_op(h, &change->ops[k]);
    }
    desk->knows[d]++;
    h->naive.base[at] = desk->base;
    h->count++;
}

/* The county admits a changeset, and first what it builds on. */
static void admit(struct history *h, int i)
{
    struct made *m = &h->made[i];
    if (m->admitted)
        return;
    for (int k = 0; k < m->before_count; k++)
        admit(h, m->before[k]);
    m->admitted = true;
    m->leaf = h->size++;
    h->now_ms += below(h, 3);
    m->admitted_ms = h->now_ms;
}

static void sync_desk(struct history *h, uint32_t d)
{
    struct desk *desk = &h->desks[d];
    for (uint32_t chain = 0; chain < DESKS; chain++) {
        for (uint64_t number = 1; number <= desk->knows[chain]; number++)
            admit(h, find_made(h, chain, number));
    }
    if (!one_in(h, 3)) /* else the answer is lost */
        desk->base = h->size;
}

/* What one desk holds, over LAN or on a stick, to another. */
static void hand_over(struct history *h, uint32_t from, uint32_t to)
{
    struct desk *a = &h->desks[from], *b = &h->desks[to];
    for (uint32_t chain = 0; chain < DESKS; chain++) {
        if (a->knows[chain] > b->knows[chain])
            b->knows[chain] = a->knows[chain];
    }
    if (a->base > b->base)
        b->base = a->base;
}

static int64_t admitted_ms_below(const struct history *h, uint64_t base)
{
    for (int i = 0; i < h->count; i++) {
        if (base && h->made[i].admitted && h->made[i].leaf == base - 1)
            return h->made[i].admitted_ms;
    }
    return 0;
}

/* FORMAT.md §6 */
static void clamp_times(struct history *h, struct made *m)
{
    int64_t floor_ms = admitted_ms_below(h, m->entry.base_size);
    for (int k = 0; k < m->before_count; k++) {
        const struct made *b = &h->made[m->before[k]];
        if (b->changes[b->change_count - 1].effective_ms > floor_ms)
            floor_ms = b->changes[b->change_count - 1].effective_ms;
    }
    for (uint32_t i = 0; i < m->change_count; i++) {
        int64_t ms = m->changes[i].hlc_ms;
        if (m->admitted && ms > m->admitted_ms)
            ms = m->admitted_ms;
        if (ms < floor_ms)
            ms = floor_ms;
        m->changes[i].effective_ms = floor_ms = ms;
    }
}

static struct stamp stamp_of(const struct made *m, uint32_t position)
{
    return (struct stamp){m->changes[position].effective_ms, m->leaf, position};
}

/* A resolve names most of what was ever said, whether its author had seen it or not. */
static void name_some(struct history *h, struct naive_event *event)
{
    struct stamp *named = arena_alloc(&h->arena, (size_t)h->count * 2 * sizeof *named);
    for (int i = 0; i < h->count; i++) {
        for (uint32_t p = 0; p < h->made[i].change_count; p++) {
            if (!one_in(h, 4))
                named[event->named_count++] = stamp_of(&h->made[i], p);
        }
    }
    event->named = named;
}

static const struct order_entry *entry_at(void *arg, uint64_t leaf)
{
    struct history *h = arg;
    for (int i = 0; i < h->count; i++) {
        if (h->made[i].leaf == leaf)
            return &h->made[i].entry;
    }
    fail_msg("seed %llu: no changeset at this leaf", (unsigned long long)h->seed);
    return NULL;
}

/* Whose word: of the writer, or whom an `in` names. */
static int rank_of(const struct made *m, const struct op *op)
{
    const struct op_field *last = op->field_count ? &op->fields[op->field_count - 1] : NULL;
    if (op->code != OP_IN)
        return (int[]){1, 2, 255}[m->entry.chain];
    if (!last || last->field != OP_IN_WRITER + F_STATUS)
        return 255;
    return last->value.s.p[0] == 'T' ? 1 : last->value.s.p[0] == 'V' ? 2 : 255;
}

/* Puts all events in fold order: leaves, then the overlay. */
static void finish_history(struct history *h)
{
    int order[NAIVE_CHANGESETS], n = 0;
    for (uint64_t leaf = 0; leaf < h->size; leaf++) {
        for (int i = 0; i < h->count; i++) {
            if (h->made[i].admitted && h->made[i].leaf == leaf)
                order[n++] = i;
        }
    }
    for (int i = 0; i < h->count; i++) {
        if (!h->made[i].admitted) {
            h->made[i].leaf = LEAF_OVERLAY + (uint64_t)i;
            order[n++] = i;
        }
    }
    for (int k = 0; k < n; k++)
        clamp_times(h, &h->made[order[k]]);
    for (int k = 0; k < n; k++) {
        struct made *m = &h->made[order[k]];
        for (uint32_t p = 0; p < m->change_count; p++) {
            for (uint32_t o = 0; o < m->changes[p].op_count; o++) {
                struct naive_event *e = &h->naive.events[h->naive.count++];
                *e = (struct naive_event){.changeset = order[k],
                                          .at = stamp_of(m, p),
                                          .rank = rank_of(m, &m->changes[p].ops[o]),
                                          .op = &m->changes[p].ops[o]};
                if (e->op->code == OP_RESOLVE)
                    name_some(h, e);
            }
        }
    }
}

static void make_history(struct history *h, uint64_t seed)
{
    memset(h, 0, sizeof *h);
    h->seed = h->random = seed;
    h->order = (struct order){entry_at, h};
    h->now_ms = 1000;
    for (uint32_t d = 0; d < DESKS; d++)
        h->desks[d].clock_ms = (int64_t)(below(h, 3)) * 1000 + below(h, 20);
    uint32_t steps = 3 + below(h, STEPS_MAX - 3);
    for (uint32_t i = 0; i < steps; i++) {
        uint32_t d = below(h, DESKS);
        uint32_t what = below(h, 10);
        if (what < 6)
            write_changeset(h, d);
        else if (what < 9)
            sync_desk(h, d);
        else
            hand_over(h, d, (d + 1 + below(h, DESKS - 1)) % DESKS);
    }
    finish_history(h);
}

/* ---- folding it with the merge ---- */

struct folded {
    struct history *history;
    struct arena arena;
    struct record_state record;
    struct merge_event events[NAIVE_EVENTS];
    struct naive_losses losses;
    struct buf packed;
    const struct naive_history *life; /* being checked */
    bool now;                         /* it is the last one: the record is as it says */
    bool touched;                     /* by anything but links: then by these first and last */
    struct stamp created, last;
};

static void log_loss(void *arg, const struct record_state *record, uint32_t field,
                     const struct claim *loser, const struct claim *winner, enum overruled_why why)
{
    (void)record;
    struct folded *f = arg;
    assert_false(value_equal(&loser->value, &winner->value));
    f->losses.lost[f->losses.count++] = (struct naive_lost){field, loser->at, why};
}

static void settle_all(struct folded *f, size_t count, const struct merge_context *context)
{
    for (uint32_t no = 0; no < f->record.field_count; no++) {
        struct field_state *field = &f->record.fields[no];
        if (!field->ask_prefix)
            continue;
        struct value value;
        bool found = merge_prefix_value(&world_table, &WORLD_ID, f->events, count, no,
                                        field->prefix, context, &value);
        merge_settle(&f->record, no, found, &value);
    }
}

/* Through the row and back: columns, packed version, nothing else. */
static void store_and_load(struct folded *f)
{
    buf_clear(&f->packed);
    version_pack(&f->record, &f->packed);
    struct arena *arena = &f->history->arena;
    struct slice packed = {arena_copy(arena, f->packed.p, f->packed.n), f->packed.n};
    struct record_state loaded;
    record_state_init(&loaded, &world_table, &WORLD_ID, arena);
    for (size_t i = 0; i < WORLD_FIELDS; i++) {
        uint32_t no = world_fields[i].no;
        if (world_fields[i].policy != POLICY_SET)
            loaded.fields[no].value = value_copy(arena, &f->record.fields[no].value);
    }
    assert_int_equal(version_unpack(packed, &loaded, arena, NULL), ST_OK);
    f->record = loaded;
    buf_clear(&f->packed);
    version_pack(&f->record, &f->packed);
    assert_true(slice_equal(buf_slice(&f->packed), packed));
}

/* store_one_in: 0 never packs, 1 after every op, n after one in n. */
static void fold_history(struct folded *f, struct history *h, uint32_t store_one_in)
{
    static const int roles[DESKS] = {TOWNSHIP, VILLAGE, -1};
    memset(f, 0, sizeof *f);
    f->history = h;
    buf_init(&f->packed, VERSION_MAX);
    record_state_init(&f->record, world_catalog(), &WORLD_ID, &h->arena);
    const struct merge_context context = {&h->order, &h->arena, log_loss, f};
    bool created = false;
    for (size_t i = 0; i < h->naive.count; i++) {
        const struct naive_event *e = &h->naive.events[i];
        const struct made *m = &h->made[e->changeset];
        f->events[i] = (struct merge_event){.event = {.at = e->at,
                                                      .entry = &m->entry,
                                                      .role_bit = roles[m->entry.chain],
                                                      .named_count = e->named_count,
                                                      .named = e->named},
                                            .op = e->op,
                                            .table = f->record.table};
        if (e->op->code != OP_LINK) {
            if (!created)
                f->created = e->at;
            created |= e->op->code != OP_OUT;
            f->touched = true;
            f->last = e->at;
        }
        merge_apply(&f->record, e->op, &f->events[i].event, &context);
        if (store_one_in && one_in(h, store_one_in)) {
            settle_all(f, i + 1, &context);
            store_and_load(f);
        }
    }
    settle_all(f, h->naive.count, &context);
}

/* ---- comparing ---- */

#define MUST(h, condition)                                                        \
    do {                                                                          \
        if (!(condition))                                                         \
            fail_msg("seed %llu: %s", (unsigned long long)(h)->seed, #condition); \
    } while (0)

static bool has_claim(const struct field_state *f, const struct stamp *at, const struct value *v)
{
    for (uint32_t i = 0; i < f->claim_count; i++) {
        if (stamp_same(&f->claims[i].at, at) && f->claims[i].at.effective_ms == at->effective_ms &&
            value_equal(&f->claims[i].value, v))
            return true;
    }
    return false;
}

static void check_claims(struct history *h, const struct field_state *f,
                         const struct naive_saids *all, int component)
{
    size_t standing = 0;
    for (size_t i = 0; i < all->count; i++) {
        if (!all->said[i].stands)
            continue;
        standing++;
        MUST(h, has_claim(f, &all->said[i].by->at, &all->said[i].v[component]));
    }
    MUST(h, f->claim_count == standing);
}

static void check_candidates(struct folded *f, enum naive_rule rule, uint32_t field,
                             uint32_t second, struct naive_losses *losses)
{
    struct history *h = f->history;
    const uint32_t fields[2] = {field, second};
    struct naive_saids all;
    struct value value[2];
    bool conflict;
    naive_candidates(f->life, UINT64_MAX, rule, fields, &all, losses);
    if (!f->now)
        return;
    naive_in_force(f->life, UINT64_MAX, rule, fields, value, &conflict);
    for (int k = 0; k < (second ? 2 : 1); k++) {
        const struct field_state *state = &f->record.fields[fields[k]];
        check_claims(h, state, &all, k);
        MUST(h, state->conflict == conflict);
        MUST(h, value_equal(&state->value, &value[k]));
    }
}

static void check_lww(struct folded *f, uint32_t field, struct naive_losses *losses)
{
    struct history *h = f->history;
    struct value value = value_null();
    const struct naive_event *e = naive_greatest(f->life, f->life->count, field, 0, &value);
    const struct field_state *state = &f->record.fields[field];
    naive_lww_losses(f->life, field, false, losses);
    if (!f->now)
        return;
    MUST(h, state->claim_count == (e ? 1 : 0));
    MUST(h, !e || has_claim(state, &e->at, &value));
    MUST(h, value_equal(&state->value, &value));
}

static void check_authority(struct folded *f, struct naive_losses *losses)
{
    struct history *h = f->history;
    const struct field_state *state = &f->record.fields[F_STATUS];
    struct value in_force = value_null();
    uint32_t claims = 0;
    naive_lww_losses(f->life, F_STATUS, true, losses);
    if (!f->now)
        return;
    for (int rank = 255; rank > 0; rank--) {
        struct value value = value_null();
        const struct naive_event *e =
            naive_greatest(f->life, f->life->count, F_STATUS, rank, &value);
        claims += e != NULL;
        MUST(h, !e || has_claim(state, &e->at, &value));
        if (value.kind != VALUE_NULL)
            in_force = value;
    }
    MUST(h, state->claim_count == claims);
    MUST(h, value_equal(&state->value, &in_force));
}

static void check_worst(struct folded *f, struct naive_losses *losses)
{
    struct history *h = f->history;
    const struct field_state *state = &f->record.fields[F_ROLL];
    struct naive_saids all;
    for (size_t i = 0; i < f->life->count; i++) {
        const struct naive_event *e = &f->life->events[i];
        struct value mine;
        if (!naive_writes(e->op, F_ROLL, &mine))
            continue;
        naive_unseen(f->life, i + 1, F_ROLL, &all);
        const struct naive_said *other = naive_worst(&all, e), *worst = naive_worst(&all, NULL);
        if (other && !value_equal(&other->v[0], &mine))
            naive_lose(losses, F_ROLL, worst->by == e ? &other->by->at : &e->at, OVERRULED_LATER);
    }
    if (!f->now)
        return;
    naive_unseen(f->life, f->life->count, F_ROLL, &all);
    check_claims(h, state, &all, 0);
    const struct naive_said *worst = naive_worst(&all, NULL);
    struct value value = worst ? worst->v[0] : value_null();
    MUST(h, value_equal(&state->value, &value));
}

static void check_append(struct folded *f, struct naive_losses *losses)
{
    struct history *h = f->history;
    struct value value = value_null(), v;
    for (size_t i = 0; i < f->life->count; i++) {
        const struct naive_event *e = &f->life->events[i];
        if (!naive_writes(e->op, F_ORIGIN, &v))
            continue;
        if (stamp_same(&e->at, &f->created) || e->op->code == OP_IN)
            value = v;
        else if (!value_equal(&v, &value))
            naive_lose(losses, F_ORIGIN, &e->at, OVERRULED_APPEND);
    }
    MUST(h, !f->now || value_equal(&f->record.fields[F_ORIGIN].value, &value));
}

static void check_set_and_counter(struct folded *f)
{
    struct history *h = f->history;
    const struct field_state *tags = &f->record.fields[F_TAGS];
    uint32_t adds = 0;
    int64_t sum = 0;
    for (size_t i = 0; i < f->life->count; i++) {
        const struct naive_event *e = &f->life->events[i];
        struct value brought;
        if (i == 0 && e->op->code == OP_IN && naive_writes(e->op, F_VISITS, &brought))
            sum = brought.i;
        if (e->op->code == OP_COUNTER && __builtin_add_overflow(sum, e->op->delta, &sum))
            sum = e->op->delta < 0 ? INT64_MIN : INT64_MAX;
        if (e->op->code != OP_SET || e->op->field != F_TAGS)
            continue;
        for (uint32_t k = 0; k < e->op->add_count; k++) {
            if (naive_add_stands(f->life, i, F_TAGS, &e->op->adds[k])) {
                adds++;
                MUST(h, has_claim(tags, &e->at, &e->op->adds[k]));
            }
        }
    }
    MUST(h, tags->claim_count == adds);
    const struct field_state *visits = &f->record.fields[F_VISITS];
    MUST(h, visits->claim_count == 0 || visits->value.i == sum);
}

static void check_existence(struct folded *f)
{
    struct history *h = f->history;
    struct naive_saids all;
    naive_existence(f->life, &all);
    check_claims(h, &f->record.fields[0], &all, 0);
    bool live = false, deleted = false;
    for (size_t i = 0; i < all.count; i++) {
        live |= all.said[i].stands && all.said[i].v[0].i == 1;
        deleted |= all.said[i].stands && all.said[i].v[0].i == 0;
    }
    MUST(h, f->record.live == live);
    MUST(h, f->record.known == (live || deleted));
    MUST(h, f->record.fields[0].conflict == (live && deleted));
    if (f->touched) {
        MUST(h, stamp_same(&f->record.created, &f->created));
        MUST(h, stamp_same(&f->record.last, &f->last));
    }
    bool conflict = false;
    for (uint32_t no = 0; no < f->record.field_count; no++)
        conflict |= f->record.fields[no].conflict;
    MUST(h, f->record.conflict == conflict);
}

/* The same reports, field by field in the same order. */
static void check_losses(struct folded *f, const struct naive_losses *expected)
{
    struct history *h = f->history;
    MUST(h, f->losses.count == expected->count);
    for (uint32_t no = 0; no < f->record.field_count; no++) {
        size_t j = 0;
        for (size_t i = 0; i < expected->count; i++) {
            const struct naive_lost *e = &expected->lost[i];
            if (e->field != no)
                continue;
            while (j < f->losses.count && f->losses.lost[j].field != no)
                j++;
            MUST(h, j < f->losses.count);
            MUST(h, stamp_same(&f->losses.lost[j].loser, &e->loser));
            MUST(h, f->losses.lost[j].why == e->why);
            j++;
        }
    }
}

static void check_moves(struct folded *f, const struct naive_moves *moves)
{
    struct history *h = f->history;
    const struct move *in = record_arrival(&f->record), *out = record_departure(&f->record);
    MUST(h, (in ? in->hop : 0) == moves->in_hop);
    MUST(h, !in || slice_equal(in->other, moves->from));
    MUST(h, (out ? out->hop : 0) == moves->out_hop);
    MUST(h, f->record.in_transit == (moves->out_hop > moves->in_hop));
    MUST(h, f->record.late == moves->late);
}

static bool has_link(const struct record_state *record, const struct naive_event *e)
{
    const struct record_id *other =
        record_id_equal(&e->op->record, &WORLD_ID) ? &e->op->other : &e->op->record;
    for (uint32_t i = 0; i < record->link_count; i++) {
        const struct link_claim *claim = &record->links[i];
        if (stamp_same(&claim->at, &e->at) && claim->at.effective_ms == e->at.effective_ms &&
            claim->same == e->op->link && record_id_equal(&claim->other, other))
            return true;
    }
    return false;
}

static void check_links(struct folded *f)
{
    struct history *h = f->history;
    const struct record_id below = {{1}};
    uint32_t standing = 0;
    for (size_t i = 0; i < h->naive.count; i++) {
        const struct op *op = h->naive.events[i].op;
        if (op->code != OP_LINK || record_id_equal(&op->record, &below) ||
            record_id_equal(&op->other, &below) || !naive_link_stands(&h->naive, i))
            continue;
        standing++;
        MUST(h, has_link(&f->record, &h->naive.events[i]));
    }
    MUST(h, f->record.link_count == standing);
}

static void check_life(struct folded *f, struct naive_losses *losses)
{
    check_lww(f, F_NAME, losses);
    check_lww(f, F_LAST, losses);
    check_authority(f, losses);
    check_candidates(f, NAIVE_REVIEW, F_PHONE, 0, losses);
    check_candidates(f, NAIVE_REVIEW, F_POVERTY, F_INCOME, losses);
    check_candidates(f, NAIVE_REVIEW, F_CARE, 0, losses);
    check_candidates(f, NAIVE_ONCE, F_BORN, 0, losses);
    check_candidates(f, NAIVE_STATE, F_STAGE, 0, losses);
    check_worst(f, losses);
    check_append(f, losses);
    if (f->now)
        check_set_and_counter(f);
}

/* All that was ever reported is compared; what stands is what the last life says. */
static void check_all(struct folded *f)
{
    static struct naive_history lives[LIVES];
    struct naive_losses losses = {0};
    struct naive_moves moves;
    size_t n = naive_lives(&f->history->naive, lives, LIVES, &moves);
    for (size_t i = 0; i < n; i++) {
        f->life = &lives[i];
        f->now = i == n - 1;
        check_life(f, &losses);
    }
    check_existence(f);
    check_losses(f, &losses);
    check_moves(f, &moves);
    check_links(f);
}

static struct history history;
static struct folded folded;

static void any_history(uint32_t store_one_in)
{
    for (uint64_t seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
        make_history(&history, seed);
        fold_history(&folded, &history, store_one_in);
        check_all(&folded);
        buf_release(&folded.packed);
        arena_release(&history.arena);
    }
}

static void merge_says_what_the_naive_model_says(void **state)
{
    (void)state;
    any_history(0);
}

static void packing_after_every_op_changes_nothing(void **state)
{
    (void)state;
    any_history(1);
}

static void packing_now_and_then_changes_nothing(void **state)
{
    (void)state;
    any_history(3);
}

/* The histories are worth folding: they hold conflicts of every kind, overlays and reports. */
static void histories_are_varied(void **state)
{
    (void)state;
    size_t conflicts[F_LAST + 1] = {0}, losses = 0, dead = 0, overlay = 0, passed_on = 0, links = 0;
    for (uint64_t seed = FIRST_SEED; seed < FIRST_SEED + SEEDS / 4; seed++) {
        make_history(&history, seed);
        fold_history(&folded, &history, 0);
        for (uint32_t no = 0; no < folded.record.field_count; no++)
            conflicts[no] += folded.record.fields[no].conflict;
        losses += folded.losses.count;
        dead += folded.record.known && !folded.record.live;
        links += folded.record.link_count > 2;
        for (int i = 0; i < history.count; i++) {
            overlay += !history.made[i].admitted;
            passed_on += history.made[i].entry.reach_count > 0;
        }
        buf_release(&folded.packed);
        arena_release(&history.arena);
    }
    static const uint32_t all[] = {0, F_PHONE, F_POVERTY, F_INCOME, F_BORN, F_STAGE};
    for (size_t i = 0; i < ARRAY_LENGTH(all); i++)
        assert_true(conflicts[all[i]] > SEEDS / 400);
    assert_true(losses > SEEDS / 4 && dead > SEEDS / 400);
    assert_true(overlay > SEEDS / 4 && passed_on > SEEDS / 40 && links > SEEDS / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merge_says_what_the_naive_model_says),
        cmocka_unit_test(packing_after_every_op_changes_nothing),
        cmocka_unit_test(packing_now_and_then_changes_nothing),
        cmocka_unit_test(histories_are_varied),
    };
    return cmocka_run_group_tests_name("merge/laws", tests, NULL, NULL);
}
