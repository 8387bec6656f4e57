/* SPDX-License-Identifier: MulanPSL-2.0 */
/* stick: exchanges by bundle (agent/core/courier.h, server/core/courier.h): files that a courier
 * carries for days, loses, copies, leaves at the wrong desk; that are cut off or have a bit turned
 * over. What is whole is taken, or was taken; what is not changes nothing. */
#ifndef TESTS_SIM_STICK_H
#define TESTS_SIM_STICK_H

#include "tests/sim/world.h"

void stick_pack(struct world *world, struct machine *desk, uint64_t luck);
void stick_at_county(struct world *world, const struct item *item);
void stick_at_desk(struct world *world, const struct item *item);

#endif
