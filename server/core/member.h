/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * member: people and devices that are granted: found by what an officer types, renewed, revoked.
 *
 * A person is 16 random bytes that all grants of that person share, whatever the device and the
 * key; a member is one grant in force.
 */
#ifndef SERVER_CORE_MEMBER_H
#define SERVER_CORE_MEMBER_H

#include "server/core/registrar.h"

/* "active", "expired", "revoked", or "replaced" by a newer grant of the same key. */
const char *member_state(const struct grant *grant, const struct registry *reg, int64_t now_ms);

/* The grant in force that `text` names: a person's name, a whole KID, or the beginning of one (at
 * least 8 digits). ST_USAGE when it fits several; the text lists them, with their devices. */
MUST_USE enum status member_find(const struct registry *reg, const char *text,
                                 const struct grant **out, struct error *err);

/* One chain of a key: what the county has admitted of it last. */
struct member_chain {
    struct revoke_cut head;
    int64_t number, changes, admitted_ms;
};
/* Newest first; freed with mem_free, also after an error. */
MUST_USE enum status member_chains(struct server *srv, const struct hash *kid,
                                   struct member_chain **out, size_t *count, struct error *err);

/* What a revocation vouches for. */
struct member_cut {
    size_t count;
    struct revoke_cut *heads; /* owned: member_cut_release */
};
void member_cut_release(struct member_cut *cut);
/* words: ORIGIN,CHAIN,ID each, or "none"; no words: what the county has admitted of this key. */
MUST_USE enum status member_cut_read(struct server *srv, const struct hash *kid,
                                     const char *const *words, size_t word_count,
                                     struct member_cut *out, struct error *err);
void member_draft_revoke(struct draft *draft, const struct hash *kid, const struct member_cut *cut);

/* The same grant until another day. */
void member_draft_renewal(struct draft *draft, const struct grant *grant, int64_t expires_ms);
/* A day as people write it, as the last moment of it in China. ST_USAGE. */
MUST_USE enum status member_until(const char *date, int64_t *out, struct error *err);

#endif
