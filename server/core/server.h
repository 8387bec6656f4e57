/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * server: an open county: its data folder, database, replica and keys.
 *
 *   DATA/huced.db        ledgers, settings, invitations
 *   DATA/root.key        the county's root key, wrapped by its passphrase; belongs on a USB stick
 * in a safe DATA/registrar.key   signs grants; 0600
 *   DATA/log.key …       sign checkpoints, the one that the registry names (log_keys.h); 0600
 *   DATA/recovery.key    opens what desks have sealed for the case that a passphrase is forgotten;
 * under the root key's passphrase, and kept with it
 *   DATA/heads           what has been signed (heads.h), so that an old database is noticed
 *   DATA/id.key          32 random bytes: keys the hash of citizen ids within the county; 0600
 *   DATA/nonce.key       32 random bytes: makes request nonces; 0600
 *
 * Several processes may have one county open (`huced serve` and a command): every piece of work
 * runs between server_begin and server_commit, which takes the database's write lock and first
 * reads what others have written. One struct server belongs to one thread.
 */
#ifndef SERVER_CORE_SERVER_H
#define SERVER_CORE_SERVER_H

#include "server/core/heads.h"
#include "server/core/log_keys.h"
#include "server/store/store.h"
#include "shared/db/materialise.h"
#include "shared/db/replica.h"

#define SERVER_SECRET_SIZE 32
#define CLOCK_BACK_MAX_MS (INT64_C(24) * 3600 * 1000)

/* Bytes a day (quota.h); 0: no limit. */
enum quota_kind { QUOTA_CHANGES, QUOTA_ATTACHMENTS, QUOTA_KINDS };
struct quota_limits {
    uint64_t ledger, device;
};

struct server {
    char *folder;
    struct db *db;
    struct replica *rep;
    struct heads heads;
    struct sign_key *registrar;
    struct log_keys log_keys;
    struct sign_key *log; /* the one of them that is in force */
    uint8_t id_key[SERVER_SECRET_SIZE], nonce_key[SERVER_SECRET_SIZE];
    struct quota_limits quota[QUOTA_KINDS]; /* of who serves desks; none for commands */
    struct arena arena;                     /* settings; lives as long as the server */
    bool keyless;   /* the log key is being changed, the one in force may be lost */
    bool declaring; /* while it recovers: what was lost is being signed for, and nothing else */
    const char *name, *code, *authority;
    const char *url; /* "http://127.0.0.1:8443" unless init or serve said otherwise */
};

/* What `huced init` makes. */
struct server_plan {
    const char *folder, *code, *name, *authority, *url;
    struct slice root_pin; /* at least KEYFILE_PIN_MIN bytes */
};

/* A new county: keys, registry leaf 0, the program's record types. ST_EXISTS when there is one. */
MUST_USE enum status server_found(const struct server_plan *plan, struct error *err);

/* For a county that has no recovery key yet, or a new one: makes DATA/recovery.key and names it in
 * the registry. root: the root key, unlocked with pin. */
MUST_USE enum status server_name_recovery(struct server *srv, const struct sign_key *root,
                                          struct slice pin, struct error *err);

/* Opens a county with its keys. ST_NOT_FOUND when the folder holds none. */
MUST_USE enum status server_open(const char *folder, struct server **out, struct error *err);
/* The same where the key that the registry names is not here: for changing it. */
MUST_USE enum status server_open_keyless(const char *folder, struct server **out,
                                         struct error *err);
void server_close(struct server *srv); /* NULL allowed */

/* Between pieces of work: reads what other processes wrote. What has been read may be shown. */
MUST_USE enum status server_refresh(struct server *srv, struct error *err);
/* The log key in force when the registry had `size` leaves; one that is not here any more: the one
 * in force now. */
struct sign_key *server_log_key(const struct server *srv, uint64_t size);
/* The database holds less than was signed, or may: nothing is admitted or signed (heads.h). */
bool server_recovering(const struct server *srv);

MUST_USE enum status server_begin(struct server *srv, struct error *err);
/* On ST_OK what was written is durable, and noted in DATA/heads: it may be shown. */
MUST_USE enum status server_commit(struct server *srv, struct error *err);
void server_rollback(struct server *srv); /* and reads the last committed state again */

/* ST_OK commits, anything else rolls back; returns what was given, or the failure of the commit. */
MUST_USE enum status server_end(struct server *srv, enum status st, struct error *err);

/* What the county held on a day, or at a size (`at` and `ledger` as past_parse takes them), folded
 * in memory: DB_NAMED_MEMORY. One at a time in a process; db_close, also after an error. */
MUST_USE enum status server_past(struct server *srv, const char *at, const char *ledger,
                                 struct db **out, struct error *err);

#endif
