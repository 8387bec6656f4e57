/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * api: what `huce serve` answers on this machine. JSON in the shapes of the command line's --json
 * (agent/core/view.h); errors as in http_server.h. With "Huce-Session: <token>" unless marked open.
 *
 *   GET    /api/session                    open  who may unlock, and whether it is unlocked
 *   POST   /api/join                       open  {"invite", "pin", "passphrase"?}: a new desk, or
 *                                          one more person or key at the one that is here
 *   POST   /api/join/request               open  the same → a file for the county, to be carried
 *   POST   /api/join/answer                open  {"answer": base64, "pin", "passphrase"?}
 *   POST   /api/open                       open  {"passphrase"}: of a folder that is closed up
 *   POST   /api/unlock                     open  {"pin", "as"?} → {"session": token, "person", …}
 *   POST   /api/lock
 *   POST   /api/pin                        {"old", "new"}
 *   GET    /api/vault                      is the folder closed up; POST {"set": "on"|"off"|
 *                                          "passphrase", "old"?, "passphrase"?}
 *   GET    /api/status                     counts per ledger, and the exchange
 *   GET    /api/types                      record types with fields, rules and code lists
 *   GET    /api/records/TYPE               ?where | ?deleted=1, ?q ?ledger ?limit ?offset →
 *                                          {"records", "total", "titles", …}
 *   POST   /api/records/TYPE               {"fields", "id"?, "ledger"?, "note"?}
 *   POST   /api/batch                      {"items": [{"type", "fields", "id"?, "version"?,
 * "note"?}], "ledger"?, "try"?, "skip_bad"?}: one save of several → {"saved", "items": [{"id",
 * "changed", "error"?}]} GET    /api/records/TYPE/ID PATCH  /api/records/TYPE/ID {"fields",
 * "version", "note"?}: others stay; or PUT DELETE /api/records/TYPE/ID            {"note",
 * "version"} POST   /api/records/TYPE/ID/restore    {"version", "note"?}: a deleted one counts
 * again GET    /api/records/TYPE/ID/archive    {"records": it and what belongs to it, "titles"} GET
 * /api/records/TYPE/ID/history GET    /api/conflicts                  ?reported=1: those decided by
 * rule; GET …/ID POST   /api/conflicts/ID/resolve       {"take": "A" | "value": …, "version",
 * "note"?} POST   /api/records/TYPE/ID/transfer   {"to": code, "ledger"?, "note"?}: moves with its
 * archive GET    /api/transfers                  GET /api/transfers/ID: what moves have left open
 *   POST   /api/transfers/ID/take          {"drop"?: true, "note"?}
 *   GET    /api/duplicates                 records that may be one thing, and what was said of it
 *   POST   /api/duplicates/link            {"a", "b", "note"}: they are; …/unlink: they are not
 *   GET    /api/tasks                      GET /api/tasks/ID: what came back
 *   POST   /api/tasks/ID/send              {"fields"?: {name: text}, "without"?: [name], "note"?}
 *   POST   /api/tasks/ID/drop              {"note"}
 *   GET    /api/report                     GET /api/report/NAME ?ledger ?date ?month
 *                                          ?format=xlsx|csv: as a file; …/records ?column ?code:
 *                                          what stands behind a figure
 *   GET    /api/find                       ?q ?limit: people and households (core/find.h)
 *   GET    /api/changes                    ?by ?field ?type ?from ?to ?ledger: the newest 500
 *   POST   /api/import/TYPE                {"csv", "dry_run"?, "skip_bad"?, "note"?, "ledger"?} →
 *                                          counts and {"problems": [{"line", "text"}]}
 *   POST   /api/export/TYPE                {"format": "xlsx"|"csv", "where"?, "q"?, "ledger"?,
 *                                          "reason"?: unmasked, signed for} → the file
 *   POST   /api/attachments                ?type &id | &ledger, ?keep_position: the file as body →
 *                                          {"value": for the field, "hash", "thumb", …}
 *   GET    /api/attachments                ?type &id ?missing → {"attachments", "bytes", …}
 *   GET    /api/attachments/HASH           the picture, small or whole, or a range of it; 202
 *                                          {"here": false, "got", "size"}: it is being fetched
 *   GET    /api/sync                       POST /api/sync: begin now
 *   GET    /api/sticks                     what is plugged in, and how the last job with one goes
 *   POST   /api/sticks/pack                {"place"}: for the county; …/take: what came back
 *   GET    /api/audit                      how it goes, what it found; POST {"ledger"?}: begin
 *   GET    /api/units                      ledgers, how new they are, who may write (core/units.h)
 *
 * Beside the routes stands the page itself (page.h). "titles": {id: what it is called}, of records
 * that are referred to. "drafts" of a session: the key for what a page keeps unsaved.
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
    struct desk *desk; /* NULL: not joined yet, or closed up */
    struct desk *own;  /* the same: it is closed here */
    const char *folder;
    unsigned sync_every_s;
    struct loop *loop;
    struct http_server *http;
    struct background *background;
    struct login login;
    struct author author;    /* while the session is open */
    struct loop_timer *idle; /* to the session's deadline */
    struct loop_timer *rest; /* to when memory is given back; NULL: it has been */
    int64_t used_ms;         /* last request */
    struct aside_job *aside; /* aside.h */
    struct stick_job *stick; /* the newest; NULL: none yet */
    struct audit_job *audit; /* likewise */
};

/* Listens and begins to exchange. address: loopback only (ST_REFUSED). The desk belongs to the
 * service once this is ST_OK. desk NULL: nobody has joined in the folder yet, or it is closed up;
 * then nothing is answered but the page, joining and opening. */
struct api_options {
    const char *address; /* numeric */
    const char *folder;  /* of the desk that is to be; lives as long */
    uint16_t port;
    unsigned sync_every_s; /* 0: only when somebody asks */
    unsigned lock_after_s; /* 0: never by itself */
};
MUST_USE enum status api_start(struct desk *desk, struct loop *loop,
                               const struct api_options *options, struct api **out,
                               struct error *err);
void api_stop(struct api *api); /* NULL allowed */

/* ---- between the files of this folder ---- */

#define API_TYPE_MAX 80
#define API_ID_MAX 80

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
api_handler api_join, api_join_request, api_join_answer, api_open, api_vault, api_vault_set,
    api_pin;
api_handler api_session, api_unlock, api_lock, api_status, api_types, api_sync, api_sync_now;
api_handler api_batch;
api_handler api_list, api_create, api_get, api_edit, api_delete, api_restore, api_history;
api_handler api_sticks, api_stick_pack, api_stick_take;
api_handler api_audit, api_audit_begin, api_units;
api_handler api_archive, api_find_people, api_changes, api_import, api_export_list;
api_handler api_conflicts, api_conflict, api_resolve;
api_handler api_attach, api_attachments, api_attachment;
api_handler api_duplicates, api_duplicate_link, api_duplicate_unlink;
api_handler api_transfer, api_transfers, api_transfer_show, api_transfer_take;
api_handler api_tasks, api_task, api_task_send, api_task_drop, api_reports, api_report, api_figure,
    api_door;

/* Begins to work on a desk. */
void api_take_desk(struct api *api, struct desk *desk);
/* What the person who is here has on a chain that split is signed again (core/fork.h). */
void api_heal(struct api *api);

/* A list of conflicts, duplicates … or one of them, as who is here sees it (sight_item). */
void api_mask(struct call *call, json_t *items);
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
void api_stick_stop(struct api *api);
bool api_stick_is_working(const struct api *api);
void api_audit_stop(struct api *api);
bool api_audit_is_working(const struct api *api);

#endif
