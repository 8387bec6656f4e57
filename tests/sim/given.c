/* SPDX-License-Identifier: MulanPSL-2.0 */
/* given: what desks noted of what they gave away, which is outside of the simulated disks: it goes
 * when given_forget is called for a folder, and stays otherwise. The linker takes this instead of
 * agent/core/given_file.c. */
#include "tests/sim/given.h"

#include <stdio.h>

#include "agent/core/given.h"
#include "shared/base/check.h"

#define FILES_MAX 32

static struct file {
    char path[200];
    struct buf bytes;
} files[FILES_MAX];

/* Its place; room for a new one when make. */
static struct file *find(const char *path, bool make)
{
    struct file *room = NULL;
    for (size_t i = 0; i < FILES_MAX; i++) {
        if (strcmp(files[i].path, path) == 0)
            return &files[i];
        if (!room && !files[i].path[0])
            room = &files[i];
    }
    if (!make)
        return NULL;
    CHECK(room && strlen(path) < sizeof(room->path));
    snprintf(room->path, sizeof(room->path), "%s", path);
    buf_init(&room->bytes, GIVEN_FILE_MAX);
    return room;
}

enum status given_file_read(const struct vault *vault, const char *path, struct buf *out,
                            struct error *err)
{
    const struct file *file = find(path, false);
    (void)vault;
    buf_init(out, GIVEN_FILE_MAX);
    if (!file)
        return error_set(err, ST_NOT_FOUND, "nothing has been noted");
    buf_put_slice(out, buf_slice(&file->bytes));
    return ST_OK;
}

enum status given_file_write(const struct vault *vault, const char *path, struct slice bytes,
                             struct error *err)
{
    struct file *file = find(path, true);
    (void)vault, (void)err;
    buf_clear(&file->bytes);
    buf_put_slice(&file->bytes, bytes);
    return ST_OK;
}

void given_forget(const char *folder)
{
    size_t n = strlen(folder);
    for (size_t i = 0; i < FILES_MAX; i++)
        if (strncmp(files[i].path, folder, n) == 0 && files[i].path[n] == '/') {
            buf_release(&files[i].bytes);
            files[i] = (struct file){0};
        }
}
