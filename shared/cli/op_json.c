/* SPDX-License-Identifier: MulanPSL-2.0 */
/* op_json: see op_json.h. */
#include "shared/cli/op_json.h"

#include <stdio.h>

#include "shared/base/mem.h"
#include "shared/record/validate.h"

json_t *op_json_value(const struct catalog_field *field, const struct value *value)
{
    struct arena arena = {0};
    json_t *out;
    if (value->kind == VALUE_NULL || value->kind == VALUE_ERASED)
        return json_null();
    if (!field || (value->kind == VALUE_INT && field->type != FIELD_MONEY)) {
        if (value->kind == VALUE_INT)
            return json_integer(value->i);
        return value->kind == VALUE_TEXT ? json_stringn((const char *)value->s.p, value->s.n)
                                         : json_null();
    }
    out = json_string(value_format(field, value, true, &arena));
    arena_release(&arena);
    return out;
}

static const char *field_name(const struct catalog_table *table, uint32_t no,
                              char number[static 16])
{
    const struct catalog_field *field = catalog_field(table, no);
    snprintf(number, 16, "%u", no);
    return field ? field->name : no == 0 ? "_exists" : number;
}

static json_t *named_value(const struct catalog_table *table, uint32_t no,
                           const struct value *value)
{
    return value->kind == VALUE_ERASED ? json_string("（已抹除）")
                                       : op_json_value(catalog_field(table, no), value);
}

static json_t *values(const struct catalog_table *table, uint32_t no, const struct value *list,
                      uint32_t count)
{
    json_t *out = json_array();
    for (uint32_t i = 0; i < count; i++)
        json_array_append_new(out, named_value(table, no, &list[i]));
    return out;
}

static json_t *fields_json(const struct catalog_table *table, const struct op *op)
{
    json_t *out = json_object();
    char number[16];
    for (uint32_t i = 0; i < op->field_count; i++) {
        bool writer = op->code == OP_IN && op->fields[i].field > OP_IN_WRITER;
        const struct catalog_field *of =
            writer ? catalog_field(table, op->fields[i].field - OP_IN_WRITER) : NULL;
        if (of) { /* beside a value that was brought: whose word it was */
            char *name = mem_printf("%s.writer", of->name);
            json_object_set_new(out, name,
                                named_value(table, op->fields[i].field, &op->fields[i].value));
            mem_free(name);
            continue;
        }
        json_object_set_new(out, field_name(table, op->fields[i].field, number),
                            named_value(table, op->fields[i].field, &op->fields[i].value));
    }
    return out;
}

static json_t *id_json(const struct record_id *id)
{
    char hex[RECORD_ID_TEXT];
    record_id_format(id, hex);
    return json_string(hex);
}

json_t *op_json(const struct catalog_table *table, const struct op *op)
{
    char number[16];
    const char *field = field_name(table, op->field, number);
    switch (op->code) {
    case OP_PUT:
        return json_pack("{s:s, s:o}", "op", "put", "fields", fields_json(table, op));
    case OP_RESOLVE:
        return json_pack("{s:s, s:o}", "op", "resolve", "fields", fields_json(table, op));
    case OP_IN:
        return json_pack("{s:s, s:s%, s:o}", "op", "in", "from", (const char *)op->origin.p,
                         op->origin.n, "fields", fields_json(table, op));
    case OP_OUT:
        return json_pack("{s:s, s:s%}", "op", "out", "to", (const char *)op->origin.p,
                         op->origin.n);
    case OP_SET:
        return json_pack("{s:s, s:s, s:o, s:o}", "op", "set", "field", field, "add",
                         values(table, op->field, op->adds, op->add_count), "remove",
                         values(table, op->field, op->removes, op->remove_count));
    case OP_COUNTER:
        return json_pack("{s:s, s:s, s:I}", "op", "counter", "field", field, "delta",
                         (json_int_t)op->delta);
    case OP_STATE:
        return json_pack("{s:s, s:s, s:o, s:o}", "op", "state", "field", field, "from",
                         named_value(table, op->field, &op->from), "to",
                         named_value(table, op->field, &op->to));
    case OP_WITHDRAW:
        return json_pack("{s:s, s:s}", "op", "withdraw", "field", field);
    case OP_DELETE:
        return json_pack("{s:s, s:o}", "op", "delete", "reason",
                         op->reason.kind == VALUE_ERASED ? json_string("（已抹除）")
                                                         : op_json_value(NULL, &op->reason));
    case OP_RESTORE:
        return json_pack("{s:s}", "op", "restore");
    case OP_LINK:
        return json_pack("{s:s, s:o}", "op", op->link ? "link" : "unlink", "other",
                         id_json(&op->other));
    default: /* from a newer program: kept, shown by its number */
        return json_pack("{s:i}", "op", (int)op->code);
    }
}
