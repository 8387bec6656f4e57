/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * naive: the merge rules a second time, as plainly as they can be said, to hold the real merge
 * against. It keeps every event for ever, knows who had seen what from a full matrix instead of
 * bases and numbers, walks the whole history for every question, and shares no code with
 * shared/merge.
 *
 * A record that moves has several lives in a ledger. naive_lives cuts a history at its arrivals;
 * every other question is asked of one life alone, as if there had been no other.
 */
#ifndef TESTS_UNIT_MERGE_NAIVE_H
#define TESTS_UNIT_MERGE_NAIVE_H

#include "tests/unit/merge/world.h"

#define NAIVE_CHANGESETS 48
#define NAIVE_EVENTS 256

struct naive_event {
    int changeset;
    struct stamp at;
    int rank;
    const struct op *op;
    size_t named_count;
    const struct stamp *named;
};

struct naive_history {
    size_t count;
    struct naive_event events[NAIVE_EVENTS]; /* in fold order */
    bool arrived;                            /* this life began with an `in`, at this leaf */
    uint64_t arrival_leaf;
    uint64_t base[NAIVE_CHANGESETS];
    bool knows[NAIVE_CHANGESETS][NAIVE_CHANGESETS]; /* [a][b]: the author of a had seen b */
};

/* Something that was said about a field (or two fields of a group). */
struct naive_said {
    const struct naive_event *by;
    struct value v[2];
    bool stands;
};

struct naive_saids {
    size_t count;
    struct naive_said said[NAIVE_EVENTS];
};

struct naive_lost {
    uint32_t field;
    struct stamp loser;
    enum overruled_why why;
};

struct naive_losses {
    size_t count;
    struct naive_lost lost[NAIVE_EVENTS];
};

/* Had the author of `later` seen `earlier`, which comes before it in fold order? */
static inline bool naive_seen(const struct naive_history *h, const struct naive_event *earlier,
                              const struct naive_event *later)
{
    return earlier->changeset == later->changeset || h->knows[later->changeset][earlier->changeset];
}

static inline bool naive_named(const struct naive_event *by, const struct naive_event *e)
{
    for (size_t i = 0; i < by->named_count; i++) {
        if (by->named[i].leaf == e->at.leaf && by->named[i].position == e->at.position)
            return true;
    }
    return false;
}

static inline bool naive_writes(const struct op *op, uint32_t field, struct value *value)
{
    *value = value_null();
    if (op->code == OP_WITHDRAW)
        return op->field == field;
    if (op->code != OP_PUT && op->code != OP_RESOLVE && op->code != OP_IN)
        return false;
    for (uint32_t i = 0; i < op->field_count; i++) {
        if (op->fields[i].field == field) {
            *value = op->fields[i].value;
            return true;
        }
    }
    return false;
}

static inline bool naive_same(const struct naive_said *a, const struct naive_said *b)
{
    return value_equal(&a->v[0], &b->v[0]) && value_equal(&a->v[1], &b->v[1]);
}

static inline int naive_lww(const struct stamp *a, const struct stamp *b)
{
    if (a->effective_ms != b->effective_ms)
        return a->effective_ms < b->effective_ms ? -1 : 1;
    if (a->leaf != b->leaf)
        return a->leaf < b->leaf ? -1 : 1;
    return a->position < b->position ? -1 : a->position > b->position;
}

static inline void naive_lose(struct naive_losses *losses, uint32_t field, const struct stamp *at,
                              enum overruled_why why)
{
    if (losses)
        losses->lost[losses->count++] = (struct naive_lost){field, *at, why};
}

/* ---- lww, one rank of authority ---- */

/* The greatest of all that writers of this rank (0: of any) have ever said; NULL: nothing. */
static inline const struct naive_event *naive_greatest(const struct naive_history *h, size_t until,
                                                       uint32_t field, int rank,
                                                       struct value *value)
{
    const struct naive_event *greatest = NULL;
    for (size_t i = 0; i < until; i++) {
        const struct naive_event *e = &h->events[i];
        struct value v;
        if (!naive_writes(e->op, field, &v) || (rank && e->rank != rank))
            continue;
        if (!greatest || naive_lww(&e->at, &greatest->at) >= 0) {
            greatest = e;
            *value = v;
        }
    }
    return greatest;
}

/* Concurrent values that differ: whichever is not the greatest after the event has lost. */
static inline void naive_lww_losses(const struct naive_history *h, uint32_t field, bool ranks,
                                    struct naive_losses *losses)
{
    for (size_t i = 0; i < h->count; i++) {
        const struct naive_event *e = &h->events[i];
        struct value mine, theirs;
        if (!naive_writes(e->op, field, &mine))
            continue;
        const struct naive_event *before =
            naive_greatest(h, i, field, ranks ? e->rank : 0, &theirs);
        if (before && !naive_seen(h, before, e) && !value_equal(&mine, &theirs))
            naive_lose(losses, field, naive_lww(&before->at, &e->at) < 0 ? &before->at : &e->at,
                       OVERRULED_LATER);
    }
}

/* ---- review, once, state: candidates ---- */

enum naive_rule { NAIVE_REVIEW, NAIVE_ONCE, NAIVE_STATE };

static inline bool naive_pair(const struct value *from, const struct value *to)
{
    static const char *const legal[][2] = {{NULL, "draft"},       {"draft", "public"},
                                           {"draft", "dropped"},  {"public", "draft"},
                                           {"public", "dropped"}, {"dropped", NULL}};
    for (size_t i = 0; i < ARRAY_LENGTH(legal); i++) {
        struct value a = text(legal[i][0]), b = text(legal[i][1]);
        if (value_equal(from, &a) && value_equal(to, &b))
            return true;
    }
    return false;
}

/* What stands after all events below the leaf `limit`. fields[1] = 0: a field of its own. */
static inline void naive_candidates(const struct naive_history *h, uint64_t limit,
                                    enum naive_rule rule, const uint32_t fields[2],
                                    struct naive_saids *all, struct naive_losses *losses)
{
    all->count = 0;
    for (size_t i = 0; i < h->count && h->events[i].at.leaf < limit; i++) {
        const struct naive_event *e = &h->events[i];
        struct naive_said next = {.by = e, .stands = true};
        struct value from = value_null();
        bool steps = e->op->code == OP_STATE && e->op->field == fields[0];
        if (steps) {
            from = e->op->from;
            next.v[0] = e->op->to;
        } else if (!naive_writes(e->op, fields[0], &next.v[0])) {
            continue;
        }
        if (fields[1])
            naive_writes(e->op, fields[1], &next.v[1]);

        /* S: the different values standing that the author had seen */
        const struct naive_said *first = NULL, *any = NULL;
        size_t standing = 0, different = 0;
        bool present = false;
        for (size_t j = 0; j < all->count; j++) {
            const struct naive_said *s = &all->said[j];
            if (!s->stands)
                continue;
            any = any ? any : s;
            standing++;
            present |= naive_same(s, &next);
            if (!naive_seen(h, s->by, e))
                continue;
            different += !first || (different == 1 && !naive_same(first, s));
            first = first ? first : s;
        }

        bool replaces;
        if (e->op->code == OP_IN) {
            replaces = true;
        } else if (e->op->code == OP_RESOLVE) {
            if (rule == NAIVE_STATE && !present) { /* it is no step */
                struct value now = any ? any->v[0] : value_null();
                if (!value_equal(&now, &next.v[0]))
                    naive_lose(losses, fields[0], &e->at, OVERRULED_ILLEGAL_STEP);
                continue;
            }
            for (size_t j = 0; j < all->count; j++) {
                if (naive_named(e, all->said[j].by) && naive_seen(h, all->said[j].by, e))
                    all->said[j].stands = false;
            }
            replaces = false;
        } else if (rule == NAIVE_REVIEW) {
            replaces = different <= 1;
        } else if (rule == NAIVE_ONCE) {
            replaces = standing == 1 && first && first->v[0].kind == VALUE_NULL;
            bool empty = standing == 0 || replaces;
            if (present || (empty && next.v[0].kind == VALUE_NULL))
                continue;
        } else {
            bool saw_empty = different == 0 || (different == 1 && first->v[0].kind == VALUE_NULL);
            bool nothing = next.v[0].kind == VALUE_NULL;
            if (!steps && saw_empty && nothing)
                continue;
            if ((!steps && !saw_empty) || !naive_pair(&from, &next.v[0])) {
                struct value now = any ? any->v[0] : value_null();
                if (!value_equal(&now, &next.v[0]))
                    naive_lose(losses, fields[0], &e->at, OVERRULED_ILLEGAL_STEP);
                continue;
            }
            replaces = different == 1 && value_equal(&first->v[0], &from);
        }
        for (size_t j = 0; replaces && j < all->count; j++) {
            if (naive_seen(h, all->said[j].by, e))
                all->said[j].stands = false;
        }
        all->said[all->count++] = next;
    }
}

/* In force below `limit`: the one value; in a conflict what was in force at the smallest base of
 * those who disagree; if that was nothing, the earliest. False: nothing. */
static inline bool naive_in_force(const struct naive_history *h, uint64_t limit,
                                  enum naive_rule rule, const uint32_t fields[2],
                                  struct value out[2], bool *conflict)
{
    struct naive_saids *all = mem_alloc(sizeof *all);
    naive_candidates(h, limit, rule, fields, all, NULL);
    const struct naive_said *first = NULL, *earliest = NULL;
    uint64_t smallest = UINT64_MAX;
    *conflict = false;
    out[0] = out[1] = value_null();
    for (size_t i = 0; i < all->count; i++) {
        const struct naive_said *s = &all->said[i];
        if (!s->stands)
            continue;
        if (first && !naive_same(first, s))
            *conflict = true;
        first = first ? first : s;
        if (!earliest || naive_lww(&s->by->at, &earliest->by->at) < 0)
            earliest = s;
        if (h->base[s->by->changeset] < smallest)
            smallest = h->base[s->by->changeset];
    }
    if (first && *conflict && rule != NAIVE_ONCE) {
        bool unused, past = true;
        if (h->arrived && smallest <= h->arrival_leaf) {
            smallest = h->arrival_leaf + 1; /* what it brought, not what stood before it came */
            past = h->arrival_leaf < LEAF_OVERLAY && smallest < limit;
        }
        if (!past || !naive_in_force(h, smallest, rule, fields, out, &unused))
            memcpy(out, earliest->v, sizeof earliest->v);
    } else if (first) {
        memcpy(out, first->v, sizeof first->v);
    }
    mem_free(all);
    return out[0].kind != VALUE_NULL || out[1].kind != VALUE_NULL;
}

/* ---- worst ---- */

static inline int naive_worse(const struct value *value)
{
    static const char *const words[] = {"lost", "hurt", "safe"};
    for (int i = 0; i < 3; i++) {
        struct value v = text(words[i]);
        if (value_equal(value, &v))
            return i;
    }
    return 3;
}

/* All that no later writer has seen, after the first `until` events. */
static inline void naive_unseen(const struct naive_history *h, size_t until, uint32_t field,
                                struct naive_saids *all)
{
    all->count = 0;
    for (size_t i = 0; i < until; i++) {
        struct naive_said s = {.by = &h->events[i], .stands = true};
        if (!naive_writes(s.by->op, field, &s.v[0]))
            continue;
        for (size_t j = i + 1; j < until && s.stands; j++) {
            struct value v;
            if (naive_writes(h->events[j].op, field, &v) && naive_seen(h, s.by, &h->events[j]))
                s.stands = false;
        }
        if (s.stands)
            all->said[all->count++] = s;
    }
}

static inline const struct naive_said *naive_worst(const struct naive_saids *all,
                                                   const struct naive_event *except)
{
    const struct naive_said *worst = NULL;
    for (size_t i = 0; i < all->count; i++) {
        const struct naive_said *s = &all->said[i];
        if (s->by == except)
            continue;
        int d = worst ? naive_worse(&s->v[0]) - naive_worse(&worst->v[0]) : -1;
        if (d < 0 || (d == 0 && naive_lww(&s->by->at, &worst->by->at) > 0))
            worst = s;
    }
    return worst;
}

/* ---- set ---- */

/* Does the add of event i (element v) stand: no later add or remove of it has seen it? */
static inline bool naive_add_stands(const struct naive_history *h, size_t i, uint32_t field,
                                    const struct value *v)
{
    for (size_t j = i + 1; j < h->count; j++) {
        const struct op *op = h->events[j].op;
        if (op->code != OP_SET || op->field != field ||
            !naive_seen(h, &h->events[i], &h->events[j]))
            continue;
        for (uint32_t k = 0; k < op->add_count; k++) {
            if (value_equal(&op->adds[k], v))
                return false;
        }
        for (uint32_t k = 0; k < op->remove_count; k++) {
            if (value_equal(&op->removes[k], v))
                return false;
        }
    }
    return true;
}

/* ---- existence ---- */

static inline void naive_existence(const struct naive_history *h, struct naive_saids *all)
{
    all->count = 0;
    for (size_t i = 0; i < h->count; i++) {
        const struct naive_event *e = &h->events[i];
        struct value decided = value_null();
        bool decides = e->op->code == OP_RESOLVE && naive_writes(e->op, 0, &decided);
        bool says = e->op->code == OP_DELETE || e->op->code == OP_RESTORE;
        bool saw[2] = {false, false};
        for (size_t j = 0; j < all->count; j++) {
            if (all->said[j].stands && naive_seen(h, all->said[j].by, e))
                saw[all->said[j].v[0].i] = true;
        }
        struct naive_said next = {.by = e, .stands = true};
        next.v[0] = decides ? decided : value_int(e->op->code != OP_DELETE);
        if (!decides && !says && saw[0] && !saw[1])
            continue; /* an edit that knew of the delete does not revive */
        for (size_t j = 0; j < all->count; j++) {
            struct naive_said *s = &all->said[j];
            if (!naive_seen(h, s->by, e))
                continue;
            if (decides)
                s->stands &= !naive_named(e, s->by);
            else if (says)
                s->stands &= saw[0] && saw[1];
            else
                s->stands &= s->v[0].i == 0;
        }
        all->said[all->count++] = next;
    }
}

/* ---- links ---- */

/* Does what event i says of its pair stand: has no later word about the pair seen it? */
static inline bool naive_link_stands(const struct naive_history *h, size_t i)
{
    const struct op *mine = h->events[i].op;
    for (size_t j = i + 1; j < h->count; j++) {
        const struct op *op = h->events[j].op;
        if (op->code == OP_LINK && naive_seen(h, &h->events[i], &h->events[j]) &&
            ((record_id_equal(&op->record, &mine->record) &&
              record_id_equal(&op->other, &mine->other)) ||
             (record_id_equal(&op->record, &mine->other) &&
              record_id_equal(&op->other, &mine->record))))
            return false;
    }
    return true;
}

/* ---- moves ---- */

struct naive_moves {
    uint32_t in_hop, out_hop; /* the highest, 0: none */
    struct slice from;        /* of the highest in */
    bool late;
};

/* Has any edit of this life, after its first `until` events, no later one that had seen it? */
static inline bool naive_unseen_edit(const struct naive_history *life,
                                     const struct naive_event *mover)
{
    struct naive_saids *all = mem_alloc(sizeof *all);
    bool unseen = false;
    naive_existence(life, all);
    for (size_t i = 0; i < all->count; i++)
        unseen |= all->said[i].stands && !naive_seen(life, all->said[i].by, mover);
    mem_free(all);
    return unseen;
}

/* Cuts the whole history into lives, without the outs, links and what says nothing; returns how
 * many. */
static inline size_t naive_lives(const struct naive_history *whole, struct naive_history *lives,
                                 size_t max, struct naive_moves *moves)
{
    size_t n = 0;
    bool outs[16] = {false};
    const struct naive_event *away = NULL; /* the out by which it is away */
    memset(moves, 0, sizeof *moves);
    lives[n] = *whole;
    lives[n++].count = 0;
    for (size_t i = 0; i < whole->count; i++) {
        const struct naive_event *e = &whole->events[i];
        uint32_t hop = e->op->hop;
        if (e->op->code == OP_LINK)
            continue; /* of its life it says nothing */
        if (e->op->code == OP_OUT) {
            if (outs[hop])
                continue;
            outs[hop] = true;
            moves->late |= naive_unseen_edit(&lives[n - 1], e);
            if (hop > moves->out_hop) {
                moves->out_hop = hop;
                if (hop > moves->in_hop)
                    away = e;
            }
            continue;
        }
        if (e->op->code == OP_IN && hop > moves->in_hop) {
            moves->late |= naive_unseen_edit(&lives[n - 1], e);
            moves->in_hop = hop;
            moves->from = e->op->origin;
            if (hop >= moves->out_hop)
                away = NULL;
            assert_true(n < max);
            lives[n] = *whole;
            lives[n].count = 0;
            lives[n].arrived = true;
            lives[n++].arrival_leaf = e->at.leaf;
        } else if (e->op->code == OP_IN &&
                   (hop < moves->in_hop || e->op->origin.p[0] != moves->from.p[0])) {
            continue; /* too late, or from somewhere else: says nothing */
        } else if (away && naive_lww(&away->at, &e->at) != 0) {
            moves->late = true;
        }
        lives[n - 1].events[lives[n - 1].count++] = *e;
    }
    return n;
}

#endif
