/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * clash: records that break a rule about records together (shared/record/structure.h). Each of them
 * is right by itself; which of them should give way, a person decides, by ordinary edits.
 *
 * Nothing is stored: a clash is found in the record tables when somebody asks, over all records
 * that the ledgers here count, so it is the same after a rebuild and gone as soon as an edit
 * settles it. Who has other ledgers may see other clashes.
 *
 * Its id is "s<table>.<rule>.<16 hex digits>": the digits are of what the records agree in, or of
 * the smallest id of a cycle, so the same clash has the same id on every desk.
 */
#ifndef SHARED_DB_CLASH_H
#define SHARED_DB_CLASH_H

#include "shared/db/materialise.h"
#include "shared/record/structure.h"

#define CLASH_KEY_SIZE 8
#define CLASH_ID_TEXT 40

struct clash_member {
    struct ledger *ledger;
    struct record_id id;
};

struct clash {
    const struct catalog_table *table;
    struct structure_rule rule;
    uint8_t key[CLASH_KEY_SIZE];
    /* The earliest comes first: it counts until a person decides. Of a cycle: in the order in which
     * the references were written, the last one closed it. */
    size_t count;
    const struct clash_member *members;
};

/* Memory is the visitor's until it returns; false stops. */
typedef bool clash_visit(void *arg, const struct clash *clash);
MUST_USE enum status clash_each(struct replica *rep, clash_visit *fn, void *arg, struct error *err);

void clash_id_format(const struct clash *clash, char out[static CLASH_ID_TEXT]);
/* Has the text the form of such an id? */
bool clash_id_is(const char *text);
/* In the arena. ST_NOT_FOUND: there is (no longer) such a clash. */
MUST_USE enum status clash_find(struct replica *rep, const char *id, struct arena *arena,
                                struct clash *out, struct error *err);

#endif
