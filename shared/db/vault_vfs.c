/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * vault_vfs: see vault_vfs.h for what is done and why.
 *
 * SQLite reads and writes whole pages, but for two cases: the head of page 1, for which the page is
 * opened and the piece taken out; and the log, where recovery reads head and page of a frame
 * at once. Anything else is refused, so a SQLite that works differently stops instead of storing
 * something in the clear. For the same reason a page is only written when its reserved bytes are
 * zero: there SQLite would have put something of its own.
 */
#include "shared/db/vault_vfs.h"

#include <pthread.h>
#include <sqlite3.h>
#include <string.h>

#include "shared/base/check.h"
#include "shared/base/mem.h"
#include "shared/base/random.h"

#define PAGE 4096
#define BODY (PAGE - VAULT_EXTRA)
#define WAL_HEAD 32
#define FRAME_HEAD 24
#define FRAME_BOUND 16 /* page number, commit mark, salts; then come check sums */
#define FRAME (FRAME_HEAD + PAGE)
#define NONCES 64 /* drawn at a time */
#define PATH_MAX_BYTES 1024
#define FILE_HEAD 100 /* of a database */

enum kind { KIND_PAGE = 1, KIND_FRAME, KIND_JOURNAL };

struct place {
    uint8_t bytes[1 + 8 + FRAME_BOUND]; /* kind, number or offset, of a frame its head */
    size_t n;
};

struct closed {
    struct closed *next;
    char path[PATH_MAX_BYTES];
    struct vault *vault;
    int open; /* files */
};

/* Where a file's pages are worked on. Apart from the handle, of which SQLite makes some for every
 * table that it keeps in memory for a while. */
struct bench {
    uint8_t work[FRAME];
    size_t nonces_left;
    uint8_t nonces[NONCES][VAULT_NONCE_SIZE];
};

struct vault_file_handle {
    sqlite3_file base;
    enum kind kind;
    struct closed *closed;
    sqlite3_file *real;
    struct bench *bench;
    uint8_t head[FRAME_HEAD]; /* of the frame written last */
    sqlite3_int64 head_at;    /* where; -1: none */
};

static sqlite3_vfs *real_vfs;
static sqlite3_vfs vault_vfs;
static struct closed *all;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- pages ---- */

static struct vault_file_handle *handle(sqlite3_file *file)
{
    return (struct vault_file_handle *)file;
}

static void place_of(enum kind kind, uint64_t number, const uint8_t *frame_head, struct place *out)
{
    out->bytes[0] = (uint8_t)kind;
    for (int i = 0; i < 8; i++)
        out->bytes[1 + i] = (uint8_t)(number >> (56 - 8 * i));
    out->n = 1 + 8;
    if (frame_head) {
        memcpy(out->bytes + out->n, frame_head, FRAME_BOUND);
        out->n += FRAME_BOUND;
    }
}

static bool open_page(const struct vault_file_handle *h, const struct place *place,
                      const uint8_t *in, uint8_t *out)
{
    bool ok = vault_open_page(h->closed->vault, slice_of(place->bytes, place->n), in, BODY, out);
    memset(out + BODY, 0, VAULT_EXTRA);
    return ok;
}

static const uint8_t *fresh_nonce(struct bench *b)
{
    if (b->nonces_left == 0) {
        random_bytes(b->nonces, sizeof(b->nonces));
        b->nonces_left = NONCES;
    }
    return b->nonces[--b->nonces_left];
}

static int write_page(struct vault_file_handle *h, const struct place *place, const uint8_t *page,
                      sqlite3_int64 offset)
{
    static const uint8_t zeros[VAULT_EXTRA];
    if (memcmp(page + BODY, zeros, VAULT_EXTRA) != 0)
        return SQLITE_IOERR_WRITE;
    vault_seal_page(h->closed->vault, slice_of(place->bytes, place->n), fresh_nonce(h->bench), page,
                    BODY, h->bench->work);
    return h->real->pMethods->xWrite(h->real, h->bench->work, PAGE, offset);
}

static int real_read(struct vault_file_handle *h, void *out, int n, sqlite3_int64 offset)
{
    return h->real->pMethods->xRead(h->real, out, n, offset);
}

static bool all_zero(const uint8_t *p, size_t n)
{
    return p[0] == 0 && memcmp(p, p + 1, n - 1) == 0;
}

/* ---- the database ---- */

/* All that SQLite takes from the head of a database before it reads page 1 as a whole. */
static const uint8_t head_of_all[FILE_HEAD] = "SQLite format 3\0"
                                              "\x10\x00\x02\x02\x28\x40\x20\x20";

static int read_database(struct vault_file_handle *h, uint8_t *out, int n, sqlite3_int64 offset)
{
    sqlite3_int64 number = offset / PAGE;
    size_t from = (size_t)(offset % PAGE);
    struct place place;
    if (from + (size_t)n > PAGE)
        return SQLITE_IOERR_READ;
    int rc = real_read(h, h->bench->work, PAGE, offset - (sqlite3_int64)from);
    if (rc == SQLITE_IOERR_SHORT_READ && all_zero(h->bench->work, PAGE)) { /* behind the end */
        memset(out, 0, (size_t)n);
        return rc;
    }
    if (rc != SQLITE_OK && rc != SQLITE_IOERR_SHORT_READ)
        return rc;
    place_of(KIND_PAGE, (uint64_t)number, NULL, &place);
    if (!open_page(h, &place, h->bench->work, h->bench->work)) {
        if (number > 0 || from + (size_t)n > FILE_HEAD)
            return SQLITE_IOERR_DATA;
        memcpy(h->bench->work, head_of_all, FILE_HEAD);
    }
    memcpy(out, h->bench->work + from, (size_t)n);
    return SQLITE_OK;
}

static int write_database(struct vault_file_handle *h, const uint8_t *bytes, int n,
                          sqlite3_int64 offset)
{
    struct place place;
    if (n != PAGE || offset % PAGE != 0)
        return SQLITE_IOERR_WRITE;
    place_of(KIND_PAGE, (uint64_t)(offset / PAGE), NULL, &place);
    return write_page(h, &place, bytes, offset);
}

/* ---- the log ---- */

/* A frame that does not open is the torn end of the log when recovery reads it, with its head;
 * damage when SQLite wants the page. */
static int read_frame(struct vault_file_handle *h, uint8_t *out, int n, sqlite3_int64 offset)
{
    bool whole = n == FRAME;
    sqlite3_int64 start = whole ? offset : offset - FRAME_HEAD;
    struct place place;
    int rc = real_read(h, h->bench->work, FRAME, start);
    if (rc != SQLITE_OK) {
        memset(out, 0, (size_t)n);
        return rc;
    }
    place_of(KIND_FRAME, (uint64_t)start, h->bench->work, &place);
    bool ok = open_page(h, &place, h->bench->work + FRAME_HEAD, h->bench->work + FRAME_HEAD);
    if (!ok && !whole)
        return SQLITE_IOERR_DATA;
    if (!ok)
        memset(h->bench->work, 0, FRAME);
    memcpy(out, h->bench->work + FRAME - n, (size_t)n);
    return SQLITE_OK;
}

static int read_log(struct vault_file_handle *h, uint8_t *out, int n, sqlite3_int64 offset)
{
    sqlite3_int64 at = (offset - WAL_HEAD) % FRAME;
    if (offset == 0 && n <= WAL_HEAD)
        return real_read(h, out, n, offset);
    if (offset < WAL_HEAD)
        return SQLITE_IOERR_READ;
    if (at == 0 && n <= FRAME_HEAD)
        return real_read(h, out, n, offset);
    if ((at == 0 && n == FRAME) || (at == FRAME_HEAD && n == PAGE))
        return read_frame(h, out, n, offset);
    return SQLITE_IOERR_READ;
}

static int write_log(struct vault_file_handle *h, const uint8_t *bytes, int n, sqlite3_int64 offset)
{
    sqlite3_int64 at = (offset - WAL_HEAD) % FRAME;
    struct place place;
    if (offset == 0 && n == WAL_HEAD)
        return h->real->pMethods->xWrite(h->real, bytes, n, offset);
    if (offset < WAL_HEAD)
        return SQLITE_IOERR_WRITE;
    if (at == 0 && n == FRAME_HEAD) {
        memcpy(h->head, bytes, FRAME_HEAD);
        h->head_at = offset;
        return h->real->pMethods->xWrite(h->real, bytes, n, offset);
    }
    if (at != FRAME_HEAD || n != PAGE)
        return SQLITE_IOERR_WRITE;
    if (h->head_at != offset - FRAME_HEAD) { /* a page that was written before in this commit */
        int rc = real_read(h, h->head, FRAME_HEAD, offset - FRAME_HEAD);
        if (rc != SQLITE_OK)
            return SQLITE_IOERR_WRITE;
        h->head_at = offset - FRAME_HEAD;
    }
    place_of(KIND_FRAME, (uint64_t)h->head_at, h->head, &place);
    return write_page(h, &place, bytes, offset);
}

/* ---- the journal ---- */

static int read_journal(struct vault_file_handle *h, uint8_t *out, int n, sqlite3_int64 offset)
{
    struct place place;
    int rc = real_read(h, out, n, offset);
    if (n != PAGE || rc != SQLITE_OK)
        return rc;
    place_of(KIND_JOURNAL, (uint64_t)offset, NULL, &place);
    return open_page(h, &place, out, out) ? SQLITE_OK : SQLITE_IOERR_DATA;
}

static int write_journal(struct vault_file_handle *h, const uint8_t *bytes, int n,
                         sqlite3_int64 offset)
{
    struct place place;
    if (n != PAGE)
        return h->real->pMethods->xWrite(h->real, bytes, n, offset);
    place_of(KIND_JOURNAL, (uint64_t)offset, NULL, &place);
    return write_page(h, &place, bytes, offset);
}

/* ---- a file as SQLite sees it ---- */

static int on_close(sqlite3_file *file)
{
    struct vault_file_handle *h = handle(file);
    int rc = h->real->pMethods->xClose(h->real);
    secret_wipe(h->bench, sizeof(*h->bench));
    mem_free(h->bench);
    pthread_mutex_lock(&lock);
    h->closed->open--;
    pthread_mutex_unlock(&lock);
    return rc;
}

static int on_read(sqlite3_file *file, void *out, int n, sqlite3_int64 offset)
{
    struct vault_file_handle *h = handle(file);
    switch (h->kind) {
    case KIND_PAGE:
        return read_database(h, out, n, offset);
    case KIND_FRAME:
        return read_log(h, out, n, offset);
    default:
        return read_journal(h, out, n, offset);
    }
}

static int on_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 offset)
{
    struct vault_file_handle *h = handle(file);
    switch (h->kind) {
    case KIND_PAGE:
        return write_database(h, bytes, n, offset);
    case KIND_FRAME:
        return write_log(h, bytes, n, offset);
    default:
        return write_journal(h, bytes, n, offset);
    }
}

#define REAL(file) handle(file)->real
#define CALL(file, method, ...) REAL(file)->pMethods->method(REAL(file), ##__VA_ARGS__)

static int on_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    handle(file)->head_at = -1;
    return CALL(file, xTruncate, size);
}

static int on_sync(sqlite3_file *file, int flags)
{
    return CALL(file, xSync, flags);
}

static int on_size(sqlite3_file *file, sqlite3_int64 *out)
{
    return CALL(file, xFileSize, out);
}

static int on_lock(sqlite3_file *file, int level)
{
    return CALL(file, xLock, level);
}

static int on_unlock(sqlite3_file *file, int level)
{
    return CALL(file, xUnlock, level);
}

static int on_reserved(sqlite3_file *file, int *out)
{
    return CALL(file, xCheckReservedLock, out);
}

static int on_control(sqlite3_file *file, int op, void *arg)
{
    return op == SQLITE_FCNTL_MMAP_SIZE ? SQLITE_NOTFOUND : CALL(file, xFileControl, op, arg);
}

static int on_sector(sqlite3_file *file)
{
    return CALL(file, xSectorSize);
}

/* Nothing that would make SQLite write or read less than a page. */
static int on_traits(sqlite3_file *file)
{
    return CALL(file, xDeviceCharacteristics) &
           (SQLITE_IOCAP_POWERSAFE_OVERWRITE | SQLITE_IOCAP_SAFE_APPEND | SQLITE_IOCAP_SEQUENTIAL |
            SQLITE_IOCAP_UNDELETABLE_WHEN_OPEN);
}

static int on_shm_map(sqlite3_file *file, int region, int size, int extend, void volatile **out)
{
    return CALL(file, xShmMap, region, size, extend, out);
}

static int on_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    return CALL(file, xShmLock, offset, n, flags);
}

static void on_shm_barrier(sqlite3_file *file)
{
    CALL(file, xShmBarrier);
}

static int on_shm_unmap(sqlite3_file *file, int erase)
{
    return CALL(file, xShmUnmap, erase);
}

/* Version 2: no xFetch, so nothing is read around this layer. */
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

/* ---- which databases ---- */

static struct closed *find(const char *path)
{
    struct closed *c = all;
    while (c && strcmp(c->path, path) != 0)
        c = c->next;
    return c;
}

static int on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    struct vault_file_handle *h = handle(file);
    (void)vfs;
    *h = (struct vault_file_handle){.head_at = -1};
    if (flags & SQLITE_OPEN_MAIN_DB)
        h->kind = KIND_PAGE;
    else if (flags & SQLITE_OPEN_WAL)
        h->kind = KIND_FRAME;
    else if (flags & SQLITE_OPEN_MAIN_JOURNAL)
        h->kind = KIND_JOURNAL;
    if (!name || !h->kind)
        return SQLITE_CANTOPEN;
    pthread_mutex_lock(&lock);
    h->closed = find(h->kind == KIND_PAGE ? name : sqlite3_filename_database(name));
    if (h->closed)
        h->closed->open++;
    pthread_mutex_unlock(&lock);
    if (!h->closed)
        return SQLITE_CANTOPEN;
    h->real = (sqlite3_file *)(h + 1);
    h->real->pMethods = NULL;
    int rc = real_vfs->xOpen(real_vfs, name, h->real, flags, out);
    if (rc == SQLITE_OK &&
        !(h->real->pMethods->xDeviceCharacteristics(h->real) & SQLITE_IOCAP_POWERSAFE_OVERWRITE))
        rc = SQLITE_CANTOPEN; /* frames would be padded, pages cut in two */
    if (rc != SQLITE_OK) {
        if (h->real->pMethods)
            h->real->pMethods->xClose(h->real);
        pthread_mutex_lock(&lock);
        h->closed->open--;
        pthread_mutex_unlock(&lock);
        return rc;
    }
    h->bench = mem_zero_alloc(1, sizeof(*h->bench));
    h->base.pMethods = &methods;
    return SQLITE_OK;
}

/* The other calls are the system's own: they are about names. */
static void install(void)
{
    real_vfs = sqlite3_vfs_find(NULL);
    CHECK(real_vfs != NULL);
    vault_vfs = *real_vfs;
    vault_vfs.zName = VAULT_VFS_NAME;
    vault_vfs.pNext = NULL;
    vault_vfs.szOsFile = (int)sizeof(struct vault_file_handle) + real_vfs->szOsFile;
    vault_vfs.xOpen = on_open;
    CHECK(sqlite3_vfs_register(&vault_vfs, 0) == SQLITE_OK);
}

static void full_path(const char *path, char out[static PATH_MAX_BYTES])
{
    int rc = SQLITE_CANTOPEN;
    if (!real_vfs)
        install();
    if (real_vfs->mxPathname < PATH_MAX_BYTES)
        rc = real_vfs->xFullPathname(real_vfs, path, PATH_MAX_BYTES, out);
    if ((rc & 0xff) != SQLITE_OK) /* then SQLite does not open it either */
        out[0] = 0;
}

void vault_vfs_add(const char *path, const struct vault *vault)
{
    char full[PATH_MAX_BYTES];
    pthread_mutex_lock(&lock);
    full_path(path, full);
    struct closed *c = find(full);
    if (!c) {
        c = mem_zero_alloc(1, sizeof(*c));
        memcpy(c->path, full, sizeof(full));
        c->next = all;
        all = c;
    }
    CHECK(c->open == 0);
    vault_release(c->vault);
    c->vault = vault_copy(vault);
    pthread_mutex_unlock(&lock);
}

void vault_vfs_remove(const char *path)
{
    char full[PATH_MAX_BYTES];
    pthread_mutex_lock(&lock);
    full_path(path, full);
    for (struct closed **at = &all; *at; at = &(*at)->next)
        if (strcmp((*at)->path, full) == 0) {
            struct closed *c = *at;
            CHECK(c->open == 0);
            *at = c->next;
            vault_release(c->vault);
            mem_free(c);
            break;
        }
    pthread_mutex_unlock(&lock);
}

const struct vault *vault_vfs_find(const char *path)
{
    char full[PATH_MAX_BYTES];
    pthread_mutex_lock(&lock);
    full_path(path, full);
    const struct closed *c = find(full);
    pthread_mutex_unlock(&lock);
    return c ? c->vault : NULL;
}
