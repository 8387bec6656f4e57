/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * recorder: what a program does to its disk, written down call by call (LD_PRELOAD).
 *
 * The problem: a file system keeps written bytes, and new names in folders, in memory until it is
 * told to sync; after a power cut any part of what was not synced may be there or not. kill -9
 * never shows that, and a program that is built differently for the test is not the program that
 * people run.
 *
 * The idea: this library stands between the ordinary program (SQLite and our own files alike) and
 * libc. Every create, write, truncate, rename, delete and sync below a folder is done as always and
 * appended to a record shared by all processes; disk.py builds from any prefix of it every disk
 * that a power cut at that moment could have left behind. The real syncs are left out: whoever
 * reads afterwards runs on the same kernel.
 *
 *   HUCE_DISK_ROOT=/folder      what is watched
 *   HUCE_DISK_RECORD=/file      where it is written down; absent: nowhere
 *   HUCE_DISK_FAIL=N:ERRNO:once|stay   the N-th operation of this process fails (and all after it)
 *   HUCE_DISK_COUNT=/file       at the end of the process: how many operations there were
 *
 * One entry of the record, little-endian: u32 length of all, u8 kind, u64 inode, u64 offset, bytes.
 *   C create, M mkdir (bytes: path)   W write (bytes at offset)   T truncate (offset: the new size)
 *   S sync of a file or folder        U unlink, D rmdir (path)     R rename (old path, 0, new path)
 * Shared memory (-shm) is memory: it is passed over, and the checking side starts without it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES_MAX 4096

static const char *root;
static size_t root_length;
static int record_fd = -1;
static ino_t inodes[FILES_MAX]; /* of watched open files; 0: not watched */
static uint64_t done;           /* operations of this process so far */
static uint64_t fail_at;
static int fail_errno;
static bool fail_stays;

static _Noreturn void give_up(const char *what)
{
    static const char head[] = "recorder: ";
    (void)!write(STDERR_FILENO, head, sizeof(head) - 1);
    (void)!write(STDERR_FILENO, what, strlen(what));
    (void)!write(STDERR_FILENO, "\n", 1);
    _exit(70);
}

static void count_at_end(void)
{
    const char *path = getenv("HUCE_DISK_COUNT");
    FILE *f = path ? fopen(path, "w") : NULL;
    if (f) {
        fprintf(f, "%llu\n", (unsigned long long)done);
        fclose(f);
    }
}

__attribute__((constructor)) static void begin(void)
{
    const char *fail = getenv("HUCE_DISK_FAIL"), *record = getenv("HUCE_DISK_RECORD");
    unsigned long long n;
    char how[8] = "";
    root = getenv("HUCE_DISK_ROOT");
    root_length = root ? strlen(root) : 0;
    if (fail) {
        if (sscanf(fail, "%llu:%d:%7s", &n, &fail_errno, how) != 3)
            give_up("HUCE_DISK_FAIL is N:ERRNO:once|stay");
        fail_at = n;
        fail_stays = strcmp(how, "stay") == 0;
    }
    if (record) {
        record_fd = (int)syscall(SYS_openat, AT_FDCWD, record,
                                 O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (record_fd < 0)
            give_up("cannot open HUCE_DISK_RECORD");
    }
    atexit(count_at_end);
}

static bool watched(const char *path)
{
    size_t n = path ? strlen(path) : 0;
    return root && n >= root_length && strncmp(path, root, root_length) == 0 &&
           (path[root_length] == 0 || path[root_length] == '/') &&
           !(n > 4 && strcmp(path + n - 4, "-shm") == 0);
}

static ino_t inode(int fd)
{
    return fd >= 0 && fd < FILES_MAX ? inodes[fd] : 0;
}

/* Counts an operation; true when it is the one (or after the one) that fails. A full disk refuses
 * bytes; a new name mostly finds room beside others. */
static bool fails(bool needs_bytes)
{
    done++;
    if (!fail_at || done < fail_at || (done > fail_at && !fail_stays))
        return false;
    if (fail_errno == ENOSPC && !needs_bytes)
        return false;
    errno = fail_errno;
    return true;
}

static void note(char kind, ino_t ino, uint64_t offset, const void *bytes, size_t n)
{
    uint8_t head[21];
    struct iovec parts[2] = {{head, sizeof(head)}, {(void *)bytes, n}};
    uint32_t length = (uint32_t)(sizeof(head) + n);
    uint64_t ino64 = ino;
    if (record_fd < 0)
        return;
    memcpy(head, &length, 4);
    head[4] = (uint8_t)kind;
    memcpy(head + 5, &ino64, 8);
    memcpy(head + 13, &offset, 8);
    if (syscall(SYS_writev, record_fd, parts, n ? 2 : 1) != (long)length)
        give_up("cannot write the record");
}

static void note_path(char kind, ino_t ino, const char *path)
{
    note(kind, ino, 0, path, strlen(path));
}

#define REAL(name)                                          \
    static __typeof__(name) *real;                          \
    if (!real)                                              \
        real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name); \
    if (!real)                                              \
    give_up("libc has no " #name)

/* ---- open and close ---- */

static int do_open(const char *path, int flags, mode_t mode)
{
    struct stat st;
    bool mine = watched(path), there = mine && stat(path, &st) == 0;
    bool creates = mine && (flags & O_CREAT) && !there;
    bool empties = mine && (flags & O_TRUNC) && there;
    if ((creates || empties) && fails(false))
        return -1;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    if (fd < 0 || !mine)
        return fd;
    if (fd >= FILES_MAX || fstat(fd, &st) != 0)
        give_up("too many files");
    inodes[fd] = st.st_ino;
    if (creates)
        note_path('C', st.st_ino, path);
    if (empties)
        note('T', st.st_ino, 0, NULL, 0);
    return fd;
}

static mode_t mode_in(int flags, va_list args)
{
    return flags & (O_CREAT | O_TMPFILE) ? (mode_t)va_arg(args, int) : 0;
}

int open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = mode_in(flags, args);
    va_end(args);
    return do_open(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = mode_in(flags, args);
    va_end(args);
    return do_open(path, flags, mode);
}

int close(int fd)
{
    REAL(close);
    if (fd >= 0 && fd < FILES_MAX)
        inodes[fd] = 0;
    return real(fd);
}

/* ---- bytes ---- */

ssize_t write(int fd, const void *bytes, size_t n)
{
    REAL(write);
    ino_t ino = inode(fd);
    if (!ino)
        return real(fd, bytes, n);
    if (fails(true))
        return -1;
    ssize_t put = real(fd, bytes, n);
    if (put > 0)
        note('W', ino, (uint64_t)(lseek(fd, 0, SEEK_CUR) - put), bytes, (size_t)put);
    return put;
}

static ssize_t do_pwrite(int fd, const void *bytes, size_t n, off_t offset)
{
    ino_t ino = inode(fd);
    if (ino && fails(true))
        return -1;
    ssize_t put = syscall(SYS_pwrite64, fd, bytes, n, offset);
    if (ino && put > 0)
        note('W', ino, (uint64_t)offset, bytes, (size_t)put);
    return put;
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t offset)
{
    return do_pwrite(fd, bytes, n, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t offset)
{
    return do_pwrite(fd, bytes, n, offset);
}

static int do_truncate(int fd, off_t size)
{
    ino_t ino = inode(fd);
    if (ino && fails(false))
        return -1;
    int rc = (int)syscall(SYS_ftruncate, fd, size);
    if (ino && rc == 0)
        note('T', ino, (uint64_t)size, NULL, 0);
    return rc;
}

int ftruncate(int fd, off_t size)
{
    return do_truncate(fd, size);
}

int ftruncate64(int fd, off64_t size)
{
    return do_truncate(fd, size);
}

static int do_sync(int fd)
{
    ino_t ino = inode(fd);
    if (fails(false))
        return -1;
    note('S', ino, 0, NULL, 0);
    return 0;
}

int fsync(int fd)
{
    REAL(fsync);
    return inode(fd) ? do_sync(fd) : real(fd);
}

int fdatasync(int fd)
{
    REAL(fdatasync);
    return inode(fd) ? do_sync(fd) : real(fd);
}

/* ---- names ---- */

int mkdir(const char *path, mode_t mode)
{
    REAL(mkdir);
    struct stat st;
    if (!watched(path) || stat(path, &st) == 0)
        return real(path, mode);
    if (fails(true))
        return -1;
    int rc = real(path, mode);
    if (rc == 0 && stat(path, &st) == 0)
        note_path('M', st.st_ino, path);
    return rc;
}

static int remove_name(const char *path, char kind, int (*real)(const char *))
{
    struct stat st;
    bool mine = watched(path) && stat(path, &st) == 0;
    if (mine && fails(false))
        return -1;
    int rc = real(path);
    if (mine && rc == 0)
        note_path(kind, st.st_ino, path);
    return rc;
}

int unlink(const char *path)
{
    REAL(unlink);
    return remove_name(path, 'U', real);
}

int rmdir(const char *path)
{
    REAL(rmdir);
    return remove_name(path, 'D', real);
}

int rename(const char *from, const char *to)
{
    REAL(rename);
    char both[2 * 4096];
    bool mine = watched(from) || watched(to);
    if (mine && fails(false))
        return -1;
    int rc = real(from, to);
    int n = snprintf(both, sizeof(both), "%s%c%s", from, 0, to);
    if (mine && (n < 0 || (size_t)n >= sizeof(both)))
        give_up("a path is too long");
    if (mine && rc == 0)
        note('R', 0, 0, both, (size_t)n);
    return rc;
}
