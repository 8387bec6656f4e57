/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * forks: proof that an author's chain has split: two changesets, both signed by the same key, with
 * one (author, chain, number). The first got its leaf; the refused one is kept beside it, as it was
 * signed, without its content: its author's desk signs that again on another chain (FORMAT §4).
 */
#ifndef SERVER_CORE_FORKS_H
#define SERVER_CORE_FORKS_H

#include "server/core/server.h"

#define FORKS_PER_KEY 64

/* Inside a transaction: keeps a refused changeset whose signature is good; what is known, and what
 * is more than FORKS_PER_KEY of a key, is passed over. admitted: the one with its number. */
MUST_USE enum status forks_keep(struct server *srv, const struct ledger *ledger,
                                const struct changeset *refused, const struct hash *admitted,
                                const struct hash *device, int64_t now_ms, struct error *err);

struct fork {
    struct ledger *ledger;
    struct hash id, kid, admitted, device;
    struct chain_id chain;
    uint64_t number;
    struct slice cose; /* valid during the visit */
    int64_t seen_ms;
};

/* In order of time; fn returns false to stop. */
typedef bool forks_visit(void *arg, const struct fork *fork);
MUST_USE enum status forks_each(struct server *srv, forks_visit *fn, void *arg, struct error *err);

/* The proof as a file that others can check: both signed changesets, the key, and how. */
MUST_USE enum status forks_write(struct server *srv, const struct fork *fork, struct buf *out,
                                 struct error *err);

#endif
