/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * backup: see backup.h.
 *
 * The copy is collected in a transaction and written after it, under a lock of its own: a slow
 * stick holds up other copies and no save.
 */
#include "agent/core/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/core/backup_file.h"
#include "agent/core/given.h"
#include "agent/core/save.h"
#include "shared/base/check.h"
#include "shared/base/file.h"
#include "shared/base/time.h"
#include "shared/codec/hex.h"

#define PLACE "backup_to"    /* setting: the file in the second place */
#define APART "backup_apart" /* setting: it was on another disk than the data */
#define LAST_OF "backup_of"  /* setting: what the newest copy there has, as one hash */
#define LAST_MS "backup_ms"  /* setting: when it was written */
#define ENDING ".backup"
#define NOT_JOINED "这台电脑还没有加入，没有可以备份的：先运行 huce join"

/* ---- what waits ---- */

struct collecting {
    struct arena *arena;
    struct backup_ledger *into;
    size_t capacity;
    uint64_t changes;
    struct hash *all; /* hash over the ids so far */
    enum status status;
    struct error *err;
};

static struct slice keep(struct arena *arena, struct slice bytes)
{
    return slice_of(arena_copy(arena, bytes.p, bytes.n), bytes.n);
}

static bool collect_one(void *arg, const struct stored_changeset *stored)
{
    struct collecting *c = arg;
    struct changeset cs;
    c->status = changeset_decode(stored->cose, &cs, c->err);
    if (c->status != ST_OK || c->into->count == c->capacity)
        return false;
    c->into->items[c->into->count++] =
        (struct backup_item){keep(c->arena, stored->cose), keep(c->arena, stored->salts),
                             keep(c->arena, stored->columns)};
    c->changes += cs.count;
    hash_parts(hash_slice(c->all), hash_slice(&stored->id), SLICE_NONE, c->all);
    return true;
}

static enum status collect_ledger(struct desk *desk, struct ledger *ledger, struct collecting *c,
                                  struct error *err)
{
    c->capacity = (size_t)replica_unadmitted_count(desk->rep, ledger);
    c->into->origin = ledger->origin;
    c->into->items = arena_alloc(c->arena, (c->capacity + 1) * sizeof(*c->into->items));
    enum status st = replica_each_unadmitted(desk->rep, ledger, collect_one, c, err);
    return st == ST_OK ? c->status : st;
}

/* Inside a transaction. *of: one hash over what waits, in order. */
static enum status collect(struct desk *desk, struct arena *arena, struct backup *out,
                           struct backup_written *counts, struct hash *of, struct error *err)
{
    struct replica *rep = desk->rep;
    *out = (struct backup){.registry = rep->registry_origin, .root_kid = rep->root_kid};
    out->made_ms = time_now_ms();
    out->ledgers = arena_alloc(arena, (rep->ledger_count + 1) * sizeof(*out->ledgers));
    memset(of, 0, sizeof(*of));
    enum status st = save_close_all(desk, NULL, err);
    for (size_t i = 0; st == ST_OK && i < rep->ledger_count; i++) {
        struct backup_ledger *into = &out->ledgers[out->ledger_count];
        struct collecting c = {.arena = arena, .into = into, .all = of, .err = err};
        *into = (struct backup_ledger){0};
        if (replica_unadmitted_count(rep, rep->ledgers[i]) == 0)
            continue;
        st = collect_ledger(desk, rep->ledgers[i], &c, err);
        out->ledger_count++;
        counts->changesets += into->count;
        counts->changes += c.changes;
    }
    return st;
}

static enum status collect_now(struct desk *desk, struct arena *arena, struct backup *out,
                               struct backup_written *counts, struct hash *of, struct error *err)
{
    enum status st = desk_begin(desk, err);
    if (st != ST_OK)
        return st;
    st = collect(desk, arena, out, counts, of, err);
    save_forget(desk);
    if (st == ST_OK)
        st = desk_commit(desk, err);
    else
        desk_rollback(desk);
    if (st == ST_OK && counts->changesets)
        given_note(desk);
    return st;
}

/* ---- where ---- */

static char *file_in(struct desk *desk, const char *place)
{
    char hex[17];
    if (!file_is_folder(place))
        return mem_strdup(place);
    hex_encode(slice_of(sign_key_kid(desk->device)->b, 8), hex);
    char *name = mem_printf("huce-%s" ENDING, hex);
    char *path = file_join(place, name);
    mem_free(name);
    return path;
}

/* The disk on which a file lies or will lie. */
static bool disk_of(const char *path, dev_t *out)
{
    struct stat s;
    char *folder = mem_strdup(path);
    char *slash = strrchr(folder, '/');
    bool found = stat(path, &s) == 0;
    if (!found && slash && slash != folder)
        *slash = 0;
    found = found || stat(slash && slash != folder ? folder : slash ? "/" : ".", &s) == 0;
    mem_free(folder);
    if (found)
        *out = s.st_dev;
    return found;
}

static bool on_same_disk(const char *a, const char *b)
{
    dev_t one, other;
    return disk_of(a, &one) && disk_of(b, &other) && one == other;
}

/* ---- writing ---- */

static enum status write_file(struct desk *desk, const struct backup *backup, const char *path,
                              struct backup_written *out, struct error *err)
{
    struct vault_file vault;
    struct buf bytes;
    enum status st = ST_OK;
    char *key = mem_printf("%s/keys/vault.key", desk->folder);
    if (desk->vault)
        st = vault_file_load(key, &vault, err);
    mem_free(key);
    if (st != ST_OK)
        return st;
    buf_init(&bytes, BACKUP_MAX + 2 * VAULT_FILE_MAX);
    backup_file_write(backup, desk->device, desk->vault, &vault, &bytes);
    if (!buf_ok(&bytes))
        st = error_set(err, ST_LIMIT, "没有送出的改动太多，写不进一份备份：请先同步");
    if (st == ST_OK)
        st = file_replace_checked(path, buf_slice(&bytes), 0600, err);
    out->bytes = bytes.n;
    out->sealed = desk->vault != NULL;
    buf_release(&bytes);
    return st;
}

/* One copy at a time, also of several processes, so that an older never replaces a newer. */
static int take_turn(struct desk *desk)
{
    char *path = file_join(desk->folder, "backup.lock");
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    mem_free(path);
    if (fd >= 0)
        while (flock(fd, LOCK_EX) != 0 && errno == EINTR)
            ;
    return fd;
}

static void end_turn(int fd)
{
    if (fd >= 0)
        close(fd);
}

enum status backup_write(struct desk *desk, const char *path, struct backup_written *out,
                         struct error *err)
{
    struct arena arena = {0};
    struct backup backup;
    struct hash of;
    *out = (struct backup_written){0};
    if (!desk->device)
        return error_set(err, ST_REFUSED, NOT_JOINED);
    int turn = take_turn(desk);
    enum status st = collect_now(desk, &arena, &backup, out, &of, err);
    if (st == ST_OK) {
        out->path = file_in(desk, path);
        out->same_disk = on_same_disk(out->path, desk->folder);
        st = write_file(desk, &backup, out->path, out, err);
    }
    end_turn(turn);
    arena_release(&arena);
    if (st != ST_OK)
        backup_written_release(out);
    return st;
}

void backup_written_release(struct backup_written *written)
{
    mem_free(written->path);
    written->path = NULL;
}

/* ---- the remembered place ---- */

static char *setting_text(struct desk *desk, const char *name)
{
    struct buf value;
    char *text = NULL;
    buf_init(&value, BACKUP_PATH_MAX);
    if (desk_setting(desk, name, &value) && value.n)
        text = mem_strdup(buf_cstr(&value));
    buf_release(&value);
    return text;
}

static char *absolute(const char *path)
{
    char here[BACKUP_PATH_MAX];
    if (path[0] == '/' || !getcwd(here, sizeof(here)))
        return mem_strdup(path);
    return file_join(here, path);
}

static enum status remember(struct desk *desk, const char *file, struct error *err)
{
    const char *apart = *file && !on_same_disk(file, desk->folder) ? "1" : "";
    if (strlen(file) >= BACKUP_PATH_MAX)
        return error_set(err, ST_USAGE, "备份的位置写得太长");
    enum status st = desk_set(desk, PLACE, slice_str(file), err);
    if (st == ST_OK)
        st = desk_set(desk, APART, slice_str(apart), err);
    return st == ST_OK ? desk_set(desk, LAST_OF, SLICE_NONE, err) : st;
}

enum status backup_remember(struct desk *desk, const char *path, struct error *err)
{
    if (!path)
        return remember(desk, "", err);
    if (!desk->device)
        return error_set(err, ST_REFUSED, NOT_JOINED);
    char *place = absolute(path), *file = file_in(desk, place);
    enum status st = remember(desk, file, err);
    mem_free(file);
    mem_free(place);
    return st;
}

static bool is_noted(struct desk *desk, const struct hash *of)
{
    struct buf noted;
    buf_init(&noted, HASH_SIZE);
    bool same =
        desk_setting(desk, LAST_OF, &noted) && slice_equal(buf_slice(&noted), hash_slice(of));
    buf_release(&noted);
    return same;
}

static enum status note(struct desk *desk, const struct hash *of, int64_t now_ms, struct error *err)
{
    char text[24];
    snprintf(text, sizeof(text), "%lld", (long long)now_ms);
    enum status st = desk_set(desk, LAST_OF, hash_slice(of), err);
    return st == ST_OK ? desk_set(desk, LAST_MS, slice_str(text), err) : st;
}

/* The stick may be gone: its folder with it, or the folder that it hung in is an ordinary one now,
 * on the disk of the data. */
static enum status look_for(struct desk *desk, const char *file, struct error *err)
{
    char *folder = mem_strdup(file), *apart = setting_text(desk, APART);
    char *slash = strrchr(folder, '/');
    if (slash && slash != folder)
        *slash = 0;
    bool there = file_is_folder(folder) && !(apart && on_same_disk(file, desk->folder));
    mem_free(apart);
    mem_free(folder);
    return there ? ST_OK
                 : error_set(err, ST_NOT_FOUND, "找不到放备份的地方 %s：U 盘插好了吗？", file);
}

char *backup_place(struct desk *desk)
{
    struct error why;
    char *file = setting_text(desk, PLACE);
    if (file && look_for(desk, file, &why) != ST_OK) {
        mem_free(file);
        file = NULL;
    }
    return file;
}

static enum status keep_at(struct desk *desk, const char *file, bool *wrote, struct error *err)
{
    struct arena arena = {0};
    struct backup_written out = {0};
    struct backup backup;
    struct hash of;
    enum status st = collect_now(desk, &arena, &backup, &out, &of, err);
    if (st == ST_OK && !(is_noted(desk, &of) && file_exists(file))) {
        st = look_for(desk, file, err);
        if (st == ST_OK)
            st = write_file(desk, &backup, file, &out, err);
        if (st == ST_OK)
            st = note(desk, &of, backup.made_ms, err);
        *wrote = st == ST_OK;
    }
    arena_release(&arena);
    return st;
}

enum status backup_keep(struct desk *desk, bool *wrote, struct error *err)
{
    bool ignored;
    char *file = setting_text(desk, PLACE);
    enum status st = ST_OK;
    wrote = wrote ? wrote : &ignored;
    *wrote = false;
    if (file && desk->device) {
        int turn = take_turn(desk);
        st = keep_at(desk, file, wrote, err);
        end_turn(turn);
    }
    mem_free(file);
    return st;
}

static bool any_open(struct desk *desk)
{
    struct stmt *stmt = db_stmt(desk->db, "SELECT 1 FROM open_changeset LIMIT 1");
    bool row = false;
    bool any = stmt_step(stmt, &row, NULL) == ST_OK && row;
    stmt_reset(stmt);
    return any;
}

static bool add_id(void *arg, const struct stored_changeset *stored)
{
    struct hash *all = arg;
    hash_parts(hash_slice(all), hash_slice(&stored->id), SLICE_NONE, all);
    return true;
}

void backup_state(struct desk *desk, struct backup_state *out)
{
    struct hash of = {0};
    char *last = setting_text(desk, LAST_MS);
    enum status st = ST_OK;
    *out = (struct backup_state){.place = setting_text(desk, PLACE)};
    if (last)
        out->last_ms = strtoll(last, NULL, 10);
    mem_free(last);
    if (!out->place)
        return;
    for (size_t i = 0; st == ST_OK && i < desk->rep->ledger_count; i++)
        st = replica_each_unadmitted(desk->rep, desk->rep->ledgers[i], add_id, &of, NULL);
    out->current = st == ST_OK && !any_open(desk) && is_noted(desk, &of);
}
