/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * api: what `huce serve` answers on this machine. JSON in the shapes of the command line's --json
 * (agent/core/view.h); errors as in http_server.h. With "Huce-Session: <token>" unless marked open.
 *
 *   GET    /api/session                    open  who may unlock, and whether it is unlocked
 *   POST   /api/unlock                     open  {"pin", "as"?} → {"session": token, "person", …}
 *   POST   /api/lock
 *   GET    /api/status                     counts per ledger, and the exchange
 *   GET    /api/types                      record types with fields, rules and code lists
 *   GET    /api/records/TYPE               ?where | ?deleted=1, ?q ?ledger ?limit ?offset →
 *                                          {"records", "total", …}
 *   POST   /api/records/TYPE               {"fields", "id"?, "ledger"?, "note"?}
 *   GET    /api/records/TYPE/ID
 *   PATCH  /api/records/TYPE/ID            {"fields", "version", "note"?}: others stay; or PUT
 *   DELETE /api/records/TYPE/ID            {"note", "version"}
 *   POST   /api/records/TYPE/ID/restore    {"version", "note"?}: a deleted one counts again
 *   GET    /api/records/TYPE/ID/history
 *   GET    /api/conflicts                  ?reported=1: those decided by rule; GET …/ID
 *   POST   /api/conflicts/ID/resolve       {"take": "A" | "value": …, "version", "note"?}
 *   POST   /api/records/TYPE/ID/transfer   {"to": code, "ledger"?, "note"?}: moves with its archive
 *   GET    /api/transfers                  GET /api/transfers/ID: what moves have left open
 *   POST   /api/transfers/ID/take          {"drop"?: true, "note"?}
 *   GET    /api/duplicates                 records that may be one thing, and what was said of it
 *   POST   /api/duplicates/link            {"a", "b", "note"}: they are; …/unlink: they are not
 *   GET    /api/tasks                      GET /api/tasks/ID: what came back
 *   POST   /api/tasks/ID/send              {"fields"?: {name: text}, "without"?: [name], "note"?}
 *   POST   /api/tasks/ID/drop              {"note"}
 *   GET    /api/report                     GET /api/report/NAME ?ledger ?date ?month
 *   GET    /api/sync                       POST /api/sync: begin now
 *
 * version is what came with the record or conflict that was shown. Fields that moved since then are
 * asked about: 409 {"error": {"code": "moved", …}, "version": the new one, "moved": [{"field",
 * "label", "yours", "now", "by", …}]}. Sending the same again with the new version overrules them.
 */
#ifndef AGENT_API_API_H
#define AGENT_API_API_H

#include <jansson.h>

#include "agent/api/background.h"
#include "agent/api/login.h"
#include "agent/core/seen.h"
#include "shared/net/http_server.h"

struct api {
    struct desk *desk;
    struct loop *loop;
    struct http_server *http;
    struct background *background;
    struct login login;
    struct author author;    /* while the session is open */
    struct loop_timer *idle; /* to the session's deadline */
    struct loop_timer *rest; /* to when memory is given back; NULL: it has been */
    int64_t used_ms;         /* last request */
    struct report_job *reports;
};

/* Listens and begins to exchange. address: loopback only (ST_REFUSED). */
struct api_options {
    const char *address; /* numeric */
    uint16_t port;
    unsigned sync_every_s; /* 0: only when somebody asks */
    unsigned lock_after_s; /* 0: never by itself */
};
MUST_USE enum status api_start(struct desk *desk, struct loop *loop,
                               const struct api_options *options, struct api **out,
                               struct error *err);
void api_stop(struct api *api); /* NULL allowed */

/* ---- between the files of this folder ---- */

#define API_TYPE_MAX 64
#define API_ID_MAX 64

/* One request on its way through. */
struct call {
    struct api *api;
    const struct http_request *request;
    struct http_response *response;
    char type[API_TYPE_MAX]; /* from the path, "" when it has none */
    char id[API_ID_MAX];
    json_t *body;     /* an object; {} when nothing was sent */
    unsigned park_ms; /* set by a handler that has no answer yet: it is called again */
};

/* Where the desk is unlocked it has been refreshed, and author.grant is in force. */
typedef void api_handler(struct call *call);
api_handler api_session, api_unlock, api_lock, api_status, api_types, api_sync, api_sync_now;
api_handler api_list, api_create, api_get, api_edit, api_delete, api_restore, api_history;
api_handler api_conflicts, api_conflict, api_resolve;
api_handler api_duplicates, api_duplicate_link, api_duplicate_unlink;
api_handler api_transfer, api_transfers, api_transfer_show, api_transfer_take;
api_handler api_tasks, api_task, api_task_send, api_task_drop, api_reports, api_report;

/* What the person who is here has on a chain that split is signed again (core/fork.h). */
void api_heal(struct api *api);

/* Takes the JSON. */
void api_answer(struct call *call, unsigned status, json_t *json);
void api_refuse(struct call *call, unsigned status, const char *code, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* An error of core; field: the field it is about, or NULL. */
void api_fail(struct call *call, const struct error *err, const char *field);

/* Looks a record of the path up; both may be NULL. */
MUST_USE enum status api_find(struct call *call, const struct catalog_table **table,
                              struct ledger **ledger, struct record_id *id, struct error *err);
/* A text of the body. *out = NULL when it is absent; needed: that is an error. */
MUST_USE enum status api_text(const struct call *call, const char *name, bool needed,
                              const char **out, struct error *err);
/* The version of the body, which must be there. */
MUST_USE enum status api_seen(struct call *call, struct seen *out, struct error *err);
/* Reads a query parameter: *out = NULL when absent; else `room`. */
MUST_USE enum status api_param(struct call *call, const char *name, char *room, size_t size,
                               const char **out, struct error *err);

/* Ends the session and forgets the key. */
void api_lock_now(struct api *api);
/* Nobody waits for reports any more. */
void api_report_stop(struct api *api);

#endif
