/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * breaches: what the county let in against its own rule (shared/ledger/breach.h): looked for at
 * every leaf that arrives, kept, proved by a file, and said by `huce status` from then on.
 *
 * A leaf that can be verified is stored like any (the fold says what counts) and noted. One
 * that cannot, because nobody knows its key or it builds on what is not there, cannot be stored:
 * the ledger stands still before it, and that is noted too.
 */
#ifndef AGENT_CORE_BREACHES_H
#define AGENT_CORE_BREACHES_H

#include <jansson.h>

#include "agent/core/desk.h"

/* Looks at one leaf of the ledger that has just been appended, and notes what is wrong with it.
 * header NULL: of a changeset that is stored. Inside the transaction that stores it. */
MUST_USE enum status breaches_look(struct desk *desk, struct ledger *ledger, uint64_t index,
                                   const struct leaf *leaf, const struct changeset *header,
                                   struct error *err);
/* A leaf that the ledger cannot take. shown: the county's signed head in the answer; segment: the
 * changeset as it came. Own transaction. ST_DAMAGED, with the place of the file. */
enum status breaches_unverifiable(struct desk *desk, struct ledger *ledger, const struct hash *kid,
                                  struct slice shown, struct slice segment, struct error *err);
/* Has the county signed this head, over more than is here? Nobody else can accuse it of a leaf. */
bool breaches_signed(struct desk *desk, const struct ledger *ledger, struct slice shown);
/* Leaves have come after all: an accusation is dropped when the head that the county had signed
 * then is of the tree that is here now. Inside the transaction that stores them. */
MUST_USE enum status breaches_settle(struct desk *desk, struct ledger *ledger, struct error *err);
/* Writes the files of those that have none yet; outside of a transaction, after it was committed.
 */
void breaches_prove(struct desk *desk);

/* [{"ledger","leaf","author","name","code","text","evidence"}…] of one ledger. */
json_t *breaches_json(struct desk *desk, const struct ledger *ledger);

#endif
