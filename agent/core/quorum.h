/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * quorum: which witnesses (shared/ledger/witness.h) this desk wants below the county's checkpoints,
 * and how many of them. A history that as many have signed is the only one that anybody was shown.
 *
 * Work does not wait for them: they answer later than the county, and a village must not stand
 * still because a prefecture's server does. What they have signed is asked for at the end of an
 * exchange, compared with the tree that the desk holds, and shown beside what the county confirmed.
 * A checkpoint that many have signed and that is of another tree ends the exchange, with evidence.
 */
#ifndef AGENT_CORE_QUORUM_H
#define AGENT_CORE_QUORUM_H

#include "agent/core/desk.h"
#include "shared/ledger/witness.h"

#define QUORUM_WITNESSES_MAX 16

struct quorum {
    struct verifier witnesses[QUORUM_WITNESSES_MAX];
    size_t count;    /* 0: none is asked for */
    uint64_t needed; /* 1 … count */
};

/* A witness's verifier by its text. ST_USAGE. */
MUST_USE enum status quorum_add(struct quorum *quorum, const char *text, struct error *err);

void quorum_read(struct desk *desk, struct quorum *out);
/* count 0: none is asked for any more. */
MUST_USE enum status quorum_write(struct desk *desk, const struct quorum *quorum,
                                  struct error *err);

/* The next question for GET: "/v1/cosigned?…" of the ledgers from *from on (0 at first; moved) that
 * have grown beyond what is signed. False: there is nothing to ask. */
bool quorum_question(struct desk *desk, size_t *from, struct buf *out);
/* The answer. ST_DAMAGED: witnesses have signed another history; the error names the evidence. */
MUST_USE enum status quorum_take(struct desk *desk, struct slice body, struct error *err);

/* Of the ledger's first … leaves the desk knows that its witnesses have signed them. */
uint64_t quorum_reach(struct desk *desk, const struct quorum *quorum, struct ledger *ledger);

#endif
