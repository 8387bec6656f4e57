/* SPDX-License-Identifier: MulanPSL-2.0 */
/* world: see world.h. Virtual time moves from one item of the queue to the next. */
#include "tests/sim/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "shared/base/check.h"
#include "shared/base/file.h"
#include "tests/sim/found.h"
#include "tests/sim/older.h"
#include "tests/sim/oracle.h"
#include "tests/sim/stick.h"
#include "tests/sim/given.h"
#include "tests/sim/heads.h"

static struct machine *running;
static struct world *running_world;
static jmp_buf power_gone;

/* ---- findings ---- */

_Noreturn void world_fail(struct world *w, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(w->failure, sizeof(w->failure), format, args);
    va_end(args);
    longjmp(w->ended, 1);
}

void world_tell(struct world *w, const char *format, ...)
{
    va_list args;
    int64_t ms = now.ms - NOW_START_MS;
    if (!w->told)
        return;
    printf("%3lldd %02lld:%02lld:%02lld.%03lld  ", (long long)(ms / DAY_MS),
           (long long)(ms / HOUR_MS % 24), (long long)(ms / MINUTE_MS % 60),
           (long long)(ms / 1000 % 60), (long long)(ms % 1000));
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
}

static _Noreturn void on_broken(const char *file, int line, const char *expression)
{
    if (!running_world) {
        fprintf(stderr, "%s:%d: CHECK failed: %s\n", file, line, expression);
        abort();
    }
    world_fail(running_world, "CHECK failed at %s:%d: %s (%s)", file, line, expression,
               running ? machine_name(running) : "between machines");
}

/* ---- machines ---- */

const char *machine_name(const struct machine *m)
{
    static const char *const names[] = {"county", "desk 0", "desk 1", "desk 2", "desk 3"};
    return names[m->no + 1];
}

struct replica *machine_replica(const struct machine *m)
{
    return m->server ? m->server->rep : m->desk ? m->desk->rep : NULL;
}

struct ledger *machine_ledger(const struct machine *m, int i)
{
    static const char *const codes[LEDGERS] = {VILLAGE_CODE, OTHER_CODE};
    struct replica *rep = machine_replica(m);
    return i == LEDGERS ? rep->registry_ledger : replica_ledger_named(rep, codes[i]);
}

static _Noreturn void on_cut(void *arg)
{
    (void)arg;
    longjmp(power_gone, 1);
}

static void end_exchange(struct machine *m, int slot)
{
    exchange_release(&m->exchange[slot]);
    m->exchange[slot] = (struct exchange){0};
    m->exchange_id[slot] = 0;
}

static void end_exchanges(struct machine *m)
{
    for (int i = 0; i < EXCHANGES; i++)
        end_exchange(m, i);
}

/* Whatever the machine's programs held in memory is lost, and not freed here either. */
static void goes_dark(struct world *w, struct machine *m, enum disk_damage damage, int64_t most_ms)
{
    m->server = NULL;
    m->desk = m->beside = NULL;
    m->up = m->only_one = false;
    end_exchanges(m);
    disk_crash(&m->disk, damage);
    struct item item = {.kind = ITEM_START, .desk = m->no};
    int64_t pause = w->healing ? MINUTE_MS : (int64_t)chance_below(&m->chance, (uint64_t)most_ms);
    world_later(w, now.ms + pause, &item);
}

/* The other of two programs on one folder is the one that runs from here on. */
static void take_turns(struct machine *m)
{
    struct desk *desk = m->desk;
    if (!m->beside)
        return;
    m->desk = m->beside;
    m->beside = desk;
    m->process = 1 - m->process;
}

void machine_turn_to(struct machine *m, const struct desk *desk)
{
    if (m->desk != desk)
        take_turns(m);
    CHECK(m->desk == desk);
}

static void end_own_exchanges(struct machine *m)
{
    for (int i = 0; i < EXCHANGES; i++)
        if (m->exchange_id[i] && m->exchange[i].desk == m->desk)
            end_exchange(m, i);
}

/* The program that runs is no more, and what it was at. */
static void one_ends(struct machine *m)
{
    end_own_exchanges(m);
    disk_end_process(&m->disk, m->process);
    m->only_one = false;
    take_turns(m);
    m->beside = NULL;
}

static void nobody_runs(void)
{
    running = NULL;
    now.offset_ms = 0;
    older_runs = false;
}

bool machine_run(struct world *w, struct machine *m, machine_work *fn, void *arg)
{
    CHECK(!running);
    running = m;
    now.chance = &m->chance;
    now.offset_ms = m->offset_ms;
    older_runs = m->older;
    m->disk.process = m->process;
    if (setjmp(power_gone) == 0) {
        fn(w, m, arg);
        nobody_runs();
        return true;
    }
    nobody_runs();
    if (m->only_one && m->beside) {
        world_tell(w, "%s: the program that runs is killed, the other goes on", machine_name(m));
        one_ends(m);
        return false;
    }
    world_tell(w, "%s: the power goes", machine_name(m));
    goes_dark(w, m, m->damage, DAY_MS);
    return false;
}

void machine_cut(struct world *w, struct machine *m, enum disk_damage damage)
{
    if (m->up)
        goes_dark(w, m, damage, DAY_MS);
}

static void open_machine(struct world *w, struct machine *m, void *arg)
{
    struct error err;
    enum status st = m->no < 0 ? server_open(m->disk.folder, &m->server, &err)
                               : desk_open(m->disk.folder, &m->desk, &err);
    (void)arg;
    if (st != ST_OK)
        world_fail(w, "%s does not start: %s", machine_name(m), err.text);
    m->up = true;
}

void machine_start(struct world *w, struct machine *m)
{
    if (m->up)
        return;
    m->boots++;
    if (!w->healing && m->boots > 1 && chance_one_in(&m->chance, 5)) {
        m->damage = chance_below(&m->chance, DISK_DAMAGES);
        disk_arm(&m->disk, 1 + chance_below(&m->chance, 12));
    }
    machine_run(w, m, open_machine, NULL);
}

static void open_beside(struct world *w, struct machine *m, void *arg)
{
    struct error err;
    (void)arg;
    m->disk.process = 1 - m->process;
    if (desk_open(m->disk.folder, &m->beside, &err) != ST_OK)
        world_fail(w, "%s: a second program does not start: %s", machine_name(m), err.text);
}

static void close_beside(struct world *w, struct machine *m, void *arg)
{
    (void)w, (void)arg;
    desk_close(m->desk);
}

/* The second program ends, in order or killed. */
static void end_beside(struct world *w, struct machine *m, bool killed)
{
    if (!m->beside)
        return;
    take_turns(m);
    end_own_exchanges(m);
    m->only_one = true;
    if (!killed && !machine_run(w, m, close_beside, NULL))
        return;
    one_ends(m);
}

static void go_beside(struct world *w, struct machine *m, struct chance *c)
{
    if (m->beside) {
        bool killed = chance_one_in(c, 3);
        if (chance_one_in(c, 2))
            take_turns(m);
        world_tell(w, "%s: the second program %s", machine_name(m), killed ? "is killed" : "ends");
        end_beside(w, m, killed);
    } else {
        world_tell(w, "%s: a second program", machine_name(m));
        machine_run(w, m, open_beside, NULL);
    }
}

static void close_machine(struct world *w, struct machine *m, void *arg)
{
    (void)w, (void)arg;
    server_close(m->server);
    desk_close(m->desk);
    m->server = NULL;
    m->desk = NULL;
    m->up = false;
}

static void restart(struct world *w, struct machine *m)
{
    if (!m->up)
        return;
    end_beside(w, m, false);
    end_exchanges(m);
    if (machine_run(w, m, close_machine, NULL))
        machine_start(w, m);
}

/* What it did not know until now it has kept, and shows. */
static void upgrade(struct world *w, struct machine *m)
{
    if (!m->older)
        return;
    world_tell(w, "%s: a new program", machine_name(m));
    if (m->up) {
        end_beside(w, m, false);
        end_exchanges(m);
        if (!machine_run(w, m, close_machine, NULL))
            return; /* another time */
    }
    m->older = false;
    machine_start(w, m);
}

/* ---- clocks ---- */

static void set_clock(struct world *w, struct machine *m, struct chance *c)
{
    static const int64_t years[] = {-10, -1, 1, 10};
    if (m->no < 0) /* a county whose clock jumps by a day stops admitting, as it should */
        m->offset_ms = (int64_t)chance_below(c, 6 * HOUR_MS) - 3 * HOUR_MS;
    else if (chance_one_in(c, 8))
        m->offset_ms = -now.ms + (int64_t)chance_below(c, DAY_MS); /* 1970 */
    else if (chance_one_in(c, 8))
        m->offset_ms = INT64_C(4070908800000) - now.ms; /* 2099 */
    else if (chance_one_in(c, 3))
        m->offset_ms = years[chance_below(c, 4)] * 365 * DAY_MS;
    else if (chance_one_in(c, 2))
        m->offset_ms = (int64_t)chance_below(c, 2 * HOUR_MS) - HOUR_MS;
    else
        m->offset_ms = 0;
    world_tell(w, "%s: clock is wrong by %lld s", machine_name(m),
               (long long)(m->offset_ms / 1000));
}

/* ---- the queue ---- */

static bool sooner(const struct item *a, const struct item *b)
{
    return a->at_ms < b->at_ms || (a->at_ms == b->at_ms && a->order < b->order);
}

void world_later(struct world *w, int64_t at_ms, const struct item *item)
{
    w->queue = mem_grow(w->queue, &w->queue_capacity, w->queue_count + 1, sizeof(*w->queue));
    size_t i = w->queue_count++;
    struct item next = *item;
    next.at_ms = at_ms;
    next.order = w->order++;
    for (; i > 0 && sooner(&next, &w->queue[(i - 1) / 2]); i = (i - 1) / 2)
        w->queue[i] = w->queue[(i - 1) / 2];
    w->queue[i] = next;
}

static struct item take_next(struct world *w)
{
    struct item first = w->queue[0], last = w->queue[--w->queue_count];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child + 1 < w->queue_count && sooner(&w->queue[child + 1], &w->queue[child]))
            child++;
        if (child >= w->queue_count || !sooner(&w->queue[child], &last))
            break;
        w->queue[i] = w->queue[child];
        i = child;
    }
    w->queue[i] = last;
    return first;
}

/* ---- what happens ---- */

static struct machine *machine_of(struct world *w, int no)
{
    return no < 0 ? &w->county : &w->desks[no];
}

/* What was noted outside the database goes with it, or is still there. */
static void restore_image(struct world *w, struct machine *m, bool noted)
{
    if (!m->has_image)
        return;
    if (m->up)
        goes_dark(w, m, DISK_KEEP_NOTHING, HOUR_MS);
    disk_copy(&m->disk, &m->image);
    if (!noted && m->no >= 0)
        given_forget(m->disk.folder);
    else if (!noted)
        heads_forget();
    for (size_t i = w->image_erased; m->no < 0 && i < w->erased_count; i++)
        w->erased[i].ordered = false; /* nobody may have heard of it */
    m->restored = true;
    m->life++;
    for (size_t i = 0; i < w->ack_count; i++)
        w->acks[i].may_be_lost |= w->acks[i].desk == m->no && w->acks[i].token > m->image_tokens;
    world_tell(w, "%s: the disk is the one of some time ago", machine_name(m));
}

bool county_recovers(const struct world *w)
{
    return w->county.up && server_recovering(w->county.server);
}

/* What the county's registrar does; not while it recovers. */
static bool is_signed(enum event_kind kind)
{
    return kind == EVENT_REGISTRY || kind == EVENT_CATALOG || kind == EVENT_GRANT ||
           kind == EVENT_ERASE || kind == EVENT_REVOKE || kind == EVENT_ADOPT;
}

static void happen(struct world *w, const struct planned *e)
{
    struct machine *m = machine_of(w, e->machine);
    struct chance c = {e->luck};
    if (!m->up && e->kind != EVENT_HOSTILE && e->kind != EVENT_RESTORE &&
        e->kind != EVENT_CONFIRM && e->kind != EVENT_UPGRADE)
        return;
    if (is_signed(e->kind) && county_recovers(w))
        return;
    if (m->beside && chance_mix(e->luck + 1) % 2)
        take_turns(m);
    switch (e->kind) {
    case EVENT_SAVE:
        work_save(w, m, e->luck);
        break;
    case EVENT_MOVE:
        work_move(w, m, e->luck);
        break;
    case EVENT_SYNC:
    case EVENT_COURIER:
        link_begin(w, m, e->kind == EVENT_COURIER, e->luck);
        break;
    case EVENT_POWER:
        m->damage = chance_below(&c, DISK_DAMAGES);
        disk_arm(&m->disk, 1 + chance_below(&c, chance_one_in(&c, 4) ? 400 : 40));
        m->only_one = m->beside && chance_one_in(&c, 2);
        break;
    case EVENT_KILL:
        world_tell(w, "%s: killed", machine_name(m));
        machine_cut(w, m, chance_one_in(&c, 2) ? DISK_KEEP_ALL : chance_below(&c, DISK_DAMAGES));
        break;
    case EVENT_RESTART:
        restart(w, m);
        break;
    case EVENT_CLOCK:
        set_clock(w, m, &c);
        break;
    case EVENT_REGISTRY:
        if (w->county.up)
            work_registry(w, e->luck);
        break;
    case EVENT_HOSTILE:
        if (w->county.up)
            hostile_send(w, e->luck);
        break;
    case EVENT_LOOK:
        oracle_look(w, m);
        break;
    case EVENT_IMAGE:
        disk_copy(&m->image, &m->disk);
        m->has_image = true;
        m->image_tokens = w->tokens;
        if (m->no < 0)
            w->image_erased = w->erased_count;
        world_tell(w, "%s: the disk is copied", machine_name(m));
        break;
    case EVENT_RESTORE:
        restore_image(w, m, chance_one_in(&c, 2));
        break;
    case EVENT_CONFIRM:
        work_confirm(w);
        break;
    case EVENT_ERASE:
        work_erase(w, e->luck);
        break;
    case EVENT_BESIDE:
        go_beside(w, m, &c);
        break;
    case EVENT_UPGRADE:
        upgrade(w, m);
        break;
    case EVENT_STICK:
        stick_pack(w, m, e->luck);
        break;
    case EVENT_EDIT:
        work_edit(w, m, e);
        break;
    case EVENT_SEND:
        work_send(w, m, e);
        break;
    case EVENT_TAKE:
        work_take(w, m, e->luck);
        break;
    case EVENT_CATALOG:
    case EVENT_GRANT:
    case EVENT_REVOKE:
    case EVENT_ADOPT:
        if (w->county.up)
            work_story(w, e);
        break;
    case EVENT_CLERK:
        if (w->county.up)
            hostile_clerk(w, e->luck);
        break;
    default:
        break;
    }
}

static void take_item(struct world *w)
{
    struct item item = take_next(w);
    CHECK(item.at_ms >= now.ms);
    now.ms = item.at_ms;
    w->happened++;
    snprintf(w->where, sizeof(w->where), "item kind %d, event %zu, desk %d", (int)item.kind,
             item.event, item.desk);
    switch (item.kind) {
    case ITEM_PLANNED: {
        const struct planned *e = &w->plan->events[item.event];
        happen(w, e);
        break;
    }
    case ITEM_REQUEST:
        link_request(w, &item);
        break;
    case ITEM_ANSWER:
        link_answer(w, &item);
        break;
    case ITEM_START:
        machine_start(w, machine_of(w, item.desk));
        break;
    case ITEM_TIMEOUT:
        link_timeout(w, &item);
        break;
    case ITEM_STICK_OUT:
        stick_at_county(w, &item);
        break;
    case ITEM_STICK_BACK:
        stick_at_desk(w, &item);
        break;
    }
    mem_free((void *)(uintptr_t)item.bytes.p);
}

/* ---- healing ---- */

static void heal(struct world *w)
{
    w->healing = true;
    w->heal_ms = now.ms;
    world_tell(w, "everything heals");
    disk_arm(&w->county.disk, 0);
    w->county.offset_ms = 0;
    upgrade(w, &w->county);
    machine_start(w, &w->county);
    for (int i = 0; i < DESKS; i++) {
        disk_arm(&w->desks[i].disk, 0);
        upgrade(w, &w->desks[i]);
        end_beside(w, &w->desks[i], false);
        machine_start(w, &w->desks[i]);
    }
}

static void run_until(struct world *w, int64_t ms)
{
    while (w->queue_count && w->queue[0].at_ms <= ms)
        take_item(w);
    if (now.ms < ms)
        now.ms = ms;
}

/* What the file of heads says was signed and no desk has, nobody was ever shown: where every desk
 * has come for some hours and it is still missing, the county's operator takes the file away, as
 * after a backup, and the desks are heard. Where some desk has its head, from the first file of a
 * stick or a part of an answer, it is missing again at once: somebody saw it, nobody has it, and
 * the operator declares it lost. */
static void oversee(struct world *w)
{
    if (!county_recovers(w))
        return;
    if (w->county.server->heads.behind) {
        w->behind_h++;
        if (w->behind_h == 4)
            work_give_up(w);
        else if (w->behind_h >= 8)
            work_declare(w);
    }
    work_confirm(w);
}

/* Every desk talks to the county once an hour, for a day at most. */
static void converge(struct world *w)
{
    for (int hour = 0; hour < 24 && !oracle_settled(w); hour++) {
        for (int i = 0; i < DESKS; i++)
            link_begin(w, &w->desks[i], 0, chance_mix(w->plan->seed ^ (uint64_t)(hour * 16 + i)));
        run_until(w, now.ms + HOUR_MS);
        oversee(w);
    }
}

static void run_all(struct world *w)
{
    machine_start(w, &w->county);
    for (int i = 0; i < DESKS; i++)
        machine_start(w, &w->desks[i]);
    int64_t last = now.ms;
    for (size_t i = 0; i < w->plan->count; i++) {
        if (w->plan->events[i].left_out)
            continue;
        int64_t at_ms = NOW_START_MS + w->plan->events[i].at_ms;
        struct item item = {.kind = ITEM_PLANNED, .event = i};
        world_later(w, at_ms, &item);
        last = at_ms > last ? at_ms : last;
    }
    run_until(w, last);
    heal(w);
    converge(w);
    oracle_judge(w);
}

static void boot(struct world *w, struct machine *m, int no, const struct disk *image)
{
    m->no = no;
    m->older = w->plan->older & (no < 0 ? OLDER_COUNTY : 1u << no);
    m->chance.state = chance_mix(w->plan->seed * 8 + (uint64_t)no + 2);
    m->disk.luck.state = chance_mix(m->chance.state);
    m->disk.cut = on_cut;
    snprintf(m->disk.folder, sizeof(m->disk.folder), "%s", image->folder);
    snprintf(m->image.folder, sizeof(m->image.folder), "%s", image->folder);
    disk_attach(&m->disk);
    given_forget(m->disk.folder);
    disk_copy(&m->disk, image);
}

bool world_run(struct world *w, const struct plan *plan, bool told)
{
    *w = (struct world){.plan = plan, .told = told, .catalog = 1};
    now = (struct now){.ms = NOW_START_MS, .told = told, .broken = on_broken};
    running = NULL;
    running_world = w;
    w->hostile_chance.state = chance_mix(plan->seed + 77);
    heads_again();
    boot(w, &w->county, -1, found_image(-1));
    for (int i = 0; i < DESKS; i++)
        boot(w, &w->desks[i], i, found_image(i));
    if (setjmp(w->ended) == 0)
        run_all(w);
    running_world = NULL;
    nobody_runs();
    now.chance = NULL;
    return !w->failure[0];
}

void world_release(struct world *w)
{
    bool clean = !w->failure[0];
    for (int i = -1; i < DESKS; i++) {
        struct machine *m = machine_of(w, i);
        if (clean && m->up)
            close_machine(w, m, NULL);
        end_exchanges(m);
        disk_release(&m->disk);
        disk_release(&m->image);
    }
    for (size_t i = 0; i < w->queue_count; i++)
        mem_free((void *)(uintptr_t)w->queue[i].bytes.p);
    mem_free(w->queue);
    mem_free(w->acks);
    mem_free(w->erased);
}
