/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * edit: from people's words to a body that can be saved.
 *
 * What a form, a command line or a row of an import says ("电话=13800000000") becomes ops by the
 * catalog's types and policies, checked over the whole resulting record before anything is written:
 *
 *   lww, review, authority …  put            set       add / remove      "+党员,-留守老人" or a
 * list state                     step from→to   counter   delta             "+5", "-2"
 *
 * Fields the author's role may not write are refused by name. Values that stand already are left
 * out, so saving a form twice changes nothing.
 *
 * "Seen" means shown to the person. A form brings along the version it displayed (seen.h): a field
 * that it left as it was shown is left out, and one that moved under the form's hands is named in
 * the result for the person to decide, never overwritten. Words typed without a form, as on the
 * command line, are meant for what this desk holds at the moment of saving.
 */
#ifndef AGENT_CORE_EDIT_H
#define AGENT_CORE_EDIT_H

#include "agent/core/desk.h"
#include "agent/core/seen.h"

struct editor;

struct edit_pair {
    const struct catalog_field *field;
    struct slice text;
};

struct edit_result {
    struct record_id id;
    bool created;
    bool nothing;       /* all of it stands already: body is empty */
    struct buf body;    /* initialised by edit_compose; the caller releases it */
    uint32_t bad_field; /* after an error: the field it is about; 0: none by itself */
    /* Fields that are no longer as they were shown; then the status is ST_REFUSED. */
    uint32_t moved_count;
    uint32_t moved[OP_FIELDS_MAX];
};

/* bulk: many rows follow, so natural keys are looked up in memory. author NULL: no check of roles.
 * The ledger must stay loaded; after leaves arrived open a new editor. */
MUST_USE enum status editor_open(struct desk *desk, struct ledger *ledger,
                                 const struct author *author, bool bulk, struct editor **out,
                                 struct error *err);
void editor_close(struct editor *editor); /* NULL allowed */
/* Follows the desk after a transaction reloaded it: catalog and ledger may be new objects. */
void editor_refresh(struct editor *editor, struct ledger *ledger);
/* What the form of the next changes displayed; borrowed. NULL: nothing to compare with. */
void editor_shown(struct editor *editor, const struct seen *seen);

MUST_USE enum status edit_field(const struct catalog_table *table, struct slice name,
                                const struct catalog_field **out, struct error *err);

/* id NULL: a new record. result->body is empty with nothing set. */
MUST_USE enum status edit_compose(struct editor *editor, const struct catalog_table *table,
                                  const struct record_id *id, bool exists,
                                  const struct edit_pair *pairs, size_t count, struct slice note,
                                  struct edit_result *result, struct error *err);
MUST_USE enum status edit_delete(struct editor *editor, const struct catalog_table *table,
                                 const struct record_id *id, struct slice note, struct buf *body,
                                 struct error *err);
/* The record counts again, with the values it had. ST_EXISTS when it is not deleted. */
MUST_USE enum status edit_restore(struct editor *editor, const struct catalog_table *table,
                                  const struct record_id *id, struct slice note, struct buf *body,
                                  struct error *err);
/* Decides a conflict: for one of the standing claims, or (taken NULL) for a value. A conflict group
 * is decided as a whole: as that claim's change had it, or with the other fields as they are in
 * force. All candidates are named. ST_REFUSED: a state, or a field that says who, is chosen among
 * what stands (conflict.h). */
MUST_USE enum status edit_resolve(struct editor *editor, const struct record_state *record,
                                  uint32_t field, const struct claim *taken,
                                  const struct value *value, struct slice note, struct buf *body,
                                  struct error *err);

/* A record by 32 hex digits or by what is on paper; ST_NOT_FOUND / ST_USAGE (several). */
MUST_USE enum status edit_find(struct editor *editor, const struct catalog_table *table,
                               struct slice text, struct record_id *id, struct error *err);
/* The record whose `field` ("id" too) has this text: 0 none, 1 one, 2 several. */
MUST_USE enum status edit_look_up(struct editor *editor, const struct catalog_table *table,
                                  const char *field, struct slice text, int *hits,
                                  struct record_id *id, struct error *err);
/* Tells the editor of a record created in this session (imports that refer to earlier rows). */
void edit_note_created(struct editor *editor, const struct catalog_table *table, struct slice key,
                       const struct record_id *id);

/* The field that names a record on paper; NULL: none. */
const struct catalog_field *edit_key_field(const struct catalog_table *table);

/* Today in China, for validation. */
int32_t edit_today(void);

#endif
