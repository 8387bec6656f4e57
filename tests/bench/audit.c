/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * audit: what trust costs, on a village's year: a ledger of 110,000 changes, 20 in a changeset, by
 * ten authors. Prints one figure a line, "name value": the full audit, the bare SHA-256 and Ed25519
 * of the same bytes (once each over cose, bodies with their salts, changes and tree nodes), a
 * proof's bytes.
 *
 *   build/tests/bench/audit FOLDER
 */
#include <inttypes.h>
#include <stdio.h>

#include "shared/base/check.h"
#include "shared/base/time.h"
#include "shared/db/audit.h"
#include "shared/db/migrate.h"
#include "shared/db/past.h"
#include "shared/db/prove.h"
#include "tests/harness/world.h"

#define CHANGES 110000
#define PER_CHANGESET 20
#define AUTHORS 10
#define RECORDS 20000
#define PROOFS 100

static const char *const sql =
    "INSERT INTO migration VALUES (1, 'resident');"
    "INSERT INTO tables(no, name, zh, en) VALUES (1, 'resident', '居民', 'resident');"
    "INSERT INTO fields(tbl, no, name, zh, type, policy) VALUES"
    " ('resident', 1, 'name', '姓名', 'text', 'lww'), ('resident', 2, 'phone', '电话', 'text', "
    "'lww'),"
    " ('resident', 3, 'income', '收入', 'int', 'lww');";

#define MUST(call)                                          \
    do {                                                    \
        struct error must_error = {0};                      \
        struct error *err = &must_error;                    \
        if ((call) != ST_OK)                                \
            check_failed(must_error.text, __LINE__, #call); \
    } while (0)

static void sign_head(struct world *w, struct ledger *ledger)
{
    struct checkpoint head = {ledger->origin, ledger->tree.size, ledger->root};
    struct buf text;
    buf_init(&text, CHECKPOINT_MAX);
    checkpoint_sign(&head, w->log, &text);
    replica_set_checkpoint(w->rep, ledger, buf_slice(&text));
    buf_release(&text);
}

/* Change n: a new resident at first, then one field of one of them. */
static struct slice body_of(struct arena *arena, const struct catalog_table *table, unsigned n)
{
    struct record_id id = world_id(n < RECORDS ? n : n * 2654435761u % RECORDS);
    char name[32], phone[32];
    snprintf(name, sizeof(name), "居民%u", n);
    snprintf(phone, sizeof(phone), "154%08u", n);
    struct op_field fields[] = {
        {1, value_text(slice_str(arena_printf(arena, "%s", name)))},
        {2, value_text(slice_str(arena_printf(arena, "%s", phone)))},
        {3, value_int(n)},
    };
    return n < RECORDS ? world_put(arena, table, &id, fields, 3)
                       : world_put(arena, table, &id, &fields[n % 2 + 1], 1);
}

static void grow(struct world *w, struct ledger *ledger, struct person *people)
{
    const struct catalog_table *table = catalog_table(replica_catalog(w->rep), 1);
    struct arena arena = {0};
    MUST(db_begin(w->db, err));
    for (unsigned n = 0; n < CHANGES; n += PER_CHANGESET) {
        struct slice bodies[PER_CHANGESET];
        struct made made;
        for (unsigned i = 0; i < PER_CHANGESET; i++)
            bodies[i] = body_of(&arena, table, n + i);
        world_make(w, ledger, &people[n / PER_CHANGESET % AUTHORS], ledger->tree.size, bodies,
                   PER_CHANGESET, &arena, &made);
        world_admit(w, ledger, &made);
        arena_reset(&arena);
    }
    sign_head(w, ledger);
    sign_head(w, w->rep->registry_ledger);
    MUST(db_commit(w->db, err));
    arena_release(&arena);
}

static void on_finding(void *arg, const struct finding *finding)
{
    (void)arg;
    if (finding->damage)
        printf("finding %s\n", finding->text);
}

static int64_t audit_us(struct world *w)
{
    int64_t start = time_monotonic_us();
    for (size_t i = 0; i < w->rep->ledger_count; i++) {
        bool ok;
        MUST(audit_ledger(w->rep, w->rep->ledgers[i], AUDIT_COUNTY, on_finding, NULL, NULL, &ok,
                          err));
        CHECK(ok);
    }
    return time_monotonic_us() - start;
}

/* What the definitions of FORMAT.md ask for and nothing else, over bytes that are in memory. */
struct raw {
    struct slice *to_sign;
    struct signature *signatures;
    struct sign_public *keys;
    struct segment *segments;
    size_t count;
};

static void load_raw(struct world *w, struct ledger *ledger, struct person *people,
                     struct arena *arena, struct raw *out)
{
    out->count = ledger->tree.size;
    out->to_sign = arena_alloc(arena, out->count * sizeof(*out->to_sign));
    out->signatures = arena_alloc(arena, out->count * sizeof(*out->signatures));
    out->keys = arena_alloc(arena, out->count * sizeof(*out->keys));
    out->segments = arena_alloc(arena, out->count * sizeof(*out->segments));
    for (size_t i = 0; i < out->count; i++) {
        struct stored_changeset stored;
        struct segment_known known;
        struct buf text;
        replica_known(w->rep, ledger, &known);
        MUST(replica_read_leaf(w->rep, ledger, i, arena, &stored, err));
        MUST(segment_load(stored.cose, stored.salts, stored.columns, &known.index, arena,
                          &out->segments[i], err));
        buf_init(&text, 2 * CHANGESET_ENCODED_MAX);
        changeset_to_sign(&out->segments[i].header, &ledger->origin, &text);
        out->to_sign[i] = slice_of(arena_copy(arena, text.p, text.n), text.n);
        out->signatures[i] = out->segments[i].header.signature;
        out->keys[i] = *sign_key_public(people[i % AUTHORS].key);
        buf_release(&text);
    }
}

static int64_t raw_us(const struct raw *raw)
{
    struct merkle ledger;
    struct hash hash;
    merkle_init(&ledger);
    int64_t start = time_monotonic_us();
    for (size_t i = 0; i < raw->count; i++) {
        const struct segment *segment = &raw->segments[i];
        struct hmac_key key;
        struct merkle changes;
        merkle_init(&changes);
        hmac_prepare(slice_of(segment->seed, CHANGE_SEED_SIZE), &key);
        for (uint32_t c = 0; c < segment->header.count; c++) {
            struct change_salt salt;
            struct hash body;
            change_salt(&key, segment->header.first_seq + c, &salt);
            change_body_hash(&salt, segment->changes[c].body, &body);
            change_leaf(segment->header.first_seq + c, segment->changes[c].hlc, &body, &hash);
            merkle_append(&changes, &hash);
        }
        merkle_root(&changes, &hash);
        CHECK(hash_equal(&hash, &segment->header.changes_root));
        CHECK(sign_verify(&raw->keys[i], raw->to_sign[i], &raw->signatures[i]));
        hash_bytes(raw->to_sign[i], &hash); /* the id: of about as many bytes */
        merkle_append(&ledger, &hash);
        merkle_root(&ledger, &hash);
    }
    return time_monotonic_us() - start;
}

/* The largest of changes from all over the ledger, its first and its last among them. */
static size_t proof_bytes(struct world *w, struct ledger *ledger)
{
    struct arena arena = {0};
    struct proof proof;
    struct buf file;
    size_t most = 0;
    buf_init(&file, PROOF_FILE_MAX);
    for (uint64_t i = 0; i < PROOFS; i++) {
        uint64_t leaf = i * (ledger->tree.size - 1) / (PROOFS - 1);
        buf_clear(&file);
        MUST(prove_change(w->rep, ledger, leaf, (uint32_t)(i * 7 % PER_CHANGESET), false, &arena,
                          &proof, err));
        proof_write(&proof, &file);
        most = file.n > most ? file.n : most;
        arena_reset(&arena);
    }
    buf_release(&file);
    arena_release(&arena);
    return most;
}

/* The longer of two: when half of the ledger was there, and when all but its last leaf was. */
static int64_t past_at_us(struct world *w, struct ledger *ledger, uint64_t size, const char *file)
{
    const struct past past = {.ledger = ledger, .size = size, .until_ms = w->now_ms};
    struct db *db;
    int64_t start = time_monotonic_us();
    MUST(db_open(DB_NAMED_MEMORY, DB_READ_WRITE, &db, err));
    MUST(migrate(db, "shared", err));
    MUST(past_fill(w->rep, file, &past, db, err));
    db_close(db);
    return time_monotonic_us() - start;
}

static int64_t past_us(struct world *w, struct ledger *ledger, const char *file)
{
    int64_t half = past_at_us(w, ledger, ledger->tree.size / 2, file);
    int64_t whole = past_at_us(w, ledger, ledger->tree.size - 1, file);
    return half > whole ? half : whole;
}

int main(int argc, char **argv)
{
    struct world *w = mem_zero_alloc(1, sizeof(*w));
    struct person people[AUTHORS];
    struct arena arena = {0};
    struct raw raw;
    char path[4096];
    snprintf(path, sizeof(path), "%s/audit.db", argc > 1 ? argv[1] : ".");
    world_init(w, path);
    world_catalog(w, sql);
    for (unsigned i = 0; i < AUTHORS; i++)
        world_grant(w, &people[i], i + 1, "village", "622924101001");
    struct ledger *ledger = world_ledger(w, "622924101001");
    grow(w, ledger, people);
    load_raw(w, ledger, people, &arena, &raw);
    int64_t audit = INT64_MAX, bare = INT64_MAX;
    for (int i = 0; i < 3; i++) {
        int64_t us = raw_us(&raw);
        bare = us < bare ? us : bare;
        us = audit_us(w);
        audit = us < audit ? us : audit;
    }
    printf("audit_s %.3f\naudit_raw_s %.3f\naudit_vs_raw %.2f\nproof_bytes %zu\npast_s %.3f\n",
           (double)audit / 1e6, (double)bare / 1e6, (double)bare / (double)audit,
           proof_bytes(w, ledger), (double)past_us(w, ledger, path) / 1e6);
    for (unsigned i = 0; i < AUTHORS; i++)
        sign_key_release(people[i].key);
    arena_release(&arena);
    world_release(w);
    mem_free(w);
    return 0;
}
