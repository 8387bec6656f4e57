/* SPDX-License-Identifier: MulanPSL-2.0 */
/* hostile: changesets by someone who holds a granted key and does not play by the rules. */
#include "tests/sim/world.h"

void hostile_send(struct world *w, uint64_t luck)
{
    (void)w, (void)luck;
}
