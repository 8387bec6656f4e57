/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * link: bytes between desks and county, over lines and couriers that lose, repeat, delay and damage
 * them. A desk's exchange is the programs' own (agent/core/exchange); only the wire is made up.
 *
 *   link_begin ─ request ─▶ ITEM_REQUEST ─ county ─▶ ITEM_ANSWER ─ desk ─▶ next request …
 *                               └── lost: ITEM_TIMEOUT ends the exchange ──┘
 *
 * An exchange by courier has weeks of patience and runs beside the one over the line, so its
 * answers meet a desk that has moved on meanwhile.
 */
#include "tests/sim/found.h"
#include "tests/sim/world.h"

#include "agent/core/fork.h"
#include "agent/core/receive.h"
#include "shared/base/check.h"

#define LINE 0
#define COURIER 1

static uint64_t next_exchange; /* numbers need not be the same in another run */

static int64_t draw_delay(const struct world *w, struct chance *c, int slot)
{
    if (w->healing)
        return 1 + (int64_t)chance_below(c, 200);
    if (slot == COURIER)
        return HOUR_MS + (int64_t)chance_below(c, 6 * DAY_MS);
    if (chance_of(c, w->plan->weather.slow))
        return (int64_t)chance_below(c, 3 * DAY_MS);
    return 1 + (int64_t)chance_below(c, chance_one_in(c, 3) ? 30000 : 300);
}

static int64_t patience(int slot)
{
    return slot == COURIER ? 20 * DAY_MS : 5 * MINUTE_MS;
}

static struct slice copy_bytes(struct slice bytes)
{
    uint8_t *p = mem_alloc(bytes.n + 1);
    if (bytes.n)
        memcpy(p, bytes.p, bytes.n);
    return slice_of(p, bytes.n);
}

/* Cut short. Bits that turned over are found below this level, by the digest, TLS or the bundle's
 * signature, and end the same way. */
static void damage(struct slice *bytes, struct chance *c)
{
    if (bytes->n)
        bytes->n = chance_below(c, bytes->n);
}

static void carry(struct world *w, const struct item *what, struct slice bytes, struct chance *c)
{
    const struct weather *weather = &w->plan->weather;
    int copies = 1;
    if (!w->healing && chance_of(c, weather->drop))
        copies = 0;
    else if (!w->healing && chance_of(c, weather->duplicate))
        copies = 2;
    for (int i = 0; i < copies; i++) {
        struct item item = *what;
        item.bytes = copy_bytes(bytes);
        item.damaged = !w->healing && chance_of(c, weather->cut);
        if (item.damaged)
            damage(&item.bytes, c);
        world_later(w, now.ms + draw_delay(w, c, what->slot), &item);
    }
}

/* ---- the desk's side ---- */

static void end_exchange(struct machine *m, int slot)
{
    exchange_release(&m->exchange[slot]);
    m->exchange[slot] = (struct exchange){0};
    m->exchange_id[slot] = 0;
}

struct turn {
    int slot;
    bool shows, any, recovering; /* of handing back */
    struct slice answer;
    struct buf request;
    struct error err;
    enum status st;
};

static void make_request(struct world *w, struct machine *m, void *arg)
{
    struct turn *turn = arg;
    (void)w;
    buf_init(&turn->request, MESSAGE_MAX);
    turn->st = exchange_request(&m->exchange[turn->slot], &turn->request, &turn->err);
}

static void send_request(struct world *w, struct machine *m, int slot)
{
    struct turn turn = {.slot = slot};
    if (!machine_run(w, m, make_request, &turn))
        return;
    if (turn.st != ST_OK)
        world_fail(w, "%s cannot make a request: %s", machine_name(m), turn.err.text);
    struct item item = {.kind = ITEM_REQUEST,
                        .desk = m->no,
                        .slot = slot,
                        .exchange = m->exchange_id[slot],
                        .round = m->exchange[slot].session.progress.rounds};
    world_tell(w, "%s: sends %zu bytes%s", machine_name(m), turn.request.n,
               slot == COURIER ? " by courier" : "");
    carry(w, &item, buf_slice(&turn.request), &m->link[slot]);
    buf_release(&turn.request);
    item.kind = ITEM_TIMEOUT;
    item.bytes = SLICE_NONE;
    world_later(w, now.ms + patience(slot), &item);
}

/* Chains that split when the disk was put back, by the keys of who is there. */
static void heal_forks(struct world *w, struct machine *m, void *arg)
{
    struct turn *turn = arg;
    if (m->beside) /* as huce sync does */
        turn->st = desk_refresh(m->desk, &turn->err);
    for (int i = 0; i < PEOPLE && turn->st == ST_OK; i++) {
        struct author author = {.kid = *sign_key_kid(people[i].key), .key = people[i].key};
        size_t healed = 0;
        if (people[i].desk == m->no)
            turn->st = fork_heal_all(m->desk, &author, &healed, &turn->err);
        if (healed)
            world_tell(w, "%s: %s signs %zu changesets again", machine_name(m), people[i].name,
                       healed);
    }
}

/* ---- a county that has been put back ---- */

static void hand_over(struct world *w, struct machine *m, void *arg)
{
    struct turn *turn = arg;
    struct handing *handing = &m->handing[turn->slot];
    struct handback_answer answer;
    struct arena arena = {0};
    (void)w;
    buf_init(&turn->request, MESSAGE_MAX);
    if (turn->shows) {
        turn->st = desk_refresh(m->exchange[turn->slot].desk, &turn->err);
        *handing = (struct handing){.desk = m->exchange[turn->slot].desk};
        if (turn->st == ST_OK)
            turn->st = handback_heads(handing, &turn->request, &turn->err);
        turn->any = true;
    } else {
        turn->st = handback_answer_read(turn->answer, &arena, &answer, &turn->err);
        if (turn->st == ST_OK) {
            turn->recovering = answer.recovering;
            turn->st = handback_next(handing, &answer, &turn->request, &turn->any, &turn->err);
        }
    }
    arena_release(&arena);
}

/* Shows the county what it had signed (answer n == 0), or hands over the next of it. */
static void go_on_handing(struct world *w, struct machine *m, const struct item *answer)
{
    const int slot = answer->slot;
    struct turn turn = {.slot = slot, .shows = !answer->handing, .answer = answer->bytes};
    if (!machine_run(w, m, hand_over, &turn))
        return;
    if (turn.st == ST_DAMAGED)
        world_fail(w, "%s: a second past was signed: %s", machine_name(m), turn.err.text);
    if (turn.st == ST_OK && turn.any) {
        struct item item = *answer;
        item.kind = ITEM_REQUEST;
        item.handing = true;
        item.round = ++m->handed[slot];
        world_tell(w, "%s: %s", machine_name(m),
                   turn.shows ? "shows what the county had signed" : "hands leaves back");
        carry(w, &item, buf_slice(&turn.request), &m->link[slot]);
        item.kind = ITEM_TIMEOUT;
        item.bytes = SLICE_NONE;
        world_later(w, now.ms + patience(slot), &item);
    } else {
        end_exchange(m, slot);
    }
    buf_release(&turn.request);
}

static void take_handed(struct world *w, struct machine *m, const struct item *item)
{
    if (item->error || item->round != m->handed[item->slot])
        end_exchange(m, item->slot);
    else
        go_on_handing(w, m, item);
}

void link_begin(struct world *w, struct machine *m, int slot, uint64_t luck)
{
    struct turn heal = {0};
    if (!m->up || m->exchange_id[slot] || !machine_run(w, m, heal_forks, &heal))
        return;
    if (heal.st != ST_OK)
        world_fail(w, "%s cannot heal a fork: %s", machine_name(m), heal.err.text);
    m->exchange_id[slot] = ++next_exchange;
    m->handed[slot] = 0;
    m->link[slot].state = luck;
    exchange_init(&m->exchange[slot], m->desk);
    send_request(w, m, slot);
}

/* Failures that a broken line or a broken message explains. */
static bool harmless(enum status st)
{
    return st == ST_INVALID || st == ST_LIMIT || st == ST_UNREACHABLE;
}

static void take_answer(struct world *w, struct machine *m, void *arg)
{
    struct turn *turn = arg;
    (void)w;
    turn->st = exchange_answer(&m->exchange[turn->slot], turn->answer, NULL, NULL, &turn->err);
}

static void turn_failed(struct world *w, struct machine *m, const struct turn *turn, bool damaged)
{
    world_tell(w, "%s: exchange ends: %s", machine_name(m), turn->err.text);
    if (!harmless(turn->st) || !damaged)
        world_fail(w, "%s does not take an answer: %s", machine_name(m), turn->err.text);
    end_exchange(m, turn->slot);
}

void link_answer(struct world *w, const struct item *item)
{
    struct machine *m = &w->desks[item->desk];
    struct exchange *x = &m->exchange[item->slot];
    struct turn turn = {.slot = item->slot, .answer = item->bytes};
    if (!m->up || m->exchange_id[item->slot] != item->exchange ||
        item->county_life != w->county.life)
        return;
    machine_turn_to(m, x->desk);
    if (item->handing) {
        take_handed(w, m, item);
        return;
    }
    if (m->handed[item->slot] || x->session.progress.rounds != item->round ||
        x->session.state != SESSION_WAITING)
        return;
    if (item->behind) {
        go_on_handing(w, m, item);
        return;
    }
    if (item->error) {
        end_exchange(m, item->slot);
        return;
    }
    if (!machine_run(w, m, take_answer, &turn))
        return;
    if (turn.st == ST_WAIT && w->county.restored) {
        go_on_handing(w, m, item);
        return;
    }
    if (turn.st != ST_OK) {
        turn_failed(w, m, &turn, item->damaged);
        return;
    }
    world_tell(w, "%s: answer taken, %llu leaves, %llu confirmed", machine_name(m),
               (unsigned long long)x->session.progress.received,
               (unsigned long long)x->session.progress.confirmed);
    if (x->session.state == SESSION_READY) {
        send_request(w, m, item->slot);
        return;
    }
    if (x->session.state == SESSION_FAILED)
        world_tell(w, "%s: exchange failed: %s", machine_name(m), x->session.error.text);
    end_exchange(m, item->slot);
}

void link_timeout(struct world *w, const struct item *item)
{
    struct machine *m = &w->desks[item->desk];
    if (m->up && m->exchange_id[item->slot] == item->exchange && item->handing) {
        if (m->handed[item->slot] == item->round)
            end_exchange(m, item->slot);
    } else if (m->up && m->exchange_id[item->slot] == item->exchange && !m->handed[item->slot] &&
               m->exchange[item->slot].session.progress.rounds == item->round)
        end_exchange(m, item->slot);
}

/* ---- the county's side ---- */

struct asking {
    const struct hash *device;
    bool handing;
    struct slice request;
    struct buf answer;
    struct error err;
    enum status st;
};

static void answer_request(struct world *w, struct machine *m, void *arg)
{
    struct asking *asking = arg;
    (void)w;
    buf_init(&asking->answer, MESSAGE_MAX);
    asking->st = (asking->handing ? county_take_back : county_answer)(
        m->server, asking->device, asking->request, &asking->answer, &asking->err);
}

void link_request(struct world *w, const struct item *item)
{
    struct asking asking = {
        .device = found_device(item->desk), .handing = item->handing, .request = item->bytes};
    if (!w->county.up || !machine_run(w, &w->county, answer_request, &asking))
        return;
    const bool behind = asking.st == ST_WAIT && county_recovers(w);
    if (asking.st != ST_OK && !behind && (!harmless(asking.st) || !item->damaged))
        world_fail(w, "the county cannot answer: %s", asking.err.text);
    if (asking.st != ST_OK)
        world_tell(w, "county: says no: %s", asking.err.text);
    if (item->desk >= 0 && w->desks[item->desk].up) {
        struct item answer = *item;
        answer.kind = ITEM_ANSWER;
        answer.error = asking.st != ST_OK;
        answer.behind = behind && !item->handing;
        answer.county_life = w->county.life;
        answer.damaged = false;
        carry(w, &answer, buf_slice(&asking.answer), &w->desks[item->desk].link[item->slot]);
    }
    buf_release(&asking.answer);
}

void link_throw(struct world *w, int desk, struct slice bytes, int64_t delay_ms)
{
    struct item item = {.kind = ITEM_REQUEST, .desk = desk, .bytes = copy_bytes(bytes)};
    world_later(w, now.ms + delay_ms, &item);
}
