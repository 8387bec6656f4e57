/* SPDX-License-Identifier: MulanPSL-2.0 */
/* sheet: see sheet.h. */
#include "shared/cli/sheet.h"

#include <stdio.h>

json_t *sheet_new(const char *zh)
{
    return json_pack("{s:s, s:[], s:[]}", "zh", zh, "columns", "rows");
}

void sheet_column(json_t *sheet, const char *name, const char *zh, const char *kind)
{
    json_array_append_new(
        json_object_get(sheet, "columns"),
        json_pack("{s:s, s:s, s:s, s:s}", "name", name, "zh", zh, "kind", kind, "null", ""));
}

void sheet_row(json_t *sheet, json_t *row)
{
    json_array_append_new(json_object_get(sheet, "rows"), row);
}

/* ---- records ---- */

static const char *kind_of(const struct catalog_field *field)
{
    return field->type == FIELD_INT ? "count" : field->type == FIELD_DATE ? "date" : "text";
}

static json_t *label_of(const struct catalog_field *field, const char *text)
{
    const struct catalog_code *code =
        field->list ? catalog_code(field->list, slice_str(text)) : NULL;
    return code ? json_sprintf("%s %s", text, code->zh) : json_string(text);
}

static json_t *set_text(const struct catalog_field *field, const json_t *elements)
{
    struct buf text;
    const json_t *element;
    size_t i;
    buf_init(&text, 65536);
    json_array_foreach(elements, i, element)
    {
        json_t *one = label_of(field, json_string_value(element) ? json_string_value(element) : "");
        buf_printf(&text, "%s%s", i ? "、" : "", json_string_value(one));
        json_decref(one);
    }
    json_t *out = json_stringn((const char *)text.p, text.n);
    buf_release(&text);
    return out;
}

static json_t *cell_of(const struct catalog_field *field, json_t *value)
{
    if (json_is_array(value))
        return set_text(field, value);
    if (json_is_string(value))
        return label_of(field, json_string_value(value));
    if (field->type == FIELD_BOOL && json_is_integer(value))
        return json_string(json_integer_value(value) ? "是" : "否");
    return value ? json_incref(value) : json_null();
}

json_t *sheet_of_records(const struct catalog_table *table, const json_t *records)
{
    json_t *sheet = sheet_new(table->zh);
    const json_t *record;
    size_t r;
    for (size_t i = 0; i < table->field_count; i++)
        if (table->fields[i]->name[0])
            sheet_column(sheet, table->fields[i]->name, table->fields[i]->zh,
                         kind_of(table->fields[i]));
    sheet_column(sheet, "_id", "编号", "text");
    sheet_column(sheet, "_ledger", "账本", "text");
    json_array_foreach(records, r, record)
    {
        const json_t *fields = json_object_get(record, "fields");
        json_t *row = json_object();
        for (size_t i = 0; i < table->field_count; i++)
            json_object_set_new(
                row, table->fields[i]->name,
                cell_of(table->fields[i], json_object_get(fields, table->fields[i]->name)));
        json_object_set(row, "_id", json_object_get(record, "id"));
        json_object_set(row, "_ledger", json_object_get(record, "ledger"));
        sheet_row(sheet, row);
    }
    return sheet;
}

/* ---- queries and audits ---- */

json_t *sheet_of_query(const json_t *answer)
{
    json_t *sheet = sheet_new("查询结果");
    const json_t *name, *cells, *columns = json_object_get(answer, "columns");
    size_t i, r;
    char number[24];
    json_array_foreach(columns, i, name)
    {
        snprintf(number, sizeof(number), "%zu", i);
        sheet_column(sheet, number, json_string_value(name), "text");
    }
    json_array_foreach(json_object_get(answer, "rows"), r, cells)
    {
        json_t *row = json_object();
        for (i = 0; i < json_array_size(cells); i++) {
            snprintf(number, sizeof(number), "%zu", i);
            json_object_set(row, number, json_array_get(cells, i));
        }
        sheet_row(sheet, row);
    }
    return sheet;
}

json_t *sheet_of_audit(const json_t *ledgers)
{
    static const char *const names[] = {"code", "author", "name", "chain", "number", "text"};
    json_t *sheet = sheet_new("核对结果");
    const json_t *ledger, *finding;
    size_t i, k;
    sheet_column(sheet, "origin", "账本", "text");
    sheet_column(sheet, "size", "项数", "count");
    sheet_column(sheet, "kind", "性质", "text");
    sheet_column(sheet, "code", "代号", "text");
    sheet_column(sheet, "text", "说明", "text");
    sheet_column(sheet, "name", "作者", "text");
    sheet_column(sheet, "author", "作者密钥", "text");
    sheet_column(sheet, "chain", "签名链", "text");
    sheet_column(sheet, "number", "第几组", "count");
    sheet_column(sheet, "root", "账本的根", "text");
    json_array_foreach(ledgers, i, ledger)
    {
        const json_t *findings = json_object_get(ledger, "findings");
        size_t n = json_array_size(findings);
        for (k = 0; k < (n ? n : 1); k++) {
            json_t *row = json_object();
            finding = json_array_get(findings, k);
            json_object_set(row, "origin", json_object_get(ledger, "origin"));
            json_object_set(row, "size", json_object_get(ledger, "size"));
            json_object_set(row, "root", json_object_get(ledger, "root"));
            json_object_set_new(
                row, "kind",
                json_string(!finding                                           ? "无误"
                            : json_is_true(json_object_get(finding, "damage")) ? "损坏"
                            : json_is_true(json_object_get(finding, "county")) ? "违规"
                                                                               : "说明"));
            for (size_t c = 0; finding && c < sizeof(names) / sizeof(names[0]); c++)
                json_object_set(row, names[c], json_object_get(finding, names[c]));
            sheet_row(sheet, row);
        }
    }
    return sheet;
}
