/* SPDX-License-Identifier: MulanPSL-2.0 */
/* config: see config.h. */
#include "server/core/config.h"

#include "shared/base/check.h"
#include "shared/base/file.h"
#include "shared/net/http_server.h"

#include <errno.h>
#include <ini.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { TEXT, ADDRESS, LOOPBACK, NUMBER, CHOICE };

static const struct {
    const char *section, *name;
    enum kind kind;
    const char *preset;
    int64_t min, max;    /* of numbers */
    const char *choices; /* "off|json" */
    const char *help;    /* a line, or several */
} table[CONFIG_KEYS] = {
    [CONFIG_DATA] = {"server", "data", TEXT, "/var/lib/huced",
                     .help = "数据目录：数据库和密钥都在里面。"},
    [CONFIG_LISTEN] = {"server", "listen", ADDRESS, "127.0.0.1:8443",
                       .help = "各台电脑连接的 IP:端口。不是本机地址时必须有 TLS 证书。"},
    [CONFIG_TLS_CERT] = {"server", "tls_cert", TEXT, "",
                         .help = "TLS 证书（PEM，可带证书链）。和 tls_key 一起给。"},
    [CONFIG_TLS_KEY] = {"server", "tls_key", TEXT, "", .help = "TLS 私钥（PEM）。"},
    [CONFIG_PORT_FILE] = {"server", "port_file", TEXT, "",
                          .help = "监听端口写进这个文件（端口写 0 时由系统选）。"},
    [CONFIG_MAX_CLIENTS] = {"server", "max_clients", NUMBER, "1024", 1, 65536,
                            .help = "最多同时有多少个连接。"},
    [CONFIG_MAX_CLIENTS_PER_ADDRESS] =
        {"server", "max_clients_per_address", NUMBER, "0", 0, 65536,
         .help = "同一地址最多同时有多少个连接；0：不限。在代理之后都来自代理的地址，须为 0。"},
    [CONFIG_IDLE_TIMEOUT_S] = {"server", "idle_timeout_s", NUMBER, "60", 5, 3600,
                               .help = "连接多少秒没有动静就断开。"},
    [CONFIG_ADMIN_LISTEN] = {"admin", "listen", LOOPBACK, "",
                             .help =
                                 "管理员的地址，只能在本机：/metrics、/readyz、/healthz。\n"
                                 "不设时 /metrics 就在上面的地址，但那里不是本机地址时不提供。"},
    [CONFIG_ADMIN_PORT_FILE] = {"admin", "port_file", TEXT, "",
                                .help = "管理员地址的端口写进这个文件。"},
    [CONFIG_LOG_REQUESTS] = {"log", "requests", CHOICE, "off", .choices = "off|json",
                             .help = "每个请求一行 JSON，写到标准错误；不含姓名、编号、地址。"},
    [CONFIG_LOG_LEVEL] = {"log", "level", CHOICE, "warn", .choices = "error|warn|info|debug",
                          .help = "别的消息从哪一级开始写。"},
    [CONFIG_DISK_FREE_MB] = {"ready", "disk_free_mb", NUMBER, "512", 0, 1 << 30,
                             .help = "数据目录所在的盘剩余不到这么多 MB 时，/readyz 说没有准备好，"
                                     "huced doctor 报警。"},
    [CONFIG_QUOTA_LEDGER_CHANGES_MB] =
        {"quota", "ledger_changes_mb", NUMBER, "256", 0, 1 << 20,
         .help = "一个账本一天最多收多少 MB 改动；0：不限。超过的留在各台电脑，第二天自动再送。"},
    [CONFIG_QUOTA_DESK_CHANGES_MB] = {"quota", "desk_changes_mb", NUMBER, "1024", 0, 1 << 20,
                                      .help = "一台电脑一天最多送多少 MB 改动；0：不限。"},
    [CONFIG_QUOTA_LEDGER_ATTACHMENTS_MB] = {"quota", "ledger_attachments_mb", NUMBER, "4096", 0,
                                            1 << 20,
                                            .help = "一个账本一天最多收多少 MB 附件；0：不限。"},
    [CONFIG_QUOTA_DESK_ATTACHMENTS_MB] = {"quota", "desk_attachments_mb", NUMBER, "8192", 0,
                                          1 << 20,
                                          .help = "一台电脑一天最多送多少 MB 附件；0：不限。"},
    [CONFIG_RETENTION_UPLOADS_DAYS] =
        {"retention", "uploads_days", NUMBER, "30", 1, 3650,
         .help = "huced tidy：没传完的附件、没有改动提到的附件，多少天以后清掉。"},
    [CONFIG_RETENTION_INVITES_DAYS] = {"retention", "invites_days", NUMBER, "90", 1, 3650,
                                       .help =
                                           "huced tidy：作废或用过的邀请，过期多少天以后清掉。"},
    [CONFIG_BACKUP_FOLDER] = {"backup", "folder", TEXT, "",
                              .help = "备份放在哪个目录下（每个备份一个子目录），"
                                      "huced doctor 看最新的一个。"},
    [CONFIG_BACKUP_HOURS] = {"backup", "max_age_hours", NUMBER, "26", 1, 8760,
                             .help = "最新的备份超过多少小时，huced doctor 报警。"},
    [CONFIG_BACKUP_KEEP] = {"backup", "keep", NUMBER, "14", 0, 4000,
                            .help = "huced backup --config 留下最新的多少个备份；0：全部留下。"},
};

struct config_name config_name(enum config_key key)
{
    struct config_name name;
    snprintf(name.text, sizeof(name.text), "[%s] %s", table[key].section, table[key].name);
    return name;
}

/* Which of "a|b|c"; -1: none. */
static int choice_of(const char *choices, const char *value)
{
    const size_t n = strlen(value);
    int i = 0;
    for (const char *p = choices;; p += strcspn(p, "|") + 1, i++) {
        if (strcspn(p, "|") == n && memcmp(p, value, n) == 0)
            return i;
        if (!p[strcspn(p, "|")])
            return -1;
    }
}

static enum status judge(enum config_key key, const char *value, int64_t *number, struct error *err)
{
    char host[64], *end;
    uint16_t port;
    *number = 0;
    switch (table[key].kind) {
    case TEXT:
        return ST_OK;
    case LOOPBACK:
        if (!*value)
            return ST_OK;
        if (!http_address_parse(value, host, &port))
            return error_set(err, ST_USAGE, "%s = %s 应为 IP:端口", config_name(key).text, value);
        return http_address_loopback(host)
                   ? ST_OK
                   : error_set(err, ST_USAGE, "%s = %s 应为本机地址，如 127.0.0.1:9443",
                               config_name(key).text, value);
    case ADDRESS:
        return http_address_parse(value, host, &port)
                   ? ST_OK
                   : error_set(err, ST_USAGE, "%s = %s 应为 IP:端口", config_name(key).text, value);
    case NUMBER:
        errno = 0;
        *number = strtoll(value, &end, 10);
        return *value && !*end && errno == 0 && *number >= table[key].min &&
                       *number <= table[key].max
                   ? ST_OK
                   : error_set(err, ST_USAGE, "%s = %s 应在 %" PRId64 " 到 %" PRId64 " 之间",
                               config_name(key).text, value, table[key].min, table[key].max);
    case CHOICE:
        *number = choice_of(table[key].choices, value);
        return *number >= 0 ? ST_OK
                            : error_set(err, ST_USAGE, "%s = %s 应为其中一个: %s",
                                        config_name(key).text, value, table[key].choices);
    }
    CHECK(false);
}

void config_init(struct config *config)
{
    *config = (struct config){0};
    for (int key = 0; key < CONFIG_KEYS; key++) {
        config->value[key].text = table[key].preset;
        CHECK(judge(key, table[key].preset, &config->value[key].number, NULL) == ST_OK);
    }
}

void config_release(struct config *config)
{
    arena_release(&config->arena);
}

enum status config_set(struct config *config, enum config_key key, const char *value,
                       struct error *err)
{
    int64_t number;
    enum status st = judge(key, value, &number, err);
    if (st != ST_OK)
        return st;
    config->value[key].text = arena_copy(&config->arena, value, strlen(value) + 1);
    config->value[key].number = number;
    return ST_OK;
}

/* ---- reading ---- */

struct reading {
    struct config *config;
    config_finding *fn;
    void *arg;
    struct slice rest; /* lines to come */
    unsigned line;     /* that libinih has been given last */
    size_t findings;
};

static void found(struct reading *r, const char *text)
{
    r->fn(r->arg, r->line, text);
    r->findings++;
}

/* As fgets. A line that is too long for the library is not cut in two, but said and passed over. */
static char *next_line(char *out, int size, void *arg)
{
    struct reading *r = arg;
    if (!r->rest.n)
        return NULL;
    const uint8_t *end = memchr(r->rest.p, '\n', r->rest.n);
    size_t n = end ? (size_t)(end - r->rest.p) : r->rest.n;
    const size_t taken = n + (end != NULL);
    r->line++;
    if (n > CONFIG_LINE_MAX || n >= (size_t)size || memchr(r->rest.p, 0, n)) {
        char text[96];
        snprintf(text, sizeof(text), "这一行读不懂：超过 %d 字节，或不是文字", CONFIG_LINE_MAX);
        found(r, text);
        n = 0;
    }
    memcpy(out, r->rest.p, n);
    out[n] = 0;
    r->rest = slice_of(r->rest.p + taken, r->rest.n - taken);
    return out;
}

/* The nearest name: the one that begins most alike. */
static enum config_key nearest(const char *section, const char *name)
{
    enum config_key best = CONFIG_KEYS;
    size_t most = 2;
    for (int key = 0; key < CONFIG_KEYS; key++) {
        size_t alike = 0;
        while (name[alike] && name[alike] == table[key].name[alike])
            alike++;
        if (alike == strlen(name) && alike == strlen(table[key].name))
            alike += 64; /* right name, wrong section */
        alike += alike > 0 && strcmp(section, table[key].section) == 0;
        if (alike > most) {
            most = alike;
            best = key;
        }
    }
    return best;
}

static int on_value(void *arg, const char *section, const char *name, const char *value)
{
    struct reading *r = arg;
    struct error err;
    char text[ERROR_TEXT_MAX];
    int key = 0;
    while (key < CONFIG_KEYS &&
           (strcmp(section, table[key].section) != 0 || strcmp(name, table[key].name) != 0))
        key++;
    if (key == CONFIG_KEYS) {
        const enum config_key meant = nearest(section, name);
        snprintf(text, sizeof(text), "没有 [%s] %s 这个设置%s%s", section, name,
                 meant < CONFIG_KEYS ? "，是不是 " : "（全部设置: huced config example）",
                 meant < CONFIG_KEYS ? config_name(meant).text : "");
        found(r, text);
    } else if (r->config->value[key].line) {
        snprintf(text, sizeof(text), "%s 说了两次，上一次在第 %u 行", config_name(key).text,
                 r->config->value[key].line);
        found(r, text);
    } else if (config_set(r->config, key, value, &err) != ST_OK) {
        found(r, err.text);
        r->config->value[key].line = r->line;
    } else {
        r->config->value[key].line = r->line;
    }
    return 1;
}

enum status config_read(struct config *config, const char *path, config_finding *fn, void *arg,
                        struct error *err)
{
    struct reading r = {.config = config, .fn = fn, .arg = arg};
    struct buf bytes;
    enum status st = file_read(path, CONFIG_FILE_MAX, &bytes, err);
    if (st == ST_OK) {
        r.rest = buf_slice(&bytes);
        const int line = ini_parse_stream(next_line, &r, on_value, &r);
        if (line > 0) {
            r.line = (unsigned)line;
            found(&r, "这一行既不是 [段] 也不是 名称 = 值");
        }
        if (line < 0 || r.findings)
            st = error_set(err, ST_INVALID, "%s 有 %zu 处要改", path, r.findings);
    }
    buf_release(&bytes);
    return st;
}

enum status config_agrees(const struct config *config, config_finding *fn, void *arg,
                          struct error *err)
{
    const bool cert = *config_text(config, CONFIG_TLS_CERT);
    const bool key = *config_text(config, CONFIG_TLS_KEY);
    char host[64];
    uint16_t port;
    if (cert != key) {
        fn(arg, config->value[cert ? CONFIG_TLS_CERT : CONFIG_TLS_KEY].line,
           "tls_cert 和 tls_key 要一起给");
        return error_set(err, ST_USAGE, "tls-cert 和 tls-key 要一起给");
    }
    CHECK(http_address_parse(config_text(config, CONFIG_LISTEN), host, &port));
    if (!cert && !http_address_loopback(host)) {
        fn(arg, config->value[CONFIG_LISTEN].line,
           "不是本机地址：对外服务必须使用 TLS（tls_cert 和 tls_key）");
        return error_set(err, ST_REFUSED,
                         "%s 不是本机地址: 对外服务必须使用 TLS（tls-cert 和 tls-key）", host);
    }
    return ST_OK;
}

void config_write(const struct config *config, struct buf *out)
{
    const char *section = "";
    for (int key = 0; key < CONFIG_KEYS; key++) {
        if (strcmp(section, table[key].section) != 0) {
            buf_printf(out, "%s[%s]\n", *section ? "\n" : "", table[key].section);
            section = table[key].section;
        }
        for (const char *p = table[key].help; *p;) {
            const size_t n = strcspn(p, "\n");
            buf_put_str(out, "# ");
            buf_put(out, p, n);
            buf_put_str(out, "\n");
            p += n + (p[n] == '\n');
        }
        if (table[key].kind == NUMBER)
            buf_printf(out, "# %" PRId64 " 到 %" PRId64 "\n", table[key].min, table[key].max);
        else if (table[key].kind == CHOICE)
            buf_printf(out, "# 其中一个: %s\n", table[key].choices);
        const char *value = config->value[key].text;
        buf_printf(out, "%s%s =%s%s\n", strcmp(value, table[key].preset) == 0 ? "#" : "",
                   table[key].name, *value ? " " : "", value);
    }
}
