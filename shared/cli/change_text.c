/* SPDX-License-Identifier: MulanPSL-2.0 */
/* change_text: see change_text.h. */
#include "shared/cli/change_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/time.h"

static void print_value(const json_t *value)
{
    if (json_is_string(value)) {
        printf("%s", json_string_value(value));
        return;
    }
    char *text = json_dumps(value, JSON_ENCODE_ANY);
    printf("%s", json_is_null(value) ? "（空）" : text);
    free(text);
}

static const char *label(const struct catalog_table *table, const char *name)
{
    const struct catalog_field *field = catalog_field_named(table, slice_str(name));
    return field ? field->zh : strcmp(name, "_exists") == 0 ? "是否保留" : name;
}

static void print_pair(const char *what, const json_t *value)
{
    printf("    %s：", what);
    print_value(value);
    putchar('\n');
}

static void print_field(const struct catalog_table *table, const char *name, const json_t *value)
{
    const struct catalog_field *field = catalog_field_named(table, slice_str(name));
    const char *text = json_string_value(value);
    const struct catalog_code *code =
        field && field->list && text ? catalog_code(field->list, slice_str(text)) : NULL;
    printf("    %s：", label(table, name));
    print_value(value);
    printf("%s%s\n", code ? " " : "", code ? code->zh : "");
}

static void print_op(const struct catalog_table *table, json_t *op)
{
    static const struct {
        const char *op, *zh;
    } words[] = {{"delete", "作废"},         {"restore", "恢复"}, {"link", "认定为同一个"},
                 {"unlink", "不再是同一个"}, {"out", "转出"},     {"in", "转入"},
                 {"resolve", "决定"},        {"withdraw", "撤回"}};
    const char *kind = json_string_value(json_object_get(op, "op"));
    const char *field = json_string_value(json_object_get(op, "field"));
    const char *name;
    json_t *value;
    if (!kind) {
        printf("    本程序还不认识的操作（编号 %lld）\n",
               (long long)json_integer_value(json_object_get(op, "op")));
        return;
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(words[i].op, kind) == 0)
            printf("    〔%s〕%s\n", words[i].zh, field ? label(table, field) : "");
    json_object_foreach(json_object_get(op, "fields"), name, value) print_field(table, name, value);
    if (strcmp(kind, "set") == 0) {
        printf("    %s：", label(table, field));
        print_value(json_object_get(op, "add"));
        printf(" 加入，");
        print_value(json_object_get(op, "remove"));
        printf(" 去掉\n");
    } else if (strcmp(kind, "counter") == 0) {
        printf("    %s：%+lld\n", label(table, field),
               (long long)json_integer_value(json_object_get(op, "delta")));
    } else if (strcmp(kind, "state") == 0) {
        printf("    %s：", label(table, field));
        print_value(json_object_get(op, "from"));
        printf(" → ");
        print_value(json_object_get(op, "to"));
        putchar('\n');
    } else if (json_object_get(op, "reason")) {
        print_pair("原因", json_object_get(op, "reason"));
    } else if (json_object_get(op, "from") && strcmp(kind, "in") == 0) {
        print_pair("来自", json_object_get(op, "from"));
    } else if (json_object_get(op, "to")) {
        print_pair("去向", json_object_get(op, "to"));
    } else if (json_object_get(op, "other")) {
        print_pair("另一条", json_object_get(op, "other"));
    }
}

static void print_erased(const json_t *erased)
{
    char when[TIME_TEXT_SIZE] = "";
    const char *time = json_string_value(json_object_get(erased, "time"));
    if (*time)
        time_text_cst(time, when);
    printf("    内容已由 %s 于 %s 下令抹除：%s\n", json_string_value(json_object_get(erased, "by")),
           when, json_string_value(json_object_get(erased, "reason")));
}

void change_text_print(const struct catalog_table *table, const json_t *change)
{
    const char *state = json_string_value(json_object_get(change, "state"));
    const char *note = json_string_value(json_object_get(change, "note"));
    const char *device = json_string_value(json_object_get(change, "device"));
    const char *why = json_string_value(json_object_get(change, "void"));
    json_t *op;
    size_t i;
    char when[TIME_TEXT_SIZE];
    time_text_cst(json_string_value(json_object_get(change, "time")), when);
    const char *role = json_string_value(json_object_get(change, "role"));
    const char *proof = json_string_value(json_object_get(change, "proof"));
    printf("[%lld] %s  %s%s%s%s%s%s  %s%s（做的时候已看到账本前 %lld 项）\n",
           (long long)json_integer_value(json_object_get(change, "no")), when,
           json_string_value(json_object_get(change, "author")), *role ? "（" : "", role,
           *role ? "）" : "", *device ? " 于 " : "", device,
           strcmp(state, "saved") == 0  ? "本机已存"
           : strcmp(state, "sent") == 0 ? "已送出"
                                        : "县里已确认",
           strcmp(proof, "checkpoint") == 0 ? "，可出证明" : "",
           (long long)json_integer_value(json_object_get(change, "base")));
    if (note)
        printf("    备注：%s\n", note);
    const json_t *erased = json_object_get(change, "erased");
    if (why)
        printf("    不计入：%s\n", why);
    if (json_is_object(erased))
        print_erased(erased);
    if (json_is_integer(json_object_get(change, "counts_from")))
        printf("    起初隔离，从账本第 %lld 项起计入\n",
               (long long)json_integer_value(json_object_get(change, "counts_from")));
    json_array_foreach(json_object_get(change, "ops"), i, op) print_op(table, op);
}

void change_text_print_found(const struct catalog *catalog, const json_t *entries)
{
    json_t *entry;
    size_t i;
    json_array_foreach(entries, i, entry)
    {
        const struct catalog_table *table = catalog_table_named(
            catalog, slice_str(json_string_value(json_object_get(entry, "type"))));
        json_t *change =
            json_pack("{s:I, s:[O]}", "no", (json_int_t)i + 1, "ops", json_object_get(entry, "op"));
        json_object_update_missing(change, entry);
        printf("%s %s\n", table->zh, json_string_value(json_object_get(entry, "record")));
        change_text_print(table, change);
        json_decref(change);
    }
    printf("共 %zu 条\n", json_array_size(entries));
}
