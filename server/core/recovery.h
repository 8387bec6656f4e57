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

/* What is known to have been signed, is missing, and nobody has: the answer that showed it never
 * arrived. It is forgotten, and the county recovers as after a backup: everyone has to come once
 * more, and whoever does hold it brings it. ST_REFUSED: nothing is known to be missing. */
MUST_USE enum status recovery_give_up(struct server *srv, int64_t now_ms, struct error *err);

/* What is known to have been signed of one ledger, is missing, and nobody has any more: so much is
 * lost. In the arena. ST_NOT_FOUND: there is no such ledger. ST_REFUSED: nothing of it is missing,
 * or the registry has to be whole first. named: a 12-digit code, or an origin. */
MUST_USE enum status recovery_lost(struct server *srv, const char *named, struct epoch *out,
                                   struct error *err);
/* Declares it, by the root key, for the reason given (UTF-8, not empty): the ledger goes on as its
 * next epoch with what is here, and its head is signed anew under that name (ledger/epoch.h). */
MUST_USE enum status recovery_declare(struct server *srv, const struct sign_key *root,
                                      const char *named, struct slice reason, int64_t now_ms,
                                      struct error *err);

/* Devices with a grant in force, and how many of them have shown all they hold since the county
 * was put back. */
void recovery_heard(struct server *srv, size_t *devices, size_t *heard);
/* Each of them, and whether it has. */
typedef void recovery_device(void *arg, const struct grant *device, bool heard);
void recovery_each_device(struct server *srv, recovery_device *visit, void *arg);

#endif
