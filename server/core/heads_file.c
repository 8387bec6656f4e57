/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * heads_file: the file under heads.h. Whoever writes holds a lock on it; whoever rewrites it puts
 * another file in its place, so after waiting for the lock one looks whether it still is the file
 * of that name.
 */
#include "server/core/heads.h"

#include "shared/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static enum status failed(const char *path, struct error *err)
{
    return error_set(err, ST_IO, "写不进 %s：%s。签过的账本头没有记下，不能回答", path,
                     strerror(errno));
}

enum status heads_file_read(const char *path, struct buf *out, struct error *err)
{
    return file_read(path, HEADS_FILE_MAX, out, err);
}

uint64_t heads_file_mark(const char *path)
{
    struct stat s;
    if (stat(path, &s) != 0)
        return 0;
    return (uint64_t)s.st_ino * 1000003 + (uint64_t)s.st_size + 1;
}

static bool is_named(int fd, const char *path)
{
    struct stat here, there;
    return fstat(fd, &here) == 0 && stat(path, &there) == 0 && here.st_ino == there.st_ino &&
           here.st_dev == there.st_dev;
}

/* -1: errno says why. */
static int open_locked(const char *path)
{
    for (;;) {
        int fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC);
        if (fd < 0)
            return -1;
        while (flock(fd, LOCK_EX) != 0)
            if (errno != EINTR) {
                close(fd);
                return -1;
            }
        if (is_named(fd, path))
            return fd;
        close(fd);
    }
}

static bool put(int fd, struct slice bytes)
{
    while (bytes.n > 0) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        bytes.p += n;
        bytes.n -= (size_t)n;
    }
    return fdatasync(fd) == 0;
}

enum status heads_file_append(const char *path, struct slice lines, struct error *err)
{
    int fd = open_locked(path);
    if (fd < 0 && errno == ENOENT) {
        /* The name must be durable as well. Two that begin at once: the later finds a file. */
        enum status st = file_replace(path, SLICE_NONE, 0600, err);
        if (st != ST_OK)
            return st;
        fd = open_locked(path);
    }
    if (fd < 0)
        return failed(path, err);
    bool ok = put(fd, lines);
    enum status st = ok ? ST_OK : failed(path, err);
    close(fd);
    return st;
}

enum status heads_file_rewrite(const char *path, heads_file_make *make, void *arg,
                               struct error *err)
{
    struct buf old, new;
    int fd = open_locked(path);
    if (fd < 0)
        return failed(path, err);
    buf_init(&new, HEADS_FILE_MAX);
    enum status st = file_read(path, HEADS_FILE_MAX, &old, err);
    if (st == ST_OK) {
        make(arg, buf_slice(&old), &new);
        st = file_replace(path, buf_slice(&new), 0600, err);
    }
    buf_release(&old);
    buf_release(&new);
    close(fd);
    return st;
}
