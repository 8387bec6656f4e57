/* SPDX-License-Identifier: MulanPSL-2.0 */
/* plan: see plan.h. */
#include "tests/sim/plan.h"

#include "tests/sim/now.h"
#include "tests/sim/story.h"
#include "tests/sim/world.h"

static const char *const names[EVENT_KINDS] = {
    "save",    "move", "sync",  "courier", "power cut", "kill",    "restart", "clock",   "registry",
    "hostile", "look", "image", "restore", "erase",     "confirm", "beside",  "upgrade", "stick",
    "edit",    "send", "take",  "catalog", "grant",     "revoke",  "adopt",   "clerk"};

const char *event_name(enum event_kind kind)
{
    return names[kind];
}

/* Of 1000 events; the rest are saves. By how much is allowed. */
static const struct share {
    enum event_kind kind;
    int from_level;
    unsigned share;
} shares[] = {
    {EVENT_SYNC, 0, 260},    {EVENT_MOVE, 0, 60},    {EVENT_LOOK, 0, 30},    {EVENT_COURIER, 1, 40},
    {EVENT_POWER, 2, 45},    {EVENT_KILL, 2, 20},    {EVENT_RESTART, 2, 20}, {EVENT_CLOCK, 2, 30},
    {EVENT_REGISTRY, 3, 35}, {EVENT_HOSTILE, 3, 50}, {EVENT_IMAGE, 4, 15},   {EVENT_RESTORE, 4, 10},
};

static enum event_kind draw_kind(struct chance *c, int faults)
{
    uint64_t at = chance_below(c, 1000);
    for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
        if (shares[i].from_level > faults)
            continue;
        if (at < shares[i].share)
            return shares[i].kind;
        at -= shares[i].share;
    }
    return EVENT_SAVE;
}

static int64_t draw_pause(struct chance *c)
{
    switch (chance_below(c, 8)) {
    case 0:
        return (int64_t)chance_below(c, 3);
    case 1:
    case 2:
        return (int64_t)chance_below(c, 5000);
    case 3:
    case 4:
        return (int64_t)chance_below(c, 10 * MINUTE_MS);
    case 5:
    case 6:
        return (int64_t)chance_below(c, 3 * HOUR_MS);
    default:
        return (int64_t)chance_below(c, 2 * DAY_MS);
    }
}

static int draw_machine(struct chance *c, enum event_kind kind)
{
    bool any = kind == EVENT_POWER || kind == EVENT_KILL || kind == EVENT_RESTART ||
               kind == EVENT_CLOCK || kind == EVENT_LOOK;
    if (any && chance_one_in(c, 5))
        return -1;
    return (int)chance_below(c, DESKS);
}

/* A disk that is put back splits a chain only if work was delivered between the copy and then, and
 * more is done before the desk hears of it. Rare by itself, so this happens on purpose too. */
static const enum event_kind split[] = {EVENT_IMAGE,   EVENT_SAVE, EVENT_SYNC, EVENT_SAVE,
                                        EVENT_RESTORE, EVENT_SAVE, EVENT_SAVE, EVENT_SYNC};

static void make_weeks(struct plan *plan, int faults)
{
    struct chance c = {chance_mix(plan->seed + 0x51ed270b)};
    int64_t at = 0;
    if (faults >= 1 && chance_of(&c, 75))
        plan->weather = (struct weather){.drop = (unsigned)chance_below(&c, 31),
                                         .duplicate = (unsigned)chance_below(&c, 20),
                                         .cut = (unsigned)chance_below(&c, 10),
                                         .slow = (unsigned)chance_below(&c, 30)};
    plan->count = 24 + chance_below(&c, 72);
    size_t in_split = 0;
    for (size_t i = 0; i < plan->count; i++) {
        struct planned *e = &plan->events[i];
        bool others = in_split && chance_one_in(&c, 3); /* meanwhile */
        at += draw_pause(&c) + (in_split ? HOUR_MS : 0);
        e->at_ms = at;
        e->kind = in_split && !others ? split[in_split++] : draw_kind(&c, faults);
        e->machine = draw_machine(&c, e->kind);
        e->luck = chance_next(&c);
        if (e->kind == EVENT_IMAGE && !in_split)
            in_split = 1;
        if ((in_split && !others) || e->kind == EVENT_IMAGE || e->kind == EVENT_RESTORE)
            e->machine = (int)(plan->seed % DESKS); /* one desk of a seed */
        if (in_split == sizeof(split) / sizeof(split[0]))
            in_split = 0;
    }
}

/* What happens besides, at any time until the last of what happens anyway. */
struct besides {
    struct plan *plan;
    struct chance c;
    int64_t from_ms, until_ms; /* the latter from the former on */
};

static void add(struct besides *b, enum event_kind kind, int machine)
{
    struct plan *plan = b->plan;
    const int64_t at_ms = b->from_ms + (int64_t)chance_below(&b->c, (uint64_t)b->until_ms + 1);
    const uint64_t luck = chance_next(&b->c);
    if (plan->count < PLAN_EVENTS_MAX)
        plan->events[plan->count++] =
            (struct planned){.at_ms = at_ms, .kind = kind, .machine = machine, .luck = luck};
}

/* Some begin with an older program; most of them get the new one on the way, the rest at the end.
 */
static void add_older(struct besides b, int faults)
{
    b.c.state = chance_mix(b.plan->seed + 0x01de4);
    if (faults < 2 || !chance_one_in(&b.c, 5))
        return;
    for (int i = -1; i < DESKS; i++) {
        const bool older = chance_one_in(&b.c, i < 0 ? 8 : 2), upgraded = chance_of(&b.c, 70);
        if (older)
            b.plan->older |= i < 0 ? OLDER_COUNTY : 1u << i;
        if (older && upgraded)
            add(&b, EVENT_UPGRADE, i);
    }
}

/* In some counties things are written down that should not be. */
static void add_erasures(struct besides b, int faults)
{
    b.c.state = chance_mix(b.plan->seed + 0xe4a5e);
    if (faults < 3 || !chance_one_in(&b.c, 4))
        return;
    for (uint64_t n = 1 + chance_below(&b.c, 6); n > 0; n--)
        add(&b, EVENT_ERASE, -1);
}

/* A service, and commands beside it: two programs on the folder of one desk, from some time on. */
static void add_beside(struct besides b, int faults)
{
    b.c.state = chance_mix(b.plan->seed + 0xbe51de);
    if (faults < 2 || !chance_one_in(&b.c, 6))
        return;
    for (uint64_t n = 1 + chance_below(&b.c, 2); n > 0; n--) {
        int desk = (int)chance_below(&b.c, DESKS);
        for (uint64_t times = 1 + chance_below(&b.c, 5); times > 0; times--)
            add(&b, EVENT_BESIDE, desk);
    }
}

/* Some desks exchange by stick, too. */
static void add_sticks(struct besides b, int faults)
{
    b.c.state = chance_mix(b.plan->seed + 0x571c4);
    if (faults < 1 || !chance_one_in(&b.c, 4))
        return;
    for (uint64_t n = 1 + chance_below(&b.c, 8); n > 0; n--)
        add(&b, EVENT_STICK, (int)chance_below(&b.c, DESKS));
}

/* The county's disk is put back to a copy of the first half of these weeks. Only where no desk's
 * is: what both have lost, nobody can bring back. */
static void add_restored_county(struct besides b, int faults)
{
    b.c.state = chance_mix(b.plan->seed + 0xc0bac);
    if (faults < 4 || !chance_one_in(&b.c, 4))
        return;
    for (size_t i = 0; i < b.plan->count; i++)
        if (b.plan->events[i].kind == EVENT_RESTORE)
            return;
    b.until_ms /= 2;
    add(&b, EVENT_IMAGE, -1);
    b.from_ms = b.until_ms;
    add(&b, EVENT_RESTORE, -1);
    b.from_ms += b.until_ms / 2;
    b.until_ms /= 2;
    add(&b, EVENT_CONFIRM, -1);
    add(&b, EVENT_CONFIRM, -1);
}

void plan_make(struct plan *plan, uint64_t seed, int faults)
{
    *plan = (struct plan){.seed = seed};
    if (story_wanted(seed))
        story_make(plan, faults);
    else
        make_weeks(plan, faults);
    const struct besides besides = {
        .plan = plan, .until_ms = plan->count ? plan->events[plan->count - 1].at_ms : 0};
    add_older(besides, faults);
    add_erasures(besides, faults);
    add_beside(besides, faults);
    add_restored_county(besides, faults);
    add_sticks(besides, faults);
}
