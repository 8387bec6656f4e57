/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * catalog: the record types as data (FORMAT.md §7). The merge engine, the CLI, the import, the web
 * forms and the reports read it; adding a type needs no C code.
 *
 * A catalog is the sum of migrations. Each travels as one `catalog` op [22, migration] in the
 * registry ledger:
 *
 *   migration = [number, name, [table…], [field…], [code…], [rule…]]
 *   table = [no, name, zh, en, kind, home, title, sort, key]
 *   field = [table, no, name, zh, en, type, policy, args, writers, sensitivity, required, list,
 *            check, ref, group, derive, unit]
 *   code  = [list, code, zh, en, sort, parent]
 *   rule  = [table, no, kind, [arg text…], severity, zh, en]
 *
 * A later row with the same key replaces the earlier one; an empty name retires it (values stay).
 * Rows whose words this program does not know are kept and treated as type text / policy lww with
 * `unknown` set, so an old desk never stops.
 */
#ifndef SHARED_RECORD_CATALOG_H
#define SHARED_RECORD_CATALOG_H

#include "shared/record/op.h"

#define CATALOG_FIELD_NO_MAX 255 /* of a described field; ops may carry higher, unknown ones */

enum field_type {
    FIELD_TEXT,
    FIELD_INT,
    FIELD_DECIMAL,
    FIELD_MONEY, /* integer fen; people type and read yuan */
    FIELD_DATE,  /* text YYYY-MM-DD */
    FIELD_TIME,  /* text YYYY-MM-DDTHH:MM */
    FIELD_BOOL,  /* 0 / 1 */
    FIELD_CODE,  /* text, one of a code list */
    FIELD_REF,   /* record id of `ref` table */
    FIELD_SET_TEXT,
    FIELD_SET_CODE,
    FIELD_SET_REF,
};

enum policy {
    POLICY_LWW,
    POLICY_AUTHORITY,
    POLICY_REVIEW,
    POLICY_SET,
    POLICY_COUNTER,
    POLICY_ONCE,
    POLICY_STATE,
    POLICY_WORST,
    POLICY_APPEND, /* written by the creating change only */
};

enum table_kind { TABLE_RECORD, TABLE_APPEND };

/* Which ledger a table's records live in. */
enum table_home { HOME_VILLAGE, HOME_TOWNSHIP, HOME_REGISTRY, HOME_SEALED, HOME_ANY };

struct expr;
struct flows;

struct catalog_field {
    uint32_t no;
    const char *name, *zh, *en;
    enum field_type type;
    enum policy policy;
    size_t policy_since; /* version of the catalog that gave it this policy: what was said before
                          * stood by another rule */
    const char *args;    /* state: "draft>discussed,…"; worst: "a>b>c" worst first; "" else */
    const char
        *writers; /* "C:rs,T,V": who may write, highest rank first; "" = the table allows all */
    uint64_t writer_mask; /* bit = catalog_role_bit of a role that may write */
    uint8_t rank_of[64];  /* by role bit: 0 = may not write, else rank, 1 is the highest */
    uint8_t sensitivity;  /* 0 public … 4 sealed */
    bool required;
    bool unknown;
    const char *list_name; /* code list, "" */
    struct catalog_list *list;
    const char *check; /* "" or name[:arg]: id18 phone division credit range:0:60000 len:1:50 … */
    const char *ref;   /* table name a reference points to, "" */
    const char *group; /* conflict group, "" */
    const char *derive; /* "id_sex:id_no" …: filled by the desk when left empty, "" */
    const char *unit;
    void *check_plan;  /* validate.c's own compiled form of check and type */
    bool holds_author; /* check `author`: the person who writes it, and nobody else */
};

struct catalog_code {
    const char *code, *zh, *en, *parent;
    int sort;
};

struct catalog_list {
    const char *name;
    size_t count, capacity;
    struct catalog_code *codes; /* sorted bytewise by code */
    const uint64_t *keys;       /* first 8 bytes of each code, big-endian: the search looks here */
};

struct catalog_rule {
    uint32_t no;
    const char *kind; /* "order:a:b" style words, see validate.h */
    size_t arg_count;
    const char **args;
    bool warn; /* severity "warn": told, never refused */
    const char *zh, *en;
    int code; /* validate.c's number of kind; 0: unknown, never applied */
    const struct catalog_field **fields; /* per argument: the field it names, or NULL */
    const struct expr *condition;        /* of a check; NULL: none */
    size_t asked_count;
    const struct catalog_field **asked; /* the fields of the condition */
};

struct catalog_table {
    uint32_t no;
    const char *name, *zh, *en;
    enum table_kind kind;
    enum table_home home;
    const char *title; /* name of the field people know the record by */
    const char *key; /* name of the field that identifies it on paper (household_code, id_no …), "":
                      * imports update by it and references are looked up by it; indexed */
    int sort;
    bool attached;       /* some field names attachments */
    size_t policy_since; /* the greatest of its fields', also of retired ones */
    size_t field_count, field_capacity;
    struct catalog_field **fields; /* ascending no */
    struct catalog_field *by_no[CATALOG_FIELD_NO_MAX + 1];
    size_t rule_count, rule_capacity;
    struct catalog_rule *rules;
    const struct flows *flows; /* workflow.c's compiled form of them; NULL: none */
};

/* Migrations are numbered in two series that do not wait for each other: the program's own below
 * this number, a county's from it on. Each series only grows. */
#define CATALOG_COUNTY_FIRST 10000

struct catalog {
    struct arena arena;   /* every string and row */
    size_t version;       /* number of migrations applied */
    uint64_t last_number; /* of the program's series */
    uint64_t last_county; /* of the county's; 0: none */
    size_t table_count, table_capacity;
    struct catalog_table **tables; /* ascending no */
    size_t list_count, list_capacity;
    struct catalog_list **lists;
    size_t role_count;
    const char *roles[64]; /* bit -> role word */
};

void catalog_init(struct catalog *cat);
void catalog_release(struct catalog *cat);

/* Applies one migration (the bytes after 22 in the op). All or nothing. */
MUST_USE enum status catalog_apply(struct catalog *cat, struct slice migration, struct error *err);
/* Would every reader take these bytes for a migration, whatever its catalog? Form and limits. */
MUST_USE enum status catalog_check_form(struct slice migration, struct error *err);
/* A copy that can take further migrations while the old one stays in use. */
void catalog_clone(const struct catalog *from, struct catalog *to);

const struct catalog_table *catalog_table(const struct catalog *cat, uint32_t no);
const struct catalog_table *catalog_table_named(const struct catalog *cat, struct slice name);
const struct catalog_list *catalog_list_named(const struct catalog *cat, struct slice name);
static inline const struct catalog_field *catalog_field(const struct catalog_table *table,
                                                        uint32_t no)
{
    return no <= CATALOG_FIELD_NO_MAX ? table->by_no[no] : NULL;
}
/* By its name alone, as rules call it. */
const struct catalog_field *catalog_field_called(const struct catalog_table *table,
                                                 struct slice name);
/* By English name or Chinese label. */
const struct catalog_field *catalog_field_named(const struct catalog_table *table,
                                                struct slice name);
/* The last number applied of the series that this number belongs to. */
uint64_t catalog_last(const struct catalog *cat, uint64_t number);

const struct catalog_code *catalog_code(const struct catalog_list *list, struct slice code);
/* By code, Chinese or English label: what an import column may hold. */
const struct catalog_code *catalog_code_named(const struct catalog_list *list, struct slice text);

/* Role bits: "village" 0, "grid" 1, "township" 2, "registrar" 3, "auditor" 4, departments from 5 in
 * order of first mention; -1: this catalog has never heard of it. In writers, V = village and grid,
 * T = township, C = registrar and every department, C:x = department x (and registrar). */
int catalog_role_bit(const struct catalog *cat, const char *role);

/* The roles that such words stand for, a bit each. */
uint64_t catalog_writer_mask(const struct catalog *cat, const char *writers);

/* The rank of a word of the field's writers, "C:nc" in "C:nc,T,V" being 1; 0: not among them. And
 * the word of a rank, n == 0: there is none. */
uint8_t catalog_writer_rank(const struct catalog_field *field, struct slice word);
struct slice catalog_writer_word(const struct catalog_field *field, uint8_t rank);

const char *field_type_name(enum field_type type);
const char *policy_name(enum policy policy);

/* One migration being written (from SQL rows, tests): strings are borrowed until encoded. */
struct migration_row {
    const char *text[18]; /* the columns in the order above, numbers as decimal text; NULL = "" */
};
void migration_begin(struct buf *out, uint64_t number, const char *name);
void migration_rows(struct buf *out, int section, const struct migration_row *rows, size_t count);

#endif
