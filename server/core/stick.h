/* SPDX-License-Identifier: MulanPSL-2.0 */
/* stick: a desk joins without a network: its request file comes in, an answer file goes out
 * (shared/ledger/enrol.h). The judging is that of join.h. */
#ifndef SERVER_CORE_STICK_H
#define SERVER_CORE_STICK_H

#include "server/core/server.h"

/* Finds the invitation that the request was written with, admits it like POST /v1/join, and writes
 * the answer file with all of the registry that the desk lacks. The same request again gives an
 * answer again. ST_INVALID, ST_REFUSED with a text for the officer; then nothing has changed. */
MUST_USE enum status stick_accept(struct server *srv, struct slice file, int64_t now_ms,
                                  struct invitation *used, struct buf *answer, struct error *err);

#endif
