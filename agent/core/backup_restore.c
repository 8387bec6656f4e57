/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * restore: a copy of unsent work is brought back (backup.h). It is believed in nothing: the device
 * that wrote it must be the county's, and each changeset is verified like one that came over the
 * wire. One transaction; nothing has to be reached for it.
 */
#include "agent/core/backup.h"
#include "agent/core/backup_file.h"
#include "agent/core/save.h"
#include "shared/base/file.h"
#include "shared/db/materialise.h"

struct restoring {
    struct desk *desk;
    struct backup_restored *out;
    struct ledger *ledger;
    struct segment_known known;
    struct arena arena; /* of one changeset */
    bool stored;        /* something, in this ledger */
};

/* ---- whose copy ---- */

static bool device_key(struct desk *desk, const struct hash *kid, struct sign_public *out)
{
    const struct grant *grant = registry_grant_any(&desk->rep->registry, kid);
    if (hash_equal(kid, sign_key_kid(desk->device)))
        *out = *sign_key_public(desk->device);
    else if (grant && grant->kind == GRANT_DEVICE)
        *out = grant->pk;
    else
        return false;
    return true;
}

/* Is it somebody of this desk, with this key or another? */
static bool is_ours(struct desk *desk, const struct hash *kid)
{
    const struct registry *registry = &desk->rep->registry;
    const struct grant *author = registry_grant_any(registry, kid);
    struct hash kids[64];
    size_t n = desk_people(desk, kids, 64);
    for (size_t i = 0; i < n; i++) {
        const struct grant *grant = registry_grant_any(registry, &kids[i]);
        if (hash_equal(&kids[i], kid) || (grant && author && grant->kind == GRANT_PERSON &&
                                          memcmp(grant->person, author->person, 16) == 0))
            return true;
    }
    return false;
}

static enum status check_people(struct desk *desk, const struct backup *backup, struct error *err)
{
    struct changeset cs;
    bool any = false;
    for (size_t i = 0; i < backup->ledger_count; i++)
        for (size_t k = 0; k < backup->ledgers[i].count; k++) {
            enum status st = changeset_decode(backup->ledgers[i].items[k].cose, &cs, err);
            if (st != ST_OK)
                return error_wrap(err, ST_DAMAGED, "备份文件已损坏");
            if (is_ours(desk, &cs.kid))
                return ST_OK;
            any = true;
        }
    return any ? error_set(
                     err, ST_REFUSED,
                     "这份备份不是本机的人的改动（或者本机还没有收到他的授权）：请在本人的电脑上恢"
                     "复；刚换电脑的，先运行 huce sync")
               : ST_OK;
}

static enum status check_origin(struct desk *desk, const struct backup_opened *opened,
                                struct error *err)
{
    const struct replica *rep = desk->rep;
    struct sign_public pk;
    if (strcmp(opened->backup.registry.text, rep->registry_origin.text) != 0 ||
        !hash_equal(&opened->backup.root_kid, &rep->root_kid))
        return error_set(err, ST_REFUSED, "这份备份属于另一个县（%s）",
                         opened->backup.registry.text);
    if (!device_key(desk, &opened->device, &pk))
        return error_set(err, ST_REFUSED, "写这份备份的电脑本机不认识：先运行 huce sync，再恢复");
    if (!backup_file_signed(opened, &pk))
        return error_set(err, ST_DAMAGED, "备份文件被改动过：签名不对");
    return check_people(desk, &opened->backup, err);
}

/* ---- one changeset ---- */

static bool is_forked(struct restoring *r, const struct hash *id)
{
    struct stmt *stmt =
        db_stmt(r->desk->db, "SELECT 1 FROM forked WHERE ledger = ?1 AND old_id = ?2");
    bool row = false;
    bind_int(stmt, 1, r->ledger->no);
    bind_blob(stmt, 2, hash_slice(id));
    bool found = stmt_step(stmt, &row, NULL) == ST_OK && row;
    stmt_reset(stmt);
    return found;
}

static bool is_here(struct restoring *r, const struct hash *id)
{
    return r->known.has_changeset(r->known.arg, id) || is_forked(r, id);
}

static bool has_base(struct restoring *r, bool registry, uint64_t size, const struct hash *root)
{
    struct hash here;
    return size == 0 ||
           (!registry && r->known.lost_base && r->known.lost_base(r->known.arg, size)) ||
           (r->known.root_at(r->known.arg, registry, size, &here) && hash_equal(&here, root));
}

/* Is all here that it builds on? */
static bool stands(struct restoring *r, const struct changeset *cs)
{
    bool ok = has_base(r, false, cs->base_size, &cs->base_root) &&
              has_base(r, true, cs->registry_size, &cs->registry_root) &&
              (cs->number == 1 || is_here(r, &cs->prev));
    for (uint32_t d = 0; ok && d < cs->dep_count; d++)
        ok = is_here(r, &cs->deps[d]);
    return ok;
}

static enum status note_restored(struct restoring *r, const struct hash *id, struct error *err)
{
    struct stmt *stmt = db_stmt(r->desk->db, "INSERT INTO restored(ledger, id, made_ms)"
                                             " VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING");
    bind_int(stmt, 1, r->ledger->no);
    bind_blob(stmt, 2, hash_slice(id));
    bind_int(stmt, 3, r->out->made_ms);
    return stmt_run(stmt, err);
}

/* Its author writes on a new chain from now on. */
static enum status store(struct restoring *r, const struct segment *segment, struct slice columns,
                         struct error *err)
{
    struct replica *rep = r->desk->rep;
    uint64_t overlay = LEAF_OVERLAY + replica_overlay_next(rep, r->ledger);
    enum status st = replica_store(rep, r->ledger, segment, columns, overlay, err);
    if (st == ST_OK)
        st = note_restored(r, &segment->id, err);
    if (st == ST_OK)
        st = save_retire_chain(r->desk, r->ledger->no, &segment->header.kid, err);
    r->stored = true;
    return st;
}

static enum status take(struct restoring *r, const struct backup_item *item, struct error *err)
{
    const char *origin = r->ledger->origin.text;
    struct segment segment;
    struct changeset cs;
    struct sign_public author;
    struct hash id;
    enum status st = changeset_decode(item->cose, &cs, err);
    if (st != ST_OK)
        return error_wrap(err, ST_DAMAGED, "备份文件已损坏");
    changeset_compute_id(&cs, &id);
    if (is_here(r, &id)) {
        r->out->here++;
        r->out->here_changes += cs.count;
        return ST_OK;
    }
    if (!stands(r, &cs) || !r->known.author(r->known.arg, &cs.kid, &author)) {
        r->out->early++;
        return ST_OK;
    }
    st = segment_check(item->cose, item->salts, item->columns, &r->ledger->origin, &author,
                       &r->known.index, &r->arena, &segment, err);
    if (st == ST_OK)
        st = store(r, &segment, item->columns, err);
    else
        st = error_wrap(err, ST_DAMAGED, "%s：备份里的一组改动没有通过验证", origin);
    r->out->brought++;
    r->out->brought_changes += cs.count;
    return st;
}

static enum status take_ledger(struct desk *desk, const struct backup_ledger *from,
                               struct backup_restored *out, struct error *err)
{
    struct restoring r = {.desk = desk, .out = out};
    enum status st = ST_OK;
    r.ledger = replica_ledger(desk->rep, &from->origin);
    if (!r.ledger) {
        out->foreign += from->count;
        return ST_OK;
    }
    replica_known(desk->rep, r.ledger, &r.known);
    for (size_t i = 0; st == ST_OK && i < from->count; i++) {
        st = take(&r, &from->items[i], err);
        arena_reset(&r.arena);
    }
    if (st == ST_OK && r.stored)
        st = materialise_relay(desk->rep, r.ledger, err);
    arena_release(&r.arena);
    return st;
}

static enum status take_all(struct desk *desk, const struct backup_opened *opened,
                            struct backup_restored *out, struct error *err)
{
    enum status st = desk_begin(desk, err);
    if (st != ST_OK)
        return st;
    out->made_ms = opened->backup.made_ms;
    st = check_origin(desk, opened, err);
    if (st == ST_OK)
        st = save_close_all(desk, NULL, err); /* its number may be taken */
    save_forget(desk);
    for (size_t i = 0; st == ST_OK && i < opened->backup.ledger_count; i++)
        st = take_ledger(desk, &opened->backup.ledgers[i], out, err);
    if (st == ST_OK)
        return desk_commit(desk, err);
    desk_rollback(desk);
    return st;
}

/* ---- the file ---- */

/* The key of this folder, or of the one that the copy is of. */
static enum status find_vault(struct desk *desk, const struct backup_sealed *sealed,
                              const char *passphrase_file, struct vault **out, struct error *err)
{
    struct vault_file own;
    struct error ignored;
    struct buf passphrase = {0};
    char *path = mem_printf("%s/keys/vault.key", desk->folder);
    bool same = desk->vault && vault_file_load(path, &own, &ignored) == ST_OK &&
                memcmp(own.id, sealed->vault.id, sizeof(own.id)) == 0;
    mem_free(path);
    *out = NULL;
    if (same) {
        *out = vault_copy(desk->vault);
        return ST_OK;
    }
    enum status st = passphrase_read(passphrase_file, false, &passphrase, err);
    if (st == ST_OK)
        st = vault_file_unlock(&sealed->vault, buf_slice(&passphrase), out, err);
    if (passphrase.p)
        secret_wipe(passphrase.p, passphrase.capacity);
    buf_release(&passphrase);
    return st == ST_OK ? st
                       : error_wrap(err, st, "这份备份是加密的，要用写它的那台电脑当时的启动口令");
}

enum status backup_restore(struct desk *desk, const char *path, const char *passphrase_file,
                           struct backup_restored *out, struct error *err)
{
    struct backup_sealed sealed;
    struct backup_opened opened;
    struct vault *vault = NULL;
    struct arena arena = {0};
    struct buf file, plain;
    *out = (struct backup_restored){0};
    if (!desk->device)
        return error_set(err, ST_REFUSED,
                         "这台电脑还没有加入：先用邀请码加入（huce join），再恢复");
    buf_init(&plain, BACKUP_MAX);
    enum status st = file_read(path, BACKUP_MAX + 2 * VAULT_FILE_MAX, &file, err);
    if (st == ST_OK)
        st = backup_file_read(buf_slice(&file), &sealed, err);
    if (st == ST_OK && sealed.is_sealed)
        st = find_vault(desk, &sealed, passphrase_file, &vault, err);
    if (st == ST_OK)
        st = backup_file_open(&sealed, vault, &plain, &arena, &opened, err);
    if (st == ST_OK)
        st = take_all(desk, &opened, out, err);
    vault_release(vault);
    arena_release(&arena);
    if (plain.p)
        secret_wipe(plain.p, plain.capacity);
    buf_release(&plain);
    buf_release(&file);
    return st;
}
