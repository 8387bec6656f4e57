/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * backup: huced backup FOLDER: a consistent copy of the database, while the server runs, and the
 * keys beside it. The copy is a data folder by itself: huced serve --data FOLDER. What was signed
 * since is noted in DATA/heads, which is left out: without it a county knows that it comes from a
 * backup, and gets back what is missing first (core/recovery.h).
 */
#include "server/cmd/cmd.h"
#include "server/core/server.h"

#include "shared/base/check.h"
#include "shared/base/file.h"

#include <stdio.h>

static enum status copy_key(const char *from_folder, const char *to_folder, const char *name,
                            struct error *err)
{
    char *from = file_join(from_folder, name), *to = file_join(to_folder, name);
    struct buf bytes;
    enum status st = ST_OK;
    buf_init(&bytes, 0);
    if (file_exists(from)) { /* root.key and recovery.key are best elsewhere */
        st = file_read(from, 65536, &bytes, err);
        if (st == ST_OK)
            st = file_replace(to, buf_slice(&bytes), 0600, err);
    }
    if (bytes.p)
        secret_wipe(bytes.p, bytes.n);
    buf_release(&bytes);
    mem_free(from);
    mem_free(to);
    return st;
}

static enum status copy_database(struct db *db, const char *path, struct error *err)
{
    struct stmt *stmt = NULL;
    enum status st = db_prepare(db, slice_str("VACUUM INTO ?1"), &stmt, err);
    if (st == ST_OK) {
        bind_str(stmt, 1, path);
        st = stmt_run(stmt, err);
    }
    stmt_release(stmt);
    return st;
}

enum status cmd_backup(const struct options *options, struct error *err)
{
    static const char *const keys[] = {"registrar.key", "log.key",  "id.key",
                                       "nonce.key",     "root.key", "recovery.key"};
    struct server *srv;
    enum status st = expect_words(options, 1, 1, "备份目录", err);
    if (st == ST_OK)
        st = server_open(options_data(options), &srv, err);
    if (st != ST_OK)
        return st;
    const char *folder = options->words[0];
    char *path = file_join(folder, "huced.db");
    if (file_exists(path))
        st = error_set(err, ST_EXISTS, "%s 中已有备份，请换一个目录", folder);
    if (st == ST_OK)
        st = file_make_folder(folder, 0700, err);
    if (st == ST_OK)
        st = copy_database(srv->db, path, err);
    for (size_t i = 0; i < ARRAY_LENGTH(keys) && st == ST_OK; i++)
        st = copy_key(srv->folder, folder, keys[i], err);
    if (st == ST_OK)
        printf("已备份到 %s\n启用备份时，本县先处于恢复状态，等各台电脑把备份以后的交还：huced "
               "recovery status\n",
               folder);
    mem_free(path);
    server_close(srv);
    return st;
}
