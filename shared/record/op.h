/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * op: one step of a change on one record, as CBOR arrays (FORMAT.md §3). Table and field are the
 * catalog's stable numbers; field 0 is the record's existence.
 *
 *   [0, table, record, {field: value}]       put
 *   [1, table, record, field, [add], [rem]]  set
 *   [2, table, record, field, delta]         counter
 *   [3, table, record, field, from, to]      state step
 *   [4, table, record, field]                withdraw
 *   [5, table, record, reason]               delete
 *   [6, table, record]                       restore
 *   [7, table, record, {field: value}, [ref…]]  resolve; {0: 0|1} decides existence
 *   [8, table, a, b, link 0|1]               link / unlink
 *   [9, table, record, origin2, hop]         out (transfer)
 *   [10, table, record, {field: value}, origin1, hop]  in
 *   [16…] authority ops (shared/ledger/authority.h); passed through as raw bytes
 *
 * A reference ("ref") is [kid32, chain8, seq, leaf8]: a change, with the first 8 bytes of its leaf.
 */
#ifndef SHARED_RECORD_OP_H
#define SHARED_RECORD_OP_H

#include "shared/record/value.h"

#define OP_FIELDS_MAX 128
#define OPS_PER_CHANGE_MAX 4096
#define OP_REFS_MAX 64
#define OP_TABLE_MAX 65535
#define OP_FIELD_MAX 1023
/* In an `in`: field OP_IN_WRITER + n names whose word field n's value was, by the word of the
 * field's writers ("C:nc"), so that a department's word keeps its rank on the way (FORMAT.md §4a).
 */
#define OP_IN_WRITER 512

enum op_code {
    OP_PUT = 0,
    OP_SET = 1,
    OP_COUNTER = 2,
    OP_STATE = 3,
    OP_WITHDRAW = 4,
    OP_DELETE = 5,
    OP_RESTORE = 6,
    OP_RESOLVE = 7,
    OP_LINK = 8,
    OP_OUT = 9,
    OP_IN = 10,
    OP_AUTHORITY = 16, /* and everything above: code holds the real number, raw the bytes */
};

struct op_field {
    uint32_t field;
    struct value value;
};

struct op_ref {
    struct slice kid;   /* 32 bytes */
    struct slice chain; /* 8 bytes */
    uint64_t seq;
    struct slice leaf8; /* 8 bytes */
};

/* A parsed op; everything borrowed from the body, arrays from the arena. */
/* What belongs to one code only shares its place, because changes are held by the ten thousands. */
struct op {
    uint32_t code;
    uint32_t table;
    struct record_id record;
    uint32_t field;       /* set, counter, state, withdraw */
    uint32_t field_count; /* put, resolve, in: ascending field numbers */
    const struct op_field *fields;
    uint32_t add_count, remove_count; /* set */
    uint32_t ref_count;               /* resolve */
    union {
        struct { /* set */
            const struct value *adds, *removes;
        };
        int64_t delta; /* counter */
        struct {       /* state */
            struct value from, to;
        };
        struct value reason;       /* delete: text or null */
        const struct op_ref *refs; /* resolve */
        struct {                   /* link */
            struct record_id other;
            bool link;
        };
        struct {                 /* out, in */
            struct slice origin; /* out: origin2; in: origin1 */
            uint32_t hop;
        };
    };
    struct slice raw; /* the op's own bytes, always set */
};

struct op_body {
    size_t op_count;
    const struct op *ops;
    struct slice note; /* n == 0 and p == NULL: no note */
};

/* Parses a whole body [ops, note/null] strictly; op_count >= 1. Unknown op numbers 11…15 and ≥ 16
 * are kept raw (code, raw). Malformed ops with known numbers: ST_INVALID, the change is void. */
MUST_USE enum status op_body_parse(struct slice body, struct arena *arena, struct op_body *out,
                                   struct error *err);

/* Writers. Begin with op_body_begin(count of ops), write each op, finish with the note. */
void op_body_begin(struct buf *out, size_t op_count);
void op_body_end(struct buf *out, struct slice note); /* n == 0: null */
void op_put_write(struct buf *out, uint32_t table, const struct record_id *id,
                  const struct op_field *fields, size_t count); /* ascending field numbers */
void op_write(struct buf *out, const struct op *op);            /* any op, from its parsed form */

/* ---- what is left of an erased change (FORMAT.md §3a, erase) ----
 * An array of its ops, each with every value replaced by ⊥ (value.h: VALUE_ERASED), the reason of a
 * delete too, and deltas 0. Which records and fields it touched stays to be seen; whether a record
 * exists (field 0 of a resolve) is no value. */

/* Writes that array. Ops of newer versions and authority ops are left out: a change that has any
 * cannot be redacted. */
void op_redact(const struct op_body *body, struct buf *out);
bool op_can_redact(const struct op_body *body);
/* Strict like op_body_parse: a value where ⊥ should stand is ST_INVALID. There may be no op; there
 * is no note. */
MUST_USE enum status op_redacted_parse(struct slice ops, struct arena *arena, struct op_body *out,
                                       struct error *err);

#endif
