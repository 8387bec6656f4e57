/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * act: what a person does with records and conflicts, the same for the command line and the local
 * API: find, save, delete, restore, decide. Each deed is one change, durable and signed when it
 * returns, or nothing at all.
 *
 * Everything is named by words, not by pointers: another process may have received a new catalog
 * just before, so types, fields and ledgers are looked up inside the transaction that uses them.
 */
#ifndef AGENT_CORE_ACT_H
#define AGENT_CORE_ACT_H

#include "agent/core/edit.h"

/* A record type by its name or Chinese label. ST_INVALID names those there are. */
MUST_USE enum status act_type(struct desk *desk, const char *name, const struct catalog_table **out,
                              struct error *err);
/* The record that a word names (32 hex digits, or its key on paper) and the ledger that holds it.
 * in: a ledger by name, or NULL for all. ST_NOT_FOUND; ST_USAGE when several fit. */
MUST_USE enum status act_find(struct desk *desk, const char *in, const struct catalog_table *table,
                              const char *word, struct ledger **ledger, struct record_id *id,
                              struct error *err);

struct act_field {
    struct slice name, text; /* as people write them */
};

enum act_target {
    ACT_ANY,      /* a record of that name, or a new one under that id: scripts may repeat it */
    ACT_EXISTING, /* ST_NOT_FOUND when it is not there */
};

struct act_save {
    const char *type;
    const char *record; /* NULL: a new one */
    const char *ledger; /* NULL: the only one that fits */
    enum act_target target;
    size_t count;
    const struct act_field *fields;
    const char *note;        /* NULL: none */
    const struct seen *seen; /* what the form showed; NULL: it was no form */
};

struct act_result {
    struct record_id id;
    int64_t ledger; /* local number; 0: not found that far */
    bool created, changed;
    /* As in edit_result, after an error. */
    uint32_t bad_field;
    uint32_t moved_count;
    uint32_t moved[OP_FIELDS_MAX];
};

MUST_USE enum status act_save(struct desk *desk, struct author *author, const struct act_save *what,
                              struct act_result *out, struct error *err);

/* Several records of one ledger, saved together: one signature, one moment, all or nothing. What an
 * item refers to may be an earlier item, by its id. */
#define ACT_BATCH_MAX 500
struct act_batch {
    const char
        *ledger;  /* NULL: that of the first record that is there, or the only one that fits */
    size_t count; /* at most ACT_BATCH_MAX */
    const struct act_save *items; /* their own ledger is not looked at; a note is of that item */
    bool dry_run;                 /* nothing is written */
    bool skip_bad;                /* what cannot be saved is left out; else nothing is saved then */
};
/* results and why: count of each; why[i].status ST_OK: the item can be saved, or stands already.
 * *saved: what could be is written. A status other than ST_OK: nothing is, whatever why says. */
MUST_USE enum status act_batch(struct desk *desk, struct author *author,
                               const struct act_batch *what, struct act_result *results,
                               struct error *why, bool *saved, struct error *err);

/* A record that no longer counts, or counts again. */
struct act_existence {
    const char *type, *record, *ledger; /* as above */
    const char *note;                   /* the reason; of a delete it must be there */
    const struct seen *seen;
};
MUST_USE enum status act_delete(struct desk *desk, struct author *author,
                                const struct act_existence *what, struct act_result *out,
                                struct error *err);
MUST_USE enum status act_restore(struct desk *desk, struct author *author,
                                 const struct act_existence *what, struct act_result *out,
                                 struct error *err);

struct act_resolve {
    const char *conflict; /* its id */
    char letter;          /* 'A' …: a candidate; 0: the value */
    struct slice value;   /* as people write it */
    const char *note;
    const struct seen *seen; /* the candidates that were shown; NULL: as they stand */
};
/* moved in *out: other candidates stand now than were shown. */
MUST_USE enum status act_resolve(struct desk *desk, struct author *author,
                                 const struct act_resolve *what, struct act_result *out,
                                 struct error *err);

#endif
