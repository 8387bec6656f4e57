/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * attempt: the keys of a joining, kept until it is complete.
 *
 * An invitation is good for one set of keys. The county may have granted them while the answer
 * never arrived, or this machine stopped before it had stored it; so the keys are made durable in
 * <place>.joining before they are sent, and the same invitation goes on with them: the county
 * answers the same request the same.
 */
#ifndef AGENT_CORE_ATTEMPT_H
#define AGENT_CORE_ATTEMPT_H

#include "shared/crypto/vault.h"
#include "shared/ledger/invite.h"

struct attempt {
    struct sign_key *person;
    struct sign_key *device; /* NULL: the device has joined already */
    uint8_t box_seed[32];    /* only with device */
    struct vault *vault;     /* only with device: what the folder will lie under; NULL: nothing */
    struct vault_file vault_file;
    struct buf invite; /* the invitation's text, if the attempt was begun with it */
};

struct attempt_wish {
    struct slice pin;
    bool with_device;          /* else the device has joined already, and … */
    const struct vault *vault; /* … this is what its folder lies under, or NULL */
    struct slice passphrase;   /* with_device: n == 0 leaves the folder open */
    struct slice invite;       /* kept with the keys, for going on without it; n == 0: is not */
};

/* The keys for this invitation: those of an attempt that was cut off, or new ones. place: the data
 * folder, without a '/' at its end. Durable on ST_OK; the caller releases *out in any case.
 * ST_REFUSED: there was an attempt under another PIN or passphrase. */
MUST_USE enum status attempt_begin(const char *place, const uint8_t token[static INVITE_TOKEN_SIZE],
                                   const struct attempt_wish *wish, struct attempt *out,
                                   struct error *err);
/* Goes on with the attempt that is there, whatever its invitation, which it was begun with.
 * ST_NOT_FOUND: none is there. */
MUST_USE enum status attempt_resume(const char *place, const struct attempt_wish *wish,
                                    struct attempt *out, struct error *err);
/* Is there one that waits for a folder under a passphrase? */
bool attempt_is_sealed(const char *place);
/* Is there one that can go on without its invitation: a request that waits for its answer? */
bool attempt_waits(const char *place);
void attempt_release(struct attempt *attempt); /* accepts the zero state */
/* The joining is complete, or the county refuses it for good. */
void attempt_forget(const char *place);

/* Removes a folder of files and one level of folders; nothing happens when there is none. */
void attempt_remove_folder(const char *path);

#endif
