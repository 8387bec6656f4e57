/* SPDX-License-Identifier: MulanPSL-2.0 */
/* ready: see ready.h. */
#include "server/core/ready.h"

#include "shared/db/migrate.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/statvfs.h>

int64_t ready_disk_free(const char *path)
{
    struct statvfs disk;
    if (statvfs(path, &disk) != 0)
        return -1;
    return (int64_t)disk.f_bavail * (int64_t)disk.f_frsize;
}

bool ready_look(struct server *srv, int64_t disk_free_min_mb, ready_reason *fn, void *arg)
{
    static const char *const sets[] = {"shared", "server/sqlite"};
    const int64_t free_mb = ready_disk_free(srv->folder) >> 20;
    struct error err;
    char text[256];
    bool ready = true;

    if (server_refresh(srv, &err) != ST_OK) {
        fn(arg, "database", err.text);
        ready = false;
    }
    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
        if (migrate_look(srv->db, sets[i], &err) != ST_OK) {
            fn(arg, "migrations", err.text);
            ready = false;
        }
    if (!materialise_is_current(srv->rep)) {
        fn(arg, "migrations", "记录表由另一个版本的程序做成：请用同一个版本重新启动 huced serve");
        ready = false;
    }
    if (server_recovering(srv)) {
        fn(arg, "recovering", "本县正在恢复，不接收改动：huced recovery status");
        ready = false;
    }
    if (free_mb < disk_free_min_mb) {
        snprintf(text, sizeof(text),
                 "数据目录所在的盘只剩 %" PRId64 " MB，不到 %" PRId64 " MB：请腾出空间", free_mb,
                 disk_free_min_mb);
        fn(arg, "disk_full", text);
        ready = false;
    }
    return ready;
}
