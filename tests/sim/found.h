/* SPDX-License-Identifier: MulanPSL-2.0 */
/* found: makes the county of all schedules once, and keeps its disks as images to start from. */
#ifndef TESTS_SIM_FOUND_H
#define TESTS_SIM_FOUND_H

#include "tests/sim/world.h"

/* folder: a real, empty one; key files and placeholders go there, everything else is simulated.
 * closed: the desks' databases lie under a key. */
void found_all(const char *folder, bool closed);
/* no: desk, -1 the county. */
const struct disk *found_image(int no);

const struct hash *found_device(int desk); /* -1: the hostile one's; its kid */
const struct sign_key *found_registrar(void);

/* A grant op of people[i]. */
void found_grant(int person, struct grant *out);

/* What the county answers to these bytes. ST_OK and the answer's bytes, or why it answers no. */
MUST_USE enum status county_answer(struct server *server, const struct hash *device,
                                   struct slice request, struct buf *out, struct error *err);
/* The same of what a desk hands back. */
MUST_USE enum status county_take_back(struct server *server, const struct hash *device,
                                      struct slice request, struct buf *out, struct error *err);

/* What only the county's operator has, on paper. */
const struct sign_key *found_root(void);

#endif
