/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * bundle_pack: messages, one after another, into as many bundles as a stick's size asks for. Each
 * file stands by itself: its manifest says what its messages build on. Attachments go into files of
 * their own, behind: whoever knows none takes the records all the same.
 */
#ifndef SHARED_SYNC_BUNDLE_PACK_H
#define SHARED_SYNC_BUNDLE_PACK_H

#include "shared/base/status.h"
#include "shared/sync/bundle.h"

/* Takes one finished file; number: from 1. */
typedef enum status bundle_file(void *arg, size_t number, struct slice file, struct error *err);

/* Set by the caller. */
struct bundle_pack_terms {
    const struct sign_key *key;
    uint8_t id[BUNDLE_ID_SIZE];
    size_t recipient_count;
    struct box_public recipients[AGE_RECIPIENTS_MAX];
    size_t file_bytes; /* a file gets no further message beyond this; 0: 32 MB, which is the most */
    void (*random)(void *out, size_t n);
    bundle_file *file;
    void *arg;
};

struct bundle_pack {
    const struct bundle_pack_terms *terms; /* borrowed */
    struct bundle bundle;                  /* the file that is being filled */
    struct arena arena;                    /* of it */
    size_t bytes, ledger_capacity, message_capacity, blob_capacity;
    size_t files;
};

void bundle_pack_init(struct bundle_pack *pack, const struct bundle_pack_terms *terms);
void bundle_pack_release(struct bundle_pack *pack);
/* Adds a message about a ledger whose asker stands at base; the message is copied. All messages of
 * one ledger come together, in order. What `file` said when one was full. */
MUST_USE enum status bundle_pack_add(struct bundle_pack *pack, const struct bundle_ledger *base,
                                     struct slice message, struct error *err);
/* Adds an attachment, or a part of one (bundle_blob.h); it is copied. */
MUST_USE enum status bundle_pack_blob(struct bundle_pack *pack, struct slice blob,
                                      struct error *err);
/* Finishes the last file, if there is anything in it. */
MUST_USE enum status bundle_pack_end(struct bundle_pack *pack, struct error *err);

#endif
