/* SPDX-License-Identifier: MulanPSL-2.0 */
/* release: see release.h. */
#include "server/core/release.h"

#include "shared/base/file.h"

#define FILE_MAX ((size_t)RELEASE_PROGRAM_MAX + RELEASE_HEAD_MAX)

static enum status judge(struct server *srv, struct slice file, struct release *out,
                         struct error *err)
{
    struct slice program;
    return release_read(file, &srv->rep->registry.county.root, out, &program, err);
}

enum status release_published(struct server *srv, struct buf *file, struct release *out,
                              struct error *err)
{
    char *path = file_join(srv->folder, "release");
    enum status st = file_read(path, FILE_MAX, file, err);
    mem_free(path);
    return st == ST_OK ? judge(srv, buf_slice(file), out, err) : st;
}

enum status release_publish(struct server *srv, struct slice file, struct release *out,
                            struct error *err)
{
    char *path = file_join(srv->folder, "release");
    struct release now;
    struct error ignored;
    struct buf old;
    const enum status before = release_published(srv, &old, &now, &ignored);
    enum status st = judge(srv, file, out, err);
    if (st == ST_OK && before == ST_OK && now.number > out->number)
        st = error_set(err, ST_REFUSED, "县里给电脑的更新已经是更新的 %s", now.version);
    if (st == ST_OK)
        st = file_replace(path, file, 0644, err);
    buf_release(&old);
    mem_free(path);
    return st;
}
