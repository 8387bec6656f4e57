/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * authority: the ops from 16 upwards, which say who may do what, and what they add up to
 * (FORMAT.md §3a, §4b). The registry is itself a fold: every question is asked "as of registry size
 * n", that is, over the authority ops in registry leaves 0 … n-1.
 *
 *   county  = [16, root pk, log pk, [url…], [spki pin…]]
 *   grant   = [17, kind, pk, person id16, device kid / null, x25519 / null, name, role, [scope…],
 *              expiry_ms / null, pop]
 *   revoke  = [18, kid, reason code, [[origin, chain8, changeset id]…]]
 *   void    = [19, [ref…]]      adopt = [20, [ref…]]
 *   erase   = [21, ref, [op…]]  catalog = [22, migration]      close = [23, reason]
 *   recovery = [24, x25519]     epoch = [25, …] (epoch.h)
 *
 * The forms of all of them are frozen. void and adopt act on the ledger that they stand in
 * (shared/db/ruling.h); erase and close are checked for form and have no effect yet, so a program
 * that gives them one must refold.
 *
 * kind: 0 person, 1 device. Roles: "village", "grid", "township", "dept:x", "registrar", "auditor".
 * pop = signature64 by the granted key over "huce/1/pop\n" registry-origin "\n" kid32.
 */
#ifndef SHARED_LEDGER_AUTHORITY_H
#define SHARED_LEDGER_AUTHORITY_H

#include "shared/base/buf.h"
#include "shared/base/mem.h"
#include "shared/base/status.h"
#include "shared/crypto/sign.h"
#include "shared/ledger/changeset.h"
#include "shared/ledger/epoch.h"
#include "shared/ledger/origin.h"
#include "shared/ledger/reference.h"

#define AUTHORITY_NAME_MAX 60 /* bytes of UTF-8 */
#define AUTHORITY_ROLE_MAX 40 /* "dept:" and up to 8 characters in practice */
#define AUTHORITY_SCOPES_MAX 64
#define AUTHORITY_URLS_MAX 8
#define AUTHORITY_PINS_MAX 4
#define AUTHORITY_REASON_MAX 255  /* reason codes of a revocation; 0: none stated */
#define AUTHORITY_CUT_MAX 1024    /* chains in a revocation's cut */
#define AUTHORITY_TARGETS_MAX 256 /* changes and changesets that one void or adopt names */
#define AUTHORITY_ERASED_OPS_MAX 4096
#define GRANT_GRACE_MS (INT64_C(90) * 24 * 3600 * 1000) /* for delivery after expiry */

enum authority_op_code {
    OP_COUNTY = 16,
    OP_GRANT,
    OP_REVOKE,
    OP_VOID,
    OP_ADOPT,
    OP_ERASE,
    OP_CATALOG,
    OP_CLOSE,
    OP_RECOVERY,
};

enum grant_kind { GRANT_PERSON = 0, GRANT_DEVICE = 1 };

struct county {
    struct sign_public root, log;
    size_t url_count, pin_count;
    char urls[AUTHORITY_URLS_MAX][200];
    struct hash pins[AUTHORITY_PINS_MAX]; /* SHA-256 of SPKI */
};

struct grant {
    enum grant_kind kind;
    struct sign_public pk;
    struct hash kid; /* derived from pk */
    uint8_t person[16];
    bool has_device, has_box;
    struct hash device;    /* persons: the device the key lives on */
    struct box_public box; /* devices: where sealed data is sent */
    char name[AUTHORITY_NAME_MAX + 1];
    char role[AUTHORITY_ROLE_MAX + 1];
    size_t scope_count;
    char scopes[AUTHORITY_SCOPES_MAX][DIVISION_CODE_SIZE];
    int64_t expires_ms; /* INT64_MAX: never */
    struct signature pop;
    /* filled by the registry: */
    uint64_t leaf;                          /* registry index that carries it */
    uint64_t revoked_leaf;                  /* registry index of the revocation; UINT64_MAX: none */
    uint32_t cut_first, cut_count;          /* the revocation's cut, in registry.cuts */
    uint32_t older_of_kid, older_on_device; /* links of the registry's indexes */
};

void county_encode(const struct county *county, struct buf *out);
void grant_encode(const struct grant *grant, struct buf *out);
void revoke_encode(const struct hash *kid, unsigned reason,
                   struct buf *out); /* with an empty cut */
struct revoke_cut {
    struct origin origin;
    struct chain_id chain;
    struct hash id;
};
void revoke_encode_cut(const struct hash *kid, unsigned reason, const struct revoke_cut *cut,
                       size_t count, struct buf *out);
struct revoke {
    struct hash kid;
    unsigned reason;
    size_t cut_count;
    struct revoke_cut *cut; /* owned: revoke_release */
};
void revoke_release(struct revoke *revoke);

/* What a void or adopt names: a change, or a changeset as a whole by its id. */
struct target {
    bool is_changeset;
    struct reference change;
    struct hash changeset;
};
/* code: OP_VOID or OP_ADOPT; 1 … AUTHORITY_TARGETS_MAX targets. */
void targets_encode(enum authority_op_code code, const struct target *targets, size_t count,
                    struct buf *out);
/* ops: one encoded CBOR array of the redacted record ops. */
void erase_encode(const struct reference *ref, struct slice ops, struct buf *out);
void catalog_op_encode(struct slice migration, struct buf *out); /* migration: one CBOR array */
void close_encode(struct slice reason, struct buf *out);         /* UTF-8, may be empty */
/* To whom desks seal the keys of their data folders. */
void recovery_encode(const struct box_public *key, struct buf *out);

/* What a granted key signs to show that it is there. */
void grant_pop_message(const struct origin *registry, const struct hash *kid, struct buf *out);

MUST_USE enum status county_decode(struct slice op, struct county *out, struct error *err);
/* Checks form, limits, role word, scopes, that pk is a valid point, and pop. */
MUST_USE enum status grant_decode(struct slice op, const struct origin *registry, struct grant *out,
                                  struct error *err);

/* *out is released by the caller also after an error. */
MUST_USE enum status revoke_decode(struct slice op, struct revoke *out, struct error *err);
MUST_USE enum status targets_decode(struct slice op, enum authority_op_code code,
                                    struct target out[static AUTHORITY_TARGETS_MAX], size_t *count,
                                    struct error *err);
/* *ops, *migration and *reason point into op. */
MUST_USE enum status erase_decode(struct slice op, struct reference *ref, struct slice *ops,
                                  struct error *err);
MUST_USE enum status catalog_op_decode(struct slice op, struct slice *migration, struct error *err);
MUST_USE enum status close_decode(struct slice op, struct slice *reason, struct error *err);
MUST_USE enum status recovery_decode(struct slice op, struct box_public *key, struct error *err);

/* "http://" or "https://" and visible ASCII, at most 199 bytes. */
bool county_url_valid(struct slice url);
/* "village", "grid", "township", "registrar", "auditor" or "dept:" and a word. */
bool role_valid(struct slice role);

/* Open-addressing table from a kid to its newest grant; values are grant index + 1. */
struct grant_index {
    uint32_t *slots;
    size_t capacity, used;
};

struct registry_log_key {
    uint64_t leaf;
    struct sign_public pk;
};

/* The folded registry. Zero state is empty. */
struct registry {
    struct origin origin;
    bool has_county;
    struct county county; /* the newest */
    struct hash root_kid; /* of county.root, which never changes */
    bool has_recovery;
    struct box_public recovery;        /* the newest */
    struct registry_log_key *log_keys; /* every log key there has been, in order of leaf */
    size_t log_key_count, log_key_capacity;
    struct grant *grants; /* in order of their leaf; a kid may be granted again */
    size_t grant_count, grant_capacity;
    struct revoke_cut *cuts; /* of all revocations */
    size_t cut_count, cut_capacity;
    uint64_t *catalog_leaves; /* registry index of each catalog op, ascending */
    size_t catalog_count, catalog_capacity;
    struct epoch *epochs; /* of all ledgers, in order of their leaf */
    size_t epoch_count, epoch_capacity;
    uint64_t
        size; /* registry leaves folded; the caller moves it past leaves without authority ops */
    /* Set by the caller while it replays leaves that were folded before: the keys of grants and
     * their proofs of possession, the only slow checks, are not made again. */
    bool replay;
    struct grant_index by_kid, by_device;
};

void registry_init(struct registry *reg, const struct origin *origin);
void registry_release(struct registry *reg);
/* A copy of its own, for going back when several ops count all or none. *to is released like any.
 */
void registry_clone(const struct registry *from, struct registry *to);

/* Folds one authority op of registry leaf `leaf` (leaves ascending) by `author`. ST_REFUSED with a
 * reason when the author may not do this (the change is void); ST_INVALID when malformed; then
 * nothing has changed. Leaf 0 must be the root key naming itself in `county`: root_kid is the one
 * from the invite. Unknown op numbers above 25: ST_OK, nothing changes.
 *
 * Root may do everything but change itself. A registrar (granted before this leaf, not revoked) may
 * do everything but touch root, the log key, the recovery key, epochs and registrars. A registrar's
 * expiry is the caller's question (grant_covers_time). Pointers to grants die here. */
MUST_USE enum status registry_apply(struct registry *reg, uint64_t leaf, const struct hash *author,
                                    const struct hash *root_kid, struct slice op,
                                    struct error *err);

/* The grant of this key in force when the registry had `size` leaves: the newest one made before,
 * if it was not yet revoked. NULL: none. Expiry is the caller's question (grant_covers_time). */
const struct grant *registry_grant(const struct registry *reg, const struct hash *kid,
                                   uint64_t size);
/* The grant of this key that a revocation had ended when the registry had `size` leaves; NULL: one
 * is in force, or there was none. */
const struct grant *registry_revoked(const struct registry *reg, const struct hash *kid,
                                     uint64_t size);
/* Is this changeset a head in the cut of the revocation that ended `grant`? Then it was honest, and
 * so were those before it in its chain. */
bool registry_cut_has(const struct registry *reg, const struct grant *grant,
                      const struct origin *origin, const struct chain_id *chain,
                      const struct hash *id);
/* Is it one in the cut of any revocation of its author's key? */
bool registry_is_head(const struct registry *reg, const struct hash *kid,
                      const struct origin *origin, const struct chain_id *chain,
                      const struct hash *id);
/* The root key, or a registrar in force at this size: who may say what counts. */
bool registry_rules(const struct registry *reg, const struct hash *kid, uint64_t size);
/* The newest grant made for this key before the registry had `size` leaves, revoked or not; NULL:
 * none. */
const struct grant *registry_grant_before(const struct registry *reg, const struct hash *kid,
                                          uint64_t size);
/* The newest grant ever made for this key, revoked or not; NULL: never. */
const struct grant *registry_grant_any(const struct registry *reg, const struct hash *kid);
/* effective_ms <= expiry and admitted_ms <= expiry + 90 days. Before admission pass effective_ms as
 * both. */
bool grant_covers_time(const struct grant *grant, int64_t effective_ms, int64_t admitted_ms);
/* Not more than 90 days after the expiry: a renewal would come in time for what is done now. */
bool grant_may_be_renewed(const struct grant *grant, int64_t now_ms);
bool grant_covers_ledger(const struct grant *grant, const char code[static DIVISION_CODE_SIZE]);
/* The log key in force at a registry size: it signs checkpoints of that registry size. NULL: none.
 */
const struct sign_public *registry_log_key(const struct registry *reg, uint64_t size);
/* May a device with this kid read a ledger of this division: the device is granted and not revoked,
 * and one of its unrevoked persons has a scope over it. (Everyone granted reads the registry.) */
bool registry_device_reads(const struct registry *reg, const struct hash *device_kid,
                           const char code[static DIVISION_CODE_SIZE]);
/* May it hand over work for that ledger, whoever wrote it: the device is granted and not revoked,
 * and someone on it has, or had, a scope over it. What came to be there before a revocation
 * arrives. */
bool registry_device_delivers(const struct registry *reg, const struct hash *device_kid,
                              const char code[static DIVISION_CODE_SIZE]);
/* Number of catalog ops in the first `size` leaves: the catalog version as of then. */
size_t registry_catalog_version(const struct registry *reg, uint64_t size);

#endif
