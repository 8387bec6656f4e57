/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * cosign: the county's side of being witnessed (shared/ledger/witness.h): which witnesses it has,
 * where each of them stands in each ledger, what to ask next, and what becomes of an answer.
 *
 *   cosign_next ─▶ cosign_request ─▶ (HTTP, or a stick) ─▶ cosign_take
 *
 * All witnesses are asked for the same sizes, so that their lines stand below one checkpoint: one
 * that lags is asked for what the others have signed, then for the newest. Any earlier checkpoint
 * can be written again word for word, because the county's signature is deterministic (Ed25519).
 * Functions that write run inside the caller's transaction.
 */
#ifndef SERVER_CORE_COSIGN_H
#define SERVER_CORE_COSIGN_H

#include "server/core/server.h"
#include "shared/db/tree.h"
#include "shared/ledger/witness.h"

#define COSIGN_WITNESSES_MAX 16
#define COSIGN_URL_MAX 200

struct cosign_witness {
    struct verifier verifier;
    char url[COSIGN_URL_MAX + 1]; /* "": asked by hand */
    char said[ERROR_TEXT_MAX];    /* why the last request failed, "": it did not */
};

/* ST_LIMIT: COSIGN_WITNESSES_MAX are there. A witness of that name is replaced, and where it stands
 * forgotten if its key is another. */
MUST_USE enum status cosign_add(struct server *srv, const struct verifier *verifier,
                                const char *url, struct error *err);
MUST_USE enum status cosign_remove(struct server *srv, const char *name, struct error *err);
/* By name. How many. */
size_t cosign_list(struct server *srv, struct cosign_witness out[static COSIGN_WITNESSES_MAX]);
/* text "": nothing is wrong any more. */
MUST_USE enum status cosign_said(struct server *srv, const char *name, const char *text,
                                 struct error *err);

uint64_t cosign_stands(struct server *srv, const char *name, const struct ledger *ledger);
MUST_USE enum status cosign_set_stands(struct server *srv, const char *name,
                                       const struct ledger *ledger, uint64_t size,
                                       struct error *err);

/* The size to ask a witness for; 0: nothing to ask. */
uint64_t cosign_next(struct server *srv, const char *name, const struct ledger *ledger);

/* What goes to a witness that stands at old_size: from there to new_size. *checkpoint (may be NULL)
 * gets the checkpoint in it, appended. blocks as tree.h has them, may be NULL. */
MUST_USE enum status cosign_request(struct server *srv, struct ledger *ledger,
                                    struct tree_blocks *blocks, uint64_t old_size,
                                    uint64_t new_size, struct buf *out, struct buf *checkpoint,
                                    struct error *err);

/* A witness's line for the checkpoint of that size. ST_REFUSED: it is not its cosignature of it. */
MUST_USE enum status cosign_take(struct server *srv, struct ledger *ledger, uint64_t size,
                                 const struct verifier *witness, struct slice line,
                                 struct error *err);

#endif
