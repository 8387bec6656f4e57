/* SPDX-License-Identifier: MulanPSL-2.0 */
/* form: see form.h. */
#include "agent/api/form.h"

#include "agent/core/edit.h"

#define SET_TEXT_MAX (256 * 1024)

static struct slice string_slice(const json_t *string)
{
    return slice_of(json_string_value(string), json_string_length(string));
}

/* Elements travel to core in one text; what separates them there cannot stand inside of one. */
static bool fits_in_set(struct slice text)
{
    static const char *const marks[] = {",", ";", "，", "；", "、"};
    if (text.n == 0 || text.p[0] == '+' || text.p[0] == '-')
        return false;
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (memmem(text.p, text.n, marks[i], strlen(marks[i])))
            return false;
    return true;
}

static enum status put_elements(const struct catalog_field *field, const json_t *list,
                                const char *sign, struct buf *out, struct error *err)
{
    const json_t *element;
    size_t i;
    if (list && !json_is_array(list))
        return error_set(err, ST_INVALID, "“%s”要写成一列：[…]", field->zh);
    json_array_foreach(list, i, element)
    {
        if (!json_is_string(element) || !fits_in_set(string_slice(element)))
            return error_set(
                err, ST_INVALID,
                "“%s”的每一项都要是文字，不能为空，不能带逗号、分号、顿号，不能以 + 或 "
                "- 开头",
                field->zh);
        buf_put_str(out, out->n ? "," : "");
        buf_put_str(out, sign);
        buf_put_slice(out, string_slice(element));
    }
    return ST_OK;
}

static enum status set_text(const struct catalog_field *field, const json_t *value,
                            struct arena *arena, struct slice *out, struct error *err)
{
    struct buf text;
    enum status st;
    buf_init(&text, SET_TEXT_MAX);
    if (json_is_array(value)) {
        st = put_elements(field, value, "", &text, err);
    } else {
        st = form_members(value, "add remove", err);
        if (st == ST_OK)
            st = put_elements(field, json_object_get(value, "add"), "+", &text, err);
        if (st == ST_OK)
            st = put_elements(field, json_object_get(value, "remove"), "-", &text, err);
        if (st == ST_OK && text.n == 0)
            st = error_set(err, ST_INVALID, "“%s”没有写加入或去掉什么", field->zh);
    }
    if (st == ST_OK && !buf_ok(&text))
        st = error_set(err, ST_LIMIT, "“%s”太长", field->zh);
    if (st == ST_OK)
        *out = slice_of(text.n ? arena_copy(arena, text.p, text.n) : "", text.n);
    buf_release(&text);
    return st;
}

static enum status counter_text(const struct catalog_field *field, const json_t *value,
                                struct arena *arena, struct slice *out, struct error *err)
{
    const json_t *add = json_object_get(value, "add");
    if (!json_is_object(value) || json_object_size(value) != 1 || !json_is_integer(add))
        return error_set(err, ST_INVALID, "“%s”是累计数，请写增减数：{\"add\": 5}", field->zh);
    *out = slice_str(arena_printf(arena, "%+lld", (long long)json_integer_value(add)));
    return ST_OK;
}

enum status form_text(const struct catalog_field *field, const json_t *value, struct arena *arena,
                      struct slice *out, struct error *err)
{
    *out = SLICE_NONE;
    if (field->policy == POLICY_COUNTER)
        return counter_text(field, value, arena, out, err);
    if (field->policy == POLICY_SET && !json_is_null(value))
        return json_is_array(value) || json_is_object(value)
                   ? set_text(field, value, arena, out, err)
                   : error_set(err, ST_INVALID, "“%s”要写成一列：[…]", field->zh);
    switch (json_typeof(value)) {
    case JSON_STRING:
        *out = string_slice(value);
        return ST_OK;
    case JSON_INTEGER:
        *out = slice_str(arena_printf(arena, "%lld", (long long)json_integer_value(value)));
        return ST_OK;
    case JSON_TRUE:
    case JSON_FALSE:
        if (field->type != FIELD_BOOL)
            break;
        *out = slice_str(json_is_true(value) ? "1" : "0");
        return ST_OK;
    case JSON_NULL:
        return ST_OK;
    case JSON_REAL:
        return error_set(err, ST_INVALID, "“%s”请写成文字，例如 \"1234.50\"", field->zh);
    default:
        break;
    }
    return error_set(err, ST_INVALID, "“%s”的值写法不对", field->zh);
}

enum status form_fields(const struct catalog_table *table, const json_t *fields,
                        struct arena *arena, struct act_field *out, size_t *count,
                        const struct catalog_field **bad, struct error *err)
{
    const char *name;
    json_t *value;
    *count = 0;
    *bad = NULL;
    if (!json_is_object(fields))
        return error_set(err, ST_INVALID, "请写明要填的项目：{\"fields\": {\"name\": \"…\"}}");
    if (json_object_size(fields) > OP_FIELDS_MAX)
        return error_set(err, ST_LIMIT, "一次最多填写 %d 项", OP_FIELDS_MAX);
    json_object_foreach((json_t *)fields, name, value)
    {
        struct act_field *one = &out[(*count)++];
        *bad = NULL;
        one->name = slice_str(name);
        enum status st = edit_field(table, one->name, bad, err);
        if (st == ST_OK)
            st = form_text(*bad, value, arena, &one->text, err);
        if (st != ST_OK)
            return st;
    }
    *bad = NULL;
    return ST_OK;
}

enum status form_members(const json_t *object, const char *known, struct error *err)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        size_t n = strlen(name);
        const char *p = known;
        while (*p && !(strncmp(p, name, n) == 0 && (p[n] == ' ' || p[n] == '\0'))) {
            p += strcspn(p, " ");
            p += *p == ' ';
        }
        if (n == 0 || strchr(name, ' ') || !*p)
            return error_set(err, ST_INVALID, "这里只能写：%s；不认识“%s”", known, name);
    }
    return ST_OK;
}
