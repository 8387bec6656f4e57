/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * lottery: who gets the sheds, drawn so that everybody can compute it again (lots.h, LOTTERY.md).
 *
 *   open ── freeze ──▶ frozen ── draw ──▶ drawn
 *           list, hash of the seed   seed, numbers called out, result
 *
 * The frozen list and the draw are append-only records under the lottery's own id: of two that are
 * made the first in the ledger stands, and no later change, not even a decision, alters either.
 * Until the draw the seed lies in this desk's settings and, in the envelope, on paper.
 */
#ifndef AGENT_CORE_LOTTERY_H
#define AGENT_CORE_LOTTERY_H

#include <jansson.h>

#include "agent/core/act.h"
#include "agent/core/lots.h"

/* [{"id","title","status","held_on","place","ledger","applied","lots"}…] */
MUST_USE enum status lottery_list(struct desk *desk, json_t **out, struct error *err);

/* {"id","title","ledger","status","held_on","place","terms","list","list_hash","seed_hash","seed",
 *  "numbers","withdrawn","witnesses":[…],"result","result_hash","drawn_at",
 *  "entries":[{"number","household","household_id","name" (masked),"kind","status"}…],
 *  "places":[{"kind","rank","number","household","lot" | null,"withdrawn"}…],
 *  "left_over":[entry…] applied but not on the list, "check": null | what does not hold}
 * Absent parts are null; entries is the list as frozen, before that as it would be. */
MUST_USE enum status lottery_show(struct desk *desk, const char *id, json_t **out,
                                  struct error *err);

struct lottery_frozen {
    size_t entries, lots;
    char list_hash[LOTS_HASH_TEXT], seed_hash[LOTS_HASH_TEXT], seed[LOTS_SEED_DIGITS + 1];
};
/* ST_REFUSED says what is in the way: no lots, no applicants, households without a code … The
 * caller wipes out->seed. */
MUST_USE enum status lottery_freeze(struct desk *desk, struct author *author, const char *id,
                                    const char *note, struct lottery_frozen *out,
                                    struct error *err);

struct lottery_drawing {
    const char *numbers;   /* as typed */
    const char *seed;      /* from the envelope; NULL: the one that lies here */
    const char *witnesses; /* names joined by commas; NULL: none */
    const char *note;
};
/* Writes the draw, a result for each household that got a lot, and the lots' holders. */
MUST_USE enum status lottery_draw(struct desk *desk, struct author *author, const char *id,
                                  const struct lottery_drawing *what, json_t **out,
                                  struct error *err);

struct lottery_leaving {
    const char *household; /* its code */
    const char *kind;      /* NULL: the only one it applied for */
    const char *note;
};
/* A household gives up. Before the draw it is passed over there; after it, its lot goes to the
 * first of its kind that waits. *next: that household's code, or empty. */
MUST_USE enum status lottery_withdraw(struct desk *desk, struct author *author, const char *id,
                                      const struct lottery_leaving *who, struct buf *next,
                                      struct error *err);

/* The sheet as text, from what lottery_show gives. */
void lottery_sheet(const json_t *shown, struct buf *out);

#endif
