/* SPDX-License-Identifier: MulanPSL-2.0 */
/* backup: see backup.h. */
#include "server/core/backup.h"

#include "shared/base/check.h"
#include "shared/base/file.h"
#include "shared/base/time.h"
#include "shared/codec/hex.h"
#include "shared/db/audit.h"
#include "shared/db/migrate.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SUMS "SHA256SUMS"
#define SUMS_MAX 4096
#define BACKUPS_MAX 4096

/* The database last: a folder that has one is a county. root.key and recovery.key may be
 * elsewhere, and are better there. */
static const char *const files[] = {"registrar.key", "log.key",   "log.2.key", "log.3.key",
                                    "log.4.key",     "log.5.key", "log.6.key", "log.7.key",
                                    "log.8.key",     "id.key",    "nonce.key", "root.key",
                                    "recovery.key",  "huced.db"};
_Static_assert(LOG_KEYS_MAX == 8, "all of them are in a backup");

void backup_name(int64_t now_ms, char out[static BACKUP_NAME_SIZE])
{
    char text[TIME_TEXT_SIZE];
    size_t n = 0;
    time_format_utc(now_ms, text);
    for (const char *p = text; *p && *p != '.'; p++)
        if (*p != '-' && *p != ':')
            out[n++] = *p;
    out[n++] = 'Z';
    out[n] = 0;
    CHECK(n + 1 == BACKUP_NAME_SIZE);
}

int64_t backup_time(const char *name)
{
    int year, month, day, hour, minute, second, n = 0;
    if (sscanf(name, "%4d%2d%2dT%2d%2d%2dZ%n", &year, &month, &day, &hour, &minute, &second, &n) !=
            6 ||
        n != BACKUP_NAME_SIZE - 1 || name[n] || !date_valid(year, month, day) || hour > 23 ||
        minute > 59 || second > 60)
        return -1;
    return ((int64_t)date_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 +
            second) *
           1000;
}

static bool add_piece(void *arg, struct slice piece)
{
    hash_add(arg, piece);
    return true;
}

static enum status hash_file(const char *path, struct hash *out, struct error *err)
{
    struct hash_run run;
    hash_begin(&run);
    enum status st = file_each_piece(path, add_piece, &run, err);
    hash_end(&run, out);
    return st;
}

/* ---- making ---- */

static enum status put_sums(const char *folder, struct error *err)
{
    struct buf text;
    enum status st = ST_OK;
    buf_init(&text, SUMS_MAX);
    for (size_t i = 0; i < ARRAY_LENGTH(files) && st == ST_OK; i++) {
        char *path = file_join(folder, files[i]), hex[2 * HASH_SIZE + 1];
        struct hash sum;
        if (file_exists(path)) {
            st = hash_file(path, &sum, err);
            hex_encode(hash_slice(&sum), hex);
            buf_printf(&text, "%s  %s\n", hex, files[i]);
        }
        mem_free(path);
    }
    char *path = file_join(folder, SUMS);
    if (st == ST_OK)
        st = file_replace(path, buf_slice(&text), 0600, err);
    mem_free(path);
    buf_release(&text);
    return st;
}

static enum status copy_file(const char *from_folder, const char *to_folder, const char *name,
                             struct error *err)
{
    char *from = file_join(from_folder, name), *to = file_join(to_folder, name);
    enum status st = file_exists(from) ? file_copy(from, to, 0600, err) : ST_OK;
    mem_free(from);
    mem_free(to);
    return st;
}

enum status backup_make(struct server *srv, const char *folder, struct error *err)
{
    char *path = file_join(folder, "huced.db");
    enum status st = ST_OK;
    if (file_exists(path))
        st = error_set(err, ST_EXISTS, "%s 中已有备份，请换一个目录", folder);
    if (st == ST_OK)
        st = file_make_folder(folder, 0700, err);
    for (size_t i = 0; i + 1 < ARRAY_LENGTH(files) && st == ST_OK; i++)
        st = copy_file(srv->folder, folder, files[i], err);
    if (st == ST_OK)
        st = db_copy(srv->db, path, err);
    if (st == ST_OK)
        st = put_sums(folder, err);
    mem_free(path);
    return st;
}

/* ---- verifying ---- */

struct verifying {
    const char *folder;
    backup_finding *fn;
    void *arg;
    size_t findings;
    const struct ledger *ledger;
};

static void found(struct verifying *v, const char *format, ...) PRINTF_LIKE(2, 3);
static void found(struct verifying *v, const char *format, ...)
{
    char text[ERROR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    v->fn(v->arg, text);
    v->findings++;
}

static enum status check_sum(struct verifying *v, const char *name, const char *hex,
                             struct error *err)
{
    char *path = file_join(v->folder, name), is[2 * HASH_SIZE + 1];
    struct hash sum;
    enum status st = ST_OK;
    if (!file_exists(path)) {
        found(v, "没有 %s", name);
    } else {
        st = hash_file(path, &sum, err);
        hex_encode(hash_slice(&sum), is);
        if (st == ST_OK && strcmp(is, hex) != 0)
            found(v, "%s 和备份时不一样", name);
    }
    mem_free(path);
    return st;
}

/* Lines "<64 hex digits>  <name>" of the files above; anything else is no backup's. */
static enum status check_sums(struct verifying *v, bool *there, struct error *err)
{
    char *path = file_join(v->folder, SUMS), *line, *rest = NULL;
    struct buf text = {0};
    enum status st = ST_OK;
    *there = file_exists(path);
    if (*there)
        st = file_read(path, SUMS_MAX, &text, err);
    for (line = text.p ? (char *)buf_cstr(&text) : NULL; st == ST_OK && line && *line;
         line = rest) {
        char hex[2 * HASH_SIZE + 1] = "", name[32] = "";
        rest = line + strcspn(line, "\n") + (strchr(line, '\n') != NULL);
        bool known = false;
        if (sscanf(line, "%64[0-9a-f]  %31[a-z0-9.]", hex, name) == 2)
            for (size_t i = 0; i < ARRAY_LENGTH(files); i++)
                known |= strcmp(name, files[i]) == 0;
        if (known)
            st = check_sum(v, name, hex, err);
        else
            found(v, "%s 里有一行读不懂", SUMS);
    }
    buf_release(&text);
    mem_free(path);
    return st;
}

static void on_audit(void *arg, const struct finding *finding)
{
    struct verifying *v = arg;
    if (finding->damage || finding->county)
        found(v, "%s: %s: %s", v->ledger->origin.text, finding->code, finding->text);
}

static enum status check_structure(struct verifying *v, struct db *db, struct error *err)
{
    struct stmt *stmt = NULL;
    bool row = false;
    enum status st = db_prepare(db, slice_str("PRAGMA integrity_check(20)"), &stmt, err);
    while (st == ST_OK && (st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        struct slice text = stmt_text(stmt, 0);
        if (!slice_equal(text, slice_str("ok")))
            found(v, "数据库结构: %.*s", (int)text.n, (const char *)text.p);
    }
    stmt_release(stmt);
    return st;
}

static enum status check_ledgers(struct verifying *v, struct replica *rep,
                                 struct backup_report *report, struct error *err)
{
    enum status st = ST_OK;
    if (!rep->registry_ledger || rep->registry_ledger->tree.size == 0)
        found(v, "里面没有县级数据");
    for (size_t i = 0; i < rep->ledger_count && st == ST_OK; i++) {
        bool ok = true;
        v->ledger = rep->ledgers[i];
        st = audit_ledger(rep, rep->ledgers[i], AUDIT_COUNTY, on_audit, v, NULL, &ok, err);
        report->ledgers++;
        report->leaves += v->ledger->tree.size;
        if (v->ledger->admitted_ms > report->newest_ms)
            report->newest_ms = v->ledger->admitted_ms;
    }
    return st;
}

static enum status check_database(struct verifying *v, struct backup_report *report,
                                  struct error *err)
{
    char *path = file_join(v->folder, "huced.db");
    struct db *db = NULL;
    struct replica *rep = NULL;
    struct error why;
    enum status st = db_open(path, DB_READ_ONLY, &db, &why);
    if (st == ST_OK)
        st = check_structure(v, db, &why);
    if (st == ST_OK && v->findings == 0)
        st = migrate_look(db, "shared", &why);
    if (st == ST_OK && v->findings == 0)
        st = migrate_look(db, "server/sqlite", &why);
    if (st == ST_NOT_FOUND || st == ST_REFUSED) {
        error_set(err, st, "备份由另一个版本的程序做成，请用那个版本核对：%s", why.text);
    } else {
        if (st == ST_OK && v->findings == 0)
            st = replica_open(db, &rep, &why);
        if (st == ST_OK && rep)
            st = check_ledgers(v, rep, report, &why);
        if (st != ST_OK)
            found(v, "%s", why.text);
        st = ST_OK;
    }
    replica_close(rep);
    db_close(db);
    mem_free(path);
    return st;
}

enum status backup_verify(const char *folder, backup_finding *fn, void *arg,
                          struct backup_report *report, struct error *err)
{
    static const char *const needed[] = {"registrar.key", "id.key", "nonce.key", "huced.db"};
    struct verifying v = {.folder = folder, .fn = fn, .arg = arg};
    *report = (struct backup_report){0};
    if (!file_is_folder(folder))
        return error_set(err, ST_NOT_FOUND, "没有目录 %s", folder);
    for (size_t i = 0; i < ARRAY_LENGTH(needed); i++) {
        char *path = file_join(folder, needed[i]);
        if (!file_exists(path))
            found(&v, "没有 %s", needed[i]);
        mem_free(path);
    }
    enum status st = v.findings ? ST_OK : check_sums(&v, &report->sums, err);
    if (st == ST_OK && v.findings == 0)
        st = check_database(&v, report, err);
    if (st == ST_OK && v.findings)
        st = error_set(err, ST_DAMAGED, "%s 不是完好的备份：%zu 处问题", folder, v.findings);
    return st;
}

/* ---- and back ---- */

enum status backup_restore(const char *folder, const char *data, struct error *err)
{
    char *path = file_join(data, "huced.db");
    enum status st = ST_OK;
    if (file_exists(path))
        st = error_set(err, ST_EXISTS,
                       "%s 中已有县级数据，不会覆盖：请先移到别处，或用 --data "
                       "指定新目录",
                       data);
    if (st == ST_OK)
        st = file_make_folder(data, 0700, err);
    for (size_t i = 0; i < ARRAY_LENGTH(files) && st == ST_OK; i++)
        st = copy_file(folder, data, files[i], err);
    mem_free(path);
    return st;
}

/* ---- regular ones ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

typedef char name_text[BACKUP_NAME_SIZE];

/* The whole ones, oldest first; the caller frees. */
static enum status list(const char *parent, name_text **out, size_t *count, struct error *err)
{
    size_t capacity = 0;
    struct dirent *entry;
    DIR *folder = opendir(parent);
    *out = NULL;
    *count = 0;
    if (!folder)
        return error_set(err, errno == ENOENT ? ST_NOT_FOUND : ST_IO, "看不了备份目录 %s：%s",
                         parent, strerror(errno));
    while ((entry = readdir(folder)) && *count < BACKUPS_MAX) {
        if (backup_time(entry->d_name) < 0)
            continue;
        char *path = file_join(parent, entry->d_name), *sums = file_join(path, SUMS);
        if (file_exists(sums)) {
            *out = mem_grow(*out, &capacity, *count + 1, sizeof(**out));
            memcpy((*out)[(*count)++], entry->d_name, BACKUP_NAME_SIZE);
        }
        mem_free(path);
        mem_free(sums);
    }
    closedir(folder);
    if (*count)
        qsort(*out, *count, sizeof(**out), by_name);
    return ST_OK;
}

enum status backup_newest(const char *parent, char name[static BACKUP_NAME_SIZE], size_t *count,
                          struct error *err)
{
    name_text *names;
    enum status st = list(parent, &names, count, err);
    name[0] = 0;
    if (st == ST_OK && *count)
        memcpy(name, names[*count - 1], BACKUP_NAME_SIZE);
    mem_free(names);
    return st;
}

/* SHA256SUMS first: what is left after a cut is no whole backup any more. */
static enum status remove_one(const char *folder, struct error *err)
{
    static const char *const others[] = {SUMS, "huced.db-wal", "huced.db-shm"};
    enum status st = ST_OK;
    for (size_t i = 0; i < ARRAY_LENGTH(others) + ARRAY_LENGTH(files) && st == ST_OK; i++) {
        char *path = file_join(folder, i < ARRAY_LENGTH(others) ? others[i]
                                                                : files[i - ARRAY_LENGTH(others)]);
        if (unlink(path) != 0 && errno != ENOENT)
            st = error_set(err, ST_IO, "删不掉旧备份 %s：%s", path, strerror(errno));
        mem_free(path);
    }
    if (st == ST_OK && rmdir(folder) != 0)
        st = error_set(err, ST_IO, "删不掉旧备份 %s：%s", folder, strerror(errno));
    return st;
}

enum status backup_prune(const char *parent, size_t keep, size_t *gone, struct error *err)
{
    name_text *names;
    size_t count;
    enum status st = list(parent, &names, &count, err);
    *gone = 0;
    for (size_t i = 0; i + keep < count && st == ST_OK; i++) {
        char *folder = file_join(parent, names[i]);
        st = remove_one(folder, err);
        *gone += st == ST_OK;
        mem_free(folder);
    }
    mem_free(names);
    return st;
}
