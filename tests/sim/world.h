/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * world: one schedule being run: a county server and its desks, each with a disk, a clock and luck
 * of its own, one queue of what happens next, and a notebook outside all of their disks.
 *
 *   founded once per process ─ images ─▶ world_start ─▶ plan and network, in order of virtual time
 *                                                     ─▶ healing ─▶ oracles (oracle.h)
 *
 * The machines' code is the programs' own, from agent/core and server/core down. Whenever it runs,
 * it runs inside machine_run, out of which a power cut jumps. A finding (world_fail, a CHECK of the
 * programs) ends the schedule.
 */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include <setjmp.h>

#include "agent/core/exchange.h"
#include "agent/core/handback.h"
#include "server/core/server.h"
#include "tests/sim/disk.h"
#include "tests/sim/now.h"
#include "tests/sim/plan.h"

#define DESKS 4
#define PEOPLE 10
#define LEDGERS 2   /* that keep records; the registry is beside them */
#define EXCHANGES 2 /* of one desk at once: over the line, and by courier */

#define VILLAGE_CODE "622924101001"
#define OTHER_CODE "622924101002"

struct person {
    const char *name, *role, *scope;
    int desk;      /* -1: a stranger's device */
    bool at_start; /* granted before the schedule begins */
    struct sign_key *key;
};
extern struct person people[PEOPLE];
#define HOSTILE 7      /* people[HOSTILE]: a village officer who does not play by the rules */
#define STRANGER 8     /* never granted */
#define GRID_PERSON 4  /* one of two at desk 0 */
#define CLERK_PERSON 9 /* hostile too, of the township; granted in some stories only */
#define ELSEWHERE_CODE "622924101003" /* a village whose ledger nobody here has */

struct courier; /* one exchange under way */

struct machine {
    int no; /* -1: the county */
    struct disk disk;
    struct chance chance;
    int64_t offset_ms;
    bool up;
    unsigned boots;
    enum disk_damage damage; /* at the next power cut */
    struct server *server;
    struct desk *desk;
    struct desk *beside; /* another program on the same folder; NULL: none */
    int process;         /* which of the two `desk` is (disk.h) */
    bool only_one;       /* at the next cut only the program that runs dies */
    struct exchange exchange[EXCHANGES];
    uint64_t exchange_id[EXCHANGES]; /* 0: none under way */
    struct handing handing[EXCHANGES];
    unsigned handed[EXCHANGES];    /* messages of handing back, of this exchange */
    struct chance link[EXCHANGES]; /* the luck of its messages */
    struct disk image;             /* a copy of the disk made some time ago */
    bool has_image, restored;
    bool older;            /* its program is (older.h) */
    unsigned life;         /* how often the disk was put back */
    uint32_t image_tokens; /* changes that there were at the time */
};

/* A change that somebody was told is saved. */
struct ack {
    uint32_t token; /* its note is "n<token>"; of a move between ledgers "m<token>" */
    unsigned times; /* changes with this note, at least */
    int desk, person, ledger;
    uint64_t base;    /* leaves that the desk held when it was made */
    unsigned life;    /* of the desk */
    bool may_be_lost; /* the disk was put back to what it was before */
};

/* A change whose content the registrar ordered destroyed, and the note that went with it. */
struct erased_note {
    struct hash changeset;
    uint32_t position;
    char note[32];
    bool ordered; /* the order has been admitted */
};

struct item; /* of the queue */

struct world {
    const struct plan *plan;
    struct machine county, desks[DESKS];
    struct item *queue; /* binary heap */
    size_t queue_count, queue_capacity;
    uint64_t order;
    bool healing;
    int64_t heal_ms;
    uint32_t tokens;
    struct ack *acks;
    size_t ack_count, ack_capacity;
    struct erased_note *erased;
    size_t erased_count, erased_capacity;
    size_t image_erased; /* of them when the county's disk was copied */
    unsigned behind_h;   /* hours since healing in which the county lacked what it had signed */
    uint64_t happened;   /* events: what was planned, messages, starts */
    bool told;
    char failure[4096]; /* empty: none yet */
    char where[160];
    jmp_buf ended;
    struct chance hostile_chance;
    struct chain_head hostile_head[LEDGERS + 1];
    struct record_id story; /* what it is about */
    unsigned catalog;       /* version at the county */
    unsigned granted;       /* grants and revocations made on the way */
    bool revoked[PEOPLE];
};

/* Once per process, before anything else: the county, its people and the desks' first disks. */
void world_found(const char *folder);

/* Runs one plan. False: failure says why. */
bool world_run(struct world *world, const struct plan *plan, bool told);
void world_release(struct world *world);

/* Ends the schedule. */
_Noreturn void world_fail(struct world *world, const char *format, ...) PRINTF_LIKE(2, 3);
/* What happens, for whoever replays a seed. */
void world_tell(struct world *world, const char *format, ...) PRINTF_LIKE(2, 3);

/* Runs fn as the code of this machine. False: the power went meanwhile. */
typedef void machine_work(struct world *world, struct machine *machine, void *arg);
bool machine_run(struct world *world, struct machine *machine, machine_work *fn, void *arg);
/* Of two programs on the machine, the one that has this desk open runs from here on. */
void machine_turn_to(struct machine *machine, const struct desk *desk);
/* Opens the machine's database; a failure is a finding. */
void machine_start(struct world *world, struct machine *machine);
/* Power off now; it starts again after a while. */
void machine_cut(struct world *world, struct machine *machine, enum disk_damage damage);
struct replica *machine_replica(const struct machine *machine);
const char *machine_name(const struct machine *machine);

/* The i-th record-keeping ledger, or the registry for LEDGERS; NULL: not on this machine. */
struct ledger *machine_ledger(const struct machine *machine, int i);

/* Queue. */
enum item_kind {
    ITEM_PLANNED,
    ITEM_REQUEST,
    ITEM_ANSWER,
    ITEM_START,
    ITEM_TIMEOUT,
    ITEM_STICK_OUT,  /* a bundle on its way to the county */
    ITEM_STICK_BACK, /* and its answer; slot: the desk where it arrives */
};
struct item {
    int64_t at_ms;
    uint64_t order;
    enum item_kind kind;
    size_t event; /* planned: its number */
    int desk, slot;
    uint64_t exchange;
    unsigned round;
    bool error;           /* an answer that says no */
    bool handing;         /* of handing back what the county lacks, as its round says; */
    bool behind;          /* an answer that asks for it */
    unsigned county_life; /* of whom it answers */
    bool damaged;         /* on its way */
    struct slice bytes;
};
void world_later(struct world *world, int64_t at_ms, const struct item *item);

/* A desk begins to talk to the county (link.c). */
void link_begin(struct world *world, struct machine *desk, int slot, uint64_t luck);
void link_request(struct world *world, const struct item *item);
void link_answer(struct world *world, const struct item *item);
void link_timeout(struct world *world, const struct item *item);
/* Bytes on their way to the county that no desk waits for. */
void link_throw(struct world *world, int desk, struct slice bytes, int64_t delay_ms);

/* What people and the county do (work.c, hostile.c). */
void work_save(struct world *world, struct machine *desk, uint64_t luck);
void work_move(struct world *world, struct machine *desk, uint64_t luck);
void work_registry(struct world *world, uint64_t luck);
void work_erase(struct world *world, uint64_t luck);
/* The county's operator confirms that nothing is missing, once every desk has shown what it has. */
void work_confirm(struct world *world);
void work_give_up(struct world *world); /* what it had signed and nobody has */
void work_declare(struct world *world); /* what somebody saw of it and nobody has */
bool county_recovers(const struct world *world);
void hostile_send(struct world *world, uint64_t luck);
/* The same about what a story is about. */
void work_edit(struct world *world, struct machine *desk, const struct planned *event);
void work_send(struct world *world, struct machine *desk, const struct planned *event);
void work_take(struct world *world, struct machine *desk, uint64_t luck);
void work_story(struct world *world, const struct planned *event); /* catalog, grant */
void hostile_clerk(struct world *world, uint64_t luck);

#endif
