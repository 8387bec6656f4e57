/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * config: the settings of `huced serve` and `huced doctor`, from a file and from the command line.
 *
 *   # a comment
 *   [server]
 *   listen = 127.0.0.1:8443
 *
 * One table says of every setting where it stands, what it may be, what it is when nobody says
 * anything, and what it is for; the file that `huced config example` prints is made from it, so no
 * setting is undocumented. What the table does not have is refused, with the line it stands in: a
 * mistyped name must not silently leave a default in force. The command line wins over the file.
 * The only door to libinih.
 */
#ifndef SERVER_CORE_CONFIG_H
#define SERVER_CORE_CONFIG_H

#include "shared/base/buf.h"
#include "shared/base/mem.h"
#include "shared/base/status.h"

#define CONFIG_FILE_MAX (64 * 1024)
#define CONFIG_LINE_MAX 190 /* bytes; libinih takes no longer lines */

enum config_key {
    CONFIG_DATA,
    CONFIG_LISTEN,
    CONFIG_TLS_CERT,
    CONFIG_TLS_KEY,
    CONFIG_PORT_FILE,
    CONFIG_MAX_CLIENTS,
    CONFIG_MAX_CLIENTS_PER_ADDRESS,
    CONFIG_IDLE_TIMEOUT_S,
    CONFIG_ADMIN_LISTEN,
    CONFIG_ADMIN_PORT_FILE,
    CONFIG_LOG_REQUESTS,
    CONFIG_LOG_LEVEL,
    CONFIG_DISK_FREE_MB,
    CONFIG_QUOTA_LEDGER_CHANGES_MB,
    CONFIG_QUOTA_DESK_CHANGES_MB,
    CONFIG_QUOTA_LEDGER_ATTACHMENTS_MB,
    CONFIG_QUOTA_DESK_ATTACHMENTS_MB,
    CONFIG_RETENTION_UPLOADS_DAYS,
    CONFIG_RETENTION_INVITES_DAYS,
    CONFIG_BACKUP_FOLDER,
    CONFIG_BACKUP_HOURS,
    CONFIG_BACKUP_KEEP,
    CONFIG_KEYS
};

struct config {
    struct {
        const char *text; /* in the arena, or static; "" : not set */
        int64_t number;   /* of settings that are numbers; of choices which one, from 0 */
        unsigned line;    /* of the file; 0: not from there */
    } value[CONFIG_KEYS];
    struct arena arena;
};

/* Everything as when nobody says anything. */
void config_init(struct config *config);
void config_release(struct config *config);

/* One thing that is wrong; line 0: of the whole. */
typedef void config_finding(void *arg, unsigned line, const char *text);
/* ST_INVALID after findings, of which there is one for each mistake; what was right is set. */
MUST_USE enum status config_read(struct config *config, const char *path, config_finding *fn,
                                 void *arg, struct error *err);
/* From the command line. ST_USAGE with words about what it may be. */
MUST_USE enum status config_set(struct config *config, enum config_key key, const char *value,
                                struct error *err);
/* What no single setting can tell: two that go together. */
MUST_USE enum status config_agrees(const struct config *config, config_finding *fn, void *arg,
                                   struct error *err);

/* Every setting with what it is for and its value, as a file that can be read back. */
void config_write(const struct config *config, struct buf *out);
/* "[server] listen" */
struct config_name {
    char text[48];
};
struct config_name config_name(enum config_key key);

static inline const char *config_text(const struct config *config, enum config_key key)
{
    return config->value[key].text;
}
static inline int64_t config_number(const struct config *config, enum config_key key)
{
    return config->value[key].number;
}

#endif
