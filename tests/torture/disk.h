/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * disk: a disk whose power can be cut, as a SQLite VFS in front of the ordinary one.
 *
 * The problem: a file system keeps written bytes in memory until it is told to sync, and after a power
 * cut any part of what was not synced may be on the disk or not. kill -9 never shows that.
 *
 * The idea: every write, truncate and delete of a file under the guarded folder goes to the real file
 * at once (so all reads see it) and into a list together with what it replaced. xSync empties the
 * list of that file: these bytes are safe. When the chosen operation comes up, the power goes: all
 * unsynced operations are undone, newest first; then a damage pattern picks those that had reached
 * the disk all the same, and the process ends on the spot.
 *
 * Real fsyncs are left out (the process that checks runs on the same kernel), and shared memory is
 * passed through: it is memory, so the checking side removes the -shm file.
 */
#ifndef TESTS_TORTURE_DISK_H
#define TESTS_TORTURE_DISK_H

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/base/check.h"
#include "shared/base/mem.h"

#define DISK_SECTOR 512
#define DISK_CUT_EXIT 99

enum damage {
    DAMAGE_NOTHING, /* nothing unsynced had reached the disk */
    DAMAGE_ALL,     /* all of it had */
    DAMAGE_PREFIX,  /* the first k operations had */
    DAMAGE_SUBSET,  /* some had, in no order */
    DAMAGE_TORN,    /* the first k, and the next one up to a sector's end */
    DAMAGE_SECTORS, /* each sector of each write by its own luck */
    DAMAGE_COUNT,
};

static const char *const damage_names[DAMAGE_COUNT] = {"nothing unsynced is kept",
                                                       "all unsynced is kept",
                                                       "a prefix is kept",
                                                       "a random subset is kept",
                                                       "a prefix and a torn write are kept",
                                                       "random sectors are kept"};

enum disk_kind { DISK_WRITE, DISK_TRUNCATE, DISK_DELETE };

struct disk_op {
    struct disk_image *image;
    enum disk_kind kind;
    sqlite3_int64 offset; /* truncate: the new size */
    size_t n;
    uint8_t *bytes; /* written */
    sqlite3_int64 old_size;
    size_t old_n;
    uint8_t *old; /* what stood at offset (truncate, delete: what was cut off) */
    bool live;    /* not synced yet */
};

struct disk_image {
    struct disk_image *next;
    char *path;
};

struct disk_file {
    sqlite3_file base;
    struct disk_image *image; /* NULL: not guarded */
};

static struct {
    sqlite3_vfs *under;
    sqlite3_vfs vfs;
    char *guarded; /* folder */
    struct disk_image *images;
    struct disk_op *ops; /* all files, in order of time */
    size_t count, capacity;
    uint64_t done;   /* operations so far */
    uint64_t cut_at; /* 0: never */
    enum damage damage;
    uint64_t luck;
    bool lies; /* a sync that does nothing: the test of the test */
} disk;

static uint64_t disk_luck(void)
{
    uint64_t z = (disk.luck += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static sqlite3_file *disk_real(sqlite3_file *file)
{
    return (sqlite3_file *)((struct disk_file *)file + 1);
}

static struct disk_image *disk_image_of(const char *path)
{
    size_t n = strlen(disk.guarded);
    if (!path || strncmp(path, disk.guarded, n) != 0 || path[n] != '/')
        return NULL;
    struct disk_image *image = disk.images;
    while (image && strcmp(image->path, path) != 0)
        image = image->next;
    if (!image) {
        image = mem_zero_alloc(1, sizeof(*image));
        image->path = mem_strdup(path);
        image->next = disk.images;
        disk.images = image;
    }
    return image;
}

/* ---- the cut ---- */

static void disk_put(int fd, const uint8_t *bytes, size_t n, sqlite3_int64 offset)
{
    CHECK(n == 0 || pwrite(fd, bytes, n, offset) == (ssize_t)n);
}

static int disk_fd(const struct disk_image *image)
{
    int fd = open(image->path, O_RDWR | O_CREAT, 0600);
    CHECK(fd >= 0);
    return fd;
}

static void disk_undo(const struct disk_op *op)
{
    int fd = disk_fd(op->image);
    disk_put(fd, op->old, op->old_n, op->kind == DISK_DELETE ? 0 : op->offset);
    CHECK(ftruncate(fd, op->old_size) == 0);
    close(fd);
}

/* keep: bytes of the write that count, from its start. */
static void disk_redo(const struct disk_op *op, size_t keep)
{
    if (op->kind == DISK_DELETE) {
        unlink(op->image->path);
        return;
    }
    int fd = disk_fd(op->image);
    if (op->kind == DISK_TRUNCATE)
        CHECK(ftruncate(fd, op->offset) == 0);
    else
        disk_put(fd, op->bytes, keep < op->n ? keep : op->n, op->offset);
    close(fd);
}

static void disk_redo_sectors(const struct disk_op *op)
{
    int fd = disk_fd(op->image);
    for (size_t at = 0; at < op->n; at += DISK_SECTOR)
        if (disk_luck() & 1)
            disk_put(fd, op->bytes + at, op->n - at < DISK_SECTOR ? op->n - at : DISK_SECTOR,
                     op->offset + (sqlite3_int64)at);
    close(fd);
}

/* A deleted file whose name was used again: the directory entry of the new one is on the disk, or
 * none of its bytes could be. */
static bool disk_name_reused(size_t i)
{
    for (size_t j = i + 1; j < disk.count; j++)
        if (disk.ops[j].live && disk.ops[j].image == disk.ops[i].image)
            return true;
    return false;
}

static _Noreturn void disk_cut(void)
{
    size_t live = 0, seen = 0;
    for (size_t i = disk.count; i-- > 0;)
        if (disk.ops[i].live) {
            disk_undo(&disk.ops[i]);
            live++;
        }
    size_t prefix = live ? disk_luck() % (live + 1) : 0;
    uint64_t odds = 1 + disk_luck() % 7; /* of 8 */
    for (size_t i = 0; i < disk.count; i++) {
        const struct disk_op *op = &disk.ops[i];
        if (!op->live)
            continue;
        bool keep = false;
        switch (disk.damage) {
        case DAMAGE_ALL:
            keep = true;
            break;
        case DAMAGE_PREFIX:
        case DAMAGE_TORN:
            keep = seen < prefix;
            break;
        case DAMAGE_SUBSET:
            keep = disk_luck() % 8 < odds;
            break;
        case DAMAGE_SECTORS:
            keep = op->kind != DISK_WRITE && disk_luck() % 8 < odds;
            if (op->kind == DISK_WRITE)
                disk_redo_sectors(op);
            break;
        default:
            break;
        }
        if (op->kind == DISK_DELETE && disk_name_reused(i))
            keep = true;
        if (keep)
            disk_redo(op, op->n);
        else if (disk.damage == DAMAGE_TORN && seen == prefix && op->kind == DISK_WRITE)
            disk_redo(op, disk_luck() % (op->n / DISK_SECTOR + 1) * DISK_SECTOR);
        seen++;
    }
    _exit(DISK_CUT_EXIT);
}

/* Counts an operation; the one the power goes out at is noted (it may have been on its way) but
 * never answered. */
static bool disk_last(void)
{
    return ++disk.done == disk.cut_at;
}

static struct disk_op *disk_note(struct disk_image *image, enum disk_kind kind)
{
    disk.ops = mem_grow(disk.ops, &disk.capacity, disk.count + 1, sizeof(*disk.ops));
    struct disk_op *op = &disk.ops[disk.count++];
    *op = (struct disk_op){.image = image, .kind = kind, .live = true};
    return op;
}

static void disk_forget(const struct disk_image *image)
{
    for (size_t i = 0; i < disk.count; i++) {
        struct disk_op *op = &disk.ops[i];
        if (op->image != image || !op->live)
            continue;
        mem_free(op->bytes);
        mem_free(op->old);
        *op = (struct disk_op){0};
    }
    while (disk.count && !disk.ops[disk.count - 1].live)
        disk.count--;
}

/* ---- files ---- */

static int disk_close(sqlite3_file *file)
{
    return disk_real(file)->pMethods->xClose(disk_real(file));
}

static int disk_read(sqlite3_file *file, void *out, int n, sqlite3_int64 offset)
{
    return disk_real(file)->pMethods->xRead(disk_real(file), out, n, offset);
}

/* What the next operation replaces: up to n bytes from offset on. */
static void disk_remember(struct disk_op *op, sqlite3_file *real, sqlite3_int64 offset, size_t n)
{
    CHECK(real->pMethods->xFileSize(real, &op->old_size) == SQLITE_OK);
    if (offset < op->old_size) {
        size_t rest = (size_t)(op->old_size - offset);
        op->old_n = n < rest ? n : rest;
        op->old = mem_alloc(op->old_n + 1);
        CHECK(real->pMethods->xRead(real, op->old, (int)op->old_n, offset) == SQLITE_OK);
    }
}

static int disk_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 offset)
{
    sqlite3_file *real = disk_real(file);
    struct disk_image *image = ((struct disk_file *)file)->image;
    if (!image)
        return real->pMethods->xWrite(real, bytes, n, offset);
    struct disk_op *op = disk_note(image, DISK_WRITE);
    op->offset = offset;
    op->n = (size_t)n;
    op->bytes = mem_alloc((size_t)n + 1);
    memcpy(op->bytes, bytes, (size_t)n);
    disk_remember(op, real, offset, (size_t)n);
    if (disk_last())
        disk_cut();
    return real->pMethods->xWrite(real, bytes, n, offset);
}

static int disk_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    sqlite3_file *real = disk_real(file);
    struct disk_image *image = ((struct disk_file *)file)->image;
    if (!image)
        return real->pMethods->xTruncate(real, size);
    struct disk_op *op = disk_note(image, DISK_TRUNCATE);
    op->offset = size;
    disk_remember(op, real, size, SIZE_MAX);
    if (disk_last())
        disk_cut();
    return real->pMethods->xTruncate(real, size);
}

static int disk_sync(sqlite3_file *file, int flags)
{
    struct disk_image *image = ((struct disk_file *)file)->image;
    (void)flags;
    if (!image)
        return SQLITE_OK;
    if (disk_last())
        disk_cut();
    if (!disk.lies)
        disk_forget(image);
    return SQLITE_OK;
}

static int disk_size(sqlite3_file *file, sqlite3_int64 *out)
{
    return disk_real(file)->pMethods->xFileSize(disk_real(file), out);
}

static int disk_lock(sqlite3_file *file, int level)
{
    return disk_real(file)->pMethods->xLock(disk_real(file), level);
}

static int disk_unlock(sqlite3_file *file, int level)
{
    return disk_real(file)->pMethods->xUnlock(disk_real(file), level);
}

static int disk_reserved(sqlite3_file *file, int *out)
{
    return disk_real(file)->pMethods->xCheckReservedLock(disk_real(file), out);
}

static int disk_control(sqlite3_file *file, int op, void *arg)
{
    return disk_real(file)->pMethods->xFileControl(disk_real(file), op, arg);
}

static int disk_sector(sqlite3_file *file)
{
    return disk_real(file)->pMethods->xSectorSize(disk_real(file));
}

static int disk_traits(sqlite3_file *file)
{
    return disk_real(file)->pMethods->xDeviceCharacteristics(disk_real(file));
}

static int disk_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out)
{
    return disk_real(file)->pMethods->xShmMap(disk_real(file), page, size, extend, out);
}

static int disk_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    return disk_real(file)->pMethods->xShmLock(disk_real(file), offset, n, flags);
}

static void disk_shm_barrier(sqlite3_file *file)
{
    disk_real(file)->pMethods->xShmBarrier(disk_real(file));
}

static int disk_shm_unmap(sqlite3_file *file, int erase)
{
    return disk_real(file)->pMethods->xShmUnmap(disk_real(file), erase);
}

static const sqlite3_io_methods disk_methods = {
    .iVersion = 2, /* no memory mapping: it would write behind our back */
    .xClose = disk_close,
    .xRead = disk_read,
    .xWrite = disk_write,
    .xTruncate = disk_truncate,
    .xSync = disk_sync,
    .xFileSize = disk_size,
    .xLock = disk_lock,
    .xUnlock = disk_unlock,
    .xCheckReservedLock = disk_reserved,
    .xFileControl = disk_control,
    .xSectorSize = disk_sector,
    .xDeviceCharacteristics = disk_traits,
    .xShmMap = disk_shm_map,
    .xShmLock = disk_shm_lock,
    .xShmBarrier = disk_shm_barrier,
    .xShmUnmap = disk_shm_unmap,
};

static int disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    struct disk_file *f = (struct disk_file *)file;
    (void)vfs;
    *f = (struct disk_file){0};
    int rc = disk.under->xOpen(disk.under, name, disk_real(file), flags, out);
    if (rc == SQLITE_OK) {
        f->base.pMethods = &disk_methods;
        f->image = disk_image_of(name);
    }
    return rc;
}

static int disk_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
    struct disk_image *image = disk_image_of(name);
    struct stat st;
    (void)vfs;
    if (image && stat(name, &st) == 0) {
        struct disk_op *op = disk_note(image, DISK_DELETE);
        int fd = disk_fd(image);
        op->old_size = st.st_size;
        op->old_n = (size_t)st.st_size;
        op->old = mem_alloc(op->old_n + 1);
        CHECK(pread(fd, op->old, op->old_n, 0) == (ssize_t)op->old_n);
        close(fd);
        if (disk_last())
            disk_cut();
    }
    int rc = disk.under->xDelete(disk.under, name, 0);
    if (image && sync_folder && !disk.lies)
        disk_forget(image);
    return rc;
}

/* From now on all databases of this process are opened through here; those below `folder` can lose
 * their power at operation cut_at (0: never). */
static inline void disk_install(const char *folder, uint64_t cut_at, enum damage damage,
                                uint64_t luck, bool lies)
{
    disk.under = sqlite3_vfs_find("unix");
    CHECK(disk.under);
    disk.guarded = mem_strdup(folder);
    disk.cut_at = cut_at;
    disk.damage = damage;
    disk.luck = luck;
    disk.lies = lies;
    disk.vfs = *disk.under;
    disk.vfs.zName = "cut";
    disk.vfs.szOsFile = (int)sizeof(struct disk_file) + disk.under->szOsFile;
    disk.vfs.xOpen = disk_open;
    disk.vfs.xDelete = disk_delete;
    CHECK(sqlite3_vfs_register(&disk.vfs, 1) == SQLITE_OK);
}

#endif
