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
 * out, so saving a form twice changes nothing. What the author has "seen" is what this desk holds
 * at the moment of saving.
 */
#ifndef AGENT_CORE_EDIT_H
#define AGENT_CORE_EDIT_H

#include "agent/core/desk.h"

struct editor;

struct edit_pair {
    const struct catalog_field *field;
    struct slice text;
};

struct edit_result {
    struct record_id id;
    bool created;
    bool nothing;    /* all of it stands already: body is empty */
    struct buf body; /* initialised by edit_compose; the caller releases it */
};

/* bulk: many rows follow, so natural keys are looked up in memory. author NULL: no check of roles.
 * The ledger must stay loaded; after leaves arrived open a new editor. */
MUST_USE enum status editor_open(struct desk *desk, struct ledger *ledger,
                                 const struct author *author, bool bulk, struct editor **out,
                                 struct error *err);
void editor_close(struct editor *editor); /* NULL allowed */
/* Follows the desk after a transaction reloaded it: catalog and ledger may be new objects. */
void editor_refresh(struct editor *editor, struct ledger *ledger);

MUST_USE enum status edit_field(const struct catalog_table *table, struct slice name,
                                const struct catalog_field **out, struct error *err);
/* "field=value" */
MUST_USE enum status edit_parse_pair(const struct catalog_table *table, const char *word,
                                     struct edit_pair *out, struct error *err);

/* id NULL: a new record. result->body is empty with nothing set. */
MUST_USE enum status edit_compose(struct editor *editor, const struct catalog_table *table,
                                  const struct record_id *id, bool exists,
                                  const struct edit_pair *pairs, size_t count, struct slice note,
                                  struct edit_result *result, struct error *err);
MUST_USE enum status edit_delete(struct editor *editor, const struct catalog_table *table,
                                 const struct record_id *id, struct slice note, struct buf *body,
                                 struct error *err);
/* Decides a conflict: value NULL takes existence from `exists`. All candidates are named. */
MUST_USE enum status edit_resolve(struct editor *editor, const struct record_state *record,
                                  uint32_t field, const struct value *value, struct slice note,
                                  struct buf *body, struct error *err);

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
