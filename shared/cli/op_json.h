/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * op_json: what a change says of a record, as JSON.
 *
 * {"op":"put|resolve|in","fields":{name: value}} {"op":"set","field","add":[],"remove":[]}
 * {"op":"counter","field","delta"} {"op":"state","field","from","to"} {"op":"withdraw","field"}
 * {"op":"delete","reason"} {"op":"restore"} {"op":"link|unlink","other"} {"op":"out","to"}
 * An `in` has "from" too, and beside a value "<name>.writer": whose word it was.
 * A field that this program's catalog does not know stands under its number.
 *
 * Values: text, code, date and time as strings; int, bool (0/1) as numbers; money and decimal as
 * strings; a reference as 32 hex digits.
 */
#ifndef SHARED_CLI_OP_JSON_H
#define SHARED_CLI_OP_JSON_H

#include <jansson.h>

#include "shared/record/catalog.h"
#include "shared/record/op.h"

/* field NULL: not described by the catalog. */
json_t *op_json_value(const struct catalog_field *field, const struct value *value);
/* One op of a record of this table. */
json_t *op_json(const struct catalog_table *table, const struct op *op);

#endif
