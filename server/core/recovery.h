/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * recovery: a county that was put back from an old backup gets back what it had signed.
 *
 *   RECOVERING ─ desks come, show what they hold, hand over what is missing ─┐
 *       ▲  nothing is admitted, nothing is signed                            ▼
 *       │                                    every noted head is held, and everyone has been heard
 *   a longer signed head is shown            or somebody has said so ─▶ work goes on
 *
 * What a desk hands over proves itself: the changesets are signed by their authors, and the tree
 * over the leaves is the beginning of a checkpoint that this county's log key signed. So it is
 * taken from anybody, also from a device that the restored registry does not know yet.
 */
#ifndef SERVER_CORE_RECOVERY_H
#define SERVER_CORE_RECOVERY_H

#include "server/core/server.h"
#include "shared/sync/handback.h"

/* One POST /v1/recover. device: who shows this, authenticated; NULL: somebody unknown. Runs its own
 * transaction. The answer lives in the arena. *taken: leaves that came back. ST_INVALID, ST_WAIT:
 * the leaves were not what the checkpoint says, or the registry must come first; heads that were
 * shown are noted all the same. */
MUST_USE enum status recovery_take(struct server *srv, const struct handback *message,
                                   const struct hash *device, int64_t now_ms, struct arena *arena,
                                   struct handback_answer *out, uint64_t *taken, struct error *err);

/* A head that somebody brings on a stick: from a witness, an auditor, a desk's evidence.
 * ST_INVALID: no checkpoint that this county signed. */
MUST_USE enum status recovery_note(struct server *srv, struct slice checkpoint, struct error *err);

/* "Nothing is missing any more." ST_REFUSED while something that was signed is known to be. */
MUST_USE enum status recovery_confirm(struct server *srv, int64_t now_ms, struct error *err);

/* Devices with a grant in force, and how many of them have shown all they hold since the county
 * was put back. */
void recovery_heard(struct server *srv, size_t *devices, size_t *heard);

#endif
