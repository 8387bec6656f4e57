/* SPDX-License-Identifier: MulanPSL-2.0 */
/* witness: see witness.h. */
#include "server/core/witness.h"

#include "shared/base/file.h"
#include "shared/base/mem.h"
#include "shared/base/random.h"
#include "shared/crypto/keyfile.h"
#include "shared/db/migrate.h"

enum status witness_found(const char *folder, const char *name, struct error *err)
{
    char *key_path = file_join(folder, "witness.key"),
         *name_path = file_join(folder, "witness.name");
    uint8_t seed[SIGN_SEED_SIZE];
    enum status st = ST_OK;
    if (!witness_name_valid(slice_str(name)))
        st = error_set(err, ST_USAGE, "--name %s：见证人的名称不能有空白和加号", name);
    else if (file_exists(key_path))
        st = error_set(err, ST_EXISTS, "%s 里已有见证人，不会覆盖", folder);
    if (st == ST_OK)
        st = file_make_folder(folder, 0700, err);
    if (st == ST_OK) {
        random_bytes(seed, sizeof(seed));
        struct sign_key *key = sign_key_from_seed(seed);
        secret_wipe(seed, sizeof(seed));
        st = file_replace(name_path, slice_str(name), 0644, err);
        if (st == ST_OK)
            st = keyfile_store(NULL, key_path, "witness", key, SLICE_NONE, err);
        sign_key_release(key);
    }
    mem_free(key_path);
    mem_free(name_path);
    return st;
}

static enum status read_name(const char *folder, struct verifier *out, struct error *err)
{
    char *path = file_join(folder, "witness.name");
    struct buf name;
    enum status st = file_read(path, WITNESS_NAME_MAX, &name, err);
    if (st == ST_OK && !witness_name_valid(buf_slice(&name)))
        st = error_set(err, ST_DAMAGED, "%s 不是见证人的名称", path);
    if (st == ST_OK)
        memcpy(out->name, name.p, name.n);
    buf_release(&name);
    mem_free(path);
    return st;
}

enum status witness_open(const char *folder, struct witness *out, struct error *err)
{
    char *key_path = file_join(folder, "witness.key"), *db_path = file_join(folder, "witness.db");
    enum status st = ST_OK;
    *out = (struct witness){.verifier = {.type = VERIFIER_WITNESS}};
    if (!file_exists(key_path))
        st = error_set(err, ST_NOT_FOUND, "%s 里没有见证人：请先 huced witness init --name 名称",
                       folder);
    if (st == ST_OK)
        st = read_name(folder, &out->verifier, err);
    if (st == ST_OK)
        st = keyfile_load(NULL, key_path, "witness", SLICE_NONE, &out->key, err);
    if (st == ST_OK)
        st = db_open(db_path, DB_READ_WRITE, &out->db, err);
    if (st == ST_OK)
        st = migrate(out->db, "witness", err);
    if (st == ST_OK)
        out->verifier.pk = *sign_key_public(out->key);
    else
        witness_close(out);
    mem_free(key_path);
    mem_free(db_path);
    return st;
}

void witness_close(struct witness *witness)
{
    db_close(witness->db);
    sign_key_release(witness->key);
    *witness = (struct witness){0};
}

enum status witness_trust(struct witness *witness, const struct verifier *county, struct error *err)
{
    struct origin origin;
    if (county->type != VERIFIER_LOG || !origin_parse(slice_str(county->name), &origin))
        return error_set(err, ST_INVALID, "%s 不是县级账本的验证公钥", county->name);
    struct stmt *stmt = db_stmt(witness->db, "INSERT OR REPLACE INTO witness_county(authority,"
                                             " log_key) VALUES (?1, ?2)");
    bind_text(stmt, 1, slice_of(origin.text, origin_authority_length(&origin)));
    bind_blob(stmt, 2, slice_of(county->pk.b, 32));
    return stmt_run(stmt, err);
}

enum status witness_county_key(struct witness *witness, const struct origin *origin,
                               struct sign_public *out, struct error *err)
{
    struct stmt *stmt =
        db_stmt(witness->db, "SELECT log_key FROM witness_county WHERE authority = ?1");
    bool row = false;
    bind_text(stmt, 1, slice_of(origin->text, origin_authority_length(origin)));
    enum status st = stmt_step(stmt, &row, err);
    if (st == ST_OK && (!row || stmt_blob(stmt, 0).n != 32))
        st = error_set(err, ST_NOT_FOUND, "add-checkpoint: no county of this name is known here");
    else if (st == ST_OK)
        memcpy(out->b, stmt_blob(stmt, 0).p, 32);
    stmt_reset(stmt);
    return st;
}

static enum status find_head(struct witness *witness, const struct origin *origin, uint64_t *size,
                             struct hash *root, struct error *err)
{
    struct stmt *stmt =
        db_stmt(witness->db, "SELECT size, root FROM witness_head WHERE origin = ?1");
    bool row = false;
    *size = 0;
    bind_str(stmt, 1, origin->text);
    enum status st = stmt_step(stmt, &row, err);
    if (st == ST_OK && row && stmt_blob(stmt, 1).n != HASH_SIZE)
        st = error_set(err, ST_IO, "witness_head of %s is damaged", origin->text);
    else if (st == ST_OK && row) {
        *size = (uint64_t)stmt_int(stmt, 0);
        memcpy(root->b, stmt_blob(stmt, 1).p, HASH_SIZE);
    }
    stmt_reset(stmt);
    return st;
}

static enum status store_head(struct witness *witness, const struct checkpoint *head,
                              struct slice text, struct error *err)
{
    struct stmt *stmt = db_stmt(witness->db, "INSERT OR REPLACE INTO witness_head(origin, size,"
                                             " root, checkpoint) VALUES (?1, ?2, ?3, ?4)");
    bind_str(stmt, 1, head->origin.text);
    bind_int(stmt, 2, (int64_t)head->size);
    bind_blob(stmt, 3, hash_slice(&head->root));
    bind_text(stmt, 4, text);
    return stmt_run(stmt, err);
}

enum status witness_add(struct witness *witness, struct slice body, uint64_t time_s,
                        struct buf *out, uint64_t *known, struct error *err)
{
    struct witness_request request;
    struct sign_public log_key;
    struct checkpoint head;
    struct hash root;
    *known = 0;
    enum status st = witness_request_read(body, &request, err);
    if (st == ST_OK)
        st = db_begin(witness->db, err);
    if (st != ST_OK)
        return st;
    st = witness_county_key(witness, &request.origin, &log_key, err);
    if (st == ST_OK)
        st = find_head(witness, &request.origin, known, &root, err);
    if (st == ST_OK)
        st = witness_judge(&request, &log_key, *known, &root, &head, err);
    if (st == ST_OK)
        st = store_head(witness, &head, request.checkpoint, err);
    if (st != ST_OK) {
        db_rollback(witness->db);
        return st;
    }
    st = db_commit(witness->db, err);
    if (st == ST_OK)
        witness_cosign(witness->verifier.name, witness->key, request.checkpoint, time_s, out);
    return st;
}
