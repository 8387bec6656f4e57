/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * at_rest: opening, closing up, and turning back. See at_rest.h for the order of things.
 *
 * The database changes sides by a copy (VACUUM INTO) that takes the old one's place. Meanwhile the
 * old one is locked for good: whoever has opened it in the meantime and waits finds it emptied, and
 * fails, instead of saving into a file that is no longer there.
 */
#include "agent/core/at_rest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/base/check.h"
#include "shared/base/file.h"
#include "shared/base/random.h"
#include "shared/db/vault_vfs.h"

#define DATABASE "desk.db"
#define PLAIN_HEAD "SQLite format 3"
#define KEY_FILE_MAX 8192
#define PATIENCE_MS 3000

static char *vault_path(const char *folder)
{
    return mem_printf("%s/keys/vault.key", folder);
}

/* ---- the vault file ---- */

void at_rest_new(struct slice passphrase, struct vault **vault, struct vault_file *file)
{
    uint8_t salt[16];
    random_bytes(salt, sizeof(salt));
    *vault = vault_new();
    *file = (struct vault_file){0};
    vault_file_lock(file, *vault, passphrase, salt);
}

/* ---- opening ---- */

/* What this process holds in memory is not written into a file when it dies, nor shown to another
 * program of the same person. */
static void keep_to_itself(void)
{
    const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* Databases that this process has open in the clear; reports are made in threads. */
struct at_rest_hold {
    struct at_rest_hold *next;
    dev_t device;
    ino_t inode;
};
static struct at_rest_hold *holds;
static pthread_mutex_t holds_lock = PTHREAD_MUTEX_INITIALIZER;

struct at_rest_hold *at_rest_hold(const char *database)
{
    struct stat about;
    if (stat(database, &about) != 0)
        return NULL;
    struct at_rest_hold *hold = mem_zero_alloc(1, sizeof(*hold));
    hold->device = about.st_dev;
    hold->inode = about.st_ino;
    pthread_mutex_lock(&holds_lock);
    hold->next = holds;
    holds = hold;
    pthread_mutex_unlock(&holds_lock);
    return hold;
}

void at_rest_let_go(struct at_rest_hold *hold)
{
    if (!hold)
        return;
    pthread_mutex_lock(&holds_lock);
    struct at_rest_hold **link = &holds;
    while (*link != hold)
        link = &(*link)->next;
    *link = hold->next;
    pthread_mutex_unlock(&holds_lock);
    mem_free(hold);
}

static bool is_held(const char *database)
{
    struct stat about;
    bool held = false;
    if (stat(database, &about) != 0)
        return false;
    pthread_mutex_lock(&holds_lock);
    for (const struct at_rest_hold *one = holds; one && !held; one = one->next)
        held = one->device == about.st_dev && one->inode == about.st_ino;
    pthread_mutex_unlock(&holds_lock);
    return held;
}

/* An empty or absent file is not closed up: SQLite says what is wrong with it. */
static bool is_closed_up(const char *database)
{
    char head[sizeof(PLAIN_HEAD) - 1];
    if (is_held(database))
        return false;
    int fd = open(database, O_RDONLY | O_CLOEXEC);
    bool closed = fd >= 0 && read(fd, head, sizeof(head)) == (ssize_t)sizeof(head) &&
                  memcmp(head, PLAIN_HEAD, sizeof(head)) != 0;
    if (fd >= 0)
        close(fd);
    return closed;
}

/* Work that is not in the database file yet. It may hold the first page, which a power cut may have
 * torn in the file: SQLite puts that right. */
static bool has_log(const char *database)
{
    char *log = mem_printf("%s-wal", database);
    struct stat about;
    bool has = stat(log, &about) == 0 && about.st_size > 0;
    mem_free(log);
    return has;
}

static enum status unlock_with(const char *path, const char *database, struct slice passphrase,
                               struct error *err)
{
    struct vault_file file;
    struct vault *vault = NULL;
    enum status st = vault_file_load(path, &file, err);
    if (st == ST_OK)
        st = vault_file_unlock(&file, passphrase, &vault, err);
    if (st == ST_REFUSED)
        st = error_set(err, ST_REFUSED,
                       "启动口令不对，什么也没有打开；忘了就把 %s 送到县里，由县里另设口令"
                       "（huced recovery open）",
                       path);
    if (st == ST_OK && !vault_vfs_find(database)) {
        keep_to_itself();
        vault_vfs_add(database, vault);
    }
    vault_release(vault);
    return st;
}

static enum status unlock(const char *path, const char *database, struct error *err)
{
    struct buf passphrase = {0};
    enum status st = passphrase_read(NULL, false, &passphrase, err);
    if (st == ST_OK)
        st = unlock_with(path, database, buf_slice(&passphrase), err);
    if (passphrase.p)
        secret_wipe(passphrase.p, passphrase.capacity);
    buf_release(&passphrase);
    return st;
}

bool at_rest_is_sealed(const char *folder)
{
    char *path = vault_path(folder), *database = file_join(folder, DATABASE);
    bool sealed = !vault_vfs_find(database) && is_closed_up(database) && file_exists(path);
    mem_free(database);
    mem_free(path);
    return sealed;
}

enum status at_rest_unlock(const char *folder, struct slice passphrase, struct error *err)
{
    char *path = vault_path(folder), *database = file_join(folder, DATABASE);
    enum status st = unlock_with(path, database, passphrase, err);
    mem_free(database);
    mem_free(path);
    return st;
}

enum status at_rest_open(const char *folder, const struct vault **out, struct error *err)
{
    char *path = vault_path(folder), *database = file_join(folder, DATABASE);
    enum status st = ST_OK;
    *out = vault_vfs_find(database);
    if (!*out && is_closed_up(database)) {
        if (file_exists(path))
            st = unlock(path, database, err);
        else if (!has_log(database))
            st = error_set(err, ST_DAMAGED,
                           "%s：数据库文件已损坏，或是加密的而缺少钥匙文件 %s：请用备份恢复",
                           database, path);
        *out = vault_vfs_find(database);
    }
    mem_free(database);
    mem_free(path);
    return st;
}

enum status at_rest_found(const char *folder, const struct vault *vault,
                          const struct vault_file *file, struct error *err)
{
    char *keys = file_join(folder, "keys"), *path = vault_path(folder);
    char *database = file_join(folder, DATABASE);
    enum status st = file_make_folder(folder, 0700, err);
    if (st == ST_OK)
        st = file_make_folder(keys, 0700, err);
    if (st == ST_OK)
        st = vault_file_store(path, file, err);
    if (st == ST_OK) {
        keep_to_itself();
        vault_vfs_add(database, vault);
    }
    mem_free(database);
    mem_free(path);
    mem_free(keys);
    return st;
}

void at_rest_moved(const char *from, const char *to, const struct vault *vault)
{
    char *before = file_join(from, DATABASE), *now = file_join(to, DATABASE);
    vault_vfs_remove(before);
    vault_vfs_add(now, vault);
    mem_free(now);
    mem_free(before);
}

/* ---- the county's part ---- */

bool at_rest_is_deposited(const struct desk *desk)
{
    const struct registry *registry = &desk->rep->registry;
    struct vault_file file;
    char *path = vault_path(desk->folder);
    bool is = desk->vault && registry->has_recovery &&
              vault_file_load(path, &file, NULL) == ST_OK && file.has_recovery &&
              memcmp(file.recovery.b, registry->recovery.b, sizeof(file.recovery.b)) == 0;
    mem_free(path);
    return is;
}

enum status at_rest_deposit(struct desk *desk, struct error *err)
{
    struct vault_file file;
    if (!desk->vault || !desk->rep->registry.has_recovery || at_rest_is_deposited(desk))
        return ST_OK;
    char *path = vault_path(desk->folder);
    enum status st = vault_file_load(path, &file, err);
    if (st == ST_OK) {
        vault_file_seal(&file, desk->vault, &desk->rep->registry.recovery);
        st = vault_file_store(path, &file, err);
    }
    mem_free(path);
    return st;
}

/* ---- turning it on and off ---- */

static enum status lock_for_good(struct db *db, struct error *err)
{
    db_patience(db, PATIENCE_MS);
    enum status st = db_exec(db,
                             "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=DELETE;"
                             "BEGIN EXCLUSIVE; COMMIT",
                             err);
    if (st == ST_BUSY)
        return error_set(err, ST_BUSY,
                         "数据正被另一个程序使用：请先停下 huce serve 和别的 huce 命令");
    return st;
}

/* Zeros over what is on the disk, as far as the disk does what it is told. */
static enum status overwrite(int fd, struct error *err)
{
    static const uint8_t zeros[65536];
    struct stat about;
    bool ok = fstat(fd, &about) == 0;
    for (off_t at = 0; ok && at < about.st_size; at += (off_t)sizeof(zeros))
        ok = pwrite(fd, zeros, sizeof(zeros), at) == (ssize_t)sizeof(zeros);
    if (!ok || fsync(fd) != 0)
        return error_set(err, ST_IO, "原来的数据库没有能够抹去：%s", strerror(errno));
    return ST_OK;
}

/* A copy that opens and holds together. */
static enum status copy_and_check(struct db *db, const char *to, struct error *err)
{
    struct db *copy = NULL;
    struct stmt *stmt;
    bool row = false;
    enum status st = db_copy(db, to, err);
    if (st == ST_OK)
        st = db_open(to, DB_READ_WRITE, &copy, err);
    if (st != ST_OK)
        return st;
    stmt = db_stmt(copy, "PRAGMA quick_check(1)");
    st = stmt_step(stmt, &row, err);
    if (st == ST_OK && (!row || !slice_equal(stmt_text(stmt, 0), slice_str("ok"))))
        st = error_set(err, ST_DAMAGED, "数据库有损坏，没有改动；请先运行 huce audit");
    stmt_reset(stmt);
    db_close(copy);
    return st;
}

/* desk.db under another key, or none. */
static enum status convert(const char *folder, const struct vault *to, struct error *err)
{
    char *database = file_join(folder, DATABASE), *copy = file_join(folder, DATABASE ".new");
    struct db *db = NULL;
    int fd = -1;
    (void)unlink(copy); /* of an attempt that was cut off */
    if (to)
        vault_vfs_add(copy, to);
    enum status st = db_open(database, DB_READ_WRITE, &db, err);
    if (st == ST_OK)
        st = lock_for_good(db, err);
    if (st == ST_OK && (fd = open(database, O_RDWR | O_CLOEXEC)) < 0)
        st = error_set(err, ST_IO, "打不开 %s：%s", database, strerror(errno));
    if (st == ST_OK)
        st = copy_and_check(db, copy, err);
    bool moved = st == ST_OK;
    if (moved)
        st = file_move(copy, database, err);
    else
        (void)unlink(copy);
    if (st == ST_OK)
        st = overwrite(fd, err);
    db_close(db);
    if (fd >= 0)
        close(fd);
    if (to)
        vault_vfs_remove(copy);
    if (moved)
        vault_vfs_remove(database);
    if (moved && to)
        vault_vfs_add(database, to);
    mem_free(copy);
    mem_free(database);
    return st;
}

static bool is_key_file(const char *name)
{
    size_t n = strlen(name);
    return n > 4 && strcmp(name + n - 4, ".key") == 0 && strcmp(name, "vault.key") != 0;
}

/* The other files in keys/ under the key (closed), or as they are. */
static enum status rewrite_keys(const char *folder, const struct vault *vault, bool closed,
                                struct error *err)
{
    char *keys = file_join(folder, "keys");
    DIR *dir = opendir(keys);
    enum status st = dir ? ST_OK : error_set(err, ST_IO, "打不开 %s：%s", keys, strerror(errno));
    for (struct dirent *e; st == ST_OK && (e = readdir(dir));) {
        struct buf content;
        if (!is_key_file(e->d_name))
            continue;
        char *path = file_join(keys, e->d_name);
        st = vault_read(vault, path, KEY_FILE_MAX, &content, err);
        if (st == ST_OK)
            st = vault_replace(closed ? vault : NULL, path, buf_slice(&content), err);
        if (content.p)
            secret_wipe(content.p, content.capacity);
        buf_release(&content);
        mem_free(path);
    }
    if (dir)
        closedir(dir);
    mem_free(keys);
    return st;
}

enum status at_rest_on(const char *folder, struct slice passphrase, struct error *err)
{
    const struct vault *known;
    struct vault *vault = NULL;
    struct vault_file file;
    char *path = vault_path(folder);
    enum status st = at_rest_open(folder, &known, err);
    if (st == ST_OK && !known) {
        at_rest_new(passphrase, &vault, &file);
        st = vault_file_store(path, &file, err);
        if (st == ST_OK)
            st = convert(folder, vault, err);
        known = vault;
    }
    if (st == ST_OK)
        st = rewrite_keys(folder, known, true, err);
    vault_release(vault);
    mem_free(path);
    return st;
}

enum status at_rest_off(const char *folder, struct error *err)
{
    const struct vault *vault;
    char *path = vault_path(folder);
    enum status st = at_rest_open(folder, &vault, err);
    if (st == ST_OK && vault)
        st = rewrite_keys(folder, vault, false, err);
    if (st == ST_OK && vault)
        st = convert(folder, NULL, err);
    if (st == ST_OK && unlink(path) != 0 && errno != ENOENT)
        st = error_set(err, ST_IO, "删不掉 %s：%s", path, strerror(errno));
    mem_free(path);
    return st;
}

enum status at_rest_change(const char *folder, struct slice passphrase, struct error *err)
{
    const struct vault *vault;
    struct vault_file file;
    uint8_t salt[16];
    char *path = vault_path(folder);
    enum status st = at_rest_open(folder, &vault, err);
    if (st == ST_OK && !vault)
        st = error_set(err, ST_REFUSED, "这个数据文件夹没有加密：先运行 huce vault on");
    if (st == ST_OK)
        st = vault_file_load(path, &file, err);
    if (st == ST_OK) {
        random_bytes(salt, sizeof(salt));
        vault_file_lock(&file, vault, passphrase, salt);
        st = vault_file_store(path, &file, err);
    }
    mem_free(path);
    return st;
}

bool at_rest_swaps_to_disk(void)
{
    char line[400];
    bool found = false;
    FILE *f = fopen("/proc/swaps", "re");
    if (!f)
        return false;
    bool head = fgets(line, sizeof(line), f) != NULL;
    while (head && !found && fgets(line, sizeof(line), f))
        found = strncmp(line, "/dev/zram", 9) != 0;
    fclose(f);
    return found;
}
