/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * types: the record types of the simulated county, small on purpose: one field of every policy on a
 * few hot records. Said twice: as the catalog SQL that the programs read, and as plain tables for
 * the model, which shares nothing with shared/record/catalog.
 *
 * Version 1 is there from the beginning; the later ones arrive while people work:
 *   2  a field and a table more
 *   3  rules tightened: `rate` up to 50 instead of 100; `name` is for the township alone
 *   4  other policies for most of the fields
 *   5  `tags` is for villages and townships alone; in stories only (story.c)
 */
#ifndef TESTS_SIM_TYPES_H
#define TESTS_SIM_TYPES_H

#include <stddef.h>
#include <stdint.h>

#define CATALOG_VERSIONS 5
#define CATALOG_USUAL 4

extern const char *const types_sql[CATALOG_VERSIONS]; /* [v - 1] */

enum type_policy { LWW, AUTHORITY, REVIEW, SET, COUNTER, ONCE, STATE, WORST, APPEND };
enum type_kind { KIND_TEXT, KIND_INT, KIND_DECIMAL, KIND_REF, KIND_SET };
enum type_role { ROLE_VILLAGE, ROLE_GRID, ROLE_TOWNSHIP, ROLE_RS, ROLE_REGISTRAR, ROLE_AUDITOR };
#define ANYONE 0xff

enum { TABLE_THING = 1, TABLE_ENTRY = 2, TABLE_LATE = 3 };

struct type_field {
    uint32_t table, no;
    const char *name;
    enum type_policy policies[2]; /* until version 3, from version 4 on */
    enum type_kind kind;
    unsigned since;                /* catalog version that brings it */
    unsigned char writers[3];      /* bits of roles: until version 2, in version 3, from 4 on */
    int64_t most[2];               /* greatest number allowed: until version 2, later; 0: any */
    uint32_t beside;               /* the other field of its conflict group; 0: none */
    unsigned char writers_at_last; /* from version 5 on; 0: as in 4 */
};

extern const struct type_field type_fields[];
extern const size_t type_field_count;

const struct type_field *type_field(uint32_t table, uint32_t no, unsigned version);
enum type_policy type_policy_at(const struct type_field *field, unsigned version);
unsigned type_writers_at(const struct type_field *field, unsigned version);
const char *type_table_name(uint32_t table);
/* authority: 1 is the highest */
unsigned type_rank(enum type_role role);

#endif
