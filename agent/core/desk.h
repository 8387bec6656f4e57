/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * desk: one data folder: its database, its keys, and the people who work on it.
 *
 *   <data>/desk.db            ledgers, record tables, settings
 *   <data>/keys/device.key    signs requests; under no PIN, protected by its permission 0600
 *   <data>/keys/box.key       opens what is sealed to this device
 *   <data>/keys/<kid>.key     one per person, wrapped by that person's PIN
 *   <data>/keys/vault.key     when the folder is unreadable without its start passphrase
 * (at_rest.h)
 *
 * A folder is either absent or complete: joining writes the folder beside its place and renames it.
 */
#ifndef AGENT_CORE_DESK_H
#define AGENT_CORE_DESK_H

#include "shared/db/materialise.h"
#include "shared/db/replica.h"

#define DESK_PINS_MAX 4
#define DESK_CLOCK_AHEAD \
    "clock_ahead_s" /* setting: this clock minus the county's, at the last exchange */

struct own_chain; /* save.c's memory of the chains written here */

struct desk {
    char *folder;
    char *file; /* of the database; for connections that only read */
    struct db *db;
    struct replica *rep;
    const struct vault *vault; /* what the folder lies under; NULL: nothing */
    struct at_rest_hold *hold; /* of a folder in the clear */
    struct sign_key *device;
    struct own_chain *chains;
    bool scratched; /* a transaction was rolled back: caches are read anew at the next use */
    char url[200];
    size_t pin_count;
    struct hash pins[DESK_PINS_MAX];
};

/* A person who signs. */
struct author {
    struct hash kid;
    struct sign_key *key;
    const struct grant *grant; /* in force now; valid until the registry grows */
};

/* The default folder when --data and $HUCE_DATA are absent. Freed with mem_free. */
char *desk_folder(const char *given);

/* ST_NOT_FOUND when nobody has joined in this folder. */
MUST_USE enum status desk_open(const char *folder, struct desk **out, struct error *err);
void desk_close(struct desk *desk); /* NULL allowed */
/* The desk as it was (shared/db/past.h): a copy in memory, to be read and not written. `at` as
 * past_parse takes it. One at a time in a process. */
MUST_USE enum status desk_open_past(const char *folder, const char *at, const char *ledger,
                                    struct desk **out, struct error *err);

/* Makes an empty desk in a folder that does not exist yet, founded on this registry. */
MUST_USE enum status desk_create(const char *folder, const struct origin *registry,
                                 const struct hash *root_kid, struct desk **out, struct error *err);

/* Takes the write lock and reads anew what another process may have changed. */
MUST_USE enum status desk_begin(struct desk *desk, struct error *err);
MUST_USE enum status desk_commit(struct desk *desk, struct error *err);
void desk_rollback(struct desk *desk); /* safe when nothing is open */
/* For commands that only read: what is on the disk now. */
MUST_USE enum status desk_refresh(struct desk *desk, struct error *err);

/* Gives memory back that only makes work under way faster: for a service that waits. */
void desk_rest(struct desk *desk);

/* Settings. The text is allocated (mem_free); NULL: not set. Setting needs a transaction or runs in
 * its own. */
struct buf;
bool desk_setting(struct desk *desk, const char *name, struct buf *out);
MUST_USE enum status desk_set(struct desk *desk, const char *name, struct slice value,
                              struct error *err);
/* This clock minus the county's, in seconds, as noted at an exchange; 0: nothing noted. */
int64_t desk_clock_ahead_s(struct desk *desk);
/* The county's key for the keyed hash of citizen ids. False: not there. Wipe after use. */
bool desk_id_key(struct desk *desk, uint8_t out[static 32]);

/* What opens that which is sealed to this device. Wipe after use. */
struct box_secret;
MUST_USE enum status desk_box_secret(const struct desk *desk, struct box_secret *out,
                                     struct error *err);

/* ---- people ---- */
/* Has the county ended this key, so that it signs no more? */
bool desk_person_ended(const struct desk *desk, const struct hash *kid);
/* Has this person, among these keys of the desk, one that was granted later (and has not ended, or
 * has like this one)? */
bool desk_person_superseded(const struct desk *desk, const struct hash *kid,
                            const struct hash *kids, size_t n);
/* Which of the device's people: `as` is a name or the beginning of a kid, NULL when there is only
 * one. Who has a key that has ended and another is meant by the other, who has several by the one
 * that was granted last; an older one is meant by its kid. ST_USAGE when that is not enough to
 * tell. */
MUST_USE enum status desk_person(struct desk *desk, const char *as, struct hash *kid,
                                 struct error *err);
/* Unlocks the person's key. pin_file NULL: $HUCE_PIN_FILE, else asks on the terminal.
 * ST_REFUSED when the county's grant is missing or revoked, or expired so long ago that a renewal
 * would not help what is written now. */
MUST_USE enum status desk_author(struct desk *desk, const char *as, const char *pin_file,
                                 struct author *out, struct error *err);
MUST_USE enum status desk_author_with_pin(struct desk *desk, const char *as, struct slice pin,
                                          struct author *out, struct error *err);
/* Looks the grant up anew, which a transaction's beginning may have reloaded: always after
 * save_begin and for a person who stays unlocked. ST_REFUSED as above. */
MUST_USE enum status desk_author_renew(struct desk *desk, struct author *author, struct error *err);
void author_release(struct author *author);
/* kids of the people on this device; returns how many (at most max). */
size_t desk_people(struct desk *desk, struct hash *kids, size_t max);
/* What people are called: the name in the newest grant, else the beginning of the kid. */
const char *desk_name_of(struct desk *desk, const struct hash *kid, char short_kid[static 17]);

/* The same of a person's 32 hex digits, as fields with the check `author` hold them; NULL: nobody
 * that this registry has heard of. */
const char *desk_person_named(const struct desk *desk, struct slice digits);

/* Where a new record of this table goes: the ledger named, or the only one that fits the table and
 * the author's scope. ST_USAGE when it must be said. */
MUST_USE enum status desk_ledger_for(struct desk *desk, const char *named,
                                     const struct catalog_table *table, const struct author *author,
                                     struct ledger **out, struct error *err);

/* Reads the passphrase that opens a data folder: from the file, $HUCE_PASSPHRASE_FILE (which
 * --passphrase-file sets), or a terminal without echo (twice when new; a weak one is refused). The
 * caller wipes and releases it. */
MUST_USE enum status passphrase_read(const char *file, bool is_new, struct buf *out,
                                     struct error *err);
/* Reads a PIN: from the file, $HUCE_PIN_FILE, or a terminal without echo (twice when new). The
 * caller wipes and releases it. */
MUST_USE enum status pin_read(const char *pin_file, bool is_new, struct buf *out,
                              struct error *err);

#endif
