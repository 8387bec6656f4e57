/* SPDX-License-Identifier: MulanPSL-2.0 */
/* rollup_count: the figures of a roll-up (rollup.h), from a county's record tables. */
#ifndef SERVER_CORE_ROLLUP_COUNT_H
#define SERVER_CORE_ROLLUP_COUNT_H

#include "server/core/rollup.h"
#include "server/core/server.h"

/* As they are now, for what depends on a day as of `day` (since 1970); withheld is what must be. */
MUST_USE enum status rollup_count(struct server *srv, int32_t day, uint64_t least, int64_t now_ms,
                                  struct rollup *out, struct error *err);

#endif
