/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * oracle: what must be true, asked from outside the simulated disks.
 *
 *   at the end   every change that somebody was told is saved stands in the ledger exactly once;
 *                signatures, chains and trees verify; outboxes are empty and all replicas are
 * equal; state as kept = state rebuilt = the model's (model.h), conflicts and reports included
 *   meanwhile    (oracle_look) on a copy of a running machine's disk: state as kept = rebuilt, and
 *                without the overlay = the model's
 */
#ifndef TESTS_SIM_ORACLE_H
#define TESTS_SIM_ORACLE_H

#include "tests/sim/world.h"

/* Are all outboxes empty and all replicas as long as the county's? */
bool oracle_settled(struct world *world);
void oracle_judge(struct world *world);
void oracle_look(struct world *world, struct machine *machine);

#endif
