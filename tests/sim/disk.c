/* SPDX-License-Identifier: MulanPSL-2.0 */
/* disk: see disk.h. One thread; of each process one connection per database file. */
#include "tests/sim/disk.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "shared/base/check.h"
#include "shared/base/mem.h"

#define SECTOR 512
#define PAGE 4096
#define SHM_REGIONS 64
#define DISKS_MAX 16

/* Contents are pages that several files may share: a synced file with its platter, a copied disk
 * with its image. Whoever writes to a shared page gets one of its own. */
struct page {
    unsigned owners;
    uint8_t bytes[PAGE];
};

struct content {
    struct page **pages; /* NULL: zeros */
    size_t size, count, capacity;
    bool exists;
};

struct disk_file {
    struct disk_file *next;
    char *name;
    struct content seen, platter;
    void *shm[SHM_REGIONS];
    /* What each process holds: of the file SQLite's level, of its index one bit a slot. */
    struct locks {
        int level;
        unsigned shared, exclusive;
    } locks[DISK_PROCESSES];
};

enum note_kind { NOTE_WRITE, NOTE_TRUNCATE, NOTE_DELETE, NOTE_CREATE };

struct disk_note {
    struct disk_file *file;
    enum note_kind kind;
    size_t offset; /* truncate: the new size */
    size_t n;
    uint8_t *bytes;
};

/* What SQLite holds. */
struct handle {
    sqlite3_file base;
    struct disk *disk;      /* NULL: a temporary file of its own */
    struct disk_file *file; /* NULL once the disk lost its power */
    int process;
};

static struct disk *attached[DISKS_MAX];
static int64_t (*virtual_now_ms)(void);

/* ---- contents ---- */

static void page_drop(struct page *page)
{
    if (page && --page->owners == 0)
        mem_free(page);
}

static uint8_t *page_to_write(struct content *c, size_t i)
{
    struct page *page = c->pages[i];
    if (page && page->owners == 1)
        return page->bytes;
    struct page *own = mem_alloc(sizeof(*own));
    own->owners = 1;
    if (page)
        memcpy(own->bytes, page->bytes, PAGE);
    else
        memset(own->bytes, 0, PAGE);
    page_drop(page);
    c->pages[i] = own;
    return own->bytes;
}

static void content_grow(struct content *c, size_t size)
{
    size_t count = (size + PAGE - 1) / PAGE;
    if (count > c->count) {
        c->pages = mem_grow(c->pages, &c->capacity, count, sizeof(struct page *));
        memset(c->pages + c->count, 0, (count - c->count) * sizeof(struct page *));
        c->count = count;
    }
    if (size > c->size)
        c->size = size;
}

static void content_write(struct content *c, const uint8_t *bytes, size_t n, size_t offset)
{
    content_grow(c, offset + n);
    while (n > 0) {
        size_t at = offset % PAGE, take = n < PAGE - at ? n : PAGE - at;
        memcpy(page_to_write(c, offset / PAGE) + at, bytes, take);
        bytes += take;
        offset += take;
        n -= take;
    }
}

static void content_read(const struct content *c, uint8_t *out, size_t n, size_t offset)
{
    while (n > 0) {
        size_t at = offset % PAGE, take = n < PAGE - at ? n : PAGE - at;
        const struct page *page = c->pages[offset / PAGE];
        if (page)
            memcpy(out, page->bytes + at, take);
        else
            memset(out, 0, take);
        out += take;
        offset += take;
        n -= take;
    }
}

static void content_truncate(struct content *c, size_t size)
{
    if (size >= c->size) {
        content_grow(c, size);
        return;
    }
    size_t count = (size + PAGE - 1) / PAGE;
    while (c->count > count)
        page_drop(c->pages[--c->count]);
    if (size % PAGE && c->pages[count - 1])
        memset(page_to_write(c, count - 1) + size % PAGE, 0, PAGE - size % PAGE);
    c->size = size;
}

static void content_copy(struct content *to, const struct content *from)
{
    content_truncate(to, 0);
    content_grow(to, from->size);
    for (size_t i = 0; i < from->count; i++)
        if ((to->pages[i] = from->pages[i]))
            to->pages[i]->owners++;
    to->exists = from->exists;
}

/* Makes the platter what reads see. */
static void content_share(struct disk_file *f)
{
    struct content *to = &f->platter;
    const struct content *from = &f->seen;
    if (to->size > from->size)
        content_truncate(to, from->size);
    content_grow(to, from->size);
    for (size_t i = 0; i < from->count; i++)
        if (to->pages[i] != from->pages[i]) {
            page_drop(to->pages[i]);
            if ((to->pages[i] = from->pages[i]))
                to->pages[i]->owners++;
        }
    to->exists = from->exists;
}

static void content_gone(struct content *c)
{
    content_truncate(c, 0);
    c->exists = false;
}

static void content_release(struct content *c)
{
    content_truncate(c, 0);
    mem_free(c->pages);
}

/* ---- notes ---- */

static void apply(const struct disk_note *note, struct content *to, size_t keep)
{
    switch (note->kind) {
    case NOTE_WRITE:
        content_write(to, note->bytes, keep < note->n ? keep : note->n, note->offset);
        break;
    case NOTE_TRUNCATE:
        content_truncate(to, note->offset);
        break;
    case NOTE_CREATE:
        to->exists = true;
        break;
    case NOTE_DELETE:
        content_gone(to);
        break;
    }
}

static void apply_sectors(struct disk *disk, const struct disk_note *note, struct content *to)
{
    for (size_t at = 0; at < note->n; at += SECTOR) {
        size_t n = note->n - at < SECTOR ? note->n - at : SECTOR;
        if (chance_one_in(&disk->luck, 2))
            content_write(to, note->bytes + at, n, note->offset + at);
    }
}

static void forget_notes(struct disk *disk)
{
    for (size_t i = 0; i < disk->note_count; i++)
        mem_free(disk->notes[i].bytes);
    disk->note_count = 0;
}

/* Counts the operation; the one at which the power goes is noted, but never answered. */
static void note(struct disk *disk, const struct disk_note *what)
{
    disk->notes =
        mem_grow(disk->notes, &disk->note_capacity, disk->note_count + 1, sizeof(*disk->notes));
    disk->notes[disk->note_count++] = *what;
    apply(what, &what->file->seen, SIZE_MAX);
    disk->operations++;
    if (disk->countdown && --disk->countdown == 0)
        disk->cut(disk->arg);
}

/* As journalling file systems do it: names that came or went before a sync are safe with it. All
 * that was written to the file is on the platter now: it shares the pages. */
static void sync_file(struct disk *disk, struct disk_file *file)
{
    disk->operations++;
    if (disk->countdown && --disk->countdown == 0)
        disk->cut(disk->arg);
    size_t kept = 0;
    bool written = false;
    for (size_t i = 0; i < disk->note_count; i++) {
        struct disk_note *n = &disk->notes[i];
        if (n->file == file) {
            written = true;
            mem_free(n->bytes);
        } else if (n->kind == NOTE_CREATE || n->kind == NOTE_DELETE) {
            apply(n, &n->file->platter, SIZE_MAX);
        } else {
            disk->notes[kept++] = *n;
        }
    }
    disk->note_count = kept;
    if (written)
        content_share(file);
}

/* ---- files ---- */

static struct disk *disk_of(const char *path)
{
    for (size_t i = 0; i < DISKS_MAX; i++) {
        size_t n = attached[i] ? strlen(attached[i]->folder) : 0;
        if (n && strncmp(path, attached[i]->folder, n) == 0 && path[n] == '/')
            return attached[i];
    }
    return NULL;
}

static struct disk_file *find_file(struct disk *disk, const char *name, bool make)
{
    for (struct disk_file *f = disk->files; f; f = f->next)
        if (strcmp(f->name, name) == 0)
            return f;
    if (!make)
        return NULL;
    struct disk_file *f = mem_zero_alloc(1, sizeof(*f));
    f->name = mem_strdup(name);
    f->next = disk->files;
    disk->files = f;
    return f;
}

static void free_file(struct disk_file *f)
{
    for (size_t i = 0; i < SHM_REGIONS; i++)
        mem_free(f->shm[i]);
    content_release(&f->seen);
    content_release(&f->platter);
    mem_free(f->name);
    mem_free(f);
}

static struct disk_file *live(sqlite3_file *file)
{
    struct disk_file *f = ((struct handle *)file)->file;
    CHECK(f != NULL);
    return f;
}

static int on_close(sqlite3_file *file)
{
    struct handle *h = (struct handle *)file;
    if (!h->disk && h->file)
        free_file(h->file);
    else if (h->file)
        h->file->locks[h->process] = (struct locks){0};
    h->file = NULL;
    return SQLITE_OK;
}

static int on_read(sqlite3_file *file, void *out, int n, sqlite3_int64 offset)
{
    const struct content *c = &live(file)->seen;
    size_t at = (size_t)offset, want = (size_t)n;
    size_t have = at < c->size ? c->size - at : 0;
    if (have >= want) {
        content_read(c, out, want, at);
        return SQLITE_OK;
    }
    content_read(c, out, have, at);
    memset((uint8_t *)out + have, 0, want - have);
    return SQLITE_IOERR_SHORT_READ;
}

static int on_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 offset)
{
    struct handle *h = (struct handle *)file;
    if (!h->disk) {
        content_write(&live(file)->seen, bytes, (size_t)n, (size_t)offset);
        return SQLITE_OK;
    }
    struct disk_note what = {
        .file = live(file), .kind = NOTE_WRITE, .offset = (size_t)offset, .n = (size_t)n};
    what.bytes = mem_alloc((size_t)n + 1);
    memcpy(what.bytes, bytes, (size_t)n);
    note(h->disk, &what);
    return SQLITE_OK;
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct handle *h = (struct handle *)file;
    struct disk_note what = {.file = live(file), .kind = NOTE_TRUNCATE, .offset = (size_t)size};
    if (h->disk)
        note(h->disk, &what);
    else
        content_truncate(&what.file->seen, what.offset);
    return SQLITE_OK;
}

static int on_sync(sqlite3_file *file, int flags)
{
    struct handle *h = (struct handle *)file;
    (void)flags;
    if (h->disk)
        sync_file(h->disk, live(file));
    return SQLITE_OK;
}

static int on_size(sqlite3_file *file, sqlite3_int64 *out)
{
    *out = (sqlite3_int64)live(file)->seen.size;
    return SQLITE_OK;
}

/* The highest level that another process holds. */
static int others_level(const struct disk_file *f, int process)
{
    int level = SQLITE_LOCK_NONE;
    for (int i = 0; i < DISK_PROCESSES; i++)
        if (i != process && f->locks[i].level > level)
            level = f->locks[i].level;
    return level;
}

static int on_lock(sqlite3_file *file, int level)
{
    const struct handle *h = (const struct handle *)file;
    struct disk_file *f = live(file);
    const int others = others_level(f, h->process);
    if ((level == SQLITE_LOCK_SHARED && others > SQLITE_LOCK_RESERVED) ||
        (level == SQLITE_LOCK_RESERVED && others >= SQLITE_LOCK_RESERVED) ||
        (level == SQLITE_LOCK_EXCLUSIVE && others > SQLITE_LOCK_NONE))
        return SQLITE_BUSY;
    if (f->locks[h->process].level < level)
        f->locks[h->process].level = level;
    return SQLITE_OK;
}

static int on_unlock(sqlite3_file *file, int level)
{
    const struct handle *h = (const struct handle *)file;
    struct disk_file *f = live(file);
    if (f->locks[h->process].level > level)
        f->locks[h->process].level = level;
    return SQLITE_OK;
}

static int on_reserved(sqlite3_file *file, int *out)
{
    const struct handle *h = (const struct handle *)file;
    *out = others_level(live(file), h->process) >= SQLITE_LOCK_RESERVED;
    return SQLITE_OK;
}

static int on_control(sqlite3_file *file, int op, void *arg)
{
    (void)file, (void)op, (void)arg;
    return SQLITE_NOTFOUND;
}

static int on_sector(sqlite3_file *file)
{
    (void)file;
    return SECTOR;
}

/* As SQLite assumes of ordinary disks: a torn write leaves its neighbours alone. */
static int on_traits(sqlite3_file *file)
{
    (void)file;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int on_shm_map(sqlite3_file *file, int region, int size, int extend, void volatile **out)
{
    struct disk_file *f = live(file);
    CHECK(region >= 0 && region < SHM_REGIONS);
    if (!f->shm[region] && extend)
        f->shm[region] = mem_zero_alloc(1, (size_t)size);
    *out = f->shm[region];
    return SQLITE_OK;
}

static int on_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    const struct handle *h = (const struct handle *)file;
    struct disk_file *f = live(file);
    struct locks *own = &f->locks[h->process];
    const unsigned slots = ((1u << n) - 1) << offset;
    if (flags & SQLITE_SHM_UNLOCK) {
        own->shared &= ~slots;
        own->exclusive &= ~slots;
        return SQLITE_OK;
    }
    for (int i = 0; i < DISK_PROCESSES; i++)
        if (i != h->process && ((f->locks[i].exclusive & slots) ||
                                ((flags & SQLITE_SHM_EXCLUSIVE) && (f->locks[i].shared & slots))))
            return SQLITE_BUSY;
    *(flags & SQLITE_SHM_EXCLUSIVE ? &own->exclusive : &own->shared) |= slots;
    return SQLITE_OK;
}

static void on_shm_barrier(sqlite3_file *file)
{
    (void)file;
}

static int on_shm_unmap(sqlite3_file *file, int erase)
{
    struct disk_file *f = live(file);
    for (size_t i = 0; erase && i < SHM_REGIONS; i++) {
        mem_free(f->shm[i]);
        f->shm[i] = NULL;
    }
    return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = on_close,
    .xRead = on_read,
    .xWrite = on_write,
    .xTruncate = on_truncate,
    .xSync = on_sync,
    .xFileSize = on_size,
    .xLock = on_lock,
    .xUnlock = on_unlock,
    .xCheckReservedLock = on_reserved,
    .xFileControl = on_control,
    .xSectorSize = on_sector,
    .xDeviceCharacteristics = on_traits,
    .xShmMap = on_shm_map,
    .xShmLock = on_shm_lock,
    .xShmBarrier = on_shm_barrier,
    .xShmUnmap = on_shm_unmap,
};

/* ---- the VFS ---- */

static int on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    struct handle *h = (struct handle *)file;
    (void)vfs;
    *h = (struct handle){.base.pMethods = &methods};
    if (out)
        *out = flags;
    if (!name) {
        h->file = mem_zero_alloc(1, sizeof(*h->file));
        return SQLITE_OK;
    }
    h->disk = disk_of(name);
    if (!h->disk) {
        h->base.pMethods = NULL;
        return SQLITE_CANTOPEN;
    }
    h->file = find_file(h->disk, name, flags & SQLITE_OPEN_CREATE);
    if (!h->file || (!h->file->seen.exists && !(flags & SQLITE_OPEN_CREATE))) {
        h->base.pMethods = NULL;
        return SQLITE_CANTOPEN;
    }
    h->process = h->disk->process;
    if (!h->file->seen.exists)
        note(h->disk, &(struct disk_note){.file = h->file, .kind = NOTE_CREATE});
    return SQLITE_OK;
}

static int on_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
    struct disk *disk = disk_of(name);
    struct disk_file *file = disk ? find_file(disk, name, false) : NULL;
    (void)vfs;
    if (!file || !file->seen.exists)
        return SQLITE_IOERR_DELETE_NOENT;
    note(disk, &(struct disk_note){.file = file, .kind = NOTE_DELETE});
    if (sync_folder)
        sync_file(disk, file);
    return SQLITE_OK;
}

static int on_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
    struct disk *disk = disk_of(name);
    struct disk_file *file = disk ? find_file(disk, name, false) : NULL;
    (void)vfs, (void)flags;
    *out = file && file->seen.exists && (file->seen.size > 0 || flags != SQLITE_ACCESS_EXISTS);
    return SQLITE_OK;
}

static int on_full_path(sqlite3_vfs *vfs, const char *name, int n, char *out)
{
    (void)vfs;
    snprintf(out, (size_t)n, "%s", name);
    return SQLITE_OK;
}

static int on_randomness(sqlite3_vfs *vfs, int n, char *out)
{
    static struct chance salts = {7};
    (void)vfs;
    for (int i = 0; i < n; i++)
        out[i] = (char)chance_next(&salts);
    return n;
}

static int on_sleep(sqlite3_vfs *vfs, int us)
{
    (void)vfs;
    return us;
}

static int on_time(sqlite3_vfs *vfs, double *out)
{
    (void)vfs;
    *out = (double)virtual_now_ms() / 86400000.0 + 2440587.5;
    return SQLITE_OK;
}

static int on_time_ms(sqlite3_vfs *vfs, sqlite3_int64 *out)
{
    (void)vfs;
    *out = virtual_now_ms() + INT64_C(210866760000000);
    return SQLITE_OK;
}

static int on_last_error(sqlite3_vfs *vfs, int n, char *out)
{
    (void)vfs, (void)n, (void)out;
    return 0;
}

void disk_install(int64_t (*now_ms)(void))
{
    static sqlite3_vfs vfs = {
        .iVersion = 2,
        .szOsFile = sizeof(struct handle),
        .mxPathname = 512,
        .zName = "simulated",
        .xOpen = on_open,
        .xDelete = on_delete,
        .xAccess = on_access,
        .xFullPathname = on_full_path,
        .xRandomness = on_randomness,
        .xSleep = on_sleep,
        .xCurrentTime = on_time,
        .xGetLastError = on_last_error,
        .xCurrentTimeInt64 = on_time_ms,
    };
    virtual_now_ms = now_ms;
    CHECK(sqlite3_config(SQLITE_CONFIG_SINGLETHREAD) == SQLITE_OK);
    CHECK(sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK); /* nobody asks */
    CHECK(sqlite3_vfs_register(&vfs, 1) == SQLITE_OK);
}

/* ---- disks ---- */

void disk_attach(struct disk *disk)
{
    for (size_t i = 0; i < DISKS_MAX; i++)
        if (!attached[i]) {
            attached[i] = disk;
            return;
        }
    CHECK(!"too many disks");
}

void disk_detach(struct disk *disk)
{
    for (size_t i = 0; i < DISKS_MAX; i++)
        if (attached[i] == disk)
            attached[i] = NULL;
}

void disk_release(struct disk *disk)
{
    disk_detach(disk);
    forget_notes(disk);
    mem_free(disk->notes);
    while (disk->files) {
        struct disk_file *f = disk->files;
        disk->files = f->next;
        free_file(f);
    }
    disk->notes = NULL;
    disk->note_capacity = 0;
}

void disk_arm(struct disk *disk, uint64_t operations)
{
    disk->countdown = operations;
}

/* Whether a later note of the same file is kept decides nothing here: each by its own luck. */
static void damage_note(struct disk *disk, const struct disk_note *n, enum disk_damage damage,
                        size_t i, size_t prefix, uint64_t odds)
{
    struct content *to = &n->file->platter;
    bool keep = false;
    switch (damage) {
    case DISK_KEEP_ALL:
        keep = true;
        break;
    case DISK_KEEP_PREFIX:
    case DISK_TEAR:
        keep = i < prefix;
        break;
    case DISK_KEEP_SUBSET:
        keep = chance_below(&disk->luck, 8) < odds;
        break;
    case DISK_SECTORS:
        keep = n->kind != NOTE_WRITE && chance_below(&disk->luck, 8) < odds;
        if (n->kind == NOTE_WRITE && to->exists)
            apply_sectors(disk, n, to);
        break;
    default:
        break;
    }
    if (keep)
        apply(n, to, SIZE_MAX);
    else if (damage == DISK_TEAR && i == prefix && n->kind == NOTE_WRITE)
        apply(n, to, chance_below(&disk->luck, n->n / SECTOR + 1) * SECTOR);
}

void disk_crash(struct disk *disk, enum disk_damage damage)
{
    size_t prefix = disk->note_count ? chance_below(&disk->luck, disk->note_count + 1) : 0;
    uint64_t odds = 1 + chance_below(&disk->luck, 7);
    for (size_t i = 0; i < disk->note_count; i++)
        damage_note(disk, &disk->notes[i], damage, i, prefix, odds);
    forget_notes(disk);
    disk->countdown = 0;
    for (struct disk_file *f = disk->files; f; f = f->next) {
        /* A name that never reached the folder holds nothing. */
        if (!f->platter.exists)
            content_gone(&f->platter);
        content_copy(&f->seen, &f->platter);
        memset(f->locks, 0, sizeof(f->locks));
        for (size_t i = 0; i < SHM_REGIONS; i++) {
            mem_free(f->shm[i]);
            f->shm[i] = NULL;
        }
    }
}

void disk_end_process(struct disk *disk, int process)
{
    for (struct disk_file *f = disk->files; f; f = f->next)
        f->locks[process] = (struct locks){0};
}

void disk_flush(struct disk *disk)
{
    for (size_t i = 0; i < disk->note_count; i++)
        apply(&disk->notes[i], &disk->notes[i].file->platter, SIZE_MAX);
    forget_notes(disk);
}

void disk_copy(struct disk *to, const struct disk *from)
{
    size_t n = strlen(from->folder);
    forget_notes(to);
    while (to->files) {
        struct disk_file *f = to->files;
        to->files = f->next;
        free_file(f);
    }
    for (const struct disk_file *f = from->files; f; f = f->next) {
        char name[256];
        if (!f->platter.exists)
            continue;
        snprintf(name, sizeof(name), "%s%s", to->folder, f->name + n);
        struct disk_file *copy = find_file(to, name, true);
        content_copy(&copy->platter, &f->platter);
        content_copy(&copy->seen, &f->platter);
    }
}
