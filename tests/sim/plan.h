/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * plan: what a seed says will happen: people's work, talks, faults, each with a time and with luck
 * of its own, so that leaving one out changes no other. That is what makes a failing seed shrink.
 */
#ifndef TESTS_SIM_PLAN_H
#define TESTS_SIM_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_EVENTS_MAX 256

enum event_kind {
    EVENT_SAVE,
    EVENT_MOVE, /* a record goes to another ledger, or what a move left open is settled */
    EVENT_SYNC,
    EVENT_COURIER,  /* the same bytes on a stick: days */
    EVENT_POWER,    /* the power goes at some write from now on */
    EVENT_KILL,     /* the program dies now */
    EVENT_RESTART,  /* is closed and opened again */
    EVENT_CLOCK,    /* a wrong clock */
    EVENT_REGISTRY, /* grants, revocations, new catalogs */
    EVENT_HOSTILE,  /* a changeset that does not play by the rules */
    EVENT_LOOK,     /* derived state held against a rebuild, on a copy */
    EVENT_IMAGE,    /* the disk is copied */
    EVENT_RESTORE,  /* and put back */
    EVENT_ERASE,    /* the registrar orders that content be destroyed */
    EVENT_CONFIRM,  /* the county's operator looks whether it has got back all it had signed */
    EVENT_BESIDE,   /* a second program opens a desk's folder, or ends */
    EVENT_UPGRADE,  /* a machine with an older program gets this one */
    EVENT_STICK,    /* what waits is packed for the county */
    EVENT_EDIT,     /* these are of stories (story.h), and say what they are about: a field, */
    EVENT_SEND,     /* the way of the story's record, */
    EVENT_TAKE,     /* what moves left open, */
    EVENT_CATALOG,  /* a version, */
    EVENT_GRANT,    /* a person, */
    EVENT_REVOKE,   /* a person, whose work is still on its way, */
    EVENT_ADOPT,    /* what came of it since, */
    EVENT_CLERK,    /* hostile, with the scope of a township */
    EVENT_KINDS,
};

/* What an event of a story is about. */
struct aim {
    int ledger, to; /* places */
    unsigned what;  /* a field's number, a catalog's version, a person */
    int person;     /* who, by number + 1; 0: whoever sits there */
    bool anew;      /* from here on the story is about a new record */
};

struct planned {
    int64_t at_ms; /* after the start */
    enum event_kind kind;
    int machine; /* desk, -1: the county */
    bool left_out;
    uint64_t luck;
    struct aim aim;
};

/* How bad the world is. Percent. */
struct weather {
    unsigned drop, duplicate, cut, slow;
};

#define OLDER_COUNTY (1u << 31)

struct plan {
    uint64_t seed;
    struct weather weather;
    unsigned older; /* bits: desks that begin with an older program (older.h); OLDER_COUNTY */
    size_t count;
    struct planned events[PLAN_EVENTS_MAX];
};

/* faults: 0 none at all, 1 links, 2 machines too, 3 everything but forks, 4 forks too */
void plan_make(struct plan *plan, uint64_t seed, int faults);
const char *event_name(enum event_kind kind);

#endif
