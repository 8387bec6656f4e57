/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * policy: the rules as on paper (shared/merge/RULES.md), one section each.
 *
 * All of them are written in the same few words. The field has standing claims, in fold order
 * (`authority`: by rank). A new claim has *seen* some of them. A rule says which of those it
 * removes, whether it stands itself, and which value is in force afterwards. Nothing else is
 * remembered, so packing the claims away after any change and reading them back changes nothing.
 *
 * An erased value (⊥) is a claim like others, but gives way to every value that is known: it is in
 * force only where none stands, is no candidate, and nothing is reported of it.
 *
 * Invariants: claims hold what is needed and no more; `value` is in force unless `ask_prefix`;
 * `conflict` is true iff more than one candidate stands (review, once, state, existence).
 */
#include "shared/merge/policy.h"

#include "shared/base/check.h"
#include "shared/merge/conflict.h"
#include "shared/record/workflow.h"

#define RANK_LOWEST UINT8_MAX
#define UNDECLARED (INT32_MAX - 1)
#define UNKNOWN INT32_MAX /* erased */

/* ---- words ---- */

static bool seen(const struct fold *fold, const struct claim *claim)
{
    const struct event *e = fold->event;
    return stamp_place(&claim->at) < e->entry->base_size ||
           order_seen(fold->context->order, &claim->at, e->entry, e->at.leaf, e->at.position);
}

static bool named(const struct fold *fold, const struct claim *claim)
{
    for (size_t i = 0; i < fold->event->named_count; i++) {
        if (stamp_same(&fold->event->named[i], &claim->at))
            return true;
    }
    return false;
}

static bool is_erased(const struct claim *claim)
{
    return claim->value.kind == VALUE_ERASED;
}

/* Nothing that a person could look at. */
static bool says_nothing(const struct value *value)
{
    return value->kind == VALUE_NULL || value->kind == VALUE_ERASED;
}

struct field_state *policy_field(const struct record_state *record, uint32_t no)
{
    if (no == 0 || no >= record->field_count || !record->fields[no].field)
        return NULL;
    return &record->fields[no];
}

struct claim *policy_add_claim(struct field_state *f, const struct claim *claim,
                               struct arena *arena)
{
    if (f->claim_count == f->claim_capacity) {
        uint32_t capacity = f->claim_capacity * 2; /* a state begins with room for one */
        struct claim *claims = arena_alloc(arena, capacity * sizeof *claims);
        memcpy(claims, f->claims, f->claim_count * sizeof *claims);
        f->claims = claims;
        f->claim_capacity = capacity;
    }
    f->claims[f->claim_count] = *claim;
    return &f->claims[f->claim_count++];
}

static void report(const struct fold *fold, const struct field_state *f, const struct claim *loser,
                   const struct claim *winner, enum overruled_why why)
{
    if (fold->context->overruled && !is_erased(loser))
        fold->context->overruled(fold->context->arg, fold->record, f->field->no, loser, winner,
                                 why);
}

/* A field keeps CLAIMS_MAX claims. The first keeps its place, of the others the earliest is left to
 * the history: nobody decides between hundreds, and a state that grows with every put would stop
 * the replicas one day. */
static void make_room(const struct fold *fold, struct field_state *f, const struct claim *next)
{
    if (f->claim_count < CLAIMS_MAX)
        return;
    struct claim forgotten = f->claims[1];
    f->claim_count--;
    memmove(f->claims + 1, f->claims + 2, (f->claim_count - 1) * sizeof *f->claims);
    if (f->field && f->field->policy != POLICY_SET && !value_equal(&forgotten.value, &next->value))
        report(fold, f, &forgotten, next, OVERRULED_LATER);
}

static void stand(const struct fold *fold, struct field_state *f, const struct claim *claim)
{
    make_room(fold, f, claim);
    policy_add_claim(f, claim, fold->context->arena);
    f->changed = true;
}

/* The only claim from now on. */
static void stand_alone(const struct fold *fold, struct field_state *f, const struct claim *claim)
{
    f->claim_count = 0;
    stand(fold, f, claim);
    f->value = claim->value;
}

typedef bool claim_test(const struct fold *fold, const struct claim *claim);

static bool seen_and_named(const struct fold *fold, const struct claim *claim)
{
    return named(fold, claim) && seen(fold, claim);
}

/* Takes out the claims of this element (NULL: of any) for which the test holds. */
static void remove_claims(const struct fold *fold, struct field_state *f, claim_test *test,
                          const struct value *element)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < f->claim_count; i++) {
        const struct claim *claim = &f->claims[i];
        if ((element && !value_equal(&claim->value, element)) || !test(fold, claim))
            f->claims[kept++] = *claim;
    }
    f->changed |= kept != f->claim_count;
    f->claim_count = kept;
}

/* Reports a value that is refused in favour of what stands, be it nothing. */
static void report_refused(const struct fold *fold, const struct field_state *f,
                           const struct claim *refused, enum overruled_why why)
{
    struct claim standing = {.at = fold->record->created};
    if (f->claim_count)
        standing = f->claims[0];
    if (!value_equal(&refused->value, &standing.value))
        report(fold, f, refused, &standing, why);
}

static void set_conflict(struct record_state *record, struct field_state *f, bool conflict)
{
    if (f->conflict == conflict)
        return;
    f->conflict = conflict;
    record->conflict = conflict;
    for (uint32_t i = 0; i < record->field_count && !record->conflict; i++)
        record->conflict = record->fields[i].conflict;
}

/* ---- lww: the greatest stamp stands ---- */

/* One register. Stamps extend happened-before, so a claim that lost never knew of the winner, and
 * one that won may or may not have known of the loser. */
static bool register_takes(const struct fold *fold, const struct field_state *f,
                           const struct claim *standing, const struct claim *next)
{
    bool wins = stamp_compare(&next->at, &standing->at) >= 0;
    if (stamp_place(&standing->at) >= fold->event->entry->base_size && fold->context->overruled &&
        !value_equal(&standing->value, &next->value) && !seen(fold, standing))
        report(fold, f, wins ? standing : next, wins ? next : standing, OVERRULED_LATER);
    return wins;
}

static void put_lww(const struct fold *fold, struct field_state *f, const struct claim *next)
{
    if (f->claim_count == 0 || register_takes(fold, f, &f->claims[0], next))
        stand_alone(fold, f, next);
}

/* ---- authority: one lww register per rank, the highest that is not empty is in force ---- */

static uint8_t writer_rank(const struct fold *fold, const struct field_state *f)
{
    int bit = fold->event->role_bit;
    uint8_t rank = bit < 0 ? 0 : f->field->rank_of[bit];
    return rank ? rank : RANK_LOWEST;
}

static void put_ranked(const struct fold *fold, struct field_state *f, const struct claim *next)
{
    uint32_t at = 0;
    while (at < f->claim_count && f->claims[at].rank < next->rank)
        at++;
    if (at < f->claim_count && f->claims[at].rank == next->rank) {
        if (!register_takes(fold, f, &f->claims[at], next))
            return;
        f->claims[at] = *next;
        f->changed = true;
    } else {
        stand(fold, f, next);
        memmove(f->claims + at + 1, f->claims + at, (f->claim_count - 1 - at) * sizeof *f->claims);
        f->claims[at] = *next;
    }

    f->value = value_null();
    for (uint32_t i = f->claim_count; i-- > 0;) {
        const struct value *said = &f->claims[i].value;
        if (said->kind != VALUE_NULL && (said->kind != VALUE_ERASED || f->value.kind == VALUE_NULL))
            f->value = *said;
    }
}

/* ---- candidates: review, once, state ---- */

static bool grouped(const struct catalog_field *field)
{
    return field->policy == POLICY_REVIEW && field->group[0] != '\0';
}

static bool same_group(const struct catalog_field *a, const struct catalog_field *b)
{
    return a == b || (grouped(a) && strcmp(a->group, b->group) == 0);
}

/* What the change that made this claim said in the same breath about another field of the group. A
 * change may, oddly, write a field twice: its n-th claim goes with the n-th there. */
static struct value said_beside(const struct field_state *sibling, const struct field_state *f,
                                const struct claim *claim)
{
    uint32_t n = 0;
    for (const struct claim *c = f->claims; c < claim; c++)
        n += stamp_same(&c->at, &claim->at);
    for (uint32_t i = 0; i < sibling->claim_count; i++) {
        if (stamp_same(&sibling->claims[i].at, &claim->at) && n-- == 0)
            return sibling->claims[i].value;
    }
    return value_null();
}

/* Do two claims hold the same value? The fields of a conflict group are one composite field: the
 * same only if they agree in all of its fields. */
static bool same_candidate(const struct record_state *record, const struct field_state *f,
                           const struct claim *a, const struct claim *b)
{
    if (!value_equal(&a->value, &b->value))
        return false;
    if (!grouped(f->field))
        return true;
    const struct catalog_table *table = record->table;
    for (size_t i = 0; i < table->field_count; i++) {
        if (table->fields[i] == f->field || !same_group(table->fields[i], f->field))
            continue;
        const struct field_state *sibling = policy_field(record, table->fields[i]->no);
        struct value x = said_beside(sibling, f, a), y = said_beside(sibling, f, b);
        if (!value_equal(&x, &y))
            return false;
    }
    return true;
}

bool policy_empty(const struct record_state *record, const struct field_state *f)
{
    if (!says_nothing(&f->value) || !f->field || !grouped(f->field))
        return says_nothing(&f->value);
    const struct catalog_table *table = record->table;
    for (size_t i = 0; i < table->field_count; i++) {
        if (same_group(table->fields[i], f->field) &&
            !says_nothing(&policy_field(record, table->fields[i]->no)->value))
            return false;
    }
    return true;
}

/* The first claim whose value is known; the first of all if none is. */
static const struct claim *first_known(const struct field_state *f)
{
    for (uint32_t i = 0; i < f->claim_count; i++) {
        if (!is_erased(&f->claims[i]))
            return &f->claims[i];
    }
    return &f->claims[0];
}

static bool candidates_differ(const struct record_state *record, const struct field_state *f)
{
    const struct claim *first = first_known(f);
    for (uint32_t i = 1; i < f->claim_count; i++) {
        if (!is_erased(&f->claims[i]) && !same_candidate(record, f, first, &f->claims[i]))
            return true;
    }
    return false;
}

/* |S|, S = the candidates that the new claim has seen: 0, 1 or 2 for more. One of S in *one. */
static int count_seen(const struct fold *fold, const struct field_state *f,
                      const struct claim **one)
{
    int count = 0;
    for (uint32_t i = 0; i < f->claim_count; i++) {
        const struct claim *claim = &f->claims[i];
        if (is_erased(claim) || !seen(fold, claim))
            continue;
        if (count == 0)
            *one = claim;
        if (count == 0 || !same_candidate(fold->record, f, *one, claim))
            count++;
        if (count == 2)
            break;
    }
    return count;
}

/* Had the author seen a value there that is erased now, whatever it was? */
static bool saw_erased(const struct fold *fold, const struct field_state *f)
{
    for (uint32_t i = 0; i < f->claim_count; i++) {
        if (is_erased(&f->claims[i]) && seen(fold, &f->claims[i]))
            return true;
    }
    return false;
}

const struct claim *policy_earliest(const struct field_state *f)
{
    CHECK(f->claim_count > 0);
    const struct claim *earliest = first_known(f);
    for (uint32_t i = 0; i < f->claim_count; i++) {
        if (!is_erased(&f->claims[i]) && stamp_compare(&f->claims[i].at, &earliest->at) < 0)
            earliest = &f->claims[i];
    }
    return earliest;
}

/* The past that decides a conflict: the smallest base among the claims, but never from before the
 * record came to this ledger. UINT64_MAX: it came in the overlay, and there is no such past. */
static uint64_t ground_prefix(const struct fold *fold, const struct field_state *f)
{
    const struct order *order = fold->context->order;
    uint64_t smallest = UINT64_MAX;
    for (uint32_t i = 0; i < f->claim_count; i++) {
        uint64_t base = order->entry(order->arg, f->claims[i].at.leaf)->base_size;
        if (base < smallest)
            smallest = base;
    }
    const struct move *arrival = record_arrival(fold->record);
    if (arrival && smallest <= stamp_place(&arrival->at))
        return arrival->at.leaf < LEAF_OVERLAY ? stamp_place(&arrival->at) + 1 : UINT64_MAX;
    return smallest;
}

/* What decided the value in force before the claims moved. */
struct ground {
    bool conflict;
    uint64_t prefix;
    struct value earliest;
};

static struct ground ground_of(const struct fold *fold, const struct field_state *f)
{
    struct ground ground = {0};
    if (f->conflict) {
        ground.conflict = true;
        ground.prefix = ground_prefix(fold, f);
        ground.earliest = policy_earliest(f)->value;
    }
    return ground;
}

/* The claims have moved: which value is in force now? The past is asked only if the answer could
 * differ from the one that stands. */
static void settle_candidates(const struct fold *fold, struct field_state *f,
                              const struct ground *before)
{
    set_conflict(fold->record, f, candidates_differ(fold->record, f));
    if (!f->conflict || f->field->policy == POLICY_ONCE) {
        f->ask_prefix = false;
        f->value = first_known(f)->value;
        return;
    }
    uint64_t prefix = ground_prefix(fold, f);
    const struct value *earliest = &policy_earliest(f)->value;
    if (before->conflict && before->prefix == prefix && value_equal(&before->earliest, earliest))
        return;
    f->prefix = prefix;
    f->ask_prefix = prefix > 0 && prefix != UINT64_MAX;
    f->value = *earliest;
}

/* The fields of the op that are one field for the rules: fields[i] alone, or all of its group.
 * Returns 0 if they were handled with an earlier one. */
struct member {
    struct field_state *f;
    struct claim next;
};

static uint32_t gather(const struct fold *fold, const struct op_field *fields, uint32_t count,
                       uint32_t i, struct member members[static OP_FIELDS_MAX])
{
    const struct catalog_field *field = policy_field(fold->record, fields[i].field)->field;
    uint32_t n = 0;
    for (uint32_t j = grouped(field) ? 0 : i; j < count; j++) {
        struct field_state *f = policy_field(fold->record, fields[j].field);
        if (!f || !same_group(f->field, field))
            continue;
        if (j < i)
            return 0;
        members[n].f = f;
        members[n++].next = (struct claim){.at = fold->event->at, .value = fields[j].value};
        if (!grouped(field))
            break;
    }
    return n;
}

/* Removes what the test says from all members, then the new claims stand. */
static void members_stand(const struct fold *fold, struct member *members, uint32_t n,
                          claim_test *test)
{
    struct ground before[OP_FIELDS_MAX];
    for (uint32_t i = 0; i < n; i++) {
        before[i] = ground_of(fold, members[i].f);
        if (test)
            remove_claims(fold, members[i].f, test, NULL);
        stand(fold, members[i].f, &members[i].next);
    }
    for (uint32_t i = 0; i < n; i++)
        settle_candidates(fold, members[i].f, &before[i]);
}

/* |S| <= 1: it replaces S; otherwise it joins. */
static void put_review(const struct fold *fold, struct member *members, uint32_t n)
{
    const struct claim *one;
    bool replaces = count_seen(fold, members[0].f, &one) <= 1;
    members_stand(fold, members, n, replaces ? seen : NULL);
}

/* The first value stands; a later different one joins as a conflict. Nothing is not a value. */
static void put_once(const struct fold *fold, struct member *member)
{
    struct field_state *f = member->f;
    if (f->claim_count ? is_erased(&member->next) : member->next.value.kind == VALUE_NULL)
        return;
    for (uint32_t i = 0; i < f->claim_count; i++) {
        if (value_equal(&f->claims[i].value, &member->next.value))
            return;
    }
    bool empty = f->claim_count == 1 && f->claims[0].value.kind == VALUE_NULL;
    members_stand(fold, member, 1, empty ? seen : NULL);
}

/* Is the word `text` at *p, up to `stop` or the end of the pair? Moves *p behind the word. */
static bool word_is(const char **p, const char *stops, const struct value *value)
{
    while (**p == ' ')
        (*p)++;
    size_t n = strcspn(*p, stops);
    struct slice word = slice_of(*p, n);
    *p += n;
    while (word.n && word.p[word.n - 1] == ' ')
        word.n--;
    if (value->kind == VALUE_NULL)
        return word.n == 0;
    return value->kind == VALUE_TEXT && slice_equal(word, value->s);
}

/* args: "draft>discussed,discussed>public"; ">draft" is a step from empty. */
static bool step_declared(const char *args, const struct value *from, const struct value *to)
{
    const char *p = args;
    while (*p) {
        bool from_is = word_is(&p, ">,", from);
        if (*p == '>') {
            p++;
            if (word_is(&p, ",", to) && from_is)
                return true;
        }
        if (*p == ',')
            p++;
    }
    return false;
}

/* A field as the rules of a step see it: what stands in conflict is as good as empty, and nobody
 * waits for its past. */
static struct value stands_now(void *arg, const struct catalog_field *field)
{
    const struct fold *fold = arg;
    const struct field_state *f = policy_field(fold->record, field->no);
    if (!f || f->conflict)
        return value_null();
    if (f->field->policy == POLICY_SET) {
        struct value *elements;
        return value_int((int64_t)merge_set_elements(f, fold->context->arena, &elements));
    }
    return f->value;
}

/* Is the step declared, and not forbidden by a rule of the type? */
static bool step_allowed(const struct fold *fold, const struct field_state *f,
                         const struct value *from, const struct value *to)
{
    const struct workflow_facts facts = {.value = stands_now,
                                         .arg = (void *)fold,
                                         .person = fold->event->person,
                                         .role_bit = fold->event->role_bit,
                                         .now_ms = fold->event->at.effective_ms};
    return step_declared(f->field->args, from, to) &&
           !workflow_forbids(fold->record->table, f->field, from, to, &facts);
}

/* Legal by [from, to], and allowed by the rules of the type. It replaces S only if |S| = 1 and S
 * holds `from`. What was erased was legal, and was whatever it had to be: both ends of a step, or
 * the value of a plain put. */
static void step(const struct fold *fold, struct field_state *f, const struct value *from,
                 const struct value *to)
{
    struct member member = {.f = f, .next = {.at = fold->event->at, .value = *to}};
    const bool erased = from->kind == VALUE_ERASED || to->kind == VALUE_ERASED;
    if (!erased && !step_allowed(fold, f, from, to)) {
        report_refused(fold, f, &member.next, OVERRULED_ILLEGAL_STEP);
        return;
    }
    const struct claim *one;
    int candidates = count_seen(fold, f, &one);
    bool replaces = candidates == 1 ? from->kind == VALUE_ERASED || value_equal(&one->value, from)
                                    : candidates == 0 && saw_erased(fold, f);
    members_stand(fold, &member, 1, replaces ? seen : NULL);
}

void policy_step(const struct fold *fold, uint32_t no, const struct value *from,
                 const struct value *to)
{
    struct field_state *f = policy_field(fold->record, no);
    if (f && f->field->policy == POLICY_STATE)
        step(fold, f, from, to);
}

/* A plain put is the first step if its author saw the field empty, and a step from what was erased
 * if that stood there alone; it never changes a state that the author had seen. */
static void put_state(const struct fold *fold, struct field_state *f, const struct claim *next)
{
    const struct claim *one;
    int candidates = count_seen(fold, f, &one);
    const struct value nothing =
        candidates == 0 && saw_erased(fold, f) ? value_erased() : value_null();
    bool saw_empty = candidates == 0 || (candidates == 1 && one->value.kind == VALUE_NULL);
    if (!saw_empty)
        report_refused(fold, f, next, OVERRULED_ILLEGAL_STEP);
    else if (next->value.kind != VALUE_NULL)
        step(fold, f, &nothing, &next->value);
}

/* ---- worst: what was seen is replaced; of the rest the worse is in force ---- */

static int32_t badness(const struct catalog_field *field, const struct value *value)
{
    if (value->kind == VALUE_ERASED)
        return UNKNOWN;
    const char *p = field->args;
    for (int32_t i = 0; *p; i++) {
        if (word_is(&p, ">", value))
            return i;
        if (*p)
            p++;
    }
    return UNDECLARED;
}

static const struct claim *worst_claim(const struct field_state *f)
{
    const struct claim *worst = &f->claims[0];
    for (uint32_t i = 1; i < f->claim_count; i++) {
        const struct claim *claim = &f->claims[i];
        int32_t a = badness(f->field, &claim->value), b = badness(f->field, &worst->value);
        if (a < b || (a == b && stamp_compare(&claim->at, &worst->at) >= 0))
            worst = claim;
    }
    return worst;
}

static void put_worst(const struct fold *fold, struct field_state *f, const struct claim *next)
{
    remove_claims(fold, f, seen, NULL);
    struct claim before = *next;
    if (f->claim_count)
        before = *worst_claim(f);
    stand(fold, f, next);
    const struct claim *worst = worst_claim(f);
    f->value = worst->value;
    if (!value_equal(&before.value, &next->value)) {
        bool wins = stamp_same(&worst->at, &next->at);
        report(fold, f, wins ? &before : next, wins ? next : &before, OVERRULED_LATER);
    }
}

/* ---- append: the creating change writes it ---- */

static void put_append(const struct fold *fold, struct field_state *f, const struct claim *next)
{
    if (stamp_same(&fold->record->created, &next->at))
        stand_alone(fold, f, next);
    else
        report_refused(fold, f, next, OVERRULED_APPEND);
}

/* ---- set and counter ---- */

/* Add wins: an add renews the claims of its element, a remove takes out only those it has seen.
 * What was erased is no element. */
void policy_set(const struct fold *fold, const struct op *op)
{
    struct field_state *f = policy_field(fold->record, op->field);
    if (!f || f->field->policy != POLICY_SET)
        return;
    for (uint32_t i = 0; i < op->remove_count; i++)
        remove_claims(fold, f, seen, &op->removes[i]);
    for (uint32_t i = 0; i < op->add_count; i++) {
        struct claim next = {.at = fold->event->at, .value = op->adds[i]};
        if (says_nothing(&next.value))
            continue;
        remove_claims(fold, f, seen, &next.value);
        stand(fold, f, &next);
    }
}

/* One claim holds the sum so far, at the latest delta. */
void policy_count(const struct fold *fold, uint32_t no, int64_t delta)
{
    struct field_state *f = policy_field(fold->record, no);
    if (!f || f->field->policy != POLICY_COUNTER)
        return;
    int64_t sum = f->claim_count ? f->claims[0].value.i : 0;
    if (__builtin_add_overflow(sum, delta, &sum))
        sum = delta < 0 ? INT64_MIN : INT64_MAX;
    struct claim next = {.at = fold->event->at, .value = value_int(sum)};
    stand_alone(fold, f, &next);
}

/* ---- put and resolve by policy ---- */

static enum policy policy_of(const struct record_state *record, const struct catalog_field *field)
{
    if (record->table->kind == TABLE_APPEND && field->policy == POLICY_LWW)
        return POLICY_APPEND;
    return field->policy;
}

/* Policies without candidates: a decision is a put like any other. */
static void put_plain(const struct fold *fold, struct field_state *f, const struct value *value)
{
    struct claim next = {.at = fold->event->at, .value = *value};
    switch (policy_of(fold->record, f->field)) {
    case POLICY_LWW:
        put_lww(fold, f, &next);
        break;
    case POLICY_AUTHORITY:
        next.rank = writer_rank(fold, f);
        put_ranked(fold, f, &next);
        break;
    case POLICY_WORST:
        put_worst(fold, f, &next);
        break;
    case POLICY_APPEND:
        put_append(fold, f, &next);
        break;
    default: /* set and counter have ops of their own */
        break;
    }
}

/* A group is decided as one. */
static bool may_decide_all(const struct fold *fold, const struct member *members, uint32_t n)
{
    bool may = true;
    for (uint32_t i = 0; i < n; i++)
        may &= conflict_may_take(members[i].f, &members[i].next.value, fold->event->person);
    for (uint32_t i = 0; i < n && !may; i++)
        report_refused(fold, members[i].f, &members[i].next, OVERRULED_ILLEGAL_STEP);
    return may;
}

static void put_candidate(const struct fold *fold, const struct op_field *fields, uint32_t count,
                          uint32_t i, bool decides)
{
    struct member members[OP_FIELDS_MAX];
    CHECK(count <= OP_FIELDS_MAX);
    uint32_t n = gather(fold, fields, count, i, members);
    if (n == 0 || (decides && !may_decide_all(fold, members, n)))
        return;
    if (decides)
        members_stand(fold, members, n, seen_and_named);
    else if (members[0].f->field->policy == POLICY_REVIEW)
        put_review(fold, members, n);
    else if (members[0].f->field->policy == POLICY_ONCE)
        put_once(fold, members);
    else
        put_state(fold, members[0].f, &members[0].next);
}

static bool has_candidates(const struct catalog_field *field)
{
    return field->policy == POLICY_REVIEW || field->policy == POLICY_ONCE ||
           field->policy == POLICY_STATE;
}

static void put_all(const struct fold *fold, const struct op_field *fields, uint32_t count,
                    bool decides)
{
    for (uint32_t i = 0; i < count; i++) {
        struct field_state *f = policy_field(fold->record, fields[i].field);
        if (!f)
            continue;
        const struct member alone = {f, {.at = fold->event->at, .value = fields[i].value}};
        if (has_candidates(f->field))
            put_candidate(fold, fields, count, i, decides);
        else if (!decides || may_decide_all(fold, &alone, 1))
            put_plain(fold, f, &fields[i].value);
    }
}

void policy_put(const struct fold *fold, const struct op_field *fields, uint32_t count)
{
    put_all(fold, fields, count, false);
}

void policy_resolve(const struct fold *fold, const struct op_field *fields, uint32_t count)
{
    put_all(fold, fields, count, true);
}

/* ---- what an `in` brings ---- */

/* The rank of whoever had said the value of field `no`, by the word that travels beside it. */
static uint8_t carried_rank(const struct catalog_field *field, const struct op_field *fields,
                            uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (fields[i].field != OP_IN_WRITER + field->no || fields[i].value.kind != VALUE_TEXT)
            continue;
        uint8_t rank = catalog_writer_rank(field, fields[i].value.s);
        return rank ? rank : RANK_LOWEST;
    }
    return RANK_LOWEST;
}

static void carry_one(const struct fold *fold, struct field_state *f, struct claim *next,
                      bool new_life)
{
    switch (policy_of(fold->record, f->field)) {
    case POLICY_AUTHORITY:
        put_ranked(fold, f, next);
        break;
    case POLICY_COUNTER:
        if (new_life && next->value.kind == VALUE_INT)
            stand_alone(fold, f, next);
        break;
    case POLICY_APPEND:
        stand_alone(fold, f, next);
        break;
    default:
        put_plain(fold, f, &next->value);
        break;
    }
}

void policy_carry(const struct fold *fold, const struct op_field *fields, uint32_t count,
                  bool new_life)
{
    for (uint32_t i = 0; i < count; i++) {
        struct field_state *f = policy_field(fold->record, fields[i].field);
        if (!f)
            continue;
        if (has_candidates(f->field)) {
            struct member members[OP_FIELDS_MAX];
            members_stand(fold, members, gather(fold, fields, count, i, members), seen);
            continue;
        }
        struct claim next = {.at = fold->event->at,
                             .rank = f->field->policy == POLICY_AUTHORITY
                                         ? carried_rank(f->field, fields, count)
                                         : 0,
                             .value = fields[i].value};
        carry_one(fold, f, &next, new_life);
    }
}

/* ---- existence ---- */

/* Which of the two candidates stand: bit 0 "deleted", bit 1 "exists". */
enum { SAYS_DELETED = 1, SAYS_EXISTS = 2, SAYS_BOTH = 3 };

static int says(const struct claim *claim)
{
    return claim->value.i ? SAYS_EXISTS : SAYS_DELETED;
}

/* While both stand the record is live: a delete never wins silently. */
static void derive_existence(struct record_state *record)
{
    struct field_state *f = &record->fields[0];
    int standing = 0;
    for (uint32_t i = 0; i < f->claim_count; i++)
        standing |= says(&f->claims[i]);
    record->known = standing != 0;
    record->live = (standing & SAYS_EXISTS) != 0;
    f->value = record->known ? value_int(record->live) : value_null();
    set_conflict(record, f, standing == SAYS_BOTH);
}

static void exist_stand(const struct fold *fold, bool exists)
{
    struct claim next = {.at = fold->event->at, .value = value_int(exists)};
    stand(fold, &fold->record->fields[0], &next);
    derive_existence(fold->record);
}

static int existence_seen(const struct fold *fold)
{
    const struct field_state *f = &fold->record->fields[0];
    int known = 0;
    for (uint32_t i = 0; i < f->claim_count; i++) {
        if (seen(fold, &f->claims[i]))
            known |= says(&f->claims[i]);
    }
    return known;
}

/* Edits are kept as the claims "it exists" that no later edit has seen, so that a delete, whenever
 * it is folded, can tell whether its author knew of all of them. */
void existence_edit(const struct fold *fold)
{
    struct field_state *f = &fold->record->fields[0];
    const struct value exists = value_int(1);
    if (f->claim_count == 1 && f->claims[0].value.i && seen(fold, &f->claims[0])) {
        f->claims[0].at = fold->event->at;
        f->changed = true;
        return;
    }
    if (existence_seen(fold) == SAYS_DELETED)
        return;
    remove_claims(fold, f, seen, &exists);
    exist_stand(fold, true);
}

void existence_say(const struct fold *fold, bool exists)
{
    if (existence_seen(fold) != SAYS_BOTH)
        remove_claims(fold, &fold->record->fields[0], seen, NULL);
    exist_stand(fold, exists);
}

void existence_decide(const struct fold *fold, bool exists)
{
    remove_claims(fold, &fold->record->fields[0], seen_and_named, NULL);
    exist_stand(fold, exists);
}

/* ---- a change of policy: the value in force becomes the only claim ---- */

/* Who had said it, and in which rank, is no longer told apart: like a value that an `in` brings
 * without its writer it has the lowest. */
static void become_sole(struct record_state *record, struct field_state *f)
{
    struct claim sole = f->claims[0];
    for (uint32_t i = 1; i < f->claim_count; i++) {
        if (stamp_compare_fold(&f->claims[i].at, &sole.at) < 0)
            sole.at = f->claims[i].at;
    }
    CHECK(!f->ask_prefix);
    sole.value = f->value;
    sole.rank = f->field->policy == POLICY_AUTHORITY ? RANK_LOWEST : 0;
    f->claims[0] = sole;
    f->claim_count = 1;
    if (f->field->policy == POLICY_COUNTER && sole.value.kind != VALUE_INT) {
        f->claim_count = 0;
        f->value = value_null();
    }
    f->changed = true;
    set_conflict(record, f, false);
}

void policy_follow(struct record_state *record, size_t policy_since)
{
    for (uint32_t no = 1; no < record->field_count; no++) {
        struct field_state *f = &record->fields[no];
        if (f->claim_count && f->field && f->field->policy_since > policy_since)
            become_sole(record, f);
    }
}

/* ---- what is read back ---- */

void policy_rederive(struct record_state *record)
{
    derive_existence(record);
    for (uint32_t no = 1; no < record->field_count; no++) {
        struct field_state *f = &record->fields[no];
        if (f->claim_count > 1 && f->field && has_candidates(f->field))
            set_conflict(record, f, candidates_differ(record, f));
    }
}

void policy_begin_anew(const struct fold *fold)
{
    struct record_state *record = fold->record;
    for (uint32_t no = 0; no < record->field_count; no++) {
        struct field_state *f = &record->fields[no];
        f->changed |= f->claim_count > 0;
        f->claim_count = 0;
        f->value = value_null();
        f->ask_prefix = false;
        set_conflict(record, f, false);
    }
    exist_stand(fold, true);
}

bool policy_unseen(const struct fold *fold)
{
    const struct field_state *f = &fold->record->fields[0];
    for (uint32_t i = 0; i < f->claim_count; i++) {
        if (!seen(fold, &f->claims[i]))
            return true;
    }
    return false;
}
