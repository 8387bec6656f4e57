/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * store: the county's own tables beside the ledgers: settings, invitations, the ends of the
 * server's own chains. Functions that write run inside the caller's transaction.
 */
#ifndef SERVER_STORE_STORE_H
#define SERVER_STORE_STORE_H

#include "shared/base/buf.h"
#include "shared/base/mem.h"
#include "shared/db/db.h"
#include "shared/ledger/chain.h"
#include "shared/ledger/invite.h"

#define STORE_SCOPES_MAX 64

/* NULL when not set; in the arena. */
const char *store_setting(struct db *db, const char *name, struct arena *arena);
MUST_USE enum status store_set_setting(struct db *db, const char *name, const char *value,
                                       struct error *err);

/* All whose name begins with prefix. */
MUST_USE enum status store_forget_settings(struct db *db, const char *prefix, struct error *err);

struct invitation {
    int64_t no;
    uint8_t token[INVITE_TOKEN_SIZE];
    char person[AUTHORITY_NAME_MAX + 1];
    char role[AUTHORITY_ROLE_MAX + 1];
    size_t scope_count;
    char scopes[STORE_SCOPES_MAX][DIVISION_CODE_SIZE + 1];
    int64_t created_ms, expires_ms;
    uint8_t person_id[16]; /* what the person's grants share */
    int64_t until_ms;      /* what it grants expires; 0: never */
    bool used;
    int64_t used_ms;
    struct hash used_person, used_device;
};

MUST_USE enum status store_add_invitation(struct db *db, const struct invitation *invitation,
                                          struct error *err);
/* Every invitation, newest first; fn returns false to stop. */
typedef bool store_visit_invitation(void *arg, const struct invitation *invitation);
MUST_USE enum status store_each_invitation(struct db *db, store_visit_invitation *fn, void *arg,
                                           struct error *err);
MUST_USE enum status store_use_invitation(struct db *db, int64_t no, const struct hash *person,
                                          const struct hash *device, int64_t now_ms,
                                          struct error *err);

/* What is open expires now. */
MUST_USE enum status store_end_invitations(struct db *db, int64_t now_ms, struct error *err);

/* *found = false: this key has not written yet; then only head->kid is set. */
MUST_USE enum status store_chain(struct db *db, const struct hash *kid, struct chain_head *head,
                                 bool *found, struct error *err);
MUST_USE enum status store_set_chain(struct db *db, const struct chain_head *head,
                                     struct error *err);
/* The server's own chains begin anew: they may have gone on elsewhere. */
MUST_USE enum status store_forget_chains(struct db *db, struct error *err);

#endif
