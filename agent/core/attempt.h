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

#include "shared/crypto/sign.h"
#include "shared/ledger/invite.h"

struct attempt {
    struct sign_key *person;
    struct sign_key *device; /* NULL: the device has joined already */
    uint8_t box_seed[32];    /* only with device */
};

/* The keys for this invitation: those of an attempt that was cut off, or new ones. place: the data
 * folder, without a '/' at its end. Durable on ST_OK; the caller releases *out in any case.
 * ST_REFUSED: there was an attempt under another PIN. */
MUST_USE enum status attempt_begin(const char *place, const uint8_t token[static INVITE_TOKEN_SIZE],
                                   struct slice pin, bool with_device, struct attempt *out,
                                   struct error *err);
void attempt_release(struct attempt *attempt); /* accepts the zero state */
/* The joining is complete, or the county refuses it for good. */
void attempt_forget(const char *place);

/* The device's box key, in a file of its own. */
MUST_USE enum status box_file_store(const char *path, const uint8_t seed[static 32],
                                    struct error *err);
MUST_USE enum status box_file_load(const char *path, uint8_t seed[static 32], struct error *err);

/* Removes a folder of files and one level of folders; nothing happens when there is none. */
void attempt_remove_folder(const char *path);

#endif
