/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * bundle: sync messages that travel as a file, by USB stick or any other way (FORMAT.md §8). A
 * desk's bundle holds requests, the county's answers; each message is about one ledger.
 *
 *   age file ─▶ manifest (signed) ‖ message ‖ message … ‖ attachment …
 *
 * Whoever carries it can neither read nor alter it, and replaying it does no harm: every message is
 * judged as if it had come over the wire, against what its reader holds by then.
 */
#ifndef SHARED_SYNC_BUNDLE_H
#define SHARED_SYNC_BUNDLE_H

#include "shared/base/mem.h"
#include "shared/crypto/age.h"
#include "shared/ledger/origin.h"

#define BUNDLE_FILE_MAX (128 * 1024 * 1024)
#define BUNDLE_LEDGERS_MAX 4096
#define BUNDLE_MESSAGES_MAX 65536
#define BUNDLE_BLOBS_MAX 65536
#define BUNDLE_ID_SIZE 16

/* What a ledger's messages build on: where its asker stood. */
struct bundle_ledger {
    struct origin origin;
    uint64_t base_size;
    struct hash base_root;
    uint64_t changesets; /* in its messages, for people */
};

struct bundle {
    uint8_t id[BUNDLE_ID_SIZE]; /* by chance; an answer has that of the request it answers */
    struct hash from;           /* the key that signs: a device's, or the county's log key */
    size_t recipient_count;
    struct box_public recipients[AGE_RECIPIENTS_MAX];
    size_t ledger_count;
    struct bundle_ledger *ledgers;
    size_t message_count;
    struct slice
        *messages; /* sync messages, as sync_request_write or sync_answer_write made them */
    size_t blob_count;
    struct slice *blobs; /* as bundle_blob_write made them */
};

/* Appends the whole file. random: fresh for each bundle. What does not fit into BUNDLE_FILE_MAX is
 * the caller's mistake (bundle_pack.h sees to it). */
void bundle_write(const struct bundle *bundle, const struct sign_key *key,
                  const struct age_random *random, struct buf *out);

/* The key behind a kid, if it may send bundles here; false otherwise. */
typedef bool bundle_sender(void *arg, const struct hash *kid, struct sign_public *out);

/* Opens, verifies, then takes apart. *plain (initialised here, released by the caller) holds the
 * messages and attachments; ledgers and the lists are in the arena. Errors as in age_open;
 * ST_REFUSED also when the sender is nobody that `sender` knows, ST_INVALID when the signature or
 * the form is wrong. */
MUST_USE enum status bundle_open(const struct box_secret *secrets, size_t count, struct slice file,
                                 bundle_sender *sender, void *arg, struct buf *plain,
                                 struct arena *arena, struct bundle *out, struct error *err);

#endif
