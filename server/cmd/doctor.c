/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * doctor: huced doctor: looks at everything that an operator can put right, and says what to do.
 * While the server runs, or while it cannot. It only reads; --full reads every byte (what `huced
 * audit` proves, and SQLite's own structure).
 *
 * Each finding: ok, warn (look at it this week) or bad (now; exit 1). Later questions are asked
 * only where the answers before allow it: a database that is not there has no migrations.
 */
#include "server/cmd/cmd.h"
#include "server/core/backup.h"
#include "server/core/ready.h"
#include "shared/base/check.h"
#include "shared/base/file.h"
#include "shared/base/time.h"
#include "shared/db/audit.h"
#include "shared/db/migrate.h"
#include "shared/net/certificate.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/timex.h>

#define PEM_MAX (256 * 1024)
#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define CERT_DAYS 21 /* enough to get another one */
#define CLOCK_MS (300 * 1000)

const struct option_spec cmd_doctor_options[] = {{"config", true}, {"full", false}, {0}};

enum level { OK, WARN, BAD };

struct doctor {
    const struct config *config;
    const char *data;
    bool json, full;
    enum level worst;
    json_t *findings;
    struct db *db;
    struct replica *rep;
    const struct ledger *ledger; /* being audited */
    int64_t now_ms;
};

static void say(struct doctor *d, enum level level, const char *check, const char *format, ...)
    PRINTF_LIKE(4, 5);
static void say(struct doctor *d, enum level level, const char *check, const char *format, ...)
{
    static const char *const words[] = {"ok", "warn", "bad"}, *const signs[] = {"正常", "注意",
                                                                                "有误"};
    char text[ERROR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (level > d->worst)
        d->worst = level;
    if (d->json)
        json_array_append_new(d->findings, json_pack("{s:s, s:s, s:s}", "check", check, "level",
                                                     words[level], "text", text));
    else
        printf("%s  %-11s %s\n", signs[level], check, text);
}

/* ---- the folder ---- */

/* One file of the folder: whose is it, and who may read it. */
static bool look_at_file(struct doctor *d, const struct stat *folder, const char *name, bool needed)
{
    char *path = file_join(d->data, name);
    struct stat file;
    const bool there = stat(path, &file) == 0;
    if (!there && needed)
        say(d, BAD, "files", "没有 %s：huced backup restore 可以从备份恢复", path);
    if (there && file.st_uid != folder->st_uid)
        say(d, BAD, "files",
            "%s 不属于数据目录的主人（多半是用 root 运行过命令）：chown --reference=%s %s", path,
            d->data, path);
    /* A folder that nobody else may enter guards what was made with looser habits. */
    if (there && (file.st_mode & 077) && (strstr(name, ".key") || (folder->st_mode & 077)))
        say(d, BAD, "files", "%s 别人也能读（%03o）：chmod 600 %s", path, file.st_mode & 0777,
            path);
    mem_free(path);
    return there;
}

static bool holds(const char *folder, const char *name)
{
    char *path = file_join(folder, name);
    const bool there = file_exists(path);
    mem_free(path);
    return there;
}

static bool is_of_a_desk(const char *folder)
{
    return holds(folder, "desk.db") && !holds(folder, "huced.db");
}

/* False: there is nothing further to look at. */
static bool look_at_folder(struct doctor *d)
{
    static const struct {
        const char *name;
        bool needed, secret_elsewhere;
    } files[] = {{"registrar.key", true, false}, {"log.key", false, false},
                 {"id.key", true, false},        {"nonce.key", true, false},
                 {"root.key", false, true},      {"recovery.key", false, true},
                 {"huced.db", true, false},      {"heads", false, false}};
    const enum level before = d->worst;
    struct stat folder;
    bool database = false;
    if (stat(d->data, &folder) != 0) {
        say(d, BAD, "files",
            "打不开数据目录 %s：%s。新的县用 huced init，恢复用 huced backup "
            "restore",
            d->data, strerror(errno));
        return false;
    }
    if (is_of_a_desk(d->data)) {
        say(d, BAD, "files",
            "%s 是一台电脑的数据文件夹（里面有 desk.db），不是县里的：县里的写在 --data 后面，"
            "或在设置文件里；查这台电脑：huce audit --data %s",
            d->data, d->data);
        return false;
    }
    if (folder.st_mode & 077)
        say(d, WARN, "files", "数据目录别人也能进（%03o）：chmod 700 %s", folder.st_mode & 0777,
            d->data);
    for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
        const bool there = look_at_file(d, &folder, files[i].name, files[i].needed);
        if (there && files[i].secret_elsewhere)
            say(d, WARN, "files",
                "%s 还在这台机器上：它用口令锁着，仍应放进保险柜里的 U 盘，再从这里删除",
                files[i].name);
        database = there && strcmp(files[i].name, "huced.db") == 0 ? true : database;
    }
    if (d->worst == before)
        say(d, OK, "files", "数据目录 %s，密钥的权限都对", d->data);
    return database;
}

static void look_at_disk(struct doctor *d)
{
    const int64_t free_mb = ready_disk_free(d->data) >> 20;
    const int64_t least_mb = config_number(d->config, CONFIG_DISK_FREE_MB);
    char *path = file_join(d->data, "huced.db");
    struct stat file = {0};
    (void)stat(path, &file);
    const int64_t size_mb = file.st_size >> 20;
    mem_free(path);
    if (free_mb < least_mb)
        say(d, BAD, "disk", "只剩 %" PRId64 " MB，不到 %" PRId64 " MB：请腾出空间或换更大的盘",
            free_mb, least_mb);
    else if (free_mb < size_mb + size_mb / 5)
        say(d, WARN, "disk",
            "只剩 %" PRId64 " MB，数据库 %" PRId64 " MB：升级或备份在同一个盘上会放不下", free_mb,
            size_mb);
    else
        say(d, OK, "disk", "剩 %" PRId64 " MB，数据库 %" PRId64 " MB", free_mb, size_mb);
}

/* ---- the clock ---- */

static void look_at_clock(struct doctor *d)
{
    struct timex clock = {0};
    int64_t latest_ms = 0;
    char when[TIME_TEXT_SIZE];
    for (size_t i = 0; d->rep && i < d->rep->ledger_count; i++)
        if (d->rep->ledgers[i]->admitted_ms > latest_ms)
            latest_ms = d->rep->ledgers[i]->admitted_ms;
    time_format_cst(latest_ms, when);
    if (latest_ms > d->now_ms + CLOCK_MS)
        say(d, latest_ms - d->now_ms > CLOCK_BACK_MAX_MS ? BAD : WARN, "clock",
            "时钟比最后收下的改动（%s）还早：请校准时钟；差一天以上就不再收改动", when);
    else if (adjtimex(&clock) == TIME_ERROR || (clock.status & STA_UNSYNC))
        say(d, WARN, "clock", "系统时钟没有和时间服务器同步：请启用 systemd-timesyncd 或 chrony");
    else
        say(d, OK, "clock", "系统时钟已同步");
}

/* ---- the database ---- */

static void quick_check(struct doctor *d)
{
    struct stmt *stmt = NULL;
    struct error err;
    bool row = false;
    size_t bad = 0;
    enum status st = db_prepare(
        d->db, slice_str(d->full ? "PRAGMA integrity_check(5)" : "PRAGMA quick_check(5)"), &stmt,
        &err);
    while (st == ST_OK && (st = stmt_step(stmt, &row, &err)) == ST_OK && row) {
        struct slice text = stmt_text(stmt, 0);
        if (slice_equal(text, slice_str("ok")))
            continue;
        say(d, BAD, "database", "数据库结构损坏：%.*s。停下服务，保留原件，用备份恢复", (int)text.n,
            (const char *)text.p);
        bad++;
    }
    stmt_release(stmt);
    if (st != ST_OK)
        say(d, BAD, "database", "数据库读不下去：%s。停下服务，保留原件，用备份恢复", err.text);
    else if (!bad)
        say(d, OK, "database", d->full ? "数据库结构完好（全部查过）" : "数据库结构完好（快查）");
}

/* True: the schema is this program's. */
static bool look_at_migrations(struct doctor *d)
{
    static const char *const sets[] = {"shared", "server/sqlite"};
    struct error err;
    for (size_t i = 0; i < ARRAY_LENGTH(sets); i++) {
        enum status st = migrate_look(d->db, sets[i], &err);
        if (st == ST_OK)
            continue;
        if (st == ST_NOT_FOUND)
            say(d, WARN, "migrations", "%s：备份后启动 huced serve，会自动升级", err.text);
        else
            say(d, BAD, "migrations", "%s：请安装写成它的那个版本，或用升级前的备份", err.text);
        return false;
    }
    say(d, OK, "migrations", "数据库是这个版本的");
    return true;
}

static void on_audit(void *arg, const struct finding *finding)
{
    struct doctor *d = arg;
    if (finding->damage || finding->county)
        say(d, BAD, "audit", "%s: %s: %s", d->ledger->origin.text, finding->code, finding->text);
}

static void audit(struct doctor *d)
{
    struct error err;
    bool all = true, ok = true;
    for (size_t i = 0; i < d->rep->ledger_count; i++) {
        d->ledger = d->rep->ledgers[i];
        if (audit_ledger(d->rep, d->rep->ledgers[i], AUDIT_COUNTY, on_audit, d, NULL, &ok, &err) !=
            ST_OK) {
            say(d, BAD, "audit", "%s: %s", d->ledger->origin.text, err.text);
            ok = false;
        }
        all &= ok;
    }
    if (all)
        say(d, OK, "audit", "%zu 个账本全部核对无误", d->rep->ledger_count);
}

static void look_at_tables(struct doctor *d)
{
    uint64_t behind = 0;
    for (size_t i = 0; i < d->rep->ledger_count; i++)
        behind += d->rep->ledgers[i]->tree.size - d->rep->ledgers[i]->folded;
    if (!materialise_is_current(d->rep))
        say(d, WARN, "tables", "记录表由另一个版本做成：启动 huced serve 会重做");
    else if (behind)
        say(d, WARN, "tables", "记录表还差 %" PRIu64 " 项：重新启动 huced serve", behind);
    else
        say(d, OK, "tables", "记录表和账本一致");
}

static void look_at_recovery(struct doctor *d)
{
    struct arena arena = {0};
    struct heads heads = {0};
    struct error err;
    char *path = file_join(d->data, "heads");
    if (!file_exists(path)) {
        if (store_setting(d->db, "heads", &arena))
            say(d, WARN, "recovery",
                "没有 %s：数据来自备份，启动后先恢复，不收改动：huced recovery status", path);
        else
            say(d, OK, "recovery", "新建的县");
    } else if (heads_open(&heads, d->data, true, d->now_ms, &err) != ST_OK ||
               heads_look(&heads, d->rep, &err) != ST_OK) {
        say(d, BAD, "recovery", "%s", err.text);
    } else if (heads_recovering(&heads)) {
        say(d, BAD, "recovery", "本县正在恢复，不收改动：huced recovery status");
    } else {
        say(d, OK, "recovery", "签过的账本头都在数据库里");
    }
    heads_release(&heads);
    arena_release(&arena);
    mem_free(path);
}

static void look_at_database(struct doctor *d)
{
    char *path = file_join(d->data, "huced.db");
    struct error err;
    if (db_open(path, DB_READ_ONLY, &d->db, &err) != ST_OK) {
        say(d, BAD, "database", "%s", err.text);
    } else {
        quick_check(d);
        if (d->worst < BAD && look_at_migrations(d)) {
            if (replica_open(d->db, &d->rep, &err) != ST_OK) {
                say(d, BAD, "database", "%s", err.text);
            } else {
                look_at_tables(d);
                look_at_recovery(d);
                if (d->full)
                    audit(d);
            }
        }
    }
    mem_free(path);
}

/* ---- what is around it ---- */

static void look_at_certificate(struct doctor *d)
{
    const char *path = config_text(d->config, CONFIG_TLS_CERT);
    const char *key = config_text(d->config, CONFIG_TLS_KEY);
    struct buf pem = {0};
    struct stat file;
    struct error err;
    int64_t ends_ms = 0;
    if (!*path) {
        say(d, OK, "certificate", "没有设置 TLS（只在本机监听）");
        return;
    }
    enum status st = file_read(path, PEM_MAX, &pem, &err);
    if (st == ST_OK)
        st = certificate_expiry(buf_slice(&pem), &ends_ms, &err);
    const int64_t days = (ends_ms - d->now_ms) / DAY_MS;
    if (st != ST_OK)
        say(d, BAD, "certificate", "%s", err.text);
    else if (ends_ms <= d->now_ms)
        say(d, BAD, "certificate", "TLS 证书已经过期，各台电脑连不上：用同一个私钥换新证书");
    else if (days < CERT_DAYS)
        say(d, WARN, "certificate",
            "TLS 证书还有 %" PRId64 " 天过期：用同一个私钥换新证书（邀请码里的指纹就不变）", days);
    else
        say(d, OK, "certificate", "TLS 证书还有 %" PRId64 " 天", days);
    if (stat(key, &file) != 0)
        say(d, BAD, "certificate", "读不到 TLS 私钥 %s：%s", key, strerror(errno));
    else if (file.st_mode & 037)
        say(d, BAD, "certificate", "TLS 私钥 %s 别人也能读（%03o）：chmod 640 %s", key,
            file.st_mode & 0777, key);
    buf_release(&pem);
}

static void look_at_backups(struct doctor *d)
{
    const char *parent = config_text(d->config, CONFIG_BACKUP_FOLDER);
    const int64_t hours = config_number(d->config, CONFIG_BACKUP_HOURS);
    char name[BACKUP_NAME_SIZE];
    struct error err;
    size_t count = 0;
    if (!*parent) {
        say(d, WARN, "backup",
            "没有设置备份目录：在设置文件里写 [backup] folder，每天运行 huced "
            "backup --config 文件");
        return;
    }
    if (backup_newest(parent, name, &count, &err) != ST_OK) {
        say(d, BAD, "backup", "%s", err.text);
        return;
    }
    const int64_t age_hours = count ? (d->now_ms - backup_time(name)) / 3600000 : 0;
    if (count == 0)
        say(d, BAD, "backup", "%s 里没有备份：huced backup --config 文件", parent);
    else if (age_hours >= hours)
        say(d, BAD, "backup",
            "最新的备份 %s 已经 %" PRId64 " 小时（不应超过 %" PRId64
            "）：看定时任务为什么没有做：systemctl status huced-backup.timer",
            name, age_hours, hours);
    else
        say(d, OK, "backup", "最新的备份 %s，共 %zu 个", name, count);
}

enum status cmd_doctor(const struct options *options, struct error *err)
{
    struct config config = {0};
    struct doctor d = {.config = &config,
                       .json = options_has(options, "json"),
                       .full = options_has(options, "full"),
                       .findings = json_array(),
                       .now_ms = time_now_ms()};
    const char *path = options_get(options, "config");
    enum status st = expect_words(options, 0, 0, "", err);
    if (st == ST_OK)
        st = options_config(options, &config, err);
    if (st == ST_OK) {
        d.data = config_text(&config, CONFIG_DATA);
        say(&d, OK, "config", "%s", path ? path : "没有设置文件，按命令行和默认值");
        if (look_at_folder(&d)) {
            look_at_disk(&d);
            look_at_database(&d);
        }
        look_at_clock(&d);
        look_at_certificate(&d);
        look_at_backups(&d);
        if (d.json)
            print_json(json_pack("{s:b, s:O}", "ok", d.worst < BAD, "findings", d.findings));
        if (d.worst == BAD)
            st = error_set(err, ST_REFUSED, "有需要马上处理的问题，见上");
    }
    replica_close(d.rep);
    db_close(d.db);
    json_decref(d.findings);
    config_release(&config);
    return st;
}
