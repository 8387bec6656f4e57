/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * story: see story.h. A story is a row of steps. The desks are 0 and 1 of the village, 2 of the
 * township, 3 of the county; the places A and B are the two villages' ledgers, and C is a village
 * of which no desk has the ledger:
 *
 *     new0A    desk 0 makes the record, in A      send2AB  desk 2 sends it from A to B
 *     hot0A    and edits the field that the       take2    desk 2 settles what moves left open
 *              story is about                     talk2    desk 2 talks to the county
 *     tags0A   or its tags                        talk     every desk does, twice
 *     sum0A    or its counter                     mail0    desk 0 does, by courier
 *     rules4   the county has catalog 4           look0    desk 0 is looked at (plan.h)
 *     clerk    a clerk is granted, who …          lie      … says what does not fit
 *     grid0A   somebody of the grid edits a       fire     he is revoked meanwhile
 *              field that is filled in once;
 *     born1A   somebody else does                 adopt    what he did counts all the same
 *     wipe     some changes are erased
 *     copy0    the disk of desk 0 is copied       back0    and put back
 *
 * A seed tells one to three stories one after the other, each over a record of its own.
 */
#include "tests/sim/story.h"

#include <string.h>

#include "shared/base/check.h"
#include "tests/sim/found.h"
#include "tests/sim/types.h"
#include "tests/sim/world.h"

static const struct {
    const char *word;
    enum event_kind kind;
    unsigned what; /* field or person */
    int person;    /* who does it, by number + 1 */
} words[] = {
    {"new", EVENT_EDIT, 11},
    {"hot", EVENT_EDIT, 0},
    {"tags", EVENT_EDIT, 9},
    {"sum", EVENT_EDIT, 10},
    {"send", EVENT_SEND, 0},
    {"take", EVENT_TAKE, 0},
    {"talk", EVENT_SYNC, 0},
    {"mail", EVENT_COURIER, 0},
    {"look", EVENT_LOOK, 0},
    {"rules", EVENT_CATALOG, 0},
    {"clerk", EVENT_GRANT, CLERK_PERSON},
    {"grid", EVENT_EDIT, 6, GRID_PERSON + 1},
    {"born", EVENT_EDIT, 6},
    {"fire", EVENT_REVOKE, GRID_PERSON},
    {"adopt", EVENT_ADOPT, 0},
    {"wipe", EVENT_ERASE, 0},
    {"lie", EVENT_CLERK, 0},
    {"copy", EVENT_IMAGE, 0},
    {"back", EVENT_RESTORE, 0},
};

/* There is a record, and everybody has it. */
static const char beginning[] = "new0A hot0A tags0A sum0A talk0 talk";

static const struct story {
    const char *steps;
    int from_level;
} stories[] = {
    /* It goes away and comes back; who edits it at home has not heard of either. */
    {"send2AB hot2B talk2 send2BA talk2 hot0A hot1A talk0 talk hot0A talk send2AB talk2", 0},
    /* Two take it in at once, and go on there. */
    {"send2AB send3AB sum2B hot2B talk2 talk3 hot3B talk", 0},
    /* What one did on the first way arrives when the other has brought it there for the second
     * time. */
    {"send3AB send2AB talk2 send2BA talk2 send2AB hot2B talk2 hot3B talk3 talk hot2B", 0},
    /* To two places at once; only one of the ways can be. */
    {"send3AC talk3 send2AB hot2B talk2 talk look2", 0},
    /* Edits that come too late are taken over, or laid aside. */
    {"send2AB talk2 hot0A sum1A hot2B talk0 talk1 talk2 take2 talk2 talk3 take3 talk", 0},
    /* Leaves from before a catalog come together with it to a desk that has work of its own. */
    {"mail0 hot1A sum1A talk1 rules4 hot0A sum0A look0 look0 look0 look0 talk", 3},
    /* Who moves it may not write all that it brings. */
    {"rules5 talk tags0A talk send3AB talk", 3},
    /* A disk is put back, and somebody works on in several changesets before he hears of it. */
    {"copy0 sum0A talk0 back0 look1 sum0A mail0 sum0A sum0A talk0 talk", 4},
    /* Somebody with a say over both places says what does not fit. */
    {"clerk send2AB talk lie lie hot2B talk2 lie send2BA talk lie lie hot0A talk", 3},
};

/* These came later, and take the place of one of the others now and then. */
static const struct story later_stories[] = {
    /* What was quarantined is adopted when others have written the same field. */
    {"grid0A fire talk0 talk1 born1A talk1 talk2 adopt talk look0", 3},
    {"grid0A fire talk0 talk born1A hot2A talk1 adopt talk0 hot0A talk", 3},
    /* It is adopted, and erased before the desks hear of either. */
    {"grid0A hot0A fire talk0 talk1 adopt wipe wipe talk look1", 3},
    /* The other way round: what did not count when it was erased never will. */
    {"grid0A fire talk0 talk1 wipe wipe wipe adopt talk look1", 3},
};

struct teller {
    struct plan *plan;
    struct chance c;
    int faults;
    int64_t at_ms;
    unsigned hot;     /* the field that people write */
    bool undisturbed; /* nothing else happens */
};

bool story_wanted(uint64_t seed)
{
    return seed % 8 == 0;
}

/* Mostly minutes; a talk over the line is over by then. */
static int64_t draw_pause(struct chance *c, enum event_kind kind)
{
    if (kind == EVENT_LOOK)
        return (int64_t)chance_below(c, 4 * DAY_MS);
    return 2 * MINUTE_MS +
           (int64_t)chance_below(c, chance_one_in(c, 4) ? 3 * HOUR_MS : 5 * MINUTE_MS);
}

static void happens(struct teller *t, enum event_kind kind, int machine, struct aim aim)
{
    struct plan *plan = t->plan;
    if (plan->count == PLAN_EVENTS_MAX)
        return;
    t->at_ms += draw_pause(&t->c, kind);
    plan->events[plan->count++] = (struct planned){.at_ms = t->at_ms,
                                                   .kind = kind,
                                                   .machine = machine,
                                                   .luck = chance_next(&t->c),
                                                   .aim = aim};
}

/* What else happens: no talks, which would tell people what they are not to know yet. */
static void meanwhile(struct teller *t)
{
    static const struct {
        enum event_kind kind;
        int from_level;
    } others[] = {{EVENT_SAVE, 0},    {EVENT_SAVE, 0},    {EVENT_SAVE, 0},    {EVENT_LOOK, 0},
                  {EVENT_MOVE, 0},    {EVENT_KILL, 2},    {EVENT_POWER, 2},   {EVENT_CLOCK, 2},
                  {EVENT_RESTART, 2}, {EVENT_HOSTILE, 3}, {EVENT_REGISTRY, 3}};
    size_t at = chance_below(&t->c, ARRAY_LENGTH(others));
    int machine = (int)chance_below(&t->c, DESKS);
    if (!t->undisturbed && others[at].from_level <= t->faults && chance_one_in(&t->c, 4))
        happens(t, others[at].kind, machine, (struct aim){0});
}

/* One step; returns what comes behind it. */
static const char *tell_step(struct teller *t, const char *step)
{
    size_t w = 0;
    while (w < ARRAY_LENGTH(words) && strncmp(step, words[w].word, strlen(words[w].word)) != 0)
        w++;
    CHECK(w < ARRAY_LENGTH(words));
    const enum event_kind kind = words[w].kind;
    struct aim aim = {.what = words[w].what,
                      .person = words[w].person,
                      .anew = strcmp(words[w].word, "new") == 0};
    step += strlen(words[w].word);
    int number = *step >= '0' && *step <= '9' ? *step++ - '0' : -1;
    if (kind == EVENT_EDIT && aim.what == 0)
        aim.what = t->hot;
    if (kind == EVENT_CATALOG)
        aim.what = (unsigned)number;
    if (*step >= 'A')
        aim.ledger = *step++ - 'A';
    if (*step >= 'A')
        aim.to = *step++ - 'A';
    CHECK(*step == ' ' || *step == '\0');
    if (kind == EVENT_SYNC && number < 0) {
        for (int i = 0; i < 2 * DESKS; i++)
            happens(t, kind, i % DESKS, aim);
    } else {
        happens(t, kind, number, aim);
    }
    return *step ? step + 1 : step;
}

static void tell(struct teller *t, const char *steps)
{
    while (*steps) {
        meanwhile(t);
        steps = tell_step(t, steps);
    }
}

void story_make(struct plan *plan, int faults)
{
    static const unsigned hot_fields[] = {1, 2, 3, 3, 6, 7, 8, 9, 10, 14, 14};
    struct teller t = {.plan = plan, .c = {chance_mix(plan->seed + 0x7a1e5)}, .faults = faults};
    struct chance later = {chance_mix(plan->seed + 0x1a7e4)};
    if (faults >= 1 && chance_one_in(&t.c, 4))
        plan->weather = (struct weather){.drop = (unsigned)chance_below(&t.c, 10),
                                         .duplicate = (unsigned)chance_below(&t.c, 20),
                                         .slow = (unsigned)chance_below(&t.c, 10)};
    t.hot = hot_fields[chance_below(&t.c, ARRAY_LENGTH(hot_fields))];
    t.undisturbed = chance_one_in(&t.c, 3);
    for (size_t told = 1 + chance_below(&t.c, 3); told > 0; told--) {
        const struct story *story = &stories[chance_below(&t.c, ARRAY_LENGTH(stories))];
        if (chance_one_in(&later, 5))
            story = &later_stories[chance_below(&later, ARRAY_LENGTH(later_stories))];
        if (story->from_level > faults)
            continue;
        tell(&t, beginning);
        tell(&t, story->steps);
    }
}
