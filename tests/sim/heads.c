/* SPDX-License-Identifier: MulanPSL-2.0 */
/* heads: see heads.h. The linker takes this instead of server/core/heads_file.c. */
#include "tests/sim/heads.h"

#include "server/core/heads.h"

static struct buf file, founded;
static uint64_t written; /* how often */

static void put(struct buf *to, struct slice bytes)
{
    buf_release(to);
    buf_init(to, HEADS_FILE_MAX);
    buf_put_slice(to, bytes);
}

void heads_keep(void)
{
    put(&founded, buf_slice(&file));
}

void heads_again(void)
{
    put(&file, buf_slice(&founded));
    written++;
}

void heads_forget(void)
{
    buf_release(&file);
    file = (struct buf){0};
    written++;
}

enum status heads_file_read(const char *path, struct buf *out, struct error *err)
{
    buf_init(out, HEADS_FILE_MAX);
    if (!file.p)
        return error_set(err, ST_NOT_FOUND, "no %s", path);
    buf_put_slice(out, buf_slice(&file));
    return ST_OK;
}

enum status heads_file_append(const char *path, struct slice lines, struct error *err)
{
    (void)path, (void)err;
    if (!file.p)
        buf_init(&file, HEADS_FILE_MAX);
    buf_put_slice(&file, lines);
    written++;
    return ST_OK;
}

enum status heads_file_rewrite(const char *path, heads_file_make *make, void *arg,
                               struct error *err)
{
    struct buf made;
    (void)path, (void)err;
    buf_init(&made, HEADS_FILE_MAX);
    make(arg, buf_slice(&file), &made);
    put(&file, buf_slice(&made));
    buf_release(&made);
    written++;
    return ST_OK;
}

uint64_t heads_file_mark(const char *path)
{
    (void)path;
    return file.p ? written + 1 : 0;
}
