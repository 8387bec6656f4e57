/* SPDX-License-Identifier: MulanPSL-2.0 */
/* store: see store.h; migrations/server/sqlite has the tables. */
#include "server/store/store.h"

#include "shared/base/check.h"
#include "shared/base/random.h"

const char *store_setting(struct db *db, const char *name, struct arena *arena)
{
    struct stmt *stmt = db_stmt(db, "SELECT value FROM _setting WHERE name = ?1");
    bool row = false;
    const char *value = NULL;
    bind_str(stmt, 1, name);
    if (stmt_step(stmt, &row, NULL) == ST_OK && row) {
        struct slice text = stmt_text(stmt, 0);
        value = arena_printf(arena, "%.*s", (int)text.n, (const char *)text.p);
    }
    stmt_reset(stmt);
    return value;
}

enum status store_set_setting(struct db *db, const char *name, const char *value, struct error *err)
{
    struct stmt *stmt = db_stmt(db, "INSERT INTO _setting (name, value) VALUES (?1, ?2)"
                                    " ON CONFLICT (name) DO UPDATE SET value = excluded.value");
    bind_str(stmt, 1, name);
    bind_str(stmt, 2, value);
    return stmt_run(stmt, err);
}

enum status store_forget_settings(struct db *db, const char *prefix, struct error *err)
{
    struct stmt *stmt = db_stmt(db, "DELETE FROM _setting WHERE substr(name, 1, length(?1)) = ?1");
    bind_str(stmt, 1, prefix);
    return stmt_run(stmt, err);
}

enum status store_end_invitations(struct db *db, int64_t now_ms, struct error *err)
{
    struct stmt *stmt = db_stmt(db, "UPDATE _invite SET expires_ms = ?1"
                                    " WHERE used_ms IS NULL AND expires_ms > ?1");
    bind_int(stmt, 1, now_ms);
    return stmt_run(stmt, err);
}

enum status store_forget_chains(struct db *db, struct error *err)
{
    return stmt_run(db_stmt(db, "DELETE FROM _chain"), err);
}

enum status store_add_invitation(struct db *db, const struct invitation *invitation,
                                 struct error *err)
{
    struct stmt *stmt =
        db_stmt(db, "INSERT INTO _invite (token, person, role, scopes, created_ms, expires_ms,"
                    " person_id, until_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    struct buf scopes;
    buf_init(&scopes, STORE_SCOPES_MAX * (DIVISION_CODE_SIZE + 1));
    CHECK(invitation->scope_count <= STORE_SCOPES_MAX);
    for (size_t i = 0; i < invitation->scope_count; i++)
        buf_printf(&scopes, "%s%s", i ? "," : "", invitation->scopes[i]);
    bind_blob(stmt, 1, slice_of(invitation->token, INVITE_TOKEN_SIZE));
    bind_str(stmt, 2, invitation->person);
    bind_str(stmt, 3, invitation->role);
    bind_str(stmt, 4, buf_cstr(&scopes));
    bind_int(stmt, 5, invitation->created_ms);
    bind_int(stmt, 6, invitation->expires_ms);
    bind_blob(stmt, 7, slice_of(invitation->person_id, sizeof(invitation->person_id)));
    if (invitation->until_ms == 0)
        bind_null(stmt, 8);
    else
        bind_int(stmt, 8, invitation->until_ms);
    enum status st = stmt_run(stmt, err);
    buf_release(&scopes);
    return st;
}

static void copy_text(struct slice text, char *out, size_t size)
{
    size_t n = text.n < size ? text.n : size - 1;
    if (n)
        memcpy(out, text.p, n);
    out[n] = 0;
}

static void copy_hash(struct slice blob, struct hash *out)
{
    if (blob.n == HASH_SIZE)
        memcpy(out->b, blob.p, HASH_SIZE);
}

static void read_invitation(struct stmt *stmt, struct invitation *out)
{
    *out = (struct invitation){.no = stmt_int(stmt, 0)};
    struct slice token = stmt_blob(stmt, 1), scopes;
    if (token.n == INVITE_TOKEN_SIZE)
        memcpy(out->token, token.p, INVITE_TOKEN_SIZE);
    copy_text(stmt_text(stmt, 2), out->person, sizeof(out->person));
    copy_text(stmt_text(stmt, 3), out->role, sizeof(out->role));
    scopes = stmt_text(stmt, 4);
    while (scopes.n >= DIVISION_CODE_SIZE && out->scope_count < STORE_SCOPES_MAX) {
        size_t step = scopes.n > DIVISION_CODE_SIZE ? DIVISION_CODE_SIZE + 1 : DIVISION_CODE_SIZE;
        memcpy(out->scopes[out->scope_count++], scopes.p, DIVISION_CODE_SIZE);
        scopes = slice_of(scopes.p + step, scopes.n - step);
    }
    out->created_ms = stmt_int(stmt, 5);
    out->expires_ms = stmt_int(stmt, 6);
    out->used = stmt_type(stmt, 7) != COLUMN_NULL;
    out->used_ms = stmt_int(stmt, 7);
    copy_hash(stmt_blob(stmt, 8), &out->used_person);
    copy_hash(stmt_blob(stmt, 9), &out->used_device);
    if (stmt_blob(stmt, 10).n == sizeof(out->person_id))
        memcpy(out->person_id, stmt_blob(stmt, 10).p, sizeof(out->person_id));
    else /* from before there was one */
        random_bytes(out->person_id, sizeof(out->person_id));
    out->until_ms = stmt_int(stmt, 11);
}

enum status store_each_invitation(struct db *db, store_visit_invitation *fn, void *arg,
                                  struct error *err)
{
    struct stmt *stmt =
        db_stmt(db, "SELECT no, token, person, role, scopes, created_ms, expires_ms, used_ms,"
                    " used_person, used_device, person_id, until_ms FROM _invite ORDER BY no DESC");
    struct invitation invitation;
    bool row = true;
    enum status st = ST_OK;
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        read_invitation(stmt, &invitation);
        if (!fn(arg, &invitation))
            break;
    }
    stmt_reset(stmt);
    secret_wipe(&invitation, sizeof(invitation));
    return st;
}

enum status store_use_invitation(struct db *db, int64_t no, const struct hash *person,
                                 const struct hash *device, int64_t now_ms, struct error *err)
{
    struct stmt *stmt =
        db_stmt(db, "UPDATE _invite SET used_ms = ?2, used_person = ?3, used_device = ?4"
                    " WHERE no = ?1 AND used_ms IS NULL");
    bind_int(stmt, 1, no);
    bind_int(stmt, 2, now_ms);
    bind_blob(stmt, 3, hash_slice(person));
    bind_blob(stmt, 4, hash_slice(device));
    enum status st = stmt_run(stmt, err);
    if (st == ST_OK && db_changes(db) != 1)
        st = error_set(err, ST_REFUSED, "邀请码已被使用");
    return st;
}

enum status store_chain(struct db *db, const struct hash *kid, struct chain_head *head, bool *found,
                        struct error *err)
{
    struct stmt *stmt =
        db_stmt(db, "SELECT chain, number, id, seq, hlc FROM _chain WHERE kid = ?1");
    *head = (struct chain_head){.kid = *kid};
    bind_blob(stmt, 1, hash_slice(kid));
    enum status st = stmt_step(stmt, found, err);
    if (st == ST_OK && *found) {
        struct slice chain = stmt_blob(stmt, 0);
        if (chain.n == sizeof(head->chain.b))
            memcpy(head->chain.b, chain.p, chain.n);
        head->number = (uint64_t)stmt_int(stmt, 1);
        copy_hash(stmt_blob(stmt, 2), &head->id);
        head->seq = (uint64_t)stmt_int(stmt, 3);
        head->hlc = (uint64_t)stmt_int(stmt, 4);
    }
    stmt_reset(stmt);
    return st;
}

enum status store_set_chain(struct db *db, const struct chain_head *head, struct error *err)
{
    struct stmt *stmt =
        db_stmt(db, "INSERT OR REPLACE INTO _chain (kid, chain, number, id, seq, hlc)"
                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    bind_blob(stmt, 1, hash_slice(&head->kid));
    bind_blob(stmt, 2, slice_of(head->chain.b, sizeof(head->chain.b)));
    bind_int(stmt, 3, (int64_t)head->number);
    bind_blob(stmt, 4, hash_slice(&head->id));
    bind_int(stmt, 5, (int64_t)head->seq);
    bind_int(stmt, 6, (int64_t)head->hlc);
    return stmt_run(stmt, err);
}
