/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * file: whole files in, whole files out.
 *
 * file_replace is atomic: a reader, and a machine that loses power, sees the old content or the
 * new, never a mixture. Temporary files are "<path>.<random>.tmp" beside the target.
 */
#include "shared/base/file.h"

#include "shared/base/mem.h"
#include "shared/base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 65536

static enum status read_pieces(int fd, uint8_t piece[static CHUNK], const char *name, size_t max,
                               struct buf *out, struct error *err)
{
    for (;;) {
        ssize_t got = read(fd, piece, CHUNK);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set(err, ST_IO, "读不出 %s：%s", name, strerror(errno));
        if (got == 0)
            return ST_OK;
        buf_put(out, piece, (size_t)got);
        if (!buf_ok(out))
            return error_set(err, ST_LIMIT, "%s 太大，最多 %zu 字节", name, max);
    }
}

static enum status read_all(int fd, const char *name, size_t max, struct buf *out,
                            struct error *err)
{
    uint8_t piece[CHUNK];
    enum status st = read_pieces(fd, piece, name, max, out, err);
    explicit_bzero(piece, sizeof(piece)); /* it may have been a key or a PIN */
    return st;
}

enum status file_read(const char *path, size_t max, struct buf *out, struct error *err)
{
    buf_init(out, max);
    if (strcmp(path, "-") == 0)
        return read_all(STDIN_FILENO, "标准输入", max, out, err);

    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return error_set(err, ST_NOT_FOUND, "没有文件 %s", path);
    if (fd < 0)
        return error_set(err, ST_IO, "打不开 %s：%s", path, strerror(errno));
    enum status st = read_all(fd, path, max, out, err);
    close(fd);
    return st;
}

static bool write_all(int fd, struct slice content)
{
    while (content.n > 0) {
        ssize_t put = write(fd, content.p, content.n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        content.p += put;
        content.n -= (size_t)put;
    }
    return true;
}

/* A rename is durable once the folder that holds the name is. */
static bool sync_folder_of(const char *path)
{
    char *folder = mem_strdup(path);
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder] = 0; /* "/name" lies in "/" */
    int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    int saved = errno;
    if (fd >= 0)
        close(fd);
    mem_free(folder);
    errno = saved;
    return ok;
}

enum status file_replace(const char *path, struct slice content, int mode, struct error *err)
{
    enum status st = ST_OK;
    uint64_t tag;
    random_bytes(&tag, sizeof(tag));
    char *temporary = mem_printf("%s.%016llx.tmp", path, (unsigned long long)tag);

    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        st = error_set(err, ST_IO, "不能在 %s 所在的文件夹里新建文件：%s", path, strerror(errno));
        goto out;
    }
    bool ok = write_all(fd, content) && fchmod(fd, (mode_t)mode) == 0 && fsync(fd) == 0;
    if (!ok)
        st = error_set(err, ST_IO, "写不进 %s：%s", path, strerror(errno));
    if (close(fd) != 0 && ok)
        st = error_set(err, ST_IO, "写不进 %s：%s", path, strerror(errno));
    if (st == ST_OK && rename(temporary, path) != 0)
        st = error_set(err, ST_IO, "不能替换 %s：%s", path, strerror(errno));
    if (st != ST_OK)
        unlink(temporary);
    else if (!sync_folder_of(path))
        st = error_set(err, ST_IO, "%s 没有可靠地写到磁盘上：%s", path, strerror(errno));
out:
    mem_free(temporary);
    return st;
}

/* What the disk has, not what memory remembers of it. */
static enum status read_back(const char *path, struct slice written, struct error *err)
{
    struct buf bytes;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
        close(fd);
    }
    enum status st = file_read(path, written.n + 1, &bytes, err);
    if (st == ST_OK && !slice_equal(buf_slice(&bytes), written))
        st = error_set(err, ST_DAMAGED, "写到 %s 的文件读回来不一样：请换一个 U 盘或硬盘", path);
    buf_release(&bytes);
    return st;
}

enum status file_replace_checked(const char *path, struct slice content, int mode,
                                 struct error *err)
{
    char *beside = mem_printf("%s.new", path);
    enum status st = file_replace(beside, content, mode, err);
    if (st == ST_OK)
        st = read_back(beside, content, err);
    if (st == ST_OK)
        st = file_move(beside, path, err);
    if (st != ST_OK)
        unlink(beside);
    mem_free(beside);
    return st;
}

enum status file_each_piece(const char *path, file_piece *fn, void *arg, struct error *err)
{
    uint8_t piece[CHUNK];
    enum status st = ST_OK;
    ssize_t got = 1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set(err, errno == ENOENT ? ST_NOT_FOUND : ST_IO, "打不开 %s：%s", path,
                         strerror(errno));
    while (st == ST_OK && got > 0) {
        got = read(fd, piece, sizeof(piece));
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got < 0)
            st = error_set(err, ST_IO, "读不出 %s：%s", path, strerror(errno));
        else if (got > 0 && !fn(arg, slice_of(piece, (size_t)got)))
            st = error_set(err, ST_IO, "读到一半停下：%s：%s", path, strerror(errno));
    }
    explicit_bzero(piece, sizeof(piece));
    close(fd);
    return st;
}

static bool write_piece(void *arg, struct slice piece)
{
    return write_all(*(int *)arg, piece);
}

enum status file_copy(const char *from, const char *to, int mode, struct error *err)
{
    char *beside = mem_printf("%s.part", to);
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    enum status st = ST_OK;
    if (fd < 0)
        st = error_set(err, ST_IO, "写不进 %s：%s", beside, strerror(errno));
    if (st == ST_OK)
        st = file_each_piece(from, write_piece, &fd, err);
    if (st == ST_OK && (fchmod(fd, (mode_t)mode) != 0 || fsync(fd) != 0))
        st = error_set(err, ST_IO, "写不进 %s：%s", beside, strerror(errno));
    if (fd >= 0)
        close(fd);
    if (st == ST_OK)
        st = file_move(beside, to, err);
    if (st != ST_OK && fd >= 0)
        unlink(beside);
    mem_free(beside);
    return st;
}

bool file_is_folder(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static bool is_folder(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

enum status file_make_folder(const char *path, int mode, struct error *err)
{
    enum status st = ST_OK;
    char *prefix = mem_strdup(path);
    for (char *p = prefix; *p && st == ST_OK;) {
        p += strspn(p, "/");
        p += strcspn(p, "/");
        char end = *p;
        *p = 0;
        bool made = mkdir(prefix, (mode_t)mode) == 0;
        if (!made && !is_folder(prefix))
            st = error_set(err, ST_IO, "不能建立文件夹 %s：%s", prefix, strerror(errno));
        else if (made && !sync_folder_of(prefix))
            st = error_set(err, ST_IO, "%s 没有可靠地写到磁盘上：%s", prefix, strerror(errno));
        *p = end;
    }
    mem_free(prefix);
    return st;
}

enum status file_move(const char *from, const char *to, struct error *err)
{
    if (rename(from, to) != 0)
        return error_set(err, ST_IO, "不能把 %s 移到 %s：%s", from, to, strerror(errno));
    if (!sync_folder_of(to))
        return error_set(err, ST_IO, "%s 没有可靠地写到磁盘上：%s", to, strerror(errno));
    return ST_OK;
}

char *file_join(const char *folder, const char *name)
{
    size_t n = strlen(folder);
    bool ends_with_slash = n > 0 && folder[n - 1] == '/';
    return mem_printf("%s%s%s", folder, ends_with_slash ? "" : "/", name);
}
