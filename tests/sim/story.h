/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * story: some weeks are about one thing. Chance alone hardly ever brings three people together over
 * one record while the one of whom it is has no line; so every eighth seed tells of one record and
 * of who meets over it: it goes away and comes back, two take it in at once, it is sent to two
 * places. Everything else happens in between, less than in other weeks.
 */
#ifndef TESTS_SIM_STORY_H
#define TESTS_SIM_STORY_H

#include "tests/sim/plan.h"

bool story_wanted(uint64_t seed);
/* Fills plan, whose seed is set, but for what `faults` does not allow (plan_make). */
void story_make(struct plan *plan, int faults);

#endif
