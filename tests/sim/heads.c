/* SPDX-License-Identifier: MulanPSL-2.0 */
/* heads: the county's file of heads, which is outside of the simulated disks. Nothing puts its
 * database back here, so the file has nothing to say. The linker takes this instead of
 * server/core/heads_file.c. */
#include "server/core/heads.h"

enum status heads_file_read(const char *path, struct buf *out, struct error *err)
{
    (void)path, (void)err;
    buf_init(out, HEADS_FILE_MAX);
    return ST_OK;
}

enum status heads_file_append(const char *path, struct slice lines, struct error *err)
{
    (void)path, (void)lines, (void)err;
    return ST_OK;
}

enum status heads_file_rewrite(const char *path, heads_file_make *make, void *arg,
                               struct error *err)
{
    (void)path, (void)make, (void)arg, (void)err;
    return ST_OK;
}

uint64_t heads_file_mark(const char *path)
{
    (void)path;
    return 1;
}
